#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""rasadmin -s ssh://... by real ssh and sshd: the caller is who he is at the far end, and whatever fails is told."""
import json
import os
import re
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from accounts import OPERATORS, USERS, VIEWERS, Accounts
from programs import program
from rras_site import Sim, Site
from scope import Scope, may_make_networks, wait_until
from tap import Report

PORT = 2222


class Far:
    def __init__(self, scope):
        self.scope, self.netns = scope, scope.netns(f"rrash{os.getpid()}")
        self.site = Site(scope)
        self.site.sections = f"[roles]\noperators = {OPERATORS}\nviewers = {VIEWERS}\n"
        for name in ("host", "key", "stranger"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", scope.path(name)], check=True)
        with open(scope.path("key.pub")) as public:
            keys = scope.write("keys", public.read())
        with open(scope.path("host.pub")) as public:
            known = scope.write("known", f"[127.0.0.1]:{PORT} {public.read()}")
        os.makedirs("/run/sshd", exist_ok=True)  # where it locks its unprivileged part in
        path = os.path.dirname(program("rasadmin"))
        self.config = scope.write("sshd.conf", f"Port {PORT}\nListenAddress 127.0.0.1\nHostKey {scope.path('host')}\nPidFile none\nStrictModes no\n"
                                  f"UsePAM no\nAuthorizedKeysFile {keys}\nSetEnv PATH={path}:/usr/bin:/bin OPENRRAS_SOCKET={self.site.socket} "
                                  f"LD_LIBRARY_PATH={os.environ.get('LD_LIBRARY_PATH', '')}\n"
                                  "Match User ras3\n    SetEnv PATH=/usr/bin:/bin\n    ForceCommand exec rasadmin-that-is-not-installed --stdio\n")
        self.ssh = self._ssh("ssh", known, "key")
        self.ssh_of_a_stranger = self._ssh("ssh-stranger", known, "stranger")
        self.ssh_elsewhere = self._ssh("ssh-elsewhere", "none", "key")
        self.accounts = Accounts(scope, self.netns)
        self.sshd = None

    def _ssh(self, name, known, key):
        options = f"-F none -o UserKnownHostsFile={known} -o GlobalKnownHostsFile=none -o IdentitiesOnly=yes -o IdentityAgent=none"
        return self.scope.write(name, f'#!/bin/sh\nexec ssh {options} -i {self.scope.path(key)} "$@"\n', 0o755)

    def start_sshd(self):
        self.sshd = self.scope.start(*self.accounts.argv(f"exec /usr/sbin/sshd -D -e -f {self.config}"), log="sshd")
        self.sshd.wait_log("Server listening")

    def argv(self, user, *args, host=f"127.0.0.1:{PORT}"):
        return ["ip", "netns", "exec", self.netns, program("rasadmin"), "--no-input", "--server", f"ssh://{user}@{host}", *args]

    def rasadmin(self, user, *args, ssh=None, **where):
        done = subprocess.run(self.argv(user, *args, **where), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=60, env=dict(os.environ, RASADMIN_SSH=ssh or self.ssh))
        return done.returncode, done.stdout, done.stderr


def who_he_is_there(r, far, sim):
    sim.say("connect", "victim")
    handle = str(far.site.wait_port_of("victim")["handle"])
    status, out, err = far.rasadmin("ras2", "--json", "ports")
    r.check("ssh: a viewer lists", status == 0 and {p["user"] for p in json.loads(out)["ports"]} >= {"stays", "victim"}, f"{status} {out}{err}")
    status, out, err = far.rasadmin("ras2", "disconnect", "--port", handle, "--yes")
    r.check("  and may not disconnect", status == 4 and "victim" in sim.users(), f"{status} {out}{err}")
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


def what_fails(r, far):
    status, out, err = far.rasadmin("ras1", "ports", ssh=far.ssh_of_a_stranger)
    r.check("ssh: a key that the server does not know", status == 7 and "ssh: ras1@127.0.0.1: Permission denied" in err, f"{status} {out}{err}")
    status, out, err = far.rasadmin("ras1", "ports", ssh=far.ssh_elsewhere)
    r.check("ssh: a server whose key is not known", status == 7 and "Host key verification failed" in err, f"{status} {out}{err}")
    status, out, err = far.rasadmin("ras3", "ports")
    r.check("ssh: rasadmin is not there", status == 7 and "is it installed" in err, f"{status} {out}{err}")
    proof = far.scope.path("proof")
    for host in (f"-oProxyCommand=touch${{IFS}}{proof}", f"-oProxyCommand=touch {proof}", "-F/etc/passwd"):
        status, out, err = far.rasadmin("ras1", "ports", host=host)
        r.check(f"ssh: {host.replace(far.scope.dir, '')} is no host", status == 2 and not os.path.exists(proof), f"{status} {out}{err}")
    far.site.stop()
    status, out, err = far.rasadmin("ras1", "ports")
    r.check("ssh: rrasd does not run there", status == 7 and "is it running?" in err, f"{status} {out}{err}")
    far.site.start()


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
        far = Far(scope)
        far.site.start()
        sim = Sim(far.site, "sim", "--ports", "8")
        sim.say("connect", "stays")
        far.start_sshd()
        r.run("who he is there", who_he_is_there, far, sim)
        r.run("what others have no words for", what_others_have_no_words_for, far, sim)
        r.run("what fails", what_fails, far)
        sim.welcome()
        r.run("what breaks", what_breaks, far, sim)
        far.site.stop()
    r.finish()


main()
