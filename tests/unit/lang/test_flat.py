"""keepalived's own reading of braces: what it guesses not, and which lines it complains about."""

from __future__ import annotations

from keepalived.config.load import load

PAGE = "keepalived.conf"


def complaints(text: str) -> dict[int, str]:
    """Give the first complaint of 2.2.7's language about each line."""
    loaded = load(PAGE, lambda name: ((name, text),), "2.2.7")
    found: dict[int, str] = {}
    for fault in loaded.faults:
        if fault.status:
            found.setdefault(fault.place.line, fault.what)
    return found


def test_the_brace_behind_an_unknown_word_closes_the_block_around_it() -> None:
    text = "vrrp_instance A {\nunk {\npriority 20\n}\npriority 30\nadvert_int 1\n}\n"
    found = complaints(text)
    assert found[2] == "unknown keyword 'unk'"
    assert 3 not in found
    assert "priority" in found[5] and "advert_int" in found[6]
    assert found[7] == "a } too many; it is left out"


def test_a_block_of_another_process_is_skipped_to_its_balancing_brace() -> None:
    text = "virtual_server 10.0.0.1 80 {\nxx {\n}\nlb_kind NAT\n}\nglobal_defs {\nrouter_id a\n}\n"
    found = complaints(text)
    assert 6 not in found and 7 not in found
    assert "lb_kind" in found[4] and "}" in found[5]


def test_a_missing_brace_is_told_at_the_line_behind_and_the_block_is_read() -> None:
    found = complaints("vrrp_instance A\npriority 300\n}\n")
    assert "{ is missing" in found[2] or "priority" in found[2]
    assert 3 in found


def test_a_brace_on_the_next_line_belongs_to_the_word_before() -> None:
    text = "vrrp_instance A\n{\ninterface eth0\nvirtual_router_id 1\n"
    text += "virtual_ipaddress\n{\n10.0.0.1\n}\n}\n"
    assert complaints(text) == {}


def test_braces_left_open_are_told_without_a_line() -> None:
    found = complaints("vrrp_instance A {\ninterface eth0\nvirtual_ipaddress {\n10.0.0.1\n")
    assert "2 } missing" in found[0]


def test_an_old_spelling_that_we_only_remark_on_is_a_fault_of_the_release() -> None:
    url = "url {\npath /\ndigest 0123456789abcdef0123456789abcdef\n}"
    check = f"HTTP_GET {{\n{url}\nnb_get_retry 3\n}}"
    text = "virtual_server 10.0.0.1 80 {\nlb_algo rr\nlb_kind NAT\nprotocol TCP\n"
    text += f"real_server 10.0.0.2 80 {{\n{check}\n}}\n}}\n"
    assert list(complaints(text)) == [11]
    assert complaints("global_defs {\nlvs_id a\n}\n") == {2: "unknown keyword 'lvs_id'"}


def test_a_surplus_brace_is_no_fault_of_a_line_before_or_behind() -> None:
    found = complaints("global_defs {\n}\n}\nglobal_defs {\nrouter_id a\n}\n")
    assert list(found) == [3]
