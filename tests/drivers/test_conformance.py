#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The conformance test finds what is wrong: each fault of bad_driver.py, and nothing in a driver without fault."""
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
# The fault, and words of a check that must fail because of it.
FAULTS = {
    "none": None,
    "session-first": "hello comes first",
    "hello-version": "hello comes first",
    "hello-name": "hello comes first",
    "hello-capabilities": "hello comes first",
    "hello-health": "hello comes first",
    "news-while-down": "after welcome",
    "two-snapshots": "ping is answered",
    "health-without-state": "ping is answered",
    "no-welcome": "nothing follows it before welcome",
    "overlong": "after welcome",
    "not-json": "after welcome",
    "not-utf8": "after welcome",
    "stray-counters": "after welcome",
    "long-user": "after welcome",
    "no-snapshot-end": "after welcome",
    "never-pongs": "ping is answered",
    "constant-pong": "ping is answered",
    "strict": "unknown type",
    "ignores-id": "a session that there is not",
    "ignores-start": "another start",
    "never-replies": "a session that there is not",
    "short-order": "a session that there is not",
    "lies": "an order is accepted",
    "never-returns": "connects again",
    "no-keep-out-reply": "a keep-out is answered",
    "constant-keep-out": "a keep-out is answered",
    "keep-out-result": "a keep-out is answered",
    "unknown-lift": "a keep-out is answered",
    "asks-who-does-not-answer": "ping is answered",
    "asks-for-nobody": "an answer about who may dial in",
    "unknown-answer": "an answer about who may dial in",
    "errand-ignores-start": "a message or quarantine",
    "session-quarantine": "after welcome",
    "dirty-end": "SIGTERM",
}


def judge(fault):
    """None, or what the conformance test should have said."""
    command = [sys.executable, os.path.join(HERE, "conformance"), "--may-disconnect", "--no-skip",
               "--timeout=15" if fault == "none" else "--timeout=3", "--only=" + (FAULTS[fault] or ""), "--",
               sys.executable, os.path.join(HERE, "bad_driver.py"), "{socket}", fault]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    failed = [line for line in done.stdout.splitlines() if line.startswith("not ok")]
    wanted = FAULTS[fault]
    if wanted is None:
        return None if done.returncode == 0 else f"{fault}: a good driver does not pass:\n{done.stdout}"
    if done.returncode != 1 or not any(wanted in line for line in failed):
        return f"{fault}: no check with {wanted!r} failed:\n{done.stdout}"
    return None


def main():
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(judge, FAULTS))
    for fault, result in zip(FAULTS, results):
        print("ok" if result is None else f"not ok: {result}", fault)
    return 1 if any(results) else 0


if __name__ == "__main__":
    sys.exit(main())
