# SPDX-License-Identifier: Apache-2.0
"""C1, C2, C3: files of a stopped node are damaged at random; what is read of them is refused or right.

tests/tools/damage.c does the damaging and the reading, each case in a child of its own.
"""

import os
import re

from world import Broken, World, Writer, harness

RECORDS = 300
BIG = 6


def prepare(world):
    """A node's files as a stop leaves them, and the database as it was a while before; their folder."""
    writers = [Writer(world, "eu", "small"), Writer(world, "eu", "big", big=True), Writer(world, "irs", "other")]
    folder = world.box.scratch("files")
    os.makedirs(os.path.join(folder, "older"))
    world.start()
    for part in range(2):
        with world.ready("eu") as c, world.ready("irs") as other:
            writers[0].write_for(c, 30, most=RECORDS // 2)
            writers[1].write_for(c, 30, most=BIG // 2)
            writers[2].write_for(other, 30, most=RECORDS // 4)
        world.box.await_sync()
        if part == 0:
            world.kill("eu")
            copy(world.node("eu").path("data", "data.mdb"), os.path.join(folder, "older"))
            world.spawn("eu")
    world.stop()
    for name in ("data", "ring"):
        copy(world.node("eu").path(name), folder)
    return folder


def copy(source, folder):
    harness.must(["cp", "-r", "--sparse=always", source, folder])


def damage(case, harm):
    tool = os.path.join(harness.Programs().build, "tools", "damage")
    with World() as world:
        folder = prepare(world)
        done = harness.run([tool, folder, harm, case.seed, 0, case.count])
    if done.returncode not in (0, 1) or not done.stdout:
        raise Broken("damage: exit %d: %s" % (done.returncode, done.stderr))
    said = done.stdout.strip().split("\n")
    if done.returncode or " 0 wrong" not in said[-1]:
        raise Broken("\n".join(said[-20:]))
    counts = {name: int(n) for n, name in re.findall(r"(\d+) (right|not opened|refused|older|died|wrong)", said[-1])}
    if sum(counts.values()) != case.count or counts["right"] == case.count:
        raise Broken("nothing was damaged: " + said[-1])
    case.say(said[-1])
    return case.count


def of_bytes(case):
    return damage(case, "bytes")


def of_pages(case):
    return damage(case, "page")


def stale_pages(case):
    return damage(case, "stale")


def moved_pages(case):
    return damage(case, "moved")


def truncated(case):
    return damage(case, "truncated")


def of_the_ring(case):
    return damage(case, "ring")
