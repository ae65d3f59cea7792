# SPDX-License-Identifier: Apache-2.0
"""Waiting for conditions, and failing with what is still missing."""

import time

STEP_S = 0.05


class Trouble(Exception):
    """What went wrong, for a person to read."""


def until(missing, what, deadline_s, step_s=STEP_S, stall=False):
    """Wait until missing() returns nothing; a text is what still lacks. With `stall` the deadline
    counts from the last time that the text changed: for work whose length nobody knows."""
    since, last = time.monotonic(), None
    while True:
        try:
            text = missing()
        except Trouble as e:
            text = str(e)
        if not text:
            return
        now = time.monotonic()
        if stall and text != last:
            since, last = now, text
        if now - since > deadline_s:
            raise Trouble("%s: not within %g s: %s" % (what, deadline_s, text))
        time.sleep(step_s)
