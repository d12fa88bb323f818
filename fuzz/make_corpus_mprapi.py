#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write the kept inputs of fuzz_mprapi_reply: correct answers to each kind of call.

usage: make_corpus_mprapi.py [DIRECTORY]    (default: corpus/ beside this file)
"""
import os
import struct
import sys

STUB, NO_RESUME = 128, 64
LIST_PORTS = 18
CONNECTION_SIZES = [(1116,), (288, 272), (844, 828), (788,), (1680,)]


def container(data):
    if not data:
        return struct.pack("<II", 0, 0)
    return struct.pack("<III", len(data), 0x20000, len(data)) + data


def record(size, number):
    return (struct.pack("<I", number) + bytes(range(1, 256)) * 8)[:size]


def listing(count, size, code=0, total=None, resume=True):
    data = b"".join(record(size, i + 1) for i in range(count))
    tail = struct.pack("<II", count, count if total is None else total)
    tail += struct.pack("<II", 0x20004, count) if resume else struct.pack("<I", 0)
    return container(data) + tail + struct.pack("<I", code)


def response(stub, call_id=2):
    return struct.pack("<BBBBIHHIIHH", 5, 0, 2, 3, 0x10, 24 + len(stub), 0, call_id, len(stub), 0, 0) + stub


def fault(status, call_id=2):
    return struct.pack("<BBBBIHHIIHHII", 5, 0, 3, 3, 0x10, 32, 0, call_id, 0, 0, 0, status, 0)


def inputs():
    yield "ports", STUB | LIST_PORTS, listing(3, 380)
    yield "ports_more", STUB | LIST_PORTS, listing(3, 380, 234, 9)
    yield "ports_without_resume", STUB | NO_RESUME | LIST_PORTS, listing(2, 380, resume=False)
    yield "ports_none", STUB | LIST_PORTS, listing(0, 380)
    yield "ports_denied", STUB | LIST_PORTS, listing(0, 380, 5)
    yield "ports_as_pdu", LIST_PORTS, response(listing(2, 380))
    for level, sizes in enumerate(CONNECTION_SIZES):
        for size in sizes:
            yield f"connections_{level}_{size}", STUB | level, listing(2, size)
            yield f"connection_{level}_{size}", STUB | 5 + level, container(record(size, 7)) + bytes(4)
    yield "connections_of_either_size", STUB | 1, listing(17, 288)
    for level, size in enumerate((16, 16, 24)):
        yield f"server_{level}", STUB | 10 + level, container(record(size, 1)) + bytes(4)
    for level, size in enumerate((380, 64)):
        yield f"port_{level}", STUB | 13 + level, container(record(size, 1)) + bytes(4)
    yield "disconnect", STUB | 15, bytes(4)
    orders = {"clear_connection": 16, "clear_port": 17, "reset": 24, "message": 25, "set_key": 26, "quarantine": 27, "set_server": 28,
              "set_server_ex": 29, "update": 30}
    for number, (name, choice) in enumerate(orders.items()):
        yield name, STUB | choice, struct.pack("<I", (0, 5, 50, 87, 903, 906, 1168, 3010, 3011)[number])
    yield "fault", 15, fault(0x1C010014)


def inputs_ex():
    """Of the operations whose structures NDR knows, as make_corpus_dimsvc.py makes them."""
    import make_corpus_dimsvc as dimsvc
    many, one, devices, key, server = range(19, 24)
    kinds = dimsvc.connections(False, True, True)
    yield "connections_ex", STUB | many, kinds + dimsvc.dwords(1, 0, 0)
    yield "connections_ex_more", STUB | many, kinds + dimsvc.dwords(1, 7, 234)
    yield "connection_ex_ppp", STUB | one, dimsvc.connection(False, 0) + bytes(4)
    yield "connection_ex_ikev2", STUB | one, dimsvc.connection(True, 0) + bytes(4)
    yield "devices", STUB | devices, container(bytes(292 * 2)) + dimsvc.dwords(2, 0)
    yield "key", STUB | key, container(dimsvc.dwords(3, 8) + b"abc") + b"\0" + bytes(4)
    yield "server_ex", STUB | server, dimsvc.tagged(3, 2) + dimsvc.dwords(0, 9, 8, 7, 0) + dimsvc.tunnels(3) + bytes(4)


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus")
    folder = os.path.join(folder, "mprapi_reply")
    os.makedirs(folder, exist_ok=True)
    for name, choice, data in [*inputs(), *inputs_ex()]:
        with open(os.path.join(folder, name), "wb") as f:
            f.write(bytes([choice]) + data)


if __name__ == "__main__":
    main()
