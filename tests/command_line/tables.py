"""What the programs say of their commands and options: the measure is --help."""

import functools
import os
import re
import subprocess
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
WIRETALE = os.environ["WIRETALE"]
WIRETALED = os.environ["WIRETALED"]
WAIT = 20

OPTION = re.compile(r"^ {2,6}(?:-(\w), )?--([\w-]+)(?:(\[=| )(\S+))?")


def run(*arguments, status=0, text=None):
    done = subprocess.run(
        list(arguments), input=text, stdin=None if text is not None else subprocess.DEVNULL,
        capture_output=True, text=True, timeout=WAIT, check=False,
    )
    assert status is None or done.returncode == status, (arguments, done)
    return done


class Option:
    def __init__(self, letter, name, sign, value):
        self.letter, self.name = letter, name
        self.value = value.rstrip("]") if sign == "[=" else value
        self.needs_value = sign == " "


class Command:
    """One of `wiretale`, or (with words of its own) one of both programs."""

    def __init__(self, name, words):
        self.name, self.words = name, words
        self.page = name if name in ("wiretale", "wiretaled") else f"wiretale-{name}"
        self.help = run(*words, "--help").stdout
        section = self.help.split("\nOptions:\n")[1].split("\n\n")[0]
        found = [OPTION.match(line) for line in section.splitlines()]
        self.options = [Option(*row.groups()) for row in found if row]


@functools.cache
def commands():
    """Those of wiretale, by name."""
    section = run(WIRETALE, "--help").stdout.split("\nCommands:\n")[1].split("\n\n")[0]
    names = [line.split()[0] for line in section.splitlines()]
    return {name: Command(name, [WIRETALE, name]) for name in names}


@functools.cache
def everything():
    """The commands, and both programs."""
    return {
        **commands(),
        "wiretale": Command("wiretale", [WIRETALE]),
        "wiretaled": Command("wiretaled", [WIRETALED]),
    }


NAMES = sorted(everything())
