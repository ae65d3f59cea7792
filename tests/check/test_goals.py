# SPDX-License-Identifier: Apache-2.0
"""What the benchmark reads from other systems' scripts, what it calls reached, its tables, and how it ends
(tests/bench)."""

import os
import subprocess
import sys
import unittest

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
sys.path[:0] = [os.path.join(TESTS, "bench"), os.path.join(os.path.dirname(TESTS), "deploy", "lib")]

import goals  # noqa: E402
import peers  # noqa: E402
from rows import Rows, aligned  # noqa: E402

POSTGRES = """== PostgreSQL 15.20 plain N=2000, 1765 B of JSON per record
(a) writes, 1 clients /s                       2568 [2568..2568] x1
(a) writes, 1 clients p50 ms                   0.367 [0.367..0.367] x1
(e) disk bytes/record table+indexes            2412 (heap+toast 2326)
(b) backlog of 1000 one-record txns, records/s 192 [192..192] x1
(c) lag at 200/s p50 ms                        -
"""


class Figures(unittest.TestCase):
    def test_lines_of_a_script(self):
        self.assertEqual(peers.figures("postgres", POSTGRES),
                         {"write_1": 2568.0, "disk_bytes": 2412.0, "backlog": 192.0})

    def test_goals(self):
        rows = Rows()
        for name, value in (("limit_fdatasync", 4000), ("limit_tls", 4000), ("limit_group", 9000),
                            ("limit_lmdb_1000", 9000), ("write_1", 1800), ("read_8", 24000), ("disk_bytes", 1300)):
            rows.add(name, value)
        rows.add_peer("postgres", "write_1", 1999)
        found = {(line[0], line[1]): line[-1] for line in goals.lines(rows)}
        self.assertEqual(found, {
            ("write_1", "0.85 x limit"): "reached",  # of 2,000: a flush and a trip at 4,000 each
            ("write_1", "0.9 x postgres"): "reached",
            ("read_8", ""): "missed: 0.96 of it",
            ("disk_bytes", ""): "reached"})
        rows.add_peer("postgres", "write_1", 2100)  # the median of both is above 2,000 now
        self.assertIn(("write_1", "0.9 x postgres", "1,845", "1,800", "missed: 0.98 of it"), list(goals.lines(rows)))

    def test_tables(self):
        self.assertEqual(aligned([("", "median", "", "what"), ("write_1", "1", "s", "more words"), ("x", "20", "", "")],
                                 "<><<"),
                         "         median     what\nwrite_1       1  s  more words\nx            20")


class Ending(unittest.TestCase):
    def end(self, doing):
        """Exit code and error text of a program that does this as a bench."""
        program = "import sys; sys.path[:] = %r; sys.argv = ['bench']; import interrupt, os, signal, waiting\n" \
                  "def main():\n    %s\n    return 3\nsys.exit(interrupt.run(main))" % (sys.path, doing)
        done = subprocess.run([sys.executable, "-B", "-c", program], stderr=subprocess.PIPE, timeout=60, check=False)
        return done.returncode, done.stderr.decode()

    def test_ends(self):
        self.assertEqual(self.end("pass"), (3, ""))
        self.assertEqual(self.end("os.kill(os.getpid(), signal.SIGINT); signal.pause()"), (130, ""))
        self.assertEqual(self.end("os.kill(os.getpid(), signal.SIGTERM); signal.pause()"), (130, ""))
        self.assertEqual(self.end("raise waiting.Trouble('no node')"), (1, "bench: no node\n"))
        code, text = self.end("raise KeyError('a bug')")
        self.assertEqual(code, 1)
        self.assertIn("Traceback", text)


if __name__ == "__main__":
    unittest.main()
