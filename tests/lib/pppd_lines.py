# SPDX-License-Identifier: Apache-2.0
"""What only pppd has, for tests/system/pppd.py: scenarios of serial lines, in the world of tests/lib/scenarios.py."""
import json
import os
import re
import shutil
import signal
import subprocess
import time

from pppd import Line, User, plugin, server_pppds, text_of
from programs import TOP
from scope import wait_until

IDLE_SECONDS = 6  # in which an idle pppd is watched


def told_why(report, w):
    alice, port = w.connect_listed("alice")
    w.disconnect(port["name"], "--reason", "maintenance until 6", "--wait")
    alice.wait_gone()
    report.check("the client hears the administrator's words", "LCP terminated by peer (maintenance until 6)" in alice.log(), alice.log()[-800:])


def turned_away_politely(report, w):
    """What her client hears of it; the rest is in kept_out."""
    w.site.admin("keep-out", "add", "alice", "1m", "--reason", "not before Monday")
    alice = w.adapter.try_to_connect("alice")
    w.clients.append(alice)
    alice.wait_gone()
    report.check("who is kept out authenticates, and hears why she is turned away", "LCP terminated by peer (not before Monday)" in alice.log(),
                 alice.log()[-800:])
    report.check("before she has an address", "local  IP address" not in alice.log(), alice.log()[-800:])
    w.site.admin("keep-out", "lift", "alice")


def new_port(w, before):
    """The name of a port that is in use now, by whomever."""
    def probe():
        return next((n for n, p in w.site.ports().items() if p["state"] != "listening" and n not in before), None)
    return wait_until("a port coming into use", probe)


def in_use(w):
    return {n for n, p in w.site.ports().items() if p["state"] != "listening"}


def ordered_before_log_on(report, w):
    """A line on which nobody answers is listed, and can be hung up."""
    line = Line(w.adapter)
    before = in_use(w)
    server = line.serve("alice", "nodetach")
    name = new_port(w, before)
    status, out, err = w.disconnect(name, "--wait")
    report.check("a line on which nobody answers can be hung up", status == 0, f"{status}: {out}{err}")
    server.wait_end()
    report.check("its pppd has ended", True)


def persistent_line(report, w):
    """A pppd that persists goes on after an order, and waits for the next call."""
    line = Line(w.adapter)
    server = line.serve("alice", "nodetach", "persist", "holdoff", "1", "silent")

    def call():
        alice = line.call(User(w.adapter, "alice", "alice"))
        w.clients.append(alice)
        alice.wait_up()
        return alice, w.listed("alice")
    alice, old = call()
    status, out, err = w.disconnect(old["name"], "--wait")
    report.check("on a persistent line a user is disconnected", status == 0, f"{status}: {out}{err}")
    alice.wait_gone()
    alice.end()
    alice, new = call()
    report.check("the line is in service, by the same pppd, in a new session", server.alive() and new["connection"] != old["connection"], (old, new))
    status, out, err = w.disconnect(old["handle"])
    report.check("the old handle is refused", status == 3, f"{status}: {out}{err}")
    report.check("and she is still there", alice.is_up() and alice.traffic() > 0)
    server.end()
    alice.end()


def detached(report, w):
    """With updetach pppd becomes another process when the link is up."""
    alice = w.adapter.make("alice", "alice", server=("updetach",), shell=True)
    w.clients.append(alice)
    alice.wait_up()
    port = w.listed("alice")
    wait_until("its first process ending", lambda: not alice.server.alive())
    new = server_pppds() - alice.before
    report.check("pppd has become another process", len(new) == 1 and alice.server.pid not in new, new)
    alice.pid = new.pop()
    wait_until("it at rrasd again", lambda: w.site.rrasd.log().count(f"pid {alice.pid}") > 0)
    report.check("the session is the same", w.listed("alice")["handle"] == port["handle"])
    status, out, err = w.disconnect(port["handle"], "--wait")
    report.check("and can be disconnected", status == 0, f"{status}: {out}{err}")
    alice.wait_gone()


def costs_nothing_idle(report, w):
    """Nobody wakes an idle pppd but rrasd's pings and the plugin's own look at the counters."""
    def switches():
        return sum(int(n) for n in re.findall(r"^\w*voluntary_ctxt_switches:\s+(\d+)", text_of(f"/proc/{w.bob.pid}/status"), re.M))

    def ticks():
        return sum(int(n) for n in text_of(f"/proc/{w.bob.pid}/stat").rpartition(")")[2].split()[11:13])
    time.sleep(1)
    before, cpu, began = switches(), ticks(), time.monotonic()
    time.sleep(IDLE_SECONDS)
    woken, used = switches() - before, ticks() - cpu
    looks = (time.monotonic() - began) / 0.5  # counters = 500ms
    report.check("an idle pppd wakes for the counters only", 0 < woken <= 2 * looks + 4, f"{woken} switches, {looks:.0f} looks")
    report.check("and uses next to no time", used <= 5, f"{used} ticks")


def too_many_signals(report, w):
    """SIGIO, which the kernel sends when it can't queue the plugin's own signal, ends a pppd without the plugin."""
    os.kill(w.bob.pid, signal.SIGIO)
    report.check("a pppd that is sent SIGIO goes on", w.bob.traffic() > 0 and w.bob.pid in server_pppds(), w.bob.log()[-800:])


def leaks_nothing_to_scripts(report, w):
    """What an ip-up script is given besides what pppd gives."""
    out = "/run/seen-by-ip-up"
    with open(os.open("/etc/ppp/ip-up", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o755), "w") as f:
        f.write(f"#!/bin/sh\n[ -e {out} ] || {{ ls -l /proc/self/fd; grep Sig /proc/self/status; echo end; }} >{out}.new 2>&1; mv {out}.new {out}\n")
    try:
        w.connect_listed("alice")
        wait_until("ip-up", lambda: "end" in text_of(out))
    finally:
        os.unlink("/etc/ppp/ip-up")
    seen = text_of(out)
    report.check("ip-up has no socket of ours", "socket:" not in seen, seen)
    masks = {k: int(v, 16) for k, v in re.findall(r"^(Sig\w+):\s+([0-9a-f]{16})$", seen, re.M)}
    ours = 1 << (signal.SIGRTMAX - 1) | 1 << (signal.SIGIO - 1)
    report.check("nor is a signal of ours blocked or ignored in it", masks and not (masks["SigBlk"] | masks["SigIgn"]) & ours, seen)


def hung_for_good(report, w):
    """A pppd that does not come round any more, here because of a script that it waits for, ends when it is asked the hard way."""
    with open(os.open("/etc/ppp/ip-pre-up", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o755), "w") as f:
        f.write("#!/bin/sh\ncase $6 in stuck) exec sleep 60;; esac\n")
    try:
        line, before = Line(w.adapter), in_use(w)
        server = line.serve("alice", "nodetach", "ipparam", "stuck")
        alice = line.call(User(w.adapter, "alice", "alice"))
        alice.others = [server, line.process]
        w.clients.append(alice)
        name = new_port(w, before)
        wait_until("pppd waiting for its script", lambda: "ip-pre-up started" in text_of(w.adapter.server_log).rpartition("Connect: ")[2])
        status, out, err = w.disconnect(name, "--hard", "--wait")
        report.check("a pppd that is stuck is ended the hard way", status == 0, f"{status}: {out}{err}")
        server.wait_end()
    finally:
        os.unlink("/etc/ppp/ip-pre-up")


def passes(client):
    try:
        return client.traffic() > 0
    except RuntimeError:
        return False


def multilink(report, w):
    """Two lines of alice's in one bundle are one connection with two ports."""
    first = w.adapter.make("alice", "alice", server=("nodetach", "mp"), client=("mp",))
    w.clients.append(first)
    first.wait_up()
    one = w.listed("alice")
    second = w.adapter.make("alice", "alice", server=("nodetach", "mp"), client=("mp",))
    w.clients.append(second)
    both = wait_until("two ports of alice", lambda: len(p := [p for p in w.site.ports().values() if p["user"] == "alice" and p["state"] == "connected"]) == 2 and p)
    report.check("both ports are of one connection", {p["connection"] for p in both} == {one["connection"]}, both)
    connections = json.loads(w.site.admin("--json", "connections")[1])["connections"]
    report.check("which is listed once", len([c for c in connections if c["user"] == "alice"]) == 1, connections)
    moved = first.traffic()
    report.check("traffic goes through it", moved > 0)
    with w.undisturbed(report):
        status, out, err = w.disconnect(one["name"], "--wait")
        report.check("the first link can be disconnected alone", status == 0, f"{status}: {out}{err}")
        left = [p for p in w.site.ports().values() if p["user"] == "alice"]
        report.check("then the connection has the other one", [p["connection"] for p in left] == [one["connection"]], left)
        wait_until("her client giving up the first link", lambda: passes(first))
        report.check("and traffic goes on through it", passes(first))
        third = w.adapter.make("alice", "alice", server=("nodetach", "mp"), client=("mp",))
        w.clients.append(third)
        wait_until("two ports of alice again", lambda: len([p for p in w.site.ports().values() if p["user"] == "alice" and p["state"] == "connected"]) == 2)
        done = subprocess.run([os.environ["EXAMPLE"], "alice"], env=dict(os.environ, OPENRRAS_SOCKET=w.site.socket), stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=60)
        report.check("a program with the Windows calls disconnects all links of her connection, each with success", done.returncode == 0 and
                     done.stdout.count("NO_ERROR") == 2, done.stdout)
        wait_until("no PPP interface of hers", lambda: not w.adapter.daemon_has(first))
        w.not_listed("alice")
        report.check("and she is gone", True)


def quarantine(report, w):
    """This kernel has no family of nftables, so nobody can be filtered, and nothing is pretended. The filter itself, with traffic, is in
    tests/pppd/test_quarantine.py."""
    status, _, err = w.site.admin("quarantine", "--user", "bob")
    report.check("a pppd that can't filter refuses quarantine", status == 1 and "no filter" in err, f"{status}: {err}")
    report.check("and bob is not touched", w.bob.traffic() > 0)
    status, _, err = w.site.admin("release", "--user", "bob")
    report.check("who is not in quarantine can't be released", status == 3, f"{status}: {err}")


def quarantine_fails_closed(report, w):
    """Who can't be put into quarantine does not come in."""
    alice = w.adapter.make("alice", "alice", server=("nodetach", "rras-quarantine", "rras-quarantine-allow", "10.0.0.0/24"))
    w.clients.append(alice)
    alice.wait_gone()
    report.check("without a filter she does not come in", "local  IP address" not in alice.log() and "not ready: try again later" in alice.log(),
                 alice.log()[-800:])


def shown_a_message(report, w):
    """The hook: what it is given, and that without one nothing is pretended."""
    program, out = "/run/show-message", "/run/shown"
    with open(os.open(program, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o755), "w") as f:
        f.write(f"#!/bin/sh\n{{ cat; env; ls /proc/self/fd; echo end; }} >{out}.new 2>&1; mv {out}.new {out}\n")
    alice = w.adapter.make("alice", "alice", server=("nodetach", "rras-message-command", program))
    w.clients.append(alice)
    alice.wait_up()
    w.listed("alice")
    status, _, err = w.site.admin("message", "--user", "alice", "down at 6\x1b[2J; $(reboot)")
    report.check("a message is handed over", status == 0, err)
    wait_until("the hook", lambda: "end" in text_of(out))
    seen = text_of(out)
    report.check("with its text, and nothing that a terminal obeys", seen.startswith("down at 6\\x1b[2J; $(reboot)\n"), seen)
    report.check("and the session's facts", "RRAS_USER=alice\n" in seen and f"RRAS_TUNNEL_ADDRESS4={alice.tunnel_address()}\n" in seen, seen)
    report.check("it has no descriptor of pppd's", re.findall(r"^(\d+)$", seen, re.M) == ["0", "1", "2", "3"], seen)
    report.check("pppd goes on", alice.traffic() > 0)
    status, _, err = w.site.admin("message", "--user", "bob", "x")
    report.check("without a hook it is refused", status == 1 and "no way to do that" in err, f"{status}: {err}")


def conforms(report, w):
    """The protocol, as tests/drivers/conformance sees it. The client talks through a pty of the server's pppd, and goes with it."""
    client = "ip netns exec alice pppd notty noauth user alice noipdefault nodefaultroute noccp noipv6 lcp-restart 1"
    done = subprocess.run([os.path.join(TOP, "tests/drivers/conformance"), "--kind=session", "--may-disconnect", "--no-skip", "--timeout=30", "--", "pppd",
                           "pty", client, "nodetach", "noipv6", "noccp", "auth", "require-mschap-v2", "name", "server", "lcp-restart", "1",
                           f"{w.adapter.gateway}:10.99.{w.adapter.network}.99", "plugin", plugin(), "rras-socket", "{socket}"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=240)
    # 5 is pppd's own status when a signal ends it, 16 when its client goes at the same time and the line is lost first.
    bad = [line for line in done.stdout.splitlines() if line.startswith("not ok") and not re.search(r"its exit status is (5|16)\)", line)]
    passed = re.search(r"^(\d+) passed, ", done.stdout, re.M)
    report.check("the plugin speaks the driver protocol as it is written", not bad and passed and int(passed.group(1)) >= 13, done.stdout)


def on_a_running_machine(report, w):
    """What drivers/pppd/README.md says for a machine on which pppds run already, step by step."""
    with open(os.path.join(TOP, "drivers/pppd/README.md")) as f:
        steps = f.read().split("## On a machine that already runs pppd")[1]
    directory = re.search(r"`ls (/usr/lib/pppd/[^/]+)/rras.so`", steps).group(1)
    line = re.search(r"^ +(plugin \S+)$", steps, re.M).group(1)
    options = re.search(r"`(/etc/ppp/\S+)` for pppoe-server", steps).group(1)
    w.adapter.listener.end()
    with open(options, "w") as f:
        f.write("\n".join(x for x in text_of(w.adapter.options_path).splitlines() if not x.startswith(("plugin", "rras"))) + "\n")
    w.adapter.start_server(options)
    alice = w.connect("alice")
    shutil.copy(plugin(), directory)
    os.makedirs("/run/rras")
    os.symlink(w.site.driver_socket, re.search(r"`(/run/rras/driver.sock)`", steps).group(1))
    with open(options, "a") as f:
        f.write(line + "\n")
    carol, port = w.connect_listed("carol")
    report.check("the next user who comes is listed", port["type"] == "pppoe", port)
    report.check("who was there before is not, and is still connected", w.site.port_of("alice") is None and alice.is_up() and alice.traffic() > 0)
    status, out, err = w.site.admin(*re.search(r"`rasadmin (disconnect --user NAME --wait)`", steps).group(1).replace("NAME", "carol").split())
    report.check("and can be disconnected", status == 0, f"{status}: {out}{err}")
    carol.wait_gone()
    report.check("alone", alice.is_up() and alice.traffic() > 0)
    alice.end()
    w.adapter.listener.end()
    w.bob.end()
    w.adapter.start_server(w.adapter.options_path)
    w.bob_again()


EXTRA = {"serial": [told_why, turned_away_politely, ordered_before_log_on, persistent_line, detached, costs_nothing_idle, too_many_signals,
                    leaks_nothing_to_scripts, hung_for_good, multilink, quarantine, quarantine_fails_closed, shown_a_message, conforms],
         "pppoe": [on_a_running_machine]}
