"""`wiretale states` against sockets held in every state, and against what ss says of them."""

import contextlib
import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import time

import pytest

from conftest import PATIENCE, WIRETALE
from pty_reading import read_terminal

SS_NAMES = {"LISTEN": "LISTEN", "SYN-SENT": "SYN_SENT", "SYN-RECV": "SYN_RECV",
            "ESTAB": "ESTABLISHED", "FIN-WAIT-1": "FIN_WAIT1", "FIN-WAIT-2": "FIN_WAIT2",
            "CLOSE-WAIT": "CLOSE_WAIT", "CLOSING": "CLOSING", "LAST-ACK": "LAST_ACK",
            "TIME-WAIT": "TIME_WAIT", "UNCONN": "CLOSED"}
ALL_STATES = [*SS_NAMES.values()]
EVERY_KIND = ["listen", "full_listener", "syn_recv", "established", "established6", "mapped",
              "unread", "keep_alive", "retransmit", "fin_wait1", "close_wait", "last_ack",
              "closing", "time_wait"]


def wait_until(holds):
    """What the sockets do next is theirs to do: asked again until it is done."""
    until = time.monotonic() + 20 * PATIENCE
    while not holds():
        assert time.monotonic() < until, "it did not happen"


def settled(namespace, *held):
    """Holds them, and waits until those that others bring about are there too."""
    namespace.hold(*held)
    due = {"close_wait": "FIN_WAIT2", "closing": "CLOSING", "last_ack": "LAST_ACK",
           "time_wait": "TIME_WAIT", "syn_recv": "SYN_RECV", "full_listener": "SYN_SENT"}
    for name in held:
        if name in due:
            wait_until(lambda state=due[name]: namespace.counts().get(state))


def ss_end(text):
    """As we write it: IPv4 between sockets of IPv6 is IPv4; an end that is none is None."""
    host, _, port = text.rpartition(":")
    if port == "*":
        return None
    if host == "*":
        host = "[::]"
    return f"{host.replace('[::ffff:', '').rstrip(']') if '::ffff:' in host else host}:{port}"


def ss_rows(text):
    """What does not change while one looks, of those states that ss knows."""
    for line in text.splitlines():
        state, received, sent, local, peer, *timer = line.split(maxsplit=5)
        yield (SS_NAMES[state], ss_end(local), ss_end(peer), int(received), int(sent),
               timer[0].strip() if timer else "")


def our_rows(rows):
    for row in rows:
        if row["type"] == "socket" and row["state"] != "CLOSED":
            yield (row["state"], row["local"], row.get("peer"),
                   row.get("waiting", row.get("receive_queue")),
                   row.get("waiting_max", row.get("send_queue")))


def test_a_namespace_without_sockets_has_none(namespace):
    assert namespace.text() == namespace.text("--list") == "No TCP socket\n"
    assert {row["state"]: row["count"] for row in namespace.json()} == dict.fromkeys(ALL_STATES, 0)


def test_every_state_is_told_as_ss_tells_it(namespace):
    settled(namespace, *EVERY_KIND)
    ours = sorted(map(str, our_rows(namespace.json("--list"))))
    theirs = sorted(str(row[:5]) for row in ss_rows(namespace.ss()))
    assert ours == theirs
    counts = namespace.counts()
    assert set(counts) == set(ALL_STATES) - {"CLOSED"}
    assert sum(counts.values()) == len(theirs)


def test_a_socket_that_is_only_bound_is_closed(namespace):
    namespace.hold("closed")
    if not namespace.counts():
        pytest.skip("this kernel does not tell of them (before Linux 6.8)")
    assert namespace.counts() == {"CLOSED": 1}


def test_timers_are_those_of_ss(namespace):
    settled(namespace, "established", "keep_alive", "retransmit", "fin_wait1", "time_wait")
    kinds = {"on": "retransmit", "keepalive": "keep-alive", "timewait": "time-wait",
             "persist": "window-probe"}
    ours = {(row["local"], row["peer"]): row.get("timer")
            for row in namespace.json("--list") if row.get("peer")}
    seen = set()
    for _, local, peer, _, _, timer in ss_rows(namespace.ss("-o")):
        if peer is None:
            continue
        told = ours[local, peer]
        if not timer:
            assert told is None
            continue
        kind, left, tries = re.fullmatch(r"timer:\((\w+),(.*),(\d+)\)", timer).groups()
        assert told["kind"] == kinds[kind]
        assert 0 <= int(tries) - told["tries"] <= 4  # ss looked later
        seen.add(told["kind"])
        if told["kind"] in ("time-wait", "keep-alive"):
            minutes, seconds = re.fullmatch(r"(?:(\d+)min)?(?:([\d.]+)sec)?", left).groups("0")
            earlier = told["seconds"] - 60 * int(minutes) - float(seconds)
            assert 0 <= earlier < 10 * PATIENCE
    assert seen == {"retransmit", "keep-alive", "time-wait"}


def test_one_who_gets_no_answer_is_told(namespace):
    namespace.hold("retransmit")

    def tried():
        timers = [row["timer"] for row in namespace.json("--list") if row.get("timer")]
        return [timer for timer in timers if timer["kind"] == "retransmit" and timer["tries"]]

    wait_until(tried)
    assert "1 of them has sent again already" in namespace.text()
    assert re.search(r"13 bytes unacknowledged, sends again (in .*|now), tried \d+ time",
                     namespace.text("--list"))


def test_what_waits_is_told(namespace):
    settled(namespace, "unread", "close_wait", "full_listener")
    text = namespace.text("--list")
    assert re.search(r"ESTABLISHED .* 5 bytes unread\n", text)
    assert re.search(r"CLOSE_WAIT .* the end unread\n", text)
    assert re.search(r"LISTEN .* 1 of 0 waiting\n", text)
    assert re.search(r"ESTABLISHED .*\(not accepted\)", text)
    assert "full queue" in namespace.text()


def test_tcp_info_is_told_on_request(namespace):
    namespace.hold("unread")
    rows = [row for row in namespace.json("--info") if row.get("state") == "ESTABLISHED"
            and row["type"] == "socket"]
    assert len(rows) == 2
    receiver = next(row for row in rows if row["receive_queue"] == 5)
    assert receiver["info"]["bytes_received"] == 5
    assert receiver["info"]["rto"] > 0 and receiver["info"]["cwnd"] > 0
    assert "info" not in next(row for row in namespace.json("--list") if row["type"] == "socket")
    assert re.search(r"rtt .* rto .* cwnd .* 5 bytes in", namespace.text("--info"))


def groups(rows):
    return [row for row in rows if row["type"] == "group"]


def test_connections_of_a_port_stand_with_its_listener(namespace):
    settled(namespace, "established", "established", "close_wait")
    rows = groups(namespace.json("--by", "port"))
    assert [(row["end"], row["count"]) for row in rows] == [("local", 4), ("peer", 3)]
    assert rows[0]["port"] == rows[1]["port"]
    assert rows[0]["states"] == {"ESTABLISHED": 2, "LISTEN": 1, "CLOSE_WAIT": 1}
    assert rows[1]["states"] == {"ESTABLISHED": 2, "FIN_WAIT2": 1}
    text = namespace.text("--by", "port")
    assert re.search(rf"^{rows[0]['port']} .* 4  ", text, re.MULTILINE)
    assert re.search(rf"^to {rows[0]['port']} .* 3  ", text, re.MULTILINE)


def test_peers_are_counted_by_address(namespace):
    namespace.hold("established", "established6", "mapped")
    rows = {row.get("peer"): row["states"] for row in groups(namespace.json("--by", "peer"))}
    assert rows == {"127.0.0.1": {"ESTABLISHED": 4}, "::1": {"ESTABLISHED": 2},
                    None: {"LISTEN": 3}}


def test_programs_are_told_and_who_has_none(namespace):
    settled(namespace, "full_listener", "time_wait")
    name = open(f"/proc/{namespace.pid}/comm", encoding="utf-8").read().strip()
    rows = {row.get("program", row["holder"]): row for row in
            groups(namespace.json("--by", "program"))}
    assert set(rows) == {name, "not-accepted", "left"}
    assert rows[name]["states"]["LISTEN"] == 2
    assert rows["not-accepted"]["states"] == {"ESTABLISHED": 1}
    assert rows["left"]["states"] == {"TIME_WAIT": 1}
    held = [row for row in namespace.json("--list") if row.get("holder") == "held"]
    assert len(held) == 4
    assert {row["pid"] for row in held} == {int(namespace.pid)}
    assert "(not accepted yet)" in namespace.text("--by", "program")


def test_only_what_was_asked_for(namespace):
    settled(namespace, "established", "close_wait", "listen")
    assert {row["state"] for row in namespace.json("--state", "estab,close-wait")} == {
        "ESTABLISHED", "CLOSE_WAIT"}
    port = next(row["local"] for row in namespace.json("--list")
                if row.get("local") and row["state"] == "LISTEN").rpartition(":")[2]
    rows = [row for row in namespace.json("--list", "--port", port) if row["type"] == "socket"]
    assert rows and all(row["local"].endswith(":" + port) or
                        row.get("peer", "").endswith(":" + port) for row in rows)
    assert "No TCP socket in such a state" in namespace.text("--state", "CLOSING")


def test_the_diagram_has_the_counts(namespace):
    settled(namespace, "established", "established", "time_wait")
    text = namespace.text("--diagram")
    assert "# ESTABLISHED     4 #" in text and "# TIME_WAIT       1 #" in text
    assert "| CLOSING         0 |" in text
    assert max(map(len, text.splitlines())) <= 79


@pytest.mark.parametrize("options, said", [
    (["--state", "FOO"], "FOO is no TCP state"),
    (["--by", "colour"], "port, peer and program"),
    (["--port", "0"], "from 1 to 65535"),
    (["--port", "65536"], "from 1 to 65535"),
    (["--watch=0"], "--watch takes seconds"),
    (["--watch=1.0001"], "--watch takes seconds"),
    (["--watch=x"], "--watch takes seconds"),
    (["--list", "--diagram"], "three views"),
    (["--json", "--diagram"], "for people"),
    (["something"], "takes options only"),
])
def test_a_wrong_command_line_is_refused(options, said):
    done = subprocess.run([WIRETALE, "states", *options], capture_output=True, text=True,
                          check=False, timeout=30)
    assert done.returncode == 2
    assert said in " ".join(done.stderr.split())
    assert done.stdout == ""


def test_a_reader_that_goes_away_ends_it(namespace):
    settled(namespace, *["established"] * 40)
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "wb") as gone:
        done = subprocess.run(namespace.command(WIRETALE, "states", "--list"), stdout=gone,
                              stderr=subprocess.PIPE, check=False, timeout=30 * PATIENCE)
    assert (done.returncode, done.stderr) == (1, b"")


@contextlib.contextmanager
def watching(namespace, *options, **streams):
    with subprocess.Popen(namespace.command(WIRETALE, "states", "--watch=0.1", *options),
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, **streams) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def test_watching_without_a_terminal_tells_changes_line_by_line(namespace):
    namespace.hold("established")
    with watching(namespace) as process:
        first = process.stdout.readline()
        assert re.fullmatch(r"\d\d:\d\d:\d\d(\.\d)?  ESTABLISHED 2, LISTEN 1\n", first)
        namespace.hold("established", "established")
        told = 0
        while told < 4:  # in one look or in several
            told += sum(map(int, re.findall(r"ESTABLISHED \d+ \(\+(\d+)\)",
                                            process.stdout.readline())))
        assert told == 4
        process.send_signal(signal.SIGINT)
        rest = process.communicate()
        assert "\x1b" not in first + rest[0]
        assert (process.returncode, rest[1]) == (0, "")


def test_watching_in_json_tells_changes_too(namespace):
    namespace.hold("established")
    with watching(namespace, "--json", "--state", "ESTABLISHED") as process:
        first = json.loads(process.stdout.readline())
        assert first["count"] == 2 and "change" not in first and "T" in first["time"]
        namespace.hold("established")
        changed = 0
        while changed < 2:
            changed += json.loads(process.stdout.readline())["change"]
        process.send_signal(signal.SIGTERM)
        process.communicate()
        assert process.returncode == 0


def test_watching_ends_with_its_reader(namespace):
    with watching(namespace) as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(30 * PATIENCE) == 0
        assert process.stderr.read() == ""


class Terminal:
    """What is watched on a terminal of 24 rows, 80 columns."""

    def __init__(self, namespace, *options, **environment):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update({"TERM": "xterm", **environment})
            words = namespace.command(WIRETALE, "states", "--watch=0.1", *options)
            os.execvp(words[0], words)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.shown = ""

    def read_until(self, pattern):
        while not re.search(pattern, self.shown, re.DOTALL):
            self.shown += os.read(self.fd, 65536).decode()

    def echoes(self):
        return bool(termios.tcgetattr(self.fd)[3] & termios.ECHO)

    def end(self, key):
        os.write(self.fd, key)
        while octets := read_terminal(self.fd):
            self.shown += octets.decode()
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


@pytest.mark.parametrize("key", [b"\x03", b"q"], ids=["Ctrl-C", "q"])
def test_a_terminal_is_redrawn_and_given_back(namespace, key):
    namespace.hold("established")
    terminal = Terminal(namespace)
    terminal.read_until(r"\x1b\[\?1049h.*2\S*  \S*ESTABLISHED")
    assert not terminal.echoes()
    namespace.hold("established")
    terminal.read_until(r"4 \+2\S*  \S*ESTABLISHED")
    assert terminal.end(key) == 0
    assert terminal.shown.count("\x1b[?1049h") == terminal.shown.count("\x1b[?1049l") == 1
    after = terminal.shown.partition("\x1b[?25h\x1b[?1049l")[2]
    assert "4 TCP sockets" not in terminal.shown and "5 TCP sockets" in after


def test_no_line_is_wider_or_lower_than_the_window(namespace):
    settled(namespace, "close_wait", "last_ack", "closing", "time_wait")
    terminal = Terminal(namespace, "--diagram", NO_COLOR="1")
    terminal.read_until("the window is too low")
    fcntl.ioctl(terminal.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 12, 80, 0, 0))
    os.kill(terminal.pid, signal.SIGWINCH)
    frames = len(terminal.shown.split("\x1b[H"))
    terminal.read_until(r"(\x1b\[H.*){%d}" % (frames + 2))
    last = terminal.shown.split("\x1b[H")[-2]
    lines = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", last).splitlines()
    assert len(lines) == 12 and max(map(len, lines)) <= 80
    assert "\x1b[1m" not in terminal.shown
    assert terminal.end(b"q") == 0
