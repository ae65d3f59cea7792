# SPDX-License-Identifier: Apache-2.0
"""A region signs two histories, is frozen everywhere, is closed by the roster at its last good head and
goes on in its next incarnation; who joins later gets both, and one view stands everywhere (inv. 5, 7)."""

import base64
import os
import shutil
import subprocess
import unittest

import harness
import wire

EU1, EU2, EU3 = ("ims.example/eu/%d" % n for n in (1, 2, 3))
KEPT, ORPHANED = 6, 3
PKCS8_ED25519 = bytes.fromhex("302e020100300506032b657004220420")


def sign_checkpoint(key_file, origin, size, root):
    """A checkpoint as the holder of a key file signs it, without the daemon's code."""
    with open(key_file, encoding="ascii") as f:
        _, _, name, key_id, key = f.read().strip().split("+", 4)
    text = "%s\n%d\n%s\n" % (origin, size, base64.b64encode(root).decode())
    der = PKCS8_ED25519 + base64.b64decode(key)[1:]
    der_file, text_file = key_file + ".der", key_file + ".text"
    for path, data in ((der_file, der), (text_file, text.encode())):
        with open(path, "wb") as f:
            f.write(data)
    done = subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-keyform", "DER", "-inkey", der_file, "-in",
                           text_file], capture_output=True, check=True)
    os.unlink(der_file)
    os.unlink(text_file)
    line = base64.b64encode(bytes.fromhex(key_id) + done.stdout).decode()
    return "%s\n\u2014 %s %s\n" % (text, name, line)


class Incarnation(harness.FederationTest):
    regions = ("eu", "mx", "us")

    def log(self, region, origin):
        return {row["origin"]: row for row in self.box.node(region).ask("log", "list")["logs"]}[origin]

    def put_all(self, name, count):
        answers = [self.box.put("eu", "%s %d" % (name, i)) for i in range(count)]
        self.assertNotIn(None, answers)
        return answers

    def show_fork(self, note):
        """As eu's node, to mx."""
        eu = self.box.node("eu")
        context = wire.tls_context(eu.path("keys", "tls.crt"), eu.path("keys", "tls.key"))
        with wire.Connection(wire.connect_tls(self.box.node("mx").address, context)) as c:
            c.send(wire.hello("ims.example", "eu", roster_hash=bytes.fromhex(self.box.check_chain(1)[0])))
            c.send(wire.frame(wire.HEADS, wire.message((1, wire.message((1, note), (2, 1))))))
            self.wait_for(lambda: self.log("mx", EU1)["state"] == "frozen", what="mx freezes eu's log")

    def use_key(self, number):
        eu = self.box.node("eu")
        with open(eu.config, encoding="utf-8") as f:
            lines = [line for line in f if not line.startswith("log_key_file")]
        with open(eu.config, "w", encoding="utf-8") as f:
            f.writelines([*lines, 'log_key_file = "%s"\n' % eu.path("keys", "log-%d.key" % number)])

    def close_and_open(self, kept, number):
        """The next version of the roster, by the others: an incarnation ends, the next begins with a new key."""
        eu = self.box.node("eu")
        line = harness.must([eu.programs.ims, "init", "--log-key", str(number), "--dir", eu.folder, "--federation",
                             "ims.example", "--region", "eu"])
        note = self.box.propose("--close", "eu:%d:%s" % (kept["size"], kept["root"]),
                                "--open", "eu:" + line.split()[2])
        self.box.sign(note, *(region for region in self.box.participants() if region != "eu"))
        self.box.sign(note, "eu", keys=("log-%d.key" % number,))
        self.box.publish(self.box.node("mx"))

    def assert_verified(self, region):
        node = self.box.node(region)
        self.assertTrue(node.ask("log", "verify")["ok"], region)
        export, digest = self.box.scratch(region + ".jsonl"), self.box.scratch(region + ".digest")
        logs = self.box.scratch(region + ".logs")
        for path, text in ((export, node.do("export", "jsonl")), (digest, node.do("view", "digest", "--json")),
                           (logs, node.ims("log", "list", "--json").stdout)):
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
        notes = [self.box.note(v) for v in range(1, self.box.version + 1)]
        done = subprocess.run(["python3", os.path.join(harness.TOP, "tests", "check", "imscheck.py"), "verify",
                               "--genesis-hash", self.box.genesis_hash, "--roster", *notes, "--export", export,
                               "--digest", digest, "--logs", logs], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, region + ": " + done.stdout + done.stderr)

    def test_fork_closed_and_succeeded(self):
        eu = self.box.node("eu")
        kept_answers = self.put_all("Kept", KEPT)
        self.assert_in_sync()
        kept = self.log("mx", EU1)
        self.assertEqual(kept["size"], KEPT)
        orphaned = self.put_all("Orphaned", ORPHANED)
        self.assert_in_sync()
        eu.stop()
        self.show_fork(sign_checkpoint(eu.path("keys", "log.key"), EU1, KEPT + ORPHANED, bytes([0x5A]) * 32))
        self.wait_for(lambda: self.log("us", EU1)["state"] == "frozen", what="us hears of it")
        eu.start()
        self.wait_for(lambda: self.log("eu", EU1)["state"] == "frozen", what="eu hears of it itself")

        self.close_and_open(kept, 2)
        self.wait_for(lambda: eu.ask("status")["state"] == "read-only", what="eu ends its incarnation")
        self.assertIsNone(self.box.put("eu", "Too late"))
        self.assertIn("opened incarnation 2", eu.ask("status")["reason"])
        for region in self.regions:
            self.wait_for(lambda: self.log(region, EU1)["state"] == "closed", what="closed at " + region)
            row = self.log(region, EU1)
            self.assertEqual((row["size"], row["root"], row["orphaned"]), (KEPT, kept["root"], ORPHANED), region)
            texts = [a["text"] for a in self.box.node(region).ask("status")["attention"]]
            self.assertTrue(any("orphaned tail" in text for text in texts), texts)

        eu.stop()
        self.use_key(2)
        eu.start()
        self.box.await_sessions()
        after = self.put_all("After", 2)
        self.assertEqual({a["origin"] for a in after}, {EU2})
        again = self.box.node("eu").ask("record", "get", kept_answers[0]["id"])
        self.assertEqual((again["origin"], again["revision"]), (EU1, 1))
        self.assertNotIn(after[0]["id"], {a["id"] for a in kept_answers})
        self.assert_in_sync()

        newcomer = self.box.add("jp", self.box.options)
        self.assert_in_sync()
        self.assertEqual((self.log("jp", EU1)["size"], self.log("jp", EU1)["orphaned"]), (KEPT, 0))
        self.assert_kept(kept_answers + after)
        for answer in orphaned:  # acknowledged by eu, so it stands in eu/2
            got = newcomer.ask("record", "get", answer["id"])
            self.assertEqual((got["origin"], got["state"]), (EU2, "live"))
        for region in ("eu", "mx", "jp"):
            self.assert_verified(region)

        self.lose_everything(newcomer, after)

    def lose_everything(self, newcomer, answers):
        """Of eu only its keys are left: the others close its incarnation, and it starts with the next one's,
        from version 1 of the roster. What was kept comes back from them before it writes."""
        eu = self.box.node("eu")
        eu.stop()
        for folder in ("data", "ring"):
            shutil.rmtree(eu.path(folder))
        kept = self.log("jp", EU2)
        self.close_and_open(kept, 3)
        self.use_key(3)
        eu.start()
        self.wait_for(lambda: newcomer.ask("view", "digest")["sizes"] == eu.ask("view", "digest")["sizes"],
                      what="eu has what was kept")
        if eu.ask("status")["state"] == "rolled-back":  # it has cosigned what it lacked, and has it again
            eu.do("recover", "--override", "--yes")
        self.wait_for(lambda: eu.ask("status")["state"] == "ready", what="eu is ready")
        again = self.put_all("Again", 1)
        self.assertEqual((again[0]["origin"], again[0]["index"]), (EU3, 0))
        self.assertNotIn(again[0]["id"], {a["id"] for a in answers})
        self.assert_in_sync()
        self.assert_kept(answers + again)
        self.assert_verified("eu")


if __name__ == "__main__":
    unittest.main()
