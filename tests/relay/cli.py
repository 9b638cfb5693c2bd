"""Runs `wiretale` and judges what every command owes its user."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from peer import PATIENCE
from server import ROOT, SANITIZER

WIRETALE = os.environ.get("WIRETALE", str(ROOT / "build" / "wiretale"))
COMMAND_SECONDS = 20 * PATIENCE
# A terminal obeys these: C0 but newline and tab, DEL, and C1 as UTF-8.
OBEYED = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]")

needs_wiretale = pytest.mark.skipif(
    not Path(WIRETALE).exists(), reason=f"there is no {WIRETALE}"
)


def environment(server=None):
    variables = {key: value for key, value in os.environ.items() if key != "WIRETALE_SERVER"}
    if server is not None:
        variables["WIRETALE_SERVER"] = where(server)
    return variables


def where(server):
    host, port = server.address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def launch(server, *arguments, stdin=subprocess.DEVNULL):
    return subprocess.Popen(
        [WIRETALE, *[str(argument) for argument in arguments]],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(server),
    )


class Done:
    """A command that has ended. Whatever happened, it ended by itself, and no byte of its output
    is one that a terminal obeys."""

    def __init__(self, process, content=None, within=COMMAND_SECONDS):
        try:
            self.out, self.err = process.communicate(content, within)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            raise AssertionError(f"{process.args} hangs: {out[-500:]!r} {err[-500:]!r}") from None
        self.status = process.returncode
        self.json = "--json" in process.args
        self.what = f"{process.args[1:]}: {self.status} {self.out[-800:]!r} {self.err[-800:]!r}"
        assert self.status >= 0, f"ended by a signal: {self.what}"
        assert not SANITIZER.search(self.err.decode("utf-8", "replace")), self.what
        for output in (self.out, self.err):
            assert not OBEYED.search(output), f"control characters: {self.what}"

    @property
    def text(self):
        return self.out.decode()

    @property
    def words(self):
        return self.err.decode("utf-8", "replace")

    def lines(self):
        return [json.loads(line) for line in self.text.splitlines()]

    def line(self):
        (only,) = self.lines()
        return only

    def succeeded(self):
        assert self.status == 0, self.what
        return self

    def failed(self, *statuses):
        """Ended with 1 (or what is given) and a sentence: on standard error or in the JSON."""
        assert self.status in (statuses or (1,)), self.what
        told = self.words.strip()
        if not told and self.json:
            told = any(line.get("text") for line in self.lines())
        assert told, f"no sentence: {self.what}"
        return self


def run(server, *arguments, content=None, within=COMMAND_SECONDS):
    stdin = subprocess.DEVNULL if content is None else subprocess.PIPE
    return Done(launch(server, *arguments, stdin=stdin), content, within)
