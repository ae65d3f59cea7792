# SPDX-License-Identifier: Apache-2.0
"""A federation of nodes on this machine, founded with the commands that a secretariat uses.

    DIR/federation.json     what was made here, for the other commands and for `down`
    DIR/roster/v1.note …    versions of the roster
    DIR/REGION/             keys, certificate, card, configuration, data and log of a node
"""

import json
import os
import shutil

import ports
from interrupt import deferred
from node import SOCKET_PATH_MAX, STOP_S, Node, must
from waiting import Trouble, until

NAME = "ims.example"
SECRETARIAT = "irs"
REGIONS = ("eu", "mx", "us", SECRETARIAT)
REPLICATED_BY = 2
SYNC_S = 120
REGION_MAX = 12
SESSIONS = ("in-sync", "behind")
SIGN_KEYS_MAX = 16  # of one `ims roster sign`
PARTICIPANT_KEYS = ("delegation.key", "log.key", "cosigner.key")


class Federation:
    def __init__(self, programs, folder):
        self.programs, self.folder = programs, os.path.abspath(folder)
        self.nodes = {}
        self.version, self.genesis_hash = 0, None
        self.made_folder = self.founded = False

    def path(self, *names):
        return os.path.join(self.folder, *names)

    # ---- what is remembered

    @classmethod
    def load(cls, programs, folder):
        self = cls(programs, folder)
        try:
            with open(self.path("federation.json"), encoding="utf-8") as f:
                state = json.load(f)
        except (OSError, ValueError) as e:
            raise Trouble("%s: no federation here (%s)" % (folder, getattr(e, "strerror", None) or e)) from None
        self.version, self.genesis_hash = state["roster"], state["genesis_hash"]
        self.made_folder = state["made_folder"]
        for row in state["nodes"]:
            self._put_node(row["region"], row["role"], row["address"])
        self.founded = True
        return self

    def save(self):
        """Before anything else is made, so that `down` finds whatever there is."""
        state = {
            "roster": self.version, "genesis_hash": self.genesis_hash, "made_folder": self.made_folder,
            "nodes": [{"region": n.region, "role": n.role, "address": n.address} for n in self.nodes.values()]}
        fresh = self.path("federation.json.new")
        with open(fresh, "w", encoding="utf-8") as f:
            json.dump(state, f, indent=1)
            f.write("\n")
        os.replace(fresh, self.path("federation.json"))

    def _put_node(self, region, role, address):
        folder = self.path(region)
        self.nodes[region] = Node(self.programs, folder, region, role, address)
        return self.nodes[region]

    def node(self, region):
        if region not in self.nodes:
            raise Trouble("no region %s here, there are %s" % (region, ", ".join(self.nodes)))
        return self.nodes[region]

    # ---- founding

    def found(self, regions=REGIONS, options=None, listen=None, prepare=None):
        """Folder, keys, cards, first roster and configurations; starts nothing.

        options: lines for every imsd.conf. listen: region -> address to listen on, where the roster
        is to name another one. prepare: called with each node when its card is there, may change it."""
        if os.path.exists(self.path("federation.json")):
            raise Trouble("%s holds a federation already" % self.folder)
        if len(self.path("x" * REGION_MAX, "control.sock").encode()) > SOCKET_PATH_MAX:
            raise Trouble("%s: too long a path: sockets in it may have %d bytes" % (self.folder, SOCKET_PATH_MAX))
        taken = [r for r in (*regions, "roster") if os.path.exists(self.path(r))]
        if taken:
            raise Trouble("%s is there already" % self.path(taken[0]))
        with deferred():
            self._begin(regions)
        os.mkdir(self.path("roster"))
        for node in self.nodes.values():
            self._init(node, (listen or {}).get(node.region))
            if prepare:
                prepare(node)
        self._genesis()
        for node in self.nodes.values():
            self.configure(node, options)

    def _begin(self, regions):
        """The folder, and in it the note of what is going to be there."""
        self.made_folder = not os.path.isdir(self.folder)
        os.makedirs(self.folder, exist_ok=True)
        for region, port in zip(regions, ports.free(len(regions))):
            role = "irs" if region == SECRETARIAT else "region"
            self._put_node(region, role, "127.0.0.1:%d" % port)
        self.save()
        self.founded = True

    def _init(self, node, listen=None):
        """Keys, certificate, card and configuration, and an operator and an auditor on the card."""
        place = ["--dir", node.folder, "--federation", NAME, "--region", node.region]
        class_ = "secretariat" if node.role == "irs" else "participant"
        must([self.programs.ims, "init", *place, "--class", class_, "--address", node.address]
             + (["--listen", listen] if listen else []))
        for person in ("operator", "auditor"):
            line = must([self.programs.ims, "init", *place, "--" + person, person])
            with open(node.path("region.txt"), "a", encoding="utf-8") as card:
                card.write(line)

    def note(self, version):
        return self.path("roster", "v%d.note" % version)

    def _keys(self, *nodes, names=PARTICIPANT_KEYS):
        return [word for node in nodes for name in names for word in ("--key", node.path("keys", name))]

    def _genesis(self):
        cards = [node.path("region.txt") for node in self.nodes.values()]
        must([self.programs.ims, "roster", "propose", "--genesis", "--federation", NAME, "--replicated",
              REPLICATED_BY, *sorted(self.nodes), "--output", self.note(1), *cards])
        for node in self.nodes.values():
            must([self.programs.ims, "roster", "sign", self.note(1), *self._keys(node)])
        self.version, self.genesis_hash = 1, self.check_chain(1)[0]
        self.save()

    def check_chain(self, version):
        """`ims roster verify` of all versions up to this one; their hashes."""
        pin = ["--genesis-hash", self.genesis_hash] if self.genesis_hash else []
        notes = [self.note(v) for v in range(1, version + 1)]
        done = json.loads(must([self.programs.ims, "roster", "verify", "--json", *pin, *notes]))
        return [v["hash"] for v in done["versions"]]

    def configure(self, node, options=None):
        """Finish imsd.conf as its comments say, with the genesis note beside it."""
        shutil.copyfile(self.note(1), node.path("genesis.note"))
        with open(node.config, encoding="utf-8") as f:
            lines = [line for line in f.read().split("\n") if not line.startswith("# roster_hash")]
        settings = {"roster_hash": self.genesis_hash, "reference_dir": self.programs.reference}
        settings.update(options or {})
        lines += ['%s = "%s"' % pair for pair in settings.items()]
        with open(node.config, "w", encoding="utf-8") as f:
            f.write("\n".join(lines) + "\n")

    # ---- a later version of the roster

    def propose(self, *changes):
        """The next version with these changes, not signed yet; its file."""
        note = self.note(self.version + 1)
        must([self.programs.ims, "roster", "propose", "--from", self.note(self.version), *changes,
              "--output", note])
        return note

    def sign(self, note, *regions, keys=("delegation.key",)):
        """Adds their signatures, as many at a time as one command takes."""
        at_once = SIGN_KEYS_MAX // len(keys)
        for i in range(0, len(regions), at_once):
            nodes = [self.node(r) for r in regions[i:i + at_once]]
            must([self.programs.ims, "roster", "sign", note, *self._keys(*nodes, names=keys)])

    def publish(self, node):
        """Hand the proposed version in at one node; the others hear of it."""
        self.check_chain(self.version + 1)
        node.do("roster", "publish", self.note(self.version + 1))
        self.version += 1
        self.save()

    def participants(self):
        return [r for r, n in self.nodes.items() if n.role != "irs"]

    def add(self, region, options=None):
        """A further region: its own keys and card, a roster version that a majority signs, handed in
        at one node. The new node starts from the genesis and finds the rest by itself."""
        if region in self.nodes:
            raise Trouble("%s is here already" % region)
        if os.path.exists(self.path(region)):
            raise Trouble("%s is there already" % self.path(region))
        running = [n for n in self.nodes.values() if n.pid()]
        if not running:
            raise Trouble("no node runs that could take the roster")
        voters = self.participants()
        node = self._put_node(region, "region", "127.0.0.1:%d" % ports.free(1)[0])
        self.save()
        try:
            self._init(node)
            note = self.propose("--add", node.path("region.txt"))
            self.sign(note, *voters[:len(voters) // 2 + 1])
            self.sign(note, region, keys=PARTICIPANT_KEYS)
            self.configure(node, options)
            self.publish(running[0])
        except Trouble:
            del self.nodes[region]
            shutil.rmtree(node.folder, ignore_errors=True)
            if os.path.exists(self.note(self.version + 1)):
                os.unlink(self.note(self.version + 1))
            self.save()
            raise
        node.start()
        return node

    # ---- running

    def start(self):
        for node in self.nodes.values():
            node.spawn()
        for node in self.nodes.values():
            node.await_answer()

    def await_sessions(self, deadline_s=SYNC_S, regions=None):
        """Until every node has a session with every other one."""
        nodes = [self.node(r) for r in regions or self.nodes]

        def missing():
            for node in nodes:
                for peer in node.ask("status")["peers"]:
                    if peer["region"] in {n.region for n in nodes} and peer["state"] not in SESSIONS:
                        return "%s: %s is %s: %s" % (node.region, peer["region"], peer["state"], peer["reason"])
            return ""
        until(missing, "sessions", deadline_s)

    def disagreement(self, regions=None):
        """Why these nodes (all) are not in sync with each other, or "" when they are: the same
        digest of everything, no holes, every log cosigned at its newest head."""
        nodes = [self.node(r) for r in regions or self.nodes]
        first = None
        for node in nodes:
            digest = node.ask("view", "digest")
            if digest["holes"]:
                return "%s: %d holes" % (node.region, digest["holes"])
            if first and digest != first[1]:
                return "%s and %s differ: %s" % (first[0], node.region, _difference(first[1], digest))
            first = first or (node.region, digest)
        for node in nodes:
            for log in node.ask("log", "list")["logs"]:
                if log["state"] not in ("ok", "closed"):
                    return "%s: %s is %s" % (node.region, log["origin"], log["state"])
                if log["state"] != "ok" or log["size"] == 0 or len(nodes) == 1:
                    continue
                if log["cosigned_size"] < log["size"]:
                    return "%s: %s has no cosigned head of %d" % (node.region, log["origin"], log["size"])
                if len(log["cosigners"]) < min(REPLICATED_BY, len(nodes) - 1):
                    return "%s: %s has %d cosigners" % (node.region, log["origin"], len(log["cosigners"]))
        return ""

    def await_sync(self, deadline_s=SYNC_S, regions=None, progress=None):
        """Until the nodes agree; the deadline counts from the last time that anything moved."""
        def missing():
            text = self.disagreement(regions)
            if progress:
                progress(text)
            return text
        until(missing, "in sync", deadline_s, stall=True)

    def stop(self):
        """Stop all at once, in any state that a start may have left; the first failure is told."""
        failures = []
        for node in self.nodes.values():
            if node.pid():
                os.kill(node.pid(), 15)
        for node in self.nodes.values():
            try:
                node.stop(deadline_s=STOP_S)
            except (Trouble, OSError) as e:
                failures.append(e)
        if failures:
            raise Trouble("; ".join(str(e) for e in failures))

    def down(self):
        """Stop all, and remove what was made here and nothing else."""
        if not self.founded:
            return
        try:
            self.stop()
        finally:
            for name in (*self.nodes, "roster", "sample", "story"):
                shutil.rmtree(self.path(name), ignore_errors=True)
            for name in ("federation.json", "federation.json.new"):
                if os.path.exists(self.path(name)):
                    os.unlink(self.path(name))
            if self.made_folder and os.path.isdir(self.folder) and not os.listdir(self.folder):
                os.rmdir(self.folder)


def _difference(a, b):
    for field in ("roster", "rules", "sizes", "digest"):
        if a[field] != b[field]:
            if isinstance(a[field], dict):
                return ", ".join("%s %s/%s" % (k, a[field].get(k), b[field].get(k))
                                 for k in sorted({*a[field], *b[field]}) if a[field].get(k) != b[field].get(k))
            return "%s %s/%s" % (field, a[field], b[field])
    return "sizes"
