#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""rasadmin disconnect: whom it hits and whom not, what it says, and every exit code."""
import json
import os
import signal
import time

from cli_support import BUSY, LIMIT, Background, Server, has, main, one_sentence, port, run, run_on_terminal, same


def one_session_is_disconnected_and_no_other():
    with Server() as s:
        r = s.run("disconnect", "--port", "vpn-1")
        same((r.code, r.err), (0, ""), r)
        has(r.out, "being disconnected")
        same(s.orders(), ["disconnect 1048577"])


def waiting_confirms():
    ports = [dict(BUSY["ports"][0], looks=3)] + BUSY["ports"][1:]
    with Server(dict(BUSY, ports=ports)) as s:
        r = s.run("disconnect", "--port", "vpn-1", "--wait", "--json")
        same(r.code, 0, r)
        j = r.json
        same((j["matched"], j["asked"], j["confirmed"], j["failed"]), (1, 1, 1, []))
        same((j["sessions"][0]["result"], j["sessions"][0]["user"]), ("confirmed", "alice"))


def waiting_in_vain_is_exit_6():
    ports = [dict(BUSY["ports"][0], stay=True)] + BUSY["ports"][1:]
    with Server(dict(BUSY, ports=ports)) as s:
        r = s.run("disconnect", "--port", "vpn-1", "--wait=300ms")
        same(r.code, 6, r)
        has(r.out, "asked, not confirmed")
        has(r.err, "still there")
        r = s.run("disconnect", "--port", "vpn-1", "--wait=100ms", "--json")
        same((r.code, r.json["asked"], r.json["confirmed"]), (6, 1, 0), r)
        same(r.json["sessions"][0]["result"], "unconfirmed")


def an_order_that_the_server_gives_up_is_not_waited_for():
    ports = [dict(BUSY["ports"][0], looks=2, gives_up=True)] + BUSY["ports"][1:]
    with Server(dict(BUSY, ports=ports)) as s:
        r = s.run("disconnect", "--port", "vpn-1", "--wait=1h", "--json")
        same((r.code, r.json["confirmed"], r.json["sessions"][0]["result"]), (6, 0, "unconfirmed"), r)
        has(r.err, "the server has given up")
        one_sentence(r)


def without_waiting_confirmed_is_null():
    with Server() as s:
        r = s.run("disconnect", "--port", "vpn-1", "--json")
        same((r.code, r.json["asked"], r.json["confirmed"], r.json["sessions"][0]["result"]), (0, 1, None, "asked"), r)


def the_links_of_a_connection_are_one_session():
    with Server() as s:
        r = s.run("disconnect", "--user", "bob")
        same(r.code, 0, r)
        same(sorted(s.orders()), ["disconnect 1048580", "disconnect 1048581"])


def several_sessions_need_yes():
    with Server() as s:
        for more in ([], ["--no-input"], ["--json"]):
            r = s.run("disconnect", "--user", "alice", *more)
            same((r.code, r.out), (2, ""), r)
            has(r.err, "2 sessions match; nothing was disconnected", "--yes")
            one_sentence(r)
        same(s.run("disconnect", "--all", "--no-input").code, 2)
        same(s.orders(), [])
    with Server() as s:
        same(s.run("disconnect", "--user", "alice", "--yes").code, 0)
        same(sorted(s.orders()), ["disconnect 1048577", "disconnect 1048579"])


def a_terminal_is_asked():
    for answer, code, orders in (("y\n", 0, 2), ("YES\n", 0, 2), ("n\n", 1, 0), ("\n", 1, 0), ("yup\n", 1, 0), ("\x04", 1, 0)):
        with Server() as s:
            r = run_on_terminal("-s", s.name, "disconnect", "--user", "alice", typed=[("[y/N] ", answer)])
            same(r.code, code, r)
            has(r.out, "Disconnect these 2 sessions?", "alice on vpn-1", "alice on vpn-3")
            same(len(s.orders()), orders)


def a_terminal_is_not_asked_with_no_input():
    with Server() as s:
        r = run_on_terminal("-s", s.name, "--no-input", "disconnect", "--user", "alice")
        same(r.code, 2, r)
        assert "[y/N]" not in r.out


def all_must_be_typed_and_leaves_idle_ports_alone():
    with Server() as s:
        r = s.run("disconnect")
        same(r.code, 2, r)
        has(r.err, "--all")
        same(s.run("disconnect", "--yes").code, 2)
        same(s.run("disconnect", "--user", "").code, 2)
        same(s.run("disconnect", "--address", "10.8.0.").code, 2)
        same(s.run("disconnect", "--connection", "bob").code, 2)
        same(s.run("disconnect", "alice").code, 2)
        same(s.run("disconnect", "--all", "--yes").code, 0)
        same(len(s.orders()), 4)


def selectors_combine():
    with Server() as s:
        same(s.run("disconnect", "--user", "alice", "--address", "10.8.0.7").code, 0)
        r = s.run("disconnect", "--user", "bob", "--address", "10.8.0.7")
        same(r.code, 3, r)
        has(r.err, "no session matches all of these options")
        same(s.orders(), ["disconnect 1048579"])


def dry_run_does_nothing():
    with Server() as s:
        r = s.run("disconnect", "--all", "--dry-run")
        same(r.code, 0, r)
        same(r.out.count("would be disconnected"), 4)
        j = s.run("disconnect", "--user", "alice", "--dry-run", "--json").json
        same((j["dry_run"], j["matched"], j["asked"], [x["result"] for x in j["sessions"]]), (True, 2, 0, ["not_asked", "not_asked"]))
        same(s.orders(), [])


def nobody_is_exit_3():
    with Server() as s:
        for args in (["--port", "nowhere"], ["--user", "carol"], ["--connection", "99"], ["--address", "10.8.0.99"], ["--port", "4000000"]):
            r = s.run("disconnect", *args)
            same((r.code, r.out), (3, ""), r)
            one_sentence(r)
        same(s.run("port", "nowhere").code, 3)
        same(s.run("connection", "nobody").code, 3)
        same(s.orders(), [])
    with Server({"ports": [port(2, "vpn-2")], "connections": []}) as s:
        r = s.run("disconnect", "--all", "--yes")
        same(r.code, 3)
        has(r.err, "nobody is connected")


def a_handle_of_an_earlier_session_hits_nobody():
    with Server() as s:
        r = s.run("disconnect", "--port", "2097153")
        same(r.code, 3, r)
        has(r.err, "earlier session on port vpn-1", "somebody else is there now", "not touched")
        r = s.run("disconnect", "--port", "1048578")
        has(r.err, "earlier session on port vpn-2", "nobody is there now")
        same(s.orders(), [])


def who_takes_the_port_after_the_listing_is_not_touched():
    """alice is listed, leaves, carol takes her port: carol stays, and the caller is told."""
    ports = [dict(BUSY["ports"][0], then={"handle": 2097153, "connection": 21})] + BUSY["ports"][1:]
    with Server(dict(BUSY, ports=ports)) as s:
        r = s.run("disconnect", "--port", "vpn-1", "--wait", "--json")
        same(r.code, 3, r)
        f = r.json["failed"][0]
        same((f["code"], f["code_name"], f["reason"], f["handle"]), (87, "ERROR_INVALID_PARAMETER", "stale", 1048577))
        has(r.err, "gone meanwhile", "somebody else", "not touched")
        same(s.orders(), ["disconnect 1048577"])  # and never carol's 2097153


def each_refusal_has_its_sentence_and_exit_code():
    for code, exit_code, words in ((5, 4, "[roles] in rrasd.conf"), (21, 1, "driver"), (31, 1, "refused"), (606, 3, "nobody is connected"),
                                   (903, 1, "LANs"), (1460, 6, "the order stands"), (87, 3, "not touched"), (12345, 1, "error 12345"),
                                   (1317, 1, "user")):
        ports = [dict(BUSY["ports"][0], code=code)] + BUSY["ports"][1:]
        with Server(dict(BUSY, ports=ports)) as s:
            r = s.run("disconnect", "--port", "vpn-1")
            same(r.code, exit_code, r)
            has(r.err, "alice", "vpn-1", s.name, words, f"error {code}")
            one_sentence(r)


def an_order_that_stands_can_be_waited_for():
    ports = [dict(BUSY["ports"][0], code=1460, looks=1, ordered=True)] + BUSY["ports"][1:]
    with Server(dict(BUSY, ports=ports)) as s:
        r = s.run("disconnect", "--port", "vpn-1", "--wait")
        same((r.code, r.err), (0, ""), r)


def some_done_and_some_not_is_exit_5():
    ports = [dict(BUSY["ports"][0], code=31)] + BUSY["ports"][1:]
    with Server(dict(BUSY, ports=ports)) as s:
        r = s.run("disconnect", "--all", "--yes", "--wait", "--json")
        same(r.code, 5, r)
        j = r.json
        same((j["matched"], j["asked"], j["confirmed"], len(j["failed"]), j["failed"][0]["reason"]), (4, 3, 3, 1, "refused"))
    with Server() as s:
        r = s.run("disconnect", "--port", "vpn-1", "--port", "nowhere")
        same(r.code, 5, r)
        has(r.err, "nothing matches --port nowhere")


def a_server_that_dies_with_the_order_leaves_it_unconfirmed():
    ports = [dict(BUSY["ports"][0], die=True)] + BUSY["ports"][1:]
    with Server(dict(BUSY, ports=ports)) as s:
        r = s.run("disconnect", "--port", "vpn-1")
        same(r.code, 6, r)
        has(r.err, "whether it arrived is not known")
        one_sentence(r)


def interrupting_tells_what_was_done():
    ports = [dict(BUSY["ports"][0], stay=True, looks=1)] + BUSY["ports"][1:]
    with Server(dict(BUSY, ports=ports)) as s:
        with Background("-s", s.name, "disconnect", "--port", "vpn-1", "--wait=1h", "--json") as p:
            same(os.read(s.pipe, 100), b"disconnect 1048577\n")  # ordered: now it waits
            p.send_signal(signal.SIGINT)
            out, err = p.communicate(timeout=LIMIT)
            j = json.loads(out)
            same((p.returncode, j["asked"], j["confirmed"], j["sessions"][0]["result"]), (6, 1, 0, "unconfirmed"), err)
            has(err, "interrupted; what was ordered stands")


def a_server_that_is_restarted_meanwhile_is_waited_for():
    ports = [dict(BUSY["ports"][0], stay=True)] + BUSY["ports"][1:]
    with Server(dict(BUSY, ports=ports)) as s:
        with Background("-s", s.name, "disconnect", "--port", "vpn-1", "--wait=1h") as p:
            same(os.read(s.pipe, 100), b"disconnect 1048577\n")
            s.stop()
            os.close(s.pipe)
            s.rewrite({"ports": [port(1048577, "vpn-1")], "connections": []})
            s.start()
            same((p.wait(LIMIT), "disconnected" in p.stdout.read()), (0, True))


def a_server_that_hangs_is_left_in_time():
    ports = [dict(BUSY["ports"][0], hang=True)] + BUSY["ports"][1:]
    with Server(dict(BUSY, ports=ports)) as s:
        began = time.monotonic()
        r = s.run("--timeout", "500ms", "disconnect", "--port", "vpn-1")
        same(r.code, 6, r)
        assert time.monotonic() - began < 20


def denied_is_exit_4():
    with Server(deny=["view", "disconnect", "admin"]) as s:
        for args in (["status"], ["ports"], ["connections"], ["port", "vpn-1"], ["disconnect", "--all", "--yes"], ["watch"]):
            r = s.run(*args)
            same((r.code, r.out), (4, ""), r)
            has(r.err, "access denied", "[roles] in rrasd.conf", "error 5")
            one_sentence(r)
    with Server(deny=["disconnect", "admin"]) as s:
        same(s.run("ports").code, 0)
        r = s.run("disconnect", "--port", "vpn-1")
        same(r.code, 4, r)
        same(s.run("clear-stats", "--port", "vpn-1").code, 4)
        same(s.run("reset", "vpn-1").code, 4)
        same(s.run("disconnect", "--all", "--yes").code, 4)


def a_router_between_lans_says_so():
    with Server(lan_only=True) as s:
        r = s.run("status")
        same(r.code, 0, r)
        has(r.out, "LAN routing only")
        same(s.run("status", "--json").json["connections"], None)
        for args in (["ports"], ["connections"], ["disconnect", "--all", "--yes"]):
            r = s.run(*args)
            same(r.code, 1, r)
            has(r.err, "routes between LANs", "error 903")
            one_sentence(r)


def no_server_is_exit_7():
    for args in (["status"], ["ports"], ["disconnect", "--all", "--yes"], ["watch"], ["port", "x"]):
        r = run("-s", "ncalrpc:[/nonexistent/sock]", *args)
        same((r.code, r.out), (7, ""), r)
        has(r.err, "is rrasd running there?", "/nonexistent/sock: No such file or directory")
        one_sentence(r)


def a_name_over_tcp_needs_its_port():
    r = run("-s", "ncacn_ip_tcp:gate", "status")
    same((r.code, r.out), (7, ""), r)
    has(r.err, "which port?", "ncacn_ip_tcp:gate[PORT]", "error 1722")
    one_sentence(r)


def names_that_are_no_servers_are_exit_2():
    for name in ("ncalrpc:[relative]", "ncacn_spx:host", "ssh://", "ssh://-oProxyCommand=x", "ssh://a b"):
        r = run("-s", name, "status")
        same(r.code, 2, r)
        one_sentence(r)


def wrong_usage_is_exit_2():
    for args in ([], ["--nonsense"], ["ports", "extra"], ["port"], ["port", "a", "b"], ["--timeout", "soon", "status"],
                 ["--timeout", "0", "status"], ["--color=red", "status"], ["watch", "--interval", "1ms"], ["watch", "--count", "0"],
                 ["disconnect", "--all", "--wait=never"], ["help", "nonsense"], ["--stdio", "status"]):
        r = run(*args)
        same((r.code, r.out), (2, ""), (args, r))


def the_environment_names_the_socket():
    with Server() as s:
        same(run("status", env={"OPENRRAS_SOCKET": s.socket}).code, 0)
        same(run("-s", "default", "status", env={"OPENRRAS_SOCKET": s.socket}).code, 0)


if __name__ == "__main__":
    main(globals())
