# SPDX-License-Identifier: Apache-2.0
"""A real OpenLDAP server in a folder of its own: set up as Debian sets one up, with nothing of ours in it yet. It listens in a network
namespace, on ports that are its own there, and on a unix socket."""
import os
import re
import signal
import subprocess
import urllib.parse

from scope import wait_until

SUFFIX = "dc=example,dc=org"
ADMIN = f"cn=admin,{SUFFIX}"
ADMIN_PASSWORD = "the directory's own"

# The administrator of the machine is the administrator of cn=config, by the unix socket; that of the data has a name and a password.
CONFIG = """dn: cn=config
objectClass: olcGlobal
cn: config
olcPidFile: {dir}/slapd.pid
olcTLSCACertificateFile: {ca}
olcTLSCertificateFile: {certificate}
olcTLSCertificateKeyFile: {key}

dn: cn=module{{0}},cn=config
objectClass: olcModuleList
cn: module{{0}}
olcModulePath: /usr/lib/ldap
olcModuleLoad: back_mdb

dn: cn=schema,cn=config
objectClass: olcSchemaConfig
cn: schema

include: file:///etc/ldap/schema/core.ldif

include: file:///etc/ldap/schema/cosine.ldif

include: file:///etc/ldap/schema/inetorgperson.ldif

dn: olcDatabase={{0}}config,cn=config
objectClass: olcDatabaseConfig
olcDatabase: {{0}}config
olcAccess: {{0}}to * by dn.exact=gidNumber=0+uidNumber=0,cn=peercred,cn=external,cn=auth manage by * break

dn: olcDatabase={{1}}mdb,cn=config
objectClass: olcDatabaseConfig
objectClass: olcMdbConfig
olcDatabase: {{1}}mdb
olcSuffix: {suffix}
olcDbDirectory: {dir}/data
olcRootDN: {admin}
olcRootPW: {password}
olcAccess: {{0}}to attrs=userPassword by self write by anonymous auth by * none
olcAccess: {{1}}to * by * read
"""

DATA = f"""dn: {SUFFIX}
objectClass: dcObject
objectClass: organization
o: Example
dc: example

dn: ou=people,{SUFFIX}
objectClass: organizationalUnit
ou: people
"""


def run(*argv, **kwargs):
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, **kwargs)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(argv)}: {done.stdout.strip()}")
    return done.stdout


class Slapd:
    """Ports: 389 for ldap:// and 636 for ldaps://, on 127.0.0.1 of the namespace, and 636 on 127.0.0.2; `local` is the URI of the unix socket."""

    def __init__(self, scope, authority, names, netns=None, local=None):
        """`names` are those of its certificate."""
        authority.issue("slapd", "serverAuth", names)
        certificate, key = (os.path.join(authority.dir, f"slapd.{end}") for end in ("crt", "key"))
        self.scope, self.netns, self.dir = scope, netns, scope.path("slapd")
        self.local = local or "ldapi://" + urllib.parse.quote(os.path.join(self.dir, "ldapi"), safe="")
        for folder in (self.dir, os.path.join(self.dir, "data"), os.path.join(self.dir, "config")):
            os.mkdir(folder, 0o755)
        text = CONFIG.format(dir=self.dir, ca=authority.certificate, certificate=certificate, key=key, suffix=SUFFIX, admin=ADMIN,
                             password=ADMIN_PASSWORD)
        self.load("-n0", text)
        self.load("-n1", DATA)
        self.password_file = scope.write("admin.password", ADMIN_PASSWORD, 0o600)
        self.process = None
        self.start()

    def load(self, database, text):
        run("slapadd", "-F", os.path.join(self.dir, "config"), database, "-l", self.scope.write("load.ldif", text))

    def start(self):
        # -d 0: in the foreground, and silent.
        self.process = self.scope.start("slapd", "-d", "0", "-F", os.path.join(self.dir, "config"), "-h",
                                        f"ldap://127.0.0.1/ ldaps://127.0.0.1/ ldaps://127.0.0.2/ {self.local}", log="slapd", netns=self.netns)
        wait_until("slapd answers", self.answers)

    def answers(self):
        if not self.process.alive():
            raise RuntimeError(f"slapd has ended: {self.process.log()}")
        done = subprocess.run(["ldapsearch", "-x", "-H", self.local, "-s", "base", "-b", "", "-o", "nettimeout=5"], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)
        return done.returncode == 0

    def stop(self):
        self.process.signal(signal.SIGTERM)
        self.process.wait_end()

    def freeze(self):
        """Until SIGCONT it does nothing at all, with none of its threads."""
        self.process.signal(signal.SIGSTOP)
        wait_until("slapd stands still", lambda: all(self.state(task) == "T" for task in os.listdir(f"/proc/{self.process.pid}/task")))

    def state(self, task):
        with open(f"/proc/{self.process.pid}/task/{task}/stat") as f:
            return f.read().rpartition(")")[2].split()[0]

    def administer(self, ldif):
        """Change the data, as their administrator."""
        run("ldapmodify", "-x", "-H", self.local, "-D", ADMIN, "-y", self.password_file, input=ldif)

    def add_user(self, uid, *classes, rdn=None, **attributes):
        """One below ou=people; with more classes, and attributes. Returns the entry's name."""
        dn = f"{rdn or 'uid=' + uid},ou=people,{SUFFIX}"
        lines = [f"dn: {dn}", "changetype: add", "objectClass: inetOrgPerson", *(f"objectClass: {c}" for c in classes), "sn: x", f"uid: {uid}"]
        lines += ["cn: x" if not rdn else rdn.replace("=", ": ")] + [f"{k}: {v}" for k, v in attributes.items()]
        self.administer("\n".join(lines) + "\n")
        return dn

    def attributes(self, dn):
        """What stands there now, of ours: {name: [values]}."""
        out = run("ldapsearch", "-x", "-LLL", "-o", "ldif-wrap=no", "-H", self.local, "-D", ADMIN, "-y", self.password_file, "-s", "base", "-b", dn,
                  "msNPAllowDialin", "msRADIUSServiceType", "msRADIUSCallbackNumber", "msRASSavedCallbackNumber")
        found = {}
        for name, value in re.findall(r"^(ms\w+): (.*)$", out, re.M):
            found.setdefault(name, []).append(value)
        return found
