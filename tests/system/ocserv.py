#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A real ocserv with real users, rras-ocserv, rrasd and rasadmin: the scenarios of tests/lib/scenarios.py, and what is ocserv's own. For
that rrasd is played (tests/lib/standin.py)."""
import contextlib
import os
import pwd
import re
import shlex
import signal
import socket
import struct
import sys
import threading
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests", "lib"))

from authority import Authority
from ocserv import PLACES, Client, Ocserv, Server, run
from programs import program
from scenarios import main
from scope import Waited, run_group, wait_until
from standin import Standin
from vpn import Network, wait_gone

DOOR_KEEPS = 1 << 1 | 1 << 5 | 1 << 19 | 1 << 21  # CAP_DAC_OVERRIDE, CAP_KILL, CAP_SYS_PTRACE, CAP_SYS_ADMIN


class Played:
    """A driver of its own for `server`, and its rrasd, which is played."""

    def __init__(self, scope, server, *options, user="nobody", prefix=(), admission=None):
        self.scope, self.server, self.options, self.user, self.prefix = scope, server, options, user, prefix
        self.path = scope.path(f"played{scope.started}.sock")
        self.rrasd = Standin(self.path, admission)
        os.chmod(self.path, 0o666)
        self.clients = []
        self.start()

    def start(self):
        self.driver = self.scope.start(*self.prefix, program("rras-ocserv"), "--control", self.server.control, "--user", self.user, "--socket",
                                       self.path, "-v", "-v", *self.options, log="driver", netns=self.server.network.server)

    def client(self, user, *options, **kwargs):
        client = Client(self.server, user, PLACES[user], *options, **kwargs)
        self.clients.append(client)
        return client.start()

    def health(self, state, pattern=""):
        """What it has said last of ocserv, in hello or since; waits for that."""
        def last(s):
            said = [m if m["type"] == "health" else m.get("health", {"state": "ok"}) for m in s.messages if m["type"] in ("hello", "health")]
            return said and said[-1]["state"] == state and re.search(pattern, said[-1].get("text", "")) and said[-1]
        return self.rrasd.wait(f"health {state}", last)

    def close(self):
        for client in self.clients:
            client.process.end()
        self.driver.end()
        if not self.prefix:  # what a prefix has started ends with its namespace
            self.server.wait_left_alone()
        self.rrasd.close()


@contextlib.contextmanager
def played(w, *options, **kwargs):
    """In place of the world's driver, which would have ocserv's events."""
    w.adapter.end_driver()
    w.wait_away()
    p = Played(w.scope, w.adapter.server, *options, **kwargs)
    try:
        yield p
        print(f"# {len(p.rrasd.history)} messages", flush=True)
    except BaseException:
        print("# driver:", p.driver.log()[-3000:], *p.rrasd.history[-20:], sep="\n", flush=True)
        raise
    finally:
        p.close()
        w.start_driver()


def status_of(pid):
    with open(f"/proc/{pid}/status") as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)


def door_of(driver):
    """The process with the privileges beside a driver."""
    with open(f"/proc/{driver.pid}/task/{driver.pid}/children") as f:
        return next(int(pid) for pid in f.read().split() if status_of(pid)["Name"] == "ocserv-door")


def no_such_session(report, what, rrasd, session):
    reply = rrasd.wait_reply(rrasd.disconnect(session))
    report.check(f"{what}: no such session", reply["result"] == "no-such-session", reply)


# ---- privileges ----


def gives_up_root(report, w):
    with played(w) as p:
        p.rrasd.wait_online()
        driver, door = status_of(p.driver.pid), status_of(door_of(p.driver))
        print(f"# driver: uid {driver['Uid'].split()}, CapEff {driver['CapEff']}; door: uid {door['Uid'].split()}, CapEff {door['CapEff']}", flush=True)
        nobody = str(pwd.getpwnam("nobody").pw_uid)
        report.check("the driver is not root, in no way", set(driver["Uid"].split()) == {nobody} and driver["Groups"].strip() == "", driver)
        report.check("it has no capability, and can get none", all(int(driver[c], 16) == 0 for c in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")), driver)
        report.check("the door has four", all(int(door[c], 16) == DOOR_KEEPS for c in ("CapPrm", "CapEff", "CapBnd")), door)
        for name, one in (("driver", driver), ("door", door)):
            report.check(f"{name}: no new privileges, and system calls are filtered", one["NoNewPrivs"] == "1" and one["Seccomp"] == "2", one)
        os.kill(door_of(p.driver), signal.SIGKILL)
        report.check("without its door the driver ends, for systemd to start it again", p.driver.wait_end() == 1, p.driver.log())
    with played(w, user="root") as p:
        p.rrasd.wait_online()
        driver = status_of(p.driver.pid)
        report.check("as root it has no capability either", all(int(driver[c], 16) == 0 for c in ("CapPrm", "CapEff", "CapBnd")), driver)
    refused = w.scope.start("setpriv", "--reuid=nobody", program("rras-ocserv"), "--control", w.adapter.server.control, log="not-root")
    report.check("who is not root can't start it, and hears why", refused.wait_end() == 1 and "must be started by root" in refused.log(), refused.log())


# ---- sessions ----


def everything_is_shown(report, w):
    with played(w) as p:
        alice = p.client("alice")
        a = p.rrasd.wait_user("alice")
        report.check("addresses", (a["client_address"], a["server_address"], a["tunnel_address4"], a["tunnel_server4"]) ==
                     ("10.77.1.2", "10.77.1.1", alice.tunnel_address(), "10.97.0.1"), a)
        report.check("the device", a["interface"].startswith("vpns"), a)
        report.check("one worker process is one session", a["id"].split(":")[0] == str(w.adapter.server.worker("alice")), a)
        report.check("pings go through the tunnel", alice.ping(5) == 5)
        p.rrasd.wait("their bytes", lambda s: s.sessions[a["id"]].get("counters", {}).get("bytes_in", 0) >= 5 * 84)
        before = dict(p.rrasd.sessions[a["id"]]["counters"])
        p.rrasd.disconnect(a)
        gone = p.rrasd.wait_gone(a)
        report.check("the last counters are the kernel's last word", gone["counters_final"] and gone["counters"]["bytes_in"] >= before["bytes_in"], gone)
        alice = p.client("alice")
        a = p.rrasd.wait_user("alice")
        alice.process.signal(signal.SIGINT)
        gone = p.rrasd.wait_gone(a)
        report.check("why a user has gone is said in ocserv's words", gone["reason"] == "user disconnected" and "client_told" not in gone, gone)


def a_resumed_session_is_a_new_one(report, w):
    """The client's cookie lets it come back without a password: the same log-on, but another worker, device, counters and time."""
    with played(w) as p:
        cookie = Client(w.adapter.server, "alice", PLACES["alice"]).authenticate()
        first_client = p.client("alice", cookie=cookie)
        first = p.rrasd.wait_user("alice")
        first_client.process.signal(signal.SIGKILL)
        second_client = p.client("alice", cookie=cookie)
        second = p.rrasd.wait("another session of alice", lambda s: next((x for x in s.of("alice") if x["id"] != first["id"]), None))
        report.check("the same log-on is another session", first["id"].split(":")[1] == second["id"].split(":")[1], (first, second))
        p.rrasd.wait_gone(first)
        no_such_session(report, "an order for the one before", p.rrasd, first)
        no_such_session(report, "the right id with another start", p.rrasd, dict(second, start=second["start"] - 1))
        report.check("she is still there", second_client.ping() == 3)
        p.rrasd.disconnect(second)
        p.rrasd.wait_gone(second)
        wait_gone(second_client)
        third = Client(w.adapter.server, "alice", PLACES["alice"], cookie=cookie).start(wait=False)
        third.process.wait_log("401 Cookie is not acceptable|Cookie was rejected")
        report.check("after a disconnect her cookie is not taken any more", True)
        third.process.end()


def a_worker_that_hangs(report, w):
    with played(w) as p:
        p.client("alice", "--reconnect-timeout", "1")
        a = p.rrasd.wait_user("alice")
        worker = w.adapter.server.worker("alice")
        os.kill(worker, signal.SIGSTOP)
        report.check("a worker that hangs: the order is taken", p.rrasd.wait_reply(p.rrasd.disconnect(a))["result"] == "accepted")
        report.check("again, too", p.rrasd.wait_reply(p.rrasd.disconnect(a))["result"] == "accepted")
        report.check("but she is not gone", a["id"] in p.rrasd.sessions and status_of(worker)["State"].startswith("T"))
        report.check("the hard way is taken", p.rrasd.wait_reply(p.rrasd.disconnect(a, hard=True))["result"] == "accepted")
        gone = p.rrasd.wait_gone(a)
        report.check("and ends it, unheard", gone["client_told"] == "no", gone)
        wait_until("the end of the process", lambda: not os.path.exists(f"/proc/{worker}"))


# ---- events ----


def events_come(p, user):
    """The driver knows that it has ocserv's events when it has had one: the user comes and goes until then."""
    def probe():
        p.rrasd.wait(f"no {user}", lambda s: not s.of(user))
        p.client(user).process.end()
        return "ocserv's events come" in p.driver.log()
    wait_until("events", probe)
    p.rrasd.wait(f"no {user}", lambda s: not s.of(user))


def another_program_has_the_events(report, w):
    with played(w, "--poll", "200ms") as p:
        p.driver.end()
        p.server.wait_left_alone()
        other = socket.socket(socket.AF_UNIX)
        other.connect(w.adapter.server.control)
        other.sendall(struct.pack("=BI", 11, 0))
        other.settimeout(30)
        other.recv(65536)
        p.start()
        p.rrasd.wait("bob", lambda s: s.of("bob"))
        alice = p.client("alice")
        a = p.rrasd.wait_user("alice")
        p.health("degraded", "another program gets ocserv's events")
        report.check("another program has ocserv's events: users are seen all the same, and it is said", True)
        p.rrasd.disconnect(a)
        p.rrasd.wait_gone(a)
        report.check("and can be disconnected", wait_gone(alice))
        other.close()
        events_come(p, "alice")
        report.check("when it has gone the events are had again", p.health("ok"))


def idle_is_idle(report, w):
    """Nobody comes or goes, and rrasd wants counters each half second: the driver sleeps in between."""
    with played(w, "--quiet-poll", "600s") as p:
        p.client("alice")
        p.rrasd.wait_user("alice")
        events_come(p, "carol")
        time.sleep(1)  # devices are bound
        woken = [int(status_of(pid)["voluntary_ctxt_switches"]) for pid in (p.driver.pid, door_of(p.driver))]
        began = time.monotonic()
        time.sleep(5)
        woken = [int(status_of(pid)["voluntary_ctxt_switches"]) - n for pid, n in zip((p.driver.pid, door_of(p.driver)), woken)]
        seconds = time.monotonic() - began
        print(f"# in {seconds:.1f} s: the driver woke {woken[0]} times, the door {woken[1]} times", flush=True)
        report.check("an idle driver wakes for the counters only", woken[0] <= 8 * seconds and woken[1] == 0, (woken, seconds))


# ---- keep-out ----


def kept_out_at_log_on(report, w):
    with played(w, "--ask", w.adapter.server.ask, user="root") as p:
        p.rrasd.wait_online()
        until = int(time.time()) + 3600
        p.rrasd.send({"type": "keep-out", "n": 7, "user": "alice", "until": until, "reason": "for the audit"})
        p.rrasd.send({"type": "keep-out-end"})
        reply = p.rrasd.wait("an answer", lambda s: next((m for m in s.messages if m["type"] == "keep-out-reply"), None))
        report.check("before ocserv has asked for anybody nothing is promised", reply["result"] == "refused" and "connect-script" in reply["text"], reply)
        p.client("carol")
        p.rrasd.wait("another answer", lambda s: [m for m in s.messages if m["type"] == "keep-out-reply" and m["n"] == 7 and m["result"] == "taken"])
        report.check("when it has asked for one user, it will for all", True)
        with open(w.scope.path("site-script.log")) as f:
            report.check("the site's own script is run behind", "connect carol" in f.read())
        alice = Client(w.adapter.server, "alice", PLACES["alice"]).start(wait=False)
        alice.process.wait_end()
        report.check("who is kept out does not get in", "Configured as" not in alice.process.log(), alice.process.log())
        out = p.rrasd.wait("word of it", lambda s: next((m for m in s.messages if m["type"] == "kept-out"), None))
        report.check("and rrasd hears of it", (out["n"], out["user"], out["client_address"]) == (7, "alice", "10.77.1.2"), out)
        p.rrasd.send({"type": "keep-out-lift", "n": 7})
        p.rrasd.send({"type": "ping", "n": 1})
        p.rrasd.wait("pong", lambda s: [m for m in s.messages if m["type"] == "pong"])
        alice = p.client("alice")
        a = p.rrasd.wait_user("alice")
        report.check("when it is lifted she is let in", alice.ping() == 3, a)
        with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)) as stranger:
            stranger.connect(w.adapter.server.ask)
            stranger.send(b"nonsense")
            report.check("who asks nonsense hears nothing", stranger.recv(100) == b"")
        p.driver.end()
        p.client("dave")
        report.check("without a driver everybody is let in", True)


def asked_for_at_log_on(report, w):
    verdicts = {"carol": True}  # whom it does not name waits for an answer
    with played(w, "--ask", w.adapter.server.ask, "--no-answer", "refuse", user="root", admission=verdicts.get) as p:
        p.rrasd.wait_online()

        def knock():
            before = len(p.rrasd.history)
            alice = Client(w.adapter.server, "alice", PLACES["alice"]).start(wait=False)
            ask = p.rrasd.wait("a question", lambda s: [m for m in s.history[before:] if m["type"] == "admission-ask"])[0]
            return alice, ask

        def ends_outside(alice, what):
            wait_until("alice in, or sent away", lambda: "Configured as" in alice.process.log() or not alice.process.alive())
            report.check(what, "Configured as" not in alice.process.log(), alice.process.log())
            alice.process.end()

        alice, ask = knock()
        report.check("who comes is asked for, with his address", (ask["user"], ask["client_address"]) == ("alice", "10.77.1.2"), ask)
        p.client("carol")
        report.check("while he waits another is let in", p.rrasd.wait_user("carol") is not None)
        p.rrasd.answer(ask, "dial-in permission refused")
        ends_outside(alice, "who may not dial in does not get in")
        alice, ask = knock()
        p.rrasd.send({"type": "keep-out", "n": 8, "user": "alice", "until": int(time.time()) + 3600})
        p.rrasd.answer(ask, True)
        ends_outside(alice, "nor who is kept out while he waits")
        out = p.rrasd.wait("word of it, sent before she was", lambda s: next((m for m in s.messages if m["type"] == "kept-out"), None), 5)
        report.check("and rrasd hears of that", (out["n"], out["user"]) == (8, "alice"), out)
        p.rrasd.send({"type": "keep-out-lift", "n": 8})
        alice, ask = knock()
        p.rrasd.drop()
        ends_outside(alice, "nor who waits when rrasd goes, where the site wants that")
        p.rrasd.wait_online()
        alice, ask = knock()
        p.clients.append(alice)
        p.rrasd.answer(ask, True)
        report.check("who may is let in", p.rrasd.wait_user("alice") is not None)


def the_socket_of_the_connect_script_can_not_be_made(report, w):
    """For the driver is nobody, and these folders are root's."""
    closed = w.scope.path("closed")
    os.mkdir(closed, 0o755)
    other = w.scope.path("sticky")
    os.mkdir(other)
    os.chmod(other, 0o1777)
    w.scope.write("sticky/ask", "")
    cases = ((f"{closed}/ask", "Permission denied; its folder must be one that the user"),
             (f"{closed}/missing/ask", "No such file or directory; make its folder first"),
             (f"{other}/ask", "Address already in use; something is there"))
    for path, why in cases:
        driver = w.scope.start(program("rras-ocserv"), "--control", w.adapter.server.control, "--user", "nobody", "--ask", path,
                               "--socket", w.scope.path("no-rrasd"), log="no-ask")
        report.check(f"no socket for the connect-script in {os.path.relpath(path, w.scope.dir)}: the driver ends, and says why and what to do",
                     driver.wait_end() == 1 and f"can't listen on {path} (--ask), where rras-ocserv-connect would ask: {why}" in driver.log(),
                     driver.log())


# ---- somebody else with her process id ----


class PidNamespace:
    """A pid namespace, in which process ids can be made to come again at once."""

    def __init__(self, scope):
        holder = scope.start("unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "sleep", "100000", log="holder")
        self.init = wait_until("the namespace", lambda: self._child(holder.pid))
        wait_until("its /proc", lambda: os.path.exists(f"/proc/{self.init}/root/proc/1/status"))
        self.prefix = ["nsenter", "-t", str(self.init), "-p", "-m", "--"]

    @staticmethod
    def _child(pid):
        with open(f"/proc/{pid}/task/{pid}/children") as f:
            found = f.read().split()
        return int(found[0]) if found and status_of(found[0])["Name"] == "sleep" else None

    def run(self, *argv):
        return run(*self.prefix, *argv)

    def next_pid(self, pid):
        self.run("sh", "-c", f"echo {pid - 1} >/proc/sys/kernel/ns_last_pid")

    def has(self, pid):
        return os.path.exists(f"/proc/{self.init}/root/proc/{pid}")


def outer_pid(name, init):
    """Of the process of this name in the namespace of `init`."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            if status_of(pid)["Name"] == name and os.readlink(f"/proc/{pid}/ns/pid") == os.readlink(f"/proc/{init}/ns/pid"):
                return int(pid)
    return None


def her_process_id_comes_again(report, w):
    """Between the door's last look at the worker and its signal, the worker ends and somebody else's gets its process id."""
    if not os.path.exists("/proc/sys/kernel/ns_last_pid"):
        report.skip("her_process_id_comes_again", "this kernel can't say which process id comes next")
        return
    scope = w.scope
    space = PidNamespace(scope)
    os.mkdir(scope.path("again"))
    inner = type("Inner", (), {"path": lambda _, name: scope.path("again", name), "write": lambda _, name, *a: scope.write(f"again/{name}", *a),
                               "start": scope.start, "dir": scope.path("again")})()
    network = Network(scope, 2, f"rras{os.getpid()}x")
    server = Server(inner, network, Authority(inner), prefix=space.prefix).start()
    p = Played(scope, server, user="root", prefix=space.prefix)
    try:
        for attempt in range(1, 16):
            took_place(report, p, space, server)
            if p.raced:
                break
            print(f"# attempt {attempt}: somebody else got the process id first, or the machine was too slow", flush=True)
        report.check("her process id was somebody else's when the signal was sent", p.raced)
    except BaseException:
        print("# driver:", p.driver.log()[-3000:], *p.rrasd.history[-20:], sep="\n", flush=True)
        raise
    finally:
        p.close()
        server.process.end()


def took_place(report, p, space, server):
    """The door is kept waiting for less than the 5 s that the driver gives it. In this time bob must log on, with her process id; on a busy
    machine that takes more attempts."""
    p.raced = False
    p.client("alice")
    a = p.rrasd.wait_user("alice")
    worker = server.worker("alice")
    door = outer_pid("ocserv-door", space.init)
    strace = p.scope.start("strace", "-p", str(door), "-e", "trace=pidfd_send_signal", "-e", "inject=pidfd_send_signal:delay_enter=4s", log="strace")
    strace.wait_log("attached")
    order = p.rrasd.disconnect(a)
    wait_until("the door about to send the signal", lambda: status_of(door)["State"].startswith("t"))
    space.run("kill", "-KILL", str(worker))
    wait_until("the end of her worker", lambda: not space.has(worker))
    space.next_pid(worker)
    bob = p.client("bob")
    same = server.worker("bob") == worker
    in_time = status_of(door)["State"].startswith("t")
    reply = p.rrasd.wait_reply(order)
    strace.end()
    p.raced = same and in_time
    b = p.rrasd.wait_user("bob")
    if p.raced:
        report.check("the order finds no such session", reply["result"] == "no-such-session", reply)
        report.check("bob, who has her process id, is another session", b["id"].split(":")[0] == a["id"].split(":")[0] and b["id"] != a["id"], (a, b))
        time.sleep(0.5)
        report.check("and stays connected", bob.ping() == 3 and not bob.was_told() and server.worker("bob") == worker)
    for client in p.clients:
        client.process.end()
    p.clients = []
    p.rrasd.wait("an empty server", lambda s: not s.sessions)


def ocserv_in_another_pid_namespace(report, w):
    space = PidNamespace(w.scope)
    with played(w, prefix=space.prefix) as p:
        p.health("degraded", "another pid namespace")
        bob = p.rrasd.wait_user("bob")
        reply = p.rrasd.wait_reply(p.rrasd.disconnect(bob))
        report.check("ocserv in another pid namespace: users are shown, and orders refused", reply["result"] == "refused" and
                     "another pid namespace" in reply["text"], reply)
        report.check("bob is still there", w.bob.is_up())
        os.kill(outer_pid("rras-ocserv", space.init), signal.SIGTERM)


# ---- trouble ----


def garbage_on_the_control_socket(report, w):
    frame = struct.Struct("=BI")
    cases = (("another protocol", b"220 mail.example.org ESMTP\r\n" * 3), ("a frame of four gigabytes", frame.pack(104, 0xffffffff)),
             ("a listing that is none", frame.pack(104, 3) + b"\xff\xff\xff"), ("an answer to something else", frame.pack(106, 2) + b"\x08\x01"),
             ("nothing", b""), ("half a frame", frame.pack(104, 10) + b"\x0a"))
    path = w.scope.path("fake.sock")
    for what, data in cases:
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as fake, contextlib.suppress(FileNotFoundError):
            fake.bind(path)
            fake.listen(4)
            rrasd = Standin(w.scope.path("fake-driver.sock"))
            driver = w.scope.start(program("rras-ocserv"), "--control", path, "--user", "root", "--socket", rrasd.path, log="fake-driver")
            fake.settimeout(30)
            connection, _ = fake.accept()
            connection.sendall(data)
            connection.close()
            down = rrasd.wait("its health", lambda s: next((m for m in s.messages if m["type"] == "hello"), None))
            report.check(f"{what} instead of ocserv: the driver says that it can't work with it", down["health"]["state"] == "down" and
                         "fake.sock" in down["health"]["text"], down)
            report.check(f"{what}: it goes on trying", driver.alive() and fake.accept()[0])
            driver.end()
            rrasd.close()
            os.unlink(path)


class FakeOcserv:
    """Answers each LIST and TOP with the rows that it has; in a thread, until close(). `once` stands in their place in the next LIST."""

    def __init__(self, path):
        self.rows, self.once = [], None
        self.held = False  # a LIST has come, and waits until it may be answered
        self.kept = []  # connections of TOP
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(16)
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    @staticmethod
    def _field(number, value):
        def varint(v):
            out = b""
            while v > 127:
                out += bytes([v & 127 | 128])
                v >>= 7
            return out + bytes([v])
        if isinstance(value, int):
            return varint(number << 3) + varint(value)
        return varint(number << 3 | 2) + varint(len(value)) + value

    def row(self, pid, user, word, since=5):
        return b"".join(self._field(n, v) for n, v in ((1, pid * 2), (2, user), (4, b"192.0.2.1"), (10, since), (13, 4), (32, word + b"\0")))

    def _listing(self, rows):
        return b"".join(self._field(1, r) for r in rows)

    def event(self, row):
        """Say to whoever has the events that somebody has come."""
        body = self._field(1, 1) + self._field(4, self._listing([row]))
        self.kept[-1].sendall(struct.pack("=BI", 109, len(body)) + body)

    def _serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            request = connection.recv(5)
            is_list = request[:1] != b"\x0b"
            self.held = is_list and not self.may_answer.is_set()
            self.may_answer.wait()
            rows = list(self.rows)
            if is_list and self.once is not None:
                rows, self.once = self.once, None
            body = self._listing(rows)
            with contextlib.suppress(OSError):
                connection.sendall(struct.pack("=BI", 104, len(body)) + body)
            if is_list:
                connection.close()
            else:
                self.kept.append(connection)

    def close(self):
        self.may_answer.set()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(5)
        for c in self.kept:
            c.close()


def an_ocserv_that_lies(report, w):
    """It lists processes that are not its own, or one process for two users; and a name of any bytes."""
    path = w.scope.path("lies.sock")
    fake = FakeOcserv(path)
    rrasd = Standin(w.scope.path("lies-driver.sock"))
    stranger = w.scope.start("setsid", "--fork", "sh", "-c", "echo $$; exec sleep 100000", log="stranger")  # the child of somebody else
    stranger.wait_end()
    pid = int(wait_until("a process of somebody else's", lambda: re.search(r"^\d+\n", stranger.log())).group())
    own, other = (w.scope.start("sleep", "100000", log="own") for _ in range(2))
    fake.rows = [fake.row(pid, b"mallory", b"mm"), fake.row(own.pid, b"alice", b"aa"), fake.row(own.pid, b"bob", b"bb"),
                 fake.row(other.pid, b"na\xffme\x1b[2J", b"cc")]
    driver = w.scope.start(program("rras-ocserv"), "--control", path, "--user", "root", "--poll", "100ms", "--socket", rrasd.path, log="lies-driver")
    try:
        rrasd.wait_online()
        session = rrasd.wait_user("mallory")
        reply = rrasd.wait_reply(rrasd.disconnect(session, hard=True))
        report.check("a process that is not ocserv's is not signalled", reply["result"] == "refused" and "not a child of the ocserv" in reply["text"] and
                     _command(pid) != b"", reply)
        session = rrasd.wait_user("bob")
        reply = rrasd.wait_reply(rrasd.disconnect(session, hard=True))
        report.check("nor one that it lists for two users", reply["result"] == "refused" and "two users" in reply["text"] and own.alive(), reply)
        fake.rows = [fake.row(own.pid, b"", b"ee"), *fake.rows[2:]]
        reply = rrasd.wait_reply(rrasd.disconnect(rrasd.wait_user("bob"), hard=True))
        report.check("nor one that it lists for her and for somebody who logs on", reply["result"] == "refused" and "two users" in reply["text"] and
                     own.alive(), reply)
        strange = rrasd.wait("a name of any bytes", lambda s: next((x for x in s.sessions.values() if "user_raw" in x), None))
        report.check("a name of any bytes is shown as it is", bytes.fromhex(strange["user_raw"]) == b"na\xffme\x1b[2J", strange)
        report.check("and nothing that the driver says is not JSON", rrasd.broken == [], rrasd.broken)
        fake.rows = [fake.row(own.pid, b"bob", b"bb"), fake.row(other.pid, b"carol", b"dd")]
        carol = rrasd.wait_user("carol")
        report.check("the process id with another word is another session",
                     carol["id"].endswith(":dd") and rrasd.wait_gone(strange)["id"].endswith(":cc"), carol)
        fake.may_answer.clear()
        order = rrasd.disconnect(carol, hard=True)
        rrasd.send({"type": "ping", "n": 1})
        rrasd.wait("the order with the driver, who waits for a listing", lambda s: any(m["type"] == "pong" for m in s.messages))
        fake.rows[1] = fake.row(other.pid, b"dora", b"ff")
        fake.may_answer.set()
        reply = rrasd.wait_reply(order)
        report.check("an order is not for whom the process serves now", reply["result"] == "no-such-session" and other.alive(), reply)
        reply = rrasd.wait_reply(rrasd.disconnect(rrasd.wait_user("bob")))
        report.check("what is clear again can be disconnected", reply["result"] == "accepted" and own.wait_end() == -signal.SIGTERM, reply)
        report.check("and nobody else was", other.alive() and "\x1b" not in driver.log(), driver.log())
    finally:
        driver.end()
        fake.close()
        rrasd.close()
        os.kill(pid, signal.SIGKILL)


def who_has_only_just_been_seen(report, w):
    """Her process was opened on the very listing that the order acts on: it may be another's by then, so a newer one must show her again."""
    path = w.scope.path("new.sock")
    fake = FakeOcserv(path)
    rrasd = Standin(w.scope.path("new-driver.sock"))
    own = w.scope.start("sleep", "100000", log="own")
    fake.rows = [fake.row(own.pid, b"alice", b"aa")]
    driver = w.scope.start(program("rras-ocserv"), "--control", path, "--user", "root", "--poll", "100ms", "--socket", rrasd.path,
                           log="new-driver")
    try:
        rrasd.wait_online()
        alice = rrasd.wait_user("alice")
        fake.may_answer.clear()
        wait_until("a listing under way", lambda: fake.held)
        order = rrasd.disconnect(alice)
        rrasd.send({"type": "ping", "n": 1})
        rrasd.wait("the order with the driver, who waits for the next listing", lambda s: any(m["type"] == "pong" for m in s.messages))
        fake.once = []
        fake.may_answer.set()
        reply = rrasd.wait_reply(order)
        report.check("who is seen anew on the listing that an order acts on is left alone", reply["result"] == "refused" and
                     "only just been seen" in reply["text"] and own.alive(), reply)
        reply = rrasd.wait_reply(rrasd.disconnect(rrasd.wait_user("alice")))
        report.check("and can be disconnected when the next has shown her",
                     reply["result"] == "accepted" and own.wait_end() == -signal.SIGTERM, reply)
    finally:
        driver.end()
        fake.close()
        rrasd.close()


def somebody_comes_while_it_lists(report, w):
    """ocserv has made its listing already, but the driver has not read it yet, when the event comes."""
    path = w.scope.path("busy.sock")
    fake = FakeOcserv(path)
    rrasd = Standin(w.scope.path("busy-driver.sock"))
    bob, alice = (fake.row(w.scope.start("sleep", "100000", log="worker").pid, user, user) for user in (b"bob", b"alice"))
    driver = w.scope.start(program("rras-ocserv"), "--control", path, "--user", "root", "--poll", "60s", "--quiet-poll", "600s", "--socket", rrasd.path,
                           log="busy-driver")
    try:
        rrasd.wait_online()
        wait_until("somebody who has the events", lambda: fake.kept)
        fake.rows = [bob]
        fake.event(bob)
        rrasd.wait_user("bob")
        fake.may_answer.clear()
        fake.event(bob)
        wait_until("a listing under way", lambda: fake.held)
        fake.once, fake.rows = [bob], [bob, alice]
        fake.event(alice)
        rrasd.send({"type": "ping", "n": 1})
        rrasd.wait("the event with the driver, who waits for the listing", lambda s: any(m["type"] == "pong" for m in s.messages))
        fake.may_answer.set()
        report.check("who comes while ocserv lists is seen at once, and not at the next time for asking", rrasd.wait_user("alice"))
    finally:
        driver.end()
        fake.close()
        rrasd.close()


def more_sessions_than_descriptors(report, w):
    """Each session takes one. All are shown; those for which none is left can't be disconnected, and say so."""
    path = w.scope.path("many.sock")
    fake = FakeOcserv(path)
    rrasd = Standin(w.scope.path("many-driver.sock"))
    workers = [w.scope.start("sleep", "100000", log="worker") for _ in range(40)]
    fake.rows = [fake.row(p.pid, b"user%d" % i, b"w%d" % i) for i, p in enumerate(workers)]
    # 320 are for connections, some twenty for the program itself.
    driver = w.scope.start("prlimit", "--nofile=352:352", program("rras-ocserv"), "--control", path, "--user", "root", "--poll", "100ms", "--socket",
                           rrasd.path, log="many-driver")
    try:
        rrasd.wait_online()
        last = rrasd.wait_user("user39")
        report.check("all of them are shown", len(rrasd.sessions) == 40, rrasd.sessions)
        reply = rrasd.wait_reply(rrasd.disconnect(last))
        report.check("one for which there was no descriptor is left alone", reply["result"] == "refused" and "for want of descriptors" in reply["text"] and
                     workers[39].alive(), reply)
        reply = rrasd.wait_reply(rrasd.disconnect(rrasd.wait_user("user0")))
        report.check("others can be disconnected", reply["result"] == "accepted" and workers[0].wait_end() == -signal.SIGTERM, reply)
        fake.rows = fake.rows[1:]
        rrasd.wait_gone(next(x for x in rrasd.sessions.values() if x["user"] == "user0"))
        report.check("and the driver goes on", driver.alive() and rrasd.broken == [], driver.log())
    finally:
        driver.end()
        fake.close()
        rrasd.close()


def _command(pid):
    with contextlib.suppress(OSError):
        with open(f"/proc/{pid}/cmdline", "rb") as f:
            return f.read()
    return b""


def conforms(report, w):
    """tests/drivers/conformance, with real sessions: carol is started whenever one is needed."""
    carol = Client(w.adapter.server, "carol", PLACES["carol"])
    pid = w.scope.path("carol.pid")
    start = shlex.join(["ip", "netns", "exec", carol.netns, *carol.base, "--user", "carol", "--passwd-on-stdin", "--background", "--pid-file", pid,
                        carol.address])
    secret = w.scope.write("word-carol", "open sesame\n", 0o600)

    def end_carol():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError, ValueError):
            with open(pid) as f:
                os.kill(int(f.read()), signal.SIGTERM)
    w.scope.callback(end_carol)
    need = w.scope.write("need-carol", f"[ -e {pid} ] && kill -0 $(cat {pid}) 2>/dev/null || {start} <{secret} >/dev/null 2>&1\n")
    # Counters that are as they were are not sent again, and an idle tunnel is silent.
    traffic = [w.scope.start("sh", "-c", "while :; do ping -c 1 -W 1 10.97.0.1; sleep 0.3; done", log="traffic", netns=client.netns)
               for client in (carol, w.bob.client)]
    code, out = run_group([os.path.join(TOP, "tests/drivers/conformance"), "--kind", "daemon", "--may-disconnect", "--no-skip", "--timeout", "30",
                           "--make-session", f"sh {need}", "--", program("rras-ocserv"), "--control", w.adapter.server.control, "--user", "root", "--socket",
                           "{socket}"], 400)
    print(*(f"# {line}" for line in out.splitlines()), sep="\n", flush=True)
    report.check("the driver conforms with the protocol, every check made", code == 0)
    for process in traffic:
        process.end()
    end_carol()


if __name__ == "__main__":
    main(Ocserv, extra=[gives_up_root, everything_is_shown, a_resumed_session_is_a_new_one, a_worker_that_hangs, idle_is_idle, kept_out_at_log_on,
                        asked_for_at_log_on, the_socket_of_the_connect_script_can_not_be_made,
                        another_program_has_the_events, her_process_id_comes_again, ocserv_in_another_pid_namespace, garbage_on_the_control_socket,
                        an_ocserv_that_lies, who_has_only_just_been_seen, somebody_comes_while_it_lists, more_sessions_than_descriptors,
                        conforms])
