#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/rrasx.md against the code: its tables are the code's, and a reader who knows nothing else can take its examples apart.

usage: test_document.py SOURCE_ROOT DESCRIBE     DESCRIBE prints what the code has (describe.c)
"""
import os
import re
import struct
import subprocess
import sys

ROOT, DESCRIBE = sys.argv[1:3]
WIDTHS = {"bool": 1, "u32": 4, "u64": 8, "i64": 8, "guid": 16}
results = []


def check(name, ok, detail=""):
    results.append(bool(ok))
    print(f"{'ok' if ok else 'not ok'} - {name}" + (f": {detail}" if detail and not ok else ""), flush=True)


def read(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as f:
        return f.read()


def said(what):
    return subprocess.run([DESCRIBE, what], stdout=subprocess.PIPE, check=True).stdout.decode()


DOCUMENT = read("docs", "rrasx.md")


def the_tables_are_the_code_s():
    for what in ("operations", "messages", "examples"):
        check(f"the document has the code's {what}", said(what).strip() in DOCUMENT, f"run {DESCRIBE} {what}")
    check("the fuzzers' dictionary is the code's", said("dictionary") == read("fuzz", "rrasx.dict"), f"run {DESCRIBE} dictionary")


# ---- a decoder made of nothing but the document ----

def rows(section):
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line.startswith("| ")][1:]


def sections():
    return dict(re.findall(r"^### (\S+)\n(.*?)(?=^##|\Z)", DOCUMENT, re.M | re.S))


def messages():
    return {name: {int(tag): (attr, kind) for tag, attr, kind in rows(body)} for name, body in sections().items() if "| tag |" in body}


def operations():
    table = re.search(r"^\| opnum .*?\n\n", DOCUMENT, re.M | re.S).group()
    return {name: (request, reply) for _, name, _, request, reply in rows(table)}


def blocks(body):
    """The two stubs of an example."""
    found = []
    for block in re.findall(r"```\n(.*?)```", body, re.S):
        data = b""
        for line in block.splitlines():
            data += bytes.fromhex(re.match(r"(?:[0-9a-f]{2}(?: |$))*", line.split("  ")[0] + " ").group())
        found.append(data)
    return found


def take_apart(table, name, data):
    """The attributes of a message, or ValueError."""
    got, at = [], 0
    while at < len(data):
        tag, length = struct.unpack_from("<HH", data, at)
        value = data[at + 4:at + 4 + length]
        at += 4 + length
        attr, kind = table[name][tag]
        if at > len(data) or (kind in WIDTHS and WIDTHS[kind] != length):
            raise ValueError(f"{name}.{attr}")
        if kind.startswith("text"):
            if len(value) > int(kind.split(", ")[1]) or b"\0" in value:
                raise ValueError(f"{name}.{attr}")
            got.append((attr, value.decode()))
        elif kind in WIDTHS:
            got.append((attr, int.from_bytes(value, "little")))
        else:
            inner = re.match(r"(?:record|list of) ([\w-]+)", kind).group(1)
            got.append((attr, take_apart(table, inner, value)))
    return got


def the_examples_can_be_taken_apart():
    table, all_sections = messages(), sections()
    check("every operation has an example", operations() and operations().keys() <= all_sections.keys())
    for name, (request, reply) in operations().items():
        stubs = blocks(all_sections[name])
        cb, size = struct.unpack_from("<II", stubs[0])
        check(f"{name}: the request has its form", cb == size == len(stubs[0]) - 8)
        asked = take_apart(table, request, stubs[0][8:])
        cb, pointer = struct.unpack_from("<II", stubs[1])
        message = stubs[1][12:12 + cb] if pointer else b""
        end = 12 + cb + -cb % 4 if pointer else 8
        check(f"{name}: the reply has its form", stubs[1][end:] == bytes(4) and (not pointer or stubs[1][8:12] == stubs[1][:4]))
        told = take_apart(table, reply, message)
        shown = all_sections[name]
        texts = [v for _, v in asked + told if isinstance(v, str)]
        check(f"{name}: its texts are written beside the bytes", all(f'"{v}"' in shown for v in texts), texts)


def main():
    the_tables_are_the_code_s()
    the_examples_can_be_taken_apart()
    print(f"1..{len(results)}")
    return 0 if results and all(results) else 1


sys.exit(main())
