#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What bad input and bad luck get: the code, the exit status, a clear sentence from rasadmin, a line in rrasd's log and one in the
audit log; and that nobody else is disconnected by any of it."""
import concurrent.futures
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from scope import Scope, wait_until
from rras_site import Sim, Site
from tap import Report


def order_line(site, port):
    return next((x for x in reversed(site.audit("order")) if x.get("port") == port), {})


def sentence(text):
    """One sentence, one line, no control character."""
    return text.count("\n") == 1 and text.strip() and all(c == "\n" or c.isprintable() for c in text)


def stale_handle(r, site, _sim):
    sim = Sim(site, "single", "--ports", "1", "--tick", "0")  # whoever comes next must take the same port
    sim.say("connect", "alice")
    old = site.wait_port_of("alice")
    sim.say("swap", "alice", "carol")
    now = wait_until("carol on alice's port", lambda: next((p for p in site.ports().values() if p["user"] == "carol" and p["name"] == old["name"]), None))
    status, out, err = site.admin("disconnect", "--port", str(old["handle"]), "--yes")
    r.check("a handle of an earlier session is refused", status == 3 and "earlier session" in err, f"{status}: {out}{err}")
    r.check("  and rasadmin says so in a sentence", sentence(err), err)
    r.check("  and carol keeps her connection", site.port_of("carol")["connection"] == now["connection"])
    status, out, err = site.admin("disconnect", "--port", "12345678", "--yes")
    r.check("an unknown handle is not found", status == 3 and sentence(err), f"{status}: {out}{err}")


def idle_port(r, site, sim):
    idle = next(p for p in site.ports().values() if p["state"] == "listening")
    status, out, err = site.admin("disconnect", "--port", idle["name"], "--yes")
    r.check("an idle port has nothing to disconnect", status == 3 and sentence(err), f"{status}: {out}{err}")


def joined_order(r, site, sim):
    sim.say("connect", "bert")
    port = site.wait_port_of("bert")
    sim.say("behave", "hold-kill", "for", "bert")
    first = site.admin("disconnect", "--port", port["name"], "--yes", "--no-wait")
    with concurrent.futures.ThreadPoolExecutor() as pool:
        order = pool.submit(site.admin, "disconnect", "--port", port["name"], "--yes")
        wait_until("the second order", lambda: len([x for x in site.audit("order") if x.get("user") == "bert"]) == 2)
        sim.say("release")
        again = order.result()
    r.check("an order for a port that is disconnecting joins it", first[0] == 0 and again[0] == 0, f"{first} {again}")
    site.wait_state(port["name"], "listening")
    outcomes = [x for x in site.audit("outcome") if x.get("port") == port["name"] and x.get("user") == "bert"]
    r.check("  and there is one outcome", len(outcomes) == 1 and outcomes[0]["outcome"] == "gone", str(outcomes))


def refused(r, site, sim):
    sim.say("connect", "rita")
    port = site.wait_port_of("rita")
    sim.say("behave", "refuse", '"the moon is full"', "for", "rita")
    status, out, err = site.admin("disconnect", "--port", port["name"], "--yes")
    r.check("a daemon that refuses: error 31, exit 1", status == 1 and "31" in out + err, f"{status}: {out}{err}")
    site.rrasd.wait_log("the moon is full")
    r.check("  its words are in the log", True)
    wait_until("its words in the audit log", lambda: any("the moon is full" in str(x) for x in site.audit("outcome")))
    r.check("  and in the audit log", True)
    r.check("  the port shows that it is still connected", site.ports()[port["name"]]["state"] == "connected")
    status, out, err = site.admin("port", port["name"])
    r.check("  and that an order failed", "Last failure" in out and "none" not in out.split("Last failure")[1].splitlines()[0], out)


def silent(r, site, sim):
    sim.say("connect", "sid")
    port = site.wait_port_of("sid")
    sim.say("behave", "silent", "for", "sid")
    status, out, err = site.admin("disconnect", "--port", port["name"], "--yes", "--no-wait")
    r.check("a driver that does not answer: the order stands", status == 0 and site.ports()[port["name"]]["state"] == "disconnecting",
            f"{status}: {out}{err}")
    status, out, err = site.admin("disconnect", "--port", port["name"], "--yes")
    r.check("  who waits for it gets error 1460, exit 6", status == 6 and "1460" in out + err, f"{status}: {out}{err}")
    failed = wait_until("the order to fail", lambda: [x for x in site.audit("outcome") if x.get("user") == "sid"])
    r.check("  and fails aloud at its deadline", failed[0]["outcome"] == "failed" and site.ports()[port["name"]]["state"] == "connected", str(failed))


def liar(r, site, sim):
    sim.say("connect", "lia")
    port = site.wait_port_of("lia")
    sim.say("behave", "lie", "for", "lia")
    status, out, err = site.admin("disconnect", "--port", port["name"], "--yes", "--wait=3s")
    r.check("a session that does not go: not confirmed, exit 6", status == 6, f"{status}: {out}{err}")
    wait_until("the order to fail", lambda: [x for x in site.audit("outcome") if x.get("user") == "lia" and x["outcome"] == "failed"])
    r.check("  never listed as free", site.ports()[port["name"]]["user"] == "lia")


def away(r, site, sim):
    other = Sim(site, "remote", "--ports", "4", "--users", "2")
    port = site.wait_state("remote-1", "connected")
    other.say("disconnect-driver")
    site.wait_state("remote-1", "not operational")
    status, out, err = site.admin("disconnect", "--port", str(port["handle"]), "--yes")
    r.check("a driver that is away: error 21, exit 1", status == 1 and "21" in out + err, f"{status}: {out}{err}")
    other.say("connect-driver")
    site.wait_state("remote-1", "connected")
    r.check("  its sessions are back with their handles", site.ports()["remote-1"]["handle"] == port["handle"])


def denied(r, site, sim):
    """By an account that has no role, and by one that may only look."""
    victim = site.wait_port_of("zoe")
    argv = lambda user, *args: ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", *args]
    from programs import program
    for uid, word in (("65533", "nobody's uid"), ("65534", "the overflow uid")):
        done = subprocess.run(argv(uid, program("rasadmin"), "--server", site.binding, "disconnect", "--port", str(victim["handle"]), "--yes"),
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)
        r.check(f"{word} may not disconnect: exit 4", done.returncode == 4 and sentence(done.stderr), f"{done.returncode}: {done.stdout}{done.stderr}")
    site.rrasd.wait_log("denied")
    r.check("  rrasd logs the denial", True)
    r.check("  the user stays", site.port_of("zoe")["connection"] == victim["connection"])


def lan_only(r, scope):
    site = Site(scope, "lan", router_type="lan").start()
    for args in (["ports"], ["connections"], ["disconnect", "--port", "1", "--yes"], ["reset", "1"]):
        status, out, err = site.admin(*args)
        r.check(f"a LAN router answers `{args[0]}` with 903 in a sentence", status == 1 and "903" in err, f"{status}: {out}{err}")
    status, out, err = site.admin("status")
    r.check("  but tells its status", status == 0 and "LAN" in out, f"{status}: {out}{err}")
    site.stop()


def nobody_there(r, scope):
    site = Site(scope, "empty")
    status, out, err = site.admin("ports")
    r.check("no rrasd: exit 7 and a sentence", status == 7 and sentence(err), f"{status}: {out}{err}")


def main():
    r = Report()
    with Scope() as scope:
        site = Site(scope)
        site.sections = "[timeouts]\naccept = 5s\ngone = 10s\nhard = 5s\n"
        site.start()
        sim = Sim(site, "vpn", "--ports", "12", "--tick", "0")
        sim.say("connect", "zoe")
        zoe = site.wait_port_of("zoe")
        for test in (stale_handle, idle_port, joined_order, refused, silent, liar, away, denied):
            r.run(test.__name__.replace("_", " "), test, site, sim)
        still = site.port_of("zoe")
        r.check("nobody else was disconnected by any of it", still and still["handle"] == zoe["handle"])
        r.check("rrasd stops cleanly", site.stop() == 0, site.rrasd.log()[-1000:])
        r.run("LAN only", lan_only, scope)
        r.run("nobody there", nobody_there, scope)
    r.finish()


main()
