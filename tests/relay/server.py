"""Starts wiretaled, waits for its listening lines, reads its vital signs, stops it."""

import os
import re
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest

from classic import Classic
from peer import PATIENCE, WAIT, Peer

ROOT = Path(__file__).resolve().parents[2]
WIRETALED = os.environ.get("WIRETALED", str(ROOT / "build" / "wiretaled"))
LISTENING = re.compile(r"wiretaled: listening on (\S+):(\d+)( \(classic\))?$")
SANITIZER = re.compile(
    r"ERROR: AddressSanitizer|runtime error:|WARNING: ThreadSanitizer|ERROR: LeakSanitizer"
)
STOP_SECONDS = 8 * PATIENCE
TICKS = os.sysconf("SC_CLK_TCK")

started = []  # every server of the running test, for the report of a failure
running = set()  # every server that has not ended yet, for the end of the session


def is_sanitized(program=None):
    """Memory bounds and preloaded shims mean nothing under a sanitizer."""
    if os.environ.get("WIRETALE_SANITIZED"):
        return True
    path = Path(program or WIRETALED)
    octets = path.read_bytes() if path.exists() else b""
    return b"__asan_init" in octets or b"__tsan_init" in octets


needs_true_memory = pytest.mark.skipif(
    is_sanitized(), reason="a sanitizer's own memory hides the server's"
)


class Server:
    """descriptors: the limit of open files; listeners: how many lines to wait for, where names
    in the options make it another number than the options say."""

    def __init__(
        self,
        *options,
        classic=False,
        descriptors=None,
        environment=None,
        stdin=None,
        listeners=None,
    ):
        arguments = [] if "--listen" in options else ["--listen", "127.0.0.1:0"]
        # Neighbours on different workers, so that what goes between workers is tested, too.
        arguments += [] if "--group" in options else ["--group", "1"]
        arguments += ["--classic", "127.0.0.1:0"] if classic else []
        arguments += [str(option) for option in options]
        command = [WIRETALED, *arguments]
        if descriptors:
            script = f'ulimit -Sn {descriptors} && ulimit -Hn {descriptors} && exec "$@"'
            command = ["/bin/sh", "-c", script, "sh", *command]
        self.peers = []
        self.signalled = False
        self.hurried = False  # a second signal was sent: any exit status will do
        self.lines = []
        self.news = threading.Condition()
        self.finished_reading = False
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL if stdin is None else stdin,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={**os.environ, **(environment or {})},
        )
        started.append(self)
        running.add(self)
        self.reader = threading.Thread(target=self._read_log, daemon=True)
        self.reader.start()
        wanted = sum(option in ("--listen", "--classic") for option in arguments)
        wanted = wanted if listeners is None else listeners
        self.listeners, self.classic_listeners = self._wait_for_listeners(wanted)

    def _read_log(self):
        for line in self.process.stderr:
            with self.news:
                self.lines.append(line.decode("utf-8", "replace").rstrip("\n"))
                self.news.notify_all()
        with self.news:
            self.finished_reading = True
            self.news.notify_all()

    def _wait_for_listeners(self, wanted):
        plain, classic = [], []
        for line in self.wait_for_lines(lambda line: LISTENING.search(line), wanted):
            host, port, is_classic = LISTENING.search(line).groups()
            (classic if is_classic else plain).append((host.strip("[]"), int(port)))
        return plain, classic

    def wait_for_lines(self, wanted, count=1, within=WAIT):
        """The first `count` log lines for which wanted(line) holds."""
        deadline = time.monotonic() + within
        with self.news:
            while True:
                found = [line for line in self.lines if wanted(line)]
                if len(found) >= count:
                    return found[:count]
                remaining = deadline - time.monotonic()
                if remaining <= 0 or self.finished_reading:
                    raise AssertionError(f"the log lacks a line; it says:\n{self.log()}")
                self.news.wait(remaining)

    def wait_for_log(self, pattern, within=WAIT):
        compiled = re.compile(pattern)
        return self.wait_for_lines(compiled.search, within=within)[0]

    def log(self):
        return "\n".join(self.lines)

    @property
    def address(self):
        return self.listeners[0]

    @property
    def classic_address(self):
        return self.classic_listeners[0]

    def peer(self, name=None, **options):
        address = options.pop("address", self.address)
        peer = Peer(address, name, companions=self.peers, **options)
        self.peers.append(peer)
        return peer

    def classic(self, **options):
        client = Classic(self.classic_address, **options)
        self.peers.append(client)
        return client

    # Vital signs

    def _proc(self, name):
        return Path(f"/proc/{self.process.pid}/{name}").read_text()

    def rss(self):
        """Resident bytes."""
        return int(re.search(r"VmRSS:\s+(\d+) kB", self._proc("status")).group(1)) * 1024

    def cpu(self):
        """Seconds of processor time so far."""
        stat = self._proc("stat").rpartition(")")[2].split()
        return (int(stat[11]) + int(stat[12])) / TICKS

    def wakeups(self):
        """How often its threads have slept and woken again."""
        tasks = Path(f"/proc/{self.process.pid}/task").iterdir()
        statuses = [(task / "status").read_text() for task in tasks]
        pattern = r"^voluntary_ctxt_switches:\s+(\d+)"
        return sum(int(re.search(pattern, status, re.M).group(1)) for status in statuses)

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def threads(self):
        return int(re.search(r"Threads:\s+(\d+)", self._proc("status")).group(1))

    def alive(self):
        return self.process.poll() is None

    # The end

    def signal(self, number=signal.SIGTERM):
        self.signalled = True
        self.process.send_signal(number)

    def wait(self, within=STOP_SECONDS):
        """Waits for the end and returns the exit status (negative: the signal that ended it)."""
        status = self.process.wait(within)
        self.reader.join(within)
        running.discard(self)
        return status

    def kill(self):
        if self.alive():
            self.process.kill()
        self.wait()

    def close_peers(self):
        for peer in self.peers:
            peer.close()

    def finish(self):
        """Ends the server as a person would; returns what was wrong with it."""
        problems = []
        self.close_peers()
        ended_before = not self.alive()
        if not self.signalled:
            self.signal()
        try:
            status = self.wait()
            killed = ended_before and status == -signal.SIGKILL
            if status != 0 and not killed and not self.hurried:
                problems.append(f"wiretaled ended with {status}")
        except subprocess.TimeoutExpired:
            problems.append(f"wiretaled did not end within {STOP_SECONDS} s of SIGTERM")
            self.kill()
        reports = [line for line in self.lines if SANITIZER.search(line)]
        return problems + reports
