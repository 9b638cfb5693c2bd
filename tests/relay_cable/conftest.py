"""The experiments are run once, all at the same time, since they mostly wait; the tests then look
at what came of each."""

import sys

import pytest

sys.dont_write_bytecode = True

import cable_runs  # noqa: E402 (after the line above, so that it leaves no cache)

HISTORIES = ("lossy", "narrow", "short-cut", "long-cut", "half-cut")
DEATHS = ("dead-peer", "unasked")
NIGHTLY = ("long-lossy", "many-cuts", "two-minutes", "two-minutes-unasked")


def run_or_skip(*arguments, **keywords):
    try:
        return cable_runs.run(*arguments, **keywords)
    except cable_runs.Impossible as reason:
        return pytest.skip(str(reason))


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp(f"seed-{cable_runs.SEED}-")
    return run_or_skip(HISTORIES + DEATHS, folder, "--segments", seconds=60)


@pytest.fixture(scope="session")
def finished_nightly(tmp_path_factory):
    folder = tmp_path_factory.mktemp(f"nightly-seed-{cable_runs.SEED}-")
    names = [f"nightly/{name}" for name in NIGHTLY]
    return run_or_skip(names, folder, seconds=900)
