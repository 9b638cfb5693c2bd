"""The server's command line: what it accepts, refuses and promises in --help."""

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

import wire
from server import WIRETALED
from tables import table
from wire import Status, Tag, Type


def run(*arguments, within=5):
    return subprocess.run(
        [WIRETALED, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=within,
        check=False,
    )


def test_help_names_every_option_and_default():
    done = run("--help")
    assert done.returncode == 0
    for option in (
        "--listen", "--classic", "--name", "--workers", "--group", "--max-clients",
        "--max-per-address", "--max-body", "--keepalive", "--rate", "--log",
    ):  # fmt: skip
        assert option in done.stdout
    for default in ("2312", "32", "65536", "30"):
        assert default in done.stdout


USAGE = [
    ("an unknown option", ["--frobnicate"]),
    ("a stray argument", ["now"]),
    ("--listen without a value", ["--listen"]),
    ("--listen with a port too large", ["--listen", "127.0.0.1:65536"]),
    ("--listen with a port of letters", ["--listen", "127.0.0.1:http!"]),
    ("--workers 0", ["--workers", "0"]),
    ("--workers of letters", ["--workers", "two"]),
    ("--workers negative", ["--workers", "-1"]),
    ("--group 0", ["--group", "0"]),
    ("--group too large", ["--group", "65537"]),
    ("--max-clients 0", ["--max-clients", "0"]),
    ("--max-clients with leftovers", ["--max-clients", "10x"]),
    ("--max-clients beyond 64 bits", ["--max-clients", "99999999999999999999"]),
    ("--max-body 0", ["--max-body", "0"]),
    ("--max-body under 1,024", ["--max-body", "1023"]),
    ("--max-body over 1 MiB", ["--max-body", str((1 << 20) + 1)]),
    ("--max-per-address 0", ["--max-per-address", "0"]),
    ("--keepalive 0", ["--keepalive", "0"]),
    ("--keepalive negative", ["--keepalive", "-1"]),
    ("--keepalive no number", ["--keepalive", "nan"]),
    ("--keepalive endless", ["--keepalive", "inf"]),
    ("--rate 0", ["--rate", "0"]),
    ("--name empty", ["--name", ""]),
    ("--name of 65 bytes", ["--name", "n" * 65]),
    ("--name with a control character", ["--name", "a\x1b[2J"]),
    ("--name not UTF-8", ["--name", b"\xff"]),
    ("--log unknown", ["--log", "loud"]),
]


@table("arguments", USAGE)
def test_bad_usage_ends_with_2_and_a_sentence(arguments):
    done = run("--listen", "127.0.0.1:0", *arguments)
    assert done.returncode == 2
    assert "wiretaled: " in done.stderr
    assert "\x1b" not in done.stderr


def test_a_port_in_use_ends_with_a_sentence(server):
    host, port = server.address
    done = run("--listen", f"{host}:{port}")
    assert done.returncode in (1, 3)
    assert str(port) in done.stderr


@pytest.mark.parametrize("descriptors", [66, 100, 133])
def test_too_few_descriptors_for_its_workers_end_with_a_sentence(descriptors):
    script = f'ulimit -Sn {descriptors} && ulimit -Hn {descriptors} && exec "$@"'
    done = subprocess.run(
        ["/bin/sh", "-c", script, "sh", WIRETALED, "--workers", "64", "--listen", "127.0.0.1:0"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=5, check=False,
    )  # fmt: skip
    assert done.returncode == 3, done.stderr
    assert f"{descriptors} descriptors are allowed, and 192" in done.stderr


def test_an_address_of_another_machine_ends_with_a_sentence():
    done = run("--listen", "192.0.2.77:0")
    assert done.returncode in (1, 3)
    assert "192.0.2.77" in done.stderr


def test_log_levels_leave_out_what_is_below_them(start):
    logs = {}
    for level in ("error", "warn", "notice", "info", "debug"):
        server = start("--log", level)
        peer = server.peer()
        peer.ok(Type.TIME)
        peer.ok(Type.BYE)
        peer.expect_end()
        peer.close()
        server.signal()
        assert server.wait() == 0
        # What the program says of itself is not of the log's levels.
        logs[level] = [line for line in server.lines if not line.startswith("wiretaled: ")]
    assert logs["error"] == []
    assert logs["warn"] == []
    sizes = [len(lines) for lines in logs.values()]
    assert sizes == sorted(sizes)
    assert logs["notice"], "notice tells who came and left"
    assert len(logs["info"]) > len(logs["notice"]), "info tells each request"


def test_names_in_the_log_carry_no_control_characters(start):
    server = start("--log", "debug")
    peer = server.peer("\u202eevil\u2028", acks=True)
    peer.verdict(peer.send(peer.number, "\x1b[2J\n\rFAKE LINE"))
    peer.call(Type.HELLO, wire.name("\x1b[31m\n"))
    peer.call(Type.JOIN, wire.to_room("\x9b\n"))
    peer.send_raw(b"\x1b]0;title\x07" + bytes(16))
    peer.expect_error(Status.MALFORMED)
    peer.close()
    server.signal()
    server.wait()
    text = server.log()
    assert not any(ord(character) < 32 and character != "\n" for character in text)
    assert "\x9b" not in text
    assert not any(line.startswith("FAKE") for line in server.lines)


def test_rate_answers_rate_limited_and_closes_nobody(start):
    server = start("--rate", 50, "--workers", 2)
    peer, other = server.peer(), server.peer()
    asked = [peer.ask(Type.TIME) for _ in range(1000)]
    answers = [peer.answer(id_) for id_ in asked]
    refused = [answer for answer in answers if answer.status == Status.RATE_LIMITED]
    assert refused
    assert {answer.status for answer in answers} == {Status.OK, Status.RATE_LIMITED}
    assert len(answers) - len(refused) < 500
    # PING and BYE are not counted.
    for _ in range(200):
        peer.ok(Type.PING)
    # Another client is not affected, and waiting as told helps.
    other.ok(Type.TIME)
    after = [answer[Tag.RETRY_AFTER] for answer in refused if answer[Tag.RETRY_AFTER] is not None]
    deadline = time.monotonic() + (max(after, default=1000) / 1000) + 2
    while peer.call(Type.TIME).status != Status.OK:
        assert time.monotonic() < deadline
        with pytest.raises(TimeoutError):
            peer.until(lambda: False, within=0.05)


def test_rate_does_not_hold_up_acknowledgements(start):
    server = start("--rate", 20)
    recipient = server.peer("sink", acks=True)
    senders = [server.peer() for _ in range(10)]
    for sender in senders:
        for _ in range(10):
            assert sender.verdict(sender.send("@sink", "x")) in ("delivered", "rate-limited")
    assert recipient.messages_seen > 0


INSIDE_A_NAMESPACE = """
import sys
sys.path.insert(0, {folder!r})
import subprocess
for command in ("ip link set lo up", "ip addr add 10.9.8.1/32 dev lo",
                "ip addr add 10.9.8.2/32 dev lo",
                "ip -6 addr add fd00:1::1/128 dev lo nodad",
                "ip -6 addr add fd00:1::2/128 dev lo nodad",
                "ip -6 addr add fd00:2::1/128 dev lo nodad"):
    subprocess.run(command.split(), check=True)
from server import Server
from peer import Refused
server = Server("--listen", "0.0.0.0:0", "--listen", "[::]:0", "--max-per-address", "3")
port4, port6 = (port for _, port in server.listeners)

def come(to, source):
    try:
        return server.peer(address=to, source=source)
    except Refused as refusal:
        assert refusal.frame.status == 6, refusal
        return None

def check():
    four = ("10.9.8.1", port4)
    held = [come(four, "10.9.8.1") for _ in range(3)]
    assert all(held)
    assert come(four, "10.9.8.1") is None, "a fourth from one address"
    assert come(four, "10.9.8.2"), "another address is another count"
    held[0].close()
    held[1].eventually(lambda: come(four, "10.9.8.1"), what="the free place")
    six = ("fd00:1::1", port6)
    assert all([come(six, "fd00:1::1") for _ in range(3)])
    assert come(six, "fd00:1::1") is None, "a fourth from one IPv6 address"
    assert come(six, "fd00:1::2") is None, "an IPv6 /64 counts as one address"
    assert come(six, "fd00:2::1")

try:
    check()
finally:
    problems = server.finish()
assert not problems, problems
print("held")
"""


@pytest.mark.skipif(
    shutil.which("ip") is None
    or subprocess.run(["unshare", "-Urn", "true"], capture_output=True, check=False).returncode,
    reason="addresses that are not loopback's need a network namespace",
)
def test_the_cap_of_an_address_holds_beyond_loopback():
    """In a network namespace of its own: nothing leaves this machine."""
    script = INSIDE_A_NAMESPACE.format(folder=str(Path(__file__).parent))
    done = subprocess.run(
        ["unshare", "-Urn", sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=30,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "held" in done.stdout


def test_default_listeners_are_loopback_on_both_families():
    """Only when the well-known port is free here; the lines come before anything else."""
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, 2312))
            except OSError:
                pytest.skip("port 2312 is taken on this machine")
    process = subprocess.Popen(
        [WIRETALED], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    try:
        lines = {process.stderr.readline().strip() for _ in range(2)}
        assert lines == {
            "wiretaled: listening on 127.0.0.1:2312",
            "wiretaled: listening on [::1]:2312",
        }
    finally:
        process.terminate()
        process.communicate(timeout=8)
