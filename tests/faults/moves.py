# SPDX-License-Identifier: Apache-2.0
"""D7: a node is gone from its address, where now nobody or a stranger is, and comes back at another one that
a version of the roster names."""

import socket

from clocks import check_calm
from world import World, harness
from writers import Writer
from identity import finish

REGIONS = ("eu", "mx", "us", "irs")
STAYING = ("eu", "us", "irs")
RATE = 20
OPTIONS = {"log_level": "info", "reconnect_min_ms": "20ms", "reconnect_max_ms": "1s"}
ATTEMPTS, CONVERGE_S = 6, 30


def replace_in(path, old, new):
    with open(path, encoding="utf-8") as f:
        text = f.read()
    with open(path, "w", encoding="utf-8") as f:
        f.write(text.replace(old, new))


def callers(address, then=None):
    """Take so many connections there and close them; then(): when it can be called."""
    host, port = address.rsplit(":", 1)
    with socket.create_server((host, int(port))) as listener:
        listener.settimeout(CONVERGE_S)
        if then:
            then()
        for _ in range(ATTEMPTS):
            listener.accept()[0].close()


def one_move(world, stranger):
    """mx moves. `stranger`: at its old address somebody takes connections and closes them."""
    mx, old = world.node("mx"), world.node("mx").address
    world.kill("mx")
    if stranger:
        callers(old)
    for name in STAYING:
        check_calm(world.node(name))
    mx.address = "127.0.0.1:%d" % harness.ports.free(1)[0]
    replace_in(mx.path("region.txt"), old, mx.address)
    replace_in(mx.config, old, mx.address)
    note = world.box.propose("--set-card", mx.path("region.txt"))
    world.box.sign(note, "eu", "mx", "us")
    callers(mx.address, lambda: world.box.publish(world.node("eu")))  # nobody knows it but from the roster
    world.spawn("mx")
    world.ready("mx").sock.close()
    world.box.await_sessions(CONVERGE_S)


def moved(case):
    with World(REGIONS, OPTIONS) as world:
        world.start()
        world.box.await_sessions()
        writers = [Writer(world.node(region), RATE, "moved") for region in STAYING]
        for number in range(case.count):
            one_move(world, number % 2 == 0)
        finish(world, writers, REGIONS)
    return case.count
