#!/usr/bin/env python3
"""Writes the fuzz targets' seeds from docs/protocol-vectors.tsv: tests/fuzz/make_seeds.py

Each vector becomes a file of its name in corpus/<target>/; those of session_pair are the scripts
below. Run it after the vectors changed, and commit what it wrote; with --check it only says whether
that was done (exit status 1: it was not).
"""

import sys
from pathlib import Path

from cable_seeds import cable_seeds
from capture_seeds import capture_seeds
from detail_seeds import detail_seeds
from diag_seeds import diag_seeds
from experiment_seeds import experiment_seeds
from explanation_seeds import explanation_seeds
from packet_seeds import packet_seeds
from stream_seeds import stream_seeds
from trace_path_seeds import trace_path_seeds

HERE = Path(__file__).resolve().parent
VECTORS = HERE.parent.parent / "docs" / "protocol-vectors.tsv"
HEADER_BYTES = 16

# Of session_pair: the numbers of its `happenings`, and who has a turn behind one.
CONNECT, RAW, SEND, MANY, SEND_ID, SKIP, ACK, ASK, ACK_HEARD, ACK_NEWEST, HELLO, JOIN = range(1, 13)
WATCH, BYE, HANG_UP, RESET, READ, BE_READ, OWE, WAIT, WAIT_MS, WAIT_LONG, SHUT_DOWN = range(13, 24)
ANN, BOB = 0, 0x20
SETTLE = 0xC0
CLASSIC, ON_THE_OTHER_WORKER = 1, 2
TO_ITSELF, TO_NAME, TO_ROOM, WITH_ID, LONG, LARGE = 0x40, 0x80, 0xA0, 0x10, 2, 3


def script(*steps, how=0, ann=0, bob=0):
    """Two connect; then each step: (who | what, parameters...), and all have their turns."""
    begin = [(ANN | CONNECT, ann), (BOB | CONNECT, bob)]
    octets = [octet for step in [*begin, *steps] for octet in (step[0] | SETTLE, *step[1:])]
    return bytes([how, *octets])


def scripts():
    """Name -> bytes."""
    said = [(ANN | RAW, len(octets), *octets) for _, sender, verdict, octets in vectors()
            if sender == "client" and verdict == "ok" and len(octets) < 256]
    far = {"how": 1, "bob": ON_THE_OTHER_WORKER}
    return {
        "acknowledged": script((ANN | MANY, 7), (BOB | ACK_HEARD, 2), (BOB | ACK_HEARD, 0)),
        "another-worker": script((ANN | MANY, 7), (BOB | ACK_HEARD, 0), **far),
        "any-ids": script((ANN | SEND_ID, 0, 9), (ANN | SEND_ID, 0, 9), (BOB | ACK, 1, 255)),
        "busy": script((BOB | READ, 0), *[(ANN | SEND, LARGE)] * 7, (BOB | READ, 255)),
        "bye": script((ANN | SEND, 0), (ANN | BYE,), (BOB | ACK_NEWEST,)),
        "classic": script((ANN | SEND, 0), (BOB | SEND, 0), (BOB | ASK, 2), bob=CLASSIC),
        "classic-out-of-rate": script((BOB | READ, 0), (ANN | MANY, 7), *[(BOB | ASK, 0)] * 25,
                                      how=4, bob=CLASSIC),
        "classic-slow": script((BOB | OWE, 99), (ANN | MANY, 7), (BOB | OWE, 1), (ANN | WAIT, 9),
                               bob=CLASSIC),
        "conversation": script(*said[:12]),
        "gap": script((ANN | SEND, 0), (ANN | SKIP, 3), (ANN | SEND, 0), (BOB | ACK_HEARD, 0)),
        "gone": script((ANN | MANY, 7), (BOB | RESET,), (BOB | CONNECT, 0), (ANN | SEND, 0), **far),
        "half-close": script((ANN | MANY, 7), (ANN | HANG_UP,), (BOB | ACK_HEARD, 0)),
        "late": script((ANN | SEND, WITH_ID), (ANN | WAIT, 110), (BOB | ACK_NEWEST,),
                       (ANN | SEND, WITH_ID)),
        "message-id": script((ANN | SEND, WITH_ID), (ANN | SEND, WITH_ID), (BOB | ACK_NEWEST,),
                             (BOB | SEND, WITH_ID), (ANN | WAIT_LONG, 61), (ANN | SEND, WITH_ID)),
        "names": script((ANN | HELLO, 4), (BOB | SEND, TO_NAME, 0), (BOB | HELLO, 4),
                        (ANN | ACK_NEWEST,), (ANN | HELLO, 5), (BOB | SEND, TO_NAME, 0)),
        "one-byte": script((ANN | BE_READ, 0), (ANN | SEND, LONG), (BOB | ACK_NEWEST,)),
        "rate": script((ANN | MANY, 7), (ANN | MANY, 7), (ANN | MANY, 7), (ANN | WAIT_MS, 50),
                       (ANN | ASK, 0), how=4),
        "requests": script(*[(ANN | ASK, which) for which in range(5)]),
        "room": script((ANN | JOIN, 0), (BOB | JOIN, 0), (ANN | SEND, TO_ROOM, 0),
                       (BOB | ACK_NEWEST,), (BOB | JOIN, 0x80), (ANN | SEND, TO_ROOM, 0), **far),
        "shutdown": script((ANN | SEND, 0), (ANN | SHUT_DOWN, 0x5A), (BOB | ACK_NEWEST,)),
        "silence": script((ANN | WAIT, 25), (BOB | ASK, 3), (ANN | WAIT, 25), how=2),
        "slow-reader": script((BOB | READ, 9), (ANN | MANY, 7), (BOB | READ, 4), (ANN | WAIT, 120)),
        "timeout": script((ANN | MANY, 3), (ANN | WAIT, 50), (ANN | SEND, 0), (ANN | WAIT, 120)),
        "to-itself": script((ANN | SEND, TO_ITSELF | LONG), (ANN | ACK_NEWEST,)),
        "watch": script((ANN | WATCH, 1), (BOB | HELLO, 4), (BOB | BYE,), (BOB | CONNECT, 0),
                        **far),
    }


def vectors():
    """(name, from, verdict, bytes) of each row."""
    for line in VECTORS.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, sender, verdict, octets, _ = line.split("\t")
            yield name, sender, verdict, bytes.fromhex("" if octets == "-" else octets)


def said(*pieces):
    """Of conversation: who spoke (0 the client, 1 the server) and what."""
    return b"".join(bytes([side]) + len(octets).to_bytes(2, "big") + octets
                    for side, octets in pieces)


def pieces(*segments):
    """Of dialogue: (what, where, how long, how much of it in 256ths)."""
    return b"".join(bytes([what]) + where.to_bytes(2, "big") + length.to_bytes(2, "big") +
                    bytes([captured]) for what, where, length, captured in segments)


def hello(kind, extensions):
    """A ClientHello (1) or ServerHello (2) with these extensions, in a record."""
    suites = b"\0\2\x13\1\1\0" if kind == 1 else b"\x13\1\0"
    body = b"\3\3" + bytes(32) + b"\0" + suites + len(extensions).to_bytes(2, "big") + extensions
    message = bytes([kind]) + len(body).to_bytes(3, "big") + body
    return b"\x16\3\1" + len(message).to_bytes(2, "big") + message


def conversation_seeds():
    """Path below corpus/ -> bytes."""
    relay = [(0 if sender == "client" else 1, octets) for _, sender, verdict, octets in vectors()
             if verdict == "ok" and sender in ("client", "server")]
    classic = [(0 if sender == "classic-client" else 1, octets)
               for _, sender, verdict, octets in vectors()
               if verdict == "ok" and sender.startswith("classic-") and len(octets) == 264]
    offer = (b"\0\0\0\x10\0\x0e\0\0\x0bexample.org" b"\0\x10\0\x0e\0\x0c\2h2\x08http/1.1")
    chosen = b"\0\x2b\0\2\3\4" b"\0\x10\0\5\0\3\2h2"
    return {
        "conversation/relay": said(*relay),
        "conversation/relay-broken": said(relay[0], (0, b"not a frame")),
        "conversation/classic": said((1, b"welcome".ljust(256, b"\0")), *classic),
        "conversation/classic-short-hello": said((1, b"hi\n"), *classic[:6]),
        "conversation/http": said((0, b"GET /index.html HTTP/1.1\r\nHost: example.org\r\n\r\n"),
                                  (1, b"HTTP/1.1 200 OK\r\n\r\nbody")),
        "conversation/tls": said((0, hello(1, offer)), (1, hello(2, chosen)),
                                 (1, b"\x14\3\3\0\1\1\x16\3\3\0\4abcd"),
                                 (0, b"\x17\3\3\0\2ab\x17\3\3\0\1c\x15\3\3\0\2\1\0")),
        "conversation/ssh": said((1, b"SSH-2.0-OpenSSH_9.2p1\r\n"), (0, b"SSH-2.0-x\r\n")),
        "conversation/mail": said((1, b"220 mail.example.org ESMTP\r\n"), (0, b"EHLO me\r\n")),
        "conversation/text": said((1, b"Hello, client!"), (0, b"Hello"), (1, b"quit")),
        "conversation/padded": said((0, b"hello\n"), (1, b"0hello".ljust(100, b"\0"))),
        "conversation/escapes": said((0, b"GET /\x1b[2J HTTP/1.1\r\nHost: \xe2\x80\xae\r\n\r\n")),
        "conversation/bytes": said((0, bytes(range(32))), (1, bytes(range(255, 220, -1)))),
        "dialogue/in-order": pieces((0, 1, 5, 0), (0, 6, 5, 0), (1, 1, 9, 0), (0, 11, 5, 0)),
        "dialogue/out-of-order": pieces((0, 1, 5, 0), (0, 21, 5, 0), (0, 11, 5, 0), (0, 6, 5, 0),
                                        (0, 16, 5, 0)),
        "dialogue/overlapping": pieces((0, 1, 5, 0), (0, 20, 9, 0), (0, 9, 3, 0), (0, 3, 40, 0),
                                       (0, 1, 60, 0)),
        "dialogue/snapped": pieces((0, 1, 100, 0), (2, 101, 100, 128), (0, 201, 100, 0)),
        "dialogue/ceiling": pieces((0, 1, 8000, 0), (0, 8100, 200, 0), (0, 8001, 99, 0)),
        "dialogue/before": pieces((0, 50, 10, 0), (4, 20, 100, 0), (0, 40, 40, 0)),
        "dialogue/syn": pieces((8, 0, 5, 0), (8, 0, 5, 0), (0, 6, 5, 0)),
    }


def expectation_seeds():
    line = (b'{"type":"connection","number":3,"start":1683201154.780366500,"duration":28.5,'
            b'"closing":{"kind":"orderly-4","first":"server"},"labels":{"zero-window":2},'
            b'"findings":[{"kind":"limit","frames":[7,9]},{"kind":"refused"}],"story":"a \\u001b"}')
    terms = {
        "several": b"closing.kind=orderly-4 closing.first!=client duration<29 number>2",
        "absent": b"labels.retransmission=0 opening.rtt<1 from_client.rtt.min>0",
        "elements": b"findings.kind=refused findings.frames!=8 findings.frames=9",
        "quoted": b'story="a b" client="192.0.2.1:40000"',
        "exact": b"start=1683201154.7803665 start<1683201154.780366501 number=03.0",
        "unknown-key": b"closing.kid=reset",
        "unknown-value": b"closing.kind=ordely-4",
        "no-value": b"number=",
    }
    found = {f"expectation/{name}": text + b"\n" + line for name, text in terms.items()}
    found["expectation/deep"] = b"number=1\n" + b"[" * 33 + b"]" * 33
    found["expectation/cut-short"] = terms["several"] + b"\n" + line[:-9]
    return found


def seeds():
    """Path below corpus/ -> bytes."""
    found = {}
    conversation = b""
    for name, sender, verdict, octets in vectors():
        if sender.startswith("classic-"):
            found[f"classic_decode/{name}"] = octets
            if octets[:1] == b"\x05":  # the text alone, too: the target takes it as a SEND
                found[f"classic_decode/{name}-text"] = octets[8:].rstrip(b"\0")
            continue
        if verdict.startswith("end-") or verdict in ("partial", "ok"):
            found[f"frame_decode/{name}"] = octets
        if len(octets) >= HEADER_BYTES and verdict != "partial":
            found[f"message_decode/{name}"] = octets
        if sender == "client" and verdict == "ok":
            conversation += octets
    found["frame_decode/conversation"] = conversation
    found.update((f"session_pair/{name}", octets) for name, octets in scripts().items())
    found.update(cable_seeds())
    found.update(packet_seeds())
    found.update(capture_seeds())
    found.update(conversation_seeds())
    found.update(trace_path_seeds())
    found.update(expectation_seeds())
    found.update(experiment_seeds())
    found.update(explanation_seeds())
    found.update(diag_seeds())
    found.update(detail_seeds(list(vectors())))
    found.update(stream_seeds(list(vectors())))
    return found


def main(arguments):
    wanted = seeds()
    corpus = HERE / "corpus"
    present = {
        path.relative_to(corpus).as_posix(): path.read_bytes()
        for target in ("cable", "frame_decode", "message_decode", "classic_decode", "session_pair",
                       "packet_decode", "tcp_options", "ip_fragments", "capture_file",
                       "conversation", "dialogue", "expectation", "explanation", "detail",
                       "diag_message", "experiment",
                       "stream_messages", "trace_path")
        for path in sorted((corpus / target).glob("*"))
    }
    if "--check" in arguments:
        stale = sorted(name for name in wanted if present.get(name) != wanted[name])
        for name in stale:
            print(f"tests/fuzz/corpus/{name}: not as the vectors say")
            print("    run tests/fuzz/make_seeds.py")
        return 1 if stale else 0
    for name, octets in wanted.items():
        path = corpus / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(octets)
    print(f"{len(wanted)} seeds written")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
