# SPDX-License-Identifier: Apache-2.0
"""A peer with a real region's keys that need not be honest: it dials nodes over mutual TLS, says
hello and shows and serves to each of them the log that it is told to."""

import select
import socket
import threading
import time

import forge
import wire

TURN_S = 0.02  # in which a slow face sends one byte
ANSWER_S = 5


class Face:
    """What the liar is to one node: a connection, and what it shows there. `log` and `size`: the
    history that it serves there, up to so many entries. `spoil`: how answers are falsified. `silent`: it
    answers no fetch. `slow`: a byte a turn."""

    def __init__(self, liar, node):
        self.liar, self.node = liar, node
        self.log, self.size, self.spoil = None, 0, None
        self.silent = self.slow = False
        self.known = {}   # origin -> head of others, as shown last; said again, so that a node may sign
        self.spoiled = 0  # answers that were not what they should have been
        self.fetches, self.evidence, self.byes = [], [], []
        self.connection, self._outbox = None, bytearray()
        self.lock, self._ending = threading.RLock(), False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self):
        self._ending = True
        self._thread.join()

    # ---- what it says
    def send(self, data):
        """False when there is no connection."""
        with self.lock:
            if self.connection is None:
                return False
            if self.slow:
                self._outbox += data
                return True
            try:
                self.connection.send(data)
            except OSError:
                return False
            return True

    def show(self, *heads):
        """Heads, named ones, as if there were news."""
        return self.send(wire.frame(wire.HEADS, wire.message(*((1, forge.head_message(h)) for h in heads))))

    def serve(self, log, size):
        """From now on this is the log; its head is shown."""
        with self.lock:
            self.log, self.size = log, size
            self.show(log.head(size))
            self._answer()

    def reconnect(self):
        """Drop the line; it comes again with what it is to show now."""
        with self.lock:
            if self.connection:
                try:
                    self.connection.sock.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    # ---- its thread
    def _run(self):
        while not self._ending:
            try:
                with wire.Connection(wire.connect_tls(self.node.address, self.liar.context())) as c:
                    c.send(self.liar.hello(self))
                    self._converse(c)
            except (OSError, ValueError):
                time.sleep(TURN_S)
            finally:
                with self.lock:
                    self.connection, self.fetches, self._outbox = None, [], bytearray()

    def _converse(self, c):
        c.sock.settimeout(ANSWER_S)
        while not self._ending:
            if self._outbox:
                c.send(self._outbox[:1])
                del self._outbox[:1]
            if not _has_frame(c) and not c.sock.pending() and not select.select([c.sock], [], [], TURN_S)[0]:
                continue
            got = c.receive()
            if got is None:
                return
            with self.lock:
                self._take(c, *got)

    def _take(self, c, kind, body):
        found = wire.fields(body)
        for head in found.get({wire.HELLO: 8, wire.HEADS: 1}.get(kind), []):
            origin = wire.first(wire.fields(head), 1).split(b"\n")[0].decode()
            if origin != self.liar.origin:
                self.known[origin] = head
        if kind == wire.HELLO:
            self.connection = c
            if self.log:
                self.show(self.log.head(self.size))
        elif kind == wire.PING and not wire.first(found, 2, 0):
            self.send(wire.frame(wire.PING, wire.message((1, wire.first(found, 1, 0)), (2, 1))))
        elif kind == wire.FETCH and wire.text(found, 2) == self.liar.origin:
            self.fetches.append((wire.first(found, 1, 0), wire.first(found, 3, 0), wire.first(found, 4, 0)))
            self._answer()
        elif kind == wire.EVIDENCE:
            self.evidence.append(found)
        elif kind == wire.BYE:
            self.byes.append((wire.first(found, 1, 0), wire.text(found, 2)))

    def _answer(self):
        if not self.log or self.silent:
            return
        for fetch in list(self.fetches):
            number, first, to = fetch
            end = min(to or self.size, self.size, first - first % forge.TILE + forge.TILE)
            if first >= end:
                continue  # it waits until there is more
            last = end == self.size or end == to
            if last:
                self.fetches.remove(fetch)
            else:
                self.fetches[self.fetches.index(fetch)] = (number, end, to)
            self.spoiled += self.spoil is not None
            self.send(self.log.package(number, first, end, self.size, last=last, spoil=self.spoil))


def _has_frame(c):
    return len(c.buffer) >= 4 and len(c.buffer) >= 4 + int.from_bytes(c.buffer[:4], "big")


class Liar:
    """One region of a federation, and its faces towards the honest nodes."""

    def __init__(self, box, region, honest):
        self.box, self.region = box, region
        self.own = box.node(region)
        self.origin = "ims.example/%s/1" % region
        self.log_key = forge.Signer(self.own.path("keys", "log.key"))
        self.cosigner = forge.Signer(self.own.path("keys", "cosigner.key"))
        self.faces = {name: Face(self, box.node(name)) for name in honest}

    def context(self):
        return wire.tls_context(self.own.path("keys", "tls.crt"), self.own.path("keys", "tls.key"))

    def hello(self, face=None):
        heads = [(8, forge.head_message(face.log.head(face.size)))] if face and face.log else []
        known = face.known.values() if face else ()
        return wire.frame(wire.HELLO, wire.message(
            (1, 1), (2, "ims.example"), (3, self.region), (4, 1), (5, bytes.fromhex(self.box.genesis_hash)),
            (6, bytes(range(16))), (7, "liar"), *heads, *((8, head) for head in known)))

    def new_log(self):
        return forge.Log(self.origin, self.log_key)

    def serve(self, log, size):
        for face in self.faces.values():
            face.serve(log, size)

    def stop(self):
        for face in self.faces.values():
            face.stop()
