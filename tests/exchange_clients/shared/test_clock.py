from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_models import NS
from exchange_clients.shared.clock import (
    ManualClock,
    Rng,
    SystemClock,
    parse_instant,
    to_datetime,
    to_iso,
    to_ns,
)
from exchange_clients.shared.virtual_time import VirtualLoop, run_virtual

GOLDEN_BITS = [3870448734, 2653235719, 1825998441]
GOLDEN_FLOATS = [0.18299473236504304, 0.9750708702778496]
GOLDEN_DICE = [4, 6, 6, 4, 6, 6, 3, 6]
GOLDEN_UNIFORM = 19.28008098697623
INSTANTS_NS = st.integers(-(10**18), 4 * 10**18)


# Clocks -------------------------------------------------------------------------------------------


def test_the_systems_monotonic_time_never_steps_back() -> None:
    clock = SystemClock()
    readings = [clock.monotonic_ns() for _ in range(100)]
    assert readings == sorted(readings)


def test_the_systems_wall_time_counts_from_the_epoch() -> None:
    assert SystemClock().now_ns() > parse_instant("2024-01-01T00:00:00Z")


def test_a_manual_clock_stands_still_until_it_is_moved() -> None:
    clock = ManualClock(5 * NS)
    clock.advance(0.25)
    assert clock.now_ns() == clock.monotonic_ns() == 5 * NS + NS // 4


def test_a_manual_clock_never_runs_backwards() -> None:
    with pytest.raises(AssertionError, match="never runs backwards"):
        ManualClock().advance(-1)


def test_every_clock_waits_on_the_loop_that_runs() -> None:
    async def main(loop: VirtualLoop) -> tuple[int, list[int]]:
        clock, rung = ManualClock(), list[int]()
        clock.call_later(1, lambda: rung.append(loop.now_ns))
        cancelled = clock.call_later(2, lambda: rung.append(loop.now_ns))
        cancelled.cancel()
        await clock.sleep(3)
        with pytest.raises(TimeoutError):
            async with clock.deadline(4):
                await asyncio.sleep(100)
        async with clock.deadline(None):
            await clock.sleep(10)
        return loop.now_ns, rung

    assert run_virtual(main) == (17 * NS, [NS])


# Randomness ---------------------------------------------------------------------------------------


def test_numbers_of_a_seed_are_the_same_on_every_machine_and_version() -> None:
    rng = Rng(42)
    assert [rng.getrandbits(32) for _ in range(3)] == GOLDEN_BITS
    assert [rng.random() for _ in range(2)] == GOLDEN_FLOATS
    assert [rng.randint(1, 6) for _ in range(8)] == GOLDEN_DICE
    assert rng.uniform(10.0, 20.0) == GOLDEN_UNIFORM


def test_a_stream_depends_on_its_name_and_not_on_its_siblings() -> None:
    alone = Rng(7).stream("fills").getrandbits(64)
    parent = Rng(7)
    parent.getrandbits(64)
    parent.stream("latency").getrandbits(64)
    assert parent.stream("fills").getrandbits(64) == alone
    assert Rng(7).stream("latency").getrandbits(64) != alone
    assert Rng(8).stream("fills").getrandbits(64) != alone


@given(seed=st.integers(0, 10**6), low=st.integers(-50, 50), width=st.integers(0, 50))
@settings(deadline=None, derandomize=True, max_examples=100)
def test_an_integer_lies_within_its_bounds_both_included(seed: int, low: int, width: int) -> None:
    rng = Rng(seed)
    drawn = {rng.randint(low, low + width) for _ in range(20)}
    assert low <= min(drawn) <= max(drawn) <= low + width


@given(seed=st.integers(0, 10**6), bits=st.integers(0, 2000))
@settings(deadline=None, derandomize=True, max_examples=100)
def test_bits_are_never_more_than_asked_for(seed: int, bits: int) -> None:
    assert 0 <= Rng(seed).getrandbits(bits) < 1 << bits


def test_every_face_of_a_die_comes_up_about_as_often() -> None:
    rng = Rng("die")
    throws = [rng.randint(1, 6) for _ in range(6000)]
    assert all(900 < throws.count(face) < 1100 for face in range(1, 7))


# Instants -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1969-12-31T23:59:59.500000Z", -NS // 2),
        ("2024-02-29T12:00:00+02:00", 1_709_200_800 * NS),
        ("2024-02-29 10:00:00", 1_709_200_800 * NS),
        ("2026-11-21T02:14:28.000123Z", 1_795_227_268 * NS + 123_000),
    ],
)
def test_an_iso_text_is_read_to_the_microsecond_and_as_utc_without_a_zone(
    text: str, ns: int
) -> None:
    assert parse_instant(text) == ns


@given(INSTANTS_NS)
@settings(deadline=None, derandomize=True, max_examples=200)
def test_an_instant_survives_text_to_the_microsecond(ns: int) -> None:
    assert parse_instant(to_iso(ns)) == ns // 1000 * 1000


def test_a_datetime_of_an_instant_is_aware_and_exact() -> None:
    assert to_datetime(1_709_200_800 * NS + 123_456_789) == datetime(
        2024, 2, 29, 10, 0, 0, 123_456, tzinfo=UTC
    )


def test_an_iso_text_of_an_instant_always_shows_microseconds() -> None:
    assert to_iso(1_795_227_268 * NS) == "2026-11-21T02:14:28.000000Z"


def test_an_instant_is_the_same_as_a_number_and_as_a_datetime() -> None:
    moment = datetime(2024, 8, 8, 23, 54, 15, 30_314, tzinfo=UTC)
    assert to_ns(moment) == to_ns(to_ns(moment)) == parse_instant("2024-08-08T23:54:15.030314Z")
    assert to_ns(moment.replace(tzinfo=None)) == to_ns(moment)
    assert to_ns(moment.astimezone(timezone(timedelta(hours=5)))) == to_ns(moment)
