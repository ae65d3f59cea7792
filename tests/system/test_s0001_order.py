# SPDX-License-Identifier: Apache-2.0
"""What the system calls of a running node say: a group is written, then flushed, and only then
acknowledged or sent to anybody (inv. 3)."""

import re
import shutil
import signal
import subprocess
import unittest

import harness
import wire

WRITES = 12
CALLS = "pwrite64,pwritev,fdatasync,fsync,write,writev,sendto,sendmsg"
LINE = re.compile(r"^(\d+) +([\d.]+) (.*)$")
CALL = re.compile(r"^(\w+)\((\d+)<(.*?)>(?:,|\)| <)")
RESUMED = re.compile(r"^<\.\.\. (\w+) resumed>")


class Recorder:
    """strace on a daemon, from now to stop()."""

    def __init__(self, pid, path):
        self.path = path
        self.process = subprocess.Popen(["strace", "-f", "-ttt", "-yy", "-s", "0", "-e", "trace=" + CALLS, "-o", path,
                                         "-p", str(pid)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.said = self.process.stderr.readline()

    @property
    def attached(self):
        return "attached" in self.said and self.process.poll() is None

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=20)

    def events(self):
        """(what, where) in the order in which calls began, for a flush in which it ended: "ring",
        "flush", "reply" (a local client), "send" (another node)."""
        found, open_flush = [], {}
        with open(self.path, encoding="utf-8", errors="replace") as f:
            for line in f:
                thread, _, text = LINE.match(line).groups() if LINE.match(line) else ("", "", "")
                resumed = RESUMED.match(text)
                if resumed and resumed.group(1) in ("fdatasync", "fsync") and thread in open_flush:
                    found.append(("flush", open_flush.pop(thread)))
                call = CALL.match(text)
                if not call:
                    continue
                name, _, where = call.groups()
                if name in ("fdatasync", "fsync"):
                    if "unfinished" in text:
                        open_flush[thread] = where
                    else:
                        found.append(("flush", where))
                elif name.startswith("pwrite") and where.endswith("commit.ring"):
                    found.append(("ring", where))
                elif where.startswith("UNIX"):
                    found.append(("reply", where))
                elif where.startswith("TCP"):
                    found.append(("send", where))
        return found


@unittest.skipUnless(shutil.which("strace"), "strace is not installed")
class Order(harness.FederationTest):
    # nobody speaks but for a reason: no pings, and heads are named only when something was written
    options = {"ping_ms": "600s", "dead_ms": "1200s"}

    def record(self, work):
        recorder = Recorder(self.box.node("eu").pid(), self.box.scratch("trace"))
        try:
            if not recorder.attached:
                self.skipTest("strace cannot attach: " + recorder.said.strip())
            work()
        finally:
            recorder.stop()
        return recorder.events()

    def one_at_a_time(self):
        with wire.Connection(wire.connect_unix(self.box.node("eu").socket)) as c:
            for number in range(WRITES):
                code, why, _ = c.call("RECORD_PUT", wire.put_organisation("Traced %d" % number))
                self.assertEqual(code, 0, why)

    def test_written_flushed_acknowledged_sent(self):
        self.assert_in_sync()
        events = self.record(self.one_at_a_time)
        kinds = [what for what, _ in events]
        self.assertGreaterEqual(kinds.count("ring"), WRITES, "every write is a group of its own")
        self.assertGreaterEqual(kinds.count("reply"), WRITES)
        self.assertIn("send", kinds, "the other nodes heard of it")
        flushed = True
        acknowledged = 0
        for what, where in events:
            if what == "ring":
                flushed = False
            elif what == "flush" and where.endswith("commit.ring"):
                flushed = True
            elif what == "reply":
                self.assertTrue(flushed, "acknowledged before the flush: %s" % kinds)
                acknowledged += 1
        self.assertGreaterEqual(acknowledged, WRITES)
        self.assert_first_sends_follow(events)

    def assert_first_sends_follow(self, events):
        """Before the first flush of the first group nothing goes to another node."""
        first_ring = next(i for i, e in enumerate(events) if e[0] == "ring")
        first_flush = next(i for i, e in enumerate(events) if e[0] == "flush" and e[1].endswith("commit.ring")
                           and i > first_ring)
        self.assertNotIn("send", [what for what, _ in events[first_ring:first_flush]])
        self.assertIn("send", [what for what, _ in events[first_flush:]])


if __name__ == "__main__":
    unittest.main()
