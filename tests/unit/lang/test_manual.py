"""The manual says what the rows say."""

from __future__ import annotations

from keepalived.config.root import Config
from keepalived.lang.manual import body, entries, pages


def test_every_block_has_one_page_and_names_where_it_stands() -> None:
    known = {page.name: page for page in pages(Config)}
    assert len(known) == len(pages(Config))
    assert "net_namespace" in body(known[""])
    assert known["real_server"].parents == ("virtual_server",)
    assert known["vrrp_instance"].parents == ()
    assert "Stands in `HTTP_GET` or `SSL_GET`." in body(known["url"])


def test_every_older_spelling_is_named() -> None:
    drawn = "".join(body(page) for page in pages(Config))
    for word in ("lvs_id", "nb_get_retry", "smtp_connection_timeout", "lvs_sched"):
        assert word in drawn


def test_a_bar_in_a_value_does_not_end_its_cell() -> None:
    (instance,) = (page for page in pages(Config) if page.name == "vrrp_instance")
    assert "| `state` | `MASTER\\|BACKUP` | `BACKUP` |" in body(instance)


def test_an_entry_is_found_by_every_spelling_and_by_its_block() -> None:
    assert entries(Config, "lvs_sched") == entries(Config, "virtual_server.lvs_sched")
    assert entries(Config, "lvs_sched")[0].startswith("lb_algo rr|wrr|")
    assert entries(Config, "global_defs.priority") == []
