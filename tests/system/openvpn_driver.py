#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""rras-openvpn with a real OpenVPN server and real clients; rrasd is played by tests/lib/standin.py."""
import os
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

from programs import program
from scope import Scope, may_make_networks, wait_until
from standin import Standin
from tap import Report
from vpn import Authority, Client, Management, Network, Server, ping_loss, wait_gone


class World:
    """A network with a server, the stand-in and the driver; clients come and go in the tests."""

    def __init__(self, scope):
        self.scope = scope
        self.network = Network(scope)
        self.authority = Authority(scope)
        self.server = Server(scope, self.network, self.authority).start()
        self.rrasd = Standin(scope.path("driver.sock"))
        scope.callback(lambda: self.rrasd.close())
        self.driver = None
        self.clients = []
        self.start_driver()

    def start_driver(self, *options):
        self.driver = self.scope.start(program("rras-openvpn"), "--management", self.server.management, "--socket",
                                       self.scope.path("driver.sock"), "-v", "-v", *options, log="driver")
        return self.driver

    def clear(self):
        """End every client and every session, so that the next test begins with none."""
        for client in self.clients:
            client.process.end()
        self.clients = []
        self.rrasd.wait_online()
        for session in list(self.rrasd.sessions.values()):
            self.rrasd.disconnect(session, hard=True)
        self.rrasd.wait("an empty server", lambda s: s.connection and s.snapshot and not s.sessions, 10)

    def client(self, user, place, *options, **kwargs):
        client = Client(self.server, user, place, *options, **kwargs)
        self.clients.append(client)
        return client.start()


def shows_who_is_there(report, w):
    alice, bob = w.client("alice", 1), w.client("bob", 2)
    a, b = w.rrasd.wait_user("alice"), w.rrasd.wait_user("bob")
    report.check("a user is shown with her outer address", a["client_address"].startswith("10.77.1.2:"), a)
    report.check("and with the address that openvpn has given her", a["tunnel_address4"] == alice.tunnel_address(), a)
    report.check("and ours in the tunnel", a["tunnel_server4"] == Server.TUNNEL, a)
    report.check("two users are two sessions", a["id"] != b["id"])
    before = a["counters"]["bytes_in"]
    report.check("pings go through the tunnel", alice.ping(10) == 10)
    w.rrasd.wait("counters that have grown", lambda s: s.sessions[a["id"]]["counters"]["bytes_in"] > before + 10 * 84)
    report.check("traffic is counted", True)


def ends_one_session_politely(report, w):
    alice, bob = w.client("alice", 1), w.client("bob", 2)
    a = w.rrasd.wait_user("alice")
    w.rrasd.wait_user("bob")
    ping = bob.start_ping()
    ping.wait_log("bytes from")
    order = w.rrasd.disconnect(a, reason="maintenance")
    report.check("openvpn takes the order", w.rrasd.wait_reply(order)["result"] == "accepted")
    gone = w.rrasd.wait_gone(a)
    report.check("the session is gone, by our doing", gone["reason"] == "disconnected by the administrator", gone)
    report.check("with its last counters, which are not called final",
                 gone["counters"]["bytes_in"] >= a["counters"]["bytes_in"] and gone["counters_final"] is False, gone)
    wait_gone(alice)
    report.check("the client has heard it, with the administrator's words",
                 "Halt command was pushed by server ('maintenance')" in alice.process.log(), alice.process.log()[-500:])
    time.sleep(1)
    sent, lost = ping_loss(ping)
    report.check("the other user has lost nothing", sent >= 10 and lost == 0, f"{lost} of {sent} lost")
    report.check("and is still listed", len(w.rrasd.of("bob")) == 1)


TESTS = [shows_who_is_there, ends_one_session_politely]


def main():
    report = Report()
    why = may_make_networks()
    if why:
        for test in TESTS:
            report.skip(test.__name__, why)
        report.finish()
    with Scope() as scope:
        w = World(scope)
        for test in TESTS:
            print(f"# {test.__name__}", flush=True)
            report.run(test.__name__, test, w)
            report.run(f"{test.__name__}, tidying up", lambda _: w.clear())
        if report.failed:
            print(w.driver.log()[-6000:], w.server.process.log()[-3000:], *w.rrasd.history[-30:], sep="\n")
    report.finish()


if __name__ == "__main__":
    main()
