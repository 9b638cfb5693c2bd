"""However a run ends, it leaves no process behind: by Ctrl-C, by a signal that nobody can catch, by
a worker that goes down, by programs that do not end."""

import os
import pty
import select
import signal
from pathlib import Path

import pytest

from lab import (HANDSHAKE, PATIENCE, children_of, environment, marked_processes,
                 wait_until_gone)

ENDLESS = """title It does not end by itself
limit 300s
server listen 8888
client connect 8888
server accept
server.stubborn run trap '' TERM INT HUP; while :; do sleep 1000; done
client.quiet run sleep 1000
wait 200s
"""


def read_until(descriptor, text):
    """What a terminal shows, until it shows that."""
    seen = b""
    while text not in seen:
        if not select.select([descriptor], [], [], 40 * PATIENCE)[0]:
            raise TimeoutError(f"no {text!r} in {seen!r}")
        seen += os.read(descriptor, 65536)
    return seen


@pytest.fixture
def endless(lab, marked):
    """A run in its last step, whose standard error is a terminal."""
    lab.write(endless=ENDLESS, first=HANDSHAKE)
    near, far = pty.openpty()
    name, _, value = marked.partition("=")
    process = lab.popen("run", "endless.lab", stderr=far, env=environment(**{name: value}))
    os.close(far)
    process.shown = read_until(near, b"wait 200s")
    process.near = near
    yield process
    process.kill()
    process.wait()
    process.stdout.close()
    os.close(near)


def test_progress_names_the_step_where_a_terminal_is(endless):
    assert b"endless (line 8: wait 200s)" in endless.shown


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ctrl_c_tells_what_had_happened_and_leaves_nothing(endless, marked, number):
    left = marked_processes(marked)
    assert len(left) >= 4
    endless.send_signal(number)
    out = endless.stdout.read()
    assert endless.wait() == 1
    assert "Interrupted: what stands above is what had happened by then." in out
    assert "SYN" in out and "endless: FAILED: interrupted" in out
    assert wait_until_gone(left) and marked_processes(marked) == []


def test_a_second_one_is_quicker(endless, marked):
    left = marked_processes(marked)
    endless.send_signal(signal.SIGINT)
    endless.send_signal(signal.SIGINT)
    endless.stdout.read()
    assert endless.wait() == 1
    assert wait_until_gone(left)


def test_when_it_is_killed_itself_all_it_started_ends_too(endless, marked):
    left = marked_processes(marked)
    endless.kill()
    endless.wait()
    assert wait_until_gone(left) and marked_processes(marked) == []


def test_a_worker_that_goes_down_is_said_and_leaves_nothing(endless, marked):
    left = marked_processes(marked)
    worker, = children_of(endless.pid)
    os.kill(worker, signal.SIGKILL)
    out = endless.stdout.read()
    assert endless.wait() == 1
    assert "endless: FAILED: its process was ended by signal 9 (Killed)" in out
    assert [pid for pid in left if Path(f"/proc/{pid}").exists()] == []


def test_the_limit_ends_programs_that_do_not_want_to(lab, marked):
    name, _, value = marked.partition("=")
    lab.write(it=ENDLESS.replace("300s", "1s"))
    process = lab.popen("run", "it.lab", env=environment(**{name: value}))
    out, _ = process.communicate(timeout=40 * PATIENCE)
    assert process.returncode == 1 and "it: FAILED: line 8: " in out
    assert marked_processes(marked) == []


def test_without_its_first_process_the_lab_says_why_nothing_can_be_started(lab, marked):
    os.mkfifo(lab.folder / "go")
    lab.write(it="title A\nclient.a run read word <go; sleep 1000\nclient.a exits any\n"
                 "client.b run true\nclient.b exits 0\n")
    name, _, value = marked.partition("=")
    process = lab.popen("run", "it.lab", env=environment(**{name: value}))
    # Its program reads: by then all is made.
    with open(lab.folder / "go", "w", encoding="ascii"):
        worker, = children_of(process.pid)
        first, = [child for child in children_of(worker)
                  if Path(f"/proc/{child}/comm").read_text(encoding="ascii") == "wiretale-lab\n"]
        os.kill(first, signal.SIGKILL)
    out, _ = process.communicate()
    assert process.returncode == 1
    assert "somebody has killed the first process of the lab" in " ".join(out.split())
    assert marked_processes(marked) == []
