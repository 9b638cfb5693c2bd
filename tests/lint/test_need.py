"""What is missing is installed with the rights there are, or the person is told the line to run.

The machine is played by a folder of small scripts, which is all of PATH.
"""

import shutil
import subprocess
from pathlib import Path

import pytest

NEED = Path(__file__).resolve().parents[2] / "tools" / "need"
BASH = shutil.which("bash")
REAL_TOOLS = ("sed", "mktemp", "tail", "rm", "env", "touch", "true")

# A package's arrival is a file in "arrived"; the commands look there.
HAVE_ALL = {
    "cc": "exit 0", "meson": "exit 0", "ninja": "exit 0", "pkg-config": "exit 0",
    "scdoc": "exit 0", "python3": "exit 0",
}
ROOT = {"id": "echo 0"}
PERSON = {"id": "echo 1000"}
APT = {
    "apt-get": 'echo "apt-get $*" >>"$LOG"; case $* in *" install "*) touch "$ARRIVED";; esac',
    "apt-cache": "exit 0",
}
LIBEDIT_MISSING = {"pkg-config": '[ "$*" != "--exists libedit" ] || [ -e "$ARRIVED" ]'}
SUDO_WORKS = {"sudo": 'echo "sudo $*" >>"$LOG"; shift; exec "$@"'}
SUDO_ASKS = {"sudo": "exit 1"}
LINE = "sudo apt-get update && sudo apt-get install -y --no-install-recommends libedit-dev"


class Machine:
    def __init__(self, folder, *commands):
        self.folder, self.log = folder, folder / "log"
        self.path = folder / "bin"
        self.path.mkdir()
        self.log.touch()
        for tool in REAL_TOOLS:
            (self.path / tool).symlink_to(shutil.which(tool))
        for table in (HAVE_ALL, *commands):
            for name, body in table.items():
                script = self.path / name
                script.write_text(f"#!{BASH}\n{body}\n", encoding="utf-8")
                script.chmod(0o755)

    def need(self, *tasks):
        environment = {"PATH": str(self.path), "LOG": str(self.log), "TMPDIR": str(self.folder),
                       "ARRIVED": str(self.folder / "arrived")}
        return subprocess.run([BASH, NEED, *tasks], capture_output=True, text=True, timeout=120,
                              check=False, env=environment, stdin=subprocess.DEVNULL)

    def logged(self):
        return self.log.read_text(encoding="utf-8")


def test_nothing_missing_asks_no_package_manager_and_says_nothing(tmp_path):
    machine = Machine(tmp_path, PERSON, APT)
    result = machine.need("build")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert machine.logged() == ""


def test_root_installs_and_says_so(tmp_path):
    machine = Machine(tmp_path, ROOT, APT, LIBEDIT_MISSING)
    result = machine.need("build")
    assert result.returncode == 0, result.stderr
    assert "missing: libedit-dev; installing" in result.stderr
    update, install = machine.logged().splitlines()
    assert update.endswith(" update")
    assert install.endswith(" install -y --no-install-recommends libedit-dev")


def test_a_person_with_sudo_installs_without_being_asked(tmp_path):
    machine = Machine(tmp_path, PERSON, APT, LIBEDIT_MISSING, SUDO_WORKS)
    result = machine.need("build")
    assert result.returncode == 0, result.stderr
    assert "sudo -n env DEBIAN_FRONTEND=noninteractive apt-get" in machine.logged()


@pytest.mark.parametrize("sudo", [{}, SUDO_ASKS], ids=["no sudo", "sudo wants a password"])
def test_without_rights_the_line_to_run_is_printed_and_the_status_is_3(tmp_path, sudo):
    machine = Machine(tmp_path, PERSON, APT, LIBEDIT_MISSING, sudo)
    result = machine.need("build")
    assert result.returncode == 3
    assert result.stdout.strip() == LINE
    assert machine.logged() == ""


def test_an_install_that_fails_tells_why_and_ends_with_3(tmp_path):
    failing = {"apt-get": "echo 'E: no such package'; exit 100", "apt-cache": "exit 0"}
    machine = Machine(tmp_path, ROOT, failing, LIBEDIT_MISSING)
    result = machine.need("build")
    assert result.returncode == 3
    assert "E: no such package" in result.stderr
    assert result.stdout.strip() == LINE


def test_an_install_that_does_not_help_is_no_success(tmp_path):
    useless = {"apt-get": "exit 0", "apt-cache": "exit 0"}
    machine = Machine(tmp_path, ROOT, useless, LIBEDIT_MISSING)
    result = machine.need("build")
    assert result.returncode == 3
    assert "still not found: libedit-dev" in result.stderr


@pytest.mark.parametrize(("manager", "line"), [
    ("dnf", "sudo dnf install libedit-devel"),
    ("pacman", "sudo pacman -S --needed libedit"),
])
def test_on_other_systems_the_line_to_run_is_printed(tmp_path, manager, line):
    machine = Machine(tmp_path, ROOT, {manager: "exit 1"}, LIBEDIT_MISSING)
    result = machine.need("build")
    assert (result.returncode, result.stdout.strip()) == (3, line)


def test_what_two_tasks_lack_is_named_once(tmp_path):
    machine = Machine(tmp_path, PERSON, APT)
    result = machine.need("lint", "fuzz")
    assert result.returncode == 3
    assert result.stdout.split().count("clang") == 1
    assert "libclang-rt-14-dev" in result.stdout.split()


def test_a_build_does_without_npm_which_its_page_and_the_tests_want(tmp_path):
    machine = Machine(tmp_path, PERSON, APT)
    assert machine.need("build").returncode == 0
    for task in ("page", "test", "lint"):
        result = machine.need(task)
        assert result.returncode == 3
        assert "npm" in result.stdout.split(), task


def test_npm_from_elsewhere_will_do(tmp_path):
    machine = Machine(tmp_path, PERSON, APT, {"npm": "exit 0", "node": "exit 0"})
    assert machine.need("page").returncode == 0
