"""A hundred captures as an enemy would make them, by name. Each is bytes, and whether the file as a
whole is damaged (True: it cannot be read to its end; False: it can, whatever stands in it)."""

import gzip
import random
import struct

from frames import ACK, ETHERNET, ETHERNET_ADDRESSES, FIN, PSH, RST, SYN, segment

START = 1_700_000_000
CLIENT, SERVER = ("10.0.0.1", 40000), ("10.0.0.2", 80)
CLIENT6, SERVER6 = ("2001:db8::1", 40000), ("2001:db8::2", 80)
ESCAPES = b"\x1b[2J\x1b]0;owned\x07\x9b31m\r\n\xe2\x80\xae\xc2\x9b"
PCAP_HEADER_BYTES, RECORD_HEADER_BYTES = 24, 16


def talk():
    """The frames of one small connection."""
    return [
        segment(CLIENT, SERVER, SYN, 100),
        segment(SERVER, CLIENT, SYN | ACK, 900, 101),
        segment(CLIENT, SERVER, ACK, 101, 901),
        segment(CLIENT, SERVER, ACK | PSH, 101, 901, b"GET / " + ESCAPES),
        segment(SERVER, CLIENT, ACK | PSH, 901, 107 + len(ESCAPES), ESCAPES * 3),
        segment(CLIENT, SERVER, FIN | ACK, 107 + len(ESCAPES), 901 + 3 * len(ESCAPES)),
    ]


def record(frame, time=START, fraction=0, captured=None, original=None):
    captured = len(frame) if captured is None else captured
    return struct.pack("<IIII", time, fraction, captured,
                       captured if original is None else original) + frame


def pcap(frames, link=ETHERNET, snap=262144, version=(2, 4), magic=0xA1B2C3D4):
    header = struct.pack("<IHHiIII", magic, *version, 0, 0, snap, link)
    return header + b"".join(record(frame, START + n) for n, frame in enumerate(frames))


def pcap_of(*records, link=ETHERNET, snap=262144):
    return pcap([], link, snap) + b"".join(records)


def block(kind, body, order="<", length=None, trailer=None):
    body += bytes(-len(body) % 4)
    length = 12 + len(body) if length is None else length
    return (struct.pack(order + "II", kind, length & 0xFFFFFFFF) + body +
            struct.pack(order + "I", (length if trailer is None else trailer) & 0xFFFFFFFF))


def section(order="<", magic=0x1A2B3C4D, version=(1, 0), length=-1):
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", magic, *version, length), order)


def interface(link=ETHERNET, snap=0, options=b"", order="<"):
    return block(1, struct.pack(order + "HHI", link, 0, snap) + options, order)


def option(code, value, order="<", length=None):
    length = len(value) if length is None else length
    return struct.pack(order + "HH", code, length) + value + bytes(-len(value) % 4)


def enhanced(frame, which=0, ticks=START * 10**6, captured=None, order="<", options=b"", **lies):
    captured = len(frame) if captured is None else captured
    return block(6, struct.pack(order + "IIIII", which, ticks >> 32, ticks & 0xFFFFFFFF, captured,
                                captured) + frame + bytes(-len(frame) % 4) + options, order, **lies)


def pcapng(frames):
    return section() + interface() + b"".join(map(enhanced, frames))


def cut():
    """Name -> bytes: truncated anywhere."""
    whole, whole_ng, packed = pcap(talk()), pcapng(talk()), gzip.compress(pcap(talk() * 50))
    cases = {f"pcap-of-{size}-bytes": whole[:size] for size in
             (1, 3, 4, 10, 23, 25, 39, 40, 41, 93, len(whole) - 1)}
    cases.update({f"pcapng-of-{size}-bytes": whole_ng[:size] for size in
                  (5, 11, 27, 29, 47, 49, 60, 75, 100, len(whole_ng) - 1, len(whole_ng) - 4)})
    cases.update({f"gzip-of-{size}-bytes": packed[:size] for size in
                  (2, 9, 11, len(packed) // 2, len(packed) - 1)})
    return cases


def no_capture():
    return {
        "empty": b"",
        "text": b"not a capture at all\n" * 20,
        "zeros": bytes(4096),
        "ones": b"\xff" * 4096,
        "noise": random.Random(1).randbytes(4096),
        "gzip-of-noise": gzip.compress(random.Random(2).randbytes(4096)),
        "gzip-of-nothing": gzip.compress(b""),
        "zstd-magic-and-noise": b"\x28\xb5\x2f\xfd" + random.Random(3).randbytes(400),
    }


def lying_lengths():
    """pcap records that cannot be read."""
    frame = talk()[0]
    good = [record(one) for one in talk()]
    return {
        f"record-length-{lie:#x}": pcap_of(*good, record(frame, captured=lie), *good)
        for lie in (0xFFFFFFFF, 0x7FFFFFFF, 0x80000000, 0x10000000, 0xFFFFFFF0)
    }


def lying_blocks():
    """pcapng blocks that cannot be read."""
    frame, head = talk()[0], section() + interface()
    lengths = (0, 4, 8, 11, 13, 0x7FFFFFFF, 0xFFFFFFF0, 0xFFFFFFFC, 0xFFFFFFFF)
    cases = {f"block-length-{lie:#x}": head + enhanced(frame) + enhanced(frame, length=lie) +
             enhanced(frame) for lie in lengths}
    cases.update({
        "trailer-differs": head + enhanced(frame, trailer=64) + enhanced(frame),
        "captured-over-block": head + enhanced(frame, captured=5000),
        "captured-wraps": head + enhanced(frame, captured=0xFFFFFFFF),
        "no-such-interface": head + enhanced(frame, which=99),
        "packet-before-interface": section() + enhanced(frame) + interface(),
        "byte-order-lies": section(magic=0x12345678) + interface(),
        "version-lies": section(version=(9, 9)) + interface() + enhanced(frame),
    })
    return cases


def odd_files():
    """Strange, and readable to the end."""
    frame, head, good = talk()[0], section() + interface(), [record(one) for one in talk()]
    return {
        "header-alone": pcap([]),
        "unknown-link-type": pcap(talk(), link=60000),
        "snap-length-0": pcap(talk(), snap=0),
        "original-below-captured": pcap_of(record(frame, original=1), *good),
        "empty-records": pcap_of(*[record(b"")] * 50),
        "a-second-of-4-billion-microseconds": pcap_of(record(frame, fraction=0xFFFFFFFF), *good),
        "the-year-2106": pcap_of(*good, record(frame, time=0xFFFFFFFF), *good),
        "time-runs-backwards": pcap_of(*[record(one, START - n) for n, one in enumerate(talk())]),
        "section-alone": section(),
        "section-length-lies": section(length=7) + interface() + enhanced(frame),
        "both-byte-orders": head + enhanced(frame) + section(">") + interface(order=">") +
                            enhanced(frame, order=">"),
        "unknown-blocks": head + block(0x0BADBEEF, bytes(40)) + enhanced(frame) +
                          block(0x80000001, b"x"),
        "ticks-of-2-to-the-127": section() + interface(options=option(9, b"\xff")) +
                                 enhanced(frame, ticks=2**64 - 1),
        "ticks-of-10-to-the-127": section() + interface(options=option(9, b"\x7f")) +
                                  enhanced(frame, ticks=2**64 - 1),
        "seconds-that-overflow": section() + interface(options=option(9, b"\x00")) +
                                 enhanced(frame, ticks=0) + enhanced(talk()[1], ticks=2**63) +
                                 enhanced(talk()[2], ticks=2**64 - 1),
        "offset-of-all-time": section() + interface(options=option(14, struct.pack("<q", -2**63))) +
                              enhanced(frame) + interface(options=option(
                                  14, struct.pack("<q", 2**63 - 1))) +
                              enhanced(talk()[1], which=1) + enhanced(talk()[2]),
        "interface-name-with-escapes": section() + interface(options=option(2, ESCAPES)) +
                                       enhanced(frame),
    }


def ipv4(content, protocol=6, total=None, ihl=5, fragment=0x4000, identification=1):
    total = 20 + len(content) if total is None else total
    return ETHERNET_ADDRESSES + b"\x08\x00" + struct.pack(
        "!BBHHHBBH4s4s", 0x40 | ihl, 0, total & 0xFFFF, identification, fragment, 64, protocol, 0,
        bytes((10, 0, 0, 1)), bytes((10, 0, 0, 2))) + content


def ipv6(content, next_header, length=None):
    return ETHERNET_ADDRESSES + b"\x86\xdd" + struct.pack(
        "!IHBB", 6 << 28, len(content) if length is None else length, next_header,
        64) + bytes(15) + b"\1" + bytes(15) + b"\2" + content


def tcp(options=b"", offset=None, flags=SYN, payload=b""):
    offset = 5 + len(options) // 4 if offset is None else offset
    return struct.pack("!HHIIHHHH", 40000, 80, 100, 0, offset << 12 | flags, 500, 0,
                       0) + options + payload


def bad_headers():
    """Name -> frames whose headers lie."""
    inner = ipv4(tcp())[14:]
    return {
        "tcp-header-of-0": [ipv4(tcp(offset=0))],
        "tcp-header-of-16": [ipv4(tcp(offset=4))],
        "tcp-header-of-60": [ipv4(tcp(offset=15))],
        "ip-header-of-0": [ipv4(tcp(), ihl=0)],
        "ip-header-of-60": [ipv4(tcp(), ihl=15)],
        "ip-length-0": [ipv4(tcp(), total=0)],
        "ip-length-19": [ipv4(tcp(), total=19)],
        "ip-length-65535": [ipv4(tcp(), total=65535)],
        "ip-version-9": [ETHERNET_ADDRESSES + b"\x08\x00\x99" + bytes(60)],
        "tcp-option-of-0": [ipv4(tcp(b"\x08\x00\x00\x00"))],
        "tcp-option-of-1": [ipv4(tcp(b"\x05\x01\x01\x01"))],
        "tcp-option-past-the-end": [ipv4(tcp(b"\x05\x22\x00\x00"))],
        "tcp-options-of-every-kind": [ipv4(tcp(bytes((kind, 2, 1, 1)))) for kind in range(256)],
        "window-scale-255": [ipv4(tcp(b"\x01\x03\x03\xff"))] + talk()[1:],
        "endless-extension-headers": [ipv6(bytes(2) + bytes(8) * 180 + bytes(6), 0),
                                      ipv6((b"\x3c\0" + bytes(6)) * 180 + tcp(), 60)],
        "extension-header-past-the-end": [ipv6(b"\x06\xff" + bytes(6) + tcp(), 0)],
        "jumbogram-of-4-gigabytes": [ipv6(b"\x06\0\xc2\x04\xff\xff\xff\xff" + tcp(), 0, length=0)],
        "endless-vlan-tags": [ETHERNET_ADDRESSES + b"\x81\0\0\1" * 300 + b"\x08\0" + inner],
        "endless-mpls-labels": [ETHERNET_ADDRESSES + b"\x88\x47" + b"\0\1\0\x40" * 300 + inner],
        "endless-ip-in-ip": [nested(60)],
        "endless-gre": [nested(60, b"\0\0\x08\0", 47)],
        "pppoe-length-lies": [ETHERNET_ADDRESSES + b"\x88\x64\x11\0\0\1\xff\xff\0\x21" + inner],
        "icmp-quotes-itself": [ipv4(b"\3\4\0\0\0\0\5\x78" + ipv4(b"\3\4" + bytes(30), 1)[14:], 1),
                               ipv4(b"\3\4\0\0\0\0\5\x78" + inner[:21], 1)],
        "frames-of-every-length": [talk()[4][:length] for length in range(len(talk()[4]))],
    }


def nested(times, between=b"", protocol=4):
    frame = ipv4(tcp())[14:]
    for _ in range(times):
        frame = ipv4(between + frame, protocol)[14:]
    return ETHERNET_ADDRESSES + b"\x08\x00" + frame


def bad_fragments():
    whole = tcp(payload=bytes(range(64)))
    more = 0x2000
    return {
        "overlapping-fragments": [ipv4(whole[:40], fragment=more),
                                  ipv4(whole[16:48], fragment=more | 2),
                                  ipv4(whole[8:24], fragment=more | 1),
                                  ipv4(whole[48:], fragment=6)],
        "teardrop": [ipv4(whole[:32], fragment=more), ipv4(whole[24:28], fragment=3)],
        "fragments-past-64-kilobytes": [ipv4(whole, fragment=more), ipv4(whole, fragment=0x1FFF)],
        "fragments-of-nothing": [ipv4(b"", fragment=more), ipv4(b"", fragment=more | 5),
                                 ipv4(b"", fragment=0)],
        "fragments-that-never-end": [ipv4(whole[:24], fragment=more, identification=n % 65536)
                                     for n in range(70000)],
        "one-endless-datagram": [ipv4(whole[:8], fragment=more | n) for n in range(8190)],
    }


def bad_talk():
    """Name -> frames of connections as no program makes them."""
    draw = random.Random(7)
    opened = talk()[:3]
    return {
        "to-itself": [segment(CLIENT, CLIENT, flags, 5, 5) for flags in (SYN, SYN | ACK, ACK, FIN)],
        "port-0": [segment(("10.0.0.1", 0), ("10.0.0.2", 0), flags) for flags in (SYN, RST)],
        "all-flags": [segment(CLIENT, SERVER, flags, 7, 9, b"x") for flags in range(512)],
        "another-number-each-time": [segment(CLIENT, SERVER, SYN, draw.randrange(2**32))
                                     for _ in range(5000)],
        "numbers-from-anywhere": opened + [
            segment(CLIENT, SERVER, ACK, draw.randrange(2**32), draw.randrange(2**32), b"x" * 9)
            for _ in range(5000)],
        "every-other-byte": opened + [segment(CLIENT, SERVER, ACK, 101 + 2 * n, 901, b"x")
                                      for n in range(5000)],
        "blocks-that-lie": opened + [
            segment(SERVER, CLIENT, ACK, 901, 101, options=b"\1\1\5\x22" + draw.randbytes(32))
            for _ in range(500)],
        "a-storm-of-resets": opened + [segment(SERVER, CLIENT, RST, draw.randrange(2**32))
                                       for _ in range(500)],
        "fins-at-every-number": opened + [segment(CLIENT, SERVER, FIN | ACK, 101 + n, 901)
                                          for n in range(500)],
        "half-the-numbers-away": opened + [
            segment(CLIENT, SERVER, ACK, 101 + n * 0x7FFFFFFF, 901 + n * 0x80000000, b"x" * 99)
            for n in range(200)],
        "escapes-everywhere": talk() + [segment(CLIENT6, SERVER6, ACK, 1, 1, ESCAPES * 20)],
    }


def hostile_captures():
    """(name, bytes, damaged) each."""
    for cases in (cut(), no_capture(), lying_lengths(), lying_blocks()):
        for name, octets in cases.items():
            yield name, octets, True
    for name, octets in odd_files().items():
        yield name, octets, False
    for cases in (bad_headers(), bad_fragments(), bad_talk()):
        for name, frames in cases.items():
            yield name, pcap(frames), False


def syn_flood(path, connections):
    """A SYN each, from another end."""
    frame = bytearray(record(segment(CLIENT, SERVER, SYN, 1)))
    source = RECORD_HEADER_BYTES + len(ETHERNET_ADDRESSES) + 2 + 12
    with open(path, "wb") as file:
        file.write(pcap([]))
        pieces = []
        for number in range(connections):
            frame[source:source + 4] = (0x0B000000 + number).to_bytes(4, "big")
            frame[4:8] = (number % 1_000_000).to_bytes(4, "little")
            pieces.append(bytes(frame))
            if len(pieces) == 10000:
                file.write(b"".join(pieces))
                pieces.clear()
        file.write(b"".join(pieces))


def million_interfaces():
    return section() + interface() * 1_000_000 + enhanced(talk()[0], which=999_999)


def zeros_packed():
    """Sixty megabytes of empty records in some kilobytes."""
    return gzip.compress(pcap([]) + bytes(60_000_000), 1)
