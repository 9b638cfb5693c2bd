"""`wiretale lab run --report` and `try --report`: pages, and the index that leads to them."""

import json
import os
import re
import urllib.parse

import pytest

from lab import CLOSE, HANDSHAKE, run
from page_document import Index, document, said

HOSTILE = """title </script><script>alert(1)</script> & "quotes"
question Is <b>this</b> a <!-- comment?
server run printf '</script><script>alert(2)</script>\\n\\033[31mred\\377\\n'
server exits 0
server listen 8888
client connect 8888
server accept
client send "</script><script>alert(3)</script>"
server receive "</script><script>alert(3)</script>"
expect opening.kind=handshake
explain
  </script><script>alert(4)</script>
"""

LOSSY = """title A segment is lost, one is doubled, one is damaged
cable drop client data 2 once
cable duplicate client data 3 once
cable corrupt client data 4 once
server listen 8888
client connect 8888
server accept
client option TCP_NODELAY 1
client send "one"
server receive "one"
client send "two"
server receive "two"
client send "three"
server receive "three"
client send "four"
server receive "four"
client close
server receive end
server close
wait until quiet
expect closing.first=client
"""

FAILS = """title An expectation that does not hold
server listen 8888
client connect 8888
server accept
expect closing.kind=orderly-3
"""


@pytest.fixture(scope="session")
def pages_possible(possible):
    """Skips where wiretale was built without the page."""
    done = run("run", "first.lab", "--report", "possible.html", status=None, cwd=possible)
    if done.returncode == 3:
        pytest.skip(done.stderr.strip())
    return possible


@pytest.fixture(name="lab")
def pages(lab, pages_possible):  # pylint: disable=unused-argument
    return lab


def rows_of(lines, kind):
    return [line for line in lines if line["type"] == kind]


def check_same(told, rows):
    """What --json says is in the page, the same or more."""
    assert len(told) == len(rows)
    for more, row in zip(told, rows):
        for key, value in row.items():
            if key == "kernel":
                assert {name: more[key][name] for name in value} == value
            else:
                assert more[key] == value, key


def check_page(page, lines):
    check_same(page["connections"], sorted(rows_of(lines, "connection"),
                                           key=lambda row: row["number"]))
    check_same(page["segments"], rows_of(lines, "segment"))
    check_same([page["experiment"]], rows_of(lines, "experiment"))
    assert page["type"] == "report" and page["version"] == 1
    frames = [frame["frame"] for frame in page["frames"]]
    assert frames == sorted({segment["frame"] for segment in page["segments"]})
    assert [stream["connection"] for stream in page["streams"]] == \
        [connection["number"] for connection in page["connections"]]
    check_places(page)


def check_places(page):
    """Every place in a list is one that is there."""
    kinds, texts, shared = len(page["field_kinds"]), len(page["texts"]), page["fields"]
    assert page["texts"][0] == ""
    for frame in page["frames"]:
        for layer in frame["layers"]:
            assert layer["title"] < texts and layer["summary"] < texts
            for field in layer["fields"]:
                own = shared[field] if isinstance(field, int) else field
                assert own[0] < kinds and all(text < texts for text in own[6:])


@pytest.mark.parametrize("name", ["close-simultaneous", "loss-timeout", "refused", "relay-send",
                                  "time-wait-reuse"])
def test_a_page_says_what_json_says(lab, name):
    lines = lab.json("run", name, "--segments", "--report", "page.html")
    page = document(lab.folder / "page.html")
    check_page(page, lines)
    assert page["source"] == "lab" and page["title"] == page["experiment"]["title"]
    assert page["experiment"]["script"] == run("show", name).stdout
    assert page["experiment"]["question"]
    assert not any(page["left_out"].values())


def test_the_report_changes_nothing_of_what_is_printed(lab):
    lab("run", "close.lab", "--json", "--segments", "--report", "page.html", close=CLOSE)
    lines = lab.json("run", "close.lab", "--segments")
    for line in lines:
        assert not {"carries", "steps", "script", "question"} & line.keys()
        assert not [key for key in line.get("kernel", {}) if key.endswith("_info")]


def test_kernels_tell_more_in_a_page(lab):
    lab("run", "close.lab", "--report", "page.html", close=CLOSE)
    kernels = [segment["kernel"] for segment in document(lab.folder / "page.html")["segments"]
               if "kernel" in segment]
    infos = [info for kernel in kernels for at in ("sent_info", "delivered_info")
             for info in kernel.get(at, {}).values()]
    assert any(info.get("cwnd") == 10 for info in infos)
    assert any(info.get("timer") == "time-wait" and 0 < info["timer_left"] <= 60
               for info in infos)
    assert all("ssthresh" not in info or info["ssthresh"] < 0x7fffffff for info in infos)


def test_steps_are_told_as_they_ran(lab):
    lab("run", "close.lab", "--report", "page.html", close=CLOSE)
    page = document(lab.folder / "page.html")
    steps = page["experiment"]["steps"]
    lines = CLOSE.splitlines()
    for step in steps:
        assert lines[step["line"] - 1].startswith(step["text"])
        assert step["done"] and step["held"]
        if step["kind"] != "expect":
            assert 0 <= step["began"] <= step["ended"] <= page["experiment"]["duration"]
    by_text = {step["text"]: step for step in steps}
    assert by_text["cable delay 5ms"]["kind"] == "cable"
    assert "host" not in by_text["cable delay 5ms"]
    assert by_text['client send "get"'] == {**by_text['client send "get"'], "host": "client",
                                            "kind": "socket", "connection": 1}
    assert by_text["wait until client TIME_WAIT"]["kind"] == "clock"
    assert by_text["expect closing.kind=orderly-4 closing.first=client"]["kind"] == "expect"


def test_losses_copies_and_damage_are_told(lab):
    lines = lab.json("run", "lossy.lab", "--segments", "--report", "page.html", lossy=LOSSY)
    page = document(lab.folder / "page.html")
    check_page(page, lines)
    lost = [segment for segment in page["segments"] if "lost" in segment]
    copies = [segment for segment in page["segments"] if "copy_of" in segment]
    changed = [segment for segment in page["segments"] if segment.get("changed")]
    assert len(lost) == len(copies) == len(changed) == 1
    frame = next(row for row in page["frames"] if row["frame"] == changed[0]["frame"])
    assert "bad" in [checksum["verdict"] for checksum in frame["checksums"]]
    assert said(page["streams"][0], "client") == b"onetwothreefour"


def test_hostile_words_stay_words(lab):
    lines = lab.json("run", "hostile.lab", "--segments", "--report", "page.html", status=None,
                     hostile=HOSTILE)
    page = document(lab.folder / "page.html")
    check_page(page, lines)
    assert page["title"] == '</script><script>alert(1)</script> & "quotes"'
    assert "</script><script>alert(2)</script>" in page["experiment"]["programs"][0]["output"]
    assert said(page["streams"][0], "client") == b"</script><script>alert(3)</script>"
    text = (lab.folder / "page.html").read_text(encoding="utf-8")
    assert "alert(1)" in text and "<script>alert" not in text


def test_an_index_leads_to_each_page(lab):
    names = ["close", "fails", "hostile"]
    done = lab("run", "handshake", *[f"{name}.lab" for name in names], "--report", "pages",
               status=1, close=CLOSE, fails=FAILS, hostile=HOSTILE)
    index = Index(lab.folder / "pages" / "index.html")
    files = {urllib.parse.unquote(link) for link in index.links}
    assert files == {f"{name}.html" for name in ["handshake", *names]}
    assert {file.name for file in (lab.folder / "pages").iterdir()} == {*files, "index.html"}
    for name in ["handshake", *names]:
        page = document(lab.folder / "pages" / f"{name}.html")
        assert page["experiment"]["name"] == name
        assert sum(page["title"] in row for row in index.rows) == 1
        assert page["experiment"]["passed"] is ("PASS  " + name in done.stdout)
    # The one script is the index's own, which asks for the browser's language.
    assert index.tags["script"] == 1 and "b" not in index.tags
    row = next(row for row in index.rows if "An expectation" in row)
    assert "failed" in row and "closing.kind is open" in row and "three-way handshake" in row
    assert "What a course asks" in index.text and "课程实验" in index.text


def test_all_that_comes_with_it_has_a_place_in_the_index(lab):
    done = lab("run", "handshake", "refused", "demo", "--report", "pages/", "--json")
    index = Index(lab.folder / "pages" / "index.html")
    assert index.links == ["demo.html", "handshake.html", "refused.html"]
    assert len({json.loads(line)["experiment"] for line in done.stdout.splitlines()}) == 3


def test_the_index_keeps_what_earlier_runs_left_while_its_page_is_there(lab):
    done = lab("run", "handshake", "refused", "fails.lab", "close.lab", "--report", "pages",
               status=1, fails=FAILS, close=CLOSE)
    assert "and 4 that it leads to" in done.stderr and "earlier" not in done.stderr
    (lab.folder / "pages" / "close.html").unlink()
    done = lab("run", "refused", "--report", "pages")
    assert "and 1 that it leads to, beside 2 of earlier runs" in " ".join(done.stderr.split())
    index = Index(lab.folder / "pages" / "index.html")
    assert index.links == ["handshake.html", "refused.html", "fails.html"]
    assert "2 of 3 passed" in index.text
    text = (lab.folder / "pages" / "index.html").read_text()
    assert re.findall(r'<tr role="row" class="earlier" data-experiment="([^"]*)"', text) == [
        "handshake", "fails"]
    # Passed now: it is no longer told as failed.
    lab("run", "fails.lab", "--report", "pages", fails=CLOSE)
    assert "3 of 3 passed" in Index(lab.folder / "pages" / "index.html").text


def test_one_experiment_goes_into_a_folder_that_is_there(lab):
    (lab.folder / "pages").mkdir()
    lab("run", "first.lab", "--report", "pages", first=HANDSHAKE)
    assert document(lab.folder / "pages" / "first.html")["experiment"]["passed"] is True
    assert Index(lab.folder / "pages" / "index.html").links == ["first.html"]


def test_captures_and_a_page_at_a_time(lab):
    lab("run", "close.lab", "--save", "captures", "--report", "page.html", close=CLOSE)
    page = document(lab.folder / "page.html")
    assert page["experiment"]["saved"] == [
        f"captures/close-{place}.pcapng" for place in ("client", "server", "cable")]
    for name in page["experiment"]["saved"]:
        assert (lab.folder / name).exists()


def test_a_page_that_stands_there_is_replaced(lab):
    (lab.folder / "page.html").write_text("old")
    lab("run", "first.lab", "--report", "page.html", first=HANDSHAKE)
    assert document(lab.folder / "page.html")["experiment"]["name"] == "first"
    assert {file.name for file in lab.folder.iterdir()} == {"first.lab", "page.html"}


def test_a_page_that_cannot_be_written_is_a_failure(lab):
    done = lab("run", "first.lab", "--report", "/dev/full", status=1, first=HANDSHAKE)
    assert "first: FAILED: its page was not written: /dev/full: No space left on device" in \
        " ".join(done.stdout.split())
    done = lab("run", "first.lab", "--report", "/dev/full", "--json", status=1)
    assert json.loads(done.stdout.splitlines()[-1])["passed"] is False
    assert "its page was not written" in done.stderr


def test_an_index_that_has_no_room_says_so(lab):
    (lab.folder / "pages").mkdir()
    (lab.folder / "pages" / "index.html").symlink_to("/dev/full")
    done = lab("run", "first.lab", "--report", "pages", status=1, first=HANDSHAKE)
    assert "pages/index.html: No space left on device" in done.stderr
    assert (lab.folder / "pages" / "first.html").exists()


def test_a_page_that_has_no_place_is_refused_before_anything_runs(lab):
    done = lab("run", "first.lab", "--report", "no/page.html", status=1, first=HANDSHAKE)
    assert "--report no/page.html: its folder is not there" in done.stderr
    assert done.stdout == "" and {file.name for file in lab.folder.iterdir()} == {"first.lab"}


def test_a_folder_that_cannot_be_written_is_refused_before_anything_runs(lab):
    (lab.folder / "file").write_text("")
    done = lab("run", "first.lab", "handshake", "--report", "file", status=1, first=HANDSHAKE)
    assert "--report file: that is no folder." in done.stderr and done.stdout == ""
    if os.geteuid() != 0:
        (lab.folder / "locked").mkdir(mode=0o500)
        done = lab("run", "first.lab", "--report", "locked", status=1)
        assert "--report locked: Permission denied" in done.stderr and done.stdout == ""


def test_an_index_of_somebody_else_stays(lab):
    (lab.folder / "course").mkdir()
    (lab.folder / "course" / "index.html").write_text("<h1>My course</h1>")
    done = lab("run", "first.lab", "handshake", "--report", "course", status=1, first=HANDSHAKE)
    assert "course/index.html is there already, and not known as one of ours" in done.stderr
    assert done.stdout == "" and (lab.folder / "course" / "index.html").read_text() == \
        "<h1>My course</h1>"
    lab("run", "first.lab", "handshake", "--report", "pages")
    lab("run", "first.lab", "--report", "pages/")
    assert Index(lab.folder / "pages" / "index.html").links == ["handshake.html", "first.html"]


def test_names_that_would_meet_are_refused(lab):
    done = lab("run", "first.lab", "./first.lab", "--report", "pages", status=2, first=HANDSHAKE)
    assert "two experiments are called first" in done.stderr
    done = lab("run", "index.lab", "--report", "pages/", status=2, index=HANDSHAKE)
    assert "would have the name of the index" in " ".join(done.stderr.split())
    lab("run", "index.lab", "--report", "one.html")
    assert document(lab.folder / "one.html")["experiment"]["name"] == "index"


def test_two_programs_have_a_page(lab):
    tool = "python3 -c 'import socket; {}'"
    server = tool.format("s=socket.create_server((\"\", 7000)); c=s.accept()[0]; "
                         "c.sendall(c.recv(9)); c.recv(9)")
    client = tool.format("c=socket.create_connection((\"server\", 7000)); "
                         "c.sendall(b\"</script>\"); c.recv(9)")
    lines = lab.json("try", "--server", server, "--client", client, "--segments", "--report",
                     "try.html")
    page = document(lab.folder / "try.html")
    check_page(page, lines)
    assert page["source"] == "try" and server in page["title"] and client in page["title"]
    assert "script" not in page["experiment"]
    stream = page["streams"][0]
    assert said(stream, "client") == said(stream, "server") == b"</script>"


@pytest.mark.parametrize("name", ["-", ""])
def test_a_page_needs_the_name_of_a_file(folder, name):
    done = folder("run", "handshake", "--report", name, status=2)
    assert "--report takes the name of a file, or of a folder." in done.stderr
