# SPDX-License-Identifier: Apache-2.0
"""strongSwan for tests/lib/scenarios.py: alice comes with IKEv2 and EAP, bob with IKEv2 and a shared key, carol with IKEv1 and XAuth."""
import os
import signal

import adapter
from charon import Client, Network, gateway
from programs import program
from scope import wait_until
from vici_proxy import ViciProxy
from vpn import ping_loss

PLACES = {"alice": 1, "bob": 2, "carol": 3}
KINDS = {"alice": "eap", "bob": "psk", "carol": "xauth"}
PINGS, PING_BYTES = 10, 84


class User(adapter.Client):
    def __init__(self, scope, network, user, place, wait=True, **kwargs):
        self.user, self.ping = user, None
        self.client = Client(scope, network, user, place, KINDS[user], **kwargs).start(wait)
        if not wait:
            self.client.charon.swanctl("--initiate", "--child", "net", "--timeout", "5", check=False)  # it may be disconnected meanwhile

    def wait_up(self):
        wait_until(f"{self.user} up", self.is_up)

    def is_up(self):
        return self.runs() and self.client.is_up()

    def runs(self):
        return self.client.charon.process.alive()

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
        return f"10.76.{self.client.place}.2:"

    def wait_gone(self):
        wait_until(f"{self.user}'s client without an SA", lambda: not self.is_up(), every=0.003)

    def was_told(self):
        return "received DELETE for IKE_SA" in self.client.charon.process.log()

    def leave(self):
        self.client.leave()

    def end(self):
        self.client.charon.process.end()


class StrongSwan(adapter.Adapter):
    driver = "strongswan"
    device_type = "ikev2"
    auth = "eap-md5"
    client_next = "stays away"
    says_goodbye = True
    patient = ("--command-timeout", "3s")
    unasking = ("--poll", "10m")
    health = {"killed": r"nobody listens on .*: charon has ended", "stopped": r"nobody listens on .*: charon has ended", "hung": r"charon (has not answered|takes no connections)",
              "lost": r"is not there: is charon running"}
    not_applicable = {"management_held": "charon serves many programs on its vici socket at the same time, so none can hold it against the driver"}

    def __init__(self, scope):
        super().__init__(scope)
        self.network = Network(scope)
        self.gateway = gateway(scope, self.network)
        self.proxy = None

    @property
    def daemon(self):
        return self.gateway

    def lose_management(self):
        """Its path is gone. charon would go on with a driver that it has already, so that begins anew."""
        self.end_driver()
        os.rename(self.gateway.vici, self.gateway.vici + ".away")
        self.start_driver(self.socket)

    def restore_management(self):
        os.rename(self.gateway.vici + ".away", self.gateway.vici)

    def start_driver(self, socket, *options, held=False):
        self.socket, vici = socket, self.gateway.vici
        if held:
            if not self.proxy:
                self.proxy = ViciProxy(self.scope.path("proxy.vici"), vici)
                self.scope.callback(self.proxy.close)
            vici = self.proxy.path
        self.process = self.scope.start(program("rras-vici"), "--vici", vici, "--socket", socket, "--ports", str(self.ports), "--state-file",
                                        self.scope.path("vici.state"), "-v", "-v", *options, log="driver")

    def connect(self, user):
        return User(self.scope, self.network, user, PLACES[user])

    def try_to_connect(self, user):
        return User(self.scope, self.network, user, PLACES[user], wait=False)

    def sa_of(self, user):
        """Of the IKE_SAs on the gateway the one that has this user's name."""
        return next((sa for sa in self.gateway.sas() if user in (sa.get("remote-eap-id"), sa.get("remote-xauth-id"), sa.get("remote-id"))), None)

    def daemon_has(self, client):
        return self.sa_of(client.user) is not None

    def hold(self):
        self.proxy.hold()
        self.before = len(self.proxy.requests)

    def replace(self, client, user):
        """From the same address. The unique id of an IKE_SA can't be had again."""
        client.client.charon.process.signal(signal.SIGKILL)
        client.client.charon.process.wait_end()
        self.gateway.swanctl("--terminate", "--ike-id", self.sa_of(client.user)["uniqueid"], "--force")
        return User(self.scope, self.network, user, client.client.place)

    def release(self):
        self.proxy.release()

    def harm_done(self, client):
        ike = self.sa_of(client.user)["uniqueid"]
        return [t for t in self.proxy.since(self.before, "terminate") if t.get("ike-id") == ike or set(t) - {"ike-id", "timeout", "force"}]

    def last_words(self):
        return "\n".join(["# driver:", self.process.log()[-4000:], "# charon:", self.gateway.process.log()[-4000:]])
