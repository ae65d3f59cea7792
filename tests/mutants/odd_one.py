# SPDX-License-Identifier: Apache-2.0
"""A federation in which one node runs the build under test (IMS_BUILD) and the others build/: they
must agree on everything, or the digest says that they do not (inv. 7)."""

import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "system"))

import harness  # noqa: E402

ODD = "mx"
AGREE_S = 6


class OddOne(harness.FederationTest):
    regions = ("eu", ODD)
    started = False

    def test_agreement(self):
        ordinary = harness.Programs(os.path.join(harness.TOP, "build"))
        for node in self.box.nodes.values():
            if node.region != ODD:
                node.programs = ordinary
        self.box.start()
        self.box.await_sessions()
        written = [self.box.put("eu", "Works %d" % number) for number in range(4)]
        written.append(self.box.put(ODD, "Obras", "MX"))
        self.box.node("eu").do("record", "withdraw", written[1]["id"], "--reason", "test")
        self.assert_in_sync(AGREE_S)


if __name__ == "__main__":
    unittest.main()
