#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: test_rras_ntlm.py RRAS_NTLM

The process with the real library (gss-ntlmssp), and clients of impacket and of Samba: who gets in, what the key is good for, and what the
process may not do. For Debian's Python, which has both.
"""
import os
import resource
import signal
import socket
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from tap import Report

LEG, FORGET = 1, 2
DONE, MORE, REFUSED = 0, 1, 2
NOTHING, SIGNS, SEALS = 0, 1, 2
USERS = "RASBOX:ras1:Passw0rd1\nCORP:bob:secret\n"


class Process:
    def __init__(self, program, users, **more):
        self.socket, theirs = socket.socketpair()
        self.socket.settimeout(60)
        env = {"NTLM_USER_FILE": users, "LM_COMPAT_LEVEL": "5", **more}
        self.log = tempfile.TemporaryFile("w+")
        self.child = subprocess.Popen([program], stdin=theirs, stdout=subprocess.DEVNULL, stderr=self.log, env=env)
        theirs.close()

    def send(self, message):
        self.socket.sendall(struct.pack("<I", len(message)) + message)

    def receive(self):
        size = self.socket.recv(4, socket.MSG_WAITALL)
        return self.socket.recv(struct.unpack("<I", size)[0], socket.MSG_WAITALL) if size else b""

    def leg(self, context, token, spnego=False):
        """outcome, protects, sequence, key, name, why, token; None when it has ended."""
        self.send(struct.pack("<BIB", LEG, context, spnego) + token)
        answer = self.receive()
        if not answer:
            return None
        number, outcome, protects, sequence, key = struct.unpack_from("<IBBI16s", answer)
        assert number == context, (number, context)
        texts, at = [], 26
        for _ in range(2):
            n, = struct.unpack_from("<H", answer, at)
            texts.append(answer[at + 2:at + 2 + n].decode())
            at += 2 + n
        return outcome, protects, sequence, key, texts[0], texts[1], answer[at:]

    def end(self):
        self.socket.close()
        return self.child.wait(60)

    def said(self):
        self.log.seek(0)
        return self.log.read()


def impacket_client(process, context, user, password, domain, short=True, without=0, v2=True):
    """Raw NTLM, without some of the flags. The last answer, and the client's key."""
    from impacket import ntlm
    first = ntlm.getNTLMSSPType1("CLIENT", domain, signingRequired=True, use_ntlmv2=v2)
    first["flags"] &= ~without
    token = first.getData()
    answer = process.leg(context, token if short else token + bytes(40 - len(token)))
    if answer[0] != MORE:
        return answer, None
    last, key = ntlm.getNTLMSSPType3(first, answer[6], user, password, domain, use_ntlmv2=v2)
    return process.leg(context, last.getData()), key


class Samba:
    """Samba's own client; what it has negotiated can be used to sign and seal."""

    def __init__(self, user, password, domain, mech):
        from samba import gensec
        from samba.credentials import DONT_USE_KERBEROS, Credentials
        from samba.param import LoadParm
        lp = LoadParm()
        lp.load_default()
        creds = Credentials()
        creds.guess(lp)
        creds.set_kerberos_state(DONT_USE_KERBEROS)
        if user is None:
            creds.set_anonymous()
        else:
            creds.set_username(user)
            creds.set_password(password)
            creds.set_domain(domain)
        self.gensec = gensec.Security.start_client({"lp_ctx": lp, "target_hostname": "localhost"})
        self.gensec.set_credentials(creds)
        self.gensec.want_feature(gensec.FEATURE_SEAL)
        self.gensec.want_feature(gensec.FEATURE_DCE_STYLE)
        self.gensec.start_mech_by_name(mech)
        self.legs = 0

    def talk(self, process, context, spnego, change=lambda token: token):
        """The last answer of the process, which gets the first token changed."""
        token, answer = b"", None
        while True:
            done, out = self.gensec.update(token)
            if done and not out:
                return answer
            self.legs += 1
            answer = process.leg(context, out if answer else change(out), spnego)
            if answer is None or answer[0] == REFUSED or (answer[0] == DONE and not answer[6]):
                return answer
            token = answer[6]


def by_impacket(r, process):
    for context, short in ((1, True), (2, False)):
        answer, key = impacket_client(process, context, "ras1", "Passw0rd1", "RASBOX", short)
        r.check(f"impacket's client gets in, with a NEGOTIATE of {'32' if short else '40'} bytes", answer[0] == DONE, str(answer))
        r.check("  as who it is", answer[4] == "RASBOX\\ras1", answer[4])
        r.check("  both have the same key", answer[3] == key, f"{answer[3]} {key}")
        r.check("  which seals, from message 0 on", answer[1:3] == (SEALS, 0), str(answer[1:3]))
    answer, _ = impacket_client(process, 3, "ras1", "wrong", "RASBOX")
    said = "NTLM refuses the client or his password: "
    r.check("a wrong password is refused, and it is said why", answer[0] == REFUSED and answer[5].startswith(said), str(answer))
    answer, _ = impacket_client(process, 4, "nobody", "Passw0rd1", "RASBOX")
    r.check("an unknown user is refused", answer[0] == REFUSED and answer[5], str(answer))
    answer, _ = impacket_client(process, 5, "bob", "secret", "RASBOX")
    r.check("a user of another domain is refused", answer[0] == REFUSED and answer[5], str(answer))
    answer, _ = impacket_client(process, 6, "", "", "")
    r.check("nobody is anonymous", answer[0] == REFUSED and answer[5], str(answer))


def weak(r, process):
    from impacket import ntlm
    answer, _ = impacket_client(process, 31, "ras1", "Passw0rd1", "RASBOX", v2=False)
    r.check("NTLM before version 2 is refused", answer[0] == REFUSED and answer[5], str(answer))
    for context, (what, flag) in enumerate((("an exchange of keys", ntlm.NTLMSSP_NEGOTIATE_KEY_EXCH), ("128 bits", ntlm.NTLMSSP_NEGOTIATE_128),
                                            ("extended session security", ntlm.NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY)), 32):
        answer, _ = impacket_client(process, context, "ras1", "Passw0rd1", "RASBOX", without=flag)
        r.check(f"without {what} the key is good for nothing", answer[0] == REFUSED or answer[1] == NOTHING, str(answer))
    answer, _ = impacket_client(process, 36, "ras1", "Passw0rd1", "RASBOX", without=ntlm.NTLMSSP_NEGOTIATE_SEAL)
    r.check("without sealing it only signs", answer[:2] == (DONE, SIGNS), str(answer))


def by_samba(r, process):
    for context, mech, spnego, sequence in ((11, "ntlmssp", False, 0), (12, "spnego", True, 1)):
        client = Samba("ras1", "Passw0rd1", "RASBOX", mech)
        answer = client.talk(process, context, spnego)
        r.check(f"Samba's client gets in by {mech}", answer and answer[0] == DONE, str(answer))
        r.check("  as who it is", answer[4] == "RASBOX\\ras1", answer[4])
        r.check("  both have the same key", answer[3] == client.gensec.session_key(), str(answer[3]))
        r.check(f"  which seals, from message {sequence} on", answer[1:3] == (SEALS, sequence), str(answer[1:3]))
    answer = Samba("ras1", "wrong", "RASBOX", "spnego").talk(process, 13, True)
    r.check("a wrong password is refused inside SPNEGO as well", answer and answer[0] == REFUSED and answer[5], str(answer))
    answer = Samba(None, None, None, "spnego").talk(process, 14, True)
    r.check("nobody is anonymous there either", answer and answer[0] == REFUSED and answer[5], str(answer))


def taken(data):
    """The first element of DER: its content, and what follows it."""
    n, at = data[1], 2
    if n & 0x80:
        at += n & 0x7f
        n = int.from_bytes(data[2:at], "big")
    return data[at:at + n], data[at + n:]


def element(tag, content):
    n = len(content)
    return bytes([tag]) + (bytes([n]) if n < 128 else bytes([0x82]) + n.to_bytes(2, "big")) + content


def with_another_mechanism(token):
    """A client's first token of SPNEGO, with one more in its list."""
    inside, _ = taken(token)
    spnego, rest = inside[:8], inside[8:]
    init, _ = taken(taken(rest)[0])
    types, behind = taken(init)
    mechs, _ = taken(types)
    mechs += bytes.fromhex("060a2b06010401823702021e")
    return element(0x60, spnego + element(0xa0, element(0x30, element(0xa0, element(0x30, mechs)) + behind)))


def changed_list(r, process):
    """Somebody on the way has put a mechanism into the list, or has taken one out: both ends sign what they have seen of it."""
    client = Samba("ras1", "Passw0rd1", "RASBOX", "spnego")
    answer = client.talk(process, 21, True, with_another_mechanism)
    r.check("a list of mechanisms that was changed on the way is noticed", answer[0] == REFUSED and "Message Integrity Check" in answer[5],
            str(answer))
    r.check("  by what the client signs of it with the last leg", client.legs == 2, str(client.legs))


def hostile(r, process):
    for i, token in enumerate((b"", b"x", b"NTLMSSP\0", b"NTLMSSP\0\1\0\0\0", b"NTLMSSP\0\3\0\0\0" + b"\xff" * 80, os.urandom(500), b"\xff" * 16384,
                               b"\x60\x84\xff\xff\xff\xff")):
        for spnego in (False, True) if token else (False,):  # SPNEGO lets the server speak first
            answer = process.leg(100 + 2 * i + spnego, token, spnego)
            r.check(f"{len(token)} bytes of rubbish {'in SPNEGO' if spnego else 'alone'} are refused", answer and answer[0] == REFUSED, str(answer))
    for context in range(1000, 1000 + 1030):
        from impacket import ntlm
        answer = process.leg(context, ntlm.getNTLMSSPType1("", "", signingRequired=True, use_ntlmv2=True).getData())
        if answer[0] != MORE:
            break
    r.check("there is a bound for exchanges that are under way", answer[0] == REFUSED and "no room" in answer[5], str(answer)[:300])
    process.send(struct.pack("<BI", FORGET, 1000))
    answer, _ = impacket_client(process, 5000, "ras1", "Passw0rd1", "RASBOX")
    r.check("  and room again when one is forgotten", answer[0] == DONE, str(answer))


def status_of(pid):
    with open(f"/proc/{pid}/status") as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)


def confined(r, process, pid):
    status = status_of(pid)
    r.check("it has no capability", int(status["CapEff"], 16) == 0 == int(status["CapPrm"], 16), status["CapEff"])
    r.check("  and can't get one", status["NoNewPrivs"] == "1")
    r.check("  and is not allowed all system calls", status["Seccomp"] == "2")
    r.check("  and writes no core", resource.prlimit(pid, resource.RLIMIT_CORE) == (0, 0))
    descriptors = sorted(map(int, os.listdir(f"/proc/{pid}/fd")))
    r.check("  and has no other descriptor than the first three", descriptors == [0, 1, 2], str(descriptors))


def workers(process):
    """Those that it has for clients, in the order in which they came."""
    with open(f"/proc/{process.child.pid}/task/{process.child.pid}/children") as f:
        return [int(pid) for pid in f.read().split()]


def crashing_token(process, context):
    """The last leg of somebody who knows his password, and sends a session key without a byte: Debian 12's library does not survive it."""
    from impacket import ntlm
    first = ntlm.getNTLMSSPType1("CLIENT", "RASBOX", signingRequired=True, use_ntlmv2=True)
    answer = process.leg(context, first.getData())
    last = bytearray(ntlm.getNTLMSSPType3(first, answer[6], "ras1", "Passw0rd1", "RASBOX", use_ntlmv2=True)[0].getData())
    last[52:54] = b"\0\0"
    return process.leg(context, bytes(last))


def alone(r, program, users):
    """What happens to one client's worker happens to nobody else."""
    process = Process(program, users)
    client = Samba("ras1", "Passw0rd1", "RASBOX", "ntlmssp")
    _, negotiate = client.gensec.update(b"")
    challenge = process.leg(1, negotiate)[6]
    process.leg(2, negotiate), process.leg(3, negotiate)
    r.check("each client has a process of his own", len(workers(process)) == 3, str(workers(process)))
    confined(r, process, workers(process)[1])
    filters = [int(status_of(pid)["Seccomp_filters"]) for pid in (process.child.pid, workers(process)[1])]
    r.check("  which may do still less", filters[1] == filters[0] + 1, str(filters))
    os.kill(workers(process)[1], signal.SIGKILL)
    answer = process.leg(2, b"whatever")
    said = "crashed on what the client has sent: signal 9"
    r.check("who has crashed his own is refused, and it is said why", answer[0] == REFUSED and said in answer[5], str(answer))
    os.kill(workers(process)[1], signal.SIGSTOP)
    answer = process.leg(3, b"whatever")
    r.check("and so is who has made his own hang", answer[0] == REFUSED and "not answered in time" in answer[5], str(answer))
    answer = crashing_token(process, 4)
    r.check("and who sends what the library does not survive", answer and answer[0] == REFUSED and answer[5], str(answer))
    _, last = client.gensec.update(challenge)
    answer = process.leg(1, last)
    r.check("  while another one's log-in goes on", answer and answer[0] == DONE, str(answer))
    left = workers(process)
    r.check("  and nothing is left of any", not left and process.end() == 0, str(left))


def no_library(r, program, users):
    process = Process(program, users, GSS_MECH_CONFIG="/dev/null")
    for spnego in (False, True):
        answer = process.leg(1 + spnego, b"NTLMSSP\0\1\0\0\0" + bytes(28), spnego)
        r.check("without the library each client is refused, and told why", answer[0] == REFUSED and "can't do NTLM" in answer[5], str(answer))
    process.end()
    r.check("  and who looks into the log as well", "is gss-ntlmssp installed?" in process.said(), process.said())


def no_request(r, program, users):
    for what, frame in (("too long", struct.pack("<I", 1 << 30)), ("of an unknown kind", struct.pack("<IBI", 5, 3, 1)),
                        ("for no context", struct.pack("<IBIB", 6, LEG, 0, 0)), ("with bytes behind it", struct.pack("<IBIB", 6, FORGET, 1, 0))):
        process = Process(program, users)
        process.socket.sendall(frame)
        gone = process.receive() == b""
        r.check(f"a request {what} is the end of the process", gone and process.end() == 1, str(process.child.returncode))


def main():
    r = Report()
    program = sys.argv[1]
    with tempfile.NamedTemporaryFile("w", suffix=".users") as users:
        users.write(USERS)
        users.flush()
        process = Process(program, users.name)
        by_impacket(r, process)
        weak(r, process)
        confined(r, process, process.child.pid)
        by_samba(r, process)
        changed_list(r, process)
        hostile(r, process)
        r.check("at the end it ends", process.end() == 0)
        r.check("  without a word", process.said() == "", process.said())
        alone(r, program, users.name)
        no_library(r, program, users.name)
        no_request(r, program, users.name)
    r.finish()


if __name__ == "__main__":
    main()
