#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write the first inputs of fuzz_pppd_message: what rrasd says to a session driver, in its layout."""
import os

DESTINATION = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus", "pppd_message")


def pieces(*lines):
    data = b"".join(line.encode() + b"\n" for line in lines)
    return b"".join(bytes([len(data[i:i + 255])]) + data[i:i + 255] for i in range(0, len(data), 255))


INPUTS = {
    "welcome": pieces('{"type":"welcome","version":1,"server":"rrasd 0.1.0","counters_interval_ms":10000}', '{"type":"stats"}',
                      '{"type":"ping","n":7}'),
    "disconnect": pieces('{"type":"disconnect","order":1,"id":"4711:0","start":1764084000,"hard":false,"reason":"a \\"\\u00e4\\ud83d\\ude00",'
                         '"deadline_ms":10000}'),
    "keep_out": pieces('{"type":"keep-out","n":7,"user":"alice","until":99,"reason":"Monday"}', '{"type":"keep-out","n":8,"user_raw":"61ff00","until":99}',
                       '{"type":"keep-out-end"}', '{"type":"keep-out-lift","n":7}'),
    "admission": pieces('{"type":"welcome","version":1,"admission":true}', '{"type":"admission","n":1,"result":"refuse","text":"no"}',
                        '{"type":"admission","n":2,"result":"permit"}'),
    "errand": pieces('{"type":"quarantine","order":1,"id":"4711:0","start":1764084000,"on":true}',
                     '{"type":"message","order":2,"id":"4711:0","start":1764084000,"text":"down at \\u0038\\n"}',
                     '{"type":"quarantine","order":3,"id":"4711:0","start":1764084000,"on":false}'),
    "unknown": pieces('{"type":"later","x":[1,-2.5e+3,{"n":[]},{},true,false,null]}'),
    "error": pieces('{"type":"error","code":"busy","text":"another one"}', '{"type":"refused","id":"7","code":"no-port","text":"full"}'),
}

if __name__ == "__main__":
    os.makedirs(DESTINATION, exist_ok=True)
    for name, data in INPUTS.items():
        with open(os.path.join(DESTINATION, name), "wb") as f:
            f.write(data)
