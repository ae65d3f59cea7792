# SPDX-License-Identifier: Apache-2.0
"""The view digest: SHA-256 over lines of text that say everything all nodes have to agree on."""

import hashlib

from .kinds import RULES_VERSION
from .words import record_parts


def lines(roster_version, heads, view):
    """The lines as bytes. heads: {origin: (size, root)} of every log of the roster, empty ones too."""
    yield b"imsd-view/1\nroster %d\nrules %d\n" % (roster_version, RULES_VERSION)
    for origin in sorted(heads):
        size, root = heads[origin]
        yield b"log %s %d %s\n" % (origin.encode(), size, root.hex().encode())
    for record_id in sorted(view.records, key=record_parts):
        record = view.records[record_id]
        yield ("record %s %s %s %d %s %d %s\n" % (
            record_id, record.kind, record.state, record.revision, record.item.origin, record.item.index,
            record.item.leaf.hex())).encode()
    for name, value, record_id in sorted(view.keys, key=lambda k: (k[1], k[0], record_parts(k[2]))):
        yield b"key %s %s %s\n" % (name.encode(), value, record_id.encode())


def compute(roster_version, heads, view):
    return hashlib.sha256(b"".join(lines(roster_version, heads, view))).digest()


def holes(view):
    """Payloads for all that have not come yet."""
    return sum(record.state == "wanted" for record in view.records.values())
