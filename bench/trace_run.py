#!/usr/bin/env python3
"""Measures `wiretale trace` beside its peers on one capture: `make bench` runs it.

The capture is built by make_capture, read once so that it lies in the page cache, and then given to
each contestant in turn, all of them once and then all again. Each runs on one core. Exit status:
0 all was measured (met or not), 1 something failed, 2 usage.
"""

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from figures import markdown_table, number_text, plain_table, spread, spread_text
from run import cpu_model

PATIENCE_SECONDS = 900
MIB = 1 << 20


class Contestant(NamedTuple):
    label: str
    title: str
    command: tuple  # {build} and {capture} are filled in


class Target(NamedTuple):
    text: str
    ours: str
    beside: str     # None: our own peak memory, in MiB, is what is limited
    at_least: bool  # the peer's time over ours; else ours over the peer's, at most
    limit: float


FIELDS = ("frame.number", "tcp.stream", "frame.time_relative", "ip.src", "tcp.flags.str",
          "tcp.seq", "tcp.seq_raw", "tcp.ack", "tcp.ack_raw", "tcp.window_size",
          "tcp.window_size_value", "tcp.len", "tcp.options.mss_val",
          "tcp.options.wscale.shift", "tcp.options.timestamp.tsval",
          "tcp.options.timestamp.tsecr", "tcp.options.sack_le", "tcp.options.sack_re",
          "tcp.analysis.flags", "ip.ttl", "ip.id")

CONTESTANTS = (
    Contestant("stats", "wiretale trace --stats", ("{build}/wiretale", "trace", "--stats",
                                                   "{capture}")),
    Contestant("connections", "wiretale trace --connections",
               ("{build}/wiretale", "trace", "--connections", "{capture}")),
    Contestant("story", "wiretale trace", ("{build}/wiretale", "trace", "{capture}")),
    Contestant("segments", "wiretale trace --segments --json",
               ("{build}/wiretale", "trace", "--segments", "--json", "{capture}")),
    Contestant("pcap", "libpcap, empty callback", ("{build}/bench/empty_callback", "{capture}")),
    Contestant("tcptrace", "tcptrace -n", ("tcptrace", "-n", "{capture}")),
    Contestant("conv", "tshark -q -z conv,tcp",
               ("tshark", "-n", "-q", "-z", "conv,tcp", "-r", "{capture}")),
    Contestant("fields", "tshark -T fields, the same fields",
               ("tshark", "-n", "-T", "fields", *(word for field in FIELDS
                                                  for word in ("-e", field)),
                "-r", "{capture}")),
)

TARGETS = (
    Target("--stats against tshark -z conv,tcp, times as fast", "stats", "conv", True, 40),
    Target("--stats against tcptrace -n, times as fast", "stats", "tcptrace", True, 6),
    Target("--stats against libpcap's empty callback, its time", "stats", "pcap", False, 2.5),
    Target("--connections against --stats, its time", "connections", "stats", False, 3),
    Target("--segments --json against tshark -T fields, times as fast", "segments", "fields",
           True, 5),
    Target("--stats, MiB resident", "stats", None, False, 64),
    Target("--connections, MiB resident", "connections", None, False, 64),
)


def parse_arguments(words):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=Path, help="the build folder, with -Dbench=true")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--packets", type=int, default=2_000_000)
    parser.add_argument("--connections", type=int, default=100_000)
    parser.add_argument("--only", action="append", metavar="CONTESTANT",
                        choices=[contestant.label for contestant in CONTESTANTS])
    parser.add_argument("--quick", action="store_true",
                        help="1 round over 40,000 packets: whether it works, not how fast it is")
    parser.add_argument("--out", type=Path, help="folder of trace.json and trace.md (the build's)")
    options = parser.parse_args(words)
    if options.quick:
        options.rounds, options.packets, options.connections = 1, 40_000, 2_000
    if options.rounds < 1 or options.packets < 8 * options.connections:
        parser.error("--rounds must be above 0, --packets at least 8 for each connection")
    options.build = options.build.resolve()
    options.out = (options.out or options.build).resolve()
    return options


def measure(command):
    """Seconds, and the most memory that was resident, in MiB; or a sentence."""
    # One core, as the targets say; the last, since the first serves the most interrupts.
    core = max(os.sched_getaffinity(0))
    with tempfile.TemporaryFile() as complaints:
        began = time.monotonic()
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                 stderr=complaints,
                                 preexec_fn=lambda: os.sched_setaffinity(0, {core}))
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.monotonic() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            complaints.seek(0)
            said = complaints.read().decode(errors="replace").strip().splitlines()
            return None, None, f"ended with {child.returncode}: {' '.join(said[-2:])}"
    return seconds, usage.ru_maxrss * 1024 / MIB, None


def build_capture(options, path):
    with path.open("wb") as file:
        subprocess.run([options.build / "bench" / "make_capture", str(options.packets),
                        str(options.connections)], stdout=file, check=True)
    with path.open("rb") as file:
        while file.read(MIB):
            pass


def run_rounds(options, capture, say):
    results = []
    chosen = [contestant for contestant in CONTESTANTS
              if not options.only or contestant.label in options.only]
    for number in range(1, options.rounds + 1):
        for contestant in chosen if number % 2 else reversed(chosen):
            say(f"round {number} of {options.rounds}: {contestant.title}")
            command = [word.format(build=options.build, capture=capture)
                       for word in contestant.command]
            seconds, mib, problem = measure(command)
            results.append({"round": number, "contestant": contestant.label, "seconds": seconds,
                            "mib": mib, "problem": problem})
    return results


def values(results, label, figure):
    return {result["round"]: result[figure] for result in results
            if result["contestant"] == label and result[figure] is not None}


def ratios(results, over, under):
    """Of each round in which both were measured."""
    first, second = values(results, over, "seconds"), values(results, under, "seconds")
    return spread([first[number] / second[number] for number in sorted(first.keys() & second)])


def target_row(results, target):
    if target.beside is None:
        found = spread(list(values(results, target.ours, "mib").values()))
    elif target.at_least:
        found = ratios(results, target.beside, target.ours)
    else:
        found = ratios(results, target.ours, target.beside)
    if found is None:
        return None
    met = found.median >= target.limit if target.at_least else found.median <= target.limit
    sign = "at least" if target.at_least else "at most"
    return [target.text, f"{sign} {target.limit:g}",
            spread_text(found, lambda value: number_text(value, 2)), "met" if met else "missed"]


def contestant_row(results, contestant):
    times = spread(list(values(results, contestant.label, "seconds").values()))
    memory = spread(list(values(results, contestant.label, "mib").values()))
    problems = [result["problem"] for result in results
                if result["contestant"] == contestant.label and result["problem"]]
    if problems and times is None:
        return [contestant.title, "failed: " + problems[0], ""]
    if times is None:
        return None
    return [contestant.title, spread_text(times, lambda value: number_text(value, 2)),
            number_text(memory.median, 0)]


def tables(results):
    """Two of them, each with its head: the targets, and the contestants."""
    targets = [row for target in TARGETS if (row := target_row(results, target))]
    rows = [row for contestant in CONTESTANTS if (row := contestant_row(results, contestant))]
    return ((["target", "asked", "measured", ""], targets),
            (["program", "seconds", "MiB resident"], rows))


def machine_line(options):
    date = datetime.datetime.now().astimezone().date().isoformat()
    return (f"{options.packets:,} packets, {options.connections:,} connections, snap length 200; "
            f"medians of {options.rounds} rounds (lowest to highest); ratios are taken within "
            f"each round. {cpu_model()}, one core, Linux {platform.release()}, {date}.")


def main(words):
    options = parse_arguments(words)

    def say(text):
        if sys.stderr.isatty():
            print(f"\r{text:<70}", end="", file=sys.stderr, flush=True)

    with tempfile.TemporaryDirectory(prefix="wiretale-bench-") as folder:
        capture = Path(folder) / "capture.pcap"
        build_capture(options, capture)
        results = run_rounds(options, capture, say)
    say("")
    (targets, rows), line = tables(results), machine_line(options)
    print(f"\n{line}\n")
    print(plain_table(*targets))
    print()
    print(plain_table(*rows))
    options.out.joinpath("trace.json").write_text(json.dumps({
        "machine": line, "results": results}, indent=1) + "\n", encoding="utf-8")
    options.out.joinpath("trace.md").write_text(
        f"{markdown_table(*targets)}\n\n{markdown_table(*rows)}\n\n{line}\n", encoding="utf-8")
    return 1 if any(result["problem"] for result in results) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
