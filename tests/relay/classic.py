"""The course assignment's own client: struct { long type; char data[256]; }, a hello text first."""

import socket
import struct

from peer import WAIT, connect

RECORD = struct.Struct("<q256s")
HELLO_BYTES = 256
CANCEL, TIME, NAME, CLIENT, SEND = 1, 2, 3, 4, 5


def record(type_, data=b""):
    return RECORD.pack(type_, data.encode() if isinstance(data, str) else data)


def words(octets):
    """The zero-terminated text; what follows the zero must not be leftovers of other memory."""
    content, zero, rest = octets.partition(b"\0")
    assert zero, f"data without a terminating zero: {octets!r}"
    assert not rest.strip(b"\0"), f"bytes behind the terminating zero: {octets!r}"
    return content


class Classic:
    def __init__(self, address, receive_buffer=None):
        self.socket = connect(address, receive_buffer)
        self.ip, self.port = self.socket.getsockname()[:2]
        self.socket.settimeout(WAIT)
        self.hello = words(self.read_exactly(HELLO_BYTES)).decode()

    def read_exactly(self, count):
        octets = bytearray()
        while len(octets) < count:
            more = self.socket.recv(count - len(octets))
            if not more:
                raise EOFError(f"the stream ended after {len(octets)} of {count} bytes")
            octets += more
        return bytes(octets)

    def send(self, type_, data=b""):
        self.socket.sendall(record(type_, data))

    def receive(self):
        type_, data = RECORD.unpack(self.read_exactly(RECORD.size))
        return type_, words(data)

    def call(self, type_, data=b""):
        self.send(type_, data)
        got, content = self.receive()
        assert got == type_, f"type {got} in answer to {type_}: {content!r}"
        return content.decode()

    def clients(self):
        """[(number, port, ip)] from the one record that the list is."""
        content = self.call(CLIENT)
        assert content.endswith(";") and len(content) <= 255
        entries = [entry.split(",") for entry in content[:-1].split(";")]
        return [(int(number), int(port), ip) for number, port, ip in entries]

    def say(self, to, content):
        """Sends content to (ip, port) and leaves the verdict to receive()."""
        prefix = f"{to[0]},{to[1]},".encode()
        self.send(SEND, prefix + (content.encode() if isinstance(content, str) else content))

    def expect_end(self):
        rest = self.socket.recv(RECORD.size)
        assert rest == b"", f"{rest!r} where the stream should end"

    def half_close(self):
        self.socket.shutdown(socket.SHUT_WR)

    def close(self):
        self.socket.close()
