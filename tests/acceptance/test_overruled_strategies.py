"""A strategy whose position something above it closes knows so at once, and says why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from app.session import Session
from exchange_clients.base_models import OrderType, Purpose, Side
from execution.order_params import OrderParams
from strategies.implementations.funding_arbitrage.state import PairStatus
from tests.support.arbitrage_run import ONE, TWO, VenueScript, exchange_of, run_arbitrage
from tests.support.arbitrage_run import at as at_second
from tests.support.grid_run import Quote, at, run_grid

D = Decimal
REASON = "risk: 10.2 % are lost"
CLOSING = OrderParams(
    Side.SELL, D(1), order_type=OrderType.MARKET, purpose=Purpose.STOP, reduce_only=True
)
FALLING: list[Quote] = [
    (0, 99.8, 100.0),  # entry at 99.8
    (5, 99.6, 99.7),  # fills it; close at 104.8
    (60, 99.6, 99.7),
]
HOLDING = {"quantity": "1", "take_profit": "5", "wait_time": "600", "max_orders": "1"}


def at_20(do: Callable[[Session], None]) -> Callable[[Session], None]:
    return lambda session: at(session, 20, lambda: do(session))


def test_a_grid_books_what_the_risk_check_closes_and_goes_on(tmp_path: Path) -> None:
    def close(session: Session) -> None:
        (resting,) = session.bot.desk.keys.live()
        session.bot.carry_out((), [resting.key], REASON)
        session.clock.call_later(1, lambda: session.bot.carry_out([_named(session)], (), REASON))

    run = run_grid(
        tmp_path,
        FALLING,
        prepare=lambda session: at(session, 20, lambda: close(session)),
        strategy=HOLDING,
    )
    told = run.session.strategy.report()
    assert (told["held"], told["cycles_open"], told["open_closes"]) == (0, 0, 0)
    (cycle,) = list(told["cycles"])  # type: ignore[call-overload]  # a sequence of rows
    assert cycle["closed_by"] == REASON
    assert cycle["exit_price"] == D("99.6")
    assert run.position == 0
    assert len(run.closes) == 2, "the take-profit, and the one from above: none was placed anew"
    assert not run.session.strategy.doubtful


def test_a_grid_covers_what_the_risk_check_left(tmp_path: Path) -> None:
    def close(session: Session) -> None:
        (resting,) = session.bot.desk.keys.live()
        half = replace(_named(session), quantity=D("0.4"))
        session.bot.carry_out([half], [resting.key], REASON)

    run = run_grid(
        tmp_path,
        FALLING,
        prepare=lambda session: at(session, 20, lambda: close(session)),
        strategy=HOLDING,
    )
    assert run.position == D("0.6")
    assert [each.size for each in run.closes if not each.status.terminal] == [D("0.6")]
    assert run.session.strategy.report()["held"] == D("0.6")


def test_a_fixed_range_books_what_is_closed_above_it_cell_by_cell(tmp_path: Path) -> None:
    def close(session: Session) -> None:
        resting = [order.key for order in session.bot.desk.keys.live() if order.key[:5] == "close"]
        order = replace(_named(session), quantity=D("1.5"))
        session.bot.carry_out([order], resting, REASON)

    ranged = {
        "grid_kind": "fixed_range",
        "lower_price": "98",
        "upper_price": "102",
        "levels": "5",
        "side": "long",
        "quantity": "1",
    }
    script: list[Quote] = [(0, 100.4, 100.5), (5, 98.5, 98.6), (60, 98.5, 98.6)]
    run = run_grid(tmp_path, script, prepare=at_20(close), strategy=ranged)
    told = run.session.strategy.report()
    held = [cell["held"] for cell in told["cells"]]  # type: ignore[attr-defined]  # a list of rows
    assert run.position == sum(held) == told["position"] == D("0.5"), "of two cells that were held"
    assert told["closed_from_above"] == REASON
    covered = [each.size for each in run.closes if not each.status.terminal]
    assert sum(covered) == run.position, "what is left is covered again"


def test_a_pair_whose_leg_the_risk_check_closes_is_closed_at_once(tmp_path: Path) -> None:
    def close(session: Session) -> None:
        held = exchange_of(session, ONE).markets
        (contract_id,) = held
        size = session.strategy.machine.state.pairs[0].long.target  # type: ignore[attr-defined]
        order = replace(CLOSING, quantity=size, venue=ONE, contract_id=contract_id)
        session.bot.carry_out([order], (), REASON)

    run = run_arbitrage(
        tmp_path,
        VenueScript({"ETH": [(0, "0.00001")]}),
        VenueScript({"ETH": [(0, "0.001")]}),
        seconds=120,
        execution__survey_seconds=2,
        prepare=at_second(60, close),
    )
    (pair,) = run.pairs
    assert (pair.status, pair.overruled) == (PairStatus.CLOSED, REASON)
    assert run.held(ONE) == run.held(TWO) == 0
    assert pair.long.ledger.quantity == pair.short.ledger.quantity == 0
    (last,) = run.closes(TWO)
    (first,) = run.closes(ONE)
    assert (last.updated_ns or 0) - (first.updated_ns or 0) < 5 * 10**9


def _named(session: Session) -> OrderParams:
    venue = session.primary
    return replace(CLOSING, venue=venue.name, contract_id=venue.market.contract_id)
