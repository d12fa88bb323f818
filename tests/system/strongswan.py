#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A real strongSwan gateway with real users, rras-vici, rrasd and rasadmin, end to end: the scenarios of tests/lib/scenarios.py, and what
is strongSwan's own."""
import contextlib
import os
import pwd
import signal
import sys
import threading

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests", "lib"))

import charon
from programs import program
from scenarios import Stopwatch, counters, main
from scope import ip, may_make_networks, run_group, wait_until
from standin import Standin
from strongswan import StrongSwan


def why_not():
    return charon.missing() or may_make_networks()


@contextlib.contextmanager
def another_driver(w, *options, before=()):
    """A second driver for the same charon, whose rrasd is played; (stand-in, process)."""
    path = w.scope.path("another.sock")
    with contextlib.ExitStack() as tidy:
        rrasd = Standin(path)
        tidy.callback(rrasd.close)
        process = w.scope.start(*before, program("rras-vici"), "--vici", w.adapter.gateway.vici, "--socket", path, "--instance", "another",
                                *options, log="another-driver")
        tidy.callback(process.end)
        yield rrasd, process


def her_ike(w, user):
    return w.adapter.sa_of(user)["uniqueid"]


def same_session(report, w, what, user, port):
    now = w.listed(user)
    report.check(f"{what}: it is the same connection", (now["name"], now["handle"]) == (port["name"], port["handle"]), (port, now))


def counted(w, port):
    return counters(w, port["name"])["bytes_in"]


# ---- rekeying ----


def rekeyed_by_either_side(report, w):
    alice, port = w.connect_listed("alice")
    first = her_ike(w, "alice")
    moved = alice.traffic()
    with w.undisturbed(report):
        w.adapter.gateway.swanctl("--rekey", "--ike", "eap")
        second = wait_until("another IKE_SA", lambda: (i := her_ike(w, "alice")) != first and i)
        same_session(report, w, "IKE_SA rekeyed by the gateway", "alice", port)
        alice.client.rekey("ike")
        third = wait_until("a third one", lambda: (i := her_ike(w, "alice")) not in (first, second) and i)
        same_session(report, w, "IKE_SA rekeyed by the client", "alice", port)
        alice.client.rekey("child")
        moved += alice.traffic()
        wait_until("counters over all CHILD_SAs", lambda: counted(w, port) >= moved)
        report.check("what the CHILD_SA before has counted is not lost", True)
        w.restart_driver()
        same_session(report, w, "the driver restarted after all that", "alice", port)
        report.check("with what was counted", counted(w, port) >= moved)
        status, out, err = w.disconnect(port["name"], "--wait")
        report.check("she is disconnected though her IKE_SA is the third", status == 0 and third and not w.adapter.daemon_has(alice),
                     f"{status}: {out}{err}")
        alice.wait_gone()


def ikev1_authenticates_anew(report, w):
    carol, port = w.connect_listed("carol")
    first = her_ike(w, "carol")
    moved = carol.traffic()
    carol.client.rekey("ike")
    wait_until("another IKE_SA with her CHILD_SA", lambda: any(sa["uniqueid"] != first and sa.get("child-sas") for sa in w.adapter.gateway.sas()
                                                             if sa.get("remote-xauth-id") == "carol"))
    moved += carol.traffic()
    wait_until("counters that go on", lambda: counted(w, port) >= moved)
    same_session(report, w, "IKEv1 authenticated anew", "carol", port)
    report.check("she is listed once", sum(p["user"] == "carol" for p in w.site.ports().values()) == 1, w.site.ports())
    status, out, err = w.disconnect(port["name"], "--wait")
    report.check("she can be disconnected", status == 0, f"{status}: {out}{err}")
    carol.wait_gone()


def a_client_moves(report, w):
    """MOBIKE: she goes on from another address."""
    alice, port = w.connect_listed("alice")
    netns, device = alice.client.charon.netns, "w1r"
    ip("addr", "del", "10.76.1.2/24", "dev", device, netns=netns)
    ip("addr", "add", "10.76.1.3/24", "dev", device, netns=netns)
    try:
        wait_until("her new address", lambda: w.site.port_of("alice")["remote_address"].startswith("10.76.1.3:"))
        same_session(report, w, "moved to another address", "alice", port)
        report.check("and her tunnel works", alice.traffic() > 0)
        alice.end()
        w.not_listed("alice")
    finally:
        ip("addr", "add", "10.76.1.2/24", "dev", device, netns=netns)


# ---- who is shown ----


def sites_are_not_users(report, w):
    branch = charon.Client(w.scope, w.adapter.network, "branch", 3, "office").start()
    w.clients.append(branch)
    alice, _ = w.connect_listed("alice")
    report.check("a site-to-site connection is up and not listed", branch.is_up() and
                 {p["user"] for p in w.site.ports().values() if p["user"]} == {"alice", "bob"}, w.site.ports())
    with another_driver(w, "--connections", "off*, nothing") as (rrasd, _):
        rrasd.wait_online()
        shown = rrasd.wait_user("branch.example.test")
        report.check("unless its name is given, and then nobody else is", len(rrasd.sessions) == 1 and shown["auth"] == "psk", rrasd.sessions)
    branch.end()
    del alice


def only_a_group_may(report, w):
    """What README.md says for a machine that runs strongSwan already: the driver's group gets the socket, and nothing else."""
    nobody, path = pwd.getpwnam("nobody"), w.adapter.gateway.vici
    state = w.scope.path("nobody")
    os.mkdir(state, 0o700)
    os.chown(state, nobody.pw_uid, nobody.pw_gid)
    drop = ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups", "--bounding-set=-all", "--no-new-privs"]
    with another_driver(w, "--state-file", f"{state}/state", before=drop) as (rrasd, _):
        os.chmod(rrasd.path, 0o666)
        health = rrasd.wait("the reason", lambda s: [m["health"] for m in s.messages if m["type"] == "hello" and "health" in m])
        report.check("a driver that may not open the socket says so", "Permission denied" in health[0]["text"], health)
        os.chown(path, -1, nobody.pw_gid)
        try:
            rrasd.wait_online()
            bob = rrasd.wait_user("bob")
            report.check("one whose group has the socket needs no other right", bob["auth"] == "psk" and os.stat(path).st_uid == 0, bob)
            wait_until("its state file", lambda: os.path.exists(f"{state}/state"))
        finally:
            os.chown(path, -1, 0)


# ---- disconnecting ----


def is_stopped(pid):
    states = []
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/stat") as f:
            states.append(f.read().rpartition(")")[2].split()[0])
    return set(states) == {"T"}


def a_dead_peer_holds_up_nobody(report, w):
    alice, carol = w.connect("alice"), w.connect("carol")
    with another_driver(w) as (rrasd, _):
        a, c = rrasd.wait_user("alice"), rrasd.wait_user("carol")
        alice.client.charon.process.signal(signal.SIGSTOP)
        try:
            wait_until("all threads of her charon stopped", lambda: is_stopped(alice.client.charon.process.pid))
            order = rrasd.disconnect(a)
            report.check("charon takes an order against a dead peer", rrasd.wait_reply(order)["result"] == "accepted")
            order = rrasd.disconnect(c)
            report.check("and one against somebody else", rrasd.wait_reply(order)["result"] == "accepted")
            gone = rrasd.wait_gone(c)
            report.check("who is gone; IKEv1 does not tell whether she has heard it", gone["client_told"] == "unknown", gone)
            report.check("the dead one is still being disconnected", a["id"] in rrasd.sessions)
            order = rrasd.disconnect(a, hard=True)
            report.check("a hard order for it is taken", rrasd.wait_reply(order)["result"] == "accepted")
            gone = rrasd.wait_gone(a)
            report.check("and it is gone, and nobody knows whether she has heard", gone["client_told"] == "unknown" and
                         not w.adapter.daemon_has(alice), gone)
        finally:
            alice.client.charon.process.signal(signal.SIGCONT)


def replaced_between_the_order_and_charon(report, w):
    w.restart_driver(*w.adapter.unasking, held=True)
    alice, port = w.connect_listed("alice")
    proxy = w.adapter.proxy
    with w.undisturbed(report):
        before = w.adapter.before = len(proxy.requests)
        proxy.hold_from("terminate")
        done = []
        order = threading.Thread(target=lambda: done.append(w.disconnect(port["handle"])))
        order.start()
        proxy.wait_held()  # the driver has sent its command; charon has not read it
        carol = w.adapter.replace(alice, "carol")
        w.clients.append(carol)
        proxy.release()
        order.join()
        report.check("alice went, and carol came, before charon read the command: the order is done, or fails", done[0][0] in (0, 1, 3, 6), done)
        w.not_listed("alice")
        w.listed("carol")
        report.check("carol stays", carol.is_up() and carol.traffic() > 0)
        harm = w.adapter.harm_done(carol)
        report.check("nothing was ordered against her", not harm, harm)
        report.check("the command was one against alice", len(proxy.since(before, "terminate")) > 0)
    w.restart_driver()


def the_client_is_told(report, w):
    alice, port = w.connect_listed("alice")
    noticed = Stopwatch(alice.wait_gone)
    w.disconnect(port["name"], "--wait")
    noticed.done()
    report.check("her client has heard that it was disconnected", alice.was_told(), alice.client.charon.process.log()[-500:])


# ---- the protocol ----


def conforms(report, w):
    """tests/drivers/conformance, with real sessions: alice's client connects again whenever one is needed."""
    alice = w.connect("alice")
    gateway, client = w.adapter.gateway, alice.client.charon
    need = f"swanctl --list-sas --uri unix://{client.vici} | grep -q ESTABLISHED || swanctl --initiate --child net --timeout 20 --uri unix://{client.vici} >/dev/null 2>&1"
    alice.start_traffic()  # so that there is something to count whenever she is connected
    make = w.scope.write("need-alice", f"export STRONGSWAN_CONF={client.conf}\n{need}\n")
    status, out = run_group([os.path.join(TOP, "tests/drivers/conformance"), "--kind", "daemon", "--may-disconnect", "--no-skip", "--timeout", "30",
                             "--make-session", f"sh {make}", "--", program("rras-vici"), "--vici", gateway.vici, "--connections", "eap", "--socket",
                             "{socket}"], 400)
    alice.traffic_lost()
    print(*(f"# {line}" for line in out.splitlines()), sep="\n", flush=True)
    report.check("the driver conforms with the protocol, every check made", status == 0)


OWN = [rekeyed_by_either_side, ikev1_authenticates_anew, a_client_moves, sites_are_not_users, only_a_group_may, a_dead_peer_holds_up_nobody,
       replaced_between_the_order_and_charon, the_client_is_told, conforms]

if __name__ == "__main__":
    main(StrongSwan, extra=OWN, why_not=why_not)
