# SPDX-License-Identifier: Apache-2.0
"""C4: a node goes on from an old copy of its files, while its peers hold more of its log.

What is copied: the database, the commit log, or both; who is there when it starts: all peers, none
(they come later), or one, the other late. Whatever it does, no head that anybody signs contradicts
another, and a node behind its own published log says so and writes nothing until it is recovered.
"""

import os
import shutil

from world import Broken, World, Writer, harness, wire

REGIONS = ("eu", "mx", "irs")
EU = "ims.example/eu/1"
KEPT = ("data", "ring")
WHAT = (("data",), ("ring",), ("data", "ring"))
PEERS = ("up", "down", "late")
PATIENT = {"dead_ms": "10s"}  # a busy machine takes its time for a handshake, and silence is no fault here


class Restored:
    def __init__(self, case, world):
        self.case, self.chance, self.world = case, case.chance, world
        self.writer = Writer(world, "eu", "writer")
        self.told = self.unharmed = 0
        self.since = {}  # copy -> when it was made

    def copy(self, name):
        """The files of the stopped node, beside it."""
        place = self.world.box.scratch(name)
        shutil.rmtree(place, ignore_errors=True)
        os.mkdir(place)
        self.since[place] = self.world.history.now()
        for part in KEPT:
            harness.must(["cp", "-r", "--sparse=always", self.world.node("eu").path(part), place])
        return place

    def put_back(self, place, parts):
        for part in parts:
            target = self.world.node("eu").path(part)
            shutil.rmtree(target)
            harness.must(["cp", "-r", "--sparse=always", os.path.join(place, part), target])
        self.world.history.mark("eu", "restored", since=self.since[place])

    def write(self, most):
        with self.world.ready("eu") as c:
            if not self.writer.write_for(c, 30, 4, most=most):
                raise Broken("eu ended while it was written to")

    def sizes_at_peers(self):
        return [self.shown(region) for region in REGIONS[1:] if not self.world.has_ended(region)]

    def shown(self, region):
        """(size, largest verified head) of eu's log at a node."""
        with wire.Connection(wire.connect_unix(self.world.node(region).socket)) as c:
            for item in c.call("LOG_LIST")[2].get(1, []):
                log = wire.fields(item)
                if wire.text(log, 1) == EU:
                    return max(wire.first(log, 3, 0), wire.first(log, 7, 0))
        return 0

    def one(self):
        """Old files come back; then the newest ones, or a recovery."""
        world, chance = self.world, self.chance
        what, peers = chance.choice(WHAT), chance.choice(PEERS)
        self.write(chance.randint(1, 8))
        world.kill("eu")
        old = self.copy("old")
        world.spawn("eu")
        self.write(chance.randint(1, 8))
        if chance.random() < 0.7:
            size = len(world.truth.acked)
            world.until(lambda: min(self.sizes_at_peers()) >= size, "peers have eu's log")
        world.see(["mx", "irs"])
        world.kill("eu")
        newest, published = self.copy("newest"), max(self.sizes_at_peers())
        late = {"up": (), "down": ("mx", "irs"), "late": (chance.choice(("mx", "irs")),)}[peers]
        for region in late:
            world.kill(region)
        self.put_back(old, what)
        world.spawn("eu")
        if self.go_on(late, what, published):
            self.told += 1
            self.come_back(newest)
        else:
            self.unharmed += 1

    def go_on(self, late, what, published):
        """It starts, or says why not; is written to; and meets its peers. Whether it was told."""
        world, answers = self.world, []
        c = world.connect("eu")
        if c is not None:
            with c:
                status = c.call("STATUS")[2]
                size, stopped = wire.first(status, 9, 0), wire.text(status, 3) == "rolled-back"
                for n in range(self.chance.randint(0, 3)):
                    payload = wire.organisation("Extra %d of %d" % (n, len(world.truth.acked)))
                    c.request("RECORD_PUT", wire.message((1, "organisation"), (3, payload)))
                    answers.append((c.reply(), payload))
        behind = c is None or stopped or size < published
        for region in late:
            world.spawn(region)
        for region in late:
            world.ready(region).sock.close()
        if c is None:
            world.buried("eu")  # it did not start, with a declared code
        elif behind:
            world.until(lambda: world.state("eu") == "rolled-back", "eu with old %s is told" % ",".join(what))
        else:
            self.forget_from(size)
            for reply, payload in answers:
                if reply[1]:
                    raise Broken("eu, which is not behind, refuses: " + reply[2])
                world.truth.ack(reply[3], payload)
        world.see(["mx", "irs"])
        if behind:
            self.check_peers()
        return behind

    def check_peers(self):
        """What they hold is what was acknowledged before, and nothing that eu wrote while it was behind."""
        for region in REGIONS[1:]:
            size = self.shown(region)
            with self.world.ready(region) as c:
                acked = self.world.truth.acked
                self.world.until(lambda c=c, size=size: self.held(c) >= size, region + " has what it was shown")
                self.world.truth.check_kept(region, c, [p for p in acked if p[0] == EU and p[1] < size])

    def held(self, connection):
        for item in connection.call("LOG_LIST")[2].get(1, []):
            log = wire.fields(item)
            if wire.text(log, 1) == EU:
                return wire.first(log, 3, 0)
        return 0

    def forget_from(self, size):
        """What was durable only, and went with the files that are gone; nobody else had it."""
        for place in [p for p in self.world.truth.acked if p[0] == EU and p[1] >= size]:
            del self.world.truth.acked[place]
            if place in self.writer.fresh:
                self.writer.fresh.remove(place)

    def come_back(self, newest):
        """With the newest files, as if the old ones had never been there."""
        world = self.world
        world.kill("eu")
        self.put_back(newest, KEPT)
        world.spawn("eu")
        with world.ready("eu") as c:
            world.truth.check_kept("eu", c, self.writer.take())
        world.until(lambda: world.state("eu") == "ready", "eu with its newest files is ready")


def old_copies(case):
    with World(REGIONS, PATIENT) as world:
        world.start()
        restored = Restored(case, world)
        for turn in range(case.count):
            try:
                restored.one()
            except (Broken, harness.Trouble) as e:
                raise Broken("turn %d: %s" % (turn + 1, e)) from None
        world.check_all()
        world.stop()
        case.say("%d behind and told, %d not behind" % (restored.told, restored.unharmed))
        if not restored.told:
            raise Broken("no copy was behind: this tests nothing")
        return case.count
