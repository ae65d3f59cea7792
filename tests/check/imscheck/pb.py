# SPDX-License-Identifier: Apache-2.0
"""Reading protobuf messages, strictly: what two readers could understand differently is refused.

A singular field stands at most once, a field has the wire type that its message declares, texts
are texts, numbers fit their type, groups are refused, a message nests at most 5 deep and holds at
most 20,000 fields (64 of them unknown). Field order is free and numbers need not be minimal: the
bytes are the record, and every reader must agree on what they mean.
"""

from .words import Broken, is_text

DEPTH_MAX, FIELDS_MAX, UNKNOWN_MAX = 5, 20000, 64
VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5
TAG_BYTES_MAX, LENGTH_BYTES_MAX, VARINT_BYTES_MAX = 5, 5, 10

# Number types: (least, most, is it signed?)
NUMBERS = {
    "uint32": (0, 2**32 - 1, False),
    "uint64": (0, 2**64 - 1, False),
    "int64": (-2**63, 2**63 - 1, True),
    "enum": (-2**31, 2**31 - 1, True),
    "bool": (0, 1, False),
}


class Message:
    """A message's fields: number -> (name, type, is it repeated?). A type is a name of NUMBERS,
    "string", "bytes" or another Message; of the repeated ones only strings and messages are used."""

    def __init__(self, name, *rows):
        self.name = name
        self.fields = {}
        for number, field, kind in rows:
            repeated = isinstance(kind, list)
            self.fields[number] = (field, kind[0] if repeated else kind, repeated)

    def empty(self):
        return {name: [] if repeated else _default(kind) for name, kind, repeated in self.fields.values()}

    def decode(self, data):
        """A dict with every field, absent ones with their default (None for a message)."""
        return _Reader().message(self, data, 1)


def _default(kind):
    return {"string": "", "bytes": b""}.get(kind, 0) if isinstance(kind, str) else None


class _Reader:
    def __init__(self):
        self.n_fields = self.n_unknown = 0

    def message(self, schema, data, depth):
        if depth > DEPTH_MAX:
            raise Broken("%s: nested too deeply" % schema.name)
        result, seen, at = schema.empty(), set(), 0
        while at < len(data):
            number, wire, value, at = self.field(data, at)
            if number not in schema.fields:
                self.n_unknown += 1
                if self.n_unknown > UNKNOWN_MAX:
                    raise Broken("%s: too many unknown fields" % schema.name)
                continue
            name, kind, repeated = schema.fields[number]
            if not repeated and name in seen:
                raise Broken("%s: %s stands twice" % (schema.name, name))
            seen.add(name)
            value = self.value(schema.name + "." + name, kind, wire, value, depth)
            if repeated:
                result[name].append(value)
            else:
                result[name] = value
        return result

    def field(self, data, at):
        """(number, wire type, value, where it ends) of the field that begins at `at`."""
        tag, at = _varint(data, at, TAG_BYTES_MAX)
        number, wire = tag >> 3, tag & 7
        if number == 0 or tag >= 2**32:
            raise Broken("a field number out of range")
        self.n_fields += 1
        if self.n_fields > FIELDS_MAX:
            raise Broken("more than %d fields" % FIELDS_MAX)
        if wire == VARINT:
            value, at = _varint(data, at, VARINT_BYTES_MAX)
            return number, wire, value, at
        if wire == LENGTH:
            n, at = _varint(data, at, LENGTH_BYTES_MAX)
        elif wire in (FIXED32, FIXED64):
            n = 4 if wire == FIXED32 else 8
        else:
            raise Broken("a group or an unknown wire type")
        if n > len(data) - at:
            raise Broken("a field that is longer than its message")
        return number, wire, data[at:at + n], at + n

    def value(self, where, kind, wire, value, depth):
        if wire != (VARINT if kind in NUMBERS else LENGTH):
            raise Broken("%s: wire type %d" % (where, wire))
        if isinstance(kind, Message):
            return self.message(kind, value, depth + 1)
        if kind == "string":
            if not is_text(value):
                raise Broken("%s: not a text" % where)
            return value.decode()
        if kind == "bytes":
            return value
        least, most, signed = NUMBERS[kind]
        if signed and value >= 2**63:
            value -= 2**64
        if not least <= value <= most:
            raise Broken("%s: %d is out of its type's range" % (where, value))
        return value


def _varint(data, at, most_bytes):
    value = 0
    for i in range(most_bytes):
        if at + i >= len(data):
            raise Broken("the message ends inside a number")
        value |= (data[at + i] & 0x7F) << 7 * i
        if data[at + i] < 0x80:
            if value >= 2**64:
                raise Broken("a number of more than 64 bits")
            return value, at + i + 1
    raise Broken("a number of more than %d bytes" % most_bytes)
