# SPDX-License-Identifier: Apache-2.0
"""A terminal of its own for a program with a screen: tmux, with a socket in the test's folder."""
import os
import re
import shlex
import subprocess
import time

from cli_support import LIMIT, environment


class Terminal:
    """The program runs in it as soon as it is made; when it ends its exit status is in `end()`."""

    def __init__(self, folder, *argv, columns=100, lines=24, env=None):
        self.socket = os.path.join(folder, "tmux")
        self.status = os.path.join(folder, "status")
        self.done = os.path.join(folder, "screen")
        # The shell's own terminal settings are looked at afterwards: a program must give them back.
        script = (f"trap : INT; stty -a > {self.done}.before; {shlex.join(argv)}; echo $? > {self.status}; stty -a > {self.done}.after; "
                  f"echo BACK; exec cat")
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(lines), "env", "-u", "COLUMNS", "-u", "LINES",
                  *(f"{k}={v}" for k, v in (env or {}).items()), "sh", "-c", script)

    def tmux(self, *args):
        env = environment(TERM="xterm-256color")
        env.pop("TMUX", None)
        return subprocess.run(["tmux", "-u", "-S", self.socket, *args], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=env,
                              check=True, timeout=LIMIT).stdout.decode()

    def screen(self, *more):
        return self.tmux("capture-pane", "-p", *more)

    def type(self, *keys):
        self.tmux("send-keys", *keys)

    def type_text(self, text):
        self.tmux("send-keys", "-l", text)

    def wait(self, what, condition):
        """Until condition(screen) holds; the screen."""
        end = time.monotonic() + LIMIT
        while True:
            screen = self.screen()
            if condition(screen):
                return screen
            assert time.monotonic() < end, f"{what}: not in {LIMIT} s:\n{screen}"
            time.sleep(0.05)

    def wait_for(self, *parts):
        return self.wait(f"{parts} on the screen", lambda s: all(p in s for p in parts))

    def wait_gone(self, *parts):
        return self.wait(f"{parts} off the screen", lambda s: not any(p in s for p in parts))

    def resize(self, columns, lines):
        self.tmux("resize-window", "-x", str(columns), "-y", str(lines))

    def pid(self, name):
        """Of the program in it."""
        shell = int(self.tmux("display-message", "-p", "#{pane_pid}"))
        for line in subprocess.run(["ps", "-e", "-o", "pid=,ppid=,comm="], stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines():
            pid, parent, comm = line.split(None, 2)
            if int(parent) == shell and name.startswith(comm):
                return int(pid)
        raise AssertionError(f"{name} is not there")

    def end(self):
        """The exit status, once it has ended and the terminal is as it was."""
        self.wait_for("BACK")
        before, after = (open(f"{self.done}.{when}").read().split(";", 3)[3] for when in ("before", "after"))
        assert before == after, f"the terminal is not as it was:\n{before}\n{after}"
        # The screen that was there before is shown again, and the cursor.
        assert self.tmux("display-message", "-p", "#{alternate_on} #{cursor_flag}").split() == ["0", "1"]
        return int(open(self.status).read())

    def close(self):
        subprocess.run(["tmux", "-S", self.socket, "kill-server"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=LIMIT)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind:
            print("--- the screen\n" + self.screen())
        self.close()


def column(screen, header):
    """The words below a header, row by row."""
    lines = screen.splitlines()
    titles = next((i for i, line in enumerate(lines) if re.search(rf"\b{header} ", line)), None)
    if titles is None:
        return []
    at = lines[titles].index(header)
    return [line[at:].split(" ")[0] for line in lines[titles + 1:-1] if line.strip()]
