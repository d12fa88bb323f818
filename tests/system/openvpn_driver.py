#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""rras-openvpn with a real OpenVPN server and real clients; rrasd is played by tests/lib/standin.py."""
import os
import shlex
import signal
import socket
import sys
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests", "lib"))

from authority import Authority
from programs import program
from proxy import Proxy
from scope import Scope, may_make_networks, run_group
from standin import Standin
from tap import Report
from vpn import Client, Management, Network, Server, ping_loss, wait_gone


class World:
    """A network with a server, the stand-in and the driver; clients come and go in the tests."""

    def __init__(self, scope, proto="udp4", proxied=False, options=(), admission=None, **server):
        self.scope = scope
        self.network = Network(scope)
        self.authority = Authority(scope)
        self.server = Server(scope, self.network, self.authority, proto=proto, **server).start()
        self.management = self.server.management
        self.proxy = None
        if proxied:
            self.management = scope.path("proxy.sock")
            self.proxy = Proxy(self.management, self.server.management)
            scope.callback(self.proxy.close)
        self.rrasd = Standin(scope.path("driver.sock"), admission)
        scope.callback(lambda: self.rrasd.close())
        self.driver = None
        self.clients = []
        self.start_driver(*options)

    def start_driver(self, *options):
        self.driver = self.scope.start(program("rras-openvpn"), "--management", self.management, "--socket",
                                       self.scope.path("driver.sock"), "-v", "-v", *options, log="driver")
        return self.driver

    def restart_driver(self, *options):
        self.driver.end()
        self.rrasd.wait_offline()
        return self.start_driver(*options)

    def clear(self):
        """End every client and every session, so that the next test begins with none."""
        for client in self.clients:
            client.process.end()
        self.clients = []
        self.rrasd.wait_online()
        for session in list(self.rrasd.sessions.values()):
            self.rrasd.disconnect(session, hard=True)
        self.rrasd.wait("an empty server", lambda s: s.connection and s.snapshot and not s.down and not s.sessions)

    def client(self, user, place, *options, wait=True, **kwargs):
        client = Client(self.server, user, place, *options, **kwargs)
        self.clients.append(client)
        return client.start(wait)

    def undisturbed(self):
        """bob, who must not notice anything: his ping runs until still_undisturbed()."""
        self.bob = self.client("bob", 2)
        self.bob_session = self.rrasd.wait_user("bob")
        self.ping = self.bob.start_ping()
        self.ping.wait_log("bytes from")

    def still_undisturbed(self, report):
        time.sleep(0.5)
        sent, lost = ping_loss(self.ping)
        report.check("bob has not lost a single ping", sent > 0 and lost == 0, f"{lost} of {sent} lost")
        report.check("and is in the same session", [s["id"] for s in self.rrasd.of("bob")] == [self.bob_session["id"]], self.rrasd.sessions)


# ---- who is there ----


def shows_who_is_there(report, w):
    alice, bob = w.client("alice", 1), w.client("bob", 2)
    a, b = w.rrasd.wait_user("alice"), w.rrasd.wait_user("bob")
    report.check("a user is shown with her outer address", a["client_address"].startswith("10.77.1.2:"), a)
    report.check("and with the address that openvpn has given her", a["tunnel_address4"] == alice.tunnel_address(), a)
    report.check("and ours in the tunnel", a["tunnel_server4"] == Server.TUNNEL, a)
    report.check("two users are two sessions", a["id"] != b["id"])
    before = a["counters"]["bytes_in"]
    report.check("pings go through the tunnel", alice.ping(10) == 10)
    w.rrasd.wait("counters that have grown", lambda s: s.sessions[a["id"]]["counters"]["bytes_in"] > before + 10 * 84)
    report.check("traffic is counted", True)
    w.rrasd.send({"type": "stats"})
    report.check("nothing that the driver has said was not JSON", w.rrasd.broken == [], w.rrasd.broken)


def sees_a_user_by_event(report, w):
    w.restart_driver("--poll", "60s")
    w.rrasd.wait_online()
    began = time.monotonic()
    w.client("alice", 1)
    w.rrasd.wait_user("alice")
    report.check("openvpn's event shows a new user long before the next poll", time.monotonic() - began < 30)
    w.restart_driver()


# ---- disconnecting ----


def ends_one_session_politely(report, w):
    w.undisturbed()
    alice = w.client("alice", 1)
    a = w.rrasd.wait_user("alice")
    order = w.rrasd.disconnect(a, reason="maintenance")
    report.check("openvpn takes the order", w.rrasd.wait_reply(order)["result"] == "accepted")
    gone = w.rrasd.wait_gone(a)
    report.check("the session is gone, by our doing", gone["reason"] == "disconnected by the administrator", gone)
    report.check("with its last counters, which are not called final",
                 gone["counters"]["bytes_in"] >= a["counters"]["bytes_in"] and gone["counters_final"] is False, gone)
    report.check("nobody can know whether a client without exit notification was told", gone["client_told"] == "unknown", gone)
    wait_gone(alice)
    report.check("it was, with the administrator's words",
                 "Halt command was pushed by server ('maintenance')" in alice.process.log(), alice.process.log()[-500:])
    w.still_undisturbed(report)


def knows_when_the_client_has_heard(report, w):
    w.restart_driver("--grace", "4s")  # the client takes a moment to say goodbye, on a busy machine a longer one
    alice = w.client("alice", 1, "--explicit-exit-notify", "1")
    a = w.rrasd.wait_user("alice")
    w.rrasd.disconnect(a)
    report.check("a client that says goodbye was told", w.rrasd.wait_gone(a)["client_told"] == "yes")
    wait_gone(alice)
    w.restart_driver()


def ends_one_session_hard(report, w):
    w.undisturbed()
    alice = w.client("alice", 1)
    a = w.rrasd.wait_user("alice")
    order = w.rrasd.disconnect(a, hard=True)
    report.check("a hard order is taken", w.rrasd.wait_reply(order)["result"] == "accepted")
    report.check("and the client is not told", w.rrasd.wait_gone(a)["client_told"] == "no")
    report.check("so it does not know yet", alice.process.alive() and "Halt" not in alice.process.log())
    w.still_undisturbed(report)


def a_user_who_comes_back_is_somebody_new(report, w):
    w.client("alice", 1)
    first = w.rrasd.wait_user("alice")
    w.rrasd.disconnect(first)
    w.rrasd.wait_gone(first)
    w.client("alice", 3)
    second = w.rrasd.wait_user("alice")
    report.check("a new connection has an id of its own", first["id"] != second["id"])
    order = w.rrasd.disconnect(first)
    report.check("an order for the old one finds no such session", w.rrasd.wait_reply(order)["result"] == "no-such-session")
    order = w.rrasd.disconnect(dict(second, start=second["start"] - 1))
    report.check("nor does the right id with another start", w.rrasd.wait_reply(order)["result"] == "no-such-session")
    order = w.rrasd.disconnect(dict(second, id="1.1:0"))
    report.check("nor does the id of another run", w.rrasd.wait_reply(order)["result"] == "no-such-session")
    time.sleep(1)
    report.check("she is still there", w.rrasd.of("alice") != [])


def ends_many_at_once(report, w):
    for place, user in enumerate(("alice", "bob", "carol", "dave"), 1):
        w.client(user, place)
    sessions = [w.rrasd.wait_user(u) for u in ("alice", "bob", "carol", "dave")]
    orders = [w.rrasd.disconnect(s) for s in sessions]
    report.check("several orders at once are all taken", all(w.rrasd.wait_reply(o)["result"] == "accepted" for o in orders))
    for s in sessions:
        w.rrasd.wait_gone(s)
    report.check("and all carried out", True)


# ---- trouble ----


def openvpn_is_restarted(report, w, number):
    w.client("alice", 1, "--connect-retry-max", "60")
    before = w.rrasd.wait_user("alice")
    w.server.end(number)
    w.rrasd.wait_offline()
    report.check(f"{number.name}: the driver is away while openvpn is", True)
    w.server.start()
    w.rrasd.wait_online()
    report.check(f"{number.name}: the old session is not in the new snapshot", before["id"] not in w.rrasd.sessions)


def openvpn_begins_anew(report, w, number):
    alice = w.client("alice", 1)
    before = w.rrasd.wait_user("alice")
    snapshots = w.rrasd.snapshots
    said = len(alice.process.log())
    w.server.process.signal(number)
    w.rrasd.wait("a new run", lambda s: s.snapshots > snapshots and not s.down)
    report.check(f"{number.name}: the old session is not in the new snapshot", before["id"] not in w.rrasd.sessions)
    alice.process.signal(signal.SIGUSR1)  # its client would find out after ping-restart
    alice.wait_up(after=said)
    after = w.rrasd.wait_user("alice")
    report.check(f"{number.name}: openvpn counts its clients from 0 again", after["id"].endswith(":0"), (before, after))
    report.check(f"{number.name}: and yet it is another session", before["id"] != after["id"], (before, after))


def openvpn_hangs(report, w):
    w.restart_driver("--command-timeout", "3s")
    w.client("alice", 1)
    a = w.rrasd.wait_user("alice")
    w.server.process.signal(signal.SIGSTOP)
    time.sleep(0.1)  # the list that it has just shown is not fresh enough to act on any more
    began = time.monotonic()
    order = w.rrasd.disconnect(a)
    reply = w.rrasd.wait_reply(order)
    took = time.monotonic() - began
    report.check("an openvpn that hangs: nothing was done, and the answer says so", reply["result"] == "refused" and
                 "nothing was done" in reply["text"], reply)
    report.check("within the two seconds that the protocol allows", took < 2.0, took)
    w.rrasd.wait_offline()
    w.driver.wait_log("has not answered a command for 3000 ms")
    report.check("then the driver is away, and says why", True)
    w.server.process.signal(signal.SIGCONT)
    w.rrasd.wait_online()
    report.check("and back when openvpn goes on, with the same session", a["id"] in w.rrasd.sessions, w.rrasd.sessions)
    order = w.rrasd.disconnect(a)
    report.check("which can now be ended", w.rrasd.wait_reply(order)["result"] == "accepted")
    w.rrasd.wait_gone(a)
    w.restart_driver()


def another_program_holds_the_socket(report, w):
    w.driver.end()
    w.rrasd.wait_offline()
    other = Management(w.server.management)
    w.start_driver()
    w.rrasd.wait_down("another program holds the management interface")
    report.check("another program on the management socket: the administrator can read it", True)
    w.driver.wait_log("another program holds")
    time.sleep(1)
    report.check("and in the log, once", w.driver.log().count("another program holds") == 1)
    other.close()
    w.rrasd.wait_online()
    report.check("and the driver is there as soon as the other has gone", True)


def rrasd_goes_and_comes(report, w):
    w.undisturbed()
    w.client("alice", 1)
    a = w.rrasd.wait_user("alice")
    path = w.rrasd.path
    w.rrasd.close()
    time.sleep(1)
    w.rrasd = Standin(path)
    w.rrasd.wait_online()
    report.check("a new rrasd hears of the same sessions", {a["id"], w.bob_session["id"]} <= set(w.rrasd.sessions), w.rrasd.sessions)
    order = w.rrasd.disconnect(a)
    w.rrasd.wait_reply(order)
    w.rrasd.drop()  # in the middle of the order
    w.rrasd.wait("the end of the session", lambda s: s.connection and s.snapshot and not s.of("alice") and a["id"] not in s.sessions)
    report.check("an order that was taken is carried out though rrasd has gone", True)
    w.still_undisturbed(report)


def the_driver_is_killed(report, w):
    w.restart_driver("--grace", "4s")
    w.undisturbed()
    w.client("alice", 1)
    a = w.rrasd.wait_user("alice")
    order = w.rrasd.disconnect(a)
    report.check("the order is taken", w.rrasd.wait_reply(order)["result"] == "accepted")
    w.driver.signal(signal.SIGKILL)
    w.driver.wait_end()
    w.rrasd.wait_offline()
    w.start_driver()
    w.rrasd.wait_online()
    w.rrasd.wait("the end of the session", lambda s: a["id"] not in s.sessions)
    report.check("a driver killed in the middle of an order: openvpn has it, and ends the session", True)
    w.still_undisturbed(report)


def garbage_on_the_management_socket(report, w):
    w.driver.end()
    w.rrasd.wait_offline()
    for what, data in (("another protocol", b"220 mail.example.org ESMTP\r\n"), ("an endless line", b"x" * 200000),
                       ("an escape sequence", b"\x1b]0;owned\x07\r\n"),
                       ("an answer that nobody asked for", b">INFO:OpenVPN Management\r\nSUCCESS: pid=1\r\nSUCCESS: pid=1\r\nEND\r\nEND\r\nEND\r\n"),
                       ("a client's management interface",
                        b">INFO:OpenVPN Management\r\nSUCCESS: pid=1\r\nSUCCESS: on\r\n5,CONNECTED,SUCCESS,,,,,\r\nEND\r\nOpenVPN STATISTICS\r\nEND\r\n")):
        path = w.scope.path("fake.sock")
        fake = socket.socket(socket.AF_UNIX)
        fake.bind(path)
        fake.listen(1)
        driver = w.scope.start(program("rras-openvpn"), "--management", path, "--socket", w.rrasd.path, log="fake-driver")
        connection, _ = fake.accept()
        connection.settimeout(30)
        connection.sendall(data)
        if what == "an endless line":
            connection.shutdown(socket.SHUT_WR)
        while True:  # it hangs up
            try:
                if not connection.recv(65536):
                    break
            except ConnectionResetError:
                break
        report.check(f"{what} instead of a management interface: the driver hangs up", True)
        driver.wait_log("fake.sock: ")
        report.check("and says why, without a control character", driver.alive() and "\x1b" not in driver.log(), driver.log())
        connection.close()
        fake.close()
        os.unlink(path)
        driver.end()
    report.check("rrasd has not heard of any of it", w.rrasd.connection is None)
    w.start_driver()
    w.rrasd.wait_online()


def conforms(report, w):
    """tests/drivers/conformance, with real sessions: carol is started whenever one is needed."""
    w.driver.end()
    w.rrasd.wait_offline()
    carol = Client(w.server, "carol", 3)
    pid = w.scope.path("carol.pid")
    start = shlex.join(["ip", "netns", "exec", carol.netns, *carol.argv, "--daemon", "--writepid", pid])

    def end_carol():
        try:
            with open(pid) as f:
                os.kill(int(f.read()), signal.SIGTERM)
        except (FileNotFoundError, ProcessLookupError):
            pass  # she was disconnected last, and her client has ended
    w.scope.callback(end_carol)
    need = w.scope.write("need-carol", f"[ -e {pid} ] && kill -0 $(cat {pid}) 2>/dev/null || {start} </dev/null >/dev/null 2>&1\n")
    status, out = run_group([os.path.join(TOP, "tests/drivers/conformance"), "--kind", "daemon", "--may-disconnect", "--no-skip", "--timeout", "30",
                             "--make-session", f"sh {need}", "--", program("rras-openvpn"), "--management", w.management, "--socket",
                             "{socket}"], 400)
    print(*(f"# {line}" for line in out.splitlines()), sep="\n", flush=True)
    report.check("the driver conforms with the protocol, every check made", status == 0)
    end_carol()
    w.start_driver()


# ---- other kinds of server ----


def over_tcp(report, w):
    alice = w.client("alice", 1)
    a = w.rrasd.wait_user("alice")
    w.undisturbed()
    w.rrasd.disconnect(a)
    gone = w.rrasd.wait_gone(a)
    wait_gone(alice)
    report.check("over TCP openvpn sees the client leave, so it was told", gone["client_told"] == "yes", gone)
    w.client("alice", 1)
    a = w.rrasd.wait_user("alice")
    w.rrasd.disconnect(a, hard=True)
    report.check("a hard order works as well", w.rrasd.wait_gone(a)["client_told"] == "no")
    w.still_undisturbed(report)


def over_ipv6(report, w):
    alice = w.client("alice", 1)
    a = w.rrasd.wait_user("alice")
    report.check("a client that comes over IPv6 is shown", "fd77:1::2" in a["client_address"], a)
    w.undisturbed()
    order = w.rrasd.disconnect(a)
    report.check("its order is taken", w.rrasd.wait_reply(order)["result"] == "accepted")
    wait_gone(alice)
    w.rrasd.wait_gone(a)
    report.check("and openvpn ends it, though kill does not know its address", "kill fd77" not in w.server.process.log())
    w.still_undisturbed(report)


def with_a_password(report, w):
    w.rrasd.wait_down("none is configured")
    report.check("without the password the driver does not get in, and says so", not w.rrasd.snapshot)
    wrong = w.scope.write("wrong", "closed sesame\n", 0o600)
    w.driver.end()
    w.start_driver("--password-file", wrong)
    w.rrasd.wait_down("does not accept the password")
    report.check("nor with a wrong one", not w.rrasd.snapshot)
    w.driver.end()
    w.start_driver("--password-file", w.scope.path("password"))
    w.rrasd.wait_online()
    report.check("with the right one it does", True)
    report.check("the password is in no log", "sesame" not in w.driver.log())
    os.chmod(w.scope.path("password"), 0o644)
    w.driver.end()
    w.start_driver("--password-file", w.scope.path("password"))
    report.check("a password that others can read is refused", w.driver.wait_end() == 1 and "closed to all others" in w.driver.log())
    os.chmod(w.scope.path("password"), 0o600)
    w.start_driver("--password-file", w.scope.path("password"))


# ---- somebody else takes her place ----


def carol_takes_her_address(w, alice, taker="carol"):
    """alice's client is dead, openvpn forgets her, and carol comes from the very same address and port."""
    alice.process.signal(signal.SIGKILL)
    alice.process.wait_end()
    w.proxy.slip_in("kill 10.77.1.2:5000")
    return w.client(taker, 1, bind_port=5000)


def carol_stays(report, w, a, carol):
    c = w.rrasd.wait_user("carol")
    report.check("carol has alice's address", c["client_address"] == a["client_address"] == "10.77.1.2:5000", (a, c))
    time.sleep(1)
    report.check("carol stays connected", carol.ping() == 3 and [s["id"] for s in w.rrasd.of("carol")] == [c["id"]])
    report.check("nothing was ordered against her",
                 f"client-kill {c['id'].split(':')[1]} HALT" not in w.proxy.commands, w.proxy.commands[-20:])


def no_address_was_killed(report, when, w, since):
    report.check(f"{when}: no address is killed", not any(c.startswith("kill") for c in w.proxy.commands[since:]), w.proxy.commands[since:])


def race_before_the_check(report, w):
    alice = w.client("alice", 1, bind_port=5000)
    a = w.rrasd.wait_user("alice")
    w.proxy.hold_answer_to("^status")
    w.proxy.wait_held("END")
    carol = carol_takes_her_address(w, alice)
    order = w.rrasd.disconnect(a)  # the driver does not know yet that she has gone
    w.proxy.release()
    report.check("taken over before the check: no such session", w.rrasd.wait_reply(order)["result"] == "no-such-session")
    carol_stays(report, w, a, carol)


def race_between_check_and_halt(report, w):
    alice = w.client("alice", 1, bind_port=5000)
    a = w.rrasd.wait_user("alice")
    w.proxy.hold_answer_to("^status")
    w.proxy.wait_held("END")
    order = w.rrasd.disconnect(a)
    held = len(w.proxy.commands)
    w.proxy.hold_answer_to("^status")  # the one that is held was asked for before the order; the next one is the check
    w.proxy.release()
    w.proxy.wait_held("END")
    carol = carol_takes_her_address(w, alice)
    w.proxy.release()
    report.check("taken over between check and halt: no such session", w.rrasd.wait_reply(order)["result"] == "no-such-session")
    report.check("the halt, if any, was for alice's client id", all(f"client-kill {a['id'].split(':')[1]} HALT" == c
                 for c in w.proxy.commands[held:] if c.startswith("client-kill")), w.proxy.commands[held:])
    no_address_was_killed(report, "taken over between check and halt", w, held)
    carol_stays(report, w, a, carol)


def race_before_the_kill_check(report, w):
    alice = w.client("alice", 1, bind_port=5000)
    a = w.rrasd.wait_user("alice")
    w.proxy.hold_answer_to("^client-kill")
    order = w.rrasd.disconnect(a)
    w.proxy.wait_held("SUCCESS")
    held = len(w.proxy.commands)
    w.proxy.release()
    report.check("the order is taken", w.rrasd.wait_reply(order)["result"] == "accepted")
    w.proxy.hold_answer_to("^status")  # shows alice in her grace; and then ...
    w.proxy.wait_held("END")
    carol = carol_takes_her_address(w, alice)
    time.sleep(1)  # ... the grace is over, and a status that comes now is too old
    w.proxy.release()
    w.rrasd.wait_gone(a)
    no_address_was_killed(report, "taken over during the grace", w, held)
    carol_stays(report, w, a, carol)


def race_between_kill_check_and_kill(report, w):
    w.restart_driver("--grace", "1s", "--poll", "60s", "--busy-poll", "60s")  # so that it asks only when it wants to act
    alice = w.client("alice", 1, bind_port=5000)
    a = w.rrasd.wait_user("alice")
    w.proxy.hold_answer_to("^status", after="^client-kill")  # the one to kill on: it lists alice ...
    order = w.rrasd.disconnect(a)
    report.check("the order is taken", w.rrasd.wait_reply(order)["result"] == "accepted")
    held = len(w.proxy.commands)
    w.proxy.wait_held("CLIENT_LIST\talice")
    carol = carol_takes_her_address(w, alice)  # ... who is not there any more when it arrives
    w.proxy.release()
    w.rrasd.wait_gone(a)
    no_address_was_killed(report, "taken over between check and kill", w, held)
    carol_stays(report, w, a, carol)
    w.restart_driver()


UDP = [(shows_who_is_there,), (sees_a_user_by_event,), (ends_one_session_politely,), (knows_when_the_client_has_heard,), (ends_one_session_hard,),
       (a_user_who_comes_back_is_somebody_new,), (ends_many_at_once,), (openvpn_is_restarted, signal.SIGTERM),
       (openvpn_is_restarted, signal.SIGKILL), (openvpn_begins_anew, signal.SIGUSR1), (openvpn_begins_anew, signal.SIGHUP), (openvpn_hangs,),
       (another_program_holds_the_socket,), (rrasd_goes_and_comes,), (the_driver_is_killed,), (garbage_on_the_management_socket,), (conforms,)]
RACE = [(race_before_the_check,), (race_between_check_and_halt,), (race_before_the_kill_check,), (race_between_kill_check_and_kill,)]
WORLDS = [(UDP, {}), (RACE, {"proxied": True, "options": ("--grace", "1s")}), ([(over_tcp,)], {"proto": "tcp4"}),
          ([(over_ipv6,)], {"proto": "udp6"}), ([(with_a_password,)], {"password": "open sesame"})]


def named(test):
    return " ".join([test[0].__name__, *(a.name for a in test[1:])])


def run_world(report, tests, kwargs):
    with Scope() as scope:
        if "password" in kwargs:
            kwargs = {"password_file": scope.write("password", kwargs["password"] + "\n", 0o600)}
        w = World(scope, **kwargs)
        for test in tests:
            print(f"# {named(test)}", flush=True)
            failed = report.failed
            report.run(named(test), test[0], w, *test[1:])
            report.run(f"{named(test)}: tidying up", lambda _: w.clear())
            if report.failed > failed:
                print("# driver:", w.driver.log()[-3000:], "# openvpn:", w.server.process.log()[-3000:], "# driver's messages:",
                      *w.rrasd.history[-20:], sep="\n", flush=True)


def main():
    report = Report()
    only = sys.argv[1:]
    why = may_make_networks()
    for tests, kwargs in WORLDS:
        tests = [t for t in tests if not only or t[0].__name__ in only]
        if why:
            for test in tests:
                report.skip(named(test), why)
        elif tests:
            report.run(named(tests[0]), run_world, tests, kwargs)
    report.finish()


if __name__ == "__main__":
    main()
