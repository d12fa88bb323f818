#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""rasadmin top in a real terminal: what is on the screen, what keys do, and that the terminal is given back."""
import os
import shutil
import signal

from cli_support import BUSY, RASADMIN, Server, Skip, has, main, one_sentence, port, run, run_on_terminal, same, user
from terminal import Terminal, column

DRIVERS = [{"driver": "openvpn", "instance": "main", "state": 5}, {"driver": "pppoe", "instance": "pool", "state": 2, "text": "accel-ppp is away"}]
OWN = {"drivers": DRIVERS}


def top(s, interval="200ms", **kwargs):
    if not shutil.which("tmux"):
        raise Skip("tmux is not installed")
    return Terminal(s.dir, RASADMIN, "-s", s.name, "top", "--interval=" + interval, **kwargs)


def sessions_and_drivers_are_shown():
    with Server(own=OWN) as s, top(s) as t:
        screen = t.wait_for("alice", "bob", "q quit")
        has(screen, "4 sessions on 5 ports", "pppoe:pool down (accel-ppp is away)", "openvpn:main up", "192.0.2.7:4711", "2h05m")
        same(column(screen, "PORT"), ["vpn-1", "vpn-3", "vpn-4", "vpn-5"])
        t.type("q")
        same(t.end(), 0)


def keys_sort_and_filter():
    with Server(own=OWN) as s, top(s) as t:
        t.wait_for("alice")
        t.type("r")
        t.wait("the other way round", lambda x: column(x, "PORT") == ["vpn-5", "vpn-4", "vpn-3", "vpn-1"])
        t.type_text("/al")
        t.wait("only alice", lambda x: column(x, "PORT") == ["vpn-3", "vpn-1"] and "filter: al" in x)
        t.type("Enter")
        t.wait_for('2 with "al"')
        t.type_text("q")
        same(t.end(), 0)


def nobody_else_is_disconnected_than_who_was_asked_about():
    with Server(own=OWN) as s, top(s) as t:
        t.wait_for("alice")
        t.type("Down")
        t.type("d")
        t.wait_for("Disconnect alice", "on port vpn-3, 10.8.0.7?")
        t.type("n")
        t.wait_for("nothing was disconnected")
        t.type("d")
        t.wait_for("Disconnect alice")
        t.type("y")
        t.wait_for("alice on vpn-3 is disconnected", "3 sessions")
        t.type("q")
        same(t.end(), 0)
        same(s.orders(), ["job port 1048579"])


def keeping_out_says_which_drivers_can():
    with Server(own=OWN) as s, top(s, columns=140) as t:
        t.wait_for("alice")
        t.type("End")
        t.type("d")
        t.wait_for("Disconnect bob")
        t.type("k")
        t.wait_for("keep out for: 1h")
        t.type("C-u")
        t.type_text("90s")
        t.type("Enter")
        t.wait_for("bob on vpn-5 is disconnected; kept out until", "by 1 of 2 drivers at log-on")
        t.type("C-c")
        same(t.end(), 0)
        same(s.orders(), ["job port 1048581 keep-out 90"])


def a_failure_is_shown_with_its_reason():
    ports = [dict(BUSY["ports"][0], code=31, why="no\x1b[2J such client")] + BUSY["ports"][1:]
    with Server(dict(BUSY, ports=ports), own=OWN) as s, top(s) as t:
        t.wait_for("alice")
        t.type("d")
        t.wait_for("Disconnect alice")
        t.type("y")
        t.wait_for("alice on vpn-1 is not disconnected: no\\x1b[2J such client")
        t.type("q")
        same(t.end(), 0)


def hostile_names_do_not_reach_the_terminal():
    step = {"ports": [port(1048577, "p\x1b[31m", 11)], "connections": [user(11, "ev\x1b[2J\x07il\u202e\x9b31m\n" + "x" * 300, "1\x1b[A")]}
    with Server(step, own={"drivers": [{"driver": "a\x1bb", "instance": "c", "state": 2, "text": "\x1b]0;x\x07"}]}) as s, top(s, columns=160) as t:
        has(t.wait_for("ev\\x1b[2J"), "\\x07il\\u{202e}\\x9b31m\\x0a", "p\\x1b[31m", "a\\x1bb:c down (\\x1b]0;x\\x07)", "\u2026")
        t.type("d")
        t.wait_for("Disconnect ev\\x1b[2J")
        t.type("n")
        t.type("q")
        same(t.end(), 0)


def wide_characters_keep_the_columns():
    step = {"ports": [port(1048577, "vpn-1", 11), port(1048578, "vpn-2", 12)],
            "connections": [user(11, "日本語のとても長い名前です日本語のとても長い名前です", "10.8.0.6"), user(12, "bob", "10.8.0.7")]}
    with Server(step, own=OWN) as s, top(s, columns=80) as t:
        screen = t.wait_for("日本語", "bob")
        same(column(screen, "PORT"), ["vpn-1", "vpn-2"])
        rows = [line for line in screen.splitlines() if line.startswith("vpn-")]
        cells = [sum(2 if c > "\u1100" and c != "\u2026" else 1 for c in row[:row.index(" 10.8")]) for row in rows]
        same(cells[0], cells[1], rows)
        t.type_text("/本")
        t.wait("only one", lambda x: column(x, "PORT") == ["vpn-1"])
        t.type("Escape")
        t.wait("both", lambda x: len(column(x, "PORT")) == 2)
        t.type("q")
        same(t.end(), 0)


def any_size_will_do():
    with Server(own=OWN) as s, top(s) as t:
        t.wait_for("alice")
        for columns, lines in ((80, 24), (200, 50), (40, 10), (20, 5), (10, 3), (5, 2), (1, 1), (80, 24)):
            t.resize(columns, lines)
            for key in ("h", "d", "n", "Down"):
                t.type(key)
        t.wait_for("alice", "q quit")
        t.type("h")
        t.wait_for("sort by the column before or after")
        t.type("x")
        t.wait_gone("sort by the column before or after")
        t.type("q")
        same(t.end(), 0)


def the_terminal_is_given_back_at_signals():
    for number, status in ((signal.SIGTERM, 128 + 15), (signal.SIGHUP, 128 + 1), (signal.SIGINT, 0), (signal.SIGABRT, 128 + 6)):
        with Server(own=OWN) as s, top(s) as t:
            t.wait_for("alice")
            os.kill(t.pid("rasadmin"), number)
            same(t.end(), status)


def a_server_that_goes_away_is_told_and_waited_for():
    with Server(own=OWN) as s, top(s, interval="1h") as t:  # it is not waited for so long
        t.wait_for("alice")
        s.stop()
        t.wait_for("the server can't be reached", "alice")
        os.close(s.pipe)
        s.start()
        t.wait_gone("can't be reached")
        t.type("q")
        same(t.end(), 0)


def what_ssh_says_does_not_stay_on_the_screen():
    with Server(own=OWN) as s:
        ssh = os.path.join(s.dir, "fake-ssh")
        with open(ssh, "w") as f:
            f.write(f'#!/bin/sh\n{RASADMIN} -s "{s.name}" --stdio\necho "Connection to gate closed." >&2\n')
        os.chmod(ssh, 0o755)
        with Terminal(s.dir, RASADMIN, "-s", "ssh://gate", "top", "--interval=200ms", env={"RASADMIN_SSH": ssh}) as t:
            t.wait_for("ssh://gate", "alice", "q quit")
            s.stop()
            t.wait_for("the server can't be reached")
            t.wait("a clean screen", lambda x: "ssh: Connection" not in x or t.type("C-l"))
            t.type("q")
            same(t.end(), 0)


def ten_thousand_sessions_scroll():
    ports = [port((1 << 20) + i, f"vpn-{i}", i) for i in range(1, 10001)]
    users = [user(i, f"user-{i}", f"10.{i >> 8}.{i & 255}.1") for i in range(1, 10001)]
    with Server({"ports": ports, "connections": users}, own=OWN) as s, top(s) as t:
        t.wait_for("10000 sessions", "user-1 ")
        t.type("End")
        same(column(t.wait_for("user-10000"), "PORT")[-1], "vpn-10000")
        t.type("PageUp")
        t.wait_gone("user-10000")
        t.type("Home")
        t.wait_for("user-1 ")
        t.type_text("/user-777")
        t.wait("those with 777", lambda x: '11 with "user-777"' in x and column(x, "PORT")[0] == "vpn-777")
        t.type("Enter")
        t.type_text("q")
        same(t.end(), 0)


def without_a_terminal_it_is_a_plain_error():
    with Server(own=OWN) as s:
        r = s.run("top")
        same((r.code, r.out), (1, ""), r)
        has(r.err, "must be a terminal")
        one_sentence(r)
        r = s.run("top", "--json")
        same((r.code, r.out), (2, ""), r)
        one_sentence(r)
        for term, words in (("dumb", "TERM is dumb"), ("no-such-terminal", "is not known here"), ("", "TERM is dumb, or not set")):
            r = run_on_terminal("-s", s.name, "top", env={"TERM": term})
            same(r.code, 1, r)
            has(r.out, words)
        same(s.run("top", "--interval=1ms").code, 2)


def a_server_without_sessions_of_its_own_is_a_plain_error():
    with Server() as s:
        r = run_on_terminal("-s", s.name, "top")
        same(r.code, 1, r)
        has(r.out, "can't show all sessions as they change")
    r = run("-s", "ncalrpc:[/nonexistent/sock]", "top")
    same(r.code, 1, r)  # no terminal is said first


if __name__ == "__main__":
    main(globals())
