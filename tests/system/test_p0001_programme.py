# SPDX-License-Identifier: Apache-2.0
"""An initiative on its way through the regions (inv. 7, 8): who may do what, signatures that count and those that do
not, each with its reason on every node, and the state of an earlier time."""

import json
import unittest

import harness
from harness import signatory

INITIATIVE = {"title": [{"lang": "en", "text": "Cells that repair themselves"}], "state": "draft", "platform": "P3",
              "domains": ["T01"], "currency": "USD", "budget_hundredths": 250000000, "start": "2026-01-01",
              "end": "2028-06-30"}
REGIONS = ("eu", "mx", "us")


class Programme(harness.FederationTest):
    options = {"operator_roles": "operator:originator"}

    # ---- what the tests do again and again
    def node(self, region):
        return self.box.node(region)

    def write(self, name, content):
        path = self.box.scratch(name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(content if isinstance(content, str) else json.dumps(content))
        return path

    def put(self, region, kind, record, *options):
        return self.node(region).ask(kind, "put", self.write(kind + ".json", record), *options)

    def refused(self, region, *words):
        """What the command says to whom it refuses."""
        done = self.node(region).ims(*words)
        self.assertNotEqual(done.returncode, 0, words)
        return done.stderr

    def as_operator(self, *words):
        """Over the federation port, by a certificate: an originator, by the node's configuration."""
        eu = self.node("eu")
        identity = ("--cert", eu.path("operator.crt"), "--key", eu.path("operator.key"),
                    "--roster", self.box.path("roster", "v1.note"))
        return harness.run([eu.programs.ims, "--node", "ims://" + eu.address, *identity, *words])

    def sign(self, region, moa, lang="en"):
        """A .p7s over the bytes that this region's node prints."""
        return signatory.sign(self.node(region), moa, self.box.scratch(""), region, lang)

    def why(self, region, record):
        return self.node(region).ask("record", "history", record)["revisions"][-1]["reason"]

    def draft(self, initiative, organisations, text):
        parties = [word for region in REGIONS for word in ("--party", organisations[region])]
        return self.node("eu").ask("moa", "draft", initiative, "--text", "en=" + self.write("en.txt", text), "--title",
                                   "en=Agreement", *parties)

    def to_signing(self, text):
        """An initiative that is being signed, its agreement, and an organisation of each region."""
        eu = self.node("eu")
        initiative = self.put("eu", "initiative", INITIATIVE)["id"]
        organisations = {r: self.put(r, "organisation", {"name": text + " " + r, "country": "DE" if r == "eu" else
                                                         r.upper(), "type": "sme"})["id"] for r in REGIONS}
        for words in (["submit"], ["coach", "--coach", "anna"], ["seek"]):
            eu.do("initiative", words[0], initiative, *words[1:])
        moa = self.draft(initiative, organisations, text)["id"]
        eu.do("initiative", "sign", initiative)
        self.assert_in_sync()
        return initiative, moa, organisations

    # ---- the tests
    def test_1_who_may_do_what(self):
        path = self.write("initiative.json", INITIATIVE)
        done = self.as_operator("initiative", "put", path, "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        initiative = json.loads(done.stdout)["id"]
        self.assertEqual(self.as_operator("initiative", "submit", initiative).returncode, 0)
        done = self.as_operator("initiative", "coach", initiative, "--coach", "anna")
        self.assertEqual(done.returncode, 6, done.stderr)
        self.assertIn("'assign' is for the secretariat", done.stderr)
        self.assertIn("needs it to be signing", self.refused("eu", "initiative", "activate", initiative))
        self.assertIn("at home in another region", self.refused("mx", "initiative", "put", path, "--id", initiative))

    def test_1b_given_up_or_gone_on_elsewhere(self):
        one, other, third = (self.put("eu", "initiative", INITIATIVE)["id"] for _ in range(3))
        eu = self.node("eu")
        for id in (one, other, third):
            eu.do("initiative", "submit", id)
        self.assertIn("say why", self.refused("eu", "initiative", "decline", one))
        eu.do("initiative", "decline", one, "--reason", "not ours")
        self.assertIn("into which one", self.refused("eu", "initiative", "merge", other, "--reason", "the same"))
        eu.do("initiative", "merge", other, "--into", third, "--reason", "the same")
        eu.do("initiative", "hold", third, "--reason", "a break")
        eu.do("initiative", "resume", third)
        self.assertEqual([eu.ask("initiative", "check", id)["state"] for id in (one, other, third)],
                         ["declined", "merged", "submitted"])
        self.assertIn("it is over", self.refused("eu", "initiative", "submit", other))
        notes = eu.ask("note", "list", "--key", "about=" + one)["records"]
        self.assertEqual([r["payload"]["text"][0]["text"] for r in notes], ["not ours"])

    def test_2_signed_in_three_regions(self):
        initiative, moa, organisations = self.to_signing("First")
        before = {"%s=%d" % (log["origin"], log["size"]) for log in self.node("us").ask("log", "list")["logs"]}
        old = {r: self.node(r).ask("moa", "sign", moa, "--organisation", organisations[r], "--p7s", self.sign(r, moa))
               for r in ("mx", "us")}
        self.assert_in_sync()
        self.assertEqual(self.node("eu").ask("moa", "show", moa)["regions"], 2)
        self.draft(initiative, organisations, "First, and better")
        self.assert_in_sync()
        for region in REGIONS:
            self.assertIn("old version", self.why(region, old["mx"]["id"]), region)
            self.assertEqual(self.node(region).ask("moa", "show", moa)["regions"], 0)
        self.assertIn("signs something else", self.refused("mx", "moa", "sign", moa, "--organisation",
                                                           organisations["mx"], "--p7s", self.box.scratch("mx.p7s")))
        signed = {r: self.node(r).ask("moa", "sign", moa, "--organisation", organisations[r],
                                      "--p7s", self.sign(r, moa)) for r in REGIONS}
        again = self.node("us").ask("moa", "sign", moa, "--organisation", organisations["us"], "--paper", "2026-11-28")
        self.assertIn("of this region is wanted",
                      self.refused("us", "moa", "sign", moa, "--organisation", organisations["mx"], "--paper",
                                   "2026-11-28"))
        self.assert_in_sync()
        self.assertEqual(self.why("mx", again["id"]), "its region is counted already")
        self.assertEqual(self.node("mx").ask("moa", "show", moa)["regions"], 3)
        self.node("mx").do("moa", "verify", moa)
        conclusion = self.node("eu").ask("moa", "conclude", moa)["id"]
        self.node("eu").do("initiative", "activate", initiative)
        self.assertIn("stays closed", self.refused("eu", "record", "withdraw", conclusion, "--reason", "no"))
        self.node("mx").do("record", "withdraw", signed["mx"]["id"], "--reason", "after it")
        self.assert_in_sync()
        for region in self.box.nodes:
            shown = self.node(region).ask("moa", "show", moa)
            self.assertEqual((shown["conclusion"], shown["regions"]), (conclusion, 3), region)
            self.assertEqual(self.node(region).ask("initiative", "check", initiative)["state"], "active")
        then = self.node("us").ask("initiative", "check", initiative, "--as-of", ",".join(before))
        self.assertEqual((then["state"], then["steps"][3]["verdict"]), ("signing", "not-met"))

    def test_3_nothing_counts_of_what_is_given_up(self):
        initiative, moa, organisations = self.to_signing("Second")
        signed = [self.node(r).ask("moa", "sign", moa, "--organisation", organisations[r],
                                   "--paper", "2026-11-28")["id"] for r in REGIONS]
        self.assert_in_sync()
        self.node("eu").do("initiative", "withdraw", initiative, "--reason", "no money")
        self.assertIn("regions have signed", self.refused("eu", "moa", "conclude", moa))
        self.assert_in_sync()
        for region in self.box.nodes:
            self.assertEqual([self.why(region, id) for id in signed], ["the initiative is withdrawn"] * 3)

    def test_4_two_pages(self):
        sections = [{"id": name, "title": [{"lang": "en", "text": name}], "required": True}
                    for name in ("goal", "work")]
        template = self.write("template.json", {
            "name": "mtp", "version": 1, "title": [{"lang": "en", "text": "T"}], "pages_max": 2, "columns": 80,
            "lines": 50, "sections": sections})
        words = {"initiative": "eu-i-1", "lang": "en", "sections": [{"id": "goal", "text": "words " * 200},
                                                                    {"id": "work", "text": "words " * 200}]}
        node = self.node("eu")
        measured = node.ask("template", "measure", self.write("d.json", words), "--template", template)
        self.assertEqual((measured["pages"], measured["fits"]), (1, True))
        words["sections"][1]["text"] = "words " * 1400
        done = node.ims("template", "measure", self.write("d.json", words), "--template", template, "--json")
        self.assertEqual((done.returncode, json.loads(done.stdout)["pages"]), (1, 3))
        del words["sections"][1]
        self.assertIn("section 'work' is missing",
                      node.ims("template", "measure", self.write("d.json", words), "--template", template).stderr)


if __name__ == "__main__":
    unittest.main()
