"""The one-shot commands against a real server: JSON and exit statuses are those of the product's
description, and the words for people say the same."""

import base64
import json
import re
import signal
import socket
import statistics
import subprocess
import time
from datetime import datetime

import pytest

import wire
from cli import Done, environment, launch, needs_wiretale, run, where, WIRETALE
from fake_server import FakeServer, refuse
from peer import PATIENCE, WAIT
from tables import table
from wire import Tag, Type

pytestmark = needs_wiretale
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}([+-]\d\d:\d\d|Z)$")


def seconds_of(stamp):
    assert RFC3339.match(stamp), stamp
    return datetime.fromisoformat(re.sub(r"(\.\d{6})\d{3}", r"\1", stamp)).timestamp()


def test_time(server):
    line = run(server, "time", "--json").succeeded().line()
    assert line["type"] == "time"
    assert abs(seconds_of(line["time"]) - time.time()) < 5
    assert run(server, "time").succeeded().text.strip()


def test_time_shows_the_servers_zone(start):
    server = start(environment={"TZ": "XYZ-5:30"})
    line = run(server, "time", "--json").succeeded().line()
    assert line["time"].endswith("+05:30")
    assert abs(seconds_of(line["time"]) - time.time()) < 5


def test_time_100_gets_100_responses(server):
    line = run(server, "time", "--count", 100, "--json").succeeded().line()
    assert (line["type"], line["count"], line["responses"]) == ("time", 100, 100)
    assert 0 < line["min"] <= line["median"] <= line["max"] < 5
    assert abs(seconds_of(line["time"]) - time.time()) < 5
    assert "100" in run(server, "time", "--count", 100).succeeded().text


def test_ten_times_100_at_once_get_all_of_theirs(server):
    commands = [launch(server, "time", "--count", 100, "--json") for _ in range(10)]
    lines = [Done(command).succeeded().line() for command in commands]
    assert [line["responses"] for line in lines] == [100] * 10
    assert statistics.median(line["median"] for line in lines) < 1


def test_time_100000_is_pipelined(server):
    began = time.monotonic()
    line = run(server, "time", "--count", 100_000, "--json").succeeded().line()
    assert line["responses"] == 100_000
    assert time.monotonic() - began < 15 * PATIENCE


def test_name(server):
    line = run(server, "name", "--json").succeeded().line()
    assert line == {"type": "name", "name": socket.gethostname()}
    assert socket.gethostname() in run(server, "name").succeeded().text


def test_list(server):
    peers = [server.peer("ada"), server.peer(), server.peer("小明 \"quoted\" \\")]
    lines = run(server, "list", "--json").succeeded().lines()
    by_number = {line["number"]: line for line in lines}
    assert list(by_number) == sorted(by_number)
    for peer in peers:
        line = by_number.pop(peer.number)
        assert line["type"] == "client"
        assert line["address"] == "{}:{}".format(*peer.local_address)
        assert line.get("name") == peer.name
        assert abs(seconds_of(line["since"]) - time.time()) < 30
    assert len(by_number) == 1, "the asker itself"
    text = run(server, "list").succeeded().text
    assert "ada" in text and "小明" in text


def test_list_of_more_than_a_page(start):
    server = start("--max-body", 1024)
    peers = [server.peer("n" * 60 + f"{number:04d}") for number in range(100)]
    lines = run(server, "list", "--json").succeeded().lines()
    numbers = [line["number"] for line in lines]
    assert len(set(numbers)) == len(numbers) == 101
    assert set(numbers) >= {peer.number for peer in peers}


def test_list_of_an_ipv6_client(start):
    server = start("--listen", "[::1]:0")
    peer = server.peer()
    lines = run(server, "list", "--json").succeeded().lines()
    assert lines[0]["address"] == f"[::1]:{peer.local_address[1]}"


def test_rooms(server):
    assert run(server, "rooms", "--json").succeeded().text == ""
    one, two = server.peer(), server.peer()
    for peer, room in ((one, "tea"), (two, "tea"), (one, "茶 room")):
        peer.ok(Type.JOIN, wire.to_room(room))
    lines = run(server, "rooms", "--json").succeeded().lines()
    assert sorted(lines, key=lambda line: line["room"]) == [
        {"type": "room", "room": "tea", "members": 2},
        {"type": "room", "room": "茶 room", "members": 1},
    ]
    assert "tea" in run(server, "rooms").succeeded().text


@pytest.mark.parametrize("to", ["number", "name", "room"])
def test_send(server, to):
    peer = server.peer("ada", acks=True)
    peer.ok(Type.JOIN, wire.to_room("tea"))
    to = {"number": str(peer.number), "name": "@ada", "room": "#tea"}[to]
    command = launch(server, "send", to, "hello", "world", "--json")
    message = peer.message()
    assert message[Tag.DATA] == b"hello world"
    line = Done(command).succeeded().line()
    assert (line["type"], line["to"]) == ("send", to)
    assert (line["outcome"], line["status"]) == ("delivered", "ok")
    assert line["text"]
    assert 0 <= line["seconds"] < 5


def test_send_from_standard_input(server):
    peer = server.peer("ada", acks=True)
    content = "first line\n第二行\n".encode() + bytes(range(256))
    command = launch(server, "send", "@ada", "-", stdin=subprocess.PIPE)
    command.stdin.write(content)
    command.stdin.close()
    command.stdin = None
    assert peer.message()[Tag.DATA] == content
    Done(command).succeeded()


def test_send_beyond_the_limit_fails_with_a_sentence(server):
    server.peer("ada", acks=True)
    run(server, "send", "@ada", "-", content=bytes(70_000)).failed()


def test_send_says_truly_why_not(server):
    done = run(server, "send", "@nobody", "x", "--json").failed()
    line = done.line()
    assert line["status"] == "no-such-client"
    assert line["outcome"] != "delivered"
    run(server, "send", "4711", "x").failed()
    run(server, "send", "#nowhere", "x").failed()
    mortal = server.peer("mortal")
    command = launch(server, "send", "@mortal", "x", "--json")
    mortal.message()
    mortal.close()
    assert Done(command).failed().line()["status"] == "gone"


def test_send_to_itself_says_so_at_once(server):
    began = time.monotonic()
    number = server.peer().number + 1
    done = run(server, "send", number, "x", "--json").failed(1)
    assert "this command itself" in done.words
    assert done.line()["outcome"] == "failed"
    assert "this command itself" in run(server, "send", "@me", "x", "--name", "me").failed(1).words
    assert time.monotonic() - began < 9.5  # a verdict that waits takes ten


def test_json_says_what_failed_before_a_message_left(server):
    server.peer("ada", acks=True)
    line = run(server, "send", "@ada", "-", "--json", content=bytes(70_000)).failed(1).line()
    assert (line["outcome"], line["status"]) == ("failed", "too-large")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    nowhere = ["--server", f"127.0.0.1:{port}"]
    done = run(server, "send", "@ada", "x", "--json", *nowhere).failed(1)
    assert (done.line()["outcome"], done.line()["status"]) == ("failed", "not-connected")
    assert "Is wiretaled running there?" in done.words


def test_no_acknowledgement_in_time_is_unknown():
    fake = FakeServer(answers={Type.SEND: lambda request: refuse(request, 11, b"no answer")})
    try:
        line = run(fake, "send", "@x", "hello", "--json").failed(1).line()
        assert (line["outcome"], line["status"]) == ("unknown", "timeout")
        assert "may have arrived" in line["text"]
        words = run(fake, "send", "@x", "hello").failed(1).words
        assert "unknown" in words and "not delivered" not in words
    finally:
        fake.close()


def test_options_may_stand_before_the_command(server):
    before = ["--server", where(server), "--timeout=5", "--json"]
    assert run(None, *before, "name").succeeded().line()["type"] == "name"
    assert "Usage" in run(None, "time", "-h").succeeded().text


def test_another_service_is_not_taken_for_a_server_that_is_down():
    fake = FakeServer(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    try:
        words = run(fake, "time").failed(1).words
        assert "another service" in words and "running there" not in words
    finally:
        fake.close()


def test_send_to_a_classic_client_is_passed(server):
    client = server.classic()
    client.call(2)
    address = (client.ip, client.port)
    number = next(entry.number for entry in server.peer().clients() if entry.address == address)
    line = run(server, "send", number, "hi", "--json").succeeded().line()
    assert (line["outcome"], line["status"]) == ("passed", "ok")
    assert client.receive() == (5, b"hi")


def wait_for_name(server, name):
    probe = server.peer()
    entry = probe.eventually(
        lambda: next((entry for entry in probe.clients() if entry.name == name), None), what=name
    )
    probe.close()
    return entry


def test_listen(server):
    command = launch(server, "listen", "--name", "ear", "--count", 3, "--join", "tea", "--json")
    wait_for_name(server, "ear")
    sender = server.peer("ada")
    sender.eventually(lambda: sender.rooms() == {"tea": 1}, what="the room")
    binary = b"\xff\x00\xfe"
    sent = [sender.send("@ear", 'quote " and \x1b[2J'), sender.send("#tea", "房间")]
    sent.append(sender.send("@ear", binary))
    assert {sender.verdict(id_) for id_ in sent} == {"delivered"}
    lines = Done(command).succeeded().lines()
    assert [line["type"] for line in lines] == ["message"] * 3
    assert [line.get("data") for line in lines] == ['quote " and \x1b[2J', "房间", None]
    assert base64.b64decode(lines[2]["data_base64"]) == binary
    assert [line.get("room") for line in lines] == [None, "tea", None]
    for line in lines:
        assert line["from"]["number"] == sender.number
        assert line["from"]["address"] == "{}:{}".format(*sender.local_address)
        assert line["from"]["name"] == "ada"
        assert abs(seconds_of(line["time"]) - time.time()) < 30
    assert len({line["number"] for line in lines}) == 3


def test_listen_prints_at_once_not_at_the_end(server):
    command = launch(server, "listen", "--name", "ear", "--json")
    try:
        wait_for_name(server, "ear")
        sender = server.peer()
        for number in range(3):
            assert sender.verdict(sender.send("@ear", str(number))) == "delivered"
            assert json.loads(command.stdout.readline())["data"] == str(number)
    finally:
        command.send_signal(signal.SIGINT)
        command.communicate(timeout=WAIT)


def test_listen_makes_control_characters_harmless(server):
    command = launch(server, "listen", "--name", "ear", "--count", 1)
    wait_for_name(server, "ear")
    sender = server.peer("\u202eevil")
    content = b"\x1b[2J\x1b]0;owned\x07\r\b\x7f\xc2\x9b31m visible \xff"
    assert sender.verdict(sender.send("@ear", content)) == "delivered"
    assert b"visible" in Done(command).succeeded().out  # Done looks for what a terminal obeys


def test_listen_refuses_a_name_that_is_taken(server):
    server.peer("ear")
    run(server, "listen", "--name", "ear", "--count", 1).failed()


def test_listen_ends_with_a_sentence_when_the_server_does(start):
    server = start()
    command = launch(server, "listen", "--name", "ear")
    wait_for_name(server, "ear")
    server.close_peers()
    server.signal()
    assert "the server is shutting down" in Done(command).failed().words
    assert server.wait() == 0


def test_ping(server):
    for line in run(server, "ping", "--json").succeeded().lines():
        assert line["type"] == "ping"
    assert run(server, "ping").succeeded().text.strip()


def test_the_server_option_and_its_forms(server):
    host, port = server.address
    for form in (f"{host}:{port}", f"localhost:{port}"):
        command = [WIRETALE, "name", "--json", "--server", form]
        done = subprocess.run(
            command, capture_output=True, env=environment(), timeout=WAIT, check=False
        )
        assert done.returncode == 0, done
        assert json.loads(done.stdout)["name"] == socket.gethostname()


def test_the_option_wins_over_the_environment(server, start):
    other = start("--name", "other")
    process = subprocess.Popen(
        [WIRETALE, "list", "--json", "--server", where(server)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(other),
    )
    server.peer("here")
    assert Done(process).succeeded()
    assert not any("came" in line for line in other.lines)


def test_over_ipv6(start):
    server = start("--listen", "[::1]:0")
    assert run(server, "time", "--json").succeeded().line()["type"] == "time"


USAGE = [
    ("no command", []),
    ("an unknown command", ["frobnicate"]),
    ("an unknown option", ["time", "--frobnicate"]),
    ("--count 0", ["time", "--count", "0"]),
    ("--count of letters", ["time", "--count", "many"]),
    ("--count negative", ["time", "--count", "-3"]),
    ("--count beyond 64 bits", ["time", "--count", "99999999999999999999"]),
    ("--count without a value", ["time", "--count"]),
    ("send without TO", ["send"]),
    ("send to an empty name", ["send", "@", "x"]),
    ("send to an empty room", ["send", "#", "x"]),
    ("send to no number", ["send", "12x", "x"]),
    ("send to a number of 33 bits", ["send", "4294967296", "x"]),
    ("--server with a port too large", ["time", "--server", "127.0.0.1:65536"]),
    ("--server empty", ["time", "--server", ""]),
    ("--server a port alone", ["time", "--server", "2400"]),
    ("--server a URL", ["time", "--server", "http://127.0.0.1:2312"]),
    ("listen with an empty name", ["listen", "--name", ""]),
    ("listen with a name of 65 bytes", ["listen", "--name", "n" * 65]),
    ("listen with a control character", ["listen", "--name", "a\x1b[2J"]),
    ("a stray argument", ["name", "stray"]),
]


@table("arguments", USAGE)
def test_bad_usage_ends_with_2(server, arguments):
    run(server, *arguments).failed(2)


@pytest.mark.parametrize(
    "command", ["time", "name", "list", "rooms", "send", "listen", "ping", "chat"]
)
def test_help(command):
    done = run(None, command, "--help").succeeded()
    assert command in done.text
    assert "--server" in done.text
    assert "wiretale" in run(None, "--help").succeeded().text


def test_no_server_there(start):
    server = start()
    server.signal()
    server.wait()
    for command in (["time"], ["list"], ["send", "@x", "y"], ["listen"]):
        done = run(server, *command).failed(1, 3)
        assert str(server.address[1]) in done.words


def test_a_server_that_is_full(start):
    server = start("--max-clients", 1)
    server.peer()
    run(server, "time").failed()


def test_a_reader_of_the_output_that_ends_early(server):
    for number in range(50):
        server.peer(f"n{number}")
    command = launch(server, "list")
    command.stdout.close()
    command.stdout = None
    _, err = command.communicate(timeout=WAIT)
    # Ended by a status or by SIGPIPE, as any filter's feeder; never by another signal.
    assert command.returncode >= 0 or command.returncode == -signal.SIGPIPE
    assert b"Sanitizer" not in err


def test_output_to_a_full_disk_is_a_failure(server):
    with open("/dev/full", "w") as full:
        process = subprocess.Popen(
            [WIRETALE, "name"], stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE,
            env=environment(server),
        )  # fmt: skip
        process.communicate(timeout=WAIT)
    assert process.returncode != 0
