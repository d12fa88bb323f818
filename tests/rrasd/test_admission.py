# SPDX-License-Identifier: Apache-2.0
"""Who may dial in: drivers that ask at log-on, and live sessions of those who may not be there."""
import os
import signal
import sqlite3
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "rrasx"))
from rig import Driver, Rrasd, until  # noqa: E402
from test_wire import Caller  # noqa: E402

PROGRAM = sys.argv.pop(1)
ENDING = "[users]\nend_sessions=yes\nrecheck=1s\n"
REASON = "dial-in permission refused"
USER_REFUSED, CREATE, NO_CALLBACK = 15, 1, 1


class AdmissionTest(unittest.TestCase):
    def start(self, config="", **users):
        """With these users in the store: NAME=permitted."""
        self.rrasd = Rrasd(PROGRAM, config).__enter__()
        self.addCleanup(self.rrasd.__exit__)
        self.rrasd.start()
        if users:
            self.rrasd.stop()
            self.store(**users)
            self.rrasd.start()

    def store(self, **users):
        """A worker of rrasd's may be reading there."""
        db = sqlite3.connect(self.rrasd.path("state/rrasd.db"), timeout=20)
        with db:
            db.executemany("INSERT OR REPLACE INTO user (name, permitted, by_policy, callback, number) VALUES (?, ?, 0, 1, '')",
                           users.items())
        db.close()

    def driver(self, **how):
        driver = Driver(self.rrasd.driver_socket, **how)
        self.addCleanup(driver.close)
        self.assertIs(driver.hear("welcome")["admission"], True)
        return driver

    def ask(self, driver, user, n=7):
        driver.say(type="admission-ask", n=n, user=user, client_address="192.0.2.7:4000")
        answer = driver.hear("admission")
        self.assertEqual(answer["n"], n)
        return answer["result"], answer.get("text")

    def test_a_driver_that_asks_is_answered(self):
        self.start(alice=1, bob=0)
        for how in ({}, {"kind": "session", "name": "pppd", "instance": "l2tp", "device_type": "l2tp", "ports": 0}):
            driver = self.driver(**how, more=["admission"])
            self.assertEqual(self.ask(driver, "alice"), ("permit", None))
            self.assertEqual(self.ask(driver, "bob", 8), ("refuse", REASON))
            self.assertEqual(self.ask(driver, "CORP\\bob", 9), ("refuse", REASON))
            self.assertEqual(self.ask(driver, "stranger", 10), ("permit", None))
        line = until("the audit log has it", lambda: self.rrasd.audit("user-refused"))[0]
        self.assertEqual((line["user"], line["client_address"], line["driver"], line["reason"]),
                         ("bob", "192.0.2.7:4000", "sim", "this user may not dial in"))
        self.assertNotIn("session", line)
        self.assertEqual(self.rrasd.audit("order"), [])

    def test_a_policy_of_refusal_is_taken_over_by_a_reload(self):
        self.start(alice=1)
        driver = self.driver()
        self.assertEqual(self.ask(driver, "stranger"), ("permit", None))
        self.rrasd.configure("[users]\npolicy=refuse\n")
        self.rrasd.process.send_signal(signal.SIGHUP)
        self.rrasd.wait_logged("reload: done")
        self.assertEqual(self.ask(driver, "stranger", 8), ("refuse", REASON))
        self.assertEqual(self.ask(driver, "alice", 9), ("permit", None))

    def test_a_store_that_can_not_be_read_answers_as_the_site_wants(self):
        for word, result in (("refuse", "refuse"), ("permit", "permit")):
            self.start(f"{ENDING}unavailable={word}\n", alice=1)
            self.rrasd.stop()
            db = sqlite3.connect(self.rrasd.path("state/rrasd.db"))
            with db:  # this no rrasd has written, so it is no answer
                db.execute("UPDATE user SET callback = 99")
            db.close()
            self.rrasd.start()
            driver = self.driver()
            driver.end_snapshot()
            self.assertEqual(self.ask(driver, "alice")[0], result)
            driver.session("1", "alice")
            self.rrasd.wait_logged('"alice" may dial in is not known, so sessions stay')
            self.assertEqual(self.rrasd.audit("order"), [])

    def test_who_may_not_be_there_is_disconnected_on_arrival_and_nobody_else(self):
        self.start(ENDING, alice=1, bob=0)
        driver = self.driver()
        driver.end_snapshot()
        driver.session("1", "alice")
        driver.session("2", "CORP\\bob")
        driver.session("3", "stranger")
        order = driver.hear("disconnect")
        self.assertEqual((order["id"], order["reason"], order["hard"]), ("2", REASON, False))
        driver.say(type="reply", order=order["order"], result="refused", text="not now")
        order = driver.hear("disconnect")
        self.assertEqual((order["id"], order["hard"]), ("2", True))
        driver.say(type="reply", order=order["order"], result="accepted")
        driver.say(type="gone", id="2", start=1764084000)
        until("it has ended", lambda: [line["outcome"] for line in self.rrasd.audit("outcome")] == ["refused", "gone"])
        first, second = self.rrasd.audit("order")
        self.assertEqual((first["op"], first["session"], first["user"]), ("admission", "2", "CORP\\bob"))
        self.assertNotIn("who", first)
        self.assertEqual((second["op"], second["session"]), ("admission", "2"))
        self.assertEqual([line["session"] for line in self.rrasd.audit("user-refused")], ["2"])

    def test_nobody_is_disconnected_where_the_site_does_not_want_it(self):
        self.start(bob=0)
        driver = self.driver()
        driver.end_snapshot()
        driver.session("1", "bob")
        self.assertEqual(self.ask(driver, "bob")[0], "refuse")  # so whatever would have followed has been
        self.assertEqual(self.rrasd.audit("order"), [])
        self.rrasd.configure(ENDING)
        self.rrasd.process.send_signal(signal.SIGHUP)
        self.assertEqual(driver.hear("disconnect")["id"], "1")  # now it does

    def test_who_is_refused_later_is_found_when_users_are_looked_at_again(self):
        self.start(ENDING, alice=1, bob=1)
        driver = self.driver()
        driver.end_snapshot()
        driver.session("1", "alice")
        driver.session("2", "bob")
        self.assertEqual(self.ask(driver, "bob"), ("permit", None))
        self.store(bob=0)
        self.assertEqual(driver.hear("disconnect")["id"], "2")
        self.assertEqual(len(self.rrasd.audit("order")), 1)

    def set_user(self, caller, user, permitted):
        caller.ask("RrasxUserSet", user=user, permitted=permitted, callback=NO_CALLBACK, flags=CREATE)

    def test_who_is_refused_by_an_administrator_is_disconnected_at_once(self):
        self.start(ENDING.replace("1s", "0"))
        caller = Caller(self.rrasd.socket)
        self.addCleanup(caller.close)
        driver = self.driver()
        driver.end_snapshot()
        for i, user in enumerate(("alice", "CORP\\bob", "bob", "bobby")):
            driver.session(str(i), user)
        self.assertEqual(self.ask(driver, "bob"), ("permit", None))
        self.set_user(caller, "bob", False)
        ended = {driver.hear("disconnect")["id"] for _ in range(2)}
        self.assertEqual(ended, {"1", "2"})  # he is meant in every domain
        said = caller.ask("RrasxEventWait", after=0, mask=1 << USER_REFUSED, **{"wait-ms": 20000})
        self.assertEqual({(e["user"], e["id"], e["reason"]) for e in said["event"]},
                         {(user, i, "this user may not dial in") for i, user in (("1", "CORP\\bob"), ("2", "bob"))})
        self.assertEqual(self.ask(driver, "alice", 8), ("permit", None))
        self.assertEqual(len(self.rrasd.audit("order")), 2)

    def test_who_is_forgotten_is_for_the_policy_and_so_at_once(self):
        self.start(ENDING.replace("1s", "0") + "policy=refuse\n", bob=1, carol=1)
        caller = Caller(self.rrasd.socket)
        self.addCleanup(caller.close)
        driver = self.driver()
        driver.end_snapshot()
        driver.session("1", "bob")
        driver.session("2", "carol")
        self.assertEqual(self.ask(driver, "bob"), ("permit", None))
        self.assertEqual(self.rrasd.audit("order"), [])
        caller.ask("RrasxUserRemove", user="bob")
        self.assertEqual(driver.hear("disconnect")["id"], "1")
        self.assertEqual(len(self.rrasd.audit("order")), 1)

    def test_who_is_there_when_rrasd_begins_is_looked_up(self):
        self.start(ENDING, bob=1)
        driver = self.driver()
        driver.end_snapshot()
        driver.session("1", "bob")
        self.assertEqual(self.ask(driver, "bob"), ("permit", None))
        self.rrasd.stop()
        self.store(bob=0)
        self.rrasd.start()
        driver = self.driver()
        driver.session("1", "bob")
        driver.end_snapshot()
        self.assertEqual(driver.hear("disconnect")["id"], "1")


if __name__ == "__main__":
    unittest.main()
