# SPDX-License-Identifier: Apache-2.0
"""D3, G1, G2: idle TLS connections by the thousand, no descriptors left, peers that vanish without a word."""

import resource
import select
import socket
import time

import netns
import procfs
from world import Broken, World, wire
from writers import Writer

RATE = 20
RSS_MAX_KIB = 300 * 1024
FEW_FDS, MANY = 64, 200
ANSWER_S, NOTICED_S, CONVERGE_S = 30, 30, 30
SPARE_FDS = 200


def idle(case):
    """G1: a case is a connection: an operator's that says nothing, or a handshake that is not finished."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = case.count + SPARE_FDS
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), max(hard, wanted)))
    held = []
    try:
        with World(("eu", "irs"), {"max_connections": str(min(case.count + 100, 100000)), "log_level": "info",
                                   "dead_ms": "30s", "ping_ms": "10s"}) as world:
            world.start()
            world.box.await_sessions()
            node = world.node("eu")
            before = procfs.memory(node.pid())["VmRSS"]
            writer = Writer(node, RATE, "crowd")
            context = wire.tls_context(node.path("operator.crt"), node.path("operator.key"))
            host, port = node.address.rsplit(":", 1)
            for number in range(case.count):
                held.append(wire.connect_tls(node.address, context) if number % 6 else
                            socket.create_connection((host, int(port)), timeout=ANSWER_S))
            alive = sum(1 for s in held if isinstance(s, wire.ssl.SSLSocket) and stands(s))
            rss = procfs.memory(node.pid())["VmRSS"]
            acked = len(writer.acked)
            world.until(lambda: len(writer.acked) > acked + RATE, "writes go on", ANSWER_S)
            if rss > RSS_MAX_KIB:
                raise Broken("%d KiB with %d connections" % (rss, case.count))
            writer.stop()
            for s in held:
                s.close()
            held.clear()
            world.check_all()
            world.stop()
    finally:
        for s in held:
            s.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, max(hard, soft)))
    case.say("%d TLS connections stood, %d KiB more (%.1f KiB each), slowest write %.0f ms" % (
        alive, rss - before, (rss - before) / max(alive, 1), writer.slowest_s * 1000))
    return case.count


def stands(s):
    """Neither closed nor told anything."""
    ready = select.poll()  # select() knows no descriptor above 1024
    ready.register(s, select.POLLIN)
    return s.pending() == 0 and not ready.poll(0)


def few_descriptors(case):
    """G2: so many connections that the node has no descriptor left; then they go."""
    with World(("eu", "irs"), {"log_level": "info"}) as world:
        netns.wrap(world.node("eu"), ["prlimit", "--nofile=%d" % FEW_FDS])
        world.start()
        world.box.await_sessions()
        node = world.node("eu")
        writer = Writer(node, RATE, "few")
        host, port = node.address.rsplit(":", 1)
        for _ in range(case.count):
            held = [socket.create_connection((host, int(port)), timeout=ANSWER_S) for _ in range(MANY)]
            acked = len(writer.acked)
            world.until(lambda n=acked: len(writer.acked) > n + RATE, "who was there is served", ANSWER_S)
            for s in held:
                s.close()
            world.until(lambda: procfs.fds(node.pid()) < FEW_FDS - 10, "descriptors come back", ANSWER_S)
            world.box.await_sessions(CONVERGE_S)
        writer.stop()
        world.check_all()
        world.stop()
    return case.count


def half_open(case):
    """D3: with the usual times, a peer that vanished is noticed within 30 s, and comes back by itself."""
    told = netns.apart(vanish, case.count)
    case.say("noticed after %s s" % told)
    return case.count


def vanish(count):
    slowest = 0
    options = {"ping_ms": "10s", "dead_ms": "25s", "log_level": "info"}
    with World(("eu", "mx", "irs"), options, box=netns.NetBox) as world:
        world.start()
        world.box.await_sessions()
        net, eu = world.box.net, world.node("eu")
        for _ in range(count):
            net.links(net.cut([("mx", "eu"), ("eu", "mx"), ("mx", "irs"), ("irs", "mx")]))
            began = time.monotonic()
            world.until(lambda: any(p["region"] == "mx" and p["state"] == "unreachable"
                                    for p in eu.ask("status")["peers"]), "eu notices", NOTICED_S, 0.2)
            slowest = max(slowest, time.monotonic() - began)
            net.links()
            world.box.await_sessions(CONVERGE_S * 2)
        world.check_all()
        world.stop()
    return round(slowest, 1)
