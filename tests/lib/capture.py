# SPDX-License-Identifier: Apache-2.0
"""What goes over loopback of the network namespace that this process is in, caught by dumpcap, and read by tshark as an independent judge of
DCE/RPC and of what protects it."""
import collections
import os
import shutil
import socket
import struct
import subprocess

from scope import wait_until

EXPERT_ERROR = 8388608  # its severity; what is malformed has the same
PCAP_HEADER, PCAP_RECORD = 24, 16
BIND_CONTEXTS = 24  # where in a bind the number of contexts is
FIELDS = ("frame.number", "smb2.cmd", "dcerpc.pkt_type", "dcerpc.opnum", "dcerpc.auth_type", "dcerpc.auth_level", "dcerpc.cn_frag_len",
          "dcerpc.cn_auth_len", "dcerpc.decrypted_stub_data", "dcerpc.encrypted_stub_data", "_ws.malformed", "_ws.expert.severity", "_ws.expert.message")

NTLM, PRIVACY = 10, 6
HEADER, TRAILER = 24, 8  # of a request, and of its authentication without the token

# A frame with DCE/RPC in it: `bad` is what tshark has against it, `open` whether nothing is left encrypted, `stub` what was decrypted, in hex.
# `short`: tshark 4.0 fails at what NTLM has sealed when that is less than 16 bytes, once it has the key.
Frame = collections.namedtuple("Frame", "number way kinds opnums level short stub open bad")


def programs():
    """The first that is missing, or None."""
    return next((name for name in ("dumpcap", "tshark") if not shutil.which(name)), None)


class Capture:
    def __init__(self, scope, name="wire"):
        self.scope, self.path = scope, scope.path(name + ".pcap")
        self.process = scope.start("dumpcap", "-q", "-P", "-s", "0", "-i", "lo", "-w", self.path, log="dumpcap")
        self.process.wait_log(r"^File: ")

    def stop(self):
        """When all that was sent before is in the file."""
        last = os.urandom(32)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.sendto(last, ("127.0.0.1", 9))
        wait_until("dumpcap to have written all", lambda: last in self.bytes())
        self.process.end()

    def bytes(self):
        with open(self.path, "rb") as f:
            return f.read()

    def damaged(self, port):
        """A capture that is the same but for one bind to that TCP port, which says that it has more contexts than it has."""
        data, at = bytearray(self.bytes()), PCAP_HEADER
        while at < len(data):
            size = struct.unpack_from("<I", data, at + 8)[0]
            tcp = at + PCAP_RECORD + 14 + 20
            payload = tcp + (data[tcp + 12] >> 4) * 4
            to = struct.unpack_from(">H", data, tcp + 2)[0]
            if data[tcp - 11] == socket.IPPROTO_TCP and to == port and data[payload:payload + 3] == b"\5\0\x0b":
                data[payload + BIND_CONTEXTS] = 0xff
                other = Capture.__new__(Capture)
                other.path = self.path + ".damaged"
                with open(other.path, "wb") as f:
                    f.write(data)
                return other
            at += PCAP_RECORD + size
        raise ValueError("there is no bind in it")

    def read(self, port, keytab=None, password=None):
        """Frames with DCE/RPC over TCP to that port or in SMB, and those that tshark calls bad, whatever is in them. With these keys also what
        is encrypted."""
        argv = ["tshark", "-r", self.path, "-d", f"tcp.port=={port},dcerpc", "-T", "fields"]
        if keytab:
            argv += ["-o", "kerberos.decrypt:TRUE", "-o", f"kerberos.file:{keytab}", "-o", f"ntlmssp.nt_password:{password}"]
        for f in FIELDS:
            argv += ["-e", f]
        home = dict(os.environ, HOME=os.path.dirname(self.path))  # nobody's preferences
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120, check=True,
                              env=home)
        frames = [frame_of(line.split("\t")) for line in done.stdout.splitlines()]
        return [f for f in frames if f.kinds or f.bad]


def frame_of(columns):
    number, smb, kinds, opnums, auth_type, level, length, token, stub, sealed, malformed, severities, message = columns

    def numbers(text):
        return [int(n) for n in text.split(",") if n]
    worst = max(numbers(severities), default=0)
    level = max(numbers(level), default=0)
    short = numbers(auth_type) == [NTLM] and level == PRIVACY and numbers(length)[0] - HEADER - TRAILER - numbers(token)[0] < 16
    return Frame(int(number), "pipe" if smb else "tcp", numbers(kinds), numbers(opnums), level, short, stub, not sealed or bool(stub),
                 malformed or (message if worst >= EXPERT_ERROR else ""))
