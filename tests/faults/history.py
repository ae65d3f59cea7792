# SPDX-License-Identifier: Apache-2.0
"""What clients did, as JSON lines, for a checker that shares no code with the daemon.

    t        milliseconds since the first line
    client   who asked
    node     region that was asked
    op       "put", "head" or "read"
    phase    "invoke", then "ok", "fail" (refused, without effect) or "unknown" (no answer came)
    call     number that joins an invoke with its end

A put that is ok has id, origin, index, ack ("durable" or "replicated"); each put has kind and sha256,
of the payload as the log keeps it. A head has origin, size, root; it was shown by that node. A read
has id, revision, sha256, or is "fail" with its error.
"""

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

    def note(self, client, node, op, phase, **more):
        row = {"t": int((time.monotonic() - self.began) * 1000), "client": client, "node": node, "op": op,
               "phase": phase, **more}
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
