# SPDX-License-Identifier: Apache-2.0
"""What a region would otherwise run, measured beside ours on the same cores.

The peers are scripts of somebody else: a folder with NAME.sh each, which starts its own servers on
loopback, prints `label  median [min..max] xN` and stops them. BENCH_PEERS says where it is; without it
nothing is compared. Each run of ours is followed by one of each of them, so a disk that is slow for a
while is so for all."""

import os
import re
import signal
import subprocess
import sys

from waiting import Trouble

# script: {row: the line that it is read from}
SCRIPTS = {
    "postgres": {"write_1": r"\(a\) writes, 1 clients /s", "write_64": r"\(a\) writes, 64 clients /s",
                 "catchup": r"\(b\) initial copy, records/s", "backlog": r"\(b\) backlog of \d+ .*records/s",
                 "lag_p50_ms": r"\(c\) lag at 200/s p50 ms", "lag_p99_ms": r"\(c\) lag at 200/s p99 ms",
                 "read_8": r"\(d\) point look-ups, 8 clients /s",
                 "disk_bytes": r"\(e\) disk bytes/record table\+indexes"},
    "redis": {"write_1": r"\(a\) SETs, 1 clients /s", "write_64": r"\(a\) SETs, 64 clients /s",
              "catchup": r"\(b\) full sync .*records/s", "lag_p50_ms": r"\(c\) lag at 200/s p50 ms",
              "lag_p99_ms": r"\(c\) lag p99 ms", "read_8": r"\(d\) GETs, 8 clients /s",
              "disk_bytes": r"\(e\) disk bytes/record \(AOF\)"},
    "etcd": {"write_1": r"\(a\) puts over TLS, 1 clients /s", "write_64": r"\(a\) puts over TLS, 64 clients /s",
             "catchup": r"\(b\) learner join .*records/s", "lag_p50_ms": r"\(c\) make-mirror lag at 200/s p50 ms",
             "lag_p99_ms": r"\(c\) p99 ms", "read_8": r"\(d\) gets over TLS .*8 clients /s"},
    "openldap": {"write_1": r"\(a\) adds, 1 clients /s", "write_64": r"\(a\) adds, 64 clients /s",
                 "catchup": r"\(b\) full refresh .*records/s", "backlog": r"\(b\) backlog of \d+ .*records/s",
                 "lag_p50_ms": r"\(c\) lag at 200/s p50 ms", "lag_p99_ms": r"\(c\) lag at 200/s p99 ms",
                 "read_8": r"\(d\) base-scope look-ups, 8 clients /s", "disk_bytes": r"\(e\) disk bytes/record"},
}
WRITE_S = 4
# A copy that is not done by then counts by what it has copied: OpenLDAP and make-mirror take minutes.
COPY_MOST_S = 15
# What OpenLDAP takes seconds for; the others get as many as ours.
BACKLOG = {"openldap": 2000}
SCRIPT_MOST_S = 900


def setting():
    """The folder, or None."""
    folder = os.environ.get("BENCH_PEERS")
    if not folder:
        return None
    missing = [name for name in SCRIPTS if not os.path.exists(os.path.join(folder, name + ".sh"))]
    if missing:
        raise Trouble("BENCH_PEERS: no %s.sh in %s" % (missing[0], folder))
    return folder


def figures(name, output):
    """{row: median} of what a script has printed."""
    found = {}
    for line in output.splitlines():
        for row, label in SCRIPTS[name].items():
            match = re.match(label + r"\s+([0-9.]+)", line)
            if match:
                found[row] = float(match[1])
    return found


class Peers:
    """One pass of each script at a time."""

    def __init__(self, folder, records_folder, counts):
        self.folder, self.n = folder, counts["n"]
        self.env = dict(os.environ, PEERS_DATA=records_folder, REP="1", REPB="1", SECS=str(WRITE_S),
                        MAXB=str(COPY_MOST_S), BACKLOG_N=str(counts["backlog"]))
        os.makedirs(records_folder, exist_ok=True)

    def script(self, name):
        """Its output; what it started ends with it, also when it takes too long."""
        env = dict(self.env, BACKLOG_N=str(min(BACKLOG.get(name, 1 << 62), int(self.env["BACKLOG_N"]))))
        with subprocess.Popen([os.path.join(self.folder, name + ".sh"), str(self.n)], env=env, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True) as p:
            try:
                return p.communicate(timeout=SCRIPT_MOST_S)[0]
            except BaseException:
                os.killpg(p.pid, signal.SIGTERM)  # its trap stops its servers
                p.wait()
                raise

    def run(self, rows, progress):
        for name, wanted in SCRIPTS.items():
            progress(name)
            try:
                found = figures(name, self.script(name))
            except subprocess.TimeoutExpired:
                found = {}
            for row, value in found.items():
                rows.add_peer(name, row, value)
            missing = sorted(set(wanted) - set(found))
            if missing:
                print("bench: %s gave no %s" % (name, ", ".join(missing)), file=sys.stderr)
