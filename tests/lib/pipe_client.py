#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
r"""A stranger at \PIPE\ROUTER: the DCE/RPC client of Samba or of impacket over SMB, which share nothing with this project.

usage: pipe_client.py samba|impacket HOST USER PASSWORD [--encrypt] WHAT...

  list               the ports, as lists of handle, condition and name, or an error code
  info               the server's information of level 0, in hex, and the code
  disconnect HANDLE  the code

One JSON value for each WHAT, on a line; what fails is {"error": TEXT}. An empty USER is an anonymous session. A system's python3 has
Samba's module, one from elsewhere has not.
"""
import json
import struct
import sys

DIMSVC = "8f09f000-b7ed-11ce-bbd2-00001a181cad"
SERVER_GET_INFO, PORT_ENUM, PORT_DISCONNECT = 0, 4, 8


class Samba:
    def __init__(self, host, user, password, encrypt):
        from samba import credentials, param
        from samba.dcerpc import base
        lp = param.LoadParm()
        lp.load_default()
        for key, value in (("log level", "0"), ("client min protocol", "SMB2"), ("client ipc min protocol", "SMB2")):
            lp.set(key, value)
        creds = credentials.Credentials()
        creds.guess(lp)
        if user:
            creds.set_username(user)
            creds.set_password(password)
            creds.set_kerberos_state(credentials.DONT_USE_KERBEROS)
        else:
            creds.set_anonymous()
        if encrypt:
            creds.set_smb_encryption(credentials.SMB_ENCRYPTION_REQUIRED)
        self.connection = base.ClientConnection(rf"ncacn_np:{host}[\pipe\router]", (DIMSVC, 0), lp, creds)

    def call(self, opnum, stub):
        return self.connection.request(opnum, stub)


class Impacket:
    def __init__(self, host, user, password, _encrypt):
        from impacket.dcerpc.v5 import transport
        from impacket.uuid import uuidtup_to_bin
        pipe = transport.SMBTransport(host, 445, r"\router", user, password)
        self.dce = pipe.get_dce_rpc()
        self.dce.connect()
        self.dce.bind(uuidtup_to_bin((DIMSVC, "0.0")))

    def call(self, opnum, stub):
        self.dce.call(opnum, stub)
        return self.dce.recv()


def code_of(stub):
    return struct.unpack("<I", stub[-4:])[0]


def ports(client):
    stub = client.call(PORT_ENUM, struct.pack("<7I", 0, 0xffffffff, 0, 0, 0xffffffff, 0x20000, 0))
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
        return ports(client)
    if what == "info":
        stub = client.call(SERVER_GET_INFO, struct.pack("<I", 0))
        return [stub[:-4].hex(), code_of(stub)]
    return code_of(client.call(PORT_DISCONNECT, struct.pack("<I", int(words.pop(0)))))


def main():
    kind, host, user, password, *words = sys.argv[1:]
    encrypt = words[0] == "--encrypt"
    words = words[encrypt:]
    client = None
    while words:
        try:
            client = client or {"samba": Samba, "impacket": Impacket}[kind](host, user, password, encrypt)
            value = answer(client, words)
        except Exception as e:  # whatever it is, it is what the test wants to see
            value, words = {"error": f"{type(e).__name__}: {e}"}, []
        print(json.dumps(value), flush=True)


main()
