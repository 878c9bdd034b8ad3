"""Lends every benchmark one library that lets keepalived check servers without ip_vs.

Rule: it is compiled once a run and gone with it.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

from tests.lab.shim import build_shim

from benchmarks.lanes import ROOT


@cache
def shim() -> Path:
    """Compile the library; give its path. It is gone when the benchmark ends."""
    shared = Path(os.environ.get("PYKEEPALIVED_SHARED", ROOT.parent / "shared"))
    folder = Path(tempfile.mkdtemp(prefix="shim"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return build_shim(shared, folder)
