"""In a pipe the peer is exact: every byte of the input arrives, every byte that arrives is written,
and both ends are told truthfully."""

import hashlib
import os
import socket
import subprocess
import threading

import pytest

import bare
from bare import accept, call, port_of, receive_all, receive_exactly

ALL_BYTES = bytes(range(256)) * 4


def test_bytes_of_a_pipe_arrive_as_they_are_in_both_directions(server, connect):
    peer = connect(port_of(server), "--half-close")
    with accept(server) as connection:
        peer.write(ALL_BYTES)
        assert receive_exactly(connection, len(ALL_BYTES)) == ALL_BYTES
        connection.sendall(ALL_BYTES[::-1])
        peer.end_input()
        assert receive_all(connection) == b""
    assert peer.status() == 0
    assert peer.out.octets == ALL_BYTES[::-1]


def test_megabytes_pass_to_a_reader_that_begins_late(server, connect, tmp_path):
    content = os.urandom(1 << 20) * 8
    path = tmp_path / "content"
    path.write_bytes(content)
    with path.open("rb") as file:
        peer = connect(port_of(server), "--half-close", stdin=file)
    with accept(server) as connection:
        peer.err.wait(rb"Connected to")
        got = receive_all(connection)
        assert hashlib.sha256(got).digest() == hashlib.sha256(content).digest()
        connection.sendall(content)
    assert peer.status() == 0
    assert peer.out.octets == content


def test_a_listener_sends_its_input_to_all_and_writes_what_all_say(listen):
    peer = listen()
    with peer.call() as one, peer.call() as two:
        peer.write(b"to both")
        assert receive_exactly(one, 7) == receive_exactly(two, 7) == b"to both"
        one.sendall(b"first ")
        peer.out.wait(rb"first ")
        two.sendall(b"second")
        peer.out.wait(rb"second")
        one.close()
        peer.err.wait(rb"Client 1 closed the connection")
    peer.err.wait(rb"Client 2 closed the connection")
    assert peer.stop() == 0


def test_input_waits_for_the_first_client(listen):
    peer = listen("--once", "--half-close")
    peer.write(b"early")
    peer.end_input()
    with call(peer.port) as client:
        assert receive_all(client) == b"early"
    assert peer.status() == 0


def test_without_half_close_the_end_of_the_input_ends_nothing(server, connect):
    peer = connect(port_of(server), stdin=subprocess.DEVNULL)
    with accept(server) as connection:
        peer.err.wait(rb"Connected")
        connection.sendall(b"still there?")
        peer.out.wait(rb"still there\?")
        assert not bare.readable(connection, 0)
    assert peer.status() == 0


def test_half_close_sends_a_fin_and_reads_on(server, connect):
    peer = connect(port_of(server), "--half-close", "--say", "get")
    with accept(server) as connection:
        assert receive_exactly(connection, 3) == b"get"
        peer.end_input()
        assert connection.recv(1) == b""
        connection.sendall(b"200 ok")
        peer.out.wait(rb"200 ok")
    assert peer.status() == 0
    assert "we were first" in peer.words


def test_what_is_queued_still_arrives_when_the_peer_has_ended_first(server, connect):
    content = os.urandom(200_000)
    peer = connect(port_of(server), "--sndbuf", 4096)
    with accept(server) as connection:
        peer.write(content)
        connection.shutdown(socket.SHUT_WR)
        # The FIN ends the reading of the input: what was taken from it by then must all arrive.
        got = receive_all(connection)
    assert content.startswith(got) and got
    assert peer.status() == 0
    assert f"{len(got)} sent." in peer.words


def test_hex_goes_both_ways(server, connect):
    peer = connect(port_of(server), "--hex", "--half-close")
    with accept(server) as connection:
        peer.write(b"48 65 6c 6c 6f\n0x00 0xFF,0a\n")
        peer.end_input()
        assert receive_all(connection) == b"Hello\x00\xff\n"
        connection.sendall(b"\x00\x7fok")
    assert peer.status() == 0
    assert peer.out.octets == b"00 7f 6f 6b\n"


def test_bad_hex_is_not_sent_and_is_a_failure(server, connect):
    peer = connect(port_of(server), "--hex-in", "--half-close")
    with accept(server) as connection:
        peer.write(b"6869\n4\nzz\n21\n")
        peer.end_input()
        assert receive_all(connection) == b"hi!"
    assert peer.status() == 1
    assert peer.words.count("Not sent: bytes are written as two hex digits") == 2


def test_send_and_receive_sizes_part_the_stream(server, connect, listen):
    peer = connect(port_of(server), "--send-size", 4, "--calls", "--half-close")
    with accept(server) as connection:
        peer.write(b"0123456789")
        peer.end_input()
        assert receive_all(connection) == b"0123456789"
    assert peer.status() == 0
    assert [line for line in peer.words.splitlines() if line.startswith("send")] == [
        'send(3, "0123", 4, 0) = 4', 'send(3, "4567", 4, 0) = 4', 'send(3, "89", 2, 0) = 2']

    peer = listen("--once", "--recv-size", 3, "--json")
    with call(peer.port) as client:
        client.sendall(b"abcdefgh")
    assert peer.status() == 0
    pieces = [line["data"] for line in peer.of_type("data")]
    assert "".join(pieces) == "abcdefgh" and all(len(piece) <= 3 for piece in pieces)


def test_a_peer_that_never_reads_costs_a_bounded_memory_and_stops_the_input(listen):
    peer = listen()
    feeding = threading.Event()
    with peer.call() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        before = peer.resident_bytes()

        def feed():
            try:
                for _ in range(64):
                    peer.write(bytes(1 << 20))
            except (BrokenPipeError, ValueError):
                pass
            feeding.set()

        feeder = threading.Thread(target=feed, daemon=True)
        feeder.start()
        with peer.call() as other:  # it serves others all the while
            other.sendall(b"hello")
            peer.out.wait(rb"hello")
        assert peer.resident_bytes() - before < 16 << 20
        assert not feeding.is_set()
    assert peer.stop() == 0
    feeder.join(bare.WAIT)


@pytest.mark.parametrize("answer", ["--echo", "--serial"])
def test_an_echo_is_not_read_for_while_its_answers_wait(listen, answer):
    peer = listen(answer)
    with peer.call() as client:
        client.setblocking(False)
        sent = 0
        while bare.select.select([], [client], [], 0.5)[1]:
            try:
                sent += client.send(bytes(65536))
            except BlockingIOError:
                continue
            assert sent < 64 << 20, "it takes without end"
        with peer.call() as other:
            other.sendall(b"x")
            assert other.recv(10) in (b"x", b"0x")
    assert peer.stop() == 0


@pytest.mark.parametrize("closed", [1, 2])
def test_a_stream_that_was_closed_is_never_the_socket(server, connect, closed):
    """Its number would be the first that is free: what is for people would go to the peer."""
    peer = connect(port_of(server), "--calls", "--say", "hello", limit=lambda: os.close(closed))
    with accept(server) as connection:
        connection.sendall(b"back")
        connection.shutdown(socket.SHUT_WR)
        assert receive_all(connection) == b"hello"
    # What came could not be written to a standard output that is not there.
    assert peer.status() == (1 if closed == 1 else 0)
