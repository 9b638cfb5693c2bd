"""10,000 messages between clients of the real library, under every kind of fault: the relay keeps
its word. And were it to break it, the same logs would show."""

import os
import random
from pathlib import Path

import pytest

from check_history import DELIVERED, STATUSES, summary
from planted import is_delivered, plant
from run_history import CLIENT_FAULTS, SERVER_FAULTS, Plan, make_history

BUILD = Path(__file__).resolve().parents[2] / "build"
WIRETALED = os.environ.get("WIRETALED", str(BUILD / "wiretaled"))
CLIENT = os.environ.get("HISTORY_CLIENT", str(BUILD / "tests" / "history_client"))
MESSAGES = 10_000
SEED = int(os.environ.get("SEED", "") or random.SystemRandom().randrange(2**32))


def is_worth_checking(checker):
    """What chance, and the machine's pace, may leave out."""
    killed_with_open_messages = sum(checker.verdicts.values()) < MESSAGES
    delivered = checker.verdicts[DELIVERED, STATUSES.index("ok")]
    return killed_with_open_messages and checker.resent > 0 and delivered > MESSAGES // 2


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The folder and the checker of a history that was made, and its seed: the first of a few that
    is worth checking, or the first in which the relay broke its word."""
    for seed in ((SEED + more) % 2**32 for more in range(3)):
        folder = tmp_path_factory.mktemp(f"seed-{seed}-")
        checker = make_history(WIRETALED, CLIENT, Plan(MESSAGES, seed), folder)
        print(f"SEED={seed}\n{summary(checker)}")
        if checker.violations or is_worth_checking(checker):
            break
    return folder, checker, seed


def test_the_relay_keeps_its_word_under_every_kind_of_fault(finished):
    _, checker, seed = finished
    assert not checker.violations, f"SEED={seed}\n{summary(checker)}"


def test_the_history_was_one_worth_checking(finished):
    _, checker, seed = finished
    assert set(checker.faults) == {*CLIENT_FAULTS, *SERVER_FAULTS}
    assert len(checker.messages) == MESSAGES
    assert is_worth_checking(checker), f"SEED={seed}\n{summary(checker)}"


def test_one_message_less_that_arrived_is_found(finished, tmp_path):
    _, checker, _ = finished
    delivered = {
        identity
        for identity, index in checker.messages.of_id.items()
        if checker.messages.outcome[index] == DELIVERED
    }
    seen = plant(finished[0], tmp_path, lambda words: (
        [] if words[:1] == [b"receive"] and words[4] in delivered else None
    ))
    assert seen == {"false-delivered": 1}


def test_one_message_that_came_once_more_is_found(finished, tmp_path):
    seen = plant(finished[0], tmp_path, lambda words: (
        2 * [b" ".join(words)] if words[:1] == [b"receive"] else None
    ))
    assert seen == {"twice": 1}


def test_one_verdict_less_is_found(finished, tmp_path):
    """Of a sender that was not killed."""
    killed = {b".".join(life) for life in finished[1].killed}
    names = {life.path.name for life in finished[1].lives}
    survivors = {name for name in names if name.rpartition(".")[0].encode() not in killed}
    seen = plant(finished[0], tmp_path, lambda words: (
        [] if is_delivered(words) else None
    ), survivors)
    assert seen == {"no-verdict": 1}


def test_one_verdict_more_is_found(finished, tmp_path):
    seen = plant(finished[0], tmp_path, lambda words: (
        2 * [b" ".join(words)] if is_delivered(words) else None
    ))
    assert seen == {"two-verdicts": 1}


def test_one_changed_content_is_found(finished, tmp_path):
    seen = plant(finished[0], tmp_path, lambda words: (
        [b" ".join([*words[:6], b"0" * 16])] if words[:1] == [b"receive"] else None
    ))
    assert seen == {"damaged": 1}
