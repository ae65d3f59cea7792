# SPDX-License-Identifier: Apache-2.0
"""The leaf of a log: proto/log.proto's Entry."""

from .pb import Message
from .words import Broken, HASH_BYTES

FORMAT, MAX_BYTES = 1, 4096
PUT, WITHDRAW = 1, 2
PUBLIC, FEDERATION, NAMED = 1, 2, 3
OPERATIONS, AUDIENCES = (PUT, WITHDRAW), (PUBLIC, FEDERATION, NAMED)    # that the fold knows

MESSAGE = Message(
    "Entry",
    (1, "format", "uint32"),
    (2, "origin", "string"),
    (3, "index", "uint64"),
    (4, "time_ms", "int64"),
    (5, "roster_version", "uint64"),
    (6, "kind", "string"),
    (7, "record", "string"),
    (8, "revision", "uint64"),
    (9, "operation", "enum"),
    (10, "audience", "enum"),
    (11, "commitment", "bytes"),
)


def decode(data):
    """A dict of the fields above."""
    if len(data) > MAX_BYTES:
        raise Broken("%d bytes, at most %d" % (len(data), MAX_BYTES))
    entry = MESSAGE.decode(data)
    if entry["format"] != FORMAT:
        raise Broken("format %d" % entry["format"])
    if len(entry["commitment"]) not in (0, HASH_BYTES):
        raise Broken("a commitment of %d bytes" % len(entry["commitment"]))
    return entry
