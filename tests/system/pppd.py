#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The plugin for pppd with real pppds, real servers and real clients: serial lines, PPPoE, L2TP and PPTP. All of it runs in a User Mode
Linux guest, on whose kernel PPP is: this program boots it, and runs itself in it with --inside.

usage: pppd.py [LINE[:SCENARIO,...] ...]     for example: pppd.py pppoe serial:up_and_listed
"""
import glob
import os
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests", "lib"))

LIMIT = 1500  # seconds for the guest; a machine with other work takes long


# All scenarios on one kind of line; on the others those in which lines differ. The guest is slow.
DIFFERENT = ["up_and_listed", "disconnected_by_port", "ended_hard"]
PLAN = {"serial": DIFFERENT[:2], "pppoe": None, "l2tp": [*DIFFERENT, "hangs_up"], "pptp": DIFFERENT}


def compile_example(folder, root, build):
    """examples/disconnect.c, which ends all links of a user with the Windows calls."""
    found = glob.glob(os.path.join(root or build, "**", "libmprapi.so.0"), recursive=True)
    if not found:
        raise FileNotFoundError(f"no libmprapi.so.0 in {root or build}")
    program = os.path.join(folder, "disconnect")
    subprocess.run(["cc", "-o", program, os.path.join(TOP, "examples/disconnect.c"), "-I", os.path.join(TOP, "include"), found[0],
                    f"-Wl,-rpath,{os.path.dirname(found[0])}"], check=True)
    return program


def outside():
    import uml
    from tap import Report
    why = uml.why_not()
    if why:
        report = Report()
        report.skip("pppd in a guest", why)
        report.finish()
    env = {k: v for k, v in os.environ.items() if k.startswith("OPENRRAS_")}
    if env.get("OPENRRAS_PLAIN_ROOT"):  # sanitizers need more address space than the guest's programs have
        env["OPENRRAS_ROOT"] = env["OPENRRAS_PLAIN_ROOT"]
    keep = {}
    if env.get("OPENRRAS_FACTS"):
        keep[env["OPENRRAS_FACTS"]] = "facts"
        env["OPENRRAS_FACTS"] = "/mnt/facts"
    with tempfile.TemporaryDirectory(prefix="openrras-") as folder:
        env["EXAMPLE"] = compile_example(folder, env.get("OPENRRAS_ROOT"), env.get("OPENRRAS_BUILD", os.path.join(TOP, "build")))
        sys.exit(uml.run([sys.executable, os.path.abspath(__file__), "--inside", *sys.argv[1:]], LIMIT, env=env, keep=keep))


def inside(arguments):
    import pppd_lines
    from pppd import LINES, prepare_guest
    from scenarios import run_scenarios
    from tap import Report
    prepare_guest()
    report = Report()
    for argument in arguments or PLAN:
        line, _, only = argument.partition(":")
        extra = pppd_lines.EXTRA.get(line, [])
        wanted = only.split(",") if only else PLAN[line] and [*PLAN[line], *(f.__name__ for f in extra)]
        run_scenarios(report, LINES[line], only=wanted or (), extra=extra, why_not=lambda: None)
    report.finish()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        inside(sys.argv[2:])
    else:
        outside()
