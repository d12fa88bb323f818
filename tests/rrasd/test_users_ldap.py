#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A directory that means no good, or is not well: what rrasd's source of users makes of its answers, and that none takes longer than it may.
The real one is in tests/system/ldap.py. Usage: test_users_ldap.py PROBE [unittest options]"""
import os
import socket
import ssl
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from authority import Authority
from ldap_peer import (BIND, DONE, ENTRY, EXTENDED, EXTENDED_DONE, MODIFY, PATIENCE, REFERENCE, SEARCH, SEARCH_DONE, TIMEOUT_MS, UNBIND,
                       Directory, Peer, Source, answering, entry, found, hold, message, result, text, tlv)
from scope import Scope

Source.probe = sys.argv.pop(1)
PASSWORD = "Wachtwoord-4711"
SOON_MS = 20000  # a call that is bounded has come back by then, on whatever machine; TIMEOUT_MS is far below


class WithDirectory(unittest.TestCase):
    def ask(self, talk, **settings):
        """The answer to one question to such a directory."""
        self.directory = Directory(self, talk)
        self.source = Source(self, self.directory.uri, **settings)
        return self.source.get()

    def password(self):
        f = tempfile.NamedTemporaryFile("w", delete=False)
        self.addCleanup(os.unlink, f.name)
        f.write(PASSWORD)
        f.close()
        return {"ldap_bind_dn": "cn=rrasd", "ldap_password_file": f.name}


class Late(WithDirectory):
    """Whatever the other side does not do, the call comes back in its time."""

    def is_late(self, answer):
        self.assertEqual(answer["result"], "ETIMEDOUT", answer)
        self.assertGreaterEqual(answer["ms"], TIMEOUT_MS // 2)
        self.assertLess(answer["ms"], SOON_MS)

    def test_one_that_says_nothing(self):
        self.is_late(self.ask(hold))

    def test_one_that_does_not_even_take_the_connection(self):
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        for scheme, starttls in (("ldap", "no"), ("ldap", "yes"), ("ldaps", "no")):
            uri = f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"
            self.is_late(Source(self, uri, ldap_starttls=starttls).get())

    def test_one_that_stops_within_a_message(self):
        def talk(directory, peer):
            number, _ = directory.hear(peer)
            peer.sock.sendall(message(number, SEARCH_DONE, result(0))[:-1])
            hold(directory, peer)
        self.is_late(self.ask(talk))

    def test_one_whose_answer_has_no_end_in_time(self):
        def talk(directory, peer):
            number, _ = directory.hear(peer)
            peer.say(number, ENTRY, entry())
            hold(directory, peer)
        self.is_late(self.ask(talk))

    def test_one_that_drips_a_record_of_tls(self):
        """A handshake of 16 KiB, a byte at a time: there is always something to read, and never enough."""
        def talk(directory, peer):
            peer.sock.sendall(b"\x16\x03\x03\x40\x00")
            while True:
                peer.sock.sendall(b"\x02")
                time.sleep(0.01)
        directory = Directory(self, talk)
        self.is_late(Source(self, directory.uri.replace("ldap:", "ldaps:")).get())

    def test_one_that_does_not_take_the_password(self):
        self.is_late(self.ask(hold, **self.password()))

    def two_calls(self):
        """The answers to one that is late, and to the next one, which nothing would hold up."""
        quick = threading.Event()

        def talk(directory, peer):
            if not quick.is_set():
                hold(directory, peer)
            answering(found(entry(msNPAllowDialin="TRUE")))(directory, peer)
        first = self.ask(talk)
        quick.set()
        return first, self.source.get()

    def test_after_a_late_answer_the_next_ones_fail_at_once_for_a_while(self):
        end = time.monotonic() + PATIENCE
        first, second = self.two_calls()
        while second["result"] == "ok" and time.monotonic() < end:  # on a machine that does not get round to it within that while
            first, second = self.two_calls()
        self.is_late(first)
        self.assertEqual((second["result"], second["why"]), (first["result"], first["why"]))
        self.assertLess(second["ms"], TIMEOUT_MS)
        while self.source.get()["result"] != "ok":
            self.assertLess(time.monotonic(), end)


class Lost(WithDirectory):
    def test_a_connection_that_was_lost_while_nobody_used_it_is_made_again(self):
        one = found(entry(msNPAllowDialin="TRUE"))

        def talk(directory, peer):
            number, _ = directory.hear(peer)
            for kind, body in one:
                peer.say(number, kind, body)
        self.assertEqual(self.ask(talk)["result"], "ok")
        for n in range(2, 5):
            self.directory.peers[-1].sock.close()
            self.assertEqual(self.source.get()["result"], "ok")
            self.assertEqual(len(self.directory.peers), n)

    def test_one_that_always_hangs_up_is_asked_once(self):
        answer = self.ask(lambda directory, peer: directory.hear(peer))
        self.assertEqual(answer["result"], "EHOSTDOWN")
        self.assertLess(answer["ms"], SOON_MS)
        self.assertEqual(len(self.directory.peers), 1)
        self.assertEqual(self.source.get()["result"], "EHOSTDOWN")

    def test_nobody_is_there(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            uri = f"ldap://127.0.0.1:{listener.getsockname()[1]}"
        answer = Source(self, uri).get()
        self.assertEqual(answer["result"], "EHOSTDOWN")
        self.assertTrue(answer["why"].startswith(uri + ": can't be reached"), answer)

    def test_the_second_server_is_asked_when_the_first_is_away(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            away = f"ldap://127.0.0.1:{listener.getsockname()[1]}"
        directory = Directory(self, answering(found(entry(msNPAllowDialin="FALSE"))))
        answer = Source(self, f"{away} {directory.uri}").get()
        self.assertEqual((answer["result"], answer["permitted"], answer["by_policy"]), ("ok", False, False))

    def test_a_server_that_hangs_leaves_time_for_the_next_and_is_the_last_from_then_on(self):
        first, second = Directory(self, hold), Directory(self, hold)
        self.assertEqual(Source(self, f"{first.uri} {second.uri}", ldap_starttls="yes").get()["result"], "ETIMEDOUT")
        self.assertEqual((len(first.peers), len(second.peers)), (1, 1))
        hung, well = Directory(self, hold), Directory(self, self.no_tls)
        source = Source(self, f"{hung.uri} {well.uri}", timeout_ms=4000, ldap_starttls="yes")
        answer = source.get()
        self.assertEqual(answer["result"], "EACCES")  # the second one's answer
        self.assertIn(well.uri, answer["why"])
        self.assertEqual(source.get()["result"], "EACCES")
        self.assertEqual((len(hung.peers), len(well.peers)), (1, 2))

    @staticmethod
    def no_tls(directory, peer):
        number, tag = directory.hear(peer)
        peer.say(number, DONE[tag], result(53))
        directory.hear(peer)

    def test_a_notice_of_disconnection_is_one(self):
        def talk(directory, peer):
            directory.hear(peer)
            peer.say(0, EXTENDED_DONE, result(52), text("1.3.6.1.4.1.1466.20036", 0x8a))
        self.assertEqual(self.ask(talk, leaks_of_libldap=True)["result"], "EHOSTDOWN")


class Answers(WithDirectory):
    def test_no_entry_is_nobody_and_two_are_nobody_for_certain(self):
        self.assertEqual(self.ask(answering(found()))["result"], "ENOENT")
        two = found(entry("cn=bob", msNPAllowDialin="TRUE"), entry("cn=bob2", msNPAllowDialin="TRUE"))
        answer = self.ask(answering(two))
        self.assertEqual(answer["result"], "EEXIST")
        self.assertIn("bob: ldap_filter finds more than one entry", answer["why"])
        self.assertEqual(self.source.set("permitted", "none")["result"], "ENOENT")  # the next search finds nobody

    def test_two_matches_are_never_changed(self):
        two = [(ENTRY, entry("cn=a")), (ENTRY, entry("cn=b")), (SEARCH_DONE, result(4))]
        directory = Directory(self, answering(two))
        self.assertEqual(Source(self, directory.uri).set("permitted", "none")["result"], "EEXIST")
        self.assertEqual(directory.tags()[:1], [SEARCH])
        self.assertNotIn(MODIFY, directory.tags())

    def test_values_that_can_not_be_are_errors(self):
        for attributes in ({"msNPAllowDialin": "maybe"}, {"msNPAllowDialin": ["TRUE", "FALSE"]}, {"msRADIUSServiceType": "four"},
                           {"msRADIUSServiceType": "4", "msRADIUSCallbackNumber": b"\x1b[2J"}, {"msRASSavedCallbackNumber": "1" * 100000},
                           {"msNPAllowDialin": b"TRUE\0"}, {"msRADIUSServiceType": ["4"] * 5000}):
            answer = self.ask(answering(found(entry(**attributes))))
            self.assertEqual(answer["result"], "EBADMSG", attributes)
            self.assertIn(list(attributes)[-1], answer["why"])

    def test_attributes_are_known_whatever_their_case(self):
        answer = self.ask(answering(found(entry(MSNPALLOWDIALIN="TRUE", msradiusservicetype="4"))))
        self.assertEqual((answer["permitted"], answer["callback"]), (True, "caller"))

    def test_what_was_not_asked_for_does_not_count(self):
        answer = self.ask(answering(found(entry(msNPAllowDialinX="TRUE", userPassword="x"))))
        self.assertEqual((answer["result"], answer["by_policy"], answer["permitted"]), ("ok", True, False))

    def test_results_have_their_meanings(self):
        meanings = {1: "EACCES", 2: "EPROTO", 3: "ETIMEDOUT", 4: "EEXIST", 8: "EACCES", 11: "ETIMEDOUT", 13: "EACCES", 32: "EACCES", 34: "EACCES",
                    48: "EACCES", 49: "EACCES", 50: "EACCES", 51: "EHOSTDOWN", 52: "EHOSTDOWN", 53: "EACCES", 80: "EPROTO"}
        for code, errno in meanings.items():
            answer = self.ask(answering([(SEARCH_DONE, result(code))]))
            self.assertEqual(answer["result"], errno, code)
            self.assertIn(f"({code})", answer["why"])

    def test_results_of_a_change_have_theirs(self):
        for code, errno in {10: "EROFS", 16: "EPROTO", 17: "EPROTO", 19: "EINVAL", 21: "EINVAL", 32: "ENOENT", 50: "EACCES", 53: "EROFS",
                            65: "EPROTO"}.items():
            def talk(directory, peer, code=code):
                number, _ = directory.hear(peer)
                for kind, body in found(entry()):
                    peer.say(number, kind, body)
                number, tag = directory.hear(peer)
                peer.say(number, DONE[tag], result(code, referral=["ldap://127.0.0.1:1/"] if code == 10 else []))
                directory.hear(peer)
            directory = Directory(self, talk)
            answer = Source(self, directory.uri).set("permitted", "none")
            self.assertEqual(answer["result"], errno, code)
            self.assertEqual(directory.tags()[:2], [SEARCH, MODIFY])

    def test_what_it_says_is_made_safe_to_show(self):
        answer = self.ask(answering([(SEARCH_DONE, result(50, "\x1b]0;no\x07" + "x" * 5000))]))
        self.assertEqual(answer["result"], "EACCES")
        self.assertNotIn("\x1b", answer["why"])
        self.assertLess(len(answer["why"]), 300)
        self.assertIn("ldap_bind_dn needs the right", answer["why"])

    def test_references_and_referrals_are_not_followed(self):
        elsewhere = Directory(self, answering(found(entry(msNPAllowDialin="TRUE"))))
        there = text(elsewhere.uri + "/dc=example")
        answer = self.ask(answering([(REFERENCE, there), (SEARCH_DONE, result(0))]))
        self.assertEqual(answer["result"], "ENOENT")
        answer = self.ask(answering([(REFERENCE, there), *found(entry(msNPAllowDialin="FALSE"))]))
        self.assertEqual((answer["result"], answer["by_policy"]), ("ok", False))
        answer = self.ask(answering([(SEARCH_DONE, result(10, referral=[elsewhere.uri + "/dc=example"]))]))
        self.assertEqual(answer["result"], "EACCES")
        self.assertEqual(elsewhere.peers, [])

    def test_an_answer_without_end_is_ended(self):
        def talk(directory, peer):
            number, _ = directory.hear(peer)
            while True:
                peer.say(number, REFERENCE, text("ldap://127.0.0.1:1/"))
        answer = self.ask(talk, timeout_ms=30000)
        self.assertEqual(answer["result"], "EHOSTDOWN")
        self.assertIn("answers without end", answer["why"])

    def test_a_message_that_is_too_long_is_not_waited_for(self):
        for head in (b"\x30\x84\x7f\xff\xff\xff", b"\x30\x83\x10\x00\x00"):
            def talk(directory, peer, head=head):
                directory.hear(peer)
                peer.sock.sendall(head + b"\x02\x04")
                hold(directory, peer)
            answer = self.ask(talk, timeout_ms=30000)
            self.assertEqual(answer["result"], "EHOSTDOWN")
            self.assertLess(answer["ms"], SOON_MS)

    def test_noise_is_no_answer(self):
        for noise in (b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\0" * 64, b"\x30\x00", b"\x30\x03\x02\x01\x01", b"\xff" * 64,
                      message(1, SEARCH_DONE), message(2, ENTRY), message(2, SEARCH_DONE, b"\x0a\x01")):
            def talk(directory, peer, noise=noise):
                directory.hear(peer)
                peer.sock.sendall(noise)
            answer = self.ask(talk, leaks_of_libldap=True)
            self.assertIn(answer["result"], ("EHOSTDOWN", "EBADMSG", "EPROTO", "ETIMEDOUT"), noise)
            self.assertLess(answer["ms"], SOON_MS)


class Passwords(WithDirectory):
    def test_the_password_is_sent_by_bind_and_shown_nowhere(self):
        answer = self.ask(answering(bind=49), **self.password())
        self.assertEqual(answer["result"], "EACCES")
        self.assertIn("ldap_password_file is wrong", answer["why"])
        self.assertNotIn(PASSWORD, answer["why"])
        self.assertEqual(self.directory.tags()[0], BIND)
        self.assertIn(PASSWORD.encode(), self.directory.requests[0][1])

    def test_no_password_without_tls(self):
        """One that can do no TLS, or says so, hears nothing more."""
        for code in (1, 2, 52, 53):
            def talk(directory, peer, code=code):
                number, tag = directory.hear(peer)
                peer.say(number, DONE[tag], result(code))
                while True:
                    directory.hear(peer)
            answer = self.ask(talk, ldap_starttls="yes", **self.password())
            self.assertNotEqual(answer["result"], "ok")
            self.assertIn("no TLS", answer["why"])
            self.assertEqual([t for t in self.directory.tags() if t != UNBIND], [EXTENDED])

    def test_no_password_when_the_handshake_fails(self):
        def talk(directory, peer):
            number, tag = directory.hear(peer)
            peer.say(number, DONE[tag], result(0))
            directory.noise = peer.sock.recv(65536)
            peer.sock.sendall(b"\x15\x03\x03\x00\x02\x02\x28")
            directory.noise += peer.sock.recv(65536)
        answer = self.ask(talk, ldap_starttls="yes", **self.password())
        self.assertEqual(answer["result"], "EHOSTDOWN")
        self.assertEqual(self.directory.noise[:1], b"\x16")
        self.assertNotIn(PASSWORD.encode(), self.directory.noise)

    def test_a_bind_that_is_not_over_is_none(self):
        self.assertNotIn(self.ask(answering(bind=14), **self.password())["result"], ("ok", "ENOENT"))

    def test_a_password_that_others_may_read_is_not_used(self):
        settings = self.password()
        self.ask(answering(found(entry()), found(entry())), **settings)
        os.chmod(settings["ldap_password_file"], 0o644)
        self.directory.peers[-1].sock.shutdown(socket.SHUT_RDWR)
        answer = self.source.get()
        self.assertEqual(answer["result"], "EACCES")
        self.assertIn("chmod 640", answer["why"])
        self.assertEqual(self.directory.tags().count(BIND), 1)


class Certificates(WithDirectory):
    @classmethod
    def setUpClass(cls):
        cls.scope = Scope().__enter__()
        cls.addClassCleanup(cls.scope.__exit__, None, None, None)
        cls.good, cls.other = Authority(cls.scope), Authority(cls.scope, "other")
        cls.good.issue("right", "serverAuth", ["IP:127.0.0.1"])
        cls.good.issue("wrong", "serverAuth", ["IP:127.0.0.2", "DNS:localhost.example.org"])

    def talk(self, name, then, starttls):
        """TLS at once or by STARTTLS, with that certificate, and then on."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*(os.path.join(self.good.dir, f"{name}.{end}") for end in ("crt", "key")))

        def talk(directory, peer):
            if starttls:
                number, tag = directory.hear(peer)
                peer.say(number, DONE[tag], result(0))
            peer.raw = socket.socket(fileno=os.dup(peer.sock.fileno()))
            directory.peers.append(Peer(peer.raw))  # closed with the others
            peer.sock = context.wrap_socket(peer.sock, server_side=True)
            then(directory, peer)
        return talk

    def ask_by_tls(self, name, authority, then=None, **settings):
        """The answers by ldaps:// and by STARTTLS, and whether either heard the password."""
        answers = []
        for starttls in (False, True):
            directory = Directory(self, self.talk(name, then or answering(found(entry(msNPAllowDialin="TRUE"))), starttls))
            uri = directory.uri if starttls else directory.uri.replace("ldap:", "ldaps:")
            answers.append(Source(self, uri, ldap_starttls="yes", ldap_ca_file=authority.certificate, **{"timeout_ms": 30000, **settings},
                                  **self.password()).get())
            answers[-1]["password"] = BIND in directory.tags()
        return answers

    def test_a_good_one_is_taken(self):
        for answer in self.ask_by_tls("right", self.good):
            self.assertEqual((answer["result"], answer["permitted"], answer["password"]), ("ok", True, True), answer)

    def test_others_are_not_and_hear_no_password(self):
        for name, authority in (("right", self.other), ("wrong", self.good)):
            for answer in self.ask_by_tls(name, authority):
                self.assertEqual((answer["result"], answer["password"]), ("EHOSTDOWN", False), answer)
                self.assertIn("no TLS", answer["why"])

    def test_a_record_that_does_not_get_complete_is_not_waited_for(self):
        def then(directory, peer):
            directory.hear(peer)
            while True:
                peer.raw.sendall(b"\x17\x03\x03\x40\x00" + b"x")
                time.sleep(0.01)
        for answer in self.ask_by_tls("right", self.good, then, timeout_ms=700):
            self.assertIn(answer["result"], ("ETIMEDOUT", "EHOSTDOWN"))
            self.assertLess(answer["ms"], SOON_MS)


class Names(WithDirectory):
    def test_a_name_that_no_directory_has_is_not_asked_for(self):
        directory = Directory(self, answering())
        source = Source(self, directory.uri)
        self.assertEqual(source.call("get", b"\xff".hex())["result"], "ENOENT")
        self.assertEqual(directory.peers, [])

    def test_a_name_goes_as_a_value(self):
        self.ask(answering(found()))
        self.source.get("*)(uid=*")
        body = self.directory.requests[-1][1]
        self.assertIn(tlv(0xa3, text("uid"), text("*)(uid=*")), body)


if __name__ == "__main__":
    unittest.main()
