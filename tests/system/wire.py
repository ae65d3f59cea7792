# SPDX-License-Identifier: Apache-2.0
"""Frames and messages of the peer protocol, written and read without the daemon's code."""

import os
import re
import socket
import ssl
import struct
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
(HELLO, HEADS, ROSTER_FETCH, ROSTER_NOTES, FETCH, ENTRIES, WANT, PAYLOADS, COSIGN, EVIDENCE, PING,
 BYE) = range(1, 13)
REQUEST, REPLY = 20, 21
FRAME_HEAD = 5
DEADLINE_S = 20


def table(path, macro):
    """NAME -> number of the rows MACRO(NAME, name, number, …) of a .def table."""
    with open("%s/%s" % (TOP, path), encoding="utf-8") as f:
        rows = re.findall(r"^%s\((\w+),\s*\w+,\s*(\d+)," % macro, f.read(), re.MULTILINE)
    return {name: int(number) for name, number in rows}


VERBS = table("proto/verbs.def", "VERB")


def error_code(name):
    with open(TOP + "/include/ims/errors.def", encoding="utf-8") as f:
        return int(re.search(r"^ERR\(%s,\s*(\d+)," % name, f.read(), re.MULTILINE).group(1))


# ---- protobuf

def varint(n):
    n %= 1 << 64
    out = bytearray()
    while n > 0x7F:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    out.append(n)
    return bytes(out)


def message(*fields):
    """(number, value) pairs; numbers, texts and bytes. Zeros and empty values are left out."""
    out = bytearray()
    for number, value in fields:
        if isinstance(value, str):
            value = value.encode()
        if not value:
            continue
        if isinstance(value, int):
            out += varint(number << 3) + varint(value)
        else:
            out += varint(number << 3 | 2) + varint(len(value)) + value
    return bytes(out)


def _varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def fields(data):
    """Number -> list of values: numbers for varints, bytes for what has a length."""
    found, at = {}, 0
    while at < len(data):
        tag, at = _varint(data, at)
        if tag & 7 == 0:
            value, at = _varint(data, at)
        elif tag & 7 == 2:
            length, at = _varint(data, at)
            value, at = data[at:at + length], at + length
        else:
            raise ValueError("wire type %d" % (tag & 7))
        found.setdefault(tag >> 3, []).append(value)
    return found


def first(found, number, default=b""):
    return found.get(number, [default])[0]


def text(found, number):
    return first(found, number).decode()


def frame(kind, body):
    return struct.pack(">IB", len(body) + 1, kind) + body


def hello(federation, region, version=1, roster=1, roster_hash=bytes(32)):
    return frame(HELLO, message((1, version), (2, federation), (3, region), (4, roster), (5, roster_hash),
                                (6, bytes(range(16))), (7, "test")))


# ---- connections

def tls_context(cert=None, key=None, alpn="ims/1"):
    """A client that takes any server: whom it meets is not what these tests ask."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    if cert:
        context.load_cert_chain(cert, key)
    if alpn:
        context.set_alpn_protocols([alpn])
    return context


def connect_unix(path):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(DEADLINE_S)
    deadline = time.monotonic() + DEADLINE_S
    while True:
        try:
            s.connect(path)
            return s
        except BlockingIOError:  # its queue of callers is full
            if time.monotonic() > deadline:
                s.close()
                raise
            time.sleep(0.01)
        except OSError:
            s.close()
            raise


def connect_tls(address, context):
    host, port = address.rsplit(":", 1)
    raw = socket.create_connection((host, int(port)), timeout=DEADLINE_S)
    try:
        return context.wrap_socket(raw)
    except BaseException:
        raw.close()
        raise


class Connection:
    """Frames over a connected socket."""

    def __init__(self, sock):
        self.sock, self.buffer, self.next_id = sock, bytearray(), 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def send(self, data):
        self.sock.sendall(data)

    def receive(self):
        """(kind, body) of the next frame; None at the end of the stream."""
        while True:
            if len(self.buffer) >= FRAME_HEAD:
                length, kind = struct.unpack_from(">IB", self.buffer)
                if len(self.buffer) >= 4 + length:
                    body = bytes(self.buffer[FRAME_HEAD:4 + length])
                    del self.buffer[:4 + length]
                    return kind, body
            part = self.sock.recv(65536)
            if not part:
                return None
            self.buffer += part

    def farewell(self):
        """What the other side says before it closes: (code, text) of its Bye, (0, "") when it says
        nothing. Frames before that are passed over."""
        said = (0, "")
        try:
            while True:
                got = self.receive()
                if got is None:
                    return said
                if got[0] == BYE:
                    found = fields(got[1])
                    said = (first(found, 1, 0), text(found, 2))
        except (ConnectionError, ssl.SSLError):
            return said

    def request(self, verb, body=b""):
        """Send one; its id."""
        self.next_id += 1
        self.send(frame(REQUEST, message((1, self.next_id), (2, VERBS[verb]), (3, body))))
        return self.next_id

    def reply(self):
        """(id, code, text, body) of the next reply; None at the end."""
        while True:
            got = self.receive()
            if got is None:
                return None
            if got[0] == REPLY:
                found = fields(got[1])
                return first(found, 1, 0), first(found, 2, 0), text(found, 3), first(found, 4)

    def call(self, verb, body=b""):
        """(code, text, fields of the reply)."""
        wanted = self.request(verb, body)
        while True:
            got = self.reply()
            if got is None:
                raise ConnectionError("closed without an answer to " + verb)
            if got[0] == wanted:
                return got[1], got[2], fields(got[3])


def organisation(name, country="DE"):
    return message((2, name), (4, country), (6, "sme"))


def put_organisation(name, country="DE"):
    return message((1, "organisation"), (3, organisation(name, country)))
