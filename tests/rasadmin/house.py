# SPDX-License-Identifier: Apache-2.0
"""The real rrasd and the simulated driver, in a folder of their own. For programs: NAME.py RASADMIN RRASD RRAS_SIM [TEST...]"""
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

from cli_support import LIMIT, environment, run, same

RRASD, SIM = (os.path.abspath(p) for p in sys.argv[2:4])
CONFIG = """
[server]
socket = {dir}/rrasd.sock
driver_socket = {dir}/driver.sock
state_dir = {dir}
audit_log = {dir}/audit.jsonl
{server}
[timeouts]
accept = 500ms
gone = 1s
hard = 1s
{more}
"""


class House:
    """rrasd and rras-sim in a folder of their own."""

    def __init__(self, *sim, users=(), server="", more=""):
        # Others must reach the socket, for the tests of roles.
        self.dir = tempfile.mkdtemp(prefix="rasadmin-real-")
        os.chmod(self.dir, 0o755)
        with open(os.path.join(self.dir, "rrasd.conf"), "w") as f:
            f.write(CONFIG.format(dir=self.dir, server=server, more=more))
        self.processes = {}
        try:
            self.build(sim, users)
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise

    def build(self, sim, users):
        self.start("rrasd", RRASD, "--config", os.path.join(self.dir, "rrasd.conf"))
        self.wait_for("rrasd listens", lambda: self.run("status").code == 0)
        if sim:
            self.control = os.path.join(self.dir, "control.sock")
            self.start("sim", SIM, "--socket", os.path.join(self.dir, "driver.sock"), "--control", self.control, "--tick", "0", *sim)
            self.wait_for("the driver is there", lambda: any(p["state"] == "listening" for p in self.ports().values()))
            for user in users:
                self.sim("connect " + user)
            self.wait_for("the users are in", lambda: set(users) <= set(self.users()))

    def start(self, name, *argv):
        with open(os.path.join(self.dir, name + ".log"), "a") as log:
            self.processes[name] = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment())

    def stop(self, name, kill=False):
        process = self.processes.pop(name)
        process.kill() if kill else process.terminate()
        process.wait(LIMIT)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        for name in list(self.processes):
            self.stop(name, kill=True)
        if kind:
            print(open(os.path.join(self.dir, "rrasd.log")).read())
        shutil.rmtree(self.dir)

    def wait_for(self, what, condition):
        end = time.monotonic() + LIMIT
        while not condition():
            assert time.monotonic() < end, f"{what}: not in {LIMIT} s"
            time.sleep(0.02)

    def run(self, *args, **kwargs):
        return run("-s", f"ncalrpc:[{self.dir}/rrasd.sock]", *args, **kwargs)

    def ports(self):
        return {p["name"]: p for p in self.run("--json", "ports").json["ports"]}

    def users(self):
        return sorted(c["user"] for c in self.run("--json", "connections").json["connections"])

    def sim(self, command, answer="ok"):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(LIMIT)
            s.connect(self.control)
            s.sendall(command.encode() + b"\n")
            same(s.makefile().readline().strip(), answer, command)

    def audit(self, event):
        with open(os.path.join(self.dir, "audit.jsonl")) as f:
            return [j for j in map(json.loads, f) if j["event"] == event]
