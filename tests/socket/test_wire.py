"""--wire of the bare peer, in a network namespace of the test's own: the segments stand below the
calls that caused them, also where connect() fails, and with --json among the objects."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import bare  # noqa: E402
import netns  # noqa: E402

# Listens at 127.0.0.1 alone; answers in capitals until the client's end.
SHOUTING_SERVER = """
import socket
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
client, _ = listener.accept()
while said := client.recv(4096):
    client.sendall(said.upper())
client.close()
"""


@pytest.fixture(name="inside")
def make_inside(tmp_path, monkeypatch):
    with netns.made_or_skipped() as namespace:
        namespace.hold(monkeypatch, bare, "WIRETALE", tmp_path)
        yield namespace


@pytest.fixture(name="shouting")
def make_shouting(inside):
    """Its port."""
    process = inside.python(SHOUTING_SERVER, stdout=subprocess.PIPE)
    yield int(process.stdout.readline())
    process.terminate()
    process.wait()
    process.stdout.close()


def ended(connect, place, *options):
    peer = connect(place, *options, stdin=subprocess.DEVNULL)
    return peer, peer.status()


@pytest.mark.usefixtures("inside")
def test_where_nobody_listens_syn_and_rst_stand_between_the_calls_and_the_sentence(connect):
    peer, status = ended(connect, 1, "--wire", "--calls")
    assert status == 1 and peer.out.octets == b""
    at = [re.search(pattern, peer.words).start() for pattern in (
        r"ECONNREFUSED", r"SYN +seq 0", r"RST ACK +seq 1 +ack 1", r"wiretale: .*An RST came back")]
    assert at == sorted(at)
    # No call is made for it that a plain program would not make.
    assert re.findall(r"^(\w+)\(", peer.words, re.MULTILINE) == ["socket", "connect", "close"]


@pytest.mark.usefixtures("inside")
def test_with_json_a_failed_try_is_told_by_its_segments(connect):
    peer, status = ended(connect, 1, "--wire", "--json")
    assert status == 1 and "ECONNREFUSED" in peer.words
    assert [line["type"] for line in peer.lines()] == ["segment", "segment", "connection"]
    assert [line["flags"] for line in peer.of_type("segment")] == ["S", "RA"]


def test_with_json_the_segments_stand_among_the_objects(shouting, connect):
    peer, status = ended(connect, shouting, "--wire", "--json", "--say", "get", "--half-close")
    assert status == 0 and peer.words == ""
    kinds = [line["type"] for line in peer.lines()]
    assert kinds[0] == "connected" and kinds[-1] == "connection"
    segments = peer.of_type("segment")
    assert [line["frame"] for line in segments] == list(range(1, len(segments) + 1))
    assert [line["flags"] for line in segments[:3]] == ["S", "SA", "A"]
    (connection,) = peer.of_type("connection")
    (connected,) = peer.of_type("connected")
    assert (connection["client"], connection["server"]) == (connected["local"], connected["peer"])
    assert connection["closing"]["kind"].startswith("orderly")


@pytest.mark.usefixtures("inside")
def test_json_of_a_transfer_is_whole_lines_and_what_is_missing_is_said(listen, connect):
    server = listen("--json", "--once", "--wire", stdin=subprocess.DEVNULL)
    client = connect(server.port, "--wire", "--json", "--half-close")
    for _ in range(32):
        client.write(b"x" * 65536)
    client.end_input()
    assert client.status() == 0 and server.status() == 0
    for peer in (client, server):
        (connection,) = peer.of_type("connection")
        segments = peer.of_type("segment")
        assert [line["frame"] for line in segments] == list(range(1, connection["last_frame"] + 1))
        # By sequence number: two processors may bring a connection's segments in another order.
        sent = sorted((line["seq"], line["length"]) for line in segments
                      if line["from"] == "client")
        end = 1
        for seq, length in sent:
            if seq <= end:
                end = max(end, seq + length)
        assert end == 1 + 32 * 65536 or "frames were lost by the capture" in peer.words
