# SPDX-License-Identifier: Apache-2.0
"""Partners are sought across three regions (inv. 7, 9, 10): a need, interest through both secretariats, an answer; an
owner whom nobody knows before; notices that every region acknowledges, or is late with; the programme in numbers,
without those of whom nothing is heard."""

import datetime
import glob
import json
import os
import unittest

import harness

TODAY = datetime.datetime.now(datetime.timezone.utc).date()
INITIATIVE = {"title": [{"lang": "en", "text": "Cells that repair themselves"}], "state": "draft", "platform": "P3",
              "domains": ["T01"], "currency": "USD", "budget_hundredths": 250000000, "start": "2026-01-01",
              "end": "2028-06-30"}
SECRET = "Jq7ZkP0xWv3RbT9mYc5LdH2sNf8GaU4e"  # in no file but of those whom it is for


def day(offset):
    return (TODAY + datetime.timedelta(days=offset)).isoformat()


class Partners(harness.FederationTest):
    def node(self, region):
        return self.box.node(region)

    def write(self, name, content):
        path = self.box.scratch(name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(content if isinstance(content, str) else json.dumps(content))
        return path

    def put(self, region, kind, record, *options):
        return self.node(region).ask(kind, "put", self.write(kind + ".json", record), *options)["id"]

    def refused(self, region, *words):
        done = self.node(region).ims(*words)
        self.assertNotEqual(done.returncode, 0, words)
        return done.stderr

    def initiative(self):
        """One that seeks partners, in eu."""
        eu = self.node("eu")
        id = self.put("eu", "initiative", INITIATIVE)
        for words in (["submit"], ["coach", "--coach", "anna"], ["seek"]):
            eu.do("initiative", words[0], id, *words[1:])
        return id

    def publish(self, initiative, *options):
        return self.node("eu").ask("need", "publish", initiative, "--title", "en=A maker of grippers", "--until",
                                   day(60), "--domain", "T01", "--region", "mx", *options)["id"]

    def contact(self, region, name):
        return self.put(region, "contact", {"name": name, "role": "coach", "email": "office@example.org"})

    def show_interest(self, region, need, *options):
        return self.node(region).ask("interest", "send", need, "--name", "Pinzas SA", "--country", "MX",
                                     "--cooperation", "We make grippers. " + SECRET, *options)["id"]

    def needs(self, region, *options):
        return {n["id"]: n for n in self.node(region).ask("need", "list", *options)["needs"]}

    def interest(self, region, id):
        return self.node(region).ask("interest", "show", id)

    # ---- needs
    def test_1_a_need_is_found_answered_and_filled(self):
        initiative = self.initiative()
        need = self.publish(initiative, "--deadline", day(10))
        contact = self.contact("eu", "Anna Meier")
        self.assert_in_sync()
        for region in self.box.nodes:
            self.assertEqual(self.needs(region)[need]["initiative"], initiative, region)
        self.assertIn(need, self.needs("mx", "--region", "mx", "--domain", "T01"))
        self.assertNotIn(need, self.needs("mx", "--region", "us"))
        self.assertNotIn(need, self.needs("mx", "--mine"))
        self.assertIn("what cooperation is sought", self.refused("mx", "interest", "send", need, "--name", "X",
                                                                 "--country", "MX"))
        self.assertIn("/answer_by: %s is over" % day(-1),
                      self.refused("mx", "interest", "send", need, "--name", "X", "--country", "MX", "--cooperation",
                                   "Y", "--answer-by", day(-1)))
        interest = self.show_interest("mx", need, "--answer-by", day(3))
        self.assert_in_sync()
        for region in ("eu", "mx"):
            listed = self.node(region).ask("interest", "list", "--need", need)["interests"]
            self.assertEqual([(i["id"], i["due_for"], i["due"], i["late_days"]) for i in listed],
                             [(interest, "answer", day(3), 0)], region)
        for region in ("us", "irs"):
            self.assertEqual(self.node(region).ask("interest", "list", "--all")["interests"], [])
            self.assertIn("is sealed for other regions", self.refused(region, "interest", "show", interest))
        self.assertIn("whom may they turn to", self.refused("eu", "interest", "answer", interest, "accepted"))
        self.assertIn("say why", self.refused("eu", "interest", "answer", interest, "declined"))
        self.assertIn("the region of %s answers it" % need,
                      self.refused("mx", "interest", "answer", interest, "accepted", "--contact", contact))
        eu = self.node("eu")
        eu.do("interest", "answer", interest, "more-information", "--reason", "How many a year?")
        self.assert_in_sync()
        self.assertEqual(self.interest("mx", interest)["reason"][0]["text"], "How many a year?")
        eu.do("interest", "answer", interest, "accepted", "--contact", contact, "--meet-by", day(20))
        self.assert_in_sync()
        shown = self.interest("mx", interest)
        self.assertEqual([shown[k] for k in ("state", "initiative", "answer_contact", "due_for", "due")],
                         ["accepted", initiative, contact, "meeting", day(20)])
        self.assertIn("accepted already", self.refused("eu", "interest", "answer", interest, "declined", "--reason",
                                                       "No"))
        eu.do("need", "fill", need)
        self.assertIn("it is filled, for good", self.refused("eu", "need", "renew", need, "--until", day(90)))
        self.assert_in_sync()
        self.assertNotIn(need, self.needs("mx"))
        self.assertEqual(self.needs("mx", "--all")[need]["state"], "filled")
        self.assertIn("%s is filled" % need, self.refused("us", "interest", "send", need, "--name", "X", "--country",
                                                          "US", "--cooperation", "Y"))
        self.assertEqual(self.node("mx").ask("interest", "list", "--need", need)["interests"], [])
        self.assert_secret_is_at("eu", "mx")

    def assert_secret_is_at(self, *regions):
        """Byte by byte: what was said is in files of these nodes, and in none of the others'."""
        for region, node in self.box.nodes.items():
            found = []
            for path in glob.glob(node.path("**"), recursive=True):
                if os.path.isfile(path):
                    with open(path, "rb") as file:
                        if SECRET.encode() in file.read():
                            found.append(path)
            self.assertEqual(bool(found), region in regions, "%s: %s" % (region, found))

    def test_2_nobody_knows_whose_it_is(self):
        initiative = self.initiative()
        self.assertIn("shows the country of its owner",
                      self.refused("eu", "need", "publish", initiative, "--anonymous", "--title", "en=X", "--until",
                                   day(9)))
        self.assertIn("'ims need publish INITIATIVE --anonymous'",
                      self.refused("eu", "record", "put", "need", self.write("n.json", {
                          "anonymous": True, "owner_country": "DE", "title": [{"lang": "en", "text": "X"}],
                          "expiry": day(9), "state": "open"})))
        self.assertIn("'need' needs it to be", self.refused(
            "eu", "need", "publish", self.put("eu", "initiative", INITIATIVE), "--anonymous", "--owner-country", "DE",
            "--title", "en=X", "--until", day(9)))
        need = self.publish(initiative, "--anonymous", "--owner-country", "DE", "--owner-type", "sme")
        contact = self.contact("eu", "Bert Meier")
        self.assert_in_sync()
        self.assertEqual(self.needs("eu", "--mine")[need]["initiative"], initiative)
        for region in ("mx", "us", "irs"):
            node = self.node(region)
            record = node.ask("record", "get", need)
            self.assertEqual(record["payload"]["header"]["operator"], "secretariat")
            self.assertNotIn(initiative, json.dumps([record, self.needs(region)[need]]), region)
            self.assertEqual(node.ask("record", "list", "need", "--key", "about=" + initiative)["records"], [])
            self.assertEqual(node.ask("owner", "list")["records"], [])
        interest = self.show_interest("mx", need)
        self.assert_in_sync()
        self.assertEqual(self.interest("mx", interest)["initiative"], "")
        self.assertEqual(self.interest("eu", interest)["initiative"], initiative)
        self.assertEqual(self.interest("eu", interest)["due"], day(30))
        self.assertIn("/contact: told with the decision 'accepted' alone", self.refused(
            "eu", "interest", "answer", interest, "more-information", "--reason", "How many?", "--contact", contact))
        self.node("eu").do("interest", "answer", interest, "more-information", "--reason", "How many?")
        self.assert_in_sync()
        asked = self.interest("mx", interest)
        self.assertEqual((asked["state"], asked["initiative"], asked["answer_contact"]), ("more-information", "", ""))
        self.node("eu").do("view", "rebuild")
        self.assertEqual(self.interest("eu", interest)["initiative"], initiative)
        self.node("eu").do("interest", "answer", interest, "accepted", "--contact", contact)
        self.assert_in_sync()
        self.assertEqual(self.interest("mx", interest)["initiative"], initiative)
        self.assertNotIn(initiative, json.dumps(self.node("us").ask("need", "show", need)))

    def test_3_what_is_over_is_marked(self):
        initiative = self.initiative()
        eu = self.node("eu")
        self.assertIn("/expiry: at most 12 months ahead", self.refused(
            "eu", "need", "publish", initiative, "--title", "en=X", "--until", day(400)))
        self.assertIn("/expiry: %s is over" % day(-1), self.refused(
            "eu", "need", "publish", initiative, "--title", "en=X", "--until", day(-1)))
        need = self.publish(initiative, "--deadline", day(0))
        self.assertIn("/deadline: %s is behind the expiry" % day(70), self.refused(
            "eu", "need", "renew", need, "--until", day(60), "--deadline", day(70)))
        eu.do("need", "renew", need, "--until", day(61))
        self.assertEqual(self.needs("eu")[need]["expiry"], day(61))
        self.assertEqual(eu.ask("need", "list", "--mine", "--count")["count"], len(self.needs("eu", "--mine")))

    # ---- marketing
    def test_4_every_region_makes_it_known(self):
        initiative = self.initiative()
        text = self.write("notice.txt", "Partners are sought.")
        self.assert_in_sync()
        self.assertIn("for the Inter-Regional Secretariat",
                      self.refused("mx", "notice", "publish", initiative, "--text", "en=" + text))
        first = self.node("irs").ask("notice", "publish", initiative, "--text", "en=" + text)["id"]
        self.assertIn("/initiative: %s asks all regions already" % first, self.refused(
            "irs", "notice", "publish", initiative, "--text", "en=" + text))
        self.node("irs").do("record", "withdraw", first, "--reason", "a wrong word")
        notice = self.node("irs").ask("notice", "publish", initiative, "--text", "en=" + text)["id"]
        self.assert_in_sync()
        self.assertIn("is still to come", self.refused(
            "mx", "acknowledge", notice, "--published", day(5), "--reach", "10", "--channel", "portal"))
        self.assertIn("/channels/0", self.refused("mx", "acknowledge", notice, "--reach", "10", "--channel", "telex"))
        for region, reach in (("mx", "400"), ("us", "250")):
            self.node(region).do("acknowledge", notice, "--published", day(0), "--reach", reach, "--channel",
                                 "newsletter", "--channel", "portal")
        self.assert_in_sync()
        for region in self.box.nodes:
            listed = {n["id"]: n for n in self.node(region).ask("notice", "list")["notices"]}[notice]
            self.assertEqual((listed["acknowledged"], listed["reach"], listed["late"], listed["due"]),
                             (2, 650, [], day(30)), region)
        self.assertEqual(self.node("irs").ask("notice", "list", "--late")["notices"], [])
        self.late_with_a_moved_clock(notice, initiative)
        self.node("eu").do("acknowledge", notice, "--reach", "9", "--channel", "event")
        self.assert_in_sync()
        self.assertEqual(self.node("irs").ask("notice", "list")["notices"], [])
        self.assertEqual(len(self.node("irs").ask("notice", "list", "--all")["notices"]), 1)

    def late_with_a_moved_clock(self, notice, initiative):
        """33 days on: eu is late, and so is named by the checklist and by the list. What is open has expired by 70."""
        irs = self.node("irs")
        library = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
        if not library:
            self.skipTest("no libfaketime")
        for days, check in ((33, self.check_late), (70, self.check_expired)):
            irs.stop()
            irs.env = dict(os.environ, LD_PRELOAD=library[0], FAKETIME="+%dd" % days, DONT_FAKE_MONOTONIC="1",
                           FAKETIME_FORCE_MONOTONIC_FIX="0")
            irs.start()
            check(irs, notice, initiative)
        irs.stop()
        irs.env = None
        irs.start()
        self.box.await_sessions()

    def check_late(self, irs, notice, initiative):
        late = irs.ask("notice", "list", "--late")["notices"]
        self.assertEqual([(n["id"], n["late"]) for n in late], [(notice, ["eu"])])
        states = {r["region"]: (r["state"], r["late_days"]) for r in irs.ask("notice", "show", notice)["regions"]}
        self.assertEqual(states, {"eu": ("late", 3), "mx": ("acknowledged", 0), "us": ("acknowledged", 0)})
        lines = [line["text"] for line in irs.ask("initiative", "check", initiative)["steps"][4]["lines"]]
        self.assertIn("made known in eu: late by 3 days, it was due on " + day(30), lines)

    def check_expired(self, irs, notice, initiative):
        del notice, initiative
        self.assertEqual({n["state"] for n in irs.ask("need", "list")["needs"]}, {"expired"})

    # ---- numbers
    def test_5_numbers_without_those_of_whom_nothing_is_heard(self):
        for region, name in (("mx", "Pinzas"), ("us", "Grippers")):
            self.put(region, "organisation", {"name": name, "country": region.upper(), "type": "sme"})
        self.initiative()
        self.assert_in_sync()
        summary = self.node("irs").ask("summary")
        self.assertEqual(summary["left_out"], [])
        self.assertEqual({r["region"]: r["state"] for r in summary["regions"]},
                         {"eu": "ok", "irs": "ok", "mx": "ok", "us": "ok"})
        sizes = {log["origin"]: log["size"] for log in self.node("irs").ask("log", "list")["logs"]}
        self.assertEqual({k: v for r in summary["regions"] for k, v in r["logs"].items()}, sizes)
        for kind in ("organisation", "initiative", "need", "note"):
            self.assertEqual(self.row(summary, "records", kind)["total"],
                             self.node("irs").ask("record", "list", kind, "--count")["count"], kind)
        for group, key, id in (("states", "state", "seeking-partners"), ("platforms", "platform", "P3"),
                               ("domains", "domain", "T01")):
            self.assertEqual(self.row(summary, group, id)["total"], self.node("irs").ask(
                "record", "list", "initiative", "--key", "%s=%s" % (key, id), "--count")["count"], group)
        whole = self.row(summary, "records", "organisation")
        self.node("us").stop()

        def is_stale():
            found = self.node("irs").ask("summary", "--stale-after", "4")
            return found["left_out"] == ["us"] and found
        self.wait_for(is_stale, what="us is stale")
        now = is_stale()
        us = [r for r in now["regions"] if r["region"] == "us"][0]
        self.assertEqual((us["state"], us["counted"]), ("stale", False))
        self.assertGreaterEqual(us["age_ms"], 4000)
        row = self.row(now, "records", "organisation")
        self.assertEqual(row["regions"], whole["regions"])
        self.assertEqual(row["total"], whole["total"] - row["regions"]["us"])
        self.assertIn("us*", self.node("irs").do("summary", "--stale-after", "4"))
        self.assertEqual(self.node("irs").ask("summary")["left_out"], [])
        self.node("us").start()
        self.box.await_sessions()

    @staticmethod
    def row(summary, group, id):
        return [r for g in summary["groups"] if g["name"] == group for r in g["rows"] if r["id"] == id][0]


if __name__ == "__main__":
    unittest.main()
