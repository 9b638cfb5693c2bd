"""The captures that the project grew from are retold rightly: in the fields of the JSON, and in the
sentences that a person reads. See printed.py for what is theirs and what is made up."""

import json
import os
import subprocess

import pytest

pytest.importorskip("scapy.layers.inet", reason="scapy makes the captures")
import printed  # noqa: E402

WIRETALE = os.environ.get("WIRETALE", "build/wiretale")
ZONE = {"LC_ALL": "C.UTF-8", "TZ": "Asia/Shanghai", "PATH": os.environ.get("PATH", "/usr/bin")}


def trace(*arguments, status=0):
    done = subprocess.run([WIRETALE, "trace", *map(str, arguments)], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=120, env=ZONE, check=False)
    assert done.returncode == status, done.stderr
    return done.stdout


def lines(*arguments):
    return [json.loads(line) for line in trace("--json", *arguments).splitlines()]


@pytest.fixture(name="capture")
def make_capture(tmp_path):
    def make(function):
        path = tmp_path / f"{function.__name__}.pcap"
        function(path)
        return path
    return make


def view(path):
    """The default view without its line breaks."""
    return " ".join(trace(path).split())


def test_five_bytes_are_nine_frames_of_843_closed_by_the_server_in_four(capture):
    path = capture(printed.five_bytes)
    connection, file = lines(path)
    assert (file["packets"], file["tcp"], file["connections"], file["problems"]) == (843, 9, 1, [])
    expected = {
        "type": "connection", "number": 1, "client": "10.7.92.177:50030",
        "server": "10.7.92.174:1005", "first_frame": 160, "last_frame": 754,
        "states": {"client": "CLOSED", "server": "TIME_WAIT"}, "labels": {},
    }
    assert {key: connection[key] for key in expected} == expected
    opening, closing = connection["opening"], connection["closing"]
    assert (opening["kind"], opening["rtt"], opening["frames"]) == (
        "handshake", 0.000369, [160, 161, 162])
    assert opening["agreed"] == {"window_scale": True, "sack": True, "timestamps": False,
                                 "ecn": False}
    assert closing == {"kind": "orderly-4", "first": "server", "segments": 4,
                       "time_wait": "server", "frames": [750, 751, 752, 754]}
    assert [connection["from_client"][key] for key in ("segments", "bytes", "retransmissions")] == [
        5, 5, 0]
    assert [connection["from_server"][key] for key in ("segments", "bytes", "retransmissions")] == [
        4, 0, 0]
    # Every digit, which a float does not hold.
    text = trace("--json", path)
    assert '"start":1683201154.780366500,"duration":28.562487600,' in text
    assert ('"ledger":{"opening":0.000369000,"network":0.048623500,"client":3.426564000,'
            '"server":25.079996700,"recovery":0.000000000,"window":0.000000000,'
            '"closing":0.006934400,"idle":0.000000000}') in text
    assert sum(connection["ledger"].values()) == pytest.approx(28.5624876, abs=1e-9)
    assert connection["limit"] == "server"


def test_the_story_of_the_five_bytes(capture):
    text = view(capture(printed.five_bytes))
    for sentence in (
            "843 packets in 38.4 s from 2023-05-04 19:52:25; 9 TCP segments in 1 connection.",
            "The client 10.7.92.177:50030 opened the connection to the server 10.7.92.174:1005 in "
            "0.369 ms [160 161 162].",
            "They agreed on segments of at most 1460 bytes, windows counted in units of 256 bytes "
            "and selective acknowledgements (SACK).",
            "After 3.43 s the client sent 5 bytes [232]; the server sent none.",
            "The server closed first [750]. Four segments closed the connection, because the "
            "client acknowledged that [751] before it sent a FIN of its own [752], which the "
            "server acknowledged in turn [754]; the server is left in TIME_WAIT until 19:54:03.",
            "The server's checksums are not filled in yet: a network card does that after the "
            "capture, so they are no errors. [161 234 750 ...]",
            "The server's program set the pace (25.1 s of 28.6 s).",
            '"11111" [232]'):
        assert sentence in text


def test_the_segments_of_the_five_bytes(capture):
    segments = [line for line in lines("--segments", capture(printed.five_bytes))
                if line["type"] == "segment"]
    assert [line["frame"] for line in segments] == [160, 161, 162, 232, 234, 750, 751, 752, 754]
    assert [line["flags"] for line in segments] == ["S", "SA", "A", "PA", "A", "FA", "A", "FA", "A"]
    assert [line["length"] for line in segments] == [0, 0, 0, 5, 0, 0, 0, 0, 0]
    assert [line["client_state"] for line in segments] == [
        "SYN_SENT", "ESTABLISHED", "ESTABLISHED", "ESTABLISHED", "ESTABLISHED", "CLOSE_WAIT",
        "CLOSE_WAIT", "LAST_ACK", "CLOSED"]
    assert [line["server_state"] for line in segments] == [
        "SYN_RECV", "SYN_RECV", "ESTABLISHED", "ESTABLISHED", "ESTABLISHED", "FIN_WAIT1",
        "FIN_WAIT2", "TIME_WAIT", "TIME_WAIT"]
    assert segments[0]["seq_raw"] == 2672442395 and segments[0]["seq"] == 0
    assert segments[0]["options"] == {"mss": 1460, "window_scale": 8, "sack_permitted": True}
    assert segments[2]["window_raw"] == 8212 and segments[2]["window"] == 8212 * 256
    # The server's checksums were left to its card; the client's are right, which says nothing.
    assert [line.get("checksum") for line in segments] == [
        None, "offloaded", None, None, "offloaded", "offloaded", None, None, "offloaded"]
    assert all(line["ttl"] == 128 and line["labels"] == [] for line in segments)


def test_three_segments_close_although_an_ack_stands_between_the_fins(capture):
    path = capture(printed.get_in_three)
    connection, _ = lines(path)
    assert connection["closing"] == {"kind": "orderly-3", "first": "server", "segments": 3,
                                     "time_wait": "server", "frames": [7, 9, 10]}
    assert (connection["from_client"]["bytes"], connection["from_server"]["bytes"]) == (3, 6)
    text = view(path)
    assert ("The client sent 3 bytes [4] and the server answered with 6 bytes after 0.234 ms [6]. "
            "The server closed first [7]. Three segments closed the connection, because the "
            "client's own FIN [9] carried the acknowledgement of that one and the server "
            "acknowledged it [10]; the server is left in TIME_WAIT until ") in text
    assert '"get" [4]' in text and '"200 ok" [6]' in text


def test_four_segments_close_when_the_server_waits(capture):
    path = capture(printed.get_in_four)
    connection, _ = lines(path)
    assert connection["closing"] == {"kind": "orderly-4", "first": "client", "segments": 4,
                                     "time_wait": "client", "frames": [8, 9, 10, 11]}
    assert ("The client closed first [8]. Four segments closed the connection, because the server "
            "acknowledged that [9] before it sent a FIN of its own [10]") in view(path)
    assert connection["states"] == {"client": "TIME_WAIT", "server": "CLOSED"}


def test_a_simultaneous_close_is_seen_from_the_middle(capture):
    path = capture(printed.simultaneous_close)
    connection, _ = lines(path)
    assert connection["opening"]["kind"] == "midstream"
    assert (connection["client"], connection["server"]) == (
        "10.25.137.230:46556", "10.29.64.142:443")
    assert connection["closing"] == {"kind": "simultaneous", "first": "both", "segments": 4,
                                     "time_wait": "both", "frames": [1, 2, 3, 4]}
    assert connection["states"] == {"client": "TIME_WAIT", "server": "TIME_WAIT"}
    text = view(path)
    assert "were connected already when the capture began" in text
    assert ("Both sides closed at the same time: each sent its FIN before it had seen the other's "
            "[1 2], and then acknowledged the other's [3 4]; both sides are left in TIME_WAIT "
            "until ") in text
    states = [(line["client_state"], line["server_state"])
              for line in lines("--segments", path) if line["type"] == "segment"]
    assert states[1] == ("FIN_WAIT1", "CLOSING")
    assert states[3] == ("TIME_WAIT", "TIME_WAIT")


def test_hello_and_quit_over_the_loopback_of_windows(capture):
    path = capture(printed.hello)
    connection, _ = lines(path)
    assert (connection["client"], connection["server"]) == ("127.0.0.1:63148", "127.0.0.1:8888")
    assert (connection["from_client"]["bytes"], connection["from_server"]["bytes"]) == (5, 18)
    assert connection["closing"]["kind"] == "orderly-4"
    assert connection["closing"]["first"] == "client"
    assert [(m["from"], m["detail"]) for m in connection["messages"]] == [
        ("server", '"Hello, client!"'), ("client", '"Hello"'), ("server", '"quit"')]
    assert ("The server sent 14 bytes [4], the client answered with 5 bytes after 2 ms [6] and "
            "the server sent 4 bytes after 2 ms [8].") in view(path)
    windows = [(line["window_raw"], line["window"])
               for line in lines("--segments", path) if line["type"] == "segment"]
    assert windows[0] == (65535, 65535)
    assert windows[2:] == [(10233, 2619648)] * 11


def test_the_echo_servers_handshake_and_the_close_of_another(capture):
    first, second, file = lines(capture(printed.echo))
    assert file["connections"] == 2
    assert first["opening"]["kind"] == "handshake" and first["opening"]["rtt"] == 0.000351
    assert first["closing"] == {"kind": "open"}
    assert first["from_client"]["offer"]["window"] == 14600
    assert second["opening"]["kind"] == "midstream"
    assert second["closing"]["kind"] == "orderly-3"
    assert second["closing"]["first"] == "client"
    assert second["client"] == "192.168.1.200:46341"


def test_the_assignments_functions_are_named(capture):
    path = capture(printed.assignment)
    connection, _ = lines(path)
    assert connection["protocol"] == "classic"
    names = [message["name"] for message in connection["messages"]]
    assert names == ["hello", "TIME request", "TIME answer", "NAME request", "NAME answer",
                     "CLIENT request", "CLIENT answer", "SEND request", "CANCEL request"]
    assert all(message["bytes"] == 264 for message in connection["messages"][1:])
    assert connection["messages"][7]["detail"] == 'to 127.0.0.1:55842: "hello, you"'
    assert "SEND request: to 127.0.0.1:55842" in view(path)
    data = [line for line in lines("--segments", path)
            if line["type"] == "segment" and line["length"] == 264]
    assert len(data) == 8
    assert all(line["flags"] == "PA" and "timestamps" in line["options"] for line in data)


def test_each_can_be_asserted_on_in_a_script(capture):
    three = capture(printed.get_in_three)
    trace("--expect", "closing.kind=orderly-3 closing.first=server from_client.retransmissions=0",
          three)
    done = subprocess.run([WIRETALE, "trace", "--expect", "closing.kind=orderly-4", str(three)],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
                          env=ZONE, check=False)
    assert done.returncode == 1
    assert "connection 1: closing.kind is orderly-3, expected orderly-4" in done.stderr
