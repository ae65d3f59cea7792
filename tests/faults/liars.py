# SPDX-License-Identifier: Apache-2.0
"""C6: regions that sign two histories, and such that lie without. Several liars sit in one roster
beside three honest nodes that write all the time."""

import forge
import wire
from harness import Trouble, run, until
from liar import Liar
from world import Broken, World
from writers import Writer, lost, twice

HONEST = ("eu", "us", "irs")
LIARS = 12                # of one federation
FREEZE_S, CONVERGE_S, HEALTHY_S = 30, 30, 20
RATE = 20                 # writes a second at each honest node
PREFIX_MAX, LONGER_MAX = 40, 30
OPTIONS = {"log_level": "info"}
STATE_FIELD = 6           # of LogInfo


class Fork:
    """One liar that signs two histories. `kind` says to whom it shows what; the common front of the two
    is `front` entries long, `held` have been served to all before the lie."""

    def __init__(self, liar, chance):
        self.liar, self.kind = liar, chance.choice(FORKS)
        self.held = chance.randint(2, PREFIX_MAX)
        if chance.random() < 0.1:
            self.held += forge.TILE
        self.front = chance.randint(0, self.held - 1)
        self.one = liar.new_log().grow(self.held + chance.randint(1, LONGER_MAX), "one")
        self.other = self.one.fork(self.front).grow(self.held + chance.randint(1, LONGER_MAX), "other")
        self.order = chance.sample(sorted(liar.faces), len(liar.faces))

    def __str__(self):
        return "%s after %s" % (self.liar.origin, self.kind.__name__)

    def begin(self):
        self.liar.serve(self.one, self.held)

    def lie(self):
        self.kind(self)

    # ---- the kinds
    def one_size_to_one_peer(self):
        face = self.liar.faces[self.order[0]]
        face.show(self.one.head(self.held), self.other.head(self.held))

    def one_size_to_two_peers(self):
        size = min(len(self.one.items), len(self.other.items))
        self.liar.faces[self.order[0]].serve(self.one, size)
        for name in self.order[1:]:
            self.liar.faces[name].show(self.other.head(size))

    def an_older_head(self):
        size = self.front + 1 if self.front + 1 < self.held else self.held
        self.liar.faces[self.order[0]].show(self.other.head(size))

    def a_longer_history(self):
        for name in self.order[:2]:
            self.liar.faces[name].serve(self.other, len(self.other.items))

    def two_longer_ones(self):
        self.liar.faces[self.order[0]].serve(self.one, len(self.one.items))
        for name in self.order[1:]:
            self.liar.faces[name].serve(self.other, len(self.other.items))

    def after_a_new_start(self):
        """As a restored copy does: it comes back and shows another history from the first hello on."""
        for face in self.liar.faces.values():
            with face.lock:
                face.log, face.size = self.other, len(self.other.items)
            face.reconnect()


FORKS = (Fork.one_size_to_one_peer, Fork.one_size_to_two_peers, Fork.an_older_head, Fork.a_longer_history,
         Fork.two_longer_ones, Fork.after_a_new_start)


class Court:
    """A federation with liars in it."""

    def __init__(self, world, names):
        self.world, self.box = world, world.box
        self.honest = [world.node(name) for name in HONEST]
        world.start(HONEST)
        self.box.await_sessions(regions=HONEST)
        self.liars = [Liar(self.box, name, HONEST) for name in names]
        self.writers = [Writer(node, RATE, "honest") for node in self.honest]

    def close(self):
        for part in self.liars + self.writers:
            part.stop()

    def logs(self, node):
        """origin -> (size, root, state), as `ims log list` tells."""
        with wire.Connection(wire.connect_unix(node.socket)) as c:
            code, why, found = c.call("LOG_LIST")
        if code:
            raise Trouble("%s: log list: %s" % (node.region, why))
        logs = (wire.fields(item) for item in found.get(1, []))
        return {wire.text(log, 1): (wire.first(log, 3, 0), wire.first(log, 4).hex(), wire.text(log, STATE_FIELD))
                for log in logs}

    def until_all(self, missing, what, deadline_s):
        """Until missing(node, its logs) is empty at every honest node."""
        def lacking():
            return "; ".join("%s: %s" % (node.region, text) for node in self.honest
                             for text in [missing(node, self.logs(node))] if text)
        try:
            until(lacking, what, deadline_s)
        except Trouble as e:
            raise Broken(str(e)) from None

    def check_healthy(self):
        """Writes go on everywhere, all honest logs converge, nothing acknowledged is lost."""
        for w in self.writers:
            before = len(w.acked)
            self.world.until(lambda w=w, before=before: len(w.acked) > before, w.node.region + " takes writes",
                             HEALTHY_S)
        for w in self.writers:
            w.stop()
        acked = [a for w in self.writers for a in w.acked]
        own = {"ims.example/%s/1" % name for name in HONEST}

        def differing(node, logs):
            first = logs if node is self.honest[0] else self.logs(self.honest[0])
            return ", ".join(origin for origin in own if logs[origin] != first[origin])
        self.until_all(differing, "honest logs converge", CONVERGE_S)
        broken = twice(acked) + [text for node in self.honest for text in lost(node, acked)]
        if broken:
            raise Broken("\n".join(broken[:5]))
        for node in self.honest:
            node.do("log", "verify")


def check_evidence(court, fork, node):
    """The node has evidence that convinces who has nothing but the roster."""
    path = court.box.scratch("evidence")
    with open(path, "w", encoding="utf-8") as f:
        f.write(node.do("log", "evidence", fork.liar.origin))
    done = run([court.box.programs.ims, "verify", path, "--roster", court.box.note(1)])
    if done.returncode:
        raise Broken("%s: evidence against %s does not verify: %s" % (node.region, fork, done.stderr))


def check_shown(fork, node, logs):
    """What the node shows of the log is one of the two histories, whole and verified; its size."""
    size, root, _ = logs[fork.liar.origin]
    if not any(size <= len(log.items) and log.root(size).hex() == root for log in (fork.one, fork.other)):
        raise Broken("%s shows %s at size %d with a root that nobody signed" % (node.region, fork.liar.origin, size))
    return size


def forks(case):
    """C6: evidence is kept, told and exported, the log is frozen, the others go on."""
    done, kinds = 0, {}
    while done < case.count:
        some = min(LIARS, case.count - done)
        names = ["l%d" % n for n in range(1, some + 1)]
        with World(HONEST + tuple(names), OPTIONS) as world:
            court = Court(world, names)
            try:
                for fork in try_forks(court, case):
                    kinds[fork.kind.__name__] = kinds.get(fork.kind.__name__, 0) + 1
            finally:
                court.close()
            world.stop()
        done += some
    case.say(", ".join("%d %s" % (n, kind) for kind, n in sorted(kinds.items())))
    return done


def try_forks(court, case):
    found = [Fork(liar, case.chance) for liar in court.liars]
    for fork in found:
        fork.begin()
    court.until_all(lambda _, logs: ", ".join(str(f) for f in found if logs[f.liar.origin][0] < f.held),
                    "what liars serve at first", CONVERGE_S)
    for fork in found:
        fork.lie()
    court.until_all(lambda _, logs: ", ".join(str(f) for f in found if logs[f.liar.origin][2] != "frozen"),
                    "frozen", FREEZE_S)
    at = {}
    for node in court.honest:
        logs = court.logs(node)
        for fork in found:
            check_evidence(court, fork, node)
            at[fork, node] = check_shown(fork, node, logs)
    check_told(court, found)
    for fork in found:  # whatever else it says now
        fork.liar.serve(fork.one.grow(len(fork.one.items) + 5, "later"), len(fork.one.items))
    restarted = case.chance.choice(court.honest)
    restarted.stop()
    restarted.start()
    for node in court.honest:
        logs = court.logs(node)
        for fork in found:
            size, _, state = logs[fork.liar.origin]
            if state != "frozen" or size != at[fork, node]:
                raise Broken("%s: %s was frozen at %d, is %s at %d" % (
                    node.region, fork.liar.origin, at[fork, node], state, size))
    for fork in found:
        check_evidence(court, fork, restarted)
    court.check_healthy()
    return found


def check_told(court, found):
    """Each honest node has told others: here, the liars themselves."""
    for fork in found:
        for name in HONEST:
            hearers = [liar.faces[name] for liar in court.liars if liar is not fork.liar] or \
                [fork.liar.faces[name]]
            court.world.until(lambda hearers=hearers, fork=fork: any(
                wire.text(e, 1) == fork.liar.origin for face in hearers for e in face.evidence),
                "%s tells of %s" % (name, fork.liar.origin), CONVERGE_S)
