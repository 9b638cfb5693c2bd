"""Puts a lie into the logs of a history that was made, for the checker to find."""

from check_history import Checker


def plant(folder, to_folder, change, files=None):
    """Checks the history of a folder again with one lie in it; returns {kind: how many places}.
    change(words of a line) gives the lines to stand there instead, or None to leave it; files are
    the names of those that may lie, or all."""
    for path in folder.iterdir():
        lines = path.read_bytes().split(b"\n")
        for position, line in enumerate(lines):
            may_lie = change and (files is None or path.name in files)
            changed = change(line.split()) if may_lie else None
            if changed is not None:
                lines[position : position + 1] = changed
                change = None
                break
        (to_folder / path.name).write_bytes(b"\n".join(lines))
    assert change is None, "there was no place for the lie"
    checker = Checker(to_folder)
    checker.check()
    return {kind: len(places) for kind, places in checker.violations.items()}


def is_delivered(words):
    return words[:1] == [b"verdict"] and words[4:] == [b"1", b"0"]
