#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
r"""\PIPE\ROUTER by a real smbd: clients that were written by others list, look and disconnect as who they are; anonymous ones are
refused; smbd may be started before or after rrasd, and go."""
import json
import os
import stat
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from rras_site import Sim, Site
from scope import Scope, may_make_networks, wait_until
from smbd import FRAGMENT, OPERATORS, PASSWORD, USERS, VIEWERS, Smbd
from tap import Report

CLIENT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib", "pipe_client.py")
LISTENING = 3


class Remote:
    def __init__(self, scope):
        self.netns = scope.netns(f"rrasp{os.getpid()}")
        self.smbd = Smbd(scope, self.netns)
        self.site = Site(scope)
        self.site.sections = (f"[listen]\npipe_socket = {self.smbd.pipe}\n[roles]\noperators = {OPERATORS}\nviewers = {VIEWERS}\n")

    def ask(self, kind, user, *words, password=PASSWORD):
        """What the client says, a value for each word; with all its text as the last one when it has said something else."""
        done = subprocess.run(["ip", "netns", "exec", self.netns, "/usr/bin/python3", CLIENT, kind, "127.0.0.1", user, password, *words],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)
        values = [json.loads(line) for line in done.stdout.splitlines()]
        return values + ([{"error": done.stderr}] if done.returncode else [])

    def handle_of(self, user):
        return self.site.wait_port_of(user)["handle"]


def looks_and_disconnects(r, at, sim, kind):
    victim = f"victim-{kind}"
    sim.say("connect", victim)
    handle = at.handle_of(victim)
    said = at.ask(kind, "ras1", "list", "info", "disconnect", str(handle))
    listed = isinstance(said[0], list) and [p for p in said[0] if p[0] == handle and p[1] != LISTENING]
    r.check(f"{kind}: a member of the operators' group lists the ports", listed, str(said))
    r.check(f"{kind}: and reads the server's information", len(said) > 1 and isinstance(said[1], list) and said[1][1] == 0, str(said))
    r.check(f"{kind}: and disconnects", said[2:] == [0], str(said))
    wait_until(f"{victim} to be gone", lambda: victim not in sim.users())
    who = [line["who"] for line in at.site.audit("order") if line["user"] == victim]
    expected = {"from": "pipe", "name": "RASBOX\\ras1", "uid": USERS["ras1"], "gid": USERS["ras1"], "address": "127.0.0.1", "role": "operator"}
    r.check(f"{kind}: the audit log says who, and from where", who == [expected], str(who))


def roles(r, at, sim):
    handle = at.handle_of("stays")
    said = at.ask("samba", "ras2", "list", "disconnect", str(handle))
    r.check("a viewer lists, and may not disconnect", isinstance(said[0], list) and said[1:] == [5], str(said))
    said = at.ask("samba", "ras3", "list", "disconnect", str(handle))
    r.check("a user without a role may do neither", said == [5, 5], str(said))
    denied = [line["who"]["name"] for line in at.site.audit("denied")]
    r.check("  and the audit log has both", denied == ["RASBOX\\ras2", "RASBOX\\ras3"], str(denied))
    said = at.ask("samba", "ras1", "list", password="wrong")
    r.check("a wrong password comes to smbd only", "LOGON_FAILURE" in str(said) or "3221225581" in str(said), str(said))
    r.check("nobody was hit", "stays" in sim.users())


def anonymous(r, at, kind):
    before = len(at.site.audit("refused"))
    said = at.ask(kind, "", "list", "info", password="")
    r.check(f"{kind}: an anonymous session is refused", "ACCESS_DENIED" in str(said).upper() or "access denied" in str(said).lower(), str(said))
    lines = at.site.audit("refused")[before:]
    r.check("  with its line in the audit log", [line["reason"] for line in lines] == ["anonymous"] and lines[0]["who"]["address"] == "127.0.0.1", str(lines))


def rrasd_goes_and_comes(r, at):
    at.site.stop()
    r.check("rrasd stops, and takes its socket with it", not os.path.exists(at.smbd.pipe))
    said = at.ask("samba", "ras1", "list")
    r.check("without rrasd the pipe is not there", "OBJECT_NAME_NOT_FOUND" in str(said) or "3221225524" in str(said), str(said))
    at.site.start()
    said = at.ask("samba", "ras1", "list")
    r.check("rrasd started after smbd: the pipe is there", isinstance(said[0], list), str(said))


def smbd_goes_and_comes(r, at, sim):
    at.smbd.stop()
    at.smbd.configure(f"include = {FRAGMENT}")
    r.check("smbd is gone, and rrasd goes on", "stays" in at.site.port_of("stays")["user"])
    at.smbd.start()
    said = at.ask("samba", "ras1", "--encrypt", "list")
    r.check("smbd with the settings that we advise: an encrypted session lists", isinstance(said[0], list), str(said))
    folder = os.stat(os.path.dirname(at.smbd.pipe))
    r.check("smbd's folder is still closed to others", stat.S_IMODE(folder.st_mode) == 0o700 and folder.st_uid == 0)
    before = len(at.site.audit("refused"))
    said = at.ask("samba", "", "list", password="")
    r.check("  and an anonymous one does not even come to rrasd", "error" in str(said) and len(at.site.audit("refused")) == before, str(said))
    r.check("nobody was hit by all that", "stays" in sim.users())


def main():
    r = Report()
    why = may_make_networks()
    if why:
        r.skip("the named pipe by smbd", why)
        r.finish()
    with Scope() as scope:
        at = Remote(scope)
        at.site.start()  # makes np/, before smbd looks at it
        sim = Sim(at.site, "sim", "--ports", "4")
        sim.say("connect", "stays")
        at.smbd.start()
        for kind in ("samba", "impacket"):
            r.run(kind, looks_and_disconnects, at, sim, kind)
        r.run("roles", roles, at, sim)
        for kind in ("samba", "impacket"):
            r.run("anonymous", anonymous, at, kind)
        r.run("rrasd goes and comes", rrasd_goes_and_comes, at)
        r.run("smbd goes and comes", smbd_goes_and_comes, at, sim)
        at.site.stop()
    r.finish()


main()
