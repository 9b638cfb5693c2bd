"""Rooms: joined, left, listed; a message to one is answered when every other member has
acknowledged or failed, with the count of those who acknowledged."""

import pytest

import wire
from peer import gather
from wire import Status, Tag, Type


def join(peer, room):
    return peer.ok(Type.JOIN, wire.to_room(room))[Tag.COUNT]


def leave(peer, room):
    return peer.ok(Type.LEAVE, wire.to_room(room))


def test_join_counts_the_members_and_rooms_lists_them(relay):
    peers = [relay.peer() for _ in range(3)]
    assert [join(peer, "tea") for peer in peers] == [1, 2, 3]
    assert join(peers[1], "coffee") == 1
    assert relay.peer().rooms() == {"tea": 3, "coffee": 1}


def test_joining_twice_and_leaving_when_not_in_are_ok(relay):
    one, two = relay.peer(), relay.peer()
    assert join(one, "r") == 1
    assert join(one, "r") == 1
    assert join(two, "r") == 2
    leave(two, "r")
    leave(two, "r")
    leave(two, "never existed")
    assert one.rooms() == {"r": 1}


def test_the_last_leave_ends_the_room(relay):
    one, two = relay.peer(), relay.peer()
    join(one, "r")
    join(two, "r")
    leave(one, "r")
    assert one.rooms() == {"r": 1}
    leave(two, "r")
    assert one.rooms() == {}
    assert one.verdict(one.send("#r", "x")) == "no-such-client"


def test_a_members_end_leaves_its_rooms(relay):
    for end in ("close", "abort", "half_close"):
        stays, leaves = relay.peer(), relay.peer()
        join(stays, "both")
        join(leaves, "both")
        join(leaves, "own")
        getattr(leaves, end)()
        stays.eventually(lambda: stays.rooms() == {"both": 1}, what=f"the room after {end}")
        stays.close()
        probe = relay.peer()
        probe.eventually(lambda: probe.rooms() == {}, what="the room's end")


def test_a_message_to_a_room_reaches_every_other_member_once(relay):
    sender = relay.peer("ada")
    members = [relay.peer(acks=True) for _ in range(5)]
    outsider = relay.peer(acks=True)
    for peer in (sender, *members):
        join(peer, "tea")
    answer = sender.answer(sender.send("#tea", "hot"))
    assert (answer.status, answer[Tag.OUTCOME], answer[Tag.COUNT]) == (0, wire.DELIVERED, 5)
    for member in members:
        message = member.message()
        assert (message[Tag.DATA], message[Tag.TO_ROOM]) == (b"hot", "tea")
        assert (message[Tag.FROM].number, message[Tag.FROM].name) == (sender.number, "ada")
        member.nothing_more()
    for peer in (sender, outsider):
        peer.nothing_more()


def test_the_sender_need_not_be_a_member(relay):
    outsider, member = relay.peer(), relay.peer(acks=True)
    join(member, "r")
    assert outsider.answer(outsider.send("#r", "x"))[Tag.COUNT] == 1
    assert member.message()[Tag.TO_ROOM] == "r"


def test_a_room_that_does_not_exist(relay):
    peer = relay.peer("name")
    assert peer.verdict(peer.send("#name", "x")) == "no-such-client"


def test_alone_in_a_room_the_count_is_0(relay):
    peer = relay.peer(acks=True)
    join(peer, "r")
    answer = peer.answer(peer.send("#r", "x"))
    assert (answer.status, answer[Tag.OUTCOME], answer[Tag.COUNT]) == (0, wire.DELIVERED, 0)
    peer.nothing_more()


def test_the_answer_waits_for_every_member(relay):
    sender = relay.peer()
    members = [relay.peer() for _ in range(4)]
    for member in members:
        join(member, "r")
    sent = sender.send("#r", "x")
    for member in members:
        member.message()
    for member in members[:-1]:
        member.ack(1)
        member.barrier()
    sender.nothing_more()
    assert not sender.answers.get(sent)
    members[-1].ack(1)
    assert sender.answer(sent)[Tag.COUNT] == 4


def test_members_who_fail_are_not_counted(relay):
    sender = relay.peer()
    members = [relay.peer() for _ in range(4)]
    for member in members:
        join(member, "r")
    sent = sender.send("#r", "x")
    for member in members:
        member.message()
    members[0].ack(1)
    members[1].close()
    members[2].abort()
    members[3].half_close()
    answer = sender.answer(sent)
    assert (answer.status, answer[Tag.OUTCOME], answer[Tag.COUNT]) == (0, wire.DELIVERED, 1)


def test_if_every_member_fails_the_count_is_0(relay):
    sender, member = relay.peer(), relay.peer()
    join(member, "r")
    sent = sender.send("#r", "x")
    member.message()
    member.close()
    answer = sender.answer(sent)
    assert (answer.status, answer[Tag.OUTCOME], answer[Tag.COUNT]) == (0, wire.DELIVERED, 0)


def test_one_who_leaves_the_room_still_acknowledges_what_it_got(relay):
    sender, member = relay.peer(), relay.peer()
    join(member, "r")
    sent = sender.send("#r", "x")
    message = member.message()
    leave(member, "r")
    member.ack(message.id)
    assert sender.answer(sent)[Tag.COUNT] == 1


def test_direct_and_room_messages_share_one_numbering_and_one_order(relay):
    sender, recipient = relay.peer(), relay.peer("sink", acks=True)
    join(recipient, "r")
    for number in range(200):
        sender.send("#r" if number % 3 else "@sink", str(number))
    recipient.until(lambda: recipient.messages_seen == 200, what="the last message")
    assert [int(message[Tag.DATA]) for message in recipient.inbox] == list(range(200))


def test_a_client_is_in_64_rooms_at_most(relay):
    peer, other = relay.peer(), relay.peer()
    for number in range(64):
        assert join(peer, f"room {number}") == 1
    peer.refused(Status.FORBIDDEN, Type.JOIN, wire.to_room("one more"))
    assert "one more" not in peer.rooms()
    assert join(peer, "room 7") == 1
    assert join(other, "one more") == 1
    leave(peer, "room 7")
    assert join(peer, "one more") == 2
    peer.refused(Status.FORBIDDEN, Type.JOIN, wire.to_room("room 7"))


def test_room_and_client_names_are_two_spaces(relay):
    one, two = relay.peer("x", acks=True), relay.peer(acks=True)
    join(two, "x")
    assert one.verdict(one.send("#x", "room")) == "delivered"
    assert two.verdict(two.send("@x", "client")) == "delivered"
    assert two.message()[Tag.DATA] == b"room"
    assert one.message()[Tag.DATA] == b"client"


def test_rooms_are_listed_page_by_page_without_loss(start):
    relay = start("--max-body", 1024, "--workers", 2)
    peers = [relay.peer() for _ in range(4)]
    names = set()
    for which, peer in enumerate(peers):
        for number in range(64):
            room = f"{which}-{number}-".ljust(64, "x")
            names.add(room)
            join(peer, room)
    first = peers[0].ok(Type.ROOMS)
    assert first[Tag.CURSOR] is not None, "256 rooms of 64 bytes do not fit in one body of 2 KiB"
    assert peers[0].rooms() == {room: 1 for room in names}


@pytest.mark.parametrize("members", [60])
def test_everybody_talks_in_one_room_at_once(relay, members):
    """Item 16: the fan-out of a room where each posts."""
    peers = [relay.peer(acks=True) for _ in range(members)]
    for peer in peers:
        join(peer, "r")
    sent = [(peer, peer.send("#r", f"{peer.number} {turn}")) for turn in range(3) for peer in peers]
    gather(peers, lambda peer: not peer.open and peer.messages_seen == 3 * (members - 1))
    for sender, id_ in sent:
        assert sender.answer(id_)[Tag.COUNT] == members - 1
