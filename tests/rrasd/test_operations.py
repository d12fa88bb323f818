# SPDX-License-Identifier: Apache-2.0
"""Every operation of dimsvc against a real rrasd, with the requests of tests/dimsvc/examples.txt: what does not depend on who is
connected is the same to the last byte. Usage: test_operations.py RRASD [unittest options]"""
import os
import struct
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import examples  # noqa: E402
from rig import Client, Driver, Fault, Rrasd, as_user  # noqa: E402

PROGRAM = sys.argv.pop(1)
OPNUMS = range(53)
# What a router has and a remote access server has not: answered alike whatever there is.
ROUTER = [*range(9, 34), *range(37, 40), *range(49, 53)]
EXAMPLES = list(examples.read("dimsvc"))
DENIED_UID = 5000


def code(stub):
    return struct.unpack("<I", stub[-4:])[0]


class Operations(unittest.TestCase):
    def serve(self, router_type):
        rrasd = Rrasd(PROGRAM).__enter__()
        self.addCleanup(rrasd.__exit__)
        rrasd.configure(server=f"router_type={router_type}")
        return rrasd.start()

    def connect(self, rrasd):
        client = Client(rrasd.socket)
        self.addCleanup(client.close)
        return client

    def same_answers(self, client, chosen):
        """Each of these examples, answered by rrasd as it stands there; which operations they were."""
        for example in chosen:
            answer = client.call(example.opnum, example.request)
            self.assertEqual(answer.hex(), example.response.hex(), f"opnum {example.opnum}: {example.title} ({example.state})")
        return sorted({example.opnum for example in chosen})

    def test_what_a_router_has_is_refused_to_the_byte(self):
        client = self.connect(self.serve("ras,ipv6-ras"))
        self.assertEqual(self.same_answers(client, [e for e in EXAMPLES if e.opnum in ROUTER and not e.state]), ROUTER)

    def test_a_router_between_lans_says_so(self):
        client = self.connect(self.serve("lan,ipv6-lan"))
        self.assertEqual(self.same_answers(client, [e for e in EXAMPLES if e.state == "lan"]),
                         [1, 2, 3, 4, 5, 6, 7, 8, 21, 22, 23, 34, 35, 45, 46])
        self.same_answers(client, [e for e in EXAMPLES if e.opnum in ROUTER and not e.state and e.opnum not in (21, 22, 23)])

    @unittest.skipIf(os.geteuid() != 0, "needs root, to be somebody else")
    def test_who_may_not_gets_5_and_empty_outputs(self):
        rrasd = self.serve("ras")
        denied = [e for e in EXAMPLES if e.state == "denied"]
        self.assertEqual(sorted(e.opnum for e in denied), list(OPNUMS))

        def ask():
            client = Client(rrasd.socket)
            return [client.call(e.opnum, e.request).hex() for e in denied]
        self.assertEqual(as_user(DENIED_UID, DENIED_UID, [], ask), [e.response.hex() for e in denied])

    def test_every_request_is_answered_whoever_is_connected(self):
        rrasd = self.serve("ras,ipv6-ras")
        driver = Driver(rrasd.driver_socket, device_type="l2tp", ports=2)
        self.addCleanup(driver.close)
        driver.hear("welcome")
        driver.session("1")
        driver.end_snapshot()
        client = self.connect(rrasd)
        for example in EXAMPLES:
            if example.request and not example.state:
                client.call(example.opnum, example.request)  # or a Fault
        self.assertEqual(code(client.call(0, bytes(4))), 0)

    def test_a_request_without_its_end_is_a_fault_and_does_no_harm(self):
        client = self.connect(self.serve("ras"))
        for opnum in OPNUMS:
            request = next(e.request for e in EXAMPLES if e.opnum == opnum)
            with self.assertRaisesRegex(Fault, "0x6f7", msg=opnum):
                client.call(opnum, request[:-1])
        with self.assertRaisesRegex(Fault, "0x1c010002"):
            client.call(53, b"")
        self.assertEqual(code(client.call(0, bytes(4))), 0)


unittest.main()
