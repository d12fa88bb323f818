# SPDX-License-Identifier: Apache-2.0
"""What the tests have found out about each driver, for the tables of docs/drivers.md: written, one JSON object a line, to the file
that OPENRRAS_FACTS names, and nowhere when it is not set. tests/drivers/table.py compares."""
import json
import os

# What an administrator wants to know, in the order of the table; a word for each: "yes", "no", or how.
FEATURES = {
    "users": "shows who is connected",
    "idle ports": "shows idle ports",
    "authentication": "shows how they have authenticated",
    "arrivals": "new users are seen by",
    "departures": "users who hang up are seen by",
    "counters": "counts traffic",
    "last counters": "the last counters are the daemon's last word",
    "disconnect": "disconnects one user",
    "hard disconnect": "can do so the hard way",
    "confirmation": "confirmed by the daemon",
    "client told": "the client is told",
    "then": "the client then",
    "keep out": "keeps a user out",
    "admission": "refuses a user who may not dial in",
    "message": "sends a message to a user",
}
# From the order until it has happened, in milliseconds.
TIMES = {
    "gone, server": "until the daemon has ended the session",
    "gone, client": "until the client has noticed",
    "hard, server": "the hard way, until the daemon has ended it",
    "back": "until the client is back",
}


def append(path, text):
    """Add whole lines to a file that other programs write to at the same time: by one write(2), which no other one gets into."""
    data = text.encode()
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        if os.write(fd, data) != len(data):
            raise OSError(f"{path}: not all could be written")
    finally:
        os.close(fd)


class Facts:
    def __init__(self, driver):
        self.driver = driver

    def _write(self, **fact):
        path = os.environ.get("OPENRRAS_FACTS")
        if path:
            append(path, json.dumps({"driver": self.driver, **fact}) + "\n")

    def feature(self, name, word):
        assert name in FEATURES, name
        self._write(feature=name, word=word)
        print(f"# fact: {self.driver}: {name}: {word}", flush=True)

    def time(self, name, milliseconds):
        assert name in TIMES, name
        self._write(time=name, ms=round(milliseconds, 1))
        print(f"# fact: {self.driver}: {name}: {milliseconds:.1f} ms", flush=True)

    def limit(self, text):
        """Something that can't be with this daemon, as docs/drivers.md has it word for word."""
        self._write(limit=text)


def read(path):
    """driver -> {"features": {name: word}, "times": {name: [ms, ...]}, "limits": [text, ...]}"""
    found = {}
    with open(path) as f:
        for line in f:
            fact = json.loads(line)
            d = found.setdefault(fact["driver"], {"features": {}, "times": {}, "limits": []})
            if "feature" in fact:
                d["features"][fact["feature"]] = fact["word"]
            elif "time" in fact:
                d["times"].setdefault(fact["time"], []).append(fact["ms"])
            elif fact["limit"] not in d["limits"]:
                d["limits"].append(fact["limit"])
    return found
