"""The views of `wiretale trace` that show segments and their headers: which frames, which numbers,
with which other options, and what is said where there is nothing to show."""

import json
import re
import subprocess

import pytest

import printed
from test_command import FRAMES, SECONDS, WIRETALE
from frames import write_pcap

RAW_CLIENT, RAW_SERVER = 2977803439, 4166461748  # of the capture that printed.hello() builds


@pytest.fixture(name="folder")
def make_folder(tmp_path):
    """hello.pcap has one connection of 13 segments, x.pcap three."""
    printed.hello(str(tmp_path / "hello.pcap"))
    write_pcap(tmp_path / "x.pcap", FRAMES)
    return tmp_path


def trace(folder, *arguments, status=0, stdin=None):
    done = subprocess.run([WIRETALE, "trace", *arguments], cwd=folder, capture_output=True,
                          timeout=SECONDS, check=False, input=stdin, text=stdin is None)
    assert done.returncode == status, (arguments, done.returncode, done.stdout, done.stderr)
    return done


def lines(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


def shown_frames(done):
    """Numbers of the frames that --detail shows."""
    return [int(number) for number in re.findall(r"^Frame (\d+)", done.stdout, re.MULTILINE)]


def rungs(text):
    """Numbers of the frames of a ladder, in order."""
    return [int(number) for number in re.findall(r"^\[(\d+)\] ", text, re.MULTILINE)]


def test_each_connection_has_its_ladder_under_its_story(folder):
    done = trace(folder, "--segments", "x.pcap")
    stories = re.split(r"^(?=Connection \d+: )", done.stdout, flags=re.MULTILINE)[1:]
    assert [rungs(story) for story in stories] == [
        list(range(1, 11)), list(range(11, 20)), list(range(20, 27))]


def test_a_ladder_has_raw_numbers_where_they_are_asked_for(folder):
    relative = trace(folder, "--segments", "hello.pcap").stdout
    absolute = trace(folder, "--segments", "--absolute", "hello.pcap").stdout
    assert re.search(r"^\[1\] .* SYN +seq 0 ", relative, re.MULTILINE)
    assert re.search(rf"^\[1\] .* SYN +seq {RAW_CLIENT} ", absolute, re.MULTILINE)
    assert re.search(rf"^\[2\] .* seq {RAW_SERVER} +ack {RAW_CLIENT + 1} ", absolute,
                     re.MULTILINE)


def test_the_ladders_of_those_that_only_lets_through(folder):
    done = trace(folder, "--segments", "--only", "closing.kind=reset", "x.pcap")
    assert rungs(done.stdout) == list(range(20, 27))
    assert "Connection 1:" not in done.stdout


@pytest.mark.parametrize("arguments", [
    ("--detail=4-5,7", "hello.pcap"), ("--detail", "4-5,7", "hello.pcap"),
    ("hello.pcap", "--detail", "4-5,7"), ("--detail", "--explain", "4,5,7", "hello.pcap")])
def test_frames_are_chosen_in_each_way_that_is_documented(folder, arguments):
    assert shown_frames(trace(folder, *arguments)) == [4, 5, 7]


def test_without_numbers_every_frame_with_tcp_is_shown(folder):
    assert shown_frames(trace(folder, "--detail", "hello.pcap")) == list(range(1, 14))


def test_a_range_may_be_open(folder):
    assert shown_frames(trace(folder, "--detail", "12-", "hello.pcap")) == [12, 13]


def test_details_of_those_that_only_lets_through(folder):
    done = trace(folder, "--detail", "--only", "closing.kind=reset", "x.pcap")
    assert shown_frames(done) == list(range(20, 27))


def test_details_from_a_pipe_with_what_only_asks_at_the_end(folder):
    capture = (folder / "x.pcap").read_bytes()
    done = trace(folder, "--detail", "--only", "closing.kind=reset", "-", stdin=capture)
    assert re.findall(rb"^Frame (\d+)", done.stdout, re.MULTILINE)[0] == b"20"


def test_a_frame_that_is_not_there_is_said(folder):
    done = trace(folder, "--detail", "99", "hello.pcap", status=1)
    assert (done.stdout, done.stderr) == (
        "", "wiretale: trace: --detail: the capture has no such frame.\n")


def test_details_as_json_are_those_frames_and_the_file(folder):
    objects = lines(trace(folder, "--detail=4", "--json", "hello.pcap"))
    assert [line["type"] for line in objects] == ["detail", "file"]
    assert objects[1]["packets"] == 13
    fields = {field["name"]: field for layer in objects[0]["layers"]
              for field in layer.get("fields", [])}
    assert fields["tcp.sequence"]["hex"] == f"{RAW_SERVER + 1:08x}"
    assert fields["tcp.destination_port"]["value"] == "63148"
    tcp = next(layer for layer in objects[0]["layers"] if layer["name"] == "tcp")
    assert tcp["offset"] + fields["tcp.checksum"]["offset"] == 40


def test_every_byte_of_a_header_can_be_found_in_the_dump(folder):
    text = trace(folder, "--detail", "4", "hello.pcap").stdout
    table, dump = text.split("The 58 bytes of the frame")
    shown = {}
    for offset, columns in re.findall(r"^  ([0-9a-f]{4})  (.{48})", dump, re.MULTILINE):
        for place in range(16):
            column = place * 3 + (place >= 8)
            byte = columns[column:column + 2].strip()
            if byte:
                shown[int(offset, 16) + place] = byte
    assert sorted(shown) == list(range(58))
    named = re.findall(r"^ +(\d+) [0-9a-f]{4}  ((?:[0-9a-f]{2} )+) ", table, re.MULTILINE)
    assert len(named) > 10
    for offset, octets in named:
        for place, byte in enumerate(octets.split()):
            assert shown[int(offset) + place] == byte


def test_explanations_are_given_once_and_arithmetic_each_time(folder):
    plain = trace(folder, "--detail", "1-3", "hello.pcap").stdout
    text = trace(folder, "--detail", "1-3", "--explain", "hello.pcap").stdout
    assert "pseudo-header" not in plain
    assert " ".join(text.split()).count("RFC 9293 section 3.9.1.2") == 1
    assert text.count("the pseudo-header, 12 bytes") == 3
    for checksum in ("ff57", "ddba", "f0b8"):  # as the source prints them
        assert f"The segment carries {checksum}: it arrived as it was sent." in text


def test_writing_goes_on_behind_the_last_frame_that_is_shown(folder):
    trace(folder, "--detail", "1", "--write", "out.pcapng", "hello.pcap")
    objects = lines(trace(folder, "--json", "--stats", "out.pcapng"))
    assert objects[-1]["packets"] == 13


@pytest.mark.parametrize("arguments, word", [
    (["--detail", "--segments", "x.pcap"], "--segments goes with neither"),
    (["--follow", "1", "--segments", "x.pcap"], "--segments goes with neither"),
    (["--detail", "--follow", "1", "x.pcap"], "two views"),
    (["--detail=0", "x.pcap"], "--detail"),
    (["--detail=5-3", "x.pcap"], "--detail"),
    (["--detail=1,,2", "x.pcap"], "--detail"),
    (["--detail=" + ",".join("1" * 257), "x.pcap"], "--detail"),
    (["--explain", "x.pcap"], "--explain goes with --detail"),
    (["--absolute", "x.pcap"], "--absolute goes with"),
    (["--absolute", "--detail", "x.pcap"], "--absolute goes with --segments; --detail and"),
    (["--absolute", "--segments", "--json", "x.pcap"], "--absolute"),
    (["--hex", "x.pcap"], "--hex goes with --follow"),
    (["--follow", "0", "x.pcap"], "--follow takes a number"),
    (["--count", "5", "x.pcap"], "go with -i"),
    (["--for", "5s", "x.pcap"], "go with -i"),
    (["--for", "soon", "-i", "lo"], "--for takes a time"),
    (["-i", "lo", "x.pcap"], "give one of them"),
    (["-i", "lo", "--segments", "--only", "closing.kind=reset"], "--only"),
    (["x.pcap", "x.pcap", "x.pcap"], "or two of the same"),
    (["--segments", "x.pcap", "hello.pcap"], "two captures"),
    (["--only", "closing.kind=reset", "x.pcap", "hello.pcap"], "one capture"),
    (["-", "-"], "standard input"),
])
def test_what_does_not_go_together_is_said(folder, arguments, word):
    done = trace(folder, *arguments, status=2)
    assert done.stdout == ""
    assert word in done.stderr.replace("\n    ", " ")
    assert done.stderr.replace("\n    ", " ").endswith(" See: wiretale trace --help\n")
