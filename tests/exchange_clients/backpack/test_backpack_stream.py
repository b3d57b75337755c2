from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import msgspec
import pytest

from exchange_clients.backpack.websocket.message_handler import BackpackStream
from exchange_clients.base_models import (
    ClientOrderId,
    ContractId,
    Fill,
    LiquidationEvent,
    Liquidity,
    OrderInfo,
    OrderStatus,
    OrderType,
    Reason,
    Side,
    Symbol,
    TradeId,
    VenueOrderId,
)
from exchange_clients.events import (
    BalanceUpdate,
    BestBidOffer,
    BookDelta,
    FundingUpdate,
    PositionUpdate,
    PublicTrade,
    SubscribeRefused,
    Unreadable,
)
from exchange_clients.shared.stream import SubscribeContext, Topic, TopicKind
from tests.exchange_clients.backpack.backpack_samples import (
    BTC,
    ETH,
    LOCAL_NS,
    SOL,
    STREAM,
    TABLE,
    decode,
    decoded,
    sample,
)

CONTEXT = SubscribeContext(now_ms=1750793021519, request_id=1, session=None)
BOOK, TRADES = Topic(TopicKind.BOOK, BTC), Topic(TopicKind.TRADES, BTC)
ORDERS, FILLS = Topic(TopicKind.ORDERS), Topic(TopicKind.FILLS)
AT_NS = 1795200000_174705000
PARTIAL = OrderInfo(
    order_id=VenueOrderId("4238907375"),
    client_order_id=ClientOrderId("1001"),
    contract_id=SOL,
    side=Side.BUY,
    size=Decimal("1.5"),
    price=Decimal("180.50"),
    status=OrderStatus.PARTIALLY_FILLED,
    filled_size=Decimal("0.5"),
    average_price=Decimal("180.5"),
    updated_ns=AT_NS,
)
FILL = Fill(
    trade_id=TradeId("2888471"),
    order_id=VenueOrderId("4238907375"),
    client_order_id=ClientOrderId("1001"),
    contract_id=SOL,
    side=Side.BUY,
    price=Decimal("180.50"),
    size=Decimal("0.5"),
    fee=Decimal("0.018"),
    fee_asset="USDC",
    liquidity=Liquidity.MAKER,
    venue_ns=AT_NS,
)

# Markets ------------------------------------------------------------------------------------------


def test_a_delta_continues_the_number_before_its_first() -> None:
    assert decode(sample("ws_depth")) == [
        BookDelta(
            BTC,
            bids=[(90000.1, 0.0)],
            asks=[(90000.2, 0.5)],
            first=1345937436,
            last=1345937437,
            previous=1345937435,
            venue_ns=1795200000_123000000,
            local_ns=LOCAL_NS,
        )
    ]


@pytest.mark.parametrize("number", [1345937436, "1345937436"])
def test_the_best_prices_carry_the_number_of_the_book(number: object) -> None:
    assert decoded("ws_book_ticker", u=number) == [
        BestBidOffer(
            BTC, 90000.0, 1.2, 90000.2, 0.5, 1795200000_123000000, LOCAL_NS, sequence=1345937436
        )
    ]


@pytest.mark.parametrize(("buyer_rested", "aggressor"), [(True, Side.SELL), (False, Side.BUY)])
def test_the_aggressor_is_who_did_not_rest(buyer_rested: bool, aggressor: Side) -> None:
    assert decoded("ws_trade", m=buyer_rested) == [
        PublicTrade(BTC, 90000.1, 0.25, aggressor, 1795200000_123000000, LOCAL_NS, "8721563")
    ]


def test_a_rate_is_told_with_its_listed_interval() -> None:
    assert decode(sample("ws_mark_price")) == [
        FundingUpdate(
            contract_id=BTC,
            symbol=Symbol("BTC"),
            rate=Decimal("0.0000125"),
            interval_hours=Decimal(1),
            next_funding_ns=1795201200_000000000,
            mark_price=Decimal("90001.5"),
            venue_ns=1795199999_999000000,
        )
    ]


def test_a_liquidation_names_its_own_market() -> None:
    assert decode(sample("ws_liquidation")) == [
        LiquidationEvent(
            contract_id=ContractId("kPEPE_USDC_PERP"),
            symbol=Symbol("PEPE"),
            side=Side.SELL,
            size=Decimal(25000),
            price=Decimal("0.012345"),
            venue_ns=1795199999_999000000,
            ours=False,
        )
    ]


# The account --------------------------------------------------------------------------------------


def test_a_fill_comes_before_its_order() -> None:
    assert decode(sample("ws_order_fill")) == [FILL, PARTIAL]


@pytest.mark.parametrize("event", ["orderAccepted", "orderCancelled", "orderModified"])
def test_other_order_events_bring_no_fill(event: str) -> None:
    assert decoded("ws_order_fill", e=event, t=None) == [PARTIAL]


def test_an_expired_order_says_why() -> None:
    assert decode(sample("ws_order_expired")) == [
        OrderInfo(
            order_id=VenueOrderId("4238907378"),
            client_order_id=None,
            contract_id=SOL,
            side=Side.BUY,
            size=Decimal("1.5"),
            price=None,
            status=OrderStatus.EXPIRED,
            order_type=OrderType.MARKET,
            reduce_only=True,
            reason=Reason.INVALID_ORDER,
            updated_ns=AT_NS,
        )
    ]


def test_an_armed_order_has_the_size_of_its_trigger() -> None:
    (info,) = decode(sample("ws_trigger_placed"))
    assert isinstance(info, OrderInfo)
    assert (info.size, info.status, info.order_type) == (
        Decimal("1.5"),
        OrderStatus.OPEN,
        OrderType.STOP_MARKET,
    )


def test_an_order_of_the_venue_is_our_own_liquidation() -> None:
    fill, liquidation, info = decode(sample("ws_liquidation_fill"))
    assert isinstance(fill, Fill)
    assert isinstance(info, OrderInfo)
    assert liquidation == LiquidationEvent(
        contract_id=SOL,
        symbol=Symbol("SOL"),
        side=Side.SELL,
        size=Decimal("1.5"),
        price=Decimal("150.00"),
        venue_ns=AT_NS,
        ours=True,
    )


def test_an_unknown_state_is_unreadable_and_names_the_order() -> None:
    fill, unread = decoded("ws_order_fill", X="Sleeping")
    assert fill == FILL
    assert isinstance(unread, Unreadable)
    assert unread.ids == ("4238907375", "1001")


def test_a_fill_that_cannot_be_read_leaves_its_order_readable() -> None:
    unread, info = decoded("ws_order_fill", t=None)
    assert isinstance(unread, Unreadable)
    assert info == PARTIAL


def test_a_position_is_its_net_quantity() -> None:
    assert decode(sample("ws_position")) == [
        PositionUpdate(SOL, Decimal("-0.01"), Decimal("150.1"), AT_NS)
    ]


def test_a_position_at_subscribing_may_be_written_in_numbers() -> None:
    assert decode(sample("ws_position_at_subscribing")) == [
        PositionUpdate(ETH, Decimal("0.0036"), Decimal("3826.88"), AT_NS)
    ]


def test_a_closed_position_has_no_entry() -> None:
    assert decoded("ws_position", e="positionClosed", q="0", B="0") == [
        PositionUpdate(SOL, Decimal(0), None, AT_NS)
    ]


def test_a_balance_is_all_of_its_parts() -> None:
    assert decode(sample("ws_balance")) == [
        BalanceUpdate("USDC", Decimal(1000), Decimal(910), AT_NS)
    ]


# Control ------------------------------------------------------------------------------------------


def test_a_refused_subscription_is_told() -> None:
    assert decode(sample("ws_error")) == [SubscribeRefused("4006", "Invalid stream")]


@pytest.mark.parametrize(
    "frame", [b"{}", b'{"stream":"kline.1m.X","data":{}}', b'{"stream":"account.rfq","data":{}}']
)
def test_what_is_of_no_interest_gives_no_event(frame: bytes) -> None:
    assert decode(frame) == []


def test_orders_and_fills_share_one_stream() -> None:
    (frame,) = STREAM.subscribe([ORDERS, FILLS, Topic(TopicKind.POSITIONS)], CONTEXT)
    asked = msgspec.json.decode(frame)
    assert asked["params"] == ["account.orderUpdate", "account.positionUpdate"]
    assert asked["signature"][0] == "public"
    assert asked["signature"][2:] == ["1750793021519", "5000"]


def test_public_streams_are_not_signed() -> None:
    (frame,) = STREAM.subscribe([BOOK, TRADES, Topic(TopicKind.LIQUIDATIONS)], CONTEXT)
    assert msgspec.json.decode(frame) == {
        "method": "SUBSCRIBE",
        "params": ["depth.BTC_USDC_PERP", "trade.BTC_USDC_PERP", "liquidation"],
    }


def test_streams_are_ended_by_the_same_words() -> None:
    (frame,) = STREAM.unsubscribe([BOOK, Topic(TopicKind.FUNDING, BTC)], CONTEXT)
    assert msgspec.json.decode(frame) == {
        "method": "UNSUBSCRIBE",
        "params": ["depth.BTC_USDC_PERP", "markPrice.BTC_USDC_PERP"],
    }


def test_markets_and_the_account_have_a_connection_each() -> None:
    specs = STREAM.connections([BOOK, ORDERS, Topic(TopicKind.BEST, BTC)], None, 0)
    assert [(each.name, each.service, each.topics) for each in specs] == [
        ("market", "ws", (BOOK, Topic(TopicKind.BEST, BTC))),
        ("private", "ws", (ORDERS,)),
    ]
    assert [each.name for each in STREAM.connections([BOOK], None, 0)] == ["market"]


def test_private_topics_need_an_account() -> None:
    with pytest.raises(AssertionError, match="need an account"):
        BackpackStream(TABLE, None).subscribe([ORDERS], CONTEXT)


def test_a_modified_order_has_its_new_size() -> None:
    assert decoded("ws_order_fill", e="orderModified", q="1.0") == [
        replace(PARTIAL, size=Decimal("1.0"))
    ]
