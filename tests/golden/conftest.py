"""--update: write what is printed now into expected/, instead of comparing it."""

import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parent.parent / "trace"))  # frames.py, printed.py
sys.path.append(str(Path(__file__).parent.parent / "support"))


def pytest_addoption(parser):
    parser.addoption("--update", action="store_true",
                     help="write expected/*.txt anew; look at the difference before you keep it")
