# SPDX-License-Identifier: Apache-2.0
"""Figures of rrasd with real daemons and their clients (crowds.py), beside the daemons' own ways."""
import statistics
import subprocess
import time

from crowds import CROWDS
from harness import Server, fail, on_cpu, share_of_core
from scope import Scope


def native(bench, crowd, n, way=None):
    """[listing, all orders, all gone], by the daemon's own protocol, or by another way of bench-native to speak it."""
    with on_cpu(1):
        crowd.up(n)
    figures = bench.output_floats(bench.path("bench/bench-native"), way or crowd.name, crowd.socket, str(n))
    crowd.tidy()
    return figures


def through_rrasd(bench, crowd, n, *what):
    with on_cpu(1):
        crowd.up(n)
    s = Server(bench, 0, n, driver=crowd.driver)
    figures = bench.output_floats(bench.path("bench/bench-sessions"), what[0], s.binding, *what[1:], str(n))
    s.stop()
    crowd.tidy()
    return figures


def measure_daemon(bench, report, runs, name, n, bound, grace=0.0, listening=None):
    """One by one, and by selection, until all are gone; the daemon's own protocol before each. `grace` is how long the driver waits for
    clients to leave by themselves, which the native commands don't. `listening` is the way of bench-native that hears the daemon's events,
    as the driver must: a row of its own."""
    with Scope() as scope:
        with on_cpu(1):
            crowd = CROWDS[name](scope, bench.path)
        rows = []
        for _ in range(runs // 2 + 1):
            base = native(bench, crowd, n)[2]
            one_by_one = through_rrasd(bench, crowd, n, "each")[2] - grace
            again = native(bench, crowd, n)[2]
            selected = through_rrasd(bench, crowd, n, "select", crowd.device_type)[0] - grace
            heard = native(bench, crowd, n, listening)[2] if listening else base
            rows.append((one_by_one / base, selected / again, one_by_one / heard, base, one_by_one, selected, heard))
        r, q, e, base, one, sel, heard = (statistics.median(c) for c in zip(*rows))
        report.add(f"{n} {name} sessions disconnected one by one, of its own way", r, "x", f"<= {bound}", r <= bound, base,
                   f"{one * 1e3:.0f} ms of {base * 1e3:.0f} ms")
        if listening:
            report.add("  of its own way by one who listens to its events", e, "x", f"<= {bound}", e <= bound, heard,
                       f"{one * 1e3:.0f} ms of {heard * 1e3:.0f} ms")
        report.add("  and by selection", q, "x", "<= 1", q <= 1, base, f"{sel * 1e3:.0f} ms of {base * 1e3:.0f} ms")


def measure_openvpn(bench, report, runs):
    measure_daemon(bench, report, runs, "openvpn", 100, 3, grace=0.3)


def measure_ocserv(bench, report, runs):
    measure_daemon(bench, report, runs, "ocserv", 100, 1.3)


def measure_charon(bench, report, runs):
    measure_daemon(bench, report, runs, "charon", 500, 1.3, listening="charon-events")


def seconds_of(*argv, **kwargs):
    t = time.monotonic()
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **kwargs)
    took = time.monotonic() - t
    if done.returncode != 0:
        fail(f"{' '.join(argv)}: {done.stdout.decode(errors='replace')}")
    return took


def measure_idle(bench, report, runs):
    """An event-driven driver with sessions, while nothing happens; and listing them."""
    n = 1000
    with Scope() as scope:
        with on_cpu(1):
            crowd = CROWDS["charon"](scope, bench.path)
            crowd.up(n)
        s = Server(bench, 0, n, driver=crowd.driver)
        ours = statistics.median(bench.output_floats(bench.path("bench/bench-sessions"), "list", s.binding, str(n))[0] for _ in range(runs))
        theirs = statistics.median(seconds_of("taskset", "-c", "0", "swanctl", "--list-sas", "--uri", "unix://" + crowd.socket)
                                   for _ in range(runs))
        report.add(f"listing {n} charon sessions, of swanctl --list-sas", ours / theirs, "x", "< 1", ours < theirs, theirs,
                   f"{ours * 1e3:.1f} ms of {theirs * 1e3:.1f} ms")
        whole = statistics.median(seconds_of("taskset", "-c", "0", bench.path("rasadmin/rasadmin"), "--server", s.binding, "connections")
                                  for _ in range(runs))
        report.add("  rasadmin connections, from start to end", whole / theirs, "x", "< 1", whole < theirs, theirs, f"{whole * 1e3:.1f} ms")
        cost = share_of_core(s.driver.pid, 25)
        report.add(f"rras-vici with {n} idle sessions, counters each 10 s", cost, "% of a core", "< 1", cost < 1)
        s.stop()


MEASUREMENTS = {"openvpn": measure_openvpn, "ocserv": measure_ocserv, "charon": measure_charon, "idle": measure_idle}
