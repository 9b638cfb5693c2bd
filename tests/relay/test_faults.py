"""System calls that do less than asked, allocations that fail, and a wall clock that jumps: the
server neither crashes nor lies. (Items 19 and 27.)"""

import os
import time

import pytest

import server as server_module
import shim
import wire
from peer import Peer, gather
from wire import Status, Tag, Type

pytestmark = pytest.mark.skipif(
    server_module.is_sanitized(), reason="a sanitizer takes the place of the preloaded library"
)
HOUR_NS = 3600 * 10**9


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    return shim.build(tmp_path_factory.mktemp("shim"))


@pytest.fixture
def faults(library, tmp_path):
    return shim.Faults(library, tmp_path)


def converse(server, turn):
    """Everything once, between two clients; returns what the recipient acknowledged."""
    one, two = server.peer(f"one {turn}"), server.peer(f"two {turn}", acks=True)
    two.ok(Type.JOIN, wire.to_room(f"room {turn}"))
    one.ok(Type.WATCH, wire.flag(1))
    content = bytes(range(256)) * 20
    for to in (two.number, f"@two {turn}", f"#room {turn}"):
        sent = one.send(to, content, os.urandom(16))
        assert one.verdict(sent) == "delivered"
        assert two.message()[Tag.DATA] == content
    assert one.ok(Type.PING, wire.data(content))[Tag.DATA] == content
    assert {one.number, two.number} <= set(one.numbers())
    one.ok(Type.BYE)
    one.expect_end()
    one.close()
    two.close()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_short_transfers_eintr_and_eagain_change_nothing(start, faults, seed):
    faults.generator = seed
    server = start("--workers", 2, environment=faults.environment)
    faults.io_one_in = 2
    for turn in range(15):
        converse(server, turn)
    assert faults.io_faults > 1000
    faults.rest()


def test_many_small_transfers_keep_every_queue_in_order(start, faults):
    server = start("--workers", 2, environment=faults.environment)
    sender, recipient = server.peer(), server.peer("sink", acks=True)
    faults.io_one_in = 2
    sent = [sender.send("@sink", str(number) * (number % 50)) for number in range(1000)]
    recipient.until(lambda: recipient.messages_seen == 1000, what="the last message")
    contents = [message[Tag.DATA] for message in recipient.inbox]
    assert contents == [(str(number) * (number % 50)).encode() for number in range(1000)]
    assert {sender.verdict(id_) for id_ in sent} == {"delivered"}
    faults.rest()


@pytest.mark.parametrize("seed", [1, 2])
def test_resets_at_any_call_end_that_connection_and_no_more(start, faults, seed):
    faults.generator = seed
    server = start("--workers", 2, environment=faults.environment)
    faults.reset_one_in = 20
    faults.io_one_in = 5
    ended = 0
    for turn in range(60):
        try:
            converse(server, turn)
        except (AssertionError, OSError) as problem:
            if isinstance(problem, (TimeoutError, wire.ProtocolError)):
                raise
            ended += 1
        server.close_peers()
        assert server.alive()
    assert ended > 5
    faults.rest()
    converse(server, 1000)
    probe = server.peer()
    probe.eventually(lambda: probe.numbers() == [probe.number], what="the departures")
    assert probe.rooms() == {}


def attempt(server, turn):
    """converse() under allocation failures: anything may be refused or cut, nothing may be false.

    Verdicts and messages are compared at the end: `delivered` only for what was acknowledged.
    """
    peers = []
    try:
        for name in (f"one {turn}", f"two {turn}"):
            peers.append(Peer(server.address, acks=True))
            peers[-1].call(Type.HELLO, wire.name(name))
            peers[-1].call(Type.JOIN, wire.to_room(f"room {turn}"))
            peers[-1].call(Type.WATCH, wire.flag(1))
        one, two = peers
        sent = [one.send(to, bytes(3000)) for to in (two.number, f"@two {turn}", f"#room {turn}")]
        sent += [one.send(two.number, "x", os.urandom(16))]
        one.call(Type.LIST)
        one.call(Type.ROOMS)
        gather([one, two], lambda peer: not peer.open, within=3)
        two.receive()
        verdicts = []
        for id_ in sent:
            for answer in one.answers.get(id_, []):
                delivered = answer.status == Status.OK and answer[Tag.COUNT] != 0
                verdicts.append(delivered)
        assert verdicts.count(True) <= two.messages_seen, "delivered to nobody"
    except (ConnectionError, EOFError):
        pass
    except AssertionError as problem:
        if isinstance(problem, wire.ProtocolError) or "delivered to nobody" in str(problem):
            raise
    finally:
        for peer in peers:
            peer.close()


def check_health(server, turn):
    assert server.alive()
    converse(server, turn)
    probe = server.peer()
    probe.eventually(lambda: probe.numbers() == [probe.number], what="the departures")
    assert probe.rooms() == {}
    probe.close()
    server.peers.clear()


def test_each_single_allocation_may_fail(start, faults):
    server = start("--workers", 2, classic=True, environment=faults.environment)
    turn = 0
    for which in range(1, 200):
        turn += 1
        failed = faults.allocations_failed
        faults.allocations_left = which
        attempt(server, turn)
        faults.rest()
        check_health(server, 1000 + turn)
        if faults.allocations_failed == failed:
            break
    assert turn > 2, "not one allocation was met"


@pytest.mark.parametrize("one_in", [2, 10, 50])
def test_allocations_that_fail_at_random(start, faults, one_in):
    server = start("--workers", 2, environment=faults.environment)
    for turn in range(40):
        faults.allocation_one_in = one_in
        attempt(server, turn)
        faults.rest()
        assert server.alive()
    assert faults.allocations_failed > 0
    check_health(server, 1000)


@pytest.mark.parametrize("hours", [5, -5, 24 * 365])
def test_a_step_of_the_wall_clock_times_nothing_out(start, faults, hours):
    server = start("--workers", 2, "--keepalive", 1.2, environment=faults.environment)
    sender, silent = server.peer(), server.peer("silent")
    recipient = server.peer("sink", acks=True)
    same = bytes(range(16))
    assert sender.verdict(sender.send("@sink", "x", same)) == "delivered"
    recipient.message()
    held = sender.send("@silent", "x")
    silent.message()
    faults.clock_step_ns = hours * HOUR_NS
    stepped = sender.ok(Type.TIME)[Tag.TIME]
    assert abs(stepped - time.time_ns() - hours * HOUR_NS) < 60 * 10**9
    # Two keep-alive periods later all are still there and nothing was given up.
    peers = [sender, silent, recipient]
    asked = {peer: peer.pings_seen for peer in peers}
    gather(peers, lambda peer: peer.pings_seen >= asked[peer] + 2)
    for peer in peers:
        peer.nothing_more()
    assert not sender.answers.get(held)
    silent.ack(1)
    assert sender.verdict(held) == "delivered"
    # And the memory of MESSAGE_IDs, which lasts ten minutes, is of another clock.
    assert sender.verdict(sender.send("@sink", "x", same)) == "delivered"
    recipient.nothing_more()
    faults.clock_step_ns = 0
    sender.barrier()


def test_the_server_sleeps_after_a_step(start, faults):
    server = start("--workers", 2, environment=faults.environment)
    peer = server.peer()
    for hours in (5, -5):
        faults.clock_step_ns = hours * HOUR_NS
        peer.barrier()
        before = server.cpu()
        with pytest.raises(TimeoutError):
            peer.until(lambda: False, within=0.5)
        assert server.cpu() - before < 0.05
