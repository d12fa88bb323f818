#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""rasadmin -s ssh://... by real ssh and sshd: the caller is who he is at the far end, and what breaks is told. What is refused, and in
which words, is in remote_errors.py."""
import json
import os
import re
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from accounts import OPERATORS, USERS, VIEWERS, Accounts
from over_ssh import OverSsh
from rras_site import Sim, Site
from scope import Scope, may_make_networks, wait_until
from tap import Report

def who_he_is_there(r, far, sim):
    sim.say("connect", "victim")
    handle = str(far.site.wait_port_of("victim")["handle"])
    status, out, err = far.rasadmin("ras2", "--json", "ports")
    r.check("ssh: a viewer lists", status == 0 and {p["user"] for p in json.loads(out)["ports"]} >= {"stays", "victim"}, f"{status} {out}{err}")
    status, out, err = far.rasadmin("ras1", "disconnect", "--port", handle, "--yes", "--wait")
    r.check("  an operator may", status == 0 and "victim" not in sim.users(), f"{status} {out}{err}")
    who = [line["who"] for line in far.site.audit("order") if line["user"] == "victim"]
    who = [(w["from"], w["uid"], w["role"]) for w in who]
    r.check("  and is in the audit log with his user there", who == [("unix", USERS["ras1"], "operator")], str(who))
    r.check("nobody else was hit", "stays" in sim.users())


def what_others_have_no_words_for(r, far, sim):
    for i in range(3):
        sim.say("connect", f"crowd{i}")
        far.site.wait_port_of(f"crowd{i}")
    status, out, err = far.rasadmin("ras1", "disconnect", "--user", "crowd1", "--yes", "--wait")
    r.check("ssh: a selection", status == 0 and "crowd1" not in sim.users() and "crowd0" in sim.users(), f"{status} {out}{err}")
    status, out, err = far.rasadmin("ras2", "--json", "watch", "--since", "0", "--count", "3")
    r.check("ssh: events", status == 0 and len(out.splitlines()) == 3, f"{status} {out}{err}")


def what_is_no_host(r, far):
    proof = far.scope.path("proof")
    for host in (f"-oProxyCommand=touch${{IFS}}{proof}", f"-oProxyCommand=touch {proof}", "-F/etc/passwd"):
        status, out, err = far.rasadmin("ras1", "ports", host=host)
        r.check(f"ssh: {host.replace(far.scope.dir, '')} is no host", status == 2 and not os.path.exists(proof), f"{status} {out}{err}")


def descendants(pid):
    children = [int(p) for p in subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], stdout=subprocess.PIPE, text=True).stdout.split()]
    return children + [p for child in children for p in descendants(child)]


def ends(far):
    """How many connections rrasd has seen end."""
    return len(re.findall(r"client uid \d+ \(pid \d+\): (?:closed by the client|gone before|Connection reset)", far.site.rrasd.log()))


def what_breaks(r, far, sim):
    """The connection is cut while somebody watches."""
    far.sshd.wait_log("Accepted publickey for ras2")
    before = len(far.sshd.log())
    watch = far.scope.start("env", f"RASADMIN_SSH={far.ssh}", *far.argv("ras2", "--json", "watch"), log="watch")
    far.sshd.wait_log("Accepted publickey for ras2", after=before)
    sim.say("connect", "seen")
    watch.wait_log('"seen"')
    ended = ends(far)
    for pid in descendants(far.sshd.pid):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass  # it has ended with another one
    status = watch.wait_end()
    told = status not in (0, -6, -11) and "can't be reached" in watch.log()
    r.check("ssh: a connection that is cut ends the watch, and says so", told, f"{status} {watch.log()[-600:]}")
    wait_until("rrasd to notice", lambda: ends(far) > ended)
    r.check("  and nobody was hit", {"stays", "seen"} <= set(sim.users()))


def main():
    r = Report()
    why = may_make_networks()
    if why:
        r.skip("rasadmin over ssh", why)
        r.finish()
    with Scope() as scope:
        site = Site(scope)
        site.sections = f"[roles]\noperators = {OPERATORS}\nviewers = {VIEWERS}\n"
        netns = scope.netns(f"rrash{os.getpid()}")
        far = OverSsh(scope, netns, Accounts(scope, netns), site)
        site.start()
        sim = Sim(far.site, "sim", "--ports", "8")
        sim.say("connect", "stays")
        far.start_sshd()
        r.run("who he is there", who_he_is_there, far, sim)
        r.run("what others have no words for", what_others_have_no_words_for, far, sim)
        r.run("what is no host", what_is_no_host, far)
        r.run("what breaks", what_breaks, far, sim)
        far.site.stop()
    r.finish()


main()
