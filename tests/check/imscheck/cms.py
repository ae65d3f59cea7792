# SPDX-License-Identifier: Apache-2.0
"""The parts of a CMS signature (message CmsParts): do they hang together, and does the signature verify?

The attributes are read here; the signature is verified by the `openssl` command."""

import functools
import os
import subprocess
import tempfile

DATA, CONTENT_TYPE, MESSAGE_DIGEST = (bytes.fromhex(oid) for oid in (
    "2a864886f70d010701", "2a864886f70d010903", "2a864886f70d010904"))
RSA, EC, ED25519 = bytes.fromhex("2a864886f70d010101"), bytes.fromhex("2a8648ce3d0201"), bytes.fromhex("2b6570")
RSA_PSS = bytes.fromhex("2a864886f70d01010a")
CURVES = (bytes.fromhex("2a8648ce3d030107"), bytes.fromhex("2b81040022"))  # P-256, P-384
DIGEST_BYTES = {"sha256": 32, "sha384": 48, "sha512": 64}
RSA_BITS = range(2048, 8193)
ATTRIBUTES_MAX = 64


class NotDer(Exception):
    pass


def take(data, at=0):
    """(tag, content, where the next one begins) of the element at `at`."""
    if at + 2 > len(data):
        raise NotDer
    tag, size, at = data[at], data[at + 1], at + 2
    if size >= 0x80:
        count = size & 0x7f
        if not 1 <= count <= 3 or at + count > len(data):
            raise NotDer
        size, at = int.from_bytes(data[at:at + count], "big"), at + count
    if at + size > len(data):
        raise NotDer
    return tag, data[at:at + size], at + size


def items(data):
    at, found = 0, []
    while at < len(data):
        tag, content, at = take(data, at)
        found.append((tag, content))
    return found


def whole(data, tag):
    """The content of the one element that `data` is."""
    found, content, end = take(data)
    if found != tag or end != len(data):
        raise NotDer
    return content


def digest_named(attributes):
    """The message digest, when the attributes name it and the content type `data` once each."""
    found = items(whole(attributes, 0x31))
    if len(found) > ATTRIBUTES_MAX:
        raise NotDer
    types, digests = [], []
    for tag, content in found:
        (oid_tag, oid), (set_tag, values) = items(content)
        if (tag, oid_tag, set_tag) != (0x30, 0x06, 0x31):
            raise NotDer
        if oid == CONTENT_TYPE:
            types.append(items(values))
        elif oid == MESSAGE_DIGEST:
            digests.append(items(values))
    if types != [[(0x06, DATA)]] or len(digests) != 1 or len(digests[0]) != 1 or digests[0][0][0] != 0x04:
        raise NotDer
    return digests[0][0][1]


def key_fits(key, scheme):
    """Is it a key for rsa, rsa-pss, ecdsa or ed25519?"""
    (_, algorithm), (_, bits) = items(whole(key, 0x30))
    (_, oid), *parameters = items(algorithm)
    if scheme == "ed25519":
        return oid == ED25519
    if scheme == "ecdsa":
        return oid == EC and [p for _, p in parameters] in [[curve] for curve in CURVES]
    (_, modulus), _ = items(whole(bits[1:], 0x30))
    return oid in ((RSA, RSA_PSS) if scheme == "rsa-pss" else (RSA,)) and \
        int.from_bytes(modulus, "big").bit_length() in RSA_BITS


def ask_openssl(key, scheme, digest, message, signature):
    with tempfile.TemporaryDirectory(prefix="imscheck-") as folder:
        names = {}
        for name, data in (("key", key), ("message", message), ("signature", signature)):
            names[name] = os.path.join(folder, name)
            with open(names[name], "wb") as file:
                file.write(data)
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", names["key"], "-rawin",
                   "-in", names["message"], "-sigfile", names["signature"]]
        if scheme != "ed25519":
            command += ["-digest", digest]
        if scheme == "rsa-pss":
            command += ["-pkeyopt", "rsa_padding_mode:pss", "-pkeyopt", "rsa_pss_saltlen:auto"]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0


@functools.lru_cache(maxsize=100000)
def verify(key, algorithm, attributes, signature):
    """What every node asks of the parts, whatever agreement they are under."""
    scheme, _, digest = algorithm.rpartition("-")
    if algorithm == "ed25519":
        scheme, digest = "ed25519", "sha512"
    if scheme not in ("rsa", "rsa-pss", "ecdsa", "ed25519") or digest not in DIGEST_BYTES:
        return False
    try:
        if len(digest_named(attributes)) != DIGEST_BYTES[digest] or not key_fits(key, scheme):
            return False
    except (NotDer, ValueError):
        return False
    return ask_openssl(key, scheme, digest, attributes, signature)
