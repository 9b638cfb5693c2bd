"""The summary of a test run counts cases, and never turns a failure into silence."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SUMMARY = Path(__file__).resolve().parents[2] / "tools" / "test_summary.py"

# name, lines of meson's log as (result, standard output), what is said, status
RUNS = [
    ("cmocka cases", [("OK", "1..2\nok 1 - one\nok 2 - two\n")],
     "2 passed, 0 failed, 0 skipped", 0),
    ("a failed case", [("FAIL", "1..2\nok 1 - one\nnot ok 2 - two\n")],
     "1 passed, 1 failed, 0 skipped", 1),
    ("a skipped case", [("OK", "1..2\nok 1 - one\nok 2 # SKIP no IPv6\n")],
     "1 passed, 0 failed, 1 skipped", 0),
    ("a crash behind passed cases", [("ERROR", "1..2\nok 1 - one\n")],
     "1 passed, 1 failed, 0 skipped", 1),
    ("a program without cases", [("OK", "12 files replayed\n")],
     "1 passed, 0 failed, 0 skipped", 0),
    ("out of time", [("TIMEOUT", "")], "0 passed, 1 failed, 0 skipped", 1),
    ("pytest", [("OK", "....\n==== 210 passed, 3 skipped in 12.30s ====\n")],
     "210 passed, 0 failed, 3 skipped", 0),
    ("pytest, quiet", [("OK", ".\n1 passed in 0.01s\n")], "1 passed, 0 failed, 0 skipped", 0),
    ("pytest with failures and errors",
     [("FAIL", "=== 2 failed, 5 passed, 1 error in 70.00s (0:01:10) ===\n")],
     "5 passed, 3 failed, 0 skipped", 1),
    ("pytest that failed with nothing failed", [("FAIL", "=== 5 passed in 1.00s ===\n")],
     "5 passed, 1 failed, 0 skipped", 1),
    ("all skipped is no success", [("SKIP", "")], "0 passed, 0 failed, 1 skipped", 1),
    ("nothing run is no success", [], "0 passed, 0 failed, 0 skipped", 1),
    ("several tests add up", [("OK", "ok 1\n"), ("OK", "9 passed in 0.01s\n")],
     "10 passed, 0 failed, 0 skipped", 0),
]


@pytest.mark.parametrize(("log", "said", "status"), [row[1:] for row in RUNS],
                         ids=[row[0] for row in RUNS])
def test_a_run_is_counted(tmp_path, log, said, status):
    logs = tmp_path / "meson-logs"
    logs.mkdir()
    lines = [json.dumps({"name": "unit / some", "result": result, "stdout": output}) + "\n"
             for result, output in log]
    (logs / "testlog.json").write_text("".join(lines), encoding="utf-8")
    result = subprocess.run([sys.executable, SUMMARY, tmp_path], capture_output=True, text=True,
                            timeout=120, check=False)
    assert (result.stdout.splitlines()[-1:], result.returncode) == ([said], status), result.stderr
    assert ("unit / some" in result.stdout) == (status == 1 and "0 failed" not in said)


def test_what_was_tried_again_is_named_and_counted(tmp_path):
    logs = tmp_path / "meson-logs"
    logs.mkdir()
    why = "test_it: run again, since the machine stood still for 60 ms: no"
    record = {"name": "relay", "result": "OK",
              "stdout": f"  test_it.py:9: PytestWarning: {why}\n" * 14 + "9 passed in 0.01s\n"}
    (logs / "testlog.json").write_text(json.dumps(record) + "\n", encoding="utf-8")
    result = subprocess.run([sys.executable, SUMMARY, tmp_path], capture_output=True, text=True,
                            timeout=120, check=False)
    said = result.stdout.splitlines()
    assert said[:-2] == 12 * [f"{tmp_path}: relay: {why}"]
    assert said[-2:] == [f"{tmp_path}: 2 more were tried again", "9 passed, 0 failed, 0 skipped"]
    assert result.returncode == 0


def test_what_a_failed_test_said_is_shown_without_what_went_well(tmp_path):
    logs = tmp_path / "meson-logs"
    logs.mkdir()
    record = {"name": "unit / some", "result": "FAIL", "stderr": "some_test.c:7: 1 != 2\n",
              "stdout": "1..2\nok 1 - one\nnot ok 2 - two\n"}
    (logs / "testlog.json").write_text(json.dumps(record) + "\n", encoding="utf-8")
    result = subprocess.run([sys.executable, SUMMARY, tmp_path], capture_output=True, text=True,
                            timeout=120, check=False)
    assert "not ok 2 - two" in result.stdout
    assert "some_test.c:7: 1 != 2" in result.stdout
    assert "  ok 1" not in result.stdout


def test_of_many_failures_the_first_are_shown_and_all_are_named(tmp_path):
    logs = tmp_path / "meson-logs"
    logs.mkdir()
    records = [{"name": f"unit / some{i}", "result": "FAIL", "stdout": f"not ok {i}\n"}
               for i in range(1, 10)]
    (logs / "testlog.json").write_text("".join(json.dumps(record) + "\n" for record in records),
                                       encoding="utf-8")
    result = subprocess.run([sys.executable, SUMMARY, tmp_path], capture_output=True, text=True,
                            timeout=120, check=False)
    assert "  not ok 6\n" in result.stdout
    assert "  not ok 7\n" not in result.stdout
    assert all(f"unit / some{i}: FAIL\n" in result.stdout for i in range(1, 10))


def test_a_missing_log_is_no_success(tmp_path):
    result = subprocess.run([sys.executable, SUMMARY, tmp_path], capture_output=True, text=True,
                            timeout=120, check=False)
    assert result.returncode == 1
