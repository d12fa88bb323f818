#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""rras-sim does what it is told: every command and every behaviour, seen from rrasd's side, which this program plays.

    test_sim.py RRAS-SIM
"""
import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

SIM = sys.argv.pop(1)
PATIENCE = 20


class Lines:
    """Lines of a socket or pipe, with patience."""

    def __init__(self, fd):
        self.fd, self.pending = fd, b""

    def next(self, seconds=PATIENCE):
        deadline = time.monotonic() + seconds
        while b"\n" not in self.pending:
            if not select.select([self.fd], [], [], max(0, deadline - time.monotonic()))[0]:
                return None
            try:
                data = os.read(self.fd, 65536)
            except ConnectionResetError:
                data = b""
            if not data:
                return ""
            self.pending += data
        line, self.pending = self.pending.split(b"\n", 1)
        return line.decode("utf-8", "backslashreplace")


class Link:
    """One connection of the simulator, after welcome."""

    def __init__(self, sock, **welcome):
        self.sock, self.lines, self.orders = sock, Lines(sock.fileno()), 0
        self.hello = json.loads(self.lines.next())
        self.send({"type": "welcome", "version": 1, "server": "test", "counters_interval_ms": 600000, **welcome})

    def send(self, message):
        self.sock.sendall(json.dumps(message).encode() + b"\n")

    def next(self, seconds=PATIENCE):
        line = self.lines.next(seconds)
        return json.loads(line) if line else line

    def until(self, kind):
        while True:
            message = self.next()
            assert message, f"no {kind} came"
            if message["type"] == kind:
                return message

    def snapshot(self):
        sessions = []
        while (message := self.next())["type"] == "session":
            sessions.append(message)
        assert message["type"] == "snapshot-end", message
        return sessions

    def order(self, session, hard=False):
        self.orders += 1
        self.send({"type": "disconnect", "order": self.orders, "id": session["id"], "start": session["start"], "hard": hard,
                   "deadline_ms": 10000})

    def nothing_came(self):
        """What was to come has come: the answer to a ping is the next line."""
        self.send({"type": "ping", "n": 99})
        return self.next() == {"type": "pong", "n": 99}


class Sim(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="test-sim-")
        self.path = os.path.join(self.directory, "driver.sock")
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(self.path)
        self.listener.listen(16)
        self.listener.settimeout(PATIENCE)
        self.sim = None

    def tearDown(self):
        if self.sim:
            self.sim.kill()
            self.sim.wait()
            self.sim.stdin.close()
            self.sim.stdout.close()
        self.listener.close()
        for link in getattr(self, "links", []):
            link.sock.close()
        shutil.rmtree(self.directory)

    def start(self, *options):
        command = [SIM, "--socket", self.path, "--stdin", "--epoch=e", "--tick=0", *options]
        self.sim = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.events = Lines(self.sim.stdout.fileno())
        self.links = []

    def accept(self, **welcome):
        self.links.append(Link(self.listener.accept()[0], **welcome))
        return self.links[-1]

    def tell(self, *commands):
        self.sim.stdin.write("".join(c + "\n" for c in commands).encode())
        self.sim.stdin.flush()

    def event(self, beginning):
        while True:
            line = self.events.next()
            self.assertTrue(line, f"no event {beginning}")
            if line.startswith(beginning):
                return line

    def alice(self, *commands, options=()):
        """A driver with alice connected, told these commands."""
        self.start(*options)
        link = self.accept()
        link.snapshot()
        self.tell("connect alice", *commands)
        session = link.until("session")
        self.event("up")
        self.tell("list")
        self.event("session")  # so all before it has been done
        return link, session

    def gone(self, link, session):
        gone = link.until("gone")
        self.assertEqual((gone["id"], gone["start"]), (session["id"], session["start"]))
        return gone

    def reply(self, link, result):
        reply = link.until("reply")
        self.assertEqual((reply["order"], reply["result"]), (link.orders, result))
        return reply

    # ---- sessions ----

    def test_users_are_there_from_the_start_with_their_names(self):
        self.start("--users=3", "--ports=5", "--names=p##x")
        link = self.accept()
        self.assertEqual(link.hello["ports"], 5)
        self.assertEqual([s["user"] for s in link.snapshot()], ["p01x", "p02x", "p03x"])

    def test_multilink_users_have_several_sessions_in_one_bundle(self):
        self.start("--users=3", "--multilink=2:3")
        sessions = self.accept().snapshot()
        self.assertEqual([s["user"] for s in sessions], ["user0001"] * 3 + ["user0002"] * 3 + ["user0003"])
        self.assertEqual(len({s["bundle"] for s in sessions[:3]}), 1)
        self.assertNotIn("bundle", sessions[6])

    def test_session_kind_has_one_connection_for_each_session(self):
        self.start("--kind=session", "--users=2")
        users = set()
        for _ in range(2):
            link = self.accept()
            self.assertEqual(link.hello["kind"], "session")
            users.add(link.until("session")["user"])
        self.assertEqual(users, {"user0001", "user0002"})

    def test_connect_takes_all_its_members(self):
        link, _ = self.alice()
        self.tell('connect "b\\xff\\"o b" id=i start=5 caller="a b" bundle=x state=authenticating')
        session = link.until("session")
        self.assertEqual(bytes.fromhex(session["user_raw"]), b'b\xff"o b')
        self.assertEqual((session["id"], session["start"], session["caller"], session["bundle"], session["state"]),
                         ("i", 5, "a b", "x", "authenticating"))

    def test_state_bytes_drop_and_swap(self):
        link, session = self.alice("state alice authenticating")
        self.assertEqual(link.until("session")["state"], "authenticating")
        self.tell("bytes alice 5000000000 7")
        self.assertEqual(link.until("counters")["counters"], {"bytes_in": 5000000000, "bytes_out": 7})
        self.tell("swap alice carol")
        self.gone(link, session)
        carol = link.until("session")
        self.assertEqual(carol["user"], "carol")
        self.assertNotEqual(carol["id"], session["id"])
        self.tell("drop carol")
        self.gone(link, carol)

    def test_churn_replaces_sessions_in_the_same_way_for_the_same_seed(self):
        runs = []
        for _ in range(2):
            self.start("--users=20", "--churn=200", "--seed=7")
            link = self.accept()
            runs.append([self.event("gone").split()[1] for _ in range(30)])
            self.sim.kill()
            self.sim.wait()
            self.sim.stdin.close()
            self.sim.stdout.close()
            link.sock.close()
        self.assertEqual(runs[0], runs[1])

    def test_counters_move(self):
        self.start("--users=1", "--tick=20ms")
        link = self.accept()
        first = link.snapshot()[0]["counters"].get("bytes_in", 0)
        link.send({"type": "stats"})
        self.assertGreater(link.until("counters")["counters"]["bytes_in"], first)

    def test_fixed_ports_are_a_limit(self):
        self.start("--ports=1", "--users=1", "--control", self.path + ".control")
        self.accept()
        self.event("ready")
        control = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        control.connect(self.path + ".control")
        answers = Lines(control.fileno())
        for command, answer in ((b"connect bob\n", "error: connect: no port is free"), (b"swap user0001 bob\n", "ok"),
                                (b"nonsense\n", "error: nonsense: no such command"), (b"drop\n", "error: drop: wrong use"),
                                (b"drop nobody\n", "error: drop: there is none"), (b'connect "x\n', "error: line: wrong use"),
                                (b"# nothing\n", "ok"), (b"behave refuse\n", "error: behave: wrong use"),
                                (b"behave slow-gone soon\n", "error: behave: wrong use")):
            control.sendall(command)
            self.assertTrue(answers.next().startswith(answer), command)
        control.close()

    # ---- orders ----

    def test_accept_ends_the_session_and_says_that_the_client_heard(self):
        link, session = self.alice()
        link.order(session)
        self.reply(link, "accepted")
        self.assertEqual(self.gone(link, session)["client_told"], "yes")

    def test_refuse_says_why_and_the_session_stays(self):
        link, session = self.alice('behave refuse "not today"')
        link.order(session)
        self.assertEqual(self.reply(link, "refused")["text"], "not today")
        self.assertTrue(link.nothing_came())

    def test_silent_and_lie_and_no_such_session(self):
        link, session = self.alice("behave silent")
        link.order(session)
        self.event("order 1")
        self.assertTrue(link.nothing_came())
        for mode, result in (("lie", "accepted"), ("no-such-session", "no-such-session")):
            self.tell(f"behave {mode}", "list")
            self.event("session")
            link.order(session)
            self.reply(link, result)
            self.assertTrue(link.nothing_came())

    def test_hard_only_ends_it_the_second_time(self):
        link, session = self.alice("behave hard-only")
        link.order(session)
        self.reply(link, "accepted")
        self.assertTrue(link.nothing_came())
        link.order(session, hard=True)
        self.reply(link, "accepted")
        self.assertEqual(self.gone(link, session)["client_told"], "no")

    def test_slow_accept_and_slow_gone_come_late(self):
        link, session = self.alice("behave slow-accept 300ms once", "behave slow-gone 300ms for bob", "connect bob")
        bob = link.until("session")
        begin = time.monotonic()
        link.order(session)
        self.reply(link, "accepted")
        self.assertGreaterEqual(time.monotonic() - begin, 0.29)
        self.gone(link, session)
        begin = time.monotonic()
        link.order(bob)
        self.reply(link, "accepted")
        self.gone(link, bob)
        self.assertGreaterEqual(time.monotonic() - begin, 0.29)

    def test_reconnecting_user_is_back_with_another_or_the_same_id(self):
        link, session = self.alice("behave reconnect-new")
        link.order(session)
        self.gone(link, session)
        second = link.until("session")
        self.assertNotEqual(second["id"], session["id"])
        self.tell("behave reconnect-same", "list")
        self.event("session")
        link.order(second)
        self.gone(link, second)
        third = link.until("session")
        self.assertEqual((third["id"], third["user"]), (second["id"], "alice"))
        self.assertGreater(third["start"], second["start"])

    def test_swap_on_order_leaves_carol_alone(self):
        link, session = self.alice("behave swap carol")
        link.order(session)
        self.gone(link, session)
        self.assertEqual(link.until("session")["user"], "carol")
        self.reply(link, "no-such-session")
        self.assertTrue(link.nothing_came())

    def test_hold_waits_before_the_check_and_before_the_end(self):
        link, session = self.alice("behave hold")
        link.order(session)
        self.event("order 1")
        self.assertTrue(link.nothing_came())
        self.tell("release")
        self.reply(link, "accepted")
        self.assertTrue(link.nothing_came())
        self.tell("swap alice carol", "release")
        self.gone(link, session)
        self.event("missed " + session["id"])
        self.assertEqual(link.until("session")["user"], "carol")
        self.assertTrue(link.nothing_came())

    def test_garbage_overlong_hang_and_die(self):
        link, session = self.alice("garbage")
        self.assertRaises(ValueError, json.loads, link.lines.next())
        self.tell("overlong")
        link.lines.next(0.2)
        self.assertTrue(b"\n" not in link.lines.pending)
        self.tell("hang 0")
        link.send({"type": "ping", "n": 1})
        self.assertIsNone(link.lines.next(0.3))
        self.sim.kill()
        self.sim.wait()
        self.assertEqual(self.sim.returncode, -signal.SIGKILL)

    def test_die_on_order_is_the_end_without_a_word(self):
        link, session = self.alice("behave die")
        link.order(session)
        self.assertEqual(link.next(), "")
        self.assertEqual(self.sim.wait(PATIENCE), 3)

    # ---- health and keep-outs ----

    def test_daemon_that_is_down_tells_everything_again(self):
        link, session = self.alice("behave down \"no way in\"")
        self.assertEqual(link.until("health"), {"type": "health", "state": "down", "text": "no way in"})
        self.tell("connect bob", "behave degraded \"half\"")
        self.assertEqual(link.until("health"), {"type": "health", "state": "degraded", "text": "half"})
        self.assertEqual([s["user"] for s in link.snapshot()], ["alice", "bob"])
        self.tell("behave ok")
        self.assertEqual(link.until("health"), {"type": "health", "state": "ok"})

    def keep_out(self, how, user="bob"):
        """The link, the answer to a keep-out, and whether the user comes in."""
        link, _ = self.alice("keep-outs " + how)
        link.send({"type": "keep-out", "n": 9, "user": user, "until": int(time.time()) + 600})
        answer = None if how == "silent" else link.until("keep-out-reply")
        if how == "silent":
            link.send({"type": "ping", "n": 1})
            link.until("pong")
        self.tell("connect " + user)
        return link, answer

    def test_user_who_is_kept_out_is_refused_at_log_on(self):
        link, answer = self.keep_out("refused")
        self.assertEqual((answer["n"], answer["result"]), (9, "taken"))
        self.assertEqual((link.until("kept-out")["user"]), "bob")
        link.send({"type": "keep-out-lift", "n": 9})
        link.send({"type": "ping", "n": 1})
        link.until("pong")
        self.tell("connect bob auth=certificate")
        self.assertEqual(link.until("session")["auth"], "certificate")

    def test_driver_may_decline_lie_or_be_silent_and_lets_the_user_in(self):
        for how, result in (("declined", "refused"), ("lie", "taken"), ("silent", None)):
            with self.subTest(how):
                link, answer = self.keep_out(how)
                self.assertEqual(answer and answer["result"], result)
                self.assertEqual(link.until("session")["user"], "bob")
                self.tearDown()
                self.setUp()

    def test_driver_without_keep_outs_does_not_offer_them(self):
        self.start("--keep-outs=none")
        self.assertNotIn("keep-out", self.accept().hello["capabilities"])

    # ---- admission ----

    def knocker(self, *options):
        """A link over which bob, who stands outside, was asked for."""
        self.start(*options)
        link = self.accept(admission=True)
        self.assertIn("admission", link.hello["capabilities"])
        link.snapshot()
        self.tell("connect bob auth=certificate")
        ask = link.until("admission-ask")
        self.assertEqual((ask["n"], ask["user"]), (1, "bob"))
        self.event("asked 1 bob")
        self.assertTrue(link.nothing_came())
        return link

    def test_who_was_asked_for_comes_in_when_he_is_admitted(self):
        link = self.knocker("--admission=ask")
        link.send({"type": "admission", "n": 1, "result": "permit"})
        session = link.until("session")
        self.assertEqual((session["user"], session["auth"]), ("bob", "certificate"))
        self.event("admitted 1 bob")

    def test_who_was_refused_stays_outside_unless_the_daemon_ignores_it(self):
        for how, comes in (("ask", False), ("ignore", True)):
            with self.subTest(how):
                link = self.knocker("--admission=" + how)
                link.send({"type": "admission", "n": 1, "result": "refuse", "text": "not today"})
                self.event("not-admitted 1 bob not today")
                self.assertEqual(not link.nothing_came(), comes)
                self.tearDown()
                self.setUp()

    def test_who_waits_when_the_connection_ends_is_decided_about_alone(self):
        for how, users in (("permit", ["bob", "carol"]), ("refuse", [])):
            with self.subTest(how):
                link = self.knocker("--admission=ask", "--no-answer=" + how)
                link.sock.close()
                self.event("unanswered 1 bob")
                self.tell("connect carol")  # and so is who comes meanwhile
                came = [s["user"] for s in self.accept(admission=True).snapshot()]
                self.assertEqual(came, users)
                self.tearDown()
                self.setUp()

    # ---- the connection, the script, the end ----

    def test_sessions_live_while_the_driver_is_disconnected(self):
        link, session = self.alice("disconnect-driver")
        self.assertEqual(link.next(), "")
        self.tell("connect bob", "connect-driver")
        self.assertEqual([s["user"] for s in self.accept().snapshot()], ["alice", "bob"])

    def test_script_sleeps_and_waits_for_events(self):
        script = os.path.join(self.directory, "script")
        with open(script, "w", encoding="utf-8") as f:
            f.write("wait welcome\nsleep 10ms\nconnect alice\nwait order\nconnect bob\n# the end\nquit\n")
        self.start("--script", script)
        link = self.accept()
        link.snapshot()
        alice = link.until("session")
        link.order(alice)
        self.gone(link, alice)
        self.assertEqual(link.until("session")["user"], "bob")
        self.assertEqual(self.sim.wait(PATIENCE), 0)

    def test_help_says_what_it_is_and_every_command(self):
        text = subprocess.run([SIM, "--help"], stdout=subprocess.PIPE, text=True, check=True).stdout
        self.assertIn("for tests and load", text)
        for word in ("connect USER", "swap USER OTHER", "behave MODE", "release", "disconnect-driver", "--churn", "--multilink"):
            self.assertIn(word, re.sub(r"\s+", " ", text))


if __name__ == "__main__":
    unittest.main(verbosity=2)
