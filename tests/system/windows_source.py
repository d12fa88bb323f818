#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One source file, written for Windows (tests/windows/ras_ports.c): compiled for Linux with our headers, all but the entry point as it
stands, it lists the ports of a real rrasd and disconnects users; compiled for Windows with the headers of mingw-w64 and run by Wine, it
prints the same sizes of structures."""
import csv
import glob
import os
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests", "lib"))
from scope import Scope, run_group
from rras_site import Sim, Site
from tap import Report

SOURCES = os.path.join(TOP, "tests", "windows")
INCLUDE = os.path.join(TOP, "include")
WINE = "/usr/lib/wine"
WARNINGS = ["-Wall", "-Wextra", "-Werror"]
# What mingw-w64 compiles from the names without a number, for the version that the source is for, under the names of that revision here.
REVISION_1 = {"MPR_SERVER_EX": "MPR_SERVER_EX_REV1", "MPR_SERVER_SET_CONFIG_EX": "MPR_SERVER_SET_CONFIG_EX_REV1",
              "MPRAPI_TUNNEL_CONFIG_PARAMS": "MPRAPI_TUNNEL_CONFIG_PARAMS_REV1", "IKEV2_CONFIG_PARAMS": "IKEV2_CONFIG_PARAMS_REV1",
              "IKEV2_TUNNEL_CONFIG_PARAMS": "IKEV2_TUNNEL_CONFIG_PARAMS1", "L2TP_CONFIG_PARAMS": "L2TP_CONFIG_PARAMS0"}


def library():
    """The library to link with, and what a sanitizer in it needs."""
    root = os.environ.get("OPENRRAS_ROOT")
    pattern = os.path.join(root, "**", "libmprapi.so") if root else os.path.join(os.environ.get("OPENRRAS_BUILD", os.path.join(TOP, "build")),
                                                                                "libmprapi", "libmprapi.so")
    path = next(iter(sorted(glob.glob(pattern, recursive=True))))
    symbols = subprocess.run(["nm", "-D", path], stdout=subprocess.PIPE, text=True, check=True).stdout
    return path, ["-fsanitize=address,undefined"] if "__asan_init" in symbols else []


def build_linux(r, scope):
    path, sanitizer = library()
    program = scope.path("ras_ports")
    flags = [*WARNINGS, "-Wpedantic", "-Wconversion", f"-I{INCLUDE}", f"-I{INCLUDE}/windows", *sanitizer]
    status, out = run_group(["cc", "-std=c11", *flags, f"{SOURCES}/ras_ports.c", f"{SOURCES}/entry_linux.c", "-o", program, path,
                             f"-Wl,-rpath,{os.path.dirname(path)}"])
    r.check("the source compiles for Linux", status == 0, out)
    return program if status == 0 else None


def build_windows(r, scope):
    program = scope.path("ras_ports.exe")
    status, out = run_group(["x86_64-w64-mingw32-gcc", "-municode", *WARNINGS, f"{SOURCES}/ras_ports.c", "-o", program, "-lmprapi"])
    r.check("the same file compiles for Windows", status == 0, out)
    return program if status == 0 else None


def lists_ports(r, site, program):
    status, out = run_group([program, "list", site.binding])
    lines = out.splitlines()
    r.check("it lists every port", status == 0 and len(lines) == len(site.ports()), f"{status}: {out}")
    handles = {str(p["handle"]) for p in site.ports().values() if p["user"]}
    in_use = {line.split()[1] for line in lines if line.endswith(" in use")}
    r.check("  and which are in use", handles == in_use, out)


def disconnects_users(r, site, sim, program):
    bob = site.port_of("bob")
    links = [p["name"] for p in site.ports().values() if p["user"] == "alice"]
    r.check("alice has two links in one connection", len(links) == 2 and len({site.ports()[n]["connection"] for n in links}) == 1, str(links))
    status, out = run_group([program, "disconnect", "ALICE", site.binding])
    r.check("it disconnects every link of a user", status == 0 and sorted(out.splitlines()) == sorted(f"disconnected {n}" for n in links),
            f"{status}: {out}")
    for name in links:
        site.wait_state(name, "listening")
    r.check("  and the server's daemon has nobody of that name", "alice" not in sim.users())
    r.check("  and nobody else is disconnected", site.port_of("bob")["handle"] == bob["handle"])
    status, out = run_group([program, "disconnect", "alice", site.binding])
    r.check("who is not there can't be disconnected", status == 1 and out == "no connection of alice\n", f"{status}: {out}")
    name = site.port_of("jürgen")["name"]
    status, out = run_group([program, "disconnect", "jürgen", site.binding], env=dict(os.environ, LC_ALL="C.UTF-8"))
    r.check("names outside of ASCII pass through", status == 0 and out == f"disconnected {name}\n", f"{status}: {out}")
    site.wait_state(name, "listening")
    status, out = run_group([program, "list", "ncalrpc:[/nonexistent/socket]"])
    r.check("a server that is not there is an error with a sentence", status == 1 and "error 1722: " in out, f"{status}: {out}")


def wine(scope, program, *args):
    """Run it in a Windows of its own, below our folder, without a display; its output. This Windows has nothing but what Wine itself brings:
    a program that only computes and prints needs no more, and setting a whole one up takes long and writes hundreds of megabytes."""
    home = scope.path("wine")
    prefix = os.path.join(home, "prefix")
    os.makedirs(os.path.join(prefix, "drive_c", "windows", "system32"))
    os.mkdir(os.path.join(prefix, "dosdevices"))
    os.symlink("../drive_c", os.path.join(prefix, "dosdevices", "c:"))
    os.symlink("/", os.path.join(prefix, "dosdevices", "z:"))
    with open(os.path.join(prefix, ".update-timestamp"), "w") as f:
        f.write("disable\n")
    env = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    # Wine's server makes a folder for its socket, and leaves it: ours goes with the scope.
    env.update(HOME=home, WINEPREFIX=prefix, WINEDEBUG="-all", WINEARCH="win64", WINEBOOTSTRAPMODE="1", TMPDIR=home,
               WINESERVER=f"{WINE}/wineserver64")
    try:
        return run_group([f"{WINE}/wine64", program, *args], env=env)
    finally:
        run_group([f"{WINE}/wineserver64", "-k", "-w"], env=env)  # the processes of this prefix, no others


def sizes(text):
    return {name: int(size) for name, size in (line.split() for line in text.splitlines())}


def published():
    """What tests/libmprapi/abi.csv says that mingw-w64 compiles, by the names of the source."""
    with open(os.path.join(TOP, "tests", "libmprapi", "abi.csv"), newline="", encoding="ascii") as f:
        found = {row["struct"]: int(row["size"]) for row in csv.DictReader(f) if not row["field"] and row["source"] == "mingw"}
    for name, ours in REVISION_1.items():
        found[name] = found.pop(ours)
    return found


def same_sizes(r, scope, linux, windows):
    status, out = run_group([linux, "sizes"])
    r.check("it prints the sizes on Linux", status == 0, f"{status}: {out}")
    here = sizes(out)
    status, out = wine(scope, windows, "sizes")
    r.check("and on Windows", status == 0, f"{status}: {out}")
    there = sizes(out)
    differ = {name: (here.get(name), size) for name, size in there.items() if here.get(name) != size}
    r.check(f"the {len(there)} sizes are the same", here == there and len(there) > 50, str(differ))
    known = published()
    r.check("  and those that the tests of the library know", known.items() <= there.items(), str(known.items() - there.items()))


def main():
    r = Report()
    with Scope() as scope:
        linux, windows = build_linux(r, scope), build_windows(r, scope)
        if linux:
            site = Site(scope).start()
            sim = Sim(site, "vpn", "--ports", "6", "--tick", "0")
            for user, *options in (("alice", "bundle=a"), ("bob",), ("alice", "bundle=a"), ("jürgen",)):
                sim.say("connect", user, *options)
            site.wait_port_of("jürgen")
            r.run("list", lists_ports, site, linux)
            r.run("disconnect", disconnects_users, site, sim, linux)
            r.check("rrasd stops cleanly", site.stop() == 0, site.rrasd.log()[-1000:])
        if linux and windows:
            r.run("sizes", same_sizes, scope, linux, windows)
    r.finish()


main()
