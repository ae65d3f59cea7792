# SPDX-License-Identifier: Apache-2.0
"""The text of one roster version: who takes part, with which keys. What may follow what from one
version to the next is in chain.py."""

import hashlib
import re
import socket
from dataclasses import dataclass, field

from .note import Key, Note, TYPE_COSIGNATURE, TYPE_ED25519, TYPE_NAMES
from .words import Broken, decimal_get, hex_get, is_region_code

SIZE_MAX = 2**63 - 1
REGIONS_MAX, LINE_MAX_BYTES, WORDS_MAX = 64, 1024, 66

# word, fewest and most words in its line, fewest and most lines of it; in the order of the text
HEAD = (
    ("ims-roster/1", 1, 1, 1, 1),
    ("federation", 2, 2, 1, 1),
    ("version", 2, 2, 1, 1),
    ("previous", 2, 2, 1, 1),
    ("rules", 2, 2, 1, 1),
    ("replicated", 2, WORDS_MAX, 1, 1),
)
REGION = (
    ("region", 3, 4, 1, 1),
    ("delegation", 2, 2, 1, 1),
    ("incarnation", 3, 5, 1, 32),
    ("log-key", 5, 5, 0, 32),
    ("cosigner-key", 3, 3, 1, 16),
    ("retired", 4, 4, 0, 256),
    ("tls-pin", 2, 2, 1, 2),
    ("address", 2, 2, 0, 8),
    ("operator", 3, 3, 0, 32),
    ("auditor", 3, 3, 0, 32),
)


@dataclass(frozen=True)
class Incarnation:
    number: int
    open: bool
    kept_size: int = 0
    kept_root: bytes = b""


@dataclass(frozen=True)
class LogKey:
    """`first` and `last` are the tree sizes it may sign; last None: no end."""
    incarnation: int
    key: Key
    first: int
    last: int

    def is_valid_at(self, size):
        return self.first <= size and (self.last is None or size <= self.last)


@dataclass
class Region:
    code: str
    role: str
    suspended: bool
    delegation: Key = None
    incarnations: list = field(default_factory=list)
    log_keys: list = field(default_factory=list)
    cosigners: dict = field(default_factory=dict)   # Key -> is it retired?
    retired: dict = field(default_factory=dict)     # (key id, origin) -> size it counts up to
    pins: set = field(default_factory=set)
    addresses: set = field(default_factory=set)
    people: dict = field(default_factory=dict)      # ("operator" or "auditor", name) -> pin

    def has_vote(self):
        return self.role == "participant" and not self.suspended

    def keys(self):
        """(use, key) of every key in this region's block."""
        yield "delegation key", self.delegation
        for log_key in self.log_keys:
            yield "log key", log_key.key
        for key in self.cosigners:
            yield "cosigner key", key


@dataclass
class Roster:
    federation: str
    version: int
    rules: int
    previous: bytes
    hash: bytes
    replicated: tuple       # (how many, codes)
    regions: dict           # by code
    note: Note

    def keys(self):
        """(region, use, key) of every key of the roster."""
        for region in self.regions.values():
            for use, key in region.keys():
                yield region, use, key

    def origins(self):
        """origin -> (region, incarnation) of every log that the roster knows."""
        return {"%s/%s/%d" % (self.federation, region.code, i.number): (region, i)
                for region in self.regions.values() for i in region.incarnations}


def parse(data):
    """A roster from the bytes of its note; signatures are not looked at."""
    note = Note.parse(data)
    head, blocks = _sections(note.text)
    roster = _head(head, note)
    if len(blocks) > REGIONS_MAX:
        raise Broken("more than %d regions" % REGIONS_MAX)
    for block in blocks:
        region = _region(block, roster.federation)
        if roster.regions and region.code <= max(roster.regions):
            raise Broken("region %s stands out of order" % region.code)
        roster.regions[region.code] = region
    _check_whole(roster)
    return roster


def _sections(text):
    """The words of the head, and of each region's block: {first word: [further words, ...]}."""
    sections = [[]]
    for number, line in enumerate(text.decode()[:-1].split("\n"), 1):
        words = line.split(" ")
        if len(line.encode()) > LINE_MAX_BYTES or len(words) > WORDS_MAX or not all(words):
            raise Broken("line %d: not words with one space between them" % number)
        if words[0] == "region":
            sections.append([])
        sections[-1].append((number, words))
    if len(sections) == 1:
        raise Broken("no region")
    return _section(sections[0], HEAD), [_section(rows, REGION) for rows in sections[1:]]


def _section(rows, rules):
    order = [rule[0] for rule in rules]
    found = {word: [] for word in order}
    at = 0
    for number, words in rows:
        if words[0] not in order:
            raise Broken("line %d: '%s' is not known here" % (number, words[0]))
        if order.index(words[0]) < at:
            raise Broken("line %d: '%s' stands out of order" % (number, words[0]))
        at = order.index(words[0])
        if not rules[at][1] <= len(words) <= rules[at][2]:
            raise Broken("line %d: wrong number of words" % number)
        found[words[0]].append(words[1:])
    for word, _, _, fewest, most in rules:
        if not fewest <= len(found[word]) <= most:
            raise Broken("'%s' stands %d times, %d to %d are right" % (word, len(found[word]), fewest, most))
    return found


def _head(found, note):
    federation = found["federation"][0][0]
    if not re.fullmatch("[a-z0-9]([a-z0-9.-]{0,62}[a-z0-9])?", federation):
        raise Broken("'%s' is no name of a federation" % federation)
    version, rules = (decimal_get(found[word][0][0], SIZE_MAX) for word in ("version", "rules"))
    previous = hex_get(found["previous"][0][0])
    if version == 0 or rules == 0 or (version == 1) != (previous == bytes(32)):
        raise Broken("versions count from 1, and the first alone has no previous one")
    wanted, *codes = found["replicated"][0]
    wanted = decimal_get(wanted, len(codes))
    if codes != sorted(set(codes)) or not all(map(is_region_code, codes)) or (codes and not wanted):
        raise Broken("'replicated' is a number and as many regions or more, ascending")
    return Roster(federation, version, rules, previous, hashlib.sha256(note.text).digest(),
                  (wanted, tuple(codes)), {}, note)


def _region(found, federation):
    code, role, *rest = found["region"][0]
    if not is_region_code(code) or role not in ("participant", "associate", "secretariat"):
        raise Broken("region %s: no such code or class" % code)
    if (role == "secretariat") != (code == "irs") or rest not in ([], ["suspended"]):
        raise Broken("region %s: irs is the secretariat, and only 'suspended' may follow" % code)
    region = Region(code, role, bool(rest))
    try:
        _region_keys(region, found, "%s/%s" % (federation, code))
        _region_rest(region, found)
    except Broken as e:
        raise Broken("region %s: %s" % (code, e)) from None
    return region


def _key(text, key_type, name):
    key = Key.parse(text)
    if key.type != key_type:
        raise Broken("a key of type %s, not %s" % (TYPE_NAMES[key.type], TYPE_NAMES[key_type]))
    if key.name != name:
        raise Broken("a key named %s, not %s" % (key.name, name))
    return key


def _region_keys(region, found, name):
    region.delegation = _key(found["delegation"][0][0], TYPE_ED25519, name + "/delegation")
    for words in found["incarnation"]:
        region.incarnations.append(_incarnation(words, region.incarnations))
    for number, text, first, last in found["log-key"]:
        number = decimal_get(number, len(region.incarnations))
        if number == 0:
            raise Broken("incarnations are numbered from 1")
        key = LogKey(number, _key(text, TYPE_ED25519, "%s/%d" % (name, number)),
                     decimal_get(first, SIZE_MAX), None if last == "-" else decimal_get(last, SIZE_MAX))
        if key.last is not None and key.first > key.last:
            raise Broken("a log key for no size")
        if region.log_keys and region.log_keys[-1].incarnation > number:
            raise Broken("log keys stand in the order of their incarnations")
        region.log_keys.append(key)
    for text, state in found["cosigner-key"]:
        if state not in ("current", "retired"):
            raise Broken("a cosigner key is current or retired")
        key = _key(text, TYPE_COSIGNATURE, name)
        if key in region.cosigners:
            raise Broken("a cosigner key stands twice")
        region.cosigners[key] = state == "retired"
    for text, origin, size in found["retired"]:
        row = (hex_get(text, 4), origin)
        if row in region.retired or row[0] not in [k.id for k, gone in region.cosigners.items() if gone]:
            raise Broken("a 'retired' line for no retired key, or twice")
        region.retired[row] = decimal_get(size, SIZE_MAX)


def _incarnation(words, before):
    number = decimal_get(words[0], SIZE_MAX)
    if number != len(before) + 1 or (before and before[-1].open):
        raise Broken("incarnations are numbered 1, 2, 3, and only the last is open")
    if words[1:] == ["open"]:
        return Incarnation(number, True)
    if len(words) != 4 or words[1] != "closed":
        raise Broken("an incarnation is 'open' or 'closed SIZE ROOT'")
    return Incarnation(number, False, decimal_get(words[2], SIZE_MAX), hex_get(words[3]))


def _region_rest(region, found):
    pins = [hex_get(words[0]) for words in found["tls-pin"]]
    region.pins = set(pins)
    addresses = [words[0] for words in found["address"]]
    region.addresses = set(addresses)
    if len(region.addresses) != len(addresses) or not all(map(_is_address, addresses)):
        raise Broken("not an IP:PORT, or one that stands twice")
    for word in ("operator", "auditor"):
        for name, pin in found[word]:
            if not re.fullmatch("[a-z][a-z0-9._-]{0,31}", name) or (word, name) in region.people:
                raise Broken("%s %s: no such name, or twice" % (word, name))
            region.people[word, name] = hex_get(pin)
            pins.append(region.people[word, name])
    if len(set(pins)) != len(pins):
        raise Broken("a pin stands twice")
    if region.incarnations[-1].open and region.incarnations[-1].number not in (
            k.incarnation for k in region.log_keys):
        raise Broken("its open incarnation has no log key")
    if all(region.cosigners.values()):
        raise Broken("no current cosigner key")


def _is_address(text):
    """An IP literal in the system's own spelling, and a port."""
    m = re.fullmatch(r"(?:\[([^\]]*)\]|([^:]*)):([1-9][0-9]{0,4})", text)
    if not m or int(m[3]) > 65535:
        return False
    family, ip = (socket.AF_INET6, m[1]) if m[1] is not None else (socket.AF_INET, m[2])
    try:
        return socket.inet_ntop(family, socket.inet_pton(family, ip)) == ip
    except (OSError, ValueError):
        return False


def _check_whole(roster):
    """What holds between the regions."""
    public = [key.public for _, _, key in roster.keys()]
    if len(set(public)) != len(public):
        raise Broken("a public key stands twice")
    pins = [pin for r in roster.regions.values() for pin in list(r.pins) + list(r.people.values())]
    if len(set(pins)) != len(pins):
        raise Broken("a pin stands twice")
    if not any(r.has_vote() for r in roster.regions.values()):
        raise Broken("no participant that may vote")
    for code in roster.replicated[1]:
        if code not in roster.regions:
            raise Broken("'replicated' names %s, which is no region" % code)
    origins = roster.origins()
    for region in roster.regions.values():
        for _, origin in region.retired:
            if origin not in origins:
                raise Broken("region %s: 'retired' names an unknown log" % region.code)
