"""Captures that are made for the golden outputs: one of each thing that a screen has to show. Every
function writes one capture file, with the same bytes each time."""

import struct
from pathlib import Path

from frames import (ACK, CWR, ECE, FIN, PSH, RST, SYN, URG, sack, segment, timestamps,
                    window_scale, write_pcap)

MILLISECOND = 1_000_000
START = 1_700_000_000_000 * MILLISECOND
CLIENT, SERVER = ("192.0.2.1", 40000), ("192.0.2.2", 80)
CLIENT_BASE, SERVER_BASE = 1000, 500_000  # their initial sequence numbers
MSS = 1460
SYN_OPTIONS = bytes([2, 4, MSS >> 8, MSS & 255, 4, 2]) + window_scale(7)


class Script:
    """Segments of one connection, by relative numbers, as they pass."""

    def __init__(self):
        self.now = START
        self.rows = []

    def put(self, after_ms, sender, flags, sequence, acknowledgment=0, length=0, window=502,
            options=b""):
        """sender: "C" or "S"; length: of the data, which is all the same letter."""
        self.add(after_ms, sender, flags, sequence, acknowledgment, b"x" * length, window, options)

    def say(self, after_ms, sender, sequence, acknowledgment, payload):
        self.add(after_ms, sender, PSH | ACK, sequence, acknowledgment, payload, 502, b"")

    def add(self, after_ms, sender, flags, sequence, acknowledgment, payload, window, options):
        self.now += int(after_ms * MILLISECOND)
        mine, its = (CLIENT_BASE, SERVER_BASE) if sender == "C" else (SERVER_BASE, CLIENT_BASE)
        source, destination = (CLIENT, SERVER) if sender == "C" else (SERVER, CLIENT)
        self.rows.append((self.now, segment(
            source, destination, flags, mine + sequence,
            its + acknowledgment if flags & ACK else 0, payload, window, options,
            len(self.rows) + 1)))

    def again(self, after_ms):
        """The last frame once more, byte for byte."""
        self.now += int(after_ms * MILLISECOND)
        self.rows.append((self.now, self.rows[-1][1]))

    def handshake(self):
        self.put(0, "C", SYN, 0, window=64240, options=SYN_OPTIONS)
        self.put(10, "S", SYN | ACK, 0, 1, window=65160, options=SYN_OPTIONS)
        self.put(0.02, "C", ACK, 1, 1)


def losses(path):
    """A download in which a segment is lost and resent because of duplicate ACKs, the last one is
    lost and probed for, one comes late, the window closes and opens, a frame is captured twice, and
    the client resets the connection when the server closes it."""
    script = Script()
    script.handshake()
    script.put(1, "C", PSH | ACK, 1, 1, 100)
    script.put(10, "S", ACK, 1, 101)
    for sent in (0, 2, 3, 4, 5):
        script.put(0.1, "S", ACK, 1 + MSS * sent, 101, MSS)
    script.put(0.1, "C", ACK, 101, 1 + MSS)
    for more in (3, 4, 5):
        script.put(0.1, "C", ACK, 101, 1 + MSS,
                   options=sack((SERVER_BASE + 1 + 2 * MSS, SERVER_BASE + 1 + (more + 1) * MSS)))
    script.put(10, "S", ACK, 1 + MSS, 101, MSS)
    end = 1 + 6 * MSS
    script.put(0.1, "C", ACK, 101, end)
    script.put(5, "S", PSH | ACK, end, 101, 500)
    script.put(230, "S", PSH | ACK, end, 101, 500)
    end += 500
    script.put(0.1, "C", ACK, 101, end)
    script.put(1, "S", PSH | ACK, end + 100, 101, 100)
    script.rows.append((script.now + 50_000, segment(
        SERVER, CLIENT, ACK, SERVER_BASE + end, CLIENT_BASE + 101, b"x" * 100, 502, b"",
        len(script.rows) - 1)))  # an older IP identification: it was sent before that one
    end += 200
    script.put(0.2, "C", ACK, 101, end, window=0)
    script.put(300, "S", ACK, end - 1, 101)
    script.put(0.1, "C", ACK, 101, end, window=0)
    script.put(2000, "C", ACK, 101, end)
    script.again(0.001)
    script.put(25_000, "S", FIN | ACK, end, 101)
    script.put(1, "C", RST | ACK, 101, end + 1, window=0)
    write_pcap(path, script.rows)


def timeouts(path):
    """A question whose timer runs out three times: the first looks like a probe for a lost tail
    until the second has waited twice as long. Then an answer that is probed for in earnest."""
    script = Script()
    script.handshake()
    script.put(1, "C", PSH | ACK, 1, 1, 100)
    for waited in (225, 450, 900):
        script.put(waited, "C", PSH | ACK, 1, 1, 100)
    script.put(10, "S", ACK, 1, 101)
    script.put(5, "S", PSH | ACK, 1, 101, 50)
    script.put(225, "S", PSH | ACK, 1, 101, 50)
    script.put(0.1, "C", ACK, 101, 51)
    write_pcap(path, script.rows)


def refused(path):
    """A SYN that is sent three times, and then refused."""
    script = Script()
    script.put(0, "C", SYN, 0, window=64240, options=SYN_OPTIONS)
    script.put(1000, "C", SYN, 0, window=64240, options=SYN_OPTIONS)
    script.put(2000, "C", SYN, 0, window=64240, options=SYN_OPTIONS)
    script.put(10, "S", RST | ACK, 0, 1, window=0)
    write_pcap(path, script.rows)


def options_tour(path):
    """A SYN with each option that a header has room for, one with what nobody should send, and an
    ACK that reports two gaps; congestion notification is asked for."""
    script = Script()
    fast_open = bytes([34, 10]) + bytes(range(0xC0, 0xC8))
    script.put(0, "C", SYN | ECE | CWR, 0, window=64240,
               options=bytes([2, 4, 5, 180, 4, 2]) + timestamps(70000, 0)[2:] + window_scale(7) +
               fast_open)
    script.put(10, "S", SYN | ACK | ECE, 0, 1, window=65160,
               options=bytes([2, 4, 5, 120, 4, 2]) + timestamps(90000, 70000)[2:] +
               window_scale(9))
    script.put(0.02, "C", ACK | URG | PSH, 1, 1, 3, options=timestamps(70010, 90000) + sack(
        (SERVER_BASE + 101, SERVER_BASE + 201), (SERVER_BASE + 301, SERVER_BASE + 401)))
    script.put(1, "C", ACK, 4, 1, options=bytes([5, 9, 0, 0, 0, 0, 0, 0, 0, 253, 2, 1]))
    write_pcap(path, script.rows)


def in_v6_and_vlan(path):
    """TCP in IPv6 behind a VLAN tag; what is said is Chinese, and does not fit into a line."""
    client, server = ("2001:db8::4:51", 51402), ("2001:db8:0:7::2312", 2312)
    text = "你好，世界。今天的时间是二〇二六年十一月二十日，星期五。".encode()
    rows = []
    for number, (source, destination, flags, sequence, acknowledgment, payload) in enumerate([
            (client, server, SYN, 10, 0, b""), (server, client, SYN | ACK, 80, 11, b""),
            (client, server, ACK, 11, 81, b""), (client, server, PSH | ACK, 11, 81, text),
            (server, client, ACK, 81, 11 + len(text), b"")]):
        frame = segment(source, destination, flags, sequence, acknowledgment, payload,
                        options=bytes([2, 4, 5, 160]) if flags & SYN else b"")
        rows.append((START + number * MILLISECOND,
                     frame[:12] + struct.pack("!HH", 0x8100, 3 << 13 | 100) + frame[12:]))
    write_pcap(path, rows)


def in_fragments(path):
    """A segment of 40 bytes of data in three fragments."""
    whole = segment(CLIENT, SERVER, PSH | ACK, CLIENT_BASE + 1, SERVER_BASE + 1,
                    b"forty bytes of data, which are too much.", 502)
    ethernet, header, content = whole[:14], whole[14:34], whole[34:]
    rows = []
    for first in range(0, len(content), 24):
        piece = content[first:first + 24]
        more = 0x2000 if first + 24 < len(content) else 0
        fields = struct.pack("!HHH", 20 + len(piece), 7, more | first // 8)
        rows.append((START + len(rows) * MILLISECOND,
                     ethernet + header[:2] + fields + header[8:] + piece))
    write_pcap(path, rows)


def relay_session(path):
    """The example of docs/protocol.md: client 3 asks the time and sends "hello" to client 2. The
    order to send comes in two segments."""
    script = Script()
    script.handshake()
    reached = {"C": 1, "S": 1}
    for name, sender in (("hello", "S"), ("time", "C"), ("time-response", "S"), ("send", "C"),
                         ("send-response", "S")):
        octets = vector(f"example-{name}")
        for part in (octets[:30], octets[30:]) if name == "send" else (octets,):
            other = "S" if sender == "C" else "C"
            script.say(1, sender, reached[sender], reached[other], part)
            reached[sender] += len(part)
    write_pcap(path, script.rows)


def vector(name):
    table = Path(__file__).parents[2] / "docs" / "protocol-vectors.tsv"
    for line in table.read_text(encoding="utf-8").splitlines():
        columns = line.split("\t")
        if columns[0] == name:
            return bytes.fromhex(columns[3])
    raise KeyError(name)


def both_say_much(path):
    """Text with line ends, wide characters and what would harm a terminal; zeros, a gap, and bytes
    that are no text."""
    script = Script()
    script.handshake()
    asked = b"GET /a/name/that/goes/on/for/quite/a/while/and/then/some/more/until/the/line/ends/" \
            b"and/behind/it HTTP/1.1\r\nHost: example.net\r\n\r\n"
    answer = "HTTP/1.1 200 OK\r\n\r\n北京时间二十一点整，各位听众晚上好，现在是新闻节目时间" \
             "。\x1b[2J\u202e\n".encode()
    script.say(1, "C", 1, 1, asked)
    script.say(1, "S", 1, 1 + len(asked), answer)
    end = 1 + len(answer)
    script.say(1, "S", end + 700, 1 + len(asked), b"after a gap\x00\x00\x00\x00\x00\x00\xff\xfe\n")
    script.put(1, "C", ACK, 1 + len(asked), end + 720)
    write_pcap(path, script.rows)


def addresses_of_each_length(path):
    """A refused connection each: what a table does with addresses that its columns are too small
    for."""
    longest = "2001:db8:1111:2222:3333:4444:5555:6666"
    rows = []
    for client, server in (("192.0.2.1", "192.0.2.2"), ("255.255.255.254", "255.255.255.253"),
                           ("2001:db8::1", "2001:db8::2"), ("2001:db8::4:1", "2001:db8::4:2"),
                           ("2001:db8::1", "2001:db8:0:7:8:9::2"), (longest, "2001:db8::2"),
                           (longest, longest[:-1] + "7")):
        client, server = (client, 40000), (server, 2312)
        rows.append((START + len(rows) * MILLISECOND, segment(client, server, SYN, 1)))
        rows.append((START + len(rows) * MILLISECOND,
                     segment(server, client, RST | ACK, 0, 2)))
    write_pcap(path, rows)


def far_into_a_long_capture(path):
    """A connection of eleven days: its times take more room than others."""
    script = Script()
    script.handshake()
    script.say(1, "C", 1, 1, b"first\n")
    script.say(11 * 86_400_000, "S", 1, 7, b"second\n")
    script.say(0.001, "S", 8, 7, b"third\n")
    write_pcap(path, script.rows)
