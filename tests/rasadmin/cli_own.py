#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""rasadmin with a server that has an interface of its own: what is asked of it, what is shown, and what a server without it is not asked."""
import json
import os
import signal
import time

from cli_support import BUSY, LIMIT, Background, Server, has, main, one_sentence, port, run_on_terminal, same, user

UP, DOWN, DEGRADED, AWAY, STARTING = 5, 2, 3, 1, 4
SESSION_UP, ORDER, DRIVER_DOWN = 1, 6, 9


def driver(name, state, **more):
    return dict({"driver": name, "instance": "main", "state": state}, **more)


def own(drivers=None, **more):
    return dict(more, drivers=drivers or [driver("openvpn", UP, ports=5, ports_in_use=4)])


# ---- status, forget ----

def drivers_are_shown_with_their_words():
    with Server(own=own(drivers=[driver("openvpn", UP), driver("l2tp", DOWN, text="can't reach x\x1b[2J", last_error="gone", last_error_at=1764084000)])) as s:
        r = s.run("status")
        same((r.code, r.err), (0, ""), r)
        has(r.out, "openvpn:main", "l2tp:main", "l2tp:main is down: can't reach x\\x1b[2J", "l2tp:main, last trouble at 2025-11-25T15:20:00Z: gone")
        j = s.run("status", "--json").json
        same([(d["driver"], d["state"], d["text"]) for d in j["drivers"]], [("openvpn", "up", None), ("l2tp", "down", "can't reach x\x1b[2J")])
        same((j["version"], j["counts"]["orders"]), ("0.0.0", 0))


def refused_drivers_are_shown():
    refused = [{"driver": "l2tp", "instance": "main", "uid": 1000, "count": 3, "reason": "uid 1000 may not\x1b[2J"},
               {"uid": 7, "count": 1, "reason": "no hello"}]
    with Server(own=own(refused=refused)) as s:
        r = s.run("status")
        same((r.code, r.err), (0, ""), r)
        has(r.out, "l2tp:main of uid 1000 was refused at 2025-11-25T15:21:00Z (pid 77, 3 times since 2025-11-25T15:20:00Z): "
            "uid 1000 may not\\x1b[2J\n",
            "an unnamed driver of uid 7 was refused at 2025-11-25T15:21:00Z (pid 77): no hello\n")
        first, second = s.run("status", "--json").json["refused_drivers"]
        same(first, {"driver": "l2tp", "instance": "main", "uid": 1000, "pid": 77, "code": "denied", "reason": "uid 1000 may not\x1b[2J",
                     "first": "2025-11-25T15:20:00Z", "last": "2025-11-25T15:21:00Z", "count": 3})
        same((second["driver"], second["instance"]), (None, None))
        same(s.run("-q", "status", "--check").code, 0)  # they are no drivers of this server
    with Server(own=own()) as s:
        same(s.run("status", "--json").json["refused_drivers"], [])
    with Server() as s:
        same(s.run("status", "--json").json["refused_drivers"], None)


def check_is_for_scripts():
    for state, check, strict in ((UP, 0, 0), (DEGRADED, 0, 1), (STARTING, 0, 1), (DOWN, 1, 1), (AWAY, 1, 1), (77, 1, 1)):
        with Server(own=own(drivers=[driver("openvpn", UP), driver("l2tp", state)])) as s:
            r = s.run("-q", "status", "--check")
            same((r.code, r.out), (check, ""), (state, r))
            same("driver l2tp:main is" in r.err, bool(check), r)
            same(s.run("-q", "status", "--check=strict").code, strict, state)
            same(s.run("status").code, 0)
    with Server() as s:
        r = s.run("-q", "status", "--check")
        same(r.code, 1, r)
        has(r.err, "does not tell how its drivers are")
        same(s.run("status", "--check=lenient").code, 2)


def a_driver_that_is_away_is_forgotten():
    with Server(own=own(drivers=[driver("openvpn", UP), driver("l2tp", AWAY)])) as s:
        for options in ([], ["--force", "--yes"]):
            r = s.run("forget", *options, "openvpn:main")
            same(r.code, 1, r)
            has(r.err, "driver openvpn:main is connected", "also with --force: stop it first")
            one_sentence(r)
        j = s.run("forget", "l2tp:main", "--json").json
        same((j["driver"], j["instance"], j["force"], j["sessions_lost"]), ("l2tp", "main", False, 0))
        r = s.run("forget", "l2tp:main")
        same(r.code, 3, r)
        one_sentence(r)
        for bad in ("l2tp", ":main", "l2tp:", "x" * 80 + ":main"):
            same(s.run("forget", bad).code, 2, bad)
        # With --force nothing was asked: it was there.
        same(s.orders(), ["forget openvpn:main", "forget l2tp:main", "forget l2tp:main"])


AWAY_WITH_SESSIONS = [driver("openvpn", AWAY, ports=5, ports_in_use=4), driver("l2tp", AWAY), driver("pool", UP, session=True, pid=4711),
                      driver("idle", UP, session=True, ports_in_use=1)]


def sessions_are_only_forgotten_by_force():
    with Server(own=own(drivers=AWAY_WITH_SESSIONS)) as s:
        r = s.run("forget", "openvpn:main")
        same((r.code, r.out), (1, ""), r)
        has(r.err, "driver openvpn:main is away", "still has 4 sessions", "rasadmin forget --force openvpn:main")
        one_sentence(r)
        for options in ([], ["--no-input"], ["--json"]):  # nobody can be asked
            r = s.run("forget", "--force", "openvpn:main", *options)
            same((r.code, r.out), (2, ""), r)
            has(r.err, "still has 4 sessions", "nothing was forgotten", "--yes")
            one_sentence(r)
        r = s.run("forget", "--force", "--yes", "openvpn:main")
        same(r.code, 0, r)
        has(r.err, "driver openvpn:main is forgotten", "4 sessions that it had are lost from sight: nobody was disconnected")
        same(s.run("forget", "--force", "--yes", "openvpn:main").code, 3)
        same(s.orders(), ["forget openvpn:main", "forget openvpn:main with its sessions"])


def who_forgets_by_force_is_told_whom_he_loses():
    with Server(own=own(drivers=AWAY_WITH_SESSIONS)) as s:
        r = run_on_terminal("-s", s.name, "forget", "--force", "openvpn:main", typed=[("[y/N] ", "no\n")])
        same(r.code, 1, r)
        has(r.out, "Driver openvpn:main still has", "alice on vpn-1", "Lose 4 sessions from sight, which may still be up?", "nothing was forgotten")
        r = run_on_terminal("-s", s.name, "forget", "--force", "openvpn:main", typed=[("[y/N] ", "yes\n")])
        same(r.code, 0, r)
        has(r.out, "lost from sight")
        same(s.orders(), ["forget openvpn:main with its sessions"])


def force_without_sessions_asks_nothing():
    with Server({"ports": [], "connections": []}, own=own(drivers=AWAY_WITH_SESSIONS)) as s:
        j = s.run("forget", "--force", "l2tp:main", "--json").json
        same((j["force"], j["sessions_lost"]), (True, 0))
        r = s.run("forget", "--force", "idle:main", "--yes")  # a pool need not be there to be up
        same(r.code, 0, r)
        has(r.err, "1 session that it had is lost from sight")
        r = s.run("forget", "--force", "pool:main", "--yes")
        same(r.code, 1, r)
        has(r.err, "driver pool:main is connected")
        same(s.run("forget", "--force", "other:main", "--yes").code, 3)
        same(s.orders(), ["forget l2tp:main with its sessions", "forget idle:main with its sessions"])


def an_older_server_is_not_asked_to_forget_sessions():
    with Server(own=own(drivers=AWAY_WITH_SESSIONS, features=0x1F)) as s:
        r = s.run("forget", "--force", "--yes", "openvpn:main")
        same((r.code, r.out), (1, ""), r)
        has(r.err, "can't forget a driver with its sessions")
        one_sentence(r)
        same(s.run("forget", "l2tp:main").code, 0)
        same(s.orders(), ["forget l2tp:main"])


# ---- sessions ----

def counters_have_all_their_bits():
    busy = dict(port(1048577, "vpn-1", 11, stats={"bytes_in": (5 << 32) + 7, "bytes_out": 6 << 32}), auth="certificate", driver="openvpn", instance="main")
    person = dict(user(11, "alice", "10.8.0.6"), stats={"bytes_in": (5 << 32) + 5, "bytes_out": 6 << 32})
    with Server({"ports": [busy], "connections": [person]}, own=own()) as s:
        session = s.run("ports", "--json").json["ports"][0]["session"]
        same((session["bytes_in"], session["auth"], session["driver"]), ((5 << 32) + 7, "certificate", "openvpn"))
        c = s.run("connections", "--json").json["connections"][0]
        same((c["traffic"]["bytes_in"], c["counters"]["bytes_in"], c["counters"]["counter_bits"], c["auth"]), ((5 << 32) + 7, 5, 32, "certificate"))
        has(s.run("connections").out, "20.0 GiB", "24.0 GiB", "AUTH", "certificate")
        has(s.run("port", "vpn-1").out, "21474836487 (20.0 GiB)", "certificate")
        has(s.run("connection", "alice").out, "21474836485 (20.0 GiB)")
    # Somebody has cleared the connection's statistics: its ports' were left alone.
    person["stats"] = {"bytes_in": 3 << 30, "bytes_out": 0}
    with Server({"ports": [busy], "connections": [person]}, own=own()) as s:
        has(s.run("connections").out, "3.0 GiB")


# ---- disconnect ----

def the_server_selects():
    for args, asked in ((["--user", "bob"], "job user bob"), (["--all"], "job all"), (["--user", "alice"], "job user alice"),
                        (["--type", "openvpn"], "job type openvpn"), (["--connection", "13"], None), (["--address", "10.8.0.8"], None)):
        with Server(own=own()) as s:
            r = s.run("disconnect", "--yes", *args)
            same((r.code, r.err), (0, ""), r)
            has(r.out, "disconnected")
            orders = s.orders()
            same(len(orders), 1, orders)
            if asked:
                same(orders[0], asked)


def one_session_is_asked_for_by_its_handle():
    with Server(own=own()) as s:
        same(s.run("disconnect", "--address", "10.8.0.6").code, 0)
        same(s.run("disconnect", "--port", "vpn-3", "--hard").code, 0)
        same(s.orders(), ["job port 1048577", "job port 1048579 hard"])


def options_reach_the_server():
    with Server(own=own()) as s:
        r = s.run("disconnect", "--user", "alice", "--yes", "--hard", "--rate", "7", "--reason", "no more", "--keep-out", "90s")
        same((r.code, r.err), (0, ""), r)
        has(r.out, "sim:main: refuses the user at log-on: denied at log-on", "pool:one: can't refuse; the session is ended as soon as it is there")
        r = s.run("disconnect", "--user", "bob", "--yes", "--rate=unlimited", "--json", "--keep-out", "1h")
        same((r.json["matched"], r.json["confirmed"], [k["user"] for k in r.json["keep_outs"]]), (2, 2, ["bob"]))
        same([d["refuses"] for d in r.json["keep_outs"][0]["drivers"]], [True, False])
        same(s.orders(), ["job user alice hard rate 7 keep-out 90 reason no more", "job user bob rate 4294967295 keep-out 3600"])


def who_is_not_there_can_be_kept_out():
    with Server(own=own()) as s:
        r = s.run("disconnect", "--user", "mallory", "--keep-out", "1h")
        same(r.code, 0, r)
        has(r.out, "User:                mallory")
        has(r.err, "nothing matches --user mallory")
        one_sentence(r)
        same(s.orders(), ["job user mallory keep-out 3600"])


def several_sessions_still_need_yes():
    with Server(own=own()) as s:
        r = s.run("disconnect", "--all")
        same(r.code, 2, r)
        has(r.err, "3 sessions match; nothing was disconnected")
        r = run_on_terminal("-s", s.name, "disconnect", "--all", typed=[("[y/N] ", "y\n")])
        same(r.code, 0, r)
        has(r.out, "Disconnect these 3 sessions?")
        same(s.orders(), ["job all"])


def dry_run_asks_for_nothing():
    with Server(own=own()) as s:
        r = s.run("disconnect", "--all", "--dry-run")
        same(r.code, 0, r)
        same(r.out.count("would be disconnected"), 4)
        same(s.orders(), [])


def failures_are_listed_with_port_user_and_reason():
    ports = [dict(BUSY["ports"][0], code=31, why="no\x1bsuch client")] + BUSY["ports"][1:]
    with Server(dict(BUSY, ports=ports), own=own()) as s:
        r = s.run("disconnect", "--all", "--yes")
        same(r.code, 5, r)
        has(r.err, "can't disconnect alice from port vpn-1", "no\\x1bsuch client (error 31)")
        one_sentence(r)
    with Server(dict(BUSY, ports=ports), own=own()) as s:
        j = s.run("disconnect", "--all", "--yes", "--json").json
        same((j["failed_count"], j["failed"][0]["daemon"], j["failed"][0]["reason"], j["asked"]), (1, "no\x1bsuch client", "refused", 4))


def what_only_such_a_server_can_do_is_refused_elsewhere():
    for option in (["--keep-out", "1h"], ["--reason", "x"], ["--hard"], ["--rate", "5"], ["--driver", "openvpn"]):
        with Server() as s:
            r = s.run("disconnect", "--user", "bob", *option)
            same((r.code, r.out), (1, ""), r)
            has(r.err, option[0], "nothing was done")
            one_sentence(r)
            same(s.orders(), [])
    with Server() as s:
        for args in (["keep-out"], ["keep-out", "add", "bob", "1h"], ["forget", "a:b"], ["user"], ["user", "refuse", "bob"]):
            r = s.run(*args)
            same((r.code, r.out), (1, ""), r)
            one_sentence(r)


def wrong_usage_is_exit_2_and_does_nothing():
    with Server(own=own()) as s:
        for args in (["--all", "--keep-out", "1h"], ["--address", "10.8.0.6", "--keep-out", "1h"], ["--user", "bob", "--keep-out", "0"],
                     ["--user", "bob", "--keep-out", "367d"], ["--user", "bob", "--rate", "0"], ["--user", "bob", "--rate", "-1"],
                     ["--user", "bob", "--rate", "fast"], ["--user", "bob", "--reason", "x" * 257], ["--user", "bob", "--wait", "--no-wait"],
                     ["--address", "10.8.0.6/24"], ["--driver", ""], ["--hard"]):
            same(s.run("disconnect", *args).code, 2, args)
        for args in (["add"], ["add", "bob"], ["add", "bob", "soon"], ["add", "", "1h"], ["lift"], ["list", "all"], ["drop", "1"],
                     ["list", "--reason", "x"], ["add", "bob", "1h", "more"]):
            same(s.run("keep-out", *args).code, 2, args)
        for args in (["show"], ["permit"], ["permit", ""], ["permit", "a", "b"], ["list", "all"], ["drop", "a"], ["show", "a", "--create"],
                     ["forget", "a", "--callback", "none"], ["permit", "a", "--callback", "sometimes"], ["permit", "a", "--callback", "5" * 129],
                     ["refuse", b"\xff"]):
            same(s.run("user", *args).code, 2, args)
        same(s.orders(), [])


def interrupting_cancels_and_tells_what_was_done():
    with Server(own=own(slow=0)) as s:
        with Background("-s", s.name, "disconnect", "--all", "--yes", "--json") as p:
            same(os.read(s.pipe, 100), b"job all\n")
            p.send_signal(signal.SIGINT)
            out, err = p.communicate(timeout=LIMIT)
            j = json.loads(out)
            same((p.returncode, j["interrupted"], j["matched"], j["asked"], j["confirmed"], j["not_asked"]), (5, True, 4, 0, 0, 4), err)
            has(err, "interrupted: of 4 sessions 0 were asked", "4 were not touched")
        same(s.orders(), ["cancel"])


def a_second_interrupt_ends_it_at_once():
    with Server(own=own(slow=0, uncancelled=True)) as s:
        with Background("-s", s.name, "disconnect", "--all", "--yes") as p:
            same(os.read(s.pipe, 100), b"job all\n")
            p.send_signal(signal.SIGINT)
            same(os.read(s.pipe, 100), b"cancel\n")
            p.send_signal(signal.SIGINT)
            same(p.wait(LIMIT), -signal.SIGINT)


def progress_is_shown_where_it_takes_long():
    ports = [port((1 << 20) + i, f"vpn-{i}", i) for i in range(1, 201)]
    busy = {"ports": ports, "connections": [user(i, f"user-{i}", "10.8.0.6") for i in range(1, 201)]}
    with Server(busy, own=own(slow=1)) as s:  # four seconds
        r = run_on_terminal("-s", s.name, "disconnect", "--all", "--yes", "--color=never")
        same(r.code, 0, r)
        has(r.out, " confirmed, 0 failed of 200; ", "/s, ", "s left", "\r\x1b[K", "Disconnected:        200")
    with Server(busy, own=own(slow=1)) as s:
        r = s.run("-q", "disconnect", "--all", "--yes")
        same((r.code, r.out, r.err), (0, "", ""), r)


def no_wait_returns_at_once():
    with Server(own=own(slow=0)) as s:
        r = s.run("disconnect", "--all", "--yes", "--no-wait", "--json")
        same((r.code, r.json["confirmed"], r.json["jobs"], {x["result"] for x in r.json["sessions"]}), (0, None, [1], {"asked"}), r)
        same((r.json["asked"], r.json["not_asked"]), (r.json["matched"], 0), r)
        same(r.json["asked"], len(r.json["sessions"]), r)
        r = s.run("disconnect", "--all", "--yes", "--wait=300ms")
        same(r.code, 6, r)
        has(r.err, "the job goes on in the server")


# ---- keep-out ----

def keep_outs_are_added_listed_and_lifted():
    with Server(own=own()) as s:
        r = s.run("keep-out")
        same((r.code, r.out), (0, ""), r)
        has(r.err, "nobody is kept out")
        r = s.run("keep-out", "add", "alice", "2h", "--driver", "openvpn", "--reason", "why")
        same(r.code, 0, r)
        has(r.out, "User:                alice", "Turned away:         2, last at 2025-11-25T15:20:05Z", "refuses the user at log-on")
        same(s.run("keep-out", "add", "bob", "1m", "--json").json["keep_outs"][0]["user"], "bob")
        same([k["number"] for k in s.run("keep-out", "--json").json["keep_outs"]], [1, 2])
        same(s.run("keep-out", "lift", "2").code, 0)
        same(s.run("keep-out", "lift", "alice").code, 0)
        r = s.run("keep-out", "lift", "alice")
        same(r.code, 3, r)
        one_sentence(r)
        same(s.orders(), ["keep-out alice 7200 of openvpn", "keep-out bob 60", "lift 2", "lift 1"])


def a_keep_out_that_can_not_be_remembered_is_refused_with_the_reason():
    with Server(own=own(full=1)) as s:
        r = s.run("keep-out", "add", "alice", "2h")
        same((r.code, r.out), (1, ""), r)
        one_sentence(r)
        has(r.err, "can't keep a user out on", "its disk is full", "1723")


# ---- users ----

USERS = [{"user": "CORP\\bob", "permitted": 1, "callback": 2, "number": "+49 30 1"}, {"user": "carol", "by_policy": 1, "callback": 1},
         {"user": "eve\x1b", "callback": 4}]


def users_are_listed_and_shown():
    with Server(own=own(users=USERS)) as s:
        r = s.run("user")
        same(r.code, 0, r)
        lines = [line.split(None, 1) for line in r.out.splitlines()]
        same([(name, rest.split("  ")[0]) for name, rest in lines],
             [("USER", "DIAL-IN"), ("CORP\\bob", "permitted"), ("carol", "by policy: permitted"), ("eve\\x1b", "refused")], r)
        same(s.run("user", "list", "--json").json["users"],
             [{"user": "CORP\\bob", "permitted": True, "by_policy": False, "admitted": True, "callback": "admin", "number": "+49 30 1"},
              {"user": "carol", "permitted": False, "by_policy": True, "admitted": True, "callback": "none", "number": None},
              {"user": "eve\x1b", "permitted": False, "by_policy": False, "admitted": False, "callback": "caller", "number": None}])
        r = s.run("user", "show", "CORP\\bob")
        same(r.code, 0, r)
        has(r.out, "User:                CORP\\bob", "Dial-in:             permitted", "Callback:            admin", "+49 30 1")
        r = s.run("user", "show", "nobody")
        same((r.code, r.out), (3, ""), r)
        has(r.err, "nothing is kept of this user", 'no "nobody"')
        same(s.run("complete", "known-users").out.splitlines(), ["CORP\\bob", "carol"])
        same(s.orders(), [])
    with Server(own=own()) as s:
        r = s.run("user")
        same((r.code, r.out), (0, ""), r)
        has(r.err, "the policy decides about all")


def what_is_not_said_of_a_user_stays_as_it_is():
    with Server(own=own(users=USERS)) as s:
        r = s.run("user", "refuse", "CORP\\bob")
        same(r.code, 0, r)
        has(r.out, "Dial-in:             refused", "Number:              +49 30 1")
        same(s.run("user", "permit", "carol", "--callback=0800 1", "--quiet").out, "")
        same(s.run("user", "policy", "carol", "--callback", "none", "--json").json["users"][0]["by_policy"], True)
        r = s.run("user", "permit", "dora")
        same((r.code, r.out), (3, ""), r)
        has(r.err, "nothing is kept of this user", "With --create it is a new user")
        same(s.run("user", "permit", "dora", "--create", "--callback", "caller").code, 0)
        same([u["user"] for u in s.run("user", "forget", "carol", "--json").json["users"]], ["CORP\\bob", "eve\x1b", "dora"])
        same(s.run("user", "forget", "carol").code, 3)
        same(s.orders(), ['user CORP\\bob permitted 0 policy 0 callback 2 "+49 30 1"', 'user carol permitted 1 policy 0 callback 2 "0800 1"',
                          'user carol permitted 0 policy 1 callback 1 ""', 'user dora permitted 1 policy 0 callback 4 "" create',
                          "user carol forgotten", "user carol forgotten"])


def trouble_with_the_directory_is_said_in_a_sentence():
    for code, result, words in ((8250, 7, "can't be reached"), (1460, 7, "does not answer in time"),
                                (50, 1, "do it where they are kept"), (8224, 1, "rrasd's log says why"),
                                (5, 4, "access denied"), (1723, 7, "no room for more")):
        with Server(own=own(users=USERS, users_code=code)) as s:
            for args in (["list"], ["show", "carol"], ["refuse", "carol"]):
                r = s.run("user", *args)
                same((r.code, r.out), (result, ""), r)
                one_sentence(r)
                has(r.err, words, str(code))
            same(s.orders(), [])


# ---- watch ----

EVENTS = [{"type": SESSION_UP, "user": "dave", "port": "vpn-2", "handle": 1048578, "client": "10.8.0.9"},
          {"type": ORDER, "user": "alice", "port": "vpn-1", "by": "uid 0", "reason": "x\x1b"}, {"type": DRIVER_DOWN, "driver": "openvpn", "instance": "main"}]


def events_are_followed_from_a_number_on():
    with Server(own=own(run=5, first=100, events=EVENTS)) as s:
        r = s.run("watch", "--since", "99", "--count", "3")
        same((r.code, r.err), (0, ""), r)
        lines = r.out.splitlines()
        has(lines[0], "2025-11-25T15:20:00Z  up       dave", "vpn-2", "10.8.0.9", "connected")
        has(lines[1], "order    alice", "to disconnect by uid 0: x\\x1b")
        has(lines[2], "driver-down", "openvpn:main")
        r = s.run("watch", "--since", "90", "--count", "1")
        has(r.err, "9 events were missed")
        j = [json.loads(line) for line in s.run("watch", "--since", "98", "--count", "2", "--json").out.splitlines()]
        same((j[0]["event"], j[0]["missed"], j[1]["event"], j[1]["number"]), ("missed", 1, "up", 100))
        r = s.run("watch", "--since", f"{j[1]['run']}:101", "--count", "1")
        has(r.out, "driver-down")
        r = s.run("watch", "--since", "00000004-0000-0000-0000-000000000000:101", "--count", "1")
        has(r.err, "the server was restarted")
        has(r.out, "present")
        r = s.run("watch", "--since", "99", "--count", "1", "--events", "orders")
        same(r.code, 0, r)
        for bad in (["--since", "x"], ["--since", "5:1"], ["--since", ":"], ["--events", ""], ["--events", "up,sometimes"]):
            same(s.run("watch", *bad).code, 2, bad)


def a_server_without_events_is_looked_at():
    with Server() as s:
        r = s.run("watch", "--count", "4", "--interval", "50ms")
        same((r.code, len(r.out.splitlines())), (0, 4), r)
        has(r.err, "tells no events; looking at its ports every 0.05 s instead")
        one_sentence(r)
        r = s.run("watch", "--since", "5")
        same(r.code, 1, r)
        one_sentence(r)
        r = s.run("watch", "--events", "drivers")
        same(r.code, 1, r)
        one_sentence(r)


def interrupting_ends_watching_at_once():
    with Server(own=own(last=7)) as s:
        with Background("-s", s.name, "watch", "--json") as p:
            same([json.loads(p.stdout.readline())["event"] for _ in range(4)], ["present"] * 4)
            began = time.monotonic()
            p.send_signal(signal.SIGINT)
            same(p.wait(LIMIT), -signal.SIGINT)
            assert time.monotonic() - began < 20


if __name__ == "__main__":
    main(globals())
