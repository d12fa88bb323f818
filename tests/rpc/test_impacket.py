#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Let impacket's client talk to our association: another implementation of bind, fragments, faults and mgmt.

usage: test_impacket.py SERVE     (SERVE: the program made of serve.c)
"""
import os
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from tap import Report  # noqa: E402

try:
    from impacket.dcerpc.v5 import mgmt, rpcrt, transport
    from impacket.uuid import uuidtup_to_bin
except ImportError:
    print("1..0 # SKIP impacket is not installed")
    sys.exit(77)

INTERFACE = uuidtup_to_bin(("8f09f000-b7ed-11ce-bbd2-00001a181cad", "0.0"))
MGMT = uuidtup_to_bin(("afa8bd80-7d8a-11c9-bef4-08002b102989", "1.0"))
UNKNOWN = uuidtup_to_bin(("01234567-89ab-cdef-0123-456789abcdef", "1.0"))
NDR64 = ("71710533-beba-4937-8319-b5dbef9ccc36", "1.0")
SECONDS = 20  # before a silent peer fails the test


class Server:
    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def connect(self):
        tcp = transport.DCERPCTransportFactory("ncacn_ip_tcp:127.0.0.1[%d]" % self.port)
        tcp.set_connect_timeout(SECONDS)
        dce = tcp.get_dce_rpc()
        dce.connect()
        return dce

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        return self.process.wait(SECONDS)


def call(dce, opnum, stub):
    dce.call(opnum, stub)
    return dce.recv()


def refusal(action, *args, **kwargs):
    """What impacket says when the server refuses; empty when it does not."""
    try:
        action(*args, **kwargs)
    except rpcrt.DCERPCException as error:
        return str(error)
    return ""


def stubs_of_many_sizes_come_back(report, server):
    dce = server.connect()
    dce.bind(INTERFACE)
    for size in (0, 1, 7, 8, 4000, 5816, 5817, 20000, 65536):
        stub = bytes(i % 253 for i in range(size))
        report.check("a stub of %d bytes comes back" % size, call(dce, 0, stub) == stub)
    dce.disconnect()


def small_request_fragments_are_put_together(report, server):
    dce = server.connect()
    dce.bind(INTERFACE)
    dce.set_max_fragment_size(100)
    stub = bytes(i % 253 for i in range(1234))
    report.check("a request in fragments of 100 bytes is put together", call(dce, 0, stub) == stub)
    dce.disconnect()


def long_answers_come_in_fragments(report, server):
    dce = server.connect()
    dce.bind(INTERFACE)
    for size in (5816, 5817, 1000003):
        got = call(dce, 1, struct.pack("<I", size))
        report.check("an answer of %d bytes is put together" % size, got == bytes(i % 251 for i in range(size)))
    dce.disconnect()


def faults_are_understood_and_the_connection_goes_on(report, server):
    dce = server.connect()
    dce.bind(INTERFACE)
    for status, words in ((0x1C00001B, "nca_s_fault_remote_no_memory"), (0x1C010014, "nca_s_server_too_busy"),
                          (0x00000005, "rpc_s_access_denied")):
        said = refusal(call, dce, 2, struct.pack("<I", status))
        report.check("fault 0x%08x is understood" % status, words in said, said)
    said = refusal(call, dce, 3, b"")
    report.check("an opnum out of range is refused", "nca_s_op_rng_error" in said, said)
    said = refusal(call, dce, 1, b"abc")
    report.check("a stub that is too short is refused", "bad_stub_data" in said, said)
    report.check("the connection goes on after faults", call(dce, 0, b"alive") == b"alive")
    dce.disconnect()


def unknown_interface_and_syntax_are_refused(report, server):
    for name, interface, options, words in (
            ("interface", UNKNOWN, {}, "abstract_syntax_not_supported"),
            ("transfer syntax", INTERFACE, {"transfer_syntax": NDR64}, "proposed_transfer_syntaxes_not_supported")):
        dce = server.connect()
        said = refusal(dce.bind, interface, **options)
        report.check("an unknown %s is refused" % name, words in said, said)
        dce.disconnect()


def alter_context_adds_an_interface(report, server):
    dce = server.connect()
    dce.bind(INTERFACE)
    other = dce.alter_ctx(MGMT)
    report.check("a context added with alter_context works", mgmt.hinq_stats(other)["count"] == 4)
    report.check("and the first one still does", call(dce, 0, b"first") == b"first")
    dce.disconnect()


def mgmt_answers(report, server):
    dce = server.connect()
    dce.bind(MGMT)
    answer = mgmt.hinq_if_ids(dce)
    found = [(bytes(i["Data"]["Uuid"]), i["Data"]["VersMajor"], i["Data"]["VersMinor"]) for i in answer["if_id_vector"]["if_id"]]
    report.check("inq_if_ids names both interfaces", found == [(INTERFACE[:16], 0, 0), (MGMT[:16], 1, 0)], found)
    answer = mgmt.hinq_stats(dce, 4)
    report.check("inq_stats counts this call and the one before", list(answer["statistics"])[0] == 2, answer["statistics"])
    report.check("is_server_listening has status 0", mgmt.his_server_listening(dce)["status"] == 0)
    said = refusal(mgmt.hstop_server_listening, dce)
    report.check("stop_server_listening is denied", "access_denied" in said, said)
    report.check("inq_princ_name has none", mgmt.hinq_princ_name(dce, 9, 64)["status"] == 1747)
    dce.disconnect()


def main():
    report = Report()
    server = Server(sys.argv[1])
    for test in (stubs_of_many_sizes_come_back, small_request_fragments_are_put_together, long_answers_come_in_fragments,
                 faults_are_understood_and_the_connection_goes_on, unknown_interface_and_syntax_are_refused,
                 alter_context_adds_an_interface, mgmt_answers):
        report.run(test.__name__, test, server)
    report.check("the server ends in order", server.close() == 0)
    report.finish()


main()
