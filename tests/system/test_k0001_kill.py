# SPDX-License-Identifier: Apache-2.0
"""Twenty times kill -9 while writing: nothing that was acknowledged is lost, and no index is used
twice (inv. 1, 3, 5)."""

import os
import random
import signal
import threading
import time
import unittest

import harness
import wire

SEED = 9
ROUNDS = int(os.environ.get("IMS_KILL_ROUNDS") or 20)
LONGEST_S = 0.4
AT_ONCE = 16


class Kill(harness.FederationTest):
    def write_until_killed(self, number, acknowledged):
        """Puts, several under way at a time; notes every answer."""
        try:
            with wire.Connection(wire.connect_unix(self.box.node("eu").socket)) as c:
                sent = answered = 0
                while True:
                    while sent - answered < AT_ONCE:
                        c.request("RECORD_PUT", wire.put_organisation("Round %d organisation %d" % (number, sent)))
                        sent += 1
                    got = c.reply()
                    if got is None:
                        return
                    answered += 1
                    if got[1] == 0:
                        reply = wire.fields(got[3])
                        acknowledged.append({"id": wire.text(reply, 1), "origin": wire.text(reply, 2),
                                             "index": wire.first(reply, 3, 0)})
        except OSError:
            return

    def test_kill_while_writing(self):
        chance = random.Random(SEED)
        eu = self.box.node("eu")
        acknowledged = []
        for number in range(ROUNDS):
            before = len(acknowledged)
            writer = threading.Thread(target=self.write_until_killed, args=(number, acknowledged))
            writer.start()
            self.wait_for(lambda: len(acknowledged) > before or not writer.is_alive(), what="the first answer")
            time.sleep(chance.random() * LONGEST_S)  # the moment of the crash, not a wait
            os.kill(eu.pid(), signal.SIGKILL)
            writer.join(30)
            eu.stop()
            eu.start()
            status = eu.ask("status")
            self.assertEqual(status["state"], "ready", status)
            self.assertGreaterEqual(status["size"], len(acknowledged))
        self.assertGreater(len(acknowledged), ROUNDS)
        indexes = {a["index"] for a in acknowledged}
        self.assertEqual(len(indexes), len(acknowledged), "an index stands for one entry")
        self.assert_in_sync()
        self.assert_kept(acknowledged)
        for node in self.box.nodes.values():
            node.do("log", "verify")


if __name__ == "__main__":
    unittest.main()
