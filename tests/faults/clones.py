# SPDX-License-Identifier: Apache-2.0
"""C5: two live nodes with one region's key. A copy of the folder, or a fresh database with the same
keys, is started beside the node that it copies; restarts are no clones. The copy takes no writes, which
would go with it, until it is let in."""

import os
import shutil
import signal


from world import Broken, World, harness, wire
from writers import Writer, lost, twice

REGION = "mx"
OTHERS = ("eu", "irs")
ALARM_S = 20
TAKE_OVER_S = 30
RESTARTS = 4
CLONE = wire.error_code("CLONE")
OPTIONS = {"reconnect_min_ms": "50ms", "reconnect_max_ms": "300ms", "ping_ms": "500ms", "dead_ms": "1500ms",
           "log_level": "info"}


def copy_of(world, name, with_data):
    """The folder of the region once more, with another address and socket; the node must not run."""
    node = world.node(REGION)
    folder = world.box.path(name)
    shutil.copytree(node.folder, folder, ignore=None if with_data else shutil.ignore_patterns("data"))
    clone = harness.Node(node.programs, folder, REGION, "region",
                                   "127.0.0.1:%d" % harness.ports.free(1)[0])
    with open(node.config, encoding="utf-8") as f:
        text = f.read().replace(node.folder, folder).replace(node.address, clone.address)
    with open(clone.config, "w", encoding="utf-8") as f:
        f.write(text)
    for left in ("imsd.log", "imsd.pid"):
        if os.path.exists(clone.path(left)):
            os.unlink(clone.path(left))
    return clone


def attention(node):
    return [a["text"] for a in node.ask("status")["attention"]]


def journaled(node, outcome):
    return node.ask("journal", "list", "--newest", "--limit", "50", "--outcome", outcome)["rows"]


def put(node, name):
    """What a node answers to a write."""
    with wire.Connection(wire.connect_unix(node.socket)) as c:
        return c.call("RECORD_PUT", wire.put_organisation(name))[0]


def check_refused(world, clone):
    """By the copy: all peers refuse it, and it says why it takes no writes."""
    world.until(lambda: put(clone, "copied") == CLONE, "the copy refuses writes", ALARM_S, 0.1)
    if not any("takes no writes" in text for text in attention(clone)):
        raise Broken("the copy does not say that it takes no writes")


def take_over(world, clone):
    """Only now, with the first one dead, is the other one let in; it has missed some of its own log."""
    world.node(REGION).kill()
    world.until(lambda: all(p["state"] in ("in-sync", "behind") for p in clone.ask("status")["peers"]),
                "the copy takes the place of the one that died", TAKE_OVER_S, 0.1)
    if clone.ask("status")["state"] == "rolled-back":
        clone.do("recover", "--timeout", str(TAKE_OVER_S))
    world.until(lambda: put(clone, "taken over") == 0, "the copy takes writes when it is let in", TAKE_OVER_S, 0.1)


def check_alarm(world, clone):
    """The clone has no session, and everybody concerned says so, in status and journal."""
    def says(node, text):
        return any(text in a for a in attention(node)) and journaled(node, "CLONE")
    for region in OTHERS:
        world.until(lambda region=region: says(world.node(region), "two nodes run with the key of " + REGION),
                    "the alarm at " + region, ALARM_S, 0.1)
    for node in (world.node(REGION), clone):
        world.until(lambda node=node: says(node, "another node runs with the key of this one"),
                    "the alarm at " + node.folder, ALARM_S, 0.1)
    # It has one for a moment, in its own eyes: each side says hello before it has read the other's.
    world.until(lambda: all(p["state"] == "refused" for p in clone.ask("status")["peers"]), "no session of the clone",
                ALARM_S, 0.1)
    world.box.await_sessions(regions=OTHERS + (REGION,))


def restarts(world, chance):
    """Ends of every kind and new starts: never an alarm."""
    node = world.node(REGION)
    for _ in range(RESTARTS):
        node.stop(chance.choice((signal.SIGKILL, signal.SIGTERM)))
        node.start()
        world.box.await_sessions(20)
    for name in OTHERS + (REGION,):
        if journaled(world.node(name), "CLONE") or any("key of" in a for a in attention(world.node(name))):
            raise Broken("%s takes a restart of %s for a clone" % (name, REGION))


def one(chance, with_data):
    with World(OTHERS + (REGION,), OPTIONS) as world:
        world.start()
        world.box.await_sessions()
        restarts(world, chance)
        node = world.node(REGION)
        writers = [Writer(world.node(name), 20, "clone") for name in OTHERS]
        node.stop()
        clone = copy_of(world, "copy", with_data)
        node.start()
        world.box.await_sessions()
        clone.start()
        try:
            check_alarm(world, clone)
            check_refused(world, clone)
            own = Writer(node, 20, "clone")
            world.until(lambda: len(own.acked) > 20, "the first one takes writes", 20)
            acked = [a for w in writers + [own] for a in w.stop()]
            world.box.await_sync(30)
            broken = twice(acked) + [text for name in world.box.nodes for text in lost(world.node(name), acked)]
            if broken:
                raise Broken("\n".join(broken[:5]))
            world.see()
            if with_data:
                take_over(world, clone)
        finally:
            clone.kill()
        return len(acked)


def started(case):
    """C5. Half of the cases copy the database too."""
    acked = 0
    for number in range(case.count):
        acked += one(case.chance, number % 2 == 0)
    case.say("%d writes meanwhile" % acked)
    return case.count
