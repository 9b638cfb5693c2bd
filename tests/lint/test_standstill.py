"""A test that failed is run again if, and only if, the machine stood still meanwhile."""

import subprocess
import sys
from pathlib import Path

import pytest

SUPPORT = Path(__file__).resolve().parents[1] / "support"

CONFTEST = """
import sys
sys.dont_write_bytecode = True
sys.path.append({support!r})
import standstill
standstill.Machine.longest_standstill = lambda self, since: {stood}
pytest_runtest_protocol = standstill.again_after(0.5)
"""
TESTS = """
import pathlib, pytest
def runs(folder):
    file = pathlib.Path(__file__).parent / folder
    file.write_text((file.read_text() if file.exists() else "") + "x")
    return len(file.read_text())
@pytest.fixture
def fresh(tmp_path):
    return tmp_path / "only once"
def test_third_time(fresh):
    fresh.mkdir()
    assert runs("third") == 3, "the third"
def test_always_fails():
    runs("always")
    assert not "so"
def test_sanitizer():
    runs("sanitizer")
    assert not "==1==ERROR: AddressSanitizer: heap-use-after-free"
def test_final():
    runs("final")
    pytest.fail("whatever the machine does")
def test_passes():
    runs("passes")
"""


@pytest.mark.parametrize("stood, third, always", [(0.0, 1, 1), (0.4, 1, 1), (0.6, 3, 3)])
def test_only_what_a_standstill_can_have_disturbed_runs_again(tmp_path, stood, third, always):
    (tmp_path / "conftest.py").write_text(CONFTEST.format(support=str(SUPPORT), stood=stood))
    (tmp_path / "test_it.py").write_text(TESTS)
    done = subprocess.run(
        [sys.executable, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", tmp_path],
        capture_output=True, text=True, check=False, timeout=100)

    def runs(name):
        return len((tmp_path / name).read_text())

    assert (runs("third"), runs("always")) == (third, always), done.stdout
    assert (runs("sanitizer"), runs("final"), runs("passes")) == (1, 1, 1), done.stdout
    passed = 1 + (third == 3)
    assert f"{5 - passed} failed, {passed} passed" in done.stdout
    assert ("test_third_time: run again, since the machine stood still for 600 ms: " in done.stdout
            ) == (third == 3)


def test_a_processor_that_comes_late_is_a_standstill():
    """Its own threads are stopped as a whole: a process that is stopped wakes on no processor."""
    with subprocess.Popen([sys.executable, "-B", SUPPORT / "standstill.py"], text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as watcher:
        def asked(since):
            watcher.stdin.write(f"{since}\n")
            watcher.stdin.flush()
            return float(watcher.stdout.readline())

        asked(0)
        stopped = f"kill -STOP {watcher.pid}; sleep 0.7; kill -CONT {watcher.pid}"
        subprocess.run(["sh", "-c", stopped], check=True)
        assert 0.6 < asked(0)
        assert asked(10 ** 12) == 0
        watcher.stdin.close()
        assert watcher.wait(10) == 0
