"""How `wiretale trace --report` ends: by a signal it writes the page of what was read; wherever it
fails, no half page stays, and what was there before is as it was."""

import array
import fcntl
import gzip
import os
import re
import resource
import signal
import stat
import subprocess
import termios
import time

import pytest

from frames import write_pcap
from test_page import (CLIENT, SECONDS, SERVER, WIRETALE, document_of,
                       needs_the_page, talk, trace)  # pylint: disable=unused-import

SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
ENDED = b"the reading was ended by a signal"


def words(octets):
    return b" ".join(octets.split())


def files(folder):
    return sorted(path.name for path in folder.iterdir())


def start(folder, *arguments, stdin=subprocess.PIPE, **how):
    return subprocess.Popen([WIRETALE, "trace", *map(str, arguments)], cwd=folder, stdin=stdin,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, **how)


def wait_until(reached):
    deadline = time.monotonic() + SECONDS
    while not reached():
        assert time.monotonic() < deadline
        os.sched_yield()


def bytes_in(pipe):
    count = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, count)
    return count[0]


def feed(process, octets):
    """Until all of it was taken: the program is set up, and waits for more."""
    process.stdin.write(octets)
    process.stdin.flush()
    wait_until(lambda: bytes_in(process.stdin) == 0)


@pytest.fixture(name="capture")
def made_capture(tmp_path):
    write_pcap(tmp_path / "x.pcap", talk([(CLIENT, b"a"), (SERVER, b"b")]))
    return (tmp_path / "x.pcap").read_bytes()


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("options", [[], ["--only", "number=1"]])
def test_of_a_pipe_what_came_before_the_signal_is_in_the_page(options, number, capture, tmp_path):
    with start(tmp_path, "-", "--report", "page.html", *options) as process:
        feed(process, capture[:-30])  # and half a frame
        process.send_signal(number)
        out, err = process.stdout.read(), process.stderr.read()
    assert process.returncode == 0, err
    assert ENDED in words(err) and b"page written" in err
    assert b"connection" in out
    assert len(document_of(tmp_path / "page.html")["segments"]) == 7
    assert ENDED.decode() in document_of(tmp_path / "page.html")["file"]["problems"][-1]
    assert files(tmp_path) == ["page.html", "x.pcap"]


def test_what_the_writer_still_has_after_the_signal_is_read(capture, tmp_path):
    with start(tmp_path, "-", "--report", "page.html") as process:
        feed(process, capture[:200])
        process.send_signal(signal.SIGINT)
        process.stdin.write(capture[200:])
        process.stdin.close()
        err = process.stderr.read()
    assert process.returncode == 0, err
    assert len(document_of(tmp_path / "page.html")["segments"]) == 8


def test_before_the_first_byte_the_page_is_empty(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    with start(tmp_path, "fifo", "--report", "page.html", stdin=subprocess.DEVNULL) as process:
        writer = os.open(tmp_path / "fifo", os.O_WRONLY)  # which waits for the reader
        process.send_signal(signal.SIGINT)
        err = process.stderr.read()
        os.close(writer)
    assert process.returncode == 0, err
    assert document_of(tmp_path / "page.html")["segments"] == []


def read_so_far(process, name):
    """Bytes that the program has taken of a file that it holds open."""
    for fd in os.listdir(f"/proc/{process.pid}/fd"):
        try:
            if os.path.basename(os.readlink(f"/proc/{process.pid}/fd/{fd}")) != name:
                continue
            with open(f"/proc/{process.pid}/fdinfo/{fd}", encoding="ascii") as info:
                return int(info.readline().split()[1])
        except OSError:
            pass
    return 0


def long_capture(folder, name="x.pcap", packed=False):
    write_pcap(folder / "one.pcap", talk([(SERVER, b"x" * 1000)] * 2000))
    octets = (folder / "one.pcap").read_bytes()
    whole = octets + octets[24:] * 60
    (folder / name).write_bytes(gzip.compress(whole, 1) if packed else whole)
    (folder / "one.pcap").unlink()


@pytest.mark.parametrize("packed", [False, True])
def test_a_file_is_read_no_further(packed, tmp_path):
    long_capture(tmp_path, packed=packed)
    with start(tmp_path, "x.pcap", "--stats", "--report", "page.html",
               stdin=subprocess.DEVNULL) as process:
        wait_until(lambda: read_so_far(process, "x.pcap") > 0)
        process.send_signal(signal.SIGTERM)
        err = process.stderr.read()
    assert process.returncode == 0, err
    assert ENDED in words(err)
    said = document_of(tmp_path / "page.html")["file"]["problems"][-1]
    frames = int(re.search(r"behind (\d+) frames", said).group(1))
    assert frames < 2000 * 60
    assert files(tmp_path) == ["page.html", "x.pcap"]


def test_two_captures_are_read_no_further(tmp_path):
    long_capture(tmp_path, "a.pcap")
    os.link(tmp_path / "a.pcap", tmp_path / "b.pcap")
    with start(tmp_path, "a.pcap", "b.pcap", "--report", "page.html",
               stdin=subprocess.DEVNULL) as process:
        wait_until(lambda: read_so_far(process, "a.pcap") > 0)
        process.send_signal(signal.SIGINT)
        err = process.stderr.read()
    assert process.returncode in (0, 1), err
    assert ENDED in words(err)
    assert files(tmp_path)[:2] == ["a.pcap", "b.pcap"]
    assert not [name for name in files(tmp_path) if name.endswith(".part")]


@pytest.mark.parametrize("number", SIGNALS)
def test_a_second_signal_ends_it_and_nothing_stays(number, capture, tmp_path):
    with start(tmp_path, "-", "--report", "page.html") as process:
        feed(process, capture)
        process.send_signal(signal.SIGINT)
        wait_until(lambda: not pending(process))
        process.send_signal(number)
        process.wait(SECONDS)
    assert process.returncode == -number
    assert files(tmp_path) == ["x.pcap"]


def pending(process):
    with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
        return any(int(line.split()[1], 16) for line in status
                   if line.startswith(("SigPnd", "ShdPnd")))


def test_nothing_stays_of_one_that_is_killed(capture, tmp_path):
    with start(tmp_path, "-", "--report", "page.html") as process:
        feed(process, capture)
        if [name for name in files(tmp_path) if name.endswith(".part")]:
            process.kill()
            pytest.skip("this file system has no files without a name")
        process.kill()
        process.wait(SECONDS)
    assert files(tmp_path) == ["x.pcap"]


@pytest.mark.parametrize("option", ["--report", "--write"])
def test_standard_input_itself_is_not_overwritten(option, capture, tmp_path):
    with open(tmp_path / "x.pcap", "rb") as stdin:
        done = subprocess.run([WIRETALE, "trace", "-", option, "x.pcap"], cwd=tmp_path,
                              stdin=stdin, capture_output=True, timeout=SECONDS, check=False)
    assert done.returncode == 1
    assert b"that is the capture to be read" in words(done.stderr)
    assert (tmp_path / "x.pcap").read_bytes() == capture


def test_a_file_that_may_not_grow_is_told(capture, tmp_path):
    del capture
    done = subprocess.run([WIRETALE, "trace", "--report", "page.html", "x.pcap"], cwd=tmp_path,
                          capture_output=True, timeout=SECONDS, check=False,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE,
                                                                (16384, 16384)))
    assert done.returncode == 1
    assert b"File too large; no page was written" in words(done.stderr)
    assert files(tmp_path) == ["x.pcap"]


def test_a_link_that_leads_to_nothing_yet_is_followed(capture, tmp_path):
    del capture
    (tmp_path / "pages").mkdir()
    (tmp_path / "link").symlink_to("pages/other")
    (tmp_path / "pages" / "other").symlink_to("page.html")
    assert trace(tmp_path, "--report", "link", "x.pcap").returncode == 0
    assert (tmp_path / "link").is_symlink()
    assert document_of(tmp_path / "pages" / "page.html")["connections"]


def test_links_in_a_circle_are_refused(capture, tmp_path):
    del capture
    (tmp_path / "link").symlink_to("other")
    (tmp_path / "other").symlink_to("link")
    done = trace(tmp_path, "--report", "link", "x.pcap")
    assert done.returncode == 1
    assert b"Too many levels of symbolic links" in words(done.stderr)
    assert files(tmp_path) == ["link", "other", "x.pcap"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_a_file_that_we_may_not_write_stays(capture, tmp_path):
    del capture
    (tmp_path / "page.html").write_text("as it was")
    (tmp_path / "page.html").chmod(0o444)
    done = trace(tmp_path, "--report", "page.html", "x.pcap")
    assert done.returncode == 1
    assert b"you may not write there" in words(done.stderr)
    assert (tmp_path / "page.html").read_text() == "as it was"


def test_what_others_may_do_with_the_page_stays(capture, tmp_path):
    del capture
    (tmp_path / "page.html").touch()
    (tmp_path / "page.html").chmod(0o666)
    assert trace(tmp_path, "--report", "page.html", "x.pcap").returncode == 0
    assert stat.S_IMODE((tmp_path / "page.html").stat().st_mode) == 0o666


def test_no_name_is_wrong_usage(capture, tmp_path):
    del capture
    done = trace(tmp_path, "--report", "", "x.pcap")
    assert done.returncode == 2
    assert b"--report" in done.stderr and done.stdout == b""


def test_a_pipe_that_nobody_reads_is_refused(capture, tmp_path):
    del capture
    os.mkfifo(tmp_path / "fifo")
    done = trace(tmp_path, "--report", "fifo", "x.pcap")
    assert done.returncode == 1
    assert b"a pipe or a socket that nobody reads" in words(done.stderr)


@pytest.mark.parametrize("name", ["n" * 241, "n" * 255, "名" * 85])
def test_a_name_may_be_as_long_as_names_can_be(name, capture, tmp_path):
    del capture
    for _ in range(2):  # new, and in the place of another
        done = trace(tmp_path, "--report", name, "x.pcap")
        assert done.returncode == 0, done.stderr
        assert files(tmp_path) == sorted([name, "x.pcap"])
