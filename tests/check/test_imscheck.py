#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests of the checker: published vectors of its parts (cases_parts.py), and a federation that it
verifies, of which every changed byte is found and named (invariants 4, 5, 7 and 9, from outside),
and histories of clients, good and broken (cases_history.py)."""

import contextlib
import copy
import hashlib
import io
import json
import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import federation as fed  # noqa: E402
from cases_history import History  # noqa: E402,F401
from cases_mutations import MUTATIONS  # noqa: E402
from cases_parts import Digest, Merkle, Messages, Notes, Rosters, Words  # noqa: E402,F401
from imscheck import cli  # noqa: E402
from imscheck.ed25519 import Verifier  # noqa: E402

# What the federation of federation.py folds to, said again by hand.
RECORDS = (
    "eu-c-1 contact live 1 eu 4", "eu-c-2 contact erased 1 eu 5", "eu-f-1 future unknown-kind 1 eu 6",
    "eu-i-1 initiative live 2 eu 3", "eu-o-1 organisation live 1 eu 0", "eu-o-2 organisation wanted 1 eu 1",
    "eu-o-3 organisation invalid 1 eu 7", "eu-z-77 sealed sealed 0 eu 8", "mx-o-1 organisation live 1 mx 0",
    "mx-o-2 organisation withdrawn 2 mx 2")
KEYS = """country DE eu-i-1
country DE eu-o-1
country MX mx-o-1
platform P1 eu-i-1
domain T01 eu-i-1
state active eu-i-1
role coach eu-c-1
kind contact eu-c-1
kind contact eu-c-2
natural.source cordis:101 eu-i-1
source cordis:101 eu-i-1
source cordis:999 eu-o-1
organisation eu-o-1 eu-c-1
participant eu-o-1 eu-i-1
natural.name first name|DE eu-o-1
kind future eu-f-1
kind initiative eu-i-1
participant mx-o-1 eu-i-1
acronym new eu-i-1
kind organisation eu-o-1
kind organisation eu-o-2
kind organisation eu-o-3
kind organisation mx-o-1
kind organisation mx-o-2
type sme eu-o-1
type sme mx-o-1
natural.name uno|MX mx-o-1"""


def digest_by_hand(f):
    lines = ["imsd-view/1", "roster 2", "rules 2"]
    for origin, log in sorted(f.logs.items()):
        lines.append("log %s %d %s" % (origin, len(log.rows), fed.tree_root(log.leaves()).hex()))
    for row in RECORDS:
        front, code, index = row.rsplit(" ", 2)
        log = f.logs["ims.example/%s/1" % code]
        lines.append("record %s %s %s %s" % (front, log.origin, index, log.leaves()[int(index)].hex()))
    lines += ["key " + row for row in KEYS.split("\n")]
    text = "".join(line + "\n" for line in lines)
    return {"digest": hashlib.sha256(text.encode()).hexdigest(), "roster": 2, "rules": 2, "holes": 1,
            "sizes": {origin: len(log.rows) for origin, log in f.logs.items()}}


class Whole(unittest.TestCase):
    """The command on a whole federation."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.verifier = Verifier()
        cls.addClassCleanup(cls.verifier.close)
        cls.good = fed.Federation(folder.name)
        cls.good.digest = digest_by_hand(cls.good)
        cls.good.lists = cls.good.list_of_logs()

    def setUp(self):
        self.f = copy.deepcopy(self.good)

    def check(self, lines=None, options=()):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            code = cli.main([*self.f.write(lines), *options], self.verifier)
        return code, json.loads(out.getvalue())

    def assert_named(self, name, lines=None):
        """Exit 5, and a failure whose object begins with this name."""
        code, result = self.check(lines)
        names = [failure["object"] for failure in result["failures"]]
        self.assertEqual(code, 5)
        self.assertTrue(any(n.startswith(name) for n in names), "%s not in %s" % (name, result["failures"]))
        return result

    def test_good_one_verifies(self):
        code, result = self.check()
        self.assertEqual((code, result["failures"], result["warnings"]), (0, [], []))
        self.assertEqual(result["view"]["digest"], self.f.digest["digest"])
        self.assertEqual(result["logs"][0]["cosigners"], ["irs", "mx", "us"])
        self.assertTrue(result["logs"][0]["replicated"])
        self.assertEqual([(row["origin"], row["index"]) for row in result["view"]["without_effect"]],
                         [("ims.example/eu/1", 9), ("ims.example/eu/1", 10)])

    def test_as_a_program(self):
        args = self.f.write()
        program = [sys.executable, os.path.join(HERE, "imscheck.py")]
        done = subprocess.run(program + [a for a in args if a != "--json"], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=False, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("ims.example/eu/1: 11 entries", done.stdout)
        self.assertIn(self.f.digest["digest"], done.stdout)

    def test_usage_and_missing_files(self):
        args = self.f.write()
        with contextlib.redirect_stderr(io.StringIO()):
            self.assertEqual(cli.main(["verify"], self.verifier), 2)
            self.assertEqual(cli.main(args[:3] + ["beef"] + args[4:], self.verifier), 2)
            self.assertEqual(cli.main(args + ["--kinds", "/nonexistent"], self.verifier), 1)

    def test_an_older_digest_is_compared_at_its_sizes(self):
        """A node's answer from before the export's last entries is still an answer."""
        _, before = self.check()
        self.f.mx.add("organisation", "mx-o-3", 1, fed.organisation("Tres", "MX"))
        self.f.sign("mx")
        code, after = self.check()
        self.assertEqual((code, after["failures"]), (0, []))
        self.assertNotEqual(after["view"]["digest"], before["view"]["digest"])

    def test_the_next_incarnation(self):
        """A record goes on in the log that follows the closed one, and of that counts what was kept; what
        follows waits until all of it is there."""
        leaves = self.good.eu.leaves()
        for size, of, expected, warnings, idle, revision in (
                (11, 11, 0, 0, 2, 2), (4, 4, 0, 1, 0, 2), (12, 11, 0, 1, 2, 1), (4, 5, 5, 0, 0, 2)):
            self.setUp()
            self.f.digest = self.f.lists = None
            last = self.f.close_eu(size, fed.tree_root(leaves[:of]))
            last.add("organisation", "eu-o-1", 2, fed.organisation("Renamed"), roster=3)
            last.sign([self.f.regions["mx"].cosigner])
            path = os.path.join(self.f.folder, "view.txt")
            code, result = self.check(options=["--write-view", path])
            self.assertEqual((code, len(result["warnings"])), (expected, warnings), result)
            self.assertEqual(len(result["view"]["without_effect"]), idle)
            with open(path, encoding="utf-8") as f:
                self.assertIn("\nrecord eu-o-1 organisation live %d " % revision, f.read())
        self.assert_named("checkpoint of ims.example/eu/1")

    def test_a_log_that_is_not_there_is_told(self):
        del self.f.logs["ims.example/us/1"]
        code, result = self.check()
        self.assertEqual((code, [w["object"] for w in result["warnings"]]), (0, ["ims.example/us/1"]))

    def test_view_is_written(self):
        path = os.path.join(self.f.folder, "view.txt")
        with contextlib.redirect_stdout(io.StringIO()):
            self.assertEqual(cli.main(self.f.write() + ["--write-view", path], self.verifier), 0)
        with open(path, "rb") as f:
            self.assertEqual(hashlib.sha256(f.read()).hexdigest(), self.f.digest["digest"])

    def test_lines_that_are_none(self):
        lines = self.f.lines()
        for bad in ("{", "[]", '{"origin":"a","origin":"b"}', '{"origin":"ims.example/us/1"}',
                    '{"origin":"ims.example/eu/1","index":0}', '{"checkpoint":""}', "[" * 100000, lines[0]):
            self.assert_named("line 3 of the export", lines[:2] + [bad] + lines[2:])


def _test_of(name):
    expected, change = MUTATIONS[name]

    def test(self):
        change(self.f)
        self.assert_named(expected)
    return test


for _name in MUTATIONS:
    setattr(Whole, "test_found_" + _name, _test_of(_name))

if __name__ == "__main__":
    unittest.main()
