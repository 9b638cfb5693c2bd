#!/usr/bin/env python3
"""Makes a history of the relay under faults, and has it checked.

tests/history/run_history.py --wiretaled FILE --client FILE [--messages N] [--seed N]
                             [--long-stalls N] [--keep FOLDER]

Starts a server and clients that write to each other, and while they do kills clients (another
life follows), stops and continues them, resets their connections, has readers stall, stops, ends
and kills the server and starts it again on the same port. What happens when is drawn from the
seed, and counted in messages, not in seconds. Ends with what check_history.py says; the logs of a
history that is not clean are kept.
"""

import argparse
import ctypes
import os
import random
import re
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from check_history import Checker, summary

PATIENCE = float(os.environ.get("WIRETALE_TEST_PATIENCE", "1"))
WITHIN = 30 * PATIENCE  # a bound for failures: no single thing takes so long
SLOWEST = 300 / PATIENCE  # messages a second, for all of a history
STANDSTILL = 0.3  # without progress for so long, those who went on wait for one who does not
LISTENING = re.compile(rb"wiretaled: listening on \S+:(\d+)")
REPORT = re.compile(rb"ERROR: \w+Sanitizer|runtime error:|WARNING: ThreadSanitizer")
PR_SET_PDEATHSIG = 1
LASTING = 6  # seconds: to the library a connection that was there for 5 has lasted
NEVER = float("inf")

CLIENT_FAULTS = ("kill", "stop", "reset", "stall")
SERVER_FAULTS = ("server-stop", "server-end", "server-kill")


class Failed(Exception):
    """The history could not be made to its end."""


def die_with_parent():
    """Nothing of a run outlives it, not even what is stopped."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Plan:
    """How many clients, how fast, and how often each fault comes. The rate is bounded by what
    the relay promises to remember: 100,000 MESSAGE_IDs at the server and 8,192 at a recipient
    must outlast the longest that a sender is kept from hearing a verdict."""

    def __init__(self, messages, seed, long_stalls=0):
        self.messages = messages
        self.seed = seed
        big = messages > 50_000
        self.clients = 16 if big else 8
        self.window = 512 if big else 64
        self.rate = 500 if big else 400
        self.pause = 4000 if big else 250  # messages, of all, while somebody is stopped
        self.lasting = LASTING if big else 0
        client_faults = max(2, min(messages // 15_000, 80))
        server_faults = max(2, min(messages // 250_000, 8))
        self.random = random.Random(seed)
        self.faults = [
            (self.random.uniform(0.05, 0.9) * messages, kind)
            for kind in CLIENT_FAULTS
            for _ in range(client_faults)
        ]
        self.faults += self.spread(SERVER_FAULTS * server_faults)
        self.faults += self.spread(("long-stall",) * long_stalls)
        self.faults.sort()

    def spread(self, kinds):
        """Not all at once: a client whose connections do not last comes back ever more slowly."""
        kinds = self.random.sample(kinds, len(kinds))
        return [
            (self.messages * (position + self.random.uniform(0.2, 0.8)) / (len(kinds) + 1), kind)
            for position, kind in enumerate(kinds)
        ]


class Client:
    """One name, through all its lives."""

    def __init__(self, run, index, messages):
        self.run = run
        self.index = index
        self.name = f"h{index:02}"
        self.left = messages  # that the lives to come have to ask
        self.life = 0
        self.process = None
        self.is_paused = False
        self.hit_at = -1.0  # when a fault last struck it
        self.dead_asked = self.dead_timeouts = 0  # of lives that are over
        self.begin_life()

    @property
    def log(self):
        return self.run.folder / f"{self.name}.{self.life}.history"

    def begin_life(self):
        plan = self.run.plan
        self.life += 1
        self.asked = self.settled = self.timeouts = 0
        self.connected = self.stalled = self.quiet = False
        self.connected_at = NEVER
        command = [
            self.run.program, "--server", f"127.0.0.1:{self.run.port}", "--log", self.log,
            "--seed", plan.seed, "--client", self.index, "--life", self.life,
            "--peers", plan.clients, "--messages", self.left, "--window", plan.window,
            "--rate", plan.rate, *(["--thread"] if self.index % 2 else []),
            *(["--manual"] if self.index % 4 > 1 else []),
        ]
        self.process = subprocess.Popen(
            [str(word) for word in command], bufsize=0, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, preexec_fn=die_with_parent,
        )
        self.partial = b""
        self.run.selector.register(self.process.stdout, selectors.EVENT_READ, self.read)

    def read(self):
        octets = os.read(self.process.stdout.fileno(), 65536)
        if not octets:
            self.close()
            if self.process.wait(WITHIN) != 0 or not self.run.is_leaving:
                raise Failed(f"{self.name} ended by itself with {self.process.returncode}")
            return
        *lines, self.partial = (self.partial + octets).split(b"\n")
        if lines:
            values = [int(word) for word in lines[-1].split()]
            self.asked, self.settled, self.timeouts = values[:3]
            was_connected = self.connected
            self.connected, self.stalled, self.quiet = map(bool, values[3:])
            if not self.connected:
                self.connected_at = NEVER
            elif not was_connected:
                self.connected_at = time.monotonic()

    def close(self):
        self.run.selector.unregister(self.process.stdout)
        self.process.stdout.close()
        self.process.stdin.close()

    @property
    def progress(self):
        return self.dead_asked + self.settled

    @property
    def is_done(self):
        return self.settled == self.left

    def tell(self, command):
        self.process.stdin.write(f"{command}\n".encode())

    def kill(self):
        """What the life had asked stands in its log, whatever it could not tell any more."""
        self.run.note("kill", self.name, self.life)
        self.process.kill()
        self.process.wait(WITHIN)
        self.close()
        asked = self.log.read_bytes().count(b"\nask ")
        self.dead_asked += asked
        self.dead_timeouts += self.timeouts
        self.left -= asked
        self.begin_life()

    @property
    def has_ended(self):
        return self.process.returncode is not None


class Run:
    def __init__(self, wiretaled, program, plan, folder):
        self.wiretaled = str(wiretaled)
        self.program = str(program)
        self.plan = plan
        self.folder = Path(folder)
        self.selector = selectors.DefaultSelector()
        self.fault_log = (self.folder / "faults").open("w", buffering=1)
        self.server = None
        self.server_starts = 0
        self.server_log = b""
        self.port = 0
        self.clients = []
        self.pauses = []  # [when it is over, how to end it, whether a standstill ends it]
        self.schedule = []  # (progress, kind)
        self.struck_at = -LASTING  # when the server was last ended
        self.long_stalls = 0  # that go on
        self.is_leaving = False
        self.failure = None  # why the history is not whole
        self.told_percent = 0

    def note(self, kind, *what):
        now = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        print(kind, now, *what, file=self.fault_log)

    # The server

    def start_server(self):
        self.server_starts += 1
        self.note("server-start", self.server_starts)
        self.server = subprocess.Popen(
            [self.wiretaled, "--listen", f"127.0.0.1:{self.port}", "--log", "warn",
             "--name", f"start-{self.server_starts}",
             # Clients on several workers, whose neighbours are on others.
             "--workers", "2", "--group", "3"],
            bufsize=0, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
            preexec_fn=die_with_parent,
        )
        self.server_log = b""
        self.selector.register(self.server.stderr, selectors.EVENT_READ, self.read_server)
        self.wait_until(lambda: LISTENING.search(self.server_log), "the server listens")
        self.port = int(LISTENING.search(self.server_log).group(1))

    def read_server(self):
        octets = os.read(self.server.stderr.fileno(), 65536)
        if not octets:
            raise Failed(f"the server ended by itself: {self.server_log.decode()}")
        self.server_log = (self.server_log + octets)[-65536:]
        if REPORT.search(self.server_log):
            raise Failed(self.server_log.decode("utf-8", "replace"))

    def end_server(self):
        """Clients tell their progress without waiting for us, so this may wait for the server,
        which was told to end."""
        status = self.server.wait(WITHIN)
        self.selector.unregister(self.server.stderr)
        self.server_log += self.server.stderr.read()
        self.server.stderr.close()
        (self.folder / f"server-{self.server_starts}.log").write_bytes(self.server_log)
        if status not in (0, -signal.SIGKILL) or REPORT.search(self.server_log):
            raise Failed(f"the server ended with {status}: {self.server_log.decode()}")

    # Time, which is progress

    @property
    def progress(self):
        return sum(client.progress for client in self.clients)

    @property
    def timeouts(self):
        return sum(client.dead_timeouts + client.timeouts for client in self.clients)

    def look(self, seconds):
        for key, _ in self.selector.select(seconds):
            key.data()

    def wait_until(self, condition, what):
        deadline = time.monotonic() + WITHIN
        while not condition():
            if time.monotonic() > deadline:
                raise Failed(f"in {WITHIN:.0f} s it was not so that {what}")
            self.look(0.1)

    def run(self):
        share = self.plan.messages // self.plan.clients
        self.start_server()
        self.clients = [Client(self, index, share) for index in range(self.plan.clients)]
        self.schedule = list(self.plan.faults)
        deadline = time.monotonic() + WITHIN + self.plan.messages / SLOWEST
        moved_at, before = time.monotonic(), -1
        while self.schedule or self.pauses or not all(client.is_done for client in self.clients):
            self.look(0.05)
            progress = self.progress
            if progress != before:
                moved_at, before = time.monotonic(), progress
                self.tell_progress(progress)
            standing = time.monotonic() - moved_at
            if standing > WITHIN or time.monotonic() > deadline:
                what = "nothing moves any more" if standing > WITHIN else "it takes too long"
                self.failure = f"{what}: {self.state()}"
                self.end_pauses(progress, True, all_of_them=True)
                break
            if all(client.is_done for client in self.clients):
                self.schedule = []
            for fault in [fault for fault in self.schedule if fault[0] <= progress]:
                if self.may_strike(fault[1]):
                    self.schedule.remove(fault)
                    self.strike(fault[1])
            self.end_pauses(progress, standing > STANDSTILL)
        self.leave()

    def tell_progress(self, progress):
        percent = 100 * progress // self.plan.messages
        if percent >= self.told_percent + 5:
            self.told_percent = percent
            print(f"history: {percent} %, {progress:,} messages", file=sys.stderr)

    def state(self):
        return "; ".join(
            f"{client.name}.{client.life}: {client.asked} asked, {client.settled} settled of "
            f"{client.left}, {'' if client.connected else 'not '}connected"
            for client in self.clients
            if not client.is_done
        )

    def leave(self):
        self.wait_until(lambda: all(client.connected for client in self.clients),
                        "all are connected")
        self.is_leaving = True
        for client in self.clients:
            client.tell("leave")
        self.wait_until(lambda: all(client.has_ended for client in self.clients), "all have left")
        self.server.send_signal(signal.SIGTERM)
        self.end_server()

    # Faults

    def free(self):
        return [client for client in self.clients if not client.is_paused]

    def has_lasted(self, client):
        return time.monotonic() - client.connected_at >= self.plan.lasting

    def victim(self):
        """One of those who were spared for the longest."""
        free = [client for client in self.free() if self.has_lasted(client)] or self.free()
        free.sort(key=lambda client: client.hit_at)
        client = self.plan.random.choice(free[:3])
        client.hit_at = time.monotonic()
        return client

    def may_strike(self, kind):
        """A restart of the server would set the ten seconds of a long stall back to nothing. And
        a client whose connections do not last comes back ever more slowly, until what it sends
        again is older than anybody promised to remember."""
        if kind == "reset":
            return any(self.has_lasted(client) for client in self.free())
        if kind not in SERVER_FAULTS:
            return True
        return not self.long_stalls and time.monotonic() - self.struck_at >= 2 * self.plan.lasting

    def strike(self, kind):
        if kind in SERVER_FAULTS:
            self.strike_server(kind)
            return
        if len(self.pauses) > self.plan.clients // 2:
            self.pauses.pop(0)[1]()
        client = self.victim()
        if kind == "kill":
            client.kill()
        elif kind == "reset":
            self.note("reset", client.name)
            client.tell("reset")
        elif kind == "stop":
            self.note("stop", client.name)
            client.process.send_signal(signal.SIGSTOP)
            self.pause(client, lambda: self.go_on(client, "stop"))
        elif kind == "stall":
            self.note("stall", client.name)
            client.tell("stall")
            self.pause(client, lambda: self.go_on(client, "stall"))
        else:
            self.stall_long(client)

    def go_on(self, client, kind):
        """Much is on its way to one who paused, and from it: a good moment for something worse."""
        worse = self.plan.random.choice(("kill", "reset", None))
        if worse == "kill":
            client.kill()
            return
        if worse == "reset" and self.has_lasted(client):
            self.note("reset", client.name)
            client.tell("reset")
        if kind == "stop":
            client.process.send_signal(signal.SIGCONT)
        else:
            client.tell("resume")

    def strike_server(self, kind):
        """What is asked of a stopped server is on its way when worse happens to it."""
        self.note(kind)
        if kind == "server-stop" or self.plan.random.random() < 0.5:
            self.server.send_signal(signal.SIGSTOP)
            self.wait_for_standstill()
        if kind != "server-stop":
            self.server.send_signal(signal.SIGTERM if kind == "server-end" else signal.SIGKILL)
        self.server.send_signal(signal.SIGCONT)
        if kind != "server-stop":
            self.end_server()
            self.start_server()
            self.struck_at = time.monotonic()

    def wait_for_standstill(self):
        before, deadline = -1, time.monotonic() + WITHIN
        while before != self.progress and time.monotonic() < deadline:
            before = self.progress
            self.look(STANDSTILL)

    def pause(self, client, resume):
        """Until the others have gone on by some messages, or wait for this one themselves."""
        until = self.progress + self.plan.random.randrange(self.plan.pause)
        client.is_paused = True

        def end():
            resume()
            client.is_paused = False

        self.pauses.append((lambda progress: progress >= until, end, True))

    def stall_long(self, client):
        """Stalls a reader until messages to it run into the ten seconds. It has no message of
        its own without verdict: nobody would remember it for so long."""
        self.note("long-stall", client.name)
        client.is_paused = True
        client.tell("hush")
        self.wait_until(lambda: client.quiet, f"{client.name} is quiet")
        client.tell("stall")
        before = self.timeouts
        self.long_stalls += 1

        def end():
            client.tell("resume")
            client.tell("speak")
            client.is_paused = False
            self.long_stalls -= 1

        self.pauses.append((lambda _: self.timeouts > before, end, False))

    def end_pauses(self, progress, is_standing, all_of_them=False):
        for pause in list(self.pauses):
            is_over, end, ends_with_standstill = pause
            if is_over(progress) or all_of_them or (is_standing and ends_with_standstill):
                self.pauses.remove(pause)
                end()

    def stop_all(self):
        """Only what this run started, by its own handles."""
        for client in self.clients:
            if client.process.poll() is None:  # nor is it a fault of theirs
                self.note("kill", client.name, client.life)
        processes = [client.process for client in self.clients] + [self.server]
        for process in processes:
            if process and process.poll() is None:
                process.kill()
                process.wait()
        self.fault_log.close()
        self.selector.close()


def make_history(wiretaled, program, plan, folder):
    """Returns the checker of a history, which says so where that is not whole."""
    run = Run(wiretaled, program, plan, folder)
    try:
        run.run()
    except (Failed, OSError, subprocess.TimeoutExpired) as failure:
        run.failure = run.failure or str(failure)
    finally:
        run.stop_all()
    checker = Checker(folder)
    if run.failure:
        checker.blame("unfinished", run.failure)
    checker.check()
    return checker


def read_arguments():
    parser = argparse.ArgumentParser(description="A history of the relay under faults.")
    parser.add_argument("--wiretaled", required=True)
    parser.add_argument("--client", required=True, help="the program history_client")
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    parser.add_argument("--long-stalls", type=int, default=0)
    parser.add_argument("--keep", help="leave the logs in this folder, whatever they say")
    return parser.parse_args()


def main():
    arguments = read_arguments()
    plan = Plan(arguments.messages, arguments.seed, arguments.long_stalls)
    folder = arguments.keep or tempfile.mkdtemp(prefix="wiretale-history-")
    os.makedirs(folder, exist_ok=True)
    planned = Counter(kind for _, kind in plan.faults)
    print(f"history: seed {plan.seed}, {plan.messages:,} messages, {plan.clients} clients, "
          f"faults planned: {dict(planned)}", file=sys.stderr)
    began = time.monotonic()
    checker = make_history(arguments.wiretaled, arguments.client, plan, folder)
    print(summary(checker))
    print(f"seed {plan.seed}, {time.monotonic() - began:.1f} s")
    if checker.violations:
        print(f"the logs are in {folder}; the same faults again: MESSAGES={plan.messages} "
              f"SEED={plan.seed}")
    elif not arguments.keep:
        shutil.rmtree(folder)
    return 1 if checker.violations else 0


if __name__ == "__main__":
    sys.exit(main())
