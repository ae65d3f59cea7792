# SPDX-License-Identifier: Apache-2.0
"""Crashes, cuts and absences: afterwards all nodes hold the same, and nothing that was acknowledged is
lost (inv. 1, 3, 12)."""

import subprocess
import unittest

import harness
import wire

ASKED = 25


class Converge(harness.FederationTest):
    proxies = True

    def put_many(self, region, prefix, count):
        """Organisations over the local socket; the answers that came."""
        answers = []
        with wire.Connection(wire.connect_unix(self.box.node(region).socket)) as c:
            for number in range(count):
                code, why, reply = c.call("RECORD_PUT", wire.put_organisation("%s %d" % (prefix, number)))
                self.assertEqual(code, 0, why)
                answers.append({"id": wire.text(reply, 1), "origin": wire.text(reply, 2),
                                "index": wire.first(reply, 3, 0), "ack": wire.text(reply, 4)})
        return answers

    def size(self, region, of):
        logs = self.box.node(region).ask("log", "list")["logs"]
        return next((log["size"] for log in logs if log["origin"] == "ims.example/%s/1" % of), 0)

    def test_1_killed_in_the_middle_of_an_import(self):
        eu = self.box.node("eu")
        acknowledged = self.put_many("eu", "Before the crash", ASKED)
        files = harness.sample.write(self.box.scratch("import"), eu.programs.reference, count=4000)
        command = eu.command("import", "cordis", "--reference", eu.programs.reference, *files)
        importing = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.wait_for(lambda: self.size("eu", "eu") > ASKED + 100, what="some of the import")
        eu.kill()
        self.assertNotEqual(importing.wait(30), 0)
        eu.start()
        self.assertLess(self.size("eu", "eu"), ASKED + 4000)
        harness.must(command)
        size = self.size("eu", "eu")
        harness.must(command)
        self.assertEqual(self.size("eu", "eu"), size, "importing again changes nothing")
        self.assert_in_sync()
        self.assert_kept(acknowledged)

    def test_2_cut_off_and_writing(self):
        self.box.proxy.cut("mx")
        alone = self.put_many("mx", "Alone", ASKED)
        rest = self.put_many("us", "Meanwhile", ASKED) + self.put_many("irs", "Meanwhile too", ASKED)
        self.assertEqual({a["ack"] for a in alone}, {"durable"})
        waited = self.box.put("mx", "Alone and waiting", "MX", "--wait", "300")
        self.assertEqual(waited["ack"], "durable", "cut off, a write is durable and not yet replicated")
        waited = self.box.put("us", "Replicated", "US", "--wait", "10000")
        self.assertEqual(waited["ack"], "replicated", "the cut of one region hinders nobody else")
        self.wait_for(lambda: {p["region"]: p["state"] for p in self.box.node("eu").ask("status")["peers"]}["mx"] ==
                      "unreachable", what="eu sees that mx is gone")
        self.assert_in_sync(regions=["eu", "us", "irs"])
        self.assertLess(self.size("eu", "mx"), self.size("mx", "mx"))
        self.box.proxy.mend()
        self.assert_in_sync()
        self.assert_kept(alone + rest + [waited])

    def test_3_a_new_region_gets_the_log_of_one_it_never_met(self):
        acknowledged = self.put_many("us", "Known to others", ASKED)
        self.assert_in_sync()
        self.box.node("us").stop()
        for_nobody = self.put_many("eu", "Without us", ASKED)
        self.box.add("jp", self.box.options)
        self.assert_in_sync(regions=["eu", "mx", "irs", "jp"])
        self.assertEqual(self.size("jp", "us"), self.size("irs", "us"))
        self.assert_kept(acknowledged + for_nobody, ["jp"])
        mine = self.put_many("jp", "New here", ASKED)
        self.box.node("us").start()
        self.assert_in_sync()
        self.assert_kept(acknowledged + for_nobody + mine)
        for node in self.box.nodes.values():
            node.do("log", "verify")


if __name__ == "__main__":
    unittest.main()
