# SPDX-License-Identifier: Apache-2.0
"""Whatever a test or the demo makes (processes, network namespaces, folders) belongs to a Scope, which removes it again: at its
end, after a failure, and after SIGINT, SIGTERM or SIGHUP."""
import contextlib
import ctypes
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

CLONE_NEWNET = 0x40000000
PATIENCE = 60.0  # seconds; how long a thing that must happen may take on a loaded machine


class Waited(Exception):
    """Something that had to happen did not."""


def wait_until(what, probe, seconds=PATIENCE, every=0.02):
    """Wait until probe() gives something true, and return that."""
    end = time.monotonic() + seconds
    while True:
        value = probe()
        if value:
            return value
        if time.monotonic() > end:
            raise Waited(f"{what}: not within {seconds:.0f} s")
        time.sleep(every)


class Process:
    """A child with its output in a file. Signals go to its process id, never to a name."""

    def __init__(self, argv, log, netns=None, env=None, cwd=None, pass_fds=()):
        self.name = os.path.basename(argv[0])
        self.log_path = log
        if netns:
            argv = ["ip", "netns", "exec", netns, *argv]  # ip execs the program: the process id is the program's
        with open(log, "wb") as out:
            self.child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, cwd=cwd,
                                          env=dict(os.environ, **(env or {})), start_new_session=True, pass_fds=pass_fds)
        self.pid = self.child.pid

    def log(self):
        with open(self.log_path, errors="replace") as f:
            return f.read()

    def alive(self):
        return self.child.poll() is None

    def wait_log(self, pattern, seconds=PATIENCE, after=0):
        """Wait for a line of its output, looking only behind the first `after` characters; the match."""
        def probe():
            m = re.search(pattern, self.log()[after:], re.M)
            if not m and not self.alive():
                m = re.search(pattern, self.log()[after:], re.M)
                if not m:
                    raise Waited(f"{self.name} ended with {self.child.returncode} before it said {pattern!r}:\n{self.log()[-2000:]}")
            return m
        return wait_until(f"{self.name} saying {pattern!r}", probe, seconds)

    def wait_end(self, seconds=PATIENCE):
        wait_until(f"end of {self.name}", lambda: not self.alive(), seconds)
        return self.child.returncode

    def signal(self, number):
        if self.alive():
            os.kill(self.pid, number)

    def end(self):
        """SIGTERM, and SIGKILL when that does not help. It may be stopped."""
        for number, seconds in ((signal.SIGTERM, 5), (signal.SIGKILL, 5)):
            self.signal(number)
            self.signal(signal.SIGCONT)
            try:
                return self.child.wait(seconds)
            except subprocess.TimeoutExpired:
                continue
        raise Waited(f"{self.name}, process {self.pid}, can't be ended")


def run_group(argv, seconds=600, **kwargs):
    """Run a command to its end; exit status and output. If we are interrupted meanwhile, all that it has started ends with it."""
    child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                             start_new_session=True, **kwargs)
    try:
        out, _ = child.communicate(timeout=seconds)
        return child.returncode, out
    except BaseException:
        end_group(child)
        raise


def end_group(child):
    """End a child that leads a group of its own, and the group: with time to tidy up, then without."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        end = time.monotonic() + 5
        try:
            os.killpg(child.pid, number)
            while time.monotonic() < end:
                child.poll()
                os.killpg(child.pid, 0)
                time.sleep(0.02)
        except ProcessLookupError:
            break
    child.communicate()


def ip(*args, netns=None):
    argv = ["ip"] + (["-n", netns] if netns else []) + list(args)
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(argv)}: {done.stdout.strip()}")
    return done.stdout


class Scope(contextlib.ExitStack):
    """with Scope() as scope: ... everything made through it is removed at the end, the last first."""

    def __enter__(self):
        super().__enter__()
        self._old = {n: signal.signal(n, self._interrupted) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
        self.dir = tempfile.mkdtemp(prefix="openrras-")
        os.chmod(self.dir, 0o755)
        self.callback(shutil.rmtree, self.dir, True)
        self.started = 0
        return self

    @staticmethod
    def _interrupted(number, _frame):
        raise SystemExit(128 + number)

    def __exit__(self, *exc):
        for n in self._old:
            signal.signal(n, signal.SIG_IGN)  # a second Ctrl-C must not stop the tidying up
        try:
            return super().__exit__(*exc)
        finally:
            for n, handler in self._old.items():
                signal.signal(n, handler)

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    def write(self, name, text, mode=0o644):
        path = self.path(name)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as f:
            f.write(text)
        return path

    def start(self, *argv, log, **kwargs):
        """Start a program; its output goes to a file of its own, LOG.N."""
        self.started += 1
        p = Process(list(argv), self.path(f"{log}.{self.started}"), **kwargs)
        self.callback(p.end)
        return p

    def netns(self, name):
        ip("netns", "add", name)
        self.callback(ip, "netns", "del", name)
        ip("link", "set", "lo", "up", netns=name)
        return name

    def cable(self, a, b, name, addresses_a, addresses_b):
        """A pair of network interfaces, one in each namespace; they go with their namespaces."""
        left, right = f"{name}l", f"{name}r"
        ip("link", "add", left, "netns", a, "type", "veth", "peer", "name", right, "netns", b)
        for ns, dev, addresses in ((a, left, addresses_a), (b, right, addresses_b)):
            for address in addresses:
                ip("addr", "add", address, "dev", dev, *(["nodad"] if ":" in address else []), netns=ns)
            ip("link", "set", dev, "up", netns=ns)


def enter_netns(name):
    """This thread, and what it starts from now on, is in that network namespace."""
    with open(f"/run/netns/{name}") as f:
        if ctypes.CDLL(None, use_errno=True).setns(f.fileno(), CLONE_NEWNET) < 0:
            raise OSError(ctypes.get_errno(), f"can't enter {name}")


def may_make_networks():
    """Why not, or None."""
    if os.geteuid() != 0:
        return "this needs root"
    if not os.path.exists("/dev/net/tun"):
        return "there is no /dev/net/tun"
    name = f"rrast{os.getpid()}"
    try:
        ip("netns", "add", name)
        ip("netns", "del", name)
    except (OSError, RuntimeError) as e:
        return f"network namespaces can't be made here: {e}"
    return None
