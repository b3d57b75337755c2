"""The service's figures in the text format of Prometheus."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from funding_rate_service.api.state import Now
from funding_rate_service.core.board import VenueState
from helpers.metrics_text import Family, family, text_of

_OF_VENUE: tuple[tuple[str, str, str, Callable[[VenueState], float]], ...] = (
    ("collections_total", "counter", "Answers of a venue.", lambda each: each.answers),
    ("failures_total", "counter", "Attempts without an answer.", lambda each: each.failures),
    ("failures_in_row", "gauge", "Since the last answer.", lambda each: each.failures_in_row),
    ("rows", "gauge", "Rates in the last answer.", lambda each: each.rows),
    ("quarantined", "gauge", "Rows of it not served.", lambda each: each.quarantined_count),
    ("duration_seconds", "gauge", "How long it took.", lambda each: each.duration_ms / 1000),
)


def metrics(now: Now, *, store_works: bool, listeners: int) -> str:
    """Return every figure."""
    states = list(now.snapshot.states.values())
    families = [
        _family(name, kind, meaning, [(each.venue, read(each)) for each in states])
        for name, kind, meaning, read in _OF_VENUE
    ]
    ages = [(venue, now.age_s(each.at_ns)) for venue, each in now.snapshot.collections.items()]
    return text_of(
        [
            *families,
            _family("age_seconds", "gauge", "Age of a venue's rates.", ages),
            _family("store_works", "gauge", "Whether it took the last.", [("", store_works)]),
            _family("listeners", "gauge", "Of the stream.", [("", listeners)]),
        ]
    )


def _family(name: str, kind: str, meaning: str, values: Iterable[tuple[str, float]]) -> Family:
    return family(f"funding_rates_{name}", kind, meaning, "dex", values)
