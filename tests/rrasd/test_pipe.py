# SPDX-License-Identifier: Apache-2.0
"""rrasd at the other end of smbd's named pipe, with a test in smbd's place: what it says of a client is what counts."""
import os
import stat
import struct
import sys
import unittest

from pipe_rig import PipeClient, PipeSocket, handoff
from rig import PORT_CLEAR, PORT_DISCONNECT, SERVER_GET_INFO, Client, Driver, Fault, Rrasd, bind_pdu, request_pdu, until

PROGRAM = sys.argv.pop(1)
LISTENING = 3
VIEWERS, OPERATORS, ADMINISTRATORS = 4001, 4002, 4003
ROLES = f"[roles]\nviewers={VIEWERS}\noperators={OPERATORS}\nadministrators={ADMINISTRATORS}\n"


class PipeTest(unittest.TestCase):
    config, server = ROLES, ""

    def setUp(self):
        if os.geteuid() != 0:
            self.skipTest("needs root, as smbd is")
        self.r = Rrasd(PROGRAM)
        self.addCleanup(self.r.__exit__)
        self.pipe = self.r.path("np/router")
        self.r.configure(f"[listen]\npipe_socket={self.pipe}\n{self.server}\n{self.config}")
        self.r.start()
        self.driver = Driver(self.r.driver_socket, ports=2)
        self.addCleanup(self.driver.close)
        self.driver.session("s1")
        self.driver.end_snapshot()
        with_session = Client(self.r.socket)
        until("the session is listed", lambda: any(port[2] != LISTENING for port in with_session.ports()))
        with_session.close()

    def open(self, **who):
        c = PipeClient(self.pipe, **who)
        self.addCleanup(c.close)
        return c

    def local_goes_on(self):
        c = Client(self.r.socket)
        self.addCleanup(c.close)
        self.assertNotIsInstance(c.ports(), int)

    def raw(self, data):
        s = PipeSocket(self.pipe)
        self.addCleanup(s.close)
        try:
            s.raw.sendall(data)
        except BrokenPipeError:
            pass  # it has been closed already
        return s

    def assert_closed(self, s):
        try:
            self.assertEqual(s.raw.recv(1), b"")
        except ConnectionResetError:
            pass  # closed with bytes of ours unread


class Users(PipeTest):
    def test_a_client_lists_and_disconnects_as_the_user_that_smbd_names(self):
        c = self.open(groups=(17, OPERATORS))
        self.assertTrue(handoff.is_good_reply(c.reply))
        busy = [port for port in c.ports() if port[2] != LISTENING]
        self.assertEqual(len(busy), 1)
        c.send(PORT_DISCONNECT, struct.pack("<I", busy[0][0]))
        order = self.driver.hear("disconnect")
        self.driver.say(type="reply", order=order["order"], result="accepted")
        self.assertEqual(c.receive()[-4:], bytes(4))
        login = self.r.audit("login")
        self.assertEqual([(line["result"], line["level"], line.get("reason")) for line in login], [(0, "smb", None)])
        who = self.r.audit("order")[0]["who"]
        self.assertEqual(who, login[0]["who"])
        self.assertEqual(who, {"from": "pipe", "name": "RAS\\olga", "uid": 1000, "gid": 1000, "address": "192.0.2.7", "role": "operator"})
        self.assertTrue(self.r.logged("RAS\\\\olga at 192.0.2.7 (uid 1000) disconnects port"))

    def test_each_role_may_do_what_it_may(self):
        def codes(**who):
            c = self.open(**who)
            listed = c.ports()
            idle = self.idle()
            return [listed if isinstance(listed, int) else 0, c.code(PORT_DISCONNECT, idle), c.code(PORT_CLEAR, idle), c.code(SERVER_GET_INFO, 0)]
        self.assertEqual(codes(groups=()), [5, 5, 5, 5])
        self.assertEqual(codes(gid=VIEWERS, groups=()), [0, 5, 5, 0])
        self.assertEqual(codes(groups=(VIEWERS, OPERATORS)), [0, 606, 5, 0])
        self.assertEqual(codes(groups=tuple(range(9000, 9999)) + (ADMINISTRATORS,)), [0, 606, 0, 0])
        self.assertEqual(codes(uid=65534, groups=(ADMINISTRATORS,)), [5, 5, 5, 5])

    def idle(self):
        c = Client(self.r.socket)
        handle = [port for port in c.ports() if port[2] == LISTENING][0][0]
        c.close()
        return handle

    def test_a_reload_decides_roles_again(self):
        c = self.open(groups=(VIEWERS,))
        self.assertNotIsInstance(c.ports(), int)
        self.r.configure(f"[listen]\npipe_socket={self.pipe}\n[roles]\nviewers=1\n")
        self.r.process.send_signal(1)
        self.r.wait_logged("reload: done")
        self.assertEqual(c.ports(), 5)

    def test_each_pdu_is_a_message_and_pieces_of_one_are_put_together(self):
        c = self.open(groups=(VIEWERS,), bind=False)
        for data in (bind_pdu(), request_pdu(SERVER_GET_INFO, bytes(4))):
            for at in range(0, len(data), 7):
                c.sock.sendall(data[at:at + 7])
            c.sock.raw.sendall(bytes(2))  # an empty message is nothing
            c.read_pdu()
        self.assertEqual(len(c.sock.sizes), 2)
        self.assertEqual(c.sock.rest, b"")

    def test_a_handoff_may_come_in_pieces_and_with_the_first_message_behind_it(self):
        data = handoff.message(groups=(VIEWERS,))
        s = PipeSocket(self.pipe)
        self.addCleanup(s.close)
        for at in range(0, len(data) - 1, 50):
            s.raw.sendall(data[at:min(at + 50, len(data) - 1)])
        s.raw.sendall(data[-1:] + handoff.framed(bind_pdu()))
        self.assertTrue(handoff.is_good_reply(s.exactly(handoff.REPLY_SIZE)))
        self.assertEqual(s.recv(3)[2], 12)

    def test_the_socket_is_for_root_alone(self):
        self.assertEqual(stat.S_IMODE(os.stat(self.pipe).st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(os.stat(os.path.dirname(self.pipe)).st_mode), 0o700)
        self.r.stop()
        self.assertFalse(os.path.exists(self.pipe))

    def test_what_a_client_calls_itself_can_not_disturb_the_log(self):
        self.open(user="ol\nga\x1b[2J", domain="R\u202eAS", address="1.2.3.4\n5", groups=())
        self.r.wait_logged("handed over by smbd")
        self.assertIn("R\\u{202e}AS\\\\ol\\x0aga\\x1b[2J at 1.2.3.4\\x0a5 (uid 1000)", self.r.read_log())


class Strangers(PipeTest):
    def test_anonymous_sessions_and_guests_are_told_and_audited(self):
        strangers = (dict(user="nobody", uid=65534, authenticated=0, sids=(handoff.ANONYMOUS, handoff.NETWORK)),
                     dict(uid=0, authenticated=0),
                     dict(groups=(ADMINISTRATORS,), sids=(handoff.account(501), handoff.AUTHENTICATED)),
                     dict(groups=(ADMINISTRATORS,), sids=(handoff.account(1000), handoff.AUTHENTICATED, handoff.GUESTS)),
                     dict(groups=(ADMINISTRATORS,), sids=(handoff.account(1000),)),
                     dict(groups=(ADMINISTRATORS,), token=False))
        for who in strangers:
            c = self.open(**who)
            for opnum in (SERVER_GET_INFO, PORT_DISCONNECT, 60):
                with self.assertRaisesRegex(Fault, "0x5$"):
                    c.call(opnum, bytes(4))
        lines = self.r.audit("login")
        self.assertEqual([(line["result"], line["level"]) for line in lines], [(5, "smb")] * len(strangers))
        self.assertEqual({line["reason"] for line in lines}, {"its session is anonymous, or that of a guest"})
        self.assertEqual({line["who"]["uid"] for line in lines}, {65534})
        self.assertEqual({line["who"]["role"] for line in lines}, {"none"})
        self.assertEqual(lines[0]["who"]["name"], "RAS\\nobody")
        self.assertTrue(self.r.logged("refused: its session is anonymous, or that of a guest"))

    def test_those_without_a_role_do_not_fill_the_audit_log(self):
        for _ in range(300):
            self.open(groups=(), bind=False).close()
        self.open(groups=(VIEWERS,), bind=False)
        denied = [line for line in self.r.audit("login") if line["result"] == 5]
        self.assertTrue(100 <= len(denied) < 300, len(denied))  # 100 in ten seconds
        self.assertTrue({line["reason"] for line in denied} == {"has no role: no group of [roles] has this user"}, denied[-1])
        self.assertEqual([line["who"]["role"] for line in self.r.audit("login") if line["result"] == 0], ["viewer"])

    def test_another_level_is_refused_with_its_number(self):
        self.assert_closed(self.raw(handoff.message(level=8)))
        self.assertTrue(self.r.logged("at level 8, and this rrasd knows level 7 (Samba 4.17)"))
        self.assertIn("level", self.r.audit("refused")[0]["reason"])

    def test_what_is_no_handoff_is_refused(self):
        good = handoff.message()
        for data in (bind_pdu(), b"GET / HTTP/1.0\r\n\r\n", good[:4] + b"NPAX" + good[8:], good[:-1] + b"x" + good[-1:],
                     struct.pack(">I", len(good) - 5) + good[4:-1], b"\xff" * 16, handoff.message(session=False),
                     handoff.message(uid=1 << 32), handoff.message(groups=tuple(range(4097)))):
            self.assert_closed(self.raw(data))
        self.assertTrue(handoff.is_good_reply(self.open(groups=tuple(range(4096))).reply))
        self.local_goes_on()

    def test_only_smbd_may_hand_over(self):
        os.chmod(self.r.dir, 0o755)
        os.chmod(os.path.dirname(self.pipe), 0o755)
        os.chmod(self.pipe, 0o666)
        child = os.fork()
        if child == 0:
            try:
                os.setgroups([])
                os.setgid(5000)
                os.setuid(5000)
                s = PipeSocket(self.pipe)
                os._exit(0 if s.raw.recv(1) == b"" else 1)
            except (OSError, EOFError):
                os._exit(2)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 0)
        line = self.r.audit("refused")[0]
        self.assertEqual((line["who"]["uid"], line["who"]["from"]), (5000, "unix"))
        self.assertIn("only smbd may connect", line["reason"])


class Limits(PipeTest):
    server = "pipe_connections=3\n"
    config = ROLES + "[limits]\nconnections_per_user=2\n[timeouts]\nclient_bind=1s\n"

    def test_one_user_and_all_together_have_only_so_many_and_the_local_ones_go_on(self):
        self.open(groups=())
        self.open(groups=())
        self.assert_closed(self.raw(handoff.message()))
        self.r.wait_logged("this user has too many connections")
        self.open(uid=1001, groups=())
        self.assert_closed(self.raw(b""))
        self.r.wait_logged("too many connections over the named pipe")
        self.local_goes_on()

    def test_who_hands_nobody_over_is_closed_in_time(self):
        self.assert_closed(self.raw(handoff.message()[:100]))

    def test_a_stranger_is_not_kept(self):
        c = self.open(authenticated=0)
        self.assertTrue(c.at_eof())


class Crowd(PipeTest):
    config = ROLES + "[limits]\nconnections=8\n"

    def test_a_crowd_from_other_machines_leaves_a_quarter_to_this_one(self):
        for _ in range(6):
            self.open(groups=())
        self.assert_closed(self.raw(b""))
        self.r.wait_logged("too many connections from other machines")
        self.local_goes_on()


if __name__ == "__main__":
    unittest.main(verbosity=0)
