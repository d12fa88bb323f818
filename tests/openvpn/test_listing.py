#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""rras-openvpn and a list of clients that can't be read in part. openvpn and rrasd are played here.

    test_listing.py RRAS-OPENVPN
"""
import os
import socket
import sys
import threading
import time
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests", "lib"))

from scope import Scope, wait_until
from standin import Standin

DRIVER = sys.argv.pop(1)
HEADER = ("HEADER\tCLIENT_LIST\tCommon Name\tReal Address\tVirtual Address\tVirtual IPv6 Address\tBytes Received\tBytes Sent\t"
          "Connected Since\tConnected Since (time_t)\tUsername\tClient ID\tPeer ID\tData Channel Cipher")
UP = "100,CONNECTED,SUCCESS,10.88.0.1,,,,"
UNREADABLE = "CLIENT_LIST\tmallory\t10.77.6.6:5000\t10.88.0.6\t\t1\t1\tx\t100\t" + "m" * 400  # as openvpn cuts it


def row(name, cid):
    return f"CLIENT_LIST\t{name}\t10.77.{cid}.2:5000\t10.88.0.{cid}\t\t1\t1\tx\t100\tUNDEF\t{cid}\t{cid}\tAES-256-GCM"


class Openvpn:
    """A management socket. `rows` is the list, `once` what stands in its place in the very next one."""

    def __init__(self, path, *rows):
        self.rows, self.once, self.listed, self.halted = list(rows), None, 0, []
        self.delay = 0        # seconds that a list takes
        self.busy = False     # somebody comes in before every list
        self.refuses = False  # to list anybody
        self.up = True
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(1)
        self.connection = None
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _list(self):
        rows, self.once = self.once if self.once is not None else self.rows, None
        self.listed += 1
        time.sleep(self.delay)
        return [*([">CLIENT:ESTABLISHED,1"] if self.busy else []), "TIME\tnow\t200", HEADER, *rows, "END"]

    def _answer(self, command):
        if command == "status 3":
            return ["ERROR: not\x1bnow"] if self.refuses else self._list()
        if command == "state":
            return [UP if self.up else "100,ASSIGN_IP,,10.88.0.1,,,,", "END"]
        if command.startswith("client-kill"):
            self.halted.append(command)
        return ["SUCCESS: pid=4711" if command == "pid" else "SUCCESS: done"]

    def _serve(self):
        try:
            self.connection, _ = self.listener.accept()
            self.connection.sendall(b">INFO:OpenVPN Management Interface\r\n")
            with self.connection.makefile("r") as commands:
                for command in commands:
                    self.connection.sendall("".join(f"{line}\r\n" for line in self._answer(command.strip())).encode())
        except OSError:
            pass  # the driver has hung up: it ends first

    def comes_up(self):
        self.up = True
        self.connection.sendall(f">STATE:{UP}\r\n".encode())

    def wait_listed(self, times):
        """Until it has listed its clients so many times from now on, and the driver has read all but the last."""
        end = self.listed + times + 1
        wait_until(f"{times} more lists", lambda: self.listed >= end)

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        if self.connection:
            self.connection.close()
        self.thread.join(5)


class Listing(unittest.TestCase):
    def setUp(self):
        self.scope = self.enterContext(Scope())

    def begin_openvpn(self, *rows):
        self.openvpn = Openvpn(self.scope.path("openvpn.sock"), *rows)
        self.scope.callback(self.openvpn.close)

    def begin_driver(self, *options):
        self.rrasd = Standin(self.scope.path("driver.sock"))
        self.scope.callback(self.rrasd.close)
        self.driver = self.scope.start(DRIVER, "--management", self.scope.path("openvpn.sock"), "--socket", self.rrasd.path,
                                       "--poll", "100ms", *options, log="driver")

    def world(self, *rows, once=None, options=()):
        self.begin_openvpn(*rows)
        self.openvpn.once = once
        self.begin_driver(*options)
        self.rrasd.wait_online()

    def troubles(self):
        """What it has said of openvpn that rrasd remembers as a trouble."""
        healths = [m if m["type"] == "health" else m.get("health", {}) for m in self.rrasd.history if m["type"] in ("hello", "health")]
        return [h["text"] for h in healths if h.get("text")]

    def gone(self):
        return [m["id"] for m in self.rrasd.history if m["type"] == "gone"]

    def test_a_row_that_can_not_be_read_once_ends_nobody(self):
        self.world(row("alice", 1), row("bob", 2))
        alice = self.rrasd.wait_user("alice")
        for rows in ([UNREADABLE, row("bob", 2)], [UNREADABLE], ["CLIENT_LIST"], [row("a\tb", 1), row("bob", 2)]):
            self.openvpn.once = rows
            self.openvpn.wait_listed(2)
            self.assertEqual(self.gone(), [], rows)
        self.assertRegex(self.driver.log(), "clients of openvpn can't be shown")
        self.assertEqual(self.rrasd.wait_user("alice")["id"], alice["id"])
        self.assertEqual(self.rrasd.wait_reply(self.rrasd.disconnect(alice))["result"], "accepted")
        self.assertEqual(self.openvpn.halted, ["client-kill 1 HALT"])

    def test_a_row_that_can_never_be_read_does_not_keep_those_who_leave(self):
        self.world(row("alice", 1), row("bob", 2), UNREADABLE)
        alice, bob = self.rrasd.wait_user("alice"), self.rrasd.wait_user("bob")
        self.openvpn.rows = [row("bob", 2), UNREADABLE]
        gone = self.rrasd.wait_gone(alice)
        self.assertIn("as far as its list can be read", gone["reason"])
        self.driver.wait_log("1 sessions are taken for gone")
        self.assertEqual(self.rrasd.wait_reply(self.rrasd.disconnect(bob))["result"], "accepted")
        self.openvpn.rows = [UNREADABLE]
        self.rrasd.wait_gone(bob)
        self.openvpn.rows = [row("carol", 3)]
        self.rrasd.wait_user("carol")
        self.openvpn.rows = []
        self.rrasd.wait("carol gone", lambda s: not s.sessions)
        self.assertEqual([m["reason"] for m in self.rrasd.history if m["type"] == "gone"][-1], "openvpn has ended it")

    def test_the_snapshot_does_not_leave_out_who_could_not_be_read_at_first(self):
        self.world(row("alice", 1), row("bob", 2), once=[UNREADABLE, row("bob", 2)])
        with self.rrasd.condition:
            before_end = self.rrasd.history[:[m["type"] for m in self.rrasd.history].index("snapshot-end")]
        self.assertEqual(sorted(m["user"] for m in before_end if m["type"] == "session"), ["alice", "bob"])

    def test_a_user_with_the_longest_name_that_can_be_listed_is_shown_and_disconnected(self):
        name = "m" * 400
        self.world(row(name, 1))
        session = self.rrasd.wait_user(name)
        self.assertEqual(self.rrasd.wait_reply(self.rrasd.disconnect(session))["result"], "accepted")

    def test_who_has_been_let_in_is_known_though_the_row_can_not_be_read_at_first(self):
        self.world(row("alice", 1))
        carol = row("carol", 3).replace("\tx\t100\t", "\tx\t199\t").replace("10.88.0.3", "")  # new, and on a bridge without a pool
        self.openvpn.rows = [row("alice", 1), carol]
        self.openvpn.once = [">CLIENT:ESTABLISHED,3", row("alice", 1), UNREADABLE]  # openvpn says this at any time
        self.rrasd.wait_user("carol")

    def test_an_openvpn_that_is_never_without_a_command_does_not_hang(self):
        self.world(row("alice", 1), options=("--command-timeout", "2s"))
        self.openvpn.delay, self.openvpn.busy = 0.2, True
        self.openvpn.wait_listed(20)  # each in time, and the next one is asked for before the driver is idle
        self.assertNotIn("has not answered", self.driver.log())
        self.assertEqual(self.rrasd.connections, 1)

    def test_to_connect_and_to_read_the_list_is_no_trouble(self):
        self.world(row("alice", 1))
        self.rrasd.wait_user("alice")
        self.assertEqual(self.troubles(), [])

    def test_a_trouble_is_over_as_soon_as_openvpn_is_there(self):
        self.begin_driver()
        self.rrasd.wait_down("is openvpn running")
        self.begin_openvpn(row("alice", 1))
        self.openvpn.up = False
        self.rrasd.wait("an openvpn of which nothing is said", lambda s: s.down and not s.health.get("text"))
        before = self.troubles()
        self.openvpn.comes_up()
        self.rrasd.wait_user("alice")
        self.assertEqual(self.troubles(), before)

    def test_an_openvpn_that_does_not_list_its_clients_is_away(self):
        self.world(row("alice", 1))
        self.rrasd.wait_user("alice")
        self.openvpn.refuses = True
        self.rrasd.wait_offline()
        self.driver.wait_log(r"refuses to list its clients: not\\x1bnow")
        self.assertEqual(self.gone(), [])


if __name__ == "__main__":
    unittest.main()
