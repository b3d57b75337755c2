"""A position that no run explains becomes a run's own where a person says so, and stays so."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

import runbot
from app.ending import report_of
from app.session import Session
from app.settings import RunSettings
from exchange_clients.base_models import Side
from strategies.implementations.funding_arbitrage.state import PairStatus
from tests.support.arbitrage_run import strategy_of
from tests.support.memory_stage import SimulatedVenues, play, run_settings
from trading_bot import BotError

D = Decimal
GRID = {
    "run__ticker": "BTC",
    "run__duration": "30s",
    "strategy__take_profit": "5",
    "strategy__direction": "buy",
    "strategy__quantity": "0.01",
    "strategy__exit_open_orders": "keep",
    "strategy__pause_price": "1",
}
"""A grid that enters nothing, because the price is above its pause."""


def played(settings: RunSettings, venues: SimulatedVenues, *, interrupted: bool = False) -> Session:
    def prepare(session: Session) -> None:
        session.ending.interrupted = interrupted

    return play(settings, venues, prepare)


def notes(session: Session) -> list[str]:
    return [note.text for note in session.recorder.notes]


def shown(settings: RunSettings, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    where = ("--state-dir", str(settings.state_dir), "--format", "json")
    assert runbot.main(("positions", *where, *words), {}) == 0
    return capsys.readouterr().out


def test_a_grid_takes_over_a_named_position_once_and_covers_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    venue = "backpack"
    settings = run_settings(tmp_path, "grid", venue, run__adopt="backpack:btc", **GRID)
    venues = SimulatedVenues(settings)
    venues.trade_by_hand(venue, Side.BUY, "0.03")
    first = played(settings, venues, interrupted=True)
    second = played(settings, venues, interrupted=True)
    (close,) = [each for each in venues.orders(venue) if not each.status.terminal]
    assert (close.side, close.size, close.reduce_only) == (Side.SELL, D("0.03"), True)
    assert close.price is not None
    (opened,) = venues.fills(venue)
    assert close.price >= opened.price * D("1.05")
    assert any(note.startswith("adopted buy 0.03 BTC at ") for note in notes(first))
    assert notes(second) == ["--adopt backpack:BTC: there is nothing that our fills do not explain"]
    assert second.strategy.report()["held"] == D("0.03")
    for session in (first, second):
        assert session.recorder.ledger.size == D("0.03"), "the report counts it, over the restart"
        assert report_of(session).result.cash_check.difference == 0
    (row,) = json.loads(shown(settings, capsys))
    assert row["markets"][0]["quantity"] == "0.03"
    (told,) = row["positions"][0]["why"]["adopted"]
    assert told.startswith("buy 0.03 BTC at ")


def test_what_was_not_named_is_told_and_left_alone(tmp_path: Path) -> None:
    settings = run_settings(tmp_path, "grid", "backpack", **GRID)
    venues = SimulatedVenues(settings)
    venues.trade_by_hand("backpack", Side.BUY, "0.03")
    session = played(settings, venues)
    (told,) = notes(session)
    assert told.endswith("our fills say 0: 0.03 is another's and is left alone")
    assert venues.positions("backpack") == {"BTC": D("0.03")}
    assert len(venues.orders("backpack")) == 1, "the one that a person placed"


def test_two_named_positions_become_a_pair_that_is_watched_and_closed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = run_settings(
        tmp_path,
        "funding_arbitrage",
        "grvt,bybit",
        run__ticker="BTC",
        run__duration="3m",
        run__adopt="grvt:BTC,bybit:BTC",
        strategy__max_age_hours="0.02",
        strategy__exit_wait_minutes="0.1",
        strategy__min_edge="100",
    )
    venues = SimulatedVenues(settings)
    venues.trade_by_hand("grvt", Side.BUY, "0.02")
    venues.trade_by_hand("bybit", Side.SELL, "0.02")
    session = played(settings, venues)
    (pair,) = strategy_of(session).machine.state.pairs
    assert (pair.origin, pair.status) == ("adopted", PairStatus.CLOSED)
    assert venues.positions("grvt") == venues.positions("bybit") == {}
    closes = [each for name in ("grvt", "bybit") for each in venues.orders(name)[1:]]
    assert all(each.reduce_only for each in closes)
    assert len(closes) == 2
    (row,) = json.loads(shown(settings, capsys, "--all"))
    assert row["positions"][0]["why"]["origin"] == "adopted"


@pytest.mark.parametrize(
    ("strategy", "exchange", "named", "reason"),
    [
        (
            "grid",
            "backpack",
            "backpack:BTC",
            "not on the side of this grid, whose direction is buy",
        ),
        ("grid", "backpack", "backpack:DOGE", "DOGE"),
        ("funding_arbitrage", "backpack,grvt", "backpack:BTC", "name both"),
    ],
)
def test_what_the_strategy_cannot_hold_stops_the_start_and_nothing_is_sent(
    tmp_path: Path, strategy: str, exchange: str, named: str, reason: str
) -> None:
    grid = GRID if strategy == "grid" else {"run__ticker": "BTC"}
    settings = run_settings(tmp_path, strategy, exchange, run__adopt=named, **grid)
    venues = SimulatedVenues(settings)
    venues.trade_by_hand("backpack", Side.SELL, "0.03")
    with pytest.raises(BotError, match=reason):
        played(settings, venues)
    assert len(venues.orders("backpack")) == 1


def test_a_position_at_a_venue_that_is_not_traded_at_is_refused_before_anything() -> None:
    assert (
        runbot.main(("--strategy", "grid", "--exchange", "paper", "--adopt", "grvt:BTC"), {}) == 2
    )
