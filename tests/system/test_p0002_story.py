# SPDX-License-Identifier: Apache-2.0
"""The demo's story, step by step on real nodes (inv. 7, 9, 10): from an idea to an agreement that is signed in three
regions; every node judges it alike, and what was for two regions is with nobody else."""

import json
import unittest

import harness
from story import INTEREST, REGIONS, Story, tell_line


class Told(harness.FederationTest):
    """One telling; the tests look at what it has left."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.told = []
        try:
            cls.story = Story(cls.box, cls.tell).run()
        except BaseException:
            cls.box.close()
            raise

    @classmethod
    def tell(cls, region, what, words):
        cls.told.append((region, words))
        tell_line(region, what, words)

    def everywhere(self, *words):
        """What each node says; it must be the same."""
        said = [node.ask(*words) for node in self.box.nodes.values()]
        for answer in said:
            self.assertEqual(answer, said[0], words)
        return said[0]

    def test_the_five_steps_are_met_on_every_node(self):
        for node in self.box.nodes.values():
            checked = node.ask("initiative", "check", self.story.initiative)
            self.assertEqual((checked["state"], checked["ok"]), ("active", True), node.region)
            self.assertEqual([step["verdict"] for step in checked["steps"]], ["met"] * 5, node.region)
        self.assertEqual(self.everywhere("view", "digest")["holes"], 0)

    def test_three_regions_have_signed_by_cms(self):
        shown = self.everywhere("moa", "show", self.story.moa)
        self.assertEqual(shown["regions"], 3)
        for region, id in self.story.signatures.items():
            node = self.box.node("us" if region != "us" else "eu")  # a node verifies what others hand in
            self.assertIn("cms", node.ask("record", "get", id)["payload"], region)
            self.assertEqual(node.ask("record", "history", id)["revisions"][-1]["reason"], "", region)
        self.box.node("irs").do("moa", "verify", self.story.moa)

    def test_everybody_has_made_it_known(self):
        notice = self.everywhere("notice", "show", self.story.notice)
        self.assertEqual((notice["acknowledged"], notice["late"]), (len(REGIONS), []))
        self.assertEqual(self.everywhere("notice", "list")["notices"], [])

    def test_interest_is_known_to_two_regions(self):
        for region, id in self.story.interests.items():
            for node in self.box.nodes.values():
                if node.region in ("eu", region):
                    shown = node.ask("interest", "show", id)
                    self.assertEqual((shown["state"], shown["initiative"]), ("accepted", self.story.initiative))
                    self.assertEqual(shown["cooperation"][0]["text"], INTEREST[region])
                else:
                    self.assertIn("sealed for other regions", node.ims("interest", "show", id).stderr)
        for region in ("irs",):
            with open(self.export(region), encoding="utf-8") as file:
                exported = file.read()
            for text in INTEREST.values():
                self.assertNotIn(text, exported)

    def export(self, region):
        path = self.box.scratch(region + ".jsonl")
        with open(path, "w", encoding="utf-8") as file:
            file.write(self.box.node(region).do("export", "jsonl"))
        return path

    def test_the_need_is_filled(self):
        self.assertEqual(self.everywhere("need", "show", self.story.need)["state"], "filled")

    def test_each_region_has_acted_at_its_own_node(self):
        acted = {region for region, words in self.told if region and words[:2] != ["ims", "initiative check"]}
        self.assertEqual(acted, {"eu", "mx", "us", "irs"})
        for region, id in self.story.organisations.items():
            self.assertTrue(id.startswith(region + "-"), json.dumps(self.story.organisations))


if __name__ == "__main__":
    unittest.main()
