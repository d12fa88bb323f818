#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Watching, jobs and keep-outs with a real rrasd: many at once, in the middle of a stop, over a restart.

Usage: test_watch.py RRASD [unittest options]. Client and driver know only the documents (tests/rrasx/test_wire.py).
"""
import contextlib
import os
import signal
import socket
import sqlite3
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "rrasx"))
from rig import Driver, Rrasd, until  # noqa: E402
from test_wire import Caller, sessions  # noqa: E402

PROGRAM = sys.argv.pop(1)
EVERYTHING, NEWEST = 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF
SESSION_UP, SESSION_GONE, ORDER, OUTCOME, KEEP_OUT, KEEP_OUT_END, KEPT_OUT, JOB = 1, 3, 6, 7, 11, 12, 13, 14
RUNNING, DONE, CANCELLED = 1, 2, 3
AWAY = 1
UNLIMITED = 0xFFFFFFFF
BUSY, NOT_FOUND, TOO_BUSY = 170, 1168, 1723


def driver_of(r, users=(), **hello):
    driver = Driver(r.driver_socket, **hello)
    driver.hear("welcome")
    for number, user in enumerate(users):
        driver.session(str(number), user)
    driver.end_snapshot()
    return driver


def wait(client, after, run=None, types=(), wait_ms=60000):
    mask = sum(1 << t for t in types) or EVERYTHING
    values = {"after": after, "mask": mask, "wait-ms": wait_ms}
    if run:
        values["run"] = run
    client.begin("RrasxEventWait", **values)


def take(client):
    """What a call that waits has come to."""
    code, said = client.end("RrasxEventWait")
    assert code == 0, code
    return said


def disconnect(client, wait_ms=0, **values):
    client.begin("RrasxDisconnect", **values, **{"wait-ms": wait_ms})


def gone(driver, order):
    driver.say(type="reply", order=order["order"], result="accepted")
    driver.say(type="gone", id=order["id"], start=order["start"])


class Watching(unittest.TestCase):
    def test_everybody_hears_of_everything_once_and_in_order(self):
        with Rrasd(PROGRAM, "[limits]\nconnections_per_user=200\n").start() as r:
            watchers = [Caller(r.socket) for _ in range(60)]
            last = watchers[0].ask("RrasxServerGet").get("last-event", 0)
            heard = {w: [] for w in watchers}
            for w in watchers:
                wait(w, last)
            driver = driver_of(r)
            for i in range(100):
                driver.session(str(i), f"user{i}")
            for w in watchers:
                after = last
                while sum(e["type"] == SESSION_UP for e in heard[w]) < 4:  # the driver has four ports
                    said = take(w)
                    self.assertNotIn("missed", said)
                    heard[w] += said["event"]
                    self.assertGreaterEqual(said["last"], after)
                    after = said["last"]
                    wait(w, after, said["run"])
                w.close()
            for events in heard.values():
                numbers = [e["number"] for e in events]
                self.assertEqual(numbers, list(range(last + 1, last + 1 + len(numbers))))
                self.assertEqual(events, heard[watchers[0]][:len(events)])
            self.assertEqual(r.stop(), 0)

    def test_who_is_slow_hears_how_many_he_has_missed(self):
        with Rrasd(PROGRAM, "[limits]\nevents_kept=16\n").start() as r:
            client, driver = Caller(r.socket), driver_of(r)
            start = client.ask("RrasxServerGet")
            for i in range(30):
                driver.session("1", f"user{i}")
            until("all is told", lambda: client.ask("RrasxServerGet").get("last-event", 0) >= start["last-event"] + 30)
            now = client.ask("RrasxServerGet")
            wait(client, start["last-event"], start["run"])
            said = take(client)
            self.assertEqual(said["missed"], now["first-event"] - start["last-event"] - 1)
            self.assertEqual([e["number"] for e in said["event"]], list(range(now["first-event"], now["last-event"] + 1)))

    def test_after_a_restart_who_watches_is_told_and_a_stop_answers_him(self):
        with Rrasd(PROGRAM).start() as r:
            client = Caller(r.socket)
            run = client.ask("RrasxServerGet")["run"]
            wait(client, NEWEST, run)
            r.process.send_signal(signal.SIGTERM)
            said = take(client)
            self.assertNotIn("event", said)
            self.assertEqual(r.process.wait(20), 0)
            r.start()
            client = Caller(r.socket)
            wait(client, 0, run)
            said = take(client)
            self.assertTrue(said["restarted"])
            self.assertNotEqual(said["run"], run)

    def test_waiting_calls_are_bounded_and_leave_with_their_connection(self):
        with Rrasd(PROGRAM, "[limits]\nwaiting_calls=5\nwaiting_per_connection=3\n").start() as r:
            first, second = Caller(r.socket), Caller(r.socket)
            for _ in range(4):
                wait(first, NEWEST)
            self.assertEqual(first.end("RrasxEventWait")[0], TOO_BUSY)
            for _ in range(3):
                wait(second, NEWEST)
            self.assertEqual(second.end("RrasxEventWait")[0], TOO_BUSY)
            first.close()
            third = Caller(r.socket)

            def has_room():
                wait(third, NEWEST, wait_ms=1)
                return third.end("RrasxEventWait")[0] == 0
            until("the calls of the first are forgotten", has_room)
            r.configure("[limits]\nwaiting_calls=2\nevents_kept=99\n")
            r.process.send_signal(signal.SIGHUP)
            until("reloaded", lambda: r.audit("reload"))
            self.assertTrue(r.logged("[limits] events_kept has changed in the file, but only a restart changes it"))
            wait(third, NEWEST)
            self.assertEqual(third.end("RrasxEventWait")[0], TOO_BUSY)


class Jobs(unittest.TestCase):
    def test_a_stop_in_the_middle_leaves_the_others_alone_and_the_audit_says_how_far(self):
        with Rrasd(PROGRAM).start() as r:
            client, driver = Caller(r.socket), driver_of(r, ["alice"] * 4)
            until("all are there", lambda: len(sessions(client)) == 4)
            disconnect(client, wait_ms=60000, selector={"user": "alice"}, rate=1, reason="maintenance")
            gone(driver, driver.hear("disconnect"))
            until("it has its outcome", lambda: r.audit("outcome"))
            r.process.send_signal(signal.SIGTERM)
            code, job = client.end("RrasxDisconnect")
            self.assertEqual((code, job["state"], job["matched"]), (0, RUNNING, 4))
            self.assertEqual(r.process.wait(20), 0)
            end, = r.audit("job-end")
            self.assertEqual((end["job"], end["state"], end["matched"]), (job["job"], "cancelled", 4))
            self.assertEqual(end["asked"], len(r.audit("order")))
            r.start()
            driver = driver_of(r, ["alice"] * 4)
            client = Caller(r.socket)
            until("who was not asked for is still there", lambda: len(sessions(client)) == 4)
            self.assertEqual(client.code_of("RrasxJobWait", job=job["job"]), NOT_FOUND)

    def test_cancelled_in_the_middle_no_more_orders_are_given(self):
        with Rrasd(PROGRAM).start() as r:
            client, driver = Caller(r.socket), driver_of(r, ["alice"] * 4)
            until("all are there", lambda: len(sessions(client)) == 4)
            start = client.ask("RrasxServerGet")
            job = client.ask("RrasxDisconnect", selector={"driver": "sim:main"}, rate=1)["job"]
            order = driver.hear("disconnect")
            client.ask("RrasxJobCancel", number=job)
            gone(driver, order)
            until("it has ended", lambda: client.ask("RrasxJobWait", job=job)["state"] == CANCELLED)
            self.assertEqual(client.ask("RrasxJobWait", job=job)["confirmed"], 1)
            wait(client, start["last-event"], types=[JOB, ORDER, OUTCOME], wait_ms=0)
            events = take(client)["event"]
            self.assertEqual([e["type"] for e in events], [JOB, ORDER, OUTCOME, JOB])
            self.assertEqual({e["job"] for e in events}, {job})
            self.assertEqual(len(sessions(client)), 3)
            self.assertEqual(len(r.audit("order")), 1)

    def test_who_comes_back_at_once_is_not_hit_again(self):
        with Rrasd(PROGRAM).start() as r:
            client, driver = Caller(r.socket), driver_of(r, ["alice", "bob"])
            until("both are there", lambda: len(sessions(client)) == 2)
            disconnect(client, wait_ms=60000, selector={"all": True}, rate=UNLIMITED)
            for _ in range(2):
                order = driver.hear("disconnect")
                driver.say(type="reply", order=order["order"], result="accepted")
                driver.session(order["id"], "alice", start=order["start"] + 1)  # the same id, on the same port: another one
            code, job = client.end("RrasxDisconnect")
            self.assertEqual((code, job["state"], job["confirmed"]), (0, DONE, 2))
            self.assertEqual(len(sessions(client)), 2)
            self.assertEqual(len(r.audit("order")), 2)
            self.assertEqual(len(r.audit("job")), 1)


class KeepOut(unittest.TestCase):
    def test_who_comes_back_is_ended_on_arrival_also_after_a_restart(self):
        with Rrasd(PROGRAM).start() as r:
            client, driver = Caller(r.socket), driver_of(r, ["alice"])
            until("she is there", lambda: sessions(client))
            start = client.ask("RrasxServerGet")
            disconnect(client, wait_ms=60000, selector={"user": "alice"}, reason="lost laptop", **{"keep-out-seconds": 3600})
            gone(driver, driver.hear("disconnect"))
            code, job = client.end("RrasxDisconnect")
            self.assertEqual((code, job["confirmed"]), (0, 1))
            driver.session("8", "alice", start=1764085000)
            gone(driver, driver.hear("disconnect"))
            wait(client, start["last-event"], types=[KEPT_OUT])
            event, = take(client)["event"]
            self.assertEqual((event["user"], event["keep-out"]), ("alice", job["keep-out"]))
            self.assertEqual(r.stop(), 0)
            r.start()
            client, driver = Caller(r.socket), driver_of(r)
            kept, = client.ask("RrasxKeepOutEnum")["keep-out"]
            self.assertEqual((kept["number"], kept["user"], kept["reason"]), (job["keep-out"], "alice", "lost laptop"))
            driver.session("9", "alice", start=1764086000)
            gone(driver, driver.hear("disconnect"))
            client.ask("RrasxKeepOutRemove", number=kept["number"])
            driver.session("10", "alice", start=1764087000)
            until("she may again", lambda: sessions(client, user="alice"))
            self.assertEqual([line["keep_out"] for line in r.audit("order") if "who" not in line], [kept["number"]] * 2)
            self.assertEqual(len(r.audit("keep-out")), 1)
            end, = r.audit("keep-out-end")
            self.assertEqual((end["user"], end["op"]), ("alice", "RrasxKeepOutRemove"))

    def test_nobody_hears_that_one_is_taken_before_it_is_stored(self):
        with Rrasd(PROGRAM).start() as r:
            client = Caller(r.socket)
            with contextlib.closing(sqlite3.connect(r.path("state/rrasd.db"), isolation_level=None)) as db:
                db.execute("BEGIN IMMEDIATE")  # rrasd can't write; it tries for two seconds
                client.begin("RrasxKeepOutAdd", user="bob", seconds=3600)
                client.sock.settimeout(0.3)
                with self.assertRaises(socket.timeout):
                    client.end("RrasxKeepOutAdd")
                db.execute("ROLLBACK")
                client.sock.settimeout(20)
                code, said = client.end("RrasxKeepOutAdd")
                self.assertEqual(code, 0)
                self.assertEqual(db.execute("SELECT number, user FROM keep_out").fetchall(), [(said["number"], "bob")])

    def test_so_many_wait_for_a_store_that_can_not_be_written_and_none_is_lost(self):
        with Rrasd(PROGRAM).start() as r:
            client = Caller(r.socket)
            with contextlib.closing(sqlite3.connect(r.path("state/rrasd.db"), isolation_level=None)) as db:
                db.execute("BEGIN IMMEDIATE")
                taken = 0
                while (code := client.code_of("RrasxKeepOutAdd", user=f"user{taken}", seconds=3600)) == 0:
                    taken += 1
                    self.assertLessEqual(taken, 1000)
                self.assertEqual((code, taken), (TOO_BUSY, 1000))
                self.assertTrue(r.logged("can't write keep-outs"))
                db.execute("ROLLBACK")
                until("all are stored", lambda: db.execute("SELECT count(*) FROM keep_out").fetchone() == (1000,))
            until("there is room again", lambda: client.code_of("RrasxKeepOutAdd", user="one more", seconds=3600) == 0)
            r.stop(signal.SIGKILL)
            r.start()
            client, users, page = Caller(r.socket), [], {"next": 0}
            while "next" in page:
                page = client.ask("RrasxKeepOutEnum", after=page["next"])
                users += [k["user"] for k in page["keep-out"]]
            self.assertEqual(users, [f"user{i}" for i in range(1000)] + ["one more"])

    def test_a_crash_loses_no_counts_that_had_time_to_be_stored(self):
        with Rrasd(PROGRAM).start() as r:
            client, driver = Caller(r.socket), driver_of(r)
            number = client.ask("RrasxKeepOutAdd", user="alice", seconds=3600)["number"]
            for i in range(3):
                driver.session(str(i), "alice", start=1764085000 + i)
                gone(driver, driver.hear("disconnect"))
            client.close()
            driver.close()  # and with them all that would wake rrasd up
            with contextlib.closing(sqlite3.connect(r.path("state/rrasd.db"), isolation_level=None)) as db:
                until("they are stored", lambda: db.execute("SELECT turned_away FROM keep_out").fetchone() == (3,))
            r.stop(signal.SIGKILL)
            r.start()
            kept, = Caller(r.socket).ask("RrasxKeepOutEnum")["keep-out"]
            self.assertEqual((kept["number"], kept["turned-away"]), (number, 3))

    def test_one_that_ends_while_rrasd_is_down_has_its_line_once(self):
        with Rrasd(PROGRAM).start() as r:
            client = Caller(r.socket)
            number = client.ask("RrasxKeepOutAdd", user="bob", driver="sim:main", seconds=1)["number"]
            over = time.time() + 1
            client.ask("RrasxKeepOutAdd", user="carol", seconds=3600)
            r.stop(signal.SIGKILL)
            ended = len(r.audit("keep-out-end"))  # 1 on a machine so slow that rrasd has seen it
            until("its time is over", lambda: time.time() > over)
            for _ in range(2):
                r.start()
                self.assertEqual(Caller(r.socket).ask("RrasxKeepOutEnum")["keep-out"][0]["user"], "carol")
                self.assertEqual(r.stop(), 0)
            lines = r.audit()
            end, = [line for line in lines if line["event"] == "keep-out-end"]
            self.assertEqual((end["keep_out"], end["user"]), (number, "bob"))
            self.assertNotIn("who", end)
            if not ended:
                self.assertEqual(end["driver"], "sim:main")
                start = [line for line in lines if line["event"] == "start"][1]
                self.assertEqual(end["run"], start["run"])
                self.assertLess(lines.index(start), lines.index(end))


class Drivers(unittest.TestCase):
    def test_who_is_turned_away_is_shown(self):
        with Rrasd(PROGRAM).start() as r:
            client, driver = Caller(r.socket), driver_of(r)
            self.assertNotIn("refused-driver", client.ask("RrasxServerGet"))
            for _ in range(2):
                second = Driver(r.driver_socket)
                self.assertEqual(second.hear("error")["code"], "busy")
                second.close()
            refused, = client.ask("RrasxServerGet")["refused-driver"]
            self.assertEqual({name: refused[name] for name in ("count", "pid", "code", "driver", "instance")},
                             {"count": 2, "pid": os.getpid(), "code": "busy", "driver": "sim", "instance": "main"})
            self.assertIn("another connection is this driver", refused["reason"])
            driver.close()
            until("the first is away", lambda: client.ask("RrasxDriverEnum")["driver"][0]["state"] == AWAY)
            driver = driver_of(r)
            self.assertNotIn("refused-driver", client.ask("RrasxServerGet"))

    def test_a_driver_that_has_gone_can_be_forgotten(self):
        with Rrasd(PROGRAM).start() as r:
            client, driver = Caller(r.socket), driver_of(r, ["alice"])
            name = {"driver": "sim", "instance": "main"}
            until("she is there", lambda: sessions(client))
            self.assertEqual(client.code_of("RrasxDriverForget", **name), BUSY)
            driver.say(type="gone", id="0", start=1764084000)
            driver.close()
            until("it can be forgotten", lambda: client.code_of("RrasxDriverForget", **name) == 0)
            self.assertEqual(client.code_of("RrasxDriverForget", **name), NOT_FOUND)
            self.assertEqual(client.ask("RrasxDriverEnum"), {})
            self.assertEqual(client.ports(), [])
            driver = driver_of(r, ["bob"])
            until("as a new one it comes back", lambda: sessions(client, user="bob"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
