"""Every request gets the answer that the document's table of types lists, and every connection
begins with HELLO."""

import socket
import time

import pytest

import wire
from wire import Kind, Status, Tag, Type


def test_hello_comes_first_and_tells_all(start):
    relay = start("--name", "north", "--max-body", 5000, "--keepalive", 12.5)
    peer = relay.peer()
    assert peer.history[0] is peer.hello
    assert peer.hello[Tag.NAME] == "north"
    assert peer.hello[Tag.TEXT]
    assert peer.hello[Tag.ADDRESS] == peer.local_address
    assert peer.hello[Tag.LIMIT] == 5000
    assert peer.hello[Tag.KEEPALIVE] == 12500
    assert peer.hello[Tag.AUTH] == 0


def test_hello_states_the_defaults(relay):
    hello = relay.peer().hello
    assert (hello[Tag.LIMIT], hello[Tag.KEEPALIVE]) == (65536, 30000)


def test_keepalive_off_is_announced_as_0(start):
    assert start("--keepalive", "off").peer().hello[Tag.KEEPALIVE] == 0


def test_numbers_begin_at_1_and_are_never_used_again(relay):
    first = relay.peer()
    assert first.number == 1
    seen = {first.number}
    for _ in range(20):
        peer = relay.peer()
        assert peer.number not in seen
        seen.add(peer.number)
        peer.close()


def test_time_is_now_in_nanoseconds_with_the_zone(relay):
    peer = relay.peer()
    before = time.time_ns()
    answer = peer.ok(Type.TIME)
    after = time.time_ns()
    assert before <= answer[Tag.TIME] <= after
    assert answer[Tag.ZONE] == time.localtime().tm_gmtoff


def test_the_zone_is_the_servers(start):
    # POSIX writes TZ with the sign turned around: this is 5 h 30 min east.
    peer = start(environment={"TZ": "XYZ-5:30"}).peer()
    assert peer.ok(Type.TIME)[Tag.ZONE] == 5 * 3600 + 1800
    peer = start(environment={"TZ": "XYZ3"}).peer()
    assert peer.ok(Type.TIME)[Tag.ZONE] == -3 * 3600


def test_name_is_the_machines(relay):
    assert relay.peer().ok(Type.NAME)[Tag.NAME] == socket.gethostname()


@pytest.mark.parametrize("content", [b"", b"x", bytes(range(256)) * 8], ids=["empty", "1", "2048"])
def test_ping_returns_its_data(relay, content):
    assert relay.peer().ok(Type.PING, wire.data(content))[Tag.DATA] == content


def test_ping_without_data_is_answered_without(relay):
    assert relay.peer().ok(Type.PING)[Tag.DATA] is None


def test_list_shows_everybody_in_ascending_order(relay):
    before = time.time_ns()
    peers = [relay.peer(name) for name in ("ada", None, "grace", None)]
    classic = relay.classic()
    classic.call(2)
    listed = peers[2].clients()
    assert [entry.number for entry in listed] == sorted(entry.number for entry in listed)
    by_number = {entry.number: entry for entry in listed}
    for peer in peers:
        entry = by_number.pop(peer.number)
        assert entry.address == peer.local_address
        assert entry.name == peer.name
        assert before <= entry.time <= time.time_ns()
    (last,) = by_number.values()
    assert (last.address, last.name) == ((classic.ip, classic.port), None)


def test_list_forgets_who_left(relay):
    peer, other = relay.peer(), relay.peer()
    assert other.number in peer.numbers()
    other.close()
    peer.eventually(lambda: other.number not in peer.numbers(), what="the departure")


def test_hello_takes_a_name_and_frees_the_old(relay):
    peer, other = relay.peer("first"), relay.peer()
    answer = peer.ok(Type.HELLO, wire.name("second"))
    assert (answer[Tag.NUMBER], answer[Tag.NAME]) == (peer.number, "second")
    assert other.ok(Type.HELLO, wire.name("first"))[Tag.NAME] == "first"


def test_hello_without_a_name_changes_nothing(relay):
    peer = relay.peer()
    answer = peer.ok(Type.HELLO)
    assert (answer[Tag.NUMBER], answer[Tag.NAME]) == (peer.number, None)
    peer.take_name("kept")
    assert peer.ok(Type.HELLO)[Tag.NAME] == "kept"


def test_a_taken_name_is_refused_and_nothing_changes(relay):
    holder, peer = relay.peer("taken"), relay.peer("mine")
    peer.refused(Status.NAME_TAKEN, Type.HELLO, wire.name("taken"))
    assert peer.ok(Type.HELLO)[Tag.NAME] == "mine"
    assert holder.ok(Type.HELLO)[Tag.NAME] == "taken"


def test_ones_own_name_may_be_taken_again(relay):
    peer = relay.peer("same")
    assert peer.ok(Type.HELLO, wire.name("same"))[Tag.NAME] == "same"


def test_a_name_is_free_once_its_owner_is_gone(relay):
    watcher = relay.peer()
    watcher.ok(Type.WATCH, wire.flag(1))
    owner = relay.peer("passing")
    owner.close()
    while watcher.presence()[0] != "went":
        pass
    assert relay.peer("passing").name == "passing"


def test_a_secret_is_skipped_for_now(relay):
    peer = relay.peer()
    answer = peer.ok(Type.HELLO, wire.name("s"), wire.field(Tag.SECRET, b"\0\xff"))
    assert answer[Tag.NAME] == "s"


def test_unknown_tags_and_unlisted_fields_are_skipped(relay):
    peer = relay.peer()
    odd = [wire.field(999, b"anything"), wire.field(0), wire.field(0xFFFF, b"x" * 300)]
    assert peer.ok(Type.TIME, *odd)[Tag.TIME]
    assert peer.ok(Type.PING, odd[0], wire.data("d"), odd[2])[Tag.DATA] == b"d"
    # Known fields that the message does not list, of lengths they could not have.
    assert peer.ok(Type.NAME, wire.flag(7), wire.field(Tag.NUMBER, b"x"), wire.to_number(1))
    # Skipped fields may repeat.
    assert peer.ok(Type.TIME, odd[0], odd[0], wire.name(""), wire.name(""))


def test_the_status_of_a_clients_frame_is_ignored(relay):
    peer = relay.peer()
    peer.expect_answer(Type.TIME, 77)
    peer.send_raw(wire.frame(Kind.REQUEST, Type.TIME, 77, status=0xFFFF))
    assert peer.answer(77).status == Status.OK
    sender = relay.peer()
    recipient = relay.peer("quiet")
    id_ = sender.send("@quiet")
    recipient.message()
    recipient.send_raw(wire.frame(Kind.ACK, Type.SEND, 1, status=5))
    assert sender.verdict(id_) == "delivered"


@pytest.mark.parametrize("type_", [0, Type.ERROR, 13, 99, 0x0100, 0xFFFF])
def test_an_unknown_request_type_is_unsupported_and_no_more(relay, type_):
    peer = relay.peer()
    peer.refused(Status.UNSUPPORTED, type_)
    peer.barrier()


def test_answers_carry_the_ids_of_their_requests(relay):
    peer = relay.peer()
    ids = [0xFFFFFFFF, 1, 0x80000000, 0x7FFFFFFF, 2, 500]
    for id_ in ids:
        peer.ask(Type.TIME, id_=id_)
    for id_ in ids:
        assert peer.answer(id_).status == Status.OK


def test_an_id_is_free_again_after_its_answer(relay):
    peer = relay.peer()
    for _ in range(50):
        peer.ask(Type.PING, id_=9)
        assert peer.answer(9).status == Status.OK


def test_listens_on_ipv6_and_on_several_addresses(start):
    relay = start(
        "--listen", "[::1]:0", "--listen", "127.0.0.1:0", "--listen", "127.0.0.1:0",
        "--classic", "[::1]:0",
    )  # fmt: skip
    assert {host for host, _ in relay.listeners} == {"::1", "127.0.0.1"}
    assert len(set(relay.listeners)) == 3
    peers = [relay.peer(address=address, acks=True) for address in relay.listeners]
    for peer in peers:
        assert peer.hello[Tag.ADDRESS] == peer.local_address
        assert {entry.address for entry in peer.clients()} == {p.local_address for p in peers}
    assert peers[0].verdict(peers[0].send(peers[1].number)) == "delivered"


def test_an_ipv6_listener_leaves_ipv4_alone(start):
    relay = start("--listen", "[::]:0")
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", relay.address[1]), 5).close()
    assert relay.peer(address=("::1", relay.address[1])).hello[Tag.ADDRESS][0] == "::1"


def test_the_name_localhost_is_resolved(start):
    relay = start("--listen", "localhost:0", listeners=1)
    assert relay.peer().hello


def test_the_log_tells_who_came_what_they_asked_and_why_they_left(relay):
    peer = relay.peer("logged")
    number, port = peer.number, peer.local_address[1]
    target = relay.peer(acks=True)
    peer.ok(Type.TIME)
    assert peer.verdict(peer.send(target.number, "words")) == "delivered"
    relay.wait_for_log(rf"\b{number}\b.*127\.0\.0\.1.*\b{port}\b")
    relay.wait_for_log(r"(?i)\btime\b")
    relay.wait_for_log(rf"(?i)(send|message).*\b{target.number}\b")
    peer.ok(Type.BYE)
    peer.expect_end()
    relay.wait_for_log(rf"(?i)\b{number}\b.*(left|bye|closed|gone)")
