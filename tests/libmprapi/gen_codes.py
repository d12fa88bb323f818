#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make a C table of all codes that the error headers define, so that test_errors.c can ask for the sentence of each."""

import pathlib
import re
import sys


def main():
    print("static const struct code codes[] = {")
    for header in sys.argv[1:]:
        text = pathlib.Path(header).read_text(encoding="utf-8")
        for name in re.findall(r"^#define (\w+)[ \t]+\d+", text, re.M):
            if not name.endswith("BASE"):
                print(f'    {{"{name}", {name}}},')
    print("};")


if __name__ == "__main__":
    main()
