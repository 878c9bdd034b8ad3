"""Builds what lets Debian's keepalived run its checker on a kernel without ip_vs.

Rule: the C text belongs to the shared references; here it is compiled, once a run, and preloaded.
"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from benchmarks.lanes import ROOT


@cache
def shim() -> Path:
    """Compile the library; give its path. It is gone when the benchmark ends."""
    shared = Path(os.environ.get("PYKEEPALIVED_SHARED", ROOT.parent / "shared"))
    folder = Path(tempfile.mkdtemp(prefix="shim"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    library = folder / "shim.so"
    source = shared / "tools/keepalived-without-ipvs.c"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source], check=True)
    return library
