"""`make demo`: each function, a pulled cable, and commands to go on with that work."""

import subprocess
from pathlib import Path

import pytest

from lab import SECONDS, WIRETALE, environment, transcript, undisturbed
from page_document import document

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = Path(WIRETALE).parent


def shell(*command):
    return subprocess.run(command, cwd=ROOT, env=environment(), text=True, check=False,
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS)


def check_functions():
    done = shell("tools/demo", FOLDER)
    assert done.returncode == 0, done
    told = transcript(done.stdout)
    typed = {who: [text for whose, mark, text in told if whose == who and mark == ">"]
             for who in ("ann", "bob")}
    assert {*"1345620"} <= {*typed["ann"], *typed["bob"]}
    at = [told.index(("cable", "*", "cut")), told.index(("cable", "*", "restored"))]
    asked = told.index(("ann", ">", "send @bob Is anybody there?"))
    heard = next(i for i, (who, mark, text) in enumerate(told)
                 if who == "bob" and mark == "|" and "Is anybody there?" in text)
    verdict = next(i for i, (who, _, text) in enumerate(told)
                   if i > asked and who == "ann" and "delivered" in text)
    # A machine that stands still as the message leaves pulls the cable too late.
    assert [asked, *at, heard, verdict] == sorted([asked, *at, heard, verdict])


@pytest.mark.deadline(120)
@pytest.mark.usefixtures("possible")
def test_the_demo_shows_each_function_on_a_cable_that_is_pulled():
    undisturbed(check_functions)


@pytest.mark.usefixtures("possible")
def test_the_commands_that_it_ends_with_work():
    done = shell("tools/demo", FOLDER)
    commands = [line.split() for line in done.stdout.splitlines()
                if line.startswith(f"  {FOLDER}/wiretale ")]
    assert [command[1] for command in commands] == ["trace", "trace", "lab"]
    for command in commands[:2]:
        told = shell(*command)
        assert told.returncode == 0 and told.stderr == "", told
    assert shell(commands[2][0], "lab", "show", commands[2][3]).returncode == 0


def page_in(out):
    """The page that the last line leads to; None: there is none, and nothing is said of one."""
    last = out.strip().splitlines()[-1]
    if "as a page" not in out:
        return None
    name = last.removeprefix("All of it as a page, segment by segment: open ")
    return ROOT / name.removesuffix(" in a browser.")


@pytest.mark.usefixtures("possible")
def test_its_last_line_leads_to_a_page_of_what_happened():
    done = shell("tools/demo", FOLDER)
    assert done.returncode == 0, done
    page = page_in(done.stdout)
    if not page:
        assert "--report" in done.stderr
        pytest.skip(done.stderr.splitlines()[0])
    told = document(page)["experiment"]
    assert told["name"] == "demo" and told["passed"] is True


def test_without_a_lab_it_goes_over_loopback():
    done = shell("tools/demo-loopback", FOLDER)
    assert done.returncode == 0 and "All seven functions were shown." in done.stdout, done
    page = page_in(done.stdout)
    if page:
        told = document(page)["connections"]
        assert [connection["protocol"] for connection in told] == ["wiretale", "wiretale"]
