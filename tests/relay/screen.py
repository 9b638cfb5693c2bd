"""A terminal of 24 x 80 that understands what a line editor says: to see what a person sees."""

import codecs
import re
import unicodedata

CONTROL = re.compile(
    r"\x1b\[([?>]?)([0-9;]*)([A-Za-z@`])"  # CSI
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"  # OSC
    r"|\x1b[=>78M()][AB0]?"
)


def width(character):
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


class Screen:
    def __init__(self, rows=24, columns=80):
        self.rows, self.columns = rows, columns
        self.cells = [[" "] * columns for _ in range(rows)]
        self.gone = []  # lines that scrolled off the top
        self.row = self.column = 0
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.pending = ""

    def feed(self, octets):
        text = self.pending + self.decoder.decode(octets)
        self.pending = ""
        at = 0
        while at < len(text):
            if text[at] == "\x1b":
                found = CONTROL.match(text, at)
                if not found:
                    if len(text) - at < 32:
                        self.pending = text[at:]
                        return
                    raise AssertionError(f"unknown escape sequence {text[at : at + 20]!r}")
                self._control(found)
                at = found.end()
            else:
                self._put(text[at])
                at += 1

    def _put(self, character):
        if character == "\r":
            self.column = 0
        elif character == "\n":
            self._line_feed()
        elif character == "\b":
            self.column = max(self.column - 1, 0)
        elif character == "\t":
            self.column = min((self.column // 8 + 1) * 8, self.columns - 1)
        elif character == "\x07":
            pass
        elif width(character) == 0:
            self.cells[self.row][max(self.column - 1, 0)] += character
        else:
            if self.column + width(character) > self.columns:
                self.column = 0
                self._line_feed()
            self.cells[self.row][self.column] = character
            if width(character) == 2:
                self.cells[self.row][self.column + 1] = ""
            self.column += width(character)

    def _line_feed(self):
        if self.row < self.rows - 1:
            self.row += 1
            return
        self.gone.append("".join(self.cells.pop(0)).rstrip())
        self.cells.append([" "] * self.columns)

    def _control(self, found):
        private, parameters, final = found.groups()
        if final is None or private:
            return
        numbers = [int(number or 0) for number in parameters.split(";")]
        count = max(numbers[0], 1)
        if final == "A":
            self.row = max(self.row - count, 0)
        elif final == "B":
            self.row = min(self.row + count, self.rows - 1)
        elif final == "C":
            self.column = min(self.column + count, self.columns - 1)
        elif final == "D":
            self.column = max(self.column - count, 0)
        elif final in "G`":
            self.column = min(count, self.columns) - 1
        elif final in "Hf":
            self.row = min(count, self.rows) - 1
            self.column = min(max((numbers + [1])[1], 1), self.columns) - 1
        elif final == "K":
            self._erase_line(numbers[0])
        elif final == "J":
            self._erase_screen(numbers[0])
        elif final == "P":
            line = self.cells[self.row]
            del line[self.column : self.column + count]
            line += [" "] * (self.columns - len(line))
        elif final == "@":
            line = self.cells[self.row]
            line[self.column : self.column] = [" "] * count
            del line[self.columns :]
        elif final not in "mhlr":
            raise AssertionError(f"unknown control sequence {found.group()!r}")

    def _erase_line(self, which):
        first = 0 if which else self.column
        last = self.column + 1 if which == 1 else self.columns
        self.cells[self.row][first:last] = [" "] * (last - first)

    def _erase_screen(self, which):
        if which == 0:
            self._erase_line(0)
            following = range(self.row + 1, self.rows)
        else:
            following = range(self.rows if which == 2 else self.row)
        for row in following:
            self.cells[row] = [" "] * self.columns

    def lines(self):
        """All that was ever shown, oldest first, without the empty rest below."""
        shown = ["".join(line).rstrip() for line in self.cells]
        while shown and not shown[-1]:
            shown.pop()
        return self.gone + shown

    def current(self):
        """The line that the cursor is on."""
        return "".join(self.cells[self.row]).rstrip()
