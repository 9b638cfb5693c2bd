"""A checker of histories: clients do random things for thousands of steps, everything asked,
answered and received is written down, and the record must agree with the document: every request
has exactly one answer, `delivered` only for what was acknowledged, nothing twice, order kept
between two."""

import random
from collections import Counter

import pytest

import wire
from peer import gather
from wire import Status, Tag, Type

CLIENTS = 14
STEPS = 2000
ROOMS = ["#tea", "#coffee"]


class Sent:
    """One SEND: who asked, what for, and what came of it (None: the asker left first)."""

    def __init__(self, sender, to, content, message_id):
        self.sender, self.to, self.content, self.message_id = sender, to, content, message_id
        self.answer = self.verdict = None


class History:
    def __init__(self, server, seed):
        self.server = server
        self.random = random.Random(seed)
        self.sent = []
        self.pending = {}  # (peer, request id) -> Sent
        self.living = []
        self.everybody = []
        for slot in range(CLIENTS):
            self.living.append(self.arrive(slot))

    def arrive(self, slot):
        peer = self.server.peer(acks=True)
        self.everybody.append(peer)
        # The predecessor's name may not be free yet: then this one stays without.
        peer.call(Type.HELLO, wire.name(f"client {slot}"))
        for room in ROOMS:
            if self.random.random() < 0.5:
                peer.ok(Type.JOIN, wire.to_room(room[1:]))
        return peer

    def step(self):
        slot = self.random.randrange(CLIENTS)
        peer = self.living[slot]
        action = self.random.random()
        if action < 0.60:
            self.say(peer, self.random_target(), f"content {len(self.sent)}", self.random_id())
        elif action < 0.70 and self.sent:
            old = self.random.choice(self.sent[-50:])
            if old.message_id is not None:
                self.say(peer, old.to, old.content, old.message_id)
        elif action < 0.73:
            self.leave(slot)
        elif action < 0.76:
            peer.acks = not peer.acks
            if peer.acks and peer.messages_seen:
                self.acknowledge_all(peer)
        else:
            peer.receive()

    def random_target(self):
        kind = self.random.random()
        if kind < 0.4:
            return self.random.choice(self.everybody[-2 * CLIENTS :]).number
        if kind < 0.8:
            return f"@client {self.random.randrange(CLIENTS + 1)}"
        return self.random.choice(ROOMS)

    def random_id(self):
        return self.random.randbytes(16) if self.random.random() < 0.5 else None

    def say(self, peer, to, content, message_id):
        sent = Sent(peer, to, content, message_id)
        self.sent.append(sent)
        self.pending[peer, peer.send(to, content, message_id)] = sent

    def leave(self, slot):
        peer = self.living[slot]
        getattr(peer, self.random.choice(["close", "abort"]))()
        peer.ended = True
        self.living[slot] = self.arrive(slot)

    @staticmethod
    def acknowledge_all(peer):
        peer.ack(1, through=peer.messages_seen)

    def settle(self):
        for peer in self.living:
            peer.acks = True
            if peer.messages_seen:
                self.acknowledge_all(peer)
        gather(self.living, lambda peer: not peer.open)
        for peer in self.living:
            peer.barrier()
        for (peer, id_), sent in self.pending.items():
            answers = peer.answers.get(id_, [])
            assert len(answers) <= 1, f"{len(answers)} answers to one request"
            if answers:
                (sent.answer,) = answers
                sent.verdict = peer.verdict(id_)


def received(peer):
    return [frame for frame in peer.inbox if frame.type == Type.SEND]


def check(history):
    arrivals = Counter()
    for peer in history.everybody:
        for frame in received(peer):
            arrivals[frame[Tag.DATA].decode()] += 1
    verdicts = Counter()
    for sent in history.sent:
        verdicts[sent.verdict] += 1
        if isinstance(sent.to, str) and sent.to.startswith("#"):
            continue
        if sent.verdict == "delivered":
            assert arrivals[sent.content] >= 1, f"{sent.content} was delivered to nobody"
    never = {"no-such-client", "busy"}
    attempts_of = {}
    for sent in history.sent:
        attempts_of.setdefault(sent.content, []).append(sent)
    for content, attempts in attempts_of.items():
        if any(str(attempt.to).startswith("#") for attempt in attempts):
            continue
        if {attempt.verdict for attempt in attempts} <= never:
            assert arrivals[content] == 0, f"{content} was refused and yet arrived"
        # A second delivery needs a first that failed, and each failure ended a connection.
        failed = sum(attempt.verdict in ("gone", None) for attempt in attempts)
        assert arrivals[content] <= 1 + failed, f"{content} arrived {arrivals[content]} times"
    return verdicts


def check_rooms(history):
    """COUNT is never over the number of those who got it."""
    arrivals = Counter()
    for peer in history.everybody:
        for frame in received(peer):
            if frame[Tag.TO_ROOM]:
                arrivals[frame[Tag.DATA].decode()] += 1
    for sent in history.sent:
        if str(sent.to).startswith("#") and sent.verdict == "delivered":
            assert sent.answer[Tag.COUNT] <= arrivals[sent.content], sent.content


def check_order(history):
    """What one client received from another in one connection came in the order it was sent."""
    order = {sent.content: number for number, sent in enumerate(history.sent)}
    times = Counter(sent.content for sent in history.sent)
    for peer in history.everybody:
        last = {}
        for frame in received(peer):
            content = frame[Tag.DATA].decode()
            if times[content] > 1:
                continue
            sender = frame[Tag.FROM].number
            assert last.get(sender, -1) < order[content], f"{content} came out of order"
            last[sender] = order[content]


@pytest.mark.parametrize("seed", [1, 2])
def test_random_histories_agree_with_the_document(relay, seed):
    history = History(relay, seed)
    for _ in range(STEPS):
        history.step()
    history.settle()
    verdicts = check(history)
    check_rooms(history)
    check_order(history)
    # The history was one worth checking.
    for verdict in ("delivered", "gone", "no-such-client"):
        assert verdicts[verdict] > 20, verdicts
    probe = relay.peer()
    alive = {peer.number for peer in history.living} | {probe.number}
    probe.eventually(lambda: set(probe.numbers()) == alive, what="only the living")
    assert all(peer.call(Type.TIME).status == Status.OK for peer in history.living)
