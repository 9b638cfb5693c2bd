"""Fixtures of the tests of `wiretale states`: a network namespace of the test's own."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

sys.dont_write_bytecode = True

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "support"))
WIRETALE = os.environ.get("WIRETALE", str(HERE.parent.parent / "build" / "wiretale"))
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


class Namespace:
    """Sockets of nobody else's. hold("time_wait") makes one more in that state."""

    def __init__(self):
        for tool in ("unshare", "nsenter"):
            if not shutil.which(tool):
                pytest.skip(f"no {tool} here")
        self.process = subprocess.Popen(  # pylint: disable=consider-using-with
            ["unshare", "--user", "--map-root-user", "--net", "--", sys.executable, "-B",
             str(HERE / "holder.py")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        said = self.process.stdout.readline()
        if not said.startswith("ok "):
            why = self.process.stderr.read().strip() or said.strip()
            self.end()
            pytest.skip(f"no network namespace may be made here: {why}")
        self.pid = said.split()[1]

    def end(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.stderr.close()
        self.process.wait()

    def hold(self, *states):
        for state in states:
            self.process.stdin.write(state + "\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline().strip()
            assert answer == "ok", f"{state}: {answer or self.process.stderr.read()}"

    def command(self, *words):
        """To be run within it."""
        return ["nsenter", "--preserve-credentials", "-U", "-n", "-t", self.pid, "--", *words]

    def run(self, *options, status=0, **more):
        done = subprocess.run(self.command(WIRETALE, "states", *options), text=True,
                              capture_output=True, check=False, timeout=30 * PATIENCE, **more)
        assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
        return done

    def text(self, *options):
        done = self.run(*options)
        assert done.stderr == ""
        return done.stdout

    def json(self, *options):
        return [json.loads(line) for line in self.text("--json", *options).splitlines()]

    def counts(self):
        """State -> count, those that have none left out."""
        return {row["state"]: row["count"] for row in self.json() if row["count"]}

    def ss(self, *options):
        if not shutil.which("ss"):
            pytest.skip("no ss here to compare with")
        return subprocess.run(self.command("ss", "-Htan", *options), text=True, check=True,
                              capture_output=True, timeout=30 * PATIENCE).stdout


@pytest.fixture
def namespace():
    made = Namespace()
    yield made
    made.end()
