#!/usr/bin/env python3
"""Proves from the logs of a history what the relay promises, or shows where it broke its word.

tests/history/check_history.py FOLDER

FOLDER holds a log for each life of each client, *.history, and `faults`, what was done to them;
the README beside this file says what stands in them. Prints a summary; ends with 1 when a promise
was broken, each with the lines that prove it.

A life is one process of a client, from its start to its end: what docs/client-library.md calls
the application. Its connections may be many. Over all of them it gets no message twice, since the
server and the library remember MESSAGE_IDs. One that acknowledges by itself (manual) has no help
from the library: the server alone sends it nothing twice on one connection.
"""

import sys
from array import array
from collections import Counter, defaultdict
from pathlib import Path

DELIVERED, UNKNOWN, NONE = 1, 4, 0
OUTCOMES = {NONE: "none", DELIVERED: "delivered", 2: "stored", 3: "passed", UNKNOWN: "unknown"}
STATUSES = (
    "ok malformed unsupported too-large no-such-client gone busy rate-limited unauthorized "
    "forbidden name-taken timeout shutting-down internal"
).split()
OK, TIMEOUT = STATUSES.index("ok"), STATUSES.index("timeout")
# With these the message did not arrive; with the others it may have.
SURE = {STATUSES.index(name) for name in (
    "malformed", "unsupported", "too-large", "no-such-client", "busy", "rate-limited",
    "unauthorized", "forbidden",
)}

PROTOCOL = 12  # enum wt_result

# Of one message.
BY_NUMBER = 1  # it was for a connection, not for a name
AGAIN = 2  # its sender's connection ended before its verdict: it may have been sent again
REFUSED = 4  # the library did not take it
SETTLED = 8  # its verdict came

NEVER = 2**64 - 1

KINDS = {
    "false-delivered": "delivered, and the recipient had not got it",
    "twice": "one application, or one connection, got a message twice under one MESSAGE_ID",
    "order": "a message overtook an earlier one of the same sender",
    "no-verdict": "a message has no verdict, though its sender lived",
    "two-verdicts": "a message has more than one verdict",
    "verdict-unasked": "a verdict of a message that was not asked",
    "verdict-impossible": "an outcome and a status that exclude each other",
    "never-asked": "a message arrived that nobody had asked for",
    "wrong-recipient": "a message arrived at somebody else than it was for",
    "wrong-sender": "FROM names somebody else than the sender",
    "damaged": "a message arrived with another content",
    "refused-arrived": "the sender was told that it was not delivered, and yet it arrived",
    "protocol": "a client broke a connection off, since the server broke the protocol",
    "unended": "a client ended by itself",
    "unfinished": "the history could not be made to its end",
    "unreadable": "a line does not make sense",
    "empty": "there is nothing that could prove anything",
}


class Life:
    def __init__(self, index, path):
        self.index = index
        self.path = path
        self.name, _, rest = path.name.encode().partition(b".")
        self.number = rest.partition(b".")[0]
        self.asked = defaultdict(list)  # recipient -> messages, the first having serial 1
        self.open = {}  # messages without verdict, in their order
        self.is_manual = False  # it acknowledges by itself, and has to know doubles by itself
        self.is_leaving = False
        self.has_ended = False
        self.is_torn = False

    def place(self, line):
        return f"{self.path.name}:{line}"


class Messages:
    """A row for each, in columns: a million objects would be too many."""

    def __init__(self):
        self.of_id = {}
        self.sender = array("I")  # index of the life
        self.recipient = array("I")  # index of the name
        self.serial = array("I")
        self.flags = array("B")
        self.content_bytes = array("I")
        self.content_hash = array("Q")
        self.asked_at = array("Q")
        self.asked_line = array("I")
        self.verdict_at = array("Q")
        self.verdict_line = array("I")
        self.outcome = array("B")
        self.status = array("B")
        self.received_at = array("Q")  # first, by anyone

    def __len__(self):
        return len(self.sender)

    def add(self, identity, sender, recipient, serial, by_number, size, digest, time, line):
        index = len(self.sender)
        self.of_id[identity] = index
        self.sender.append(sender)
        self.recipient.append(recipient)
        self.serial.append(serial)
        self.flags.append(BY_NUMBER if by_number else 0)
        self.content_bytes.append(size)
        self.content_hash.append(digest)
        self.asked_at.append(time)
        self.asked_line.append(line)
        self.verdict_at.append(NEVER)
        self.verdict_line.append(0)
        self.outcome.append(0)
        self.status.append(0)
        self.received_at.append(NEVER)
        return index


class Pair:
    """What one life received from another."""

    __slots__ = ("last", "highest", "highest_connection")

    def __init__(self):
        self.last = {}  # connection of the sender -> the last serial that came by it
        self.highest = 0
        self.highest_connection = None


class Checker:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.lives = []
        self.names = {}  # of clients -> index
        self.messages = Messages()
        self.killed = set()  # (name, number of the life)
        self.faults = Counter()
        self.verdicts = Counter()
        self.owners = {}  # (server, number) -> index of the life that had this connection
        self.servers = {}  # name -> when somebody first heard of it
        self.receives = 0
        self.refusals = 0
        self.overtaken = 0
        self.resent = 0
        self.violations = defaultdict(list)
        self.ask_pass = {
            b"life": self.see_life,
            b"connect": self.see_connect,
            b"disconnect": self.see_disconnect,
            b"ask": self.see_ask,
            b"refused": self.see_refused,
            b"verdict": self.see_verdict,
            b"leave": self.see_leave,
            b"end": self.see_end,
            b"receive": self.see_nothing,
            b"reset": self.see_reset,
            b"stall": self.see_nothing,
            b"resume": self.see_nothing,
        }

    def blame(self, kind, text, *places):
        where = f" ({', '.join(places)})" if places else ""
        self.violations[kind].append(f"{text}{where}")

    def describe(self, index):
        sender = self.lives[self.messages.sender[index]]
        recipient = list(self.names)[self.messages.recipient[index]].decode()
        return (
            f"message {self.messages.serial[index]} of "
            f"{sender.name.decode()}.{sender.number.decode()} to {recipient}"
        )

    def asked_place(self, index):
        life = self.lives[self.messages.sender[index]]
        return life.place(self.messages.asked_line[index])

    def verdict_place(self, index):
        life = self.lives[self.messages.sender[index]]
        return life.place(self.messages.verdict_line[index])

    # Reading

    def lines(self, life):
        """The whole lines of a log: what a kill tore off at the end was never done."""
        with life.path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if not line.endswith(b"\n"):
                    life.is_torn = True
                    return
                yield number, line.split()

    def read_faults(self):
        path = self.folder / "faults"
        if not path.exists():
            return
        for line in path.read_bytes().splitlines():
            words = line.split()
            if not words:
                continue
            kind = words[0].decode()
            if kind == "kill":
                self.killed.add((words[2], words[3]))
            if kind not in ("continue", "resume", "server-start", "reset"):
                self.faults[kind] += 1

    def read_asking(self):
        for index, path in enumerate(sorted(self.folder.glob("*.history"))):
            life = Life(index, path)
            self.lives.append(life)
            self.name_index(life.name)
            for number, words in self.lines(life):
                try:
                    self.ask_pass[words[0]](life, number, words)
                except (KeyError, ValueError, IndexError, OverflowError):
                    self.blame("unreadable", b" ".join(words).decode("ascii", "replace"),
                               life.place(number))
            self.close_life(life)

    def see_nothing(self, life, line, words):
        pass

    def see_life(self, life, line, words):
        if line != 1 or words[2:4] != [life.name, life.number]:
            raise ValueError
        life.is_manual = words[4] == b"manual"

    def name_index(self, name):
        return self.names.setdefault(name, len(self.names))

    def see_connect(self, life, line, words):
        time, number, server = int(words[1]), int(words[2]), words[3]
        self.servers[server] = min(self.servers.get(server, NEVER), time)
        owner = self.owners.setdefault((server, number), life.index)
        if owner != life.index:
            self.blame("unreadable", f"two clients had number {number}", life.place(line))

    def see_disconnect(self, life, line, words):
        if int(words[2]) == PROTOCOL:
            self.blame("protocol", f"{life.name.decode()}", life.place(line))
        flags = self.messages.flags
        for index in life.open:
            if not flags[index] & AGAIN:
                self.resent += not flags[index] & BY_NUMBER
                flags[index] |= AGAIN

    def see_reset(self, life, line, words):
        self.faults["reset"] += int(words[2])

    def see_ask(self, life, line, words):
        _, time, way, recipient, serial, identity, size, digest = words
        time, serial, size, digest = int(time), int(serial), int(size), int(digest, 16)
        asked = life.asked[recipient]
        is_next = serial == len(asked) + 1 and identity not in self.messages.of_id
        if not is_next or not 0 <= size < 2**32 or digest >= 2**64 or not 0 <= time < NEVER:
            raise ValueError
        index = self.messages.add(
            identity, life.index, self.name_index(recipient), serial, way == b"number",
            size, digest, time, line,
        )
        asked.append(index)
        life.open[index] = None

    def find_asked(self, life, recipient, serial):
        asked = life.asked.get(recipient, ())
        if not 0 < serial <= len(asked):
            return None
        return asked[serial - 1]

    def see_refused(self, life, line, words):
        index = self.find_asked(life, words[2], int(words[3]))
        if index is None:
            raise ValueError
        self.messages.flags[index] |= REFUSED
        life.open.pop(index, None)
        self.refusals += 1

    def see_verdict(self, life, line, words):
        _, time, recipient, serial, outcome, status = words
        messages = self.messages
        outcome, status = int(outcome), int(status)
        index = self.find_asked(life, recipient, int(serial))
        if index is None or messages.flags[index] & REFUSED:
            what = f"request {serial.decode()}" if index is None else self.describe(index)
            self.blame("verdict-unasked", what, life.place(line))
            return
        if messages.flags[index] & SETTLED:
            self.blame("two-verdicts", self.describe(index), life.place(line),
                       self.verdict_place(index))
            return
        messages.flags[index] |= SETTLED
        messages.verdict_at[index] = int(time)
        messages.verdict_line[index] = line
        messages.outcome[index] = outcome
        messages.status[index] = status
        del life.open[index]
        self.verdicts[outcome, status] += 1
        if not self.is_possible(life, index, outcome, status):
            self.blame("verdict-impossible", f"{self.describe(index)}: "
                       f"{verdict_name(outcome, status)}", life.place(line))

    def is_possible(self, life, index, outcome, status):
        if not 0 <= status < len(STATUSES):
            return False
        if outcome == DELIVERED:
            return status == OK
        if outcome == NONE:
            return status != OK
        if outcome == UNKNOWN:  # what goes to a name is sent again, as long as the client stays
            return status == TIMEOUT and bool(
                life.is_leaving or self.messages.flags[index] & BY_NUMBER
            )
        return False  # nobody stores, and nobody here speaks the classic dialect

    def see_leave(self, life, line, words):
        life.is_leaving = True

    def see_end(self, life, line, words):
        life.has_ended = True

    def close_life(self, life):
        was_killed = (life.name, life.number) in self.killed
        if not life.has_ended and not was_killed:
            self.blame("unended", life.path.name)
        if not was_killed:
            for index in life.open:
                self.blame("no-verdict", self.describe(index), self.asked_place(index))
        life.open = None

    # What arrived

    def read_receiving(self):
        order = sorted(self.servers, key=self.servers.get)
        rank = {server: position for position, server in enumerate(order)}
        for life in self.lives:
            server = None
            pairs = defaultdict(Pair)
            seen = {}  # message -> the line where it came first
            recipient = self.names.get(life.name)
            for number, words in self.lines(life):
                if words[:1] == [b"connect"] and len(words) == 4:
                    server = words[3]
                    if life.is_manual:  # what it had not acknowledged may come again
                        seen = {}
                if words[:1] != [b"receive"]:
                    continue
                self.receives += 1
                try:
                    index = self.find_received(life, recipient, number, words)
                    connection = int(words[2])
                except (ValueError, IndexError):
                    self.blame("unreadable", b" ".join(words).decode("ascii", "replace"),
                               life.place(number))
                    continue
                if index is None:
                    continue
                self.check_sender(life, index, server, connection, number, words[3])
                if index in seen:
                    self.blame("twice", f"{self.describe(index)}, {len(seen) - seen[index][1]} "
                               "other messages later", life.place(seen[index][0]),
                               life.place(number))
                    continue
                seen[index] = (number, len(seen) + 1)
                pair = pairs[self.messages.sender[index]]
                self.check_order(life, pair, index, (rank.get(server, -1), connection), number)

    def find_received(self, life, recipient, line, words):
        """Which message it is; None: one that may not be, and that was told."""
        _, time, _, _, identity, size, digest = words
        messages = self.messages
        time = int(time)
        index = messages.of_id.get(identity)
        if index is None or time < messages.asked_at[index]:
            self.blame("never-asked", f"MESSAGE_ID {identity.decode()}", life.place(line))
            return None
        messages.received_at[index] = min(messages.received_at[index], time)
        if messages.recipient[index] != recipient:
            self.blame("wrong-recipient", self.describe(index), life.place(line),
                       self.asked_place(index))
            return None
        if (messages.content_bytes[index] != int(size)
                or messages.content_hash[index] != int(digest, 16)):
            self.blame("damaged", f"{self.describe(index)}, {int(size)} of "
                       f"{messages.content_bytes[index]} bytes", life.place(line),
                       self.asked_place(index))
        return index

    def check_sender(self, life, index, server, connection, line, name):
        sender = self.messages.sender[index]
        # A connection that its client was killed before it heard of is in no log.
        owner = self.owners.setdefault((server, connection), sender)
        if owner != sender or name not in (b"-", self.lives[sender].name):
            self.blame("wrong-sender", f"{self.describe(index)}, from number {connection}, "
                       f"{name.decode('utf-8', 'replace')}", life.place(line),
                       self.asked_place(index))

    def check_order(self, life, pair, index, connection, line):
        """Between one sender and one recipient messages keep their order: those that a sender
        asks on one connection. After a lost one it sends again what has no verdict, in the old
        order; the server tries such a repeat anew where the first try failed, and that may be
        after later ones were delivered. What is for a number is not sent again: if it was still
        on the old connection's way, those of the new one may overtake it."""
        messages = self.messages
        serial = messages.serial[index]
        flags = messages.flags[index]
        in_order = serial > pair.last.get(connection, 0)
        if in_order and serial < pair.highest:
            is_retry = connection > pair.highest_connection and not flags & BY_NUMBER
            is_late = connection < pair.highest_connection and flags & BY_NUMBER
            in_order = flags & AGAIN and (is_retry or is_late)
            self.overtaken += bool(in_order)
        if not in_order:
            self.blame("order", f"{self.describe(index)} came behind {pair.highest}",
                       life.place(line), self.asked_place(index))
        pair.last[connection] = max(serial, pair.last.get(connection, 0))
        if serial > pair.highest:
            pair.highest, pair.highest_connection = serial, connection

    # What was said of it

    def check_words(self):
        messages = self.messages
        for index, flags in enumerate(messages.flags):
            received_at = messages.received_at[index]
            if flags & REFUSED:
                if received_at != NEVER:
                    self.blame("refused-arrived", f"{self.describe(index)}: not taken by the "
                               "library", self.asked_place(index))
            elif not flags & SETTLED:
                continue
            elif messages.outcome[index] == DELIVERED:
                self.check_delivered(index, received_at)
            elif (received_at != NEVER and not flags & AGAIN
                    and messages.outcome[index] == NONE
                    and messages.status[index] in SURE):
                self.blame("refused-arrived", f"{self.describe(index)}: "
                           f"{verdict_name(NONE, messages.status[index])}",
                           self.verdict_place(index))

    def check_delivered(self, index, received_at):
        """The recipient's line is older than its acknowledgement, and that older than the
        verdict, by one clock."""
        verdict_at = self.messages.verdict_at[index]
        if received_at <= verdict_at:
            return
        when = "never" if received_at == NEVER else f"{received_at - verdict_at} us later"
        self.blame("false-delivered", f"{self.describe(index)}: received {when}",
                   self.asked_place(index), self.verdict_place(index))

    def check(self):
        self.read_faults()
        self.read_asking()
        self.read_receiving()
        self.check_words()
        if not len(self.messages):
            self.blame("empty", f"no message in {self.folder}")
        return not self.violations


def verdict_name(outcome, status):
    if outcome == DELIVERED and status == OK:
        return "delivered"
    text = STATUSES[status] if 0 <= status < len(STATUSES) else str(status)
    return text if outcome == NONE else f"{OUTCOMES.get(outcome, outcome)} ({text})"


def count_text(counts):
    return ", ".join(f"{count:,} {name}" for name, count in counts.most_common()) or "none"


def summary(checker, most=10):
    verdicts = Counter()
    for (outcome, status), count in checker.verdicts.items():
        verdicts[verdict_name(outcome, status)] += count
    silent = len(checker.messages) - sum(checker.verdicts.values()) - checker.refusals
    torn = sum(life.is_torn for life in checker.lives)
    lines = [
        f"messages: {len(checker.messages):,} asked in {len(checker.lives):,} lives of "
        f"{len(checker.names):,} clients, {checker.receives:,} received",
        f"verdicts: {count_text(verdicts)}",
        f"          {silent:,} without, {checker.refusals:,} not taken by the library",
        f"faults: {count_text(checker.faults)}; {torn:,} logs torn",
        f"          {checker.resent:,} messages open when their sender's connection ended, "
        f"{checker.overtaken:,} overtaken by that",
    ]
    for kind, violations in sorted(checker.violations.items()):
        lines.append(f"VIOLATION {kind}, {len(violations):,} times: {KINDS[kind]}")
        lines += [f"    {text}" for text in violations[:most]]
    lines.append("the history is " + ("broken" if checker.violations else "clean"))
    return "\n".join(lines)


def main(arguments):
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        print("usage: check_history.py FOLDER", file=sys.stderr)
        return 2
    checker = Checker(arguments[0])
    is_clean = checker.check()
    print(summary(checker))
    return 0 if is_clean else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
