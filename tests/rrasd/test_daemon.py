#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""rrasd as a process: start, stop, reload, sockets, and what is refused. Usage: test_daemon.py RRASD [unittest options]"""
import os
import re
import signal
import socket
import stat
import struct
import subprocess
import sys
import unittest

from pipe_rig import PipeClient, handoff
from rig import BIND_ACK, Client, Driver, PATIENCE, Rrasd, bind_pdu, until

PROGRAM = sys.argv.pop(1)
needs_systemd = unittest.skipIf(os.environ.get("RRASD_SYSTEMD") == "0", "built without libsystemd")

# What systemd does between fork and exec: ACTIVATE NAMES DESCRIPTORS PROGRAM ARGUMENTS...
ACTIVATE = """
import os, sys
names, fds, program = sys.argv[1], sys.argv[2].split(","), sys.argv[3:]
for i, fd in enumerate(fds):
    os.dup2(int(fd), 3 + i)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(fds)))
if names:
    os.environ["LISTEN_FDNAMES"] = names
os.execv(program[0], program)
"""


class Command(unittest.TestCase):
    def run_rrasd(self, *arguments):
        return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=PATIENCE)

    def test_check_config_names_file_and_line(self):
        with Rrasd(PROGRAM, "[limits]\nconnections=0\nnope=1\n") as r:
            result = self.run_rrasd("--check-config", "-c", r.config)
            self.assertEqual(result.returncode, 2)
            lines = result.stderr.splitlines()
            self.assertEqual(len(lines), 2)
            for line in lines:
                self.assertRegex(line, "^" + re.escape(r.config) + r":\d+: ")
            self.assertEqual(self.run_rrasd("-c", r.config).returncode, 2)
            r.configure()
            result = self.run_rrasd("--check-config", "-c", r.config)
            self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))

    def test_version_help_and_wrong_usage(self):
        self.assertRegex(self.run_rrasd("--version").stdout, r"^rrasd \(OpenRRAS\) \d")
        self.assertIn("--check-config", self.run_rrasd("--help").stdout)
        self.assertEqual(self.run_rrasd("--nonsense").returncode, 2)
        self.assertEqual(self.run_rrasd("word").returncode, 2)


class Life(unittest.TestCase):
    def test_sockets_are_open_to_all_because_the_kernel_says_who_calls(self):
        with Rrasd(PROGRAM).start() as r:
            for path in (r.socket, r.driver_socket):
                mode = os.stat(path).st_mode
                self.assertTrue(stat.S_ISSOCK(mode))
                self.assertEqual(stat.S_IMODE(mode), 0o666)
            self.assertEqual(stat.S_IMODE(os.stat(r.path("state")).st_mode), 0o700)

    def test_sigterm_and_sigint_stop_cleanly(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with Rrasd(PROGRAM).start() as r:
                client, driver = Client(r.socket), Driver(r.driver_socket)
                driver.hear("welcome")
                self.assertEqual(r.stop(number), 0)
                self.assertTrue(client.at_eof())
                client.close()
                driver.close()
                self.assertFalse(os.path.exists(r.socket))
                self.assertFalse(os.path.exists(r.driver_socket))
                self.assertEqual([line["event"] for line in r.audit()], ["start", "stop"])
                r.start()
                self.assertTrue(r.logged("the last stop was clean"))

    @unittest.skipIf(os.geteuid() != 0, "needs root, to be somebody else")
    def test_it_needs_no_privilege(self):
        with Rrasd(PROGRAM) as r:
            os.chown(r.dir, 5000, 5000)
            r.start(user=5000, group=5000, extra_groups=[])
            client = Client(r.socket) # root is an administrator all the same
            driver = Driver(r.driver_socket)
            driver.hear("welcome")
            until("the driver's ports are listed", lambda: len(client.ports()) == 4)
            with open(f"/proc/{r.process.pid}/status", encoding="ascii") as f:
                self.assertIn("CapEff:\t0000000000000000\n", f.read())
            client.close()
            driver.close()
            self.assertEqual(r.stop(), 0)

    def test_a_directory_that_may_not_be_written_is_a_reason_not_to_start(self):
        with Rrasd(PROGRAM) as r:
            r.configure(server="state_dir=/proc/nowhere\n")
            with open(r.config, encoding="utf-8") as f:
                text = f.read().replace(f"state_dir={r.path('state')}\n", "")
            with open(r.config, "w", encoding="utf-8") as f:
                f.write(text)
            r.start(ready=False)
            self.assertEqual(r.process.wait(PATIENCE), 1)
            self.assertIn("state directory /proc/nowhere", r.read_log())
            self.assertFalse(os.path.exists(r.socket))

    def test_a_second_rrasd_is_refused_and_the_first_goes_on(self):
        with Rrasd(PROGRAM).start() as first:
            client = Client(first.socket)
            second = Rrasd(PROGRAM, directory=first.dir)
            second.log = second.path("log2")
            second.start(ready=False)
            self.assertEqual(second.process.wait(PATIENCE), 1)
            self.assertIn("another rrasd uses the state directory", second.read_log())
            # With another state directory it is the socket that tells.
            second.configure(server=f"state_dir={second.path('state2')}")
            with open(second.config, encoding="utf-8") as f:
                text = f.read().replace(f"state_dir={second.path('state')}\n", "")
            with open(second.config, "w", encoding="utf-8") as f:
                f.write(text)
            second.start(ready=False)
            self.assertEqual(second.process.wait(PATIENCE), 1)
            self.assertIn("another rrasd answers", second.read_log())
            self.assertEqual(client.ports(), [])
            Client(first.socket).close()
            client.close()

    def test_sockets_that_a_killed_rrasd_has_left_are_replaced(self):
        with Rrasd(PROGRAM).start() as r:
            r.stop(signal.SIGKILL)
            self.assertTrue(os.path.exists(r.socket))
            r.start()
            self.assertTrue(r.logged("was left by an rrasd that is gone"))
            self.assertTrue(r.logged("the last stop was not clean"))
            client = Client(r.socket)
            self.assertEqual(client.ports(), [])
            client.close()

    def test_a_file_that_is_no_socket_is_not_removed(self):
        with Rrasd(PROGRAM) as r:
            with open(r.socket, "w", encoding="utf-8") as f:
                f.write("precious")
            r.start(ready=False)
            self.assertEqual(r.process.wait(PATIENCE), 1)
            self.assertIn("is not a socket", r.read_log())
            with open(r.socket, encoding="utf-8") as f:
                self.assertEqual(f.read(), "precious")

    def test_a_socket_that_somebody_else_has_put_there_is_left_alone(self):
        with Rrasd(PROGRAM).start() as r:
            os.unlink(r.socket)
            other = socket.socket(socket.AF_UNIX)
            other.bind(r.socket)
            self.assertEqual(r.stop(), 0)
            self.assertTrue(os.path.exists(r.socket))
            other.close()

    def test_a_store_that_is_damaged_is_put_aside(self):
        with Rrasd(PROGRAM).start() as r:
            r.stop()
            with open(r.path("state/rrasd.db"), "wb") as f:
                f.write(b"this is no database, but it is long enough to look at" * 100)
            r.start()
            self.assertTrue(r.logged("can't be used"))
            self.assertEqual(len([n for n in os.listdir(r.path("state")) if "unreadable" in n]), 1)
            self.assertEqual(r.stop(), 0)

    def test_an_audit_log_that_can_not_be_written_is_a_reason_not_to_start(self):
        with Rrasd(PROGRAM) as r:
            os.mkdir(r.audit_log)
            r.start(ready=False)
            self.assertEqual(r.process.wait(PATIENCE), 1)
            self.assertIn("can't write the audit log", r.read_log())

    @needs_systemd
    def test_systemd_hears_ready_reloading_stopping_and_the_watchdog(self):
        with Rrasd(PROGRAM) as r:
            notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            notify.settimeout(PATIENCE)
            notify.bind(r.path("notify"))

            def hear(word):
                while True:
                    if word in notify.recv(4096).decode():
                        return

            r.start(env=dict(os.environ, NOTIFY_SOCKET=r.path("notify"), WATCHDOG_USEC="200000"))
            hear("READY=1")
            hear("WATCHDOG=1")
            hear("WATCHDOG=1")
            r.process.send_signal(signal.SIGHUP)
            hear("RELOADING=1\nMONOTONIC_USEC=")
            hear("READY=1")
            r.process.send_signal(signal.SIGTERM)
            hear("STOPPING=1")
            self.assertEqual(r.process.wait(PATIENCE), 0)
            notify.close()

    def activate(self, r, names, order, ready=True):
        """Start with listening sockets as systemd hands them over; `order`: sockets, or paths of them, from descriptor 3 on."""
        sockets = []
        for path in order:
            if not isinstance(path, str):
                sockets.append(path)
                continue
            s = socket.socket(socket.AF_UNIX)
            s.bind(path)
            s.listen()
            sockets.append(s)
        high = [os.dup2(s.fileno(), 50 + i, inheritable=True) for i, s in enumerate(sockets)]
        r.wrap = [sys.executable, "-c", ACTIVATE, names or "", ",".join(map(str, high))]
        r.start(ready=ready, pass_fds=high)
        for fd in high:
            os.close(fd)
        for s in sockets:
            s.close()

    @needs_systemd
    def test_sockets_from_systemd_are_used_by_name_or_order(self):
        for names, order in (("driver.sock:rrasd.sock", ("driver", "client")),
                             ("rrasd-driver.socket:rrasd.socket", ("driver", "client")),
                             (None, ("client", "driver"))):
            with Rrasd(PROGRAM) as r:
                paths = {"client": r.path("other.sock"), "driver": r.path("other-driver.sock")}
                self.activate(r, names, [paths[which] for which in order])
                driver = Driver(paths["driver"])
                driver.hear("welcome")
                client = Client(paths["client"])
                until("the driver's ports are listed", lambda: len(client.ports()) == 4)
                client.close()
                driver.close()
                self.assertEqual(r.stop(), 0)
                self.assertTrue(os.path.exists(paths["client"])) # systemd's, not ours to remove
                self.assertFalse(os.path.exists(r.socket))

    @needs_systemd
    def test_sockets_of_tcp_from_systemd_are_known_by_their_name_only(self):
        for names in ("rrasd-tcp:rrasd-tcp", "rrasd-tcp.socket:rrasd-tcp.socket"):
            with Rrasd(PROGRAM, "[listen]\ntcp = 127.0.0.1:1\n") as r:
                given = [socket.create_server(("127.0.0.1", 0)), socket.create_server(("127.0.0.1", 0))]
                ports = [s.getsockname()[1] for s in given]
                self.activate(r, names, given)
                self.assertEqual([bind_over_tcp("127.0.0.1", p) for p in ports], [str(ports[0])] * 2)
                self.assertTrue(r.logged("tcp of [listen] is not used"))
                self.assertTrue(r.logged(f"clients with Kerberos at 127.0.0.1:{ports[1]}"))
                client = Client(r.socket) # the others are made as ever
                self.assertEqual(client.ports(), [])
                client.close()
                self.assertEqual(r.stop(), 0)

    @needs_systemd
    def test_a_socket_of_another_kind_is_never_taken_for_one_whose_callers_are_known(self):
        for name, kind in (("rrasd.sock", "unix stream"), ("router-pipe", "unix stream"), ("", "unix stream"), ("rrasd-tcp", "TCP")):
            with Rrasd(PROGRAM) as r:
                given = r.path("given.sock") if kind == "TCP" else socket.create_server(("127.0.0.1", 0))
                self.activate(r, name, [given], ready=False)
                self.assertEqual(r.process.wait(PATIENCE), 1)
                self.assertIn(f"descriptor 3 is no listening {kind} socket", r.read_log())

    @needs_systemd
    def test_the_socket_of_the_named_pipe_is_known_by_its_name_only(self):
        for names, order in (("rrasd.sock:router-pipe:driver.sock", ("client", "pipe", "driver")),
                             ("rrasd-pipe.socket:rrasd.socket", ("pipe", "client"))):
            with Rrasd(PROGRAM) as r:
                paths = {which: r.path(which + ".given") for which in order}
                self.activate(r, names, [paths[which] for which in order])
                client = PipeClient(paths["pipe"])
                self.assertTrue(handoff.is_good_reply(client.reply))
                self.assertEqual(client.ports(), 5)
                client.close()
                self.assertEqual(r.stop(), 0)
                self.assertTrue(os.path.exists(paths["pipe"]))


def free_ports(n):
    """That nobody listens on, on any address."""
    sockets = [socket.create_server(("0.0.0.0", 0)) for _ in range(n)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def bind_over_tcp(host, port):
    """The secondary address of the answer to a bind: the port that further associations may use."""
    with socket.create_connection((host, port), PATIENCE) as s:
        s.sendall(bind_pdu())
        head = s.recv(16, socket.MSG_WAITALL)
        assert head[2] == BIND_ACK, head
        body = s.recv(struct.unpack_from("<H", head, 8)[0] - 16, socket.MSG_WAITALL)
        return body[10:10 + struct.unpack_from("<H", body, 8)[0]].rstrip(b"\0").decode()


def has_ipv6():
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


class Tcp(unittest.TestCase):
    def start(self, addresses, **more):
        r = Rrasd(PROGRAM, f"[listen]\ntcp = {addresses}\n").__enter__()
        self.addCleanup(r.__exit__)
        return r.start(**more)

    def test_all_addresses_of_the_list_are_listened_on(self):
        a, b = free_ports(2)
        r = self.start(f"127.0.0.1:{a}, 127.0.0.2:{a} 127.0.0.1:{b}")
        for host, port in (("127.0.0.1", a), ("127.0.0.2", a), ("127.0.0.1", b)):
            self.assertEqual(bind_over_tcp(host, port), str(a))
            self.assertTrue(r.logged(f"clients with Kerberos at {host}:{port}, packet privacy at least"))
        with self.assertRaises(ConnectionRefusedError):
            bind_over_tcp("127.0.0.2", b)
        self.assertEqual(r.stop(), 0)

    @unittest.skipUnless(has_ipv6(), "there is no IPv6 here")
    def test_ipv6_takes_ipv4_as_well_unless_that_is_there_by_itself(self):
        for addresses in ("[::]:{}", "0.0.0.0:{} [::]:{}", "[::]:{}, 0.0.0.0:{}"):
            port = free_ports(1)[0]
            r = self.start(addresses.format(port, port))
            for host in ("127.0.0.1", "::1"):
                self.assertEqual(bind_over_tcp(host, port), str(port))
            self.assertTrue(r.logged(f"clients with Kerberos at [::]:{port}"))
            self.assertEqual(r.stop(), 0)

    def test_an_address_that_cant_be_had_is_named_and_a_reason_not_to_start(self):
        port = free_ports(1)[0]
        with socket.create_server(("127.0.0.1", 0)) as taken:
            r = self.start(f"127.0.0.1:{port}, 127.0.0.1:{taken.getsockname()[1]}", ready=False)
            self.assertEqual(r.process.wait(PATIENCE), 1)
            self.assertIn(f"can't listen on 127.0.0.1:{taken.getsockname()[1]}: Address already in use", r.read_log())
            self.assertFalse(os.path.exists(r.socket))


class Reload(unittest.TestCase):
    def reload(self, r):
        before = len(r.audit("reload")) + len(r.audit("reload-refused"))
        r.process.send_signal(signal.SIGHUP)
        until("the reload is done",
              lambda: len(r.audit("reload")) + len(r.audit("reload-refused")) > before)

    def test_a_bad_configuration_leaves_the_old_one_in_force(self):
        with Rrasd(PROGRAM, "[server]\n").start() as r:
            r.configure(server="router_type=nonsense")
            self.reload(r)
            self.assertTrue(r.logged("the old one stays in force"))
            self.assertRegex(r.read_log(), re.escape(r.config) + r":\d+: router_type")
            os.unlink(r.config)
            self.reload(r)
            self.assertTrue(r.logged("can't be opened"))
            client = Client(r.socket)
            self.assertEqual(client.ports(), [])
            client.close()
            self.assertEqual(r.stop(), 0)

    def test_a_good_one_is_taken_over_and_what_needs_a_restart_is_named(self):
        with Rrasd(PROGRAM).start() as r:
            r.configure("[limits]\nconnections=1\n", server="router_type=lan")
            self.reload(r)
            self.assertTrue(r.logged("[server] router_type has changed in the file, but only a restart changes it"))
            client = Client(r.socket)
            self.assertEqual(client.ports(), []) # not LAN only
            second = Client(r.socket, bind=False)
            self.assertTrue(second.at_eof()) # the new limit
            second.close()
            client.close()

    def test_the_audit_log_is_opened_again_for_logrotate(self):
        with Rrasd(PROGRAM).start() as r:
            os.rename(r.audit_log, r.audit_log + ".1")
            r.process.send_signal(signal.SIGHUP)
            until("a new audit log", lambda: os.path.exists(r.audit_log) and r.audit("reload"))

    def test_many_reloads_at_once_are_one_after_the_other(self):
        with Rrasd(PROGRAM).start() as r:
            for _ in range(20):
                r.process.send_signal(signal.SIGHUP)
            r.configure("[limits]\nconnections=1\n")
            self.reload(r)
            until("the last configuration is in force", lambda: self.limit_is_one(r))
            self.assertEqual(r.stop(), 0)

    def limit_is_one(self, r):
        a = Client(r.socket, bind=False)
        b = Client(r.socket, bind=False)
        b.sock.settimeout(0.2)
        try:
            return b.sock.recv(1) == b""
        except TimeoutError:
            return False
        except ConnectionResetError:
            return True
        finally:
            a.close()
            b.close()


if __name__ == "__main__":
    unittest.main(verbosity=2)
