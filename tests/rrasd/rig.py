# SPDX-License-Identifier: Apache-2.0
"""A real rrasd in a directory of its own, and the two ends that talk to it: a client of dimsvc and a driver.

Both are written from the protocol's description and share no code with the project, so that an error that both sides of the
C code make does not go unseen.
"""
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
import unittest
import uuid

PATIENCE = 20  # seconds until a test gives up waiting for something that must come

DIMSVC = uuid.UUID("8f09f000-b7ed-11ce-bbd2-00001a181cad")
NDR20 = uuid.UUID("8a885d04-1ceb-11c9-9fe8-08002b104860")

BIND, BIND_ACK, REQUEST, RESPONSE, FAULT = 11, 12, 0, 2, 3
SERVER_GET_INFO, CONNECTION_ENUM, PORT_ENUM, PORT_GET_INFO, PORT_CLEAR, PORT_RESET, PORT_DISCONNECT = 0, 1, 4, 5, 6, 7, 8
SERVER_SET_INFO, SERVER_GET_INFO_EX, SERVER_SET_INFO_EX = 43, 44, 47
ALL_PORTS = 0xffffffff


def until(what, condition):
    """Wait for a condition, generously; its value."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"waited {PATIENCE} s in vain for: {what}")


def as_user(uid, gid, groups, function):
    """What the function returns (JSON) in a process with that identity."""
    receive, send = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(receive)
            os.setgroups(groups)
            os.setresgid(gid, gid, gid)
            os.setresuid(uid, uid, uid)
            os.write(send, json.dumps(function()).encode())
        finally:
            os._exit(0)
    os.close(send)
    with os.fdopen(receive, "rb") as f:
        text = f.read()
    os.waitpid(child, 0)
    return json.loads(text)


def pdu(kind, body, call_id=1, flags=3):
    return struct.pack("<BBBBIHHI", 5, 0, kind, flags, 0x10, 16 + len(body), 0, call_id) + body


def bind_pdu(interface=DIMSVC, frag=5840):
    return pdu(BIND, struct.pack("<HHI", frag, frag, 0) + struct.pack("<BBH", 1, 0, 0) + struct.pack("<HBB", 0, 1, 0)
               + interface.bytes_le + struct.pack("<I", 0) + NDR20.bytes_le + struct.pack("<I", 2))


def request_pdu(opnum, stub, call_id=2):
    return pdu(REQUEST, struct.pack("<IHH", len(stub), 0, opnum) + stub, call_id)


class Fault(Exception):
    pass


class Client:
    """One association, one call at a time."""

    def __init__(self, path, bind=True):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(PATIENCE)
        self.sock.connect(path)
        self.calls = 1
        if bind:
            self.sock.sendall(bind_pdu())
            kind, _ = self.read_pdu()
            assert kind == BIND_ACK, kind

    def close(self):
        self.sock.close()

    def read(self, n):
        data = b""
        while len(data) < n:
            piece = self.sock.recv(n - len(data))
            if not piece:
                raise EOFError("rrasd has closed the connection")
            data += piece
        return data

    def read_pdu(self):
        head = self.read(16)
        _, _, kind, flags, _, length, _, _ = struct.unpack("<BBBBIHHI", head)
        self.last = bool(flags & 2)
        return kind, self.read(length - 16)

    def send(self, opnum, stub):
        self.calls += 1
        self.sock.sendall(request_pdu(opnum, stub, self.calls))

    def receive(self):
        stub = b""
        while True:
            kind, body = self.read_pdu()
            if kind == FAULT:
                raise Fault(hex(struct.unpack_from("<I", body, 8)[0]))
            assert kind == RESPONSE, kind
            stub += body[8:]
            if self.last:
                return stub

    def call(self, opnum, stub):
        self.send(opnum, stub)
        return self.receive()

    def code(self, opnum, *words):
        """The return value of a call whose parameters are DWORDs."""
        return struct.unpack("<I", self.call(opnum, struct.pack(f"<{len(words)}I", *words))[-4:])[0]

    def ports(self):
        """Handle, connection, condition and name of each port; or the error code."""
        stub = self.call(PORT_ENUM, struct.pack("<7I", 0, ALL_PORTS, 0, 0, 0xffffffff, 0x20000, 0))
        code = struct.unpack("<I", stub[-4:])[0]
        if code:
            return code
        size = struct.unpack_from("<I", stub)[0]
        ports = []
        for at in range(12, 12 + size, 380):
            handle, connection, condition = struct.unpack_from("<3I", stub, at)
            name = stub[at + 20:at + 54].decode("utf-16-le").split("\0")[0]
            ports.append((handle, connection, condition, name))
        return ports

    def at_eof(self):
        """Wait until rrasd has closed the connection; whatever it sends before is thrown away."""
        try:
            while self.sock.recv(65536):
                pass
        except ConnectionResetError:
            pass
        return True


def set_info(client, *fields):
    """ServerSetInfo: level 1 with four fields, level 2 with six. The return value."""
    level = {4: 1, 6: 2}[len(fields)]
    size = 4 * len(fields)
    stub = client.call(SERVER_SET_INFO, struct.pack(f"<{4 + len(fields)}I", level, size, 0x20000, size, *fields))
    assert len(stub) == 4
    return struct.unpack("<I", stub)[0]


def get_info(client, level):
    """The fields of that level."""
    stub = client.call(SERVER_GET_INFO, struct.pack("<I", level))
    size = struct.unpack_from("<I", stub)[0]
    assert stub[-4:] == bytes(4) and len(stub) == 16 + size
    return struct.unpack_from(f"<{size // 4}I", stub, 12)


class Driver:
    """A daemon driver that says and does what the test wants."""

    def __init__(self, path, name="sim", instance="main", ports=4, kind="daemon", device_type="openvpn", more=()):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(PATIENCE)
        self.sock.connect(path)
        self.lines = self.sock.makefile("r", encoding="utf-8")
        self.say(type="hello", version=1, kind=kind, driver=name, instance=instance, device_type=device_type, ports=ports,
                 capabilities=["disconnect", "hard", *more])

    def say(self, **message):
        self.sock.sendall(json.dumps(message).encode() + b"\n")

    def hear(self, kind):
        """The next message of a kind. Pings are answered."""
        for line in self.lines:
            message = json.loads(line)
            if message["type"] == "ping":
                self.say(type="pong", n=message["n"])
            if message["type"] == kind:
                return message
        raise EOFError("rrasd has closed the driver's connection")

    def session(self, id, user="alice", start=1764084000, state="connected"):
        self.say(type="session", id=id, start=start, state=state, user=user)

    def end_snapshot(self):
        self.say(type="snapshot-end")

    def close(self):
        self.lines.close()
        self.sock.close()


class Rrasd:
    """Use as a context manager. `config` is appended to what gives it a place of its own."""

    def __init__(self, program, config="", directory=None, wrap=()):
        self.program = program
        self.own = directory is None
        self.dir = directory or tempfile.mkdtemp(prefix="rrasd-test-")
        os.chmod(self.dir, 0o755)
        self.socket = self.path("rrasd.sock")
        self.driver_socket = self.path("driver.sock")
        self.audit_log = self.path("audit.jsonl")
        self.config = self.path("rrasd.conf")
        self.log = self.path("log")
        self.wrap = list(wrap)
        self.process = None
        self.configure(config)

    def path(self, name):
        return os.path.join(self.dir, name)

    def configure(self, more="", server=""):
        with open(self.config, "w", encoding="utf-8") as f:
            f.write(f"[server]\nsocket={self.socket}\ndriver_socket={self.driver_socket}\n"
                    f"state_dir={self.path('state')}\naudit_log={self.audit_log}\nlog_level=debug\n{server}\n{more}\n")

    def start(self, ready=True, **popen):
        with open(self.log, "ab") as log:
            self.log_start = log.tell()
            self.process = subprocess.Popen(self.wrap + [self.program, "-c", self.config], stderr=log, **popen)
        if ready:
            until("rrasd is ready", lambda: self.logged("is ready") or self.process.poll() is not None)
            assert self.process.poll() is None, self.read_log()
        return self

    def read_log(self):
        with open(self.log, encoding="utf-8", errors="backslashreplace") as f:
            f.seek(self.log_start)
            return f.read()

    def logged(self, text):
        return text in self.read_log()

    def wait_logged(self, text):
        until(f"the log says: {text}", lambda: self.logged(text))

    def audit(self, event=None):
        with open(self.audit_log, encoding="ascii") as f:
            lines = [json.loads(line) for line in f]
        return [line for line in lines if event in (None, line["event"])]

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        log = ""
        if self.process:
            with open(self.log, encoding="utf-8", errors="backslashreplace") as f:
                log = f.read()
        if self.own:
            shutil.rmtree(self.dir)
        for report in ("AddressSanitizer", "ThreadSanitizer", "LeakSanitizer", "runtime error:"):
            assert report not in log, log


class WithRrasd(unittest.TestCase):
    """An rrasd of its own for each test; `program` says which."""
    program = None

    def setUp(self):
        self.rrasd = Rrasd(self.program).__enter__()
        self.addCleanup(self.rrasd.__exit__)
        self.rrasd.start()

    def client(self):
        client = Client(self.rrasd.socket)
        self.addCleanup(client.close)
        return client
