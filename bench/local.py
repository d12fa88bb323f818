# SPDX-License-Identifier: Apache-2.0
"""Figures of rrasd with libmprapi on the local socket."""
import statistics
import subprocess

from harness import Server, ahead_of_others, fail, ratio_of_rates, share_of_core

REQUEST, REPLY_PORT0, REPLY_CODE = 32, 420, 28  # bytes of the PDUs: PortGetInfo and its answer, PortDisconnect's answer
WATCH_REPLY = 208  # and of the answer to a watcher, with one event
GATHER_MS = 3  # so long lets libmprapi events gather (WATCH_GATHER_MS)
PORTS, CONNECTED = 100_000, 50_000
# A connection in a list, by level: its bytes as they travel. Level 4 and Ex were not asked for, but are the same way.
CONNECTION_BYTES = {"0": 1116, "1": 288, "2": 844, "3": 788, "4": 1680, "ex": 1664}
# Each question of bench-calls: bytes of its PDU and of its answer's.
QUESTIONS = {"port-0": ("PortGetInfo, level 0", 32, 420), "port-1": ("PortGetInfo, level 1", 32, 104),
             "connection-0": ("ConnectionGetInfo, level 0", 32, 1156), "connection-1": ("ConnectionGetInfo, level 1", 32, 328),
             "connection-2": ("ConnectionGetInfo, level 2", 32, 884), "connection-3": ("ConnectionGetInfo, level 3", 32, 828),
             "connection-ex": ("ConnectionGetInfoEx", 32, 1692), "server-0": ("ServerGetInfo, level 0", 28, 56),
             "server-1": ("ServerGetInfo, level 1", 28, 56), "server-2": ("ServerGetInfo, level 2", 28, 64)}


def measure_portinfo(bench, report, runs):
    s = Server(bench, 1000, 500)
    r, a, b = ratio_of_rates(bench, runs, lambda: bench.api("portinfo", s.binding, 30000)[0],
                             lambda: bench.baseline("pingpong", REQUEST, REPLY_PORT0, 30000))
    report.add("PortGetInfo, one client, of a bare ping-pong", r, "x", ">= 0.85", r >= 0.85, b, f"{a:.0f}/s of {b:.0f}/s")
    r, a, b = ratio_of_rates(bench, runs, lambda: bench.baseline("echo", REQUEST, REPLY_PORT0, 1, 300, 0),
                             lambda: bench.baseline("pingpong", REQUEST, REPLY_PORT0, 30000))
    report.add("  to compare: a bare epoll server in rrasd's place", r, "x", "-", True, b, f"{a:.0f}/s of {b:.0f}/s")
    s.stop()


def measure_disconnect(bench, report, runs):
    def ours():
        s = Server(bench, 5000, 5000, sim=True)
        try:
            return bench.api("disconnect", s.binding, 5000)[0]
        finally:
            s.stop()
    r, a, b = ratio_of_rates(bench, runs, ours, lambda: bench.baseline("pingpong", 28, REPLY_CODE, 30000))
    report.add("PortDisconnect through rrasd and rras-sim, call to reply", r, "x", ">= 0.35", r >= 0.35, b, f"{a:.0f}/s of {b:.0f}/s")


def measure_many(bench, report, runs):
    s = Server(bench, 1000, 500)
    r, a, b = ratio_of_rates(bench, runs, lambda: bench.api("many", s.binding, 8, 500)[0],
                             lambda: bench.baseline("echo", REQUEST, REPLY_PORT0, 8, 500, 1))
    report.add("PortGetInfo, 8 clients on CPU 1, of a bare epoll server", r, "x", ">= 0.70", r >= 0.70, b, f"{a:.0f}/s of {b:.0f}/s")
    s.stop()


def measure_list(bench, report, runs):
    s = Server(bench, PORTS, CONNECTED)
    bytes_on_wire = PORTS * 380
    pairs = [(bench.api("enum", s.binding)[0], bench.baseline("bulk", bytes_on_wire, 65536)) for _ in range(runs)]
    r = statistics.median(a / b for a, b in pairs)
    a, b = statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)
    report.add("PortEnum of 100,000 ports, of sending the same bytes", r, "x", "<= 3", r <= 3, b, f"{a * 1e3:.1f} ms of {b * 1e3:.1f} ms")

    before = s.rss()
    s.reset_peak()
    bench.api("enum", s.binding)
    grown = (s.rss(peak=True) - before) / 2**20
    report.add("rrasd grows over PortEnum of 100,000 ports", grown, "MiB", "< 8", grown < 8)

    before = s.rss()
    s.reset_peak()
    stall = bench.start(bench.path("bench/bench-stall"), s.socket, "8", str(4 << 20), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    if stall.stdout.readline().strip() != "stalled":
        fail("the stalled clients did not get that far")
    p99 = statistics.median(bench.api("latency", s.binding, 500)[1] for _ in range(runs)) / 1e3
    grown = (s.rss(peak=True) - before) / 2**20
    stall.stdin.close()
    stall.wait(20)
    report.add("  with 8 clients that stop reading in the middle", grown, "MiB", "< 8", grown < 8)
    report.add("  another client's PortGetInfo meanwhile, p99", p99, "ms", "< 2", p99 < 2)

    listing = subprocess.Popen([bench.path("bench/bench-api"), "repeat", s.binding, "4000"], stdout=subprocess.DEVNULL)
    p99 = statistics.median(bench.api("latency", s.binding, 300)[1] for _ in range(9)) / 1e3
    listing.terminate()
    listing.wait()
    report.add("  and while another client lists all ports over and over, p99", p99, "ms", "< 2", p99 < 2)
    s.stop()


def measure_connections(bench, report, runs):
    s = Server(bench, PORTS, CONNECTED)
    for level, size in CONNECTION_BYTES.items():
        pairs = []
        for _ in range(runs):
            seconds, n = bench.output_floats(bench.path("bench/bench-calls"), "list", s.binding, level)
            if n != CONNECTED:
                fail(f"{n:.0f} connections instead of {CONNECTED}")
            pairs.append((seconds, bench.baseline("bulk", CONNECTED * size, 65536)))
        r = statistics.median(a / b for a, b in pairs)
        a, b = statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)
        name = "ConnectionEnumEx" if level == "ex" else f"ConnectionEnum, level {level},"
        report.add(f"{name} of {CONNECTED:,}, of sending the same bytes", r, "x", "<= 3", r <= 3, b, f"{a * 1e3:.1f} ms of {b * 1e3:.1f} ms")
    s.stop()


def measure_calls(bench, report, runs):
    s = Server(bench, 1000, 500)
    for question, (name, request, reply) in QUESTIONS.items():
        r, a, b = ratio_of_rates(bench, runs,
                                 lambda q=question: bench.output_floats(bench.path("bench/bench-calls"), "get", s.binding, q, "20000")[0],
                                 lambda n=request, m=reply: bench.baseline("pingpong", n, m, 20000))
        report.add(f"{name}, of a bare ping-pong", r, "x", ">= 0.8", r >= 0.8, b, f"{a:.0f}/s of {b:.0f}/s")
    s.stop()


def measure_memory(bench, report, runs):
    per_port, rate = [], []
    for _ in range(runs):
        s = Server(bench, PORTS, CONNECTED)
        per_port.append((s.rss() - s.rss_empty) / PORTS)
        rate.append(CONNECTED / s.snapshot_seconds)
        s.stop()
    m, r = statistics.median(per_port), statistics.median(rate)
    report.add("memory, 100,000 ports, 50,000 connected", m, "bytes/port", "<= 600", m <= 600)
    report.add("a driver's snapshot of 50,000 sessions", r, "sessions/s", ">= 50000", r >= 50000)


def measure_lookup(bench, report, runs):
    for_size = {}
    for n in (1000, 10_000, 100_000):
        rows = [[float(x) for x in bench.output(bench.path("bench/bench-lookup"), str(n))] for _ in range(runs)]
        for_size[n] = [statistics.median(col) for col in zip(*rows)]
    for i, name in enumerate(("a handle", "a session", "a user")):
        a, b, c = (for_size[n][i] for n in (1000, 10_000, 100_000))
        # A table that no longer fits the cache costs some misses; what must not be is growth with the number (100x here).
        report.add(f"finding {name}, 100,000 ports against 1,000", c / a, "x", "<= 10", c / a <= 10, a,
                   f"{a:.0f}, {b:.0f}, {c:.0f} ns at 1k, 10k, 100k")


def measure_counters(bench, report, runs):
    """All counters of all sessions change, and come in one burst each interval."""
    s = Server(bench, 10_000, 10_000, sim=True, tick="10s")
    cost = share_of_core(s.rrasd.pid, 30)
    report.add("10,000 sessions, counters of all each 10 s: rrasd", cost, "% of a core", "< 3", cost < 3)
    s.stop()


def measure_watch(bench, report, runs):
    """Each watcher has a connection of its own, and all are of one user."""
    s = Server(bench, 10, 5)
    watch = bench.path("bench/bench-watch")
    pairs = [(bench.output_floats(watch, "rrasd", s.binding, s.dir + "/driver.sock", "100", "50")[0],
              bench.output_floats(watch, "bare", "100", "50", str(WATCH_REPLY))[0]) for _ in range(runs)]
    r, a, b = (statistics.median(x) for x in ([a / b for a, b in pairs], [a for a, _ in pairs], [b for _, b in pairs]))
    report.add("an event to the last of 100 watchers, of a bare fan-out", r, "x", "<= 2", r <= 2, b, f"{a:.0f} us of {b:.0f} us")
    s.stop()


def notify(bench, runs):
    """Processes on CPU 1, rrasd on CPU 0: medians of what bench-notify says, of rrasd and of bare sockets in its place."""
    s = Server(bench, 10, 5)
    program, crowd = bench.path("bench/bench-notify"), ("100", "1000", "3")
    pairs = [(bench.output_floats(program, "rrasd", s.binding, s.dir + "/driver.sock", *crowd),
              bench.output_floats(program, "bare", str(GATHER_MS), *crowd)) for _ in range(runs)]
    s.stop()
    return [[statistics.median(column) for column in zip(*rows)] for rows in zip(*pairs)]


def measure_notify(bench, report, runs):
    """The bound is a time, and a machine stops for some milliseconds whoever asks for little of it. So it is measured without that, and what
    it is beside all else is told as well, with what bare sockets have then."""
    with ahead_of_others():
        alone = notify(bench, runs)
    beside = notify(bench, runs)
    for name, (p50, p99, made, heard), bound in (("an event to the last of 100 notified processes, real-time, p99", alone[0], 5),
                                                 ("  to compare: from a bare server at the same pace", alone[1], None),
                                                 ("  beside what else the machine does", beside[0], None),
                                                 ("  and the bare server likewise", beside[1], None)):
        report.add(name, p99, "ms", f"<= {bound}" if bound else "-", not bound or p99 <= bound, None,
                   f"p50 {p50:.2f} ms, {made:.0f} events/s, each process signalled {heard:.0f}/s")


MEASUREMENTS = {"portinfo": measure_portinfo, "disconnect": measure_disconnect, "many": measure_many, "list": measure_list,
                "connections": measure_connections, "calls": measure_calls, "notify": measure_notify,
                "memory": measure_memory, "lookup": measure_lookup, "counters": measure_counters, "watch": measure_watch}
