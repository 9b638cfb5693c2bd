"""The classic dialect: the assignment's own client works unchanged, its loop of 101 time requests
included, and both dialects see and write to each other."""

import os
import select
import socket
import time

import wire
from classic import CANCEL, CLIENT, NAME, RECORD, SEND, TIME, record
from peer import WAIT, connect
from server import needs_true_memory
from tables import table
from wire import Tag, Type


def test_hello_text_comes_first_in_256_bytes(relay):
    client = relay.classic()
    assert client.hello
    assert client.hello.isprintable()


def test_the_assignments_loop_of_101_time_requests(relay):
    client = relay.classic()
    for _ in range(101):
        before = int(time.time())
        assert before <= int(client.call(TIME)) <= int(time.time())


def test_101_time_requests_in_one_segment(relay):
    client = relay.classic()
    client.socket.sendall(record(TIME) * 101)
    for _ in range(101):
        type_, content = client.receive()
        assert type_ == TIME
        assert abs(int(content) - time.time()) < 5


def test_records_arrive_in_any_pieces(server):
    client, probe = server.classic(), server.peer()
    octets = record(TIME)
    for at in range(len(octets)):
        client.socket.sendall(octets[at : at + 1])
        if at % 8 == 0:
            probe.barrier()
    assert client.receive()[0] == TIME
    # Two and a half records, then the rest.
    octets = record(TIME) + record(NAME) + record(TIME)
    client.socket.sendall(octets[:660])
    assert [client.receive()[0] for _ in range(2)] == [TIME, NAME]
    client.socket.sendall(octets[660:])
    assert client.receive()[0] == TIME


def test_name_is_the_machines(relay):
    assert relay.classic().call(NAME) == socket.gethostname()


def test_cancel_closes_without_a_reply(relay):
    client = relay.classic()
    client.send(CANCEL)
    client.expect_end()


def test_what_came_before_cancel_is_answered(relay):
    client = relay.classic()
    client.socket.sendall(record(TIME) + record(NAME) + record(CANCEL) + record(TIME))
    assert [client.receive()[0] for _ in range(2)] == [TIME, NAME]
    client.expect_end()


def test_an_unknown_type_is_ignored(relay):
    client = relay.classic()
    for type_ in (0, 6, 7, 255, -1, 1 << 40, -(1 << 63)):
        client.send(type_, b"\xff" * 256)
    assert client.call(NAME) == socket.gethostname()


def test_the_list_begins_with_the_asker_and_has_true_ports(relay):
    other, modern = relay.classic(), relay.peer("named")
    client = relay.classic()
    other.call(TIME)
    listed = client.clients()
    assert listed[0][1:] == (client.port, "127.0.0.1")
    numbers = {number: (ip, port) for number, port, ip in listed}
    assert numbers[modern.number] == modern.local_address
    assert set(numbers.values()) == {
        (peer.ip, peer.port) if peer is not modern else modern.local_address
        for peer in (other, modern, client)
    }
    by_number = {entry.number: entry.address for entry in modern.clients()}
    assert by_number == numbers


def test_a_long_list_has_whole_entries_only(relay):
    peers = [relay.peer() for _ in range(40)]
    client = relay.classic()
    content = client.call(CLIENT)
    assert len(content) <= 255
    assert content.endswith(";")
    listed = client.clients()
    assert listed[0][1] == client.port
    addresses = {peer.local_address for peer in peers}
    assert all((ip, port) in addresses for _, port, ip in listed[1:])
    assert len({number for number, _, _ in listed}) == len(listed)
    # No room was wasted: one more entry of the usual size would not have fitted.
    assert len(content) + len("99,65535,127.0.0.1;") + 1 > 255


def test_classic_to_classic(relay):
    one, two = relay.classic(), relay.classic()
    two.call(TIME)
    one.say((two.ip, two.port), "hello, with, commas")
    assert two.receive() == (SEND, b"hello, with, commas")
    assert one.receive() == (SEND, b"delivered")


def test_classic_to_itself(relay):
    client = relay.classic()
    client.say((client.ip, client.port), "me")
    assert sorted([client.receive(), client.receive()]) == [(SEND, b"delivered"), (SEND, b"me")]


def test_classic_to_version_1_is_delivered_only_after_the_acknowledgement(relay):
    client, modern = relay.classic(), relay.peer("modern")
    client.say(modern.local_address, "hi")
    message = modern.message()
    assert message[Tag.DATA] == b"hi"
    origin = message[Tag.FROM]
    assert (origin.address, origin.name) == ((client.ip, client.port), None)
    assert client.call(NAME) == socket.gethostname()  # no head of line here either
    modern.ack(message.id)
    assert client.receive() == (SEND, b"delivered")


def test_version_1_to_classic_is_passed(relay):
    client, modern = relay.classic(), relay.peer("modern")
    client.call(TIME)
    number = next(e.number for e in modern.clients() if e.address == (client.ip, client.port))
    sent = modern.send(number, "hi")
    assert client.receive() == (SEND, b"hi")
    assert modern.verdict(sent) == "passed"


def number_of(relay, client):
    """The number that version 1 knows a classic client by."""
    client.call(TIME)
    address = (client.ip, client.port)
    return next(e.number for e in relay.peer().clients() if e.address == address)


CONTENTS = [
    ("empty", b"", "passed"),
    ("255 bytes", b"x" * 255, "passed"),
    ("256 bytes", b"x" * 256, "too-large"),
    ("60,000 bytes", b"x" * 60_000, "too-large"),
    ("a zero byte", b"a\0b", "unsupported"),
    ("a zero byte at the end", b"ab\0", "unsupported"),
    ("only a zero byte", b"\0", "unsupported"),
    ("255 bytes of Chinese", "小".encode() * 85, "passed"),
    ("control characters", b"\x1b[2J\x07", "passed"),
]


@table("content, outcome", CONTENTS)
def test_content_for_a_classic_client_is_refused_rather_than_cut(server, content, outcome):
    client, modern = server.classic(), server.peer()
    number = number_of(server, client)
    sent = modern.send(number, content)
    assert modern.verdict(sent) == outcome
    if outcome == "passed":
        assert client.receive() == (SEND, content)
    assert client.call(NAME) == socket.gethostname()


def test_passed_counts_as_delivered_for_a_repeat(server):
    client, modern = server.classic(), server.peer()
    number, same = number_of(server, client), os.urandom(16)
    assert modern.verdict(modern.send(number, "once", same)) == "passed"
    assert modern.verdict(modern.send(number, "once", same)) == "passed"
    assert client.receive() == (SEND, b"once")
    assert client.call(NAME) == socket.gethostname()


def test_nobody_at_this_port(relay):
    client = relay.classic()
    for to in (("127.0.0.1", 1), ("127.0.0.2", client.port), ("10.1.2.3", 65535)):
        client.say(to, "x")
        assert client.receive() == (SEND, b"no this port")


UNREADABLE = [
    ("empty", b""),
    ("no comma", b"127.0.0.1"),
    ("one comma", b"127.0.0.1,2312"),
    ("no address", b",2312,x"),
    ("no port", b"127.0.0.1,,x"),
    ("words", b"here,there,x"),
    ("port 65536", b"127.0.0.1,65536,x"),
    ("port of forty digits", b"127.0.0.1," + b"9" * 40 + b",x"),
    ("negative port", b"127.0.0.1,-1,x"),
    ("port with letters", b"127.0.0.1,23a,x"),
    ("four numbers too large", b"256.1.1.1,2312,x"),
    ("address of three numbers", b"127.0.0,2312,x"),
    ("number instead of address", b"2130706433,2312,x"),
    ("255 commas", b"," * 255),
    ("255 bytes without a comma", b"1" * 255),
]


@table("content", UNREADABLE)
def test_a_send_that_cannot_be_read_is_malformed(server, content):
    client = server.classic()
    client.send(SEND, content)
    type_, answer = client.receive()
    assert type_ == SEND
    assert answer == b"malformed"
    assert client.call(NAME) == socket.gethostname()


def test_data_without_a_terminating_zero_is_malformed(server):
    """256 bytes of data leave no room for the zero; nothing is read beyond the record."""
    client, other = server.classic(), server.classic()
    other.call(TIME)
    prefix = f"{other.ip},{other.port},".encode()
    client.socket.sendall(RECORD.pack(SEND, prefix + b"y" * (256 - len(prefix))) + record(NAME))
    answers = [client.receive() for _ in range(2)]
    assert {type_ for type_, _ in answers} == {SEND, NAME}
    assert (SEND, b"malformed") in answers
    assert other.call(NAME) == socket.gethostname()


def test_what_lies_behind_the_zero_is_nobodys_business(server):
    client, other = server.classic(), server.classic()
    other.call(TIME)
    client.send(SEND, f"{other.ip},{other.port},short\0leftovers, of, the, buffer".encode())
    assert other.receive() == (SEND, b"short")
    assert client.receive() == (SEND, b"delivered")


def test_one_who_left_is_no_this_port_and_gone_is_told_while_open(relay):
    client, modern = relay.classic(), relay.peer()
    client.say(modern.local_address, "x")
    modern.message()
    modern.close()
    type_, word = client.receive()
    assert (type_, word) == (SEND, b"gone")
    client.say(modern.local_address, "x")
    assert client.receive() == (SEND, b"no this port")


def test_half_closed_it_gets_its_answers_and_leaves_the_list(relay):
    client, modern = relay.classic(), relay.peer()
    client.call(TIME)
    modern.ok(Type.WATCH, wire.flag(1))
    client.say(modern.local_address, "x")
    client.send(NAME)
    client.half_close()
    message = modern.message()
    assert modern.presence()[0] == "went"
    assert modern.numbers() == [modern.number]
    assert client.receive()[0] == NAME
    modern.ack(message.id)
    assert client.receive() == (SEND, b"delivered")
    client.expect_end()


def test_a_full_server_says_so_in_the_hello_text(start):
    server = start("--max-clients", 3, classic=True)
    peers = [server.peer(), server.peer(), server.classic()]
    peers[0].eventually(lambda: len(peers[0].numbers()) == 3, what="all three")
    refused = server.classic()
    assert "full" in refused.hello.lower() or "busy" in refused.hello.lower()
    refused.expect_end()
    assert peers[2].call(NAME) == socket.gethostname()


def test_the_version_1_port_does_not_guess_the_dialect(server):
    connection = connect(server.address)
    connection.settimeout(WAIT)
    server.peers.append(connection)
    connection.sendall(record(TIME))
    octets = b""
    while more := connection.recv(4096):
        octets += more
    assert octets.startswith(b"WT\1\3\0\6")


def test_the_classic_port_does_not_guess_either(server):
    client = server.classic()
    client.socket.sendall(wire.request(Type.TIME, 1) * 33)  # two whole records of nonsense
    assert client.call(NAME) == socket.gethostname()


def test_a_classic_client_over_ipv6(start):
    server = start("--listen", "[::1]:0", "--classic", "[::1]:0")
    client, modern = server.classic(), server.peer(acks=True)
    assert client.clients()[0][1:] == (client.port, "::1")
    client.say(modern.local_address, "six")
    assert modern.message()[Tag.DATA] == b"six"
    assert client.receive() == (SEND, b"delivered")


def test_a_classic_client_that_reads_nothing_is_never_said_to_have_all(server):
    """`passed` means that its TCP acknowledged every byte; a full pipe cannot say so."""
    client = server.classic(receive_buffer=2048)
    number = number_of(server, client)
    modern = server.peer()
    sent = []
    for _ in range(400):
        sent += [modern.send(number, b"x" * 250) for _ in range(10)]
    modern.barrier()
    modern.until(lambda: len(modern.open) < len(sent), what="first verdicts")
    client.close()
    modern.until(lambda: not modern.open, what="every verdict")
    verdicts = [modern.verdict(id_) for id_ in sent]
    assert set(verdicts) <= {"passed", "busy", "gone", "no-such-client"}
    # What the reader's kernel could hold is a small part of the megabyte that was sent.
    assert verdicts.count("passed") * RECORD.size < 100_000
    assert "gone" in verdicts


@needs_true_memory
def test_a_classic_client_that_asks_and_never_reads_costs_bounded_memory(server):
    client = server.classic(receive_buffer=2048)
    probe = server.peer()
    probe.barrier()
    before = server.rss()
    client.socket.setblocking(False)
    flood = record(CLIENT) * 4000
    for _ in range(20):
        try:
            client.socket.send(flood)
        except (BlockingIOError, ConnectionError):
            select.select([], [client.socket], [], 0.05)
        probe.barrier()
    assert server.rss() - before < 4 << 20
