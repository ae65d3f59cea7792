# SPDX-License-Identifier: Apache-2.0
"""A history (history.py) against what the nodes hold afterwards: was anything lost, forked, reordered,
shown too early, duplicated? Linear in the lines of the history and of the exports.

The exports are `ims export jsonl` of each node, made when all was quiet; export.py reads them, and
whether they verify is the question of the command `verify`.

Rules, by the name under which a break is reported:

    lost        a durable write stands in its region's log as it was acknowledged, unless that disk was
                lost or set back since; a replicated one does, whatever happened to that disk
    forked      of one origin and size there is one root: in heads, in exports, between exports; one
                index is acknowledged for one content; who holds less holds the front of who holds more
    reordered   of two writes to one log, one acknowledged before the other was asked for, the first
                has the lower index; revisions of a record rise, and reads see them rise
    too early   a read shows an entry that stands in the log; a head shown by a node is not behind what
                it showed before; no head is larger than what is there in the end
    duplicated  what one call wrote stands once; what was refused does not stand at all
"""

import hashlib
from collections import defaultdict

from . import merkle
from .history import calls


# ---- what is on the disks

class Disks:
    """The exports of all nodes, as one."""

    def __init__(self, exports, report):
        self.exports = exports                  # region -> {origin: Log}
        self.longest = {}                       # origin -> Log
        self.places = defaultdict(list)         # (record, payload hash) -> [(origin, index)]
        self.unread = set()                     # records with a payload that nobody has (any more)
        for region in sorted(exports):
            for origin, log in exports[region].items():
                best = self.longest.get(origin)
                if best is None or len(log.items) > len(best.items):
                    self.longest[origin] = log
        self._compare(report)

    def _compare(self, report):
        for region in sorted(self.exports):
            for origin, log in self.exports[region].items():
                whole = self.longest[origin]
                for mine, theirs in zip(log.items, whole.items):
                    if mine.leaf != theirs.leaf:
                        report.fail("forked: %s" % origin,
                                    "entry %d of %s's export is another than elsewhere" % (mine.index, region))
                        break

    def index(self):
        """Where each payload stands: by record and by content."""
        for origin, log in self.longest.items():
            for at, item in enumerate(log.items):
                if item.entry is None:
                    continue
                item = self._with_payload(origin, at)
                if item.payload_state == "here":
                    self.places[item.entry["record"], hashlib.sha256(item.payload).hexdigest()].append((origin, at))
                elif item.payload_state != "none":
                    self.unread.add(item.entry["record"])

    def _with_payload(self, origin, at):
        """The entry from whoever has its payload."""
        item = self.longest[origin].items[at]
        if item.payload_state in ("here", "none"):
            return item
        for logs in self.exports.values():
            log = logs.get(origin)
            if log and at < len(log.items) and log.items[at].payload_state == "here":
                return log.items[at]
        return item

    def item(self, origin, at):
        log = self.longest.get(origin)
        return log.items[at] if log and 0 <= at < len(log.items) else None

    def size(self, origin):
        return len(self.longest[origin].items) if origin in self.longest else 0


# ---- disks that went back

class Setbacks:
    """When a region's disk was lost or set back: until when what it alone held may be gone."""

    def __init__(self, rows):
        self.spans = defaultdict(list)  # region -> [(from, to)]
        for row in rows:
            if row["op"] in ("lost", "restored"):
                self.spans[row["node"]].append((row.get("since", 0) if row["op"] == "restored" else 0, row["t"]))

    def may_be_gone(self, region, t):
        """Acknowledged at t by this region's disk alone, and that disk is not the one of then."""
        return any(a <= t <= b for a, b in self.spans[region])


# ---- the rules

def _region(origin):
    return origin.rsplit("/", 2)[-2] if origin.count("/") >= 2 else origin


def check_puts(ended, disks, setbacks, report):
    """lost, duplicated, and an index for two contents."""
    given = {}
    for call in ended:
        row = call["end"]
        if row["phase"] != "ok":
            continue
        place, name = (row["origin"], row["index"]), "call %d" % row["call"]
        gone = setbacks.may_be_gone(_region(row["origin"]), row["t"])
        other = given.setdefault(place, row)
        if other is not row and (other["id"], other.get("sha256")) != (row["id"], row.get("sha256")):
            if not (other["ack"] == "durable" and setbacks.may_be_gone(_region(row["origin"]), other["t"])):
                report.fail("forked: " + name, "index %d of %s was given to call %d, too" % (
                    row["index"], row["origin"], other["call"]))
        elif other is not row:
            report.fail("duplicated: " + name, "acknowledged at the place of call %d" % other["call"])
        _check_kept(row, name, disks, gone, report)


def _stands(row, disks):
    """Is the entry at its place the one that was acknowledged? None: there is none."""
    item = disks.item(row["origin"], row["index"])
    if item is None:
        return None
    if item.entry is None or item.entry["record"] != row["id"]:
        return False
    at = (row["origin"], row["index"])
    return "sha256" not in row or item.payload_state != "here" or at in disks.places[row["id"], row["sha256"]]


def _check_kept(row, name, disks, gone, report):
    stands = _stands(row, disks)
    places = disks.places.get((row["id"], row.get("sha256")), [])
    if stands:
        return
    if gone and (row["ack"] == "durable" or places):
        return  # its disk is another: gone, or appended again elsewhere
    where = "%s of %s" % (row["index"], row["origin"])
    if stands is None:
        report.fail("lost: " + name, "%s, %s %s, is not there: the log has %d entries" % (
            row["id"], row["ack"], where, disks.size(row["origin"])))
    else:
        report.fail("lost: " + name, "%s was acknowledged as entry %s, where something else stands%s" % (
            row["id"], where, "; it stands at %s %d" % places[0] if places else ""))


def check_once(ended, disks, report):
    """duplicated: as often as its content was written, and no more; a refused one not at all."""
    asked, refused, at_most = defaultdict(int), {}, defaultdict(int)
    for call in ended:
        invoke, end = call["invoke"], call.get("end", {"phase": "unknown"})
        content = invoke.get("sha256")
        if content is None:
            continue
        if end["phase"] == "fail":
            refused[content] = invoke
        else:
            at_most[content] += 1
        asked[content] += 1
    stands = defaultdict(list)
    for (_, content), places in disks.places.items():
        if content in asked:
            stands[content] += places
    for content, places in stands.items():
        if len(places) > at_most[content]:
            what = "stands, and was refused" if content in refused and not at_most[content] else \
                "stands %d times, written at most %d times" % (len(places), at_most[content])
            report.fail("duplicated: the payload %s" % content[:16], "%s: %s" % (
                what, ", ".join("%s %d" % place for place in sorted(places)[:4])))


def check_order(ended, setbacks, report):
    """reordered: of two that did not overlap, the later has the higher index. By origin, in order of
    invocation: the highest index acknowledged before that."""
    by_origin = defaultdict(list)
    for call in ended:
        if call["end"]["phase"] == "ok":
            by_origin[call["end"]["origin"]].append(call)
    for origin, done in by_origin.items():
        ends = sorted(done, key=lambda c: c["end"]["line"])
        at, highest, by = 0, -1, None
        for call in sorted(done, key=lambda c: c["invoke"]["line"]):
            while at < len(ends) and ends[at]["end"]["line"] < call["invoke"]["line"]:
                end = ends[at]["end"]
                if end["index"] > highest and not setbacks.may_be_gone(_region(origin), end["t"]):
                    highest, by = end["index"], end
                at += 1
            if call["end"]["index"] < highest:
                report.fail("reordered: call %d" % call["end"]["call"], "entry %d of %s, asked for after %d" % (
                    call["end"]["index"], origin, highest) + " (call %d) was acknowledged" % by["call"])


def check_heads(rows, disks, setbacks, report):
    """forked and too early, by what nodes showed."""
    roots, newest = {}, defaultdict(dict)   # newest: node -> (client, origin) -> row
    for row in rows:
        if row["op"] in ("lost", "restored"):
            newest.pop(row["node"], None)
        if row["op"] != "head" or row["phase"] != "ok":
            continue
        origin, size, name = row["origin"], row["size"], "line %d" % row["line"]
        known = roots.setdefault((origin, size), row)
        if known["root"] != row["root"]:
            report.fail("forked: %s" % origin, "size %d has the root %s by %s (%s) and %s by %s (line %d)" % (
                size, row["root"][:16], row["node"], name, known["root"][:16], known["node"], known["line"]))
        before = newest[row["node"]].get((row.get("client"), origin))
        if before and size < before["size"]:
            report.fail("too early: %s" % origin, "%s showed size %d (%s) after %d (line %d)" % (
                row["node"], size, name, before["size"], before["line"]))
        newest[row["node"]][row.get("client"), origin] = row
    _check_roots(roots, disks, setbacks, report)


def _check_roots(roots, disks, setbacks, report):
    """Heads that were shown, against the trees that are there."""
    wanted = defaultdict(dict)
    for (origin, size), row in roots.items():
        wanted[origin][size] = row
    for origin, sizes in wanted.items():
        log, have = disks.longest.get(origin), disks.size(origin)
        if "/journal/" in origin:
            continue
        computed = merkle.roots_at((item.leaf for item in log.items) if log else (), sizes)
        for size, row in sorted(sizes.items()):
            gone = row["node"] == _region(origin) and setbacks.may_be_gone(row["node"], row["t"])
            if size > have:
                if not gone:
                    report.fail("lost: %s" % origin, "%s showed size %d (line %d), there are %d entries" % (
                        row["node"], size, row["line"], have))
            elif computed[size].hex() != row["root"] and not gone:
                report.fail("forked: %s" % origin, "%s showed another root at size %d (line %d) than the entries have"
                            % (row["node"], size, row["line"]))


def _is_there(row, disks):
    places = disks.places.get((row["id"], row["sha256"]), [])
    if "origin" in row and "index" in row:
        return (row["origin"], row["index"]) in places
    return bool(places)


def check_reads(rows, disks, setbacks, report):
    """too early: what was read stands in a log; reordered: one client sees revisions rise."""
    seen = defaultdict(dict)    # node -> (client, record) -> row
    for row in rows:
        if row["op"] in ("lost", "restored"):
            seen.pop(row["node"], None)
        if row["op"] != "read" or row["phase"] != "ok":
            continue
        name, region = "line %d" % row["line"], row["id"].split("-")[0]
        excused = row["id"] in disks.unread or setbacks.may_be_gone(region, row["t"])
        if not excused and not _is_there(row, disks):
            report.fail("too early: %s" % row["id"], "%s: %s gave a payload that does not stand %s" % (
                name, row["node"], "at %(origin)s %(index)r" % row if "index" in row else "in any log"))
        before = seen[row["node"]].get((row.get("client"), row["id"]))
        if before and row.get("revision", 0) < before.get("revision", 0):
            report.fail("reordered: %s" % row["id"], "%s: revision %d after %d (line %d)" % (
                name, row.get("revision", 0), before["revision"], before["line"]))
        seen[row["node"]][row.get("client"), row["id"]] = row


def check_shown_before_head(rows, report):
    """too early: another region's entry was read at a node that had shown, to the same client, a head
    which does not cover it and shows it again afterwards: no head of that time covers the entry."""
    read_at = {}
    for row in rows:
        if row["op"] == "read" and row.get("phase") == "ok" and "origin" in row and "index" in row:
            key = (row["node"], row.get("client"), row["origin"])
            if key not in read_at or read_at[key]["index"] < row["index"]:
                read_at[key] = row
        elif row["op"] in ("lost", "restored"):
            read_at = {key: r for key, r in read_at.items() if key[0] != row["node"]}
        elif row["op"] == "head" and row.get("phase") == "ok":
            read_row = read_at.get((row["node"], row.get("client"), row["origin"]))
            if read_row and row["size"] <= read_row["index"]:
                report.fail("too early: %s" % row["origin"], "%s gave entry %d (line %d), then size %d (line %d)" % (
                    row["node"], read_row["index"], read_row["line"], row["size"], row["line"]))


def check_revisions(disks, report):
    """reordered: in a log the revisions of a record rise."""
    for origin, log in disks.longest.items():
        last = {}
        for item in log.items:
            entry = item.entry
            if entry is None or entry["kind"] == "sealed":
                continue
            if entry["revision"] <= last.get(entry["record"], 0):
                report.fail("reordered: entry %d of %s" % (item.index, origin), "revision %d of %s after %d" % (
                    entry["revision"], entry["record"], last[entry["record"]]))
            last[entry["record"]] = entry["revision"]


def check_converged(disks, report):
    """All exports hold the same."""
    for region, logs in sorted(disks.exports.items()):
        for origin, log in sorted(disks.longest.items()):
            have = len(logs[origin].items) if origin in logs else 0
            if have != len(log.items):
                report.fail("not converged: %s" % region, "%d of %d entries of %s" % (have, len(log.items), origin))


def check(rows, exports, report, converged=False):
    """All rules. exports: region -> {origin: Log}."""
    disks, setbacks = Disks(exports, report), Setbacks(rows)
    disks.index()
    begun = [call for call in calls(rows, report).values() if "invoke" in call]
    ended = [call for call in begun if "end" in call]
    check_puts(ended, disks, setbacks, report)
    check_once(begun, disks, report)
    check_order(ended, setbacks, report)
    check_heads(rows, disks, setbacks, report)
    check_reads(rows, disks, setbacks, report)
    check_shown_before_head(rows, report)
    check_revisions(disks, report)
    if converged:
        check_converged(disks, report)
    return {"calls": len(begun), "acknowledged": sum(c["end"]["phase"] == "ok" for c in ended),
            "unknown": len(begun) - sum(c["end"]["phase"] != "unknown" for c in ended),
            "heads": sum(r["op"] == "head" for r in rows), "reads": sum(r["op"] == "read" for r in rows),
            "logs": len(disks.longest), "entries": sum(len(log.items) for log in disks.longest.values())}
