# SPDX-License-Identifier: Apache-2.0
"""What was found: failures by the name of the object, warnings, and what was looked at."""

from contextlib import contextmanager

from .words import Broken

KEPT_MAX = 1000     # of failures and of warnings each; the rest is counted


class Report:
    def __init__(self):
        self.failures, self.warnings = [], []
        self.n_failures = 0
        self.logs = []          # dicts, for people and programs
        self.view = {}
        self.history = {}

    def fail(self, name, problem):
        self.n_failures += 1
        if len(self.failures) < KEPT_MAX:
            self.failures.append({"object": name, "problem": str(problem)})

    def warn(self, name, what):
        if len(self.warnings) < KEPT_MAX:
            self.warnings.append({"object": name, "what": what})

    @contextmanager
    def about(self, name):
        """What breaks inside is a failure of this object, and the work goes on after it."""
        try:
            yield
        except Broken as e:
            self.fail(name, e)

    def as_json(self):
        return {"ok": self.n_failures == 0, "failures": self.failures, "n_failures": self.n_failures,
                "warnings": self.warnings, "logs": self.logs, "view": self.view,
                "history": self.history}
