#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Handoffs for fuzz/corpus/handoff, beside samba_4.17, which is one of a real smbd; and messages for fuzz/corpus/pipe."""
import os
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TOP, "tests", "lib"))
import handoff

FILES = {
    "user": handoff.message(),
    "groups": handoff.message(groups=tuple(range(1000, 1100)), user="o" * 300, domain=None),
    "anonymous": handoff.message(user="nobody", uid=65534, gid=65534, authenticated=0, sids=(handoff.ANONYMOUS, handoff.NETWORK)),
    "guest": handoff.message(sids=(handoff.account(501), handoff.GUESTS)),
    "no_session": handoff.message(session=False),
    "no_user": handoff.message(info=False, token=False),
    "ticket": handoff.message(credentials=bytes(range(200))),
    "level_8": handoff.message(level=8),
}

for name, data in FILES.items():
    with open(os.path.join(TOP, "fuzz", "corpus", "handoff", name), "wb") as f:
        f.write(data)

MESSAGES = {
    "small": [b"x" * 20, b"", b"y" * 40],
    "large": [bytes(range(256)) * 8],
    "many": [b"\5\0\0\3" + bytes(12)] * 30,
}

for name, messages in MESSAGES.items():
    with open(os.path.join(TOP, "fuzz", "corpus", "pipe", name), "wb") as f:
        f.write(b"\x06" + b"".join(map(handoff.framed, messages)))
