# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C, SIGTERM and a terminal that goes away: an exception at a place where it does no harm.

The state is the process's, as signals are; without catch() nothing here has an effect."""

import contextlib
import signal
import sys

from waiting import Trouble

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(BaseException):
    """Somebody asked us to end. Not an Exception: nothing that handles failures may swallow it."""


class _State:
    deferred = 0
    pending = False
    done = False


def _on_signal(number, frame):
    if _State.done:
        return
    if _State.deferred:
        _State.pending = True
        return
    _State.done = True
    raise Interrupted(number)


def catch():
    """From now on the first signal that asks to end raises Interrupted in the main thread, once."""
    for number in ENDING:
        signal.signal(number, _on_signal)


@contextlib.contextmanager
def deferred():
    """What is begun here is finished and noted down before anybody interrupts."""
    _State.deferred += 1
    try:
        yield
    finally:
        _State.deferred -= 1
    if _State.pending and not _State.deferred and not _State.done:
        _State.done = True
        raise Interrupted


@contextlib.contextmanager
def ignored():
    """Cleaning up is not interrupted at all."""
    before, _State.done = _State.done, True
    try:
        yield
    finally:
        _State.done = before


def run(main):
    """The exit code of a program that leaves nothing to its caller: main()'s; 130 when somebody has asked it to end,
    1 and one line when it fails."""
    catch()
    try:
        return main()
    except Interrupted:
        return 130
    except (Trouble, RuntimeError, OSError) as e:
        print("%s: %s" % (sys.argv[0], e), file=sys.stderr)
        return 1


def wait():
    """Until a signal comes."""
    while True:
        signal.pause()
