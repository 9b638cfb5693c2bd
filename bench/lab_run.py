#!/usr/bin/env python3
"""Measures the lab's cable beside a bare pair of virtual Ethernet: `make bench` runs it.

Two plain programs (lab_peer) talk over each: round trips of one byte, at several delays, with the
kernels asked and all recorded as `wiretale lab run` does it; and a stream as fast as it goes, with
neither. All contestants once, then all again. Exit status: 0 all was measured (met or not), 1
something failed, 2 usage.
"""

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from figures import markdown_table, number_text, plain_table, ratio_text, spread, spread_text
from run import cpu_model

PATIENCE_SECONDS = 60
PORT = "7000"
SERVER = "10.77.0.2"
DELAYS_MS = (0.1, 1, 10)
MOST_US, LEAST_GBIT = 100, 1


class Contestant(NamedTuple):
    label: str
    title: str
    is_cable: bool


CONTESTANTS = (
    Contestant("tun", "cable, TUN", True),
    Contestant("veth", "cable, veth", True),
    Contestant("plain", "veth pair, no offloads", False),
    Contestant("bare", "veth pair", False),
)


def parse_arguments(words):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=Path, help="the build folder, with -Dbench=true")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each stream")
    parser.add_argument("--trips", type=int, default=300, help="round trips at each delay")
    parser.add_argument("--only", action="append", metavar="CONTESTANT",
                        choices=[contestant.label for contestant in CONTESTANTS])
    parser.add_argument("--quick", action="store_true",
                        help="1 round of 0.2 s: whether it works, not how fast it is")
    parser.add_argument("--out", type=Path, help="folder of lab.json and lab.md (the build's)")
    options = parser.parse_args(words)
    if options.quick:
        options.rounds, options.seconds, options.trips = 1, 0.2, 20
    if options.rounds < 1 or options.seconds <= 0 or not 0 < options.trips <= 100_000:
        parser.error("--rounds, --seconds and --trips must be above 0, --trips at most 100,000")
    options.build = options.build.resolve()
    options.out = (options.out or options.build).resolve()
    return options


def measure(command):
    """The numbers that it prints, or a sentence."""
    try:
        done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, text=True,
                              capture_output=True, check=False, timeout=PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        return [], "it did not end"
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()
        return [], f"ended with {done.returncode}: {' '.join(said[-2:])}"
    return [float(line) for line in done.stdout.split()], None


def delay_text(delay_ms):
    return f"{delay_ms * 1000:g}us"


def ping(options, contestant, delay_ms):
    command = [options.build / "bench" / "lab_cable", contestant.label,
               delay_text(delay_ms) if contestant.is_cable else "-", f"lab_peer echo {PORT}",
               f"lab_peer ping {SERVER} {PORT} {options.trips}"]
    numbers, problem = measure(command)
    result = {"contestant": contestant.label, "kind": "ping", "delay_ms": delay_ms}
    if problem or len(numbers) != (2 if contestant.is_cable else 1):
        return {**result, "problem": problem or f"it printed {numbers}"}
    figures = {"half_trip_us": numbers[0] / 2000 - delay_ms * 1000}
    if contestant.is_cable:
        figures["way_us"] = numbers[1] / 1000 - delay_ms * 1000
    return {**result, "figures": figures}


def stream(options, contestant):
    command = [options.build / "bench" / "lab_cable", contestant.label,
               "0s" if contestant.is_cable else "-", f"lab_peer sink {PORT}",
               f"lab_peer source {SERVER} {PORT} {options.seconds:g}"]
    numbers, problem = measure(command + (["quick"] if contestant.is_cable else []))
    result = {"contestant": contestant.label, "kind": "stream"}
    if problem or len(numbers) != 1:
        return {**result, "problem": problem or f"it printed {numbers}"}
    return {**result, "figures": {"gbit": numbers[0] / 1e9}}


def run_round(options, contestants, say):
    for contestant in contestants:
        say(contestant.title)
        for delay_ms in DELAYS_MS if contestant.is_cable else (0,):
            yield ping(options, contestant, delay_ms)
        yield stream(options, contestant)


def chosen_contestants(options):
    may_open_tun = os.access("/dev/net/tun", os.R_OK | os.W_OK)
    return [contestant for contestant in CONTESTANTS
            if (not options.only or contestant.label in options.only)
            and (contestant.label != "tun" or may_open_tun)]


def run_rounds(options, say):
    results = []
    contestants = chosen_contestants(options)
    for number in range(1, options.rounds + 1):
        order = contestants if number % 2 else contestants[::-1]
        for result in run_round(options, order,
                                lambda title, at=number: say(f"round {at} of "
                                                             f"{options.rounds}: {title}")):
            results.append({"round": number, **result})
    return results


def figure(results, label, kind, name, delay_ms=None):
    """By round."""
    return {result["round"]: result["figures"][name] for result in results
            if result["contestant"] == label and result["kind"] == kind and "figures" in result
            and name in result["figures"] and delay_ms in (None, result.get("delay_ms"))}


def cell(found, digits=0):
    found = spread(found.values())
    return spread_text(found, lambda value: number_text(value, digits)) if found else ""


def target_rows(results):
    rows = []
    for contestant in (one for one in CONTESTANTS if one.is_cable):
        for delay_ms in DELAYS_MS:
            found = figure(results, contestant.label, "ping", "way_us", delay_ms)
            if found:
                rows.append([f"{contestant.title}: added to a delay of {delay_ms:g} ms, µs",
                             f"at most {MOST_US}", cell(found),
                             "met" if spread(found.values()).median <= MOST_US else "missed"])
        found = figure(results, contestant.label, "stream", "gbit")
        if found:
            rows.append([f"{contestant.title}: carried, Gbit/s", f"at least {LEAST_GBIT}",
                         cell(found, 2),
                         "met" if spread(found.values()).median >= LEAST_GBIT else "missed"])
    return rows


def ratio(results, label, beside):
    ours = figure(results, label, "stream", "gbit")
    theirs = figure(results, beside, "stream", "gbit")
    found = spread(ours[number] / theirs[number] for number in sorted(ours.keys() & theirs))
    return spread_text(found, ratio_text) if found and label != beside else ""


def contestant_rows(results):
    rows = []
    for contestant in CONTESTANTS:
        trips = [figure(results, contestant.label, "ping", "half_trip_us", delay_ms)
                 for delay_ms in (DELAYS_MS if contestant.is_cable else (0,))]
        if any(trips):
            cells = [cell(found) for found in trips]
            rows.append([contestant.title, *([""] if contestant.is_cable else []), *cells,
                         *([] if contestant.is_cable else ["", "", ""]),
                         cell(figure(results, contestant.label, "stream", "gbit"), 2),
                         ratio(results, contestant.label, "plain"),
                         ratio(results, contestant.label, "bare")])
    return rows


def tables(results):
    """Two of them, each with its head: the targets, and the contestants."""
    return ((["target", "asked", "measured", ""], target_rows(results)),
            (["half a round trip of two programs, µs more than the delay", "no delay",
              *(f"{delay_ms:g} ms" for delay_ms in DELAYS_MS), "Gbit/s", "/ pair, no offloads",
              "/ pair"], contestant_rows(results)))


def machine_line(options):
    date = datetime.datetime.now().astimezone().date().isoformat()
    cores = len(os.sched_getaffinity(0))
    return (f"{options.trips:,} round trips of a byte at each delay, with kernels asked and all "
            f"recorded; streams of {options.seconds:g} s without; medians of {options.rounds} "
            f"rounds (lowest to highest); ratios are taken within each round. {cpu_model()}, "
            f"{cores} cores, Linux {platform.release()}, {date}.")


def main(words):
    options = parse_arguments(words)

    def say(text):
        if sys.stderr.isatty():
            print(f"\r{text:<70}", end="", file=sys.stderr, flush=True)

    results = run_rounds(options, say)
    say("")
    (targets, rows), line = tables(results), machine_line(options)
    print(f"\n{line}\n")
    print(plain_table(*targets))
    print(plain_table(*rows))
    problems = [result for result in results if "problem" in result]
    for result in problems:
        print(f"round {result['round']}, {result['contestant']}, {result['kind']}: "
              f"{result['problem']}", file=sys.stderr)
    options.out.mkdir(parents=True, exist_ok=True)
    options.out.joinpath("lab.json").write_text(json.dumps({
        "machine": line, "results": results}, indent=1) + "\n", encoding="utf-8")
    options.out.joinpath("lab.md").write_text(
        f"{markdown_table(*targets)}\n{markdown_table(*rows)}\n{line}\n", encoding="utf-8")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
