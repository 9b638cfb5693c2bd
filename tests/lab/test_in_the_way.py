"""What stands in the way is told: limits that come, queues that overflow, disks that take nothing,
programs that take the lab's own processes or devices away."""

import json
import os
import re
import signal
import subprocess
import sys

import pytest

from lab import HANDSHAKE, WIRETALE, children_of, environment

LOOPBACK_SERVER = """
import socket
listener = socket.create_server(("127.0.0.1", 7000))
listener.accept()
"""
# More than the queue of a device holds, while nobody takes anything from it.
FLOOD = """
import socket
with open("go", encoding="ascii") as go:
    go.read()
flood = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(100000):
    flood.sendto(b"x", ("10.77.0.2", 9))
with open("sent", "w", encoding="ascii"):
    pass
"""


def sentence_of(out, name="it"):
    return " ".join(out.split(f"{name}: FAILED: ")[1].split())


def test_a_limit_says_what_is_known_of_why(lab):
    (lab.folder / "inside.py").write_text(LOOPBACK_SERVER)
    inside = ("title Nobody else reaches it\nlimit 2s\n"
              f"server run exec {sys.executable} inside.py\nwait until server listens\n")
    unread = ("title Nobody reads\nlimit 2s\nserver listen 8888\nclient connect 8888\n"
              "server accept\nclient send 1000000000 bytes\n")
    lab.write(inside=inside, unread=unread)
    assert sentence_of(lab("run", "inside.lab", status=1).stdout, "inside") == (
        f"line 4: {inside.splitlines()[3]}: the server listens on 127.0.0.1:7000 only, which the "
        "client cannot reach; let it listen on 0.0.0.0 or 10.77.0.2")
    assert re.search(r"it could not send all of it within the limit of 2 s: [1-9]\d* bytes went, "
                     "and nobody received enough of them to make room for more",
                     sentence_of(lab("run", "unread.lab", status=1).stdout, "unread"))


def test_what_a_device_lost_before_the_cable_is_told(lab, marked):
    (lab.folder / "flood.py").write_text(FLOOD)
    for name in ("go", "sent"):
        os.mkfifo(lab.folder / name)
    lab.write(it="title A flood\nclient run exec " + sys.executable + " flood.py\n"
                 "client exits 0\n")
    name, _, value = marked.partition("=")
    process = lab.popen("run", "--json", "it.lab", env=environment(**{name: value}))
    # Once it reads, its program runs; the lab then is stopped until the flood is over.
    with open(lab.folder / "go", "w", encoding="ascii") as go:
        worker, = children_of(process.pid)
        os.kill(worker, signal.SIGSTOP)
        go.write("go")
    with open(lab.folder / "sent", encoding="ascii") as sent:
        sent.read()
    os.kill(worker, signal.SIGCONT)
    row = json.loads(process.communicate()[0].splitlines()[-1])
    assert row["passed"] is True
    lost = re.search(r"(\d+) packets of the client never reached the cable: the queue of its "
                     "network device was full", row["lacks"])
    assert int(lost[1]) > 0


def test_what_cannot_be_saved_has_failed_in_json_too(lab):
    (lab.folder / "it-server.pcapng").mkdir()
    row = lab.json("run", "it.lab", "--save", ".", status=1, it=HANDSHAKE)[-1]
    assert row["passed"] is False and "saved" not in row
    assert row["failure"].startswith("not saved: ./it-server.pcapng: ")


def test_a_read_only_folder_for_temporary_files_is_enough(lab):
    lab.write(it=HANDSHAKE)
    script = f"mount --bind -o ro /tmp /tmp && ! touch /tmp/{os.getpid()} && echo && exec \"$@\""
    done = subprocess.run(
        ["unshare", "-m" if os.getuid() == 0 else "-Urm", "sh", "-c", script, "sh", WIRETALE,
         "lab", "run", "it.lab"], cwd=lab.folder, text=True, capture_output=True, check=False,
        env=environment())
    if not done.stdout:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done
    assert "it: passed in " in done.stdout


NAMED = """title The server by its name
client run getent hosts server
client prints "10.77.0.2"
"""

# A folder that is no mount of its own, with the machine's folders in it.
IN_A_CHROOT = """
for folder in bin dev etc lib lib64 proc sbin sys tmp usr "$1"; do
    [ -e "/$folder" ] || continue
    mkdir -p "root/$folder" && mount --rbind "/$folder" "root/$folder" || exit
done
echo
program=$2; shift 2
exec chroot root "$program" "$@"
"""


def test_names_resolve_in_a_chroot_that_is_no_mount(lab):
    lab.write(named=NAMED)
    above = os.path.dirname(WIRETALE).lstrip("/")
    done = subprocess.run(
        ["unshare", "-m" if os.getuid() == 0 else "-Urm", "sh", "-c", IN_A_CHROOT, "sh", above,
         WIRETALE, "lab", "run", str(lab.folder / "named.lab")], cwd=lab.folder, text=True,
        capture_output=True, check=False, env=environment())
    if not done.stdout:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0 and "Names do not resolve" not in done.stdout, done


def test_a_setting_that_is_a_folder_is_none(lab):
    out = lab("run", "it.lab", status=1, it="title No setting\nboth sysctl net.ipv4 1\n").stdout
    assert "this kernel has no setting net.ipv4" in sentence_of(out)
