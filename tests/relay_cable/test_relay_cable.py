"""The real wiretaled and its clients at the two ends of a cable that loses, reorders, is too narrow
or cut: nothing is called delivered that was not, nothing is delivered twice, nothing reaches
somebody else, and the dead are missed in the time that docs/protocol.md states."""

import pytest

from cable_runs import PATIENCE, SEED
from check_history import DELIVERED, NEVER, NONE, STATUSES, summary
from conftest import HISTORIES, NIGHTLY
from planted import is_delivered, plant

KEEPALIVE = 1.0  # seconds, in the experiments with dead peers
DEAD = 1.5 * KEEPALIVE  # docs/protocol.md, section 11
BACK_OFF = 0.2  # until a client that lost its connection makes the next one, at most
SLACK = 0.7 * PATIENCE  # a busy machine
EARLY = 0.7  # a question may be so much younger than the last frame: whatever the machine
OK, GONE, NO_SUCH_CLIENT = (STATUSES.index(name) for name in ("ok", "gone", "no-such-client"))
WT_TIMEOUT = 1  # enum wt_result


def count(run, outcome, status):
    return run.checker.verdicts[outcome, status]


def settled(run):
    """Each message that has a verdict: (sender's name, outcome, status, how long it took)."""
    messages = run.checker.messages
    for index, verdict_at in enumerate(messages.verdict_at):
        if 0 < verdict_at < NEVER:
            sender = run.checker.lives[messages.sender[index]].name.decode()
            yield (sender, messages.outcome[index], messages.status[index],
                   (verdict_at - messages.asked_at[index]) / 1e6)


def silence_before_end(run, life):
    """Of its first connection; the last thing that it was told is younger than the last byte."""
    log = run.log(life)
    at = next(place for place, words in enumerate(log) if words[0] == "disconnect")
    heard = [words for words in log[:at] if words[0] in ("connect", "receive", "verdict")]
    return (int(log[at][1]) - int(heard[-1][1])) / 1e6


def judge_history(run):
    assert run.experiment["passed"], run.tale()
    assert not run.checker.violations, run.tale()
    assert len(run.checker.messages) == run.messages
    assert len(run.checker.lives) == len(run.lives("client") | run.lives("server"))
    assert count(run, DELIVERED, OK) > run.messages / 2, run.tale()


@pytest.mark.parametrize("name", HISTORIES)
def test_the_relay_keeps_its_word(finished, name):
    judge_history(finished[name])


@pytest.mark.parametrize("name, what", [
    ("lossy", {"chance", "twice by chance", "later than others by chance"}),
    ("narrow", {"the queue was full"}),
    ("short-cut", {"the cable is cut"}),
    ("long-cut", {"the cable is cut"}),
    ("half-cut", {"chance"}),
])
def test_the_cable_was_a_bad_one(finished, name, what):
    run = finished[name]
    assert what <= run.happened()
    assert sum(run.experiment["kernel_retransmissions"].values()) > 0


@pytest.mark.parametrize("name", ["lossy", "narrow", "short-cut"])
def test_what_tcp_can_mend_costs_no_message_and_no_connection(finished, name):
    """The first messages may find that those they are for are not there yet."""
    run = finished[name]
    for life in run.lives("client") | run.lives("server"):
        assert len(run.events(life, "connect")) == 1, run.tale()
    mended = count(run, DELIVERED, OK) + count(run, NONE, NO_SUCH_CLIENT)
    assert mended == run.messages, run.tale()


def test_a_short_cut_makes_messages_wait(finished):
    """It met somebody, and nobody is told that it failed."""
    assert max(seconds for _, outcome, _, seconds in settled(finished["short-cut"])
               if outcome == DELIVERED) > 0.5


def test_those_behind_a_long_cut_come_back_and_those_beside_the_relay_never_left(finished):
    run = finished["long-cut"]
    for life in run.lives("client"):
        connections, ends = run.events(life, "connect"), run.events(life, "disconnect")
        assert len(connections) >= 2, (life, run.tale())
        assert int(ends[0][2]) == WT_TIMEOUT, (life, ends)
    for life in run.lives("server"):
        assert len(run.events(life, "connect")) == 1, (life, run.tale())
    assert run.checker.resent > 0, run.tale()


def test_who_is_cut_off_is_gone_in_the_stated_time(finished):
    """By the clock of those who wrote to them from beside the relay."""
    run = finished["long-cut"]
    beside = run.lives("server")
    waits = [seconds for sender, outcome, status, seconds in settled(run)
             if sender in beside and (outcome, status) == (NONE, GONE)]
    assert waits, run.tale()
    assert max(waits) <= DEAD + SLACK
    assert max(waits) > KEEPALIVE - EARLY  # it was not gone at the first hiccup


def test_who_is_cut_off_misses_the_relay_in_the_stated_time(finished):
    """docs/client-library.md, "When the connection is lost"."""
    run = finished["long-cut"]
    for life in run.lives("client"):
        assert silence_before_end(run, life) <= DEAD + SLACK, life


def test_a_dead_client_leaves_the_list_in_the_stated_time_and_comes_back(finished):
    """What the experiment's steps say, and how long the senders of messages waited, one after the
    other: Eve, whom nobody wrote to, is missed with Bob."""
    run = finished["dead-peer"]
    assert run.experiment["passed"], run.tale()
    told = run.sent("into")
    assert (told["outcome"], told["status"]) == ("failed", "gone")
    waited = sum(run.sent(program)["seconds"] for program in ("into", "after", "eve1"))
    assert KEEPALIVE - EARLY < waited <= DEAD + SLACK
    assert "into the cut" not in run.programs["bob"]["output"]


def test_idle_clients_give_a_dead_relay_up_in_the_stated_time(finished):
    """As the cable saw it: from the last segment that came to a client's next SYN. The end of the
    old connection can't be seen there: its FIN waits behind the PING that nobody acknowledges."""
    segments = finished["dead-peer"].segments
    again = {}
    for segment in segments:
        if segment["connection"] > 2:
            again.setdefault(segment["connection"], segment["sent"])
    assert len(again) >= 2
    # What the relay says again once the cable is whole, the clients have no use for any more.
    cut = min(segment["sent"] for segment in segments
              if segment.get("lost") == "the cable is cut")
    heard = max(segment["delivered"] for segment in segments
                if segment["from"] == "server" and segment["connection"] <= 2
                and "delivered" in segment and segment["sent"] < cut)
    for connection in (3, 4):
        assert KEEPALIVE < again[connection] - heard <= DEAD + BACK_OFF + SLACK


def test_without_keep_alive_it_stays_in_the_list_and_nobody_knows(finished):
    run = finished["unasked"]
    assert run.experiment["passed"], run.tale()
    told = run.sent("into")
    assert (told["outcome"], told["status"]) == ("unknown", "timeout")


# Were the relay to break its word, the same logs would show it.


def test_a_message_that_did_not_arrive_is_found(finished, tmp_path):
    run = finished["long-cut"]
    messages = run.checker.messages
    delivered = {identity for identity, index in messages.of_id.items()
                 if messages.outcome[index] == DELIVERED}
    assert plant(run.folder, tmp_path, lambda words: (
        [] if words[:1] == [b"receive"] and words[4] in delivered else None
    )) == {"false-delivered": 1}


def test_a_message_that_came_twice_is_found(finished, tmp_path):
    assert plant(finished["lossy"].folder, tmp_path, lambda words: (
        2 * [b" ".join(words)] if words[:1] == [b"receive"] else None
    )) == {"twice": 1}


def test_a_message_to_the_wrong_one_is_found(finished, tmp_path):
    """A line of one log in the log of another."""
    run = finished["short-cut"]
    stray = next(words for words in run.log("h01") if words[0] == "receive")
    seen = plant(run.folder, tmp_path, lambda words: (
        [b" ".join(words), " ".join(stray).encode()] if words[:1] == [b"connect"] else None
    ), {"h02.1.history"})
    assert seen == {"wrong-recipient": 1}


def test_two_verdicts_are_found(finished, tmp_path):
    assert plant(finished["half-cut"].folder, tmp_path, lambda words: (
        2 * [b" ".join(words)] if is_delivered(words) else None
    )) == {"two-verdicts": 1}


# The real times, and longer histories.


@pytest.mark.nightly
@pytest.mark.parametrize("name", NIGHTLY)
def test_the_relay_keeps_its_word_all_night(finished_nightly, name):
    judge_history(finished_nightly[name])
    print(f"SEED={SEED}\n{summary(finished_nightly[name].checker)}")


@pytest.mark.nightly
def test_after_two_minutes_without_keep_alive_every_connection_is_the_same(finished_nightly):
    run = finished_nightly["two-minutes-unasked"]
    for life in run.lives("client") | run.lives("server"):
        assert len(run.events(life, "connect")) == 1, run.tale()


@pytest.mark.nightly
def test_a_dead_client_is_missed_after_45_seconds(finished_nightly):
    """A message to it ends in `timeout` before; later ones find nobody."""
    run = finished_nightly["two-minutes"]
    told = run.sent("into")
    assert (told["outcome"], told["status"]) == ("unknown", "timeout")
    waits = [seconds for sender, _, status, seconds in settled(run)
             if sender in run.lives("server") and status == STATUSES.index("timeout")]
    assert waits and max(waits) <= 10 + SLACK
    for life in run.lives("client"):
        silence = silence_before_end(run, life)
        assert silence <= 45 + SLACK, life
