"""What `wiretale trace` owes its user whatever the capture: exit statuses and sentences, the views,
terms, filters, writing, pipes, terminals."""

import gzip
import json
import os
import pty
import re
import select
import shutil
import subprocess

import pytest

import damaged
from frames import ACK, FIN, PSH, RST, SYN, segment, write_pcap
from pty_reading import read_terminal

WIRETALE = os.path.abspath(os.environ.get("WIRETALE", "build/wiretale"))
PATIENCE = float(os.environ.get("WIRETALE_TEST_PATIENCE", "1"))
SECONDS = 30 * PATIENCE
SECOND = 1_000_000_000
START = 1_700_000_000 * SECOND
SERVER = ("10.0.0.2", 80)
OBEYED = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]")
HEADINGS = re.compile(r"^Connection (\d+):", re.MULTILINE)

needs_tshark = pytest.mark.skipif(not shutil.which("tshark"), reason="there is no tshark")
needs_zstd = pytest.mark.skipif(not shutil.which("zstd"), reason="there is no zstd")


def conversation(number, begin, close):
    """One client's question to the server, and how it was closed: "server", "client" or "reset"."""
    client = ("10.0.0.1", 40000 + number)
    question, answer = b"GET / HTTP/1.1\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n" + damaged.ESCAPES
    asked, answered = 1001 + len(question), 5001 + len(answer)
    frames = [(client, SYN, 1000, 0, b""), (SERVER, SYN | ACK, 5000, 1001, b""),
              (client, ACK, 1001, 5001, b""), (client, ACK | PSH, 1001, 5001, question),
              (SERVER, ACK | PSH, 5001, asked, answer), (client, ACK, asked, answered, b"")]
    closing = {
        "server": [(SERVER, FIN | ACK, answered, asked), (client, ACK, asked, answered + 1),
                   (client, FIN | ACK, asked, answered + 1),
                   (SERVER, ACK, answered + 1, asked + 1)],
        "client": [(client, FIN | ACK, asked, answered), (SERVER, FIN | ACK, answered, asked + 1),
                   (client, ACK, asked + 1, answered + 1)],
        "reset": [(client, RST, asked, 0)],
    }[close]
    frames += [(*one, b"") for one in closing]
    return [(begin + n * 10_000_000, segment(source, SERVER if source == client else client, flags,
                                             sequence, acknowledgment, payload, identification=n))
            for n, (source, flags, sequence, acknowledgment, payload) in enumerate(frames)]


FRAMES = [frame for n, close in enumerate(("server", "client", "reset"))
          for frame in conversation(n, START + n * SECOND, close)]


@pytest.fixture(name="folder")
def make_folder(tmp_path):
    """With x.pcap: three connections, closed in four segments, in three, and by a reset."""
    write_pcap(tmp_path / "x.pcap", FRAMES)
    return tmp_path


class Done:
    """A command that has ended. No byte of its output is one that a terminal obeys."""

    def __init__(self, folder, *arguments, status=0, stdin=None, **keywords):
        given = {"input": stdin} if stdin is not None else {"stdin": subprocess.DEVNULL}
        done = subprocess.run([WIRETALE, "trace", *map(str, arguments)], cwd=folder,
                              capture_output=True, timeout=SECONDS, check=False, **given,
                              **keywords)
        self.out, self.err = done.stdout, done.stderr
        self.what = f"{arguments}: {done.returncode} {self.out[-900:]!r} {self.err[-900:]!r}"
        assert done.returncode == status, self.what
        assert not OBEYED.search(self.err), self.what
        assert not re.search(b"Sanitizer|runtime error", self.err), self.what

    @property
    def text(self):
        assert not OBEYED.search(self.out), self.what
        return self.out.decode()

    @property
    def words(self):
        return self.err.decode()

    def lines(self):
        return [json.loads(line) for line in self.text.splitlines()]


def test_help_names_every_option_and_each_exit_status(folder):
    done = Done(folder, "--help")
    for option in ("--connections", "--stats", "--json", "--segments", "--only", "--expect",
                   "--write", "--filter", "--as tshark", "--max-connections"):
        assert option in done.text
    for status in ("0 done", "1 ", "2 ", "3 "):
        assert status in done.text[done.text.index("Exit status"):]
    assert done.words == ""


@pytest.mark.parametrize("arguments, word", [
    ([], "name the capture file"),
    (["--bogus", "x.pcap"], "--bogus"),
    (["--json=yes", "x.pcap"], "--json"),
    (["--only"], "--only needs a value"),
    (["--stats", "--connections", "x.pcap"], "two views"),
    (["--segments", "--json", "--stats", "x.pcap"], "--segments"),
    (["--as", "wireshark", "x.pcap"], "--as"),
    (["--max-connections", "0", "x.pcap"], "--max-connections"),
    (["--max-connections", "many", "x.pcap"], "--max-connections"),
    (["--only", "closing.kind", "x.pcap"], "--only"),
    (["--only", "closing.kin=reset", "x.pcap"], "closing.kin"),
    (["--expect", "closing.kind=rest", "x.pcap"], "reset"),
    (["--write", "-", "--json", "x.pcap"], "--write"),
    (["--\x1b[31m", "x.pcap"], "no option"),
    (["--only", "\x1b[31m=1", "x.pcap"], "\\x1b[31m"),
    (["--expect", "closing.kind=\x1b[31m", "x.pcap"], "\\x1b[31m"),
    (["--filter", "\x1b[31m", "x.pcap"], "--filter"),
])
def test_wrong_usage_is_2_with_a_sentence(folder, arguments, word):
    done = Done(folder, *arguments, status=2)
    assert done.out == b""
    assert word in done.words
    assert len(done.words.splitlines()) <= 2, done.what


@pytest.mark.parametrize("name, word", [
    ("missing.pcap", "No such file"), (".", "directory"), ("missing\x1b[31m.pcap", "No such file"),
])
def test_what_cannot_be_opened_is_1_with_a_sentence(folder, name, word):
    done = Done(folder, name, status=1)
    assert done.out == b"" and word in done.words, done.what
    assert len(done.words.splitlines()) == 1


def test_a_file_that_may_not_be_read_is_1_with_a_sentence(folder):
    os.chmod(folder / "x.pcap", 0)
    if os.access(folder / "x.pcap", os.R_OK):
        pytest.skip("this user may read everything")
    assert "ermission" in Done(folder, "x.pcap", status=1).words


def test_an_empty_file_is_damaged(folder):
    (folder / "empty").write_bytes(b"")
    done = Done(folder, "--json", "empty", status=1)
    (file,) = done.lines()
    assert file["packets"] == 0 and "empty: offset 0" in file["problems"][0]
    assert "empty: offset 0" in done.words


def test_the_story_of_each_connection_follows_a_summary(folder):
    text = Done(folder, "x.pcap").text
    assert text.startswith("x.pcap: 26 packets")
    assert HEADINGS.findall(text) == ["1", "2", "3"]


def test_the_table_has_a_line_for_each(folder):
    heading, *rows = Done(folder, "--connections", "x.pcap").text.splitlines()
    assert "client" in heading
    assert [re.search(r"orderly-4|orderly-3|reset", row)[0] for row in rows[:3]] == \
        ["orderly-4", "orderly-3", "reset"]


def test_stats_are_totals_only(folder):
    text = Done(folder, "--stats", "x.pcap").text
    assert re.search(r"packets +26\b", text) and re.search(r"connections +3\b", text)
    assert "10.0.0.1" not in text
    (file,) = Done(folder, "--stats", "--json", "x.pcap").lines()
    assert (file["type"], file["packets"], file["connections"]) == ("file", 26, 3)


def test_json_has_a_line_for_each_connection_and_the_file_last(folder):
    lines = Done(folder, "--json", "x.pcap").lines()
    assert [line["type"] for line in lines] == ["connection"] * 3 + ["file"]
    assert [line["closing"]["kind"] for line in lines[:3]] == ["orderly-4", "orderly-3", "reset"]
    assert [line["closing"]["first"] for line in lines[:3]] == ["server", "client", "client"]
    for line in lines[:3]:
        assert sum(line["ledger"].values()) == pytest.approx(line["duration"], abs=1e-9)


def test_segments_stand_in_the_order_of_the_file(folder):
    lines = Done(folder, "--json", "--segments", "x.pcap").lines()
    segments = [line for line in lines if line["type"] == "segment"]
    assert [line["frame"] for line in segments] == list(range(1, 27))
    assert [line["connection"] for line in segments] == [1] * 10 + [2] * 9 + [3] * 7
    assert lines[-1]["type"] == "file"
    assert segments[0]["client_state"] == "SYN_SENT"
    assert (segments[9]["client_state"], segments[9]["server_state"]) == ("CLOSED", "TIME_WAIT")


def test_only_lets_through_what_holds(folder):
    assert HEADINGS.findall(Done(folder, "--only", "closing.kind=reset", "x.pcap").text) == ["3"]
    done = Done(folder, "--json", "--segments", "--only",
                "closing.first=client from_client.bytes>1 closing.kind!=reset", "x.pcap")
    kinds = [line["type"] for line in done.lines()]
    assert kinds == ["segment"] * 9 + ["connection", "file"]
    assert {line["connection"] for line in done.lines() if line["type"] == "segment"} == {2}
    several = Done(folder, "--json", "--only", "closing.first=client", "--only",
                   "closing.kind=orderly-3", "x.pcap").lines()
    assert [line["number"] for line in several[:-1]] == [2]


def test_expect_tells_the_difference(folder):
    assert Done(folder, "--expect", "opening.kind=handshake", "x.pcap").out == b""
    done = Done(folder, "--expect", "closing.kind=reset closing.first=client", "x.pcap", status=1)
    assert "connection 1: closing.kind is orderly-4, expected reset" in done.words
    assert "connection 2: closing.kind is orderly-3, expected reset" in done.words
    assert "connection 3" not in done.words
    strange = Done(folder, "--expect", "client=\x1b[31m", "x.pcap", status=1)
    assert "\\x1b[31m" in strange.words
    Done(folder, "--only", "number=3", "--expect", "closing.kind=reset", "x.pcap")


def test_nothing_to_hold_an_expectation_against_is_1(folder):
    done = Done(folder, "--only", "number=9", "--expect", "closing.kind=reset", "x.pcap", status=1)
    assert "no connection" in done.words


def test_a_filter_chooses_frames(folder):
    done = subprocess.run([WIRETALE, "trace", "--json", "--filter", "tcp port 40001", "x.pcap"],
                          cwd=folder, capture_output=True, timeout=SECONDS, check=False)
    if done.returncode == 3:
        pytest.skip(done.stderr.decode())
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["client"] for line in lines[:-1]] == ["10.0.0.1:40001"]
    refused = Done(folder, "--filter", "tcp prot 80", "x.pcap", status=2)
    assert "--filter" in refused.words and refused.out == b""


def test_as_tshark_numbers_and_labels(folder):
    again = [(time + 100 * SECOND, frame) for time, frame in FRAMES[:3]]
    write_pcap(folder / "again.pcap", FRAMES + again)
    assert len(Done(folder, "--json", "--as", "tshark", "again.pcap").lines()) == 4
    number, frame = FRAMES[-1][0] + SECOND, segment(("10.0.0.1", 40000), SERVER, SYN, 9_000_000)
    write_pcap(folder / "reused.pcap", FRAMES + [(number, frame)])
    lines = Done(folder, "--json", "--as", "tshark", "reused.pcap").lines()
    assert lines[-2]["number"] == 4 and lines[-2]["labels"] == {"reused-ports": 1}


def test_max_connections_evicts_and_says_so(folder):
    with_more = [(START + n, segment(("10.0.1.1", 1000 + n), SERVER, SYN)) for n in range(20)]
    write_pcap(folder / "many.pcap", with_more)
    lines = Done(folder, "--json", "--max-connections", 5, "many.pcap").lines()
    assert [line["number"] for line in lines[:-1]] == list(range(1, 21))
    assert "15 connections" in lines[-1]["problems"][0]


def test_standard_input_is_a_file_too(folder):
    octets = (folder / "x.pcap").read_bytes()
    done = Done(folder, "--json", "-", stdin=octets)
    assert done.out == Done(folder, "--json", "x.pcap").out
    assert "standard input: 26 packets" in Done(folder, "-", stdin=octets).text
    cut = Done(folder, "--json", "-", stdin=octets[:-5], status=1)
    assert re.match(r"standard input: offset \d+", cut.lines()[-1]["problems"][0])


def test_two_looks_at_standard_input_see_the_same(folder):
    octets = (folder / "x.pcap").read_bytes()
    arguments = "--json", "--segments", "--only", "number=2"
    assert Done(folder, *arguments, "-", stdin=octets).out == Done(folder, *arguments, "x.pcap").out
    Done(folder, "--write", "a.pcapng", "-", stdin=octets)
    Done(folder, "--write", "b.pcapng", "x.pcap")
    assert (folder / "a.pcapng").read_bytes() == (folder / "b.pcapng").read_bytes()


def test_gzip_reads_as_what_is_in_it(folder):
    octets = gzip.compress((folder / "x.pcap").read_bytes())
    (folder / "x.pcap.gz").write_bytes(octets)
    plain = Done(folder, "--json", "x.pcap").out
    assert Done(folder, "--json", "x.pcap.gz").out == plain
    assert Done(folder, "--json", "-", stdin=octets).out == plain


@needs_zstd
def test_zstd_reads_as_what_is_in_it(folder):
    subprocess.run(["zstd", "-q", "x.pcap"], cwd=folder, check=True, timeout=SECONDS)
    done = subprocess.run([WIRETALE, "trace", "--json", "x.pcap.zst"], cwd=folder,
                          capture_output=True, timeout=SECONDS, check=False)
    if done.returncode == 3:
        pytest.skip(done.stderr.decode())
    assert done.stdout == Done(folder, "--json", "x.pcap").out


def tshark(folder, name, *fields):
    command = ["tshark", "-n", "-r", name, "-T", "fields"]
    for field in fields:
        command += ["-e", field]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=SECONDS, check=True)
    return [line.split("\t") for line in done.stdout.decode().splitlines()]


def written_packets(octets):
    """(ticks, bytes) of the enhanced packet blocks of what this machine wrote."""
    found, at = [], 0
    while at < len(octets):
        kind, length = (int.from_bytes(octets[place:place + 4], "little") for place in (at, at + 4))
        if kind == 6:
            high, low, captured = (int.from_bytes(octets[at + place:at + place + 4], "little")
                                   for place in (12, 16, 20))
            found.append((high << 32 | low, octets[at + 28:at + 28 + captured]))
        at += length
    return found


def test_what_is_written_holds_the_same_frames(folder):
    done = Done(folder, "--write", "out.pcapng", "x.pcap")
    assert done.out == b"" and done.err == b""
    assert written_packets((folder / "out.pcapng").read_bytes()) == FRAMES
    streamed = Done(folder, "--write", "-", "x.pcap").out
    assert streamed == (folder / "out.pcapng").read_bytes()
    again = Done(folder, "--json", "out.pcapng").out
    assert again == Done(folder, "--json", "x.pcap").out


@needs_tshark
def test_tshark_reads_what_is_written_and_its_comments(folder):
    Done(folder, "--write", "out.pcapng", "x.pcap")
    fields = "frame.number", "frame.time_epoch", "tcp.seq_raw", "frame.len"
    assert tshark(folder, "out.pcapng", *fields) == tshark(folder, "x.pcap", *fields)
    comments = dict(tshark(folder, "out.pcapng", "frame.number", "frame.comment"))
    findings = [finding for line in Done(folder, "--json", "x.pcap").lines()[:-1]
                for finding in line["findings"]]
    assert findings
    for finding in findings:
        for frame in finding["frames"]:
            told = f"{finding['kind']} ({finding['confidence']}): "
            assert told in comments[str(frame)], (told, comments)


def test_only_chooses_what_is_written(folder):
    Done(folder, "--write", "out.pcapng", "--only", "closing.kind=orderly-3", "x.pcap")
    assert written_packets((folder / "out.pcapng").read_bytes()) == FRAMES[10:19]


def test_what_was_read_before_the_damage_is_written(folder):
    octets = (folder / "x.pcap").read_bytes()
    (folder / "cut.pcap").write_bytes(octets[:-7])
    done = Done(folder, "--write", "out.pcapng", "cut.pcap", status=1)
    assert "cut.pcap: offset" in done.words
    assert written_packets((folder / "out.pcapng").read_bytes()) == FRAMES[:-1]


def test_where_nothing_can_be_written_is_1_with_a_sentence(folder):
    done = Done(folder, "--write", "no/such/folder.pcapng", "x.pcap", status=1)
    assert "no/such/folder.pcapng" in done.words
    assert "missing" in Done(folder, "--write", "out.pcapng", "missing", status=1).words
    assert not (folder / "out.pcapng").exists()
    done = Done(folder, "--write", "no/\x1b[31m", "x.pcap", status=1)
    assert "no/\\x1b[31m" in done.words


def test_writing_does_not_replace_what_it_reads(folder):
    before = (folder / "x.pcap").read_bytes()
    os.link(folder / "x.pcap", folder / "other.pcap")
    done = Done(folder, "--write", "other.pcap", "x.pcap", status=1)
    assert "give another name" in done.words
    assert (folder / "x.pcap").read_bytes() == before


def test_where_only_lets_nothing_through_that_is_said(folder):
    done = Done(folder, "--only", "opening.kind=simultaneous", "x.pcap", status=0)
    assert "--only: no connection is so" in done.words


@pytest.mark.parametrize("view", [[], ["--json"], ["--json", "--segments"], ["--connections"]])
def test_who_reads_no_further_is_not_told_so(folder, view):
    frames = [(START + n, segment(("10.1.0.1", 1000 + n % 30000), SERVER, SYN, n // 30000))
              for n in range(20000)]
    write_pcap(folder / "long.pcap", frames)
    with subprocess.Popen([WIRETALE, "trace", *view, "long.pcap"], cwd=folder,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as process:
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(SECONDS) in (0, 1)


def test_a_full_disk_is_1_with_a_sentence(folder):
    with open("/dev/full", "wb") as full:
        done = subprocess.run([WIRETALE, "trace", "--json", "x.pcap"], cwd=folder, stdout=full,
                              stderr=subprocess.PIPE, timeout=SECONDS, check=False)
    assert done.returncode == 1 and b"No space left" in done.stderr


def test_names_and_payloads_are_made_harmless(folder):
    name = "x\x1b[31m\x07\n.pcap"
    os.rename(folder / "x.pcap", folder / name)
    for view in ([], ["--stats"], ["--connections"], ["--json"]):
        assert Done(folder, *view, name).text  # which looks for what a terminal obeys
    (folder / name).write_bytes((folder / name).read_bytes()[:-9])
    for view in ([], ["--stats"], ["--connections"], ["--json"]):
        done = Done(folder, *view, name, status=1)
        assert "\\x1b[31m" in done.words and done.text


class Terminal:
    """A command whose standard output and standard error are one terminal."""

    def __init__(self, folder, *arguments, stdin=subprocess.DEVNULL, **variables):
        self.screen, theirs = pty.openpty()
        kept = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
        self.process = subprocess.Popen([WIRETALE, "trace", *arguments], cwd=folder, stdin=stdin,
                                        stdout=theirs, stderr=theirs,
                                        env={**kept, "TERM": "xterm", **variables})
        os.close(theirs)
        self.seen = b""

    def read(self, seconds):
        """False: nothing came in time, or nothing more will."""
        ready, _, _ = select.select([self.screen], [], [], seconds)
        if not ready:
            return False
        piece = read_terminal(self.screen)
        self.seen += piece
        return bool(piece)

    def finish(self):
        while self.read(SECONDS):
            pass
        os.close(self.screen)
        assert self.process.wait(SECONDS) == 0
        return self.seen


def test_colours_are_for_terminals_that_want_them(folder):
    assert b"\x1b[" in Terminal(folder, "x.pcap").finish()
    for variables in ({"NO_COLOR": "1"}, {"TERM": "dumb"}, {"TERM": ""}):
        assert b"\x1b" not in Terminal(folder, "x.pcap", **variables).finish()
    # Whatever the payload says, a terminal obeys nothing but colours.
    seen = re.sub(rb"\x1b\[[0-9;]*m", b"", Terminal(folder, "x.pcap").finish())
    assert not OBEYED.search(seen.replace(b"\r\n", b"\n"))


def test_progress_is_shown_on_a_terminal_only(folder):
    def packets():
        yield damaged.pcap([])
        records = b"".join(map(damaged.record, damaged.talk() * 2000))
        while b"frames" not in terminal.seen:
            yield records

    terminal = Terminal(folder, "--stats", "-", stdin=subprocess.PIPE)
    for piece in packets():
        terminal.process.stdin.write(piece)
        terminal.read(0)
    terminal.process.stdin.close()
    seen = terminal.finish()
    assert re.search(rb"\r[^\r]*\d+ frames", seen)
    # It is wiped out before the rest is printed.
    assert re.search(rb"\r +\r", seen)

    quiet = Done(folder, "--stats", "-", stdin=damaged.pcap(damaged.talk() * 40000))
    assert quiet.err == b"" and b"\r" not in quiet.out
