from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from exchange_clients.base_models import LiquidationEvent, OrderStatus, Reason, Side
from exchange_clients.paper.config import PaperConfig
from exchange_clients.paper.exchange import PaperExchange
from exchange_clients.paper.units import from_atoms, to_atoms
from tests.exchange_clients.paper.venue_stage import (
    BTC,
    BUY,
    ETH,
    INSTANT,
    SELL,
    ListSource,
    Stage,
    market,
    order,
    quote,
)

THOUSAND = replace(INSTANT, starting_balance=Decimal(1000), leverage=Decimal(20))
DEEP = 100_000.0


def leveraged(side: Side, *later: tuple[float, float], config: PaperConfig = THOUSAND) -> Stage:
    """Open 150 BTC of 100 USD with 1000 USD, then quote (bid, size) once a second."""
    quotes = [quote(1, 100.0, 100.1, DEEP)]
    quotes += [quote(2 + n, bid, bid + 0.1, size) for n, (bid, size) in enumerate(later)]
    stage = Stage(PaperExchange(ListSource([*quotes, quote(500, 100.0, 100.1)]), config))
    stage.run_to(1)
    stage.place(order("open", side, "150"))
    stage.place(order("rests", BUY, "1", "50"))
    stage.run_to(1)
    assert stage.status("open") is OrderStatus.FILLED
    return stage


def events(stage: Stage) -> list[LiquidationEvent]:
    return [event for event in stage.heard if isinstance(event, LiquidationEvent)]


@pytest.mark.parametrize(("side", "safe", "fatal"), [(BUY, 94.0, 93.8), (SELL, 105.9, 106.2)])
def test_an_account_is_liquidated_when_its_maintenance_is_breached(
    side: Side, safe: float, fatal: float
) -> None:
    stage = leveraged(side, (safe, DEEP), (fatal, DEEP))
    stage.run_to(2)
    assert events(stage) == []
    stage.run_to(3)
    [event] = events(stage)
    assert (event.side, event.size, event.ours) == (side.opposite, Decimal(150), True)
    assert stage.position() == 0
    assert stage.info("rests").reason is Reason.LIQUIDATED


@pytest.mark.parametrize(("side", "entry"), [(BUY, "100.1"), (SELL, "100.0")])
def test_the_mark_of_liquidation_is_foretold_exactly(side: Side, entry: str) -> None:
    stage = leveraged(side)
    exchange = stage.exchange
    account, paper_market = exchange.ledger.accounts["me"], exchange.markets[BTC]
    mark = exchange.margin.liquidation_mark(account, paper_market)
    assert mark is not None
    spec = paper_market.spec
    for half_ticks, sound in ((mark + side.sign, True), (mark, False)):
        price = half_ticks * spec.tick / 2
        equity = Decimal(1000) + side.sign * 150 * (price - Decimal(entry))
        assert (equity >= 150 * price * spec.maintenance_margin) is sound


def test_a_flat_account_and_one_without_leverage_have_no_liquidation_price() -> None:
    stage = leveraged(BUY, config=replace(THOUSAND, starting_balance=Decimal(10**6)))
    exchange = stage.exchange
    account = exchange.ledger.accounts["me"]
    assert exchange.margin.liquidation_mark(account, exchange.markets[BTC]) is None
    other = exchange.open_account("flat")
    assert exchange.margin.liquidation_mark(other, exchange.markets[BTC]) is None


def test_the_fee_goes_to_the_insurance_fund() -> None:
    stage = leveraged(BUY, (93.8, DEEP))
    stage.run_to(3)
    # 1000 - 150 x (100.1 - 93.8) = 55 is left; the fee of 0.5 % on 14,070 would be 70.35.
    assert from_atoms(stage.exchange.ledger.insurance) == 55
    assert stage.exchange.ledger.accounts["me"].cash == 0


def test_a_jump_beyond_the_equity_is_paid_by_the_insurance_fund() -> None:
    stage = leveraged(BUY, (80.0, DEEP))
    stage.run_to(3)
    ledger = stage.exchange.ledger
    assert ledger.accounts["me"].cash == 0
    assert from_atoms(ledger.insurance) == Decimal(1000) - 150 * Decimal("20.1")
    assert ledger.grand_total({BTC: 2}) == to_atoms(Decimal(1000))


def test_what_the_book_cannot_take_is_closed_with_the_next_quotes() -> None:
    stage = leveraged(BUY, (93.0, 40.0), (93.0, 40.0), (93.0, 200.0))
    stage.run_to(2)
    assert stage.position() == 110
    stage.run_to(4)
    assert [event.size for event in events(stage)] == [40, 40, 70]
    assert stage.position() == 0


def test_an_unready_market_liquidates_nobody_until_it_is_ready() -> None:
    gap = quote(2, 60.0, 60.0, DEEP)
    after = quote(3, 60.0, 60.1, DEEP)
    source = ListSource([quote(1, 100.0, 100.1, DEEP), gap, after, quote(500, 60.0, 60.1)])
    stage = Stage(PaperExchange(source, THOUSAND))
    stage.run_to(1)
    stage.place(order("open", BUY, "150"))
    stage.run_to(2)
    assert events(stage) == []
    stage.run_to(3)
    assert len(events(stage)) == 1


def test_profit_in_one_market_carries_a_loss_in_another() -> None:
    quotes = [
        quote(1, 100.0, 100.1, DEEP),
        quote(1, 50.0, 50.1, DEEP, ETH),
        quote(2, 50.0 - 4.0, 46.1, DEEP, ETH),
        quote(3, 93.0, 93.1, DEEP),
        quote(4, 50.0, 50.1, DEEP, ETH),
        quote(500, 93.0, 93.1, DEEP),
    ]
    exchange = PaperExchange(ListSource(quotes, market(BTC), market(ETH)), THOUSAND)
    stage = Stage(exchange)
    stage.run_to(1)
    stage.place(order("long", BUY, "90"))
    stage.place(order("short", SELL, "180", contract_id=ETH))
    stage.run_to(3)
    # The long alone lost 639 of 1000 with 9,000 open; the short gained 700 before.
    assert events(stage) == []
    stage.run_to(4)
    assert events(stage) == []
    assert exchange.margin.equity(exchange.ledger.accounts["me"]) == to_atoms(
        Decimal(1000) + 90 * (Decimal("93.05") - Decimal("100.1")) + 180 * Decimal("-0.05")
    )
