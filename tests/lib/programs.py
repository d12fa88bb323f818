# SPDX-License-Identifier: Apache-2.0
"""Where the programs of OpenRRAS are: in the installed tree that OPENRRAS_ROOT names, else in the build folder that OPENRRAS_BUILD
names, else in ./build."""
import os

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILT = {"rras-openvpn": "drivers/openvpn", "rras-sim": "drivers/sim", "rrasd": "rrasd", "rasadmin": "rasadmin"}


def program(name):
    root = os.environ.get("OPENRRAS_ROOT")
    places = [os.path.join(root, p, d) for p in ("usr", "usr/local", "") for d in ("sbin", "bin")] if root else \
        [os.path.join(os.environ.get("OPENRRAS_BUILD", os.path.join(TOP, "build")), BUILT[name])]
    for place in places:
        path = os.path.join(place, name)
        if os.access(path, os.X_OK):
            return path
    raise FileNotFoundError(f"{name} is in none of {', '.join(places)}: build it, or set OPENRRAS_BUILD or OPENRRAS_ROOT")
