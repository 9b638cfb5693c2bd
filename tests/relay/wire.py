"""Version 1 of the Wiretale protocol as bytes, written from docs/protocol.md alone.

The decoder is strict on purpose: whatever the document does not list for a message is an error
here, so every test that receives anything also checks the shape of all that it receives.
"""

import socket
import struct
import unicodedata
from collections import namedtuple
from enum import IntEnum

HEADER = struct.Struct(">2sBBHHII")
HEADER_BYTES = HEADER.size
MAGIC = b"WT"
VERSION = 1
DEFAULT_LIMIT = 65536
BODY_SLACK = 1024  # the server never sends a body over LIMIT + this


class Kind(IntEnum):
    REQUEST = 1
    RESPONSE = 2
    INDICATION = 3
    ACK = 4


class Type(IntEnum):
    BYE = 1
    TIME = 2
    NAME = 3
    LIST = 4
    SEND = 5
    HELLO = 6
    PING = 7
    JOIN = 8
    LEAVE = 9
    ROOMS = 10
    WATCH = 11
    ERROR = 12


class Tag(IntEnum):
    TEXT = 1
    DATA = 2
    NUMBER = 3
    NAME = 4
    ADDRESS = 5
    TIME = 6
    ZONE = 7
    ENTRY = 8
    TO_NUMBER = 9
    TO_NAME = 10
    TO_ROOM = 11
    FROM = 12
    MESSAGE_ID = 13
    OUTCOME = 14
    THROUGH = 15
    LIMIT = 16
    KEEPALIVE = 17
    SECRET = 18
    AUTH = 19
    CURSOR = 20
    COUNT = 21
    FLAG = 22
    RETRY_AFTER = 23


class Status(IntEnum):
    OK = 0
    MALFORMED = 1
    UNSUPPORTED = 2
    TOO_LARGE = 3
    NO_SUCH_CLIENT = 4
    GONE = 5
    BUSY = 6
    RATE_LIMITED = 7
    UNAUTHORIZED = 8
    FORBIDDEN = 9
    NAME_TAKEN = 10
    TIMEOUT = 11
    SHUTTING_DOWN = 12
    INTERNAL = 13


DELIVERED = 1
PASSED = 3


class ProtocolError(AssertionError):
    """The other side sent what the document does not allow."""


# Encoding: every function returns bytes; bad values are possible where a test wants them.


def u32(value):
    return struct.pack(">I", value)


def field(tag, value=b"", length=None):
    """One field; `length` overrides the truth for the tests of lying lengths."""
    return struct.pack(">HI", tag, len(value) if length is None else length) + value


def frame(kind, type_, id_=0, *fields, status=0, magic=MAGIC, version=VERSION, length=None):
    body = b"".join(fields)
    claimed = len(body) if length is None else length
    return HEADER.pack(magic, version, kind, type_, status, id_, claimed) + body


def request(type_, id_, *fields):
    return frame(Kind.REQUEST, type_, id_, *fields)


def ack(type_, id_, through=None):
    fields = [] if through is None else [field(Tag.THROUGH, u32(through))]
    return frame(Kind.ACK, type_, id_, *fields)


def text(value):
    return value.encode() if isinstance(value, str) else value


def name(value):
    return field(Tag.NAME, text(value))


def to_number(value):
    return field(Tag.TO_NUMBER, u32(value))


def to_name(value):
    return field(Tag.TO_NAME, text(value))


def to_room(value):
    return field(Tag.TO_ROOM, text(value))


def data(value):
    return field(Tag.DATA, text(value))


def message_id(value):
    return field(Tag.MESSAGE_ID, value)


def flag(value):
    return field(Tag.FLAG, bytes([value]))


def cursor(value):
    return field(Tag.CURSOR, value)


# Decoding.

Entry = namedtuple("Entry", "number address name time count")


def split_fields(body):
    fields = []
    at = 0
    while at < len(body):
        if len(body) - at < 6:
            raise ProtocolError(f"{len(body) - at} bytes left over at {at} of {body.hex()}")
        tag, length = struct.unpack_from(">HI", body, at)
        at += 6
        if length > len(body) - at:
            raise ProtocolError(f"field {tag} claims {length} of {len(body) - at} bytes")
        fields.append((tag, body[at : at + length]))
        at += length
    return fields


def decode_name(value):
    if not 1 <= len(value) <= 64:
        raise ProtocolError(f"a name of {len(value)} bytes")
    decoded = decode_text(value)
    if any(unicodedata.category(character) == "Cc" for character in decoded):
        raise ProtocolError(f"control character in the name {decoded!r}")
    return decoded


def decode_text(value):
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise ProtocolError(f"not UTF-8: {value!r}") from problem


def decode_address(value):
    if len(value) == 7 and value[0] == 4:
        return socket.inet_ntop(socket.AF_INET, value[3:]), int.from_bytes(value[1:3], "big")
    if len(value) == 19 and value[0] == 6:
        if value[3:15] == bytes(10) + b"\xff\xff":
            raise ProtocolError("an IPv4-mapped address must be sent as family 4")
        return socket.inet_ntop(socket.AF_INET6, value[3:]), int.from_bytes(value[1:3], "big")
    raise ProtocolError(f"no address: {value.hex()}")


def decode_entry(value, shape):
    found = check_shape(split_fields(value), shape, "ENTRY")
    return Entry(
        found.get(Tag.NUMBER),
        found.get(Tag.ADDRESS),
        found.get(Tag.NAME),
        found.get(Tag.TIME),
        found.get(Tag.COUNT),
    )


def fixed(size, least=0, most=None, signed=False):
    def decode(value):
        if len(value) != size:
            raise ProtocolError(f"{len(value)} bytes where {size} belong")
        number = int.from_bytes(value, "big", signed=signed)
        if (not signed and number < least) or (most is not None and number > most):
            raise ProtocolError(f"{number} is out of range")
        return number

    return decode


def up_to(size, least=0):
    def decode(value):
        if not least <= len(value) <= size:
            raise ProtocolError(f"{len(value)} bytes where {least} to {size} belong")
        return value

    return decode


def exactly(size):
    def decode(value):
        if len(value) != size:
            raise ProtocolError(f"{len(value)} bytes where {size} belong")
        return value

    return decode


CLIENT_ENTRY = {Tag.NUMBER: "1", Tag.ADDRESS: "1", Tag.NAME: "?", Tag.TIME: "1"}
ROOM_ENTRY = {Tag.NAME: "1", Tag.COUNT: "1"}

VALUES = {
    Tag.TEXT: decode_text,
    Tag.DATA: bytes,
    Tag.NUMBER: fixed(4, least=1),
    Tag.NAME: decode_name,
    Tag.ADDRESS: decode_address,
    Tag.TIME: fixed(8),
    Tag.ZONE: fixed(4, signed=True),
    Tag.TO_ROOM: decode_name,
    Tag.FROM: lambda value: decode_entry(value, CLIENT_ENTRY),
    Tag.ENTRY: lambda value: decode_entry(value, CLIENT_ENTRY),
    Tag.MESSAGE_ID: exactly(16),
    Tag.OUTCOME: fixed(1, least=1, most=3),
    Tag.THROUGH: fixed(4, least=1),
    Tag.LIMIT: fixed(4, least=1024, most=1 << 20),
    Tag.KEEPALIVE: fixed(4),
    Tag.AUTH: fixed(1, most=0),
    Tag.CURSOR: up_to(64, least=1),
    Tag.COUNT: fixed(4),
    Tag.FLAG: fixed(1, most=1),
    Tag.RETRY_AFTER: fixed(4),
}

# What a server may send: (kind, type) -> tag -> how often ("1" once, "?" at most once, "*" any).
SHAPES = {
    (Kind.RESPONSE, Type.BYE): {},
    (Kind.RESPONSE, Type.TIME): {Tag.TIME: "1", Tag.ZONE: "1"},
    (Kind.RESPONSE, Type.NAME): {Tag.NAME: "1"},
    (Kind.RESPONSE, Type.LIST): {Tag.ENTRY: "*", Tag.CURSOR: "?"},
    (Kind.RESPONSE, Type.SEND): {Tag.OUTCOME: "1", Tag.COUNT: "?", Tag.THROUGH: "?"},
    (Kind.RESPONSE, Type.HELLO): {Tag.NUMBER: "1", Tag.NAME: "?"},
    (Kind.RESPONSE, Type.PING): {Tag.DATA: "?"},
    (Kind.RESPONSE, Type.JOIN): {Tag.COUNT: "1"},
    (Kind.RESPONSE, Type.LEAVE): {},
    (Kind.RESPONSE, Type.ROOMS): {Tag.ENTRY: "*", Tag.CURSOR: "?"},
    (Kind.RESPONSE, Type.WATCH): {},
    (Kind.INDICATION, Type.BYE): {Tag.TEXT: "1"},
    (Kind.INDICATION, Type.SEND): {
        Tag.FROM: "1",
        Tag.DATA: "1",
        Tag.TIME: "1",
        Tag.TO_ROOM: "?",
        Tag.MESSAGE_ID: "?",
    },
    (Kind.INDICATION, Type.HELLO): {
        Tag.NAME: "1",
        Tag.TEXT: "1",
        Tag.NUMBER: "1",
        Tag.ADDRESS: "1",
        Tag.LIMIT: "1",
        Tag.KEEPALIVE: "1",
        Tag.AUTH: "1",
    },
    (Kind.INDICATION, Type.PING): {},
    (Kind.INDICATION, Type.WATCH): {Tag.FLAG: "1", Tag.ENTRY: "1"},
    (Kind.INDICATION, Type.ERROR): {Tag.TEXT: "1", Tag.RETRY_AFTER: "?"},
}
REFUSAL = {Tag.TEXT: "1", Tag.RETRY_AFTER: "?"}


def check_shape(fields, shape, what):
    """Returns tag -> decoded value (a list where the shape says `*`)."""
    found = {tag: [] for tag, often in shape.items() if often == "*"}
    for tag, raw in fields:
        if tag not in shape:
            raise ProtocolError(f"{what} carries field {tag}, which the document does not list")
        if tag == Tag.ENTRY and what == "ROOMS":
            value = decode_entry(raw, ROOM_ENTRY)
        else:
            value = VALUES[tag](raw)
        if shape[tag] == "*":
            found[tag].append(value)
        elif tag in found:
            raise ProtocolError(f"{what} repeats {Tag(tag).name}")
        else:
            found[tag] = value
    for tag, often in shape.items():
        if often == "1" and tag not in found:
            raise ProtocolError(f"{what} lacks {tag.name}")
    return found


class Frame:
    """A frame from the server, its shape already checked; values by tag, None when absent."""

    def __init__(self, kind, type_, status, id_, body):
        self.kind, self.type, self.status, self.id = kind, type_, status, id_
        self.body = body
        self.values = {}

    def __getitem__(self, tag):
        return self.values.get(tag)

    def status_name(self):
        if self.status not in list(Status):
            return f"status {self.status}"
        return Status(self.status).name.lower().replace("_", "-")

    def __repr__(self):
        kind = Kind(self.kind).name.lower() if self.kind in list(Kind) else self.kind
        type_ = Type(self.type).name if self.type in list(Type) else self.type
        status = f" {self.status_name()}" if self.status else ""
        shown = {Tag(tag).name: value for tag, value in self.values.items()}
        if len(repr(shown)) > 200:
            shown = repr(shown)[:200] + "..."
        return f"<{kind} {type_} id {self.id}{status} {shown}>"


def check(received):
    """Proves that a frame from the server is one the document lists, and fills its values."""
    try:
        if received.kind not in (Kind.RESPONSE, Kind.INDICATION):
            raise ProtocolError(f"kind {received.kind} from a server")
        if received.kind == Kind.RESPONSE and received.id == 0:
            raise ProtocolError("response with id 0")
        if received.status not in list(Status):
            raise ProtocolError(f"status {received.status}")
        fields = split_fields(received.body)
        if received.kind == Kind.RESPONSE and received.status != 0:
            received.values = check_shape(fields, REFUSAL, "refusal")
        elif (received.kind, received.type) not in SHAPES:
            raise ProtocolError(f"type {received.type} of kind {received.kind} from a server")
        else:
            what = Type(received.type).name
            received.values = check_shape(fields, SHAPES[received.kind, received.type], what)
        check_indication(received)
        if received[Tag.THROUGH] is not None and received[Tag.THROUGH] < received.id:
            raise ProtocolError("THROUGH below the id")
        check_retry(received)
    except ProtocolError as problem:
        raise ProtocolError(f"{problem} in {received!r} {received.body[:200].hex()}") from None
    return received


def check_indication(received):
    if received.kind != Kind.INDICATION:
        return
    if (received.status != 0) != (received.type == Type.ERROR):
        raise ProtocolError(f"status {received.status} in an indication")
    if (received.id != 0) != (received.type in (Type.SEND, Type.PING)):
        raise ProtocolError(f"id {received.id} in an indication")


def check_retry(received):
    """RETRY_AFTER may come with busy and rate-limited only; no refusal is without its words."""
    if received[Tag.RETRY_AFTER] is not None:
        if received.status not in (Status.BUSY, Status.RATE_LIMITED):
            raise ProtocolError("RETRY_AFTER with another status")
    if received.status != 0 and received[Tag.TEXT] == "":
        raise ProtocolError("a refusal with an empty TEXT")


def decode_header(buffer):
    """(kind, type, status, id, length) of the 16 bytes at the front of `buffer`."""
    magic, version, kind, type_, status, id_, length = HEADER.unpack_from(buffer)
    if magic != MAGIC or version != VERSION:
        raise ProtocolError(f"the server's stream is out of step: {bytes(buffer[:32]).hex()}")
    return kind, type_, status, id_, length


def take_frame(buffer, limit=1 << 20):
    """Removes one checked frame from the front of a bytearray; None when it is not whole yet."""
    if len(buffer) < HEADER_BYTES:
        return None
    kind, type_, status, id_, length = decode_header(buffer)
    if length > limit + BODY_SLACK:
        raise ProtocolError(f"a body of {length} bytes, LIMIT is {limit}")
    if len(buffer) < HEADER_BYTES + length:
        return None
    body = bytes(buffer[HEADER_BYTES : HEADER_BYTES + length])
    del buffer[: HEADER_BYTES + length]
    return check(Frame(kind, type_, status, id_, body))
