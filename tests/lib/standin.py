# SPDX-License-Identifier: Apache-2.0
"""rrasd's end of the driver protocol (docs/driver-protocol.md), for tests that look at one driver alone: it takes one driver,
keeps what it says, and gives orders."""
import json
import os
import socket
import threading
import time

from scope import PATIENCE, Waited


class Standin:
    """Listens on `path` in a thread of its own until close(). What the driver has said stands in `messages`."""

    def __init__(self, path, admission=None):
        """`admission`: says who may dial in, user -> None (no answer), True, or why not; without it the driver is not told to ask."""
        self.path = path
        self.admission = admission
        self.condition = threading.Condition()
        self.messages = []  # of the present connection
        self.history = []   # of all
        self.sessions = {}  # id -> what was said of it, of the present connection
        self.connection = None
        self.connections = 0
        self.snapshot = False
        self.snapshots = 0  # that were complete, on all connections
        self.health = {}    # what was said last, on the present connection
        self.closed = False
        self.broken = []  # lines that were no good
        self._order = 0
        if os.path.exists(path):
            os.unlink(path)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(4)
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self):
        while not self.closed:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with self.condition:
                self.messages, self.sessions, self.snapshot = [], {}, False
                self.connection = connection
                self.connections += 1
                self.condition.notify_all()
            try:
                self._read(connection)
            except OSError:
                pass
            connection.close()
            with self.condition:
                if self.connection is connection:
                    self.connection = None
                self.condition.notify_all()

    def _read(self, connection):
        rest = b""
        while True:
            data = connection.recv(65536)
            if not data:
                return
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                self._take(line)

    def _take(self, line):
        with self.condition:
            try:
                m = json.loads(line)
            except ValueError:
                self.broken.append(line)
                return
            self.messages.append(m)
            self.history.append(m)
            kind = m.get("type")
            if kind == "hello":
                self.health = m.get("health", {})
                self._send({"type": "welcome", "version": 1, "server": "stand-in", "counters_interval_ms": 500,
                            **({"admission": True} if self.admission else {})})
            elif kind == "admission-ask" and self.admission:
                self.answer(m, self.admission(m["user"]))
            elif kind == "session":
                known = self.sessions.get(m["id"])
                if known is None or known.get("start") != m.get("start", known.get("start")):
                    known = self.sessions[m["id"]] = {}
                known.update(m)
            elif kind == "counters" and m["id"] in self.sessions:
                self.sessions[m["id"]].update(counters=m["counters"])
            elif kind == "gone":
                self.sessions.pop(m["id"], None)
            elif kind == "snapshot-end":
                self.snapshot = True
                self.snapshots += 1
            elif kind == "health":
                if self.down and m["state"] != "down":
                    self.messages, self.sessions, self.snapshot = [m], {}, False
                self.health = m
            self.condition.notify_all()

    def _send(self, message):
        self.connection.sendall(json.dumps(message).encode() + b"\n")

    def answer(self, ask, verdict):
        """The answer to a question about a user, as `admission` gives it."""
        if verdict is not None:
            self._send({"type": "admission", "n": ask["n"], "result": "permit" if verdict is True else "refuse",
                        **({} if verdict is True else {"text": verdict})})

    def wait(self, what, probe, seconds=PATIENCE):
        """Wait until probe(self) gives something true, and return that."""
        end = time.monotonic() + seconds
        with self.condition:
            while True:
                value = probe(self)
                if value:
                    return value
                left = end - time.monotonic()
                if left <= 0:
                    raise Waited(f"{what}: not within {seconds:.0f} s; sessions {self.sessions}")
                self.condition.wait(left)

    @property
    def down(self):
        """Has the driver said that its daemon is?"""
        return self.health.get("state") == "down"

    def wait_online(self):
        self.wait("a driver with a complete snapshot", lambda s: s.connection and s.snapshot and not s.down)

    def wait_offline(self):
        """The driver has gone, or says that its daemon is down."""
        self.wait("the driver or its daemon going away", lambda s: s.connection is None or s.down)

    def wait_down(self, why):
        self.wait(f"a daemon that is down: {why}", lambda s: s.connection and s.down and why in s.health.get("text", ""))

    def of(self, user):
        """Sessions of a user that are connected."""
        return [s for s in self.sessions.values() if s.get("user") == user and s.get("state") == "connected"]

    def wait_user(self, user):
        return dict(self.wait(f"a session of {user}", lambda s: s.of(user))[0])

    def disconnect(self, session, hard=False, reason=""):
        """Give the order; its number."""
        with self.condition:
            self._order += 1
            self._send({"type": "disconnect", "order": self._order, "id": session["id"], "start": session["start"], "hard": hard,
                        "reason": reason, "deadline_ms": 10000})
            return self._order

    def wait_reply(self, order, seconds=PATIENCE):
        return self.wait(f"the reply to order {order}",
                         lambda s: [m for m in s.messages if m["type"] == "reply" and m["order"] == order], seconds)[0]

    def replies(self, order):
        with self.condition:
            return [m for m in self.messages if m["type"] == "reply" and m["order"] == order]

    def wait_gone(self, session, seconds=PATIENCE):
        return self.wait(f"{session['id']} gone", lambda s: [m for m in s.messages if m["type"] == "gone" and m["id"] == session["id"]],
                         seconds)[0]

    def send(self, message):
        with self.condition:
            self._send(message)

    def drop(self):
        """End the connection, as a dying rrasd does."""
        with self.condition:
            if self.connection:
                self.connection.shutdown(socket.SHUT_RDWR)

    def close(self):
        self.closed = True
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.drop()
        self.thread.join(5)
        if os.path.exists(self.path):
            os.unlink(self.path)
