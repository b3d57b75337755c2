"""Lighter's subscriptions and frames."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_models import (
    ClientOrderId,
    ContractId,
    Fill,
    LiquidationEvent,
    Liquidity,
    OrderInfo,
    OrderStatus,
    Side,
    Symbol,
    TradeId,
    VenueOrderId,
)
from exchange_clients.errors import ExchangeError
from exchange_clients.events import (
    AnswerFrame,
    BalanceUpdate,
    BestBidOffer,
    BookSnapshot,
    Event,
    FundingUpdate,
    LabelledBookDelta,
    LabelledLevel,
    PositionUpdate,
    PublicTrade,
    ServerClosing,
    SubscribeAck,
    SubscribeRefused,
    Unreadable,
)
from exchange_clients.lighter.common import CONNECTION_LIFE_S, TOKEN_LIFE_S, TOKEN_RENEWAL_S
from exchange_clients.lighter.websocket.message_handler import LighterStream
from exchange_clients.shared.signing import Session
from exchange_clients.shared.stream import FrameKind, SubscribeContext, Topic, TopicKind
from tests.exchange_clients.lighter.lighter_samples import (
    ACCOUNT,
    CONNECTION,
    ETH,
    PEPE,
    sample,
    table,
)

STREAM = LighterStream(table(), ACCOUNT)
PUBLIC = SubscribeContext(now_ms=0, request_id=5, session=None)
PRIVATE = SubscribeContext(now_ms=0, request_id=5, session=Session(tokens={"auth": "9:12345:5:ab"}))
BOOK = Topic(TopicKind.BOOK, ETH)
ORDERS = Topic(TopicKind.ORDERS)
MS = 1_000_000


def decode(frame: bytes) -> list[Event]:
    return list(STREAM.decode(frame, FrameKind.TEXT, CONNECTION))


# Asking -------------------------------------------------------------------------------------------


def test_prices_and_account_go_over_a_connection_each() -> None:
    topics = [BOOK, ORDERS, Topic(TopicKind.LIQUIDATIONS), Topic(TopicKind.TRADES, PEPE)]
    market, private = STREAM.connections(topics, None, 0)
    assert (market.path, market.topics) == ("/stream", (BOOK, Topic(TopicKind.TRADES, PEPE)))
    assert (private.path, private.topics) == ("/stream", (ORDERS,))
    assert market.ping.text == '{"type":"ping"}'
    assert market.ping.every_s < 120


def test_a_private_connection_ends_before_any_token_it_was_opened_with() -> None:
    (private,) = STREAM.connections([ORDERS], None, 0)
    assert private.rotate_after_s == CONNECTION_LIFE_S
    assert TOKEN_RENEWAL_S + CONNECTION_LIFE_S < TOKEN_LIFE_S <= 8 * 3600


def test_each_channel_is_asked_for_in_a_frame_of_its_own() -> None:
    trades = [Topic(TopicKind.TRADES, ETH), Topic(TopicKind.LIQUIDATIONS, ETH)]
    frames = STREAM.subscribe([BOOK, *trades, Topic(TopicKind.FUNDING, PEPE)], PUBLIC)
    assert [msgspec.json.decode(frame) for frame in frames] == [
        {"type": "subscribe", "channel": "order_book/0"},
        {"type": "subscribe", "channel": "trade/0"},
        {"type": "subscribe", "channel": "market_stats/4"},
    ]
    assert list(STREAM.unsubscribe([BOOK], PUBLIC)) == [
        '{"type":"unsubscribe","channel":"order_book/0"}'
    ]


def test_the_token_goes_with_what_is_private() -> None:
    kinds = (TopicKind.ORDERS, TopicKind.FILLS, TopicKind.POSITIONS, TopicKind.BALANCES)
    frames = [msgspec.json.decode(f) for f in STREAM.subscribe([*map(Topic, kinds)], PRIVATE)]
    assert [frame["channel"] for frame in frames] == [
        "account_all_orders/12345",
        "account_all_trades/12345",
        "account_all_positions/12345",
        "user_stats/12345",
    ]
    assert {frame["auth"] for frame in frames} == {"9:12345:5:ab"}


# Control ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("channel", "topic"),
    [
        ("trade:0", "trades:0"),
        ("account_all_trades:12345", "fills:"),
        ("account_all_orders:12345", "orders:"),
        ("account_all_positions:12345", "positions:"),
    ],
)
def test_the_first_frame_of_a_channel_acknowledges_it(channel: str, topic: str) -> None:
    name = channel.partition(":")[0]
    frame = {"type": f"subscribed/{name}", "channel": channel}
    assert decode(msgspec.json.encode(frame)) == [SubscribeAck(topic)]


def test_the_venues_ping_is_answered_and_its_leaving_told() -> None:
    assert decode(sample("ws_ping")) == [AnswerFrame('{"type":"pong"}')]
    assert decode(sample("ws_shutdown")) == [ServerClosing(5.0)]
    assert decode(b'{"type":"shutdown"}') == [ServerClosing(None)]


@pytest.mark.parametrize(
    "frame",
    [
        b'{"type":"pong"}',
        b'{"type":"unsubscribed","channel":"order_book:0"}',
        b'{"type":"update/height","channel":"height","height":7}',
        b'{"error":{"code":30003,"message":"Already Subscribed: order_book:0"}}',
        b'{"type":"error","code":30002,"message":"Not Subscribed: order_book:0"}',
        sample("ws_connected"),
    ],
)
def test_frames_of_no_interest_are_passed_over(frame: bytes) -> None:
    assert decode(frame) == []


def test_a_refusal_is_told_in_either_form() -> None:
    refused = [SubscribeRefused("30005", "Invalid Channel: trade:9999")]
    assert decode(sample("ws_error")) == refused
    bare = b'{"type":"error","code":30005,"message":"Invalid Channel: trade:9999"}'
    assert decode(bare) == refused


# Markets ------------------------------------------------------------------------------------------


def test_a_book_begins_with_a_snapshot_that_the_updates_continue_by_their_nonces() -> None:
    ack, snapshot = decode(sample("ws_order_book_subscribed"))
    assert ack == SubscribeAck("book:0")
    assert snapshot == BookSnapshot(
        ETH, [(2064.3, 1.0392)], [(2064.54, 0.4285)], 9182389998, 1795200000100 * MS, 99
    )
    assert decode(sample("ws_order_book_update")) == [
        LabelledBookDelta(
            ETH,
            [LabelledLevel(2064.3, 0.0)],
            [LabelledLevel(2064.54, 0.3285)],
            9182390020,
            9182389998,
            1795200000126 * MS,
            99,
        )
    ]


def test_the_best_prices_are_told_where_there_are_both() -> None:
    assert decode(sample("ws_ticker")) == [
        BestBidOffer(ETH, 2064.3, 1.0392, 2064.48, 0.495, 1795200000126 * MS, 99)
    ]
    assert decode(sample("ws_ticker").replace(b'"2064.30"', b'""')) == []


def test_trades_are_told_and_liquidations_apart_from_them() -> None:
    assert decode(sample("ws_trade")) == [
        PublicTrade(ETH, 2064.48, 0.1336, Side.BUY, 1795200000700 * MS, 99, "16164557907"),
        LiquidationEvent(
            contract_id=ETH,
            symbol=Symbol("ETH"),
            side=Side.SELL,
            size=Decimal("0.01"),
            price=Decimal("2064.4"),
            venue_ns=1795200000600 * MS,
            ours=False,
        ),
    ]


def test_trades_told_at_the_subscription_are_not_new() -> None:
    frame = sample("ws_trade").replace(b"update/", b"subscribed/")
    assert decode(frame) == [SubscribeAck("trades:0")]


def test_the_hour_that_runs_is_told_as_a_fraction() -> None:
    expected = FundingUpdate(
        contract_id=ETH,
        symbol=Symbol("ETH"),
        rate=Decimal("0.000012"),
        interval_hours=Decimal(1),
        next_funding_ns=1795201200 * 10**9,
        mark_price=Decimal("2064.47"),
        venue_ns=1795200000126 * MS,
    )
    assert decode(sample("ws_market_stats")) == [expected]
    first = sample("ws_market_stats").replace(b"update/", b"subscribed/")
    assert decode(first) == [SubscribeAck("funding:0"), expected]


def test_a_market_that_is_not_listed_is_passed_over() -> None:
    assert decode(sample("ws_market_stats").replace(b'"market_id": 0', b'"market_id": 9')) == []


# The account --------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["price", "size", "usd_amount"])
def test_money_in_other_than_plain_notation_is_not_read(field: str) -> None:
    frame = msgspec.json.decode(sample("ws_account_all_trades"))
    frame["trades"]["0"][0][field] = "1e5"
    (told,) = decode(msgspec.json.encode(frame))
    assert isinstance(told, Unreadable)
    assert told.ids == ("16164557907",)


def test_orders_are_told_as_they_stand() -> None:
    partly, refused = decode(sample("ws_account_all_orders"))
    assert isinstance(partly, OrderInfo)
    assert isinstance(refused, OrderInfo)
    assert (partly.status, refused.status) == (OrderStatus.PARTIALLY_FILLED, OrderStatus.REJECTED)
    assert (partly.order_id, partly.filled_size) == ("281476929510117", Decimal("0.04"))


def test_open_orders_come_with_the_subscription() -> None:
    frame = sample("ws_account_all_orders").replace(b"update/", b"subscribed/")
    ack, *orders = decode(frame)
    assert (ack, len(orders)) == (SubscribeAck("orders:"), 2)
    assert decode(b'{"type":"subscribed/account_all_orders","orders":null}') == []


def test_an_order_that_cannot_be_read_is_told_beside_the_others() -> None:
    frame = sample("ws_account_all_orders").replace(b'"canceled-post-only"', b'"asleep"')
    partly, unreadable = decode(frame)
    assert isinstance(partly, OrderInfo)
    assert isinstance(unreadable, Unreadable)
    assert unreadable.ids == ("281476929510118", "1732000000002")


def test_a_fill_is_told_once_it_is_new() -> None:
    assert decode(sample("ws_account_all_trades")) == [FILL]
    assert decode(sample("ws_account_all_trades_subscribed")) == [SubscribeAck("fills:")]


def test_fills_are_read_in_a_flat_list_as_well() -> None:
    flat = sample("ws_account_all_trades_subscribed").replace(b"subscribed/", b"update/")
    assert [getattr(fill, "trade_id", None) for fill in decode(flat)] == [
        "16164557907",
        "16164557906",
    ]


def test_a_liquidation_of_ours_is_told_beside_its_fill() -> None:
    frame = msgspec.json.decode(sample("ws_account_all_trades"))
    (trade,) = frame["trades"]["0"]
    trade["type"] = "liquidation"
    assert len(decode(msgspec.json.encode(frame))) == 1  # we rested: somebody else's
    trade["is_maker_ask"] = False
    fill, liquidation = decode(msgspec.json.encode(frame))
    assert isinstance(fill, Fill)
    assert isinstance(liquidation, LiquidationEvent)
    assert (liquidation.ours, liquidation.side, liquidation.size) == (True, Side.SELL, fill.size)


FILL = Fill(
    trade_id=TradeId("16164557907"),
    order_id=VenueOrderId("281476929510117"),
    client_order_id=ClientOrderId("1732000000001"),
    contract_id=ETH,
    side=Side.SELL,
    price=Decimal("2064.48"),
    size=Decimal("0.1336"),
    fee=Decimal("0.01103258112"),
    fee_asset="USDC",
    liquidity=Liquidity.MAKER,
    venue_ns=1795200000700 * MS,
)


def test_positions_are_signed_and_zero_is_flat() -> None:
    at_ns = 1795200000900 * MS
    assert decode(sample("ws_account_all_positions")) == [
        PositionUpdate(ETH, Decimal("-0.5"), Decimal(2070), at_ns),
        PositionUpdate(PEPE, Decimal(0), None, at_ns),
    ]


def test_the_balance_is_told() -> None:
    assert decode(sample("ws_user_stats")) == [
        BalanceUpdate("USDC", Decimal("1002.765"), Decimal("910.25"), 1795200000900 * MS)
    ]


# What is broken -----------------------------------------------------------------------------------

TRADE = "price size usd_amount trade_id ask_id is_maker_ask market_id timestamp ask_account_id"
STRICT = [
    (name, (*path.split(), field))
    for name, path, fields in (
        ("ws_account_all_trades", "trades 0 0", TRADE),
        (
            "ws_account_all_orders",
            "orders 0 0",
            "order_id client_order_index market_index initial_base_amount price is_ask type "
            "filled_base_amount filled_quote_amount status reduce_only",
        ),
        ("ws_account_all_positions", "positions 0", "market_id sign position avg_entry_price"),
        ("ws_user_stats", "stats", "available_balance portfolio_value"),
        ("ws_order_book_update", "order_book", "nonce begin_nonce bids asks"),
        ("ws_order_book_update", "order_book asks 0", "price size"),
        ("ws_ticker", "ticker b", "price size"),
        ("ws_trade", "trades 0", "price size trade_id is_maker_ask market_id timestamp"),
        ("ws_market_stats", "market_stats", "market_id current_funding_rate funding_timestamp"),
    )
    for field in fields.split()
]
FREE_TEXT = ("order_id",)


@pytest.mark.parametrize(("name", "path"), STRICT)
@pytest.mark.parametrize("wrong", ["missing", None, "x", {}, [1], "NaN", -1.5])
def test_what_is_missing_or_of_another_type_gives_no_event(
    name: str, path: tuple[str, ...], wrong: object
) -> None:
    frame = msgspec.json.decode(sample(name))
    holder = frame
    for step in path[:-1]:
        holder = holder[int(step)] if isinstance(holder, list) else holder[step]
    if wrong == "missing":
        del holder[path[-1]]
    else:
        holder[path[-1]] = wrong
    told = [each for each in _told(msgspec.json.encode(frame)) if not isinstance(each, Unreadable)]
    whole = [each for each in decode(sample(name)) if not isinstance(each, Unreadable)]
    assert len(told) < len(whole) or (path[-1] in FREE_TEXT and isinstance(wrong, str))


def _told(frame: bytes) -> list[Event]:
    try:
        return decode(frame)
    except (ExchangeError, msgspec.MsgspecError, ValueError, LookupError, ArithmeticError):
        return []


FRAMES = st.sampled_from(
    [sample(name) for name in ("ws_order_book_update", "ws_account_all_trades", "ws_user_stats")]
)


@settings(deadline=None, derandomize=True, max_examples=200)
@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_any_bytes_give_events_or_an_error_that_is_expected(frame: bytes) -> None:
    assert isinstance(_told(frame), list)


@settings(deadline=None, derandomize=True, max_examples=200)
@given(FRAMES, st.data())
def test_a_frame_with_a_wrong_byte_gives_events_or_an_error_that_is_expected(
    frame: bytes, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(frame) - 1))
    byte = data.draw(st.integers(0, 255))
    assert isinstance(_told(frame[:at] + bytes([byte]) + frame[at + 1 :]), list)


def test_contracts_are_numbers_as_text() -> None:
    assert [each.market.contract_id for each in table()] == [
        ContractId(n) for n in ("0", "4", "110")
    ]
