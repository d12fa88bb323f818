#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write the kept inputs of the rpc fuzzers: whole, correct conversations that libFuzzer then takes apart.

usage: make_corpus_rpc.py [DIRECTORY]    (default: corpus/ beside this file)
"""
import os
import struct
import sys

NDR20 = bytes.fromhex("045d888aeb1cc9119fe808002b10486002000000")
NDR64 = bytes.fromhex("33057171babe37498319b5dbef9ccc3601000000")
FEATURES = bytes.fromhex("2c1cb76c12984045030000000000000001000000")
IF_A = bytes.fromhex("00f0098fedb7ce11bbd200001a181cad00000000")
IF_B = bytes.fromhex("aaaaaaaabbbbccccdddddddddddddddd02000300")
MGMT = bytes.fromhex("80bda8af8a7dc911bef408002b10298901000000")
TRAILER = bytes.fromhex("8ae3137102f43671")
FIRST, LAST, MPX, OBJECT = 1, 2, 0x10, 0x80


def pdu(ptype, flags, call_id, body, auth=b"", order="<"):
    verifier = struct.pack("<BBBBI", 9, 6, 0, 0, 1) + auth if auth else b""
    drep = b"\x10\0\0\0" if order == "<" else b"\0\0\0\0"
    return (struct.pack("BBBB", 5, 0, ptype, flags) + drep
            + struct.pack(order + "HHI", 16 + len(body) + len(verifier), len(auth), call_id) + body + verifier)


def bind(contexts, ptype=11, flags=FIRST | LAST, call_id=1, auth=b""):
    body = struct.pack("<HHII", 5840, 5840, 0, len(contexts))
    for number, (abstract, transfers) in enumerate(contexts):
        body += struct.pack("<HBB", number, len(transfers), 0) + abstract + b"".join(transfers)
    return pdu(ptype, flags, call_id, body, auth)


def request(call_id, opnum, stub, flags=FIRST | LAST, context=0):
    return pdu(0, flags, call_id, struct.pack("<IHH", len(stub), context, opnum) + stub)


def response(call_id, stub, flags=FIRST | LAST, context=0):
    return pdu(2, flags, call_id, struct.pack("<IHBB", len(stub), context, 0, 0) + stub)


def ack(call_id, results, ptype=12):
    body = struct.pack("<HHIH", 5840, 5840, 7, 4) + b"135\0" + b"\0\0" + struct.pack("<I", len(results))
    for result, reason, syntax in results:
        body += struct.pack("<HH", result, reason) + syntax
    return pdu(ptype, FIRST | LAST, call_id, body)


def pieces(data, size):
    """As the fuzzers read it: a length byte, then that many bytes."""
    return b"".join(bytes([len(data[i:i + size])]) + data[i:i + size] for i in range(0, len(data), size))


def server_inputs():
    both = bind([(IF_A, [NDR20]), (IF_B, [NDR20]), (MGMT, [NDR20])])
    multiplexed = bind([(IF_A, [NDR20]), (IF_B, [NDR20])], flags=FIRST | LAST | MPX)
    yield "bind_three", 0, [bind([(IF_A, [NDR20]), (IF_A, [NDR64]), (IF_A, [FEATURES])])], 255
    yield "calls", 0, [both, request(2, 0, b""), request(3, 2, b"\0" * 5), request(4, 1, b"\1\0\0\0"), request(5, 60, b"")], 255
    yield "calls_in_small_pieces", 4, [both, request(2, 0, b""), request(3, 3, b"abcd"), request(4, 4, b"")], 7
    yield "fragments", 8, [both, request(2, 5, b"x" * 40, FIRST), request(2, 5, b"y" * 33, 0), request(2, 5, b"z", LAST)], 60
    yield "multiplexed", 12, [multiplexed] + [request(i, 4, b"") for i in range(2, 12)], 64
    yield "orphaned", 16, [multiplexed, request(2, 4, b""), pdu(19, 3, 2, b""), request(3, 4, b"", FIRST), pdu(19, 3, 3, b""),
                           request(3, 4, b"", LAST), pdu(18, 3, 2, b""), request(4, 3, b"")], 100
    yield "alter", 20, [both, bind([(IF_A, [NDR20]), (IF_B, [NDR64])], 14, call_id=2), request(3, 0, b"")], 255
    yield "mgmt", 24, [both] + [request(2 + i, i, b"\4\0\0\0\x20\0\0\0", context=2) for i in range(5)], 255
    yield "auth", 28, [bind([(IF_A, [NDR20])], auth=b"token")], 255
    yield "object", 32, [both, pdu(0, FIRST | LAST | OBJECT, 2, struct.pack("<IHH", 4, 0, 0) + b"o" * 16 + b"stub")], 255
    trailer = TRAILER + struct.pack("<HHI", 1, 4, 0) + struct.pack("<HH", 0x4003, 16) + bytes(16)
    yield "trailer", 36, [both, request(2, 0, b"\1\0\0\0" + trailer)], 255
    yield "big_endian", 40, [both, pdu(0, FIRST | LAST, 2, struct.pack(">IHH", 4, 0, 0) + b"stub", order=">")], 255


def client_inputs():
    accepted = ack(1, [(0, 0, NDR20), (2, 1, bytes(20))])
    yield "answers", [accepted, response(2, b"\0" * 4), response(3, b"x" * 300)], 255
    yield "fragments", [accepted, response(2, b"\0" * 40, FIRST), response(2, b"\1" * 40, 0), response(2, b"", LAST)], 33
    yield "fault", [accepted, pdu(3, FIRST | LAST, 2, struct.pack("<IHBBII", 32, 0, 0, 0, 0x1c010002, 0)), response(3, b"")], 255
    yield "nak", [pdu(13, FIRST | LAST, 1, bytes.fromhex("0400010500000000"))], 255
    yield "refused", [ack(1, [(2, 1, bytes(20)), (2, 2, bytes(20))])], 255
    yield "shutdown", [accepted, pdu(17, FIRST | LAST, 0, b""), response(2, b"abc")], 9


def write(directory, name, data):
    os.makedirs(directory, exist_ok=True)
    with open(os.path.join(directory, name), "wb") as file:
        file.write(data)


def main():
    top = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus")
    for name, choice, pdus, size in server_inputs():
        write(os.path.join(top, "rpc_server"), name, bytes([choice]) + pieces(b"".join(pdus), size))
    for name, pdus, size in client_inputs():
        write(os.path.join(top, "rpc_client"), name, pieces(b"".join(pdus), size))


main()
