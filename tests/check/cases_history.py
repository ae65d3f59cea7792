# SPDX-License-Identifier: Apache-2.0
"""Histories by hand: a good one, in which disks are lost, and ways to break it, each of which the
checker must find by its rule (invariants 1, 3, 4 and 5, from outside)."""

import contextlib
import copy
import io
import json
import os
import sys
import tempfile
import unittest

import federation as fed
from imscheck import cli

EU, MX = "ims.example/eu/1", "ims.example/mx/1"


class Story:
    """Two regions; clients write at each, an observer looks at both."""

    def __init__(self):
        self.rows = []
        self.logs = {"eu": {}, "mx": {}}    # node -> {origin: fed.Log}
        for node in self.logs:
            self.logs[node] = {o: fed.Log(o, None) for o in (EU, MX)}
        self.t = self.calls = 0
        self.sizes = {EU: 0, MX: 0}

    # ---- telling
    def note(self, op, node, phase=None, **more):
        self.t += 1
        row = {"t": self.t, "client": more.pop("client", "writer"), "node": node, "op": op, **more}
        if phase:
            row["phase"] = phase
        self.rows.append(row)
        return row

    def begin(self, node, name):
        self.calls += 1
        content = fed.sha256(fed.organisation(name)).hex()
        self.note("put", node, "invoke", call=self.calls, kind="organisation", sha256=content)
        return self.calls, content

    def append(self, node, name, revision=1, holders=("eu", "mx")):
        """The entry comes into the log, at those that hold it."""
        origin = "ims.example/%s/1" % node
        index = self.sizes[origin]
        self.sizes[origin] += 1
        for holder in holders:
            log = self.logs[holder][origin]
            if len(log.rows) == index:
                log.add("organisation", "%s-o-%d" % (node, index if revision == 1 else index - 1), revision,
                        fed.organisation(name))
        return origin, index

    def put(self, node, name, ack="durable", revision=1, **more):
        call, content = self.begin(node, name)
        origin, index = self.append(node, name, revision, **more)
        record = "%s-o-%d" % (node, index if revision == 1 else index - 1)
        return self.note("put", node, "ok", call=call, kind="organisation", sha256=content, id=record,
                         origin=origin, index=index, ack=ack)

    def see(self, node):
        for origin, log in self.logs[node].items():
            self.note("head", node, "ok", client="observer", origin=origin, size=len(log.rows),
                      root=fed.tree_root(log.leaves()).hex())

    def get(self, node, put, revision=1):
        return self.note("read", node, "ok", client="reader", id=put["id"], revision=revision, sha256=put["sha256"],
                         origin=put["origin"], index=put["index"])

    def good(self):
        """Everything that may happen, and leaves nothing to complain of."""
        self.first = self.put("eu", "One")
        self.second = self.put("eu", "Two", "replicated")
        self.see("eu")
        self.see("mx")
        self.other = self.put("mx", "Uno")
        a, content = self.begin("eu", "Both at once, a")
        b, _ = self.begin("eu", "Both at once, b")
        self.append("eu", "Both at once, b")
        self.append("eu", "Both at once, a")
        self.late = self.note("put", "eu", "ok", call=a, sha256=content, id="eu-o-3", origin=EU, index=3, ack="durable")
        self.note("put", "eu", "unknown", call=b)
        refused, _ = self.begin("eu", "Refused")
        self.refused = self.note("put", "eu", "fail", call=refused, error="read-only")
        self.begin("mx", "No answer")
        self.read = self.get("mx", self.first)
        self.changed = self.put("eu", "Changed", revision=2, holders=("mx", "eu"))
        self.changed["id"] = "eu-o-3"
        self.get("mx", self.second)
        self.see("mx")
        self.last = self.put("eu", "Last", "replicated")
        self.see("eu")
        return self

    # ---- asking
    def write(self, folder, converged=True):
        path = os.path.join(folder, "history.jsonl")
        with open(path, "w", encoding="utf-8") as f:
            f.writelines(row if isinstance(row, str) else json.dumps(row) + "\n" for row in self.rows)
        args = ["history", "--json", path] + ["--converged"] * converged
        for node, logs in self.logs.items():
            export = os.path.join(folder, node + ".jsonl")
            with open(export, "w", encoding="utf-8") as f:
                for log in logs.values():
                    log.size, log.checkpoint = len(log.rows), ""
                    f.writelines(json.dumps(line) + "\n" for line in log.lines())
            args += ["--export", "%s=%s" % (node, export)]
        return args


def cut(s, origin, size, nodes=("eu", "mx")):
    for node in nodes:
        del s.logs[node][origin].rows[size:]


def replaced(s, origin, index, name, nodes, record=None):
    """These nodes hold another entry there, and after it what they held."""
    for node in nodes:
        log = s.logs[node][origin]
        rows, log.rows = log.rows, log.rows[:index]
        log.add("organisation", record or "%s-o-%d" % (origin.split("/")[1], index), 1, fed.organisation(name))
        log.rows += rows[index + 1:]


def extra(s, name):
    s.append("eu", name)


def swap(a, b, *names):
    for name in names:
        a[name], b[name] = b[name], a[name]


def _index_twice(s):
    replaced(s, EU, 5, "Other", ("eu", "mx"))
    call, content = s.begin("eu", "Other")
    s.note("put", "eu", "ok", call=call, sha256=content, id="eu-o-5", origin=EU, index=5, ack="durable")


def _lost_then_gone(s):
    """The disk is lost, which excuses what was durable, and not what was replicated."""
    s.note("lost", "eu")
    cut(s, EU, 5)


def _back(s, op, put, **more):
    s.note(op, "eu", **more)
    cut(s, EU, put["index"])


# name -> (how the name of what is found begins, what to do to the good story)
BROKEN = {
    "durable_lost": ("lost: call", lambda s: cut(s, EU, 4)),
    "replicated_lost": ("lost: call", lambda s: cut(s, EU, 5)),
    "replicated_lost_with_the_disk": ("lost: call", _lost_then_gone),
    "lost_before_the_disk_was": ("lost: call", lambda s: (
        s.rows.insert(0, {"t": 0, "node": "eu", "op": "lost"}), cut(s, EU, 3))),
    "disk_of_another_lost": ("lost: call", lambda s: (s.note("lost", "mx"), cut(s, EU, 3))),
    "copy_was_made_later": ("lost: call", lambda s: _back(s, "restored", s.first, since=s.t)),
    "content_changed": ("lost: call", lambda s: replaced(s, EU, 0, "Else", ("eu", "mx"))),
    "record_changed": ("lost: call", lambda s: replaced(s, EU, 0, "One", ("eu", "mx"), "eu-o-99")),
    "shown_and_gone": ("lost: " + EU, lambda s: (cut(s, EU, 0))),
    "forked_export": ("forked: " + EU, lambda s: replaced(s, EU, 1, "Else", ("mx",))),
    "forked_heads": ("forked: " + EU, lambda s: s.rows[-2].update(root="00" * 32)),
    "forked_between_nodes": ("forked: " + EU, lambda s: s.note(
        "head", "mx", "ok", client="observer", origin=EU, size=2, root="11" * 32)),
    "forked_from_entries": ("forked: " + MX, lambda s: s.note(
        "head", "eu", "ok", client="other", origin=MX, size=1, root="11" * 32)),
    "index_given_twice": ("forked: call", _index_twice),
    "place_given_twice": ("duplicated: call", lambda s: (
        s.rows.append(dict(s.rows[0], call=90, t=s.t)), s.rows.append(dict(s.first, call=90, t=s.t)))),
    "appended_twice": ("duplicated: the payload", lambda s: extra(s, "One")),
    "refused_and_appended": ("duplicated: the payload", lambda s: extra(s, "Refused")),
    "unknown_appended_twice": ("duplicated: the payload", lambda s: extra(s, "Both at once, b")),
    "order_of_calls": ("reordered: call", lambda s: (
        swap(s.first, s.second, "index", "id"),
        replaced(s, EU, 0, "Two", ("eu", "mx")), replaced(s, EU, 1, "One", ("eu", "mx")))),
    "revisions_fall": ("reordered: entry", lambda s: [
        log.add("organisation", "eu-o-3", 1, fed.organisation("Changed back")) for log in
        (s.logs["eu"][EU], s.logs["mx"][EU])]),
    "reader_sees_revisions_fall": ("reordered: eu-o-0", lambda s: (
        s.get("eu", s.first, 2), s.get("eu", s.first, 1))),
    "read_of_nothing": ("too early: eu-o-0", lambda s: s.read.update(sha256="22" * 32)),
    "read_from_elsewhere": ("too early: eu-o-0", lambda s: s.read.update(index=1)),
    "read_before_head": ("too early: " + EU, lambda s: s.rows.insert(
        s.rows.index(s.first) + 1, dict(s.get("mx", s.late), t=s.first["t"], client="observer"))),
    "head_goes_back": ("too early: " + EU, lambda s: s.note(
        "head", "eu", "ok", client="observer", origin=EU, size=1,
        root=fed.tree_root(s.logs["eu"][EU].leaves()[:1]).hex())),
    "not_converged": ("not converged: mx", lambda s: cut(s, MX, 0, ("mx",))),
    "call_begins_twice": ("line 3 of", lambda s: s.rows.insert(2, s.rows[0])),
    "call_ends_twice": ("line 4 of", lambda s: s.rows.insert(3, s.rows[1])),
    "call_ends_and_never_began": ("line 1 of", lambda s: s.rows.pop(0)),
    "line_is_none": ("line 2 of", lambda s: s.rows.insert(1, "{\n")),
    "op_is_none": ("line 2 of", lambda s: s.rows.insert(1, {"t": 1, "node": "eu", "op": "guess"})),
    "acknowledged_as_nothing": ("line 2 of", lambda s: s.rows[1].update(ack="perhaps")),
    "time_goes_back": ("line 3 of", lambda s: s.rows[1].update(t=99999)),
}

# name -> what may happen to the good story
ALLOWED = {
    "nothing": lambda s: None,
    "durable_gone_with_the_disk": lambda s: (s.last.update(ack="durable"), s.note("lost", "eu"), cut(s, EU, 5)),
    "durable_gone_with_an_old_copy": lambda s: (
        s.last.update(ack="durable"), s.note("restored", "eu", since=s.changed["t"]), cut(s, EU, 5)),
    "index_given_again_after_the_loss": lambda s: (
        s.last.update(ack="durable"), s.note("lost", "eu"), cut(s, EU, 5), s.sizes.update({EU: 5}),
        s.put("eu", "After the loss")),
    "head_goes_back_with_the_disk": lambda s: (s.note("lost", "mx"), s.note(
        "head", "mx", "ok", client="observer", origin=EU, size=1,
        root=fed.tree_root(s.logs["eu"][EU].leaves()[:1]).hex())),
    "erased_after_the_read": lambda s: [log[EU].rows[0].update(
        payload_state="erased", payload="", salt="") for log in s.logs.values()],
}


class History(unittest.TestCase):
    """The command on histories."""

    @classmethod
    def setUpClass(cls):
        cls.good = Story().good()

    def setUp(self):
        self.story = copy.deepcopy(self.good)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def check(self):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            code = cli.main(self.story.write(self.folder))
        return code, json.loads(out.getvalue())

    def test_counts(self):
        code, result = self.check()
        self.assertEqual((code, result["failures"]), (0, []))
        self.assertEqual(result["history"], {"calls": 9, "acknowledged": 6, "unknown": 2, "heads": 8, "reads": 2,
                                             "logs": 2, "entries": 7})

    def test_usage(self):
        with contextlib.redirect_stderr(io.StringIO()):
            self.assertEqual(cli.main(["history", "x", "--export", "eu"]), 2)
            self.assertEqual(cli.main(["history", "/nonexistent", "--export", "eu=/nonexistent"]), 1)

    def test_time_is_linear(self):
        """Twice the lines take about twice the steps, counted, not timed: entries and rows are each
        looked at a bounded number of times."""
        took = []
        for n in (150, 300):
            self.story = Story()
            for i in range(n):
                self.story.put("eu", "Number %d" % i)
            self.story.see("eu")
            self.story.see("mx")
            took.append(_steps(self.check))
        self.assertLess(took[1], 2.3 * took[0])


def _steps(call):
    """Lines of the checker that are run."""
    n = [0]

    def trace(frame, event, _):
        if "imscheck" not in frame.f_code.co_filename:
            return None
        n[0] += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        code, result = call()
    finally:
        sys.settrace(before)
    assert code == 0, result["failures"][:3]
    return n[0]


def _found(name):
    expected, change = BROKEN[name]

    def test(self):
        change(self.story)
        code, result = self.check()
        names = [failure["object"] for failure in result["failures"]]
        self.assertEqual(code, 5, name)
        self.assertTrue(any(n.startswith(expected) for n in names), "%s not in %s" % (expected, result["failures"]))
    return test


def _allowed(name):
    def test(self):
        ALLOWED[name](self.story)
        code, result = self.check()
        self.assertEqual((code, result["failures"]), (0, []))
    return test


for _name in BROKEN:
    setattr(History, "test_found_" + _name, _found(_name))
for _name in ALLOWED:
    setattr(History, "test_allowed_" + _name, _allowed(_name))
