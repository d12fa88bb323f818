# SPDX-License-Identifier: Apache-2.0
"""Tests that a document names, as `FILE: NAME` with a file under tests/, or `fuzz: TARGET`: are they there, and are they run?"""
import os
import re

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
NAMED = re.compile(r"`([\w/]+\.(?:c|py)|fuzz): (\w+)`")


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


def is_there(path, name):
    """Is there such a test in the file? One of cmocka must also stand in its list of tests; one of a program of its own is called in it."""
    full = os.path.join("tests", path)
    if not os.path.exists(os.path.join(TOP, full)):
        return False
    text = read(full)
    if path.endswith(".py"):
        defined = re.search(rf"^\s*def {name}\(", text, re.M) is not None
        return defined and (not path.startswith("system/") or len(re.findall(rf"\b{name}\b", text)) > 1)
    return (re.search(rf"^static void {name}\(void \*\*\w+\)", text, re.M) is not None
            and re.search(rf"\w+\({name}\b[,)]", text.split("struct CMUnitTest", 1)[-1]) is not None)


def is_run(path):
    """./check runs what is in system/; elsewhere the file is named by its folder's meson.build, with or without what stands before and
    behind its name."""
    if path.startswith("system/"):
        return not os.path.basename(path).startswith("_")
    build = read("tests", os.path.dirname(path), "meson.build")
    stem = re.sub(r"^(?:test|cli)_|\.\w+$", "", os.path.basename(path))
    return re.search(rf"'(?:test_|cli_)?{stem}(?:\.c|\.py)?'", build) is not None


def wrong_in(text):
    """What is named in the text and is not there, or is not run."""
    targets = set(re.findall(r"'(\w+)': \{'sources'", read("fuzz", "meson.build")))

    def is_good(path, name):
        return name in targets if path == "fuzz" else is_there(path, name) and is_run(path)
    return [f"{path}: {name}" for path, name in NAMED.findall(text) if not is_good(path, name)]
