# SPDX-License-Identifier: Apache-2.0
"""The interface as its IDL declares it (MS-RRASM section 6), in the words of impacket: another implementation of NDR, which finds the
bytes by itself. Used by test_impacket.py and make_examples.py.
"""
import sys

try:
    from impacket.dcerpc.v5.dtypes import DWORD, GUID, LPDWORD, LPWSTR, NULL, UCHAR, USHORT, WSTR
    from impacket.dcerpc.v5.ndr import (NDRCALL, NDRPOINTER, NDRSTRUCT, NDRUHYPER, NDRULONG, NDRUNION, NDRUniConformantArray,
                                        NDRUniFixedArray, NDRUSMALL, NDRUSHORT)
except ImportError:
    print("1..0 # SKIP impacket is not installed")
    sys.exit(77)

# What impacket fills gaps with, each place with a byte of its own. NDR leaves it open; we send zeros.
GAPS = bytes.maketrans(b"\xaa\xab\xbb\xbc\xbd\xbe\xbf\xca\xcb\xcc\xcd\xce\xdd\xee\xef", bytes(15))


class Bytes(NDRUniConformantArray):
    item = "c"


class PBytes(NDRPOINTER):
    referent = (("Data", Bytes),)


class Container(NDRSTRUCT):
    structure = (("dwBufferSize", DWORD), ("pBuffer", PBytes))


def fixed(size, alignment=1):
    """A fixed array of that many bytes. (impacket does not align these by itself; none stands where that would matter.)"""
    class Fixed(NDRUniFixedArray):
        def getDataLen(self, data, offset=0):
            if offset % alignment:
                raise ValueError(f"array of {size} bytes at {offset}")
            return size

        def getAlignment(self):
            return alignment
    return Fixed


def wide(units):
    return fixed(2 * units, 2)


# ---- requests and answers of opnums 0 to 8 ----

class ServerGetInfo(NDRCALL):
    structure = (("dwLevel", DWORD),)


class ContainerResponse(NDRCALL):
    structure = (("info", Container), ("ErrorCode", DWORD))


class PortEnum(NDRCALL):
    structure = (("dwLevel", DWORD), ("hRasConnection", DWORD), ("info", Container), ("pref", DWORD), ("resume", LPDWORD))


class ConnectionEnum(NDRCALL):
    structure = (("dwLevel", DWORD), ("info", Container), ("pref", DWORD), ("resume", LPDWORD))


class EnumResponse(NDRCALL):
    structure = (("info", Container), ("read", DWORD), ("total", DWORD), ("resume", LPDWORD), ("ErrorCode", DWORD))


class GetInfo(NDRCALL):
    structure = (("dwLevel", DWORD), ("handle", DWORD))


class Handle(NDRCALL):
    structure = (("handle", DWORD),)


class CodeResponse(NDRCALL):
    structure = (("ErrorCode", DWORD),)


class DeviceEnum(NDRCALL):
    structure = (("dwLevel", DWORD), ("info", Container), ("total", DWORD))


class DeviceEnumResponse(NDRCALL):
    structure = (("info", Container), ("total", DWORD), ("ErrorCode", DWORD))


# ---- the NDR structures of opnums 44 to 46 and 51 ----

class Header(NDRSTRUCT):
    structure = (("revision", UCHAR), ("type", UCHAR), ("size", USHORT))


class CertBlob(NDRSTRUCT):
    structure = (("cbData", DWORD), ("pbData", PBytes))


class CertBlobs(NDRUniConformantArray):
    item = CertBlob


class PCertBlobs(NDRPOINTER):
    referent = (("Data", CertBlobs),)


class Words(NDRUniConformantArray):
    item = "<H"


class PWords(NDRPOINTER):
    referent = (("Data", Words),)


class CertEku(NDRSTRUCT):
    structure = (("dwSize", DWORD), ("IsEKUOID", DWORD), ("pwszEKU", PWords))


class CertEkus(NDRUniConformantArray):
    item = CertEku


class PCertEkus(NDRPOINTER):
    referent = (("Data", CertEkus),)


class Policy(NDRSTRUCT):
    structure = tuple((f"p{i}", DWORD) for i in range(6))


class PPolicy(NDRPOINTER):
    referent = (("Data", Policy),)


def dwords(*names):
    return tuple((name, DWORD) for name in names)


class IkeBase(NDRSTRUCT):
    structure = dwords("ports", "flags", "paramFlags", "idle", "blackout", "saLife", "saData", "options", "nCerts") + (
        ("certs", PCertBlobs),)


class Ike2(NDRSTRUCT):
    structure = IkeBase.structure + (("machineCert", CertBlob), ("encryption", DWORD), ("policy", PPolicy))


class Ike3(NDRSTRUCT):
    structure = Ike2.structure + (("nEkus", DWORD), ("ekus", PCertEkus), ("machineHash", CertBlob))


class Pptp(NDRSTRUCT):
    structure = dwords("ports", "flags")


class L2tp2(NDRSTRUCT):
    structure = dwords("ports", "flags", "paramFlags", "idle", "encryption", "saLife", "saData") + (("policy", PPolicy),)


class Sstp(NDRSTRUCT):
    structure = dwords("ports", "flags", "https", "algorithm", "isDefault") + (("cert", CertBlob),)


def server_ex(ike, l2tp):
    class ServerEx(NDRSTRUCT):
        structure = (("header", Header),) + dwords("lanOnly", "upTime", "total", "inUse", "reserved") + (
            ("ike", ike), ("pptp", Pptp), ("l2tp", l2tp), ("sstp", Sstp))
    return ServerEx


class ServerExUnion(NDRUNION):
    commonHdr = (("tag", NDRUSMALL),)
    union = {1: ("v1", server_ex(IkeBase, Pptp)), 2: ("v2", server_ex(Ike2, Pptp)), 3: ("v3", server_ex(Ike3, L2tp2))}


class ServerGetInfoEx(NDRCALL):
    structure = (("config", ServerExUnion),)


class ServerGetInfoExResponse(NDRCALL):
    structure = (("config", ServerExUnion), ("ErrorCode", DWORD))


class PppProjection(NDRSTRUCT):
    structure = (("error4", DWORD), ("address", wide(16)), ("remote", wide(16)), ("o4", DWORD), ("ro4", DWORD), ("sub4", NDRUHYPER),
                 ("error6", DWORD), ("if6", fixed(8)), ("rif6", fixed(8)), ("prefix", fixed(8)), ("plen", DWORD),
                 ("sub6", NDRUHYPER), ("lcpError", DWORD), ("auth", DWORD), ("authData", DWORD), ("rauth", DWORD),
                 ("rauthData", DWORD)) + dwords(*(f"d{i}" for i in range(11)))


class Ikev2Projection(NDRSTRUCT):
    structure = (("error4", DWORD), ("address", wide(16)), ("remote", wide(16)), ("sub4", NDRUHYPER), ("error6", DWORD),
                 ("if6", fixed(8)), ("rif6", fixed(8)), ("prefix", fixed(8)), ("plen", DWORD), ("sub6", NDRUHYPER),
                 ("options", DWORD), ("auth", DWORD), ("eap", DWORD), ("compression", DWORD), ("encryption", DWORD))


class Projection(NDRUNION):
    commonHdr = (("tag", NDRUSMALL),)
    notAlign = True  # the arm's own alignment decides
    union = {1: ("ppp", PppProjection), 2: ("ikev2", Ikev2Projection)}


class ConnectionEx(NDRSTRUCT):
    structure = (("header", Header), ("duration", DWORD), ("ifType", NDRUSHORT), ("flags", DWORD), ("ifName", wide(257)),
                 ("user", wide(257)), ("domain", wide(16)), ("computer", wide(17)), ("guid", GUID), ("quar", NDRUSHORT),
                 ("probLow", DWORD), ("probHigh", DWORD)) + dwords(*(f"s{i}" for i in range(13))) + (
                     ("remoteEnd", wide(65)), ("localEnd", wide(65)), ("projection", Projection), ("hConnection", NDRULONG),
                     ("hInterface", NDRULONG))

    def getAlignment(self):
        return 8  # of the hypers in its union, which impacket leaves out of account


class ConnectionExUnion(NDRUNION):
    commonHdr = (("tag", NDRUSMALL),)
    union = {1: ("v1", ConnectionEx)}


class ConnectionExArray(NDRUniConformantArray):
    item = ConnectionExUnion


class PConnectionExArray(NDRPOINTER):
    referent = (("Data", ConnectionExArray),)


class ConnectionEnumEx(NDRCALL):
    structure = (("header", Header), ("pref", DWORD), ("resume", LPDWORD))


class ConnectionEnumExResponse(NDRCALL):
    structure = (("read", DWORD), ("total", DWORD), ("connections", PConnectionExArray), ("resume", LPDWORD), ("ErrorCode", DWORD))


class RemoveQuarantine(NDRCALL):
    structure = (("handle", DWORD), ("isAddress", DWORD))


class ConnectionGetInfoEx(NDRCALL):
    structure = (("handle", DWORD), ("header", Header))


class ConnectionGetInfoExResponse(NDRCALL):
    structure = (("connection", ConnectionExUnion), ("ErrorCode", DWORD))


# ---- every operation: the parameters of its request, and those of its response without the return value ----

class InterfaceContainer(NDRSTRUCT):
    structure = (("fGetInterfaceInfo", DWORD), ("dwInterfaceInfoSize", DWORD), ("pInterfaceInfo", PBytes), ("fGetGlobalInfo", DWORD),
                 ("dwGlobalInfoSize", DWORD), ("pGlobalInfo", PBytes))


class MibContainer(NDRSTRUCT):
    structure = (("dwMibInEntrySize", DWORD), ("pMibInEntry", PBytes), ("dwMibOutEntrySize", DWORD), ("pMibOutEntry", PBytes))


def server_set_ex(ike, l2tp):
    class ServerSetEx(NDRSTRUCT):
        structure = (("header", Header), ("setConfigForProtocols", DWORD), ("ike", ike), ("pptp", Pptp), ("l2tp", l2tp), ("sstp", Sstp))
    return ServerSetEx


class ServerSetExUnion(NDRUNION):
    commonHdr = (("tag", NDRUSMALL),)
    union = {1: ("v1", server_set_ex(IkeBase, Pptp)), 2: ("v2", server_set_ex(Ike2, Pptp)), 3: ("v3", server_set_ex(Ike3, L2tp2))}


class UpdateConnection(NDRSTRUCT):
    structure = (("header", Header), ("dwIfIndex", DWORD), ("wszRemoteEndpointAddress", wide(65)))


class UpdateConnectionUnion(NDRUNION):
    commonHdr = (("tag", NDRUSMALL),)
    union = {1: ("v1", UpdateConnection)}


class CustomInfo1(NDRSTRUCT):
    structure = (("header", Header),) + dwords("dwFlags", "dwSaLifeTime", "dwSaDataSize") + (("certificateName", CertBlob), ("customPolicy", PPolicy))


class CustomInfo2(NDRSTRUCT):
    structure = CustomInfo1.structure + (("certificateHash", CertBlob),)


class CustomInfoUnion(NDRUNION):
    commonHdr = (("tag", NDRUSMALL),)
    union = {1: ("v1", CustomInfo1), 2: ("v2", CustomInfo2)}


def params(text):
    """Parameters in a line, as dimsvc.md has them: a name, and behind a colon its type unless it is a DWORD."""
    types = {"C": Container, "I": InterfaceContainer, "M": MibContainer, "S": WSTR, "P": LPWSTR, "R": LPDWORD, "H": Header,
             "X": ServerExUnion, "Y": ServerSetExUnion, "U": UpdateConnectionUnion, "Q": CustomInfoUnion, "E": ConnectionExUnion,
             "A": PConnectionExArray}
    pairs = (word.split(":") for word in text.split())
    return tuple((pair[0], types[pair[1]] if len(pair) > 1 else DWORD) for pair in pairs)


LIST = "info:C read total resume:R"
HANDLE = ("hHandle", "")
TRANSPORT_IN = ("hInterface transport info:I", "")
MIB_IN, MIB_BOTH = ("dwPid dwRoutingPid info:M", ""), ("dwPid dwRoutingPid info:M", "info:M")
OPERATIONS = {
    0: ("dwLevel", "info:C"), 1: ("dwLevel info:C pref resume:R", LIST), 2: ("dwLevel hConnection", "info:C"), 3: HANDLE,
    4: ("dwLevel hRasConnection info:C pref resume:R", LIST), 5: ("dwLevel hPort", "info:C"), 6: HANDLE, 7: HANDLE, 8: HANDLE,
    9: ("transport info:I", ""), 10: ("transport info:I", "info:I"), 11: ("name:S phInterface fIncludeClientInterfaces", "phInterface"),
    12: ("dwLevel info:C phInterface", "phInterface"), 13: ("dwLevel info:C hInterface", "info:C"), 14: ("dwLevel info:C hInterface", ""),
    15: HANDLE, 16: ("hInterface transport", ""), 17: TRANSPORT_IN, 18: ("hInterface transport info:I", "info:I"), 19: TRANSPORT_IN,
    20: ("dwLevel info:C pref resume:R", LIST), 21: ("hInterface hEvent fBlocking dwCallersProcessId", ""), 22: HANDLE,
    23: ("hInterface transport hEvent dwClientProcessId", ""), 24: ("hInterface transport", "pUpdateResult"), 25: HANDLE,
    26: MIB_IN, 27: MIB_IN, 28: MIB_IN, 29: MIB_BOTH, 30: MIB_BOTH, 31: MIB_BOTH, 32: MIB_BOTH,
    33: ("dwPid dwRoutingPid hEvent dwClientProcessId info:M", "info:M"), 34: ("fRegister dwClientProcessId hEventNotification", ""),
    35: ("hConnection message:S", ""), 36: ("dwLevel info:C total", "info:C total"), 37: ("transport name:S info:I dll:S", ""),
    38: ("dwLevel info:C dwIndex hInterface", "info:C"), 39: ("dwLevel info:C dwIndex hInterface", ""), 40: ("dwLevel info:C hInterface", ""),
    41: ("dwLevel info:C hInterface", "info:C"), 42: ("hRasConnection fIsIpAddress", ""), 43: ("dwLevel info:C", ""),
    44: ("config:X", "config:X"), 45: ("header:H pref resume:R", "read total connections:A resume:R"), 46: ("hConnection header:H", "connection:E"),
    47: ("config:Y", ""), 48: ("hConnection update:U", ""), 49: ("name:S user:S domain:S password:S", ""),
    50: ("name:S", "user:P domain:P password:P"), 51: ("hInterface config:Q", "config:Q"), 52: ("hInterface config:Q", "config:Q"),
}


def request_class(opnum):
    return type(f"Request{opnum}", (NDRCALL,), {"structure": params(OPERATIONS[opnum][0])})


def response_class(opnum):
    return type(f"Response{opnum}", (NDRCALL,), {"structure": params(OPERATIONS[opnum][1]) + (("ErrorCode", DWORD),)})
