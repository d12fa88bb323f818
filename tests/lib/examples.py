# SPDX-License-Identifier: Apache-2.0
"""Reads tests/dimsvc/examples.txt and tests/rasrpc/examples.txt (golden.h reads them in C)."""
import collections
import os
import re

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")

Example = collections.namedtuple("Example", "opnum title state request response")


def _bytes(lines, size):
    out = b""
    while len(out) < size:
        line = next(lines)
        out += bytes(int(line.split()[1])) if line.startswith("zero ") else bytes.fromhex(line)
    assert len(out) == size
    return out


def read(interface):
    """Every example of an interface, in the file's order."""
    with open(os.path.join(TESTS, interface, "examples.txt"), encoding="utf-8") as f:
        lines = (line for line in f.read().splitlines() if line and not line.startswith("#"))
    opnum = title = state = request = None
    for line in lines:
        word, _, rest = line.partition(" ")
        if word == "opnum":
            number, title = re.match(r"(\d+): (.*)", rest).groups()
            opnum, state = int(number), ""
        elif word == "state":
            state = rest
        elif word == "request":
            request = _bytes(lines, int(rest))
        elif word == "response":
            yield Example(opnum, title, state, request, _bytes(lines, int(rest)))
