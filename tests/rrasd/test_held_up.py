# SPDX-License-Identifier: Apache-2.0
"""A keytab and a configuration that never come to an end (they are FIFOs), as a name service can: what is stored is stored all the
same, others are served, and rrasd ends. Usage: test_held_up.py RRASD [unittest options]"""
import os
import signal
import socket
import struct
import sys
import unittest

from rig import BIND, DIMSVC, NDR20, PATIENCE, Client, Driver, Rrasd, get_info, pdu, set_info, until

PROGRAM = sys.argv.pop(1)
SPNEGO, PRIVACY = 9, 6
CROWD = 12  # more than there are threads of any kind
LIMITS = (128, 1, 2, 3)  # PPTP: 128 ports for remote access; L2TP: 2, for routing as well


def login_pdu():
    """A bind with the first leg of an authentication, for which the server looks into its keytab."""
    token = b"no token at all"
    body = struct.pack("<HHI", 5840, 5840, 0) + struct.pack("<BBH", 1, 0, 0) + struct.pack("<HBB", 0, 1, 0)
    body += DIMSVC.bytes_le + struct.pack("<I", 0) + NDR20.bytes_le + struct.pack("<I", 2)
    raw = bytearray(pdu(BIND, body + struct.pack("<BBBBI", SPNEGO, PRIVACY, 0, 0, 1) + token))
    struct.pack_into("<H", raw, 10, len(token))
    return bytes(raw)


class HeldUp(unittest.TestCase):
    def setUp(self):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.rrasd = Rrasd(PROGRAM)
        self.rrasd.__enter__()
        self.addCleanup(self.rrasd.__exit__)
        self.keytab = self.rrasd.path("keytab")
        os.mkfifo(self.keytab)
        self.rrasd.configure(f"[listen]\ntcp=127.0.0.1:{self.port}\nkeytab={self.keytab}\n[timeouts]\nstop=0ms\n")
        self.rrasd.start()
        self.driver = Driver(self.rrasd.driver_socket)
        self.addCleanup(self.driver.close)
        self.driver.hear("welcome")

    def client(self):
        client = Client(self.rrasd.socket)
        self.addCleanup(client.close)
        return client

    def crowd(self):
        """Callers who all wait for the keytab."""
        for _ in range(CROWD):
            s = socket.create_connection(("127.0.0.1", self.port), PATIENCE)
            self.addCleanup(s.close)
            s.sendall(login_pdu())
        until("all are there", lambda: self.rrasd.read_log().count("at 127.0.0.1: connected") >= CROWD)
        self.client().ports()  # comes after them

    def reload_that_hangs(self):
        os.unlink(self.rrasd.config)
        os.mkfifo(self.rrasd.config)
        self.rrasd.process.send_signal(signal.SIGHUP)
        self.rrasd.wait_logged("reload: reading")

    def assert_stops(self):
        self.assertEqual(self.rrasd.stop(), 0)
        self.assertTrue(self.rrasd.logged("without waiting for an answer from the name service"), self.rrasd.read_log())
        self.assertEqual(self.rrasd.audit()[-1]["event"], "stop")
        self.assertFalse(os.path.exists(self.rrasd.socket))

    def test_others_are_served_and_what_they_set_is_stored(self):
        self.crowd()
        self.reload_that_hangs()
        client = self.client()
        self.assertEqual(set_info(client, *LIMITS), 0)
        self.assertEqual(get_info(client, 1), LIMITS)
        self.assert_stops()

    def test_a_reload_is_read_whatever_callers_wait_for(self):
        self.crowd()
        self.rrasd.process.send_signal(signal.SIGHUP)
        self.rrasd.wait_logged("reload: done")
        self.assert_stops()

    def test_the_end_is_not_held_up_and_nothing_is_lost(self):
        self.driver.session("s1", user="stays")
        self.driver.end_snapshot()
        client = self.client()
        listed = until("the session is listed", lambda: [p for p in client.ports() if p[1]])
        self.assertEqual(set_info(client, *LIMITS), 0)
        self.crowd()
        self.assert_stops()
        os.unlink(self.keytab)
        self.rrasd.start()
        self.assertTrue(self.rrasd.logged("the last stop was clean"), self.rrasd.read_log())
        again = Driver(self.rrasd.driver_socket)
        self.addCleanup(again.close)
        again.hear("welcome")
        again.session("s1", user="stays")
        again.end_snapshot()
        client = self.client()
        self.assertEqual(get_info(client, 1), LIMITS)
        now = until("the session is listed again", lambda: [p for p in client.ports() if p[1]])
        self.assertEqual([(p[0], p[3]) for p in now], [(p[0], p[3]) for p in listed])
        self.assertEqual(self.rrasd.stop(), 0)

    def test_a_reload_does_not_hold_up_the_end(self):
        self.reload_that_hangs()
        self.assert_stops()

    def test_who_is_held_up_no_more_leaves_nothing_behind(self):
        self.crowd()
        with open(self.keytab, "wb"):
            os.unlink(self.keytab)  # those that wait find its end, those that come after it nothing
        self.rrasd.wait_logged("this server has no key for Kerberos")
        self.assertEqual(self.rrasd.stop(), 0)
        self.assertFalse(self.rrasd.logged("without waiting"), self.rrasd.read_log())


if __name__ == "__main__":
    unittest.main()
