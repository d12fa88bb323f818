#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Show that the tests bite: build variants with one guard taken out, and see a named test fail.

Each variant of the list (see mutants.toml) replaces one piece of text, which must stand exactly once in its file, in a copy of
the tree. What the named test program needs is built again and the program run: it must fail, and in the named test. Before that
it must pass without the change. The working tree is not touched; the copy is removed at the end, also after an interruption.

A guard that is gone is mostly noticed by something that never comes, so programs that have begun run on while the next variant is
built: the linker makes a new file, and what runs keeps the old one.
"""
import argparse
import collections
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.join(TOP, "tests"), os.path.join(TOP, "tests", "lib")]
from check import SANITIZE
from programs import BUILT, MODULES
from scope import end_group, run_group, wait_until

BUILD_LIMIT = 1200  # seconds; a loaded machine is slow, a hang is longer
TEST_LIMIT = 120
AT_ONCE = 8  # programs that have begun; they hardly do anything but wait
SHOWN = 40  # lines of a program's output that are shown when something is wrong


class Failure(Exception):
    """Why a variant was not found out; the first line says it, others may follow."""


# ---- what a test program says ----

CMOCKA_BEGUN = re.compile(r"^\[ RUN      \] (\w+)$", re.M)
CMOCKA_ENDED = re.compile(r"^\[ +(?:OK|FAILED|SKIPPED) +\] (\w+)$", re.M)
NAMES_OF_FAILED = (re.compile(r"^\[  FAILED  \] (\w+)$", re.M),  # cmocka
                   re.compile(r"^(?:FAIL|ERROR): (\w+)", re.M),  # unittest
                   re.compile(r"^not ok - +(.*)$", re.M))  # our own programs, some with a detail behind the name


def failed_tests(out):
    """Names of the tests in it that failed, or in the middle of which it crashed."""
    names = [name for pattern in NAMES_OF_FAILED for name in pattern.findall(out)]
    unfinished = set(CMOCKA_BEGUN.findall(out)) - set(CMOCKA_ENDED.findall(out))
    return list(dict.fromkeys(names)) + sorted(unfinished)


def is_among(name, failed):
    return any(f == name or f.startswith(name + ": ") for f in failed)


TELLING = re.compile(r"error|fail|not ok|warning|LINE|SUMMARY|^ *#\d+ |Traceback", re.I)


def excerpt(out):
    """The lines of it that tell what is wrong, or its end."""
    lines = out.splitlines()
    return "\n".join([line for line in lines if TELLING.search(line)][:SHOWN] or lines[-SHOWN:])


# ---- the copy ----

class Program:
    """A test program: how to run it, and the targets that it needs."""

    def __init__(self, argv, env, targets):
        self.argv, self.env, self.targets = argv, env, targets

    def is_alone(self, build):
        """Once it has begun, does it need no file of the build? Sanitizers look into shared libraries when they report."""
        if [os.path.join(build, target) for target in self.targets] != self.argv:
            return False
        libraries = subprocess.run(["ldd", *self.argv], stdout=subprocess.PIPE, text=True, check=True).stdout
        return build not in libraries


class Run:
    """A program that has begun; whatever happens, end() must be called."""

    def __init__(self, argv, env, cwd):
        self.name, self.out = os.path.basename(argv[0]), tempfile.TemporaryFile()
        self.limit = time.monotonic() + TEST_LIMIT
        self.child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=self.out, stderr=subprocess.STDOUT, start_new_session=True,
                                      env=env, cwd=cwd)

    def is_over(self):
        return self.child.poll() is not None or time.monotonic() > self.limit

    def wait_begun(self):
        """Until it has said something: it is loaded then."""
        wait_until(f"{self.name} has begun", lambda: self.is_over() or os.fstat(self.out.fileno()).st_size > 0, TEST_LIMIT)

    def result(self):
        """At its end: exit status and output."""
        try:
            self.child.wait(max(0, self.limit - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise Failure(f"{self.name} has not ended after {TEST_LIMIT} s")
        self.out.seek(0)
        return self.child.returncode, self.out.read().decode(errors="replace")

    def end(self):
        end_group(self.child)  # also when it has ended: a test that fails may leave children
        self.out.close()


class Over:
    """One that has ended already, as Run."""

    def __init__(self, result):
        self.kept = result

    def is_over(self):
        return True

    def result(self):
        if isinstance(self.kept, Failure):
            raise self.kept
        return self.kept

    def end(self):
        pass


class Tree:
    """A copy of the sources with a sanitizer build."""

    def __init__(self, where):
        self.src, self.build = os.path.join(where, "src"), os.path.join(where, "build")
        self.copy()
        # Without warnings as errors: a guard that is gone leaves an unused variable. Not optimised: compiling takes longest.
        self.must("meson", "setup", self.build, self.src, "-Db_sanitize=address,undefined", "-Doptimization=0")
        self.tests = json.loads(self.must("meson", "introspect", "--tests", self.build))
        self.files = {t["id"]: t["filename"] for t in json.loads(self.must("meson", "introspect", "--targets", self.build))}

    def copy(self):
        """All files that git knows, as they are now."""
        names = subprocess.run(["git", "-C", TOP, "ls-files", "-z"], check=True, stdout=subprocess.PIPE).stdout.split(b"\0")
        for name in map(os.fsdecode, filter(None, names)):
            source, target = os.path.join(TOP, name), os.path.join(self.src, name)
            if not os.path.lexists(source):
                continue  # removed, but not yet from git
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy2(source, target, follow_symlinks=False)

    def must(self, *argv):
        status, out = run_group(argv, BUILD_LIMIT, cwd=os.path.dirname(self.src))
        if status != 0:
            sys.exit(f"mutants: {' '.join(argv)} failed:\n{excerpt(out)}")
        return out

    def program(self, test):
        """The test program of that name, or at that place in the tree."""
        path = os.path.join(self.src, test)
        for t in self.tests:
            words = [os.path.normpath(os.path.join(self.build, word)) for word in t["cmd"]]
            if path in words or test in map(os.path.basename, words):
                targets = [os.path.relpath(f, self.build) for id in t["depends"] for f in self.files[id]]
                return Program(t["cmd"], t["env"], targets)
        if test.startswith("tests/system/") and os.path.exists(path):  # not for meson: some of them need root
            targets = [f"{folder}/{name}" for name, folder in BUILT.items()] + MODULES
            return Program([sys.executable, path], {"OPENRRAS_BUILD": self.build}, targets)
        raise Failure(f"there is no test program {test}")

    def compile(self, targets):
        status, out = run_group(["ninja", "-C", self.build, "-j", str(os.cpu_count()), *targets], BUILD_LIMIT)
        if status != 0:
            raise Failure("does not compile\n" + excerpt(out))

    def begin(self, m):
        """Build what the test program needs and begin to run it. It may be at its end already."""
        program = self.program(m["test"])
        self.compile(program.targets)
        env = {k: v for k, v in os.environ.items() if k != "OPENRRAS_ROOT"}
        run = Run([*program.argv, *m.get("args", [])], dict(env, **SANITIZE, **program.env), self.build)
        try:
            if program.is_alone(self.build):
                run.wait_begun()
            else:
                run.result()
        except BaseException as e:
            run.end()
            if isinstance(e, Failure):
                return Over(e)
            raise
        return run

    def write(self, name, text):
        """Change a file so that ninja sees it: clocks of file systems are coarse, and it asks for a later time than the last."""
        path = os.path.join(self.src, name)
        with open(path, "w") as f:
            f.write(text)
        now = time.time_ns()
        os.utime(path, ns=(now, now))

    def read(self, name):
        with open(os.path.join(self.src, name)) as f:
            return f.read()


# ---- the variants ----

def run_of(m):
    return m["test"], *m.get("args", [])


def must_pass(m, status, out):
    if status != 0:
        raise Failure(f"{m['test']} fails without any change: {failed_tests(out)}\n{excerpt(out)}")


def must_notice(m, status, out):
    failed = failed_tests(out)
    if "fails" not in m:
        if status != 0:
            raise Failure(f"{m['test']} notices a change that changes nothing: {failed}\n{excerpt(out)}")
    elif status == 0:
        raise Failure(f"{m['test']} does not notice")
    elif not is_among(m["fails"], failed):
        raise Failure(f"{m['test']} fails, but not in {m['fails']}: {failed}\n{excerpt(out)}")


def mutated(original, m):
    """The text of its file with the guard taken out."""
    if original.count(m["find"]) != 1:
        raise Failure(f"the text to replace stands {original.count(m['find'])} times in {m['file']}")
    return original.replace(m["find"], m["replace"])


def begin_mutant(tree, m):
    original = tree.read(m["file"])
    try:
        tree.write(m["file"], mutated(original, m))
        return tree.begin(m)
    finally:
        tree.write(m["file"], original)


class Queue:
    """What has begun, oldest first, and what is to be said of each at its end."""

    def __init__(self, at_once):
        self.at_once, self.begun = at_once, collections.deque()

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        for run, _ended in self.begun:
            run.end()

    def add(self, begin, ended):
        """Call `begin` when there is room, and `ended` with what it has returned or raised, in the order of adding."""
        self.take(self.at_once - 1)
        try:
            run = begin()
        except Failure as e:
            run = Over(e)
        self.begun.append((run, ended))

    def take(self, left=0):
        """All that are at their end and have no other before them; and wait until no more than `left` are there."""
        while self.begun and (len(self.begun) > left or self.begun[0][0].is_over()):
            run, ended = self.begun[0]
            try:
                ended(run.result())
            except Failure as e:
                ended(e)
            self.begun.popleft()
            run.end()


def report(m, why, seconds):
    """One line for the verdict, and comments behind it."""
    lines = (why or m.get("fails", "noticed by nobody, as it should be")).splitlines()
    print(f"{'not ok' if why else 'ok'} - {m['name']}: {lines[0]}{seconds}", flush=True)
    for line in lines[1:]:
        print(f"# {line}", flush=True)


def build_all(tree, mutants):
    """In one go, which keeps all processors busy."""
    targets = set()
    for m in mutants:
        with contextlib.suppress(Failure):  # no such program: said when it is this variant's turn
            targets.update(tree.program(m["test"]).targets)
    try:
        tree.compile(targets)
    except Failure as e:
        sys.exit(f"mutants: the tree {e}")


def run_unchanged(tree, mutants):
    """What each program says of the tree as it is."""
    said = {}
    with Queue(os.cpu_count()) as queue:
        for m in {run_of(m): m for m in mutants}.values():
            queue.add(lambda m=m: tree.begin(m), lambda result, m=m: said.update({run_of(m): result}))
        queue.take()
    return said


def verdict(m, unchanged, changed):
    """None, or why not; of each is known what the program has said, or the Failure."""
    for result, check in ((unchanged, must_pass), (changed, must_notice)):
        if isinstance(result, Failure):
            return str(result)
        try:
            check(m, *result)
        except Failure as e:
            return str(e)
    return None


def run_mutants(tree, mutants, unchanged, show_seconds):
    """How many were found out, and how many not."""
    count, spent = collections.Counter(), {}

    def begin(m):
        since = time.monotonic()
        try:
            return begin_mutant(tree, m)
        finally:
            spent[m["name"]] = time.monotonic() - since

    def ended(m, changed):
        why = verdict(m, unchanged[run_of(m)], changed)
        count[why is None] += 1
        report(m, why, f" ({spent[m['name']]:.1f} s)" if show_seconds else "")

    with Queue(AT_ONCE) as queue:
        for m in mutants:
            queue.add(lambda m=m: begin(m), lambda changed, m=m: ended(m, changed))
        queue.take()
    return count[True], count[False]


def why_not_placed(m):
    try:
        with open(os.path.join(TOP, m["file"])) as f:
            mutated(f.read(), m)
    except (Failure, OSError) as e:
        return str(e)
    return None


def place_all(mutants):
    """Does each still find what it takes out? Nothing is built."""
    lost = [(m, why) for m in mutants if (why := why_not_placed(m))]
    for m, why in lost:
        report(m, why, "")
    print(f"{len(mutants) - len(lost)} of {len(mutants)} variants find their text")
    return 1 if lost else 0


def run_all(mutants, show_seconds):
    with tempfile.TemporaryDirectory(prefix="rras-mutants-") as where:
        os.chmod(where, 0o755)  # tests run programs as other users
        os.environ["TMPDIR"] = os.path.join(where, "tmp")  # a test that crashes, as it should, leaves its files
        os.mkdir(os.environ["TMPDIR"])
        os.chmod(os.environ["TMPDIR"], 0o1777)
        tree = Tree(where)
        build_all(tree, mutants)
        good, bad = run_mutants(tree, mutants, run_unchanged(tree, mutants), show_seconds)
    print(f"{good} passed, {bad} failed, 0 skipped")
    return 1 if bad else 0


def interrupted(number, _frame):
    for s in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(s, signal.SIG_IGN)  # tidying up is not interrupted
    sys.exit(128 + number)


def main():
    parser = argparse.ArgumentParser(prog="tests/mutants/run.py", description=__doc__.split("\n")[0])
    parser.add_argument("-f", "--file", default=os.path.join(HERE, "mutants.toml"), help="another list of variants")
    parser.add_argument("-t", "--time", action="store_true", help="show how long the next has waited for each")
    parser.add_argument("--place", action="store_true", help="only see that each still finds the text that it takes out")
    parser.add_argument("part", nargs="*", help="only variants with this in their names")
    args = parser.parse_args()
    with open(args.file, "rb") as f:
        mutants = tomllib.load(f)["mutant"]
    mutants = [m for m in mutants if not args.part or any(part in m["name"] for part in args.part)]
    if not mutants:
        parser.error("there is no such variant")
    return place_all(mutants) if args.place else run_all(mutants, args.time)


if __name__ == "__main__":
    for s in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(s, interrupted)
    sys.exit(main())
