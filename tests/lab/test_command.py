"""The command line of `wiretale lab`: what needs no hosts."""

import json

import pytest

from lab import CLOSE, HANDSHAKE, run


def test_list_shows_each_experiment_by_name_and_title():
    listed = [json.loads(line) for line in run("list", "--json").stdout.splitlines()]
    names = [row["name"] for row in listed]
    assert len(names) == len(set(names)) and "handshake" in names and "close-three" in names
    text = run("list").stdout
    for row in listed:
        assert row["type"] == "experiment" and row["title"] and row["group"]
        assert f"  {row['name']} " in text
        assert row["title"].split()[0] in text


def test_no_experiment_that_comes_with_it_is_of_no_group():
    for line in run("list", "--json").stdout.splitlines():
        row = json.loads(line)
        assert row["group"] != "More", row


def test_show_gives_a_file_that_check_takes(folder):
    text = run("show", "close-three").stdout
    assert text.startswith("#") or "title " in text
    done = folder("check", "mine.lab", mine=text)
    assert done.stdout.startswith("mine.lab: ") and "expectation" in done.stdout
    assert done.stderr == ""


def test_check_names_the_file_the_line_and_what_is_wrong_of_each(folder):
    done = folder("check", "good.lab", "bad.lab", "worse.lab", status=1, good=HANDSHAKE,
                  bad="title x\nserver listn 8888\n", worse='title x\n\nclient send "x\n')
    assert done.stdout.startswith("good.lab: 3 steps, 2 expectations")
    bad, worse = done.stderr.splitlines()
    assert bad.startswith("wiretale: bad.lab:2: ") and "listen" in bad
    assert worse.startswith("wiretale: worse.lab:3: ")


def test_a_file_that_is_not_right_is_not_run_nor_any_with_it(folder):
    done = folder("run", "good.lab", "bad.lab", status=2, good=HANDSHAKE,
                  bad="title x\nserver listn 8888\n")
    assert done.stdout == "" and "bad.lab:2: " in done.stderr


REFUSED = [
    ([], "say what it is to do"),
    (["rnu"], "there is no rnu; did you mean run?"),
    (["frobnicate"], "there is no frobnicate; it knows list, show, check, run, try and score."),
    (["list", "x"], "list takes options only."),
    (["show"], "show takes the name of one experiment."),
    (["show", "a", "b"], "show takes the name of one experiment."),
    (["show", "clsoe-three"], "there is no experiment clsoe-three; did you mean close-three?"),
    (["show", "\x1b[31m"], "there is no experiment \\x1b[31m. See: wiretale lab list"),
    (["check"], "check takes files, one or more."),
    (["run"], "run takes names of experiments or files, or --all"),
    (["run", "--all", "handshake"], "run takes names and files, or --all: not both."),
    (["run", "nowhere.lab"], "nowhere.lab: No such file or directory"),
    (["run", "./nowhere"], "./nowhere: No such file or directory"),
    (["run", "."], "there is no experiment .. The file of that name is meant by ./."),
    (["run", "./."], "./.: Is a directory"),
    (["run", "handshake", "--jobs", "0"], "--jobs takes a number from 1 to 64."),
    (["run", "handshake", "--seed", "-1"], "--seed takes a whole number."),
    (["run", "handshake", "--backend", "wire"], "--backend knows tun and veth."),
    (["run", "handshake", "--save", ""], "--save takes the name of a folder."),
    (["run", "handshake", "--delay", "1s"], "--delay goes with try, not with run."),
    (["run", "handshake", "--brief", "--segments"], "--brief leaves out what --segments shows"),
    (["run", "handshake", "--brief", "--json"], "--brief is of the text; --json has no ladders."),
    (["list", "--brief"], "--brief goes with run or try, not with list."),
    (["list", "--save", "x"], "--save goes with run or try, not with list."),
    (["show", "--json", "handshake"], "--json goes with list or run or try or score,"),
    (["run", "handshake", "--markdown"], "--markdown goes with score, not with run."),
    (["score", "handshake", "--segments"], "--segments goes with run or try, not with score."),
    (["score", "--markdown", "--json"], "one of them."),
    (["score", "nowhere.lab"], "nowhere.lab: No such file or directory"),
    (["try", "--server", "true"], "try needs two commands"),
    (["try", "true", "true"], "try takes options only"),
    (["try", "--server", "true", "--client", "true", "--loss", "much"],
     "--loss takes a percentage, as in 1%, not 'much'."),
    (["try", "--server", "true", "--client", "true", "--delay", "1"],
     "--delay takes a time up to an hour, as in 20ms, not '1'."),
    (["try", "--server", "true", "--client", "true", "--delay", "1s loss 50%"],
     "--delay takes a time up to an hour, as in 20ms, not '1s loss 50%'."),
    (["try", "--server", "true", "--client", "true", "--cut-after", "soon"],
     "--cut-after takes a time up to an hour, as in 2s, not 'soon'."),
    (["try", "--server", "true", "--client", "true", "--restore-after", "5s"],
     "--restore-after goes with --cut-after."),
    (["try", "--server", "true", "--client", "true", "--cut-after", "5s", "--restore-after", "2s"],
     "it must be the longer one."),
    (["try", "--server", "true", "--client", "true", "--time-limit", "2h"],
     "--time-limit takes a time up to an hour"),
]


@pytest.mark.parametrize("arguments, sentence", REFUSED, ids=lambda value: None)
def test_a_wrong_command_line_is_refused_with_what_is_wrong(arguments, sentence):
    done = run(*arguments, status=2)
    assert sentence in done.stderr.replace("\n", " "), done.stderr
    assert done.stderr.startswith("wiretale: ") and done.stdout == ""


def test_a_file_that_is_too_long_is_refused(folder):
    done = folder("check", "long.lab", status=1, long=HANDSHAKE + "# \n" * 100000)
    assert "an experiment has at most 262144 bytes" in done.stderr


def test_what_stands_in_a_file_is_shown_harmlessly(folder):
    done = folder("show", "odd.lab", odd="title \x1b[31mred\x07\n\tclient close\n")
    assert done.stdout == "title \\x1b[31mred\\x07\n        client close\n"


def test_files_that_would_be_saved_under_one_name_are_refused(folder):
    done = folder("run", "--save", "out", "close.lab", "./close.lab", status=2, close=CLOSE)
    assert "two experiments are called close" in done.stderr
    assert not (folder.folder / "out").exists()


def test_a_folder_that_cannot_be_made_is_said(folder):
    (folder.folder / "file").write_text("")
    done = folder("run", "--save", "file", "close.lab", status=1, close=CLOSE)
    assert "--save file: that is no folder." in done.stderr
    done = folder("run", "--save", "no/folder", "close.lab", status=1, close=CLOSE)
    assert "--save no/folder: No such file or directory" in done.stderr
