"""A SEND ends in exactly one true answer: `delivered` only after the recipient's acknowledgement,
and every other end says so."""

import random
import time

import pytest

import peer as peer_module
import wire
from tables import table
from wire import Status, Tag, Type

MAX_UNACKNOWLEDGED = 4096


def test_a_message_carries_all_that_the_document_lists(relay):
    sender, recipient = relay.peer("ada"), relay.peer(acks=True)
    content = bytes(range(256))
    before = time.time_ns()
    sent = sender.send(recipient.number, content, message_id=b"0123456789abcdef")
    message = recipient.message()
    assert sender.verdict(sent) == "delivered"
    assert message[Tag.DATA] == content
    assert before <= message[Tag.TIME] <= time.time_ns()
    origin = message[Tag.FROM]
    assert (origin.number, origin.address) == (sender.number, sender.local_address)
    assert origin.name == "ada"
    assert origin.time <= before
    assert message[Tag.TO_ROOM] is None
    assert message[Tag.MESSAGE_ID] == b"0123456789abcdef"


def test_without_name_and_message_id_these_fields_are_absent(relay):
    sender, recipient = relay.peer(), relay.peer(acks=True)
    assert sender.verdict(sender.send(recipient.number, b"")) == "delivered"
    message = recipient.message()
    assert message[Tag.FROM].name is None
    assert message[Tag.MESSAGE_ID] is None
    assert message[Tag.DATA] == b""


def test_delivered_waits_for_the_acknowledgement(relay):
    sender, recipient = relay.peer(), relay.peer("slow")
    sent = sender.send("@slow", "x")
    message = recipient.message()
    sender.nothing_more()
    assert not sender.answers.get(sent)
    recipient.ack(message.id)
    answer = sender.answer(sent)
    assert (answer.status, answer[Tag.OUTCOME]) == (Status.OK, wire.DELIVERED)
    assert answer[Tag.COUNT] is None


def test_to_oneself(relay):
    peer = relay.peer("me", acks=True)
    assert peer.verdict(peer.send(peer.number, "a")) == "delivered"
    assert peer.verdict(peer.send("@me", "b")) == "delivered"
    assert [peer.message()[Tag.DATA] for _ in range(2)] == [b"a", b"b"]


@pytest.mark.parametrize("number", [0, 999, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF])
def test_a_number_that_nobody_has(relay, number):
    peer = relay.peer()
    assert peer.verdict(peer.send(number, "x")) == "no-such-client"


@pytest.mark.parametrize("name", ["nobody", "1", "0", "é", "n" * 64])
def test_a_name_that_nobody_has(relay, name):
    peer = relay.peer()
    assert peer.number == 1
    assert peer.verdict(peer.send(f"@{name}", "x")) == "no-such-client"


def test_a_name_that_looks_like_a_number_is_a_name(relay):
    first, second = relay.peer(acks=True), relay.peer(acks=True)
    first.take_name(str(second.number))
    assert first.verdict(first.send(f"@{second.number}", "to the name")) == "delivered"
    assert first.message()[Tag.DATA] == b"to the name"
    assert second.messages_seen == 0


def test_the_number_of_one_who_left_belongs_to_nobody(relay):
    sender, leaver = relay.peer(), relay.peer()
    listed = sender.numbers()
    assert leaver.number in listed
    leaver.close()
    replacements = [relay.peer(acks=True) for _ in range(10)]
    sender.eventually(lambda: leaver.number not in sender.numbers(), what="the departure")
    assert sender.verdict(sender.send(leaver.number, "x")) == "no-such-client"
    for peer in replacements:
        peer.nothing_more()


def test_a_freed_name_reaches_its_new_owner_only(relay):
    sender, first, second = relay.peer(), relay.peer("x", acks=True), relay.peer(acks=True)
    first.take_name("y")
    assert sender.verdict(sender.send("@x", "a")) == "no-such-client"
    second.take_name("x")
    assert sender.verdict(sender.send("@x", "b")) == "delivered"
    assert second.message()[Tag.DATA] == b"b"
    first.nothing_more()


def test_between_two_messages_keep_their_order(relay):
    sender, recipient = relay.peer(), relay.peer("sink", acks=True)
    sent = []
    for number in range(2000):
        sent.append(sender.send("@sink" if number % 2 else recipient.number, str(number)))
        if number % 200 == 0:
            recipient.receive()
    recipient.until(lambda: recipient.messages_seen == 2000, what="the last message")
    assert [int(message[Tag.DATA]) for message in recipient.inbox] == list(range(2000))
    assert {sender.verdict(id_) for id_ in sent} == {"delivered"}


def test_messages_of_many_to_one_keep_each_senders_order(relay):
    senders = [relay.peer() for _ in range(8)]
    recipient = relay.peer("sink", acks=True)
    for number in range(100):
        for sender in senders:
            sender.send("@sink", str(number))
    recipient.until(lambda: recipient.messages_seen == 800, what="the last message")
    by_sender = {}
    for message in recipient.inbox:
        by_sender.setdefault(message[Tag.FROM].number, []).append(int(message[Tag.DATA]))
    assert by_sender == {sender.number: list(range(100)) for sender in senders}


def test_one_acknowledgement_through_stands_for_all(relay):
    sender, recipient = relay.peer(), relay.peer("sink")
    sent = [sender.send("@sink", str(number)) for number in range(300)]
    recipient.until(lambda: recipient.messages_seen == 300, what="the last message")
    recipient.ack(101, through=200)
    assert {sender.verdict(id_) for id_ in sent[100:200]} == {"delivered"}
    sender.nothing_more()
    assert not any(sender.answers.get(id_) for id_ in sent[:100] + sent[200:])
    # The range covers acknowledged ones and numbers that do not exist yet.
    recipient.ack(1, through=0xFFFFFFFF)
    assert {sender.verdict(id_) for id_ in sent[:100] + sent[200:]} == {"delivered"}
    later = sender.send("@sink", "later")
    recipient.until(lambda: recipient.messages_seen == 301, what="a later message")
    sender.nothing_more()
    assert not sender.answers.get(later), "acknowledged before it was sent"
    recipient.ack(301)
    assert sender.verdict(later) == "delivered"


def test_through_equal_to_the_id_is_one_message(relay):
    sender, recipient = relay.peer(), relay.peer("sink")
    sent = [sender.send("@sink", "x") for _ in range(2)]
    recipient.until(lambda: recipient.messages_seen == 2, what="both")
    recipient.ack(1, through=1)
    assert sender.verdict(sent[0]) == "delivered"
    sender.nothing_more()
    assert not sender.answers.get(sent[1])
    recipient.ack(2)


def test_a_response_through_never_covers_what_is_not_delivered(relay):
    """Ids in any order, some to a client that stays silent: each must get its own truth."""
    seed = random.Random(7)
    sender, silent = relay.peer(), relay.peer("silent")
    good = relay.peer("good", acks=True)
    room = relay.peer()
    room.ok(Type.JOIN, wire.to_room("r"))
    ids = seed.sample(range(1, 5000), 600)
    to = {}
    for id_ in ids:
        to[id_] = seed.choice(["@good", "@good", "@good", "@silent", "#r"])
        sender.send(to[id_], "x", id_=id_)
    delivered = [id_ for id_ in ids if to[id_] == "@good"]
    good.until(lambda: good.messages_seen == len(delivered), what="every message")
    assert {sender.verdict(id_) for id_ in delivered} == {"delivered"}
    silent.until(lambda: silent.messages_seen == list(to.values()).count("@silent"))
    room.until(lambda: room.messages_seen == list(to.values()).count("#r"))
    sender.barrier()
    assert set(sender.open) == {id_ for id_ in ids if to[id_] != "@good"}
    silent.close()
    room.ack(1, through=room.messages_seen)
    for id_ in ids:
        if to[id_] == "@silent":
            assert sender.verdict(id_) == "gone"
        elif to[id_] == "#r":
            assert sender.answer(id_)[Tag.COUNT] == 1


def test_the_recipients_end_before_its_acknowledgement_is_gone(relay):
    """Item 25: it may have read the message, but nobody says `delivered` for it."""
    for end in ("close", "abort", "half_close"):
        sender, recipient = relay.peer(), relay.peer("mortal")
        sent = [sender.send("@mortal", str(number)) for number in range(10)]
        recipient.until(lambda: recipient.messages_seen == 10, what="the messages")
        recipient.ack(1, through=4)
        assert {sender.verdict(id_) for id_ in sent[:4]} == {"delivered"}
        getattr(recipient, end)()
        assert {sender.verdict(id_) for id_ in sent[4:]} == {"gone"}
        assert sender.verdict(sender.send("@mortal", "x")) == "no-such-client"


def test_an_acknowledgement_and_the_end_in_one_segment_is_delivered(relay):
    sender, recipient = relay.peer(), relay.peer("mortal")
    sent = sender.send("@mortal", "x")
    message = recipient.message()
    recipient.send_raw(wire.ack(Type.SEND, message.id))
    recipient.close()
    assert sender.verdict(sent) == "delivered"


def test_an_acknowledgement_works_once(relay):
    sender, recipient = relay.peer(), relay.peer("sink")
    sent = sender.send("@sink", "1")
    recipient.message()
    recipient.send_raw(wire.ack(Type.SEND, 1) * 3)
    assert sender.verdict(sent) == "delivered"
    sent = sender.send("@sink", "2")
    recipient.message()
    recipient.ack(1)
    recipient.barrier()
    sender.nothing_more()
    assert not sender.answers.get(sent)
    recipient.ack(2)
    assert sender.verdict(sent) == "delivered"


def test_nobody_acknowledges_another_clients_message(relay):
    sender, recipient, forger = relay.peer(), relay.peer("sink"), relay.peer()
    sent = sender.send("@sink", "x")
    recipient.message()
    for forged in (forger, sender):
        forged.send_raw(wire.ack(Type.SEND, 1) + wire.ack(Type.SEND, 1, through=0xFFFFFFFF))
        forged.send_raw(wire.ack(Type.PING, 1))
        forged.barrier()
    sender.nothing_more()
    assert not sender.answers.get(sent)
    recipient.ack(1)
    assert sender.verdict(sent) == "delivered"


def test_an_acknowledgement_of_type_ping_is_none_of_a_message(relay):
    sender, recipient = relay.peer(), relay.peer("sink")
    sent = sender.send("@sink", "x")
    recipient.message()
    recipient.ack(1, type_=Type.PING)
    recipient.barrier()
    sender.nothing_more()
    assert not sender.answers.get(sent)


def test_an_open_request_does_not_hold_up_others(relay):
    """No head of line: what can be answered at once is answered."""
    sender, silent = relay.peer("asker", acks=True), relay.peer("silent")
    silent.ok(Type.JOIN, wire.to_room("r"))
    held = [sender.send("@silent", "x"), sender.send("#r", "x")]
    for type_ in (Type.TIME, Type.NAME, Type.LIST, Type.PING, Type.ROOMS, Type.HELLO):
        sender.ok(type_)
    sender.ok(Type.JOIN, wire.to_room("other"))
    sender.ok(Type.LEAVE, wire.to_room("other"))
    sender.ok(Type.WATCH, wire.flag(1))
    assert sender.verdict(sender.send("@asker", "x")) == "delivered"
    assert sender.verdict(sender.send("@nobody", "x")) == "no-such-client"
    assert not any(sender.answers.get(id_) for id_ in held)


REUSES = [
    ("SEND", Type.SEND, [wire.to_name("asker"), wire.data("x")]),
    ("TIME", Type.TIME, []),
    ("PING", Type.PING, [wire.data("x")]),
    ("LIST", Type.LIST, []),
    ("JOIN", Type.JOIN, [wire.to_room("r")]),
    ("HELLO", Type.HELLO, [wire.name("other")]),
    ("WATCH", Type.WATCH, [wire.flag(1)]),
    ("BYE", Type.BYE, []),
]


@table("type_, fields", REUSES)
def test_an_id_that_is_open_cannot_be_used_again(relay, type_, fields):
    sender, recipient = relay.peer("asker", acks=True), relay.peer("silent")
    sender.send("@silent", "first", id_=42)
    message = recipient.message()
    sender.ask(type_, *fields, id_=42)
    second = sender.answer(42)
    assert (second.type, second.status) == (type_, Status.MALFORMED)
    # The refused request did nothing, and the first is still open.
    sender.nothing_more()
    assert sender.ok(Type.HELLO)[Tag.NAME] == "asker"
    assert sender.rooms() == {}
    recipient.ack(message.id)
    first = sender.answer(42)
    assert (first.type, first[Tag.OUTCOME]) == (Type.SEND, wire.DELIVERED)


def test_at_most_4096_messages_are_unacknowledged(server):
    sender, other = server.peer(), server.peer()
    recipient = server.peer("sink")
    sent = []
    for number in range(MAX_UNACKNOWLEDGED):
        sent.append(sender.send(recipient.number))
        if number % 256 == 255:
            recipient.until(lambda: recipient.messages_seen == len(sent), what="a batch")
    busy_id = bytes(range(16))
    assert sender.verdict(sender.send("@sink", "x", message_id=busy_id)) == "busy"
    assert other.verdict(other.send("@sink", "x")) == "busy"
    # Others' messages are not affected, nor are the sink's own requests.
    other.acks = True
    assert sender.verdict(sender.send(other.number, "x")) == "delivered"
    recipient.barrier()
    # One acknowledgement makes room for one.
    recipient.ack(17)
    assert sender.verdict(sent.pop(16)) == "delivered"
    late = other.send("@sink", "x")
    recipient.until(lambda: recipient.messages_seen == MAX_UNACKNOWLEDGED + 1, what="the new one")
    assert sender.verdict(sender.send("@sink", "x")) == "busy"
    recipient.ack(1, through=MAX_UNACKNOWLEDGED + 1)
    assert {sender.verdict(id_) for id_ in sent} == {"delivered"}
    assert other.verdict(late) == "delivered"
    # After busy a message is tried anew, also with the same MESSAGE_ID.
    recipient.acks = True
    assert sender.verdict(sender.send("@sink", "x", message_id=busy_id)) == "delivered"


def test_a_client_has_16384_messages_open_at_most(server):
    sender = server.peer()
    recipients = [server.peer(f"sink {number}") for number in range(5)]
    sent = []
    for number in range(16384):
        sent.append(sender.send(recipients[number % 5].number))
        if number % 500 == 499:
            for recipient in recipients:
                recipient.receive()
    assert not sender.answers
    assert sender.verdict(sender.send("@sink 0")) == "busy"
    other = server.peer()
    others = other.send("@sink 0")
    sender.ok(Type.TIME)
    for recipient in recipients:
        recipient.acks = True
        recipient.ack(1, through=4096)
    assert {sender.verdict(id_) for id_ in sent} == {"delivered"}
    assert other.verdict(others) == "delivered"
    assert sender.verdict(sender.send("@sink 0")) == "delivered"


def test_thousands_of_requests_in_flight_at_once(server):
    peer, sink = server.peer("me"), server.peer("sink", acks=True)
    ids = []
    for number in range(3000):
        ids.append(peer.ask(Type.PING, wire.data(str(number))))
        ids.append(peer.send("@sink", "x"))
        if number % 100 == 0:
            sink.receive()
    sink.until(lambda: sink.messages_seen == 3000, what="the last message")
    for number, id_ in enumerate(ids):
        answer = peer.answer(id_)
        assert answer.status == Status.OK
        if number % 2 == 0:
            assert answer[Tag.DATA] == str(number // 2).encode()


def test_two_senders_flood_each_other_without_a_lost_answer(relay):
    """Both queues full of both kinds: control frames keep their room."""
    one, two = relay.peer("one", acks=True), relay.peer("two", acks=True)
    sent = {one: [], two: []}
    for _ in range(40):
        for sender, to in ((one, "@two"), (two, "@one")):
            sent[sender] += [sender.send(to, b"x" * 3000) for _ in range(20)]
    peer_module.gather([one, two], lambda peer: not peer.open)
    for sender, other in ((one, two), (two, one)):
        verdicts = [sender.verdict(id_) for id_ in sent[sender]]
        assert set(verdicts) <= {"delivered", "busy"}
        other.receive()
        assert verdicts.count("delivered") == other.messages_seen
