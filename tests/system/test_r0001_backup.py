# SPDX-License-Identifier: Apache-2.0
"""A backup is made while the node writes, verifies until a byte of it changes, and starts elsewhere as
what it is: a copy that is read, and writes and signs nothing until it is recovered (inv. 5, 12)."""

import json
import os
import shutil
import subprocess
import threading
import unittest

import harness

EU = "ims.example/eu/1"
EXIT_FAILED, EXIT_ATTENTION, EXIT_NOT_VERIFIED = 1, 4, 5
PROJECTS = 40


class Backup(harness.FederationTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        try:
            cls.box.load_sample("eu", PROJECTS)
            cls.box.await_sync()
            cls.dir = cls.box.scratch("backup")
            cls.made, cls.written = cls.create_while_writing()
        except BaseException:
            cls.box.close()
            raise

    @classmethod
    def create_while_writing(cls):
        """The answer of `ims backup create`, and what was acknowledged meanwhile."""
        written, over = [], threading.Event()

        def write():
            while not over.is_set():
                written.append(cls.box.put("eu", "While it is copied %d" % len(written)))

        writer = threading.Thread(target=write)
        writer.start()
        try:
            harness.until(lambda: "" if len(written) > 2 else "nothing written", "a first write", 10)
            return cls.box.node("eu").ask("backup", "create", cls.dir), written
        finally:
            over.set()
            writer.join()

    def verify(self, folder):
        """(exit code, the answer) of `ims backup verify`."""
        done = self.box.node("eu").ims("backup", "verify", folder, "--json")
        return done.returncode, json.loads(done.stdout)

    def copy(self, name):
        """The backup in a folder of its own, to be spoilt."""
        folder = self.box.scratch(name)
        shutil.copytree(self.dir, folder)
        return folder

    def flip(self, path, offset):
        with open(path, "r+b") as f:
            f.seek(offset, os.SEEK_END if offset < 0 else os.SEEK_SET)
            at = f.tell()
            byte = f.read(1)[0]
            f.seek(at)
            f.write(bytes([byte ^ 1]))

    def test_a_is_whole(self):
        self.assertNotIn(None, self.written)
        self.assertEqual(self.made["origin"], EU)
        self.assertGreater(self.made["size"], 2)
        code, answer = self.verify(self.dir)
        self.assertEqual((code, answer["ok"], answer["findings"]), (0, True, []))
        log = {item["origin"]: item for item in answer["logs"]}[EU]
        self.assertEqual((log["size"], log["root"]), (self.made["size"], self.made["root"]))
        self.assertEqual(sorted(os.listdir(self.dir)), ["backup.txt", "data"])

    def test_b_says_what_it_is(self):
        with open(os.path.join(self.dir, "backup.txt"), encoding="utf-8") as f:
            text, note = f.read().split("\n\n", 1)
        lines = dict(line.split(" ", 1) for line in text.split("\n")[1:])
        self.assertEqual((lines["federation"], lines["region"], lines["origin"]), ("ims.example", "eu", EU))
        self.assertEqual((int(lines["size"]), lines["root"]), (self.made["size"], self.made["root"]))
        self.assertEqual(note.split("\n")[:2], [EU, str(self.made["head_size"])])
        self.assertGreater(self.made["head_size"], 0)

    def test_c_a_changed_byte_is_found(self):
        for name, offset in (("data/data.mdb", 5000), ("data/data.mdb", -10), ("backup.txt", -10)):
            folder = self.copy("flipped")
            self.flip(os.path.join(folder, name), offset)
            code, answer = self.verify(folder)
            self.assertEqual((code, answer["ok"]), (EXIT_NOT_VERIFIED, False), name)
            shutil.rmtree(folder)

    def test_d_is_made_nowhere_else(self):
        for folder in (self.dir, self.box.scratch("no/such/folder")):
            self.assertEqual(self.box.node("eu").ims("backup", "create", folder).returncode, EXIT_FAILED)
        self.assertEqual(self.verify(self.dir)[0], 0)
        self.assertEqual(self.box.node("eu").ims("backup", "verify", self.box.scratch("nothing")).returncode,
                         EXIT_NOT_VERIFIED)

    def restore(self, *words):
        """Run it as an operator does on the machine of the node."""
        node = self.box.node("eu")
        return subprocess.run([node.programs.ims, "backup", "restore", *words, "--config", node.config],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)

    def test_e_restored_is_read_only(self):
        eu, mx = self.box.node("eu"), self.box.node("mx")
        self.box.await_sync()
        done = self.restore(self.dir, "--force")
        self.assertEqual(done.returncode, EXIT_FAILED)
        self.assertIn("the node runs", done.stderr)
        eu.stop()
        done = self.restore(self.dir)
        self.assertEqual(done.returncode, EXIT_FAILED)
        self.assertIn("--force", done.stderr)
        spoilt = self.copy("spoilt")
        self.flip(os.path.join(spoilt, "data", "data.mdb"), 5000)
        self.assertEqual(self.restore(spoilt, "--force").returncode, EXIT_NOT_VERIFIED)

        for name in ("data", "ring"):
            os.rename(eu.path(name), eu.path(name + ".lost"))
        done = self.restore(self.dir)
        self.assertEqual(done.returncode, 0, done.stderr)
        eu.start()
        self.check_restored(eu, mx)
        eu.stop()
        eu.start()  # and it stays so
        self.check_restored(eu, mx)
        self.check_others(mx)

        eu.stop()
        self.assertEqual(self.restore(self.dir, "--force").returncode, 0)
        for name, file in (("data", "data.mdb"), ("ring", "commit.ring")):
            kept = [os.listdir(eu.path(name, d)) for d in os.listdir(eu.path(name)) if "before-restore" in d]
            self.assertEqual(kept, [[file]])
        eu.start()
        self.check_restored(eu, mx)

    def check_restored(self, eu, mx):
        status = eu.ask("status")
        self.assertEqual(status["state"], "rolled-back")
        self.assertIn("restored from a backup of 20", status["reason"])
        self.assertEqual((status["size"], status["signed_size"]), (self.made["size"], self.made["head_size"]))
        first = self.written[0]
        got = eu.ask("record", "get", first["id"])
        self.assertEqual((got["origin"], got["index"]), (first["origin"], first["index"]))
        path = self.box.scratch("refused.json")
        with open(path, "w", encoding="utf-8") as f:
            f.write('{"name": "No", "country": "DE", "type": "sme"}')
        done = eu.ims("record", "put", "organisation", path)
        self.assertEqual(done.returncode, EXIT_ATTENTION, done.stderr)
        self.box.await_sessions()
        self.assertEqual(mx.ask("log", "show", EU)["log"]["state"], "ok")

    def check_others(self, mx):
        """They go on with each other, keep all of eu's log, and eu takes from them what they write."""
        size = mx.ask("log", "show", EU)["log"]["size"]
        self.assertGreaterEqual(size, self.made["size"])
        put = self.box.put("mx", "While eu is a copy", "MX")
        self.assertIsNotNone(put)
        self.assert_in_sync(regions=["irs", "mx", "us"])
        self.wait_for(lambda: self.box.node("eu").ims("record", "get", put["id"]).returncode == 0,
                      what="eu reads what mx wrote")
        for region in ("irs", "mx", "us"):
            log = self.box.node(region).ask("log", "show", EU)["log"]
            self.assertEqual((log["size"], log["state"]), (size, "ok"))


if __name__ == "__main__":
    unittest.main()
