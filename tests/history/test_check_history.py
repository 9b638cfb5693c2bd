"""The checker of histories finds each kind of lie that a history may hold, says where it stands,
and finds nothing in one that holds none."""

import subprocess
import sys
from pathlib import Path

import pytest

from check_history import DELIVERED, KINDS, NONE, STATUSES, UNKNOWN, Checker

CHECKER = Path(__file__).with_name("check_history.py")
OK, BUSY, GONE, TIMEOUT, NO_SUCH_CLIENT = (
    STATUSES.index(name) for name in ("ok", "busy", "gone", "timeout", "no-such-client")
)


class Life:
    """Writes the log of one life by hand. Each line is a microsecond later than the last of any."""

    def __init__(self, history, name, number, way="automatic"):
        self.history = history
        self.name = name
        self.lines = []
        self.file = f"{name}.{number}.history"
        self.serials = {}
        self.say("life", name, number, way)

    def say(self, word, *rest):
        self.history.now += 1
        self.lines.append(" ".join(str(part) for part in (word, self.history.now, *rest)))
        return self

    def connect(self, number, server="start-1"):
        return self.say("connect", number, server)

    def ask(self, to, identity, way="name", content="the content"):
        """Returns the serial."""
        serial = self.serials[to] = self.serials.get(to, 0) + 1
        self.say("ask", way, to, serial, digits(identity), len(content), digest(content))
        return serial

    def verdict(self, to, serial, outcome=DELIVERED, status=OK):
        return self.say("verdict", to, serial, outcome, status)

    def receive(self, number, name, identity, content="the content"):
        return self.say("receive", number, name, digits(identity), len(content), digest(content))

    def end(self):
        return self.say("leave", "-").say("end", "-")


def digits(identity):
    return f"{identity:032x}"


def digest(content):
    return f"{hash(content) % 2**64:016x}"


class History:
    """Two clients, ann with number 1 and bob with number 2."""

    def __init__(self, folder):
        self.folder = folder
        self.now = 1000
        self.lives = []
        self.faults = []
        self.ann = self.life("ann", 1).connect(1)
        self.bob = self.life("bob", 1).connect(2)

    def life(self, *how):
        self.lives.append(Life(self, *how))
        return self.lives[-1]

    def write(self, torn=()):
        for life in self.lives:
            text = "\n".join(life.lines)
            (self.folder / life.file).write_text(text + ("" if life in torn else "\n"))
        (self.folder / "faults").write_text("".join(f"{line}\n" for line in self.faults))

    def check(self, **how):
        self.write(**how)
        checker = Checker(self.folder)
        checker.check()
        assert set(checker.violations) <= set(KINDS)
        return checker

    def found(self, **how):
        """{kind: how often}, of a history whose living clients have ended."""
        for life in (self.ann, self.bob):
            if not life.lines[-1].startswith("end"):
                life.end()
        violations = self.check(**how).violations
        return {kind: len(places) for kind, places in violations.items()}


@pytest.fixture
def history(tmp_path):
    return History(tmp_path)


def send(history, identity, **how):
    """One message from ann to bob, as it should go."""
    serial = history.ann.ask("bob", identity, **how)
    history.bob.receive(1, "ann", identity)
    history.ann.verdict("bob", serial)
    return serial


# Nothing to find


def test_delivered_messages_in_order_are_clean(history):
    for identity in range(1, 20):
        send(history, identity, way="number" if identity % 3 else "name")
    assert history.found() == {}


def test_each_verdict_is_counted_under_its_name(history):
    send(history, 1)
    for outcome, status in ((NONE, GONE), (NONE, TIMEOUT), (NONE, BUSY)):
        history.ann.verdict("bob", history.ann.ask("bob", 100 + status), outcome, status)
    assert history.found() == {}
    counts = Checker(history.folder)
    counts.check()
    assert counts.verdicts == {
        (DELIVERED, OK): 1, (NONE, GONE): 1, (NONE, TIMEOUT): 1, (NONE, BUSY): 1
    }


@pytest.mark.parametrize("arrived", [True, False])
@pytest.mark.parametrize("status", [GONE, TIMEOUT])
def test_an_unsure_verdict_goes_with_both(history, status, arrived):
    serial = history.ann.ask("bob", 1)
    if arrived:
        history.bob.receive(1, "ann", 1)
    history.ann.verdict("bob", serial, NONE, status)
    assert history.found() == {}


def test_messages_of_a_killed_sender_need_no_verdict(history):
    dora = history.life("dora", 1).connect(4)
    dora.ask("bob", 1)
    history.bob.receive(4, "dora", 1)
    dora.ask("bob", 2)
    history.faults.append("kill 1 dora 1")
    assert history.found() == {}


def test_a_log_that_a_kill_tore_in_its_last_line_is_whole_up_to_there(history):
    dora = history.life("dora", 1).connect(4)
    dora.ask("bob", 1)
    dora.ask("bob", 2)
    dora.lines[-1] = dora.lines[-1][:9]
    history.faults.append("kill 1 dora 1")
    assert history.found(torn=[dora]) == {}


def test_what_the_torn_line_would_have_asked_must_not_arrive(history):
    dora = history.life("dora", 1).connect(4)
    dora.ask("bob", 1)
    history.bob.receive(4, "dora", 1)
    history.faults.append("kill 1 dora 1")
    send(history, 2)
    assert history.found(torn=[dora]) == {"never-asked": 1}


def test_two_applications_may_get_the_same_message(history):
    serial = history.ann.ask("bob", 1)
    history.bob.receive(1, "ann", 1)
    history.faults.append("kill 1 bob 1")
    reborn = history.life("bob", 2).connect(5)
    reborn.receive(1, "ann", 1)
    history.ann.verdict("bob", serial)
    reborn.end()
    assert history.found() == {}


def test_a_later_connection_may_bring_again_what_failed_on_the_one_that_was_lost(history):
    for identity in (1, 2):
        history.ann.ask("bob", identity)
    history.bob.receive(1, "ann", 2)
    history.ann.verdict("bob", 2).say("disconnect", 9).connect(6)
    history.bob.receive(6, "ann", 1)
    history.ann.verdict("bob", 1)
    assert history.found() == {}


def test_what_the_library_did_not_take_needs_no_verdict(history):
    history.ann.ask("bob", 1)
    history.ann.say("refused", "bob", 1, 5)
    send(history, 2)
    assert history.found() == {}


def test_numbers_may_come_again_after_a_restart_of_the_server(history):
    send(history, 1)
    history.ann.say("disconnect", 11).connect(2, "start-2")
    history.bob.say("disconnect", 11).connect(1, "start-2")
    serial = history.ann.ask("bob", 2)
    history.bob.receive(2, "ann", 2)
    history.ann.verdict("bob", serial)
    assert history.found() == {}


def test_a_connection_that_its_client_never_logged_is_taken_for_its_own(history):
    serial = history.ann.ask("bob", 1)
    history.bob.receive(77, "-", 1)
    history.ann.verdict("bob", serial)
    assert history.found() == {}


def test_who_acknowledges_by_itself_may_get_on_a_new_connection_what_it_had_before(history):
    cid = history.life("cid", 1, "manual").connect(3)
    history.ann.ask("cid", 1)
    cid.receive(1, "ann", 1).say("disconnect", 9).connect(7)
    history.ann.say("disconnect", 9).connect(6)
    cid.receive(6, "ann", 1).end()
    history.ann.verdict("cid", 1)
    assert history.found() == {}


# The lies


def test_a_message_that_comes_twice_by_one_connection_of_such_a_one_is_found(history):
    cid = history.life("cid", 1, "manual").connect(3)
    history.ann.ask("cid", 1)
    cid.receive(1, "ann", 1)
    history.ann.say("disconnect", 9).connect(6)
    cid.receive(6, "ann", 1).end()
    history.ann.verdict("cid", 1)
    assert history.found() == {"twice": 1}


def test_delivered_to_nobody_is_found(history):
    history.ann.verdict("bob", history.ann.ask("bob", 1))
    assert history.found() == {"false-delivered": 1}


def test_delivered_before_it_was_received_is_found(history):
    serial = history.ann.ask("bob", 1)
    history.ann.verdict("bob", serial)
    history.bob.receive(1, "ann", 1)
    assert history.found() == {"false-delivered": 1}


def test_delivered_to_another_is_found(history):
    cid = history.life("cid", 1).connect(3)
    serial = history.ann.ask("bob", 1)
    cid.receive(1, "ann", 1)
    history.ann.verdict("bob", serial)
    cid.end()
    assert history.found()["wrong-recipient"] == 1


def test_a_message_that_comes_twice_is_found(history):
    send(history, 1)
    history.bob.receive(1, "ann", 1)
    assert history.found() == {"twice": 1}


def test_a_message_that_comes_again_by_another_connection_is_found(history):
    history.ann.ask("bob", 1)
    history.bob.receive(1, "ann", 1)
    history.ann.say("disconnect", 9).connect(6)
    history.bob.say("disconnect", 9).connect(7)
    history.bob.receive(6, "ann", 1)
    history.ann.verdict("bob", 1)
    assert history.found() == {"twice": 1}


def test_two_messages_that_change_places_are_found(history):
    for identity in (1, 2):
        history.ann.ask("bob", identity)
    for identity in (2, 1):
        history.bob.receive(1, "ann", identity)
        history.ann.verdict("bob", identity)
    assert history.found() == {"order": 1}


def test_two_that_change_places_over_the_recipients_reconnection_are_found(history):
    for identity in (1, 2):
        history.ann.ask("bob", identity)
    history.bob.receive(1, "ann", 2)
    history.bob.say("disconnect", 9).connect(7)
    history.bob.receive(1, "ann", 1)
    history.ann.verdict("bob", 1).verdict("bob", 2)
    assert history.found() == {"order": 1}


def test_a_repeat_that_leaves_the_order_of_its_own_connection_is_found(history):
    for identity in (1, 2):
        history.ann.ask("bob", identity)
    history.ann.say("disconnect", 9).connect(6)
    for identity in (2, 1):
        history.bob.receive(6, "ann", identity)
        history.ann.verdict("bob", identity)
    assert history.found() == {"order": 1}


def test_a_message_that_was_overtaken_without_need_is_found(history):
    """It had its verdict when the connection was lost, so nobody sent it again."""
    history.ann.ask("bob", 1)
    history.ann.verdict("bob", 1, NONE, TIMEOUT)
    history.ann.say("disconnect", 9).connect(6)
    serial = history.ann.ask("bob", 2)
    history.bob.receive(6, "ann", 2)
    history.bob.receive(1, "ann", 1)
    history.ann.verdict("bob", serial)
    assert history.found() == {"order": 1}


def test_a_message_to_a_number_that_was_sent_again_is_found(history):
    history.ann.ask("bob", 1, way="number")
    history.ann.say("disconnect", 9)
    history.ann.verdict("bob", 1, UNKNOWN, TIMEOUT).connect(6)
    serial = history.ann.ask("bob", 2)
    history.bob.receive(6, "ann", 2)
    history.bob.receive(6, "ann", 1)
    history.ann.verdict("bob", serial)
    assert history.found() == {"order": 1}


def test_a_missing_verdict_is_found(history):
    history.ann.ask("bob", 1)
    history.bob.receive(1, "ann", 1)
    assert history.found() == {"no-verdict": 1}


def test_a_second_verdict_is_found_though_it_says_the_same(history):
    history.ann.verdict("bob", send(history, 1))
    assert history.found() == {"two-verdicts": 1}


def test_a_second_verdict_of_a_killed_sender_is_found(history):
    dora = history.life("dora", 1).connect(4)
    dora.verdict("bob", dora.ask("bob", 1), NONE, GONE).verdict("bob", 1, NONE, GONE)
    history.faults.append("kill 1 dora 1")
    assert history.found() == {"two-verdicts": 1}


def test_a_verdict_of_what_was_not_asked_is_found(history):
    history.ann.verdict("bob", send(history, 1) + 1)
    history.ann.verdict("-", 4711)
    assert history.found() == {"verdict-unasked": 2}


def test_a_verdict_of_what_the_library_did_not_take_is_found(history):
    history.ann.ask("bob", 1)
    history.ann.say("refused", "bob", 1, 5)
    history.ann.verdict("bob", 1, NONE, GONE)
    assert history.found() == {"verdict-unasked": 1}


@pytest.mark.parametrize(
    "outcome, status",
    [(DELIVERED, GONE), (NONE, OK), (UNKNOWN, GONE), (UNKNOWN, TIMEOUT), (2, OK), (3, OK),
     (NONE, 14)],
)
def test_an_impossible_verdict_is_found(history, outcome, status):
    """Also `unknown` of a message to a name, whose sender goes on and will send it again."""
    serial = history.ann.ask("bob", 1)
    history.bob.receive(1, "ann", 1)
    history.ann.verdict("bob", serial, outcome, status)
    assert history.found() == {"verdict-impossible": 1}


def test_a_message_that_nobody_asked_is_found(history):
    send(history, 1)
    history.bob.receive(1, "ann", 2)
    assert history.found() == {"never-asked": 1}


def test_a_message_that_is_there_before_it_is_asked_is_found(history):
    history.bob.receive(1, "ann", 1)
    history.ann.verdict("bob", history.ann.ask("bob", 1), NONE, GONE)
    assert history.found() == {"never-asked": 1}


def test_a_message_that_lost_its_message_id_is_found(history):
    serial = history.ann.ask("bob", 1)
    history.bob.say("receive", 1, "ann", "-", 11, digest("the content"))
    history.ann.verdict("bob", serial, NONE, TIMEOUT)
    assert history.found() == {"never-asked": 1}


@pytest.mark.parametrize("content", ["the cOntent", "the conten", "the content ", ""])
def test_a_damaged_message_is_found(history, content):
    serial = history.ann.ask("bob", 1)
    history.bob.receive(1, "ann", 1, content=content)
    history.ann.verdict("bob", serial)
    assert history.found() == {"damaged": 1}


def test_two_messages_that_changed_their_contents_are_found(history):
    for identity, content in ((1, "one"), (2, "two")):
        history.ann.ask("bob", identity, content=content)
    for identity, content in ((1, "two"), (2, "one")):
        history.bob.receive(1, "ann", identity, content=content)
        history.ann.verdict("bob", identity)
    assert history.found() == {"damaged": 2}


@pytest.mark.parametrize("number, name", [(2, "ann"), (1, "bob")])
def test_a_false_from_is_found(history, number, name):
    serial = history.ann.ask("bob", 1)
    history.bob.receive(number, name, 1)
    history.ann.verdict("bob", serial)
    assert history.found() == {"wrong-sender": 1}


@pytest.mark.parametrize("status", [BUSY, NO_SUCH_CLIENT])
def test_a_refused_message_that_arrived_is_found(history, status):
    serial = history.ann.ask("bob", 1)
    history.bob.receive(1, "ann", 1)
    history.ann.verdict("bob", serial, NONE, status)
    assert history.found() == {"refused-arrived": 1}


def test_a_refused_message_may_have_arrived_when_it_was_tried_before(history):
    history.ann.ask("bob", 1)
    history.bob.receive(1, "ann", 1)
    history.ann.say("disconnect", 9).connect(6)
    history.ann.verdict("bob", 1, NONE, NO_SUCH_CLIENT)
    assert history.found() == {}


def test_what_the_library_did_not_take_and_arrived_is_found(history):
    history.ann.ask("bob", 1)
    history.ann.say("refused", "bob", 1, 5)
    history.bob.receive(1, "ann", 1)
    assert history.found() == {"refused-arrived": 1}


def test_a_connection_that_the_server_spoiled_is_found(history):
    send(history, 1)
    history.ann.say("disconnect", 12).connect(6)
    assert history.found() == {"protocol": 1}


def test_a_client_that_ended_without_being_killed_is_found(history):
    history.life("dora", 1).connect(4)
    send(history, 1)
    assert history.found() == {"unended": 1}


@pytest.mark.parametrize(
    "line",
    ["", "nonsense 5", "ask 5 name bob", "verdict 5 bob x 1 0", "ask 5 name bob 9 00 4 00",
     "receive 5 1 ann", f"ask 5 name bob 1 {digits(9)} {2**32} 00", "connect 5 2 start-1"],
)
def test_a_line_without_sense_is_found(history, line):
    send(history, 1)
    history.ann.lines.append(line)
    assert history.found() == {"unreadable": 1}


def test_an_empty_history_proves_nothing(history):
    assert history.found() == {"empty": 1}


# The program


def run(folder):
    return subprocess.run(
        [sys.executable, "-B", CHECKER, folder], capture_output=True, text=True, timeout=120
    )


def test_the_program_ends_with_0_on_a_clean_history(history, tmp_path):
    send(history, 1)
    assert history.found() == {}
    result = run(tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    assert "the history is clean" in result.stdout


def test_the_program_ends_with_1_and_shows_the_lines_that_prove_it(history, tmp_path):
    serial = history.ann.ask("bob", 1)
    history.ann.verdict("bob", serial)
    history.found()
    result = run(tmp_path)
    assert result.returncode == 1
    assert "false-delivered, 1 times" in result.stdout
    assert "(ann.1.history:3, ann.1.history:4)" in result.stdout


def test_the_program_ends_with_2_without_a_folder(tmp_path):
    assert run(tmp_path / "none").returncode == 2
