# SPDX-License-Identifier: Apache-2.0
"""B1, B2, B5, B6, A5, A6: disks that are full, slow or read-only, maps that are full, file systems that stop."""

import contextlib
import ctypes
import fcntl
import functools
import os
import shutil
import struct

from disk import injection
from oracle import Skipped
from world import Broken, World, Writer, harness, wire

MIB = 1 << 20
CLONE_NEWNS = 0x20000
SLOW_MS = 400
FILL_S = 60
EXT4_IOC_SHUTDOWN = struct.pack("I", 2)  # EXT4_GOING_FLAGS_NOLOGFLUSH: nothing more is written
EXT4_IOC_SHUTDOWN_NO = 0x8004587D


@functools.lru_cache(maxsize=None)
def own_mounts():
    """From here on what this process mounts is its own: a namespace that another test makes meanwhile
    would hold a copy, and an unmounted file system would live on in that."""
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS):
        raise Skipped("no namespace of mounts: " + os.strerror(ctypes.get_errno()))
    harness.must(["mount", "--make-rprivate", "/"])


@contextlib.contextmanager
def mounted(node, *words):
    """A file system in the place of a stopped node's data folder; its commit log lies there too."""
    own_mounts()
    data, ring = node.path("data"), node.path("ring")
    for folder in (data, ring):
        shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(data)
    if harness.run(["mount", *words, data]).returncode:
        raise Skipped("cannot mount " + " ".join(words[:2]))
    try:
        os.mkdir(os.path.join(data, "ring"))
        os.symlink(os.path.join(data, "ring"), ring)
        yield data
    finally:
        harness.must(["umount", data])


def fill(world, writer):
    """Write until the node refuses; why."""
    with world.ready("eu") as c:
        while not writer.refused:
            if not writer.write_for(c, FILL_S, 2, most=4):
                return None
        return writer.refused[-1]


def still_serves(world, writer):
    """Read-only: what was acknowledged is read, nothing is written."""
    with world.ready("eu") as c:
        world.truth.check_kept("eu", c, writer.take())
        if wire.text(c.call("STATUS")[2], 3) != "read-only":
            raise Broken("eu refuses, and is not read-only")


def one_full_disk(world, data, watermark):
    """It fills up, which may end the node only where there is no watermark, and gets room."""
    world.start()
    world.until(lambda: world.state("eu") == "ready", "eu is ready")
    writer = Writer(world, "eu", "writer", big=not watermark)
    why = fill(world, writer)
    if watermark and why is None:
        raise Broken("eu ended on a full disk%s" % world.node("eu").log_tail())
    if watermark:
        still_serves(world, writer)
    harness.must(["mount", "-o", "remount,size=256m", data])
    if why is None:
        world.buried("eu")
        world.spawn("eu")
    world.ready("eu").sock.close()
    world.until(lambda: world.state("eu") == "ready", "eu has room and is ready again")
    writer.take()
    with world.ready("eu") as c:
        if not writer.write_for(c, FILL_S, 2, most=3) or writer.refused:
            raise Broken("eu has room, and refuses: %s" % writer.refused)
    world.check_all()
    world.stop()


def full_disk(case):
    """B1: a small file system fills up, with a watermark and without, and gets room again."""
    for turn in range(case.count):
        watermark = turn % 2 == 0
        low, kib = ("8MiB", 14000) if watermark else ("0", 6000)
        size = "size=%dk" % (kib + case.chance.randint(0, 4000))
        with World(("eu", "irs"), {"disk_low_bytes": low}) as world, \
                mounted(world.node("eu"), "-t", "tmpfs", "-o", size, "imsd") as data:
            try:
                one_full_disk(world, data, watermark)
            finally:
                world.kill("eu")
    return case.count


def change(node, old, new):
    """Another value in a stopped node's configuration."""
    with open(node.config, encoding="utf-8") as f:
        text = f.read()
    with open(node.config, "w", encoding="utf-8") as f:
        f.write(text.replace(old, new))


def full_map(case):
    """B2: the map reaches its maximum; an operator raises it."""
    for _ in range(case.count):
        low = case.chance.choice(("60", "99"))
        with World(("eu", "irs"), {"map_max_bytes": "16MiB", "map_low_percent": low}) as world:
            world.start()
            writer = Writer(world, "eu", "writer", big=True)
            if fill(world, writer) is None:
                raise Broken("eu ended on a full map%s" % world.node("eu").log_tail())
            still_serves(world, writer)
            for region in ("eu", "irs"):
                world.kill(region)
                change(world.node(region), 'map_max_bytes = "16MiB"', 'map_max_bytes = "64MiB"')
                world.spawn(region)
            with world.ready("eu") as c:
                world.until(lambda: world.state("eu") == "ready", "eu has room and is ready again")
                writer.write_for(c, FILL_S, 2, most=3)
            world.ready("irs").sock.close()
            world.check_all()
            world.stop()
    return case.count


def slow_disk(case):
    """B5: while a flush takes long, the loop answers others."""
    with World(("eu", "irs")) as world:
        world.start(["irs"])
        world.spawn("eu", **injection(world, "eu", "sync:1+:slow=%d" % SLOW_MS))
        world.ready("eu", 60).sock.close()
        for turn in range(case.count):
            with world.ready("eu") as writing, world.ready("eu") as asking:
                payload = wire.organisation("Slow %d" % turn)
                writing.request("RECORD_PUT", wire.message((1, "organisation"), (3, payload)))
                answers = 0
                writing.sock.setblocking(False)
                while True:
                    if asking.call("STATUS")[0] == 0:
                        answers += 1
                    try:
                        if writing.sock.recv(1, 2):  # MSG_PEEK: the answer is there
                            break
                    except BlockingIOError:
                        pass
                writing.sock.setblocking(True)
                writing.sock.settimeout(wire.DEADLINE_S)
                world.truth.ack(writing.reply()[3], payload)
                if answers < 3:
                    raise Broken("%d answers while one write was flushed: the loop waits for the disk" % answers)
        world.check_all()
        world.stop()
    return case.count


def read_only_disk(case):
    """B6: the node's file system is read-only when it starts, and is not when it starts again."""
    with World(("eu", "irs")) as world, mounted(world.node("eu"), "-t", "tmpfs", "-o", "size=64m", "imsd") as data:
        world.start()
        writer = Writer(world, "eu", "writer")
        try:
            for _ in range(case.count):
                with world.ready("eu") as c:
                    writer.write_for(c, FILL_S, most=5)
                world.kill("eu")
                harness.must(["mount", "-o", "remount,ro", data])
                world.spawn("eu")
                if world.connect("eu") is not None:
                    raise Broken("eu runs on a read-only disk")
                world.buried("eu", allowed={1, 4, 6})
                harness.must(["mount", "-o", "remount,rw", data])
                world.spawn("eu")
                with world.ready("eu") as c:
                    world.truth.check_kept("eu", c, writer.take())
            world.check_all()
            world.stop()
        finally:
            world.kill("eu")
    return case.count


# ---- a file system that stops at once, as at a loss of power

def shutdown(folder):
    fd = os.open(folder, os.O_RDONLY)
    try:
        fcntl.ioctl(fd, EXT4_IOC_SHUTDOWN_NO, EXT4_IOC_SHUTDOWN)
    finally:
        os.close(fd)


def lose_power(world, hit, writers, chance):
    """All of these write; their file systems stop; they are killed, and the journals are replayed."""
    open_to = {region: world.ready(region) for region in hit}
    for region in hit:
        writers[region].write_for(open_to[region], chance.random() * 0.06, chance.randint(1, 16))
    for region in hit:
        shutdown(world.node(region).path("data"))
    for region in hit:
        writers[region].write_for(open_to[region], 0.01, 8)
        world.kill(region)
        writers[region].drain(open_to[region])
    for region in hit:
        harness.must(["umount", world.node(region).path("data")])
        harness.must(["mount", "-o", "loop", world.box.scratch(region + ".img"), world.node(region).path("data")])
    for region in hit:
        world.spawn(region)
    for region in hit:
        with world.ready(region) as c:
            world.truth.check_kept(region, c, writers[region].take())


def ext4(case, hit):
    with World(("eu", "mx", "irs")) as world, contextlib.ExitStack() as stack:
        for region in hit:
            image = world.box.scratch(region + ".img")
            with open(image, "wb") as f:
                f.truncate(96 * MIB)
            harness.must(["mkfs.ext4", "-q", "-F", image])
            stack.enter_context(mounted(world.node(region), "-o", "loop", image))
        stack.callback(lambda: [world.kill(region) for region in hit])
        world.start()
        writers = {region: Writer(world, region, "writer-" + region) for region in hit}
        for _ in range(case.count):
            lose_power(world, hit, writers, case.chance)
            world.see()
        world.check_all()
        world.stop()
        case.say("%d writes acknowledged" % len(world.truth.acked))
    return case.count


def one_loses_power(case):
    """A5."""
    return ext4(case, ("eu",))


def all_lose_power(case):
    """A6."""
    return ext4(case, ("eu", "mx", "irs"))
