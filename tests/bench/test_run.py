"""Medians, spreads, ratios, verdicts and tables, from results that were never measured."""

import contextlib
import json
import signal
import socket
import sys

import pytest

import figures
import report
import run
import scenarios
import servers


def result(number, contestant, scenario="throughput", **found):
    return {"round": number, "scenario": scenario, "contestant": contestant, "figures": found}


def failed(number, contestant, scenario="throughput"):
    return {"round": number, "scenario": scenario, "contestant": contestant, "failed": "it died"}


def rates(contestant, *values, scenario="throughput"):
    return [result(number, contestant, scenario, messages_per_second=value)
            for number, value in enumerate(values, start=1)]


MACHINE = {"date": "2026-11-20", "cpu": "A processor", "cores": 2, "kernel": "6.1", "rounds": 3,
           "seconds": 2.0, "versions": {"nats": "2.9.10", "bare": None}}


def test_the_median_is_of_the_rounds_and_the_spread_goes_from_least_to_greatest():
    found = figures.spread([30, 10, 20])
    assert (found.median, found.lowest, found.highest, found.count) == (20, 10, 30, 3)
    assert figures.spread([]) is None


def test_a_ratio_is_taken_within_each_round_before_its_median():
    # The medians' ratio would be 200 / 100 = 2; round by round it is 1, 4 and 0.5.
    results = rates("wiretale", 100, 400, 200) + rates("nats", 100, 100, 400)
    found = figures.ratio_spread(results, "throughput", "wiretale", "nats", "messages_per_second")
    assert (found.median, found.lowest, found.highest) == (1, 0.5, 4)


def test_a_round_in_which_one_of_them_failed_has_no_ratio():
    results = rates("wiretale", 100, 300) + rates("nats", 100) + [failed(2, "nats")]
    found = figures.ratio_spread(results, "throughput", "wiretale", "nats", "messages_per_second")
    assert (found.median, found.count) == (1, 1)


def test_a_ratio_to_nothing_measured_is_none():
    assert figures.ratio_spread(rates("wiretale", 1), "throughput", "wiretale", "nats",
                                "messages_per_second") is None


def test_another_scenario_does_not_count():
    results = rates("nats", 7, scenario="pairs")
    assert figures.figure_spread(results, "throughput", "nats", "messages_per_second") is None


AT_LEAST = scenarios.Target("t", "throughput", "messages_per_second", "nats", 1.5)
AT_MOST = scenarios.Target("t", "throughput", "messages_per_second", "nats", 1.5, at_most=True)


@pytest.mark.parametrize(("ours", "at_least", "at_most"),
                         [(149, False, True), (150, True, True), (151, True, False)])
def test_a_target_is_met_at_its_bound_and_on_its_side(ours, at_least, at_most):
    results = rates("wiretale", ours) + rates("nats", 100)
    assert figures.target_verdict(results, AT_LEAST)[1] is at_least
    assert figures.target_verdict(results, AT_MOST)[1] is at_most


def test_a_target_that_could_not_be_measured_because_ours_failed_is_not_met():
    assert figures.target_verdict([failed(1, "wiretale")], AT_LEAST) == (None, False)


def test_a_target_that_was_not_measured_is_neither():
    assert figures.target_verdict([], AT_LEAST) == (None, None)


@pytest.mark.parametrize(("value", "text"),
                         [(0.054, "0.05"), (2.345, "2.35"), (27.62, "27.6"), (170.4, "170")])
def test_a_ratio_is_written_with_the_digits_that_mean_something(value, text):
    assert figures.ratio_text(value) == text


def test_the_report_shows_bad_figures_and_failures():
    results = rates("wiretale", 50_000, 60_000, 70_000) + rates("nats", 100_000, 100_000, 100_000)
    results.append(failed(1, "redis"))
    for text in (report.plain_report(results, MACHINE), report.markdown_report(results, MACHINE)):
        assert "0.60 (0.50..0.70)" in text
        assert "round 1, throughput, redis: it died" in text
        target = next(line for line in text.splitlines() if "at least 1.5 times NATS" in line)
        assert target.rstrip("| ").endswith("no")


def test_every_row_of_the_markdown_has_as_many_cells_as_its_head():
    results = rates("wiretale", 5) + rates("nats", 4)
    rows = [line for line in report.markdown_report(results, MACHINE).splitlines()
            if line.startswith("|")]
    tables = [rows[index:] for index, row in enumerate(rows) if index + 1 < len(rows)
              and rows[index + 1].startswith("|--")]
    assert len(tables) == 3
    for row in report.ratio_rows(results):
        assert len(row) == len(report.ratio_head())


def test_every_target_names_a_scenario_a_figure_and_contestants_that_there_are():
    by_name = {scenario.name: scenario for scenario in scenarios.SCENARIOS}
    for target in scenarios.TARGETS:
        scenario = by_name[target.scenario]
        labels = {contestant.label for contestant in scenario.contestants}
        assert target.label in labels
        assert target.beside is None or target.beside in labels
        assert target.figure in {figure.key for figure in scenario.figures}


def test_every_contestant_has_a_server_and_stands_once_in_its_scenario():
    for scenario in scenarios.SCENARIOS:
        labels = [contestant.label for contestant in scenario.contestants]
        assert len(labels) == len(set(labels))
        assert all(contestant.server in servers.COMMANDS for contestant in scenario.contestants)


def test_each_round_has_every_contestant_once_and_begins_with_another():
    options = run.parse_arguments(["build", "--rounds", "2", "--only", "library"])
    steps = [(number, contestant.label) for number, _, contestant in run.plan(options)]
    first = [label for number, label in steps if number == 1]
    second = [label for number, label in steps if number == 2]
    assert sorted(first) == sorted(second)
    assert second == first[1:] + first[:1]


def test_what_was_measured_is_kept_even_when_it_is_cut_short(tmp_path, monkeypatch):
    options = run.parse_arguments([str(tmp_path), "--rounds", "1", "--only", "stalled"])

    def measure_one_then_stop(_options, scenario, contestant):
        if contestant.label == "without":
            raise SystemExit(130)
        return {"scenario": scenario.name, "contestant": contestant.label, "figures": {}}

    monkeypatch.setattr(run, "measure", measure_one_then_stop)
    with pytest.raises(SystemExit):
        run.measure_all(options, MACHINE, [])
    kept = json.loads((tmp_path / "bench.json").read_text(encoding="utf-8"))
    assert [one["contestant"] for one in kept["results"]] == ["with"]


def test_a_server_that_ends_is_told_with_its_last_words(tmp_path, monkeypatch):
    monkeypatch.setitem(servers.COMMANDS, "broken", lambda *_: ["/bin/sh", "-c", "echo no; exit 7"])
    with pytest.raises(servers.ServerDied, match="status 7.*\nno"), \
            servers.Server("broken", tmp_path, tmp_path):
        pass


def test_a_failing_load_program_is_a_sentence():
    with pytest.raises(ValueError, match="status 3: refused"):
        run.run_load(["/bin/sh", "-c", "echo refused >&2; exit 3"], 1)
    with pytest.raises(ValueError, match="no JSON"):
        run.run_load(["/bin/sh", "-c", "echo hello"], 1)


LISTENER = """\
import signal, socket, sys
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
signal.pause()
"""


def listening(_build, port, _folder):
    return [sys.executable, "-c", LISTENER, str(port)]


@pytest.mark.parametrize("ending", [None, SystemExit, ValueError])
def test_a_server_listens_within_and_is_gone_afterwards_however_that_ends(
        tmp_path, monkeypatch, ending):
    monkeypatch.setitem(servers.COMMANDS, "listener", listening)
    with contextlib.suppress(SystemExit, ValueError), \
            servers.Server("listener", tmp_path, tmp_path) as server:
        socket.create_connection(("127.0.0.1", server.port), timeout=5).close()
        assert server.cpu_seconds() > 0
        if ending:
            raise ending
    assert server.process.returncode == -signal.SIGTERM


def test_figures_are_the_numbers_of_the_json_and_what_the_server_took_for_each_message():
    said = {"type": "bench", "confirms": True, "messages_per_second": 5.0, run.RECEIVED: 100,
            "latency": {"p50": 0.5, "p99": 2.0}, "verdicts": {"p50": 0.7}}
    assert run.figures_of(said, 0.2) == {
        "messages_per_second": 5.0, run.RECEIVED: 100, "latency.p50": 0.5, "latency.p99": 2.0,
        "verdicts.p50": 0.7, "server_cpu": 0.002}


def test_what_was_refused_or_out_of_order_is_said_in_the_report():
    assert run.remark_on({run.REFUSED: 0, run.OUT_OF_ORDER: 0}) is None
    remark = run.remark_on({run.REFUSED: 1200, run.OUT_OF_ORDER: 1})
    results = [{**result(1, "wiretale", messages_per_second=5), "remark": remark}]
    text = report.plain_report(results, MACHINE)
    assert "1,200 messages were refused; 1 messages came out of order" in text
