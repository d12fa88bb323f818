#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What rasadmin shows: every command that looks, tables on terminals, hostile names, watching."""
import json
import os
import re
import signal
import subprocess

from cli_support import BUSY, COMPLETION, LIMIT, RASADMIN, Background, Server, environment, has, main, one_sentence, port, run, run_on_terminal, same, user


def status_tells_how_busy_the_server_is():
    with Server(server={"up_seconds": 4000}) as s:
        r = s.run("status")
        same(r.code, 0, r)
        has(r.out, "Up for:              1h06m", "Ports:               5", "Ports in use:        4", "Connections:         3")
        j = s.run("--json", "status").json
        same((j["schema_version"], j["kind"], j["running"], j["lan_only"]), (1, "status", True, False))
        same((j["uptime_seconds"], j["total_ports"], j["ports_in_use"], j["connections"]), (4000, 5, 4, 3))
        same(j["server"], s.name)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", j["time"])


def ports_are_listed_with_their_users():
    with Server() as s:
        r = s.run("ports")
        same(r.code, 0, r)
        lines = r.out.splitlines()
        same(lines[0].split(), "PORT STATE USER ADDRESS DURATION TYPE FROM CONNECTION HANDLE".split())
        same(lines[1].split(), "vpn-1 connected alice 10.8.0.6 1m15s openvpn 192.0.2.7:4711 11 1048577".split())
        same(lines[2].split(), "vpn-2 listening - - - openvpn - - 2".split())
        same(len(lines), 6)
        same(len(s.run("ports", "--busy").out.splitlines()), 5)


def ports_as_json_have_real_numbers():
    with Server() as s:
        j = s.run("ports", "--json").json
        same([p["name"] for p in j["ports"]], ["vpn-1", "vpn-2", "vpn-3", "vpn-4", "vpn-5"])
        p = j["ports"][0]
        same(p, {"name": "vpn-1", "handle": 1048577, "state": "connected", "connection": 11, "user": "alice",
                 "client_address": "10.8.0.6", "client_address6": None, "remote_address": "192.0.2.7:4711", "type": "openvpn",
                 "media": "openvpn", "device_name": "OpenVPN main", "device_type": "Vpn", "duration_seconds": 75, "total_calls": 2,
                 "session": None})
        same((j["ports"][1]["user"], j["ports"][1]["connection"], j["ports"][1]["state"]), (None, None, "listening"))


def one_port_is_shown_with_its_counters():
    busy = port(1048577, "vpn-1", 11, failure=True, line_speed=1000000, stats={"bytes_in": 5 << 30, "bytes_out": 1536, "crc_errors": 3})
    with Server({"ports": [busy], "connections": [user(11, "alice", "10.8.0.6", ipv6=True)]}) as s:
        r = s.run("port", "vpn-1")
        same(r.code, 0, r)
        has(r.out, "1536 (1.5 KiB)", "CRC errors:          3", "could not be disconnected", "2001:db8::6", "1000000")
        j = s.run("port", "1048577", "--json").json["port"]
        same((j["counters"]["bytes_in"], j["counters"]["counter_bits"], j["last_order_failed"]), (1 << 30, 32, True))
        same((j["hardware"], j["line_speed_bps"]), ("failure", 1000000))


def an_old_handle_finds_its_port_with_a_note():
    with Server() as s:
        r = s.run("port", "2097153")
        same(r.code, 0, r)
        has(r.err, "handle 2097153 is of an earlier session")
        has(r.out, "vpn-1")
        same(s.run("-q", "port", "2097153").err, "")


def connections_are_listed_and_shown():
    with Server() as s:
        r = s.run("connections")
        same(r.code, 0, r)
        same(r.out.splitlines()[0].split(), "CONNECTION USER ADDRESS FROM DURATION IN OUT TYPE".split())
        same(len(r.out.splitlines()), 4)
        has(r.out, "openvpn")
        r = s.run("connection", "bob")
        has(r.out, "Port:                vpn-4\n", "Port:                vpn-5\n", "2025-11-25T15:20:00Z")
        j = s.run("--json", "connection", "13").json["connection"]
        same((j["handle"], j["user"], j["started"], [p["name"] for p in j["ports"]]), (13, "bob", "2025-11-25T15:20:00Z", ["vpn-4", "vpn-5"]))
        same([c["handle"] for c in s.run("--json", "connections").json["connections"]], [11, 12, 13])


def a_user_with_several_connections_must_be_told_apart():
    with Server() as s:
        r = s.run("connection", "alice")
        same(r.code, 2, r)
        has(r.err, "several connections (11, 12)")
        one_sentence(r)


def an_empty_server_is_shown_empty():
    with Server({"ports": [], "connections": []}) as s:
        same(len(s.run("ports").out.splitlines()), 1)
        same(s.run("--json", "ports").json["ports"], [])
        same(s.run("--json", "connections").json["connections"], [])


def statistics_are_cleared():
    with Server() as s:
        same(s.run("clear-stats", "--port", "vpn-1").code, 0)
        r = s.run("clear-stats", "--connection", "bob", "--json")
        same((r.code, r.json["connection"], r.json["handle"]), (0, "13", 13))
        same(s.run("clear-stats").code, 2)
        same(s.run("clear-stats", "--port", "vpn-1", "--connection", "bob").code, 2)
        same(s.run("clear-stats", "--port", "nowhere").code, 3)
        same(s.orders(), ["clear port 1048577", "clear connection 13"])


def a_port_is_reset():
    with Server() as s:
        r = s.run("reset", "vpn-2")
        same((r.code, r.out), (0, ""), r)
        same(s.run("reset", "vpn-2", "--json").json["handle"], 2)
        same(s.run("reset", "nowhere").code, 3)


def version_and_help_need_no_server():
    r = run("version")
    same(r.code, 0)
    assert re.fullmatch(r"rasadmin \d+\.\d+\.\d+ \(OpenRRAS\)\n", r.out)
    same(run("--version").out, r.out)
    has(r.out, run("version", "--json").json["version"])
    r = run("help")
    for command in "status ports port connections connection disconnect clear-stats reset watch version help".split():
        assert re.search(rf"^  {command} ", r.out, re.M), command
    assert "complete" not in r.out
    for command in "status disconnect watch".split():
        r = run("help", command)
        same((r.code, r.err), (0, ""), r)
        has(r.out, f"Usage: rasadmin {command}", "--json", "--server=NAME")
    has(run("disconnect", "--help").out, "--dry-run")


def commands_may_be_shortened_when_clear():
    with Server() as s:
        same(s.run("conn").code, 2)
        has(s.run("conn").err, "several commands begin like this: connections, connection")
        same(s.run("stat").code, 0)
        same(s.run("port").code, 2)  # exact: not "ports"
        r = s.run("nonsense\x1b[2J")
        same(r.code, 2)
        assert "\x1b" not in r.err



def hostile_names_are_harmless():
    step = {"ports": [port(1048577, "p\x1b[31m", 11)],
            "connections": [dict(user(11, "ev\x1b[2J\x07il\u202e\x7f\u009b31m\n", "1\x1b[A"), domain="D\r", remote="x\x9by")]}
    with Server(step) as s:
        for args in (["ports"], ["connections"], ["port", "1048577"], ["connection", "11"], ["disconnect", "--all", "--yes"],
                     ["--json", "ports"], ["--json", "connections"], ["watch", "--count", "1"], ["watch", "--count", "1", "--json"]):
            r = s.run(*args)
            for c in r.out + r.err:
                assert c == "\n" or 0x20 <= ord(c) < 0x7f, f"{c!r} in {r!r}"
        has(s.run("ports").out, "D\\x0d\\ev\\x1b[2J\\x07il\\u{202e}\\x7f\\x9b31m\\x0a")
        same(s.run("--json", "ports").json["ports"][0]["user"], "D\r\\ev\x1b[2J\x07il\u202e\x7f\u009b31m\n")


def tables_fit_terminals():
    step = {"ports": [port(1048577, "openvpn-main-1", 11), port(1048578, "openvpn-2", 12), port(1048579, "openvpn-3", condition=0)],
            "connections": [user(11, "a-user-with-a-very-long-name@some.example.org", "10.8.0.6", remote="192.0.2.7:4711"),
                            user(12, "日本語のとても長い名前です", "10.8.0.7", remote="[2001:db8::7]:4711")]}
    with Server(step) as s:
        for columns in (200, 132, 80, 60, 40):
            for command in (["ports"], ["connections"], ["disconnect", "--all", "--dry-run"]):
                r = run_on_terminal("-s", s.name, "--color=never", *command, columns=columns)
                lines = r.out.replace("\r", "").splitlines()
                assert max(map(cells, lines)) <= columns, f"{command} does not fit {columns}:\n{r.out}"
                assert len(lines) == (3 if command[0] != "ports" else 4), r.out
        wide = run_on_terminal("-s", s.name, "ports", columns=200).out
        has(wide, "a-user-with-a-very-long-name@some.example.org", "日本語のとても長い名前です", "HANDLE")
        narrow = run_on_terminal("-s", s.name, "ports", columns=40).out
        has(narrow, "\u2026", "PORT", "STATE", "USER")
        assert "FROM" not in narrow
        same(s.run("ports").out.count("\u2026"), 0)  # not a terminal: nothing is cut
        r = run_on_terminal("-s", s.name, "--color=never", "ports", columns=200, env={"COLUMNS": "40"})
        assert max(map(cells, r.out.replace("\r", "").splitlines())) <= 40


def cells(line):
    return sum(2 if "\u1100" <= c else 1 for c in line.replace("\u2026", "."))


def colour_is_for_terminals():
    with Server() as s:
        assert "\x1b[" not in s.run("ports").out
        assert "\x1b[" in run_on_terminal("-s", s.name, "ports").out
        assert "\x1b[" not in run_on_terminal("-s", s.name, "ports", env={"NO_COLOR": "1"}).out
        assert "\x1b[" not in run_on_terminal("-s", s.name, "ports", "--color=never").out
        assert "\x1b[" in s.run("ports", "--color=always").out


def a_reader_that_leaves_is_no_error():
    ports = [port(i, f"p-{i}") for i in range(1, 5000)]
    with Server({"ports": ports, "connections": []}) as s:
        read, write = os.pipe()
        p = subprocess.Popen([RASADMIN, "-s", s.name, "ports"], stdout=write, stderr=subprocess.PIPE, env=environment())
        os.close(write)
        os.read(read, 10)
        os.close(read)
        err = p.communicate(timeout=LIMIT)[1]
        same((p.returncode, err), (0, b""))


def a_full_disk_is_an_error():
    with Server() as s, open("/dev/full", "w") as full:
        p = subprocess.run([RASADMIN, "-s", s.name, "ports"], stdout=full, stderr=subprocess.PIPE, env=environment(), timeout=LIMIT)
        same(p.returncode, 1)
        has(p.stderr.decode(), "can't write the output: No space left on device")


def quiet_prints_errors_only():
    with Server() as s:
        r = s.run("-q", "disconnect", "--port", "vpn-1")
        same((r.code, r.out, r.err), (0, "", ""))
        r = s.run("-q", "disconnect", "--port", "nowhere")
        same(r.code, 3)
        one_sentence(r)



def keys(value):
    """All member names in a document."""
    if isinstance(value, dict):
        return set(value) | set().union(*map(keys, value.values()))
    return set().union(*map(keys, value)) if isinstance(value, list) else set()


def every_member_is_documented():
    with open(os.path.join(os.path.dirname(COMPLETION), "../../docs/json.md")) as f:
        words = set(re.findall(r"`([a-z0-9_]+)`", f.read()))
    seen = set()
    with Server(dict(BUSY, ports=[dict(BUSY["ports"][0], code=31)] + BUSY["ports"][1:])) as s:
        for args in (["status"], ["ports"], ["port", "vpn-1"], ["connections"], ["connection", "bob"], ["reset", "vpn-2"], ["version"],
                     ["clear-stats", "--port", "vpn-1"], ["watch", "--count", "1"], ["disconnect", "--all", "--yes"]):
            seen |= keys(s.run("--json", *args).json)
    own = {"drivers": [{"driver": "openvpn", "instance": "main", "state": 1}], "first": 5, "events": [{"type": n, "port": "vpn-1"} for n in range(1, 15)]}
    with Server(own=own) as s:
        for args in (["status"], ["ports"], ["connections"], ["disconnect", "--user", "bob", "--yes", "--keep-out", "1h"], ["keep-out"], ["forget", "openvpn:main"]):
            seen |= keys(s.run("--json", *args).json)
        for line in s.run("--json", "watch", "--since", "3", "--count", "15").out.splitlines():
            seen |= keys(json.loads(line))
    assert {"missed", "outcome", "hard", "counters_final", "turned_away"} <= seen, seen
    assert len(seen) > 50 and "message" in seen, seen
    same(seen - words, set())


def coming_and_going_is_watched():
    idle = {"ports": [port(1, "vpn-1"), port(2, "vpn-2")], "connections": []}
    alice = {"ports": [port(1048577, "vpn-1", 11), port(2, "vpn-2")], "connections": [user(11, "alice", "10.8.0.6")]}
    carol = {"ports": [port(2097153, "vpn-1", 12), port(2, "vpn-2")], "connections": [user(12, "carol", "10.8.0.6")]}
    going = {"ports": [port(2097153, "vpn-1", 12, condition=1), port(2, "vpn-2")], "connections": [user(12, "carol", "10.8.0.6")]}
    with Server(alice, idle, alice, carol, going, idle) as s:
        r = s.run("watch", "--interval", "50ms", "--count", "7", "--json")
        same(r.code, 0, r)
        events = [json.loads(line) for line in r.out.splitlines()]
        same([(e["event"], e["port"]["user"]) for e in events],
             [("present", "alice"), ("gone", "alice"), ("up", "alice"), ("gone", "alice"), ("up", "carol"), ("changed", "carol"), ("gone", "carol")])
        assert all(e["schema_version"] == 1 and e["kind"] == "event" for e in events)
    with Server(alice, idle) as s:
        r = s.run("watch", "--interval", "50ms", "--count", "2")
        has(r.out, "present  alice", "gone     alice", "10.8.0.6", "vpn-1")


def watching_goes_on_over_a_restart():
    with Server() as s:
        with Background("-s", s.name, "watch", "--json", "--interval", "50ms") as p:
            seen = [json.loads(p.stdout.readline())["event"] for _ in range(4)]
            same(seen, ["present"] * 4)
            s.stop()
            same(json.loads(p.stdout.readline())["event"], "server-lost")
            os.close(s.pipe)
            s.start()
            same(json.loads(p.stdout.readline())["event"], "server-back")
            p.send_signal(signal.SIGINT)
            same(p.wait(LIMIT), -signal.SIGINT)


if __name__ == "__main__":
    main(globals())
