"""What `wiretale trace --report` writes: one page whose document holds what --json --segments,
--detail --json and --follow print, packed; whatever a capture holds, it stays inside of its
element. What there is no room for is counted and told. No half page ever has the name."""

import base64
import json
import os
import re
import resource
import subprocess

import pytest

import damaged
from frames import ACK, FIN, PSH, SYN, segment, write_pcap

WIRETALE = os.path.abspath(os.environ.get("WIRETALE", "build/wiretale"))
SANITIZED = bool(os.environ.get("WIRETALE_SANITIZED"))
PATIENCE = float(os.environ.get("WIRETALE_TEST_PATIENCE", "1"))
SECONDS = 50 * PATIENCE
START = 1_700_000_000_000_000_000
CLIENT, SERVER = ("10.0.0.1", 40000), ("10.0.0.2", 80)
PLACE = b'id="wiretale-document">'
MORE = b'</script>\n<script type="application/json" class="wiretale-document-more">'
OBEYED = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae]")
WHOLE_FRAME_BYTES = 2048
SEGMENTS_MAX, CONNECTIONS_MAX, SIDE_MAX = 20000, 5000, 65536

# A dozen of them, from every kind; all where there is time.
HOSTILE = {name: octets for name, octets, _ in damaged.hostile_captures()}
if not os.environ.get("WIRETALE_LONG") and not os.environ.get("WIRETALE_CORPUS"):
    HOSTILE = {name: HOSTILE[name] for name in list(HOSTILE)[::len(HOSTILE) // 12]}


def trace(folder, *arguments):
    return subprocess.run([WIRETALE, "trace", *map(str, arguments)], cwd=folder,
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS,
                          check=False)


@pytest.fixture(scope="module", autouse=True)
def needs_the_page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("empty")
    write_pcap(folder / "empty.pcap", [])
    done = trace(folder, "--report", "page.html", "empty.pcap")
    if done.returncode == 3:
        assert b"without its page" in done.stderr
        pytest.skip("this wiretale was built without its page")
    assert done.returncode == 0, done.stderr


def document_of(page):
    octets = page.read_bytes()
    begin = octets.rindex(PLACE) + len(PLACE)
    octets = octets.replace(MORE, b"")
    text = octets[begin:octets.index(b"</script>", begin)]
    assert b"<" not in text
    assert octets.rstrip().endswith(b"</html>")
    return json.loads(text.decode("utf-8"))


def report(folder, capture, *arguments, status=0):
    """The page's document, and how the run ended."""
    page = folder / "page.html"
    done = trace(folder, "--report", page, *arguments, capture)
    assert done.returncode == status, done.stderr
    return document_of(page), done


def lines(done):
    return [json.loads(line) for line in done.stdout.decode().splitlines()]


def of_type(objects, name):
    return [one for one in objects if one["type"] == name]


def without_carries(segments):
    return [{name: value for name, value in one.items() if name != "carries"} for one in segments]


def unpacked(document, frame):
    """Its layers as --detail --json tells them, as far as both do."""
    texts, kinds, fields = document["texts"], document["field_kinds"], document["fields"]
    for layer in frame["layers"]:
        yield {
            "name": layer["name"], "title": texts[layer["title"]],
            "summary": texts[layer["summary"]], "length": layer["length"],
            "fields": [(kinds[kind]["name"], kinds[kind]["title"], kinds[kind].get("defined", ""),
                        level, offset, octets, first_bit, bits, texts[value], texts[meaning])
                       for kind, level, offset, octets, first_bit, bits, value, meaning
                       in (fields[place][:8] for place in layer["fields"])]}


def told(detail):
    for layer in detail["layers"]:
        yield {
            "name": layer["name"], "title": layer.get("title", ""),
            "summary": layer.get("summary", ""), "length": layer.get("length", 0),
            "fields": [(field.get("name", ""), field.get("title", ""), field.get("defined", ""),
                        field["level"], field.get("offset", 0), field.get("bytes", 0),
                        field.get("first_bit", 0), field.get("bits", 0), field.get("value", ""),
                        field.get("meaning", "")) for field in layer["fields"]]}


def assert_fields_stand_where_they_say(document, frame, detail):
    octets = base64.b64decode(frame["bytes"])
    for layer, said in zip(frame["layers"], detail["layers"]):
        own = base64.b64decode(layer["bytes"]) if "bytes" in layer else None
        for field in said["fields"]:
            if "hex" not in field:
                continue
            wanted, offset = bytes.fromhex(field["hex"]), field["offset"]
            there = own[offset:] if own is not None else octets[layer["at"] + offset:]
            length = min(len(wanted), len(there))
            assert there[:length] == wanted[:length], (frame["frame"], field)


def assert_is_what_is_told(folder, capture):
    printed = trace(folder, "--json", "--segments", capture)
    document, done = report(folder, capture, "--json", "--segments", status=printed.returncode)
    objects = lines(printed)
    assert done.stdout == printed.stdout
    assert not OBEYED.search(done.stderr), done.stderr
    assert document["file"] == of_type(objects, "file")[0]
    assert document["connections"] == sorted(of_type(objects, "connection"),
                                             key=lambda one: one["number"])
    assert without_carries(document["segments"]) == of_type(objects, "segment")
    assert document["left_out"].keys() <= {"bytes", "stream_bytes"}
    details = {one["frame"]: one
               for one in of_type(lines(trace(folder, "--detail", "--json", capture)), "detail")}
    assert [one["frame"] for one in document["frames"]] == \
        [one["frame"] for one in document["segments"]]
    for frame in document["frames"]:
        detail = details[frame["frame"]]
        assert list(unpacked(document, frame)) == list(told(detail)), frame["frame"]
        assert frame.get("cut", False) == detail.get("cut", False)
        assert_fields_stand_where_they_say(document, frame, detail)
    return document


@pytest.mark.parametrize("name", HOSTILE)
def test_the_page_of_a_hostile_capture_holds_what_is_told_of_it(name, tmp_path):
    (tmp_path / "capture").write_bytes(HOSTILE[name])
    assert_is_what_is_told(tmp_path, "capture")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["capture", "page.html"]


def talk(said, client=CLIENT, time=START, close=True):
    """A connection; said: (speaker, bytes) in turns."""
    frames = [segment(client, SERVER, SYN, 999), segment(SERVER, client, SYN | ACK, 4999, 1000),
              segment(client, SERVER, ACK, 1000, 5000)]
    at = {client: 1000, SERVER: 5000}
    for speaker, octets in said:
        other = SERVER if speaker == client else client
        frames.append(segment(speaker, other, ACK | PSH, at[speaker], at[other], octets))
        at[speaker] += len(octets)
    if close:
        frames += [segment(client, SERVER, FIN | ACK, at[client], at[SERVER]),
                   segment(SERVER, client, FIN | ACK, at[SERVER], at[client] + 1),
                   segment(client, SERVER, ACK, at[client] + 1, at[SERVER] + 1)]
    return [(time + n * 1_000_000, frame) for n, frame in enumerate(frames)]


EVIL = b"</script><script>alert(1)</script><!-- \x1b]0;x\x07 \xff\xfe \xe2\x80\xa8 \x00"


def test_hostile_payload_stays_inside_of_its_element(tmp_path):
    write_pcap(tmp_path / "x.pcap", talk([(CLIENT, EVIL), (SERVER, EVIL)]))
    document = assert_is_what_is_told(tmp_path, "x.pcap")
    pieces = document["streams"][0]["pieces"]
    assert [base64.b64decode(piece["data"]) for piece in pieces] == [EVIL, EVIL]
    assert (tmp_path / "page.html").read_bytes().count(b"alert(1)</script>") == 0


def test_a_hostile_name_stays_inside_of_its_element(tmp_path):
    name = "</script><b>\u202e.pcap"
    (tmp_path / "y").mkdir()
    hostile = tmp_path / name.replace("/", "")
    write_pcap(hostile, talk([]))
    document, done = report(tmp_path, hostile)
    assert document["title"] == hostile.name
    assert not OBEYED.search(done.stderr)


def test_what_was_said_is_what_follow_shows(tmp_path):
    write_pcap(tmp_path / "x.pcap", talk([(CLIENT, b"GET"), (SERVER, bytes(range(256))),
                                          (SERVER, "Grüße".encode())]))
    document, _ = report(tmp_path, "x.pcap")
    chunks = of_type(lines(trace(tmp_path, "--follow", "1", "--json", "x.pcap")), "chunk")
    assert [(piece["from"], piece["frame"], piece["offset"], base64.b64decode(piece["data"]))
            for piece in document["streams"][0]["pieces"]] == \
        [(one["from"], one["frame"], one["offset"],
          one["data"].encode() if "data" in one else base64.b64decode(one["data_base64"]))
         for one in chunks]


@pytest.mark.parametrize("view", [[], ["--connections"], ["--segments"],
                                  ["--detail", "4"], ["--follow", "1"], ["--json"]])
def test_every_view_is_printed_as_without_a_page(view, tmp_path):
    write_pcap(tmp_path / "x.pcap", talk([(CLIENT, b"a"), (SERVER, b"b")]))
    alone = trace(tmp_path, *view, "x.pcap")
    document, done = report(tmp_path, "x.pcap", *view)
    assert done.stdout == alone.stdout
    assert len(document["segments"]) == 8
    assert b"page written: " in done.stderr


def test_only_what_is_asked_for_goes_in(tmp_path):
    frames = []
    for n in range(4):
        said = [(CLIENT, b"x")] if n % 2 else []
        client = (CLIENT[0], CLIENT[1] + n)
        frames += talk([(client, octets) for _, octets in said], client, START + n * 10**9)
    write_pcap(tmp_path / "x.pcap", frames)
    document, done = report(tmp_path, "x.pcap", "--only", "from_client.bytes=1")
    assert [one["number"] for one in document["connections"]] == [2, 4]
    assert {one["connection"] for one in document["segments"]} == {2, 4}
    assert [one["connection"] for one in document["streams"]] == [2, 4]
    assert document["left_out"] == {}
    assert b"(2 connections, 14 segments)" in done.stderr


def test_the_first_segments_stay_and_the_rest_is_told(tmp_path):
    said = [(SERVER, b"x" * 8)] * (SEGMENTS_MAX + 294)
    write_pcap(tmp_path / "x.pcap", talk(said))
    document, done = report(tmp_path, "x.pcap", "--stats")
    assert len(document["segments"]) == SEGMENTS_MAX
    assert document["segments"][-1]["frame"] == SEGMENTS_MAX
    assert document["left_out"]["segments"] == 300
    assert "frames" not in document["left_out"]
    assert b"300 segments" in done.stderr and b"--only" in done.stderr
    # In one element it would take some browsers minutes.
    parts = (tmp_path / "page.html").read_bytes().split(MORE)
    assert len(parts) > 10 and max(map(len, parts[1:])) < 1 << 20


def test_the_first_connections_stay_and_the_rest_is_told(tmp_path):
    frames = []
    for n in range(CONNECTIONS_MAX + 20):
        client = (f"10.1.{n // 200}.{n % 200 + 1}", 40000)
        frames += talk([], client, START + n * 10**7, close=n % 3 > 0)
    write_pcap(tmp_path / "x.pcap", frames)
    document, done = report(tmp_path, "x.pcap", "--stats")
    assert [one["number"] for one in document["connections"]] == \
        list(range(1, CONNECTIONS_MAX + 1))
    assert document["left_out"]["connections"] == 20
    assert {one["connection"] for one in document["segments"]} <= \
        set(range(1, CONNECTIONS_MAX + 1))
    assert b"20 connections" in done.stderr
    counts = {one["number"]: one["from_client"]["segments"] + one["from_server"]["segments"]
              for one in document["connections"]}
    assert len(document["segments"]) == min(SEGMENTS_MAX, sum(counts.values()))


def test_of_a_long_conversation_the_beginning_stays(tmp_path):
    write_pcap(tmp_path / "x.pcap", talk([(SERVER, b"y" * 1000)] * 100))
    document, _ = report(tmp_path, "x.pcap")
    stream = document["streams"][0]
    kept = b"".join(base64.b64decode(piece["data"]) for piece in stream["pieces"])
    assert kept == b"y" * SIDE_MAX
    assert stream["left_out"] == {"client": 0, "server": 100_000 - SIDE_MAX}
    assert document["left_out"] == {"stream_bytes": 100_000 - SIDE_MAX}


def test_the_end_of_a_long_frame_is_cut_off_and_counted(tmp_path):
    write_pcap(tmp_path / "x.pcap", talk([(SERVER, b"z" * 5000)]))
    document, _ = report(tmp_path, "x.pcap")
    frame = document["frames"][3]
    assert len(base64.b64decode(frame["bytes"])) == WHOLE_FRAME_BYTES
    assert frame["captured"] == frame["length"] == 5054
    assert document["left_out"] == {"bytes": 5054 - WHOLE_FRAME_BYTES}


def test_a_capture_of_many_long_gaps_needs_bounded_memory(tmp_path):
    """Each of 400 connections keeps what waits beyond a gap: 400 times 120 kB."""
    frames = []
    for n in range(400):
        client = (f"10.2.{n // 200}.{n % 200 + 1}", 40000)
        frames += talk([(client, b"a")], client, START + n * 10**7, close=False)
        frames += [(START + n * 10**7 + 9 * 10**6,
                    segment(client, SERVER, ACK, 2000 + k * 60000, 5000, b"b" * 60000))
                   for k in range(2)]
    write_pcap(tmp_path / "x.pcap", frames)

    def bound_memory():
        if not SANITIZED:
            resource.setrlimit(resource.RLIMIT_DATA, (200 << 20, 200 << 20))

    done = subprocess.run([WIRETALE, "trace", "--stats", "--report", "page.html", "x.pcap"],
                          cwd=tmp_path, capture_output=True, timeout=SECONDS, check=False,
                          preexec_fn=bound_memory)
    assert done.returncode == 0, done.stderr
    assert len(document_of(tmp_path / "page.html")["streams"]) == 400


def test_no_half_page_has_the_name(tmp_path):
    (tmp_path / "page.html").write_text("as it was")
    done = trace(tmp_path, "--report", "page.html", "no-such.pcap")
    assert done.returncode == 1
    assert (tmp_path / "page.html").read_text() == "as it was"
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


def test_a_page_that_cannot_be_written_is_told_before_anything_is_read(tmp_path):
    write_pcap(tmp_path / "x.pcap", talk([]))
    done = trace(tmp_path, "--report", "no/such/folder/page.html", "x.pcap")
    assert done.returncode == 1
    assert done.stdout == b""
    assert re.search(rb"--report no/such/folder/page\.html:\s+its folder is not there", done.stderr)


def test_a_full_disk_is_told(tmp_path):
    write_pcap(tmp_path / "x.pcap", talk([]))
    done = trace(tmp_path, "--report", "/dev/full", "x.pcap")
    assert done.returncode == 1
    assert b"No space left on device; no page was written" in b" ".join(done.stderr.split())


def test_the_capture_itself_is_not_overwritten(tmp_path):
    write_pcap(tmp_path / "x.pcap", talk([]))
    before = (tmp_path / "x.pcap").read_bytes()
    done = trace(tmp_path, "--report", "./x.pcap", "x.pcap")
    assert done.returncode == 1
    assert b"that is the capture to be read" in b" ".join(done.stderr.split())
    assert (tmp_path / "x.pcap").read_bytes() == before


@pytest.mark.parametrize("arguments", [["--report", "-"],
                                       ["--report", "out", "--write", "out"]])
def test_names_that_cannot_be_a_page_are_wrong_usage(arguments, tmp_path):
    write_pcap(tmp_path / "x.pcap", talk([]))
    done = trace(tmp_path, *arguments, "x.pcap")
    assert done.returncode == 2
    assert b"--report" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["x.pcap"]


def test_a_capture_from_a_pipe_has_a_page_too(tmp_path):
    write_pcap(tmp_path / "x.pcap", talk([(CLIENT, b"a")]))
    for only in ([], ["--only", "number=1"]):
        with open(tmp_path / "x.pcap", "rb") as capture:
            done = subprocess.run([WIRETALE, "trace", "--report", "page.html", *only, "-"],
                                  cwd=tmp_path, stdin=capture, capture_output=True,
                                  timeout=SECONDS, check=False)
        assert done.returncode == 0, done.stderr
        document = document_of(tmp_path / "page.html")
        assert document["title"] == "standard input"
        assert len(document["segments"]) == 7
