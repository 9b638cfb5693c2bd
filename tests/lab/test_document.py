"""The examples of docs/experiments.md: who copies one and runs it sees it pass."""

import re
import sys
from pathlib import Path

import pytest

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "experiments.md"
EXAMPLES = re.findall(r"^```\n(title .*?)^```$", DOCUMENT.read_text(encoding="utf-8"),
                      re.DOTALL | re.MULTILINE)

# What stands there as ./my-server and ./my-client is the reader's own.
SERVER = """
import socket, sys
with socket.create_server(("", int(sys.argv[1]))) as listener:
    connection, _ = listener.accept()
    with connection:
        connection.sendall(b"Server " + connection.recv(100))
        connection.recv(100)
"""
CLIENT = """
import socket, sys
with socket.create_connection((sys.argv[1], int(sys.argv[2]))) as connection:
    for line in sys.stdin:
        connection.sendall(line.encode())
        print(connection.recv(100).decode(), end="", flush=True)
"""


def test_there_are_examples():
    assert len(EXAMPLES) >= 8


@pytest.mark.parametrize("text", EXAMPLES, ids=lambda text: text.splitlines()[0][6:])
def test_an_example_passes(lab, text):
    for name, program in (("my-server", SERVER), ("my-client", CLIENT)):
        path = lab.folder / name
        path.write_text(f"#!{sys.executable}\n{program}", encoding="utf-8")
        path.chmod(0o755)
    out = lab("run", "example.lab", example=text).stdout
    assert "example: passed in " in out
