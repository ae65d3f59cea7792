# SPDX-License-Identifier: Apache-2.0
"""A small federation for the checker's tests: rosters, signed logs and their export, made here from
the formats and openssl's keys, with nothing of the checker's own code."""

import base64
import hashlib
import json
import os
import subprocess

FEDERATION = "ims.example"
NOTE_KEY, COSIGNER_KEY = 1, 4
PRIVATE_DER_FRONT = bytes.fromhex("302e020100300506032b657004220420")
PUBLIC, FOR_ALL, NAMED = 1, 2, 3
PUT, WITHDRAW = 1, 2


def b64(data):
    return base64.b64encode(data).decode()


def sha256(data):
    return hashlib.sha256(data).digest()


def tree_root(leaves):
    """MTH of RFC 6962, as its text has it."""
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return sha256(b"\x01" + tree_root(leaves[:k]) + tree_root(leaves[k:]))


def openssl(*args, data=b""):
    return subprocess.run(["openssl", *args], input=data, stdout=subprocess.PIPE, check=True).stdout


class Signer:
    """A key from a seed that is made of its name and `salt`."""

    def __init__(self, folder, name, key_type=NOTE_KEY, seed=None, salt=""):
        self.name, self.type = name, key_type
        der = PRIVATE_DER_FRONT + (seed or sha256((name + salt).encode()))
        self.path = os.path.join(folder, sha256(der).hex())
        with open(self.path, "wb") as f:
            f.write(der)
        spki = openssl("pkey", "-inform", "DER", "-in", self.path, "-pubout", "-outform", "DER")
        self.public = spki[-32:]

    def id(self, key_type=None):
        blob = self.name.encode() + b"\n" + bytes([key_type or self.type]) + self.public
        return sha256(blob)[:4]

    def vkey(self):
        return "%s+%s+%s" % (self.name, self.id().hex(), b64(bytes([self.type]) + self.public))

    def sign(self, message):
        path = self.path + ".message"
        with open(path, "wb") as f:
            f.write(message)
        return openssl("pkeyutl", "-sign", "-keyform", "DER", "-inkey", self.path, "-rawin", "-in", path)

    def line(self, text):
        """A note signature; a cosigner key signs here as the note key of its name."""
        return "\u2014 %s %s\n" % (self.name, b64(self.id(NOTE_KEY) + self.sign(text.encode())))

    def cosign(self, text, time_s):
        message = "cosignature/v1\ntime %d\n%s" % (time_s, text)
        return "\u2014 %s %s\n" % (
            self.name, b64(self.id() + time_s.to_bytes(8, "big") + self.sign(message.encode())))


# ---- protobuf, written

def varint(n):
    n %= 1 << 64
    out = b""
    while n > 0x7F:
        out += bytes([n & 0x7F | 0x80])
        n >>= 7
    return out + bytes([n])


def message(*fields):
    """(number, value) pairs: numbers, texts and bytes; zero values and None are left out."""
    out = b""
    for number, value in fields:
        if isinstance(value, str):
            value = value.encode()
        if value in (None, 0, b""):
            continue
        if isinstance(value, int):
            out += varint(number << 3) + varint(value)
        else:
            out += varint(number << 3 | 2) + varint(len(value)) + value
    return out


def organisation(name, country="DE", source=None):
    return message((1, message((1, "op1"))), (2, name), (4, country), (6, "sme"),
                   (8, source and message((1, "cordis"), (2, source))))


def initiative(acronym, *organisations, state="active"):
    return message(
        (1, message((1, "op1"))), (2, message((1, "en"), (2, "A title"))), (4, acronym), (5, "P1"),
        (6, "T01"), (7, 1000), (8, "EUR"), (9, "2024-02-29"), (10, "2025-01-01"), (11, state),
        *((12, message((1, o), (2, "participant"), (3, "DE"))) for o in organisations),
        (14, message((1, "cordis"), (2, "101"))))


def contact(name, role="coach", organisation_id=None):
    return message((1, message((1, "op1"))), (2, name), (3, "a@b.example"), (5, role), (6, organisation_id))


# ---- logs

class Log:
    """Entries of one origin and the row of each in an export."""

    def __init__(self, origin, log_key):
        self.origin, self.log_key = origin, log_key
        self.rows, self.entries = [], []
        self.size, self.checkpoint = None, None

    def add(self, kind, record, revision, payload=None, operation=PUT, audience=PUBLIC, state=None, **other):
        index = len(self.rows)
        salt = sha256(b"salt %d" % index) if payload is not None else b""
        fields = {"format": 1, "origin": self.origin, "index": index, "time": 1700000000000 + index,
                  "roster": 1, **other}
        entry = message(
            (1, fields["format"]), (2, fields["origin"]), (3, fields["index"]), (4, fields["time"]),
            (5, fields["roster"]), (6, kind), (7, record), (8, revision), (9, operation), (10, audience),
            (11, salt and sha256(b"\x02" + salt + payload)))
        here = state in (None, "here") and payload is not None
        self.rows.append({
            "origin": self.origin, "index": index, "entry": b64(entry), "salt": b64(salt) if here else "",
            "payload": b64(payload) if here else "",
            "payload_state": state or ("here" if payload is not None else "none")})

    def leaves(self):
        return [sha256(b"\x00" + base64.b64decode(row["entry"])) for row in self.rows]

    def text(self, **other):
        head = {"origin": self.origin, "size": len(self.rows), "root": tree_root(self.leaves())}
        head.update(other)
        return "%s\n%d\n%s\n" % (head["origin"], head["size"], b64(head["root"]))

    def sign(self, cosigners=(), log_key=None, **other):
        """The checkpoint over the rows as they stand; `other` are its lies."""
        text = self.text(**other)
        self.size = len(self.rows)
        self.checkpoint = text + "\n" + (log_key or self.log_key).line(text) + "".join(
            c.cosign(text, 1700000000 + i) for i, c in enumerate(cosigners))

    def lines(self):
        yield {"origin": self.origin, "size": self.size, "checkpoint": self.checkpoint}
        yield from self.rows


# ---- the federation

class Region:
    def __init__(self, folder, code, role="participant"):
        self.code, self.role = code, role
        name = "%s/%s" % (FEDERATION, code)
        self.delegation = Signer(folder, name + "/delegation")
        self.log_key = Signer(folder, name + "/1")
        self.cosigner = Signer(folder, name, COSIGNER_KEY)
        self.later_lines = ""
        self.incarnations = ["open"]
        self.ranges = [(1, self.log_key, 0, "-")]

    def block(self):
        lines = ["region %s %s" % (self.code, self.role), "delegation " + self.delegation.vkey()]
        lines += ["incarnation %d %s" % row for row in enumerate(self.incarnations, 1)]
        lines += ["log-key %d %s %s %s" % (n, k.vkey(), first, last) for n, k, first, last in self.ranges]
        lines += ["cosigner-key %s current" % self.cosigner.vkey()]
        lines += ["tls-pin " + sha256(self.code.encode()).hex()]
        return "\n".join(lines) + "\n" + self.later_lines


class Federation:
    """Three participants and the secretariat; roster version 2 gives eu a second log key, valid
    from size 4, and mx an auditor. What a test changes, it changes here, and writes the files anew."""

    def __init__(self, folder):
        self.folder = folder
        self.regions = {c: Region(folder, c, "secretariat" if c == "irs" else "participant")
                        for c in ("eu", "irs", "mx", "us")}
        self.rosters = [self.roster_text(1, bytes(32))]
        self.genesis = sha256(self.rosters[0].encode()).hex()
        self.rosters[0] += "\n" + self.regions["eu"].delegation.line(self.rosters[0])
        self.successor()
        self.logs = {}
        for code, region in self.regions.items():
            origin = "%s/%s/1" % (FEDERATION, code)
            self.logs[origin] = Log(origin, region.log_key)
        self.eu = self.logs[FEDERATION + "/eu/1"]
        self.eu.log_key = self.regions["eu"].ranges[1][1]
        self.mx = self.logs[FEDERATION + "/mx/1"]
        self.fill()
        for code in self.regions:
            self.sign(code)
        self.digest = self.lists = None

    def sign(self, code, **other):
        """The log of a region, cosigned by the others."""
        cosigners = [r.cosigner for c, r in self.regions.items() if c != code]
        self.logs["%s/%s/1" % (FEDERATION, code)].sign(cosigners, **other)

    def roster_text(self, version, previous):
        head = "ims-roster/1\nfederation %s\nversion %d\nprevious %s\nrules 1\nreplicated 2 irs mx us\n" % (
            FEDERATION, version, previous.hex())
        return head + "".join(self.regions[c].block() for c in sorted(self.regions))

    def successor(self):
        eu, mx = self.regions["eu"], self.regions["mx"]
        second = Signer(self.folder, FEDERATION + "/eu/1", salt="second")
        eu.ranges = [(1, eu.log_key, 0, "3"), (1, second, 4, "-")]
        mx.later_lines = "auditor otto %s\n" % sha256(b"otto").hex()
        self.second_text = self.roster_text(2, bytes.fromhex(self.genesis))
        self.second_signers = {"eu": eu.delegation, "mx": mx.delegation, "eu/1": second}
        self.sign_second(*self.second_signers)

    def sign_second(self, *names, text=None):
        text = text or self.second_text
        lines = [self.second_signers[name].line(text) for name in names]
        self.rosters[1:] = [text + "\n" + "".join(lines)]

    def close_eu(self, size, root):
        """Roster version 3, by the majority without eu: eu/1 ended at this size and root, eu/2 goes on
        with new keys."""
        eu = self.regions["eu"]
        eu.incarnations = ["closed %d %s" % (size, root.hex()), "open"]
        key = Signer(self.folder, FEDERATION + "/eu/2")
        eu.ranges.append((2, key, 0, "-"))
        eu.delegation = Signer(self.folder, FEDERATION + "/eu/delegation", salt="after")
        text = self.roster_text(3, sha256(self.second_text.encode()))
        signers = [eu.delegation, key, self.regions["mx"].delegation, self.regions["us"].delegation]
        self.rosters[2:] = [text + "\n" + "".join(signer.line(text) for signer in signers)]
        self.logs[key.name] = Log(key.name, key)
        return self.logs[key.name]

    def fill(self):
        """One entry of every sort that the fold tells apart."""
        eu, mx = self.eu, self.mx
        eu.add("organisation", "eu-o-1", 1, organisation("First  NAME", source="999"))
        eu.add("organisation", "eu-o-2", 1, organisation("Second"), state="wanted")
        eu.add("initiative", "eu-i-1", 1, initiative("Old", "eu-o-1"))
        eu.add("initiative", "eu-i-1", 2, initiative("New", "eu-o-1", "mx-o-1"))
        eu.add("contact", "eu-c-1", 1, contact("Ana", organisation_id="eu-o-1"), audience=FOR_ALL)
        eu.add("contact", "eu-c-2", 1, contact("Bo"), audience=FOR_ALL, state="erased", roster=2)
        eu.add("future", "eu-f-1", 1, b"\x0a\x00", roster=2)
        eu.add("organisation", "eu-o-3", 1, message((2, "No country")), roster=2)
        eu.add("sealed", "eu-z-77", 0, b"anything", audience=NAMED, state="not-for-me", roster=2)
        eu.add("organisation", "eu-o-1", 3, organisation("Skips a revision"), roster=2)
        eu.add("organisation", "mx-o-5", 1, organisation("Not its home"), roster=2)
        mx.add("organisation", "mx-o-1", 1, organisation("Uno", "MX"))
        mx.add("organisation", "mx-o-2", 1, organisation("Dos", "MX"))
        mx.add("organisation", "mx-o-2", 2, operation=WITHDRAW)

    def list_of_logs(self):
        return {"logs": [{
            "origin": o, "region": o.split("/")[1], "size": len(log.rows), "cosigners": ["irs"],
            "state": "ok", "root": tree_root(log.leaves()).hex()} for o, log in sorted(self.logs.items())]}

    def lines(self):
        return [json.dumps(row) for log in self.logs.values() for row in log.lines()]

    def write(self, lines=None):
        """Files of everything; the arguments of `imscheck.py` for them."""
        def put(name, text):
            path = os.path.join(self.folder, name)
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
            return path

        rosters = [put("v%d.note" % i, text) for i, text in enumerate(self.rosters, 1)]
        export = put("export.jsonl", "".join(line + "\n" for line in lines or self.lines()))
        args = ["verify", "--json", "--genesis-hash", self.genesis, "--roster", *rosters, "--export", export]
        if self.digest:
            args += ["--digest", put("digest.json", json.dumps(self.digest))]
        if self.lists:
            args += ["--logs", put("logs.json", json.dumps(self.lists))]
        return args
