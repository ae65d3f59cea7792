# SPDX-License-Identifier: Apache-2.0
"""Every named failpoint (node/base/failpoint.def): a node ends exactly there, and comes back.

STORIES says for each what a node has to do to reach it. A failpoint that is not reached, and one
that no story has, is a failure: it would test nothing.
"""

import os
import re
import shutil
import signal
import time

import meetings
from world import Broken, World, Writer, harness

REACH_S = 30
STEP_S = 0.2
GROW_BYTES = 24 << 20  # more than the first map, also packed
KILLED = -signal.SIGKILL


def table():
    """name -> 1 if the place can report an error."""
    with open(os.path.join(harness.TOP, "node", "base", "failpoint.def"), encoding="utf-8") as f:
        return {name: can == "1" for name, can in re.findall(r'^FAIL\(\w+, "([^"]+)", (\d),', f.read(), re.MULTILINE)}


class Points:
    """A federation in which a node is brought to a failpoint. `rest`: regions that do not run."""

    def __init__(self, case, regions, rest=()):
        self.case, self.chance = case, case.chance
        self.world = World(regions, {"commit_quiet_ms": "250ms"})
        self.world.start([region for region in regions if region not in rest])
        self.writer = Writer(self.world, "eu", "writer")
        self.big = Writer(self.world, "eu", "big", big=True)

    # ---- pieces

    def rule(self, name, n=1):
        return {"IMS_FAILPOINT": "%s:%d:kill" % (name, n)}

    def died(self, region, name):
        code = self.world.buried(region)
        if code != KILLED:
            raise Broken("%s: %s ended with %d, not there" % (name, region, code))

    def spawn_until_end(self, region, name, n=1):
        """A start that does not come to its end."""
        self.world.spawn(region, **self.rule(name, n))
        c = self.world.connect(region)
        if c is not None:
            c.sock.close()
            self.await_end(region, name)
        self.died(region, name)

    def await_end(self, region, name):
        try:
            self.world.until(lambda: self.world.has_ended(region), name + " is reached", REACH_S)
        except Broken:
            self.world.kill(region)
            raise

    def again(self, region):
        """It starts without help, and has what it acknowledged."""
        self.world.spawn(region)
        with self.world.ready(region) as c:
            self.world.truth.see(region, c)
            if region == "eu":
                self.world.truth.check_kept("eu", c, self.writer.take() + self.big.take())

    def write(self, writer=None, most=20):
        """Some writes, all acknowledged."""
        writer = writer or self.writer
        with self.world.ready("eu") as c:
            self.world.until(lambda: self.world.state("eu") == "ready", "eu is ready")
            if not writer.write_for(c, REACH_S, most=most):
                raise Broken("eu ended while it was written to")

    def write_to_end(self, writer, region, name):
        """Write to eu until this node has ended."""
        deadline = time.monotonic() + REACH_S
        c = self.world.connect("eu")
        while c is not None and not self.world.has_ended(region):
            if not writer.write_for(c, STEP_S / 4, at_once=8):
                break
            if time.monotonic() > deadline:
                raise Broken("%s is not reached within %d s" % (name, REACH_S))
        if region == "eu":
            if c is not None:
                self.await_end("eu", name)
                writer.drain(c)
        else:
            writer.write_for(c, REACH_S, 1, most=len(writer.pending))
            writer.drain(c)
            self.await_end(region, name)

    def wiped(self, region):
        """A node that never wrote loses its files."""
        self.world.kill(region)
        for folder in ("data", "ring"):
            shutil.rmtree(self.world.node(region).path(folder), ignore_errors=True)
        self.world.history.mark(region, "lost")


class Stories(Points):
    """What a node does by itself, with peers. A story starts with all nodes up and leaves them so."""

    def __init__(self, case):
        super().__init__(case, ("eu", "mx", "irs"))

    def first(self, name):
        """mx starts for the first time."""
        self.wiped("mx")
        if name == "store-unborn":
            os.mkdir(self.world.node("mx").path("data"))
            with open(self.world.node("mx").path("data", "data.mdb"), "wb") as f:
                f.write(bytes(2 * os.sysconf("SC_PAGESIZE")))
        self.spawn_until_end("mx", name)
        self.again("mx")
        self.world.recover("mx")

    def start(self, name):
        """eu starts with a tail in its commit log that the database lacks."""
        self.write(most=self.chance.randint(1, 12))
        self.world.kill("eu")
        self.spawn_until_end("eu", name)
        self.again("eu")

    def work(self, name):
        """eu is written to."""
        self.world.kill("eu")
        self.world.spawn("eu", **self.rule(name, 1 if name in SELDOM else self.chance.randint(1, 12)))
        self.write_to_end(self.big if name == "ring-at-end" else self.writer, "eu", name)
        self.died("eu", name)
        self.again("eu")

    def grow(self, name):
        """mx copies more than its first map holds."""
        with self.world.ready("eu") as c:
            while sum(len(payload) for _, payload in self.world.truth.acked.values()) < GROW_BYTES:
                self.big.write_for(c, REACH_S, most=40)
        self.wiped("mx")
        self.spawn_until_end("mx", name)
        self.again("mx")
        self.world.recover("mx")

    def copy(self, name):
        """mx takes what eu writes."""
        self.world.kill("mx")
        self.world.spawn("mx", **self.rule(name, self.chance.randint(1, 4)))
        self.world.connect("mx")
        self.write_to_end(self.writer, "mx", name)
        self.died("mx", name)
        self.again("mx")

    def command(self, region, name, *words, n=1):
        """A command that the node does not survive."""
        self.world.kill(region)
        self.world.spawn(region, **self.rule(name, n))
        self.world.ready(region).sock.close()
        done = self.world.node(region).ims(*words)
        if done.returncode == 0:
            raise Broken("%s: ims %s came to its end: %s" % (name, " ".join(words), done.stdout))
        self.await_end(region, name)
        self.died(region, name)

    def rebuild(self, name):
        """The view is made again."""
        before = self.world.node("mx").ask("view", "digest")
        n = self.chance.randint(1, 20) if name == "rebuild-entry" else 1
        if before["records"] < 20:
            self.write()
        self.command("mx", name, "view", "rebuild", n=n)
        self.again("mx")
        self.world.node("mx").do("view", "rebuild")

    def backup(self, name):
        """Half a backup is none; the next one is whole."""
        place = self.world.box.scratch("backup")
        self.command("mx", name, "backup", "create", place)
        self.again("mx")
        half = self.world.node("mx").ims("backup", "verify", place)
        if (half.returncode == 0) != (name == "backup-described"):
            raise Broken("%s: backup verify: exit %d: %s" % (name, half.returncode, half.stderr))
        shutil.rmtree(place)
        self.world.node("mx").do("backup", "create", place)
        self.world.node("mx").do("backup", "verify", place)
        shutil.rmtree(place)

    def restore(self, name):
        """Restoring is cut short, and done again."""
        mx, place, since = self.world.node("mx"), self.world.box.scratch("backup"), self.world.history.now()
        mx.do("backup", "create", place)
        self.world.kill("mx")
        words = [mx.programs.ims, "backup", "restore", place, "--config", mx.config, "--force"]
        cut = harness.run(words, env=dict(os.environ, **self.rule(name)))
        if cut.returncode == 0:
            raise Broken("%s: the restoring came to its end" % name)
        harness.must(words)
        self.world.history.mark("mx", "restored", since=since)
        shutil.rmtree(place)
        self.world.spawn("mx")
        self.world.ready("mx").sock.close()
        if self.world.state("mx") != "rolled-back":
            raise Broken("%s: restored, mx is %s" % (name, self.world.state("mx")))
        self.world.recover("mx")

    def stop(self, name):
        """SIGTERM."""
        self.write(most=3)
        self.world.kill("eu")
        self.world.spawn("eu", **self.rule(name))
        self.world.ready("eu").sock.close()
        os.kill(self.world.node("eu").child.pid, signal.SIGTERM)
        self.died("eu", name)
        self.again("eu")


# Met once in a commit of the database, of which a start makes some.
SELDOM = ("commit-begin", "commit-logs-written", "store-committing", "store-committed", "ring-kept",
          "journal-appended")

STORIES = {
    "first": ("store-unborn", "store-lengthened", "ring-new-written", "ring-new-renamed", "instance-written"),
    "start": ("store-opened", "ring-mending", "start-logs-opened", "start-replaying", "start-replayed", "start-done"),
    "work": ("put-appended", "fold-entry", "put-folded", "ring-writing", "ring-at-end", "ring-written", "ring-flushed",
             "group-durable", "head-signed", "head-stored", "group-published", "group-acknowledged", "commit-begin",
             "commit-logs-written", "store-committing", "store-committed", "ring-kept", "journal-appended"),
    "grow": ("map-lengthened", "map-grown"),
    "copy": ("package-head-stored", "package-appended", "packages-in-ring", "package-stored", "cosign-begin",
             "cosigned", "cosignature-stored"),
    "rebuild": ("rebuild-cleared", "rebuild-entry", "rebuild-done"),
    "backup": ("backup-prepared", "backup-copied", "backup-marked", "backup-cut", "backup-described"),
    "restore": ("restore-ring-aside", "restore-data-aside", "restore-copied", "restore-named"),
    "stop": ("stop-begun", "stop-committed"),
}


def check_complete():
    """Every failpoint has a story, every story its failpoints."""
    told = [name for names in (*STORIES.values(), *meetings.STORIES.values()) for name in names]
    if sorted(told) != sorted(table()):
        raise Broken("failpoints and stories differ: %s" % ", ".join(sorted(set(told) ^ set(table()))))


def run_stories(case, names):
    """Each failpoint of these stories `count` times."""
    check_complete()
    stories, done = Stories(case), 0
    with stories.world:
        for story in names:
            for name in STORIES[story]:
                for turn in range(case.count):
                    try:
                        getattr(stories, story)(name)
                    except (Broken, harness.Trouble) as e:
                        raise Broken("failpoint %s, turn %d: %s" % (name, turn + 1, e)) from None
                    done += 1
        stories.world.check_all()
        stories.world.stop()
    case.say("%d failpoints" % sum(len(STORIES[story]) for story in names))
    return done


def at_work(case):
    return run_stories(case, ("first", "start", "work", "copy", "stop"))


def at_upkeep(case):
    return run_stories(case, ("rebuild", "backup", "restore", "grow"))
