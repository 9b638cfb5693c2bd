"""The trace's targets and tables, from results that were never measured."""

import sys

import pytest

import trace_run


def result(number, label, seconds, mib=10.0, problem=None):
    return {"round": number, "contestant": label, "seconds": seconds, "mib": mib,
            "problem": problem}


def verdicts(results):
    (_, targets), _ = trace_run.tables(results)
    return {row[0]: row[2:] for row in targets}


def test_a_ratio_is_taken_within_each_round_and_the_median_judged():
    results = [result(1, "stats", 0.1), result(1, "conv", 5.0),
               result(2, "stats", 1.0), result(2, "conv", 30.0),
               result(3, "stats", 0.1), result(3, "conv", 4.5)]
    text, verdict = verdicts(results)["--stats against tshark -z conv,tcp, times as fast"]
    assert text == "45.00 (30.00..50.00)"
    assert verdict == "met"


def test_what_should_be_at_most_is_missed_above():
    results = [result(1, "stats", 0.3), result(1, "pcap", 0.1)]
    found = verdicts(results)["--stats against libpcap's empty callback, its time"]
    assert found == ["3.00", "missed"]


def test_memory_is_judged_by_itself():
    found = verdicts([result(1, "stats", 0.3, mib=65.0)])["--stats, MiB resident"]
    assert found == ["65.00", "missed"]


def test_what_was_not_measured_has_no_row():
    assert verdicts([result(1, "story", 1.0)]) == {}


def test_a_contestant_that_failed_says_why():
    results = [result(1, "tcptrace", None, problem="ended with 1: no such file")]
    _, (_, rows) = trace_run.tables(results)
    assert rows == [["tcptrace -n", "failed: ended with 1: no such file", ""]]


def test_a_command_is_measured_and_its_failure_told():
    seconds, mib, problem = trace_run.measure([sys.executable, "-c", "pass"])
    assert seconds > 0 and mib > 1 and problem is None
    seconds, _, problem = trace_run.measure(
        [sys.executable, "-c", "import sys; sys.exit('it cannot')"])
    assert seconds is None and problem == "ended with 1: it cannot"


@pytest.mark.parametrize("words", (["build", "--rounds", "0"],
                                   ["build", "--packets", "70", "--connections", "10"]))
def test_senseless_numbers_are_refused(words):
    with pytest.raises(SystemExit) as refusal:
        trace_run.parse_arguments(words)
    assert refusal.value.code == 2
