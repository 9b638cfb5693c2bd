"""Whatever a capture file holds: wiretale ends by itself, soon, with status 0 or 1, within bounded
memory; each line it prints is JSON, the last of them the file's; no terminal obeys what it prints;
and what cannot be read is said with the file and the offset."""

import collections
import json
import os
import re
import resource
import subprocess
import tempfile

import pytest

import damaged

WIRETALE = os.path.abspath(os.environ.get("WIRETALE", "build/wiretale"))
SANITIZED = bool(os.environ.get("WIRETALE_SANITIZED"))
PATIENCE = float(os.environ.get("WIRETALE_TEST_PATIENCE", "1"))
SECONDS = 30 * PATIENCE
MEMORY_MAX_BYTES = 200 << 20  # of its own, without what it maps of files
OBEYED = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae]")

CASES = {name: (octets, is_damaged) for name, octets, is_damaged in damaged.hostile_captures()}


class Run:
    """One run of `wiretale trace` in a folder. At the bound it gets no more memory."""

    def __init__(self, folder, *arguments, memory=MEMORY_MAX_BYTES):
        def bound_memory():
            if not SANITIZED:
                resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))

        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            self.status = subprocess.run(
                [WIRETALE, "trace", *map(str, arguments)], cwd=folder, stdin=subprocess.DEVNULL,
                stdout=out, stderr=err, timeout=SECONDS, check=False,
                preexec_fn=bound_memory).returncode
            for file in (out, err):
                file.seek(0)
            self.out, self.err = out.read(), err.read()
        self.what = f"{arguments}: {self.status} {self.out[-600:]!r} {self.err[-600:]!r}"
        assert self.status in (0, 1), self.what
        assert not re.search(b"memory|Sanitizer|runtime error", self.err), self.what
        for output in (self.out, self.err):
            assert not OBEYED.search(output), self.what

    def lines(self):
        return [json.loads(line) for line in self.out.decode().splitlines()]


def test_there_are_a_hundred():
    assert len(CASES) >= 100


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_capture_is_told_as_far_as_it_goes(name, tmp_path):
    octets, is_damaged = CASES[name]
    (tmp_path / "capture").write_bytes(octets)
    run = Run(tmp_path, "--json", "--segments", "capture")
    lines = run.lines()
    assert lines and lines[-1]["type"] == "file", run.what
    assert [line["type"] for line in lines].count("file") == 1, run.what
    assert run.status == (1 if is_damaged else 0), run.what
    connections = [line for line in lines if line["type"] == "connection"]
    segments = [line for line in lines if line["type"] == "segment"]
    assert lines[-1]["connections"] == len(connections)
    assert lines[-1]["tcp"] == len(segments)
    counted = collections.Counter(line["connection"] for line in segments)
    for line in connections:
        assert sum(line["ledger"].values()) == pytest.approx(line["duration"], abs=1e-6), run.what
        assert line["from_client"]["segments"] + line["from_server"]["segments"] == \
            counted[line["number"]]
    if is_damaged:
        told = [problem for problem in lines[-1]["problems"]
                if re.match(r"capture: offset \d+", problem)]
        assert told, run.what
        assert told[0].encode() in run.err, run.what


@pytest.mark.parametrize("name", CASES)
def test_its_story_is_text_and_says_the_same_of_the_file(name, tmp_path):
    octets, is_damaged = CASES[name]
    (tmp_path / "capture").write_bytes(octets)
    run = Run(tmp_path, "capture")
    assert run.status == (1 if is_damaged else 0), run.what
    assert run.out.decode().startswith("capture: "), run.what
    if is_damaged:
        assert re.search(rb"capture: offset \d+", run.err), run.what


def test_what_could_be_read_before_the_damage_is_told(tmp_path):
    path = tmp_path / "cut.pcap"
    path.write_bytes(damaged.lying_lengths()["record-length-0xffffffff"])
    run = Run(tmp_path, "--json", path.name)
    (connection, file) = run.lines()
    assert connection["opening"]["kind"] == "handshake"
    assert connection["last_frame"] == file["packets"] == 6
    offset = damaged.PCAP_HEADER_BYTES + sum(
        damaged.RECORD_HEADER_BYTES + len(frame) for frame in damaged.talk())
    assert f"offset {offset}" in file["problems"][0]


def test_a_syn_flood_of_a_million_connections_needs_bounded_memory(tmp_path):
    count = 100_000 if SANITIZED else 1_000_000
    damaged.syn_flood(tmp_path / "flood.pcap", count)
    run = Run(tmp_path, "--stats", "flood.pcap")
    assert re.search(rb"\bconnections +1,?0+,?0+\b", run.out), run.what
    assert re.search(rb"connections were told before their end", run.err), run.what


def test_each_connection_of_a_flood_is_told(tmp_path):
    damaged.syn_flood(tmp_path / "flood.pcap", 5000)
    lines = Run(tmp_path, "--json", "--max-connections", 500, "flood.pcap").lines()
    assert [line["number"] for line in lines[:-1]] == list(range(1, 5001))
    assert sum(1 for line in lines[:-1]
               if any(finding["kind"] == "evicted" for finding in line["findings"])) == 4500
    assert lines[-1]["openings"] == {"unanswered": 5000}
    assert "to make room" in lines[-1]["problems"][0]


def test_a_million_interfaces_need_bounded_memory(tmp_path):
    (tmp_path / "interfaces.pcapng").write_bytes(damaged.million_interfaces())
    file = Run(tmp_path, "--stats", "--json", "interfaces.pcapng").lines()[-1]
    assert file["type"] == "file"
    assert file["packets"] == 1 or re.search(r"offset \d+", file["problems"][0])


def test_what_unpacks_to_much_more_needs_bounded_memory(tmp_path):
    (tmp_path / "zeros.pcap.gz").write_bytes(damaged.zeros_packed())
    run = Run(tmp_path, "--stats", "--json", "zeros.pcap.gz")
    assert run.lines()[-1]["packets"] == 60_000_000 // damaged.RECORD_HEADER_BYTES
