# SPDX-License-Identifier: Apache-2.0
"""Bringing data into a federation: every region imports what is its own, all at the same time."""

import glob
import os
import subprocess

import sample
from interrupt import deferred
from waiting import Trouble, until

ASSIGN = ",".join(sample.ORDER)
LOAD_S = 300


def _cordis(node, files):
    return node.command("import", "cordis", "--region", node.region, "--assign", ASSIGN,
                        "--reference", node.programs.reference, *files)


def _nsf(node, files):
    return node.command("import", "nsf", "--reference", node.programs.reference, *files)


def real(federation, data):
    """(node, command) for each import of the files below data/projects."""
    cordis = [os.path.join(data, "projects", "cordis_intl", name) for name in ("project.csv", "organization.csv")]
    nsf = sorted(glob.glob(os.path.join(data, "projects", "nsf2017", "*.tar.xz")))
    for path in cordis:
        if not os.path.exists(path):
            raise Trouble("%s is not there" % path)
    nodes = [federation.nodes[r] for r in ASSIGN.split(",") if r in federation.nodes]
    return [(node, _cordis(node, cordis)) for node in nodes] + \
           [(node, _nsf(node, nsf)) for node in nodes if node.region == "us" and nsf]


def invented(federation):
    """(node, command) for a generated sample."""
    folder = federation.path("sample")
    files = sample.write(folder, federation.programs.reference)
    commands = []
    for region in ASSIGN.split(","):
        node = federation.nodes.get(region)
        if node:
            commands += [(node, _cordis(node, files)),
                         (node, node.command("contact", "put", sample.write_coach(folder, region)))]
    return commands


def load(commands, progress=None):
    """Run them, one at a time on each node, all nodes together. What an importer says goes to
    DIR/REGION/import.log; progress(text) is called now and then."""
    waiting, running = list(commands), {}

    def step():
        for node, process in list(running.items()):
            code = process.poll()
            if code:
                raise RuntimeError("%s: an import failed with %d: see %s" % (
                    node.region, code, node.path("import.log")))
            if code == 0:
                del running[node]
        for item in list(waiting):
            if item[0] not in running:
                waiting.remove(item)
                with deferred():
                    running[item[0]] = _spawn(*item)
        text = ", ".join("%s %d" % (n.region, _size(n)) for n in sorted(running, key=lambda n: n.region))
        if progress and text:
            progress(text + " entries")
        return text

    try:
        until(step, "importing", LOAD_S, step_s=0.1, stall=True)
    except RuntimeError as e:
        raise Trouble(str(e)) from None
    finally:
        for process in running.values():
            process.kill()
            process.wait()


def _spawn(node, command):
    with open(node.path("import.log"), "ab") as log:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def _size(node):
    return node.ask("status")["size"]
