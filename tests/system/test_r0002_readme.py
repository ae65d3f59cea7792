# SPDX-License-Identifier: Apache-2.0
"""What README says about founding a federation is what one types, and it works."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

import harness
from harness import TOP, ports

SECTION = "## Found a federation\n"
PORT = re.compile(r"127\.0\.0\.1:(74\d\d)")
LIMIT_S = 120
STARTED = "imsd --config"
# "A moment later", as a condition: the first node answers, and hears both others.
MOMENT = """
for try in {1..300}; do
    met=$(ims status --node unix:eu/control.sock 2>&1 | grep -c in-sync) || :
    [[ $met = 2 ]] && break
    sleep 0.1
done
"""


def commands():
    """The indented lines of the section, block by block."""
    with open(os.path.join(TOP, "README.md"), encoding="utf-8") as f:
        section = f.read().split(SECTION)[1].split("\n## ")[0]
    blocks = [block for block in section.split("\n\n") if block.startswith("    ")]
    return ["\n".join(line[4:] for line in block.split("\n")) for block in blocks]


class Readme(unittest.TestCase):
    def setUp(self):
        """A place beside which `../tests` is ours; programs that find the lists as if installed."""
        self.top = tempfile.mkdtemp(prefix="readme-")
        self.addCleanup(shutil.rmtree, self.top)
        programs = harness.Programs()
        for folder in ("tests", "config"):
            os.symlink(os.path.join(TOP, folder), os.path.join(self.top, folder))
        self.bin = os.path.join(self.top, "bin")
        os.mkdir(self.bin)
        os.symlink(programs.ims, os.path.join(self.bin, "ims"))
        with open(os.path.join(self.bin, "imsd"), "w", encoding="utf-8") as f:
            f.write("#!/bin/sh\ngrep -q ^reference_dir \"$2\" ||\n    echo 'reference_dir = \"%s\"' >> \"$2\"\n"
                    "exec %s \"$@\"\n" % (programs.reference, programs.imsd))
        os.chmod(os.path.join(self.bin, "imsd"), 0o755)

    def script(self):
        text = "set -euo pipefail\ntrap 'kill $(jobs -p) 2> /dev/null || :; wait' EXIT\n"
        for block in commands():
            text += block + "\n" + (MOMENT if STARTED in block else "")
        named = sorted(set(PORT.findall(text)))
        for old, new in zip(named, ports.free(len(named))):
            text = text.replace("127.0.0.1:" + old, "127.0.0.1:%d" % new)
        return text

    def test_founding_a_federation(self):
        text = self.script()
        for word in ("ims init", "ims roster sign", STARTED, "ims roster publish", "ims verify", "imscheck.py"):
            self.assertIn(word, text)
        environment = {**os.environ, "PATH": self.bin + ":" + os.environ["PATH"]}
        done = subprocess.run(["bash", "-c", text], cwd=self.top, env=environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                              timeout=LIMIT_S)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertRegex(done.stdout, r"eu-o-1 created, .* replicated\n")
        self.assertIn("roster version 2 is in force", done.stdout)
        self.assertRegex(done.stdout, r"verified +yes\n")
        self.assertRegex(done.stdout, r"view: 3 records, 0 holes, digest [0-9a-f]{64}\n")
        self.assertFalse(os.path.exists(os.path.join(self.top, "found")))


if __name__ == "__main__":
    unittest.main()
