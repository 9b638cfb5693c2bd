"""Whatever a capture file holds: wiretale ends by itself, soon, with status 0 or 1, within bounded
memory; each line it prints is JSON, the last of them the file's; no terminal obeys what it prints;
and what cannot be read is said with the file and the offset."""

import json
import os
import re
import subprocess
import tempfile
import time

import pytest

import damaged

WIRETALE = os.environ.get("WIRETALE", "build/wiretale")
SANITIZED = bool(os.environ.get("WIRETALE_SANITIZED"))
PATIENCE = float(os.environ.get("WIRETALE_TEST_PATIENCE", "1"))
SECONDS = 10 * PATIENCE
MEMORY_MAX_BYTES = 200 << 20
OBEYED = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae]")

CASES = {name: (octets, is_damaged) for name, octets, is_damaged in damaged.hostile_captures()}


class Run:
    """One run of `wiretale trace`, in a process of its own that nothing else adds memory to."""

    def __init__(self, *arguments):
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            began = time.monotonic()
            process = subprocess.Popen([WIRETALE, "trace", *map(str, arguments)],
                                       stdin=subprocess.DEVNULL, stdout=out, stderr=err)
            try:
                _, status, usage = os.wait4(process.pid, 0)
            except BaseException:
                process.kill()
                process.wait()
                raise
            self.seconds = time.monotonic() - began
            process.returncode = self.status = os.waitstatus_to_exitcode(status)
            self.memory_bytes = usage.ru_maxrss * 1024
            for file in (out, err):
                file.seek(0)
            self.out, self.err = out.read(), err.read()
        self.what = f"{arguments}: {self.status} {self.out[-600:]!r} {self.err[-600:]!r}"
        assert self.status in (0, 1), self.what
        assert self.seconds < SECONDS, f"{self.seconds} s: {self.what}"
        assert SANITIZED or self.memory_bytes < MEMORY_MAX_BYTES, \
            f"{self.memory_bytes >> 20} MiB: {self.what}"
        for output in (self.out, self.err):
            assert not OBEYED.search(output), self.what

    def lines(self):
        return [json.loads(line) for line in self.out.decode().splitlines()]


def test_there_are_a_hundred():
    assert len(CASES) >= 100


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_capture_is_told_as_far_as_it_goes(name, tmp_path):
    octets, is_damaged = CASES[name]
    path = tmp_path / f"{name}.capture"
    path.write_bytes(octets)
    run = Run("--json", "--segments", path)
    lines = run.lines()
    assert lines and lines[-1]["type"] == "file", run.what
    assert [line["type"] for line in lines].count("file") == 1, run.what
    assert run.status == (1 if is_damaged else 0), run.what
    connections = [line for line in lines if line["type"] == "connection"]
    segments = [line for line in lines if line["type"] == "segment"]
    assert lines[-1]["connections"] == len(connections)
    assert lines[-1]["tcp"] == len(segments)
    for line in connections:
        assert sum(line["ledger"].values()) == pytest.approx(line["duration"], abs=1e-6), run.what
        assert line["from_client"]["segments"] + line["from_server"]["segments"] == \
            sum(1 for one in segments if one["connection"] == line["number"])
    if is_damaged:
        told = [problem for problem in lines[-1]["problems"]
                if path.name in problem and re.search(r"offset \d+", problem)]
        assert told, run.what
        assert told[0].encode() in run.err, run.what


@pytest.mark.parametrize("name", CASES)
def test_its_story_is_text_and_says_the_same_of_the_file(name, tmp_path):
    octets, is_damaged = CASES[name]
    path = tmp_path / f"{name}.capture"
    path.write_bytes(octets)
    run = Run(path)
    assert run.status == (1 if is_damaged else 0), run.what
    assert run.out.decode().startswith(str(path)), run.what
    if is_damaged:
        assert re.search(rb"offset \d+", run.err), run.what


def test_what_could_be_read_before_the_damage_is_told(tmp_path):
    path = tmp_path / "cut.pcap"
    path.write_bytes(damaged.lying_lengths()["record-length-0xffffffff"])
    run = Run("--json", path)
    (connection, file) = run.lines()
    assert connection["opening"]["kind"] == "handshake"
    assert connection["last_frame"] == file["packets"] == 6
    offset = damaged.PCAP_HEADER_BYTES + sum(
        damaged.RECORD_HEADER_BYTES + len(frame) for frame in damaged.talk())
    assert f"offset {offset}" in file["problems"][0]


def test_a_syn_flood_of_a_million_connections_needs_bounded_memory(tmp_path):
    path = tmp_path / "flood.pcap"
    count = 100_000 if SANITIZED else 1_000_000
    damaged.syn_flood(path, count)
    run = Run("--stats", "--json", path)
    (file,) = run.lines()
    assert file["connections"] == count
    assert file["openings"] == {"unanswered": count}
    assert "to make room" in file["problems"][0]


def test_each_connection_of_a_flood_is_told(tmp_path):
    path = tmp_path / "flood.pcap"
    damaged.syn_flood(path, 30_000)
    run = Run("--json", "--max-connections", 1000, path)
    lines = run.lines()
    assert [line["number"] for line in lines[:-1]] == list(range(1, 30_001))
    assert sum(1 for line in lines[:-1]
               if any(finding["kind"] == "evicted" for finding in line["findings"])) == 29_000


def test_a_million_interfaces_need_bounded_memory(tmp_path):
    path = tmp_path / "interfaces.pcapng"
    path.write_bytes(damaged.million_interfaces())
    file = Run("--stats", "--json", path).lines()[-1]
    assert file["type"] == "file"
    assert file["packets"] == 1 or re.search(r"offset \d+", file["problems"][0])


def test_what_unpacks_to_much_more_needs_bounded_memory(tmp_path):
    path = tmp_path / "zeros.pcap.gz"
    path.write_bytes(damaged.zeros_packed())
    run = Run("--stats", "--json", path)
    assert run.lines()[-1]["packets"] == 60_000_000 // damaged.RECORD_HEADER_BYTES


