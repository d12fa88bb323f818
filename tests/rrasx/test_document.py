#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/rrasx.md against the code: its tables are the code's, and a reader who knows nothing else can take its examples apart,
and make them.

usage: test_document.py DESCRIBE     DESCRIBE prints what the code has (describe.c)
"""
import os
import re
import subprocess
import sys

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, os.path.join(TOP, "tests", "lib"))
from rrasx import Document  # noqa: E402

results = []
doc = Document()


def check(name, ok, detail=""):
    results.append(bool(ok))
    print(f"{'ok' if ok else 'not ok'} - {name}" + (f": {detail}" if detail and not ok else ""), flush=True)


def said(what):
    return subprocess.run([sys.argv[1], what], stdout=subprocess.PIPE, check=True).stdout.decode()


def the_tables_are_the_code_s():
    for what in ("operations", "messages", "examples"):
        check(f"the document has the code's {what}", said(what).strip() in doc.text, f"run {sys.argv[1]} {what}")
    with open(os.path.join(TOP, "fuzz", "rrasx.dict")) as f:
        check("the fuzzers' dictionary is the code's", said("dictionary") == f.read(), f"run {sys.argv[1]} dictionary")


def blocks(section):
    """The two stubs of an example."""
    found = []
    for block in re.findall(r"```\n(.*?)```", section, re.S):
        data = b""
        for line in block.splitlines():
            data += bytes.fromhex(re.match(r"(?:[0-9a-f]{2}(?: |$))*", line.split("  ")[0] + " ").group())
        found.append(data)
    return found


def texts(values):
    """All texts in what a message says."""
    for value in values.values() if isinstance(values, dict) else values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, (dict, list)):
            yield from texts(value)


def the_examples_can_be_taken_apart():
    check("every operation has an example", doc.operations and doc.operations.keys() <= doc.sections.keys())
    for name, (_, request, reply) in doc.operations.items():
        section = doc.sections[name]
        asks, tells = blocks(section)
        asked = doc.unpack(request, asks[8:])
        check(f"{name}: the request is made in the same way", doc.request(name, asked) == asks)
        code, told = doc.reply(name, tells)
        check(f"{name}: the reply says that it was done", code == 0 and doc.pack(reply, told) in tells)
        shown = [*texts(asked), *texts(told)]
        check(f"{name}: its texts are written beside the bytes", all(f'"{text}"' in section for text in shown), shown)


def main():
    the_tables_are_the_code_s()
    the_examples_can_be_taken_apart()
    print(f"1..{len(results)}")
    return 0 if results and all(results) else 1


sys.exit(main())
