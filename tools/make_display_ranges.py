#!/usr/bin/env python3
"""Writes src/base/display_ranges.h, the characters that take no column on a terminal and those
that take two, from Python's Unicode database: tools/make_display_ranges.py [FILE]

Only needed to follow a newer Unicode; the build does not run it.
"""

import sys
import unicodedata
from pathlib import Path

HEADER = Path(__file__).parent.parent / "src/base/display_ranges.h"
LARGEST_GAP = 40  # of code points that nobody has assigned, inside a range
IN_LINE = 4

# Format characters that are seen: the soft hyphen, and marks that enclose a number.
SEEN_FORMATS = {0xad, *range(0x600, 0x606), 0x6dd, 0x70f, 0x890, 0x891, 0x8e2, 0x110bd, 0x110cd}
# Vowels and final consonants of Hangul, which join the letter before them.
JOINING = [(0x1160, 0x11ff), (0xd7b0, 0xd7c6), (0xd7cb, 0xd7fb)]
# Wide whether assigned or not, and the hexagrams, wide since Unicode 16.
WIDE = [(0x4dc0, 0x4dff), (0x20000, 0x2fffd), (0x30000, 0x3fffd)]


def lies_in(code_point, ranges):
    return any(first <= code_point <= last for first, last in ranges)


def is_assigned(code_point):
    return unicodedata.category(chr(code_point)) != "Cn"


def columns(code_point):
    category = unicodedata.category(chr(code_point))
    if code_point in SEEN_FORMATS:
        return 1
    if lies_in(code_point, JOINING) or category in ("Mn", "Me", "Cf"):
        return 0
    if lies_in(code_point, WIDE):
        return 2
    wide = unicodedata.east_asian_width(chr(code_point)) in ("W", "F")
    return 2 if wide and is_assigned(code_point) else 1


def ranges_of(width):
    found = []
    for code_point in range(0x110000):
        if columns(code_point) != width:
            continue
        last = found[-1][1] if found else None
        if found and code_point - last <= LARGEST_GAP and not any(
                is_assigned(gap) for gap in range(last + 1, code_point)):
            found[-1] = (found[-1][0], code_point)
        else:
            found.append((code_point, code_point))
    return found


def table(name, ranges):
    cells = [f"{{ 0x{first:x}, 0x{last:x} }}" for first, last in ranges]
    lines = [", ".join(cells[at:at + IN_LINE]) for at in range(0, len(cells), IN_LINE)]
    return (f"static const struct display_range {name}[] = {{\n\t" + ",\n\t".join(lines) +
            ",\n};\n")


def main():
    text = f"""/*
 * Characters that take no column on a terminal, and those that take two (Unicode
 * {unicodedata.unidata_version}). Written by tools/make_display_ranges.py for display_width.c.
 */
#ifndef WIRETALE_BASE_DISPLAY_RANGES_H
#define WIRETALE_BASE_DISPLAY_RANGES_H

#include <stdint.h>

struct display_range {{
	uint32_t first;
	uint32_t last;
}};

/* clang-format off */
{table("display_none", ranges_of(0))}
{table("display_two", ranges_of(2))}/* clang-format on */

#endif
"""
    Path(sys.argv[1] if len(sys.argv) > 1 else HEADER).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
