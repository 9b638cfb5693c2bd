"""What tshark says of a capture and what wiretale says of it, frame by frame in the same words, and
every difference between the two that is not a named case (EXPLAINED)."""

import collections
import json
import os
import subprocess
import tempfile

WIRETALE = os.environ.get("WIRETALE", "wiretale")
RUN_SECONDS = 300
FULL = 1 << 32

LABELS = (
    "retransmission", "fast-retransmission", "spurious-retransmission", "out-of-order",
    "duplicate-ack", "keep-alive", "keep-alive-ack", "zero-window", "zero-window-probe",
    "zero-window-probe-ack", "window-full", "window-update", "lost-segment", "ack-lost-segment",
    "reused-ports")
LABEL_FIELDS = {"tcp.analysis." + label.replace("-", "_"): label for label in LABELS}

FIELDS = (
    "frame.number", "frame.time_epoch", "ip.src", "ipv6.src", "tcp.srcport", "tcp.dstport",
    "tcp.stream", "tcp.len", "tcp.flags", "tcp.seq", "tcp.seq_raw", "tcp.ack", "tcp.ack_raw",
    "tcp.window_size_value", "tcp.window_size", "tcp.window_size_scalefactor",
    "tcp.options.mss_val", "tcp.options.wscale.shift", "tcp.options.sack_perm",
    "tcp.options.timestamp.tsval", "tcp.options.timestamp.tsecr",
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
                    "source": (values["ip.src"] + values["ipv6.src"])[0],
                    "scale": scale[0] if scale else ""})


def tshark_options(values):
    options = {}
    if values["tcp.options.mss_val"]:
        options["mss"] = int(values["tcp.options.mss_val"][0])
    if values["tcp.options.wscale.shift"]:
        options["window_scale"] = int(values["tcp.options.wscale.shift"][0])
    if values["tcp.options.sack_perm"]:
        options["sack_permitted"] = True
    if values["tcp.options.timestamp.tsval"]:
        options["timestamps"] = {"value": int(values["tcp.options.timestamp.tsval"][0]),
                                 "echo": int(values["tcp.options.timestamp.tsecr"][0])}
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
