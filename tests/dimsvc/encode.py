# SPDX-License-Identifier: Apache-2.0
"""Values in, bytes out: calls of declarations.py filled from dictionaries, with pointers numbered and gaps zero as ours are."""
from declarations import (CertBlob, CertEku, Container, GAPS, InterfaceContainer, LPDWORD, MibContainer, NDRPOINTER, NDRSTRUCT, NDRUNION,
                          NULL, OPERATIONS, WSTR, params, request_class, response_class)

MARK = 0x7E7E0000  # referents while their places are looked for


def plain(data):
    """Bytes that will not be taken for one of impacket's gaps."""
    assert data == data.translate(GAPS), data.hex()
    return data


def number(n):
    plain(n.to_bytes(4, "little"))
    return n


def put_bytes(owner, key, data):
    """Behind a unique pointer to a counted array of bytes."""
    if data is None:
        owner[key] = NULL
    else:
        owner.fields[key].fields["Data"].fields["Data"] = [bytes([b]) for b in plain(data)]
        owner.fields[key].fields["Data"].fields["MaximumCount"] = None


def put_counted(owner, data, count, pointer):
    owner[count] = number(len(data)) if data is not None else 0
    put_bytes(owner, pointer, data)


def put_array(owner, key, items):
    if items is None:
        owner[key] = NULL
    else:
        owner.fields[key].fields["Data"].fields["Data"] = items
        owner.fields[key].fields["Data"].fields["MaximumCount"] = None


def cert(data):
    made = CertBlob()
    put_counted(made, data, "cbData", "pbData")
    return made


def eku(text):
    made = CertEku()
    units = text.encode("utf-16le")
    made["dwSize"], made["IsEKUOID"] = len(text), 1
    put_array(made, "pwszEKU", [int.from_bytes(units[i:i + 2], "little") for i in range(0, len(units), 2)])
    return made


def put_policy(owner, key, values):
    if values is None:
        owner[key] = NULL
    else:
        for i, value in enumerate(values):
            owner.fields[key].fields["Data"][f"p{i}"] = value


def put_tagged(union, value):
    tag, fields = value
    union["tag"] = tag
    fill(union.fields[union.union[tag][0]], fields)


def put_text(owner, key, text):
    if text is None:
        owner[key] = NULL
    else:
        owner[key] = text + "\0"


def put_pointer(owner, key, cls, value):
    """What is behind a unique pointer, by what it is declared to be."""
    name = cls.__name__
    if name == "PBytes":
        put_bytes(owner, key, value)
    elif name == "PPolicy":
        put_policy(owner, key, value)
    elif name == "PCertBlobs":
        put_array(owner, key, None if value is None else [cert(v) for v in value])
    elif name == "PCertEkus":
        put_array(owner, key, None if value is None else [eku(v) for v in value])
    elif name == "PConnectionExArray":
        put_array(owner, key, None if value is None else [tagged(v) for v in value])
    elif name == "LPWSTR":
        put_text(owner, key, value)
    elif value is None:
        owner[key] = NULL
    else:
        owner[key] = number(value)


def tagged(value):
    made = params("x:E")[0][1]()
    put_tagged(made, value)
    return made


def put_field(owner, key, cls, value):
    if isinstance(cls, str) or not isinstance(value, (type(None), int, str, bytes, tuple, dict, list)):
        raise TypeError(key)
    if issubclass(cls, NDRPOINTER) or cls is LPDWORD:
        put_pointer(owner, key, cls, value)
    elif cls is Container:
        put_counted(owner.fields[key], value, "dwBufferSize", "pBuffer")
    elif cls is InterfaceContainer:
        flags, one, other = value or ((0, 0), None, None)
        owner.fields[key]["fGetInterfaceInfo"], owner.fields[key]["fGetGlobalInfo"] = flags
        put_counted(owner.fields[key], one, "dwInterfaceInfoSize", "pInterfaceInfo")
        put_counted(owner.fields[key], other, "dwGlobalInfoSize", "pGlobalInfo")
    elif cls is MibContainer:
        one, other = value or (None, None)
        put_counted(owner.fields[key], one, "dwMibInEntrySize", "pMibInEntry")
        put_counted(owner.fields[key], other, "dwMibOutEntrySize", "pMibOutEntry")
    elif cls is CertBlob:
        put_counted(owner.fields[key], value, "cbData", "pbData")
    elif cls is WSTR:
        put_text(owner, key, value)
    elif issubclass(cls, NDRUNION):
        put_tagged(owner.fields[key], value)
    elif issubclass(cls, NDRSTRUCT) and isinstance(value, (dict, type(None))):
        fill(owner.fields[key], value or {})
    elif isinstance(value, bytes):
        owner.fields[key].fields["Data"] = plain(value)
    elif value is not None:
        owner[key] = number(value)


def is_fixed(cls):
    return cls.__name__ == "Fixed"


def fill(owner, values):
    """Every field; those that are not named become zero or NULL."""
    known = {key for key, _ in owner.structure}
    assert set(values) <= known, (set(values) - known, known)
    for key, cls in owner.structure:
        value = values.get(key)
        if is_fixed(cls):
            size = cls().getDataLen(b"", 0)
            data = value.encode("utf-16le") if isinstance(value, str) else value or b""
            owner.fields[key].fields["Data"] = plain(data.ljust(size, b"\0"))
        elif value is None and cls.__name__ in ("DWORD", "NDRULONG", "UCHAR", "USHORT", "NDRUSHORT", "NDRUHYPER", "NDRUSMALL"):
            owner[key] = 0
        elif cls.__name__ == "GUID":
            owner[key] = plain(value or bytes(16))
        else:
            put_field(owner, key, cls, value)


def pointers(field, found):
    """All pointers of a call that are not NULL."""
    if isinstance(field, list):
        for item in field:
            pointers(item, found)
    elif hasattr(field, "fields"):
        if isinstance(field, NDRPOINTER):
            found.append(field)
        for inner in field.fields.values():
            pointers(inner, found)
    return found


def encode(call):
    """The stub, with referents in the order in which they stand on the wire."""
    all_of_them = pointers(call, [])
    for i, pointer in enumerate(all_of_them):
        pointer.fields["ReferentID"] = MARK + i
    data = call.getData()
    places = [(data.index((MARK + i).to_bytes(4, "little")), pointer) for i, pointer in enumerate(all_of_them)
              if data.find((MARK + i).to_bytes(4, "little")) >= 0]
    for rank, (_, pointer) in enumerate(sorted(places, key=lambda place: place[0])):
        pointer.fields["ReferentID"] = 0x20000 + 4 * rank
    return call.getData().translate(GAPS)


def request(opnum, values):
    call = request_class(opnum)()
    fill(call, values)
    return encode(call)


def response(opnum, values, code):
    call = response_class(opnum)()
    fill(call, {**values, "ErrorCode": code})
    return encode(call)


def empty(opnum, asked):
    """What a failure answers: outputs with nothing in them (dimsvc.md 4.5)."""
    values = {}
    for key, cls in params(OPERATIONS[opnum][1]):
        if key == "resume":
            values[key] = None if asked.get(key) is None else 0xFFFFFFFF if opnum == 4 else 0
        elif issubclass(cls, NDRUNION):
            values[key] = (1, {"projection": (1, {})}) if opnum == 46 else (asked[key][0], {})
    return values
