# SPDX-License-Identifier: Apache-2.0
"""What a chapter of the documentation tells an administrator to type and to write: for tests that do it word by word."""
import os
import re
import shlex

from programs import TOP


def read(document, title, until="### "):
    """The commands, as lists of words without what is said of them behind a #, and the lines of settings, in the indented blocks of the
    chapter before its first section, or another headline."""
    with open(os.path.join(TOP, "docs", document)) as f:
        chapter = f.read().split(f"\n## {title}\n")[1].split("\n" + until)[0]
    blocks = re.findall(r"(?:^    .*\n|^\n(?=    ))+", chapter, re.M)
    lines = [line.strip() for b in blocks for line in b.splitlines()]
    ini = [line for line in lines if line.startswith("[") or re.match(r"\w+ = ", line)]
    return [shlex.split(line, comments=True) for line in lines if line and line not in ini], ini
