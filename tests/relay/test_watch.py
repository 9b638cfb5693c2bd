"""WATCH tells who comes and who goes, gives no snapshot, and says nothing about oneself."""

import threading

import pytest

import wire
from wire import Type


def watch(peer, on=1):
    peer.ok(Type.WATCH, wire.flag(on))


def test_a_watcher_hears_who_comes_and_goes(relay):
    watcher = relay.peer()
    watch(watcher)
    peer = relay.peer()
    event, entry = watcher.presence()
    assert event == "came"
    assert (entry.number, entry.address, entry.name) == (peer.number, peer.local_address, None)
    came_at = entry.time
    peer.close()
    event, entry = watcher.presence()
    assert (event, entry.number, entry.time) == ("went", peer.number, came_at)
    watcher.nothing_more()


@pytest.mark.parametrize("end", ["close", "abort", "half_close", "bye", "fault"])
def test_every_way_of_leaving_is_heard_once(relay, end):
    watcher = relay.peer()
    watch(watcher)
    peer = relay.peer("leaver")
    while watcher.presence()[1].name != "leaver":
        pass
    if end == "bye":
        peer.ok(Type.BYE)
    elif end == "fault":
        peer.send_raw(bytes(16))
    else:
        getattr(peer, end)()
    event, entry = watcher.presence()
    assert (event, entry.number, entry.name) == ("went", peer.number, "leaver")
    peer.close()
    watcher.nothing_more()


def test_a_name_is_heard_with_the_same_number(relay):
    watcher, peer = relay.peer(), relay.peer()
    watch(watcher)
    for name in ("one", "two"):
        peer.take_name(name)
        event, entry = watcher.presence()
        assert (event, entry.number, entry.name) == ("came", peer.number, name)
    watcher.nothing_more()


def test_a_name_refused_is_not_heard(relay):
    watcher, peer = relay.peer("taken"), relay.peer("kept")
    watch(watcher)
    peer.call(Type.HELLO, wire.name("taken"))
    peer.call(Type.HELLO, wire.name("\n"))
    peer.call(Type.HELLO)
    watcher.nothing_more()


def test_no_snapshot_and_nothing_about_oneself(relay):
    relay.peer("before")
    watcher = relay.peer("watcher")
    watcher.barrier()
    watch(watcher)
    watcher.take_name("renamed")
    watcher.nothing_more()


def test_flag_0_ends_it(relay):
    watcher = relay.peer()
    watch(watcher)
    relay.peer()
    watcher.presence()
    watch(watcher, 0)
    relay.peer().barrier()
    watcher.nothing_more()
    watch(watcher, 0)
    watch(watcher, 1)
    watch(watcher, 1)
    peer = relay.peer()
    assert watcher.presence()[1].number == peer.number
    watcher.nothing_more()


def test_classic_clients_are_heard_too(relay):
    watcher = relay.peer()
    watch(watcher)
    classic = relay.classic()
    event, entry = watcher.presence()
    assert (event, entry.address) == ("came", (classic.ip, classic.port))
    classic.close()
    assert watcher.presence()[0] == "went"


def test_watchers_on_all_workers_hear_the_same(relay):
    watchers = [relay.peer() for _ in range(8)]
    for watcher in watchers:
        watch(watcher)
    peers = [relay.peer(f"p{number}") for number in range(20)]
    for peer in peers:
        peer.close()
    for watcher in watchers:
        heard = {}
        while len([True for events in heard.values() if events[-1] == "went"]) < len(peers):
            event, entry = watcher.presence()
            heard.setdefault(entry.number, []).append(event)
        assert set(heard) == {peer.number for peer in peers}
        # came, came again with the name, went: in this order for each.
        assert all(events == ["came", "came", "went"] for events in heard.values())


def test_watch_then_list_misses_nothing(relay):
    """While others come and go: the list, changed by what is heard, is the truth in the end."""
    stop = threading.Event()
    problems = []

    def come_and_go():
        try:
            while not stop.is_set():
                peers = [relay.peer() for _ in range(3)]
                peers[0].take_name(f"n{peers[0].number}")
                for peer in peers[:2]:
                    peer.close()
        except Exception as problem:  # pylint: disable=broad-except
            problems.append(problem)

    thread = threading.Thread(target=come_and_go)
    thread.start()
    watchers = []
    try:
        for _ in range(30):
            watcher = relay.peer()
            watch(watcher)
            known = {entry.number: entry.name for entry in watcher.clients()}
            watchers.append((watcher, known))
    finally:
        stop.set()
        thread.join()
    assert not problems
    probe = relay.peer()
    gone = [peer.number for peer in relay.peers if peer.socket.fileno() < 0]
    probe.eventually(lambda: not set(probe.numbers()) & set(gone), what="all departures")
    truth = {entry.number: entry.name for entry in probe.clients()}
    for watcher, known in watchers:
        watcher.barrier()
        # News may still be on its way through another worker: hear until it fits.
        while known != truth:
            event, entry = watcher.presence()
            if event == "came":
                known[entry.number] = entry.name
            else:
                known.pop(entry.number, None)
