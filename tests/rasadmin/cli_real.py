#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""rasadmin with the real rrasd and the simulated driver: what an administrator sees when things go wrong between the two.

usage: cli_real.py RASADMIN RRASD RRAS_SIM [TEST...]
"""
import json
import os
import shutil
import signal
import subprocess
import sys

from cli_support import LIMIT, Background, Skip, environment, has, main, one_sentence, run_on_terminal, same
from house import RRASD, House
from terminal import Terminal


def a_user_is_disconnected_and_seen_to_be_gone():
    with House("--ports=6", "--users=3", "--multilink=1:2", "--names=u#") as h:
        first = h.users()[0]
        links = [p for p in h.ports().values() if p["user"] == first]
        same(len(links), 2)
        r = h.run("disconnect", "--user", first, "--wait", "--json")
        same((r.code, r.json["matched"], r.json["confirmed"]), (0, 2, 2), r)
        assert first not in h.users()
        same([h.ports()[p["name"]]["state"] for p in links], ["listening", "listening"])


def a_name_without_domain_means_every_domain():
    everybody = ["BIZ\\bob", "CORP\\bob", "a\\b\\bob", "bob", "bob@corp.example"]
    with House("--ports=6", "--keep-outs=refused", users=everybody) as h:
        same(h.users(), everybody)
        c = {c["user"]: (c["domain"], c["user_name"]) for c in h.run("--json", "connections").json["connections"]}
        same([c[user] for user in everybody], [("BIZ", "bob"), ("CORP", "bob"), (None, "a\\b\\bob"), (None, "bob"), (None, "bob@corp.example")])
        shown = {line.split()[1] for line in h.run("connections").out.splitlines()[1:]}
        same(shown, {"BIZ\\bob", "CORP\\bob", "a\\\\b\\\\bob", "bob", "bob@corp.example"})
        r = h.run("disconnect", "--user", "CORP\\bob", "--wait", "--json")
        same((r.code, r.json["confirmed"]), (0, 1), r)
        same(h.users(), [user for user in everybody if user != "CORP\\bob"])
        h.sim("connect CORP\\bob")
        h.wait_for("he is back", lambda: h.users() == everybody)
        r = h.run("disconnect", "--user", "bob", "--yes", "--wait", "--keep-out", "1h", "--json")
        same((r.code, r.json["matched"], r.json["confirmed"]), (0, 3, 3), r)
        same(h.users(), ["a\\b\\bob", "bob@corp.example"])
        h.wait_for("the driver has answered", lambda: "refuses the user at log-on" in h.run("keep-out").out)
        h.sim("connect LAB\\bob", "error: connect: the user is kept out")
        r = h.run("keep-out", "add", "LAB\\eve", "1h")
        same(r.code, 0, r)
        has(r.out, "User:                LAB\\eve\n")


def a_refusal_comes_through():
    with House("--ports=3", users=["alice"]) as h:
        h.sim('behave refuse "not today"')
        r = h.run("disconnect", "--user", "alice", "--wait")
        same(r.code, 1, r)
        has(r.err, "alice", "not today", "error 31")
        one_sentence(r)
        same(h.users(), ["alice"])
        port = next(p["name"] for p in h.ports().values() if p["user"] == "alice")
        same(h.run("--json", "port", port).json["port"]["last_order_failed"], True)


def a_daemon_that_does_nothing_is_found_out():
    with House("--ports=3", users=["alice"]) as h:
        h.sim("behave lie")
        r = h.run("disconnect", "--user", "alice", "--wait=1h")
        same(r.code, 6, r)
        has(r.err, "not gone in time", "error 1460")
        same(h.users(), ["alice"])


def a_silent_driver_leaves_the_order_standing():
    with House("--ports=3", users=["alice"]) as h:
        h.sim("behave silent")
        r = h.run("disconnect", "--user", "alice")
        same(r.code, 6, r)
        has(r.err, "not gone in time", "error 1460")
        one_sentence(r)


def a_driver_that_is_away_is_named():
    with House("--ports=3", users=["alice"]) as h:
        h.sim("disconnect-driver")
        h.wait_for("the ports are away", lambda: all(p["state"] == "not operational" for p in h.ports().values()))
        same(h.users(), ["alice"])  # not forgotten
        r = h.run("disconnect", "--user", "alice")
        same(r.code, 1, r)
        has(r.err, "the driver is away", "error 21")
        one_sentence(r)


def who_takes_the_port_stays():
    """Between the listing and the daemon's deed carol takes alice's port: carol stays, whatever was asked."""
    with House("--ports=1", users=["alice"]) as h:
        old = next(iter(h.ports().values()))["handle"]
        h.sim("swap alice carol")
        h.wait_for("carol is in", lambda: h.users() == ["carol"])
        r = h.run("disconnect", "--port", str(old), "--wait")
        same(r.code, 3, r)
        has(r.err, "earlier session", "somebody else is there now", "not touched")
        h.sim("behave swap dave once")  # as the order arrives carol leaves and dave takes her port
        r = h.run("disconnect", "--user", "carol", "--wait", "--json")
        same((r.code, r.json["confirmed"]), (0, 1), r)
        same(h.users(), ["dave"])
        h.sim("behave reconnect-new once")  # and a user who is back at once is another session
        r = h.run("disconnect", "--user", "dave", "--wait", "--json")
        same((r.code, r.json["confirmed"]), (0, 1), r)
        h.wait_for("dave is back", lambda: h.users() == ["dave"])


def handles_stay_over_a_restart_and_users_too():
    with House("--ports=3", "--users=2", "--names=u#") as h:
        before = h.ports()
        h.stop("rrasd")
        r = h.run("ports")
        same(r.code, 7, r)
        h.start("rrasd", RRASD, "--config", os.path.join(h.dir, "rrasd.conf"))
        h.wait_for("all is as before", lambda: h.run("status").code == 0 and
                   {n: (p["handle"], p["connection"], p["user"], p["state"]) for n, p in h.ports().items()} ==
                   {n: (p["handle"], p["connection"], p["user"], p["state"]) for n, p in before.items()})


def watching_sees_what_happens():
    with House("--ports=3", users=["alice"]) as h:
        def event():
            e = json.loads(p.stdout.readline())
            return e["event"], e["port"]["user"]
        with Background("-s", f"ncalrpc:[{h.dir}/rrasd.sock]", "watch", "--json", "--interval=50ms", "--count=3") as p:
            same(event(), ("present", "alice"))
            h.sim("connect bob")
            same(event(), ("up", "bob"))
            h.sim("drop alice")
            same(event(), ("gone", "alice"))
            same(p.wait(LIMIT), 0)


def roles_decide():
    if os.geteuid() != 0:
        raise Skip("only root can be somebody else")
    with House("--ports=2", users=["alice"], more="[roles]\nviewers = 54001\noperators = 54002\nadministrators = user:54003") as h:
        # Somebody else may not be able to read the build folder.
        rasadmin = shutil.copy(sys.argv[1], h.dir)
        library = os.path.join(os.path.dirname(os.path.abspath(sys.argv[1])), "../libmprapi/libmprapi.so.0")
        shutil.copy(library, h.dir)

        def as_id(number, *args):
            return subprocess.run([rasadmin, "-s", f"ncalrpc:[{h.dir}/rrasd.sock]", *args], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL, env=environment(LD_LIBRARY_PATH=h.dir), user=number, group=number,
                                  extra_groups=[], timeout=LIMIT).returncode
        same(as_id(54000, "ports"), 4)
        same(as_id(54001, "ports"), 0)
        same(as_id(54001, "disconnect", "--user", "alice"), 4)
        same(as_id(54002, "clear-stats", "--connection", "alice"), 4)
        same(as_id(54003, "clear-stats", "--connection", "alice"), 0)
        same(as_id(54002, "disconnect", "--user", "alice", "--wait"), 0)
        assert h.audit("denied")


def a_router_between_lans_has_no_ports():
    with House(server="router_type = lan") as h:
        has(h.run("status").out, "LAN routing only")
        r = h.run("ports")
        same(r.code, 1, r)
        has(r.err, "error 903")


def keep_outs_turn_away_those_who_come_back():
    for how, words in (("refused", "sim:main: refuses the user at log-on"), ("declined", "sim:main: can't refuse; the session is ended as soon as it is there: ")):
        with House("--ports=3", "--keep-outs", how, users=["alice", "bob"]) as h:
            r = h.run("disconnect", "--user", "alice", "--keep-out", "1h", "--reason", "not today")
            same(r.code, 0, r)
            has(r.out, "disconnected", "User:                alice", "Reason:              not today")
            h.wait_for("the driver has answered", lambda: words in h.run("keep-out").out)
            h.sim("connect alice", "error: connect: the user is kept out" if how == "refused" else "ok")
            h.wait_for("she is out again", lambda: h.run("keep-out", "--json").json["keep_outs"][0]["turned_away"] > 0 and h.users() == ["bob"])
            same(h.run("keep-out", "lift", "alice").code, 0)
            h.sim("connect alice")
            h.wait_for("she is in", lambda: h.users() == ["alice", "bob"])
            r = h.run("disconnect", "--user", "carol", "--keep-out", "1m")  # who need not be there
            same(r.code, 0, r)
            same([k["user"] for k in h.run("keep-out", "--json").json["keep_outs"]], ["carol"])


def who_may_not_dial_in_is_watched():
    with House("--ports=3", "--admission=ask", users=["alice"], more="[users]\nend_sessions = yes\nrecheck = 0\n") as h:
        same(h.run("user", "refuse", "bob", "--create").code, 0)
        h.sim("connect bob")  # he waits outside, and in vain
        r = h.run("watch", "--since", "0", "--events", "refused", "--count", "1")
        has(r.out, "refused  bob", "sim:main", "may not log on: this user may not dial in")
        same(h.users(), ["alice"])
        same(h.run("user", "refuse", "alice", "--create").code, 0)
        r = h.run("--json", "watch", "--since", "0", "--events", "refused", "--count", "2")
        events = [json.loads(line) for line in r.out.splitlines()]
        same([(e["event"], e["user"], e["port"] is None, e["reason"]) for e in events],
             [("refused", "bob", True, "this user may not dial in"), ("refused", "alice", False, "this user may not dial in")], r)
        h.wait_for("she is out", lambda: h.users() == [])
        same([d["capabilities"].count("admission") for d in h.run("--json", "status").json["drivers"]], [1])


def users_are_said_who_may_dial_in():
    with House("--ports=3", users=["alice", "CORP\\bob"], more="[users]\nend_sessions = yes\nrecheck = 0\n") as h:
        same(h.run("user", "refuse", "bob").code, 3)
        same(h.run("user", "permit", "bob", "--create", "--callback=+49 30 1").code, 0)
        r = h.run("user", "list", "--json")
        same(r.json["users"], [{"user": "bob", "permitted": True, "by_policy": False, "admitted": True, "callback": "admin", "number": "+49 30 1"}], r)
        same(len(h.users()), 2)
        r = h.run("user", "refuse", "bob")
        same(r.code, 0, r)
        has(r.out, "Dial-in:             refused", "+49 30 1")
        h.wait_for("he is out", lambda: h.users() == ["alice"])
        same(h.run("user", "forget", "bob").code, 0)
        r = h.run("user")
        same((r.code, r.out), (0, ""), r)
        line = [json.loads(line) for line in open(os.path.join(h.dir, "audit.jsonl")) if '"user"' in line and "RrasxUserSet" in line][-1]
        same((line["event"], line["user"], line["new"]["permitted"]), ("user", "bob", False))


def orders_and_drivers_are_watched():
    with House("--ports=3", users=["alice"]) as h:
        with Background("-s", f"ncalrpc:[{h.dir}/rrasd.sock]", "watch", "--json") as p:
            def until(event, **members):
                while True:
                    e = json.loads(p.stdout.readline())
                    if e["event"] == event and all(e[k] == v for k, v in members.items()):
                        return e
            until("present")
            same(h.run("disconnect", "--user", "alice", "--reason", "so").code, 0)
            order = until("order", user="alice", reason="so")
            until("outcome", order=order["order"], outcome="gone")
            h.run("keep-out", "add", "bob", "1h")
            until("keep-out", user="bob")
            h.sim("disconnect-driver")
            until("driver-down", driver="sim", instance="main")
            h.stop("rrasd", kill=True)
            until_lost = [json.loads(p.stdout.readline())["event"] for _ in range(1)]
            assert until_lost == ["server-lost"], until_lost
            h.start("rrasd", RRASD, "--config", os.path.join(h.dir, "rrasd.conf"))
            same([json.loads(p.stdout.readline())["event"] for _ in range(2)], ["server-back", "server-restarted"])
            p.send_signal(signal.SIGINT)
            same(p.wait(LIMIT), -signal.SIGINT)


def health_of_drivers_is_shown_and_checked():
    with House("--ports=3", users=["alice"]) as h:
        d = h.run("status", "--json").json["drivers"]
        same([(x["driver"], x["instance"], x["state"], x["ports"], x["ports_in_use"]) for x in d], [("sim", "main", "up", 3, 1)])
        same(h.run("-q", "status", "--check=strict").code, 0)
        h.sim('behave degraded "half of it"')
        h.wait_for("it is degraded", lambda: "degraded" in h.run("status").out)
        has(h.run("status").out, "sim:main is degraded: ", "half of it")
        same((h.run("status", "--check").code, h.run("status", "--check=strict").code), (0, 1))
        h.sim("behave ok")
        h.wait_for("it is well", lambda: h.run("status", "--check=strict").code == 0)
        same(h.run("forget", "sim:main").code, 1)  # it is there
        same(h.run("forget", "sim:other").code, 3)
        h.sim("disconnect-driver")
        h.wait_for("the driver is away", lambda: h.run("status", "--json").json["drivers"][0]["state"] == "away")
        r = h.run("-q", "status", "--check")
        same(r.code, 1, r)
        has(r.err, "driver sim:main is away")
        r = h.run("forget", "sim:main")  # alice may still be there
        same(r.code, 1, r)
        has(r.err, "still has 1 session;", "rasadmin forget --force sim:main")
        h.sim("drop alice")
        h.sim("connect-driver")
        h.wait_for("it is back, without her", lambda: h.run("status", "--check").code == 0 and not h.users())
        h.sim("disconnect-driver")
        h.wait_for("the driver is away again", lambda: h.run("-q", "status", "--check").code == 1)
        same(h.run("forget", "sim:main").code, 0)
        same((h.run("status", "--json").json["drivers"], h.ports()), ([], {}))
        has(h.run("status").out, "No driver has been there yet.")


def a_driver_that_was_killed_is_forgotten_with_its_sessions():
    with House("--kind=daemon", "--ports=4", users=["alice", "bob", "carol"]) as h:
        same(h.run("forget", "--force", "--yes", "sim:main").code, 1)  # it is there
        before = {p["user"]: p["handle"] for p in h.ports().values() if p["user"]}
        run, last = (h.run("status", "--json").json[k] for k in ("run", "counts"))
        h.sim("behave silent")
        with Background("-s", f"ncalrpc:[{h.dir}/rrasd.sock]", "disconnect", "--user", "carol", "--wait=1h", "--json") as job:
            h.wait_for("carol is being disconnected", lambda: h.audit("order"))
            h.stop("sim", kill=True)
            os.unlink(h.control)  # it could not tidy up
            h.wait_for("the driver is away", lambda: h.run("status", "--json").json["drivers"][0]["state"] == "away")
            r = h.run("forget", "sim:main")
            same(r.code, 1, r)
            has(r.err, "still has 3 sessions", "rasadmin forget --force sim:main")
            same(sorted(h.users()), ["alice", "bob", "carol"])
            r = h.run("forget", "--force", "--yes", "sim:main")
            same(r.code, 0, r)
            has(r.err, "driver sim:main is forgotten", "3 sessions that it had are lost from sight: nobody was disconnected")
            out, _ = job.communicate(timeout=LIMIT)
            done = json.loads(out)
            same((job.returncode, done["confirmed"], done["failed_count"]), (1, 0, 1), done)
            same(done["failed"][0]["daemon"], "no longer known, for its driver was forgotten; it may still be up", done)
        same((h.users(), h.ports(), h.run("status", "--json").json["drivers"]), ([], {}, []))
        lines = h.run("watch", "--json", f"--since={run}:{last['last_event']}", "--events=gone,outcome", "--count=4").out.splitlines()
        events = [e for e in map(json.loads, lines) if e["event"] != "present"]
        same([(e["event"], e["user"]) for e in events], [("gone", "alice"), ("gone", "bob"), ("gone", "carol"), ("outcome", "carol")])
        same([e["lost"] for e in events[:3]] + [events[3]["outcome"]], [True, True, True, "lost"])
        same(sorted((j["user"], j["driver"], j["instance"]) for j in h.audit("lost")),
             [(user, "sim", "main") for user in ("alice", "bob", "carol")])
        change = h.audit("change")[-1]
        same((change["op"], change["force"], change["sessions"], change["result"]), ("RrasxDriverForget", True, 3, 0))
        # Not in the store either; and if it comes back, its sessions are new ones.
        h.stop("rrasd")
        h.build(["--kind=daemon", "--ports=4"], ["alice"])
        same(h.users(), ["alice"])
        assert h.ports()["sim-1"]["handle"] not in before.values(), (before, h.ports())


def the_sessions_of_a_forgotten_driver_that_comes_back_are_new_ones():
    with House("--ports=2", users=["CORP\\alice"]) as h:
        handle, = (p["handle"] for p in h.ports().values() if p["user"])
        h.sim("disconnect-driver")
        h.wait_for("the driver is away", lambda: h.run("status", "--json").json["drivers"][0]["state"] == "away")
        r = run_on_terminal("-s", f"ncalrpc:[{h.dir}/rrasd.sock]", "forget", "--force", "sim:main", typed=[("[y/N] ", "yes\n")])
        same(r.code, 0, r)
        has(r.out, "  CORP\\alice on sim-1")
        same(h.users(), [])
        h.sim("connect-driver")  # alice was up all the time
        h.wait_for("she is seen again", lambda: h.users() == ["CORP\\alice"])
        again, = (p["handle"] for p in h.ports().values() if p["user"])
        assert again != handle
        r = h.run("disconnect", "--port", str(handle))
        same(r.code, 3, r)
        same(h.run("disconnect", "--user", "alice", "--wait").code, 0)
        same(h.users(), [])


def top_follows_what_happens():
    if not shutil.which("tmux"):
        raise Skip("tmux is not installed")
    with House("--ports=3", users=["alice", "bob"]) as h, Terminal(h.dir, os.path.abspath(sys.argv[1]), "-s", f"ncalrpc:[{h.dir}/rrasd.sock]",
                                                                    "top", "--interval=1h") as t:
        t.wait_for("2 sessions on 3 ports", "sim:main up")
        h.sim("connect carol")  # nothing is read for an hour: it is the event that shows her
        t.wait_for("3 sessions", "carol")
        h.sim("drop bob")
        t.wait_gone("bob")
        t.type_text("/carol")
        t.type("Enter")
        t.wait_gone("alice")
        t.type_text("dk")
        t.wait_for("Disconnect carol", "keep out for: 1h")
        t.type("Enter")
        t.wait_for("carol on", "is disconnected; kept out until")
        same(h.users(), ["alice"])
        same([k["user"] for k in h.run("keep-out", "--json").json["keep_outs"]], ["carol"])
        t.type("Escape")
        t.wait_for("alice")
        h.sim("bytes alice 0 0")
        h.sim("disconnect-driver")
        t.wait_for("sim:main away")
        t.type_text("q")
        same(t.end(), 0)


if __name__ == "__main__":
    main(globals())
