"""The tests' own codec agrees with the document: bytes written by hand on one side, the codec on
the other. No server takes part."""

import pytest

import wire
from tables import table
from wire import Kind, Status, Tag, Type


def octets(text):
    return bytes.fromhex("".join(line.partition("#")[0] for line in text.splitlines()))


REQUESTS = [
    (
        "TIME without a body",
        wire.request(Type.TIME, 7),
        """
        57 54       # WT
        01          # version
        01          # request
        00 02       # TIME
        00 00       # status
        00 00 00 07 # id
        00 00 00 00 # length
        """,
    ),
    (
        "SEND to a number",
        wire.request(Type.SEND, 0x01020304, wire.to_number(9), wire.data("hi")),
        """
        57 54 01 01 00 05 00 00 01 02 03 04 00 00 00 12
        00 09 00 00 00 04 00 00 00 09 # TO_NUMBER 9
        00 02 00 00 00 02 68 69       # DATA "hi"
        """,
    ),
    (
        "acknowledgement with THROUGH",
        wire.ack(Type.SEND, 3, through=8),
        """
        57 54 01 04 00 05 00 00 00 00 00 03 00 00 00 0a
        00 0f 00 00 00 04 00 00 00 08
        """,
    ),
    (
        "HELLO with a name beyond ASCII",
        wire.request(Type.HELLO, 1, wire.name("é")),
        "57 54 01 01 00 06 00 00 00 00 00 01 00 00 00 08 00 04 00 00 00 02 c3 a9",
    ),
]


@table("encoded, expected", REQUESTS)
def test_requests_have_the_bytes_of_the_document(encoded, expected):
    assert encoded == octets(expected)


HELLO = octets(
    """
    57 54 01 03 00 06 00 00 00 00 00 00 00 00 00 4b
    00 04 00 00 00 02 77 74             # NAME "wt"
    00 01 00 00 00 02 68 69             # TEXT "hi"
    00 03 00 00 00 04 00 00 00 05       # NUMBER 5
    00 05 00 00 00 07 04 c8 ca 7f 00 00 01 # ADDRESS 127.0.0.1:51402
    00 10 00 00 00 04 00 01 00 00       # LIMIT 65536
    00 11 00 00 00 04 00 00 75 30       # KEEPALIVE 30000
    00 13 00 00 00 01 00                # AUTH 0
    """
)
HELLO = HELLO[:12] + (len(HELLO) - 16).to_bytes(4, "big") + HELLO[16:]


def test_hello_is_read_field_by_field():
    buffer = bytearray(HELLO + b"WT")
    hello = wire.take_frame(buffer)
    assert (hello.kind, hello.type, hello.status, hello.id) == (Kind.INDICATION, Type.HELLO, 0, 0)
    assert (hello[Tag.NAME], hello[Tag.TEXT], hello[Tag.NUMBER]) == ("wt", "hi", 5)
    assert hello[Tag.ADDRESS] == ("127.0.0.1", 51402)
    assert (hello[Tag.LIMIT], hello[Tag.KEEPALIVE], hello[Tag.AUTH]) == (65536, 30000, 0)
    assert buffer == b"WT"


def test_a_frame_in_parts_is_waited_for():
    for cut in range(len(HELLO)):
        buffer = bytearray(HELLO[:cut])
        assert wire.take_frame(buffer) is None
        assert len(buffer) == cut


def reply(type_, *fields, status=0, id_=1, kind=Kind.RESPONSE):
    return wire.frame(kind, type_, id_, *fields, status=status)


ENTRY = wire.field(
    Tag.ENTRY,
    octets(
        """
        00 03 00 00 00 04 00 00 00 02
        00 05 00 00 00 13 06 00 50 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01
        00 06 00 00 00 08 00 00 00 00 00 00 00 09
        """
    ),
)


def test_an_entry_is_read_and_its_name_may_be_absent():
    listed = wire.take_frame(bytearray(reply(Type.LIST, ENTRY)))
    assert listed[Tag.ENTRY] == [wire.Entry(2, ("::1", 80), None, 9, None)]
    assert listed[Tag.CURSOR] is None


OUTCOME = wire.field(Tag.OUTCOME, b"\x01")
TEXT = wire.field(Tag.TEXT, b"no")
RETRY = wire.field(Tag.RETRY_AFTER, bytes(4))
BAD_REPLIES = [
    ("another magic", reply(Type.BYE).replace(b"WT", b"TW")),
    ("kind 1 from a server", wire.request(Type.TIME, 1)),
    ("response with id 0", reply(Type.BYE, id_=0)),
    ("a field that BYE does not list", reply(Type.BYE, wire.data("x"))),
    ("TIME without ZONE", reply(Type.TIME, wire.field(Tag.TIME, bytes(8)))),
    ("OUTCOME twice", reply(Type.SEND, OUTCOME, OUTCOME)),
    ("OUTCOME 4", reply(Type.SEND, wire.field(Tag.OUTCOME, b"\x04"))),
    ("a refusal without TEXT", reply(Type.SEND, status=Status.GONE)),
    ("RETRY_AFTER with gone", reply(Type.SEND, TEXT, RETRY, status=Status.GONE)),
    ("a status that is none", reply(Type.SEND, TEXT, status=14)),
    ("a field longer than the body", reply(Type.NAME, wire.field(Tag.NAME, b"x", length=2))),
    ("bytes left over", reply(Type.BYE, b"\0\1\0")),
    ("a control character in a name", reply(Type.NAME, wire.name("a\x1b[2J"))),
    ("ERROR without a status", reply(Type.ERROR, TEXT, id_=0, kind=Kind.INDICATION)),
    ("a message with id 0", reply(Type.PING, id_=0, kind=Kind.INDICATION)),
]


@table("bad", BAD_REPLIES)
def test_what_the_document_does_not_list_is_an_error(bad):
    with pytest.raises(wire.ProtocolError):
        wire.take_frame(bytearray(bad))
