#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Frames between rrasd and rras-ntlm, and first tokens of SPNEGO, for fuzz/corpus/ntlm_message."""
import os
import struct

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus", "ntlm_message")


def frame(message):
    return struct.pack("<I", len(message)) + message


def answer(outcome, protects=0, sequence=0, key=bytes(16), name=b"", why=b"", token=b""):
    texts = b"".join(struct.pack("<H", len(t)) + t for t in (name, why))
    return frame(struct.pack("<IBBI", 7, outcome, protects, sequence) + key + texts + token)


def element(tag, *parts):
    content = b"".join(parts)
    return bytes((tag, len(content))) + content


def offer(*mechs):
    init = element(0xa0, element(0x30, element(0xa0, element(0x30, *mechs)), element(0xa2, element(4, b"NTLMSSP\0"))))
    return element(0x60, bytes.fromhex("06062b0601050502"), init)


KRB5, NTLM = bytes.fromhex("06092a864886f712010202"), bytes.fromhex("060a2b06010401823702020a")
FILES = {
    "leg": frame(struct.pack("<BIB", 1, 7, 0) + b"NTLMSSP\0\1\0\0\0"),
    "leg_spnego": frame(struct.pack("<BIB", 1, 7, 1) + b"token"),
    "forget": frame(struct.pack("<BI", 2, 7)),
    "done": answer(0, 2, 1, bytes(range(16)), b"RASBOX\\ras1", token=b"last"),
    "more": answer(1, token=b"challenge"),
    "refused": answer(2, why=b"wrong password"),
    "offer_ntlm": offer(NTLM),
    "offer_both": offer(KRB5, NTLM),
}

os.makedirs(FOLDER, exist_ok=True)
for file, data in FILES.items():
    with open(os.path.join(FOLDER, file), "wb") as f:
        f.write(data)
