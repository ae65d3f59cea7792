# SPDX-License-Identifier: Apache-2.0
"""I: what operators do, under load: stopping, reloading with each option wrong, backups that are
restored elsewhere."""

import os
import re
import shutil
import signal
import time

from world import Broken, World, harness
from writers import Writer, lost, twice

STOP_S = 10
RELOAD_S = 20
RATE = 200
WRITE_S = (0.05, 0.6)
OPTIONS = {"log_level": "info"}
# TYPE of options.def -> a value that it cannot have; texts: one byte more than the row's bound
WRONG = {"REGION": "No Region", "HASH": "xyz", "ADDRESS": "nowhere", "IP": "1.2.3", "LEVEL": "loud"}
ROW = re.compile(r'^OPT\((\w+), (\w+), (\d+), (\d+),', re.MULTILINE)


def stop_under_load(case):
    """I-1: SIGTERM while it is written to: an end with exit 0 within 10 s, all that was acknowledged stays."""
    slowest, acked = 0, []
    with World(options=OPTIONS) as world:
        world.start()
        node = world.node("eu")
        for number in range(case.count):
            writer = Writer(node, RATE, "stop %d" % number, at_once=64)
            world.until(lambda writer=writer: writer.acked, "the first answer")
            time.sleep(case.chance.uniform(*WRITE_S))  # the moment of the signal, not a wait
            began = time.monotonic()
            os.kill(node.child.pid, signal.SIGTERM)
            code = world.buried("eu", STOP_S)
            slowest = max(slowest, time.monotonic() - began)
            acked += writer.stop()
            if code:
                raise Broken("exit %d%s" % (code, node.log_tail()))
            world.spawn("eu")
            world.ready("eu").sock.close()
            broken = lost(node, writer.acked)
            if broken:
                raise Broken("\n".join(broken[:5]))
        if twice(acked):
            raise Broken("\n".join(twice(acked)))
        world.check_all()
        world.stop()
    case.say("%d writes, the slowest stop took %.2f s" % (len(acked), slowest))
    return case.count


def options():
    """(name, a value that it cannot have) of every option."""
    with open(os.path.join(harness.TOP, "node", "conf", "options.def"), encoding="utf-8") as f:
        for name, kind, _, most in ROW.findall(f.read()):
            yield name, "x" * (int(most) + 1) if kind in ("STRING", "PATH") else WRONG.get(kind, "banana")


def reload_wrong(case):
    """I-2: every option with a wrong value, and one that nobody knows: the line is named, nothing changes."""
    done = 0
    with World(options=OPTIONS) as world:
        world.start()
        node = world.node("eu")
        with open(node.config, encoding="utf-8") as f:
            right = f.read()
        writer = Writer(node, RATE / 10, "reload")
        for name, value in [*options(), ("no_such_option", "1")]:
            lines = [line for line in right.rstrip("\n").split("\n") if not re.match(name + r"\s*=", line)]
            at = case.chance.randint(0, len(lines))
            lines.insert(at, '%s = "%s"' % (name, value))
            mark = os.path.getsize(node.log)
            with open(node.config, "w", encoding="utf-8") as f:
                f.write("\n".join(lines) + "\n")
            os.kill(node.pid(), signal.SIGHUP)
            said = "%s:%d: " % (node.config, at + 1)
            world.until(lambda mark=mark, said=said: said in tail(node.log, mark),
                        "the log names line %d for %s" % (at + 1, name), RELOAD_S)
            done += 1
        with open(node.config, "w", encoding="utf-8") as f:
            f.write(right)
        before = len(writer.acked)
        world.until(lambda: len(writer.acked) > before, "writes go on")
        writer.stop()
        if writer.refused or writer.unknown:
            raise Broken("writes were refused: %s, without answer: %d" % (writer.refused[:3], writer.unknown))
        world.check_all()
        world.stop()
    return done


def tail(path, mark):
    with open(path, encoding="utf-8", errors="replace") as f:
        f.seek(mark)
        return f.read()


def backup_under_load(case):
    """I-4: a copy of a node at work holds what was acknowledged before it, verifies, and serves reads only
    where it is restored."""
    with World(options=OPTIONS) as world:
        world.start()
        node = world.node("eu")
        writer = Writer(node, RATE, "backup")
        for number in range(case.count):
            world.until(lambda: len(writer.acked) > 20 * (number + 1), "writes")
            before = list(writer.acked)
            folder = world.box.path("backup-%d" % number)
            node.do("backup", "create", folder)
            harness.must([node.programs.ims, "backup", "verify", folder, "--node", "unix:" + node.socket])
            elsewhere = restored(world, node, folder, "elsewhere-%d" % number)
            try:
                check_read_only(elsewhere, before)
            finally:
                elsewhere.kill()
            shutil.rmtree(folder)
        writer.stop()
        world.check_all()
        world.stop()
    return case.count


def restored(world, node, backup, name):
    """The backup, restored and started in a place of its own."""
    folder = world.box.path(name)
    shutil.copytree(node.folder, folder, ignore=shutil.ignore_patterns(
        "data", "ring", "control.sock", "imsd.log", "imsd.pid"))
    other = harness.Node(node.programs, folder, node.region, node.role, "127.0.0.1:%d" % harness.ports.free(1)[0])
    with open(node.config, encoding="utf-8") as f:
        text = f.read().replace(node.folder, folder).replace(node.address, other.address)
    with open(other.config, "w", encoding="utf-8") as f:
        f.write(text)
    harness.must([node.programs.ims, "backup", "restore", backup, "--config", other.config])
    other.start()
    return other


def check_read_only(node, answers):
    broken = lost(node, answers)
    if broken:
        raise Broken("restored: " + "\n".join(broken[:5]))
    state = node.ask("status")["state"]
    if state not in ("read-only", "rolled-back"):
        raise Broken("what was restored elsewhere is %s" % state)
    writer = Writer(node, 100, "must not")
    harness.until(lambda: "" if writer.refused or writer.acked else "no answer", "an answer to a write", 20)
    writer.stop()
    if writer.acked:
        raise Broken("what was restored elsewhere took a write: %s" % writer.acked[0])
    node.do("log", "verify")
