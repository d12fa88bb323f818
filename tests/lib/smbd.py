# SPDX-License-Identifier: Apache-2.0
"""Samba's smbd in a network namespace, with users of its own (accounts.py)."""
import os
import subprocess

from accounts import USERS, Accounts
from programs import TOP
from scope import end_group, run_group, wait_until

PASSWORD = "Passw0rd!1"
FRAGMENT = os.path.join(TOP, "packaging/samba/smb.conf")

CONFIG = """[global]
    workgroup = RASTEST
    netbios name = RASBOX
    server role = standalone server
    interfaces = lo
    bind interfaces only = yes
    smb ports = 445
    passdb backend = tdbsam
    private dir = {dir}/private
    lock directory = {dir}/lock
    state directory = {dir}/state
    cache directory = {dir}/cache
    pid directory = {dir}/pid
    ncalrpc dir = {dir}/ncalrpc
    log file = {dir}/log
    disable spoolss = yes
    load printers = no
    disable netbios = yes
    rpc start on demand helpers = no
    {more}
"""


class Smbd:
    def __init__(self, scope, netns, more=""):
        self.scope, self.netns, self.dir, self.process = scope, netns, scope.path("smbd"), None
        self.pipe = os.path.join(self.dir, "ncalrpc/np/router")
        for name in ("", "private", "lock", "state", "cache", "pid", "ncalrpc"):
            os.mkdir(os.path.join(self.dir, name))
        self.accounts = Accounts(scope, netns)
        self.configure(more)
        for user in USERS:
            status, out = run_group(self.accounts.argv(f"printf '{PASSWORD}\\n{PASSWORD}\\n' | smbpasswd -c {self.config} -a -s {user}"), 60)
            if status:
                raise RuntimeError(f"smbpasswd: {out}")

    def configure(self, more):
        self.config = self.scope.write("smb.conf", CONFIG.format(dir=self.dir, more=more))

    def start(self):
        log = open(os.path.join(self.dir, "out"), "ab")
        with log:
            self.process = subprocess.Popen(self.accounts.argv(f"exec smbd --foreground --no-process-group --configfile={self.config}"),
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        self.scope.callback(self.stop)
        wait_until("smbd to take connections", self._listens)

    def _listens(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"smbd has ended with {self.process.returncode}: {self.log()}")
        done = subprocess.run(["ip", "netns", "exec", self.netns, "bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/445"], stderr=subprocess.DEVNULL)
        return done.returncode == 0

    def log(self):
        text = ""
        for name in ("out", "log"):
            path = os.path.join(self.dir, name)
            if os.path.exists(path):
                with open(path, errors="replace") as f:
                    text += f.read()[-2000:]
        return text

    def stop(self):
        """smbd and what it has started for its clients."""
        if self.process:
            end_group(self.process)
        self.process = None
