# SPDX-License-Identifier: Apache-2.0
"""The programs that ./check runs. Each leads a session of its own, so that it can be ended with all that it has started."""
import os
import signal
import subprocess
import sys
import time

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
EVERY = 0.05  # seconds between two looks at whether one has ended

running = set()


def start(argv, output, **kwargs):
    """Start a child; its output goes to a file, or to subprocess.PIPE. It is in `running` until discard()."""
    child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True, **kwargs)
    running.add(child)
    return child


def signal_group(child, number):
    try:
        os.killpg(child.pid, number)
    except ProcessLookupError:
        pass  # all of it has ended meanwhile


def end(children):
    """End children, all at the same time, each with all that it has started: with time to tidy up, then without."""
    left = [child for child in children if child.returncode is None]
    for number, seconds in ((signal.SIGTERM, 20), (signal.SIGKILL, 5)):
        for child in left:
            signal_group(child, number)
        until = time.monotonic() + seconds
        while left and time.monotonic() < until:
            left = [child for child in left if child.poll() is None]
            time.sleep(EVERY)


def interrupted(number, _frame):
    for n in SIGNALS:
        signal.signal(n, signal.SIG_IGN)  # a second Ctrl-C must not stop the tidying up
    end(list(running))
    sys.exit(128 + number)


def end_when_interrupted():
    """From now on SIGINT, SIGTERM and SIGHUP end all children, and then us."""
    for n in SIGNALS:
        signal.signal(n, interrupted)


class Program:
    """A program that is to be run; its output goes to a file of its own."""

    def __init__(self, name, argv, path, **kwargs):
        self.name, self.argv, self.path, self.kwargs = name, argv, path, kwargs
        self.child = self.status = self.began = self.took = None

    def start(self):
        self.began = time.monotonic()
        with open(self.path, "w") as f:
            self.child = start(self.argv, f, **self.kwargs)

    def has_ended(self, limit):
        """Look once. One that has run for `limit` seconds is ended, which its output says."""
        if self.child.poll() is None:
            if time.monotonic() - self.began < limit:
                return False
            end([self.child])
            with open(self.path, "a") as f:
                f.write(f"\ncheck: ended after {limit} s\n")
        signal_group(self.child, signal.SIGKILL)  # whatever it has left in its session
        running.discard(self.child)
        self.status, self.took = self.child.returncode, time.monotonic() - self.began
        return True

    def output(self):
        with open(self.path, errors="replace") as f:
            return f.read()


def side_by_side(programs, jobs, limit):
    """Run programs, `jobs` of them at any time, begun in this order; gives each when it has ended."""
    waiting, busy = list(programs), []
    try:
        while waiting or busy:
            while waiting and len(busy) < jobs:
                waiting[0].start()
                busy.append(waiting.pop(0))
            for program in [p for p in busy if p.has_ended(limit)]:
                busy.remove(program)
                yield program
            time.sleep(EVERY)
    finally:
        end(p.child for p in busy)
        running.difference_update(p.child for p in busy)
