"""Builds what lets Debian's keepalived run its checker on a kernel without ip_vs.

Rule: the C text belongs to the shared references; here it is compiled, and preloaded by who asks.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

SOURCE = "tools/keepalived-without-ipvs.c"
"""Below the folder of shared data."""


def build_shim(shared: Path, folder: Path) -> Path:
    """Compile the library into a folder; give its path. Raises where the compiler does not."""
    library = folder / "shim.so"
    command = ["cc", "-w", "-shared", "-fPIC", "-o", str(library), str(shared / SOURCE)]
    subprocess.run(command, check=True)
    return library
