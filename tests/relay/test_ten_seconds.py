"""What the document says happens after 10 seconds: a message that nobody acknowledges ends as
`timeout`, a queue whose oldest content is that old ends its client.

Ten seconds cannot be shortened from outside, so every scenario runs in a thread of its own with a
server of its own, all at the same time; each is reported by its name.
"""

import functools
import os
import select
import time
from collections import Counter

import pytest

import wire
from background import Background
from classic import SEND
from peer import PATIENCE
from server import Server
from wire import Kind, Status, Tag, Type

EARLIEST, LATEST = 9.9, 10 + 1.5 * PATIENCE
LONG = 10 + 4 * PATIENCE
scenarios = Background()


def scenario(function):
    """A function of a server, run with one of its own."""

    @functools.wraps(function)
    def with_server():
        server = Server("--workers", 2, classic=True)
        try:
            function(server)
        except Exception as problem:
            log = "\n".join(server.lines[-60:])
            raise AssertionError(f"{problem}\nlog of wiretaled, its end:\n{log}") from problem
        finally:
            problems = server.finish()
        assert not problems, problems

    return scenarios.add(with_server)


def elapsed_fits(began):
    elapsed = time.monotonic() - began
    assert EARLIEST <= elapsed <= LATEST, f"after {elapsed:.2f} s"


def pause(peer, seconds):
    """Reads what comes within these seconds at the pace of one look."""
    if select.select([peer.socket], [], [], seconds)[0]:
        peer.receive()


@scenario
def unacknowledged_is_timeout_and_a_late_acknowledgement_is_remembered(server):
    sender, recipient = server.peer(), server.peer("silent")
    late, never = os.urandom(16), os.urandom(16)
    began = time.monotonic()
    sent = [sender.send("@silent", "x"), sender.send("@silent", "x", late)]
    sent.append(sender.send("@silent", "x", never))
    for id_ in sent:
        assert sender.verdict(id_, within=LONG) == "timeout"
        elapsed_fits(began)
    recipient.until(lambda: recipient.messages_seen == 3, what="the messages")
    # While that connection lives the message is not sent again: `timeout` at once,
    assert sender.verdict(sender.send("@silent", "x", late)) == "timeout"
    assert sender.verdict(sender.send("@silent", "x", never)) == "timeout"
    recipient.nothing_more_than(3)
    # or the outcome, if a late acknowledgement came.
    recipient.ack(2)
    recipient.barrier()
    assert sender.verdict(sender.send("@silent", "x", late)) == "delivered"
    assert sender.verdict(sender.send("@silent", "x", never)) == "timeout"
    # The late acknowledgement answered nobody a second time, and numbering goes on.
    sender.nothing_more()
    sent = sender.send("@silent", "again")
    recipient.until(lambda: recipient.messages_seen == 4, what="message 4")
    recipient.ack(4)
    assert sender.verdict(sent) == "delivered"
    # When that connection is gone it may be tried anew.
    recipient.close()
    sender.eventually(lambda: recipient.number not in sender.numbers(), what="the departure")
    recipient = server.peer("silent", acks=True)
    assert sender.verdict(sender.send("@silent", "x", never)) == "delivered"
    assert sender.verdict(sender.send("@silent", "x", late)) == "delivered"
    recipient.nothing_more_than(1)


@scenario
def the_ten_seconds_run_from_receipt(server):
    """Messages sent 2 s apart time out 2 s apart."""
    sender, recipient = server.peer(), server.peer("silent")
    began = []
    sent = []
    for _ in range(3):
        began.append(time.monotonic())
        sent.append(sender.send("@silent", "x"))
        pause(sender, 1.5)
        assert not sender.answers
    for id_, when in zip(sent, began):
        assert sender.verdict(id_, within=LONG) == "timeout"
        elapsed_fits(when)
    assert recipient.number


@scenario
def a_room_counts_those_who_acknowledged_in_time(server):
    sender = server.peer()
    members = [server.peer(acks=number > 0) for number in range(3)]
    for member in members:
        member.ok(Type.JOIN, wire.to_room("r"))
    began = time.monotonic()
    sent = sender.send("#r", "x")
    for member in members:
        member.message()
    answer = sender.answer(sent, within=LONG)
    elapsed_fits(began)
    assert (answer.status, answer[Tag.OUTCOME], answer[Tag.COUNT]) == (0, wire.DELIVERED, 2)


@scenario
def bye_waits_ten_seconds_at_most(server):
    sender, recipient = server.peer(), server.peer("silent")
    began = time.monotonic()
    sent = sender.send("@silent", "x")
    bye = sender.ask(Type.BYE)
    recipient.message()
    sender.answer(bye, within=LONG)
    elapsed_fits(began)
    assert sender.verdict(sent) == "timeout"
    assert sender.arrived == [sent, bye]
    sender.expect_end()


@scenario
def half_closed_it_hears_the_timeout_and_then_the_end(server):
    sender, recipient = server.peer(), server.peer("silent")
    began = time.monotonic()
    sent = sender.send("@silent", "x")
    sender.half_close()
    recipient.message()
    assert sender.verdict(sent, within=LONG) == "timeout"
    elapsed_fits(began)
    sender.expect_end()


@scenario
def a_classic_sender_is_told_another_word_than_delivered(server):
    client, recipient = server.classic(), server.peer("silent")
    client.socket.settimeout(LONG)
    began = time.monotonic()
    client.say(recipient.local_address, "x")
    recipient.message()
    assert client.receive() == (SEND, b"timeout")
    elapsed_fits(began)


@scenario
def a_reader_that_stalls_is_ended_by_the_age_of_its_queue(server):
    sender, watcher = server.peer(), server.peer()
    stalled = server.peer("stalled", receive_buffer=4096)
    watcher.ok(Type.WATCH, wire.flag(1))
    began = time.monotonic()
    for _ in range(300):
        sender.send("@stalled", bytes(20_000))
    event, entry = watcher.presence(within=LONG)
    assert (event, entry.number) == ("went", stalled.number)
    elapsed = time.monotonic() - began
    assert EARLIEST - 1 <= elapsed <= LONG
    sender.until(lambda: not sender.open, within=LONG, what="every verdict")
    verdicts = {sender.verdict(id_) for id_ in list(sender.answers)}
    assert verdicts <= {"busy", "gone", "timeout"}


@scenario
def a_reader_that_trickles_is_ended_too(server):
    """Item 14: never fully stalled, 2 KB each second, yet what waits for it grows old."""
    sender, watcher = server.peer(), server.peer()
    trickling = server.peer("trickling", receive_buffer=4096)
    watcher.ok(Type.WATCH, wire.flag(1))
    began = time.monotonic()
    for _ in range(300):
        sender.send("@trickling", bytes(20_000))
    while True:
        pause(watcher, 0.1)
        if watcher.inbox:
            break
        try:
            trickling.socket.recv(200)
        except BlockingIOError:
            pass
        except ConnectionResetError:
            break
        assert time.monotonic() - began < 10 + 10 * PATIENCE, "it was never ended"
    assert watcher.presence()[0] == "went"
    assert time.monotonic() - began >= EARLIEST - 1


@scenario
def one_who_asks_and_never_reads_is_ended(server):
    """Item 15."""
    watcher = server.peer()
    asker = server.peer(receive_buffer=4096)
    watcher.ok(Type.WATCH, wire.flag(1))
    ping = wire.request(Type.PING, 1, wire.data(bytes(60_000)))
    began = time.monotonic()
    asker.send_without_reading(
        b"".join(ping[:8] + wire.u32(id_) + ping[12:] for id_ in range(1, 200)), within=1
    )
    event, entry = watcher.presence(within=LONG)
    assert (event, entry.number) == ("went", asker.number)
    assert time.monotonic() - began <= LONG


@scenario
def a_classic_reader_that_stalls_gets_nothing_called_passed(server):
    modern, client = server.peer(), server.classic(receive_buffer=2048)
    address = (client.ip, client.port)
    modern.eventually(lambda: len(modern.clients()) == 2, what="the classic client")
    number = next(entry.number for entry in modern.clients() if entry.address == address)
    for _ in range(4000):
        modern.send(number, "x" * 250)
    modern.until(lambda: not modern.open, within=LONG, what="every verdict")
    verdicts = [modern.verdict(id_) for id_ in list(modern.answers)]
    assert set(verdicts) <= {"passed", "busy", "timeout", "gone", "no-such-client"}
    assert verdicts.count("passed") * 264 < 100_000


@scenario
def a_client_that_is_slow_but_reads_within_ten_seconds_stays(server):
    """The age is that of what waits now, not the time since the client was first slow."""
    sender = server.peer()
    slow = server.peer("slow", receive_buffer=4096)
    for _ in range(3):
        sent = [sender.send("@slow", bytes(5000)) for _ in range(200)]
        pause(sender, 0.1)
        deadline = time.monotonic() + 4
        while time.monotonic() < deadline:
            pause(sender, deadline - time.monotonic())
        slow.acks = True
        slow.barrier()
        slow.acks = False
        sender.until(lambda: not sender.open, what="every verdict")
        verdicts = {sender.verdict(id_) for id_ in sent}
        assert verdicts <= {"delivered", "busy"}
        assert "delivered" in verdicts
    assert not slow.ended


@scenario
def a_timeout_frees_the_id_and_the_order_stays(server):
    sender, recipient = server.peer(), server.peer("silent")
    sender.send("@silent", "first", id_=5)
    assert sender.verdict(5, within=LONG) == "timeout"
    recipient.message()
    sender.send("@silent", "second", id_=5)
    message = recipient.message()
    assert (message.id, message[Tag.DATA]) == (2, b"second")
    recipient.ack(1)
    recipient.ack(2)
    assert sender.verdict(5) == "delivered"
    sender.nothing_more()


@scenario
def shutdown_does_not_wait_for_the_ten_seconds(server):
    sender, recipient = server.peer(), server.peer("silent")
    sent = sender.send("@silent", "x")
    recipient.message()
    pause(sender, 3)
    server.signal()
    assert sender.answer(sent).status == Status.SHUTTING_DOWN
    sender.expect(Kind.INDICATION, Type.BYE)
    sender.expect_end()


@scenario
def at_shutdown_a_slow_reader_has_its_five_seconds(server):
    """Queues are drained for 5 s: one who reads on after 3 s gets what waited for it, and BYE."""
    sender = server.peer()
    slow = server.peer("slow", receive_buffer=4096)
    sent = [sender.send("@slow", bytes(20_000)) for _ in range(300)]
    sender.until(lambda: sender.answers, what="busy")
    sender.barrier()
    server.signal()
    sender.expect(Kind.INDICATION, Type.BYE)
    sender.expect_end()
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline:
        select.select([], [], [], deadline - time.monotonic())
    assert server.alive()
    slow.expect(Kind.INDICATION, Type.BYE)
    slow.expect_end()
    verdicts = Counter(sender.verdict(id_) for id_ in sent)
    assert set(verdicts) == {"busy", "shutting-down"}
    # A `busy` that was on its way to the sender when all ended was told as shutting-down.
    assert slow.messages_seen <= verdicts["shutting-down"]
    assert slow.messages_seen * 20_000 > 128 * 1024


@pytest.fixture(scope="module", autouse=True)
def started(request):
    scenarios.start(request)


@pytest.mark.deadline(60)
@scenarios.parametrize()
def test_after_ten_seconds(name):
    scenarios.result(name)
