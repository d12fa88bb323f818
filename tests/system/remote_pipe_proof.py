#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
r"""Whoever proves inside the pipe who he is, as Windows' console does: with Kerberos and the security library of Samba against rrasd, and a
test in smbd's place, which says whose session that is. What is proved takes the place of it, whether that is more or less; what is not
proved, or too late, or by two, is refused."""
import json
import os
import pwd
import signal
import socket
import struct
import sys

try:
    from samba import credentials, gensec, param
except ImportError:  # these modules belong to the system's Python
    if sys.executable == "/usr/bin/python3":
        raise
    os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path[:0] = [os.path.join(TESTS, "lib"), os.path.join(TESTS, "rrasd")]
import handoff
import kdc
from pipe_rig import PipeSocket
from programs import program
from rig import BIND, BIND_ACK, DIMSVC, FAULT, NDR20, PORT_DISCONNECT, PORT_ENUM, REQUEST, RESPONSE, SERVER_GET_INFO
from rras_site import Sim, Site
from scope import Scope, wait_until
from tap import Report

# Whom principals stand for here: users that each Debian has, with groups of the same name.
RULES = "".join(f"  auth_to_local = RULE:[1:$1](^{who}$)s/.*/{user}/\n" for who, user in
                {"olga": "uucp", "victor": "games", "ghost": "no-such-user", "root": "root"}.items()) + "  auth_to_local = DEFAULT\n"
PEOPLE = ("olga", "victor", "ghost", "root", "nobodys")
OPERATOR, VIEWER = pwd.getpwnam("uucp"), pwd.getpwnam("games")
SERVER = "server.rras.test"
ALTER, ALTER_RESP, AUTH3, NAK = 14, 15, 16, 13
SPNEGO, NTLM, KERBEROS = 9, 10, 16
HERE = socket.gethostname().split(".")[0][:15].upper()  # this machine, as NTLM names it
CONNECT, PACKET, INTEGRITY, PRIVACY = 2, 4, 5, 6
DENIED, PROTO_ERROR = 5, 0x1c01000b
FIRST, LAST, SIGN_HEADERS = 1, 2, 4
MANY_CONTEXTS = bytes.fromhex("2c1cb76c129840450100000000000000")  # a feature that is asked for in the place of a transfer syntax


def element(number, transfer, version):
    return struct.pack("<HBB", number, 1, 0) + DIMSVC.bytes_le + struct.pack("<I", 0) + transfer + struct.pack("<I", version)


class Session:
    """A session of SMB, as smbd hands it over, and what its client proves inside."""

    def __init__(self, at, who=None, **more):
        who = who and {"user": who.pw_name, "uid": who.pw_uid, "gid": who.pw_gid, "groups": (who.pw_gid,)}
        self.at, self.calls, self.contexts = at, 1, {}
        self.sock = at.scope.enter_context(PipeClosing(at.pipe))
        self.sock.raw.sendall(handoff.message(**(who or {}), **more))
        self.sock.exactly(handoff.REPLY_SIZE)

    def exchange(self, pdu):
        """What comes back: its kind and all of it; None at the end of the connection."""
        try:
            self.sock.sendall(pdu)
            head = self.read(16)
            return head[2], head + self.read(struct.unpack_from("<H", head, 8)[0] - 16)
        except (EOFError, ConnectionError):
            return None, b""

    def read(self, n):
        data = b""
        while len(data) < n:
            piece = self.sock.recv(n - len(data))
            if not piece:
                raise EOFError
            data += piece
        return data

    def pdu(self, kind, body, trailer=b"", token=b"", flags=None):
        length = 16 + len(body) + len(trailer) + len(token)
        if flags is None:
            flags = FIRST | LAST if kind == REQUEST else FIRST | LAST | SIGN_HEADERS
        return struct.pack("<BBBBIHHI", 5, 0, kind, flags, 0x10, length, len(token), self.calls) + body + trailer + token

    def bind(self, kind=BIND, token=b"", auth_type=SPNEGO, level=INTEGRITY, number=1):
        elements = element(0, NDR20.bytes_le, 2) + element(9, MANY_CONTEXTS, 1)
        body = struct.pack("<HHIBBH", 5840, 5840, 0, 2, 0, 0) + elements
        trailer = struct.pack("<BBBBI", auth_type, level, 0, 0, number) if token else b""
        return self.exchange(self.pdu(kind, body, trailer, token))

    def prove(self, principal, auth_type=SPNEGO, level=INTEGRITY, number=1, kind=BIND, target=SERVER, legs=9):
        """The kind of the last answer."""
        context = self.at.security(principal, auth_type, level, target)
        done, token = context.update(b"")
        answer = kind
        while token and legs and answer not in (NAK, FAULT, None):
            answer, pdu = self.bind(kind, token, auth_type, level, number)
            size = struct.unpack_from("<H", pdu, 10)[0] if pdu else 0
            kind, legs = ALTER, legs - 1
            done, token = context.update(pdu[-size:]) if size and not done else (done, b"")
        self.contexts[number] = (context, auth_type, level)
        return answer

    def request(self, opnum, stub, number=1):
        """Kind and stub of the answer; number None: without protection."""
        self.calls += 1
        stub += bytes(-len(stub) % 16)
        body = struct.pack("<IHH", len(stub), 0, opnum) + stub
        if number is None:
            kind, pdu = self.exchange(self.pdu(REQUEST, body))
            return kind, pdu[24:]
        context, auth_type, level = self.contexts[number]
        size = context.sig_size(len(stub))
        unsigned = self.pdu(REQUEST, body, struct.pack("<BBBBI", auth_type, level, 0, 0, number), bytes(size))[:-size]
        kind, pdu = self.exchange(unsigned + context.sign_packet(stub, unsigned))
        if kind not in (RESPONSE, FAULT) or not struct.unpack_from("<H", pdu, 10)[0]:
            return kind, pdu[24:]
        size = struct.unpack_from("<H", pdu, 10)[0]
        context.check_packet(pdu[24:-size - 8], pdu[:-size], pdu[-size:])
        return kind, pdu[24:-size - 8 - pdu[-size - 6]]

    def code(self, opnum, *words, number=1):
        """What the call returns; the status of a fault as a text, since that says something else; None at the connection's end."""
        kind, stub = self.request(opnum, struct.pack(f"<{len(words)}I", *words), number)
        if kind == FAULT:
            return hex(struct.unpack_from("<I", stub)[0])
        return struct.unpack_from("<I", stub[-4:])[0] if kind == RESPONSE else None

    def lists(self, number=1):
        return self.code(PORT_ENUM, 0, 0xffffffff, 0, 0, 0xffffffff, 0x20000, 0, number=number)


class PipeClosing(PipeSocket):
    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class World:
    def __init__(self, scope, realm):
        self.scope, self.realm = scope, realm
        self.site = Site(scope)
        self.pipe = self.site.path("np/router")
        self.passwords = scope.write("passwords", f"{HERE}:games:secret-games\n", 0o600)
        self.configure()

    def configure(self, level="integrity", more=""):
        self.site.sections = (f"[listen]\npipe_socket = {self.pipe}\nkeytab = {self.realm.keytab}\ntcp_level = {level}\n"
                              f"ntlm = yes\nntlm_users = {self.passwords}\nntlm_program = {program('rras-ntlm')}\n"
                              f"[roles]\noperators = uucp\nviewers = games\n{more}")
        self.site.write_config()

    def security(self, principal, auth_type, level, target):
        lp = param.LoadParm()
        lp.load_default()
        lp.set("realm", self.realm.name)
        creds = credentials.Credentials()
        creds.guess(lp)
        domain, _, user = principal.rpartition("\\")  # without one it is Kerberos that he proves it by
        creds.set_kerberos_state(credentials.DONT_USE_KERBEROS if domain else credentials.MUST_USE_KERBEROS)
        creds.set_username(user)
        creds.set_password("secret-" + user)
        creds.set_domain(domain)
        creds.set_realm(self.realm.name)
        context = gensec.Security.start_client({"lp_ctx": lp, "target_hostname": target})
        context.set_credentials(creds)
        context.set_target_service("host")
        context.set_target_hostname(target)
        context.want_feature(gensec.FEATURE_DCE_STYLE)
        context.want_feature(gensec.FEATURE_SIGN)
        context.want_feature(gensec.FEATURE_SIGN_PKT_HEADER)
        context.start_mech_by_authtype(auth_type, max(level, INTEGRITY))
        return context

    def login(self, **members):
        """Has the newest line of a log-in these members?"""
        lines = [{**line, **line["who"]} for line in self.site.audit("login")]
        return bool(lines) and all(lines[-1].get(k) == v for k, v in members.items())

    def told(self):
        return str(self.site.audit("login")[-2:])


def more_than_the_session(r, at, sim):
    sim.say("connect", "bert")
    handle = at.site.wait_port_of("bert")["handle"]
    for name, auth_type in (("SPNEGO", SPNEGO), ("Kerberos alone", KERBEROS)):
        s = Session(at, VIEWER)
        r.check(f"an operator proves with {name} who she is, in a viewer's session", s.prove("olga", auth_type) in (BIND_ACK, ALTER_RESP))
        r.check("  and lists", s.lists() == 0)
        r.check("  the audit log has both of them", at.login(**{"from": "pipe"}, name="olga@RRAS.TEST", uid=OPERATOR.pw_uid, role="operator",
                session="RAS\\games", session_uid=VIEWER.pw_uid, level="integrity", result=0, address="192.0.2.7"), at.told())
    r.check("  and disconnects, which the viewer may not", s.code(PORT_DISCONNECT, handle) == 0 and
            wait_until("bert to be gone", lambda: "bert" not in sim.users()))
    order = [line["who"] for line in at.site.audit("order") if line.get("user") == "bert"]
    r.check("  and the order has both", len(order) == 1 and (order[0]["name"], order[0]["session"]) == ("olga@RRAS.TEST", "RAS\\games"), str(order))
    r.check("  and the log", "olga@RRAS.TEST at 192.0.2.7 (uid 10) in the session of RAS\\\\games" in at.site.rrasd.log())


def less_than_the_session(r, at, sim):
    handle = at.site.wait_port_of("stays")["handle"]
    s = Session(at, OPERATOR)
    s.prove("victor")
    r.check("a viewer proves who he is in an operator's session: he lists", s.lists() == 0)
    r.check("  and may not disconnect", s.code(PORT_DISCONNECT, handle) == DENIED and "stays" in sim.users())
    denied = at.site.audit("denied")[-1]["who"]
    r.check("  the audit log has both of them", (denied["name"], denied["session"]) == ("victor@RRAS.TEST", "RAS\\uucp"), str(denied))
    for who, why in (("ghost", "is no user of this machine"), ("nobodys", "is no user of this machine"), ("root", "has no role")):
        s = Session(at, OPERATOR if who == "ghost" else pwd.getpwnam("root"))
        s.prove(who)
        r.check(f"{who} may do nothing, in whoever's session he is", s.lists() == DENIED and s.code(SERVER_GET_INFO, 0) == DENIED)
        r.check("  and the audit log says why", at.login(name=who + "@RRAS.TEST", result=5, role="none") and why in at.told(), at.told())


def by_ntlm(r, at):
    """Here it is switched on: who offers Kerberos has Kerberos all the same, as the others show."""
    victor = f"{HERE}\\games"
    handle = at.site.wait_port_of("stays")["handle"]
    for name, auth_type in (("SPNEGO", SPNEGO), ("NTLM alone", NTLM)):
        s = Session(at, OPERATOR)
        r.check(f"a viewer proves by {name} who he is, in an operator's session", s.prove(victor, auth_type) in (BIND_ACK, ALTER_RESP))
        r.check("  he lists, and may not disconnect", s.lists() == 0 and s.code(PORT_DISCONNECT, handle) == DENIED)
        r.check("  the audit log has both of them", at.login(name=victor, mechanism="ntlm", session="RAS\\uucp", role="viewer", result=0), at.told())
    s = Session(at, OPERATOR)
    r.check("who is no user of NTLM's is refused", s.prove(f"{HERE}\\uucp") == FAULT and at.login(result=5, mechanism="ntlm"), at.told())
    r.check("  in whoever's session", s.lists(None) is None)


def strangers(r, at):
    anonymous = dict(user="nobody", uid=65534, authenticated=0, sids=(handoff.ANONYMOUS, handoff.NETWORK))
    guest = dict(groups=(OPERATOR.pw_gid,), sids=(handoff.account(501), handoff.AUTHENTICATED))
    for name, who in (("an anonymous session", anonymous), ("a guest's session", guest)):
        s = Session(at, **who)
        s.bind()
        r.check(f"{name} is told \"access denied\"", s.lists(None) == hex(DENIED) and at.login(result=5, level="smb"), at.told())
        s = Session(at, **who)
        s.prove("victor")
        r.check("  who proves in it who he is, is that and no more", s.lists() == 0 and s.code(PORT_DISCONNECT, 1) == DENIED)
        r.check("  in the audit log as well", at.login(name="victor@RRAS.TEST", result=0, role="viewer", session_uid=65534), at.told())
        s = Session(at, **who)
        s.prove("root")
        r.check("  also if he stands for root", s.lists() == DENIED and at.login(role="none", result=5), at.told())
        s = Session(at, **who)
        for level in (CONNECT, PACKET):
            r.check(f"  at level {level} nobody does", Session(at, **who).prove("olga", level=level) == NAK)


def not_proved(r, at):
    for target, said in (("other.rras.test", "Kerberos refuses the client"),):
        s = Session(at, OPERATOR)
        r.check("a ticket for another server is refused", s.prove("olga", KERBEROS, target=target) == NAK)
        r.check("  with a line in the audit log, of whose session that was", at.login(result=5, name="RAS\\uucp", level="integrity") and
                said in at.told(), at.told())
        r.check("  and that is the connection's end, whatever the session may", s.lists(None) is None)
    s = Session(at, OPERATOR)
    r.check("a token of rubbish is refused", s.bind(token=os.urandom(500))[0] == NAK and s.lists(None) is None)
    for level in (1, CONNECT, PACKET):
        r.check(f"level {level} is refused, in an operator's session too", Session(at, OPERATOR).bind(token=b"x", level=level)[0] == NAK)
    s = Session(at, OPERATOR)
    s.prove("olga", KERBEROS, legs=1)
    said = s.lists(None)
    r.check("whoever has begun to prove who he is makes no call before he has", said == hex(PROTO_ERROR), str(said))
    s = Session(at, OPERATOR)
    s.prove("victor")
    r.check("whoever has proved it makes no call without", s.lists(None) == hex(DENIED) and s.lists(None) is None)


def two_at_once(r, at):
    s = Session(at, OPERATOR)
    s.bind()
    r.check("who has proved nothing is the session's user", s.lists(None) == 0)
    r.check("  and after that call nobody else any more", s.prove("victor", kind=ALTER) in (FAULT, None))
    r.check("  which the audit log has", at.login(result=5, name="victor@RRAS.TEST", session="RAS\\uucp", role="none") and
            "after calls without one" in at.told(), at.told())
    s = Session(at, VIEWER)
    s.bind()
    r.check("without a call before, a bind alone makes nobody anything", s.prove("olga", kind=ALTER) == ALTER_RESP and s.lists() == 0)
    s = Session(at, VIEWER)
    s.bind()
    begun = struct.pack("<IHH", 4, 0, SERVER_GET_INFO)
    s.sock.sendall(s.pdu(REQUEST, begun, flags=FIRST))
    proved = s.prove("olga", kind=ALTER)
    s.sock.sendall(s.pdu(REQUEST, begun + bytes(4), flags=LAST))
    answer = s.exchange(s.pdu(REQUEST, begun + bytes(4)))[0]
    r.check("a request that has begun before the proof does not end after it", proved == ALTER_RESP and answer in (FAULT, None), str(answer))
    s = Session(at, VIEWER)
    s.bind()
    s.prove("olga", kind=ALTER)
    r.check("a second context of the same principal", s.prove("olga", kind=ALTER, number=2) == ALTER_RESP and s.lists(2) == 0 and s.lists(1) == 0)
    r.check("  one of another principal is refused", s.prove("victor", kind=ALTER, number=3) in (FAULT, None))
    r.check("  which the audit log has", at.login(result=5) and "another principal" in at.told(), at.told())


def limits(r, at):
    """However often he proves to be somebody else, the connections are the session's user's."""
    kept = [Session(at, VIEWER) for _ in range(2)]
    for s in kept:
        s.prove("olga")
    refused = False
    try:
        Session(at, VIEWER)
    except (EOFError, ConnectionError):
        refused = True
    r.check("connections count as those of the session's user", refused and "this user has too many connections" in at.site.rrasd.log())
    own = Session(at, OPERATOR)
    own.bind()
    r.check("  and not as those of whom he has proved to be", own.lists(None) == 0)
    for s in [*kept, own]:
        s.sock.close()


def taken_away(r, at):
    s = Session(at, OPERATOR)
    s.prove("victor")
    r.check("a viewer lists", s.lists() == 0)
    at.site.sections = at.site.sections.replace("viewers = games", "viewers = sys")
    at.site.write_config()
    at.site.rrasd.signal(signal.SIGHUP)
    at.site.rrasd.wait_log(r"reload: done")
    r.check("  until a reload takes that away from him", s.lists() == DENIED)


def run(r, at):
    at.site.start()
    sim = Sim(at.site, "l2tp", "--ports", "4")
    sim.welcome()
    sim.say("connect", "stays")
    r.run("more than the session", more_than_the_session, at, sim)
    r.run("less than the session", less_than_the_session, at, sim)
    r.run("by NTLM", by_ntlm, at)
    r.run("strangers", strangers, at)
    r.run("not proved", not_proved, at)
    r.run("two at once", two_at_once, at)
    r.run("taken away", taken_away, at)
    r.check("nobody was hit by all that", list(sim.users()) == ["stays"], json.dumps(sim.users()))
    at.site.stop()
    at.configure(level="privacy", more="[limits]\nconnections_per_user = 2\n")
    at.site.start()
    r.check("where privacy is demanded, integrity is refused", Session(at, OPERATOR).prove("olga") == NAK)
    at.site.stop()
    at.configure(more="[limits]\nconnections_per_user = 2\n")
    at.site.start()
    r.run("limits", limits, at)
    r.check("rrasd stops cleanly", at.site.stop() == 0, at.site.rrasd.log()[-2000:])


def main():
    r = Report()
    missing = kdc.programs()
    if missing or os.geteuid() != 0:
        r.skip("proof inside the named pipe", f"{missing} is missing" if missing else "needs root, as smbd is")
        return r.finish()
    with Scope() as scope:
        os.mkdir(scope.path("realm"))
        realm = kdc.Realm(scope.path("realm"), more=RULES)
        for who in PEOPLE:
            realm.add(who, "secret-" + who)
        realm.add_service("host/" + SERVER)
        realm.add_service("host/other.rras.test", keytab=scope.path("realm", "other.keytab"))
        os.environ.update({k: v for k, v in realm.env.items() if k.startswith("KRB5")})
        realm.start()
        try:
            run(r, World(scope, realm))
        finally:
            realm.stop()
    return r.finish()


if __name__ == "__main__":
    sys.exit(main())
