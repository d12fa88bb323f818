#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write the kept inputs of dimsvc_request and rasrpc_request that are examples: every request of each operation, from the files that
the tests hold against the code. So an operation that is new there is fuzzed from a correct request on.

usage: make_corpus_examples.py [--check]    --check: are the kept inputs those that would be written?
"""
import os
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tests", "lib"))
import examples  # noqa: E402

LONGEST = 4095  # bytes of a stub in an input
DENIED, LAN = 2, 4
SUBMIT, BUFFER = 12, 4  # an operation of rasrpc, and what fuzz_rasrpc_request.c calls its buffer alone


def inputs(name):
    made = {}
    for example in examples.read(name):
        opnum, stub = example.opnum, example.request
        control = DENIED if example.state.startswith("denied") else LAN if example.state == "lan" else 0
        if name == "rasrpc" and opnum == SUBMIT and len(stub) > LONGEST:  # its buffer, which ends with many zeros
            control, stub = control | BUFFER, stub[8:-4].rstrip(b"\0")
        if stub and len(stub) <= LONGEST:
            made[opnum] = made.get(opnum, b"") + struct.pack("<BBH", opnum, control, len(stub)) + stub
    return {f"example_{opnum:02}": data for opnum, data in made.items()}


def main():
    wrong = []
    for name in ("dimsvc", "rasrpc"):
        folder = os.path.join(HERE, "corpus", f"{name}_request")
        os.makedirs(folder, exist_ok=True)
        for title, content in inputs(name).items():
            path = os.path.join(folder, title)
            if sys.argv[1:] != ["--check"]:
                with open(path, "wb") as f:
                    f.write(content)
            elif not os.path.exists(path) or open(path, "rb").read() != content:
                wrong.append(path)
    if sys.argv[1:] == ["--check"]:
        print(f"1..1\n{'not ok' if wrong else 'ok'} - the fuzzers' kept inputs are the examples: {' '.join(wrong) or 'all of them'}")
    return 1 if wrong else 0


sys.exit(main())
