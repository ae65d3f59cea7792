# SPDX-License-Identifier: Apache-2.0
"""Failpoints that a node meets only with others: evidence, old copies, payloads that came late, rosters."""

import os
import shutil

from world import Broken, harness, wire

STORIES = {
    "evidence": ("evidence-stored", "log-frozen"),
    "rolled_back": ("roll-back-noted", "override-noted"),
    "late_payload": ("payloads-stored",),
    "new_roster": ("roster-stored",),
}
HELD = 4


def log_at(world, region, origin):
    """Fields of LogInfo as a node shows them."""
    with wire.Connection(wire.connect_unix(world.node(region).socket)) as c:
        for item in c.call("LOG_LIST")[2].get(1, []):
            log = wire.fields(item)
            if wire.text(log, 1) == origin:
                return log
    return {}


def size_at(world, region, origin="ims.example/eu/1"):
    return wire.first(log_at(world, region, origin), 3, 0)


def restart_into(points, region, name):
    points.world.kill(region)
    points.world.spawn(region, **points.rule(name))
    points.world.ready(region).sock.close()


def evidence(make, case, names):
    """A region shows eu two histories."""
    from liar import Liar
    liars = ["l%d" % n for n in range(len(names) * case.count)]
    points = make(case, ("eu", "irs", *liars), rest=liars)
    world, left = points.world, list(liars)
    with world:
        for name in names:
            for _ in range(case.count):
                liar = Liar(world.box, left.pop(), ("eu", "irs"))
                try:
                    one_fork(points, liar, name)
                finally:
                    liar.stop()
        world.stop()


def one_fork(points, liar, name):
    world = points.world
    one = liar.new_log().grow(HELD + 2, "one")
    other = one.fork(1).grow(HELD + 2, "other")
    liar.serve(one, HELD)
    world.until(lambda: min(size_at(world, region, liar.origin) for region in ("eu", "irs")) >= HELD, "eu has the log")
    restart_into(points, "eu", name)
    world.until(lambda: liar.faces["eu"].show(one.head(HELD), other.head(HELD)) or world.has_ended("eu"), "it is shown")
    points.await_end("eu", name)
    points.died("eu", name)
    points.again("eu")
    for face in liar.faces.values():
        world.until(lambda face=face: face.show(one.head(HELD), other.head(HELD)), "it is shown again")
    world.until(lambda: wire.text(log_at(world, "eu", liar.origin), 6) == "frozen", "the log is frozen")


def rolled_back(make, case, names):
    """eu goes on from an old copy of its files and meets irs, which has more of its log."""
    points = make(case, ("eu", "irs"))
    world = points.world
    with world:
        for name in names:
            for _ in range(case.count):
                one_return(points, name)
        world.check_all()
        world.stop()


def copy(source, target):
    for part in ("data", "ring"):
        shutil.rmtree(os.path.join(target, part), ignore_errors=True)
        os.makedirs(target, exist_ok=True)
        harness.must(["cp", "-r", "--sparse=always", os.path.join(source, part), target])


def one_return(points, name):
    world, eu = points.world, points.world.node("eu")
    old, newest = world.box.scratch("old"), world.box.scratch("newest")
    points.write(most=3)
    world.kill("eu")
    copy(eu.folder, old)
    since = world.history.now()
    world.spawn("eu")
    points.write(most=3)
    world.until(lambda: size_at(world, "irs") == len(world.truth.acked), "irs has it")
    world.kill("eu")
    copy(eu.folder, newest)
    later = world.history.now()
    copy(old, eu.folder)
    world.history.mark("eu", "restored", since=since)
    if name == "roll-back-noted":
        points.spawn_until_end("eu", name)
    else:
        restart_into(points, "eu", name)
        world.until(lambda: world.state("eu") == "rolled-back", "eu is told")
        done = eu.ims("recover", "--override", "--yes")
        if done.returncode == 0:
            raise Broken("the override came to its end")
        points.await_end("eu", name)
        points.died("eu", name)
    world.spawn("eu")
    world.ready("eu").sock.close()
    world.until(lambda: world.state("eu") == "rolled-back", "eu is told again")
    world.kill("eu")
    copy(newest, eu.folder)
    world.history.mark("eu", "restored", since=later)
    points.again("eu")


def late_payload(make, case, names):
    """mx has an entry from irs, which may not have the payload, and gets that from eu later."""
    points = make(case, ("eu", "mx", "irs"))
    world = points.world
    with world:
        for name in names:
            for turn in range(case.count):
                one_payload(points, name, turn)
        world.check_all()
        world.stop()


def one_payload(points, name, turn):
    world = points.world
    world.kill("mx")
    with world.ready("eu") as c:
        payload = wire.organisation("Limited %d" % turn)
        code, why, reply = c.call("RECORD_PUT", wire.message((1, "organisation"), (3, payload), (4, "named:mx")))
    if code:
        raise Broken("a limited write is refused: " + why)
    size = wire.first(reply, 3, 0) + 1
    world.until(lambda: size_at(world, "irs") >= size, "irs has the entry")
    world.kill("eu")
    world.spawn("mx", **points.rule(name))
    world.ready("mx").sock.close()
    world.until(lambda: size_at(world, "mx") >= size, "mx has the entry")
    world.spawn("eu")
    points.await_end("mx", name)
    points.died("mx", name)
    points.again("mx")
    world.until(lambda: not world.node("mx").ask("view", "digest")["holes"], "mx has the payload")


def new_roster(make, case, names):
    """A region of the second version of the roster starts from the first."""
    points = make(case, ("eu", "irs"))
    world = points.world
    with world:
        world.box.add("jp", world.box.options)
        for name in names:
            for _ in range(case.count):
                points.wiped("jp")
                points.spawn_until_end("jp", name)
                points.again("jp")
                world.until(lambda: world.node("jp").ask("status")["roster"] == 2, "jp has the roster")
                world.recover("jp")
        world.check_all()
        world.stop()


def at_meetings(case):
    from failpoints import Points, check_complete
    check_complete()
    for story, names in STORIES.items():
        try:
            globals()[story](Points, case, names)
        except (Broken, harness.Trouble) as e:
            raise Broken("story %s: %s" % (story, e)) from None
    done = sum(len(names) for names in STORIES.values())
    case.say("%d failpoints" % done)
    return done * case.count
