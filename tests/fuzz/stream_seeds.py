"""Seeds for stream_messages_fuzz.c: connections that speak the relay's two dialects, cut, repeated
and out of order."""

import struct

SERVER, SYN, FIN, RST, ACK, CUT, GOES_ON, FAR = (1 << bit for bit in range(8))


def segment(how, sequence, acknowledgment, octets=b""):
    return struct.pack(">BHHH", how, sequence, acknowledgment, len(octets)) + octets


def opening():
    return segment(SYN, 0, 0) + segment(SERVER | SYN | ACK, 0, 1) + segment(ACK, 1, 1)


def say(octets, side=0):
    return segment(side | ACK | GOES_ON, 0, 1, octets)


def classic(type_, text=b""):
    return struct.pack("<q256s", type_, text)


def stream_seeds(vectors):
    """vectors: (name, sender, verdict, octets) of docs/protocol-vectors.tsv."""
    client = b"".join(octets for _, sender, verdict, octets in vectors
                      if sender == "client" and verdict in ("ok", "accepted", "malformed"))
    server = b"".join(octets for _, sender, verdict, octets in vectors
                      if sender == "server" and verdict in ("ok", "accepted"))
    one = next(octets for name, sender, verdict, octets in vectors
               if sender == "client" and verdict == "ok" and len(octets) > 40)
    classics = [classic(2), classic(3), classic(4), classic(5, b"127.0.0.1,51402,hello"),
                classic(9), classic(1)]
    answers = [classic(2, b"1795215600"), classic(3, b"host"),
               classic(4, b"3,50030,127.0.0.1;4,51402,::1;"), classic(5, b"delivered")]
    hello = b"welcome".ljust(256, b"\0")
    seeds = {
        "relay": opening() + say(server, SERVER) + say(client),
        "relay-in-pieces": opening() + b"".join(
            say(server[at:at + 7], SERVER) + say(client[at:at + 7])
            for at in range(0, 700, 7)),
        "relay-out-of-order": opening() + b"".join(
            segment(ACK, 1 + at, 1, client[at:at + 50])
            for low in range(0, 600, 100) for at in (low + 50, low)),
        "relay-repeated": opening() + say(client[:300]) + segment(ACK, 1, 1, client[:200])
        + segment(ACK, 101, 1, client[100:400]),
        "relay-gap": opening() + say(client[:100]) + segment(ACK, 301, 1, client[300:400])
        + segment(SERVER | ACK, 1, 500) + segment(ACK, 501, 1, one) + say(one),
        "relay-cut": opening() + segment(ACK | CUT | GOES_ON, 0, 1, one * 3) + say(one),
        "relay-from-the-middle": segment(ACK, 700, 900, one)
        + segment(SERVER | ACK, 900, 760, server) + segment(ACK, 600, 900, one),
        "classic": opening() + say(hello, SERVER) + b"".join(
            say(asked) + say(answered, SERVER) for asked, answered in zip(classics, answers))
        + say(classics[4]) + say(classics[5]),
        "classic-in-pieces": opening() + say(hello[:30], SERVER)
        + say(hello[30:], SERVER) + b"".join(
            say(asked[:100]) + say(asked[100:]) + say(answered[:5], SERVER)
            + say(answered[5:], SERVER) for asked, answered in zip(classics, answers)),
        "classic-gap": opening() + say(b"hi\n", SERVER) + say(classics[0])
        + segment(ACK, 1 + 264 + 100, 1, (classics[1] + classics[2])[100:])
        + segment(SERVER | ACK, 4, 793, answers[0]) + say(classics[3]),
        "text": opening() + say("Gr\u00fc\u00dfe, \u4e2d\u6587\r\n".encode()[:9])
        + say("Gr\u00fc\u00dfe, \u4e2d\u6587\r\n".encode()[9:]) + segment(ACK | FIN | GOES_ON, 0, 1)
        + say(b"\x1b[31m" + bytes(20) + b"\xff\xe4\xb8", SERVER)
        + segment(SERVER | RST, 40, 40, b"x"),
        "far-away": opening() + say(client[:50]) + segment(ACK | FAR, 40000, 1, client[:50])
        + segment(ACK | FAR, 40010, 1, client[50:90]) + segment(SERVER | ACK, 1, 65535),
    }
    return {f"stream_messages/{name}": octets for name, octets in seeds.items()}
