# SPDX-License-Identifier: Apache-2.0
"""Messages, quarantine and limits from the command line, with a real rrasd and a simulated daemon.

usage: cli_control.py      (OPENRRAS_BUILD: where the programs are)
"""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from rras_site import Sim, Site  # noqa: E402
from scope import Scope, wait_until  # noqa: E402
from tap import Report  # noqa: E402


def connections(site):
    return {c["user"]: c for c in json.loads(site.admin("--json", "connections")[1])["connections"]}


def messages(r, site, sim):
    before = sim.log_length()
    status, _, err = site.admin("message", "--user", "alice", "down at 6 – sorry\x1b[2J")
    r.check("a message is handed over", status == 0 and "alice" in err, err)
    seen = sim.process.log()[before:]
    r.check("escaped once on its way", "down at 6 – sorry\\\\x1b[2J" in seen and "\x1b" not in seen, seen)
    port = next(p["name"] for p in site.ports().values() if p["user"] == "bob")
    status, out, err = site.admin("--json", "message", "--port", port, "x")
    r.check("as JSON it says for whom", status == 0 and json.loads(out)["user"] == "bob", out + err)
    sim.say("behave", "refuse", '"no screen"', "for", "bob", "once")
    r.check("a refusal is one", site.admin("message", "--user", "bob", "x")[0] == 1)
    for words in (("x",), ("--user", "alice", "--port", port, "x"), ("--user", "alice"), ("--user", "alice", ""), ("--user", "alice", "a", "b"),
                  ("--user", "alice", "x" * 4096)):
        r.check(f"wrong use is told: {' '.join(words)[:40]}", site.admin("message", *words)[0] == 2)
    r.check("nobody of that name", site.admin("message", "--user", "carol", "x")[0] == 3)
    other = Sim(site, "mute", "--no-messages", "--no-quarantine")
    other.welcome()
    other.say("connect", "dora")
    wait_until("dora", lambda: "dora" in connections(site))
    for command in (("message", "--user", "dora", "x"), ("quarantine", "--user", "dora")):
        status, _, err = site.admin(*command)
        r.check(f"{command[0]}: a driver that can't is not asked", status == 1 and "the driver has no" in err, err)
    other.process.end()


def quarantine(r, site):
    status, _, err = site.admin("quarantine", "--user", "alice")
    r.check("quarantine", status == 0 and connections(site)["alice"]["quarantine"] == "quarantine", err)
    r.check("bob is not in it", connections(site)["bob"]["quarantine"] == "normal")
    r.check("again is no failure", site.admin("quarantine", "--user", "alice")[0] == 0)
    out = site.admin("--json", "release", "--connection", str(connections(site)["alice"]["handle"]))[1]
    r.check("release", json.loads(out)["quarantined"] is False and connections(site)["alice"]["quarantine"] == "normal", out)
    r.check("who is not in it can't be released", site.admin("release", "--user", "alice")[0] == 3)


def limits(r, site):
    def listed():
        return json.loads(site.admin("--json", "limit")[1])["limits"]
    r.check("no limits", listed() == [])
    status, _, err = site.admin("limit", "set", "SIM", "1")
    r.check("a limit never ends a session", status == 0 and "1 session more" in err and len(connections(site)) >= 2, err)
    r.check("it is listed", [(x["device_type"], x["ports"], x["users"], x["in_use"]) for x in listed()] == [("sim", 1, True, 2)], listed())
    r.check("and in status", "sim: at most 1, in use 2" in site.admin("status")[1] and
            json.loads(site.admin("--json", "status")[1])["limits"] == listed())
    site.kill()
    site.start()
    r.check("it survives a crash", [x["ports"] for x in listed()] == [1])
    r.check("no users", site.admin("limit", "set", "sim", "5", "--no-users")[0] == 0 and not listed()[0]["users"])
    r.check("it is taken away", site.admin("limit", "remove", "sim")[0] == 0 and listed() == [])
    r.check("once", site.admin("limit", "remove", "sim")[0] == 3)
    refused = [site.admin("limit", "set", what, "1")[0] for what in ("a b", "a\nb", "\u00e4", 17 * "x")]
    r.check("no type that no driver can have", refused == 4 * [1] and listed() == [], refused)
    full = [site.admin("limit", "set", f"type{i}", "1")[0] for i in range(65)]
    r.check("64 types may have one", full == 64 * [0] + [7] and len(listed()) == 64, full)
    r.check("which may be set again", site.admin("limit", "set", "type0", "2")[0] == 0)
    r.check("or make room", site.admin("limit", "remove", "type0")[0] == 0 and site.admin("limit", "set", "type64", "1")[0] == 0)
    for words in (("set", "sim"), ("set", "sim", "0"), ("set", "sim", "x"), ("remove",), ("list", "sim"), ("what",), ("remove", "sim", "--no-users")):
        r.check(f"wrong use is told: {words}", site.admin("limit", *words)[0] == 2)


def main():
    r = Report()
    with Scope() as scope:
        site = Site(scope).start()
        sim = Sim(site, "sim", "--tick", "0")
        sim.welcome()
        for user in ("alice", "bob"):
            sim.say("connect", user)
        wait_until("both", lambda: len(connections(site)) == 2)
        messages(r, site, sim)
        quarantine(r, site)
        limits(r, site)
    r.finish()


main()
