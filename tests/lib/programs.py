# SPDX-License-Identifier: Apache-2.0
"""Where the programs of OpenRRAS are: in the installed tree that OPENRRAS_ROOT names, else in the build folder that OPENRRAS_BUILD
names, else in ./build."""
import glob
import os

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILT = {"rras-openvpn": "drivers/openvpn", "rras-ocserv": "drivers/ocserv", "rras-ocserv-connect": "drivers/ocserv", "rras-sim": "drivers/sim",
         "rras-vici": "drivers/vici", "rrasd": "rrasd", "rras-ntlm": "ntlm", "rasadmin": "rasadmin"}
MODULES = ["libmprapi/libmprapi-kerberos.so.0.1.0"]  # what they load when they need it


def _find_libraries(root):
    """A tree that is installed below another place than it was built for: its programs find libmprapi by the environment."""
    found = {os.path.dirname(p) for p in glob.glob(os.path.join(root, "**", "libmprapi.so.0"), recursive=True)}
    before = [p for p in os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep) if p]
    os.environ["LD_LIBRARY_PATH"] = os.pathsep.join([*sorted(found - set(before)), *before])


if os.environ.get("OPENRRAS_ROOT"):
    _find_libraries(os.environ["OPENRRAS_ROOT"])


def program(name):
    root = os.environ.get("OPENRRAS_ROOT")
    places = [os.path.join(root, p, d) for p in ("usr", "usr/local", "") for d in ("sbin", "bin", "libexec/rras")] if root else \
        [os.path.join(os.environ.get("OPENRRAS_BUILD", os.path.join(TOP, "build")), BUILT[name])]
    for place in places:
        path = os.path.join(place, name)
        if os.access(path, os.X_OK):
            return path
    raise FileNotFoundError(f"{name} is in none of {', '.join(places)}: build it, or set OPENRRAS_BUILD or OPENRRAS_ROOT")
