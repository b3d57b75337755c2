"""What the paper venue itself refuses, whatever a client lets through; nothing then changes."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from exchange_clients.base_models import (
    ClientOrderId,
    ContractId,
    NewOrder,
    OrderStatus,
    OrderType,
    Reason,
)
from exchange_clients.journal import IntentKind
from exchange_clients.paper.config import PaperConfig
from exchange_clients.paper.exchange import PaperExchange
from exchange_clients.paper.latency import NO_LATENCY
from exchange_clients.paper.sources.base import SourceEvent
from tests.exchange_clients.paper.venue_stage import (
    BTC,
    BUY,
    ETH,
    SELL,
    ListSource,
    Stage,
    market,
    order,
    quote,
    state_of,
)

QUOTES: list[SourceEvent] = [quote(second, 100.0, 100.1) for second in range(60)]


def a_stage(balance: int = 10_000, *, inverse: bool = False) -> Stage:
    config = PaperConfig(starting_balance=Decimal(balance), latency=NO_LATENCY)
    source = ListSource(QUOTES, market(min_notional="5"), market(ETH))
    source.info = replace(source.info, inverse=inverse)
    stage = Stage(PaperExchange(source, config))
    stage.run_to(1)
    return stage


@pytest.mark.parametrize(
    ("wanted", "reason", "message"),
    [
        (order("a", BUY, "1", "99.95"), Reason.INVALID_ORDER, "price 99.95 is not a multiple"),
        (order("a", BUY, "0.0005", "99"), Reason.INVALID_ORDER, "size 0.0005 is not a multiple"),
        (order("a", BUY, "0", "99"), Reason.INVALID_ORDER, "size must be positive, got 0"),
        (order("a", BUY, "1", "-1"), Reason.INVALID_ORDER, "price must be positive, got -1"),
        (
            order("a", SELL, "1", order_type=OrderType.STOP_MARKET, trigger_price="0"),
            Reason.INVALID_ORDER,
            "trigger must be positive, got 0",
        ),
        (order("a", BUY, "0.05", "99"), Reason.BELOW_MINIMUM, "notional 4.95 is below"),
        (order("a", BUY, "0.049"), Reason.BELOW_MINIMUM, "is below the minimum 5 USD"),
        (order("a", BUY, "2000", "99"), Reason.INSUFFICIENT_MARGIN, "needs more margin"),
        (order("a", BUY, "1", contract_id=ETH), Reason.MARKET_UNAVAILABLE, "is not ready"),
        (
            order("a", BUY, "1", "99", contract_id=ContractId("DOGE-PERP")),
            Reason.INVALID_ORDER,
            "contract DOGE-PERP is not listed; listed: BTC-PERP, ETH-PERP",
        ),
    ],
)
def test_an_order_that_cannot_be_is_refused_and_kept_as_rejected(
    wanted: NewOrder, reason: Reason, message: str
) -> None:
    stage = a_stage()
    before = state_of(stage.exchange)
    stage.place(wanted)
    stage.run_to(2)
    [reply] = stage.replies
    assert reply.reason is reason
    assert message in (reply.message or "")
    assert (stage.status("a"), stage.info("a").reason) == (OrderStatus.REJECTED, reason)
    after = state_of(stage.exchange)
    assert {key: after[key] for key in ("owners", "funds", "orders")} == {
        key: before[key] for key in ("owners", "funds", "orders")
    }


def test_a_market_that_is_paid_in_its_base_asset_is_only_shown() -> None:
    stage = a_stage(inverse=True)
    stage.place(order("a", BUY, "1", "99"))
    stage.run_to(2)
    assert stage.replies[0].reason is Reason.MARKET_UNAVAILABLE


@pytest.mark.parametrize(
    ("price", "size", "reason"),
    [
        ("99.05", None, Reason.INVALID_ORDER),
        (None, "1.0005", Reason.INVALID_ORDER),
        (None, "5000", Reason.INSUFFICIENT_MARGIN),
        ("0", None, Reason.INVALID_ORDER),
    ],
)
def test_an_amendment_that_cannot_be_leaves_the_order_as_it_was(
    price: str | None, size: str | None, reason: Reason
) -> None:
    stage = a_stage()
    stage.place(order("a", BUY, "1", "99"))
    stage.run_to(2)
    before = stage.info("a")
    stage.send(
        IntentKind.AMEND,
        contract_id=BTC,
        client_order_id=ClientOrderId("a"),
        price=None if price is None else Decimal(price),
        size=None if size is None else Decimal(size),
    )
    stage.run_to(3)
    assert stage.replies[-1].reason is reason
    assert stage.info("a") == before


def test_an_order_is_cancelled_once_and_only_in_its_own_market() -> None:
    stage = a_stage()
    stage.place(order("a", BUY, "1", "99"))
    stage.cancel("a", ETH)
    stage.cancel("b")
    stage.run_to(2)
    assert [reply.reason for reply in stage.replies[1:]] == [Reason.ORDER_NOT_FOUND] * 2
    assert stage.status("a") is OrderStatus.OPEN
    stage.cancel("a")
    stage.cancel("a")
    stage.run_to(3)
    assert [reply.reason for reply in stage.replies[3:]] == [None, Reason.ALREADY_TERMINAL]


def test_all_orders_of_one_market_or_of_all_are_cancelled_at_once() -> None:
    stage = a_stage()
    stage.place(order("a", BUY, "1", "99"))
    stage.place(order("b", BUY, "1", "98"))
    stage.place(order("c", BUY, "1", "50", contract_id=ETH))
    stage.send(IntentKind.CANCEL_ALL, contract_id=ETH, client_order_id=ClientOrderId(""))
    stage.run_to(2)
    assert [stage.status(name) for name in "abc"] == [
        OrderStatus.OPEN,
        OrderStatus.OPEN,
        OrderStatus.CANCELED,
    ]
    stage.send(IntentKind.CANCEL_ALL, contract_id=None, client_order_id=ClientOrderId(""))
    stage.run_to(3)
    assert [stage.status(name) for name in "ab"] == [OrderStatus.CANCELED] * 2


@pytest.mark.parametrize("chosen", [None, Decimal(8)])
def test_leverage_that_could_not_carry_what_is_open_stays_as_it_was(
    chosen: Decimal | None,
) -> None:
    stage = a_stage(balance=100)
    wanted = {"contract_id": BTC, "client_order_id": ClientOrderId("")}
    if chosen is not None:
        stage.send(IntentKind.SET_LEVERAGE, **wanted, leverage=chosen)
    stage.place(order("a", BUY, "7", "100.1"))
    stage.run_to(2)
    account = stage.exchange.ledger.accounts["me"]
    stage.send(IntentKind.SET_LEVERAGE, **wanted, leverage=Decimal(2))
    stage.run_to(3)
    assert stage.replies[-1].reason is Reason.INSUFFICIENT_MARGIN
    assert account.leverage.get(BTC) == chosen
    stage.send(IntentKind.SET_LEVERAGE, **wanted, leverage=Decimal(20))
    stage.run_to(4)
    assert (stage.replies[-1].leverage, account.leverage[BTC]) == (Decimal(20), Decimal(20))


def test_a_client_order_id_is_taken_for_good() -> None:
    stage = a_stage()
    stage.place(order("a", BUY, "1", "99"))
    stage.cancel("a")
    stage.place(order("a", BUY, "1", "98"))
    stage.run_to(2)
    assert stage.replies[-1].reason is Reason.DUPLICATE_CLIENT_ORDER_ID
    assert stage.info("a").price == 99
