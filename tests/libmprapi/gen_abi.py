#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make C tables for test_abi.c from abi.csv and abi-constants.csv: what structures and numbers are on 64-bit Windows.

Fails when the headers have a structure or a number that the files do not: then nobody has looked it up.
"""

import csv
import pathlib
import re
import sys


def read(path):
    with open(path, newline="", encoding="ascii") as f:
        return list(csv.DictReader(f))


def missing(headers, structs, constants):
    text = "\n".join(pathlib.Path(h).read_text(encoding="utf-8") for h in headers)
    declared = re.findall(r"^typedef struct _(\w+) \{", text, re.M)
    numbers = re.findall(r"^#define (\w+)[ \t]+\S", text, re.M) + re.findall(r"^    (\w+) = \d+", text, re.M)
    known = {row["struct"] for row in structs}
    known_numbers = {row["name"] for row in constants}
    not_values = {"APIENTRY", "WINAPI", "CALLBACK", "IN", "OUT", "OPTIONAL", "TRUE", "FALSE", "INVALID_HANDLE_VALUE"}
    return [s for s in declared if s not in known] + [
        n for n in numbers if n not in known_numbers | not_values and not n.startswith("OPENRRAS_")]


def main():
    struct_file, constant_file, *headers = sys.argv[1:]
    structs, constants = read(struct_file), read(constant_file)
    unknown = missing(headers, structs, constants)
    if unknown:
        sys.exit("not in the ABI files: " + ", ".join(unknown))

    print("static const struct abi_member abi_members[] = {")
    for row in structs:
        s, f, offset, size = row["struct"], row["field"], row["offset"], row["size"]
        if f:
            print(f'    {{"{s}.{f}", offsetof({s}, {f}), sizeof((({s} *)0)->{f}), {offset}, {size}}},')
        else:
            print(f'    {{"{s}", 0, sizeof({s}), {offset}, {size}}},')
    print("};\nstatic const struct abi_constant abi_constants[] = {")
    for row in constants:
        print(f'    {{"{row["name"]}", (long long)({row["name"]}), {row["value"]}LL}},')
    print("};")


if __name__ == "__main__":
    main()
