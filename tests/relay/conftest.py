"""Fixtures of the relay's tests: real servers on ports of the kernel's choice, a deadline for each
test, and the server's log beside each failure."""

import os
import signal
import sys
from pathlib import Path

import pytest

sys.dont_write_bytecode = True
sys.path.append(str(Path(__file__).resolve().parent.parent / "support"))

import server as server_module  # noqa: E402 (after the lines above, so that it leaves no cache)
import standstill  # noqa: E402
from peer import PATIENCE  # noqa: E402

TEST_SECONDS = 60
# Deadlines here are of seconds: shorter ones must not disturb.
pytest_runtest_protocol = standstill.again_after(0.5)


@pytest.fixture(autouse=True)
def deadline(request):
    """A test that hangs fails; `@pytest.mark.deadline(seconds)` for one that needs longer."""
    marker = request.node.get_closest_marker("deadline")
    seconds = (marker.args[0] if marker else TEST_SECONDS) * PATIENCE

    def too_late(_number, _frame):
        raise TimeoutError(f"the test took more than {seconds} s")

    previous = signal.signal(signal.SIGALRM, too_late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, previous)


@pytest.fixture
def start():
    """start(*options) gives a running server; each must end well, or the test fails."""
    servers = []

    def start_server(*options, **keywords):
        servers.append(server_module.Server(*options, **keywords))
        return servers[-1]

    yield start_server
    problems = [problem for server in servers for problem in server.finish()]
    assert not problems, "\n".join(problems)


@pytest.fixture(params=[1, 2, 4], ids=lambda count: f"{count}-workers")
def workers(request):
    return request.param


@pytest.fixture
def relay(start, workers):
    """A server with one, two and four workers: the tests of the rules run over each."""
    return start("--workers", workers, classic=True)


@pytest.fixture
def server(start):
    """A server with two workers, for tests that gain nothing from other numbers."""
    return start("--workers", 2, classic=True)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    if call.when == "setup":
        server_module.started.clear()
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        for number, running in enumerate(server_module.started, 1):
            log = "\n".join(running.lines[-60:])
            report.sections.append((f"log of wiretaled {number}, its end", log))


def pytest_sessionfinish():
    for server_left in list(server_module.running):
        server_left.kill()


def pytest_report_header():
    return f"wiretaled: {os.path.abspath(server_module.WIRETALED)}"
