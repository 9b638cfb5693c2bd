"""Who does not read costs the server a bounded queue and nobody else anything: senders hear `busy`,
memory stays within the stated limits, and no verdict lies. (Items 2, 13, 15, 16, 17.)"""

import statistics
import time
from collections import Counter

import pytest

import wire
from peer import gather
from server import needs_true_memory
from wire import Kind, Status, Tag, Type

KIB = 1024
MIB = 1 << 20
BUSY_AT = 256 * KIB
SMALL_WINDOW = 4096
# Together more than the kernel's send buffer (4 MiB at most) and the server's queue will take, in
# fewer messages than the 4,096 that may be unacknowledged.
CHUNK, ENOUGH = 4000, 2500
TIMEOUT_SECONDS = 9.9  # an unacknowledged message may end as "timeout" from then on


def stall(server, name, count=1):
    """Clients that are named, in the room of that name, and read nothing from now on."""
    stalled = []
    for number in range(count):
        peer = server.peer(name if count == 1 else f"{name}{number}", receive_buffer=SMALL_WINDOW)
        peer.ok(Type.JOIN, wire.to_room(name))
        stalled.append(peer)
    return stalled


def round_trip(peer):
    began = time.monotonic()
    peer.barrier()
    return time.monotonic() - began


@needs_true_memory
def test_a_claimed_length_costs_nothing(start):
    """Item 2: a thousand headers that promise a body of a mebibyte."""
    server = start("--max-body", MIB, "--max-clients", 2000)
    peers = [server.peer() for _ in range(1000)]
    probe = server.peer()
    probe.barrier()
    before = server.rss()
    for type_, peer in enumerate(peers):
        peer.send_raw(wire.frame(Kind.REQUEST, type_ % 14, 1, length=MIB))
    probe.barrier()
    assert server.rss() - before < 8 * MIB
    for peer in peers:
        peer.send_raw(wire.field(Tag.DATA, b"x", length=MIB - 6))
    probe.barrier()
    assert server.rss() - before < 16 * MIB


@needs_true_memory
@pytest.mark.parametrize("senders", [1, 100])
def test_a_stalled_reader_makes_senders_busy_and_memory_bounded(server, senders):
    (stalled,) = stall(server, "stalled")
    peers = [server.peer() for _ in range(senders)]
    probe = server.peer()
    probe.barrier()
    before = server.rss()
    content = bytes(CHUNK)
    began = time.monotonic()
    for _ in range(ENOUGH // senders):
        for peer in peers:
            peer.send("@stalled", content)
            peer.receive()
    gather(peers, lambda peer: peer.answers)
    verdicts = {peer.verdict(id_) for peer in peers for id_ in list(peer.answers)}
    # Where all that took so long, the first to wait have their verdict as well.
    late = {"timeout"} if time.monotonic() - began > TIMEOUT_SECONDS else set()
    assert {"busy"} <= verdicts <= {"busy", *late}
    waiting = sum(len(peer.open) for peer in peers)
    assert late or waiting * CHUNK > BUSY_AT / 2, "busy long before the queue was full"
    assert server.rss() - before < 4 * MIB
    # The rest of the world does not notice.
    other = server.peer("other", acks=True)
    assert probe.verdict(probe.send("@other", "x")) == "delivered"
    assert other.messages_seen == 1
    # None of those that wait was delivered, and they all hear the truth when the reader ends.
    stalled.abort()
    for peer in peers:
        open_ = list(peer.open)
        verdicts = {peer.verdict(id_) for id_ in open_}
        late = {"timeout"} if time.monotonic() - began > TIMEOUT_SECONDS else set()
        assert verdicts <= {"gone", "busy", *late}


def test_a_slow_reader_that_recovers_gets_all_that_was_accepted(server):
    """Redis #3893's lesson: having been slow once is no reason to be cut later."""
    sender = server.peer()
    (slow,) = stall(server, "slow")
    delivered = 0
    for _ in range(3):
        sent = [sender.send("@slow", bytes(CHUNK)) for _ in range(ENOUGH)]
        sender.until(lambda: sender.answers, what="busy")
        slow.acks = True
        verdicts = Counter(sender.verdict(id_) for id_ in sent)
        slow.acks = False
        assert set(verdicts) == {"busy", "delivered"}
        delivered += verdicts["delivered"]
        assert slow.messages_seen == delivered
        slow.inbox.clear()
    slow.nothing_more()


def test_control_frames_keep_their_room_when_data_fills_the_queue(server):
    """Item 17: requests of a client whose queue is full of messages are answered all the same."""
    sender = server.peer()
    (full,) = stall(server, "full")
    sent = [sender.send("@full", bytes(CHUNK)) for _ in range(ENOUGH)]
    sender.until(lambda: sender.answers, what="busy")
    ids = [full.new_id() for _ in range(100)]
    for id_ in ids:
        full.expect_answer(Type.TIME, id_)
    full.send_without_reading(b"".join(wire.request(Type.TIME, id_) for id_ in ids), within=1)
    sender.barrier()
    full.acks = True
    full.until(lambda: not full.open, what="the answers")
    assert {full.answer(id_).status for id_ in ids} == {Status.OK}
    verdicts = Counter(sender.verdict(id_) for id_ in sent)
    assert set(verdicts) == {"busy", "delivered"}
    assert full.messages_seen == verdicts["delivered"]


@needs_true_memory
@pytest.mark.parametrize(
    "request_", [wire.request(Type.PING, 1, wire.data(bytes(60_000))), wire.request(Type.LIST, 1)],
    ids=["PING of 60 KB", "LIST of 500"],
)  # fmt: skip
def test_who_asks_and_never_reads_costs_bounded_memory(start, request_):
    """Item 15: a request of 16 bytes may have an answer of 60 KB."""
    server = start("--workers", 2, "--max-clients", 2000)
    crowd = [server.peer() for _ in range(500)]
    askers = [server.peer(receive_buffer=SMALL_WINDOW) for _ in range(10)]
    probe = crowd[0]
    probe.barrier()
    before = server.rss()
    flood = b"".join(request_[:8] + wire.u32(id_) + request_[12:] for id_ in range(1, 300))
    for asker in askers:
        asker.send_without_reading(flood, within=0.1)
        assert round_trip(probe) < 0.5
    # 1 MiB is the most that may wait for one client.
    assert server.rss() - before < len(askers) * 1.25 * MIB + 4 * MIB
    before = server.cpu()
    for _ in range(20):
        probe.barrier()
    assert server.cpu() - before < 0.2


@needs_true_memory
def test_a_payload_is_held_once_for_all_members_of_a_room(start):
    """Item 16: 300 members that do not read, 240 KB for each; copies would be 72 MB."""
    server = start("--workers", 2, "--max-clients", 2000)
    stalled = stall(server, "bomb", 300)
    sender = server.peer()
    probes = [server.peer() for _ in range(4)]
    sender.barrier()
    before = server.rss()
    for _ in range(100):
        sender.send("#bomb", bytes(60_000))
    for probe in [sender, *probes]:  # on both workers
        probe.barrier()
    assert server.rss() - before < 24 * MIB
    for peer in stalled:
        peer.abort()
    sender.until(lambda: not sender.open, what="every verdict")
    assert {sender.answer(id_)[Tag.COUNT] for id_ in list(sender.answers)} == {0}


def test_stalled_readers_slow_nobody_down(start):
    """Item 13: the others' round trips stay near what they are on a server without such readers,
    asked in turns: whatever else this machine does meanwhile slows both."""
    servers = [start("--workers", 1), start("--workers", 1)]
    pairs = [(server.peer("one"), server.peer("two", acks=True)) for server in servers]

    def message(one, two):
        began = time.monotonic()
        sent = one.send("@two", "x")
        two.message()
        assert one.verdict(sent) == "delivered"
        return time.monotonic() - began

    stall(servers[1], "bomb", 50)
    flooder = servers[1].peer()
    for _ in range(30):
        flooder.send("#bomb", bytes(30_000))
    flooder.barrier()
    times = [[message(*pair) for pair in pairs] for _ in range(600)]
    without, beside = (statistics.median(column) for column in zip(*times[100:]))
    assert beside < without * 1.5 + 0.0005


@needs_true_memory
def test_memory_comes_back_after_the_flood(start):
    """A hundred rounds of everything leave the server as large as the tenth did."""
    server = start("--workers", 2)
    probe = server.peer()
    sizes = []
    for _ in range(60):
        (stalled,) = stall(server, "s")
        senders = [server.peer(f"n{number}") for number in range(5)]
        for sender in senders:
            sender.ok(Type.WATCH, wire.flag(1))
            for _ in range(30):
                sender.send("#s", bytes(10_000))
                sender.ask(Type.PING, wire.data(bytes(500)))
        for sender in senders:
            sender.abort()
        stalled.abort()
        probe.eventually(lambda: probe.numbers() == [probe.number], what="the departures")
        sizes.append(server.rss())
    assert sizes[-1] - sizes[20] < 1 * MIB


def test_a_watcher_whose_queue_is_full_is_closed_with_busy(start):
    """It could not be told who came any more, so it must not believe that it was."""
    server = start("--workers", 2, "--max-clients", 4000)
    watcher = server.peer(receive_buffer=SMALL_WINDOW)
    watcher.ok(Type.WATCH, wire.flag(1))
    sender = server.peer("n" * 64)
    renamer_frames = b""
    names = [wire.name(letter * 64) for letter in "ab"]
    rounds = 0
    while watcher.number in (numbers := sender.numbers()) and rounds < 60:
        renamer_frames = b""
        for turn in range(1000):
            id_ = sender.new_id()
            sender.expect_answer(Type.HELLO, id_)
            renamer_frames += wire.request(Type.HELLO, id_, names[turn % 2])
        sender.send_raw(renamer_frames)
        sender.until(lambda: not sender.open, what="the names")
        rounds += 1
    assert watcher.number not in numbers, "60,000 renames of 120 bytes fit in no queue"
    watcher.expect_end(reset_allowed=True)
    if not watcher.reset:
        watcher.expect(Kind.INDICATION, Type.ERROR, Status.BUSY)
