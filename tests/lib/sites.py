# SPDX-License-Identifier: Apache-2.0
"""Machines whose daemon is running already, as its distribution runs it: for tests/system/drivers_doc.py, in its guest. Everything here is
what an administrator had before he has heard of OpenRRAS."""
import os
import subprocess

from scope import wait_until
from vpn import Authority, Client, Network, wait_gone


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
        write("/etc/systemd/system/openvpn-server@.service.d/network.conf", f"[Service]\nNetworkNamespacePath=/run/netns/{self.network.server}\n")
        run("modprobe", "tun")
        run("systemd-tmpfiles", "--create", "openvpn.conf")  # the guest does not do all that a machine does as it starts
        systemctl("daemon-reload")
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


SITES = {site.name: site for site in (OpenVpn,)}
