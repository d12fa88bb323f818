#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write the first inputs of fuzz_driver_protocol: conversations in good order, in its layout."""
import os
import re

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DESTINATION = os.path.join(TOP, "fuzz", "corpus", "driver_protocol")
DISCONNECT, TICK, TAKE, KEEP_OUT = 0, 1 << 6, 2 << 6, 3 << 6 | 32
LIFT, FORGET, ANSWER = KEEP_OUT | 8, KEEP_OUT | 12, 3 << 6 | 16


def pieces(text):
    data = text.encode() + b"\n"
    return b"".join(bytes([len(data[i:i + 255])]) + data[i:i + 255] for i in range(0, len(data), 255))


def happens(what):
    return bytes([0, what])


def document():
    """The conversation in the documentation, with the order where it is."""
    with open(os.path.join(TOP, "docs", "driver-protocol.md"), encoding="utf-8") as f:
        example = f.read().split("## 5. A conversation")[1]
    data = b"\x01"
    for side, line in re.findall(r"^([<>]) (\{.*\})$", example, re.M):
        if side == ">":
            data += pieces(line)
        elif '"disconnect"' in line:
            data += happens(DISCONNECT) + happens(TAKE)
    return data


SESSION = ('{"type":"session","id":"7","start":5,"state":"connected","user":"alice","client_address":"192.0.2.7:49152",'
           '"server_address":"192.0.2.1","tunnel_address4":"10.0.0.2","tunnel_address6":"2001:db8::2","tunnel_server4":"10.0.0.1",'
           '"interface":"tun0","caller":"laptop","bundle":"b","line_speed":64000,"counters":{"bytes_in":1,"bytes_out":2,'
           '"frames_in":3,"frames_out":4,"crc_errors":5,"timeout_errors":6,"alignment_errors":7,"hardware_overruns":8,'
           '"framing_errors":9,"buffer_overruns":10,"ratio_in":50,"ratio_out":60}}')
GONE = '{"type":"gone","id":"7","start":5,"reason":"idle","client_told":"no","counters":{"bytes_in":9},"counters_final":true}'
COUNTERS = '{"type":"counters","id":"7","start":5,"counters":{"bytes_in":9223372036854775807}}'


def reply(order, result):
    return f'{{"type":"reply","order":{order},"result":"{result}","text":"why"}}'


INPUTS = {
    "document": document(),
    "daemon": b"\x00" + pieces(SESSION) + pieces('{"type":"snapshot-end"}') + pieces(COUNTERS) + happens(DISCONNECT)
              + pieces(reply(1, "refused")) + happens(DISCONNECT) + pieces(reply(2, "accepted")) + pieces(GONE),
    "session": b"\x02" + pieces(SESSION) + happens(DISCONNECT) + pieces(reply(1, "no-such-session")) + pieces('{"type":"pong","n":1}'),
    "raw_name": b"\x06" + pieces('{"type":"session","id":"7","start":5,"user_raw":"61ff62"}')
                + pieces('{"type":"session","id":"8","start":5,"user":"a\\u0000b"}'),
    "late": b"\x00" + pieces(SESSION) + happens(DISCONNECT) + happens(TICK | 3) + happens(TICK | 10) + happens(TICK | 10)
            + pieces(reply(1, "accepted")) + pieces(GONE),
    "health": b"\x01" + pieces('{"type":"hello","version":1,"kind":"daemon","driver":"fuzz","instance":"main","device_type":"fuzz",'
                                '"capabilities":["keep-out"],"health":{"state":"down","text":"no socket"}}')
              + happens(FORGET) + pieces('{"type":"health","state":"degraded","text":"slow"}') + pieces(SESSION)
              + pieces('{"type":"snapshot-end"}') + happens(DISCONNECT) + pieces('{"type":"health","state":"down"}')
              + pieces(reply(1, "refused")) + pieces('{"type":"health","state":"ok"}') + pieces('{"type":"snapshot-end"}'),
    "keep_out": b"\x04" + happens(KEEP_OUT) + happens(KEEP_OUT | 6) + happens(TAKE)
                + pieces('{"type":"keep-out-reply","n":1,"result":"taken","text":"denied at log-on"}')
                + pieces('{"type":"keep-out-reply","n":2,"result":"refused","text":"why not"}')
                + pieces('{"type":"kept-out","n":1,"user":"alice","client_address":"192.0.2.7:49152"}')
                + pieces('{"type":"kept-out","n":2,"user_raw":"61ff62"}') + pieces('{"type":"snapshot-end"}') + pieces(SESSION)
                + pieces(reply(1, "refused")) + pieces(reply(2, "accepted")) + happens(LIFT) + happens(TICK | 60)
                + happens(TICK | 60) + happens(FORGET),
    "keep_out_session": b"\x02" + happens(KEEP_OUT) + pieces('{"type":"session","id":"7","start":5,"state":"authenticating"}')
                        + happens(KEEP_OUT | 1) + pieces(SESSION) + happens(KEEP_OUT | 2),
    "admission": b"\x04" + pieces('{"type":"admission-ask","n":7,"user":"alice","client_address":"192.0.2.7:49152"}')
                 + happens(ANSWER) + pieces('{"type":"admission-ask","n":8,"user_raw":"61ff62"}') + happens(ANSWER | 1)
                 + pieces('{"type":"admission-ask","n":9,"user":"bob"}') * 6 + happens(TAKE) + pieces('{"type":"snapshot-end"}')
                 + pieces(SESSION) + happens(ANSWER | 8) + pieces(reply(1, "refused")) + happens(ANSWER | 9) + happens(TAKE),
    "quarantine": b"\x00" + pieces('{"type":"hello","version":1,"kind":"daemon","driver":"fuzz","instance":"main","device_type":"fuzz",'
                                    '"capabilities":["message","quarantine"]}')
                  + pieces(SESSION.replace('"bundle"', '"quarantine":true,"bundle"')) + pieces('{"type":"snapshot-end"}')
                  + pieces('{"type":"session","id":"7","start":5,"quarantine":false}')
                  + pieces('{"type":"session","id":"7","start":5,"quarantine":1}'),
    "unknown": b"\x00" + pieces('{"type":"weather","list":[[[{"a":null}]],1.5,true]}') + pieces("{}"),
}

os.makedirs(DESTINATION, exist_ok=True)
for name, data in INPUTS.items():
    with open(os.path.join(DESTINATION, name), "wb") as f:
        f.write(data)
