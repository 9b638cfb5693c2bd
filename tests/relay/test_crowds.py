"""A full server says so, running out of descriptors neither spins nor silences it, and clients
that do nothing cost nothing. (Item 11.)"""

import select
import socket
import time

import pytest

import server as server_module
from peer import WAIT, Peer, Refused, connect, gather
from wire import Status, Tag, Type

MIB = 1 << 20


def expect_busy(server):
    with pytest.raises(Refused) as refusal:
        server.peer()
    assert refusal.value.frame.status == Status.BUSY
    assert refusal.value.frame[Tag.TEXT]


def is_let_in(server):
    try:
        server.peer().barrier()
    except Refused:
        return False
    return True


def test_at_the_cap_busy_comes_in_place_of_hello(start, workers):
    server = start("--max-clients", 20, "--workers", workers)
    peers = [server.peer() for _ in range(20)]
    for _ in range(30):
        expect_busy(server)
    assert len(peers[0].clients()) == 20
    peers[7].close()
    peers[0].eventually(lambda: len(peers[0].numbers()) == 19, what="the departure")
    peers[0].eventually(lambda: is_let_in(server), what="the free place")
    expect_busy(server)


def test_the_refused_sees_the_end_without_reset(start):
    server = start("--max-clients", 1)
    server.peer()
    refused = Peer(server.address, hello=False)
    try:
        refused.send_raw(b"WT\1\1\0\2\0\0\0\0\0\1\0\0\0\0")
        refused.expect_error(Status.BUSY)
    finally:
        refused.close()


@pytest.mark.parametrize("clients", [["--max-clients", 1000], []], ids=["cap above", "default"])
def test_out_of_descriptors_it_neither_spins_nor_goes_silent(start, clients):
    server = start("--workers", 2, *clients, descriptors=100)
    peers, refused = [], []
    for _ in range(150):
        try:
            peers.append(server.peer())
        except (AssertionError, OSError) as problem:
            refused.append(problem)
    assert len(peers) > 20
    assert refused, "150 clients cannot fit in 100 descriptors"
    if not clients:
        assert all(isinstance(problem, Refused) for problem in refused)
    # Each of the refused got its answer or at least its end, none was left hanging in silence.
    assert not any(isinstance(problem, TimeoutError) for problem in refused)
    before, began = server.cpu(), time.monotonic()
    select.select([peers[0].socket], [], [], 1)
    assert (server.cpu() - before) / (time.monotonic() - began) < 0.1
    assert peers[0].ok(Type.TIME)
    for peer in peers[1:]:
        peer.close()
    peers[0].eventually(lambda: len(peers[0].numbers()) == 1, what="the departures")
    assert server.peer().ok(Type.TIME)


def test_a_backlog_during_the_drought_is_served_after_it(start):
    """Connections wait in the kernel's queue while descriptors are short, and none is lost."""
    server = start("--max-clients", 1000, descriptors=80)
    peers = []
    while True:
        try:
            peers.append(server.peer())
        except (AssertionError, OSError):
            break
        assert len(peers) < 200
    late = [connect(server.address) for _ in range(5)]
    server.peers += late
    for peer in peers[:-1]:
        peer.close()
    peers[-1].eventually(lambda: len(peers[-1].numbers()) <= 7, what="the departures")
    for connection in late:
        connection.settimeout(5)
        try:
            assert connection.recv(16)[:4] == b"WT\1\3"
        except ConnectionResetError:
            pass  # refused in the drought: no silence either
    assert server.peer().ok(Type.TIME)


def test_loopback_is_exempt_from_the_cap_of_an_address(start):
    server = start("--max-per-address", 3)
    peers = [server.peer() for _ in range(10)]
    assert len(peers[0].clients()) == 10


def test_many_connections_that_come_and_go_leave_nothing(start):
    server = start("--workers", 2)
    probe = server.peer()
    probe.barrier()
    before = server.descriptors()
    for _ in range(20):
        sockets = [connect(server.address) for _ in range(100)]
        for number, connection in enumerate(sockets):
            if number % 2:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, bytes([1]) + bytes(7))
            connection.close()
    probe.eventually(lambda: probe.numbers() == [probe.number], what="the departures")
    probe.eventually(lambda: server.descriptors() <= before, within=WAIT, what="closed sockets")


def test_idle_clients_cost_no_processor_time_and_little_memory(start):
    server = start("--workers", 2, "--max-clients", 3000)
    first = server.peer()
    first.barrier()
    before = server.rss()
    peers = [server.peer() for _ in range(2000)]
    for peer in peers:
        peer.barrier()
    if not server_module.is_sanitized():
        # Idle, a client is its session and nothing else: buffers are lent.
        assert (server.rss() - before) / len(peers) < 3 * 1024
    before, wakeups = server.cpu(), server.wakeups()
    assert not select.select([peer.socket for peer in peers[:500]], [], [], 1)[0]
    assert server.cpu() - before <= 0.03
    assert server.wakeups() - wakeups < 50
    assert all(not peer.ended for peer in peers)


def test_neighbours_of_a_group_and_of_two_groups_reach_one_another(start):
    server = start("--workers", 3, "--group", 8)
    peers = [server.peer(acks=True) for _ in range(50)]
    for peer, recipient in zip(peers, peers[1:] + peers[:1]):
        sent = peer.send(recipient.number, "x")
        recipient.message()
        assert peer.verdict(sent) == "delivered"


def test_a_server_without_clients_sleeps(start):
    server = start("--workers", 4)
    server.peer().close()
    controller, other = socket.socketpair()
    before, wakeups = server.cpu(), server.wakeups()
    select.select([controller], [], [], 1)
    assert server.cpu() - before <= 0.02
    assert server.wakeups() - wakeups < 20
    controller.close()
    other.close()


def test_acks_answers_and_pings_of_an_idle_crowd_are_cheap(start):
    server = start("--workers", 2, "--keepalive", 1, "--max-clients", 2000)
    peers = [server.peer() for _ in range(500)]
    before = server.cpu()
    gather(peers, lambda peer: peer.pings_seen >= 2)
    assert server.cpu() - before < 0.5
