"""A scripted client: it sends what a test tells it to, well formed or not, keeps account of what
is open, and checks all that comes back against the document. It waits for events, never for time;
every wait has a deadline that only serves to fail.
"""

import os
import select
import socket
import time
from collections import deque

import wire
from wire import Kind, ProtocolError, Status, Tag, Type

PATIENCE = float(os.environ.get("WIRETALE_TEST_PATIENCE", "1"))
WAIT = 10 * PATIENCE
ASK_AGAIN_MS = 5


class Ended(AssertionError):
    """The server ended the stream while the test still waited for something."""


def connect(address, receive_buffer=None, source=None):
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        if receive_buffer:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        if source:
            connection.bind((source, 0))
        connection.settimeout(WAIT)
        connection.connect(address)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError:
        connection.close()
        raise
    connection.setblocking(False)
    return connection


class Peer:
    """One connection of version 1.

    acks: acknowledge each message as it arrives; answers_pings: answer the server's PING.
    companions: those among them who acknowledge are read whenever this one waits, so that a test
    may wait for a verdict without saying who gives it.
    Unasked frames gather in `inbox` until a test claims them, responses in `answers` by id: both
    hold only what is not claimed yet.
    """

    def __init__(
        self,
        address,
        name=None,
        *,
        acks=False,
        answers_pings=True,
        hello=True,
        receive_buffer=None,
        source=None,
        companions=(),
    ):
        self.companions = companions
        self.socket = connect(address, receive_buffer, source)
        self.local_address = self.socket.getsockname()[:2]
        self.acks, self.answers_pings = acks, answers_pings
        self.buffer = bytearray()
        self.inbox = deque()
        self.answers = {}
        self.arrived = []  # ids of the responses in order of arrival
        self.open = {}  # id -> list of (type, to a client) not answered yet
        self.history = deque(maxlen=20)
        self.limit = 1 << 20
        self.messages_seen = self.pings_seen = 0
        self.ended = False
        self.reset = False
        self.last_id = 0
        self.hello = None
        self.name = name
        if hello:
            self.read_hello()
            if name is not None:
                self.take_name(name)

    # Sending

    def send_raw(self, octets, within=WAIT):
        """Sends all of it, reading meanwhile, so that a full pipe never stops the test."""
        rest = memoryview(octets)
        deadline = time.monotonic() + within
        while rest:
            try:
                rest = rest[self.socket.send(rest) :]
            except BlockingIOError:
                self._wait(deadline, writing=True)

    def send_without_reading(self, octets, within):
        """Sends until done or until the pipe stays full for `within`; returns the bytes sent."""
        rest = memoryview(octets)
        while rest:
            try:
                rest = rest[self.socket.send(rest) :]
            except BlockingIOError:
                poll = select.poll()
                poll.register(self.socket, select.POLLOUT)
                if not poll.poll(within * 1000):
                    break
            except (ConnectionResetError, BrokenPipeError):
                self.reset = True
                break
        return len(octets) - len(rest)

    def expect_answer(self, type_, id_, to_client=False):
        """Notes a request that the test sends by itself."""
        self.open.setdefault(id_, []).append((type_, to_client))

    def new_id(self):
        self.last_id += 1
        return self.last_id

    def ask(self, type_, *fields, id_=None):
        """Sends a request and returns its id."""
        id_ = self.new_id() if id_ is None else id_
        to_room = any(part[:2] == b"\x00\x0b" for part in fields)
        self.expect_answer(type_, id_, type_ == Type.SEND and not to_room)
        self.send_raw(wire.request(type_, id_, *fields))
        return id_

    def ack(self, id_, through=None, type_=Type.SEND):
        self.send_raw(wire.ack(type_, id_, through))

    def send(self, to, content=b"", message_id=None, id_=None):
        """A SEND to a number, "@name" or "#room"; returns the request's id."""
        if isinstance(to, int):
            fields = [wire.to_number(to)]
        elif to.startswith("#"):
            fields = [wire.to_room(to[1:])]
        else:
            fields = [wire.to_name(to.lstrip("@"))]
        fields.append(wire.data(content))
        if message_id is not None:
            fields.append(wire.message_id(message_id))
        return self.ask(Type.SEND, *fields, id_=id_)

    # Receiving

    def _wait(self, deadline, writing=False):
        """One event on this socket, or on that of a companion who acknowledges."""
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            raise TimeoutError(self.story("nothing came in time"))
        poll = select.poll()
        poll.register(self.socket, select.POLLIN | (select.POLLOUT if writing else 0))
        readers = {self.socket.fileno(): self}
        for other in self.companions:
            if other is not self and isinstance(other, Peer) and other.acks and not other.ended:
                if other.socket.fileno() >= 0:
                    poll.register(other.socket, select.POLLIN)
                    readers[other.socket.fileno()] = other
        for descriptor, events in poll.poll(min(remaining, 60) * 1000):
            if events & (select.POLLIN | select.POLLHUP | select.POLLERR):
                readers[descriptor].receive()

    def receive(self):
        """Takes what the socket holds now; True while the stream lasts."""
        while not self.ended:
            try:
                octets = self.socket.recv(1 << 18)
            except BlockingIOError:
                return True
            except (ConnectionResetError, BrokenPipeError):
                self.ended = self.reset = True
                break
            if not octets:
                self.ended = True
                break
            self.buffer += octets
            self._digest()
        return False

    def _digest(self):
        while True:
            received = wire.take_frame(self.buffer, self.limit)
            if received is None:
                return
            self.history.append(received)
            if received.kind == Kind.RESPONSE:
                self._note_response(received)
            else:
                self._note_indication(received)

    def _note_response(self, received):
        expected = self.open.get(received.id, [])
        item = next((item for item in expected if item[0] == received.type), None)
        if item is None:
            raise ProtocolError(self.story(f"nobody asked for {received!r}"))
        to_client = item[1]
        self._close(received.id, item)
        self._deliver(received.id, received)
        through = received[Tag.THROUGH]
        if through is None:
            return
        if not to_client:
            raise ProtocolError(self.story(f"THROUGH does not belong in {received!r}"))
        for id_ in self._open_between(received.id + 1, through):
            for item in [item for item in self.open[id_] if item[0] == Type.SEND]:
                if not item[1]:
                    raise ProtocolError(self.story(f"a room's SEND {id_} lies in {received!r}"))
                self._close(id_, item)
                self._deliver(id_, received)

    def _open_between(self, first, last):
        if last - first < len(self.open):
            return [id_ for id_ in range(first, last + 1) if id_ in self.open]
        return sorted(id_ for id_ in self.open if first <= id_ <= last)

    def _close(self, id_, item):
        self.open[id_].remove(item)
        if not self.open[id_]:
            del self.open[id_]

    def _deliver(self, id_, received):
        self.answers.setdefault(id_, []).append(received)
        self.arrived.append(id_)

    def _note_indication(self, received):
        if received.type == Type.SEND:
            self.messages_seen += 1
            if received.id != self.messages_seen:
                raise ProtocolError(self.story(f"expected id {self.messages_seen}: {received!r}"))
            if self.acks:
                self.send_raw(wire.ack(Type.SEND, received.id))
        elif received.type == Type.PING:
            self.pings_seen += 1
            if received.id != self.pings_seen:
                raise ProtocolError(self.story(f"expected id {self.pings_seen}: {received!r}"))
            if self.answers_pings:
                self.send_raw(wire.ack(Type.PING, received.id))
                return
        self.inbox.append(received)

    def until(self, ready, within=WAIT, what="what the test waits for"):
        """Reads until ready() is true; returns its value."""
        deadline = time.monotonic() + within
        while True:
            value = ready()
            if value:
                return value
            if self.ended:
                raise Ended(self.story(f"the stream ended before {what}"))
            try:
                self._wait(deadline)
            except TimeoutError:
                raise TimeoutError(self.story(f"{what} did not come in {within:.1f} s")) from None

    def eventually(self, ready, within=WAIT, what="what the test waits for"):
        """For facts that must be asked for: asks again and again until ready() is true."""
        deadline = time.monotonic() + within
        while not (value := ready()):
            if time.monotonic() > deadline:
                raise TimeoutError(self.story(f"{what} did not come in {within:.1f} s"))
            self.barrier()
            poll = select.poll()
            poll.register(self.socket, select.POLLIN)
            poll.poll(ASK_AGAIN_MS)
        return value

    def expect(self, kind, type_, status=None, within=WAIT):
        """Claims the first unasked frame of this kind and type, waiting for it."""

        def claim():
            for received in self.inbox:
                if (received.kind, received.type) == (kind, type_):
                    self.inbox.remove(received)
                    return received
            return None

        what = f"{Kind(kind).name.lower()} {Type(type_).name}"
        found = self.until(claim, within, what)
        if status is not None:
            assert found.status == status, self.story(f"{found!r}, expected {Status(status)!r}")
        return found

    def answer(self, id_, within=WAIT):
        """The response to `id_` (or the one that stands for it by THROUGH)."""
        queue = self.until(lambda: self.answers.get(id_), within, f"the answer to {id_}")
        received = queue.pop(0)
        if not queue:
            del self.answers[id_]
        return received

    def verdict(self, id_, within=WAIT):
        """What became of a SEND: `delivered`, `passed` or the status's name."""
        received = self.answer(id_, within)
        if received.status != Status.OK:
            return received.status_name()
        return {1: "delivered", 2: "stored", 3: "passed"}[received[Tag.OUTCOME]]

    def call(self, type_, *fields, within=WAIT):
        return self.answer(self.ask(type_, *fields), within)

    def ok(self, type_, *fields, within=WAIT):
        received = self.call(type_, *fields, within=within)
        assert received.status == Status.OK, self.story(f"{received!r} is no success")
        return received

    def refused(self, status, type_, *fields):
        received = self.call(type_, *fields)
        assert received.status == status, self.story(f"{received!r}, expected {status!r}")
        return received

    def message(self, within=WAIT):
        """The next message."""
        return self.expect(Kind.INDICATION, Type.SEND, within=within)

    def presence(self, within=WAIT):
        """The next WATCH indication as ("came" or "went", entry)."""
        received = self.expect(Kind.INDICATION, Type.WATCH, within=within)
        return ("came" if received[Tag.FLAG] else "went"), received[Tag.ENTRY]

    def expect_error(self, status, within=WAIT):
        """ERROR with this status, then the end of the stream, and no RST on the way."""
        received = self.expect(Kind.INDICATION, Type.ERROR, status, within)
        self.expect_end(within)
        return received

    def expect_end(self, within=WAIT, reset_allowed=False):
        deadline = time.monotonic() + within
        while not self.ended:
            try:
                self._wait(deadline)
            except TimeoutError:
                raise TimeoutError(self.story(f"the stream did not end in {within} s")) from None
        if not reset_allowed:
            assert not self.reset, self.story("the stream ended by RST")
            assert not self.buffer, self.story("the stream ended inside a frame")

    def barrier(self):
        """A round trip: what the server sent before it is in the inbox now."""
        self.ok(Type.PING)

    def nothing_more(self):
        self.barrier()
        assert not self.inbox, self.story(f"unexpected: {list(self.inbox)}")

    def nothing_more_than(self, messages):
        """No message beyond this many has come on the whole connection."""
        self.barrier()
        assert self.messages_seen == messages, self.story(f"{self.messages_seen} messages")

    # Shorthands

    def read_hello(self):
        def first():
            return self.history and self.history[0]

        received = self.until(first, what="the first frame")
        self.inbox.remove(received)
        if received.type == Type.ERROR:
            self.inbox.append(received)
            raise Refused(self.story(f"{received!r} in place of HELLO"), received)
        assert received.type == Type.HELLO, self.story("the first frame is not HELLO")
        self.hello = received
        self.limit = received[Tag.LIMIT]

    def take_name(self, name):
        received = self.ok(Type.HELLO, wire.name(name))
        self.name = received[Tag.NAME]
        return received

    @property
    def number(self):
        return self.hello[Tag.NUMBER]

    def clients(self):
        """The whole list, page by page."""
        return self._pages(Type.LIST)

    def rooms(self):
        return {entry.name: entry.count for entry in self._pages(Type.ROOMS)}

    def _pages(self, type_):
        entries = []
        fields = []
        while True:
            page = self.ok(type_, *fields)
            entries += page[Tag.ENTRY]
            if page[Tag.CURSOR] is None:
                return entries
            fields = [wire.cursor(page[Tag.CURSOR])]

    def numbers(self):
        return [entry.number for entry in self.clients()]

    def half_close(self):
        self.socket.shutdown(socket.SHUT_WR)

    def abort(self):
        """Closes with RST."""
        linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close()

    def close(self):
        self.socket.close()

    def story(self, problem):
        lines = [f"{problem} (peer {self.socket.fileno()})"]
        lines += [f"  received {received!r}" for received in self.history]
        return "\n".join(lines)


class Refused(AssertionError):
    """ERROR in place of HELLO."""

    def __init__(self, words, received):
        super().__init__(words)
        self.frame = received


def gather(peers, done, within=WAIT):
    """Reads from many peers until done(peer) has held for each, or its stream ended. Those who are
    done are read on: others may wait for their acknowledgements."""
    poll = select.poll()
    by_descriptor = {}
    for peer in peers:
        if not peer.ended:
            poll.register(peer.socket, select.POLLIN)
            by_descriptor[peer.socket.fileno()] = peer
    waiting = {peer for peer in by_descriptor.values() if not done(peer)}
    deadline = time.monotonic() + within
    while waiting:
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            story = next(iter(waiting)).story("still waiting")
            raise TimeoutError(f"{len(waiting)} of {len(peers)} peers\n{story}")
        for descriptor, _ in poll.poll(remaining * 1000):
            peer = by_descriptor[descriptor]
            peer.receive()
            if peer.ended:
                poll.unregister(descriptor)
            if peer.ended or done(peer):
                waiting.discard(peer)
