"""Requests and their responses, indications and their acknowledgements: each finds the other."""

import pytest

import wire
from dissection import by_tshark, columns
from talks import CLASSIC_HELLO, CLIENT, HELLO, SERVER, Talk, vector
from wire import Kind, Tag, Type

DELIVERED = wire.field(Tag.OUTCOME, b"\x01")


def response(type_, id_, *fields, status=0):
    return wire.frame(Kind.RESPONSE, type_, id_, *fields, status=status)


def send(id_, *to):
    return wire.request(Type.SEND, id_, *(to or [wire.to_number(2)]), wire.data(b"hi"))


def through(last):
    return wire.field(Tag.THROUGH, wire.u32(last))


TIME_ANSWER = vector("example-time-response").octets[16:]


class Answers:
    """The references of every frame of a capture, both passes over it."""

    def __init__(self, talk, path):
        self.layers = by_tshark(talk.write(path))

    def of(self, frame, name, message=0):
        return self.layers[frame][message].values(f"wiretale.{name}")

    def experts(self, frame, message=0):
        return " ".join(self.layers[frame][message].experts)


@pytest.fixture(name="talk")
def talk_with_hello():
    talk = Talk()
    talk.connect()
    talk.say(SERVER, HELLO)
    return talk


def test_responses_in_another_order(talk, tmp_path):
    first = talk.say(CLIENT, wire.request(Type.TIME, 1))
    second = talk.say(CLIENT, wire.request(Type.NAME, 2))
    to_second = talk.say(SERVER, response(Type.NAME, 2, wire.name("host")))
    to_first = talk.say(SERVER, wire.frame(Kind.RESPONSE, Type.TIME, 1, TIME_ANSWER))
    answers = Answers(talk, tmp_path / "order.pcap")
    assert answers.of(first, "response_in") == [str(to_first)]
    assert answers.of(second, "response_in") == [str(to_second)]
    assert answers.of(to_first, "response_to") == [str(first)]
    assert answers.of(to_second, "response_to") == [str(second)]
    assert answers.of(to_first, "response_time") == ["0.003000000"]
    assert answers.of(second, "response_time") == ["0.001000000"]


def test_an_id_that_is_used_again(talk, tmp_path):
    frames = [talk.say(sender, octets) for _ in range(3) for sender, octets in (
        (CLIENT, wire.request(Type.NAME, 7)), (SERVER, response(Type.NAME, 7, wire.name("a"))))]
    answers = Answers(talk, tmp_path / "again.pcap")
    for asked, answered in zip(frames[::2], frames[1::2]):
        assert answers.of(asked, "response_in") == [str(answered)]
        assert answers.of(answered, "response_to") == [str(asked)]
        assert not answers.experts(asked)


def test_an_id_that_is_open_already(talk, tmp_path):
    first = talk.say(CLIENT, send(4))
    again = talk.say(CLIENT, wire.request(Type.TIME, 4))
    refused = talk.say(SERVER, response(Type.TIME, 4, status=1))
    delivered = talk.say(SERVER, response(Type.SEND, 4, DELIVERED))
    answers = Answers(talk, tmp_path / "open.pcap")
    assert answers.of(refused, "response_to") == [str(again)]
    assert answers.of(delivered, "response_to") == [str(first)]
    assert f"open already, since frame {first}" in answers.experts(again)


def test_one_response_for_many(talk, tmp_path):
    asked = [talk.say(CLIENT, send(id_)) for id_ in (11, 12, 13)]
    room = talk.say(CLIENT, send(14, wire.to_room("tea")))
    time = talk.say(CLIENT, wire.request(Type.TIME, 15))
    last = talk.say(CLIENT, send(16))
    answered = talk.say(SERVER, response(Type.SEND, 11, DELIVERED, through(16)))
    answers = Answers(talk, tmp_path / "through.pcap")
    assert answers.of(answered, "response_to") == [str(frame) for frame in [*asked, last]]
    assert answers.of(asked[2], "response_in") == [str(answered)]
    assert not answers.of(room, "response_in")
    assert not answers.of(time, "response_in")


def test_a_refusal_stands_for_its_own_id_alone(talk, tmp_path):
    asked = [talk.say(CLIENT, send(id_)) for id_ in (1, 2)]
    refused = talk.say(SERVER, response(Type.SEND, 1, through(2), status=5))
    answers = Answers(talk, tmp_path / "refused.pcap")
    assert answers.of(refused, "response_to") == [str(asked[0])]
    assert not answers.of(asked[1], "response_in")
    assert "gone" in answers.experts(refused)


def test_messages_and_pings_are_counted_apart(talk, tmp_path):
    message = vector("example-message").octets
    said = talk.say(SERVER, message)
    ping = talk.say(SERVER, wire.frame(Kind.INDICATION, Type.PING, 1))
    asked = talk.say(CLIENT, wire.request(Type.NAME, 1))
    ack_ping = talk.say(CLIENT, wire.ack(Type.PING, 1))
    ack_said = talk.say(CLIENT, wire.ack(Type.SEND, 1))
    answered = talk.say(SERVER, response(Type.NAME, 1, wire.name("a")))
    answers = Answers(talk, tmp_path / "apart.pcap")
    assert answers.of(said, "acknowledgement_in") == [str(ack_said)]
    assert answers.of(ping, "acknowledgement_in") == [str(ack_ping)]
    assert answers.of(ack_said, "acknowledgement_to") == [str(said)]
    assert answers.of(ack_ping, "acknowledgement_time") == ["0.002000000"]
    assert answers.of(asked, "response_in") == [str(answered)]


def test_one_acknowledgement_for_all(talk, tmp_path):
    message = vector("example-message").octets
    said = [talk.say(SERVER, message[:8] + wire.u32(id_) + message[12:]) for id_ in range(1, 101)]
    ack = talk.say(CLIENT, wire.ack(Type.SEND, 1, 0xFFFFFFFF))
    answers = Answers(talk, tmp_path / "all.pcap")
    assert all(answers.of(frame, "acknowledgement_in") == [str(ack)] for frame in said)
    assert answers.of(ack, "acknowledgement_to") == [str(frame) for frame in said[:64]]
    assert "36 more" in answers.experts(ack)


def test_many_in_one_segment_and_across_two(talk, tmp_path):
    octets = b"".join(send(id_) for id_ in range(1, 21))
    asked = talk.say(CLIENT, octets[:95], octets[95:])
    back = b"".join(response(Type.SEND, id_, DELIVERED) for id_ in range(1, 21))
    answered = talk.say(SERVER, back)
    answers = Answers(talk, tmp_path / "segments.pcap")
    seen = [layer.values("wiretale.response_to") for layer in answers.layers[answered]]
    assert seen == [[str(asked - 1)]] * 2 + [[str(asked)]] * 18


def test_another_connection_of_the_same_ports(talk, tmp_path):
    """What the first left open is not answered by the second."""
    left_open = talk.say(CLIENT, send(1))
    talk.number -= 1
    talk.connect(sequence=700_000)
    talk.say(SERVER, HELLO)
    asked = talk.say(CLIENT, send(1))
    answered = talk.say(SERVER, response(Type.SEND, 1, DELIVERED))
    answers = Answers(talk, tmp_path / "reused.pcap")
    assert answers.of(asked, "response_in") == [str(answered)]
    assert not answers.of(left_open, "response_in")
    assert not answers.experts(asked)


def test_a_request_before_the_hello(tmp_path):
    talk = Talk()
    talk.connect()
    early = talk.say(CLIENT, wire.request(Type.NAME, 2))
    talk.say(SERVER, HELLO)
    named = talk.say(SERVER, response(Type.NAME, 2, wire.name("a")))
    answers = Answers(talk, tmp_path / "early.pcap")
    assert answers.of(early, "response_in") == [str(named)]


def test_a_response_to_nothing(talk, tmp_path):
    lone = talk.say(SERVER, response(Type.NAME, 9, wire.name("a")))
    other_type = talk.say(CLIENT, wire.request(Type.TIME, 3))
    wrong = talk.say(SERVER, response(Type.NAME, 3, wire.name("a")))
    answers = Answers(talk, tmp_path / "nothing.pcap")
    assert "was not seen" in answers.experts(lone)
    assert "was not seen" in answers.experts(wrong)
    assert not answers.of(other_type, "response_in")


def test_connections_do_not_mix(tmp_path):
    talk = Talk()
    asked = []
    for _ in range(2):
        talk.connect()
        talk.say(SERVER, HELLO)
        asked.append((talk.client, dict(talk.next), talk.say(CLIENT, send(1))))
    client, following, frame = asked[0]
    talk.client, talk.next = client, following
    talk.next[CLIENT] += len(send(1))
    answered = talk.say(SERVER, response(Type.SEND, 1, DELIVERED))
    answers = Answers(talk, tmp_path / "two.pcap")
    assert answers.of(answered, "response_to") == [str(frame)]
    assert not answers.of(asked[1][2], "response_in")


def test_more_than_may_be_open_is_said(talk, tmp_path):
    octets = b"".join(send(id_) for id_ in range(1, 16388))
    step = 41 * 500
    last = [talk.say(CLIENT, octets[at:at + step]) for at in range(0, len(octets), step)][-1]
    path = talk.write(tmp_path / "open.pcap")
    said = columns(path, "_ws.expert.message", passes=1,
                   arguments=["-Y", f"frame.number == {last}"])
    assert "its answer is not looked for" in said[last]


def test_the_classic_dialect_answers_in_turn(tmp_path):
    talk = Talk()
    talk.connect(port=2313)
    talk.say(SERVER, CLASSIC_HELLO)
    rows = {name: vector(f"classic-{name}").octets for name in (
        "time", "name", "send", "time-reply", "name-reply", "delivered", "message")}
    time = talk.say(CLIENT, rows["time"])
    name = talk.say(CLIENT, rows["name"])
    sent = talk.say(CLIENT, rows["send"])
    to_time = talk.say(SERVER, rows["time-reply"])
    to_name = talk.say(SERVER, rows["name-reply"])
    delivered = talk.say(SERVER, rows["delivered"])
    message = talk.say(SERVER, rows["message"])
    layers = by_tshark(talk.write(tmp_path / "classic.pcap"))

    def of(frame, what):
        return layers[frame][0].values(f"classic.{what}")
    for asked, answered in ((time, to_time), (name, to_name), (sent, delivered)):
        assert of(asked, "response_in") == [str(answered)]
        assert of(answered, "response_to") == [str(asked)]
        assert of(answered, "response_time") == ["0.003000000"]
    assert "SEND answer" in layers[delivered][0].title
    assert "SEND message" in layers[message][0].title
    assert not of(message, "response_to")
    assert of(to_time, "time") == ["Nov 20, 2026 13:00:00.000000000 UTC"]
