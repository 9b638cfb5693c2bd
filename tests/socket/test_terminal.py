"""On a terminal: what comes appears above the line being typed, which stays as it was; lines that
begin with a slash are commands."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

import pytest

import bare
from bare import accept, call, is_reset, port_of, receive_all, receive_exactly
from pty_reading import read_terminal
from screen import Screen


class Terminal:
    def __init__(self, *arguments, kind="xterm", columns=80):
        self.screen = Screen(columns=columns)
        self.fd, inner = pty.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.process = subprocess.Popen(
            [bare.WIRETALE, "socket", *[str(argument) for argument in arguments]],
            stdin=inner, stdout=inner, stderr=inner, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
            env={**os.environ, "TERM": kind, "NO_COLOR": "1"})
        os.close(inner)

    def _read(self, seconds):
        if not select.select([self.fd], [], [], seconds)[0]:
            return False
        octets = read_terminal(self.fd)
        self.screen.feed(octets)
        return bool(octets)

    def sees(self, pattern):
        """Waits until a line of the screen matches; gives that line's match."""
        end = time.monotonic() + bare.WAIT
        while True:
            for line in self.screen.lines():
                found = re.search(pattern, line)
                if found:
                    return found
            assert time.monotonic() < end, f"no {pattern!r} in {self.screen.lines()}"
            self._read(0.2)

    def types(self, text):
        os.write(self.fd, text.encode())

    def enters(self, text):
        self.types(text + "\r")

    def status(self):
        end = time.monotonic() + bare.WAIT
        while self.process.poll() is None:
            assert time.monotonic() < end, f"it does not end: {self.screen.lines()}"
            self._read(0.05)
        while self._read(0):
            pass
        return self.process.returncode

    def finish(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.fd)


@pytest.fixture
def terminal():
    opened = []

    def open_one(*arguments, **words):
        opened.append(Terminal(*arguments, **words))
        return opened[-1]

    yield open_one
    for one in opened:
        one.finish()


def listening(terminal, *options, **words):
    """Gives the terminal and its port."""
    one = terminal("listen", "127.0.0.1:0", *options, **words)
    port = int(one.sees(r"Listening at 127\.0\.0\.1:(\d+)\.").group(1))
    one.sees(r"^> $|^>$")
    return one, port


def test_what_comes_does_not_garble_what_is_being_typed(terminal, server):
    one = terminal("connect", f"127.0.0.1:{port_of(server)}")
    with accept(server) as connection:
        one.sees(r"^>")
        one.types("half a")
        one.sees("^> half a$")
        connection.sendall(b"news\nmore news\n")
        one.sees("^< more news$")
        one.sees("^> half a$")
        one.enters(" line")
        assert receive_exactly(connection, 12) == b"half a line\n"
        one.sees("^> half a line$")
        assert [line for line in one.screen.lines() if "half a" in line] == ["> half a line"]
        one.enters("/quit")
        assert receive_all(connection) == b""
    assert one.status() == 0


def test_lines_go_to_all_or_to_one_and_commands_end_the_right_one(terminal):
    one, port = listening(terminal)
    with call(port) as first:
        one.sees("Client 1 is connected")
        with call(port) as second:
            one.sees("Client 2 is connected")
            one.enters("to all")
            assert receive_exactly(first, 7) == receive_exactly(second, 7) == b"to all\n"
            one.enters("@2 to two")
            assert receive_exactly(second, 7) == b"to two\n"
            one.enters("//slash")
            assert receive_exactly(first, 7) == receive_exactly(second, 7) == b"/slash\n"
            one.enters("/list")
            one.sees(rf"^   1  127\.0\.0\.1:{port_of(first)}\s+open, 0 received, 14 sent$")
            one.enters("/half 1")
            one.sees("We send client 1 nothing more")
            assert first.recv(1) == b""
            first.sendall(b"still\n")
            one.sees("^1< still$")
            one.enters("/reset 2")
            assert is_reset(second)
            one.sees(r"We reset the connection with client 2 \(RST\)\.")
        one.enters("/close 1")
        one.sees("We closed the connection with client 1")
    one.enters("nobody?")
    one.sees("Nobody is connected")
    one.enters("@7 hello")
    one.sees("There is no client 7")
    one.enters("/clsoe")
    one.sees("did you mean /close")
    one.enters("/quit")
    assert one.status() == 0


def test_bytes_can_be_typed(terminal, server):
    one = terminal("connect", f"127.0.0.1:{port_of(server)}", "--line-end", "crlf")
    with accept(server) as connection:
        one.sees("^>")
        one.enters("line")
        one.enters(r"/say no end\x00")
        one.enters("/hex 00 ff")
        assert receive_exactly(connection, 15) == b"line\r\nno end\0\x00\xff"
        one.enters("/hex 0")
        one.sees("Not sent: bytes are written as two hex digits")
        one.enters("/quit")
    assert one.status() == 0


def test_a_dump_shows_places_hex_and_letters(terminal, server):
    one = terminal("connect", f"127.0.0.1:{port_of(server)}", "--hex")
    with accept(server) as connection:
        one.sees("^>")
        connection.sendall(b"Hello, client!\x00\xff and more")
        one.sees(r"^< 0000  48 65 6c 6c 6f 2c 20 63  6c 69 65 6e 74 21 00 ff  "
                 r"\|Hello, client!\.\.\|$")
        one.sees(r"^< 0010  20 61 6e 64 20 6d 6f 72  65 +\| and more\|$")
        one.enters("68 69")
        assert receive_exactly(connection, 2) == b"hi"
        one.enters("/quit")
    assert one.status() == 0


def test_hostile_bytes_and_padding_are_harmless_and_short(terminal, server):
    one = terminal("connect", f"127.0.0.1:{port_of(server)}")
    with accept(server) as connection:
        one.sees("^>")
        connection.sendall(b"\x1b[2J\x1b]0;owned\x07" + b"0hello".ljust(100, b"\0"))
        one.sees(r"^< \\x1b\[2J\\x1b\]0;owned\\x070hello \(94 zero bytes\)$")
        one.enters("/quit")
    assert one.status() == 0


@pytest.mark.parametrize("key", ["\x03", "\x04"], ids=["ctrl-c", "ctrl-d"])
def test_ctrl_c_and_ctrl_d_end_in_order(terminal, key):
    one, port = listening(terminal)
    with call(port) as client:
        one.sees("Client 1 is connected")
        one.types(key)
        assert receive_all(client) == b""
    assert one.status() == 0


def test_calls_stand_above_the_line_being_typed(terminal, server):
    one = terminal("connect", f"127.0.0.1:{port_of(server)}", "--calls")
    with accept(server) as connection:
        one.sees("^>")
        one.types("half")
        one.sees("^> half$")
        connection.sendall(b"x\n")
        one.sees(r'^recv\(3, "x\\n", 65536, 0\) = 2$')
        one.sees("^> half$")
    one.sees(r"^close\(3\) = 0$")
    assert one.status() == 0


def test_a_terminal_that_can_only_print_works_too(terminal, server):
    one = terminal("connect", f"127.0.0.1:{port_of(server)}", kind="dumb")
    with accept(server) as connection:
        one.sees("What you type goes to the peer")
        one.types("plain\n")
        assert receive_exactly(connection, 6) == b"plain\n"
        connection.sendall(b"answer\n")
        one.sees("^< answer$")
        one.types("/quit\n")
        assert receive_all(connection) == b""
    assert one.status() == 0


def test_a_line_for_a_peer_that_does_not_read_is_refused_and_said(terminal, server):
    one = terminal("connect", f"127.0.0.1:{port_of(server)}", "--sndbuf", 4096, kind="dumb")
    with accept(server):
        one.sees("What you type goes to the peer")
        line = r"/say " + "x" * 4000
        for _ in range(2000):
            one.types(line + "\n")
            one._read(0)
            if any("Not sent to the peer, who does not read" in shown
                   for shown in one.screen.lines()[-8:]):
                break
        else:
            raise AssertionError("it takes without end")
        one.process.send_signal(signal.SIGTERM)
        # What is queued gets two seconds, and is then given up.
        one.sees(r"[1-9]\d* given\s*$|[1-9]\d* given up")
        assert one.status() == 0
