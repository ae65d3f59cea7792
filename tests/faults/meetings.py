# SPDX-License-Identifier: Apache-2.0
"""Failpoints that a node meets only with others: evidence, old copies, payloads that came late, rosters."""

from recovered import Behind, keep, put_back
from world import Broken, harness, wire

STORIES = {
    "evidence": ("evidence-stored", "log-frozen"),
    "rolled_back": ("roll-back-noted", "recover-aside", "recover-cut", "recover-begun", "recover-appended",
                    "recover-marked", "recover-done"),
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
    """eu goes on from an old copy of its files, is written to while it is alone, meets irs, which has more
    of its log, and recovers."""
    points = make(case, ("eu", "irs"))
    world, behind = points.world, Behind(points.world)
    with world:
        for name in names:
            for _ in range(case.count):
                one_return(points, behind, name)
        world.check_all()
        world.stop()


def one_return(points, behind, name):
    world = points.world
    points.write(most=3)
    world.kill("eu")
    old, since = keep(world, "old")
    world.spawn("eu")
    points.write(most=3)
    world.until(lambda: size_at(world, "irs") == len(world.truth.acked), "irs has it")
    world.kill("eu")
    world.kill("irs")
    put_back(world, old, since)
    world.spawn("eu", **points.rule(name))
    with world.ready("eu") as c:
        if behind.write(c, 2) != 2:
            raise Broken("eu, which is alone, refuses writes")
    world.spawn("irs")
    world.ready("irs").sock.close()
    if name != "roll-back-noted":
        world.until(lambda: world.state("eu") == "rolled-back", "eu is told")
        with world.ready("eu") as c:
            c.request("RECOVER")
    points.await_end("eu", name)
    points.died("eu", name)
    world.spawn("eu")
    world.ready("eu").sock.close()
    if name == "roll-back-noted":
        world.until(lambda: world.state("eu") == "rolled-back", "eu is told again")
    world.recover("eu")
    behind.await_again(since)
    with world.ready("eu") as c:
        world.truth.see("eu", c)
        world.truth.check_kept("eu", c)
    points.writer.take()


def late_payload(make, case, names):
    """mx has an entry from irs, which may not have the payload, and gets that from eu later."""
    points = make(case, ("eu", "mx", "irs"))
    world = points.world
    with world:
        world.box.await_sessions()  # before it has heard of mx once eu signs nothing
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
