"""Bybit's streams: what is asked for, and what each frame says."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from exchange_clients.base_models import (
    ContractId,
    Fill,
    LiquidationEvent,
    Side,
    Symbol,
)
from exchange_clients.bybit.websocket.message_handler import BybitStream
from exchange_clients.errors import MalformedPayload
from exchange_clients.events import (
    BalanceUpdate,
    BestBidOffer,
    BookDelta,
    BookSnapshot,
    FundingUpdate,
    LoginAccepted,
    LoginRefused,
    PositionUpdate,
    PublicTrade,
    SubscribeAck,
    SubscribeRefused,
    Unreadable,
)
from exchange_clients.shared.stream import SubscribeContext, Topic, TopicKind
from exchange_clients.shared.websocket.order_book import Applied, OrderBook
from tests.exchange_clients.bybit.bybit_samples import (
    BOUGHT,
    BTC,
    LOCAL_NS,
    MS,
    NOW_MS,
    PARTLY,
    SIGNER,
    STREAM,
    TABLE,
    decode,
    decoded,
    parsed,
    row_of,
    told,
)

CONTEXT = SubscribeContext(NOW_MS, 7, None)
BOOK = Topic(TopicKind.BOOK, BTC)
OWN = [Topic(kind) for kind in TopicKind if kind.private]


def book(name: str, **changes: object) -> bytes:
    """Return a frame of the book with fields of its data changed."""
    frame = parsed(name)
    return msgspec.json.encode({**frame, "data": {**frame["data"], **changes}})


# Asking -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("topic", "name"),
    [
        (BOOK, "orderbook.50.BTCUSDT"),
        (Topic(TopicKind.BEST, BTC), "orderbook.1.BTCUSDT"),
        (Topic(TopicKind.TRADES, BTC), "publicTrade.BTCUSDT"),
        (Topic(TopicKind.FUNDING, BTC), "tickers.BTCUSDT"),
        (Topic(TopicKind.LIQUIDATIONS, BTC), "allLiquidation.BTCUSDT"),
        (Topic(TopicKind.ORDERS), "order.linear"),
        (Topic(TopicKind.FILLS), "execution.linear"),
        (Topic(TopicKind.POSITIONS), "position.linear"),
        (Topic(TopicKind.BALANCES), "wallet"),
    ],
)
def test_each_feed_is_asked_for_by_a_frame_that_its_answer_names(topic: Topic, name: str) -> None:
    frames = [*STREAM.subscribe([topic], CONTEXT), *STREAM.unsubscribe([topic], CONTEXT)]
    assert [msgspec.json.decode(frame) for frame in frames] == [
        {"req_id": topic.name, "op": word, "args": [name]} for word in ("subscribe", "unsubscribe")
    ]


def test_one_bad_topic_fails_no_other() -> None:
    assert len(STREAM.subscribe([BOOK, Topic(TopicKind.BEST, BTC)], CONTEXT)) == 2


def test_markets_and_the_account_have_a_connection_each() -> None:
    public, private = STREAM.connections([BOOK, *OWN], None, NOW_MS)
    assert (public.service, public.topics, public.login) == ("ws_public", (BOOK,), ())
    assert (private.service, private.topics) == ("ws_private", tuple(OWN))
    assert public.ping.text == private.ping.text == '{"op":"ping"}'
    assert public.ping.every_s == 20


def test_the_account_logs_in_by_a_frame_that_is_signed_at_each_opening() -> None:
    frames = []
    for now_ms in (NOW_MS, NOW_MS + 60_000):
        (private,) = STREAM.connections(OWN, None, now_ms)
        (login,) = private.login
        assert (login,) == SIGNER.login(now_ms)
        frames.append(login)
    assert frames[0] != frames[1]


def test_what_is_of_no_market_is_not_asked_for_in_public() -> None:
    assert STREAM.connections([Topic(TopicKind.LIQUIDATIONS)], None, NOW_MS) == []


def test_public_feeds_need_no_account() -> None:
    stream = BybitStream(TABLE, None)
    assert len(stream.connections([BOOK], None, NOW_MS)) == 1
    with pytest.raises(AssertionError, match="private topics need an account"):
        stream.connections(OWN, None, NOW_MS)


# Markets ------------------------------------------------------------------------------------------


def test_a_book_begins_with_a_snapshot_and_is_numbered_by_one() -> None:
    snapshot, delta = decoded("ws_orderbook_snapshot")[0], decoded("ws_orderbook_delta")[0]
    assert snapshot == BookSnapshot(
        BTC, [(90000.1, 1.25)], [(90000.2, 0.8)], 18521288, (NOW_MS + 95) * MS, LOCAL_NS
    )
    assert delta == BookDelta(
        BTC, [(90000.1, 0.0)], [], 18521289, 18521289, 18521288, (NOW_MS + 118) * MS, LOCAL_NS
    )


def test_a_delta_that_is_missing_is_noticed_and_one_in_turn_is_not() -> None:
    joined = OrderBook(TABLE.of_contract(BTC).market)
    for frame in (
        book("ws_orderbook_snapshot"),
        book("ws_orderbook_delta", b=[["90000.00", "1"]]),
    ):
        (event,) = decode(frame)
        assert isinstance(event, BookSnapshot | BookDelta)
        assert joined.apply(event) is Applied.APPLIED
    (late,) = decode(book("ws_orderbook_delta", u=18521291))
    assert isinstance(late, BookDelta)
    assert joined.apply(late) is Applied.GAP


def test_a_service_that_began_anew_tells_the_whole_book_whatever_it_calls_it() -> None:
    (event,) = decode(book("ws_orderbook_delta", u=1))
    assert isinstance(event, BookSnapshot)


def test_the_order_of_keys_does_not_matter() -> None:
    frame = parsed("ws_orderbook_snapshot")
    turned = msgspec.json.encode(dict(reversed(frame.items())))
    assert decode(turned) == decoded("ws_orderbook_snapshot")


def test_the_best_price_is_a_snapshot_of_one_level() -> None:
    (best,) = decoded("ws_orderbook_best")
    assert best == BestBidOffer(BTC, 90000.1, 1.25, 90000.2, 0.8, (NOW_MS + 95) * MS, LOCAL_NS, 7)
    assert decode(book("ws_orderbook_best", a=[])) == ()


def test_trades_are_told_by_the_side_of_the_taker() -> None:
    assert decoded("ws_public_trade") == [
        PublicTrade(BTC, 90000.1, 0.01, Side.BUY, (NOW_MS + 100) * MS, LOCAL_NS, "t1")
    ]


def test_the_rate_is_told_when_it_is_sent_and_not_with_every_change() -> None:
    assert decoded("ws_tickers_snapshot") == (
        FundingUpdate(
            contract_id=BTC,
            symbol=Symbol("BTC"),
            rate=Decimal("0.0001"),
            interval_hours=Decimal(8),
            next_funding_ns=1_795_219_200_000 * MS,
            mark_price=Decimal("90000.9"),
            venue_ns=(NOW_MS + 102) * MS,
        ),
    )
    assert decoded("ws_tickers_delta") == ()


def test_a_rate_that_comes_alone_settles_at_the_next_full_interval() -> None:
    frame = parsed("ws_tickers_delta")
    frame["data"] = {"symbol": "BTCUSDT", "fundingRate": "-0.0003"}
    (update,) = decode(msgspec.json.encode(frame))
    assert isinstance(update, FundingUpdate)
    assert (update.rate, update.mark_price) == (Decimal("-0.0003"), None)
    assert update.next_funding_ns == 1_795_219_200_000 * MS


@pytest.mark.parametrize("changes", [{"symbol": "GONEUSDT"}, {"fundingRate": ""}])
def test_a_rate_of_no_perpetual_of_ours_is_none(changes: dict[str, str]) -> None:
    frame = parsed("ws_tickers_snapshot")
    assert decode(msgspec.json.encode({**frame, "data": {**frame["data"], **changes}})) == ()


def test_a_liquidation_names_the_side_of_the_position() -> None:
    (event,) = decoded("ws_all_liquidation")
    assert event == LiquidationEvent(
        BTC, Symbol("BTC"), Side.SELL, Decimal("0.5"), Decimal("89000.0"),
        (NOW_MS + 490) * MS, ours=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("contract", "symbol"),
    [("BTCPERP", "BTCPERP"), ("SHIB1000USDT", "SHIB"), ("GONEUSDT", "GONE")],
)
def test_a_liquidation_goes_by_the_name_that_the_list_gives_its_market(
    contract: str, symbol: str
) -> None:
    (event,) = told("ws_all_liquidation", s=contract)
    assert isinstance(event, LiquidationEvent)
    assert (event.contract_id, event.symbol) == (contract, symbol)


# The account --------------------------------------------------------------------------------------


def test_an_order_is_read() -> None:
    assert decoded("ws_order") == [PARTLY]


def test_a_fill_is_read_with_its_fee_and_funding_is_none() -> None:
    assert decoded("ws_execution") == [BOUGHT]
    assert told("ws_execution", execType="Funding") == []


@pytest.mark.parametrize("kind", ["BustTrade", "AdlTrade"])
def test_what_the_venue_closed_is_a_fill_and_a_liquidation_of_ours(kind: str) -> None:
    fill, forced = told("ws_execution", execType=kind, orderLinkId="")
    assert isinstance(fill, Fill)
    assert fill.client_order_id is None
    assert forced == LiquidationEvent(
        BTC, Symbol("BTC"), Side.BUY, Decimal("0.004"), Decimal(90000), (NOW_MS + 4) * MS,
        ours=True,
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["Settle", "MovePosition", "Dividend", "SomethingNew"])
def test_whatever_else_changed_the_position_is_a_fill(kind: str) -> None:
    (fill,) = told("ws_execution", execType=kind)
    assert isinstance(fill, Fill)


def test_a_position_is_signed_and_its_entry_has_another_name_here() -> None:
    assert decoded("ws_position") == [
        PositionUpdate(BTC, Decimal("-0.010"), Decimal(90000), (NOW_MS + 4) * MS)
    ]
    flat = told("ws_position", side="", size="0", entryPrice="0")
    assert flat == [PositionUpdate(BTC, Decimal(0), None, (NOW_MS + 4) * MS)]


@pytest.mark.parametrize("index", [1, 2])
def test_one_side_of_a_hedge_is_no_net_position(index: int) -> None:
    assert told("ws_position", positionIdx=index) == []


def test_balances_are_those_that_positions_are_settled_in() -> None:
    wallet = row_of("ws_wallet")
    wallet["coin"].append({**wallet["coin"][0], "coin": "BTC"})
    events = told("ws_wallet", coin=wallet["coin"])
    assert events == [BalanceUpdate("USDT", Decimal("1000.0"), None, LOCAL_NS)]


@pytest.mark.parametrize("name", ["ws_order", "ws_execution", "ws_position"])
def test_a_row_that_cannot_be_read_hides_no_other(name: str) -> None:
    frame: dict[str, Any] = parsed(name)
    frame["data"] = [{**frame["data"][0], "side": "Long"}, *frame["data"]]
    events = decode(msgspec.json.encode(frame))
    assert [isinstance(each, Unreadable) for each in events] == [True, False]


def test_topics_of_all_categories_are_read_alike() -> None:
    frame = msgspec.json.encode({**parsed("ws_order"), "topic": "order"})
    assert decode(frame) == decoded("ws_order")


# The rest -----------------------------------------------------------------------------------------


def test_a_login_is_accepted_or_refused() -> None:
    assert decoded("ws_auth") == (LoginAccepted(),)
    assert decoded("ws_auth_refused") == (LoginRefused("auth", "Params Error"),)


def test_an_answer_to_a_subscription_names_its_topic() -> None:
    assert decoded("ws_subscribe") == (SubscribeAck("book:BTCUSDT"),)
    (refused,) = decoded("ws_subscribe_refused")
    assert isinstance(refused, SubscribeRefused)
    assert refused.topic == "book:NO"


@pytest.mark.parametrize("name", ["ws_pong_public", "ws_pong_private"])
def test_a_pong_is_no_event(name: str) -> None:
    assert decoded(name) == ()


@pytest.mark.parametrize(
    "frame",
    [b'{"topic":"kline.1.BTCUSDT","data":[]}', b'{"op":"unsubscribe","success":true}', b"{}"],
)
def test_frames_of_no_interest_give_no_event(frame: bytes) -> None:
    assert decode(frame) == ()


@pytest.mark.parametrize("frame", [b"", b"[]", b"<html>", b'{"topic":7}'])
def test_a_frame_that_cannot_be_read_is_no_event(frame: bytes) -> None:
    with pytest.raises((msgspec.MsgspecError, MalformedPayload)):
        decode(frame)


def test_contracts_keep_their_spelling() -> None:
    (event,) = told("ws_public_trade", s="1000PEPEUSDT")
    assert isinstance(event, PublicTrade)
    assert event.contract_id == ContractId("1000PEPEUSDT")
