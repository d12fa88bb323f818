#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write the kept inputs of the fuzzer of OpenVPN's management protocol: correct conversations that libFuzzer then takes apart.

usage: make_corpus_openvpn.py [DIRECTORY]    (default: corpus/ beside this file)
"""
import os
import sys

GREETING = b">INFO:OpenVPN Management Interface Version 5 -- type 'help' for more info\r\n"
HEADER = (b"HEADER\tCLIENT_LIST\tCommon Name\tReal Address\tVirtual Address\tVirtual IPv6 Address\tBytes Received\tBytes Sent\t"
          b"Connected Since\tConnected Since (time_t)\tUsername\tClient ID\tPeer ID\tData Channel Cipher\r\n")
KILLED = b"SUCCESS: client-kill command succeeded\r\n"
BYE = b">LOG:5,I,alice/10.77.1.2:5000 CC-EEN exit message received by peer\r\n"
WAIT = b""


def status(*rows):
    return b"TIME\tnow\t9\r\n" + HEADER + b"".join(rows) + b"GLOBAL_STATS\tx\t1\r\nEND\r\n"


def row(name, address, since, cid):
    return b"CLIENT_LIST\t%s\t%s\t10.88.0.2\t\t1975\t2025\tx\t%d\tUNDEF\t%d\t0\tAES-256-GCM\r\n" % (name, address, since, cid)


ALICE, BOB, CAROL = row(b"alice", b"10.77.1.2:5000", 5, 7), row(b"bob", b"10.77.2.2:5000", 5, 8), row(b"carol", b"10.77.1.2:5000", 6, 9)



def asks(event, cid, kid, *variables):
    return b"".join([b">CLIENT:%s,%d,%d\r\n" % (event, cid, kid), *(b">CLIENT:ENV,%s\r\n" % v for v in variables), b">CLIENT:ENV,END\r\n"])


CERTIFICATE = [b"password=", b"untrusted_port=5000", b"untrusted_ip=10.77.1.2", b"common_name=alice", b"username=", b"tls_digest_sha256_0=98:91"]
NAMED = [b"password=x", b"untrusted_ip6=fd77::2", b"username=bob"]

CONVERSATIONS = {
    "polite": (0, [GREETING, status(ALICE), status(ALICE, BOB), KILLED, WAIT, WAIT, status(ALICE), b"SUCCESS: 1 client(s)\r\n", status(BOB)]),
    "race": (0, [GREETING, status(ALICE), status(ALICE, BOB), KILLED, WAIT, WAIT, status(CAROL)]),
    "goodbye": (0, [GREETING, status(ALICE), status(ALICE), b"SUCCESS: log\r\n", KILLED + BYE, WAIT, status(ALICE)]),
    "ipv6": (0, [GREETING, status(), status(row(b"alice", b"fd77::2", 5, 7)), KILLED, WAIT, WAIT, status()]),
    "refused": (0, [GREETING, status(ALICE), status(ALICE), b"ERROR: client-kill command failed\r\n", status(ALICE)]),
    "password": (1, [b"ENTER PASSWORD:", b"SUCCESS: password is correct\r\n" + GREETING, status(), status(ALICE)]),
    "logon_certificate": (2, [GREETING, status(), asks(b"CONNECT", 1, 1, *CERTIFICATE), b"SUCCESS: client-deny command succeeded\r\n",
                              asks(b"REAUTH", 1, 2, *CERTIFICATE), b"SUCCESS: client-auth command succeeded\r\n"]),
    "logon_password": (4, [GREETING, status(), asks(b"CONNECT", 1, 1, *NAMED), asks(b"CONNECT", 2, 1, *CERTIFICATE)[:-20],
                           asks(b"CONNECT", 3, 1, *NAMED), b"SUCCESS: client-auth command succeeded\r\n" * 3]),
    "silent": (0, [GREETING] + [WAIT] * 12),
}


def pieces(flags, parts):
    out = bytes([flags])
    for part in parts:
        if part == WAIT:
            out += b"\0"
        for at in range(0, len(part), 255):
            cut = part[at:at + 255]
            out += bytes([len(cut)]) + cut
    return out


def main():
    where = os.path.join(sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus"),
                         "openvpn_mgmt")
    os.makedirs(where, exist_ok=True)
    for name, (flags, parts) in CONVERSATIONS.items():
        with open(os.path.join(where, name), "wb") as f:
            f.write(pieces(flags, parts))


if __name__ == "__main__":
    main()
