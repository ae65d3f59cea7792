# SPDX-License-Identifier: Apache-2.0
"""The checker's parts against published vectors and malformed input (run by test_imscheck.py)."""

import base64
import hashlib
import os
import re
import tempfile
import unittest

import federation as fed
from imscheck import common, digest, entry, fields, kinds, merkle, note, pb, programme, roster
from imscheck.ed25519 import Verifier
from imscheck.fold import View
from imscheck.words import Broken, base64_get, decimal_get, origin_parts, record_parts

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
KINDS_DEF = os.path.join(ROOT, "proto", "kinds.def")


def h(text):
    return bytes.fromhex(text)


def key_from_seed(seed, name, key_type):
    """A checker's key for a private seed."""
    with tempfile.TemporaryDirectory() as folder:
        return note.Key(name, key_type, fed.Signer(folder, name, key_type, seed).public)


class Words(unittest.TestCase):
    def test_one_form(self):
        self.assertEqual(base64_get("AA=="), b"\0")
        for bad in ("AA", "AB==", "A A==", "AA==\n", "_-==", "AAA=A"):
            self.assertRaises(Broken, base64_get, bad)
        self.assertEqual(decimal_get("18446744073709551615"), 2**64 - 1)
        for bad in ("", "01", "-1", "+1", "1 ", "18446744073709551616", "\u0661"):
            self.assertRaises(Broken, decimal_get, bad)

    def test_ids(self):
        self.assertEqual(record_parts("eu-i-17"), ("eu", "i", 17))
        self.assertEqual(origin_parts("ims.example/eu/2"), ("ims.example", "eu", 2))
        for bad in ("eu-i-0", "eu-i-01", "eu-i-", "e-i-1", "eu-I-1", "eu-abcde-1", "journal-i-1", "eu-i-1-",
                    "eu-i-1\n"):
            self.assertIsNone(record_parts(bad), bad)
        for bad in ("ims.example/eu/0", "ims.example/eu", "ims.example/eu/journal/1", "/eu/1", "a/eu/1/"):
            self.assertIsNone(origin_parts(bad), bad)


class Digest(unittest.TestCase):
    def test_keys_go_by_value_name_and_id(self):
        """Ids by region, letter and number: 9 comes before 10, and eu before eu2."""
        rows = [("b", b"a", "eu-o-1"), ("a", b"b", "eu-i-10"), ("a", b"b", "eu-o-9"), ("a", b"b", "eu-o-10"),
                ("a", b"b", "eu2-i-1"), ("b", b"b", "eu-i-1")]
        lines = list(digest.lines(1, {}, View({}, set(rows), [])))
        self.assertEqual(lines[1:], [b"key %s %s %s\n" % (n.encode(), v, i.encode()) for n, v, i in rows])


class Merkle(unittest.TestCase):
    """The reference tree of certificate-transparency and transparency-dev/merkle."""
    ENTRIES = [h(x) for x in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                              "606162636465666768696a6b6c6d6e6f")]
    ROOTS = """
        e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
        6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d
        fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125
        aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77
        d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7
        4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4
        76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef
        ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c
        5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328""".split()
    # nodes of the tree, "level.index"
    NODES = {
        "0.0": "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "0.1": "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "0.2": "0298d122906dcfc10892cb53a73992fc5b9f493ea4c9badb27b791b4127a7fe7",
        "0.3": "07506a85fd9dd2f120eb694f86011e5bb4662e5c415a62917033d4a9624487e7",
        "0.4": "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "1.0": "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "1.1": "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "1.2": "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "1.3": "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "2.0": "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "2.1": "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        "0.6": "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
        "4-6": "837dbb152e9b079010717e84e865da4ebc0fa198a806d59d31bf15accef22d0e",
    }
    BIG = {1: "db3426e878068d28d269b6c87172322ce5372b65756d0789001d34835f601c03",
           255: "32f85bcaa87d7bcd05728f09e9aeba350ba6a2f733830087f0597682848be5cb",
           256: "828515d033c19d8c901f37eccb8aed919667703486f8d2fff1cf7040321c5db1",
           257: "1eda049a4351d86f76252bd7ec0b7746ad75b7fa0316ad5f541dbda458a312c4",
           65537: "dc8795a25fd4bd52a0b84f639fd3139ba160824023d188e428eb5db0f3ce221a",
           70000: "1a4cdfcb66374a0c0dcbef49acbd4976d13ee864fb3cb241fc943cad04f02f7e"}

    def setUp(self):
        self.leaves = [merkle.leaf_hash(e) for e in self.ENTRIES]

    def nodes(self, *names):
        return [h(self.NODES[name]) for name in names]

    def test_roots(self):
        for size, expected in enumerate(self.ROOTS):
            self.assertEqual(merkle.root(self.leaves[:size]).hex(), expected)
            self.assertEqual(merkle.roots_at(self.leaves, {size, 9}), {size: h(expected)})
            self.assertEqual(fed.tree_root(self.leaves[:size]).hex(), expected)
        leaves = [merkle.leaf_hash(b"%d" % i) for i in range(70000)]
        for size, expected in self.BIG.items():
            self.assertEqual(merkle.root(leaves[:size]).hex(), expected)

    def test_hashers(self):
        self.assertEqual(merkle.leaf_hash(b"L123456").hex(),
                         "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56")
        self.assertEqual(merkle.node_hash(b"N123", b"N456").hex(),
                         "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb")

    def test_published_proofs(self):
        for index, size, names in ((0, 1, ""), (0, 8, "0.1 1.1 2.1"), (5, 8, "0.4 1.3 2.0"), (2, 3, "1.0"),
                                   (1, 5, "0.0 1.1 0.4")):
            self.assertEqual(merkle.path(index, self.leaves[:size]), self.nodes(*names.split()))
        for old, size, names in ((1, 1, ""), (1, 8, "0.1 1.1 2.1"), (6, 8, "1.2 1.3 2.0"), (2, 5, "1.1 0.4"),
                                 (6, 7, "1.2 0.6 2.0"), (4, 7, "4-6"), (3, 7, "0.2 0.3 1.0 4-6")):
            self.assertEqual(merkle.consistency(old, self.leaves[:size]), self.nodes(*names.split()))

    def test_proofs_verify_and_nothing_else(self):
        for size in range(1, 9):
            root = merkle.root(self.leaves[:size])
            for i in range(size):
                proof = merkle.path(i, self.leaves[:size])
                self.assertTrue(merkle.path_is_valid(i, size, self.leaves[i], proof, root))
                self.assertFalse(merkle.path_is_valid(i, size, self.leaves[i], proof + [root], root))
                self.assertFalse(merkle.path_is_valid(i, size, self.leaves[i - 1], proof, root) and size > 1)
                old_root = merkle.root(self.leaves[:i + 1])
                proof = merkle.consistency(i + 1, self.leaves[:size])
                self.assertTrue(merkle.consistency_is_valid(i + 1, size, old_root, root, proof))
                self.assertFalse(merkle.consistency_is_valid(i + 1, size, bytes(32), root, proof))
                self.assertFalse(merkle.consistency_is_valid(i + 1, size, old_root, root, proof + [root]))
        self.assertFalse(merkle.path_is_valid(8, 8, self.leaves[0], [], merkle.root(self.leaves)))


class Notes(unittest.TestCase):
    """Published notes, checkpoints and cosignatures (C2SP, golang.org/x/mod, sigsum-go)."""
    FOO = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
    FOO_NOTE = ("This is an example message.\n\n\u2014 example.com/foo "
                "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72Iney"
                "aQM=\n")
    PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    PETER_TEXT = ("If you think cryptography is the answer to your problem,\n"
                  "then you don't know what your problem is.\n")
    PETER_LINE = ("\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXg"
                  "KvqfqdngotpRZb6KE6RyyBwJnAM=\n")
    SIGSUM_ROOT = "HA5HAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
    SIGSUM_LOG = "sigsum.org/v1/tree/e796172b92befd62d9dc67e41c2f5bc9d3100a3023b20b1ca40288dd1c679e69"
    SIGSUM_LOG_BLOB = ("gJ2ho0n8F8olcerUF1FFdv235A/5as/coWrpLrtE7ovMeP5whgwouYExowG/lTznxu6OUGjjt5yJ"
                       "Q6bXtTcf718MqAQ=")
    WITNESS_BLOB = ("ys8uUAAAAAAAAATSftMzceM8zssdZ9jin9SjwIxzx9iADMf63VqirX2hafol9RsqNqbofIz0LVRqHXI2"
                    "kpEBSki5RTXFtxz1vo9+Cg==")
    REGION_A = "region-a.example/registry+538fd2f4+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
    IRS_WITNESS = "irs.example/witness+e9af7aec+BCmsuuFBvMrwsi4alNNNC8c2HlJtC/4SyJeUvJMilm3X"
    COMPOSITE = (
        (0, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
         "U4/S9OyNa+qQM0c9Zmb0JJPOfbtyLj/YTDL90zXZpkGBKcTWnoxzKAghHsCGqfkaeNIfysViKTffAwTV65BzDcQ1aAQ=",
         "6a967AAAAABlU/EA/1MV87pwn5En7QAEJ9eT8mll/0WhJPJMYLv7IX6HHabJHQ9y9WDVAFBZAVNU5bm4E0h5zMj6HMcTRi7V"
         "8HwFDw=="),
        (5, "Tju7H3tHjc/nH7YxYxUZo7yhLJrvyhYSv85ME6hiZNQ=",
         "U4/S9N90cvw4AvDGhjN07D+f5bS2B5Is+/V2BP6Z72JrIbAEglX3ujbREdxMXYCV8UsZLGx9P1UliMZ/6YYwtSFERQ8=",
         "6a967AAAAABlU/EFGt9Au9gidl7CqLMKx7YZWOJdMGCWlk/bFl+wVrc0ucxo7euy/XZUcNnE5qgrLqmjD3VqWYyJCLdQ9D07"
         "k73xAg=="),
        (8, "XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=",
         "U4/S9K0fCVstoxJzWyGytGYEo2icIUUJB2/6lvrmab4cRMP8Ea6wviZ269hib3KbTBuZDdmbabtmR5DG4Cdhz0CxlAk=",
         "6a967AAAAABlU/EIH/W8foeFx1oz9OFdBV4IXB/ai2/9gzjdlaGzLtugGWcv76N1FkqVbvpxWplTa4GUPqgoBE5AuUFxiZko"
         "eG2mBQ=="),
    )

    @classmethod
    def setUpClass(cls):
        cls.verifier = Verifier()
        cls.addClassCleanup(cls.verifier.close)

    def signed(self, text, line, key):
        return note.Note.parse((text + "\n" + line).encode()).is_signed_by(key, self.verifier)

    def test_v1_example_of_signed_note(self):
        parsed = note.Note.parse(self.FOO_NOTE.encode())
        self.assertEqual(parsed.text, b"This is an example message.\n")
        self.assertTrue(parsed.is_signed_by(note.Key.parse(self.FOO), self.verifier))
        self.assertFalse(parsed.is_signed_by(note.Key.parse(self.PETER), self.verifier))

    def test_v2_go_note(self):
        key = note.Key.parse(self.PETER)
        seed = h("810a1402d5146c8d84f2443330f54080ebf98ee17d9c74f6252fc5d5c7283173")
        self.assertEqual(key, key_from_seed(seed, "PeterNeumann", note.TYPE_ED25519))
        self.assertTrue(self.signed(self.PETER_TEXT, self.PETER_LINE, key))
        with self.assertRaises(Broken):
            self.signed(self.PETER_TEXT.replace("your", "our"), self.PETER_LINE, key)

    def test_v2_bad_verifier_keys(self):
        for bad in ("PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
                    "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "", "a+b",
                    "+c74f20a3+AQ=="):
            self.assertRaises(Broken, note.Key.parse, bad)
        for i in range(len(self.PETER)):
            bad = self.PETER[:i] + chr(ord(self.PETER[i]) + 1) + self.PETER[i + 1:]
            self.assertRaises(Broken, note.Key.parse, bad)

    def test_v5_checkpoint_and_cosignature(self):
        seed = h("11" + "00" * 31)
        key = key_from_seed(seed, self.SIGSUM_LOG, note.TYPE_ED25519)
        self.assertEqual(key.public.hex(), "66e0b858e462a609e66fe71370c816d8846ff103d5499a22a7fec37fdbc424a7")
        self.assertEqual(key.id.hex(), "809da1a3")
        text = "%s\n10\n%s\n" % (self.SIGSUM_LOG, self.SIGSUM_ROOT)
        self.assertTrue(self.signed(text, "\u2014 %s %s\n" % (self.SIGSUM_LOG, self.SIGSUM_LOG_BLOB), key))
        witness = note.Key("example.org/witness", note.TYPE_COSIGNATURE, key.public)
        self.assertEqual(witness.id.hex(), "cacf2e50")
        text = "example.org/log\n10\n%s\n" % self.SIGSUM_ROOT
        line = "\u2014 example.org/witness %s\n" % self.WITNESS_BLOB
        parsed = note.Note.parse((text + "\n" + line).encode())
        self.assertEqual(parsed.lines[0].time_s, 1234)
        self.assertEqual(parsed.lines[0].question(witness, parsed.text)[1],
                         b"cosignature/v1\ntime 1234\n" + text.encode())
        self.assertTrue(parsed.is_signed_by(witness, self.verifier))

    def test_v5_lines_that_are_of_no_key(self):
        public = h("66e0b858e462a609e66fe71370c816d8846ff103d5499a22a7fec37fdbc424a7")
        witness = note.Key("example.org/witness", note.TYPE_COSIGNATURE, public)
        blob = base64.b64decode(self.WITNESS_BLOB)
        text = "example.org/log\n10\n%s\n" % self.SIGSUM_ROOT
        for name, other in (("witness", h("c9") + blob[1:]), ("witness-2", blob), ("witness", blob + b"\0\0"),
                            ("witness", base64.b64decode("DEAD"))):
            line = "\u2014 example.org/%s %s\n" % (name, fed.b64(other))
            self.assertFalse(self.signed(text, line, witness))
        with self.assertRaises(Broken):
            self.signed(text, "\u2014 example.org/witness DEADB\n", witness)

    def test_v9_composites(self):
        log, witness = note.Key.parse(self.REGION_A), note.Key.parse(self.IRS_WITNESS)
        self.assertEqual(log, key_from_seed(bytes(range(32)), log.name, log.type))
        self.assertEqual(witness, key_from_seed(bytes(range(32, 64)), witness.name, witness.type))
        leaves = [merkle.leaf_hash(e) for e in Merkle.ENTRIES]
        for size, root, signature, cosignature in self.COMPOSITE:
            text = "region-a.example/registry\n%d\n%s\n" % (size, root)
            lines = "\u2014 %s %s\n\u2014 %s %s\n" % (log.name, signature, witness.name, cosignature)
            parsed = note.Note.parse((text + "\n" + lines).encode())
            checkpoint = note.Checkpoint.parse(parsed.text)
            self.assertEqual((checkpoint.size, checkpoint.root), (size, merkle.root(leaves[:size])))
            self.assertEqual(parsed.lines[1].time_s, 1700000000 + size)
            self.assertTrue(parsed.is_signed_by(log, self.verifier))
            self.assertTrue(parsed.is_signed_by(witness, self.verifier))

    def test_malformed_checkpoints(self):
        root = self.SIGSUM_ROOT
        for bad in ("a\n1\n", "\n1\n%s\n", "a\n1\n%s", "a\nbananas\n%s\n", "a\n-34\n%s\n", "a\n01\n%s\n",
                    "a\n18446744073709551616\n%s\n", "a\n1\nAAA\n", "a\n1\nAAAA\n", "a\n1\n%s\n\n"):
            self.assertRaises(Broken, note.Checkpoint.parse, bad.replace("%s", root).encode())

    def test_malformed_notes(self):
        line = self.PETER_LINE
        for bad in ("a\n" + line, "a\n\n", "a\n\n" + line[:-1], "a\r\n\n" + line, "a\n\n- x AAAAAAAA\n",
                    "a\n\n\u2014 x+y AAAAAAAA\n", "a\n\n\u2014 x  AAAAAAAA\n", "a\n\n" + line * 65):
            self.assertRaises(Broken, note.Note.parse, bad.encode())
        self.assertRaises(Broken, note.Note.parse, b"\xff\n\n" + line.encode())


class Messages(unittest.TestCase):
    """Protobuf and kinds."""

    def test_schema_is_that_of_the_protos(self):
        known = {m.name: m for m in (kinds.HEADER, kinds.TEXT, kinds.LINK, kinds.SOURCE, kinds.ORGANISATION,
                                     kinds.PARTICIPANT, kinds.INITIATIVE, kinds.CONTACT, common.CITATION,
                                     entry.MESSAGE, *programme.MESSAGES)}
        found = 0
        for name in ("log.proto", "registry.proto"):
            with open(os.path.join(ROOT, "proto", name), encoding="utf-8") as f:
                text = f.read()
            for message, body in re.findall(r"^message (\w+) \{(.*?)^\}", text, re.M | re.S):
                if message not in known:
                    continue
                found += 1
                rows = re.findall(r"^\s*(repeated )?(\w+) (\w+) = (\d+);", body, re.M)
                self.assertEqual({int(n): (field, kind, bool(many)) for many, kind, field, n in rows}, {
                    n: (field, getattr(kind, "name", kind) if kind != "enum" else field.capitalize(), many)
                    for n, (field, kind, many) in known[message].fields.items()})
        self.assertEqual(found, len(known))

    def test_kinds_of_the_table(self):
        table = kinds.load(KINDS_DEF)
        self.assertEqual(set(kinds.MEANINGS), set(table))
        self.assertEqual((table["contact"].letter, table["contact"].max_bytes), ("c", 4096))

    def test_vectors_of_kinds(self):
        """Each golden payload is valid at its home, and has the keys that stand beside it."""
        table, folder = kinds.load(KINDS_DEF), os.path.join(ROOT, "tests", "vectors", "kinds")
        names = sorted(name[:-4] for name in os.listdir(folder) if name.endswith(".hex"))
        self.assertLessEqual(set(table), {name.split("_")[0] for name in names})
        for name in names:
            with self.subTest(name):
                kind = table[name.split("_")[0]]
                with open(os.path.join(folder, name + ".hex"), encoding="ascii") as f:
                    m = kind.check(h(f.read()))
                with open(os.path.join(folder, name + ".keys"), encoding="utf-8") as f:
                    want = {tuple(line.rstrip("\n").encode().split(b"=", 1)) for line in f}
                self.assertEqual({(key.encode(), value) for key, value in kind.keys(m)}, want)

    def test_homes(self):
        kind = kinds.load(KINDS_DEF)["waiver"]
        payload = fed.message((2, "eu-i-1"), (3, "critical-mass"), (4, fed.message((1, "en"), (2, "x"))))
        self.assertEqual(kind.check(payload, "eu")["initiative"], "eu-i-1")
        self.assertRaisesRegex(Broken, "initiative", kind.check, payload, "mx")

    def test_strict_protobuf(self):
        good = fed.message((2, "eu"), (9999, "unknown"))
        self.assertEqual(entry.MESSAGE.decode(good)["origin"], "eu")
        self.assertEqual(entry.MESSAGE.decode(h("088100"))["format"], 1)
        self.assertEqual(entry.MESSAGE.decode(fed.message((4, -1)))["time_ms"], -1)
        for bad in ("08", "0801 0801", "0a0161", "120161 120161", "1201ff", "120100", "1202 61", "0b", "0c",
                    "00", "08ffffffff1f", "08ffffffffffffffffff02", "088080808080808080808001",
                    "0a868080808000616161616161", "48ffffffff0f", "808080808001 00"):
            self.assertRaises(Broken, entry.MESSAGE.decode, h(bad))
        self.assertRaises(Broken, entry.MESSAGE.decode, fed.message(*[(99, 1)] * 65))
        self.assertRaises(Broken, pb.Message("M", (1, "x", ["string"])).decode, h("0a00") * 20001)

    def test_rules_name_the_field(self):
        table = kinds.load(KINDS_DEF)
        for kind, payload, field in (
                ("organisation", fed.organisation("", "DE"), "name"),
                ("organisation", fed.organisation("A\tB", "DE"), "name"),
                ("organisation", fed.organisation("A", "de"), "country"),
                ("organisation", fed.organisation("A", source="with space"), "sources"),
                ("initiative", fed.initiative("A", "eu-i-1"), "participants"),
                ("initiative", fed.initiative("A", "eu-o-1", "eu-o-1"), "participants"),
                ("initiative", fed.initiative("A", state=""), "state"),
                ("contact", fed.contact("", role=""), "name"),
                ("contact", fed.contact("x" * 201), "name"),
                ("contact", fed.contact("a") + fed.message((7, "e")), "languages")):
            with self.assertRaisesRegex(Broken, field):
                table[kind].check(payload)

    def test_forms(self):
        for good, text in ((fields.is_day, "2000-02-29"), (fields.is_email, "a.b+c@x-y.example"),
                           (fields.is_phone, "+49 (30) 1"), (fields.is_language, "pt-BR"),
                           (fields.is_url, "https://x.example/?a=[b]"), (fields.is_word, "a1.b")):
            self.assertTrue(good(text), text)
        for bad, texts in ((fields.is_day, "1900-02-29 1899-12-31 2000-1-01 2000-13-01"),
                           (fields.is_email, "a@b a@-b.c a@b-.c a@b. @b.c a@b.c@d.e"),
                           (fields.is_phone, "12 1x234"), (fields.is_language, "e en- en-123456789 1en"),
                           (fields.is_url, "ftp://x http:// http:///a http://a|b https://\u00e9"),
                           (fields.is_word, "1a A a_b")):
            for text in texts.split():
                self.assertFalse(bad(text), text)

    def test_keys(self):
        table = kinds.load(KINDS_DEF)["organisation"]
        long = "W" * 300
        m = table.check(fed.organisation("  A \n".replace("\n", "") + "b" + long[:270], source="1"))
        whole = ("a b" + "w" * 270 + "|DE").encode()
        self.assertEqual(table.keys(m), {
            ("natural.name", whole[:223] + b"#" + hashlib.sha256(whole).hexdigest()[:32].encode()),
            ("country", b"DE"), ("type", b"sme"), ("source", b"cordis:1")})
        self.assertEqual(kinds.folded(" \t A\r\n B\u00c9 "), "a b\u00c9")


class Rosters(unittest.TestCase):
    """The golden rosters, and texts that are none."""

    @classmethod
    def setUpClass(cls):
        with open(os.path.join(ROOT, "tests", "vectors", "roster", "v1.note"), "rb") as f:
            cls.note = f.read()

    def test_golden(self):
        parsed = roster.parse(self.note)
        with open(os.path.join(ROOT, "tests", "vectors", "roster", "genesis.hash"), encoding="utf-8") as f:
            self.assertEqual(parsed.hash.hex(), f.read().strip())
        self.assertEqual(list(parsed.regions), ["br", "eu", "irs", "jp", "mx", "us"])
        self.assertTrue(parsed.regions["jp"].suspended)
        self.assertEqual(parsed.replicated, (2, ("irs", "mx", "us")))

    def test_malformed(self):
        otto = b"33414499b319f19729b56143e1fc9c569de8e53fda8d8690aa012af022743891"
        for old, new in ((b"ims-roster/1", b"ims-roster/2"), (b"version 1", b"version 01"),
                         (b"rules 1\n", b""), (b"rules 1\n", b"rules 1\nrules 1\n"),
                         (b"replicated 2 irs mx us", b"replicated 4 irs mx us"),
                         (b"replicated 2 irs mx us", b"replicated 2 mx irs us"),
                         (b"replicated 2 irs mx us", b"replicated 2 irs mx zz"),
                         (b"irs secretariat", b"irs associate"), (b"br associate", b"br member"),
                         (b"region br", b"region zz"), (b"jp participant suspended", b"jp participant gone"),
                         (b" 0 -\n", b" 5 4\n"), (b"open\n", b"ajar\n"), (b"current\n", b"retired\n"),
                         (b"delegation ims", b"delegation  ims"), (b"192.0.2.1:7443", b"192.0.2.1:0"),
                         (b"[2001:db8::1]", b"[2001:DB8::1]"), (b"\naddress", b"\nfax"),
                         (b"tls-pin 5", b"tls-pin A"), (b"operator anna", b"operator Anna"),
                         (b"auditor otto", b"operator otto %s\nauditor otto" % otto)):
            self.assertIn(old, self.note)
            with self.assertRaises(Broken, msg=new):
                roster.parse(self.note.replace(old, new, 1))
