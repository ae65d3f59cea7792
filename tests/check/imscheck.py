#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The independent checker: verifies an export of a federation without any of imsd's code.

See imscheck/__init__.py for what it is, and `imscheck.py verify --help` for how to call it.
"""

import sys

from imscheck.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
