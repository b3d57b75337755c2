"""OKX's frames, and what is said to get them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from exchange_clients.base_models import (
    ContractId,
    LiquidationEvent,
    Market,
    OrderInfo,
    OrderStatus,
    OrderType,
    Reason,
    Side,
    Symbol,
    VenueOrderId,
)
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
    ServerClosing,
    SubscribeAck,
    SubscribeRefused,
    Unreadable,
)
from exchange_clients.okx.client.utils.signing import OkxSigner
from exchange_clients.okx.common import ENVIRONMENTS
from exchange_clients.okx.websocket.message_handler import OkxStream
from exchange_clients.shared.signing import hmac_seal
from exchange_clients.shared.stream import SubscribeContext, Topic, TopicKind
from exchange_clients.shared.websocket.order_book import Applied, OrderBook
from tests.exchange_clients.okx.okx_samples import (
    BTC,
    FILL,
    MS,
    OURS,
    PARTLY,
    STREAM,
    TABLE,
    D,
    decode,
    parsed,
    pushed,
    row_of,
    sample,
)

AT_NS = 1_795_200_000_000 * MS
CONTEXT = SubscribeContext(1, 1, None)
SIGNER = OkxSigner("key", "phrase", ENVIRONMENTS["prod"], hmac_seal("secret"))
PUBLIC = [Topic(TopicKind.BOOK, BTC), Topic(TopicKind.LIQUIDATIONS)]
PRIVATE = [Topic(kind) for kind in (TopicKind.ORDERS, TopicKind.POSITIONS, TopicKind.BALANCES)]


def channels(frame: str) -> Any:
    return msgspec.json.decode(frame)


# What is said -------------------------------------------------------------------------------------


def test_public_private_and_conditional_topics_go_over_connections_of_their_own() -> None:
    topics = [*PUBLIC, *PRIVATE, Topic(TopicKind.FILLS)]
    specs = OkxStream(TABLE, SIGNER).connections(topics, None, 1_795_200_000_999)
    assert [(spec.service, list(spec.topics)) for spec in specs] == [
        ("ws_public", PUBLIC),
        ("ws_private", PRIVATE),
        ("ws_business", [Topic(TopicKind.FILLS)]),
    ]
    assert len({spec.name for spec in specs}) == 3
    assert [bool(spec.login) for spec in specs] == [False, True, True]
    login = channels(specs[1].login[0])
    assert (login["op"], login["args"][0]["timestamp"]) == ("login", "1795200000")


def test_a_connection_is_kept_by_the_text_ping_well_within_half_a_minute() -> None:
    (spec,) = STREAM.connections(PUBLIC, None, 0)
    assert (spec.ping.text, spec.ping.every_s) == ("ping", 20)
    assert decode(b"pong") == []


def test_topics_are_asked_for_in_one_frame_each_by_its_own_key() -> None:
    (frame,) = STREAM.subscribe([*PUBLIC, Topic(TopicKind.ORDERS)], CONTEXT)
    assert channels(frame) == {
        "op": "subscribe",
        "args": [
            {"channel": "books", "instId": BTC},
            {"channel": "liquidation-orders", "instType": "SWAP"},
            {"channel": "orders", "instType": "SWAP"},
        ],
    }
    (frame,) = STREAM.unsubscribe([Topic(TopicKind.BALANCES)], CONTEXT)
    assert channels(frame) == {"op": "unsubscribe", "args": [{"channel": "account"}]}


def test_conditional_orders_are_heard_of_over_two_channels() -> None:
    (frame,) = STREAM.subscribe([Topic(TopicKind.FILLS)], CONTEXT)
    assert [each["channel"] for each in channels(frame)["args"]] == ["orders-algo", "algo-advance"]


# Answers ------------------------------------------------------------------------------------------


def test_answers_to_what_is_said_are_told_apart() -> None:
    assert decode(sample("ws_login")) == [LoginAccepted()]
    assert decode(sample("ws_subscribe")) == [SubscribeAck(Topic(TopicKind.BOOK, BTC).name)]
    assert decode(sample("ws_error")) == [SubscribeRefused("60012", "Invalid request")]
    assert decode(sample("ws_notice")) == [ServerClosing(60.0)]
    assert decode(b'{"event":"notice","code":"64999","msg":"hello"}') == []
    assert decode(b'{"event":"unsubscribe","arg":{"channel":"account"}}') == []


def test_an_answer_that_repeats_more_than_was_asked_is_still_ours() -> None:
    told = b'{"event":"subscribe","arg":{"channel":"orders","instType":"SWAP","uid":"1"}}'
    assert decode(told) == [SubscribeAck(Topic(TopicKind.ORDERS).name)]


@pytest.mark.parametrize("code", ["60001", "60005", "60007", "60009", "60011", "60024", "60032"])
def test_a_login_that_is_refused_is_told_as_such(code: str) -> None:
    refused = f'{{"event":"error","code":"{code}","msg":"no"}}'.encode()
    assert decode(refused) == [LoginRefused(code, "no")]


def test_a_connection_too_many_hears_nothing_and_says_so() -> None:
    (refused,) = decode(sample("ws_channel_conn_count_error"))
    assert refused == SubscribeRefused("", "channel-conn-count-error")
    assert decode(b'{"event":"channel-conn-count","channel":"orders","connCount":"2"}') == []


# Markets ------------------------------------------------------------------------------------------


def test_a_book_begins_whole_and_each_frame_names_the_one_before() -> None:
    assert decode(sample("ws_books_snapshot")) == [
        BookSnapshot(BTC, [(90000.1, 1.25)], [(90000.2, 0.8)], 123456, AT_NS + 100 * MS, 99)
    ]
    assert decode(sample("ws_books_update")) == [
        BookDelta(BTC, [(90000.1, 0.0)], [], 123460, 123460, 123456, AT_NS + 200 * MS, 99)
    ]


def linked(previous: int, number: int, *bids: list[str]) -> BookDelta:
    (event,) = decode(pushed("ws_books_update", prevSeqId=previous, seqId=number, bids=bids))
    assert isinstance(event, BookDelta)
    return event


def book() -> OrderBook:
    found = OrderBook(Market(Symbol("BTC"), BTC, D("0.1"), D("0.0001")))
    (snapshot,) = decode(pushed("ws_books_snapshot", seqId=10))
    assert isinstance(snapshot, BookSnapshot)
    found.apply(snapshot)
    return found


def test_the_chain_of_the_documents_holds_over_a_pause_and_a_count_that_began_anew() -> None:
    held = book()
    chain = [(10, 15), (15, 15), (15, 3), (3, 5)]
    outcomes = [held.apply(linked(*pair, ["90000", str(pair[1]), "0", "1"])) for pair in chain]
    assert outcomes == [Applied.APPLIED] * 4
    assert held.size_at(Side.BUY, 90000.0) == 0.05


def test_a_link_that_is_missing_closes_the_book() -> None:
    held = book()
    assert held.apply(linked(11, 12)) is Applied.GAP
    assert not held.ready


@pytest.mark.parametrize(("rest", "outcome"), [(9, Applied.GAP), (10, Applied.APPLIED)])
def test_updates_without_a_beginning_join_what_a_request_tells(rest: int, outcome: Applied) -> None:
    held = OrderBook(Market(Symbol("BTC"), BTC, D("0.1"), D("0.0001")))
    for pair in ((8, 9), (10, 12), (12, 13)):
        assert held.apply(linked(*pair)) is not Applied.APPLIED
    (snapshot,) = decode(pushed("ws_books_snapshot", seqId=rest))
    assert isinstance(snapshot, BookSnapshot)
    assert held.apply(snapshot) is outcome
    assert held.ready is (outcome is Applied.APPLIED)


def test_the_best_prices_are_told_where_there_are_both() -> None:
    assert decode(sample("ws_bbo_tbt")) == [
        BestBidOffer(BTC, 90000.1, 1.25, 90000.2, 0.8, AT_NS + 100 * MS, 99, 123456)
    ]
    assert decode(pushed("ws_bbo_tbt", bids=[])) == []


def test_public_trades_have_the_takers_side() -> None:
    assert decode(sample("ws_trades")) == [
        PublicTrade(BTC, 90000.1, 0.03, Side.BUY, AT_NS + MS, 99, "130639474")
    ]


def test_the_rate_to_come_is_told_with_its_interval() -> None:
    assert decode(sample("ws_funding_rate")) == [
        FundingUpdate(
            contract_id=BTC,
            symbol=Symbol("BTC"),
            rate=D("0.0001"),
            interval_hours=D(8),
            next_funding_ns=1_795_219_200_000 * MS,
            mark_price=None,
            venue_ns=AT_NS,
        )
    ]
    assert decode(pushed("ws_funding_rate", instId="NEW-USDT-SWAP")) == []


def test_liquidations_of_listed_markets_are_told() -> None:
    details = parsed("ws_liquidation_orders")["data"][0]["details"]
    assert decode(sample("ws_liquidation_orders")) == []
    assert decode(pushed("ws_liquidation_orders", instId=BTC, details=details)) == [
        LiquidationEvent(
            BTC, Symbol("BTC"), Side.BUY, D("0.13"), D("0.0078"), AT_NS, ours=False
        )
    ]  # fmt: skip
    (unread,) = decode(pushed("ws_liquidation_orders", instId=BTC, details=[{}]))
    assert isinstance(unread, Unreadable)


def test_channels_that_nobody_asked_for_are_passed_over() -> None:
    assert decode(sample("ws_balance_and_position")) == []


# The account --------------------------------------------------------------------------------------


def test_an_order_is_told_after_its_latest_fill() -> None:
    assert decode(sample("ws_orders")) == [FILL, PARTLY]


def test_an_order_without_a_fill_is_told_alone() -> None:
    live = pushed("ws_orders", state="live", accFillSz="0", avgPx="", tradeId="", fillSz="0")
    assert decode(live) == [
        replace(PARTLY, status=OrderStatus.OPEN, filled_size=D(0), average_price=None)
    ]


def test_a_crossing_post_only_order_ends_refused_without_having_lived() -> None:
    frame = pushed(
        "ws_orders", state="canceled", cancelSource="31", accFillSz="0", avgPx="", tradeId=""
    )
    (info,) = decode(frame)
    assert isinstance(info, OrderInfo)
    assert (info.status, info.reason) == (OrderStatus.REJECTED, Reason.POST_ONLY_WOULD_CROSS)


@pytest.mark.parametrize("result", ["-1", "0", "1", "2"])
def test_what_came_of_a_change_is_judged_by_the_state(result: str) -> None:
    assert decode(pushed("ws_orders", amendResult=result, tradeId="", px="89000")) == [
        replace(PARTLY, price=D(89000))
    ]


def test_an_order_that_a_trigger_set_off_has_our_name_in_both() -> None:
    frame = pushed("ws_orders", clOrdId="123_0", algoId="123", algoClOrdId=OURS)
    assert decode(frame) == [FILL, PARTLY]


FORCED = LiquidationEvent(
    BTC, Symbol("BTC"), Side.BUY, D("0.004"), D(90000), FILL.venue_ns, ours=True
)


@pytest.mark.parametrize("category", ["full_liquidation", "partial_liquidation", "adl"])
def test_a_forced_trade_is_told_as_our_liquidation(category: str) -> None:
    fill, forced, info = decode(pushed("ws_orders", category=category, clOrdId=""))
    assert (fill, forced) == (replace(FILL, client_order_id=None), FORCED)
    assert isinstance(info, OrderInfo)
    assert info.client_order_id is None


def test_a_forced_trade_without_a_number_is_no_fill_yet() -> None:
    frame = pushed("ws_orders", category="adl", clOrdId="", tradeId="0", execType="")
    forced, info = decode(frame)
    assert forced == FORCED
    assert isinstance(info, OrderInfo)


def test_an_unreadable_fill_or_order_names_what_to_look_up() -> None:
    unread, info = decode(pushed("ws_orders", fillFee=""))
    assert isinstance(unread, Unreadable)
    assert (unread.ids, info) == ((str(PARTLY.order_id), OURS), PARTLY)
    fill, unread = decode(pushed("ws_orders", state="asleep"))
    assert fill == FILL
    assert isinstance(unread, Unreadable)
    assert OURS in unread.ids


def algo(**changed: object) -> bytes:
    return pushed("ws_orders_algo", **{**row_of("http_get_order_algo"), **changed})


def test_a_conditional_order_is_told_until_it_sets_an_order_off() -> None:
    (info,) = decode(sample("ws_orders_algo"))
    assert isinstance(info, OrderInfo)
    assert (info.order_id, info.client_order_id) == (VenueOrderId("algo-123456789"), "s1")
    assert (info.order_type, info.status) == (OrderType.STOP_MARKET, OrderStatus.OPEN)
    assert decode(algo(state="effective", ordId="77")) == []
    assert decode(algo(state="effective", ordIdList=["77"])) == []
    (failed,) = decode(algo(state="order_failed"))
    assert isinstance(failed, OrderInfo)
    assert failed.status is OrderStatus.REJECTED


def test_a_net_position_is_told_and_one_of_two_sides_is_none() -> None:
    assert decode(sample("ws_positions")) == [
        PositionUpdate(BTC, D("-0.01"), D(90000), AT_NS)
    ]  # fmt: skip
    assert decode(pushed("ws_positions", pos="0", avgPx="")) == [
        PositionUpdate(BTC, D(0), None, AT_NS)
    ]
    assert decode(pushed("ws_positions", posSide="long")) == []
    assert decode(pushed("ws_positions", instId="BTC-USD-SWAP")) == []


def test_money_is_told_coin_by_coin_whatever_page_it_is_on() -> None:
    told = BalanceUpdate("USDT", D(1000), D(900), 99)
    assert decode(sample("ws_account")) == [told]
    frame = {**parsed("ws_account"), "curPage": 1, "lastPage": False}
    details = frame["data"][0]["details"]
    details += [{**details[0], "ccy": "BTC"}, {"ccy": "USDC", "cashBal": "", "availEq": ""}]
    assert decode(msgspec.json.encode(frame)) == [told, BalanceUpdate("USDC", D(0), D(0), 99)]


def test_rows_of_a_market_that_is_not_listed_are_unreadable_and_no_more() -> None:
    (unread,) = decode(pushed("ws_orders", instId=ContractId("BTC-USD-SWAP"), tradeId=""))
    assert isinstance(unread, Unreadable)
    assert "not listed" in unread.reason
