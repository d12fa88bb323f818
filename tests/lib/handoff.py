# SPDX-License-Identifier: Apache-2.0
"""What smbd of Samba 4.17 says when it hands the client of a named pipe over ("NPAM", level 7), and what it understands.

Written from what such messages look like, and shares no code with rrasd. `ndrdump named_pipe_auth named_pipe_auth_req struct FILE`
(samba-testsuite) takes them apart.
"""
import struct

LEVEL = 7
REPLY_SIZE = 36
ANONYMOUS, AUTHENTICATED, GUESTS = (5, (7,)), (5, (11,)), (5, (32, 546))
WORLD, NETWORK = (1, (0,)), (5, (2,))


def account(rid):
    """The SID of an account of some domain."""
    return (5, (21, 1459612026, 1966328752, 2504831550, rid))


class Ndr:
    """Little-endian, aligned from the first byte of the length before it all."""

    def __init__(self):
        self.data, self.pointers = bytearray(), 0

    def align(self, n):
        self.data += bytes(-len(self.data) % n)

    def put(self, form, *values):
        self.align(struct.calcsize("<" + form[-1]))
        for value in values:
            self.data += struct.pack("<" + form, value)

    def pointer(self, there):
        self.pointers += 1 if there else 0
        self.put("I", 0x1fffc + 4 * self.pointers if there else 0)

    def text(self, value):
        if value is None:
            return
        raw = (value if isinstance(value, bytes) else value.encode()) + b"\0"
        self.put("I", len(raw), 0, len(raw))
        self.data += raw

    def blob(self, value):
        self.put("I", len(value))
        self.data += value

    def sid(self, authority, subs):
        self.align(4)
        self.data += struct.pack(">BBHI", 1, len(subs), 0, authority)
        self.put("I", *subs)


def message(user="olga", domain="RAS", uid=1000, gid=1000, groups=(1000,), address="192.0.2.7", client="pc", authenticated=1,
            sids=None, level=LEVEL, credentials=b"", session=True, token=True, unix_token=True, info=True):
    """A handoff, complete with its length."""
    if sids is None:
        sids = (account(1000), account(513), WORLD, NETWORK, AUTHENTICATED)
    n = Ndr()
    n.data += b"\0\0\0\0NPAM"
    n.put("I", level, level)
    n.put("B", 1)
    n.pointer(client is not None)
    n.pointer(address is not None)
    n.put("H", 58686)
    n.pointer(True)
    n.pointer(True)
    n.put("H", 445)
    n.pointer(session)
    for text in (client, address, "server", "192.0.2.1"):
        n.text(text)
    if session:
        n.pointer(True)
        n.blob(credentials)
        for there in (token, unix_token, info, info, False):
            n.pointer(there)
        n.blob(bytes(16))
        n.pointer(False)
        n.align(4)
        n.data += bytes(16)
        n.put("H", 0)
        _token(n, sids if token else None)
        _unix_token(n, (uid, gid, groups) if unix_token else None)
        _info(n, user, domain, authenticated, info)
    struct.pack_into(">I", n.data, 0, len(n.data) - 4)
    return bytes(n.data)


def _token(n, sids):
    if sids is None:
        return
    n.align(8)
    n.put("I", len(sids), len(sids))
    for sid in sids:
        n.sid(*sid)
    n.put("Q", 0)
    n.put("I", 0)


def _unix_token(n, ids):
    if ids is None:
        return
    uid, gid, groups = ids
    n.put("I", len(groups))
    n.put("Q", uid, gid)
    n.put("I", len(groups))
    n.put("Q", *groups)
    n.align(8)


def _info(n, user, domain, authenticated, there):
    if not there:
        return
    n.pointer(user is not None)
    n.pointer(False)
    n.put("B", 0)
    n.pointer(domain is not None)
    n.pointer(False)
    for _ in range(6):
        n.pointer(True)
    n.data += bytes(48)
    n.put("H", 0, 0)
    n.put("I", 16)
    n.put("B", authenticated)
    n.text(user)
    n.text(domain)
    for text in ("Olga O.", "", "", "", "", "server"):
        n.text(text)
    n.pointer(user is not None)
    n.pointer(user is not None)
    n.text(user)
    n.text(user)


def is_good_reply(reply):
    """Has rrasd taken it, as a pipe of messages?"""
    length, magic, level, tag, kind, _, _, _, status = struct.unpack("<4s4sIIHHIQI", reply)
    return (length, magic, level, tag, kind, status) == (struct.pack(">I", REPLY_SIZE - 4), b"NPAM", LEVEL, LEVEL, 2, 0)


def framed(pdu):
    """As smbd sends what the client has written into a pipe of messages."""
    return struct.pack("<H", len(pdu)) + pdu
