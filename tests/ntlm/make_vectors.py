#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: make_vectors.py > vectors.h

What impacket, which shares no code with ours, makes of messages of both ends: signatures, and what is encrypted. Each end has its own
stream of RC4 and its own numbers, so the order counts. For Debian's Python, which has impacket.
"""
import random

from impacket import ntlm

try:
    from Cryptodome.Cipher import ARC4
except ImportError:
    from Crypto.Cipher import ARC4

FLAGS = ntlm.NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY | ntlm.NTLMSSP_NEGOTIATE_128 | ntlm.NTLMSSP_NEGOTIATE_KEY_EXCH | \
    ntlm.NTLMSSP_NEGOTIATE_SIGN | ntlm.NTLMSSP_NEGOTIATE_SEAL


class End:
    def __init__(self, key, name, sequence):
        self.sign_key = ntlm.SIGNKEY(FLAGS, key, name)
        self.handle = ARC4.new(ntlm.SEALKEY(FLAGS, key, name)).encrypt
        self.sequence = sequence

    def message(self, whole, first, last):
        """Signed as a whole, encrypted from first to last."""
        sealed, signature = ntlm.SEAL(FLAGS, self.sign_key, None, whole, whole[first:last], self.sequence, self.handle)
        self.sequence += 1
        return whole[:first] + sealed + whole[last:], signature.getData()


def c(data):
    return '"' + "".join(f"\\x{b:02x}" for b in data) + '"'


def main():
    chance = random.Random(1)
    print("/* Made by make_vectors.py, which says how. */")
    for start in (0, 1):
        key = chance.randbytes(16)
        ends = [End(key, "Client", start), End(key, "Server", start)]
        print(f"static const char key_{start}[] = {c(key)};")
        print(f"static const struct vector vectors_{start}[] = {{")
        for size, first, last, who in ((24, 0, 0, 0), (60, 24, 52, 0), (60, 24, 52, 1), (8, 8, 8, 1), (300, 24, 292, 0), (1, 0, 1, 1),
                                       (333, 16, 320, 1), (48, 24, 40, 0)):
            plain = chance.randbytes(size)
            sealed, signature = ends[who].message(plain, first, last)
            print(f"    {{{who}, {size}, {first}, {last},\n     {c(plain)},\n     {c(sealed)},\n     {c(signature)}}},")
        print("};")


if __name__ == "__main__":
    main()
