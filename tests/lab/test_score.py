"""`wiretale lab score`: the trace against both kernels' counters and what the cable did."""

import re

import pytest

from lab import undisturbed

LOSS = """title Lost three times
cable delay 5ms
cable drop client data 1 3 times
both sysctl net.ipv4.tcp_early_retrans 0
server listen 8888
client connect 8888
server accept
client send "hello"
server receive "hello"
"""

SACK = """title Two of eight are lost
cable delay 5ms
cable drop client data 3 once
cable drop client data 6 once
server listen 8888
client connect 8888
server accept
client option TCP_NODELAY 1
client send 1000 bytes 10 times
server receive 10000 bytes
"""

BOTH_OPEN = """title Both at once
cable delay 10ms
client bind 7000
server bind 7001
client connect 7001 without waiting
server connect 7000 without waiting
client connected
server connected
"""

LATE = """title An acknowledgement is lost
cable delay 5ms
server listen 8888
client connect 8888
server accept
cable drop server ACK 1 once
client send "hello"
server receive "hello"
wait until quiet for 1s
"""

FAILING = """title It expects something else
server listen 8888
client connect 8888
expect connections=2
"""


def check_truth(row):
    """What holds however a busy machine mixes the times up: no state is wrong, no count differs
    without a reason, nothing lost is called needless. pytest.fail() is final: no AssertionError."""
    again = row["sent_again"]
    for host in "client", "server":
        explained = again["kernel"][host] + again["syn_answers"][host] + again["forged"][host]
        # Where programs of one host talk to each other, its kernel may count more.
        more = explained if again["packets_inside"][host] else again["trace"][host]
        if not again["trace"][host] <= explained <= more:
            pytest.fail(f"sent again, and not counted: {row}")
    if row["states"]["wrong"] or row["originals"]["lost"] != row["originals"]["lost_told"]:
        pytest.fail(f"told wrong: {row}")


def scores(lab, *arguments, **texts):
    rows = lab.json("score", *arguments, *[f"{name}.lab" for name in texts], **texts)
    assert [row["experiment"] for row in rows[:-1]] == list(texts)
    assert rows[-1]["type"] == "total" and rows[-1]["experiments"] == len(texts)
    for row in rows[:-1]:
        check_truth(row)
    return rows


def check_losses(lab):
    loss, sack, total = scores(lab, loss=LOSS, sack=SACK)
    for row, again in (loss, 3), (sack, 2):
        assert row["type"] == "score" and row["passed"] is True
        assert row["sent_again"]["trace"] == {"client": again, "server": 0}
        assert row["sent_again"]["kernel"] == {"client": again, "server": 0}
        assert row["causes"]["as_kernel"] == again and row["causes"]["otherwise"] == 0
        assert row["originals"]["lost"] == row["originals"]["lost_told"] == again
        assert row["states"]["wrong"] == 0
        assert row["states"]["compared"] == row["states"]["agreed"] > 8
    assert loss["causes"]["trace"]["timer"] == loss["causes"]["kernel"]["timer"] == 3
    assert sack["causes"]["trace"]["acks"] == sack["causes"]["kernel"]["acks"] == 2
    assert total["sent_again"]["trace"]["client"] == 5 and total["passed"] == 2
    assert total["states"]["compared"] == sum(row["states"]["compared"] for row in (loss, sack))


def test_what_a_rule_loses_is_told_as_its_kernel_counts_it(lab):
    undisturbed(lambda: check_losses(lab))


INSIDE = """title Two programs of one host
server.one run exec wiretaled --listen 0.0.0.0:2312
wait until server listens 2312
server.two run wiretale time --server 127.0.0.1:2312
server.two exits 0
"""


def test_what_stays_inside_a_host_is_told_since_its_kernel_counts_it_too(lab):
    row, total = scores(lab, inside=INSIDE)
    assert row["sent_again"]["packets_inside"]["client"] == 0
    assert row["sent_again"]["packets_inside"]["server"] >= 10
    assert total["sent_again"]["packets_inside"] == row["sent_again"]["packets_inside"]


def check_late(lab):
    late, _ = scores(lab, late=LATE)
    assert late["originals"]["came"] == late["originals"]["came_told"] >= 1
    assert late["originals"]["lost"] == 0


def test_what_came_and_was_sent_again_is_told_as_needless(lab):
    undisturbed(lambda: check_late(lab))


def check_both_open(lab):
    row, _ = scores(lab, both=BOTH_OPEN)
    assert row["sent_again"]["trace"] == row["sent_again"]["syn_answers"] == {
        "client": 1, "server": 1}
    assert row["sent_again"]["kernel"] == {"client": 0, "server": 0}
    text = lab("score", "both.lab").stdout
    assert "- both, client: 1 by the trace, 0 by its kernel; where both sides open" in text
    assert "not explained" not in text


def test_a_count_that_means_something_else_is_explained(lab):
    undisturbed(lambda: check_both_open(lab))


def check_page(lab):
    page = lab("score", "--seed", "7", "loss.lab", "sack.lab", loss=LOSS, sack=SACK).stdout
    assert page.startswith("# The score: the trace against two kernels\n")
    assert "`wiretale lab score --markdown`: 2 experiments, seed 7, Linux " in page
    assert "\n| loss | 3/3 | 3/3 | - | - | - | - | - | 3/3 | - |\n" in page
    assert re.search(r"\n\| all \| 5/5 \| 3/3 \| - \| 2/2 \|", page)
    assert re.search(r"\n\| all \| (\d+) \| \1 \| - \| - \|", page)


def test_where_no_terminal_is_it_is_a_page_in_markdown(lab):
    undisturbed(lambda: check_page(lab))


def test_one_that_does_not_pass_is_scored_and_named(lab):
    lab.write(failing=FAILING, loss=LOSS)
    page = lab("score", "failing.lab", "loss.lab", status=1).stdout
    assert "Not passed:\n\n- failing: line 4: " in page
    assert "\n| failing | " in page and "\n| loss | " in page
    rows = lab.json("score", "failing.lab", status=1)
    assert rows[0]["passed"] is False and rows[0]["failure"] and rows[-1]["passed"] == 0


@pytest.mark.deadline(180)
def test_all_that_comes_with_it_is_told_right(lab):
    """What each experiment's own expectations are is tested elsewhere: here no state may be
    wrong, and no count may differ without a reason."""
    rows = lab.json("score", status=None)
    total = rows.pop()
    assert len(rows) == total["experiments"] > 50
    assert total["states"]["wrong"] == 0, [row for row in rows if row["states"]["wrong"]]
    assert total["states"]["agreed"] + total["states"]["unknowable"] == (
        total["states"]["compared"])
    for row in rows:
        check_truth(row)
