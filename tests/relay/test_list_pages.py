"""LIST in pages: no body over LIMIT + 1024, and who stays connected throughout the paging appears
exactly once, however many come and go meanwhile."""

import random

import pytest

import wire
from wire import Tag, Type


@pytest.fixture
def relay(start, workers):
    return start("--max-body", 1024, "--workers", workers)


def test_a_long_list_comes_in_pages_in_ascending_order(relay):
    peers = [relay.peer(f"{number:02d}".ljust(64, "n")) for number in range(60)]
    pages = []
    fields = []
    while True:
        page = peers[5].ok(Type.LIST, *fields)
        pages.append([entry.number for entry in page[Tag.ENTRY]])
        if page[Tag.CURSOR] is None:
            break
        fields = [wire.cursor(page[Tag.CURSOR])]
    assert len(pages) > 2
    assert all(pages)
    assert sum(pages, []) == sorted(peer.number for peer in peers)


def test_who_stays_throughout_appears_exactly_once(relay):
    seed = random.Random(28)
    asker = relay.peer()
    stays = [relay.peer("s" * 60 + str(number)) for number in range(50)]
    others = [relay.peer() for _ in range(50)]
    for _ in range(5):
        entries = []
        fields = []
        while True:
            page = asker.ok(Type.LIST, *fields)
            entries += page[Tag.ENTRY]
            # Between two pages: some leave, the one on the edge of the page among them.
            on_the_edge = entries[-1].number
            for peer in list(others):
                if peer.number == on_the_edge or seed.random() < 0.2:
                    peer.close()
                    others.remove(peer)
            others += [relay.peer() for _ in range(5)]
            asker.barrier()
            if page[Tag.CURSOR] is None:
                break
            fields = [wire.cursor(page[Tag.CURSOR])]
            assert len(entries) < 2000
        numbers = [entry.number for entry in entries]
        assert numbers == sorted(set(numbers))
        assert set(numbers) >= {peer.number for peer in [asker, *stays]}


def test_a_cursor_works_again_and_for_another_client(relay):
    peers = [relay.peer("n" * 62 + f"{number:02d}") for number in range(40)]
    page = peers[0].ok(Type.LIST)
    following = [
        [entry.number for entry in peer.ok(Type.LIST, wire.cursor(page[Tag.CURSOR]))[Tag.ENTRY]]
        for peer in (peers[0], peers[0], peers[1])
    ]
    assert following[0] == following[1] == following[2]
