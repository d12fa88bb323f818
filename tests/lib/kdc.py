# SPDX-License-Identifier: Apache-2.0
"""A Kerberos realm of its own for a test: MIT's KDC on a port of loopback, with its files in a folder. Needs no root."""
import os
import shutil
import socket
import subprocess
import time

import children

PATHS = "/usr/sbin:/sbin"


def programs():
    """What a KDC needs and is not there: the first missing program, or None."""
    for name in ("krb5kdc", "kdb5_util", "kadmin.local", "kinit", "faketime"):
        if not shutil.which(name, path=os.environ.get("PATH", "") + ":" + PATHS):
            return name
    return None


class Realm:
    """`folder` must exist. Principals are made with add(); tickets with ticket(); what a program needs is in env."""

    def __init__(self, folder, name="RRAS.TEST", address="127.0.0.1", more="", enctype="aes256-cts-hmac-sha1-96"):
        self.folder, self.name, self.kdc, self.address = folder, name, None, address
        with socket.socket() as s:
            s.bind((address, 0))
            self.port = s.getsockname()[1]
        self.keytab = os.path.join(folder, "server.keytab")
        self.env = dict(os.environ, KRB5_CONFIG=os.path.join(folder, "krb5.conf"), KRB5_KDC_PROFILE=os.path.join(folder, "kdc.conf"),
                        KRB5CCNAME="FILE:" + os.path.join(folder, "cache"), KRB5RCACHENAME="dfl:", KRB5RCACHEDIR=folder,
                        KRB5_KTNAME="FILE:" + self.keytab, PATH=os.environ.get("PATH", "") + ":" + PATHS)
        self.write("krb5.conf", f"""[libdefaults]
 default_realm = {name}
 dns_lookup_kdc = false
 dns_lookup_realm = false
 dns_canonicalize_hostname = false
 rdns = false
 udp_preference_limit = 1
 permitted_enctypes = {enctype}
[realms]
 {name} = {{
  kdc = {address}:{self.port}
{more} }}
[domain_realm]
 localhost = {name}
 .rras.test = {name}
[logging]
 kdc = FILE:{folder}/kdc.log
""")
        self.write("kdc.conf", f"""[kdcdefaults]
 kdc_listen = {address}:{self.port}
 kdc_tcp_listen = {address}:{self.port}
[realms]
 {name} = {{
  database_name = {folder}/principal
  key_stash_file = {folder}/stash
  acl_file = {folder}/acl
  max_life = 10h
  supported_enctypes = {enctype}:normal
  disable_pac = true
 }}
""")
        self.run("kdb5_util", "create", "-s", "-r", name, "-P", "master")

    def knows(self, other):
        """Whoever has this realm's krb5.conf finds the KDC of another realm as well."""
        with open(os.path.join(self.folder, "krb5.conf"), "a") as f:
            f.write(f"[realms]\n {other.name} = {{\n  kdc = {other.address}:{other.port}\n }}\n")

    def trusts(self, other):
        """Tickets of the other realm are good for services of this one; until distrusts()."""
        for realm in (self, other):
            realm.add(f"krbtgt/{self.name}@{other.name}", "between-the-two")

    def distrusts(self, other):
        for realm in (self, other):
            realm.admin(f"delprinc -force krbtgt/{self.name}@{other.name}")

    def write(self, file, text):
        with open(os.path.join(self.folder, file), "w") as f:
            f.write(text)

    def run(self, *argv, check=True, text=None, **more):
        return subprocess.run(argv, check=check, input=text, env=dict(self.env, **more), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=60)

    def admin(self, command):
        return self.run("kadmin.local", "-r", self.name, "-q", command)

    def add(self, principal, password, **options):
        """A user. Options as of kadmin's addprinc, without the dash."""
        words = " ".join(f'-{k} "{v}"' for k, v in options.items())
        self.admin(f'addprinc {words} -pw {password} {principal}')

    def add_service(self, principal, keytab=None):
        """A service with a random key, which is put into the keytab as well."""
        self.admin(f"addprinc -randkey {principal}")
        self.admin(f"ktadd -k {keytab or self.keytab} {principal}")

    def start(self, clock=None):
        """`clock` as for faketime(1): "-1d"."""
        before = ["faketime", "-f", clock] if clock else []
        self.kdc = children.start(before + ["krb5kdc", "-n", "-r", self.name], subprocess.DEVNULL, env=self.env)
        end = time.monotonic() + 20
        while True:
            try:
                socket.create_connection((self.address, self.port), 1).close()
                return
            except OSError:
                if time.monotonic() > end or self.kdc.poll() is not None:
                    raise
                time.sleep(0.02)

    def stop(self):
        if self.kdc:
            children.end([self.kdc])
            children.running.discard(self.kdc)
            self.kdc = None

    def ticket(self, principal, password, cache=None, options=()):
        """kinit; the name of the cache."""
        cache = cache or self.env["KRB5CCNAME"]
        self.run("kinit", *options, "-c", cache, principal, text=password + "\n")
        return cache

    def expired_ticket(self, principal, password, cache):
        """A ticket that has expired long ago, even for who is patient with clocks. While no KDC runs."""
        self.start("-2d")
        try:
            self.run("faketime", "-f", "-2d", "kinit", "-l", "1h", "-c", cache, principal, text=password + "\n")
        finally:
            self.stop()
