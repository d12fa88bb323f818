#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""NTLM over TCP: off unless it is switched on; then clients that were written by others get in, alone and inside SPNEGO, sealed and signed,
as whom they are; and whatever becomes of the process that runs the NTLM library, rrasd and whoever is connected don't feel it. All of it
is on loopback, and users of the system stand for the administrators of the site."""
import json
import os
import pwd
import re
import shlex
import signal
import socket
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import chapter
from programs import TOP, program
from rras_site import Sim, Site
from scope import Scope, wait_until
from tap import Report

STRANGER = os.path.join(TOP, "tests/lib/stranger.py")
PASSWORD = "Passw0rd1"
HERE = socket.gethostname().split(".")[0][:15].upper()  # this machine, as NTLM names it
LISTENING = 3
DIMSVC = bytes.fromhex("00f0098fedb7ce11bbd200001a181cad00000000")
NDR20 = bytes.fromhex("045d888aeb1cc9119fe808002b10486002000000")
BIND, BIND_ACK, BIND_NAK = 11, 12, 13
NEGOTIATE = b"NTLMSSP\0" + struct.pack("<II16x8x", 1, 0xe2088237)
KRB5, NTLM = bytes.fromhex("06092a864886f712010202"), bytes.fromhex("060a2b06010401823702020a")
# Who comes, each in the way that others don't: name of the client, its options, and what it asks first. Samba's can't have a second
# interface on a connection by NTLM alone (it sends its last leg again, which nobody takes), so it only asks the one that it knows.
ALONE = "Samba's client"
WAYS = {"impacket": (["impacket"], "list"), ALONE: (["samba", "--binding", "ntlm"], "interfaces"), "Samba's client in SPNEGO": (["samba"], "list")}


class World:
    def __init__(self, scope):
        self.scope, self.site = scope, Site(scope)
        self.port = 0
        self.users = scope.write("users", "".join(f"{who}:{PASSWORD}\n" for who in (
            f"{HERE}:news", f"{HERE}:uucp", f"{HERE}:games", f"{HERE}:lp", f"{HERE}:no-such-user", f"{HERE}:root", "ELSEWHERE:news")), 0o600)

    def start(self, *settings):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.site.sections = "\n".join(["[listen]", f"tcp = 127.0.0.1:{self.port}", "keytab = /no/such/keytab", *settings, "[roles]",
                                        "administrators = news", "operators = uucp", "viewers = games"]) + "\n"
        self.site.start()
        self.sim = Sim(self.site, "l2tp", "--ports", "8", "--tick", "0")
        self.sim.welcome()

    def stop(self):
        self.sim.process.end()
        return self.site.stop()

    def command(self, way, user, *words, protect="seal", password=PASSWORD, domain=HERE):
        kind, *binding = WAYS[way][0]
        return ["/usr/bin/python3", STRANGER, "--tcp", str(self.port), "--domain", domain, "--protect", protect, *binding, kind, "127.0.0.1",
                user, password, *words]

    def ask(self, *args, **more):
        """What the client says, a value for each word."""
        done = subprocess.run(self.command(*args, **more), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=120)
        return [json.loads(line) for line in done.stdout.splitlines()] + ([{"error": done.stderr}] if done.returncode else [])

    def logins(self):
        return [{**line, **line["who"]} for line in self.site.audit("login")]

    def ntlm_process(self):
        """The child of rrasd that runs the library, or None."""
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/stat") as f:
                    name, rest = re.match(r"\d+ \((.*)\) (.*)", f.read()).groups()
            except OSError:
                continue  # it has ended meanwhile
            if name == "rras-ntlm" and int(rest.split()[1]) == self.site.rrasd.pid and rest[0] != "Z":
                return int(pid)
        return None

    def connect(self):
        s = socket.create_connection(("127.0.0.1", self.port), 60)
        s.settimeout(60)
        return s


def is_list(value):
    return isinstance(value, list)


# ---- PDUs by hand ----

def bind_pdu(token, auth_type, level=6):
    body = struct.pack("<HHIBBHHBB", 5840, 5840, 0, 1, 0, 0, 0, 1, 0) + DIMSVC + NDR20
    body += struct.pack("<BBBBI", auth_type, level, 0, 0, 1) + token
    return struct.pack("<BBBBIHHI", 5, 0, BIND, 7, 0x10, 16 + len(body), len(token), 1) + body


def read_pdu(s):
    header = s.recv(16, socket.MSG_WAITALL)
    if len(header) < 16:
        return None, b""
    return header[2], header + s.recv(struct.unpack_from("<H", header, 8)[0] - 16, socket.MSG_WAITALL)


def element(tag, *parts):
    content = b"".join(parts)
    return bytes((tag, len(content))) + content


def offer(*mechs, token=b""):
    """The first token of SPNEGO."""
    optimistic = element(0xa2, element(4, token)) if token else b""
    init = element(0xa0, element(0x30, element(0xa0, element(0x30, *mechs)), optimistic))
    return element(0x60, bytes.fromhex("06062b0601050502"), init)


def said_to(world, token, auth_type, level=6):
    with world.connect() as s:
        s.sendall(bind_pdu(token, auth_type, level))
        return read_pdu(s)


def reason(pdu):
    return struct.unpack_from("<H", pdu, 16)[0]


# ---- the tests ----

def switched_off(r, w):
    kind, pdu = said_to(w, NEGOTIATE, 10)
    r.check("NTLM is not offered unless it is asked for", kind == BIND_NAK and reason(pdu) == 8, str((kind, pdu)))
    kind, pdu = said_to(w, offer(NTLM, token=NEGOTIATE), 9)
    r.check("  nor inside SPNEGO", kind == BIND_NAK and reason(pdu) == 9, str((kind, pdu)))
    said = w.ask("impacket", "news", "list")
    r.check("  and a client that has nothing else does not get in", "error" in said[-1], str(said))
    r.check("  and no process was started for it", w.ntlm_process() is None)


def strangers(r, w, protect):
    for way, (_, first) in WAYS.items():
        what = f"{way}, {'sealed' if protect == 'seal' else 'signed'}"
        victim = "victim-" + re.sub(r"\W", "", what)
        w.sim.say("connect", victim)
        handle = w.site.wait_port_of(victim)["handle"]
        more = [] if way == ALONE else ["info", "disconnect", str(handle)]
        said = w.ask(way, "uucp", first, *more, protect=protect)
        listed = is_list(said[0]) and [p for p in said[0] if p[0] == handle and p[1] != LISTENING]
        r.check(f"{what}: an operator is served", listed or said == [4], str(said))
        if more:
            r.check("  and disconnects", said[2:] == [0] and victim not in w.sim.users(), str(said))
        last = w.logins()[-1]
        expected = {"from": "tcp", "name": HERE + "\\uucp", "uid": pwd.getpwnam("uucp").pw_uid, "address": "127.0.0.1", "role": "operator",
                    "mechanism": "ntlm", "level": "privacy" if protect == "seal" else "integrity", "result": 0}
        r.check("  the audit log says who, how and as what", expected.items() <= last.items(), str(last))


def too_weak(r, w):
    for way, (_, first) in WAYS.items():
        said = w.ask(way, "news", first, protect="sign")
        r.check(f"{way}: signed only is refused", "error" in said[-1], str(said))
    for level in (1, 2, 4, 5):
        kind, pdu = said_to(w, NEGOTIATE, 10, level)
        r.check(f"a bind at level {level} is refused", kind == BIND_NAK, str((kind, pdu)))


def roles(r, w):
    w.sim.say("connect", "stays")
    handle = str(w.site.wait_port_of("stays")["handle"])
    said = w.ask("impacket", "games", "list", "disconnect", handle)
    r.check("a viewer lists, and may not disconnect", is_list(said[0]) and said[1:] == [5], str(said))
    said = w.ask("impacket", "GAMES", "list")
    r.check("a user is the same in whatever case he is written", is_list(said[0]), str(said))
    for user, domain, words in (("lp", HERE, "has no role"), ("root", HERE, "has no role"), ("no-such-user", HERE, "is no user of this machine"),
                                ("news", "ELSEWHERE", "is no user of this machine"), ("news", "", "is no user of this machine")):
        seen = len(w.site.rrasd.log())
        said = w.ask("impacket", user, "list", "disconnect", handle, domain=domain)
        r.check(f"{domain or 'no domain'}\\{user} may do nothing", said == [5, 5], str(said))
        r.check("  the log and the audit log say why", words in w.site.rrasd.log()[seen:] and w.logins()[-1]["result"] == 5 and
                words in w.logins()[-1]["reason"] and w.logins()[-1]["role"] == "none", f"{w.site.rrasd.log()[seen:]} {w.logins()[-1]}")
    r.check("nobody was hit", "stays" in w.sim.users())


def wrong_passwords(r, w):
    for way, (_, first) in WAYS.items():
        seen = len(w.site.rrasd.log())
        said = w.ask(way, "news", first, password="wrong")
        r.check(f"{way}: a wrong password is refused", re.search("access.denied|attempted logon is invalid", str(said[-1]), re.I), str(said))
        r.check("  the log says so", "refused: NTLM refuses the client" in w.site.rrasd.log()[seen:], w.site.rrasd.log()[seen:])
        last = w.logins()[-1]
        r.check("  and the audit log", last["result"] == 5 and last["mechanism"] == "ntlm" and last["reason"].startswith("NTLM refuses"), str(last))


def kerberos_first(r, w):
    """There is no key for Kerberos here: who offers it is refused, and not moved to NTLM."""
    kind, pdu = said_to(w, offer(NTLM, token=NEGOTIATE), 9)
    r.check("who offers NTLM alone gets its challenge", kind == BIND_ACK and b"NTLMSSP\0\2" in pdu, str((kind, pdu)))
    for mechs in ((KRB5, NTLM), (NTLM, KRB5)):
        kind, pdu = said_to(w, offer(*mechs, token=NEGOTIATE), 9)
        r.check("who offers Kerberos as well gets Kerberos or nothing", kind == BIND_NAK and reason(pdu) == 9, str((kind, pdu)))
        last = w.logins()[-1]
        r.check("  as the audit log says", last["mechanism"] == "kerberos" and "no key for Kerberos" in last["reason"], str(last))


def confined(r, w):
    pid = w.ntlm_process()
    with open(f"/proc/{pid}/status") as f:
        status = dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)
    r.check("the NTLM process has no capability, and not all system calls",
            (int(status["CapEff"], 16), status["NoNewPrivs"], status["Seccomp"]) == (0, "1", "2"), str(status))
    # One for each log-in that is under way comes to that: the one before has just been given up.
    wait_until("three descriptors", lambda: sorted(os.listdir(f"/proc/{pid}/fd")) == ["0", "1", "2"])
    r.check("  and nothing of rrasd's but its end of a socket, and the log", True)
    with open(f"/proc/{pid}/environ", "rb") as f:
        names = sorted(v.split(b"=")[0] for v in f.read().split(b"\0") if v)
    r.check("  nor of its environment", names == [b"LM_COMPAT_LEVEL", b"NTLM_USER_FILE"], str(names))


def crashed(r, w):
    """What becomes of the process that one client has there."""
    def children(pid):
        with open(f"/proc/{pid}/task/{pid}/children") as f:
            return [int(child) for child in f.read().split()]
    pid, seen, lines = w.ntlm_process(), len(w.site.rrasd.log()), len(w.logins())
    wait_until("all log-ins being over", lambda: not children(pid))
    with w.connect() as s:
        s.sendall(bind_pdu(NEGOTIATE, 10))
        r.check("somebody is in the middle of a log-in", read_pdu(s)[0] == BIND_ACK and len(children(pid)) == 1)
        os.kill(children(pid)[0], signal.SIGKILL)
        last_leg(s)
        wait_until("his log-in failing", lambda: len(w.logins()) > lines)
        r.check("whoever crashes the library is refused", "the NTLM library has crashed on what the client has sent" in w.logins()[-1]["reason"],
                str(w.logins()[-1]))
        r.check("  and the log says so", "refused: the NTLM library has crashed" in w.site.rrasd.log()[seen:], w.site.rrasd.log()[seen:])
    said = w.ask("impacket", "games", "list")
    r.check("  and nobody else notices", is_list(said[0]) and w.ntlm_process() == pid, str(said))


def last_leg(s):
    """Of no client that there is."""
    body = struct.pack("<I", 0) + struct.pack("<BBBBI", 10, 6, 0, 0, 1) + b"NTLMSSP\0\3\0\0\0" + bytes(60)
    s.sendall(struct.pack("<BBBBIHHI", 5, 0, 16, 3, 0x10, 16 + len(body), 72, 1) + body)


def killed(r, w):
    """Between the legs of one, in the leg of another, while a third is connected, and with a fourth in the queue."""
    connected = subprocess.Popen(w.command("impacket", "games", "list", "pause", "list", "info"), stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, text=True)
    w.scope.callback(connected.kill)
    r.check("somebody is connected", is_list(json.loads(connected.stdout.readline())))
    between = w.connect()
    between.sendall(bind_pdu(NEGOTIATE, 10))
    r.check("another one has his challenge", read_pdu(between)[0] == BIND_ACK)
    pid, seen, lines = w.ntlm_process(), len(w.site.rrasd.log()), len(w.logins())
    os.kill(pid, signal.SIGSTOP)
    hit = w.connect()
    hit.sendall(bind_pdu(NEGOTIATE, 10))
    queued = subprocess.Popen(w.command("impacket", "games", "list"), stdout=subprocess.PIPE, text=True)
    w.scope.callback(queued.kill)
    r.check("while the process hangs, rrasd does not", w.site.admin("ports")[0] == 0)
    os.kill(pid, signal.SIGKILL)
    kind, pdu = read_pdu(hit)
    r.check("killed: who was being asked for is refused", kind == BIND_NAK and reason(pdu) == 9, str((kind, pdu)))
    r.check("  the log says what has happened", "the NTLM process has crashed: signal 9" in w.site.rrasd.log()[seen:], w.site.rrasd.log()[seen:])
    told = [line for line in w.logins()[lines:] if line["result"] == 5]
    r.check("  and the audit log whom it has hit", len(told) == 1 and "has crashed" in told[0]["reason"], str(told))
    r.check("  who waited for his turn gets in by the next process", is_list(json.loads(queued.stdout.readline())))
    r.check("  which is another one", w.ntlm_process() not in (None, pid))
    last_leg(between)
    wait_until("the exchange that was begun failing", lambda: "has begun this exchange has ended" in w.site.rrasd.log()[seen:])
    r.check("  who was between his legs has to begin anew", True)
    connected.stdin.write("\n")
    connected.stdin.flush()
    said = [json.loads(line) for line in connected.stdout]
    r.check("  and who was connected goes on", said[0] is None and is_list(said[1]) and said[2][1] == 0, str(said))
    connected.wait()
    queued.wait()
    for s in (hit, between):
        s.close()


def word_by_word(r, w):
    """Does the chapter in docs/remote.md lead where it says? Only names, the port, paths and owners are this test's."""
    users = w.scope.path("documented-users")
    names = {"GATE": HERE, "alice": "uucp", "rras-operate": "uucp", "/etc/rras/ntlm-users": users, "0.0.0.0:4170": f"127.0.0.1:{w.port}",
             "-o rras -g rras ": ""}

    def here(text):
        for name, ours in names.items():
            text = text.replace(name, ours)
        return text
    commands, ini = chapter.read("remote.md", "NTLM")
    done = [subprocess.run(shlex.split(here(shlex.join(c))), check=False).returncode for c in commands if c[0] in ("install", "sh")]
    r.check("docs/remote.md: each command was followed", done == [0, 0] and len(commands) == 3, str(commands))
    w.site.sections = "\n".join(here(line) for line in [*ini[:4], f"ntlm_program = {program('rras-ntlm')}", *ini[4:]]) + "\n"
    w.site.start()
    said = w.ask("impacket", "uucp", "info", password="her password")
    r.check("  and leads to an answer over TCP with NTLM", is_list(said[0]) and len(ini) == 6, str(said))


def broken(r, w):
    """The program is not there."""
    said = w.ask("impacket", "games", "list")
    r.check("without the program nobody gets in by NTLM", "error" in said[-1], str(said))
    r.check("  rrasd says so when it starts", re.search(r"NTLM: \S+ can't be started: No such file", w.site.rrasd.log()))
    r.check("  and that there are no passwords", "NTLM: /no/such/users can't be read: No such file" in w.site.rrasd.log())
    r.check("  and to whom it happens", "refused: the NTLM process can't be started" in w.site.rrasd.log(), w.site.rrasd.log()[-2000:])
    r.check("  and everything else works", w.site.admin("ports")[0] == 0)


def main():
    r = Report()
    try:
        ntlm = program("rras-ntlm")
    except FileNotFoundError:
        r.skip("NTLM over TCP", "this was built without it")
        return r.finish()
    with Scope() as scope:
        w = World(scope)
        w.start()
        r.run("switched off", switched_off, w)
        w.stop()
        on = ["ntlm = yes", f"ntlm_users = {w.users}", f"ntlm_program = {ntlm}"]
        w.start(*on)
        r.run("sealed", strangers, w, "seal")
        r.run("too weak", too_weak, w)
        r.run("roles", roles, w)
        r.run("wrong passwords", wrong_passwords, w)
        r.run("Kerberos first", kerberos_first, w)
        r.run("confined", confined, w)
        r.run("crashed", crashed, w)
        r.run("killed", killed, w)
        pid = w.ntlm_process()
        r.check("rrasd stops cleanly", w.stop() == 0, w.site.rrasd.log()[-2000:])
        r.check("  and the NTLM process with it", not os.path.exists(f"/proc/{pid}") or "\nState:\tZ" in open(f"/proc/{pid}/status").read())
        r.check("  and no complaint about its files", "NTLM: " not in w.site.rrasd.log())
        os.chmod(w.users, 0o640)
        w.start(*on, "tcp_level = integrity")
        r.check("passwords that others may read are complained about", "is not closed to others" in w.site.rrasd.log())
        r.run("signed", strangers, w, "sign")
        w.stop()
        w.start("ntlm = yes", "ntlm_program = /no/such/program", "ntlm_users = /no/such/users")
        r.run("broken", broken, w)
        w.stop()
        r.run("word by word", word_by_word, w)
        w.site.stop()
    return r.finish()


if __name__ == "__main__":
    sys.exit(main())
