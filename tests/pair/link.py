"""Two captures of simulated connections: what both ends of a link see of it, each with a clock of
its own, and the truth about every segment.

A connection is played by two small stacks (cumulative acknowledgements, a retransmission timer,
fast retransmission); the link delays, loses, doubles, holds back and changes what passes. Nothing
here is random but by the seed.
"""

import heapq
import random
import struct
from dataclasses import dataclass, field

MS = 1_000_000
SECOND = 1_000_000_000
EPOCH = 1_700_000_000 * SECOND
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
ETHERNET = bytes.fromhex("020000000002020000000001") + b"\x08\x00"


@dataclass
class Clock:
    """A capture's clock: true time in, its own out; both in nanoseconds."""
    offset: int = 0
    drift: float = 0.0  # seconds a second

    def reads(self, true):
        return EPOCH + true + self.offset + round(true * self.drift)


@dataclass
class Way:
    """One direction of the link."""
    delay: int = 10 * MS
    jitter: int = 0          # up to so much more, evenly
    loss: float = 0.0
    doubling: float = 0.0
    holding: float = 0.0     # share of those that are held back, so that others overtake them
    held: int = 5 * MS
    hops: int = 3
    in_order: bool = True    # a queue: nobody overtakes, but those that are held back
    drops: tuple = ()        # numbers of segments (from 0, of this direction) that are lost


@dataclass
class Segment:
    """As it left; raw numbers."""
    number: int              # of its direction
    side: int                # 0 the client's
    flags: int
    seq: int
    ack: int
    payload: bytes = b""
    ip_id: int = 0
    window: int = 502
    options: bytes = b""
    ttl: int = 64
    sent: int = 0            # true time
    arrivals: list = field(default_factory=list)  # true times
    sent_frame: int = 0      # in the file of its sender's end; 0: not captured
    arrived_frames: list = field(default_factory=list)

    @property
    def lost(self):
        return not self.arrivals

    @property
    def space(self):
        return len(self.payload) + bool(self.flags & SYN) + bool(self.flags & FIN)


class Peer:
    """One end's stack; its script is a list of (bytes it waits for, bytes it then says)."""

    def __init__(self, link, side, isn, script, mss=1000):
        self.link, self.side, self.isn, self.mss = link, side, isn, mss
        self.script = list(script)
        self.next = 0            # relative: to be sent next; 0 is the SYN
        self.unacked = 0
        self.stream = 0          # bytes of payload handed to it
        self.received = 0        # relative: next expected; 0 before the SYN
        self.beyond = {}         # what came too early: start -> end
        self.duplicates = 0
        self.timer = 0           # number of the timer that counts
        self.timeout = 200 * MS
        self.wants_fin = False
        self.ip_id = link.random.randrange(65536)
        self.window_limit = 8 * mss

    def limit(self):
        return 1 + self.stream + (1 if self.wants_fin else 0)

    def now_ack(self):
        return self.received

    def transmit(self, start, end, syn=False):
        flags = ACK if self.received else 0
        payload = b""
        if syn:
            flags |= SYN
        else:
            last = min(end, 1 + self.stream)
            payload = self.link.bytes_of(self.side, start - 1, last - 1)
            if end > 1 + self.stream:
                flags |= FIN
            if payload:
                flags |= PSH
        self.send(flags, start, payload)

    def send(self, flags, start, payload=b""):
        self.ip_id = self.ip_id + 1 & 0xFFFF
        options = b""
        if flags & SYN:
            options = struct.pack("!BBH", 2, 4, 1460) + bytes([1, 3, 3, 7]) + bytes([1, 1, 4, 2])
        if self.link.stamps:
            options += struct.pack("!BBBBII", 1, 1, 8, 10,
                                   self.link.now // MS + 77 & 0xFFFFFFFF, 0)
        other = self.link.peers[1 - self.side]
        ack = other.isn + self.received & 0xFFFFFFFF if flags & ACK else 0
        self.link.leave(Segment(
            number=0, side=self.side, flags=flags, seq=self.isn + start & 0xFFFFFFFF, ack=ack,
            payload=payload, ip_id=self.ip_id if self.link.ids else 0, options=options))

    def start_timer(self):
        self.timer += 1
        if self.unacked < self.next:
            self.link.at(self.timeout, self.expire, self.timer)

    def expire(self, timer):
        if timer != self.timer or self.unacked >= self.next:
            return
        self.timeout = min(self.timeout * 2, 3 * SECOND)
        self.resend()
        self.start_timer()

    def resend(self):
        if self.unacked == 0:
            self.transmit(0, 1, syn=True)
        else:
            self.transmit(self.unacked, min(self.unacked + self.mss, self.next))

    def push(self):
        """All that may be sent now."""
        if self.next == 0:
            self.next = 1
            self.transmit(0, 1, syn=True)
            self.start_timer()
            return
        if self.unacked == 0:
            return
        idle = self.unacked == self.next
        while self.next < self.limit() and self.next - self.unacked < self.window_limit:
            # A FIN goes with the last data.
            end = min(self.next + self.mss, 1 + self.stream)
            if end == 1 + self.stream:
                end = self.limit()
            self.transmit(self.next, end)
            self.next = end
        if idle:
            self.start_timer()

    def say(self):
        while self.script and self.received - 1 >= self.script[0][0] and self.unacked > 0:
            waits, says = self.script.pop(0)
            self.stream += says
            if not self.script:
                self.wants_fin = True
        self.push()

    def hear(self, segment):
        other = self.link.peers[1 - self.side]
        start = segment.seq - other.isn & 0xFFFFFFFF
        end = start + segment.space
        news = False
        if segment.flags & ACK:
            acked = segment.ack - self.isn & 0xFFFFFFFF
            if self.unacked < acked <= self.next:
                self.unacked = acked
                self.timeout = 200 * MS
                self.duplicates = 0
                self.start_timer()
            elif acked == self.unacked < self.next and segment.space == 0:
                self.duplicates += 1
                if self.duplicates == 3:
                    self.resend()
        if segment.space:
            if start <= self.received < end:
                self.received = end
                while self.received in self.beyond:
                    self.received = self.beyond.pop(self.received)
                news = True
            elif start > self.received:
                self.beyond[start] = end
        before = self.link.left
        if self.next == 0 and news:
            self.push()
        else:
            self.say()
        if segment.space and self.link.left == before:
            self.send(ACK, self.next)


class Link:
    """run() plays a connection; write(folder) captures both ends and returns the two paths."""

    def __init__(self, seed=1, there=None, back=None, clocks=None, **more):
        self.random = random.Random(seed)
        self.ways = (there or Way(), back or Way())
        self.clocks = clocks or (Clock(), Clock())
        self.ids = more.pop("ids", True)
        self.stamps = more.pop("stamps", False)
        self.client = more.pop("client", ("192.0.2.1", 40000))
        self.server = more.pop("server", ("198.51.100.2", 80))
        self.client_seen = more.pop("client_seen", self.client)  # as the server's end sees it
        self.shifts = more.pop("shifts", (0, 0))   # of each side's numbers, on the way
        self.mss_seen = more.pop("mss_seen", 1460)
        self.isns = more.pop("isns", (0xFFFFF000, 12345678))
        self.mss = more.pop("mss", 1000)
        self.noise = more.pop("noise", True)       # other packets, before and after
        assert not more, more
        self.now = SECOND
        self.queue = []
        self.count = 0
        self.left = 0
        self.segments = []
        self.latest = [0, 0]
        self.numbers = [0, 0]
        self.peers = []

    def bytes_of(self, side, start, end):
        return bytes((17 * side + place * 7 + place // 251) % 256 for place in range(start, end))

    def at(self, delay, function, *arguments):
        self.count += 1
        heapq.heappush(self.queue, (self.now + delay, self.count, function, arguments))

    def leave(self, segment):
        """Onto the link."""
        way = self.ways[segment.side]
        segment.number = self.numbers[segment.side]
        self.numbers[segment.side] += 1
        segment.sent = self.now
        # A stack needs some time for each.
        self.now += 3000
        self.left += 1
        self.segments.append(segment)
        lost = segment.number in way.drops or self.random.random() < way.loss
        copies = 1 + (self.random.random() < way.doubling)
        held = self.random.random() < way.holding
        for copy in range(copies):
            time = segment.sent + way.delay + (
                self.random.randrange(way.jitter) if way.jitter else 0)
            if copy:
                time += self.random.randrange(50_000, 2 * MS)
            if held:
                time += way.held
            elif way.in_order and not copy:
                time = max(time, self.latest[segment.side] + 1000)
                self.latest[segment.side] = time
            if not lost:
                segment.arrivals.append(time)
                self.at(time - self.now, self.arrive, segment)

    def arrive(self, segment):
        self.peers[1 - segment.side].hear(segment)

    def run(self, script=((0, 1),), answer=((1, 1),), seconds=60):
        self.peers = [Peer(self, side, self.isns[side], lines, self.mss)
                      for side, lines in enumerate((script, answer))]
        self.peers[0].push()
        while self.queue and self.queue[0][0] < seconds * SECOND:
            time, _, function, arguments = heapq.heappop(self.queue)
            self.now = max(self.now, time)
            function(*arguments)
        for segment in self.segments:
            segment.arrivals = sorted(time for time in segment.arrivals if time <= self.now)
        return self

    def frame(self, segment, arrived):
        """As the sender's end sees it, or the receiver's."""
        source, destination = ((self.client, self.server) if segment.side == 0 else
                               (self.server, self.client))
        seq, ack = segment.seq, segment.ack
        at_server = arrived == (segment.side == 0)
        if at_server:
            if segment.side == 0:
                source = self.client_seen
            else:
                destination = self.client_seen
            seq += self.shifts[segment.side]
            if segment.flags & ACK:
                ack += self.shifts[1 - segment.side]
        options = segment.options
        if arrived and segment.flags & SYN:
            options = options[:2] + struct.pack("!H", self.mss_seen) + options[4:]
        ttl = segment.ttl - (self.ways[segment.side].hops if arrived else 0)
        return ip_frame(source, destination, segment, seq, ack, options, ttl, segment.payload,
                        segment.ip_id)

    def captured(self, end, transform=None):
        """(time by that end's clock, true time, segment, arrived, bytes), in order."""
        rows = []
        for segment in self.segments:
            if segment.side == end:
                rows.append((segment.sent, segment, False))
            else:
                rows += [(time, segment, True) for time in segment.arrivals]
        rows.sort(key=lambda row: row[0])
        made = []
        for time, segment, arrived in rows:
            for frame in (transform or self.whole)(segment, arrived):
                made.append((self.clocks[end].reads(time), time, segment, arrived, frame))
        return made

    def whole(self, segment, arrived):
        return [self.frame(segment, arrived)]

    def write(self, folder, names=("client.pcap", "server.pcap"), keep=(None, None),
              transforms=(None, None)):
        """keep[end](time, segment, arrived): False: that capture misses it."""
        paths = []
        for end, name in enumerate(names):
            rows = self.captured(end, transforms[end])
            with open(folder / name, "wb") as file:
                file.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, 1))
                number = 0
                if self.noise:
                    number += 1
                    put(file, self.clocks[end].reads(SECOND // 2), OTHER)
                for stamp, time, segment, arrived, frame in rows:
                    if keep[end] and not keep[end](time, segment, arrived):
                        continue
                    number += 1
                    put(file, stamp, frame)
                    if arrived:
                        segment.arrived_frames.append(number)
                    elif not segment.sent_frame:
                        segment.sent_frame = number
                if self.noise:
                    put(file, self.clocks[end].reads(self.now + 5 * SECOND), OTHER)
            paths.append(folder / name)
        return paths


def put(file, time, frame):
    seconds, nanoseconds = divmod(time, SECOND)
    file.write(struct.pack("<IIII", seconds, nanoseconds, len(frame), len(frame)) + frame)


def packed(address):
    return bytes(int(part) for part in address.split("."))


def summed(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def ip_frame(source, destination, segment, seq, ack, options, ttl, payload, ip_id, flags=None):
    flags = segment.flags if flags is None else flags
    length = 20 + len(options)
    tcp = struct.pack("!HHIIHHHH", source[1], destination[1], seq & 0xFFFFFFFF, ack & 0xFFFFFFFF,
                      length // 4 << 12 | flags, segment.window, 0, 0) + options + payload
    addresses = packed(source[0]) + packed(destination[0])
    check = summed(addresses + struct.pack("!HH", 6, len(tcp)) + tcp)
    tcp = tcp[:16] + struct.pack("!H", check) + tcp[18:]
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp), ip_id, 0x4000, ttl, 6, 0) + addresses
    header = header[:10] + struct.pack("!H", summed(header)) + header[12:]
    return ETHERNET + header + tcp


OTHER = ETHERNET + struct.pack("!BBHHHBBH", 0x45, 0, 32, 0, 0, 64, 17, 0) + packed(
    "192.0.2.9") + packed("192.0.2.10") + struct.pack("!HHHH", 9, 9, 12, 0) + b"none"
