#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""rrasd killed, stopped and started again, its store lost or spoilt, a driver restarted, killed and hung: no user is ever
disconnected, none is shown on the wrong port, and no handle ever means somebody else."""
import json
import os
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from rras_site import Sim, Site
from scope import Scope, wait_until
from tap import Report


def view(site):
    """user -> (port, handle, connection), of those whose driver is there"""
    return {p["user"]: (p["name"], p["handle"], p["connection"]) for p in site.ports().values() if p["state"] == "connected"}


def again(site, users):
    """rrasd is started again and the driver has found it."""
    site.start()
    wait_until(f"{users} users listed", lambda: len(view(site)) == users)


def clean_restart(r, site, sim):
    before, daemon = view(site), sim.users()
    r.check("rrasd stops cleanly", site.stop() == 0)
    again(site, len(before))
    r.check("clean restart: every user on his port, with his handle and connection", view(site) == before, f"{before} {view(site)}")
    r.check("  the daemon has lost nobody", sim.users() == daemon)
    handle = before["user0001"][1]
    status, out, err = site.admin("disconnect", "--port", str(handle), "--wait", "--yes")
    r.check("  a handle from before the restart still ends the right session", status == 0 and "user0001" not in sim.users(), f"{out}{err}")
    r.check("  and no other", {u: i for u, i in daemon.items() if u != "user0001"} == sim.users())


def changed_meanwhile(r, site, sim):
    """While rrasd is down, users come and go."""
    before = view(site)
    site.stop()
    sim.say("swap", "user0002", "carol")
    sim.say("drop", "user0003")
    again(site, len(before) - 1)
    after = view(site)
    r.check("clean restart with changes: who stayed keeps his handle", all(after[u] == before[u] for u in before if u in after))
    old = before["user0002"][1]
    status, out, err = site.admin("disconnect", "--port", str(old), "--yes")
    r.check("  the handle of one who left is refused", status == 3, f"{status} {out}{err}")
    r.check("  and who came instead stays", "carol" in sim.users() and "carol" in view(site))
    status, out, err = site.admin("disconnect", "--port", str(before["user0003"][1]), "--yes")
    r.check("  a handle of a port that is idle now disconnects nobody", status == 3 and len(sim.users()) == len(after), f"{status} {out}{err}")


def unclean_restart(r, site, sim):
    before, daemon = view(site), sim.users()
    site.kill()
    again(site, len(before))
    after = view(site)
    r.check("SIGKILL: nobody is disconnected", sim.users() == daemon)
    r.check("  everybody is listed again", set(after) == set(before))
    r.check("  no handle from before names anybody", not {h for _, h, _ in before.values()} & {h for _, h, _ in after.values()})
    refused = [site.admin("disconnect", "--port", str(h), "--yes")[0] for _, h, _ in before.values()]
    r.check("  and each is refused", set(refused) == {3}, str(refused))
    r.check("  nobody was hit", sim.users() == daemon)
    r.check("  connection handles are not used again", not {c for _, _, c in before.values()} & {c for _, _, c in after.values()})


def kept_out_over_a_kill(r, site, sim):
    """Somebody is kept out, and rrasd is killed as soon as it has said so."""
    status, out, err = site.admin("keep-out", "add", "mallory", "1h")
    site.kill()
    r.check("keep-out, then SIGKILL: it was taken", status == 0, f"{status} {out}{err}")
    said = sim.log_length()
    site.start()
    sim.process.wait_log(r"^keep-out \d+ mallory$", after=said)
    r.check("  after the restart the driver is told again", True)
    try:
        sim.say("connect", "mallory")
        let_in = True
    except RuntimeError as why:
        let_in = "kept out" not in str(why)
    r.check("  and the user does not get in", not let_in and "mallory" not in sim.users())
    sim.say("keep-outs", "lie")  # a daemon that lets everybody in, whatever its driver has said
    sim.say("connect", "mallory")
    wait_until("mallory to be ended on arrival", lambda: "mallory" not in sim.users())
    sim.say("keep-outs", "refused")
    status, out, err = site.admin("keep-out", "lift", "mallory")
    site.kill()
    said = sim.log_length()
    site.start()
    sim.welcome(said)
    sim.process.wait_log(r"^keep-out-over \d+ mallory$")
    sim.say("connect", "mallory")
    r.check("  lifted, then SIGKILL: he gets in again", status == 0 and "mallory" in sim.users(), f"{status} {out}{err}")
    sim.say("drop", "mallory")
    wait_until("mallory to be gone", lambda: "mallory" not in view(site))


def killed_many_times(r, site, sim):
    """Kill it at any moment of its start."""
    daemon = sim.users()
    seen = {h for _, h, _ in view(site).values()}
    fresh = True
    for i in range(12):
        site.kill()
        site.start()
        time.sleep(0.01 * i)
        if site.admin("--json", "ports")[0] == 0:
            now = {h for _, h, _ in view(site).values()}
            fresh = fresh and not (seen & now)
            seen |= now
    wait_until("everybody listed", lambda: len(view(site)) == len(daemon))
    r.check("killed 12 times while it comes up: nobody is disconnected", sim.users() == daemon)
    r.check("  and no handle was ever given out twice", fresh)


def killed_in_an_order(r, site, sim):
    """rrasd dies while an order is under way."""
    sim.say("connect", "dora")
    port = site.wait_port_of("dora")
    others = {u: i for u, i in sim.users().items() if u != "dora"}
    sim.say("behave", "slow-gone", "2s", "for", "dora")
    status, _, _ = site.admin("disconnect", "--port", port["name"], "--yes", "--no-wait")
    site.kill()
    site.start()
    wait_until("dora's end", lambda: "dora" not in sim.users())
    r.check("killed in the middle of an order: the order was taken", status == 0)
    wait_until("everybody else listed, and dora's port free", lambda: set(view(site)) == set(others))
    r.check("  nobody else was hit", {u: i for u, i in sim.users().items()} == others)
    orders = [x for x in site.audit("order") if x.get("user") == "dora"]
    r.check("  the order is in the audit log", len(orders) == 1, str(orders))


def spoilt_store(r, site, sim):
    daemon, before = sim.users(), view(site)
    site.stop()
    stores = [f for f in os.listdir(site.dir) if f.endswith((".db", ".sqlite"))]
    for name in stores:
        with open(site.path(name), "r+b") as f:
            f.write(b"this is no database" * 50)
    again(site, len(before))
    kept = [f for f in os.listdir(site.dir) if "unreadable" in f]
    r.check("a spoilt store: rrasd starts, says so, and keeps the old file", stores and kept and kept[0] in site.rrasd.log(), site.rrasd.log()[:1500])
    r.check("  everybody is listed", set(view(site)) == set(before) and sim.users() == daemon)


def lost_store(r, site, sim):
    before = view(site)
    site.stop()
    for name in os.listdir(site.dir):
        if ".db" in name or ".sqlite" in name:
            os.unlink(site.path(name))
    again(site, len(before))
    hit = [site.admin("disconnect", "--port", str(h), "--yes")[0] for u, (_, h, _) in before.items() if view(site).get(u, (0, 0))[1] != h]
    r.check("a lost store: no old handle ends anybody's session", set(hit) <= {3} and len(sim.users()) == len(before), str(hit))


def driver_dies(r, site, sim):
    other = Sim(site, "second", "--ports", "4", "--users", "3", "--epoch", "e")
    wait_until("the second driver's users", lambda: sum(p["name"].startswith("second") and p["state"] == "connected" for p in site.ports().values()) == 3)
    first = {u: v for u, v in view(site).items() if v[0].startswith("vpn")}
    mark = len(site.rrasd.log())
    other.process.signal(signal.SIGKILL)
    site.rrasd.wait_log(r"second:main.*(gone|closed|away|ended)", after=mark)
    states = {p["state"] for p in site.ports().values() if p["name"].startswith("second")}
    r.check("a driver that is killed: its ports are not operational", states == {"not operational"}, str(states))
    r.check("  the other driver's users are as before", {u: v for u, v in view(site).items() if v[0].startswith("vpn")} == first)


def driver_again(r, site, sim):
    """The driver goes and comes while its daemon goes on: nobody is gone in between, handles stay."""
    before = view(site)
    sim.say("disconnect-driver")
    wait_until("ports not operational", lambda: {p["state"] for p in site.ports().values() if p["name"].startswith("vpn")} == {"not operational"})
    sim.say("swap", "user0004", "eve")
    sim.say("connect-driver")
    site.wait_port_of("eve")
    after = view(site)
    r.check("a driver that comes back: who stayed keeps his handle", all(after[u] == v for u, v in before.items() if u != "user0004" and v[0].startswith("vpn")), f"{before} {after}")
    status, out, err = site.admin("disconnect", "--port", str(before["user0004"][1]), "--yes")
    r.check("  the handle of one who left is refused, who came stays", status == 3 and "eve" in sim.users(), f"{status} {out}{err}")


def driver_hangs(r, site, sim):
    sim.process.signal(signal.SIGSTOP)
    try:
        victim = next(p for p in site.ports().values() if p["name"].startswith("vpn") and p["state"] == "connected")
        started = time.monotonic()
        status, out, err = site.admin("disconnect", "--port", victim["name"], "--yes")
        r.check("a driver that hangs: 1460, exit 6, in good time", status == 6 and time.monotonic() - started < 20, f"{status} {out}{err}")
        r.check("  rrasd answers others meanwhile", site.admin("status")[0] == 0)
    finally:
        sim.process.signal(signal.SIGCONT)
    wait_until("the order's end", lambda: victim["user"] not in view(site))
    r.check("  and the order is carried out when it goes on", victim["user"] not in sim.users())


def audit_is_whole(r, site, sim):
    lines = [json.loads(x) for x in open(site.audit_path)]
    r.check(f"every one of {len(lines)} audit lines is JSON", len(lines) > 5)


def main():
    r = Report()
    with Scope() as scope:
        site = Site(scope).start()
        sim = Sim(site, "vpn", "--ports", "16", "--users", "8", "--tick", "0")
        wait_until("8 users", lambda: len(view(site)) == 8)
        for test in (clean_restart, changed_meanwhile, unclean_restart, kept_out_over_a_kill, killed_many_times, killed_in_an_order, driver_again,
                     driver_hangs, spoilt_store, lost_store, driver_dies, audit_is_whole):
            r.run(test.__name__.replace("_", " "), test, site, sim)
    r.finish()


main()
