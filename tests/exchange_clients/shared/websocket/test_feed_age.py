"""When the age of a feed means that something is wrong."""

from __future__ import annotations

import pytest

from exchange_clients.base_models import NS
from exchange_clients.shared.websocket.feed_age import AgeLimits, Delay, Verdict, judge

LIMITS = AgeLimits(first_data_s=10.0, quiet_s=15.0, silence_s=30.0, behind_s=5.0)


@pytest.mark.parametrize(
    ("known_s", "behind_s", "now_s", "verdict"),
    [
        (None, 0, 10, Verdict.FINE),
        (None, 0, 11, Verdict.UNHEARD),
        (1, 0, 16, Verdict.FINE),
        (1, 0, 17, Verdict.QUIET),
        (1, 0, 31, Verdict.QUIET),
        (1, 0, 32, Verdict.SILENT),
        (1, 5, 1, Verdict.FINE),
        (1, 6, 1, Verdict.BEHIND),
        (1, 6, 99, Verdict.BEHIND),
    ],
)
def test_an_age_is_judged_by_what_was_known_last(
    known_s: int | None, behind_s: int, now_s: int, verdict: Verdict
) -> None:
    known_ns = None if known_s is None else known_s * NS
    assert judge(0, known_ns, behind_s * NS, now_s * NS, LIMITS) is verdict


def behind_s(*frames: tuple[float, float], offset_s: float = 0.0) -> float:
    """Return the delay after frames of (received, stamped), in seconds."""
    delay = Delay()
    for received_s, venue_s in frames:
        delay.measure(round(received_s * NS), round(venue_s * NS), round(offset_s * NS))
    return delay.behind_ns / NS


def test_a_delay_that_never_changes_is_the_bias_of_the_clocks() -> None:
    assert behind_s((1.5, 0.0), (2.5, 1.0)) == 0.0


def test_a_delay_that_grows_is_counted_from_the_smallest_one_seen() -> None:
    assert behind_s((1.5, 0.0), (10.0, 1.0)) == 7.5
    assert behind_s((0.0, 1.0), (10.0, 7.0)) == 4.0


def test_a_connection_that_is_late_from_its_first_frame_on_is_not_punctual() -> None:
    assert behind_s((60.0, 0.0)) == 58.0


def test_the_known_offset_of_the_venues_clock_is_taken_out_first() -> None:
    assert behind_s((0.0, 60.0), (10.0, 60.0), offset_s=60.0) == 10.0


def test_a_frame_without_a_stamp_tells_nothing() -> None:
    delay = Delay()
    delay.measure(9 * NS, 0, 0)
    delay.measure(99 * NS, None, 0)
    assert delay.behind_ns == 7 * NS
