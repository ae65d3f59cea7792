# SPDX-License-Identifier: Apache-2.0
"""Clients that write while faults happen, and remember what was acknowledged to them."""

import threading
import time

from world import wire

STEP_S = 0.02
ANSWER_S = 30


class Writer:
    """Puts organisations at one node, `rate` a second, until stop(); comes again whenever the node has
    gone. `acked` holds {"id", "origin", "index"} of each acknowledged write, `refused` the codes of the
    others. An answer that never came is neither: the write may be there or not."""

    def __init__(self, node, rate=50, word="written", at_once=16):
        self.node, self.rate, self.word, self.at_once = node, rate, word, at_once
        self.acked, self.refused, self.unknown = [], [], 0
        self.slowest_s = 0.0
        self._sent, self._ending, self._paused = 0, False, False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self):
        self._ending = True
        self._thread.join()
        return self.acked

    def pause(self, paused=True):
        self._paused = paused

    def _run(self):
        while not self._ending:
            try:
                with wire.Connection(wire.connect_unix(self.node.socket)) as c:
                    self._converse(c)
            except (OSError, ValueError):
                time.sleep(STEP_S)

    def _converse(self, c):
        waiting, due = {}, time.monotonic()
        try:
            while not self._ending or waiting:
                now = time.monotonic()
                while now >= due and len(waiting) < self.at_once and not self._ending and not self._paused:
                    waiting[c.request("RECORD_PUT", wire.put_organisation(
                        "%s %s %d" % (self.word, self.node.region, self._sent)))] = now
                    self._sent += 1
                    due = max(due + 1 / self.rate, now - 1)
                if not waiting:
                    time.sleep(max(0, min(due - now, STEP_S)) or STEP_S / 4)
                    continue
                c.sock.settimeout(ANSWER_S)
                got = c.reply()
                if got is None:
                    return
                self.slowest_s = max(self.slowest_s, time.monotonic() - waiting.pop(got[0]))
                self._take(got)
        finally:
            self.unknown += len(waiting)

    def _take(self, got):
        if got[1]:
            self.refused.append(got[1])
            return
        reply = wire.fields(got[3])
        self.acked.append({"id": wire.text(reply, 1), "origin": wire.text(reply, 2),
                           "index": wire.first(reply, 3, 0)})


def lost(node, answers):
    """What of these acknowledged writes the node does not have as it was acknowledged; texts."""
    found = []
    with wire.Connection(wire.connect_unix(node.socket)) as c:
        for a in answers:
            code, why, got = c.call("RECORD_GET", wire.message((1, a["id"])))
            if code:
                found.append("%s: %s: %s" % (node.region, a["id"], why))
            elif (wire.text(got, 4), wire.first(got, 5, 0)) != (a["origin"], a["index"]):
                found.append("%s: %s is at %s %d, acknowledged at %s %d" % (
                    node.region, a["id"], wire.text(got, 4), wire.first(got, 5, 0), a["origin"], a["index"]))
    return found


def twice(answers):
    """Places that were acknowledged for two writes: a fork."""
    seen, found = {}, []
    for a in answers:
        place = (a["origin"], a["index"])
        if seen.setdefault(place, a["id"]) != a["id"]:
            found.append("%s %d is %s and %s" % (*place, seen[place], a["id"]))
    return found
