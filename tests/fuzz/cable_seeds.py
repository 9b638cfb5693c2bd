"""Seeds of the cable's fuzz target: stories in its letters, see cable_fuzz.c."""

SYN, ACK, FIN, RST, PUSH = 2, 16, 1, 4, 8
CLIENT, SERVER, IPV6, ECT, DONT_FRAGMENT = 0, 1, 2, 8, 16
DROP, HOLD, DELAY, SWAP, DUPLICATE, CORRUPT, MARK, CUT, FORGE = range(9)
ANY, IS_SYN, IS_SYN_ACK, IS_DATA, IS_ACK, IS_FIN, IS_RST, IS_PROBE = range(8)
EITHER = 2
DELAY_OF, JITTER_OF, RATE_OF, MTU_OF, LOSS_OF, DUPLICATES_OF, REORDERS_OF, CUT_OF = range(8)


def segment(how, flags, sequence=11, acknowledgment=11, payload=0):
    return bytes([ord("s"), how, flags, sequence, acknowledgment, payload])


def pattern(who, kind, ordinal=0, connection=0):
    return bytes([who | ordinal << 2 | connection << 6, kind])


def rule(action, which, other=b"\0\0", value=0, times=1, until=False):
    what = next(octet for octet in range(256)
                if octet % 9 == action and octet >> 4 & 3 == times and octet >> 7 == until)
    return b"u" + bytes([what]) + which + other + bytes([value])


def setting(field, value, host=CLIENT, more=0):
    return bytes([ord("e"), host | field << 1 | more << 4, value])


def time(ticks):
    return bytes([ord("t"), ticks, ord("a")])


OPENING = (segment(CLIENT, SYN, 10, 0) + time(20) + segment(SERVER, SYN | ACK, 10, 11) + time(20) +
           segment(CLIENT, ACK) + time(20))


def data(host, number, how=DONT_FRAGMENT):
    return segment(host | how, PUSH | ACK, 11 + 4 * (number - 1), 11, 5)


DATA = b"".join(data(CLIENT, number) for number in range(1, 6))
CLOSING = segment(CLIENT, FIN | ACK, 31) + segment(SERVER, FIN | ACK, 11, 32) + time(40)


def rules():
    """Name -> the rule."""
    return {
        "drop": rule(DROP, pattern(CLIENT, IS_DATA, 3)),
        "hold": rule(HOLD, pattern(CLIENT, IS_DATA, 2), pattern(SERVER, IS_FIN), until=True),
        "hold-for": rule(HOLD, pattern(CLIENT, IS_FIN), value=99),
        "delay": rule(DELAY, pattern(EITHER, ANY), value=7, times=3),
        "swap": rule(SWAP, pattern(CLIENT, IS_DATA, 2), pattern(CLIENT, IS_DATA, 3)),
        "duplicate": rule(DUPLICATE, pattern(CLIENT, IS_DATA)),
        "corrupt": rule(CORRUPT, pattern(EITHER, IS_ACK), value=3),
        "mark": rule(MARK, pattern(CLIENT, IS_DATA, 1)),
        "cut-after": rule(CUT, pattern(CLIENT, IS_DATA, 4)),
        "forge": rule(FORGE, pattern(CLIENT, IS_DATA, 2), value=RST | 0x40),
    }


def cable_seeds():
    """Path below corpus/ -> bytes."""
    delayed = setting(DELAY_OF, 20) + setting(DELAY_OF, 20, SERVER)
    chances = setting(LOSS_OF, 50) + setting(DUPLICATES_OF, 50) + setting(REORDERS_OF, 50, more=3)
    found = {
        "plain": b"\0" + OPENING + DATA + time(0) + CLOSING,
        "no-meanings": b"\1" + delayed + OPENING + DATA + CLOSING,
        "chance": b"\2" + delayed + setting(JITTER_OF, 9) + chances + OPENING + DATA * 3 + CLOSING,
        "rate": b"\4" + setting(RATE_OF, 8, more=2) + OPENING + DATA * 2 + time(99) + CLOSING,
        "mtu": b"\6" + OPENING + setting(MTU_OF, 8) + DATA + segment(IPV6, ACK, payload=9) +
               segment(CLIENT, ACK, payload=9) + time(9),
        "cut": b"\0" + delayed + OPENING + DATA + b"c" + DATA + b"o" + DATA + CLOSING,
        "one-way": b"\0" + OPENING + setting(CUT_OF, 1) + DATA + CLOSING + b"o" + DATA,
        "marked": b"\0" + rules()["mark"] + data(CLIENT, 1, ECT) + data(CLIENT, 1, ECT | IPV6),
        "raw": b"\0r\0\x18" + bytes.fromhex("4500001800000000400600000a4d00010a4d000200010002"),
        "again": b"\0" + OPENING + CLOSING + segment(CLIENT, SYN, 99, 0) + segment(SERVER, RST),
    }
    for name, octets in rules().items():
        found["rule-" + name] = b"\0" + delayed + octets + OPENING + DATA + time(50) + CLOSING
    found["rules"] = (b"\0" + delayed + b"".join(rules().values()) + OPENING + DATA + time(50) +
                      data(SERVER, 1) + CLOSING + b"o" + DATA)
    return {f"cable/{name}": octets for name, octets in found.items()}
