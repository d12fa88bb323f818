#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A hundred registrations with a real rrasd: all hear of a user who comes, of a restart after SIGKILL and after SIGTERM, and of what
comes after it.

usage: notify_real.py SOURCE_ROOT BUILD_ROOT CROWD
"""
import os
import sys

ROOT, BUILD, CROWD = sys.argv[1:4]
os.environ["OPENRRAS_BUILD"] = BUILD
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
from rras_site import Sim, Site  # noqa: E402
from scope import Scope  # noqa: E402
from tap import Report  # noqa: E402


def restart(site, how):
    how()
    site.start()


def a_hundred_hear_of_everything(report, scope):
    site = Site(scope)
    site.sections = "\n[limits]\nconnections = 1024\nconnections_per_user = 1024\n"
    site.start()
    sim = Sim(site, "sim")
    sim.welcome()
    steps = [("a user who comes", lambda: sim.say("connect", "alice")),
             ("a restart after SIGKILL", lambda: restart(site, site.kill)),
             ("a user who comes after it", lambda: sim.say("connect", "bob")),
             ("a restart after SIGTERM", lambda: restart(site, site.stop)),
             ("a user who goes after it", lambda: sim.say("drop", "alice"))]
    crowd = scope.start(CROWD, site.binding, str(len(steps)), log="crowd")
    for number, (name, step) in enumerate(steps, 1):
        crowd.wait_log(rf"^ready {number}$")
        report.check(f"nobody has heard of {name} before", f"signalled {number}" not in crowd.log())
        step()
        crowd.wait_log(rf"^signalled {number}$")
        report.check(f"all hear of {name}", True)
    report.check("the crowd ends well", crowd.wait_end() == 0, crowd.log())


def main():
    report = Report()
    with Scope() as scope:
        report.run("a hundred registrations", a_hundred_hear_of_everything, scope)
    report.finish()


if __name__ == "__main__":
    main()
