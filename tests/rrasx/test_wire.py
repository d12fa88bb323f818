#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Our own interface of a real rrasd, from a client that knows only docs/rrasx.md: bytes made by hand, over the socket.

usage: test_wire.py RRASD [TEST...]
"""
import os
import struct
import sys

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path[:0] = [os.path.join(TOP, "tests", "lib"), os.path.join(TOP, "tests", "rrasd")]
from rig import BIND, BIND_ACK, DIMSVC, NDR20, Client, Driver, Fault, Rrasd, pdu, until  # noqa: E402
from rrasx import Document  # noqa: E402

doc = Document()
DIMSVC_CONTEXT, RRASX_CONTEXT = 0, 1
CONC_MPX = 0x10
SESSION_GONE, JOB_DONE, DRY_RUN = 3, 2, 2
DRIVER_AWAY, DRIVER_UP = 1, 5


def bind_both():
    """One bind that asks for both interfaces."""
    body = struct.pack("<HHI", 5840, 5840, 0) + struct.pack("<BBH", 2, 0, 0)
    for context, interface, version in ((DIMSVC_CONTEXT, DIMSVC, 0), (RRASX_CONTEXT, doc.interface, 1)):
        body += struct.pack("<HBB", context, 1, 0) + interface.bytes_le + struct.pack("<HH", version, 0)
        body += NDR20.bytes_le + struct.pack("<I", 2)
    return pdu(BIND, body, flags=3 | CONC_MPX)  # answers in whatever order they are ready


class Caller(Client):
    """A client of dimsvc that also calls operations of rrasx by name."""

    def __init__(self, path):
        super().__init__(path, bind=False)
        self.sock.sendall(bind_both())
        kind, body = self.read_pdu()
        assert kind == BIND_ACK, kind
        address = struct.unpack_from("<H", body, 8)[0]
        at = (10 + address + 3) // 4 * 4
        count = body[at]
        results = [struct.unpack_from("<H", body, at + 4 + 24 * i)[0] for i in range(count)]
        assert results == [0, 0], results

    def send_stub(self, opnum, stub):
        self.calls += 1
        self.sock.sendall(pdu(0, struct.pack("<IHH", len(stub), RRASX_CONTEXT, opnum) + stub, self.calls))

    def begin(self, operation, **values):
        self.send_stub(doc.operations[operation][0], doc.request(operation, values))

    def end(self, operation):
        return doc.reply(operation, self.receive())

    def ask(self, operation, **values):
        """What the reply says; the code must be 0."""
        self.begin(operation, **values)
        code, said = self.end(operation)
        assert code == 0, (operation, code)
        return said

    def code_of(self, operation, **values):
        self.begin(operation, **values)
        return self.end(operation)[0]

    def fault_of(self, opnum, stub):
        self.send_stub(opnum, stub)
        try:
            self.receive()
        except Fault as fault:
            return str(fault)
        raise AssertionError("no fault")


def with_users(rrasd, *users):
    """A driver that is there and has told its sessions."""
    driver = Driver(rrasd.driver_socket)
    driver.hear("welcome")
    for number, user in enumerate(users):
        driver.session(str(number), user)
    driver.end_snapshot()
    return driver


def sessions(client, **selector):
    values = {"selector": selector} if selector else {}
    return client.ask("RrasxSessionEnum", **values).get("session", [])


def both_interfaces_share_an_association(rrasd):
    client, driver = Caller(rrasd.socket), with_users(rrasd, "alice")
    until("the session is listed", lambda: len(sessions(client)) == 1)
    until("dimsvc has it too", lambda: any(port[2] == 5 for port in client.ports()))
    server = client.ask("RrasxServerGet")
    assert server["version"] and server["run"] and server["ports-in-use"] == 1, server
    assert server["rights"] == 7 and server["features"], server
    driver.close()


def the_server_selects(rrasd):
    client, driver = Caller(rrasd.socket), with_users(rrasd, "alice", "bob", "andré")
    until("all are listed", lambda: len(sessions(client)) == 3)
    assert [s["user"] for s in sessions(client, user="andré")] == ["andré"]
    assert len(sessions(client, driver="sim:main")) == 3
    assert sessions(client, driver="other") == []
    assert client.code_of("RrasxSessionEnum", selector={}) == 87
    assert client.code_of("RrasxSessionEnum", selector={"address": "10.8.0.300"}) == 87
    driver.close()


def a_disconnect_is_watched_to_its_end(rrasd):
    client, watcher, driver = Caller(rrasd.socket), Caller(rrasd.socket), with_users(rrasd, "alice", "bob")
    until("both are listed", lambda: len(sessions(client)) == 2)
    start = client.ask("RrasxServerGet")
    job = client.ask("RrasxDisconnect", selector={"user": "bob"}, flags=DRY_RUN)
    assert job["matched"] == 1 and "job" not in job, job
    watcher.begin("RrasxEventWait", run=start["run"], after=start.get("last-event", 0), mask=1 << SESSION_GONE, **{"wait-ms": 60000})
    client.begin("RrasxDisconnect", selector={"user": "bob"}, reason="test", **{"wait-ms": 60000})
    order = driver.hear("disconnect")
    driver.say(type="reply", order=order["order"], result="accepted")
    driver.say(type="gone", id=order["id"], start=order["start"], reason="because")
    code, job = client.end("RrasxDisconnect")
    assert code == 0 and job["state"] == JOB_DONE and job["confirmed"] == 1 and job["reason"] == "test", job
    code, told = watcher.end("RrasxEventWait")
    assert code == 0 and [e["user"] for e in told["event"]] == ["bob"], told
    assert told["run"] == start["run"] and told["last"] >= told["event"][0]["number"], told
    assert client.ask("RrasxJobWait", job=job["job"])["state"] == JOB_DONE
    assert client.code_of("RrasxJobCancel", number=job["job"] + 1000) == 1168
    driver.close()


def a_user_is_kept_out(rrasd):
    client, driver = Caller(rrasd.socket), with_users(rrasd)
    number = client.ask("RrasxKeepOutAdd", user="mallory", seconds=3600, reason="stolen laptop")["number"]
    listed = client.ask("RrasxKeepOutEnum")["keep-out"]
    assert [(k["number"], k["user"], k["reason"]) for k in listed] == [(number, "mallory", "stolen laptop")], listed
    assert listed[0]["until"] - listed[0]["since"] == 3600, listed
    assert client.ask("RrasxKeepOutAdd", user="mallory", seconds=60)["number"] == number
    assert client.code_of("RrasxKeepOutAdd", user="mallory") == 87
    assert client.code_of("RrasxKeepOutRemove", number=number) == 0
    assert client.code_of("RrasxKeepOutRemove", number=number) == 1168
    assert client.ask("RrasxKeepOutEnum") == {}
    driver.close()


def drivers_are_listed_and_forgotten(rrasd):
    client, driver = Caller(rrasd.socket), with_users(rrasd, "alice")
    name = {"driver": "sim", "instance": "main"}
    listed = until("the driver is up", lambda: [d for d in client.ask("RrasxDriverEnum").get("driver", []) if d["state"] == DRIVER_UP])
    assert listed[0]["driver"] == "sim" and listed[0]["ports"] == 4 and listed[0]["pid"] == os.getpid(), listed
    assert client.code_of("RrasxDriverForget", **name) == 170
    driver.say(type="gone", id="0", start=1764084000)
    until("its session is gone", lambda: sessions(client) == [])
    driver.close()
    until("the driver is away", lambda: client.ask("RrasxDriverEnum")["driver"][0]["state"] == DRIVER_AWAY)
    assert client.code_of("RrasxDriverForget", **name) == 0
    assert client.ask("RrasxDriverEnum") == {}
    assert client.code_of("RrasxDriverForget", **name) == 1168


def a_driver_is_forgotten_with_its_sessions(rrasd):
    client, driver = Caller(rrasd.socket), with_users(rrasd, "alice", "bob")
    name = {"driver": "sim", "instance": "main"}
    assert client.ask("RrasxServerGet")["features"] & 0x20
    until("they are there", lambda: len(sessions(client)) == 2)
    assert client.code_of("RrasxDriverForget", **name, flags=1) == 170
    driver.close()
    until("the driver is away", lambda: client.ask("RrasxDriverEnum")["driver"][0]["state"] == DRIVER_AWAY)
    assert client.code_of("RrasxDriverForget", **name, flags=2) == 87
    assert client.code_of("RrasxDriverForget", **name) == 170
    assert len(sessions(client)) == 2
    assert client.ask("RrasxDriverForget", **name, flags=1) == {"sessions": 2}
    assert sessions(client) == [] and client.ask("RrasxDriverEnum") == {}
    driver = with_users(rrasd)
    driver.close()
    until("it is away again", lambda: client.ask("RrasxDriverEnum")["driver"][0]["state"] == DRIVER_AWAY)
    assert client.ask("RrasxDriverForget", **name, flags=1) == {}  # it had none


def what_is_no_request_is_a_fault(rrasd):
    client = Caller(rrasd.socket)
    assert client.fault_of(0, b"") == "0x6f7"
    assert client.fault_of(0, struct.pack("<II", 4, 5) + bytes(5)) == "0x6f7"
    assert client.fault_of(5, struct.pack("<II", 5, 5) + struct.pack("<HHB", 1, 1, 0)) == "0x6f7"
    assert client.fault_of(len(doc.operations), bytes(8)) == "0x1c010002"
    assert client.ask("RrasxServerGet")["version"]  # the association goes on


def a_caller_who_goes_takes_nothing_with_him(rrasd):
    driver = with_users(rrasd, "alice")
    client = Caller(rrasd.socket)
    until("the session is listed", lambda: len(sessions(client)) == 1)
    for _ in range(3):
        gone = Caller(rrasd.socket)
        gone.begin("RrasxEventWait", after=0xFFFFFFFFFFFFFFFF, mask=0xFFFFFFFF, **{"wait-ms": 60000})
        gone.close()
    client.begin("RrasxDisconnect", selector={"user": "alice"}, **{"wait-ms": 60000})
    order = driver.hear("disconnect")
    client.close()  # the order stands
    driver.say(type="reply", order=order["order"], result="accepted")
    driver.say(type="gone", id=order["id"], start=order["start"])
    other = Caller(rrasd.socket)
    until("the session is gone", lambda: sessions(other) == [])
    driver.close()


TESTS = [both_interfaces_share_an_association, the_server_selects, a_disconnect_is_watched_to_its_end, a_user_is_kept_out,
         drivers_are_listed_and_forgotten, a_driver_is_forgotten_with_its_sessions, what_is_no_request_is_a_fault, a_caller_who_goes_takes_nothing_with_him]


def run(test, program):
    """One line of TAP; each test has a server of its own."""
    with Rrasd(program) as rrasd:
        try:
            rrasd.start()
            test(rrasd)
            return f"ok - {test.__name__}"
        except Exception as error:  # whatever it is, the other tests are run as well
            print("".join(f"# {line}\n" for line in rrasd.read_log().splitlines()[-15:]), end="")
            return f"not ok - {test.__name__}: {type(error).__name__}: {error}"


def main():
    lines = [run(test, sys.argv[1]) for test in TESTS if test.__name__ in sys.argv[2:] or not sys.argv[2:]]
    print("\n".join(lines))
    print(f"1..{len(lines)}")
    return 0 if lines and all(line.startswith("ok") for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
