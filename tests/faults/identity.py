# SPDX-License-Identifier: Apache-2.0
"""F4, F5: certificates that are exchanged and regions that are suspended while all nodes are written to."""

import os
import shutil
import signal
import ssl
import time

from world import Broken, World, wire
from writers import Writer, lost, twice
import certs

REGIONS = ("eu", "mx", "us", "irs")
RATE = 20
OPTIONS = {"log_level": "info"}
RELOAD_S, CLOSED_S, CONVERGE_S = 15, 60, 30
AFTER = 10                # writes of a suspended region that must stay its own


def shown(node):
    """The certificate that the federation port shows now."""
    context = wire.tls_context(node.path("operator.crt"), node.path("operator.key"))
    with wire.Connection(wire.connect_tls(node.address, context)) as c:
        return c.sock.getpeercert(True)


def der(path):
    with open(path, encoding="ascii") as f:
        return ssl.PEM_cert_to_DER_cert(f.read())


def bad(kind, path, chance):
    """Spoil the certificate's file in one way."""
    if kind == "missing":
        os.unlink(path)
    elif kind == "junk":
        with open(path, "wb") as f:
            f.write(chance.randbytes(400))
    elif kind == "empty":
        with open(path, "wb"):
            pass


def rotations(case):
    """F4: each reload takes a good certificate over, and keeps the old one when the files are bad."""
    with World(REGIONS[1:], OPTIONS) as world:
        world.start()
        world.box.await_sessions()
        node = world.node("mx")
        folder, cert = world.box.scratch("certs"), node.path("keys", "tls.crt")
        os.mkdir(folder)
        writers = [Writer(world.node(region), RATE, "rotation") for region in REGIONS[1:]]
        names = ["URI:ims://ims.example/mx/node"]
        strange = certs.make_key(folder, "strange")
        for number in range(case.count):
            kind = case.chance.choice(("good", "good", "missing", "junk", "empty", "another key", "another name"))
            before = shown(node)
            keep = cert + ".kept"
            shutil.copyfile(cert, keep)
            if kind in ("good", "another key", "another name"):
                made, _ = certs.make(folder, "c%d" % number,
                                     names if kind != "another name" else ["URI:ims://ims.example/us/node"],
                                     strange if kind == "another key" else node.path("keys", "tls.key"))
                os.replace(made, cert)
            else:
                bad(kind, cert, case.chance)
            mark = os.path.getsize(node.log)
            os.kill(node.pid(), signal.SIGHUP)
            world.until(lambda mark=mark: reloaded(node, mark), "an answer to the reload", RELOAD_S)
            now = shown(node)
            if kind == "good" and now != der(cert):
                raise Broken("the new certificate is not in use")
            if kind != "good" and now != before:
                raise Broken("%s: another certificate is in use" % kind)
            if kind != "good":
                os.replace(keep, cert)
        finish(world, writers, REGIONS[1:])
    return case.count


def suspensions(case):
    """F5: a region is suspended by a new version of the roster while it writes, and comes back by another."""
    slowest = 0
    with World(REGIONS, OPTIONS) as world:
        world.start()
        world.box.await_sessions()
        others = [region for region in REGIONS if region != "us"]
        writers = [Writer(world.node(region), RATE, "suspension") for region in REGIONS]
        for _ in range(case.count):
            began = time.monotonic()
            change(world, "--suspend", others)
            world.until(lambda: all(no_session(world.node(region)) for region in others), "no session with us",
                        CLOSED_S)
            slowest = max(slowest, time.monotonic() - began)
            known = [size_of(world.node(region)) for region in others]
            before = len(writers[REGIONS.index("us")].acked)
            world.until(lambda n=before: len(writers[REGIONS.index("us")].acked) > n + AFTER, "us writes on alone")
            if [size_of(world.node(region)) for region in others] != known:
                raise Broken("entries of the suspended region have come")
            change(world, "--resume", others)
            world.box.await_sessions(CONVERGE_S)
        finish(world, writers, REGIONS)
    case.say("sessions were closed after %.1f s at the latest" % slowest)
    return case.count


def change(world, what, signers):
    note = world.box.propose(what, "us")
    world.box.sign(note, *[region for region in signers if region != "irs"])
    world.box.publish(world.node("eu"))


def no_session(node):
    return all(p["state"] == "suspended" for p in node.ask("status")["peers"] if p["region"] == "us")


def size_of(node):
    return next(log["size"] for log in node.ask("log", "list")["logs"] if log["region"] == "us")


def reloaded(node, mark):
    with open(node.log, encoding="utf-8", errors="replace") as f:
        f.seek(mark)
        return any(" reload: " in line or " tls: " in line for line in f)


def finish(world, writers, regions):
    acked = [a for w in writers for a in w.stop()]
    if any(w.refused or w.unknown for w in writers):
        raise Broken("writes failed: %s" % [(w.refused[:3], w.unknown) for w in writers])
    world.box.await_sync(CONVERGE_S, regions)
    broken = twice(acked) + [text for name in regions for text in lost(world.node(name), acked)]
    if broken:
        raise Broken("\n".join(broken[:5]))
    world.stop()
