"""The seeds of capture_file: a capture of each format, resolution, byte order and packing."""

import struct
import zlib

ETHERNET, RAW_IP = 1, 101
SYN = bytes.fromhex(
    "020000000001020000000002080045000028000040004006" "26ce" "0a0000010a000002"
    "9c40005000000001000000005002ffff00000000")


def pcap(frames, magic=0xA1B2C3D4, order="<", version=(2, 4), link_type=ETHERNET, extra=b"",
         unseen=10):
    """extra: what stands behind each record's header; unseen: bytes that the snap length cut."""
    begin = struct.pack(order + "IHHIIII", magic, *version, 0, 0, 65535, link_type)
    return begin + b"".join(
        struct.pack(order + "IIII", 1700000000 + number, 123456, len(frame), len(frame) + unseen)
        + extra + frame for number, frame in enumerate(frames))


class Pcapng:
    """A section, and what is added to it."""

    def __init__(self, order="<"):
        self.order = order
        self.octets = b""
        self.block(0x0A0D0D0A, self.pack("IHHq", 0x1A2B3C4D, 1, 0, -1))

    def pack(self, layout, *values):
        return struct.pack(self.order + layout, *values)

    def block(self, kind, body):
        body += bytes(-len(body) % 4)
        length = len(body) + 12
        self.octets += self.pack("II", kind, length) + body + self.pack("I", length)
        return self

    def option(self, code, value):
        return self.pack("HH", code, len(value)) + value + bytes(-len(value) % 4)

    def interface(self, link_type=ETHERNET, snap_length=0, options=b""):
        return self.block(1, self.pack("HHI", link_type, 0, snap_length) + options)

    def packet(self, frame=SYN, interface=0, ticks=1700000000123456, options=b""):
        frame_padded = frame + bytes(-len(frame) % 4)
        return self.block(6, self.pack("IIIII", interface, ticks >> 32, ticks & 0xFFFFFFFF,
                                       len(frame), len(frame)) + frame_padded + options)


def everything(order):
    file = Pcapng(order)
    file.interface(options=file.option(2, b"eth0") + file.option(9, b"\x09")
                   + file.option(14, file.pack("q", -100)) + file.option(0, b""))
    file.interface(RAW_IP, 40, file.option(9, b"\xa0"))
    file.packet(options=file.option(1, b"a comment"))
    file.packet(SYN[14:], 1)
    file.block(3, file.pack("I", len(SYN)) + SYN)
    file.block(2, file.pack("HHIIII", 1, 3, 1, 2, 40, 40) + SYN[14:])
    file.block(5, file.pack("III", 0, 1, 2) + file.option(5, file.pack("Q", 7)))
    file.block(0xBAD, b"custom data")
    return file.packet().octets


def gzip(octets):
    """Stored, so that no compressor's version shows in it."""
    stored = struct.pack("<BHH", 1, len(octets), len(octets) ^ 0xFFFF) + octets
    return (bytes.fromhex("1f8b08000000000000ff") + stored
            + struct.pack("<II", zlib.crc32(octets), len(octets)))


def zstd(octets):
    """One raw block, of 256 bytes and more."""
    length = len(octets)
    block = struct.pack("<I", length << 3 | 1)[:3] + octets
    return bytes.fromhex("28b52ffd60") + struct.pack("<H", length - 256) + block


def capture_seeds():
    """Path below corpus/ -> bytes."""
    frames = [SYN, SYN[:40], b""]
    long_enough = pcap([SYN] * 5)
    both = everything("<") + everything(">")
    no_frame = Pcapng()
    no_frame.interface()
    binary = Pcapng()
    files = {
        "pcap": pcap(frames),
        "pcap-aix": pcap(frames, order=">", version=(2, 2), link_type=6, unseen=0),
        "pcap-big-endian": pcap(frames, order=">"),
        "pcap-check-sequence": pcap(frames, link_type=0x44000001),
        "pcap-cut": pcap(frames)[:-5],
        "pcap-ixia": (pcap([], magic=0x1C0001AC) + struct.pack("<I", 70) + pcap([SYN])[24:]),
        "pcap-nanoseconds": pcap(frames, magic=0xA1B23C4D),
        "pcap-no-frame": pcap([]),
        "pcap-patched": pcap([SYN] * 3, magic=0xA1B2CD34, extra=bytes(8)),
        "pcap-patched-longer": pcap([SYN] * 3, magic=0xA1B2CD34, extra=bytes(12)),
        "pcap-version-2-3": pcap(frames, version=(2, 3)),
        "pcapng": everything("<"),
        "pcapng-big-endian": everything(">"),
        "pcapng-binary": binary.interface(options=binary.option(9, b"\xff")).packet().octets,
        "pcapng-no-frame": no_frame.octets,
        "pcapng-two-sections": both,
        "gzip": gzip(long_enough),
        "gzip-two-members": gzip(long_enough[:100]) + gzip(long_enough[100:]) + bytes(3),
        "zstd": zstd(long_enough),
        "zstd-two-frames": zstd(both[:400]) + bytes.fromhex("502a4d1804000000") + b"skip"
        + zstd(both[400:]),
    }
    return {f"capture_file/{name}": octets for name, octets in files.items()}
