# SPDX-License-Identifier: Apache-2.0
"""OpenVPN for tests/lib/scenarios.py."""
import os
import re
import signal

import adapter
from authority import Authority
from programs import program
from proxy import Proxy
from scope import wait_until
from vpn import Client, Management, Network, Server, ping_loss

PLACES = {"alice": 1, "bob": 2, "carol": 3}
PINGS, PING_BYTES = 10, 84


class User(adapter.Client):
    def __init__(self, server, user, place, *options, wait=True, **kwargs):
        self.user, self.client, self.ping = user, Client(server, user, place, *options, **kwargs).start(wait), None

    def wait_up(self):
        self.client.wait_up()

    def is_up(self):
        return self.runs() and not self.was_told()

    def runs(self):
        return self.client.process.alive()

    def traffic(self):
        if self.client.ping(PINGS) != PINGS:
            raise RuntimeError(f"{self.user}'s pings are lost")
        return PINGS * PING_BYTES

    def start_traffic(self):
        self.ping = self.client.start_ping()
        self.ping.wait_log("bytes from")

    def traffic_lost(self):
        return ping_loss(self.ping)

    def tunnel_address(self):
        return self.client.tunnel_address()

    def outer_address(self):
        return f"10.77.{self.client.place}.2:"

    def wait_gone(self):
        """It has heard of its end, or has come to it. With explicit-exit-notify it takes another second to say goodbye."""
        wait_until(f"{self.user}'s client leaving", lambda: self.was_told() or not self.runs(), every=0.003)

    def was_told(self):
        return "Halt command was pushed by server" in self.client.process.log()

    def leave(self):
        self.client.process.signal(signal.SIGTERM)

    def end(self):
        self.client.process.end()


class OpenVpn(adapter.Adapter):
    driver = "openvpn"
    device_type = "openvpn"
    goes_by = "list"
    counters_final = False
    keeps_out = "at log-on, if openvpn asks the driver (client-auth)"
    auth = "certificate"
    # One that hangs leaves first the command unanswered, and then the connection that the driver makes anew.
    health = {"stopped": "is openvpn running", "killed": "is openvpn running", "hung": "has not answered a command|or openvpn hangs",
              "lost": "there is no such socket", "held": "another program holds"}
    patient = ("--command-timeout", "3s")
    unasking = ("--poll", "60s")
    # As a client is set up that wants its server to know when it leaves. The driver gives it two seconds for that (--grace): its goodbye
    # comes at once, but on a busy machine that may be later than the 300 ms that it would have otherwise.
    client_options = ("--explicit-exit-notify", "1")
    server_options = {}

    def __init__(self, scope):
        super().__init__(scope)
        self.server = Server(scope, Network(scope), Authority(scope), **self.server_options)
        self.proxy = self.other = None
        self.held, self.client_auth = False, ()

    @property
    def daemon(self):
        return self.server

    def lose_management(self):
        """Its path is gone. openvpn would go on with a driver that it has already, so that begins anew."""
        self.end_driver()
        os.rename(self.server.management, self.server.management + ".away")
        self.start_driver(self.socket)

    def restore_management(self):
        os.rename(self.server.management + ".away", self.server.management)

    def take_management(self):
        self.other = Management(self.server.management)

    def release_management(self):
        self.other.close()

    def start_driver(self, socket, *options, held=False):
        self.socket, management = socket, self.server.management
        if held:
            if not self.proxy:
                self.proxy = Proxy(self.scope.path("proxy.sock"), management)
                self.scope.callback(self.proxy.close)
            management = self.proxy.path
        self.held = held
        self.process = self.scope.start(program("rras-openvpn"), "--management", management, "--socket", socket, "--ports", str(self.ports), "-v", "-v",
                                        "--grace", "2s", *self.client_auth, *options, log="driver")

    def prepare_keep_out(self, socket):
        """openvpn asks its management client, and the driver answers."""
        self.end_driver()
        self.server.end()
        self.server = Server(self.scope, self.server.network, self.server.authority, extra="management-client-auth\nauth-user-pass-optional").start()
        self.client_auth = ("--client-auth", "certificate")
        self.start_driver(socket)

    def end_keep_out(self, socket):
        self.end_driver()
        self.server.end()
        self.server = Server(self.scope, self.server.network, self.server.authority, **self.server_options).start()
        self.client_auth = ()
        self.start_driver(socket)

    def try_to_connect(self, user):
        return User(self.server, user, PLACES[user], *self.client_options, wait=False)

    def connect(self, user):
        """While the view of the driver can be held she comes from a port that somebody else can have after her."""
        return User(self.server, user, PLACES[user], *self.client_options, **({"bind_port": 5000} if self.held else {}))

    def daemon_has(self, client):
        """By its log: the management interface is the driver's."""
        marks = re.findall(rf"(primary virtual IP) for {client.user}/|{client.user}/\S+ .*client-instance (exiting|restarting)",
                           self.server.process.log())
        return bool(marks) and marks[-1][0] != ""

    def hold(self):
        self.proxy.hold_answer_to("^status")
        self.proxy.wait_held("END")
        self.before = len(self.proxy.commands)

    def replace(self, client, user):
        """From the very same address and port."""
        client.client.process.signal(signal.SIGKILL)
        client.client.process.wait_end()
        self.proxy.slip_in("kill 10.77.1.2:5000")
        return User(self.server, user, client.client.place, bind_port=5000)

    def release(self):
        self.proxy.release()

    def harm_done(self, client):
        return [c for c in self.proxy.commands[self.before:] if c.startswith("kill ")]

    def last_words(self):
        return "\n".join(["# driver:", self.process.log()[-3000:], "# openvpn:", self.server.process.log()[-3000:]])
