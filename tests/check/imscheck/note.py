# SPDX-License-Identifier: Apache-2.0
"""Signed notes, checkpoints and cosignatures (C2SP signed-note, tlog-checkpoint, tlog-cosignature)."""

import hashlib
import re
from dataclasses import dataclass

from .words import Broken, HASH_BYTES, base64_get, decimal_get, hex_get

TYPE_ED25519, TYPE_COSIGNATURE = 0x01, 0x04
TYPE_NAMES = {TYPE_ED25519: "Ed25519", TYPE_COSIGNATURE: "cosignature/v1"}
NOTE_MAX_BYTES, LINES_MAX, NAME_MAX_BYTES = 65536, 64, 255
ID_BYTES, TIME_BYTES, SIGNATURE_BYTES = 4, 8, 64
DASH = "\u2014 "


def name_is_well_formed(name):
    """Not empty, no '+', neither a space of any script nor a control character."""
    return bool(name) and "+" not in name and not re.search(r"[\s\x00-\x1f\x7f-\x9f]", name)


def key_id(name, key_type, public):
    return hashlib.sha256(name.encode() + b"\n" + bytes([key_type]) + public).digest()[:ID_BYTES]


@dataclass(frozen=True)
class Key:
    """A verifier key."""
    name: str
    type: int
    public: bytes

    @property
    def id(self):
        return key_id(self.name, self.type, self.public)

    @classmethod
    def parse(cls, text):
        """`<name>+<8 hex>+<base64(type || public key)>`; base64 may hold further '+'."""
        parts = text.split("+", 2)
        if len(parts) != 3 or not name_is_well_formed(parts[0]) or len(parts[0].encode()) > NAME_MAX_BYTES:
            raise Broken("not a verifier key")
        claimed, blob = hex_get(parts[1], ID_BYTES), base64_get(parts[2])
        if len(blob) != 33 or blob[0] not in TYPE_NAMES:
            raise Broken("not a verifier key of a known type")
        key = cls(parts[0], blob[0], blob[1:])
        if key.id != claimed:
            raise Broken("the verifier key has another id than it says")
        return key

    def as_note_key(self):
        """The Ed25519 note key of the same name and bytes (how a cosigner key countersigns)."""
        return Key(self.name, TYPE_ED25519, self.public)


@dataclass(frozen=True)
class Line:
    """One signature line: `blob` is what follows the key id."""
    name: str
    id: bytes
    blob: bytes

    def is_of(self, key):
        """By name, id and the size that the key's type has; anything else is of another key."""
        size = SIGNATURE_BYTES + (TIME_BYTES if key.type == TYPE_COSIGNATURE else 0)
        return self.name == key.name and self.id == key.id and len(self.blob) == size

    def question(self, key, text):
        """(public key, message, signature), as Verifier wants them."""
        if key.type == TYPE_ED25519:
            return key.public, text, self.blob
        return (key.public, b"cosignature/v1\ntime %d\n" % self.time_s + text, self.blob[TIME_BYTES:])

    @property
    def time_s(self):
        return int.from_bytes(self.blob[:TIME_BYTES], "big")


@dataclass(frozen=True)
class Note:
    """`text` is what is signed, with its last newline; lines too short for a key are left out."""
    text: bytes
    lines: tuple

    @classmethod
    def parse(cls, data):
        if len(data) > NOTE_MAX_BYTES:
            raise Broken("a note of more than %d bytes" % NOTE_MAX_BYTES)
        if any(c < 0x20 and c != 0x0A for c in data):
            raise Broken("a control character in a note")
        try:
            data.decode()
        except UnicodeDecodeError:
            raise Broken("a note that is not UTF-8") from None
        front, blank, back = data.rpartition(b"\n\n")
        if not blank or not back.endswith(b"\n"):
            raise Broken("not a signed note: no empty line, or no signature below it")
        rows = back.decode()[:-1].split("\n")
        if len(rows) > LINES_MAX:
            raise Broken("a note with more than %d signatures" % LINES_MAX)
        lines = (_line(row) for row in rows)
        return cls(front + b"\n", tuple(line for line in lines if line))

    def questions(self, keys):
        """What has to be asked to know of all lines of these keys."""
        return [line.question(key, self.text) for key in keys for line in self.lines if line.is_of(key)]

    def is_signed_by(self, key, verifier):
        """False when no line is of this key; Broken when any of them does not verify."""
        own = [line for line in self.lines if line.is_of(key)]
        for line in own:
            if key.type == TYPE_COSIGNATURE and line.time_s >= 2**63:
                raise Broken("the signature of %s has an impossible time" % key.name)
            if not verifier.verify(*line.question(key, self.text)):
                raise Broken("the signature of %s does not verify" % key.name)
        return bool(own)


def _line(row):
    words = row[len(DASH):].split(" ")
    if not row.startswith(DASH) or len(words) != 2 or not words[1] or not name_is_well_formed(words[0]):
        raise Broken("not a signature line")
    blob = base64_get(words[1])
    return Line(words[0], blob[:ID_BYTES], blob[ID_BYTES:]) if len(blob) > ID_BYTES else None


@dataclass(frozen=True)
class Checkpoint:
    origin: str
    size: int
    root: bytes
    extension: tuple

    @classmethod
    def parse(cls, text):
        lines = text.decode().split("\n")
        if len(lines) < 4 or lines[-1] or not all(lines[:-1]):
            raise Broken("a checkpoint has three lines and none of them empty")
        root = base64_get(lines[2])
        if len(root) != HASH_BYTES:
            raise Broken("a root of %d bytes" % len(root))
        return cls(lines[0], decimal_get(lines[1]), root, tuple(lines[3:-1]))
