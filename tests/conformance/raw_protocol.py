#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: raw_protocol.py PORT PART PARTS [WORD...]

Run Samba's suite samba.tests.dcerpc.raw_protocol against a listener at PORT: one part of several, or of that the tests with a word in their
names. What the suite needs of its environment comes from tests/system/conformance.py.
"""
import sys
import unittest

from samba.tests.dcerpc import raw_protocol

import samba_raw


def main():
    port, part, parts, words = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
    samba_raw.talk_to(port)
    names = unittest.defaultTestLoader.getTestCaseNames(raw_protocol.TestDCERPC_BIND)
    names = [n for n in names if not words or any(w in n for w in words)]
    unittest.TestSuite(map(raw_protocol.TestDCERPC_BIND, names[part::parts])).run(samba_raw.Lines())


if __name__ == "__main__":
    main()
