# SPDX-License-Identifier: Apache-2.0
"""A byte that changes on the disk is named by `ims log verify`, and reaches no other node (inv. 2, 4)."""

import json
import unittest

import harness
from harness import must, tool

EU = "ims.example/eu/1"
PROJECTS = 260
EXIT_NOT_VERIFIED = 5


class Damage(harness.FederationTest):
    regions = ("eu", "irs", "mx")
    started = False

    @classmethod
    def setUpClass(cls):
        """eu writes, irs copies, mx is still asleep."""
        super().setUpClass()
        try:
            cls.box.begin_without_the_rest("eu", "irs")
            cls.box.load_sample("eu", PROJECTS)
            cls.box.await_sync(regions=["eu", "irs"])
        except BaseException:
            cls.box.close()
            raise

    def flip(self, region, what, *place):
        """Damage a stopped node, start it again."""
        node = self.box.node(region)
        node.stop()
        must([tool("flip"), node.path("data"), what, EU, *place])
        node.start()

    def findings(self, region):
        """(exit code, {object: problem}) of `ims log verify` for the damaged log."""
        done = self.box.node(region).ims("log", "verify", EU, "--json")
        item = json.loads(done.stdout)["logs"][0]
        return done.returncode, {f["object"]: f["problem"] for f in item["findings"]}

    def head_size(self, region):
        return int(self.box.node(region).do("log", "checkpoint", EU).split("\n")[1])

    def check_named(self, what, *place, name):
        """Flipped it is found and named, flipped back all is well."""
        self.flip("irs", what, *place)
        code, found = self.findings("irs")
        self.assertEqual(code, EXIT_NOT_VERIFIED, found)
        self.assertIn(name, found)
        self.flip("irs", what, *place)
        self.assertEqual(self.findings("irs"), (0, {}))

    def test_entry(self):
        self.check_named("entry", 17, -1, name="entry 17")

    def test_payload(self):
        self.check_named("payload", 23, 40, name="payload 23")

    def test_salt(self):
        self.check_named("payload", 23, 5, name="payload 23")

    def test_tile(self):
        self.check_named("tile", 0, 0, 100, name="tile 0/0")

    def test_checkpoint(self):
        """While nobody is there who would show the checkpoint again, and so mend it."""
        size = self.head_size("irs")
        self.box.node("eu").stop()
        self.check_named("head", size, -10, name="checkpoint %d" % size)
        self.box.node("eu").start()

    def test_the_edge_is_mended_from_the_entries(self):
        """The tiles that still grow: what is wrong in them must not grow on (inv. 5)."""
        for place in ((0, 1), (1, 0)):
            self.flip("irs", "tile", *place, 0)
            self.assertIsNotNone(self.box.put("eu", "After tile %d/%d was damaged" % place))
            self.assert_in_sync(regions=["eu", "irs"])
            self.assertEqual(self.findings("irs"), (0, {}))

    def test_z_damaged_bytes_are_not_passed_on(self):
        """mx can reach only a damaged eu: it takes nothing that is wrong. Then irs gives it the rest."""
        good = self.box.node("eu").ask("log", "show", EU)["log"]
        self.box.node("irs").stop()
        self.flip("eu", "entry", 17, -1)
        self.flip("eu", "payload", 300, 40)
        self.box.node("mx").start()
        self.box.await_sessions(regions=["eu", "mx"])
        self.wait_for(lambda: "entry 17 as stored" in self.log_of("eu"), what="eu's log names what it does not serve")
        self.assertLessEqual(self.size("mx"), 17)
        self.box.node("irs").start()
        self.wait_for(lambda: self.size("mx") == good["size"], 30, "mx has all of eu's log")
        self.wait_for(lambda: not self.box.node("mx").ask("view", "digest")["holes"], 30, "mx has all payloads")
        self.assertEqual(self.findings("mx"), (0, {}))
        mx = self.box.node("mx").ask("log", "show", EU)["log"]
        self.assertEqual((mx["size"], mx["root"]), (good["size"], good["root"]))
        self.assertEqual(self.findings("eu")[0], EXIT_NOT_VERIFIED)

    def size(self, region):
        return {log["origin"]: log["size"] for log in self.box.node(region).ask("log", "list")["logs"]}.get(EU, 0)


if __name__ == "__main__":
    unittest.main()
