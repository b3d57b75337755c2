"""The world behind a simulated venue: what it says of markets, accounts and orders."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from exchange_clients.base_models import (
    NS,
    ContractId,
    Fill,
    Liquidity,
    OrderInfo,
    OrderStatus,
    OrderType,
    Reason,
    Side,
    TimeInForce,
    VenueOrderId,
)
from exchange_clients.events import FundingPayment, PositionUpdate, PrivateEvent
from exchange_clients.paper.config import PaperConfig
from exchange_clients.paper.funding import HOUR_NS, ConstantFunding, FundingTerms
from exchange_clients.paper.latency import NO_LATENCY
from exchange_clients.paper.sources.synthetic import SyntheticConfig, SyntheticSource
from tests.support.scripted_world import (
    BTC,
    ETH,
    ME,
    OTHER,
    limit,
    market_order,
    scripted_market,
    scripted_world,
)
from venue_simulators.scripted_source import START_NS
from venue_simulators.world import (
    Funds,
    MarketTrade,
    PublicLiquidation,
    Wanted,
    World,
)

D = Decimal
BTC_PERP = ContractId("BTC-PERP")


# Orders -------------------------------------------------------------------------------------------


def test_an_order_that_takes_is_filled_before_place_returns() -> None:
    world = scripted_world()
    outcome = world.place(ME, market_order(Side.BUY, "0.4"))
    assert outcome.reason is None
    assert outcome.order is not None
    assert outcome.order.status is OrderStatus.FILLED
    assert outcome.order.average_price == D(1001)
    (fill,) = world.fills(ME)
    (trade,) = world.trades(BTC, 10)
    assert fill == Fill(
        trade_id=fill.trade_id,
        order_id=outcome.order.order_id,
        client_order_id=None,
        contract_id=BTC,
        side=Side.BUY,
        price=D(1001),
        size=D("0.40"),
        fee=D("0.2002"),
        fee_asset="USD",
        liquidity=Liquidity.TAKER,
        venue_ns=START_NS,
    )
    assert fill.trade_id == str(trade.number)


def test_a_resting_order_is_filled_when_the_market_reaches_it() -> None:
    market = scripted_market()
    world = scripted_world(market)
    placed = world.place(ME, limit(Side.BUY, "0.5", "998"))
    assert placed.order is not None
    assert placed.order.status is OrderStatus.OPEN
    market.set_quote(BTC, (D(996), D(1)), (D(997), D(1)), START_NS + NS)
    world.advance(START_NS + NS)
    order = world.order(ME, placed.order.order_id)
    assert order is not None
    assert (order.status, order.average_price) == (OrderStatus.FILLED, D(998))
    assert world.open_orders(ME) == []
    assert [fill.liquidity for fill in world.fills(ME)] == [Liquidity.MAKER]


def test_a_print_fills_a_resting_order_at_most_by_its_size() -> None:
    market = scripted_market()
    world = scripted_world(market)
    world.place(ME, limit(Side.BUY, "0.5", "998"))
    market.print_trade(BTC, D(997), D("0.2"), Side.SELL)
    (order,) = world.open_orders(ME)
    assert order.filled_size == D("0.2")


def test_two_accounts_trade_with_each_other() -> None:
    world = scripted_world()
    world.place(ME, Wanted(ETH, Side.SELL, D(1), D(1005)))
    world.place(OTHER, Wanted(ETH, Side.BUY, D(4), D(1005)))
    assert [position.size for position in world.positions(OTHER)] == [D(4)]
    assert sum(fill.size for fill in world.fills(OTHER)) == D(4)


def test_a_post_only_order_that_would_take_is_refused_with_its_reason() -> None:
    world = scripted_world()
    outcome = world.place(ME, limit(Side.BUY, "0.5", "1001", TimeInForce.GTX))
    assert outcome.reason is Reason.POST_ONLY_WOULD_CROSS
    assert outcome.order is not None
    assert outcome.order.status is OrderStatus.REJECTED
    assert world.orders(ME) == [outcome.order]


def test_a_refusal_names_what_is_wrong_and_changes_nothing() -> None:
    world = scripted_world()
    before = world.funds(ME)
    off_grid = world.place(ME, limit(Side.BUY, "0.5", "1000.5"))
    too_large = world.place(ME, limit(Side.BUY, "5000", "990"))
    unlisted = world.place(ME, Wanted(ContractId("XRP-X"), Side.BUY, D(1), D(1)))
    assert [each.reason for each in (off_grid, too_large, unlisted)] == [
        Reason.INVALID_ORDER,
        Reason.INSUFFICIENT_MARGIN,
        Reason.INVALID_ORDER,
    ]
    assert world.funds(ME) == before
    assert world.open_orders(ME) == []


def test_cancel_ends_an_order_once() -> None:
    world = scripted_world()
    placed = world.place(ME, limit(Side.BUY, "0.5", "990")).order
    assert placed is not None
    first = world.cancel(ME, placed.order_id)
    second = world.cancel(ME, placed.order_id)
    unknown = world.cancel(ME, VenueOrderId("5"))
    assert first.order is not None
    assert (first.reason, first.order.status) == (None, OrderStatus.CANCELED)
    assert (second.reason, second.order) == (Reason.ALREADY_TERMINAL, first.order)
    assert (unknown.reason, unknown.order) == (Reason.ORDER_NOT_FOUND, None)


def test_an_order_is_nobody_elses() -> None:
    world = scripted_world()
    placed = world.place(ME, limit(Side.BUY, "0.5", "990")).order
    assert placed is not None
    assert world.cancel(OTHER, placed.order_id).reason is Reason.ORDER_NOT_FOUND
    assert world.order(OTHER, placed.order_id) is None


def test_amend_moves_an_order_in_the_published_book() -> None:
    world = scripted_world()
    placed = world.place(ME, limit(Side.BUY, "0.5", "990")).order
    assert placed is not None
    outcome = world.amend(ME, placed.order_id, price=D(995), size=D("0.7"))
    assert outcome.order is not None
    assert (outcome.order.price, outcome.order.size) == (D(995), D("0.7"))
    depth, _ = world.depth(BTC)
    assert depth.bids == [(D(1000), D(1)), (D(999), D(2)), (D(995), D("0.7"))]


def test_what_was_asked_for_is_known_when_listeners_hear_of_it() -> None:
    world = scripted_world()
    tags = []

    def on_event(event: PrivateEvent) -> None:
        if isinstance(event, OrderInfo | Fill):
            tags.append(world.wanted(ME, event.order_id).tag)

    world.listen_private(ME, on_event)
    world.place(ME, replace(market_order(Side.BUY, "0.1"), tag="mine"))
    assert tags == ["mine"] * 3


def test_a_world_started_later_uses_no_number_again() -> None:
    def numbers(start_ns: int) -> tuple[int, int]:
        world = World(SyntheticSource(SyntheticConfig()), start_ns=start_ns)
        world.open_account(ME, D(10_000))
        order = Wanted(ContractId("BTC-PERP"), Side.BUY, D("0.01"), None, OrderType.MARKET)
        placed = world.place(ME, order).order
        assert placed is not None
        return int(placed.order_id), int(world.fills(ME)[0].trade_id)

    earlier, later = numbers(START_NS), numbers(START_NS + NS)
    assert (later[0] - earlier[0], later[1] - earlier[1]) == (1000, 1000)


def test_a_halted_market_takes_no_order_but_lets_them_go() -> None:
    world = scripted_world()
    placed = world.place(ME, limit(Side.BUY, "0.5", "990")).order
    assert placed is not None
    world.set_tradable(BTC, tradable=False)
    assert not world.tradable(BTC)
    assert world.place(ME, limit(Side.BUY, "1", "990")).reason is Reason.MARKET_UNAVAILABLE
    changed = world.amend(ME, placed.order_id, price=D(991), size=None)
    assert changed.reason is Reason.MARKET_UNAVAILABLE
    assert world.cancel(ME, placed.order_id).reason is None


# Listening ----------------------------------------------------------------------------------------


def test_private_events_come_in_the_order_of_what_happened() -> None:
    world = scripted_world()
    heard: list[PrivateEvent] = []
    world.listen_private(ME, heard.append)
    world.place(ME, market_order(Side.BUY, "1.5"))
    assert [type(event).__name__ for event in heard] == [
        "OrderInfo",
        *("Fill", "PositionUpdate", "OrderInfo"),
        *("Fill", "PositionUpdate", "OrderInfo"),
    ]
    positions = [event for event in heard if isinstance(event, PositionUpdate)]
    assert [event.quantity for event in positions] == [D(1), D("1.5")]
    orders = [event for event in heard if isinstance(event, OrderInfo)]
    assert all(event.client_order_id is None for event in orders)


def test_own_and_strange_trades_share_one_row_of_numbers() -> None:
    market = scripted_market()
    world = scripted_world(market)
    heard: list[MarketTrade] = []
    world.listen_trades(BTC, heard.append)
    world.place(ME, market_order(Side.BUY, "1.5"))
    market.print_trade(BTC, D(1000), D("0.3"), Side.SELL)
    assert [(trade.price, trade.size, trade.aggressor) for trade in heard] == [
        (D(1001), D(1), Side.BUY),
        (D(1002), D("0.5"), Side.BUY),
        (D(1000), D("0.3"), Side.SELL),
    ]
    first = heard[0].number
    assert [trade.number for trade in heard] == [first, first + 1, first + 2]
    assert world.trades(BTC, 2) == heard[1:]


def test_a_position_that_is_liquidated_is_told_to_its_owner_and_to_all() -> None:
    market = scripted_market()
    world = scripted_world(market)
    heard: list[PrivateEvent] = []
    public: list[PublicLiquidation] = []
    world.listen_private(ME, heard.append)
    world.listen_liquidations(public.append)
    market.set_book(BTC, [(D(1000), D(100))], [(D(1001), D(100))])
    world.place(ME, market_order(Side.BUY, "90"))
    market.set_book(BTC, [(D(890), D(100))], [(D(891), D(100))])
    assert [(each.side, each.size, each.price) for each in public] == [(Side.SELL, D(90), D(890))]
    assert world.positions(ME) == []
    ended = world.orders(ME)[-1]
    assert world.wanted(ME, ended.order_id).reduce_only
    assert world.fills(ME)[-1].order_id == ended.order_id


# Accounts -----------------------------------------------------------------------------------------


def test_funds_and_position_after_a_trade() -> None:
    world = scripted_world()
    world.place(ME, market_order(Side.BUY, "1"))
    (position,) = world.positions(ME)
    assert position.size == D(1)
    assert position.entry_price == D(1001)
    assert position.mark == D("1000.5")
    assert position.unrealised == D("-0.5")
    funds = world.funds(ME)
    assert funds.cash == D("9999.4995")
    assert funds.equity == D("9998.9995")
    assert funds.available == funds.equity - funds.initial_margin


def test_an_account_that_has_done_nothing_has_its_balance() -> None:
    full = D(10_000)
    assert scripted_world().funds(OTHER) == Funds(full, full, full, D(0), D(0))


def test_leverage_is_kept_by_market_and_within_its_maximum() -> None:
    world = scripted_world()
    assert world.set_leverage(ME, BTC, D(5)).reason is None
    assert world.set_leverage(ME, BTC, D(50)).reason is Reason.INVALID_ORDER
    assert world.set_leverage(ME, ContractId("XRP-X"), D(5)).reason is Reason.INVALID_ORDER
    assert (world.leverage(ME, BTC), world.leverage(ME, ETH)) == (D(5), D(10))


def test_funding_is_paid_by_the_long_at_its_hour() -> None:
    terms = FundingTerms(HOUR_NS, ConstantFunding(D("0.001")))
    world = scripted_world(config=PaperConfig(latency=NO_LATENCY, funding=terms))
    heard: list[PrivateEvent] = []
    world.place(ME, market_order(Side.BUY, "0.5"))
    world.listen_private(ME, heard.append)
    world.advance(START_NS + HOUR_NS)
    (payment,) = world.payments(ME)
    assert heard == [payment]
    assert isinstance(payment, FundingPayment)
    assert payment.amount == D("-0.50025")
    assert world.positions(ME)[0].funding == D("-0.50025")


# Time ---------------------------------------------------------------------------------------------


def test_a_source_is_moved_to_where_the_world_begins() -> None:
    world = World(SyntheticSource(SyntheticConfig()), start_ns=START_NS + 7)
    assert world.now_ns == START_NS + 7
    world.advance(START_NS + 10 * NS)
    assert all(START_NS < trade.at_ns <= world.now_ns for trade in world.trades(BTC_PERP, 100))
    assert START_NS + 10 * NS < world.next_ns() < START_NS + 11 * NS
