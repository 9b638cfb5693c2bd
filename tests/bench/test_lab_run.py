"""The lab's targets and tables, from results that were never measured."""

import sys

import pytest

import lab_run


def ping(number, label, delay_ms, half_trip_us, way_us=None):
    figures = {"half_trip_us": half_trip_us}
    if way_us is not None:
        figures["way_us"] = way_us
    return {"round": number, "contestant": label, "kind": "ping", "delay_ms": delay_ms,
            "figures": figures}


def stream(number, label, gbit):
    return {"round": number, "contestant": label, "kind": "stream", "figures": {"gbit": gbit}}


def test_what_the_cable_adds_is_judged_at_the_median():
    (_, rows), _ = lab_run.tables([ping(1, "tun", 1, 40, 20), ping(2, "tun", 1, 41, 99),
                                   ping(3, "tun", 1, 42, 400)])
    assert rows == [["cable, TUN: added to a delay of 1 ms, µs", "at most 100", "99 (20..400)",
                     "met"]]
    (_, rows), _ = lab_run.tables([ping(1, "veth", 10, 40, 101)])
    assert rows[0][-1] == "missed"


def test_what_it_carries_is_judged_and_put_beside_a_pair():
    results = [stream(1, "tun", 2.0), stream(1, "plain", 8.0), stream(1, "bare", 40.0),
               stream(2, "tun", 1.5), stream(2, "plain", 3.0), stream(2, "bare", 30.0),
               stream(3, "tun", 0.9), stream(3, "plain", 3.0),
               ping(1, "tun", 10, 90, 40), ping(1, "bare", 0, 9), ping(1, "plain", 0, 7)]
    (_, targets), (head, rows) = lab_run.tables(results)
    assert targets[-1] == ["cable, TUN: carried, Gbit/s", "at least 1", "1.50 (0.90..2.00)", "met"]
    assert rows[0] == ["cable, TUN", "", "", "", "90", "1.50 (0.90..2.00)", "0.30 (0.25..0.50)",
                       "0.05 (0.05..0.05)"]
    assert rows[2][:2] == ["veth pair", "9"] and rows[2][-1] == ""
    assert all(len(row) == len(head) for row in rows)


def test_what_was_not_measured_has_no_row():
    failed = {"round": 1, "contestant": "tun", "kind": "stream", "problem": "it did not end"}
    (_, targets), (_, rows) = lab_run.tables([failed])
    assert targets == [] and rows == []


def test_a_command_is_measured_and_its_failure_told():
    assert lab_run.measure([sys.executable, "-c", "print(3); print(4.5)"]) == ([3.0, 4.5], None)
    numbers, problem = lab_run.measure([sys.executable, "-c", "import sys; sys.exit('it cannot')"])
    assert numbers == [] and problem == "ended with 1: it cannot"


@pytest.mark.parametrize("words", (["build", "--rounds", "0"], ["build", "--seconds", "0"],
                                   ["build", "--trips", "0"], ["build", "--trips", "100001"]))
def test_senseless_numbers_are_refused(words):
    with pytest.raises(SystemExit):
        lab_run.parse_arguments(words)
