#!/usr/bin/env python3
"""Runs clang-tidy over our C files, as many at once as there are processors.

tools/run_clang_tidy.py BUILD_FOLDER, a folder set up with clang. A file that passed is not looked
at again until it, something it includes, its compile command, .clang-tidy or clang-tidy itself is
another: BUILD_FOLDER/tidy-passed holds a mark named by the hash of all these. Ends with 1 when
there is a finding.
"""

import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INCLUDE = re.compile(rb'^[ \t]*#[ \t]*include[ \t]*"([^"\n]+)"', re.MULTILINE)
TIMEOUT_S = 900  # of waiting too, where others have the processors first


class Tidy:
    def __init__(self, folder):
        self.folder = folder.resolve()
        self.marks = self.folder / "tidy-passed"
        self.marks.mkdir(exist_ok=True)
        version = subprocess.run(["clang-tidy", "--version"], capture_output=True, check=True)
        self.common = version.stdout
        for checks in (".clang-tidy", "tests/.clang-tidy"):
            self.common += (ROOT / checks).read_bytes()

    def files(self):
        """(path, compile command) of each of our C files, once; the longest first, so that none of
        these is what all others have to be waited with."""
        commands = json.loads((self.folder / "compile_commands.json").read_text(encoding="utf-8"))
        found = {}
        for entry in commands:
            path = (Path(entry["directory"]) / entry["file"]).resolve()
            if path.suffix == ".c" and ROOT in path.parents and self.folder not in path.parents:
                found.setdefault(path, entry.get("command") or shlex.join(entry["arguments"]))
        return sorted(found.items(), key=lambda row: (-row[0].stat().st_size, row[0]))

    def mark_of(self, path, command):
        """Where the mark of a pass stands: named by all that the verdict depends on."""
        digest = hashlib.sha256(self.common + command.encode())
        seen, waiting = set(), [path]
        while waiting:
            here = waiting.pop()
            if here in seen:
                continue
            seen.add(here)
            content = here.read_bytes()
            digest.update(str(here).encode() + b"\0" + content)
            for name in sorted(INCLUDE.findall(content)):
                for top in ("src", "include", "tests"):
                    target = ROOT / top / name.decode(errors="replace")
                    if target.is_file():
                        waiting.append(target)
        return self.marks / digest.hexdigest()

    def check(self, path, command):
        """Returns what is to be printed: nothing where the file passes."""
        mark = self.mark_of(path, command)
        if mark.exists():
            return ""
        shown = path.relative_to(ROOT)
        try:
            # Not by -p: clang-tidy would read all files' commands, and look at a file that several
            # programs share once for each, where the second look makes false findings.
            flags = shlex.split(command)[1:]
            result = subprocess.run(["clang-tidy", "--quiet", path, "--", *flags],
                                    capture_output=True, text=True, errors="replace",
                                    timeout=TIMEOUT_S, check=False, stdin=subprocess.DEVNULL,
                                    cwd=self.folder)
        except subprocess.TimeoutExpired:
            return f"{shown}:1: clang-tidy did not end in {TIMEOUT_S} s\n    part the file\n"
        if result.returncode == 0:
            mark.touch()
            return ""
        relative = os.path.relpath(ROOT, self.folder)
        said = result.stdout
        for top in (self.folder / relative, ROOT, relative):
            said = said.replace(f"{top}/", "")
        return said or f"{shown}:1: clang-tidy failed: {result.stderr[-2000:]}\n"


def main(arguments):
    began = time.monotonic()
    tidy = Tidy(Path(arguments[0]))
    files = tidy.files()
    if not files:
        print("clang-tidy: no C file found")
        return 1
    bad = 0
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for said in pool.map(lambda row: tidy.check(*row), files):
            if said:
                bad += 1
                print(said, end="", flush=True)
    print(f"clang-tidy: {len(files)} files, {bad} with findings, "
          f"{time.monotonic() - began:.0f} s", file=sys.stderr)
    if bad:
        print("    mend each; where a finding is wrong, // NOLINTNEXTLINE(its-name): why")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
