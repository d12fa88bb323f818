#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write the kept inputs of the dimsvc fuzzers: correct requests and answers that libFuzzer then takes apart.

usage: make_corpus_dimsvc.py [DIRECTORY]    (default: corpus/ beside this file)
"""
import os
import struct
import sys

BIG, DENIED, LAN, AT_ONCE, AFTERWARDS = 1, 2, 4, 8, 16
ALL = 0xFFFFFFFF


def dwords(*values, order="<"):
    return struct.pack(f"{order}{len(values)}I", *values)


def blob(data):
    return dwords(len(data)) + data + bytes(-len(data) % 4)


def container(data=b""):
    return dwords(len(data), 1) + blob(data) if data else dwords(0, 0)


def text(s):
    units = (s + "\0").encode("utf-16le")
    return dwords(len(s) + 1, 0, len(s) + 1) + units + bytes(-len(units) % 4)


def interface_container(interface, everything):
    return dwords(1, len(interface), 1, 1, len(everything), 2) + blob(interface) + blob(everything)


def tunnels(revision):
    fixed = dwords(1, 1, 0, 300, 120, 300, 1024, 0) + dwords(1, 1)
    if revision >= 2:
        fixed += dwords(4, 2, 0, 3)
    if revision >= 3:
        fixed += dwords(1, 4, 5, 5)
    fixed += dwords(1, 1, 1, 1)
    if revision >= 3:
        fixed += dwords(0, 300, 0, 300, 1024, 6)
    fixed += dwords(1, 1, 1, 0x800C, 0, 3, 7)
    deferred = dwords(1, 3, 8) + blob(b"abc")
    if revision >= 2:
        deferred += blob(b"name") + dwords(*range(6))
    if revision >= 3:
        deferred += dwords(1, 2, 1, 9) + dwords(2) + b"a\0\0\0" + blob(b"hash!") + dwords(*range(6))
    return fixed + deferred + blob(b"xyz")


def tagged(revision, kind):
    return bytes([revision, 0, 0, 0, revision, kind, 4, 0])


def call(opnum, stub, control=0):
    return struct.pack("<BBH", opnum, control, len(stub)) + stub


def requests():
    yield "server", b"".join(call(0, dwords(level)) for level in range(4))
    yield "connections", b"".join(call(1, dwords(level, 0, 0, ALL, 1, 0)) for level in range(6))
    yield "connection", b"".join(call(2, dwords(level, 1)) for level in range(6))
    yield "pages", call(4, dwords(0, ALL, 0, 0, 380, 1, 0)) + call(4, dwords(0, ALL, 0, 0, 0, 1, 1)) + call(4, dwords(0, 5, 0, 0, 0, 0))
    yield "port", b"".join(call(5, dwords(level, 1), 0x60) for level in range(3))
    yield "big_endian", call(5, dwords(0, 2, order=">"), BIG) + call(4, dwords(0, ALL, 0, 0, ALL, 1, 0, order=">"), BIG)
    yield "handles", b"".join(call(opnum, dwords(1)) for opnum in (3, 6, 7, 15, 22, 25))
    yield "denied", b"".join(call(opnum, dwords(0, 1, 0, 0, ALL, 1, 0), DENIED) for opnum in range(9))
    yield "lan", b"".join(call(opnum, dwords(0, 1, 0, 0, ALL, 1, 0), LAN) for opnum in range(9))
    yield "disconnect", call(8, dwords(1)) + call(8, dwords(2), AT_ONCE) + call(8, dwords(1), AFTERWARDS)
    both = interface_container(b"\1" * 29, b"\2" * 30)
    yield "transports", call(9, dwords(0x21) + both) + call(10, dwords(0x21) + both) + call(17, dwords(1, 0x21) + both)
    yield "interfaces", (call(11, text("wan") + dwords(0, 1)) + call(12, dwords(0) + container(bytes(540)) + dwords(0))
                         + call(13, dwords(0) + container() + dwords(1)) + call(20, dwords(0, 0, 0, ALL, 1, 0)))
    mib = dwords(3, 1, 5, 2) + blob(b"abc") + blob(b"defgh")
    yield "mib", call(26, dwords(0x21, 0x2710) + mib) + call(31, dwords(0x21, 8) + mib) + call(33, dwords(0x21, 8, 0, 1) + mib)
    yield "messages", call(34, dwords(1, 1, 1)) + call(35, dwords(1) + text("Hi")) + call(42, dwords(0x0200080A, 1))
    yield "create", call(36, dwords(0, 0, 0, 0)) + call(37, dwords(0x21) + text("ip") + both + text("ip.dll")) + call(49, text("a") * 4)
    yield "set", call(43, dwords(1) + container(dwords(128, 1, 128, 3)))
    for revision in (1, 2, 3):
        yield f"server_ex_{revision}", (call(44, tagged(revision, 2) + dwords(0, 1, 2, 3, 0) + tunnels(revision))
                                        + call(47, tagged(revision, 3) + dwords(15) + tunnels(revision))
                                        + call(47, tagged(revision, 3) + dwords(3) + tunnels(revision)))
    yield "connection_ex", (call(45, b"\1\1\4\0" + dwords(ALL, 1, 0)) + call(46, dwords(1) + b"\1\1\4\0") + call(46, dwords(2) + b"\1\1\4\0")
                            + call(48, dwords(1) + tagged(1, 5) + dwords(3) + bytes(130)))
    for revision in (1, 2):
        info = tagged(revision, 6) + dwords(1, 300, 1024, 3, 1, 2) + (dwords(1, 3) if revision == 2 else b"")
        info += blob(b"abc") + dwords(*range(6)) + (blob(b"h") if revision == 2 else b"")
        yield f"custom_info_{revision}", call(51, dwords(1) + info) + call(52, dwords(1) + info)


def pieces(what, stub, size=100):
    return bytes([what]) + b"".join(bytes([len(stub[i:i + size])]) + stub[i:i + size] for i in range(0, len(stub), size))


def replies():
    resume, big = 16, 32
    yield "code", pieces(0, dwords(87))
    yield "server", pieces(1, container(dwords(0, 3600, 128, 1)) + dwords(0))
    yield "port", pieces(2, container(bytes(64)) + dwords(0), 7)
    yield "connection", pieces(3, container(bytes(272)) + dwords(0))
    yield "unknown", pieces(3, container() + dwords(906))
    yield "ports", pieces(4 | resume, container(bytes(760)) + dwords(2, 2, 1, 0, 0))
    yield "page", pieces(4 | resume, container(bytes(380)) + dwords(1, 2, 1, 1, 234), 1)
    yield "failed", pieces(4 | resume, container() + dwords(0, 0, 1, ALL, 903))
    yield "either_size", pieces(5, container(bytes(828 * 2)) + dwords(2, 2, 0, 0))
    yield "many", pieces(6, container(bytes(24 * 20)) + dwords(40, 40, 0, 0))
    yield "gap", pieces(7, container(b"abc") + dwords(1, 1, 0, 0))
    yield "big_endian", pieces(6 | resume | big, dwords(8, 1, 8, 1, 2, 1, 3, 1, 42, 234, order=">"), 5)


def connection(ikev2, start):
    """An element of opnums 45 and 46 that begins at that place of the stub."""
    arm = bytearray(b"\1\1\0\0" + bytes(1448) + bytes([2 if ikev2 else 1, 0, 0, 0]) + bytes(140 if ikev2 else 192) + dwords(7, 0))
    arm[530:536] = "bob".encode("utf-16le")
    return b"\1" + bytes(7 - start % 8) + bytes(arm)


def connections(*kinds):
    stub = dwords(len(kinds), len(kinds), 1, len(kinds))
    for ikev2 in kinds:
        stub += connection(ikev2, len(stub))
    return stub


def replies_ex():
    """Of the operations whose structures NDR knows: 45, 46, 44."""
    many, one, server, resume = 11, 12, 12, 16
    yield "devices", pieces(9, container(bytes(292 * 2)) + dwords(2, 0))
    yield "connections_ex", pieces(many | resume, connections(False, True, True, False) + dwords(1, 0, 0), 250)
    yield "connections_ex_none", pieces(many, dwords(0, 0, 0, 0, 0))
    yield "connections_ex_more", pieces(many | resume, connections(True) + dwords(1, 101, 234), 99)
    yield "connection_ex_ppp", pieces(one, connection(False, 0) + dwords(0), 255)
    yield "connection_ex_ikev2", pieces(one, connection(True, 0) + dwords(0), 255)
    for revision in (1, 2, 3):
        yield f"server_ex_{revision}", (bytes([server + revision]) + tagged(revision, 2) + dwords(0, 3600, 128, 1, 0)
                                        + tunnels(revision) + dwords(0))
    yield "key", bytes([13]) + dwords(3, 8) + b"abc"


def main():
    top = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus")
    for target, inputs in (("dimsvc_request", requests()), ("dimsvc_reply", [*replies(), *replies_ex()])):
        os.makedirs(os.path.join(top, target), exist_ok=True)
        for name, data in inputs:
            with open(os.path.join(top, target, name), "wb") as f:
                f.write(data)


if __name__ == "__main__":
    main()
