#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A real strongSwan gateway with real users, rras-vici, rrasd and rasadmin, end to end: the scenarios of tests/lib/scenarios.py, and what
is strongSwan's own."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import charon
from scenarios import main
from scope import may_make_networks
from strongswan import StrongSwan


def why_not():
    return charon.missing() or may_make_networks()


if __name__ == "__main__":
    main(StrongSwan, extra=[], why_not=why_not)
