"""Each option that --help names is taken, written in full and with its value."""

import pytest

from tables import NAMES, WIRETALE, WIRETALED, commands, everything, run

SURPLUS = ["x", "x", "x", "x", "x"]  # operands that no command takes: nothing is done

# A value that the option takes; what stands in --help where it is a word of a list.
VALUES = {
    "--server": "127.0.0.1:1", "--timeout": "1", "--seconds": "1", "--warm-up": "1", "--size": "64",
    "--listen": "127.0.0.1:0", "--classic": "127.0.0.1:0", "--keepalive": "1", "--log": "info",
    "--max-body": "1024", "--only": "closing.kind=reset", "--expect": "closing.kind=reset",
    "--as": "tshark", "--follow": "1", "--for": "1s", "--backend": "veth",
}  # fmt: skip


def given(option):
    return [f"--{option.name}", VALUES.get(f"--{option.name}", "1")] if option.needs_value else [
        f"--{option.name}"
    ]


ALL = [
    (name, option) for name in NAMES if name != "wiretale" for option in everything()[name].options
    if option.name not in ("help", "version")
]  # fmt: skip


@pytest.mark.parametrize("name, option", ALL, ids=lambda value: getattr(value, "name", value))
def test_each_option_of_help_is_read_and_handled(name, option):
    command = everything()[name]
    done = run(*command.words, *given(option), *SURPLUS, status=2)
    assert done.stderr.startswith("wiretale"), done
    assert "there is no option" not in done.stderr
    # Not of the option: of what was too much.
    assert "needs a value" not in done.stderr and "takes no value" not in done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_help_fits_80_columns_and_has_all_parts(name):
    text = everything()[name].help
    for line in text.splitlines():
        assert len(line) < 80, line
        assert line == line.rstrip(), line
    for part in ("Usage: wiretale", "\nOptions:\n", "\nExit status:\n  0 ", "\n  2 ", "\n  3 "):
        assert part in text, part
    assert "\nExample" in text
    assert "\n\n\n" not in text


@pytest.mark.parametrize("name", sorted(commands()))
def test_help_of_a_command_is_the_same_before_and_behind_it(name):
    text = everything()[name].help
    assert run(WIRETALE, "help", name).stdout == text
    assert run(WIRETALE, name, "-h").stdout == text


REFUSED = [
    (["time", "--cuont", "3"], "time: there is no option --cuont; did you mean --count?"),
    (["time", "--cou", "3"], "there is no option --cou; did you mean --count?"),
    (["time", "--cou=3"], "there is no option --cou; did you mean --count?"),
    (["time", "--c"], "there is no option --c; did you mean --count?"),
    (["listen", "--jo", "tea"], "there is no option --jo; did you mean --join?"),
    (["trace", "--s"], "there is no option --s."),
    (["time", "-json"], "there is no option -j; did you mean --json?"),
    (["time", "-x"], "there is no option -x."),
    (["time", "--count"], "--count needs a value: --count N."),
    (["time", "--cou"], "there is no option --cou"),
    (["time", "--json=yes"], "--json takes no value."),
    (["time", "--js=yes"], "there is no option --js"),
    (["time", "--=3"], "there is no option --=3."),
    (["time", "--\x1b[31m"], "there is no option --\\x1b[31m."),
    (["time", "-\x1b"], "there is no option -\\x1b."),
    (["time", "--" + "o" * 5000], "there is no option --ooo"),
    (["send", "3", "-x"], "there is no option -x."),
    (["tmie"], "there is no command tmie; did you mean time?"),
    (["help", "tmie"], "there is no command tmie; did you mean time?"),
    (["\x1b[31m"], "there is no command \\x1b[31m."),
    (["help", "time", "name"], "one thing at a time"),
    (["help", "--man", "tmie"], "there is no command tmie"),
    (["help", "--completion", "csh"], "bash, zsh or fish"),
]


@pytest.mark.parametrize("arguments, sentence", REFUSED)
def test_what_is_wrong_is_2_with_a_sentence(arguments, sentence):
    done = run(WIRETALE, *arguments, status=2)
    assert sentence in done.stderr and done.stdout == ""
    assert "\x1b" not in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_server_refuses_in_the_same_words():
    done = run(WIRETALED, "--lsten", ":1", status=2)
    assert done.stderr == (
        "wiretaled: there is no option --lsten; did you mean --listen? See: wiretaled --help\n"
    )


def test_two_hyphens_end_the_options():
    done = run(WIRETALE, "time", "--", "--json", status=2)
    assert '"--json" is one too many' in done.stderr


def test_an_option_may_stand_behind_an_operand_and_join_its_value():
    done = run(WIRETALE, "send", "3", "--server=", "hello", status=2)
    assert "--server" in done.stderr


def test_a_page_that_cannot_be_read_is_1_with_a_sentence(tmp_path):
    done = run(WIRETALE, "help", "--man", "time", str(tmp_path / "none"), status=1)
    assert "No such file" in done.stderr
    (tmp_path / "page").write_text("# NAME\n\n@NAEM@\n")
    done = run(WIRETALE, "help", "--man", "time", str(tmp_path / "page"), status=1)
    assert "@NAEM@ stands for nothing" in done.stderr and done.stdout == ""
