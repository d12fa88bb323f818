# SPDX-License-Identifier: Apache-2.0
"""Figures of the ways over the network: TCP with Kerberos."""
import contextlib
import os
import socket
import subprocess

import kdc
from harness import Server, fail, ratio_of_rates
from scope import Scope, wait_until

# PortGetInfo at packet privacy. A PDU has a header of 24 bytes, the stub, padded to 16, a trailer of 8 and a token of 76.
REQUEST_STUB, REPLY_STUB = 16, 400
REQUEST, REPLY = 24 + REQUEST_STUB + 8 + 76, 24 + REPLY_STUB + 8 + 76
ADMINISTRATORS = "news"  # a user and a group that each Debian has: whom alice stands for
RULES = f"  auth_to_local = RULE:[1:$1](^alice$)s/.*/{ADMINISTRATORS}/\n"
TARGET = "host@localhost"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@contextlib.contextmanager
def realm():
    """A KDC of our own, the server's keytab, and a ticket of alice's for the server's first client to use."""
    missing = kdc.programs()
    if missing:
        fail(f"{missing} is missing: tests/lib/packages.sh has what is needed")
    with Scope() as scope:
        os.mkdir(scope.path("realm"))
        r = kdc.Realm(scope.path("realm"), more=RULES)
        r.add("alice", "secret")
        r.add_service("host/localhost")
        r.start()
        try:
            r.ticket("alice", "secret")
            yield r
        finally:
            r.stop()


class TcpServer(Server):
    """rrasd that takes Kerberos on a port of loopback."""

    def __init__(self, bench, r, sections="", env=None, **more):
        self.port = free_port()
        self.tcp = f"ncacn_ip_tcp:localhost[{self.port}]"
        super().__init__(bench, 1000, 500, env=env or r.env, sections=f"{sections}[listen]\ntcp = 127.0.0.1:{self.port}\n"
                         f"keytab = {r.keytab}\n[roles]\nadministrators = {ADMINISTRATORS}\n", **more)


def client_env(bench, r):
    """Whose ticket it is, and where libmprapi finds its module."""
    return dict(r.env, LD_LIBRARY_PATH=bench.path("libmprapi"))


def measure_call(bench, report, runs):
    """The sealing by itself is a row of its own: MIT's library in one process, without a socket."""
    with realm() as r:
        s, env = TcpServer(bench, r), client_env(bench, r)
        q, a, b = ratio_of_rates(bench, runs, lambda: bench.api("portinfo", s.tcp, 30000, env=env)[0],
                                 lambda: bench.baseline("tcp", REQUEST, REPLY, 30000))
        report.add("PortGetInfo over TCP, Kerberos privacy, of a ping-pong", q, "x", ">= 0.60", q >= 0.60, b, f"{a:.0f}/s of {b:.0f}/s")
        wrap = (bench.path("bench/bench-kerberos"), "wrap", TARGET, str(REQUEST_STUB), str(REPLY_STUB), "30000")
        q, a, b = ratio_of_rates(bench, runs, lambda: bench.output_floats(*wrap, env=env)[0],
                                 lambda: 1 / bench.baseline("tcp", REQUEST, REPLY, 30000))
        report.add("  to compare: MIT's wrap and unwrap of these bytes", q, "x", "-", True, b, f"{a * 1e6:.1f} us beside {b * 1e6:.1f} us")
        s.stop()


def measure_connect(bench, report, runs):
    """Name, socket, bind with all its legs, first call; beside the legs alone, with the credentials that they need."""
    with realm() as r:
        s, env = TcpServer(bench, r), client_env(bench, r)
        exchange = (bench.path("bench/bench-kerberos"), "exchange", TARGET, "300")
        q, a, b = ratio_of_rates(bench, runs, lambda: bench.api("connect", s.tcp, 300, env=env)[0],
                                 lambda: bench.output_floats(*exchange, env=env)[0])
        report.add("a new connection over TCP to its first answer, of GSSAPI alone", q, "x", "< 3", q < 3, b, f"{a * 1e3:.2f} ms of {b * 1e3:.2f} ms")
        s.stop()


def stuck_names(bench, r):
    """How rrasd is started where the name service hangs, and the file that is there once somebody hangs in it."""
    nsswitch, mark = os.path.join(r.folder, "nsswitch.conf"), os.path.join(r.folder, "stuck")
    r.write("nsswitch.conf", "passwd: files\ngroup: files stuck\nhosts: files\n")
    cover = f"mount --bind {nsswitch} /etc/nsswitch.conf && exec \"$@\""
    return {"before": ("unshare", "--mount", "sh", "-c", cover, "sh"),
            "env": dict(r.env, LD_LIBRARY_PATH=bench.path("bench"), BENCH_STUCK=mark)}, mark


def measure_siege(bench, report, runs):
    """Two servers, one of them besieged; whoever is idle costs the other nothing."""
    with realm() as r:
        where, mark = stuck_names(bench, r)
        besieged, quiet = TcpServer(bench, r, sections="[timeouts]\nclient_bind = 10m\n", **where), TcpServer(bench, r)
        siege = bench.start(bench.path("bench/bench-siege"), str(besieged.port), TARGET, "100", env=r.env, stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE)
        if siege.stdout.readline().strip() != "under way":
            fail("the siege: " + open(besieged.driver_stderr()).read())
        wait_until("a caller hanging in the name service", lambda: os.path.exists(mark) or siege.poll() is not None)
        q, a, b = ratio_of_rates(bench, runs, lambda: bench.api("portinfo", besieged.binding, 30000)[0],
                                 lambda: bench.api("portinfo", quiet.binding, 30000)[0])
        report.add("local PortGetInfo, 100 handshakes and hanging names, of quiet", q, "x", ">= 0.9", q >= 0.9, b, f"{a:.0f}/s of {b:.0f}/s")
        if siege.poll() is not None:
            fail("the siege has ended: " + open(besieged.driver_stderr()).read())
        bench.stop(siege)
        besieged.stop()
        quiet.stop()


MEASUREMENTS = {"remote-call": measure_call, "remote-connect": measure_connect, "remote-siege": measure_siege}
