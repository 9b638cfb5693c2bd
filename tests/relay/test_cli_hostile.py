"""The client treats the server as untrusted: whatever it sends, every command ends by itself, with
status 1 and a sentence (or with what it was told, where that can be shown), and nothing reaches
the terminal that the terminal would obey. A hostile server is a row of data."""

import threading
import time

import pytest

import wire
from background import Background
from cli import Done, launch, needs_wiretale
from fake_server import (
    Close,
    FakeServer,
    Replies,
    client_entry,
    hello,
    message,
    refuse,
    respond,
    room_entry,
    time_now,
)
from peer import PATIENCE
from tables import table
from wire import Kind, Tag, Type, field, frame

pytestmark = needs_wiretale
waiting = Background()


@pytest.fixture(scope="module", autouse=True)
def started(request):
    waiting.start(request)


COMMANDS = [
    ["time"],
    ["time", "--count", "50"],
    ["name"],
    ["list"],
    ["rooms"],
    ["send", "@x", "hello"],
    ["ping"],
    ["listen", "--name", "ear", "--count", "1"],
    ["listen", "--join", "tea", "--count", "1"],
]
EVIL = b"\x1b[2J\x1b]0;owned\x07\r\n\xc2\x9b31mevil"


def close_with(octets=b"", reset=False):
    def greet(_connection):
        raise Close(octets, reset)

    return greet


def bare_hello(*fields):
    return frame(Kind.INDICATION, Type.HELLO, 0, *fields)


# What comes where HELLO belongs; no command can succeed.
GREETINGS = [
    ("the end", close_with()),
    ("a reset", close_with(reset=True)),
    ("garbage", bytes(range(256)) * 300),
    ("an HTTP answer", b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    ("an SSH banner", b"SSH-2.0-OpenSSH_9.2\r\n" + bytes(16)),
    ("half a HELLO, then the end", close_with(hello()[:40])),
    ("half a header, then the end", close_with(hello()[:9])),
    ("version 2", hello()[:2] + b"\2" + hello()[3:]),
    ("a length of 4 GiB", frame(Kind.INDICATION, Type.HELLO, 0, length=0xFFFFFFFF)),
    ("a length that wraps", frame(Kind.INDICATION, Type.HELLO, 0, length=0xFFFFFFF0)),
    ("a length of 2 MiB", frame(Kind.INDICATION, Type.HELLO, 0, length=2 << 20) + bytes(2 << 20)),
    ("no fields", bare_hello()),
    ("a field beyond the body", bare_hello(field(Tag.NAME, b"x", length=0x7FFFFFFF))),
    ("a NUMBER of 3 bytes", bare_hello(wire.name("x"), field(Tag.NUMBER, bytes(3)))),
    ("a response first", frame(Kind.RESPONSE, Type.TIME, 1, *time_now()) * 100),
    ("a request first", frame(Kind.REQUEST, Type.TIME, 1)),
    ("busy", close_with(frame(3, Type.ERROR, 0, field(Tag.TEXT, b"full"), status=6))),
    ("busy in evil words", close_with(frame(3, Type.ERROR, 0, field(Tag.TEXT, EVIL), status=6))),
    ("ERROR without words", close_with(frame(3, Type.ERROR, 0, status=1))),
    ("BYE first", close_with(frame(3, Type.BYE, 0, field(Tag.TEXT, EVIL)))),
    ("an evil NAME", hello(name=EVIL)),
    ("a NAME that is not UTF-8", hello(name=b"\xff\xfe")),
    ("a NAME of 65 bytes", hello(name=b"n" * 65)),
]  # fmt: skip
# After these two a client may go on: names that are none may be shown harmlessly or refused.
TOLERABLE = {"an evil NAME", "a NAME that is not UTF-8", "a NAME of 65 bytes"}


def run_all(fake, commands=None, within=20):
    launched = [launch(fake, *command) for command in commands or COMMANDS]
    deadline = time.monotonic() + within * PATIENCE
    try:
        return [Done(process, None, max(deadline - time.monotonic(), 0.1)) for process in launched]
    finally:
        for process in launched:
            if process.poll() is None:
                process.kill()
        fake.close()


@pytest.mark.parametrize("name, greeting", GREETINGS, ids=[row[0] for row in GREETINGS])
def test_a_greeting_that_is_none(name, greeting):
    commands = COMMANDS[:-2] if name in TOLERABLE else COMMANDS
    for done in run_all(FakeServer(greeting), commands):
        if name in TOLERABLE and done.status == 0:
            continue
        done.failed()


WAITED_OUT = ("silence", "bye_while_open", "a_request_from_the_server")
REPLIES = [
    getattr(Replies, name)
    for name in vars(Replies)
    if not name.startswith("_") and name not in WAITED_OUT
]


def expect_failures(reply, within=30):
    # A PING without DATA is answered without DATA: there is no field that could be missing.
    exempt = [["ping"]] if reply is Replies.fields_missing else []
    commands = [command for command in COMMANDS if command not in exempt]
    for done in run_all(FakeServer(answers={FakeServer.ANY: reply}), commands, within=within):
        done.failed()


@pytest.mark.parametrize("reply", REPLIES, ids=lambda reply: reply.__name__)
def test_an_answer_that_is_none(reply):
    expect_failures(reply)


# What a patient client waits out: all at the same time.


@waiting.add
def no_greeting():
    for done in run_all(FakeServer(b""), within=30):
        done.failed()


@waiting.add
def no_answer():
    expect_failures(Replies.silence)


@waiting.add
def bye_while_a_request_is_open():
    expect_failures(Replies.bye_while_open)


@waiting.add
def a_request_in_place_of_an_answer():
    expect_failures(Replies.a_request_from_the_server)


@waiting.add
def pings_without_end_and_no_answer():
    """Life signs are no answer: a server may not hold a command with them for ever."""
    stop = threading.Event()

    def greet(connection):
        connection.sendall(hello())
        number = 0
        while not stop.wait(0.2):
            number += 1
            connection.sendall(frame(Kind.INDICATION, Type.PING, number))
        raise Close

    try:
        for done in run_all(FakeServer(greet), COMMANDS[:-2], within=30):
            done.failed()
    finally:
        stop.set()


@waiting.add
def an_answer_that_trickles_for_ever():
    """A byte each fifth of a second of a frame of 60 KB."""
    stop = threading.Event()

    def greet(connection):
        connection.sendall(hello() + frame(Kind.RESPONSE, Type.TIME, 1, length=60_000))
        while not stop.wait(0.2):
            connection.sendall(b"\0")
        raise Close

    try:
        for done in run_all(FakeServer(greet), COMMANDS[:-2], within=30):
            done.failed()
    finally:
        stop.set()


@waiting.add
def a_server_that_never_reads():
    """The pipe to it fills; the command ends all the same."""
    release = threading.Event()

    def greet(connection):
        connection.sendall(hello())
        release.wait(40)
        raise Close

    fake = FakeServer(greet)
    try:
        (done,) = run_all(fake, [["time", "--count", "1000000"]], within=35)
        done.failed()
    finally:
        release.set()


@waiting.parametrize()
@pytest.mark.deadline(60)
def test_what_never_comes_is_not_waited_for_for_ever(name):
    waiting.result(name)


def endless(entry):
    def answer(request):
        answer.page += 1
        return respond(request, entry(answer.page), wire.cursor(answer.page.to_bytes(8, "big")))

    answer.page = 0
    return answer


PAGES = [
    ("the same page for ever", lambda r: respond(r, client_entry(1), wire.cursor(b"x"))),
    ("no entry and always a cursor", lambda r: respond(r, wire.cursor(b"x"))),
    ("new cursors and the same entry", endless(lambda page: client_entry(1))),
    ("descending numbers", endless(lambda page: client_entry(max(0x7FFFFFFF - page, 1)))),
    ("a cursor of 65 bytes", lambda r: respond(r, wire.cursor(bytes(65)))),
]


@table("answer", PAGES)
def test_pages_without_end(answer):
    fake = FakeServer(answers={Type.LIST: answer})
    (done,) = run_all(fake, [["list"]], within=30)
    done.failed()


def test_pages_of_rooms_without_end():
    def answer(request):
        return respond(request, room_entry("r", 1), wire.cursor(b"x"))

    fake = FakeServer(answers={Type.ROOMS: answer})
    (done,) = run_all(fake, [["rooms"]], within=30)
    done.failed()


def test_pages_that_always_grow():
    """Ever new clients with ascending numbers: a bound on memory or pages must end it."""
    fake = FakeServer(
        answers={
            Type.LIST: endless(
                lambda page: b"".join(client_entry(page * 900 + number) for number in range(900))
            )
        }
    )
    process = launch(fake, "list")
    try:
        peak = 0
        deadline = time.monotonic() + 25
        while process.poll() is None and time.monotonic() < deadline:
            # The output must be drained, or the pipe would end it for us.
            if not process.stdout.read1(1 << 20):
                break
            with open(f"/proc/{process.pid}/status") as status:
                for line in status:
                    if line.startswith("VmRSS"):
                        peak = max(peak, int(line.split()[1]))
        assert peak < 512 * 1024
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()
        fake.close()


def answering(type_, *fields):
    """One odd answer to one type of request."""
    return {type_: lambda request: respond(request, *fields)}


ODD_BUT_TRUE = [
    ("the year 2554", ["time"], answering(Type.TIME, *time_now((1 << 64) - 1))),
    ("the year 1970", ["time"], answering(Type.TIME, *time_now(0))),
    ("a zone of 68 years", ["time"], answering(Type.TIME, *time_now(zone=0x7FFFFFFF))),
    ("a zone of minus 68 years", ["time"], answering(Type.TIME, *time_now(0, -0x80000000))),
    ("a name with escapes", ["name"], answering(Type.NAME, wire.name(EVIL))),
    ("a client with escapes", ["list"], answering(Type.LIST, client_entry(1, EVIL))),
    ("a client not UTF-8", ["list"], answering(Type.LIST, client_entry(1, b"\xff\xfe"))),
    ("the same client 500 times", ["list"], answering(Type.LIST, client_entry(1) * 500)),
    ("nobody at all", ["list"], answering(Type.LIST)),
    ("a room with escapes", ["rooms"], answering(Type.ROOMS, room_entry(EVIL, 1))),
    ("OUTCOME 0", ["send", "1", "x"], answering(Type.SEND, field(Tag.OUTCOME, b"\0"))),
    ("OUTCOME 77", ["send", "1", "x"], answering(Type.SEND, field(Tag.OUTCOME, b"M"))),
    ("PING with other data", ["ping"], answering(Type.PING, wire.data("other"))),
    ("a refusal of 65 KB", ["time"], {Type.TIME: lambda r: refuse(r, 13, b"\x1b[31m" * 13000)}),
]  # fmt: skip


@table("command, answers", ODD_BUT_TRUE)
def test_odd_answers_are_shown_harmlessly_or_refused(command, answers):
    for json in ([], ["--json"]):
        (done,) = run_all(FakeServer(answers=answers), [command + json])
        assert done.status in (0, 1), done.what
        if done.status:
            done.failed()
        elif json:
            done.lines()


@pytest.mark.parametrize("outcome", [b"\0", b"M"])
def test_an_unknown_outcome_is_never_called_delivered(outcome):
    fake = FakeServer(answers={Type.SEND: lambda r: respond(r, field(Tag.OUTCOME, outcome))})
    (done,) = run_all(fake, [["send", "1", "x", "--json"]])
    assert done.status == 1
    assert b'"delivered"' not in done.out


def test_an_answer_byte_by_byte_is_an_answer():
    def greet(connection):
        for octet in hello():
            connection.sendall(bytes([octet]))
        return b""

    for done in run_all(FakeServer(greet), COMMANDS[:-2]):
        done.succeeded()


def test_answers_in_reverse_order_are_answers():
    held = []

    def hold(request):
        held.append(respond(request, *time_now()))
        if len(held) < 50:
            return b""
        return b"".join(reversed(held))

    (done,) = run_all(FakeServer(answers={Type.TIME: hold}), [["time", "--count", "50", "--json"]])
    assert done.succeeded().line()["responses"] == 50


def test_a_missing_response_is_told():
    def lose_one(request):
        lose_one.seen += 1
        if lose_one.seen == 50:
            raise Close
        return respond(request, *time_now())

    lose_one.seen = 0
    (done,) = run_all(FakeServer(answers={Type.TIME: lose_one}), [["time", "--count", "50"]])
    done.failed()


def test_doubled_answers_are_counted_once():
    fake = FakeServer(answers={Type.TIME: lambda r: respond(r, *time_now()) * 2})
    (done,) = run_all(fake, [["time", "--count", "50", "--json"]])
    if done.status == 0:
        assert done.line()["responses"] == 50
    else:
        done.failed()


def test_a_flood_of_unasked_frames_does_not_keep_the_answer():
    noise = b"".join(
        [
            frame(3, Type.WATCH, 0, wire.flag(1), client_entry(9, EVIL)),
            frame(3, Type.WATCH, 0, wire.flag(1), client_entry(9, b"n")),
            message(1, b"unasked " + EVIL),
            frame(3, Type.PING, 1),
        ]
    )
    strict = FakeServer(answers={Type.TIME: lambda r: noise * 2000 + respond(r, *time_now())})
    (done,) = run_all(strict, [["time"]])
    assert done.status in (0, 1), done.what


@pytest.mark.parametrize(
    "octets",
    [
        message(1, EVIL, EVIL),
        message(1, b"x" * 65000),
        message(5, b"a gap in the numbers"),
        message(0, b"id 0"),
        message(1, b"x", room=EVIL),
        message(1, b"x", extra=field(999, b"unknown")),
        frame(3, Type.SEND, 1),
        frame(3, Type.SEND, 1, wire.data("no FROM")),
        frame(3, 99, 1),
        frame(4, Type.SEND, 1),
    ],
    ids=["evil", "65000 bytes", "a gap", "id 0", "evil room", "unknown tag", "no fields", "no FROM",
         "unknown type", "an acknowledgement"],
)  # fmt: skip
def test_listen_survives_any_message(octets):
    def answer(request):
        granted = respond(request, field(Tag.NUMBER, wire.u32(1)), wire.name("ear"))
        return granted + octets + b"garbage" * 9

    fake = FakeServer(answers={Type.HELLO: answer})
    (done,) = run_all(fake, [["listen", "--name", "ear", "--count", "1"]], within=30)
    assert done.status in (0, 1), done.what
    if done.status:
        done.failed()
