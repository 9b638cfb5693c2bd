"""What is measured: each scenario is the same work for several contestants.

A contestant is a server, how it is started, and the command line that loads it. The command line is
the same for all: `wiretale bench` for ours, `peer_load --dialect NAME` for the others.
"""

from dataclasses import dataclass

CONFIRMED_WINDOW = 1024
OUTSTANDING = 20000  # for those that confirm nothing; more, and some cut the receiver off
RATE = 2000
IDLE = 5000
MANY_IDLE = 15000
PAIRS = 500
PAIR_WINDOW = 256
ACROSS = ("--workers", "2", "--group", "1")  # a sender's neighbour is on the other worker
MEMBERS = 1000


@dataclass(frozen=True)
class Contestant:
    label: str  # as in the table
    server: str  # a key of servers.COMMANDS
    dialect: str  # "wiretale": by `wiretale bench`
    arguments: tuple = ()  # besides those of the scenario
    server_options: tuple = ()


@dataclass(frozen=True)
class Figure:
    key: str  # of the load program's JSON, or "server_cpu" for CPU seconds for each message
    title: str
    unit: str
    lower_is_better: bool = False
    scale: float = 1.0  # from the JSON's unit to this one
    digits: int = 0


@dataclass(frozen=True)
class Scenario:
    name: str
    title: str
    kind: str  # of load
    arguments: tuple
    contestants: tuple
    figures: tuple
    timed: bool = True  # it runs for --seconds
    needs_pid: bool = False  # the load program reads the server's memory


def window(count):
    return ("--window", str(count))


def ours(label="wiretale", *arguments, options=()):
    return Contestant(label, "wiretaled", "wiretale", tuple(arguments), tuple(options))


def peers(*arguments, only=("nats", "redis", "mosquitto")):
    dialects = {"nats": "nats", "redis": "redis", "mosquitto": "mqtt"}
    return tuple(Contestant(name, name, dialects[name], tuple(arguments)) for name in only)


def bare(dialect, *arguments):
    return Contestant(dialect, "bare", dialect, tuple(arguments))


CPU = Figure("server_cpu", "server CPU for each", "us", True, 1e6, 2)
THROUGHPUT = (Figure("messages_per_second", "throughput", "k/s", False, 1e-3), CPU)
P50 = Figure("latency.p50", "p50", "us", True, 1e6, 1)
P99 = Figure("latency.p99", "p99", "us", True, 1e6, 1)
# Without what the load program itself was late by, where the machine let it sleep too long.
LEFT_P99 = Figure("transit.p99", "p99 from leaving", "us", True, 1e6, 1)

SCENARIOS = (
    Scenario("throughput", "1 to 1, raw sockets", "throughput", (), (
        ours("wiretale", *window(CONFIRMED_WINDOW)),
        ours("across workers", *window(CONFIRMED_WINDOW), options=ACROSS),
        *peers(*window(OUTSTANDING)),
        bare("bare", *window(OUTSTANDING)),
        bare("bare-answered", *window(CONFIRMED_WINDOW)),
    ), THROUGHPUT),
    Scenario("library", "1 to 1, by libraries", "throughput", ("--library",), (
        ours("wiretale", *window(CONFIRMED_WINDOW)),
        *peers(*window(OUTSTANDING)),
    ), THROUGHPUT),
    Scenario("latency", f"one way at {RATE:,}/s, raw sockets", "latency",
             ("--rate", str(RATE)), (
        ours(),
        ours("across workers", options=ACROSS),
        *peers(),
        bare("bare-answered"),
    ), (P50, P99, LEFT_P99, CPU)),
    Scenario("library-latency", f"one way at {RATE:,}/s, by libraries", "latency",
             ("--library", "--rate", str(RATE)), (ours(), *peers()), (P50, P99, CPU)),
    Scenario("idle", f"{IDLE:,} idle connections", "idle", ("--connections", str(IDLE)), (
        ours(), *peers(), bare("bare"),
    ), (Figure("bytes_per_connection", "memory of each", "bytes", True),),
             timed=False, needs_pid=True),
    Scenario("beside-idle", f"one way at {RATE:,}/s beside {MANY_IDLE:,} idle", "latency",
             ("--rate", str(RATE)), (
        ours("with", "--idle-beside", str(MANY_IDLE)),
        ours("without"),
    ), (P50, P99, LEFT_P99)),
    Scenario("pairs", f"{PAIRS} pairs, window {PAIR_WINDOW} each", "throughput",
             ("--pairs", str(PAIRS), *window(PAIR_WINDOW)),
             (ours(), *peers(), bare("bare"), bare("bare-answered")), THROUGHPUT),
    Scenario("fan-out", f"to a room of {MEMBERS:,}, one outstanding", "fan-out",
             ("--members", str(MEMBERS), *window(1)), (ours(), *peers()),
             (Figure("latency.p50", "last has it, p50", "us", True, 1e6),
              Figure("latency.p99", "last has it, p99", "us", True, 1e6), CPU)),
    Scenario("fan-out-many", f"to a room of {MEMBERS:,}, 16 outstanding", "fan-out",
             ("--members", str(MEMBERS), *window(16)), (ours(), *peers()),
             (Figure("messages_per_second", "received by all", "/s"), CPU)),
    Scenario("connections", "made, greeted, closed", "connections", (),
             (ours(), *peers(), bare("bare")),
             (Figure("connections_per_second", "connections", "k/s", False, 1e-3, 1),)),
    Scenario("stalled", "1 to 1 beside a stalled reader", "throughput",
             window(CONFIRMED_WINDOW), (ours("with", "--stalled", "1"), ours("without")),
             THROUGHPUT),
)


@dataclass(frozen=True)
class Target:
    text: str
    scenario: str
    figure: str
    beside: str  # a contestant's label; None: the figure itself is held against the bound
    bound: float
    at_most: bool = False
    label: str = "wiretale"
    unit: str = ""


THROUGHPUT_KEY = "messages_per_second"
TARGETS = (
    Target("confirmed 1 to 1 throughput, at least 1.5 times NATS",
           "throughput", THROUGHPUT_KEY, "nats", 1.5),
    Target("goal: half of the bare relay's that is answered",
           "throughput", THROUGHPUT_KEY, "bare-answered", 0.5),
    Target("through the libraries, at least NATS's",
           "library", THROUGHPUT_KEY, "nats", 1.0),
    Target("latency p50, at most mosquitto's",
           "latency", P50.key, "mosquitto", 1.0, at_most=True),
    Target("latency p50, at most 1.3 of the bare relay's, answered",
           "latency", P50.key, "bare-answered", 1.3, at_most=True),
    Target("latency p99, at most mosquitto's",
           "latency", P99.key, "mosquitto", 1.0, at_most=True),
    Target("an idle connection, at most 500 bytes",
           "idle", "bytes_per_connection", None, 500, at_most=True, unit="bytes"),
    Target(f"p99 beside {MANY_IDLE:,} idle, within 1.2 of that without",
           "beside-idle", P99.key, "without", 1.2, at_most=True, label="with"),
    Target(f"{PAIRS} pairs, at least 1.3 times NATS",
           "pairs", THROUGHPUT_KEY, "nats", 1.3),
    Target(f"fan-out to {MEMBERS:,}, at least as fast as NATS (time)",
           "fan-out", P50.key, "nats", 1.0, at_most=True),
    Target("others beside a stalled reader, at least 0.9 of their throughput",
           "stalled", THROUGHPUT_KEY, "without", 0.9, label="with"),
)
