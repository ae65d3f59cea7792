# SPDX-License-Identifier: Apache-2.0
"""Federations of real daemons for tests: founded and run by the demo's own modules, with a network
that can be cut, logs that are read at the end, and nothing left behind."""

import atexit
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(TOP, "deploy", "lib"))

import ports  # noqa: E402
import sample  # noqa: E402
import signatory  # noqa: E402
import wire  # noqa: E402
from federation import REGIONS, Federation  # noqa: E402
from node import Node, must, run  # noqa: E402
from programs import Programs  # noqa: E402
from proxy import Proxy  # noqa: E402
from waiting import Trouble, until  # noqa: E402

__all__ = ["REGIONS", "TOP", "Federation", "FederationTest", "Node", "Programs", "Trouble", "must", "ports", "run",
           "sample", "signatory", "until"]

# Freed memory that a sanitizer holds back is not the daemon's.
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=8"

FINDING = re.compile(r"AddressSanitizer|LeakSanitizer|ThreadSanitizer|runtime error|does not hold")
FINDING_LINES = 30
SHOWN = 3  # records that are read by `ims`, the rest over the socket, which is quicker
# Small and quick, so that a test takes seconds: rings, reconnecting, noticing that a peer is gone.
OPTIONS = {"ring_bytes": "4MiB", "commit_dirty_bytes": "1MiB", "reconnect_min_ms": "100ms",
           "reconnect_max_ms": "400ms", "ping_ms": "500ms", "dead_ms": "1500ms", "log_level": "debug"}
SOURCE_IP = "127.0.2.%d"


class Box(Federation):
    """A federation in a temporary folder. With `proxies`, nodes reach each other only through a
    relay that can cut regions off from the rest."""

    proxy_type = Proxy

    def __init__(self, options=None, regions=REGIONS, proxies=False, prepare=None):
        super().__init__(Programs(), os.path.join(tempfile.mkdtemp(prefix="fed-"), "f"))
        self.proxy = self.proxy_type() if proxies else None
        self.options = dict(OPTIONS, **(options or {}))
        atexit.register(self.close)
        listen = None
        if proxies:
            own = dict(zip(regions, ports.free(len(regions))))
            listen = {region: "127.0.0.1:%d" % port for region, port in own.items()}
        self.found(regions, self.options, listen, prepare)
        for number, region in enumerate(regions if proxies else [], 1):
            self.proxy.relay(region, SOURCE_IP % number, self.nodes[region].address, listen[region])
            with open(self.nodes[region].config, "a", encoding="utf-8") as f:
                f.write('bind_ip = "%s"\n' % (SOURCE_IP % number))
        if self.proxy:
            self.proxy.start()

    def scratch(self, name):
        return os.path.join(os.path.dirname(self.folder), name)

    def findings(self):
        """What sanitizers and broken promises have left in the nodes' logs."""
        found = []
        for node in self.nodes.values():
            if node.child is not None and node.child.poll() is not None:
                found.append("%s ended by itself (%d):%s" % (node.region, node.child.returncode, node.log_tail()))
            if not os.path.exists(node.log):
                continue
            with open(node.log, encoding="utf-8", errors="replace") as f:
                lines = f.read().split("\n")
            for number, line in enumerate(lines):
                if FINDING.search(line):
                    found.append("%s: %s" % (node.region, "\n".join(lines[number:number + FINDING_LINES])))
                    break
        return found

    def close(self):
        """Kill what runs, remove everything (IMS_KEEP=1: but the files). May be called again."""
        for node in self.nodes.values():
            if node.pid():
                os.kill(node.pid(), signal.SIGKILL)
            if node.child is not None:
                node.child.wait()
        if self.proxy:
            self.proxy.stop()
        if os.environ.get("IMS_KEEP"):
            print("kept: " + self.folder, file=sys.stderr)
        else:
            shutil.rmtree(os.path.dirname(self.folder), ignore_errors=True)
        atexit.unregister(self.close)

    def begin_without_the_rest(self, *regions):
        """Start these nodes of a new federation; the operators say that their logs are new, since the
        others, who could, are not there."""
        for region in regions:
            self.node(region).start()
        for region in regions:
            self.node(region).do("recover", "--override", "--yes")

    def load_sample(self, region, count=40, seed=1):
        """Import a sample into one region, all of it; waits for the importer."""
        files = sample.write(self.scratch("sample-%s-%d-%d" % (region, count, seed)), self.programs.reference,
                             seed, count)
        self.node(region).do("import", "cordis", "--reference", self.programs.reference, *files)

    def put(self, region, name, country="DE", *options):
        """Write an organisation through `ims`; its answer, or None when it was not acknowledged."""
        path = self.scratch("put.json")
        with open(path, "w", encoding="utf-8") as f:
            f.write('{"name": "%s", "country": "%s", "type": "sme"}' % (name, country))
        try:
            return self.node(region).ask("record", "put", "organisation", path, *options)
        except Trouble:
            return None


class FederationTest(unittest.TestCase):
    """One federation for the tests of a class; `options`, `regions`, `proxies` say which."""

    options = None
    regions = REGIONS
    proxies = False
    started = True
    box = None

    @classmethod
    def prepare(cls, node):
        """Change a node's card before the roster is made of it."""

    @classmethod
    def setUpClass(cls):
        cls.box = Box(cls.options, cls.regions, cls.proxies, cls.prepare)
        try:
            if cls.started:
                cls.box.start()
                cls.box.await_sessions()
        except BaseException:
            cls.box.close()
            raise

    @classmethod
    def tearDownClass(cls):
        try:
            findings = cls.box.findings()
            cls.box.stop()
            findings = findings or cls.box.findings()
        finally:
            cls.box.close()
        if findings:
            raise AssertionError("in the logs:\n" + "\n".join(findings))

    def wait_for(self, condition, deadline_s=20, what="condition"):
        """Until condition() is true."""
        try:
            until(lambda: "" if condition() else "not yet", what, deadline_s)
        except Trouble as e:
            self.fail(str(e))

    def assert_in_sync(self, deadline_s=60, regions=None):
        try:
            self.box.await_sync(deadline_s, regions)
        except Trouble as e:
            self.fail("%s\n%s" % (e, "".join("%s: %s\n" % (n.region, n.log_tail()) for n in self.box.nodes.values())))

    def assert_kept(self, answers, regions=None):
        """What was acknowledged can be read on every node, as it was acknowledged."""
        for region in regions or self.box.nodes:
            node = self.box.node(region)
            for a in answers[:SHOWN]:
                got = node.ask("record", "get", a["id"])
                self.assertEqual((got["origin"], got["index"]), (a["origin"], a["index"]), region)
            with wire.Connection(wire.connect_unix(node.socket)) as c:
                for a in answers:
                    code, why, got = c.call("RECORD_GET", wire.message((1, a["id"])))
                    self.assertEqual(code, 0, "%s: %s is lost: %s" % (region, a["id"], why))
                    self.assertEqual((wire.text(got, 4), wire.first(got, 5, 0)), (a["origin"], a["index"]), region)

    def log_of(self, region):
        with open(self.box.node(region).log, encoding="utf-8", errors="replace") as f:
            return f.read()


def processes_with(text):
    """Processes that have this in their command line."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/cmdline" % pid, "rb") as f:
                if text.encode() in f.read() and int(pid) != os.getpid():
                    found.append(int(pid))
        except OSError:
            continue
    return found


def tool(name):
    """A program of tests/tools, built beside the daemon."""
    path = os.path.join(Programs().build, "tools", name)
    if not os.access(path, os.X_OK):
        done = subprocess.run(["make", "-s", "-C", TOP, os.path.relpath(path, TOP)], check=False)
        if done.returncode:
            raise Trouble("cannot build " + path)
    return path
