# SPDX-License-Identifier: Apache-2.0
"""A real strongSwan gateway and real clients, in network namespaces: charon-systemd with its ESP in user space (kernel-libipsec)."""
import os
import re
import signal
import socket
import struct
import subprocess

from scope import ip, wait_until

CLIENTS = 3  # namespaces for clients
GATEWAY = "vpn.example.test"
INSIDE = "10.99.0.1"  # the host behind the gateway, whom clients ping
SECRET = "a secret that all test clients share"

# Only what these tests need, so that charon starts fast, whatever plugins the machine has.
PLUGINS = ("random nonce aes sha1 sha2 md5 hmac kdf pem pkcs1 x509 pubkey gmp curve25519 ctr ccm xcbc kernel-libipsec kernel-netlink "
           "socket-default vici updown eap-identity eap-md5 eap-mschapv2 xauth-generic")
PROGRAM = "/usr/sbin/charon-systemd"


def missing():
    """Why charon can't be run here, or None."""
    for path, package in ((PROGRAM, "charon-systemd"), ("/usr/sbin/swanctl", "strongswan-swanctl"),
                          ("/usr/lib/ipsec/plugins/libstrongswan-kernel-libipsec.so", "libcharon-extra-plugins"),
                          ("/usr/lib/ipsec/plugins/libstrongswan-xauth-generic.so", "libcharon-extauth-plugins")):
        if not os.path.exists(path):
            return f"{package} is not installed"
    return None


class Network:
    """A namespace for the gateway and one for each client, each joined to the gateway's by a cable of its own.

    Client number n (from 1) has 10.76.n.2 (and 10.76.n.3, for one that moves), the gateway there 10.76.n.1.
    """

    def __init__(self, scope, clients=CLIENTS):
        tag = f"rrsw{os.getpid()}"
        self.server = scope.netns(f"{tag}s")
        for address in (f"{INSIDE}/24", "fd99::1/64"):  # of a network behind the gateway
            ip("addr", "add", address, "dev", "lo", netns=self.server)
        self.clients = {}
        for n in range(1, clients + 1):
            self.clients[n] = scope.netns(f"{tag}c{n}")
            scope.cable(self.server, self.clients[n], f"w{n}", [f"10.76.{n}.1/24"], [f"10.76.{n}.2/24", f"10.76.{n}.3/24"])


class Charon:
    """One charon with a /run of its own. Restarted with start() after end()."""

    def __init__(self, scope, name, netns, connections, options=""):
        self.scope, self.name, self.netns = scope, name, netns
        self.dir = scope.path(name)
        os.mkdir(self.dir, 0o755)
        self.vici = os.path.join(self.dir, "charon.vici")
        self.conf = self._write("strongswan.conf", f"""
charon-systemd {{
  load = {PLUGINS}
  retransmit_timeout = 1.0
  retransmit_tries = 8
  {options}
  plugins {{
    vici {{ socket = unix://{self.vici} }}
  }}
  journal {{ default = -1 }}
  filelog {{ stderr {{ default = 1
    ike_name = yes
    flush_line = yes }} }}
}}
swanctl {{ load = random nonce aes sha1 sha2 md5 hmac kdf pem pkcs1 x509 pubkey gmp curve25519 }}
""")
        self.swanctl_conf = self._write("swanctl.conf", connections)
        self.process = None

    def _write(self, name, text):
        path = os.path.join(self.dir, name)
        with open(path, "w") as f:
            f.write(text)
        return path

    def start(self, load=True):
        # `ip netns exec` has given it a mount namespace of its own: this /run is nobody else's.
        self.process = self.scope.start("sh", "-c", f"mount -t tmpfs tmpfs /run && exec {PROGRAM}", log=self.name, netns=self.netns,
                                        env={"STRONGSWAN_CONF": self.conf})
        wait_until(f"vici socket of {self.name}", self._answers)
        if load:
            self.load()
        return self

    def _answers(self):
        if not self.process.alive():
            raise RuntimeError(f"{self.name} ended: {self.process.log()[-2000:]}")
        try:
            with Vici(self.vici) as v:
                return v.request("version")
        except OSError:
            return None

    def sas(self):
        """All IKE_SAs, as charon itself lists them."""
        with Vici(self.vici) as v:
            return [dict(next(iter(sa.values())), connection=next(iter(sa))) for sa in v.list()]

    def load(self):
        self.swanctl("--load-all", "--file", self.swanctl_conf)

    def swanctl(self, *args, check=True):
        done = subprocess.run(["swanctl", args[0], "--uri", f"unix://{self.vici}", *args[1:]], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=60, env=dict(os.environ, STRONGSWAN_CONF=self.conf))
        if check and done.returncode != 0:
            raise RuntimeError(f"swanctl {' '.join(args)}: {done.stdout}")
        return done.stdout

    def end(self, number=signal.SIGTERM):
        self.process.signal(number)
        self.process.wait_end()


class Vici:
    """What these tests say to charon themselves: requests with flat arguments, and events, kept as bytes."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(30)
        self.socket.connect(path)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.socket.close()

    def send(self, kind, name, **arguments):
        body = bytes([kind, len(name)]) + name.encode()
        for key, value in arguments.items():
            key, value = key.replace("_", "-").encode(), str(value).encode()
            body += bytes([3, len(key)]) + key + struct.pack(">H", len(value)) + value
        self.socket.sendall(struct.pack(">I", len(body)) + body)

    def _read(self, n):
        data = b""
        while len(data) < n:
            piece = self.socket.recv(n - len(data))
            if not piece:
                raise ConnectionResetError("charon has closed its vici connection")
            data += piece
        return data

    def packet(self):
        return self._read(struct.unpack(">I", self._read(4))[0])

    def request(self, name, **arguments):
        """The answer as a message."""
        self.send(0, name, **arguments)
        return parse(self.packet()[1:])

    def register(self, event):
        self.send(3, event)
        if self.packet()[0] != 5:
            raise RuntimeError(f"charon knows no event {event}")

    def list(self):
        """All IKE_SAs."""
        self.register("list-sa")
        self.send(0, "list-sas")
        found = []
        while True:
            packet = self.packet()
            if packet[0] == 1:
                break
            if packet[0] == 7:
                found.append(parse(packet[2 + packet[1]:]))
        self.send(4, "list-sa")
        self.packet()
        return found


def parse(data):
    """A vici message as dicts, lists and strings."""
    root = {}
    stack, at, items = [root], 0, None
    while at < len(data):
        kind = data[at]
        at += 1
        if kind in (1, 3, 4):
            name = data[at + 1:at + 1 + data[at]].decode(errors="replace")
            at += 1 + data[at]
        if kind in (3, 5):
            n, = struct.unpack_from(">H", data, at)
            value = data[at + 2:at + 2 + n].decode(errors="replace")
            at += 2 + n
        if kind == 1:
            stack[-1][name] = {}
            stack.append(stack[-1][name])
        elif kind == 2:
            stack.pop()
        elif kind == 3:
            stack[-1][name] = value
        elif kind == 4:
            items = stack[-1][name] = []
        elif kind == 5:
            items.append(value)
    return root


GATEWAY_CONNECTIONS = f"""
connections {{
  psk {{
    version = 2
    pools = people, people6
    unique = never
    send_cert = never
    proposals = aes128-sha256-x25519
    local {{ auth = psk
      id = {GATEWAY} }}
    remote {{ auth = psk }}
    children {{ net {{ local_ts = 10.99.0.0/24, fd99::/64
      esp_proposals = aes128-sha256 }} }}
  }}
  eap {{
    version = 2
    pools = people, people6
    unique = never
    proposals = aes128-sha256-x25519
    local {{ auth = psk
      id = eap.{GATEWAY} }}
    remote {{ auth = eap-md5
      eap_id = %any }}
    children {{ net {{ local_ts = 10.99.0.0/24
      esp_proposals = aes128-sha256 }} }}
  }}
  xauth {{
    version = 1
    pools = people
    unique = never
    proposals = aes128-sha256-x25519
    local {{ auth = psk
      id = v1.{GATEWAY} }}
    remote-psk {{ auth = psk }}
    remote-xauth {{ auth = xauth }}
    children {{ net {{ local_ts = 10.99.0.0/24
      esp_proposals = aes128-sha256 }} }}
  }}
  office {{
    version = 2
    unique = never
    proposals = aes128-sha256-x25519
    local {{ auth = psk
      id = office.{GATEWAY} }}
    remote {{ auth = psk
      id = branch.example.test }}
    children {{ net {{ local_ts = 10.99.0.0/24
      remote_ts = 10.97.0.0/24
      esp_proposals = aes128-sha256 }} }}
  }}
}}
pools {{
  people {{ addrs = 10.98.0.0/16 }}
  people6 {{ addrs = fd98::/112 }}
}}
secrets {{
  ike {{ secret = "{SECRET}" }}
  eap-alice {{ id = alice
    secret = "alice's own" }}
  eap-carol {{ id = carol
    secret = "carol's own" }}
}}
"""


def gateway(scope, network, name="gateway", options=""):
    return Charon(scope, name, network.server, GATEWAY_CONNECTIONS, options)


KINDS = {"psk": (2, GATEWAY), "eap": (2, "eap." + GATEWAY), "xauth": (1, "v1." + GATEWAY), "office": (2, "office." + GATEWAY)}


class Client:
    """The charon of one user, in the namespace of place number `place`."""

    def __init__(self, scope, network, user, place, kind="psk", extra="", six=False, options=""):
        version, remote = KINDS[kind]
        local = {"psk": f"local {{ auth = psk\n id = {user} }}",
                 "eap": f"local {{ auth = eap\n id = {user}\n eap_id = {user} }}",
                 "xauth": f"local-psk {{ auth = psk\n id = {user}.device }}\n local-xauth {{ auth = xauth\n xauth_id = {user} }}",
                 "office": "local { auth = psk\n id = branch.example.test }"}[kind]
        vips = "" if kind == "office" else f"vips = 0.0.0.0{', ::' if six else ''}"
        inside = f"10.99.0.0/24{', fd99::/64' if six else ''}"
        mine = "local_ts = 10.97.0.0/24" if kind == "office" else ""
        self.user, self.place = user, place
        if kind == "office":
            ip("addr", "add", "10.97.0.1/24", "dev", "lo", netns=network.clients[place])
        self.charon = Charon(scope, f"client-{user}-{place}-{scope.started}", network.clients[place], f"""
connections {{ home {{
  version = {version}
  local_addrs = 10.76.{place}.2, 10.76.{place}.3
  remote_addrs = 10.76.{place}.1
  {vips}
  proposals = aes128-sha256-x25519
  {local}
  remote {{ auth = psk
    id = {remote} }}
  children {{ net {{ remote_ts = {inside}
    {mine}
    esp_proposals = aes128-sha256
    {extra} }} }}
}} }}
secrets {{
  ike {{ secret = "{SECRET}" }}
  {"eap" if version == 2 else "xauth"} {{ id = {user}
    secret = "{user}'s own" }}
}}
""", options)

    def start(self, wait=True):
        self.charon.start()
        if wait:
            self.connect()
        return self

    def connect(self):
        self.charon.swanctl("--initiate", "--child", "net", "--timeout", "50")

    def leave(self):
        self.charon.swanctl("--terminate", "--ike", "home")

    def rekey(self, what="ike"):
        self.charon.swanctl("--rekey", f"--{what}", "home" if what == "ike" else "net")

    def sas(self):
        return self.charon.sas()

    def is_up(self):
        return any(sa["state"] == "ESTABLISHED" for sa in self.sas())

    def tunnel_address(self):
        return next((vip for sa in self.sas() for vip in sa.get("local-vips", []) if "." in vip), None)

    def ping(self, count=3, interval=0.2, size=56):
        """Ping the host behind the gateway; how many answers came."""
        done = subprocess.run(["ip", "netns", "exec", self.charon.netns, "ping", "-n", "-q", "-c", str(count), "-i", str(interval), "-s",
                               str(size), "-W", "10", INSIDE], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        m = re.search(r"(\d+) received", done.stdout)
        return int(m.group(1)) if m else 0

    def start_ping(self, interval=0.1):
        return self.charon.scope.start("ping", "-n", "-i", str(interval), INSIDE, netns=self.charon.netns, log=f"ping-{self.user}")

    def end(self):
        self.charon.process.end()

    def wait_gone(self, seconds=30):
        wait_until(f"{self.user}'s client without an SA", lambda: not self.sas(), seconds)
