# SPDX-License-Identifier: Apache-2.0
"""D2: links of user space. Each node's namespace has a tun device and nothing else; what comes out of one
goes into another by way of a thread of ours, which delays, loses, doubles and spoils it. Needs root."""

import fcntl
import heapq
import os
import random
import select
import struct
import threading
import time

import netns
import oracle
from partitions import reconnects, side_by_side
from world import Broken, World
from writers import Writer, lost, twice

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
PACKET_BYTES = 65536
IP_HEAD = 20
QUEUE_PACKETS = 20000     # under way at once; more are lost
TURN_S = 0.05
WEATHER_S = (1, 3)
RATE = 15
REGIONS = ("eu", "mx", "irs")
# A round trip takes up to 4 s, and what is lost comes again after as long.
OPTIONS = {"log_level": "info", "ping_ms": "2s", "dead_ms": "10s", "reconnect_min_ms": "50ms",
           "reconnect_max_ms": "500ms"}


class Weather:
    """What happens to packets: seconds and shares."""

    def __init__(self, delay=0.0, jitter=0.0, loss=0.0, twice=0.0, late=0.0, spoilt=0.0):
        self.delay, self.jitter, self.loss, self.twice, self.late, self.spoilt = (
            delay, jitter, loss, twice, late, spoilt)

    @classmethod
    def drawn(cls, chance):
        most = chance.choice((0.02, 0.2, 2.0))
        delay = chance.uniform(0, most)
        return cls(delay, chance.uniform(0, (most - delay) / 2), chance.uniform(0, 0.2), chance.uniform(0, 0.1),
                   chance.uniform(0, 0.1), chance.uniform(0.01, 0.1))

    def __str__(self):
        return "delay %.3f s, jitter %.3f s, loss %.0f %%, twice %.0f %%, late %.0f %%, spoilt %.0f %%" % (
            self.delay, self.jitter, *(100 * x for x in (self.loss, self.twice, self.late, self.spoilt)))


class Tunnels:
    """Namespaces for these names, each with a device; `weather` is what lies between all of them."""

    def __init__(self, names, chance):
        self.ips = {name: netns.NETWORK % number for number, name in enumerate(names, 1)}
        self.chance, self.weather = chance, Weather()
        self.lost = self.doubled = self.overtaken = self.spoilt = 0
        self.devices, self.due, self.number, self.ending = {}, [], 0, False
        for name, ip in self.ips.items():
            netns.sh("ip", "netns", "add", name)
            self.devices[ip] = self._device(name, ip)
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    @staticmethod
    def _device(name, ip):
        fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        device = "t" + ip.rsplit(".", 1)[1]
        fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", device.encode(), IFF_TUN | IFF_NO_PI))
        netns.sh("ip", "link", "set", device, "netns", name)
        netns.sh("ip", "-n", name, "-batch", "-", text="link set lo up\naddr add %s/24 dev %s\nlink set %s up\n" % (
            ip, device, device))
        return fd

    def command(self, name, *words):
        return ["ip", "netns", "exec", name, *words]

    def stop(self):
        self.ending = True
        self.thread.join()
        for fd in self.devices.values():
            os.close(fd)

    # ---- its thread
    def _run(self):
        while not self.ending:
            left = self.due[0][0] - time.monotonic() if self.due else TURN_S
            for fd in select.select(list(self.devices.values()), [], [], max(0, min(left, TURN_S)))[0]:
                self._read(fd)
            while self.due and self.due[0][0] <= time.monotonic():
                self._deliver(heapq.heappop(self.due)[2])

    def _read(self, fd):
        try:
            while True:
                self._take(os.read(fd, PACKET_BYTES))
        except BlockingIOError:
            pass

    def _take(self, packet):
        w, chance = self.weather, self.chance
        if len(packet) <= IP_HEAD or packet[0] != 0x45:  # IPv6 asks for neighbours that are not there
            return
        if chance.random() < w.loss or len(self.due) >= QUEUE_PACKETS:
            self.lost += 1
            return
        if chance.random() < w.spoilt:
            spoilt = bytearray(packet)
            spoilt[chance.randrange(IP_HEAD, len(packet))] ^= chance.randint(1, 255)
            packet, self.spoilt = bytes(spoilt), self.spoilt + 1
        copies = 1 + (chance.random() < w.twice)
        self.doubled += copies - 1
        for _ in range(copies):
            late = chance.random() < w.late
            self.overtaken += late
            after = w.delay + chance.uniform(0, w.jitter) + (0.01 + w.delay if late else 0)
            self.number += 1
            heapq.heappush(self.due, (time.monotonic() + after, self.number, packet))

    def _deliver(self, packet):
        fd = self.devices.get(".".join(map(str, packet[16:20])))
        try:
            if fd is not None:
                os.write(fd, packet)
        except OSError:  # its queue is full, or it goes: packets may be lost
            self.lost += 1


class TunnelBox(netns.NetBox):
    chance = None

    def make_net(self, regions):
        return Tunnels(regions, self.chance)


def one_federation(seed, count):
    """So many kinds of weather, each followed by a good link. (kinds, seconds of the slowest convergence,
    writes, sessions opened again, packets lost, doubled, late, spoilt)"""
    chance = random.Random(seed)
    TunnelBox.chance = random.Random(seed + 1)
    with World(REGIONS, OPTIONS, box=TunnelBox) as world:
        net = world.box.net
        world.start()
        world.box.await_sessions()
        slowest, acked = 0, []
        for _ in range(count):
            net.weather = weather = Weather.drawn(chance)
            writers = [Writer(node, RATE, "weather") for node in world.box.nodes.values()]
            time.sleep(chance.uniform(*WEATHER_S))  # how long it lasts
            net.weather, began = Weather(), time.monotonic()
            for w in writers:
                acked += w.stop()
                if not w.acked or w.refused or w.unknown:
                    raise Broken("seed %d (%s): writes at %s: %d acknowledged, refused %s, unknown %d" % (
                        seed, weather, w.node.region, len(w.acked), w.refused[:3], w.unknown))
            world.box.await_sync(oracle.CONVERGE_S)
            slowest = max(slowest, time.monotonic() - began)
            world.see()
        broken = twice(acked) + [text for node in world.box.nodes.values() for text in lost(node, acked)]
        if broken:
            raise Broken("seed %d: %s" % (seed, "\n".join(broken[:5])))
        world.check_all()
        opened = reconnects(world.box)
        world.stop()
        net.stop()
        return count, round(slowest, 1), len(acked), opened, net.lost, net.doubled, net.overtaken, net.spoilt


def weathers(case):
    """D2."""
    told = side_by_side(one_federation, [(case.seed * 1000, case.count)], 1)[0]
    if not all(told[4:]):
        raise Broken("some kind of fault never came: %s" % (told,))
    case.say("converged %.1f s after it at the latest, %d writes, %d sessions opened again; packets: %d lost, "
             "%d doubled, %d late, %d spoilt" % told[1:])
    return told[0]
