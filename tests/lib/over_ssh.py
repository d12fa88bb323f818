# SPDX-License-Identifier: Apache-2.0
"""rasadmin over ssh to a real sshd, in a network namespace."""
import os
import subprocess

from programs import program

PORT = 2222
ONLY_RASADMIN = 'command="rasadmin --stdio",restrict'  # as docs/remote.md has it


class OverSsh:
    def __init__(self, scope, netns, accounts, site):
        self.scope, self.netns, self.accounts, self.site = scope, netns, accounts, site
        for name in ("host", "key", "bare", "only", "stranger"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", scope.path(name)], check=True)
        keys = scope.write("keys", self._public("key") + 'command="exec rasadmin-that-is-not-installed --stdio" ' + self._public("bare") +
                           ONLY_RASADMIN + " " + self._public("only"))
        known = scope.write("known", f"[127.0.0.1]:{PORT} {self._public('host')}")
        os.makedirs("/run/sshd", exist_ok=True)  # where it locks its unprivileged part in
        path = os.path.dirname(program("rasadmin"))
        self.config = scope.write("sshd.conf", f"Port {PORT}\nListenAddress 127.0.0.1\nHostKey {scope.path('host')}\nPidFile none\nStrictModes no\n"
                                  f"UsePAM no\nAuthorizedKeysFile {keys}\nSetEnv PATH={path}:/usr/bin:/bin OPENRRAS_SOCKET={site.socket} "
                                  f"LD_LIBRARY_PATH={os.environ.get('LD_LIBRARY_PATH', '')}\n")
        self.ssh = self._ssh("ssh", known, "key")
        self.ssh_to_nothing = self._ssh("ssh-bare", known, "bare")  # there is no rasadmin at its other end
        self.ssh_for_rasadmin = self._ssh("ssh-only", known, "only")  # whatever is to be run there
        self.ssh_of_a_stranger = self._ssh("ssh-stranger", known, "stranger")
        self.ssh_elsewhere = self._ssh("ssh-elsewhere", "none", "key")
        self.sshd = None

    def _public(self, name):
        with open(self.scope.path(name + ".pub")) as f:
            return f.read()

    def _ssh(self, name, known, key):
        options = f"-F none -o UserKnownHostsFile={known} -o GlobalKnownHostsFile=none -o IdentitiesOnly=yes -o IdentityAgent=none"
        return self.scope.write(name, f'#!/bin/sh\nexec ssh {options} -i {self.scope.path(key)} "$@"\n', 0o755)

    def start_sshd(self):
        self.sshd = self.scope.start(*self.accounts.argv(f"exec /usr/sbin/sshd -D -e -f {self.config}"), log="sshd")
        self.sshd.wait_log("Server listening")

    def argv(self, user, *args, host=f"127.0.0.1:{PORT}"):
        return self.inside(program("rasadmin"), "--no-input", "--server", f"ssh://{user}@{host}", *args)

    def inside(self, *argv):
        return ["ip", "netns", "exec", self.netns, *argv]

    def run(self, argv, ssh=None):
        """(exit status, stdout, stderr)"""
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60,
                              env=dict(os.environ, RASADMIN_SSH=ssh or self.ssh))
        return done.returncode, done.stdout, done.stderr

    def rasadmin(self, user, *args, ssh=None, **where):
        return self.run(self.argv(user, *args, **where), ssh)
