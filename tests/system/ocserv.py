#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A real ocserv with real users, rras-ocserv, rrasd and rasadmin."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

from ocserv import Ocserv
from scenarios import main

if __name__ == "__main__":
    main(Ocserv)
