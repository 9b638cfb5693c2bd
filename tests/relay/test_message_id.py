"""MESSAGE_ID makes a repeat safe: the same message is never delivered twice, and its repeat gets
the truth about the first."""

import os
import select

import wire
from server import needs_true_memory
from wire import Kind, Status, Tag, Type


def new_id():
    return os.urandom(16)


def test_a_repeat_of_one_in_flight_gets_its_verdict_and_no_second_delivery(relay):
    sender, other, recipient = relay.peer(), relay.peer(), relay.peer("sink")
    same = new_id()
    first = sender.send("@sink", "x", same)
    message = recipient.message()
    again = [sender.send("@sink", "x", same) for _ in range(3)]
    elsewhere = other.send(recipient.number, "x", same)
    for peer in (sender, other):
        peer.nothing_more()
        assert not peer.answers
    recipient.nothing_more()
    recipient.ack(message.id)
    assert {sender.verdict(id_) for id_ in (first, *again)} == {"delivered"}
    assert other.verdict(elsewhere) == "delivered"
    recipient.nothing_more()


def test_a_repeat_in_flight_shares_a_bad_verdict_too(relay):
    sender, other, recipient = relay.peer(), relay.peer(), relay.peer("sink")
    same = new_id()
    first = sender.send("@sink", "x", same)
    recipient.message()
    again = other.send("@sink", "x", same)
    other.barrier()
    recipient.close()
    assert sender.verdict(first) == "gone"
    assert other.verdict(again) == "gone"


def test_a_repeat_of_one_delivered_is_delivered_at_once_and_not_again(relay):
    sender, recipient = relay.peer(), relay.peer("sink", acks=True)
    same = new_id()
    assert sender.verdict(sender.send("@sink", "x", same)) == "delivered"
    recipient.message()
    recipient.acks = False
    sender.close()
    reconnected = relay.peer()
    for _ in range(3):
        assert reconnected.verdict(reconnected.send("@sink", "x", same)) == "delivered"
    recipient.nothing_more()


def test_delivered_stays_true_after_the_recipient_left(relay):
    sender, recipient = relay.peer(), relay.peer("sink", acks=True)
    same = new_id()
    assert sender.verdict(sender.send("@sink", "x", same)) == "delivered"
    recipient.close()
    sender.eventually(lambda: recipient.number not in sender.numbers(), what="the departure")
    assert sender.verdict(sender.send("@sink", "x", same)) == "delivered"


def test_after_no_such_client_it_is_tried_anew(relay):
    sender = relay.peer()
    same = new_id()
    for _ in range(2):
        assert sender.verdict(sender.send("@late", "x", same)) == "no-such-client"
    recipient = relay.peer("late", acks=True)
    assert sender.verdict(sender.send("@late", "x", same)) == "delivered"
    assert recipient.message()[Tag.MESSAGE_ID] == same


def test_after_gone_it_is_tried_anew(relay):
    sender, recipient = relay.peer(), relay.peer("sink")
    same = new_id()
    sent = sender.send("@sink", "x", same)
    recipient.message()
    recipient.close()
    assert sender.verdict(sent) == "gone"
    recipient = relay.peer("sink", acks=True)
    assert sender.verdict(sender.send("@sink", "x", same)) == "delivered"
    assert recipient.message()[Tag.MESSAGE_ID] == same


def test_a_malformed_send_does_not_use_up_its_id(relay):
    sender, recipient = relay.peer(), relay.peer("sink", acks=True)
    same = new_id()
    sender.refused(Status.MALFORMED, Type.SEND, wire.to_name("sink"), wire.message_id(same))
    assert sender.verdict(sender.send("@sink", "x", same)) == "delivered"
    assert recipient.message()[Tag.DATA] == b"x"


def test_the_sender_may_vanish_and_ask_again(relay):
    """Item 25: the verdict was lost with the connection; the repeat learns it."""
    sender, recipient = relay.peer(), relay.peer("sink")
    same = new_id()
    sender.send("@sink", "x", same)
    message = recipient.message()
    sender.abort()
    sender = relay.peer()
    again = sender.send("@sink", "x", same)
    recipient.nothing_more()
    sender.nothing_more()
    recipient.ack(message.id)
    assert sender.verdict(again) == "delivered"
    recipient.nothing_more()


def test_the_acknowledgement_after_the_sender_left_counts(relay):
    sender, recipient = relay.peer(), relay.peer("sink")
    same = new_id()
    sender.send("@sink", "x", same)
    message = recipient.message()
    sender.abort()
    recipient.ack(message.id)
    recipient.barrier()
    sender = relay.peer()
    assert sender.verdict(sender.send("@sink", "x", same)) == "delivered"
    recipient.nothing_more()


def test_different_ids_are_different_messages(relay):
    sender, recipient = relay.peer(), relay.peer("sink", acks=True)
    ids = [bytes(15) + bytes([last]) for last in range(3)] + [b"\x80" + bytes(15)]
    for each in ids:
        assert sender.verdict(sender.send("@sink", "x", each)) == "delivered"
    assert [recipient.message()[Tag.MESSAGE_ID] for _ in ids] == ids


def test_a_repeat_to_a_room_gets_the_firsts_count_and_no_second_delivery(relay):
    sender = relay.peer()
    members = [relay.peer(acks=True) for _ in range(3)]
    for member in members:
        member.ok(Type.JOIN, wire.to_room("r"))
    same = new_id()
    assert sender.answer(sender.send("#r", "x", same))[Tag.COUNT] == 3
    again = sender.answer(sender.send("#r", "x", same))
    assert (again.status, again[Tag.OUTCOME], again[Tag.COUNT]) == (0, wire.DELIVERED, 3)
    for member in members:
        assert member.message()[Tag.MESSAGE_ID] == same
        member.nothing_more()


def test_a_repeat_to_a_room_in_flight_waits_with_the_first(relay):
    sender, other, member = relay.peer(), relay.peer(), relay.peer()
    member.ok(Type.JOIN, wire.to_room("r"))
    same = new_id()
    first = sender.send("#r", "x", same)
    message = member.message()
    again = other.send("#r", "x", same)
    other.nothing_more()
    member.nothing_more()
    member.ack(message.id)
    assert sender.answer(first)[Tag.COUNT] == 1
    assert other.answer(again)[Tag.COUNT] == 1


def test_many_repeats_at_once_from_many_connections_are_one_delivery(relay):
    recipient = relay.peer("sink")
    senders = [relay.peer() for _ in range(16)]
    for _ in range(20):
        same = new_id()
        sent = [(sender, sender.send("@sink", "x", same)) for sender in senders]
        message = recipient.message()
        recipient.ack(message.id)
        assert {sender.verdict(id_) for sender, id_ in sent} == {"delivered"}
        recipient.nothing_more()


@needs_true_memory
def test_a_hundred_thousand_ids_are_remembered_at_most(server):
    """The memory of ids is bounded: 140,000 of them cost no more than 100,000."""
    peer = server.peer()
    to, nothing = wire.to_number(peer.number), wire.data("")
    sizes = []
    batch = 1000
    for first in range(1, 140_001, batch):
        ids = range(first, first + batch)
        peer.send_raw(
            b"".join(
                wire.request(Type.SEND, id_, to, nothing, wire.message_id(new_id())) for id_ in ids
            )
        )
        skim(peer, batch, Kind.INDICATION)
        peer.ack(first, through=first + batch - 1)
        skim(peer, batch, Kind.RESPONSE)
        sizes.append(server.rss())
    assert sizes[-1] < 64 << 20
    assert sizes[-1] - sizes[104] < 2 << 20


def skim(peer, count, kind):
    """Takes that many frames of a kind off the stream; THROUGH counts for what it covers."""
    buffer = peer.buffer
    at = 0
    while count > 0:
        while len(buffer) - at >= wire.HEADER_BYTES and count > 0:
            got, type_, status, id_, length = wire.decode_header(buffer[at : at + 16])
            if len(buffer) - at < wire.HEADER_BYTES + length:
                break
            body = bytes(buffer[at + wire.HEADER_BYTES : at + wire.HEADER_BYTES + length])
            assert (got, type_, status) == (kind, Type.SEND, 0)
            covered = 1
            if kind == Kind.RESPONSE and length > 7:
                covered = wire.VALUES[Tag.THROUGH](dict(wire.split_fields(body))[15]) - id_ + 1
            count -= covered
            at += wire.HEADER_BYTES + length
        del buffer[:at]
        at = 0
        if count > 0:
            poll = select.poll()
            poll.register(peer.socket, select.POLLIN)
            assert poll.poll(5000), f"{count} frames did not come"
            buffer += peer.socket.recv(1 << 18)
