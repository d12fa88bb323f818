# SPDX-License-Identifier: Apache-2.0
"""Samba's raw PDUs (samba.tests.dcerpc.raw_testcase, for Debian's Python) at a listener of ours."""
import json
import sys
import unittest

from samba.credentials import DONT_USE_KERBEROS
from samba.tests.dcerpc import raw_testcase

_connect_tcp = raw_testcase.RawDCERPCTest._connect_tcp


def talk_to(port):
    """Samba's tests believe that they talk to port 135, and want that as the listener's secondary address."""
    def connect(self):
        said, self.primary_address = self.primary_address, port
        self.secondary_address = self.secondary_address or said
        try:
            _connect_tcp(self)
        finally:
            self.primary_address = said
        self.tcp_port = int(said)

    def named_user(self):
        """In place of an anonymous one, by NTLM: whom a site lets in is not what this is about."""
        creds = self.get_user_creds()
        creds.set_kerberos_state(DONT_USE_KERBEROS)
        return creds
    raw_testcase.RawDCERPCTest._connect_tcp = connect
    raw_testcase.RawDCERPCTest.get_anon_creds = named_user


class Lines(unittest.TestResult):
    """What became of each test: a line of JSON with its name, and the last line of what went wrong, or null."""

    def say(self, test, wrong):
        print(json.dumps([test.id().rpartition(".")[2], wrong]), flush=True)

    def addSuccess(self, test):
        self.say(test, None)

    def addSkip(self, test, reason):
        self.say(test, f"skipped: {reason}")

    def addError(self, test, err):
        self.addFailure(test, err)

    def addFailure(self, test, err):
        text = self._exc_info_to_string(err, test)
        sys.stderr.write(f"==== {test.id()}\n{text}")
        self.say(test, text.strip().splitlines()[-1])
