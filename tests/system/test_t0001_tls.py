# SPDX-License-Identifier: Apache-2.0
"""Who may speak to a node: one certificate case after the other, refused with its reason on both
sides."""

import json
import os
import re
import socket
import ssl
import threading
import unittest

import certs
import harness
import wire
from harness import run

EU = "URI:ims://ims.example/eu/"
NOT_PINNED = "CERT_PIN"


class Case(harness.FederationTest):
    """A federation of which only some nodes run; the others' places are taken by the test."""

    started = False
    running = ("eu",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        try:
            for region in cls.running:
                cls.box.node(region).start()
            cls.folder = cls.box.scratch("certs")
            os.mkdir(cls.folder)
        except BaseException:
            cls.box.close()
            raise

    def eu(self):
        return self.box.node("eu")

    def key_of(self, region, person):
        return self.box.node(region).path(person + ".key")

    def own_log_since(self, region, mark):
        return self.log_of(region)[mark:]

    def journal(self, region, outcome):
        rows = self.box.node(region).ask("journal", "list", "--newest", "--limit", "5", "--outcome", outcome)["rows"]
        return [row["outcome"] for row in rows]


class Callers(Case):
    """Connections to eu."""

    def dial(self, cert, key, alpn="ims/1"):
        return wire.Connection(wire.connect_tls(self.eu().address, wire.tls_context(cert, key, alpn)))

    def assert_refused(self, name, reason, cert, key):
        """The node says goodbye with this error, and its own log and journal name it."""
        mark = len(self.log_of("eu"))
        with self.dial(cert, key) as c:
            code, why = c.farewell()
        self.assertEqual(code, wire.error_code(reason), "%s: %d %s" % (name, code, why))
        said = re.compile("refused .*" + re.escape(self.text_of(reason)))
        self.wait_for(lambda: said.search(self.own_log_since("eu", mark)), 5, "%s: the reason in eu's log" % name)
        self.wait_for(lambda: reason in self.journal("eu", reason), 5, "%s: the reason in eu's journal" % name)

    def text_of(self, reason):
        with open(harness.TOP + "/include/ims/errors.def", encoding="utf-8") as f:
            return re.search(r'^ERR\(%s,.*"(.*)"\)' % reason, f.read(), re.MULTILINE).group(1)

    def refuse(self, name, reason, *names, key=None, **how):
        cert, key = certs.make(self.folder, name, names, key, **how)
        self.assert_refused(name, reason, cert, key)

    # ---- welcome

    def test_a_pinned_operator_is_served(self):
        with self.dial(self.eu().path("operator.crt"), self.key_of("eu", "operator")) as c:
            code, why, _ = c.call("STATUS")
            self.assertEqual(code, 0, why)
            self.assertEqual(c.sock.version(), "TLSv1.3")
            self.assertEqual(c.sock.selected_alpn_protocol(), "ims/1")
            self.assertFalse(c.sock.session.has_ticket, "a resumed session would skip all checks")

    def test_a_renewed_certificate_of_a_pinned_key_is_served(self):
        cert, key = certs.make(self.folder, "renewed", [EU + "operator/operator"], self.key_of("eu", "operator"))
        with self.dial(cert, key) as c:
            self.assertEqual(c.call("STATUS")[0], 0)

    def test_an_auditor_reads_and_does_not_write(self):
        programs = self.eu().programs
        paths = ["--cert", self.eu().path("auditor.crt"), "--key", self.key_of("eu", "auditor"),
                 "--roster", self.box.note(1), "--node", "ims://" + self.eu().address]
        done = run([programs.ims, *paths, "log", "list", "--json"])
        self.assertEqual(done.returncode, 0, done.stderr)
        payload = self.box.scratch("auditor.json")
        with open(payload, "w", encoding="utf-8") as f:
            json.dump({"name": "By an auditor", "country": "DE"}, f)
        for words in (("record", "put", "organisation", payload), ("record", "withdraw", "eu-o-1", "--reason", "none"),
                      ("view", "rebuild"), ("roster", "publish", self.box.note(1)), ("recover", "--yes")):
            done = run([programs.ims, *paths, *words])
            self.assertEqual(done.returncode, 6, (words, done.stderr))

    # ---- not welcome: the certificate itself

    def test_expired(self):
        self.refuse("expired", "CERT_EXPIRED", EU + "operator/operator", key=self.key_of("eu", "operator"),
                    start_s=-2 * certs.DAY_S, end_s=-certs.DAY_S)

    def test_not_yet_valid(self):
        self.refuse("early", "CERT_EXPIRED", EU + "operator/operator", key=self.key_of("eu", "operator"),
                    start_s=certs.DAY_S, end_s=2 * certs.DAY_S)

    def test_two_uris(self):
        self.refuse("two", "CERT_SAN", EU + "operator/operator", EU + "node", key=self.key_of("eu", "operator"))

    def test_twice_the_same_uri(self):
        self.refuse("twice", "CERT_SAN", EU + "operator/operator", EU + "operator/operator",
                    key=self.key_of("eu", "operator"))

    def test_no_name(self):
        self.refuse("nameless", "CERT_SAN", key=self.key_of("eu", "operator"))

    def test_only_a_dns_name(self):
        self.refuse("dns", "CERT_SAN", "DNS:eu.ims.example", key=self.key_of("eu", "operator"))

    def test_another_scheme(self):
        self.refuse("scheme", "CERT_SAN", "URI:https://ims.example/eu/operator/operator",
                    key=self.key_of("eu", "operator"))

    def test_no_such_role(self):
        self.refuse("role", "CERT_SAN", EU + "admin/operator", key=self.key_of("eu", "operator"))

    def test_a_longer_path(self):
        self.refuse("longer", "CERT_SAN", EU + "operator/operator/more", key=self.key_of("eu", "operator"))

    def test_for_servers_only(self):
        self.refuse("server-only", "CERT_PURPOSE", EU + "operator/operator", key=self.key_of("eu", "operator"),
                    eku="serverAuth")

    def test_for_mail_only(self):
        self.refuse("mail", "CERT_PURPOSE", EU + "operator/operator", key=self.key_of("eu", "operator"),
                    eku="emailProtection")

    def test_unknown_critical_extension(self):
        self.refuse("critical", "CERT_INVALID", EU + "operator/operator", key=self.key_of("eu", "operator"),
                    extra="1.3.6.1.4.1.32473.1 = critical,DER:0500\n")

    def test_weak_key(self):
        self.refuse("weak", "CERT_INVALID", EU + "operator/operator", kind="RSA-1024")

    def test_weak_signature(self):
        self.refuse("sha1", "CERT_INVALID", EU + "operator/operator", kind="RSA-2048", digest="sha1")

    # ---- not welcome: whom it names

    def test_self_made(self):
        self.refuse("stranger", NOT_PINNED, EU + "operator/operator")

    def test_self_made_node(self):
        self.refuse("stranger-node", NOT_PINNED, "URI:ims://ims.example/mx/node")

    def test_a_pinned_key_with_another_region_in_its_name(self):
        self.refuse("as-us", NOT_PINNED, "URI:ims://ims.example/us/node",
                    key=self.box.node("mx").path("keys", "tls.key"))

    def test_an_operator_as_node(self):
        self.refuse("as-node", NOT_PINNED, "URI:ims://ims.example/mx/node", key=self.key_of("mx", "operator"))

    def test_an_auditor_as_operator(self):
        self.refuse("promoted", NOT_PINNED, EU + "operator/operator", key=self.key_of("eu", "auditor"))

    def test_an_operator_that_nobody_knows(self):
        self.refuse("unknown", NOT_PINNED, EU + "operator/nobody", key=self.key_of("eu", "operator"))

    def test_another_federation(self):
        self.refuse("federation", "FEDERATION", "URI:ims://other.example/eu/operator/operator",
                    key=self.key_of("eu", "operator"))

    def test_a_region_that_nobody_knows(self):
        self.refuse("zz", "CERT_REGION", "URI:ims://ims.example/zz/node")

    def test_an_operator_of_another_region(self):
        self.assert_refused("elsewhere", "CERT_REGION", self.box.node("mx").path("operator.crt"),
                            self.key_of("mx", "operator"))

    def test_its_own_certificate(self):
        self.assert_refused("mirror", "CERT_SELF", self.eu().path("keys", "tls.crt"), self.eu().path("keys", "tls.key"))

    # ---- not even a session

    def assert_no_session(self, context):
        """No frame comes, the connection ends, and the node lives on."""
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            with wire.Connection(wire.connect_tls(self.eu().address, context)) as c:
                c.request("STATUS")
                if c.receive() is None:
                    raise ConnectionResetError
        self.assertEqual(self.eu().ask("status")["state"], "ready")

    def operator(self, **how):
        return wire.tls_context(self.eu().path("operator.crt"), self.key_of("eu", "operator"), **how)

    def test_no_certificate(self):
        mark = len(self.log_of("eu"))
        self.assert_no_session(wire.tls_context())
        self.wait_for(lambda: "certificate" in self.own_log_since("eu", mark), 5, "eu says why")

    def test_tls_1_2(self):
        context = self.operator()
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        self.assert_no_session(context)

    def test_another_protocol(self):
        self.assert_no_session(self.operator(alpn="h2"))

    def test_no_protocol(self):
        mark = len(self.log_of("eu"))
        self.assert_no_session(self.operator(alpn=None))
        self.wait_for(lambda: "ALPN" in self.own_log_since("eu", mark), 5, "eu says why")

    def test_no_tls(self):
        with socket.create_connection(self.eu().address.split(":"), timeout=10) as s:
            s.sendall(b"GET / HTTP/1.1\r\nHost: eu\r\n\r\n")
            try:
                while s.recv(4096):
                    pass
            except ConnectionError:
                pass
        self.assertEqual(self.eu().ask("status")["state"], "ready")

    def test_the_chain_of_rosters_is_for_everybody_and_nothing_else_is(self):
        cert, key = certs.make(self.folder, "learner", ["URI:ims://ims.example/zz/node"])
        with self.dial(cert, key, "ims-roster/1") as c:
            c.send(wire.frame(wire.ROSTER_FETCH, wire.message((1, 1))))
            kind, body = c.receive()
            self.assertEqual(kind, wire.ROSTER_NOTES)
            with open(self.box.note(1), "rb") as f:
                self.assertEqual(wire.fields(body).get(1), [f.read()])
        for what in (wire.frame(wire.REQUEST, wire.message((1, 1), (2, wire.VERBS["STATUS"]))),
                     wire.hello("ims.example", "mx")):
            with self.dial(cert, key, "ims-roster/1") as c:
                c.send(what)
                self.assertEqual(c.farewell()[0], wire.error_code("STATE"))


class FakeNode:
    """Stands at a region's address with a certificate; takes whoever calls, says nothing."""

    def __init__(self, address, trusted, cert, key, alpn="ims/1", version=None):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.set_ciphers("DEFAULT@SECLEVEL=0")
        self.context.load_cert_chain(cert, key)
        self.context.verify_mode = ssl.CERT_REQUIRED
        self.context.load_verify_locations(trusted)
        if alpn:
            self.context.set_alpn_protocols([alpn])
        if version:
            self.context.maximum_version = version
        host, port = address.rsplit(":", 1)
        self.listener = socket.create_server((host, int(port)))
        self.listener.settimeout(0.2)
        self.heard, self.ending = [], False
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while not self.ending:
            try:
                raw, _ = self.listener.accept()
            except OSError:
                continue
            raw.settimeout(5)
            try:
                with wire.Connection(self.context.wrap_socket(raw, server_side=True)) as c:
                    self.heard.append(c.farewell())
            except OSError as e:
                self.heard.append((0, str(e)))

    def stop(self):
        self.ending = True
        self.thread.join()
        self.listener.close()


class Called(Case):
    """Connections that eu makes, to somebody in mx's place."""

    def assert_refused(self, name, reason, names=("URI:ims://ims.example/mx/node",), key=None, said=True, how=None,
                       **made):
        """eu does not speak with it, knows why, and says so: to the other side, in its log, in its status."""
        key = key or self.box.node("mx").path("keys", "tls.key")
        cert, key = certs.make(self.folder, name, names, key, **made)
        mark = len(self.log_of("eu"))
        fake = FakeNode(self.box.node("mx").address, self.eu().path("keys", "tls.crt"), cert, key, **(how or {}))
        try:
            text = self.text_of(reason)
            self.wait_for(lambda: text in self.own_log_since("eu", mark), 15, "%s: eu's log says %r" % (name, text))
            if said:
                self.wait_for(lambda: wire.error_code(reason) in [h[0] for h in fake.heard], 15,
                              "%s: the other side hears %s, it heard %s" % (name, reason, fake.heard))
            peers = {p["region"]: p for p in self.eu().ask("status")["peers"]}
            self.assertIn(peers["mx"]["state"], ("refused", "unreachable"))
        finally:
            fake.stop()

    text_of = Callers.text_of

    def test_not_pinned(self):
        self.assert_refused("fake", NOT_PINNED, key=certs.make_key(self.folder, "fake-node"))

    def test_another_region(self):
        self.assert_refused("fake-us", "CERT_REGION", ["URI:ims://ims.example/us/node"],
                            self.box.node("us").path("keys", "tls.key"))

    def test_expired(self):
        self.assert_refused("fake-expired", "CERT_EXPIRED", start_s=-2 * certs.DAY_S, end_s=-certs.DAY_S)

    def test_not_yet_valid(self):
        self.assert_refused("fake-early", "CERT_EXPIRED", start_s=certs.DAY_S, end_s=2 * certs.DAY_S)

    def test_for_clients_only(self):
        self.assert_refused("fake-client", "CERT_PURPOSE", eku="clientAuth")

    def test_two_uris(self):
        self.assert_refused("fake-two", "CERT_SAN", ["URI:ims://ims.example/mx/node", "URI:ims://ims.example/us/node"])

    def test_another_federation(self):
        self.assert_refused("fake-federation", "FEDERATION", ["URI:ims://other.example/mx/node"])

    def test_an_operator_in_a_nodes_place(self):
        self.assert_refused("fake-operator", "CERT_REGION", ["URI:ims://ims.example/mx/operator/operator"],
                            self.key_of("mx", "operator"))

    def test_tls_1_2(self):
        self.assert_refused("fake-old", "TLS", said=False, how={"version": ssl.TLSVersion.TLSv1_2})

    def test_no_protocol(self):
        self.assert_refused("fake-silent", "TLS", said=False, how={"alpn": None})


class Nodes(Case):
    """Two real nodes, and what both of their logs say."""

    running = ("eu", "us")

    def test_a_node_with_a_new_key_that_no_roster_names(self):
        self.box.await_sessions(20, ["eu", "us"])
        us = self.box.node("us")
        us.stop()
        tls = us.path("keys", "tls")
        for suffix in (".key", ".crt"):
            os.rename(tls + suffix, tls + suffix + ".kept")
        cert, key = certs.make(self.folder, "us-new", ["URI:ims://ims.example/us/node"])
        os.rename(cert, tls + ".crt")
        os.rename(key, tls + ".key")
        marks = {region: len(self.log_of(region)) for region in ("eu", "us")}
        us.start()
        self.wait_for(lambda: "key is not pinned" in self.own_log_since("eu", marks["eu"]), what="eu's log says why")
        self.wait_for(lambda: "key is not pinned" in self.own_log_since("us", marks["us"]), what="us' log says why")
        us.stop()
        for suffix in (".key", ".crt"):
            os.replace(tls + suffix + ".kept", tls + suffix)
        us.start()
        self.box.await_sessions(20, ["eu", "us"])

    def test_a_pin_that_leaves_the_roster_ends_its_session(self):
        eu = self.eu()
        self.box.await_sessions(20, ["eu", "us"])
        context = wire.tls_context(eu.path("operator.crt"), self.key_of("eu", "operator"))
        with wire.Connection(wire.connect_tls(eu.address, context)) as c:
            self.assertEqual(c.call("STATUS")[0], 0)
            with open(eu.path("region.txt"), encoding="utf-8") as f:
                card = [line for line in f if not line.startswith("operator ")]
            with open(eu.path("region.txt"), "w", encoding="utf-8") as f:
                f.writelines(card)
            note = self.box.propose("--set-card", eu.path("region.txt"))
            self.box.sign(note, "eu", "us")
            self.box.publish(self.box.node("us"))
            self.assertEqual(c.farewell()[0], wire.error_code(NOT_PINNED))
        self.wait_for(lambda: eu.ask("view", "digest")["roster"] == 2, what="eu obeys version 2")
        with wire.Connection(wire.connect_tls(eu.address, context)) as c:
            self.assertEqual(c.farewell()[0], wire.error_code(NOT_PINNED))


    def test_a_version_that_came_during_the_handshake_is_told(self):
        """Found by the simulator: who said hello before it and was answered after it never heard of it."""
        eu, mx, before = self.eu(), self.box.node("mx"), self.box.version
        context = wire.tls_context(mx.path("keys", "tls.crt"), mx.path("keys", "tls.key"))
        with wire.Connection(wire.connect_tls(eu.address, context)) as c:
            self.assertEqual(c.receive()[0], wire.HELLO)
            note = self.box.propose("--set-card", eu.path("region.txt"), "--replicated", "1", "us")
            self.box.sign(note, "eu", "us")
            self.box.publish(eu)
            self.wait_for(lambda: eu.ask("view", "digest")["roster"] == before + 1, what="eu obeys the next version")
            c.send(wire.hello("ims.example", "mx", roster=before))
            self.wait_for(lambda: c.receive()[0] == wire.ROSTER_NOTES, what="mx is told the next version")


if __name__ == "__main__":
    unittest.main()
