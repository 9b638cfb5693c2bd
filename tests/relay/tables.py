"""Rows of data as tests: the first column of a row is the test's name."""

import pytest


def table(names, rows):
    return pytest.mark.parametrize(names, [pytest.param(*row[1:], id=row[0]) for row in rows])
