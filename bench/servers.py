"""The servers that are measured: how each is started, found ready, watched and stopped.

Each listens on a loopback port that the kernel has just said is free, is configured as its
operators would for this work (no persistence, no limit that the load runs into), and is stopped by
its process id. None outlives this program, however that ends.
"""

import ctypes
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

READY_SECONDS = 20
STOP_SECONDS = 10
LOG_LINES = 15
PR_SET_PDEATHSIG = 1
libc = ctypes.CDLL(None)

MOSQUITTO_CONFIGURATION = """\
listener {port} 127.0.0.1
allow_anonymous true
set_tcp_nodelay true
max_queued_messages 0
persistence false
log_type error
"""

NATS_CONFIGURATION = """\
listen: "127.0.0.1:{port}"
max_pending: 256MB
"""


class ServerDied(Exception):
    pass


def missing_programs():
    return [name for name in ("nats-server", "redis-server", "mosquitto") if not find(name)]


def find(program):
    """Servers stand in sbin, which a person's PATH often lacks."""
    return shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


def raise_descriptor_limit():
    """Returns what one process may have open; its children inherit it."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wiretaled_command(build, port, _folder, *options):
    return [build / "wiretaled", "--listen", f"127.0.0.1:{port}", "--log", "notice", *options]


def bare_command(build, port, _folder):
    return [build / "bench" / "bare_relay", str(port)]


def nats_command(_build, port, folder):
    configuration = folder / "nats.conf"
    configuration.write_text(NATS_CONFIGURATION.format(port=port), encoding="utf-8")
    return [find("nats-server"), "-c", configuration]


def redis_command(_build, port, _folder):
    descriptors = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return [find("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--save", "",
            "--appendonly", "no", "--protected-mode", "no", "--maxclients", str(descriptors - 100),
            "--client-output-buffer-limit", "pubsub 1gb 1gb 0"]


def mosquitto_command(_build, port, folder):
    configuration = folder / "mosquitto.conf"
    configuration.write_text(MOSQUITTO_CONFIGURATION.format(port=port), encoding="utf-8")
    return [find("mosquitto"), "-c", configuration]


COMMANDS = {
    "wiretaled": wiretaled_command,
    "nats": nats_command,
    "redis": redis_command,
    "mosquitto": mosquitto_command,
    "bare": bare_command,
}
VERSION_OPTIONS = {"wiretaled": "--version", "nats": "--version", "redis": "--version",
                   "mosquitto": "-h"}


def version_of(kind, build):
    """As the program says it, "2.9.10"; None: it does not."""
    if kind not in VERSION_OPTIONS:
        return None
    program = {"wiretaled": build / "wiretaled", "nats": find("nats-server"),
               "redis": find("redis-server"), "mosquitto": find("mosquitto")}[kind]
    said = subprocess.run([program, VERSION_OPTIONS[kind]], capture_output=True, text=True,
                          timeout=10, check=False)
    found = re.search(r"\d+\.\d+\.\d+", said.stdout + said.stderr)
    return found.group() if found else None


def die_with_parent():
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Server:
    """`with Server(...)`: it is ready within, and gone afterwards."""

    def __init__(self, kind, build, folder, options=()):
        self.kind = kind
        self.port = free_port()
        self.log = Path(folder) / f"{kind}.log"
        command = COMMANDS[kind](build, self.port, Path(folder), *options)
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, cwd=folder, preexec_fn=die_with_parent)

    def __enter__(self):
        try:
            self.wait_until_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def wait_until_ready(self):
        deadline = time.monotonic() + READY_SECONDS
        while True:
            self.check()
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                if time.monotonic() > deadline:
                    raise ServerDied(f"{self.kind} does not listen; {self.last_words()}") from None
                time.sleep(0.005)

    def check(self):
        status = self.process.poll()
        if status is not None:
            raise ServerDied(f"{self.kind} ended with status {status}; {self.last_words()}")

    def last_words(self):
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "its log ends with:\n" + "\n".join(lines[-LOG_LINES:] or ["(nothing)"])

    def cpu_seconds(self):
        """What its threads have run so far. Finer than the ticks of /proc/PID/stat."""
        total = 0
        for statistics in Path(f"/proc/{self.process.pid}/task").glob("*/schedstat"):
            try:
                total += int(statistics.read_text(encoding="ascii").split()[0])
            except OSError:
                pass  # that thread has just ended
        return total / 1e9

    def stop(self):
        if self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
