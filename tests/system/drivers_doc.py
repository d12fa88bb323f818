#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What docs/drivers.md says about a machine whose daemon is running already, typed word for word into one: a guest (tests/lib/uml.py) with
systemd, where the daemon of the distribution has users before anything of OpenRRAS is there; and then all daemons at once under one rrasd.
At the end the same with docs/users.md and a directory: whether rrasd may talk to one shows only where systemd confines it.

The guest runs the release build, installed below /usr, with its units. OPENRRAS_PLAIN_ROOT says where that tree is; without it, it is built.
Arguments are names of daemons, or "users" for the directory alone."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests", "lib"))

import uml
from authority import Authority
from scope import Scope, may_make_networks, run_group, wait_until
from sites import SITES
from slapd import Slapd
from tap import Report

BOOT_LIMIT = 900  # seconds


def blocks(name):
    """The commands of the documents that are marked with this name, block by block."""
    text = ""
    for document in ("drivers.md", "users.md"):
        with open(os.path.join(TOP, "docs", document)) as f:
            text += f.read()
    return re.findall(rf"^<!-- run: {name} -->\n```sh\n(.*?)^```$", text, re.M | re.S)


def type_in(report, name):
    """As an administrator does: each block into a root shell. Stops at the first command that fails."""
    for number, block in enumerate(blocks(name), 1):
        status, out = run_group(["bash", "-e", "-u", "-o", "pipefail", "-c", block], 300)
        print(*(f"# | {line}" for line in out.splitlines()), sep="\n", flush=True)
        if not report.check(f"{name}: what stands in block {number} works", status == 0, f"exit status {status}"):
            return False
    return report.check(f"{name}: the document has such commands", blocks(name) != [])


def rasadmin(*args):
    done = subprocess.run(["rasadmin", "--json", *args], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


def ports():
    status, out = rasadmin("ports")
    if status != 0:
        raise RuntimeError(out)
    return json.loads(out)["ports"]


def port_of(site, user):
    return next((p for p in ports() if p["user"] == site.name_of(user) and p["state"] == "connected" and p["type"].lower() == site.device_type), None)


def follows_the_document(report, scope, site_class, done):
    """A site with two users; the document; one of them is disconnected. Then it is one of those that are `done`."""
    site = site_class(scope)
    site.start()
    site.connect("alice")
    site.connect("bob")
    report.check(f"{site.name}: a daemon with two users, and nothing of ours", site.is_up("alice") and site.is_up("bob"))
    if not type_in(report, site.name):
        return
    site.come_back()
    for user in ("alice", "bob"):
        wait_until(f"{user} on a port", lambda u=user: port_of(site, u), 120)
    report.check(f"{site.name}: both are listed, with the right names and type", True)
    alice, bob = port_of(site, "alice"), port_of(site, "bob")
    status, out = rasadmin("disconnect", "--port", alice["name"], "--wait", "--yes")
    report.check(f"{site.name}: one is disconnected by her port, confirmed", status == 0, out)
    site.wait_gone("alice")
    now = port_of(site, "bob")
    report.check(f"{site.name}: and the other one stays", site.is_up("bob") and now and now["handle"] == bob["handle"], now)
    done.append(site)


def four_at_once(report, sites):
    """All of them under one rrasd: one table, and each disconnect hits one session of one daemon."""
    for site in sites:
        if not site.is_up("alice"):
            site.end("alice")
            site.connect("alice")
    everybody = [(site, user) for site in sites for user in ("alice", "bob")]
    for site, user in everybody:
        wait_until(f"{user} on a port of {site.name}", lambda s=site, u=user: port_of(s, u), 120)
    table = {(p["type"].lower(), p["user"]): p["handle"] for p in ports() if p["state"] == "connected"}
    report.check("one table has everybody, with the right names and types", set(table) == {(site.device_type, site.name_of(u)) for site, u in everybody}, table)
    for site in sites:
        before = handles()
        status, out = rasadmin("disconnect", "--port", port_of(site, "alice")["name"], "--wait", "--yes")
        report.check(f"alice on {site.name} is disconnected by her port, confirmed", status == 0, out)
        site.wait_gone("alice")
        gone = {h: who for h, who in before.items() if h not in handles()}
        report.check("she, and nobody else of any daemon", list(gone.values()) == [(site.device_type, site.name_of("alice"))], gone)
    report.check("every bob is there, and knows of nothing", all(site.is_up("bob") for site in sites))
    site, before = sites[-1], handles()
    status, out = rasadmin("disconnect", "--type", site.device_type, "--wait", "--yes")
    gone = {h: who for h, who in before.items() if h not in handles()}
    report.check(f"all of one type, {site.device_type}, are disconnected, and no other", status == 0 and
                 list(gone.values()) == [(site.device_type, site.name_of("bob"))], f"{out} {gone}")


def users_in_a_directory(report, scope):
    """A server as Debian's, on this machine, but by its network."""
    authority = Authority(scope, "ldap-pki")
    os.makedirs("/run/slapd", exist_ok=True)
    slapd = Slapd(scope, authority, ["DNS:ldap.example.org"], local="ldapi:///")
    slapd.add_user("alice")
    shutil.copy(slapd.password_file, "/root/admin.password")
    shutil.copy(authority.certificate, "/etc/rras/ldap-ca.pem")
    os.chmod("/etc/rras/ldap-ca.pem", 0o644)
    with open("/etc/hosts", "a") as f:
        f.write("127.0.0.1 ldap.example.org\n")
    if all(type_in(report, name) for name in ("network", "openldap", "openldap-try")):
        status, out = rasadmin("user", "show", "alice")
        report.check("what was set stands in the directory, and comes from there", status == 0 and
                     slapd.attributes("uid=alice,ou=people,dc=example,dc=org") == {"msNPAllowDialin": ["FALSE"]}, out)


def handles():
    return {p["handle"]: (p["type"].lower(), p["user"]) for p in ports() if p["state"] == "connected"}


def inside(names):
    """In the guest."""
    report = Report()
    subprocess.run(["cp", "-a", os.environ["OPENRRAS_PLAIN_ROOT"] + "/.", "/"], check=True)
    with Scope() as scope:
        if type_in(report, "rrasd"):
            sites = []
            for name in names:
                report.run(name, follows_the_document, scope, SITES[name], sites)
            if len(sites) > 1:
                report.run("several daemons at once", four_at_once, sites)
            report.run("users in a directory", users_in_a_directory, scope)
        if report.failed:
            print(subprocess.run(["journalctl", "--no-pager", "-n", "200"], stdout=subprocess.PIPE, text=True).stdout)
    report.finish()


def release(scope):
    """The tree that is to be installed, built if need be."""
    if os.environ.get("OPENRRAS_PLAIN_ROOT"):
        return os.environ["OPENRRAS_PLAIN_ROOT"]
    build, root = scope.path("build"), scope.path("release")
    for argv in (["meson", "setup", build, TOP, "--buildtype=release", "--prefix=/usr", "--sysconfdir=/etc", "--localstatedir=/var", "-Dtests=false"],
                 ["ninja", "-C", build], ["meson", "install", "-C", build, "--no-rebuild", "--destdir", root]):
        status, out = run_group(argv)
        if status != 0:
            raise RuntimeError(f"{' '.join(argv)}: {out[-2000:]}")
    return root


def main():
    names = [n for n in sys.argv[1:] if n in SITES] or ([] if "users" in sys.argv else list(SITES))
    if sys.argv[1:2] == ["--inside"]:
        inside(names)
    why = uml.why_not() or may_make_networks()
    if why:
        report = Report()
        report.skip("docs/drivers.md, typed into a machine", why)
        report.finish()
    with Scope() as scope:
        root = release(scope)
        sys.exit(uml.run([sys.executable, os.path.abspath(__file__), "--inside", *(names or ["users"])], BOOT_LIMIT,
                         {"OPENRRAS_PLAIN_ROOT": root, "OPENRRAS_ROOT": root}, "768M", systemd=True))


if __name__ == "__main__":
    main()
