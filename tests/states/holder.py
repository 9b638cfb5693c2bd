"""Holds sockets in chosen TCP states, in the network namespace it was started in.

Reads one command a line and answers "ok" when it is done, or "no: WHY". The commands are the
methods of Holder whose names do not begin with "_"; each makes one more socket (or pair) of its
state, and nothing is given back before the end.

A socket is kept from hearing its peer by a packet filter on the socket itself that lets nothing
in: so segments get lost, without a firewall and without waiting.
"""

import ctypes
import errno
import fcntl
import os
import socket
import struct
import sys

SO_ATTACH_FILTER, SO_DETACH_FILTER = 26, 27
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
V4, V6 = ("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6)


def deafen(sock):
    """Whatever comes for it is dropped: "ret 0"."""
    code = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))
    program = struct.pack("HP", 1, ctypes.addressof(code))
    sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)


def hear_again(sock):
    sock.setsockopt(socket.SOL_SOCKET, SO_DETACH_FILTER, 0)


def bring_loopback_up():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = fcntl.ioctl(any_socket, SIOCGIFFLAGS, struct.pack("16sh14x", b"lo", 0))
        flags = struct.unpack("16sh14x", request)[1] | IFF_UP
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags))


class Holder:
    def __init__(self):
        self._held = []
        self._listeners = {}

    def _keep(self, *sockets):
        self._held.extend(sockets)
        return sockets

    def _listener(self, where=V4, backlog=64, **options):
        address, family = where
        server = socket.socket(family, socket.SOCK_STREAM)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        for name, value in options.items():
            server.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
        server.bind((address, 0))
        server.listen(backlog)
        return self._keep(server)[0]

    def _pair(self, where=V4):
        """Client, server; all pairs of a family come from one listener."""
        if where not in self._listeners:
            self._listeners[where] = self._listener(where)
        server = self._listeners[where]
        client = socket.create_connection(server.getsockname()[:2])
        return self._keep(client, server.accept()[0])

    def closed(self):
        sock = self._keep(socket.socket())[0]
        sock.bind(("127.0.0.1", 0))

    def listen(self):
        self._listener()

    def full_listener(self):
        """One connection in its queue, one SYN that it does not take."""
        server = self._listener(backlog=0)
        self._keep(socket.create_connection(server.getsockname()))
        late = self._keep(socket.socket())[0]
        late.setblocking(False)
        if late.connect_ex(server.getsockname()) != errno.EINPROGRESS:
            raise OSError("the queue took one more")

    syn_sent = full_listener

    def syn_recv(self):
        """The third segment counts for nothing until data comes."""
        server = self._listener(TCP_DEFER_ACCEPT=60)
        self._keep(socket.create_connection(server.getsockname()))

    def established(self):
        self._pair()

    def established6(self):
        self._pair(V6)

    def mapped(self):
        """IPv4 between sockets of IPv6."""
        server = self._keep(socket.socket(socket.AF_INET6, socket.SOCK_STREAM))[0]
        server.bind(("::", 0))
        server.listen()
        client = self._keep(socket.socket(socket.AF_INET6, socket.SOCK_STREAM))[0]
        client.connect(("::ffff:127.0.0.1", server.getsockname()[1]))
        self._keep(server.accept()[0])

    def unread(self):
        client, server = self._pair()
        client.sendall(b"12345")
        server.recv(1, socket.MSG_PEEK)  # returns when it has come

    def keep_alive(self):
        client, _ = self._pair()
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 100)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)

    def retransmit(self):
        client, server = self._pair()
        deafen(server)
        client.sendall(b"into the dark")

    def fin_wait1(self):
        client, server = self._pair()
        deafen(server)
        client.shutdown(socket.SHUT_WR)

    def close_wait(self):
        """And FIN_WAIT2 on the other side."""
        client, server = self._pair()
        client.shutdown(socket.SHUT_WR)
        server.recv(1, socket.MSG_PEEK)

    fin_wait2 = close_wait

    def last_ack(self):
        client, server = self._pair()
        client.shutdown(socket.SHUT_WR)
        server.recv(1)
        deafen(client)
        server.shutdown(socket.SHUT_WR)

    def closing(self):
        """Both close and hear nothing; then one hears the other's FIN, sent again."""
        client, server = self._pair()
        deafen(client)
        deafen(server)
        client.shutdown(socket.SHUT_WR)
        server.shutdown(socket.SHUT_WR)
        hear_again(client)
        client.recv(1)  # the FIN has come

    def time_wait(self):
        client, server = self._pair()
        client.shutdown(socket.SHUT_WR)
        server.recv(1)
        server.shutdown(socket.SHUT_WR)
        client.recv(1)
        client.close()
        server.close()


def main():
    bring_loopback_up()
    holder = Holder()
    print("ok", os.getpid(), flush=True)
    for line in sys.stdin:
        name = line.strip()
        try:
            getattr(holder, name)()
            print("ok", flush=True)
        except OSError as error:
            print("no:", error, flush=True)


if __name__ == "__main__":
    main()
