#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The error matrix against a real rrasd: for each role a server with a simulated daemon, and one that routes between LANs only. Then
pages of lists, for the administrator. Before that: has every function of mprapi.h a row?

usage: matrix.py SOURCE_ROOT BUILD_ROOT MATRIX OTHERS PAGES      (programs made of test_matrix.c, test_matrix_others.c, test_pages.c)
"""
import os
import re
import subprocess
import sys

ROOT, BUILD, MATRIX, OTHERS, PAGES = sys.argv[1:6]
os.environ["OPENRRAS_BUILD"] = BUILD
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
from rras_site import Sim, Site  # noqa: E402
from scope import Scope, wait_until  # noqa: E402
from tap import Report  # noqa: E402

ROLES = ("none", "viewer", "operator", "administrator")
SETTINGS = {"viewer": "viewers", "operator": "operators", "administrator": "administrators"}
SOMEBODY = 54007  # whom the programs become: for uid 0 there are no roles


def declared():
    with open(os.path.join(ROOT, "include", "mprapi.h")) as f:
        return set(re.findall(r"^MPRAPI_EXPORT \w+ APIENTRY (MprAdmin\w+)\(", f.read(), re.M))


def names(program):
    return set(subprocess.run([program, "--names"], stdout=subprocess.PIPE, text=True, check=True).stdout.split())


def every_function_has_a_row(report):
    missing = declared() - names(MATRIX) - names(OTHERS)
    report.check("every function has a row", not missing and len(declared()) == 33, f"{len(declared())} functions, without a row: {missing}")


def site_for(scope, role, name, **server):
    site = Site(scope, name, **server)
    if role in SETTINGS:
        site.sections = f"\n[roles]\n{SETTINGS[role]} = user:{SOMEBODY}\n"
    return site.start()


def run(report, what, program, *args):
    done = subprocess.run([program, *args], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=150)
    said = done.stdout
    report.check(f"{what}: {said.count('[       OK ]')} tests", done.returncode == 0 and "[       OK ]" in said, said)


def connection_that_was(site, sim, user):
    """The handle of a connection, which is over when this returns."""
    sim.say("connect", user)
    handle = site.wait_port_of(user)["connection"]
    sim.say("drop", user)
    wait_until(f"{user} is gone", lambda: not site.port_of(user))
    return handle


def asked_by(report, scope, role):
    site, lan = site_for(scope, role, role), site_for(scope, role, role + "-lan", router_type="lan")
    sim = Sim(site, "sim", "--ports", "24", "--tick", "0")
    os.chmod(sim.control, 0o777)
    over = connection_that_was(site, sim, "ghost")
    sim.say("connect", "alice")
    sim.say("behave", "lie", "for", "alice")
    site.wait_port_of("alice")
    args = (role, str(SOMEBODY), site.binding, lan.binding, str(over), sim.control)
    if role == "administrator":
        run(report, "pages", PAGES, *args)
    run(report, f"the matrix for {role}", MATRIX, *args)
    for s in (site, lan):
        report.check(f"rrasd of {os.path.basename(s.dir)} stops cleanly", s.stop() == 0, s.rrasd.log()[-1000:])


def main():
    report = Report()
    report.run("rows", every_function_has_a_row)
    for role in ROLES:
        if os.geteuid() != 0:
            report.skip(f"the matrix for {role}", "only root can be somebody else")
            continue
        with Scope() as scope:
            report.run(role, asked_by, scope, role)
    report.finish()


main()
