#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write the kept inputs of the fuzzers of ocserv's control socket, and of what the kernel says of its devices: correct conversations that libFuzzer then takes apart.

usage: make_corpus_occtl.py [DIRECTORY]    (default: corpus/ beside this file)
"""
import os
import struct
import sys

WAIT = b""


def varint(v):
    out = b""
    while v > 127:
        out += bytes([v & 127 | 128])
        v >>= 7
    return out + bytes([v])


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def row(pid, user, since, word, status=4):
    fields = {1: pid * 2, 2: user, 3: b"", 4: b"10.77.1.2", 5: b"vpns0", 6: b"10.97.0.1", 7: b"10.97.63.50", 8: b"fd97::1", 9: b"fd97::2", 10: since,
              11: b"laptop", 13: status, 14: b"(TLS1.2)", 22: 1434, 26: b"10.77.1.1", 32: word + b"\0", 33: b"default"}
    return b"".join(field(n, v) for n, v in fields.items())


def frame(kind, body):
    return struct.pack("=BI", kind, len(body)) + body


def listing(*rows):
    return frame(104, b"".join(field(1, r) for r in rows))


def event(connected, reason, one):
    return frame(109, field(1, connected) + field(2, 3) + field(3, reason) + field(4, field(1, one)))


ALICE, BOB, AGAIN = row(7, b"alice", 5, b"word"), row(8, b"bob", 6, b"other"), row(7, b"bob", 5, b"third")

CONVERSATIONS = {
    "disconnect": (0, [listing(ALICE, BOB), WAIT, listing(BOB), event(0, b"server disconnected", ALICE)]),
    "hangs": (0, [listing(ALICE), WAIT, WAIT, listing(ALICE), WAIT, listing()]),
    "race": (0, [listing(AGAIN, BOB)]),
    "comes": (0, [listing(), event(1, b"", ALICE), listing(ALICE)]),
    "authenticating": (0, [listing(row(7, b"", 5, b"word", 0)), listing(row(7, b"alice", 5, b"word", 2))]),
    "question": (1, None),
}


def pieces(flags, parts):
    if parts is None:
        return bytes([flags]) + b"6849\00010.77.1.2\0alice"
    out = bytes([flags])
    for part in parts:
        if part == WAIT:
            out += b"\0"
        for at in range(0, len(part), 255):
            cut = part[at:at + 255]
            out += bytes([len(cut)]) + cut
    return out


NEWLINK, DELLINK, NEWADDR = 16, 17, 20
IFNAME, STATS64, ADDRESS, LOCAL = 3, 23, 1, 2


def netlink(kind, head, *attributes):
    body = head
    for number, value in attributes:
        body += struct.pack("=HH", 4 + len(value), number) + value + bytes(-len(value) % 4)
    return struct.pack("=IHHII", 16 + len(body), kind, 0, 1, 0) + body


def device(kind, index, name, *counts):
    head = struct.pack("=BxHiII", 0, 65534, index, 0, 0)
    return netlink(kind, head, (IFNAME, name + b"\0"), (STATS64, struct.pack("=25Q", *counts, *[0] * (25 - len(counts)))))


def address(family, local, peer):
    return netlink(NEWADDR, struct.pack("=BBBBI", family, 32, 0, 0, 9), (ADDRESS, peer), (LOCAL, local))


PACKETS = {
    "devices": device(NEWLINK, 9, b"vpns0", 3, 4, 5, 6) + device(NEWLINK, 10, b"vpns1", 1),
    "removed": device(DELLINK, 9, b"vpns0", 3, 4, 5, 6),
    "address": address(2, bytes([10, 97, 0, 1]), bytes([10, 97, 63, 50])),
    "address6": address(10, bytes(15) + b"\1", bytes(15) + b"\2"),
}


def main():
    corpus = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus")
    inputs = {"occtl": {name: pieces(*parts) for name, parts in CONVERSATIONS.items()}, "ocserv_netlink": PACKETS}
    for target, kept in inputs.items():
        os.makedirs(os.path.join(corpus, target), exist_ok=True)
        for name, data in kept.items():
            with open(os.path.join(corpus, target, name), "wb") as f:
                f.write(data)


if __name__ == "__main__":
    main()
