#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A small driver that does one thing wrong, as its second argument says: for the test of the conformance test."""
import json
import signal
import socket
import sys
import time

path, fault = sys.argv[1:]
HELLO = {"type": "hello", "version": 1, "kind": "daemon", "driver": "bad", "instance": "main", "device_type": "bad",
         "capabilities": ["disconnect", "stats", "keep-out", "admission", "message", "quarantine"]}
SESSION = {"type": "session", "id": "7", "start": 1764084000, "state": "connected", "user": "alice"}
gone = offered = False


def say(sock, message):
    sock.sendall(json.dumps(message).encode() + b"\n")


def begin(sock):
    if fault == "session-first":
        say(sock, SESSION)
    hello = dict(HELLO)
    if fault == "hello-version":
        hello["version"] = "1"
    if fault == "hello-name":
        hello["driver"] = "a name that is not one"
    if fault == "hello-health":
        hello["health"] = {"state": "fine"}
    if fault == "news-while-down":
        hello["health"] = {"state": "down", "text": "away"}
    if fault == "hello-capabilities":
        del hello["capabilities"]
    say(sock, hello)
    if fault == "no-welcome":
        snapshot(sock)


def snapshot(sock):
    if fault == "overlong":
        sock.sendall(b'{"type":"x","y":"' + b"y" * 16400 + b'"}\n')
    if fault == "not-json":
        sock.sendall(b"hello\n")
    if fault == "not-utf8":
        sock.sendall(b'{"type":"x","y":"\xff"}\n')
    if fault == "stray-counters":
        say(sock, {"type": "counters", "id": "9", "start": 5, "counters": {"bytes_in": 1}})
    if not gone:
        more = {"long-user": {"user": "x" * 513}, "session-quarantine": {"quarantine": "yes"}}.get(fault, {})
        say(sock, dict(SESSION, **more))
    if fault != "no-snapshot-end":
        say(sock, {"type": "snapshot-end"})
    if fault == "two-snapshots":
        say(sock, {"type": "health", "state": "degraded"})
        say(sock, {"type": "snapshot-end"})
    if fault == "health-without-state":
        say(sock, {"type": "health"})
    if fault == "asks-who-does-not-answer" and not offered:
        say(sock, {"type": "admission-ask", "n": 1, "user": "alice"})
    if fault == "asks-for-nobody" and offered:
        say(sock, {"type": "admission-ask", "n": 1, "user": ""})


def end_session(sock):
    global gone
    gone = True
    say(sock, {"type": "gone", "id": SESSION["id"], "start": SESSION["start"]})


def obey(sock, order):
    here = not gone and order["id"] == SESSION["id"] and (fault == "ignores-start" or order["start"] == SESSION["start"])
    if fault == "ignores-id":
        here = True
    number = order["order"] % 2**32 if fault == "short-order" else order["order"]
    if fault == "never-replies":
        return
    say(sock, {"type": "reply", "order": number, "result": "accepted" if here else "no-such-session"})
    if here and fault != "lies":
        end_session(sock)


def handle(sock, message):
    global offered
    kind = message["type"]
    if kind == "welcome":
        offered = message.get("admission", False)
    if kind == "welcome" and fault != "no-welcome":
        snapshot(sock)
    elif kind == "ping" and fault != "never-pongs":
        say(sock, {"type": "pong", "n": 1 if fault == "constant-pong" else message["n"]})
    elif kind == "stats":
        say(sock, {"type": "counters", "id": "7", "start": SESSION["start"], "counters": {"bytes_in": 1}})
    elif kind == "disconnect":
        obey(sock, message)
    elif kind in ("message", "quarantine"):
        here = message["id"] == SESSION["id"] and (fault == "errand-ignores-start" or message["start"] == SESSION["start"])
        say(sock, {"type": "reply", "order": message["order"], "result": "accepted" if here else "no-such-session"})
    elif kind == "keep-out" and fault != "no-keep-out-reply":
        say(sock, {"type": "keep-out-reply", "n": 1 if fault == "constant-keep-out" else message["n"],
                   "result": "perhaps" if fault == "keep-out-result" else "taken"})
    elif kind == "keep-out-lift" and fault == "unknown-lift" and message["n"] == 7:
        sys.exit(1)
    elif kind == "admission" and fault == "unknown-answer":
        sys.exit(1)
    elif kind not in ("admission", "keep-out-lift", "keep-out-end", "keep-out", "welcome", "error", "refused", "ping") and fault == "strict":
        sys.exit(1)


def serve():
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.connect(path)
    begin(sock)
    for line in sock.makefile("rb"):
        handle(sock, json.loads(line))


def stop(signum, frame):
    sys.exit(1 if fault == "dirty-end" else 0)


signal.signal(signal.SIGTERM, stop)
while True:
    try:
        serve()
    except OSError:
        pass
    if fault == "never-returns":
        time.sleep(3600)
    time.sleep(0.05)
