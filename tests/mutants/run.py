#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Show that the tests bite: build variants with one guard taken out, and see a named test fail.

Each variant of the list (see mutants.toml) replaces one piece of text, which must stand exactly once in its file, in a copy of
the tree. What the named test program needs is built again and the program run: it must fail, and in the named test. Before that
it must pass without the change. The working tree is not touched; the copy is removed at the end, also after an interruption.
"""
import argparse
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
from programs import BUILT
from scope import run_group

BUILD_LIMIT = 1200  # seconds; a loaded machine is slow, a hang is longer
TEST_LIMIT = 120
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
            targets = [f"{folder}/{name}" for name, folder in BUILT.items()]
            return Program([sys.executable, path], {"OPENRRAS_BUILD": self.build}, targets)
        raise Failure(f"there is no test program {test}")

    def compile(self, targets):
        status, out = run_group(["ninja", "-C", self.build, "-j", str(os.cpu_count()), *targets], BUILD_LIMIT)
        if status != 0:
            raise Failure("does not compile\n" + excerpt(out))

    def run(self, m):
        """Build what the test program needs and run it: exit status and output."""
        program = self.program(m["test"])
        self.compile(program.targets)
        env = {k: v for k, v in os.environ.items() if k != "OPENRRAS_ROOT"}
        try:
            return run_group([*program.argv, *m.get("args", [])], TEST_LIMIT, cwd=self.build,
                             env=dict(env, **SANITIZE, **program.env))
        except subprocess.TimeoutExpired:
            raise Failure(f"{m['test']} has not ended after {TEST_LIMIT} s")

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

def must_pass_unchanged(tree, m):
    status, out = tree.run(m)
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


def try_mutant(tree, m, passed):
    original = tree.read(m["file"])
    if original.count(m["find"]) != 1:
        raise Failure(f"the text to replace stands {original.count(m['find'])} times in {m['file']}")
    run = (m["test"], *m.get("args", []))
    if run not in passed:
        must_pass_unchanged(tree, m)
        passed.add(run)
    try:
        tree.write(m["file"], original.replace(m["find"], m["replace"]))
        must_notice(m, *tree.run(m))
    finally:
        tree.write(m["file"], original)


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


def run_all(mutants, show_seconds):
    good = bad = 0
    passed = set()
    with tempfile.TemporaryDirectory(prefix="rras-mutants-") as where:
        os.chmod(where, 0o755)  # tests run programs as other users
        os.environ["TMPDIR"] = os.path.join(where, "tmp")  # a test that crashes, as it should, leaves its files
        os.mkdir(os.environ["TMPDIR"])
        os.chmod(os.environ["TMPDIR"], 0o1777)
        tree = Tree(where)
        build_all(tree, mutants)
        for m in mutants:
            why, begun = None, time.monotonic()
            try:
                try_mutant(tree, m, passed)
                good += 1
            except Failure as e:
                why = str(e)
                bad += 1
            report(m, why, f" ({time.monotonic() - begun:.1f} s)" if show_seconds else "")
    print(f"{good} passed, {bad} failed, 0 skipped")
    return 1 if bad else 0


def interrupted(number, _frame):
    for s in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(s, signal.SIG_IGN)  # tidying up is not interrupted
    sys.exit(128 + number)


def main():
    parser = argparse.ArgumentParser(prog="tests/mutants/run.py", description=__doc__.split("\n")[0])
    parser.add_argument("-f", "--file", default=os.path.join(HERE, "mutants.toml"), help="another list of variants")
    parser.add_argument("-t", "--time", action="store_true", help="show how long each has taken")
    parser.add_argument("part", nargs="*", help="only variants with this in their names")
    args = parser.parse_args()
    with open(args.file, "rb") as f:
        mutants = tomllib.load(f)["mutant"]
    mutants = [m for m in mutants if not args.part or any(part in m["name"] for part in args.part)]
    if not mutants:
        parser.error("there is no such variant")
    return run_all(mutants, args.time)


if __name__ == "__main__":
    for s in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(s, interrupted)
    sys.exit(main())
