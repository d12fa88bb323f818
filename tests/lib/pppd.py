# SPDX-License-Identifier: Apache-2.0
"""pppd for tests/lib/scenarios.py, with the plugin, over four kinds of line. All of it runs in the guest of tests/lib/uml.py: the server
in its own network namespace, each user in another one."""
import glob
import os
import re
import signal
import socket
import subprocess
import threading

import adapter
from programs import TOP
from scope import ip, wait_until
from vpn import ping_loss

USERS = {"alice": 1, "bob": 2, "carol": 3}
PINGS, PING_BYTES = 10, 84
MODULES = ["ppp_async", "pppoe", "pptp", "l2tp_ppp", "tun", "veth", "ppp_mppe", "ppp_deflate", "bsd_comp"]


def plugin():
    """The plugin, installed or built."""
    root = os.environ.get("OPENRRAS_ROOT")
    build = os.environ.get("OPENRRAS_BUILD", os.path.join(TOP, "build"))
    found = glob.glob(f"{root}/**/pppd/*/rras.so", recursive=True) if root else glob.glob(f"{build}/drivers/pppd/rras.so")
    if not found:
        raise FileNotFoundError(f"no rras.so in {root or build}")
    return found[0]


def prepare_guest():
    """Modules, secrets and no scripts of the distribution (each costs the guest a second)."""
    subprocess.run(["modprobe", "-a", *MODULES], check=True)
    with open("/etc/ppp/options", "w"):
        pass
    for path in glob.glob("/etc/ppp/ip*-*"):
        if os.path.isfile(path):
            os.unlink(path)
    for name in ("chap-secrets", "pap-secrets"):
        with open(os.open(f"/etc/ppp/{name}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as f:
            f.write("".join(f"{user} * secret-of-{user} *\n" for user in USERS))


def pppds():
    """pid of each pppd -> its network namespace."""
    found = {}
    for path in glob.glob("/proc/[0-9]*"):
        try:
            with open(f"{path}/comm") as f:
                if f.read().strip() == "pppd" and os.readlink(f"{path}/exe"):
                    found[int(os.path.basename(path))] = os.readlink(f"{path}/ns/net")
        except OSError:
            pass
    return found


def server_pppds():
    ours = os.readlink("/proc/self/ns/net")
    return {pid for pid, ns in pppds().items() if ns == ours}


def text_of(path):
    try:
        with open(path, errors="replace") as f:
            return f.read()
    except FileNotFoundError:
        return ""


def make_places(scope):
    """A namespace for each user, and a cable from the server to each."""
    for user, n in USERS.items():
        scope.netns(user)
        ip("link", "add", f"to-{user}", "type", "veth", "peer", "name", "eth0", "netns", user)
        ip("addr", "add", f"10.98.{n}.1/24", "dev", f"to-{user}")
        ip("link", "set", f"to-{user}", "up")
        ip("addr", "add", f"10.98.{n}.2/24", "dev", "eth0", netns=user)
        ip("link", "set", "eth0", "up", netns=user)
    scope.callback(lambda: [ip("link", "del", f"to-{user}") for user in USERS])


class User(adapter.Client):
    """A pppd of one user, with a log of its own."""

    made = 0

    def __init__(self, daemon, user, place):
        self.daemon, self.user, self.place = daemon, user, place or user
        User.made += 1
        self.log_path = daemon.scope.path(f"client-{user}.{User.made}")
        self.process = self.ping = self.pid = None
        self.before = server_pppds()
        self.others = []

    def options(self):
        return ["nodetach", "debug", "logfile", self.log_path, "noauth", "user", self.user, "noipdefault", "nodefaultroute", "noccp", "noipv6",
                "lcp-restart", "1", "linkname", self.user]

    def start(self, *argv):
        self.process = self.daemon.scope.start(*argv, netns=self.place, log=f"out-{self.user}")
        return self

    def log(self):
        return text_of(self.log_path)

    def wait_up(self):
        def probe():
            if re.search(r"^local  IP address ", self.log(), re.M):
                return True
            if not self.runs():
                raise RuntimeError(f"{self.user}'s client has ended: {self.log()[-1500:]}\n{self.process.log()[-1500:]}\n{self.daemon.last_words()}")
            return False
        wait_until(f"{self.user}'s client up", probe)
        new = server_pppds() - self.before
        self.pid = new.pop() if len(new) == 1 else None

    def is_up(self):
        return self.runs() and not self.has_gone()

    def has_gone(self):
        return re.search(r"LCP terminated by peer|Modem hangup|Connection terminated", self.log()) is not None

    def runs(self):
        return self.process.alive()

    def traffic(self):
        done = subprocess.run(["ip", "netns", "exec", self.place, "ping", "-n", "-q", "-c", str(PINGS), "-i", "0.05", "-W", "10", self.daemon.gateway],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if f" {PINGS} received" not in done.stdout:
            raise RuntimeError(f"{self.user}'s pings are lost: {done.stdout}")
        return PINGS * PING_BYTES

    def start_traffic(self):
        self.ping = self.daemon.scope.start("ping", "-n", "-i", "0.2", self.daemon.gateway, netns=self.place, log=f"ping-{self.user}")
        self.ping.wait_log("bytes from")

    def traffic_lost(self):
        return ping_loss(self.ping)

    def tunnel_address(self):
        return re.search(r"^local  IP address (\S+)", self.log(), re.M).group(1)

    def outer_address(self):
        return f"10.98.{USERS[self.place]}.2" if self.daemon.has_outer else None

    def wait_gone(self):
        wait_until(f"{self.user}'s client seeing its end", lambda: self.has_gone() or not self.runs(), every=0.003)

    def was_told(self):
        return "LCP terminated by peer" in self.log()

    def leave(self):
        self.process.signal(signal.SIGTERM)

    def end(self):
        """With the server's side of it, so that the next one finds an idle server."""
        for p in [self.process, *self.others]:
            p.end()
        if self.pid:
            wait_until(f"the server's pppd of {self.user} ending", lambda: self.pid not in server_pppds())


class Relay:
    """A man in the middle between plugins and rrasd, of any number of connections. While it holds, rrasd hears nothing of them."""

    def __init__(self, path, target):
        self.path, self.target = path, target
        self.condition = threading.Condition()
        self.holding = False
        self.orders = []  # all disconnects that rrasd has sent
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(16)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                plugin_side, _ = self.listener.accept()
            except OSError:
                return
            rrasd_side = socket.socket(socket.AF_UNIX)
            rrasd_side.connect(self.target)
            threading.Thread(target=self._pump, args=(plugin_side, rrasd_side, True), daemon=True).start()
            threading.Thread(target=self._pump, args=(rrasd_side, plugin_side, False), daemon=True).start()

    def _pump(self, source, sink, to_rrasd):
        while True:
            try:
                data = source.recv(65536)
            except OSError:
                data = b""
            with self.condition:
                while self.holding and to_rrasd:
                    self.condition.wait()
                if not to_rrasd:
                    self.orders += [line for line in data.splitlines() if b'"disconnect"' in line]
            try:
                if not data:
                    sink.shutdown(socket.SHUT_RDWR if to_rrasd else socket.SHUT_WR)
                    return
                sink.sendall(data)
            except OSError:
                if not data:
                    return

    def hold(self, on):
        with self.condition:
            self.holding = on
            self.condition.notify_all()

    def close(self):
        self.hold(False)
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


class Pppd(adapter.Adapter):
    """What all kinds of line have in common."""

    driver = "pppd"
    kind = "session"
    auth = "mschap-v2"
    ports = 0
    has_outer = False
    keeps_out = "at log-on"
    network = 0  # 10.99.NETWORK.0/24
    not_applicable = {
        "management_lost": "pppd has no management interface: the plugin is in pppd itself",
        "management_held": "pppd has no management interface: the plugin is in pppd itself",
        "driver_killed": "the driver is in pppd: it can't be killed without the session",
        "driver_killed_in_an_order": "the driver is in pppd: it can't be killed without the session",
    }

    def __init__(self, scope):
        super().__init__(scope)
        make_places(scope)
        self.gateway = f"10.99.{self.network}.1"
        self.server_log = scope.path(f"server-{self.device_type}")
        self.options_path = scope.path(f"options-{self.device_type}")
        self.relay, self.socket, self.extra, self.listener = None, "/run/rras/driver.sock", (), None

    # what the servers are told

    def write_options(self):
        lines = ["auth", "require-mschap-v2", "name server", "debug", f"logfile {self.server_log}", "nodefaultroute", "noccp", "noipv6",
                 "lcp-restart 1", f"plugin {plugin()}", f"rras-socket {self.socket}", *self.extra]
        with open(self.options_path, "w") as f:
            f.write("\n".join(lines) + "\n")

    def start_driver(self, socket, *options, held=False):
        """Options are lines of pppd's options file."""
        self.extra = options
        self.socket = socket
        if self.relay:
            self.relay.close()
            os.unlink(self.relay.path)
            self.relay = None
        if held:
            self.relay = Relay(self.scope.path("relay.sock"), socket)
            self.socket = self.relay.path
        self.write_options()

    # the daemon is one process for each session

    def stop(self, client=None):
        self.end_pppd(client, signal.SIGTERM)

    def kill(self, client=None):
        self.end_pppd(client, signal.SIGKILL)

    def end_pppd(self, client, number):
        os.kill(client.pid, number)
        wait_until("the server's pppd ending", lambda: client.pid not in server_pppds())

    def freeze(self, client=None):
        os.kill(client.pid, signal.SIGSTOP)

    def thaw(self, client=None):
        os.kill(client.pid, signal.SIGCONT)

    def daemon_has(self, client):
        """The kernel's word: is there a route to her address through a PPP interface?"""
        address = re.search(r"^local  IP address (\S+)", client.log(), re.M)
        if not address:
            return False
        route = "%02X%02X%02X%02X" % tuple(reversed([int(n) for n in address.group(1).split(".")]))
        return re.search(rf"^ppp\d+\s+{route}\s", text_of("/proc/net/route"), re.M) is not None

    def connect(self, user):
        return self.connect_from(user, user)

    def try_to_connect(self, user):
        return self.make(user, user)

    def connect_from(self, user, place):
        client = self.make(user, place)
        client.wait_up()
        return client

    # somebody else in her place

    def hold(self):
        self.relay.hold(True)
        self.orders_before = len(self.relay.orders)

    def replace(self, client, user):
        client.end()
        return self.connect_from(user, client.place)

    def release(self):
        self.relay.hold(False)

    def harm_done(self, client):
        """An order may have been sent to the pppd that was there before; none over the socket of the one that is there now."""
        return "Hangup" in text_of(f"/proc/{client.pid}/status")

    def last_words(self):
        logs = [f"# {os.path.basename(p)}:\n{text_of(p)[-3000:]}" for p in [self.server_log, *sorted(glob.glob(self.scope.path("client-*")))[-2:]]]
        return "\n".join(logs + ([f"# server:\n{self.listener.log()[-1500:]}"] if self.listener else []))


class Serial(Pppd):
    """A pair of pseudo terminals is the line. There is a pppd at each end of it for each call."""

    device_type = "serial"
    network = 1

    def start(self):
        self.write_options()

    def make(self, user, place, server=("nodetach",), client=(), shell=False):
        """With more options for the server's pppd, and the client's. `shell`: started by a shell, so that it does not lead a session."""
        line = Line(self)
        user = User(self, user, place)
        user.server = line.serve(place, *server, shell=shell)
        user.others = [user.server, line.process]
        return line.call(user, *client)


class Line:
    """Two ends that are not connected to anything else."""

    made = 0

    def __init__(self, daemon):
        Line.made += 1
        self.daemon, name = daemon, daemon.scope.path(f"line-{Line.made}")
        self.process = daemon.scope.start("socat", f"PTY,link={name}a,raw,echo=0", f"PTY,link={name}b,raw,echo=0", log="socat")
        wait_until("a line", lambda: os.path.exists(name + "a") and os.path.exists(name + "b"))
        self.ours, self.theirs = os.path.realpath(name + "a"), os.path.realpath(name + "b")

    def serve(self, place, *options, shell=False):
        d = self.daemon
        return d.scope.start(*(["sh", "-c", '"$@"; exit $?', "sh"] if shell else []), "pppd", self.ours, "115200", "local", "nocrtscts", "file", d.options_path,
                             f"{d.gateway}:10.99.{d.network}.{USERS[place] + 10}", *options, log="pppd")

    def call(self, user, *options):
        return user.start("pppd", self.theirs, "115200", "local", "nocrtscts", *user.options(), *options)


class Pppoe(Pppd):
    device_type = "pppoe"
    network = 2

    def start(self):
        self.write_options()
        self.start_server(self.options_path)

    def start_server(self, options):
        interfaces = [x for user in USERS for x in ("-I", f"to-{user}")]
        self.listener = self.scope.start("pppoe-server", "-F", *interfaces, "-C", "ac", "-L", self.gateway, "-R", f"10.99.{self.network}.10", "-N", "20",
                                       "-O", options, log="pppoe-server")

    def make(self, user, place):
        client = User(self, user, place)
        return client.start("pppd", "plugin", "rp-pppoe.so", "nic-eth0", *client.options())


class L2tp(Pppd):
    device_type = "l2tp"
    network = 3
    has_outer = True

    def start(self):
        self.write_options()
        conf = self.scope.write("xl2tpd.conf", f"""
[global]
port = 1701
[lns default]
ip range = 10.99.{self.network}.10-10.99.{self.network}.20
local ip = {self.gateway}
require authentication = yes
name = server
pppoptfile = {self.options_path}
length bit = yes
""")
        os.makedirs("/run/xl2tpd", exist_ok=True)
        self.listener = self.scope.start("xl2tpd", "-D", "-c", conf, "-C", "/run/xl2tpd/control", "-p", "/run/xl2tpd/pid", log="xl2tpd")

    def make(self, user, place):
        return L2tpUser(self, user, place).dial()


class L2tpUser(User):
    """Her xl2tpd starts her pppd."""

    def dial(self):
        run = self.daemon.scope.path(f"xl2tpd-{self.user}-{User.made}")
        os.mkdir(run)
        with open(f"{run}/options", "w") as f:
            f.write("\n".join(["debug", f"logfile {self.log_path}", "noauth", f"user {self.user}", "noipdefault", "nodefaultroute", "noccp", "noipv6",
                               "lcp-restart 1"]) + "\n")
        with open(f"{run}/conf", "w") as f:
            f.write(f"[global]\nport = 1701\n[lac server]\nlns = 10.98.{USERS[self.place]}.1\nname = {self.user}\npppoptfile = {run}/options\n"
                    "autodial = yes\nredial = no\n")
        return self.start("xl2tpd", "-D", "-c", f"{run}/conf", "-C", f"{run}/control", "-p", f"{run}/pid")

    def wait_up(self):
        super().wait_up()
        self.began = True

    began = False

    def runs(self):
        """Her pppd; xl2tpd itself stays."""
        namespace = f"net:[{os.stat(f'/run/netns/{self.place}').st_ino}]"
        return super().runs() and (not self.began or namespace in pppds().values())


class Pptp(Pppd):
    device_type = "pptp"
    network = 4
    has_outer = True

    def start(self):
        self.write_options()
        conf = self.scope.write("pptpd.conf", f"option {self.options_path}\nlocalip {self.gateway}\nremoteip 10.99.{self.network}.10-20\n")
        self.listener = self.scope.start("pptpd", "-f", "-c", conf, "-p", "/run/pptpd.pid", log="pptpd")
        wait_until("pptpd listening", lambda: re.search(r":06BB .* 0A ", text_of("/proc/net/tcp")))

    def make(self, user, place):
        client = User(self, user, place)
        return client.start("pppd", "pty", f"pptp 10.98.{USERS[place]}.1 --nolaunchpppd --loglevel 0", *client.options())


LINES = {c.device_type: c for c in (Serial, Pppoe, L2tp, Pptp)}
