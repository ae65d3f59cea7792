# SPDX-License-Identifier: Apache-2.0
"""A relay between nodes that can cut a region off: what it sends and what is sent to it is lost
without a word, as on a broken line, until the cut is mended."""

import selectors
import socket
import threading

CHUNK = 65536
TURN_S = 0.05


class _Pair:
    """Two sockets and the regions behind them."""

    def __init__(self, a, b, regions):
        self.sides, self.regions = (a, b), regions
        self.waiting = {a: bytearray(), b: bytearray()}
        self.lossy = False

    def other(self, sock):
        return self.sides[1] if sock is self.sides[0] else self.sides[0]


class Proxy:
    def __init__(self):
        self.selector = selectors.DefaultSelector()
        self.listeners, self.pairs = [], set()
        self.by_ip, self.cut_off = {}, frozenset()
        self.thread, self.ending = None, False

    def relay(self, region, source_ip, address, target):
        """Who connects to `address` reaches `target`, the node of the region, whose own
        connections come from source_ip."""
        self.by_ip[source_ip] = region
        host, port = address.rsplit(":", 1)
        listener = socket.create_server((host, int(port)), backlog=64)
        listener.setblocking(False)
        self.listeners.append(listener)
        host, port = target.rsplit(":", 1)
        self.selector.register(listener, selectors.EVENT_READ, (region, (host, int(port))))

    def start(self):
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def cut(self, *regions):
        """These regions reach nobody, and nobody reaches them."""
        self.cut_off = frozenset(regions)

    def mend(self):
        self.cut_off = frozenset()

    def stop(self):
        self.ending = True
        if self.thread:
            self.thread.join()
            self.thread = None
        for pair in list(self.pairs):
            self._close(pair)
        for listener in self.listeners:
            listener.close()
        self.listeners = []
        self.selector.close()

    # ---- its thread

    def _run(self):
        while not self.ending:
            for key, events in self.selector.select(TURN_S):
                if isinstance(key.data, _Pair):
                    self._move(key.data, key.fileobj, events)
                else:
                    self._accept(key.fileobj, *key.data)
            for pair in [p for p in self.pairs if p.lossy and not p.regions & self.cut_off]:
                self._close(pair)  # bytes are missing: this connection will never do again

    def _accept(self, listener, region, target):
        try:
            a, (ip, _) = listener.accept()
        except OSError:
            return
        b = socket.socket()
        for s in (a, b):
            s.setblocking(False)
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        b.connect_ex(target)
        pair = _Pair(a, b, frozenset((region, self.by_ip.get(ip, "?"))))
        self.pairs.add(pair)
        for s in (a, b):
            self.selector.register(s, selectors.EVENT_READ, pair)

    def _move(self, pair, sock, events):
        if pair not in self.pairs:
            return
        try:
            if events & selectors.EVENT_READ:
                data = sock.recv(CHUNK)
                if pair.regions & self.cut_off:
                    pair.lossy = True
                    if not data:
                        self.selector.unregister(sock)
                        return
                elif not data:
                    self._close(pair)
                    return
                else:
                    pair.waiting[pair.other(sock)] += data
            for side in pair.sides:
                if pair.waiting[side]:
                    self._flush(pair, side)
        except OSError:
            self._close(pair)

    def _flush(self, pair, side):
        try:
            del pair.waiting[side][:side.send(pair.waiting[side])]
        except BlockingIOError:
            pass
        if side in self.selector.get_map():
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if pair.waiting[side] else 0)
            self.selector.modify(side, events, pair)

    def _close(self, pair):
        self.pairs.discard(pair)
        for s in pair.sides:
            try:
                self.selector.unregister(s)
            except (KeyError, ValueError):
                pass
            s.close()
