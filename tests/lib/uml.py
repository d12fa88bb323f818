# SPDX-License-Identifier: Apache-2.0
"""A User Mode Linux guest, to run programs on a kernel that has PPP where the machine's own has not. It sees the host's files, as
they are when it reads them; what it writes stays in its memory and goes with it."""
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from driver_facts import append

HERE = os.path.dirname(os.path.abspath(__file__))
NO_STATUS = 125  # the guest itself has failed


def why_not():
    """Why there can be no guest here, or None."""
    if not shutil.which("linux.uml"):
        return "linux.uml is not installed (apt install user-mode-linux)"
    if not os.path.isdir("/usr/lib/uml/modules"):
        return "there are no modules for linux.uml"
    return None


def _executable_memory():
    """UML maps its memory from a file, executable; where /dev/shm forbids that, TMPDIR must be elsewhere."""
    return None if not os.statvfs("/dev/shm").f_flag & os.ST_NOEXEC else {"TMPDIR": "/tmp"}


class Guest:
    """One boot, for one command; with `systemd`, that is process 1, as on a real machine."""

    def __init__(self, argv, env=None, memory="256M", cwd=None, systemd=False):
        self.dir = tempfile.mkdtemp(prefix="openrras-uml-")
        exports = "".join(f"export {k}={shlex.quote(v)}\n" for k, v in (env or {}).items())
        with open(self.path("command"), "w") as f:
            f.write(f"{exports}cd {shlex.quote(cwd or os.getcwd())} && exec {shlex.join(argv)}\n")
        self.console = open(self.path("console"), "wb")
        # A session of its own, because the kernel runs as several processes of the host.
        self.child = subprocess.Popen(
            ["linux.uml", f"mem={memory}", "rootfstype=hostfs", "ro", "quiet", "loglevel=3", f"uml_dir={self.dir}/", "umid=guest",
             f"init={HERE}/uml_init", f"SHARED={self.dir}", "TERM=dumb", *(["GUEST_SYSTEMD=1"] if systemd else []), "con=null", "con0=null,fd:1", "ssl=null"],
            stdin=subprocess.DEVNULL, stdout=self.console, stderr=subprocess.STDOUT, start_new_session=True,
            env=dict(os.environ, **(_executable_memory() or {})))

    def path(self, name):
        return os.path.join(self.dir, name)

    def text(self, name):
        try:
            with open(self.path(name), errors="replace") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def follow(self, seconds, write):
        """Hand on what the command says, until it has ended or the time is over; its exit status."""
        end, said = time.monotonic() + seconds, 0
        while True:
            over = self.child.poll() is not None
            output = self.text("output")
            write(output[said:])
            said = len(output)
            if over or time.monotonic() > end:
                break
            time.sleep(0.1)
        status = self.text("status").strip()
        if status.isdigit():
            return int(status)
        write(f"\nthe guest has {'ended without a status' if over else f'not ended within {seconds} s'}; its console:\n{self.text('console')[-4000:]}\n")
        return NO_STATUS

    def end(self):
        """Whatever it does: gone, with its files."""
        if self.child.poll() is None:
            try:
                os.killpg(self.child.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.child.wait()
        self.console.close()
        shutil.rmtree(self.dir, ignore_errors=True)


def run(argv, seconds, env=None, memory="256M", keep=None, systemd=False):
    """Boot a guest, run a command in it with its output on ours; its exit status. Works when interrupted, too. `keep`: file of the host ->
    name of a file that the command makes in /mnt, whose text is put behind what the host's file has."""
    def interrupted(number, _frame):
        raise SystemExit(128 + number)
    old = {n: signal.signal(n, interrupted) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    guest = Guest(argv, env, memory, systemd=systemd)
    try:
        def write(text):
            sys.stdout.write(text)
            sys.stdout.flush()
        status = guest.follow(seconds, write)
        for path, name in (keep or {}).items():
            append(path, guest.text(name))
        return status
    finally:
        guest.end()
        for n, handler in old.items():
            signal.signal(n, handler)
