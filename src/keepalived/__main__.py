"""`python -m keepalived`: the daemon."""

from __future__ import annotations

import sys

from keepalived.run.main import main

sys.exit(main())
