#!/usr/bin/env python3
"""Checks the plain shape of the text files: tools/check_text.py [ROOT]

No line of code over 100 columns (a tab goes to the next multiple of 8), no white space at the end
of a line, no carriage return, one newline at the end of the file, no leftover of a merge. Ends
with 1 when there is one.
"""

import re
import sys
from pathlib import Path

MAX_COLUMNS = 100
LEFT_OUT = re.compile(r"^(\.git|build|build-[^/]*|\.cache|\.pytest_cache|__pycache__)$")
LEFT_OUT_OF_WEB = ("node_modules", "dist")  # what others wrote, and what is made
CODE = re.compile(r".*\.(c|h|cpp|py|build|supp|ts|mjs|css)|Makefile|meson_options\.txt|\.clang-.*")
TEXT = re.compile(r".*\.(md|txt|json|dict|hex|in|toml|html|lab|[1-9])|LICENSE|\.gitignore|\.npmrc")
MERGE_MARK = re.compile(r"^(<{7} |={7}$|>{7} )")


def text_files(folder):
    for path in sorted(folder.iterdir()):
        if LEFT_OUT.match(path.name) or folder.name == "web" and path.name in LEFT_OUT_OF_WEB:
            continue
        if path.is_dir() and not path.is_symlink():
            if path.name != "corpus":  # seeds are bytes, whatever they look like
                yield from text_files(path)
        elif path.is_file():
            yield path


def is_script(path):
    with path.open("rb") as file:
        return file.read(2) == b"#!"


def check_file(path, shown):
    """Yields the findings of one file."""
    is_code = bool(CODE.fullmatch(path.name)) or is_script(path)
    if not is_code and not TEXT.fullmatch(path.name):
        return
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        line = path.read_bytes().count(b"\n", 0, error.start) + 1
        yield f"{shown}:{line}: not UTF-8\n    write such bytes as escapes"
        return
    if text and not text.endswith("\n"):
        yield f"{shown}:{text.count(chr(10)) + 1}: no newline at the end of the file\n    add one"
    if text.endswith("\n\n"):
        yield f"{shown}:{text.count(chr(10))}: empty lines at the end of the file\n    remove them"
    for number, line in enumerate(text.split("\n"), start=1):
        if line != line.rstrip():
            yield f"{shown}:{number}: white space at the end of the line\n    remove it"
        columns = len(line.expandtabs(8))
        if is_code and columns > MAX_COLUMNS:
            yield (f"{shown}:{number}: {columns} columns, {MAX_COLUMNS} are allowed\n"
                   "    break the line")
        if MERGE_MARK.match(line) and path.suffix != ".md":
            yield f"{shown}:{number}: the mark of an unfinished merge\n    finish it"


def main(arguments):
    root = Path(arguments[0]) if arguments else Path(__file__).resolve().parent.parent
    findings, files = 0, 0
    for path in text_files(root):
        files += 1
        for finding in check_file(path, path.relative_to(root).as_posix()):
            findings += 1
            print(finding)
    return 1 if findings or not files else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
