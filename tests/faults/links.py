# SPDX-License-Identifier: Apache-2.0
"""D4, D5: connections that are reset at any byte, and such that carry a few bytes at a time."""

import selectors
import socket
import struct
import time

from world import Broken, World, harness
from proxy import Proxy
from writers import Writer, lost, twice

REGIONS = ("eu", "mx", "irs")
RATE = 20
LIFE_BYTES = 20000        # of a connection before it is reset: up to so many
PIECE_BYTES = 7
OPTIONS = {"log_level": "info", "reconnect_min_ms": "10ms", "reconnect_max_ms": "60ms"}
RUN_S = 120
CONVERGE_S = 30


class Rough(Proxy):
    """A relay that sends pieces and, while `resetting`, resets each connection after some bytes."""

    chance, resetting, pieces = None, False, False

    def __init__(self):
        super().__init__()
        self.resets, self.sent, self.left = 0, 0, {}

    def _flush(self, pair, side):
        if self.resetting and self.left.setdefault(pair, self.chance.randint(1, LIFE_BYTES)) <= 0:
            self._reset(pair)
            return
        most = self.chance.randint(1, PIECE_BYTES) if self.pieces else len(pair.waiting[side])
        if self.resetting:
            most = min(most, self.left[pair])
        whole = pair.waiting[side]
        pair.waiting[side] = whole[:most]
        super()._flush(pair, side)
        passed = most - len(pair.waiting[side])
        pair.waiting[side] = whole[passed:]
        self.sent += 1
        if self.resetting:
            self.left[pair] -= passed
        if pair.waiting[side] and side in self.selector.get_map():
            self.selector.modify(side, selectors.EVENT_READ | selectors.EVENT_WRITE, pair)

    def _reset(self, pair):
        for s in pair.sides:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.resets += 1
        self._close(pair)

    def _close(self, pair):
        self.left.pop(pair, None)
        super()._close(pair)


class RoughBox(harness.Box):
    proxy_type = Rough

    def __init__(self, options=None, regions=REGIONS, prepare=None):
        super().__init__(options, regions, True, prepare)


def campaign(case, begin, done):
    with World(REGIONS, OPTIONS, box=RoughBox) as world:
        proxy = world.box.proxy
        proxy.chance = case.chance
        begin(proxy)
        world.start()
        writers = [Writer(world.node(region), RATE, "rough") for region in REGIONS]
        world.until(lambda: done(proxy), "so many of them", RUN_S + case.count)
        acked = [a for w in writers for a in w.stop()]
        proxy.resetting = False
        began = time.monotonic()
        world.box.await_sync(CONVERGE_S)
        took = time.monotonic() - began
        broken = twice(acked) + [text for node in world.box.nodes.values() for text in lost(node, acked)]
        if broken or any(w.refused or w.unknown for w in writers):
            raise Broken("\n".join(broken[:5]) or "writes were refused")
        world.check_all()
        world.stop()
    case.say("%d writes, in sync after %.1f s" % (len(acked), took))
    return case.count


def resets(case):
    """D4: no part of a frame is used, replication goes on where it was."""
    return campaign(case, lambda proxy: setattr(proxy, "resetting", True), lambda proxy: proxy.resets >= case.count)


def pieces(case):
    """D5: the same result with a few bytes at a time; a case is a hundred pieces."""
    return campaign(case, lambda proxy: setattr(proxy, "pieces", True), lambda proxy: proxy.sent >= 100 * case.count)
