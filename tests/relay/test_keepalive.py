"""Keep-alive: PING after KEEPALIVE without a whole frame, the end with ERROR `timeout` at 1.5 times
that; whoever answers or talks stays. (Items 3 and 28.)"""

import select
import time

import pytest

import wire
from peer import PATIENCE, gather
from wire import Kind, Status, Type

KEEPALIVE = 0.4 * PATIENCE
DEAD = 1.5 * KEEPALIVE
SLACK = 0.5 * PATIENCE  # a busy machine


CALM = 1.0 * PATIENCE  # where nobody may be lost: half of it is the time to answer


@pytest.fixture
def calm(start):
    return start("--keepalive", CALM, "--workers", 2)


@pytest.fixture
def relay(start):
    return start("--keepalive", KEEPALIVE, "--workers", 2)


def pace(peer, seconds):
    """One tick: reads what comes within these seconds."""
    if select.select([peer.socket], [], [], seconds)[0]:
        peer.receive()


def test_silence_is_asked_and_then_ended(relay):
    peer = relay.peer(answers_pings=False)
    began = time.monotonic()
    peer.expect(Kind.INDICATION, Type.PING)
    asked = time.monotonic() - began
    peer.expect_error(Status.TIMEOUT)
    ended = time.monotonic() - began
    assert KEEPALIVE - 0.05 <= asked <= KEEPALIVE + SLACK
    assert DEAD - 0.05 <= ended <= DEAD + SLACK
    probe = relay.peer()
    assert probe.numbers() == [probe.number]
    relay.wait_for_log(r"(?i)time")


def test_answering_pings_is_enough(calm):
    peer = calm.peer()
    peer.until(lambda: peer.pings_seen == 3, what="three PINGs")
    peer.nothing_more()
    assert not peer.ended


def test_one_acknowledgement_may_answer_several_pings_and_late_ones_are_passed_over(calm):
    peer = calm.peer(answers_pings=False)
    peer.expect(Kind.INDICATION, Type.PING)
    peer.ack(1, through=100, type_=Type.PING)
    peer.expect(Kind.INDICATION, Type.PING)
    peer.ack(1, type_=Type.PING)  # late, but a whole frame all the same
    peer.expect(Kind.INDICATION, Type.PING)
    peer.ack(7, type_=Type.PING)
    peer.nothing_more()


def test_any_whole_frame_is_a_sign_of_life(calm):
    peer = calm.peer()
    deadline = time.monotonic() + 1.5 * CALM + SLACK
    while time.monotonic() < deadline:
        pace(peer, CALM / 4)
        peer.send_raw(wire.ack(Type.SEND, 12345))
    assert not peer.ended
    assert peer.pings_seen <= 1


# name, what trickles in, byte by byte, one each eighth of KEEPALIVE
SLOW_FRAMES = [
    ("nothing at all", b""),
    ("a header", wire.request(Type.TIME, 1)),
    ("half a header", wire.request(Type.TIME, 1)[:8]),
    ("a body", wire.request(Type.PING, 1, wire.data("x" * 1000))),
]


def test_a_frame_that_trickles_is_no_sign_of_life(relay):
    """Item 3, all four at once; and a server that waits for bytes burns no processor time."""
    peers = [relay.peer(answers_pings=False) for _ in SLOW_FRAMES]
    before, began = relay.cpu(), time.monotonic()
    at = 0
    while not all(peer.ended for peer in peers):
        for peer, (_, octets) in zip(peers, SLOW_FRAMES):
            if not peer.ended and at < min(len(octets), 15):
                try:
                    peer.socket.send(octets[at : at + 1])
                except OSError:
                    pass  # closed just now; receive() will see it
        at += 1
        living = [peer for peer in peers if not peer.ended]
        for peer in living:
            pace(peer, KEEPALIVE / 8 / len(living))
        assert time.monotonic() - began < DEAD + 2 * SLACK
    for peer in peers:
        peer.expect(Kind.INDICATION, Type.ERROR, Status.TIMEOUT)
    assert relay.cpu() - before < 0.2 * PATIENCE


def test_a_recipient_that_died_makes_its_messages_gone(relay):
    """Item 28: it vanished without FIN; the sender is told within 1.5 x KEEPALIVE."""
    sender = relay.peer()
    vanished = relay.peer("vanished", answers_pings=False)
    vanished.barrier()
    began = time.monotonic()
    sent = sender.send("@vanished", "x")
    assert sender.verdict(sent) == "gone"
    assert time.monotonic() - began <= DEAD + SLACK
    assert sender.verdict(sender.send("@vanished", "x")) == "no-such-client"


def test_a_watcher_hears_of_a_death(relay):
    watcher = relay.peer()
    watcher.ok(Type.WATCH, wire.flag(1))
    dying = relay.peer(answers_pings=False)
    assert watcher.presence()[1].number == dying.number
    event, entry = watcher.presence()
    assert (event, entry.number) == ("went", dying.number)


def test_two_hundred_answering_clients_all_stay(calm):
    peers = [calm.peer() for _ in range(200)]
    gather(peers, lambda peer: peer.pings_seen >= 2)
    assert not any(peer.ended for peer in peers)
    assert len(peers[0].clients()) == 200


def test_off_asks_nobody(start):
    relay = start("--keepalive", "off")
    silent, timer = relay.peer(), start("--keepalive", CALM).peer()
    timer.until(lambda: timer.pings_seen == 2, what="two PINGs of another server")
    silent.nothing_more()
    assert silent.pings_seen == 0


def timer_of(server, client):
    """(kind, seconds left) of the timer of a classic client's socket here; 2: keep-alive."""
    with open("/proc/net/tcp", encoding="ascii") as table:
        rows = [line.split() for line in table][1:]
    ours, theirs = f":{server.classic_address[1]:04X}", f":{client.port:04X}"
    (row,) = [row for row in rows if row[1].endswith(ours) and row[2].endswith(theirs)]
    kind, left = row[5].split(":")
    return int(kind), int(left, 16) / 100


def test_a_classic_clients_socket_is_watched_by_the_kernel(start):
    """It cannot be asked by PING: the keep-alive of TCP must run on its socket."""
    server = start("--keepalive", 2, classic=True)
    client, probe = server.classic(), server.peer()
    client.call(2)
    # While the answer is on its way the timer is that of a retransmission.
    probe.eventually(lambda: timer_of(server, client)[0] == 2, what="the keep-alive timer")
    assert timer_of(server, client)[1] <= 2 * 1.5
