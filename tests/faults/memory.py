# SPDX-License-Identifier: Apache-2.0
"""G4: an allocation fails, once or for ever, for every call stack that allocates in a node's life.

One life under a rule that fails nothing lists the stacks (inject.c); each then has lives of its own.
Addresses are those of one build on one machine: the stacks are found anew each time.
"""

import struct

from disk import OPTIONS, Life, Seen, injection
from world import Broken, World

NO_STACK = 1


def stacks(seen):
    """The hashes in the file of inject.c."""
    with open(seen.path, "rb") as f:
        n = struct.unpack("QQQ", f.read(24))[2]
        table = f.read()
    found = sorted(h for h in struct.unpack("%dQ" % (len(table) // 8), table) if h)
    if len(found) != n:
        raise Broken("%d stacks in the table, not %d" % (len(found), n))
    return found


def rule(world, stack, ever=""):
    return injection(world, "eu", "alloc:%x%s:NOMEM" % (stack, ever))


def allocations_fail(case):
    """count 0: all stacks, once and for ever; else so many of them."""
    with World(("eu", "irs"), OPTIONS) as world:
        world.node("eu").before = ["setarch", "-R"]
        world.start(["irs"])
        life, seen, done, ends = Life(world), Seen(world), 0, {}
        life.run({})
        life.after()
        seen.clear()
        life.run(rule(world, NO_STACK))
        life.after()
        found = [(stack, ever) for stack in stacks(seen) for ever in ("", "+")]
        case.say("%d stacks" % (len(found) // 2))
        if case.count:
            case.chance.shuffle(found)
            found = found[:case.count]
        for stack, ever in found:
            seen.clear()
            try:
                ended_well = life.run(rule(world, stack, ever), bool(ever))
                life.after()
            except Broken as e:
                raise Broken("alloc:%x%s: %s" % (stack, ever, e)) from None
            made = seen.numbers()[1] > 0
            done += made
            ends[made, ended_well] = ends.get((made, ended_well), 0) + 1
        case.say("%d lives went on, %d ended, %d did not ask" % (
            ends.get((True, True), 0), ends.get((True, False), 0),
            ends.get((False, True), 0) + ends.get((False, False), 0)))
        world.spawn("eu")
        world.ready("eu").sock.close()
        world.check_all()
        world.stop()
        if not done:
            raise Broken("no allocation failed")
        return done
