# SPDX-License-Identifier: Apache-2.0
"""Machines whose daemon is running already, as its distribution runs it: for tests/system/drivers_doc.py, in its guest. Everything here is
what an administrator had before he has heard of OpenRRAS."""
import os
import re
import subprocess

import charon
import ocserv
import pppd
from authority import Authority
from scope import wait_until
from vpn import Client, Network, wait_gone


def run(*argv):
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(argv)}: {done.stdout}")


def systemctl(*args):
    run("systemctl", *args)


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as f:
        f.write(text)


def in_namespace(unit, netns):
    """A service of the distribution gets a network of its own: the one that the test has made for it."""
    write(f"/etc/systemd/system/{unit}.service.d/network.conf", f"[Service]\nNetworkNamespacePath=/run/netns/{netns}\n")
    systemctl("daemon-reload")


class Site:
    """A daemon with users. Users are alice and bob."""

    name = ""         # of the driver, and of the commands in docs/drivers.md
    device_type = ""  # as rasadmin shows it

    def __init__(self, scope):
        self.scope, self.clients = scope, {}

    def start(self):
        """The daemon is running, and takes users."""
        raise NotImplementedError

    def connect(self, user):
        """A client of this user, up."""
        raise NotImplementedError

    def is_up(self, user):
        raise NotImplementedError

    def end(self, user):
        """End the user's client in any state."""
        self.clients[user].process.end()

    def come_back(self):
        """If what the document says disconnects users, wait until they are back; only clients that come back by themselves do."""

    def wait_gone(self, user):
        """Until the client knows that it is not connected any more."""
        raise NotImplementedError

    @staticmethod
    def name_of(user):
        """As rrasd shows the user."""
        return user


class OpenVpn(Site):
    """/etc/openvpn/server/main.conf and openvpn-server@main, as Debian's package has it."""

    name, device_type = "openvpn", "openvpn"
    proto = "udp4"

    def start(self):
        self.network, self.authority = Network(self.scope, clients=2, tag="ovpn"), Authority(self.scope)
        self.authority.issue("server", "serverAuth")
        for name in ("ca.crt", "server.crt", "server.key"):
            with open(os.path.join(self.authority.dir, name)) as f:
                write(f"/etc/openvpn/server/{name}", f.read(), 0o600)
        write("/etc/openvpn/server/main.conf", f"""port 1194
proto udp4
dev tun
ca ca.crt
cert server.crt
key server.key
dh none
topology subnet
server 10.88.0.0 255.255.255.0
keepalive 10 60
explicit-exit-notify 1
""")
        in_namespace("openvpn-server@", self.network.server)
        run("modprobe", "tun")
        run("systemd-tmpfiles", "--create", "openvpn.conf")  # the guest does not do all that a machine does as it starts
        systemctl("start", "openvpn-server@main")

    def connect(self, user):
        self.clients[user] = Client(self, user, 1 if user == "alice" else 2).start()
        self.said = {u: len(c.process.log()) for u, c in self.clients.items()}

    def is_up(self, user):
        return self.clients[user].ping() > 0

    def come_back(self):
        for user, client in self.clients.items():
            client.wait_up(after=self.said[user])

    def wait_gone(self, user):
        wait_gone(self.clients[user], 60)


class StrongSwan(Site):
    """strongswan.service, with the connections in /etc/swanctl, and the kernel's IPsec."""

    name, device_type = "strongswan", "ikev2"

    def start(self):
        self.network = charon.Network(self.scope)
        run("modprobe", "-a", "esp4", "xfrm_user", "tun")
        write("/etc/swanctl/conf.d/road.conf", charon.GATEWAY_CONNECTIONS, 0o600)
        # Those of the distribution's modules that are of use here: each takes time to load.
        write("/etc/strongswan.d/charon-systemd.conf", f"charon-systemd {{ load = {charon.PLUGINS.replace('kernel-libipsec ', '')} }}\n")
        in_namespace("strongswan", self.network.server)
        systemctl("start", "strongswan")

    def connect(self, user):
        self.clients[user] = charon.Client(self.scope, self.network, user, 1 if user == "alice" else 2).start()

    def is_up(self, user):
        return self.clients[user].is_up()

    def end(self, user):
        self.clients[user].end()

    def wait_gone(self, user):
        self.clients[user].wait_gone(60)


class Ocserv(Site):
    """ocserv.service, with /etc/ocserv/ocserv.conf."""

    name, device_type = "ocserv", "anyconnect"

    def start(self):
        self.network = Network(self.scope, clients=2, tag="ocs")
        run("modprobe", "tun")
        authority = Authority(self.scope, "ocserv-pki")
        self.server = ocserv.Server(self.scope, self.network, authority)
        with open(self.server.config) as f:
            config = re.sub(r"(?m)^connect-script = .*$", "", f.read())
        for path in (f"{authority.dir}/server.crt", f"{authority.dir}/server.key", self.scope.path("passwd")):
            with open(path) as f:
                write(f"/etc/ocserv/{os.path.basename(path)}", f.read(), 0o600)
            config = config.replace(path, f"/etc/ocserv/{os.path.basename(path)}")
        write("/etc/ocserv/ocserv.conf", config.replace(self.server.control, "/var/run/occtl.socket").replace(self.scope.path("ocserv."), "/run/ocserv."))
        in_namespace("ocserv", self.network.server)
        systemctl("start", "ocserv")
        wait_until("ocserv's control socket", lambda: os.path.exists("/var/run/occtl.socket"))

    def connect(self, user):
        self.clients[user] = ocserv.Client(self.server, user, 1 if user == "alice" else 2).start()

    def is_up(self, user):
        client = self.clients[user]
        return client.process.alive() and not client.was_told()

    def wait_gone(self, user):
        self.clients[user].process.wait_end(60)


class Pppd(Site):
    """pppoe-server, as a site's own unit runs it."""

    name, device_type = "pppd", "pppoe"

    def start(self):
        pppd.prepare_guest()
        self.line = pppd.Pppoe(self.scope)
        write("/etc/ppp/pppoe-server-options", "auth\nrequire-mschap-v2\nname server\nnodefaultroute\nnoccp\nnoipv6\nlcp-restart 1\n")
        run("systemd-run", "--unit=pppoe-server", "pppoe-server", "-F", "-I", "to-alice", "-I", "to-bob", "-C", "ac", "-L", self.line.gateway,
            "-R", f"10.99.{self.line.network}.10", "-N", "20", "-O", "/etc/ppp/pppoe-server-options")

    def connect(self, user):
        self.clients[user] = self.line.connect(user)

    def is_up(self, user):
        return self.clients[user].is_up()

    def end(self, user):
        self.clients[user].end()

    def come_back(self):
        """Only who comes from now on is listed, says the document."""
        for user in ("alice", "bob"):
            self.clients[user].end()
            self.connect(user)

    def wait_gone(self, user):
        self.clients[user].wait_gone()


SITES = {site.name: site for site in (OpenVpn, StrongSwan, Ocserv, Pppd)}
