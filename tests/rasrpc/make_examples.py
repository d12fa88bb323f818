#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make examples.txt: requests and answers of rasrpc, encoded by impacket from the interface's declaration (MS-RRASM section 6) and by
ctypes from that of the memory images.

usage: make_examples.py          print it
       make_examples.py --check  is examples.txt what would be printed?

The server is that of tests/dimsvc/golden.c.
"""
import os
import sys
from ctypes import c_char, c_uint8, c_uint32, c_uint64

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "dimsvc"))
import encode  # noqa: E402
import example_file  # noqa: E402
from declarations import DWORD, LPDWORD, NDRCALL, NDRPOINTER, NDRSTRUCT, PBytes, WSTR, dwords, wide  # noqa: E402
from images import GUID, dwords as image_dwords, image, structure, wide as image_wide  # noqa: E402

DENIED, NOT_SUPPORTED, INVALID, NO_ENTRY, NO_DEVICE, NO_PORT, CAN_NOT, TOO_SHORT = 5, 50, 87, 623, 608, 615, 1003, 0x80070057
DELETE_ENTRY, GET_PREFERENCES, SET_PREFERENCES, GET_DIRECTORY, SUBMIT, GET_PROTOCOLS, GET_VERSION = 5, 9, 10, 11, 12, 14, 15
PORT_ENUM, GET_INFO, GET_DEV_CONFIG, SET_DEVICES, GET_DEVICES, GET_CALLED, SET_CALLED, GET_CAPS = 21, 22, 73, 94, 95, 105, 106, 111
SIZE = 24 + 5000

# ---- the declaration ----


LONGEST = 3  # nodes of a list: impacket knows no structure that contains itself


def chain(name, *fields):
    """A list: structures that end with a unique pointer to the next."""
    pointer = LPDWORD  # always NULL
    for _ in range(LONGEST):
        node = type(name, (NDRSTRUCT,), {"structure": fields + (("pNext", pointer),)})
        pointer = type("P" + name, (NDRPOINTER,), {"referent": (("Data", node),)})
    return pointer


PCallbacks = chain("CallbackList", ("port", wide(17)), ("device", wide(129)), ("number", wide(129)), ("type", DWORD))
PStrings = chain("StringList", ("text", wide(256)))
PLocations = chain("LocationList", *dwords("id", "prefix", "suffix"))


class Preferences(NDRSTRUCT):
    structure = dwords(*(f"n{i}" for i in range(17))) + (
        ("pCallbacks", PCallbacks), ("lastCallback", wide(129)), ("phonebookMode", DWORD), ("personal", wide(260)), ("alternate", wide(260)),
        ("pPhonebooks", PStrings), ("pAreaCodes", PStrings), ("useAreaCodes", DWORD), ("pPrefixes", PStrings), ("pSuffixes", PStrings),
        ("pLocations", PLocations), ("xWindow", DWORD), ("yWindow", DWORD), ("entry", wide(257)), ("initialized", DWORD), ("dirty", DWORD))


TYPES = {"P": Preferences, "S": WSTR, "B": PBytes}
OPERATIONS = {
    DELETE_ENTRY: ("phonebook:S entry:S", ""), GET_PREFERENCES: ("user:P dwMode", "user:P"), SET_PREFERENCES: ("user:P dwMode", ""),
    GET_DIRECTORY: ("buffer:S uSize", "buffer:S"), SUBMIT: ("request:B dwcbBufSize", "request:B"),
    GET_PROTOCOLS: ("fRouter fRasCli fRasSrv", ""), GET_VERSION: ("dwVersion", "dwVersion"),
}


def make_call(text, more=()):
    fields = tuple((word.split(":")[0], TYPES[word.split(":")[1]] if ":" in word else DWORD) for word in text.split())
    return type("Call", (NDRCALL,), {"structure": fields + more})()


def nodes(pointer, values):
    """A list of dictionaries behind a pointer, each in the one before."""
    here = pointer.fields["Data"]
    first, rest = values[0], values[1:]
    encode.fill(here, {key: value for key, value in first.items() if key != "pNext"})
    if rest:
        here.fields["pNext"] = dict(type(here).structure)["pNext"]()
        nodes(here.fields["pNext"], rest)


def fill_preferences(user, lists):
    encode.fill(user, {key: value for key, value in lists.items() if not isinstance(value, list)})
    for key, values in lists.items():
        if isinstance(values, list):
            user.fields[key] = dict(Preferences.structure)[key]()
            nodes(user.fields[key], values)


def stub(text, values, more=(), code=None):
    call = make_call(text, more)
    encode.fill(call, {key: value for key, value in values.items() if key not in ("user", "units")})
    if "user" in call.fields:
        fill_preferences(call.fields["user"], values.get("user", {}))
    if code is not None:
        call["ErrorCode"] = code
    return encode.encode(call)


# ---- the memory images ----

Head = structure("RequestBuffer", *image_dwords("port", "type", "pointer_size", "done"), ("alignment", c_uint64))
Port = structure("RASMAN_PORT_32", *image_dwords("handle"), ("name", c_char * 16), *image_dwords("status", "kind", "usage", "now"),
                 ("media", c_char * 16), ("type", c_char * 16), ("device", c_char * 129), *image_dwords("line", "address"))
Device = structure("RAS_DEVICE_INFO", *image_dwords("version", "write", "ras", "router", "outbound", "line", "error", "endpoints", "out", "in_",
                                                    "least", "most", "kind"), ("guid", GUID), ("port", c_char * 17), ("name", c_char * 129),
                   ("wide", image_wide(129)))


def info_of(pointer):
    return structure("RASMAN_INFO", *image_dwords("status", "state", "speed", "error", "usage"), ("type_now", c_char * 16),
                     ("device_now", c_char * 129), ("type", c_char * 16), ("device", c_char * 129), ("port", c_char * 17),
                     *image_dwords("disconnect", "ownership", "duration", "bytes"), ("phonebook", c_uint8 * 261), ("entry", c_uint8 * 257),
                     ("connection", pointer), *image_dwords("sub", "kind"), ("guid", GUID), *image_dwords("session", "flags"),
                     ("correlation", GUID))


def buffer(kind, block=b"", port=0, pointer_size=8, size=SIZE):
    head = image(Head, port=port, type=kind, pointer_size=pointer_size)
    return (head + block).ljust(size, b"\0")


def numbers(*values):
    return b"".join(value.to_bytes(4, "little") for value in values)


def chars(cap, s):
    return s.encode().ljust(cap, b"\0")


def make_port(**values):
    made = Port(**{key: value.encode() if isinstance(value, str) else value for key, value in values.items()})
    return bytes(made)


def make_device(kind, name, ports, **more):
    made = Device(version=6, ras=1, endpoints=ports, in_=ports, least=ports, most=ports, kind=kind, name=name.encode(), **more)
    for i, unit in enumerate(name):
        made.wide[i] = ord(unit)
    return bytes(made)


PORTS = [make_port(handle=1, name="VPN3-1", kind=8, usage=1, now=1, media="rastapi", type="Vpn", device="WAN Miniport (PPTP)"),
         make_port(handle=2, name="VPN3-0", kind=8, usage=1, now=1, media="rastapi", type="Vpn", device="WAN Miniport (PPTP)")]
PPTP, IKEV2 = ("WAN Miniport (PPTP)", 10), ("WAN Miniport (IKEv2)", 40)
INFO = {"state": 2, "speed": 100000000, "usage": 1, "type": b"Vpn", "device": b"WAN Miniport (PPTP)", "port": b"VPN3-1", "disconnect": 3,
        "duration": 754, "bytes": 654321, "connection": 7, "kind": 8}

# ---- the examples ----

examples = []


def example(opnum, title, asked, told=None, code=0):
    """And once more by somebody who may not: a fault, not a code."""
    request, (_, out) = stub(OPERATIONS[opnum][0], asked), OPERATIONS[opnum]
    first = all(e[0] != opnum for e in examples)
    examples.append((opnum, title, "", "", request, stub(out, told or {}, (("ErrorCode", DWORD),), code)))
    if first:
        examples.append((opnum, title, f"denied {DENIED}", "", request, b""))


def submit(title, asked, told, state=""):
    request = stub(OPERATIONS[SUBMIT][0], {"request": asked, "dwcbBufSize": len(asked) if asked else 0})
    reply = stub(OPERATIONS[SUBMIT][1], {"request": told}, (("ErrorCode", DWORD),), 0)
    examples.append((SUBMIT, title, state, "", request, reply))


def simple():
    example(DELETE_ENTRY, "an entry of a phonebook", {"phonebook": "router.pbk", "entry": "Office"}, code=NO_ENTRY)
    everything = {"n0": 1, "pCallbacks": [{"port": "COM1", "type": 1}, {"port": "COM2"}], "pPhonebooks": [{"text": "a.pbk"}],
                  "pAreaCodes": [{"text": "30"}, {"text": "40"}, {"text": "69"}], "pPrefixes": [{"text": "0"}], "pSuffixes": [{"text": "#"}],
                  "pLocations": [{"id": 1}, {"id": 2, "prefix": 3}], "entry": "Office", "dirty": 1}
    example(GET_PREFERENCES, "nothing goes in, nothing comes out", {"dwMode": 2}, {"user": {}})
    example(GET_PREFERENCES, "a mode that there is not", {"dwMode": 1}, {"user": {}}, INVALID)
    example(SET_PREFERENCES, "with every list", {"user": everything, "dwMode": 2}, code=NOT_SUPPORTED)
    example(SET_PREFERENCES, "a mode that there is not", {"dwMode": 0}, code=INVALID)
    example(GET_PROTOCOLS, "of incoming connections", {"fRasSrv": 1}, code=12)
    example(GET_PROTOCOLS, "of outgoing ones", {"fRasCli": 1}, code=0)
    example(GET_VERSION, "which is 6", {}, {"dwVersion": 6})
    # The text has more room than it needs, which impacket's WSTR can't say.
    room = numbers(260, 0, 1) + bytes(4) + numbers(260)
    answer = numbers(260, 0, 1) + bytes(4) + numbers(0)
    examples.append((GET_DIRECTORY, "there is none", "", "", room, answer))
    examples.append((GET_DIRECTORY, "there is none", f"denied {DENIED}", "", room, b""))


def ports():
    asked = buffer(PORT_ENUM)
    told = buffer(PORT_ENUM, numbers(0, 416, 2) + b"".join(PORTS))
    submit("PortEnum: all ports", asked, told)
    request = stub(OPERATIONS[SUBMIT][0], {"request": asked, "dwcbBufSize": len(asked)})
    examples.append((SUBMIT, "PortEnum: all ports", f"denied {DENIED}", "", request, b""))
    for size, pointer, block in ((4, c_uint32, b""), (8, c_uint64, bytes(4))):
        info = info_of(pointer)(**INFO)
        submit(f"GetInfo: port 1, for a client of {8 * size} bits", buffer(GET_INFO, port=1, pointer_size=size),
               buffer(GET_INFO, numbers(0) + block + bytes(info), 1, size))
    submit("GetInfo: a port that is not there", buffer(GET_INFO, port=9), buffer(GET_INFO, numbers(NO_PORT), 9))
    config = chars(17, "Vpn")
    submit("GetDevConfig: of port 1, nothing", buffer(GET_DEV_CONFIG, numbers(1) + config + b"\1\1\1\1\1\1\1", 1),
           buffer(GET_DEV_CONFIG, numbers(0) + config, 1))
    submit("GetDevConfig: a port that is not there", buffer(GET_DEV_CONFIG, numbers(0) + config, 9),
           buffer(GET_DEV_CONFIG, numbers(NO_PORT) + config, 9))


def devices():
    both = make_device(8, *PPTP) + make_device(15, *IKEV2)
    submit("GetDeviceConfigInfo: both", buffer(GET_DEVICES, numbers(0, 6, 2000, 0)), buffer(GET_DEVICES, numbers(0, 6, 944, 2) + both))
    submit("GetDeviceConfigInfo: room for one", buffer(GET_DEVICES, numbers(0, 6, 943, 0)),
           buffer(GET_DEVICES, numbers(0, 6, 944, 2) + make_device(8, *PPTP)))
    submit("GetDeviceConfigInfo: another version", buffer(GET_DEVICES, numbers(0, 5, 2000, 0)),
           buffer(GET_DEVICES, numbers(NOT_SUPPORTED, 5, 2000, 0)))
    submit("GetDeviceConfigInfo: more room than there is", buffer(GET_DEVICES, numbers(0, 6, SIZE - 39, 0)),
           buffer(GET_DEVICES, numbers(TOO_SHORT, 6, SIZE - 39, 0)))
    known, unknown = (8, *PPTP), (9, "WAN Miniport (L2TP)", 1)
    submit("SetDeviceConfigInfo: one to be written, one only shown, one that is not there",
           buffer(SET_DEVICES, numbers(0, 6, 1416, 3) + make_device(*known, write=1) + make_device(*known) + make_device(*unknown)),
           buffer(SET_DEVICES, numbers(CAN_NOT, 6, 1416, 3) + make_device(*known, write=1, error=NOT_SUPPORTED) + make_device(*known)
                  + make_device(*unknown, error=NO_DEVICE)))
    submit("SetDeviceConfigInfo: more entries than bytes", buffer(SET_DEVICES, numbers(0, 6, 471, 1)),
           buffer(SET_DEVICES, numbers(INVALID, 6, 471, 1)))
    submit("SetDeviceConfigInfo: more bytes than there are", buffer(SET_DEVICES, numbers(0, 6, SIZE, 1)),
           buffer(SET_DEVICES, numbers(TOO_SHORT, 6, SIZE, 1)))


def others():
    def called(code, kind, size, text=0):
        return numbers(code, 1, size) + bytes(16) + make_device(kind, "x", 1) + numbers(text)
    submit("GetCalledId: there is none", buffer(GET_CALLED, called(0, 8, 100, 100)), buffer(GET_CALLED, called(0, 8, 0)))
    submit("GetCalledId: a device that is not there", buffer(GET_CALLED, called(0, 9, 100)), buffer(GET_CALLED, called(NO_DEVICE, 9, 100)))
    submit("SetCalledId", buffer(SET_CALLED, called(0, 8, 4, 4)), buffer(SET_CALLED, called(NOT_SUPPORTED, 8, 4, 4)))
    submit("SetCalledId: a device that is not there", buffer(SET_CALLED, called(0, 9, 4)), buffer(SET_CALLED, called(NO_DEVICE, 9, 4)))
    submit("SetCalledId: more text than there is", buffer(SET_CALLED, called(0, 8, 4, SIZE)),
           buffer(SET_CALLED, called(TOO_SHORT, 8, 4, SIZE)))
    submit("GetNdiswanDriverCaps", buffer(GET_CAPS), buffer(GET_CAPS, numbers(0, 1, 0)))
    submit("a request for something else", buffer(1), buffer(1, numbers(NOT_SUPPORTED)))
    for title, asked in (("no buffer", None), ("a buffer that is too small", buffer(PORT_ENUM, size=SIZE - 1)),
                         ("a request that there is not", buffer(142)), ("a request below 0", buffer(0xFFFFFFFF))):
        submit(f"{title}: nothing is done, whoever asks", asked, asked)
        submit(f"{title}: nothing is done, whoever asks", asked, asked, "denied")


HEAD = """# Examples of rasrpc. Made by make_examples.py with impacket and ctypes, from the interface's declaration; tests/dimsvc/golden.h reads it.
# state: denied - the caller may not; with a number behind it: the answer is a fault of this status."""


def main():
    for make in (simple, ports, devices, others):
        make()
    return example_file.main(os.path.join(HERE, "examples.txt"), HEAD, examples)


sys.exit(main())
