# SPDX-License-Identifier: Apache-2.0
"""The filter that the plugin for pppd puts before users in quarantine, with real traffic through it: a client, and two places behind
the server, in network namespaces of their own. A device of two ends stands for the PPP interface, which the filter does not care about;
the guest that has PPP (tests/system/pppd.py) has a kernel without the families of nftables.

usage: test_quarantine.py HOLD_QUARANTINE
"""
import os
import shutil
import subprocess
import sys
import time
import unittest

HOLD = sys.argv.pop(1)
SERVER, CLIENT, GOOD, BAD = (f"rras-q{os.getpid()}-{name}" for name in ("server", "client", "good", "bad"))
LINKS = {CLIENT: ("ppp7", 1), GOOD: ("togood", 2), BAD: ("tobad", 3)}


def run(*argv, check=True):
    return subprocess.run(argv, check=check, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def inside(namespace, *argv, check=True):
    return run("ip", "netns", "exec", namespace, *argv, check=check)


def why_not():
    if os.geteuid() != 0:
        return "needs root"
    if not shutil.which("nft"):
        return "nft is not installed (apt install nftables)"
    probe = run("unshare", "-n", "nft", "add table inet x { flags owner; }", check=False)
    return None if probe.returncode == 0 else f"nftables can't be used here: {probe.stdout}"


def make_network():
    for name in (SERVER, *LINKS):
        run("ip", "netns", "add", name)
        inside(name, "ip", "link", "set", "lo", "up")
    for name, (device, n) in LINKS.items():
        inside(SERVER, "ip", "link", "add", device, "type", "veth", "peer", "name", "eth0", "netns", name)
        for namespace, end, last in ((SERVER, device, 1), (name, "eth0", 2)):
            inside(namespace, "ip", "addr", "add", f"10.97.{n}.{last}/24", "dev", end)
            inside(namespace, "ip", "addr", "add", f"fd97:{n}::{last}/64", "dev", end, "nodad")
            inside(namespace, "ip", "link", "set", end, "up")
        inside(name, "ip", "route", "add", "default", "via", f"10.97.{n}.1")
        inside(name, "ip", "-6", "route", "add", "default", "via", f"fd97:{n}::1")
    inside(SERVER, "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
    end = time.monotonic() + 20
    while not all(reaches(CLIENT, address.format(n)) for address in ("10.97.{}.2", "fd97:{}::2") for n in (2, 3)):
        assert time.monotonic() < end, "the network does not come up"


def ping(source, address, seconds):
    return inside(source, "ping", "-n", "-q", "-c", "1", "-W", seconds, address, check=False).returncode == 0


def reaches(source, address, expected=True):
    """What must come comes sooner or later; what must not is waited for a moment only, beside others that come."""
    return any(ping(source, address, "5") for _ in range(3)) if expected else ping(source, address, "0.3")


def tables():
    return [line.split()[-1] for line in inside(SERVER, "nft", "list", "tables").stdout.splitlines()]


class QuarantineTest(unittest.TestCase):
    def setUp(self):
        self.assertEqual(tables(), [])

    def hold(self, networks, interface="ppp7"):
        child = subprocess.Popen(["ip", "netns", "exec", SERVER, HOLD, interface, networks], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(child.stdout.close)
        self.addCleanup(child.wait)
        self.addCleanup(child.stdin.close)
        self.addCleanup(child.kill)
        for word in ("networks", "probe", "begin", "again"):
            line = child.stdout.readline()
            if line != f"{word} ok\n":
                return line
        return child

    def check_reached(self, expected):
        """IPv4 and IPv6, by the client: the good place, the bad place; by the bad place: the client; by the good one: the bad one."""
        for address, wanted in zip(("10.97.{}.2", "fd97:{}::2"), expected):
            for (source, n), want in zip(((CLIENT, 2), (CLIENT, 3), (BAD, 1), (GOOD, 3)), wanted):
                self.assertEqual(reaches(source, address.format(n), want), want, f"{address.format(n)} from {source}")

    def test_what_passes(self):
        everything, only_good, nothing = (True, True, True, True), (True, False, False, True), (False, False, False, True)
        self.check_reached([everything, everything])
        for networks, expected in (("10.97.2.0/24,fd97:2::/32", [only_good, only_good]), ("10.97.2.2", [only_good, nothing]),
                                   ("", [nothing, nothing]), ("192.0.2.0/24,fd97:2::2,10.97.2.2/32", [only_good, only_good])):
            with self.subTest(networks=networks):
                child = self.hold(networks)
                self.assertEqual(len(tables()), 1)
                self.check_reached(expected)
                self.assertTrue(reaches(CLIENT, "10.97.1.1"))  # the server itself
                child.stdin.close()
                self.assertEqual(child.stdout.readline(), "end ok\n")
                self.assertEqual(tables(), [])
        self.check_reached([everything, everything])

    def test_one_that_is_killed_leaves_nothing(self):
        child = self.hold("10.97.2.0/24")
        self.assertFalse(reaches(CLIENT, "10.97.3.2", False))
        child.kill()
        child.wait()
        self.assertEqual(tables(), [])
        self.assertTrue(reaches(CLIENT, "10.97.3.2"))

    def test_nobody_else_takes_it_away(self):
        self.hold("10.97.2.0/24")
        inside(SERVER, "nft", "flush", "ruleset", check=False)
        inside(SERVER, "nft", "delete", "table", "inet", tables()[0], check=False)
        self.assertFalse(reaches(CLIENT, "10.97.3.2", False))
        self.assertTrue(reaches(CLIENT, "10.97.2.2"))

    def test_many_networks_and_wrong_ones(self):
        child = self.hold(",".join(f"fd98:{n:x}::/48" for n in range(15)) + ",10.97.2.0/24")
        self.assertNotIsInstance(child, str)
        self.assertEqual((reaches(CLIENT, "10.97.2.2"), reaches(CLIENT, "10.97.3.2", False)), (True, False))
        for networks in (",".join(["10.97.2.2"] * 17), "10.97.2.0/33", "10.97.2.1/24", "10.97.2.2,", ",", "10.97.2.2/", "nowhere", "fd97::/129",
                         "10.97.2.2/1x"):
            self.assertTrue(self.hold(networks).startswith("networks "), networks)
        self.assertTrue(self.hold("10.97.2.2", "none").startswith("begin "))
        self.assertEqual(len(tables()), 1)


if __name__ == "__main__":
    reason = why_not()
    if reason:
        print(f"skipped: {reason}")
        sys.exit(77)
    try:
        make_network()
        result = unittest.main(exit=False).result
    finally:
        for place in (SERVER, *LINKS):
            run("ip", "netns", "del", place, check=False)
    sys.exit(0 if result.wasSuccessful() else 1)
