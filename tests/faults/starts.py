# SPDX-License-Identifier: Apache-2.0
"""I-5: a node that cannot start, again and again."""

import os
import re
import socket

from world import Broken, World, harness

LINES_MAX = 8             # of the log, for a start that fails
UNIT = os.path.join(harness.TOP, "deploy", "imsd.service")
RESTART_MIN_S = 1


def check_unit():
    """The service waits between starts, and never gives up for good."""
    with open(UNIT, encoding="utf-8") as f:
        set_to = dict(re.findall(r"^(\w+)=(.*)$", f.read(), re.MULTILINE))
    wait = re.fullmatch(r"(\d+)s", set_to.get("RestartSec", ""))
    if set_to.get("Restart") != "on-failure" or not wait or int(wait.group(1)) < RESTART_MIN_S:
        raise Broken("the unit does not wait before it starts the node again")
    if set_to.get("StartLimitIntervalSec") != "0":
        raise Broken("the unit gives up after some starts")


def loop(case):
    """Its address is taken at each start: an end with a declared code and few lines, then a good start."""
    check_unit()
    with World(options={"log_level": "info"}) as world:
        world.start()
        node, most = world.node("eu"), 0
        host, port = node.address.rsplit(":", 1)
        world.kill("eu")
        with socket.create_server((host, int(port))):
            for _ in range(case.count):
                mark = os.path.getsize(node.log)
                world.spawn("eu")
                if world.buried("eu") == 0:
                    raise Broken("a start that failed ends with exit 0")
                with open(node.log, encoding="utf-8", errors="replace") as f:
                    f.seek(mark)
                    lines = f.read().splitlines()
                if not lines or len(lines) > LINES_MAX:
                    raise Broken("%d lines for one start:\n%s" % (len(lines), "\n".join(lines[:20])))
                most = max(most, len(lines))
        world.spawn("eu")
        world.ready("eu").sock.close()
        world.check_all()
        world.stop()
    case.say("at most %d lines a start" % most)
    return case.count
