# SPDX-License-Identifier: Apache-2.0
"""Many sessions of a real daemon, for bench/run: the daemon in a network namespace, and its clients in another one.

Each crowd has `name` (of bench-native), `device_type`, `socket` (the daemon's own), `up(n)`, which brings n sessions and waits until the
daemon lists them, `driver(socket)`, the command line of its driver, and `tidy()` for what clients leave when they have been disconnected.
"""
import os
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "tests", "lib"))

import charon
import vpn
from authority import Authority
from scope import wait_until

SECONDS = 120  # in which a crowd must be up


class Crowd:
    def __init__(self, scope, path):
        self.scope, self.path = scope, path  # path(...): of the build

    def tidy(self):
        pass


class OpenVpn(Crowd):
    """Clients without a network device: they are as real to the server, and cost less."""
    name = device_type = "openvpn"

    def __init__(self, scope, path):
        super().__init__(scope, path)
        network = vpn.Network(scope, clients=1, tag=f"rrbo{os.getpid()}")
        self.server = vpn.Server(scope, network, Authority(scope), extra="duplicate-cn\nmax-clients 1000").start()
        self.socket = self.server.management
        self.clients = []

    def up(self, n):
        for _ in range(n):
            client = vpn.Client(self.server, "alice", 1, "--dev", "null", "--ifconfig-noexec", "--route-noexec", "--verb", "1")
            client.start(wait=False)
            self.clients.append(client)
        wait_until(f"{n} clients of openvpn", lambda: self.listed() == n, SECONDS, every=0.2)

    def listed(self):
        with socket.socket(socket.AF_UNIX) as s, s.makefile("rw") as f:
            s.connect(self.socket)
            f.write("status 3\n")
            f.flush()
            rows = iter(f.readline, "END\n")
            return sum(1 for row in rows if row.startswith("CLIENT_LIST\t") and row.split("\t")[3])

    def driver(self, driver_socket):
        return [self.path("drivers/openvpn/rras-openvpn"), "--management", self.socket, "--socket", driver_socket, "--ports", "1000"]

    def tidy(self):
        for client in self.clients:
            client.process.end()
        self.clients = []


class Charon(Crowd):
    """IKE_SAs with a virtual address each, from one charon. Without CHILD_SAs, which take kernel-libipsec 0.2 s each."""
    name = "charon"
    device_type = "ikev2"

    def __init__(self, scope, path):
        super().__init__(scope, path)
        network = charon.Network(scope, clients=1)
        self.gateway = charon.gateway(scope, network, options="threads = 16\n  dos_protection = no").start()
        self.client = charon.Client(scope, network, "alice", 1, options="reuse_ikesa = no").start(wait=False)
        self.socket = self.gateway.vici

    def up(self, n):
        with charon.Vici(self.client.charon.vici) as vici:
            for _ in range(n):
                vici.request("initiate", ike="home", timeout=-1)
        with charon.Vici(self.socket) as vici:
            def established():
                sas = vici.request("stats")["ikesas"]
                return int(sas["total"]) == n and sas["half-open"] == "0"
            wait_until(f"{n} SAs of charon", established, SECONDS, every=0.1)

    def driver(self, driver_socket):
        return [self.path("drivers/vici/rras-vici"), "--vici", self.socket, "--socket", driver_socket]

    def tidy(self):
        wait_until("the client without an SA", lambda: not self.client.sas(), SECONDS)


class Ocserv(Crowd):
    """openconnect without network devices of its own: what it would send there goes to a process that takes it."""
    name = "ocserv"
    device_type = "anyconnect"
    PASSWORD = "a password"

    def __init__(self, scope, path):
        super().__init__(scope, path)
        authority, network = Authority(scope), vpn.Network(scope, clients=1, tag=f"rrbc{os.getpid()}")
        authority.issue("server", "serverAuth")
        self.authority, self.server_netns, self.netns, self.clients = authority, network.server, network.clients[1], []
        self.socket = scope.path("occtl.sock")
        passwords = scope.path("ocpasswd")
        subprocess.run(["ocpasswd", "-c", passwords, "alice"], input=f"{self.PASSWORD}\n{self.PASSWORD}\n", text=True, check=True,
                       stdout=subprocess.DEVNULL)
        os.chmod(passwords, 0o644)
        config = scope.write("ocserv.conf", f"""
auth = "plain[passwd={passwords}]"
tcp-port = 4443
run-as-user = nobody
run-as-group = nogroup
socket-file = {scope.path("ocserv.sock")}
occtl-socket-file = {self.socket}
use-occtl = true
pid-file = {scope.path("ocserv.pid")}
server-cert = {authority.dir}/server.crt
server-key = {authority.dir}/server.key
isolate-workers = false
max-clients = 0
max-same-clients = 0
rate-limit-ms = 0
max-ban-score = 0
keepalive = 600
cookie-timeout = 300
device = vpns
ipv4-network = 10.97.0.0
ipv4-netmask = 255.255.0.0
ping-leases = false
log-level = 1
""")
        self.server = scope.start("ocserv", "--foreground", "--config", config, log="ocserv", netns=network.server)
        wait_until("ocserv's control socket", lambda: os.path.exists(self.socket))

    def up(self, n):
        for _ in range(n):
            argv = ["sh", "-c", f"echo '{self.PASSWORD}' | exec openconnect --passwd-on-stdin --user=alice --non-inter --no-dtls --quiet "
                    f"--cafile {self.authority.dir}/ca.crt --resolve=server:10.77.1.1 --script-tun --script 'exec sleep 600' "
                    "https://server:4443"]
            self.clients.append(self.scope.start(*argv, log="openconnect", netns=self.netns))
        wait_until(f"{n} clients of ocserv", lambda: self.listed() == n, SECONDS, every=0.2)

    def listed(self):
        """Sessions that have an interface, by occtl."""
        done = subprocess.run(["ip", "netns", "exec", self.server_netns, "occtl", "-s", self.socket, "-n", "-j", "show", "users"],
                              stdout=subprocess.PIPE, text=True)
        return done.stdout.count('"vpns')

    def driver(self, driver_socket):
        return [self.path("drivers/ocserv/rras-ocserv"), "--control", self.socket, "--socket", driver_socket, "--user", "root"]

    def tidy(self):
        for client in self.clients:
            client.end()
        self.clients = []


CROWDS = {c.name: c for c in (OpenVpn, Charon, Ocserv)}
