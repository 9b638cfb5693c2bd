"""Man pages: one for each command, with all of its options, and clean to the formatter."""

import re
import shutil

import pytest

from tables import NAMES, SOURCE, WIRETALE, everything, run

SECTIONS = {"libwiretale": "3", "wiretaled": "8"}
PAGES = [*(everything()[name].page for name in NAMES), "libwiretale"]

needs_scdoc = pytest.mark.skipif(not shutil.which("scdoc"), reason="scdoc makes the pages")
needs_groff = pytest.mark.skipif(not shutil.which("groff"), reason="groff shows them")


def source(page):
    """The page in scdoc's language, as the build makes it."""
    path = SOURCE / "man" / f"{page}.{SECTIONS.get(page, '1')}.scd"
    if page == "libwiretale":
        return path.read_text()
    template = [str(path)] if path.exists() else []
    return run(WIRETALE, "help", "--man", page.removeprefix("wiretale-"), *template).stdout


def roff(page):
    return run(str(SOURCE / "man" / "render.sh"), "scdoc", text=source(page)).stdout


@needs_scdoc
@needs_groff
@pytest.mark.parametrize("page", PAGES)
def test_it_is_clean_and_fits_80_columns(page):
    shown = run("groff", "-man", "-ww", "-Tutf8", "-P-c", "-rLL=78n", text=roff(page))
    assert shown.stderr == ""
    text = re.sub("\x1b\\[[0-9;]*m|.\b", "", shown.stdout)
    for line in text.splitlines():
        assert len(line) <= 80, line
    for heading in ("NAME", "SYNOPSIS", "DESCRIPTION", "EXAMPLES", "SEE ALSO"):
        assert re.search(f"^{heading}$", text, re.M), heading
    # Nothing of the markup is left over.
    assert not re.search(r"^ *@[A-Z]+@$", text, re.M)
    assert "*--" not in text and "```" not in text


@needs_scdoc
@pytest.mark.parametrize("name", NAMES)
def test_it_has_every_option_with_hyphens_that_can_be_copied(name):
    command = everything()[name]
    text = re.sub(r"\\f[BIR]", "", roff(command.page))
    for option in command.options:
        written = f"--{option.name}".replace("-", r"\-")
        if option.value:
            written += (" {}" if option.needs_value else "[={}]").format(
                option.value.replace("-", r"\-")
            )
        if option.letter:
            written = rf"\-{option.letter}, {written}"
        assert re.search(rf"^{re.escape(written)}$", text, re.M), written
    # A line of the page that is not a request has no hyphen that groff would embellish.
    for line in text.splitlines():
        if not line.startswith((".", "'")):
            assert not re.search(r"(?<!\\)-", line), line


def test_every_command_has_a_page_that_is_installed():
    listed = set(re.findall(r"^  '([\w-]+)': '\d'", (SOURCE / "man/meson.build").read_text(), re.M))
    assert listed == set(PAGES)
    for path in (SOURCE / "man").glob("*.scd"):
        assert path.name.rsplit(".", 2)[0] in listed, path


def test_the_overview_lists_every_command_with_its_summary():
    text = source("wiretale")
    for name in NAMES:
        if everything()[name].page.startswith("wiretale-"):
            assert f"*wiretale-{name}*(1)" in text
