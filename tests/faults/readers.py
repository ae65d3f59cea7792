# SPDX-License-Identifier: Apache-2.0
"""D6: a region that asks for much and reads hardly any of it, or nothing, while it keeps talking."""

import os
import socket
import threading
import time

import procfs
from liar import Liar
from world import Broken, World, Writer as BigWriter, oracle, wire
from writers import Writer, lost, twice

HONEST, SLOW = ("eu", "mx", "irs"), "slow"
OUTPUT_MAX_KIB, SPARE_KIB = 4096, 24 * 1024
OPTIONS = {"log_level": "info", "ping_ms": "400ms", "dead_ms": "1500ms", "output_max_bytes": "4MiB",
           "map_bytes": "64MiB", "ring_bytes": "8MiB"}
BIG_RECORDS = 60          # 60 kB each: more than the output and the buffers of the kernel
FETCHES = 60
WINDOW_BYTES = 4096
WANTS, WANTED = 30, 32
TURN_S, TURN_BYTES = 0.1, 10
KINDS = ((0, False), (TURN_BYTES, False), (0, True))  # bytes read a turn, whether it also wants payloads
DROPPED_S = 60
RATE = 20


class Reader(threading.Thread):
    """It says hello with the region's own keys, asks for the whole log many times, and reads `turn_bytes`
    of the stream every 100 ms. Its pings go on, so it is not silent. Ends when it is dropped."""

    def __init__(self, liar, node, turn_bytes, wants):
        super().__init__(daemon=True)
        self.turn_bytes, self.read, self.ending = turn_bytes, 0, threading.Event()
        raw = socket.socket()
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, WINDOW_BYTES)
        raw.settimeout(wire.DEADLINE_S)
        host, port = node.address.rsplit(":", 1)
        raw.connect((host, int(port)))
        self.c = wire.Connection(liar.context().wrap_socket(raw))
        self.c.send(liar.hello())
        got = self.c.receive()
        if got is None or got[0] != wire.HELLO:
            raise Broken("no hello for the slow reader: %s" % (got,))
        for number in range(1, FETCHES + 1):
            self.c.send(wire.frame(wire.FETCH, wire.message((1, number), (2, "ims.example/eu/1"), (5, 1 << 22))))
        for number in range(1, WANTS * wants + 1):
            self.c.send(wire.frame(wire.WANT, wire.message((1, number), (2, "ims.example/eu/1"),
                                                           *((3, index) for index in range(1, WANTED)))))
        self.start()

    def run(self):
        number = 0
        try:
            while not self.ending.wait(TURN_S):
                number += 1
                self.c.send(wire.frame(wire.PING, wire.message((1, number), (2, 1))))
                if self.turn_bytes:
                    self.read += len(os.read(self.c.sock.fileno(), self.turn_bytes))  # as it comes, under TLS
        except OSError:
            pass
        finally:
            self.c.sock.close()

    def stop(self):
        self.ending.set()
        self.join()


def dropped(node, mark):
    with open(node.log, encoding="utf-8", errors="replace") as f:
        f.seek(mark)
        return any(" %s" % SLOW in line and "does not read" in line for line in f)


def size_at(node):
    return next(log["size"] for log in node.ask("log", "list")["logs"] if log["origin"] == "ims.example/eu/1")


def one_reader(world, liar, turn_bytes, wants):
    """Kibibytes that the node had more while it was there, and seconds until it was dropped."""
    node, mark = world.node("eu"), os.path.getsize(world.node("eu").log)
    before, most, began = procfs.memory(node.pid())["RssAnon"], 0, time.monotonic()
    reader, writer = Reader(liar, node, turn_bytes, wants), Writer(node, RATE, "beside")
    try:
        world.until(lambda: writer.acked, "writes go on")
        size = writer.acked[0]["index"] + 1
        world.until(lambda: size_at(world.node("mx")) >= size, "others get what is new")
        while not dropped(node, mark):
            most = max(most, procfs.memory(node.pid())["RssAnon"] - before)
            if time.monotonic() - began > DROPPED_S:
                raise Broken("who reads %d bytes a turn is not dropped%s" % (turn_bytes, node.log_tail()))
            time.sleep(TURN_S / 2)
        took = time.monotonic() - began
    finally:
        reader.stop()
        writer.stop()
    if most > OUTPUT_MAX_KIB + SPARE_KIB:
        raise Broken("%d KiB more for one that does not read" % most)
    if writer.refused or writer.unknown:
        raise Broken("writes were refused: %s" % writer.refused[:3])
    return most, took, writer.acked


def slow(case):
    """D6: the kinds in turn."""
    most, slowest, acked = 0, 0, []
    with World((*HONEST, SLOW), OPTIONS) as world:
        world.box.begin_without_the_rest(*HONEST)
        world.box.await_sessions(regions=HONEST)
        liar = Liar(world.box, SLOW, ())
        with world.ready("eu") as c:
            BigWriter(world, "eu", "big", big=True).write_for(c, DROPPED_S, most=BIG_RECORDS)
        for number in range(case.count):
            kib, took, fresh = one_reader(world, liar, *KINDS[number % len(KINDS)])
            most, slowest, acked = max(most, kib), max(slowest, took), acked + fresh
        world.box.await_sync(DROPPED_S, HONEST)
        broken = twice(acked) + [text for name in HONEST for text in lost(world.node(name), acked)]
        if broken:
            raise Broken("\n".join(broken[:5]))
        for name in HONEST:
            with world.ready(name) as c:
                world.truth.check_kept(name, c)
            oracle.check_verified(world.node(name))
        world.stop()
    case.say("dropped after %.1f s at the latest, %d KiB more meanwhile, %d writes beside" % (
        slowest, most, len(acked)))
    return case.count
