"""Captures of the relay's protocol that are made here: connections as lists of who sends what."""

from collections import namedtuple
from pathlib import Path

from frames import ACK, PSH, SYN, segment, write_pcap

ROOT = Path(__file__).resolve().parents[2]
MILLISECOND = 1_000_000
START = 1_700_000_000_000 * MILLISECOND
CLIENT, SERVER = "C", "S"
FIRST_PORT, PORTS = 50000, 15000  # of clients; lower ones are those of protocols that tshark knows

Vector = namedtuple("Vector", "name sender verdict octets meaning")


def vectors(*senders):
    found = []
    for line in (ROOT / "docs" / "protocol-vectors.tsv").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, sender, verdict, octets, meaning = line.split("\t")
            octets = b"" if octets == "-" else bytes.fromhex(octets)
            if sender in senders:
                found.append(Vector(name, sender, verdict, octets, meaning))
    assert found
    return found


def vector(name):
    for row in vectors("client", "server", "classic-client", "classic-server"):
        if row.name == name:
            return row
    raise KeyError(name)


def side(row):
    return CLIENT if row.sender.endswith("client") else SERVER


HELLO = vector("example-hello").octets
CLASSIC_HELLO = b"welcome".ljust(256, b"\0")


class Talk:
    """One connection after the other in one capture, a millisecond between two segments."""

    def __init__(self):
        self.frames = []
        self.number = 0
        self.next = {}

    def connect(self, port=2312, handshake=True, sequence=1000):
        """The next connection, from a port of its own. Returns its number as tshark counts."""
        self.server = ("127.0.0.1", port)
        address = f"127.0.{self.number // PORTS}.9"
        self.client = (address, FIRST_PORT + self.number % PORTS)
        self.number += 1
        self.next = {CLIENT: sequence, SERVER: sequence + 4000}
        if handshake:
            self.put(CLIENT, SYN)
            self.put(SERVER, SYN | ACK)
            self.put(CLIENT, ACK)
        return self.number - 1

    def put(self, sender, flags, payload=b"", sequence=None):
        source, destination = self.client, self.server
        if sender == SERVER:
            source, destination = destination, source
        other = SERVER if sender == CLIENT else CLIENT
        at = self.next[sender] if sequence is None else sequence
        self.frames.append((START + len(self.frames) * MILLISECOND, segment(
            source, destination, flags, at, self.next[other] if flags & ACK else 0, payload)))
        end = at + len(payload) + (1 if flags & SYN else 0)
        self.next[sender] = max(self.next[sender], end)
        return len(self.frames)

    def say(self, sender, *payloads):
        """A segment each. Returns the number of the last frame."""
        for payload in payloads:
            self.put(sender, ACK | PSH, payload)
        return len(self.frames)

    def write(self, path, **keywords):
        write_pcap(path, self.frames, **keywords)
        return path
