"""`wiretale chat`: the assignment's menu by number and by word, in a pipe and on a terminal; what
arrives while one types appears above the line being typed, which stays as it was."""

import fcntl
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import termios
import time

import pytest

import wire
from cli import OBEYED, WIRETALE, Done, environment, launch, needs_wiretale, where
from fake_server import FakeServer, Replies, hello, message, respond
from peer import PATIENCE
from pty_reading import read_terminal
from screen import Screen
from wire import Tag, Type, field

pytestmark = needs_wiretale
WAIT = 10 * PATIENCE
MACHINE = rf"\b{re.escape(socket.gethostname())}\b"
DELIVERED = r"(?i)(?<!not )(?<!un)delivered"


class Pipe:
    """A chat without a terminal."""

    FAILED = 1  # its status where a line asked for something that could not be done

    def __init__(self, server=None, *arguments):
        self.process = subprocess.Popen(
            [WIRETALE, "chat", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment(server),
        )
        self.octets = b""

    def say(self, *lines):
        for line in lines:
            self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def sees(self, pattern):
        """Waits until this is in the output, behind what was waited for before."""
        deadline = time.monotonic() + WAIT
        while True:
            text = self.octets.decode("utf-8", "replace")
            found = re.search(pattern, text)
            if found:
                self.octets = text[found.end() :].encode()
                return found
            remaining = deadline - time.monotonic()
            ready = remaining > 0 and select.select([self.process.stdout], [], [], remaining)[0]
            more = os.read(self.process.stdout.fileno(), 65536) if ready else b""
            assert more, f"{pattern!r} never came; after the last match:\n{text}"
            assert not OBEYED.search(more), f"control characters: {more!r}"
            self.octets += more

    def ends(self, status=0):
        out, _ = self.process.communicate(timeout=WAIT)
        assert not OBEYED.search(out), out
        assert self.process.returncode == status, self.octets + out
        return (self.octets + out).decode()

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


class Terminal(Pipe):
    """A chat on a terminal of 24 x 80, with a screen as a person sees it."""

    FAILED = 0  # the person was told

    def __init__(self, server=None, *arguments):
        self.controller, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.settings = termios.tcgetattr(self.controller)
        variables = {**environment(server), "TERM": "xterm", "LC_ALL": "C.UTF-8"}
        variables["HOME"] = "/nonexistent"
        self.process = subprocess.Popen(
            ["setsid", "-c", WIRETALE, "chat", *arguments],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            env=variables,
        )
        os.close(terminal)
        self.screen = Screen()

    def type(self, text):
        os.write(self.controller, text.encode() if isinstance(text, str) else text)

    def say(self, *lines):
        for line in lines:
            self.type(line + "\r")

    def _read(self, deadline):
        remaining = deadline - time.monotonic()
        if remaining <= 0 or not select.select([self.controller], [], [], remaining)[0]:
            raise AssertionError("it never came; the screen:\n" + "\n".join(self.screen.lines()))
        octets = read_terminal(self.controller)
        self.screen.feed(octets)
        return bool(octets)

    def until(self, ready):
        deadline = time.monotonic() + WAIT
        while not (value := ready(self.screen)):
            if not self._read(deadline):
                shown = "\n".join(self.screen.lines())
                raise AssertionError(f"the chat ended; the screen:\n{shown}")
        return value

    def sees(self, pattern):
        return self.until(lambda screen: re.search(pattern, "\n".join(screen.lines())))

    def ends(self, status=0):
        deadline = time.monotonic() + WAIT
        while self._read(deadline):
            pass
        assert self.process.wait(WAIT) == status, "\n".join(self.screen.lines())
        return "\n".join(self.screen.lines())

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.controller)


@pytest.fixture
def server(start):
    """Its name is not the machine's, so that the machine's appears only where NAME was asked."""
    return start("--workers", 2, "--name", "relay under test")


@pytest.fixture
def chat():
    """chat(Pipe or Terminal, server) gives a running one, killed at the end if it still runs."""
    chats = []

    def start_chat(kind=Pipe, server=None, *arguments):
        chats.append(kind(server, *arguments))
        return chats[-1]

    yield start_chat
    for each in chats:
        each.kill()


def connected(chat, server, kind=Pipe):
    each = chat(kind)
    each.sees("(?i)connect")
    each.say("1", where(server))
    each.sees(r"(?i)connected[^\n]*\n")  # the line may name the machine
    return each


@pytest.fixture(params=[Pipe, Terminal], ids=["pipe", "terminal"])
def kind(request):
    return request.param


def test_the_menu_is_shown_at_start_and_on_a_question_mark(chat, kind):
    each = chat(kind)
    for word in ("(?i)connect", "(?i)quit"):
        each.sees(word)
    each.say("?")
    each.sees("(?i)connect")
    each.say("0")
    each.ends()


def test_all_seven_functions_by_number(chat, kind, server):
    peer = server.peer("ada", acks=True)
    each = chat(kind)
    each.sees("(?i)connect")
    each.say("1", where(server))
    each.sees("(?i)connected")
    each.say("3")
    each.sees(str(time.localtime().tm_year))
    each.say("4")
    each.sees(MACHINE)
    each.say("5")
    each.sees(str(peer.local_address[1]))
    each.say("6", str(peer.number), "hello from the menu")
    assert peer.message()[Tag.DATA] == b"hello from the menu"
    each.sees(DELIVERED)
    each.say("2")
    each.sees("(?i)disconnected")
    each.say("0")
    each.ends()


def test_all_seven_functions_by_word(chat, kind, server):
    peer = server.peer("ada", acks=True)
    each = chat(kind)
    each.sees("(?i)connect")
    each.say("connect " + where(server))
    each.sees("(?i)connected")
    each.say("time")
    each.sees(str(time.localtime().tm_year))
    each.say("name")
    each.sees(MACHINE)
    each.say("list")
    each.sees(str(peer.local_address[1]))
    each.say(f"send {peer.number} hello by word")
    assert peer.message()[Tag.DATA] == b"hello by word"
    each.sees(DELIVERED)
    each.say("disconnect")
    each.sees("(?i)disconnected")
    each.say("quit")
    each.ends()


def test_connect_takes_host_and_port_in_two_words(chat, server):
    each = chat()
    host, port = server.address
    each.say("1", f"{host} {port}", "4")
    each.sees(MACHINE)
    each.say("0")
    each.ends()


def test_before_connecting_only_connect_and_quit_do_something(chat, server):
    each = chat()
    each.say("3", "5", "send 1 x", "list")
    each.sees("(?i)connect")
    each.say("1", where(server), "4")
    each.sees(MACHINE)
    each.say("0")
    each.ends(each.FAILED)


def test_time_100(chat, server):
    each = connected(chat, server)
    each.say("time 100")
    each.sees(r"\b100\b")
    each.say("0")
    each.ends()


def test_a_message_shows_number_name_address_and_time(chat, kind, server):
    each = connected(chat, server, kind)
    sender = server.peer("ada")
    number = next(entry.number for entry in sender.clients() if entry.number != sender.number)
    sent = sender.send(number, "good evening")
    assert sender.verdict(sent) == "delivered"
    each.sees("good evening")
    whole = "\n".join(each.screen.lines()) if kind is Terminal else None
    if whole:
        shown = next(part for part in whole.split("\n\n") if "good evening" in part)
        for fact in ("ada", str(sender.number), str(sender.local_address[1])):
            assert fact in shown
        assert re.search(r"\d\d:\d\d", shown)
    each.say("0")
    each.ends()


def test_messages_in_a_pipe_show_who_and_when(chat, server):
    each = connected(chat, server)
    sender = server.peer("ada")
    number = next(entry.number for entry in sender.clients() if entry.number != sender.number)
    for content in ("one", "two"):
        assert sender.verdict(sender.send(number, content)) == "delivered"
    each.say("0")
    text = each.ends()
    assert text.index("one") < text.index("two")
    for fact in ("ada", str(sender.local_address[1])):
        assert fact in text


def test_send_to_names_and_rooms(chat, server):
    each = connected(chat, server)
    peer = server.peer("ada", acks=True)
    peer.ok(Type.JOIN, wire.to_room("tea"))
    each.say("join tea")
    peer.eventually(lambda: peer.rooms() == {"tea": 2}, what="the room")
    each.say("send #tea for the room", "send @ada for the name")
    assert peer.message()[Tag.DATA] == b"for the room"
    assert peer.message()[Tag.DATA] == b"for the name"
    sent = peer.send("#tea", "back to the room")
    assert peer.answer(sent)[Tag.COUNT] == 1
    each.sees("back to the room")
    each.say("leave tea")
    peer.eventually(lambda: peer.rooms() == {"tea": 1}, what="the leave")
    each.say("0")
    each.ends()


def test_watch_tells_who_comes(chat, server):
    each = connected(chat, server)
    each.say("watch")
    each.say("4")
    each.sees(MACHINE)
    peer = server.peer("newcomer")
    each.sees("newcomer")
    peer.close()
    each.say("0")
    each.ends()


def test_a_bad_verdict_is_told(chat, server):
    each = connected(chat, server)
    each.say("send 4711 hello")
    each.sees("(?i)no.such.client|no client|nobody")
    each.say("0")
    each.ends(each.FAILED)


NONSENSE = [
    "", "   ", "frobnicate", "99", "-1", "6 6 6", "send", "no recipient", "", "time x",
    "time 99999999999999", "send @ x", "join", "x" * 3000, "", "\u202e",
]  # fmt: skip


def test_nonsense_is_answered_and_nothing_ends(chat, kind, server):
    each = connected(chat, server, kind)
    for line in NONSENSE:
        each.say(line)
    each.say("4")
    each.sees(MACHINE)
    each.say("0")
    each.ends(each.FAILED)


def test_the_end_of_input_is_quit(chat, server):
    each = connected(chat, server)
    each.process.stdin.close()
    each.process.stdin = None
    each.ends()
    probe = server.peer()
    probe.eventually(lambda: probe.numbers() == [probe.number], what="the departure")


def test_what_is_in_the_pipe_is_done_before_the_end_of_input_ends_it(server):
    """Scripts: all is piped in at once, all is done, and each answer is printed."""
    peer = server.peer("ada", acks=True)
    process = launch(None, "chat", stdin=subprocess.PIPE)
    script = f"connect {where(server)}\ntime\nname\nlist\nsend @ada scripted\n"
    process.stdin.write(script.encode())
    process.stdin.close()
    process.stdin = None
    assert peer.message()[Tag.DATA] == b"scripted"
    done = Done(process).succeeded()
    assert socket.gethostname() in done.text
    assert re.search(DELIVERED, done.text)


def test_a_lost_connection_is_told_at_once(chat, kind, start):
    server = start()
    each = connected(chat, server, kind)
    server.kill()
    each.sees("(?i)lost|closed|ended|disconnected")
    each.say("0")
    each.ends(each.FAILED)


def test_a_connection_refused_is_told_and_one_may_try_again(chat, server):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    each = chat()
    each.say("1", f"127.0.0.1:{port}")
    each.sees("(?i)refused")
    each.say("1", where(server))
    each.sees("(?i)connected")
    each.say("0")
    each.ends(each.FAILED)


def test_an_interrupt_leaves_no_trace(chat, server):
    each = connected(chat, server, Terminal)
    each.process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + WAIT
    while each.process.poll() is None and time.monotonic() < deadline:
        if select.select([each.controller], [], [], 0.1)[0]:
            try:
                os.read(each.controller, 65536)
            except OSError:
                break
    each.process.wait(WAIT)
    probe = server.peer()
    probe.eventually(lambda: probe.numbers() == [probe.number], what="the departure")


# On a terminal


def number_of_chat(sender):
    return next(entry.number for entry in sender.clients() if entry.number != sender.number)


def test_a_message_appears_above_the_line_being_typed(chat, server):
    each = connected(chat, server, Terminal)
    sender = server.peer("ada")
    number = number_of_chat(sender)
    each.type("send 1 half a senten")
    each.until(lambda screen: screen.current().endswith("half a senten"))
    typed = each.screen.current()
    for content in ("interruption one", "interruption two"):
        assert sender.verdict(sender.send(number, content)) == "delivered"
        each.sees(content)
        each.until(lambda screen: screen.current() == typed)
    lines = each.screen.lines()
    assert lines[-1] == typed
    assert sum("half a senten" in line for line in lines) == 1
    # And what is typed goes on where it was.
    each.type("\x7fnce")
    each.until(lambda screen: screen.current().endswith("half a sentence"))
    each.type("\x15")  # the line editor's kill-line
    each.say("0")
    each.ends()


def test_wide_characters_in_the_line_and_in_messages(chat, server):
    each = connected(chat, server, Terminal)
    sender = server.peer("小明")
    number = number_of_chat(sender)
    each.type("send 1 你好，世")
    each.until(lambda screen: "你好，世" in screen.current())
    typed, column = each.screen.current(), each.screen.column
    assert sender.verdict(sender.send(number, "晚上好 é")) == "delivered"
    each.sees("晚上好 é")
    each.until(lambda screen: screen.current() == typed and screen.column == column)
    each.type("\x7f界")
    each.until(lambda screen: screen.current().endswith("你好，界"))
    each.type("\x15")
    each.say("0")
    each.ends()


def test_a_typed_line_longer_than_the_screen_is_wide_survives_a_message(chat, server):
    each = connected(chat, server, Terminal)
    sender = server.peer("ada", acks=True)
    number = number_of_chat(sender)
    long_text = "".join(chr(ord("a") + at % 26) for at in range(150))
    each.type(f"send {sender.number} {long_text}")
    each.until(lambda screen: long_text[-10:] in "".join(screen.lines()[-3:]))
    assert sender.verdict(sender.send(number, "meanwhile")) == "delivered"
    each.sees("meanwhile")
    each.type("!\r")
    assert sender.message()[Tag.DATA] == long_text.encode() + b"!"
    each.say("0")
    each.ends()


def test_many_messages_while_typing_leave_one_line_typed(chat, server):
    each = connected(chat, server, Terminal)
    sender = server.peer("ada")
    number = number_of_chat(sender)
    each.type("send 1 unfinished")
    each.until(lambda screen: screen.current().endswith("unfinished"))
    typed = each.screen.current()
    sent = [sender.send(number, f"burst {turn:03d}") for turn in range(100)]
    each.sees("burst 099")
    assert {sender.verdict(id_) for id_ in sent} == {"delivered"}
    each.until(lambda screen: screen.current() == typed)
    text = "\n".join(each.screen.lines())
    assert [int(turn) for turn in re.findall(r"burst (\d{3})", text)] == list(range(100))
    each.type("\x15")
    each.say("0")
    each.ends()


def test_evil_messages_do_not_move_the_screen(chat, server):
    each = connected(chat, server, Terminal)
    sender = server.peer("\u202eevil")
    number = number_of_chat(sender)
    each.sees("(?i)connected")
    content = b"\x1b[2J\x1b[H\x1b]0;owned\x07\x1bc\r\b\b\x9b31m\xc2\x9b31m survived \xff\x00"
    assert sender.verdict(sender.send(number, content)) == "delivered"
    each.sees("survived")
    # The screen would not hold this any more, had it been obeyed.
    each.sees("(?i)connected")
    each.say("0")
    each.ends()


def test_completion_and_history(chat, server):
    each = connected(chat, server, Terminal)
    each.type("disc\t")
    each.until(lambda screen: "disconnect" in screen.current())
    each.type("\x15")
    each.say("name")
    each.sees(MACHINE)
    each.until(lambda screen: screen.current().endswith(">"))
    each.type("\x1b[A")
    each.until(lambda screen: screen.current().endswith("name"))
    each.type("\x15")
    each.say("0")
    each.ends()


def test_the_terminal_is_left_as_it_was(chat, server):
    each = chat(Terminal)
    each.sees("(?i)connect")
    each.say("1", where(server))
    each.sees("(?i)connected")
    each.say("0")
    each.ends()
    assert termios.tcgetattr(each.controller)[:4] == each.settings[:4]


def test_ctrl_c_gives_up_connecting_and_questions(chat, server):
    silent = FakeServer(b"")
    try:
        each = chat(Terminal)
        each.sees("(?i)connect")
        each.say("connect " + where(silent))
        each.sees("Ctrl-C or 2 gives up")
        each.type("\x03")
        each.sees("Gave up connecting")
        each.until(lambda screen: screen.current() == "wiretale>")
        each.say("1")
        # The question, not the menu: with Ctrl-C the kernel drops what nobody has read yet.
        each.until(lambda screen: "HOST[:PORT]" in screen.current())
        each.type("\x03")
        each.sees(r"Given up\.")
        each.until(lambda screen: screen.current() == "wiretale>")
        each.say("0")
        each.ends()
    finally:
        silent.close()


def test_a_half_typed_answer_never_becomes_a_command(chat, start):
    server = start()
    each = connected(chat, server, Terminal)
    each.say("send 1")
    each.until(lambda screen: screen.current().startswith("Text:"))
    each.type("quit")
    each.until(lambda screen: screen.current() == "Text: quit")
    server.kill()
    each.sees("(?i)not sent; it is in the history")
    each.until(lambda screen: screen.current() == "wiretale>")
    each.type("\r\x1b[A")
    each.until(lambda screen: screen.current() == "wiretale> quit")
    each.type("\x15")
    each.say("0")
    each.ends()


def test_an_answer_behind_a_lost_question_is_no_command(chat, start):
    server = start()
    each = connected(chat, server)
    each.say("6")
    each.sees("ADDRESS")  # and with the list, the question to whom
    server.kill()
    each.sees("(?i)lost")
    each.say("quit", "?")
    each.sees("(?i)not taken")
    each.sees("(?i)connect")
    each.say("0")
    each.ends(1)


def test_a_request_without_answer_is_told(chat):
    fake = FakeServer(answers={FakeServer.ANY: Replies.silence})
    try:
        each = chat(Pipe, None, "--timeout", "0.3")
        each.say("connect " + where(fake), "time", "name", "quit")
        each.sees(r"No answer to time for 0\.300 s\.")
        each.sees(r"No answer to name for 0\.300 s\.")
        each.ends(1)
    finally:
        fake.close()


# Hostile servers


@pytest.mark.parametrize(
    "reply",
    [Replies.garbage, Replies.end, Replies.reset, Replies.truncated, Replies.huge_length,
     Replies.fields_missing, Replies.refusal_with_escapes, Replies.bye_in_place_of_an_answer,
     Replies.error_in_place_of_an_answer],
    ids=lambda reply: reply.__name__,
)  # fmt: skip
def test_a_hostile_server_ends_no_chat(chat, reply, server):
    fake = FakeServer(answers={FakeServer.ANY: reply})
    try:
        each = chat()
        each.say("connect " + where(fake), "time", "list", "name")
        each.say("connect " + where(server), "disconnect", "connect " + where(server), "name")
        each.sees(MACHINE)
        each.say("0")
        each.ends(each.FAILED)
    finally:
        fake.close()


def test_a_hostile_greeting_is_told_harmlessly(chat):
    fake = FakeServer(hello(name=b"\x1b[2J", text=b"\x1b]0;owned\x07\x1b[2J words"))
    try:
        each = chat()
        each.say("connect " + where(fake), "0")
        each.ends(each.FAILED)
    finally:
        fake.close()


def test_a_flood_of_messages_is_bounded(chat):
    def flood(request):
        octets = b"".join(message(number, b"x" * 1000) for number in range(1, 20001))
        return octets + respond(request, field(Tag.TIME, bytes(8)), field(Tag.ZONE, bytes(4)))

    fake = FakeServer(answers={Type.TIME: flood})
    try:
        each = chat()
        each.say("connect " + where(fake), "time")
        each.say("0")
        out, _ = each.process.communicate(timeout=30)
        assert each.process.returncode in (0, 1)
        assert not OBEYED.search(out)
    finally:
        fake.close()
