"""Seeds of trace_path: what happens to connections, eight bytes a segment, and frames of the seeds
of packet_decode."""

import struct

from packet_seeds import ethernet, ipv4, tcp

# The target's setups
TSHARK, COMPARE, KEEP, VERIFY, FEW, COLOUR, FRAMES = 1, 2, 4, 8, 16, 32, 128
TOLD = COMPARE | KEEP
# Places in its `steps`
SAME, MILLISECOND, LATER, SECONDS, MINUTE, HOURS, BACK, EPOCH, FAR, FIRST_EVER = \
    0, 5, 9, 10, 11, 12, 14, 17, 19, 20
FIN, SYN, RST, PSH, ACK, URG, ECE, CWR = (1 << bit for bit in range(8))
# Places in its `sequence_steps`
NEXT, BEFORE, AFTER, BACK_100, AHEAD_100, AHEAD_1000, BACK_1000, FAR_AHEAD = \
    0, 5, 6, 8, 9, 10, 11, 12
# Places in its `lengths` and `windows`
EMPTY, ONE, HUNDRED, LARGE = 0, 3, 7, 10
CLOSED = 3
TIMESTAMPS, SACK, MSS, SCALE, SACK_PERMITTED = 1, 2, 4, 8, 16
OFFER = MSS | SCALE | SACK_PERMITTED
SERVER, CONSTANT_ID, ONE_HOP, SAME_ID = 1, 8, 16, 32


def one(who, flags, time=MILLISECOND, seq=NEXT, ack=NEXT, length=EMPTY, window=0, options=0):
    return bytes([time, who, flags, seq, ack, length, window, options])


HANDSHAKE = (one(0, SYN, options=OFFER) + one(SERVER, SYN | ACK, options=OFFER) + one(0, ACK))
REQUEST = one(0, ACK | PSH, length=HUNDRED)
ANSWER = one(SERVER, ACK | PSH, length=LARGE)
FOUR = (one(0, FIN | ACK) + one(SERVER, ACK) + one(SERVER, FIN | ACK, SECONDS) + one(0, ACK))


def of_pair(number, segments):
    """The same between another pair of ports."""
    octets = bytearray(segments)
    for place in range(1, len(octets), 8):
        octets[place] |= number << 1
    return bytes(octets)


def scripts():
    """Name -> (setup, segments)."""
    talk = HANDSHAKE + REQUEST + ANSWER
    lost = one(SERVER, ACK, seq=AHEAD_1000, length=LARGE)
    asks = one(0, ACK, ack=BACK_1000, options=SACK) * 3
    return {
        "four": (TOLD, talk + FOUR),
        "three": (TOLD, talk + one(SERVER, FIN | ACK) + one(0, FIN | ACK) + one(SERVER, ACK)),
        "simultaneous-close": (TOLD, talk + one(0, FIN | ACK) + one(SERVER, FIN | ACK, ack=BEFORE) +
                               one(0, ACK) + one(SERVER, ACK)),
        "refused": (TOLD, one(0, SYN) + one(SERVER, RST | ACK)),
        "unanswered": (TOLD, one(0, SYN) + one(0, SYN, SECONDS) + one(0, SYN, SECONDS)),
        "half": (TOLD, one(0, SYN) + one(SERVER, SYN | ACK) + one(0, RST)),
        "simultaneous-open": (TOLD, one(0, SYN) + one(SERVER, SYN) + one(0, SYN | ACK) +
                              one(SERVER, SYN | ACK) + one(0, ACK)),
        "midstream": (TOLD, ANSWER + one(0, ACK) + REQUEST),
        "reset": (TOLD, talk + one(SERVER, RST) + one(0, ACK)),
        "challenged": (TOLD, talk + one(SERVER, RST, seq=AHEAD_100) + one(0, ACK) + REQUEST),
        "loss": (TOLD, talk + lost + asks + one(SERVER, ACK, seq=BACK_1000, length=LARGE) * 2 +
                 one(0, ACK) + FOUR),
        "timeouts": (TOLD, talk + one(SERVER, ACK, LATER, BACK_1000, length=LARGE) +
                     one(SERVER, ACK, SECONDS, BACK_1000, length=LARGE)),
        "closed-window": (TOLD, talk + one(0, ACK, window=CLOSED) +
                          (one(SERVER, ACK, LATER, BEFORE) + one(0, ACK, window=CLOSED)) * 3 +
                          one(0, ACK)),
        "keep-alives": (TOLD, talk + (one(0, ACK, HOURS, BEFORE) + one(SERVER, ACK)) * 3),
        "captured-twice": (TOLD, talk + REQUEST + one(SAME_ID | ONE_HOP, ACK | PSH, SAME,
                                                      BACK_100, length=HUNDRED)),
        "reuse": (TOLD, talk + FOUR + one(0, SYN, seq=AHEAD_1000) + one(SERVER, SYN | ACK) +
                  one(0, ACK)),
        "reboot": (TOLD, talk + one(0, SYN, seq=AHEAD_1000) + one(SERVER, ACK) + one(0, RST)),
        "few": (TOLD | FEW, b"".join(of_pair(pair, talk) for pair in range(4)) + FOUR),
        "as-tshark": (TSHARK | KEEP, talk + lost + asks + FOUR),
        "coloured": (TOLD | COLOUR, talk + FOUR),
        "clock": (TOLD, HANDSHAKE + one(0, ACK, BACK, length=ONE) +
                  one(SERVER, ACK, EPOCH) + one(0, ACK, FAR, length=ONE) +
                  one(SERVER, ACK, FIRST_EVER) + FOUR),
        "marked": (TOLD, one(0, SYN | ECE | CWR) + one(SERVER, SYN | ACK | ECE) + one(0, ACK) +
                   one(0, ACK | CWR | URG, length=ONE) + one(SERVER, ACK | ECE)),
    }


def trace_path_seeds():
    """Path below corpus/ -> bytes."""
    frame = ethernet(ipv4(tcp()))
    frames = b"".join(struct.pack(">BBH", MILLISECOND, snapped, len(frame)) + frame
                      for snapped in (0, 0, 9))
    found = {f"trace_path/{name}": bytes([setup]) + segments
             for name, (setup, segments) in scripts().items()}
    found["trace_path/frames"] = bytes([TOLD | FRAMES | VERIFY, 0]) + frames
    return found
