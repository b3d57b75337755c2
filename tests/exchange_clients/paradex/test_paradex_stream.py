"""Paradex's subscriptions, its answers to them, and frames in JSON."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import msgspec
import pytest

from exchange_clients.base_models import (
    Fill,
    LiquidationEvent,
    OrderInfo,
    Side,
    Symbol,
    TradeId,
)
from exchange_clients.events import (
    BalanceUpdate,
    FundingUpdate,
    LoginAccepted,
    LoginRefused,
    PositionUpdate,
    SubscribeAck,
    SubscribeRefused,
    Unreadable,
    VoidedFill,
)
from exchange_clients.shared.signing import Session
from exchange_clients.shared.stream import SubscribeContext, Topic, TopicKind
from tests.exchange_clients.paradex.paradex_samples import (
    BTC,
    MS,
    STREAM,
    decode,
    order_row,
    parsed,
    pushed,
)
from tests.exchange_clients.paradex.test_paradex_orders import FILL, PENDING

D = Decimal
CONTEXT = SubscribeContext(now_ms=0, request_id=5, session=None)
BOOK, ORDERS = Topic(TopicKind.BOOK, BTC), Topic(TopicKind.ORDERS)
SESSION = Session(headers={"authorization": "Bearer ey.J"})


def test_prices_and_account_go_over_a_connection_each_and_ask_for_binary_frames() -> None:
    topics = [BOOK, ORDERS, Topic(TopicKind.LIQUIDATIONS), Topic(TopicKind.TRADES, BTC)]
    market, private = STREAM.connections(topics, SESSION, 0)
    assert (market.service, market.path) == ("ws_public", "?sbeSchemaId=1&sbeSchemaVersion=2")
    assert market.topics == (BOOK, Topic(TopicKind.TRADES, BTC))
    assert (private.service, private.path, private.topics) == ("ws", market.path, (ORDERS,))
    assert not market.login
    (login,) = private.login
    assert msgspec.json.decode(login) == {
        "jsonrpc": "2.0",
        "method": "auth",
        "params": {"bearer": "ey.J"},
        "id": 0,
    }
    assert "ey.J" not in repr(private)


def test_each_channel_is_asked_for_by_a_frame_of_its_own() -> None:
    topics = [
        BOOK,
        Topic(TopicKind.BEST, BTC),
        Topic(TopicKind.TRADES, BTC),
        Topic(TopicKind.FUNDING, BTC),
        ORDERS,
        Topic(TopicKind.FILLS),
        Topic(TopicKind.POSITIONS),
        Topic(TopicKind.BALANCES),
        Topic(TopicKind.VOIDED),
    ]
    frames = [msgspec.json.decode(frame) for frame in STREAM.subscribe(topics, CONTEXT)]
    assert [frame["params"]["channel"] for frame in frames] == [
        "order_book.BTC-USD-PERP.deltas",
        "bbo.BTC-USD-PERP",
        "trades.BTC-USD-PERP",
        "funding_data.BTC-USD-PERP",
        "orders.ALL",
        "fills.ALL",
        "positions",
        "account",
        "tradebusts",
    ]
    assert [frame["id"] for frame in frames] == list(range(5, 14))
    (end,) = STREAM.unsubscribe([BOOK], CONTEXT)
    assert msgspec.json.decode(end)["method"] == "unsubscribe"


@pytest.mark.parametrize("topic", [BOOK, ORDERS, Topic(TopicKind.FUNDING, BTC)])
def test_an_answer_names_the_topic_that_was_asked_for(topic: Topic) -> None:
    (frame,) = STREAM.subscribe([topic], CONTEXT)
    channel = msgspec.json.decode(frame)["params"]["channel"]
    reply = {"jsonrpc": "2.0", "result": {"channel": channel}, "usIn": 1, "usDiff": 2, "id": 5}
    assert decode(msgspec.json.encode(reply)) == [SubscribeAck(topic.name)]


def test_a_refused_subscription_says_why() -> None:
    error = {"code": -32600, "message": "invalid", "data": "no parameters expected"}
    reply = msgspec.json.encode({"jsonrpc": "2.0", "error": error, "id": 5})
    assert decode(reply) == [SubscribeRefused("-32600", "invalid no parameters expected")]


def test_a_login_is_known_by_its_number() -> None:
    assert decode(b'{"jsonrpc":"2.0","result":{"node_id":"7"},"id":0}') == [LoginAccepted()]
    refusal = b'{"jsonrpc":"2.0","error":{"code":40111,"message":"invalid bearer"},"id":0}'
    assert decode(refusal) == [LoginRefused("40111", "invalid bearer")]


def test_a_rate_is_read() -> None:
    rate, usual = parsed("http_get_funding_data")["results"][:2]
    told = FundingUpdate(BTC, Symbol("BTC"), D("0.0001"), D(8), None, None, 1_795_219_200_000 * MS)
    assert decode(pushed(f"funding_data.{BTC}", usual)) == [told]
    assert decode(pushed(f"funding_data.{BTC}", rate)) == [
        replace(told, venue_ns=1_795_219_260_000 * MS)
    ]


def test_an_order_a_fill_a_position_and_the_money_are_read() -> None:
    assert decode(pushed("orders.ALL", order_row())) == [PENDING]
    assert decode(pushed("fills.ALL", parsed("http_get_fills")["results"][0])) == [FILL]
    short, closed = parsed("http_get_positions")["results"]
    assert decode(pushed("positions", short)) == [
        PositionUpdate(BTC, D("-0.01"), D("90000.1"), 1_795_200_000_900 * MS)
    ]
    (flat,) = decode(pushed("positions", closed))
    assert isinstance(flat, PositionUpdate)
    assert flat.quantity == 0
    assert flat.entry_price is None
    assert decode(pushed("account", parsed("http_get_account"))) == [
        BalanceUpdate("USDC", D("998.75"), D("900.5"), 1_795_200_000_950 * MS)
    ]


def test_a_fill_that_was_voided_is_told_by_its_name() -> None:
    bust = {"account": "0x1", "busted_fill_id": "81", "created_at": 1_795_200_000_700}
    told = VoidedFill(TradeId("81"), 1_795_200_000_700 * MS)
    assert decode(pushed("tradebusts", bust)) == [told]


def test_a_liquidation_of_ours_is_told_beside_its_fill() -> None:
    row = {**parsed("http_get_fills")["results"][0], "fill_type": "LIQUIDATION"}
    fill, liquidation = decode(pushed("fills.ALL", row))
    assert fill == FILL
    assert isinstance(liquidation, LiquidationEvent)
    assert (liquidation.ours, liquidation.side, liquidation.size) == (True, Side.BUY, FILL.size)


def test_an_order_that_cannot_be_read_is_named() -> None:
    (event,) = decode(pushed("orders.ALL", order_row(status="SLEEPING")))
    assert isinstance(event, Unreadable)
    assert "abc1" in event.ids


def test_channels_and_answers_of_no_interest_are_passed_over() -> None:
    assert decode(pushed("transfers", {})) == []
    assert decode(b'{"jsonrpc":"2.0","result":{"status":"ok"},"id":3}') == []
    assert decode(pushed("funding_data.NEW-USD-PERP", {
        **parsed("http_get_funding_data")["results"][0], "market": "NEW-USD-PERP"
    })) == []  # fmt: skip
    assert decode(pushed("positions", {
        **parsed("http_get_positions")["results"][0], "market": "BTC-USD-100000-C"
    })) == []  # fmt: skip


def test_what_happened_is_told_by_types_that_the_client_knows() -> None:
    (order,) = decode(pushed("orders.ALL", order_row()))
    (fill,) = decode(pushed("fills.ALL", parsed("http_get_fills")["results"][0]))
    assert isinstance(order, OrderInfo)
    assert isinstance(fill, Fill)
