#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who is connected over TCP while his groups change on the server: [timeouts] client_recheck finds it, and he may do more, or nothing, on
the connection that he has. Then what the server's name is to Kerberos, and to a DNS that does not answer. rrasd and rasadmin have an /etc of
their own for that."""
import contextlib
import os
import re
import socket
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import kdc
from accounts import OPERATORS, USERS, VIEWERS, Accounts
from cover import covered
from over_tcp import OverTcp, free_port, use_libraries
from programs import program
from rras_site import Sim, Site
from scope import Scope, enter_netns, may_make_networks, wait_until
from tap import Report

WHO = "ras2"
NAME, ALIAS = "server.rras.test", "alias.rras.test"


class CoveredSite(Site):
    """rrasd finds users and groups that are there for it alone."""

    def __init__(self, scope):
        super().__init__(scope)
        self.accounts = Accounts(scope, None)

    def start(self):
        self.write_config()
        files = {"/etc/passwd": self.accounts.passwd, "/etc/group": self.accounts.group}
        self.rrasd = self.scope.start(*covered(files, program("rrasd"), "--config", self.config), log="rrasd")
        self.rrasd.wait_log(r"is ready")

    def set_members(self, operators, viewers):
        """In one write, so that nobody reads half of it. Both have to be as long as what was there."""
        with open(self.accounts.group, "r+") as f:
            text = f.read()
            new = re.sub(rf"(:x:{OPERATORS}:).*", rf"\g<1>{operators}", re.sub(rf"(:x:{VIEWERS}:).*", rf"\g<1>{viewers}", text))
            if len(new) != len(text):
                raise ValueError("another length")
            f.seek(0)
            f.write(new)


def role_changes(site, was, now):
    return site.rrasd.wait_log(rf"{WHO}@RRAS.TEST at 127.0.0.1 \(uid {USERS[WHO]}\): was {was} and is {now} now")


def groups_change(r, site, remote, sim):
    watch = site.scope.start(program("rasadmin"), "--server", remote.binding, "watch", log="watch", env=remote.env(WHO))
    line = wait_until(f"{WHO} logged in", lambda: site.audit("login"))[-1]
    r.check("a viewer watches over TCP", line["who"]["role"] == "viewer" and line["result"] == 0, str(line))
    site.set_members(WHO, "ras1")
    r.check("in another group meanwhile, he is an operator at the next look", role_changes(site, "viewer", "operator"))
    site.set_members("ras1", "ras1")
    r.check("in no group any more, he is nothing at the next one", role_changes(site, "operator", "none"))
    sim.say("connect", "zoe")  # an answer to the question that waits
    sim.say("connect", "ida")  # and should that have been on its way before
    end = watch.wait_end()
    r.check("  his watch ends with what it is", end == 4 and "access denied" in watch.log() and "error 5" in watch.log(), f"{end}: {watch.log()}")
    status, _, err = remote.admin(WHO, "ports")
    line = site.audit("login")[-1]
    r.check("  and who comes anew finds the same", status == 4 and line["result"] == 5 and "no group of [roles]" in line["reason"], f"{err} {line}")
    r.check("nobody has reloaded anything, and nobody was hit", not site.audit("reload") and len(sim.users()) == 2)
    site.set_members("ras1", WHO)


def ask_alias(scope, remote, canonicalize):
    """rasadmin at a name that the hosts file has as another one of the server."""
    with open(os.path.join(remote.realm.folder, "krb5.conf")) as f:
        text = f.read().replace("dns_canonicalize_hostname = false", f"dns_canonicalize_hostname = {canonicalize}")
    hosts = scope.write("hosts", f"127.0.0.1 {NAME} {ALIAS} localhost\n")
    env = remote.env(WHO, KRB5_CONFIG=scope.write("krb5.conf", text))
    argv = covered({"/etc/hosts": hosts}, program("rasadmin"), "--server", f"ncacn_ip_tcp:{ALIAS}[{remote.port}]", "ports")
    done = subprocess.run(argv, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


def name_of_the_server(r, scope, remote):
    """What docs/remote.md says of dns_canonicalize_hostname."""
    remote.realm.add_service(f"host/{NAME}")
    status, out, err = ask_alias(scope, remote, "true")
    r.check("with dns_canonicalize_hostname the ticket is for the name that is found", status == 0 and "zoe" in out, f"{status}: {out}{err}")
    status, out, err = ask_alias(scope, remote, "false")
    r.check("  and without it for the name that was typed", status == 4 and f"host@{ALIAS}" in err and "not found in Kerberos database" in err and
            "error 1825" in err, f"{status}: {out}{err}")


def silent_server(netns):
    """A server of the DNS in there that never answers."""
    made = []

    def make():
        enter_netns(netns)
        made.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        made[0].bind(("127.0.0.1", 53))
    thread = threading.Thread(target=make)  # whose namespace is of no more use afterwards
    thread.start()
    thread.join()
    made[0].setblocking(False)
    return made[0]


def asked(server):
    """How many questions have come."""
    n = 0
    with contextlib.suppress(BlockingIOError):
        while True:
            server.recv(4096)
            n += 1
    return n


def resolver_that_is_silent(r, scope):
    """How often the DNS is asked follows from the time that rasadmin has: with the two seconds it is once, and not as resolv.conf says."""
    netns = scope.netns(f"rrasn{os.getpid()}")
    server = silent_server(netns)
    files = {"/etc/resolv.conf": scope.write("resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:5\n"),
             "/etc/nsswitch.conf": scope.write("nsswitch.conf", "hosts: dns\n")}
    rasadmin = covered(files, program("rasadmin"), "--timeout", "2s", "--server", "ncacn_ip_tcp:gate.example[1]", "ports")
    done = subprocess.run(["ip", "netns", "exec", netns, *rasadmin], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=60)
    r.check("a DNS that does not answer: rasadmin says so", done.returncode == 7 and not done.stdout and "error 1722" in done.stderr and
            "gate.example[1]: Temporary failure in name resolution" in done.stderr, f"{done.returncode}: {done.stdout}{done.stderr}")
    n = asked(server)
    r.check("  and has asked it once for each kind of address", n == 2, f"{n} questions")
    server.close()


def main():
    r = Report()
    why = may_make_networks() or (kdc.programs() and f"{kdc.programs()} is missing")
    if why:
        r.skip("groups that change", why)
        return r.finish()
    use_libraries()
    with Scope() as scope:
        os.mkdir(scope.path("realm"))
        realm = kdc.Realm(scope.path("realm"))
        scope.callback(realm.stop)
        site = CoveredSite(scope)
        remote = OverTcp(site, realm, free_port())
        realm.add(WHO, "secret")
        realm.add_service("host/localhost")
        realm.start()
        realm.ticket(WHO, "secret", remote.cache(WHO))
        os.environ.update({k: v for k, v in realm.env.items() if k.startswith("KRB5")})
        site.sections = (f"[listen]\ntcp = 127.0.0.1:{remote.port}\nkeytab = {realm.keytab}\n[roles]\noperators = {OPERATORS}\n"
                         f"viewers = {VIEWERS}\n[timeouts]\nclient_recheck = 1s\n")
        site.start()
        sim = Sim(site, "sim", "--ports", "4")
        sim.welcome()
        r.run("groups that change", groups_change, site, remote, sim)
        r.run("the server's name", name_of_the_server, scope, remote)
        r.run("a DNS that does not answer", resolver_that_is_silent, scope)
        r.check("rrasd stops cleanly", site.stop() == 0, site.rrasd.log()[-2000:])
    return r.finish()


if __name__ == "__main__":
    sys.exit(main())
