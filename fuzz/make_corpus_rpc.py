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
FAULTS = bytes.fromhex("2c1cb76c12984045008000000000000001000000")
IF_B = bytes.fromhex("aaaaaaaabbbbccccdddddddddddddddd02000300")
MGMT = bytes.fromhex("80bda8af8a7dc911bef408002b10298901000000")
TRAILER = bytes.fromhex("8ae3137102f43671")
FIRST, LAST, MPX, OBJECT = 1, 2, 0x10, 0x80


def pdu(ptype, flags, call_id, body, auth=b"", order="<", level=6, kind=9, context=1):
    """With a token, it is protected as far as the mechanism of mechanism.c sees it: whatever is in it."""
    pad = -len(body[8:]) % 16 if auth and ptype in (0, 2) else 0
    body += bytes(pad)
    verifier = struct.pack("<BBBBI", kind, level, pad, 0, context) + auth if auth else b""
    drep = b"\x10\0\0\0" if order == "<" else b"\0\0\0\0"
    return (struct.pack("BBBB", 5, 0, ptype, flags) + drep
            + struct.pack(order + "HHI", 16 + len(body) + len(verifier), len(auth), call_id) + body + verifier)


def bind(contexts, ptype=11, flags=FIRST | LAST, call_id=1, auth=b"", **verifier):
    body = struct.pack("<HHII", 5840, 5840, 0, len(contexts))
    for number, (abstract, transfers) in enumerate(contexts):
        body += struct.pack("<HBB", number, len(transfers), 0) + abstract + b"".join(transfers)
    return pdu(ptype, flags, call_id, body, auth, **verifier)


def request(call_id, opnum, stub, flags=FIRST | LAST, context=0, auth=b"", **verifier):
    return pdu(0, flags, call_id, struct.pack("<IHH", len(stub), context, opnum) + stub, auth, **verifier)


def response(call_id, stub, flags=FIRST | LAST, context=0, auth=b"", **verifier):
    return pdu(2, flags, call_id, struct.pack("<IHBB", len(stub), context, 0, 0) + stub, auth, **verifier)


def ack(call_id, results, ptype=12, flags=FIRST | LAST, auth=b"", **verifier):
    body = struct.pack("<HHIH", 5840, 5840, 7, 4) + b"135\0" + b"\0\0" + struct.pack("<I", len(results))
    for result, reason, syntax in results:
        body += struct.pack("<HH", result, reason) + syntax
    return pdu(ptype, flags, call_id, body, auth, **verifier)


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
    yield from authenticated_server_inputs()
    yield "big_endian", 40, [both, pdu(0, FIRST | LAST, 2, struct.pack(">IHH", 4, 0, 0) + b"stub", order=">")], 255


# The choices of the fuzzers, and the first bytes of tokens, as mechanism.c and its users read them.
AUTHENTICATION, DEMANDED = 0x40, 4
DONE, ANOTHER, LATER, REFUSED, GOOD, BAD = b"\0", b"\1", b"\2", b"\3", b"\0", b"\1"
SEALED, SIGNED = 60, 20  # sizes of their tokens


def authenticated_server_inputs():
    one, both, sign = [(IF_A, [NDR20])], [(IF_A, [NDR20]), (IF_A, [FEATURES])], FIRST | LAST | 4
    good, signed = GOOD * SEALED, dict(auth=GOOD * SIGNED, level=5)
    yield "sealed", AUTHENTICATION | DEMANDED, [bind(one, flags=sign, auth=DONE), request(2, 0, b"x" * 21, auth=good)], 255
    yield "three_legs", AUTHENTICATION, [bind(one, auth=ANOTHER), bind(one, 14, call_id=2, auth=ANOTHER), pdu(16, 3, 3, bytes(4), DONE),
                                         request(4, 1, b"abc", auth=good)], 200
    yield "later", AUTHENTICATION, [bind(one, auth=LATER), request(2, 0, b"", auth=good), request(3, 3, b"x", auth=good)], 44
    yield "refused", AUTHENTICATION, [bind(one, auth=REFUSED)], 255
    yield "bad_signature", AUTHENTICATION | DEMANDED, [bind(one, auth=DONE), request(2, 0, b"x", auth=BAD * SEALED)], 255
    yield "sealed_fragments", AUTHENTICATION, [bind(one, auth=DONE), request(2, 5, b"x" * 16, FIRST, auth=good),
                                               request(2, 5, b"y" * 16, 0, auth=good), request(2, 5, b"z", LAST, auth=good)], 64
    yield "protected_fault", AUTHENTICATION, [bind([(IF_A, [NDR20]), (IF_A, [FAULTS])], auth=DONE), request(2, 60, b"", auth=good),
                                              request(3, 3, b"abcd", auth=good)], 255
    yield "two_contexts", AUTHENTICATION, [bind(both, auth=DONE), bind(one, 14, call_id=2, auth=DONE, level=5, kind=10, context=9),
                                           request(3, 0, b"x", auth=good), request(4, 0, b"y", **signed, kind=10, context=9)], 255


def client_inputs():
    accepted = ack(1, [(0, 0, NDR20), (2, 1, bytes(20))])
    for name, pdus, size in plain_client_inputs(accepted):
        yield name, 0, pdus, size
    results, sign = [(0, 0, NDR20), (2, 1, bytes(20)), (3, 0x8000, bytes(20))], FIRST | LAST | 4
    sealed, good = ack(1, results, flags=sign, auth=DONE), GOOD * SEALED
    yield "sealed", AUTHENTICATION | 3, [sealed, response(2, b"\0" * 4, auth=good), response(3, b"x" * 300, auth=good)], 255
    yield "sealed_fragments", AUTHENTICATION | 3, [sealed, response(2, b"\0" * 32, FIRST, auth=good), response(2, b"", LAST, auth=good)], 64
    yield "three_legs", AUTHENTICATION | 3, [ack(1, results, flags=sign, auth=ANOTHER), ack(2, results, 15, auth=DONE),
                                             response(3, b"", auth=good)], 255
    yield "not_sealed", AUTHENTICATION | 3, [sealed, response(2, b"\0" * 4)], 255
    yield "bad_signature", AUTHENTICATION | 3, [sealed, response(2, b"\0" * 4, auth=BAD * SEALED)], 255
    yield "signed", AUTHENTICATION | 6, [ack(1, results, auth=DONE, level=5, kind=10), response(2, b"abcd", auth=GOOD * SIGNED, level=5, kind=10)], 99


def plain_client_inputs(accepted):
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
    for name, choice, pdus, size in client_inputs():
        write(os.path.join(top, "rpc_client"), name, bytes([choice]) + pieces(b"".join(pdus), size))


main()
