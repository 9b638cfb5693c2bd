"""python3 real_link.py FOLDER TCPDUMP IP LOSS SEED, in a network namespace of its own: makes a
second one, joins both by two TUN devices, forwards between them with delays and losses, captures
at both ends, talks TCP over it, and writes the truth. Ends with 77 and a sentence where that is
refused.
"""

import ctypes
import fcntl
import heapq
import json
import os
import random
import select
import socket
import struct
import subprocess
import sys
import threading
import time

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
CLONE_NEWNET = 0x40000000
DELAY, JITTER = 0.005, 0.002
ADDRESSES = ("10.77.0.1", "10.77.0.2")
PORT = 7007
libc = ctypes.CDLL(None, use_errno=True)


def refused(why):
    print(why, file=sys.stderr)
    sys.exit(77)


def make_tun(name):
    try:
        fd = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TUN | IFF_NO_PI))
    except OSError as error:
        refused(f"no TUN device may be made here: {error}")
    return fd


def enter(fd):
    if libc.setns(fd, CLONE_NEWNET) != 0:
        refused(f"setns: {os.strerror(ctypes.get_errno())}")


def key_of(frame):
    header = (frame[0] & 15) * 4
    return frame[4:6].hex() + frame[header:].hex()


class Forwarder(threading.Thread):
    """Between the two TUN devices; a queue, so that only those held back are overtaken."""

    def __init__(self, fds, loss, seed, record):
        super().__init__(daemon=True)
        self.fds, self.loss, self.random = fds, loss, random.Random(seed)
        self.record, self.waiting, self.count = record, [], 0
        self.wake, self.woken = os.pipe()
        self.latest = [0.0, 0.0]

    def take(self, side):
        frame = os.read(self.fds[side], 65536)
        if frame[0] >> 4 != 4 or frame[9] != 6:
            return
        lost = self.random.random() < self.loss
        self.record.write(json.dumps({"side": side, "key": key_of(frame), "lost": lost}) + "\n")
        if lost:
            return
        due = max(time.monotonic() + DELAY + self.random.random() * JITTER, self.latest[side])
        self.latest[side] = due
        self.count += 1
        heapq.heappush(self.waiting, (due, self.count, side, frame))

    def run(self):
        while True:
            left = max(self.waiting[0][0] - time.monotonic(), 0) if self.waiting else None
            ready, _, _ = select.select([*self.fds, self.wake], [], [], left)
            while self.waiting and self.waiting[0][0] <= time.monotonic():
                _, _, side, frame = heapq.heappop(self.waiting)
                os.write(self.fds[1 - side], frame)
            if self.wake in ready:
                return
            for side in (0, 1):
                if self.fds[side] in ready:
                    self.take(side)

    def end(self):
        os.write(self.woken, b".")
        self.join()
        self.record.close()


def capture(tcpdump, device, path):
    process = subprocess.Popen(  # pylint: disable=consider-using-with
        [tcpdump, "-i", device, "-U", "--immediate-mode", "-B", "32768", "-s", "0", "-w", path,
         "tcp"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = process.stderr.readline()
    while said and b"listening on" not in said:
        said = process.stderr.readline()
    if not said:
        refused("tcpdump may not capture here")
    return process


def serve(listener, result):
    server, _ = listener.accept()
    with server:
        for turn in range(12):
            left = 9000
            while left:
                left -= len(server.recv(left))
            server.sendall(bytes([turn]) * 14000)
        while server.recv(1000):
            pass
    result.append("done")


def talk(client):
    for turn in range(12):
        client.sendall(bytes([turn + 100]) * 9000)
        left = 14000
        while left:
            left -= len(client.recv(left))


def main():
    folder, tcpdump, ip, loss, seed = sys.argv[1:]
    here = os.open("/proc/self/ns/net", os.O_RDONLY)
    fds, ends = [], []
    for side in (0, 1):
        if side == 1 and libc.unshare(CLONE_NEWNET) != 0:
            refused("no second network namespace may be made here")
        name = f"end{side}"
        fds.append(make_tun(name))
        for words in (["addr", "add", f"{ADDRESSES[side]}/24", "dev", name],
                      ["link", "set", name, "up"]):
            subprocess.run([ip, *words], check=True)
        ends.append(os.open("/proc/thread-self/ns/net", os.O_RDONLY))
    # In the second one now: the server and its capture.
    dumps = [None, capture(tcpdump, "end1", f"{folder}/server.pcap")]
    listener = socket.create_server((ADDRESSES[1], PORT))
    enter(here)
    dumps[0] = capture(tcpdump, "end0", f"{folder}/client.pcap")
    record = open(f"{folder}/truth", "w", encoding="ascii")  # pylint: disable=consider-using-with
    forwarder = Forwarder(fds, float(loss), int(seed), record)
    forwarder.start()
    result = []
    server = threading.Thread(target=serve, args=(listener, result))
    server.start()
    with socket.create_connection((ADDRESSES[1], PORT)) as client:
        talk(client)
    server.join()
    # A last word that both captures have: what came before it is in the files.
    settle(folder)
    for dump in dumps:
        dump.terminate()
        dump.wait()
    forwarder.end()
    assert result == ["done"]


def holds(folder, name, client_port):
    """Whether that capture has the answer to this connection's SYN: what came before is there
    too."""
    with open(f"{folder}/{name}.pcap", "rb") as file:
        return struct.pack(">HH", PORT + 1, client_port) in file.read()


def settle(folder):
    """Other connections, until both captures hold the end of one."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        client = socket.socket()
        client.settimeout(2)
        client.bind((ADDRESSES[0], 0))
        try:
            client.connect((ADDRESSES[1], PORT + 1))
        except OSError:
            pass  # refused: an RST went both ways
        port = client.getsockname()[1]
        client.close()
        wanted = time.monotonic() + 1
        while time.monotonic() < wanted:
            if holds(folder, "client", port) and holds(folder, "server", port):
                return
            time.sleep(0.005)  # between looks: tcpdump tells nobody that it wrote
    sys.exit("the captures do not hold the last words")


main()
