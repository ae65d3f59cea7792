# SPDX-License-Identifier: Apache-2.0
"""What the campaign C4-copies forgives (tests/faults/restored.py): it must see a write that is lost, and one
that stands where another was acknowledged, at a node whose answers are made up here."""

import os
import random
import sys
import types
import unittest

FAULTS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "faults")
sys.dont_write_bytecode = True
sys.path.insert(0, FAULTS)

import restored  # noqa: E402
from recovered import EU  # noqa: E402
from world import Broken, Truth, oracle, wire  # noqa: E402

NOT_FOUND = 1


class Node:
    """Its records, as RECORD_GET shows them: id -> (index, payload). A connection to itself."""

    def __init__(self, records):
        self.records, self.asked = dict(records), []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def request(self, _verb, body):
        self.asked.append((len(self.asked) + 1, wire.text(wire.fields(body), 1)))
        return self.asked[-1][0]

    def reply(self):
        number, record = self.asked.pop(0)
        if record not in self.records:
            return number, NOT_FOUND, "no such record", b""
        index, payload = self.records[record]
        return number, 0, "", wire.message((1, record), (3, 1), (4, EU), (5, index), (10, oracle.OPERATOR + payload))

    def call(self, verb, body):
        self.request(verb, body)
        _, code, text, found = self.reply()
        return code, text, wire.fields(found) if not code else {}


def records(count, what="written"):
    return {"eu-o-%d" % (n + 1): (n, wire.organisation("%s %d" % (what, n))) for n in range(count)}


class Forgiving(unittest.TestCase):
    def setUp(self):
        self.truth = Truth(types.SimpleNamespace(note=lambda *_, **__: None))
        self.truth.acked = {(EU, index): (record, payload) for record, (index, payload) in records(5).items()}
        self.node = Node(records(5))
        world = types.SimpleNamespace(truth=self.truth, ready=lambda region: self.node, history=self.truth.history)
        self.restored = restored.Restored(types.SimpleNamespace(chance=random.Random(1)), world)
        self.restored.writer.fresh = list(self.truth.acked)

    def check(self):
        self.truth.check_kept("eu", self.node, self.restored.writer.take())

    def test_all_is_there(self):
        self.assertTrue(self.restored.has_all(5))
        self.restored.forget_lost(self.node, 0)
        self.assertEqual(len(self.truth.acked), 5)
        self.check()

    def test_as_many_of_its_own_are_not_what_peers_hold(self):
        self.node.records.update({"eu-o-%d" % n: (n - 1, wire.organisation("own %d" % n)) for n in (4, 5, 6)})
        self.assertTrue(self.restored.has_all(3))
        self.assertFalse(self.restored.has_all(4))

    def test_a_lost_write_that_somebody_had(self):
        del self.node.records["eu-o-4"]
        self.assertFalse(self.restored.has_all(4))
        self.restored.forget_lost(self.node, 4)
        self.assertRaisesRegex(Broken, "eu-o-4, which was acknowledged .* is lost", self.check)

    def test_another_write_in_its_place(self):
        self.node.records["eu-o-4"] = (3, wire.organisation("another"))
        self.restored.forget_lost(self.node, 4)
        self.assertRaisesRegex(Broken, "another payload than was written", self.check)

    def test_it_is_there_and_stands_elsewhere(self):
        self.node.records["eu-o-4"] = (7, self.node.records["eu-o-4"][1])
        self.assertFalse(self.restored.has_all(4))
        self.restored.forget_lost(self.node, 4)
        self.assertRaisesRegex(Broken, "stands at", self.check)

    def test_only_what_nobody_had_is_forgotten(self):
        del self.node.records["eu-o-3"], self.node.records["eu-o-5"]
        self.restored.forget_lost(self.node, 4)
        self.assertEqual(sorted(index for _, index in self.truth.acked), [0, 1, 2, 3])
        self.assertRaisesRegex(Broken, "eu-o-3, which was acknowledged .* is lost", self.check)


if __name__ == "__main__":
    unittest.main()
