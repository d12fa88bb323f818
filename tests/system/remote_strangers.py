#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Clients that were written by others, each way in, signed and sealed: they see what rasadmin sees, and disconnect whom they mean and
nobody else. One network namespace with a KDC, smbd and rrasd; what went over its loopback is then read by Wireshark, which was written by
others as well."""
import collections
import json
import os
import socket
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import capture
import kdc
from accounts import OPERATORS, USERS
from programs import TOP, program
from rras_site import Sim, Site
from scope import Scope, enter_netns, may_make_networks, wait_until
from smbd import PASSWORD, Smbd
from tap import Report

SERVER = "server.rras.test"
PORT = 4170
LISTENING = 3
REQUEST, RESPONSE = 0, 2
SERVER_GET_INFO, PORT_ENUM, PORT_GET_INFO, PORT_DISCONNECT = 0, 4, 5, 8
OPNUMS = (PORT_ENUM, SERVER_GET_INFO, PORT_GET_INFO, PORT_DISCONNECT, PORT_ENUM)  # what each stranger asks
LEVELS = {"sign": 5, "seal": 6}
WHO = "ras1"
HERE = socket.gethostname().split(".")[0][:15].upper()  # this machine, as NTLM names it

# By what somebody proves to smbd who he is, and to rrasd.
Cell = collections.namedtuple("Cell", "way kind session proof protect")
CELLS = [*(Cell("tcp", kind, None, proof, protect) for kind, proof in (("samba", "kerberos"), ("samba", "ntlm"), ("impacket", "ntlm"))
           for protect in LEVELS),
         Cell("pipe", "samba", "kerberos", None, None), Cell("pipe", "samba", "kerberos", "kerberos", "sign"),
         Cell("pipe", "samba", "kerberos", "kerberos", "seal"), Cell("pipe", "samba", "ntlm", None, None),
         Cell("pipe", "samba", "ntlm", None, "encrypt"), Cell("pipe", "impacket", "ntlm", None, None),
         Cell("pipe", "impacket", "ntlm", None, "encrypt"),
         *(Cell("pipe", kind, "ntlm", "ntlm", protect) for kind in ("samba", "impacket") for protect in LEVELS)]


def name_of(cell):
    words = {None: "", "sign": ", signed", "seal": ", sealed", "encrypt": ", SMB encrypted"}
    session = f"a session by {cell.session}" + (", and in it " if cell.proof else "") if cell.session else ""
    return f"{cell.kind}, {cell.way}: {session}{cell.proof or ''}{words[cell.protect]}"


class World:
    def __init__(self, scope, realm):
        self.scope, self.realm = scope, realm
        keys = realm.keytab + ".smb"
        realm.add(WHO, PASSWORD)
        realm.add_service("host/" + SERVER)
        realm.add_service("host/localhost")
        realm.add_service("cifs/" + SERVER, keys)
        self.keys, self.sealed_handles = realm.keytab + ".all", set()
        realm.admin(f"ktadd -norandkey -k {self.keys} host/{SERVER} host/localhost cifs/{SERVER}")
        self.smbd = Smbd(scope, scope_name(), f"realm = {realm.name}\n kerberos method = dedicated keytab\n dedicated keytab file = {keys}")
        self.site = Site(scope, accounts=self.smbd.accounts)
        users = scope.write("ntlm-users", f"{HERE}:{WHO}:{PASSWORD}\n", 0o600)
        self.site.sections = (f"[listen]\nntlm = yes\nntlm_users = {users}\nntlm_program = {program('rras-ntlm')}\n"
                              f"\ntcp = 127.0.0.1:{PORT}\ntcp_level = integrity\nkeytab = {realm.keytab}\n"
                              f"pipe_socket = {self.smbd.pipe}\n[roles]\noperators = {OPERATORS}\n")

    def start(self):
        self.site.start()  # makes np/, before smbd looks at it
        self.sim = Sim(self.site, "sim", "--ports", "4", "--tick", "0")
        self.sim.welcome()
        self.sim.say("connect", "stays")
        self.smbd.start()

    def stranger(self, cell, *words):
        """What he says, a value for each word."""
        options = ["--target", SERVER, "--domain", HERE] + (["--tcp", str(PORT)] if cell.way == "tcp" else [])
        if "kerberos" in (cell.session, cell.proof):
            options += ["--realm", self.realm.name]
        if cell.protect:
            options += ["--encrypt"] if cell.protect == "encrypt" else ["--protect", cell.protect]
        done = subprocess.run(["/usr/bin/python3", os.path.join(TOP, "tests/lib/stranger.py"), *options, cell.kind, "127.0.0.1", WHO, PASSWORD,
                               *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)
        values = [json.loads(line) for line in done.stdout.splitlines()]
        return values + ([{"error": done.stderr}] if done.returncode else [])

    def who(self, cell):
        """What the audit log has to say of him."""
        smb = f"RASBOX\\{WHO}" if cell.session == "ntlm" else f"RASTEST\\{WHO}"
        proved = {"kerberos": f"{WHO}@{self.realm.name}", "ntlm": f"{HERE}\\{WHO}"}.get(cell.proof)
        return {"name": proved or smb, "session": smb if proved and cell.session else None, "uid": USERS[WHO]}


def scope_name():
    return f"rrass{os.getpid()}"


def own_view(at):
    """The ports as rasadmin sees them: handle, is somebody on it, name."""
    return sorted((p["handle"], bool(p["user"]), name) for name, p in at.site.ports().items())


def the_same(values):
    return sorted((handle, condition != LISTENING, name) for handle, condition, name in values)


def looks_and_disconnects(r, at, cell):
    victim, name = "victim-" + "-".join(filter(None, cell)), name_of(cell)
    at.sim.say("connect", victim)
    handle = at.site.wait_port_of(victim)["handle"]
    before = own_view(at)
    if (cell.proof, cell.protect) == ("kerberos", "seal"):
        at.sealed_handles.add(handle)
    said = at.stranger(cell, "list", "info", "port", str(handle), "disconnect", str(handle), "list")
    if not r.check(f"{name}: all is answered", len(said) == 5 and "error" not in str(said), str(said)):
        return
    listed, info, port, code, after = said
    r.check("  the ports are those that rasadmin lists", the_same(listed) == before, f"{listed} {before}")
    totals = struct.unpack_from("<4I", bytes.fromhex(info[0]), 12)
    r.check("  the server's totals as well", info[1] == 0 and totals[2:] == (len(before), sum(used for _, used, _ in before)), str(info))
    r.check("  a port's information is what the list had", port == [p for p in listed if p[0] == handle], str(port))
    wait_until(f"{victim} to be gone", lambda: victim not in at.sim.users())
    r.check("  whom he disconnects has gone, and nobody else", code == 0 and list(at.sim.users()) == ["stays"], f"{code} {at.sim.users()}")
    r.check("  and he may look again", [p[2] for p in after] == [p[2] for p in listed], str(after))
    who = [line["who"] for line in at.site.audit("order") if line["user"] == victim]
    want = at.who(cell)
    r.check("  the audit log says who, and in whose session", len(who) == 1 and {k: who[0].get(k) for k in want} == want, f"{who} {want}")


def refused(r, at):
    """Whom smbd lets in and rrasd does not: he is told, and does not become the session's user instead."""
    hidden = at.realm.keytab + ".hidden"
    os.rename(at.realm.keytab, hidden)
    said = at.stranger(Cell("pipe", "samba", "kerberos", "kerberos", "seal"), "list")
    os.rename(hidden, at.realm.keytab)
    r.check("what rrasd refuses inside the pipe is told", "{Operation Failed}" in str(said), str(said))
    line = at.site.audit("login")[-1]
    r.check("  and the audit log says whose session that was, and why", (line["who"]["name"], line["result"]) == (f"RASTEST\\{WHO}", 5) and
            "no key for Kerberos" in line["reason"], str(line))


def own_client(r, at):
    """Our own program over TCP, for the same judge."""
    cache = at.realm.ticket(WHO, PASSWORD)
    local, at.site.binding = at.site.binding, f"ncacn_ip_tcp:localhost[{PORT}]"
    status, out, err = at.site.admin("--json", "ports", env=dict(os.environ, KRB5CCNAME=cache))
    at.site.binding = local
    r.check("rasadmin, tcp: kerberos, sealed", status == 0 and "stays" in out, f"{status} {out}{err}")


def read_by_wireshark(r, at, wire):
    outside, frames = wire.read(PORT), wire.read(PORT, at.keys, PASSWORD)
    bad = [f for f in outside if f.bad] + [f for f in frames if f.bad and not f.short]
    r.check(f"Wireshark decodes {len(frames)} frames with DCE/RPC, none of them malformed", len(frames) > len(outside) > 0 and not bad, str(bad))
    calls = collections.Counter((f.way, f.level, o, k) for f in frames for o in f.opnums for k in f.kinds)
    readable = [c for c in CELLS if (c.kind, c.protect) != ("impacket", "encrypt")]  # Wireshark does not find impacket's keys of SMB 3
    wanted = collections.Counter((c.way, LEVELS.get(c.protect, 0), o, k) for c in readable for o in OPNUMS for k in (REQUEST, RESPONSE))
    r.check("  each stranger's calls and their answers are among them", not wanted - calls, f"{wanted - calls}")
    sealed = [f for f in frames if f.level == LEVELS["seal"] and f.opnums and not f.short]
    r.check(f"  what was sealed in {len(sealed)} of them it decrypts, with the servers' keys", sealed and all(f.open for f in sealed),
            str([f for f in sealed if not f.open]))
    # What NTLM seals inside SPNEGO it gets wrong, and so does not find any parameter that Samba's client sends that way.
    ends = {f.stub for f in sealed if f.opnums == [PORT_DISCONNECT] and f.kinds == [REQUEST]}
    r.check("  and finds the ports that were disconnected", ends >= {struct.pack("<I", h).hex() for h in at.sealed_handles}, str(ends))
    alone = [c for c in CELLS if c.protect == "seal" and (c.proof == "kerberos" or c.kind == "impacket")]
    asked = [f.stub for f in sealed if f.opnums == [PORT_ENUM] and f.kinds == [REQUEST] and f.stub.startswith("00000000ffffffff")]
    r.check("  and what was asked of them", len(asked) >= len(alone) * OPNUMS.count(PORT_ENUM), str(asked))
    bad = [f for f in wire.damaged(PORT).read(PORT) if f.bad]
    r.check("  it would say if one was malformed", len(bad) == 1 and bad[0].way == "tcp", str(bad))


def main():
    r = Report()
    missing = kdc.programs() or capture.programs()
    why = may_make_networks() or missing and f"{missing} is missing"
    if why:
        r.skip("strangers", why)
        r.finish()
    if not os.environ.get("OPENRRAS_ROOT"):
        os.environ["LD_LIBRARY_PATH"] = os.path.join(os.environ.get("OPENRRAS_BUILD", os.path.join(TOP, "build")), "libmprapi")
    with Scope() as scope:
        enter_netns(scope.netns(scope_name()))
        os.mkdir(scope.path("realm"))
        realm = kdc.Realm(scope.path("realm"))
        os.environ.update({k: v for k, v in realm.env.items() if k.startswith("KRB5")})
        at = World(scope, realm)
        realm.start()
        scope.callback(realm.stop)
        at.start()
        wire = capture.Capture(scope)
        for cell in CELLS:
            r.run(name_of(cell), looks_and_disconnects, at, cell)
        r.run("refused", refused, at)
        r.run("our own client", own_client, at)
        wire.stop()
        r.run("Wireshark", read_by_wireshark, at, wire)
        r.check("rrasd stops cleanly", at.site.stop() == 0, at.site.rrasd.log()[-2000:])
    r.finish()


main()
