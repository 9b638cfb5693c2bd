"""--wire: each function of the relay shows its answer and the packets under it, type and data found
in the bytes. Server and clients are in a network namespace of the test's own."""

import json
import os
import pathlib
import re
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import cli  # noqa: E402
import fake_server  # noqa: E402
import netns  # noqa: E402
import server as server_module  # noqa: E402
from cli import Done, launch, needs_wiretale, run, where  # noqa: E402

pytestmark = needs_wiretale

PROGRAM = os.path.abspath(cli.WIRETALE)  # itself, which in a test is behind a wrapper

ESTABLISHED = ("SYN  seq 0", "SYN ACK  seq 0  ack 1", "HELLO indication")
# The server closes first, the client does, or their FINs cross: one side at least is left in
# TIME_WAIT, which it enters once both FINs were seen, and an ACK comes last.
ENDED = ("FIN", "TIME_WAIT", " ACK  seq")
CLOSED = ("BYE request", "BYE response", *ENDED)


@pytest.fixture(name="inside")
def make_inside(tmp_path, monkeypatch):
    """Programs started from now on are in a namespace; those that may not capture there skip."""
    with netns.made_or_skipped() as namespace:
        namespace.hold(monkeypatch, server_module, "WIRETALED", tmp_path)
        namespace.hold(monkeypatch, cli, "WIRETALE", tmp_path)
        yield namespace


@pytest.fixture(name="relay")
def make_relay(inside, start):  # pylint: disable=unused-argument
    return start("--workers", 2)


def in_order(text, words):
    at = 0
    for word in words:
        found = text.find(word, at)
        assert found >= 0, f"no {word!r} behind byte {at} of:\n{text}"
        at = found + len(word)


def frame_of(text, title):
    """The part in which one of the relay's frames is unfolded."""
    parts = re.split(r"^--- ", text, flags=re.MULTILINE)
    return next(part for part in parts if part.startswith(f"Wiretale frame: {title}"))


def field(part, name):
    """(offset, bytes, value) of a field's row."""
    row = re.search(rf"^ *\+(\d+) \S+  (.+?)  +{name}  +(\S.*)$", part, re.MULTILINE)
    assert row, f"no {name} in:\n{part}"
    return int(row.group(1)), row.group(2), row.group(3)


@pytest.mark.parametrize("command, kind, number", [
    (("time",), "TIME", 2), (("name",), "NAME", 3), (("list",), "LIST", 4),
    (("rooms",), "ROOMS", None), (("ping",), "PING", None),
])
def test_a_question_shows_its_answer_and_the_packets_under_it(relay, command, kind, number):
    done = run(relay, *command, "--wire").succeeded()
    answer, wire = done.text.split("\n\n", 1)
    plain = run(relay, *command).succeeded().text
    assert answer.count("\n") == plain.rstrip("\n").count("\n")
    in_order(wire, (*ESTABLISHED, f"{kind} request", f"{kind} response", *CLOSED))
    for title, code in ((f"{kind} request", 1), (f"{kind} response", 2)):
        part = frame_of(wire, title)
        offset, octets, value = field(part, "Type")
        assert offset == 4 and value.split() == [str(int(octets.replace(" ", ""), 16)), kind]
        assert number is None or int(value.split()[0]) == number
        assert field(part, "Kind")[:2] == (3, f"{code:02x}")


def test_the_time_is_found_in_its_bytes(relay):
    done = run(relay, "time", "--wire").succeeded()
    part = frame_of(done.text, "TIME response")
    nanoseconds = int(re.search(r"TIME +(\d{19})", part).group(1))
    octets = " ".join(f"{byte:02x}" for byte in nanoseconds.to_bytes(8, "big"))
    dumped = "".join(re.findall(r"^  [0-9a-f]{4}  ((?:[0-9a-f]{2} +)+)", part, re.MULTILINE))
    assert octets in re.sub(" +", " ", dumped)


def test_a_message_sent_and_received_shows_its_text_on_both_sides(relay):
    listening = launch(relay, "listen", "--name", "ann", "--count", "1", "--wire")
    assert b"listening" in listening.stderr.readline()
    sent = run(relay, "send", "@ann", "the tide is high", "--wire").succeeded()
    heard = Done(listening).succeeded()
    in_order(sent.text, ("delivered", *ESTABLISHED, "SEND request", "SEND response", *CLOSED))
    in_order(heard.text, ("the tide is high", *ESTABLISHED, "SEND indication", *CLOSED))
    for text in (sent.text, heard.text):
        dumped = "".join(re.findall(r"^  [0-9a-f]{4}  .{50}(.*)$", text, re.MULTILINE))
        assert "the tide is high" in dumped


def test_with_json_the_segments_are_lines_as_of_a_trace(relay):
    done = run(relay, "time", "--json", "--wire").succeeded()
    lines = done.lines()
    assert lines[0]["type"] == "time"
    segments = [line for line in lines if line["type"] == "segment"]
    assert [line["frame"] for line in segments] == list(range(1, len(segments) + 1))
    assert segments[0]["flags"] == "S" and segments[0]["from"] == "client"
    assert lines[-1]["type"] == "connection"
    assert lines[-1]["closing"]["kind"].startswith("orderly")
    names = [message["name"] for message in lines[-1]["messages"]]
    assert "TIME request" in names


# The ports of three servers that are none, printed one a line, until standard input ends: one that
# resets whom it accepts, one that does so once it was greeted and asked, one whose backlog is full,
# so that no SYN is answered.
BAD_SERVERS = """
import socket, struct, sys, threading

def listen(backlog):
    listener = socket.create_server(("127.0.0.1", 0), backlog=backlog)
    print(listener.getsockname()[1], flush=True)
    return listener

def reset_each(listener, greeting):
    while True:
        client, _ = listener.accept()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.sendall(greeting)
        if greeting:
            client.recv(1)
        client.close()

for greeting in (b"", bytes.fromhex(sys.argv[1])):
    threading.Thread(target=reset_each, args=(listen(8), greeting), daemon=True).start()
full = listen(0)
waiting = [socket.socket() for _ in range(2)]
for one in waiting:
    one.setblocking(False)
    one.connect_ex(full.getsockname())
# The first of them is in the backlog; it holds one.
waiting[0].setblocking(True)
waiting[0].getpeername()
print("full", flush=True)
sys.stdin.read()
"""


@pytest.fixture(name="bad")
def make_bad(inside):
    """Addresses: of a server that resets, of one that resets when asked, of one that is full, and
    one where nobody listens."""
    process = inside.python(BAD_SERVERS, fake_server.hello().hex(), stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE)
    ports = [process.stdout.readline().decode().strip() for _ in range(4)]
    assert ports.pop() == "full"
    yield [f"127.0.0.1:{port}" for port in (*ports, 1)]
    process.communicate()
    assert process.returncode == 0


def failed(address, *options):
    done = Done(launch(None, "time", "--wire", "--server", address, *options)).failed()
    assert done.words.count("\n") == 1
    return done


def segments(text):
    """The flags of each segment of ladders, in order, a repeated one's with "again" behind."""
    found = re.findall(r"^\[\d+\].*?[|][<>*=~-]* *((?:[A-Z]{3} ?)+) +seq(.*)", text, re.MULTILINE)
    return [flags.strip() + (" again" if "retransmission" in rest else "")
            for flags, rest in found]


def test_where_nobody_listens_syn_and_rst_are_shown(bad):
    done = failed(bad[3])
    plain = Done(launch(None, "time", "--server", bad[3])).failed()
    assert done.words == plain.words and plain.text == ""
    assert segments(done.text) == ["SYN", "RST ACK"]


def test_where_nobody_answers_each_syn_is_shown_and_nobody_elses(bad):
    # The second leaves a second after the first, by RFC 6298; so does another client's meanwhile.
    text = failed(bad[2], "--timeout", "2.5").text
    shown = segments(text)
    assert shown[:2] == ["SYN", "SYN again"] and set(shown[1:]) == {"SYN again"}
    assert len(re.findall("^Connection ", text, re.MULTILINE)) == 1
    assert len(shown) == text.count("SYN  seq 0")


def test_a_reset_before_the_greeting_is_shown(bad):
    shown = segments(failed(bad[0]).text)
    assert shown[:3] == ["SYN", "SYN ACK", "ACK"] and shown[-1].startswith("RST")


def test_a_reset_while_asking_is_shown_below_what_was_asked(bad):
    done = failed(bad[1])
    in_order(done.text, ("SYN  seq 0", "HELLO indication", "RST"))


@pytest.mark.usefixtures("inside")
def test_where_there_is_no_way_it_says_that_nothing_was_sent():
    done = failed("192.0.2.1:2312")
    assert done.text.strip() == "(no segment of it left this machine)"
    assert failed("192.0.2.1:2312", "--json").text == ""


def test_with_json_the_segments_of_a_failed_connection_are_lines(bad):
    lines = failed(bad[3], "--json").lines()
    assert [line["type"] for line in lines] == ["segment", "segment", "connection"]
    assert [line["flags"] for line in lines[:2]] == ["S", "RA"]
    assert lines[2]["server"] == bad[3]


def test_the_chat_shows_connections_that_fail_and_goes_on(bad, relay):
    text = f"connect {bad[3]}\nconnect {bad[0]}\nconnect {where(relay)}\nname\nquit\n"
    done = run(None, "chat", "--wire", content=text.encode()).failed()
    assert done.words.count("No connection") == 2
    shown = segments(done.text)
    assert shown[:5] == ["SYN", "RST ACK", "SYN", "SYN ACK", "ACK"]
    assert next(flags for flags in shown[5:] if "RST" in flags)
    in_order(done.text, ("RST ACK", "RST", "Connected to", *ESTABLISHED, "NAME response", *CLOSED))


def test_a_listener_that_connects_again_shows_the_tries_that_fail(relay):
    address = where(relay)
    listening = launch(None, "listen", "--reconnect", "--wire", "--server", address)
    assert b"listening" in listening.stderr.readline()
    relay.process.terminate()
    relay.process.wait()
    told = b""
    while told.count(b"trying again") < 2:
        line = listening.stderr.readline()
        assert line, told
        told += line
    listening.terminate()
    text = Done(listening).text
    in_order(text, ("SYN ACK  seq 0", *ENDED, "SYN  seq 0", "RST ACK"))


def test_where_capturing_is_not_permitted_the_command_works_and_one_line_says_how(inside, relay):
    program = subprocess.run(
        inside.command([*netns.WITHOUT_CAPABILITIES, PROGRAM, "name", "--wire", "--server",
                        where(relay)]),
        capture_output=True, check=False, timeout=20)
    assert program.returncode == 0
    assert len(program.stdout.splitlines()) == 1
    (said,) = program.stderr.decode().splitlines()
    assert "--wire" in said and "sudo setcap cap_net_raw+ep /" in said


def test_privileges_are_given_up_while_it_listens(relay):
    process = launch(relay, "listen", "--count", "1", "--wire")
    assert b"listening" in process.stderr.readline()
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    assert re.search(r"^CapPrm:\s*0+$", status, re.MULTILINE)
    assert re.search(r"^NoNewPrivs:\s*1$", status, re.MULTILINE)
    process.terminate()
    assert Done(process).status == 1


def test_the_chat_shows_each_of_its_connections_under_what_it_says(relay):
    lines = (f"connect {where(relay)}\ntime\ndisconnect\nconnect {where(relay)}\nname\nlist\n"
             "quit\n")
    done = run(None, "chat", "--wire", content=lines.encode()).succeeded()
    in_order(done.text, (
        "Connected to", *ESTABLISHED, "Server time:", "TIME request", "TIME response",
        "Disconnected", *CLOSED,
        "Connected to", *ESTABLISHED, "machine is called", "NAME request", "NAME response",
        "(you)", "LIST request", "LIST response", "Disconnected", *CLOSED))


def test_many_answers_are_shown_and_what_is_not_unfolded_is_said(relay):
    done = run(relay, "time", "--count", "100", "--wire").succeeded()
    # The greeting, the questions and their answers, without the goodbye that is shown later.
    left_out = 1 + 2 * 100 - 24
    assert f"({left_out} more messages are not unfolded" in done.text
    assert len(re.findall("^--- Wiretale frame: TIME", done.text, re.MULTILINE)) == 23


def test_json_of_the_segments_is_that_of_a_trace(inside, relay, tmp_path):
    """The same connection, captured by --wire and by `wiretale trace -i`."""
    path = tmp_path / "seen"
    with open(path, "wb") as out:
        trace = inside.popen([PROGRAM, "trace", "-i", "lo", "--json", "--segments"],
                             stdout=out, stderr=subprocess.PIPE)
        assert b"listening" in trace.stderr.readline()
        wire = run(relay, "name", "--json", "--wire").succeeded().lines()
        trace.terminate()
        assert trace.wait(20) == 0
        trace.stderr.close()
    seen = [json.loads(line) for line in path.read_text().splitlines()]

    def facts(lines):
        keys = ("flags", "seq_raw", "length", "from", "client_state", "server_state")
        return [[line[key] for key in keys] for line in lines if line["type"] == "segment"]

    assert facts(wire) == facts(seen)
