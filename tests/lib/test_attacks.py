#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/attacks.md: every class of attack has its tests, and each that is named there is there and is run."""
import glob
import os
import re

from named_tests import NAMED, TOP, read, tables, wrong_in
from tap import Report

CLASSES = 44  # there are not fewer than there were
# Asserts that stand in what is shipped: on our own encoders and buffers, which no byte from outside can change.
ASSERTS = {"dimsvc/client.c": 2, "dimsvc/reply.c": 1, "dimsvc/record.c": 1}
SHIPPED = ("common", "rpc", "kerberos", "ntlm", "dimsvc", "rasrpc", "rrasx", "router", "rrasd", "drivers", "libmprapi", "librassapi", "rasadmin")


def every_class(r, document):
    rows = [(title, row) for title, section in tables(document).items() for row in section]
    for title, row in rows:
        named = NAMED.findall(row[-1])
        r.check(f"{title}: {row[0]}: its tests are there", len(row) == 3 and named and not wrong_in(row[-1]), wrong_in(row[-1]) or row)
    r.check(f"there are {CLASSES} classes at least", len(rows) >= CLASSES, str(len(rows)))


def wrong_names(r):
    """The look at names can fail."""
    for text in ("`rpc/test_auth.c: no_such_test`", "`rpc/test_none.c: minimum_level_is_enforced`", "`fuzz: none`", "`system/remote_tcp.py: none`"):
        r.check(f"{text} would be noticed", len(wrong_in(text)) == 1)


def fuzzers(r):
    """fuzz/README.md: each target is named, and each that is named is there."""
    there = set(re.findall(r"'(\w+)': \{'sources'", read("fuzz", "meson.build")))
    document = read("fuzz", "README.md")
    needed = [row for row in tables(document)["What must have one"] if row]
    named = {name for row in needed for name in re.findall(r"`(\w+)`", row[-1])}
    r.check("each kind of bytes from outside has a fuzzer", needed and all("`" in row[-1] for row in needed) and named <= there, str(named - there))
    r.check("each fuzzer has what it is for", there <= named, str(there - named))


def few_asserts(r):
    found = {}
    for folder in SHIPPED:
        for path in glob.glob(os.path.join(TOP, folder, "**", "*.[ch]"), recursive=True):
            name = os.path.relpath(path, TOP)
            n = len(re.findall(r"(?<!static_)\bassert\(", read(name)))
            if n:
                found[name] = n
    r.check("asserts stand only where no input comes", found == ASSERTS, str(found))


def main():
    r = Report()
    every_class(r, read("docs", "attacks.md"))
    wrong_names(r)
    fuzzers(r)
    few_asserts(r)
    r.finish()


main()
