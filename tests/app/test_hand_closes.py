"""A person closes a part of what a grid holds: told, nothing is opened, and the person decides."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest

from app.session import Session
from exchange_clients.base_models import NS, OrderType, Side
from tests.support.memory_stage import SimulatedVenues, play, run_settings

D = Decimal
GRID = {
    "run__ticker": "BTC",
    "run__duration": "4m",
    "strategy__take_profit": "5",
    "strategy__direction": "buy",
    "strategy__quantity": "0.01",
    "strategy__max_orders": "6",
    "strategy__wait_time": "20",
    "strategy__exit_open_orders": "keep",
}
BY_HAND_S = 150
"""When the person closes; some entries have filled by then."""
NOTICED_S = 70
"""Within a minute it is read, and once more after some seconds."""


def played(
    folder: Path, venues: SimulatedVenues | None, name: str, *by_hand: str, **changes: object
) -> tuple[Session, SimulatedVenues]:
    """Play a run, in which a person may sell so much in turn, or buy; it is left to go on."""
    settings = run_settings(folder, "grid", name, **{**GRID, **changes})
    venues = venues or SimulatedVenues(settings)

    def prepare(session: Session) -> None:
        session.ending.interrupted = True
        begin = session.stage.begin

        def planned() -> None:
            begin()
            for number, size in enumerate(by_hand):
                side, how_much = (Side.BUY if size[0] == "-" else Side.SELL), size.strip("-")
                trade = partial(venues.trade_by_hand, name, side, how_much)
                session.clock.call_later(BY_HAND_S * (number + 1), trade)

        session.stage.begin = planned  # type: ignore[method-assign]  # the clock stands until then

    return play(settings, venues, prepare), venues


def notes(session: Session) -> list[str]:
    return [each.text for each in session.recorder.notes]


def closing(venues: SimulatedVenues, name: str) -> Decimal:
    """Return how much the resting closes would close."""
    left = [each for each in venues.orders(name) if not each.status.terminal]
    return sum((each.remaining_size for each in left if each.reduce_only), start=D(0))


@pytest.mark.parametrize("name", ["backpack", "bybit"])
def test_a_part_closed_by_hand_is_told_once_and_ends_entries_until_it_is_accepted(
    tmp_path: Path, name: str
) -> None:
    first, venues = played(tmp_path, None, name, "0.015")
    (by_hand,) = [each for each in venues.orders(name) if each.order_type is OrderType.MARKET]
    (told,) = [each for each in first.recorder.notes if "by another hand" in each.text]
    assert "holds 0.045 of" in told.text
    assert "our fills say 0.06" in told.text
    assert "start again" in told.text.replace("starting", "start")
    assert by_hand.created_ns is not None
    assert told.at_ns < by_hand.created_ns + NOTICED_S * NS
    placed = [each for each in venues.orders(name) if (each.created_ns or 0) > by_hand.created_ns]
    assert placed == [], "no entry after it, and no close beyond what is there"
    left = [each for each in venues.orders(name) if not each.status.terminal]
    assert all(each.reduce_only for each in left)

    second, _ = played(tmp_path, venues, name, run__duration="8m", run__adopt=f"{name}:BTC")
    adopted = [each for each in notes(second) if each.startswith("adopted the sell of 0.015")]
    assert len(adopted) == 1
    held = venues.positions(name)["BTC"]
    assert held > D("0.045"), "it enters again"
    assert second.strategy.report()["held"] == held == second.recorder.ledger.size
    assert closing(venues, name) == held, "closes cover just what is there"
    cycles = second.strategy.report()["cycles"]
    assert isinstance(cycles, Sequence)
    assert [cycle["closed_by"] for cycle in cycles] == ["another hand"]


def test_what_a_person_restores_is_told_no_more_and_entries_go_on(tmp_path: Path) -> None:
    name = "bybit"
    session, venues = played(
        tmp_path, None, name, "0.015", "-0.015", run__duration="8m", strategy__max_orders="8"
    )
    assert venues.positions(name)["BTC"] == session.strategy.report()["held"] == D("0.08")
    assert closing(venues, name) == D("0.08")
    assert len([each for each in notes(session) if "by another hand" in each]) == 1


def test_a_stop_sells_what_is_there_and_no_more(tmp_path: Path) -> None:
    name = "backpack"
    _, venues = played(tmp_path, None, name, "0.015")
    changes = {"run__duration": "6m", "strategy__stop_price": "1000000"}
    session, _ = played(tmp_path, venues, name, **changes)
    assert venues.positions(name) == {}
    sold = [each for each in venues.orders(name) if each.order_type is OrderType.MARKET][1:]
    assert sum((each.size for each in sold), start=D(0)) == D("0.045")
    assert session.strategy.report()["held"] == D("0.015"), "until a person accepts that"
