# SPDX-License-Identifier: Apache-2.0
"""A history: what clients did and saw, as JSON lines in order of t.

    t        milliseconds since its beginning      client   who asked
    node     region that was asked                 op       see below
    phase    "invoke", then "ok", "fail" (refused, without effect) or "unknown" (no answer came)
    call     number that joins an invoke with its end
    error    of a fail, as the node said it

    put      ok: id, origin, index, ack ("durable", "replicated"); kind, and sha256 of the payload as
             the log keeps it, on each phase. An index is where the entry stands
    head     ok: origin, size, root (hex), which this node showed
    read     ok: id, revision, sha256 and, where the recorder knows them, origin and index of the entry
    lost     the disk of node is gone, without phase: what it held, it does not any more
    restored node runs on an older copy of its disk; "since": t of the copy, or it may be of any time
    recovered  node goes on after one of these; its incarnation may be another from here on

What the rows must say of the disks is said in judge.py.
"""

import json

from .words import Broken, hex_get

SLACK_MS = 1000     # threads that note at the same time may write in another order
OPS = {"put", "head", "read", "lost", "restored", "recovered"}
PHASES = {"invoke", "ok", "fail", "unknown"}
ACKS = {"durable", "replicated"}


# ---- reading

def read(lines, report):
    """The rows of a history, those that are none left out and reported."""
    rows, before = [], 0
    for number, line in enumerate(lines, 1):
        with report.about("line %d of the history" % number):
            row = _row(line)
            if row["t"] < before - SLACK_MS:
                raise Broken("its time is before that of a line above")
            before = max(before, row["t"])
            row["line"] = number
            rows.append(row)
    return rows


def _row(line):
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise Broken("not JSON") from None
    if not isinstance(row, dict) or row.get("op") not in OPS:
        raise Broken("not an object with a known op")
    if not isinstance(row.get("t"), (int, float)) or not isinstance(row.get("node"), str):
        raise Broken("t or node is missing")
    if row["op"] in ("put", "head", "read") and row.get("phase") not in PHASES:
        raise Broken("no such phase: %r" % row.get("phase"))
    if row["op"] == "head" and row["phase"] == "ok":
        hex_get(row.get("root", ""))
        _need(row, "origin", str), _need(row, "size", int)
    if row["op"] == "put":
        _need(row, "call", int)
        if row["phase"] == "ok":
            _need(row, "id", str), _need(row, "origin", str), _need(row, "index", int)
            if row.get("ack") not in ACKS:
                raise Broken("acknowledged as %r" % row.get("ack"))
    if row["op"] == "read" and row["phase"] == "ok":
        _need(row, "id", str), _need(row, "sha256", str)
    return row


def _need(row, name, kind):
    if not isinstance(row.get(name), kind) or isinstance(row.get(name), bool):
        raise Broken("%s is missing" % name)


def calls(rows, report):
    """call -> {"invoke": row, "end": row}; each begins once, ends at most once, in this order."""
    found = {}
    for row in rows:
        if row["op"] != "put":
            continue
        name = "line %d of the history" % row["line"]
        call = found.setdefault(row["call"], {})
        if row["phase"] == "invoke":
            if call:
                report.fail(name, "call %d is made twice" % row["call"])
            call["invoke"] = row
        elif "end" in call or "invoke" not in call:
            report.fail(name, "call %d ends without having begun, or twice" % row["call"])
        else:
            call["end"] = row
    return found
