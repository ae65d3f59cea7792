# SPDX-License-Identifier: Apache-2.0
"""A story with four nodes: an initiative of Europe needs a third region, finds partners in Mexico and the United
States, and becomes an agreement that is signed in three regions. Every step is a command at the node of whoever acts;
what it speaks about came there by replication."""

import datetime
import json
import os
import shlex

import sample
import signatory
from programs import TOP
from waiting import Trouble, until

SEEN_S = 30
REGIONS = ("eu", "mx", "us")
TITLE = "Grippers that learn from each other"
PARTIES = {
    "eu": ("Rhine Institute for Flexible Cells", "DE", "public-research-centre"),
    "mx": ("Pinzas del Bajío", "MX", "sme"),
    "us": ("Great Lakes Robotics", "US", "large-enterprise"),
}
INTEREST = {"mx": "We make grippers in small series, and have three lines to try them on.",
            "us": "We make robot arms, and bring data of forty thousand grasps."}
SECTIONS = {
    "theme": "Robots that handle what varies: platform P3, domain T01.",
    "title": TITLE,
    "goal": "A gripper that has learnt to handle a part in one factory handles it in another one, of another region.",
    "background": "Small series change every week. Today each factory teaches its grippers anew, and nobody shares.",
    "objectives": "One description of a grasp that three makers of grippers read; proof of it on three lines.",
    "overview": "Data are taken on the lines, described alike, learnt from together, and tried elsewhere.",
    "plan": "Twelve months of description and data, twelve of trials, six of publication.",
    "participants": "An institute of Europe, a maker of grippers of Mexico, a maker of robots of the United States.",
    "contact": "office@rhine.example",
}
AGREEMENT = ("The parties work together on grippers that learn from each other.\n"
             "Each bears its own costs. What they find out together is published together.\n")
NOTICE = "Three regions try grippers that learn from each other. Who makes or uses grippers is asked to write to us."
REACH = {"eu": ("1200", "newsletter"), "mx": ("340", "mailing"), "us": ("900", "portal")}


def _day(days):
    return (datetime.datetime.now(datetime.timezone.utc).date() + datetime.timedelta(days=days)).isoformat()


class Story:
    """Tells itself on `tell(region, what, words)`, a call for each command; files are in DIR/story."""

    def __init__(self, federation, tell=None):
        self.federation = federation
        self.folder = federation.path("story")
        self.tell = tell or (lambda region, what, words: None)
        self.initiative = self.need = self.moa = self.notice = None
        self.organisations, self.interests, self.signatures = {}, {}, {}

    # ---- how a step is made
    def do(self, region, what, *words):
        """The answer of a command at that region's node; what it names is there, or on its way."""
        self.tell(region, what, ["ims", *words])
        return self.federation.node(region).ask(*words)

    def file(self, name, content):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(content if isinstance(content, str)
                       else json.dumps(content, indent=1, ensure_ascii=False) + "\n")
        return self.near(path)

    @staticmethod
    def near(path):
        """The shorter of two names."""
        return min(path, os.path.relpath(path), key=len)

    def put(self, region, what, kind, content):
        return self.do(region, what, kind, "put", self.file("%s-%s.json" % (kind, region), content))["id"]

    def seen(self, record, *regions):
        """Replication has brought it there."""
        for region in regions:
            until(lambda node=self.federation.node(region): "" if node.ask("record", "get", record) else "nothing",
                  "%s at %s" % (record, region), SEEN_S)

    def cite(self, region, record):
        return signatory.cite(self.federation.node(region), record)

    # ---- the chapters
    def idea(self):
        for region, (name, country, kind) in PARTIES.items():
            self.organisations[region] = self.put(region, "a party: %s" % name, "organisation", {
                "name": "%s %s" % (name, sample.MARK), "country": country, "type": kind})
        self.initiative = self.put("eu", "an idea becomes a draft", "initiative", {
            "title": [{"lang": "en", "text": "%s %s" % (TITLE, sample.MARK)}], "state": "draft", "platform": "P3",
            "domains": ["T01"], "currency": "USD", "budget_hundredths": 180000000, "start": _day(120),
            "end": _day(120 + 913)})
        template = self.do("eu", "the two-page form", "template", "put",
                           self.near(os.path.join(TOP, "config", "templates", "mtp-1.en.json")))["id"]
        self.put("eu", "two pages are filled in", "description", {
            "initiative": self.initiative, "template": self.cite("eu", template), "lang": "en",
            "sections": [{"id": id, "text": text} for id, text in SECTIONS.items()]})

    def coached(self):
        self.do("eu", "it is submitted", "initiative", "submit", self.initiative)
        self.do("eu", "a coach takes it up", "initiative", "coach", self.initiative, "--coach", "anna")
        self.put("eu", "she confirms: it is manufacturing", "note", {
            "initiative": self.initiative, "day": _day(0), "topic": "manufacturing",
            "text": [{"lang": "en", "text": "Handling of parts in production."}]})
        self.do("eu", "two regions are missing", "initiative", "seek", self.initiative)

    def partners(self):
        contact = self.put("eu", "whom to turn to", "contact", {
            "name": "Anna Example %s" % sample.MARK, "role": "coach", "email": "anna@rhine.example"})
        self.need = self.do("eu", "a need is published in all regions", "need", "publish", self.initiative,
                            "--title", "en=Makers of grippers and of robots", "--region", "mx", "--region", "us",
                            "--domain", "T01", "--deadline", _day(60), "--until", _day(90))["id"]
        self.seen(self.need, *INTEREST)
        for region, text in INTEREST.items():
            self.interests[region] = self.do(
                region, "an answer, for eu alone to read", "interest", "send", self.need,
                "--organisation", self.organisations[region], "--cooperation", text, "--answer-by", _day(20))["id"]
        for region, interest in self.interests.items():
            self.seen(interest, "eu")
            self.do("eu", "accepted: they are to meet", "interest", "answer", interest, "accepted", "--contact",
                    contact, "--meet-by", _day(40))
        self.do("eu", "enough partners", "need", "fill", self.need)

    def agreement(self):
        for region in ("mx", "us"):
            self.seen(self.organisations[region], "eu")
        parties = [word for organisation in self.organisations.values() for word in ("--party", organisation)]
        self.moa = self.do("eu", "the Memorandum of Agreement", "moa", "draft", self.initiative, "--title",
                           "en=Agreement on " + TITLE.lower(), "--text", "en=" + self.file("agreement.txt", AGREEMENT),
                           *parties)["id"]
        self.do("eu", "it is laid out to be signed", "initiative", "sign", self.initiative)
        self.federation.await_sync()
        for region in REGIONS:
            self.sign(region)
        for region in REGIONS:
            self.seen(self.signatures[region], *self.federation.nodes)

    def sign(self, region):
        """Over the bytes that the organisation's own node prints."""
        folder = self.near(self.folder)
        path = os.path.join(folder, region + ".txt")
        self.tell(region, "what is signed, byte by byte", ["ims", "moa", "show", self.moa, "--raw", ">", path])
        self.tell("", "with its own key", signatory.cms_command(folder, region, path))
        p7s = signatory.sign(self.federation.node(region), self.moa, folder, region)
        self.signatures[region] = self.do(region, "it is handed in", "moa", "sign", self.moa,
                                          "--organisation", self.organisations[region], "--p7s", p7s)["id"]

    def marketing(self):
        self.put("mx", "a region stands behind it", "endorsement", {
            "subject": self.cite("mx", self.initiative),
            "text": [{"lang": "en", "text": "Mexico supports this initiative."}]})
        self.notice = self.do("irs", "all regions are to make it known", "notice", "publish", self.initiative,
                              "--text", "en=" + self.file("notice.txt", NOTICE))["id"]
        self.seen(self.notice, *self.federation.participants())
        for region in self.federation.participants():
            reach, channel = REACH.get(region, ("100", "portal"))
            self.do(region, "done, and to how many", "acknowledge", self.notice, "--reach", reach, "--channel", channel)

    def conclusion(self):
        self.do("eu", "three regions have signed", "moa", "conclude", self.moa)
        self.do("eu", "the work begins", "initiative", "activate", self.initiative)
        self.federation.await_sync()
        for region in self.federation.nodes:
            self.check(region)

    def check(self, region):
        """Trouble unless this node has all five steps, each met, and the work going on."""
        words = ("initiative", "check", self.initiative)
        checked = self.federation.node(region).ask(*words)
        lacking = [step["id"] for step in checked["steps"] if step["verdict"] != "met"]
        if lacking or not checked["ok"] or checked["state"] != "active":
            raise Trouble("%s: %s is %s, not met: %s" % (region, self.initiative, checked["state"],
                                                         ", ".join(lacking) or "nothing"))
        self.tell(region, "five of five steps are met", ["ims", *words])

    def run(self):
        os.makedirs(self.folder, exist_ok=True)
        for chapter in (self.idea, self.coached, self.partners, self.agreement, self.marketing, self.conclusion):
            chapter()
        return self


def tell_line(region, what, words):
    """A line for a person: where, what, and what one types."""
    print("  %-3s  %-44s  %s" % (region, what, " ".join(w if w == ">" else shlex.quote(w) for w in words)), flush=True)
