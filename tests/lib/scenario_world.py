# SPDX-License-Identifier: Apache-2.0
"""Where the scenarios of tests/lib/scenarios.py happen: a daemon with its driver, rrasd, bob, and who comes and goes."""
import contextlib
import datetime
import json
import re
import threading
import time

from driver_facts import Facts
from rras_site import Site
from scope import wait_until

SETTLE = 0.5  # seconds in which somebody who was hit by mistake would notice


class World:
    """A daemon with its driver, rrasd, and bob."""

    def __init__(self, scope, adapter_class):
        self.scope = scope
        self.adapter = adapter_class(scope)
        self.facts = Facts(self.adapter.driver)
        self.by_daemon = self.adapter.kind == "daemon"
        self.adapter.start()
        self.site = Site(scope)
        self.site.sections = "[timeouts]\ncounters = 500ms\n"
        self.site.start()
        self.adapter.start_driver(self.site.driver_socket)
        self.clients = []
        self.bob = self.adapter.connect("bob")
        self.bob_port = self.listed("bob")

    # who is where

    def connect(self, user):
        client = self.adapter.connect(user)
        self.clients.append(client)
        return client

    def listed(self, user):
        """Wait until a user is listed as connected; the port."""
        return wait_until(f"{user} connected on a port", lambda: next((p for p in self.site.ports().values() if p["user"] == user and
                                                                       p["state"] == "connected"), None))

    def not_listed(self, user):
        wait_until(f"{user} not listed", lambda: not self.site.port_of(user))

    def connect_listed(self, user):
        client = self.connect(user)
        return client, self.listed(user)

    def disconnect(self, port, *options):
        return self.site.admin("disconnect", "--port", str(port), "--yes", *options)

    # the driver

    def wait_away(self):
        wait_until("bob's port not operational", lambda: self.site.ports().get(self.bob_port["name"], {}).get("state") == "not operational")

    def wait_operational(self):
        wait_until("no port not operational", lambda: (p := self.site.ports()) is not None and
                   all(x["state"] not in ("not operational", "unknown") for x in p.values()) and (not self.by_daemon or len(p) >= self.adapter.ports))

    def start_driver(self, *options, held=False):
        self.adapter.start_driver(self.site.driver_socket, *options, held=held)
        self.listed("bob")
        self.wait_operational()

    def restart_driver(self, *options, held=False):
        """A driver with other options. A session driver's are for those who connect from now on."""
        if self.by_daemon:
            self.adapter.end_driver()
            self.wait_away()
        self.start_driver(*options, held=held)

    def health(self, report, trouble):
        """rasadmin status says what is the matter with the daemon."""
        pattern = self.adapter.health.get(trouble)
        if pattern:
            out = ""

            def probe():
                nonlocal out
                out = self.site.admin("status")[1]
                return re.search(pattern, out)
            with contextlib.suppress(Exception):
                wait_until(f"health {pattern!r}", probe)
            report.check(f"{trouble}: rasadmin status says what the matter is", re.search(pattern, out), out)

    # bob

    @contextlib.contextmanager
    def undisturbed(self, report):
        """bob has traffic meanwhile, loses none of it, and is on the same port, in the same connection, afterwards."""
        self.bob.start_traffic()
        yield
        time.sleep(SETTLE)
        sent, lost = self.bob.traffic_lost()
        report.check("bob has lost nothing", sent > 0 and lost == 0, f"{lost} of {sent} lost")
        now = self.listed("bob")
        report.check("bob is on his port", self.same_place(now) and self.bob.is_up(), (self.bob_port, now))
        report.check("in the same connection", now["handle"] == self.bob_port["handle"] or self.new_handles, (self.bob_port, now))
        self.bob_port, self.new_handles = now, False

    def same_place(self, now):
        """Sessions come back in any order when rrasd was killed, so they may be numbered anew."""
        return now["name"] == self.bob_port["name"] or self.new_handles

    new_handles = False  # rrasd was killed: bob's session is the same, but his handle must be another one, and his port may be

    def bob_again(self):
        """bob's connection has ended with the daemon, so he makes a new one."""
        self.bob.end()
        self.bob = self.adapter.connect("bob")
        self.bob_port = self.listed("bob")

    def settle(self):
        """After each scenario: nobody but bob."""
        for client in self.clients:
            client.end()
        self.clients = []
        self.site.admin("keep-out", "lift", "alice")  # there is none unless a test has failed
        if self.site.rrasd is None or not self.site.rrasd.alive():
            self.site.start()
        if not self.bob.is_up():
            self.bob_again()

        def alone():
            others = [p for p in self.site.ports().values() if p["user"] not in ("bob", None, "")]
            for port in others:
                if port["state"] == "connected":
                    self.disconnect(port["name"])
            return not others
        wait_until("bob alone", alone, every=0.2)
        self.bob_port = self.listed("bob")

    def last_words(self):
        return "\n".join(["# rrasd:", self.site.rrasd.log()[-3000:], self.adapter.last_words()])


class Stopwatch:
    """Notes when something has happened, while the order is on its way."""

    def __init__(self, wait):
        self.at = self.failed = None
        self.thread = threading.Thread(target=self._run, args=(wait,), daemon=True)
        self.thread.start()

    def _run(self, wait):
        try:
            wait()
            self.at = time.time()
        except Exception as e:  # told by the test's thread, in done()
            self.failed = e

    def done(self):
        """Wait for it; the time."""
        self.thread.join()
        if self.failed:
            raise self.failed
        return self.at


def when(entry):
    """The time of an audit line."""
    return datetime.datetime.fromisoformat(entry["ts"].replace("Z", "+00:00")).timestamp()


def audit_of(w, user):
    """The last order against a user, and its outcome."""
    order = next(e for e in reversed(w.site.audit("order")) if e.get("user") == user)
    return order, wait_until("its outcome", lambda: next((e for e in w.site.audit("outcome") if e["order"] == order["order"]), None))


def counters(w, name):
    status, out, err = w.site.admin("--json", "port", name)
    if status != 0:
        raise RuntimeError(f"rasadmin port {name}: {err}")
    c = json.loads(out)["port"]["counters"]
    return {k: c[k] for k in ("bytes_in", "bytes_out")}
