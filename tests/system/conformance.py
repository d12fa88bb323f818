#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
r"""Samba's test suites against rpc/: raw PDUs, counted calls, and rpcecho over TCP and through a real smbd. What answers is a listener of
tests/conformance, which offers mgmt and every level of authentication, and for some of them rpcecho: rrasd offers neither.

Where the suite of raw PDUs fails, and why, stands in tests/conformance/raw_protocol.txt."""
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import kdc
from programs import TOP
from scope import Scope, may_make_networks
from smbd import PASSWORD, Smbd
from tap import Report

HERE = os.path.join(TOP, "tests/conformance")
BUILD = os.environ.get("OPENRRAS_BUILD", os.path.join(TOP, "build"))
LISTENER, NTLM = (os.path.join(BUILD, p) for p in ("tests/conformance/conformance-listener", "ntlm/rras-ntlm"))
PYTHON = "/usr/bin/python3"  # Debian's, which has Samba's modules
NEEDED, ALL = 155, 194  # more than so many tests of the raw suite have to pass, of so many
PARTS = 2  # processes that share the raw suite
PATIENCE = 300
USER, DOMAIN, HOST = "alice", "RASTEST", "server.rras.test"
SECRET = "secret-alice"
ECHO = {"addone", "sinkdata", "echodata", "sourcedata", "testcall", "testcall2", "enum", "surrounding", "doublepointer", "sleep"}
MGMT_LAST, ECHO_LAST = 4, 9  # the highest operation of each
DIMSVC = bytes.fromhex("00f0098fedb7ce11bbd200001a181cad00000000")
NDR20 = bytes.fromhex("045d888aeb1cc9119fe808002b10486002000000")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class World:
    """A realm and its user, listeners, and what Samba's programs need to find both."""

    def __init__(self, scope):
        self.scope = scope
        os.mkdir(scope.path("realm"))
        self.realm = kdc.Realm(scope.path("realm"))
        self.realm.add(USER, SECRET)
        self.realm.add_service(f"host/{HOST}")
        scope.callback(self.realm.stop)
        self.realm.start()
        self.users = scope.write("users", f"{DOMAIN}:{USER}:{SECRET}\nRASBOX:ras1:{PASSWORD}\n", 0o600)
        os.mkdir(scope.path("samba"))
        folders = "".join(f"{name} directory = {scope.path('samba')}\n" for name in ("lock", "cache", "state", "pid"))
        self.smb_conf = scope.write("client.conf", f"[global]\nrealm = {self.realm.name}\nworkgroup = {DOMAIN}\n"
                                                   f"private dir = {scope.path('samba')}\n{folders}")
        self.env = dict(self.realm.env, SERVER="127.0.0.1", TARGET_HOSTNAME=HOST, USERNAME=USER, PASSWORD=SECRET, DOMAIN=DOMAIN,
                        REALM=self.realm.name, SMB_CONF_PATH=self.smb_conf, MAX_NUM_AUTH="8")  # RPC_SECURITIES_MAX

    def listen(self, *options, before=()):
        port = str(free_port())
        process = self.scope.start(*before, LISTENER, "--ntlm", NTLM, "--users", self.users, *options, port, log="listener", env=self.realm.env)
        process.wait_log("^ready")
        process.port = port
        return process

    def python(self, name, *args):
        return self.program(name, PYTHON, os.path.join(HERE, name), *args)

    def torture(self, binding, suite, *options, user=f"{DOMAIN}/{USER}%{SECRET}", before=()):
        return self.program("smbtorture", *before, "smbtorture", "-s", self.smb_conf, "-U", user, *options, binding, suite)

    def program(self, log, *argv):
        """Begun; its output is in its log, and what it complains of beside it."""
        return self.scope.start(*argv, log=log, env=self.env)


def answers(process):
    """What a program of tests/conformance says of each test."""
    process.wait_end(PATIENCE)
    return dict(json.loads(line) for line in process.log().splitlines() if line.startswith('["'))


def expected_failures():
    """Each test that is expected to fail, with its reason."""
    found, reason, named = {}, [], True
    with open(os.path.join(HERE, "raw_protocol.txt")) as f:
        for line in f:
            if line.startswith("    "):
                found.update({name: " ".join(reason) for name in line.split()})
                named = True
            elif line.strip() and not line.startswith("#"):
                reason = [line.strip()] if named else [*reason, line.strip()]
                named = False
    return found


def judge_raw(r, parts):
    became = {}
    for part in parts:
        became.update(answers(part))
    expected = expected_failures()
    passed = [name for name, wrong in became.items() if not wrong]
    r.check(f"the suite of raw PDUs has said what became of its {ALL} tests", len(became) == ALL,
            f"{len(became)}: {''.join(p.log()[-2000:] for p in parts)}")
    r.check(f"  more than {NEEDED} pass: {len(passed)}", len(passed) > NEEDED)
    worse = {name: wrong for name, wrong in became.items() if wrong and name not in expected}
    r.check("  no test fails but those that are listed", not worse, str(worse))
    better = [name for name in expected if not became.get(name, "it is not in the suite")]
    r.check("  and each of those fails", not better, str(better))
    r.check("  each is listed with a reason, and is in the suite", all(expected.values()) and set(expected) <= set(became),
            str(set(expected) - set(became)))


def judge_contexts(r, process):
    became = answers(process)
    r.check("five tests of several security contexts have run", len(became) == 5, process.log()[-2000:])
    for name, wrong in became.items():
        r.check(f"several security contexts: {name}", not wrong, f"{wrong}: {process.log()[-2000:]}")


def judge_echo(r, what, process):
    status = process.wait_end(PATIENCE)
    done = set(re.findall(r"^success: echo\.(\w+)", process.log(), re.M))
    r.check(f"rpc.echo {what}", status == 0 and done == ECHO, f"{status}, without {sorted(ECHO - done)}: {process.log()[-2000:]}")


def judge_count(r, interface, last, process):
    status = process.wait_end(PATIENCE)
    r.check(f"rpc.countcalls finds the last call of {interface}", status == 0 and f"Found {last} calls" in process.log(),
            f"{status}: {process.log()[-2000:]}")


def judge_end(r, what, listener):
    listener.signal(15)
    r.check(f"{what} ends in order, with nothing left over", listener.wait_end() == 0, listener.log()[-3000:])


def refuses_dimsvc(r, listener):
    """Whatever else it lets in, nobody gets at what administers."""
    bind = struct.pack("<HHIBBHHBB", 5840, 5840, 0, 1, 0, 0, 0, 1, 0) + DIMSVC + NDR20
    with socket.create_connection(("127.0.0.1", int(listener.port)), 30) as s:
        s.settimeout(30)
        s.sendall(struct.pack("<BBBBIHHI", 5, 0, 11, 3, 0x10, 16 + len(bind), 0, 1) + bind)
        ack = s.recv(16, socket.MSG_WAITALL)
        ack += s.recv(struct.unpack_from("<H", ack, 8)[0] - 16, socket.MSG_WAITALL)
        result = struct.unpack("<HH", ack[-24:-20])
        s.sendall(struct.pack("<BBBBIHHIIHHI", 5, 0, 0, 3, 0x10, 28, 0, 2, 4, 0, 8, 1))
        fault = s.recv(32, socket.MSG_WAITALL)
    r.check("dimsvc is not to be had there", ack[2] == 12 and result == (2, 1), str(ack))
    r.check("  and PortDisconnect is answered with a fault", fault[2] == 3 and struct.unpack_from("<I", fault, 24)[0] == 0x1c010003, str(fault))


def over_tcp(r, world):
    bare, echo = world.listen("--address", "135"), world.listen("--echo")
    raw = [world.python("raw_protocol.py", bare.port, str(i), str(PARTS)) for i in range(PARTS)]
    at = f"ncacn_ip_tcp:127.0.0.1[{echo.port}"
    kinds = {"plain": "connect", "big-endian": "connect,bigendian", "signed by NTLM": "sign,ntlm", "sealed by NTLM": "seal,ntlm",
             "sealed by NTLM in SPNEGO": "seal,spnego"}
    torture = {kind: world.torture(f"{at},{options}]", "rpc.echo") for kind, options in kinds.items()}
    kinds = {"signed by Kerberos": "sign,krb5", "sealed by Kerberos": "seal,krb5", "sealed by Kerberos in SPNEGO": "seal,spnego"}
    torture.update({kind: world.torture(f"{at},{options},target_hostname={HOST}]", "rpc.echo", "--use-kerberos=required",
                                        user=f"{USER}@{world.realm.name}%{SECRET}") for kind, options in kinds.items()})
    contexts = world.python("contexts.py", bare.port)
    counts = [(name, last, world.torture(f"{at}]", "rpc.countcalls", f"--option=countcalls:interface={name}"))
              for name, last in (("mgmt", MGMT_LAST), ("rpcecho", ECHO_LAST))]
    refuses_dimsvc(r, bare)
    for kind, process in torture.items():
        judge_echo(r, f"over TCP, {kind}", process)
    for name, last, process in counts:
        judge_count(r, name, last, process)
    judge_contexts(r, contexts)
    judge_raw(r, raw)
    judge_end(r, "the listener of mgmt", bare)
    judge_end(r, "the listener of rpcecho", echo)


def over_pipe(r, world):
    netns = world.scope.netns(f"rrasx{os.getpid()}")
    smbd, inside = Smbd(world.scope, netns), ("ip", "netns", "exec", netns)
    os.mkdir(os.path.dirname(smbd.pipe), 0o700)
    listener = world.listen("--echo", "--address", r"\PIPE\ROUTER", "--pipe", smbd.pipe, before=inside)
    smbd.start()
    kinds = {"plain": ("",), "sealed by NTLM": (",seal,ntlm",), "signed by NTLM in SPNEGO": (",sign,spnego",),
             "in encrypted SMB": ("", "--client-protection=encrypt")}
    torture = {kind: world.torture(rf"ncacn_np:127.0.0.1[\pipe\router{binding}]", "rpc.echo", *options, user=f"RASBOX/ras1%{PASSWORD}",
                                   before=inside)
               for kind, (binding, *options) in kinds.items()}
    for kind, process in torture.items():
        judge_echo(r, f"over a named pipe, {kind}", process)
    judge_end(r, "the listener behind smbd", listener)


def main():
    r = Report()
    missing = kdc.programs() or next((p for p in ("smbtorture", LISTENER, NTLM) if not shutil.which(p)), None)
    if missing:
        r.skip("conformance", f"{missing} is missing")
        return r.finish()
    with Scope() as scope:
        world = World(scope)
        r.run("over TCP", over_tcp, world)
        why = may_make_networks()
        if why:
            r.skip("over a named pipe", why)
        else:
            r.run("over a named pipe", over_pipe, world)
    return r.finish()


if __name__ == "__main__":
    sys.exit(main())
