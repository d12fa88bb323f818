# SPDX-License-Identifier: Apache-2.0
"""A file of examples: opnum, title, state, the client's words, request and response (golden.h reads it)."""
import sys

LINE = 32  # bytes of a line, and zeros at least that are told by their number


def lines(data):
    """Words of four bytes; long runs of zeros by their length."""
    at = 0
    while at < len(data):
        zeros = len(data[at:]) - len(data[at:].lstrip(b"\0"))
        zeros -= zeros % 4
        if zeros >= LINE:
            yield f"zero {zeros}"
            at += zeros
            continue
        piece = data[at:at + LINE]
        yield " ".join(piece[i:i + 4].hex() for i in range(0, len(piece), 4))
        at += len(piece)


def document(head, examples):
    yield head
    for opnum, title, state, client, request, response in sorted(examples, key=lambda e: e[0]):
        yield f"\nopnum {opnum}: {title}"
        if state:
            yield f"state {state}"
        if client:
            yield f"client {client}"
        yield f"request {len(request)}"
        yield from lines(request)
        yield f"response {len(response)}"
        yield from lines(response)


def main(path, head, examples):
    """Prints the file, or with --check says whether it is the one that is there."""
    made = "\n".join(document(head, examples)) + "\n"
    if sys.argv[1:] != ["--check"]:
        print(made, end="")
        return 0
    with open(path, encoding="utf-8") as f:
        same = f.read() == made
    print(f"1..1\n{'ok' if same else 'not ok'} - impacket encodes examples.txt from the declaration"
          + ("" if same else ": run make_examples.py"))
    return 0 if same else 1
