#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: samba_tcp.py PORT USER PASSWORD

Samba's DCE/RPC client against rrasd over TCP, with Kerberos. "ok WHAT" or "not ok WHAT: WHY", a line each; the exit status is 1 when one
is not ok. For Debian's Python, which has Samba's modules.
"""
import struct
import sys

from samba.credentials import MUST_USE_KERBEROS, Credentials
from samba.dcerpc import ClientConnection, mgmt
from samba.param import LoadParm

REALM, SERVER = "RRAS.TEST", "server.rras.test"  # Samba wants a real name, and not that of an address
DIMSVC = ("8f09f000-b7ed-11ce-bbd2-00001a181cad", 0)
SERVER_GET_INFO = 0
failed = False


def check(what, ok, why=""):
    global failed
    failed = failed or not ok
    print(f"ok {what}" if ok else f"not ok {what}: {why}", flush=True)


def connect(port, user, password, *options):
    """The interface that Samba knows; credentials and binding, for ours over the same connection."""
    lp = LoadParm()
    lp.load_default()
    lp.set("realm", REALM)
    creds = Credentials()
    creds.guess(lp)
    creds.set_kerberos_state(MUST_USE_KERBEROS)
    creds.set_username(user)
    creds.set_password(password)
    creds.set_realm(REALM)
    binding = f"ncacn_ip_tcp:127.0.0.1[{','.join((port, f'target_hostname={SERVER}', *options))}]"
    return mgmt.mgmt(binding, lp, creds), (binding, DIMSVC, lp, creds)


def sealed():
    first, ours = connect(*sys.argv[1:], "seal")
    first.inq_if_ids()
    second = ClientConnection(*ours, basis_connection=first)  # an alter_context
    info = second.request(SERVER_GET_INFO, struct.pack("<I", 0))
    first.inq_if_ids()
    return struct.unpack("<I", info[-4:])[0] == 0


def bare():
    connect(*sys.argv[1:], "seal", "krb5")[0].inq_if_ids()
    return True


def main():
    for what, work in (("Samba's client, sealed", sealed), ("Samba's client, sealed, Kerberos without SPNEGO", bare)):
        try:
            check(what, work(), "another answer than it should be")
        except Exception as e:  # whatever it is, it is the verdict
            check(what, False, f"{type(e).__name__}: {e}")
    for what, *options in (("Samba's client, signed only, is refused", "sign"), ("Samba's client without protection is refused", "connect")):
        try:
            connect(*sys.argv[1:], *options)
            check(what, False, "it was let in")
        except Exception:
            check(what, True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
