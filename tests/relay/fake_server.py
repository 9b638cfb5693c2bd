"""A server that answers as a table says: well, badly, or with malice. For tests of the client,
which must not trust it."""

import socket
import threading
import time

import wire
from wire import HEADER_BYTES, Kind, Status, Tag, Type, field, frame

ONE = field(Tag.NUMBER, wire.u32(1))
ADDRESS = field(Tag.ADDRESS, bytes([4, 0x1F, 0x90, 127, 0, 0, 1]))


def hello(*, name=b"fake", text=b"hello", number=1, extra=b"", keepalive=30000, limit=65536):
    return frame(
        Kind.INDICATION,
        Type.HELLO,
        0,
        wire.name(name),
        field(Tag.TEXT, text),
        field(Tag.NUMBER, wire.u32(number)),
        ADDRESS,
        field(Tag.LIMIT, wire.u32(limit)),
        field(Tag.KEEPALIVE, wire.u32(keepalive)),
        field(Tag.AUTH, b"\0"),
        extra,
    )


def respond(request, *fields, status=0, type_=None, id_=None):
    type_ = request.type if type_ is None else type_
    id_ = request.id if id_ is None else id_
    return frame(Kind.RESPONSE, type_, id_, *fields, status=status)


def refuse(request, status, text=b"no"):
    return respond(request, field(Tag.TEXT, text), status=status)


def client_entry(number, name=None, tag=Tag.ENTRY):
    parts = [field(Tag.NUMBER, wire.u32(number)), ADDRESS]
    if name is not None:
        parts.append(field(Tag.NAME, name))
    parts.append(field(Tag.TIME, time.time_ns().to_bytes(8, "big")))
    return field(tag, b"".join(parts))


def message(id_, content, name=b"ada", room=None, extra=b""):
    parts = [client_entry(7, name, Tag.FROM), field(Tag.DATA, content)]
    parts.append(field(Tag.TIME, time.time_ns().to_bytes(8, "big")))
    if room is not None:
        parts.append(wire.to_room(room))
    return frame(Kind.INDICATION, Type.SEND, id_, *parts, extra)


def time_now(nanoseconds=None, zone=0):
    nanoseconds = time.time_ns() if nanoseconds is None else nanoseconds
    return [
        field(Tag.TIME, nanoseconds.to_bytes(8, "big")),
        field(Tag.ZONE, zone.to_bytes(4, "big", signed=True)),
    ]


def room_entry(name, count):
    return field(Tag.ENTRY, wire.name(name) + field(Tag.COUNT, wire.u32(count)))


GOOD = {
    Type.TIME: lambda request: respond(request, *time_now()),
    Type.NAME: lambda request: respond(request, wire.name("machine")),
    Type.LIST: lambda request: respond(request, client_entry(1)),
    Type.ROOMS: lambda request: respond(request, room_entry("tea", 1)),
    Type.SEND: lambda request: respond(request, field(Tag.OUTCOME, b"\1")),
    Type.HELLO: lambda request: respond(request, ONE, *names_in(request)),
    Type.PING: lambda request: respond(request, *data_in(request)),
    Type.JOIN: lambda request: respond(request, field(Tag.COUNT, wire.u32(1))),
    Type.LEAVE: respond,
    Type.WATCH: respond,
    Type.BYE: respond,
}


class Request:
    def __init__(self, kind, type_, id_, fields):
        self.kind, self.type, self.id, self.fields = kind, type_, id_, fields


def names_in(request):
    return [wire.name(value) for tag, value in request.fields if tag == Tag.NAME]


def data_in(request):
    return [wire.data(value) for tag, value in request.fields if tag == Tag.DATA]


class Close(Exception):
    """Raised by an answer that wants the connection to end here; `octets` are sent before."""

    def __init__(self, octets=b"", reset=False):
        super().__init__()
        self.octets, self.reset = octets, reset


class FakeServer:
    """greeting: bytes, or a function of the socket that may raise Close; answers: type -> function
    of the request to bytes, laid over GOOD (with `ANY` for every type)."""

    ANY = object()

    def __init__(self, greeting=None, answers=None, host="127.0.0.1"):
        self.greeting = hello() if greeting is None else greeting
        self.answers = answers or {}
        self.requests = []
        self.acknowledgements = []
        self.connections = []
        self.listener = socket.create_server((host, 0), backlog=64)
        self.address = self.listener.getsockname()[:2]
        self.accepting = threading.Thread(target=self._accept, daemon=True)
        self.accepting.start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            greeting = self.greeting(connection) if callable(self.greeting) else self.greeting
            connection.sendall(greeting)
            while True:
                request = self._read(connection)
                if request.kind == Kind.ACK:
                    self.acknowledgements.append(request)
                    continue
                self.requests.append(request)
                answer = self.answers.get(request.type, self.answers.get(self.ANY))
                answer = answer or GOOD[request.type]
                connection.sendall(answer(request))
                if request.type == Type.BYE:
                    raise Close
        except Close as close:
            self._close(connection, close)
        except OSError:
            pass
        finally:
            connection.close()

    @staticmethod
    def _close(connection, close):
        try:
            connection.sendall(close.octets)
            if close.reset:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, bytes([1]) + bytes(7))
            else:
                connection.shutdown(socket.SHUT_WR)
                connection.settimeout(2)
                while connection.recv(65536):
                    pass
        except OSError:
            pass

    @staticmethod
    def _read(connection):
        header = FakeServer._exactly(connection, HEADER_BYTES)
        _, _, kind, type_, _, id_, length = wire.HEADER.unpack(header)
        body = FakeServer._exactly(connection, length)
        return Request(kind, type_, id_, wire.split_fields(body))

    @staticmethod
    def _exactly(connection, count):
        octets = b""
        while len(octets) < count:
            more = connection.recv(count - len(octets))
            if not more:
                raise Close
            octets += more
        return octets

    def close(self):
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        for connection in self.connections:
            connection.close()


class Replies:
    """Answers that are wrong in one way each; used as rows of the tests."""

    @staticmethod
    def silence(_request):
        return b""

    @staticmethod
    def end(_request):
        raise Close

    @staticmethod
    def reset(_request):
        raise Close(reset=True)

    @staticmethod
    def garbage(_request):
        return bytes(range(256)) * 4

    @staticmethod
    def truncated(request):
        raise Close(GOOD[request.type](request)[:-1] if request.type != Type.BYE else b"WT")

    @staticmethod
    def half_a_header(request):
        raise Close(GOOD[request.type](request)[:9])

    @staticmethod
    def huge_length(request):
        return frame(Kind.RESPONSE, request.type, request.id, length=0xFFFFFFFF)

    @staticmethod
    def length_that_wraps(request):
        return frame(Kind.RESPONSE, request.type, request.id, length=0xFFFFFFF0)

    @staticmethod
    def body_over_the_limit(request):
        return frame(Kind.RESPONSE, request.type, request.id, bytes(65536 + 1025))

    @staticmethod
    def field_longer_than_the_body(request):
        return frame(Kind.RESPONSE, request.type, request.id, field(Tag.NAME, b"x", length=99))

    @staticmethod
    def wrong_id(request):
        raise Close(frame(Kind.RESPONSE, request.type, request.id + 1000))

    @staticmethod
    def id_zero(request):
        raise Close(frame(Kind.RESPONSE, request.type, 0))

    @staticmethod
    def wrong_type(request):
        raise Close(respond(request, type_=999))

    @staticmethod
    def fields_missing(request):
        return respond(request) if request.type not in (Type.LIST, Type.ROOMS) else b"WT" * 8

    @staticmethod
    def version_two(request):
        return frame(Kind.RESPONSE, request.type, request.id, version=2)

    @staticmethod
    def a_request_from_the_server(request):
        return frame(Kind.REQUEST, request.type, request.id)

    @staticmethod
    def unknown_status(request):
        return refuse(request, 4711, b"strange")

    @staticmethod
    def refusal_without_words(request):
        return respond(request, status=Status.INTERNAL)

    @staticmethod
    def refusal_with_escapes(request):
        words = b"\x1b[2J\x1b]0;owned\x07\r\nnot \xc2\x9b31m allowed"
        return refuse(request, Status.FORBIDDEN, words)

    @staticmethod
    def refusal_not_utf_8(request):
        return refuse(request, Status.FORBIDDEN, b"\xff\xfe\x80")

    @staticmethod
    def error_in_place_of_an_answer(_request):
        words = field(Tag.TEXT, b"\x1b[31mno")
        raise Close(frame(Kind.INDICATION, Type.ERROR, 0, words, status=Status.INTERNAL))

    @staticmethod
    def bye_in_place_of_an_answer(_request):
        raise Close(frame(Kind.INDICATION, Type.BYE, 0, field(Tag.TEXT, b"going \x1b[2J down")))

    @staticmethod
    def bye_while_open(_request):
        return frame(Kind.INDICATION, Type.BYE, 0, field(Tag.TEXT, b"going"))
