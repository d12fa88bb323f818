#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The programs in the EXAMPLES of man/*.3: each is compiled as a reader would, warnings are errors, and run against a real rrasd with
simulated users. Every page with a program has a function below that says what must come of it.

usage: examples.py SOURCE_ROOT BUILD_ROOT [-fsanitize=...]
"""
import glob
import os
import re
import subprocess
import sys

ROOT, BUILD, FLAGS = sys.argv[1], sys.argv[2], sys.argv[3:]
os.environ["OPENRRAS_BUILD"] = BUILD
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
from rras_site import Sim, Site  # noqa: E402
from scope import Scope, wait_until  # noqa: E402
from tap import Report  # noqa: E402

ESCAPES = {r"\e": "\\", r"\-": "-", r"\(dq": '"', r"\&": "", r"\(aq": "'"}


def programs():
    """Whole programs in the manual: {page: C text}."""
    found = {}
    for path in sorted(glob.glob(os.path.join(ROOT, "man", "*.3"))):
        with open(path) as f:
            examples = f.read().partition("\n.Sh EXAMPLES\n")[2].partition("\n.Sh ")[0]
        for block in re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed$", examples, re.M | re.S):
            text = re.sub(r"\\(?:e|-|&|\(dq|\(aq)", lambda m: ESCAPES[m.group()], block)
            if re.search(r"^int main\(", text, re.M):
                found.setdefault(os.path.basename(path), []).append(text)
    return found


class World:
    """A site with a simulated daemon, and a compiled program."""

    def __init__(self, scope, text, *sim_options, name="mprapi"):
        self.scope = scope
        self.site = Site(scope).start()
        self.sim = Sim(self.site, "sim", *sim_options)
        self.sim.welcome()
        source, self.program = scope.write("example.c", text), scope.path("example")
        # Whatever library it is for, that stands on libmprapi.
        folders = [os.path.join(BUILD, "lib" + n) for n in dict.fromkeys((name, "mprapi"))]
        done = subprocess.run(["cc", "-std=c11", "-D_POSIX_C_SOURCE=200809L", "-O2", "-Wall", "-Wextra", "-Wpedantic", "-Werror", *FLAGS,
                               f"-I{os.path.join(ROOT, 'include')}", source, "-o", self.program,
                               *(f"{flag}{folder}" for folder in folders for flag in ("-L", "-Wl,-rpath,")), f"-l{name}", "-pthread"],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"the program does not compile:\n{done.stdout}")

    def start(self, *args):
        return self.scope.start(self.program, *args, log="example", env={"OPENRRAS_SOCKET": self.site.socket})


def page_mprapi(scope, text):
    """Disconnects one of the users."""
    world = World(scope, text, "--users", "3")
    wait_until("three users", lambda: len([p for p in world.site.ports().values() if p["user"]]) == 3)
    example = world.start()
    assert example.wait_end() == 0, example.log()
    wait_until("one of them is gone", lambda: len(world.sim.users()) == 2)


def page_MprAdminRegisterConnectionNotification(scope, text):
    """Says the number of connections after each signal, also after a restart of the server."""
    world = World(scope, text)
    example = world.start("4")
    example.wait_log(r"\A0 connections$")
    for n, words in enumerate((("connect", "alice"), ("connect", "bob"), ("drop", "alice"))):
        before = len(example.log())
        world.sim.say(*words)
        example.wait_log(rf"^{(1, 2, 1)[n]} connections$", after=before)
    assert example.alive()
    world.site.kill()
    world.site.start()
    assert example.wait_end() == 0, example.log()
    assert len(example.log().splitlines()) == 5, example.log()


def page_librassapi(scope, text):
    """Disconnects one user from all of his ports, and nobody else."""
    world = World(scope, text, name="rassapi")
    for user in ("alice", "bob", "alice"):
        world.sim.say("connect", user)
    wait_until("three sessions", lambda: len([p for p in world.site.ports().values() if p["user"]]) == 3)
    example = world.start("alice")
    assert example.wait_end() == 0, example.log()
    wait_until("alice is gone", lambda: [p["user"] for p in world.site.ports().values() if p["user"]] == ["bob"])
    world.sim.say("behave", "refuse", '"not today"')
    example = world.start("bob")
    assert example.wait_end() == 1 and "can't disconnect bob: error 31" in example.log(), example.log()
    world.site.kill()
    example = world.start("bob")
    assert example.wait_end() == 1 and "can't list ports: error 1722" in example.log(), example.log()


def run_page(report, page, texts):
    scenario = globals().get("page_" + page.removesuffix(".3").replace("-", "_"))
    if not report.check(f"{page}: there is a test of its program", scenario and len(texts) == 1, f"{len(texts)} programs"):
        return
    with Scope() as scope:
        scenario(scope, texts[0])
    report.check(f"{page}: its program does what the page says", True)


def main():
    report = Report()
    found = programs()
    report.check("the manual has programs", len(found) >= 2, str(list(found)))
    for page, texts in found.items():
        report.run(f"{page}: its program", run_page, page, texts)
    report.finish()


if __name__ == "__main__":
    main()
