"""The ladders of several connections: each with the steps that were done to it, and no others. And
what a ladder tells beside a segment is what the story under it tells."""

import re

SEVERAL = """title Two ports, three connections
server.one listen 7001
server.two listen 7002
client.ann socket
client.ann option TCP_NODELAY 1
client.ann connect 7001
server.ann accept one
client.bob connect 7002
server.bob accept two
client.ann send "from ann"
server.ann receive "from ann"
client.run run true
client.run exits 0
client.bob send "from bob"
server.bob receive "from bob"
client.ann close
server.ann receive end
server.ann close
wait until client.ann TIME_WAIT
cable delay 1ms
client.ann connect 7002
server.ann accept two
client.ann send "again"
server.ann receive "again"
"""


def ladders(out):
    """By number: the steps of each ladder, in order."""
    found = {}
    for piece in re.split(r"\n(?=Connection \d +client)", out)[1:]:
        number = int(piece.split()[1])
        steps = re.findall(r"\n +[0-9.]+ (?:o  |\| +)(\S.*?) +(?:\||o)(?=\n)", piece)
        found[number] = [step for step in steps if not re.match(r"[0-9.]+ m?s", step)]
    return found


def test_each_has_the_steps_of_its_own_sockets(lab):
    told = ladders(lab("run", "it.lab", it=SEVERAL).stdout)
    assert told == {
        1: ["server.one listen 7001", "client.ann socket", "client.ann option TCP_NODELAY 1",
            "client.ann connect 7001", "server.ann accept one", 'client.ann send "from ann"',
            'server.ann receive "from ann"', "client.ann close", "server.ann receive end",
            "server.ann close"],
        2: ["server.two listen 7002", "client.bob connect 7002", "server.bob accept two",
            'client.bob send "from bob"', 'server.bob receive "from bob"', "cable delay 1ms"],
        3: ["server.two listen 7002", "client.ann connect 7002", "server.ann accept two",
            'client.ann send "again"', 'server.ann receive "again"'],
    }


def test_the_only_one_has_all_of_them(lab):
    text = SEVERAL[:SEVERAL.index("client.bob connect")] + "client.run run true\n" \
        "client.run exits 0\nboth sysctl net.ipv4.tcp_sack 0\n"
    told = ladders(lab("run", "it.lab", it=text).stdout)
    assert list(told) == [1] and told[1][:2] == ["server.one listen 7001", "server.two listen 7002"]
    assert told[1][-3:] == ["client.run run true", "client.run ended with status 0",
                            "both sysctl net.ipv4.tcp_sack 0"]


def test_a_segment_sent_again_has_the_cause_that_the_finding_gives_it(lab):
    """Not the one that seemed likely when it was sent: a single segment looks like a probe."""
    out = lab("run", "loss-timeout").stdout
    story = re.search(r"retransmission timer ran out three times.*?\[5 6 7\]", out, re.DOTALL)
    rows = re.findall(r"^\[(\d+)\] .*retransmission: ([a-z ]+?) ==", out, re.MULTILINE)
    assert story and rows == [("5", "timeout"), ("6", "timeout"), ("7", "timeout")]
