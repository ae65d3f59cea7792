# SPDX-License-Identifier: Apache-2.0
"""A small federation whose nodes are killed and started in place, in milliseconds, and a client."""

import hashlib
import os
import select
import signal
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "system"))

import harness  # noqa: E402
import wire  # noqa: E402
import oracle  # noqa: E402
from history import History, payload_hash  # noqa: E402
from oracle import Broken, Truth  # noqa: E402

OPTIONS = {"reconnect_min_ms": "10ms", "reconnect_max_ms": "40ms", "log_level": "info", "map_bytes": "16MiB",
           "ring_bytes": "1MiB", "commit_dirty_bytes": "256KiB", "disk_low_bytes": "0"}
READY_S = 30
END_S = 30
AT_ONCE = 16


class World:
    """Nodes in a folder of their own. `kill` and `spawn` are of one node; `env` goes to the daemon. box:
    what makes the federation."""

    def __init__(self, regions=("eu", "irs"), options=None, prepare=None, box=harness.Box):
        self.box = box(dict(OPTIONS, **(options or {})), regions, prepare=prepare)
        self.history = History(self.box.scratch("history.jsonl"))
        self.truth = Truth(self.history)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is None or not os.environ.get("IMS_KEEP"):
            self.history.close()
        self.box.close()

    def node(self, region):
        return self.box.node(region)

    def start(self, regions=None):
        for region in regions or self.box.nodes:
            self.spawn(region)
        for region in regions or self.box.nodes:
            self.connect(region).sock.close()

    def spawn(self, region, **env):
        node = self.node(region)
        node.env = dict(os.environ, **env)
        node.spawn()

    def connect(self, region, deadline_s=READY_S):
        """A connection to the node's socket, as soon as it is there. None when the daemon ended instead."""
        node, deadline = self.node(region), time.monotonic() + deadline_s
        while True:
            try:
                c = wire.Connection(wire.connect_unix(node.socket))
                if c.call("STATUS")[0] == 0:
                    return c
                c.sock.close()
            except OSError:
                pass
            if node.child is None or node.child.poll() is not None:
                return None
            if time.monotonic() > deadline:
                raise Broken("%s does not answer within %d s%s" % (region, deadline_s, node.log_tail()))
            select.select([], [], [], 0.001)

    def ready(self, region, deadline_s=READY_S):
        """The same; an end of the daemon is a broken promise."""
        c = self.connect(region, deadline_s)
        if c is None:
            raise Broken("%s does not start: exit %s%s" % (region, self.node(region).child.poll(),
                                                          self.node(region).log_tail()))
        return c

    def kill(self, region):
        """SIGKILL, and wait for the end."""
        node = self.node(region)
        if node.child is not None:
            if node.child.poll() is None:
                os.kill(node.child.pid, signal.SIGKILL)
            self.buried(region)

    def buried(self, region, deadline_s=END_S, allowed=oracle.EXITS):
        """Exit code of a daemon that is ending."""
        node = self.node(region)
        try:
            code = node.child.wait(deadline_s)
        except Exception:
            raise Broken("%s does not end%s" % (region, node.log_tail())) from None
        oracle.check_exit(region, code, allowed)
        node.child = None
        return code

    def has_ended(self, region):
        node = self.node(region)
        return node.child is None or node.child.poll() is not None

    def restart(self, region, **env):
        self.kill(region)
        self.spawn(region, **env)
        return self.ready(region)

    def see(self, regions=None):
        for region in regions or self.box.nodes:
            with wire.Connection(wire.connect_unix(self.node(region).socket)) as c:
                self.truth.see(region, c)

    def state(self, region):
        with wire.Connection(wire.connect_unix(self.node(region).socket)) as c:
            return wire.text(c.call("STATUS")[2], 3)

    def recover(self, region):
        """Bring a rolled-back node to work again; every peer is there, or comes."""
        if self.state(region) == "rolled-back":
            self.node(region).do("recover", "--timeout", str(READY_S))
        self.until(lambda: self.state(region) == "ready", region + " is ready again")
        self.history.mark(region, "recovered")

    def until(self, condition, what, deadline_s=30, step_s=0.005):
        try:
            harness.until(lambda: "" if condition() else "not yet", what, deadline_s, step_s)
        except harness.Trouble as e:
            raise Broken(str(e)) from None

    def check_all(self, regions=None):
        """All that must hold once the faults are over."""
        oracle.check_converged(self.box, regions)
        for region in regions or self.box.nodes:
            with self.ready(region) as c:
                self.truth.see(region, c)
                self.truth.check_kept(region, c)
            oracle.check_verified(self.node(region))
        oracle.check_clean(self.box)
        oracle.check_history(self.history, self.box)

    def stop(self):
        """All nodes end by SIGTERM, with exit 0."""
        for region, node in self.box.nodes.items():
            if node.child is not None:
                os.kill(node.child.pid, signal.SIGTERM)
        for region, node in self.box.nodes.items():
            if node.child is not None and self.buried(region) != 0:
                raise Broken("%s did not stop cleanly%s" % (region, node.log_tail()))
        oracle.check_clean(self.box)


def has_frame(connection):
    """Whether a whole frame has been read already, which no select() tells."""
    have = connection.buffer
    return len(have) >= wire.FRAME_HEAD and len(have) >= 4 + int.from_bytes(have[:4], "big")


LETTERS = bytes(33 + i % 94 for i in range(256))


def big_initiative(title):
    """About 60 kB that hardly pack, so that few of them fill a ring or a map."""
    def text(lang):
        return title + " " + hashlib.shake_128((title + lang).encode()).digest(19000).translate(LETTERS).decode()
    return wire.message((2, wire.message((1, "en"), (2, title))), *(
        (3, wire.message((1, lang), (2, text(lang)))) for lang in ("en", "de", "fr")), (11, "draft"))


class Writer:
    """Puts, several under way at a time. What the node answered goes into the truth, what it did not
    into the history as unknown. `big`: initiatives of 60 kB instead of organisations."""

    def __init__(self, world, region, name, big=False):
        self.world, self.region, self.name, self.n, self.big = world, region, name, 0, big
        self.kind = "initiative" if big else "organisation"
        self.pending = {}   # request -> (call, payload)
        self.fresh = []     # places acknowledged since the last take()
        self.refused = []   # texts of refusals since the last take()

    def send(self, connection):
        self.n += 1
        title = "%s %d" % (self.name, self.n)
        payload = big_initiative(title) if self.big else wire.organisation(title)
        call, history = self.world.history.call(), self.world.history
        history.note(self.name, self.region, "put", "invoke", call=call, kind=self.kind,
                     sha256=payload_hash(oracle.OPERATOR + payload))
        self.pending[connection.request("RECORD_PUT", wire.message((1, self.kind), (3, payload)))] = (call, payload)

    def answer(self, got):
        call, payload = self.pending.pop(got[0])
        if got[1]:
            self.refused.append(got[2])
            self.world.history.note(self.name, self.region, "put", "fail", call=call, error=got[2])
            return
        row = self.world.truth.ack(got[3], payload)
        self.fresh.append((row["origin"], row["index"]))
        self.world.history.note(self.name, self.region, "put", "ok", call=call, kind=self.kind,
                                sha256=payload_hash(oracle.OPERATOR + payload), **row)

    def write_for(self, connection, seconds, at_once=AT_ONCE, most=None):
        """Write for this long, or until the node is gone or `most` are answered. False: it is gone."""
        deadline, answered = time.monotonic() + seconds, 0
        try:
            while most is None or answered < most:
                while len(self.pending) < at_once and (most is None or answered + len(self.pending) < most):
                    self.send(connection)
                left = deadline - time.monotonic()
                if left <= 0:
                    return True
                if not has_frame(connection) and not select.select([connection.sock], [], [], left)[0]:
                    return True
                got = connection.reply()
                if got is None:
                    return False
                self.answer(got)
                answered += 1
            return True
        except OSError:
            return False

    def drain(self, connection):
        """After the node's end: what it still had said; the rest is unknown."""
        try:
            while self.pending:
                got = connection.reply()
                if got is None:
                    break
                self.answer(got)
        except OSError:
            pass
        connection.sock.close()
        for call, payload in self.pending.values():
            self.world.history.note(self.name, self.region, "put", "unknown", call=call, kind=self.kind,
                                    sha256=payload_hash(oracle.OPERATOR + payload))
        self.pending = {}

    def take(self):
        fresh, self.fresh = self.fresh, []
        self.refused = []
        return fresh
