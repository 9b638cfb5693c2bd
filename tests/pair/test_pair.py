"""`wiretale trace A B` on simulated links, whose truth is known: see link.py."""

import random
import struct

import pytest

from link import ACK, MS, OTHER, RST, SECOND, Clock, Link, Segment, Way, ip_frame, put
from told import Told, check_all, check_clock, flat, ns, run, text, true_difference

LOSSY = {"there": Way(loss=.05, jitter=2 * MS), "back": Way(delay=12 * MS, loss=.05, jitter=MS)}
TALK = {"script": [(0, 30000), (50000, 20000)], "answer": [(30000, 50000), (50000, 10000)]}


def way(random_, plain):
    return Way(delay=random_.choice([50_000, MS, 10 * MS, 80 * MS]),
               jitter=random_.choice([0, 100_000, 5 * MS]), loss=random_.choice([0, .02, .1]),
               doubling=0 if plain else random_.choice([0, .05]),
               holding=0 if plain else random_.choice([0, .05]), hops=random_.randrange(20))


def random_link(seed):
    random_ = random.Random(seed)
    ids = random_.random() < .6
    link = Link(
        seed=seed, there=way(random_, not ids), back=way(random_, not ids), ids=ids,
        stamps=random_.random() < .5,
        clocks=(Clock(random_.randrange(-SECOND, SECOND), random_.choice([0, -20e-6])),
                Clock(random_.choice([0, -5 * SECOND, 10**15]), random_.choice([0, 50e-6]))),
        client_seen=random_.choice([("192.0.2.1", 40000), ("203.0.113.9", 61000)]),
        shifts=random_.choice([(0, 0), (0, 0), (123456, 0)]),
        mss_seen=random_.choice([1460, 1380]))
    script, answer = [(0, random_.randrange(1, 40000))], []
    said = [script[0][1], 0]
    for _ in range(random_.randrange(1, 4)):
        answer.append((said[0], random_.randrange(1, 20000)))
        said[1] += answer[-1][1]
        script.append((said[1], random_.randrange(1, 9000)))
        said[0] += script[-1][1]
    answer.append((said[0], 1))
    return link.run(script, answer)


@pytest.mark.parametrize("block", range(4))
def test_losses_are_exact_and_the_offset_is_within_its_bound(tmp_path, block):
    for seed in range(block * 15, block * 15 + 15):
        link = random_link(seed)
        check_all(Told(*link.write(tmp_path)), link)


def test_all_is_told(tmp_path):
    link = Link(seed=3, clocks=(Clock(), Clock(3_214_067_000)), **LOSSY).run(**TALK)
    paths = link.write(tmp_path)
    said = flat(*paths)
    lost = [sum(segment.lost for segment in link.segments if segment.side == side)
            for side in (0, 1)]
    assert f"Lost between them: {lost[0]} of " in said
    assert "A was captured nearer to the client, B nearer to the server" in said
    assert "B's clock is 3.21" in said and "ahead of A's" in said
    assert "client -> server" in said
    first = next(segment for segment in link.segments if segment.lost and segment.side == 0)
    assert f"[A{first.sent_frame}]" in said
    assert "fast retransmission" in said and "which arrived [B" in said
    assert all(len(line) <= 100 for line in text(*paths).splitlines())


def test_hops_and_delays_are_measured(tmp_path):
    link = Link(there=Way(delay=10 * MS, hops=7), back=Way(delay=10 * MS, hops=2)).run(**TALK)
    told = Told(*link.write(tmp_path))
    path = told.pairs[0]["from_client"]
    assert path["hops"] == [7, 7] and told.pairs[0]["from_server"]["hops"] == [2, 2]
    assert abs(ns(path["delay"]["least"]) - 10 * MS) < MS // 100
    assert told.pairs[0]["client_end_proven"] is True
    check_all(told, link)


def test_files_the_other_way_round_are_noticed(tmp_path):
    link = Link(seed=5, **LOSSY).run(**TALK)
    client, server = link.write(tmp_path)
    told = Told(server, client)
    assert told.captures["turned"] is True
    assert told.pairs[0]["client_end"] == "second"
    assert told.lost() == {(segment.side, segment.sent_frame)
                           for segment in link.segments if segment.lost}
    check_clock(told, link.clocks[::-1])
    assert "The order is the other way round" in flat(server, client)


def test_one_capture_twice_is_told_as_such(tmp_path):
    client, _ = Link(seed=1, **LOSSY).run(**TALK).write(tmp_path)
    told = Told(client, client)
    assert told.captures["same"] is True and not told.lost()
    assert ns(told.clock["offset"]) == 0 and set(told.delays()) == {0}
    assert "this is one capture, twice" in flat(client, client)


def test_one_capture_with_its_times_moved(tmp_path):
    link = Link(seed=1, **LOSSY).run(**TALK)
    (tmp_path / "moved").mkdir()
    client, _ = link.write(tmp_path)
    link.clocks = (Clock(7 * SECOND), link.clocks[1])
    moved, _ = link.write(tmp_path / "moved")
    said = flat(client, moved)
    assert "times that differ by 7.000000 s throughout" in said


def test_files_of_nothing_in_common(tmp_path):
    (tmp_path / "other").mkdir()
    first, _ = Link(seed=1).run(**TALK).write(tmp_path)
    _, second = Link(seed=2, isns=(5, 6), client=("192.0.2.77", 1234)).run(**TALK).write(
        tmp_path / "other")
    told = Told(first, second, status=1)
    assert told.captures["pairs"] == 0 and len(told.only) == 2
    said = flat(first, second, status=1)
    assert "have no connection in common" in said and "Only in A" in said and "Only in B" in said


def test_drift_is_measured_over_a_minute(tmp_path):
    for drift in (0, 30e-6, -200e-6):
        link = Link(seed=9, there=Way(jitter=MS), back=Way(jitter=MS),
                    clocks=(Clock(), Clock(SECOND, drift)))
        paced(link.run())
        told = Told(*link.write(tmp_path))
        check_clock(told, link.clocks)
        assert min(told.delays()) >= 0
        measured = ns(told.clock["drift"]) / 1e9 if "drift" in told.clock else 0
        within = ns(told.clock["drift_within"]) / 1e9 if "drift" in told.clock else 2e-6
        assert abs(measured - drift) <= within, (drift, told.clock)
        assert bool(measured) == bool(drift), (drift, told.clock)


def paced(link):
    """After the handshake, a question and an answer each tenth of a second for a minute."""
    link.segments = [segment for segment in link.segments if not segment.flags & (1 | 4)][:3]
    numbers = [1, 1]
    for turn in range(600):
        for side in (0, 1):
            segment = Segment(
                number=turn, side=side, flags=24, payload=b"turn %04d" % turn,
                seq=link.isns[side] + numbers[side] & 0xFFFFFFFF,
                ack=link.isns[1 - side] + numbers[1 - side] & 0xFFFFFFFF, ip_id=turn + 100)
            segment.sent = 2 * SECOND + turn * 100 * MS + side * 50 * MS
            segment.arrivals = [segment.sent + 10 * MS + link.random.randrange(MS)]
            numbers[side] += len(segment.payload)
            link.segments.append(segment)
            link.now = segment.arrivals[0]


def test_a_clock_that_was_set_is_noticed(tmp_path):
    link = Link(seed=4).run(**TALK)
    half = max(segment.sent for segment in link.segments) // 2 + SECOND // 2

    class Stepped(Clock):
        def reads(self, true):
            return super().reads(true) + (2 * SECOND if true > half else 0)

    link.clocks = (Clock(), Stepped())
    told = Told(*link.write(tmp_path))
    assert told.clock["kind"] == "unsteady"
    assert "did not run steadily" in flat(tmp_path / "client.pcap", tmp_path / "server.pcap")


def cut(segment, size):
    """What a network card makes of a large segment."""
    data = segment.payload
    return [(place, data[place:place + size]) for place in range(0, len(data), size)] or [(0, b"")]


def cutting(link, size):
    """A capture behind the card: each large segment as several."""
    def made(segment, arrived):
        if len(segment.payload) <= size:
            return link.whole(segment, arrived)
        source, destination = (link.client, link.server)[::1 - 2 * segment.side]
        frames = []
        for number, (place, data) in enumerate(cut(segment, size)):
            last = place + len(data) == len(segment.payload)
            frames.append(ip_frame(
                source, destination, segment, segment.seq + place, segment.ack, segment.options,
                segment.ttl - link.ways[segment.side].hops * arrived, data,
                segment.ip_id + number & 0xFFFF, segment.flags if last else segment.flags & ~9))
        return frames
    return made


@pytest.mark.parametrize("stamps", [False, True])
@pytest.mark.parametrize("end", [0, 1])
def test_segments_cut_or_joined_by_network_cards_are_no_losses(tmp_path, end, stamps):
    """end 1: large ones leave, small ones arrive at the server; the other way at the client."""
    link = Link(seed=6, mss=4000, stamps=stamps, ids=False, there=Way(loss=.15, jitter=MS),
                back=Way(loss=.15, jitter=MS)).run(**TALK)
    transforms = [None, None]
    transforms[end] = cutting(link, 1000)
    told = Told(*link.write(tmp_path, transforms=transforms))
    data = 1 - end  # the direction in which they leave whole and arrive cut
    truth = {segment.sent_frame for segment in link.segments
             if segment.lost and segment.side == data and segment.payload}
    lost = {frame for side, frame in told.lost() if side == data}
    bare = {segment.sent_frame for segment in link.segments
            if segment.lost and segment.side == data and not segment.payload}
    assert truth and truth <= lost and len(lost) == len(truth | bare)
    name = "from_server" if data else "from_client"
    assert told.pairs[0][name]["in_pieces"] > 10
    assert min(told.delays()) >= 0
    check_clock(told, link.clocks)
    assert "cut or joined differently" in flat(tmp_path / "client.pcap", tmp_path / "server.pcap")


def test_address_translation_shifted_numbers_and_mss_are_told(tmp_path):
    link = Link(seed=8, client_seen=("203.0.113.9", 61000), shifts=(1000, 0), mss_seen=1380,
                **LOSSY).run(**TALK)
    told = Told(*link.write(tmp_path))
    check_all(told, link)
    assert {"source", "sequence-numbers", "mss"} <= set(told.pairs[0]["from_client"]["changed"])
    said = flat(tmp_path / "client.pcap", tmp_path / "server.pcap")
    assert "The client is 192.0.2.1:40000 at its own end and 203.0.113.9:61000" in said
    assert "are 1000 higher in B than in A" in said
    assert "offers an MSS of 1460 and arrives with 1380" in said


def test_nothing_is_said_to_be_changed_where_nothing_is(tmp_path):
    told = Told(*Link(seed=8, **LOSSY).run(**TALK).write(tmp_path))
    assert told.pairs[0]["from_client"]["changed"] == []
    assert told.pairs[0]["from_server"]["changed"] == []


def test_what_one_capture_missed_is_no_loss(tmp_path):
    link = Link(seed=2).run(**TALK)
    missed = [segment for segment in link.segments
              if segment.side == 0 and segment.payload][5:9]
    told = Told(*link.write(tmp_path, keep=(
        None, lambda _time, segment, _arrived: segment not in missed)))
    assert not told.lost()
    assert {row["sent_frame"] for row in told.with_fate("missed")} == {
        segment.sent_frame for segment in missed}
    assert "the capture missed them" in flat(tmp_path / "client.pcap", tmp_path / "server.pcap")


@pytest.mark.parametrize("late_end", [0, 1])
def test_a_capture_that_begins_late_and_ends_early_loses_nothing(tmp_path, late_end):
    link = Link(seed=3, noise=False, **LOSSY).run(**TALK)
    last = max(segment.sent for segment in link.segments)
    early, late = SECOND + (last - SECOND) // 5, SECOND + (last - SECOND) * 4 // 5
    keep = [None, None]
    keep[late_end] = lambda time, _segment, _arrived: early < time < late
    told = Told(*link.write(tmp_path, keep=keep))
    truth = {(segment.side, segment.sent_frame) for segment in link.segments if segment.lost}
    assert told.lost() <= truth
    surely = {(segment.side, segment.sent_frame) for segment in link.segments
              if segment.lost and early + 50 * MS < segment.sent < late - 50 * MS}
    assert surely and surely <= told.lost()
    assert "cannot be judged" in flat(tmp_path / "client.pcap", tmp_path / "server.pcap")
    check_clock(told, link.clocks)


def test_who_is_client_is_told_by_the_capture_that_has_the_syn(tmp_path):
    # Midstream, the higher port is taken for the client's: here it is the server's.
    for late_end in (0, 1):
        link = Link(seed=3, noise=False, client=("192.0.2.1", 1000),
                    server=("198.51.100.2", 8080), **LOSSY).run(**TALK)
        keep = [None, None]
        keep[late_end] = lambda time, _segment, _arrived: time > SECOND + 200 * MS
        told = Told(*link.write(tmp_path, keep=keep))
        pair = told.pairs[0]
        assert pair["first"]["client"] == pair["second"]["client"] == "192.0.2.1:1000"
        assert pair["client_end"] == "first"
        assert told.lost() <= {(segment.side, segment.sent_frame)
                               for segment in link.segments if segment.lost}
        check_clock(told, link.clocks)


def test_a_connection_that_never_got_through_is_told(tmp_path):
    link = Link(seed=1).run(**TALK)
    paths = link.write(tmp_path)
    lone = Segment(number=0, side=0, flags=2, seq=77, ack=0)
    with open(paths[0], "ab") as file:
        put(file, link.clocks[0].reads(link.now + SECOND), ip_frame(
            ("192.0.2.1", 40001), link.server, lone, 77, 0, b"", 64, b"", 9))
        put(file, link.clocks[0].reads(link.now + 9 * SECOND), OTHER)
    said = flat(*paths)
    assert "Only in A" in said and "192.0.2.1:40001 -> 198.51.100.2:80, one segment" in said
    assert "nothing of it got there" in said


def test_a_reset_from_in_between_is_told(tmp_path):
    link = Link(seed=1).run(**TALK)
    paths = link.write(tmp_path)
    last = max((segment for segment in link.segments if segment.side == 0), key=lambda s: s.sent)
    forged = Segment(number=0, side=0, flags=RST | ACK, seq=last.seq, ack=last.ack)
    with open(paths[1], "ab") as file:
        put(file, link.clocks[1].reads(link.now + SECOND), ip_frame(
            link.client, link.server, forged, last.seq, last.ack, b"", 250, b"", 4242))
        put(file, link.clocks[1].reads(link.now + 9 * SECOND), OTHER)
    said = flat(*paths)
    assert "One RST that the server got in the name of the client never left the client" in said


def test_needless_resends_are_laid_to_lost_acknowledgements(tmp_path):
    # The last acknowledgement is lost, so that the server sends its FIN again.
    link = Link(seed=1).run(**TALK)
    ack = [segment for segment in link.segments if segment.side == 0][-1]
    link = Link(seed=1, there=Way(drops=(ack.number,))).run(**TALK)
    said = flat(*link.write(tmp_path))
    assert "needlessly, as the original had arrived before the resend left" in said
    assert "because the acknowledgement was lost" in said


def test_a_resend_after_a_timeout_is_called_so_though_it_looked_like_a_probe(tmp_path):
    # It arrives, but what the server says to that does not: the next timeout waits twice as long.
    link = Link(seed=1, there=Way(drops=(1,)), back=Way(drops=(1, 2, 3)))
    link.run([(0, 300)], [(300, 0)])
    said = flat(*link.write(tmp_path))
    assert "data 1:301 FIN; sent again 200 ms later after a timeout [A5], which arrived" in said


def test_several_connections_share_one_clock(tmp_path):
    links = [Link(seed=seed, client=("192.0.2.1", 40000 + seed), isns=(seed * 1000, seed * 77),
                  clocks=(Clock(), Clock(4 * SECOND)), **LOSSY).run(**TALK) for seed in (1, 2, 3)]
    for end, name in enumerate(("client.pcap", "server.pcap")):
        rows = sorted((row for link in links for row in link.captured(end)),
                      key=lambda row: row[0])
        with open(tmp_path / name, "wb") as file:
            file.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, 1))
            put(file, links[0].clocks[end].reads(0), OTHER)
            for number, (stamp, _, segment, arrived, frame) in enumerate(rows, 2):
                put(file, stamp, frame)
                if not arrived:
                    segment.sent_frame = number
            put(file, links[0].clocks[end].reads(90 * SECOND), OTHER)
    told = Told(tmp_path / "client.pcap", tmp_path / "server.pcap")
    assert len(told.pairs) == 3
    truth = {(segment.side, segment.sent_frame)
             for link in links for segment in link.segments if segment.lost}
    assert told.lost() == truth
    check_clock(told, links[0].clocks)


def test_one_packet_files(tmp_path):
    link = Link(seed=1, noise=False).run(**TALK)
    paths = link.write(tmp_path, keep=(lambda _t, segment, _a: segment.flags == 2,) * 2)
    told = Told(*paths)
    assert told.clock["kind"] == "one-way" and not told.lost()
    assert "Only one direction is in both captures" in flat(*paths)


@pytest.mark.parametrize("length", [24, 25, 40, 200, 5000])
def test_a_truncated_file_is_compared_as_far_as_it_goes(tmp_path, length):
    link = Link(seed=1, noise=False, **LOSSY).run(**TALK)
    client, server = link.write(tmp_path)
    data = server.read_bytes()
    server.write_bytes(data[:length])
    done = run(client, server, status=1)
    assert done.stdout or done.stderr
    if length == 5000:
        assert b"nearer to the client" in done.stdout


def test_noise_in_place_of_files_is_survived(tmp_path):
    random_ = random.Random(1)
    link = Link(seed=1, noise=False, **LOSSY).run(**TALK)
    client, server = link.write(tmp_path)
    data = bytearray(server.read_bytes())
    for _ in range(40):
        for _ in range(30):
            place = random_.randrange(24, len(data))
            data[place] = random_.randrange(256)
        server.write_bytes(data)
        for pair in ((client, server), (server, client), (server, server)):
            assert run_any(*pair) in (0, 1)


def run_any(*paths):
    import subprocess  # pylint: disable=import-outside-toplevel
    from told import WIRETALE  # pylint: disable=import-outside-toplevel
    return subprocess.run([WIRETALE, "trace", "--json", *map(str, paths)], check=False,
                          capture_output=True, timeout=50).returncode


def test_true_difference_is_as_the_clocks_say():
    clocks = (Clock(5, 1e-3), Clock(SECOND, -1e-3))
    true = 3 * SECOND
    assert abs(true_difference(clocks, clocks[0].reads(true)) -
               (clocks[1].reads(true) - clocks[0].reads(true))) < 2000
