# SPDX-License-Identifier: Apache-2.0
"""A man in the middle of DCE/RPC over TCP: he hands on whole PDUs, and can change, keep, repeat and make up any of them."""
import socket
import struct
import threading

REQUEST, RESPONSE, FAULT, BIND, BIND_ACK, ALTER, ALTER_RESP, AUTH3 = 0, 2, 3, 11, 12, 14, 15, 16
FIRST, LAST, SIGN = 1, 2, 4
TRAILER = 8  # of a verifier, before its token
END = object()  # among what a change returns: both connections end here


def kind(pdu):
    return pdu[2]


def opnum(pdu):
    """Of a request."""
    return struct.unpack_from("<H", pdu, 22)[0]


def token_length(pdu):
    return struct.unpack_from("<H", pdu, 10)[0]


def trailer_of(pdu):
    """Where the verifier begins."""
    return len(pdu) - token_length(pdu) - TRAILER


def with_bytes(pdu, at, new):
    """Changed in one place; `at` may be counted from the end."""
    at %= len(pdu)
    return pdu[:at] + new + pdu[at + len(new):]


def flipped(pdu, at):
    return with_bytes(pdu, at, bytes([pdu[at % len(pdu)] ^ 1]))


def with_flags(pdu, flags):
    return with_bytes(pdu, 3, bytes([flags]))


def stripped(pdu):
    """Without its verifier and the padding before it."""
    end = trailer_of(pdu)
    end -= pdu[end + 2]
    return with_bytes(pdu[:end], 8, struct.pack("<HH", end, 0))


def bare(which, call_id, body, flags=FIRST | LAST):
    return struct.pack("<BBBBIHHI", 5, 0, which, flags, 0x10, 16 + len(body), 0, call_id) + body


def alter(call_id, flags, context, syntaxes):
    """An alter_context without a verifier, for one presentation context: two syntaxes of 20 bytes each."""
    return bare(ALTER, call_id, struct.pack("<HHIIHBB", 5840, 5840, 0, 1, context, 1, 0) + syntaxes, FIRST | LAST | flags)


class Link:
    """One connection that goes through the middle."""

    def __init__(self, client, server):
        self.client, self.server = client, server
        self.sent, self.said = [], []  # what the two have really said, PDU by PDU

    def end(self):
        for s in (self.client, self.server):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def read_exactly(s, n):
    data = b""
    while len(data) < n:
        piece = s.recv(n - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


class Middle:
    """Listens on `address` at `port`, a free one by itself. `forth` and `back` are functions of a link and a PDU that give what goes on
    in its place: a list of bytes, which may close with END. None hands on what came. They are those of the moment in which a PDU comes."""

    def __init__(self, target, address="127.0.0.1"):
        self.target, self.forth, self.back, self.links, self.threads = target, None, None, [], []
        self.listener = socket.create_server((address, 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self._thread(self._serve)

    def _thread(self, function, *args):
        self.threads.append(threading.Thread(target=function, args=args, daemon=True))
        self.threads[-1].start()

    def _serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            try:
                link = Link(client, socket.create_connection(self.target, 30))
            except OSError:
                client.close()
                continue
            self.links.append(link)
            self._thread(self._pump, link, link.client, link.server, link.sent, lambda: self.forth)
            self._thread(self._pump, link, link.server, link.client, link.said, lambda: self.back)

    @staticmethod
    def _pump(link, source, target, kept, change_now):
        try:
            while True:
                header = read_exactly(source, 16)
                pdu = header + read_exactly(source, struct.unpack_from("<H", header, 8)[0] - 16)
                kept.append(pdu)
                change = change_now()
                for piece in change(link, pdu) if change else [pdu]:
                    if piece is END:
                        raise EOFError
                    target.sendall(piece)
        except (OSError, EOFError):
            pass
        link.end()

    def hand_on(self, forth=None, back=None):
        self.forth, self.back = forth, back

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for link in self.links:
            link.end()
        for t in self.threads:
            t.join(10)
        for link in self.links:
            link.client.close()
            link.server.close()
