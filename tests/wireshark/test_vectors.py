"""Every frame of docs/protocol-vectors.tsv in Wireshark: as the rows say it is, as our own
dissection takes it apart, and the same wherever TCP cuts it."""

import pytest

from dissection import by_tshark, by_wiretale, columns, differences
from talks import CLASSIC_HELLO, CLIENT, HELLO, SERVER, Talk, side, vector, vectors

VERSION_1 = [row for row in vectors("client", "server") if row.octets]
CLASSIC = [row for row in vectors("classic-client", "classic-server") if row.octets]
# What is wrong with these is who sends them: the frame itself is good.
GOOD_FRAMES = {"kind-request-from-server", "kind-ack-from-server"}
NO_FRAMES = {"magic-http", "magic-one-byte", "magic-second-byte", "version-0", "version-2",
             "version-2-three-bytes", "kind-0", "kind-5", "version-before-length",
             "length-7fffffff", "length-fffffff0", "length-ffffffff"}


@pytest.fixture(name="all_of_them", scope="module")
def capture_all(tmp_path_factory):
    """A connection for each vector: the path, and the frame of each by its name."""
    talk, frames = Talk(), {}
    for row in VERSION_1:
        talk.connect()
        talk.say(SERVER, HELLO)
        frames[row.name] = talk.say(side(row), row.octets)
    for row in CLASSIC:
        talk.connect(port=2313)
        talk.say(SERVER, CLASSIC_HELLO)
        talk.say(CLIENT, vector("classic-time").octets)
        frames[row.name] = talk.say(side(row), row.octets)
    path = talk.write(tmp_path_factory.mktemp("vectors") / "vectors.pcap")
    return frames, by_wiretale(path), by_tshark(path)


def test_wireshark_and_wiretale_take_every_vector_apart_alike(all_of_them):
    frames, ours, theirs = all_of_them
    found = differences(None, ours, theirs)
    names = {str(frame): name for name, frame in frames.items()}
    assert not found, "\n".join(f"{names.get(line.split()[1].strip(':,'))}: {line}"
                                for line in found)
    assert sum(map(len, ours.values())) > 400


def layers_of(all_of_them, name):
    return all_of_them[2].get(all_of_them[0][name], [])


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in VERSION_1])
def test_a_frame_is_what_its_row_says(all_of_them, row):
    layers = layers_of(all_of_them, row.name)
    if row.verdict == "partial" or row.name in ("length-over-limit", "server-length-over-limit"):
        assert not layers
        return
    assert len(layers) == 1
    experts = " ".join(layers[0].experts)
    if row.name in NO_FRAMES:
        assert not layers[0].fields
        assert layers[0].values("wiretale.no_frame")
        assert experts
        return
    assert layers[0].values("wiretale.type") == [str(int.from_bytes(row.octets[4:6], "big"))]
    assert layers[0].values("wiretale.id") == [str(int.from_bytes(row.octets[8:12], "big"))]
    malformed = row.verdict in ("malformed", "end-malformed") and row.name not in GOOD_FRAMES
    assert ("Malformed: " in experts) == malformed
    assert ("There is no type" in experts) == (layers[0].values("wiretale.type")[0] in
                                               ("0", "13", "65535"))
    assert ("There is no status" in experts) == (row.name == "unknown-status")


def test_the_worked_example_by_its_bytes(all_of_them):
    """Read off the hex in docs/protocol.md: this expectation is nobody's program."""
    time, = layers_of(all_of_them, "example-time-response")
    assert time.values("wiretale.field.time") == ["1795179600123456789"]
    assert time.values("wiretale.time") == ["Nov 20, 2026 13:00:00.123456789 UTC"]
    assert time.values("wiretale.field.zone.value") == ["28800"]
    assert time.title == "Wiretale, TIME response: id 1, 2026-11-20T21:00:00.123+08:00"
    message, = layers_of(all_of_them, "example-message")
    assert message.values("wiretale.field.number") == ["3"]
    assert message.values("wiretale.field.address") == ["127.0.0.1:51404"]
    assert message.values("wiretale.ipv4") == ["127.0.0.1"]
    assert message.values("wiretale.field.data") == ["hello"]
    places = [(field.name, field.offset, field.bytes) for field in message.fields
              if field.name.endswith(".value")]
    assert places == [
        ("wiretale.field.from.value", 22, 37), ("wiretale.field.number.value", 28, 4),
        ("wiretale.field.address.value", 38, 7), ("wiretale.field.time.value", 51, 8),
        ("wiretale.field.data.value", 65, 5), ("wiretale.field.time.value", 76, 8)]


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in CLASSIC])
def test_a_classic_message_is_what_its_row_says(all_of_them, row):
    layers = layers_of(all_of_them, row.name)
    if row.verdict == "partial":
        assert not layers
        return
    layer = layers[0]
    type_ = int.from_bytes(row.octets[:8], "little")
    if len(row.octets) == 256:
        assert layer.values("classic.hello.text")
        return
    assert layer.values("classic.type") == [str(type_)]
    experts = " ".join(layer.experts)
    assert ("Malformed" in experts) == (row.verdict == "malformed")
    assert ("no such type" in experts) == (row.verdict == "ignored")


@pytest.mark.parametrize("filter_, name", [
    ('wiretale.type == "TIME" && wiretale.kind == "response"', "example-time-response"),
    ("wiretale.id == 4294967295", "time-highest-id"),
    ('wiretale.status == "no-such-client"', "refused"),
    ('wiretale.field.name == "alice"', "hello-response"),
    ('wiretale.field.name.value contains "lic"', "hello-response"),
    ('wiretale.field.data == "hello"', "send-to-room"),
    ("wiretale.field.data.value == 00:ff:0d:0a", "send-with-message-id"),
    ("wiretale.field.to_number == 2 && wiretale.field.to_number.value == 2", "send-to-number"),
    ('wiretale.time == "2026-11-20 13:00:00.123456789Z"', "time-response"),
    ("wiretale.ipv6 == 2001:db8::/32 && wiretale.field.address.port == 40000", "list-response"),
    ("wiretale.field.misfit.tag == 9", "send-number-of-3-bytes"),
    ("wiretale.malformed", "left-over-byte"),
    ("wiretale.no_frame", "magic-http"),
    ('classic.type == "CLIENT"', "classic-client"),
    ('classic.send.port == "50030"', "classic-send"),
    ('classic.client.number == "3"', "classic-client-reply"),
])
def test_what_can_be_asked_for(all_of_them, tmp_path, filter_, name):
    talk = Talk()
    row = vector(name)
    talk.connect(port=2313 if name.startswith("classic") else 2312)
    talk.say(SERVER, CLASSIC_HELLO if name.startswith("classic") else HELLO)
    wanted = talk.say(side(row), row.octets)
    path = talk.write(tmp_path / "one.pcap")
    assert list(columns(path, "frame.len", arguments=["-Y", filter_])) == [wanted]
    assert all_of_them


def info(path, **keywords):
    return columns(path, "_ws.col.Info", **keywords)


@pytest.mark.deadline(180)
def test_the_same_wherever_a_frame_is_cut_in_two(tmp_path):
    whole, cut = Talk(), Talk()
    pairs = []
    for row in VERSION_1 + CLASSIC:
        classic = row in CLASSIC
        if row.verdict == "partial" or "end-too-large" in row.verdict or row.name in NO_FRAMES:
            continue
        port, hello = (2313, CLASSIC_HELLO) if classic else (2312, HELLO)
        whole.connect(port, handshake=False)
        whole.say(SERVER, hello)
        expected = whole.say(side(row), row.octets)
        places = range(1, len(row.octets)) if not classic else (1, 7, 8, 9, 100, 263)
        for at in places:
            if at >= len(row.octets):
                continue
            cut.connect(port, handshake=False)
            cut.say(SERVER, hello)
            pairs.append((row.name, at, expected,
                          cut.say(side(row), row.octets[:at], row.octets[at:])))
    expected = info(whole.write(tmp_path / "whole.pcap"), passes=1)
    seen = info(cut.write(tmp_path / "cut.pcap"), passes=1)
    assert len(pairs) > 8000
    wrong = [(name, at, seen[frame], expected[one]) for name, at, one, frame in pairs
             if seen[frame] != expected[one]]
    assert not wrong, wrong[:10]


def test_cut_frames_have_their_fields_at_the_same_offsets(tmp_path):
    talk = Talk()
    for number, row in enumerate(VERSION_1):
        if row.verdict in ("ok", "accepted") and len(row.octets) > 1:
            talk.connect()
            talk.say(SERVER, HELLO)
            at = 1 + number * 7 % (len(row.octets) - 1)
            talk.say(side(row), row.octets[:at], row.octets[at:])
    assert not differences(talk.write(tmp_path / "cut.pcap"))


def test_many_in_one_segment(tmp_path):
    good = [row for row in VERSION_1 if row.verdict in ("ok", "accepted") and
            row.name not in ("hello",)]
    talk = Talk()
    talk.connect()
    talk.say(SERVER, HELLO)
    for sender in (CLIENT, SERVER):
        talk.say(sender, b"".join(row.octets for row in good if side(row) == sender))
    path = talk.write(tmp_path / "many.pcap")
    assert not differences(path)
    shown = by_tshark(path)
    assert sum(map(len, shown.values())) == len(good) + 1


def test_one_byte_each(tmp_path):
    talk = Talk()
    talk.connect()
    for name in ("example-hello", "example-send", "example-send-response"):
        row = vector(name)
        talk.say(side(row), *(bytes([octet]) for octet in row.octets))
    path = talk.write(tmp_path / "bytes.pcap")
    assert not differences(path)
    assert [layer.title.partition(":")[0] for layers in by_tshark(path).values()
            for layer in layers] == ["Wiretale, HELLO indication", "Wiretale, SEND request",
                                     "Wiretale, SEND response"]


def test_on_any_port_by_how_it_begins(tmp_path):
    talk = Talk()
    talk.connect(port=40001)
    for name in ("example-hello", "example-time", "example-time-response"):
        talk.say(side(vector(name)), vector(name).octets)
    talk.connect(port=40002)
    talk.say(SERVER, CLASSIC_HELLO)
    for name in ("classic-time", "classic-time-reply"):
        talk.say(side(vector(name)), vector(name).octets)
    path = talk.write(tmp_path / "ports.pcap")
    assert not differences(path)
    assert sum(map(len, by_tshark(path).values())) == 6


def test_both_dialects_on_the_relays_port(tmp_path):
    talk = Talk()
    talk.connect()
    talk.say(SERVER, CLASSIC_HELLO[:100], CLASSIC_HELLO[100:])
    for name in ("classic-time", "classic-time-reply"):
        talk.say(side(vector(name)), vector(name).octets)
    path = talk.write(tmp_path / "classic.pcap")
    assert sum(map(len, by_tshark(path).values())) == 3


@pytest.mark.parametrize("first", [b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"\x16\x03\x01\x00\x05",
                                   b"SSH-2.0-x\r\n", bytes(264), b"WT", b"WTF is this then?"])
def test_other_protocols_on_other_ports_are_left_alone(tmp_path, first):
    talk = Talk()
    talk.connect(port=40001)
    talk.say(CLIENT, first)
    talk.say(SERVER, first)
    assert not by_tshark(talk.write(tmp_path / "other.pcap"))


def unrecognisable(path):
    """Streams that no heuristic takes: their first segments are too short."""
    talk = Talk()
    talk.connect(port=40001)
    row = vector("example-time")
    talk.say(CLIENT, row.octets[:3], row.octets[3:])
    talk.connect(port=40002)
    row = vector("classic-time")
    talk.say(CLIENT, row.octets[:3], row.octets[3:])
    return talk.write(path)


@pytest.mark.parametrize("arguments, titles", [
    ([], []),
    (["-d", "tcp.port==40001,wiretale"], ["Wiretale, TIME request: id 1"]),
    (["-d", "tcp.port==40002,classic"], ["Wiretale classic, TIME request"]),
    (["-o", "wiretale.ports:40001-40002"],
     ["Wiretale, TIME request: id 1", "Wiretale classic, TIME request"]),
    (["-o", "classic.ports:40002"], ["Wiretale classic, TIME request"]),
])
def test_ports_by_decode_as_and_by_preference(tmp_path, arguments, titles):
    shown = by_tshark(unrecognisable(tmp_path / "ports.pcap"), *arguments)
    assert [layer.title for layers in shown.values() for layer in layers] == titles


def test_the_greeting_of_the_assignments_own_server(tmp_path):
    """As many bytes as its text has: a preference says that it ends with its segment."""
    talk = Talk()
    talk.connect(port=2313)
    talk.say(SERVER, b"Hello, this is the server!")
    talk.say(CLIENT, vector("classic-time").octets)
    talk.say(SERVER, vector("classic-time-reply").octets)
    path = talk.write(tmp_path / "greeting.pcap")
    shown = by_tshark(path, "-o", "classic.greeting:0")
    assert [layer.title.partition(":")[0] for layers in shown.values() for layer in layers] == [
        "Wiretale classic, hello", "Wiretale classic, TIME request",
        "Wiretale classic, TIME answer"]
    found = differences(path, arguments=["-o", "classic.greeting:0"])
    assert all(line.startswith("frame 4: []") for line in found)  # ours waits for what follows
