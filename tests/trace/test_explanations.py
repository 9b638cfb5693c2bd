"""What --explain says of a segment where a simpler sentence would be wrong."""

import re

import pytest

from frames import sack, segment, timestamps, write_pcap
from test_views import trace

CLIENT, SERVER = ("192.0.2.1", 40000), ("192.0.2.2", 80)
LETTERS = "FSRPAUECN"
TICK = 1_000_000
URGENT_POINTER_AT = 14 + 20 + 18
ACE = {2: "C", 5: "EN"}


def flag_bits(flags):
    return sum(1 << LETTERS.index(flag) for flag in flags)


def from_client(flags, sequence, acknowledgment=0, payload=b"", **more):
    return segment(CLIENT, SERVER, flag_bits(flags), sequence, acknowledgment, payload, **more)


def from_server(flags, sequence, acknowledgment=0, payload=b"", **more):
    return segment(SERVER, CLIENT, flag_bits(flags), sequence, acknowledgment, payload, **more)


HANDSHAKE = [from_client("S", 100), from_server("SA", 500, 101), from_client("A", 101, 501)]


@pytest.fixture(name="explain")
def make_explain(tmp_path):
    def explain(frames):
        """Of the last of them, in one line."""
        path = tmp_path / "explained.pcap"
        write_pcap(path, [(number * TICK, frame) for number, frame in enumerate(frames)])
        done = trace(tmp_path, f"--detail={len(frames)}", "--explain", path.name)
        return re.sub(r"\s+", " ", done.stdout)
    return explain


def test_an_rst_behind_a_fin_is_found_by_send_and_not_by_recv(explain):
    assert "recv() of the server fails with ECONNRESET" in explain(
        HANDSHAKE + [from_client("RA", 101, 501)])
    said = explain(HANDSHAKE + [from_client("FA", 101, 501), from_client("RA", 102, 501)])
    assert "send() fails with EPIPE" in said and "ECONNRESET" not in said
    assert "there was no connection yet" in explain(HANDSHAKE[:2] + [from_client("R", 101)])


def test_an_rst_without_effect_does_not_end_the_connection(explain):
    said = explain(HANDSHAKE + [from_client("R", 90_000_101)])
    assert "is to end the connection, but has no effect" in said
    assert "ends the connection at once" not in said


def accurate(*frames):
    return [from_client("SNCE", 100), from_server("SAC", 500, 101), *frames]


def test_the_first_ack_of_accurate_ecn_is_no_count(explain):
    said = explain(accurate(from_client("A" + ACE[2], 101, 501)))
    assert "AE, CWR and ECE, 010, tell in this first ACK how the SYN-ACK came in" in said
    assert "modulo 8" not in said


def test_the_flags_of_accurate_ecn_are_one_number(explain):
    said = explain(accurate(from_client("A" + ACE[2], 101, 501),
                            from_client("PA" + ACE[5], 101, 501, b"x")))
    assert "4 * 1 + 2 * 0 + 1 = 5" in said
    assert "a packet came marked: slow down" not in said


def test_a_time_that_comes_back_is_a_round_trip_only_where_something_is_acknowledged(explain):
    opening = [from_client("S", 100, options=timestamps(1000, 0)),
               from_server("SA", 500, 101, options=timestamps(2000, 1000)),
               from_client("A", 101, 501, options=timestamps(1010, 2000))]
    assert "its clock less this number is a round trip" in explain(opening)
    opening.append(from_client("PA", 101, 501, b"late", options=timestamps(9000, 2000)))
    assert "takes no round trip from it" in explain(opening)


def test_a_sack_block_that_ends_before_it_begins_is_none(explain):
    said = explain(HANDSHAKE + [from_client("A", 101, 501, options=sack((900, 800)))])
    assert "there is no such block" in said
    assert "4294967196" not in said


def test_urgent_data_end_before_the_pointer(explain):
    urgent = bytearray(from_client("PAU", 101, 501, b"stop"))
    urgent[URGENT_POINTER_AT:URGENT_POINTER_AT + 2] = (4).to_bytes(2, "big")
    assert "urgent data end before relative 5" in explain(HANDSHAKE + [bytes(urgent)])


def test_a_resend_that_only_its_followers_tell_from_a_probe_is_called_neither(tmp_path):
    allowed = bytes([4, 2, 1, 1])  # SACK
    asked = from_client("PA", 101, 501, b"anybody there?")
    frames = [(0, from_client("S", 100, options=allowed)),
              (10, from_server("SA", 500, 101, options=allowed)), (10, HANDSHAKE[2]), (20, asked)]

    def explained(*times):
        """The last of these resends, at so many ms."""
        write_pcap(tmp_path / "again.pcap", [(at * TICK, frame) for at, frame in
                                             frames + [(at, asked) for at in times]])
        done = trace(tmp_path, f"--detail={len(frames) + len(times)}", "--explain", "again.pcap")
        return re.sub(r"\s+", " ", done.stdout)

    assert "it is a probe of the end, or the retransmission timer ran out" in explained(240)
    assert "sends again 14 bytes: the retransmission timer ran out" in explained(240, 680)
