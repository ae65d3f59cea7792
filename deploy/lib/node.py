# SPDX-License-Identifier: Apache-2.0
"""One node of a federation on this machine: its files, its process, and asking it."""

import json
import os
import signal
import subprocess

from interrupt import deferred
from waiting import Trouble, until

START_S = 20
STOP_S = 30
LOG_TAIL_LINES = 8
# Of `ims`: ok, and what needs attention; both come with an answer.
EXIT_ANSWERED = (0, 4)
SOCKET_PATH_MAX = 100


def run(argv, **options):
    """The program's result; nothing of it goes to our terminal."""
    return subprocess.run([str(a) for a in argv], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False, **options)


def must(argv, **options):
    """Standard output of a program that has to succeed."""
    done = run(argv, **options)
    if done.returncode:
        raise Trouble("%s: exit %d: %s" % (
            " ".join(str(a) for a in argv[:3]), done.returncode, (done.stderr or done.stdout).strip()))
    return done.stdout


class Node:
    """The folder of a region, as `ims init` made it. Which process runs it stands in its pid file,
    so that any program can stop what another has started."""

    def __init__(self, programs, folder, region, role, address):
        self.programs, self.folder, self.region, self.role = programs, folder, region, role
        self.address, self.child = address, None
        self.env = None  # of the daemon; None: as ours
        self.before = []  # what runs the daemon: a program and its arguments, before the daemon's

    def path(self, *names):
        return os.path.join(self.folder, *names)

    @property
    def config(self):
        return self.path("imsd.conf")

    @property
    def socket(self):
        return self.path("control.sock")

    @property
    def log(self):
        return self.path("imsd.log")

    # ---- the process

    def pid(self):
        """Of the running daemon, None if there is none. A number that another program has by now,
        and a process that is only waiting to be buried, do not count."""
        if self.child is not None:
            return self.child.pid if self.child.poll() is None else None
        try:
            with open(self.path("imsd.pid"), encoding="ascii") as f:
                pid = int(f.read())
            with open("/proc/%d/cmdline" % pid, "rb") as f:
                if self.config.encode() not in f.read().split(b"\0"):
                    return None
            with open("/proc/%d/stat" % pid, encoding="ascii", errors="replace") as f:
                state = f.read().rpartition(")")[2].split()[0]
        except (OSError, ValueError, IndexError):
            return None
        return None if state in "ZX" else pid

    def spawn(self):
        """Start the daemon in a session of its own, and do not wait for it."""
        if self.pid():
            raise Trouble("%s runs already" % self.region)
        with deferred(), open(self.log, "ab") as log:
            self.child = subprocess.Popen(
                [*self.before, self.programs.imsd, "--config", self.config], stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, start_new_session=True, env=self.env)
            with open(self.path("imsd.pid"), "w", encoding="ascii") as f:
                f.write("%d\n" % self.child.pid)

    def start(self):
        self.spawn()
        self.await_answer()

    def await_answer(self, deadline_s=START_S):
        def missing():
            if not self.pid():
                tail = self.log_tail()
                raise RuntimeError("%s has ended%s" % (self.region, ": " + tail if tail else ""))
            return "" if self.ask("status") else "no answer"
        try:
            until(missing, self.region, deadline_s)
        except RuntimeError as e:
            raise Trouble(str(e)) from None

    def reap(self):
        """Bury the daemon if it is our child and has ended."""
        if self.child is not None and self.child.poll() is not None:
            self.child = None

    def stop(self, sign=signal.SIGTERM, deadline_s=STOP_S):
        """End the daemon and wait for it; one that does not go is killed, and that is an error."""
        pid, late = self.pid(), None
        if pid:
            os.kill(pid, sign)
            try:
                until(lambda: self.reap() or (self.pid() and "still runs"), "stopping " + self.region, deadline_s)
            except Trouble as e:
                late = e
                os.kill(pid, signal.SIGKILL)
                until(lambda: self.reap() or (self.pid() and "still runs"), "killing " + self.region, deadline_s)
        self.reap()
        if os.path.exists(self.path("imsd.pid")):
            os.unlink(self.path("imsd.pid"))
        if late:
            raise late

    def kill(self):
        self.stop(signal.SIGKILL)

    def log_tail(self):
        if not os.path.exists(self.log):
            return ""
        with open(self.log, encoding="utf-8", errors="replace") as f:
            return "\n" + "".join(f.readlines()[-LOG_TAIL_LINES:]).rstrip()

    # ---- asking

    def command(self, *words):
        return [self.programs.ims, *words, "--node", "unix:" + self.socket]

    def ims(self, *words, **options):
        """Run `ims` against this node; its result, whatever it is."""
        return run(self.command(*words), **options)

    def do(self, *words):
        """Run `ims` against this node; it has to succeed."""
        return must(self.command(*words))

    def ask(self, *words):
        """The answer of a reading command, as JSON. Trouble if there is none."""
        done = self.ims(*words, "--json")
        if done.returncode not in EXIT_ANSWERED:
            raise Trouble("%s: ims %s: %s" % (self.region, " ".join(words), done.stderr.strip()))
        try:
            return json.loads(done.stdout)
        except ValueError:
            raise Trouble("%s: ims %s: no JSON" % (self.region, " ".join(words))) from None
