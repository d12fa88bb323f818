# SPDX-License-Identifier: Apache-2.0
"""Many who mean no good at once: connections that begin something and don't go on, from one address or from many."""
import contextlib
import ctypes
import os
import resource
import select
import socket
import struct

CLONE_NEWNET = 0x40000000


def enter_netns(name):
    """This thread, and what it starts from now on, is in that network namespace."""
    libc = ctypes.CDLL(None, use_errno=True)
    fd = os.open(f"/run/netns/{name}", os.O_RDONLY)
    try:
        if libc.setns(fd, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")
    finally:
        os.close(fd)


def allow_descriptors():
    """As many as this process may have."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


class Crowd(contextlib.ExitStack):
    """Connections to one place; all are closed at the end of a with, and what else was entered ends."""

    def __init__(self):
        super().__init__()
        self.sockets = []
        self.answers = set()  # of what the server has said first: the type of a PDU, and whether it had a verifier

    def __exit__(self, *exc):
        self.leave()
        return super().__exit__(*exc)

    def tcp(self, target, sources):
        """One from each of these addresses. It is enough that the kernel has taken it."""
        for source in sources:
            self._keep(socket.create_connection(target, 30, (source, 0)))

    def unix(self, path, n):
        for _ in range(n):
            s = socket.socket(socket.AF_UNIX)
            s.connect(path)  # it waits while the backlog is full, which one with a time limit does not
            self._keep(s)

    def _keep(self, s):
        s.setblocking(False)
        self.sockets.append(s)

    def say(self, what):
        """To each what(its number), as far as it is taken; those that the server has ended are left out."""
        for i, s in enumerate(self.sockets):
            try:
                s.send(what(i))
            except OSError:
                pass

    def flood(self, what, rounds=None):
        """The same bytes from each, again and again without a gap: so many rounds, or until nobody's are taken any more."""
        at = dict.fromkeys(self.sockets, 0)
        while rounds != 0 and self.someone_can_write():
            rounds = rounds and rounds - 1
            for s in self.sockets:
                try:
                    at[s] = (at[s] + s.send(what[at[s]:])) % len(what)
                except OSError:
                    pass
            if rounds is not None:
                self.alive()  # reads what there is

    def alive(self):
        """How many the server has not ended. What it has said is thrown away."""
        return sum(not self._has_ended(s) for s in self.sockets)

    def _has_ended(self, s):
        try:
            while data := s.recv(65536):
                self.answers.add((data[2], any(data[10:12])) if len(data) >= 16 else None)
            return True
        except BlockingIOError:
            return False
        except OSError:
            return True

    def someone_can_write(self):
        """Does the server still take anything of anybody, or will it soon?"""
        poll = select.poll()
        for s in self.sockets:
            poll.register(s, select.POLLOUT)
        return any(event == select.POLLOUT for _, event in poll.poll(300))

    def leave(self, abruptly=False):
        for s in self.sockets:
            if abruptly:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            s.close()
        self.sockets = []


def checksum(data):
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def syn(source, target, port):
    """A packet that asks for a connection, from an address that need not be there."""
    ends = socket.inet_aton(source) + socket.inet_aton(target)
    tcp = struct.pack(">HHIIBBHHH", 40000, port, 1, 0, 0x50, 2, 1024, 0, 0)
    tcp = tcp[:16] + struct.pack(">H", checksum(ends + struct.pack(">HH", 6, len(tcp)) + tcp)) + tcp[18:]
    return struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), 1, 0, 64, 6, 0) + ends + tcp


def send_syns(sources, target, port):
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
        for source in sources:
            raw.sendto(syn(source, target, port), (target, 0))


class Usage:
    """What a process has: memory in KiB, descriptors."""

    def __init__(self, pid):
        self.pid = pid

    def memory(self):
        with open(f"/proc/{self.pid}/status") as f:
            return next(int(line.split()[1]) for line in f if line.startswith("VmRSS:"))

    def is_sanitized(self):
        with open(f"/proc/{self.pid}/maps") as f:
            return "libasan" in f.read()

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def half_open(self):
        """Connections of its network namespace whose handshake the other end has not finished."""
        with open(f"/proc/{self.pid}/net/tcp") as f:
            return sum(line.split()[3] == "03" for line in f.readlines()[1:])
