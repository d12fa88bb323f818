#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What rras-openvpn costs while nobody is disconnected: processor time with a real openvpn and many real, idle clients.

usage: OPENRRAS_BUILD=BUILD tests/openvpn/idle_cost.py [CLIENTS] [SECONDS]    (default 100, 30; as root; BUILD a release build)

Prints the share of one core for the driver, and for openvpn with and without the driver's questions. Exit status 1 when the driver
needs 0.2 % of a core or more.
"""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

from authority import Authority
from programs import program
from scope import Scope, may_make_networks
from standin import Standin
from vpn import Client, Network, Server

BOUND = 0.2  # per cent


def cpu_ns(pid):
    """Processor time of all threads, to the nanosecond where the kernel says so."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat") as f:
            total += int(f.read().split()[0])
    return total


def share(pids, seconds):
    """Per cent of one core, of each process, while nothing happens."""
    before, began = [cpu_ns(p) for p in pids], time.monotonic()
    time.sleep(seconds)
    took = time.monotonic() - began
    return [(cpu_ns(p) - b) / took / 1e7 for p, b in zip(pids, before)]


def measure(scope, clients, seconds):
    network = Network(scope, clients=1)
    authority = Authority(scope)
    server = Server(scope, network, authority, extra="duplicate-cn\nmax-clients 1000").start()
    for _ in range(clients):
        Client(server, "alice", 1, "--dev", "null", "--ifconfig-noexec", "--route-noexec", "--verb", "1").start(wait=False)
    rrasd = Standin(scope.path("driver.sock"))
    scope.callback(rrasd.close)
    driver = scope.start(program("rras-openvpn"), "--management", server.management, "--socket", rrasd.path, "--ports", "1000", log="driver")
    rrasd.wait_online()
    rrasd.wait(f"{clients} clients", lambda s: len(s.of("alice")) == clients, 120)
    time.sleep(3)
    cost, openvpn = share([driver.pid, server.process.pid], seconds)
    driver.end()
    without = share([server.process.pid], seconds)[0]
    print(f"{clients} clients: rras-openvpn {cost:.3f} % of a core; openvpn {openvpn:.3f} % with its questions, {without:.3f} % without")
    return cost


def main():
    why = may_make_networks()
    if why:
        sys.exit(f"idle_cost: {why}")
    clients = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 30
    with Scope() as scope:
        cost = measure(scope, clients, seconds)
    sys.exit(0 if cost < BOUND else 1)


if __name__ == "__main__":
    main()
