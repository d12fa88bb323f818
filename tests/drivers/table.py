#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The tables of docs/drivers.md are what the system tests have found out, not what somebody remembers.

    table.py            compare: the facts in the file that OPENRRAS_FACTS names with docs/drivers.md
    table.py --write    write the tables anew

What a driver can do must stand there word for word. Times are what they were on the machine of the one who wrote the table; here they
are printed beside it, and must only be of the same order of magnitude.
"""
import os
import re
import statistics
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests", "lib"))

import driver_facts
from tap import Report

DOCUMENT = os.path.join(TOP, "docs", "drivers.md")
NOISE = 100  # ms: a time below it says nothing on a machine that is busy with other things
MAGNITUDE = 10


def block(name):
    return re.compile(rf"(<!-- facts: {name} -->\n).*?(\n<!-- end -->)", re.S)


def cells(row):
    return [c.strip() for c in row.strip().strip("|").split("|")]


def read_table(text, name):
    """driver -> {row: cell}"""
    lines = block(name).search(text).group(0).splitlines()[1:-1]
    rows = [cells(line) for line in lines if line.startswith("|")]
    head, body = rows[0], rows[2:]
    return {driver: {row[0]: row[i] for row in body} for i, driver in enumerate(head) if i > 0}


def read_limits(text):
    """driver -> [limit]"""
    found = {}
    for line in block("limits").search(text).group(0).splitlines():
        m = re.match(r"\* \*\*(.+?)\*\*: (.*)$", line)
        if m:
            found.setdefault(m.group(1), []).append(m.group(2))
    return found


def shown(ms):
    return f"{ms:.0f} ms" if ms < 1000 else f"{ms / 1000:.1f} s"


def milliseconds(text):
    m = re.fullmatch(r"([\d.]+) (ms|s)", text)
    return float(m.group(1)) * (1000 if m.group(2) == "s" else 1) if m else None


def table(facts, names, cell):
    drivers = sorted(facts)
    rows = [["", *drivers], ["---"] * (len(drivers) + 1)]
    rows += [row for row in ([title, *(cell(facts[d], name) for d in drivers)] for name, title in names.items()) if set(row[1:]) != {"-"}]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def word_of(fact, name):
    return fact["features"].get(name, "-")


def time_of(fact, name):
    times = fact["times"].get(name)
    return shown(statistics.median(times)) if times else "-"


def write(facts):
    with open(DOCUMENT) as f:
        text = f.read()
    limits = "\n".join(f"* **{d}**: {text}" for d in sorted(facts) for text in facts[d]["limits"])
    for name, content in (("features", table(facts, driver_facts.FEATURES, word_of)), ("times", table(facts, driver_facts.TIMES, time_of)),
                          ("limits", limits or "(none)")):
        text = block(name).sub(lambda m, c=content: m.group(1) + c + m.group(2), text)
    with open(DOCUMENT, "w") as f:
        f.write(text)


def same_magnitude(measured, documented):
    a, b = max(measured, NOISE), max(documented, NOISE)
    return a <= b * MAGNITUDE and b <= a * MAGNITUDE


def compare_times(report, driver, fact, column):
    for name, title in driver_facts.TIMES.items():
        documented = milliseconds(column.get(title, ""))
        if name not in fact["times"]:
            report.check(f"{driver}: {title}: documented only when it was measured", documented is None, column)
            continue
        measured = statistics.median(fact["times"][name])
        print(f"# {driver}: {title}: {shown(measured)} here, {column.get(title, '-')} documented", flush=True)
        report.check(f"{driver}: {title}: documented in the right order of magnitude", documented is not None and same_magnitude(measured, documented),
                     f"{shown(measured)}, but {column.get(title)}")


def compare(report, facts):
    with open(DOCUMENT) as f:
        text = f.read()
    features, times, limits = read_table(text, "features"), read_table(text, "times"), read_limits(text)
    report.check("every driver has a column, and no other", sorted(features) == sorted(times) == sorted(facts),
                 f"documented: {sorted(features)}, found: {sorted(facts)}")
    for driver in sorted(set(facts) & set(features)):
        for name, title in driver_facts.FEATURES.items():
            word, documented = word_of(facts[driver], name), features[driver].get(title)
            report.check(f"{driver}: {title}: {word}", documented == word, f"docs/drivers.md says {documented!r}")
        compare_times(report, driver, facts[driver], times.get(driver, {}))
        report.check(f"{driver}: the limits that the tests have named", sorted(limits.get(driver, [])) == sorted(facts[driver]["limits"]),
                     (limits.get(driver), facts[driver]["limits"]))


def main():
    path = os.environ.get("OPENRRAS_FACTS")
    if not path:
        print("table.py: OPENRRAS_FACTS must name the file that the system tests have written their facts to", file=sys.stderr)
        sys.exit(2)
    report = Report()
    if not os.path.exists(path):
        report.skip("docs/drivers.md says what the tests have found", "no test has found anything: they need root and /dev/net/tun")
    elif sys.argv[1:] == ["--write"]:
        write(driver_facts.read(path))
        return
    else:
        report.run("docs/drivers.md", compare, driver_facts.read(path))
    report.finish()


if __name__ == "__main__":
    main()
