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
from tap import Report  # noqa: E402

MAP = "libmprapi/libmprapi.map"
NAMED = re.compile(r"`([\w/]+\.(?:c|py)): (\w+)`")


def read(*path):
    with open(os.path.join(TOP, *path), encoding="utf-8") as f:
        return f.read()


def tables(document):
    """The rows of each section, as lists of cells."""
    found = {}
    for section in document.split("\n## ")[1:]:
        title, _, body = section.partition("\n")
        rows = [line.strip("| ").split(" | ") for line in body.splitlines() if line.startswith("| ")]
        found[title] = rows[1:]  # without the head
    return found


def is_run(path, name):
    """Is there such a test in the file? One of cmocka must also stand in its list of tests."""
    full = os.path.join("tests", path)
    if not os.path.exists(os.path.join(TOP, full)):
        return False
    text = read(full)
    if path.endswith(".py"):
        return re.search(rf"^\s*def {name}\(", text, re.M) is not None
    return (re.search(rf"^static void {name}\(void \*\*\w+\)", text, re.M) is not None
            and re.search(rf"\w+\({name}\b[,)]", text.split("struct CMUnitTest", 1)[-1]) is not None)


def is_built(path):
    """The file is named by its folder's meson.build, with or without what stands before and behind its name."""
    build = read("tests", os.path.dirname(path), "meson.build")
    stem = re.sub(r"^test_|\.\w+$", "", os.path.basename(path))
    return re.search(rf"'(?:test_)?{stem}(?:\.c|\.py)?'", build) is not None


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
            wrong = [f"{path}: {name}" for path, name in named if not is_run(path, name) or not is_built(path)]
            report.check(f"{row[0]}: its tests are there ({title.lower()})", named and not wrong, wrong or row[-1])
    for row in document["Functions"]:
        files = {path for path, _ in NAMED.findall(row[-1])}
        sources = files | {"libmprapi/matrix_rows.c"} if any("test_matrix.c" in path for path in files) else files
        report.check(f"{row[0]}: its tests call it", any(row[0] in read("tests", path) for path in sources), sorted(files))
    report.finish()


main()
