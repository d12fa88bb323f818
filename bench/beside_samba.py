# SPDX-License-Identifier: Apache-2.0
"""Figures of rpc/ beside Samba's own RPC server, with Samba's client on both: a call that does nothing (is_server_listening of mgmt).

Ours is the listener of tests/conformance: rrasd's rpc/ on a port, and behind the same smbd, but it answers also those whom rrasd would
refuse. Samba's is samba-dcerpcd with its endpoint mapper. All of it, and the client, is on CPU 0, in a network namespace of its own.
"""
import os

from harness import fail, on_cpu, ratio_of_rates
from scope import Scope, may_make_networks, wait_until
from smbd import PASSWORD, Smbd

CLIENT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "samba_client.py")
DCERPCD = "/usr/libexec/samba/samba-dcerpcd"
PORT, SAMBA_PORT = "4170", "135"
USER = "ras1"  # of accounts.py
COUNT = "2000"

# What is measured: the user, our binding and Samba's.
WAYS = {
    "TCP, nobody": ("", f"ncacn_ip_tcp:127.0.0.1[{PORT}]", f"ncacn_ip_tcp:127.0.0.1[{SAMBA_PORT}]"),
    "TCP, sealed": (USER, f"ncacn_ip_tcp:127.0.0.1[{PORT},seal]", f"ncacn_ip_tcp:127.0.0.1[{SAMBA_PORT},seal]"),
    "pipe, plain": (USER, "ncacn_np:127.0.0.1[router]", "ncacn_np:127.0.0.1[epmapper]"),
    "pipe, sealed": (USER, "ncacn_np:127.0.0.1[router,seal]", "ncacn_np:127.0.0.1[epmapper,seal]"),
}


class Servers:
    """Both, and smbd before them."""

    def __init__(self, bench, scope):
        self.bench, self.netns = bench, scope.netns(f"rrasbs{os.getpid()}")
        self.smbd = Smbd(scope, self.netns)
        os.mkdir(os.path.dirname(self.smbd.pipe), 0o700)
        users = scope.write("users", f"RASBOX:{USER}:{PASSWORD}\n", 0o600)
        listener = scope.start(bench.path("tests/conformance/conformance-listener"), "--ntlm", bench.path("ntlm/rras-ntlm"), "--users", users,
                               "--pipe", self.smbd.pipe, PORT, log="listener", netns=self.netns)
        listener.wait_log("^ready")
        self.samba = scope.start(*self.smbd.accounts.argv(f"exec {DCERPCD} --foreground --no-process-group --libexec-rpcds "
                                                          f"--configfile={self.smbd.config}"), log="dcerpcd")
        self.smbd.start()
        wait_until("Samba's endpoint mapper", self.mapper_answers)

    def mapper_answers(self):
        if not self.samba.alive():
            fail("samba-dcerpcd has ended: " + self.samba.log()[-500:])
        return os.path.exists(os.path.join(os.path.dirname(self.smbd.pipe), "epmapper")) and self.listens(SAMBA_PORT)

    def listens(self, port):
        with open(f"/proc/{self.smbd.process.pid}/net/tcp") as f:
            return any(line.split()[1].endswith(f":{int(port):04X}") and line.split()[3] == "0A" for line in f if ":" in line.split()[1])

    def rate(self, binding, user):
        return self.bench.output_floats("ip", "netns", "exec", self.netns, "/usr/bin/python3", CLIENT, self.smbd.config, binding, user, PASSWORD,
                                        COUNT)[0]


def measure_samba(bench, report, runs):
    why = may_make_networks() or (None if os.path.exists(DCERPCD) else f"{DCERPCD} is missing")
    if why:
        fail(why)
    with Scope() as scope, on_cpu(0):
        servers = Servers(bench, scope)
        for name, (user, ours, theirs) in WAYS.items():
            q, a, b = ratio_of_rates(bench, runs, lambda u=user, at=ours: servers.rate(at, u), lambda u=user, at=theirs: servers.rate(at, u))
            report.add(f"Samba's client, {name}: calls a second, of Samba's server", q, "x", "> 1", q > 1, b, f"{a:.0f}/s of {b:.0f}/s")


MEASUREMENTS = {"remote-samba": measure_samba}
