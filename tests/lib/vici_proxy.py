# SPDX-License-Identifier: Apache-2.0
"""A man in the middle of charon's vici socket, for all connections of a driver. It can keep back what charon says, or a request, so that
anything can be made to happen between two steps of the driver, with a real charon."""
import os
import socket
import struct
import threading

from charon import parse
from scope import wait_until


class ViciProxy:
    """Listens on `path`, connects with charon at `target` for each connection that it takes; in threads, until close()."""

    def __init__(self, path, target):
        self.path, self.target = path, target
        self.lock = threading.Lock()
        self.requests = []    # (name, arguments) of all that the driver has asked
        self.wanted = None    # the next request of that name is kept back
        self.holding = False
        self.held = []        # (connection, bytes) that charon has said since then, or that it has not been asked yet
        self.pairs = []
        self.threads = []
        self.closed = False
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(8)
        self._thread(self._serve)

    def _thread(self, function, *args):
        t = threading.Thread(target=function, args=args, daemon=True)
        self.threads.append(t)
        t.start()

    def _serve(self):
        while not self.closed:
            try:
                driver, _ = self.listener.accept()
            except OSError:
                return
            charon = socket.socket(socket.AF_UNIX)
            try:
                charon.connect(self.target)
            except OSError:
                charon.close()
                driver.close()
                continue
            with self.lock:
                self.pairs.append((driver, charon))
            self._thread(self._forth, driver, charon)
            self._thread(self._back, driver, charon)

    def _forth(self, driver, charon):
        rest = b""
        while True:
            try:
                data = driver.recv(65536)
                if not data:
                    break
                rest += data
                while len(rest) >= 4 and len(rest) >= 4 + (n := struct.unpack_from(">I", rest)[0]):
                    packet, rest = rest[:4 + n], rest[4 + n:]
                    with self.lock:
                        if self._note(packet[4:]):
                            self.held.append((charon, packet))
                        else:
                            charon.sendall(packet)
            except OSError:
                break
        self._end(driver, charon)

    def _note(self, packet):
        """Is it the request that is to be kept back?"""
        name = packet[2:2 + packet[1]].decode()
        if packet[0] != 0:
            return False
        self.requests.append((name, parse(packet[2 + packet[1]:])))
        if name != self.wanted:
            return False
        self.wanted, self.holding = None, True
        return True

    def _back(self, driver, charon):
        while True:
            try:
                data = charon.recv(65536)
                if not data:
                    break
                with self.lock:
                    if self.holding:
                        self.held.append((driver, data))
                    else:
                        driver.sendall(data)
            except OSError:
                break
        self._end(driver, charon)

    @staticmethod
    def _end(*sockets):
        for s in sockets:
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def hold(self):
        """From now on the driver hears nothing."""
        with self.lock:
            self.holding = True

    def hold_from(self, name):
        """The same from the next request of that name on, which does not reach charon before release()."""
        with self.lock:
            self.wanted = name

    def wait_held(self):
        wait_until("something held back", lambda: self.held)

    def release(self):
        """Let everybody have what was kept back."""
        with self.lock:
            self.holding = False
            for end, data in self.held:
                try:
                    end.sendall(data)
                except OSError:
                    pass  # it has given up this connection
            self.held = []

    def since(self, before, name):
        """Arguments of the requests of that name, after the first `before` requests."""
        with self.lock:
            return [arguments for n, arguments in self.requests[before:] if n == name]

    def close(self):
        self.closed = True
        self._end(self.listener)
        self.listener.close()
        for pair in self.pairs:
            self._end(*pair)
        for t in self.threads:
            t.join(5)
        for pair in self.pairs:
            for s in pair:
                s.close()
        os.unlink(self.path)
