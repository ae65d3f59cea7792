# SPDX-License-Identifier: Apache-2.0
"""A failing run of the simulator is made short, and the short one fails again, in the broken build only."""

import importlib.machinery
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True

HERE = os.path.dirname(os.path.abspath(__file__))
LOADER = importlib.machinery.SourceFileLoader("mutants_run", os.path.join(HERE, "run"))
run = importlib.util.module_from_spec(importlib.util.spec_from_loader("mutants_run", LOADER))
LOADER.exec_module(run)

BROKEN, SAYS = "relay-ignores-audience", "inv. 10"
SOUND = os.path.join(run.BUILD, "sim")
LIMIT_S = 240


def sim(*words):
    return subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=LIMIT_S,
                          check=False)


class Minimising(unittest.TestCase):
    def setUp(self):
        os.chdir(run.TOP)
        os.makedirs(run.OUT, exist_ok=True)
        scratch = tempfile.TemporaryDirectory(dir=run.OUT)
        self.addCleanup(scratch.cleanup)
        self.folder = os.path.join(scratch.name, "broken")
        self.file = os.path.join(scratch.name, "schedule")

    def test_a_failing_seed_is_made_short(self):
        mutant = next(m for m in run.MUTANTS if m.name == BROKEN)
        run.build(mutant, self.folder)
        broken = os.path.join(self.folder, "sim")
        found = re.search(r"^seed (\d+): %s broken" % re.escape(SAYS), sim(broken, "--seeds", "1..200").stderr, re.M)
        self.assertTrue(found, "the broken build does not fail")

        done = sim(broken, "--minimise", found.group(1), "-o", self.file)
        self.assertEqual(done.returncode, 0, done.stderr)
        told = re.search(r"%s broken: (\d+) steps, (\d+) of them" % re.escape(SAYS), done.stderr)
        self.assertTrue(told, done.stderr)
        before, after = map(int, told.groups())
        self.assertLess(after, before / 4)
        with open(self.file, encoding="utf-8") as f:
            self.assertEqual(len(f.readlines()), after + 1)

        again = sim(broken, "--replay", self.file)
        self.assertEqual(again.returncode, 1)
        self.assertIn("%s broken" % SAYS, again.stderr)
        self.assertIn("FAILED %s broken" % SAYS, again.stdout)
        sound = sim(SOUND, "--replay", self.file)
        self.assertEqual((sound.returncode, sound.stderr), (0, ""))

    def test_a_sound_seed_is_not(self):
        done = sim(SOUND, "--minimise", "1", "-o", self.file)
        self.assertEqual((done.returncode, done.stderr), (1, "seed 1 does not fail\n"))
        self.assertFalse(os.path.exists(self.file))

    def test_what_is_no_schedule(self):
        for text in ("", "sim-schedule/2 1 0\n", "sim-schedule/1 1 0\nnonsense - 0 0 0 0 0\n"):
            with open(self.file, "w", encoding="utf-8") as f:
                f.write(text)
            self.assertEqual(sim(SOUND, "--replay", self.file).returncode, 2)

    def test_a_schedule_repeats_its_run(self):
        done = sim(SOUND, "--seeds", "1..20", "--twice")
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)


if __name__ == "__main__":
    unittest.main()
