#!/usr/bin/env python3
"""Measures the page of `--report` in the browser: `make bench` runs it.

The page is as long as they get, 20,000 segments of one connection. Beside it stands a bare page
that only reads the same document: what a browser on this machine needs in any case. Exit status:
0 all was measured (met or not), 1 something failed, 2 usage.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from figures import (
    figure_spread, markdown_table, number_text, plain_table, ratio_spread, ratio_text, spread_text,
)
from run import cpu_model

SCRIPT = Path(__file__).resolve().parent / "page_load.mjs"
PATIENCE_SECONDS = 120  # a round

# scenario, what it is, the limit in milliseconds
ROWS = (
    ("load", "open, draw, and answer the first key", 2000),
    ("scroll", "a frame while the ladder moves", 1000 / 30),
    ("step", "a step by key, far down", 2000 / 30),
)
HEADINGS = ("20,000 segments", "by the clock, ms", "of work, ms", "limit, ms", "met", "beside bare")


def parse_arguments(words):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=Path, help="the build folder")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="1 round: whether it works")
    parser.add_argument("--out", type=Path, help="folder of page.json and page.md (the build's)")
    options = parser.parse_args(words)
    if options.quick:
        options.rounds = 1
    if options.rounds < 1:
        parser.error("--rounds must be above 0")
    options.build = options.build.resolve()
    options.out = options.out or options.build
    return options


def measure(options):
    environment = os.environ | {"WIRETALE": str(options.build / "wiretale")}
    done = subprocess.run([shutil.which("node") or "node", SCRIPT, str(options.rounds)],
                          env=environment, stdout=subprocess.PIPE, text=True, check=True,
                          timeout=PATIENCE_SECONDS * options.rounds)
    return [json.loads(line) for line in done.stdout.splitlines()]


def in_milliseconds(results):
    return [result | {"figures": {name: 1000 * seconds
                                  for name, seconds in result["figures"].items()}}
            for result in results]


def table_of(results):
    rows = []
    for scenario, title, limit in ROWS:
        wall = figure_spread(results, scenario, "page", "wall")
        work = figure_spread(results, scenario, "page", "work")
        beside = ratio_spread(results, scenario, "page", "bare", "wall")
        rows.append((title, spread_text(wall, number_text), spread_text(work, number_text),
                     number_text(limit), "yes" if wall.median <= limit else "no",
                     spread_text(beside, ratio_text) if beside else ""))
    return rows


def main(words):
    options = parse_arguments(words)
    results = in_milliseconds(measure(options))
    rows = table_of(results)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "page.json").write_text(
        json.dumps({"cpu": cpu_model(), "processors": os.cpu_count(),
                    "kernel": platform.release(), "results": results}, indent=1) + "\n",
        encoding="utf-8")
    (options.out / "page.md").write_text(markdown_table(HEADINGS, rows), encoding="utf-8")
    print(plain_table(HEADINGS, rows))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        print(f"wiretale: page_run: {error}", file=sys.stderr)
        sys.exit(1)
