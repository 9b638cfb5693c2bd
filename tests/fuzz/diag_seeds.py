"""Seeds of diag_message: answers of the kernel to sock_diag, written from what they mean."""

import struct

SOCKET, ERROR, DONE = 20, 2, 3
MULTI, INTERRUPTED = 2, 0x10
INET, INET6 = 2, 10
SEQUENCE = 0x77
LOOPBACK = bytes([127, 0, 0, 1])
MAPPED = bytes(10) + b"\xff\xff" + LOOPBACK


def message(kind, payload, flags=MULTI, sequence=SEQUENCE):
    octets = struct.pack("<IHHII", 16 + len(payload), kind, flags, sequence, 1234) + payload
    return octets + bytes(-len(octets) % 4)


def attribute(kind, payload):
    octets = struct.pack("<HH", 4 + len(payload), kind) + payload
    return octets + bytes(-len(octets) % 4)


def told(state, *attributes, family=INET, timer=(0, 0, 0), address=LOOPBACK):
    """timer: kind, tries, milliseconds."""
    address = address.ljust(16, b"\0")
    ends = struct.pack(">HH", 40000, 80) + address + address
    return (struct.pack("<BBBB", family, state, timer[0], timer[1]) + ends +
            struct.pack("<III", 0, 7, 0) + struct.pack("<IIIII", timer[2], 1, 2, 1000, 4711) +
            b"".join(attributes))


def diag_seeds():
    """Path below corpus/ -> bytes."""
    info = attribute(2, bytes(range(232)))
    congestion = attribute(4, b"cubic\0")
    done = message(DONE, struct.pack("<i", 0))
    found = {
        "dump": b"".join(message(SOCKET, told(state)) for state in range(1, 14)) + done,
        "info": message(SOCKET, told(1, info, congestion)) + done,
        "old-info": message(SOCKET, told(1, attribute(2, bytes(104)))),
        "timers": b"".join(message(SOCKET, told(4, timer=(kind, 3, 812))) for kind in range(6)),
        "ipv6": message(SOCKET, told(10, family=INET6, address=bytes(16))),
        "mapped": message(SOCKET, told(1, family=INET6, address=MAPPED)),
        "error": message(ERROR, struct.pack("<i", -2) + bytes(16), flags=0),
        "interrupted": message(SOCKET, told(6), flags=MULTI | INTERRUPTED) + done,
        "earlier": message(ERROR, struct.pack("<i", -2), sequence=SEQUENCE - 1) + done,
        "cut-short": message(SOCKET, told(1, info))[:200],
        "lying-attribute": message(SOCKET, told(1, struct.pack("<HH", 4000, 2))),
        "longest": b"\xff" * 106,
    }
    return {f"diag_message/{name}": octets for name, octets in found.items()}
