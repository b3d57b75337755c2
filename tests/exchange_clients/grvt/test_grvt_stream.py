"""GRVT's subscriptions and frames."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_models import Fill, OrderInfo, OrderStatus, Reason, Side, Symbol
from exchange_clients.errors import ExchangeError
from exchange_clients.events import (
    BestBidOffer,
    BookSnapshot,
    Event,
    FundingUpdate,
    LabelledBookDelta,
    LabelledLevel,
    PositionUpdate,
    PrivateSequence,
    PublicTrade,
    SubscribeAck,
    SubscribeRefused,
)
from exchange_clients.grvt.websocket.message_handler import GrvtStream
from exchange_clients.shared.signing import Session
from exchange_clients.shared.stream import (
    STREAM_NUMBERED,
    FrameKind,
    SubscribeContext,
    Topic,
    TopicKind,
)
from tests.exchange_clients.grvt.grvt_samples import ACCOUNT, BTC, CONNECTION, sample, table

STREAM = GrvtStream(table(), ACCOUNT)
CONTEXT = SubscribeContext(now_ms=0, request_id=5, session=None)
BOOK = Topic(TopicKind.BOOK, BTC)


def decode(frame: bytes) -> list[Event]:
    """Return what a frame tells; where it stands among the account's is a test of its own."""
    told = STREAM.decode(frame, FrameKind.TEXT, CONNECTION)
    return [each for each in told if not isinstance(each, PrivateSequence)]


def test_prices_and_account_go_over_a_connection_each() -> None:
    session = Session(headers={"cookie": "gravity=abc"})
    topics = [BOOK, Topic(TopicKind.ORDERS), Topic(TopicKind.BALANCES), Topic(TopicKind.FILLS)]
    market, private = STREAM.connections(topics, session, 0)
    assert (market.service, market.topics, dict(market.headers)) == ("market_data_ws", (BOOK,), {})
    assert (private.service, private.headers) == ("trades_ws", {"cookie": "gravity=abc"})
    assert private.topics == (Topic(TopicKind.ORDERS), Topic(TopicKind.FILLS))


def test_topics_of_one_stream_share_a_frame() -> None:
    frames = STREAM.subscribe([BOOK, Topic(TopicKind.ORDERS), Topic(TopicKind.BOOK, BTC)], CONTEXT)
    assert [msgspec.json.decode(frame) for frame in frames] == [
        {
            "jsonrpc": "2.0",
            "method": "subscribe",
            "params": {"stream": "v1.book.d", "selectors": ["BTC_USDT_Perp@50"] * 2},
            "id": 5,
        },
        {
            "jsonrpc": "2.0",
            "method": "subscribe",
            "params": {"stream": "v1.order", "selectors": [ACCOUNT]},
            "id": 6,
        },
    ]
    (end,) = STREAM.unsubscribe([BOOK], CONTEXT)
    assert msgspec.json.decode(end)["method"] == "unsubscribe"


def test_the_reply_tells_where_the_deltas_go_on() -> None:
    assert decode(sample("ws_subscribe_reply")) == [SubscribeAck(BOOK.name, 1061213)]


def test_a_reply_with_the_first_number_alone_tells_the_one_before() -> None:
    reply = msgspec.json.decode(sample("ws_subscribe_reply"))
    del reply["result"]["latest_sequence_number"]
    assert decode(msgspec.json.encode(reply)) == [SubscribeAck(BOOK.name, 1061213)]


def test_a_refusal_is_told() -> None:
    assert decode(sample("ws_subscribe_refused")) == [
        SubscribeRefused("3000", "Instrument is invalid")
    ]


def test_a_frame_without_a_number_is_a_snapshot_and_the_next_ones_continue_it() -> None:
    assert decode(sample("ws_book_snapshot")) == [
        BookSnapshot(
            BTC, [(90000.1, 1.25)], [(90000.2, 0.8)], STREAM_NUMBERED, 1795200000000000000, 99
        )
    ]
    assert decode(sample("ws_book_delta")) == [
        LabelledBookDelta(
            BTC, [LabelledLevel(90000.1, 0.0)], [], 1061214, 1061213, 1795200000100000000, 99
        )
    ]


def test_a_best_price_and_a_trade_are_read() -> None:
    assert decode(sample("ws_mini")) == [
        BestBidOffer(BTC, 90000.1, 1.25, 90000.2, 0.8, 1795200000000000000, 99)
    ]
    assert decode(sample("ws_trade")) == [
        PublicTrade(BTC, 90000.2, 0.01, Side.BUY, 1795200000000000002, 99, "74150425-1")
    ]


def test_trades_told_again_at_the_subscription_are_not_new() -> None:
    assert decode(sample("ws_trade").replace(b'"77"', b'"0"')) == []


def test_the_ticker_tells_funding_by_the_markets_own_interval() -> None:
    assert decode(sample("ws_ticker")) == [
        FundingUpdate(
            contract_id=BTC,
            symbol=Symbol("BTC"),
            rate=Decimal("0.0001"),
            interval_hours=Decimal(8),
            next_funding_ns=1795219200000000000,
            mark_price=Decimal("90001.1"),
            venue_ns=1795200000000000000,
        )
    ]


def test_a_frame_of_the_account_tells_where_it_stands_unless_it_is_one_of_the_first() -> None:
    frame = sample("ws_order")
    said = msgspec.json.decode(frame)
    number, previous = int(said["sequence_number"]), int(said["prev_sequence_number"])
    first, *_ = STREAM.decode(frame, FrameKind.TEXT, CONNECTION)
    assert first == PrivateSequence("v1.order", number, previous)
    said |= {"sequence_number": "0", "prev_sequence_number": "0"}
    told = STREAM.decode(msgspec.json.encode(said), FrameKind.TEXT, CONNECTION)
    assert not any(isinstance(each, PrivateSequence) for each in told)


def test_a_cancelled_post_only_order_says_why() -> None:
    (order,) = decode(sample("ws_order"))
    assert isinstance(order, OrderInfo)
    assert (order.status, order.reason) == (OrderStatus.CANCELED, Reason.POST_ONLY_WOULD_CROSS)


def test_a_fill_and_a_position_are_read() -> None:
    (fill,) = decode(sample("ws_fill"))
    (position,) = decode(sample("ws_position"))
    assert isinstance(fill, Fill)
    assert (fill.trade_id, fill.fee, fill.order_id) == ("74150425-1", Decimal("0.405"), "0x0101ab")
    assert position == PositionUpdate(
        BTC, Decimal("-0.01"), Decimal("90000.1"), 1795200000900000000
    )


def test_a_liquidation_of_ours_is_told_beside_its_fill() -> None:
    frame = sample("ws_fill").replace(b'"is_liquidation": false', b'"is_liquidation": true')
    fill, liquidation = decode(frame)
    assert isinstance(fill, Fill)
    assert getattr(liquidation, "ours", None) is True


def test_streams_of_no_interest_are_passed_over() -> None:
    assert decode(b'{"stream":"v1.rfq","sequence_number":"1","feed":{}}') == []


STRICT = [
    ("ws_fill", ("trade_id", "size", "price", "fee", "is_buyer", "order_id", "client_order_id")),
    ("ws_order", ("order_id", "legs", "state", "metadata", "is_market", "reduce_only")),
    ("ws_position", ("size", "instrument", "entry_price")),
    ("ws_book_delta", ("bids", "asks", "instrument", "event_time")),
]


@pytest.mark.parametrize(
    ("name", "field"), [(name, field) for name, fields in STRICT for field in fields]
)
@pytest.mark.parametrize("wrong", ["missing", None, "x", {}, [1], True, 7.5])
def test_a_money_field_that_is_missing_or_of_another_type_gives_no_event(
    name: str, field: str, wrong: object
) -> None:
    frame = msgspec.json.decode(sample(name))
    if frame["feed"][field] == wrong:
        return
    if wrong == "missing":
        del frame["feed"][field]
    else:
        frame["feed"][field] = wrong
    told = _told(msgspec.json.encode(frame))
    assert told == [] or _harmless(field, wrong)


def _harmless(field: str, wrong: object) -> bool:
    """Say whether the wrong value is one that the field may have: any text is an id."""
    flags = ("is_market", "reduce_only")
    return (wrong == "x" and field in ("trade_id", "instrument", "order_id")) or (
        wrong is True and field in flags
    )


def _told(frame: bytes) -> list[Event]:
    try:
        return decode(frame)
    except (ExchangeError, msgspec.MsgspecError, ValueError, LookupError, ArithmeticError):
        return []


@settings(deadline=None, derandomize=True, max_examples=200)
@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_any_bytes_give_events_or_an_error_that_is_expected(frame: bytes) -> None:
    assert isinstance(_told(frame), list)
