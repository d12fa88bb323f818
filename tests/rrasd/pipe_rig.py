# SPDX-License-Identifier: Apache-2.0
"""smbd's end of the named pipe: what it says of a client, and messages from then on."""
import os
import socket
import struct
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "lib"))
import handoff
from rig import PATIENCE, Client, bind_pdu


class PipeSocket:
    """smbd's connection: what is sent becomes messages, and what is received is taken out of them."""

    def __init__(self, path):
        self.raw = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.raw.settimeout(PATIENCE)
        self.raw.connect(path)
        self.rest, self.sizes = b"", []

    def exactly(self, n):
        data = b""
        while len(data) < n:
            piece = self.raw.recv(n - len(data))
            if not piece:
                raise EOFError("rrasd has closed the connection")
            data += piece
        return data

    def sendall(self, data):
        self.raw.sendall(handoff.framed(data))

    def recv(self, n):
        if not self.rest:
            try:
                self.sizes.append(struct.unpack("<H", self.exactly(2))[0])
                self.rest = self.exactly(self.sizes[-1])
            except EOFError:
                return b""
        data, self.rest = self.rest[:n], self.rest[n:]
        return data

    def close(self):
        self.raw.close()


class PipeClient(Client):
    """A client over SMB: whom smbd takes it for, and then what Client does."""

    def __init__(self, path, bind=True, **who):
        self.sock, self.calls = PipeSocket(path), 1
        self.sock.raw.sendall(handoff.message(**who))
        self.reply = self.sock.exactly(handoff.REPLY_SIZE)
        if bind:
            self.sock.sendall(bind_pdu())
            self.ack, _ = self.read_pdu()
