"""Connections as no program makes them: each segment is drawn at random around what decides the
labels, the numbers that both sides have come to, their windows, and the times at which tshark draws
its lines. The same seed gives the same bytes."""

import random

from frames import ACK, FIN, PSH, RST, SYN, sack, segment, timestamps, window_scale

FULL = 1 << 32
START = 1_600_000_000_000_000_000
BEGINNINGS = (0, 1, 2, 100, 0x7FFFFFF0, 0x80000000, 0xFFFFFF00, 0xFFFFFFFE, 0xFFFFFFFF)
LENGTHS = (1, 1, 2, 3, 10, 100, 100, 536)
STEPS = (0, 1, 1000, 100_000, 999_999, 1_000_000, 1_000_001, 2_999_999, 3_000_000, 3_000_001,
         10_000_000, 19_999_999, 20_000_000, 20_000_001, 200_000_000, 3_000_000_000)


class Side:
    """What one side has come to, as far as the next segments are drawn around it."""

    def __init__(self, draw):
        self.beginning = draw.choice(BEGINNINGS) if draw.random() < 0.5 else draw.randrange(FULL)
        self.next = self.beginning
        self.acknowledged = 0
        self.window = 1000
        self.scale = 0


class Connection:
    def __init__(self, draw, ends):
        self.draw = draw
        self.ends = ends
        self.sides = (Side(draw), Side(draw))
        self.time = 0
        self.scaled = draw.random() < 0.5
        self.steps = draw.sample(STEPS, 4)

    def step(self):
        self.time += self.draw.choice(self.steps)
        if self.draw.random() < 0.01:
            self.time += self.draw.choice((-1, -5_000_000, -30_000_000))

    def send(self, side, flags, sequence, acknowledgment, length=0, window=None, options=b""):
        """One segment, as (time, bytes)."""
        self.step()
        me = self.sides[side]
        if window is None:
            window = me.window
        me.window = window
        me.acknowledged = acknowledgment % FULL
        end = (sequence + length + bool(flags & (SYN | FIN))) % FULL
        if (end - me.next) % FULL < 0x80000000:
            me.next = end
        return self.time, segment(self.ends[side], self.ends[1 - side], flags, sequence,
                                  acknowledgment, b"x" * length, window, options)

    def open(self):
        """A usual beginning, with something missing now and then."""
        draw, (client, server) = self.draw, self.sides
        offer = window_scale(draw.choice((0, 1, 2, 7, 14, 15, 255))) if self.scaled else b""
        segments = [
            self.send(0, SYN, client.beginning, 0, options=offer),
            self.send(1, SYN | ACK, server.beginning, client.beginning + 1,
                      options=offer if draw.random() < 0.9 else b""),
            self.send(0, ACK, client.next, server.next),
        ]
        return [one for one in segments if draw.random() < 0.93]

    def acknowledgment(self, side):
        draw, me, other = self.draw, self.sides[side], self.sides[1 - side]
        return draw.choice((other.next, other.next, other.next, me.acknowledged, me.acknowledged,
                            me.acknowledged, other.next - 1, other.next + draw.choice((1, 1, 50)),
                            other.next - draw.choice((10, 100, 700)), 0,
                            other.next + 0x80000000 + draw.choice((-1, 0, 1)))
                           if draw.random() < 0.4 else (other.next, me.acknowledged))

    def room_end(self, side):
        other = self.sides[1 - side]
        return other.acknowledged + (other.window << (other.scale if self.scaled else 0))

    def one(self):
        """One segment of a random kind."""
        draw = self.draw
        side = draw.randrange(2)
        kind = draw.choices(KINDS, WEIGHTS)[0]
        return kind(self, side)

    def data(self, side):
        return self.send(side, ACK | PSH, self.sides[side].next, self.acknowledgment(side),
                         self.draw.choice(LENGTHS))

    def gap(self, side):
        return self.send(side, ACK, self.sides[side].next + self.draw.choice((1, 2, 100, 1000)),
                         self.acknowledgment(side), self.draw.choice((0, 1, 100)))

    def again(self, side):
        back = self.draw.choice((1, 2, 3, 10, 100, 200, 536, 1000))
        length = self.draw.choice((back, back, back + 1, back - 1, back // 2, back + 100))
        flags = self.draw.choice((ACK, ACK, ACK, ACK | FIN))
        return self.send(side, flags, self.sides[side].next - back, self.acknowledgment(side),
                         length)

    def wanted_again(self, side):
        """From where the other side's acknowledgements stand."""
        return self.send(side, ACK, self.sides[1 - side].acknowledged, self.acknowledgment(side),
                         self.draw.choice(LENGTHS))

    def bare_ack(self, side):
        return self.send(side, ACK, self.sides[side].next, self.acknowledgment(side))

    def same_ack(self, side):
        options = sack((self.sides[1 - side].next - 50, self.sides[1 - side].next)) \
            if self.draw.random() < 0.3 else b""
        return self.send(side, ACK, self.sides[side].next, self.sides[side].acknowledged,
                         options=options)

    def other_window(self, side):
        return self.send(side, ACK, self.sides[side].next, self.acknowledgment(side),
                         self.draw.choice((0, 0, 0, 10)), self.draw.choice((0, 1, 500, 65535)))

    def closed_window(self, side):
        return self.send(side, ACK, self.sides[side].next, self.acknowledgment(side), 0, 0)

    def probe(self, side):
        return self.send(side, ACK, self.sides[side].next - self.draw.choice((0, 1)),
                         self.acknowledgment(side), self.draw.choice((0, 1, 1, 2, 10)))

    def filling(self, side):
        length = self.draw.choice((1, 2, 10, 100))
        return self.send(side, ACK, self.room_end(side) - length, self.acknowledgment(side), length)

    def opening(self, side):
        me = self.sides[side]
        flags = SYN | self.draw.choice((0, ACK))
        number = self.draw.choice((me.beginning,) * 6 + (me.beginning + 1, me.next))
        options = self.draw.choice((b"", window_scale(3), window_scale(7)))
        return self.send(side, flags, number, self.acknowledgment(side) if flags & ACK else 0,
                         self.draw.choice((0, 0, 0, 5)), options=options)

    def finish(self, side):
        return self.send(side, FIN | ACK, self.sides[side].next, self.acknowledgment(side),
                         self.draw.choice((0, 0, 0, 1, 20)))

    def reset(self, side):
        return self.send(side, RST | self.draw.choice((0, ACK)), self.sides[side].next +
                         self.draw.choice((0, 0, 1, -1, 1000)), self.acknowledgment(side),
                         self.draw.choice((0, 0, 0, 12)))

    def anything(self, side):
        draw, me = self.draw, self.sides[side]
        number = me.next + draw.choice((0, 1, -1, 1000, -1000, 0x80000000, 0x7FFFFFFF, 0x80000001))
        options = draw.choice((b"", timestamps(1, 2), window_scale(5)))
        return self.send(side, draw.randrange(512), number, self.acknowledgment(side),
                         draw.choice((0, 0, 1, 2, 100)), draw.choice((None, 0, 77)), options)


KINDS, WEIGHTS = zip(
    (Connection.data, 24), (Connection.bare_ack, 12), (Connection.same_ack, 14),
    (Connection.again, 10), (Connection.wanted_again, 6), (Connection.gap, 5),
    (Connection.other_window, 5), (Connection.closed_window, 3), (Connection.probe, 6),
    (Connection.filling, 4), (Connection.opening, 1), (Connection.finish, 2),
    (Connection.reset, 0.5), (Connection.anything, 0.5))


def capture(seed, connections=1000, longest=60, at_once=6):
    """The frames of many connections, some at a time, their segments in the order of the file."""
    draw = random.Random(seed)
    waiting = list(range(connections))
    running = []
    frames = []
    while waiting or running:
        while waiting and len(running) < at_once:
            number = waiting.pop(0)
            ends = ((f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}",
                     1024 + number % 60000),
                    ("10.200.0.1" if draw.random() < 0.8 else "10.0.0.0", 80))
            if draw.random() < 0.5:
                ends = ends[1], ends[0]
            connection = Connection(draw, ends)
            connection.time = frames[-1][0] if frames else START
            opened = connection.open() if draw.random() < 0.85 else []
            frames.extend(opened)
            running.append([connection, draw.randrange(1, longest)])
        place = draw.randrange(len(running))
        connection, left = running[place]
        frames.append(connection.one())
        running[place][1] = left - 1
        if left <= 1:
            running.pop(place)
    return frames
