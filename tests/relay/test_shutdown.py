"""Shutdown: open requests answered `shutting-down`, then BYE, then the end of the stream, within
5 s, exit status 0; a second signal ends it at once. (Item 26.)"""

import os
import pty
import select
import signal
import subprocess
import time

import pytest

import wire
from peer import PATIENCE, gather
from wire import Kind, Status, Tag, Type


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_everybody_is_told_in_order(relay, number):
    sender, silent, idle = relay.peer(), relay.peer("silent"), relay.peer()
    silent.ok(Type.JOIN, wire.to_room("r"))
    held = [sender.send("@silent", "x"), sender.send("#r", "x")]
    silent.until(lambda: silent.messages_seen == 2, what="both messages")
    classic = relay.classic()
    began = time.monotonic()
    relay.signal(number)
    for peer in (sender, silent, idle):
        assert peer.expect(Kind.INDICATION, Type.BYE)[Tag.TEXT]
    assert sender.history[-1].type == Type.BYE
    assert [sender.answer(id_).status for id_ in held] == [Status.SHUTTING_DOWN] * 2
    for peer in (sender, silent, idle):
        peer.expect_end()
        peer.close()
    classic.expect_end()
    classic.close()
    assert relay.wait() == 0
    assert time.monotonic() - began < 5 * PATIENCE


def test_an_idle_server_ends_at_once(relay):
    began = time.monotonic()
    relay.signal()
    assert relay.wait() == 0
    assert time.monotonic() - began < 1 * PATIENCE


def test_nobody_is_let_in_any_more(relay):
    peer = relay.peer()
    relay.signal()
    peer.expect_end()
    with pytest.raises((OSError, AssertionError)):
        relay.peer()
    peer.close()
    assert relay.wait() == 0


def test_q_and_enter_on_its_terminal_end_it(start):
    controller, terminal = pty.openpty()
    try:
        relay = start(stdin=terminal)
        peer = relay.peer()
        os.write(controller, b"x\n\nqq\n")
        peer.barrier()
        assert relay.alive()
        os.write(controller, b"q\n")
        peer.expect(Kind.INDICATION, Type.BYE)
        peer.expect_end()
        peer.close()
        assert relay.wait() == 0
    finally:
        os.close(controller)
        os.close(terminal)


def test_the_end_of_its_standard_input_is_no_q(start):
    relay = start(stdin=subprocess.DEVNULL)
    relay.peer().barrier()
    assert relay.alive()


def test_a_stalled_client_holds_the_end_up_for_5_seconds_a_second_signal_not_at_all(start):
    patient, hasty = start("--workers", 2), start("--workers", 2)
    for relay in (patient, hasty):
        sender = relay.peer()
        stalled = relay.peer("stalled", receive_buffer=4096)
        for _ in range(60):
            sender.send("@stalled", bytes(60_000))
        sender.until(lambda: len(sender.open) < 60, what="busy")
        assert stalled.hello
    began = time.monotonic()
    for relay in (patient, hasty):
        relay.signal()
        assert relay.peers[0].expect(Kind.INDICATION, Type.BYE)
    assert hasty.alive(), "the stalled client's queue cannot be empty yet"
    hasty.hurried = True
    hasty.signal()
    hasty.process.wait(2 * PATIENCE)
    assert time.monotonic() - began < 2 * PATIENCE
    assert patient.alive()
    assert patient.wait() == 0
    assert time.monotonic() - began < 7 * PATIENCE


@pytest.mark.deadline(60)
def test_two_thousand_clients_and_full_queues_end_in_time_and_all_are_told(start):
    relay = start("--workers", 2, "--max-clients", 5000)
    peers = [relay.peer() for _ in range(2000)]
    rooms = [peers[first : first + 100] for first in range(0, 2000, 100)]
    for number, members in enumerate(rooms):
        for member in members:
            member.ok(Type.JOIN, wire.to_room(f"r{number}"))
    # Nobody reads for now: 60 KB wait for each of the 2,000.
    sent = [(members[0], members[0].send(f"#r{number}", bytes(20_000)))
            for number, members in enumerate(rooms) for _ in range(3)]  # fmt: skip
    for members in rooms:
        members[0].barrier()
    began = time.monotonic()
    relay.signal()
    gather(peers, lambda peer: False)
    assert not any(peer.reset for peer in peers)
    told = [peer for peer in peers if peer.history and peer.history[-1].type == Type.BYE]
    assert len(told) == len(peers)
    for sender, id_ in sent:
        assert sender.answer(id_).status == Status.SHUTTING_DOWN
    relay.close_peers()
    assert relay.wait() == 0
    assert time.monotonic() - began < 7 * PATIENCE


def test_a_second_signal_is_an_end_without_questions(start):
    """Even with clients that read nothing and never close."""
    relay = start()
    peer = relay.peer()
    relay.signal()
    peer.expect(Kind.INDICATION, Type.BYE)
    began = time.monotonic()
    relay.hurried = True
    if relay.alive():
        relay.signal(signal.SIGINT)
    relay.process.wait(2 * PATIENCE)
    assert time.monotonic() - began < 1 * PATIENCE
    assert select.select([peer.socket], [], [], 1)[0]
