# SPDX-License-Identifier: Apache-2.0
"""What an organisation does on its own: a key, and a signature with openssl over what its node prints."""

import os

from node import must

KEY_DAYS = "30"


def key_of(folder, name):
    """Key and certificate of this signatory below the folder, made at the first call."""
    key, certificate = (os.path.join(folder, name + end) for end in (".key", ".crt"))
    if not os.path.exists(certificate):
        must(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
              key, "-out", certificate, "-subj", "/CN=" + name, "-days", KEY_DAYS])
    return key, certificate


def cms_command(folder, name, path):
    """openssl's, which signs this file into the next one."""
    key, certificate = key_of(folder, name)
    return ["openssl", "cms", "-sign", "-binary", "-in", path, "-signer", certificate, "-inkey", key, "-outform", "DER",
            "-out", os.path.join(folder, name + ".p7s")]


def sign(node, moa, folder, name, lang="en"):
    """A .p7s over the bytes that this node prints of an agreement; its path."""
    path = os.path.join(folder, name + ".txt")
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(node.do("moa", "show", moa, "--raw", "--lang", lang))
    command = cms_command(folder, name, path)
    must(command)
    return command[-1]


def cite(node, record):
    """The entry that a record stands in now, as records of other regions name it."""
    got = node.ask("record", "get", record)
    return {"record": got["id"], "origin": got["origin"], "index": got["index"], "leaf": got["leaf"]}
