#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Say one command to the control socket of a rras-sim.    sim_say.py SOCKET WORD..."""
import socket
import sys

control = socket.socket(socket.AF_UNIX)
control.settimeout(20)
control.connect(sys.argv[1])
control.sendall((" ".join(sys.argv[2:]) + "\n").encode())
answer = control.makefile().readline().strip()
if answer != "ok":
    sys.exit(' '.join(sys.argv[2:]) + ': ' + answer)
