# SPDX-License-Identifier: Apache-2.0
"""What a person sees: steps on the terminal, and one table."""

import os
import shlex
import sys
import time

from waiting import Trouble

LIB = os.path.dirname(os.path.abspath(__file__))
DIGEST_DIGITS = 12
COLUMNS_MAX = 78


class Steps:
    """Lines on standard error, one for each step; a terminal sees the current one move."""

    def __init__(self):
        self.moves = sys.stderr.isatty()
        self.title, self.since = None, 0.0

    def _write(self, text, end):
        sys.stderr.write(("\r\x1b[K" if self.moves else "") + text + end)
        sys.stderr.flush()

    def begin(self, title):
        self.end()
        self.title, self.since = title, time.monotonic()
        if self.moves:
            self._write(title + " …", "")

    def progress(self, text):
        if self.moves and self.title:
            self._write(("%s … %s" % (self.title, text))[:COLUMNS_MAX], "")

    def end(self, failed=False):
        if self.title:
            how = "failed after " if failed else ""
            self._write("%s (%s%.1f s)" % (self.title, how, time.monotonic() - self.since), "\n")
        self.title = None


def table_of(federation):
    """Rows of text, the heading first."""
    table = [("REGION", "ROLE", "RECORDS", "ENTRIES", "DIGEST", "ADDRESS", "SOCKET")]
    for node in federation.nodes.values():
        try:
            if not node.pid():
                raise Trouble("stopped")
            status, digest = node.ask("status"), node.ask("view", "digest")
            numbers = (str(status["records"]), str(sum(digest["sizes"].values())), digest["digest"][:DIGEST_DIGITS])
        except Trouble as e:
            numbers = ("-", "-", str(e).split(":")[0])
        table.append((node.region, node.role, *numbers, node.address, node.socket))
    return table


def print_table(table):
    widths = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
    for row in table:
        print("  ".join(cell.rjust(width) if i in (2, 3) else cell.ljust(width)
                        for i, (cell, width) in enumerate(zip(row, widths))).rstrip(), flush=True)


def _name(path, relative):
    """Of a file, for a shell; the shorter of two names where the shell stands where we do."""
    return shlex.quote(min(path, os.path.relpath(path), key=len) if relative else path)


def next_commands(federation, story, elsewhere=False):
    """What to try now, ready to be pasted; elsewhere: in a terminal that stands in another folder."""
    folder = _name(federation.folder, not elsewhere)
    ims = _name(federation.programs.ims, not elsewhere)
    demo = _name(os.path.join(os.path.dirname(LIB), "demo"), not elsewhere)
    first, away = next(iter(federation.nodes.values())), list(federation.nodes)[-2]
    lines = ["export IMS_NODE=unix:%s" % shlex.quote(first.socket)]
    lines += ["%s %s" % (ims, words) for words in (
        "initiative check " + story.initiative, "moa show " + story.moa, "notice show " + story.notice, "summary",
        "match " + story.need, "initiative overlap " + story.initiative,
        "status", "initiative list --limit 5", "record get %s-i-1" % first.region, "log verify",
        "journal list --newest --limit 5")]
    lines += ["%s stop %s %s; %s status; %s start %s %s" % (demo, folder, away, ims, demo, folder, away)]
    return lines if elsewhere else lines + ["%s down %s" % (demo, folder)]


def print_next(heading, lines):
    print("\n%s:\n  %s" % (heading, "\n  ".join(lines)), flush=True)
