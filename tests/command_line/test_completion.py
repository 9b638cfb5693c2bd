"""What the shells offer: asked of a real bash, and of fish and zsh where they are installed."""

import os
import pty
import shlex
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from tables import NAMES, WAIT, WIRETALE, commands, everything, run

BREAKS = ":="  # what readline parts words at, among others


def script(shell):
    return run(WIRETALE, "help", "--completion", shell).stdout


def bash(*words, program="wiretale", cwd=None):
    """What bash offers for the last word; words as readline parts them."""
    line = [program, *words]
    asked = script("bash") + (
        f"\nCOMP_WORDS=({' '.join(map(shlex.quote, line))})\nCOMP_CWORD={len(line) - 1}\n"
        f"_wiretale {program} {shlex.quote(line[-1])} {shlex.quote(line[-2])}\n"
        'printf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    done = subprocess.run(
        ["bash", "--norc", "--noprofile", "-eu"], input=asked, cwd=cwd,
        capture_output=True, text=True, timeout=WAIT, check=False,
    )  # fmt: skip
    assert done.returncode == 0 and done.stderr == "", done
    return sorted(line for line in done.stdout.splitlines() if line)


def line_of(name):
    """The program and the words before the options of a command."""
    if name in ("wiretale", "wiretaled"):
        return name, []
    return "wiretale", [name]


@pytest.mark.parametrize("name", NAMES)
def test_bash_offers_every_option(name):
    program, words = line_of(name)
    offered = bash(*words, "--", program=program)
    assert offered == sorted(f"--{option.name}" for option in everything()[name].options)


def test_bash_offers_the_commands_and_completes_one():
    assert bash("") == sorted(commands())
    assert bash("tr") == ["trace"]
    assert bash("--server", "127.0.0.1", "--json", "li") == ["list", "listen"]
    assert bash("--server", "=", "127.0.0.1", ":", "1", "tr") == ["trace"]
    assert bash("help", "ro") == ["rooms"]
    assert bash("/usr/bin/wiretale", program="wiretale") == []


def test_bash_offers_what_a_value_may_be(tmp_path):
    (tmp_path / "one.pcap").write_bytes(b"")
    (tmp_path / "two words.pcap").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    assert bash("trace", "o", cwd=tmp_path) == ["one.pcap"]
    assert bash("trace", "tw", cwd=tmp_path) == ["two words.pcap"]
    assert bash("trace", "--json", "", cwd=tmp_path) == ["folder", "one.pcap", "two words.pcap"]
    assert bash("trace", "--write", "on", cwd=tmp_path) == ["one.pcap"]
    assert bash("trace", "--write", "=", cwd=tmp_path) == ["folder", "one.pcap", "two words.pcap"]
    assert bash("trace", "--as", "") == ["tshark"]
    assert bash("trace", "--as", "=", "ts") == ["tshark"]
    assert bash("trace", "--as=", "x") == []
    assert bash("bench", "fan") == ["fan-out"]
    assert bash("bench", "--pairs", "1", "th") == ["throughput"]
    assert bash("--log", "w", program="wiretaled") == ["warn"]
    assert bash("--log", "w", program="/usr/sbin/wiretaled") == ["warn"]


def test_bash_offers_no_options_where_none_can_be():
    assert bash("time", "--count", "") == []
    assert bash("time", "--", "--") == []
    assert bash("send", "@ann", "x") == []


def test_bash_offers_interfaces():
    option = next((o for o in everything()["trace"].options if o.name == "interface"), None)
    if option is None:
        pytest.skip("trace listens on no interface")
    known = sorted(path.name for path in Path("/sys/class/net").glob("*"))  # none: not mounted
    assert sorted(bash("trace", "--interface", "")) == known
    assert bash("trace", "-i", "l") == [name for name in bash("trace", "-i", "") if name[0] == "l"]


@pytest.mark.skipif(not shutil.which("fish"), reason="fish is not here")
def test_fish_offers_commands_options_and_values(tmp_path):
    path = tmp_path / "wiretale.fish"
    path.write_text(script("fish"))

    def fish(line):
        asked = f"source {path}; complete -C {shlex.quote(line)}"
        done = subprocess.run(
            ["fish", "--no-config", "-c", asked], capture_output=True, text=True,
            timeout=WAIT, cwd=tmp_path, env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
            check=False,
        )  # fmt: skip
        assert done.returncode == 0 and done.stderr == "", done
        return sorted(row.split("\t")[0] for row in done.stdout.splitlines())

    assert fish("wiretale ") == sorted(commands())
    assert fish("wiretale --server 127.0.0.1 --json li") == ["list", "listen"]
    for name in NAMES:
        program, words = line_of(name)
        offered = fish(" ".join([program, *words, "--"]))
        assert offered == sorted(f"--{option.name}" for option in everything()[name].options)
    assert fish("wiretale trace --as ") == ["tshark"]
    assert fish("wiretale bench th") == ["throughput"]
    assert fish("wiretaled --log w") == ["warn"]
    assert fish("wiretale time --count ") == []
    assert fish("wiretale trace wire") == ["wiretale.fish"]
    assert fish("wiretale trace --write wire") == ["wiretale.fish"]
    assert fish("wiretale time wire") == []


def zsh_completes(folder, typed, expected):
    """Types into a zsh on a terminal, and waits for what the completion adds."""
    setup = (
        f"PS1='> '; fpath=({folder} $fpath); autoload -Uz compinit; compinit -u -D; print rea''dy\n"
    )
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.execvpe("zsh", ["zsh", "-f", "-i"], {"PATH": "/usr/bin:/bin", "TERM": "dumb"})
    seen = ""
    try:
        for text, wanted in ((setup, "ready"), (typed, expected)):
            seen = ""
            os.write(terminal, text.encode())
            while wanted not in seen:
                seen += os.read(terminal, 4096).decode(errors="replace")
    except OSError as error:
        raise AssertionError(seen) from error
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(terminal)


@pytest.mark.skipif(not shutil.which("zsh"), reason="zsh is not here")
@pytest.mark.deadline(20)
@pytest.mark.parametrize(
    "typed, expected",
    [
        ("wiretale tra\t", "trace "),
        ("wiretale --json li\t\t", "listen"),
        ("wiretale trace --connec\t", "--connections"),
        ("wiretale trace --as=\t", "--as=tshark"),
        ("wiretale bench --pairs 1 thr\t", "throughput"),
        ("wiretale trace some\t", "something.pcap"),
        ("wiretale trace --max-c\t", "--max-connections="),
        ("wiretaled --kee\t", "--keepalive="),
        ("wiretaled --log=war\t", "--log=warn"),
    ],
)
def test_zsh_completes_on_a_terminal(tmp_path, typed, expected):
    (tmp_path / "_wiretale").write_text(script("zsh"))
    (tmp_path / "something.pcap").write_bytes(b"")
    zsh_completes(tmp_path, typed, expected)


@pytest.mark.skipif(not shutil.which("zsh"), reason="zsh is not here")
def test_zsh_reads_its_script_and_knows_every_option(tmp_path):
    path = tmp_path / "_wiretale"
    path.write_text(script("zsh"))
    assert run("zsh", "-f", "-n", str(path)).stderr == ""
    text = path.read_text()
    for name in NAMES:
        for option in everything()[name].options:
            assert f"--{option.name}" in text
