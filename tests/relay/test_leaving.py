"""BYE, half-close and the other ends of a connection, at every state it can be in."""

import pytest

import wire
from tables import table
from wire import Kind, Status, Type


def test_bye_is_answered_and_the_server_closes(relay):
    peer = relay.peer()
    assert peer.ok(Type.BYE).values == {}
    peer.expect_end()
    probe = relay.peer()
    probe.eventually(lambda: peer.number not in probe.numbers(), what="the departure")


def test_bye_is_answered_after_all_earlier_requests(relay):
    peer, recipient = relay.peer(), relay.peer("sink")
    sent = [peer.send("@sink", str(number)) for number in range(3)]
    bye = peer.ask(Type.BYE)
    for _ in range(3):
        message = recipient.message()
    assert not peer.answers
    recipient.ack(2)
    assert peer.verdict(sent[1]) == "delivered"
    recipient.ack(1, through=message.id)
    assert {peer.verdict(sent[0]), peer.verdict(sent[2])} == {"delivered"}
    assert peer.answer(bye).status == Status.OK
    assert peer.arrived[-1] == bye
    peer.expect_end()


def test_after_bye_it_leaves_list_name_and_rooms_at_once(relay):
    watcher, sink = relay.peer(), relay.peer("sink")
    peer = relay.peer("leaving")
    peer.ok(Type.JOIN, wire.to_room("r"))
    unacknowledged = watcher.send("@leaving", "before")
    peer.message()
    watcher.ok(Type.WATCH, wire.flag(1))
    held = peer.send("@sink", "keeps the connection open")
    bye = peer.ask(Type.BYE)
    sink.message()
    event, entry = watcher.presence()
    assert (event, entry.number, entry.name) == ("went", peer.number, "leaving")
    assert watcher.verdict(unacknowledged) == "gone"
    assert peer.number not in watcher.numbers()
    assert watcher.rooms() == {}
    assert watcher.verdict(watcher.send(peer.number, "x")) == "no-such-client"
    watcher.take_name("leaving")
    sink.ack(1)
    assert peer.verdict(held) == "delivered"
    assert peer.answer(bye).status == Status.OK
    peer.expect_end()
    watcher.nothing_more()


def test_bye_waits_for_the_bad_verdicts_too(relay):
    peer, recipient = relay.peer(), relay.peer("sink")
    sent = peer.send("@sink", "x")
    bye = peer.ask(Type.BYE)
    recipient.message()
    recipient.close()
    assert peer.verdict(sent) == "gone"
    peer.answer(bye)
    assert peer.arrived == [sent, bye]
    peer.expect_end()


def test_input_behind_bye_is_discarded(relay):
    peer, recipient = relay.peer(), relay.peer("sink", acks=True)
    peer.expect_answer(Type.TIME, 1)
    peer.expect_answer(Type.BYE, 2)
    behind = [
        wire.request(Type.TIME, 3),
        wire.request(Type.SEND, 4, wire.to_name("sink"), wire.data("x")),
        b"\xff" * 64,
    ]
    peer.send_raw(wire.request(Type.TIME, 1) + wire.request(Type.BYE, 2) + b"".join(behind))
    peer.expect_end()
    assert peer.arrived == [1, 2]
    recipient.nothing_more()


def test_half_closed_everything_asked_before_is_answered(relay):
    peer = relay.peer()
    asked = [peer.ask(Type.TIME) for _ in range(500)]
    peer.half_close()
    assert {peer.answer(id_).status for id_ in asked} == {Status.OK}
    peer.expect_end()


def test_half_closed_it_still_learns_what_became_of_its_message(relay):
    peer, recipient = relay.peer(), relay.peer("sink")
    sent = peer.send("@sink", "x")
    peer.half_close()
    message = recipient.message()
    recipient.barrier()
    assert not peer.ended
    recipient.ack(message.id)
    assert peer.verdict(sent) == "delivered"
    peer.expect_end()


def test_half_closed_it_leaves_list_name_and_rooms_at_once(relay):
    watcher, sink = relay.peer(), relay.peer("sink")
    peer = relay.peer("halved")
    peer.ok(Type.JOIN, wire.to_room("r"))
    unacknowledged = watcher.send("@halved", "before")
    peer.message()
    watcher.ok(Type.WATCH, wire.flag(1))
    held = peer.send("@sink", "keeps the connection open")
    sink.message()
    peer.half_close()
    event, entry = watcher.presence()
    assert (event, entry.number, entry.name) == ("went", peer.number, "halved")
    assert watcher.verdict(unacknowledged) == "gone"
    assert peer.number not in watcher.numbers()
    assert watcher.rooms() == {}
    assert watcher.verdict(watcher.send(peer.number, "x")) == "no-such-client"
    assert watcher.verdict(watcher.send("@halved", "x")) == "no-such-client"
    watcher.take_name("halved")
    # And it is still owed its answer.
    sink.ack(1)
    assert peer.verdict(held) == "delivered"
    peer.expect_end()
    watcher.nothing_more()


def test_a_frame_cut_by_the_half_close_is_no_request(relay):
    peer = relay.peer()
    peer.expect_answer(Type.TIME, 1)
    peer.send_raw(wire.request(Type.TIME, 1) + wire.request(Type.TIME, 2)[:10])
    peer.half_close()
    assert peer.answer(1).status == Status.OK
    peer.expect_end()
    leftover = [frame for frame in peer.inbox if frame.type != Type.ERROR]
    assert not leftover


PINGS = b"".join(wire.request(Type.PING, id_, wire.data("x" * 5000)) for id_ in range(1, 100))
TO_SINK = wire.request(Type.SEND, 1, wire.to_name("sink"), wire.data("x"))
TO_SELF = wire.request(Type.SEND, 2, wire.to_name("self"), wire.data("x"))
# name, what the peer has sent or is in the middle of when it ends
STATES = [
    ("before reading HELLO", None),
    ("idle", b""),
    ("one byte of a header", b"W"),
    ("half a header", wire.request(Type.TIME, 1)[:8]),
    ("a header, no body", wire.request(Type.PING, 1, wire.data("x"))[:16]),
    ("half a body", wire.request(Type.PING, 1, wire.data("x" * 1000))[:500]),
    ("answers unread", PINGS),
    ("its own message open", TO_SINK),
    ("a message to a room open", wire.request(Type.SEND, 1, wire.to_room("r"), wire.data("x"))),
    ("a message to itself open", wire.request(Type.HELLO, 1, wire.name("self")) + TO_SELF),
    ("in a room", wire.request(Type.JOIN, 1, wire.to_room("r"))),
    ("watching", wire.request(Type.WATCH, 1, wire.flag(1))),
    ("BYE said", wire.request(Type.BYE, 1)),
    ("BYE said with a message open", TO_SINK + wire.request(Type.BYE, 2)),
    ("a header fault", bytes(16)),
    ("a header fault with a megabyte behind it", bytes(1 << 20)),
]  # fmt: skip


@pytest.mark.parametrize("end", ["close", "abort", "half_close_then_abort"])
@table("octets", STATES)
def test_any_end_at_any_state_leaves_no_trace(server, octets, end):
    """Item 21. The recipient of what is open ends in the same way, in the middle of it all."""
    probe = server.peer("probe")
    probe.barrier()
    before = server.descriptors()
    for _ in range(3):
        sink = server.peer("sink")
        sink.ok(Type.JOIN, wire.to_room("r"))
        peer = server.peer(hello=octets is not None)
        peer.send_without_reading(octets or b"", within=0.2)
        if octets and wire.request(Type.SEND, 1)[:8] == octets[:8]:
            sink.message()
        for each in (peer, sink):
            if end == "half_close_then_abort":
                try:
                    each.half_close()
                except OSError:
                    pass  # the server was faster
                each.abort()
            else:
                getattr(each, end)()
        probe.eventually(lambda: probe.numbers() == [probe.number], what="the departures")
        assert probe.rooms() == {}
    probe.eventually(lambda: server.descriptors() <= before, within=4, what="closed sockets")
    probe.nothing_more()


def test_an_abort_while_the_server_writes_to_it(server):
    sender = server.peer()
    for _ in range(30):
        victim = server.peer("victim", receive_buffer=4096)
        for _ in range(20):
            sender.send("@victim", bytes(8000))
        victim.ask(Type.LIST)
        victim.abort()
        sender.until(lambda: not sender.open, what="the verdicts")
        verdicts = {sender.verdict(id_) for id_ in list(sender.answers)}
        assert verdicts <= {"gone", "no-such-client", "busy"}
        sender.answers.clear()
    sender.nothing_more()


def test_an_abort_of_one_member_in_the_middle_of_a_rooms_fan_out(relay):
    sender = relay.peer()
    for _ in range(20):
        members = [relay.peer(acks=number % 2 == 0) for number in range(6)]
        for member in members:
            member.ok(Type.JOIN, wire.to_room("r"))
        sent = sender.send("#r", bytes(2000))
        members[1].abort()
        members[3].close()
        members[5].half_close()
        living = members[0::2]
        for member in living:
            member.message()
        assert 0 <= sender.answer(sent)[wire.Tag.COUNT] <= 3
        for member in living:
            member.close()
        sender.eventually(lambda: sender.rooms() == {}, what="the room's end")


def test_the_same_name_at_once_from_two_clients_goes_to_one(relay):
    """Item 22."""
    for turn in range(100):
        one, two = relay.peer(), relay.peer()
        name = wire.name(f"contested {turn}")
        asked = [(peer, peer.ask(Type.HELLO, name)) for peer in (one, two)]
        statuses = sorted(peer.answer(id_).status for peer, id_ in asked)
        assert statuses == [Status.OK, Status.NAME_TAKEN]
        one.close()
        two.close()


def test_reconnecting_faster_than_the_old_socket_is_noticed(relay):
    """Item 22: a refused name is refused truly, and free as soon as the old end is."""
    previous = relay.peer("phoenix")
    for _ in range(50):
        peer = relay.peer()
        previous.abort()
        peer.eventually(
            lambda: peer.call(Type.HELLO, wire.name("phoenix")).status == Status.OK,
            what="the name",
        )
        names = [entry.name for entry in peer.clients()]
        assert names.count("phoenix") == 1
        previous = peer


def test_a_name_changes_hands_in_the_middle_of_a_delivery(relay):
    """Item 22: what was accepted for the old owner never goes to the new one."""
    sender = relay.peer()
    for _ in range(20):
        old, new = relay.peer("hot"), relay.peer(acks=True)
        first = sender.send("@hot", "for the old")
        message = old.message()
        old.take_name(f"cold {old.number}")
        new.take_name("hot")
        second = sender.send("@hot", "for the new")
        assert sender.verdict(second) == "delivered"
        old.ack(message.id)
        assert sender.verdict(first) == "delivered"
        assert new.messages_seen == old.messages_seen == 1
        old.close()
        new.close()
        sender.eventually(lambda: sender.numbers() == [sender.number], what="both gone")


def test_after_kill_9_senders_see_the_end_and_a_new_server_works(start):
    """Item 23, as far as nothing is stored."""
    relay = start()
    sender, recipient = relay.peer(), relay.peer("sink")
    sent = sender.send("@sink", "x")
    recipient.message()
    relay.kill()
    for peer in (sender, recipient):
        peer.expect_end(reset_allowed=True)
    assert not sender.answers.get(sent), "nobody said delivered"
    again = start("--listen", f"127.0.0.1:{relay.address[1]}")
    sender, recipient = again.peer(), again.peer("sink", acks=True)
    assert sender.verdict(sender.send("@sink", "x")) == "delivered"
    assert recipient.expect(Kind.INDICATION, Type.SEND)
