from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from exchange_clients.base_models import (
    ClientOrderId,
    ContractId,
    Feature,
    Fill,
    LiquidationEvent,
    Liquidity,
    Market,
    NewOrder,
    OrderInfo,
    OrderStatus,
    OrderType,
    PositionSide,
    Side,
    Symbol,
    TradeId,
    VenueOrderId,
)
from exchange_clients.errors import MalformedPayload, OutcomeUnknown, UnsupportedFeature
from exchange_clients.events import FundingPayment, PublicTrade, Unreadable
from exchange_clients.shared.client.gateway import Found, Lookup, NotYetKnown
from exchange_clients.shared.flow import Flow
from exchange_clients.shared.order_rows import (
    OVERLAP_NS,
    acknowledged,
    fills_asked_for,
    fills_within,
    found_among,
    in_no_list,
    liquidation_in,
    liquidation_of,
    looked_for_since,
    oldest_first,
    payments_within,
    refuse_absent,
    told_by_the_past,
    with_liquidation,
)
from exchange_clients.shared.venue import FillRows, OrderKey

BTC, ETH = ContractId("BTC"), ContractId("ETH")
KEY = OrderKey(ClientOrderId("7"), BTC)
BROKEN = Unreadable(("9",), "no such word")
FILL = Fill(
    trade_id=TradeId("1"),
    order_id=VenueOrderId("70"),
    client_order_id=ClientOrderId("7"),
    contract_id=BTC,
    side=Side.BUY,
    price=Decimal(100),
    size=Decimal(2),
    fee=Decimal("0.1"),
    fee_asset="USDC",
    liquidity=Liquidity.TAKER,
    venue_ns=20,
)
PAYMENT = FundingPayment("1", BTC, Decimal(1), "USDC", None, None, 20)


def fill(trade_id: str, venue_ns: int, contract_id: ContractId = BTC) -> Fill:
    return replace(FILL, trade_id=TradeId(trade_id), venue_ns=venue_ns, contract_id=contract_id)


def paid(payment_id: str, venue_ns: int, contract_id: ContractId = BTC) -> FundingPayment:
    return replace(PAYMENT, payment_id=payment_id, venue_ns=venue_ns, contract_id=contract_id)


def test_an_order_that_was_received_is_pending_as_it_was_sent() -> None:
    order = NewOrder(ClientOrderId("7"), BTC, Side.SELL, Decimal(2), Decimal(100), reduce_only=True)
    assert acknowledged(order) == OrderInfo(
        order_id=VenueOrderId(""),
        client_order_id=ClientOrderId("7"),
        contract_id=BTC,
        side=Side.SELL,
        size=Decimal(2),
        price=Decimal(100),
        status=OrderStatus.PENDING,
        reduce_only=True,
    )
    assert acknowledged(order, VenueOrderId("70")).order_id == "70"


def test_what_a_venue_has_not_is_refused_by_name() -> None:
    order = NewOrder(ClientOrderId("7"), BTC, Side.BUY, Decimal(2), Decimal(100))
    absent = (Feature.TRAILING_STOP, Feature.HEDGE_MODE, Feature.ATTACHED_EXITS)
    refuse_absent(order, "venue", *absent)
    for asking, feature in (
        (replace(order, order_type=OrderType.TRAILING_STOP), Feature.TRAILING_STOP),
        (replace(order, position_side=PositionSide.LONG), Feature.HEDGE_MODE),
        (replace(order, take_profit_price=Decimal(101)), Feature.ATTACHED_EXITS),
        (replace(order, stop_loss_price=Decimal(99)), Feature.ATTACHED_EXITS),
    ):
        refuse_absent(asking, "venue", *(each for each in absent if each is not feature))
        with pytest.raises(UnsupportedFeature, match=feature.value.replace("_", " ")):
            refuse_absent(asking, "venue", *absent)


def test_orders_are_told_by_their_age_and_the_ageless_first() -> None:
    order = acknowledged(NewOrder(ClientOrderId("7"), BTC, Side.BUY, Decimal(2), Decimal(100)))
    young, old = replace(order, created_ns=9), replace(order, created_ns=3)
    assert oldest_first([young, BROKEN, old, order]) == [BROKEN, order, old, young]


def test_an_order_is_looked_for_from_before_its_placement_and_never_before_time() -> None:
    assert looked_for_since(replace(KEY, placed_ns=OVERLAP_NS + 5)) == 5
    assert looked_for_since(KEY) == 0


def test_an_order_that_traded_or_may_have_is_not_absent_though_no_list_holds_it() -> None:
    stranger = replace(FILL, client_order_id=None)
    assert in_no_list(KEY, [BROKEN, stranger]) == NotYetKnown("in no list")
    named = replace(KEY, order_id=stranger.order_id)
    for key, fill in ((KEY, FILL), (named, stranger), (KEY, Unreadable(("7",), "no such word"))):
        with pytest.raises(OutcomeUnknown, match="order 7 traded"):
            in_no_list(key, [fill])


def test_an_order_is_found_by_our_name_and_is_not_missing_where_a_row_may_be_it() -> None:
    order = acknowledged(NewOrder(ClientOrderId("7"), BTC, Side.BUY, Decimal(2), Decimal(100)))
    other = replace(order, client_order_id=ClientOrderId("8"))
    assert found_among(KEY, [BROKEN, other, order]) == Found(order)
    assert found_among(KEY, [BROKEN, other]) is None
    for ids in ((), ("7", "70")):
        with pytest.raises(MalformedPayload, match="may be 7: no such word"):
            found_among(KEY, [Unreadable(ids, "no such word"), order])


def test_fills_are_told_once_and_in_order_and_what_is_broken_behind_them() -> None:
    listed: FillRows = [
        BROKEN,
        fill("10", 20),
        fill("9", 20),
        fill("3", 10),
        fill("9", 20),
        fill("11", 30),
    ]
    assert fills_within(listed, 10, 30) == [
        fill("3", 10),
        fill("9", 20),
        fill("10", 20),
        BROKEN,
    ]
    unnumbered = [fill("b", 20), fill("a", 20), fill("c", 10)]
    assert fills_within(unnumbered, 0, 30, numbered=False) == [
        fill("c", 10),
        fill("b", 20),
        fill("a", 20),
    ]


def test_fills_of_other_contracts_and_times_were_not_asked_for() -> None:
    listed: FillRows = [fill("1", 10), BROKEN, fill("2", 10, ETH), fill("3", 9), fill("4", 20)]
    assert fills_asked_for(listed, BTC, 10, 20) == [fill("1", 10), BROKEN]


def test_payments_are_told_once_and_in_order_or_not_at_all() -> None:
    listed = [paid("2", 15), paid("1", 10), paid("2", 15), paid("3", 12, ETH), paid("4", 20)]
    assert payments_within(listed, BTC, 10, 20) == [paid("1", 10), paid("2", 15)]
    with pytest.raises(MalformedPayload, match="a funding payment cannot be read"):
        payments_within([*listed, BROKEN], BTC, 10, 20)


def test_a_forced_fill_is_a_liquidation_of_ours() -> None:
    assert liquidation_of(FILL, Symbol("BTC")) == LiquidationEvent(
        contract_id=BTC,
        symbol=Symbol("BTC"),
        side=Side.BUY,
        size=Decimal(2),
        price=Decimal(100),
        venue_ns=20,
        ours=True,
    )


def _past(flow: Flow[Lookup]) -> Lookup:
    """Return what a flow comes to that asks for nothing."""
    try:
        next(flow)
    except StopIteration as ended:
        found: Lookup = ended.value
        return found
    raise AssertionError("it asks for something")


def test_what_is_not_open_is_told_by_the_past_or_by_its_fills() -> None:
    order = acknowledged(NewOrder(ClientOrderId("7"), BTC, Side.BUY, Decimal(2), Decimal(100)))
    asked: list[tuple[ContractId, int, int]] = []

    def fills(contract_id: ContractId, start_ns: int, end_ns: int) -> Flow[FillRows]:
        asked.append((contract_id, start_ns, end_ns))
        yield from ()
        return []

    key = replace(KEY, placed_ns=OVERLAP_NS + 5)
    found = _past(told_by_the_past(key, [order], fills, 9))
    assert (found, asked) == (Found(order), [])
    found = _past(told_by_the_past(key, [], fills, 9))
    assert (found, asked) == (NotYetKnown("in no list"), [(BTC, 5, OVERLAP_NS + 9)])


def test_a_public_trade_that_was_forced_is_told_on_the_markets_grid() -> None:
    market = Market(
        symbol=Symbol("BTC"), contract_id=BTC, tick=Decimal("0.1"), step=Decimal("0.01"),
        min_size=Decimal("0.01"),
    )  # fmt: skip
    trade = PublicTrade(BTC, 100.1, 0.3, Side.SELL, 20, 30, "1")
    told = liquidation_in(market, trade)
    assert (told.side, told.size, told.price) == (Side.SELL, Decimal("0.30"), Decimal("100.1"))
    assert (told.venue_ns, told.ours) == (20, False)


def test_a_fill_that_was_forced_is_a_liquidation_of_ours_as_well() -> None:
    assert with_liquidation(FILL, lambda contract_id: Symbol("B"), forced=False) == [FILL]
    told = with_liquidation(FILL, lambda contract_id: Symbol("B"), forced=True)
    assert told == [FILL, liquidation_of(FILL, Symbol("B"))]
