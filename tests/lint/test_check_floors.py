"""The floor check finds each kind of planted violation, and none in a tree that keeps the rules."""

import subprocess
import sys
from pathlib import Path

import pytest

CHECK = Path(__file__).resolve().parents[2] / "tools" / "check_floors.py"

CLEAN_TREE = {
    "src/base/clock.h": '#include <stdint.h>\nint clock_now(void);\n',
    "src/base/clock.c": '#include "base/clock.h"\n\n#include <time.h>\n',
    "src/net/address.h": '#include <sys/socket.h>\n#include "base/clock.h"\n',
    "src/relay_protocol/frame.h": '#include "base/clock.h"\n',
    "src/relay_protocol/frame.c": '#include "relay_protocol/frame.h"\n\n#include <stdio.h>\n'
                                  '/* printf() is only spoken of */\n'
                                  'void f(char *t) { snprintf(t, 2, "exit(1); FILE"); }\n',
    "src/relay_server/session.h": '#include "net/address.h"\n#include "relay_protocol/frame.h"\n',
    "src/relay_client/client.c": '#include "wiretale/client.h"\n',
    "src/chat_ui/menu.c": '#include <stdio.h>\nvoid f(void) { printf("0 quit\\n"); }\n',
    "include/wiretale/client.h": "#include <stdint.h>\n",
    "programs/wiretaled.c": '#include "relay_server/session.h"\n#include <sys/socket.h>\n'
                            "int main(void) { exit(1); }\n",
    "programs/command.h": "struct command;\n",
    "programs/command.c": '#include "programs/command.h"\n',
    "tests/unit/clock_test.c": '#include "base/clock.h"\n#include <sys/socket.h>\n',
}

# name, file, its content, what must be said and where
PLANTED = [
    ("upward", "src/base/up.c", '#include "net/address.h"\n', ":1: base may not include net"),
    ("sideways", "src/net/side.h", '\n#include "relay_protocol/frame.h"\n',
     ":2: net may not include relay_protocol"),
    ("between siblings of floor 2", "src/relay_client/peek.c",
     '#include "relay_server/session.h"\n', ":1: relay_client may not include relay_server"),
    ("past a floor", "src/chat_ui/wire.c", '#include "relay_protocol/frame.h"\n',
     ":1: chat_ui may not include relay_protocol"),
    ("spaces in the directive", "src/base/up.c", '  #  include   "net/address.h"\n',
     ":1: base may not include net"),
    ("a socket header in a codec", "src/relay_protocol/bad.c", "#include <netinet/in.h>\n",
     ":1: relay_protocol may not include <netinet/in.h>"),
    ("a socket header above net", "src/relay_server/bad.c", "#include <sys/epoll.h>\n",
     ":1: relay_server may not include <sys/epoll.h>"),
    ("files in base", "src/base/bad.c", "#include <fcntl.h>\n",
     ":1: base may not include <fcntl.h>"),
    ("descriptors in base", "src/base/bad.c", "#include <unistd.h>\n",
     ":1: base does no input or output, but includes <unistd.h>"),
    ("a library that prints", "src/relay_server/bad.c",
     'void f(void)\n{\n\tfprintf(stderr, "no");\n}\n', ":3: relay_server may not use fprintf"),
    ("a codec with a FILE", "src/relay_protocol/bad.c", "void f(FILE *file);\n",
     ":1: relay_protocol may not use FILE"),
    ("a library that exits", "src/net/bad.c", "void f(void)\n{\n\texit(1);\n}\n",
     ":3: net calls exit(): libraries do not end the program"),
    ("own header not first", "src/net/address.c",
     '#include <stdint.h>\n#include "net/address.h"\n', ":1: its own header"),
    ("own header not included", "src/net/address.c", "int x;\n", ":1: its own header"),
    ("a path not from the root", "src/base/near.c", '#include "clock.h"\n',
     ':1: "clock.h" is not found from the source root'),
    ("a path upward", "src/net/dots.c", '#include "../base/clock.h"\n',
     ':1: "../base/clock.h" is not found from the source root'),
    ("a program's header in a library", "src/chat_ui/bad.c", '#include "programs/command.h"\n',
     ':1: "programs/command.h" is not found from the source root'),
    ("a test's header in a library", "src/base/spy.c", '#include "support/unit_test.h"\n',
     ':1: "support/unit_test.h" belongs to the tests'),
    ("the public header in the server", "src/relay_server/bad.c",
     '#include "wiretale/client.h"\n', ":1: relay_server may not include the public header"),
    ("a system header in the public one", "include/wiretale/more.h", "#include <stdio.h>\n",
     ":1: the public header includes <stdio.h>"),
    ("one of ours in the public one", "include/wiretale/more.h", '#include "base/clock.h"\n',
     ":1: the public header includes one of ours"),
    ("a folder without a floor", "src/attic/old.c", "int x;\n",
     ":1: the folder src/attic stands on no floor"),
    ("a circle", "src/base/ring.h", '#include "base/ring.h"\n',
     ":1: includes run in a circle: src/base/ring.h -> src/base/ring.h"),
]


def run_check(folder, files):
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return subprocess.run([sys.executable, CHECK, folder], capture_output=True, text=True,
                          timeout=120, check=False)


def test_a_tree_that_keeps_the_floors_is_passed(tmp_path):
    result = run_check(tmp_path, CLEAN_TREE)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


@pytest.mark.parametrize(("name", "content", "said"), [row[1:] for row in PLANTED],
                         ids=[row[0] for row in PLANTED])
def test_a_planted_violation_is_found_where_it_is(tmp_path, name, content, said):
    support = {"tests/support/unit_test.h": "\n"}
    result = run_check(tmp_path, {**CLEAN_TREE, **support, name: content})
    assert result.returncode == 1, result.stdout
    assert name + said in result.stdout


def test_a_circle_through_three_headers_is_found(tmp_path):
    ring = {f"src/base/{here}.h": f'#include "base/{there}.h"\n'
            for here, there in (("one", "two"), ("two", "three"), ("three", "one"))}
    result = run_check(tmp_path, {**CLEAN_TREE, **ring})
    assert result.returncode == 1
    assert "includes run in a circle: src/base/one.h" in result.stdout


def test_a_folder_without_any_source_is_no_success(tmp_path):
    result = run_check(tmp_path, {})
    assert result.returncode == 1
    assert "no C file found" in result.stdout


def test_a_file_of_more_than_600_lines_gets_a_note_only(tmp_path):
    result = run_check(tmp_path, {**CLEAN_TREE, "src/base/long.c": "int x;\n" * 601})
    assert result.returncode == 0
    assert "src/base/long.c:601: note:" in result.stdout
