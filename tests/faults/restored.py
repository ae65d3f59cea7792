# SPDX-License-Identifier: Apache-2.0
"""C4: a node goes on from an old copy of its files, while its peers hold more of its log.

What is copied: the database, the commit log, or both; who is there when it starts: all peers, none
(they come later), or one, the other late. Whatever it does, no head that anybody signs contradicts
another, and a node behind its own published log says so, and writes and signs nothing until it is
recovered. Then all that any peer had is back, what it had acknowledged meanwhile follows, and what it
had acknowledged before is gone only with the files that had it.
"""

from recovered import EU, REGIONS, Behind, forget_from, keep, log_at, payloads_of, put_back
from world import Broken, World, Writer, harness, oracle, wire

WHAT = (("data",), ("ring",), ("data", "ring"))
PEERS = ("up", "down", "late")
PATIENT = {"dead_ms": "10s"}  # a busy machine takes its time for a handshake, and silence is no fault here


class Restored:
    def __init__(self, case, world):
        self.case, self.chance, self.world = case, case.chance, world
        self.writer = Writer(world, "eu", "writer")
        self.told = self.unharmed = self.overridden = self.recovered = self.stayed = 0
        self.had = 0  # entries in the files that were put back
        self.behind = Behind(world)

    def write(self, most):
        with self.world.ready("eu") as c:
            if not self.writer.write_for(c, 30, 4, most=most):
                raise Broken("eu ended while it was written to")

    def sizes_at_peers(self):
        """Largest verified heads of eu's log."""
        return [max(log_at(self.world, region)[::2]) for region in REGIONS[1:] if not self.world.has_ended(region)]

    def one(self):
        """Old files come back; then it recovers."""
        world, chance = self.world, self.chance
        what, peers = chance.choice(WHAT), chance.choice(PEERS)
        self.write(chance.randint(1, 8))
        world.kill("eu")
        old, since = keep(world, "old")
        world.spawn("eu")
        self.write(chance.randint(1, 8))
        if chance.random() < 0.7:
            size = len(world.truth.acked)
            world.until(lambda: min(self.sizes_at_peers()) >= size, "peers have eu's log")
        world.see(["mx", "irs"])
        world.kill("eu")
        newest, newest_since = keep(world, "newest")
        published = max(self.sizes_at_peers())
        held = max(log_at(world, region)[0] for region in REGIONS[1:])  # a head may be there before its entries
        late = {"up": (), "down": ("mx", "irs"), "late": (chance.choice(("mx", "irs")),)}[peers]
        for region in late:
            world.kill(region)
        put_back(world, old, since, what)
        world.spawn("eu")
        if not self.go_on(late, what, published):
            self.unharmed += 1
            return
        self.told += 1
        if world.node("eu").child is None:  # the files do not open together
            put_back(world, newest, newest_since)
            world.spawn("eu")
            world.ready("eu").sock.close()
            what = ()
        elif max(held, self.had) < published and self.nobody_has(published):
            self.stay(newest, newest_since)
            return
        self.come_back(what, held, since)

    def go_on(self, late, what, published):
        """It starts, or says why not; is written to; and meets its peers. Whether it was told."""
        world = self.world
        c = world.connect("eu")
        if c is not None:
            with c:
                status = c.call("STATUS")[2]
                self.had = size = wire.first(status, 9, 0)
                stopped = wire.text(status, 3) == "rolled-back"
                asked = self.chance.randint(0, 3)
                answered = self.behind.write(c, asked)
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
            if answered < asked:
                raise Broken("eu, which is not behind, refuses writes")
            forget_from(world, self.writer, size)
            self.behind.await_again(0)
        world.see(["mx", "irs"])
        if behind:
            self.check_peers()
        return behind

    def check_peers(self):
        """What they hold is what was acknowledged before, and nothing that eu wrote while it was behind."""
        for region in REGIONS[1:]:
            _, _, shown = log_at(self.world, region)
            with self.world.ready(region) as c:
                acked = self.world.truth.acked
                self.world.until(lambda region=region, shown=shown: log_at(self.world, region)[0] >= shown,
                                 region + " has what it was shown")
                self.world.truth.check_kept(region, c, [p for p in acked if p[0] == EU and p[1] < shown])

    def nobody_has(self, published):
        """A head of this size has reached a peer, and what it covers went with the files, unless it was under way:
        then the node must not go on, which would be a second history."""
        world = self.world
        world.node("eu").ims("recover", "--timeout", "3")
        state, size = world.state("eu"), log_at(world, "eu")[0]
        if state != "rolled-back" and size < published:
            raise Broken("eu goes on with %d entries, it has published a head of %d" % (size, published))
        return max(size, *(log_at(world, region)[0] for region in REGIONS[1:])) < published

    def stay(self, newest, since):
        """Until the newest files are found."""
        world = self.world
        self.stayed += 1
        world.see(["mx", "irs"])
        world.kill("eu")
        put_back(world, newest, since)
        self.behind.payloads = []  # they were in the files that went
        world.spawn("eu")
        with world.ready("eu") as c:
            world.until(lambda: world.state("eu") == "ready", "eu goes on with its newest files")
            world.truth.check_kept("eu", c, self.writer.take())

    def come_back(self, what, held, since):
        """From its peers."""
        world = self.world
        if self.chance.random() < 0.7 and min(self.sizes_at_peers()) >= held:
            self.override(held)
        self.recovered += world.state("eu") == "rolled-back"
        world.recover("eu")
        with world.ready("eu") as c:
            world.truth.see("eu", c)
            if log_at(world, "eu")[0] < held:
                raise Broken("peers had %d entries, eu is back with %d" % (held, log_at(world, "eu")[0]))
            if "ring" in what:  # what only the newest commit log had is gone
                self.forget_lost(c, max(held, self.had))
            world.truth.check_kept("eu", c, self.writer.take())
        self.behind.await_again(since)

    def override(self, held):
        """An operator's word against that of peers that are there: they show it to be behind again, unless it
        has all by now."""
        self.overridden += 1
        world = self.world
        world.node("eu").ims("recover", "--override", "--yes", "--timeout", "1")
        world.until(lambda: world.state("eu") == "rolled-back" or self.has_all(held), "eu is told once more")

    def shown(self):
        """Entries and verified head of eu's log at each node that runs."""
        return ", ".join("%s %d of %d" % (region, *log_at(self.world, region)[::2])
                         for region in REGIONS if not self.world.has_ended(region))

    def has_all(self, held):
        """What peers hold; not as many entries of its own, which it has not signed and takes back when told."""
        acked = self.world.truth.acked
        with self.world.ready("eu") as c:
            found = payloads_of(c, len(acked) + self.behind.n)
        return all((acked[place][0], *place) in found.get(oracle.OPERATOR + acked[place][1], [])
                   for place in acked if place[0] == EU and place[1] < held)

    def forget_lost(self, connection, had):
        """had: entries that somebody had; above them what is not there as it was is gone."""
        for place in [p for p in self.world.truth.acked if p[0] == EU and p[1] >= had]:
            record, payload = self.world.truth.acked[place]
            code, _, got = connection.call("RECORD_GET", wire.message((1, record)))
            if code or (wire.text(got, 4), wire.first(got, 5, 0)) != place or \
                    wire.first(got, 10) != oracle.OPERATOR + payload:
                del self.world.truth.acked[place]
                if place in self.writer.fresh:
                    self.writer.fresh.remove(place)


def old_copies(case):
    with World(REGIONS, PATIENT) as world:
        world.start()
        restored = Restored(case, world)
        for turn in range(case.count):
            try:
                restored.one()
            except (Broken, harness.Trouble) as e:
                raise Broken("turn %d: %s; eu's log: %s" % (turn + 1, e, restored.shown())) from None
        world.check_all()
        world.stop()
        case.say("%d behind and told, %d recovered, %d without what a head covers, %d not behind, %d overridden" % (
            restored.told, restored.recovered, restored.stayed, restored.unharmed, restored.overridden))
        if not restored.recovered:
            raise Broken("no copy was behind: this tests nothing")
        return case.count
