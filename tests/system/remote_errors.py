#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What goes wrong between an administrator and a server on the network, as one table: each way in, each failure, and what is said of it:
by rasadmin (a sentence, its exit status, the code of Win32), by rrasd's log, and by the audit log. The KDCs, smbd and sshd are real."""
import contextlib
import os
import re
import socket
import struct
import sys
import threading
from typing import Any, Callable, NamedTuple

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import kdc
from accounts import OPERATORS, VIEWERS
from over_pipe import IS_BUILT, SERVER, OverPipe
from over_ssh import PORT, OverSsh
from over_tcp import ROLES, RULES, OverTcp, free_port, use_libraries
from rras_site import Sim, Site
from scope import Scope, may_make_networks
from tap import Report

DENIED, UNREACHABLE = 4, 7  # exit statuses of rasadmin
ACCESS_DENIED, NO_SERVER, BAD_LOGIN = 5, 1722, 1825
TOLD = ("login", "denied", "refused")  # lines of the audit log that say who was let in and who was not


class World:
    """One rrasd that all come to: over TCP on loopback, over the pipe and over ssh in a network namespace of their own."""

    def __init__(self, scope):
        for name in ("realm", "other"):
            os.mkdir(scope.path(name))
        self.scope, self.site = scope, Site(scope)
        self.realm = kdc.Realm(scope.path("realm"), more=RULES)
        self.other = kdc.Realm(scope.path("other"), name="OTHER.TEST")
        scope.callback(self.realm.stop)
        scope.callback(self.other.stop)
        self.realm.knows(self.other)
        self.tcp = OverTcp(self.site, self.realm, free_port())
        netns = scope.netns(f"rrase{os.getpid()}")
        self.pipe = OverPipe(scope, netns)
        self.ssh = OverSsh(scope, netns, self.pipe.smbd.accounts, self.site)

    def start(self):
        self.pipe.join(self.realm)
        self.tcp.prepare()
        self.other.add("alice", "secret-elsewhere")
        self.other.start()
        self.realm.run("kinit", "-c", self.tcp.cache("elsewhere"), "alice@OTHER.TEST", text="secret-elsewhere\n")
        os.environ.update({k: v for k, v in self.realm.env.items() if k.startswith("KRB5")})
        roles = ROLES.replace("uucp", f"uucp, {OPERATORS}").replace("games", f"games, {VIEWERS}")
        self.site.sections = (f"[listen]\ntcp = 127.0.0.1:{self.tcp.port}\nkeytab = {self.realm.keytab}\npipe_socket = {self.pipe.smbd.pipe}\n"
                              + roles)
        self.site.start()
        self.realm.add("ras2", "secret-ras2")
        self.realm.ticket("ras2", "secret-ras2", self.tcp.cache("ras2"))
        self.realm.run("kvno", "-c", self.tcp.cache("ras2"), f"cifs/{SERVER}")  # the KDC is not in smbd's network
        self.sim = Sim(self.site, "sim", "--ports", "4")
        self.sim.say("connect", "stays")
        self.port = str(self.site.wait_port_of("stays")["handle"])
        self.pipe.smbd.start()
        self.ssh.start_sshd()

    def told(self):
        return [line for line in self.site.audit() if line["event"] in TOLD]


# ---- what is wrong: each makes it so, and puts it right again ----

@contextlib.contextmanager
def nothing(_w):
    yield


@contextlib.contextmanager
def wrong_password(w):
    done = w.realm.run("kinit", "-c", w.tcp.cache("wrong"), "alice", text="not her password\n", check=False)
    if done.returncode == 0 or "Password incorrect" not in done.stdout:
        raise RuntimeError(f"kinit with a wrong password: {done.stdout}")
    yield


@contextlib.contextmanager
def trust(w):
    w.realm.trusts(w.other)
    try:
        yield
    finally:
        w.realm.distrusts(w.other)


@contextlib.contextmanager
def clocks_apart(w):
    """The KDC is an hour behind, and its clients go by its clock: to the server they come from the past."""
    w.realm.stop()
    w.realm.start("-1h")
    try:
        w.realm.ticket("alice", "secret-alice", w.tcp.cache("skewed"))
        yield
    finally:
        w.realm.stop()
        w.realm.start()


@contextlib.contextmanager
def no_keytab(w):
    aside = w.realm.keytab + ".aside"
    os.rename(w.realm.keytab, aside)
    try:
        yield
    finally:
        os.replace(aside, w.realm.keytab)


@contextlib.contextmanager
def key_of_another(w):
    with no_keytab(w):
        w.realm.add_service("host/another")
        yield


@contextlib.contextmanager
def newer_key(w):
    """The KDC has another key than the keytab."""
    w.realm.admin("cpw -randkey host/localhost")
    try:
        w.realm.ticket("alice", "secret-alice", w.tcp.cache("newer"))
        yield
    finally:
        w.realm.admin(f"ktadd -k {w.realm.keytab} host/localhost")


@contextlib.contextmanager
def no_kdc(w):
    w.realm.stop()
    try:
        yield
    finally:
        w.realm.start()


@contextlib.contextmanager
def no_rrasd(w):
    w.site.stop()
    try:
        yield
    finally:
        seen = w.sim.log_length()
        w.site.start()
        w.sim.welcome(after=seen)


@contextlib.contextmanager
def no_smbd(w):
    w.pipe.smbd.stop()
    try:
        yield
    finally:
        w.pipe.smbd.start()


@contextlib.contextmanager
def no_sshd(w):
    w.ssh.sshd.end()
    try:
        yield
    finally:
        w.ssh.start_sshd()


class OfLevel8:
    """Between smbd and rrasd: hands on what they say, but for the first message, which becomes one of a version of Samba to come."""

    def __init__(self, path, rrasd):
        self.rrasd, self.listener = rrasd, socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        with contextlib.suppress(OSError):
            while True:
                with self.listener.accept()[0] as smbd, socket.socket(socket.AF_UNIX) as rrasd:
                    rrasd.connect(self.rrasd)
                    size = smbd.recv(4, socket.MSG_WAITALL)
                    message = bytearray(smbd.recv(struct.unpack(">I", size)[0], socket.MSG_WAITALL))
                    struct.pack_into("<II", message, 4, 8, 8)  # behind NPAM: the level, and which part of a union follows
                    rrasd.sendall(size + message)
                    smbd.sendall(rrasd.recv(65536))

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.listener.close()


@contextlib.contextmanager
def another_level(w):
    path = w.pipe.smbd.pipe
    os.rename(path, path + ".rrasd")
    between = OfLevel8(path, path + ".rrasd")
    try:
        yield
    finally:
        between.close()
        os.replace(path + ".rrasd", path)


# ---- who comes, and how ----

def tcp(who, **where):
    return lambda w, words: w.tcp.admin(who, *words, **where)


def tcp_to(host, port=None):
    return lambda w, words: w.tcp.admin("alice", *words, binding=f"ncacn_ip_tcp:{host}" + f"[{port or w.tcp.port}]")


def pipe(user, **more):
    return lambda w, words: w.pipe.rasadmin(user, *words, **more)[:3]


def pipe_with_ticket(who):
    return lambda w, words: w.pipe.run({"KRB5CCNAME": w.tcp.cache(who)}, *words, server=f"ncacn_np:{SERVER}")


def ssh(user, program="ssh", host=f"127.0.0.1:{PORT}"):
    return lambda w, words: w.ssh.rasadmin(user, *words, ssh=getattr(w.ssh, program), host=host)


class Case(NamedTuple):
    what: str
    come: Callable
    exit: int
    code: int | None  # of Win32; None: there was no call, and ssh has said what it is
    says: tuple  # rasadmin, among other words
    log: str  # rrasd's, a pattern; "": nothing of it
    audit: Any  # members of the newest line; a text: why there can be none
    wrong: Callable = nothing
    words: tuple = ("ports",)


DISCONNECT = ("disconnect", "--port", "PORT", "--yes")
AT_HOME = "the client has asked nobody but itself"
AT_KDC = "the client has asked the KDC, and not us"
AT_SMBD = "smbd has turned the client away"
AT_SSHD = "sshd has turned the client away"


def login(name, reason, **more):
    return {"event": "login", "result": ACCESS_DENIED, "reason": reason, "name": name, **more}


def denied(name, **more):
    return {"event": "denied", "result": ACCESS_DENIED, "name": name, **more}


CASES = [
    # TCP: before we hear of anybody
    Case("TCP: no ticket", tcp("nobody"), DENIED, BAD_LOGIN, ("you have no ticket", "kinit gets a new ticket"), "", AT_HOME),
    Case("TCP: a wrong password, so no ticket", tcp("wrong"), DENIED, BAD_LOGIN, ("you have no ticket", "kinit"), "", AT_HOME, wrong_password),
    Case("TCP: an expired ticket", tcp("expired"), DENIED, BAD_LOGIN, ("Ticket expired", "kinit gets a new ticket"), "", AT_HOME),
    Case("TCP: the KDC is down", tcp("fresh"), DENIED, BAD_LOGIN, ("host@localhost", "Cannot contact any KDC"), "", AT_KDC, no_kdc),
    Case("TCP: a realm that ours does not trust", tcp("elsewhere"), DENIED, BAD_LOGIN, ("host@localhost", "krbtgt/RRAS.TEST@OTHER.TEST"), "", AT_KDC),
    Case("TCP: a name of the server that the realm does not know", tcp_to("127.0.0.1"), DENIED, BAD_LOGIN,
         ("host@127.0.0.1", "not found in Kerberos database"), "", AT_KDC),
    Case("TCP: a name that nobody has", tcp_to("nowhere.invalid"), UNREACHABLE, NO_SERVER, ("nowhere.invalid",), "", AT_HOME),
    Case("TCP: a port where nobody listens", tcp_to("localhost", 1), UNREACHABLE, NO_SERVER, ("localhost[1]", "Connection refused"), "", AT_HOME),
    Case("TCP: which port?", tcp("alice", binding="ncacn_ip_tcp:localhost"), UNREACHABLE, NO_SERVER, ("which port?", "localhost[PORT]"), "", AT_HOME),
    Case("TCP: rrasd is down", tcp("alice"), UNREACHABLE, NO_SERVER, ("is rrasd running there?", "Connection refused"), "", "there is no rrasd",
         no_rrasd),
    # TCP: Kerberos says no
    Case("TCP: clocks too far apart", tcp("skewed"), DENIED, BAD_LOGIN, ("the server refuses the ticket", "a clock is wrong"),
         r"at 127.0.0.1: refused: .*Clock skew too great", login("", "Clock skew too great"), clocks_apart),
    Case("TCP: no keytab", tcp("alice"), DENIED, BAD_LOGIN, ("the server refuses the ticket", "its log says why"),
         r"refused: this server has no key for Kerberos: .*server.keytab.*", login("", "no key for Kerberos"), no_keytab),
    Case("TCP: the key of another server", tcp("alice"), DENIED, BAD_LOGIN, ("the server refuses the ticket", "keytab"),
         r"refused: Kerberos refuses the client: ", login("", "Kerberos refuses the client"), key_of_another),
    Case("TCP: a newer key than the keytab's", tcp("newer"), DENIED, BAD_LOGIN, ("the server refuses the ticket", "keytab is out of date"),
         r"refused: Kerberos refuses the client: .*(kvno|key version)", login("", "Kerberos refuses the client"), newer_key),
    # TCP: who is known, and may not
    Case("TCP: a realm that ours trusts, and who is nobody here", tcp("elsewhere"), DENIED, ACCESS_DENIED, ("access denied", "ask for a role"),
         r"alice@OTHER.TEST at 127.0.0.1.*is no user of this machine", login("alice@OTHER.TEST", "is no user of this machine"), trust),
    Case("TCP: a principal that is no user", tcp("stranger"), DENIED, ACCESS_DENIED, ("access denied", "ask for a role"),
         r"stranger@RRAS.TEST at 127.0.0.1.*is no user of this machine", login("stranger@RRAS.TEST", "auth_to_local")),
    Case("TCP: a rule that leads to no user", tcp("ghost"), DENIED, ACCESS_DENIED, ("access denied",),
         r"ghost@RRAS.TEST at 127.0.0.1.*is no user of this machine", login("ghost@RRAS.TEST", "is no user of this machine")),
    Case("TCP: a user in no group", tcp("nina"), DENIED, ACCESS_DENIED, ("access denied", "[roles]"),
         r"nina@RRAS.TEST at 127.0.0.1.*has no role", login("nina@RRAS.TEST", "no group of [roles]", role="none")),
    Case("TCP: root is nothing by that", tcp("root"), DENIED, ACCESS_DENIED, ("access denied",),
         r"root@RRAS.TEST at 127.0.0.1.*has no role", login("root@RRAS.TEST", "has no role", role="none", uid=0)),
    Case("TCP: a viewer who disconnects", tcp("victor"), DENIED, ACCESS_DENIED, ("can't disconnect", "access denied"),
         r"victor@RRAS.TEST.*viewer", denied("victor@RRAS.TEST", role="viewer", op="RrasxDisconnect"), words=DISCONNECT),
    # the named pipe
    Case("pipe: a wrong password", pipe("ras1", password="wrong"), DENIED, ACCESS_DENIED, ("not let in", "the password", "right?"), "", AT_SMBD),
    Case("pipe: a user whom smbd does not know", pipe("nobody-at-all"), DENIED, ACCESS_DENIED, ("the password",), "", AT_SMBD),
    Case("pipe: a password that others may read", pipe("ras1", mode=0o644), DENIED, ACCESS_DENIED, ("may be read by others",), "", AT_HOME),
    Case("pipe: no ticket and no password", pipe_with_ticket("nobody"), UNREACHABLE, NO_SERVER, ("no Kerberos ticket", "kinit"), "", AT_HOME),
    Case("pipe: an expired ticket", pipe_with_ticket("expired"), DENIED, ACCESS_DENIED, ("not let in", "ticket", "expired", "kinit"), "", AT_HOME),
    Case("pipe: no ticket for the server, and the KDC is not to be reached", pipe_with_ticket("alice"), UNREACHABLE, NO_SERVER,
         ("no Kerberos ticket for it", "klist"), "", AT_HOME),
    Case("pipe: a viewer with a ticket who disconnects", pipe_with_ticket("ras2"), DENIED, ACCESS_DENIED, ("can't disconnect", "access denied"),
         r"ras2.*whose role is viewer", denied("RASTEST\\ras2", role="viewer", op="RRasAdminPortDisconnect"), words=DISCONNECT),
    Case("pipe: a name that nobody has", pipe("ras1", server="ncacn_np:nowhere.invalid"), UNREACHABLE, NO_SERVER, ("nowhere.invalid",), "", AT_HOME),
    Case("pipe: smbd is down", pipe("ras1"), UNREACHABLE, NO_SERVER, ("no smbd",), "", "there is no smbd", no_smbd),
    Case("pipe: rrasd is down", pipe("ras1"), UNREACHABLE, NO_SERVER, ("no rrasd behind it",), "", "there is no rrasd", no_rrasd),
    Case("pipe: another handoff than ours", pipe("ras1"), UNREACHABLE, NO_SERVER, ("its log says why",),
         r"smbd hands clients of the named pipe over at level 8, and this rrasd knows level 7",
         {"event": "refused", "result": ACCESS_DENIED, "reason": "at a level that is not known here"}, another_level),
    Case("pipe: a user in no group", pipe("ras3"), DENIED, ACCESS_DENIED, ("access denied", "[roles]"), r"RASBOX\\\\ras3.*whose role is none",
         {"event": "login", "name": "RASBOX\\ras3", "role": "none"}),
    Case("pipe: a viewer who disconnects", pipe("ras2"), DENIED, ACCESS_DENIED, ("can't disconnect", "access denied"),
         r"RASBOX\\\\ras2.*whose role is viewer", denied("RASBOX\\ras2", role="viewer", op="RRasAdminPortDisconnect"), words=DISCONNECT),
    # ssh
    Case("ssh: a key that sshd does not know", ssh("ras1", "ssh_of_a_stranger"), UNREACHABLE, None, ("ssh: ras1@127.0.0.1: Permission denied",),
         "", AT_SSHD),
    Case("ssh: a user who is not there", ssh("nobody-at-all"), UNREACHABLE, None, ("Permission denied",), "", AT_SSHD),
    Case("ssh: a server whose key is not known", ssh("ras1", "ssh_elsewhere"), UNREACHABLE, None, ("Host key verification failed",), "", AT_HOME),
    Case("ssh: sshd is down", ssh("ras1"), UNREACHABLE, None, ("ssh:", "Connection refused", "ssh failed"), "", "there is no sshd", no_sshd),
    Case("ssh: rasadmin is not there", ssh("ras1", "ssh_to_nothing"), UNREACHABLE, None, ("is it installed",), "", "nobody has come to rrasd"),
    Case("ssh: rrasd is down", ssh("ras1"), UNREACHABLE, None, ("is it running?",), "", "there is no rrasd", no_rrasd),
    Case("ssh: a user in no group", ssh("ras3"), DENIED, ACCESS_DENIED, ("access denied", "[roles]"), r"client uid 4003.*none",
         denied(None, uid=4003, role="none")),
    Case("ssh: a viewer who disconnects", ssh("ras2"), DENIED, ACCESS_DENIED, ("can't disconnect", "access denied"), r"client uid 4002.*viewer",
         denied(None, uid=4002, role="viewer"), words=DISCONNECT),
]


# ---- the table, row by row ----

def is_clear(text, lines):
    """Sentences that can be shown, each on a line of its own: one, or what ssh has said and one."""
    return text.endswith("\n") and 1 <= text.count("\n") <= lines and all(c == "\n" or c.isprintable() for c in text)


def fits(line, expected):
    """Has a line of the audit log these members? Of the reason it is a part."""
    members = {**line.get("who", {}), **line}
    return all(v in members.get("reason", "") if k == "reason" else v is None or members.get(k) == v for k, v in expected.items())


def check_log(r, case, log):
    if case.log:
        r.check("  rrasd's log says what it is", re.search(case.log, log), log[-1500:])
    else:
        r.check("  rrasd's log has no warning of it", not re.search(r"^rrasd: (warning|error): client ", log, re.M), log[-1500:])


def check_audit(r, case, lines):
    if isinstance(case.audit, str):
        r.check(f"  the audit log has nothing, for {case.audit}", not lines, str(lines))
    else:
        r.check("  the audit log has who it was, from where and why", lines and fits(lines[-1], case.audit), str(lines))


def check_case(r, w, case):
    process, told = w.site.rrasd, len(w.told())
    log = len(process.log())
    with case.wrong(w):
        status, out, err = case.come(w, [word.replace("PORT", w.port) for word in case.words])
    good = status == case.exit and (case.words == DISCONNECT or not out) and is_clear(err, 3 if case.what.startswith("ssh") else 1)
    good = good and all(part in err for part in case.says) and (case.code is None or f"error {case.code}" in err)
    r.check(f"{case.what}: rasadmin says so and what to do, and ends with {case.exit}", good, f"{status}: {out}{err}")
    check_log(r, case, process.log()[log:])
    check_audit(r, case, w.told()[told:])


def main():
    r = Report()
    why = may_make_networks() or (kdc.programs() and f"{kdc.programs()} is missing")
    if why:
        r.skip("what goes wrong on the network", why)
        return r.finish()
    use_libraries()
    with Scope() as scope:
        w = World(scope)
        w.start()
        for case in CASES:
            if case.what.startswith("pipe") and not IS_BUILT:
                r.skip(case.what, "built without libsmbclient")
            else:
                r.run(case.what, check_case, w, case)
        r.check("nobody was hit by all that", w.sim.users().keys() == {"stays"}, str(w.sim.users()))
        r.check("rrasd stops cleanly", w.site.stop() == 0, w.site.rrasd.log()[-2000:])
    return r.finish()


if __name__ == "__main__":
    sys.exit(main())
