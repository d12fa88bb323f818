#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""usage: samba_client.py CONFIG BINDING USER PASSWORD COUNT

Samba's DCE/RPC client asks a server over and over whether it listens (mgmt): calls a second. An empty USER is nobody. For Debian's Python,
which has Samba's modules.
"""
import sys
import time

from samba import credentials, param
from samba.dcerpc import mgmt


def connect(config, binding, user, password):
    lp = param.LoadParm(filename_for_non_global_lp=config)
    for key, value in (("log level", "0"), ("client min protocol", "SMB2"), ("client ipc min protocol", "SMB2")):
        lp.set(key, value)
    creds = credentials.Credentials()
    creds.guess(lp)
    creds.set_kerberos_state(credentials.DONT_USE_KERBEROS)
    if user:
        creds.set_username(user)
        creds.set_password(password)
        creds.set_domain("RASBOX")
    else:
        creds.set_anonymous()
    return mgmt.mgmt(binding, lp, creds)


def ask(server, count):
    for _ in range(count):
        if server.is_server_listening() != (0, 1):
            sys.exit("the server says that it does not listen")


def main():
    config, binding, user, password, count = *sys.argv[1:5], int(sys.argv[5])
    server = connect(config, binding, user, password)
    ask(server, count // 10)
    began = time.monotonic()
    ask(server, count)
    print(f"{count / (time.monotonic() - began):.1f}")


if __name__ == "__main__":
    main()
