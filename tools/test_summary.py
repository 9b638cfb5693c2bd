#!/usr/bin/env python3
"""Counts what the last `meson test` of some build folders ran, case by case.

tools/test_summary.py FOLDER... prints the end of what each failed test said, then one line,
"N passed, N failed, N skipped": a cmocka program counts as its cases, a pytest run as its own
closing line says, anything else as one. What passed only when it was tried again is named: a fault
that needs a bad moment hides there. Ends with 1 when something failed or nothing was run.
"""

import json
import re
import sys
from collections import Counter
from pathlib import Path

TAP_RESULT = re.compile(r"^(not )?ok\b[^#\n]*(# *skip)?", re.IGNORECASE | re.MULTILINE)
PYTEST_CLOSING = re.compile(r"^(?:=+ )?([0-9]+ \w+.*) in [0-9.]+s\b", re.MULTILINE)
PYTEST_COUNT = re.compile(r"([0-9]+) (passed|failed|errors?|skipped|xfailed|xpassed)")
# As tests/support/standstill.py, tests/lab/lab.py and tests/unit/lab_run_test.c say it.
TRIED_AGAIN = re.compile(
    r"(?:\S+: run again, since |\S+: tried again: |another story in run ).*")
AGAIN_SHOWN = 12  # of a folder
LINES_OF_FAILURE = 40  # of each failed test
COLUMNS_OF_FAILURE = 200
FAILURES_SHOWN = 6  # of a folder: of more, the names
OUTCOME_OF_PYTEST = {"passed": "passed", "skipped": "skipped", "xfailed": "skipped"}


def count_test(record):
    """Returns the cases of one line of meson's log."""
    output = record.get("stdout", "")
    counts = Counter()
    closing = PYTEST_CLOSING.findall(output)
    if closing:
        for number, word in PYTEST_COUNT.findall(closing[-1]):
            counts[OUTCOME_OF_PYTEST.get(word, "failed")] += int(number)
    else:
        for failed, skipped in TAP_RESULT.findall(output):
            counts["failed" if failed else "skipped" if skipped else "passed"] += 1
    if record["result"] in ("OK", "EXPECTEDFAIL"):
        if not counts:
            counts["passed"] = 1
    elif record["result"] == "SKIP":
        if not counts:
            counts["skipped"] = 1
    elif not counts["failed"]:  # it crashed or ran out of time: its cases do not tell
        counts["failed"] = 1
    return counts


def show_failure(folder, record):
    """Prints what the test said, without what went well."""
    lines = (record.get("stdout", "") + record.get("stderr", "")).splitlines()
    told = [line for line in lines if line.strip() and not line.startswith("ok ")]
    print(f"{folder}: {record['name']}: {record['result']}")
    print("\n".join(f"  {line[:COLUMNS_OF_FAILURE]}" for line in told[-LINES_OF_FAILURE:]))


def show_tried_again(folder, again):
    for name, why in again[:AGAIN_SHOWN]:
        print(f"{folder}: {name}: {why}"[:COLUMNS_OF_FAILURE])
    if len(again) > AGAIN_SHOWN:
        print(f"{folder}: {len(again) - AGAIN_SHOWN} more were tried again")


def main(folders):
    counts = Counter()
    for folder in folders:
        log = Path(folder) / "meson-logs" / "testlog.json"
        if log.exists():
            failures = 0
            again = []
            for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
                record = json.loads(line)
                counts += count_test(record)
                again += [(record["name"], why)
                          for why in TRIED_AGAIN.findall(record.get("stdout", ""))]
                if record["result"] not in ("OK", "EXPECTEDFAIL", "SKIP"):
                    failures += 1
                    if failures <= FAILURES_SHOWN:
                        show_failure(folder, record)
                    else:
                        print(f"{folder}: {record['name']}: {record['result']}")
            show_tried_again(folder, again)
    print(f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
    return 1 if counts["failed"] or not counts["passed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
