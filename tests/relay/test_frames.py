"""A broken frame has the one consequence that the document gives it: a header fault ends the
connection with ERROR, a body fault only the request, and neither troubles anybody else.

A bad frame is a row of data: what it is, its bytes, what must come of it.
"""

import pytest

import wire
from peer import PATIENCE
from tables import table
from wire import Kind, Status, Tag, Type, field, frame

LIMIT = wire.DEFAULT_LIMIT
TIME = Type.TIME

CLIENT_HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(200))
LONG_THROUGH = field(Tag.THROUGH, wire.u32(2), length=5)
# name, bytes, status of the ERROR that must end the connection
HEADER_FAULTS = [
    ("magic TW", frame(1, TIME, 1, magic=b"TW"), "MALFORMED"),
    ("magic wt", frame(1, TIME, 1, magic=b"wt"), "MALFORMED"),
    ("sixteen zeros", bytes(16), "MALFORMED"),
    ("sixteen times ff", b"\xff" * 16, "MALFORMED"),
    ("version 0", frame(1, TIME, 1, version=0), "UNSUPPORTED"),
    ("version 2", frame(1, TIME, 1, version=2), "UNSUPPORTED"),
    ("version 255", frame(1, TIME, 1, version=255), "UNSUPPORTED"),
    ("kind 0", frame(0, TIME, 1), "MALFORMED"),
    ("kind 5", frame(5, TIME, 1), "MALFORMED"),
    ("kind 255", frame(255, TIME, 1), "MALFORMED"),
    ("response from a client", frame(Kind.RESPONSE, TIME, 1), "MALFORMED"),
    ("indication from a client", frame(Kind.INDICATION, Type.SEND, 1), "MALFORMED"),
    ("HELLO indication from a client", frame(Kind.INDICATION, Type.HELLO, 0), "MALFORMED"),
    ("request with id 0", frame(Kind.REQUEST, TIME, 0), "MALFORMED"),
    ("request of an unknown type with id 0", frame(Kind.REQUEST, 999, 0), "MALFORMED"),
    ("length LIMIT + 1", frame(1, TIME, 1, length=LIMIT + 1), "TOO_LARGE"),
    ("length 1 MiB", frame(1, TIME, 1, length=1 << 20), "TOO_LARGE"),
    ("length 100 MB", frame(1, TIME, 1, length=100_000_000), "TOO_LARGE"),
    ("length 7fffffff", frame(1, TIME, 1, length=0x7FFFFFFF), "TOO_LARGE"),
    ("length 80000000", frame(1, TIME, 1, length=0x80000000), "TOO_LARGE"),
    ("length ffffffff", frame(1, TIME, 1, length=0xFFFFFFFF), "TOO_LARGE"),
    ("length that wraps with the header", frame(1, TIME, 1, length=0xFFFFFFF0), "TOO_LARGE"),
    ("acknowledgement over LIMIT", frame(Kind.ACK, Type.SEND, 1, length=LIMIT + 1), "TOO_LARGE"),
    ("unknown type over LIMIT", frame(1, 999, 1, length=LIMIT + 1), "TOO_LARGE"),
    # Other protocols at the wrong door; each sends more than a header.
    ("TLS ClientHello", CLIENT_HELLO, "MALFORMED"),
    ("HTTP GET", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "MALFORMED"),
    ("SSH banner", b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", "MALFORMED"),
    ("MQTT CONNECT", b"\x10\x12\x00\x04MQTT\x04\x02\x00\x3c\x00\x06client", "MALFORMED"),
    ("the classic dialect", (2).to_bytes(8, "little") + bytes(256), "MALFORMED"),
    ("newlines", b"\r\n" * 16, "MALFORMED"),
    # A malformed acknowledgement acknowledges nothing and has no response to say so in.
    ("THROUGH below the id", wire.ack(Type.SEND, 5, through=4), "MALFORMED"),
    ("THROUGH 0", wire.ack(Type.SEND, 1, through=0), "MALFORMED"),
    ("THROUGH of 3 bytes", frame(4, Type.SEND, 1, field(Tag.THROUGH, b"\0\0\2")), "MALFORMED"),
    ("THROUGH of 5 bytes", frame(4, Type.SEND, 1, field(Tag.THROUGH, bytes(5))), "MALFORMED"),
    ("THROUGH twice", frame(4, Type.SEND, 1, *[field(Tag.THROUGH, wire.u32(2))] * 2), "MALFORMED"),
    ("bytes left over in an acknowledgement", frame(4, Type.SEND, 1, b"\0"), "MALFORMED"),
    ("a field longer than the acknowledgement", frame(4, Type.PING, 1, LONG_THROUGH), "MALFORMED"),
]  # fmt: skip


@pytest.fixture(params=[1, 2], ids=lambda count: f"{count}-workers")
def workers(request):
    return request.param


@table("octets, status", HEADER_FAULTS)
def test_a_header_fault_ends_the_connection_with_error(relay, octets, status):
    bystander, offender = relay.peer("bystander", acks=True), relay.peer("offender")
    offender.send_raw(octets)
    error = offender.expect_error(Status[status])
    assert error[Tag.TEXT]
    bystander.eventually(lambda: offender.number not in bystander.numbers(), what="the departure")
    assert bystander.verdict(bystander.send("@bystander")) == "delivered"


@table("octets, status", HEADER_FAULTS)
def test_a_header_fault_comes_after_the_answers_to_what_was_well_formed(server, octets, status):
    peer = server.peer()
    asked = [peer.new_id() for _ in range(3)]
    for id_ in asked:
        peer.expect_answer(Type.PING, id_)
    peer.send_raw(b"".join(wire.request(Type.PING, id_) for id_ in asked) + octets)
    peer.expect_error(Status[status])
    assert [peer.answer(id_).status for id_ in asked] == [0, 0, 0]


def test_error_is_not_destroyed_by_what_the_offender_still_sends(server):
    """The server discards input until our FIN; an RST would lose the words of the ERROR."""
    peer = server.peer()
    peer.send_raw(frame(1, TIME, 1, length=LIMIT + 1) + b"\xa5" * (8 << 20))
    peer.expect_error(Status.TOO_LARGE)
    peer.send_raw(b"more")
    assert not peer.reset


def test_the_server_waits_no_longer_than_a_second_for_the_offenders_fin(server):
    probe = server.peer()
    probe.barrier()
    before = server.descriptors()
    offenders = [server.peer() for _ in range(5)]
    for peer in offenders:
        peer.send_raw(bytes(16))
    for peer in offenders:
        peer.expect_error(Status.MALFORMED)
    # Their sockets stay open here; only the server's second can end them.
    probe.eventually(lambda: server.descriptors() <= before, within=1 + 2 * PATIENCE,
                     what="the last close")


DATA = wire.data("x")
SEND_OK = [wire.to_number(1), DATA]
LONG = b"x" * 65
# name, type, fields; all must get `malformed` and leave the connection as it was
BODY_FAULTS = [
    ("one byte", TIME, [b"\0"]),
    ("five bytes: no whole field header", TIME, [bytes(5)]),
    ("a field that claims one byte more", TIME, [field(99, b"xy", length=3)]),
    ("a field that claims 7fffffff bytes", TIME, [field(99, length=0x7FFFFFFF)]),
    ("a field that claims ffffffff bytes", TIME, [field(99, length=0xFFFFFFFF)]),
    ("a field that claims fffffffa bytes, which wraps", TIME, [field(99, length=0xFFFFFFFA)]),
    ("a good field, then bytes left over", Type.PING, [wire.data("x"), b"\0\2\0"]),
    ("PING with DATA twice", Type.PING, [wire.data("x"), wire.data("x")]),
    ("LIST with an empty CURSOR", Type.LIST, [wire.cursor(b"")]),
    ("ROOMS with an empty CURSOR", Type.ROOMS, [wire.cursor(b"")]),
    ("LIST with CURSOR twice", Type.LIST, [wire.cursor(b"x"), wire.cursor(b"x")]),
    ("LIST with a CURSOR of 65 bytes", Type.LIST, [wire.cursor(LONG)]),
    ("ROOMS with a CURSOR of 65 bytes", Type.ROOMS, [wire.cursor(LONG)]),
    ("HELLO with NAME twice", Type.HELLO, [wire.name("a"), wire.name("b")]),
    ("HELLO with an empty NAME", Type.HELLO, [wire.name("")]),
    ("SEND without fields", Type.SEND, []),
    ("SEND without DATA", Type.SEND, [wire.to_number(1)]),
    ("SEND without TO", Type.SEND, [wire.data("x")]),
    ("SEND with DATA twice", Type.SEND, [*SEND_OK, wire.data("x")]),
    ("SEND with TO_NUMBER twice", Type.SEND, [*SEND_OK, wire.to_number(1)]),
    ("SEND with TO_NUMBER and TO_NAME", Type.SEND, [*SEND_OK, wire.to_name("me")]),
    ("SEND with TO_NUMBER and TO_ROOM", Type.SEND, [*SEND_OK, wire.to_room("me")]),
    ("SEND with TO_NAME and TO_ROOM", Type.SEND, [wire.to_name("me"), wire.to_room("r"), DATA]),
    ("SEND with a TO_NUMBER of 3 bytes", Type.SEND, [field(Tag.TO_NUMBER, bytes(3)), DATA]),
    ("SEND with a TO_NUMBER of 5 bytes", Type.SEND, [field(Tag.TO_NUMBER, bytes(5)), DATA]),
    ("SEND with an empty TO_NUMBER", Type.SEND, [field(Tag.TO_NUMBER), DATA]),
    ("SEND with a MESSAGE_ID of 15 bytes", Type.SEND, [*SEND_OK, wire.message_id(bytes(15))]),
    ("SEND with a MESSAGE_ID of 17 bytes", Type.SEND, [*SEND_OK, wire.message_id(bytes(17))]),
    ("SEND with an empty MESSAGE_ID", Type.SEND, [*SEND_OK, wire.message_id(b"")]),
    ("SEND with MESSAGE_ID twice", Type.SEND, [*SEND_OK, *[wire.message_id(bytes(16))] * 2]),
    ("SEND whose DATA claims too much", Type.SEND, [SEND_OK[0], field(Tag.DATA, b"x", length=99)]),
    ("JOIN without TO_ROOM", Type.JOIN, []),
    ("JOIN with TO_ROOM twice", Type.JOIN, [wire.to_room("a"), wire.to_room("b")]),
    ("LEAVE without TO_ROOM", Type.LEAVE, []),
    ("WATCH without FLAG", Type.WATCH, []),
    ("WATCH with FLAG 2", Type.WATCH, [wire.flag(2)]),
    ("WATCH with FLAG 255", Type.WATCH, [wire.flag(255)]),
    ("WATCH with an empty FLAG", Type.WATCH, [field(Tag.FLAG)]),
    ("WATCH with a FLAG of 2 bytes", Type.WATCH, [field(Tag.FLAG, b"\0\1")]),
    ("WATCH with FLAG twice", Type.WATCH, [wire.flag(1), wire.flag(1)]),
    ("BYE with bytes left over", Type.BYE, [b"\0"]),
    ("NAME with bytes left over", Type.NAME, [b"\0"]),
]  # fmt: skip


@table("type_, fields", BODY_FAULTS)
def test_a_body_fault_ends_only_the_request(relay, type_, fields):
    peer = relay.peer("me", acks=True)
    asked = [peer.ask(Type.PING), peer.ask(type_, *fields), peer.ask(Type.PING)]
    assert [peer.answer(id_).status for id_ in asked] == [0, Status.MALFORMED, 0]
    peer.nothing_more()
    assert peer.ok(Type.HELLO)[Tag.NAME] == "me"
    assert peer.rooms() == {}
    assert peer.messages_seen == 0


# Each is wrong at its last byte, however much is missing: a receiver judges byte by byte.
EARLY_FAULTS = [
    ("first byte", b"X", "MALFORMED"),
    ("second byte", b"WX", "MALFORMED"),
    ("version", b"WT\2", "UNSUPPORTED"),
    ("kind", b"WT\1\2", "MALFORMED"),
]


@table("octets, status", EARLY_FAULTS)
def test_a_peer_of_another_protocol_is_told_at_its_first_wrong_byte(server, octets, status):
    peer = server.peer()
    peer.send_raw(octets)
    peer.expect_error(Status[status])


TWO_FAULTS = [
    ("magic and version", frame(1, TIME, 1, magic=b"XX", version=9), "MALFORMED"),
    ("version and kind", frame(9, TIME, 1, version=9), "UNSUPPORTED"),
    ("version and length", frame(1, TIME, 1, version=9, length=0xFFFFFFFF), "UNSUPPORTED"),
    ("kind and length", frame(2, TIME, 1, length=0xFFFFFFFF), "MALFORMED"),
    ("id and length", frame(1, TIME, 0, length=0xFFFFFFFF), "MALFORMED"),
]


@table("octets, status", TWO_FAULTS)
def test_of_two_faults_in_one_header_the_earlier_byte_decides(server, octets, status):
    peer = server.peer()
    peer.send_raw(octets)
    peer.expect_error(Status[status])


def test_the_body_of_an_unknown_type_is_not_looked_at(server):
    peer = server.peer()
    peer.refused(Status.UNSUPPORTED, 999, b"\0")
    peer.refused(Status.UNSUPPORTED, Type.ERROR, field(99, length=0xFFFFFFFF))
    peer.barrier()


# name, its bytes, whether they are a name
NAMES = [
    ("empty", b"", False),
    ("one byte", b"a", True),
    ("64 bytes", b"n" * 64, True),
    ("65 bytes", b"n" * 65, False),
    ("64 bytes in characters of 4", "\U0001f600".encode() * 16, True),
    ("68 bytes in characters of 4", "\U0001f600".encode() * 17, False),
    ("a number", b"7", True),
    ("number sign and at sign", b"#@#", True),
    ("spaces only", b"   ", True),
    ("Chinese", "小明".encode(), True),
    ("combining character", "e\u0301".encode(), True),
    ("right-to-left override, which is not Cc", "a\u202eb".encode(), True),
    ("zero-width joiner", "a\u200db".encode(), True),
    ("byte order mark", "\ufeffa".encode(), True),
    ("noncharacter U+FFFE", "\ufffe".encode(), True),
    ("last code point U+10FFFF", b"\xf4\x8f\xbf\xbf", True),
    ("U+00A0, behind the last control character", b"\xc2\xa0", True),
    ("a zero byte", b"a\0b", False),
    ("a zero byte at the end", b"ab\0", False),
    ("a newline", b"a\nb", False),
    ("a tab", b"a\tb", False),
    ("escape sequence", b"\x1b[2Jx", False),
    ("delete", b"a\x7f", False),
    ("U+0080", b"\xc2\x80", False),
    ("U+009B, the one-character CSI", b"\xc2\x9b2J", False),
    ("U+009F", b"\xc2\x9f", False),
    ("bare 9b", b"\x9b", False),
    ("lone continuation byte", b"a\x80", False),
    ("cut in a character", b"a\xe4\xb8", False),
    ("continuation missing in the middle", b"\xe4\xb8a", False),
    ("overlong slash in 2", b"\xc0\xaf", False),
    ("overlong slash in 3", b"\xe0\x80\xaf", False),
    ("overlong slash in 4", b"\xf0\x80\x80\xaf", False),
    ("overlong zero", b"\xc0\x80", False),
    ("surrogate D800", b"\xed\xa0\x80", False),
    ("surrogate DFFF", b"\xed\xbf\xbf", False),
    ("above U+10FFFF", b"\xf4\x90\x80\x80", False),
    ("five-byte form", b"\xf8\x88\x80\x80\x80", False),
    ("fe ff", b"\xfe\xff", False),
    ("Latin-1", b"caf\xe9", False),
]


@table("octets, good", NAMES)
def test_a_name_is_valid_utf_8_without_control_characters_everywhere(server, octets, good):
    peer = server.peer(acks=True)
    status = peer.call(Type.HELLO, wire.name(octets)).status
    assert status == (Status.OK if good else Status.MALFORMED)
    # A refused name cannot belong to anybody, an accepted one is now this peer's.
    assert peer.verdict(peer.send("@x")) == "no-such-client"
    sent = peer.ask(Type.SEND, wire.to_name(octets), wire.data("x"))
    assert peer.verdict(sent) == ("delivered" if good else "malformed")
    for type_ in (Type.JOIN, Type.LEAVE):
        assert peer.call(type_, wire.to_room(octets)).status == status
    status = peer.call(Type.SEND, wire.to_room(octets), wire.data("x")).status
    assert status == (Status.NO_SUCH_CLIENT if good else Status.MALFORMED)
    if good:
        assert peer.clients()[0].name.encode() == octets


def test_names_are_compared_byte_by_byte(relay):
    spellings = ["Ada", "ada", "ada ", "a\u0301", "\u00e1", "а"]
    peers = [relay.peer(spelling) for spelling in spellings]
    assert [entry.name for entry in peers[0].clients()] == spellings


@pytest.mark.parametrize("type_", [Type.LIST, Type.ROOMS], ids=["LIST", "ROOMS"])
@pytest.mark.parametrize(
    "octets", [b"\0", b"1", b"nonsense", b"\xff" * 64, bytes(4), bytes(8), bytes(64)]
)
def test_an_unknown_cursor_is_malformed_or_starts_somewhere(server, type_, octets):
    peer = server.peer()
    answer = peer.call(type_, wire.cursor(octets))
    assert answer.status in (Status.OK, Status.MALFORMED)
    peer.barrier()


@pytest.mark.parametrize("limit", [LIMIT, 1 << 20, 1024])
def test_a_body_of_exactly_limit_is_served(start, limit):
    server = start("--max-body", limit)
    sender, recipient = server.peer("sender"), server.peer("recipient", acks=True)
    assert recipient.limit == limit
    content = bytes(i & 0xFF for i in range(limit - 6))
    assert sender.ok(Type.PING, wire.data(content))[Tag.DATA] == content
    # As a message it grows by FROM, TIME and the name of the room: at most 1024 bytes.
    content = content[: limit - 6 - 6 - 64 - 22]
    recipient.ok(Type.JOIN, wire.to_room("r" * 64))
    sender.take_name("s" * 64)
    sent = sender.send("#" + "r" * 64, content, bytes(16))
    assert recipient.message()[Tag.DATA] == content
    assert sender.verdict(sent) == "delivered"
    over = wire.frame(1, Type.PING, 99, wire.data(bytes(limit - 5)))
    sender.send_raw(over)
    sender.expect_error(Status.TOO_LARGE)


def test_acknowledgements_of_nothing_are_passed_over(relay):
    peer = relay.peer("me", acks=True)
    nothing = [
        wire.ack(Type.SEND, 1),
        wire.ack(Type.SEND, 0xFFFFFFFF),
        wire.ack(Type.PING, 1),
        wire.ack(Type.SEND, 1, through=1),
        wire.ack(Type.SEND, 1, through=0xFFFFFFFF),
        wire.ack(Type.PING, 1, through=0xFFFFFFFF),
        wire.ack(Type.TIME, 1),
        wire.ack(Type.HELLO, 1),
        wire.ack(0, 1),
        wire.ack(999, 1),
        wire.frame(Kind.ACK, Type.SEND, 1, field(999, b"skipped"), field(Tag.DATA, b"x")),
    ]
    peer.send_raw(b"".join(nothing))
    peer.nothing_more()
    # None of them acknowledged the first message beforehand.
    assert peer.verdict(peer.send("@me")) == "delivered"


def test_a_hundred_thousand_acknowledgements_of_everything_cost_next_to_nothing(server):
    """THROUGH walks what is open, never the range that the peer names."""
    peer = server.peer()
    peer.barrier()
    before = server.cpu()
    peer.send_raw(wire.ack(Type.SEND, 1, through=0xFFFFFFFF) * 100_000)
    peer.barrier()
    assert server.cpu() - before < 1.5


def test_ten_thousand_empty_fields_cost_next_to_nothing(server):
    peer = server.peer()
    peer.barrier()
    before = server.cpu()
    for tag in (999, Tag.TEXT, Tag.FLAG):
        body = field(tag) * (LIMIT // 6)
        for _ in range(30):
            assert peer.ok(Type.TIME, body)
    assert server.cpu() - before < 1


def test_ten_thousand_repeats_of_a_field_are_one_malformed(server):
    peer = server.peer()
    before = server.cpu()
    for _ in range(30):
        peer.refused(Status.MALFORMED, Type.PING, wire.data("") * (LIMIT // 6))
        many = wire.to_name("x") * (LIMIT // 14)
        peer.refused(Status.MALFORMED, Type.SEND, many, wire.data(""))
    assert server.cpu() - before < 1
