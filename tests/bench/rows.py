# SPDX-License-Identifier: Apache-2.0
"""The rows of the benchmark: samples of each, the limit of this machine, one table.

A row is measured at one or more sizes; its name has the size's suffix: catchup at 100,000 records,
catchup_1m at a million."""

import json
import statistics

LARGE = "_1m"
# name: unit, what it is, the limit that it is held against (see limits()); in the order of the table.
ROWS = {
    "write_1": ("records/s", "durable writes, 1 connection", "flush"),
    "write_1_p50_ms": ("ms", "  latency, median", "flush_ms"),
    "write_1_p99_ms": ("ms", "  latency, 99 %", None),
    "write_64": ("records/s", "durable writes, 64 connections", "group"),
    "write_64_p50_ms": ("ms", "  latency, median", None),
    "write_64_p99_ms": ("ms", "  latency, 99 %", None),
    "load": ("records/s", "durable writes, 1 connection, 256 in flight", "group"),
    "catchup": ("records/s", "an empty replica, from its start command", "batch"),
    "backlog": ("records/s", "a replica that was down, from its start command", "batch"),
    "catchup_3_origins": ("records/s", "an empty replica, the records in 3 logs", "batch"),
    "catchup_30_origins": ("records/s", "  the same in 30 logs", "batch"),
    "fanout_16": ("records/s", "16 empty replicas of one origin, all together", None),
    "lag_p50_ms": ("ms", "acknowledged until read at the replica, median", "visible_ms"),
    "lag_p99_ms": ("ms", "  the same, 99 %", None),
    "read_8": ("records/s", "whole records by id, 8 connections", "round_trip"),
    "read_8_p50_ms": ("ms", "  latency, median", None),
    "read_8_p99_ms": ("ms", "  latency, 99 %", None),
    "proof_make": ("proofs/s", "inclusion proofs from stored tiles", None),
    "proof_verify": ("proofs/s", "  the same verified", None),
    "disk_bytes": ("B/record", "database on disk, all derived data included; the search's file is in its own table",
                   "payload"),
    "memory_own_bytes": ("B", "private memory of the origin (RssAnon), while importing", None),
    "start_s": ("s", "start after a clean stop until the first answer", None),
    "start_killed_s": ("s", "  the same after kill -9 under writes", None),
    "growth_load": ("%", "cost of a record at a million against the smaller size", "growth"),
    "growth_catchup": ("%", "  the same while catching up", "growth"),
    "growth_origins": ("%", "cost of a record in 30 logs against 3, catching up", "growth_origins"),
    "limit_fdatasync": ("records/s", "2 KiB into a preallocated file, a flush each", None),
    "limit_group": ("records/s", "  the same, 64 a flush", None),
    "limit_sha256": ("MB/s", "blocks of 1 MiB", None),
    "limit_tls": ("round trips/s", "2 KiB there and back, TLS 1.3, loopback", None),
    "limit_lmdb": ("records/s", "1.5 KiB and an index key, a durable transaction each", None),
    "limit_lmdb_1000": ("records/s", "  the same, 1000 a transaction", None),
}
# Less is better.
SMALL = {"ms", "s", "B/record", "B", "%"}
GROWTH_MORE = 15  # points above the database's own growth are allowed


def base_of(name):
    return name[:-len(LARGE)] if name.endswith(LARGE) else name


class Rows:
    def __init__(self):
        self.samples = {}
        self.peers = {}  # (peer, row): samples
        self.payload_bytes = 0

    def add(self, name, value):
        if base_of(name) not in ROWS:
            raise KeyError(name)
        self.samples.setdefault(name, []).append(float(value))

    def add_peer(self, peer, name, value):
        self.peers.setdefault((peer, name), []).append(value)

    def peer_median(self, peer, name):
        samples = self.peers.get((peer, name))
        return statistics.median(samples) if samples else None

    def median(self, name):
        return statistics.median(self.samples[name])

    def growth(self, small, large):
        """By how much a record costs more where the second rate was measured, in per cent."""
        return 100 * (self.median(small) / self.median(large) - 1)

    def add_growth(self):
        """What follows from two sizes, when both were measured."""
        for name, small, large in (("growth_load", "load", "load" + LARGE),
                                   ("growth_catchup", "catchup", "catchup" + LARGE),
                                   ("growth_origins", "catchup_3_origins", "catchup_30_origins")):
            if small in self.samples and large in self.samples:
                self.add(name, self.growth(small, large))

    def has_limits(self):
        """Whether anything can be held against them yet."""
        return "limit_lmdb_1000" in self.samples

    def limits(self, suffix=""):
        """What no node on this machine could better, from what was measured beside it: a flush for
        each write or each 64, durable transactions of 1000 for a replica, a flush and half a
        round trip until a replica may show a record, the payload's own bytes on the disk."""
        flush, trip = self.median("limit_fdatasync"), self.median("limit_tls")
        lmdb = "limit_lmdb_1000"
        return {
            "flush": 1 / (1 / flush + 1 / trip), "flush_ms": 1e3 / flush + 1e3 / trip,
            "group": self.median("limit_group"),
            "batch": self.median(lmdb + suffix if lmdb + suffix in self.samples else lmdb), "round_trip": trip,
            "visible_ms": 1e3 / flush + 0.5e3 / trip, "payload": self.payload_bytes,
            "growth": GROWTH_MORE + max(0, self.growth(lmdb, lmdb + LARGE)) if lmdb + LARGE in self.samples else None,
            "growth_origins": GROWTH_MORE,
        }

    def result(self):
        """The rows that were measured, as JSON has them."""
        rows = []
        for suffix in ("", LARGE):
            limits = self.limits(suffix)
            rows += [
                {"name": name + suffix, "unit": unit, "median": self.median(name + suffix),
                 "min": min(self.samples[name + suffix]), "max": max(self.samples[name + suffix]),
                 "limit": limits[limit] if limit else None}
                for name, (unit, _, limit) in ROWS.items() if name + suffix in self.samples]
        return rows

    def peer_result(self):
        """The same rows of the peers, in their order."""
        return [{"name": name, "peer": peer, "unit": ROWS[name][0], "median": self.peer_median(peer, name),
                 "min": min(samples), "max": max(samples)}
                for name in ROWS for (peer, of), samples in self.peers.items() if of == name]

    def save(self, path, about):
        with open(path, "w", encoding="utf-8") as f:
            json.dump(dict(about, rows=self.result(), peers=self.peer_result()), f, indent=1)
            f.write("\n")


def figure(value):
    """Four digits are as much as a few repeats can say."""
    if value is None:
        return ""
    if abs(value) >= 1000:
        return "{:,.0f}".format(value)
    return "%.4g" % value


def ratio(row):
    """How near the limit, 1 is at it, whether much or little is good."""
    if not row.get("limit") or row["median"] <= 0 or row["unit"] == "%":
        return ""
    near = row["limit"] / row["median"] if row["unit"] in SMALL else row["median"] / row["limit"]
    return "%.2f" % near


def aligned(lines, sides):
    """Lines of cells as one text; sides: "<" or ">" for each column, where its cells stand."""
    widths = [max(len(line[i]) for line in lines) for i in range(len(sides))]
    return "\n".join("  ".join(cell.ljust(width) if side == "<" else cell.rjust(width)
                               for cell, side, width in zip(line, sides, widths)).rstrip() for line in lines)


def table(rows):
    lines = [("", "median", "min .. max", "unit", "limit", "of it", "")]
    for row in rows:
        lines.append((row["name"], figure(row["median"]),
                      "%s .. %s" % (figure(row["min"]), figure(row["max"])), row["unit"],
                      figure(row.get("limit")), ratio(row), row.get("peer") or ROWS[base_of(row["name"])][1]))
    return aligned(lines, "<>><>><")
