# SPDX-License-Identifier: Apache-2.0
"""What the tests of rasadmin's command line share: the fake server, running rasadmin with and without a terminal, saying what is wrong.

Each of them is a program: cli_*.py RASADMIN FAKE_SERVER COMPLETION [TEST...]
"""
import fcntl
import json
import os
import pty
import select
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
import time
import traceback

RASADMIN, FAKE, COMPLETION = (os.path.abspath(p) for p in sys.argv[1:4])
LIMIT = 60  # seconds; generous: nothing here depends on it being short


def port(handle, name, connection=0, condition=None, **more):
    condition = condition if condition is not None else (5 if connection else 3)
    return dict(handle=handle, name=name, connection=connection, condition=condition, media="openvpn",
                device_name="OpenVPN main", **more)


def user(handle, name, client="", **more):
    return dict(handle=handle, user=name, client=client, seconds=75, start=1764084000, device_type=12, **more)


# alice on two ports as two sessions, bob with two links of one connection, an idle port
BUSY = {
    "ports": [port(1048577, "vpn-1", 11, seconds=75, calls=2), port(2, "vpn-2"), port(1048579, "vpn-3", 12, seconds=7500),
              port(1048580, "vpn-4", 13), port(1048581, "vpn-5", 13)],
    "connections": [user(11, "alice", "10.8.0.6", remote="192.0.2.7:4711"), user(12, "alice", "10.8.0.7", remote="192.0.2.8:4711"),
                    user(13, "bob", "10.8.0.8", remote="192.0.2.9:4711")],
}


class Server:
    """The fake server, in a folder of its own."""

    def __init__(self, *steps, **script):
        self.dir = tempfile.mkdtemp(prefix="rasadmin-test-")
        self.socket = os.path.join(self.dir, "s")
        self.rewrite(*(steps or [BUSY]), **script)
        self.start()

    def rewrite(self, *steps, **script):
        """What it will be after the next start."""
        with open(os.path.join(self.dir, "script.json"), "w") as f:
            json.dump(dict(script, steps=steps), f)

    def start(self):
        if os.path.exists(self.socket):
            os.unlink(self.socket)
        read, write = os.pipe()
        self.process = subprocess.Popen([FAKE, self.socket, os.path.join(self.dir, "script.json")], stdout=write)
        os.close(write)
        line = b""
        while not line.endswith(b"\n"):
            got = os.read(read, 1)
            assert got, "the fake server did not start"
            line += got
        self.pipe = read

    def stop(self):
        self.process.kill()
        self.process.wait()

    def orders(self):
        """What the server was told, after it has ended."""
        self.stop()
        out = b""
        while True:
            got = os.read(self.pipe, 65536)
            if not got:
                return out.decode().split("\n")[:-1]
            out += got

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        os.close(self.pipe)
        shutil.rmtree(self.dir)

    @property
    def name(self):
        return f"ncalrpc:[{self.socket}]"

    def run(self, *args, **kwargs):
        return run("-s", self.name, *args, **kwargs)


class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    @property
    def json(self):
        return json.loads(self.out)

    def __repr__(self):
        return f"exit {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


class Background:
    """rasadmin in the background; ended at the end whatever happens."""

    def __init__(self, *args):
        self.process = subprocess.Popen([RASADMIN, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(), text=True)

    def __enter__(self):
        return self.process

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()


def environment(**more):
    env = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "NO_COLOR", "OPENRRAS_SOCKET", "RASADMIN_SSH")}
    return dict(env, LC_ALL="C.UTF-8", **more)


def run(*args, env=None, stdin=subprocess.DEVNULL):
    done = subprocess.run([RASADMIN, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=stdin, timeout=LIMIT,
                          env=environment(**(env or {})))
    return Result(done.returncode, done.stdout.decode(), done.stderr.decode())


def run_on_terminal(*args, columns=80, typed=None, env=None):
    """On a pty of that width; `typed` is a list of (what to wait for, what to type). All that came out, and the exit status."""
    pid, fd = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        os.execve(RASADMIN, [RASADMIN, *args], environment(**{"TERM": "xterm", **(env or {})}))
    out, todo, end = b"", list(typed or []), time.monotonic() + LIMIT
    while time.monotonic() < end:
        if todo and todo[0][0].encode() in out:
            os.write(fd, todo.pop(0)[1].encode())
        if not select.select([fd], [], [], 1)[0]:
            continue
        try:
            got = os.read(fd, 65536)
        except OSError:
            break
        if not got:
            break
        out += got
    os.close(fd)
    _, status = os.waitpid(pid, 0)
    return Result(os.waitstatus_to_exitcode(status), out.decode(), "")


def same(got, wanted, about=""):
    assert got == wanted, f"{got!r} is not {wanted!r}\n{about!r}"


def has(text, *parts):
    for part in parts:
        assert part in text, f"{part!r} is not in\n{text}"


def one_sentence(r):
    """Exactly one line on stderr, and it says who speaks."""
    lines = r.err.strip("\n").split("\n")
    assert len(lines) == 1 and lines[0].startswith("rasadmin: "), f"not one sentence: {r!r}"


class Skip(Exception):
    """Raised by a test that can't be made here; says why."""


def main(names):
    """Run the tests among `names` (a module's globals): functions without arguments that are defined there."""
    tests = [f for f in names.values() if getattr(f, "__module__", "") == "__main__" and hasattr(f, "__code__") and
             f.__code__.co_argcount == 0]
    passed = failed = skipped = 0
    for test in tests:
        if sys.argv[4:] and test.__name__ not in sys.argv[4:]:
            continue
        try:
            test()
            passed += 1
            print(f"ok - {test.__name__}", flush=True)
        except Skip as why:
            skipped += 1
            print(f"ok - {test.__name__} # SKIP {why}", flush=True)
        except Exception:
            failed += 1
            print(f"not ok - {test.__name__}\n{traceback.format_exc()}", flush=True)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed or not passed + skipped else 0)
