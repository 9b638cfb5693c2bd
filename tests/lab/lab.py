"""Runs `wiretale lab`, and sees what it leaves behind."""

import json
import os
import re
import select
import subprocess
import warnings
from pathlib import Path

HERE = Path(__file__).resolve().parent
WIRETALE = os.path.abspath(
    os.environ.get("WIRETALE", str(HERE.parent.parent / "build" / "wiretale")))
PATIENCE = float(os.environ.get("WIRETALE_TEST_PATIENCE", "1"))
SECONDS = 50 * PATIENCE

HANDSHAKE = """title Three segments open a connection
server listen 8888
client connect 8888
server accept
expect opening.kind=handshake
expect connections=1
"""

CLOSE = """title Four segments close it
question Who is first?
cable delay 5ms
server listen 8888
client connect 8888
server accept
client send "get"
server receive "get"
server send "200 ok"
client receive "200 ok"
client close
server receive end
wait until client FIN_WAIT2
server close
wait until client TIME_WAIT
expect closing.kind=orderly-4 closing.first=client
expect client passes ESTABLISHED FIN_WAIT1 FIN_WAIT2 TIME_WAIT
explain
  The client closes first.
"""


def environment(**more):
    kept = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    return {**kept, "LC_ALL": "C.UTF-8", **more}


def run(*arguments, status=0, **keywords):
    done = subprocess.run(
        [WIRETALE, "lab", *[str(argument) for argument in arguments]], text=True,
        stdin=subprocess.DEVNULL, capture_output=True, check=False,
        **{"timeout": SECONDS, "env": environment(), **keywords})
    assert status is None or done.returncode == status, (arguments, done)
    return done


def undisturbed(check, tries=3):
    """What a check says of one of a few runs. Experiments happen in real time: a machine that
    stands still in the middle of one makes another of it. A fault is there in each of them."""
    for left in reversed(range(tries)):
        try:
            return check()
        except AssertionError as blurred:
            if not left:
                raise
            test = os.environ.get("PYTEST_CURRENT_TEST", "a test").split("::")[-1].split(" ")[0]
            warnings.warn(f"{test}: tried again: {blurred}", stacklevel=2)
    return None


def transcript(out):
    """Who, mark and text of each line of a run's transcript. (No line of the tests is broken.)"""
    lines = out.split("\nPrograms\n")[1].split("\n\n")[0].splitlines()
    return [re.fullmatch(r" +[0-9.?]* +(\S+) +([$>|*]) (.*)", line).groups()
            for line in lines if not line.startswith("  ") or not line.lstrip()[0].isalpha()]


class Lab:
    """Experiments by name and text, in a folder of the test's own."""

    def __init__(self, folder):
        self.folder = folder

    def write(self, **texts):
        for name, text in texts.items():
            (self.folder / f"{name.replace('_', '-')}.lab").write_text(text)

    def __call__(self, *arguments, status=0, **texts):
        self.write(**texts)
        return run(*arguments, status=status, cwd=self.folder)

    def json(self, *arguments, status=0, **texts):
        out = self(*arguments, "--json", status=status, **texts).stdout
        return [json.loads(line) for line in out.splitlines()]

    def popen(self, *arguments, **keywords):
        return subprocess.Popen(
            [WIRETALE, "lab", *arguments], cwd=self.folder, stdin=subprocess.DEVNULL, text=True,
            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **keywords})


def children_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
        return [int(child) for child in children.read().split()]


def marked_processes(mark):
    """Those that have it in their environment: what a test started, and what that started."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            variables = (entry / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if mark.encode() in variables:
            found.append(int(entry.name))
    return found


def wait_until_gone(pids):
    """False: one of them was still there when time was up."""
    for pid in pids:
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        try:
            if not select.select([descriptor], [], [], SECONDS)[0]:
                return False
        finally:
            os.close(descriptor)
    return True
