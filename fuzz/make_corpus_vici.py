#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write the kept inputs of the fuzzers of charon's vici, and of what the driver remembers: correct conversations that libFuzzer then takes apart.

usage: make_corpus_vici.py [DIRECTORY]    (default: corpus/ beside this file)
"""
import json
import os
import struct
import sys

MAIN, LANE, TIME, ORDER, HARD = 0, 1, 2, 3, 7


def message(elements):
    out = b""
    for key, value in elements.items():
        name = bytes([len(key)]) + key.encode()
        if isinstance(value, dict):
            out += b"\x01" + name + message(value) + b"\x02"
        elif isinstance(value, list):
            out += b"\x04" + name + b"".join(b"\x05" + struct.pack(">H", len(i)) + i.encode() for i in value) + b"\x06"
        else:
            data = str(value).encode()
            out += b"\x03" + name + struct.pack(">H", len(data)) + data
    return out


def packet(kind, name=None, elements=None):
    body = bytes([kind]) + (bytes([len(name)]) + name.encode() if name else b"") + message(elements or {})
    return struct.pack(">I", len(body)) + body


def event(name, elements):
    return packet(7, name, elements)


DONE = packet(1)
TAKEN = packet(1, None, {"success": "yes", "matches": 1, "terminated": 1})
NOT_THERE = packet(1, None, {"success": "no", "matches": 0, "errmsg": "no matching SAs to terminate found"})
CONNS = event("list-conn", {"ra": {"remote-1": {"class": "EAP", "eap-type": "EAP_MD5"}}}) + DONE


def values(uid, **more):
    return {"uniqueid": uid, "version": 2, "state": "ESTABLISHED", "remote-host": "198.51.100.7", "remote-port": 4500, "remote-id": "alice",
            "initiator-spi": f"{uid:016x}", "responder-spi": f"{uid:016x}", "established": 5, "remote-vips": ["10.98.0.1"], **more}


def child(uid, n):
    return {"uniqueid": uid, "bytes-in": n, "bytes-out": n, "packets-in": n, "packets-out": n}


def children(*which):
    return {"child-sas": {f"net-{uid}": child(uid, n) for uid, n in which}}


def sa(uid, *which, **more):
    return {"ra": {**values(uid, **more), **children(*which)}}


def listing(*rows):
    return b"".join(event("list-sa", r) for r in rows) + DONE


GOING = {"state": "DELETING", "tasks-active": ["IKE_DELETE"]}
DOWN = event("ike-updown", sa(1, **GOING)) + event("child-updown", sa(1, (1, 9), **GOING))
REKEY = event("ike-rekey", {"ra": {"old": values(1), "new": values(4)}})
CHILD_REKEY = event("child-rekey", {"ra": {**values(1), "child-sas": {"net": {"old": child(1, 5), "new": child(2, 0)}}}})
V1 = {"version": 1, "remote-xauth-id": "carol"}

CONVERSATIONS = {
    "polite": [(MAIN, CONNS + listing(sa(1, (1, 5)))), (ORDER, b""), (LANE, listing(sa(1))), (LANE, TAKEN), (MAIN, DOWN)],
    "hard": [(MAIN, CONNS + listing(sa(1))), (HARD, b""), (LANE, listing(sa(1, **GOING)) + TAKEN), (MAIN, DOWN)],
    "rekeyed": [(MAIN, CONNS + listing(sa(1, (1, 5)))), (ORDER, b""), (MAIN, REKEY), (LANE, listing(sa(1))), (LANE, listing(sa(4)) + TAKEN),
                (MAIN, CHILD_REKEY)],
    "moved": [(MAIN, CONNS + listing(sa(1))), (MAIN, event("ike-update", {"remote-host": "2001:db8::1", "remote-port": 1, **sa(1)}))],
    "gone": [(MAIN, CONNS + listing(sa(1), sa(2))), (ORDER, b""), (LANE, listing()), (TIME, b""), (MAIN, listing(sa(2)))],
    "race": [(MAIN, CONNS + listing(sa(1))), (ORDER, b""), (LANE, listing(sa(1)) + NOT_THERE), (MAIN, DOWN)],
    "ikev1": [(MAIN, CONNS + listing(sa(3, (3, 1), **V1))), (MAIN, event("ike-updown", {"up": "yes", **sa(5, **V1)})), (TIME, b""),
              (MAIN, listing(sa(3, **V1), sa(5, (3, 2), **V1))), (MAIN, event("ike-updown", sa(3, **V1)))],
    "silent": [(MAIN, CONNS + listing(sa(1))), (ORDER, b"")] + [(TIME, b"")] * 12,
    "stranger": [(MAIN, CONNS + listing(sa(1, (1, 5)))), (MAIN, event("child-updown", {"up": "yes", **sa(1, (7, 1), **{"initiator-spi": "ff"})}))],
}


def who(user, connection):
    """As the driver has it: nobody else may go on with a remembered session."""
    h = 0xcbf29ce484222325
    for octet in user.encode() + b"\xff" + connection.encode() + b"\xff":
        h = (h ^ octet) * 0x100000001b3 & 0xffffffffffffffff
    return h >> 1


def remembered(ike, *which, start=5):
    spi = f"{ike:016x}_{ike:016x}"
    counted = [[uid, n, n, n, n, 0, 0, 0, 0] for uid, n in which]
    return [f"{ike}:{spi}", spi, ike, who("alice", "ra"), start, 1, 2, 3, 4, counted]


# What is remembered, of which run, and what charon lists then.
MEMORIES = {
    "same": ("run", [remembered(1, (1, 5)), remembered(2)], [sa(1, (1, 7)), sa(2)]),
    "rekeyed": ("run", [remembered(1, (1, 5))], [sa(9, (1, 7))]),
    "another_run": ("another", [remembered(1, (1, 5))], [sa(1, (1, 7))]),
    "nobody": ("run", [remembered(1)], []),
    "twice": ("run", [remembered(1, (1, 5)), remembered(1), remembered(2, (1, 5)), remembered(3, start=-1)], [sa(1)]),
}


def memory(run, sessions, rows):
    text = json.dumps({"version": 1, "run": run, "sessions": sessions}, separators=(",", ":")).encode()
    return text + b"\0" + b"".join(struct.pack(">H", len(m)) + m for m in map(message, rows))


def pieces(parts):
    out = b""
    for kind, part in parts:
        for at in range(0, max(1, len(part)), 255):
            cut = part[at:at + 255]
            out += bytes([kind, len(cut)]) + cut
    return out


def main():
    corpus = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus")
    inputs = {"vici": {name: pieces(parts) for name, parts in CONVERSATIONS.items()},
              "vici_memory": {name: memory(*parts) for name, parts in MEMORIES.items()}}
    for target, kept in inputs.items():
        os.makedirs(os.path.join(corpus, target), exist_ok=True)
        for name, data in kept.items():
            with open(os.path.join(corpus, target, name), "wb") as f:
                f.write(data)


if __name__ == "__main__":
    main()
