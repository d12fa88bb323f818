#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Show that the tests bite: build variants with one guard taken out, and see a named test fail.

usage: tests/mutants/run.py [NAME-PART...]

mutants.toml lists the variants. Each replaces one piece of text, which must stand exactly once in its file, in a copy of the tree;
then the named test must fail, and it must be the named test. Before that the test must pass without the change.
"""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import tomllib

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CMOCKA_FAILED = re.compile(r"^\[  FAILED  \] (?:[^:\n]*: )?(\w+)$", re.M)
TAP_FAILED = re.compile(r"^not ok(?: \d+)? - (.*)$", re.M)


class Tree:
    """A copy of the sources with a sanitizer build."""

    def __init__(self, where):
        self.src, self.build, self.root = (os.path.join(where, d) for d in ("src", "build", "root"))
        files = subprocess.run(["git", "-C", TOP, "ls-files", "-z"], check=True, stdout=subprocess.PIPE).stdout.split(b"\0")
        for name in filter(None, files):
            name = name.decode()
            target = os.path.join(self.src, name)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy2(os.path.join(TOP, name), target, follow_symlinks=False)
        self.run("meson", "setup", self.build, self.src, "-Db_sanitize=address,undefined", check=True)

    def run(self, *argv, check=False, env=None):
        done = subprocess.run(argv, cwd=os.path.dirname(self.src), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                              stderr=subprocess.STDOUT, errors="replace", env=dict(os.environ, **(env or {})), timeout=600)
        if check and done.returncode != 0:
            sys.exit(f"mutants: {' '.join(argv)} failed:\n{done.stdout[-3000:]}")
        return done.returncode, done.stdout

    def compile(self):
        status, out = self.run("ninja", "-C", self.build)
        return None if status == 0 else out

    def test(self, test):
        """Run a test program; the names of the tests in it that failed, None when all passed."""
        if test.endswith(".py"):
            self.run("meson", "install", "-C", self.build, "--no-rebuild", "--destdir", self.root, check=True)
            status, out = self.run(sys.executable, os.path.join(self.src, test),
                                   env={"OPENRRAS_ROOT": self.root, "OPENRRAS_BUILD": self.build})
            failed = TAP_FAILED.findall(out)
        else:
            program = next((os.path.join(d, test) for d, _, files in os.walk(os.path.join(self.build, "tests")) if test in files), None)
            if not program:
                sys.exit(f"mutants: there is no test program {test}")
            status, out = self.run(program)
            failed = CMOCKA_FAILED.findall(out)
        return None if status == 0 else (failed, out)


def try_mutant(tree, m, passed):
    """None when the mutant was caught by its test, else why not."""
    if m["test"] not in passed:
        if tree.test(m["test"]) is not None:
            return f"{m['test']} fails without any change"
        passed.add(m["test"])
    path = os.path.join(tree.src, m["file"])
    with open(path) as f:
        original = f.read()
    if original.count(m["find"]) != 1:
        return f"the text to replace stands {original.count(m['find'])} times in {m['file']}"
    try:
        with open(path, "w") as f:
            f.write(original.replace(m["find"], m["replace"]))
        errors = tree.compile()
        if errors:
            return "does not compile:\n" + errors[-2000:]
        result = tree.test(m["test"])
        if result is None:
            return f"{m['test']} does not notice"
        failed, out = result
        crashed = "AddressSanitizer" in out or "runtime error" in out or "LeakSanitizer" in out
        if m["fails"] not in failed and not (crashed and m["fails"] in out):
            return f"{m['test']} fails, but not in {m['fails']}: {failed or out[-1000:]}"
        return None
    finally:
        with open(path, "w") as f:
            f.write(original)


def main():
    with open(os.path.join(TOP, "tests/mutants/mutants.toml"), "rb") as f:
        mutants = tomllib.load(f)["mutant"]
    wanted = [m for m in mutants if not sys.argv[1:] or any(part in m["name"] for part in sys.argv[1:])]
    good = bad = 0
    with tempfile.TemporaryDirectory(prefix="rras-mutants-") as where:
        tree = Tree(where)
        errors = tree.compile()
        if errors:
            sys.exit("mutants: the tree does not compile:\n" + errors[-3000:])
        passed = set()
        for m in wanted:
            why = try_mutant(tree, m, passed)
            good, bad = (good + 1, bad) if why is None else (good, bad + 1)
            print(f"{'ok' if why is None else 'not ok'} - {m['name']}: {m['fails'] if why is None else why}", flush=True)
            tree.compile()
    print(f"{good} passed, {bad} failed, 0 skipped")
    return 1 if bad or not wanted else 0


if __name__ == "__main__":
    for s in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(s, lambda *_: sys.exit(1))
    sys.exit(main())
