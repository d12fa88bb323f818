#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A real OpenVPN server with real users, rras-openvpn, rrasd and rasadmin, end to end: one user is disconnected by her port, the
other one notices nothing; whatever is killed in the middle, nobody is disconnected who should not be, and nobody is shown wrong."""
import os
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

from programs import program
from proxy import Proxy
from rras_site import Site
from scope import Scope, may_make_networks, wait_until
from tap import Report
from vpn import Authority, Client, Management, Network, Server, ping_loss, wait_gone

PORTS = 3


class World:
    def __init__(self, scope):
        self.scope = scope
        self.network = Network(scope)
        self.server = Server(scope, self.network, Authority(scope)).start()
        self.proxy = Proxy(scope.path("proxy.sock"), self.server.management)
        scope.callback(lambda: self.proxy.close())
        self.site = Site(scope).start()
        self.clients = []
        self.start_driver()
        self.bob = self.client("bob", 2)
        self.bob_port = self.site.wait_port_of("bob")

    def start_driver(self, *options, management=None):
        self.driver = self.scope.start(program("rras-openvpn"), "--management", management or self.server.management, "--socket",
                                       self.site.driver_socket, "--ports", str(PORTS), *options, log="driver")
        self.wait_operational()

    def restart_driver(self, *options, **kwargs):
        self.driver.end()
        self.wait_away()
        self.start_driver(*options, **kwargs)

    def wait_operational(self):
        wait_until("operational ports", lambda: len(p := self.site.ports()) == PORTS and all(x["state"] != "not operational" for x in p.values()))

    def wait_away(self):
        wait_until("ports of a driver that is away", lambda: all(p["state"] == "not operational" for p in self.site.ports().values()))

    def client(self, user, place, *options, **kwargs):
        client = Client(self.server, user, place, *options, **kwargs).start()
        self.clients.append(client)
        return client

    def without_alice(self):
        """End the sessions of a test; bob stays all the time."""
        for client in self.clients:
            if client is not self.bob:
                client.process.end()
        self.clients = [self.bob]
        for name, port in self.site.ports().items():
            if port["user"] not in ("bob", None, ""):
                self.site.admin("disconnect", "--port", name, "--wait")
        wait_until("bob alone", lambda: all(p["user"] in ("bob", None, "") for p in self.site.ports().values()))

    def bob_stays(self, report, ping):
        time.sleep(0.5)
        sent, lost = ping_loss(ping)
        report.check("bob has not lost a single ping", sent > 0 and lost == 0, f"{lost} of {sent} lost")
        now = self.site.wait_port_of("bob")
        report.check("bob is on his port", now["name"] == self.bob_port["name"] and now["state"] == "connected", now)


def bob_pings(w):
    ping = w.bob.start_ping()
    ping.wait_log("bytes from")
    return ping


def a_port_is_disconnected(report, w):
    ping = bob_pings(w)
    alice = w.client("alice", 1)
    port = w.site.wait_port_of("alice")
    report.check("alice is listed on a port, with her addresses", port["state"] == "connected" and
                 port["client_address"] == alice.tunnel_address() and port["remote_address"].startswith("10.77.1.2:"), port)
    status, out, err = w.site.admin("disconnect", "--port", port["name"], "--wait")
    report.check("rasadmin disconnects her port, confirmed", status == 0, f"{status}: {out}{err}")
    report.check("her port is listening again", w.site.ports()[port["name"]]["state"] == "listening")
    wait_gone(alice)
    report.check("her client has been told", "Halt command was pushed by server" in alice.process.log())
    w.bob_stays(report, ping)
    orders = [e for e in w.site.audit() if e.get("user") == "alice"]
    report.check("the audit log has the order and its outcome", [e["event"] for e in orders] == ["order", "outcome"] and
                 orders[1]["outcome"] == "gone", orders)
    return port


def she_comes_back_and_the_old_handle_is_refused(report, w):
    w.client("alice", 1)
    old = w.site.wait_port_of("alice")
    w.site.admin("disconnect", "--port", old["name"], "--wait")
    w.client("carol", 3)
    w.client("alice", 1)  # with bob all ports are taken, so one of them is on alice's old port
    for user in ("alice", "carol"):
        w.site.wait_port_of(user)
    reused = w.site.ports()[old["name"]]
    report.check("her port is in use again, with another handle", reused["user"] in ("alice", "carol") and reused["handle"] != old["handle"])
    status, out, err = w.site.admin("disconnect", "--port", str(old["handle"]), "--yes")
    report.check("the old handle is refused", status == 3, f"{status}: {out}{err}")
    time.sleep(1)
    report.check("and both are still there", {p["user"] for p in w.site.ports().values()} == {"alice", "bob", "carol"}, w.site.ports())


def carol_takes_her_address_while_nobody_has_noticed(report, w):
    w.restart_driver(management=w.proxy.path)
    ping = bob_pings(w)
    alice = w.client("alice", 1, bind_port=5000)
    port = w.site.wait_port_of("alice")
    w.proxy.hold_answer_to("^status")
    w.proxy.wait_held("END")
    alice.process.signal(signal.SIGKILL)
    alice.process.wait_end()
    w.proxy.slip_in("kill 10.77.1.2:5000")
    carol = w.client("carol", 1, bind_port=5000)
    status, out, err = w.site.admin("disconnect", "--port", str(port["handle"]))
    w.proxy.release()
    report.check("alice has gone and carol has her address: the order is taken or times out, but nobody is harmed", status in (0, 1, 6),
                 f"{status}: {out}{err}")
    carol_port = w.site.wait_port_of("carol")
    wait_until("alice not listed", lambda: not w.site.port_of("alice"))
    time.sleep(1)
    report.check("carol is connected, from alice's address", carol.ping() == 3 and carol_port["remote_address"] == port["remote_address"],
                 carol_port)
    w.bob_stays(report, ping)
    w.restart_driver()


def rrasd_is_killed(report, w):
    ping = bob_pings(w)
    w.client("alice", 1)
    before = w.site.wait_port_of("alice")
    w.site.kill()
    w.site.start()
    after = w.site.wait_port_of("alice")
    w.bob_port = w.site.wait_port_of("bob")
    report.check("after rrasd was killed alice is listed again", after["client_address"] == before["client_address"])
    report.check("with another handle", after["handle"] != before["handle"], (before, after))
    status, out, err = w.site.admin("disconnect", "--port", str(before["handle"]), "--yes")
    report.check("the handle from before is refused", status == 3, f"{status}: {out}{err}")
    report.check("and alice is still there", w.site.port_of("alice"))
    status, out, err = w.site.admin("disconnect", "--user", "alice", "--wait")
    report.check("she can be disconnected", status == 0, f"{status}: {out}{err}")
    w.bob_stays(report, ping)


def the_driver_is_killed(report, w):
    ping = bob_pings(w)
    w.client("alice", 1)
    before = w.site.wait_port_of("alice")
    w.driver.signal(signal.SIGKILL)
    w.driver.wait_end()
    w.wait_away()
    status, out, err = w.site.admin("disconnect", "--port", before["name"])
    report.check("while the driver is away an order is refused with error 21", status == 1 and "21" in err + out, f"{status}: {out}{err}")
    w.start_driver()
    after = w.site.wait_port_of("alice")
    report.check("when it is back, alice is on her port with her handle", (after["name"], after["handle"]) == (before["name"], before["handle"]),
                 (before, after))
    w.bob_stays(report, ping)


def openvpn_hangs(report, w):
    w.restart_driver("--command-timeout", "3s")
    w.client("alice", 1)
    port = w.site.wait_port_of("alice")
    w.server.process.signal(signal.SIGSTOP)
    status, out, err = w.site.admin("disconnect", "--port", port["name"])
    report.check("an openvpn that hangs: the order is refused, with its reason or as away", status == 1 and ("31" in err + out or "21" in err + out),
                 f"{status}: {out}{err}")
    w.wait_away()
    report.check("then the ports are not operational", True)
    w.server.process.signal(signal.SIGCONT)
    w.wait_operational()
    after = w.site.wait_port_of("alice")
    report.check("when it goes on alice is where she was", (after["name"], after["handle"]) == (port["name"], port["handle"]), (port, after))
    w.restart_driver()


def openvpn_is_killed(report, w):
    w.client("alice", 1)
    w.site.wait_port_of("alice")
    said = len(w.bob.process.log())
    w.server.end(signal.SIGKILL)
    w.wait_away()
    report.check("openvpn killed: its ports are not operational", True)
    w.server.start()
    w.wait_operational()
    report.check("openvpn started again: nobody is shown who is not there", all(p["user"] in (None, "", "alice", "bob") and
                 (p["state"] == "listening" or p["user"]) for p in w.site.ports().values()), w.site.ports())
    w.bob.process.signal(signal.SIGUSR1)
    w.bob.wait_up(after=said)
    w.bob_port = w.site.wait_port_of("bob")
    report.check("and who comes back is listed again", w.bob_port["state"] == "connected")


def another_program_holds_the_management_socket(report, w):
    w.driver.end()
    w.wait_away()
    other = Management(w.server.management)
    w.driver = w.scope.start(program("rras-openvpn"), "--management", w.server.management, "--socket", w.site.driver_socket, "--ports",
                             str(PORTS), log="driver")
    w.driver.wait_log("another program holds the management interface")
    status, out, err = w.site.admin("disconnect", "--port", w.bob_port["name"])
    report.check("while another program holds the management socket an order is refused with error 21", status == 1 and "21" in out + err,
                 f"{status}: {out}{err}")
    other.close()
    w.wait_operational()
    report.check("and when it lets go all is well", w.site.wait_port_of("bob")["state"] == "connected")


TESTS = [a_port_is_disconnected, she_comes_back_and_the_old_handle_is_refused, carol_takes_her_address_while_nobody_has_noticed,
         rrasd_is_killed, the_driver_is_killed, openvpn_hangs, another_program_holds_the_management_socket, openvpn_is_killed]


def run_all(report, tests):
    with Scope() as scope:
        w = World(scope)
        for test in tests:
            print(f"# {test.__name__}", flush=True)
            failed = report.failed
            report.run(test.__name__, test, w)
            report.run(f"{test.__name__}: tidying up", lambda _: w.without_alice())
            if report.failed > failed:
                print("# driver:", w.driver.log()[-3000:], "# openvpn:", w.server.process.log()[-3000:], "# rrasd:",
                      w.site.rrasd.log()[-3000:], sep="\n", flush=True)


def main():
    report = Report()
    tests = [t for t in TESTS if not sys.argv[1:] or t.__name__ in sys.argv[1:]]
    why = may_make_networks()
    if why:
        for test in tests:
            report.skip(test.__name__, why)
    else:
        report.run("a real OpenVPN server", run_all, tests)
    report.finish()


if __name__ == "__main__":
    main()
