# SPDX-License-Identifier: Apache-2.0
"""C6: peers that lie without signing two histories: wrong bytes, proofs and payloads, heads and
cosignatures of others, silence. One honest node hears the truth, so all must get it in the end."""

import forge
import wire
from liars import CONVERGE_S, HONEST, LIARS, OPTIONS, Court
from world import Broken, World

SIZE = 60
SILENT_S = 75             # a fetch that is never answered is given up after 40 s
NOISE_BYTES = 4096


class Lie:
    """One liar with one true log; `deceived` nodes are lied to, the others are not."""

    def __init__(self, court, liar, chance, kinds):
        self.court, self.liar, self.chance, self.kind = court, liar, chance, chance.choice(kinds)
        self.log = liar.new_log().grow(SIZE, "true")
        self.held = chance.randint(1, SIZE - 2)
        self.at = chance.randrange(SIZE)  # which of what is sent is spoiled
        names = chance.sample(sorted(liar.faces), len(liar.faces))
        self.deceived = [liar.faces[name] for name in names[:chance.randint(1, 2)]]

    def __str__(self):
        return "%s (%s, towards %s)" % (self.liar.origin, self.kind.__name__,
                                        " and ".join(face.node.region for face in self.deceived))

    def begin(self):
        self.liar.serve(self.log, self.held)

    def lie(self):
        for face in self.deceived:
            self.kind(self, face)
        self.liar.serve(self.log, SIZE)

    # ---- the kinds
    def _spoil(self, face, part, bit=1):
        """One bit of one entry, salt or payload."""
        def spoil(items, proof):
            at = self.at % len(items)
            item = list(items[at])
            item[part] = item[part][:-1] + bytes([item[part][-1] ^ bit])
            items[at] = tuple(item)
            return items, proof
        face.spoil = spoil

    def wrong_bytes(self, face):
        self._spoil(face, 0)

    def wrong_salt(self, face):
        self._spoil(face, 1)

    def wrong_payload(self, face):
        self._spoil(face, 2)

    def wrong_proof(self, face):
        junk = self.chance.randbytes(32)
        face.spoil = lambda items, proof: (items, proof[:-32] + junk if proof else junk)

    def missing_proof(self, face):
        face.spoil = lambda items, proof: (items, b"" if proof else bytes(32))

    def another_order(self, face):
        face.spoil = lambda items, proof: (items[::-1], proof) if len(items) > 1 else ([], proof)

    def no_entries(self, face):
        face.spoil = lambda items, proof: ([], proof)

    def a_stale_head(self, face):
        for size in range(self.held, 0, -max(1, self.held // 8)):
            face.show(self.log.head(size))

    def a_head_of_another(self, face):
        text = forge.checkpoint("ims.example/eu/1", 10 ** 6, self.chance.randbytes(32))
        signer = self.liar.log_key
        face.show(forge.note(text, signer.line(text)), forge.note(text, signer.line(text, name="ims.example/eu/1")))

    def a_cosignature_of_another(self, face):
        poses = "ims.example/" + self.court.liars[-1].region
        text = forge.checkpoint(self.liar.origin, self.held, self.log.root(self.held))
        line = self.liar.cosigner.line(text, name=poses, key_id=self.court.liars[-1].cosigner.id)
        face.send(wire.frame(wire.COSIGN, wire.message((1, forge.note(text, line)))))

    def evidence_of_nothing(self, face):
        face.send(wire.frame(wire.EVIDENCE, wire.message(
            (1, "ims.example/eu/1"), (2, self.log.head(self.held)), (3, self.log.head(self.held)))))

    def noise(self, face):
        face.send(wire.frame(self.chance.randrange(256), self.chance.randbytes(self.chance.randint(1, NOISE_BYTES))))

    def silence(self, face):
        face.silent = True

    def one_byte_at_a_time(self, face):
        face.slow = True


LIES = (Lie.wrong_bytes, Lie.wrong_salt, Lie.wrong_payload, Lie.wrong_proof, Lie.missing_proof, Lie.another_order,
        Lie.no_entries, Lie.a_stale_head, Lie.a_head_of_another, Lie.a_cosignature_of_another,
        Lie.evidence_of_nothing, Lie.noise)
SILENCES = (Lie.silence, Lie.one_byte_at_a_time)


def lies(case):
    """Nothing wrong is kept or passed on, nobody is frozen, all get the truth from who has it."""
    return campaign(case, LIES, CONVERGE_S)


def silences(case):
    """Peers that never answer, or one byte at a time: others are asked."""
    return campaign(case, SILENCES, SILENT_S)


def campaign(case, kinds, deadline_s):
    done, told, spoiled = 0, {}, 0
    while done < case.count:
        some = min(LIARS, case.count - done)
        names = ["l%d" % n for n in range(1, some + 1)]
        with World(HONEST + tuple(names), OPTIONS) as world:
            court = Court(world, names)
            try:
                for lie in try_lies(court, case.chance, kinds, deadline_s):
                    told[lie.kind.__name__] = told.get(lie.kind.__name__, 0) + 1
                    spoiled += sum(face.spoiled for face in lie.deceived)
            finally:
                court.close()
            world.stop()
        done += some
    case.say(", ".join("%d %s" % (n, kind) for kind, n in sorted(told.items())))
    case.say("%d answers were spoiled" % spoiled)
    return done


def try_lies(court, chance, kinds, deadline_s):
    found = [Lie(court, liar, chance, kinds) for liar in court.liars]
    for lie in found:
        lie.begin()
    court.until_all(lambda _, logs: ", ".join(str(x) for x in found if logs[x.liar.origin][0] < x.held),
                    "what liars serve at first", CONVERGE_S)
    for lie in found:
        lie.lie()
    court.until_all(lambda _, logs: ", ".join(str(x) for x in found if logs[x.liar.origin][0] < SIZE),
                    "all of every log", deadline_s)
    for node in court.honest:
        logs = court.logs(node)
        for lie in found:
            if logs[lie.liar.origin][:2] != (SIZE, lie.log.root(SIZE).hex()) or logs[lie.liar.origin][2] == "frozen":
                raise Broken("%s: %s: %s" % (node.region, lie, logs[lie.liar.origin]))
        false = [log["origin"] for log in node.ask("log", "list")["logs"] for lie in found
                 if log["origin"] == lie.liar.origin and lie.kind is Lie.a_cosignature_of_another and
                 court.liars[-1].region in log["cosigners"]]
        if false:
            raise Broken("%s counts a forged cosignature of %s" % (node.region, ", ".join(false)))
    court.check_healthy()
    return found
