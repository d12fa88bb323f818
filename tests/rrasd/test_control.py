# SPDX-License-Identifier: Apache-2.0
"""What is done to users who stay, and the secret that is kept for them: messages, quarantine, the L2TP key; from the wire to a driver."""
import json
import os
import signal
import socket
import stat
import struct
import sys
import unittest

from rig import CONNECTION_ENUM, Client, Driver, WithRrasd, until

PROGRAM = sys.argv.pop(1)
CONNECTION_GET_INFO, SEND_MESSAGE, SET_KEY, GET_KEY, REMOVE_QUARANTINE = 2, 35, 40, 41, 42
NOT_READY, GEN_FAILURE, NOT_SUPPORTED, INVALID, NOT_FOUND, NOT_CONNECTED, TIMEOUT = 21, 31, 50, 87, 1168, 906, 1460
MESSENGER, QUARANTINE = 2, 8
START = 1764084000


def message_stub(connection, text):
    units = text.encode("utf-16-le") + b"\0\0"
    n = len(units) // 2
    return struct.pack("<IIII", connection, n, 0, n) + units


def key_stub(key, level=2, interface=0, offset=8, size=None):
    blob = struct.pack("<II", len(key) if size is None else size, offset) + bytes(max(0, offset - 8)) + key
    blob += bytes(-len(blob) % 4) or (bytes(4) if not key else b"")
    return struct.pack("<IIII", level, len(blob), 0x20000, len(blob)) + blob + struct.pack("<I", interface)


class ControlTest(WithRrasd):
    program = PROGRAM

    def driver(self, more=("message", "quarantine"), **how):
        driver = Driver(self.rrasd.driver_socket, more=more, **how)
        self.addCleanup(driver.close)
        driver.hear("welcome")
        return driver

    def connection(self, client, n=1):
        """Handle of the last connection, once there are n."""
        until(f"{n} connections", lambda: len([1 for port in client.ports() if port[1]]) == n)
        return max(port[1] for port in client.ports())

    def one(self, **session):
        client, driver = self.client(), self.driver()
        driver.say(type="session", id="7", start=START, state="connected", user="alice", tunnel_address4="10.8.0.6", **session)
        driver.end_snapshot()
        return client, driver, self.connection(client)

    @staticmethod
    def send(client, connection, text):
        client.send(SEND_MESSAGE, message_stub(connection, text))

    @staticmethod
    def code(client):
        return struct.unpack("<I", client.receive()[-4:])[0]

    def message(self, client, connection, text):
        self.send(client, connection, text)
        return self.code(client)

    @staticmethod
    def release(client, connection, address=None):
        stub = struct.pack("<II", connection, 0) if address is None else socket.inet_aton(address) + struct.pack("<I", 1)
        client.send(REMOVE_QUARANTINE, stub)

    @staticmethod
    def flags(client, connection):
        stub = client.call(CONNECTION_GET_INFO, struct.pack("<II", 0, connection))
        return struct.unpack_from("<I", stub, 12 + 16)[0]

    @staticmethod
    def state(client, connection):
        stub = client.call(CONNECTION_GET_INFO, struct.pack("<II", 3, connection))
        return struct.unpack_from("<I", stub, 12 + 776)[0]

    # ---- messages ----

    def test_a_message_reaches_the_driver_and_its_answer_the_caller(self):
        client, driver, connection = self.one()
        self.assertTrue(self.flags(client, connection) & MESSENGER)
        for result, code in (("accepted", 0), ("refused", GEN_FAILURE), ("no-such-session", NOT_CONNECTED)):
            self.send(client, connection, "The server goes down at 6 – sorry")
            order = driver.hear("message")
            self.assertEqual((order["id"], order["start"], order["text"]), ("7", START, "The server goes down at 6 – sorry"))
            driver.say(type="reply", order=order["order"], result=result, text="no screen")
            self.assertEqual(self.code(client), code)
        lines = self.rrasd.audit("message")
        self.assertEqual([line.get("result", 0) for line in lines], [0, GEN_FAILURE, NOT_CONNECTED])
        self.assertEqual((lines[0]["op"], lines[0]["user"], lines[0]["text"]),
                         ("RRasAdminSendUserMessage", "alice", "The server goes down at 6 – sorry"))
        self.assertEqual(self.rrasd.audit("order"), [])

    def test_what_a_terminal_would_obey_is_escaped(self):
        client, driver, connection = self.one()
        self.send(client, connection, "a\x1b[2J\nb\u202ec\"\\\ud83d\ude00".encode("utf-16-le", "surrogatepass").decode("utf-16-le"))
        order = driver.hear("message")
        self.assertEqual(order["text"], "a\\x1b[2J\\x0ab\\u{202e}c\"\\\\\U0001f600")
        driver.say(type="reply", order=order["order"], result="accepted")
        self.assertEqual(self.code(client), 0)

    def test_messages_are_bounded(self):
        client, driver, connection = self.one()
        self.assertEqual(self.message(client, connection, ""), INVALID)
        self.assertEqual(self.message(client, connection, "x" * 4096), INVALID)
        self.assertEqual(self.message(client, connection, "\u20ac" * 4095), INVALID)  # three bytes each
        self.assertEqual(self.message(client, connection, "\x1b" * 1025), INVALID)  # four bytes each when it is escaped
        self.send(client, connection, "\"" * 4095)  # JSON escapes each: the longest line
        order = driver.hear("message")
        self.assertEqual(order["text"], "\"" * 4095)
        driver.say(type="reply", order=order["order"], result="accepted")
        self.assertEqual(self.code(client), 0)

    def test_a_driver_that_shows_nothing_says_so(self):
        client, driver = self.client(), self.driver(more=())
        driver.session("7")
        driver.end_snapshot()
        connection = self.connection(client)
        self.assertFalse(self.flags(client, connection) & MESSENGER)
        self.assertEqual(self.message(client, connection, "x"), NOT_SUPPORTED)
        self.assertEqual(self.message(client, connection + 99, "x"), NOT_CONNECTED)
        self.assertEqual(self.message(client, 0xffffffff, "x"), NOT_CONNECTED)

    def test_a_silent_driver_costs_two_seconds_and_one_that_leaves_nothing(self):
        client, driver, connection = self.one()
        self.assertEqual(self.message(client, connection, "x"), TIMEOUT)
        order = driver.hear("message")
        driver.say(type="reply", order=order["order"], result="accepted")  # too late: ignored
        self.send(client, connection, "y")
        driver.hear("message")
        driver.close()
        self.assertEqual(self.code(client), TIMEOUT)
        self.assertEqual(self.message(client, connection, "z"), NOT_READY)

    def test_callers_who_leave_and_the_stop_of_rrasd_are_no_trouble(self):
        client, driver, connection = self.one()
        leaving = Client(self.rrasd.socket)
        self.send(leaving, connection, "x")
        order = driver.hear("message")
        leaving.close()
        driver.say(type="reply", order=order["order"], result="accepted")
        until("its line", lambda: self.rrasd.audit("message"))
        self.send(client, connection, "y")
        driver.hear("message")
        self.rrasd.stop()
        self.assertEqual(self.rrasd.audit("message")[-1]["result"], TIMEOUT)

    def test_rights(self):
        if os.geteuid() != 0:
            self.skipTest("needs root, to call as somebody else")
        self.rrasd.stop()
        self.rrasd.configure("[roles]\noperators = nogroup\n")
        self.rrasd.start()
        _, driver, connection = self.one()
        pid = os.fork()
        if pid == 0:
            code = 99
            try:
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)
                client = Client(self.rrasd.socket)
                codes = {self.message(client, connection, "x"), client.code(REMOVE_QUARANTINE, connection, 0),
                         struct.unpack("<I", client.call(SET_KEY, key_stub(b"k"))[-4:])[0]}
                code = 0 if codes == {5} else 1
            finally:
                os._exit(code)
        self.assertEqual(os.waitpid(pid, 0)[1], 0)
        self.assertEqual(self.rrasd.audit("message") + self.rrasd.audit("quarantine") + self.rrasd.audit("key"), [])

    # ---- quarantine ----

    def test_the_site_puts_a_user_in_and_an_administrator_lets_him_out(self):
        client, driver, connection = self.one(quarantine=True)
        self.assertEqual(self.state(client, connection), 1)
        self.assertTrue(self.flags(client, connection) & QUARANTINE)
        for address in (None, "10.8.0.6"):
            self.release(client, connection, address)
            order = driver.hear("quarantine")
            self.assertEqual((order["id"], order["start"], order["on"]), ("7", START, False))
            driver.say(type="reply", order=order["order"], result="accepted" if address else "refused", text="nft: busy")
            self.assertEqual(self.code(client), 0 if address else GEN_FAILURE)
            self.assertEqual(self.state(client, connection), 0 if address else 1)
        self.assertFalse(self.flags(client, connection) & QUARANTINE)
        for address in (None, "10.8.0.6"):
            self.release(client, connection, address)
            self.assertEqual(self.code(client), NOT_FOUND)
        for number, address in ((connection + 1, None), (0, "10.8.0.7")):
            self.release(client, number, address)
            self.assertEqual(self.code(client), INVALID)
        lines = self.rrasd.audit("quarantine")
        self.assertEqual([line.get("result", 0) for line in lines], [GEN_FAILURE, 0, NOT_FOUND, NOT_FOUND, INVALID, INVALID])
        self.assertEqual((lines[1]["op"], lines[1]["on"], lines[1]["user"]), ("RRasAdminConnectionRemoveQuarantine", False, "alice"))

    def test_quarantine_is_known_after_every_kind_of_end(self):
        for number in (signal.SIGTERM, signal.SIGKILL):
            with self.subTest(number=number):
                client, _, connection = self.one(quarantine=True)
                self.assertEqual(self.state(client, connection), 1)
                self.rrasd.stop(number)
                self.rrasd.start()
        client, driver, connection = self.one(quarantine=True)
        self.assertEqual(self.state(client, connection), 1)
        driver.say(type="session", id="7", start=START, quarantine=False)  # the site's policy has released him
        until("the end", lambda: self.state(client, connection) == 0)

    def test_a_driver_that_can_not_filter_is_not_asked(self):
        client, driver = self.client(), self.driver(more=("message",))
        driver.say(type="session", id="7", start=START, state="connected", quarantine=True)
        driver.end_snapshot()
        self.release(client, self.connection(client))
        self.assertEqual(self.code(client), NOT_SUPPORTED)

    # ---- the L2TP key ----

    def key_file(self):
        return os.path.join(self.rrasd.path("state"), "l2tp-key")

    def set_key(self, client, key, **how):
        stub = client.call(SET_KEY, key_stub(key, **how))
        self.assertEqual(len(stub), 4)
        return struct.unpack("<I", stub)[0]

    def get_key(self, client, level=2, interface=0):
        stub = client.call(GET_KEY, struct.pack("<IIII", level, 0, 0, interface))
        code = struct.unpack("<I", stub[-4:])[0]
        if code:
            self.assertEqual(stub[:8], bytes(8))
            return code
        size, _, again, n, offset = struct.unpack_from("<5I", stub)
        self.assertEqual((size, offset, len(stub)), (again, 8, 12 + size + -size % 4 + 4))
        return stub[20:20 + n]

    def test_a_key_is_kept_in_a_file_of_its_own(self):
        client = self.client()
        self.assertEqual(self.get_key(client), b"")
        for key in (b"s3cret-l2tp-key", bytes(range(256)), b"x"):
            self.assertEqual(self.set_key(client, key), 0)
            self.assertEqual(self.get_key(client), key)
            with open(self.key_file(), "rb") as f:
                self.assertEqual(f.read(), key)
            self.assertEqual(stat.S_IMODE(os.stat(self.key_file()).st_mode), 0o600)
        self.assertEqual(self.set_key(client, b"another-place", offset=12), 0)
        self.rrasd.stop(signal.SIGKILL)
        with open(self.key_file() + ".new", "wb") as f:  # as a crash in the midst of a change leaves it
            f.write(b"half")
        self.rrasd.start()
        client = self.client()
        self.assertEqual(self.get_key(client), b"another-place")
        self.assertEqual(self.set_key(client, b"s3cret-again"), 0)
        self.assertEqual(self.set_key(client, b""), 0)
        self.assertEqual(self.set_key(client, b""), 0)
        self.assertFalse(os.path.exists(self.key_file()))
        self.assertEqual(self.get_key(client), b"")
        self.assertEqual(sorted(name for name in os.listdir(self.rrasd.path("state")) if "key" in name), [])
        lines = self.rrasd.audit("key")
        self.assertEqual([line["op"] for line in lines[:2]], ["RRouterInterfaceGetCredentialsEx", "RRouterInterfaceSetCredentialsEx"])
        self.assertEqual([line.get("deleted", False) for line in lines[-3:]], [True, True, False])
        for path in (self.rrasd.audit_log, self.rrasd.log, self.rrasd.path("state") + "/rrasd.db"):
            with open(path, "rb") as f:
                self.assertNotIn(b"s3cret", f.read())

    def test_what_is_no_key_is_refused(self):
        client = self.client()
        self.assertEqual(self.set_key(client, b"good"), 0)
        self.assertEqual(self.set_key(client, b"k" * 257), INVALID)
        self.assertEqual(self.set_key(client, b"key", offset=4, size=3), INVALID)
        self.assertEqual(self.set_key(client, b"key", size=99), INVALID)
        self.assertEqual(self.set_key(client, b"key", size=0xffffffff), INVALID)
        self.assertEqual(struct.unpack("<I", client.call(SET_KEY, struct.pack("<IIII", 2, 0, 0, 0)))[0], INVALID)
        for level, interface in ((0, 0), (1, 0), (3, 0), (2, 1), (9, 0)):
            self.assertEqual(self.set_key(client, b"key", level=level, interface=interface), NOT_SUPPORTED)
            self.assertEqual(self.get_key(client, level, interface), NOT_SUPPORTED)
        self.assertEqual(self.get_key(client), b"good")

    def test_a_file_that_is_not_as_it_should_be_is_not_handed_out(self):
        client = self.client()
        self.assertEqual(self.set_key(client, b"good"), 0)
        os.chmod(self.key_file(), 0o644)
        self.assertEqual(self.get_key(client), GEN_FAILURE)
        self.rrasd.wait_logged("others than its owner can read it")
        elsewhere = self.rrasd.path("elsewhere")
        os.chmod(self.key_file(), 0o600)
        os.rename(self.key_file(), elsewhere)  # good but for the link that leads there
        os.symlink(elsewhere, self.key_file())
        self.assertEqual(self.get_key(client), GEN_FAILURE)
        self.assertEqual(self.set_key(client, b"new"), 0)  # takes its place, and not that of what it points to
        self.assertEqual(self.get_key(client), b"new")
        with open(elsewhere, "rb") as f:
            self.assertEqual(f.read(), b"good")
        os.unlink(self.key_file())
        os.mkdir(self.key_file())
        self.assertEqual(self.set_key(client, b"new"), GEN_FAILURE)
        self.assertEqual(self.get_key(client), GEN_FAILURE)
        self.assertEqual(json.dumps(self.rrasd.audit("key")).count("ERROR_GEN_FAILURE"), 4)

    def test_listing_goes_on_meanwhile(self):
        """The loop waits neither for the file nor for a driver."""
        client, driver, connection = self.one()
        other = self.client()
        self.send(client, connection, "x")
        order = driver.hear("message")
        self.assertEqual(len(other.ports()), 4)
        self.assertEqual(other.code(CONNECTION_ENUM, 9, 0, 0, 0, 0), 124)
        driver.say(type="reply", order=order["order"], result="accepted")
        self.assertEqual(self.code(client), 0)


if __name__ == "__main__":
    unittest.main()
