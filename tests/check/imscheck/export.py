# SPDX-License-Identifier: Apache-2.0
"""An export of logs (`ims export jsonl`): reading it, and verifying each log of it.

A log is a line {"origin","size","checkpoint"} and then `size` lines {"origin","index","entry","salt",
"payload","payload_state"}, in order of index. The checkpoint is the whole note with all signature
lines; an empty log may have none.
"""

import json
from dataclasses import dataclass, field

from . import entry as e
from . import merkle
from .fold import Item
from .kinds import PAYLOAD_MAX_BYTES
from .note import Checkpoint, Note, TYPE_COSIGNATURE
from .words import Broken, base64_get, origin_parts

PAYLOAD_STATES = ("none", "here", "wanted", "not-for-me", "erased")
SALT_BYTES = 32


@dataclass
class Log:
    origin: str
    size: int               # as the export says
    checkpoint: str         # a note, or nothing
    items: list = field(default_factory=list)

    def __post_init__(self):
        self._roots = {}

    def root(self, size):
        if size not in self._roots:
            self._roots[size] = merkle.root([item.leaf for item in self.items[:size]])
        return self._roots[size]

    def note(self):
        return Note.parse(self.checkpoint.encode(errors="surrogatepass"))


# ---- reading

def read(lines, report):
    """{origin: Log} of the lines (texts) of an export. A line that is none is a failure and left out."""
    logs, log = {}, None
    for number, line in enumerate(lines, 1):
        name = "line %d of the export" % number
        with report.about(name):
            row = _row(line)
            if "checkpoint" in row:
                log = _header(row)
                if log.origin in logs:
                    raise Broken("%s stands twice" % log.origin)
                logs[log.origin] = log
            elif log is None or row.get("origin") != log.origin:
                raise Broken("an entry of %r does not stand below its log" % row.get("origin"))
            elif row.get("index") != len(log.items):
                raise Broken("entry %r of %s stands where entry %d should" % (
                    row.get("index"), log.origin, len(log.items)))
            else:
                log.items.append(_item(row, log.origin, report))
    return logs


def _row(line):
    def once(pairs):
        if len(dict(pairs)) != len(pairs):
            raise Broken("a member stands twice")
        return dict(pairs)

    try:
        row = json.loads(line, object_pairs_hook=once)
    except (ValueError, RecursionError):
        raise Broken("not JSON") from None
    if not isinstance(row, dict):
        raise Broken("not a JSON object")
    return row


def _member(row, name, kind, default=None):
    value = row.get(name, default)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise Broken("'%s' is missing or of another type" % name)
    return value


def _header(row):
    log = Log(_member(row, "origin", str), _member(row, "size", int), _member(row, "checkpoint", str))
    if origin_parts(log.origin) is None:
        raise Broken("'%s' is not the origin of a log" % log.origin)
    if log.size < 0:
        raise Broken("a size below 0")
    return log


def _item(row, origin, report):
    """Reports what is wrong with entry and payload: the item stands in the tree all the same."""
    index = _member(row, "index", int)
    name = "entry %d of %s" % (index, origin)
    item = Item(origin, index, b"", None, _member(row, "payload_state", str), b"")
    data = b""
    with report.about(name):
        data = base64_get(_member(row, "entry", str))
        item.entry = e.decode(data)
        if item.entry["origin"] != origin or item.entry["index"] != index:
            raise Broken("it says that it is entry %d of %s" % (item.entry["index"], item.entry["origin"]))
    item.leaf = merkle.leaf_hash(data)
    with report.about("payload of " + name):
        salt = base64_get(_member(row, "salt", str, ""))
        item.payload = base64_get(_member(row, "payload", str, ""))
        _check_payload(item, salt)
    return item


def _check_payload(item, salt):
    state, entry = item.payload_state, item.entry
    if state not in PAYLOAD_STATES:
        raise Broken("'%s' is no state of a payload" % state)
    if state != "here" and (salt or item.payload):
        raise Broken("it is %s, and yet it is there" % state)
    if entry is None:
        return
    if (state == "none") == bool(entry["commitment"]):
        raise Broken("its state is '%s', but the entry has %s commitment" % (
            state, "a" if entry["commitment"] else "no"))
    if state == "not-for-me" and entry["audience"] in (e.PUBLIC, e.FEDERATION):
        raise Broken("its audience is everyone, and yet it is not for the node that exported it")
    if state != "here":
        return
    if len(salt) != SALT_BYTES or len(item.payload) > PAYLOAD_MAX_BYTES:
        raise Broken("a salt of %d bytes, a payload of %d" % (len(salt), len(item.payload)))
    if merkle.commitment(salt, item.payload) != entry["commitment"]:
        raise Broken("it is not what the entry commits to")


# ---- verifying

def questions(log, chain):
    """Every signature on the log's checkpoint that anyone in the chain may have made."""
    try:
        return log.note().questions({key for roster in chain for _, _, key in roster.keys()})
    except Broken:
        return []


def verify(log, chain, verifier, report):
    """Order of the entries, root, checkpoint and cosignatures, by the newest roster of the chain."""
    roster, name = chain[-1], "checkpoint of " + log.origin
    cosigners, note = [], None
    with report.about(name):
        if log.origin not in roster.origins():
            raise Broken("the roster has no such log")
        if log.checkpoint:
            note = log.note()
        elif (log.size or log.items) and not _is_kept(log, roster):
            raise Broken("there is none for the entries of this log")
        else:
            _check_kept(log, roster, report)
    _check_sequence(log, roster, report)
    if note:
        with report.about(name):
            checkpoint = Checkpoint.parse(note.text)
            cosigners = _check_lines(note, checkpoint, chain, verifier, report)
            _check_log_signature(note, checkpoint, log.origin, roster, verifier)
            _check_head(log, checkpoint)
            _check_kept(log, roster, report)
    wanted, among = roster.replicated
    report.logs.append({
        "origin": log.origin, "size": len(log.items), "root": log.root(len(log.items)).hex(),
        "cosigners": cosigners, "replicated": len(set(cosigners) & set(among)) >= wanted})


def _check_sequence(log, roster, report):
    """Time and roster version of an origin never go back."""
    time_ms = version = 0
    for item in log.items:
        if item.entry is None:
            continue
        with report.about("entry %d of %s" % (item.index, log.origin)):
            if item.entry["time_ms"] < time_ms:
                raise Broken("its time is before that of the entry before it")
            if item.entry["roster_version"] < version:
                raise Broken("its roster version is below that of the entry before it")
            if not 1 <= item.entry["roster_version"] <= roster.version:
                raise Broken("it was written under roster version %d, which is not in the chain" %
                             item.entry["roster_version"])
            time_ms, version = item.entry["time_ms"], item.entry["roster_version"]


def _check_head(log, checkpoint):
    if len(log.items) != log.size:
        raise Broken("the export says %d entries and has %d" % (log.size, len(log.items)))
    if checkpoint.size != log.size:
        raise Broken("it covers %d of %d entries" % (checkpoint.size, log.size))
    if checkpoint.root != log.root(log.size):
        raise Broken("the entries have the root %s, it says %s" % (
            log.root(log.size).hex(), checkpoint.root.hex()))


def _is_kept(log, roster):
    """A closed incarnation needs no checkpoint: the roster says which entries it kept."""
    _, incarnation = roster.origins()[log.origin]
    return not incarnation.open and len(log.items) == log.size == incarnation.kept_size


def _check_kept(log, roster, report):
    """An incarnation that the roster closed is what the roster kept of it."""
    _, incarnation = roster.origins()[log.origin]
    if incarnation.open:
        return
    if len(log.items) < incarnation.kept_size:
        report.warn(log.origin, "closed at %d entries, the export has fewer" % incarnation.kept_size)
    elif log.root(incarnation.kept_size) != incarnation.kept_root:
        raise Broken("the roster closed the log with another root at size %d" % incarnation.kept_size)
    elif len(log.items) > incarnation.kept_size:
        report.warn(log.origin, "closed at %d entries, the export has more" % incarnation.kept_size)


def _check_log_signature(note, checkpoint, origin, roster, verifier):
    if checkpoint.origin != origin:
        raise Broken("it is of the log %s" % checkpoint.origin)
    region, incarnation = roster.origins()[origin]
    signed = [k for k in region.log_keys
              if k.incarnation == incarnation.number and note.is_signed_by(k.key, verifier)]
    if not signed:
        raise Broken("no log key of the roster has signed it")
    if not any(k.is_valid_at(checkpoint.size) for k in signed):
        raise Broken("signed by a log key that is not valid at size %d" % checkpoint.size)


def _check_lines(note, checkpoint, chain, verifier, report):
    """Each further line is a cosignature that verifies; codes of the regions whose count. A node
    keeps verified lines only, so one that nobody in the chain could have made is a failure, too."""
    log_keys = {k.key for roster in chain for region in roster.regions.values() for k in region.log_keys}
    cosigners = {key: region.code for roster in chain for region, _, key in roster.keys()
                 if key.type == TYPE_COSIGNATURE}
    counting = set()
    for line in note.lines:
        if any(line.is_of(key) for key in log_keys):
            continue
        with report.about("cosignature of %s on the checkpoint of %s" % (line.name, checkpoint.origin)):
            key = next((key for key in cosigners if line.is_of(key)), None)
            if key is None:
                raise Broken("no key of the roster is this line's")
            if not note.is_signed_by(key, verifier):
                raise Broken("it is not there")
            if _counts(chain[-1], cosigners[key], key, checkpoint):
                counting.add(cosigners[key])
            else:
                report.warn("cosignature of %s on the checkpoint of %s" % (line.name, checkpoint.origin),
                            "the key is retired and does not count at this size")
    return sorted(counting)


def _counts(roster, code, key, checkpoint):
    """By the newest roster: a current key, or a retired one up to the size named for this log."""
    region = roster.regions[code]
    if region.suspended or key not in region.cosigners:
        return False
    return not region.cosigners[key] or checkpoint.size <= region.retired.get((key.id, checkpoint.origin), -1)
