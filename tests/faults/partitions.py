# SPDX-License-Identifier: Apache-2.0
"""D1: networks that break in every way while all nodes are written to. Each schedule is a federation
for some seconds: faults of several kinds, one after the other, then peace; all have to converge."""

import ast
import random
import time
from concurrent.futures import ThreadPoolExecutor

import netns
import oracle
from world import Broken, World, harness
from writers import Writer, lost, twice

NODES = (3, 5)
FAULTS, FAULT_S = (3, 7), (0.2, 1.2)
FLAPS = 4
RATE = 15
AT_ONCE = 3               # federations side by side
PER_WORLD = 6             # schedules of one federation
# A hello has dead_ms to come; on a machine with much else to do it needs a second or two.
OPTIONS = {"log_level": "info", "ping_ms": "500ms", "dead_ms": "3000ms", "reconnect_min_ms": "50ms",
           "reconnect_max_ms": "500ms"}


class Weather:
    """What can happen to a network; each kind puts itself into force."""

    def __init__(self, net, chance):
        self.net, self.chance, self.names = net, chance, sorted(net.ips)
        self.pairs = [(a, b) for a in self.names for b in self.names if a != b]

    def partition(self):
        """Two groups that do not reach each other."""
        some = self.chance.sample(self.names, self.chance.randint(1, len(self.names) - 1))
        self.net.links(self.net.cut([(a, b) for a, b in self.pairs if (a in some) != (b in some)]))

    def one_way(self):
        """Some links carry one direction only."""
        self.net.links(self.net.cut([pair for pair in self.pairs if self.chance.random() < 0.4]))

    def clog(self):
        """Each link is cut or not, by chance."""
        cut = [pair for pair in self.pairs if pair[0] < pair[1] and self.chance.random() < 0.5]
        self.net.links(self.net.cut(cut + [(b, a) for a, b in cut]))

    def mute(self):
        """One node is not heard, and hears."""
        name = self.chance.choice(self.names)
        self.net.links(self.net.cut([pair for pair in self.pairs if pair[0] == name]))

    def resets(self):
        """Whatever some node sends is answered by a reset."""
        self.net.links()
        self.net.resets(self.chance.choice(self.names))

    def loss(self):
        self.net.links(self.net.lossy(self.pairs, self.chance.randint(5, 40)))

    def draw(self):
        return self.chance.choice((self.partition, self.one_way, self.clog, self.mute, self.resets, self.loss))


def schedule(world, weather, chance):
    """Faults, then none; the names of what happened."""
    said = []
    for _ in range(chance.randint(*FAULTS)):
        kind, flaps = weather.draw(), chance.choice((1, 1, FLAPS))
        for _ in range(flaps):
            kind()
            time.sleep(chance.uniform(*FAULT_S) / flaps)  # how long the fault lasts
            if flaps > 1:
                world.box.net.links()
        said.append(kind.__name__ + "*" * (flaps > 1))
    world.box.net.links()
    return said


def one_federation(seed, count):
    """So many schedules, one after the other, of one federation. Returns (schedules, seconds of the
    slowest convergence, acknowledged writes, sessions opened again)."""
    chance = random.Random(seed)
    names = ["eu", "mx", "us", "jp", "irs"][-chance.randint(*NODES):]
    with World(names, OPTIONS, box=netns.NetBox) as world:
        world.start()
        world.box.await_sessions()
        weather, slowest, acked = Weather(world.box.net, chance), 0, []
        for number in range(count):
            writers = [Writer(node, RATE, "schedule %d" % number) for node in world.box.nodes.values()]
            said = schedule(world, weather, chance)
            began = time.monotonic()
            for w in writers:
                w.stop()
                if not w.acked or w.refused or w.unknown:
                    raise Broken("seed %d, schedule %d (%s): writes at %s: %d acknowledged, refused %s, unknown %d" % (
                        seed, number, ", ".join(said), w.node.region, len(w.acked), w.refused[:3], w.unknown))
                acked += w.acked
            try:
                world.box.await_sync(oracle.CONVERGE_S)
            except harness.Trouble as e:
                raise Broken("seed %d, schedule %d (%s): %s" % (seed, number, ", ".join(said), e)) from None
            slowest = max(slowest, time.monotonic() - began)
            world.see()
        broken = twice(acked) + [text for node in world.box.nodes.values() for text in lost(node, acked)]
        if broken:
            raise Broken("seed %d: %s" % (seed, "\n".join(broken[:5])))
        for node in world.box.nodes.values():
            oracle.check_verified(node)
        world.stop()
        return count, round(slowest, 1), len(acked), reconnects(world.box)


def reconnects(box):
    """How often a session was opened again: whether the faults were any."""
    opened = 0
    for node in box.nodes.values():
        with open(node.log, encoding="utf-8", errors="replace") as f:
            opened += sum("session open" in line for line in f)
    return opened - len(box.nodes) * (len(box.nodes) - 1)


def schedules(case):
    """D1."""
    parts, left = [], case.count
    while left > 0:
        parts.append((case.seed * 1000 + len(parts), min(PER_WORLD, left)))
        left -= PER_WORLD
    results = side_by_side(one_federation, parts, AT_ONCE)
    case.say("converged %.1f s after the last fault at the latest, %d writes, %d sessions opened again" % (
        max(r[1] for r in results), sum(r[2] for r in results), sum(r[3] for r in results)))
    if not sum(r[3] for r in results):
        raise Broken("no session was ever interrupted: this tests nothing")
    return sum(r[0] for r in results)


def side_by_side(function, parts, at_once):
    """netns.apart() of every part, some at a time; their results."""
    with ThreadPoolExecutor(at_once) as pool:
        return [ast.literal_eval(told) for told in pool.map(lambda part: netns.apart(function, *part), parts)]
