#!/usr/bin/env python3
"""Checks that the source tree stands on its floors: tools/check_floors.py [ROOT]

The table says which folder may include which, and which may touch the world outside; it is the
one in CONTRIBUTING.md. Findings are "file:line: what" with what to do about it below.
Ends with 1 when there is one.
"""

import re
import sys
from pathlib import Path
from typing import NamedTuple


class Floor(NamedTuple):
    may_include: frozenset  # folders of src, besides itself
    world: frozenset        # keys of SYSTEM_HEADERS, and "print"


def floor(may_include="", world=""):
    return Floor(frozenset(may_include.split()), frozenset(world.split()))


FLOORS = {
    # 0
    "base": floor(),
    # 1
    "net": floor("base", "sockets waiting files"),
    "relay_protocol": floor("base"),
    "packet": floor("base"),
    "sock_diag": floor("base", "sockets waiting files"),
    # 2: what goes "through net" has no socket header of its own
    "relay_server": floor("base net relay_protocol", "waiting"),
    "relay_client": floor("base net relay_protocol", "waiting"),
    "tcp_flow": floor("base packet"),
    "capture": floor("base packet", "sockets waiting files capturing print"),
    # 3
    "chat_ui": floor("base net relay_client", "waiting files terminal print"),
    "relay_load": floor("base net relay_client relay_protocol", "waiting files"),
    "socket_peer": floor("base net", "sockets waiting files terminal print"),
    "report": floor("base relay_protocol packet tcp_flow"),
    "tcp_lab": floor("base net packet sock_diag capture tcp_flow",
                     "sockets waiting files terminal capturing"),
}
# It forks the programs under test: a child that could not become one ends itself.
FORKS = {"tcp_lab"}
PROGRAMS = Floor(frozenset(FLOORS), frozenset("sockets waiting files terminal print".split()))

# The public header: whom it is for. It stands alone but for these three.
PUBLIC_HEADER_USERS = {"relay_client", "chat_ui", "relay_load", "programs"}
PUBLIC_HEADER_INCLUDES = {"stdbool.h", "stddef.h", "stdint.h"}

SYSTEM_HEADERS = {
    # Not <arpa/inet.h>: to turn an address into text and back is no input or output.
    "sockets": re.compile(
        r"sys/(socket|un|epoll)\.h|netinet/.*|net/.*|netdb\.h|ifaddrs\.h|resolv\.h"
        r"|linux/.*|asm/.*"),
    "waiting": re.compile(r"s?poll\.h|sys/(poll|select|eventfd|timerfd|signalfd)\.h"),
    "files": re.compile(
        r"fcntl\.h|dirent\.h|ftw\.h|glob\.h|sys/(stat|mman|sendfile|inotify|mount|ioctl)\.h"),
    "terminal": re.compile(r"termios\.h|editline/.*|histedit\.h|curses\.h|pty\.h"),
    "capturing": re.compile(r"pcap\.h|pcap/.*"),
}
# These do no input or output at all, not even by a bare descriptor.
PURE = {name for name, rules in FLOORS.items() if not rules.world}
BARE_DESCRIPTORS = re.compile(r"unistd\.h|signal\.h|sys/(uio|wait|syscall)\.h")

PRINTING = re.compile(
    r"(?<![\w.>])(?:(?:v?f?printf|vdprintf|dprintf|puts|fputs|putchar|putc|fputc|perror|fopen"
    r"|fdopen|freopen|tmpfile|popen|fread|fwrite|fgets|getline|getchar|scanf|fscanf|v?syslog)\s*\("
    r"|FILE\b|stdout\b|stderr\b|stdin\b)")
ENDING = re.compile(r"(?<![\w.>])(?:_?_?exit|_Exit|quick_exit|system)\s*\(")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"\n]+)"|<([^>\n]+)>)')
SOFT_CAP_LINES = 600


class Finding(NamedTuple):
    path: str
    line: int
    what: str
    remedy: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.what}\n    {self.remedy}"


COMMENT_OR_TEXT = re.compile(
    r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.DOTALL)


def without_comments_and_texts(source):
    """The code alone, each line where it was; the names in #include lines are left."""

    def blank(match):
        text = match.group(0)
        line_start = source.rfind("\n", 0, match.start()) + 1
        if text.startswith('"') and INCLUDE.match(source[line_start:match.end()]):
            return text
        return re.sub(r"[^\n]", " ", text)

    return COMMENT_OR_TEXT.sub(blank, source)


class Checker:
    def __init__(self, root):
        self.root = Path(root)
        self.findings = []
        self.notes = []
        self.included = {}  # path in the tree -> [(line, path in the tree)]

    def find(self, path, line, what, remedy):
        self.findings.append(Finding(path, line, what, remedy))

    def check_tree(self):
        for top in ("src", "include", "programs", "tests"):
            for path in sorted((self.root / top).rglob("*.[ch]")):
                self.check_file(path.relative_to(self.root).as_posix())
        self.check_circles()
        return self.findings

    def check_file(self, path):
        raw = (self.root / path).read_text(encoding="utf-8", errors="replace")
        code = without_comments_and_texts(raw)
        folder = folder_of(path)
        lines = code.splitlines()
        self.included[path] = []
        if path.startswith("src/") and folder not in FLOORS:
            self.find(path, 1, f"the folder src/{folder} stands on no floor",
                      "give it a row in tools/check_floors.py and in CONTRIBUTING.md")
        if len(lines) > SOFT_CAP_LINES:
            self.notes.append(f"{path}:{len(lines)}: note: over {SOFT_CAP_LINES} lines; "
                              "is there a second thing in it?")
        first = None
        for number, line in enumerate(lines, start=1):
            match = INCLUDE.match(line)
            if match:
                quoted, system = match.groups()
                first = first or quoted or system
                if quoted:
                    self.check_own_include(path, folder, number, quoted)
                else:
                    self.check_system_include(path, folder, number, system)
            else:
                self.check_calls(path, folder, number, line)
        self.check_own_header_first(path, first)

    def check_own_include(self, path, folder, number, name):
        tops = ("src/", "include/", "tests/")
        if folder in ("programs", "tests") and name.startswith("programs/"):
            tops = ("",)
        target = next((f"{top}{name}" for top in tops
                       if "/" in name and (self.root / top / name).is_file()), None)
        if target is None or ".." in name.split("/"):
            self.find(path, number, f'"{name}" is not found from the source root',
                      'write the path from src/, include/ or tests/, as in "base/clock.h"')
            return
        self.included[path].append((number, target))
        if folder == "tests":
            return
        if target.startswith("tests/"):
            self.find(path, number, f'"{name}" belongs to the tests',
                      "what both use belongs into a folder of src/")
        elif path.startswith("include/"):
            self.find(path, number, "the public header includes one of ours",
                      "it is installed alone: declare what it needs in it")
        elif target.startswith("include/"):
            if folder not in PUBLIC_HEADER_USERS:
                self.find(path, number, f"{folder} may not include the public header",
                          f"only {', '.join(sorted(PUBLIC_HEADER_USERS))} may")
        else:
            self.check_floor(path, folder, number, folder_of(target))

    def check_floor(self, path, folder, number, other):
        rules = PROGRAMS if folder == "programs" else FLOORS.get(folder)
        if rules and other != folder and other not in rules.may_include:
            allowed = ", ".join(sorted(rules.may_include)) or "nothing but itself"
            self.find(path, number, f"{folder} may not include {other}; it may include {allowed}",
                      f"move what both need to a lower floor, or pass it in from above {folder}")

    def check_system_include(self, path, folder, number, name):
        if folder == "tests":
            return
        if path.startswith("include/"):
            if name not in PUBLIC_HEADER_INCLUDES:
                self.find(path, number, f"the public header includes <{name}>",
                          "it may include only <stdbool.h>, <stddef.h> and <stdint.h>")
            return
        rules = PROGRAMS if folder == "programs" else FLOORS.get(folder)
        if rules is None:
            return
        for kind, pattern in SYSTEM_HEADERS.items():
            if pattern.fullmatch(name) and kind not in rules.world:
                remedy = "go through net" if "net" in rules.may_include else (
                    "leave that to a folder which may, and take bytes or values from it")
                self.find(path, number, f"{folder} may not include <{name}> ({kind})", remedy)
        if folder in PURE and BARE_DESCRIPTORS.fullmatch(name):
            self.find(path, number, f"{folder} does no input or output, but includes <{name}>",
                      "take bytes or values from the caller")

    def check_calls(self, path, folder, number, line):
        if not path.startswith("src/") or folder not in FLOORS:
            return
        if "print" not in FLOORS[folder].world:
            for match in PRINTING.finditer(line):
                name = match.group(0).rstrip("( \t")
                self.find(path, number, f"{folder} may not use {name}: libraries do not print",
                          "return what happened, or write to a text builder; programs/ speaks")
        for match in ENDING.finditer(line):
            name = match.group(0).rstrip("( \t")
            if name == "_exit" and folder in FORKS:
                continue
            self.find(path, number, f"{folder} calls {name}(): libraries do not end the program",
                      "return what happened; programs/ decides")

    def check_own_header_first(self, path, first):
        if not path.endswith(".c"):
            return
        own = path[:-2] + ".h"
        if not (self.root / own).is_file():
            return
        name = own if own.startswith("programs/") else own.split("/", 1)[1]
        if first != name:
            self.find(path, 1, f'its own header "{name}" is not the first that it includes',
                      "put it first: that proves that the header stands alone")

    def check_circles(self):
        """Depth first; a file met again while it is still open closes a circle."""
        done, trail = set(), []

        def visit(path):
            if path in done:
                return
            trail.append(path)
            for number, target in self.included.get(path, []):
                if target in trail:
                    circle = trail[trail.index(target):] + [target]
                    self.find(path, number, "includes run in a circle: " + " -> ".join(circle),
                              "declare the struct forward in one of them, or part the headers")
                else:
                    visit(target)
            done.add(trail.pop())

        for path in sorted(self.included):
            visit(path)


def folder_of(path):
    parts = path.split("/")
    return parts[1] if parts[0] == "src" and len(parts) > 2 else parts[0]


def main(arguments):
    checker = Checker(arguments[0] if arguments else Path(__file__).resolve().parent.parent)
    findings = checker.check_tree()
    for text in [*checker.notes, *findings]:
        print(text)
    if not checker.included:
        print("check_floors: no C file found")
        return 1
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
