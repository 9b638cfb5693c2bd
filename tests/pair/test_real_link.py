"""Two network stacks of this kernel, joined by a forwarder of ours that delays, loses and reorders
by a seed and writes down what it did; tcpdump on both ends; the truth is known.

    client's namespace -- TUN -- forward() -- TUN -- server's namespace
"""

import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys

import pytest

from told import PATIENCE, Told, ns

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import netns  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
SECONDS = 40 * PATIENCE
PORT = 7007  # of real_link.py


def tool(name):
    found = netns.find(name)
    if not found:
        pytest.skip(f"there is no {name}")
    return found


def truth_of(record):
    """Lost datagrams by (side, IP identification, TCP sequence number, flags, ...)."""
    return [json.loads(line) for line in record.read_text().splitlines()]


def key_of(frame):
    """Of an IPv4 datagram: what tells it from all others of its sender."""
    header = (frame[0] & 15) * 4
    return frame[4:6].hex() + frame[header:].hex()


def is_of_the_talk(key):
    """And not of what comes behind it, which may be in one capture only."""
    return f"{PORT:04x}" in (key[4:8], key[8:12])


def frames_of(path):
    """Of a capture of raw IP: number -> datagram."""
    data = path.read_bytes()
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    at, number, frames = 24, 0, {}
    while at + 16 <= len(data):
        length = struct.unpack(order + "I", data[at + 8:at + 12])[0]
        number += 1
        frames[number] = data[at + 16:at + 16 + length]
        at += 16 + length
    return frames


@pytest.mark.parametrize("loss, seed", [(0, 1), (0.03, 2), (0.08, 3)])
def test_the_merge_finds_exactly_the_lost_ones(tmp_path, loss, seed):
    tcpdump = tool("tcpdump")
    tool("ip")
    if not os.path.exists("/dev/net/tun"):
        pytest.skip("there is no /dev/net/tun")
    if not shutil.which("unshare"):
        pytest.skip("there is no unshare")
    users = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    done = subprocess.run(
        ["unshare", *users, "--net", "--mount", sys.executable, "-B", str(HERE / "real_link.py"),
         str(tmp_path), tcpdump, tool("ip"), str(loss), str(seed)],
        capture_output=True, text=True, check=False, timeout=SECONDS)
    if done.returncode == 77:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, (done.stdout, done.stderr)
    captures = [tmp_path / "client.pcap", tmp_path / "server.pcap"]
    told = Told(*captures)
    frames = [frames_of(path) for path in captures]
    lost = {(side, key) for side, frame in told.lost()
            if is_of_the_talk(key := key_of(frames[side][frame]))}
    truth = {(row["side"], row["key"]) for row in truth_of(tmp_path / "truth")
             if row["lost"] and is_of_the_talk(row["key"]) and row["key"] in {
                 key_of(frame) for frame in frames[row["side"]].values()}}
    # What was sent last may have come when the other capture had ended: nobody can tell.
    outside = {(side, key) for side, frame in told.outside()
               if is_of_the_talk(key := key_of(frames[side][frame]))}
    assert len(outside) <= 3
    assert all(frame > len(frames[side]) - 20 for side, frame in told.outside())
    assert lost == truth - outside, (lost - truth, truth - lost - outside)
    assert bool(truth) == bool(loss)
    assert min(told.delays()) >= 0
    # One machine, one clock: nothing between the two but what we make up.
    assert told.clock["kind"] == "known"
    assert abs(ns(told.clock["offset"])) <= ns(told.clock["within"])
    for name, delay in (("from_client", 5), ("from_server", 5)):
        least = ns(told.pairs[0][name]["delay"]["least"])
        assert least > 1_000_000 * delay - ns(told.clock["within"])
    assert told.pairs[0]["client_end"] == "first" and told.pairs[0]["client_end_proven"]
