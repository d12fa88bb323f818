#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""rasadmin disconnect --all of ten thousand simulated sessions: progress, and what an interrupt in the middle leaves.

usage: cli_many.py RASADMIN RRASD RRAS_SIM [TEST...]
"""
import json
import os
import signal

from cli_support import LIMIT, Background, has, main, run_on_terminal, same
from house import RRASD, House

N = 10000
HOUSE = (f"--ports={N + 1}", f"--users={N}")


def words(h, first):
    """The driver's own log: sessions that it was ordered to end, or that have gone."""
    with open(os.path.join(h.dir, "sim.log")) as f:
        return [line.split() for line in f if line.startswith(first + " ")]


def gone_so_far(h):
    with open(os.path.join(h.dir, "sim.log"), "rb") as f:
        return f.read().count(b"\ngone ")


def agree(h, j):
    """What rasadmin has told is what the driver has done and what the audit log has."""
    gone = {line[3] for line in words(h, "gone")}
    same(len(words(h, "order")), j["asked"])
    same(len(gone), j["confirmed"])
    same({s["user"] for s in j["sessions"] if s["result"] == "confirmed"}, gone)
    h.wait_for("the audit log is complete", lambda: h.audit("job-end"))
    same(len(h.audit("order")), j["asked"])
    same({e["user"] for e in h.audit("outcome") if e["outcome"] == "gone"}, gone)
    end = h.audit("job-end")[0]
    same((end["matched"], end["asked"], end["confirmed"], end["failed"]), (j["matched"], j["asked"], j["confirmed"], 0))
    same(len(h.users()), N - len(gone))


def all_are_ended_and_progress_is_shown():
    with House(*HOUSE) as h:
        name = f"ncalrpc:[{h.dir}/rrasd.sock]"
        r = run_on_terminal("-s", name, "disconnect", "--all", "--rate", "2500", columns=70, typed=[("[y/N] ", "y\n")])
        same(r.code, 0, r)
        has(r.out, f"Disconnect these {N} sessions?", f"failed of {N}; ", "/s", "s left", f"Disconnected:        {N}", "Failed:              0")
        same(len(words(h, "gone")), N)
        same(h.users(), [])


def an_interrupt_in_the_middle_loses_nothing():
    with House(*HOUSE) as h:
        with Background("-s", f"ncalrpc:[{h.dir}/rrasd.sock]", "disconnect", "--all", "--yes", "--rate", "1000", "--json") as p:
            h.wait_for("a tenth is gone", lambda: gone_so_far(h) > N / 10)
            p.send_signal(signal.SIGINT)
            out, err = p.communicate(timeout=LIMIT)
        j = json.loads(out)
        same((p.returncode, j["interrupted"], j["matched"], j["failed_count"]), (5, True, N, 0), err)
        assert N / 10 < j["confirmed"] < N, j["confirmed"]
        same((j["asked"], j["not_asked"]), (j["confirmed"], N - j["confirmed"]))
        has(err, f"interrupted: of {N} sessions {j['asked']} were asked", f"{j['not_asked']} were not touched")
        agree(h, j)
        same(h.audit("job-end")[0]["state"], "cancelled")


def after_a_crash_in_the_middle_nobody_is_called_gone():
    with House(*HOUSE) as h:
        with Background("-s", f"ncalrpc:[{h.dir}/rrasd.sock]", "disconnect", "--all", "--yes", "--rate", "500", "--json") as p:
            h.wait_for("some are gone", lambda: gone_so_far(h) > N / 50)
            h.stop("rrasd", kill=True)
            h.start("rrasd", RRASD, "--config", os.path.join(h.dir, "rrasd.conf"))
            out, err = p.communicate(timeout=LIMIT)
        j = json.loads(out)
        same((p.returncode, j["matched"], j["interrupted"]), (6, N, False), err)
        has(err, "was restarted meanwhile")
        same({s["result"] for s in j["sessions"]}, {"unconfirmed"})
        gone = {line[3] for line in words(h, "gone")}
        assert len(gone) < N
        h.wait_for("the driver is back", lambda: len(h.users()) == N - len(gone))


def without_a_terminal_progress_is_lines():
    with House(*HOUSE) as h:
        r = h.run("disconnect", "--all", "--yes", "--rate", "1500", "--json")
        same(r.code, 0, r)
        lines = r.err.splitlines()
        assert lines and all(line.startswith("rasadmin: ") and f"failed of {N}" in line for line in lines), r.err
        agree(h, r.json)


if __name__ == "__main__":
    main(globals())
