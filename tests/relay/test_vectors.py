"""The test vectors of docs/protocol.md hold for a server that runs: every frame of a client, sent
as it stands, has the consequence that its row states. And the tests' own decoder agrees with the
rows of frames from a server."""

import pytest

import wire
from classic import NAME as CLASSIC_NAME
from classic import SEND as CLASSIC_SEND
from peer import WAIT
from server import ROOT
from wire import HEADER_BYTES, Kind, ProtocolError, Status, Tag, Type

VECTORS = ROOT / "docs" / "protocol-vectors.tsv"


def rows(sender, *verdicts):
    found = []
    for line in VECTORS.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, from_, verdict, octets, _ = line.split("\t")
            if from_ == sender and verdict in verdicts:
                octets = b"" if octets == "-" else bytes.fromhex(octets)
                found.append(pytest.param(verdict, octets, id=name))
    assert found, f"no vectors of {sender} that are {verdicts}"
    return found


def status_of(verdict):
    return Status[verdict.rpartition("end-")[2].replace("-", "_").upper()]


def header(octets):
    """(kind, type, id) as a client wrote them."""
    return octets[3], int.from_bytes(octets[4:6], "big"), int.from_bytes(octets[8:12], "big")


@pytest.mark.parametrize(
    "verdict, octets", rows("client", "ok", "accepted", "malformed", "unsupported")
)
def test_a_clients_frame_is_answered_as_its_row_says(server, verdict, octets):
    peer = server.peer("vector", acks=True)
    kind, type_, id_ = header(octets)
    if kind == Kind.ACK:
        peer.send_raw(octets)
        peer.nothing_more()
        return
    has_room = b"\x00\x0b\x00\x00" in octets[HEADER_BYTES:]
    peer.expect_answer(type_, id_, type_ == Type.SEND and not has_room)
    peer.send_raw(octets)
    status = peer.answer(id_).status
    if verdict in ("malformed", "unsupported"):
        assert status == status_of(verdict)
    else:
        # What the row's frame asks for may not exist here, which is no fault of the frame. A
        # cursor that the server never gave is the one thing it may refuse.
        allowed = {Status.OK, Status.NO_SUCH_CLIENT, Status.NAME_TAKEN}
        if type_ in (Type.LIST, Type.ROOMS):
            allowed.add(Status.MALFORMED)
        assert status in allowed
    if type_ == Type.BYE and status == Status.OK:
        peer.expect_end()
    else:
        peer.barrier()


@pytest.mark.parametrize(
    "verdict, octets", rows("client", "end-malformed", "end-unsupported", "end-too-large")
)
def test_a_clients_frame_ends_the_connection_as_its_row_says(server, verdict, octets):
    peer = server.peer()
    peer.send_raw(octets)
    peer.expect_error(status_of(verdict))


@pytest.mark.parametrize("verdict, octets", rows("client", "partial", "ignored"))
def test_a_clients_frame_that_waits_or_is_passed_over_has_no_answer(server, verdict, octets):
    peer, probe = server.peer(), server.peer()
    peer.send_raw(octets)
    probe.barrier()
    if verdict == "partial":
        assert not peer.inbox and not peer.ended
        assert peer.number in probe.numbers()
    else:
        peer.nothing_more()


@pytest.mark.parametrize("verdict, octets", rows("classic-client", "ok", "malformed", "ignored"))
def test_a_classic_record_has_the_consequence_of_its_row(server, verdict, octets):
    client = server.classic()
    type_ = int.from_bytes(octets[:8], "little")
    client.socket.sendall(octets)
    if type_ == 1:
        client.expect_end()
        return
    if verdict != "ignored":
        got, content = client.receive()
        assert got == type_
        if type_ == CLASSIC_SEND:
            assert content == (b"malformed" if verdict == "malformed" else b"no this port")
    client.call(CLASSIC_NAME)


@pytest.mark.parametrize("verdict, octets", rows("classic-client", "partial"))
def test_a_part_of_a_classic_record_is_waited_for(server, verdict, octets):
    client = server.classic()
    client.socket.sendall(octets)
    client.socket.setblocking(False)
    with pytest.raises(BlockingIOError):
        client.socket.recv(1)
    client.socket.settimeout(WAIT)
    client.socket.sendall(bytes(264 - len(octets)))
    assert client.receive()[0] == int.from_bytes(octets[:8], "little")
    assert verdict == "partial"


# A client understands what no server may say: this decoder judges servers.
LENIENT = ["refused-without-text", "unknown-status"]


@pytest.mark.parametrize(
    "verdict, octets", [row for row in rows("server", "ok") if row.id not in LENIENT]
)
def test_this_decoder_takes_a_servers_good_frame(verdict, octets):
    buffer = bytearray(octets)
    assert wire.take_frame(buffer, wire.DEFAULT_LIMIT) is not None
    assert not buffer and verdict == "ok"


@pytest.mark.parametrize("verdict, octets", rows("server", "end-malformed", "end-too-large"))
def test_this_decoder_refuses_a_servers_bad_frame(verdict, octets):
    with pytest.raises(ProtocolError):
        wire.take_frame(bytearray(octets), wire.DEFAULT_LIMIT)
    assert verdict.startswith("end-")


def test_the_worked_example_is_what_a_server_says(start):
    """The frames of section 13, exchanged between two clients; only numbers and times differ."""
    server = start("--name", "example")
    vectors = {row.id: row.values[1] for row in rows("client", "ok")}
    padding, recipient, sender = server.peer(), server.peer(), server.peer()
    assert (padding.number, recipient.number, sender.number) == (1, 2, 3)
    assert sender.hello[Tag.NAME] == "example"
    sender.expect_answer(Type.TIME, 1)
    sender.expect_answer(Type.SEND, 2, to_client=True)
    sender.send_raw(vectors["example-time"] + vectors["example-send"])
    assert sender.answer(1).status == Status.OK
    message = recipient.message()
    assert (message.id, message[Tag.DATA], message[Tag.FROM].number) == (1, b"hello", 3)
    recipient.send_raw(vectors["example-acknowledgement"])
    assert sender.verdict(2) == "delivered"
