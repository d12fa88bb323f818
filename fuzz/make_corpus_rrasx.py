#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write the kept inputs of the rrasx fuzzers: correct requests and answers that libFuzzer then takes apart.

usage: make_corpus_rrasx.py [DIRECTORY]    (default: corpus/ beside this file)
"""
import os
import struct
import sys

MESSAGE, DENIED, REFUSED, AT_END, AFTERWARDS = 1, 2, 4, 8, 16
STUB, MESSAGES = 128, 64
(SERVER_GET, SESSION_ENUM, EVENT_WAIT, DISCONNECT, JOB_WAIT, JOB_CANCEL, KEEP_OUT_ADD, KEEP_OUT_ENUM, KEEP_OUT_REMOVE, DRIVER_ENUM,
 DRIVER_FORGET, USER_GET, USER_SET, USER_REMOVE, USER_ENUM, QUARANTINE_SET, LIMIT_ENUM, LIMIT_SET) = range(18)


def attr(tag, value):
    return struct.pack("<HH", tag, len(value)) + value


def u32(tag, value):
    return attr(tag, struct.pack("<I", value))


def u64(tag, value):
    return attr(tag, struct.pack("<Q", value))


def flag(tag):
    return attr(tag, b"\1")


def call(opnum, message, control=MESSAGE):
    return struct.pack("<BBH", opnum, control, len(message)) + message


def requests():
    selector = flag(1) + u32(2, 5) + u32(3, 6) + attr(4, b"alice") + attr(5, b"10.8.0.0/24") + attr(6, b"openvpn") + attr(7, b"vpn")
    calls = {
        "server": call(SERVER_GET, b""),
        "sessions": call(SESSION_ENUM, attr(1, selector) + u32(2, 3)),
        "events": call(EVENT_WAIT, attr(1, bytes(range(16))) + u64(2, 7) + u32(3, 0xFFFFFFFF) + u32(4, 1000)),
        "events_gather": call(EVENT_WAIT, u64(2, 7) + u32(3, 0xFFFFFFFF) + u32(4, 1000) + flag(5) + u32(6, 3)),
        "disconnect": call(DISCONNECT, attr(1, selector) + u32(2, 1) + u32(3, 10) + attr(4, "é".encode()) + u32(5, 60) + u32(6, 5)),
        "job_wait": call(JOB_WAIT, u32(1, 3) + u32(2, 5) + attr(3, u32(1, 7) + u32(2, 6))),
        "job_cancel": call(JOB_CANCEL, u32(1, 3)),
        "keep_out_add": call(KEEP_OUT_ADD, attr(1, b"alice") + attr(2, b"openvpn:main") + u32(3, 60) + attr(4, b"why")),
        "keep_outs": call(KEEP_OUT_ENUM, u32(1, 2)),
        "keep_out_remove": call(KEEP_OUT_REMOVE, u32(1, 3)),
        "drivers": call(DRIVER_ENUM, b""),
        "driver_forget": call(DRIVER_FORGET, attr(1, b"openvpn") + attr(2, b"main")),
        "driver_forget_force": call(DRIVER_FORGET, attr(1, b"openvpn") + attr(2, b"main") + u32(3, 1)),
        "user_get": call(USER_GET, attr(1, b"CORP\\bob")),
        "user_set": call(USER_SET, attr(1, b"bob") + flag(2) + flag(3) + u32(4, 2) + attr(5, b"+49 30 5550100") + u32(6, 1)),
        "user_remove": call(USER_REMOVE, attr(1, b"bob")),
        "users": call(USER_ENUM, attr(1, b"bob")),
        "users_late": call(USER_ENUM, b"", MESSAGE | AT_END),
        "user_set_gone": call(USER_SET, attr(1, b"bob") + u32(4, 1), MESSAGE | AFTERWARDS),
        "quarantine": call(QUARANTINE_SET, u32(1, 5) + flag(2)),
        "quarantine_gone": call(QUARANTINE_SET, u32(1, 5), MESSAGE | AFTERWARDS),
        "limits": call(LIMIT_ENUM, u32(1, 2)),
        "limit_set": call(LIMIT_SET, attr(1, b"l2tp") + u32(2, 7) + u32(3, 1)),
        "limit_set_late": call(LIMIT_SET, attr(1, b"l2tp"), MESSAGE | AT_END),
        "denied": call(SERVER_GET, b"", MESSAGE | DENIED),
        "refused": call(KEEP_OUT_REMOVE, u32(1, 3), MESSAGE | REFUSED),
        "events_late": call(EVENT_WAIT, b"", MESSAGE | AT_END),
        "disconnect_gone": call(DISCONNECT, b"", MESSAGE | AFTERWARDS),
        "stub": call(JOB_CANCEL, struct.pack("<II", 8, 8) + u32(1, 3), 0),
    }
    calls["all"] = b"".join(calls[name] for name in ("server", "sessions", "keep_outs", "drivers", "events", "job_cancel"))
    return calls


def pages(*messages):
    return b"".join(struct.pack("<H", len(m)) + m for m in messages)


def replies():
    session = u32(1, 5) + u64(5, 1764084000) + flag(11) + attr(13, b"openvpn-1") + attr(18, "é".encode())
    failure = attr(10, u32(1, 5) + u32(2, 31) + attr(5, b"refused"))
    keep_out = attr(1, u32(1, 2) + attr(6, flag(1) + attr(2, b"d")) + attr(6, attr(4, b"can't")) + attr(7, b"bob"))
    user = attr(1, attr(1, b"bob") + flag(3) + u32(4, 1))
    event = u64(1, 8) + u64(2, 1764084000000) + u32(3, 3) + flag(9) + attr(22, b"bob") + attr(26, b"why")
    return {
        "server": bytes([MESSAGES | SERVER_GET]) + pages(attr(1, b"0.1.0") + attr(2, bytes(range(16))) + u64(4, 8) + u32(8, 3)),
        "sessions": bytes([MESSAGES | SESSION_ENUM]) + pages(attr(1, session) * 2 + u32(2, 2), attr(1, session)),
        "events": bytes([MESSAGES | EVENT_WAIT]) + pages(attr(1, bytes(16)) + u64(2, 9) + flag(4) + attr(5, event) * 2),
        "job": bytes([MESSAGES | DISCONNECT]) + pages(u32(1, 3) + u32(2, 1) + failure * 2 + attr(12, b"uid 0")),
        "job_wait": bytes([MESSAGES | JOB_WAIT]) + pages(u32(1, 3) + u32(2, 2)),
        "keep_out_add": bytes([MESSAGES | KEEP_OUT_ADD]) + pages(u32(1, 3)),
        "keep_outs": bytes([MESSAGES | KEEP_OUT_ENUM]) + pages(keep_out + u32(2, 7), keep_out * 2),
        "drivers": bytes([MESSAGES | DRIVER_ENUM]) + pages(attr(1, u32(1, 2) + flag(2) + attr(23, b"away"))),
        "forgotten": bytes([MESSAGES | DRIVER_FORGET]) + pages(u32(1, 3)),
        "user": bytes([MESSAGES | USER_GET]) + pages(attr(1, b"bob") + flag(2) + u32(4, 2) + attr(5, b"+49 30 5550100") + flag(6)),
        "user_set": bytes([MESSAGES | USER_SET]) + pages(b""),
        "users": bytes([MESSAGES | USER_ENUM]) + pages(user + attr(2, b"bob"), user * 2),
        "users_backwards": bytes([MESSAGES | USER_ENUM]) + pages(user + attr(2, b"bob"), user + attr(2, b"bo")),
        "limits": bytes([MESSAGES | LIMIT_ENUM]) + pages(attr(1, u32(1, 7) + u32(2, 1) + attr(4, b"l2tp")) + u32(2, 1), attr(1, b"")),
        "limit_set": bytes([MESSAGES | LIMIT_SET]) + pages(u32(1, 4)),
        "quarantine": bytes([MESSAGES | QUARANTINE_SET]) + pages(b""),
        "long": bytes([MESSAGES | JOB_CANCEL]) + pages(struct.pack("<HHI", 99, 0xFFFF, 8) + bytes(8)),
        "stub": bytes([STUB | JOB_CANCEL]) + bytes(12),
        "code": bytes([STUB | DRIVER_FORGET]) + struct.pack("<III", 0, 0, 1168),
        "pdu": bytes([JOB_CANCEL]) + struct.pack("<BBBBIHHIIHH", 5, 0, 2, 3, 0x10, 36, 0, 2, 12, 1, 0) + bytes(12),
        "fault": bytes([SERVER_GET]) + struct.pack("<BBBBIHHIIHHII", 5, 0, 3, 3, 0x10, 32, 0, 2, 0, 1, 0, 0x1C010002, 0),
    }


def notifications():
    """To a registration that has seen event 5 of run 0."""
    bytes_, stub, message, time = range(4)

    def portion(how, data):
        return struct.pack("<BH", how, len(data)) + data

    def answer(last, *more):
        return portion(message, attr(1, bytes(16)) + u64(2, last) + b"".join(more))
    event = attr(5, u64(1, 6) + u32(3, 4))
    pause = struct.pack("<BH", time, 200)
    return {
        "events": answer(6, event) + answer(6) + answer(9, u64(3, 2)),
        "restarted": answer(2, flag(4)) + answer(3),
        "backwards": answer(4),
        "refused": portion(stub, struct.pack("<III", 0, 0, 5)),
        "unasked": answer(6, event) + answer(7) * 2 + portion(bytes_, b"noise"),
        "late": pause + answer(6) + pause * 3 + answer(6, event),
    }


def write(folder, inputs):
    os.makedirs(folder, exist_ok=True)
    for name, data in inputs.items():
        with open(os.path.join(folder, name), "wb") as f:
            f.write(data)


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus")
    write(os.path.join(folder, "rrasx_request"), requests())
    write(os.path.join(folder, "rrasx_reply"), replies())
    write(os.path.join(folder, "notify_reply"), notifications())


if __name__ == "__main__":
    main()
