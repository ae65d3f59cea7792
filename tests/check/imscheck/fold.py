# SPDX-License-Identifier: Apache-2.0
"""From the entries of all logs to the records of the view (invariant 7: a function of them alone).

Entries of one region are taken by incarnation and index. An entry that is admissible replaces the
state of its record; one that is not has no effect and leaves its reason. The state that remains is
then judged with the payload of the entry that made it, and gives the index keys.
"""

from dataclasses import dataclass

from . import entry as e
from .words import Broken, origin_parts, record_parts

KIND_MAX_BYTES = 63


@dataclass
class Item:
    """An entry of a log with what stands beside it. `entry` is None when the bytes are none."""
    origin: str
    index: int
    leaf: bytes
    entry: dict
    payload_state: str
    payload: bytes
    verdict: tuple = None   # (keys or None, reason) once asked for: several views may be of one item


@dataclass
class Record:
    item: Item          # whose entry made this state
    state: str = ""
    reason: str = ""    # of `invalid`

    @property
    def kind(self):
        return self.item.entry["kind"]

    @property
    def revision(self):
        return self.item.entry["revision"]


@dataclass
class View:
    records: dict       # id -> Record
    keys: set           # (name, value as bytes, record id)
    problems: list      # (origin, index, why the entry has no effect)


def fold(logs, kinds):
    """The view of {origin: [Item, ...]}; kinds as kinds.load() gives them."""
    view = View({}, set(), [])
    for origin in sorted(logs, key=lambda o: (origin_parts(o) or (o, "", 0))):
        for item in logs[origin]:
            why = _inadmissible(item, view.records, kinds)
            if why:
                view.problems.append((origin, item.index, why))
            else:
                view.records[item.entry["record"]] = Record(item)
    for record_id, record in view.records.items():
        _judge(record_id, record, kinds, view.keys)
    return view


def _inadmissible(item, records, kinds):
    """What stands against the entry having an effect; None: nothing."""
    entry, home = item.entry, origin_parts(item.origin)
    if entry is None:
        return "not an entry"
    if entry["origin"] != item.origin or home is None:
        return "it says another origin"
    if entry["index"] != item.index:
        return "it says another index"
    parts = record_parts(entry["record"])
    if parts is None or not 1 <= len(entry["kind"].encode()) <= KIND_MAX_BYTES:
        return "no record id, or no kind"
    if parts[0] != home[1]:
        return "the record's home is another region"
    if entry["operation"] not in e.OPERATIONS or entry["audience"] not in e.AUDIENCES:
        return "an operation or audience without meaning here"
    if entry["operation"] == e.PUT and not entry["commitment"]:
        return "a put without commitment"
    kind, now = kinds.get(entry["kind"]), records.get(entry["record"])
    if (now and now.kind != entry["kind"]) or (kind and kind.letter != parts[1]):
        return "the record is of another kind"
    limited = entry["audience"] == e.NAMED
    if limited != (entry["kind"] == "sealed"):
        return "limited entries are of kind sealed, and only they"
    if limited:
        if entry["revision"] != 0 or entry["operation"] != e.PUT:
            return "a limited entry is a put without revision"
        return "a limited entry for a record that exists" if now else None
    if kind and kind.audience == "NAMED":
        return "a record of this kind is for named regions alone"
    if kind and kind.is_once and (now or entry["operation"] != e.PUT):
        return "what it closes stays closed"
    if entry["revision"] != (now.revision if now else 0) + 1:
        return "another revision is next"
    return None


def _judge(record_id, record, kinds, keys):
    """The record's state, and its keys into `keys`. A limited record shows nothing of itself."""
    item, kind = record.item, kinds.get(record.kind)
    found = None
    if item.entry["audience"] == e.NAMED:
        record.state = "sealed"
        return
    if item.entry["operation"] == e.WITHDRAW:
        record.state = "withdrawn"
    elif item.payload_state == "erased":
        record.state = "erased"
    elif item.payload_state != "here":
        record.state = "wanted"
    elif kind is None or not kind.is_known:
        record.state = "unknown-kind"
    else:
        found, record.reason = _verdict(item, kind)
        record.state = "invalid" if found is None else "live"
    keys.add(("kind", record.kind.encode(), record_id))
    keys.update((name, value, record_id) for name, value in found or ())


def _verdict(item, kind):
    """The keys of a payload that is valid, or None and what is wrong with it."""
    if item.verdict is None:
        try:
            home = record_parts(item.entry["record"])[0]
            item.verdict = kind.keys(kind.check(item.payload, home)), ""
        except Broken as broken:
            item.verdict = None, str(broken)
    return item.verdict
