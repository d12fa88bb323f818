# SPDX-License-Identifier: Apache-2.0
"""A real ocserv with real openconnect clients, in network namespaces; and what tests/lib/scenarios.py needs of it."""
import base64
import contextlib
import hashlib
import json
import os
import re
import signal
import subprocess
import threading

import adapter
from authority import Authority
from programs import program
from scope import ip, wait_until
from vpn import Network, ping_loss

PLACES = {"alice": 1, "bob": 2, "carol": 3, "dave": 4}
PASSWORD = "open sesame"
PINGS, PING_BYTES = 10, 84
TUNNEL = "10.97.0.1"

# What openconnect runs to set up its device.
VPNC = """#!/bin/sh
[ "$reason" = connect ] || exit 0
ip link set "$TUNDEV" up mtu "$INTERNAL_IP4_MTU"
ip addr add "$INTERNAL_IP4_ADDRESS/32" dev "$TUNDEV"
ip route replace 10.97.0.0/16 dev "$TUNDEV"
echo "the device is set up"
"""


def run(*argv, **kwargs):
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **kwargs)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(argv)}: {done.stdout}")
    return done.stdout


class Server:
    """ocserv in a network namespace of its own. Restarted with start() after end()."""

    def __init__(self, scope, network, authority, prefix=()):
        self.scope, self.network, self.prefix = scope, network, list(prefix)
        self.ask = scope.path("ask")
        script = scope.write("connect-script", f'#!/bin/sh\nexec {program("rras-ocserv-connect")} --ask={self.ask} {scope.path("site-script")}\n', 0o755)
        scope.write("site-script", f'#!/bin/sh\necho "$REASON $USERNAME" >>{scope.path("site-script.log")}\n', 0o755)
        self.control = scope.path("occtl.socket")
        authority.issue("server", "serverAuth")
        self.pin = self._pin(f"{authority.dir}/server.crt")
        self.vpnc = scope.write("vpnc", VPNC, 0o755)
        passwords = scope.path("passwd")
        for user in PLACES:
            run("ocpasswd", "-c", passwords, user, input=f"{PASSWORD}\n{PASSWORD}\n")
        os.chmod(passwords, 0o600)
        self.config = scope.write("ocserv.conf", f"""
auth = "plain[passwd={passwords}]"
tcp-port = 443
udp-port = 443
run-as-user = nobody
run-as-group = nogroup
socket-file = {scope.path("ocserv.sock")}
occtl-socket-file = {self.control}
use-occtl = true
pid-file = {scope.path("ocserv.pid")}
server-cert = {authority.dir}/server.crt
server-key = {authority.dir}/server.key
isolate-workers = true
max-clients = 16
max-same-clients = 0
keepalive = 60
dpd = 30
cookie-timeout = 300
device = vpns
ipv4-network = 10.97.0.0
ipv4-netmask = 255.255.0.0
ping-leases = false
cisco-client-compat = true
log-level = 3
connect-script = {script}
""")

    @staticmethod
    def _pin(certificate):
        der = subprocess.run(f"openssl x509 -in {certificate} -pubkey -noout | openssl pkey -pubin -outform der", shell=True, check=True,
                             stdout=subprocess.PIPE).stdout
        return "pin-sha256:" + base64.b64encode(hashlib.sha256(der).digest()).decode()

    def start(self):
        self.process = self.scope.start(*self.prefix, "ocserv", "-f", "-d", "1", "-c", self.config, log="server", netns=self.network.server,
                                        cwd=self.scope.dir)
        self.process.wait_log("sec-mod initialized")
        wait_until("ocserv's control socket", lambda: os.path.exists(self.control))
        return self

    def end(self, number=signal.SIGTERM):
        self.process.signal(number)
        self.process.wait_end()
        # The workers of a killed ocserv notice a little later; the next one needs their devices.
        wait_until("the end of ocserv's devices", lambda: "vpns" not in ip("-o", "link", netns=self.network.server))

    def wait_left_alone(self):
        """Until ocserv knows that nobody is connected with its control socket any more: only then can others have its events."""
        def connected():
            try:
                with open(f"/proc/{self.process.pid}/net/unix") as f:
                    return any(line.split()[5] == "03" and line.rstrip().endswith(f" {self.control}") for line in f)
            except OSError:
                return False  # there is no ocserv
        wait_until("ocserv left alone by its driver", lambda: not connected())

    def users(self):
        """Who is there, as ocserv itself says it: rows as occtl has them."""
        out = subprocess.run(["occtl", "-s", self.control, "-j", "show", "users"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
        return [u for u in json.loads(out) if u["State"] == "connected"]

    def worker(self, user):
        """The process id of a user's worker, or None."""
        return next((u["ID"] for u in self.users() if u["Username"] == user), None)


class Client:
    """openconnect of one user."""

    def __init__(self, server, user, place, *options, cookie=None):
        self.server, self.user, self.place = server, user, place
        self.netns = server.network.clients[place]
        self.address = f"10.77.{place}.1"
        self.base = ["openconnect", "--servercert", server.pin, "--script", server.vpnc, "--interface", f"tun{place}", *options]
        self.cookie = cookie
        self.process = None

    def start(self, wait=True):
        if self.cookie:
            argv, word = [*self.base, "--cookie-on-stdin"], self.cookie
        else:
            argv, word = [*self.base, "--user", self.user, "--passwd-on-stdin"], PASSWORD
        secret = self.server.scope.write(f"word-{self.user}", word + "\n", 0o600)
        self.process = self.server.scope.start("sh", "-c", 'secret=$1; shift; exec "$@" <"$secret"', "sh", secret, *argv, self.address,
                                               log=f"client-{self.user}", netns=self.netns)
        if wait:
            self.wait_up()
        return self

    def wait_up(self, after=0):
        """Connected, with its device, and over DTLS, which may both need a moment more."""
        for line in ("Configured as .* with SSL connected", "the device is set up", "Established DTLS connection"):
            self.process.wait_log(line, after=after)

    def authenticate(self):
        """Only log on: the cookie."""
        out = subprocess.run(["ip", "netns", "exec", self.netns, *self.base, "--user", self.user, "--passwd-on-stdin", "--cookieonly", self.address],
                             input=PASSWORD + "\n", stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
        return out.strip().splitlines()[-1]

    def tunnel_address(self):
        return self.process.wait_log(r"Configured as (10\.97\.[\d.]+)").group(1)

    def was_told(self):
        return "Session terminated by server" in self.process.log()

    def ping(self, count=3, interval=0.2):
        """Ping the server through the tunnel; how many answers came."""
        done = subprocess.run(["ip", "netns", "exec", self.netns, "ping", "-n", "-q", "-c", str(count), "-i", str(interval), "-W", "10", TUNNEL],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        m = re.search(r"(\d+) received", done.stdout)
        return int(m.group(1)) if m else 0

    def start_ping(self, interval=0.1):
        return self.server.scope.start("ping", "-n", "-i", str(interval), TUNNEL, netns=self.netns, log=f"ping-{self.user}")


class User(adapter.Client):
    def __init__(self, server, user, place, wait=True):
        self.user, self.client, self.ping = user, Client(server, user, place).start(wait), None

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
        return f"10.77.{self.client.place}.2"

    def wait_gone(self):
        wait_until(f"{self.user}'s client leaving", lambda: self.was_told() or not self.runs(), every=0.003)

    def was_told(self):
        return self.client.was_told()

    def leave(self):
        self.client.process.signal(signal.SIGINT)

    def end(self):
        self.client.process.end()


class Ocserv(adapter.Adapter):
    driver = "ocserv"
    device_type = "anyconnect"
    keeps_out = "at log-on, if ocserv's connect-script asks the driver"
    health = {"killed": "can't connect to ocserv's control socket", "stopped": "can't connect to ocserv's control socket",
              "hung": "ocserv has not answered", "lost": "can't connect to ocserv's control socket"}
    asking = ()
    patient = ("--command-timeout", "3s")
    unasking = ("--poll", "60s", "--quiet-poll", "600s")
    not_applicable = {
        "management_held": "ocserv serves any number of control clients at once, so nobody can hold its control socket; its events go to "
                           "one of them only, and while that is another program users are seen when ocserv is asked, each second",
    }

    def __init__(self, scope):
        super().__init__(scope)
        self.server = Server(scope, Network(scope), Authority(scope))
        self.process = None

    @property
    def daemon(self):
        return self.server

    def lose_management(self):
        os.rename(self.server.control, self.server.control + ".away")

    def restore_management(self):
        os.rename(self.server.control + ".away", self.server.control)

    def start_driver(self, socket, *options, held=False):
        self.process = self.scope.start(program("rras-ocserv"), "--control", self.server.control, "--user", "root", "--socket", socket, "--ports",
                                        str(self.ports), "-v", "-v", *self.asking, *options, log="driver")

    def end_driver(self):
        super().end_driver()
        self.server.wait_left_alone()

    def kill_driver(self):
        super().kill_driver()
        self.server.wait_left_alone()

    def prepare_keep_out(self, socket):
        """The connect-script is there in any case; now somebody answers it."""
        self.end_driver()
        self.end_users()
        self.asking = ("--ask", self.server.ask)
        self.start_driver(socket)
        wait_until("somebody to ask", lambda: os.path.exists(self.server.ask))

    def end_users(self):
        for user in self.server.users():
            os.kill(user["ID"], signal.SIGTERM)
        wait_until("the end of all users", lambda: not self.server.users())

    def end_keep_out(self, socket):
        self.end_driver()
        self.end_users()
        self.asking = ()
        self.start_driver(socket)

    def connect(self, user):
        return User(self.server, user, PLACES[user])

    def try_to_connect(self, user):
        return User(self.server, user, PLACES[user], wait=False)

    def daemon_has(self, client):
        return self.server.worker(client.user) is not None

    def hold(self):
        """The driver is stopped: ocserv's socket can't be held, for the driver makes sure that ocserv itself is at its other end. It goes
        on by itself when the order has reached it."""
        self.process.signal(signal.SIGSTOP)

    def replace(self, client, user):
        """From the same machine, with the name of the device that the other one had."""
        worker = self.server.worker(client.user)
        client.client.process.signal(signal.SIGKILL)
        client.client.process.wait_end()
        with contextlib.suppress(ProcessLookupError):  # it may have noticed already that its client has gone
            os.kill(worker, signal.SIGTERM)
        wait_until("the end of her worker", lambda: not os.path.exists(f"/proc/{worker}"))
        taker = User(self.server, user, client.client.place)
        self.taken = self.server.worker(user)
        self.timer = threading.Timer(1, self.process.signal, [signal.SIGCONT])
        self.timer.start()
        return taker

    def release(self):
        self.timer.join()
        self.process.signal(signal.SIGCONT)

    def harm_done(self, client):
        return None if self.server.worker(client.user) == self.taken else "her worker is not the one that she had"

    def last_words(self):
        return "\n".join(["# driver:", self.process.log()[-3000:], "# ocserv:", self.server.process.log()[-3000:]])
