#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The tour of ./demo. Everything that it makes belongs to a Scope, which removes it again."""
import json
import os
import re
import socket
import sys
import time

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TOP, "tests", "lib"))

from authority import Authority
from scope import Scope, may_make_networks, run_group, wait_until
from vpn import Client, Network, Server, ping_loss, wait_gone

COLOR = sys.stdout.isatty() and "NO_COLOR" not in os.environ


def styled(code, text):
    return f"\033[{code}m{text}\033[0m" if COLOR else text


class Guide:
    """Tells what happens, in numbered steps."""

    def __init__(self):
        self.number = 0

    def step(self, title, *words):
        self.number += 1
        print("\n" + styled("1", f"{self.number}. {title}"), flush=True)
        for line in words:
            print("   " + line, flush=True)

    def say(self, *words):
        for line in words:
            print("   " + line, flush=True)

    def show(self, command, output):
        print("   " + styled("36", f"$ {command}"))
        for line in output.splitlines():
            print("   " + styled("2", "| ") + line)
        sys.stdout.flush()

    def fact(self, text):
        print("   " + styled("32", "=> ") + text, flush=True)


class Broken(Exception):
    """The tour can't go on: what happened is not what has to happen."""


def must(ok, what):
    if not ok:
        raise Broken(what)


class Installed:
    """OpenRRAS, built and installed below the scope's folder."""

    def __init__(self, scope):
        self.scope = scope
        self.prefix = scope.path("installed")
        build = scope.path("build")
        self._quiet("meson", "setup", build, TOP, f"--prefix={self.prefix}", "--buildtype=release", "-Dtests=false",
                    "--libdir=lib", "--sysconfdir=etc", "--localstatedir=var")
        self._quiet("ninja", "-C", build)
        self._quiet("meson", "install", "-C", build, "--no-rebuild")
        self.env = {"OPENRRAS_SOCKET": scope.path("rrasd.sock"), "LD_LIBRARY_PATH": f"{self.prefix}/lib",
                    "PKG_CONFIG_PATH": f"{self.prefix}/lib/pkgconfig", "NO_COLOR": "1", "TMPDIR": scope.dir}

    def _quiet(self, *argv):
        status, out = run_group(argv, env=dict(os.environ, TMPDIR=self.scope.dir))
        must(status == 0, f"{' '.join(argv)} failed:\n{out[-3000:]}")

    def program(self, name):
        for folder in ("sbin", "bin"):
            path = os.path.join(self.prefix, folder, name)
            if os.access(path, os.X_OK):
                return path
        raise Broken(f"{name} has not been installed")

    def run(self, *argv):
        """A program to its end: exit status and what it said."""
        return run_group(argv, 120, env=dict(os.environ, **self.env), cwd=self.scope.dir)

    def rasadmin(self, *args):
        return self.run(self.program("rasadmin"), *args)

    def ports(self):
        status, out = self.rasadmin("--json", "ports")
        must(status == 0, f"rasadmin ports failed: {out}")
        return json.loads(out)["ports"]

    def port_of(self, user):
        """The port that a user is on, or None."""
        return next((p for p in self.ports() if user in json.dumps(p.get("user", ""))), None)

    def wait_port_of(self, *users):
        wait_until(f"{' and '.join(users)} being listed", lambda: all(self.port_of(u) for u in users))

    def start_rrasd(self):
        config = self.scope.write("rrasd.conf", f"""[server]
socket = {self.env['OPENRRAS_SOCKET']}
driver_socket = {self.scope.path('driver.sock')}
state_dir = {self.scope.path('state')}
audit_log = {self.scope.path('audit.jsonl')}

[roles]
administrators = user:{os.geteuid()}
""")
        os.mkdir(self.scope.path("state"), 0o700)
        rrasd = self.scope.start(self.program("rrasd"), "--config", config, log="rrasd", env=self.env)
        wait_until("rrasd", lambda: self._answers(rrasd))

    def _answers(self, rrasd):
        must(rrasd.alive(), f"rrasd has ended:\n{rrasd.log()}")
        return self.rasadmin("status")[0] == 0

    def audit(self):
        with open(self.scope.path("audit.jsonl")) as f:
            return f.read()


class RealVpn:
    """A server and two clients, all of them the real OpenVPN."""

    def __init__(self, scope, guide, installed):
        self.scope, self.guide, self.installed = scope, guide, installed

    def start(self):
        self.guide.step("Two users, alice and bob, connect to an OpenVPN server",
                        "Three network namespaces stand for three computers: the server, alice's and bob's, with a cable to each.",
                        "openssl makes certificates; then the real openvpn runs three times: one server, two clients.")
        network = Network(self.scope, clients=2)
        self.server = Server(self.scope, network, Authority(self.scope)).start()
        self.alice = Client(self.server, "alice", 1, "--explicit-exit-notify", "1").start()
        self.bob = Client(self.server, "bob", 2).start()
        must(self.alice.ping() == 3 and self.bob.ping() == 3, "no traffic goes through the tunnels")
        self.guide.fact(f"Both are in: alice has the address {self.alice.tunnel_address()} inside the tunnel, bob "
                        f"{self.bob.tunnel_address()}, and their pings are answered.")

    def start_driver(self):
        config = self.scope.write("openvpn.conf", f"[rras-openvpn]\nmanagement = {self.server.management}\nports = 2\n")
        self.scope.start(self.installed.program("rras-openvpn"), "--config", config, "--socket", self.scope.path("driver.sock"),
                         log="driver")

    driver_words = ("rras-openvpn connects openvpn's management socket with rrasd. This server is for two users: it has two ports.",)

    def watch_bob(self):
        self.ping = self.bob.start_ping()
        self.ping.wait_log("bytes from")

    def show_alice_is_out(self):
        wait_gone(self.alice)
        said = re.search(r"^\S+ \S+ (Halt command.*)$", self.alice.process.log(), re.M)
        must(said, "alice's client has not been told")
        self.guide.fact(f'alice\'s openvpn client has ended. Its last words: "{said.group(1)}"')

    def show_bob_is_in(self):
        sent, lost = ping_loss(self.ping)
        must(sent > 0 and lost == 0, f"bob has lost {lost} of {sent} pings")
        self.guide.fact(f"bob has noticed nothing: {sent} pings through his tunnel meanwhile, {lost} lost.")

    def alice_again(self):
        self.guide.step("alice connects again", "Disconnecting is not locking out: her client may come back.")
        self.alice.start()


class SimulatedVpn:
    """The same tour with rras-sim, the driver for tests and load: it carries nobody, but behaves as if."""

    def __init__(self, scope, guide, installed):
        self.scope, self.guide, self.installed = scope, guide, installed

    def start(self):
        self.guide.step("Two users, alice and bob, connect to a simulated VPN server",
                        "This is the simulation: rras-sim is a driver that behaves as if it had users. No packet flows.")

    def start_driver(self):
        script = self.scope.write("script", "connect alice\nconnect bob\n")
        self.sim = self.scope.start(self.installed.program("rras-sim"), "--ports", "2", "--tick", "200ms", "--script", script, "--control",
                                    self.scope.path("sim.sock"), "--socket", self.scope.path("driver.sock"), log="driver")

    driver_words = ("rras-sim plays a VPN server with two ports, and is its driver.",)

    def watch_bob(self):
        self.handle = self.installed.port_of("bob")["handle"]
        self.said = len(self.sim.log())

    def show_alice_is_out(self):
        self.sim.wait_log(r"^gone .* alice$", after=self.said)
        self.guide.fact("rras-sim has ended alice's session.")

    def show_bob_is_in(self):
        port = self.installed.port_of("bob")
        must(port and port["handle"] == self.handle, "bob is not in the same session any more")
        self.guide.fact("bob has noticed nothing: he is in the same session as before.")

    def alice_again(self):
        self.guide.step("alice connects again", "Disconnecting is not locking out: she may come back.")
        with socket.socket(socket.AF_UNIX) as control:
            control.connect(self.scope.path("sim.sock"))
            control.sendall(b"connect alice\n")
            must(control.recv(100).startswith(b"ok"), "rras-sim has refused")


def show_ports(guide, installed):
    status, out = installed.rasadmin("ports")
    must(status == 0, f"rasadmin ports failed: {out}")
    guide.show("rasadmin ports", out)


def show_free_again(guide, installed, name):
    def is_free():
        port = next(p for p in installed.ports() if p["name"] == name)
        return not port.get("connection") and "listen" in port["state"]
    wait_until(f"{name} listening again", is_free)
    show_ports(guide, installed)
    guide.fact(f"{name}, where alice was, is listening again: free for the next user.")


def by_the_c_api(guide, installed, vpn, scope):
    guide.step("Disconnect alice from C, with MprAdminPortDisconnect",
               "examples/disconnect.c is a small program on libmprapi, the API that Windows programs know. It is compiled against",
               "what has just been installed, asks rrasd over the wire protocol MS-RRASM, and ends the ports of one user.")
    source = os.path.join(TOP, "examples", "disconnect.c")
    compile_it = f"cc -o disconnect {source} $(pkg-config --cflags --libs libmprapi)"
    status, out = installed.run("sh", "-c", compile_it)
    must(status == 0, f"the example does not compile:\n{out}")
    guide.show("cc -o disconnect examples/disconnect.c $(pkg-config --cflags --libs libmprapi)", out)
    port = installed.port_of("alice")
    vpn.watch_bob()
    status, out = installed.run(scope.path("disconnect"), "alice")
    guide.show("./disconnect alice", out)
    must(status == 0, "MprAdminPortDisconnect has failed")
    show_free_again(guide, installed, port["name"])
    vpn.show_alice_is_out()
    time.sleep(1)
    vpn.show_bob_is_in()
    return port


def by_rasadmin(guide, installed, vpn, old):
    installed.wait_port_of("alice")
    port = installed.port_of("alice")
    must(port["handle"] != old["handle"], "alice's new session has the handle of the old one")
    status, out = installed.rasadmin("disconnect", "--port", str(old["handle"]))
    guide.say("A port's handle changes with each session. The one from before, which a slow administrator may still hold,",
              "does not end the new session:")
    guide.show(f"rasadmin disconnect --port {old['handle']}", out)
    must(status != 0 and installed.port_of("alice"), "an old handle was not refused")
    guide.step("Disconnect alice again, with rasadmin", "--wait shows when the daemon has confirmed that the session is gone.")
    vpn.watch_bob()
    status, out = installed.rasadmin("disconnect", "--port", port["name"], "--wait")
    guide.show(f"rasadmin disconnect --port {port['name']} --wait", out)
    must(status == 0, f"rasadmin disconnect failed (exit status {status})")
    show_free_again(guide, installed, port["name"])
    vpn.show_alice_is_out()
    vpn.show_bob_is_in()


SHOWN_OF_AUDIT = ("ts", "event", "order", "user", "port", "outcome", "client_told", "took_ms", "result_name")


def shortened(line):
    entry = json.loads(line)
    shown = {k: entry[k] for k in SHOWN_OF_AUDIT if k in entry}
    if "who" in entry:
        shown["who"] = {k: entry["who"].get(k) for k in ("uid", "role")}
    return json.dumps(shown)


def show_audit(guide, installed):
    guide.step("Who did that?", "Each order stands in the audit log before it is carried out, and what came of it after that.",
               "(The lines are shortened here.)")
    lines = wait_until("two outcomes in the audit log", lambda: installed.audit() if installed.audit().count('"outcome"') >= 2 else None)
    guide.show("cat audit.jsonl", "\n".join(shortened(line) for line in lines.splitlines() if '"user"' in line))


def tour(scope, guide, simulated):
    guide.step("Build OpenRRAS and install it into a private folder", f"Release build, in {scope.dir}; about a minute.")
    installed = Installed(scope)
    vpn = (SimulatedVpn if simulated else RealVpn)(scope, guide, installed)
    vpn.start()
    guide.step("Start rrasd and its driver", *vpn.driver_words)
    installed.start_rrasd()
    vpn.start_driver()
    installed.wait_port_of("alice", "bob")
    show_ports(guide, installed)
    guide.fact(f"alice is on port {installed.port_of('alice')['name']}, bob on {installed.port_of('bob')['name']}.")
    old = by_the_c_api(guide, installed, vpn, scope)
    vpn.alice_again()
    by_rasadmin(guide, installed, vpn, old)
    show_audit(guide, installed)


def last_words(scope):
    """What the programs said last, for whoever has to find out why the tour broke."""
    for name in sorted(os.listdir(scope.dir)):
        if re.search(r"\.\d+$", name):
            with open(scope.path(name), errors="replace") as f:
                print(f"---- {name}\n{f.read()[-1500:]}", file=sys.stderr)


def main():
    simulated = "--sim" in sys.argv[1:]
    print(styled("1", "OpenRRAS: see who is connected, and disconnect one user"))
    if not simulated:
        why = may_make_networks()
        if why:
            print(f"A real OpenVPN can't run here: {why}. The tour goes through the simulation instead (./demo --sim).")
            simulated = True
    ended = 1
    try:
        with Scope() as scope:
            try:
                tour(scope, Guide(), simulated)
                ended = 0
            except (SystemExit, KeyboardInterrupt):
                print("\nStopped. Removing what was made ...", flush=True)
                raise
            except Exception as e:
                print(f"\nThe tour has broken: {type(e).__name__}: {e}", file=sys.stderr)
                last_words(scope)
    finally:
        print("\nEverything that was started is ended, and everything that was made is removed.", flush=True)
    if ended == 0:
        print("Next: README.md says how to install it for your own server.")
    sys.exit(ended)


if __name__ == "__main__":
    main()
