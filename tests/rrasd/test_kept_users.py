# SPDX-License-Identifier: Apache-2.0
"""Users of a real rrasd, over our own interface: what is kept of them, over every end; and who hears of a change."""
import os
import signal
import sys
import unittest

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path[:0] = [os.path.join(TOP, "tests", "lib"), os.path.join(TOP, "tests", "rrasx")]
from rig import Driver, Rrasd, as_user, until  # noqa: E402
from test_wire import Caller  # noqa: E402

PROGRAM = sys.argv.pop(1)
NONE, ADMIN, CALLER = 1, 2, 4
CREATE = 1
BOB = {"user": "CORP\\bob", "permitted": 1, "callback": ADMIN, "number": "+49 30 5550100☎"}
ANN = {"user": "ann", "by-policy": 1, "callback": NONE}


class UsersTest(unittest.TestCase):
    def start(self, config="", **popen):
        self.rrasd = Rrasd(PROGRAM, config).__enter__()
        self.addCleanup(self.rrasd.__exit__)
        self.rrasd.start(**popen)
        return self.client()

    def client(self):
        client = Caller(self.rrasd.socket)
        self.addCleanup(client.close)
        return client

    def again(self, number):
        self.rrasd.stop(number)
        self.rrasd.start()
        return self.client()

    def test_what_was_answered_is_kept_over_a_crash_and_a_stop(self):
        client = self.start()
        self.assertEqual(client.code_of("RrasxUserSet", **BOB), 1317)  # a typo makes nobody
        self.assertEqual(client.code_of("RrasxUserSet", **BOB, flags=CREATE), 0)
        self.assertEqual(client.code_of("RrasxUserSet", **ANN, flags=CREATE), 0)
        self.assertEqual(client.code_of("RrasxUserSet", user="eve", callback=CALLER, flags=CREATE), 0)
        for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGKILL):
            client = self.again(number)
            self.assertEqual(client.ask("RrasxUserGet", user="CORP\\bob"), {**BOB, "admitted": 1})
            self.assertEqual(client.ask("RrasxUserEnum")["user"],
                             [{**BOB, "admitted": 1}, {**ANN, "admitted": 1}, {"user": "eve", "callback": CALLER}])
        self.assertEqual(client.code_of("RrasxUserRemove", user="eve"), 0)
        client = self.again(signal.SIGKILL)
        self.assertEqual(client.code_of("RrasxUserGet", user="eve"), 1317)
        self.assertEqual(client.code_of("RrasxUserRemove", user="eve"), 1317)
        self.assertEqual([(line["op"], line["user"], line.get("result", 0)) for line in self.rrasd.audit("user")],
                         [("RrasxUserSet", "CORP\\bob", 1317), ("RrasxUserSet", "CORP\\bob", 0), ("RrasxUserSet", "ann", 0),
                          ("RrasxUserSet", "eve", 0), ("RrasxUserRemove", "eve", 0), ("RrasxUserRemove", "eve", 1317)])

    def test_many_come_in_pages(self):
        client = self.start()
        names = [f"user{i:04}" + "x" * 400 for i in range(200)]
        for at in range(0, len(names), 25):
            for name in names[at:at + 25]:
                client.begin("RrasxUserSet", user=name, callback=NONE, flags=CREATE)
            for _ in names[at:at + 25]:
                self.assertEqual(client.end("RrasxUserSet")[0], 0)
        seen, after, pages = [], "", 0
        while after is not None:
            said = client.ask("RrasxUserEnum", **({"after": after} if after else {}))
            seen += [user["user"] for user in said["user"]]
            after, pages = said.get("next"), pages + 1
        self.assertEqual(seen, names)
        self.assertGreater(pages, 1)

    def test_what_can_not_be_is_refused(self):
        client = self.start()
        for bad in ({"user": ""}, {"user": "a\nb"}, {"callback": 0}, {"callback": 3}, {"flags": 6}, {"number": "5" * 129}, {"number": "\x1b"}):
            self.assertEqual(client.code_of("RrasxUserSet", **{**BOB, "flags": CREATE, **bad}), 87, bad)
        self.assertEqual(client.ask("RrasxUserEnum"), {})

    def test_a_policy_counts_at_once_after_a_reload(self):
        client = self.start()
        self.assertEqual(client.code_of("RrasxUserSet", **ANN, flags=CREATE), 0)
        self.assertEqual(client.ask("RrasxUserGet", user="ann")["admitted"], 1)
        self.rrasd.configure("[users]\npolicy=refuse\n")
        self.rrasd.process.send_signal(signal.SIGHUP)
        self.rrasd.wait_logged("reload: done")
        self.assertNotIn("admitted", client.ask("RrasxUserGet", user="ann"))

    def test_a_revoked_user_s_sessions_are_ended_where_the_site_asks_for_it(self):
        client = self.start("[users]\nend_sessions=yes\nrecheck=0\n")
        self.assertEqual(client.code_of("RrasxUserSet", user="bob", permitted=1, callback=NONE, flags=CREATE), 0)
        driver = Driver(self.rrasd.driver_socket)
        self.addCleanup(driver.close)
        driver.hear("welcome")
        driver.session("1", "alice")
        driver.session("2", "CORP\\bob")
        driver.end_snapshot()
        until("both are there", lambda: len(client.ask("RrasxSessionEnum").get("session", [])) == 2)
        self.assertEqual(client.code_of("RrasxUserSet", user="bob", callback=NONE), 0)
        order = driver.hear("disconnect")
        self.assertEqual(order["id"], "2")
        driver.say(type="reply", order=order["order"], result="accepted")
        driver.say(type="gone", id="2", start=order["start"])
        until("it is gone", lambda: len(client.ask("RrasxSessionEnum").get("session", [])) == 1)

    @unittest.skipIf(os.geteuid() != 0, "needs root, to be somebody else")
    def test_who_may_only_look_changes_nothing(self):
        viewer = 65533
        client = self.start(f"[roles]\nviewers=user:{viewer}\n")
        self.assertEqual(client.code_of("RrasxUserSet", **ANN, flags=CREATE), 0)
        os.chmod(self.rrasd.path("."), 0o755)
        os.chmod(os.path.dirname(self.rrasd.socket), 0o755)

        def look():
            looker = Caller(self.rrasd.socket)
            return [looker.code_of("RrasxUserGet", user="ann"), looker.code_of("RrasxUserEnum"),
                    looker.code_of("RrasxUserSet", **BOB, flags=CREATE), looker.code_of("RrasxUserRemove", user="ann")]
        self.assertEqual(as_user(viewer, viewer, [], look), [0, 0, 5, 5])
        self.assertEqual([user["user"] for user in client.ask("RrasxUserEnum")["user"]], ["ann"])
        self.assertEqual([line["op"] for line in self.rrasd.audit("denied")], ["RrasxUserSet", "RrasxUserRemove"])


if __name__ == "__main__":
    unittest.main()
