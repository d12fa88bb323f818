#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write the first inputs of fuzz_users_ldap: entries as a directory has them, in its layout."""
import os

DESTINATION = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus", "users_ldap")


def entry(allow=None, service=None, callback=None, saved=None, text="(sAMAccountName=%u)", user="bob"):
    values = b"".join(bytes([0, 0]) if v is None else bytes([1, len(v)]) + v.encode() for v in (allow, service, callback, saved))
    return values + text.encode() + b"\0" + user.encode()


INPUTS = {
    "nothing": entry(),
    "permitted": entry("TRUE"),
    "refused": entry("FALSE", user="CORP\\bob"),
    "caller": entry("TRUE", "4", saved="+49 30 1234", user="J\u00f6rg"),
    "administrator": entry("TRUE", "4", "0301234", "0301234", "(&(objectClass=person)(|(uid=%u)(mail=%u@example.org)))"),
    "framed": entry("TRUE", "2", user="*)(uid=*"),
    "two_values": b"\2\4TRUE" + entry("four")[2:],
    "percent": entry(text="(&(a=100%%)(uid=\\28%u\\29))"),
}

if __name__ == "__main__":
    os.makedirs(DESTINATION, exist_ok=True)
    for name, data in INPUTS.items():
        with open(os.path.join(DESTINATION, name), "wb") as f:
            f.write(data)
