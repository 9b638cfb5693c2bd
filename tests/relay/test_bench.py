"""`wiretale bench` against a real server: what it counts adds up, what it could not measure it
says, and no server that stops, lies or is absent keeps it waiting."""

import os
import signal
import subprocess
import time

import pytest

import wire
from cli import Done, WIRETALE, environment, launch, needs_wiretale, run, where
from fake_server import Close, FakeServer, hello
from peer import PATIENCE
from server import is_sanitized, needs_true_memory
from tables import table
from wire import Kind, Status, Tag, Type

pytestmark = needs_wiretale
MEASURED, WARM_UP = 0.2 * PATIENCE, 0.1 * PATIENCE  # seconds
IN_ALL = MEASURED + WARM_UP
SHORT = ["--seconds", f"{MEASURED:.1f}", "--warm-up", f"{WARM_UP:.1f}"]
PATIENT = ["--seconds", "2"]  # where on a busy machine nothing may come for a while
PERCENTILES = ["p50", "p90", "p99", "p99.9"]
COUNTS = ["messages", "sent_in_all", "messages_in_all", "confirmed_in_all"]


def bench(server, kind, *options):
    times = [] if kind == "idle" else SHORT
    line = run(server, "bench", kind, "--json", *times, *options).succeeded().line()
    assert (line["type"], line["kind"], line["dialect"]) == ("bench", kind, "wiretale")
    assert line["seconds"] > 0
    return line


def check_histogram(histogram, count=None):
    assert list(histogram) == ["count", "min", "mean", *PERCENTILES, "max"]
    assert histogram["count"] > 0 and count in (None, histogram["count"])
    ascending = [histogram[name] for name in ["min", *PERCENTILES, "max"]]
    assert ascending == sorted(ascending)
    assert 0 <= histogram["min"] <= histogram["mean"] <= histogram["max"] < 10


def check_messages(line, copies=1):
    """Nothing was refused: each message sent was received and confirmed."""
    assert line["messages"] > 0
    assert line["messages"] <= line["sent_in_all"]
    assert line["sent_in_all"] == line["confirmed_in_all"], line
    assert line["messages_in_all"] == copies * line["sent_in_all"], line
    assert line["refused_in_all"] == line["out_of_order_in_all"] == 0
    assert "last_refusal" not in line
    assert abs(line["messages_per_second"] - line["messages"] / line["seconds"]) <= 1


def test_throughput(server):
    line = bench(server, "throughput")
    check_messages(line)
    assert line["seconds"] == pytest.approx(MEASURED)
    assert (line["size"], line["pairs"], line["window"]) == (64, 1, 1024)
    assert (line["library"], line["idle_beside"], line["stalled"]) == (False, 0, 0)
    assert "latency" not in line and "rate" not in line and "stalled_sent" not in line


def test_throughput_with_a_window_of_one_and_large_messages(server):
    line = bench(server, "throughput", "--window", 1, "--size", 60_000)
    check_messages(line)
    assert (line["size"], line["window"]) == (60_000, 1)


@pytest.mark.parametrize("workers", [1, 2])
def test_twenty_pairs(start, workers):
    line = bench(start("--workers", workers), "throughput", "--pairs", 20, "--window", 16,
                 *PATIENT)
    check_messages(line)
    assert line["pairs"] == 20
    assert line["sent_in_all"] >= 20 * 16


def test_latency(server):
    line = bench(server, "latency", "--rate", 1000)
    check_messages(line)
    assert (line["rate"], line["pairs"], "window" in line) == (1000, 1, False)
    # The load is open: as many are sent as are due, however long they take.
    assert (line["sent_in_all"], line["messages"]) == (
        pytest.approx(1000 * IN_ALL), pytest.approx(1000 * MEASURED))
    for name in ("latency", "transit", "verdicts", "lateness"):
        check_histogram(line[name], line["messages"])
    assert line["latency"]["max"] >= line["transit"]["max"]


def test_latency_of_several_pairs(server):
    line = bench(server, "latency", "--rate", 1000, "--pairs", 7)
    check_messages(line)
    assert (line["sent_in_all"], line["messages"]) == (
        pytest.approx(1000 * IN_ALL), pytest.approx(1000 * MEASURED))


@pytest.mark.parametrize("kind", ["throughput", "latency"])
def test_through_the_library(server, kind):
    line = bench(server, kind, "--library")
    check_messages(line)
    assert line["library"]
    if kind == "latency":
        check_histogram(line["latency"], line["messages"])
        check_histogram(line["lateness"], line["messages"])


def test_fan_out(server):
    line = bench(server, "fan-out", "--members", 30)
    check_messages(line, copies=30)
    assert (line["members"], line["window"], "pairs" in line) == (30, 1, False)
    check_histogram(line["latency"], line["messages"])


def test_connections(server):
    line = bench(server, "connections", "--connections", 4)
    assert line["at_a_time"] == 4
    assert line["connections"] > 0
    assert abs(line["connections_per_second"] - line["connections"] / line["seconds"]) <= 1
    check_histogram(line["latency"], line["connections"])
    assert line["latency"]["min"] > 0


def test_idle_without_a_process(server):
    line = bench(server, "idle", "--connections", 50)
    assert line["connections"] == 50
    assert not [name for name in line if "memory" in name or "bytes" in name]
    said = run(server, "bench", "idle", "--connections", 5).succeeded().text
    assert "--server-pid" in said


@needs_true_memory
def test_idle(start):
    server = start("--max-clients", 5000)
    line = bench(server, "idle", "--connections", 3000, "--server-pid", server.process.pid)
    assert line["connections"] == 3000
    assert 100 <= line["bytes_per_connection"] <= 5000, line
    assert line["private_bytes_per_connection"] <= line["bytes_per_connection"]
    difference = line["memory_after"] - line["memory_before"]
    assert line["bytes_per_connection"] == pytest.approx(difference / 3000, abs=1)


def test_beside_others(server):
    line = bench(server, "throughput", "--idle-beside", 100, "--stalled", 1, *PATIENT)
    # Those that stall are counted on their own.
    check_messages(line)
    assert (line["idle_beside"], line["stalled"]) == (100, 1)
    assert 0 <= line["stalled_refused"] <= line["stalled_sent"]
    assert line["stalled_sent"] > 0


def test_refusals_are_counted_not_hidden(start):
    line = bench(start("--rate", 100), "latency", "--rate", 2000)
    assert line["confirmed_in_all"] > 0 and line["refused_in_all"] > 0
    assert line["confirmed_in_all"] + line["refused_in_all"] == line["sent_in_all"]
    assert line["sent_in_all"] == pytest.approx(2000 * IN_ALL)
    assert line["messages_in_all"] == line["confirmed_in_all"]
    assert line["out_of_order_in_all"] > 0
    assert line["last_refusal"] == "rate-limited"


def test_a_message_over_the_limit_is_no_result(server):
    done = run(server, "bench", "throughput", "--size", 100_000, *PATIENT).failed()
    assert "too-large" in done.words
    assert not done.out


def test_for_people(server):
    done = run(server, "bench", "latency", "--rate", 1000, *SHORT).succeeded()
    assert done.text.startswith("wiretale, latency: 1000 a second, 64 bytes, 1 pair\n")
    assert "p99.9" in done.text and "due to verdict" in done.text
    assert not done.err, "no progress is shown where nobody sees it"


def test_two_at_a_time_do_not_hear_each_other(server):
    commands = [
        launch(server, "bench", kind, "--json", *SHORT, *options)
        for kind, options in (("fan-out", ["--members", 10]), ("fan-out", ["--members", 20]))
    ]
    for command, members in zip(commands, (10, 20)):
        check_messages(Done(command).succeeded().line(), copies=members)


def test_the_server_may_be_named_before_the_command(server):
    done = run(None, "--server", where(server), "--json", "bench", "idle", "--connections", 1)
    assert done.succeeded().line()["connections"] == 1


def test_over_ipv6(start):
    server = start("--listen", "[::1]:0")
    check_messages(bench(server, "throughput", "--window", 8))


class Stopped:
    """The server stands still after it was seen to work, and goes on at the end."""

    def __init__(self, server):
        self.server = server

    def __enter__(self):
        self.server.process.send_signal(signal.SIGSTOP)
        while "State:\tT" not in self.server._proc("status"):
            time.sleep(0)
        return self

    def __exit__(self, *_):
        self.server.process.send_signal(signal.SIGCONT)


def launch_one_that_sends(server, number, *options):
    """Started, and seen to send: its clients are the `number`-th, from 1, and the one before."""
    command = launch(server, "bench", "throughput", "--window", 8, "--seconds", 60, *options)
    server.wait_for_log(f"client {number} .* sends 64 bytes")
    return command


# Those that wait for the same five seconds do so together.
STILL = [["throughput"], ["latency"], ["fan-out", "--members", 5]]
STILL += [["throughput", "--library"], ["idle"], ["connections", "--seconds", 60]]


def test_a_server_that_stands_still_is_told_within_seconds(start):
    server = start("--workers", 2, "--max-clients", 5000)
    commands = [launch_one_that_sends(server, 2), launch_one_that_sends(server, 4, "--library")]
    with Stopped(server):
        began = time.monotonic()
        commands += [launch(server, "bench", *rest) for rest in STILL]
        for command in commands:
            done = Done(command).failed()
            assert "5 s" in done.words or "in time" in done.words, done.what
            assert not done.out, done.what
        assert time.monotonic() - began < 7 + 5 * PATIENCE


def test_a_server_that_dies_is_told(start):
    server = start()
    command = launch_one_that_sends(server, 2)
    server.signal(signal.SIGKILL)
    done = Done(command).failed()
    assert "ended" in done.words or "failed" in done.words
    server.wait()


@table("options", [("raw", ["throughput"]), ("library", ["latency", "--library"])])
def test_no_server(start, options):
    server = start()
    server.signal()
    server.wait()
    done = run(server, "bench", *options).failed()
    assert str(server.address[1]) in done.words
    assert "refused" in done.words


ESCAPES = wire.frame(
    Kind.INDICATION, Type.ERROR, 0, wire.field(Tag.TEXT, b"\x1b[2J\x1b[31mfull"), status=Status.BUSY
)


def close_at_once(_connection):
    raise Close


def close_within_hello(_connection):
    raise Close(hello()[:20])


NO_RELAYS = [
    ("another protocol", b"HTTP/1.1 400 Bad Request\r\n\r\n", "no frame of this protocol"),
    ("one that closes", close_at_once, "closed"),
    ("a HELLO cut off", close_within_hello, "closed"),
    ("two HELLOs", hello() + hello(number=2), "second HELLO"),
    ("a HELLO of zeros", hello()[:16] + bytes(200), "without NUMBER"),
    ("an end in escapes", ESCAPES, 'busy, "?[2J?[31mfull"'),
]


@table("greeting, said", NO_RELAYS)
def test_what_is_no_relay_is_no_result(greeting, said):
    fake = FakeServer(greeting)
    try:
        done = run(fake, "bench", "throughput", *SHORT).failed()
        assert said in done.words
        assert not done.out
    finally:
        fake.close()


USAGE = [
    ("no kind", []),
    ("an unknown kind", ["speed"]),
    ("two kinds", ["latency", "idle"]),
    ("an unknown option", ["idle", "--frobnicate"]),
    ("an option of another kind", ["idle", "--pairs", "2"]),
    ("no value", ["throughput", "--pairs"]),
    ("a pair too few", ["throughput", "--pairs", "0"]),
    ("time without an end", ["throughput", "--seconds", "601"]),
    ("escapes", ["\x1b[2J"]),
    ("a URL", ["idle", "--server", "http://127.0.0.1"]),
    ("no server", ["idle", "--server", ""]),
    ("several pairs through the library", ["throughput", "--library", "--pairs", "2"]),
]


@table("arguments", USAGE)
def test_wrong_usage_ends_with_2(arguments):
    assert "wiretale bench --help" in run(None, "bench", *arguments).failed(2).words


def test_a_server_in_the_environment_that_is_none_ends_with_2():
    done = subprocess.run(
        [WIRETALE, "bench", "idle"], capture_output=True, timeout=20,
        env={**os.environ, "WIRETALE_SERVER": "2400"},
    )  # fmt: skip
    assert done.returncode == 2 and b"WIRETALE_SERVER" in done.stderr


@table(
    "options",
    [
        ("idle", ["idle", "--connections", 1000]),
        ("pairs", ["throughput", "--pairs", 200]),
        ("connections", ["connections", "--connections", 500]),
    ],
)
def test_too_few_descriptors_end_with_3_before_anything_connects(server, options):
    script = 'ulimit -Sn 200 && ulimit -Hn 200 && exec "$@"'
    command = ["/bin/sh", "-c", script, "sh", WIRETALE, "bench", *map(str, options)]
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=environment(server),
    )  # fmt: skip
    assert "ulimit" in Done(process).failed(3).words
    # Nor did it connect: the next client is the first.
    assert server.peer().number == 1


def test_a_process_whose_memory_may_not_be_read_ends_with_3(server):
    done = run(server, "bench", "idle", "--connections", 1, "--server-pid", 2**31 - 1)
    assert "2147483647" in done.failed(3).words


@pytest.mark.skipif(is_sanitized(WIRETALE), reason="a sanitizer reserves much more than this")
def test_too_little_memory_ends_with_3(server):
    script = 'ulimit -v 60000 && exec "$@"'
    command = ["/bin/sh", "-c", script, "sh", WIRETALE, "bench", "idle", "--connections", "500000"]
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=environment(server),
    )  # fmt: skip
    Done(process).failed(3)


def test_help_teaches():
    for arguments in (["bench", "--help"], ["help", "bench"]):
        said = run(None, *arguments).succeeded().text
        for word in ("throughput", "latency", "fan-out", "connections", "idle", "--server-pid"):
            assert word in said
    assert "bench" in run(None, "--help").succeeded().text


def test_a_report_that_cannot_be_written_is_a_failure(server):
    with open("/dev/full", "w") as full:
        process = subprocess.Popen(
            [WIRETALE, "bench", "idle", "--connections", "1"], stdin=subprocess.DEVNULL,
            stdout=full, stderr=subprocess.PIPE, env=environment(server),
        )  # fmt: skip
        _, err = process.communicate(timeout=20)
    assert process.returncode == 1
    assert b"could not be written" in err
