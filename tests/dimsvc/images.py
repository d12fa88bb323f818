# SPDX-License-Identifier: Apache-2.0
"""The memory images inside the containers, declared as the C structures that they are (MS-RRASM 2.2.1.2, mprapi.h of the SDK): ctypes
finds the offsets by itself, so that they are nobody's but the declaration's.
"""
from ctypes import LittleEndianStructure, c_uint8, c_uint16, c_uint32, c_uint64, sizeof

IPX_SDK, IPX_TEXT = 23, 16  # units of the IPX address: in the SDK's header, in the specification's text


def structure(name, *fields):
    return type(name, (LittleEndianStructure,), {"_fields_": fields})


def wide(units):
    return c_uint16 * units


def dwords(*names):
    return tuple((name, c_uint32) for name in names)


STATS = dwords("bytes_out", "bytes_in", "frames_out", "frames_in", "crc", "timeout", "alignment", "hardware", "framing", "overrun",
               "ratio_in", "ratio_out")
GUID = structure("GUID", *dwords("data1"), ("data2", c_uint16), ("data3", c_uint16), ("data4", c_uint8 * 8))
FILETIME = structure("FILETIME", *dwords("low", "high"))
Stats = structure("Stats", *STATS)

Port0 = structure("RASI_PORT_0", *dwords("handle", "connection", "condition", "calls", "duration"), ("name", wide(17)), ("media", wide(17)),
                  ("device", wide(129)), ("type", wide(17)))
Port1 = structure("RASI_PORT_1", *dwords("handle", "connection", "hardware", "speed"), ("stats", Stats))
Device0 = structure("MPR_DEVICE_0", ("type", wide(17)), ("name", wide(129)))
Server0 = structure("MPR_SERVER_0", *dwords("lan_only", "up", "total", "in_use"))
Server1 = structure("MPR_SERVER_1", *dwords("pptp", "pptp_flags", "l2tp", "l2tp_flags"))
Server2 = structure("MPR_SERVER_2", *dwords("pptp", "pptp_flags", "l2tp", "l2tp_flags", "sstp", "sstp_flags"))

Nbfcp = structure("PPP_NBFCP_INFO", *dwords("error"), ("workstation", wide(17)))
Ipcp = structure("PPP_IPCP_INFO", *dwords("error"), ("address", wide(16)), ("remote", wide(16)))
Ipcp2 = structure("PPP_IPCP_INFO2", *dwords("error"), ("address", wide(16)), ("remote", wide(16)), *dwords("options", "remote_options"))
Atcp = structure("PPP_ATCP_INFO", *dwords("error"), ("address", wide(33)))
Ipv6cp = structure("PPP_IPV6_CP_INFO", *dwords("version", "size", "error"), ("interface", c_uint8 * 8), ("remote", c_uint8 * 8),
                   *dwords("options", "remote_options"), ("prefix", c_uint8 * 8), *dwords("prefix_length"))
Ccp = structure("PPP_CCP_INFO", *dwords("error", "algorithm", "options", "remote_algorithm", "remote_options"))
Lcp = structure("PPP_LCP_INFO", *dwords("error", "auth", "auth_data", "remote_auth", "remote_auth_data", "reason", "remote_reason", "options",
                                        "remote_options", "eap", "remote_eap"))


def ipxcp(units):
    return structure("PPP_IPXCP_INFO", *dwords("error"), ("address", wide(units)))


def ppp(units):
    return structure("PPP_INFO", ("nbf", Nbfcp), ("ip", Ipcp), ("ipx", ipxcp(units)), ("at", Atcp))


def ppp2(units):
    return structure("PPP_INFO_2", ("nbf", Nbfcp), ("ip", Ipcp2), ("ipx", ipxcp(units)), ("at", Atcp), ("ccp", Ccp), ("lcp", Lcp))


Ppp3 = structure("PPP_INFO_3", ("nbf", Nbfcp), ("ip", Ipcp2), ("ipv6", Ipv6cp), ("ccp", Ccp), ("lcp", Lcp))
Projection = structure("PPP_PROJECTION_INFO_2", *dwords("error4"), ("address", wide(16)), ("remote", wide(16)),
                       *dwords("options", "remote_options"), ("sub4", c_uint64), *dwords("error6"), ("interface6", c_uint8 * 8),
                       ("remote6", c_uint8 * 8), ("prefix6", c_uint8 * 8), *dwords("prefix_length"), ("sub6", c_uint64),
                       *dwords("lcp_error", "auth", "auth_data", "remote_auth", "remote_auth_data", "reason", "remote_reason", "lcp_options",
                               "lcp_remote_options", "eap", "embedded_eap", "remote_eap"), ("ccp", Ccp))
Ikev2Projection = structure("IKEV2_PROJECTION_INFO_2", *dwords("error4"), ("address", wide(16)), ("remote", wide(16)), ("sub4", c_uint64),
                            *dwords("error6"), ("interface6", c_uint8 * 8), ("remote6", c_uint8 * 8), ("prefix6", c_uint8 * 8),
                            *dwords("prefix_length"), ("sub6", c_uint64),
                            *dwords("options", "auth", "eap", "embedded_eap", "compression", "encryption"))

Connection0 = structure("RASI_CONNECTION_0", *dwords("handle", "interface", "duration", "type", "flags"), ("name", wide(257)),
                        ("user", wide(257)), ("domain", wide(16)), ("computer", wide(17)))


def connection1(units):
    return structure("RASI_CONNECTION_1", *dwords("handle", "interface"), ("ppp", ppp(units)), ("stats", Stats))


def connection2(units):
    return structure("RASI_CONNECTION_2", *dwords("handle"), ("user", wide(257)), *dwords("type"), ("guid", GUID), ("ppp", ppp2(units)))


Connection3 = structure("RASI_CONNECTION_3", *dwords("version", "size", "handle"), ("user", wide(257)), *dwords("type"), ("guid", GUID),
                        ("ppp", Ppp3), *dwords("quarantine"), ("timer", FILETIME))


def connection4(projection):
    """The projection is a union; which of its arms is there is known when it is made. PPP's is the larger one."""
    rest = sizeof(Projection) - sizeof(projection)
    arm = structure("PROJECTION_INFO_IDL_2", ("arm", projection), *((("rest", c_uint8 * rest),) if rest else ()))
    tagged = structure("Tagged", ("tag", c_uint8), ("u", arm))
    return structure("RAS_CONNECTION_4_IDL", *dwords("duration", "type", "flags"), ("name", wide(257)), ("user", wide(257)),
                     ("domain", wide(16)), ("computer", wide(17)), ("guid", GUID), *dwords("quarantine"), ("probation", FILETIME),
                     ("start", FILETIME), ("stats", Stats), *dwords("switchovers"), ("remote_end", wide(65)), ("local_end", wide(65)),
                     ("projection", tagged), *dwords("handle", "interface", "device"))


def text(units, s):
    encoded = s.encode("utf-16le").ljust(2 * units, b"\0")
    return wide(units).from_buffer_copy(encoded)


def set_fields(image, values):
    for key, value in values.items():
        inner = getattr(image, key)
        if isinstance(value, dict):
            set_fields(inner, value)
        elif isinstance(value, str):
            setattr(image, key, text(len(inner), value))
        elif isinstance(value, bytes):
            setattr(image, key, type(inner).from_buffer_copy(value))
        else:
            setattr(image, key, value)


def image(cls, **values):
    made = cls()
    set_fields(made, values)
    return bytes(made)


SIZES = ((Port0, 380), (Port1, 64), (Device0, 292), (Server2, 24), (Connection0, 1116), (connection1(IPX_SDK), 288),
         (connection1(IPX_TEXT), 272), (connection2(IPX_SDK), 844), (connection2(IPX_TEXT), 828), (Connection3, 788),
         (connection4(Projection), 1680), (connection4(Ikev2Projection), 1680))
for made, size in SIZES:  # what the specification's tables say
    assert sizeof(made) == size, (made, sizeof(made), size)
