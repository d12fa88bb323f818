# SPDX-License-Identifier: Apache-2.0
"""rrasd's source of users that is a directory, in a process of its own: tests/rrasd/users_ldap_probe.c."""
import json
import os
import subprocess

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.path.join(os.environ.get("OPENRRAS_BUILD", os.path.join(TOP, "build")), "tests/rrasd/users_ldap_probe")


class Probe:
    """Settings as in [users] of rrasd.conf; None: not set."""

    def __init__(self, scope, settings, netns=None):
        # What a machine's configuration says must not count.
        env = dict(os.environ, LDAPTLS_REQCERT="never")
        argv = [*(["ip", "netns", "exec", netns] if netns else []), PROGRAM, *(f"{k}={v}" for k, v in settings.items() if v is not None)]
        self.child = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env)
        scope.callback(self.end)

    def end(self):
        self.child.communicate(timeout=60)
        return self.child.returncode

    def call(self, *words):
        self.child.stdin.write(" ".join(words) + "\n")
        self.child.stdin.flush()
        return json.loads(self.child.stdout.readline())

    def get(self, name):
        return self.call("get", name.encode().hex())

    def set(self, name, permission, callback="none", number="", verb="set"):
        return self.call(verb, name.encode().hex(), permission, callback, *([number.encode().hex()] if number else []))
