"""The bare relay passes on what it gets, whole and in order, however full the sockets are."""

import os
import shutil
import socket
import struct
import subprocess
from pathlib import Path

import pytest

import servers

SOURCE = Path(__file__).resolve().parents[2] / "bench" / "bare_relay.c"
PATIENCE = 20


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    compiler = shutil.which(os.environ.get("CC", "cc"))
    if not compiler:
        pytest.skip("no C compiler")
    built = tmp_path_factory.mktemp("bare") / "bare_relay"
    subprocess.run([compiler, "-std=gnu17", "-D_GNU_SOURCE", "-O1", "-o", built, SOURCE],
                   check=True, timeout=60)
    return built


@pytest.fixture
def relay(program, tmp_path, monkeypatch):
    monkeypatch.setitem(servers.COMMANDS, "bare", lambda _build, port, _: [program, str(port)])
    with servers.Server("bare", tmp_path, tmp_path) as server:
        yield server
        server.check()


def receive(end, length):
    taken = bytearray()
    while len(taken) < length:
        piece = end.recv(min(65536, length - len(taken)))
        assert piece, f"closed after {len(taken)} of {length} bytes"
        taken += piece
    return bytes(taken)


def connect(relay, number, to=0):
    end = socket.create_connection(("127.0.0.1", relay.port), timeout=PATIENCE)
    end.settimeout(PATIENCE)
    greeting = struct.pack("!II", number, to)
    end.sendall(greeting)
    assert receive(end, 8) == greeting
    return end


def test_bytes_go_to_the_one_named_and_its_answers_come_back(relay):
    with connect(relay, 1) as receiver, connect(relay, 2, to=1) as sender:
        sender.sendall(b"hello")
        assert receive(receiver, 5) == b"hello"
        receiver.sendall(b"had it")
        assert receive(sender, 6) == b"had it"


def test_a_greeting_in_pieces_with_the_first_bytes_behind_it(relay):
    with connect(relay, 1) as receiver, \
            socket.create_connection(("127.0.0.1", relay.port), timeout=PATIENCE) as sender:
        sender.sendall(b"\0\0\0")
        sender.sendall(b"\2\0\0\0\1hello")
        assert receive(sender, 8) == b"\0\0\0\2\0\0\0\1"
        assert receive(receiver, 5) == b"hello"


def test_a_reader_that_waits_makes_its_sender_wait_and_loses_nothing(relay):
    content = bytes(range(251)) * 4096
    with connect(relay, 1) as receiver, connect(relay, 2, to=1) as sender:
        sender.setblocking(False)
        sent = 0
        refusals = 0
        while refusals < 3:  # until nothing moves on: both sockets and the relay are full
            try:
                sent += sender.send(content[sent % len(content):])
                refusals = 0
            except BlockingIOError:
                sender.settimeout(0.2)
                try:
                    sent += sender.send(content[sent % len(content):])
                except TimeoutError:
                    refusals += 1
                sender.setblocking(False)
            assert sent < 1 << 28, "a sender that nobody reads from is not made to wait"
        expected = content * (sent // len(content) + 1)
        assert receive(receiver, sent) == expected[:sent]


def test_bytes_for_nobody_are_dropped_and_a_number_can_come_again(relay):
    with connect(relay, 2, to=1) as sender:
        sender.sendall(b"lost")
        connect(relay, 3).close()  # a round trip, so that the relay has read what came before
        with connect(relay, 1) as receiver:
            sender.sendall(b"first")
            assert receive(receiver, 5) == b"first"
        with connect(relay, 4) as other, connect(relay, 5, to=4) as another:
            another.sendall(b"x")
            assert receive(other, 1) == b"x"


@pytest.mark.parametrize("greeting", [(0, 0), (65536, 0), (1, 65536)])
def test_a_number_that_is_none_ends_the_connection(relay, greeting):
    with socket.create_connection(("127.0.0.1", relay.port), timeout=PATIENCE) as end:
        end.sendall(struct.pack("!II", *greeting))
        assert end.recv(8) == b""
