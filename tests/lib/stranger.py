#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
r"""A stranger: the DCE/RPC client of Samba or of impacket, which share nothing with this project, at \PIPE\ROUTER or over TCP.

usage: stranger.py [OPTION...] samba|impacket HOST USER PASSWORD WHAT...

  list               the ports, as lists of handle, condition and name, or an error code
  port HANDLE        the same of one port
  info               the server's information of level 0, in hex, and the code
  disconnect HANDLE  the code
  interfaces         how many the server has; by Samba's mgmt, so only with --protect
  pause              waits for a line of standard input, and says null

One JSON value for each WHAT, on a line; what fails is {"error": TEXT}. An empty USER is an anonymous session. A system's python3 has
Samba's module, one from elsewhere has not.
"""
import argparse
import json
import struct
import sys

DIMSVC = "8f09f000-b7ed-11ce-bbd2-00001a181cad"
SERVER_GET_INFO, PORT_ENUM, PORT_GET_INFO, PORT_DISCONNECT = 0, 4, 5, 8


class Samba:
    def __init__(self, o):
        from samba import credentials, param
        from samba.dcerpc import base, mgmt
        lp = param.LoadParm()
        lp.load_default()
        for key, value in (("log level", "0"), ("client min protocol", "SMB2"), ("client ipc min protocol", "SMB2"), ("realm", o.realm)):
            lp.set(key, value)
        creds = credentials.Credentials()
        creds.guess(lp)
        if o.user:
            creds.set_username(o.user)
            creds.set_password(o.password)
            creds.set_kerberos_state(credentials.MUST_USE_KERBEROS if o.realm else credentials.DONT_USE_KERBEROS)
        else:
            creds.set_anonymous()
        if o.realm:
            creds.set_realm(o.realm)
        elif o.domain:
            creds.set_domain(o.domain)
        if o.encrypt:
            creds.set_smb_encryption(credentials.SMB_ENCRYPTION_REQUIRED)
        place = f"ncacn_ip_tcp:{o.host}[{o.tcp}" if o.tcp else rf"ncacn_np:{o.host}[\pipe\router"
        options = [f"target_hostname={o.target}"] if o.target else []
        binding = ",".join((place, *options, *([o.protect] if o.protect else []), *o.binding)) + "]"
        # With protection it needs an interface that it knows to begin with; ours is then another context of that connection.
        self.first = mgmt.mgmt(binding, lp, creds) if o.protect else None
        known = {"basis_connection": self.first} if self.first else {}
        self.connect = lambda: base.ClientConnection(binding, (DIMSVC, 0), lp, creds, **known)
        self.connection = None

    def call(self, opnum, stub):
        self.connection = self.connection or self.connect()
        return self.connection.request(opnum, stub)


class Impacket:
    def __init__(self, o):
        from impacket.dcerpc.v5 import rpcrt, transport
        from impacket.smb3structs import SMB2_DIALECT_002, SMB2_DIALECT_30
        from impacket.uuid import uuidtup_to_bin
        if o.tcp:
            way = transport.TCPTransport(o.host, o.tcp)
            way.set_credentials(o.user, o.password, o.domain)
        else:
            way = transport.SMBTransport(o.host, 445, r"\router", o.user, o.password, o.domain)
            way.preferred_dialect(SMB2_DIALECT_30 if o.encrypt else SMB2_DIALECT_002)  # it always encrypts with the one, and can't with the other
        self.dce = way.get_dce_rpc()
        if o.protect:
            self.dce.set_credentials(o.user, o.password, o.domain)
            self.dce.set_auth_level({"sign": rpcrt.RPC_C_AUTHN_LEVEL_PKT_INTEGRITY, "seal": rpcrt.RPC_C_AUTHN_LEVEL_PKT_PRIVACY}[o.protect])
        self.dce.connect()
        self.dce.bind(uuidtup_to_bin((DIMSVC, "0.0")))

    def call(self, opnum, stub):
        self.dce.call(opnum, stub)
        return self.dce.recv()


def code_of(stub):
    return struct.unpack("<I", stub[-4:])[0]


def ports(stub):
    """What is in a buffer of RASI_PORT_0."""
    if code_of(stub):
        return code_of(stub)
    size = struct.unpack_from("<I", stub)[0]
    found = []
    for at in range(12, 12 + size, 380):
        handle, _, condition = struct.unpack_from("<3I", stub, at)
        found.append([handle, condition, stub[at + 20:at + 54].decode("utf-16-le").split("\0")[0]])
    return found


def answer(client, words):
    what = words.pop(0)
    if what == "list":
        return ports(client.call(PORT_ENUM, struct.pack("<7I", 0, 0xffffffff, 0, 0, 0xffffffff, 0x20000, 0)))
    if what == "port":
        return ports(client.call(PORT_GET_INFO, struct.pack("<2I", 0, int(words.pop(0)))))
    if what == "info":
        stub = client.call(SERVER_GET_INFO, struct.pack("<I", 0))
        return [stub[:-4].hex(), code_of(stub)]
    if what == "interfaces":
        return client.first.inq_if_ids().count
    if what == "pause":
        return sys.stdin.readline() and None
    return code_of(client.call(PORT_DISCONNECT, struct.pack("<I", int(words.pop(0)))))


def options():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--encrypt", action="store_true", help="SMB has to be encrypted")
    parser.add_argument("--tcp", type=int, help="port; without it the pipe")
    parser.add_argument("--realm", default="", help="with Kerberos; without it NTLM")
    parser.add_argument("--domain", default="")
    parser.add_argument("--target", help="the server's name for Kerberos")
    parser.add_argument("--protect", choices=("sign", "seal"), help="by DCE/RPC itself")
    parser.add_argument("--binding", action="append", default=[], help="one more option of Samba's binding")
    for name in ("kind", "host", "user", "password"):
        parser.add_argument(name)
    parser.add_argument("words", nargs="+")
    return parser.parse_args()


def main():
    o = options()
    client = None
    while o.words:
        try:
            client = client or {"samba": Samba, "impacket": Impacket}[o.kind](o)
            value = answer(client, o.words)
        except Exception as e:  # whatever it is, it is what the test wants to see
            value, o.words = {"error": f"{type(e).__name__}: {e}"}, []
        print(json.dumps(value), flush=True)


main()
