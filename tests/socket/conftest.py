"""Fixtures of the bare peer's tests: a deadline for each test, and nothing left running."""

import signal
import sys
from pathlib import Path

import pytest

sys.dont_write_bytecode = True
# The terminal that the relay's tests look at is looked at here too.
sys.path.append(str(Path(__file__).resolve().parent.parent / "relay"))
sys.path.append(str(Path(__file__).resolve().parent.parent / "support"))

import bare  # noqa: E402 (after the lines above, which it needs)
import standstill  # noqa: E402

TEST_SECONDS = 60
# Deadlines here are of seconds: shorter ones must not disturb.
pytest_runtest_protocol = standstill.again_after(0.5)


@pytest.fixture(autouse=True)
def deadline(request):
    """A test that hangs fails; `@pytest.mark.deadline(seconds)` for one that needs longer."""
    marker = request.node.get_closest_marker("deadline")
    seconds = (marker.args[0] if marker else TEST_SECONDS) * bare.PATIENCE

    def too_late(_number, _frame):
        raise TimeoutError(f"the test took more than {seconds} s")

    previous = signal.signal(signal.SIGALRM, too_late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, previous)


@pytest.fixture
def listen():
    """listen(*options) gives a `wiretale socket listen` at a port of the kernel's choice."""
    yield from started(lambda *options, **words: bare.Bare("listen", "127.0.0.1:0", *options,
                                                           **words))


@pytest.fixture
def connect():
    """connect(port, *options) gives a `wiretale socket connect`."""
    yield from started(lambda port, *options, **words: bare.Bare(
        "connect", f"127.0.0.1:{port}", *options, **words))


def started(make):
    running = []

    def start(*arguments, **words):
        running.append(make(*arguments, **words))
        return running[-1]

    yield start
    problems = [problem for peer in running for problem in peer.finish()]
    assert not problems, "\n".join(problems)


@pytest.fixture
def server():
    """A plain listening socket of Python's own."""
    with bare.plain_server() as listener:
        yield listener
