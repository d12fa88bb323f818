#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How ./check runs programs side by side (tests/lib/children.py), and what they write to one file at the same time."""
import os
import signal
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import children
import driver_facts
from scope import Scope, wait_until
from tap import Report

# A program that notes its beginning, and waits for another one's.
NOTES = """
import os, sys, time
sys.path.insert(0, os.environ["LIB"])
from driver_facts import append
from scope import wait_until
name, journal, other = sys.argv[1:]
append(journal, f"begin {name}\\n")
wait_until(other, lambda: not other or f"begin {other}\\n" in open(journal).read())
print("this is", name)
"""
# A check that is interrupted: two programs, of which one tidies up and the other one does not want to.
INTERRUPTED = """
import os, sys
sys.path.insert(0, os.environ["LIB"])
import children
children.end_when_interrupted()
folder = sys.argv[1]
tidy = f"trap 'echo done >{folder}/tidied; exit 0' TERM; echo $$ >{folder}/pid1; while :; do sleep 0.1; done"
rest = f"echo $$ >{folder}/pid2; sleep 1000 & wait"
programs = [children.Program(n, ["sh", "-c", text], f"{folder}/{n}.log") for n, text in (("tidy", tidy), ("rest", rest), ("never", f"touch {folder}/never"))]
for _ in children.side_by_side(programs, 2, 1000):
    pass
"""
WRITER = """
import os, sys
sys.path.insert(0, os.environ["LIB"])
from driver_facts import Facts
facts = Facts(sys.argv[1])
for i in range(100):
    facts.limit(sys.argv[1] * (i * 300))
"""
ENV = dict(os.environ, LIB=HERE)


def text_of(path):
    with open(path) as f:
        return f.read()


def runs(pid):
    try:
        return text_of(f"/proc/{pid}/stat").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


class Counted(children.Program):
    """Counts how many have begun and not been given back."""

    busy = most = 0

    def start(self):
        super().start()
        Counted.busy += 1
        Counted.most = max(Counted.most, Counted.busy)


def two_at_a_time(report, scope):
    journal = scope.write("journal", "")
    needs = {"a": "b", "b": "a", "c": "", "d": ""}  # a and b wait for each other: one alone would not end
    programs = [Counted(n, [sys.executable, "-c", NOTES, n, journal, other], scope.path(n), env=ENV) for n, other in needs.items()]
    ended = []
    for program in children.side_by_side(programs, 2, 600):
        Counted.busy -= 1
        ended.append(program.name)
    report.check("programs run side by side, and no more than are allowed", Counted.most == 2, Counted.most)
    report.check("each is given when it has ended, once", sorted(ended) == list(needs), ended)
    report.check("its output is its own", [p.output() for p in programs] == [f"this is {n}\n" for n in needs], [p.output() for p in programs])
    report.check("with its status", {p.status for p in programs} == {0} and not children.running)


def too_long(report, scope):
    program = children.Program("long", ["sh", "-c", "echo before; sleep 1000"], scope.path("long"))
    list(children.side_by_side([program], 1, 0.5))
    report.check("a program that takes too long is ended, and that is said", program.status == -signal.SIGTERM and
                 program.output() == "before\n\ncheck: ended after 0.5 s\n", (program.status, program.output()))


def leaves_something(report, scope):
    program = children.Program("leaver", ["sh", "-c", "sleep 1000 & echo $!"], scope.path("leaver"))
    list(children.side_by_side([program], 1, 600))
    pid = int(program.output())
    wait_until("its end", lambda: not runs(pid))
    report.check("what a program has left in its session is ended", program.status == 0)


def interrupted(report, scope):
    check = scope.start(sys.executable, "-c", INTERRUPTED, scope.dir, log="check", env=ENV)
    pids = [int(wait_until(name, lambda n=name: os.path.exists(scope.path(n)) and text_of(scope.path(n)))) for name in ("pid1", "pid2")]
    check.signal(signal.SIGINT)
    report.check("a check that is interrupted says so by its status", check.wait_end() == 128 + signal.SIGINT, check.log())
    wait_until("the end of its programs", lambda: not any(map(runs, pids)))
    report.check("its programs have ended, with time to tidy up", os.path.exists(scope.path("tidied")))
    report.check("and no other has begun", not os.path.exists(scope.path("never")))


def one_file_for_many(report, scope):
    path = scope.path("facts")
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, name], env=dict(ENV, OPENRRAS_FACTS=path)) for name in "pqrs"]
    report.check("writers end well", all(w.wait() == 0 for w in writers))
    found = driver_facts.read(path)
    report.check("facts of many programs stand in one file, whole", {d: f["limits"] for d, f in found.items()} ==
                 {n: [n * (i * 300) for i in range(100)] for n in "pqrs"})


def main():
    report = Report()
    for test in (two_at_a_time, too_long, leaves_something, interrupted, one_file_for_many):
        with Scope() as scope:
            report.run(test.__name__, test, scope)
    report.finish()


main()
