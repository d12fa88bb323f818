#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make examples.txt: a request and its answer for every operation, encoded by impacket from the interface's declaration.

usage: make_examples.py          print it
       make_examples.py --check  is examples.txt what would be printed?

The server that answers is the one of golden.c: two ports, two connections, two kinds of devices.
"""
import os
import sys

import encode
import example_file
from declarations import OPERATIONS
from images import (IPX_SDK, IPX_TEXT, Connection0, Connection3, Device0, Ikev2Projection, Port0, Port1, Projection, Server0, Server1, Server2,
                    connection1, connection2, connection4, image)

HERE = os.path.dirname(os.path.abspath(__file__))
ALL = 0xFFFFFFFF
DENIED, LAN_ONLY, NOT_SUPPORTED, INVALID, BAD_HANDLE, NO_INTERFACE, NOT_FOUND, MORE = 5, 903, 50, 87, 6, 905, 1168, 234
LAN_OPS = (1, 2, 3, 4, 5, 6, 7, 8, 21, 22, 23, 34, 35, 45, 46)

# ---- the server ----

PORT1 = {"handle": 1, "connection": 7, "condition": 5, "calls": 3, "duration": 754, "name": "VPN3-1", "media": "rastapi",
         "device": "WAN Miniport (PPTP)", "type": "Vpn"}
PORT2 = {"handle": 2, "condition": 3, "name": "VPN3-0", "media": "rastapi", "device": "WAN Miniport (PPTP)", "type": "Vpn"}
STATS = {"bytes_out": 123456, "bytes_in": 654321, "frames_out": 1000, "frames_in": 1200, "crc": 1, "timeout": 2, "alignment": 3,
         "hardware": 4, "framing": 5, "overrun": 6, "ratio_in": 100, "ratio_out": 90}
GUID7, GUID8 = bytes(range(1, 17)), bytes(range(17, 33))
PREFIX, INTERFACE = bytes.fromhex("20010d1800000001"), bytes.fromhex("0000000000000002")
FILETIME = {"low": 0x05060708, "high": 0x01020304}
START = (1700000000 + 11644473600) * 10000000
PEOPLE = {
    7: {"handle": 7, "interface": 3, "duration": 754, "flags": 1, "name": "ppp0", "user": "alice", "domain": "EXAMPLE", "computer": "laptop",
        "guid": GUID7, "device": 8, "ikev2": False, "quarantine": 2},
    8: {"handle": 8, "interface": 4, "duration": 60, "flags": 16, "name": "ikev2", "user": "bob", "domain": "EXAMPLE", "computer": "phone",
        "guid": GUID8, "device": 15, "ikev2": True, "quarantine": 0},
}
ADDRESSES = {"address": "10.8.0.1", "remote": "10.8.0.2"}
ENDS = {"remote_end": "192.0.2.1", "local_end": "198.51.100.1"}


def pick(person, *keys):
    return {key: person[key] for key in keys}


def lcp(person):
    return {} if person["ikev2"] else {"remote_auth": 0xC223, "remote_auth_data": 0x81}


def projection2(person):
    arm = {**ADDRESSES, "remote6": INTERFACE, "prefix6": PREFIX, "prefix_length": 64}
    return {**arm, "auth": 2} if person["ikev2"] else {**arm, **lcp(person)}


def connection(level, handle, ipx=IPX_SDK):
    p = PEOPLE[handle]
    timer = FILETIME if p["quarantine"] == 2 else {}
    if level == 0:
        return image(Connection0, **pick(p, "handle", "interface", "duration", "flags", "name", "user", "domain", "computer"))
    if level == 1:
        return image(connection1(ipx), **pick(p, "handle", "interface"), ppp={"ip": ADDRESSES}, stats=STATS)
    if level == 2:
        return image(connection2(ipx), **pick(p, "handle", "user", "guid"), ppp={"ip": ADDRESSES, "lcp": lcp(p)})
    if level == 3:
        ipv6 = {"remote": INTERFACE, "prefix": PREFIX, "prefix_length": 64}
        return image(Connection3, version=1, size=788, **pick(p, "handle", "user", "guid", "quarantine"),
                     ppp={"ip": ADDRESSES, "ipv6": ipv6, "lcp": lcp(p)}, timer=timer)
    tag, cls = (2, Ikev2Projection) if p["ikev2"] else (1, Projection)
    return image(connection4(cls), **pick(p, "duration", "flags", "name", "user", "domain", "computer", "guid", "quarantine", "handle",
                                          "interface", "device"), probation=timer, start={"low": START & ALL, "high": START >> 32},
                 stats=STATS, **ENDS, projection={"tag": tag, "u": {"arm": projection2(p)}})


def connection_ex(handle):
    p = PEOPLE[handle]
    ikev2 = p["ikev2"]
    arm = {**ADDRESSES, "rif6": INTERFACE, "prefix": PREFIX, "plen": 64}
    arm.update({"auth": 2} if ikev2 else {"rauth": 0xC223, "rauthData": 0x81})
    names = ("bytes_out", "bytes_in", "frames_out", "frames_in", "crc", "timeout", "alignment", "hardware", "framing", "overrun", "ratio_in",
             "ratio_out")
    timer = FILETIME if p["quarantine"] == 2 else {"low": 0, "high": 0}
    return (1, {"header": {"revision": 1, "type": 1, "size": 1604 if ikev2 else 1656}, "duration": p["duration"], "flags": p["flags"],
                "ifName": p["name"], "user": p["user"], "domain": p["domain"], "computer": p["computer"], "guid": p["guid"],
                "quar": p["quarantine"], "probLow": timer["low"], "probHigh": timer["high"],
                **{f"s{i}": STATS[name] for i, name in enumerate(names)}, "remoteEnd": ENDS["remote_end"], "localEnd": ENDS["local_end"],
                "projection": (2 if ikev2 else 1, arm), "hConnection": p["handle"], "hInterface": p["interface"]})


SERVERS = (image(Server0, up=3600, total=128, in_use=1), image(Server1, pptp=10, pptp_flags=1, l2tp=20, l2tp_flags=3),
           image(Server2, pptp=10, pptp_flags=1, l2tp=20, l2tp_flags=3, sstp=30, sstp_flags=1))
TUNNELS = {"ike": {"ports": 40, "flags": 1}, "pptp": {"ports": 10, "flags": 1}, "l2tp": {"ports": 20, "flags": 3}, "sstp": {"ports": 30, "flags": 1}}
BOTH_PORTS = image(Port0, **PORT1) + image(Port0, **PORT2)
DEVICES = image(Device0, type="Vpn", name="WAN Miniport (PPTP)") + image(Device0, type="Vpn", name="WAN Miniport (IKEv2)")
POLICY = (1, 2, 3, 4, 5, 6)
HEADER = {"revision": 1, "type": 1, "size": 4}
# RTR_INFO_BLOCK_HEADER with one entry: version, size of all, entries; type, size of one, how many, where. Then four bytes.
BLOCK = b"".join(n.to_bytes(4, "little") for n in (1, 32, 1, 0xFFFF0001, 4, 1, 28, 0x01020304))

# ---- the examples ----

examples = []


def example(opnum, title, asked, told=None, code=0, state="", client=""):
    """`told` None: empty outputs. `client`: how our client makes this request (see client_words.h)."""
    told = encode.empty(opnum, asked) if told is None else told
    examples.append((opnum, title, state, client, encode.request(opnum, asked), encode.response(opnum, told, code)))


def other_server(opnum, title, asked, told, code=0):
    """An answer that ours would not give, and our client understands."""
    example(opnum, title, asked, told, code, "other")


def misread(opnum, title, reply):
    """An answer that our client must refuse."""
    examples.append((opnum, title, "refused", "", b"", reply))


def page(info, read, total, resume):
    return {"info": info, "read": read, "total": total, "resume": resume}


def server():
    for level in range(3):
        example(0, f"level {level}", {"dwLevel": level}, {"info": SERVERS[level]}, client=f"server_get {level}")
    example(0, "level 3, which there is not", {"dwLevel": 3}, code=124)
    for level, fields in ((1, (128, 1, 128, 3)), (2, (10, 1, 20, 3, 30, 1))):
        names = ("pptp", "pptp_flags", "l2tp", "l2tp_flags", "sstp", "sstp_flags")
        info = image(Server1 if level == 1 else Server2, **dict(zip(names, fields)))
        example(43, f"level {level}", {"dwLevel": level, "info": info}, state="later 0", client=f"server_set {level} {info.hex()}")
    example(43, "level 0", {"info": SERVERS[0]}, code=NOT_SUPPORTED)
    example(43, "level 1 without a buffer", {"dwLevel": 1}, code=INVALID)


def lists():
    for level in range(5):
        both = connection(level, 7) + connection(level, 8)
        example(1, f"level {level}, all", {"dwLevel": level, "pref": ALL, "resume": 0}, page(both, 2, 2, 0),
                client=f"connection_enum {level} {ALL} 0")
        example(2, f"level {level}, connection 7", {"dwLevel": level, "hConnection": 7}, {"info": connection(level, 7)},
                client=f"get_info {level} 7")
        example(2, f"level {level}, connection 8, which is IKEv2", {"dwLevel": level, "hConnection": 8}, {"info": connection(level, 8)},
                client=f"get_info {level} 8")
    example(1, "level 3, a page of one, no resume pointer", {"dwLevel": 3, "pref": 788}, page(connection(3, 7), 1, 2, None), MORE,
            client="connection_enum 3 788")
    example(1, "nothing after connection 8", {"pref": ALL, "resume": 8}, page(None, 0, 0, 0), client=f"connection_enum 0 {ALL} 8")
    example(1, "level 5, which there is not", {"dwLevel": 5, "pref": ALL, "resume": 0}, code=124)
    for level in (1, 2):  # an IPX address as long as the text says
        other_server(1, f"level {level}, with an IPX address of 16 units", {"dwLevel": level, "pref": ALL, "resume": 0},
                     page(connection(level, 7, IPX_TEXT) + connection(level, 8, IPX_TEXT), 2, 2, 0))
        other_server(2, f"level {level}, with an IPX address of 16 units", {"dwLevel": level, "hConnection": 7},
                     {"info": connection(level, 7, IPX_TEXT)})
    example(2, "a connection that is not there", {"hConnection": 9}, code=906, client="get_info 0 9")
    example(4, "all ports", {"hRasConnection": ALL, "pref": ALL, "resume": 0}, page(BOTH_PORTS, 2, 2, 0), client=f"port_enum 0 {ALL} {ALL} 0")
    example(4, "all ports, no resume pointer", {"hRasConnection": ALL, "pref": ALL}, page(BOTH_PORTS, 2, 2, None),
            client=f"port_enum 0 {ALL} {ALL}")
    example(4, "the first page of two", {"hRasConnection": ALL, "pref": 380, "resume": 0}, page(image(Port0, **PORT1), 1, 2, 1), MORE,
            client=f"port_enum 0 {ALL} 380 0")
    example(4, "the ports of connection 7", {"hRasConnection": 7, "pref": ALL, "resume": 0}, page(image(Port0, **PORT1), 1, 1, 0),
            client=f"port_enum 0 7 {ALL} 0")
    example(4, "the ports of no connection", {"pref": ALL, "resume": 0}, code=BAD_HANDLE, client=f"port_enum 0 0 {ALL} 0")
    example(5, "level 0", {"hPort": 1}, {"info": image(Port0, **PORT1)}, client="get_info 0 1")
    example(5, "level 1", {"dwLevel": 1, "hPort": 1},
            {"info": image(Port1, handle=1, connection=7, speed=100000000, stats=STATS)}, client="get_info 1 1")
    example(5, "a port that is not there", {"hPort": 9}, code=601, client="get_info 0 9")
    example(36, "all", {}, {"info": DEVICES, "total": 2}, client="device_enum 0")
    example(36, "level 1, which there is not", {"dwLevel": 1}, code=NOT_SUPPORTED, client="device_enum 1")


def orders():
    example(3, "connection 7", {"hHandle": 7}, client="handle 7")
    example(3, "a connection that is not there", {"hHandle": 9}, code=INVALID, client="handle 9")
    example(6, "port 1", {"hHandle": 1}, client="handle 1")
    example(6, "a port that is not there", {"hHandle": 9}, code=601, client="handle 9")
    example(7, "port 1", {"hHandle": 1}, client="handle 1")
    example(8, "port 1, and the driver takes the order", {"hHandle": 1}, state="later 0", client="handle 1")
    example(8, "port 1, and the driver is away", {"hHandle": 1}, code=21, state="later 21", client="handle 1")
    example(34, "an event of a process", {"fRegister": 1, "dwClientProcessId": 4711, "hEventNotification": 8}, code=NOT_SUPPORTED)
    example(34, "no event", {"fRegister": 1, "dwClientProcessId": 4711}, code=INVALID)
    example(35, "\"Hi\" to connection 7", {"hConnection": 7, "message": "Hi"}, code=NOT_SUPPORTED, client="user_message 7 Hi")
    example(35, "\"Hi\" to a connection that is not there", {"hConnection": 9, "message": "Hi"}, code=906, client="user_message 9 Hi")
    example(42, "connection 7", {"hRasConnection": 7}, code=NOT_FOUND, client="quarantine 7 0")
    example(42, "the client with 10.8.0.2", {"hRasConnection": 0x0200080A, "fIsIpAddress": 1}, code=NOT_FOUND,
            client=f"quarantine {0x0200080A} 1")
    example(42, "a connection that is not there", {"hRasConnection": 9}, code=INVALID, client="quarantine 9 0")


def interfaces():
    example(11, "\"wan\"", {"name": "wan", "fIncludeClientInterfaces": 1}, code=NO_INTERFACE)
    for level, sizes in enumerate(((540,), (544, 552), (2468, 2488), (2528,))):  # 2508 has a byte of impacket's gaps
        for size in sizes:
            asked = {"dwLevel": level, "info": bytes(size)}
            example(12, f"level {level}, {size} bytes", asked, code=NOT_SUPPORTED)
    example(12, "level 0, a byte too few", {"info": bytes(539)}, code=INVALID)
    example(12, "level 4, which there is not", {"dwLevel": 4, "info": bytes(540)}, code=NOT_SUPPORTED)
    example(13, "level 0", {"hInterface": 1}, code=BAD_HANDLE)
    example(13, "level 4, which there is not", {"dwLevel": 4, "hInterface": 1}, code=NOT_SUPPORTED)
    example(14, "level 0", {"info": bytes(540), "hInterface": 1}, code=NOT_SUPPORTED)
    example(15, "interface 1", {"hHandle": 1}, code=NOT_SUPPORTED)
    example(20, "all: none", {"pref": ALL, "resume": 0}, page(None, 0, 0, 0))
    example(20, "all, no resume pointer", {"pref": ALL}, page(None, 0, 0, None))
    example(20, "level 1, which there is not", {"dwLevel": 1, "pref": ALL, "resume": 0}, code=NOT_SUPPORTED)
    example(21, "interface 1", {"hInterface": 1, "fBlocking": 1, "dwCallersProcessId": 4711}, code=LAN_ONLY)
    example(22, "interface 1", {"hHandle": 1}, code=BAD_HANDLE)
    example(25, "interface 1", {"hHandle": 1}, code=NOT_SUPPORTED)
    example(38, "level 0, device 1", {"dwIndex": 1, "hInterface": 1}, code=BAD_HANDLE)
    example(38, "level 2, which there is not", {"dwLevel": 2, "dwIndex": 1, "hInterface": 1}, code=NOT_SUPPORTED)
    example(39, "level 0, device 1", {"info": bytes(292), "dwIndex": 1, "hInterface": 1}, code=NOT_SUPPORTED)


def transports():
    one, both = ((0, 1), None, BLOCK), ((1, 1), BLOCK, BLOCK + bytes(1))
    interface_only = ((1, 0), BLOCK, None)
    cases = ((9, "the global block", {"transport": 0x21, "info": one}), (10, "the global block", {"transport": 0x21, "info": one}),
             (17, "both blocks, one of odd length", {"hInterface": 1, "transport": 0x57, "info": both}),
             (18, "no block", {"hInterface": 1, "transport": 0x21, "info": ((1, 0), None, None)}),
             (19, "the interface's block", {"hInterface": 1, "transport": 0x21, "info": interface_only}),
             (37, "the global block", {"transport": 0x21, "name": "ip", "info": one, "dll": "C:\\ip.dll"}),
             (16, "IPv4", {"hInterface": 1, "transport": 0x21}), (24, "IPv4", {"hInterface": 1, "transport": 0x21}),
             (23, "IPv4", {"hInterface": 1, "transport": 0x21, "dwClientProcessId": 4711}))
    for opnum, title, asked in cases:
        example(opnum, title, asked, code=NOT_SUPPORTED)
        example(opnum, "IPX, which is not there", {**asked, "transport": 0x2B}, code=902)
    example(9, "the global block is missing", {"transport": 0x21, "info": interface_only}, code=INVALID)
    example(37, "the global block is missing", {"transport": 0x21, "name": "ip", "info": interface_only, "dll": ""}, code=INVALID)
    example(17, "the interface's block is missing", {"hInterface": 1, "transport": 0x21, "info": one}, code=INVALID)
    example(19, "the interface's block is missing", {"hInterface": 1, "transport": 0x21, "info": one}, code=INVALID)
    example(23, "IPv6, over which no routes are updated", {"hInterface": 1, "transport": 0x57}, code=902)
    for opnum in range(26, 34):
        asked = {"dwPid": 0x21, "dwRoutingPid": 0x2710, "info": (b"in!", b"out!!")}
        asked.update({"hEvent": 0, "dwClientProcessId": 4711} if opnum == 33 else {})
        example(opnum, "IPv4, both entries", asked, code=NOT_SUPPORTED)
        example(opnum, "IPX, which is not there", {**asked, "dwPid": 0x2B, "info": (None, None)}, code=902)


def credentials():
    key = b"\5\0\0\0\10\0\0\0abcde"
    example(40, "level 2: the key of the server", {"dwLevel": 2, "info": key}, code=NOT_SUPPORTED, client="credentials_set 2 0 abcde")
    example(41, "level 2: the key of the server", {"dwLevel": 2}, code=NOT_SUPPORTED, client="credentials_get 2 0")
    other_server(41, "level 2: a key", {"dwLevel": 2}, {"info": key})
    example(49, "alice", {"name": "wan", "user": "alice", "domain": "EXAMPLE", "password": "secret"}, code=NO_INTERFACE)
    example(50, "\"wan\"", {"name": "wan"}, code=NO_INTERFACE)
    for revision in (1, 2):
        info = {"header": {"revision": revision, "type": 6, "size": 4}, "dwFlags": 1, "dwSaLifeTime": 300, "dwSaDataSize": 1024,
                "certificateName": b"abc", "customPolicy": POLICY}
        info.update({"certificateHash": b"h"} if revision == 2 else {})
        for opnum in (51, 52):
            example(opnum, f"revision {revision}, every pointer", {"hInterface": 1, "config": (revision, info)}, code=BAD_HANDLE)


def every_pointer(revision):
    ike = {**TUNNELS["ike"], "paramFlags": 1, "idle": 300, "blackout": 120, "saLife": 3600, "saData": 1024, "options": 2, "nCerts": 2,
           "certs": [b"abc", b"longer"]}
    l2tp = dict(TUNNELS["l2tp"])
    if revision >= 2:
        ike.update(machineCert=b"name!", encryption=2, policy=POLICY)
    if revision >= 3:
        ike.update(nEkus=2, ekus=["1.2", "any"], machineHash=b"hash of")
        l2tp.update(paramFlags=1, idle=300, encryption=1, saLife=3600, saData=1024, policy=POLICY)
    return {"ike": ike, "pptp": TUNNELS["pptp"], "l2tp": l2tp, "sstp": {**TUNNELS["sstp"], "https": 1, "algorithm": 0x800C, "cert": b"xyz"}}


def header_ex(revision, kind, size):
    return {"revision": revision, "type": kind, "size": size}


def server_ex():
    for revision, size in ((1, 108), (2, 124), (3, 164)):
        head = {"header": header_ex(revision, 2, size)}
        told = {**head, "upTime": 3600, "total": 128, "inUse": 1, **TUNNELS}
        example(44, f"revision {revision}", {"config": (revision, head)}, {"config": (revision, told)}, client=f"server_get_ex {revision}")
        other_server(44, f"revision {revision}, every pointer", {"config": (revision, head)},
                     {"config": (revision, {**told, **every_pointer(revision)})})
        setting = {"header": header_ex(revision, 3, size - 16), "setConfigForProtocols": 15, **TUNNELS}
        example(47, f"revision {revision}, the ports of each kind", {"config": (revision, setting)}, state="later 0",
                client=f"server_set_ex {revision}")
        setting = {**setting, **every_pointer(revision)}
        example(47, f"revision {revision}, every pointer: refused rather than ignored", {"config": (revision, setting)}, code=NOT_SUPPORTED,
                client=f"server_set_ex {revision} every")


def connections_ex():
    both = [connection_ex(7), connection_ex(8)]
    example(45, "all", {"header": HEADER, "pref": ALL, "resume": 0}, {"read": 2, "total": 2, "connections": both, "resume": 0},
            client=f"connection_enum_ex {ALL} 0")
    example(45, "one more than fits, no resume pointer", {"header": HEADER, "pref": 0},
            {"read": 1, "total": 2, "connections": both[:1], "resume": None}, MORE, client="connection_enum_ex 0")
    example(45, "nothing after connection 8", {"header": HEADER, "pref": ALL, "resume": 8},
            {"read": 0, "total": 0, "connections": None, "resume": 0}, client=f"connection_enum_ex {ALL} 8")
    example(45, "a revision that there is not", {"header": {**HEADER, "revision": 2}, "pref": ALL, "resume": 0}, code=INVALID)
    other_server(45, "an IKEv2 connection before one over PPP", {"header": HEADER, "pref": ALL, "resume": 0},
                 {"read": 2, "total": 2, "connections": both[::-1], "resume": 0})
    for handle in (7, 8):
        example(46, f"connection {handle}", {"hConnection": handle, "header": HEADER}, {"connection": connection_ex(handle)},
                client=f"connection_get_ex {handle}")
    example(46, "a connection that is not there", {"hConnection": 9, "header": HEADER}, code=906, client="connection_get_ex 9")
    moving = {"header": header_ex(1, 5, 140), "dwIfIndex": 3, "wszRemoteEndpointAddress": "2001:0d18::1"}
    example(48, "connection 7 to another address", {"hConnection": 7, "update": (1, moving)}, code=NOT_SUPPORTED,
            client="update_connection 7 3 2001:0d18::1")
    example(48, "a connection that is not there", {"hConnection": 9, "update": (1, moving)}, code=906,
            client="update_connection 9 3 2001:0d18::1")
    # The union inside aligned as a structure that begins with its tag: 4 bytes later, as Wine reads the rules. Nobody knows
    # what Windows does; ours must not take one for the other.
    reply = encode.response(46, {"connection": connection_ex(7)}, 0)
    tag = 8 + 1452
    misread(46, "connection 7 with the projection where Wine has it", reply[:tag] + bytes(4) + reply[tag:tag + 4] + bytes(4) + reply[tag + 4:])
    reply = encode.response(45, {"read": 2, "total": 2, "connections": both[::-1], "resume": 0}, 0)
    end = 16 + 8 + 1604
    misread(45, "an IKEv2 connection padded to a multiple of 8", reply[:end] + bytes(8 - end % 8) + reply[end:])


def failures():
    """Each operation's first request, by somebody who may not, and to a server that routes between LANs only."""
    firsts = {}
    for opnum, title, state, _, stub, _ in list(examples):
        if state not in ("other", "refused"):
            firsts.setdefault(opnum, (title, stub))
    assert sorted(firsts) == sorted(OPERATIONS) == list(range(53))
    for opnum, (title, stub) in firsts.items():
        call = encode.request_class(opnum)(stub)
        asked = {key: call[key] for key in ("resume", "config") if key in call.fields}
        if "resume" in asked:
            asked["resume"] = None if call.fields["resume"].fields["ReferentID"] == 0 else 0
        if "config" in asked:
            asked["config"] = (call["config"]["tag"], None)
        for state, code in (("denied", DENIED),) + ((("lan", LAN_ONLY),) if opnum in LAN_OPS else ()):
            examples.append((opnum, title, state, "", stub, encode.response(opnum, encode.empty(opnum, asked), code)))


HEAD = """# Examples of every operation of dimsvc. Made by make_examples.py with impacket, from the interface's declaration; golden.h reads it.
# state: denied, lan - the caller may not, the server routes between LANs only; later CODE - what the backend says afterwards;
#        other - an answer of another server; refused - one that the client must not take.
# client: how our client makes this request (client_words.h)."""


def main():
    for make in (server, lists, orders, interfaces, transports, credentials, server_ex, connections_ex, failures):
        make()
    return example_file.main(os.path.join(HERE, "examples.txt"), HEAD, examples)


sys.exit(main())
