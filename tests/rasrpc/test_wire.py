#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""impacket's client of rasrpc and a real rrasd: bind, calls, faults, and who may.

usage: test_wire.py RRASD [unittest options]
"""
import os
import socket
import struct
import subprocess
import sys
import unittest

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path[:0] = [os.path.join(TOP, "tests", "rrasd")]
from rig import PATIENCE, Driver, Rrasd, until  # noqa: E402

try:
    from impacket.dcerpc.v5.dtypes import BOOL, DWORD, NULL, WSTR
    from impacket.dcerpc.v5.ndr import NDRCALL, NDRPOINTER, NDRUniConformantArray
    from impacket.dcerpc.v5.rpcrt import DCERPC_v5, DCERPCException
    from impacket.dcerpc.v5.transport import DCERPCTransport
    from impacket.uuid import uuidtup_to_bin
except ImportError:
    print("impacket is not installed")
    sys.exit(77)

PROGRAM = sys.argv.pop(1)
RASRPC = uuidtup_to_bin(("20610036-fa22-11cf-9823-00a0c911e5df", "1.0"))
SIZE = 24 + 5000


class Unix(DCERPCTransport):
    """ncacn over a unix socket, which impacket does not have."""

    def __init__(self, path):
        super().__init__("unix", 0)
        self.path, self.sock = path, None

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(PATIENCE)
        self.sock.connect(self.path)

    def disconnect(self):
        self.sock.close()

    def send(self, data, forceWriteAndx=0, forceRecv=0):
        self.sock.sendall(data)

    def recv(self, forceRecv=0, count=0):
        data = b""
        while len(data) < (count or 1):
            piece = self.sock.recv(count - len(data) if count else 8192)
            if not piece:
                raise EOFError("rrasd has closed the connection")
            data += piece
        return data


class Bytes(NDRUniConformantArray):
    item = "c"


class PBytes(NDRPOINTER):
    referent = (("Data", Bytes),)


class DeleteEntry(NDRCALL):
    opnum = 5
    structure = (("lpszPhonebook", WSTR), ("lpszEntry", WSTR))


class SubmitRequest(NDRCALL):
    opnum = 12
    structure = (("pReqBuffer", PBytes), ("dwcbBufSize", DWORD))


class GetInstalledProtocolsEx(NDRCALL):
    opnum = 14
    structure = (("fRouter", BOOL), ("fRasCli", BOOL), ("fRasSrv", BOOL))


class GetVersion(NDRCALL):
    opnum = 15
    structure = (("dwVersion", DWORD),)


class Code(NDRCALL):
    structure = (("ErrorCode", DWORD),)


class DeleteEntryResponse(Code):
    pass


class GetInstalledProtocolsExResponse(Code):
    pass


class SubmitRequestResponse(NDRCALL):
    structure = (("pReqBuffer", PBytes), ("ErrorCode", DWORD))


class GetVersionResponse(NDRCALL):
    structure = (("dwVersion", DWORD), ("ErrorCode", DWORD))


def connect(path):
    dce = DCERPC_v5(Unix(path))
    dce.connect()
    dce.bind(RASRPC)
    return dce


def call(dce, request, response_class):
    """The decoded answer, read to its last byte."""
    dce.call(request.opnum, request)
    stub = dce.recv()
    response = response_class()
    used = response.fromString(stub)
    assert used == len(stub), (used, len(stub))
    return response


def submit(dce, kind, *block, port=0, pointer_size=8):
    request = SubmitRequest()
    data = struct.pack("<4IQ", port, kind, pointer_size, 0, 0) + struct.pack(f"<{len(block)}I", *block)
    data = data.ljust(SIZE, b"\0")
    request.fields["pReqBuffer"].fields["Data"].fields["Data"] = [bytes([b]) for b in data]
    request.fields["pReqBuffer"].fields["Data"].fields["MaximumCount"] = None
    request["dwcbBufSize"] = SIZE
    response = call(dce, request, SubmitRequestResponse)
    assert response["ErrorCode"] == 0
    answer = b"".join(response["pReqBuffer"])
    assert len(answer) == SIZE
    return answer


def dword(data, at):
    return struct.unpack_from("<I", data, at)[0]


def text(data, at, size):
    return data[at:at + size].split(b"\0")[0].decode()


class RasrpcTest(unittest.TestCase):
    def setUp(self):
        self.rrasd = Rrasd(PROGRAM).__enter__()
        self.addCleanup(self.rrasd.__exit__)
        self.rrasd.configure(server="router_type=ras ipv6-ras")
        self.rrasd.start()

    def connect(self):
        dce = connect(self.rrasd.socket)
        self.addCleanup(dce.disconnect)
        return dce

    def test_version_protocols_and_phonebook(self):
        dce = self.connect()
        response = call(dce, GetVersion(), GetVersionResponse)
        self.assertEqual((response["dwVersion"], response["ErrorCode"]), (6, 0))
        request = GetInstalledProtocolsEx()
        request["fRasSrv"] = 1
        self.assertEqual(call(dce, request, GetInstalledProtocolsExResponse)["ErrorCode"], 12)
        request = DeleteEntry()
        request["lpszPhonebook"], request["lpszEntry"] = "router.pbk\0", "Office\0"
        self.assertEqual(call(dce, request, DeleteEntryResponse)["ErrorCode"], 623)

    def test_ports_and_devices_of_the_router(self):
        driver = Driver(self.rrasd.driver_socket, name="vici", device_type="ikev2", ports=3)
        self.addCleanup(driver.close)
        driver.hear("welcome")
        driver.session("1", user="alice")
        driver.end_snapshot()
        dce = self.connect()
        answer = until("the ports are there", lambda: (a := submit(dce, 21)) if dword(submit(dce, 21), 32) == 3 else None)
        self.assertEqual((dword(answer, 24), dword(answer, 28)), (0, 3 * 208))
        ports = [answer[36 + 208 * i:36 + 208 * (i + 1)] for i in range(3)]
        self.assertTrue(all(dword(port, 24) == 15 and text(port, 52, 16) == "Vpn" for port in ports))
        self.assertEqual(len({dword(port, 0) for port in ports}), 3)
        states = []
        for port in ports:
            info = submit(dce, 22, port=dword(port, 0), pointer_size=4)
            self.assertEqual((dword(info, 24), text(info, 28 + 310, 17)), (0, text(port, 4, 16)))
            states.append(dword(info, 28 + 4))
        self.assertEqual(sorted(states), [1, 1, 2])  # two listen, one is connected
        self.assertEqual(dword(submit(dce, 22, port=77), 24), 615)
        devices = submit(dce, 95, 0, 6, 2000, 0)
        self.assertEqual([dword(devices, at) for at in (24, 28, 32, 36)], [0, 6, 472, 1])
        self.assertEqual((dword(devices, 40 + 28), dword(devices, 40 + 48)), (3, 15))
        self.assertTrue(text(devices, 40 + 85, 129))

    def test_faults(self):
        for opnum in (0, 4, 6, 13, 16, 17):
            dce = self.connect()
            dce.call(opnum, b"")
            with self.assertRaisesRegex(DCERPCException, "nca_s_op_rng_error|0x1c010002"):
                dce.recv()
        dce = self.connect()
        dce.call(14, bytes(11))
        with self.assertRaisesRegex(DCERPCException, "0x6f7|rpc_x_bad_stub_data"):
            dce.recv()
        self.assertEqual(call(dce, GetVersion(), GetVersionResponse)["dwVersion"], 6)  # the association lives on

    @unittest.skipIf(os.geteuid() != 0, "needs root, to be somebody else")
    def test_who_may_not_gets_a_fault_and_a_line_in_the_audit_log(self):
        child = subprocess.run([sys.executable, os.path.abspath(__file__), PROGRAM, "--as-nobody", self.rrasd.socket], user=5000, group=5000,
                               extra_groups=[], stdout=subprocess.PIPE, text=True, timeout=PATIENCE)
        self.assertRegex(child.stdout, "rpc_s_access_denied|0x5")
        denied = self.rrasd.audit("denied")
        self.assertEqual([(line["who"]["uid"], line["op"]) for line in denied], [(5000, "RasRpcGetVersion")])
        # What is nothing at all is answered to anybody, as the specification has it.
        self.assertIn("nothing done 0", child.stdout)


def as_nobody(path):
    """In a process of its own: what a caller without a role sees."""
    dce = connect(path)
    dce.call(GetVersion.opnum, GetVersion())
    try:
        dce.recv()
    except DCERPCException as error:
        print(error)
    request = SubmitRequest()
    request["pReqBuffer"], request["dwcbBufSize"] = NULL, 0
    print("nothing done", call(dce, request, SubmitRequestResponse)["ErrorCode"])


if sys.argv[1:2] == ["--as-nobody"]:
    as_nobody(sys.argv[2])
else:
    unittest.main()
