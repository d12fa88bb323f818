#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Hold the form of our own interface's calls against impacket's NDR, which knows nothing but the declaration in docs/rrasx.md.

usage: test_impacket.py      (the bytes are those of the examples in the document, which are held against our code)
"""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from rrasx import Document  # noqa: E402

try:
    from impacket.dcerpc.v5.dtypes import DWORD
    from impacket.dcerpc.v5.ndr import NDRCALL, NDRPOINTER, NDRUniConformantArray
except ImportError:
    print("1..0 # SKIP impacket is not installed")
    sys.exit(77)


class Bytes(NDRUniConformantArray):
    item = "c"


class PBytes(NDRPOINTER):
    referent = (("Data", Bytes),)


class Op(NDRCALL):
    structure = (("cb", DWORD), ("msg", Bytes))


class OpResponse(NDRCALL):
    structure = (("pcb", DWORD), ("ppmsg", PBytes), ("ErrorCode", DWORD))


results = []
doc = Document()


def check(name, ok, detail=""):
    results.append(bool(ok))
    print(f"{'ok' if ok else 'not ok'} - {name}" + (f": {detail}" if detail and not ok else ""), flush=True)


def stub(section, what):
    block = re.search(what + r":\n\n```\n(.*?)```", section, re.S).group(1)
    return b"".join(bytes.fromhex(line.split("  ")[0]) for line in block.splitlines())


def request_is_impacket_s(name):
    ours = stub(doc.sections[name], "Request")
    call = Op()
    call["cb"] = len(ours) - 8
    call["msg"] = [bytes([b]) for b in ours[8:]]
    check(f"{name}: impacket makes the same request", call.getData() == ours, call.getData().hex())


def reply_is_understood_by_impacket(name):
    ours = stub(doc.sections[name], "Reply")
    reply = OpResponse(ours)
    data = b"".join(reply["ppmsg"]) if reply["pcb"] else b""
    check(f"{name}: impacket understands the reply",
          reply["ErrorCode"] == 0 and len(data) == reply["pcb"] and doc.unpack(doc.operations[name][2], data) == doc.reply(name, ours)[1])


for operation in doc.operations:
    request_is_impacket_s(operation)
    reply_is_understood_by_impacket(operation)
print(f"1..{len(results)}")
sys.exit(0 if results and all(results) else 1)
