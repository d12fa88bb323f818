#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The programs in the EXAMPLES of man/*.3: each is compiled as a reader would, warnings are errors, and run against a real rrasd with
simulated users. Every page of section 3 has one, and a function below that says what must come of it.

usage: examples.py SOURCE_ROOT BUILD_ROOT [-fsanitize=...]
"""
import glob
import os
import re
import sqlite3
import subprocess
import sys

ROOT, BUILD, FLAGS = sys.argv[1], sys.argv[2], sys.argv[3:]
os.environ["OPENRRAS_BUILD"] = BUILD
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
from programs import program  # noqa: E402
from rras_site import Sim, Site  # noqa: E402
from scope import Scope, wait_until  # noqa: E402
from tap import Report  # noqa: E402

ESCAPES = {r"\e": "\\", r"\-": "-", r"\(dq": '"', r"\&": "", r"\(aq": "'"}


def programs():
    """Whole programs in the manual: {page: [C text]}."""
    found = {}
    for path in sorted(glob.glob(os.path.join(ROOT, "man", "*.3"))):
        found[os.path.basename(path)] = []
        with open(path) as f:
            examples = f.read().partition("\n.Sh EXAMPLES\n")[2].partition("\n.Sh ")[0]
        for block in re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed$", examples, re.M | re.S):
            text = re.sub(r"\\(?:e|-|&|\(dq|\(aq)", lambda m: ESCAPES[m.group()], block)
            if re.search(r"^int main\(", text, re.M):
                found[os.path.basename(path)].append(text)
    return found


class World:
    """A site with a simulated daemon, and a compiled program."""

    def __init__(self, scope, text, *sim_options, name="mprapi", libraries=()):
        self.scope = scope
        self.site = Site(scope).start()
        self.sim = Sim(self.site, "sim", *sim_options)
        self.sim.welcome()
        source, self.program = scope.write("example.c", text), scope.path("example")
        # Whatever library it is for, that stands on libmprapi.
        folders = [os.path.join(BUILD, "lib" + n) for n in dict.fromkeys((name, "mprapi"))]
        done = subprocess.run(["cc", "-std=c11", "-D_POSIX_C_SOURCE=200809L", "-O2", "-Wall", "-Wextra", "-Wpedantic", "-Werror", *FLAGS,
                               f"-I{os.path.join(ROOT, 'include')}", source, "-o", self.program,
                               *(f"{flag}{folder}" for folder in folders for flag in ("-L", "-Wl,-rpath,")),
                               *(f"-l{n}" for n in (name, *libraries)), "-pthread"],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"the program does not compile:\n{done.stdout}")

    def start(self, *args, **env):
        return self.scope.start(self.program, *args, log="example", env={"OPENRRAS_SOCKET": self.site.socket, **env})

    def run(self, *args, status=0, **env):
        """To its end, which must be this one; its lines."""
        example = self.start(*args, **env)
        assert example.wait_end() == status, f"{args} ended with {example.child.returncode}: {example.log()}"
        return example.log().splitlines()

    def come(self, *users):
        for user in users:
            self.sim.say("connect", user)
        wait_until(f"{users} on ports", lambda: len(self.connected()) >= len(users))

    def connected(self):
        return sorted(p["user"] for p in self.site.ports().values() if p["user"])

    def wait_connected(self, *users):
        wait_until(f"only {users} on ports", lambda: self.connected() == sorted(users))

    def gone(self):
        """Without a server each of them says so."""
        self.site.kill()
        return self.run(status=1)


UNAVAILABLE = "error 1722"


def page_MprAdminBufferFree(scope, text):
    """Says what codes mean."""
    world = World(scope, text)
    lines = world.run("5", "903")
    assert [line.partition(": ")[0] for line in lines] == ["5", "903"] and all(len(line) > 10 for line in lines), lines
    assert world.run("4000000000", status=1) == ["no text for 4000000000: error 317"]


def page_MprAdminConnectionEnum(scope, text):
    """Disconnects one user, with every link, and nobody else."""
    world = World(scope, text)
    for _ in range(2):
        world.sim.say("connect", "alice", "bundle=a")
    world.come("alice", "bob")
    world.wait_connected("alice", "alice", "alice", "bob")
    assert world.run("alice") == []
    world.wait_connected("bob")
    assert world.run("nobody") == []
    world.sim.say("behave", "refuse", '"not today"')
    assert world.run("bob", status=1) == ["error 31"]


def page_MprAdminConnectionEnumEx(scope, text):
    """Says who is there, harmlessly."""
    world = World(scope, text)
    world.come("alice", '"b\\x1b[2J"')
    lines = world.run()
    assert len(lines) == 2 and lines[0].startswith("PPP from ") and lines[0].endswith(": alice"), lines
    assert "\x1b" not in lines[1], lines
    assert world.gone() == [UNAVAILABLE]


def page_MprAdminDeviceEnum(scope, text):
    world = World(scope, text)
    lines = world.run()
    assert len(lines) == 1 and ": " in lines[0], lines
    assert world.gone() == [UNAVAILABLE]


def page_MprAdminGetPDCServer(scope, text):
    assert World(scope, text).run() == ["\\\\GATE"]


def disconnects_a_port(world, expected_after, **env):
    """Of its argument, whose session is gone then; a handle of before is refused."""
    world.come("alice", "bob")
    port = str(world.site.wait_port_of("alice")["handle"])
    assert world.run(port, **env) == []
    world.wait_connected("bob")
    assert world.run(port, status=1, **env) == [expected_after]


def page_MprAdminPortDisconnect(scope, text):
    """Returns when the session is gone."""
    world = World(scope, text, "--ports", "4")
    disconnects_a_port(world, "error 606")
    world.sim.say("behave", "refuse", '"not today"')
    assert world.run(str(world.site.wait_port_of("bob")["handle"]), status=1) == ["error 31"]


def page_MprAdminPortEnum(scope, text):
    """Lists all, in more than one page."""
    world = World(scope, text, "--ports", "400", "--users", "3")
    wait_until("three users", lambda: len(world.connected()) == 3)
    lines = world.run()
    assert len(lines) == 400 and len([line for line in lines if ": connected for " in line]) == 3, lines[:9]
    assert world.gone() == [UNAVAILABLE]


def page_MprAdminServerConnect(scope, text):
    world = World(scope, text, "--ports", "7")
    world.come("alice")
    assert world.run() == ["1 of 7 ports in use"]
    assert world.gone() == ["rrasd does not run here", UNAVAILABLE]


def page_MprAdminServerGetInfoEx(scope, text):
    world = World(scope, text)
    assert world.run() == ["ports: 0 IKEv2, 0 PPTP, 0 L2TP, 0 SSTP"]
    Sim(world.site, "ikev2", "--ports", "5").welcome()
    wait_until("five ports", lambda: len(world.site.ports()) == 5)
    assert world.run() == ["ports: 5 IKEv2, 0 PPTP, 0 L2TP, 0 SSTP"]
    assert world.gone() == [UNAVAILABLE]


def page_OpenRrasDisconnect(scope, text):
    """Everybody of that driver."""
    world = World(scope, text)
    world.come("alice", "bob", "carol")
    assert world.run("sim:other")[-1] == "0 gone, 0 still there"
    assert world.run("sim:main")[-1] == "3 gone, 0 still there"
    world.wait_connected()
    assert world.gone() == [UNAVAILABLE]


def page_OpenRrasEventWait(scope, text):
    """Prints so many events as they come, or until the server goes away."""
    world = World(scope, text)
    watcher, endless = world.start("2"), world.start()
    for example in (watcher, endless):
        example.wait_log(r"^watching$")
    world.come("alice")
    for example in (watcher, endless):
        example.wait_log(r"^\d+: type 1, user alice$")
    assert watcher.wait_end() == 0, watcher.log()
    world.sim.say("drop", "alice")
    endless.wait_log(r"^\d+: type 3, user alice$")
    world.site.kill()
    assert endless.wait_end() == 1 and endless.log().splitlines()[-1] == UNAVAILABLE, endless.log()


def page_OpenRrasKeepOutAdd(scope, text):
    """Who is kept out is turned away."""
    world = World(scope, text)
    assert world.run("alice", "stolen laptop") == ["keep-out 1, for an hour"]
    world.sim.process.wait_log(r"^keep-out \d+ alice$")
    try:
        world.sim.say("connect", "alice")
    except RuntimeError as e:
        assert "the user is kept out" in str(e), e
    else:
        raise AssertionError("alice was let in")
    assert world.run("", "no name", status=1) == ["error 87"]


def page_OpenRrasServerConnectFd(scope, text):
    """Asks over what stands for ssh, and says why when that fails."""
    world = World(scope, text)
    world.come("alice")
    path = {"PATH": scope.dir + os.pathsep + os.environ["PATH"]}
    command = f'#!/bin/sh\n[ "$*" = "gate rasadmin --stdio" ] || exit 255\nexec {program("rasadmin")} -s "{world.site.binding}" --stdio\n'
    scope.write("ssh", command, mode=0o755)
    lines = world.run("gate", **path)
    assert len(lines) == 1 and re.fullmatch(r"OpenRRAS \S+, 1 connections", lines[0]), lines
    lines = world.run("other", status=1, **path)
    assert lines and "error" not in lines[-1], lines


def page_OpenRrasSessionEnum(scope, text):
    world = World(scope, text)
    world.come("alice", "bob")
    world.sim.say("tick", "0")
    world.sim.say("bytes", "alice", "300", "5000000000")
    wait_until("counters", lambda: any(line.startswith("alice: 5000000000 bytes out, 300 in") for line in world.run("sim:main")))
    assert [line.partition(":")[0] for line in world.run("sim")] == ["alice", "bob"]
    assert world.run("sim:other") == []
    assert world.gone() == [UNAVAILABLE]


def page_OpenRrasUserGet(scope, text):
    """Lets a user dial in, and says who may."""
    world = World(scope, text)
    assert world.run("bob") == ["bob"]
    assert world.run("CORP\\ann") == ["CORP\\ann", "bob"]
    assert world.run("bad\nname", status=1) == ["error 87"]
    world.site.kill()
    assert world.run("bob", status=1) == [UNAVAILABLE]


def page_MprAdminSendUserMessage(scope, text):
    """Tells everybody who can be told."""
    world = World(scope, text)
    world.come("alice", "bob")
    lines = world.run()
    assert len(lines) == 2 and all(line.endswith(": 0") for line in lines), lines
    assert world.sim.process.log().count("The server goes down in five minutes.") == 2, world.sim.process.log()
    other = Sim(world.site, "other", "--no-messages")
    other.welcome()
    other.say("connect", "carol")
    wait_until("three users", lambda: len(world.connected()) == 3)
    assert len(world.run()) == 2
    world.sim.say("behave", "refuse", '"no screen"', "once")
    assert sorted(line.partition(": ")[2] for line in world.run()) == ["0", "31"]
    assert world.gone() == [UNAVAILABLE]


def page_MprAdminServerGetCredentials(scope, text):
    """Sets a key, and says how long it is."""
    world = World(scope, text)
    assert world.run() == ["the key has 0 bytes"]
    assert world.run("correct horse") == ["the key has 13 bytes"]
    assert world.run() == ["the key has 13 bytes"]
    assert world.run("x" * 257, status=1) == ["error 87"]
    with open(world.site.path("l2tp-key"), "rb") as f:
        assert f.read() == b"correct horse"
    assert world.gone() == [UNAVAILABLE]


def page_OpenRrasQuarantineSet(scope, text):
    """Puts all connections of a user into quarantine."""
    world = World(scope, text)
    for words in (("alice", "bundle=a"), ("alice", "bundle=a"), ("alice",), ("bob",)):
        world.sim.say("connect", *words)
    wait_until("four sessions", lambda: len(world.connected()) == 4)
    assert world.run("alice") == []
    assert world.sim.process.log().count(" alice on\n") == 3 and " bob on" not in world.sim.process.log(), world.sim.process.log()
    assert world.run("alice") == [] and world.run("nobody") == []
    world.sim.say("behave", "refuse", '"no filter"')
    assert world.run("bob", status=1) == ["error 31"]
    world.site.kill()
    assert world.run("bob", status=1) == [UNAVAILABLE]


def page_OpenRrasLimitEnum(scope, text):
    """Limits a type, and lists all limits."""
    world = World(scope, text)
    world.come("alice", "bob")
    assert world.run() == []
    assert world.run("sim", "1") == ["sim: 2 of 1"]
    assert sorted(world.run("L2TP", "7")) == ["l2tp: 0 of 7", "sim: 2 of 1"]
    assert world.run("sim", "0") == ["l2tp: 0 of 7"]
    assert world.run("sim", "0", status=1) == ["error 1168"]
    assert world.run("sim", "2000000", status=1) == ["error 87"]
    assert world.gone() == [UNAVAILABLE]


def page_MprAdminUserGetInfo(scope, text):
    """Takes the right to dial in from a user, and makes nobody."""
    world = World(scope, text)
    assert world.run("bob", status=1) == ["error 1317"]
    with sqlite3.connect(world.site.path("rrasd.db"), timeout=20) as store:
        store.execute("INSERT INTO user VALUES ('bob', 1, 1, 2, '+49 30 1')")
        store.commit()
        assert world.run("bob") == []
        assert store.execute("SELECT * FROM user").fetchall() == [("bob", 0, 0, 2, "+49 30 1")]
    store.close()
    world.site.kill()
    assert world.run("bob", status=1) == [UNAVAILABLE]


def page_libmprapi_nt4(scope, text):
    """Finds the function by the name that it has there."""
    world = World(scope, text, "--ports", "4", libraries=["dl"])
    disconnects_a_port(world, "error 606", LD_LIBRARY_PATH=os.path.join(BUILD, "libmprapi"))


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
    for page, texts in found.items():
        report.run(f"{page}: its program", run_page, page, texts)
    report.finish()


if __name__ == "__main__":
    main()
