#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tests/run counts what programs say, believes their exit code, and leaves none of them behind."""

import contextlib
import importlib.machinery
import importlib.util
import io
import os
import sys
import tempfile
import time
import unittest

sys.dont_write_bytecode = True

PATH = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "run")
LOADER = importlib.machinery.SourceFileLoader("runner", PATH)
runner = importlib.util.module_from_spec(importlib.util.spec_from_loader("runner", LOADER))
LOADER.exec_module(runner)

CMOCKA = """[==========] 3 test(s) run.
[  PASSED  ] 1 test(s).
[  SKIPPED ] 1 test(s), listed below:
[  SKIPPED ] test_a
[  FAILED  ] 1 test(s), listed below:
[  FAILED  ] test_b

 1 FAILED TEST(S)
"""


class Counting(unittest.TestCase):
    def counts(self, text, code=0):
        program = runner.Program("unit", "x", [])
        runner.count(program, text, code)
        return program.passed, program.failed, program.skipped

    def test_cmocka(self):
        self.assertEqual(self.counts(CMOCKA, 1), (1, 1, 1))
        self.assertEqual(self.counts("[  PASSED  ] 4 test(s).\n" * 2), (8, 0, 0))

    def test_unittest(self):
        self.assertEqual(self.counts("Ran 5 tests in 0.1s\n\nOK\n"), (5, 0, 0))
        self.assertEqual(self.counts("Ran 1 test in 0.1s\n\nOK (skipped=1)\n"), (0, 0, 1))
        self.assertEqual(self.counts("Ran 9 tests in 0.1s\n\nFAILED (failures=1, errors=2, skipped=1)\n", 1),
                         (5, 3, 1))

    def test_tap(self):
        self.assertEqual(self.counts("1..3\nok 1 - a\nnot ok 2 - b\nok 3 # SKIP no root\n", 1), (1, 1, 1))

    def test_silent_programs_are_one(self):
        self.assertEqual(self.counts("12 inputs\n"), (1, 0, 0))
        self.assertEqual(self.counts("", 1), (0, 1, 0))
        self.assertEqual(self.counts("no data\n", 77), (0, 0, 1))

    def test_a_crash_after_good_news_is_a_failure(self):
        self.assertEqual(self.counts("[  PASSED  ] 4 test(s).\nLeakSanitizer\n", 23), (4, 1, 0))
        self.assertEqual(self.counts("ok 1 - a\n", -11), (1, 1, 0))


def alive(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read() != b""
    except OSError:
        return False


class Running(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.addCleanup(setattr, runner, "LOGS", runner.LOGS)
        runner.LOGS = folder.name

    def run_program(self, script, patience=1.0):
        program = runner.Program("unit", "x", ["sh", "-c", script])
        with contextlib.redirect_stdout(io.StringIO()) as shown:
            runner.Runner("commit", patience).run(program)
        return program, shown.getvalue()

    def test_environment(self):
        program, _ = self.run_program('test -d "$IMS_TOP/tests" -a -d "$TMPDIR" -a "$IMS_LEVEL" = commit')
        self.assertEqual(program.failed, 0)

    def test_output_of_what_failed_is_shown(self):
        program, shown = self.run_program("echo why; exit 3")
        self.assertIn("why\nFAILED x: 0 passed, 1 failed (exit 3)", shown)

    def test_time_is_limited(self):
        program, _ = self.run_program("sleep 50", patience=0.005)
        self.assertEqual((program.failed, program.why), (1, "not done after 0 s"))

    def test_nothing_is_left_behind(self):
        program, _ = self.run_program("""
            sleep 50 & echo $! $TMPDIR
            setsid sh -c 'echo $$ >$TMPDIR/pid; exec sleep 50' &
            until [ -s $TMPDIR/pid ]; do :; done; cat $TMPDIR/pid""")
        self.assertTrue(program.why.startswith("left behind: "), program.why)
        with open(program.log) as log:
            member, folder, stray = log.read().split()
        self.assertFalse(os.path.exists(folder))
        deadline = time.monotonic() + 10
        while any(alive(pid) for pid in (member, stray)):
            self.assertLess(time.monotonic(), deadline)


if __name__ == "__main__":
    unittest.main()
