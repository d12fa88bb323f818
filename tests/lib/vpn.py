# SPDX-License-Identifier: Apache-2.0
"""A real OpenVPN server and real clients, in network namespaces."""
import contextlib
import os
import re
import signal
import socket
import subprocess

from scope import Waited, wait_until

CLIENTS = 4  # namespaces for clients


class Network:
    """A namespace for the server and one for each client, each joined to the server's by a cable of its own.

    Client number n (from 1) has 10.77.n.2 and fd77:n::2, the server there 10.77.n.1 and fd77:n::1.
    """

    def __init__(self, scope, clients=CLIENTS, tag=None):
        tag = tag or f"rras{os.getpid()}"
        self.server = scope.netns(f"{tag}s")
        self.clients = {}
        for n in range(1, clients + 1):
            self.clients[n] = scope.netns(f"{tag}c{n}")
            scope.cable(self.server, self.clients[n], f"v{n}", [f"10.77.{n}.1/24", f"fd77:{n}::1/64"],
                        [f"10.77.{n}.2/24", f"fd77:{n}::2/64"])


class Server:
    """openvpn --server. Restarted with start() after end()."""

    TUNNEL = "10.88.0.1"

    def __init__(self, scope, network, authority, proto="udp4", password_file="", extra=""):
        self.scope, self.network, self.authority, self.proto = scope, network, authority, proto
        self.management = scope.path("mgmt.sock")
        authority.issue("server", "serverAuth")
        self.config = scope.write("server.conf", f"""
dev tun0
dev-type tun
topology subnet
server 10.88.0.0 255.255.255.0
port 1194
proto {proto + "-server" if proto.startswith("tcp") else proto}
ca {authority.dir}/ca.crt
cert {authority.dir}/server.crt
key {authority.dir}/server.key
dh none
keepalive 10 60
verb 3
management {self.management} unix {password_file}
{extra}
""")
        self.process = None

    def start(self):
        self.process = self.scope.start("openvpn", "--config", self.config, log="server", netns=self.network.server,
                                        cwd=self.scope.dir)
        self.process.wait_log("Initialization Sequence Completed")
        return self

    def end(self, number=signal.SIGTERM):
        self.process.signal(number)
        self.process.wait_end()
        if os.path.exists(self.management) and number == signal.SIGKILL:
            os.unlink(self.management)  # openvpn would do so as well when it starts again

    def mark(self):
        """A place in its log, for wait_log(after=...)."""
        return len(self.process.log())


class Client:
    """openvpn --client of one user."""

    def __init__(self, server, user, place, *options, bind_port=None):
        self.server, self.user, self.place = server, user, place
        self.netns = server.network.clients[place]
        server.authority.issue(user)
        pki = server.authority.dir
        address = f"fd77:{place}::1" if server.proto.endswith("6") else f"10.77.{place}.1"
        proto = server.proto + "-client" if server.proto.startswith("tcp") else server.proto
        self.argv = ["openvpn", "--client", "--dev", f"tun{place}", "--dev-type", "tun", "--proto", proto, "--remote", address, "1194",
                     "--ca", f"{pki}/ca.crt", "--cert", f"{pki}/{user}.crt", "--key", f"{pki}/{user}.key", "--remote-cert-tls", "server",
                     "--connect-retry", "1", "2", "--verb", "3", *options]
        self.argv += ["--lport", str(bind_port)] if bind_port else ["--nobind"]
        self.process = None

    def start(self, wait=True):
        self.process = self.server.scope.start(*self.argv, log=f"client-{self.user}", netns=self.netns)
        if wait:
            self.wait_up()
        return self

    def wait_up(self, after=0):
        self.process.wait_log("Initialization Sequence Completed", after=after)

    def tunnel_address(self):
        return self.process.wait_log(r"ifconfig (10\.88\.0\.\d+) 255").group(1)

    def ping(self, count=3, interval=0.2):
        """Ping the server through the tunnel; how many answers came."""
        done = subprocess.run(["ip", "netns", "exec", self.netns, "ping", "-n", "-q", "-c", str(count), "-i", str(interval), "-W", "10",
                               Server.TUNNEL], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for line in done.stdout.splitlines():
            if "received" in line:
                return int(line.split(",")[1].split()[0])
        return 0

    def start_ping(self, interval=0.1):
        """Ping until it is told to stop (see ping_loss)."""
        return self.server.scope.start("ping", "-n", "-i", str(interval), Server.TUNNEL, netns=self.netns,
                                       log=f"ping-{self.user}")


def answers(process):
    """The numbers of the pings of a start_ping() that were answered."""
    return {int(n) for n in re.findall(r"bytes from .*icmp_seq=(\d+) ", process.log())}


def ping_loss(process):
    """Stop a start_ping() when one more answer has come; sent and lost. Those behind the last answer were still under way: no answer
    overtakes another one. If no more answer comes, they are lost as well."""
    last = max(answers(process), default=0)
    with contextlib.suppress(Waited):
        wait_until("one more answer", lambda: max(answers(process), default=0) > last)
    process.signal(signal.SIGINT)
    process.wait_end()
    answered = answers(process)
    sent = max(answered, default=0)
    if sent == last:
        sent = int(process.wait_log(r"(\d+) packets transmitted").group(1))
    return sent, sent - len(answered)


class Management:
    """A management client: another program that holds the socket."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(10)
        self.socket.connect(path)
        self.lines = self.socket.makefile("r", newline="\n")
        self.greeting = self.lines.readline()

    def ask(self, command):
        """One command, answered by one line."""
        self.socket.sendall(command.encode() + b"\n")
        while True:
            line = self.lines.readline().rstrip("\r\n")
            if not line.startswith(">"):
                return line

    def close(self):
        self.lines.close()
        self.socket.close()


def wait_gone(client, seconds=30):
    return wait_until(f"{client.user} leaving", lambda: not client.process.alive(), seconds)
