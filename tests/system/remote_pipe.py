#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
r"""\PIPE\ROUTER by a real smbd, set up word by word as docs/remote.md says. Then without systemd: clients that were written by others list,
look and disconnect as who they are; anonymous ones are refused; smbd may be started before or after rrasd, and go. Then rasadmin the same
way, and a hostile server behind that smbd. What rasadmin says to ordinary failures is in remote_errors.py."""
import json
import os
import re
import shutil
import socket
import stat
import struct
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import chapter
import handoff
from accounts import OPERATORS, USERS, VIEWERS
from over_pipe import IS_BUILT, LIBRARIES, OverPipe
from rras_site import Sim, Site
from scope import Scope, may_make_networks, wait_until
from smbd import FRAGMENT, PASSWORD
from socket_unit import USER, Unit
from tap import Report

CLIENT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib", "stranger.py")
LISTENING = 3


class Remote(OverPipe):
    def __init__(self, scope):
        super().__init__(scope, scope.netns(f"rrasp{os.getpid()}"))
        self.site = Site(scope, "unit")

    def begin_anew(self):
        """rrasd without systemd, as root, in a folder that nobody has used."""
        self.site = Site(self.scope)
        self.site.sections = (f"[listen]\npipe_socket = {self.smbd.pipe}\n[roles]\noperators = {OPERATORS}\nviewers = {VIEWERS}\n")

    def ask(self, kind, user, *words, password=PASSWORD, options=()):
        """What the client says, a value for each word; with all its text as the last one when it has said something else."""
        done = subprocess.run(["ip", "netns", "exec", self.netns, "/usr/bin/python3", CLIENT, *options, kind, "127.0.0.1", user, password, *words],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)
        values = [json.loads(line) for line in done.stdout.splitlines()]
        return values + ([{"error": done.stderr}] if done.returncode else [])

    def handle_of(self, user):
        return self.site.wait_port_of(user)["handle"]


class Followed:
    """Each command of the chapter, with what stands for systemd here, and smbd's folder and host in the place of those that it names."""

    def __init__(self, r, at):
        self.r, self.at = r, at
        self.unit = Unit(at.scope, os.path.dirname(os.path.dirname(at.smbd.pipe)))
        self.sim = None

    def systemctl(self, verb, *words):
        if verb == "edit":  # smb.conf of this test has another folder
            self.unit.edit([w.replace("DIR", self.unit.ncalrpc) for w in " ".join(words[1:]).replace("(empty)", "").split(", ")[1:]])
        elif (verb, *words) == ("enable", "--now", "rrasd-pipe.socket"):
            self.unit.start_socket()
        elif (verb, *words) == ("restart", "rrasd.service"):
            self.unit.start_service(self.at.site)
        else:
            raise ValueError(f"what is systemctl {verb} {words}?")

    def rasadmin(self, option, server, *words):
        if not IS_BUILT:
            self.r.skip(f"docs/remote.md: rasadmin {server}", "built without libsmbclient")
            return
        if words[0] == "disconnect":
            self.sim.say("connect", "victim")
            words = [self.at.site.wait_port_of("victim")["name"] if w == "sim-3" else w for w in words] + ["--yes", "--wait"]
        status, out, err, _ = self.at.rasadmin("ras1", *words, server=server.replace("gate", "127.0.0.1"))
        self.r.check(f"docs/remote.md leads to rasadmin {option} {server} {words[0]}", status == 0, f"{status} {out}{err}")

    def follow(self, words):
        {"systemctl": self.systemctl, "rasadmin": self.rasadmin}[words[0]](*words[1:])


def word_by_word(r, at):
    commands = [[w for w in words if not w.startswith("OPENRRAS_SMB_CREDENTIALS=")]  # which at.rasadmin() sets
                for words in chapter.read("remote.md", "The named pipe", until="### When it does not work")[0]]
    r.check("the chapter has its five commands", len(commands) == 5, str(commands))
    edits = [c for c in commands if "edit" in c]
    here = Followed(r, at)
    at.site.sections = f"[roles]\noperators = {OPERATORS}\n"
    said = at.ask("samba", "ras1", "list")
    r.check("smbd may be started first; there is no such pipe then", "OBJECT_NAME_NOT_FOUND" in str(said) or "3221225524" in str(said), str(said))
    for c in edits + [c for c in commands if c[0] == "systemctl" and c not in edits]:
        here.follow(c)
    here.sim = Sim(at.site, "sim", "--ports", "4", "--tick", "0")
    here.sim.welcome()
    with open(f"/proc/{at.site.rrasd.pid}/status") as f:
        r.check("rrasd is not root, and has the socket all the same", f"Uid:\t{USER}\t{USER}\t{USER}\t{USER}" in f.read())
    said = at.ask("samba", "ras1", "list")
    r.check("  and a stranger lists", isinstance(said[0], list), str(said))
    said = at.ask("samba", "", "list", password="")
    r.check("  but an anonymous one", "access denied" in str(said).lower() or "3221225506" in str(said), str(said))
    for c in commands:
        if c[0] == "rasadmin":
            here.follow(c)
    here.sim.process.end()
    r.check("that rrasd stops cleanly", at.site.stop() == 0, at.site.rrasd.log()[-2000:])
    here.unit.stop_socket()


def looks_and_disconnects(r, at, sim, kind):
    victim = f"victim-{kind}"
    sim.say("connect", victim)
    handle = at.handle_of(victim)
    said = at.ask(kind, "ras1", "list", "info", "disconnect", str(handle))
    listed = isinstance(said[0], list) and [p for p in said[0] if p[0] == handle and p[1] != LISTENING]
    r.check(f"{kind}: a member of the operators' group lists the ports", listed, str(said))
    r.check(f"{kind}: and reads the server's information", len(said) > 1 and isinstance(said[1], list) and said[1][1] == 0, str(said))
    r.check(f"{kind}: and disconnects", said[2:] == [0], str(said))
    wait_until(f"{victim} to be gone", lambda: victim not in sim.users())
    who = [line["who"] for line in at.site.audit("order") if line["user"] == victim]
    expected = {"from": "pipe", "name": "RASBOX\\ras1", "uid": USERS["ras1"], "gid": USERS["ras1"], "address": "127.0.0.1", "role": "operator"}
    r.check(f"{kind}: the audit log says who, and from where", who == [expected], str(who))


def roles(r, at, sim):
    handle = at.handle_of("stays")
    said = at.ask("samba", "ras2", "list", "disconnect", str(handle))
    r.check("a viewer lists, and may not disconnect", isinstance(said[0], list) and said[1:] == [5], str(said))
    said = at.ask("samba", "ras3", "list", "disconnect", str(handle))
    r.check("a user without a role may do neither", said == [5, 5], str(said))
    denied = [line["who"]["name"] for line in at.site.audit("denied")]
    r.check("  and the audit log has both", denied == ["RASBOX\\ras2", "RASBOX\\ras3"], str(denied))
    said = at.ask("samba", "ras1", "list", password="wrong")
    r.check("a wrong password comes to smbd only", "LOGON_FAILURE" in str(said) or "3221225581" in str(said), str(said))
    r.check("nobody was hit", "stays" in sim.users())


def anonymous(r, at, kind):
    before = len(at.site.audit("login"))
    said = at.ask(kind, "", "list", "info", password="")
    r.check(f"{kind}: an anonymous session is refused", "ACCESS_DENIED" in str(said).upper() or "access denied" in str(said).lower(), str(said))
    lines = at.site.audit("login")[before:]
    told = [(line["result"], line["who"]["address"], "anonymous" in line["reason"]) for line in lines]
    r.check("  with its line in the audit log", told == [(5, "127.0.0.1", True)], str(lines))


def rrasd_goes_and_comes(r, at):
    at.site.stop()
    r.check("rrasd stops, and takes its socket with it", not os.path.exists(at.smbd.pipe))
    said = at.ask("samba", "ras1", "list")
    r.check("without rrasd the pipe is not there", "OBJECT_NAME_NOT_FOUND" in str(said) or "3221225524" in str(said), str(said))
    at.site.start()
    said = at.ask("samba", "ras1", "list")
    r.check("rrasd started after smbd: the pipe is there", isinstance(said[0], list), str(said))


def smbd_goes_and_comes(r, at, sim):
    at.smbd.stop()
    at.smbd.configure(f"include = {FRAGMENT}")
    r.check("smbd is gone, and rrasd goes on", "stays" in at.site.port_of("stays")["user"])
    at.smbd.start()
    said = at.ask("samba", "ras1", "list", options=["--encrypt"])
    r.check("smbd with the settings that we advise: an encrypted session lists", isinstance(said[0], list), str(said))
    folder = os.stat(os.path.dirname(at.smbd.pipe))
    r.check("smbd's folder is still closed to others", stat.S_IMODE(folder.st_mode) == 0o700 and folder.st_uid == 0)
    before = len(at.site.audit("login"))
    said = at.ask("samba", "", "list", password="")
    r.check("  and an anonymous one does not even come to rrasd", "error" in str(said) and len(at.site.audit("login")) == before, str(said))
    r.check("nobody was hit by all that", "stays" in sim.users())


# ---- our own client ----

def our_client(r, at, sim):
    sim.say("connect", "victim")
    handle = at.handle_of("victim")
    status, out, err, _ = at.rasadmin("ras1", "--json", "ports", server=r"ncacn_np:127.0.0.1[\PIPE\ROUTER]")
    r.check("rasadmin lists over the pipe", status == 0 and "victim" in {p["user"] for p in json.loads(out)["ports"]}, f"{status} {out}{err}")
    status, out, err, _ = at.rasadmin("ras1", "disconnect", "--port", str(handle), "--yes", "--wait", server=r"\\127.0.0.1")
    r.check("  and disconnects, by the name that Windows has for it", status == 0 and "victim" not in sim.users(), f"{status} {out}{err}")
    fifo = at.scope.path("fifo")
    os.mkfifo(fifo, 0o600)
    status, out, err, took = at.rasadmin("ras1", "ports", OPENRRAS_SMB_CREDENTIALS=fifo)
    r.check("  what is no plain file is not waited for", "is no plain file" in err and took < 15, f"{status} {err}")


def what_is_loaded(r, at):
    def libraries(server):
        _, _, err, _ = at.rasadmin("ras1", "ports", server=server, LD_DEBUG="files")
        return {os.path.basename(name) for name in re.findall(r"calling init: (\S+)", err)}
    local, pipe = libraries(at.site.binding), libraries("ncacn_np:127.0.0.1")
    few = 0 < len(local) <= 14 and not any("smb" in name for name in local)
    r.check(f"a local connection loads {len(local)} libraries, none of Samba's", few, str(local))
    r.check(f"the pipe loads {len(pipe)}, by the module", "libsmbclient.so.0" in pipe and len(pipe) > 50, str(pipe))
    alone = at.scope.path("alone")
    os.mkdir(alone)
    shutil.copy(os.path.join(LIBRARIES, "libmprapi.so.0"), alone)
    status, _, err, _ = at.rasadmin("ras1", "ports", LD_LIBRARY_PATH=alone)
    r.check("without the module its name is told", status == 7 and "libmprapi-smb.so.0" in err and "error 1722" in err, f"{status} {err}")
    size = os.path.getsize(os.path.realpath(os.path.join(LIBRARIES, "libmprapi.so.0")))
    needs = subprocess.run(["objdump", "-p", os.path.join(LIBRARIES, "libmprapi.so.0")], stdout=subprocess.PIPE, text=True).stdout
    r.check(f"libmprapi ({size // 1024} KiB in this build) needs nothing of it", "smb" not in "".join(re.findall(r"NEEDED.*", needs)), needs)


def pdu(kind, body, length=None, flags=3):
    return struct.pack("<BBBBIHHI", 5, 0, kind, flags, 0x10, len(body) + 16 if length is None else length, 0, 1) + body


class Hostile:
    """In rrasd's place: takes each handoff, and then says what it is told to."""

    def __init__(self, path):
        self.say, self.keep = b"", False
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        kept = []
        while True:
            try:
                s, _ = self.listener.accept()
            except OSError:
                return
            size = struct.unpack(">I", s.recv(4, socket.MSG_WAITALL))[0]
            s.recv(size, socket.MSG_WAITALL)
            if not self.level:
                s.close()
                continue
            s.sendall(struct.pack(">I", 32) + b"NPAM" + struct.pack("<IIHHIQI", self.level, self.level, 2, 0x5ff, 0, 4096, 0))
            s.recv(65536)  # the bind
            try:
                s.sendall(self.say)
            except OSError:
                pass
            kept.append(s)
            if not self.keep:
                kept.pop().close()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()

    level = handoff.LEVEL  # of its answer; None: it closes instead


def hostile_server(r, at):
    at.site.stop()
    server = Hostile(at.smbd.pipe)
    cases = {"closes": (b"", False), "says less than a header": (handoff.framed(b"\5\0\x0c"), False),
             "says a length below a header's": (handoff.framed(pdu(12, b"", 3)), True),
             "says a length that never comes": (handoff.framed(pdu(12, b"x" * 20, 65535)), False),
             "says nonsense": (handoff.framed(b"GET / HTTP/1.0\r\n\r\n" * 4), False),
             "never comes to an end": (b"".join(handoff.framed(pdu(2, bytes(1000), flags=0)) for _ in range(50)), False)}
    for what, (data, keep) in cases.items():
        server.say, server.keep = data, keep
        status, out, err, _ = at.rasadmin("ras1", "--timeout", "10s", "ports")
        one_sentence = "\n" not in err.strip() and "error 1" in err and "no such host" not in err
        r.check(f"a server that {what}: a clear end", status in (1, 7) and not out and one_sentence, repr((status, err)))
    server.say, server.keep = b"", True
    status, _, err, took = at.rasadmin("ras1", "--timeout", "1s", "ports")
    r.check("a server that is silent: the end comes in time", status == 7 and "in time" in err and took < 15, f"{status} {err} {took:.1f} s")
    server.level = 8
    status, _, err, _ = at.rasadmin("ras1", "--timeout", "10s", "ports")
    r.check("a server of another version of Samba's handoff: smbd refuses, and that is told", status == 7 and "error 1722" in err, f"{status} {err}")
    server.level = None
    status, _, err, _ = at.rasadmin("ras1", "ports")
    r.check("a server that refuses the handoff: that is told", status == 7 and "its log says why" in err, f"{status} {err}")
    server.close()


def main():
    r = Report()
    why = may_make_networks()
    if why:
        r.skip("the named pipe by smbd", why)
        r.finish()
    with Scope() as scope:
        at = Remote(scope)
        at.smbd.start()
        r.run("word by word", word_by_word, at)
        at.begin_anew()
        at.site.start()
        sim = Sim(at.site, "sim", "--ports", "4")
        sim.say("connect", "stays")
        for kind in ("samba", "impacket"):
            r.run(kind, looks_and_disconnects, at, sim, kind)
        r.run("roles", roles, at, sim)
        for kind in ("samba", "impacket"):
            r.run("anonymous", anonymous, at, kind)
        r.run("rrasd goes and comes", rrasd_goes_and_comes, at)
        r.run("smbd goes and comes", smbd_goes_and_comes, at, sim)
        if IS_BUILT:
            r.run("our own client", our_client, at, sim)
            r.run("what is loaded", what_is_loaded, at)
            r.run("a hostile server", hostile_server, at)
        else:
            r.skip("our own client over the pipe", "built without libsmbclient")
        at.site.stop()
    r.finish()


main()
