# SPDX-License-Identifier: Apache-2.0
"""The kinds of the programme: needs, descriptions, agreements, and what regions do about an initiative.

Like kinds.py: rules yield (field, is it as it must be?) of a message and its record's home region (None
when that is not known), keys yield (name, value).
"""

import hashlib

from . import cms, fields as f
from .common import CITATION, DOMAINS_MAX, HEADER, KEYWORDS_MAX, LINK, PLATFORMS_MAX, TEXT, folded
from .pb import Message

REGION = Message(
    "Region", (1, "header", HEADER), (2, "name", [TEXT]), (3, "countries", ["string"]), (4, "host", "string"),
    (5, "languages", ["string"]), (6, "links", [LINK]), (7, "joined", "string"), (8, "about", [TEXT]))
SECRETARIAT = Message(
    "Secretariat", (1, "header", HEADER), (2, "name", [TEXT]), (3, "host", "string"), (4, "address", ["string"]),
    (5, "country", "string"), (6, "email", "string"), (7, "phone", "string"), (8, "languages", ["string"]),
    (9, "contacts", ["string"]), (10, "links", [LINK]))
NEED = Message(
    "Need", (1, "header", HEADER), (2, "initiative", "string"), (3, "anonymous", "bool"),
    (4, "owner_country", "string"), (5, "owner_type", "string"), (6, "title", [TEXT]), (7, "description", [TEXT]),
    (8, "domains", ["string"]), (9, "platforms", ["string"]), (10, "keywords", ["string"]),
    (11, "organisation_types", ["string"]), (12, "regions", ["string"]), (13, "countries", ["string"]),
    (14, "role", "string"), (15, "deadline", "string"), (16, "expiry", "string"), (17, "state", "string"))
OWNER = Message("NeedOwner", (1, "header", HEADER), (2, "need", "string"), (3, "initiative", "string"))
INTEREST = Message(
    "Interest", (1, "header", HEADER), (2, "need", CITATION), (3, "organisation", "string"), (4, "name", "string"),
    (5, "country", "string"), (6, "organisation_type", "string"), (7, "cooperation", [TEXT]),
    (8, "questions", [TEXT]), (9, "about", [TEXT]), (10, "contact", "string"), (11, "answer_by", "string"))
ANSWER = Message(
    "InterestAnswer", (1, "header", HEADER), (2, "interest", CITATION), (3, "decision", "string"),
    (4, "reason", [TEXT]), (5, "initiative", "string"), (6, "contact", "string"), (7, "meet_by", "string"))
TEMPLATE_SECTION = Message("TemplateSection", (1, "id", "string"), (2, "title", [TEXT]), (3, "guidance", [TEXT]),
                           (4, "required", "bool"))
TEMPLATE = Message(
    "Template", (1, "header", HEADER), (2, "name", "string"), (3, "version", "uint32"), (4, "title", [TEXT]),
    (5, "pages_max", "uint32"), (6, "columns", "uint32"), (7, "lines", "uint32"), (8, "sections", [TEMPLATE_SECTION]))
DESCRIPTION_SECTION = Message("DescriptionSection", (1, "id", "string"), (2, "text", "string"))
DESCRIPTION = Message(
    "Description", (1, "header", HEADER), (2, "initiative", "string"), (3, "template", CITATION),
    (4, "lang", "string"), (5, "sections", [DESCRIPTION_SECTION]), (6, "document", "string"))
ASSIGNMENT = Message(
    "CoachAssignment", (1, "header", HEADER), (2, "initiative", "string"), (3, "coach", "string"),
    (4, "contact", "string"), (5, "start", "string"), (6, "end", "string"))
NOTE = Message(
    "CaseNote", (1, "header", HEADER), (2, "initiative", "string"), (3, "day", "string"), (4, "topic", "string"),
    (5, "text", [TEXT]), (6, "next_action", "string"))
WAIVER = Message("Waiver", (1, "header", HEADER), (2, "initiative", "string"), (3, "step", "string"),
                 (4, "reason", [TEXT]))
AGREEMENT_TEXT = Message("AgreementText", (1, "lang", "string"), (2, "text", "string"), (3, "document", "string"),
                         (4, "sha256", "bytes"))
PARTY = Message("Party", (1, "organisation", "string"), (2, "region", "string"))
AGREEMENT = Message(
    "Agreement", (1, "header", HEADER), (2, "initiative", "string"), (3, "version", "uint32"), (4, "title", [TEXT]),
    (5, "texts", [AGREEMENT_TEXT]), (6, "parties", [PARTY]), (7, "covers", ["string"]))
CMS = Message("CmsParts", (1, "key", "bytes"), (2, "algorithm", "string"), (3, "signed_bytes", "bytes"),
              (4, "signature", "bytes"), (5, "certificate_sha256", "bytes"))
PAPER = Message("PaperParts", (1, "day", "string"), (2, "document", "string"), (3, "statement", [TEXT]))
SIGNATURE = Message(
    "Signature", (1, "header", HEADER), (2, "agreement", CITATION), (3, "lang", "string"),
    (4, "organisation", CITATION), (5, "region", "string"), (6, "signatory", "string"), (7, "cms", CMS),
    (8, "paper", PAPER))
COUNTED = Message("Counted", (1, "signature", CITATION), (2, "region", "string"))
CONCLUSION = Message("Conclusion", (1, "header", HEADER), (2, "agreement", CITATION), (3, "roster_version", "uint64"),
                     (4, "counted", [COUNTED]), (5, "initiative", "string"))
ENDORSEMENT = Message("Endorsement", (1, "header", HEADER), (2, "subject", CITATION), (3, "text", [TEXT]))
NOTICE = Message(
    "Notice", (1, "header", HEADER), (2, "initiative", CITATION), (3, "text", [TEXT]), (4, "published", "string"),
    (5, "due_days", "uint32"), (6, "links", [LINK]))
ACKNOWLEDGEMENT = Message(
    "Acknowledgement", (1, "header", HEADER), (2, "notice", CITATION), (3, "published", "string"),
    (4, "reach", "uint64"), (5, "channels", ["string"]), (6, "note", [TEXT]))
OVERLAP = Message("OverlapLink", (1, "header", HEADER), (2, "one", CITATION), (3, "other", CITATION),
                  (4, "relation", "string"), (5, "reason", [TEXT]))
MERGE = Message("Merge", (1, "header", HEADER), (2, "initiative", "string"), (3, "into", CITATION),
                (4, "reason", [TEXT]))
DOCUMENT = Message(
    "Document", (1, "header", HEADER), (2, "name", "string"), (3, "media_type", "string"), (4, "bytes", "uint64"),
    (5, "sha256", "bytes"), (6, "title", [TEXT]), (7, "lang", "string"))
MESSAGES = (REGION, SECRETARIAT, NEED, OWNER, INTEREST, ANSWER, TEMPLATE_SECTION, TEMPLATE, DESCRIPTION_SECTION,
            DESCRIPTION, ASSIGNMENT, NOTE, WAIVER, AGREEMENT_TEXT, PARTY, AGREEMENT, CMS, PAPER, SIGNATURE, COUNTED,
            CONCLUSION, ENDORSEMENT, NOTICE, ACKNOWLEDGEMENT, OVERLAP, MERGE, DOCUMENT)

VERSION_MAX, SECTIONS_MAX, INT64_MAX, DOCUMENT_MAX_BYTES = 100000, 50, 2**63 - 1, 16 << 20
AGREEMENT_TEXT_MAX_BYTES, PARTIES_MAX, COUNTED_MAX = 60000, 200, 200
KEY_DER_MAX_BYTES, ATTRIBUTES_MAX_BYTES, SIGNATURE_MAX_BYTES = 2048, 4096, 2048


# ---- rules

def region_rules(m, home):
    yield "name", f.are_texts(m["name"], f.is_title, required=True)
    yield "countries", len(m["countries"]) >= 1 and f.are_countries(m["countries"])
    yield "host", f.is_record(m["host"], "o")
    yield "languages", f.are_languages(m["languages"])
    yield "links", f.are_links(m["links"])
    yield "joined", f.is_day(m["joined"])
    yield "about", f.are_texts(m["about"], f.is_long)


def secretariat_rules(m, home):
    yield "name", f.are_texts(m["name"], f.is_title, required=True)
    yield "host", f.is_record(m["host"], "o")
    yield "address", f.are_lines(m["address"], 10, 200)
    yield "country", f.is_country(m["country"])
    yield "email", f.is_email(m["email"])
    yield "phone", f.is_phone(m["phone"])
    yield "languages", f.are_languages(m["languages"])
    yield "contacts", f.are_set(m["contacts"], 50, lambda c: f.is_record(c, "c", required=True))
    yield "links", f.are_links(m["links"])


def need_rules(m, home):
    anonymous = m["anonymous"]
    yield "initiative", (not m["initiative"] if anonymous
                         else f.is_own_record(m["initiative"], "i", home, required=True))
    yield "owner_country", f.is_country(m["owner_country"], required=anonymous)
    yield "owner_type", f.is_code(m["owner_type"])
    yield "title", f.are_texts(m["title"], f.is_title, required=True)
    yield "description", f.are_texts(m["description"], f.is_long)
    yield "domains", f.are_codes(m["domains"], DOMAINS_MAX)
    yield "platforms", f.are_codes(m["platforms"], PLATFORMS_MAX)
    yield "keywords", f.are_lines(m["keywords"], KEYWORDS_MAX, 200)
    yield "organisation_types", f.are_codes(m["organisation_types"], 20)
    yield "regions", f.are_set(m["regions"], 64, f.is_participant_code)
    yield "countries", f.are_countries(m["countries"])
    yield "role", f.is_code(m["role"])
    yield "deadline", f.is_day(m["deadline"])
    yield "expiry", f.is_day(m["expiry"], required=True)
    yield "state", f.is_code(m["state"], required=True)


def owner_rules(m, home):
    yield "need", f.is_own_record(m["need"], "n", home, required=True)
    yield "initiative", f.is_own_record(m["initiative"], "i", home, required=True)


def interest_rules(m, home):
    in_words = not m["organisation"]
    yield "need", f.is_citation(m["need"], "n")
    yield "organisation", f.is_own_record(m["organisation"], "o", home)
    yield "name", f.is_line(m["name"], 300, required=in_words)
    yield "country", f.is_country(m["country"], required=in_words)
    yield "organisation_type", f.is_code(m["organisation_type"])
    yield "cooperation", f.are_texts(m["cooperation"], f.is_long, required=True)
    yield "questions", f.are_texts(m["questions"], f.is_long)
    yield "about", f.are_texts(m["about"], f.is_long)
    yield "contact", f.is_record(m["contact"], "c")
    yield "answer_by", f.is_day(m["answer_by"])


def answer_rules(m, home):
    yield "interest", f.is_citation(m["interest"], "x")
    yield "decision", f.is_code(m["decision"], required=True)
    yield "reason", f.are_texts(m["reason"], f.is_long)
    yield "initiative", (f.is_own_record(m["initiative"], "i", home)
                         and (not m["initiative"] or m["decision"] == "accepted"))
    yield "contact", f.is_record(m["contact"], "c")
    yield "meet_by", f.is_day(m["meet_by"])


def are_sections(sections, is_good):
    return (len(sections) <= SECTIONS_MAX and all(f.is_slug(s["id"]) and is_good(s) for s in sections)
            and f.are_distinct([s["id"] for s in sections]))


def template_rules(m, home):
    yield "name", f.is_slug(m["name"])
    yield "version", 1 <= m["version"] <= VERSION_MAX
    yield "title", f.are_texts(m["title"], f.is_title, required=True)
    yield "pages_max", 1 <= m["pages_max"] <= 100
    yield "columns", 20 <= m["columns"] <= 400
    yield "lines", 10 <= m["lines"] <= 400
    yield "sections", len(m["sections"]) >= 1 and are_sections(
        m["sections"], lambda s: (f.are_texts(s["title"], f.is_title, required=True)
                                  and f.are_texts(s["guidance"], f.is_long)))


def description_rules(m, home):
    yield "initiative", f.is_own_record(m["initiative"], "i", home, required=True)
    yield "template", f.is_citation(m["template"], "t")
    yield "lang", f.is_language(m["lang"])
    yield "sections", ((m["sections"] or m["document"]) and
                       are_sections(m["sections"], lambda s: f.is_long(s["text"])))
    yield "document", f.is_record(m["document"], "b")


def assignment_rules(m, home):
    yield "initiative", f.is_own_record(m["initiative"], "i", home, required=True)
    yield "coach", f.is_line(m["coach"], 64, required=True)
    yield "contact", f.is_record(m["contact"], "c")
    yield "start", f.is_day(m["start"], required=True)
    yield "end", f.is_day(m["end"]) and (not m["end"] or m["end"] >= m["start"])


def note_rules(m, home):
    yield "initiative", f.is_record(m["initiative"], "i", required=True)
    yield "day", f.is_day(m["day"], required=True)
    yield "topic", f.is_code(m["topic"], required=True)
    yield "text", f.are_texts(m["text"], f.is_long, required=True)
    yield "next_action", f.is_day(m["next_action"])


def waiver_rules(m, home):
    yield "initiative", f.is_own_record(m["initiative"], "i", home, required=True)
    yield "step", f.is_code(m["step"], required=True)
    yield "reason", f.are_texts(m["reason"], f.is_long, required=True)


def is_agreement_text(t):
    if bool(t["text"]) == bool(t["document"]) or not f.is_language(t["lang"]) or len(t["sha256"]) != 32:
        return False
    if t["document"]:
        return f.is_record(t["document"], "b")
    return (f.is_long(t["text"], AGREEMENT_TEXT_MAX_BYTES)
            and hashlib.sha256(t["text"].encode()).digest() == t["sha256"])


def is_party(p):
    return f.is_record(p["organisation"], "o", required=True) and f.is_home_of(p["region"], p["organisation"])


def moa_rules(m, home):
    yield "initiative", f.is_own_record(m["initiative"], "i", home, required=True)
    yield "version", 1 <= m["version"] <= VERSION_MAX
    yield "title", f.are_texts(m["title"], f.is_title, required=True)
    yield "texts", (1 <= len(m["texts"]) <= 30 and all(map(is_agreement_text, m["texts"]))
                    and f.are_distinct([t["lang"] for t in m["texts"]]))
    yield "parties", (len(m["parties"]) <= PARTIES_MAX and all(map(is_party, m["parties"]))
                      and f.are_distinct([p["organisation"] for p in m["parties"]]))
    yield "covers", f.are_codes(m["covers"], 50)


def is_cms(c):
    return (1 <= len(c["key"]) <= KEY_DER_MAX_BYTES and f.is_code(c["algorithm"], required=True)
            and 1 <= len(c["signed_bytes"]) <= ATTRIBUTES_MAX_BYTES and 1 <= len(c["signature"]) <= SIGNATURE_MAX_BYTES
            and len(c["certificate_sha256"]) in (0, 32)
            and cms.verify(c["key"], c["algorithm"], c["signed_bytes"], c["signature"]))


def is_paper(p):
    return (f.is_day(p["day"], required=True) and f.is_record(p["document"], "b")
            and f.are_texts(p["statement"], f.is_long, required=True))


def signature_rules(m, home):
    organisation = m["organisation"]
    yield "agreement", f.is_citation(m["agreement"], "m")
    yield "lang", f.is_language(m["lang"])
    yield "organisation", f.is_own_citation(organisation, "o", home)
    yield "region", (organisation is not None and f.is_home_of(m["region"], organisation["record"]))
    yield "signatory", f.is_record(m["signatory"], "c")
    yield "cms", (m["cms"] is None) != (m["paper"] is None) and (m["cms"] is None or is_cms(m["cms"]))
    yield "paper", m["paper"] is None or is_paper(m["paper"])


def conclusion_rules(m, home):
    records = [c["signature"]["record"] for c in m["counted"] if c["signature"]]
    yield "agreement", f.is_own_citation(m["agreement"], "m", home)
    yield "initiative", f.is_own_record(m["initiative"], "i", home, required=True)
    yield "roster_version", 1 <= m["roster_version"] <= INT64_MAX
    yield "counted", (1 <= len(m["counted"]) <= COUNTED_MAX and len(set(records)) == len(m["counted"])
                      and all(f.is_citation(c["signature"], "sg")
                              and f.is_home_of(c["region"], c["signature"]["record"]) for c in m["counted"]))


def endorsement_rules(m, home):
    yield "subject", f.is_citation(m["subject"], "i m")
    yield "text", f.are_texts(m["text"], f.is_long)


def notice_rules(m, home):
    yield "initiative", f.is_citation(m["initiative"], "i")
    yield "text", f.are_texts(m["text"], f.is_long, required=True)
    yield "published", f.is_day(m["published"], required=True)
    yield "due_days", m["due_days"] <= 366
    yield "links", f.are_links(m["links"])


def acknowledgement_rules(m, home):
    yield "notice", f.is_citation(m["notice"], "mn")
    yield "published", f.is_day(m["published"], required=True)
    yield "reach", m["reach"] <= INT64_MAX
    yield "channels", f.are_codes(m["channels"], 30)
    yield "note", f.are_texts(m["note"], f.is_long)


def overlap_rules(m, home):
    one, other = m["one"], m["other"]
    yield "one", f.is_citation(one, "i")
    yield "other", f.is_citation(other, "i") and (one is None or one["record"] != other["record"])
    yield "relation", f.is_code(m["relation"], required=True)
    yield "reason", f.are_texts(m["reason"], f.is_long)


def merge_rules(m, home):
    yield "initiative", f.is_own_record(m["initiative"], "i", home, required=True)
    yield "into", f.is_citation(m["into"], "i") and m["into"]["record"] != m["initiative"]
    yield "reason", f.are_texts(m["reason"], f.is_long)


def document_rules(m, home):
    yield "name", f.is_line(m["name"], 200, required=True)
    yield "media_type", f.is_media_type(m["media_type"])
    yield "bytes", 1 <= m["bytes"] <= DOCUMENT_MAX_BYTES
    yield "sha256", len(m["sha256"]) == 32
    yield "title", f.are_texts(m["title"], f.is_title)
    yield "lang", not m["lang"] or f.is_language(m["lang"])


# ---- keys: a row a key, (name, how to get at its values)

def at(*path):
    """Values at a path of fields: through lists, none where a message is missing."""
    def values(m):
        found = [m]
        for field in path:
            found = [v for one in found if one is not None
                     for v in (one[field] if isinstance(one[field], list) else [one[field]])]
        return found
    return values


def cited(field):
    return at(field, "record")


def only(_):
    return ["only"]


def folded_lang(m):
    return [folded(m["lang"])]


def pair(m):
    return ["|".join(sorted((m["one"]["record"], m["other"]["record"])))]


def keys(*rows):
    def yield_keys(m):
        for name, values in rows:
            for value in values(m):
                yield name, value
    return yield_keys


ABOUT = ("about", at("initiative"))
MEANINGS = {
    "region": (REGION, region_rules, keys(
        ("natural.region", only), ("country", at("countries")), ("host", at("host")))),
    "secretariat": (SECRETARIAT, secretariat_rules, keys(
        ("natural.secretariat", only), ("country", at("country")), ("host", at("host")),
        ("contact", at("contacts")))),
    "need": (NEED, need_rules, keys(
        ABOUT, ("state", at("state")), ("domain", at("domains")), ("platform", at("platforms")),
        ("type", at("organisation_types")), ("region", at("regions")), ("country", at("countries")),
        ("role", at("role")))),
    "owner": (OWNER, owner_rules, keys(("about", at("need")), ABOUT)),
    "interest": (INTEREST, interest_rules, keys(("about", cited("need")), ("organisation", at("organisation")))),
    "answer": (ANSWER, answer_rules, keys(("about", cited("interest")), ABOUT, ("decision", at("decision")))),
    "template": (TEMPLATE, template_rules, keys(
        ("natural.template", lambda m: ["%s|%d" % (m["name"], m["version"])]), ("name", at("name")))),
    "description": (DESCRIPTION, description_rules, keys(
        ("natural.description", lambda m: ["%s|%s" % (m["initiative"], folded(m["lang"]))]), ABOUT,
        ("lang", folded_lang), ("template", cited("template")))),
    "assignment": (ASSIGNMENT, assignment_rules, keys(ABOUT, ("coach", at("coach")))),
    "note": (NOTE, note_rules, keys(ABOUT, ("topic", at("topic")))),
    "waiver": (WAIVER, waiver_rules, keys(
        ("natural.waiver", lambda m: ["%s|%s" % (m["initiative"], m["step"])]), ABOUT, ("step", at("step")))),
    "moa": (AGREEMENT, moa_rules, keys(
        ABOUT, ("party", at("parties", "organisation")), ("region", at("parties", "region")))),
    "signature": (SIGNATURE, signature_rules, keys(
        ("about", cited("agreement")), ("organisation", cited("organisation")), ("region", at("region")))),
    "conclusion": (CONCLUSION, conclusion_rules, keys(
        ABOUT, ("about", cited("agreement")),
        ("signature", at("counted", "signature", "record")))),
    "endorsement": (ENDORSEMENT, endorsement_rules, keys(
        ("natural.endorsement", cited("subject")), ("about", cited("subject")))),
    "notice": (NOTICE, notice_rules, keys(("about", cited("initiative")))),
    "acknowledgement": (ACKNOWLEDGEMENT, acknowledgement_rules, keys(
        ("natural.acknowledgement", cited("notice")), ("about", cited("notice")))),
    "overlap": (OVERLAP, overlap_rules, keys(
        ("natural.overlap", pair), ("about", cited("one")), ("about", cited("other")),
        ("relation", at("relation")))),
    "merge": (MERGE, merge_rules, keys(("natural.merge", at("initiative")), ABOUT, ("into", cited("into")))),
    "document": (DOCUMENT, document_rules, keys(
        ("natural.sha256", lambda m: [m["sha256"].hex()]), ("sha256", lambda m: [m["sha256"].hex()]),
        ("type", at("media_type")))),
}
