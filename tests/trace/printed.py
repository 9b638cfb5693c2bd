"""The captures that the project grew from, as its sources print them: addresses, numbers, flags,
windows, checksums and times are theirs. What a source leaves out (a date, a port of the link) is
made up and said so. Every function writes one capture file.

The sources: five bytes received on Windows; `get` answered by `200 ok`, closed in three segments
and in four; a close from both sides at once; `Hello, client!`, `Hello`, `quit`; an echo with a
serial number; and the course assignment with its messages of 264 bytes.
"""

import calendar
import struct

from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import Ether

import frames

NULL_LOOPBACK = 0  # LINKTYPE_NULL: four bytes of address family
SECOND = 1_000_000_000
CLIENT_MAC, SERVER_MAC = "02:00:00:00:00:01", "02:00:00:00:00:02"
WINDOWS_OPTIONS = [("NOP", None), ("WScale", 8), ("NOP", None), ("NOP", None), ("SAckOK", b"")]


def nanoseconds(text):
    """Of a decimal number of seconds, exactly."""
    whole, _, fraction = text.partition(".")
    return int(whole) * SECOND + int(fraction.ljust(9, "0"))


def moment(date, time):
    """UTC: ("2023-05-04", "11:52:25.9") in nanoseconds since 1970."""
    year, month, day = map(int, date.split("-"))
    hour, minute, second = time.split(":")
    start = calendar.timegm((year, month, day, int(hour), int(minute), 0))
    return start * SECOND + nanoseconds(second)


class Checksum(AssertionError):
    """The frame made here has another checksum than the one printed."""


def build(packet, printed=None, left_to_the_card=False):
    """Bytes. printed: the TCP checksum in the source; what is reckoned must be the same."""
    network = packet if isinstance(packet, IP) else packet[IP]
    if left_to_the_card:
        network[TCP].chksum = printed
        network.chksum = 0
        return bytes(packet)
    made = bytes(network)
    reckoned = struct.unpack_from("!H", made, 20 + 16)[0]
    if printed is not None and reckoned != printed:
        raise Checksum(f"{packet.summary()}: {reckoned:04x}, printed is {printed:04x}")
    return bytes(packet)


def five_bytes(path):
    """843 frames of which nine are the connection: 160 to 754 as printed. All times are as printed;
    the other frames are made up (UDP, spread between)."""
    client, server = ("10.7.92.177", 50030), ("10.7.92.174", 1005)
    began = moment("2023-05-04", "11:52:25.9")
    rows = [  # frame, time, from, flags, seq, ack, window, payload, IP id, checksum
        (160, "8.8803665", "C", "S", 2672442395, 0, 64240, b"", 0x0F2A, 0x03F1),
        (161, "8.8805765", "S", "SA", 3747289658, 2672442396, 65535, b"", 0xE0D1, 0xCD93),
        (162, "8.8807355", "C", "A", 2672442396, 3747289659, 8212, b"", 0x0F2B, 0x25FA),
        (232, "12.3072995", "C", "PA", 2672442396, 3747289659, 8212, b"11111", 0x0F2C, 0x928A),
        (234, "12.3559230", "S", "A", 3747289659, 2672442401, 8212, b"", 0xE0D2, 0xCD87),
        (750, "37.4359197", "S", "FA", 3747289659, 2672442401, 8212, b"", 0xE0D3, 0xCD87),
        (751, "37.4361781", "C", "A", 2672442401, 3747289660, 8212, b"", 0x0F2D, 0x25F4),
        (752, "37.4428274", "C", "FA", 2672442401, 3747289660, 8212, b"", 0x0F2E, 0x25F3),
        (754, "37.4428541", "S", "A", 3747289660, 2672442402, 8212, b"", 0xE0D4, 0xCD87),
    ]
    printed = {}
    for number, time, side, flags, seq, ack, window, payload, ip_id, checksum in rows:
        (source, sport), (destination, dport) = (
            (client, server) if side == "C" else (server, client))
        options = [("MSS", 1460)] + WINDOWS_OPTIONS if "S" in flags else []
        packet = Ether(src=CLIENT_MAC, dst=SERVER_MAC) / IP(
            src=source, dst=destination, ttl=128, flags="DF", id=ip_id) / TCP(
                sport=sport, dport=dport, flags=flags, seq=seq, ack=ack, window=window,
                options=options) / payload
        made = build(packet, checksum, left_to_the_card=side == "S")
        if side == "C":
            made = made.ljust(60, b"\0")  # Ethernet padding, no payload
        printed[number] = (began + nanoseconds(time), made)
    write_among_others(path, printed, 843, began)


def write_among_others(path, printed, count, began):
    """The frames of a dictionary by number; what lies between them is UDP of other machines."""
    other = bytes(Ether(src=CLIENT_MAC, dst="ff:ff:ff:ff:ff:ff") / IP(
        src="10.7.92.3", dst="10.7.92.255") / UDP(sport=137, dport=137) / b"not TCP")
    known = sorted(printed)
    rows = []
    for number in range(1, count + 1):
        if number in printed:
            rows.append(printed[number])
            continue
        before = max((n for n in known if n < number), default=0)
        after = min((n for n in known if n > number), default=count + 1)
        start = printed[before][0] if before else began
        end = printed[after][0] if after <= count else start + SECOND
        rows.append((start + (end - start) * (number - before) // (after - before), other))
    frames.write_pcap(path, rows)


def tcp_rows(rows, client, server, date, **ip):
    """(time, from, flags, seq, ack, window, timestamps, options, payload) each, as frames."""
    made = []
    for time, side, flags, seq, ack, window, stamps, options, payload in rows:
        (source, sport), (destination, dport) = (
            (client, server) if side == "C" else (server, client))
        if stamps:
            options = options + [("Timestamp", stamps)]
        if stamps and "S" not in flags:
            options = [("NOP", None), ("NOP", None)] + options
        packet = Ether(src=CLIENT_MAC, dst=SERVER_MAC) / IP(
            src=source, dst=destination, flags="DF", **ip) / TCP(
                sport=sport, dport=dport, flags=flags, seq=seq, ack=ack, window=window,
                options=options) / payload
        made.append((moment(date, time), build(packet)))
    return made


SYN_OPTIONS = [("MSS", 1460), ("SAckOK", b"")]
SCALE_7 = [("NOP", None), ("WScale", 7)]


def syn_options(rows):
    """mss 1460,sackOK,TS,nop,wscale 7: the timestamps stand in the middle."""
    out = []
    for row in rows:
        time, side, flags, seq, ack, window, stamps, payload = row
        options = SYN_OPTIONS + [("Timestamp", stamps)] + SCALE_7 if "S" in flags else []
        out.append((time, side, flags, seq, ack, window, None if "S" in flags else stamps,
                    options, payload))
    return out


def get_in_three(path):
    """The date is made up. The eighth frame lies between the FINs and acknowledges only data."""
    rows = [
        ("12:43:46.905723", "C", "S", 3255498564, 0, 14600, (1412272238, 0), b""),
        ("12:43:46.905751", "S", "SA", 4195434198, 3255498565, 14480,
         (1425611003, 1412272238), b""),
        ("12:43:46.905987", "C", "A", 3255498565, 4195434199, 115, (1412272238, 1425611003), b""),
        ("12:43:46.906031", "C", "PA", 3255498565, 4195434199, 115, (1412272238, 1425611003),
         b"get"),
        ("12:43:46.906041", "S", "A", 4195434199, 3255498568, 114, (1425611003, 1412272238), b""),
        ("12:43:46.906265", "S", "PA", 4195434199, 3255498568, 114, (1425611003, 1412272238),
         b"200 ok"),
        ("12:43:46.906305", "S", "FA", 4195434205, 3255498568, 114, (1425611003, 1412272238),
         b""),
        ("12:43:46.906406", "C", "A", 3255498568, 4195434205, 115, (1412272239, 1425611003), b""),
        ("12:43:46.906487", "C", "FA", 3255498568, 4195434206, 115, (1412272239, 1425611003),
         b""),
        ("12:43:46.906500", "S", "A", 4195434206, 3255498569, 114, (1425611004, 1412272239), b""),
    ]
    frames.write_pcap(path, tcp_rows(syn_options(rows), ("172.16.196.142", 41334),
                                     ("172.16.196.145", 60000), "2013-11-06"))


def get_in_four(path):
    """Printed are the times and numbers of the four closing segments; the beginning is made after
    the capture above, the date is made up."""
    client, server = 3935290883, 3178165011
    stamps, back = (1438552584, 1451891349), (1451891349, 1438552584)
    rows = [
        ("20:01:49.250600", "C", "S", client, 0, 14600, (1438552584, 0), b""),
        ("20:01:49.250628", "S", "SA", server, client + 1, 14480, back, b""),
        ("20:01:49.250864", "C", "A", client + 1, server + 1, 115, stamps, b""),
        ("20:01:49.250908", "C", "PA", client + 1, server + 1, 115, stamps, b"get"),
        ("20:01:49.250918", "S", "A", server + 1, client + 4, 114, back, b""),
        ("20:01:49.251142", "S", "PA", server + 1, client + 4, 114, back, b"200 ok"),
        ("20:01:49.251400", "C", "A", client + 4, server + 7, 115, stamps, b""),
        ("20:01:49.251781", "C", "FA", 3935290887, server + 7, 115, stamps, b""),
        ("20:01:49.291441", "S", "A", server + 7, 3935290888, 114, back, b""),
        ("20:01:49.351812", "S", "FA", 3178165018, 3935290888, 114, back, b""),
        ("20:01:49.352041", "C", "A", 3935290888, 3178165019, 115, stamps, b""),
    ]
    frames.write_pcap(path, tcp_rows(syn_options(rows), ("172.16.196.142", 41424),
                                     ("172.16.196.145", 60000), "2013-11-06"))


def simultaneous_close(path):
    """Seen from the middle, without the handshake. The date is made up."""
    rows = [
        ("19:40:34.831216", "S", "FA", 3633446994, 1764274713, 131, None, [], b""),
        ("19:40:34.832085", "C", "FA", 1764274713, 3633446994, 480, None, [], b""),
        ("19:40:34.832107", "S", "A", 3633446995, 1764274714, 131, None, [], b""),
        ("19:40:34.832395", "C", "A", 1764274714, 3633446995, 480, None, [], b""),
    ]
    frames.write_pcap(path, tcp_rows(rows, ("10.25.137.230", 46556), ("10.29.64.142", 443),
                                     "2014-06-02"))


def hello(path):
    """Windows' loopback (LINKTYPE_NULL). The checksums are the printed ones, no times were."""
    rows = [  # from, flags, seq, ack, window, payload, checksum
        ("C", "S", 2977803439, 0, 65535, b"", 0xFF57),
        ("S", "SA", 4166461748, 2977803440, 65535, b"", 0xDDBA),
        ("C", "A", 2977803440, 4166461749, 10233, b"", 0xF0B8),
        ("S", "PA", 4166461749, 2977803440, 10233, b"Hello, client!", 0x6648),
        ("C", "A", 2977803440, 4166461763, 10233, b"", 0xF0AA),
        ("C", "PA", 2977803440, 4166461763, 10233, b"Hello", 0xCCCB),
        ("S", "A", 4166461763, 2977803445, 10233, b"", 0xF0A5),
        ("S", "PA", 4166461763, 2977803445, 10233, b"quit", 0x15B0),
        ("C", "A", 2977803445, 4166461767, 10233, b"", 0xF0A1),
        ("C", "FA", 2977803445, 4166461767, 10233, b"", 0xF0A0),
        ("S", "A", 4166461767, 2977803446, 10233, b"", 0xF0A0),
        ("S", "FA", 4166461767, 2977803446, 10233, b"", 0xF09F),
        ("C", "A", 2977803446, 4166461768, 10233, b"", 0xF09F),
    ]
    began = moment("2024-04-01", "08:00:00")
    made = []
    for number, (side, flags, seq, ack, window, payload, checksum) in enumerate(rows):
        ports = (63148, 8888) if side == "C" else (8888, 63148)
        options = [("MSS", 65495)] + WINDOWS_OPTIONS if "S" in flags else []
        packet = IP(src="127.0.0.1", dst="127.0.0.1", flags="DF", ttl=128, id=number + 1) / TCP(
            sport=ports[0], dport=ports[1], flags=flags, seq=seq, ack=ack, window=window,
            options=options) / payload
        made.append((began + number * 1_000_000,
                     struct.pack("<I", 2) + build(packet, checksum)))
    frames.write_pcap(path, made, NULL_LOOPBACK)


def echo(path):
    """A handshake, and the close of another connection of which the beginning is missing. The
    address of the server and the times of the handshake are made up."""
    first = syn_options([
        ("10:00:00.000000", "C", "S", 1301327529, 0, 14600, (1000, 0), b""),
        ("10:00:00.000126", "S", "SA", 4214121876, 1301327530, 14480, (2000, 1000), b""),
        ("10:00:00.000351", "C", "A", 1301327530, 4214121877, 115, (1000, 2000), b""),
    ])
    second = [
        ("10:00:05.000000", "C", "FA", 906838083, 813820492, 115, None, [], b""),
        ("10:00:05.000126", "S", "FA", 813820492, 906838084, 114, None, [], b""),
        ("10:00:05.000351", "C", "A", 906838084, 813820493, 115, None, [], b""),
    ]
    server = ("192.168.1.201", 1234)
    frames.write_pcap(path, tcp_rows(first, ("192.168.1.200", 45978), server, "2012-05-04") +
                      tcp_rows(second, ("192.168.1.200", 46341), server, "2012-05-04"))


CANCEL, TIME, NAME, CLIENT, SEND = 1, 2, 3, 4, 5


def assignment_message(kind, data=b""):
    return struct.pack("<q256s", kind, data)


def assignment(path):
    """One client uses each of the five functions once, over loopback with timestamps.

    Frames of 330 bytes, each answered by one of the same size and a bare ACK. Contents, numbers and
    times are made up within what the source says; the ports in the list are byte-swapped, as its
    server has them.
    """
    asked = [
        (TIME, b"", b"Fri Nov 20 21:00:00 2020\n"),
        (NAME, b"", b"debian"),
        (CLIENT, b"", b"4,51912,127.0.0.1;5,8922,127.0.0.1;"),
        (SEND, b"127.0.0.1,55842,hello, you", b""),
        (CANCEL, b"", b""),
    ]
    client, server = ("127.0.0.1", 51402), ("127.0.0.1", 2312)
    rows = []
    state = {"C": 1_000_000_001, "S": 2_000_000_001, "us": 0, "stamp": 70_000}

    def say(side, flags, payload=b""):
        options = []
        other = "S" if side == "C" else "C"
        state["us"] += 40
        ack = state[other] if "A" in flags else 0
        stamps = (state["stamp"] + state["us"] // 1000, state["stamp"] if "A" in flags else 0)
        if "S" in flags:
            options = [("MSS", 65495), ("SAckOK", b""), ("Timestamp", stamps)] + SCALE_7
            stamps = None
        rows.append((f"13:00:00.{state['us']:06}", side, flags, state[side], ack,
                     65495 if "S" in flags else 512, stamps, options, payload))
        state[side] += len(payload) + ("S" in flags) + ("F" in flags)

    say("C", "S")
    say("S", "SA")
    say("C", "A")
    say("S", "PA", b"hello, this is the server")
    say("C", "A")
    for kind, data, answer in asked:
        state["us"] += 2000
        say("C", "PA", assignment_message(kind, data))
        say("S", "A")
        if answer:
            say("S", "PA", assignment_message(kind, answer))
            say("C", "A")
    say("C", "FA")
    say("S", "FA")
    say("C", "A")
    frames.write_pcap(path, tcp_rows(rows, client, server, "2020-11-20"))


ALL = (five_bytes, get_in_three, get_in_four, simultaneous_close, hello, echo, assignment)
