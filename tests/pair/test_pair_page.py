"""`wiretale trace A B --report`: a page of both ends, on simulated links whose truth is known."""

import pytest

from link import MS, SECOND, Clock, Link, Segment, Way
from page_document import document, said
from told import Told, run

LOSSY = {"there": Way(loss=.05, jitter=2 * MS), "back": Way(delay=12 * MS, loss=.05, jitter=MS)}
TALK = {"script": [(0, 30000), (50000, 20000)], "answer": [(30000, 50000), (50000, 10000)]}
DRIFTED = 1e-4  # seconds; what half a minute of a drift that is not proven may make up


@pytest.fixture(autouse=True, scope="session")
def possible(tmp_path_factory):
    """Skips where wiretale was built without the page."""
    folder = tmp_path_factory.mktemp("possible")
    paths = Link().run().write(folder)
    done = run(*paths, "--report", folder / "page.html", status=None)
    if done.returncode == 3:
        pytest.skip(done.stderr.decode().strip())


def page_of(folder, *paths, status=0):
    run(*paths, "--report", folder / "page.html", status=status)
    return document(folder / "page.html")


def side_of(segment):
    return int(segment["from"] == "server")


def check_truth(page, link):
    """Each segment once, with both frames, and both times as well as the clocks are known."""
    within = page["pair"][-1]["clock"]["within"] + DRIFTED
    truth = {(segment.side, segment.sent_frame): segment for segment in link.segments}
    told = {(side_of(segment), segment["sent_frame"]): segment for segment in page["segments"]
            if "sent_frame" in segment}
    assert told.keys() == truth.keys()
    start = min(segment.sent for segment in link.segments)
    for key, segment in told.items():
        true = truth[key]
        assert ("lost" in segment) == true.lost
        assert abs(segment["sent"] - (true.sent - start) / SECOND) < within
        if not true.lost:
            at = true.arrived_frames.index(segment["delivered_frame"])
            assert abs(segment["delivered"] - (true.arrivals[at] - start) / SECOND) < within
            assert segment["delivered"] >= segment["sent"]


def check_times(page, told):
    """The very times of --json."""
    rows = {(side_of(row), row["sent_frame"]): row for row in told.segments if "sent_frame" in row}
    for segment in page["segments"]:
        row = rows.pop((side_of(segment), segment["sent_frame"]))
        assert segment["sent"] == float(row["sent"])
        assert segment.get("delivered") == (float(row["delivered"]) if "delivered" in row else None)
        assert [segment[key] for key in ("flags", "seq", "length")] == \
            [row[key] for key in ("flags", "seq", "length")]
    assert not rows


def check_order(page):
    moments = [segment.get("sent", segment.get("delivered")) for segment in page["segments"]]
    assert moments == sorted(moments)
    frames = [frame["frame"] for frame in page["frames"]]
    assert frames == sorted(frames)
    assert set(frames) == {segment["frame"] for segment in page["segments"]}
    assert len(frames) == len(page["segments"])


@pytest.mark.parametrize("clocks", [(Clock(), Clock()), (Clock(7), Clock(-3_214_067_000)),
                                    (Clock(0, 20e-6), Clock(10**15, -50e-6))])
def test_times_of_both_ends_are_put_on_one_clock(tmp_path, clocks):
    link = Link(seed=3, clocks=clocks, **LOSSY).run(**TALK)
    paths = link.write(tmp_path)
    page = page_of(tmp_path, *paths)
    assert page["source"] == "pair" and page["title"] == "client.pcap, server.pcap"
    check_order(page)
    check_truth(page, link)
    check_times(page, Told(*paths))


def test_the_lost_ones_are_those_that_json_tells(tmp_path):
    link = Link(seed=11, **LOSSY).run(**TALK)
    paths = link.write(tmp_path)
    page = page_of(tmp_path, *paths)
    told = Told(*paths)
    lost = [segment for segment in page["segments"] if "lost" in segment]
    assert {(side_of(segment), segment["sent_frame"]) for segment in lost} == told.lost()
    assert {segment["lost"] for segment in lost} == {"between the captures"}
    assert len([line for line in page["pair"] if line["type"] == "pair"]) == len(told.pairs)
    assert page["pair"][-1]["type"] == "captures"


def test_what_only_the_server_saw_stands_behind_the_clients_frames(tmp_path):
    link = Link(seed=5, **LOSSY).run(**TALK)
    page = page_of(tmp_path, *link.write(tmp_path))
    lost = {segment.sent_frame for segment in link.segments
            if segment.lost and segment.side == 1}
    aside = [segment for segment in page["segments"] if segment["frame"] > 1000]
    assert lost and {segment["frame"] - 1000 for segment in aside} == lost
    frames = {frame["frame"]: frame for frame in page["frames"]}
    assert all(frames[segment["frame"]]["bytes"] for segment in aside)
    assert not any(page["left_out"].values())


def test_what_was_said_is_what_arrived(tmp_path):
    link = Link(seed=8, **LOSSY).run(**TALK)
    page = page_of(tmp_path, *link.write(tmp_path))
    assert [stream["connection"] for stream in page["streams"]] == [1]
    assert said(page["streams"][0], "client") == link.bytes_of(0, 0, 50000)
    assert said(page["streams"][0], "server") == link.bytes_of(1, 0, 60000)


def test_files_the_other_way_round_give_the_same_page(tmp_path):
    link = Link(seed=5, **LOSSY).run(**TALK)
    client, server = link.write(tmp_path)
    one, other = page_of(tmp_path, client, server), page_of(tmp_path, server, client)
    assert one["connections"] == other["connections"]
    assert len(one["segments"]) == len(other["segments"])
    check_truth(other, link)
    check_order(other)


def test_one_capture_twice_has_a_page(tmp_path):
    link = Link(seed=2).run(**TALK)
    client, _ = link.write(tmp_path)
    page = page_of(tmp_path, client, client)
    assert len(page["segments"]) == len(link.segments)


def test_strangers_have_none(tmp_path):
    client, _ = Link(seed=2).run().write(tmp_path, names=("a.pcap", "b.pcap"))
    other, _ = Link(seed=9, client=("192.0.2.9", 9), isns=(5, 6)).run().write(
        tmp_path, names=("c.pcap", "d.pcap"))
    done = run(client, other, "--report", tmp_path / "page.html", status=1)
    assert b"no connection is in both captures" in done.stderr.replace(b"\n", b" ")
    assert not (tmp_path / "page.html").exists()


def test_a_capture_is_not_replaced_by_its_page(tmp_path):
    paths = Link(seed=2).run().write(tmp_path)
    before = paths[1].read_bytes()
    done = run(*paths, "--report", paths[1], status=2)
    assert b"that is a capture to be read" in done.stderr.replace(b"\n", b" ")
    assert paths[1].read_bytes() == before


def test_standard_input_cannot_be_read_twice(tmp_path):
    client, _ = Link().run().write(tmp_path)
    done = run(client, "-", "--report", tmp_path / "page.html", status=2)
    assert b"reads both captures twice" in done.stderr


def test_hostile_bytes_stay_bytes(tmp_path):
    words = b"</script><script>alert(1)</script>"
    link = Link(seed=4).run(script=[(0, len(words))], answer=[(len(words), 1)])
    paths = link.write(tmp_path, transforms=(hostile(link, words), hostile(link, words)))
    page = page_of(tmp_path, *paths)
    assert said(page["streams"][0], "client") == words


def hostile(link, words):
    """Those bytes in place of what the client says."""
    def frames(segment, arrived):
        if segment.side == 0 and segment.payload:
            segment = Segment(**{**vars(segment), "payload": words[:len(segment.payload)]})
        return [link.frame(segment, arrived)]
    return frames
