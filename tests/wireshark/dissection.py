"""What tshark says of a capture with the dissector, what `wiretale trace --detail` says of it, and
where the two differ. docs/dissection.md is the law for both."""

import json
import os
import re
import subprocess
import tempfile
import xml.etree.ElementTree as ElementTree
from collections import namedtuple
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DISSECTOR = os.environ.get("WIRETALE_LUA", str(ROOT / "share" / "wiretale" / "wiretale.lua"))
WIRETALE = os.environ.get("WIRETALE", str(ROOT / "build" / "wiretale"))
RUN_SECONDS = 120
PROTOCOLS = ("wiretale", "classic")

# What Wireshark has beyond docs/dissection.md: it refers to other frames, or says in another type
# what stands there already.
ADDED = re.compile(r"wiretale\.(response|acknowledgement)_(in|to|time)|classic\.response_\w+|"
                   r"(wiretale|classic)\.(time|rest)|wiretale\.(no_frame|ipv4|ipv6)|_ws\..*|"
                   r"(wiretale|classic)\.expert\..*")
# A value of another length than that of its field has no name of its own in Wireshark.
SIZES = {"number": 4, "time": 8, "zone": 4, "to_number": 4, "outcome": 1, "through": 4, "limit": 4,
         "keepalive": 4, "auth": 1, "count": 4, "flag": 1, "retry_after": 4}
# Wireshark's own type for these is bytes: their hex is compared, and not how they are printed.
AS_BYTES = re.compile(r"wiretale\.(malformed|field\.(data|message_id|secret|cursor|unknown|misfit)"
                      r"\.value)$")

Field = namedtuple("Field", "name level offset bytes hex value said")


class Layer:
    """A message: one frame of version 1, one message of the classic dialect, its greeting."""

    def __init__(self, name, title, fields):
        self.name = name
        self.title = title
        self.fields = fields
        self.experts = []  # texts
        self.added = []  # (name, value)
        self.is_part = False

    def values(self, name):
        return [value for added, value in self.added if added == name] + \
            [field.value for field in self.fields if field.name == name]


def tshark(path, *arguments, passes=2):
    """Its output. The preferences are the defaults, whatever this user's are."""
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run(
            ["tshark", *(["-2"] if passes == 2 else []), "-n", "-X", f"lua_script:{DISSECTOR}",
             "-r", str(path), *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=RUN_SECONDS, check=False,
            env={**os.environ, "HOME": home, "XDG_CONFIG_HOME": home,
                 "WIRESHARK_CONFIG_DIR": home, "LC_ALL": "C.UTF-8"})
    said = done.stdout.decode("utf-8", "replace")
    complaints = done.stderr.decode("utf-8", "replace")
    for text in (said, complaints):
        for bad in ("Lua Error", "Dissector bug", "[Malformed Packet: WIRETALE]",
                    "[Malformed Packet: CLASSIC]", "attempt to", "traceback"):
            at = text.find(bad)
            assert at < 0, text[max(0, at - 400):at + 600]
    assert done.returncode == 0, complaints
    return said


def columns(path, *names, arguments=(), passes=2):
    """The values of these fields by frame number, each as tshark prints it."""
    asked = [part for name in ("frame.number", *names) for part in ("-e", name)]
    rows = tshark(path, "-T", "fields", "-E", "separator=/t", *asked, *arguments, passes=passes)
    found = {}
    for line in rows.splitlines():
        number, *values = line.split("\t")
        found[int(number)] = values[0] if len(names) == 1 else values
    return found


def take_fields(element, base, level, layer):
    for child in element:
        name = child.get("name", "")
        if ADDED.match(name):
            if name.endswith("expert.message") or name == "_ws.expert.message":
                layer.experts.append(child.get("show", ""))
            layer.added.append((name, child.get("show", "")))
            take_fields(child, base, level, layer)
            continue
        if child.get("hide") != "yes":
            layer.fields.append(Field(
                name, level, int(child.get("pos")) - base, int(child.get("size")),
                child.get("value", ""), child.get("show", ""), child.get("showname", "")))
        take_fields(child, base, level + 1, layer)


def by_tshark(path, *arguments):
    """Messages by the number of the frame in which tshark shows them."""
    frames = {}
    for packet in ElementTree.fromstring(tshark(path, "-T", "pdml", *arguments)):
        number = None
        for proto in packet:
            if proto.get("name") == "geninfo":
                number = int(proto.find("field[@name='num']").get("show"))
            if proto.get("name") in PROTOCOLS:
                layer = Layer(proto.get("name"), proto.get("showname"), [])
                take_fields(proto, int(proto.get("pos")), 0, layer)
                frames.setdefault(number, []).append(layer)
    return frames


PART = re.compile(r"bytes? ([\d,]+)(?: to ([\d,]+))?(?: of ([\d,]+))? (?:is|are) in this frame")


def ends_here(layer):
    """Our own shows a message in every frame that has a part of it; Wireshark in the last one."""
    part = PART.search(layer.get("summary", ""))
    return not part or (part[3] and (part[2] or part[1]) == part[3])


def by_wiretale(path, parts=False):
    """Messages by the number of the frame that has their last byte; `parts`: of each that has
    some."""
    done = subprocess.run([WIRETALE, "trace", "--detail", "--json", str(path)],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=RUN_SECONDS,
                          check=False)
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    frames = {}
    for line in done.stdout.splitlines():
        row = json.loads(line)
        for layer in row.get("layers", []) if row.get("type") == "detail" else []:
            if layer["name"] in PROTOCOLS and layer["fields"] and (parts or ends_here(layer)):
                title = layer["title"].partition(": ")[2]
                if "summary" in layer:
                    title += ": " + PART.split(layer["summary"])[0].rstrip(", ")
                fields = [Field(field["name"], field["level"], field["offset"], field["bytes"],
                                field.get("hex", ""), field.get("value", ""),
                                field.get("meaning", "")) for field in layer["fields"]]
                frames.setdefault(row["frame"], []).append(Layer(layer["name"], title, fields))
                frames[row["frame"]][-1].is_part = not ends_here(layer)
    return frames


def renamed(fields):
    """Ours with the names that Wireshark must give to values that are no such values."""
    result, name, length = [], None, 0
    for field in fields:
        slug, _, part = field.name.removeprefix("wiretale.field.").partition(".")
        if field.name.startswith("wiretale.field."):
            if not part:
                name, length = slug, field.bytes - 6
            if name == slug and SIZES.get(slug, length) != length:
                field = field._replace(name=".".join(
                    filter(None, ("wiretale.field.misfit", part))))
        result.append(field)
    return result


def same_value(ours, theirs):
    if AS_BYTES.match(theirs.name):
        return True
    if ours.value.endswith("..."):
        return theirs.value.startswith(ours.value[:-3])
    return ours.value == theirs.value


def field_differences(where, ours, theirs):
    for mine, other in zip(renamed(ours), theirs):
        place = ("name", "level", "offset", "bytes")
        if any(getattr(mine, part) != getattr(other, part) for part in place):
            yield f"{where}: ours {mine}, Wireshark's {other}"
            return
        if not other.hex.startswith(mine.hex):
            yield f"{where} {mine.name}: the bytes are {mine.hex}, in Wireshark {other.hex}"
        if not same_value(mine, other):
            yield f"{where} {mine.name}: the value is {mine.value!r}, in Wireshark {other.value!r}"
        if mine.said.lower() not in other.said.lower():
            yield f"{where} {mine.name}: {mine.said!r} is not in Wireshark's {other.said!r}"
    if len(ours) != len(theirs):
        more = (ours if len(ours) > len(theirs) else theirs)[min(len(ours), len(theirs))]
        yield f"{where}: {len(ours)} fields, in Wireshark {len(theirs)}; the first of them {more}"


def differences(path, ours=None, theirs=None, arguments=()):
    """Sentences. What Wireshark shows without a field of docs/dissection.md is no message."""
    ours = by_wiretale(path) if ours is None else ours
    theirs = by_tshark(path, *arguments) if theirs is None else theirs
    found = []
    for frame in sorted({*ours, *theirs}):
        mine = ours.get(frame, [])
        other = [layer for layer in theirs.get(frame, []) if layer.fields]
        if [layer.name for layer in mine] != [layer.name for layer in other]:
            found.append(f"frame {frame}: {[layer.title for layer in mine]}, in Wireshark "
                         f"{[layer.title for layer in other]}")
            continue
        for number, (one, two) in enumerate(zip(mine, other)):
            where = f"frame {frame}, message {number + 1}"
            said = two.title.partition(", ")[2]
            if said != one.title and not one.is_part:
                found.append(f"{where}: {one.title!r}, in Wireshark {said!r}")
            found += field_differences(where, one.fields, two.fields)
    return found
