"""Fixtures of the tests of `wiretale lab`: real kernels in namespaces that the program makes
itself. Where this machine gives none, what needs them is skipped with the program's own reason."""

import contextlib
import os
import signal
import sys
from pathlib import Path

import pytest

sys.dont_write_bytecode = True
sys.path.append(str(Path(__file__).resolve().parent.parent / "support"))

import lab as lab_module  # noqa: E402 (after the lines above, so that it leaves no cache)
import standstill  # noqa: E402

TEST_SECONDS = 60
# As long as the shortest of the timers that the experiments see: a delayed acknowledgement's.
pytest_runtest_protocol = standstill.again_after(0.04)


@pytest.fixture(autouse=True)
def deadline(request):
    """A test that hangs fails; `@pytest.mark.deadline(seconds)` for one that needs longer."""
    marker = request.node.get_closest_marker("deadline")
    seconds = (marker.args[0] if marker else TEST_SECONDS) * lab_module.PATIENCE

    def too_late(_number, _frame):
        raise TimeoutError(f"the test took more than {seconds} s")

    previous = signal.signal(signal.SIGALRM, too_late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, previous)


@pytest.fixture(scope="session")
def possible(tmp_path_factory):
    """Skips where no lab can be made here."""
    folder = tmp_path_factory.mktemp("possible")
    (folder / "first.lab").write_text(lab_module.HANDSHAKE)
    done = lab_module.run("run", "first.lab", status=None, cwd=folder)
    if done.returncode == 3:
        pytest.skip(done.stderr.strip())
    return folder


@pytest.fixture
def lab(possible, tmp_path):  # pylint: disable=unused-argument
    """lab("run", "x.lab", x=TEXT): in a folder where x.lab has that text."""
    return lab_module.Lab(tmp_path)


@pytest.fixture
def folder(tmp_path):
    """The same for what makes no hosts."""
    return lab_module.Lab(tmp_path)


@pytest.fixture
def marked():
    """An environment by which the processes that a test leaves behind can be told."""
    mark = f"WIRETALE_TEST_MARK={os.getpid()}.{os.urandom(8).hex()}"
    yield mark
    for pid in lab_module.marked_processes(mark):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
