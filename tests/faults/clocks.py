# SPDX-License-Identifier: Apache-2.0
"""H: clocks that jump, at one node of a federation that is written to. libfaketime moves the wall clock
from a file while the node runs; the monotonic clock stays as it is."""

import glob
import os
import signal
import time

import procfs
from world import Broken, World, wire
import certs
from writers import Writer, lost, twice

RATE = 20
REGIONS = ("eu", "mx", "irs")
OPTIONS = {"log_level": "info"}
CONVERGE_S = 30
CALM_SECONDS = 10
# Of a processor, over a second: what no timer storm stays below, also on a machine with much else to do.
BUSY_SHARE = 0.2          # 60 writes a second take 0.08
IDLE_SHARE = 0.1          # nothing to do takes 0.01
ANSWERS = 5               # after a jump, until all that was under way is answered
HOUR_S, DAY_S = 3600, 86400
# Offsets in seconds; writes are refused at the first of the kinds only.
AHEAD = (2 * HOUR_S, 3 * DAY_S, 10 * 365 * DAY_S)
BEHIND = (-3 * DAY_S, -HOUR_S, -56 * 365 * DAY_S)
SMALL = (-30, -1, 1, 30, HOUR_S // 2)
CLOCK = wire.error_code("CLOCK")


def library():
    found = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
    return found[0] if found else None


class Clock:
    """The wall clock of one node. libfaketime is kept from correcting waits with a monotonic deadline: such a wait
    of the node's would end at once, again and again, whatever the clock does."""

    def __init__(self, world, region):
        self.path = world.box.scratch("clock-" + region)
        self.set(0)
        self.env = {"LD_PRELOAD": library(), "FAKETIME_TIMESTAMP_FILE": self.path, "FAKETIME_NO_CACHE": "1",
                    "DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_RESET": "1",
                    "FAKETIME_FORCE_MONOTONIC_FIX": "0"}

    def set(self, offset_s):
        with open(self.path + ".new", "w", encoding="ascii") as f:
            f.write("%+d\n" % offset_s)
        os.replace(self.path + ".new", self.path)


def lasting_certificate(node):
    """For the years to which its clock will go."""
    folder = node.path("lasting")
    os.mkdir(folder)
    made, _ = certs.make(folder, "tls", ["URI:ims://ims.example/%s/node" % node.region], node.path("keys", "tls.key"),
                         end_s=80 * 365 * DAY_S)
    os.replace(made, node.path("keys", "tls.crt"))


def times(node):
    """The times of the entries of the node's own log, in their order."""
    found = []
    with wire.Connection(wire.connect_unix(node.socket)) as c:
        while True:
            code, why, got = c.call("LOG_ENTRIES", wire.message((2, len(found)), (3, 500)))
            if code:
                raise Broken("%s: entries: %s" % (node.region, why))
            for item in got.get(2, []):
                entry = wire.fields(wire.first(wire.fields(item), 2))
                found.append(wire.first(entry, 4, 0))
            if not got.get(2):
                return found


def busy_share(node, seconds=1.0):
    before, began = procfs.cpu_s(node.pid()), time.monotonic()
    while time.monotonic() - began < seconds:
        time.sleep(0.05)
    return (procfs.cpu_s(node.pid()) - before) / (time.monotonic() - began)


def check_calm(node, most=BUSY_SHARE):
    """No timer storm, which would go on: within some seconds the node takes no more than this share of a
    processor."""
    shares = []
    while not shares or shares[-1] > most:
        if len(shares) == CALM_SECONDS:
            raise Broken("%s takes %s of a processor" % (node.region, " ".join("%.2f" % share for share in shares)))
        shares.append(busy_share(node))


def jumps(case):
    """H1, H2: the clock of eu jumps; replication goes on, entry times never decrease, and writes are
    refused only when it is too far ahead, until an operator says go on."""
    refused = 0
    for _ in range(case.count):
        refused += one_life(case.chance)
    case.say("%d jumps ahead made the node wait for an operator" % refused)
    return case.count


def check_refused(world, writer, offset):
    """No write after the first refusals, and the node stays calm."""
    world.until(lambda n=len(writer.refused) + ANSWERS: len(writer.refused) > n,
                "writes are refused %d s ahead" % offset)
    acked = len(writer.acked)
    check_calm(writer.node)
    if len(writer.acked) > acked:
        raise Broken("writes go on %d s ahead" % offset)


def check_way_out(world, clock, writer, offset):
    """The operator says that the clock is right: writes go on, with later times; also after a restart."""
    node = writer.node
    clock.set(offset)
    check_refused(world, writer, offset)
    if not any("clock" in a["text"] for a in node.ask("status")["attention"]):
        raise Broken("status does not say that the clock has jumped")
    node.do("recover", "--override", "--yes")
    world.until(lambda n=len(writer.acked): len(writer.acked) > n, "writes go on after the operator's word")
    clock.set(offset + 500 * DAY_S)
    world.restart("eu", **clock.env).sock.close()
    world.until(lambda n=len(writer.refused): len(writer.refused) > n, "500 days across a restart are refused")
    node.do("recover", "--override", "--yes")
    world.until(lambda n=len(writer.acked): len(writer.acked) > n, "writes go on after the operator's word")
    clock.set(0)  # their certificates count here again
    world.restart("eu", **clock.env).sock.close()
    world.until(lambda n=len(writer.acked): len(writer.acked) > n, "writes go on with the last entry's time")


def one_life(chance):
    refused = 0
    with World(REGIONS, OPTIONS) as world:
        clock = Clock(world, "eu")
        lasting_certificate(world.node("eu"))
        world.spawn("eu", **clock.env)
        world.start(REGIONS[1:])
        world.ready("eu").sock.close()
        world.box.await_sessions()
        node = world.node("eu")
        writers = [Writer(world.node(region), RATE, "clock") for region in REGIONS]
        own = writers[0]
        for offset in (chance.choice(SMALL), chance.choice(BEHIND), chance.choice(AHEAD), 0):
            clock.set(offset)
            if offset > HOUR_S:
                check_refused(world, own, offset)
                refused += 1
            else:
                world.until(lambda n=len(own.acked) + ANSWERS: len(own.acked) > n,
                            "writes go on after the clock went to %+d s" % offset)
                failed = len(own.refused)
                check_calm(node)
                if len(own.refused) > failed:
                    raise Broken("writes are refused at %+d s: %s" % (offset, own.refused[-1]))
        check_way_out(world, clock, own, chance.choice(AHEAD))
        for w in writers:
            w.stop()
        acked = [a for w in writers for a in w.acked]
        if set(own.refused) - {CLOCK} or any(w.refused for w in writers[1:]):
            raise Broken("refused: %s" % [w.refused[-3:] for w in writers])
        world.box.await_sync(CONVERGE_S)
        check_calm(node, IDLE_SHARE)
        finish(world, node, acked)
    return refused


def finish(world, node, acked):
    world.box.await_sync(CONVERGE_S)
    seen = times(node)
    if any(a > b for a, b in zip(seen, seen[1:])):
        raise Broken("entry times decrease")
    broken = twice(acked) + [text for name in world.box.nodes for text in lost(world.node(name), acked)]
    if broken:
        raise Broken("\n".join(broken[:5]))
    world.check_all()
    world.stop()


def stopped(case):
    """H3: SIGSTOP, for shorter and longer than its peers wait, and SIGCONT, under load."""
    with World(REGIONS, dict(OPTIONS, ping_ms="300ms", dead_ms="900ms")) as world:
        world.start()
        world.box.await_sessions()
        writers = [Writer(world.node(region), RATE, "stopped") for region in REGIONS]
        for _ in range(case.count):
            node = world.node(case.chance.choice(REGIONS))
            os.kill(node.pid(), signal.SIGSTOP)
            time.sleep(case.chance.uniform(0.1, 2.5))  # how long it is stopped
            os.kill(node.pid(), signal.SIGCONT)
            if case.chance.random() < 0.5:
                world.box.await_sessions(CONVERGE_S)
        acked = [a for w in writers for a in w.stop()]
        if any(w.refused or w.unknown for w in writers):
            raise Broken("refused: %s" % [w.refused[-3:] for w in writers])
        finish(world, node, acked)
    return case.count
