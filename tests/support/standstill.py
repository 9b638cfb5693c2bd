"""Tests of what happens in real time, on machines that stand still.

A virtual machine's processors are taken away from it at times, for as long as a second. Meanwhile
the timers of TCP go on: an experiment in which nothing should be sent again becomes another
experiment, and a test that fails then says nothing of the program. So a process beside the tests
looks at each processor's clock, and a test that failed while one stood still is run again, and a
warning says so. One that fails on a machine that runs has failed, and so has one in which a
sanitizer found something, and one that says pytest.fail(): no standstill explains that.
"""

import ctypes
import os
import select
import subprocess
import sys
import threading
import time

import pytest
from _pytest.runner import runtestprotocol

TICK = 0.01
TRIES = 3
AGAIN_AT_MOST = 10  # of one run of pytest: a machine that stands still more often is none for tests
ANSWER_SECONDS = 10
REMEMBERED = 0.03  # shorter ones happen to every process that has to wait for its turn


def again_after(seconds):
    """The hook of a conftest whose tests a standstill of so many seconds can disturb."""
    left = [AGAIN_AT_MOST]
    machine = Machine()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(item, nextitem):
        machine.watch()
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        for more in reversed(range(TRIES)):
            began = time.monotonic()
            reports = runtestprotocol(item, nextitem=nextitem, log=False)
            if not more or not left[0] or not any(map(disturbable, reports)):
                break
            stood = machine.longest_standstill(began)
            if stood < seconds:
                break
            left[0] -= 1
            why = next(report for report in reports if report.failed).longreprtext.splitlines()
            item.warn(pytest.PytestWarning(
                f"{item.name}: run again, since the machine stood still for {stood * 1000:.0f} ms: "
                f"{why[-1] if why else 'no reason given'}"))
            item._initrequest()  # pylint: disable=protected-access
        for report in reports:
            item.ihook.pytest_runtest_logreport(report=report)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    return pytest_runtest_protocol


def disturbable(report):
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash and crash.message.startswith("Failed: "):
        return False
    said = report.longreprtext + "".join(text for _, text in report.sections)
    return report.failed and "Sanitizer" not in said and "runtime error:" not in said


class Machine:
    """Another process, so that what the tests compute themselves is no standstill. It ends with
    its standard input."""

    def __init__(self):
        self.process = None

    def watch(self):
        if not self.process:
            self.process = subprocess.Popen(  # pylint: disable=consider-using-with
                [sys.executable, "-B", __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            self.ask(time.monotonic())  # it watches once it has answered

    def ask(self, since):
        os.write(self.process.stdin.fileno(), f"{since}\n".encode())
        if not select.select([self.process.stdout], [], [], ANSWER_SECONDS)[0]:
            return 0.0
        return float(self.process.stdout.readline() or 0)

    def longest_standstill(self, since):
        """Seconds, of those that ended after the moment `since` of the monotonic clock."""
        try:
            return self.ask(since)
        except BrokenPipeError:
            return 0.0


class Processor(threading.Thread):
    """Wakes each tick on one processor, and remembers when it came too late."""

    def __init__(self, number):
        super().__init__(daemon=True)
        self.number, self.rounds, self.late = number, 0, []

    def run(self):
        os.sched_setaffinity(0, {self.number})
        before = time.monotonic()
        while True:
            time.sleep(TICK)
            now = time.monotonic()
            if now - before > REMEMBERED:
                self.late.append((now, now - before))
            before = now
            self.rounds += 1

    def longest(self, since):
        # One in which it still stands is told of when it is over.
        seen, until = self.rounds, time.monotonic() + ANSWER_SECONDS / 2
        while self.rounds < seen + 2 and time.monotonic() < until:
            time.sleep(TICK)
        return max((took for ended, took in self.late if ended >= since), default=0.0)


def main():
    ctypes.CDLL(None).prctl(1, 9)  # PR_SET_PDEATHSIG, SIGKILL: tests that are killed leave nothing
    processors = [Processor(number) for number in os.sched_getaffinity(0)]
    for processor in processors:
        processor.start()
    for line in sys.stdin:
        print(max(processor.longest(float(line)) for processor in processors), flush=True)


if __name__ == "__main__":
    main()
