# SPDX-License-Identifier: Apache-2.0
"""Documents: their bytes go to those who may have them and to nobody else (inv. 10), and come out as they went in.

What is for two regions is looked for byte by byte in every file of a third node and of the IRS, which are told
nothing but that there is something: as it is, in hex, in base64, and inside whatever zstd has packed, as payloads
are. That the same search finds it where it belongs is part of the test."""

import base64
import ctypes
import ctypes.util
import datetime
import hashlib
import json
import os
import random
import subprocess
import time
import unittest

import harness

LARGE_BYTES = 3 * 1024 * 1024 + 4321
WINDOW = 24   # bytes that are found only where they were put,
WINDOWS = 64  # so often in a secret that each of the parts that are stored has one


def content_of(path):
    """Of a file with holes, what is not a hole, one stretch after the other."""
    with open(path, "rb") as file:
        size, at, parts = os.fstat(file.fileno()).st_size, 0, []
        while at < size:
            try:
                at = os.lseek(file.fileno(), at, os.SEEK_DATA)
            except OSError:
                break
            end = os.lseek(file.fileno(), at, os.SEEK_HOLE)
            parts.append(os.pread(file.fileno(), end - at, at))
            at = end
        return b"".join(parts)


ZSTD = ctypes.CDLL(ctypes.util.find_library("zstd") or "libzstd.so.1")
for name in ("ZSTD_decompress", "ZSTD_findFrameCompressedSize"):
    getattr(ZSTD, name).restype = ctypes.c_size_t
FRAME = b"\x28\xb5\x2f\xfd"
PLAIN_MAX_BYTES = 1 << 17


def packed_inside(content):
    """What the zstd frames in it unpack to, wherever they stand."""
    plain, into, at = [], ctypes.create_string_buffer(PLAIN_MAX_BYTES), content.find(FRAME)
    while at >= 0:
        rest = content[at:at + PLAIN_MAX_BYTES]
        size = ZSTD.ZSTD_findFrameCompressedSize(rest, ctypes.c_size_t(len(rest)))
        if size <= len(rest):
            n = ZSTD.ZSTD_decompress(into, ctypes.c_size_t(PLAIN_MAX_BYTES), rest, ctypes.c_size_t(size))
            if n <= PLAIN_MAX_BYTES:
                plain.append(into.raw[:n])
        at = content.find(FRAME, at + 1)
    return b"\0".join(plain)


def every_file(node):
    """Path and content of all that the node keeps: database, commit log, keys, what it has logged."""
    for folder, _, names in os.walk(os.path.dirname(node.config)):
        for name in names:
            path = os.path.join(folder, name)
            if os.path.isfile(path):
                content = content_of(path)
                yield path, content + packed_inside(content)


def needles_of(secret):
    """What to look for: pieces all over it, and of some what they are in hex and base64."""
    last = max(len(secret) - WINDOW, 0)
    for number, at in enumerate(range(0, last + 1, max(WINDOW, last // WINDOWS))):
        part = secret[at:at + WINDOW]
        yield part
        if number % 16 == 0:
            yield part.hex().encode()
            for skip in range(3):
                yield base64.b64encode(part[skip:skip + (len(part) - skip) // 3 * 3])


def places_of(node, secrets):
    """name -> files in which any window of that secret stands."""
    needles = {name: list(needles_of(secret)) for name, secret in secrets.items()}
    found = {name: [] for name in secrets}
    for path, content in every_file(node):
        for name, parts in needles.items():
            if any(part in content for part in parts):
                found[name].append(os.path.relpath(path, os.path.dirname(node.config)))
    return found


class Documents(harness.FederationTest):
    options = {"log_level": "debug"}

    def write(self, name, content):
        path = self.box.scratch(name)
        with open(path, "wb") as file:
            file.write(content)
        return path

    def hand_in(self, region, name, content, *options):
        return self.box.node(region).ask("document", "put", self.write(name, content), *options)["id"]

    def saved(self, region, id):
        path = self.box.scratch("out-" + region)
        if os.path.exists(path):
            os.remove(path)
        self.box.node(region).do("document", "get", id, "-o", path)
        with open(path, "rb") as file:
            return file.read()

    def states(self, region):
        return {d["id"]: d["state"] for d in self.box.node(region).ask("document", "list")["documents"]}

    def await_here(self, region, id):
        self.wait_for(lambda: self.states(region).get(id) == "here", 30, "%s at %s" % (id, region))

    def test_1_to_everybody(self):
        content = random.Random(1).randbytes(LARGE_BYTES)
        id = self.hand_in("eu", "plan.pdf", content, "--title", "en=The plan", "--lang", "en")
        for region in self.box.nodes:
            self.await_here(region, id)
            self.assertEqual(self.saved(region, id), content, region)
        got = self.box.node("mx").ask("record", "get", id)["payload"]
        self.assertEqual((got["name"], got["media_type"], got["bytes"], got["sha256"]),
                         ("plan.pdf", "application/pdf", LARGE_BYTES, hashlib.sha256(content).hexdigest()))
        again = self.box.node("eu").ask("document", "put", self.box.scratch("plan.pdf"), "--title", "en=The plan",
                                        "--lang", "en")
        self.assertEqual((again["id"], again["outcome"]), (id, "unchanged"))
        rows = self.box.node("mx").ask("journal", "list")["rows"]
        self.assertIn("document", [row["event"] for row in rows])
        for region in self.box.nodes:
            done = self.box.node(region).ask("log", "verify")
            self.assertTrue(done["ok"], done)
            self.assertEqual(int(done["documents"]), 1)

    def test_2_a_record_needs_its_bytes(self):
        eu = self.box.node("eu")
        sha256 = hashlib.sha256(b"not here").hexdigest()
        path = self.write("document.json", json.dumps(
            {"name": "x.txt", "media_type": "text/plain", "bytes": 8,
             "sha256": sha256}).encode())
        done = eu.ims("record", "put", "document", path)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("are not here", done.stderr)
        done = eu.ims("document", "put", self.write("empty", b""))
        self.assertIn("it is empty", done.stderr)
        done = eu.ims("document", "put", self.write("huge", bytes((16 << 20) + 1)))
        self.assertNotEqual(done.returncode, 0)

    def ask_and_answer(self, interest, answer):
        """An anonymous need of eu and whose it is; mx shows interest, eu answers, with these texts in them. The bytes
        that say whose it is."""
        eu, mx = self.box.node("eu"), self.box.node("mx")
        initiative = eu.ask("initiative", "put", self.write("initiative.json", json.dumps(
            {"title": [{"lang": "en", "text": "Cells"}], "platform": "P1", "domains": ["T01"],
             "state": "draft"}).encode()))["id"]
        for words in (["submit"], ["coach", "--coach", "anna"], ["seek"]):
            eu.do("initiative", words[0], initiative, *words[1:])
        until = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=60)).date().isoformat()
        need = eu.ask("need", "publish", initiative, "--anonymous", "--owner-country", "DE", "--title",
                      "en=A partner", "--domain", "T01", "--until", until)["id"]
        self.assert_in_sync()
        shown = mx.ask("interest", "send", need, "--name", "Taller " + interest[-20:], "--country", "MX",
                       "--cooperation", interest, "--questions", interest, "--about", interest)["id"]
        self.assert_in_sync()
        eu.do("interest", "answer", shown, "declined", "--reason", answer)
        self.assert_in_sync()
        return b"".join(bytes((tag, len(field))) + field for tag, field in
                        ((0x12, need.encode()), (0x1a, initiative.encode())))

    def test_3_for_two_regions(self):
        chance = random.Random(3)
        marker, texts = chance.randbytes(64), ["A secret, %s." % chance.randbytes(90).hex() for _ in range(2)]
        document = chance.randbytes(LARGE_BYTES) + marker + b"The quiet offer of a partner."
        for_irs = chance.randbytes(200000)
        named = "offer-%s.bin" % chance.randbytes(16).hex()
        id = self.hand_in("eu", named, document, "--for", "mx")
        to_irs = self.hand_in("eu", "report.bin", for_irs, "--for", "irs")
        owner = self.ask_and_answer(*texts)
        self.await_here("mx", id)
        self.await_here("irs", to_irs)
        self.assertEqual(self.saved("mx", id), document)
        self.assertEqual(os.stat(self.box.scratch("out-mx")).st_mode & 0o077, 0)
        self.assertEqual(self.saved("irs", to_irs), for_irs)
        self.assert_in_sync()
        for region in ("us", "irs"):
            self.assertNotIn(id, self.states(region))
            done = self.box.node(region).ims("document", "get", id, "-o", self.box.scratch("nothing"))
            self.assertNotEqual(done.returncode, 0)
            self.assertFalse(os.path.exists(self.box.scratch("nothing")))
        # whatever is done with it: a rebuild, a restart, time for who would ask
        for region in ("us", "irs", "mx"):
            self.box.node(region).do("view", "rebuild")
            self.box.node(region).stop()
            self.box.node(region).start()
        self.box.await_sessions()
        self.assert_in_sync()
        secrets = {"document": document, "its end": marker, "its name": named.encode(),
                   "its hash": hashlib.sha256(document).digest(), "for irs": for_irs,
                   "owner": owner, "interest": texts[0].encode(), "answer": texts[1].encode()}
        may = {"eu": set(secrets), "mx": set(secrets) - {"owner", "for irs"}, "irs": {"for irs"}, "us": set()}
        for region, node in self.box.nodes.items():
            found = places_of(node, secrets)
            self.assertEqual({name for name, files in found.items() if files}, may[region], (region, found))
            # the search finds what is there, packed as it lies in the database
            for name in may[region]:
                self.assertIn("data/data.mdb", found[name], (region, name))

    def test_4_gone_with_its_record(self):
        content = random.Random(4).randbytes(200000)
        id = self.hand_in("eu", "short.bin", content)
        for region in self.box.nodes:
            self.await_here(region, id)
        self.box.node("eu").do("record", "withdraw", id, "--reason", "a mistake")
        self.assert_in_sync()
        for region in self.box.nodes:
            self.wait_for(lambda r=region: id not in self.states(r), 10)
            done = self.box.node(region).ims("document", "get", id, "-o", self.box.scratch("nothing"))
            self.assertIn("withdrawn", done.stderr)
        new = self.hand_in("eu", "short.bin", content)
        for region in self.box.nodes:
            self.await_here(region, new)
            self.box.node(region).do("view", "rebuild")  # which meets the withdrawal once more
            self.assertEqual(self.saved(region, new), content, region)

    def test_5_the_home_is_away(self):
        content = random.Random(5).randbytes(700000)
        mx, eu = self.box.node("mx"), self.box.node("eu")
        mx.stop()
        id = self.hand_in("eu", "late.bin", content)
        self.await_here("us", id)
        eu.stop()
        mx.start()
        self.await_here("mx", id)
        self.assertEqual(self.saved("mx", id), content)
        eu.start()
        self.box.await_sessions()

    def test_6_backup(self):
        eu = self.box.node("eu")
        content = random.Random(6).randbytes(100000)
        id = self.hand_in("eu", "kept.bin", content)
        for region in ("eu", "mx"):
            self.await_here(region, id)
        folder = self.box.scratch("backup")
        eu.do("backup", "create", folder)
        done = eu.ask("backup", "verify", folder)
        self.assertTrue(done["ok"], done)
        self.assertGreaterEqual(int(done["documents"]), 1)
        with open(os.path.join(folder, "data", "data.mdb"), "rb") as file:
            self.assertIn(content[1000:2000], file.read())
        out = self.box.scratch("files")
        done = self.box.node("mx").ask("export", "documents", out)
        self.assertEqual(done["missing"], 0)
        for name in os.listdir(out):
            with open(os.path.join(out, name), "rb") as file:
                self.assertEqual(hashlib.sha256(file.read()).hexdigest(), name)
        self.assertIn(hashlib.sha256(content).hexdigest(), os.listdir(out))
        self.assertEqual(self.box.node("mx").ask("export", "documents", out)["saved"], 0)

    def test_9_killed_while_fetching(self):
        """Who fetches ends, and who gives: what has come is gone on from, and it is whole in the end."""
        eu, mx = self.box.node("eu"), self.box.node("mx")
        content = random.Random(9).randbytes(15 << 20)
        id = self.hand_in("eu", "large.bin", content)
        for node in (mx, eu, mx, mx):
            time.sleep(random.random() / 3)
            node.kill()
            node.start()
        for region in ("mx", "us"):
            self.await_here(region, id)
            self.assertEqual(self.saved(region, id), content, region)
        for node in (eu, mx):
            self.assertTrue(node.ask("log", "verify")["ok"])

    def test_8_text_of_an_agreement(self):
        """What is signed is a hash: the document's, or it is not drafted; it stays readable for ever."""
        eu = self.box.node("eu")
        first, second = b"We shall. " * 900, b"We shall not. " * 900
        initiative = eu.ask("record", "put", "initiative", self.write("initiative.json", json.dumps(
            {"title": [{"lang": "en", "text": "Cells"}], "platform": "P1", "domains": ["T01"],
             "state": "draft"}).encode()))["id"]
        organisation = eu.ask("record", "put", "organisation", self.write("organisation.json", json.dumps(
            {"name": "A", "country": "DE"}).encode()))["id"]
        eu.do("record", "put", "assignment", self.write("assignment.json", json.dumps(
            {"initiative": initiative, "coach": "anna", "start": "2024-01-01"}).encode()))
        eu.do("initiative", "submit", initiative)
        eu.do("initiative", "coach", initiative)
        id = self.hand_in("eu", "moa.pdf", first)
        moa = eu.ask("moa", "draft", initiative, "--text-document", "en=" + id, "--title", "en=MoA",
                     "--party", organisation)["id"]
        self.assert_in_sync()
        for region in self.box.nodes:
            self.await_here(region, id)
            self.assertEqual(self.box.node(region).ask("moa", "show", moa).get("remarks", []), [], region)
        raw = eu.do("moa", "show", moa, "--raw")
        self.assertIn("sha256 " + hashlib.sha256(first).hexdigest(), raw)
        self.assertIn("document " + id, raw)
        # by hand, with another hash
        text = {"lang": "en", "document": id, "sha256": hashlib.sha256(second).hexdigest()}
        done = eu.ims("record", "put", "moa", self.write("moa.json", json.dumps(
            {"initiative": initiative, "version": 2, "title": [{"lang": "en", "text": "MoA"}], "texts": [text],
             "parties": [{"organisation": organisation, "region": "eu"}]}).encode()), "--id", moa)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("/texts/0/sha256: not that of %s" % id, done.stderr)
        # the document becomes another one
        eu.do("document", "put", self.write("second.pdf", second))
        eu.do("record", "put", "document", self.write("document.json", json.dumps(
            {"name": "moa.pdf", "media_type": "application/pdf", "bytes": len(second),
             "sha256": hashlib.sha256(second).hexdigest()}).encode()), "--id", id)
        self.assert_in_sync()
        for region in self.box.nodes:
            node = self.box.node(region)
            self.await_here(region, id)
            self.assertIn("has other bytes by now", node.ask("moa", "show", moa)["remarks"][0])
            self.assertIn("has other bytes by now", node.ims("moa", "verify", moa).stderr)
            self.assertEqual(self.saved(region, id), second)
            out = self.box.scratch("revision-" + region)
            node.do("document", "get", id, "--revision", "1", "-o", out)
            with open(out, "rb") as file:
                self.assertEqual(file.read(), first)
        eu.do("record", "withdraw", id, "--reason", "by mistake")
        self.assert_in_sync()
        self.assertIn("the document is withdrawn", self.box.node("mx").ask("moa", "show", moa)["remarks"][0])

    def test_7_cut_short(self):
        """The node ends while a file is handed in: what was acknowledged is there, and it goes on from there."""
        eu = self.box.node("eu")
        content = random.Random(7).randbytes(15 << 20)
        path = self.write("cut.bin", content)
        for _ in range(3):
            child = subprocess.Popen([eu.programs.ims, "--node", "unix:" + eu.socket, "document", "put", path],
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(random.random() / 4)
            eu.kill()
            child.wait()
            eu.start()
        id = self.hand_in("eu", "cut.bin", content)
        self.await_here("us", id)
        self.assertEqual(self.saved("us", id), content)
        self.assertTrue(eu.ask("log", "verify")["ok"])


if __name__ == "__main__":
    unittest.main()
