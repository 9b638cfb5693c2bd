"""Each experiment that wiretale brings along is a test of the trace against two real kernels: it
passes, and where the trace's inference and a kernel differ, the wire could not know."""

import functools
import json
import os
import shutil
import subprocess

import lab as lab_module
import pytest

NAMES = [json.loads(line)["name"] for line in lab_module.run("list", "--json").stdout.splitlines()]

# What a capture cannot know, by the reasons that the program gives; anything else is an error of
# the trace. The last two are a matter of the moment in which a kernel was asked, and of programs.
UNKNOWABLE = {
    "nobody listened there, which only the RST tells that answers",
    "the listener dropped the SYN: its queue was full",
    "its socket was gone, and the RST that tells had not left yet",
    "the RST had not the very next number: whether it is obeyed shows only in what its receiver "
    "does then",
    "the listener did not take the ACK: its queue was full, or it waits for data",
    "it had left before the other side's FIN came, and its kernel was asked after that",
    "its kernel had not looked at the segment yet: a program was busy with the socket",
}
# Where a kernel gives a connection up on a cut cable, and is asked right after its last segment.
SILENT = {"cable-pulled-relay": {"its socket was gone, and no segment said so"}}
LEFT_OUT = "it was closed, and its FIN had not left yet"


# Both kinds of devices; where everything takes three times as long, the usual one.
BACKENDS = ["any"] if os.environ.get("WIRETALE_SANITIZED") else ["veth", "tun"]


@functools.cache
def results(backend):
    """The line of each experiment, all run at once; None: what the lab said why it cannot be."""
    chosen = [] if backend == "any" else ["--backend", backend]
    done = lab_module.run("run", "--all", "--json", "--jobs", "4", *chosen, status=None,
                          timeout=240 * lab_module.PATIENCE)
    if done.returncode == 3:
        return None, done.stderr
    lines = (json.loads(line) for line in done.stdout.splitlines())
    return {line["name"]: line for line in lines if line["type"] == "experiment"}, done.stderr


@pytest.mark.deadline(280)
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", NAMES)
def test_an_experiment_comes_out_as_its_file_says(name, backend):
    found, said = results(backend)
    if found is None:
        pytest.skip(said.strip())
    lab_module.undisturbed(lambda: judge(found.pop(name, None) or alone(name, backend)))


def alone(name, backend):
    """The line of one experiment, run by itself."""
    chosen = [] if backend == "any" else ["--backend", backend]
    done = lab_module.run("run", name, "--json", *chosen, status=None)
    (line,) = (found for found in map(json.loads, done.stdout.splitlines())
               if found["type"] == "experiment")
    return line


def judge(experiment):
    assert experiment["passed"], (experiment.get("failure"), [
        expected for expected in experiment["expectations"] if not expected["held"]])
    states = experiment["states"]
    assert states["compared"] > 0
    differences = states.get("differences", [])
    # No machine is so slow that these do not hold. pytest.fail() is final: no AssertionError.
    if states["agreed"] + len(differences) != states["compared"]:
        pytest.fail(f"not all are told: {states}")
    if not {difference["reason"] for difference in differences} <= (
            UNKNOWABLE | SILENT.get(experiment["name"], set())):
        pytest.fail(f"it could have known: {differences}")
    assert {moment["reason"] for moment in states["left_out"]} <= {LEFT_OUT}
    # The few that there may be; a trace that guessed would have many.
    assert len(differences) <= max(3, states["compared"] // 20)


def tshark(path, *fields):
    arguments = ["-T", "fields", "-E", "separator=|"]
    for field in fields:
        arguments += ["-e", field]
    done = subprocess.run(["tshark", "-n", "-r", str(path), *arguments], text=True, check=True,
                          capture_output=True, timeout=60 * lab_module.PATIENCE)
    return [line.split("|") for line in done.stdout.splitlines()]


# Nothing is lost, late or doubled in these, and no window closes.
CLEAN = ["handshake", "close-four", "close-three", "close-simultaneous", "hello-quit", "half-close",
         "one-port-many-clients", "states-tour", "sequence-wrap", "options-tour"]


def check_clean(folder, name):
    files = sorted(folder.glob(f"{name}-*.pcapng"))
    assert [path.stem for path in files] == [
        f"{name}-{place}" for place in ("cable", "client", "server")]
    for path in files:
        frames = tshark(path, "frame.time_epoch", "tcp.analysis.flags", "frame.comment")
        assert frames
        assert [time for time, _, _ in frames] == sorted(time for time, _, _ in frames), path
        # Both ends of a loop of one machine's ports are used once only.
        assert [flags for _, flags, _ in frames if flags] == [], path
        assert all(comment for _, _, comment in frames), path


@pytest.mark.skipif(not shutil.which("tshark"), reason="there is no tshark")
@pytest.mark.deadline(120)
@pytest.mark.parametrize("name", CLEAN)
def test_captures_open_elsewhere_without_a_label_that_did_not_happen(lab, tmp_path, name):
    def check():
        lab("run", name, "--save", tmp_path)
        check_clean(tmp_path, name)

    lab_module.undisturbed(check)


@pytest.mark.skipif(not shutil.which("tshark"), reason="there is no tshark")
@pytest.mark.deadline(60)
def test_a_lost_segment_is_lost_in_the_captures_too(lab, tmp_path):
    lab("run", "loss-fast-retransmit", "--save", tmp_path)
    truth = {}
    for place in ("client", "server", "cable"):
        frames = tshark(tmp_path / f"loss-fast-retransmit-{place}.pcapng", "frame.comment")
        truth[place] = (sum("lost" in comment for comment, in frames),
                        sum("sent again" in comment for comment, in frames), len(frames))
    assert truth["client"][0] == truth["cable"][0] == 1
    assert truth["server"][0] == 0
    assert truth["client"][1] == truth["cable"][1] == 1
    assert truth["server"][2] == truth["cable"][2] - 1
