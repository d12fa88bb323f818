# SPDX-License-Identifier: Apache-2.0
"""rrasx as docs/rrasx.md describes it, and nothing else: its tables are read from the document."""
import os
import re
import struct
import uuid

DOCUMENT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "rrasx.md")
FORMATS = {"bool": "<B", "u32": "<I", "u64": "<Q", "i64": "<q"}


class Bad(Exception):
    """Bytes that are no message."""


def rows(text):
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("| ")][1:]


class Document:
    def __init__(self, path=DOCUMENT):
        with open(path, encoding="utf-8") as f:
            self.text = f.read()
        self.sections = dict(re.findall(r"^### (\S+)\n(.*?)(?=^##|\Z)", self.text, re.M | re.S))
        self.messages = {name: [(int(tag), attr, kind) for tag, attr, kind in rows(body)]
                         for name, body in self.sections.items() if "| tag |" in body}
        self.messages["nothing"] = []
        table = re.search(r"^\| opnum .*?\n\n", self.text, re.M | re.S).group()
        self.operations = {name: (int(opnum), request, reply) for opnum, name, _, request, reply in rows(table)}
        self.interface = uuid.UUID(re.search(r"^ +interface +([0-9a-f-]{36}), version 1\.0$", self.text, re.M).group(1))

    def pack(self, message, values):
        """The bytes of a message: {attribute: value}, records as such dictionaries, lists as lists of them."""
        data, left = b"", dict(values)
        for tag, attr, kind in self.messages[message]:
            if attr not in left:
                continue
            value = left.pop(attr)
            for one in value if kind.startswith("list") else [value]:
                packed = self._pack_value(kind, one)
                data += struct.pack("<HH", tag, len(packed)) + packed
        if left:
            raise KeyError(f"{message} has no {', '.join(left)}")
        return data

    def _pack_value(self, kind, value):
        if kind in FORMATS:
            return struct.pack(FORMATS[kind], value)
        if kind == "guid":
            return value.bytes_le
        if kind.startswith("text"):
            return value.encode()
        return self.pack(inner(kind), value)

    def unpack(self, message, data):
        """What a message says, in the form that pack() takes."""
        table, got, at = {tag: (attr, kind) for tag, attr, kind in self.messages[message]}, {}, 0
        while at < len(data):
            tag, length = struct.unpack_from("<HH", data, at)
            at += 4
            if length == 0xFFFF:
                length, = struct.unpack_from("<I", data, at)
                at += 4
            value = data[at:at + length]
            at += length
            if at > len(data):
                raise Bad(f"{message} breaks off")
            if tag in table:
                self._add(message, got, *table[tag], value)
        return got

    def _add(self, message, got, attr, kind, value):
        is_list = kind.startswith("list")
        if attr in got and not is_list:
            raise Bad(f"{message}.{attr} twice")
        what = self._unpack_value(f"{message}.{attr}", kind, value)
        if is_list:
            got.setdefault(attr, []).append(what)
        else:
            got[attr] = what

    def _unpack_value(self, where, kind, value):
        if kind in FORMATS:
            if len(value) != struct.calcsize(FORMATS[kind]) or (kind == "bool" and value[0] > 1):
                raise Bad(where)
            return struct.unpack(FORMATS[kind], value)[0]
        if kind == "guid":
            return uuid.UUID(bytes_le=value)
        if kind.startswith("text"):
            if len(value) > int(kind.split(", ")[1]) or b"\0" in value:
                raise Bad(where)
            return value.decode()
        return self.unpack(inner(kind), value)

    # ---- stubs ----

    def request(self, operation, values):
        message = self.pack(self.operations[operation][1], values)
        return struct.pack("<II", len(message), len(message)) + message

    def reply(self, operation, stub):
        """The code, and what the message says."""
        size, pointer = struct.unpack_from("<II", stub)
        message, end = b"", 8
        if pointer:
            if struct.unpack_from("<I", stub, 8)[0] != size:
                raise Bad("two sizes")
            message, end = stub[12:12 + size], 12 + size + -size % 4
        if len(message) != size or len(stub) != end + 4:
            raise Bad("a reply of another form")
        return struct.unpack_from("<I", stub, end)[0], self.unpack(self.operations[operation][2], message)


def inner(kind):
    return re.match(r"(?:record|list of) ([\w-]+)", kind).group(1)
