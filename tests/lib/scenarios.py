# SPDX-License-Identifier: Apache-2.0
"""What must hold for every carrying daemon, with a real one, real users, its driver, rrasd and rasadmin: the one list of scenarios.
How a daemon is started, killed or asked says its adapter (tests/lib/adapter.py). A test program is

    from scenarios import main
    main(MyAdapter)

with the names of scenarios as arguments if only these are wanted. bob is connected all the time, and must notice nothing unless the
daemon itself ends. A scenario that can't be with a daemon is named in the adapter's `not_applicable`, with the reason: that is printed, and
is a limit which docs/drivers.md must have.
"""
import contextlib
import json
import signal
import sys
import time

from driver_facts import Facts
from scenario_world import SETTLE, Stopwatch, World, audit_of, counters, when
from scope import Scope, may_make_networks, wait_until
from standin import Standin
from tap import Report


# ---- who is there ----


def up_and_listed(report, w):
    a = w.adapter
    if a.ports:
        idle = [p for p in w.site.ports().values() if p["state"] == "listening" and not p["user"]]
        report.check("idle ports are listed", len(idle) == a.ports - 1, w.site.ports())
    w.facts.feature("idle ports", "yes" if a.ports else "no")
    alice, port = w.connect_listed("alice")
    report.check("alice is connected, on a port of her own", port["name"] != w.bob_port["name"], port)
    report.check("of the right type", port["type"].lower() == a.device_type.lower(), port)
    report.check("with the address that the daemon has given her", port["client_address"] == alice.tunnel_address(), port)
    outer = alice.outer_address()
    if outer:
        report.check("and the one from where she comes", (port["remote_address"] or "").startswith(outer), port)
    w.facts.feature("users", "yes")
    before = counters(w, port["name"])
    moved = alice.traffic()
    wait_until("counters that have grown by the traffic", lambda: all(counters(w, port["name"])[c] >= before[c] + moved for c in before))
    report.check("traffic is counted, both ways", moved > 0)
    w.facts.feature("counters", "yes")


def seen_by_event(report, w):
    """Whatever is shown though the driver does not ask has come by event."""
    w.restart_driver(*w.adapter.unasking)
    w.connect_listed("alice")
    report.check("a new user is seen by event", True)
    w.facts.feature("arrivals", "event")
    w.restart_driver()


def hangs_up(report, w):
    if w.adapter.goes_by == "event":
        w.restart_driver(*w.adapter.unasking)
    alice, _ = w.connect_listed("alice")
    with w.undisturbed(report):
        alice.leave()
        w.not_listed("alice")
    report.check(f"a user who hangs up is seen by {w.adapter.goes_by}", True)
    w.facts.feature("departures", w.adapter.goes_by)
    if w.adapter.goes_by == "event":
        w.restart_driver()


# ---- disconnecting ----


def disconnected_by_port(report, w):
    alice, port = w.connect_listed("alice")
    with w.undisturbed(report):
        noticed = Stopwatch(alice.wait_gone)
        status, out, err = w.disconnect(port["name"], "--wait")
        report.check("her port is disconnected, confirmed", status == 0, f"{status}: {out}{err}")
        report.check("the daemon has ended her session", not w.adapter.daemon_has(alice))
        at = noticed.done()
        report.check("her client has noticed", True)
        after = w.site.ports().get(port["name"])
        report.check("her port is free", after is None or after["state"] == "listening" or after["handle"] != port["handle"], after)
    order, outcome = audit_of(w, "alice")
    report.check("the audit log has the order and its outcome", outcome["outcome"] == "gone", (order, outcome))
    w.facts.feature("disconnect", "yes")
    w.facts.feature("confirmation", "yes")
    w.facts.time("gone, server", outcome["took_ms"])
    w.facts.time("gone, client", max(0, at - when(order)) * 1000)
    what_the_client_does_then(report, w, alice, port, at)


def what_the_client_does_then(report, w, alice, old, since):
    """A client that comes back must be listed as a new connection; one that exits, exits; the others are given five seconds."""
    def probe():
        port = w.site.port_of("alice")
        if port and port["handle"] != old["handle"]:
            return "comes back"
        return None if alice.runs() else "exits"
    try:
        then = wait_until("something", probe, 5 if w.adapter.client_next == "stays away" else 30)
    except Exception:
        then = "stays away"
    report.check(f"her client {w.adapter.client_next}", then == w.adapter.client_next, then)
    w.facts.feature("then", then)
    if then == "comes back":
        alice.wait_up()
        w.facts.time("back", (time.time() - since) * 1000)


def comes_back_at_once(report, w):
    alice, old = w.connect_listed("alice")
    w.disconnect(old["name"], "--wait")
    if w.adapter.client_next == "comes back":
        alice.wait_up()
    else:
        alice.end()
        alice = w.connect("alice")
    new = wait_until("alice in another session", lambda: (p := w.site.port_of("alice")) and p["state"] == "connected" and
                     p["handle"] != old["handle"] and p)
    report.check("who comes back at once is a new connection", new["connection"] != old["connection"], (old, new))
    status, out, err = w.disconnect(old["handle"])
    report.check("the old handle is refused", status == 3, f"{status}: {out}{err}")
    time.sleep(SETTLE)
    report.check("and alice is still there", w.site.port_of("alice") and alice.is_up(), w.site.ports())


def port_used_again(report, w):
    """Somebody is on alice's old port now, perhaps she herself: her old handle must not mean that session."""
    alice, old = w.connect_listed("alice")
    w.disconnect(old["name"], "--wait")
    alice.wait_gone()
    for user in ("carol", "alice"):  # with three ports, bob on one of them, all are taken now
        for client in [c for c in w.clients if c.user == user]:
            client.end()
        w.connect_listed(user)
    users = {p["user"] for p in w.site.ports().values()}
    again = w.site.ports().get(old["name"])
    report.check("her port is in use again, with another handle", again and again["user"] in ("alice", "carol") and again["handle"] != old["handle"], again)
    status, out, err = w.disconnect(old["handle"])
    report.check("the old handle is refused", status == 3, f"{status}: {out}{err}")
    time.sleep(SETTLE)
    report.check("and nobody has gone", users == {p["user"] for p in w.site.ports().values()} == {"alice", "bob", "carol"}, w.site.ports())


def ended_hard(report, w):
    """The hard way, which rrasd goes when the polite one has not worked. rrasd is played here, so that it can be ordered at once."""
    path = w.site.path("hard.sock")
    with contextlib.ExitStack() as tidy:
        rrasd = Standin(path)
        tidy.callback(rrasd.close)
        if w.by_daemon:
            w.adapter.end_driver()
            w.wait_away()
        w.adapter.start_driver(path)
        alice = w.connect("alice")
        session = rrasd.wait_user("alice")
        hello = next(m for m in rrasd.history if m["type"] == "hello")
        able = set(hello["capabilities"])
        began = time.monotonic()
        reply = rrasd.wait_reply(rrasd.disconnect(session, hard=True))
        report.check("a hard order is taken", reply["result"] == "accepted", reply)
        gone = rrasd.wait_gone(session)
        w.facts.time("hard, server", (time.monotonic() - began) * 1000)
        report.check("and carried out", not w.adapter.daemon_has(alice), gone)
        w.facts.feature("hard disconnect", "yes" if "hard" in able else "the same way")
        alice.end()
        alice = w.connect("alice")
        session = wait_until("alice again", lambda: next((s for s in rrasd.of("alice") if s["id"] != session["id"]), None))
        how = session.get("auth") or None
        report.check("how she has authenticated is shown" if w.adapter.auth else "how she has authenticated is not shown", how == w.adapter.auth, session)
        w.facts.feature("authentication", how or "no")
        rrasd.disconnect(session, reason="maintenance")
        gone = rrasd.wait_gone(session)
        alice.wait_gone()
        told = gone.get("client_told", "unknown")
        report.check("the driver does not say of a client that it was told, or was not, when that is not so",
                     told == "unknown" or (told == "yes") == alice.was_told(), gone)
        w.facts.feature("client told", told)
        report.check("last counters are called final when they are", gone.get("counters_final", False) == w.adapter.counters_final, gone)
        w.facts.feature("last counters", "yes" if w.adapter.counters_final else "no")
        w.facts.feature("message", "yes" if "message" in able else "no")
        report.check("nothing that the driver has said was not JSON", rrasd.broken == [], rrasd.broken)
        alice.end()
        if w.by_daemon:
            w.adapter.end_driver()
    w.start_driver()


# ---- keeping out ----


def kept_out(report, w):
    """alice is kept out: she is turned away, at log-on where daemon and driver can, else as soon as she is there; and let in again."""
    at_logon = w.adapter.keeps_out == "at log-on"
    turned_away(report, w, at_logon)
    w.facts.feature("keep out", w.adapter.keeps_out)
    if w.adapter.keeps_out not in ("at log-on", "on arrival"):
        for client in [w.bob, *w.clients]:
            client.end()
        w.adapter.prepare_keep_out(w.site.driver_socket)
        w.bob_again()
        try:
            turned_away(report, w, True)
            refused(report, w, True)
        finally:
            for client in [w.bob, *w.clients]:
                client.end()
            w.adapter.end_keep_out(w.site.driver_socket)
            w.bob_again()


def the_keep_out(w):
    return json.loads(w.site.admin("--json", "keep-out")[1])["keep_outs"][0]


def turned_away(report, w, at_logon):
    said = "denied at log-on" if at_logon else "on arrival"
    with w.undisturbed(report):
        status, out, err = w.site.admin("keep-out", "add", "alice", "1h", "--reason", "Call the help desk")
        report.check(f"alice is to be kept out, {said}", status == 0, f"{status}: {out}{err}")
        if w.by_daemon:  # a session driver is not there before the session
            wait_until(f"{said}, says the driver", lambda: [d["refuses"] for d in the_keep_out(w)["drivers"] if d["driver"] == w.adapter.driver] == [at_logon])
            report.check(f"{said}, says the driver", True)
        orders = len(w.site.audit("order"))
        alice = w.adapter.try_to_connect("alice")
        w.clients.append(alice)
        wait_until("alice turned away", lambda: the_keep_out(w)["turned_away"] > 0)
        # A client whose session ends before it was quite up may try again by itself. It is turned away again.
        wait_until("no session of hers", lambda: not w.site.port_of("alice") and not w.adapter.daemon_has(alice))
        report.check(f"she is turned away, {said}", True)
        if at_logon and w.by_daemon:  # a session driver hears of it as the session begins, perhaps too late
            report.check("so nothing had to be disconnected", len(w.site.audit("order")) == orders, w.site.audit("order")[orders:])
        alice.end()
        status, out, err = w.site.admin("keep-out", "lift", "alice")
        report.check("she is let in again", status == 0, f"{status}: {out}{err}")
        w.connect_listed("alice")


# ---- who may dial in ----


def may_not_dial_in(report, w):
    """alice may not dial in: she is refused, at log-on where daemon and driver can, else ended as soon as she is there; and ended when the
    permission is taken away while she is."""
    site = w.site
    before, site.sections = site.sections, site.sections + "[users]\nend_sessions = yes\nrecheck = 0\n"
    reload_users(w)
    try:
        refused(report, w, w.adapter.keeps_out == "at log-on")
        w.facts.feature("admission", w.adapter.keeps_out)
        alice, port = w.clients[-1], w.listed("alice")
        orders = len(site.audit("order"))
        with w.undisturbed(report):
            permit(w, "alice", False)
            w.not_listed("alice")
            order = site.audit("order")[orders]
            report.check("when the permission is taken away, her session is ended at once", (order["op"], order["port"], order["user"]) ==
                         ("admission", port["name"], "alice"), order)
            alice.end()
    finally:
        permit(w, "alice", True)
        site.sections = before
        reload_users(w)


def permit(w, user, permitted):
    status, out, err = w.site.admin("user", "permit" if permitted else "refuse", user, "--create")
    if status != 0:
        raise RuntimeError(f"rasadmin user: {status}: {out}{err}")


def reload_users(w):
    after = len(w.site.rrasd.log())
    w.site.write_config()
    w.site.rrasd.signal(signal.SIGHUP)
    w.site.rrasd.wait_log("reload: done", after=after)


def refused(report, w, at_logon):
    where = "at log-on" if at_logon else "on arrival"
    orders, refusals = len(w.site.audit("order")), len(w.site.audit("user-refused"))
    for client in [c for c in w.clients if c.user == "alice"]:
        client.end()
    w.not_listed("alice")
    with w.undisturbed(report):
        permit(w, "alice", False)
        alice = w.adapter.try_to_connect("alice")
        w.clients.append(alice)
        line = wait_until("alice refused", lambda: w.site.audit("user-refused")[refusals:])[0]
        wait_until("no session of hers", lambda: not w.site.port_of("alice") and not w.adapter.daemon_has(alice))
        report.check(f"who may not dial in is refused, {where}", line["user"] == "alice" and ("session" not in line) == at_logon, line)
        given = w.site.audit("order")[orders:]
        report.check("so nothing had to be disconnected" if at_logon else "by an order of rrasd's own",
                     not given if at_logon else given[0]["op"] == "admission" and "who" not in given[0], given)
        alice.end()
        permit(w, "alice", True)
        w.connect_listed("alice")
        report.check("when she may, she is let in", True)


# ---- the daemon in trouble ----


def daemon_ends(report, w, how):
    w.connect_listed("alice")
    ports = {p["name"] for p in w.site.ports().values()}
    (w.adapter.stop if how == "stopped" else w.adapter.kill)(w.bob)
    if not w.by_daemon:
        w.not_listed("bob")
        report.check(f"{how}: bob's session is gone", True)
        w.listed("alice")
        w.bob_again()
        return
    w.wait_away()
    report.check(f"{how}: its ports are not operational", True)
    w.health(report, how)
    status, out, err = w.disconnect(w.bob_port["name"])
    if how == "stopped" and w.adapter.says_goodbye:
        report.check(f"{how}: bob's session has ended with it, so an order finds nobody", status == 3, f"{status}: {out}{err}")
    else:
        report.check(f"{how}: an order is refused with error 21", status == 1 and "21" in out + err, f"{status}: {out}{err}")
    for client in w.clients:
        client.end()
    w.bob.end()
    w.adapter.start()
    w.wait_operational()
    now = w.site.ports().values()
    report.check("started again: nobody is shown who is not there", not [p for p in now if p["user"]], now)
    report.check("on the same ports", not w.adapter.ports or {p["name"] for p in now} == ports, now)
    w.bob_again()
    report.check("and who comes back is listed", w.bob_port["state"] == "connected")


def daemon_stopped(report, w):
    daemon_ends(report, w, "stopped")


def daemon_killed(report, w):
    daemon_ends(report, w, "killed")


def daemon_hung(report, w):
    """SIGSTOP: an order comes to nothing and says so, and when the daemon goes on everybody is where he was."""
    w.restart_driver(*w.adapter.patient)
    alice, port = w.connect_listed("alice")
    w.adapter.freeze(alice)
    try:
        status, out, err = w.disconnect(port["name"])
        report.check("hung: an order fails, and says why", status in (1, 6) and (out + err).strip() != "", f"{status}: {out}{err}")
        if w.by_daemon:
            w.wait_away()
            report.check("hung: its ports are not operational", True)
            w.health(report, "hung")
    finally:
        w.adapter.thaw(alice)
    w.listed("bob")
    report.check("when it goes on, bob is still there", w.listed("bob")["handle"] == w.bob_port["handle"])
    consistent(report, w, alice)
    w.restart_driver()


def consistent(report, w, alice):
    """alice was asked to go while something was broken. Whether she went or not: what is shown is what is, and she can be disconnected."""
    def probe():
        port = w.site.port_of("alice")
        if port and port["state"] == "connected" and w.adapter.daemon_has(alice) is not False:
            return "there"
        return None if port or w.adapter.daemon_has(alice) else "gone"
    how = wait_until("rrasd and the daemon of one mind about alice", probe)
    if how == "there":
        status, out, err = w.site.admin("disconnect", "--user", "alice", "--wait", "--yes")
        report.check("alice is still there, is shown, and can be disconnected", status == 0 and not w.adapter.daemon_has(alice), f"{status}: {out}{err}")
    else:
        alice.wait_gone()
        report.check("alice has gone, and is not shown", True)


def management_lost(report, w):
    with w.undisturbed(report):
        w.adapter.lose_management()
        try:
            w.wait_away()
            report.check("without its management socket the ports are not operational", True)
            w.health(report, "lost")
        finally:
            w.adapter.restore_management()
        w.wait_operational()


def management_held(report, w):
    with w.undisturbed(report):
        w.adapter.end_driver()
        w.wait_away()
        w.adapter.take_management()
        try:
            w.adapter.start_driver(w.site.driver_socket)
            w.health(report, "held")
            status, out, err = w.disconnect(w.bob_port["name"])
            report.check("while another program holds the management interface an order is refused with error 21", status == 1 and "21" in out + err,
                         f"{status}: {out}{err}")
        finally:
            w.adapter.release_management()
        w.listed("bob")
        report.check("when it lets go all is well", True)


# ---- rrasd and the driver in trouble ----


def rrasd_restarted(report, w):
    alice, before = w.connect_listed("alice")
    with w.undisturbed(report):
        report.check("rrasd stops cleanly", w.site.stop() == 0)
        w.site.start()
        after = w.listed("alice")
        report.check("after a clean restart alice has her port and her handle", (after["name"], after["handle"]) == (before["name"], before["handle"]),
                     (before, after))
        status, out, err = w.disconnect(before["handle"], "--wait")
        report.check("with which she can be disconnected", status == 0, f"{status}: {out}{err}")
        alice.wait_gone()


def rrasd_killed(report, w):
    alice, before = w.connect_listed("alice")
    w.new_handles = True
    with w.undisturbed(report):
        w.site.kill()
        w.site.start()
        after = w.listed("alice")
        report.check("after rrasd was killed alice is listed, with another handle", after["client_address"] == before["client_address"] and
                     after["handle"] != before["handle"], (before, after))
        status, out, err = w.disconnect(before["handle"])
        report.check("the handle from before is refused", status == 3, f"{status}: {out}{err}")
        report.check("and alice is still there", w.site.port_of("alice") and alice.is_up())
        status, out, err = w.disconnect(after["name"], "--wait")
        report.check("she can be disconnected", status == 0, f"{status}: {out}{err}")
        alice.wait_gone()


def rrasd_killed_in_an_order(report, w):
    w.new_handles = True
    alice, port = w.connect_listed("alice")
    with w.undisturbed(report):
        w.disconnect(port["name"])
        w.site.kill()
        w.site.start()
        consistent(report, w, alice)


def driver_killed(report, w):
    _, before = w.connect_listed("alice")
    with w.undisturbed(report):
        w.adapter.kill_driver()
        w.wait_away()
        status, out, err = w.disconnect(before["name"])
        report.check("while the driver is away an order is refused with error 21", status == 1 and "21" in err + out, f"{status}: {out}{err}")
        w.start_driver()
        after = w.listed("alice")
        report.check("when it is back, alice is on her port with her handle", (after["name"], after["handle"]) == (before["name"], before["handle"]),
                     (before, after))


def driver_killed_in_an_order(report, w):
    alice, port = w.connect_listed("alice")
    with w.undisturbed(report):
        w.disconnect(port["name"])
        w.adapter.kill_driver()
        w.start_driver()
        consistent(report, w, alice)


# ---- somebody else in her place ----


def place_taken(report, w):
    """The administrator has seen alice on a port. Before his order reaches the daemon she has gone and carol has all of her place that can
    be had, and nobody has told the driver yet."""
    w.restart_driver(held=True)
    alice, port = w.connect_listed("alice")
    with w.undisturbed(report):
        w.adapter.hold()
        carol = w.adapter.replace(alice, "carol")
        w.clients.append(carol)
        status, out, err = w.disconnect(port["handle"])
        w.adapter.release()
        report.check("alice has gone and carol has her place: the order is taken, refused or times out", status in (0, 1, 3, 6), f"{status}: {out}{err}")
        now = w.listed("carol")
        w.not_listed("alice")
        time.sleep(SETTLE)
        report.check("carol stays connected", carol.is_up() and carol.traffic() > 0 and w.site.port_of("carol"), now)
        harm = w.adapter.harm_done(carol)
        report.check("nothing was ordered against her", not harm, harm)
    w.restart_driver()


SCENARIOS = [up_and_listed, seen_by_event, hangs_up, disconnected_by_port, comes_back_at_once, port_used_again, ended_hard, kept_out, may_not_dial_in, place_taken, rrasd_restarted,
             rrasd_killed, rrasd_killed_in_an_order, driver_killed, driver_killed_in_an_order, management_lost, management_held, daemon_hung,
             daemon_stopped, daemon_killed]


def run_all(report, adapter_class, scenarios):
    with Scope() as scope:
        w = World(scope, adapter_class)
        for scenario in scenarios:
            print(f"# {w.adapter.driver}: {scenario.__name__}", flush=True)
            failed, began = report.failed, time.monotonic()
            report.run(scenario.__name__, scenario, w)
            report.run(f"{scenario.__name__}: tidying up", lambda _: w.settle())
            print(f"# {time.monotonic() - began:.1f} s", flush=True)
            if report.failed > failed:
                print(w.last_words(), flush=True)


def run_scenarios(report, adapter_class, only=(), extra=(), why_not=may_make_networks):
    """All scenarios, and `extra` ones that only this daemon has, or those of them that `only` names."""
    wanted = [s for s in [*SCENARIOS, *extra] if not only or s.__name__ in only]
    why = why_not()
    for scenario in list(wanted):
        if scenario.__name__ in adapter_class.not_applicable:
            reason = adapter_class.not_applicable[scenario.__name__]
            print(f"# not applicable - {scenario.__name__}: {reason}", flush=True)
            Facts(adapter_class.driver).limit(reason)
            wanted.remove(scenario)
        elif why:
            report.skip(scenario.__name__, why)
    if not why:
        report.run(f"a real {adapter_class.driver}", run_all, adapter_class, wanted)


def main(adapter_class, extra=(), why_not=may_make_networks):
    report = Report()
    run_scenarios(report, adapter_class, sys.argv[1:], extra, why_not)
    report.finish()
