#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Users in Active Directory: a real domain controller (Samba's) with the schema and the rights that its owner has published, and rrasd's source
of users on it, set up as docs/users.md says. Other directories, and all else, are in tests/system/ldap.py."""
import os
import re
import shutil
import signal
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests", "lib"))
from authority import Authority
from ldap_probe import Probe
from scope import Scope, end_group, may_make_networks, wait_until
from tap import Report

ATTRIBUTES = ("msNPAllowDialin", "msRADIUSServiceType", "msRADIUSCallbackNumber", "msRASSavedCallbackNumber")
PASSWORDS = {"administrator": "Adm1n-Passw0rd", "rrasd": "Rrasd-Passw0rd", "bob": "Bob-Passw0rd1"}
# Published: the property set RAS-Information, and the class user.
RAS_INFORMATION, USER = "037088f8-0ae1-11d2-b422-00a0c968f939", "bf967aba-0de6-11d0-a285-00aa003049e2"


def run(*argv):
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=240)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(argv)}: {done.stdout[-3000:]}")
    return done.stdout


class Controller:
    """Of a domain that nobody had before, in folders that only this process and its children see."""

    def __init__(self, scope):
        self.scope = scope
        for folder in ("/var/lib/samba", "/var/cache/samba", "/run/samba", "/etc/samba", "/var/log/samba"):
            os.makedirs(folder, exist_ok=True)
            run("mount", "-t", "tmpfs", "tmpfs", folder)
        os.mkdir("/var/lib/samba/private", 0o700)
        hosts = scope.write("hosts", "127.0.0.1 localhost\n127.0.0.1 dc1.example.org dc1\n")
        run("mount", "--bind", hosts, "/etc/hosts")
        run("hostname", "dc1")
        run("ip", "link", "set", "lo", "up")
        run("samba-tool", "domain", "provision", "--realm=EXAMPLE.ORG", "--domain=EXAMPLE", f"--adminpass={PASSWORDS['administrator']}",
            "--server-role=dc", "--dns-backend=NONE", "--host-ip=127.0.0.1", "--host-name=dc1")
        self.process = scope.start("samba", "-i", "-M", "single", "--option=server services = ldap", log="samba")
        wait_until("the domain controller answers", self.answers)

    def answers(self):
        if not self.process.alive():
            raise RuntimeError(self.process.log()[-3000:])
        return subprocess.run(["ldapsearch", "-x", "-H", "ldap://127.0.0.1", "-s", "base", "-b", ""], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL).returncode == 0

    def attributes(self, user):
        out = run("samba-tool", "user", "show", user, f"--attributes={','.join(ATTRIBUTES)}")
        return dict(re.findall(r"^(ms\w+): (.*)$", out, re.M))

    def probe(self, user="administrator", **settings):
        password = user and self.scope.write(f"{user}.password", PASSWORDS[user] + "\n", 0o600)
        return Probe(self.scope, {"ldap_uri": "ldaps://dc1.example.org", "ldap_base": "dc=example,dc=org",
                                  "ldap_filter": "(&(objectCategory=person)(sAMAccountName=%u))", "ldap_bind_dn": user and f"{user}@example.org",
                                  "ldap_password_file": password, "ldap_ca_file": "/var/lib/samba/private/tls/ca.pem", "ldap_timeout_ms": 10000,
                                  **settings})


def is_error(r, name, answer, result, words):
    r.check(name, answer["result"] == result and words in answer["why"], answer)


def settings(r, dc):
    probe = dc.probe()
    got = probe.get("bob")
    r.check("a new user is up to the policy", got["result"] == "ok" and got["by_policy"], got)
    number = {"msRADIUSCallbackNumber": "0301234", "msRASSavedCallbackNumber": "0301234"}
    for words, stands in ((("permitted", "admin", "0301234"), {"msNPAllowDialin": "TRUE", "msRADIUSServiceType": "4", **number}),
                          (("refused", "caller"), {"msNPAllowDialin": "FALSE", "msRADIUSServiceType": "4"}), (("policy", "none"), {}),
                          (("refused", "none"), {"msNPAllowDialin": "FALSE"})):
        done, got = probe.set("bob", *words), probe.get("BOB")
        r.check(f"{' '.join(words)}: stands there, and is read again", done["result"] == "ok" and dc.attributes("bob") == stands and
                got["callback"] == words[1] and got["by_policy"] == (words[0] == "policy") and got["permitted"] == (words[0] == "permitted"),
                f"{done} {got} {dc.attributes('bob')}")
    is_error(r, "nobody: 1317", probe.get("nobody"), "ENOENT", "no user nobody")
    is_error(r, "nor is the machine a user", probe.get("dc1$"), "ENOENT", "no user dc1$")
    is_error(r, "a star is no name", probe.get("b*"), "ENOENT", "no user b*")


def rights(r, dc):
    run("samba-tool", "group", "addmembers", "RAS and IAS Servers", "rrasd")
    probe = dc.probe("rrasd")
    got = probe.get("bob")
    r.check("a member of RAS and IAS Servers may read", got["result"] == "ok" and not got["by_policy"], got)
    is_error(r, "and not write: 5", probe.set("bob", "permitted"), "EACCES", "ldap_bind_dn needs the right")
    sid = re.search(r"^objectSid: (.*)$", run("samba-tool", "user", "show", "rrasd"), re.M).group(1)
    run("samba-tool", "dsacl", "set", "--objectdn=CN=Users,DC=example,DC=org", f"--sddl=(OA;CIIO;RPWP;{RAS_INFORMATION};{USER};{sid})")
    done = probe.set("bob", "permitted")
    r.check("but when it was delegated to him", done["result"] == "ok" and dc.attributes("bob") == {"msNPAllowDialin": "TRUE"}, done)


def connections(r, dc):
    good = dc.probe("bob", ldap_uri="ldap://dc1.example.org", ldap_starttls="yes").get("bob")
    r.check("by STARTTLS as well", good["result"] == "ok", good)
    is_error(r, "a certificate of somebody else", dc.probe(ldap_ca_file=Authority(dc.scope).certificate).get("bob"), "EHOSTDOWN", "no TLS")
    answer = dc.probe(ldap_uri="ldap://127.0.0.1", ldap_starttls="no").get("bob")
    is_error(r, "without TLS it takes no password", answer, "EACCES", "it wants TLS")
    is_error(r, "who is nobody is told what to set", dc.probe(None).get("bob"), "EACCES", "set ldap_bind_dn")
    wrong = dc.scope.write("wrong.password", "no", 0o600)
    is_error(r, "a wrong password", dc.probe(ldap_password_file=wrong).get("bob"), "EACCES", "ldap_password_file is wrong")
    dc.process.signal(signal.SIGTERM)
    dc.process.wait_end()
    is_error(r, "nobody is there", dc.probe().get("bob"), "EHOSTDOWN", "can't be reached")


def inside():
    r = Report()
    with Scope() as scope:
        dc = Controller(scope)
        for user in ("rrasd", "bob"):
            run("samba-tool", "user", "create", user, PASSWORDS[user])
        for test in (settings, rights, connections):
            r.run(test.__name__, test, dc)
    r.finish()


def main():
    if sys.argv[1:] == ["--inside"]:
        inside()
    missing = [p for p in ("samba", "samba-tool", "ldapsearch") if not shutil.which(p)]
    why = may_make_networks() or (f"{missing[0]} is not installed" if missing else None)
    if why:
        r = Report()
        r.skip("users in Active Directory", why)
        r.finish()
    # With namespaces of its own for all that a domain controller makes, and none of its processes outlives it.
    with Scope() as scope:
        child = subprocess.Popen(["unshare", "--net", "--mount", "--uts", "--ipc", "--pid", "--fork", "--kill-child", "--mount-proc", sys.executable,
                                  os.path.abspath(__file__), "--inside"], start_new_session=True)
        scope.callback(end_group, child)
        sys.exit(child.wait())


main()
