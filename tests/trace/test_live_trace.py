"""`wiretale trace -i`: what it tells and when, on the loopback of a namespace of its own."""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import netns  # noqa: E402

WIRETALE = os.path.abspath(os.environ.get("WIRETALE", "build/wiretale"))
PATIENCE = float(os.environ.get("WIRETALE_TEST_PATIENCE", "1"))
SECONDS = 20 * PATIENCE
STRANGER = 65534  # a user that is nobody here

# Two connections to one listener; the first is closed, the second stays until standard input ends.
TWO = """
import socket, sys
listener = socket.create_server(("127.0.0.1", 7007))
pairs = []
for _ in range(2):
    client = socket.create_connection(("127.0.0.1", 7007))
    server, _ = listener.accept()
    client.sendall(b"a question\\n")
    assert server.recv(100) == b"a question\\n"
    server.sendall(b"the answer\\n")
    assert client.recv(100) == b"the answer\\n"
    pairs.append((client, server))
pairs[0][0].close()
assert pairs[0][1].recv(1) == b""
pairs[0][1].close()
print("there", flush=True)
sys.stdin.read()
"""

ONE = TWO.replace("range(2)", "range(1)")

# One side hears no more: what the other sends again, its timer sends, never a probe.
DEAF = """
import ctypes, socket, struct, sys
with open("/proc/sys/net/ipv4/tcp_early_retrans", "w") as setting:
    setting.write("0")
listener = socket.create_server(("127.0.0.1", 7007))
client = socket.create_connection(("127.0.0.1", 7007))
server, _ = listener.accept()
drop = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))
server.setsockopt(socket.SOL_SOCKET, 26, struct.pack("HP", 1, ctypes.addressof(drop)))
client.sendall(b"anybody there?")
print("there", flush=True)
sys.stdin.read()
"""

FLOOD = """
import socket
listener = socket.create_server(("127.0.0.1", 7007))
client = socket.create_connection(("127.0.0.1", 7007))
server, _ = listener.accept()
block = bytes(65536)
for _ in range(600):
    client.sendall(block)
    left = len(block)
    while left:
        left -= len(server.recv(left))
client.close()
server.close()
"""


@pytest.fixture(name="inside")
def make_inside():
    with netns.made_or_skipped() as namespace:
        yield namespace


class Collected(threading.Thread):
    """What a program writes, as it comes."""

    def __init__(self, pipe):
        super().__init__(daemon=True)
        self.pipe = pipe
        self.text = ""
        self.news = threading.Condition()
        self.start()

    def run(self):
        for line in iter(self.pipe.readline, b""):
            with self.news:
                self.text += line.decode()
                self.news.notify_all()
        with self.news:
            self.pipe.close()
            self.pipe = None
            self.news.notify_all()

    def wait_for(self, pattern):
        """Returns the match, at the latest when the pipe ends."""
        deadline = time.monotonic() + SECONDS
        with self.news:
            while True:
                found = re.search(pattern, self.text, re.MULTILINE)
                if found:
                    return found
                assert self.pipe and time.monotonic() < deadline, (
                    f"no {pattern!r} in: {self.text}")
                self.news.wait(deadline - time.monotonic())


class Live:
    """wiretale trace -i, listening."""

    def __init__(self, inside, *arguments, interface="lo", before=(), environment=None):
        self.process = inside.popen(
            [*before, WIRETALE, "trace", "-i", interface, *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**{key: value for key, value in os.environ.items()
                    if not key.startswith("SUDO_")}, "TZ": "UTC", **(environment or {})})
        self.out = Collected(self.process.stdout)
        self.err = Collected(self.process.stderr)
        self.err.wait_for("listening on")

    def ended(self, status=0):
        assert self.process.wait(SECONDS) == status, self.out.text + self.err.text
        self.out.join(SECONDS)
        self.err.join(SECONDS)
        return self.out.text

    def stopped(self, status=0, number=signal.SIGINT):
        self.process.send_signal(number)
        return self.ended(status)

    def lines(self):
        return [json.loads(line) for line in self.out.text.splitlines()]

    def status(self, field):
        """Of /proc: the words of one line."""
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return re.search(rf"^{field}:\s*(.*)$", text, re.MULTILINE).group(1).split()


@pytest.fixture(name="live")
def make_live(inside):
    begun = []

    def begin(*arguments, **keywords):
        begun.append(Live(inside, *arguments, **keywords))
        return begun[-1]

    yield begin
    for one in begun:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()


class Traffic:
    """A Python program inside, which says "there" when it has done its part and stays."""

    def __init__(self, inside, source, before=()):
        self.process = inside.python(source, before=before, stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE)
        assert self.process.stdout.readline() == b"there\n"

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.end()

    def end(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def wait_for_process(process):
    assert process.wait(SECONDS) == 0


def test_a_connection_is_told_when_it_is_over_and_the_open_ones_when_asked_to_end(inside, live):
    trace = live()
    with Traffic(inside, TWO):
        trace.out.wait_for(r"Connection 1: 127\.0\.0\.1:\d+ -> 127\.0\.0\.1:7007")
        assert "Connection 2" not in trace.out.text
        said = trace.stopped()
    assert "Connection 2" in said
    assert "is still open" in said
    # The summary, which in the view of a file comes first, is the last that is said.
    assert re.search(r"\nlo: \d+ packets in .* TCP segments in 2 connections", said)
    assert said.rstrip().endswith("open.")
    assert trace.err.text == "wiretale: trace: listening on lo; Ctrl-C ends.\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_other_signals_end_it_in_order_too(inside, live, number):
    trace = live("--json")
    with Traffic(inside, ONE):
        trace.out.wait_for('"type":"connection"')
        trace.stopped(number=number)
    assert [line["type"] for line in trace.lines()] == ["connection", "file"]


def test_lines_of_json_come_at_once_with_segments_before_their_connection(inside, live):
    trace = live("--json", "--segments")
    with Traffic(inside, TWO):
        trace.out.wait_for(r'"type":"segment","frame":1,')
        trace.out.wait_for(r'"type":"connection","number":1,')
        assert '"number":2' not in trace.out.text
        trace.stopped()
    lines = trace.lines()
    assert [line["number"] for line in lines if line["type"] == "connection"] == [1, 2]
    assert lines[-1]["type"] == "file" and lines[-1]["problems"] == []
    segments = [line for line in lines if line["type"] == "segment"]
    assert [line["frame"] for line in segments] == sorted(line["frame"] for line in segments)
    assert lines[-1]["tcp"] == len(segments)
    first = next(line for line in lines if line["type"] == "connection")
    assert first["closing"]["first"] == "client"
    assert first["from_client"]["bytes"] == len("a question\n")


def test_what_follows_right_before_the_end_is_told_too(inside, live):
    trace = live("--json")
    with Traffic(inside, TWO):
        trace.stopped()
    closings = [line["closing"]["kind"] for line in trace.lines() if line["type"] == "connection"]
    assert len(closings) == 2 and "open" in closings
    assert any(kind.startswith("orderly") for kind in closings)


def test_a_row_that_proves_wrong_is_put_right_by_a_later_one_and_by_the_finding(inside, live):
    trace = live("--segments")
    with Traffic(inside, DEAF):
        told = trace.out.wait_for(r"\[(\d+)\] was a timeout too, no tail loss probe").group(1)
        said = trace.stopped()
    assert re.search(rf"^\[{told}\] #1 .*(\n +\|.*)?retransmission: tail loss probe", said,
                     re.MULTILINE)
    assert re.search(r"timer ran out .* \(One was told as a tail loss probe at first\.\) "
                     rf"\[{told} ", " ".join(said.split()))


def test_the_programs_behind_a_connection_are_named(inside, live):
    """Both ends are one program here; having no capability, it may be looked at."""
    trace = live("--json")
    with Traffic(inside, TWO, before=netns.WITHOUT_CAPABILITIES) as traffic:
        trace.out.wait_for('"type":"connection"')
        trace.stopped()
        process = traffic.process.pid
    open_one = next(line for line in trace.lines() if line.get("number") == 2)
    assert {program["side"] for program in open_one["programs"]} == {"client", "server"}
    for program in open_one["programs"]:
        assert program["pid"] == process
        assert program["name"].startswith("python")


def test_the_story_names_the_program(inside, live):
    trace = live()
    with Traffic(inside, TWO, before=netns.WITHOUT_CAPABILITIES) as traffic:
        said = trace.stopped()
        assert re.search(rf"python\S* \(process {traffic.process.pid}\) is the client", said)


def test_it_ends_after_so_many_packets(inside, live):
    trace = live("--json", "--count", "5")
    with Traffic(inside, TWO):
        trace.ended()
    assert trace.lines()[-1]["packets"] == 5


def test_it_ends_after_so_long(live):
    trace = live("--json", "--for", "0.3")
    trace.ended()
    assert trace.lines() == [{**trace.lines()[0], "type": "file", "packets": 0, "connections": 0}]


def test_a_filter_is_the_kernels_and_a_wrong_one_is_refused(inside, live):
    trace = live("--json", "--filter", "tcp port 9")
    with Traffic(inside, ONE):
        trace.stopped()
    assert trace.lines()[-1]["packets"] == 0
    refused = inside.run([WIRETALE, "trace", "-i", "lo", "--filter", "tcp prot 9"],
                         capture_output=True, timeout=SECONDS)
    assert refused.returncode == 2 and b"--filter" in refused.stderr


def test_without_a_filter_only_tcp_and_what_may_hide_it_is_taken(inside, live):
    trace = live("--json")
    wait_for_process(inside.python(
        "import socket\n"
        "datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        "for _ in range(50): datagrams.sendto(b'x' * 100, ('127.0.0.1', 9))\n"
        "try: socket.create_connection(('127.0.0.1', 9))\n"
        "except ConnectionRefusedError: pass\n"))
    trace.out.wait_for('"type":"connection"')
    trace.stopped()
    told = trace.lines()
    # The two of the refused connection, and the errors that its datagrams earned.
    assert told[0]["opening"]["kind"] == "refused" and told[-1]["tcp"] == 2
    assert told[-1]["packets"] <= 2 + 50


def test_what_is_written_live_reads_like_any_capture(inside, live, tmp_path):
    capture = tmp_path / "live.pcapng"
    trace = live("--write", str(capture))
    with Traffic(inside, ONE):
        trace.stopped()
    read = subprocess.run([WIRETALE, "trace", "--json", str(capture)], capture_output=True,
                          check=True, timeout=SECONDS)
    connection, file = [json.loads(line) for line in read.stdout.splitlines()]
    assert connection["closing"]["kind"].startswith("orderly") and file["problems"] == []


def test_a_file_that_cannot_be_written_is_said_before_anything_is_captured(inside):
    done = inside.run([WIRETALE, "trace", "-i", "lo", "--write", "/nowhere/at/all.pcapng"],
                      capture_output=True, timeout=SECONDS)
    assert done.returncode == 1 and b"/nowhere/at/all.pcapng" in done.stderr
    assert b"listening" not in done.stderr


def test_privileges_are_given_up_before_anything_is_read(live):
    trace = live()
    for field in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
        assert int(trace.status(field)[0], 16) == 0, field
    assert trace.status("NoNewPrivs") == ["1"]
    trace.stopped()


def test_who_came_by_sudo_is_that_user_afterwards_and_owns_what_is_written(inside, live, tmp_path):
    if not inside.is_root:
        pytest.skip("only root can become another user")
    tmp_path.chmod(0o755)
    folder = pathlib.Path("/tmp") / f"wiretale-live-{os.getpid()}"
    folder.mkdir()
    try:
        os.chown(folder, STRANGER, STRANGER)
        trace = live("--write", str(folder / "x.pcapng"),
                     environment={"SUDO_UID": str(STRANGER), "SUDO_GID": str(STRANGER)})
        assert trace.status("Uid") == [str(STRANGER)] * 4
        assert trace.status("Gid") == [str(STRANGER)] * 4
        assert "0" not in trace.status("Groups")
        assert int(trace.status("CapPrm")[0], 16) == 0
        with Traffic(inside, ONE):
            trace.stopped()
        written = os.stat(folder / "x.pcapng")
        assert (written.st_uid, written.st_gid) == (STRANGER, STRANGER)
    finally:
        shutil.rmtree(folder)


def test_where_it_is_not_permitted_one_line_says_what_to_grant_to_what(inside):
    done = inside.run([*netns.WITHOUT_CAPABILITIES, WIRETALE, "trace", "-i", "lo"],
                      capture_output=True, timeout=SECONDS)
    said = done.stderr.decode()
    assert done.returncode == 3 and done.stdout == b""
    assert f"sudo setcap cap_net_raw+ep {os.path.realpath(WIRETALE)}" in said
    assert len(said.splitlines()) == 1


def test_the_interfaces_there_are_are_named_where_one_is_not_there(inside):
    done = inside.run([*netns.WITHOUT_CAPABILITIES, WIRETALE, "trace", "-i", "eth\x1b[7m"],
                      capture_output=True, timeout=SECONDS)
    said = done.stderr.decode()
    assert done.returncode == 3
    assert "there are: lo" in said and "\x1b" not in said


def test_on_any_interface_a_segment_of_the_loopback_is_seen_once(inside, live):
    trace = live("--json", interface="any")
    with Traffic(inside, ONE):
        trace.out.wait_for('"type":"connection"')
        trace.stopped()
    connection = trace.lines()[0]
    assert connection["from_client"].get("captured_twice", 0) == 0
    assert connection["from_client"]["bytes"] == len("a question\n")


def test_frames_that_the_kernel_had_no_room_for_are_said(inside, live):
    """It is held still until more has passed than its buffer takes."""
    trace = live("--json", "--no-checksums")
    trace.process.send_signal(signal.SIGSTOP)
    wait_for_process(inside.python(FLOOD))
    trace.process.send_signal(signal.SIGCONT)
    trace.err.wait_for("frames are being lost")
    trace.stopped()
    problems = trace.lines()[-1]["problems"]
    assert any(re.fullmatch(r"the kernel dropped [1-9]\d* frames .*", one) for one in problems)


def test_an_interface_that_goes_away_ends_it_with_what_was_told(inside, live):
    made = inside.run([netns.find("ip"), "link", "add", "wt0", "type", "veth", "peer", "name",
                       "wt1"], capture_output=True)
    if made.returncode != 0:
        pytest.skip(f"no interface of our own: {made.stderr.decode().strip()}")
    inside.run([netns.find("ip"), "link", "set", "wt0", "up"])
    trace = live("--json", interface="wt0")
    inside.run([netns.find("ip"), "link", "del", "wt0"])
    trace.ended(status=1)
    (file,) = trace.lines()
    assert file["type"] == "file" and "wt0: " in file["problems"][0]


def test_a_reader_that_has_seen_enough_ends_it(inside):
    process = inside.popen([WIRETALE, "trace", "-i", "lo", "--json", "--segments"],
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert b"listening" in process.stderr.readline()
    process.stdout.close()
    with Traffic(inside, ONE):
        assert process.wait(SECONDS) == 1
    assert process.stderr.read() == b""
    process.stderr.close()


def test_a_second_signal_ends_it_though_nobody_reads(inside, live):
    """Its output is full: the first signal makes it end in order, for which it would wait."""
    reading, writing = os.pipe()
    process = inside.popen([WIRETALE, "trace", "-i", "lo", "--json", "--segments"],
                           stdin=subprocess.DEVNULL, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    try:
        assert b"listening" in process.stderr.readline()
        flood = inside.python(FLOOD)
        wait_for_process(flood)
        deadline = time.monotonic() + SECONDS
        while process.poll() is None and time.monotonic() < deadline:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(0.05)
            except subprocess.TimeoutExpired:
                pass
        assert process.poll() == -signal.SIGINT
    finally:
        process.kill()
        process.wait()
        process.stderr.close()
        os.close(reading)


@pytest.mark.parametrize("arguments, word", [
    (["-i", "lo", "x.pcap"], "-i"),
    (["--count", "3", "x.pcap"], "-i"),
    (["--for", "3", "x.pcap"], "-i"),
    (["-i", "lo", "--count", "0"], "--count"),
    (["-i", "lo", "--for", "soon"], "--for"),
])
def test_what_does_not_go_together_is_refused(arguments, word):
    done = subprocess.run([WIRETALE, "trace", *arguments], capture_output=True, check=False,
                          timeout=SECONDS)
    assert done.returncode == 2 and word in done.stderr.decode()
