#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""examples/driver.py with a real sshd: it conforms with the protocol, and users who are logged in by SSH are listed and disconnected."""
import os
import shlex
import shutil
import signal
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests", "lib"))

from rras_site import Site
from scope import Scope, may_make_networks, run_group, wait_until
from tap import Report
from vpn import Network

DRIVER = os.path.join(TOP, "examples", "driver.py")


class World:
    """An sshd that lets in the users nobody and games, whom every Debian has, without a shell and without PAM."""

    def __init__(self, scope):
        self.scope = scope
        self.network = Network(scope, clients=2)
        for key in ("host", "key"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", scope.path(key)], check=True)
        config = scope.write("sshd.conf", f"Port 22\nHostKey {scope.path('host')}\nPidFile none\nStrictModes no\nUsePAM no\n"
                             f"AuthorizedKeysFile {scope.path('key.pub')}\n")
        os.makedirs("/run/sshd", exist_ok=True)  # where it locks its unprivileged part in
        self.sshd = scope.start("/usr/sbin/sshd", "-D", "-e", "-f", config, log="sshd", netns=self.network.server)
        self.sshd.wait_log("Server listening")

    def ssh(self, user, place):
        return ["ip", "netns", "exec", self.network.clients[place], "ssh", "-i", self.scope.path("key"), "-o", "StrictHostKeyChecking=no", "-o",
                "UserKnownHostsFile=/dev/null", "-o", "BatchMode=yes", "-o", "ExitOnForwardFailure=yes", "-N", f"{user}@10.77.{place}.1"]

    def log_in(self, user, place):
        client = self.scope.start(*self.ssh(user, place), log=f"ssh-{user}")
        self.sshd.wait_log(f"Accepted publickey for {user} from 10.77.{place}.2")
        return client


def conforms(report, w):
    """A session is made whenever one is needed; the last one ends with its sshd."""
    fresh = w.scope.write("log-in", f"{shlex.join(w.ssh('nobody', 1))} -f </dev/null >/dev/null 2>&1\n")
    status, out = run_group(["ip", "netns", "exec", w.network.server, os.path.join(TOP, "tests/drivers/conformance"), "--kind", "daemon",
                             "--may-disconnect", "--no-skip", "--make-session", f"sh {fresh}", "--", sys.executable, DRIVER, "--socket",
                             "{socket}"], 400)
    print(*(f"# {line}" for line in out.splitlines()), sep="\n", flush=True)
    report.check("the example conforms with the protocol, every check made", status == 0)


def somebody_who_calls_himself_sshd(w):
    """A program of an ordinary user that is called sshd, has a connection, and the title of a log-in of root."""
    shutil.copy("/bin/bash", w.scope.path("sshd"))
    never = w.scope.path("never")
    os.mkfifo(never)  # it waits for itself: a child that sleeps would outlive it
    os.chmod(never, 0o666)
    script = w.scope.write("pretend", f"exec 3<>/dev/tcp/10.77.1.1/22 4<>{never}\necho connected\nread -r -u 4\n")
    pretender = w.scope.start("setpriv", "--reuid", "65534", "--clear-groups", "bash", "-c",
                              f"BASH_ENV={script} exec -a 'sshd: root@pts/9' {w.scope.path('sshd')}", log="pretender", netns=w.network.server)
    pretender.wait_log("^connected$")
    return pretender


def a_user_is_disconnected(report, w):
    site = Site(w.scope).start()
    driver = w.scope.start(sys.executable, DRIVER, "--socket", site.driver_socket, log="driver", netns=w.network.server)
    pretender = somebody_who_calls_himself_sshd(w)
    nobody, games = w.log_in("nobody", 1), w.log_in("games", 2)
    port, other = site.wait_port_of("nobody"), site.wait_port_of("games")
    report.check("a user who is logged in by SSH is a port", port["state"] == "connected" and port["type"] == "ssh" and
                 port["remote_address"].startswith("10.77.1.2:"), port)
    status, out, err = site.admin("disconnect", "--port", port["name"], "--wait", "--yes")
    report.check("it is disconnected, confirmed", status == 0, f"{status}: {out}{err}")
    nobody.wait_end()
    report.check("its client has been told", "closed by remote host" in nobody.log(), nobody.log())
    now = site.port_of("games")
    report.check("the other one is still there", games.alive() and now and now["handle"] == other["handle"], now)
    report.check("who only calls himself sshd is nobody", pretender.alive() and not site.port_of("root"))
    games.signal(signal.SIGTERM)
    wait_until("games logged out", lambda: not site.port_of("games"))
    report.check("who logs out is gone", True)
    driver.signal(signal.SIGTERM)
    report.check("and the driver ends in good order", driver.wait_end() == 0, driver.log())


def its_daemon_can_not_be_asked(report, w):
    """ss(8) fails for a while: that is said, and nobody is called gone."""
    site = Site(w.scope, "troubled").start()
    broken = w.scope.path("broken")
    os.mkdir(w.scope.path("bin"))
    w.scope.write("bin/ss", f"#!/bin/sh\n[ ! -e {broken} ] || exit 7\nexec {shutil.which('ss')} \"$@\"\n", 0o755)
    w.scope.start(sys.executable, DRIVER, "--socket", site.driver_socket, log="driver", netns=w.network.server,
                  env={"PATH": f"{w.scope.path('bin')}:{os.environ['PATH']}"})
    nobody = w.log_in("nobody", 1)
    before = site.wait_port_of("nobody")
    w.scope.write("broken", "")
    site.wait_state(before["name"], "not operational")
    report.check("a daemon that can't be asked is said to be down, and why", "exit status 7" in site.admin("status")[1], site.admin("status"))
    os.unlink(broken)
    after = site.wait_state(before["name"], "connected")
    report.check("then everybody is where he was", nobody.alive() and after["handle"] == before["handle"], (before, after))
    nobody.end()


def run_all(report, tests):
    with Scope() as scope:
        w = World(scope)
        for test in tests:
            report.run(test.__name__, test, w)


def main():
    report = Report()
    tests = [a_user_is_disconnected, its_daemon_can_not_be_asked, conforms]
    why = may_make_networks()
    if why:
        for test in tests:
            report.skip(test.__name__, why)
    else:
        report.run("a real sshd", run_all, tests)
    report.finish()


if __name__ == "__main__":
    main()
