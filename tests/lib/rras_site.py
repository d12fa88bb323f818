# SPDX-License-Identifier: Apache-2.0
"""A remote access site in a folder of its own: rrasd, simulated drivers, and rasadmin to look at them."""
import json
import os
import re
import shlex
import signal
import socket
import subprocess

from programs import program
from scope import wait_until


class Sim:
    """A simulated daemon with its driver, steered over its control socket."""

    def __init__(self, site, name, *options):
        self.site, self.name = site, name
        self.control = site.path(f"{name}.ctl")
        self.process = site.scope.start(program("rras-sim"), "--socket", site.driver_socket, "--driver", name, "--instance", "main",
                                        "--device-type", name, "--control", self.control, *options, log=f"sim-{name}")
        self.process.wait_log(r"^ready$")

    def say(self, *words):
        """One command; its answer must be ok."""
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(30)
            s.connect(self.control)
            s.sendall((" ".join(words) + "\n").encode())
            text = ""
            while not re.search(r"^(ok|error:.*)$", text, re.M):
                piece = s.recv(65536)
                if not piece:
                    raise RuntimeError(f"rras-sim {self.name} closed its control socket at {words}")
                text += piece.decode()
        if not re.search(r"^ok$", text, re.M):
            raise RuntimeError(f"rras-sim {self.name}: {' '.join(words)}: {text.strip()}")

    def users(self):
        """Who is connected, as the simulated daemon itself knows it: {user: id}."""
        before = self.log_length()
        self.say("list")
        lines = [line.split() for line in self.process.log()[before:].splitlines() if line.startswith("session ")]
        return {user: identity for _, identity, _, user in lines}

    def welcome(self, after=0):
        self.process.wait_log(r"^welcome$", after=after)

    def log_length(self):
        return len(self.process.log())


class Site:
    def __init__(self, scope, name="site", netns=None, accounts=None, **server):
        """netns: where rrasd runs, which only matters to what it asks on a network. accounts: the users that it knows (accounts.py)."""
        self.scope, self.dir, self.netns, self.accounts = scope, scope.path(name), netns, accounts
        os.mkdir(self.dir)
        self.socket, self.driver_socket = self.path("rrasd.sock"), self.path("driver.sock")
        self.audit_path = self.path("audit.jsonl")
        self.binding = f"ncalrpc:[{self.socket}]"
        self.config = self.path("rrasd.conf")
        self.settings = dict(server)
        self.sections = ""
        self.rrasd = None

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    def write_config(self):
        lines = {"socket": self.socket, "driver_socket": self.driver_socket, "state_dir": self.dir, "audit_log": self.audit_path,
                 "log_level": "debug", **self.settings}
        with open(self.config, "w") as f:
            f.write("[server]\n" + "".join(f"{k} = {v}\n" for k, v in lines.items()) + self.sections)

    def start(self):
        self.write_config()
        argv = [program("rrasd"), "--config", self.config]
        if self.accounts:
            argv = self.accounts.argv("exec " + shlex.join(argv))
        self.rrasd = self.scope.start(*argv, log="rrasd", netns=self.netns)
        self.rrasd.wait_log(r"is ready")
        return self

    def stop(self):
        """The clean way."""
        self.rrasd.signal(signal.SIGTERM)
        return self.rrasd.wait_end()

    def kill(self):
        self.rrasd.signal(signal.SIGKILL)
        self.rrasd.wait_end()

    def admin(self, *args, **kwargs):
        """Run rasadmin; (exit status, stdout, stderr)."""
        done = subprocess.run([program("rasadmin"), "--server", self.binding, *args], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60, **kwargs)
        return done.returncode, done.stdout, done.stderr

    def ports(self):
        """All ports by name, as rasadmin --json ports shows them."""
        status, out, err = self.admin("--json", "ports")
        if status != 0:
            raise RuntimeError(f"rasadmin ports: {status}: {err}")
        return {p["name"]: p for p in json.loads(out)["ports"]}

    def port_of(self, user):
        return next((p for p in self.ports().values() if p["user"] == user), None)

    def wait_port_of(self, user):
        return wait_until(f"{user} on a port", lambda: self.port_of(user))

    def wait_state(self, name, state):
        return wait_until(f"port {name} {state}", lambda: next((p for p in [self.ports().get(name)] if p and p["state"] == state), None))

    def audit(self, event=None):
        with open(self.audit_path) as f:
            lines = [json.loads(line) for line in f if line.endswith("\n")]  # the last one may be under way
        return [x for x in lines if event in (None, x["event"])]
