"""Compiles shim/faults.c and speaks to it: the commands of a preloaded library that makes system
calls, allocations and the wall clock go wrong."""

import mmap
import os
import struct
import subprocess
from pathlib import Path

SOURCE = Path(__file__).parent / "shim" / "faults.c"
FIELDS = [
    "clock_step_ns",
    "allocations_left",
    "allocation_one_in",
    "io_one_in",
    "reset_one_in",
    "allocations_failed",
    "io_faults",
    "generator",
]


def build(folder):
    library = Path(folder) / "faults.so"
    flags = ["-O2", "-std=gnu17", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
    compiler = os.environ.get("CC", "cc")
    subprocess.run([compiler, *flags, "-o", library, SOURCE, "-ldl"], check=True)
    return library


class Faults:
    """Attributes are the numbers of the control file: reading and setting them takes effect."""

    def __init__(self, library, folder, seed=1):
        path = Path(folder) / "control"
        path.write_bytes(bytes(8 * len(FIELDS)))
        with open(path, "r+b") as file:
            self.__dict__["memory"] = mmap.mmap(file.fileno(), 8 * len(FIELDS))
        self.__dict__["environment"] = {
            "LD_PRELOAD": str(library),
            "FAULTS_CONTROL": str(path),
        }
        self.generator = seed

    def __getattr__(self, name):
        return struct.unpack_from("<q", self.memory, 8 * FIELDS.index(name))[0]

    def __setattr__(self, name, value):
        struct.pack_into("<q", self.memory, 8 * FIELDS.index(name), value)

    def rest(self):
        """No more faults from now on; the clock stays as it is."""
        for name in ("allocations_left", "allocation_one_in", "io_one_in", "reset_one_in"):
            setattr(self, name, 0)
