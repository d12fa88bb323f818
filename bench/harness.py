# SPDX-License-Identifier: Apache-2.0
"""What every measurement of bench/run needs: a build, a server, and the table of figures."""
import contextlib
import os
import statistics
import subprocess
import time


class Failed(Exception):
    pass


def fail(text):
    raise Failed(text)


class Bench:
    """One build, one scratch folder, and the processes that this run has started."""

    def __init__(self, build, scratch):
        self.build, self.scratch, self.children = build, scratch, []
        self.serial = 0

    def path(self, *name):
        return os.path.join(self.build, *name)

    def output(self, *argv, env=None):
        done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=300, env=env)
        if done.returncode != 0:
            fail(f"{' '.join(argv)}: {done.stderr.strip() or 'exit ' + str(done.returncode)}")
        return done.stdout.split()

    def baseline(self, *args):
        return float(self.output(self.path("bench/bench-baseline"), *map(str, args))[0])

    def output_floats(self, *argv, env=None):
        return [float(x) for x in self.output(*argv, env=env)]

    def api(self, *args, env=None):
        return self.output_floats(self.path("bench/bench-api"), *map(str, args), env=env)

    def start(self, *argv, **kwargs):
        kwargs.setdefault("stderr", open(os.path.join(self.scratch, f"stderr-{len(self.children)}"), "w"))
        child = subprocess.Popen(argv, text=True, **kwargs)
        self.children.append(child)
        return child

    def stop(self, child):
        if child.poll() is None:
            child.terminate()
            try:
                child.wait(20)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        for stream in (child.stdin, child.stdout):
            if stream:
                stream.close()

    def stop_all(self):
        for child in reversed(self.children):
            self.stop(child)


@contextlib.contextmanager
def ahead_of_others():
    """What is started meanwhile has real-time scheduling, and so nothing in between: no other program, and no kernel thread."""
    before = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(5))
    except PermissionError:
        fail("real-time scheduling, which keeps what else the machine does out of a figure, needs root")
    try:
        yield
    finally:
        os.sched_setscheduler(0, *before)


class Server:
    """rrasd with the benchmark's driver, with rras-sim, or with another one: `driver` gives its command line for a socket.
    `sections` are more lines of rrasd.conf, and `env` and `before` (the beginning of a command line) where rrasd runs."""

    def __init__(self, bench, ports, connected, sim=False, tick="0", driver=None, sections="", env=None, before=()):
        self.bench = bench
        bench.serial += 1
        self.dir = os.path.join(bench.scratch, f"server-{bench.serial}")
        os.mkdir(self.dir)
        self.socket = os.path.join(self.dir, "rrasd.sock")
        config = os.path.join(self.dir, "rrasd.conf")
        with open(config, "w") as f:
            f.write(f"[server]\nsocket = {self.socket}\ndriver_socket = {self.dir}/driver.sock\nstate_dir = {self.dir}\n"
                    f"audit_log = {self.dir}/audit.jsonl\nmax_ports = 200000\nlog_level = warning\n"
                    "[limits]\nconnections = 1024\nconnections_per_user = 400\nconnections_per_address = 400\n" + sections)
        self.rrasd = bench.start(*before, bench.path("rrasd/rrasd"), "--config", config, env=env,
                                 preexec_fn=lambda: os.sched_setaffinity(0, {0}))
        self.wait_for(self.dir + "/driver.sock")
        self.rss_empty = self.rss()
        self.binding = f"ncalrpc:[{self.socket}]"
        if driver:
            self.driver = bench.start(*driver(self.dir + "/driver.sock"), preexec_fn=lambda: os.sched_setaffinity(0, {0}))
            self.wait_in_use(connected)
        elif sim:
            self.start_sim(ports, connected, tick)
        else:
            self.start_driver(ports, connected)

    def start_driver(self, ports, connected):
        self.driver = self.bench.start(self.bench.path("bench/bench-driver"), self.dir + "/driver.sock", str(ports), str(connected),
                                       stdout=subprocess.PIPE)
        line = self.driver.stdout.readline().split()
        if len(line) != 2:
            fail("the driver did not get its snapshot through: " + open(self.driver_stderr()).read())
        self.snapshot_seconds = float(line[1])

    def start_sim(self, ports, connected, tick):
        """Sessions end two seconds after the order, as those of real daemons end some time after it."""
        self.driver = self.bench.start(self.bench.path("drivers/sim/rras-sim"), "--quiet", "--stdin", "--socket", self.dir + "/driver.sock",
                                       "--ports", str(ports), "--users", str(connected), "--tick", tick, stdin=subprocess.PIPE,
                                       stdout=subprocess.DEVNULL, preexec_fn=lambda: os.sched_setaffinity(0, {0}))
        self.driver.stdin.write("behave slow-gone 2s\n")
        self.driver.stdin.flush()
        self.wait_in_use(connected)

    def wait_in_use(self, sessions):
        for _ in range(3000):
            if self.bench.api("count", self.binding)[1] == sessions:
                return
            time.sleep(0.01)
        fail(f"rrasd does not see {sessions} sessions: " + open(self.driver_stderr()).read()[-2000:])

    def driver_stderr(self):
        return os.path.join(self.bench.scratch, f"stderr-{len(self.bench.children) - 1}")

    def wait_for(self, path):
        for _ in range(1000):
            if os.path.exists(path):
                return
            if self.rrasd.poll() is not None:
                fail("rrasd ended: " + open(os.path.join(self.bench.scratch, f"stderr-{len(self.bench.children) - 1}")).read())
            time.sleep(0.01)
        fail("rrasd does not come up")

    def rss(self, peak=False):
        word = "VmHWM:" if peak else "VmRSS:"
        with open(f"/proc/{self.rrasd.pid}/status") as f:
            return next(int(line.split()[1]) * 1024 for line in f if line.startswith(word))

    def reset_peak(self):
        with open(f"/proc/{self.rrasd.pid}/clear_refs", "w") as f:
            f.write("5")

    def stop(self):
        self.bench.stop(self.driver)
        self.bench.stop(self.rrasd)


class Report:
    def __init__(self):
        self.rows = []

    def add(self, name, value, unit, bound, ok, baseline=None, note=""):
        self.rows.append({"name": name, "value": value, "unit": unit, "bound": bound, "ok": bool(ok), "baseline": baseline,
                          "note": note})
        mark = "ok  " if ok else "MISS"
        print(f"{mark}  {name:<58} {value:>10.3f} {unit:<12} {bound:<12} {note}", flush=True)

    def failed(self):
        return [r["name"] for r in self.rows if not r["ok"]]


def ratio_of_rates(bench, runs, ours, base):
    """Median of ours/base over pairs, and the two medians."""
    pairs = [(ours(), base()) for _ in range(runs)]
    return (statistics.median(a / b for a, b in pairs), statistics.median(a for a, _ in pairs),
            statistics.median(b for _, b in pairs))


def cpu_seconds(pid):
    """Processor time of a process, to the nanosecond."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat") as f:
            total += int(f.read().split()[0])
    return total / 1e9


def share_of_core(pid, seconds):
    before, began = cpu_seconds(pid), time.monotonic()
    time.sleep(seconds)
    return (cpu_seconds(pid) - before) / (time.monotonic() - began) * 100


@contextlib.contextmanager
def on_cpu(cpu):
    """What is started meanwhile runs there: daemons and their clients on CPU 1, whoever asks them on CPU 0."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {cpu})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
