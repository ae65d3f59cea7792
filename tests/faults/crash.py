# SPDX-License-Identifier: Apache-2.0
"""A1, A2, A3: kill -9 at any moment, of one node or of several, at work or while starting."""

import os
import signal
import time

from world import Broken, World, Writer

AT_WORK_S = 0.05
STARTING_S = 0.025
STARTING = 0.15        # share of kills that hit a starting node
SEEN_EVERY = 10


def kill_while_starting(world, region, chance):
    """Kill it somewhere on its way up, perhaps again, and let it come."""
    while True:
        time.sleep(chance.random() * STARTING_S)  # the moment of the crash, not a wait
        os.kill(world.node(region).child.pid, signal.SIGKILL)
        world.buried(region)
        world.spawn(region)
        yield
        if chance.random() > STARTING:
            return


def kill_at_work(case):
    """A1: one node is killed in place while it is written to; its peer takes what it publishes."""
    with World() as world:
        writer = Writer(world, "eu", "writer")
        world.start()
        c, kills = world.ready("eu"), 0
        while kills < case.count:
            writer.write_for(c, case.chance.random() * AT_WORK_S, case.chance.randint(1, 16))
            world.kill("eu")
            writer.drain(c)
            world.spawn("eu")
            kills += 1
            if case.chance.random() < STARTING:
                kills += sum(1 for _ in kill_while_starting(world, "eu", case.chance))
            c = world.ready("eu")
            world.truth.check_kept("eu", c, writer.take())
            world.truth.see("eu", c)
            if kills % SEEN_EVERY == 0:
                world.see(["irs"])
        c.sock.close()
        if len(world.truth.acked) < case.count // 2:
            raise Broken("only %d writes were acknowledged: this tests little" % len(world.truth.acked))
        world.check_all()
        world.stop()
        case.say("%d writes acknowledged" % len(world.truth.acked))
        return kills


def kill_in_replication(case):
    """A2: three nodes that write to each other; sender, receiver or both are killed."""
    with World(("eu", "mx", "irs")) as world:
        names = list(world.box.nodes)
        writers = {name: Writer(world, name, "writer-" + name) for name in names}
        world.start()
        open_to, kills = {name: world.ready(name) for name in names}, 0
        while kills < case.count:
            hit = case.chance.sample(names, case.chance.choice((1, 1, 2, 3)))
            for name in names:
                if not writers[name].write_for(open_to[name], case.chance.random() * AT_WORK_S / 2, 8):
                    raise Broken("%s ended by itself%s" % (name, world.node(name).log_tail()))
            for name in hit:
                os.kill(world.node(name).child.pid, signal.SIGKILL)
            for name in hit:
                world.buried(name)
                writers[name].drain(open_to[name])
            for name in hit:
                world.spawn(name)
            for name in hit:
                open_to[name] = world.ready(name)
                world.truth.check_kept(name, open_to[name], writers[name].take())
            kills += len(hit)
            world.see()
        for name in names:
            writers[name].write_for(open_to[name], 5, 1, most=len(writers[name].pending))
            writers[name].drain(open_to[name])
        world.check_all()
        world.stop()
        case.say("%d writes acknowledged" % len(world.truth.acked))
        return kills
