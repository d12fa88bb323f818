#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""NTLM over TCP where winbind knows the passwords: Samba's winbindd, real, with users of its own, in a network namespace and with its
sockets where nobody else has them."""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from accounts import OPERATORS, USERS, VIEWERS
from programs import TOP, program
from rras_site import Sim, Site
from scope import Scope, end_group, may_make_networks, wait_until
from smbd import PASSWORD, Smbd
from tap import Report

STRANGER = os.path.join(TOP, "tests/lib/stranger.py")
HERE = socket.gethostname().split(".")[0][:15].upper()  # this machine, as NTLM names it
PORT = 4170


class World:
    def __init__(self, scope):
        self.scope, self.netns = scope, scope.netns(f"rrasw{os.getpid()}")
        self.samba = Smbd(scope, self.netns, f"netbios name = {HERE}")
        self.run = os.path.join(self.samba.dir, "run")
        os.mkdir(self.run)
        self.site = Site(scope)
        self.site.sections = (f"[listen]\ntcp = 127.0.0.1:{PORT}\nkeytab = /no/such/keytab\nntlm = yes\nntlm_program = {program('rras-ntlm')}\n"
                              f"[roles]\noperators = {OPERATORS}\nviewers = {VIEWERS}\n")
        self.site.write_config()

    def start(self, *argv, log):
        """A program that sees the users of this world, and winbind's sockets."""
        command = f"mount --bind {self.run} /run/samba && exec " + " ".join(argv)
        return self.scope.start(*self.samba.accounts.argv(command), log=log)

    def start_winbindd(self):
        self.winbindd = self.start(shutil.which("winbindd", path="/usr/sbin:/sbin"), "--foreground", "--no-process-group",
                                   f"--configfile={self.samba.config}", log="winbindd")
        self.scope.callback(end_group, self.winbindd.child)  # and those that it has made
        wait_until("winbindd to take connections", self.winbind_answers)

    def winbind_answers(self):
        if not self.winbindd.alive():
            raise RuntimeError(f"winbindd has ended: {self.winbindd.log()}{self.samba.log()}")
        return os.path.exists(os.path.join(self.run, "winbindd/pipe"))

    def start_rrasd(self):
        self.site.rrasd = self.start(program("rrasd"), "--config", self.site.config, log="rrasd")
        self.site.rrasd.wait_log(r"is ready")
        self.sim = Sim(self.site, "l2tp", "--ports", "4", "--tick", "0")
        self.sim.welcome()

    def ask(self, user, *words, kind="impacket", password=PASSWORD, domain=HERE):
        done = subprocess.run(["ip", "netns", "exec", self.netns, "/usr/bin/python3", STRANGER, "--tcp", str(PORT), "--domain", domain, "--protect",
                               "seal", kind, "127.0.0.1", user, password, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=120)
        return [json.loads(line) for line in done.stdout.splitlines()] + ([{"error": done.stderr}] if done.returncode else [])

    def last_login(self):
        line = self.site.audit("login")[-1]
        return {**line, **line["who"]}


def users(r, w):
    w.sim.say("connect", "bert")
    handle = str(w.site.wait_port_of("bert")["handle"])
    said = w.ask("ras2", "list", "disconnect", handle)
    r.check("a viewer whom winbind knows lists, and may not disconnect", isinstance(said[0], list) and said[1:] == [5], str(said))
    said = w.ask("RAS1", "list", "disconnect", handle, kind="samba", domain=HERE.lower())
    r.check("an operator disconnects, whatever the case of his name and his domain", isinstance(said[0], list) and said[1:] == [0], str(said))
    expected = {"name": f"{HERE}\\RAS1", "uid": USERS["ras1"], "role": "operator", "mechanism": "ntlm", "result": 0}
    r.check("  the audit log says who that is here", expected.items() <= w.last_login().items(), str(w.last_login()))
    said = w.ask("ras3", "list")
    r.check("a user without a role may do nothing", said == [5] and "has no role" in w.last_login()["reason"], str(said))
    said = w.ask("ras2", "list", password="wrong")
    r.check("a wrong password is refused", "error" in said[-1] and re.search("access.denied", str(said), re.I), str(said))
    r.check("  with its line", w.last_login()["result"] == 5 and "or his password" in w.last_login()["reason"], str(w.last_login()))


def goes_and_comes(r, w):
    w.winbindd.signal(signal.SIGTERM)
    w.winbindd.wait_end()
    said = w.ask("ras2", "list")
    r.check("without winbind nobody gets in", "error" in said[-1] and w.last_login()["result"] == 5, str(said))
    w.start_winbindd()
    said = wait_until("winbind", lambda: [s for s in [w.ask("ras2", "list")] if "error" not in s[-1]])[0]
    r.check("  and with it again it works, without a restart of rrasd", isinstance(said[0], list), str(said))


def main():
    r = Report()
    why = may_make_networks() or (None if shutil.which("winbindd", path="/usr/sbin:/sbin") else "winbindd is missing")
    if why:
        r.skip("NTLM by winbind", why)
        return r.finish()
    with Scope() as scope:
        w = World(scope)
        w.start_winbindd()
        w.start_rrasd()
        r.run("users", users, w)
        r.run("winbind goes and comes", goes_and_comes, w)
        r.check("rrasd stops cleanly", w.site.stop() == 0, w.site.rrasd.log()[-2000:])
    return r.finish()


if __name__ == "__main__":
    sys.exit(main())
