"""Seeds of explanation: the frames of packet_decode, and connections that open, wrap and close."""

import struct

from packet_seeds import ethernet, packet_seeds, record

FIN, SYN, RST, PSH, ACK, URG, ECE, CWR = (1 << bit for bit in range(8))
AE = 1 << 8
OFFER = bytes.fromhex("020405b40402080a000000010000000001030307")
SACK = bytes.fromhex("0101050a0000000500000009")
ADDRESSES = (0x7F000001, 0x7F000002)
PORTS = (40000, 5555)


def checksum(octets):
    total = sum(struct.unpack(f">{(len(octets) + 1) // 2}H", octets + b"\0" * (len(octets) % 2)))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def segment(side, flags, seq, ack, options=b"", payload=b"", window=500, urgent=0, ecn=0):
    """One frame, right in every sum. side: 0 the client, 1 the server."""
    head = struct.pack(">HHIIHHHH", PORTS[side], PORTS[1 - side], seq % 2**32, ack % 2**32,
                       (20 + len(options)) // 4 << 12 | flags, window, 0, urgent)
    tcp = head + options + payload
    pseudo = struct.pack(">IIHH", ADDRESSES[side], ADDRESSES[1 - side], 6, len(tcp))
    tcp = tcp[:16] + struct.pack(">H", checksum(pseudo + tcp)) + tcp[18:]
    ip = struct.pack(">BBHHHBBHII", 0x45, ecn, 20 + len(tcp), 7, 0x4000, 64, 6, 0,
                     ADDRESSES[side], ADDRESSES[1 - side])
    ip = ip[:10] + struct.pack(">H", checksum(ip)) + ip[12:]
    return record(ethernet(ip + tcp))


def opened(isn=2**32 - 3, other=1000, options=OFFER, asks=0, agrees=0):
    return (segment(0, SYN | asks, isn, 0, options, window=64240)
            + segment(1, SYN | ACK | agrees, other, isn + 1, options, window=65535)
            + segment(0, ACK, isn + 1, other + 1))


def explanation_seeds():
    """Path below corpus/ -> bytes."""
    isn, other = 2**32 - 3, 1000
    data, end = isn + 1, isn + 6
    frames = {
        "closed": opened() + segment(0, PSH | ACK, data, other + 1, payload=b"hello")
                  + segment(1, ACK, other + 1, end) + segment(0, FIN | ACK, end, other + 1)
                  + segment(1, FIN | ACK, other + 1, end + 1)
                  + segment(0, ACK, end + 1, other + 2),
        "half-closed": opened() + segment(1, FIN | ACK, other + 1, data)
                       + segment(0, ACK, data, other + 2)
                       + segment(0, FIN | ACK, data, other + 2, payload=b"bye")
                       + segment(1, ACK, other + 2, data + 4),
        "both-close": opened() + segment(1, FIN | ACK, other + 1, data)
                      + segment(0, FIN | ACK, data, other + 1)
                      + segment(1, ACK, other + 2, data + 1)
                      + segment(0, ACK, data + 1, other + 2),
        "refused": segment(0, SYN, isn, 0, OFFER) + segment(1, RST | ACK, 0, isn + 1),
        "reset": opened() + segment(1, RST, other + 1, 0, window=0)
                 + segment(0, RST | ACK, data, other + 1),
        "repeated": opened() + 2 * segment(0, PSH | ACK, data, other + 1, payload=b"hello")
                    + segment(0, PSH | ACK, data + 9, other + 1, payload=b"late")
                    + 3 * segment(1, ACK, other + 1, data, SACK),
        "window": opened() + segment(1, ACK, other + 1, data, window=0)
                  + segment(0, ACK, data - 1, other + 1)
                  + segment(1, ACK, other + 1, data, window=0)
                  + segment(1, ACK, other + 1, data, window=500),
        "marked": opened(asks=ECE | CWR, agrees=ECE)
                  + segment(0, ACK, data, other + 1, payload=b"x" * 99, ecn=3)
                  + segment(1, ACK | ECE, other + 1, data + 99)
                  + segment(0, ACK | CWR, data + 99, other + 1, payload=b"y", ecn=2),
        "counted": opened(asks=AE | ECE | CWR, agrees=CWR)
                   + segment(0, ACK | AE | ECE, data, other + 1, payload=b"x" * 99, ecn=3)
                   + segment(1, ACK | AE | CWR, other + 1, data + 99),
        "urgent": opened() + segment(0, PSH | ACK | URG, data, other + 1, payload=b"stop",
                                     urgent=4),
        "simultaneous": segment(0, SYN, isn, 0, OFFER) + segment(1, SYN, other, 0, OFFER)
                        + segment(0, SYN | ACK, isn, other + 1, OFFER)
                        + segment(1, SYN | ACK, other, isn + 1, OFFER),
    }
    found = {f"explanation/{name}": octets for name, octets in frames.items()}
    for path, octets in packet_seeds().items():
        target, name = path.split("/")
        if target == "packet_decode":
            found[f"explanation/packet-{name}"] = octets
    return found
