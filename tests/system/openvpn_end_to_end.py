#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A real OpenVPN server with real users, rras-openvpn, rrasd and rasadmin, end to end: the scenarios of tests/lib/scenarios.py, and what
is OpenVPN's own."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

from openvpn import OpenVpn
from scenarios import main


def the_client_is_told_why(report, w):
    alice, port = w.connect_listed("alice")
    w.disconnect(port["name"], "--wait")
    alice.wait_gone()
    report.check("her client has heard that it was disconnected", "Halt command was pushed by server" in alice.client.process.log(),
                 alice.client.process.log()[-500:])


if __name__ == "__main__":
    main(OpenVpn, extra=[the_client_is_told_why])
