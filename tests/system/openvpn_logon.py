#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""rras-openvpn as one of those who decide who may log on (management-client-auth), with a real OpenVPN server and real clients; rrasd is
played by tests/lib/standin.py."""
import os
import signal
import sys
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests", "lib"))

from openvpn_driver import World
from scope import Scope, may_make_networks, wait_until
from tap import Report
from vpn import wait_gone

# With new keys every 5 s openvpn waits 2.5 s for an answer about a log-on, not a minute. It drops some packets at each new key.
ASKS = "management-client-auth\nauth-user-pass-optional\nreneg-sec 5\nverb 4\n"


def keep_out(w, n, user, **more):
    """Give the order; the driver's answer."""
    before = len(w.rrasd.history)
    w.rrasd.send({"type": "keep-out", "n": n, "user": user, "until": int(time.time()) + 3600, **more})
    return answer(w, n, before)


def answer(w, n, before):
    return w.rrasd.wait(f"the answer to keep-out {n}", lambda s: [m for m in s.history[before:] if m["type"] == "keep-out-reply" and m["n"] == n])[0]


def lift(w, n):
    w.rrasd.send({"type": "keep-out-lift", "n": n})


def wait_degraded(w, words):
    return w.rrasd.wait(f"{words} in the health", lambda s: s.health.get("state") == "degraded" and words in s.health.get("text", ""))


# ---- openvpn asks, and the driver answers ----


def lets_in_and_keeps_out(report, w):
    bob = w.client("bob", 2)
    b = w.rrasd.wait_user("bob")
    alice = w.client("alice", 1)
    a = w.rrasd.wait_user("alice")
    report.check("whose certificate is good is let in", a["auth"] == "certificate", a)
    reply = keep_out(w, 1, "alice", reason='Call "1234"')
    report.check("a keep-out is taken", reply["result"] == "taken" and reply["text"] == "denied at log-on", reply)
    wait_until("two new keys of alice", lambda: w.server.process.log().count("client-auth-nt 1 ") >= 3, 60)
    report.check("who is there already stays, also when keys are renewed", [s["id"] for s in w.rrasd.of("alice")] == [a["id"]])
    w.rrasd.disconnect(a)
    w.rrasd.wait_gone(a)
    alice.process.end()
    alice = w.client("alice", 1, wait=False)
    wait_gone(alice)
    report.check("who is kept out is turned away, with the administrator's words", "AUTH_FAILED,Call _1234_" in alice.process.log(),
                 alice.process.log()[-500:])
    kept = w.rrasd.wait("the driver's word", lambda s: [m for m in s.messages if m["type"] == "kept-out"])[0]
    report.check("and rrasd hears of it", kept["n"] == 1 and kept["user"] == "alice" and kept["client_address"].startswith("10.77.1.2:"), kept)
    report.check("no session has begun", not w.rrasd.of("alice"))
    lift(w, 1)
    alice = w.client("alice", 1)
    report.check("after that she is let in again", w.rrasd.wait_user("alice") is not None)
    report.check("and bob was there all the time", bob.process.alive() and [s["id"] for s in w.rrasd.of("bob")] == [b["id"]])


def keeps_out_while_rrasd_is_away(report, w):
    keep_out(w, 2, "alice")
    path = w.rrasd.path
    w.rrasd.close()
    alice = w.client("alice", 1, wait=False)
    wait_gone(alice)
    report.check("while rrasd is away the driver keeps to what it was told", "AUTH_FAILED,access is denied for the time being" in alice.process.log())
    w.rrasd = type(w.rrasd)(path, w.rrasd.admission)
    w.rrasd.wait_online()
    w.rrasd.send({"type": "keep-out-end"})
    w.client("alice", 1)
    report.check("and a new rrasd that does not name it has lifted it", w.rrasd.wait_user("alice") is not None)


def believes_no_name_that_nobody_checks(report, w):
    up = w.scope.write("alice-says", "alice\nopensesame\n", 0o600)
    bob = w.client("bob", 2, "--auth-user-pass", up, wait=False)
    wait_gone(bob)
    report.check("who gives another user's name is turned away", "AUTH_FAILED,access is denied" in bob.process.log(), bob.process.log()[-500:])
    report.check("and nobody is shown under that name", not w.rrasd.of("alice"))
    report.check("no password is in the driver's log", "opensesame" not in w.driver.log())
    up = w.scope.write("bob-says", "bob\nopensesame\n", 0o600)
    w.client("bob", 2, "--auth-user-pass", up)
    report.check("his own name does no harm", w.rrasd.wait_user("bob")["auth"] == "certificate")


def a_driver_that_was_away(report, w):
    bob = w.client("bob", 2)
    before = w.rrasd.wait_user("bob")
    w.driver.signal(signal.SIGKILL)
    w.driver.wait_end()
    w.rrasd.wait_offline()
    alice = w.client("alice", 1, "--auth-retry", "nointeract", wait=False)  # else it ends when openvpn gives up waiting for us
    alice.process.wait_log("Peer Connection Initiated")
    time.sleep(1)
    report.check("while the driver is away nobody gets in", "Initialization Sequence Completed" not in alice.process.log())
    w.start_driver("--client-auth", "certificate")
    alice.wait_up()
    report.check("when it is back, the client gets in with its next attempt", w.rrasd.wait_user("alice") is not None)
    after = w.rrasd.wait_user("bob")
    report.check("and who was there is still there, in the same session", after["id"] == before["id"] and bob.process.alive() and
                 bob.process.log().count("Initialization Sequence Completed") == 1, (before, after))
    wait_until("an answer to his ping", lambda: bob.ping(1) == 1)  # openvpn drops some packets at each new key
    report.check("and his tunnel works", True)


# ---- half set up ----


def openvpn_asks_and_the_driver_does_not_answer(report, w):
    alice = w.client("alice", 1, wait=False)
    wait_degraded(w, "nobody can log on")
    report.check("openvpn asks, but client-auth is off: rrasd is told that nobody can log on", True)
    reply = keep_out(w, 1, "mallory")
    report.check("and a keep-out is refused, with the reason", reply["result"] == "refused" and "client-auth is off" in reply["text"], reply)
    report.check("nobody has been let in", not w.rrasd.sessions and alice.process.alive())


def the_driver_would_answer_and_openvpn_does_not_ask(report, w):
    reply = keep_out(w, 1, "alice")
    report.check("client-auth is set: a keep-out is taken", reply["result"] == "taken", reply)
    before = len(w.rrasd.history)
    w.client("alice", 1)
    reply = answer(w, 1, before)
    report.check("until openvpn lets somebody in without a question", reply["result"] == "refused" and "management-client-auth" in reply["text"],
                 reply)
    wait_degraded(w, "openvpn does not ask")
    report.check("which is said to rrasd as well", True)


# ---- openvpn checks passwords by itself ----


def a_script_decides_as_well(report, w):
    good, bad = w.scope.write("good", "carol\nright\n", 0o600), w.scope.write("bad", "carol\nwrong\n", 0o600)
    carol = w.client("alice", 1, "--auth-user-pass", bad, wait=False)
    wait_gone(carol)
    report.check("whom openvpn's script turns away does not get in by the driver's yes", "AUTH_FAILED" in carol.process.log())
    carol = w.client("alice", 1, "--auth-user-pass", good)
    c = w.rrasd.wait_user("carol")
    report.check("whom it lets in is the user whose name it has checked", c["auth"] == "password", c)
    keep_out(w, 1, "carol")
    w.rrasd.disconnect(c)
    wait_gone(carol)
    carol = w.client("alice", 1, "--auth-user-pass", good, wait=False)
    wait_gone(carol)
    report.check("and is kept out by that name, with the right password", "AUTH_FAILED,access is denied for the time being" in carol.process.log())


# ---- rrasd says who may dial in ----


VERDICTS = {"alice": "dial-in permission refused", "bob": True}  # whom it does not name waits for an answer


def rrasd_says_who_may_dial_in(report, w):
    w.undisturbed()
    report.check("who may dial in is asked for and let in", [m["user"] for m in w.rrasd.messages if m["type"] == "admission-ask"] == ["bob"])
    alice = w.client("alice", 1, wait=False)
    wait_gone(alice)
    report.check("who may not is turned away, with rrasd's words", "AUTH_FAILED,dial-in permission refused" in alice.process.log(),
                 alice.process.log()[-500:])
    ask = [m for m in w.rrasd.messages if m["type"] == "admission-ask"][-1]
    report.check("he was asked for with his address", ask["user"] == "alice" and ask["client_address"].startswith("10.77.1.2:"), ask)
    report.check("no session has begun", not w.rrasd.of("alice"))
    w.still_undisturbed(report)


def others_go_on_while_one_waits(report, w):
    del VERDICTS["alice"]
    alice = w.client("alice", 1, wait=False)
    ask = w.rrasd.wait("the question about alice", lambda s: [m for m in s.messages if m["type"] == "admission-ask" and m["user"] == "alice"])[-1]
    w.client("bob", 2)
    report.check("while one waits for the answer another is let in", w.rrasd.wait_user("bob") is not None and not w.rrasd.of("alice"))
    w.rrasd.answer(ask, True)
    report.check("and he as soon as it is there", w.rrasd.wait_user("alice") is not None)
    alice.wait_up()


def without_rrasd_the_site_decides(report, w):
    path = w.rrasd.path
    w.rrasd.close()
    alice = w.client("alice", 1, wait=False)
    alice.wait_up()
    report.check("while rrasd is away users are let in", True)
    w.rrasd = type(w.rrasd)(path, w.rrasd.admission)
    report.check("and are shown when it is back", w.rrasd.wait_user("alice") is not None)
    w.rrasd.close()
    w.driver.end()
    w.start_driver("--client-auth", "certificate", "--no-answer", "refuse")
    bob = w.client("bob", 2, wait=False)
    wait_gone(bob)
    report.check("or not, if the site wants that", "AUTH_FAILED,it can not be checked" in bob.process.log(), bob.process.log()[-500:])
    w.rrasd = type(w.rrasd)(path, w.rrasd.admission)


CHECK = "#!/bin/sh\n[ \"$(cat \"$1\")\" = \"$(printf 'carol\\nright')\" ]\n"
WORLDS = [([lets_in_and_keeps_out, keeps_out_while_rrasd_is_away, believes_no_name_that_nobody_checks, a_driver_that_was_away],
           ASKS, ("--client-auth", "certificate")),
          ([rrasd_says_who_may_dial_in, others_go_on_while_one_waits, without_rrasd_the_site_decides],
           ASKS.replace("reneg-sec 5\n", ""), ("--client-auth", "certificate"), VERDICTS.get),
          ([openvpn_asks_and_the_driver_does_not_answer], ASKS, ()),
          ([the_driver_would_answer_and_openvpn_does_not_ask], "", ("--client-auth", "certificate")),
          ([a_script_decides_as_well], ASKS + "script-security 2\nauth-user-pass-verify {check} via-file\n", ("--client-auth", "password"))]


def run_world(report, tests, extra, options, admission=None):
    with Scope() as scope:
        w = World(scope, options=options, admission=admission, extra=extra.format(check=scope.write("check", CHECK, 0o755)))
        w.rrasd.wait_online()
        for test in tests:
            print(f"# {test.__name__}", flush=True)
            failed = report.failed
            report.run(test.__name__, test, w)
            report.run(f"{test.__name__}: tidying up", lambda _: w.clear())
            if report.failed > failed:
                print("# driver:", w.driver.log()[-3000:], "# openvpn:", w.server.process.log()[-3000:], "# driver's messages:",
                      *w.rrasd.history[-20:], sep="\n", flush=True)


def main():
    report = Report()
    only = sys.argv[1:]
    why = may_make_networks()
    for tests, *world in WORLDS:
        tests = [t for t in tests if not only or t.__name__ in only]
        if why:
            for test in tests:
                report.skip(test.__name__, why)
        elif tests:
            report.run(tests[0].__name__, run_world, tests, *world)
    report.finish()


if __name__ == "__main__":
    main()
