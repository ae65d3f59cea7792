# SPDX-License-Identifier: Apache-2.0
"""Nodes that come back (DESIGN section 6): A7, a machine that is gone, and what the campaigns share that
put old files back: writes that only a node behind its own log has acknowledged."""

import os
import select
import shutil
import time

from world import Broken, World, Writer, harness, oracle, payload_hash, wire

REGIONS = ("eu", "mx", "irs")
EU, MX = "ims.example/eu/1", "ims.example/mx/1"
KEPT = ("data", "ring")
GOES = (KEPT, KEPT, ("data",), ("ring",))
WORK_S = 0.15
AT_ONCE = 32
UNHURRIED = {"dead_ms": "10s"}


def log_at(world, region, origin=EU):
    """(size, root, largest verified head) of a log at a node."""
    with wire.Connection(wire.connect_unix(world.node(region).socket)) as c:
        for item in c.call("LOG_LIST")[2].get(1, []):
            log = wire.fields(item)
            if wire.text(log, 1) == origin:
                return wire.first(log, 3, 0), wire.first(log, 4).hex(), wire.first(log, 7, 0)
    return 0, "", 0


class Behind:
    """What eu acknowledges while it is behind what it has published and cannot know: it must be in its log
    once, under whatever index, when the node has recovered."""

    def __init__(self, world):
        self.world, self.n, self.payloads = world, 0, []

    def write(self, connection, count):
        """Writes, acknowledged or refused. How many were acknowledged."""
        history, before = self.world.history, len(self.payloads)
        for _ in range(count):
            self.n += 1
            payload, call = wire.organisation("Behind %d" % self.n), history.call()
            words = {"call": call, "kind": "organisation", "sha256": payload_hash(oracle.OPERATOR + payload)}
            history.note("behind", "eu", "put", "invoke", **words)
            connection.request("RECORD_PUT", wire.message((1, "organisation"), (3, payload)))
            got = connection.reply()
            if got is None:
                history.note("behind", "eu", "put", "unknown", **words)
                break
            if got[1]:
                history.note("behind", "eu", "put", "fail", call=call, error=got[2])
                continue
            reply = wire.fields(got[3])
            history.note("behind", "eu", "put", "ok", id=wire.text(reply, 1), origin=wire.text(reply, 2),
                         index=wire.first(reply, 3, 0), ack=wire.text(reply, 4), **words)
            self.payloads.append(payload)
        return len(self.payloads) - before

    def await_again(self, since):
        """They stand where the node has put them, and are the truth from here on. since: t of the files
        that were put back."""
        self.world.history.mark("eu", "restored", since=since)
        wanted, self.payloads = self.payloads, []
        with self.world.ready("eu") as c:
            found = payloads_of(c, len(self.world.truth.acked) + self.n + len(wanted))
        for payload in wanted:
            stands = found.get(oracle.OPERATOR + payload, [])
            if len(stands) != 1:
                raise Broken("what eu acknowledged while it was behind is there %d times" % len(stands))
            record, origin, index = stands[0]
            if (origin, index) in self.world.truth.acked:
                raise Broken("%s %d was given to two writes" % (origin, index))
            self.world.truth.acked[origin, index] = (record, payload)


def payloads_of(connection, most):
    """payload -> [(id, origin, index)] of eu's organisations."""
    found = {}
    for start in range(1, most + 1, AT_ONCE):
        for n in range(start, start + AT_ONCE):
            connection.request("RECORD_GET", wire.message((1, "eu-o-%d" % n)))
        for _ in range(AT_ONCE):
            got = connection.reply()
            if got is None:
                raise Broken("eu ended while it was read")
            if not got[1]:
                row = wire.fields(got[3])
                found.setdefault(wire.first(row, 10), []).append(
                    (wire.text(row, 1), wire.text(row, 4), wire.first(row, 5, 0)))
    return found


def forget_from(world, writer, size):
    """What was durable only, and went with files that are gone; nobody else had it. How many."""
    gone = [place for place in world.truth.acked if place[0] == EU and place[1] >= size]
    for place in gone:
        del world.truth.acked[place]
        if place in writer.fresh:
            writer.fresh.remove(place)
    return len(gone)


class Gone:
    def __init__(self, case, world):
        self.case, self.chance, self.world = case, case.chance, world
        self.writer = Writer(world, "eu", "writer")
        self.lost = self.disturbed = self.alone = self.two = 0

    def work(self, c):
        """Writes until a random moment, and at least until a peer has something of them."""
        size = log_at(self.world, "irs")[0]
        deadline = time.monotonic() + 30
        while True:
            if not self.writer.write_for(c, self.chance.random() * WORK_S, self.chance.randint(1, 16)):
                raise Broken("eu ended by itself%s" % self.world.node("eu").log_tail())
            if log_at(self.world, "irs")[0] > size:
                return
            if time.monotonic() > deadline:
                raise Broken("nothing of eu's writes reaches irs")

    def work_alone(self, c):
        """Writes that nobody else gets."""
        self.alone += 1
        for region in REGIONS[1:]:
            self.world.kill(region)
        self.writer.write_for(c, 30, most=self.chance.randint(1, 16))

    def one(self, c):
        """The disk of eu is gone; a connection to what came back."""
        world = self.world
        self.work(c)
        alone = self.chance.random() < 0.3
        if alone:
            self.work_alone(c)
        world.kill("eu")
        self.writer.drain(c)
        parts = self.chance.choice(GOES)
        self.burn("eu", parts)
        if alone:
            world.start(REGIONS[1:])
        two = self.chance.random() < 0.2
        if two:
            self.two += 1
            world.kill("mx")
            self.burn("mx")
        held, root, _ = max(log_at(world, region) for region in (("irs",) if two else REGIONS[1:]))
        if two:
            world.spawn("mx")
            world.ready("mx").sock.close()
        world.spawn("eu")
        world.ready("eu").sock.close()
        world.until(lambda: world.state("eu") == "rolled-back", "eu hears what it has published")
        if self.chance.random() < 0.3:
            self.disturb()
        world.recover("eu")
        if two:
            world.until(lambda: world.state("mx") == "rolled-back", "mx hears what it has published")
            world.recover("mx")
        size, now, _ = log_at(world, "eu")
        if size < held or (size == held and now != root) or log_at(world, "irs")[0] > size:
            raise Broken("peers had %d entries, root %s; eu is back with %d, root %s" % (held, root, size, now))
        if "ring" in parts:  # else the commit log had all that was acknowledged
            self.lost += forget_from(world, self.writer, size)
        c = world.ready("eu")
        world.truth.see("eu", c)
        world.truth.check_kept("eu", c, [p for p in self.writer.take() if p in world.truth.acked])
        return c

    def burn(self, region, parts=KEPT):
        for part in parts:
            shutil.rmtree(self.world.node(region).path(part))
        self.world.history.mark(region, "lost")

    def disturb(self):
        """A peer that it may be fetching from is killed, and comes back; or eu itself is."""
        self.disturbed += 1
        with self.world.ready("eu") as c:
            c.request("RECOVER")
            select.select([], [], [], self.chance.random() * 0.05)  # the moment of the crash, not a wait
        self.world.restart(self.chance.choice(REGIONS)).sock.close()


def machine_gone(case):
    """A7"""
    with World(REGIONS, UNHURRIED) as world:
        world.start()
        gone = Gone(case, world)
        for writer in (gone.writer, Writer(world, "mx", "writer-mx")):
            with world.ready(writer.region) as first:
                writer.write_for(first, 30, most=1)
        world.until(lambda: log_at(world, "irs", MX)[0], "irs has mx's log")
        c = world.ready("eu")
        for turn in range(case.count):
            try:
                c = gone.one(c)
            except (Broken, harness.Trouble) as e:
                raise Broken("turn %d: %s" % (turn + 1, e)) from None
            if turn % 10 == 0:
                world.see()
        if not gone.writer.write_for(c, 30, most=5):
            raise Broken("eu ended while it was written to")
        gone.writer.drain(c)
        world.check_all()
        world.stop()
        case.say("%d writes kept, %d that no peer had are gone (%d times alone), disturbed %d times, two gone %d" %
                 (len(world.truth.acked), gone.lost, gone.alone, gone.disturbed, gone.two))
        return case.count


def keep(world, name):
    """The files of the stopped eu, beside it; their folder and when that was."""
    place, since = world.box.scratch(name), world.history.now()
    shutil.rmtree(place, ignore_errors=True)
    os.mkdir(place)
    for part in KEPT:
        harness.must(["cp", "-r", "--sparse=always", world.node("eu").path(part), place])
    return place, since


def put_back(world, place, since, parts=KEPT):
    for part in parts:
        target = world.node("eu").path(part)
        shutil.rmtree(target)
        harness.must(["cp", "-r", "--sparse=always", os.path.join(place, part), target])
    world.history.mark("eu", "restored", since=since)
