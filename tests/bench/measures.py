# SPDX-License-Identifier: Apache-2.0
"""What is measured, and how: an origin and a replica on loopback, loaded by a process of its own."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.join(TOP, "deploy", "lib"), os.path.join(TOP, "tests", "system")]

from federation import Federation  # noqa: E402
from node import must  # noqa: E402
from waiting import Trouble, until  # noqa: E402
from wire import Connection, connect_unix, fields, first, message, text  # noqa: E402

ORIGIN, WITNESS = "eu", "mx"
# What a stranger's log may cost is no speed: a million records and more would be held at the quota.
# Nor is the search, which follows behind on what is left of the processor (tests/bench/search): none of what is
# measured beside has one.
OPTIONS = {"log_level": "warn", "quota_entries_per_s": 0, "quota_bytes_per_s": 0, "search_dir": ""}
LOG = "ims.example/eu/1"
PREFIX = "eu-i-"
RING = "commit.ring"
WRITE_MS = 4000
READ_MS = 3000
LIMIT_MS = 700
PROOF_MS = 700
PROOF_LEAVES = 1 << 20
LOAD_WINDOW = 256
BACKLOG_CONNECTIONS = 64
LAG_RATE = 200
LAG_S = 8
POLL_S = 0.01
START_POLL_S = 0.002
MEMORY_POLL_S = 0.05
KILLED_AFTER_S = 0.7
DEADLINE_S = 600


class Pair:
    """An origin, and one replica at a time. An emptied replica is no new one: it would be shown its
    own cosignatures and call itself rolled back. So each that is to start empty is a region."""

    def __init__(self, programs, folder, n_empty=0):
        empty = ["r%d" % i for i in range(n_empty)]
        self.federation = Federation(programs, folder)
        self.federation.found((ORIGIN, WITNESS, *empty), OPTIONS)
        self.origin, self.replica = self.federation.nodes[ORIGIN], self.federation.nodes[WITNESS]
        self.empty = [self.federation.nodes[region] for region in empty]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.federation.down()

    def open_origin(self):
        """Start all of them once: a new node signs nothing before it has heard of every region."""
        self.federation.start()
        self.federation.await_sessions()
        for node in (self.replica, *self.empty):
            node.stop()

    def next_replica(self):
        self.replica = self.empty.pop()


def credentials(node):
    """As the load driver takes them: the node's operator at its federation port."""
    return "%s,%s,%s" % (node.address, node.path("operator.crt"), node.path("operator.key"))


def call(node, verb, body=b""):
    with Connection(connect_unix(node.socket)) as c:
        return c.call(verb, body)


def log_sizes(node):
    """Origin -> entries of it that a node holds."""
    code, why, reply = call(node, "LOG_LIST")
    if code:
        raise Trouble("%s: LOG_LIST: %s" % (node.region, why))
    logs = [fields(log) for log in reply.get(1, [])]
    return {text(log, 1): first(log, 3, 0) for log in logs}


def log_size(node):
    return log_sizes(node).get(LOG, 0)


def answers(node):
    """Is there somebody at the socket that answers a question?"""
    try:
        return call(node, "STATUS")[0] == 0
    except OSError:
        return False


def record_state(node, record):
    code, _, reply = call(node, "RECORD_GET", message((1, record)))
    return text(reply, 6) if code == 0 else ""


def disk_bytes(folder):
    """What the file system has given to the files; the database is mostly a hole. The search's are apart."""
    return sum(os.stat(os.path.join(place, name)).st_blocks * 512
               for place, _, names in os.walk(folder) for name in names
               if name != RING and os.path.basename(place) != "search")


def own_memory_bytes(node):
    with open("/proc/%d/status" % node.pid(), encoding="ascii") as f:
        for line in f:
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) * 1024
    raise Trouble("%s: no RssAnon" % node.region)


class Bench:
    """Measurements at one size; `suffix` ends the names of its rows."""

    def __init__(self, programs, folder, rows, counts, progress, suffix=""):
        self.programs, self.folder, self.rows, self.progress = programs, folder, rows, progress
        self.runs, self.peer_runs, self.backlog_n = counts["runs"], counts["peer_runs"], counts["backlog"]
        self.n, self.suffix = counts["large" if suffix else "n"], suffix
        self.lag_n = LAG_RATE * LAG_S
        self.records = os.path.join(folder, "records")
        self.peers = None
        self.used = 0

    def add(self, name, value):
        self.rows.add(name + self.suffix, value)

    def say(self, what):
        self.progress("%s at {:,} records".format(self.n) % what)

    def tool(self, name, *args):
        """Run a program of the benchmark; its JSON objects."""
        out = must([os.path.join(self.programs.build, "tools", name), *args])
        return [json.loads(line) for line in out.splitlines()]

    def load(self, mode, node, *args):
        return self.tool("bench_load_openssl_pb", mode, credentials(node), *args)[0]

    def write(self, node, count, connections, window=1, ms=0):
        """Records that were not written yet: `used` of the file are."""
        done = self.load("write", node, self.records, self.used, count, connections, window, ms)
        self.used += done["n"]
        return done

    def generate(self):
        self.say("generating records")
        count = self.n + (self.runs + 1) * self.backlog_n + self.runs * self.lag_n
        self.rows.payload_bytes = self.tool("bench_gen_pb", self.records, count)[0]["mean_bytes"]

    # ---- the machine, and what needs no node

    def limits(self):
        """All of them, or at the large size the database's alone: the others do not know sizes."""
        self.say("limits of the machine")
        for row in self.tool("bench_limits_openssl_lmdb", self.folder, LIMIT_MS, self.n,
                             *(["lmdb"] if self.suffix else [])):
            self.add(row["name"], row["value"])

    def proofs(self):
        self.progress("proofs")
        folder = os.path.join(self.folder, "proofs")
        os.mkdir(folder)
        for row in self.tool("bench_proofs", folder, PROOF_LEAVES, PROOF_MS):
            self.rows.add(row["name"], row["value"])
        shutil.rmtree(folder)

    # ---- writes to an empty origin, no replica beside it

    def writes(self, run):
        with Pair(self.programs, os.path.join(self.folder, "w%d" % run)) as pair:
            pair.open_origin()
            self.used = 0
            for connections in (1, 64):
                name = "write_%d" % connections
                self.progress(name)
                done = self.write(pair.origin, self.n - self.used, connections, 1, WRITE_MS)
                self.add(name, done["rate"])
                self.add(name + "_p50_ms", done["p50_ms"])
                self.add(name + "_p99_ms", done["p99_ms"])

    # ---- an origin with n records

    def await_equal(self, pair, size):
        """Until the replica's log is as long, and shows its last record: that one is folded last."""
        until(lambda: "" if log_size(pair.replica) == size else "not all entries", "the replica", DEADLINE_S,
              POLL_S)
        last = PREFIX + str(size)
        until(lambda: "" if record_state(pair.replica, last) == "live" else "no " + last, "the replica",
              DEADLINE_S, POLL_S)

    def started_replica(self, pair, size):
        """Seconds from its start command until it is equal."""
        start = time.monotonic()
        pair.replica.spawn()
        self.await_reply(pair.replica)
        self.await_equal(pair, size)
        return time.monotonic() - start

    def await_reply(self, node):
        def missing():
            if not node.pid():
                raise RuntimeError("%s has ended:%s" % (node.region, node.log_tail()))
            return "" if answers(node) else "no answer"
        until(missing, node.region, DEADLINE_S, START_POLL_S)

    @contextlib.contextmanager
    def memory_watched(self, node):
        """The most that the node's own memory comes to meanwhile."""
        most, ended = [0], threading.Event()

        def watch():
            while not ended.wait(MEMORY_POLL_S):
                most[0] = max(most[0], own_memory_bytes(node))
        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            yield
        finally:
            ended.set()
            watcher.join()
        self.add("memory_own_bytes", most[0])

    def fill(self, pair):
        pair.open_origin()
        self.say("load")
        self.used = 0
        with self.memory_watched(pair.origin):
            done = self.write(pair.origin, self.n, 1, LOAD_WINDOW)
        self.add("load", done["rate"])

    def restarts(self, pair):
        self.say("start_s")
        pair.origin.stop()
        self.add("start_s", self.start_of(pair.origin))
        # stopped and flushed: what is on the disk now is all there is
        self.add("disk_bytes", disk_bytes(pair.origin.path("data")) / self.used)

    def start_of(self, node):
        start = time.monotonic()
        node.spawn()
        self.await_reply(node)
        return time.monotonic() - start

    def killed(self, pair):
        """Killed while it is written as fast as it goes."""
        self.say("start_killed_s")
        load = subprocess.Popen(
            [os.path.join(self.programs.build, "tools", "bench_load_openssl_pb"), "write", credentials(pair.origin),
             self.records, str(self.used), str(self.backlog_n), str(BACKLOG_CONNECTIONS), "1", "0"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(KILLED_AFTER_S)  # not for a condition: the load itself
        pair.origin.kill()
        load.wait()
        self.add("start_killed_s", self.start_of(pair.origin))
        self.used = log_size(pair.origin)

    def reads(self, pair):
        self.say("read_8")
        done = self.load("get", pair.origin, PREFIX, self.n, 8, READ_MS)
        self.add("read_8", done["rate"])
        self.add("read_8_p50_ms", done["p50_ms"])
        self.add("read_8_p99_ms", done["p99_ms"])

    def catchup(self, pair):
        self.say("catchup")
        if pair.replica.region != WITNESS:
            shutil.rmtree(pair.replica.path("data"))
        pair.next_replica()
        self.add("catchup", self.used / self.started_replica(pair, self.used))
        pair.replica.stop()

    def backlog(self, pair):
        self.say("backlog")
        done = self.write(pair.origin, self.backlog_n, BACKLOG_CONNECTIONS)
        self.add("backlog", done["n"] / self.started_replica(pair, self.used))
        pair.replica.stop()

    def lag(self, pair):
        self.say("lag")
        done = self.load("lag", pair.origin, self.records, self.used, self.lag_n, LAG_RATE,
                         credentials(pair.replica))
        self.used += done["n"]
        self.add("lag_p50_ms", done["p50_ms"])
        self.add("lag_p99_ms", done["p99_ms"])

    def run(self):
        self.generate()
        for run in range(0 if self.suffix else self.runs):
            self.proofs()
            self.limits()
            self.writes(run)
            if self.peers and run < self.peer_runs:
                self.peers.run(self.rows, self.progress)
        with Pair(self.programs, os.path.join(self.folder, "n" + self.suffix), self.runs) as pair:
            self.fill(pair)
            for measure in (self.restarts, self.reads, self.catchup, self.backlog):
                self.limits()  # again: the disk of a shared machine is not the same for long
                for _ in range(self.runs):
                    measure(pair)
            pair.replica.start()
            self.await_equal(pair, self.used)
            for _ in range(self.runs):
                self.lag(pair)
            pair.replica.stop()
            self.killed(pair)
