"""What tshark says of a capture and what wiretale says of it, frame by frame in the same words, and
every difference between the two that is not a named case (EXPLAINED)."""

import collections
import json
import os
import subprocess
import tempfile

WIRETALE = os.environ.get("WIRETALE", "build/wiretale")
RUN_SECONDS = 300
FULL = 1 << 32

LABELS = (
    "retransmission", "fast-retransmission", "spurious-retransmission", "out-of-order",
    "duplicate-ack", "keep-alive", "keep-alive-ack", "zero-window", "zero-window-probe",
    "zero-window-probe-ack", "window-full", "window-update", "lost-segment", "ack-lost-segment",
    "reused-ports")
LABEL_FIELDS = {"tcp.analysis." + label.replace("-", "_"): label for label in LABELS}

FIELDS = (
    "frame.number", "frame.time_epoch", "frame.protocols", "ip.src", "ipv6.src",
    "tcp.srcport", "tcp.dstport", "tcp.stream", "tcp.len", "tcp.flags", "tcp.seq", "tcp.seq_raw",
    "tcp.ack", "tcp.ack_raw", "tcp.window_size_value", "tcp.window_size", "tcp.urgent_pointer",
    "tcp.window_size_scalefactor", "tcp.options.mss_val", "tcp.options.wscale.shift",
    "tcp.options.sack_perm", "tcp.options.timestamp.tsval", "tcp.options.timestamp.tsecr",
    "tcp.options.sack_le", "tcp.options.sack_re", *LABEL_FIELDS)

FLAG_LETTERS = "FSRPAUECN"


class Segment:
    """One segment by either program. `shown` holds what is compared."""

    def __init__(self, frame, stream, source_port, shown, raw):
        self.frame = frame
        self.stream = stream
        self.source_port = source_port
        self.shown = shown
        self.raw = raw


class Capture:
    """All of a file by either program: segments by frame number."""

    def __init__(self):
        self.segments = {}
        self.nested = set()       # frames with TCP in the payload of TCP, as tshark dissects it
        self.odd_streams = set()  # numbers that only such inner segments have
        self.connections = {}
        self.quoted_openings = set()  # streams of which an ICMP error quotes a SYN


def run(command, **keywords):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=RUN_SECONDS, check=False, **keywords)


def by_tshark(path, passes=2):
    """Asks tshark. Its preferences are the defaults, whatever this user's are."""
    command = ["tshark", *(["-2"] if passes == 2 else []), "-n", "-r", str(path), "-Y", "tcp",
               "-T", "fields", "-E", "separator=|", "-E", "occurrence=a", "-E", "aggregator=,"]
    for field in FIELDS:
        command += ["-e", field]
    with tempfile.TemporaryDirectory() as home:
        done = run(command, env={**os.environ, "HOME": home, "XDG_CONFIG_HOME": home,
                                 "WIRESHARK_CONFIG_DIR": home, "LC_ALL": "C"})
    capture = Capture()
    inner_streams, outer_streams = set(), set()
    for line in done.stdout.decode("utf-8", "replace").splitlines():
        values = dict(zip(FIELDS, (value.split(",") if value else [] for value in line.split("|"))))
        frame = int(values["frame.number"][0])
        streams = [int(stream) for stream in values["tcp.stream"]]
        outer_streams.update(streams[:1])
        inner_streams.update(streams[1:])
        if len(values["tcp.srcport"]) > 1:
            capture.nested.add(frame)
        if values["tcp.flags"] and not values["tcp.len"] and int(values["tcp.flags"][0], 16) & 2:
            capture.quoted_openings.update(streams)
        # Quoted by an ICMP error, or a header that is not whole: no length, no analysis.
        if values["tcp.len"] and values["tcp.flags"]:
            capture.segments[frame] = tshark_segment(frame, values)
    capture.odd_streams = inner_streams - outer_streams
    return capture


def nanoseconds(text):
    whole, _, fraction = text.lstrip("-").partition(".")
    value = int(whole) * 1_000_000_000 + int(fraction.ljust(9, "0"))
    return -value if text.startswith("-") else value


def tshark_segment(frame, values):
    def number(field):
        return int(values[field][0], 0)

    flags = number("tcp.flags")
    shown = {
        "flags": "".join(letter for bit, letter in enumerate(FLAG_LETTERS) if flags >> bit & 1),
        "seq": number("tcp.seq"),
        "seq_raw": number("tcp.seq_raw"),
        "window_raw": number("tcp.window_size_value"),
        "length": number("tcp.len"),
        "options": tshark_options(values),
        "labels": {label for field, label in LABEL_FIELDS.items() if values[field]},
    }
    if flags & 0x10 and values["tcp.ack"]:
        shown["ack"] = number("tcp.ack")
        shown["ack_raw"] = number("tcp.ack_raw")
    scale = values["tcp.window_size_scalefactor"]
    if not scale or scale[0] != "-1":
        shown["window"] = number("tcp.window_size")
    return Segment(frame, number("tcp.stream"), number("tcp.srcport"), shown,
                   {"time": nanoseconds(values["frame.time_epoch"][0]), "flags": flags,
                    "source": innermost_source(values),
                    "scale": scale[0] if scale else "",
                    "whole": bool(values["tcp.urgent_pointer"])})


def innermost_source(values):
    """Of the IP header right above the segment: of several in a tunnel, or in what TCP carries."""
    above = values["frame.protocols"][0].split(":tcp")[0].split(":")
    versions = [name for name in above if name in ("ip", "ipv6")]
    return values[versions[-1] + ".src"][versions.count(versions[-1]) - 1]


def tshark_options(values):
    """An option that stands twice counts as its last."""
    options = {}
    if values["tcp.options.mss_val"]:
        options["mss"] = int(values["tcp.options.mss_val"][-1])
    if values["tcp.options.wscale.shift"]:
        options["window_scale"] = int(values["tcp.options.wscale.shift"][-1])
    if values["tcp.options.sack_perm"]:
        options["sack_permitted"] = True
    if values["tcp.options.timestamp.tsecr"]:
        options["timestamps"] = {"value": int(values["tcp.options.timestamp.tsval"][-1]),
                                 "echo": int(values["tcp.options.timestamp.tsecr"][-1])}
    if values["tcp.options.sack_le"]:
        options["sack"] = [[int(left), int(right)] for left, right in
                           zip(values["tcp.options.sack_le"], values["tcp.options.sack_re"])]
    return options


def by_wiretale(path, *options):
    """Asks wiretale, with --as tshark unless other options are given."""
    command = [WIRETALE, "trace", "--json", "--segments", *(options or ("--as", "tshark")),
               str(path)]
    done = run(command)
    assert done.returncode in (0, 1), (command, done.returncode, done.stderr.decode()[-2000:])
    capture = Capture()
    for line in done.stdout.splitlines():
        told = json.loads(line)
        if told["type"] == "segment":
            capture.segments[told["frame"]] = wiretale_segment(told)
        elif told["type"] == "connection":
            capture.connections[told["number"] - 1] = told
    return capture


def wiretale_segment(told):
    shown = {key: told[key] for key in
             ("flags", "seq", "seq_raw", "ack", "ack_raw", "window", "window_raw", "length")
             if key in told}
    shown["options"] = {key: told["options"][key] for key in
                        ("mss", "window_scale", "sack_permitted", "timestamps", "sack")
                        if key in told["options"]}
    if "sack" in shown["options"]:
        shown["options"]["sack"] = [[left % FULL, right % FULL]
                                    for left, right in shown["options"]["sack"]]
    shown["labels"] = set(told["labels"])
    return Segment(told["frame"], told["connection"] - 1, None, shown, told)


Difference = collections.namedtuple("Difference", "frame what ours theirs")


def differences(ours, theirs):
    """Every one, explained or not."""
    found = []
    for frame in sorted(ours.segments.keys() | theirs.segments.keys()):
        mine, other = ours.segments.get(frame), theirs.segments.get(frame)
        if mine is None or other is None:
            found.append(Difference(frame, "segment", mine and mine.raw, other and other.raw))
            continue
        if mine.stream != other.stream:
            found.append(Difference(frame, "stream", mine.stream, other.stream))
        for what in sorted(mine.shown.keys() | other.shown.keys()):
            if mine.shown.get(what) != other.shown.get(what):
                found.append(Difference(frame, what, mine.shown.get(what), other.shown.get(what)))
    return found


class Explained:
    """Why a difference is none of ours. `holds` gets the difference and the two captures."""

    def __init__(self, name, sentence, holds):
        self.name = name
        self.sentence = sentence
        self.holds = holds


def says_one_pass(difference, _ours, _theirs, once):
    """tshark without -2 says what we say; only the second pass, knowing the file's end, differs.

    It counts relative numbers from the last number that a SYN-ACK of the stream brought, holds
    SYN-ACKs against that number once more, and scales windows by the last scale of the stream.
    """
    if difference.what == "labels" and difference.ours ^ difference.theirs != {"reused-ports"}:
        return False
    if difference.what not in ("seq", "ack", "window", "options", "labels"):
        return False
    segment = once().segments.get(difference.frame)
    return (segment is not None
            and segment.shown.get(difference.what) == difference.ours)


def follows_quoted_opening(difference, ours, theirs, _once):
    """The file has the SYN in an ICMP error only, and tshark reads the options of that."""
    if difference.what != "window" or difference.ours is not None:
        return False
    stream = theirs.segments[difference.frame].stream
    return (stream in theirs.quoted_openings and stream in ours.connections
            and ours.connections[stream]["opening"]["kind"] == "midstream")


def brings_a_scale_too_late(difference, _ours, theirs, _once):
    if difference.what != "window":
        return False
    segment = theirs.segments[difference.frame]
    return ("window_scale" in segment.shown["options"]
            and "S" not in segment.shown["flags"])


def counts_inner_streams(difference, _ours, theirs, _once):
    """tshark numbers, and shows, also the TCP that it finds in what TCP carries (OpenFlow does)."""
    if difference.what == "stream":
        below = sum(1 for stream in theirs.odd_streams if stream < difference.theirs)
        return below > 0 and difference.theirs - below == difference.ours
    return difference.what in ("labels", "options") and difference.frame in theirs.nested


def lacks_the_last_fields(difference, ours, theirs, _once):
    return (difference.what == "segment" and difference.frame not in ours.segments
            and not theirs.segments[difference.frame].raw["whole"])


def lies_about_its_length(difference, ours, _theirs, _once):
    return (difference.what == "options"
            and ours.segments[difference.frame].raw["options"].get("bad_length"))


EXPLAINED = (
    Explained("inner-streams", "tshark counts streams in what TCP carries too",
              counts_inner_streams),
    Explained("late-scale", "a window scale in a segment that is no SYN, where it means nothing; "
              "tshark takes it, and shows this segment's window by an earlier or a later one",
              brings_a_scale_too_late),
    Explained("cut-fields", "a snap length that leaves 16 to 19 bytes of a header: tshark shows "
              "those, to us it is damaged", lacks_the_last_fields),
    Explained("bad-length", "an option whose length is wrong; tshark reads it nevertheless, we say "
              "that its length is bad", lies_about_its_length),
    Explained("second-pass", "tshark without -2 agrees with us; its second pass judges again with "
              "what the first one knew at the end of the file", says_one_pass),
    Explained("quoted-opening", "tshark takes the window scale from a SYN that only an ICMP error "
              "quotes; we say that it is not known", follows_quoted_opening),
)


def judge(path, ours=None, theirs=None):
    """(differences that nothing explains, how often each explanation was needed)."""
    ours = ours or by_wiretale(path)
    theirs = theirs or by_tshark(path)
    once = []

    def by_one_pass():
        if not once:
            once.append(by_tshark(path, 1))
        return once[0]

    unexplained, needed = [], collections.Counter()
    for difference in differences(ours, theirs):
        for explained in EXPLAINED:
            if explained.holds(difference, ours, theirs, by_one_pass):
                needed[explained.name] += 1
                break
        else:
            unexplained.append(difference)
    return unexplained, needed


def count_connections(theirs):
    """From tshark's raw fields: {stream: {(address, port): (segments, distinct bytes)}}."""
    streams = {}
    for segment in sorted(theirs.segments.values(), key=lambda segment: segment.frame):
        sender = segment.raw["source"], segment.source_port
        counts = streams.setdefault(segment.stream, {}).setdefault(sender, Sent())
        counts.take(segment)
    return streams


class Sent:
    """What one side sent: how many segments, and which bytes of its stream."""

    def __init__(self):
        self.segments = 0
        self.highest = None
        self.ranges = []  # [left, right], apart from each other

    def take(self, segment):
        self.segments += 1
        length, flags = segment.shown["length"], segment.raw["flags"]
        if not length or flags & 0x04:
            return
        left = segment.shown["seq_raw"] + (flags >> 1 & 1)
        if self.highest is None:
            self.highest = left
        left = self.highest + (left - self.highest + FULL // 2) % FULL - FULL // 2
        right = left + length
        self.highest = max(self.highest, right)
        joined = [one for one in self.ranges if one[0] <= right and left <= one[1]]
        self.ranges = [one for one in self.ranges if one not in joined]
        self.ranges.append([min([left] + [one[0] for one in joined]),
                            max([right] + [one[1] for one in joined])])

    @property
    def bytes(self):
        return sum(right - left for left, right in self.ranges)


def endpoint(address, port):
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def count_differences(ours, theirs):
    """Of the segments and bytes of each side, in the connections that both know."""
    found = []
    for stream, sides in count_connections(theirs).items():
        connection = ours.connections.get(stream)
        if connection is None:
            found.append((stream, "missing"))
            continue
        if connection["client"] == connection["server"]:
            continue  # to itself: whose a segment is, only the program knows
        counted = {endpoint(*sender): (sent.segments, sent.bytes) for sender, sent in sides.items()}
        for side in ("client", "server"):
            told = connection["from_" + side]
            mine = told["segments"], told["bytes"]
            other = counted.get(connection[side], (0, 0))
            if mine != other:
                found.append((stream, side, mine, other))
    return found
