"""Runs `wiretale socket`, in a pipe, beside plain sockets of Python."""

import json
import os
import re
import select
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

PATIENCE = float(os.environ.get("WIRETALE_TEST_PATIENCE", "1"))
WAIT = 15 * PATIENCE
ROOT = Path(__file__).resolve().parents[2]
WIRETALE = os.environ.get("WIRETALE", str(ROOT / "build" / "wiretale"))
SANITIZER = re.compile(r"AddressSanitizer|LeakSanitizer|ThreadSanitizer|runtime error:")
# A terminal obeys these: C0 but newline and tab, DEL.
OBEYED = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")


def plain_server(family=socket.AF_INET, backlog=16):
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.settimeout(WAIT)
    listener.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
    listener.listen(backlog)
    return listener


def port_of(a_socket):
    return a_socket.getsockname()[1]


def accept(listener):
    connection, _ = listener.accept()
    connection.settimeout(WAIT)
    return connection


def call(port, host="127.0.0.1"):
    return socket.create_connection((host, port), WAIT)


def receive_exactly(connection, count):
    octets = b""
    while len(octets) < count:
        piece = connection.recv(count - len(octets))
        assert piece, f"the stream ended after {octets!r}"
        octets += piece
    return octets


def receive_all(connection):
    octets = b""
    while piece := connection.recv(65536):
        octets += piece
    return octets


def is_reset(connection):
    """Waits for the end: an RST, and not a FIN."""
    try:
        receive_all(connection)
    except ConnectionResetError:
        return True
    return False


class Stream:
    """What a pipe brings, read by a thread so that no side ever waits for the other."""

    def __init__(self, pipe):
        self.pipe = pipe
        self.octets = b""
        self.ended = False
        self.changed = threading.Condition()
        self.seen = 0
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        while piece := os.read(self.pipe.fileno(), 65536):
            with self.changed:
                self.octets += piece
                self.changed.notify_all()
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    def wait(self, pattern):
        """Waits for it behind what was waited for before."""
        expression = re.compile(pattern)
        end = time.monotonic() + WAIT
        with self.changed:
            while True:
                found = expression.search(self.octets, self.seen)
                if found:
                    self.seen = found.end()
                    return found
                left = end - time.monotonic()
                assert left > 0 and not self.ended, f"no {pattern!r} in {self.octets[-2000:]!r}"
                self.changed.wait(left)


class Bare:
    def __init__(self, mode, place, *options, stdin=subprocess.PIPE, read=True, limit=None):
        self.arguments = [WIRETALE, "socket", mode, place, *[str(option) for option in options]]
        self.process = subprocess.Popen(
            self.arguments,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=limit,
        )
        self.out = Stream(self.process.stdout)
        self.err = Stream(self.process.stderr)
        self.port = None
        self.json = "--json" in options
        if mode == "listen":
            told = (self.out.wait(rb'"local":"[^"]*:(\d+)"') if self.json else
                    self.err.wait(rb"Listening at \S*:(\d+)\."))
            self.port = int(told.group(1))

    def write(self, octets):
        self.process.stdin.write(octets)
        self.process.stdin.flush()

    def end_input(self):
        self.process.stdin.close()

    def call(self):
        """A plain client of it, whose coming it has told."""
        client = call(self.port)
        if self.json:
            self.out.wait(rb'"type":"connected"')
        else:
            self.err.wait(rb"Client \d+ is connected")
        return client

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.status()

    def status(self):
        """How it ended, by itself."""
        self.process.wait(WAIT)
        self.out.thread.join(WAIT)
        self.err.thread.join(WAIT)
        return self.process.returncode

    @property
    def words(self):
        return self.err.octets.decode()

    def lines(self):
        return [json.loads(line) for line in self.out.octets.decode().splitlines()]

    def of_type(self, kind):
        return [line for line in self.lines() if line["type"] == kind]

    def resident_bytes(self):
        pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def finish(self):
        problems = []
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(WAIT)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                problems.append(f"{self.arguments[2:]} did not end")
        self.out.thread.join(WAIT)
        self.err.thread.join(WAIT)
        if self.process.stdin and not self.process.stdin.closed:
            try:
                self.process.stdin.close()
            except BrokenPipeError:
                pass
        self.process.stdout.close()
        self.process.stderr.close()
        words = self.err.octets.decode("utf-8", "replace")
        if SANITIZER.search(words):
            problems.append(words)
        if self.process.returncode < 0:
            problems.append(f"{self.arguments[2:]} ended by signal {-self.process.returncode}")
        if OBEYED.search(self.err.octets):
            problems.append(f"control characters: {self.err.octets!r}")
        return problems


def readable(connection, seconds):
    return bool(select.select([connection], [], [], seconds)[0])
