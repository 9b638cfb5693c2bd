"""The peers' packages are installed as programs: none of them runs as a service afterwards.

The machine is played by a folder of small scripts, as in test_need.py; its policy-rc.d and its
systemd are files of the test's own.
"""

import shutil
import subprocess

from test_need import BASH, NEED, PERSON, ROOT, SUDO_WORKS, Machine

MARK = "Put here by wiretale"
LIBRARIES_HERE = {"pkg-config": "exit 0", "python3": "exit 0", "tshark": "exit 0",
                  "tcptrace": "exit 0"}
SERVERS = ("nats-server", "redis-server", "mosquitto")
# Installs, and notes whether a service would have been allowed to start.
APT = {
    "apt-get": """case $* in *" install "*)
        if [ -x "$WIRETALE_POLICY" ]; then "$WIRETALE_POLICY"; echo "policy $?" >>"$LOG"; fi
        for server in nats-server redis-server mosquitto; do ln -s "$0" "$BIN/$server"; done;;
        esac""",
    "apt-cache": "exit 0",
}
FAILING_APT = {"apt-get": "exit 100", "apt-cache": "exit 0"}
SYSTEMCTL = {"systemctl": 'echo "systemctl $*" >>"$LOG"'}


class ServiceMachine(Machine):
    def __init__(self, folder, *commands):
        super().__init__(folder, LIBRARIES_HERE, *commands)
        for tool in ("sh", "chmod", "grep", "ln"):
            (self.path / tool).symlink_to(shutil.which(tool))
        self.policy = folder / "policy-rc.d"
        self.systemd = folder / "systemd"

    def need(self, *tasks):
        environment = {"PATH": str(self.path), "LOG": str(self.log), "TMPDIR": str(self.folder),
                       "BIN": str(self.path), "WIRETALE_SBIN": str(self.path),
                       "WIRETALE_POLICY": str(self.policy),
                       "WIRETALE_SYSTEMD": str(self.systemd)}
        return subprocess.run([BASH, NEED, *tasks], capture_output=True, text=True, timeout=30,
                              check=False, env=environment, stdin=subprocess.DEVNULL)


def test_nothing_may_start_while_they_are_installed_and_the_policy_is_gone_after(tmp_path):
    machine = ServiceMachine(tmp_path, ROOT, APT)
    result = machine.need("bench")
    assert result.returncode == 0, result.stderr
    assert machine.logged() == "policy 101\n"
    assert not machine.policy.exists()


def test_the_policy_is_gone_after_a_failure_too(tmp_path):
    machine = ServiceMachine(tmp_path, ROOT, FAILING_APT)
    assert machine.need("bench").returncode == 3
    assert not machine.policy.exists()


def test_a_policy_of_the_machines_owner_stays_as_it_is(tmp_path):
    machine = ServiceMachine(tmp_path, ROOT, APT)
    machine.policy.write_text("#!/bin/sh\nexit 42\n", encoding="utf-8")
    machine.policy.chmod(0o755)
    assert machine.need("bench").returncode == 0
    assert machine.logged() == "policy 42\n"
    assert "exit 42" in machine.policy.read_text(encoding="utf-8")


def test_a_policy_that_a_killed_run_left_is_taken_away(tmp_path):
    machine = ServiceMachine(tmp_path, ROOT, APT)
    machine.policy.write_text(f"#!/bin/sh\n# {MARK} for the time of one installation.\nexit 101\n",
                              encoding="utf-8")
    assert machine.need("bench").returncode == 0
    assert not machine.policy.exists()


def test_a_policy_that_cannot_be_written_installs_nothing(tmp_path):
    machine = ServiceMachine(tmp_path, ROOT, APT)
    machine.policy = tmp_path / "not-there" / "policy-rc.d"
    result = machine.need("bench")
    assert result.returncode == 3
    assert "without it the servers would be started" in result.stderr
    assert machine.logged() == ""


def test_where_systemd_runs_the_units_that_came_are_disabled(tmp_path):
    machine = ServiceMachine(tmp_path, ROOT, APT, SYSTEMCTL)
    machine.systemd.mkdir()
    assert machine.need("bench").returncode == 0
    assert "systemctl --quiet disable --now nats-server redis-server mosquitto\n" in \
        machine.logged()


def test_a_server_that_was_here_before_keeps_its_service(tmp_path):
    machine = ServiceMachine(tmp_path, ROOT, APT, SYSTEMCTL, {"redis-server": "exit 0"})
    machine.systemd.mkdir()
    machine.need("bench")
    assert "disable --now nats-server mosquitto\n" in machine.logged()


def test_by_sudo_the_policy_is_written_with_its_rights(tmp_path):
    machine = ServiceMachine(tmp_path, PERSON, APT, SUDO_WORKS)
    assert machine.need("bench").returncode == 0
    said = machine.logged()
    assert "sudo -n sh -c" in said
    assert f"sudo -n rm -f -- {machine.policy}" in said
    assert not machine.policy.exists()


def test_without_rights_the_lines_to_run_say_how_to_keep_them_from_running(tmp_path):
    machine = ServiceMachine(tmp_path, PERSON)
    (machine.path / "apt-get").symlink_to(shutil.which("true"))
    result = machine.need("bench")
    assert result.returncode == 3
    first, second = result.stdout.strip().splitlines()
    assert all(server in first.split() for server in SERVERS)
    assert second.strip() == "sudo systemctl disable --now nats-server redis-server mosquitto"


def test_another_task_installs_without_a_policy(tmp_path):
    libedit_missing = {"pkg-config": '[ "$*" != "--exists libedit" ] || [ -e "$BIN/mosquitto" ]'}
    machine = ServiceMachine(tmp_path, ROOT, APT, libedit_missing)
    assert machine.need("build").returncode == 0
    assert (machine.path / "mosquitto").exists(), "nothing was installed"
    assert machine.logged() == ""
