# SPDX-License-Identifier: Apache-2.0
r"""rasadmin over \PIPE\ROUTER of a real smbd, in a network namespace."""
import glob
import os
import re
import subprocess
import time

from programs import program
from smbd import PASSWORD, Smbd


def folder_of_libraries():
    root = os.environ.get("OPENRRAS_ROOT")
    place = os.path.join(root, "**") if root else os.path.join(os.path.dirname(program("rasadmin")), "..", "libmprapi")
    return os.path.dirname(glob.glob(os.path.join(place, "libmprapi.so.0"), recursive=True)[0])


LIBRARIES = folder_of_libraries()
IS_BUILT = os.path.exists(os.path.join(LIBRARIES, "libmprapi-smb.so.0"))

SERVER = "server.rras.test"  # Samba has no use for tickets with addresses or localhost


class OverPipe:
    def __init__(self, scope, netns):
        self.scope, self.netns, self.smbd = scope, netns, Smbd(scope, netns)
        self.hosts = scope.write("hosts", f"127.0.0.1 localhost {SERVER}\n")
        self.leaks = scope.write("leaks", "leak:libtalloc\n")  # of Samba's, which are not ours to mend

    def account(self, user, password=PASSWORD, mode=0o600):
        """A file as OPENRRAS_SMB_CREDENTIALS names it."""
        path = self.scope.write("account", f"username = {user}\npassword = {password}\ndomain = RASBOX\n", mode)
        os.chmod(path, mode)
        return path

    def join(self, realm):
        """smbd, which has to be started after that, takes tickets of this realm, for SERVER."""
        keytab = self.scope.path("smbd.keytab")
        realm.add_service(f"cifs/{SERVER}", keytab)
        self.smbd.configure(f"realm = {realm.name}\n    kerberos method = dedicated keytab\n    dedicated keytab file = {keytab}")

    def run(self, env, *args, server="ncacn_np:127.0.0.1"):
        """(exit status, stdout, stderr). It knows where SERVER is."""
        set_to = dict({"LD_LIBRARY_PATH": LIBRARIES, "LSAN_OPTIONS": f"suppressions={self.leaks}"}, **env)
        cover = f'mount --bind {self.hosts} /etc/hosts && exec "$@"'
        argv = ["ip", "netns", "exec", self.netns, "sh", "-c", cover, "sh", "env", *(f"{k}={v}" for k, v in set_to.items()), program("rasadmin"),
                "--server", server, *args]
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)
        return done.returncode, done.stdout, re.sub(r"\n+-+\nSuppressions used:\n.*?\n-+\n+", "\n", done.stderr, flags=re.S)

    def rasadmin(self, user, *args, password=PASSWORD, mode=0o600, server="ncacn_np:127.0.0.1", **more):
        """As that user: exit status, what it has said, what it has complained, and how long it took."""
        started = time.monotonic()
        result = self.run({"OPENRRAS_SMB_CREDENTIALS": self.account(user, password, mode), **more}, *args, server=server)
        return (*result, time.monotonic() - started)
