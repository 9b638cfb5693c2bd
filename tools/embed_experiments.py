#!/usr/bin/env python3
"""Makes C of the experiments that wiretale brings along: tools/embed_experiments.py OUT FILE.lab...

The build runs it. OUT defines what src/tcp_lab/builtin_experiments.h declares, sorted by name.
"""

import sys
from pathlib import Path

IN_LINE = 16


def array(name, octets):
    """The bytes and a zero behind them; a string literal of this length is none that C promises."""
    yield f"static const char {name}[] = {{"
    octets += b"\0"
    for start in range(0, len(octets), IN_LINE):
        line = octets[start:start + IN_LINE]
        yield "\t" + " ".join(f"'\\x{octet:02x}'," for octet in line)
    yield "};"


def write(experiments):
    yield '#include "tcp_lab/builtin_experiments.h"'
    yield ""
    for i, (_, octets) in enumerate(experiments):
        yield from array(f"text_{i}", octets)
        yield ""
    yield "const struct builtin_experiment builtin_experiments[] = {"
    for i, (name, _) in enumerate(experiments):
        yield f'\t{{ "{name}", text_{i}, sizeof(text_{i}) - 1 }},'
    yield "};"
    yield "const size_t builtin_experiment_count ="
    yield "\tsizeof(builtin_experiments) / sizeof(builtin_experiments[0]);"


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__.strip())
    out, *files = map(Path, sys.argv[1:])
    experiments = sorted((file.stem, file.read_bytes()) for file in files)
    out.write_text("\n".join(write(experiments)) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
