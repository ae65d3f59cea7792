# SPDX-License-Identifier: Apache-2.0
"""B: file calls that fail, once or for ever; disks that are full, slow or read-only.

One life of a node is the scenario: it starts, replays, writes, copies what its peer writes, is read,
makes a backup and stops. A call of it fails; whatever the node then does, it says so, it does not
acknowledge what it has not got, and without the fault it starts again and has everything.
"""

import os
import shutil
import struct

from world import READY_S, Broken, World, Writer, harness, oracle

WRITES = 6
SLOW_MS = 1500
DEAF_S = 2
CALLS = ("write", "sync", "truncate", "rename", "mkdir", "create", "unlink")
PERSISTENT = ("write", "sync", "truncate", "rename")  # may be done and reported as failed
ERRORS = ("EIO", "ENOSPC")
OPTIONS = {"commit_quiet_ms": "5ms", "head_interval_ms": "20ms"}


def rules():
    """Every way to fail: (call, "+" for ever or "" once, errno, done or not)."""
    return [(call, ever, error, done) for call in CALLS for ever in ("", "+") for error in ERRORS
            for done in ("", ":persisted") if not done or call in PERSISTENT]


class Seen:
    """The file in which inject.c counts."""

    def __init__(self, world):
        self.path = world.box.scratch("seen")

    def clear(self):
        if os.path.exists(self.path):
            os.unlink(self.path)

    def numbers(self):
        """(calls that counted, faults that were made)."""
        with open(self.path, "rb") as f:
            return struct.unpack("QQ", f.read(16))


def injection(world, region, rule):
    return {"LD_PRELOAD": os.path.join(world.box.programs.build, "tools", "inject.so"), "IMS_INJECT": rule,
            "IMS_INJECT_DIR": world.node(region).folder, "IMS_INJECT_SEEN": Seen(world).path}


class Life:
    """The scenario, of the node `region`, which may end at any step; its peer irs is sound."""

    def __init__(self, world, region="eu"):
        self.world, self.region = world, region
        self.writer, self.peer = Writer(world, region, "writer"), Writer(world, "irs", "peer")
        self.backup = world.node(region).path("backup")

    def run(self, env, may_be_deaf=False):
        """True: the node came to a proper end. may_be_deaf: it need not be able to answer."""
        world, region = self.world, self.region
        shutil.rmtree(self.backup, ignore_errors=True)
        world.spawn(region, **env)
        try:
            c = world.connect(region, DEAF_S if may_be_deaf else READY_S)
        except Broken:
            if not may_be_deaf:
                raise
            world.node(region).child.terminate()
            return self.ended()
        if c is None:
            return self.ended()
        self.write(self.writer, c)
        with world.ready("irs") as other:
            self.write(self.peer, other)
        node = world.node(region)
        for words in (("view", "digest"), ("backup", "create", self.backup)):
            if not world.has_ended(region):
                node.ims(*words)
        self.writer.drain(c)
        if not world.has_ended(region):
            node.child.terminate()
        return self.ended()

    def write(self, writer, connection):
        writer.write_for(connection, 2, 3, most=WRITES)
        if writer is self.peer:
            writer.drain(connection)

    def ended(self):
        code = self.world.buried(self.region)
        if code < 0:
            raise Broken("%s was ended by signal %d%s" % (self.region, -code, self.world.node(self.region).log_tail()))
        return code == 0

    def after(self):
        """Without the fault it starts by itself, and nothing is lost."""
        world = self.world
        world.spawn(self.region)
        with world.ready(self.region) as c:
            world.truth.see(self.region, c)
            world.truth.check_kept(self.region, c, self.writer.take())
            if world.state(self.region) != "ready":
                raise Broken("%s is %s" % (self.region, world.state(self.region)))
        world.see(["irs"])
        world.kill(self.region)


class FirstLife(Life):
    """The first start, before anything was written anywhere."""

    def run(self, env):
        for folder in ("data", "ring"):
            shutil.rmtree(self.world.node(self.region).path(folder), ignore_errors=True)
        self.world.spawn(self.region, **env)
        c = self.world.connect(self.region)
        if c is not None:
            c.sock.close()
            self.world.node(self.region).child.terminate()
        return self.ended()


def one_fault(life, seen, rule):
    """One life under this rule; whether its fault was made."""
    seen.clear()
    try:
        life.run(injection(life.world, life.region, rule))
        life.after()
    except Broken as e:
        raise Broken("%s: %s" % (rule, e)) from None
    return seen.numbers()[1] > 0


def calls_fail(case):
    """B1, B3: every n-th call of each kind until a life has no n-th any more; or a sample of them."""
    return fail_all(case, Life)


def first_calls_fail(case):
    return fail_all(case, FirstLife)


def fail_all(case, kind):
    with World(("eu", "irs"), OPTIONS) as world:
        world.start(["irs"])
        life, seen, done = kind(world), Seen(world), 0
        life.run({})
        life.after()
        ways = rules()
        case.chance.shuffle(ways)
        if case.count:
            most = {call: calls_of(life, seen, call) for call in CALLS}
            ways = [(way, [case.chance.randint(1, max(1, most[way[0]]))]) for way in ways[:case.count]]
        else:
            ways = [(way, range(1, 1 << 20)) for way in sorted(ways)]
        for (call, ever, error, persisted), numbers in ways:
            for n in numbers:
                if not one_fault(life, seen, "%s:%d%s:%s%s" % (call, n, ever, error, persisted)):
                    break
                done += 1
        world.spawn("eu")
        world.ready("eu").sock.close()
        world.check_all()
        world.stop()
        return done


def calls_of(life, seen, call):
    """How many of them a life has."""
    seen.clear()
    life.run(injection(life.world, life.region, "%s:%d:EIO" % (call, 1 << 40)))
    life.after()
    return seen.numbers()[0]
