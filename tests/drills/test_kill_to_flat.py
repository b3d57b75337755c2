"""One drill of ten; ``python -m tests.drills`` plays them all."""

from __future__ import annotations

from pathlib import Path

from execution.flatten import PAUSE_MAX_S
from tests.drills.kill_to_flat import AWAY_S, VENUES, drill

SAFETY = Path(__file__).parents[2] / "docs" / "safety.md"


def test_eight_venues_are_flat_at_once_and_the_ninth_once_it_answers() -> None:
    report = drill("okx")
    assert report.flat
    seconds = {each.venue: each.seconds or 0.0 for each in report.venues}
    assert AWAY_S < seconds.pop("okx") < AWAY_S + PAUSE_MAX_S
    assert max(seconds.values()) < 2.0


def test_the_document_has_a_row_for_each_venue() -> None:
    rows = [line for line in SAFETY.read_text(encoding="utf-8").splitlines() if line[:1] == "|"]
    missing = [name for name in ("none", *VENUES) if not any(f"| {name} |" in row for row in rows)]
    assert missing == []
