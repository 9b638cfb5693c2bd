"""Captures of this machine's loopback: real stacks, real times. tcpdump writes, sockets talk."""

import contextlib
import errno
import os
import secrets
import shutil
import signal
import socket
import struct
import subprocess
import threading


ADDRESS = f"127.77.{os.getpid() >> 8 & 255}.{os.getpid() & 255}"


class NotPermitted(Exception):
    """This user may not capture."""


class Recording:
    """tcpdump on the loopback. It has seen all that was sent before done() returns.

    What others send over the loopback meanwhile is none of ours: our sockets have an address of
    this process's own in 127/8, and one port of IPv6.
    """

    def __init__(self, path, filter_more=""):
        tcpdump = shutil.which("tcpdump") or shutil.which("tcpdump", path="/usr/sbin:/sbin")
        if not tcpdump:
            raise NotPermitted("no tcpdump")
        self.reader = None
        self.mark = secrets.token_bytes(16)
        self.marker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.marker.bind((ADDRESS, 0))
        self.file = open(path, "wb")  # pylint: disable=consider-using-with
        self.tcpdump = subprocess.Popen(  # pylint: disable=consider-using-with
            [tcpdump, "-i", "lo", "-U", "--immediate-mode", "-s", "0", "-B", "32768", "-w", "-",
             f"host {ADDRESS}{filter_more}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        said = self.tcpdump.stderr.readline()
        while said and b"listening on" not in said:
            said = self.tcpdump.stderr.readline()
        if not said:
            self.end()
            raise NotPermitted("tcpdump may not capture here")
        self.reader = threading.Thread(target=self.copy_all, daemon=True)
        self.reader.start()

    def copy(self, length):
        data = self.tcpdump.stdout.read(length)
        self.file.write(data)
        return data

    def copy_all(self):
        """Until a datagram comes that was sent after everything."""
        record = self.copy(24)
        while record and not record.endswith(self.mark):
            header = self.copy(16)
            record = self.copy(struct.unpack("<I", header[8:12])[0]) if len(header) == 16 else b""

    def done(self):
        while self.reader.is_alive():  # a full buffer loses datagrams, hence again and again
            self.marker.sendto(self.mark, self.marker.getsockname())
            self.reader.join(0.2)
        self.end()

    def end(self):
        self.tcpdump.send_signal(signal.SIGTERM)
        if self.reader:
            self.reader.join()
        self.tcpdump.stdout.close()
        self.tcpdump.stderr.close()
        self.tcpdump.wait()
        self.marker.close()
        self.file.close()


def listener(address=ADDRESS, receive_buffer=None):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    if receive_buffer:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    made.bind((address, 0))
    made.listen()
    return made


def pair(receive_buffer=None):
    with listener(ADDRESS, receive_buffer) as listening:
        return connected(listening)


def connected(listening):
    client = socket.create_connection(listening.getsockname()[:2], timeout=20)
    server, _ = listening.accept()
    server.settimeout(20)
    return client, server


def question_and_answer(listening=None):
    client, server = connected(listening) if listening else pair()
    with client, server:
        for turn in range(20):
            client.sendall(b"question %d" % turn)
            server.recv(1000)
            server.sendall(b"answer" * turn + b".")
            client.recv(1000)
        client.shutdown(socket.SHUT_WR)
        assert server.recv(1) == b""
        server.sendall(b"and that was all")
        server.close()
        while client.recv(1000):
            pass


def much_at_once():
    client, server = pair()
    with client, server:
        client.setblocking(False)
        sent = received = 0
        while received < 1_000_000:
            if sent < 1_000_000:
                with contextlib.suppress(BlockingIOError):
                    sent += client.send(bytes(1_000_000 - sent))
            received += len(server.recv(300_000))


def a_closed_window():
    """The receiver does not read until the sender can send no more."""
    client, server = pair(receive_buffer=4096)
    with client, server:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        client.setblocking(False)
        sent = received = 0
        with contextlib.suppress(BlockingIOError):
            while True:
                sent += client.send(bytes(2000))
        while received < sent:
            received += len(server.recv(65536))


def nobody_listens():
    with listener() as listening:
        address = listening.getsockname()
    with socket.socket() as client:
        assert client.connect_ex(address) == errno.ECONNREFUSED


def a_reset():
    client, server = pair()
    with server:
        client.sendall(b"hello")
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
        with contextlib.suppress(ConnectionResetError):
            while server.recv(10):
                pass


def unread_data_at_close():
    client, server = pair()
    with client:
        client.sendall(b"never read")
        server.recv(1)
        server.close()
        with contextlib.suppress(ConnectionResetError):
            client.recv(1)


def urgent():
    client, server = pair()
    with client, server:
        client.sendall(b"before")
        client.send(b"!", socket.MSG_OOB)
        client.sendall(b"after")
        got = b""
        while len(got) < 11:
            got += server.recv(100)


def a_socket_that_connects_to_itself():
    with socket.socket() as me:
        me.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        me.bind((ADDRESS, 0))
        me.connect(me.getsockname())
        me.sendall(b"hello, me")
        me.recv(100)


def ports_used_again():
    """The same four-tuple at once: linger 0 leaves no TIME_WAIT behind."""
    with listener() as listening:
        own = None
        for _ in range(3):
            client = socket.socket()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if own:
                # Meanwhile it may be somebody else's on a busy machine: then another will do.
                with contextlib.suppress(OSError):
                    client.bind(own)
            client.connect(listening.getsockname())
            own = client.getsockname()
            server, _ = listening.accept()
            client.sendall(b"once more")
            server.recv(100)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
            server.close()


def record(path):
    talks = [question_and_answer, much_at_once, a_closed_window, nobody_listens, a_reset,
             unread_data_at_close, urgent, a_socket_that_connects_to_itself, ports_used_again]
    listening, more = None, ""
    with contextlib.suppress(OSError):
        listening = listener("::1")
        more = f" or (ip6 and tcp port {listening.getsockname()[1]})"
    recording = Recording(path, more)
    try:
        for talk in talks:
            talk()
        if listening:
            with listening:
                question_and_answer(listening)
    except BaseException:
        recording.end()
        raise
    recording.done()
