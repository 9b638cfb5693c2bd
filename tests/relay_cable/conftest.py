"""The experiments are run once, all at the same time, since they mostly wait; the tests then look
at what came of each."""

import sys
import warnings

import pytest

sys.dont_write_bytecode = True

import cable_runs  # noqa: E402 (after the line above, so that it leaves no cache)

HISTORIES = ("lossy", "narrow", "short-cut", "long-cut", "half-cut")
DEATHS = ("dead-peer", "unasked")
AGAIN_AT_MOST = 2
NIGHTLY = ("long-lossy", "many-cuts", "two-minutes", "two-minutes-unasked")


def run_or_skip(*arguments, **keywords):
    try:
        return cable_runs.run(*arguments, **keywords)
    except cable_runs.Impossible as reason:
        return pytest.skip(str(reason))


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A machine that stands still makes another experiment of one whose steps wait for deadlines:
    one that did not come to its end is run again, by itself. A word that the relay broke stays."""
    def tried(names):
        folder = tmp_path_factory.mktemp(f"seed-{cable_runs.SEED}-")
        return run_or_skip(names, folder, "--segments", seconds=60)

    found = tried(HISTORIES + DEATHS)
    for _ in range(AGAIN_AT_MOST):
        for name in [name for name, run in found.items() if run.broke_off()]:
            warnings.warn(f"{name}: tried again: {found[name].experiment.get('failure')}")
            found |= tried([name])
    return found


@pytest.fixture(scope="session")
def finished_nightly(tmp_path_factory):
    folder = tmp_path_factory.mktemp(f"nightly-seed-{cable_runs.SEED}-")
    names = [f"nightly/{name}" for name in NIGHTLY]
    return run_or_skip(names, folder, seconds=900)
