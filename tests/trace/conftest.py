"""Fixtures of the trace's tests: a deadline for each test."""

import os
import signal
import sys
from pathlib import Path

import pytest

sys.dont_write_bytecode = True
sys.path.append(str(Path(__file__).resolve().parent.parent / "support"))

TEST_SECONDS = 60
PATIENCE = float(os.environ.get("WIRETALE_TEST_PATIENCE", "1"))


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
