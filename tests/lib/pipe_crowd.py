#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
r"""A crowd at \PIPE\ROUTER that comes by a real smbd: each user opens the pipe as often as he is let, and goes on holding it.

usage: pipe_crowd.py HOST PASSWORD TIMES USER...

Says how many are open, as JSON, and goes when its standard input ends. A system's python3 has impacket.
"""
import json
import sys

from impacket.smbconnection import SMBConnection


def opened(host, user, password, times):
    """The session, and how many it has got."""
    session, n = SMBConnection(host, host), 0
    session.login(user, password)
    tree = session.connectTree("IPC$")
    for _ in range(times):
        try:
            session.openFile(tree, r"\router")
            n += 1
        except Exception:  # refused: by smbd, or by who is behind it
            pass
    return session, n


def main():
    host, password, times, *users = sys.argv[1:]
    crowd = [opened(host, user, password, int(times)) for user in users]
    print(json.dumps([n for _, n in crowd]), flush=True)
    sys.stdin.read()


main()
