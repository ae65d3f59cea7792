# SPDX-License-Identifier: Apache-2.0
"""Ten thousand frames that nobody should send: only their connection ends, memory stays bounded, and
the others go on (inv. 11, 12)."""

import os
import random
import struct
import time
import unittest

import certs
import harness
import wire

SEED = 443
# By whom; a connection over TLS costs a handshake, so those are fewer and carry more each.
FRAMES = {"local": 9000, "operator": 600, "node": 600, "stranger": 300}
PER_CONNECTION = {"local": 2, "operator": 5, "node": 5, "stranger": 5}
CAP = 1048576
GROWTH_MAX_KIB = 96 * 1024
LATENCY_MAX_S = 10
DROPPED_S = 20


class Garbage:
    """Frames made from a seed; each kind of fault is a method."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.kinds = [getattr(self, name) for name in dir(self) if name.startswith("make_")]

    def next(self):
        return self.chance.choice(self.kinds)()

    def bytes(self, most):
        return self.chance.randbytes(self.chance.randint(0, most))

    def type(self):
        """Of a frame; mostly of those that a client may send, so that what is inside gets read."""
        if self.chance.random() < 0.5:
            return self.chance.choice([wire.REQUEST, wire.PING, wire.BYE])
        return self.chance.choice([*range(1, 15), wire.REQUEST, wire.REQUEST, wire.REPLY, 0, 15, 255])

    def make_noise(self):
        return self.bytes(400)

    def make_random_body(self):
        return wire.frame(self.type(), self.bytes(300))

    def make_oversized(self):
        """A length above the cap of its type; the rest never comes."""
        length = self.chance.choice([CAP + 2, CAP * 16, 0x7FFFFFFF, 0xFFFFFFFF, 70])
        return struct.pack(">IB", length, self.chance.choice([wire.PING, wire.ROSTER_FETCH, wire.BYE, 200])) + \
            self.bytes(100)

    def make_zero_length(self):
        return struct.pack(">I", 0) + self.bytes(20)

    def make_truncated(self):
        whole = wire.frame(self.type(), self.bytes(300))
        return whole[:self.chance.randint(0, len(whole))]

    def make_nested(self):
        """Length-delimited fields in each other, to a depth that no message has."""
        body = b""
        for _ in range(self.chance.randint(10, 400)):
            body = wire.message((self.chance.randint(1, 12), body or b"x"))
        return wire.frame(self.type(), body)

    def make_lying_length(self):
        """A field that says to be longer than its message."""
        tag, length = self.chance.randint(1, 15) << 3 | 2, self.chance.getrandbits(40)
        body = wire.varint(tag) + wire.varint(length) + self.bytes(50)
        return wire.frame(self.type(), body)

    def make_endless_varint(self):
        return wire.frame(self.type(), b"\x08" + b"\xff" * self.chance.randint(5, 60))

    def make_many_items(self):
        """More items than any message may have."""
        field = wire.message((self.chance.randint(1, 9), b"\x01"))
        return wire.frame(self.type(), field * self.chance.randint(2000, 9000))

    def make_wrong_wire_types(self):
        tags = [self.chance.randint(1, 15) << 3 | self.chance.choice([1, 3, 4, 5, 6, 7]) for _ in range(20)]
        return wire.frame(self.type(), b"".join(wire.varint(t) + self.bytes(8) for t in tags))

    def make_bad_text(self):
        return wire.frame(self.type(), wire.message((2, b"\xff\xfe\xc0\x80"), (3, b"\x00\x01\x02")))

    def make_wrong_state(self):
        """Well-formed messages that are not for now, or from no one who may send them."""
        return self.chance.choice([
            wire.hello("ims.example", "mx"), wire.hello("other.example", "mx"), wire.hello("ims.example", "eu"),
            wire.hello("ims.example", "mx", version=99),
            wire.frame(wire.HEADS, wire.message((1, wire.message((1, "no note"))))),
            wire.frame(wire.FETCH, wire.message((1, 1), (2, "ims.example/eu/1"), (3, 2 ** 60), (5, 2 ** 31))),
            wire.frame(wire.FETCH, wire.message((1, 1), (2, "x" * 1000))),
            wire.frame(wire.ENTRIES, wire.message((1, 77), (2, "ims.example/mx/1"), (7, 1))),
            wire.frame(wire.WANT, wire.message((1, 5), (2, "ims.example/eu/1"), (3, b"\x00\x01"))),
            wire.frame(wire.PAYLOADS, wire.message((1, 5), (2, "ims.example/eu/1"), (4, 1))),
            wire.frame(wire.COSIGN, wire.message((1, "ims.example/eu/1\n5\nAAAA\n\n"))),
            wire.frame(wire.EVIDENCE, wire.message((1, "ims.example/eu/1"), (2, "a"), (3, "b"))),
            wire.frame(wire.REPLY, wire.message((1, 1))),
            wire.frame(wire.ROSTER_NOTES, wire.message((1, "ims-roster/1\nfederation x\n"))),
            wire.frame(wire.BYE, wire.message((1, 2 ** 31), (2, "z" * 500))),
        ])

    def make_bad_request(self):
        """Verbs that do not exist, and bodies that are none of theirs."""
        verb = self.chance.choice([*wire.VERBS.values(), 0, 9999, 2 ** 31])
        return wire.frame(wire.REQUEST, wire.message((1, self.chance.getrandbits(30)), (2, verb), (3, self.bytes(200))))

    def make_absurd_put(self):
        body = wire.message((1, self.chance.choice(["organisation", "nothing", "x" * 5000])), (3, self.bytes(3000)),
                            (5, 2 ** 31))
        return wire.frame(wire.REQUEST, wire.message((1, 1), (2, wire.VERBS["RECORD_PUT"]), (3, body)))


class Wire(harness.FederationTest):
    """eu is attacked; us and irs are its peers; mx's place and keys are the attacker's."""

    started = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        try:
            cls.box.begin_without_the_rest("eu", "us", "irs")
            cls.box.await_sessions(regions=["eu", "us", "irs"])
            folder = cls.box.scratch("certs")
            os.mkdir(folder)
            stranger = certs.make(folder, "stranger", ["URI:ims://ims.example/zz/node"])
            eu, mx = cls.box.node("eu"), cls.box.node("mx")
            cls.contexts = {
                "operator": wire.tls_context(eu.path("operator.crt"), eu.path("operator.key")),
                "node": wire.tls_context(mx.path("keys", "tls.crt"), mx.path("keys", "tls.key")),
                "stranger": wire.tls_context(*stranger, alpn="ims-roster/1"),
            }
        except BaseException:
            cls.box.close()
            raise

    def connect(self, who):
        eu = self.box.node("eu")
        if who == "local":
            return wire.Connection(wire.connect_unix(eu.socket))
        return wire.Connection(wire.connect_tls(eu.address, self.contexts[who]))

    def memory_kib(self):
        with open("/proc/%d/status" % self.box.node("eu").pid(), encoding="ascii") as f:
            return int(next(line for line in f if line.startswith("VmRSS:")).split()[1])

    def others_replicate(self, number):
        """A write at us is seen at eu and irs, now."""
        answer = self.box.put("us", "During the flood %d" % number, "US")
        self.assertIsNotNone(answer)
        began = time.monotonic()
        for region in ("eu", "irs"):
            node = self.box.node(region)
            self.wait_for(lambda: node.ims("record", "get", answer["id"], "--json").returncode == 0, LATENCY_MAX_S,
                          "%s gets what us writes" % region)
        return time.monotonic() - began

    def flood(self, who, garbage, count, opening=b""):
        """Send so many frames, on new connections whenever one has ended."""
        sent = connections = 0
        while sent < count:
            connections += 1
            with self.connect(who) as c:
                try:
                    c.send(opening)
                    for _ in range(garbage.chance.randint(1, PER_CONNECTION[who])):
                        sent += 1
                        c.send(garbage.next())
                    if who != "local":
                        c.sock.settimeout(0.02)
                        c.sock.recv(65536)
                except OSError:
                    pass
        return connections

    def test_garbage(self):
        garbage = Garbage(SEED)
        self.others_replicate(0)
        before = self.memory_kib()
        marks = {region: len(self.log_of(region)) for region in ("us", "irs")}
        eu = self.box.node("eu")
        pid = eu.pid()
        greeting = wire.hello("ims.example", "mx", roster_hash=bytes.fromhex(self.box.genesis_hash))
        for number, (who, count) in enumerate(FRAMES.items(), 1):
            half = count // 2
            self.assertGreater(self.flood(who, garbage, half), 0)
            self.flood(who, garbage, count - half, greeting if who == "node" else b"")
            self.others_replicate(number)
            self.assertEqual(eu.pid(), pid, "the daemon lives")
        self.wait_for(lambda: self.memory_kib() - before < GROWTH_MAX_KIB, 10, "memory is given back")
        self.assertEqual(eu.ask("status")["state"], "ready")
        self.assert_in_sync(regions=["eu", "us", "irs"])
        self.assertGreaterEqual(sum(FRAMES.values()), 10000)
        for region in ("us", "irs"):
            self.assertNotIn("eu: closing", self.log_of(region)[marks[region]:], "their sessions stand")

    def test_big_lengths_take_no_memory(self):
        """Many connections that announce the largest frames and send nothing."""
        before = self.memory_kib()
        held = []
        try:
            for _ in range(100):
                c = self.connect("local")
                held.append(c)
                c.send(struct.pack(">IB", CAP, wire.REQUEST) + b"\x1a")
            self.assertEqual(self.box.node("eu").ask("status")["state"], "ready")
            self.assertLess(self.memory_kib() - before, GROWTH_MAX_KIB)
        finally:
            for c in held:
                c.sock.close()

    def test_a_client_that_does_not_read(self):
        """Its answers pile up to the bound, then it is dropped; the others notice nothing."""
        before = self.memory_kib()
        with self.connect("local") as c:
            c.sock.settimeout(0.5)
            deadline = time.monotonic() + DROPPED_S
            with self.assertRaises(OSError):
                while time.monotonic() < deadline:
                    c.request("LOG_LIST")
        self.others_replicate(99)
        self.assertLess(self.memory_kib() - before, GROWTH_MAX_KIB)

    def test_too_many_connections(self):
        """More than max_connections of strangers do not keep the sessions of nodes from standing."""
        held = []
        try:
            for _ in range(600):
                held.append(wire.socket.create_connection(self.box.node("eu").address.split(":"), timeout=5))
            self.others_replicate(100)
        finally:
            for s in held:
                s.close()


if __name__ == "__main__":
    unittest.main()
