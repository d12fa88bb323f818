#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/wire.md and the fuzzers' dictionary are what the tables of operations make.

usage: test_document.py DESCRIBE     DESCRIBE prints both (describe.c)
"""
import os
import subprocess
import sys

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, os.path.join(TOP, "tests", "lib"))
from tap import Report  # noqa: E402


def main():
    report = Report()
    for what, path in (("document", "docs/wire.md"), ("dictionary", "fuzz/dimsvc.dict")):
        made = subprocess.run([sys.argv[1], what], stdout=subprocess.PIPE, check=True).stdout.decode()
        with open(os.path.join(TOP, path), encoding="utf-8") as f:
            report.check(f"{path} is what the tables make", f.read() == made, f"run {sys.argv[1]} {what}")
    report.finish()


main()
