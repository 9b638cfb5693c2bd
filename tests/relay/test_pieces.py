"""TCP carries bytes, not frames: however they are cut or joined the results are the same, and one
client's flood of frames does not hold up another. (Item 4.)"""

import select
import time

import pytest

import wire
from peer import PATIENCE, WAIT, connect, gather
from wire import HEADER_BYTES, Kind, Status, Tag, Type

ABSENT = wire.to_number(0)
CONVERSATION = [
    wire.request(Type.PING, 1, wire.data("ping")),
    wire.request(Type.TIME, 2),
    wire.request(Type.NAME, 3),
    wire.request(Type.SEND, 4, ABSENT, wire.data("nobody")),
    wire.request(999, 5, b"\0"),
    wire.request(Type.JOIN, 6, wire.to_room("r")),
    wire.ack(Type.SEND, 1, through=9),
    wire.request(Type.JOIN, 6),
    wire.request(Type.ROOMS, 7),
    wire.request(Type.SEND, 8, wire.to_room("r"), wire.data("alone")),
    wire.request(Type.LEAVE, 9, wire.to_room("r")),
    wire.request(Type.WATCH, 10, wire.flag(0)),
    wire.request(Type.BYE, 11),
]


def replay(server, pieces, pause):
    """Sends the pieces and returns all answers but HELLO, without the time, by id."""
    connection = connect(server.address)
    try:
        connection.settimeout(WAIT)
        for piece in pieces:
            connection.sendall(piece)
            pause()
        octets = bytearray()
        while more := connection.recv(1 << 16):
            octets += more
    finally:
        connection.close()
    answers = []
    at = 0
    while at < len(octets):
        length = int.from_bytes(octets[at + 12 : at + 16], "big")
        answers.append(bytes(octets[at : at + HEADER_BYTES + length]))
        at += HEADER_BYTES + length
    assert answers.pop(0)[3] == Kind.INDICATION
    time_response = bytes([Kind.RESPONSE, 0, Type.TIME])
    return sorted(
        (answer[:HEADER_BYTES] if answer[3:6] == time_response else answer for answer in answers),
        key=lambda answer: answer[8:12],
    )


def test_split_at_every_byte_boundary_the_answers_are_identical(start):
    server = start("--workers", 1)  # then a round trip proves that the first piece was read
    ticker = server.peer()
    octets = b"".join(CONVERSATION)
    expected = replay(server, [octets], lambda: None)
    assert len(expected) == len(CONVERSATION) - 1
    for cut in range(1, len(octets)):
        got = replay(server, [octets[:cut], octets[cut:]], ticker.barrier)
        assert got == expected, f"cut at byte {cut}"


def test_byte_by_byte_the_answers_are_identical(start):
    server = start("--workers", 1)
    ticker = server.peer()
    octets = b"".join(CONVERSATION)
    expected = replay(server, [octets], lambda: None)
    single = [octets[at : at + 1] for at in range(len(octets))]
    assert replay(server, single, ticker.barrier) == expected
    assert replay(server, CONVERSATION, ticker.barrier) == expected


def test_messages_cut_anywhere_arrive_whole(server):
    sender, recipient = server.peer(), server.peer("sink", acks=True)
    contents = [bytes([number & 0xFF]) * (number * 37 % 3000) for number in range(100)]
    octets = b"".join(
        wire.request(Type.SEND, sender.new_id(), wire.to_name("sink"), wire.data(content))
        for content in contents
    )
    for id_ in range(1, sender.last_id + 1):
        sender.expect_answer(Type.SEND, id_, to_client=True)
    for at in range(0, len(octets), 777):
        sender.send_raw(octets[at : at + 777])
        recipient.receive()
    recipient.until(lambda: recipient.messages_seen == len(contents), what="every message")
    assert [message[Tag.DATA] for message in recipient.inbox] == contents


@pytest.mark.parametrize("type_", [Type.PING, Type.TIME, Type.LIST])
def test_ten_thousand_frames_in_one_go_are_all_answered(server, type_):
    peer = server.peer()
    ids = range(1, 10_001)
    for id_ in ids:
        peer.expect_answer(type_, id_)
    peer.send_raw(b"".join(wire.request(type_, id_) for id_ in ids))
    peer.until(lambda: not peer.open, what="the last answer")
    assert {peer.answer(id_).status for id_ in ids} == {Status.OK}


def test_a_flood_of_frames_does_not_hold_up_others(start):
    """One worker, so that flooder and bystander share a thread."""
    server = start("--workers", 1)
    bystander = server.peer()
    flooders = [server.peer() for _ in range(3)]
    flood = b"".join(wire.request(Type.PING, id_) for id_ in range(1, 10_001))
    round_trips = []
    for flooder in flooders:
        for id_ in range(1, 10_001):
            flooder.expect_answer(Type.PING, id_)
        flooder.send_raw(flood)
    while any(flooder.open for flooder in flooders):
        began = time.monotonic()
        bystander.barrier()
        round_trips.append(time.monotonic() - began)
        select.select([flooder.socket for flooder in flooders], [], [], 1)
        for flooder in flooders:
            flooder.receive()
    round_trips.sort()
    assert round_trips[-1] < 0.25 * PATIENCE
    gather(flooders, lambda flooder: not flooder.open)


def test_a_storm_of_lists_with_a_thousand_clients_leaves_others_served(start):
    """Item 20."""
    server = start("--workers", 1, "--max-clients", 2000)
    crowd = [server.peer() for _ in range(1000)]
    asker, bystander = crowd[0], crowd[1]
    for _ in range(200):
        asker.ask(Type.LIST)
    slowest = 0
    while asker.open:
        began = time.monotonic()
        bystander.barrier()
        slowest = max(slowest, time.monotonic() - began)
        select.select([asker.socket], [], [], 1)
        asker.receive()
    assert slowest < 0.25
    assert {asker.answer(id_).status for id_ in range(1, 201)} == {Status.OK}
