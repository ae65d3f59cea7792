# SPDX-License-Identifier: Apache-2.0
"""More than two: the same records in few and in many logs, and many replicas of one log."""

import contextlib
import os
import shutil
import signal
import time

from measures import (  # knows where the rest is
    DEADLINE_S, LOAD_WINDOW, OPTIONS, POLL_S, START_POLL_S, answers, log_sizes)
from federation import SECRETARIAT, Federation
from waiting import until

ORIGINS = (3, 30)
FANOUT = 16
FANOUT_N = 20000  # records each of the replicas fetches, if there are so many
FOUNDERS = 20  # a note takes 64 signatures, of which a new region gives three


def regions(n):
    """Codes that sort as they count."""
    return ["r%02d" % i for i in range(n)]


def hold(node):
    os.kill(node.pid(), signal.SIGSTOP)


def let_go(node):
    os.kill(node.pid(), signal.SIGCONT)


class Many:
    def __init__(self, bench, n):
        self.bench, self.n = bench, n
        self.folder = os.path.join(bench.folder, "m%d" % n)
        self.federation = Federation(bench.programs, self.folder)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.federation.down()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, codes):
        """All of them once: a new node signs nothing before it has heard of everybody."""
        self.federation.found(codes[:FOUNDERS], OPTIONS)
        self.federation.start()
        for code in codes[FOUNDERS:]:
            self.federation.add(code, OPTIONS)
        self.federation.await_sessions()
        return self.federation.nodes

    def total(self, node):
        return sum(log_sizes(node).values())

    def await_total(self, node, size):
        until(lambda: "" if answers(node) and self.total(node) == size else "not all entries",
              node.region, DEADLINE_S, POLL_S)

    def timed_starts(self, nodes, size):
        """Seconds from the start commands until each holds `size` entries of others."""
        start = time.monotonic()
        for node in nodes:
            node.spawn()
        for node in nodes:
            until(lambda node=node: "" if answers(node) else "no answer", node.region, DEADLINE_S, START_POLL_S)
        for node in nodes:
            self.await_total(node, size)
        return time.monotonic() - start


class Origins(Many):
    """Each origin is filled, the secretariat gets all of it; then that one alone serves empty replicas."""

    def fill(self, codes, each):
        """One origin after the other, all others held: thirty nodes that store what one writes would be measured
        only in patience. They are not stopped, as a node that starts signs nothing before most regions are up."""
        nodes = self.federation.nodes
        with contextlib.ExitStack() as held:
            for code in codes:
                hold(nodes[code])
                held.callback(let_go, nodes[code])
            for i, code in enumerate(codes):
                self.bench.say("%d origins, %d filled" % (self.n, i))
                let_go(nodes[code])
                self.bench.load("write", nodes[code], self.bench.records, i * each, each, 1, LOAD_WINDOW, 0)
                self.await_total(nodes[SECRETARIAT], each * (i + 1))
                hold(nodes[code])

    def run(self, runs):
        codes, empty = regions(self.n), ["e%d" % i for i in range(runs)]
        nodes = self.start((SECRETARIAT, *codes, *empty))
        for code in empty:
            nodes[code].stop()
            shutil.rmtree(nodes[code].path("data"))
        each = self.bench.n // self.n
        self.fill(codes, each)
        for code in codes:
            nodes[code].stop()
        for code in empty:
            seconds = self.timed_starts([nodes[code]], each * self.n)
            self.bench.add("catchup_%d_origins" % self.n, each * self.n / seconds)
            nodes[code].stop()


class Fanout(Many):
    """One origin, and so many empty replicas at once."""

    def run(self, runs):
        origin, *replicas = regions(self.n + 1)
        size = min(FANOUT_N, self.bench.n)
        nodes = self.start([origin, *replicas])
        for code in replicas:
            nodes[code].stop()
        self.bench.load("write", nodes[origin], self.bench.records, 0, size, 1, LOAD_WINDOW, 0)
        for _ in range(runs):
            self.bench.say("%d replicas" % self.n)
            for code in replicas:
                shutil.rmtree(nodes[code].path("data"))
                shutil.rmtree(nodes[code].path("ring"))
                os.mkdir(nodes[code].path("ring"))
            seconds = self.timed_starts([nodes[c] for c in replicas], size)
            self.bench.add("fanout_%d" % self.n, self.n * size / seconds)
            for code in replicas:
                nodes[code].stop()


def run(bench, runs):
    for n in ORIGINS:
        with Origins(bench, n) as origins:
            origins.run(runs)
    with Fanout(bench, FANOUT) as fanout:
        fanout.run(runs)
