#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What rrasd does for its clients: orders, their traces, who may what, handles over a restart, and clients that mean no good.
Usage: test_service.py RRASD [unittest options]"""
import json
import os
import resource
import select
import signal
import socket
import struct
import sys
import unittest

from rig import (ALL_PORTS, Client, CONNECTION_ENUM, Driver, Fault, PATIENCE, pdu, PORT_CLEAR, PORT_DISCONNECT, PORT_ENUM,
                 PORT_GET_INFO, PORT_RESET, REQUEST, request_pdu, Rrasd, SERVER_GET_INFO, as_user, bind_pdu, until)

PROGRAM = sys.argv.pop(1)

NOT_OPERATIONAL, DISCONNECTED, LISTENING, AUTHENTICATING, AUTHENTICATED = 0, 1, 3, 4, 5


class WithDriver(unittest.TestCase):
    """An rrasd, a driver with four ports, alice on the first of them, and a client."""
    config = ""

    def setUp(self):
        self.r = Rrasd(PROGRAM, self.config)
        self.addCleanup(self.r.__exit__)
        self.r.start()
        self.begin()

    def begin(self):
        self.client = Client(self.r.socket)
        self.addCleanup(self.client.close)
        self.driver = self.connect_driver()
        self.driver.session("1:a")
        self.driver.end_snapshot()
        until("alice is on", lambda: self.port_of("sim-1") or self.port_of("openvpn-1"))

    def connect_driver(self):
        driver = Driver(self.r.driver_socket)
        self.addCleanup(driver.close)
        driver.hear("welcome")
        return driver

    def port_of(self, name, condition=None):
        for port in self.client.ports():
            if port[3] == name and condition in (None, port[2]):
                return port
        return None

    def alice(self):
        return [port for port in self.client.ports() if port[1] and port[2] == AUTHENTICATED][0]


class Orders(WithDriver):
    config = "[timeouts]\naccept=300ms\ngone=1s\nhard=1s\n"

    def disconnect(self, handle):
        """Send the order; the reply is read later."""
        self.client.send(PORT_DISCONNECT, struct.pack("<I", handle))

    def reply(self):
        return struct.unpack("<I", self.client.receive())[0]

    def test_success_means_that_the_driver_has_taken_the_order(self):
        handle = self.alice()[0]
        self.disconnect(handle)
        order = self.driver.hear("disconnect")
        self.assertEqual((order["id"], order["start"], order["hard"]), ("1:a", 1764084000, False))
        # The audit line is there, and no reply yet.
        lines = self.r.audit("order")
        self.assertEqual(len(lines), 1)
        line = lines[0]
        self.assertEqual((line["session"], line["user"], line["start"], line["handle"], line["order"]),
                         ("1:a", "alice", 1764084000, handle, order["order"]))
        self.assertEqual((line["driver"], line["instance"], line["op"]), ("sim", "main", "RRasAdminPortDisconnect"))
        self.assertEqual((line["who"]["uid"], line["who"]["pid"], line["who"]["from"], line["who"]["role"]),
                         (os.geteuid(), os.getpid(), "unix", "administrator"))
        self.client.sock.settimeout(0.1)
        with self.assertRaises(TimeoutError):
            self.client.sock.recv(1)
        self.client.sock.settimeout(PATIENCE)
        self.driver.say(type="reply", order=order["order"], result="accepted")
        self.assertEqual(self.reply(), 0)
        self.assertEqual(self.client.ports()[0][2], DISCONNECTED)
        self.driver.say(type="gone", id="1:a", start=1764084000, client_told="yes", counters_final=True,
                        counters={"bytes_out": 5000000000})
        until("the outcome", lambda: self.r.audit("outcome"))
        outcome = self.r.audit("outcome")[0]
        self.assertEqual((outcome["outcome"], outcome["client_told"], outcome["order"], outcome["counters_final"]),
                         ("gone", "yes", order["order"], True))
        self.assertEqual(outcome["counters"]["bytes_out"], 5000000000)
        self.assertEqual(outcome["run"], line["run"])
        until("the port listens again", lambda: self.client.ports()[0][2] == LISTENING)

    def test_a_driver_that_refuses_gives_31(self):
        self.disconnect(self.alice()[0])
        order = self.driver.hear("disconnect")
        self.driver.say(type="reply", order=order["order"], result="refused", text="not \x1b[31mtoday")
        self.assertEqual(self.reply(), 31)
        outcome = self.r.audit("outcome")[0]
        self.assertEqual((outcome["outcome"], outcome["reason"]), ("refused", "not \x1b[31mtoday"))
        self.assertTrue(self.r.logged(r"not \x1b[31mtoday"))
        self.assertNotIn("\x1b", self.r.read_log())

    def test_no_answer_in_time_gives_1460_and_the_order_stands(self):
        self.disconnect(self.alice()[0])
        order = self.driver.hear("disconnect")
        self.assertEqual(self.reply(), 1460)
        self.assertEqual(self.client.ports()[0][2], DISCONNECTED)
        self.driver.say(type="gone", id="1:a", start=1764084000)
        until("the outcome", lambda: self.r.audit("outcome"))
        self.assertEqual(self.r.audit("outcome")[0]["order"], order["order"])

    def test_a_session_that_does_not_go_is_asked_the_hard_way_and_then_failed(self):
        self.disconnect(self.alice()[0])
        order = self.driver.hear("disconnect")
        self.driver.say(type="reply", order=order["order"], result="accepted")
        self.assertEqual(self.reply(), 0)
        self.assertTrue(self.driver.hear("disconnect")["hard"])
        until("the outcome", lambda: self.r.audit("outcome"))
        outcome = self.r.audit("outcome")[0]
        self.assertEqual((outcome["outcome"], outcome["hard"]), ("failed", True))
        self.assertEqual(len(self.r.audit("order")), 1)
        self.assertEqual(self.client.ports()[0][2], AUTHENTICATED) # never listed as free

    def test_no_such_session_any_more_is_success(self):
        self.disconnect(self.alice()[0])
        order = self.driver.hear("disconnect")
        self.driver.say(type="reply", order=order["order"], result="no-such-session")
        self.assertEqual(self.reply(), 0)
        self.assertEqual(self.r.audit("outcome")[0]["outcome"], "no-such-session")

    def test_a_second_order_joins_the_first(self):
        handle = self.alice()[0]
        self.disconnect(handle)
        order = self.driver.hear("disconnect")
        other = Client(self.r.socket)
        other.send(PORT_DISCONNECT, struct.pack("<I", handle))
        until("the second order is in the audit log", lambda: len(self.r.audit("order")) == 2)
        made, joined = self.r.audit("order")
        self.assertTrue(joined["joined"])
        self.assertEqual([joined[k] for k in ("order", "session", "start", "user")], [order["order"], "1:a", 1764084000, "alice"])
        self.assertEqual([made[k] for k in ("order", "session", "start", "user")], [order["order"], "1:a", 1764084000, "alice"])
        self.driver.say(type="reply", order=order["order"], result="accepted")
        self.assertEqual(self.reply(), 0)
        self.assertEqual(struct.unpack("<I", other.receive())[0], 0)
        self.assertEqual(other.code(PORT_DISCONNECT, handle), 0) # and once more when it has been accepted
        other.close()
        self.driver.say(type="gone", id="1:a", start=1764084000)
        until("the outcome", lambda: self.r.audit("outcome"))
        self.assertEqual(len(self.r.audit("outcome")), 1)

    def test_a_client_that_leaves_does_not_withdraw_its_order(self):
        other = Client(self.r.socket)
        other.send(PORT_DISCONNECT, struct.pack("<I", self.alice()[0]))
        order = self.driver.hear("disconnect")
        other.close()
        self.driver.say(type="reply", order=order["order"], result="accepted")
        self.driver.say(type="gone", id="1:a", start=1764084000)
        until("the outcome", lambda: self.r.audit("outcome"))
        self.assertEqual(self.client.ports()[0][2], LISTENING)

    def test_an_answer_for_a_connection_that_broke_goes_nowhere(self):
        other = Client(self.r.socket)
        other.send(PORT_GET_INFO, struct.pack("<2I", 0, 1)) # its answer is never read, so close() resets the connection
        other.send(PORT_DISCONNECT, struct.pack("<I", self.alice()[0]))
        order = self.driver.hear("disconnect")
        other.close()
        self.r.wait_logged("the connection broke")
        self.driver.say(type="reply", order=order["order"], result="accepted")
        self.driver.say(type="gone", id="1:a", start=1764084000)
        until("the outcome", lambda: self.r.audit("outcome"))
        self.assertEqual(len(self.client.ports()), 4)

    def test_a_client_that_has_shut_down_its_half_gets_its_answer(self):
        other = Client(self.r.socket)
        other.send(PORT_DISCONNECT, struct.pack("<I", self.alice()[0]))
        other.sock.shutdown(socket.SHUT_WR)
        order = self.driver.hear("disconnect")
        self.driver.say(type="reply", order=order["order"], result="accepted")
        self.assertEqual(struct.unpack("<I", other.receive())[0], 0)
        self.assertTrue(other.at_eof())
        other.close()

    def test_stale_unknown_and_idle_handles_are_refused_and_audited(self):
        stale = self.alice()[0]
        idle = [port for port in self.client.ports() if port[2] == LISTENING][0][0]
        self.driver.say(type="gone", id="1:a", start=1764084000)
        for i in range(4): # all ports are taken anew, so also alice's
            self.driver.session(f"2:{i}", user="carol")
        until("carol is on all ports", lambda: all(port[2] == AUTHENTICATED for port in self.client.ports()))
        self.assertEqual(self.client.code(PORT_DISCONNECT, stale), 87)
        self.assertEqual(self.client.code(PORT_DISCONNECT, 0), 87)
        self.assertEqual(self.client.code(PORT_DISCONNECT, 0xfffff), 87)
        self.assertEqual(self.client.code(PORT_DISCONNECT, 0xffffffff), 87)
        self.assertEqual(self.client.code(PORT_DISCONNECT, idle), 87)
        lines = self.r.audit("order")
        self.assertEqual([line["result"] for line in lines], [87] * 5)
        self.assertEqual([line["result_name"] for line in lines], ["ERROR_INVALID_PARAMETER"] * 5)
        self.assertFalse([line for line in lines if "session" in line]) # carol's name is not beside an order for alice
        self.assertTrue(all(port[2] == AUTHENTICATED for port in self.client.ports()))
        self.driver.say(type="gone", id="2:0", start=1764084000)
        free = until("a port is free", lambda: [port for port in self.client.ports() if port[2] == LISTENING])[0][0]
        self.assertEqual(self.client.code(PORT_DISCONNECT, free), 606)

    def test_driver_away_gives_21(self):
        handle = self.alice()[0]
        self.driver.close()
        until("the ports are not operational", lambda: self.client.ports()[0][2] == NOT_OPERATIONAL)
        self.assertEqual(self.client.code(PORT_DISCONNECT, handle), 21)
        self.assertEqual(self.r.audit("order")[0]["result"], 21)
        self.assertEqual(self.r.audit("order")[0]["session"], "1:a")

    def test_clearing_is_audited_as_a_change(self):
        self.assertEqual(self.client.code(PORT_CLEAR, self.alice()[0]), 0)
        self.assertEqual(self.client.code(PORT_CLEAR, 0xfffff), 601)
        self.assertEqual([line["result"] for line in self.r.audit("change")], [0, 601])

    def test_a_stop_with_an_order_under_way_ends_and_says_so(self):
        self.disconnect(self.alice()[0])
        self.driver.hear("disconnect")
        self.assertEqual(self.r.stop(), 0)
        self.assertEqual([line["event"] for line in self.r.audit()][-2:], ["outcome", "stop"])


class Roles(WithDriver):
    config = "[roles]\nviewers=4001\noperators=4002\nadministrators=user:4003\n"

    def setUp(self):
        if os.geteuid() != 0:
            self.skipTest("needs root, to be somebody else")
        super().setUp()

    def codes(self, uid, gid, groups):
        """What the four kinds of call give to such a caller: view, disconnect (of an idle port), clear, reset."""
        idle = [port for port in self.client.ports() if port[2] == LISTENING][0][0]

        def ask():
            c = Client(self.r.socket)
            listed = c.ports()
            return [listed if isinstance(listed, int) else 0, c.code(PORT_DISCONNECT, idle), c.code(PORT_CLEAR, idle),
                    c.code(SERVER_GET_INFO, 0)]
        return as_user(uid, gid, groups, ask)

    def test_each_role_may_do_what_it_may(self):
        self.assertEqual(self.codes(5000, 5000, []), [5, 5, 5, 5])
        self.assertEqual(self.codes(5000, 4001, []), [0, 5, 5, 0])
        self.assertEqual(self.codes(5000, 5000, [17, 4001]), [0, 5, 5, 0])
        self.assertEqual(self.codes(5000, 5000, [4002]), [0, 606, 5, 0])
        self.assertEqual(self.codes(4003, 5000, []), [0, 606, 0, 0])
        self.assertEqual(self.codes(0, 0, []), [0, 606, 0, 0])

    def test_the_overflow_uid_is_denied_whatever_its_groups_are(self):
        self.assertEqual(self.codes(65534, 4002, [4001]), [5, 5, 5, 5])

    def test_denials_are_logged_and_audited(self):
        self.codes(5000, 5000, [])
        self.assertRegex(self.r.read_log(), r"denied: uid 5000 \(pid \d+\), whose role is none, may not call RRasAdminPortDisconnect")
        lines = self.r.audit("denied")
        self.assertEqual([line["op"] for line in lines], ["RRasAdminPortEnum", "RRasAdminPortDisconnect", "RRasAdminPortClearStats",
                                                          "RMprAdminServerGetInfo"])
        self.assertEqual({line["who"]["uid"] for line in lines}, {5000})

    def test_many_denials_do_not_fill_the_disk(self):
        def ask():
            c = Client(self.r.socket)
            return [c.code(PORT_DISCONNECT, 1) for _ in range(1000)]
        self.assertEqual(as_user(5000, 5000, [], ask), [5] * 1000)
        self.assertLess(len(self.r.audit("denied")), 500)
        self.assertLess(self.r.read_log().count("denied:"), 100)

    def test_a_reload_decides_the_roles_of_those_who_are_connected(self):
        uid_of_connection = 5000
        receive, send = os.pipe()
        go_receive, go_send = os.pipe()
        child = os.fork()
        if child == 0:
            os.setgroups([4001])
            os.setresgid(5000, 5000, 5000)
            os.setresuid(uid_of_connection, uid_of_connection, uid_of_connection)
            c = Client(self.r.socket)
            os.write(send, b"1" if c.ports() != 5 else b"0")
            os.read(go_receive, 1)
            os.write(send, b"1" if c.ports() != 5 else b"0")
            os._exit(0)
        self.assertEqual(os.read(receive, 1), b"1")
        self.r.configure("")
        self.r.process.send_signal(signal.SIGHUP)
        until("the reload is done", lambda: self.r.audit("reload"))
        os.write(go_send, b"x")
        self.assertEqual(os.read(receive, 1), b"0")
        os.waitpid(child, 0)
        for fd in (receive, send, go_receive, go_send):
            os.close(fd)

    def test_a_driver_of_the_wrong_user_is_refused(self):
        def connect():
            d = Driver(self.r.driver_socket, instance="other")
            return d.hear("error")["code"]
        self.assertEqual(as_user(5000, 5000, [], connect), "denied")


class LanOnly(WithDriver):
    def setUp(self):
        self.r = Rrasd(PROGRAM)
        self.addCleanup(self.r.__exit__)
        self.r.configure(server="router_type=lan,ipv6-lan")
        self.r.start()

    def test_remote_access_calls_get_903_and_the_server_says_why(self):
        c = Client(self.r.socket)
        self.addCleanup(c.close)
        self.assertEqual(c.ports(), 903)
        for opnum, words in ((PORT_GET_INFO, (0, 1)), (PORT_CLEAR, (1,)), (PORT_RESET, (1,)), (PORT_DISCONNECT, (1,)), (2, (0, 1)),
                             (3, (1,)), (CONNECTION_ENUM, (0, 0, 0, 0xffffffff, 0))):
            self.assertEqual(c.code(opnum, *words), 903, opnum)
        stub = c.call(SERVER_GET_INFO, struct.pack("<I", 0))
        self.assertEqual(struct.unpack_from("<I", stub, 12)[0], 1) # fLanOnlyMode
        self.assertEqual(struct.unpack("<I", stub[-4:])[0], 0)


class Restart(WithDriver):
    def test_a_clean_restart_keeps_handles(self):
        before = self.client.ports()
        self.assertEqual(self.r.stop(), 0)
        self.r.start()
        self.begin()
        self.assertEqual([port[:2] for port in self.client.ports()], [port[:2] for port in before])
        alice = self.alice()
        self.client.send(PORT_DISCONNECT, struct.pack("<I", [port for port in before if port[1]][0][0]))
        order = self.driver.hear("disconnect")
        self.assertEqual(order["id"], "1:a")
        self.driver.say(type="reply", order=order["order"], result="accepted")
        self.client.receive()
        self.assertEqual(alice[2], AUTHENTICATED)

    def test_after_a_crash_old_handles_hit_nobody(self):
        for _ in range(3):
            before = {port[0] for port in self.client.ports()}
            self.r.stop(signal.SIGKILL)
            self.r.start()
            self.begin()
            self.assertFalse(before & {port[0] for port in self.client.ports() if port[1]})
            for handle in before:
                self.assertEqual(self.client.code(PORT_DISCONNECT, handle), 87)
            self.assertEqual(self.alice()[2], AUTHENTICATED)

    def test_a_lost_store_is_as_good_as_a_crash(self):
        before = [port for port in self.client.ports() if port[1]]
        self.r.stop(signal.SIGKILL)
        for name in os.listdir(self.r.path("state")):
            os.unlink(os.path.join(self.r.path("state"), name))
        self.r.start()
        self.begin()
        # A connection handle of before names nobody; a port handle of before would do so only by an odd chance in 2048.
        stub = self.client.call(PORT_ENUM, struct.pack("<7I", 0, before[0][1], 0, 0, 0xffffffff, 0x20000, 0))
        self.assertEqual(struct.unpack("<I", stub[-4:])[0], 6)

    def test_a_driver_that_comes_back_finds_its_sessions(self):
        before = self.client.ports()
        self.driver.close()
        until("the ports are not operational", lambda: self.client.ports()[0][2] == NOT_OPERATIONAL)
        self.driver = self.connect_driver()
        self.driver.session("1:a")
        self.driver.end_snapshot()
        until("all is as before", lambda: self.client.ports() == before)

    def test_more_handles_than_were_reserved_wait_for_the_disk(self):
        """One port, and hundreds of sessions on it in one write: more than the store has reserved marks for."""
        driver = Driver(self.r.driver_socket, instance="busy", ports=1)
        self.addCleanup(driver.close)
        driver.hear("welcome")
        driver.end_snapshot()
        seen = set()
        for burst in range(3):
            lines = []
            for i in range(150):
                session = {"id": f"{burst}:{i}", "start": 1764084000}
                lines.append(json.dumps(dict(session, type="session", state="connected", user="u")))
                if i < 149:
                    lines.append(json.dumps(dict(session, type="gone")))
            driver.sock.sendall("\n".join(lines).encode() + b"\n")
            last = until("the last one is on", lambda: [p for p in self.client.ports() if p[1] and p[0] not in seen
                                                        and p[0] != self.alice_handle()])
            seen.add(last[0][0])
            driver.say(type="gone", id=f"{burst}:149", start=1764084000)
        before = {port[0] for port in self.client.ports()} | seen
        self.r.stop(signal.SIGKILL)
        self.r.start()
        self.begin()
        driver = Driver(self.r.driver_socket, instance="busy", ports=1)
        self.addCleanup(driver.close)
        driver.hear("welcome")
        driver.session("9:9", user="u")
        driver.end_snapshot()
        until("both are on", lambda: len([p for p in self.client.ports() if p[1]]) == 2)
        self.assertFalse(before & {port[0] for port in self.client.ports() if port[1]})

    def alice_handle(self):
        return [port for port in self.client.ports() if port[1]][0][0]


class Hostile(WithDriver):
    config = "[timeouts]\nclient_bind=1s\nclient_stall=1s\n[limits]\nconnections=12\nconnections_per_user=10\n"

    def still_served(self):
        self.assertEqual(len(self.client.ports()), 4)

    def closed(self, data, shut=False):
        """rrasd must close a connection that says this, with a reason in the log, and serve the others."""
        c = Client(self.r.socket, bind=False)
        c.sock.sendall(data)
        if shut:
            c.sock.shutdown(socket.SHUT_WR)
        self.assertTrue(c.at_eof())
        c.close()
        self.still_served()

    def test_garbage_ends_that_connection_only(self):
        before = self.r.read_log().count("client uid")
        for data in (b"GET / HTTP/1.1\r\n\r\n" * 4, b"\0" * 64, b"\xff" * 64, os.urandom(100), pdu(99, b""),
                     pdu(REQUEST, b"\0" * 8), request_pdu(4, b""), b"\x05\x00\x0b\x03\x10\0\0\0\x08\0\0\0\1\0\0\0" + b"\0" * 64):
            self.closed(data)
        self.assertGreaterEqual(self.r.read_log().count("client uid"), before + 8)

    def test_a_truncated_pdu_and_an_end_is_the_end(self):
        for n in (0, 1, 15, 16, len(bind_pdu()) - 1):
            self.closed(bind_pdu()[:n], shut=True)

    def test_clients_that_hang_up_do_not_fill_the_disk(self):
        for _ in range(100):
            c = Client(self.r.socket, bind=False)
            c.sock.shutdown(socket.SHUT_RD) # its answer can't be sent
            c.sock.sendall(bind_pdu())
            end = select.poll()
            end.register(c.sock, 0)
            self.assertTrue(end.poll(PATIENCE * 1000))
            c.close()
        self.assertIn(self.r.read_log().count("gone before its answer was sent"), range(1, 50))
        self.still_served()

    def test_strangers_at_the_drivers_socket_do_not_fill_the_disk(self):
        for _ in range(100):
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
                s.settimeout(PATIENCE)
                s.connect(self.r.driver_socket)
                s.sendall(b"no JSON\n")
                while s.recv(65536):
                    pass
        self.assertIn(self.r.read_log().count("connection ended: protocol"), range(1, 50))
        self.still_served()

    def test_records_that_are_refused_do_not_fill_the_disk(self):
        for _ in range(100):
            self.driver.session("", user="nobody")
        for _ in range(100):
            self.assertEqual(self.driver.hear("refused")["code"], "invalid")
        self.assertIn(self.r.read_log().count("session  refused"), range(1, 50))
        self.still_served()

    def test_half_a_request_and_an_end_is_the_end(self):
        first = pdu(REQUEST, struct.pack("<IHH", 0, 0, SERVER_GET_INFO) + b"\0" * 4, 2, flags=1)
        self.closed(bind_pdu() + first, shut=True)

    def test_an_oversized_request_is_refused(self):
        c = Client(self.r.socket)
        piece = struct.pack("<IHH", 0, 0, 4) + b"\0" * 5000
        try:
            for i in range(40): # 200 KB of one request that never ends
                c.sock.sendall(pdu(REQUEST, piece, 2, flags=1 if i == 0 else 0))
        except (BrokenPipeError, ConnectionResetError):
            pass
        try:
            c.receive()
            self.fail("an answer to a request without end")
        except (EOFError, ConnectionResetError, Fault):
            pass
        c.close()
        self.still_served()

    def test_one_byte_at_a_time_is_served(self):
        c = Client(self.r.socket, bind=False)
        for byte in bind_pdu():
            c.sock.send(bytes([byte]))
        c.read_pdu()
        for byte in request_pdu(SERVER_GET_INFO, struct.pack("<I", 0)):
            c.sock.send(bytes([byte]))
        self.assertEqual(c.receive()[-4:], b"\0\0\0\0")
        c.close()

    def test_a_client_that_never_binds_is_closed(self):
        c = Client(self.r.socket, bind=False)
        c.sock.send(bind_pdu()[:20])
        self.assertTrue(c.at_eof())
        c.close()
        self.r.wait_logged("has not bound to the interface in time")
        self.still_served()

    def test_a_client_that_does_not_read_is_closed_and_others_are_served(self):
        big = Driver(self.r.driver_socket, instance="big", ports=20000)
        self.addCleanup(big.close)
        big.hear("welcome")
        big.end_snapshot()
        until("the ports are there", lambda: len(self.client.ports()) == 20004)
        slow = [Client(self.r.socket) for _ in range(4)]
        for c in slow:
            for _ in range(4): # 30 MB each
                c.send(PORT_ENUM, struct.pack("<7I", 0, ALL_PORTS, 0, 0, 0xffffffff, 0x20000, 0))
        self.assertEqual(self.client.code(PORT_GET_INFO, 0, 0xfffff), 601)
        until("those who do not read are closed",
              lambda: self.client.code(PORT_GET_INFO, 0, 0xfffff) and self.r.read_log().count("does not take its answers") == 4)
        for c in slow:
            c.close()
        self.assertEqual(len(self.client.ports()), 20004)

    def test_limits_hold_and_places_come_back(self):
        own = [Client(self.r.socket) for _ in range(9)] # and self.client
        over = Client(self.r.socket, bind=False)
        self.assertTrue(over.at_eof())
        over.close()
        self.r.wait_logged("this user has too many connections")
        own.pop().close()
        until("there is a place again", self.can_connect)
        if os.geteuid() == 0:
            def ask():
                clients = []
                for _ in range(4):
                    clients.append(Client(self.r.socket, bind=False))
                return clients[-1].at_eof()
            self.assertTrue(as_user(5000, 5000, [], ask))
            self.assertTrue(self.r.logged("there are too many connections"))
        for c in own:
            c.close()

    def can_connect(self):
        try:
            c = Client(self.r.socket)
            c.close()
            return True
        except (EOFError, ConnectionResetError, BrokenPipeError):
            return False # the socket goes with the exception

    def test_killed_clients_leave_nothing(self):
        before = len(os.listdir(f"/proc/{self.r.process.pid}/fd"))
        for _ in range(100):
            c = Client(self.r.socket)
            c.send(PORT_ENUM, struct.pack("<7I", 0, ALL_PORTS, 0, 0, 0xffffffff, 0x20000, 0))
            c.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            c.close()
            until("there is a place", self.can_connect)
        until("all descriptors are closed", lambda: len(os.listdir(f"/proc/{self.r.process.pid}/fd")) <= before)


class Patient(WithDriver):
    def test_requests_without_reading_hold_little_memory_and_are_all_answered(self):
        c = Client(self.r.socket)
        handle = self.client.ports()[0][0]
        c.sock.setblocking(False)
        waiting, sent, calls = b"", 0, 1
        while sent < 16 * 1024 * 1024 and select.select([], [c.sock], [], 1)[1]: # until it takes no more, not just at the moment
            while len(waiting) < 65536:
                calls += 1
                waiting += request_pdu(PORT_GET_INFO, struct.pack("<2I", 0, handle), calls)
            n = c.sock.send(waiting)
            waiting, sent = waiting[n:], sent + n
        self.assertLess(sent, 16 * 1024 * 1024) # rrasd has stopped reading
        self.assertEqual(len(self.client.ports()), 4)
        c.sock.settimeout(PATIENCE)
        for _ in range(sent // 32): # and goes on when its answers are taken
            self.assertEqual(c.receive()[-4:], b"\0\0\0\0")
        c.close()


class Few(unittest.TestCase):
    def test_an_idle_client_is_closed(self):
        with Rrasd(PROGRAM, "[timeouts]\nclient_idle=1s\n").start() as r:
            c = Client(r.socket)
            self.assertTrue(c.at_eof())
            c.close()
            self.assertTrue(r.logged("closed: idle"))

    def test_a_client_that_stops_inside_a_request_is_closed(self):
        with Rrasd(PROGRAM, "[timeouts]\nclient_idle=1s\n").start() as r:
            c = Client(r.socket)
            c.sock.sendall(pdu(REQUEST, struct.pack("<IHH", 0, 0, SERVER_GET_INFO), 2, flags=1))
            self.assertTrue(c.at_eof())
            c.close()

    def test_out_of_descriptors_it_waits_and_goes_on(self):
        with Rrasd(PROGRAM, "[limits]\nconnections=1000\nconnections_per_user=1000\n") as r:
            r.start(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40)))
            self.assertTrue(r.logged("only 40 descriptors are allowed"))
            first = Client(r.socket)
            many = []
            for _ in range(60):
                many.append(Client(r.socket, bind=False))
            r.wait_logged("can't accept connections")
            self.assertEqual(first.ports(), [])
            for c in many:
                c.close()
            last = Client(r.socket)
            self.assertEqual(last.ports(), [])
            last.close()
            first.close()
            self.assertEqual(r.stop(), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
