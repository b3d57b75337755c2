"""Aster's streams: what is asked for, and what each frame says."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import msgspec
import pytest

from exchange_clients.aster.common import V3
from exchange_clients.base_models import (
    ClientOrderId,
    ContractId,
    Fill,
    LiquidationEvent,
    Liquidity,
    OrderInfo,
    OrderStatus,
    Reason,
    Side,
    Symbol,
    TradeId,
    VenueOrderId,
)
from exchange_clients.errors import MalformedPayload
from exchange_clients.events import (
    BalanceUpdate,
    BestBidOffer,
    BookDelta,
    BookSnapshot,
    FundingUpdate,
    LoginRefused,
    PositionUpdate,
    PublicTrade,
    SubscribeRefused,
    Unreadable,
)
from exchange_clients.shared.dialects.fapi.account_manager import LISTEN_KEY
from exchange_clients.shared.dialects.fapi.message_handler import STREAMS_MAX, FapiStream
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.signing import Session
from exchange_clients.shared.stream import FrameKind, SubscribeContext, Topic, TopicKind
from exchange_clients.shared.websocket.order_book import Applied, OrderBook
from tests.exchange_clients.aster.aster_samples import (
    BTC,
    CONNECTION,
    LOCAL_NS,
    MS,
    NOW_MS,
    STREAM,
    TABLE,
    decode,
    decoded,
    order_frame,
    parsed,
)

CONTEXT = SubscribeContext(NOW_MS, 7, None)
SESSION = Session(tokens={LISTEN_KEY: "abc"})
BOOK = Topic(TopicKind.BOOK, BTC)
OWN = [Topic(kind) for kind in TopicKind if kind.private]
FILL = Fill(
    trade_id=TradeId("698759"),
    order_id=VenueOrderId("22542179"),
    client_order_id=ClientOrderId("my-1"),
    contract_id=BTC,
    side=Side.BUY,
    price=Decimal("90000.1"),
    size=Decimal("0.004"),
    fee=Decimal("0.036"),
    fee_asset="USDT",
    liquidity=Liquidity.MAKER,
    venue_ns=(NOW_MS + 299) * MS,
)
ORDER = OrderInfo(
    order_id=VenueOrderId("22542179"),
    client_order_id=ClientOrderId("my-1"),
    contract_id=BTC,
    side=Side.BUY,
    size=Decimal("0.010"),
    price=Decimal("90000.1"),
    status=OrderStatus.PARTIALLY_FILLED,
    filled_size=Decimal("0.004"),
    average_price=Decimal("90000.1"),
    updated_ns=(NOW_MS + 300) * MS,
)


# Asking -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("topic", "stream"),
    [
        (BOOK, "btcusdt@depth@100ms"),
        (Topic(TopicKind.BEST, BTC), "btcusdt@bookTicker"),
        (Topic(TopicKind.TRADES, ContractId("1000PEPEUSDT")), "1000pepeusdt@aggTrade"),
        (Topic(TopicKind.FUNDING, BTC), "btcusdt@markPrice@1s"),
        (Topic(TopicKind.LIQUIDATIONS, BTC), "btcusdt@forceOrder"),
        (Topic(TopicKind.LIQUIDATIONS), "!forceOrder@arr"),
    ],
)
def test_a_market_feed_is_asked_for_in_small_letters(topic: Topic, stream: str) -> None:
    (frame,) = STREAM.subscribe([topic], CONTEXT)
    assert msgspec.json.decode(frame) == {"method": "SUBSCRIBE", "params": [stream], "id": 7}
    (frame,) = STREAM.unsubscribe([topic], CONTEXT)
    assert msgspec.json.decode(frame) == {"method": "UNSUBSCRIBE", "params": [stream], "id": 7}


def test_several_feeds_are_one_message_and_those_of_the_account_none() -> None:
    (frame,) = STREAM.subscribe([BOOK, *OWN, Topic(TopicKind.BEST, BTC)], CONTEXT)
    assert msgspec.json.decode(frame)["params"] == ["btcusdt@depth@100ms", "btcusdt@bookTicker"]
    assert STREAM.subscribe(OWN, CONTEXT) == []


def test_markets_and_account_have_a_connection_each() -> None:
    market, private = STREAM.connections([*OWN, BOOK], SESSION, NOW_MS)
    assert (market.name, market.service, market.path) == ("market", "ws", "/ws")
    assert market.topics == (BOOK,)
    assert (private.name, private.path) == ("private", "/ws/abc")
    assert private.topics == tuple(OWN)
    assert "abc" not in repr(private)
    for each in (market, private):
        assert each.rotate_after_s is not None
        assert each.rotate_after_s < 86_400
        assert each.ping.text is None


def test_without_a_listen_key_the_account_is_not_heard() -> None:
    assert STREAM.connections(OWN, None, NOW_MS) == []


def test_what_has_no_stream_is_not_asked_for() -> None:
    assert STREAM.connections([Topic(TopicKind.FUNDING)], None, NOW_MS) == []


def test_more_streams_than_a_connection_takes_go_over_another() -> None:
    topics = [Topic(TopicKind.BEST, ContractId(f"A{number}USDT")) for number in range(450)]
    specs = STREAM.connections(topics, None, NOW_MS)
    assert [spec.name for spec in specs] == ["market", "market-2", "market-3"]
    assert [len(spec.topics) for spec in specs] == [STREAMS_MAX, STREAMS_MAX, 50]
    assert [topic for spec in specs for topic in spec.topics] == topics


# Markets ------------------------------------------------------------------------------------------


def test_a_delta_names_the_update_before_it() -> None:
    at_ns = (NOW_MS + 199) * MS
    assert decoded("ws_depth") == (
        BookDelta(BTC, [(90000.1, 0.0)], [(90000.2, 1.5)], 157, 160, 149, at_ns, LOCAL_NS),
    )


def test_deltas_join_a_snapshot_inside_them_and_then_only_each_other() -> None:
    book = OrderBook(TABLE.of_contract(BTC).market)
    (first,) = decoded("ws_depth")
    (second,) = decoded("ws_depth", U=170, u=175, pu=160)
    (gap,) = decoded("ws_depth", U=190, u=195, pu=180)
    assert isinstance(first, BookDelta)
    assert isinstance(second, BookDelta)
    assert isinstance(gap, BookDelta)
    snapshot = BookSnapshot(BTC, [(89999.0, 1.0)], [(90001.0, 1.0)], 158, None, LOCAL_NS)
    assert book.apply(first) is Applied.BUFFERED
    assert book.apply(snapshot) is Applied.APPLIED
    assert book.apply(second) is Applied.APPLIED
    assert book.apply(gap) is Applied.GAP


def test_the_best_prices_are_read() -> None:
    at_ns = (NOW_MS + 198) * MS
    assert decoded("ws_book_ticker") == (
        BestBidOffer(BTC, 90000.1, 3.1, 90000.2, 4.0, at_ns, LOCAL_NS, 400900217),
    )


@pytest.mark.parametrize(("maker_bought", "taker"), [(True, Side.SELL), (False, Side.BUY)])
def test_who_did_not_rest_took(maker_bought: bool, taker: Side) -> None:
    at_ns = (NOW_MS + 120) * MS
    assert decoded("ws_agg_trade", m=maker_bought) == (
        PublicTrade(BTC, 90000.1, 0.3, taker, at_ns, LOCAL_NS, "5933014"),
    )


def test_funding_is_told_for_the_interval_of_the_market() -> None:
    assert decoded("ws_mark_price") == (
        FundingUpdate(
            BTC,
            Symbol("BTC"),
            Decimal("0.00010000"),
            Decimal(8),
            (NOW_MS + 19_200_000) * MS,
            Decimal("90001.1"),
            NOW_MS * MS,
        ),
    )


def test_funding_of_a_market_whose_interval_is_not_known_is_not_told() -> None:
    assert decoded("ws_mark_price", s="NEWUSDT") == ()
    unknown = MarketTable([replace(each, funding_interval_hours=None) for each in TABLE])
    frame = msgspec.json.encode(parsed("ws_mark_price"))
    assert FapiStream(V3, unknown).decode(frame, FrameKind.TEXT, CONNECTION) == ()


def test_a_strangers_liquidation_is_told_as_far_as_it_traded() -> None:
    assert decoded("ws_force_order") == (
        LiquidationEvent(
            BTC, Symbol("BTC"), Side.SELL, Decimal("0.014"), Decimal(89050), NOW_MS * MS,
            ours=False,
        ),
    )  # fmt: skip
    frame = parsed("ws_force_order")
    frame["o"] |= {"z": "0", "ap": "0"}
    assert decode(msgspec.json.encode(frame)) == ()


# The account --------------------------------------------------------------------------------------


def test_a_trade_is_told_before_the_order_that_it_changed() -> None:
    assert decode(order_frame()) == [FILL, ORDER]


def test_reports_are_ordered_by_the_event_and_not_by_the_trade() -> None:
    (_, order) = decode(order_frame(T=NOW_MS - 5))
    assert isinstance(order, OrderInfo)
    assert order.updated_ns == (NOW_MS + 300) * MS


@pytest.mark.parametrize("word", ["NEW", "CANCELED", "EXPIRED", "AMENDMENT"])
def test_what_is_no_trade_tells_the_order_alone(word: str) -> None:
    frame = order_frame(x=word, X="NEW", l="0", L="0", t=0, z="0", ap="0")
    assert decode(frame) == [
        replace(ORDER, status=OrderStatus.OPEN, filled_size=Decimal(0), average_price=None)
    ]


def test_a_post_only_order_that_would_trade_expires() -> None:
    (order,) = decode(order_frame(x="EXPIRED", X="EXPIRED", l="0", L="0", t=0, z="0", ap="0"))
    assert isinstance(order, OrderInfo)
    assert (order.status, order.reason) == (OrderStatus.EXPIRED, Reason.POST_ONLY_WOULD_CROSS)


def test_a_trade_without_a_fee_costs_nothing() -> None:
    frame = parsed("ws_order_trade")
    del frame["o"]["n"], frame["o"]["N"]
    fill = decode(msgspec.json.encode(frame))[0]
    assert isinstance(fill, Fill)
    assert fill.fee == 0


@pytest.mark.parametrize(
    "name", ["autoclose-1795200000", "adl_autoclose", "settlement_autoclose-1795200000"]
)
def test_a_position_that_the_venue_closes_is_a_liquidation_of_ours(name: str) -> None:
    fill, order, forced = decode(order_frame(x="CALCULATED", X="NEW_INSURANCE", c=name))
    assert isinstance(fill, Fill)
    assert isinstance(order, OrderInfo)
    assert order.status is OrderStatus.FILLED
    assert forced == LiquidationEvent(
        BTC, Symbol("BTC"), Side.BUY, Decimal("0.004"), Decimal("90000.1"), FILL.venue_ns,
        ours=True,
    )  # fmt: skip


def test_positions_and_balances_are_told_as_of_the_event() -> None:
    at_ns = (NOW_MS + 301) * MS
    assert decoded("ws_account") == [
        BalanceUpdate("USDT", Decimal(1000), None, at_ns),
        PositionUpdate(BTC, Decimal("0.004"), Decimal("90000.1"), at_ns),
    ]


def test_funding_that_was_paid_tells_the_balance_alone() -> None:
    data = {"m": "FUNDING_FEE", "B": [{"a": "USDT", "wb": "999", "cw": "999", "bc": "-1"}]}
    assert [type(each) for each in decoded("ws_account", a=data)] == [BalanceUpdate]


def test_in_hedge_mode_no_side_is_told_as_the_net_position() -> None:
    frame = parsed("ws_account")
    frame["a"]["P"][0]["ps"] = "LONG"
    (balance,) = decode(msgspec.json.encode(frame))
    assert isinstance(balance, BalanceUpdate)
    frame["a"]["P"][0]["ps"] = "WIDE"
    _, position = decode(msgspec.json.encode(frame))
    assert isinstance(position, Unreadable)
    assert position.ids == (BTC,)


def test_a_key_that_expired_ends_the_connection() -> None:
    (refused,) = decoded("ws_listen_key_expired")
    assert isinstance(refused, LoginRefused)


# The rest -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("frame", [b'{"result":null,"id":1}', b'{"e":"MARGIN_CALL","E":1}', b"{}"])
def test_frames_of_no_interest_give_no_event(frame: bytes) -> None:
    assert decode(frame) == ()


def test_other_settings_of_the_account_give_no_event() -> None:
    assert decoded("ws_account_config") == ()


def test_a_refused_subscription_is_told() -> None:
    assert decode(b'{"code":2,"msg":"Invalid request: unknown stream"}') == (
        SubscribeRefused("2", "Invalid request: unknown stream"),
    )


@pytest.mark.parametrize("frame", [b"", b"[]", b"<html>", b'{"e":7}', b'{"e":"depthUpdate"}'])
def test_a_frame_that_cannot_be_read_is_no_event(frame: bytes) -> None:
    with pytest.raises((msgspec.MsgspecError, MalformedPayload)):
        decode(frame)
