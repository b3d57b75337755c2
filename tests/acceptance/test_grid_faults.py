"""What is not known is never taken for zero and never makes the bot trade; whole runs again."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from app.session import Session
from exchange_clients.base_models import OrderStatus, Side
from exchange_clients.errors import OutcomeUnknown
from exchange_clients.events import Signal
from exchange_clients.journal import IntentKind
from tests.support.faults import LOST, NO_ANSWER, SENT_AND_LOST, FlakyGateway
from tests.support.grid_run import (
    GridRun,
    Quote,
    at,
    interrupt_at,
    market,
    requests,
    run_grid,
    seconds,
)
from tests.support.scripted_market import interrupted, signal

BOTH = pytest.mark.parametrize("acknowledge", ["immediate", "asynchronous"])
ONE_CYCLE: list[Quote] = [
    (0, 99.8, 100.0),  # entry at 99.8
    (5, 99.7, 99.8),  # fills it; close at 104.8, next entry from 6 on
    (6, 99.8, 100.0),
    (100, 99.8, 100.0),
]
DROPPED: list[Quote] = [
    *ONE_CYCLE[:3],
    (9, 99.8, 100.0, 1000, 1000),
    (40.5, 99.8, 100.0),  # nothing is heard for half a minute
    (100, 99.8, 100.0),
]
HOLDING = {"quantity": "108.25", "take_profit": "5", "wait_time": "20", "max_orders": "2"}
"""A second entry is allowed from second 15 on, when 10 s have passed since the fill."""
DROP = (signal(10, Signal.DISCONNECTED), signal(40, Signal.CONNECTED))


class Faults:
    """Keeps the gateway that a run was given."""

    gateway: FlakyGateway

    def __init__(self, script: Callable[[FlakyGateway], None], from_s: float | None = None) -> None:
        """Take what is to go wrong, and from which second on; from before the start by default."""
        self._script = script
        self._from_s = from_s

    def __call__(self, session: Session) -> None:
        self.gateway = gateway = FlakyGateway(session)
        if self._from_s is None:
            self._script(gateway)
        else:
            at(session, self._from_s, lambda: self._script(gateway))


def sent_between(run: GridRun, from_s: float, until_s: float) -> list[IntentKind]:
    """Return the kinds of the requests of a time."""
    return [each.kind for each in run.requests() if from_s <= seconds(each.at_ns) < until_s]


@BOTH
def test_a_position_that_cannot_be_read_or_is_told_as_zero_moves_nothing(
    tmp_path: Path, acknowledge: str
) -> None:
    """G14: after a drop the position cannot be read three times, then it is 0, then 108.25."""
    faults = Faults(lambda venue: venue.reads.update(fills=[NO_ANSWER] * 3 + [[]]), from_s=8)
    run = run_grid(
        tmp_path,
        source=interrupted(DROPPED, market(), *DROP),
        prepare=faults,
        acknowledge=acknowledge,
        strategy=HOLDING,
    )
    told = [seconds(at_ns) for _, at_ns in faults.gateway.asked]
    assert told == [40, 41, 43, 47]
    assert sent_between(run, 10, 55) == [], "the truth is told at second 55"
    assert sent_between(run, 55, 60) == [IntentKind.PLACE], "then the next entry is due"
    (close,) = run.closes
    assert (close.status, close.size) == (OrderStatus.OPEN, Decimal("108.25"))
    assert run.position == Decimal("108.25")


@BOTH
def test_an_account_that_cannot_be_read_at_the_start_is_not_traded_on(
    tmp_path: Path, acknowledge: str
) -> None:
    """G14: what was done before cannot be read at a restart: nothing is sent, and it is said."""
    started = run_grid(
        tmp_path, ONE_CYCLE, prepare=interrupt_at(8), acknowledge=acknowledge, strategy=HOLDING
    )
    before = started.requests()
    faults = Faults(lambda venue: venue.reads.update(fills=[NO_ANSWER]))
    with pytest.raises(OutcomeUnknown):
        run_grid(tmp_path, ONE_CYCLE, prepare=faults, acknowledge=acknowledge, strategy=HOLDING)
    assert requests(started.state_path) == before
    run = run_grid(tmp_path, ONE_CYCLE, acknowledge=acknowledge, strategy=HOLDING)
    assert [close.size for close in run.closes] == [Decimal("108.25")]
    assert len(run.entries) == 2


@BOTH
@pytest.mark.parametrize("read", ["active", "find"])
def test_orders_that_cannot_be_read_after_a_restart_hold_entries_back(
    tmp_path: Path, acknowledge: str, read: str
) -> None:
    """G14, G15: open orders, or the fate of one, cannot be read; no entry and no second close."""
    run_grid(
        tmp_path, ONE_CYCLE, prepare=interrupt_at(8), acknowledge=acknowledge, strategy=HOLDING
    )
    faults = Faults(lambda venue: venue.reads.update({read: [NO_ANSWER] * 3}))
    run = run_grid(tmp_path, ONE_CYCLE, prepare=faults, acknowledge=acknowledge, strategy=HOLDING)
    assert len(faults.gateway.asked) == 3
    assert [(close.status, close.size) for close in run.closes] == [
        (OrderStatus.OPEN, Decimal("108.25"))
    ]
    last_ns = faults.gateway.asked[-1][1]
    assert all(each.at_ns > last_ns for each in run.requests()[2:])


@BOTH
def test_open_orders_that_cannot_be_listed_are_not_taken_for_none(
    tmp_path: Path, acknowledge: str
) -> None:
    """G15: get_active_orders raises at the start and after a drop; no order is placed."""
    faults = Faults(lambda venue: venue.reads.update(active=[NO_ANSWER] * 4))
    run = run_grid(
        tmp_path,
        [(0, 99.8, 100.0), (30, 99.8, 100.0)],
        prepare=faults,
        acknowledge=acknowledge,
        quantity="1",
        take_profit="5",
    )
    told = [seconds(at_ns) for _, at_ns in faults.gateway.asked]
    assert told == [0, 1, 3, 7]
    assert seconds(run.entries[0].created_ns) >= 13, "the fifth question is answered"
    assert any("not reconciled" in note for note in notes(run))


@BOTH
def test_a_cancel_that_comes_too_late_is_a_fill(tmp_path: Path, acknowledge: str) -> None:
    """G16: the entry is chased, its cancel is answered with "already filled"."""

    def script(venue: FlakyGateway) -> None:
        venue.ends_known_early = True

    run = run_grid(
        tmp_path,
        [
            (0, 99.8, 100.0),
            (5, 99.7, 99.8, 10, 10),  # fills it; the report takes a second
            (5.2, 101.0, 101.2),  # and the market leaves
            (20, 101.0, 101.2),
        ],
        prepare=Faults(script),
        acknowledge=acknowledge,
        latency_ms=1000,
        quantity="1.0",
        take_profit="5",
        entry_timeout_s="2",
        max_orders="1",
    )
    assert [each.kind for each in run.requests()] == [
        IntentKind.PLACE,
        IntentKind.CANCEL,
        IntentKind.PLACE,
    ]
    (entry,) = run.entries
    assert (entry.status, entry.filled_size) == (OrderStatus.FILLED, Decimal("1.0"))
    (close,) = run.closes
    assert (close.side, close.size, close.price) == (Side.SELL, Decimal("1.0"), Decimal("104.8"))
    assert run.told("held") == run.position == Decimal("1.0")


@BOTH
def test_a_placement_whose_answer_is_lost_is_not_sent_again(
    tmp_path: Path, acknowledge: str
) -> None:
    """X6: the venue took the order, its answer was lost: exactly one order exists."""
    faults = Faults(lambda venue: venue.sends.update({IntentKind.PLACE: [SENT_AND_LOST] * 2}))
    run = run_grid(
        tmp_path,
        ONE_CYCLE,
        prepare=faults,
        acknowledge=acknowledge,
        quantity="1.0",
        take_profit="5",
        max_orders="1",
    )
    assert [each.kind for each in run.requests()] == [IntentKind.PLACE] * 2
    assert [entry.status for entry in run.entries] == [OrderStatus.FILLED]
    assert [close.status for close in run.closes] == [OrderStatus.OPEN]


@BOTH
def test_a_cancel_that_got_lost_is_asked_again(tmp_path: Path, acknowledge: str) -> None:
    """G16: an entry left by the market is moved even when the first cancel never arrives."""
    faults = Faults(lambda venue: venue.sends.update({IntentKind.CANCEL: [LOST]}))
    run = run_grid(
        tmp_path,
        [(0, 99.8, 100.0), (5, 101.0, 101.2), (100, 101.0, 101.2)],
        prepare=faults,
        acknowledge=acknowledge,
        quantity="1.0",
        take_profit="5",
        entry_timeout_s="2",
        max_orders="1",
    )
    assert [(entry.status, entry.price) for entry in run.entries] == [
        (OrderStatus.CANCELED, Decimal("99.8")),
        (OrderStatus.OPEN, Decimal("101.0")),
    ]
    cancels = [seconds(each.at_ns) for each in run.requests(IntentKind.CANCEL)]
    assert len(cancels) == 2
    assert cancels[1] - cancels[0] < 30


def notes(run: GridRun) -> list[str]:
    """Return what a person reads in the report."""
    return [str(note) for note in run.report.history.notes]
