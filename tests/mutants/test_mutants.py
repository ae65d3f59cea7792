# SPDX-License-Identifier: Apache-2.0
"""The mutants' runner can fail, too: what survives, does not fit, or fails for another reason."""

import contextlib
import importlib.machinery
import importlib.util
import io
import os
import sys
import unittest

sys.dont_write_bytecode = True

HERE = os.path.dirname(os.path.abspath(__file__))
LOADER = importlib.machinery.SourceFileLoader("mutants_run", os.path.join(HERE, "run"))
run = importlib.util.module_from_spec(importlib.util.spec_from_loader("mutants_run", LOADER))
LOADER.exec_module(run)

# A hash of an entry that is not RFC 6962's, which the vectors see at once.
CAUGHT = run.MUTANTS[0]._replace(
    name="of-the-test", breaks="nothing", source="node/merkle/hash.c", old="prefix = PREFIX_LEAF;",
    new="prefix = PREFIX_NODE;", program="unit/merkle/test_hash", test="", says="FAILED")


class Judging(unittest.TestCase):
    def setUp(self):
        os.chdir(run.TOP)
        self.addCleanup(run.shutil.rmtree, os.path.join(run.OUT, CAUGHT.name), ignore_errors=True)

    def judge(self, **change):
        with contextlib.redirect_stdout(io.StringIO()) as shown:
            words = run.run_all([CAUGHT._replace(**change)])
        return dict(words), shown.getvalue()

    def test_caught(self):
        self.assertEqual(self.judge(), ({"caught": 1}, "of-the-test caught by unit/merkle/test_hash\n"))
        self.assertFalse(os.path.exists(os.path.join(run.OUT, CAUGHT.name)))

    def test_survived(self):
        words, shown = self.judge(new=CAUGHT.old + " ")
        self.assertEqual(words, {"SURVIVED": 1})
        self.assertIn("of-the-test SURVIVED: unit/merkle/test_hash passed", shown)

    def test_text_that_is_not_there_once(self):
        for old in ("no such text", "hash"):
            words, shown = self.judge(old=old)
            self.assertEqual(words, {"ERROR": 1})
            self.assertIn(" times, not once", shown)

    def test_what_does_not_build(self):
        words, shown = self.judge(new="this is not C")
        self.assertEqual(words, {"ERROR": 1})
        self.assertIn("it does not build", shown)

    def test_failed_for_another_reason(self):
        words, shown = self.judge(says="inv. 99")
        self.assertEqual(words, {"ERROR": 1})
        self.assertIn("does not say 'inv. 99'", shown)

    def test_what_fails_without_it(self):
        words, shown = self.judge(program="sim", test="--nonsense")
        self.assertEqual(words, {"ERROR": 1})
        self.assertIn("fails without any change", shown)


class Rows(unittest.TestCase):
    def test_each_fits_its_source_once(self):
        os.chdir(run.TOP)
        self.assertEqual(len({m.name for m in run.MUTANTS}), len(run.MUTANTS))
        for mutant in run.MUTANTS:
            with self.subTest(mutant.name):
                self.assertNotEqual(mutant.old, mutant.new)
                run.changed(mutant)

    def test_each_names_a_test(self):
        os.chdir(run.TOP)
        for mutant in run.MUTANTS:
            source = mutant.test if mutant.test.endswith(".py") else "tests/%s.c" % mutant.program
            name = run.re.search(r"RUN      \\] (\w+)", mutant.says)
            with self.subTest(mutant.name):
                if mutant.program not in ("sim", "powerloss"):
                    with open(source, encoding="utf-8") as f:
                        self.assertIn(name.group(1) if name else "FederationTest", f.read())

    def test_summary_is_counted(self):
        program = run.runner.Program("mutants", "mutants", [])
        words = run.collections.Counter({"caught": 5, "SURVIVED": 1, "ERROR": 1, "skipped": 2})
        run.runner.count(program, "x caught by y\n\n" + run.summary(words, 1.0) + "\n", 1)
        self.assertEqual((program.passed, program.failed, program.skipped), (5, 2, 2))


if __name__ == "__main__":
    unittest.main()
