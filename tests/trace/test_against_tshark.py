"""`wiretale trace --as tshark` says what tshark 4.0 says of every segment: stream, relative and raw
numbers, flags, windows, length, options and every label; and of every connection as many segments
and bytes a side. No difference but the named cases of oracle.EXPLAINED.

WIRETALE_CORPUS names a folder with captures of your own, which are compared too.
"""

import collections
import os
import pathlib
import re
import subprocess

import pytest

captures = pytest.importorskip("captures")  # scapy may be missing

import frames  # noqa: E402
import hostile  # noqa: E402
import live  # noqa: E402
import oracle  # noqa: E402

HOSTILE_CONNECTIONS = 450  # about 15,000 segments
CORPUS = sorted(path for path in pathlib.Path(os.environ["WIRETALE_CORPUS"]).rglob("*")
                if path.is_file()) if os.environ.get("WIRETALE_CORPUS") else []


def tshark_version():
    try:
        said = subprocess.run(["tshark", "--version"], capture_output=True, text=True, timeout=120,
                              check=False).stdout
    except OSError:
        return "none"
    found = re.search(r"TShark \(Wireshark\) (\d+\.\d+)", said)
    return found.group(1) if found else "none"


pytestmark = pytest.mark.skipif(tshark_version() != "4.0", reason="the rules are those of tshark "
                                f"4.0, here is {tshark_version()}")


def agree(path, cases=None, counts=True):
    """Fails with the first differences, and the case of each."""
    ours, theirs = oracle.by_wiretale(path), oracle.by_tshark(path)
    unexplained, needed = oracle.judge(path, ours, theirs)
    told = [f"{cases[difference.frame - 1] if cases else path.name}: {difference}"
            for difference in unexplained]
    if counts:
        told += [f"counts: {difference}" for difference in oracle.count_differences(ours, theirs)]
    assert not told, f"{len(told)} differences, the first:\n" + "\n".join(told[:20])
    return theirs, needed


def test_everything_between_ethernet_and_tcp(tmp_path):
    made = captures.ethernet()
    theirs, needed = agree(captures.write(tmp_path / "ethernet.pcap", made), made.cases)
    assert len(theirs.segments) > 1900
    assert needed["quoted-opening"] == 7 and needed["bad-length"] == 8


@pytest.mark.parametrize("link", captures.on_links())
def test_every_link_type(tmp_path, link):
    theirs, needed = agree(captures.write(tmp_path / f"{link}.pcap", captures.on_links()[link]))
    assert len(theirs.segments) == 22 and not needed


def test_streams_in_what_tcp_carries_are_not_ours(tmp_path):
    path = tmp_path / "openflow.pcap"
    frames.write_pcap(path, captures.timed(captures.tcp_in_openflow(captures.Pair(600))))
    theirs, needed = agree(path, counts=False)
    assert theirs.nested and needed["inner-streams"] == 14


def test_times_at_zero_and_backwards(tmp_path):
    path = tmp_path / "times.pcap"
    frames.write_pcap(path, captures.odd_times())
    agree(path)


def test_segments_as_no_program_sends_them(tmp_path):
    path = tmp_path / "hostile.pcap"
    frames.write_pcap(path, hostile.capture(1, HOSTILE_CONNECTIONS))
    theirs, _ = agree(path, counts=False)  # bytes mean little where numbers jump by 2^31
    seen = {label for segment in theirs.segments.values() for label in segment.shown["labels"]}
    assert seen == set(oracle.LABELS), "a label that was never compared"


@pytest.mark.parametrize("of_options", [-3, 0, 6])
def test_a_snap_length_cuts_options_and_tshark_says_less(tmp_path, of_options):
    path = tmp_path / "cut.pcap"
    frames.write_pcap(path, hostile.capture(3, 100), snap_length=14 + 20 + 20 + of_options)
    agree(path, counts=False)


def test_each_side_sent_as_many_segments_as_tsharks_own_table_counts(tmp_path):
    path = tmp_path / "hostile.pcap"
    frames.write_pcap(path, hostile.capture(4, 150))
    done = oracle.run(["tshark", "-n", "-q", "-r", str(path), "-z", "conv,tcp"])
    rows = re.findall(r"^(\S+:\d+)\s+<->\s+(\S+:\d+)\s+(\d+) \d+ \S+\s+(\d+) \d+ \S+\s",
                      done.stdout.decode(), re.MULTILINE)
    table = collections.Counter(
        frozenset([(left, int(to_right)), (right, int(to_left))])
        for left, right, to_left, to_right in rows)
    told = collections.Counter(
        frozenset((connection[side], connection["from_" + side]["segments"])
                  for side in ("client", "server"))
        for connection in oracle.by_wiretale(path).connections.values())
    assert len(rows) >= 150
    assert told == table


def test_the_loopback_of_this_machine(tmp_path):
    path = tmp_path / "loopback.pcap"
    try:
        live.record(path)
    except live.NotPermitted as reason:
        pytest.skip(str(reason))
    theirs, _ = agree(path)
    assert len({segment.stream for segment in theirs.segments.values()}) >= 10


@pytest.mark.skipif("WIRETALE_LONG" not in os.environ, reason="a minute; set WIRETALE_LONG")
@pytest.mark.deadline(600)
@pytest.mark.parametrize("seed", range(3))
def test_ten_thousand_unacknowledged_segments(tmp_path, seed):
    path = tmp_path / "unacknowledged.pcap"
    frames.write_pcap(path, captures.many_unacknowledged(seed))
    agree(path)


@pytest.mark.skipif(not CORPUS, reason="set WIRETALE_CORPUS to a folder of captures")
@pytest.mark.deadline(600)
@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
def test_captures_of_a_folder(path):
    agree(path)
