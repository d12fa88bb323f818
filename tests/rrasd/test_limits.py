# SPDX-License-Identifier: Apache-2.0
"""How many ports a kind of tunnel may have: set from afar, stored, over restarts, and what drivers of both kinds feel of it."""
import os
import signal
import sqlite3
import struct
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "rrasx"))
from test_wire import Caller

from rig import SERVER_GET_INFO_EX, SERVER_SET_INFO, SERVER_SET_INFO_EX, Client, Driver, WithRrasd, get_info, set_info, until

PROGRAM = sys.argv.pop(1)
RAS, ROUTING = 1, 2
PPTP, L2TP, SSTP, IKEV2 = 1, 2, 4, 8
BUSY, INVALID, NOT_SUPPORTED, LATER, TOO_BUSY = 170, 87, 50, 3010, 1723
MOST = 64  # types with a limit


def set_info_ex(client, protocols, ike=(0, 0), pptp=(0, 0), l2tp=(0, 0), sstp=(0, 0), ike_flags=0):
    """Revision 1."""
    tunnels = struct.pack("<10I", *ike, ike_flags, 0, 0, 0, 0, 0, 0, 0) + struct.pack("<4I", *pptp, *l2tp)
    tunnels += struct.pack("<7I", *sstp, 0, 0, 0, 0, 0)
    stub = client.call(SERVER_SET_INFO_EX, struct.pack("<I", 1) + struct.pack("<BBHI", 1, 3, 92, protocols) + tunnels)
    assert len(stub) == 4
    return struct.unpack("<I", stub)[0]


def get_info_ex(client):
    """Ports and flags of each kind, by revision 1."""
    stub = client.call(SERVER_GET_INFO_EX, struct.pack("<I", 1) + struct.pack("<BBH", 1, 2, 108) + bytes(104))
    assert len(stub) == 116 and stub[-4:] == bytes(4), stub
    at = {"ike": 28, "pptp": 68, "l2tp": 76, "sstp": 84}
    return {name: struct.unpack_from("<2I", stub, offset) for name, offset in at.items()}


class LimitsTest(WithRrasd):
    program = PROGRAM

    def driver(self, **how):
        driver = Driver(self.rrasd.driver_socket, **{"device_type": "l2tp", **how})
        self.addCleanup(driver.close)
        driver.hear("welcome")
        return driver

    def ports(self, client, n):
        """Wait until there are so many ports; their names."""
        until(f"{n} ports", lambda: len(client.ports()) == n)
        return [port[3] for port in client.ports()]

    def restart(self, number):
        self.rrasd.stop(number)
        self.rrasd.start()
        return self.client()

    def test_idle_ports_vanish_and_come_back(self):
        client = self.client()
        self.driver().end_snapshot()
        self.ports(client, 4)
        self.assertEqual(get_info(client, 1), (0, 0, 4, RAS))
        self.assertEqual(set_info(client, 128, RAS, 2, RAS | ROUTING), 0)
        self.assertEqual([port[3] for port in client.ports()], ["l2tp-1", "l2tp-2"])
        self.assertEqual(get_info(client, 1), (128, RAS, 2, RAS | ROUTING))
        self.assertEqual(get_info(client, 2), (128, RAS, 2, RAS | ROUTING, 0, 0))
        self.assertEqual(get_info(client, 0)[2], 2)
        self.assertEqual(set_info(client, 128, RAS, 3, RAS, 30000, RAS), 0)
        self.assertEqual(len(client.ports()), 3)
        self.assertEqual(get_info(client, 2), (128, RAS, 3, RAS, 30000, RAS))
        first, *_, last = [line for line in self.rrasd.audit("limit") if line["device_type"] == "l2tp"]
        self.assertNotIn("old", first)
        self.assertEqual(first["new"], {"ports": 2, "ras": True, "routing": True})
        self.assertEqual((last["old"], last["new"]["ports"]), (first["new"], 3))
        self.assertEqual(last["op"], "RMprAdminServerSetInfo")
        self.assertEqual(last["who"]["from"], "unix")
        self.assertNotIn("result", last)

    def test_sessions_above_the_limit_go_on(self):
        client = self.client()
        driver = self.driver()
        for name in ("a", "b", "c"):
            driver.session(name)
        driver.end_snapshot()
        until("three sessions", lambda: get_info(client, 0)[3] == 3)
        self.assertEqual(set_info(client, 1, RAS, 1, RAS), LATER)
        self.assertEqual(get_info(client, 0)[2:], (3, 3))
        self.assertEqual(get_info(client, 1)[2], 1)
        driver.say(type="gone", id="c", start=1764084000)
        self.ports(client, 2)
        driver.session("d")  # the daemon has let it in: it is there
        until("the new session", lambda: get_info(client, 0)[3] == 3)
        self.rrasd.wait_logged("2 l2tp sessions more than")
        self.assertEqual(set_info(client, 1, RAS, 3, RAS), 0)
        self.assertEqual(self.rrasd.audit("order"), [])

    def test_a_session_driver_turns_clients_away(self):
        client = self.client()
        self.assertEqual(set_info_ex(client, L2TP, l2tp=(1, RAS)), 0)
        first = self.driver(kind="session", name="pppd", instance="l2tp", ports=0, more=["limit"])
        first.session("1", state="authenticating")
        until("the first", lambda: get_info(client, 0)[3] == 1)
        second = self.driver(kind="session", name="pppd", instance="l2tp", ports=0, more=["limit"])
        second.session("2", state="connecting")
        refused = second.hear("refused")
        self.assertEqual((refused["id"], refused["code"]), ("2", "limit"))
        self.assertEqual(get_info(client, 0)[2:], (1, 1))
        # One that does not know of limits can't be refused, nor one that is on.
        old = self.driver(kind="session", name="pppd", instance="l2tp", ports=0)
        old.session("3", state="connecting")
        second.session("2")
        until("all three", lambda: get_info(client, 0)[3] == 3)

    def test_limits_survive_every_kind_of_end(self):
        client = self.client()
        self.assertEqual(set_info(client, 5, RAS | ROUTING, 6, RAS, 7, RAS), 0)
        self.assertEqual(set_info_ex(client, IKEV2, ike=(8, RAS)), 0)
        for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGKILL):
            client = self.restart(number)
            self.assertEqual(get_info(client, 2), (5, RAS | ROUTING, 6, RAS, 7, RAS))
            self.assertEqual(get_info_ex(client), {"ike": (8, RAS), "pptp": (5, RAS | ROUTING), "l2tp": (6, RAS), "sstp": (7, RAS)})
            self.driver(ports=9).end_snapshot()
            self.ports(client, 6)

    def test_only_the_parts_that_are_meant_change(self):
        client = self.client()
        self.assertEqual(set_info(client, 5, RAS, 6, RAS), 0)
        self.assertEqual(set_info_ex(client, L2TP, pptp=(9, RAS), l2tp=(9, ROUTING)), 0)
        self.assertEqual(get_info(client, 1), (5, RAS, 9, ROUTING))
        self.assertEqual(set_info_ex(client, IKEV2, ike=(9, RAS), ike_flags=1), NOT_SUPPORTED)
        self.assertEqual(get_info_ex(client)["ike"], (0, 0))

    def test_what_can_not_be_is_refused(self):
        client = self.client()
        self.assertEqual(set_info(client, 0, RAS, 6, RAS), INVALID)
        self.assertEqual(set_info(client, 5, RAS, 6, RAS, 7, ROUTING), INVALID)
        self.rrasd.configure(server="max_ports=10")
        client = self.restart(signal.SIGTERM)
        self.assertEqual(set_info(client, 5, RAS, 11, RAS), INVALID)  # the file's limit stands above
        self.assertEqual(get_info(client, 1), (0, 0, 0, 0))
        self.assertEqual({line["result"] for line in self.rrasd.audit("limit")}, {INVALID})
        self.assertEqual(set_info(client, 5, RAS, 10, RAS), 0)

    def fill(self, n):
        """Limits of n types that nobody has ports of."""
        caller = Caller(self.rrasd.socket)
        self.addCleanup(caller.close)
        for i in range(n):
            self.set_type(caller, f"type{i}")
            self.assertEqual(caller.end("RrasxLimitSet")[0], 0)
        return caller

    def set_type(self, caller, name):
        caller.begin("RrasxLimitSet", **{"device-type": name, "ports": 1, "use": RAS})

    def stored(self):
        with sqlite3.connect(self.rrasd.path("state") + "/rrasd.db") as store:
            n = store.execute("SELECT count(*) FROM port_limit").fetchone()[0]
        store.close()
        return n

    def test_of_two_at_once_that_want_the_last_place_one_gets_it(self):
        first, second = self.fill(MOST - 1), Caller(self.rrasd.socket)
        self.addCleanup(second.close)
        self.rrasd.process.send_signal(signal.SIGSTOP)  # both are there when it looks again
        self.set_type(first, "one")
        self.set_type(second, "other")
        self.rrasd.process.send_signal(signal.SIGCONT)
        codes = [caller.end("RrasxLimitSet")[0] for caller in (first, second)]
        self.assertEqual(sorted(codes), [0, TOO_BUSY])
        self.assertEqual(self.stored(), MOST)
        self.assertEqual(set_info(self.client(), 5, RAS, 6, RAS), TOO_BUSY)  # of pptp and l2tp
        self.set_type(first, "type0")  # one that is there needs no place
        self.assertEqual(first.end("RrasxLimitSet")[0], 0)
        self.assertEqual(self.stored(), MOST)

    def test_a_place_that_was_kept_in_vain_is_free_again(self):
        caller = self.fill(MOST - 1)
        lock = sqlite3.connect(self.rrasd.path("state") + "/rrasd.db", isolation_level=None)
        self.addCleanup(lock.close)
        lock.execute("BEGIN IMMEDIATE")
        self.set_type(caller, "one")
        self.assertEqual(caller.end("RrasxLimitSet")[0], BUSY)
        lock.execute("ROLLBACK")
        self.set_type(caller, "one")
        self.assertEqual(caller.end("RrasxLimitSet")[0], 0)

    def test_what_can_not_be_stored_is_not_in_force(self):
        client = self.client()
        self.driver().end_snapshot()
        self.ports(client, 4)
        lock = sqlite3.connect(self.rrasd.path("state") + "/rrasd.db", isolation_level=None)
        self.addCleanup(lock.close)
        lock.execute("BEGIN IMMEDIATE")
        self.assertEqual(set_info(client, 5, RAS, 1, RAS), BUSY)
        lock.execute("ROLLBACK")
        self.assertEqual(get_info(client, 1), (0, 0, 4, RAS))
        self.assertEqual(len(client.ports()), 4)
        self.rrasd.wait_logged("can't write limits of ports")
        self.assertEqual({line["result_name"] for line in self.rrasd.audit("limit")}, {"ERROR_BUSY"})
        self.assertEqual(set_info(client, 5, RAS, 1, RAS), 0)
        self.assertEqual(get_info(client, 1), (5, RAS, 1, RAS))

    def test_a_caller_who_leaves_has_asked_all_the_same(self):
        leaving, client = Client(self.rrasd.socket), self.client()
        leaving.send(SERVER_SET_INFO, struct.pack("<8I", 1, 16, 0x20000, 16, 5, RAS, 6, RAS))
        leaving.close()
        until("the limits", lambda: get_info(client, 1) == (5, RAS, 6, RAS))


if __name__ == "__main__":
    unittest.main()
