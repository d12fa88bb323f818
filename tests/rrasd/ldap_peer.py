# SPDX-License-Identifier: Apache-2.0
"""A directory that says what a test wants it to say, in LDAP, and rrasd's source of users to ask it."""
import json
import os
import select
import socket
import subprocess
import threading

PATIENCE = 60  # seconds
TIMEOUT_MS = 400

BIND, SEARCH, MODIFY, EXTENDED, UNBIND = 0x60, 0x63, 0x66, 0x77, 0x42
BIND_DONE, ENTRY, SEARCH_DONE, MODIFY_DONE, REFERENCE, EXTENDED_DONE = 0x61, 0x64, 0x65, 0x67, 0x73, 0x78
DONE = {BIND: BIND_DONE, SEARCH: SEARCH_DONE, MODIFY: MODIFY_DONE, EXTENDED: EXTENDED_DONE}


def tlv(tag, *parts):
    body = b"".join(parts)
    n = len(body)
    length = bytes([n]) if n < 128 else bytes([0x84]) + n.to_bytes(4, "big")
    return bytes([tag]) + length + body


def text(s, tag=4):
    return tlv(tag, s if isinstance(s, bytes) else s.encode())


def message(number, tag, *parts):
    return tlv(0x30, tlv(2, number.to_bytes(4, "big")), tlv(tag, *parts))


def result(code, said="", referral=()):
    refer = [tlv(0xa3, *map(text, referral))] if referral else []
    return tlv(10, bytes([code])) + text("") + text(said) + b"".join(refer)


def entry(dn="cn=bob", **attributes):
    """Values of attributes: one, or a list."""
    pairs = []
    for name, values in attributes.items():
        values = values if isinstance(values, list) else [values]
        pairs.append(tlv(0x30, text(name.replace("_", "")), tlv(0x31, *map(text, values))))
    return text(dn) + tlv(0x30, *pairs)


class Peer:
    """One connection of the source: requests come as (number, tag, body)."""

    def __init__(self, sock):
        self.sock = sock

    def exactly(self, n):
        data = b""
        while len(data) < n:
            piece = self.sock.recv(n - len(data))
            if not piece:
                raise ConnectionError
            data += piece
        return data

    def element(self):
        head = self.exactly(2)
        n = head[1]
        if n & 0x80:
            n = int.from_bytes(self.exactly(n & 0x7f), "big")
        return head[0], self.exactly(n)

    def request(self):
        _, body = self.element()
        size = body[1]
        number = int.from_bytes(body[2:2 + size], "big")
        return number, body[2 + size], body[2 + size:]

    def say(self, *args):
        self.sock.sendall(message(*args))


class Directory:
    """A server on a port of its own: each connection is handed to `talk(peer)`, and closed when that returns. What it was asked is kept."""

    def __init__(self, test, talk):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.uri = f"ldap://127.0.0.1:{self.listener.getsockname()[1]}"
        self.talk, self.peers, self.requests = talk, [], []
        test.addCleanup(self.close)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            peer = Peer(sock)
            self.peers.append(peer)
            threading.Thread(target=self.one, args=(peer,), daemon=True).start()

    def one(self, peer):
        try:
            self.talk(self, peer)
        except OSError:  # the other side is gone
            pass
        peer.sock.close()

    def hear(self, peer):
        number, tag, body = peer.request()
        self.requests.append((tag, body))
        return number, tag

    def tags(self):
        return [tag for tag, _ in self.requests]

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for peer in self.peers:
            try:
                peer.sock.shutdown(socket.SHUT_RDWR)
            except OSError:  # closed already
                pass
            peer.sock.close()


def answering(*answers, bind=0):
    """A directory that answers each search with the messages that follow one another in `answers`, and all else with success."""
    left = list(answers)

    def talk(directory, peer):
        while True:
            number, tag = directory.hear(peer)
            if tag == UNBIND:
                return
            if tag == SEARCH and left:
                for kind, body in left.pop(0):
                    peer.say(number, kind, body)
            else:
                peer.say(number, DONE[tag], result(bind if tag == BIND else 0))
    return talk


def found(*entries):
    return [(ENTRY, e) for e in entries] + [(SEARCH_DONE, result(0))]


def hold(directory, peer):
    """Takes what comes and says nothing."""
    while peer.sock.recv(65536):
        pass


class Source:
    """The source of users in a process of its own."""

    probe = None  # the program, tests/rrasd/users_ldap_probe.c

    def __init__(self, test, uri, timeout_ms=TIMEOUT_MS, leaks_of_libldap=False, **settings):
        """leaks_of_libldap: it drops messages that are none without freeing them, some hundred bytes each, and its connection with them."""
        env = dict(os.environ, LDAPTLS_REQCERT="never", LDAPREFERRALS="on")
        if leaks_of_libldap:
            env["ASAN_OPTIONS"] = ":".join(filter(None, [env.get("ASAN_OPTIONS"), "detect_leaks=0"]))
        words = {"ldap_uri": uri, "ldap_base": "dc=example", "ldap_filter": "(uid=%u)", "ldap_starttls": "no",
                 "ldap_timeout_ms": timeout_ms, **settings}
        self.child = subprocess.Popen([self.probe, *(f"{k}={v}" for k, v in words.items())], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE, text=True, env=env)
        test.addCleanup(self.end, test)

    def end(self, test):
        _, err = self.child.communicate(timeout=PATIENCE)
        test.assertEqual(self.child.returncode, 0, err)

    def call(self, *words):
        self.child.stdin.write(" ".join(words) + "\n")
        self.child.stdin.flush()
        if not select.select([self.child.stdout], [], [], PATIENCE // 2)[0]:
            self.child.kill()
            raise TimeoutError(f"no answer to {words} in {PATIENCE // 2} s")
        return json.loads(self.child.stdout.readline())

    def get(self, name="bob"):
        return self.call("get", name.encode().hex())

    def set(self, *words, name="bob"):
        return self.call("set", name.encode().hex(), *words)
