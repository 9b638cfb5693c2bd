"""Fixtures of the dissector's tests: a deadline for each, and the relay as the relay's tests start
it."""

import os
import shutil
import signal
import sys
from pathlib import Path

import pytest

sys.dont_write_bytecode = True
for folder in ("relay", "trace", "support"):
    sys.path.append(str(Path(__file__).resolve().parent.parent / folder))

import server as server_module  # noqa: E402 (after the lines above, which it needs)

TEST_SECONDS = 60
PATIENCE = float(os.environ.get("WIRETALE_TEST_PATIENCE", "1"))

if not shutil.which("tshark"):
    collect_ignore_glob = ["test_*.py"]


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
    """start(*options) gives a running server; it must end well, or the test fails."""
    servers = []

    def start_server(*options, **keywords):
        servers.append(server_module.Server(*options, **keywords))
        return servers[-1]

    yield start_server
    problems = [problem for server in servers for problem in server.finish()]
    assert not problems, problems
