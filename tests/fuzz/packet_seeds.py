"""Seeds of packet_decode, tcp_options and ip_fragments, written from what they mean."""

import struct

# Places in the target's link_types
ETHERNET, BSD_LOOPBACK, RAW, SLL, SLL2, PPP = 0, 3, 4, 5, 6, 7

TIMESTAMPS = bytes.fromhex("0101080a0000000100000002")
SYN_OPTIONS = bytes.fromhex("020405b40402080a000000010000000001030307")
OPTIONS = {
    "syn": SYN_OPTIONS,
    "timestamps": TIMESTAMPS,
    "sack": bytes.fromhex("0101051200000001000000020000000300000004"),
    "fast-open": bytes.fromhex("220a0102030405060708fe04f989"),
    "mptcp": bytes.fromhex("1e0c00810102030405060708"),
    "accecn": bytes.fromhex("ac0b000001000002000003ae02"),
    "md5-and-timeout": bytes.fromhex("1312") + bytes(16) + bytes.fromhex("1c048010"),
    "no-length": bytes.fromhex("0800"),
    "past-the-end": bytes.fromhex("050a00000001"),
    "end-in-the-middle": bytes.fromhex("00020405b4"),
}


def tcp(options=b"", payload=b"hello"):
    return struct.pack(">HHIIBBHHH", 40000, 5555, 100, 200, (20 + len(options)) // 4 << 4, 0x18,
                       500, 0, 0) + options + payload


def ipv4(content, protocol=6, fragment=0x4000, ident=7):
    return struct.pack(">BBHHHBBHII", 0x45, 0, 20 + len(content), ident, fragment, 64, protocol,
                       0, 0x0A000001, 0x0A000002) + content


def ipv6(content, next_header=6, length=None):
    return struct.pack(">IHBB", 6 << 28, len(content) if length is None else length, next_header,
                       64) + bytes(15) + b"\1" + bytes(15) + b"\2" + content


def ethernet(content, ethertype=0x0800):
    return bytes(12) + struct.pack(">H", ethertype) + content


def udp(content, port):
    return struct.pack(">HHHH", 50000, port, 8 + len(content), 0) + content


def record(frame, link=ETHERNET, snapped=0):
    return struct.pack(">BBH", link, snapped, len(frame)) + frame


def fragments(*parts):
    """Each part: who sends it, offset, length, whether more follow."""
    return b"".join(struct.pack(">BHH", who, offset | more, length)
                    for who, offset, length, more in parts)


FRAGMENTS = {
    "in-order": fragments((0, 0, 24, 1), (0, 24, 24, 1), (0, 48, 5, 0)),
    "last-first": fragments((0, 48, 5, 0), (0, 24, 24, 1), (0, 0, 24, 1)),
    "overlapping": fragments((1, 0, 40, 1), (1, 24, 40, 1), (1, 16, 64, 0)),
    "two-ends": fragments((0, 32, 16, 0), (0, 8, 21, 0), (0, 0, 8, 1), (0, 24, 8, 1)),
    "mixed": fragments((0, 0, 8, 1), (1, 8, 8, 0), (0, 8, 8, 0), (1, 0, 8, 1)),
    "longest": fragments((2, 65528, 7, 0), (2, 0, 32768, 1), (2, 32768, 32760, 1)),
    "too-long": fragments((2, 65528, 8, 0)),
    "odd-end": fragments((0, 0, 20, 1), (0, 16, 8, 0)),
}


def packet_seeds():
    """Path below corpus/ -> bytes."""
    segment = ipv4(tcp(TIMESTAMPS))
    whole = tcp(payload=b"x" * 60)
    frames = {
        "plain": record(ethernet(segment)) + record(ethernet(ipv4(tcp()))),
        "syn": record(ethernet(ipv4(tcp(SYN_OPTIONS, b"")))),
        "snapped": record(ethernet(segment)[:60], snapped=1),
        "vlans": record(ethernet(b"\0\5\x81\0\0\6\x08\0" + segment, 0x88A8)),
        "llc": record(ethernet(b"\xaa\xaa\3\0\0\0\x08\0" + segment, 8 + len(segment))),
        "mpls": record(ethernet(b"\0\1\0\x40\0\1\1\x40" + segment, 0x8847)),
        "pppoe": record(ethernet(b"\x11\0\0\7" + struct.pack(">HH", len(segment) + 2, 0x21)
                                 + segment, 0x8864)),
        "cooked": record(bytes(14) + b"\x08\0" + segment, SLL)
                  + record(b"\x08\0" + bytes(18) + segment, SLL2),
        "loopback": record(b"\2\0\0\0" + segment, BSD_LOOPBACK),
        "ppp": record(b"\xff\3\0\x21" + segment, PPP),
        "ipv6": record(ipv6(tcp(TIMESTAMPS)), RAW),
        "ipv6-extensions": record(ipv6(bytes.fromhex("3c00010400000000")
                                       + bytes.fromhex("2b00010400000000")
                                       + bytes.fromhex("0600000000000000") + tcp(), 0), RAW),
        "jumbo": record(ipv6(bytes.fromhex("0600c20400000021") + tcp(), 0, length=0), RAW),
        "fragments": record(ethernet(ipv4(whole[:24], fragment=0x2000)))
                     + record(ethernet(ipv4(whole[48:], fragment=6)))
                     + record(ethernet(ipv4(whole[16:48], fragment=0x2002)))
                     + record(ethernet(ipv4(whole[24:48], fragment=0x2003))),
        "ipv6-fragments": record(ipv6(bytes.fromhex("0600000100000009") + whole[:40], 44), RAW)
                          + record(ipv6(bytes.fromhex("0600002800000009") + whole[40:], 44), RAW),
        "ip-in-ip": record(ethernet(ipv4(segment, 4))) + record(ethernet(ipv4(ipv6(tcp()), 41))),
        "gre": record(ethernet(ipv4(bytes.fromhex("b0000800") + bytes(12) + segment, 47)))
               + record(ethernet(ipv4(bytes.fromhex("00006558") + ethernet(segment), 47))),
        "pptp": record(ethernet(ipv4(bytes.fromhex("3001880b0030000700000001") + b"\xff\3\0\x21"
                                     + segment, 47))),
        "vxlan": record(ethernet(ipv4(udp(b"\x08" + bytes(7) + ethernet(segment), 4789), 17))),
        "geneve": record(ethernet(ipv4(udp(b"\1\0\x65\x58" + bytes(8) + ethernet(segment), 6081),
                                       17))),
        "gtp": record(ethernet(ipv4(udp(b"\x34\xff" + bytes(9) + b"\x85\1\0\1\0" + segment, 2152),
                                    17))),
        "icmp": record(ethernet(ipv4(bytes.fromhex("0304000000000578") + segment, 1)))
                + record(ipv6(bytes.fromhex("0200000000000500") + ipv6(tcp()), 58), RAW),
        "super-segment": record(ethernet(segment[:2] + b"\0\0" + segment[4:])),
        "long-fragment": record(ethernet(ipv4(whole, fragment=0x1FFF))),
    }
    found = {f"packet_decode/{name}": octets for name, octets in frames.items()}
    found.update((f"tcp_options/{name}", octets) for name, octets in OPTIONS.items())
    found.update((f"ip_fragments/{name}", octets) for name, octets in FRAGMENTS.items())
    return found
