"""What a page of --report holds: its document, read as a browser finds it."""

import base64
import json
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path


class _Script(HTMLParser):
    """The text of the elements with the document, as HTML ends them."""

    def __init__(self):
        super().__init__(convert_charrefs=False)
        self.found = []
        self._inside = False

    def handle_starttag(self, tag, attrs):
        first = tag == "script" and dict(attrs).get("id") == "wiretale-document"
        more = tag == "script" and dict(attrs).get("class") == "wiretale-document-more"
        self._inside = first or more
        if first:
            self.found.append("")

    def handle_endtag(self, tag):
        self._inside = False

    def handle_data(self, data):
        if self._inside:
            self.found[-1] += data


def document(path):
    parser = _Script()
    parser.feed(Path(path).read_text(encoding="utf-8"))
    parser.close()
    assert len(parser.found) == 1, path
    return json.loads(parser.found[0])


def said(stream, side):
    """All that a side said in a conversation."""
    return b"".join(base64.b64decode(piece["data"]) for piece in stream["pieces"]
                    if piece["from"] == side and "data" in piece)


class Index(HTMLParser):
    """The index of several pages: its links by their text's experiment, and its words."""

    def __init__(self, path):
        super().__init__()
        self.links = []
        self.rows = []
        self.tags = Counter()
        self.text = ""
        self.feed(Path(path).read_text(encoding="utf-8"))
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags[tag] += 1
        if tag == "a":
            self.links.append(dict(attrs)["href"])
        if tag == "tr":
            self.rows.append("")

    def handle_data(self, data):
        self.text += data
        if self.rows:
            self.rows[-1] += data
