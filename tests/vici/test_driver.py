#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""rras-vici as a whole, with a charon and an rrasd that are played here: slow lists, stuck commands, silence, restarts, many sessions.

    test_driver.py RRAS-VICI
"""
import os
import socket
import struct
import sys
import threading
import time
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests", "lib"))

from charon import parse
from scope import Scope, wait_until
from standin import Standin

DRIVER = sys.argv.pop(1)


def encode(message):
    """dicts, lists and strings as a vici message."""
    out = b""
    for key, value in message.items():
        name = bytes([len(key)]) + key.encode()
        if isinstance(value, dict):
            out += b"\x01" + name + encode(value) + b"\x02"
        elif isinstance(value, list):
            out += b"\x04" + name + b"".join(b"\x05" + struct.pack(">H", len(i)) + i.encode() for i in value) + b"\x06"
        else:
            data = value if isinstance(value, bytes) else str(value).encode()
            out += b"\x03" + name + struct.pack(">H", len(data)) + data
    return out


def sa(uid, user="alice", **more):
    spi = f"{0xabc0000 + uid:016x}"
    return {"ra": {"uniqueid": uid, "version": 2, "state": "ESTABLISHED", "remote-host": "198.51.100.7", "remote-port": 4500, "remote-id": user,
                   "initiator-spi": spi, "responder-spi": spi, "established": 10, "remote-vips": ["10.98.0.1"],
                   "child-sas": {f"net-{uid}": {"uniqueid": uid, "bytes-in": 100, "bytes-out": 200, "packets-in": 1, "packets-out": 2}}, **more}}


class Charon:
    """Listens on `path`; `sas` are those that it lists, by unique id."""

    def __init__(self, path, *sas):
        self.path, self.lock = path, threading.Lock()
        self.sas = {s["ra"]["uniqueid"]: s for s in sas}
        self.requests, self.connections, self.threads = [], [], []
        self.frozen = threading.Event()    # cleared: it does not answer anything
        self.frozen.set()
        self.slow = {}                     # name of a request -> event that it waits for
        self.ends = True                   # terminate ends the session, with events
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(16)
        self._thread(self._accept)

    def _thread(self, function, *args):
        t = threading.Thread(target=function, args=args, daemon=True)
        self.threads.append(t)
        t.start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with self.lock:
                self.connections.append((connection, set()))
            self._thread(self._serve, *self.connections[-1])

    def _serve(self, connection, events):
        rest = b""
        try:
            while data := connection.recv(65536):
                rest += data
                while len(rest) >= 4 and len(rest) >= 4 + (n := struct.unpack_from(">I", rest)[0]):
                    packet, rest = rest[4:4 + n], rest[4 + n:]
                    self._answer(connection, events, packet)
        except OSError:
            pass

    def _send(self, connection, kind, name=None, message=None):
        body = bytes([kind]) + (bytes([len(name)]) + name.encode() if name else b"") + encode(message or {})
        with self.lock:
            connection.sendall(struct.pack(">I", len(body)) + body)

    def _answer(self, connection, events, packet):
        name, arguments = packet[2:2 + packet[1]].decode(), parse(packet[2 + packet[1]:])
        self.requests.append((name, arguments))
        self.frozen.wait()
        if packet[0] == 3:
            events.add(name)
            self._send(connection, 5)
            return
        key = name + (" one" if "ike-id" in arguments else "")
        if key in self.slow:
            self.slow[key].wait()
        if name == "list-sas":
            wanted = arguments.get("ike-id")
            for uid, s in list(self.sas.items()):
                if wanted in (None, str(uid)):
                    self._send(connection, 7, "list-sa", s)
            self._send(connection, 1)
        elif name == "list-conns":
            self._send(connection, 7, "list-conn", {"ra": {"remote-1": {"class": "EAP", "eap-type": "EAP_TLS"}}})
            self._send(connection, 1)
        elif name == "terminate":
            self._terminate(connection, int(arguments["ike-id"]))
        else:
            self._send(connection, 1, None, {"version": "5.9.8"})

    def _terminate(self, connection, uid):
        if uid not in self.sas:
            self._send(connection, 1, None, {"success": "no", "matches": 0, "errmsg": "no matching SAs to terminate found"})
            return
        self._send(connection, 1, None, {"success": "yes", "matches": 1, "terminated": 1})
        if self.ends:
            self.end_sa(uid)

    def event(self, name, message):
        for connection, events in self.connections:
            if name in events:
                try:
                    self._send(connection, 7, name, message)
                except OSError:
                    pass  # one that the driver has given up

    def add(self, s):
        self.sas[s["ra"]["uniqueid"]] = s
        self.event("ike-updown", {"up": "yes", **s})

    def end_sa(self, uid):
        s = self.sas.pop(uid)
        going = {"ra": {**s["ra"], "state": "DELETING", "tasks-active": ["IKE_DELETE"]}}
        self.event("ike-updown", going)
        self.event("child-updown", going)

    def rekey(self, old, new):
        was = self.sas.pop(old)
        s = sa(new, was["ra"]["remote-id"], **{"child-sas": was["ra"]["child-sas"]})
        self.sas[new] = s
        self.event("ike-rekey", {"ra": {"old": was["ra"], "new": s["ra"]}})

    def asked(self, name):
        return [a for n, a in self.requests if n == name]

    def close(self):
        self.frozen.set()
        for event in self.slow.values():
            event.set()
        for s in (self.listener, *(c for c, _ in self.connections)):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            s.close()
        for t in self.threads:
            t.join(5)
        if os.path.exists(self.path):
            os.unlink(self.path)


class DriverTest(unittest.TestCase):
    def setUp(self):
        self.scope = Scope()
        self.scope.__enter__()
        self.addCleanup(self.scope.__exit__, None, None, None)
        self.path = self.scope.path("vici")
        self.charon = self.driver = None
        self.rrasd = Standin(self.scope.path("driver.sock"))
        self.scope.callback(lambda: self.rrasd.closed or self.rrasd.close())

    def start_charon(self, *sas):
        self.charon = Charon(self.path, *sas)
        self.scope.callback(self.charon.close)
        return self.charon

    def start_driver(self, *options):
        self.driver = self.scope.start(DRIVER, "--vici", self.path, "--socket", self.rrasd.path, "-v", "-v", *options, log="driver")

    def begin(self, *sas, options=()):
        self.start_charon(*sas)
        self.start_driver(*options)
        self.rrasd.wait_online()

    def health(self, pattern):
        def probe(s):
            said = [m.get("health", m) for m in s.history if m["type"] in ("hello", "health") and ("health" in m or m["type"] == "health")]
            return said and pattern in said[-1].get("text", "") and said[-1]
        return self.rrasd.wait(f"health {pattern}", probe)

    @staticmethod
    def text(path):
        try:
            with open(path) as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def told(self, kind):
        return [m for m in self.rrasd.history if m["type"] == kind]

    # what is shown

    def test_a_session_is_shown_with_all_that_charon_tells(self):
        self.begin(sa(7))
        s = self.rrasd.wait_user("alice")
        self.assertEqual(s["id"], "7:000000000abc0007_000000000abc0007")
        self.assertEqual((s["client_address"], s["tunnel_address4"]), ("198.51.100.7:4500", "10.98.0.1"))
        self.assertEqual(s["auth"], "eap-tls")
        self.assertEqual(s["counters"]["bytes_out"], 200)
        hello = self.told("hello")[0]
        self.assertEqual((hello["driver"], hello["device_type"]), ("strongswan", "ikev2"))

    def test_a_name_that_is_not_utf8_travels_as_it_is(self):
        self.begin(sa(7, b"al\xff\x1bice"))
        s = self.rrasd.wait("her session", lambda r: list(r.sessions.values()))[0]
        self.assertEqual(s["user_raw"].lower(), "616cff1b696365")

    def test_a_long_name_is_cut_between_two_characters(self):
        self.begin(sa(7, "x" + "\u00e9" * 600))
        s = self.rrasd.wait("her session", lambda r: list(r.sessions.values()))[0]
        self.assertEqual(s["user"], "x" + "\u00e9" * 255)

    def test_a_thousand_sessions_are_shown_and_ended(self):
        self.begin(*(sa(i, f"user{i}") for i in range(1, 1001)))
        self.rrasd.wait("all of them", lambda r: len(r.sessions) == 1000)
        orders = [self.rrasd.disconnect(s) for s in list(self.rrasd.sessions.values())]
        self.rrasd.wait("all gone", lambda r: not r.sessions)
        self.assertEqual({self.rrasd.wait_reply(o)["result"] for o in orders}, {"accepted"})
        self.assertEqual(sorted(int(a["ike-id"]) for a in self.charon.asked("terminate")), list(range(1, 1001)))

    def test_a_slow_list_is_waited_for_and_events_come_meanwhile(self):
        charon = self.start_charon(sa(1), sa(2, "bob"))
        charon.slow["list-sas"] = threading.Event()
        self.start_driver()
        wait_until("the list asked for", lambda: charon.asked("list-sas"))
        charon.add(sa(3, "carol"))
        self.assertFalse(self.rrasd.snapshot)
        charon.slow["list-sas"].set()
        self.rrasd.wait("all three", lambda r: r.snapshot and len(r.sessions) == 3)

    # rekeying, and the driver's own restart

    def test_a_rekeyed_session_keeps_its_identity_over_a_restart_of_the_driver(self):
        state = self.scope.path("state")
        self.begin(sa(1), options=("--state-file", state))
        before = self.rrasd.wait_user("alice")
        self.charon.rekey(1, 5)
        wait_until("it remembered", lambda: '",5,' in self.text(state))
        self.driver.end()
        self.rrasd.wait_offline()
        self.charon.rekey(5, 9)  # and nobody watches
        self.start_driver("--state-file", state)
        self.rrasd.wait_online()
        after = self.rrasd.wait_user("alice")
        self.assertEqual((after["id"], after["start"]), (before["id"], before["start"]))
        order = self.rrasd.disconnect(after)
        self.rrasd.wait_gone(after)
        self.assertEqual(self.rrasd.wait_reply(order)["result"], "accepted")
        self.assertEqual([a["ike-id"] for a in self.charon.asked("terminate")], ["9"])

    def test_the_state_file_is_for_this_user_only(self):
        state = self.scope.path("state")
        self.begin(sa(1), options=("--state-file", state))
        wait_until("it written", lambda: os.path.exists(state))
        self.assertEqual(os.stat(state).st_mode & 0o777, 0o600)

    def test_another_charon_has_other_sessions_though_the_numbers_are_the_same(self):
        self.begin(sa(1), options=("--state-file", self.scope.path("state")))
        before = self.rrasd.wait_user("alice")
        self.charon.close()
        self.health("is not there")
        other = sa(1, "mallory", **{"initiator-spi": "00000000deadbeef"})
        self.start_charon(other)
        after = self.rrasd.wait_user("mallory")
        self.assertNotEqual(after["id"], before["id"])
        order = self.rrasd.disconnect(before)
        self.assertEqual(self.rrasd.wait_reply(order)["result"], "no-such-session")
        self.assertEqual(self.charon.asked("terminate"), [])

    # orders

    def test_the_check_sees_somebody_else_with_her_number(self):
        self.begin(sa(1, state="DELETING"))  # on her way out: what becomes of her IKE_SA is not certain
        alice = dict(self.rrasd.wait("alice leaving", lambda r: list(r.sessions.values()))[0])
        wait_until("a listing", lambda: self.charon.asked("list-sas"))
        self.charon.slow["list-sas"] = threading.Event()  # the driver goes on to believe what it knows
        self.charon.sas[1] = sa(1, "carol", **{"initiator-spi": "00000000deadbeef"})
        order = self.rrasd.disconnect(alice, hard=True)
        self.assertNotEqual(self.rrasd.wait_reply(order)["result"], "accepted")
        self.assertEqual(self.charon.asked("terminate"), [])

    def test_a_stuck_command_does_not_hold_up_the_next_order(self):
        self.begin(sa(1), sa(2, "bob"))
        alice, bob = self.rrasd.wait_user("alice"), self.rrasd.wait_user("bob")
        self.charon.slow["terminate one"] = stuck = threading.Event()
        first = self.rrasd.disconnect(alice)
        wait_until("it asked", lambda: self.charon.asked("terminate"))
        del self.charon.slow["terminate one"]
        time.sleep(0.8)  # until the lane is known to be stuck
        second = self.rrasd.disconnect(bob)
        self.assertEqual(self.rrasd.wait_reply(second)["result"], "accepted")
        self.rrasd.wait_gone(bob)
        self.assertEqual(self.rrasd.replies(first), [])  # nobody knows: no answer
        stuck.set()
        self.rrasd.wait_gone(alice)

    def test_a_peer_that_is_dead_holds_up_nobody_and_is_ended_hard(self):
        self.begin(sa(1))
        alice = self.rrasd.wait_user("alice")
        self.charon.ends = False  # it retransmits
        order = self.rrasd.disconnect(alice)
        self.assertEqual(self.rrasd.wait_reply(order)["result"], "accepted")
        self.assertEqual(self.charon.asked("terminate")[-1], {"ike-id": "1", "timeout": "-1"})
        self.charon.ends = True
        order = self.rrasd.disconnect(alice, hard=True)
        self.assertEqual(self.rrasd.wait_reply(order)["result"], "accepted")
        self.assertEqual(self.rrasd.wait_gone(alice)["client_told"], "unknown")
        self.assertEqual(self.charon.asked("terminate")[-1], {"ike-id": "1", "timeout": "-1", "force": "yes"})

    def test_a_kept_out_user_is_refused_with_the_reason(self):
        self.begin(sa(1))
        self.rrasd.send({"type": "keep-out", "n": 4, "user": "alice", "until": int(time.time()) + 600})
        reply = self.rrasd.wait("the answer", lambda r: [m for m in r.messages if m["type"] == "keep-out-reply"])[0]
        self.assertEqual((reply["n"], reply["result"]), (4, "refused"))
        self.assertIn("asks nobody at log-on", reply["text"])

    # how charon is

    def test_a_charon_that_is_not_there_is_told_with_the_reason(self):
        self.start_driver()
        self.assertIn("is not there: is charon running", self.health("is not there")["text"])
        self.start_charon(sa(1))
        self.rrasd.wait_user("alice")

    def test_a_charon_that_does_not_answer_is_told_and_found_again(self):
        self.begin(sa(1), options=("--command-timeout", "1s"))
        alice = self.rrasd.wait_user("alice")
        self.charon.frozen.clear()
        self.rrasd.disconnect(alice)  # charon has it, and may do it yet: no answer, and the order stands
        self.health("has not answered")
        connections = len(self.charon.connections)
        time.sleep(1)
        self.assertLess(len(self.charon.connections), connections + 3)  # it waits, and does not knock again and again
        self.charon.frozen.set()
        self.charon.add(sa(2, "bob"))
        self.rrasd.wait_user("bob")
        self.rrasd.wait("alice gone", lambda r: not r.of("alice"))
        self.assertEqual([m for m in self.rrasd.messages if m["type"] == "reply"], [])
        self.assertEqual([t["ike-id"] for t in self.charon.asked("terminate")], ["1"])

    def test_a_list_that_is_stuck_is_told_but_charon_is_there(self):
        self.begin(sa(1), options=("--command-timeout", "1s"))
        self.charon.slow["list-sas"] = stuck = threading.Event()
        self.assertEqual(self.health("does not finish its list")["state"], "degraded")
        self.charon.add(sa(2, "bob"))
        bob = self.rrasd.wait_user("bob")
        order = self.rrasd.disconnect(bob)
        self.assertEqual(self.rrasd.wait_reply(order)["result"], "accepted")
        stuck.set()
        self.rrasd.wait("it well again", lambda r: [m for m in r.history if m["type"] == "health"][-1]["state"] == "ok")

    def test_a_hostile_peer_is_left_alone(self):
        for answer in (b"HTTP/1.1 400 Bad Request\r\n", b"\xff\xff\xff\xff", struct.pack(">I", 6) + b"\x07\x09abcd", struct.pack(">I", 1) + b"\x01",
                       struct.pack(">I", 4) + b"\x05\x01\x01s", b"\0\0\0\0" * 1000):
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(self.path)
            listener.listen(4)
            self.start_driver()
            connection, _ = listener.accept()
            connection.settimeout(30)
            connection.sendall(answer)
            try:
                while connection.recv(65536):
                    pass
            except ConnectionResetError:
                pass
            self.driver.wait_log("vici: ")
            self.assertTrue(self.driver.alive())
            connection.close()
            listener.close()
            os.unlink(self.path)
            self.driver.end()
            self.rrasd.wait_offline()

    def test_nothing_is_asked_when_nobody_wants_to_know(self):
        self.begin(sa(1))
        self.rrasd.wait_user("alice")
        self.rrasd.close()
        time.sleep(0.3)
        before = len(self.charon.requests)
        cpu = self.cpu()
        time.sleep(1.5)
        self.assertEqual(len(self.charon.requests), before)
        self.assertLessEqual(self.cpu() - cpu, 5)  # ticks of 10 ms: it looks for its rrasd

    def cpu(self):
        with open(f"/proc/{self.driver.pid}/stat") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])


if __name__ == "__main__":
    unittest.main(verbosity=1)
