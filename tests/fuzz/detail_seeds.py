"""Seeds of detail: packet_decode's frames, and both dialects of the relay in segments."""

from explanation_seeds import ACK, PSH, opened, segment
from packet_seeds import packet_seeds

# How it is shown: colours, raw numbers, explanations; and how wide, in fours from 50
PLAIN_80, COLOURS_120, EXPLAINED_80, NARROW = 8 << 3, 17 << 3 | 1, 8 << 3 | 4, 0


def talk(*said, pieces=1):
    """Segments behind a handshake: (side, bytes), each in so many segments."""
    numbers = [2**32 - 2, 1001]
    frames = opened()
    for side, octets in said:
        step = -(-len(octets) // pieces)
        for at in range(0, len(octets), step):
            part = octets[at:at + step]
            frames += segment(side, PSH | ACK, numbers[side], numbers[1 - side], payload=part)
            numbers[side] += len(part)
    return frames


def detail_seeds(vectors):
    """Path below corpus/ -> bytes. vectors: as make_seeds.py reads them."""
    found = {}
    for name, octets in packet_seeds().items():
        target, _, name = name.partition("/")
        if target == "packet_decode":
            found[f"detail/{name}"] = bytes([EXPLAINED_80 if len(name) % 2 else PLAIN_80]) + octets
    said = [(side == "server", octets) for _, side, verdict, octets in vectors
            if side in ("client", "server") and verdict == "ok" and len(octets) < 200]
    asked = bytes([2]) + bytes(263)
    answer = bytes([2, 0, 0, 0, 0, 0, 0, 0]) + b"Fri Nov 20 21:00:00\n".ljust(256, b"\0")
    told = [(1, b"Hello".ljust(256, b"\0")), (0, asked), (1, answer)]
    found["detail/relay"] = bytes([PLAIN_80]) + talk(*said[:16])
    found["detail/relay-in-pieces"] = bytes([COLOURS_120]) + talk(*said[:10], pieces=3)
    found["detail/classic"] = bytes([PLAIN_80]) + talk(*told)
    found["detail/classic-in-pieces"] = bytes([NARROW]) + talk(*told, pieces=2)
    return found
