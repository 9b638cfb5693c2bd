"""What people read: the calls as they were made, and sentences that say what to do."""

import re
import shutil
import socket
import subprocess

import pytest

import bare
from bare import accept, call, port_of, receive_all, receive_exactly

LISTEN_CALLS = """\
socket(AF_INET, SOCK_STREAM, 0) = 3
bind(3, {AF_INET, 127.0.0.1:0}, 16) = 0
listen(3, 16) = 0
getsockname(3, {AF_INET, 127.0.0.1:PORT}, [16]) = 0
fcntl(3, F_SETFL, O_NONBLOCK) = 0
Listening at 127.0.0.1:PORT.
accept(3, {AF_INET, 127.0.0.1:CLIENT}, [16]) = 4
getsockname(4, {AF_INET, 127.0.0.1:PORT}, [16]) = 0
close(3) = 0
fcntl(4, F_SETFL, O_NONBLOCK) = 0
Client 1 is connected: from 127.0.0.1:CLIENT to 127.0.0.1:PORT.
recv(4, "hello\\n", 65536, 0) = 6
send(4, "hello\\n", 6, 0) = 6
recv(4, "", 65536, 0) = 0
close(4) = 0
Client 1 closed the connection (FIN), then we did. Bytes: 6 received, 6 sent.
"""

CONNECT_CALLS = """\
socket(AF_INET, SOCK_STREAM, 0) = 3
connect(3, {AF_INET, 127.0.0.1:PORT}, 16) = 0
getsockname(3, {AF_INET, 127.0.0.1:CLIENT}, [16]) = 0
fcntl(3, F_SETFL, O_NONBLOCK) = 0
Connected to 127.0.0.1:PORT from 127.0.0.1:CLIENT.
send(3, "say \\"hi\\"", 8, 0) = 8
shutdown(3, SHUT_WR) = 0
We send the peer nothing more (our FIN); what comes is still read.
recv(3, "", 65536, 0) = 0
close(3) = 0
The peer closed too (FIN); we were first. Bytes: 0 received, 8 sent.
"""

REFUSED_CALLS = """\
socket(AF_INET, SOCK_STREAM, 0) = 3
connect(3, {AF_INET, 127.0.0.1:PORT}, 16) = -1 ECONNREFUSED (Connection refused)
close(3) = 0
"""


def test_the_calls_of_a_server(listen):
    peer = listen("--once", "--echo", "--calls")
    with call(peer.port) as client:
        number = port_of(client)
        client.sendall(b"hello\n")
        assert receive_exactly(client, 6) == b"hello\n"
    assert peer.status() == 0
    assert peer.words.replace(f":{number}", ":CLIENT").replace(
        f":{peer.port}", ":PORT") == LISTEN_CALLS


def test_the_calls_of_a_client(server, connect):
    peer = connect(port_of(server), "--say", 'say "hi"', "--half-close", "--calls",
                   stdin=subprocess.DEVNULL)
    with accept(server) as connection:
        client = connection.getpeername()[1]
        assert receive_all(connection) == b'say "hi"'
    assert peer.status() == 0
    words = peer.words.replace(f":{client}", ":CLIENT").replace(f":{port_of(server)}", ":PORT")
    assert words == CONNECT_CALLS


def test_the_calls_of_a_refusal_and_what_to_do(connect):
    with bare.plain_server() as free:
        port = port_of(free)
    peer = connect(port, "--calls")
    assert peer.status() == 1
    calls, sentence = peer.words.split("wiretale: ")
    assert calls.replace(f":{port}", ":PORT") == REFUSED_CALLS
    assert "An RST came back" in sentence and "Start the server first" in sentence


@pytest.mark.skipif(not shutil.which("strace"), reason="there is no strace")
def test_a_tracer_sees_the_same_calls(server, tmp_path):
    """Each call of ours stands in the tracer's log, in that order, with its result; and no other
    socket call does."""
    log = tmp_path / "strace"
    traced = subprocess.Popen(
        ["strace", "-f", "-o", str(log), "-s", "48",
         "-e", "trace=network,close,fcntl", bare.WIRETALE, "socket", "connect",
         f"127.0.0.1:{port_of(server)}", "--calls", "--nodelay", "--say", "get", "--half-close",
         "--rcvbuf", "9000"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        with accept(server) as connection:
            receive_all(connection)
            connection.sendall(b"200 ok")
        _, words = traced.communicate(timeout=bare.WAIT)
    finally:
        traced.kill()
    if not log.exists() or "+++ exited" not in log.read_text():
        pytest.skip("strace may not trace here")
    ours = [shape(line) for line in words.decode().splitlines()
            if re.match(r"[a-z]+\(.*\) = ", line)]
    theirs = [shape(line.split(None, 1)[1]) for line in log.read_text().splitlines()
              if re.match(r"\d+ +[a-z]+\(", line)]
    first = theirs.index(ours[0])
    # Behind the first socket(): nothing but ours on descriptor 3 (fcntl's asking for flags apart).
    same = [one for one in theirs[first:] if one[1] == "3" or one[0] == "socket"]
    assert same == ours


def shape(line):
    """The call's name, its first argument where that is a descriptor, and its result."""
    name, rest = line.split("(", 1)
    name = {"sendto": "send", "recvfrom": "recv"}.get(name, name)
    if "F_GETFL" in rest:
        return ("fcntl", "asked", "")
    descriptor = re.match(r"\d+", rest)
    result = rest.rsplit(" = ", 1)[1].split()[0]
    return (name, descriptor.group() if descriptor else "", result)


def run(*arguments):
    return subprocess.run([bare.WIRETALE, "socket", *arguments], stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=bare.WAIT, check=False)


@pytest.mark.parametrize("arguments, sentence", [
    ([], "listen or connect"),
    (["listen"], "listen or connect"),
    (["sing", "127.0.0.1:1"], "listen or connect"),
    (["connect", "127.0.0.1"], "the port is missing"),
    (["connect", "127.0.0.1:0"], "port 0"),
    (["listen", "[::1:80"], "[ADDRESS]:PORT"),
    (["listen", "127.0.0.1:70000"], "0 to 65535"),
    (["listen", "123456"], "0 to 65535"),
    (["listen", "1234567890123"], "the port is missing"),
    (["listen", "0", "--linger", "5"], "--linger takes 0 only"),
    (["listen", "0", "--close-after", "soon"], "2s or 200ms"),
    (["listen", "0", "--close-after", "2 days"], "2s or 200ms"),
    (["listen", "0", "--close-after", "1.5ms"], "2s or 200ms"),
    (["listen", "0", "--pad", "100"], "--pad goes with"),
    (["listen", "0", "--echo", "--serial"], "--echo or --serial"),
    (["listen", "0", "--bind", "1"], "--bind goes with connect"),
    (["connect", "1", "--once"], "--once goes with listen"),
    (["listen", "0", "--say", r"\y"], "behind a backslash"),
    (["listen", "0", "--say", r"\x4"], "behind a backslash"),
    (["listen", "0", "--until", ""], "1 to 255 bytes"),
    (["listen", "0", "--until", "x" * 256], "1 to 255 bytes"),
    (["listen", "0", "--line-end", "cr"], "lf, crlf or none"),
    (["listen", "0", "--backlog", "-1"], "0 to 65535"),
])
def test_a_wrong_command_line_is_2_and_says_why(arguments, sentence):
    done = run(*arguments)
    assert done.returncode == 2
    assert sentence in done.stderr.decode()
    assert not done.stdout


def test_a_port_in_use_says_what_to_do(listen):
    first = listen()
    done = run("listen", f"127.0.0.1:{first.port}")
    assert done.returncode == 1
    assert "EADDRINUSE" in done.stderr.decode() and "--reuse" in done.stderr.decode()


def test_an_address_of_another_machine_says_what_to_do():
    done = run("listen", "192.0.2.1:8888")
    assert done.returncode == 1
    assert "No interface of this machine has that address" in done.stderr.decode()


def test_json_tells_all_and_bytes_that_are_no_text_in_base64(listen):
    peer = listen("--once", "--json")
    with call(peer.port) as client:
        number = port_of(client)
        client.sendall(b"\xff\x00")
        peer.out.wait(rb'"type":"data"')
    assert peer.status() == 0
    here, there = f"127.0.0.1:{peer.port}", f"127.0.0.1:{number}"
    assert peer.lines() == [
        {"type": "listening", "local": here},
        {"type": "connected", "number": 1, "local": here, "peer": there},
        {"type": "data", "number": 1, "from": "peer", "data_base64": "/wA="},
        {"type": "closed", "number": 1, "by": "peer", "how": "fin", "why": "peer", "received": 2,
         "sent": 0, "unread": 0, "unsent": 0},
    ]
    assert peer.words == ""


def test_hostile_bytes_are_harmless_in_the_calls(listen):
    peer = listen("--once", "--calls")
    with call(peer.port) as client:
        client.sendall(b"\x1b]0;owned\x07\r\xe2\x80\xae" + socket.inet_aton("1.2.3.4"))
    assert peer.status() == 0
    assert r'recv(4, "\x1b]0;owned\x07\r\u{202e}\x01\x02\x03\x04", 65536, 0)' in peer.words


def test_wire_shows_the_segments_or_says_why_it_cannot(server, connect):
    peer = connect(port_of(server), "--wire", "--say", "get", "--half-close",
                   stdin=subprocess.DEVNULL)
    with accept(server) as connection:
        assert receive_all(connection) == b"get"
        connection.sendall(b"200 ok")
    assert peer.status() == 0
    assert peer.out.octets == b"200 ok"  # the segments are not among the bytes
    if "captur" in peer.words:  # not permitted here, or built without libpcap
        assert peer.words.count("wiretale: ") == 1
        return
    for wanted in (r"SYN +seq 0", r"PSH ACK +seq 1:4 +ack 1 +3 bytes", r"seq 1:7", r"FIN ACK"):
        assert re.search(wanted, peer.words), (wanted, peer.words)
