#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/api.md: every function and every operation has a row, and every test that is named there is there and is run.

usage: test_api.py DESCRIBE     DESCRIBE lists the operations (describe.c)
"""
import os
import re
import subprocess
import sys

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, os.path.join(TOP, "tests", "lib"))
from named_tests import NAMED, read, tables, wrong_in  # noqa: E402
from tap import Report  # noqa: E402

MAP = "libmprapi/libmprapi.map"


def main():
    report = Report()
    document = tables(read("docs", "api.md"))
    exported = sorted(set(re.findall(r"^\s+(MprAdmin\w+);", read(MAP), re.M)))
    functions = [row[0] for row in document["Functions"]]
    report.check("each exported function has a row, and only these", functions == exported, sorted(set(functions) ^ set(exported)))
    said = subprocess.run([sys.argv[1], "operations"], stdout=subprocess.PIPE, check=True).stdout.decode()
    operations = [line.split() for line in said.splitlines()]
    for interface in ("dimsvc", "rasrpc"):
        wanted = [[number, name] for which, number, name in operations if which == interface]
        rows = [row[:2] for row in document[f"Operations of {interface}"]]
        report.check(f"each operation of {interface} has a row, and only these", rows == wanted)
    ends_in = {row[0]: [n for n in re.findall(r"(?:^|, )(\d+)", row[1]) if not row[1].startswith("rrasx")] for row in document["Functions"]}
    for row in document["Operations of dimsvc"]:
        listed = [] if row[2] == "-" else row[2].split(", ")
        missing = [name for name in listed if row[0] not in ends_in.get(name, [])]
        report.check(f"opnum {row[0]} and its functions name each other", not missing, missing)
    for title, rows in document.items():
        for row in rows:
            named = NAMED.findall(row[-1])
            wrong = wrong_in(row[-1])
            report.check(f"{row[0]}: its tests are there ({title.lower()})", named and not wrong, wrong or row[-1])
    for row in document["Functions"]:
        files = {path for path, _ in NAMED.findall(row[-1])}
        sources = files | {"libmprapi/matrix_rows.c"} if any("test_matrix.c" in path for path in files) else files
        report.check(f"{row[0]}: its tests call it", any(row[0] in read("tests", path) for path in sources), sorted(files))
    report.finish()


main()
