"""Each venue's page says what its user must know, in the same places."""

from __future__ import annotations

from pathlib import Path

import pytest

PAGES = Path(__file__).parents[2] / "docs" / "venues"
PARTS = ("**Credentials**", "**Works**", "**Fees**", "**Limits**", "## Oddities", "## Unconfirmed")


@pytest.mark.parametrize("page", sorted(PAGES.glob("[!R]*.md")), ids=lambda page: page.name)
def test_a_venues_page_tells_keys_deeds_fees_limits_and_oddities(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert [part for part in PARTS if part not in text] == []
