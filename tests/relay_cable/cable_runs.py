"""Runs experiments in which the real relay and its clients stand at the two ends of a bad cable,
and gathers what is to be judged: the experiment by the lab, the clients' logs by the checker of
histories."""

import json
import os
import random
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "history"))

from check_history import Checker, summary  # noqa: E402 (it stands where the line above says)

BUILD = HERE.parents[1] / "build"
WIRETALE = os.path.abspath(os.environ.get("WIRETALE", BUILD / "wiretale"))
CLIENT = os.path.abspath(os.environ.get("HISTORY_CLIENT", BUILD / "tests" / "history_client"))
PATIENCE = float(os.environ.get("WIRETALE_TEST_PATIENCE", "1"))
SEED = int(os.environ.get("SEED", "") or random.SystemRandom().randrange(2**32))
LIFE = re.compile(r'--log "\$LOGS/[^"/]+/(h\d\d)\.1\.history"')
ASKED = re.compile(r"--messages (\d+)")


class Impossible(Exception):
    """This machine lets nobody make a lab, and why."""


class Finished:
    """An experiment that was run."""

    def __init__(self, path, folder, lines):
        self.text = path.read_text()
        self.folder = folder
        self.experiment = next(line for line in lines if line["type"] == "experiment")
        self.segments = [line for line in lines if line["type"] == "segment"]
        self.programs = {
            program["name"]: program for program in self.experiment["programs"]
        }
        self.has_history = bool(LIFE.search(self.text))
        if self.has_history:
            self.checker = Checker(folder)
            self.checker.check()

    @property
    def messages(self):
        """So many were to be asked."""
        return sum(int(number) for number in ASKED.findall(self.text))

    def broke_off(self):
        """It ended in the middle, and nothing is wrong but what has no end because of that."""
        broken = set(self.checker.violations) if self.has_history else set()
        return not self.experiment["passed"] and broken <= {"no-verdict", "unended"}

    def lives(self, host):
        """Who writes histories there."""
        lines = [line for line in self.text.splitlines() if line.startswith(f"{host}.h")]
        return {match.group(1) for line in lines if (match := LIFE.search(line))}

    def log(self, life):
        lines = (self.folder / f"{life}.1.history").read_text().splitlines()
        return [line.split() for line in lines]

    def events(self, life, word):
        return [words for words in self.log(life) if words[0] == word]

    def happened(self):
        """What the cable did, in its words."""
        seen = {segment[key] for segment in self.segments for key in ("lost", "cable")
                if key in segment}
        return {part for words in seen for part in words.split("; ")}

    def sent(self, program):
        """What `wiretale send --json` told."""
        lines = self.programs[program]["output"].splitlines()
        return next(json.loads(line) for line in lines if line.startswith("{"))

    def tale(self):
        """For a person who asks why it failed."""
        parts = [f"SEED={SEED}", str(self.experiment.get("failure"))]
        parts += [f"not so: {expected['text']}" for expected in self.experiment["expectations"]
                  if not expected["held"]]
        parts += [summary(self.checker)] if self.has_history else []
        parts += [f"--- {name}\n{program['output'][-2000:]}"
                  for name, program in self.programs.items() if program["output"]]
        return "\n".join(parts)


def run(names, folder, *options, seconds):
    """All at once; {name: Finished}."""
    paths = [HERE / f"{name}.lab" for name in names]
    for path in paths:
        (folder / path.stem).mkdir()
    done = subprocess.run(
        [WIRETALE, "lab", "run", "--json", "--jobs", str(len(paths)), "--seed", str(SEED),
         *options, *map(str, paths)],
        env={**os.environ, "LOGS": str(folder), "SEED": str(SEED), "HISTORY_CLIENT": CLIENT,
             "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        timeout=seconds * PATIENCE)
    if done.returncode == 3:
        raise Impossible(done.stderr.strip())
    assert done.returncode in (0, 1), done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return {
        path.stem: Finished(path, folder / path.stem,
                            [line for line in lines if line.get("experiment") == path.stem])
        for path in paths
    }
