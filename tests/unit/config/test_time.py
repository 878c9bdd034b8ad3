"""Loading takes time in proportion to the text, however wrong the text is."""

from __future__ import annotations

import time

import pytest

from keepalived.config.load import load_text

MANY = 10_000
MOST_S = 4.0
"""Of processor time: other work on the machine makes a run slower, not wrong."""
INSTANCE = "vrrp_instance A {{\ninterface e\nvirtual_router_id 3\nvirtual_ipaddress {{\n{0}}}\n}}\n"
ADDRESSES = "".join(f"10.0.{at >> 8}.{at & 255}\nfe80::{at:x}\n" for at in range(MANY))
NONSENSE = {
    "braces": "{" * MANY + "}" * (2 * MANY),
    "blocks in blocks": "a {\n" * MANY,
    "instances in instances": "vrrp_instance A {\n" * MANY,
    "missing braces": "global_defs\n}\n" * MANY,
    "unknown words": "".join(f"wrd{at} x\n" for at in range(MANY)),
    "open quotes": '"\n' * MANY,
    "members that are not there": "vrrp_sync_group G {\n"
    + "".join(f"M{at}\n" for at in range(MANY))
    + "}\n",
    "addresses of the other family": INSTANCE.format(ADDRESSES),
    "wrong numbers": "".join(
        f"vrrp_instance A{at} {{\ninterface e\nvirtual_router_id 300\n}}\n" for at in range(MANY)
    ),
}


@pytest.mark.parametrize("kind", NONSENSE)
def test_a_large_file_of_nonsense_is_judged_in_time(kind: str) -> None:
    start = time.process_time()
    assert load_text(NONSENSE[kind]).faults
    assert time.process_time() - start < MOST_S
