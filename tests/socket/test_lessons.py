"""What lessons on TCP want: answers, ends, options; each against a plain socket."""

import socket
import struct
import time

import pytest

import bare
from bare import accept, call, is_reset, port_of, receive_all, receive_exactly


def test_sayings_come_first_each_by_its_own_send(listen):
    peer = listen("--once", "--say", r"one\n", "--say", r"\x00\xffé\\", "--calls")
    with call(peer.port) as client:
        assert receive_exactly(client, 9) == b"one\n\x00\xff" + "é".encode() + b"\\"
    assert peer.status() == 0
    assert r'send(4, "one\n", 4, 0) = 4' in peer.words
    assert peer.words.count("send(4, ") == 2


def test_the_course_server_numbers_pads_and_ends_on_its_word(listen):
    """0hello, 1again, always 100 bytes, ends on bye: the bytes are those of the course's server."""
    peer = listen("--once", "--serial", "--pad", 100, "--until", "bye")
    with call(peer.port) as client:
        for number, word in enumerate([b"hello", b"again", b"x" * 150]):
            client.sendall(word)
            wanted = (str(number).encode() + word)[:100].ljust(100, b"\0")
            assert receive_exactly(client, 100) == wanted
        client.sendall(b"bye")
        assert receive_all(client) == b""
    assert peer.status() == 0
    assert peer.out.octets == b"helloagain" + b"x" * 150 + b"bye"
    assert "the word came" in peer.words


def test_an_echo_echoes_all_but_the_word(listen):
    peer = listen("--once", "--echo", "--until", "END")
    with call(peer.port) as client:
        client.sendall(b"some ENtext and END and more")
        assert receive_all(client) == b"some ENtext and "
    assert peer.status() == 0


def test_the_word_is_found_over_borders_of_segments(listen):
    peer = listen("--once", "--until", "aab", "--json")
    with call(peer.port) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for count, letter in enumerate([b"x", b"a", b"a", b"a", b"b"], 1):
            client.sendall(letter)
            peer.out.wait(rb'"type":"data"')
            assert count < 6
        assert receive_all(client) == b""
    assert peer.status() == 0
    (closed,) = peer.of_type("closed")
    assert (closed["by"], closed["how"], closed["why"]) == ("us", "fin", "word")


def test_an_end_before_the_word_is_a_failure(server, connect):
    peer = connect(port_of(server), "--until", "bye")
    accept(server).close()
    assert peer.status() == 1


def test_count_ends_after_so_many_bytes_and_takes_no_more(server, connect):
    peer = connect(port_of(server), "--count", 5)
    with accept(server) as connection:
        connection.sendall(b"1234567")
        assert is_reset(connection)
    assert peer.status() == 0
    assert peer.out.octets == b"12345"
    assert "RST where bytes were not read: 2" in peer.words


def test_linger_0_ends_with_a_reset_that_the_peer_sees(server, connect):
    peer = connect(port_of(server), "--linger", 0, "--say", "x", "--close-after", "50ms", "--json")
    with accept(server) as connection:
        assert receive_exactly(connection, 1) == b"x"
        assert is_reset(connection)
    assert peer.status() == 0
    (closed,) = peer.of_type("closed")
    assert (closed["by"], closed["how"], closed["why"]) == ("us", "reset", "time")


def test_close_after_closes_when_its_time_has_come_and_not_before(server, connect):
    began = time.monotonic()
    peer = connect(port_of(server), "--close-after", "300ms")
    with accept(server) as connection:
        assert receive_all(connection) == b""
    assert time.monotonic() - began >= 0.3
    assert peer.status() == 0


def test_a_reset_by_the_peer_is_told_and_is_a_failure(server, connect):
    peer = connect(port_of(server), "--json")
    connection = accept(server)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    assert peer.status() == 1
    (closed,) = peer.of_type("closed")
    assert (closed["by"], closed["how"], closed["error"]) == ("peer", "reset", "ECONNRESET")


def test_what_came_before_a_reset_is_still_written(server, connect):
    """The answer, and then an RST for the bytes that were not read: the answer is not lost."""
    peer = connect(port_of(server))
    connection = accept(server)
    connection.sendall(b"the answer")
    peer.out.wait(rb"the answer")
    peer.write(b"never read")
    bare.readable(connection, bare.WAIT)
    connection.close()
    assert peer.status() == 1
    assert "reset the connection" in peer.words


def test_keep_open_stays_in_close_wait_until_told(listen):
    peer = listen("--keep-open", "--echo", "--json")
    client = peer.call()
    client.sendall(b"x")
    assert receive_exactly(client, 1) == b"x"
    client.shutdown(socket.SHUT_WR)
    peer.out.wait(rb'"type":"half_closed","number":1,"by":"peer"')
    assert not bare.readable(client, 0.2)
    assert state_of(peer.port, client.getsockname()[1]) == "CLOSE_WAIT"
    assert peer.stop() == 0
    assert receive_all(client) == b""
    client.close()
    (closed,) = peer.of_type("closed")
    assert (closed["by"], closed["how"]) == ("peer", "fin")


def state_of(local_port, remote_port):
    """What the kernel says of a loopback socket."""
    names = {1: "ESTABLISHED", 4: "FIN_WAIT1", 5: "FIN_WAIT2", 6: "TIME_WAIT", 8: "CLOSE_WAIT"}
    with open("/proc/net/tcp", encoding="ascii") as file:
        for line in file.readlines()[1:]:
            fields = line.split()
            ports = [int(field.split(":")[1], 16) for field in fields[1:3]]
            if ports == [local_port, remote_port]:
                return names.get(int(fields[3], 16))
    return None


def test_bind_fixes_the_client_port_and_then_time_wait_holds_it(server, connect):
    with bare.plain_server() as free:
        port = port_of(free)
    peer = connect(port_of(server), "--bind", port, "--close-after", "0ms")
    with accept(server) as connection:
        assert connection.getpeername()[1] == port
        receive_all(connection)
    assert peer.status() == 0
    assert state_of(port, port_of(server)) == "TIME_WAIT"
    again = connect(port_of(server), "--bind", port)
    assert again.status() == 1
    assert "TIME_WAIT" in again.words and "--reuse" in again.words


def test_connect_succeeds_before_accept(listen):
    """In the kernel: the program has not accepted when connect() has long returned."""
    peer = listen("--accept-after", "2s", "--once", "--say", "now")
    with call(peer.port) as client:
        assert b"is connected" not in peer.err.octets, "connect() waited for accept()"
        connected = time.monotonic()
        assert receive_exactly(client, 3) == b"now"
        assert time.monotonic() - connected > 0.5
    assert peer.status() == 0


def test_once_serves_one_client_and_refuses_the_next(listen):
    peer = listen("--once")
    with peer.call():
        with pytest.raises(ConnectionRefusedError):
            call(peer.port)
    assert peer.status() == 0


def test_timeout_gives_up_a_silent_peer(server, connect):
    peer = connect(port_of(server), "--timeout", "200ms", "--json")
    with accept(server) as connection:
        assert receive_all(connection) == b""
    assert peer.status() == 1
    assert peer.of_type("closed")[0]["why"] == "idle"


def test_timeout_gives_up_waiting_for_the_only_client(listen):
    peer = listen("--once", "--timeout", "0.2s")
    assert peer.status() == 1
    assert "nobody connected within 0.200 s" in peer.words


def test_recv_every_lets_the_bytes_wait(listen):
    peer = listen("--once", "--recv-every", "100ms", "--recv-size", 2, "--json")
    began = time.monotonic()
    with call(peer.port) as client:
        client.sendall(b"123456")
    assert peer.status() == 0
    assert time.monotonic() - began >= 0.3
    assert [line["data"] for line in peer.of_type("data")] == ["12", "34", "56"]


def test_socket_options_are_set_where_they_work(listen):
    peer = listen("--once", "--calls", "--reuse", "--nodelay", "--keepalive", 7, "--rcvbuf", 8192,
                  "--sndbuf", 16384, "--backlog", 3)
    with peer.call():
        pass
    assert peer.status() == 0
    calls = [line for line in peer.words.splitlines() if line.startswith(("setsockopt", "listen"))]
    assert calls == [
        "setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0",
        "setsockopt(3, SOL_SOCKET, SO_RCVBUF, [8192], 4) = 0",
        "setsockopt(3, SOL_SOCKET, SO_SNDBUF, [16384], 4) = 0",
        "listen(3, 3) = 0",
        "setsockopt(4, IPPROTO_TCP, TCP_NODELAY, [1], 4) = 0",
        "setsockopt(4, SOL_SOCKET, SO_KEEPALIVE, [1], 4) = 0",
        "setsockopt(4, IPPROTO_TCP, TCP_KEEPIDLE, [7], 4) = 0",
        "setsockopt(4, IPPROTO_TCP, TCP_KEEPINTVL, [7], 4) = 0",
    ]


def test_ipv6_both_ways(connect):
    listener = bare.plain_server(socket.AF_INET6)
    peer = bare.Bare("connect", f"[::1]:{port_of(listener)}", "--say", "six", "--calls")
    with listener, accept(listener) as connection:
        assert receive_exactly(connection, 3) == b"six"
    assert peer.status() == 0
    assert not peer.finish()
    assert f"connect(3, {{AF_INET6, [::1]:{port_of_text(peer.words)}}}, 28) = 0" in peer.words

    peer = bare.Bare("listen", "[::1]:0", "--once", "--echo")
    with call(peer.port, "::1") as client:
        client.sendall(b"six")
        assert receive_exactly(client, 3) == b"six"
    assert peer.status() == 0
    assert not peer.finish()


def port_of_text(words):
    return words.split("Connected to [::1]:")[1].split(" ")[0]


def test_names_are_resolved(server):
    peer = bare.Bare("connect", f"localhost:{port_of(server)}", "--close-after", "0s")
    with accept(server) as connection:
        assert receive_all(connection) == b""
    assert peer.status() == 0
    assert not peer.finish()


def test_more_descriptors_than_there_are_is_told_and_outlived(listen):
    import resource  # only the child's limit is changed

    def few_files():
        resource.setrlimit(resource.RLIMIT_NOFILE, (12, 12))

    peer = listen("--echo", limit=few_files)
    clients = [call(peer.port) for _ in range(14)]
    peer.err.wait(rb"A client waits, but accept\(\) fails: Too many open files")
    for client in clients[:4]:
        client.close()
    # Those that waited are served once others have gone.
    clients[-1].sendall(b"hello")
    for client in clients[4:8]:
        client.close()
    assert receive_exactly(clients[-1], 5) == b"hello"
    for client in clients[8:]:
        client.close()
    assert peer.stop() == 0
