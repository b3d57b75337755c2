"""A process is killed before each of its durable writes in turn; the next one ends it even."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import pytest

from execution.legs.state import Outcome
from tests.execution.legs.legs_deaths import Life, live_and_die, make_mortal, recover
from tests.execution.legs.legs_rigs import SELLS, SIZE, Pair, on_venues

D = Decimal
Trouble = Callable[[Pair], None]
WRITES_MAX = 60
ENDS = (Outcome.HEDGED, Outcome.UNWOUND, Outcome.NOTHING)


@dataclass
class End:
    """What one execution came to, its deaths included."""

    writes: int
    positions: tuple[Decimal, Decimal]
    died: bool


def both_fill(pair: Pair) -> None:
    """Let both legs fill."""


def turn_back(pair: Pair) -> None:
    """Let the second leg fill in part and its book vanish, so that all is undone."""
    pair.b.set_book([(D(100_000), SIZE / 4), (D(90_000), D(5))], SELLS)
    pair.clock.call_later(0.25, lambda: pair.b.set_book([(D(90_000), D(5))], SELLS))


def hedge_the_rest(pair: Pair) -> None:
    """Let the second leg fill in part; hedging the rest of it costs less than turning back."""
    pair.a.set_book([(D(99_000), D(5))], SELLS)
    pair.b.set_book([(D(100_000), SIZE / 4), (D(99_990), D(5))], SELLS)
    pair.clock.call_later(0.25, lambda: pair.b.set_book([(D(99_990), D(5))], SELLS))


def live(
    venues: tuple[str, str], trouble: Trouble, at: int | None, again: int | None = None
) -> End:
    """Carry out two legs with a death at one write, and one more in the recovery."""
    ends = []

    async def play(pair: Pair) -> None:
        life = Life()
        await make_mortal(pair, life)
        trouble(pair)
        await pair.a.settle(0.1)
        life.begin_anew(at)
        report = await live_and_die(pair, life)
        writes, died = life.writes, report is None
        if report is None:
            report = await recover(pair, life, again)
        if report is None:
            report = await recover(pair, life)
        assert report is not None
        assert report.outcome in ENDS, report
        await pair.a.settle(3)
        pair.check_even()
        for rig in pair.rigs.values():
            opened = [one.filled_size for one in rig.world_orders() if not one.reduce_only]
            assert sum(opened) <= SIZE, "nothing was sent twice"
        ends.append(End(writes, pair.positions(), died))

    on_venues(play, *venues)
    return ends[0]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("first", "second", "trouble"),
    [
        ("grvt", "okx", both_fill),
        ("lighter", "backpack", turn_back),
        ("grvt", "okx", hedge_the_rest),
    ],
)
def test_killed_before_any_write_it_ends_as_it_would_have_or_where_it_began(
    first: str, second: str, trouble: Trouble
) -> None:
    venues = (first, second)
    whole = live(venues, trouble, None)
    assert not whole.died
    assert whole.positions == ((D(0), D(0)) if trouble is turn_back else (SIZE, -SIZE))
    assert 5 < whole.writes < WRITES_MAX
    ends = [live(venues, trouble, at) for at in range(1, whole.writes + 1)]
    assert all(end.died for end in ends)
    assert {end.positions for end in ends} <= {whole.positions, (D(0), D(0))}
    # Once an order may have traded, the recovery follows it; before, it leaves all as it was.
    assert sum(end.positions == whole.positions for end in ends) > len(ends) // 2


@pytest.mark.slow
def test_killed_again_while_it_recovers_it_ends_even() -> None:
    venues = ("okx", "bybit")
    whole = live(venues, turn_back, None)
    for at in range(3, whole.writes + 1, 4):
        for again in range(1, 10, 3):
            end = live(venues, turn_back, at, again)
            assert sum(end.positions) == 0
