#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: test_kerberos.py PROGRAM [ENCTYPE]

Makes a realm with a KDC, keys and tickets of this encryption type, and runs PROGRAM in it.
"""
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import children
import kdc

RULES = """  auth_to_local = RULE:[1:$1](^alice$)s/$/-local/
  auth_to_local = DEFAULT
"""


def prepare(realm):
    realm.add("alice", "secret")
    realm.add_service("host/server.rras.test")
    # A keytab whose key is not the one that the KDC gives tickets for.
    stale = os.path.join(realm.folder, "stale.keytab")
    shutil.move(realm.keytab, stale)
    realm.admin(f"ktadd -k {realm.keytab} host/server.rras.test")
    realm.expired_ticket("alice", "secret", "FILE:" + os.path.join(realm.folder, "expired"))
    realm.start()
    realm.ticket("alice", "secret", "FILE:" + os.path.join(realm.folder, "alice"))
    return stale


def main():
    missing = kdc.programs()
    if missing:
        print(f"skipped: {missing} is missing (apt-get install krb5-kdc krb5-admin-server krb5-user)")
        return 77
    children.end_when_interrupted()
    folder = tempfile.mkdtemp(prefix="rras-kerberos-")
    realm = kdc.Realm(folder, more=RULES, **{"enctype": t for t in sys.argv[2:]})
    try:
        stale = prepare(realm)
        env = dict(realm.env, REALM_FOLDER=folder, KRB5CCNAME="FILE:" + os.path.join(folder, "alice"), OLD_KEYTAB="FILE:" + stale)
        return subprocess.run([sys.argv[1]], env=env, check=False).returncode
    finally:
        realm.stop()
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
