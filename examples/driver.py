#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A driver in one file: who is logged in by SSH becomes a port of the remote access server, and can be disconnected like any other.

    examples/driver.py [--socket /run/rras/driver.sock] [--instance main]

It is here to be read, and to be changed into a driver for another daemon: the first half knows sshd, the second half the protocol of
docs/driver-protocol.md. It needs Python 3, ss(8) and root (to see whose sockets these are, and to signal sshd), and runs in the network
namespace of sshd. What it ends is the connection: a program that the user has left running without a terminal goes on.
"""
import argparse
import json
import os
import pwd
import re
import select
import signal
import socket
import subprocess
import sys
import time

# ---- the daemon: sshd has a process for each user who is logged in ----


class Daemon:
    """sessions() says who is there, end() ends one of them. Of another daemon these two would talk to its control socket."""

    def __init__(self):
        with open("/proc/sys/kernel/random/boot_id") as f:
            self.boot = f.read(8)
        self.starts = {}  # id -> when it was seen to begin: must not move when the clock is set

    def sessions(self):
        """{id: session as the protocol has it}. OSError: that can't be said now."""
        done = subprocess.run(["ss", "-HtnpiO", "state", "established"], stdout=subprocess.PIPE, text=True, errors="replace")
        if done.returncode != 0:
            raise OSError(f"ss(8) can't list connections, exit status {done.returncode}")
        found = {}
        for line in done.stdout.splitlines():
            for pid in re.findall(r'\("sshd[^"]*",pid=(\d+),', line):
                try:
                    user, began = self.logged_in(int(pid))
                except (OSError, ValueError, KeyError):
                    continue  # it has ended meanwhile, or is no log-in (yet)
                # A process id comes again, one with its start since this boot does not: that is an identity.
                ident = f"{self.boot}:{pid}:{began}"
                uptime = time.clock_gettime(time.CLOCK_BOOTTIME)
                start = self.starts.setdefault(ident, int(time.time() - uptime + began / os.sysconf("SC_CLK_TCK")))
                ours, theirs = line.split()[2:4]
                found[ident] = {"id": ident, "start": start, "state": "connected", **name(user), "client_address": theirs,
                                "server_address": ours, "counters": {"bytes_in": count(line, "bytes_received"), "bytes_out": count(line, "bytes_acked")}}
        self.starts = {i: t for i, t in self.starts.items() if i in found}
        return found

    def logged_in(self, pid):
        """Whose log-in a process of sshd is, and when it has begun; ValueError: none. Anybody may call his process sshd, and give it a
        title, so what it is is asked of the kernel: the program, and whose user id it has."""
        with open(f"/proc/{pid}/cmdline", "rb") as f:
            title = os.fsdecode(f.read().rstrip(b"\0"))
        user = re.fullmatch(r"sshd(?:-session)?: ([^ @\[\]]+)(?:@\S+)?", title)
        if not user or os.readlink(f"/proc/{pid}/exe").rpartition("/")[2] not in ("sshd", "sshd-session") or \
                os.stat(f"/proc/{pid}").st_uid != pwd.getpwnam(user[1]).pw_uid:
            raise ValueError
        return user[1], began(pid)

    def end(self, ident, hard):
        """End exactly this one. A descriptor that becomes readable when it is gone, or None: it is gone already."""
        _, pid, start = ident.split(":")
        try:
            fd = os.pidfd_open(int(pid))  # from here on it is this process that is meant, whoever gets its number later ...
            try:
                if began(pid) != int(start):  # ... if it was the right one
                    raise ProcessLookupError
                signal.pidfd_send_signal(fd, signal.SIGKILL if hard else signal.SIGTERM)
                return fd
            except OSError:
                os.close(fd)
                raise
        except (ProcessLookupError, FileNotFoundError):
            return None


def began(pid):
    with open(f"/proc/{pid}/stat", "rb") as f:
        return int(f.read().rpartition(b")")[2].split()[19])


def count(line, what):
    m = re.search(rf"\b{what}:(\d+)", line)
    return int(m[1]) if m else 0


def name(user):
    """Python writes bytes that are no UTF-8 as half surrogate pairs, which are no UTF-8 either: such a name goes as hexadecimal digits."""
    try:
        return {"user": user.encode().decode()}
    except UnicodeEncodeError:
        return {"user_raw": os.fsencode(user).hex()}


# ---- rrasd: the driver protocol ----

LINE_MAX = 16384
ASK = 1.0  # seconds between two looks at who is there


class Driver:
    def __init__(self, daemon, path, instance):
        self.daemon, self.path = daemon, path
        self.hello = {"type": "hello", "version": 1, "kind": "daemon", "driver": "ssh", "instance": instance, "device_type": "ssh",
                      "device_name": "SSH log-ins", "capabilities": ["disconnect", "hard", "stats"]}
        self.told = {}    # what rrasd knows, by id
        self.ending = {}  # descriptor of a process that was told to end -> id
        self.why_down = None  # why the daemon can't be asked, for the administrator

    def run(self):
        """Connect, again and again, less and less often."""
        pause = 0.1
        while True:
            try:
                with socket.socket(socket.AF_UNIX) as self.socket:
                    self.socket.settimeout(10)
                    self.socket.connect(self.path)
                    self.told, self.rest = {}, b""
                    self.ask()
                    self.send({**self.hello, **self.health()})
                    self.expect_welcome()
                    pause = 0.1
                    self.serve()
            except (OSError, ValueError) as e:
                print(f"{self.path}: {e}; trying again", file=sys.stderr, flush=True)
            time.sleep(pause)
            pause = min(2 * pause, 5)

    def send(self, message):
        self.socket.sendall(json.dumps(message).encode() + b"\n")

    def receive(self):
        """The messages that are there, after waiting for some. ConnectionError: the end."""
        data = self.socket.recv(65536)
        *lines, self.rest = (self.rest + data).split(b"\n")
        if not data or len(self.rest) > LINE_MAX:
            raise ConnectionError("rrasd has closed the connection, or talks without an end")
        return [json.loads(line) for line in lines]

    def expect_welcome(self):
        messages = []
        while not messages:
            messages = self.receive()
        if messages[0]["type"] != "welcome":
            raise ConnectionError(messages[0].get("text", "no welcome"))
        if not self.why_down:
            self.tell(snapshot=True)
        for m in messages[1:]:
            self.on_message(m)

    def serve(self):
        due = time.monotonic() + ASK
        while True:
            ready, _, _ = select.select([self.socket, *self.ending], [], [], max(0, due - time.monotonic()))
            if self.socket in ready:
                for m in self.receive():
                    self.on_message(m)
            for fd in set(ready) & set(self.ending):  # gone, and known at once
                self.gone(self.ending.pop(fd), "disconnected by the administrator", client_told="unknown")
                os.close(fd)
            if time.monotonic() >= due:
                self.look()
                due = time.monotonic() + ASK

    def ask(self):
        try:
            self.now, self.why_down = self.daemon.sessions(), None
        except OSError as e:
            self.why_down = str(e)[:200]

    def health(self):
        return {"health": {"state": "down", "text": self.why_down}} if self.why_down else {}

    def look(self):
        """Ask the daemon, and tell rrasd what has changed. A daemon that is back after it was down is a new snapshot."""
        before = self.why_down
        self.ask()
        if self.why_down != before:
            self.send({"type": "health", "state": "down" if self.why_down else "ok", "text": self.why_down or ""})
        if not self.why_down:
            self.tell(snapshot=before is not None)

    def tell(self, snapshot):
        if snapshot:
            self.told = {}
        for ident, session in self.now.items():
            if ident not in self.told:
                self.send({"type": "session", **session})
            elif self.told[ident] != session:
                self.send_counters(session)  # nothing else changes here
        for ident in set(self.told) - set(self.now) - set(self.ending.values()):
            self.gone(ident, "logged out")
        self.told.update(self.now)
        if snapshot:
            self.send({"type": "snapshot-end"})

    def send_counters(self, session):
        self.send({"type": "counters", **{k: session[k] for k in ("id", "start", "counters")}})

    def gone(self, ident, reason, **more):
        session = self.told.pop(ident, None)
        if session:
            self.send({"type": "gone", "id": ident, "start": session["start"], "reason": reason, "counters": session["counters"],
                       "counters_final": False, **more})

    def on_message(self, m):
        if m["type"] == "ping":
            self.send({"type": "pong", "n": m["n"]})
        elif m["type"] == "stats":
            self.look()
            for session in self.told.values():
                self.send_counters(session)
        elif m["type"] == "disconnect":
            self.send({"type": "reply", "order": m["order"], "result": self.disconnect(m)})
        elif m["type"] == "error":
            raise ConnectionError(m.get("text", "rrasd does not want this driver"))

    def disconnect(self, m):
        session = self.told.get(m["id"])
        if not session or session["start"] != m["start"]:
            return "no-such-session"
        fd = self.daemon.end(m["id"], m["hard"])
        if fd is None:
            return "no-such-session"
        self.ending[fd] = m["id"]
        return "accepted"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--socket", default="/run/rras/driver.sock", help="the drivers' socket of rrasd")
    parser.add_argument("--instance", default="main")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    Driver(Daemon(), args.socket, args.instance).run()


if __name__ == "__main__":
    main()
