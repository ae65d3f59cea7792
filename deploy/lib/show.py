# SPDX-License-Identifier: Apache-2.0
"""What a person sees: steps on the terminal, and one table."""

import sys
import time

from waiting import Trouble

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

    def end(self):
        if self.title:
            self._write("%s (%.1f s)" % (self.title, time.monotonic() - self.since), "\n")
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
