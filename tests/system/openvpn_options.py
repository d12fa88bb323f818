#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The command line and the settings file of rras-openvpn: each complaint names its place, and the exit status says which kind."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

from programs import program
from scope import Scope
from tap import Report


def run(*args):
    done = subprocess.run([program("rras-openvpn"), *args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=60)
    return done.returncode, done.stdout


def file_says(report, scope, what, text, *complaints):
    path = scope.write("openvpn.conf", text)
    status, out = run("--check-config", "--config", path)
    wanted = [f"{path}:{line}: {words}" for line, words in complaints]
    report.check(what, status == (1 if complaints else 0) and all(w in out for w in wanted) and len(out.splitlines()) == len(wanted),
                 f"{status}: {out}")


def test_all(report, scope):
    good = "[rras-openvpn]\nmanagement = /run/x.sock\n"
    file_says(report, scope, "a good file is good", good + "# a comment\nports = 100\ngrace = 300ms\n")
    file_says(report, scope, "an unknown setting is named with its line", good + "\nprots = 100\n", (4, "prots: no such setting"))
    file_says(report, scope, "every complaint comes at once", good + "ports = many\npoll = 1h\n", (3, "ports: "), (4, "poll: "))
    file_says(report, scope, "an unknown section is refused", "[openvpn]\nports = 1\n" + good, (2, "openvpn: no such section"))
    file_says(report, scope, "a line that is none is refused", good + "ports 5\n", (3, "syntax: "))
    file_says(report, scope, "an overlong line is refused", good + "device-name = " + "x" * 300 + "\nports = 5\n", (3, "line: too long"))
    file_says(report, scope, "control characters stay out of the terminal", good + "\x1b[31m = 1\n", (3, "\\x1b[31m: no such setting"))
    status, out = run("--check-config", "--config", scope.path("missing"))
    report.check("a missing file is an error", status == 1 and "No such file" in out, out)
    path = scope.write("openvpn.conf", good + "ports = 5\n")
    report.check("options win over the file", run("--check-config", "--config", path, "--ports", "7")[0] == 0)
    for args, words in ((["--ports", "-7"], "--ports: must be a number"), (["--grace", "1h"], "--grace: "), (["--instance", "a b"], "letters"),
                        (["--management", "x.sock"], "absolute path"), (["surplus"], "Too many arguments")):
        status, out = run("--check-config", "--config", path, *args)
        report.check(f"{' '.join(args)} is refused", status == 2 and words in out, f"{status}: {out}")
    status, out = run("--check-config")
    report.check("without a management socket it can't begin", status == 2 and "--management is missing" in out, out)
    status, out = run("--version")
    report.check("--version says which", status == 0 and out.startswith("rras-openvpn"), out)


def main():
    report = Report()
    with Scope() as scope:
        report.run("settings", test_all, scope)
    report.finish()


if __name__ == "__main__":
    main()
