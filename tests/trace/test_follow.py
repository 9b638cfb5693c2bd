"""What `wiretale trace --follow N` shows is what both sides said: every byte once, in order,
whatever happened to the segments, with the frame that brought it; what the capture lacks is
told."""

import base64
import json
import os
import random
import re
import shutil
import subprocess

import pytest

from frames import ACK, FIN, PSH, SYN, segment, write_pcap

WIRETALE = os.path.abspath(os.environ.get("WIRETALE", "build/wiretale"))
PATIENCE = float(os.environ.get("WIRETALE_TEST_PATIENCE", "1"))
SECONDS = 30 * PATIENCE
START = 1_700_000_000_000_000_000
CLIENT, SERVER = ("10.0.0.1", 40000), ("10.0.0.2", 80)
OBEYED = re.compile(rb"[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]")

needs_tshark = pytest.mark.skipif(not shutil.which("tshark"), reason="there is no tshark")


def follow(path, *options, number=1, status=0):
    done = subprocess.run([WIRETALE, "trace", "--follow", str(number), *options, path],
                          capture_output=True, timeout=SECONDS, check=False)
    assert done.returncode == status, done.stderr
    return done.stdout


def capture(path, said):
    """said: (speaker, offset in its stream, bytes), each a frame behind the handshake's three."""
    frames = [segment(CLIENT, SERVER, SYN, 999, 0), segment(SERVER, CLIENT, SYN | ACK, 4999, 1000),
              segment(CLIENT, SERVER, ACK, 1000, 5000)]
    for speaker, offset, octets in said:
        other = SERVER if speaker == CLIENT else CLIENT
        base, acknowledged = (1000, 5000) if speaker == CLIENT else (5000, 1000)
        frames.append(segment(speaker, other, ACK | PSH, base + offset, acknowledged, octets,
                              identification=len(frames)))
    write_pcap(path, [(START + n * 1_500_000, frame) for n, frame in enumerate(frames)])
    return str(path)


def streams(path):
    """By --json: the bytes of each side, gaps as None, and the frame of each chunk."""
    found = {"client": [], "server": []}
    frames = {"client": [], "server": []}
    for line in follow(path, "--json").splitlines():
        chunk = json.loads(line)
        if chunk["type"] != "chunk":
            continue
        side = chunk["from"]
        assert chunk["offset"] == sum(len(piece) if isinstance(piece, bytes) else piece
                                      for piece in found[side])
        found[side].append(chunk["data"].encode() if "data" in chunk
                           else chunk["missing"] if "missing" in chunk
                           else base64.b64decode(chunk["data_base64"]))
        frames[side].append(chunk["frame"])
    return found, frames


def test_text_has_frame_time_and_speaker(tmp_path):
    path = capture(tmp_path / "x.pcap", [(SERVER, 0, b"login: "), (CLIENT, 0, b"ann\nls\r\n"),
                                         (SERVER, 7, b"\x1b[2J\0\0\0\0\0")])
    assert follow(path).decode() == """\
Connection 1: > client 10.0.0.1:40000  < server 10.0.0.2:80

  frame     time, s
      4    0.004500 < login:\x20
      5    0.006000 > ann
                    > ls\\r
      6    0.007500 < \\x1b[2J[5 zero bytes]

8 bytes from the client; 16 bytes from the server.
"""


def test_hex_has_offsets_of_each_side(tmp_path):
    path = capture(tmp_path / "x.pcap", [(CLIENT, 0, b"0123456789abcdefg"), (SERVER, 0, b"\xff"),
                                         (CLIENT, 17, b"h")])
    assert follow(path, "--hex").decode().splitlines()[2:-2] == [
        "> frame 4, 0.004500 s: 17 bytes",
        "> 00000000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  0123456789abcdef",
        "> 00000010  67" + " " * 48 + "g",
        "< frame 5, 0.006000 s: 1 byte",
        "< 00000000  ff" + " " * 48 + ".",
        "> frame 6, 0.007500 s: 1 byte",
        "> 00000011  68" + " " * 48 + "h",
    ]


def test_shuffled_and_repeated_segments_give_the_bytes_once_and_in_order(tmp_path):
    for seed in range(20):
        chance = random.Random(seed)
        whole = chance.randbytes(3000)
        pieces = [(at, whole[at:at + chance.randrange(100, 400)]) for at in range(0, 3000, 100)]
        first, rest = pieces[0], pieces[1:] + chance.sample(pieces, 10)
        chance.shuffle(rest)
        path = capture(tmp_path / "x.pcap", [(CLIENT, *one) for one in [first, *rest]])
        found, frames = streams(path)
        assert b"".join(found["client"]) == whole
        for piece, frame, at in zip(found["client"], frames["client"], offsets(found["client"])):
            offset, octets = [first, *rest][frame - 4]
            assert octets[at - offset:at - offset + len(piece)] == piece  # that frame brought it


def offsets(pieces):
    at = 0
    for piece in pieces:
        yield at
        at += len(piece)


def test_what_the_capture_lacks_is_told(tmp_path):
    path = capture(tmp_path / "x.pcap", [(CLIENT, 0, b"abc"), (CLIENT, 1463, b"def")])
    assert streams(path)[0]["client"] == [b"abc", 1460, b"def"]
    shown = follow(path).decode()
    assert "> [1,460 bytes are not in the capture]" in shown
    assert "6 bytes from the client and 1,460 bytes that the capture does not have;" in shown


def test_a_connection_that_is_not_there_is_said_so(tmp_path):
    path = capture(tmp_path / "x.pcap", [(CLIENT, 0, b"abc")])
    done = subprocess.run([WIRETALE, "trace", "--follow", "2", path], capture_output=True,
                          timeout=SECONDS, check=False)
    assert done.returncode == 1
    assert done.stdout == b""
    assert b"--follow 2" in done.stderr


def test_nothing_that_a_terminal_obeys_comes_out(tmp_path):
    every = bytes(range(256)) + "\u202e\u200b\u0085".encode() + bytes(range(255, -1, -1))
    path = capture(tmp_path / "x.pcap", [(CLIENT, 0, every), (SERVER, 0, every[::-1])])
    for options in ([], ["--hex"]):
        assert not OBEYED.search(follow(path, *options))


def test_a_long_conversation_is_told_to_its_end(tmp_path):
    """4 MB: far more than is kept of a stream anywhere."""
    block = b"0123456789abcde\n" * 87
    count = 3000
    frames = [segment(CLIENT, SERVER, SYN, 999, 0)]
    frames += [segment(CLIENT, SERVER, ACK, 1000 + n * len(block), 1, block)
               for n in range(count)]
    frames.append(segment(CLIENT, SERVER, ACK | FIN, 1000 + count * len(block), 1))
    path = tmp_path / "x.pcap"
    write_pcap(path, [(START + n * 1000, frame) for n, frame in enumerate(frames)])
    shown = follow(str(path))
    assert shown.count(b" > 0123456789abcde\n") == 87 * count


@needs_tshark
def test_it_agrees_with_tshark(tmp_path):
    chance = random.Random(7)
    said, at = [], {CLIENT: 0, SERVER: 0}
    for _ in range(200):
        speaker = chance.choice([CLIENT, SERVER])
        octets = chance.randbytes(chance.randrange(1, 300))
        said.append((speaker, at[speaker], octets))
        at[speaker] += len(octets)
        if chance.random() < 0.1:
            said.append(said[-1])
    path = capture(tmp_path / "x.pcap", said)
    shown = subprocess.run(["tshark", "-n", "-q", "-r", path, "-z", "follow,tcp,raw,0"],
                           capture_output=True, timeout=SECONDS, check=True, text=True).stdout
    lines = shown.split("Node 1: ")[1].splitlines()[1:-1]
    found, _ = streams(path)
    assert b"".join(found["client"]).hex() == "".join(x for x in lines if x[0] != "\t")
    assert b"".join(found["server"]).hex() == "".join(x[1:] for x in lines if x[0] == "\t")
