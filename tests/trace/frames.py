"""TCP segments as bytes, and the capture files that hold them. Much faster than scapy, which the
captures that need tunnels, fragments and odd links use: hundreds of thousands are made here."""

import ipaddress
import struct

FIN, SYN, RST, PSH, ACK, URG, ECE, CWR, AE = (1 << bit for bit in range(9))
ETHERNET = 1
RAW_IP = 101

ETHERNET_ADDRESSES = bytes.fromhex("020000000002 020000000001".replace(" ", ""))


def segment(source, destination, flags, sequence=0, acknowledgment=0, payload=b"", window=1000,
            options=b"", identification=0):
    """source, destination: (address, port). Checksums are 0, as before a card fills them in."""
    options += bytes(-len(options) % 4)
    header = struct.pack(
        "!HHIIHHHH", source[1], destination[1], sequence & 0xFFFFFFFF, acknowledgment & 0xFFFFFFFF,
        (20 + len(options)) // 4 << 12 | flags, window, 0, 0) + options
    return ip_frame(source[0], destination[0], header + payload, identification)


def ip_frame(source, destination, content, identification=0):
    source, destination = packed(source), packed(destination)
    if len(source) == 4:
        header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(content), identification, 0x4000,
                             64, 6, 0, source, destination)
        return ETHERNET_ADDRESSES + b"\x08\x00" + header + content
    header = struct.pack("!IHBB16s16s", 6 << 28, len(content), 6, 64, source, destination)
    return ETHERNET_ADDRESSES + b"\x86\xdd" + header + content


_packed = {}


def packed(address):
    if address not in _packed:
        _packed[address] = ipaddress.ip_address(address).packed
    return _packed[address]


def window_scale(shift):
    return bytes([1, 3, 3, shift])


def timestamps(value, echo):
    return struct.pack("!BBBBII", 1, 1, 8, 10, value & 0xFFFFFFFF, echo & 0xFFFFFFFF)


def sack(*blocks):
    body = b"".join(struct.pack("!II", left & 0xFFFFFFFF, right & 0xFFFFFFFF)
                    for left, right in blocks)
    return bytes([1, 1, 5, 2 + len(body)]) + body


def write_pcap(path, frames, link_type=ETHERNET, snap_length=0):
    """frames: (time in nanoseconds, bytes) each."""
    snap_length = snap_length or 262144
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, link_type))
        for time, frame in frames:
            seconds, nanoseconds = divmod(time, 1_000_000_000)
            captured = frame[:snap_length]
            file.write(struct.pack("<IIII", seconds, nanoseconds, len(captured), len(frame)))
            file.write(captured)
