"""A FILE_CHECK follows a track_file that there is."""

from __future__ import annotations

from keepalived.config.load import load_text

SERVICE = """virtual_server 10.0.0.1 80 {
 protocol TCP
 lb_algo rr
 lb_kind NAT
 real_server 10.0.0.2 80 {
  FILE_CHECK {
   track_file T
  }
 }
}
"""


def told(text: str) -> list[str]:
    return [fault.what for fault in load_text(text).faults if "no track_file" in fault.what]


def test_a_file_that_is_not_there_is_told_of() -> None:
    (what,) = told(SERVICE)
    assert "there is no track_file T" in what


def test_one_that_is_there_is_not() -> None:
    assert told("track_file T {\n file /tmp/x\n}\n" + SERVICE) == []
