"""Bytes that nobody sensible sends, and captures that lack some: never an error of the dissector's
own, and what can still be read is read. dissection.tshark() looks for such errors in every run."""

import os
import random
import struct

import pytest

import wire
from dissection import by_tshark, by_wiretale, columns, differences, tshark
from frames import ACK, PSH
from talks import CLASSIC_HELLO, CLIENT, HELLO, SERVER, Talk, side, vector, vectors
from wire import Kind, Tag, Type

ROWS = [row for row in vectors("client", "server", "classic-client", "classic-server")
        if len(row.octets) > 8]
# More of them, and others: WIRETALE_ROUNDS=50 WIRETALE_SEED=1000
ROUNDS = int(os.environ.get("WIRETALE_ROUNDS", "2"))
SEED = int(os.environ.get("WIRETALE_SEED", "0"))


def mutated(dice, octets):
    octets = bytearray(octets)
    for _ in range(dice.choice((1, 1, 2, 5))):
        change = dice.randrange(4)
        at = dice.randrange(len(octets))
        if change == 0:
            octets[at] = dice.randrange(256)
        elif change == 1:
            octets[at:at] = dice.randbytes(dice.randrange(1, 9))
        elif change == 2 and len(octets) > 20:
            del octets[at:at + dice.randrange(1, 9)]
        else:
            octets[at:at + 4] = struct.pack(">I", dice.choice((0, 1, 0x7FFFFFFF, 0xFFFFFFFF)))
    return bytes(octets)


@pytest.mark.deadline(180)
@pytest.mark.parametrize("seed", range(SEED, SEED + ROUNDS))
def test_mutated_streams(tmp_path, seed):
    dice = random.Random(seed)
    talk = Talk()
    for number in range(400):
        row = dice.choice(ROWS)
        is_classic = row.sender.startswith("classic")
        talk.connect(port=2313 if is_classic else dice.choice((2312, 2312, 40001)),
                     handshake=number % 2 == 0)
        if dice.random() < 0.8:
            talk.say(SERVER, CLASSIC_HELLO if is_classic else HELLO)
        for _ in range(dice.choice((1, 1, 1, 6))):
            octets = mutated(dice, dice.choice(ROWS).octets if dice.random() < 0.3
                             else row.octets)
            cuts = sorted(dice.randrange(len(octets) + 1) for _ in range(dice.choice((0, 1, 3))))
            pieces = [octets[left:right] for left, right in zip([0, *cuts], [*cuts, len(octets)])]
            talk.say(side(row), *filter(None, pieces))
    assert "Wiretale, " in tshark(talk.write(tmp_path / "mutated.pcap"), "-V")


@pytest.mark.parametrize("seed", range(SEED, SEED + ROUNDS))
def test_random_bytes(tmp_path, seed):
    dice = random.Random(seed)
    talk = Talk()
    for _ in range(150):
        talk.connect(port=dice.choice((2312, 2313)))
        start = dice.choice((b"", b"WT\x01\x01", b"WT\x01\x02\x00\x05", b"\x05" + bytes(7)))
        for _ in range(4):
            talk.say(dice.choice((CLIENT, SERVER)), start + dice.randbytes(dice.randrange(1, 700)))
    assert "Wiretale, " in tshark(talk.write(tmp_path / "random.pcap"), "-V")


@pytest.mark.parametrize("length", [54 + 8, 54 + 16, 54 + 20, 54 + 40, 54 + 100])
def test_captures_that_are_cut(tmp_path, length):
    """A snap length within headers and bodies: what is there is shown, and no more."""
    talk = Talk()
    for row in vectors("client", "server"):
        if row.verdict in ("ok", "accepted") and len(row.octets) > 1:
            talk.connect()
            talk.say(SERVER, HELLO)
            at = len(row.octets) // 2
            talk.say(side(row), row.octets[:at], row.octets[at:], row.octets)
    talk.connect(port=2313)
    talk.say(SERVER, CLASSIC_HELLO, vector("classic-time-reply").octets)
    shown = by_tshark(talk.write(tmp_path / "cut.pcap", snap_length=length))
    assert shown
    assert not any(layer.values("wiretale.no_frame") for layers in shown.values()
                   for layer in layers)


def test_a_field_that_is_cut_is_shown_as_far_as_it_goes(tmp_path):
    talk = Talk()
    talk.connect()
    talk.say(CLIENT, vector("send-to-name").octets)  # TO_NAME ends at 25, DATA begins there
    for snap, names in ((54 + 27, ["data", "data.tag"]),
                        (54 + 33, ["data", "data.tag", "data.length"])):
        path = talk.write(tmp_path / "field.pcap", snap_length=snap)
        layer = by_tshark(path)[4][0]
        assert [field.name.partition("field.")[2] for field in layer.fields[-len(names):]] == names
        assert not differences(path, ours=by_wiretale(path, parts=True))


def test_a_stream_that_begins_wrong_on_the_relays_port(tmp_path):
    talk = Talk()
    talk.connect()
    first = talk.say(CLIENT, vector("version-2").octets)
    talk.connect()
    second = talk.say(CLIENT, vector("length-7fffffff").octets)
    shown = by_tshark(talk.write(tmp_path / "begins.pcap"))
    assert "version 2, which is not known" in " ".join(shown[first][0].experts)
    assert "a length of 2147 MB, over 1 MiB" in " ".join(shown[second][0].experts)


def test_segments_out_of_order_and_again(tmp_path):
    octets = vector("example-send").octets + vector("send-to-room").octets
    talk = Talk()
    talk.connect()
    talk.say(SERVER, HELLO)
    start = talk.next[CLIENT]

    def put(left, right):
        talk.put(CLIENT, ACK | PSH, octets[left:right], sequence=start + left)
    put(0, 20)
    put(0, 20)
    put(40, len(octets))
    put(20, 40)
    put(0, len(octets))
    talk.say(CLIENT, vector("example-time").octets)
    path = talk.write(tmp_path / "order.pcap")
    shown = by_tshark(path, "-o", "tcp.reassemble_out_of_order:TRUE")
    ids = [layer.values("wiretale.id")[0] for layers in shown.values() for layer in layers
           if layer.fields]
    assert ids == ["0", "2", "13", "1"]


def test_what_comes_behind_a_gap(tmp_path):
    talk = Talk()
    talk.connect()
    talk.say(SERVER, HELLO)
    talk.say(CLIENT, vector("example-send").octets)
    talk.next[CLIENT] += 1000
    last = talk.say(CLIENT, vector("example-time").octets)
    shown = by_tshark(talk.write(tmp_path / "gap.pcap"))
    assert shown[last][0].values("wiretale.type") == ["2"]


def test_without_reassembly(tmp_path):
    """`Allow subdissector to reassemble TCP streams` may be off."""
    octets = vector("list-response").octets
    talk = Talk()
    talk.connect()
    talk.say(SERVER, HELLO, octets[:60], octets[60:], vector("example-time-response").octets)
    path = talk.write(tmp_path / "apart.pcap")
    shown = by_tshark(path, "-o", "tcp.desegment_tcp_streams:FALSE")
    assert [layer.title.partition(":")[0] for layers in shown.values() for layer in layers] == [
        "Wiretale, HELLO indication", "Wiretale, LIST response", "Wiretale, rest of a message",
        "Wiretale, TIME response"]


def test_a_body_of_many_fields(tmp_path):
    """The greatest body there may be, all of it the smallest fields."""
    count = (1 << 20) // 6
    octets = wire.request(Type.PING, 1, wire.field(0x1234) * count)
    talk = Talk()
    talk.connect()
    talk.say(SERVER, HELLO)
    talk.say(CLIENT, *(octets[at:at + 60000] for at in range(0, len(octets), 60000)))
    last = talk.say(CLIENT, vector("example-time").octets)
    shown = by_tshark(talk.write(tmp_path / "fields.pcap"))
    large = shown[last - 1][0]
    assert len([field for field in large.fields
                if field.name == "wiretale.field.unknown"]) == 4096
    assert "only 4,096 fields" in " ".join(large.experts)
    assert shown[last][0].values("wiretale.type") == ["2"]


def test_many_messages_in_one_frame(tmp_path):
    talk = Talk()
    talk.connect()
    talk.say(SERVER, HELLO)
    octets = b"".join(wire.request(Type.TIME, id_) for id_ in range(1, 4001))
    last = talk.say(CLIENT, octets)
    path = talk.write(tmp_path / "many.pcap")
    shown = by_tshark(path)
    assert len(shown[last]) == 4000
    said = columns(path, "_ws.col.Info")[last]
    assert said.endswith("; more") and len(said) < 1000


def test_texts_that_deceive_are_shown_as_escapes(tmp_path):
    text = "a\x1b[2J\u202e\n\0茶".encode() + b"\xff"
    talk = Talk()
    talk.connect()
    said = talk.say(SERVER, wire.frame(Kind.INDICATION, Type.BYE, 0, wire.field(Tag.TEXT, text)))
    path = talk.write(tmp_path / "texts.pcap")
    assert not differences(path)
    field, = [field for field in by_tshark(path)[said][0].fields
              if field.name == "wiretale.field.text.value"]
    assert field.value == "a\\x1b[2J\\u{202e}\\n\\x00茶\\xff"
