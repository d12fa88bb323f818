#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Somebody sits between rasadmin and rrasd, over TCP with Kerberos: whatever he changes, strips, repeats, reorders, cuts off or makes
up, nothing is done that nobody has ordered, no answer is believed that is not rrasd's, and the user is told in a sentence.
Needs no root, as remote_tcp.py."""
import os
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import kdc
import middle
from middle import ALTER, ALTER_RESP, AUTH3, BIND, BIND_ACK, END, FAULT, FIRST, LAST, REQUEST, RESPONSE, SIGN, kind
from over_tcp import RULES, OverTcp, free_port, use_libraries
from remote_tcp import DIMSVC, NDR20, read_pdu, sentence
from rras_site import Sim, Site
from scope import Scope, wait_until
from tap import Report

CLEAR, DISCONNECT = 6, 8       # of dimsvc: a handle is their only parameter
ORDER = 3                      # of rrasx, by which rasadmin disconnects
NO_HEADER_SIGNING = "error 1748"
UNVERIFIED = "the protection of a request does not verify"


class World:
    def __init__(self, scope, realm):
        self.scope, self.realm, self.port = scope, realm, free_port()
        self.site = Site(scope)
        self.middle = middle.Middle(("127.0.0.1", self.port))
        self.remote = OverTcp(self.site, realm, self.middle.port)
        self.sim = self.victim = None

    def start(self, level="privacy"):
        self.site.sections = (f"[listen]\ntcp = 127.0.0.1:{self.port}\ntcp_level = {level}\nkeytab = {self.realm.keytab}\n"
                              "[roles]\nadministrators = news\n")
        self.site.start()
        if not self.sim:
            self.sim = Sim(self.site, "l2tp", "--ports", "60", "--tick", "0")
            self.sim.welcome()
            self.sim.say("connect", "victim")
        self.victim = self.site.wait_port_of("victim")["name"]

    def admin(self, *args, forth=None, back=None):
        """rasadmin as alice, through the middle; what it says, and what rrasd has logged meanwhile."""
        seen = len(self.site.rrasd.log())
        self.middle.hand_on(forth, back)
        done = self.remote.admin("alice", *args)
        self.middle.hand_on()
        return done, self.site.rrasd.log()[seen:]

    def done_to_users(self):
        """How often anything was ordered or changed."""
        return len(self.site.audit("order")) + len(self.site.audit("change"))


def once(matches, change):
    """Change the first PDU that matches, on each connection."""
    def apply(link, pdu):
        if link in apply.seen or not matches(pdu):
            return [pdu]
        apply.seen.append(link)
        return change(link, pdu)
    apply.seen = []
    return apply


def is_a(which, opnum=None):
    return lambda pdu: kind(pdu) == which and (opnum is None or middle.opnum(pdu) == opnum)


def hinders(r, w, what, *args, words=(), logged="", faulted=False, forth=None, back=None):
    """It fails in a sentence, and nobody was hit. `faulted`: rrasd has said so as well, and ended the connection with it."""
    before, links = w.done_to_users(), len(w.middle.links)
    (status, out, err), log = w.admin(*args, forth=forth, back=back)
    told = status not in (0, 2) and not out and sentence(err) and "error " in err and all(x in err for x in words)
    r.check(f"{what}: is told", told, f"{status}: {out}{err}")
    nobody = w.done_to_users() == before and "victim" in w.sim.users()
    last = [link.said[-1] for link in w.middle.links[links:] if link.said]
    r.check("  and nothing was done" + (", and rrasd says why" if logged or faulted else ""),
            nobody and logged in log and (not faulted or FAULT in map(kind, last)), f"{[p[:32] for p in last]} {log[-1500:]}")


# ---- what goes to the server ----

def put(at, new):
    return lambda link, pdu: [middle.with_bytes(pdu, at, new)]


def put_into_trailer(offset, new):
    return lambda link, pdu: [middle.with_bytes(pdu, middle.trailer_of(pdu) + offset, new)]


def flip(at):
    return lambda link, pdu: [middle.flipped(pdu, at)]


def changed_requests(r, w, foreign):
    """An order that is not the one that was given."""
    cases = (("an order with a changed stub", flip(24)),
             ("an order with a changed signature", flip(-1)),
             ("an order with another call_id", flip(12)),
             ("an order for another interface", flip(20)),
             ("an order that was turned into another one", put(22, b"\6\0")),
             ("an order with a lie in alloc_hint", flip(16)),
             ("an order with a lie about its padding", put_into_trailer(2, b"\5")),
             ("an older request in the place of an order", lambda link, _: [next(p for p in link.sent if kind(p) == REQUEST)]),
             ("an order that was sealed on another connection", lambda link, _: [foreign]),
             ("an order whose signature was taken off", lambda link, pdu: [middle.stripped(pdu)]),
             ("an order whose verifier names a lower level", put_into_trailer(1, b"\5")),
             ("an order whose verifier names no level", put_into_trailer(1, b"\1")),
             ("an order whose verifier names another context", put_into_trailer(4, b"\xaa")),
             ("an order whose verifier names another mechanism", put_into_trailer(0, b"\x0a")))
    order = ("disconnect", "--port", w.victim, "--yes")
    for what, change in cases:
        hinders(r, w, what, *order, forth=once(is_a(REQUEST, ORDER), change), faulted=True)
    hinders(r, w, "an order that was cut off", *order, forth=once(is_a(REQUEST, ORDER), lambda link, pdu: [pdu[:-1], END]))
    hinders(r, w, "a request to clear counters that was turned into one to disconnect", "clear-stats", "--port", w.victim,
            forth=once(is_a(REQUEST, CLEAR), put(22, struct.pack("<H", DISCONNECT))), faulted=True)


def handshakes(r, w, acknowledgement):
    """The beginning is not what the two have said."""
    order = ("disconnect", "--port", w.victim, "--yes")
    bind, ack, leg, answer = is_a(BIND), is_a(BIND_ACK), is_a(ALTER), is_a(ALTER_RESP)
    unsigned, signed = put(3, bytes([FIRST | LAST])), put(3, bytes([FIRST | LAST | SIGN]))
    for what, forth, back, words in (
            ("a bind that lost the flag for signed headers", once(bind, unsigned), None, (NO_HEADER_SIGNING,)),
            ("an answer that lost it", None, once(ack, unsigned), (NO_HEADER_SIGNING,)),
            ("a bind at the level of integrity", once(bind, put_into_trailer(1, b"\5")), None, ()),
            ("a bind at the level of connections", once(bind, put_into_trailer(1, b"\2")), None, ()),
            ("a bind that asks for NTLM", once(bind, put_into_trailer(0, b"\x0a")), None, ()),
            ("a bind that lost its ticket", once(bind, lambda link, pdu: [middle.stripped(pdu)]), None, ()),
            ("a bind with a changed ticket", once(bind, flip(-1)), None, ()),
            ("a last leg at a lower level", once(leg, put_into_trailer(1, b"\5")), None, ()),
            ("a last leg that was changed", once(leg, flip(-20)), None, ()),
            ("an answer with a changed proof of the server", None, once(ack, flip(-1)), ()),
            ("an answer with the proof for another connection", None, once(ack, lambda link, _: [acknowledgement]), ()),
            ("an answer without a proof", None, once(ack, lambda link, pdu: [middle.stripped(pdu)]), ()),
            ("an answer with the client's own ticket for a proof", None, once(ack, reflected), ()),
            ("a handshake that ends in the middle", None, once(answer, lambda link, pdu: [pdu[:30], END]), ())):
        hinders(r, w, what, *order, forth=forth, back=back, words=words)
    hinders(r, w, "a last leg that came as one that has no answer", "--timeout", "1s", *order, forth=once(leg, as_auth3))
    hinders(r, w, "an order that was turned into another one, when the flag for signed headers came by an alter_context in between", *order,
            forth=put_in_between(unsigned, once(is_a(REQUEST, ORDER), put(22, b"\6\0"))), back=quiet_about_it(signed), faulted=True)


def as_auth3(link, pdu):
    """A leg in an alter_context, as an auth3: nobody answers those."""
    verifier = pdu[middle.trailer_of(pdu):]
    return [middle.with_bytes(middle.bare(AUTH3, struct.unpack_from("<I", pdu, 12)[0], bytes(4) + verifier), 10, pdu[10:12])]


def reflected(link, pdu):
    """The server's answer, with the client's token in it."""
    end, bind = middle.trailer_of(pdu) + middle.TRAILER, link.sent[0]
    token = bind[len(bind) - middle.token_length(bind):]
    return [middle.with_bytes(pdu[:end] + token, 8, struct.pack("<HH", end + len(token), len(token)))]


OF_THE_MIDDLE = 77  # call_id of what it has put in


def put_in_between(change_bind, change_request):
    """The bind is changed, an alter_context put in before the first request, and requests changed as well."""
    def apply(link, pdu):
        if kind(pdu) != REQUEST:
            return change_bind(link, pdu) if kind(pdu) == BIND else [pdu]
        before = [] if link in apply.seen else [middle.alter(OF_THE_MIDDLE, SIGN, 9, DIMSVC + NDR20)]
        apply.seen.append(link)
        return before + change_request(link, pdu)
    apply.seen = []
    return apply


def quiet_about_it(change_ack):
    def apply(link, pdu):
        if kind(pdu) == BIND_ACK:
            return change_ack(link, pdu)
        return [] if kind(pdu) == ALTER_RESP and struct.unpack_from("<I", pdu, 12)[0] == OF_THE_MIDDLE else [pdu]
    return apply


def repeated(r, w):
    """What was sent once is done once. The first has its effect: whoever repeats it has none."""
    for what, again in (("a request that is sent twice", lambda link, pdu: [pdu, pdu]),
                        ("one that comes again with another call_id", lambda link, pdu: [pdu, middle.flipped(pdu, 12)])):
        before = w.done_to_users()
        _, log = w.admin("clear-stats", "--port", w.victim, forth=once(is_a(REQUEST, CLEAR), again))
        wait_until("rrasd noticing", lambda: UNVERIFIED in w.site.rrasd.log())
        r.check(f"{what} is done once", w.done_to_users() == before + 1, str(w.site.audit()[-3:]))


def played_again(r, w, link):
    """All that a client of yesterday has said, on a connection of one's own."""
    before, seen = w.done_to_users(), len(w.site.rrasd.log())
    got = []
    with socket.create_connection(("127.0.0.1", w.port), 30) as s:
        s.settimeout(30)
        try:
            for pdu in link.sent:
                s.sendall(pdu)
                got.append(read_pdu(s)[0])
        except OSError:
            got.append(None)
    r.check("a whole conversation played again is answered by no response", RESPONSE not in got, str(got))
    r.check("  and nothing was done", w.done_to_users() == before, w.site.rrasd.log()[seen:])


# ---- what comes from the server ----

def silence_from(matches):
    """Nothing more, from the first PDU that matches on."""
    def apply(link, pdu):
        if matches(pdu):
            apply.silent.append(link)
        return [] if link in apply.silent else [pdu]
    apply.silent = []
    return apply


def without_end(link, pdu):
    """A PDU of which a byte comes now and then, and the last one never."""
    def drip():
        for byte in pdu[:-1]:
            yield bytes([byte])
            time.sleep(0.02)
        yield END
    return drip()


def fragments_without_end(link, pdu):
    call_id = struct.unpack_from("<I", pdu, 12)[0]
    def more():
        yield middle.bare(RESPONSE, call_id, struct.pack("<IHBB", 0, 0, 0, 0) + bytes(5000), FIRST)
        while True:
            yield middle.bare(RESPONSE, call_id, struct.pack("<IHBB", 0, 0, 0, 0) + bytes(5000), 0)
    return more()


def swapped():
    """Two fragments of one answer, the other way round."""
    def apply(link, pdu):
        if kind(pdu) == RESPONSE and not pdu[3] & FIRST and link not in apply.kept:
            apply.kept[link] = pdu
            return []
        return [pdu, apply.kept.pop(link)] if link in apply.kept else [pdu]
    apply.kept = {}
    return apply


def hostile_answers(r, w):
    """rasadmin believes nothing that is not sealed by the server that it wanted."""
    answer, middle_one = is_a(RESPONSE), lambda pdu: kind(pdu) == RESPONSE and not pdu[3] & (FIRST | LAST)
    unsigned_fault = lambda link, pdu: [middle.bare(FAULT, struct.unpack_from("<I", pdu, 12)[0], struct.pack("<IHBBII", 0, 0, 0, 0, 5, 0))]
    cases = (("an answer with a changed stub", once(answer, flip(30))),
             ("an answer with a changed signature", once(answer, flip(-1))),
             ("an answer to another call", once(answer, flip(12))),
             ("an answer without its signature", once(answer, lambda link, pdu: [middle.stripped(pdu)])),
             ("an answer that was made up", once(answer, lambda link, pdu: [middle.bare(RESPONSE, struct.unpack_from("<I", pdu, 12)[0], bytes(64))])),
             ("a fragment that comes twice", once(middle_one, lambda link, pdu: [pdu, pdu])),
             ("a fragment that is left out", once(middle_one, lambda link, pdu: [])),
             ("fragments in another order", swapped()),
             ("an answer that is cut off", once(middle_one, lambda link, pdu: [pdu[:700], END])),
             ("rubbish after the handshake", once(answer, lambda link, pdu: [b"HTTP/1.0 400 Bad Request\r\n\r\n" * 9])),
             ("the end after the handshake", once(answer, lambda link, pdu: [END])),
             ("fragments without an end", once(answer, fragments_without_end)))
    for what, change in cases:
        hinders(r, w, what, "ports", back=change)
    hinders(r, w, "a refusal that nobody has signed", "disconnect", "--port", w.victim, "--yes", words=("not known", "error 1726"),
            forth=once(is_a(REQUEST, ORDER), lambda link, pdu: [middle.flipped(pdu, -1)]),
            back=in_place_of_a_fault(unsigned_fault))
    for what, change in (("a fragment that never ends", once(answer, without_end)), ("a server that says nothing more", silence_from(answer)),
                         ("a server that says nothing at all", silence_from(is_a(BIND_ACK)))):
        hinders(r, w, what, "--timeout", "1s", "ports", back=change, words=("error 1",))


def in_place_of_a_fault(change):
    return lambda link, pdu: change(link, pdu) if kind(pdu) == FAULT else [pdu]


# ---- a site that lets integrity do ----

def integrity(r, w):
    """There a client that wants privacy could be talked down, if levels were not part of what is signed."""
    w.site.stop()
    w.start("integrity")
    lower = lambda link, pdu: [middle.with_bytes(pdu, middle.trailer_of(pdu) + 1, b"\5") if middle.token_length(pdu) else pdu]
    higher = lambda link, pdu: [middle.with_bytes(pdu, middle.trailer_of(pdu) + 1, b"\6") if middle.token_length(pdu) else pdu]
    order = ("disconnect", "--port", w.victim, "--yes")
    hinders(r, w, "a client that is talked down from the bind on", *order, forth=lower, back=higher, logged=UNVERIFIED)
    hinders(r, w, "one that is talked down in its bind alone", *order, forth=once(is_a(BIND), lower), back=higher)
    hinders(r, w, "one that is talked down in a request alone", *order, forth=once(is_a(REQUEST, ORDER), lower))


def captured(w, *args):
    """A link by which a command went through untouched."""
    before = len(w.middle.links)
    (status, out, err), _ = w.admin(*args)
    if status:
        raise RuntimeError(f"{args}: {status}: {out}{err}")
    return w.middle.links[before]


def run(r, w):
    w.start()
    for i in range(40):
        w.sim.say("connect", f"other{i}")
    w.sim.say("connect", "early")
    early = w.site.wait_port_of("early")["name"]
    old = captured(w, "disconnect", "--port", early, "--yes", "--wait")
    r.check("whoever only hands on is not noticed", "early" not in w.sim.users() and len(w.site.audit("order")) == 1)
    r.run("played again", played_again, w, old)
    r.run("changed requests", changed_requests, w, next(p for p in old.sent if is_a(REQUEST, ORDER)(p)))
    r.run("handshakes", handshakes, w, old.said[0])
    r.run("repeated", repeated, w)
    r.run("hostile answers", hostile_answers, w)
    r.run("integrity", integrity, w)
    (status, out, err), _ = w.admin("ports")
    r.check("after all that, who comes honestly is served", status == 0 and "victim" in out, f"{status}: {err}")
    r.check("rrasd stops cleanly", w.site.stop() == 0, w.site.rrasd.log()[-2000:])


def main():
    r = Report()
    missing = kdc.programs()
    if missing:
        r.skip("somebody in the middle", f"{missing} is missing")
        return r.finish()
    use_libraries()
    with Scope() as scope:
        os.mkdir(scope.path("realm"))
        realm = kdc.Realm(scope.path("realm"), more=RULES)
        scope.callback(realm.stop)
        realm.add("alice", "secret-alice")
        realm.add_service("host/localhost")
        realm.start()
        w = World(scope, realm)
        scope.callback(w.middle.close)
        realm.ticket("alice", "secret-alice", w.remote.cache("alice"))
        os.environ.update({k: v for k, v in realm.env.items() if k.startswith("KRB5")})
        run(r, w)
    return r.finish()


if __name__ == "__main__":
    sys.exit(main())
