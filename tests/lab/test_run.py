"""`wiretale lab run`: what it says of experiments that pass, fail and cannot go on."""

import json
import re

import pytest

from lab import CLOSE, HANDSHAKE, PATIENCE, transcript, undisturbed

NOT_SO = HANDSHAKE.replace("connections=1", "connections=2")
FAILS = """title A step goes wrong
client connect 9
expect opening.kind=refused
"""


def test_a_run_tells_question_ladder_story_states_expectations_and_explanation(lab):
    out = lab("run", "close.lab", close=CLOSE).stdout
    parts = ["close: Four segments close it", "Who is first?", "seed 1.", "SYN", "FIN",
             "What the wire tells of them, beside the kernels: right in ", "Expected",
             "held      closing.kind=orderly-4 closing.first=client", "Explanation",
             "The client closes first.", "close: passed in "]
    at = -1
    for part in parts:
        assert out.find(part, at + 1) > at, (part, out)
        at = out.find(part, at + 1)


def test_an_expectation_that_does_not_hold_is_told_with_what_is_so(lab):
    out = lab("run", "it.lab", status=1, it=NOT_SO).stdout
    assert "NOT HELD  connections=2 (line 6): there was 1" in out
    assert "it: FAILED: line 6: there was 1\n" in out
    assert "held      opening.kind=handshake" in out


def test_that_more_does_not_hold_is_counted(lab):
    text = NOT_SO + "expect connections=3\nexpect closing.kind=orderly-3\n"
    out = lab("run", "it.lab", status=1, it=text).stdout
    assert "it: FAILED: line 6: there was 1; and 2 more\n" in out


def test_a_rule_that_never_acted_is_told(lab):
    text = HANDSHAKE.replace("server listen", "cable drop client data 9 once\n"
                             "cable delay client SYN by 1ms\nserver listen")
    out = lab("run", "it.lab", it=text).stdout
    assert "\nNever used: cable drop client data 9 once (line 2)\n" in out
    assert "delay client SYN by 1ms (line" not in out
    assert lab.json("run", "it.lab")[-1]["unused_rules"] == [
        {"text": "cable drop client data 9 once", "line": 2}]
    assert lab.json("run", "whole.lab", whole=HANDSHAKE)[-1]["unused_rules"] == []


def test_what_has_not_come_by_the_limit_is_counted(lab):
    text = HANDSHAKE.replace("expect opening", 'server receive "x"\nexpect opening')
    out = lab("run", "it.lab", status=1, it="limit 500ms\n" + text).stdout
    assert ('line 6: server receive "x": not all of it came within the limit of 500 ms: 0 of 1 '
            'bytes came') in " ".join(out.split())


def test_an_error_that_came_as_expected_is_said_once(lab):
    out = lab("run", "it.lab", it=FAILS.replace("9\n", "9 fails ECONNREFUSED\n")).stdout
    assert "connect 9 fails ECONNREFUSED" in out
    assert "ECONNREFUSED: ECONNREFUSED" not in out


def test_a_step_that_fails_ends_it_with_its_line_and_the_error(lab):
    out = lab("run", "it.lab", status=1, it=FAILS).stdout
    assert "it: FAILED: " in out
    sentence = out.split("it: FAILED: ")[1]
    assert "line 2" in sentence and "ECONNREFUSED" in sentence


def test_json_lines_are_contiguous_named_and_end_with_the_experiments_own(lab):
    rows = lab.json("run", "--segments", "close.lab", "it.lab", close=CLOSE, it=HANDSHAKE)
    names = [row["experiment"] for row in rows]
    assert names == sorted(names, key=["close", "it"].index)
    for name in ("close", "it"):
        mine = [row for row in rows if row["experiment"] == name]
        last = mine[-1]
        assert last["type"] == "experiment" and last["name"] == name and last["passed"] is True
        assert last["seed"] == 1 and last["duration"] > 0 and last["title"]
        assert all(row["held"] for row in last["expectations"])
        assert last["states"]["agreed"] == last["states"]["compared"] > 0
        assert [row["number"] for row in mine if row["type"] == "connection"] == [1]
        segments = [row for row in mine if row["type"] == "segment"]
        assert len(segments) == last["segments"] and len(segments) >= 3
    assert rows[-1]["programs"] == []


def test_a_segment_has_both_times_and_the_truth_of_both_kernels(lab):
    rows = lab.json("run", "--segments", "close.lab", close=CLOSE)
    segments = [row for row in rows if row["type"] == "segment"]
    syn = segments[0]
    assert syn["flags"] == "S" and syn["host"] == "client" and syn["from"] == "client"
    assert 0 <= syn["sent"] < syn["delivered"]
    assert syn["kernel"] == {"sent": {"client": "SYN_SENT", "server": "LISTEN"},
                             "delivered": {"client": "SYN_SENT", "server": "SYN_RECV"}}
    assert syn["client_state"] == "SYN_SENT" and syn["server_state"] == "SYN_RECV"
    fin = [row for row in segments if "F" in row["flags"]][0]
    assert fin["kernel"]["sent"]["client"] == "FIN_WAIT1"
    assert fin["kernel"]["delivered"]["server"] == "CLOSE_WAIT"


def test_a_lost_segment_says_by_which_rule(lab):
    text = HANDSHAKE.replace("server listen", "cable drop client SYN once\nserver listen")
    rows = lab.json("run", "--segments", "it.lab", it=text)
    first = [row for row in rows if row["type"] == "segment"][0]
    assert "drop client SYN once" in first["lost"] and "delivered" not in first
    assert first["server_state"] in ("LISTEN", "CLOSED")
    out = lab("run", "it.lab").stdout
    assert "drop client SYN once" in out


def test_several_have_a_line_each_in_their_order_and_those_that_fail_are_shown_whole(lab):
    out = lab("run", "--jobs", "3", "slow.lab", "it.lab", "not-so.lab", status=1,
              slow=HANDSHAKE + "wait 300ms\n", it=HANDSHAKE, not_so=NOT_SO).stdout
    lines = out.splitlines()
    assert [line.split()[:2] for line in lines[:3]] == [
        ["PASS", "slow"], ["PASS", "it"], ["FAIL", "not-so"]]
    assert lines[2].endswith("line 6: there was 1")
    assert "not-so: Three segments open a connection" in out
    assert "slow: Three segments" not in out
    assert re.search(r"\n2 of 3 passed in .*; 1 failed\.\n$", out)


def test_segments_shows_several_whole_though_they_passed(lab):
    out = lab("run", "--segments", "a.lab", "b.lab", a=HANDSHAKE, b=HANDSHAKE).stdout
    assert "a: Three segments" in out and "b: Three segments" in out
    assert "2 of 2 passed in " in out


def test_the_captures_are_saved_and_named(lab):
    out = lab("run", "--save", "out", "close.lab", close=CLOSE).stdout
    saved = sorted(path.name for path in (lab.folder / "out").iterdir())
    assert saved == ["close-cable.pcapng", "close-client.pcapng", "close-server.pcapng"]
    assert "Saved: out/close-client.pcapng, out/close-server.pcapng" in out
    row = lab.json("run", "--save", "out", "close.lab")[-1]
    assert row["saved"] == [f"out/close-{place}.pcapng" for place in ("client", "server", "cable")]


def test_the_same_seed_loses_the_same_segments(lab):
    # Nothing is sent before the segment that is asked for is lost or there: no timer has a part.
    text = """title Chance
cable loss 30%
server listen 8888
client connect 8888 without waiting
wait 50ms
"""

    def fates(seed):
        rows = lab.json("run", "--segments", "--seed", seed, "it.lab", it=text)
        assert rows[-1]["seed"] == seed
        return "lost" in rows[0]

    first = [fates(seed) for seed in range(1, 13)]
    assert True in first and False in first
    assert first == [fates(seed) for seed in range(1, 13)]


def test_places_see_different_things_and_can_be_expected_of(lab):
    text = HANDSHAKE.replace("server listen", "cable drop client SYN once\nserver listen") + """
expect from_client.retransmissions=1
expect at client from_client.retransmissions=1
expect at server from_client.retransmissions=0
"""
    row = lab.json("run", "it.lab", it=text)[-1]
    assert row["passed"] is True and len(row["expectations"]) == 5


def test_connections_have_expectations_of_their_own(lab):
    text = """title Two connections
server listen 8888
client.ann connect 8888
server.ann accept
client.bob connect 8888
server.bob accept
client.bob close
server.bob receive end
server.bob close
wait until client.bob TIME_WAIT
expect every connection opening.kind=handshake
expect connection 1 closing.kind=open
expect connection 2 closing.kind=orderly-3
expect connection 2 closing.kind=open
expect connection 3 closing.kind=open
"""
    row = lab.json("run", "it.lab", status=1, it=text)[-1]
    held = [expectation["held"] for expectation in row["expectations"]]
    assert held[:2] == [True, True] and held[3:] == [False, False]
    differences = [expectation.get("difference") for expectation in row["expectations"]]
    assert "closing.kind is orderly" in differences[3]
    assert differences[4] == "the cable saw no connection 3"


def test_the_output_of_programs_is_shown_bounded_and_harmless(lab):
    text = r"""title Programs
client run printf 'a\033[31mb\n'; seq 1 100; exit 3
client exits 3
"""
    out = lab("run", "it.lab", it=text).stdout
    assert "    | a\\x1b[31mb\n    | 1\n" in out and "    | 100\n" in out
    assert "\n    | 50\n" not in out and "more lines; --segments shows them" in out
    assert "client: printf" in out and "status 3" in out
    text += """server.loud run yes | head -c 3000000
server.loud exits any
"""
    told = transcript(lab("run", "it.lab", it=text).stdout)
    assert ("client", "|", r"a\x1b[31mb") in told and ("client", "|", "1") in told
    assert ("client", "|", "(and 99 more lines like it)") in told
    assert ("client", "*", "ended with status 3") in told
    assert ("loud", "|", "y") in told and ("loud", "|", "50") not in told
    assert any(who == "loud" and "over what is kept of a program" in text
               for who, _, text in told)
    assert ("client", "|", "50") in transcript(lab("run", "--segments", "it.lab").stdout)
    rows = lab.json("run", "it.lab")
    quiet, loud = rows[-1]["programs"]
    assert quiet["exit"] == 3 and quiet["signal"] is None
    assert quiet["output"].endswith("99\n100\n") and quiet["command"].startswith("printf")
    assert loud["name"] == "loud" and loud["host"] == "server"
    assert len(loud["output"]) + loud["output_dropped"] == 3000000


TYPED = r"""title Somebody types
server.echo run while read line; do echo "you said $line"; done; echo bye
client run sleep 1000
server.echo type "one"
server.echo prints "said one"
cable cut
server.echo type "\x1b[31mtwo"
server.echo end input
server.echo prints "bye"
server.echo exits 0
cable restore
client kill
client exits any
"""

TRANSCRIPT = [
    ("echo", "$", 'while read line; do echo "you said $line"; done; echo bye'),
    ("client", "$", "sleep 1000"),
    ("echo", ">", "one"),
    ("echo", "|", "you said one"),
    ("cable", "*", "cut"),
    ("echo", ">", r"\x1b[31mtwo"),
    ("echo", "*", "its input ends"),
    ("echo", "|", r"you said \x1b[31mtwo"),
    ("echo", "|", "bye"),
    ("echo", "*", "ended with status 0"),
    ("cable", "*", "restored"),
    ("client", "*", "is sent SIGTERM"),
    ("client", "*", "was ended by SIGTERM"),
]


def test_what_is_typed_and_printed_and_done_stands_in_the_order_of_time(lab):
    assert transcript(lab("run", "it.lab", it=TYPED).stdout) == TRANSCRIPT
    row = lab.json("run", "it.lab")[-1]
    told = row["transcript"]
    names = {"$": "started", ">": "typed", "|": "printed"}
    assert [names.get(mark) or told[i]["kind"] for i, (_, mark, _) in enumerate(TRANSCRIPT)] == [
        entry["kind"] for entry in told]
    assert [entry["time"] for entry in told] == sorted(entry["time"] for entry in told)
    assert [row["programs"][entry["program"]].get("name", "client") if "program" in entry
            else "cable" for entry in told] == [who for who, _, _ in TRANSCRIPT]
    assert told[5]["text"] == "\x1b[31mtwo" and told[4] == {
        "time": told[4]["time"], "kind": "cable", "text": "cut"}


def test_one_that_only_printed_needs_no_transcript(lab):
    out = lab("run", "it.lab", it="title One\nclient run echo hello\nclient exits 0\n").stdout
    assert "  client: echo hello: ended with status 0. It printed:\n    | hello\n" in out


def test_two_programs_of_one_name_are_told_apart_by_their_hosts(lab):
    text = """title Namesakes
server.a run echo there
server.a exits 0
client.a run echo here
client.a exits 0
"""
    told = transcript(lab("run", "it.lab", it=text).stdout)
    assert ("server.a", "|", "there") in told and ("client.a", "|", "here") in told


def test_brief_leaves_out_the_ladder_and_nothing_else(lab):
    text = CLOSE + "client.a run echo a\nclient.a exits 0\nclient.b run echo b\nclient.b exits 0\n"
    text = text.replace("explain\n  The client closes first.\n", "") + "explain\n  The client.\n"
    out = lab("run", "--brief", "it.lab", it=text).stdout
    whole = lab("run", "it.lab").stdout
    assert "|-- SYN" in whole and "|-- SYN" not in out and "Connection 1" in out
    parts = ["Who is first?", "\nPrograms\n", " | b", "opened the connection",
             "\nExpected\n", "\nExplanation\n", "it: passed in "]
    assert [part in out for part in parts] == [True] * len(parts)
    assert sorted(parts, key=out.find) == parts


def test_nobody_reading_is_no_crash(lab):
    lab.write(close=CLOSE)
    with open("/dev/full", "w", encoding="utf-8") as full:
        process = lab.popen("run", "close.lab", stdout=full)
        _, errors = process.communicate(timeout=50 * PATIENCE)
    assert process.returncode == 1 and "standard output: No space left on device" in errors


def test_each_ladder_row_of_a_long_run_is_there_with_segments_only(lab):
    text = """title Many segments
server listen 8888
client connect 8888
server accept
client option TCP_NODELAY 1
client send 1 bytes 150 times every 1ms
server receive 150 bytes
"""
    short = lab("run", "it.lab", it=text).stdout
    assert "more; --segments shows them all" in short
    whole = lab("run", "--segments", "it.lab").stdout
    assert "--segments shows" not in whole and len(whole) > len(short)


@pytest.mark.parametrize("name", ["handshake", "close-three", "close-four"])
def test_experiments_that_come_with_it_pass(lab, name):
    rows = [json.loads(line) for line in lab("run", "--json", name).stdout.splitlines()]
    assert rows[-1]["passed"] is True and rows[-1]["states"]["compared"] > 0


CUT = """title Acknowledgements die on a cable that is cut
cable delay 20ms
server listen 8888
client connect 8888
server accept
server send 5000 bytes
client receive 5000 bytes
wait 100ms
server send 5000 bytes
wait until delivered server data 5
cable cut
wait 500ms
cable restore
client receive 5000 bytes
wait until quiet for 1500ms
client close
server close
wait until quiet for 300ms
"""


def test_what_died_on_a_cut_cable_is_known_to_nobody(lab):
    """The acknowledgement too: then it is the timer that sends again what had arrived."""
    undisturbed(lambda: check_cut(lab))


def check_cut(lab):
    rows = lab.json("run", "--segments", "cut.lab", cut=CUT)
    segments = [row for row in rows if row["type"] == "segment"]
    lost = [row for row in segments if "lost" in row]
    assert {"client", "server"} == {row["from"] for row in lost}
    again = [row for row in segments if "cause" in row]
    assert again[-1]["frame"] > lost[-1]["frame"]
    causes = {row["cause"] for row in again}
    assert "timeout" in causes and causes <= {"timeout", "tail-loss-probe", "go-back-n"}
    connection = [row for row in rows if row["type"] == "connection"][0]
    assert connection["from_server"]["retransmissions"] == len(again)
    ledger = connection["ledger"]
    assert ledger["recovery"] > max(ledger["network"], ledger["server"])
    out = lab("run", "cut.lab").stdout
    assert "timer ran out" in out
    assert "needless" not in out and "before any timer" not in out
