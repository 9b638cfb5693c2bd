#!/usr/bin/env python3
"""Measures wiretaled beside its peers, on loopback: `make bench` runs it.

Each measurement starts its server afresh, loads it, stops it. Rounds are interleaved: every
contestant of every scenario once, then all of them again, in another order; so what disturbs the
machine for a while disturbs all of them. Exit status: 0 all was measured (met or not), 1 something
failed, 2 usage, 3 the machine lacks something.
"""

import argparse
import datetime
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import report
import servers
from scenarios import SCENARIOS

LOAD_PATIENCE_SECONDS = 120  # beyond the measured time: connecting 15,000, and a failure's deadline
SAID_LINES = 5
# Of the load program's JSON, counted over the whole run, as the server's CPU time is.
RECEIVED, REFUSED, OUT_OF_ORDER = "messages_in_all", "refused_in_all", "out_of_order_in_all"


def parse_arguments(words):
    names = [scenario.name for scenario in SCENARIOS]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0],
                                     epilog="Scenarios: " + ", ".join(names))
    parser.add_argument("build", type=Path, help="the build folder, with -Dbench=true")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=2.0, help="measured for each")
    parser.add_argument("--warm-up", type=float, default=0.5, help="seconds before, not counted")
    parser.add_argument("--only", action="append", metavar="SCENARIO", choices=names,
                        help="may be given again")
    parser.add_argument("--quick", action="store_true",
                        help="1 round, 0.3 s each: whether all of it works, not how fast it is")
    parser.add_argument("--out", type=Path, help="folder of bench.json and bench.md (the build's)")
    options = parser.parse_args(words)
    if options.quick:
        options.rounds, options.seconds, options.warm_up = 1, 0.3, 0.1
    if options.rounds < 1 or options.seconds <= 0 or options.warm_up < 0:
        parser.error("--rounds and --seconds must be above 0")
    options.build = options.build.resolve()
    options.out = (options.out or options.build).resolve()
    return options


def cpu_model():
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def describe_machine(options):
    kinds = sorted(servers.COMMANDS)
    return {
        "date": datetime.datetime.now().astimezone().isoformat(timespec="seconds"),
        "cpu": cpu_model(),
        "cores": len(os.sched_getaffinity(0)),
        "kernel": platform.release(),
        "versions": {kind: servers.version_of(kind, options.build) for kind in kinds},
        "rounds": options.rounds,
        "seconds": options.seconds,
        "warm_up": options.warm_up,
    }


def load_command(options, scenario, contestant, server):
    if contestant.dialect == "wiretale":
        command = [options.build / "wiretale", "bench", scenario.kind]
    else:
        command = [options.build / "bench" / "peer_load", "--dialect", contestant.dialect,
                   scenario.kind]
    command += ["--server", f"127.0.0.1:{server.port}", "--json", *scenario.arguments,
                *contestant.arguments]
    if scenario.timed:
        command += ["--seconds", f"{options.seconds:g}", "--warm-up", f"{options.warm_up:g}"]
    if scenario.needs_pid:
        command += ["--server-pid", str(server.process.pid)]
    return [str(word) for word in command]


def figures_of(said, cpu_seconds):
    """The numbers of the load program's JSON, flat: "latency.p50" for one within another."""
    figures = {}
    for key, value in said.items():
        inner = value.items() if isinstance(value, dict) else [(None, value)]
        for name, number in inner:
            if isinstance(number, (int, float)) and not isinstance(number, bool):
                figures[f"{key}.{name}" if name else key] = number
    if figures.get(RECEIVED):
        figures["server_cpu"] = cpu_seconds / figures[RECEIVED]
    return figures


def remark_on(figures):
    """What the figures of a run that came to its end leave out; None: nothing."""
    said = []
    if figures.get(REFUSED):
        said.append(f"{figures[REFUSED]:,} messages were refused")
    if figures.get(OUT_OF_ORDER):
        said.append(f"{figures[OUT_OF_ORDER]:,} messages came out of order")
    return "; ".join(said) or None


def run_load(command, seconds):
    """Returns its JSON; raises ValueError with a sentence."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=seconds + LOAD_PATIENCE_SECONDS, check=False,
                              preexec_fn=servers.die_with_parent)
    except subprocess.TimeoutExpired:
        raise ValueError("the load program did not end") from None
    if done.returncode != 0:
        said = " / ".join(done.stderr.strip().splitlines()[-SAID_LINES:])
        raise ValueError(f"status {done.returncode}: {said}")
    try:
        return json.loads(done.stdout)
    except ValueError:
        raise ValueError(f"no JSON: {done.stdout[:200]!r}") from None


def measure(options, scenario, contestant):
    """One result without its round. A failure is a result too."""
    result = {"scenario": scenario.name, "contestant": contestant.label}
    try:
        with (tempfile.TemporaryDirectory() as folder,
              servers.Server(contestant.server, options.build, folder,
                             contestant.server_options) as server):
            command = load_command(options, scenario, contestant, server)
            before = server.cpu_seconds()
            try:
                said = run_load(command, options.seconds + options.warm_up)
            except ValueError as problem:
                server.check()  # if it died, that is what there is to tell
                raise problem
            server.check()
            cpu_seconds = server.cpu_seconds() - before
    except (ValueError, servers.ServerDied) as problem:
        return {**result, "failed": str(problem)}
    figures = figures_of(said, cpu_seconds)
    if remark := remark_on(figures):
        result["remark"] = remark
    return {**result, "figures": figures, "server_cpu_seconds": cpu_seconds, "result": said}


def rotated(contestants, by):
    by %= len(contestants)
    return contestants[by:] + contestants[:by]


def plan(options):
    """Yields (round, scenario, contestant) in the order in which they are measured."""
    chosen = [scenario for scenario in SCENARIOS
              if not options.only or scenario.name in options.only]
    for number in range(1, options.rounds + 1):
        for scenario in chosen:
            for contestant in rotated(scenario.contestants, number - 1):
                yield number, scenario, contestant


class Progress:
    def __init__(self, steps):
        self.steps, self.done, self.began = steps, 0, time.monotonic()

    def say(self, number, scenario, contestant):
        left = ""
        if self.done:
            each = (time.monotonic() - self.began) / self.done
            minutes, seconds = divmod(round(each * (self.steps - self.done)), 60)
            left = f", {minutes}:{seconds:02} left"
        line = (f"[{self.done + 1}/{self.steps}{left}] round {number}: {scenario.name}, "
                f"{contestant.label}")
        if sys.stderr.isatty():
            print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)
        else:
            print(line, file=sys.stderr, flush=True)
        self.done += 1

    def end(self):
        if sys.stderr.isatty():
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def keep(options, machine, results):
    """Both files, each put in place whole."""
    texts = {"bench.json": json.dumps({"machine": machine, "results": results}, indent=1) + "\n",
             "bench.md": report.markdown_report(results, machine)}
    options.out.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        unfinished = options.out / f".{name}.new"
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(options.out / name)


def measure_all(options, machine, results):
    steps = list(plan(options))
    progress = Progress(len(steps))
    try:
        for number, scenario, contestant in steps:
            progress.say(number, scenario, contestant)
            result = {"round": number, **measure(options, scenario, contestant)}
            results.append(result)
            if "failed" in result:
                progress.end()
                print(f"bench: {scenario.name}, {contestant.label}: {result['failed']}",
                      file=sys.stderr)
    finally:
        progress.end()
        if results:
            keep(options, machine, results)


def check_machine(options):
    lacking = servers.missing_programs()
    if lacking:
        return f"not installed: {', '.join(lacking)}. Run: make bench"
    for program in ("wiretale", "wiretaled", "bench/peer_load", "bench/bare_relay"):
        if not (options.build / program).exists():
            return f"{options.build / program} is not built. Run: make bench"
    return None


def stop_on(number, _frame):
    raise SystemExit(128 + number)


def main(words):
    options = parse_arguments(words)
    problem = check_machine(options)
    if problem:
        print(f"bench: {problem}", file=sys.stderr)
        return 3
    signal.signal(signal.SIGTERM, stop_on)
    signal.signal(signal.SIGINT, stop_on)
    servers.raise_descriptor_limit()
    machine = describe_machine(options)
    results = []
    measure_all(options, machine, results)
    print(report.plain_report(results, machine))
    print(f"Kept: {options.out / 'bench.json'}, {options.out / 'bench.md'}")
    return 1 if any("failed" in result for result in results) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
