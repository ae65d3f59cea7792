# SPDX-License-Identifier: Apache-2.0
"""What must hold after every fault; all rows ask here.

    kept       what was acknowledged is there, byte for byte (I1)
    no fork    of all heads ever seen, no two of one size differ; no index was given twice (I2)
    verified   `ims log verify` derives every stored byte again (I3)
    converged  within 30 s one digest on all nodes, no holes (I4)
    clean      declared exit codes only, no sanitizer's report, no broken promise in a log (I6)
"""

import json
import os
import subprocess
import sys

import harness
import wire
from history import payload_hash

CONVERGE_S = 30
EXITS = {0, 1, 2, 3, 4, 5, 6}  # include/ims/errors.def
OPERATOR = wire.message((1, wire.message((1, "local"))))  # the header that the node puts before a payload
CHECKER = os.path.join(harness.TOP, "tests", "check", "imscheck.py")
AT_ONCE = 64  # replies that wait for us at the node, which drops a reader for too many


class Broken(Exception):
    """A promise that did not hold."""


class Skipped(Exception):
    """This machine does not let us bring the fault about."""


class Truth:
    """What clients were told."""

    def __init__(self, history):
        self.history = history
        self.acked = {}   # (origin, index) -> (id, payload)
        self.heads = {}   # (origin, size) -> root
        self.latest = {}  # (node, origin) -> size that it has shown

    def ack(self, reply, payload):
        found = wire.fields(reply)
        origin, index = wire.text(found, 2), wire.first(found, 3, 0)
        if (origin, index) in self.acked:
            raise Broken("%s index %d was given to two writes" % (origin, index))
        self.acked[origin, index] = (wire.text(found, 1), payload)
        return {"id": wire.text(found, 1), "origin": origin, "index": index, "ack": wire.text(found, 4)}

    def see(self, region, connection):
        """The heads that a node shows now."""
        code, why, found = connection.call("LOG_LIST")
        if code:
            raise Broken("%s: log list: %s" % (region, why))
        for item in found.get(1, []):
            log = wire.fields(item)
            origin, size, root = wire.text(log, 1), wire.first(log, 3, 0), wire.first(log, 4).hex()
            known = self.heads.setdefault((origin, size), root)
            self.history.note("observer", region, "head", "ok", origin=origin, size=size, root=root)
            if known != root:
                raise Broken("%s shows %s at size %d with root %s, seen before: %s" %
                             (region, origin, size, root[:16], known[:16]))
            self.latest[region, origin] = size

    def check_kept(self, region, connection, places=None):
        """Every write (of these places) can be read at this node as it was acknowledged."""
        rows = [(place, *self.acked[place]) for place in (self.acked if places is None else places)]
        for at in range(0, len(rows), AT_ONCE):
            self._check_some(region, connection, rows[at:at + AT_ONCE])

    def _check_some(self, region, connection, rows):
        wanted = {connection.request("RECORD_GET", wire.message((1, record))): (place, record, payload)
                  for place, record, payload in rows}
        while wanted:
            got = connection.reply()
            if got is None:
                raise Broken("%s ended while it was read" % region)
            (origin, index), record, payload = wanted.pop(got[0])
            if got[1]:
                self.history.note("reader", region, "read", "fail", id=record, error=got[2])
                raise Broken("%s: %s, which was acknowledged as %s %d, is lost: %s" %
                             (region, record, origin, index, got[2]))
            found = wire.fields(got[3])
            self.history.note("reader", region, "read", "ok", id=record, revision=wire.first(found, 3, 0),
                              sha256=payload_hash(wire.first(found, 10)))
            if (wire.text(found, 4), wire.first(found, 5, 0)) != (origin, index):
                raise Broken("%s: %s stands at %s %d, not at %s %d" % (
                    region, record, wire.text(found, 4), wire.first(found, 5, 0), origin, index))
            if wire.first(found, 10) != OPERATOR + payload:
                raise Broken("%s: %s has another payload than was written" % (region, record))


def check_verified(node):
    """Everything stored is derived again."""
    done = node.ims("log", "verify", "--json")
    if done.returncode:
        raise Broken("%s: log verify: exit %d: %s%s" % (node.region, done.returncode, done.stdout[-600:], done.stderr))


def check_converged(box, regions=None):
    try:
        box.await_sync(CONVERGE_S, regions)
    except harness.Trouble as e:
        tails = "".join("%s: %s\n" % (n.region, n.log_tail()) for n in box.nodes.values())
        raise Broken("%s\n%s" % (e, tails)) from None


def check_exit(region, code, allowed=EXITS):
    """Of a daemon that ended by itself, or was killed by us (-9)."""
    if code not in allowed and code != -9:
        raise Broken("%s ended with %d" % (region, code))


def check_clean(box):
    for node in box.nodes.values():
        if not os.path.exists(node.log):
            continue
        with open(node.log, encoding="utf-8", errors="replace") as f:
            lines = f.read().split("\n")
        for number, line in enumerate(lines):
            if harness.FINDING.search(line):
                raise Broken("%s: %s" % (node.region, "\n".join(lines[number:number + harness.FINDING_LINES])))


def check_history(history, box):
    """The independent checker's word."""
    history.flush()
    exports = ["--converged"]
    for node in box.nodes.values():
        path = box.scratch(node.region + ".jsonl")
        with open(path, "w", encoding="utf-8") as f:
            f.write(node.do("export", "jsonl"))
        exports += ["--export", "%s=%s" % (node.region, path)]
    done = subprocess.run([sys.executable, CHECKER, "history", history.path, *exports], capture_output=True, text=True,
                          check=False)
    if done.returncode:
        raise Broken("imscheck history: exit %d: %s" % (done.returncode, (done.stdout + done.stderr)[-2000:]))


def sizes(box, region):
    return {log["origin"]: log["size"] for log in json.loads(box.node(region).do("log", "list", "--json"))["logs"]}
