#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The administration of servers, connections and devices against rrasd itself, with a simulated daemon behind it.

usage: test_rrasd.py INQUIRE      (INQUIRE: the program made of inquire.c)
"""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from rras_site import Sim, Site  # noqa: E402
from scope import Scope  # noqa: E402
from tap import Report  # noqa: E402


def inquire(site):
    """(exit status, lines)."""
    done = subprocess.run([sys.argv[1], site.binding], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
    return done.returncode, done.stdout.splitlines()


def answers(lines, function):
    return [line.split()[1:] for line in lines if line.split()[0] == function]


def everything(r, site, users):
    status, lines = inquire(site)
    said = "\n".join(lines)
    r.check("all functions come to an end", status == 0, said)
    r.check("rrasd is ready", answers(lines, "IsServiceInitialized") == [["0", "1"]], said)
    got = answers(lines, "ServerGetInfoEx")
    r.check("a server in all five revisions", got == [["0", "8", str(len(users))]] * 5, said)
    got = answers(lines, "DeviceEnum")
    r.check("its devices", len(got) == 1 and got[0][:2] == ["0", "1"], said)
    pages = answers(lines, "ConnectionEnumEx")
    r.check("each page says how many are left", [int(page[2]) for page in pages] == [len(users) - i for i in range(len(pages))], said)
    seen = [(page[4], page[5]) for page in pages if page[1] == "1"]
    r.check("each connection comes once, with its address", sorted(seen) == sorted(users.items()), said)
    r.check("the last page says that it is", [page[0] for page in pages] == ["234"] * (len(pages) - 1) + ["0"], said)
    got = answers(lines, "ConnectionGetInfoEx")
    r.check("one connection is the same alone", got == [["0", *pages[0][3:6]]], said)
    r.check("nobody is in quarantine, by connection or by address", answers(lines, "ConnectionRemoveQuarantine") == [["1168"]] * 2, said)
    for function in ("ServerSetInfo", "ServerSetInfoEx"):
        r.check(f"{function} is done", answers(lines, function) == [["0"]], said)
    for function in ("SendUserMessage", "ServerGetCredentials", "ServerSetCredentials"):
        r.check(f"{function} is done", answers(lines, function) == [["0"]], said)
    r.check("UpdateConnection is not supported, which is an answer", answers(lines, "UpdateConnection") == [["50"]], said)
    r.check("rrasd has found no fault with any request", "fault" not in site.rrasd.log(), site.rrasd.log()[-1000:])


def nobody(r, site):
    _, lines = inquire(site)
    r.check("without rrasd: not active", answers(lines, "IsServiceInitialized") == [["1062", "0"]], "\n".join(lines))


def main():
    r = Report()
    with Scope() as scope:
        site = Site(scope).start()
        sim = Sim(site, "vpn", "--ports", "8", "--tick", "0")
        users = {}
        for user in ("ann", "bob", "cid"):
            sim.say("connect", user)
            users[user] = site.wait_port_of(user)["client_address"]
        r.run("everything", everything, site, users)
        r.check("rrasd stops cleanly", site.stop() == 0, site.rrasd.log()[-1000:])
        r.run("nobody", nobody, site)
    r.finish()


main()
