"""The manual's tables are what the rows say."""

from __future__ import annotations

from pathlib import Path

from keepalived.config.root import Config
from keepalived.lang.manual import fresh, manual

PAGE = Path(__file__).resolve().parents[3] / "docs" / "configuration.md"


def test_the_page_shows_the_rows_of_today() -> None:
    page = PAGE.read_text()
    assert fresh(page, Config) == page, "draw it anew: keepalived.lang.manual.fresh(page, Config)"


def test_every_older_spelling_is_named() -> None:
    drawn = manual(Config)
    for word in ("lvs_id", "nb_get_retry", "smtp_connection_timeout", "lvs_sched"):
        assert f"`{word}`" in drawn
