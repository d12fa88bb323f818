#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Hold our marshalling against impacket's: another implementation of NDR, fed with the interface's declarations only.

usage: test_impacket.py TALK      (TALK: the program made of talk.c)

Requests made by impacket must be understood, and be byte for byte those of our client; answers made by us must be decoded by
impacket to the last byte, with the values that were put in; answers made by impacket must be read by our client with theirs.
"""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from tap import Report  # noqa: E402

from declarations import (CertBlob, CertEku, CodeResponse, ConnectionEnum, ConnectionEnumEx, ConnectionEnumExResponse,  # noqa: E402
                          ConnectionExUnion, ConnectionGetInfoEx, ConnectionGetInfoExResponse, ContainerResponse, DeviceEnum,
                          DeviceEnumResponse, EnumResponse, GetInfo, Handle, NULL, PortEnum, RemoveQuarantine, ServerGetInfo,
                          ServerGetInfoEx, ServerGetInfoExResponse)

ALL = 0xFFFFFFFF


# ---- talking to the program ----

class Talk:
    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def line(self, text):
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def request(self, name, *numbers):
        return bytes.fromhex(self.line(" ".join(["request", name, *map(str, numbers)])))

    def read(self, opnum, response):
        """What our client reads in an answer that impacket has made."""
        return self.line(f"read {opnum} {response.getData().hex()}")

    def call(self, opnum, request, response_class):
        """The decoded answer; every byte of it must have been read."""
        stub = bytes.fromhex(self.line(f"answer {opnum} {request.getData().hex()}"))
        response = response_class()
        used = response.fromString(stub)
        if used != len(stub):
            raise ValueError(f"opnum {opnum}: impacket reads {used} bytes of {len(stub)}")
        return response

    def close(self):
        self.process.stdin.close()
        return self.process.wait()


def empty(container):
    container["dwBufferSize"] = 0
    container["pBuffer"] = NULL


def resume(call, value):
    if value is None:
        call["resume"] = NULL
    else:
        call["resume"] = value
        call.fields["resume"]["ReferentID"] = 0x20000


def port_enum(level, connection, pref, value):
    call = PortEnum()
    call["dwLevel"], call["hRasConnection"], call["pref"] = level, connection, pref
    empty(call["info"])
    resume(call, value)
    return call


def connection_enum(level, pref, value):
    call = ConnectionEnum()
    call["dwLevel"], call["pref"] = level, pref
    empty(call["info"])
    resume(call, value)
    return call


def get_info(level, handle):
    call = GetInfo()
    call["dwLevel"], call["handle"] = level, handle
    return call


def connection_header(call):
    call["header"]["revision"] = call["header"]["type"] = 1
    call["header"]["size"] = 4


def connection_enum_ex(pref, value):
    call = ConnectionEnumEx()
    connection_header(call)
    call["pref"] = pref
    resume(call, value)
    return call


def connection_get_ex(handle):
    call = ConnectionGetInfoEx()
    connection_header(call)
    call["handle"] = handle
    return call


def nothing(arm, revision):
    """An arm of opnum 44 with a header and NULL for every pointer."""
    arm["header"]["revision"], arm["header"]["type"] = revision, 2
    arm["ike"]["certs"] = NULL
    arm["sstp"]["cert"]["pbData"] = NULL
    if revision >= 2:
        arm["ike"]["machineCert"]["pbData"] = arm["ike"]["policy"] = NULL
    if revision >= 3:
        arm["ike"]["ekus"] = arm["ike"]["machineHash"]["pbData"] = arm["l2tp"]["policy"] = NULL


def content(response):
    data = response["info"]["pBuffer"]
    return b"".join(data) if isinstance(data, list) else data


def text(data):
    return bytes(data).decode("utf-16le").split("\0")[0]


def u32(data, offset):
    return int.from_bytes(data[offset:offset + 4], "little")


# ---- the tests ----

def client_requests(report, talk):
    pairs = [
        (port_enum(0, ALL, ALL, 0), talk.request("port_enum", 0, ALL, ALL, 0)),
        (port_enum(0, 7, 380, None), talk.request("port_enum", 0, 7, 380)),
        (connection_enum(3, 5000, 9), talk.request("connection_enum", 3, 5000, 9)),
        (connection_enum(0, ALL, None), talk.request("connection_enum", 0, ALL)),
        (get_info(1, 5), talk.request("get_info", 1, 5)),
    ]
    call = DeviceEnum()
    call["dwLevel"] = call["total"] = 0
    empty(call["info"])
    pairs.append((call, talk.request("device_enum", 0)))
    call = RemoveQuarantine()
    call["handle"], call["isAddress"] = 0x0700000A, 1
    pairs.append((call, talk.request("quarantine", 0x0700000A, 1)))
    pairs += [(connection_enum_ex(ALL, 0), talk.request("connection_enum_ex", ALL, 0)),
              (connection_enum_ex(5000, None), talk.request("connection_enum_ex", 5000)),
              (connection_get_ex(7), talk.request("connection_get_ex", 7))]
    for revision, size in ((1, 108), (2, 124), (3, 164)):
        call = ServerGetInfoEx()
        call["config"]["tag"] = revision
        nothing(call["config"][f"v{revision}"], revision)
        call["config"][f"v{revision}"]["header"]["size"] = size
        pairs.append((call, talk.request("server_get_ex", revision)))
    for cls, name, field in ((ServerGetInfo, "server_get", "dwLevel"), (Handle, "handle", "handle")):
        call = cls()
        call[field] = 2
        pairs.append((call, talk.request(name, 2)))
    for call, ours in pairs:
        theirs = call.getData()
        if isinstance(call, ServerGetInfoEx):  # impacket fills the gap behind the tag with what nobody reads
            theirs = theirs[:1] + bytes(3) + theirs[4:]
        report.check(f"client makes the {type(call).__name__} request that impacket makes", theirs == ours, f"{theirs.hex()} {ours.hex()}")


def lists(report, talk):
    r = talk.call(4, port_enum(0, ALL, ALL, 0), EnumResponse)
    data = content(r)
    report.check("impacket reads the list of ports", (r["read"], r["total"], r["ErrorCode"], len(data)) == (5, 5, 0, 5 * 380)
                 and [text(data[380 * i + 20:380 * i + 54]) for i in range(5)] == [f"VPN3-{i}" for i in range(5)])
    r = talk.call(4, port_enum(0, ALL, 760, 1), EnumResponse)
    report.check("impacket reads a page of ports", (r["read"], r["total"], r["resume"], r["ErrorCode"]) == (2, 4, 3, 234))
    r = talk.call(4, port_enum(0, ALL, ALL, None), EnumResponse)
    report.check("impacket reads a list without resume pointer", r["read"] == 5 and r.fields["resume"]["ReferentID"] == 0)
    for level, size in enumerate((1116, 288, 844, 788, 1680)):
        r = talk.call(1, connection_enum(level, ALL, 0), EnumResponse)
        report.check(f"impacket reads the connections at level {level}", r["read"] == 5 and len(content(r)) == 5 * size)
        r = talk.call(2, get_info(level, 102), ContainerResponse)
        report.check(f"impacket reads one connection at level {level}", r["ErrorCode"] == 0 and len(content(r)) == size)
    r = talk.call(4, port_enum(0, 0, ALL, 0), EnumResponse)
    report.check("impacket reads a list that failed", (r["read"], r["resume"], r["ErrorCode"]) == (0, ALL, 6))


def single(report, talk):
    r = talk.call(5, get_info(0, 2), ContainerResponse)
    report.check("impacket reads a port", r["ErrorCode"] == 0 and u32(content(r), 0) == 2 and u32(content(r), 4) == 102)
    r = talk.call(5, get_info(0, 77), ContainerResponse)
    report.check("impacket reads a port that does not exist", r["ErrorCode"] == 601 and r["info"]["dwBufferSize"] == 0)
    call = Handle()
    call["handle"] = 3
    report.check("impacket clears statistics", talk.call(6, call, CodeResponse)["ErrorCode"] == 0)
    call = DeviceEnum()
    call["dwLevel"] = call["total"] = 0
    empty(call["info"])
    r = talk.call(36, call, DeviceEnumResponse)
    report.check("impacket reads the devices", (r["total"], r["ErrorCode"], len(content(r))) == (2, 0, 584)
                 and text(content(r)[292 + 34:584]) == "WAN Miniport (IKEv2)")


def fill(config, revision):
    """Every pointer of the tunnel parameters in use."""
    arm = config[f"v{revision}"]
    arm["header"]["revision"], arm["header"]["type"], arm["header"]["size"] = revision, 2, 4
    blob = CertBlob()
    blob["cbData"], blob["pbData"] = 3, list(b"abc")
    blob.fields["pbData"].fields["Data"].fields["Data"] = [b"a", b"b", b"c"]
    arm["ike"]["nCerts"] = 1
    arm["ike"].fields["certs"].fields["Data"].fields["Data"] = [blob]
    arm["sstp"]["cert"]["cbData"] = 1
    arm["sstp"]["cert"].fields["pbData"].fields["Data"].fields["Data"] = [b"z"]
    if revision < 2:
        return
    arm["ike"]["machineCert"]["cbData"] = 2
    arm["ike"]["machineCert"].fields["pbData"].fields["Data"].fields["Data"] = [b"x", b"y"]
    if revision < 3:
        return
    eku = CertEku()
    eku["dwSize"], eku["IsEKUOID"] = 3, 1
    eku.fields["pwszEKU"].fields["Data"].fields["Data"] = [0x31, 0x2E, 0x32]
    arm["ike"]["nEkus"] = 1
    arm["ike"].fields["ekus"].fields["Data"].fields["Data"] = [eku]
    arm["ike"]["machineHash"]["cbData"] = 5
    arm["ike"]["machineHash"].fields["pbData"].fields["Data"].fields["Data"] = [b"h"] * 5


def server_info_ex(report, talk):
    for revision in (1, 2, 3):
        call = ServerGetInfoEx()
        call["config"]["tag"] = revision
        fill(call["config"], revision)
        r = talk.call(44, call, ServerGetInfoExResponse)
        arm = r["config"][f"v{revision}"]
        got = [arm["upTime"], arm["total"], arm["inUse"]] + [arm[t]["ports"] for t in ("ike", "pptp", "l2tp", "sstp")]
        got += [arm[t]["flags"] for t in ("ike", "pptp", "l2tp", "sstp")]
        report.check(f"server's Ex information, revision {revision}, with every pointer in the request",
                     (r["ErrorCode"], r["config"]["tag"]) == (0, revision) and got == [3600, 128, 1, 40, 10, 20, 30, 1, 1, 3, 1], got)


def right_connection(arm, i):
    ikev2 = i % 3 == 2
    projection = arm["projection"]
    inner = projection["ikev2" if ikev2 else "ppp"]
    return (arm["hConnection"] == 101 + i and arm["duration"] == i and text(arm["user"]) == f"user{i}"
            and text(arm["domain"]) == "EXAMPLE" and text(arm["remoteEnd"]) == "192.0.2.1" and arm["s0"] == i * 1000
            and projection["tag"] == (2 if ikev2 else 1) and text(inner["remote"]) == "10.8.0.2"
            and (inner["auth"] == 2 if ikev2 else inner["rauth"] == 0xC223))


def connections_ex(report, talk):
    r = talk.call(45, connection_enum_ex(ALL, 0), ConnectionEnumExResponse)
    report.check("impacket reads the Ex connections, of both kinds", (r["read"], r["total"], r["ErrorCode"]) == (5, 5, 0)
                 and all(right_connection(c["v1"], i) for i, c in enumerate(r["connections"])))
    for i in range(3):
        r = talk.call(46, connection_get_ex(101 + i), ConnectionGetInfoExResponse)
        report.check(f"impacket reads Ex connection {i}", r["ErrorCode"] == 0 and right_connection(r["connection"]["v1"], i))
    r = talk.call(46, connection_get_ex(1), ConnectionGetInfoExResponse)
    report.check("impacket reads an Ex connection that does not exist", r["ErrorCode"] == 906)


# ---- answers made by impacket ----

def put(structure, name, data):
    structure.fields[name].fields["Data"] = data


def make_connection(union, i, ikev2):
    union["tag"] = 1
    arm = union["v1"]
    connection_header(arm)
    arm["duration"], arm["hConnection"] = 10 + i, 100 + i
    for name, units in (("ifName", 257), ("user", 257), ("domain", 16), ("computer", 17), ("remoteEnd", 65), ("localEnd", 65)):
        put(arm, name, f"{name}{i}".encode("utf-16le").ljust(2 * units, b"\0"))
    arm["projection"]["tag"] = 2 if ikev2 else 1
    inner = arm["projection"]["ikev2" if ikev2 else "ppp"]
    for name, size in (("address", 32), ("remote", 32), ("if6", 8), ("rif6", 8), ("prefix", 8)):
        put(inner, name, name[0].encode("utf-16le").ljust(size, b"\0"))


def client_reads(report, talk):
    kinds = (True, False, False, True, True)
    words = [f"{'ikev2' if ikev2 else 'ppp'} {10 + i} user{i} la {100 + i}; " for i, ikev2 in enumerate(kinds)]
    r = ConnectionEnumExResponse()
    connections = []
    for i, ikev2 in enumerate(kinds):
        connections.append(ConnectionExUnion())
        make_connection(connections[i], i, ikev2)
    r["read"], r["total"], r["ErrorCode"] = len(kinds), 9, 234
    r["connections"] = connections
    resume(r, 104)
    got = talk.read(45, r)
    report.check("client reads impacket's Ex connections, of both kinds", got == "".join(words) + "read 5 of 9 then 104 code 234", got)
    for i, ikev2 in enumerate(kinds):
        r = ConnectionGetInfoExResponse()
        make_connection(r["connection"], i, ikev2)
        r["ErrorCode"] = 0
        got = talk.read(46, r)
        report.check(f"client reads impacket's Ex connection {i}", got == words[i] + "read 0 of 0 then 0 code 0", got)


def client_reads_servers(report, talk):
    texts = {1: "abc z", 2: "abc xy z", 3: "abc xy eku 3 1 hhhhh z"}
    for revision, text_of in texts.items():
        r = ServerGetInfoExResponse()
        r["config"]["tag"] = revision
        fill(r["config"], revision)
        arm = r["config"][f"v{revision}"]
        arm["upTime"] = 77
        for i, tunnel in enumerate(("ike", "pptp", "l2tp", "sstp")):
            arm[tunnel]["ports"] = i + 1
        r["ErrorCode"] = 0
        got = talk.read(44, r)
        report.check(f"client reads impacket's server, revision {revision}, with every pointer",
                     got.split() == f"77 1 2 3 4 {text_of} code 0".split(), got)
    r = DeviceEnumResponse()
    r["info"]["dwBufferSize"] = 584
    r["info"].fields["pBuffer"].fields["Data"].fields["Data"] = [b"\0"] * 584
    r["total"], r["ErrorCode"] = 2, 0
    got = talk.read(36, r)
    report.check("client reads impacket's devices", got == "2 code 0", got)


def main():
    report = Report()
    talk = Talk(sys.argv[1])
    for test in (client_requests, lists, single, server_info_ex, connections_ex, client_reads, client_reads_servers):
        report.run(test.__name__, test, talk)
    report.check("the program ends well", talk.close() == 0)
    report.finish()


main()
