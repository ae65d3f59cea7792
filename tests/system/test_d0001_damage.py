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
    started = False

    @classmethod
    def setUpClass(cls):
        """eu writes, irs copies, mx and us are still asleep."""
        super().setUpClass()
        try:
            for region in ("eu", "irs"):
                cls.box.node(region).start()
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

    def check_named(self, what, *place, names):
        """Flipped it is found and named, flipped back all is well."""
        self.flip("irs", what, *place)
        code, found = self.findings("irs")
        self.assertEqual(code, EXIT_NOT_VERIFIED, found)
        self.assertTrue(any(name in found for name in names), "%s not named: %s" % (names, found))
        self.flip("irs", what, *place)
        self.assertEqual(self.findings("irs"), (0, {}))

    def test_entry(self):
        self.check_named("entry", 17, -1, names=["entry 17"])

    def test_payload(self):
        self.check_named("payload", 23, 40, names=["payload 23"])

    def test_salt(self):
        self.check_named("payload", 23, 5, names=["payload 23"])

    def test_tile(self):
        self.check_named("tile", 0, 0, 100, names=["tile 0/0"])

    def test_checkpoint(self):
        size = self.head_size("irs")
        self.check_named("head", size, -10, names=["checkpoint %d" % size])

    def test_z_damaged_bytes_are_not_passed_on(self):
        """mx can reach only a damaged eu: it takes nothing that is wrong. Then irs gives it the rest."""
        good = self.box.node("eu").ask("log", "show", EU)["log"]
        self.box.node("irs").stop()
        self.flip("eu", "entry", 17, -1)
        self.flip("eu", "payload", 300, 40)
        self.box.node("mx").start()
        self.box.await_sessions(regions=["eu", "mx"])
        self.wait_for(lambda: "eu" in self.log_of("mx"), what="mx speaks of eu")
        self.wait_for(lambda: self.refusals("eu") or self.refusals("mx"), what="somebody refuses the damaged bytes")
        self.assertLess(self.size("mx"), good["size"])
        self.box.node("irs").start()
        self.wait_for(lambda: self.size("mx") == good["size"], 30, "mx has all of eu's log")
        self.wait_for(lambda: not self.box.node("mx").ask("view", "digest")["holes"], 30, "mx has all payloads")
        self.assertEqual(self.findings("mx"), (0, {}))
        mx = self.box.node("mx").ask("log", "show", EU)["log"]
        self.assertEqual((mx["size"], mx["root"]), (good["size"], good["root"]))
        self.assertEqual(self.findings("eu")[0], EXIT_NOT_VERIFIED)

    def size(self, region):
        return {log["origin"]: log["size"] for log in self.box.node(region).ask("log", "list")["logs"]}.get(EU, 0)

    def refusals(self, region):
        """What the node's log says of bytes that are not what they should be."""
        return [line for line in self.log_of(region).split("\n")
                if "leaf hash" in line or "commitment" in line or "damaged" in line]


if __name__ == "__main__":
    unittest.main()
