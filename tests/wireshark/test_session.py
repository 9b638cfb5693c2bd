"""Real sessions over the loopback, every function of the relay in both dialects: Wireshark and
`wiretale trace --detail` read them alike, and every request finds its response."""

import contextlib

import pytest

import classic
import live
import wire
from dissection import by_tshark, by_wiretale, columns, differences
from wire import Type


@contextlib.contextmanager
def recording(path):
    try:
        made = live.Recording(path)
    except live.NotPermitted as why:
        pytest.skip(f"{why}: captures that are made by hand remain")
    try:
        yield
    except BaseException:
        made.end()
        raise
    made.done()


def every_function(server):
    ann = server.peer(acks=True)
    bob = server.peer(acks=True)
    ann.take_name("ann")
    ann.ok(Type.TIME)
    ann.ok(Type.NAME)
    ann.clients()
    bob.ok(Type.WATCH, wire.flag(1))
    bob.ok(Type.JOIN, wire.to_room("tea"))
    ann.ok(Type.JOIN, wire.to_room("tea"))
    ann.rooms()
    for content in (b"hello", b"", bytes(range(256)), "茶\n\x1b[2J\u202e".encode(), b"x" * 60000):
        ann.verdict(ann.send(bob.number, content))
    ann.verdict(ann.send("#tea", b"to all", message_id=bytes(16)))
    bob.verdict(bob.send("@ann", b"back"))
    ann.refused(wire.Status.NO_SUCH_CLIENT, Type.SEND, wire.to_number(99999), wire.data(b"?"))
    ann.ok(Type.PING, wire.data(b"echo"))
    ann.ok(Type.LEAVE, wire.to_room("tea"))
    bob.ok(Type.WATCH, wire.flag(0))
    ann.refused(wire.Status.UNSUPPORTED, 77)
    ann.ok(Type.BYE)
    ann.expect_end()
    bob.send_raw(b"GET / HTTP/1.1\r\n\r\n")
    bob.expect_error(wire.Status.MALFORMED)


def test_a_session_of_every_function(start, tmp_path):
    path = tmp_path / "session.pcap"
    with recording(path):
        server = start("--listen", f"{live.ADDRESS}:0")
        every_function(server)
        server.close_peers()
    ours, theirs = by_wiretale(path), by_tshark(path)
    assert not differences(path, ours, theirs)
    layers = [layer for found in theirs.values() for layer in found if layer.fields]
    types = {layer.values("wiretale.type")[0] for layer in layers}
    assert types >= {str(number) for number in range(1, 13)}
    requests = [layer for layer in layers if layer.values("wiretale.kind") == ["1"]]
    assert len(requests) > 20
    for layer in requests:
        assert len(layer.values("wiretale.response_in")) == 1, layer.title
    sent = [layer for layer in layers if layer.values("wiretale.kind") == ["3"]
            and layer.values("wiretale.type") == ["5"]]
    assert len(sent) == 7
    assert all(layer.values("wiretale.acknowledgement_in") for layer in sent)
    large, = columns(path, "wiretale.length",
                     arguments=["-Y", "wiretale.kind == 1 && wiretale.length > 60000"]).values()
    assert int(large) == 60000 + 6 + 10


def test_a_session_of_the_classic_dialect(start, tmp_path):
    path = tmp_path / "classic.pcap"
    with recording(path):
        server = start("--listen", f"{live.ADDRESS}:0", "--classic", f"{live.ADDRESS}:0")
        one, two = server.classic(), server.classic()
        one.call(classic.TIME)
        one.call(classic.NAME)
        one.clients()
        one.say((two.ip, two.port), "hello, two")
        assert two.receive()[1] == b"hello, two"
        assert one.receive()[1] == b"delivered"
        one.say(("127.0.0.1", 1), "nobody")
        one.receive()
        one.send(classic.SEND, "not an address")
        one.receive()
        one.send(77)
        one.send(classic.CANCEL)
        one.expect_end()
        server.close_peers()
    ours, theirs = by_wiretale(path), by_tshark(path)
    # Of who said nothing itself, our own says only so much as the stream can prove.
    quiet = columns(path, "tcp.stream", arguments=["-Y", f"tcp.port == {two.port}"])
    assert not differences(path, {frame: found for frame, found in ours.items()
                                  if frame not in quiet},
                           {frame: found for frame, found in theirs.items()
                            if frame not in quiet})
    layers = [layer for found in theirs.values() for layer in found]
    assert {layer.values("classic.type")[0] for layer in layers if layer.values("classic.type")} \
        == {"1", "2", "3", "4", "5", "77"}
    answered = [layer for layer in layers if layer.values("classic.response_in")]
    assert len(answered) == 6
    heard, = [layer for frame in quiet for layer in theirs.get(frame, [])
              if "hello, two" in layer.title]
    assert heard.title == 'Wiretale classic, SEND message: "hello, two"'
