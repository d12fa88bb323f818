# SPDX-License-Identifier: Apache-2.0
"""A man in the middle of OpenVPN's management socket. It can keep back what openvpn says after a certain command, so that anything
can be made to happen between two steps of the driver, with a real openvpn."""
import os
import re
import socket
import threading

from scope import wait_until


class Proxy:
    """Listens on `path`, speaks with openvpn at `target`; serves one driver after another, in threads, until close()."""

    def __init__(self, path, target):
        self.path, self.target = path, target
        self.lock = threading.Lock()
        self.commands = []     # all that the driver has sent
        self.pattern = None    # the next command like this begins to hold ...
        self.after = None      # ... when one like this has gone by
        self.holding = False
        self.held = b""        # what openvpn has said since then
        self.driver = self.openvpn = None
        self.closed = False
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(1)
        self.threads = [threading.Thread(target=self._serve, daemon=True)]
        self.threads[0].start()

    def _serve(self):
        while not self.closed:
            try:
                driver, _ = self.listener.accept()
            except OSError:
                return
            openvpn = socket.socket(socket.AF_UNIX)
            try:
                openvpn.connect(self.target)
            except OSError:
                driver.close()
                continue
            with self.lock:
                self.driver, self.openvpn, self.holding, self.held = driver, openvpn, False, b""
            back = threading.Thread(target=self._back, args=(driver, openvpn), daemon=True)
            back.start()
            self._forth(driver, openvpn)
            for s in (driver, openvpn):
                try:
                    s.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
            back.join()
            driver.close()
            openvpn.close()

    def _forth(self, driver, openvpn):
        rest = b""
        while True:
            try:
                data = driver.recv(65536)
            except OSError:
                return
            if not data:
                return
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                with self.lock:
                    self._note(line.decode(errors="replace"))
                    openvpn.sendall(line + b"\n")

    def _note(self, command):
        self.commands.append(command)
        if self.after:
            if re.search(self.after, command):
                self.after = None
        elif self.pattern and re.search(self.pattern, command):
            self.pattern, self.holding = None, True

    def _back(self, driver, openvpn):
        while True:
            try:
                data = openvpn.recv(65536)
            except OSError:
                return
            if not data:
                return
            with self.lock:
                if self.holding:
                    self.held += data
                    continue
                try:
                    driver.sendall(data)
                except OSError:
                    return

    def hold_answer_to(self, pattern, after=None):
        """The next command like that, or the next one after one like `after`, goes to openvpn, and whatever openvpn says from then on is
        kept back."""
        with self.lock:
            self.pattern, self.after = pattern, after

    def wait_held(self, pattern):
        """Until openvpn has said something like that into our hold."""
        wait_until(f"openvpn saying {pattern!r}", lambda: self.holding and re.search(pattern.encode(), self.held))

    def slip_in(self, command):
        """A command of our own while we hold; its answer is not for the driver."""
        with self.lock:
            before = len(self.held)
            self.openvpn.sendall(command.encode() + b"\n")
        answer = wait_until(f"answer to {command}", lambda: re.search(rb"(?m)^(SUCCESS|ERROR): .*\r\n", self.held[before:]))
        with self.lock:
            self.held = self.held[:before + answer.start()] + self.held[before + answer.end():]
        return answer.group(0).decode().strip()

    def release(self):
        """Let the driver have what was kept back."""
        with self.lock:
            self.holding = False
            self.driver.sendall(self.held)
            self.held = b""

    def close(self):
        self.closed = True
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for s in (self.driver, self.openvpn):
            if s:
                try:
                    s.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
        self.threads[0].join(5)
        os.unlink(self.path)
