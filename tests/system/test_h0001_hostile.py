# SPDX-License-Identifier: Apache-2.0
"""Strangers and unlucky operators: what they cost the node is bounded, and no start or end of it
leaves more than a log line (inv. 11, 12)."""

import os
import signal
import socket
import subprocess
import unittest

import certs
import harness
import wire

CONNECTIONS = 600
ROWS_MAX = 260  # of all strangers together, in the time this takes
PLACES = 64


class Hostile(harness.FederationTest):
    options = {"max_connections": str(PLACES)}
    regions = ("eu", "mx")

    def stranger(self):
        folder = self.box.scratch("stranger")
        os.makedirs(folder, exist_ok=True)
        return wire.tls_context(*certs.make(folder, "stranger", ["URI:ims://ims.example/zz/node"]),
                                alpn="ims-roster/1")

    def operator(self):
        eu = self.box.node("eu")
        context = wire.tls_context(eu.path("operator.crt"), eu.path("operator.key"))
        return wire.Connection(wire.connect_tls(eu.address, context))

    def test_connections_do_not_fill_the_journal(self):
        """Each connection that ended before its handshake was a row for ever."""
        eu = self.box.node("eu")
        host, port = eu.address.split(":")
        for _ in range(CONNECTIONS):
            socket.create_connection((host, int(port)), timeout=5).close()
        self.assertEqual(self.box.put("eu", "After the strangers") is None, False)
        rows = eu.ask("journal", "list", "--limit", "1000")["rows"]
        self.assertLess(sum(row["event"] == "refused" for row in rows), ROWS_MAX)

    def test_silent_strangers_keep_nobody_out(self):
        host, port = self.box.node("eu").address.split(":")
        held = [socket.create_connection((host, int(port)), timeout=5) for _ in range(PLACES + 10)]
        try:
            with self.operator() as c:
                self.assertEqual(c.call("STATUS")[0], 0)
        finally:
            for s in held:
                s.close()

    def test_strangers_with_the_roster_in_hand(self):
        """They may ask for it, so many at a time; they may not bring one."""
        context, address = self.stranger(), self.box.node("eu").address
        held = [wire.Connection(wire.connect_tls(address, context)) for _ in range(PLACES)]
        try:
            with self.operator() as c:
                self.assertEqual(c.call("STATUS")[0], 0)
            held[-1].send(wire.frame(wire.ROSTER_FETCH, wire.message((1, 1))))
            self.assertEqual(held[-1].receive()[0], wire.ROSTER_NOTES)
            held[-1].send(wire.frame(wire.ROSTER_NOTES, wire.message((1, "not one"))))
            self.assertEqual(held[-1].farewell()[0], wire.error_code("STATE"))
        finally:
            for c in held:
                c.sock.close()

    def test_a_port_in_use(self):
        """The start that fails says so, and nothing else."""
        mx = self.box.node("mx")
        mx.stop()
        host, port = mx.address.split(":")
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.bind((host, int(port)))
            s.listen()
            done = subprocess.run([mx.programs.imsd, "--config", mx.config], capture_output=True, text=True,
                                  timeout=60, check=False)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertEqual(len(done.stderr.strip().split("\n")), 1, done.stderr)
        mx.start()
        self.box.await_sessions()

    def test_a_reload_while_stopping(self):
        mx = self.box.node("mx")
        pid = mx.pid()
        os.kill(pid, signal.SIGTERM)
        self.wait_for(lambda: "stopping" in mx.log_tail(), what="it stops")
        try:
            os.kill(pid, signal.SIGHUP)
        except ProcessLookupError:
            pass
        self.assertEqual(mx.child.wait(30), 0)
        mx.stop()
        mx.start()
        self.box.await_sessions()


if __name__ == "__main__":
    unittest.main()
