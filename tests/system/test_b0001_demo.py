# SPDX-License-Identifier: Apache-2.0
"""The demo as scripts use it: up, status, stop, start, add, down, and run with an interruption."""

import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import harness
from harness import TOP, must, run

DEMO = os.path.join(TOP, "deploy", "demo")
CHECKER = os.path.join(TOP, "tests", "check", "imscheck.py")
ORIGINS = {"ims.example/%s/1" % region for region in ("eu", "mx", "us", "irs")}


class Demo(unittest.TestCase):
    """One federation; the tests stand in the order in which they change it."""

    @classmethod
    def setUpClass(cls):
        cls.top = tempfile.mkdtemp(prefix="fed-")
        cls.folder = os.path.join(cls.top, "demo")
        cls.shown = must([DEMO, "up", cls.folder])

    @classmethod
    def tearDownClass(cls):
        run([DEMO, "down", cls.folder])
        shutil.rmtree(cls.top, ignore_errors=True)

    def nodes(self):
        return {n["region"]: n for n in json.loads(must([DEMO, "status", self.folder, "--json"]))["nodes"]}

    def ims(self, node, *words, codes=(0,)):
        done = run([harness.Programs().ims, *words, "--node", "unix:" + node["socket"]])
        self.assertIn(done.returncode, codes, done.stderr)
        return done.stdout

    def ask(self, node, *words):
        return json.loads(self.ims(node, *words, "--json", codes=(0, 4)))

    def digests(self):
        return {region: self.ask(node, "view", "digest") for region, node in self.nodes().items()}

    def test_1_all_nodes_agree(self):
        nodes = self.nodes()
        self.assertEqual(set(nodes), {"eu", "mx", "us", "irs"})
        self.assertEqual({n["role"] for r, n in nodes.items() if r != "irs"}, {"region"})
        self.assertEqual(nodes["irs"]["role"], "irs")
        for node in nodes.values():
            self.assertTrue(os.path.isdir(node["data"]))
            self.assertTrue(os.path.exists("/proc/%d" % node["pid"]))
            self.assertRegex(node["federation"], r"^127\.0\.0\.1:\d+$")
            self.assertIn("portal", node)
            self.assertIn(node["socket"], self.shown)
        digests = list(self.digests().values())
        for digest in digests:
            self.assertEqual(digest, digests[0])
            self.assertEqual(digest["holes"], 0)
            self.assertEqual(set(digest["sizes"]), ORIGINS)
        self.assertGreater(sum(digests[0]["sizes"].values()), 120)

    def test_1b_the_story_is_told_to_its_end(self):
        self.assertEqual(self.shown.count("five of five steps are met"), 4)
        told = re.findall(r"ims initiative check (eu-i-\d+)", self.shown)
        self.assertEqual(len(told), 5)  # on four nodes, and where to look next
        for node in self.nodes().values():
            checked = self.ask(node, "initiative", "check", told[-1])
            self.assertEqual((checked["ok"], checked["state"]), (True, "active"))

    def test_2_every_log_is_the_same_everywhere_and_cosigned(self):
        heads = {}
        for region, node in self.nodes().items():
            for log in self.ask(node, "log", "list")["logs"]:
                if "/journal/" in log["origin"]:
                    continue
                self.assertEqual(log["state"], "ok")
                self.assertEqual(heads.setdefault(log["origin"], (log["size"], log["root"])),
                                 (log["size"], log["root"]), region)
                if log["size"]:
                    self.assertGreaterEqual(len(log["cosigners"]), 2, log)
                    self.assertNotIn(log["region"], log["cosigners"])
        self.assertEqual(set(heads), ORIGINS)

    def test_3_the_sample_says_that_it_is_one(self):
        eu = self.nodes()["eu"]
        for initiative in self.ask(eu, "initiative", "list", "--limit", "100")["records"]:
            self.assertIn("[sample]", json.dumps(initiative), initiative["id"])

    def test_4_every_node_verifies_its_logs(self):
        for node in self.nodes().values():
            self.ims(node, "log", "verify")

    def test_5_an_outsider_verifies_the_export(self):
        with open(os.path.join(self.folder, "federation.json"), encoding="utf-8") as f:
            genesis = json.load(f)["genesis_hash"]
        args = ["--genesis-hash", genesis, "--roster", os.path.join(self.folder, "roster", "v1.note")]
        for region, node in self.nodes().items():
            for option, words in (("--digest", ("view", "digest", "--json")), ("--logs", ("log", "list", "--json"))):
                path = os.path.join(self.top, region + option)
                with open(path, "w", encoding="utf-8") as f:
                    f.write(self.ims(node, *words))
                args += [option, path]
        export = os.path.join(self.top, "export.jsonl")
        with open(export, "w", encoding="utf-8") as f:
            f.write(self.ims(self.nodes()["irs"], "export", "jsonl"))
        must([sys.executable, CHECKER, "verify", "--export", export, *args])

    def test_6_importing_again_changes_nothing(self):
        before = self.digests()
        files = glob.glob(os.path.join(self.folder, "sample", "*.csv"))
        for region in ("eu", "mx", "us"):
            self.ims(self.nodes()[region], "import", "cordis", "--region", region, "--assign", "mx,us,eu",
                     "--reference", os.path.join(TOP, "config", "reference"), *files)
        self.assertEqual(self.digests(), before)

    def test_7_stop_start_and_a_fifth_region(self):
        must([DEMO, "stop", self.folder, "us"])
        self.assertIsNone(self.nodes()["us"]["pid"])
        must([DEMO, "start", self.folder, "us"])
        self.assertIsNotNone(self.nodes()["us"]["pid"])
        must([DEMO, "add", self.folder, "jp"])
        digests = self.digests()
        self.assertEqual(set(digests), {"eu", "mx", "us", "irs", "jp"})
        for digest in digests.values():
            self.assertEqual(digest, digests["jp"])
            self.assertEqual((digest["roster"], digest["holes"]), (2, 0))

    def test_8_mistakes_are_told(self):
        self.assertEqual(run([DEMO]).returncode, 2)
        for words in (("status", self.top), ("stop", self.folder, "zz"), ("up", self.folder),
                      ("add", self.folder, "jp"), ("start", self.folder, "eu")):
            done = run([DEMO, *words])
            self.assertEqual(done.returncode, 1, words)
            self.assertIn("demo: ", done.stderr)

    def test_9_down_leaves_what_it_did_not_make(self):
        for path in glob.glob(os.path.join(self.folder, "*", "imsd.log")):
            with open(path, encoding="utf-8", errors="replace") as f:
                self.assertIsNone(harness.FINDING.search(f.read()), path)
        mine = os.path.join(self.folder, "mine.txt")
        with open(mine, "w", encoding="utf-8") as f:
            f.write("mine\n")
        must([DEMO, "down", self.folder])
        self.assertEqual(os.listdir(self.folder), ["mine.txt"])
        self.assertEqual(harness.processes_with(self.folder), [])


class Run(unittest.TestCase):
    """`run` ends with a signal and leaves nothing, wherever it is."""

    def run_until(self, sign, text):
        with tempfile.TemporaryDirectory(prefix="fed-") as top:
            demo = subprocess.Popen([DEMO, "run"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                    stderr=subprocess.STDOUT, text=True, env=dict(os.environ, TMPDIR=top))
            said = []
            for line in demo.stdout:
                said.append(line)
                if text in line:
                    break
            demo.send_signal(sign)
            said.append(demo.communicate(timeout=60)[0])
            self.assertEqual(os.listdir(top), [], "".join(said))
            self.assertEqual(harness.processes_with(top), [])
            return demo.returncode, "".join(said)

    def test_ended_by_ctrl_c(self):
        code, said = self.run_until(signal.SIGINT, "Ctrl-C ends it")
        self.assertEqual(code, 0, said)
        self.assertIn("control.sock", said)

    def test_ended_while_starting(self):
        started = time.monotonic()
        for sign, text in ((signal.SIGINT, "keys, certificates"), (signal.SIGTERM, "starting 4 nodes"),
                           (signal.SIGINT, "sessions between"), (signal.SIGINT, "a coach takes it up")):
            code, said = self.run_until(sign, text)
            self.assertEqual(code, 130, said)
        self.assertLess(time.monotonic() - started, 90)


if __name__ == "__main__":
    unittest.main()
