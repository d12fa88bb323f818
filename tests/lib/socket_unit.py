# SPDX-License-Identifier: Apache-2.0
"""What systemd does for rrasd and its named pipe, where no systemd runs: the folders of tmpfiles.d, the socket as its unit describes it, and
rrasd with that socket, as the user that it runs as. Needs root, as systemd is."""
import os
import shutil
import socket
import subprocess

from programs import TOP, program

UNIT = os.path.join(TOP, "packaging/systemd/rrasd-pipe.socket")
FOLDERS = os.path.join(TOP, "packaging/tmpfiles.d/openrras-pipe.conf")
USER = 4400  # in rras' place; nobody else has it
FIRST = 3  # descriptor that is handed over


class Unit:
    def __init__(self, scope, ncalrpc):
        """`ncalrpc`: smb.conf's, in the place of /run/samba/ncalrpc."""
        self.scope, self.ncalrpc, self.socket = scope, ncalrpc, None
        with open(UNIT) as f:
            pairs = [line.strip().split("=", 1) for line in f if "=" in line and not line.startswith("#")]
        self.settings = dict(pairs)

    def edit(self, text):
        """What is written under [Socket]: a setting without a value takes back what the unit has."""
        for line in text:
            key, value = line.split("=", 1)
            self.settings[key] = value

    def make_folders(self):
        """systemd-tmpfiles, with the folders of this smbd."""
        with open(FOLDERS) as f:
            text = f.read().replace("/run/samba/ncalrpc", self.ncalrpc).replace("/run/samba", os.path.dirname(self.ncalrpc))
        subprocess.run(["systemd-tmpfiles", "--create", self.scope.write("tmpfiles.conf", text)], check=True)

    def start_socket(self):
        self.make_folders()
        path = self.settings["ListenStream"]
        old = os.umask(0o777 & ~int(self.settings["SocketMode"], 8))
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(path)
        os.umask(old)
        self.socket.listen(int(self.settings["Backlog"]))

    def stop_socket(self):
        self.socket.close()
        if self.settings["RemoveOnStop"] == "yes":
            os.unlink(self.settings["ListenStream"])

    def start_service(self, site):
        """rrasd of this site, which gives up root before it begins."""
        site.write_config()
        copy = shutil.copy(program("rrasd"), self.scope.path("rrasd-of-unit"))  # where that user can get at it
        for path in (site.dir, site.config):
            os.chown(path, USER, USER)
        hand_over = f"exec {FIRST}<&{self.socket.fileno()}; LISTEN_PID=$$ exec setpriv --reuid={USER} --regid={USER} --clear-groups " \
                    f"--bounding-set=-all --no-new-privs {copy} --config {site.config}"
        os.set_inheritable(self.socket.fileno(), True)
        site.rrasd = self.scope.start("bash", "-c", hand_over, log="rrasd", pass_fds=[self.socket.fileno()],
                                      env={"LISTEN_FDS": "1", "LISTEN_FDNAMES": self.settings["FileDescriptorName"]})
        site.rrasd.wait_log(r"is ready")
