#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Build OpenRRAS in every way that matters and run every test.

usage: ./check [--only STAGE[,STAGE...]] [--list] [--mutants] [--keep] [--jobs N]

Stages run in order; each has a log under build-check/logs. The programs of the stage `system` run side by side, as many as there are
cores; what each has written stands in the log all the same, one after the other. The last line is `N passed, N failed, N skipped`;
the exit status is 1 when anything failed, or when a test was skipped though root and /dev/net/tun are there.
"""
import argparse
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import children

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OUT = os.path.join(TOP, "build-check")
LOGS = os.path.join(OUT, "logs")
STAGE_LIMIT = 1800  # seconds; a stage that takes longer hangs

CMOCKA_PASSED = re.compile(r"^\[  PASSED  \] (\d+) test\(s\)\.", re.M)
CMOCKA_FAILED = re.compile(r"^\[  FAILED  \] .*?: (\d+) test\(s\), listed below:", re.M)
CMOCKA_SKIPPED = re.compile(r"^\[  SKIPPED \] .*?: (\d+) test\(s\), listed below:", re.M)
SUMMARY = re.compile(r"^(?:\w+: )?(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", re.M)

# The programs of the stage `system` that take longest, the longest first: they begin first, so that none is left over alone.
LONGEST = ["pppd", "drivers_doc", "openvpn_end_to_end", "ocserv", "strongswan", "openvpn_driver", "openvpn_logon"]


class Count:
    def __init__(self, passed=0, failed=0, skipped=0):
        self.passed, self.failed, self.skipped = passed, failed, skipped

    def __iadd__(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        return self

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


class Stage:
    """What a stage writes to its log, and what it has counted."""

    def __init__(self, name, jobs, env=None):
        self.name, self.jobs, self.count, self.notes = name, jobs, Count(), []
        self.log = open(os.path.join(LOGS, name + ".log"), "w")
        self.env = dict(os.environ, **(env or {}))

    def run(self, *argv, env=None, cwd=TOP, limit=STAGE_LIMIT):
        """Run a command to its end; its exit status. Its output goes to the log and is returned as well."""
        self.log.write("$ " + " ".join(argv) + "\n")
        self.log.flush()
        child = children.start(argv, subprocess.PIPE, cwd=cwd, env=dict(self.env, **(env or {})), text=True, errors="replace")
        try:
            out, _ = child.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            children.end([child])
            out, _ = child.communicate()
            out += f"\ncheck: ended after {limit} s\n"
        finally:
            children.running.discard(child)
        self.log.write(out)
        self.log.flush()
        return child.returncode, out

    def step(self, what, *argv, **kwargs):
        """A command that must succeed: one test."""
        status, out = self.run(*argv, **kwargs)
        self.verdict(what, status == 0)
        return status == 0, out

    def verdict(self, what, ok):
        if ok:
            self.count.passed += 1
        else:
            self.count.failed += 1
            self.notes.append(f"failed: {what}")


def configure(stage, name, *options, env=None):
    where = os.path.join(OUT, name)
    if os.path.exists(os.path.join(where, "build.ninja")):
        return where
    ok, _ = stage.step(f"configure {name}", "meson", "setup", where, TOP, "-Dwerror=true", *options, env=env)
    return where if ok else None


def build(stage, name, *options, env=None, suites=()):
    """Configure and compile, all or what the tests of some suites need; the folder, or None when that failed."""
    where = configure(stage, name, *options, env=env)
    if not where:
        return None
    ok, _ = stage.step(f"compile {name} without a warning", "ninja", "-C", where, *needed_by(where, suites))
    return where if ok else None


def needed_by(where, suites):
    """The files that the tests of these suites are, run or look at, as ninja names them. No suites: none, which is all."""
    def told(what):
        return json.loads(subprocess.run(["meson", "introspect", what, where], check=True, stdout=subprocess.PIPE).stdout)
    if not suites:
        return []
    depends = {d for t in told("--tests") for d in t["depends"] if {s.split(":")[-1] for s in t["suite"]} & set(suites)}
    return sorted(os.path.relpath(f, where) for t in told("--targets") if t["id"] in depends for f in t["filename"])


def count_output(text, status):
    """How many tests a test program says it has run."""
    c = Count()
    summary = SUMMARY.findall(text)
    if summary:
        for p, f, s in summary[-1:]:
            c += Count(int(p), int(f), int(s or 0))
    else:
        c.passed = sum(map(int, CMOCKA_PASSED.findall(text)))
        c.failed = sum(map(int, CMOCKA_FAILED.findall(text)))
        c.skipped = sum(map(int, CMOCKA_SKIPPED.findall(text)))
    if c.passed + c.failed + c.skipped == 0:
        c.passed, c.failed = (1, 0) if status == 0 else (0, 1)
    elif status != 0 and c.failed == 0:
        c.failed = 1  # a crash after the last line, or a leak
    return c


def meson_test(stage, where, *args, env=None):
    """Run the unit tests of a build and count what each program says."""
    status, out = stage.run("meson", "test", "-C", where, "--no-rebuild", "--timeout-multiplier", "10", *args, env=env)
    log = os.path.join(where, "meson-logs", "testlog.json")
    if not os.path.exists(log):
        stage.verdict("meson test ran", False)
        return
    seen = Count()
    with open(log, errors="replace") as f:
        for line in f:
            t = json.loads(line)
            text = t.get("stdout", "") + "\n" + t.get("stderr", "")
            if t["result"] == "SKIP":
                c = Count(skipped=1)
            else:
                c = count_output(text, 0 if t["result"] in ("OK", "EXPECTEDFAIL") else 1)
            if c.failed:
                stage.notes.append(f"failed: {t['name']}")
                stage.log.write(f"---- {t['name']}\n{text}\n")
            if c.skipped:
                stage.notes.append(f"skipped: {t['name']}")
            seen += c
    os.remove(log)
    stage.count += seen
    if status != 0 and seen.failed == 0:
        stage.verdict("meson test", False)


# What is freed is filled, so that a library without sanitizers that goes on using it does not get away with it.
SANITIZE = {"ASAN_OPTIONS": "detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1:abort_on_error=0:"
                            "max_free_fill_size=4096:free_fill_byte=165",
            "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1", "TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1"}


def stage_unit(stage):
    """gcc, address and undefined sanitizers, every unit test"""
    where = build(stage, "asan", "-Db_sanitize=address,undefined")
    if where:
        meson_test(stage, where, env=SANITIZE)


def stage_clang(stage):
    """clang, warnings are errors"""
    build(stage, "clang", "-Dbuildtype=release", env={"CC": "clang"})


def stage_threads(stage):
    """thread sanitizer: one server handle, many threads"""
    suites = ("libmprapi", "librassapi", "common")
    where = build(stage, "tsan", "-Db_sanitize=thread", suites=suites)
    if where:
        meson_test(stage, where, *(word for s in suites for word in ("--suite", s)), env=SANITIZE)


def installed_tree(stage):
    """The sanitizer build, installed below build-check/root: what the system tests run."""
    where = build(stage, "asan", "-Db_sanitize=address,undefined")
    root = os.path.join(OUT, "root")
    if not where:
        return None
    shutil.rmtree(root, ignore_errors=True)
    ok, _ = stage.step("install into DESTDIR", "meson", "install", "-C", where, "--no-rebuild", "--destdir", root)
    return root if ok else None


def release_tree(stage):
    """The release build, installed below build-check/release-root as a package would be."""
    where = build(stage, "release", "--buildtype=release", "--prefix=/usr", "--sysconfdir=/etc", "--localstatedir=/var")
    if not where:
        return None
    root = os.path.join(OUT, "release-root")
    shutil.rmtree(root, ignore_errors=True)
    ok, _ = stage.step("install with DESTDIR", "meson", "install", "-C", where, "--no-rebuild", "--destdir", root)
    return root if ok else None


def stage_install(stage):
    """release build, installed; every file that a package needs; hardening of the units"""
    root = release_tree(stage)
    if root:
        run_programs(stage, sorted(glob.glob(os.path.join(TOP, "tests/packaging/*.py"))), {"OPENRRAS_ROOT": root})


def run_programs(stage, programs, env, jobs=1):
    """Test programs that end with a summary line, `jobs` of them side by side. Their output is in the log in the order of `programs`."""
    def made(program):
        name = os.path.relpath(program, TOP)
        return children.Program(name, [sys.executable, program], os.path.join(LOGS, f"{stage.name}-{os.path.basename(name)}.log"),
                                cwd=TOP, env=dict(stage.env, **env, **SANITIZE))
    left = [made(p) for p in programs]
    rank = {f"tests/system/{name}.py": i for i, name in enumerate(LONGEST)}
    for _ in children.side_by_side(sorted(left, key=lambda p: rank.get(p.name, len(rank))), jobs, STAGE_LIMIT):
        while left and left[0].status is not None:
            count_program(stage, left.pop(0))


def count_program(stage, program):
    """Add what a program that has ended says to the stage's log and count. Until then its output is in a log of its own."""
    out = program.output()
    os.remove(program.path)
    c = count_output(out, program.status)
    stage.count += c
    stage.log.write(f"$ {' '.join(program.argv)}\n{out}---- {program.name}: {c}, {program.took:.0f} s\n")
    stage.log.flush()
    for line in out.splitlines():
        if line.startswith("not ok"):
            stage.notes.append(f"failed: {program.name}: {line}")
        elif "# SKIP" in line:
            stage.notes.append(f"skipped: {program.name}: {line}")
    if c.failed and not any(program.name in n for n in stage.notes):
        stage.notes.append(f"failed: {program.name}")


def stage_system(stage):
    """real processes: rrasd, drivers, rasadmin and daemons in network namespaces, as many programs at once as there are cores"""
    root, plain = installed_tree(stage), os.path.join(OUT, "release-root")
    if not os.path.isdir(plain):
        plain = release_tree(stage)
    if root and plain:
        programs = sorted(p for p in glob.glob(os.path.join(TOP, "tests/system/*.py")) if not os.path.basename(p).startswith("_"))
        facts = os.path.join(OUT, "driver-facts")  # what the programs find out about drivers, for the tables in the documentation
        if os.path.exists(facts):
            os.remove(facts)
        env = {"OPENRRAS_ROOT": root, "OPENRRAS_BUILD": os.path.join(OUT, "asan"), "OPENRRAS_FACTS": facts,
               "OPENRRAS_PLAIN_ROOT": plain}  # for a guest in which sanitizers can't be
        run_programs(stage, programs, env, stage.jobs)
        run_programs(stage, [os.path.join(TOP, "tests/drivers/table.py")], env)


def stage_fuzz(stage):
    """each fuzzer for a bounded time from its kept corpus"""
    status, out = stage.run(os.path.join(TOP, "fuzz/run"), "--bounded", env={"OPENRRAS_FUZZ_BUILD": os.path.join(OUT, "fuzz")})
    stage.count += count_output(out, status)
    if status != 0:
        stage.notes.append("failed: fuzz/run --bounded")


def stage_demo(stage):
    """the tours, from beginning to end, and what they leave: nothing"""
    run_programs(stage, sorted(glob.glob(os.path.join(TOP, "tests/demo/*.py"))), {})


def stage_mutants(stage):
    """variants with one guard taken out: each must make its named test fail"""
    run_programs(stage, [os.path.join(TOP, "tests/mutants/run.py")], {})


STAGES = {"unit": stage_unit, "clang": stage_clang, "threads": stage_threads, "install": stage_install,
          "system": stage_system, "fuzz": stage_fuzz, "demo": stage_demo}


def run_stage(name, function, jobs):
    started = time.monotonic()
    stage = Stage(name, jobs)
    try:
        function(stage)
    except Exception as e:  # a broken check is a failed check
        stage.verdict(f"{type(e).__name__}: {e}", False)
    took = time.monotonic() - started
    print(f"{name:<10} {str(stage.count):<45} {took:6.0f} s", flush=True)
    for note in stage.notes:
        print(f"           {note}", flush=True)
    if stage.count.failed:
        print(f"           log: {os.path.relpath(stage.log.name, TOP)}", flush=True)
    stage.log.close()
    return stage.count


def main():
    parser = argparse.ArgumentParser(prog="./check", description=__doc__.split("\n")[0])
    parser.add_argument("--only", help="only these stages, comma separated")
    parser.add_argument("--list", action="store_true", help="list the stages")
    parser.add_argument("--mutants", action="store_true", help="show that the tests bite: variants with one guard taken out")
    parser.add_argument("--keep", action="store_true", help="go on with the build of an earlier run")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)), metavar="N",
                        help="run N programs of the stage system side by side (%(default)s, as many as there are cores)")
    args = parser.parse_args()
    if args.jobs < 1:
        parser.error("--jobs must be at least 1")
    stages = {"mutants": stage_mutants} if args.mutants else dict(STAGES)
    if args.only:
        unknown = [n for n in args.only.split(",") if n not in stages]
        if unknown:
            parser.error(f"no stage {unknown[0]!r}; there are: {', '.join(stages)}")
        stages = {n: stages[n] for n in args.only.split(",")}
    if args.list:
        for name, function in stages.items():
            print(f"{name:<10} {function.__doc__}")
        return 0
    if not args.keep:
        shutil.rmtree(OUT, ignore_errors=True)
    os.makedirs(LOGS, exist_ok=True)
    full = os.geteuid() == 0 and os.path.exists("/dev/net/tun")
    if not full:
        print("Not root, or no /dev/net/tun: tests that need network namespaces and real daemons are skipped.", flush=True)
    total = Count()
    for name, function in stages.items():
        total += run_stage(name, function, args.jobs)
    bad = total.failed > 0 or (full and total.skipped > 0)
    if full and total.skipped:
        print("A test was skipped though this machine has all that it needs: that counts as a failure.")
    print(total, flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    children.end_when_interrupted()
    sys.exit(main())
