#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""./demo and ./demo --sim: to the end, and broken off with Ctrl-C. Afterwards nothing of theirs may be left."""
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests", "lib"))

from scope import may_make_networks
from tap import Report

LIMIT = 600  # seconds, with the build
SOMEBODY = 60123  # a user without a name; not 65534, which rrasd never trusts


def namespaces():
    return set(subprocess.run(["ip", "netns", "list"], stdout=subprocess.PIPE, text=True).stdout.split())


def processes_with(word):
    """Processes whose command line or environment holds a word: whatever the demo starts works in its own folder."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        if int(pid) == os.getpid():
            continue
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                if word.encode() in f.read():
                    found.append(pid)
        except OSError:
            continue
    return found


class Run:
    """One run of the demo with a temporary folder of its own, in which it has to put everything."""

    def __init__(self, *args, user=None):
        self.tmp = tempfile.mkdtemp(prefix="rrasdemo-")
        if user is not None:
            os.chown(self.tmp, user, user)
        self.before = namespaces()
        self.out = open(os.path.join(self.tmp + ".out"), "w+")
        extra = {"user": user, "group": user, "extra_groups": []} if user is not None else {}
        self.child = subprocess.Popen([os.path.join(TOP, "demo"), *args], cwd="/", stdin=subprocess.DEVNULL, stdout=self.out,
                                      stderr=subprocess.STDOUT, env=dict(os.environ, TMPDIR=self.tmp, HOME=self.tmp, CCACHE_DISABLE="1"),
                                      start_new_session=True, **extra)

    def text(self):
        with open(self.out.name, errors="replace") as f:
            return f.read()

    def wait(self):
        try:
            return self.child.wait(LIMIT)
        except subprocess.TimeoutExpired:
            os.killpg(self.child.pid, signal.SIGKILL)
            return self.child.wait()

    def wait_text(self, pattern):
        end = time.monotonic() + LIMIT
        while not re.search(pattern, self.text()):
            if self.child.poll() is not None or time.monotonic() > end:
                return False
            time.sleep(0.05)
        return True

    def left(self):
        """What is still there of it."""
        left = [f"file {name}" for name in os.listdir(self.tmp)]
        left += [f"namespace {name}" for name in namespaces() - self.before if re.match(rf"rras{self.child.pid}", name)]
        left += [f"process {pid}" for pid in processes_with(self.tmp)]
        return left

    def close(self):
        self.out.close()
        os.unlink(self.out.name)
        if not self.left():
            os.rmdir(self.tmp)


def to_the_end(report, what, must_say, *args, user=None):
    run = Run(*args, user=user)
    status = run.wait()
    report.check(f"{what} comes to its end", status == 0, f"exit status {status}: {run.text()[-3000:]}")
    for pattern in must_say:
        report.check(f"{what} shows: {pattern}", re.search(pattern, run.text()))
    report.check(f"{what} leaves nothing", run.left() == [], run.left())
    run.close()


SAYS = (r"MprAdminPortDisconnect\(\S+\): NO_ERROR", r"listening again", r"is of an earlier session", r"--wait\n.*\n.*alice.*disconnected",
        r"bob has noticed nothing", r'"event": "order".*\n.*"event": "outcome".*"outcome": "gone"')
SAYS_REAL = SAYS + (r"Halt command was pushed by server", r"pings through his tunnel meanwhile, 0 lost")


def broken_off(report, what, at, *args):
    run = Run(*args)
    report.check(f"{what} reaches the place to break it off", run.wait_text(at), run.text()[-2000:])
    os.kill(run.child.pid, signal.SIGINT)
    status = run.wait()
    report.check(f"{what} ends after Ctrl-C", status == 130, f"exit status {status}: {run.text()[-2000:]}")
    report.check(f"{what} leaves nothing after Ctrl-C", run.left() == [], run.left())
    run.close()


def readable_for_others():
    return os.geteuid() == 0 and subprocess.run(["test", "-r", os.path.join(TOP, "demo")], user=SOMEBODY, group=SOMEBODY,
                                                extra_groups=[]).returncode == 0


def main():
    report = Report()
    why = may_make_networks()
    if why:
        report.skip("./demo", why)
    else:
        report.run("./demo", to_the_end, "./demo", SAYS_REAL)
        report.run("./demo, Ctrl-C", broken_off, "./demo", "4. Disconnect alice")
    report.run("./demo --sim, Ctrl-C", broken_off, "./demo --sim, while it builds", "1. Build", "--sim")
    report.run("./demo --sim", to_the_end, "./demo --sim", SAYS, "--sim")
    if not readable_for_others():
        report.skip("./demo of a user who is not root", "not run as root, or the sources are not readable for others")
    else:
        def as_somebody(r):
            to_the_end(r, "./demo of a user who is not root", SAYS + (r"this needs root\. The tour goes through the simulation",), user=SOMEBODY)
        report.run("./demo of a user who is not root", as_somebody)
    report.finish()


if __name__ == "__main__":
    main()
