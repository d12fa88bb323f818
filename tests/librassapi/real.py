#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""librassapi with the real rrasd and the simulated driver.

usage: real.py RASADMIN RRASD RRAS_SIM SAY [TEST...]
"""
import os
import socket
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "rasadmin"))
SAY = os.path.abspath(sys.argv.pop(4))
from cli_support import LIMIT, environment, main, same
from house import SIM, House

AUTHENTICATED = 1
DUP_NAME, DEV_NOT_EXIST, INVALID_PORT, ITEM_NOT_FOUND, USER_NOT_FOUND = 52, 55, 601, 2115, 2221
LISTENING, IN_USE = 4, 6
ADMIN_SET, DIALIN = 2, 8
NO_SUCH_USER = 1317
REQUEST, PORT_DISCONNECT = 0, 8  # of DCE/RPC and of dimsvc


def say(h, *args, socket_name="rrasd.sock"):
    """The code of one call, and what came with it: a list of words for each line."""
    done = subprocess.run([SAY, f"ncalrpc:[{h.dir}/{socket_name}]", *args], stdout=subprocess.PIPE, env=environment(), timeout=LIMIT, check=True)
    *lines, code = done.stdout.decode().splitlines()
    return int(code), [line.split("|") for line in lines]


def port_of(h, user):
    return next(p["name"] for p in h.ports().values() if p["user"] == user)


def a_server_is_counted_and_its_ports_are_listed():
    with House("--ports=3", users=["alice", "bob"]) as h:
        same(say(h, "server"), (0, [["3", "2", "40"]]))
        code, ports = say(h, "list")
        same(code, 0)
        same({(p[0], p[1], int(p[2]) & AUTHENTICATED) for p in ports},
             {(p["name"], p["user"] or "", AUTHENTICATED if p["user"] else 0) for p in h.ports().values()})


def a_server_without_ports():
    with House() as h:
        same(say(h, "list"), (ITEM_NOT_FOUND, []))


def a_port_in_detail_and_its_counters_cleared():
    with House("--ports=2", users=["alice"]) as h:
        port = port_of(h, "alice")
        h.sim("bytes alice 1000 2000")

        def counters():
            code, [line] = say(h, "info", port.upper())
            return code, line[1], int(line[4]), line[5], line[6]
        h.wait_for("the counters are there", lambda: counters() == (0, "alice", IN_USE, "2000", "1000"))
        same(say(h, "clear", port), (0, []))
        same(counters(), (0, "alice", IN_USE, "0", "0"))
        idle = next(p["name"] for p in h.ports().values() if not p["user"])
        code, [line] = say(h, "info", idle)
        same((code, line[1], int(line[4])), (0, "", LISTENING))


def one_session_ends_by_its_ports_name():
    with House("--ports=3", users=["alice", "bob"]) as h:
        port = port_of(h, "alice")
        same(say(h, "disconnect", port.upper()), (0, []))
        h.wait_for("alice is gone", lambda: h.users() == ["bob"])
        same(say(h, "disconnect", port), (USER_NOT_FOUND, []))
        same(h.users(), ["bob"])


def names_that_are_not_there():
    with House("--ports=1", users=["alice"]) as h:
        for name in ("nobody", "two words", "", "alice"):
            same(say(h, "disconnect", name), (INVALID_PORT, []))
            same(say(h, "clear", name), (DEV_NOT_EXIST, []))
            same(say(h, "info", name), (DEV_NOT_EXIST, []))
        same(h.users(), ["alice"])


def two_daemons_that_name_their_ports_alike():
    with House("--ports=1", users=["alice"]) as h:
        h.start("sim2", SIM, "--socket", os.path.join(h.dir, "driver.sock"), "--instance", "second", "--ports=1", "--users=1", "--names=b#")
        h.wait_for("another user is in", lambda: h.users() == ["alice", "b1"])
        code, ports = say(h, "list")
        same((code, len({p[0] for p in ports}), len(ports)), (0, 1, 2))
        same(say(h, "disconnect", ports[0][0]), (DUP_NAME, []))
        same(h.users(), ["alice", "b1"])


def refusals_come_through():
    with House("--ports=2", users=["alice"]) as h:
        port = port_of(h, "alice")
        h.sim('behave refuse "not today"')
        same(say(h, "disconnect", port), (31, []))
        h.sim("disconnect-driver")
        h.wait_for("the ports are away", lambda: all(p["state"] == "not operational" for p in h.ports().values()))
        same(say(h, "disconnect", port), (21, []))
        same(h.users(), ["alice"])


def a_user_is_read_and_refused():
    with House() as h:
        same(say(h, "user", "bob"), (NO_SUCH_USER, []))
        same(say(h, "refuse", "bob"), (NO_SUCH_USER, []))  # that makes nobody
        same(h.run("user", "permit", "bob", "--create", "--callback=+49 30 1").code, 0)
        same(say(h, "user", "bob"), (0, [["+49 30 1", str(DIALIN | ADMIN_SET)]]))
        same(say(h, "refuse", "bob"), (0, []))
        same(say(h, "user", "bob"), (0, [["+49 30 1", str(ADMIN_SET)]]))
        same(h.run("user", "policy", "bob").code, 0)
        same(say(h, "user", "bob"), (0, [["+49 30 1", str(DIALIN | ADMIN_SET)]]))  # which permits


class Between:
    """Stands between a client and rrasd, and does something when an order to disconnect is on its way."""

    def __init__(self, h, before_order):
        self.server, self.before_order, self.orders = os.path.join(h.dir, "rrasd.sock"), before_order, 0
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(os.path.join(h.dir, "between.sock"))
        self.listener.listen(1)
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self):
        """One connection: a call of librassapi makes no more."""
        client, _ = self.listener.accept()
        with client, socket.socket(socket.AF_UNIX) as server:
            server.connect(self.server)
            back = threading.Thread(target=self.answers, args=(server, client))
            back.start()
            self.requests(client, server)
            server.shutdown(socket.SHUT_WR)
            back.join()

    @staticmethod
    def answers(server, client):
        while data := server.recv(65536):
            client.sendall(data)

    def requests(self, client, server):
        stream = client.makefile("rb")
        while head := stream.read(10):  # version, type, flags, data representation, length
            pdu = head + stream.read(int.from_bytes(head[8:10], "little") - len(head))
            if pdu[2] == REQUEST and int.from_bytes(pdu[22:24], "little") == PORT_DISCONNECT:
                self.orders += 1
                self.before_order()
            server.sendall(pdu)

    def end(self):
        self.thread.join(LIMIT)
        self.listener.close()
        return self.orders


def who_takes_the_port_meanwhile_stays():
    """Between looking the port up and the order, alice leaves and carol comes."""
    with House("--ports=1", users=["alice"]) as h:
        port = port_of(h, "alice")

        def swap():
            h.sim("swap alice carol")
            h.wait_for("carol is in", lambda: h.users() == ["carol"])
        between = Between(h, swap)
        same(say(h, "disconnect", port, socket_name="between.sock"), (USER_NOT_FOUND, []))
        same(between.end(), 1)
        same((port_of(h, "carol"), h.users()), (port, ["carol"]))
        h.sim("behave swap dave once")  # and as the order arrives at the daemon
        same(say(h, "disconnect", port), (0, []))
        h.wait_for("dave is in", lambda: h.users() == ["dave"])
        same(port_of(h, "dave"), port)


def a_server_that_is_not_there():
    with House() as h:
        h.stop("rrasd")
        same(say(h, "list"), (1722, []))
        same(say(h, "disconnect", "sim-1"), (1722, []))


if __name__ == "__main__":
    main(globals())
