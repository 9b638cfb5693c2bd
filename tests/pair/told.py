"""What `wiretale trace` says of two captures, and whether it is so."""

import json
import os
import subprocess

from link import EPOCH

WIRETALE = os.path.abspath(os.environ.get("WIRETALE", "build/wiretale"))
PATIENCE = float(os.environ.get("WIRETALE_TEST_PATIENCE", "1"))
RESOLUTION = 2e-9  # of the nanoseconds in JSON, read as floating point: see ns()


def run(*arguments, status=0):
    done = subprocess.run([WIRETALE, "trace", *map(str, arguments)], capture_output=True,
                          check=False, timeout=50 * PATIENCE,
                          env={**os.environ, "NO_COLOR": "1"})
    assert status is None or done.returncode == status, (done.returncode, done.stdout, done.stderr)
    return done


def text(*arguments, status=0):
    return run(*arguments, status=status).stdout.decode()


def flat(*arguments, status=0):
    """On one line, whatever the wrapping."""
    return " ".join(text(*arguments, status=status).split())


class Exact(str):
    """A number of JSON as it stands there."""


def ns(number):
    """Of seconds with nine digits, exactly."""
    whole, _, fraction = number.lstrip("-").partition(".")
    value = int(whole) * 1_000_000_000 + int(fraction.ljust(9, "0"))
    return -value if number.startswith("-") else value


class Told:
    """All of --json."""

    def __init__(self, *arguments, status=0):
        lines = run("--json", *arguments, status=status).stdout.decode().splitlines()
        rows = [json.loads(line, parse_float=Exact) for line in lines]
        self.segments = [row for row in rows if row["type"] == "segment"]
        self.pairs = [row for row in rows if row["type"] == "pair"]
        self.only = [row for row in rows if row["type"] == "only"]
        self.captures = rows[-1]
        assert self.captures["type"] == "captures"
        self.clock = self.captures["clock"]

    def lost(self):
        """(side, frame of its sender's file)"""
        return {(int(row["from"] == "server"), row["sent_frame"])
                for row in self.segments if row.get("lost")}

    def unsure(self):
        return {(int(row["from"] == "server"), row["sent_frame"])
                for row in self.segments if row.get("unsure") and "sent_frame" in row}

    def outside(self):
        """Of those the other capture cannot tell: it had not begun yet, or had ended."""
        return {(int(row["from"] == "server"), row["sent_frame"])
                for row in self.with_fate("outside") if "sent_frame" in row}

    def arrivals(self):
        return {(int(row["from"] == "server"), row["sent_frame"]): row["delivered_frame"]
                for row in self.segments if "sent_frame" in row and "delivered_frame" in row}

    def delays(self):
        return [ns(row["delivered"]) - ns(row["sent"]) for row in self.segments
                if "sent" in row and "delivered" in row]

    def with_fate(self, fate):
        return [row for row in self.segments if row["fate"] == fate]


def true_difference(clocks, at_ns):
    """Second minus first when the first one reads at_ns."""
    true = (at_ns - EPOCH - clocks[0].offset) / (1 + clocks[0].drift)
    return (clocks[1].offset - clocks[0].offset) + true * (clocks[1].drift - clocks[0].drift)


def check_clock(told, clocks):
    clock = told.clock
    assert clock["kind"] == "known", clock
    error = ns(clock["offset"]) - true_difference(clocks, ns(clock["at"]))
    assert abs(error) <= ns(clock["within"]) + 2, (error, clock)


def check_all(told, link):
    """Exactly the lost ones, exactly those that arrived, no time before its cause. Which of several
    that look the same is known only where they are numbered; else it must be said to be unsure."""
    truth = {(segment.side, segment.sent_frame) for segment in link.segments if segment.lost}
    unsure = told.unsure()
    assert not (link.ids and unsure), unsure
    differs = told.lost() ^ truth
    assert differs <= unsure, (told.lost() - truth, truth - told.lost(), unsure)
    if not any(way.doubling for way in link.ways):
        assert len(told.lost()) == len(truth)
    arrivals = told.arrivals()
    for segment in link.segments:
        key = (segment.side, segment.sent_frame)
        if not segment.lost and key not in unsure:
            assert arrivals.get(key) in segment.arrived_frames, (segment, arrivals.get(key))
    assert min(told.delays(), default=0) >= 0
    check_clock(told, link.clocks)
