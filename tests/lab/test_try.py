"""`wiretale lab try`: two programs that know nothing of the lab."""

import json
import os
import re
import sys

import pytest

from lab import transcript

PYTHON = sys.executable

SERVER = """
import socket
listener = socket.create_server(("", 7000))
print("ready", flush=True)
peer, _ = listener.accept()
while data := peer.recv(100):
    print("got", data.decode(), flush=True)
    peer.sendall(data.upper())
print("bye", flush=True)
"""

CLIENT = """
import socket, sys
with socket.create_connection(("server", 7000)) as peer:
    peer.sendall(b"hello")
    print("answer", peer.recv(100).decode(), flush=True)
sys.exit(0)
"""

WAITING_CLIENT = """
import socket
peer = socket.create_connection(("server", 7000))
peer.sendall(b"one")
print("answer", peer.recv(100).decode(), flush=True)
peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 1500)
try:
    while True:
        peer.sendall(b"x")
        peer.recv(100)
except OSError as error:
    print("lost:", error.strerror, flush=True)
"""


def commands(folder, server=SERVER, client=CLIENT):
    (folder / "server.py").write_text(server)
    (folder / "client.py").write_text(client)
    return ["--server", f"{PYTHON} server.py", "--client", f"{PYTHON} client.py"]


def test_it_tells_what_both_printed_and_what_their_connection_did(lab):
    out = lab("try", *commands(lab.folder), "--delay", "5ms").stdout
    assert "try: What two programs do on the cable" in out
    told = [line for line in transcript(out) if line[1] in "|*"]
    assert [text for who, _, text in told if who == "server"] == [
        "ready", "got hello", "bye", "ended with status 0"]
    assert told.index(("server", "|", "got hello")) < told.index(("client", "|", "answer HELLO"))
    assert "SYN" in out and "FIN" in out
    rows = lab.json("try", *commands(lab.folder))
    last = rows[-1]
    assert last["name"] == "try" and last["passed"] is True and last["connections"] == 1
    assert [program["exit"] for program in last["programs"]] == [0, 0]
    connection = [row for row in rows if row["type"] == "connection"][0]
    assert connection["from_client"]["bytes"] == 5 == connection["from_server"]["bytes"]
    assert connection["closing"]["first"] == "client"


def test_a_cut_cable_is_told_with_what_became_of_both(lab):
    out = lab("try", *commands(lab.folder, client=WAITING_CLIENT), "--delay", "1ms", "--cut-after",
              "300ms", "--time-limit", "8s").stdout
    told = transcript(out)
    lost = ("client", "|", "lost: Connection timed out")
    assert told.index(("cable", "*", "cut")) < told.index(lost)
    assert "cable cut" in out and "the cable is cut" in out


def test_a_restored_cable_lets_them_go_on(lab):
    client = CLIENT.replace('b"hello")', 'b"hello"); import time; time.sleep(0.5); '
                                       'print(peer.recv(100)); peer.sendall(b"again")')
    out = lab("try", *commands(lab.folder, client=client), "--cut-after", "200ms",
              "--restore-after", "900ms").stdout
    told = transcript(out)
    lines = [("cable", "*", "cut"), ("cable", "*", "restored"), ("server", "|", "got again"),
             ("client", "|", "answer AGAIN")]
    assert sorted(lines, key=told.index) == lines


def test_a_server_that_stays_is_ended_once_all_is_quiet(lab):
    server = SERVER + "\nimport time\ntime.sleep(1000)\n"
    row = lab.json("try", *commands(lab.folder, server=server))[-1]
    assert row["passed"] is True and row["duration"] < 20
    assert row["programs"][0]["ended_by_lab"] is True
    assert row["programs"][1]["exit"] == 0


def test_the_limit_is_no_failure(lab):
    client = CLIENT.replace("sys.exit(0)", "import time; time.sleep(1000)")
    row = lab.json("try", *commands(lab.folder, client=client), "--time-limit", "2s")[-1]
    assert row["passed"] is True
    assert row["programs"][1]["ended_by_lab"] is True


def test_a_program_that_cannot_be_started_is_a_failure(lab):
    done = lab("try", "--server", "./no-such-server", "--client", "true", status=1)
    assert "no-such-server" in done.stdout and "try: FAILED: " in done.stdout
    server = commands(lab.folder)[:2]
    done = lab("try", *server, "--client", "./no-such-client", status=1)
    assert "no-such-client" in done.stdout and "try: FAILED: " in done.stdout


def test_a_server_that_ends_before_it_listens_is_a_failure(lab):
    done = lab("try", "--server", "echo no; exit 4", "--client", "true", status=1)
    assert "    | no\n" in done.stdout and "try: FAILED: " in done.stdout


def test_a_server_that_never_listens_is_a_failure_at_the_limit(lab):
    done = lab("try", "--server", "sleep 1000", "--client", "true", "--time-limit", "1s", status=1)
    assert ("try: FAILED: the server listened on no TCP port within the time limit, so the client "
            "was not started") in done.stdout


def test_commands_have_the_users_own_rights_and_the_names_of_the_hosts(lab):
    commands(lab.folder)
    row = lab.json("try", "--server", f"id -u; {PYTHON} server.py",
                   "--client", f"hostname; grep CapEff /proc/self/status; {PYTHON} client.py")[-1]
    server, client = row["programs"]
    assert server["output"].splitlines()[0] == str(os.getuid())
    name, rights = client["output"].splitlines()[:2]
    assert name == "client"
    if os.getuid() != 0:
        assert int(rights.split()[1], 16) == 0


def test_wiretaled_and_wiretale_are_found(lab):
    row = lab.json("try", "--server", "wiretaled --listen 0.0.0.0:2312",
                   "--client", "wiretale time --server server --json")[-1]
    assert row["passed"] is True
    answer = json.loads(row["programs"][1]["output"])
    assert answer["type"] == "time"


def test_a_server_that_only_its_own_host_reaches_is_told_so_at_once(lab):
    for place, family, where, right in (
            ("127.0.0.1", "AF_INET", "127.0.0.1:7000", "0.0.0.0 or 10.77.0.2"),
            ("::1", "AF_INET6", "[::1]:7000", "[::] or fd77::2")):
        server = SERVER.replace('("", 7000)', f'("{place}", 7000), family=socket.{family}')
        # The limit is beyond the test's own patience.
        done = lab("try", *commands(lab.folder, server=server), "--time-limit", "1h", status=1)
        sentence = " ".join(done.stdout.split("try: FAILED: ")[1].split())
        assert sentence == (f"the server listens on {where} only, which the client cannot reach; "
                            f"let it listen on {right}")


def test_failures_name_no_lines_of_a_file_that_nobody_wrote(lab):
    for server, client in (("exit 3", "true"), (commands(lab.folder)[1], "./no-such-client")):
        done = lab("try", "--server", server, "--client", client, status=1)
        assert "FAILED: " in done.stdout and not re.search(r"line \d", done.stdout)


@pytest.mark.parametrize("option, value, takes", [
    ("loss", "5", "a percentage, as in 1%"), ("duplicate", "x", "a percentage, as in 1%"),
    ("reorder", "101%", "a percentage, as in 1%"),
    ("delay", "5", "a time up to an hour, as in 20ms"),
    ("jitter", "2h", "a time up to an hour, as in 20ms"),
    ("rate", "10", "bits a second, as in 10mbit"),
    ("cut-after", "3", "a time up to an hour, as in 2s"),
    ("cut-after", "0s", "a time up to an hour, as in 2s"),
    ("cut-after", "", "a time up to an hour, as in 2s")])
def test_a_wrong_value_is_told_in_the_words_of_the_option(folder, option, value, takes):
    done = folder("try", "--server", "true", "--client", "true", f"--{option}", value, status=2)
    assert done.stderr.startswith(f"wiretale: lab: --{option} takes {takes}, not '{value}'. See: ")


STAYING_SERVER = """
import socket
listener = socket.create_server(("", 7000))
while True:
    peer, _ = listener.accept()
    while data := peer.recv(100):
        peer.sendall(data.upper())
"""


def test_a_server_that_stays_is_ended_once_all_is_quiet_behind_a_cut_too(lab):
    client = CLIENT.replace('b"hello")', 'b"hello"); import time; time.sleep(0.5); '
                                         'peer.recv(100); peer.sendall(b"again")')
    for cut in (("300ms", "700ms"), ("30min", "40min")):
        row = lab.json("try", *commands(lab.folder, server=STAYING_SERVER, client=client),
                       "--cut-after", cut[0], "--restore-after", cut[1], "--time-limit", "1h")[-1]
        assert row["passed"] is True
        assert row["programs"][0]["ended_by_lab"] is True and row["programs"][1]["exit"] == 0
