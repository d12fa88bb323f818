#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""rrasd over TCP, with a Kerberos realm of its own: who may do what, what strangers can't, and docs/remote.md word by word. What each
failure says on both sides is in remote_errors.py. Needs no root: all of it is on loopback."""
import json
import os
import pwd
import re
import signal
import socket
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import chapter
import kdc
from over_tcp import ROLES, RULES, OverTcp, free_port, use_libraries
from programs import TOP, program
from rras_site import Sim, Site
from scope import Scope, wait_until
from tap import Report

SAMBA = os.path.join(TOP, "tests/lib/samba_tcp.py")
DIMSVC = bytes.fromhex("00f0098fedb7ce11bbd200001a181cad00000000")
NDR20 = bytes.fromhex("045d888aeb1cc9119fe808002b10486002000000")


def sentence(text):
    return text.count("\n") == 1 and text.strip() and all(c == "\n" or c.isprintable() for c in text)


def refused(r, what, result, status, *words):
    code, out, err = result
    r.check(what, code == status and not out and sentence(err) and all(w in err for w in words), f"{code}: {out}{err}")


def login(site, **members):
    """The newest audit line of a log-in, or None, if its members are these."""
    lines = [{**line, **line["who"]} for line in site.audit("login")]
    return bool(lines) and all(lines[-1].get(k) == v for k, v in members.items())


def roles(r, site, remote, sim):
    sim.say("connect", "bert")
    port = site.wait_port_of("bert")
    status, out, err = remote.admin("victor", "--json", "ports")
    listed = json.loads(out)["ports"] if status == 0 else []
    r.check("a viewer lists ports over TCP", any(p["user"] == "bert" for p in listed), f"{status}: {out}{err}")
    uid = pwd.getpwnam("games").pw_uid
    r.check("  the audit log says who, from where, how and as what",
            login(site, **{"from": "tcp"}, name="victor@RRAS.TEST", address="127.0.0.1", level="privacy", role="viewer", uid=uid, result=0),
            str(site.audit("login")[-1:]))
    status, out, err = remote.admin("olga", "disconnect", "--port", port["name"], "--wait", "--yes")
    r.check("an operator disconnects over TCP", status == 0 and "bert" not in sim.users(), f"{status}: {out}{err}")
    order = [x for x in site.audit("order") if x.get("user") == "bert"]
    r.check("  the order has her name and address", bool(order) and order[-1]["who"]["name"] == "olga@RRAS.TEST" and
            order[-1]["who"]["address"] == "127.0.0.1", str(order))
    status, out, err = remote.admin("alice", "--json", "status")
    r.check("an administrator asks our own interface as well", status == 0, f"{status}: {out}{err}")


def bind_pdu(token=b"", auth_type=9, level=6):
    body = struct.pack("<HHIBBHHBB", 5840, 5840, 0, 1, 0, 0, 0, 1, 0) + DIMSVC + NDR20
    if token:
        body += struct.pack("<BBBBI", auth_type, level, 0, 0, 1) + token
    return struct.pack("<BBBBIHHI", 5, 0, 11, 7, 0x10, 16 + len(body), len(token), 1) + body


def read_pdu(s):
    header = s.recv(16, socket.MSG_WAITALL)
    if len(header) < 16:
        return None, b""
    return header[2], header + s.recv(struct.unpack_from("<H", header, 8)[0] - 16, socket.MSG_WAITALL)


def strangers(r, site, remote):
    def connect():
        s = socket.create_connection(("127.0.0.1", remote.port), 30)
        s.settimeout(30)
        return s
    with connect() as s:
        s.sendall(bind_pdu())
        kind, _ = read_pdu(s)
        s.sendall(struct.pack("<BBBBIHHIIHHII", 5, 0, 0, 3, 0x10, 32, 0, 2, 8, 0, 0, 0, 0))
        fault, pdu = read_pdu(s)
        r.check("without authentication no method is reached", kind == 12 and fault == 3 and struct.unpack_from("<I", pdu, 24)[0] == 5)
    for level in (1, 2, 4, 5):
        with connect() as s:
            s.sendall(bind_pdu(b"x", level=level))
            kind, pdu = read_pdu(s)
            r.check(f"a bind at level {level} is refused", kind == 13, str((kind, pdu)))
    with connect() as s:
        s.sendall(bind_pdu(b"NTLMSSP\0\1\0\0\0", auth_type=10))
        kind, pdu = read_pdu(s)
        r.check("NTLM is not offered", kind == 13 and struct.unpack_from("<H", pdu, 16)[0] == 8, str((kind, pdu)))
    with connect() as s:
        s.sendall(bind_pdu(os.urandom(500)))
        kind, pdu = read_pdu(s)
        r.check("a token of rubbish is refused", kind == 13 and struct.unpack_from("<H", pdu, 16)[0] == 9, str((kind, pdu)))


def stands_still(pid):
    with open(f"/proc/{pid}/stat") as f:
        return f.read().rpartition(")")[2].split()[0] == "T"


def gone_at_once(r, site, remote):
    """Who has gone before rrasd looks at him is nobody, and not root of this machine."""
    seen = len(site.rrasd.log())
    site.rrasd.signal(signal.SIGSTOP)
    wait_until("rrasd standing still", lambda: stands_still(site.rrasd.pid))
    try:
        s = socket.create_connection(("127.0.0.1", remote.port), 30)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        s.close()
    finally:
        site.rrasd.signal(signal.SIGCONT)
    wait_until("rrasd noticing", lambda: "refused: Transport endpoint" in site.rrasd.log()[seen:])
    r.check("who has gone before he is looked at is nobody in the log", "connection of somebody (tcp) refused" in site.rrasd.log()[seen:],
            site.rrasd.log()[seen:])


def slow_ones(r, site, remote):
    """Half-open connections, up to the limit of their address; others are served meanwhile, and they end by themselves."""
    crowd = [socket.create_connection(("127.0.0.1", remote.port), 30) for _ in range(8)]
    for s in crowd[:4]:
        s.sendall(bind_pdu(b"x" * 400)[:60])
    status = site.admin("ports")[0]
    r.check("a crowd of half-open connections keeps nobody on this machine from working", status == 0)
    refused(r, "  their own address has no more", remote.admin("alice", "ports"), 7)
    r.check("  which is logged", "this address has too many connections" in site.rrasd.log())
    for s in crowd:
        s.settimeout(60)
        r.check("  a connection that does not bind in time is closed", s.recv(1) == b"") if s is crowd[0] else s.recv(1)
        s.close()
    wait_until("room again", lambda: remote.admin("alice", "ports")[0] == 0)
    r.check("  and then there is room again", True)


def changed_roles(r, site, remote, sim):
    """Whoever watches over TCP loses his role at a reload, on the connection that he has: his next question is denied."""
    watch = site.scope.start(*watch_command(site, remote), log="watch", env=remote.env("victor"))
    wait_until("victor watching", lambda: login(site, name="victor@RRAS.TEST", result=0))
    site.sections = site.sections.replace("viewers = games", "viewers = sys")
    site.write_config()
    site.rrasd.signal(signal.SIGHUP)
    site.rrasd.wait_log(r"reload: done")
    sim.say("connect", "zoe")  # an answer to the question that waits
    end = watch.wait_end()
    r.check("a role that is taken away at a reload ends for who is connected", end == 4, f"{end}: {watch.log()}")
    status, _, err = remote.admin("alice", "ports")
    r.check("  and who has one still gets in, with the keytab of before", status == 0, f"{status}: {err}")


def watch_command(site, remote):
    return program("rasadmin"), "--server", remote.binding, "watch", "--interval", "200ms"


def others(r, remote):
    """Another implementation as the judge: Samba's Python client."""
    done = subprocess.run(["/usr/bin/python3", SAMBA, str(remote.port), "alice", "secret-alice"], env=remote.env("nobody"),
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, check=False)
    verdicts = re.findall(r"^(not )?ok (.*?)(?:: (.*))?$", done.stdout, re.M)
    for wrong, what, why in verdicts:
        r.check(what, not wrong, why)
    r.check("Samba's client has said all that it had to", len(verdicts) == 4, done.stdout)


def word_by_word(r, site, realm, remote):
    """Does the chapter lead where it says? Only names, the port and paths are this test's; systemd's part is left to others."""
    names = {"gate.example.org": "localhost", "EXAMPLE.ORG": realm.name, "4170": str(remote.port), "/etc/rras/rrasd.keytab": realm.keytab,
             "rras-operate": "news", "0.0.0.0": "127.0.0.1"}
    commands, ini = chapter.read("remote.md", "TCP with Kerberos")

    def here(text):
        for name, ours in names.items():
            text = text.replace(name, ours)
        return text
    site.sections = "\n".join(map(here, ini)) + "\n"
    os.remove(realm.keytab)
    followed = []
    for words in [[here(w) for w in c] for c in commands]:
        if words[0] == "kadmin.local":
            followed.append(realm.admin(words[2]).returncode == 0)
        elif words[0] == "kinit":
            site.start()
            realm.ticket(words[1], "secret-alice", remote.cache("alice"))
        elif words[0] == "rasadmin":
            status, out, err = remote.admin("alice", *words[3:], binding=words[2])
            followed.append(r.check("docs/remote.md leads to a listing over TCP", status == 0, f"{out}{err}"))
            site.stop()
    r.check("each of its steps was followed", followed == [True] * 3 and len(ini) == 5, f"{followed} {commands} {ini}")


def main():
    r = Report()
    missing = kdc.programs()
    if missing:
        r.skip("rrasd over TCP", f"{missing} is missing")
        return r.finish()
    use_libraries()
    with Scope() as scope:
        os.mkdir(scope.path("realm"))
        realm = kdc.Realm(scope.path("realm"), more=RULES)
        try:
            run(r, scope, realm)
        finally:
            realm.stop()
    return r.finish()


def run(r, scope, realm):
    port = free_port()
    site = Site(scope)
    remote = OverTcp(site, realm, port)
    remote.prepare()
    os.environ.update({k: v for k, v in realm.env.items() if k.startswith("KRB5")})
    word_by_word(r, site, realm, remote)
    realm.add_service("host/server.rras.test")
    site.sections = (f"[listen]\ntcp = 127.0.0.1:{port}\nkeytab = {realm.keytab}\n"
                     f"{ROLES}[timeouts]\nclient_bind = 4s\n[limits]\nconnections_per_address = 8\n")
    site.start()
    sim = Sim(site, "l2tp", "--ports", "8", "--tick", "0")
    sim.welcome()
    roles(r, site, remote, sim)
    strangers(r, site, remote)
    gone_at_once(r, site, remote)
    others(r, remote)
    slow_ones(r, site, remote)
    changed_roles(r, site, remote, sim)
    r.check("rrasd stops cleanly", site.stop() == 0, site.rrasd.log()[-2000:])


if __name__ == "__main__":
    sys.exit(main())
