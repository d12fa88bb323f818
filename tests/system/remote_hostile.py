#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Crowds that mean no good, at every socket of rrasd: a thousand half-open connections, floods of connections and of calls, clients that
never read, drivers that flood and drivers that never read, and what smbd can be made to open at the named pipe. Meanwhile an
administrator on this machine and one from another machine, by Kerberos, go on working; rrasd's memory and descriptors stay within
the bounds below; and when the crowd has gone, so has all that it cost."""
import json
import os
import signal
import struct
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), os.path.join(HERE, "..", "rrasd")]
import handoff
import kdc
from accounts import USERS, VIEWERS
from crowd import Crowd, Usage, allow_descriptors, enter_netns, send_syns
from gss import Exchange
from middle import ALTER, ALTER_RESP
from over_tcp import RULES, OverTcp, use_libraries
from pipe_rig import PipeClient
from remote_tcp import bind_pdu, read_pdu, watch_command
from rig import BIND_ACK, PORT_ENUM, SERVER_GET_INFO, Client, Driver, request_pdu
from rig import bind_pdu as plain_bind
from rras_site import Sim, Site
from scope import Scope, ip, may_make_networks, wait_until
from smbd import PASSWORD, Smbd
from tap import Report

SERVER, ADMINISTRATOR = "10.71.0.1", "10.71.0.2"
PORT = 4170
THOUSAND = 1000
CONNECTIONS = 256  # [limits] connections, as it is by default
DRIVERS = 300      # [limits] drivers: fewer than the flood has

# The bounds. Whatever comes, rrasd has no more descriptors than connections, drivers and a few of its own. A connection costs at most one
# chunk of output of 64 KiB and what has come in; so those who never read decide how much memory there may be.
DESCRIPTORS = CONNECTIONS + DRIVERS + 32
MEMORY_KIB = 32 * 1024  # above what it had before the first attack
SANITIZED = 8           # so many times more with the address sanitizer, most of which is its own
LONGEST_CALL = 10.0     # seconds, on a machine that does ten things at once


def crowd_addresses(n):
    """Addresses of the other machine, each of which it answers for."""
    return [f"10.71.{128 + i // 250}.{1 + i % 250}" for i in range(n)]


class Caller(threading.Thread):
    """The administrator on this machine: one call after the other, until it is stopped."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.client, self.calls, self.longest, self.stopping, self.error = Client(path), 0, 0.0, False, None
        self.start()

    def run(self):
        try:
            while not self.stopping:
                began = time.monotonic()
                if self.client.code(SERVER_GET_INFO, 0) != 0:
                    raise RuntimeError("the server's information was refused")
                self.longest = max(self.longest, time.monotonic() - began)
                self.calls += 1
        except Exception as e:  # whatever it is, the test wants to know
            self.error = e

    def stop(self):
        self.stopping = True
        self.join(60)
        self.client.close()


class World:
    def __init__(self, scope):
        self.scope = scope
        self.server, self.other = (scope.netns(f"rrash{side}{os.getpid()}") for side in "so")
        scope.cable(self.server, self.other, "rrashv", [f"{SERVER}/16"], [f"{ADMINISTRATOR}/16"])
        ip("route", "add", "local", "10.71.128.0/17", "dev", "lo", netns=self.other)
        enter_netns(self.server)
        os.mkdir(scope.path("realm"))
        self.realm = kdc.Realm(scope.path("realm"), address=SERVER, more=RULES)
        scope.callback(self.realm.stop)
        for who in ("alice", "nina"):
            self.realm.add(who, "secret-" + who)
        self.realm.add_service(f"host/{SERVER}")
        self.realm.start()
        enter_netns(self.other)
        self.site = Site(scope, netns=self.server)
        self.remote = OverTcp(self.site, self.realm, PORT)
        self.remote.binding = f"ncacn_ip_tcp:{SERVER}[{PORT}]"
        for who in ("alice", "nina"):
            self.realm.ticket(who, "secret-" + who, self.remote.cache(who))
        os.environ.update({k: v for k, v in self.realm.env.items() if k.startswith("KRB5")})
        self.smbd = Smbd(scope, self.server)
        self.pipe = self.smbd.pipe
        self.configure("600s", "600s")
        self.site.start()
        self.smbd.start()
        self.sim = Sim(self.site, "l2tp", "--ports", "200", "--tick", "0")
        self.sim.welcome()
        self.usage = Usage(self.site.rrasd.pid)
        self.most_memory = self.usage.memory() + MEMORY_KIB * (SANITIZED if self.usage.is_sanitized() else 1)
        self.events = 0

    def configure(self, bind, stall):
        self.site.sections = (f"[listen]\ntcp = {SERVER}:{PORT}\nkeytab = {self.realm.keytab}\npipe_socket = {self.pipe}\n"
                              f"[roles]\nadministrators = news\nviewers = {VIEWERS}\n"
                              f"[timeouts]\nclient_bind = {bind}\nclient_stall = {stall}\ndriver_hello = {bind}\n"
                              f"[limits]\nconnections = {CONNECTIONS}\ndrivers = {DRIVERS}\n")

    def reload(self, bind, stall):
        """Deadlines are those of the newest settings, for everybody: how the test says that time has passed."""
        seen = len(self.site.rrasd.log())
        self.configure(bind, stall)
        self.site.write_config()
        self.site.rrasd.signal(signal.SIGHUP)
        self.site.rrasd.wait_log("reload: done", after=seen)

    def watch(self):
        watch = self.scope.start(*watch_command(self.site, self.remote), log="watch", env=self.remote.env("alice"))
        self.watching = watch
        self.event("first")

    def event(self, user):
        """Somebody comes, and the one who watches from the other machine sees it."""
        seen = len(self.watching.log())
        self.sim.say("connect", user)
        self.watching.wait_log(user, after=seen)


def attack(r, w, what, function):
    """An attack, with the two administrators at work; their work and rrasd's bounds are looked at while it lasts, and after it."""
    descriptors = w.usage.descriptors()
    caller = Caller(w.site.socket)
    with Crowd() as crowd:
        then = function(r, w, crowd)
        w.events += 1
        w.event(f"user{w.events}")
        status, out, err = w.remote.admin("alice", "--json", "status")
        memory, used = w.usage.memory(), w.usage.descriptors()
        r.check(f"{what}: who is connected from another machine hears of everything, and who comes from there is served", status == 0,
                f"{out}{err}{w.site.rrasd.log()[-1500:]}")
        wait_until("calls", lambda: caller.calls > 10 or caller.error)
        caller.stop()
        r.check(f"{what}: the local administrator's calls go on", not caller.error and caller.longest < LONGEST_CALL,
                f"{caller.error} {caller.calls} {caller.longest:.1f} s")
        r.check(f"{what}: descriptors and memory are within their bounds", used <= DESCRIPTORS and memory <= w.most_memory, f"{used}, {memory} KiB")
        print(f"# {used} descriptors, {memory} KiB")
        if then:
            then()
    wait_until("descriptors to be let go", lambda: w.usage.descriptors() <= descriptors)
    r.check(f"{what}: all is let go", w.usage.memory() <= w.most_memory)


# ---- TCP ----

def stranger_bind():
    """A bind without authentication: he is answered, and never proves who he is."""
    return plain_bind()


def from_one_address(r, w, crowd):
    crowd.tcp((SERVER, PORT), [crowd_addresses(1)[0]] * THOUSAND)
    wait_until("all but 32 to be closed", lambda: crowd.alive() == 32)
    r.check("a thousand connections from one address: it has 32", True)


def half_open(r, w, crowd):
    """Some say nothing, some come a byte at a time, some bind and do not go on, some begin a Kerberos exchange and never end it."""
    sources = [f"10.71.{64 + i // 250}.{1 + i % 250}" for i in range(THOUSAND)]
    send_syns(sources, SERVER, PORT)
    wait_until("the kernel to have them", lambda: w.usage.half_open() > 0)
    broken_off = bind_pdu(b"x" * 400)
    kinds = (lambda: b"", lambda: broken_off[:1], lambda: broken_off[:60], stranger_bind,
             lambda: bind_pdu(first_token(w), auth_type=16))
    crowd.tcp((SERVER, PORT), crowd_addresses(THOUSAND))
    crowd.say(lambda i: kinds[i % 5]())
    for at in range(1, 30):  # those that come a byte at a time
        crowd.say(lambda i: broken_off[at:at + 1] if i % 5 == 1 else b"")
    theirs = CONNECTIONS // 2 - 1  # one is that of who watches
    wait_until("the oldest to have made room", lambda: crowd.alive() <= theirs)
    r.check("a thousand half-open connections from as many addresses: half of all places is theirs", crowd.alive() == theirs)
    r.check("  some of them have begun to prove who they are, and were answered", (BIND_ACK, True) in crowd.answers, str(crowd.answers))


def first_token(w):
    exchange = Exchange(f"host@{SERVER}", w.remote.cache("alice"))
    try:
        return exchange.token()
    finally:
        exchange.close()


def insiders(r, w, crowd):
    """Everybody in the realm can prove who he is. Who has no role and only holds places makes room as well."""
    sources = crowd_addresses(CONNECTIONS)
    seen = len(w.site.rrasd.log())
    for source in sources:
        crowd.tcp((SERVER, PORT), [source])
        prove(w, crowd.sockets[-1])
    places = CONNECTIONS // 2 - 1
    wait_until("the oldest to have made room", lambda: crowd.alive() <= places)
    r.check("connections of who has proved that he has no role: half of all places is theirs", crowd.alive() == places)
    r.check("  and that he has, was proved", "proved by Kerberos, but has no role" in w.site.rrasd.log()[seen:], w.site.rrasd.log()[-500:])


def prove(w, s):
    """Nina, to the end of the exchange."""
    exchange = Exchange(f"host@{SERVER}", w.remote.cache("nina"))
    s.setblocking(True)
    s.settimeout(60)
    s.sendall(bind_pdu(exchange.token(), auth_type=16))
    kind, ack = read_pdu(s)
    answer = ack[-struct.unpack_from("<H", ack, 10)[0]:]
    last = bind_pdu(exchange.token(answer), auth_type=16)
    s.sendall(last[:2] + bytes([ALTER]) + last[3:])
    if (kind, read_pdu(s)[0]) != (BIND_ACK, ALTER_RESP):
        raise RuntimeError("nina could not prove who she is")
    s.setblocking(False)
    exchange.close()


def connections(r, w, crowd):
    """Connections that come and go as fast as they can."""
    for round_ in range(6):
        sources = crowd_addresses(500) if round_ % 2 else [crowd_addresses(1)[0]] * 500
        crowd.tcp((SERVER, PORT), sources)
        crowd.say(lambda i: stranger_bind())
        crowd.leave(abruptly=True)
    r.check("three thousand connections that came and went", True)


def calls_of_strangers(r, w, crowd):
    """Who has not proved who he is asks, again and again, and does not read that he is refused."""
    crowd.tcp((SERVER, PORT), crowd_addresses(100))
    crowd.say(lambda i: stranger_bind())
    crowd.flood(many(PORT_ENUM, *EVERYTHING))
    r.check("a flood of calls by who has proved nothing: rrasd stops reading who does not read", crowd.alive() == 100)


EVERYTHING = (0, 0xffffffff, 0, 0, 0xffffffff, 0x20000, 0)  # parameters of PortEnum


def many(opnum, *words):
    """The same call, each with a number of its own as far as that matters: more of them than can be under way at once."""
    stub = struct.pack(f"<{len(words)}I", *words)
    return b"".join(request_pdu(opnum, stub, 2 + i) for i in range(1000))


# ---- this machine ----

def slow_readers(r, w, crowd):
    """Everybody has asked for everything, and reads nothing."""
    crowd.unix(w.site.socket, 60)  # of one user; 64 are his
    crowd.say(lambda i: plain_bind())
    crowd.flood(many(PORT_ENUM, *EVERYTHING))

    def then():
        w.reload("600s", "1s")
        wait_until("those who do not read to be closed", lambda: w.usage.descriptors() < 60)
        w.reload("600s", "600s")
        r.check("clients that never read are closed when client_stall is over", crowd.alive() == 0)
    return then


def local_calls(r, w, crowd):
    """Sixteen clients that send calls as fast as they can, and read the answers."""
    crowd.unix(w.site.socket, 16)
    crowd.say(lambda i: plain_bind())
    crowd.flood(many(SERVER_GET_INFO, 0), rounds=100)
    r.check("a flood of calls from this machine is answered", crowd.alive() == 16)


# ---- the pipe ----

def pipe(r, w, crowd):
    """What smbd would open for those who open a pipe and do not go on: nothing said, half a handoff, and a whole one without a bind."""
    whole = handoff.message(uid=0, gid=0, groups=(0,))
    crowd.unix(w.pipe, THOUSAND)
    crowd.say(lambda i: (b"", whole[:40], whole)[i % 3])
    wait_until("those above the limit to be closed", lambda: crowd.alive() <= 128)
    r.check("a thousand half-open connections at the pipe: 128 are kept", crowd.alive() > 0)
    crowd.leave()
    wait_until("a place", lambda: pipe_answers(w))
    r.check("  and who comes after them is served", True)


def pipe_by_smbd(r, w, crowd):
    """The same by a real smbd, which opens as many as three users like."""
    program = os.path.join(HERE, "..", "lib", "pipe_crowd.py")
    argv = ["ip", "netns", "exec", w.server, "/usr/bin/python3", program, "127.0.0.1", PASSWORD, "100", *USERS]
    users = crowd.enter_context(subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
    held = json.loads(users.stdout.readline())
    r.check(f"three users of smbd who open the pipe a hundred times each hold {held}", max(held) <= 64 < sum(held) <= 128, str(held))


def pipe_answers(w):
    try:
        client = PipeClient(w.pipe, uid=9, gid=9, groups=(9,))
        try:
            return isinstance(client.ports(), list)
        finally:
            client.close()
    except (OSError, EOFError):
        return False


# ---- drivers ----

def drivers_that_say_nothing(r, w, crowd):
    crowd.unix(w.site.driver_socket, THOUSAND)
    wait_until("those above the limit to be closed", lambda: crowd.alive() < DRIVERS)
    r.check("a thousand connections of drivers that never say who they are: fewer than there may be drivers are kept", crowd.alive() > 0)


def driver_that_floods(r, w, crowd):
    """It has sessions, and tells news of them without end."""
    driver = Driver(w.site.driver_socket, name="flood", ports=100)
    try:
        for i in range(100):
            driver.session(f"{i}:a", user=f"flooder{i}")
        driver.end_snapshot()
        w.site.wait_port_of("flooder99")
        for n in range(200):
            lines = [json.dumps({"type": "counters", "id": f"{i}:a", "start": 1764084000, "counters": {"bytes_in": n}}) for i in range(100)]
            driver.sock.sendall(("\n".join(lines) + "\n").encode())
        r.check("a driver that floods is read to its end", w.site.port_of("flooder0") is not None)
    finally:
        driver.close()


def driver_that_never_reads(r, w, crowd):
    """It is sent orders until there is no room for one more; then it is closed, and nobody else is."""
    driver = Driver(w.site.driver_socket, name="deaf", ports=1)
    client = Client(w.site.socket)
    try:
        driver.session("1:a", user="deaf")
        driver.end_snapshot()
        driver.hear("welcome")
        handle = w.site.wait_port_of("deaf")["handle"]
        client.sock.settimeout(60)
        code = client.code(8, handle)
        r.check("a driver that never answers an order: its asker is told so", code == 1460, str(code))
    finally:
        client.close()
        driver.close()


ATTACKS = (("a thousand connections from one address", from_one_address), ("a thousand half-open connections", half_open),
           ("connections without a role", insiders),
           ("a flood of connections", connections), ("a flood of strangers' calls", calls_of_strangers), ("slow readers", slow_readers),
           ("a flood of local calls", local_calls), ("the named pipe", pipe),
           ("the named pipe, by smbd", pipe_by_smbd), ("silent drivers", drivers_that_say_nothing),
           ("a driver that floods", driver_that_floods), ("a driver that is deaf", driver_that_never_reads))


def main():
    r = Report()
    why = may_make_networks() or (kdc.programs() and f"{kdc.programs()} is missing")
    if why:
        r.skip("crowds that mean no good", why)
        return r.finish()
    use_libraries()
    # What the address sanitizer keeps of freed memory is not what rrasd has.
    os.environ["ASAN_OPTIONS"] = ":".join(filter(None, (os.environ.get("ASAN_OPTIONS"), "quarantine_size_mb=4")))
    allow_descriptors()
    with Scope() as scope:
        w = World(scope)
        w.watch()
        for what, function in ATTACKS:
            r.run(what, attack, w, what, function)
        r.check("rrasd stops cleanly", w.site.stop() == 0, w.site.rrasd.log()[-2000:])
    return r.finish()


if __name__ == "__main__":
    sys.exit(main())
