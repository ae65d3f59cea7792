# SPDX-License-Identifier: Apache-2.0
"""Coming back (DESIGN section 6): whatever happened to its files, a node that has published more than it
holds neither writes nor signs until its own entries are back from its peers; then every entry that any
peer held is there, at its index, and what only this node had acknowledged follows (inv. 3, 5)."""

import os
import shutil
import subprocess
import unittest

import harness

EU = "ims.example/eu/1"
EXIT_ATTENTION = 4


class Recover(harness.FederationTest):
    def setUp(self):
        """Everybody has the same; remembers what eu's log is."""
        self.box.await_sync()
        self.eu = self.box.node("eu")
        self.log = self.eu.ask("log", "show", EU)["log"]

    def write(self, count, name):
        return [self.box.put("eu", "%s %d" % (name, n)) for n in range(count)]

    def files(self, name):
        """Keep a copy of eu's database and commit log, as `cp` makes it."""
        folder = self.box.scratch(name)
        for part in ("data", "ring"):
            shutil.copytree(self.eu.path(part), os.path.join(folder, part))
        return folder

    def put_back(self, folder, parts=("data", "ring")):
        for part in parts:
            shutil.rmtree(self.eu.path(part))
            shutil.copytree(os.path.join(folder, part), self.eu.path(part))

    def alone(self):
        """eu starts where nobody can reach it, and so cannot know what it has published."""
        for region in ("irs", "mx", "us"):
            self.box.node(region).stop()
        self.eu.start()

    def company(self):
        for region in ("irs", "mx", "us"):
            self.box.node(region).start()
        self.wait_for(lambda: self.eu.ask("status")["state"] == "rolled-back", 30, "eu sees that it is behind")

    def recover(self):
        done = self.eu.ask("recover")
        self.assertEqual((done["state"], done["recovering"]), ("ready", False), done)

    def expect_kept(self, size, root, acknowledged):
        """eu's log goes on from what it was, and all that was acknowledged is read everywhere."""
        self.assert_in_sync()
        self.eu.do("log", "compare", "--with", "unix:" + self.box.node("mx").socket)
        for node in self.box.nodes.values():
            node.do("log", "verify")
            for answer in acknowledged:
                self.assertEqual(node.ask("record", "get", answer["id"])["leaf"],
                                 self.eu.ask("record", "get", answer["id"])["leaf"])
        now = self.eu.ask("log", "show", EU)["log"]
        self.assertGreaterEqual(now["size"], size)
        if root and now["size"] == size:
            self.assertEqual(now["root"], root)

    def test_machine_gone(self):
        """rm -rf of everything but keys and configuration."""
        written = self.write(5, "Before the fire")
        self.box.await_sync()
        log = self.eu.ask("log", "show", EU)["log"]
        self.eu.kill()
        for part in ("data", "ring"):
            shutil.rmtree(self.eu.path(part))
        self.eu.start()
        self.wait_for(lambda: self.eu.ask("status")["state"] == "rolled-back", 30, "eu hears what it has published")
        self.assertIsNone(self.box.put("eu", "Not now"))
        self.recover()
        self.expect_kept(log["size"], log["root"], written)
        self.assertEqual(self.box.put("eu", "After the fire")["index"], log["size"])
        self.assert_in_sync()

    def test_old_copy_of_everything(self):
        """Database and commit log of an earlier day, and written to before a peer came."""
        old = self.box.scratch("old")
        self.eu.stop()
        self.files("old")
        self.eu.start()
        published = self.write(6, "Published")
        self.box.await_sync()
        log = self.eu.ask("log", "show", EU)["log"]
        self.eu.stop()
        self.put_back(old)
        self.alone()
        offline = self.write(3, "Offline")
        self.assertNotIn(None, offline)
        self.assertEqual(offline[0]["index"], published[0]["index"])  # nobody has seen either of them here
        self.assertLess(self.eu.ask("status")["signed_size"], log["size"])
        self.company()
        self.recover()
        self.expect_kept(log["size"] + 3, None, published)
        rows = self.eu.ask("journal", "list")["rows"]
        moved = [row for row in rows if row["event"] == "appended-again"]
        self.assertEqual(len(moved), 3, moved)
        names = {self.record_name(log["size"] + n) for n in range(3)}
        self.assertEqual(names, {"Offline %d" % n for n in range(3)})

    def record_name(self, index):
        """Name of the organisation whose record the entry at this index of eu's log made."""
        for item in self.eu.ask("organisation", "list")["records"]:
            if item["origin"] == EU and item["index"] == index:
                return self.eu.ask("record", "get", item["id"])["payload"]["name"]
        return None

    def test_backup_elsewhere(self):
        """From a backup without the commit log; a peer that is away holds it up until it is there."""
        folder = self.box.scratch("backup")
        self.eu.ask("backup", "create", folder)
        written = self.write(4, "After the backup")
        self.box.await_sync()
        log = self.eu.ask("log", "show", EU)["log"]
        self.eu.stop()
        shutil.rmtree(self.eu.path("ring"))
        shutil.rmtree(self.eu.path("data"))
        subprocess.run([self.eu.programs.ims, "backup", "restore", folder, "--config", self.eu.config], check=True,
                       stdin=subprocess.DEVNULL, capture_output=True)
        self.box.node("us").stop()
        self.eu.start()
        self.assertEqual(self.eu.ask("status")["state"], "rolled-back")
        done = self.eu.ims("recover", "--timeout", "3")
        self.assertEqual(done.returncode, EXIT_ATTENTION, done.stderr)
        self.assertIn("us", done.stderr)
        self.wait_for(lambda: self.eu.ask("log", "show", EU)["log"]["size"] == log["size"], 30, "entries are back")
        self.assertEqual(self.eu.ask("status")["state"], "rolled-back")
        self.box.node("us").start()
        self.wait_for(lambda: self.eu.ask("status")["state"] == "ready", 30, "us came: the node goes on by itself")
        self.expect_kept(log["size"], log["root"], written)
        self.assertIsNotNone(self.box.put("eu", "On"))
        self.assert_in_sync()


if __name__ == "__main__":
    unittest.main()
