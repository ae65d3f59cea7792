# SPDX-License-Identifier: Apache-2.0
"""Writes down what clients did, as JSON lines, for a checker that shares no code with the daemon:
tests/check/imscheck/history.py has the form."""

import hashlib
import json
import threading
import time


def payload_hash(payload):
    return hashlib.sha256(payload).hexdigest()


class History:
    def __init__(self, path):
        self.path, self.file = path, open(path, "w", encoding="utf-8")
        self.began, self.calls, self.lock = time.monotonic(), 0, threading.Lock()

    def now(self):
        return int((time.monotonic() - self.began) * 1000)

    def note(self, client, node, op, phase, **more):
        self._write({"t": self.now(), "client": client, "node": node, "op": op, "phase": phase, **more})

    def mark(self, node, op, **more):
        """What befell a node: "lost", "restored" (since: t of the copy), "recovered"."""
        self._write({"t": self.now(), "client": "faults", "node": node, "op": op, **more})

    def _write(self, row):
        with self.lock:
            self.file.write(json.dumps(row) + "\n")

    def call(self):
        with self.lock:
            self.calls += 1
            return self.calls

    def flush(self):
        with self.lock:
            self.file.flush()

    def close(self):
        self.file.close()
