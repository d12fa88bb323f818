#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make C tables for test_abi.c, of which each library has one, from abi.csv and abi-constants.csv: what structures and numbers are on
64-bit Windows.

The column "source" says where a row comes from. "mingw": the public-domain headers of mingw-w64, compiled. "list": the published list
of members, in its order, with the offsets that follow from natural alignment; that is for what mingw-w64 lacks or has in an old form.
The types with _REV in their name are one for each layout that Windows has under a name without it (mprapi_tunnels.h).

Fails when the headers have a structure or a number that the files do not: then nobody has looked it up. Fails, too, when the files
have one that the headers do not, and NOT_HERE does not say why.
"""

import csv
import pathlib
import re
import sys

# What Windows has and our headers leave out.
NOT_HERE = {
    "SUCCESS": "far too common a word for a macro; NO_ERROR and ERROR_SUCCESS are the same",
}
# What is in our headers and no fact about Windows: marks that mean nothing here, and what C can't tell the value of.
NOT_VALUES = {"APIENTRY", "WINAPI", "CALLBACK", "IN", "OUT", "OPTIONAL", "TRUE", "FALSE", "INVALID_HANDLE_VALUE"}


def read(path):
    with open(path, newline="", encoding="ascii") as f:
        return list(csv.DictReader(f))


def types(text):
    """All names of structures: one may have several."""
    lists = re.findall(r"^typedef (?:struct|union) _\w+ \{$.*?^\}([^;]+);", text, re.M | re.S)
    return {name.strip() for names in lists for name in names.split(",") if not name.strip().startswith("*")}


def macros(text):
    return dict(re.findall(r"^#define (\w+)[ \t]+(\S.*?)[ \t]*(?:/\*.*)?$", text, re.M))


def numbers(text, declared):
    defined = macros(text)
    names = {n for n, value in defined.items() if not names_type(n, defined, declared)}
    enumerators = {n for body in re.findall(r"^typedef enum _\w+ \{(.*?)\}", text, re.M | re.S) for n in re.findall(r"\b([A-Z]\w+) = \d", body)}
    return (names | enumerators) - {n for n in names if n.startswith("OPENRRAS_")} - NOT_VALUES


def names_type(name, defined, declared):
    while name in defined:
        name = defined[name]
    return name in declared


def differences(headers, structs, constants):
    text = "\n".join(pathlib.Path(h).read_text(encoding="utf-8") for h in headers)
    declared = types(text)
    defined = numbers(text, declared)
    known = {row["struct"] for row in structs} | {row["name"] for row in constants}
    here = declared | defined
    return sorted(here - known), sorted(known - here - set(NOT_HERE)), sorted(set(NOT_HERE) & here)


def print_members(structs):
    print("static const struct abi_member abi_members[] = {")
    for row in structs:
        s, f, offset, size = row["struct"], row["field"], row["offset"], row["size"]
        if f:
            print(f'    {{"{s}.{f}", offsetof({s}, {f}), sizeof((({s} *)0)->{f}), {offset}, {size}}},')
        else:
            print(f'    {{"{s}", 0, sizeof({s}), {offset}, {size}}},')
    print("};")


def print_constants(constants):
    print("static const struct abi_constant abi_constants[] = {")
    for row in constants:
        if not row["value"].startswith('"'):
            print(f'    {{"{row["name"]}", (long long)({row["name"]}), {row["value"]}LL}},')
    print("};")


def print_texts(constants):
    texts = [row for row in constants if row["value"].startswith('"')]
    if texts:
        print("static const struct abi_text abi_texts[] = {")
        for row in texts:
            print(f'    {{"{row["name"]}", {row["name"]}, sizeof({row["name"]}), {row["value"]}}},')
        print("};")


def main():
    struct_file, constant_file, *headers = sys.argv[1:]
    structs, constants = read(struct_file), read(constant_file)
    unknown, lacking, stale = differences(headers, structs, constants)
    for what, names in (("not in the ABI files", unknown), ("not in the headers", lacking), ("no need to be excepted", stale)):
        if names:
            sys.exit(f"{what}: " + ", ".join(names))
    print_members(structs)
    here = [row for row in constants if row["name"] not in NOT_HERE]
    print_constants(here)
    print_texts(here)


if __name__ == "__main__":
    main()
