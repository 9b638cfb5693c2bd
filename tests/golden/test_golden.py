"""What people see is what the files in expected/ say, row by row of golden.list: in a terminal of
the width that the row names, or through a pipe."""

import fcntl
import importlib
import os
import pty
import re
import select
import shlex
import struct
import subprocess
import termios
import unicodedata
from pathlib import Path

import pytest

from pty_reading import read_terminal

HERE = Path(__file__).parent
WIRETALE = os.path.abspath(os.environ.get("WIRETALE", "build/wiretale"))
SECONDS = 30 * float(os.environ.get("WIRETALE_TEST_PATIENCE", "1"))
ENVIRONMENT = {"LC_ALL": "C.UTF-8", "TZ": "Asia/Shanghai", "TERM": "xterm-256color",
               "PATH": os.environ.get("PATH", "/usr/bin")}


def rows():
    for line in (HERE / "golden.list").read_text().splitlines():
        if line and not line.startswith("#"):
            name, capture, terminal, command = line.split(None, 3)
            yield pytest.param(name, capture, terminal, command, id=name)


def make_capture(capture, folder):
    """The name of the file, in the folder."""
    module, _, function = capture.partition(".")
    pytest.importorskip("scapy.layers.inet", reason="scapy makes the captures")
    name = f"{function}.pcap"
    getattr(importlib.import_module(module), function)(folder / name)
    return name


def read_all(descriptor):
    """Until whoever writes has ended."""
    read = b""
    while True:
        if not select.select([descriptor], [], [], SECONDS)[0]:
            raise TimeoutError(f"nothing more for {SECONDS} s after {read[-200:]!r}")
        more = read_terminal(descriptor)
        if not more:
            return read
        read += more


def run_in_terminal(arguments, columns, environment, folder):
    """What the program writes to a terminal so wide, without the terminal's own line ends."""
    near, far = pty.openpty()
    try:
        modes = termios.tcgetattr(far)
        modes[1] &= ~termios.OPOST
        termios.tcsetattr(far, termios.TCSANOW, modes)
        fcntl.ioctl(far, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        with open(folder / "stderr", "w+b") as errors, subprocess.Popen(
                [WIRETALE, *arguments], stdin=subprocess.DEVNULL, stdout=far, stderr=errors,
                cwd=folder, env=environment) as program:
            os.close(far)
            try:
                out = read_all(near)
                status = program.wait(SECONDS)
            except Exception:
                program.kill()
                raise
            errors.seek(0)
            return status, out, errors.read()
    finally:
        os.close(near)


def run(arguments, terminal, folder):
    width, _, colour = terminal.partition("+")
    environment = dict(ENVIRONMENT)
    if not colour:
        environment["NO_COLOR"] = "1"
    if width != "pipe":
        return run_in_terminal(arguments, int(width), environment, folder)
    done = subprocess.run([WIRETALE, *arguments], stdin=subprocess.DEVNULL, capture_output=True,
                          cwd=folder, env=environment, timeout=SECONDS, check=False)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("name, capture, terminal, command", rows())
def test_golden(name, capture, terminal, command, tmp_path, request):
    file = make_capture(capture, tmp_path) if capture != "-" else ""
    arguments = [file if word == "{}" else word for word in shlex.split(command)]
    status, out, err = run(arguments, terminal, tmp_path)
    assert (status, err) == (0, b"")
    shown = out.decode().replace("\x1b", "\\e")
    expected = HERE / "expected" / f"{name}.txt"
    if request.config.getoption("--update"):
        expected.write_text(shown)
    assert shown.splitlines() == expected.read_text().splitlines()


def columns_of(line):
    """That a terminal shows it in."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1
               for character in re.sub(r"\\e\[[0-9;]*m", "", line)
               if not unicodedata.combining(character))


@pytest.mark.parametrize("name, capture, terminal, command", rows())
def test_no_line_passes_its_terminal(name, capture, terminal, command):
    del capture
    width = terminal.partition("+")[0]
    if width == "pipe" or "--json" in command.split():
        pytest.skip("lines are as long as they are")
    lines = (HERE / "expected" / f"{name}.txt").read_text().splitlines()
    assert [line for line in lines if columns_of(line) > int(width)] == []
    assert [line for line in lines if line.endswith(" ")] == []


def test_each_expected_file_has_a_row():
    names = {row.id for row in rows()}
    assert {path.stem for path in (HERE / "expected").iterdir()} == names
