# SPDX-License-Identifier: Apache-2.0
"""The kinds of records: their messages (proto/registry.proto), what makes a payload valid, and under
which keys the record is found (rules version 2).

Which kinds there are is read from proto/kinds.def, the table that imsd is built from; what they mean
is written here again. A kind of the table that this file does not know folds as unknown, and says so.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Callable, Optional

from . import fields as f
from . import programme
from .common import DOMAINS_MAX, HEADER, KEYWORDS_MAX, LINK, PLATFORMS_MAX, SOURCE, TEXT, folded, source_value
from .pb import Message
from .words import Broken

RULES_VERSION = 2
PAYLOAD_MAX_BYTES = 65536
KEY_MAX_BYTES, KEY_CUT_BYTES = 256, 223

ORGANISATION = Message(
    "Organisation",
    (1, "header", HEADER),
    (2, "name", "string"),
    (3, "short_name", "string"),
    (4, "country", "string"),
    (5, "city", "string"),
    (6, "type", "string"),
    (7, "links", [LINK]),
    (8, "sources", [SOURCE]),
    (9, "ror", "string"),
    (10, "pic", "string"),
    (11, "aliases", [TEXT]),
    (12, "about", [TEXT]),
    (13, "domains", ["string"]),
    (14, "platforms", ["string"]),
    (15, "keywords", ["string"]),
)
PARTICIPANT = Message(
    "Participant",
    (1, "organisation", "string"),
    (2, "role", "string"),
    (3, "country", "string"),
    (4, "share_hundredths", "int64"),
)
INITIATIVE = Message(
    "Initiative",
    (1, "header", HEADER),
    (2, "title", [TEXT]),
    (3, "abstract", [TEXT]),
    (4, "acronym", "string"),
    (5, "platform", "string"),
    (6, "domains", ["string"]),
    (7, "budget_hundredths", "int64"),
    (8, "currency", "string"),
    (9, "start", "string"),
    (10, "end", "string"),
    (11, "state", "string"),
    (12, "participants", [PARTICIPANT]),
    (13, "links", [LINK]),
    (14, "source", SOURCE),
    (15, "keywords", ["string"]),
    (16, "programme", "string"),
    (17, "originator", "string"),
)
CONTACT = Message(
    "Contact",
    (1, "header", HEADER),
    (2, "name", "string"),
    (3, "email", "string"),
    (4, "phone", "string"),
    (5, "role", "string"),
    (6, "organisation", "string"),
    (7, "languages", ["string"]),
)


# ---- rules: each yields (field, is it as it must be?)

def organisation_rules(m, home):
    yield "name", f.is_line(m["name"], 300, required=True)
    yield "short_name", f.is_line(m["short_name"], 100)
    yield "country", f.is_country(m["country"], required=True)
    yield "city", f.is_line(m["city"], 200)
    yield "type", f.is_code(m["type"])
    yield "links", f.are_links(m["links"])
    yield "sources", len(m["sources"]) <= 20 and all(map(f.is_source, m["sources"]))
    yield "ror", not m["ror"] or f.is_ror(m["ror"])
    yield "pic", not m["pic"] or f.is_pic(m["pic"])
    yield "aliases", len(m["aliases"]) <= 50 and all(map(is_alias, m["aliases"]))
    yield "about", f.are_texts(m["about"], f.is_long)
    yield "domains", f.are_codes(m["domains"], DOMAINS_MAX)
    yield "platforms", f.are_codes(m["platforms"], PLATFORMS_MAX)
    yield "keywords", f.are_lines(m["keywords"], KEYWORDS_MAX, 200)


def is_alias(alias):
    return (not alias["lang"] or f.is_language(alias["lang"])) and f.is_line(alias["text"], 300, required=True)


def participant_is_valid(p):
    return (f.is_record(p["organisation"], "o", required=True) and f.is_code(p["role"], required=True)
            and f.is_country(p["country"], required=True) and p["share_hundredths"] >= 0)


def initiative_rules(m, home):
    organisations = [p["organisation"] for p in m["participants"]]
    yield "title", f.are_texts(m["title"], f.is_title, required=True)
    yield "abstract", f.are_texts(m["abstract"], f.is_long)
    yield "acronym", f.is_line(m["acronym"], 60)
    yield "platform", f.is_code(m["platform"])
    yield "domains", f.are_codes(m["domains"], DOMAINS_MAX)
    yield "budget_hundredths", m["budget_hundredths"] >= 0
    yield "currency", f.is_currency(m["currency"], required=m["budget_hundredths"] > 0)
    yield "start", f.is_day(m["start"])
    yield "end", f.is_day(m["end"]) and (not m["end"] or m["end"] >= m["start"])
    yield "state", f.is_code(m["state"], required=True)
    yield "participants", (len(organisations) <= 500 and len(set(organisations)) == len(organisations)
                           and all(map(participant_is_valid, m["participants"])))
    yield "links", f.are_links(m["links"])
    yield "source", m["source"] is None or f.is_source(m["source"])
    yield "keywords", f.are_lines(m["keywords"], KEYWORDS_MAX, 200)
    yield "programme", f.is_line(m["programme"], 200)
    yield "originator", f.is_record(m["originator"], "o")


def contact_rules(m, home):
    yield "name", f.is_line(m["name"], 200) and (m["name"] or m["role"]) != ""
    yield "email", f.is_email(m["email"])
    yield "phone", f.is_phone(m["phone"])
    yield "role", f.is_code(m["role"])
    yield "organisation", f.is_record(m["organisation"], "o")
    yield "languages", f.are_languages(m["languages"])


# ---- keys: each yields (name, value)

def organisation_keys(m):
    yield "natural.name", "%s|%s" % (folded(m["name"]), m["country"])
    yield "country", m["country"]
    yield "type", m["type"]
    for source in m["sources"]:
        yield "source", source_value(source)
    yield "ror", m["ror"]
    yield "pic", m["pic"]
    for domain in m["domains"]:
        yield "domain", domain
    for platform in m["platforms"]:
        yield "platform", platform


def initiative_keys(m):
    if m["source"] is not None:
        yield "natural.source", source_value(m["source"])
        yield "source", source_value(m["source"])
    yield "acronym", folded(m["acronym"])
    yield "state", m["state"]
    yield "platform", m["platform"]
    for domain in m["domains"]:
        yield "domain", domain
    for p in m["participants"]:
        yield "participant", p["organisation"]
        yield "country", p["country"]
    yield "originator", m["originator"]


def contact_keys(m):
    yield "organisation", m["organisation"]
    yield "role", m["role"]


def key_bytes(value):
    """A key's value as bytes; a long one is cut, with a hash of all of it at its end."""
    data = value.encode()
    if len(data) <= KEY_MAX_BYTES:
        return data
    return data[:KEY_CUT_BYTES] + b"#" + hashlib.sha256(data).hexdigest()[:32].encode()


# ---- the table

MEANINGS = {
    "organisation": (ORGANISATION, organisation_rules, organisation_keys),
    "initiative": (INITIATIVE, initiative_rules, initiative_keys),
    "contact": (CONTACT, contact_rules, contact_keys),
    **programme.MEANINGS,
}


@dataclass(frozen=True)
class Kind:
    """A row of kinds.def, with what this checker knows of it."""
    name: str
    letter: str
    max_bytes: int
    audience: str
    message: Optional[Message]
    rules: Optional[Callable]
    keys_of: Optional[Callable]
    is_once: bool = False  # a record has one revision, which is never withdrawn

    @property
    def is_known(self):
        return self.message is not None

    def check(self, payload, home=None):
        """The message of a payload of a record of this home; Broken when it breaks a rule that all nodes
        share."""
        if len(payload) > self.max_bytes:
            raise Broken("%d bytes, at most %d" % (len(payload), self.max_bytes))
        m = self.message.decode(payload)
        wrong = [] if f.is_header(m["header"]) else ["header"]
        wrong += [field for field, good in self.rules(m, home) if not good]
        if wrong:
            raise Broken("invalid: " + ", ".join(wrong))
        return m

    def keys(self, m):
        """{(name, value as bytes)} of a message that check() returned."""
        return {(name, key_bytes(value)) for name, value in self.keys_of(m) if value}


def load(path):
    """{name: Kind} from proto/kinds.def."""
    row = re.compile(r'^KIND\(\s*(\w+)\s*,\s*"([a-z]+)"\s*,\s*\w+\s*,\s*\w+\s*,\s*([0-9]+)\s*,\s*([A-Z]+)\s*,', re.M)
    with open(path, encoding="utf-8") as file:
        text = file.read()
    found, once = row.findall(text), re.findall(r"^KIND_ONCE\((\w+)\)", text, re.M)
    if not found:
        raise Broken("%s: no kinds" % path)
    return {name: Kind(name, letter, int(most), audience, *MEANINGS.get(name, (None, None, None)), is_once=name in once)
            for name, letter, most, audience in found}
