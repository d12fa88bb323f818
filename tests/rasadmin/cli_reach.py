#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How rasadmin reaches servers over ssh, and what bash offers."""
import os
import signal
import subprocess
import tempfile
import time

from cli_support import COMPLETION, LIMIT, RASADMIN, Server, Skip, environment, has, main, port, run, run_on_terminal, same, user


def ssh_program(d, body):
    path = os.path.join(d, "fake-ssh")
    with open(path, "w") as f:
        f.write("#!/bin/sh\n" + body)
    os.chmod(path, 0o755)
    return path


def ssh_carries_every_command():
    with Server() as s:
        args = os.path.join(s.dir, "args")
        ssh = ssh_program(s.dir, f'printf "%s\\n" "$@" > {args}\nexec {RASADMIN} -s "{s.name}" --stdio\n')
        env = {"RASADMIN_SSH": ssh}
        r = run("-s", "ssh://root@gate:2222", "ports", env=env)
        same((r.code, r.err), (0, ""), r)
        has(r.out, "vpn-1", "alice")
        same(open(args).read().splitlines(), ["-p", "2222", "--", "root@gate", "rasadmin --stdio"])
        r = run("-s", "ssh://gate", "--no-input", "disconnect", "--port", "vpn-1", "--wait", env=env)
        same(r.code, 0, r)
        same(open(args).read().splitlines(), ["-o", "BatchMode=yes", "--", "gate", "rasadmin --stdio"])
        same(s.orders(), ["disconnect 1048577"])


def ssh_carries_the_interface_of_our_own():
    own = {"drivers": [{"driver": "openvpn", "instance": "main", "state": 5}], "first": 1, "events": [{"type": 1, "user": "dave", "port": "vpn-2"}]}
    with Server(own=own) as s:
        ssh = ssh_program(s.dir, f'exec {RASADMIN} -s "{s.name}" --stdio\n')
        env = {"RASADMIN_SSH": ssh}
        has(run("-s", "ssh://gate", "status", env=env).out, "openvpn:main")
        has(run("-s", "ssh://gate", "watch", "--since", "0", "--count", "1", env=env).out, "dave")
        r = run("-s", "ssh://gate", "disconnect", "--all", "--yes", env=env)
        same((r.code, r.err), (0, ""), r)
        same(s.orders(), ["job all"])


def an_interrupt_reaches_the_server_over_ssh():
    """Ctrl-C goes to ssh as well: it must not end before the job is cancelled."""
    with Server(own={"drivers": [], "slow": 0}) as s:
        ssh = ssh_program(s.dir, f'exec {RASADMIN} -s "{s.name}" --stdio\n')
        r = run_on_terminal("-s", "ssh://gate", "disconnect", "--all", "--yes", typed=[("0 asked, ", "\x03")], env={"RASADMIN_SSH": ssh})
        same(r.code, 5, r)
        has(r.out, "interrupted: of 4 sessions 0 were asked", "4 were not touched")
        same(s.orders(), ["job all", "cancel"])


def ssh_carries_long_lists():
    ports = [port(i, f"p-{i}") for i in range(1, 3001)]
    with Server({"ports": ports, "connections": []}) as s:
        ssh = ssh_program(s.dir, f'exec {RASADMIN} -s "{s.name}" --stdio\n')
        r = run("-s", "ssh://gate", "--json", "ports", env={"RASADMIN_SSH": ssh})
        same((r.code, len(r.json["ports"])), (0, 3000))


def failures_of_ssh_are_clear():
    with tempfile.TemporaryDirectory() as d:
        for body, code, words in (
                ('echo "Permission denied (publickey)." >&2\nexit 255\n', 7, ["ssh: Permission denied (publickey).", "ssh failed"]),
                ('echo "sh: rasadmin: not found" >&2\nexit 127\n', 7, ["is it installed"]),
                ("exit 4\n", 4, ["may not open"]), ("exit 7\n", 7, ["is it running?"]), ("exit 3\n", 7, ["status 3"]),
                ("kill -9 $$\n", 7, ["signal 9"]), ("exit 0\n", 7, ["can't connect"]),
                ("printf 'x\\033[2J\\n' >&2\nexit 255\n", 7, ["ssh: x\\x1b[2J"])):
            r = run("-s", "ssh://gate", "status", env={"RASADMIN_SSH": ssh_program(d, body)})
            same((r.code, r.out), (code, ""), (body, r))
            has(r.err, "ssh://gate", *words)
            assert "\x1b" not in r.err
        r = run("-s", "ssh://gate", "status", env={"RASADMIN_SSH": "/nonexistent/ssh"})
        same(r.code, 1, r)
        has(r.err, "can't start /nonexistent/ssh: No such file or directory")


def a_hostile_far_end_is_seen_through():
    """What is at the far end need not be a rasadmin."""
    header = r"\005\000\014\003\020\000\000\000"  # a bind_ack, up to its length
    with tempfile.TemporaryDirectory() as d:
        for body, code, words in (
                ("printf 'SSH-2.0 motd, welcome to gate\\n'\ncat\n", 1, ["broke the protocol"]),
                ("exec cat /dev/zero\n", 1, ["broke the protocol"]),
                ("exec yes\n", 1, ["broke the protocol"]),
                ("exec cat\n", 1, ["broke the protocol"]),  # what we have said comes back
                (f"printf '{header}\\377\\377'\nexec sleep 300\n", 7, ["did not answer in time"]),  # a long PDU that never comes
                (f"printf '{header}\\003\\000\\000\\000\\001\\000\\000\\000'\nexec sleep 300\n", 1, ["broke the protocol"]),  # shorter than its header
                (f"printf '{header}'\n", 7, ["can't connect"]),
                ("exec sleep 300\n", 7, ["did not answer in time"])):
            r = run("-s", "ssh://gate", "--timeout", "1s", "status", env={"RASADMIN_SSH": ssh_program(d, body)})
            same((r.code, r.out), (code, ""), (body, r))
            has(r.err, "ssh://gate", *words)


def the_far_end_says_what_is_wrong_there():
    with tempfile.TemporaryDirectory() as d:
        ssh = ssh_program(d, f'exec {RASADMIN} -s "ncalrpc:[/nonexistent/sock]" --stdio\n')
        r = run("-s", "ssh://gate", "status", env={"RASADMIN_SSH": ssh})
        same(r.code, 7, r)
        has(r.err, "ssh: rasadmin: can't connect to /nonexistent/sock: No such file or directory", "rrasd can't be reached there")


def a_connection_that_ssh_shares_does_not_hold_us():
    """ControlPersist leaves a process behind that keeps stderr open."""
    with Server() as s:
        pid = os.path.join(s.dir, "pid")
        ssh = ssh_program(s.dir, f'sleep 300 </dev/null >/dev/null & echo $! > {pid}\nexec {RASADMIN} -s "{s.name}" --stdio\n')
        began = time.monotonic()
        try:
            same(run("-s", "ssh://gate", "status", env={"RASADMIN_SSH": ssh}).code, 0)
        finally:
            os.kill(int(open(pid).read()), signal.SIGKILL)
        assert time.monotonic() - began < 60


def no_process_is_left_behind():
    with Server() as s:
        pid = os.path.join(s.dir, "pid")
        ssh = ssh_program(s.dir, f'echo $$ > {pid}\nexec {RASADMIN} -s "{s.name}" --stdio\n')
        same(run("-s", "ssh://gate", "status", env={"RASADMIN_SSH": ssh}).code, 0)
        assert not os.path.exists(f"/proc/{open(pid).read().strip()}")


def stdio_refuses_terminals_and_other_servers():
    r = run_on_terminal("--stdio")
    same(r.code, 2, r)
    has(r.out, "makes no sense on a terminal")
    same(run("-s", "gate", "--stdio").code, 2)
    same(run("-s", "ssh://gate", "--stdio").code, 2)


def stdio_goes_where_the_library_goes():
    usual = "/run/rras/rrasd.sock"
    if os.path.exists(usual):
        raise Skip("a real rrasd may be listening here")
    has(run("status").err, usual)
    has(run("--stdio").err, usual)


def stdio_passes_half_closes_on():
    """An echo server that answers only after the end of its input."""
    import socket
    import threading
    with tempfile.TemporaryDirectory() as d:
        path = os.path.join(d, "s")
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen()

        def serve():
            c, _ = listener.accept()
            data = b""
            while got := c.recv(65536):
                data += got
            c.sendall(data[::-1])
            c.close()
        t = threading.Thread(target=serve)
        t.start()
        data = os.urandom(3 << 20)
        p = subprocess.run([RASADMIN, "-s", f"ncalrpc:[{path}]", "--stdio"], input=data, stdout=subprocess.PIPE, timeout=LIMIT)
        t.join()
        listener.close()
        same(p.returncode, 0)
        assert p.stdout == data[::-1]



def complete(s, line, env=None):
    """What bash offers at the end of `line`."""
    script = (f"source {COMPLETION}; COMP_LINE=$1; COMP_POINT=${{#COMP_LINE}}; "
              "_rasadmin; printf '%s\\n' \"${COMPREPLY[@]}\"")
    path = os.path.dirname(RASADMIN) + ":" + os.environ["PATH"]
    done = subprocess.run(["bash", "--norc", "-c", script, "bash", line], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=LIMIT, env=environment(**dict({"OPENRRAS_SOCKET": s.socket}, **(env or {})), PATH=path))
    same((done.returncode, done.stderr), (0, ""), line)
    return [w for w in done.stdout.split("\n") if w]


def bash_completes():
    with Server() as s:
        same(complete(s, "rasadmin st"), ["status"])
        assert "disconnect" in complete(s, "rasadmin ") and "complete" not in complete(s, "rasadmin ")
        same(complete(s, "rasadmin --json co"), ["connections", "connection"])
        same(complete(s, "rasadmin disconnect --us"), ["--user", "--usage"])
        same(complete(s, "rasadmin disconnect --port vpn-"), ["vpn-1", "vpn-2", "vpn-3", "vpn-4", "vpn-5"])
        same(sorted(set(complete(s, "rasadmin disconnect --user "))), ["alice", "bob"])
        same(complete(s, "rasadmin disconnect --connection 1"), ["11", "12", "13"])
        same(complete(s, "rasadmin disconnect --address 10.8.0.7"), ["10.8.0.7"])
        same(complete(s, "rasadmin port vpn-1"), ["vpn-1"])
        same(complete(s, "rasadmin disconnect --user=al"), ["alice"])
        same(complete(s, "rasadmin ports --color=a"), ["auto", "always"])
        same(complete(s, "rasadmin -s ncalrpc:[/nonexistent] disconnect --port "), [])
        same(complete(s, f"rasadmin --server={s.name} disconnect --port vpn-3", env={"OPENRRAS_SOCKET": "/nonexistent"}), ["vpn-3"])
        same(complete(s, "rasadmin -s ssh://gate disconnect --user b", env={"RASADMIN_SSH": "/nonexistent"}), ["bob"])
        same(complete(s, "rasadmin connection b"), ["bob"])
        same(complete(s, "rasadmin help res"), ["reset"])
        same(complete(s, "rasadmin watch --events up,driver-"), ["up,driver-up", "up,driver-down", "up,driver-health"])
        same(complete(s, "rasadmin disconnect --type o"), ["openvpn"])
        same(complete(s, "rasadmin disconnect --rate u"), ["unlimited"])
        same(complete(s, "rasadmin status --check="), ["strict"])
        same(complete(s, "rasadmin keep-out "), ["list", "add", "lift"])
        same(sorted(set(complete(s, "rasadmin keep-out add "))), ["alice", "bob"])
        same(complete(s, "rasadmin keep-out add bob "), [])
        same(complete(s, "rasadmin forget "), [])  # this server does not tell its drivers
    own = {"drivers": [{"driver": "openvpn", "instance": "main"}], "keep_outs": [{"number": 1, "user": "eve"}],
           "users": [{"user": "mallory", "callback": 1}, {"user": "a b\x1b", "callback": 1}]}
    with Server(own=own) as s:
        same(complete(s, "rasadmin forget open"), ["openvpn:main"])
        same(complete(s, "rasadmin forget openvpn:"), ["main"])
        same(complete(s, "rasadmin forget --fo"), ["--force"])
        same(complete(s, "rasadmin forget --force --yes open"), ["openvpn:main"])
        same(complete(s, "rasadmin keep-out lift "), ["eve"])
        same(complete(s, "rasadmin user permit "), ["mallory"])
        same(complete(s, "rasadmin user p"), ["permit", "policy"])
        same(complete(s, "rasadmin user permit mallory "), [])
        same(complete(s, "rasadmin user permit mallory --callback "), ["none", "caller"])
    with Server({"ports": [port(1, "a:b:1", 11)], "connections": [user(11, "x")]}) as s:
        same(complete(s, "rasadmin port a:"), ["b:1"])  # readline keeps what is before the colon
    with tempfile.TemporaryDirectory() as d:
        class Nobody:
            socket = os.path.join(d, "s")
        same(complete(Nobody, "rasadmin disconnect --port "), [])


def completion_executes_nothing():
    with tempfile.TemporaryDirectory() as d:
        mark = os.path.join(d, "pwned")
        names = [f"$(touch {mark})", f"`touch {mark}`", f";touch {mark}", "a b", "it's", "x\x1b[2Jy", "*"]
        step = {"ports": [port(i + 1, f"p{i}", i + 11) for i in range(len(names))],
                "connections": [user(i + 11, n) for i, n in enumerate(names)]}
        with Server(step) as s:
            got = complete(s, "rasadmin disconnect --user ")
            assert not os.path.exists(mark)
            # What is offered is quoted: typed into a shell it is the name again.
            back = subprocess.run(["bash", "--norc", "-c", "printf '%s\\n' " + " ".join(got)], stdout=subprocess.PIPE, text=True).stdout
            same(sorted(back.split("\n")[:-1]), sorted(n for n in names if "\x1b" not in n))
            assert not os.path.exists(mark)


if __name__ == "__main__":
    main(globals())
