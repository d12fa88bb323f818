#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""rasadmin -s ssh://... by real ssh and sshd: docs/remote.md word by word, the caller is who he is at the far end, and what breaks is told.
What is refused, and in which words, is in remote_errors.py."""
import json
import os
import re
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import chapter
from accounts import OPERATORS, USERS, VIEWERS, Accounts
from over_ssh import ONLY_RASADMIN, PORT, OverSsh
from programs import TOP, program
from rras_site import Sim, Site
from scope import Scope, may_make_networks, wait_until
from tap import Report


def word_by_word(r, far, sim):
    """The commands of the chapter; only the host, and who logs on to it, are this test's."""
    here = {"ssh://alice@gate.example.org": f"ssh://ras1@127.0.0.1:{PORT}", "ssh://gate.example.org:2222": f"ssh://127.0.0.1:{PORT}"}
    commands, _ = chapter.read("remote.md", "ssh", until="## ")
    sim.say("connect", "bob")
    far.site.wait_port_of("bob")
    for words in commands:
        argv = far.inside(program(words[0]), *(here.get(w, w) for w in words[1:]))
        status, out, err = far.run(argv)
        r.check(f"docs/remote.md: {' '.join(words)}", status == 0 and "bob" in out and "stays" in sim.users(), f"{status} {out}{err}")
    r.check("the chapter has two commands, and the second one has ended bob's session", len(commands) == 2 and "bob" not in sim.users())


def who_may_do_nothing_else(r, far):
    """With the line of authorized_keys that the chapter has."""
    with open(os.path.join(TOP, "docs/remote.md")) as f:
        r.check("docs/remote.md has the line for a key that is good for rasadmin only", f"`{ONLY_RASADMIN}`" in f.read())
    status, out, err = far.rasadmin("ras2", "--json", "ports", ssh=far.ssh_for_rasadmin)
    r.check("ssh: such a key lists", status == 0 and "stays" in out, f"{status} {out}{err}")
    proof = far.scope.path("proof-of-more")
    far.run(far.inside(far.ssh_for_rasadmin, "-p", str(PORT), "ras2@127.0.0.1", f"touch {proof}"))
    kept = not os.path.exists(proof)
    far.run(far.inside(far.ssh, "-p", str(PORT), "root@127.0.0.1", f"touch {proof}"))
    r.check("  and runs nothing else, as another one does", kept and os.path.exists(proof))


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
        r.run("word by word", word_by_word, far, sim)
        r.run("who may do nothing else", who_may_do_nothing_else, far)
        r.run("who he is there", who_he_is_there, far, sim)
        r.run("what others have no words for", what_others_have_no_words_for, far, sim)
        r.run("what is no host", what_is_no_host, far)
        r.run("what breaks", what_breaks, far, sim)
        far.site.stop()
    r.finish()


main()
