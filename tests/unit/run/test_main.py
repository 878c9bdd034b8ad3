"""The program as it is called, before anything runs."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

SHOW = """
import os, sys
os.closerange(0, 3)
sys.stdout = sys.stderr = None
from keepalived.run import main
status = main.main(["-v"])
for number in range(3):
    assert os.readlink(f"/proc/self/fd/{number}") == "/dev/null", number
os._exit(status + 40)
"""


def test_closed_streams_are_filled_so_that_no_socket_takes_their_place() -> None:
    if not os.path.isdir("/proc/self/fd"):
        pytest.skip("lacks /proc")
    done = subprocess.run([sys.executable, "-c", SHOW], check=False)
    assert done.returncode == 40
