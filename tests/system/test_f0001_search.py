# SPDX-License-Identifier: Apache-2.0
"""Finding what is alike and who could take part, on every node; what is withdrawn is no longer found, nor in the
index's file (inv. 9); an index that is lost or damaged is made anew."""

import datetime
import glob
import json
import shutil
import unittest

import harness

TITLE = "Earthworms under mulch films"
ABSTRACT = ("Plastic mulch breaks down into particles on farmland. We follow them through soils into earthworms, crops "
            "and groundwater, and with farmers, chemists and toxicologists derive limits for regulators.")
REWORDED = {"title": "What agricultural films leave in the ground",
            "abstract": [{"lang": "en", "text": "Particles of plastic mulch stay in farmland soils, reach groundwater "
                          "and harm earthworms; toxicologists and farmers advise regulators on limits."}],
            "expect": "another member is passed over"}
SECRET = b"Earthworms under mulch"


class Search(harness.FederationTest):
    def node(self, region):
        return self.box.node(region)

    def write(self, name, content):
        path = self.box.scratch(name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(content if isinstance(content, str) else json.dumps(content))
        return path

    def put(self, region, kind, record):
        return self.node(region).ask(kind, "put", self.write(kind + ".json", record))["id"]

    def overlap(self, region, *words):
        return self.node(region).ask("initiative", "overlap", *words)["matches"]

    def files_hold(self, region, text):
        for path in glob.glob(self.node(region).path("data", "search", "*")):
            with open(path, "rb") as file:
                if text in file.read():
                    return True
        return False

    def test_1_a_reworded_text_finds_it_on_every_node(self):
        eu = self.node("eu")
        files = harness.sample.write(self.box.scratch("import"), eu.programs.reference, count=60)
        harness.must(eu.command("import", "cordis", "--reference", eu.programs.reference, *files))
        self.box.worms = self.put("eu", "initiative", {
            "title": [{"lang": "en", "text": TITLE}], "abstract": [{"lang": "en", "text": ABSTRACT}], "state": "active",
            "domains": ["T02"], "source": {"scheme": "cordis", "id": "4711"}, "start": "2025-01-01",
            "end": "2027-12-31"})
        self.assert_in_sync()
        path = self.write("reworded.json", REWORDED)
        for region in harness.REGIONS:
            found = self.overlap(region, "--file", path)
            self.assertEqual(found[0]["id"], self.box.worms, region)
            self.assertEqual(found[0]["source"], "cordis:4711")
            self.assertEqual(set(found[0]), {"id", "source", "score", "alarm", "reasons"})
            self.assertTrue(found[0]["alarm"])
            self.assertTrue(0 < found[0]["score"] <= 1)
            self.assertTrue(any("earthworms" in reason for reason in found[0]["reasons"]), found[0])
            self.assertEqual(sum(m["alarm"] for m in found), 1)
        self.assertNotIn(self.box.worms, [m["id"] for m in self.overlap("mx", self.box.worms)])

    def test_2_partners_each_point_explained(self):
        university = self.put("mx", "organisation", {
            "name": "Universidad de los Suelos", "country": "MX", "type": "university", "domains": ["T02"],
            "about": [{"lang": "en", "text": "Earthworms, plastic particles and groundwater under farmland"}]})
        self.box.need = self.put("eu", "need", {
            "initiative": self.box.worms, "title": [{"lang": "en", "text": "Who counts earthworms on farmland?"}],
            "organisation_types": ["university"], "regions": ["mx"], "countries": ["MX"], "state": "open",
            "expiry": str(datetime.date.today() + datetime.timedelta(days=200))})
        self.assert_in_sync()
        for asked in (self.box.worms, self.box.need):
            found = self.node("us").ask("match", asked, "--limit", "5")["matches"]
            self.assertEqual(found[0]["id"], university)
            self.assertLessEqual({"text", "domain", "region"}, {line["feature"] for line in found[0]["lines"]})
            for item in found:
                self.assertAlmostEqual(sum(line["points"] for line in item["lines"]), item["score"], 4)
                self.assertTrue(all(line["name"] and line["text"] for line in item["lines"]))
        needs = self.node("mx").ask("match", university)["matches"]
        self.assertEqual([n["id"] for n in needs], [self.box.need])
        self.assertIn("of a type that is wanted", self.node("mx").do("match", university))

    def test_3_a_submission_is_told_what_it_may_duplicate(self):
        eu = self.node("eu")
        draft = {"title": [{"lang": "en", "text": REWORDED["title"]}], "abstract": REWORDED["abstract"],
                 "state": "draft"}
        twin = self.put("eu", "initiative", draft)
        step = eu.ask("initiative", "submit", twin)
        self.assertEqual([m["id"] for m in step["alike"]], [self.box.worms])
        self.assertEqual((step["outcome"], step["ack"], step["not_compared"]), ("updated", "durable", ""))
        check = eu.do("initiative", "check", twin)
        self.assertIn("it may duplicate", check)
        self.assertIn(self.box.worms, check)
        # another subject is told nothing; nor is any other step
        choirs = {"title": [{"lang": "en", "text": "Choirs of the baroque"}],
                  "abstract": [{"lang": "en", "text": "Singers edit vocal music of small towns."}]}
        other = self.put("eu", "initiative", {**draft, **choirs})
        said = eu.do("initiative", "submit", other)
        self.assertNotIn("may duplicate", said)
        self.assertIn("nothing here stands out", eu.do("initiative", "check", other))
        self.assertEqual(eu.ask("initiative", "withdraw", twin, "--reason", "the same")["alike"], [])
        self.assert_in_sync()

    def test_4_what_was_asked_wrongly(self):
        eu = self.node("eu")
        for words, said in ((("initiative", "overlap"), "either an initiative or --file"),
                            (("initiative", "overlap", "eu-i-9999"), "eu-i-9999: there is no such record"),
                            (("initiative", "overlap", "--file", self.write("a", '{"title": 7, "keywords": [1]}')),
                             "/title: expected a text, or a list"),
                            (("initiative", "overlap", "--file", self.box.scratch("a")), "/keywords/0: expected"),
                            (("initiative", "overlap", "--file", self.write("b", "{}")), "neither /title"),
                            (("initiative", "overlap", "--file", self.write("c", '{"title": "')), "line 1"),
                            (("match", "eu-i-9999"), "eu-i-9999: there is no such initiative, need or org")):
            done = eu.ims(*words)
            self.assertNotEqual(done.returncode, 0, words)
            self.assertIn(said, done.stderr)

    def test_5_a_lost_and_a_damaged_index_are_made_anew(self):
        path, mx = self.write("reworded.json", REWORDED), self.node("mx")
        mx.stop()
        shutil.rmtree(mx.path("data", "search"))
        mx.start()
        self.wait_for(lambda: self.box.worms in self.ids("mx", path), what="an index that was lost")
        mx.kill()
        with open(mx.path("data", "search", "search.db"), "r+b") as file:
            file.seek(4096)
            file.write(b"Z" * 40000)
        mx.start()
        self.wait_for(lambda: self.box.worms in self.ids("mx", path), what="an index that was damaged")

    def ids(self, region, path):
        done = self.node(region).ims("initiative", "overlap", "--json", "--file", path)
        return [m["id"] for m in json.loads(done.stdout)["matches"]] if done.returncode == 0 else []

    def test_6_withdrawn_is_gone_from_the_file(self):
        path = self.write("reworded.json", REWORDED)
        self.assertTrue(self.files_hold("us", SECRET))
        self.node("eu").do("record", "withdraw", self.box.worms, "--reason", "a test")
        self.assert_in_sync()
        self.assertNotIn(self.box.worms, self.ids("us", path))
        self.wait_for(lambda: not self.files_hold("us", SECRET), what="the file to forget it")


if __name__ == "__main__":
    unittest.main()
