# SPDX-License-Identifier: Apache-2.0
"""Free ports of the loopback."""

import random
import socket

# Below what the system gives to outgoing connections, so that a stopped node finds its port again.
FIRST, LAST = 15000, 32000


def free(count, ip="127.0.0.1"):
    """So many ports on which nobody listens now."""
    held, ports = [], []
    try:
        while len(ports) < count:
            s = socket.socket()
            held.append(s)
            port = random.randint(FIRST, LAST)
            try:
                s.bind((ip, port))
            except OSError:
                continue
            ports.append(port)
    finally:
        for s in held:
            s.close()
    return ports
