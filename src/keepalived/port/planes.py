"""What the nftables plane makes of each scheduler, known to the file's rules and to the adapter.

Rule: a table of facts; a scheduler that is not in it cannot be had on that plane.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

NFT_SCHEDULERS: Mapping[str, str] = MappingProxyType(
    {"rr": "rr", "wrr": "wrr", "sh": "sh", "dh": "dh", "lc": "rr", "wlc": "wrr", "lblc": "wrr"}
)
"""From the scheduler asked for to the one that stands in for it; rules cannot count connections."""
