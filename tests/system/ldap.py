#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Users in a directory: a real OpenLDAP server, set up with the very commands of docs/users.md, the source of users of rrasd on it, and then
all of rrasd with it. What a directory does that means no good is in tests/rrasd/test_users_ldap.py."""
import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests", "lib"))
sys.path.insert(0, os.path.join(TOP, "tests", "rrasd"))
from authority import Authority
from ldap_probe import Probe
from programs import program
from rig import Driver
from rras_site import Site
from scope import Scope, may_make_networks, run_group, wait_until
from slapd import SUFFIX, Slapd
from tap import Report

TIMEOUT_MS = 500
SOON = 20  # seconds; far above what a bounded call takes on a loaded machine
OURS = ("msNPAllowDialin", "msRADIUSServiceType", "msRADIUSCallbackNumber", "msRASSavedCallbackNumber")


class World:
    """The directory, with a few users, as docs/users.md sets it up."""

    def __init__(self, r, scope):
        self.scope, self.netns = scope, scope.netns(f"rldap{os.getpid()}")
        self.etc = scope.path("etc")
        os.mkdir(self.etc, 0o755)
        self.authority = Authority(scope)
        self.slapd = Slapd(scope, self.authority, ["IP:127.0.0.1"], netns=self.netns)
        self.password_file = os.path.join(self.etc, "ldap.password")
        self.alice = self.slapd.add_user("alice")
        self.follow_the_document(r)
        self.bob = self.slapd.add_user("bob", "openRrasDialIn")
        self.binds = {"ldap_bind_dn": f"cn=rrasd,{SUFFIX}", "ldap_password_file": self.password_file}

    def follow_the_document(self, r):
        """Its commands, but for where things are."""
        with open(os.path.join(TOP, "docs", "users.md")) as f:
            blocks = re.findall(r"^<!-- run: openldap -->\n```sh\n(.*?)^```$", f.read(), re.M | re.S)
        for there, here in (("ldapi:///", self.slapd.local), ("/usr/share/doc/openrras/examples", os.path.join(TOP, "examples")),
                            ("/root/admin.password", self.slapd.password_file), ("/etc/rras", self.etc), ("-g rras", "-g root"),
                            ("ldap.example.org", "127.0.0.1"), ("rrasd --check", f"{program('rrasd')} --config {self.etc}/rrasd.conf --check"),
                            ("ldap-ca.pem", "../pki/ca.crt")):
            blocks = [b.replace(there, here) for b in blocks]
        r.check("docs/users.md has commands for OpenLDAP", len(blocks) == 5, len(blocks))
        for number, block in enumerate(blocks, 1):
            status, out = run_group(["bash", "-e", "-u", "-o", "pipefail", "-c", block], 60)
            r.check(f"docs/users.md: what stands in block {number} for OpenLDAP works", status == 0, out)

    def probe(self, **settings):
        words = {"ldap_uri": "ldaps://127.0.0.1", "ldap_base": f"ou=people,{SUFFIX}", "ldap_filter": "(&(objectClass=inetOrgPerson)(uid=%u))",
                 "ldap_ca_file": self.authority.certificate, "ldap_starttls": "yes", "ldap_timeout_ms": 10000, **self.binds, **settings}
        return Probe(self.scope, words, self.netns)


def is_error(r, name, answer, result, words):
    r.check(name, answer["result"] == result and words in answer["why"], answer)


# ---- the source ----

def every_combination(r, w):
    """Whatever is set stands in the directory as it must, and is read again as it was set."""
    probe = w.probe()
    wrong = []
    before = {}
    for permission, callback, number in itertools.product(("permitted", "refused", "policy"), ("none", "caller", "admin"), ("", "+49 30 1234", "7")):
        if callback == "admin" and not number:
            continue
        expected = {}
        if permission != "policy":
            expected["msNPAllowDialin"] = ["TRUE" if permission == "permitted" else "FALSE"]
        if callback != "none":
            expected["msRADIUSServiceType"] = ["4"]
        if callback == "admin":
            expected["msRADIUSCallbackNumber"] = [number]
        if number:
            expected["msRASSavedCallbackNumber"] = [number]
        done = probe.set("bob", permission, callback, number)
        stands, got = w.slapd.attributes(w.bob), probe.get("bob")
        want = (permission == "permitted", permission == "policy", callback, number)
        if done["result"] != "ok" or stands != expected or (got["permitted"], got["by_policy"], got["callback"], got["number"]) != want:
            wrong.append((permission, callback, number, done, stands, got))
        before = expected
    r.check("every combination is set, stands there as it must, and is read again", not wrong and before, wrong[:2])
    is_error(r, "callback to a set number that is empty: 87", probe.set("bob", "permitted", "admin"), "EINVAL", "needs a number")
    is_error(r, "a number that is not of ASCII: 87", probe.set("bob", "permitted", "caller", "\u00e4"), "EINVAL", "ASCII")
    r.check("and neither has changed anything", w.slapd.attributes(w.bob) == before, w.slapd.attributes(w.bob))
    r.check("the probe ends well", probe.end() == 0)


def who_is_found(r, w):
    twin = [w.slapd.add_user("twin", "openRrasDialIn", rdn=f"cn=twin{i}", msNPAllowDialin="TRUE") for i in range(2)]
    odd = {name: w.slapd.add_user(name, "openRrasDialIn", rdn=f"cn=odd{i}", msNPAllowDialin="TRUE")
           for i, name in enumerate(["*", "*)(uid=*", "a\\b", "CORP\\eve", "x(y)", "a&b|c!d", "J\u00f6rg", "%u", "k\\2a"])}
    probe = w.probe()
    probe.set("bob", "refused")
    is_error(r, "nobody: 1317", probe.get("nobody"), "ENOENT", "the directory has no user nobody")
    is_error(r, "nobody can be set: 1317", probe.set("nobody", "permitted"), "ENOENT", "no user nobody")
    is_error(r, "nobody can be made: 50", probe.set("nobody", "permitted", verb="create"), "EOPNOTSUPP", "accounts are made in the directory")
    is_error(r, "two of a name are nobody for certain", probe.get("twin"), "EEXIST", "twin: ldap_filter finds more than one entry")
    is_error(r, "and neither is changed", probe.set("twin", "refused"), "EEXIST", "more than one")
    r.check("  neither", all(w.slapd.attributes(dn) == {"msNPAllowDialin": ["TRUE"]} for dn in twin))
    found = {name: probe.get(name) for name in odd}
    r.check("names with all that a filter is made of find their own entry",
            all(a["result"] == "ok" and a["permitted"] for a in found.values()), found)
    for name in odd:
        probe.set(name, "refused")
    left = [name for name, dn in odd.items() if w.slapd.attributes(dn) != {"msNPAllowDialin": ["FALSE"]}]
    r.check("and change it", not left, left)
    for name in ("b*", "(uid=bob)", "bob)(|(uid=*", "*)(objectClass=*", "\\62ob", "bo\\b"):
        answer = probe.get(name)
        r.check(f"{name!r} finds nobody", answer["result"] == "ENOENT", answer)
    r.check("case does not count in a directory", probe.get("BOB")["result"] == "ok")
    is_error(r, "a domain in front does", probe.get("CORP\\bob"), "ENOENT", "CORP\\\\bob")


def what_rrasd_may_not(r, w):
    carol = w.slapd.add_user("carol")  # of no class that has the attributes
    w.slapd.add_user("dora", "openRrasDialIn", msNPAllowDialin="FALSE")
    stranger = w.slapd.add_user("stranger", userPassword="of no rights")
    password = w.scope.write("stranger.password", "of no rights\n", 0o640)
    is_error(r, "an entry without the class: 8224, and what it needs", w.probe().set("carol", "permitted"), "EPROTO", "needs a class that has it")
    r.check("  unchanged", w.slapd.attributes(carol) == {})
    for name, settings in (("somebody without the right", {"ldap_bind_dn": stranger, "ldap_password_file": password}),
                           ("nobody", {"ldap_bind_dn": None, "ldap_password_file": None}),
                           ("root by the unix socket", {"ldap_bind_dn": None, "ldap_password_file": None, "ldap_uri": w.slapd.local})):
        probe = w.probe(**settings)
        got = probe.get("dora")
        r.check(f"{name} sees the user, not what stands there", got["result"] == "ok" and got["by_policy"], got)
        words = "ldap_bind_dn needs the right" if name != "nobody" else "(8)"
        is_error(r, f"{name} may change nothing: 5", probe.set("dora", "permitted"), "EACCES", words)
    is_error(r, "a base that is not there: 5, and not \"no such user\"", w.probe(ldap_base="ou=nowhere," + SUFFIX).get("bob"), "EACCES",
             "ldap_base is not there")
    is_error(r, "a base that is no name", w.probe(ldap_base="nowhere").get("bob"), "EACCES", "ldap_base is no name")
    wrong = w.scope.write("wrong.password", "Wachtwoord-4711\n", 0o640)
    answer = w.probe(ldap_password_file=wrong).get("bob")
    is_error(r, "a wrong password: 5, and which file", answer, "EACCES", "ldap_bind_dn or what is in ldap_password_file is wrong")
    r.check("  and it stands nowhere", "Wachtwoord" not in answer["why"], answer)


def certificates(r, w):
    other = Authority(w.scope, "other")
    for scheme in ("ldap", "ldaps"):
        probe = w.probe(ldap_uri=f"{scheme}://127.0.0.1")
        r.check(f"{scheme}: a good certificate", probe.get("bob")["result"] == "ok")
        answer = w.probe(ldap_uri=f"{scheme}://127.0.0.1", ldap_ca_file=other.certificate).get("bob")
        is_error(r, f"{scheme}: one of another authority", answer, "EHOSTDOWN", "no TLS")
        answer = w.probe(ldap_uri=f"{scheme}://127.0.0.1", ldap_ca_file=None).get("bob")  # then it is up to the machine, and not to trust all
        r.check(f"{scheme}: nobody says whom to trust", answer["result"] in ("EHOSTDOWN", "EPROTO"), answer)
    is_error(r, "a certificate for another name", w.probe(ldap_uri="ldaps://127.0.0.2").get("bob"), "EHOSTDOWN", "no TLS")
    r.check("a unix socket needs none", w.probe(ldap_uri=w.slapd.local).get("bob")["result"] == "ok")


def away_and_back(r, w):
    probe, hasty = w.probe(), w.probe(ldap_timeout_ms=TIMEOUT_MS)
    r.check("both ask", probe.get("bob")["result"] == "ok" and hasty.get("bob")["result"] == "ok")
    w.slapd.freeze()
    try:
        started = time.monotonic()
        is_error(r, "slapd hangs: in time", hasty.get("bob"), "ETIMEDOUT", "see ldap_timeout")
        r.check("  indeed", time.monotonic() - started < SOON)
    finally:
        w.slapd.process.signal(signal.SIGCONT)
    r.check("and goes on", wait_until("an answer", lambda: hasty.get("bob")["result"] == "ok"))
    w.slapd.stop()
    is_error(r, "slapd is away", probe.get("bob"), "EHOSTDOWN", "can't be reached")
    r.check("  for a change as well", probe.set("bob", "permitted")["result"] == "EHOSTDOWN")
    w.slapd.start()
    r.check("it is back, and so are we", probe.get("bob")["result"] == "ok" and hasty.get("bob")["result"] == "ok")
    w.slapd.stop()
    w.slapd.start()
    r.check("a restart that nobody asked through is not noticed", probe.set("bob", "permitted")["result"] == "ok" and
            w.slapd.attributes(w.bob)["msNPAllowDialin"] == ["TRUE"])


# ---- all of rrasd with it ----

class Gate:
    """A daemon's driver that asks rrasd at log-on."""

    def __init__(self, site):
        self.driver, self.n = Driver(site.driver_socket, more=["admission"]), 0
        site.scope.callback(self.driver.close)
        self.driver.hear("welcome")
        self.driver.end_snapshot()

    def ask(self, user):
        self.n += 1
        self.driver.say(type="admission-ask", n=self.n, user=user, client_address="192.0.2.7:4000")

    def answer(self):
        return self.driver.hear("admission")["result"]

    def verdict(self, user):
        self.ask(user)
        return self.answer()


def configure(site, w, **settings):
    """What docs/users.md has put there, and more: its section is the last."""
    with open(os.path.join(w.etc, "rrasd.conf")) as f:
        site.sections = "[limits]\n" + f.read() + "".join(f"{k} = {v}\n" for k, v in settings.items())
    site.write_config()


def reload(site):
    before = len(site.rrasd.log())
    site.rrasd.signal(signal.SIGHUP)
    site.rrasd.wait_log(r"reload: (done|the new)", after=before)
    return site.rrasd.log()[before:]


def rrasd_with_it(r, w):
    site = Site(w.scope, netns=w.netns)
    configure(site, w, ldap_timeout="10s", policy="refuse")
    site.start()
    gate, probe = Gate(site), w.probe()
    probe.set("bob", "refused")
    r.check("who may not dial in is refused", gate.verdict("bob") == "refuse")
    probe.set("bob", "permitted")
    r.check("and permitted when he may", gate.verdict("bob") == "permit")
    r.check("with his domain in front as well", gate.verdict("CORP\\bob") == "permit")
    r.check("who is of a policy of refusal is not", gate.verdict("alice") == "refuse")
    r.check("nor is a stranger", gate.verdict("nobody") == "refuse")
    r.check("nor two of a name, of whom one may be let in", gate.verdict("twin") == "refuse")
    r.run("rasadmin", rasadmin, w, site)
    r.run("a directory that is away", away, w, site, gate)
    r.run("a wrong password", wrong_password, w, site, gate)
    r.run("settings that can not be", wrong_settings, w, site, gate)
    # The last: rrasd says so often that it is away that it then says nothing for a while.
    r.run("a directory that hangs", hanging, w, site, gate)
    w.slapd.freeze()
    try:
        gate.ask("bob")
        site.admin("status")  # rrasd has read that, and asks the directory
        started = time.monotonic()
        r.check("rrasd ends well, also while it asks a directory that hangs", site.stop() == 0 and time.monotonic() - started < SOON)
    finally:
        w.slapd.process.signal(signal.SIGCONT)


def says(r, name, site, words, code, text):
    """rasadmin fails with that error code of Windows, and says so in words."""
    status, out, err = site.admin(*words)
    r.check(name, status != 0 and f"(error {code}" in err and text in err, f"{status} {out}{err}")


def shown(site, user):
    status, out, err = site.admin("--json", "user", "show", user)
    return tuple(json.loads(out)["users"][0][k] for k in ("permitted", "by_policy", "callback", "number")) if status == 0 else f"{status} {err}"


def rasadmin(r, w, site):
    """As an administrator does it."""
    number = {"msRADIUSCallbackNumber": ["0301234"], "msRASSavedCallbackNumber": ["0301234"]}
    for words, stands, shows in (
            (("permit", "bob", "--callback", "0301234"), {"msNPAllowDialin": ["TRUE"], "msRADIUSServiceType": ["4"], **number},
             (True, False, "admin", "0301234")),
            (("refuse", "bob", "--callback", "none"), {"msNPAllowDialin": ["FALSE"]}, (False, False, "none", None)),
            (("policy", "bob", "--callback", "caller"), {"msRADIUSServiceType": ["4"]}, (False, True, "caller", None)),
            (("permit", "bob"), {"msNPAllowDialin": ["TRUE"], "msRADIUSServiceType": ["4"]}, (True, False, "caller", None))):
        status, out, err = site.admin("user", *words)
        now, user = w.slapd.attributes(w.bob), shown(site, "bob")
        r.check(f"rasadmin user {' '.join(words)}", status == 0 and now == stands and user == shows, f"{out}{err} {now} {user}")
    says(r, "a user who is not there: 1317", site, ("user", "show", "nobody"), 1317, "nobody")
    says(r, "and none is made: 1317, or with --create 50", site, ("user", "permit", "nobody"), 1317, "nobody")
    says(r, "  50", site, ("user", "permit", "nobody", "--create"), 50, "")
    says(r, "nor removed: 50", site, ("user", "forget", "bob"), 50, "")
    says(r, "nor are they listed: 50", site, ("user", "list"), 50, "")
    says(r, "two of a name: 8224", site, ("user", "show", "twin"), 8224, "its log says why")
    r.check("  indeed", site.rrasd.wait_log(r"users: twin: ldap_filter finds more than one entry"))
    says(r, "an entry without the class: 8224", site, ("user", "permit", "carol"), 8224, "its log says why")
    r.check("  indeed", site.rrasd.wait_log(r"users: .*the entry needs a class that has it"))


def hanging(r, w, site, gate):
    configure(site, w, ldap_timeout="1s", policy="permit")
    reload(site)
    r.check("at rest", gate.verdict("bob") == "permit")
    w.slapd.freeze()
    try:
        for _ in range(20):
            gate.ask("bob")
        started = time.monotonic()
        says(r, "an administrator is told: 1460", site, ("user", "show", "bob"), 1460, "in time")
        r.check("rrasd answers others meanwhile", site.admin("ports")[0] == 0 and site.admin("status")[0] == 0)
        answers = [gate.answer() for _ in range(20)]
        took = time.monotonic() - started
        r.check("all that waited are refused, as the site has it, and not each after a time of its own", answers == ["refuse"] * 20 and took < 15,
                f"{answers} {took}")
    finally:
        w.slapd.process.signal(signal.SIGCONT)
    wait_until("the directory is asked again", lambda: gate.verdict("bob") == "permit")


def away(r, w, site, gate):
    configure(site, w, ldap_timeout="10s", policy="permit")
    reload(site)
    w.slapd.stop()
    before = len(site.rrasd.log())
    r.check("refused", gate.verdict("bob") == "refuse")
    says(r, "  an administrator is told: 8250", site, ("user", "show", "bob"), 8250, "can't be reached")
    r.check("with a sentence in the log", site.rrasd.wait_log(r"ldaps://127\.0\.0\.1: can't be reached", after=before))
    configure(site, w, ldap_timeout="10s", policy="refuse", unavailable="permit")
    reload(site)
    r.check("permitted, if that is what the site wants", gate.verdict("bob") == "permit")
    w.slapd.start()
    configure(site, w, ldap_timeout="10s", policy="permit")
    reload(site)
    r.check("and it is back", gate.verdict("bob") == "permit")


def wrong_password(r, w, site, gate):
    with open(w.password_file) as f:
        right = f.read()
    with open(w.password_file, "w") as f:
        f.write("Wachtwoord-4711")
    reload(site)  # a new source has no connection yet
    before = len(site.rrasd.log())
    r.check("refused", gate.verdict("bob") == "refuse")
    says(r, "  an administrator is told: 5", site, ("user", "show", "bob"), 5, "")
    r.check("with a sentence in the log", site.rrasd.wait_log(r"the bind failed: Invalid credentials .*ldap_password_file is wrong", after=before))
    r.check("and the password nowhere", "Wachtwoord" not in site.rrasd.log() and right not in site.rrasd.log())
    with open(w.password_file, "w") as f:
        f.write(right)
    r.check("mended without a reload", gate.verdict("bob") == "permit")


def wrong_settings(r, w, site, gate):
    os.chmod(w.password_file, 0o644)
    said = reload(site)
    r.check("a password that all may read: the reload is refused", "must not be readable or writable by others" in said, said)
    os.chmod(w.password_file, 0o640)
    configure(site, w, ldap_starttls="maybe")
    said = reload(site)
    r.check("so is a setting that can't be", "ldap_starttls must be no or yes" in said, said)
    r.check("and the old ones stand", gate.verdict("bob") == "permit")
    configure(site, w)


def main():
    r = Report()
    why = may_make_networks() or (None if shutil.which("slapd") else "slapd is not installed")
    if why:
        r.skip("users in a directory", why)
        r.finish()
    with Scope() as scope:
        w = World(r, scope)
        for test in (every_combination, who_is_found, what_rrasd_may_not, certificates, away_and_back, rrasd_with_it):
            r.run(test.__name__.replace("_", " "), test, w)
    r.finish()


main()
