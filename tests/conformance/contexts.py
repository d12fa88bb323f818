#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: contexts.py PORT

Several security contexts of one connection, by real mechanisms: each protects its own calls, in turn, and none stands in for another.
"""
import sys
import unittest

from samba.dcerpc import base, dcerpc, mgmt
from samba.tests.dcerpc import raw_testcase

import samba_raw

KERBEROS, NTLM, SPNEGO = dcerpc.DCERPC_AUTH_TYPE_KRB5, dcerpc.DCERPC_AUTH_TYPE_NTLMSSP, dcerpc.DCERPC_AUTH_TYPE_SPNEGO
PACKET, INTEGRITY = dcerpc.DCERPC_AUTH_LEVEL_PACKET, dcerpc.DCERPC_AUTH_LEVEL_INTEGRITY
FLAGS = dcerpc.DCERPC_PFC_FLAG_FIRST | dcerpc.DCERPC_PFC_FLAG_LAST


class Contexts(raw_testcase.RawDCERPCTest):
    def begin(self, *kinds):
        """A connection with a context of each kind (mechanism and level): the first by the bind, the others by alter_context."""
        self.ctx = dcerpc.ctx_list()
        self.ctx.context_id, self.ctx.num_transfer_syntaxes = 1, 1
        self.ctx.abstract_syntax, self.ctx.transfer_syntaxes = mgmt.abstract_syntax(), [base.transfer_syntax_ndr()]
        contexts = [self.get_auth_context_creds(self.get_user_creds(), mech, level, i + 1, hdr_signing=True)
                    for i, (mech, level) in enumerate(kinds)]
        group = 0
        for i, context in enumerate(contexts):
            ack = self.do_generic_bind(ctx=self.ctx, auth_context=context, call_id=i, assoc_group_id=group, start_with_alter=i > 0)
            group = group or ack.u.assoc_group_id
        return contexts

    def call(self, call_id, context, **more):
        self.do_single_request(call_id=call_id, ctx=self.ctx, io=mgmt.inq_if_ids(), auth_context=context, **more)

    def in_turn(self, *kinds):
        contexts = self.begin(*kinds)
        for i in range(3 * len(contexts)):
            self.call(10 + i, contexts[i % len(contexts)])
        return contexts

    def test_kerberos_twice(self):
        self.in_turn((KERBEROS, INTEGRITY), (KERBEROS, PACKET))

    def test_ntlm_twice(self):
        self.in_turn((NTLM, INTEGRITY), (NTLM, INTEGRITY))

    def test_kerberos_then_ntlm(self):
        self.in_turn((KERBEROS, INTEGRITY), (NTLM, PACKET))

    def test_ntlm_then_kerberos_and_spnego(self):
        self.in_turn((NTLM, INTEGRITY), (KERBEROS, INTEGRITY), (SPNEGO, INTEGRITY))

    def test_one_does_not_stand_in_for_another(self):
        for kinds in (((KERBEROS, INTEGRITY), (KERBEROS, INTEGRITY)), ((NTLM, INTEGRITY), (NTLM, INTEGRITY))):
            first, second = self.in_turn(*kinds)
            forged = dict(first, auth_context_id=second["auth_context_id"])
            self.call(99, forged, fault_status=dcerpc.DCERPC_FAULT_SEC_PKG_ERROR, fault_pfc_flags=FLAGS)
            self.assertIsNone(self.recv_pdu())
            self.assertNotConnected()
            self.connect()


def main():
    samba_raw.talk_to(sys.argv[1])
    unittest.defaultTestLoader.loadTestsFromTestCase(Contexts).run(samba_raw.Lines())


if __name__ == "__main__":
    main()
