"""Captures with everything between a frame's first byte and its TCP header that tshark and wiretale
both claim to read. One function a case, its name the claim; each is given a pair of ends of its
own, so that all cases of a link type stand in one file and tshark is started once for them."""

import collections
import logging
import random
import struct

logging.getLogger("scapy").setLevel(logging.ERROR)

from scapy.layers.inet import GRE, ICMP, IP, TCP, UDP, IPOption_NOP, fragment  # noqa: E402
from scapy.layers.inet6 import (  # noqa: E402
    ICMPv6DestUnreach, ICMPv6PacketTooBig, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment,
    IPv6ExtHdrHopByHop, IPv6ExtHdrRouting, PadN, fragment6)
from scapy.layers.l2 import CookedLinux, Dot1AD, Dot1Q, Ether  # noqa: E402
from scapy.contrib.mpls import MPLS  # noqa: E402
from scapy.layers.ppp import PPP, PPPoE  # noqa: E402
from scapy.layers.vxlan import VXLAN  # noqa: E402
from scapy.packet import Raw  # noqa: E402

import frames  # noqa: E402

LINKTYPE_NULL, LINKTYPE_ETHERNET, LINKTYPE_PPP, LINKTYPE_RAW = 0, 1, 9, 101
LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2 = 113, 276

START = 1_700_000_000_123_456_789
MACS = {"src": "02:00:00:00:00:01", "dst": "02:00:00:00:00:02"}
OFFER = [("MSS", 1460), ("NOP", None), ("WScale", 7), ("SAckOK", b""), ("Timestamp", (1, 0)),
         ("EOL", None)]


class Pair:
    """Two ends, and the segments between them as scapy's layers from IP upward."""

    def __init__(self, number, version=4):
        self.version = version
        if version == 4:
            self.ends = (f"10.1.{number >> 8}.{number & 255}", f"10.2.{number >> 8}.{number & 255}")
        else:
            self.ends = (f"2001:db8::1:{number:x}", f"2001:db8::2:{number:x}")
        self.ports = 20000 + number, 7777

    def ip(self, side, **fields):
        layer = IP if self.version == 4 else IPv6
        return layer(src=self.ends[side], dst=self.ends[1 - side], **fields)

    def tcp(self, side, flags, sequence, acknowledgment=0, data=b"", options=(), **fields):
        header = TCP(sport=self.ports[side], dport=self.ports[1 - side], flags=flags,
                     seq=sequence % 2**32, ack=acknowledgment % 2**32, options=list(options),
                     **{"window": 500, **fields})
        return header / Raw(data) if data else header

    def segment(self, side, flags, sequence, acknowledgment=0, data=b"", options=(), **fields):
        return self.ip(side) / self.tcp(side, flags, sequence, acknowledgment, data, options,
                                        **fields)

    def conversation(self):
        """Opening, a question, an answer sent twice, a close: eleven segments."""
        question, answer = b"question", b"answer" * 20
        c, s = 1000, 2**32 - 50
        return [
            self.segment(0, "S", c, options=OFFER),
            self.segment(1, "SA", s, c + 1, options=OFFER),
            self.segment(0, "A", c + 1, s + 1),
            self.segment(0, "PA", c + 1, s + 1, question),
            self.segment(1, "A", s + 1, c + 9),
            self.segment(1, "PA", s + 1, c + 9, answer),
            self.segment(1, "PA", s + 1, c + 9, answer),
            self.segment(0, "A", c + 9, s + 121),
            self.segment(0, "FA", c + 9, s + 121),
            self.segment(1, "FA", s + 121, c + 10),
            self.segment(0, "A", c + 10, s + 122),
        ]


def on_ethernet(packets):
    return [Ether(**MACS) / packet for packet in packets]


def plain(pair):
    return on_ethernet(pair.conversation())


def ethernet_padding_is_no_payload(pair):
    return [Ether(bytes(frame).ljust(60, b"\x00")) for frame in on_ethernet(pair.conversation())]


def a_trailer_is_no_payload(pair):
    return [Raw(bytes(frame) + b"trailer") for frame in on_ethernet(pair.conversation())]


def vlan(pair):
    return [Ether(**MACS) / Dot1Q(vlan=7) / packet for packet in pair.conversation()]


def vlans_do_not_part_a_stream(pair):
    return [Ether(**MACS) / Dot1Q(vlan=7 + number % 2) / packet
            for number, packet in enumerate(pair.conversation())]


def vlan_in_vlan(pair):
    return [Ether(**MACS) / Dot1AD(vlan=5) / Dot1Q(vlan=7) / packet
            for packet in pair.conversation()]


def mpls(pair):
    return [Ether(**MACS) / MPLS(label=100, s=0) / MPLS(label=200, s=1) / packet
            for packet in pair.conversation()]


def pppoe(pair):
    return [Ether(**MACS) / PPPoE(sessionid=1) / PPP() / packet for packet in pair.conversation()]


def ip_options(pair):
    return on_ethernet(pair.ip(0, options=[IPOption_NOP()] * 8) / packet.payload
                       if packet.src == pair.ends[0] else packet for packet in pair.conversation())


def outer():
    return Ether(**MACS) / IP(src="192.0.2.1", dst="192.0.2.2")


def ip_in_ip(pair):
    return [outer() / packet for packet in pair.conversation()]


def gre(pair):
    return [outer() / GRE() / packet for packet in pair.conversation()]


def gre_with_key_and_sequence(pair):
    return [outer() / GRE(key_present=1, key=5, seqnum_present=1, sequence_number=number) / packet
            for number, packet in enumerate(pair.conversation())]


def vxlan(pair):
    return [outer() / UDP(sport=5555, dport=4789) / VXLAN(vni=9) / Ether(**MACS) / packet
            for packet in pair.conversation()]


def a_tunnel_does_not_part_a_stream(pair):
    return [outer() / GRE() / packet if number % 3 == 0 else Ether(**MACS) / packet
            for number, packet in enumerate(pair.conversation())]


def fragments(pair):
    data = bytes(range(256)) * 5
    whole = pair.segment(0, "PA", 1009, 2**32 + 71, data)
    whole.id = 77
    packets = pair.conversation()[:8]
    return on_ethernet([*packets, *fragment(whole, fragsize=400),
                        pair.segment(1, "A", 71, 1009 + len(data))])


def fragments_backwards(pair):
    data = bytes(range(256)) * 5
    whole = pair.segment(0, "PA", 1009, 2**32 + 71, data)
    whole.id = 78
    return on_ethernet([*pair.conversation()[:8], *fragment(whole, fragsize=400)[::-1],
                        pair.segment(1, "A", 71, 1009 + len(data))])


def a_fragment_is_missing(pair):
    data = bytes(range(256)) * 5
    whole = pair.segment(0, "PA", 1009, 2**32 + 71, data)
    whole.id = 79
    pieces = fragment(whole, fragsize=400)
    return on_ethernet([*pair.conversation()[:8], pieces[0], pieces[2],
                        pair.segment(1, "A", 71, 1009)])


def an_error_quotes_the_whole_header(pair):
    syn = pair.segment(0, "S", 1000)
    error = IP(src="192.0.2.9", dst=pair.ends[0]) / ICMP(type=3, code=1) / Raw(bytes(syn))
    return on_ethernet([syn, error, pair.segment(0, "S", 1000)])


def an_error_quotes_eight_bytes(pair):
    syn = pair.segment(0, "S", 1000)
    error = IP(src="192.0.2.9", dst=pair.ends[0]) / ICMP(type=3, code=1) / Raw(bytes(syn)[:28])
    return on_ethernet([error, syn, error])


def an_error_quotes_what_the_file_lacks(pair):
    quote = bytes(pair.segment(0, "PA", 1000, 5, b"never seen"))
    return on_ethernet([IP(src="192.0.2.9", dst=pair.ends[0]) / ICMP(type=3, code=4, nexthopmtu=900)
                        / Raw(quote)])


def an_error_quotes_a_new_opening(pair):
    """The stream changes: what follows belongs to the one that the quote opened."""
    quote = bytes(pair.segment(0, "S", 9000))
    error = IP(src="192.0.2.9", dst=pair.ends[0]) / ICMP(type=11, code=0) / Raw(quote)
    packets = pair.conversation()
    return on_ethernet([*packets[:4], error, *packets[4:]])


def a_header_longer_than_its_segment(pair):
    return on_ethernet([pair.segment(0, "S", 1000, dataofs=8), pair.segment(0, "S", 5000),
                        pair.segment(1, "SA", 1, 5001)])


def a_header_that_says_it_is_shorter_than_one_can_be(pair):
    """Shown by neither, but tshark remembers it: what follows is judged by it."""
    packets = pair.conversation()
    for offset in range(5):
        packets.insert(5, pair.segment(0, "PA", 1009 + 24 * offset, 2**32 - 49, b"abcd",
                                       dataofs=offset))
    return on_ethernet(packets)


def a_segment_shorter_than_a_header(pair):
    packets = []
    for length in (4, 12, 15, 16, 18, 19):
        packet = pair.segment(0, "S", 1000)
        packet.len = 20 + length
        packets.append(packet)
    return on_ethernet([*packets, pair.segment(0, "S", 3000)])


def the_length_field_is_left_to_the_card(pair):
    packets = pair.conversation()
    for packet in packets[3:7]:
        packet.len = 0
    return on_ethernet(packets)


def a_length_beyond_the_frame(pair):
    packets = pair.conversation()
    packets[3].len = 1000
    return on_ethernet(packets)


def odd_options(pair):
    lists = (
        b"\x02\x04\x05\xb4\x02\x04\x01\x00", b"\x03\x03\x07\x01\x03\x03\x02\x01",
        b"\x03\x03\xff\x00", b"\x03\x04\x07\x00", b"\x03\x02\x00\x00", b"\x03\x00\x07\x00",
        b"\x00\x03\x03\x07", b"\x05\x0a\x00\x00\x00\x01\x00\x00\x00\x02\x01\x01",
        b"\x05\x0b\x00\x00\x00\x01\x00\x00\x00\x02\x00\x01", b"\x08\x0a\x00\x00\x00\x01",
        b"\x08\x09\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00", b"\x01" * 40, b"\xfd\x04\xf9\x89",
        b"\x22\x0a12345678\x01\x01", b"\x13\x12" + bytes(16) + b"\x01\x01", b"\x1e\x0c" + bytes(10),
        b"\xac\x08\x01\x02\x03\x04\x05\x06", b"\x1c\x04\x80\x05", b"\x04\x03\x00\x01")
    packets = []
    for number, options in enumerate(lists):
        ends = tuple(reversed([(pair.ends[side], pair.ports[side] + 100 * number)
                               for side in (1, 0)]))
        packets += [
            Raw(frames.segment(ends[0], ends[1], frames.SYN, 1000, 0, options=options)),
            Raw(frames.segment(ends[1], ends[0], frames.SYN | frames.ACK, 7000, 1001,
                               options=options)),
            Raw(frames.segment(ends[0], ends[1], frames.ACK, 1001, 7001, options=options)),
            Raw(frames.segment(ends[1], ends[0], frames.ACK, 7001, 1001, b"1234",
                               options=options))]
    return packets


def to_itself(pair):
    me = (pair.ends[0], 4444)
    return [Raw(frames.segment(me, me, flags, sequence, acknowledgment, data))
            for flags, sequence, acknowledgment, data in (
                (frames.SYN, 1000, 0, b""), (frames.SYN | frames.ACK, 1000, 1001, b""),
                (frames.ACK, 1001, 1001, b""), (frames.ACK, 1001, 1001, b"hello"),
                (frames.ACK, 1006, 1006, b""), (frames.ACK, 1006, 1006, b""))]


def every_flag(pair):
    packets = []
    for flags in range(0x200):
        ends = [(pair.ends[0], 1024 + flags), (pair.ends[1], 80)]
        packets += [Raw(frames.segment(ends[0], ends[1], flags, 1000, 50, b"ab")),
                    Raw(frames.segment(ends[1], ends[0], flags, 50, 1002)),
                    Raw(frames.segment(ends[0], ends[1], flags, 1002, 50))]
    return packets


def port_zero(pair):
    pair.ports = 0, 0
    return on_ethernet(pair.conversation())


def v6_extension_headers(pair):
    packets = []
    for number, packet in enumerate(pair.conversation()):
        side = 0 if packet.src == pair.ends[0] else 1
        between = (IPv6ExtHdrHopByHop(options=[PadN(optdata=b"1234")]),
                   IPv6ExtHdrDestOpt(options=[PadN(optdata=b"12")]),
                   IPv6ExtHdrHopByHop() / IPv6ExtHdrDestOpt() / IPv6ExtHdrDestOpt(),
                   IPv6ExtHdrRouting(addresses=[], segleft=0))[number % 4]
        packets.append(pair.ip(side) / between / packet.payload)
    return on_ethernet(packets)


def v6_fragments(pair):
    data = bytes(range(256)) * 5
    whole = pair.ip(0) / IPv6ExtHdrFragment(id=5) / pair.tcp(0, "PA", 1009, 2**32 + 71, data)
    return on_ethernet([*pair.conversation()[:8], *fragment6(whole, 500),
                        pair.segment(1, "A", 71, 1009 + len(data))])


def v6_fragment_of_one_piece(pair):
    return on_ethernet(
        pair.ip(0) / IPv6ExtHdrFragment(id=6) / packet.payload if packet.src == pair.ends[0]
        else packet for packet in pair.conversation())


def v6_in_v4(pair):
    return [outer() / packet for packet in pair.conversation()]


def v6_errors(pair):
    syn = pair.segment(0, "S", 1000)
    return on_ethernet([
        syn, IPv6(src="2001:db8::9", dst=pair.ends[0]) / ICMPv6DestUnreach() / Raw(bytes(syn)),
        IPv6(src="2001:db8::9", dst=pair.ends[0]) / ICMPv6PacketTooBig()
        / Raw(bytes(pair.segment(0, "S", 2000))), pair.segment(0, "S", 1000)])


def tcp_in_openflow(pair):
    """A packet-in: the switch shows its controller a frame, and tshark opens streams for those."""
    made = []
    sequence = 1000
    for number, packet in enumerate(Pair(700).conversation()):
        inner = bytes(Ether(**MACS) / packet)
        message = struct.pack("!BBHIIHHBB", 1, 10, 18 + len(inner), number, 0xFFFFFFFF, len(inner),
                              1, 0, 0) + inner
        header = pair.tcp(0, "PA", sequence, 1, message)
        header.dport = 6633
        made.append(bytes(Ether(**MACS) / pair.ip(0) / header))
        sequence += len(message)
    return made + [bytes(packet) for packet in on_ethernet(pair.conversation())]


V4_CASES = (
    plain, ethernet_padding_is_no_payload, a_trailer_is_no_payload, vlan,
    vlans_do_not_part_a_stream, vlan_in_vlan, mpls, pppoe, ip_options, ip_in_ip, gre,
    gre_with_key_and_sequence, vxlan, a_tunnel_does_not_part_a_stream, fragments,
    fragments_backwards, a_fragment_is_missing, an_error_quotes_the_whole_header,
    an_error_quotes_eight_bytes, an_error_quotes_what_the_file_lacks, an_error_quotes_a_new_opening,
    a_header_longer_than_its_segment,
    a_header_that_says_it_is_shorter_than_one_can_be, a_segment_shorter_than_a_header,
    the_length_field_is_left_to_the_card, a_length_beyond_the_frame, odd_options, to_itself,
    every_flag, port_zero)
V6_CASES = (plain, ethernet_padding_is_no_payload, vlan, mpls, v6_extension_headers, v6_fragments,
            v6_fragment_of_one_piece, v6_in_v4, v6_errors)

Made = collections.namedtuple("Made", "link_type frames cases")  # cases: name of each frame


def ethernet():
    """All cases on Ethernet, one after the other."""
    made, names = [], []
    for number, (case, version) in enumerate([(case, 4) for case in V4_CASES]
                                             + [(case, 6) for case in V6_CASES]):
        for packet in case(Pair(number, version)):
            made.append(bytes(packet))
            names.append(f"{case.__name__}, IPv{version}")
    return Made(LINKTYPE_ETHERNET, timed(made), names)


def timed(packets, step=1_500_000):
    return [(START + number * step, packet) for number, packet in enumerate(packets)]


def on_links():
    """A conversation of either IP version on every other link type."""
    def both(dress):
        packets = [dress(packet, version) for version in (4, 6)
                   for packet in Pair(300 + version, version).conversation()]
        return timed(packets)

    def cooked_2(packet, version):
        protocol = b"\x08\x00" if version == 4 else b"\x86\xdd"
        return protocol + bytes(2) + bytes([0, 0, 0, 3, 0, 1, 0, 6]) + bytes(8) + bytes(packet)

    return {
        "raw": Made(LINKTYPE_RAW, both(lambda packet, version: bytes(packet)), None),
        "loopback": Made(LINKTYPE_NULL, both(
            lambda packet, version: bytes([2 if version == 4 else 24, 0, 0, 0]) + bytes(packet)),
            None),
        "ppp": Made(LINKTYPE_PPP, both(
            lambda packet, version: (b"\xff\x03\x00\x21" if version == 4 else b"\xff\x03\x00\x57")
            + bytes(packet)), None),
        "cooked": Made(LINKTYPE_LINUX_SLL, both(
            lambda packet, version: bytes(CookedLinux(proto=0x800 if version == 4 else 0x86DD)
                                          / packet)), None),
        "cooked-2": Made(LINKTYPE_LINUX_SLL2, both(cooked_2), None),
    }


def many_unacknowledged(seed):
    """Just below and above the 10,000 unacknowledged segments that tshark counts, then FINs."""
    draw = random.Random(seed)
    ends = ("10.3.0.1", 1025), ("10.3.0.2", 80)
    made, time = [], START
    first = draw.choice((0, 5000, 2**32 - 5000))
    here, other = first + 1, 700

    def send(side, flags, sequence, acknowledgment, length=0):
        nonlocal time
        time += 1000
        made.append((time, frames.segment(ends[side], ends[1 - side], flags, sequence,
                                          acknowledgment, b"x" * length)))

    send(0, frames.SYN, first, 0)
    send(1, frames.SYN | frames.ACK, other - 1, here)
    for number in range(draw.choice((9990, 9995, 10000))):
        if draw.random() < 0.1:
            send(0, frames.ACK, here - draw.randrange(1, 3000), other, draw.randrange(1, 10))
        else:
            length = draw.choice((1, 2, 5))
            send(0, frames.ACK, here, other, length)
            here += length
        if number == 4000:
            send(1, frames.ACK, other, first + 10)
    oldest = first + 10
    for _ in range(60):
        send(0, frames.FIN | frames.ACK, here, other)
        here += 1
        if draw.random() < 0.4:
            oldest += draw.randrange(1, 4)
            send(1, frames.ACK, other, oldest)
        if draw.random() < 0.1:
            send(1, frames.ACK, other, here)
            send(0, frames.ACK, here, other, 1)
            here += 1
    return made


def odd_times():
    """A capture that begins at 0 seconds, and connections in which time runs backwards."""
    made = []
    for number, steps in enumerate(((0, 1000, 1000), (0, 0, 0), (0, -5, 3), (7, 2, -900),
                                    (500_000_000, 600, 600), (1_000_000_000, -10, 10))):
        pair = Pair(500 + number)
        packets = pair.conversation()
        packets = packets[:6] + [pair.segment(0, "PA", 1009, 2**32 + 71, b"abc"),
                                 pair.segment(1, "A", 2**32 + 71, 1009),
                                 pair.segment(1, "A", 2**32 + 71, 1009)] + packets[5:]
        time = steps[0]
        for place, packet in enumerate(packets):
            made.append((max(time, 0), bytes(Ether(**MACS) / packet)))
            time += steps[1 + place % 2]
    return made


def write(path, made):
    frames.write_pcap(path, made.frames, made.link_type)
    return path
