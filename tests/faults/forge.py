# SPDX-License-Identifier: Apache-2.0
"""Logs of any content and heads that anybody signed, with proofs that are right for them: what a
liar needs. Signatures come from libcrypto, through the key files that `ims init` makes."""

import base64
import ctypes
import hashlib
import os
import struct
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(os.path.dirname(HERE), name) for name in ("system", "check")]

import wire  # noqa: E402
from imscheck import merkle  # noqa: E402

NID_ED25519 = 1087
ED25519, COSIGNATURE = 1, 4
TILE = 256
PUT, PUBLIC = 1, 1
HERE_STATE = 1
OPERATOR = wire.message((1, wire.message((1, "local"))))

_libcrypto = ctypes.CDLL("libcrypto.so.3")
for _name in ("EVP_PKEY_new_raw_private_key", "EVP_MD_CTX_new"):
    getattr(_libcrypto, _name).restype = ctypes.c_void_p


class Signer:
    """A C2SP note signing key of a file."""

    def __init__(self, path):
        with open(path, encoding="ascii") as f:
            words = f.read().strip().split("+", 4)
        self.name = words[2]
        blob = base64.b64decode(words[4])
        self.type, seed = blob[0], blob[1:]
        self._key = ctypes.c_void_p(_libcrypto.EVP_PKEY_new_raw_private_key(
            NID_ED25519, None, seed, ctypes.c_size_t(len(seed))))
        public, size = ctypes.create_string_buffer(32), ctypes.c_size_t(32)
        _libcrypto.EVP_PKEY_get_raw_public_key(self._key, public, ctypes.byref(size))
        self.id = hashlib.sha256(self.name.encode() + b"\n" + bytes([self.type]) + public.raw).digest()[:4]

    def sign(self, message):
        context = ctypes.c_void_p(_libcrypto.EVP_MD_CTX_new())
        out, size = ctypes.create_string_buffer(64), ctypes.c_size_t(64)
        try:
            if _libcrypto.EVP_DigestSignInit(context, None, None, None, self._key) != 1 or \
                    _libcrypto.EVP_DigestSign(context, out, ctypes.byref(size), message,
                                              ctypes.c_size_t(len(message))) != 1:
                raise ValueError("cannot sign")
        finally:
            _libcrypto.EVP_MD_CTX_free(context)
        return out.raw

    def line(self, text, name=None, key_id=None, when=None):
        """Its signature line below a note's text; name and key_id: as whom it poses."""
        if self.type == COSIGNATURE:
            when = int(time.time()) if when is None else when
            blob = struct.pack(">Q", when) + self.sign(b"cosignature/v1\ntime %d\n" % when + text)
        else:
            blob = self.sign(text)
        blob = (key_id or self.id) + blob
        return ("\u2014 %s %s\n" % (name or self.name, base64.b64encode(blob).decode())).encode()


def checkpoint(origin, size, root):
    return ("%s\n%d\n%s\n" % (origin, size, base64.b64encode(root).decode())).encode()


def note(text, *lines):
    return text + b"\n" + b"".join(lines)


def subtree_proof(start, end, leaves, whole=True):
    """That the tree over [start, end) is in the tree of all leaves."""
    if start == 0 and end == len(leaves):
        return [] if whole else [merkle.root(leaves)]
    k = 1 << (len(leaves) - 1).bit_length() - 1
    if end <= k:
        return subtree_proof(start, end, leaves[:k], whole) + [merkle.root(leaves[k:])]
    if k <= start:
        return subtree_proof(start - k, end - k, leaves[k:], whole) + [merkle.root(leaves[:k])]
    return subtree_proof(0, end - k, leaves[k:], False) + [merkle.root(leaves[:k])]


class Log:
    """Entries with their payloads. `signer` signs its heads; fork() goes on otherwise."""

    def __init__(self, origin, signer):
        self.origin, self.signer = origin, signer
        self.region = origin.split("/")[1]
        self.items, self.leaves = [], []

    def add(self, word, origin=None, record=None):
        index = len(self.items)
        payload = OPERATOR + wire.organisation("%s %d" % (word, index))
        salt = hashlib.sha256(b"salt " + payload).digest()
        entry = wire.message(
            (1, 1), (2, origin or self.origin), (3, index), (4, 1700000000000 + index), (5, 1), (6, "organisation"),
            (7, record or "%s-o-%d" % (self.region, index + 1)), (8, 1), (9, PUT), (10, PUBLIC),
            (11, merkle.commitment(salt, payload)))
        self.items.append((entry, salt, payload))
        self.leaves.append(merkle.leaf_hash(entry))

    def grow(self, size, word, **how):
        while len(self.items) < size:
            self.add(word, **how)
        return self

    def fork(self, at):
        """Another log with the same first entries."""
        other = Log(self.origin, self.signer)
        other.items, other.leaves = self.items[:at], self.leaves[:at]
        return other

    def root(self, size):
        return merkle.root(self.leaves[:size])

    def head(self, size, signer=None):
        text = checkpoint(self.origin, size, self.root(size))
        return note(text, (signer or self.signer).line(text))

    def package(self, fetch_id, first, end, size, named=True, last=True, spoil=None):
        """An Entries message with [first, end), proven to the head at `size`. spoil(items, proof): how to
        falsify what is sent."""
        start = first - first % TILE
        items = list(self.items[first:end])
        proof = b"".join(subtree_proof(start, end, self.leaves[:size]))
        if spoil:
            items, proof = spoil(items, proof)
        return wire.frame(wire.ENTRIES, wire.message(
            (1, fetch_id), (2, self.origin), (3, first),
            *((4, wire.message((1, entry), (2, HERE_STATE), (3, salt), (4, payload)))
              for entry, salt, payload in items),
            (5, proof), (6, self.head(size)), (7, int(last)), (8, int(named))))


def head_message(head, named=True):
    return wire.message((1, head), (2, int(named)))
