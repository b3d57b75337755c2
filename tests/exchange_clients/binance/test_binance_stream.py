"""Binance's streams: what is asked for at which root, and what each frame says."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import msgspec
import pytest

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
    LoginRefused,
    PositionUpdate,
    PublicTrade,
    ServerClosing,
    SubscribeRefused,
    Unreadable,
)
from exchange_clients.shared.dialects.fapi.account_manager import LISTEN_KEY
from exchange_clients.shared.signing import Session
from exchange_clients.shared.stream import SubscribeContext, Topic, TopicKind
from tests.exchange_clients.binance.binance_samples import (
    BTC,
    LOCAL_NS,
    MS,
    NOW_MS,
    STREAM,
    decode,
    decoded,
    inner,
    parsed,
)

CONTEXT = SubscribeContext(NOW_MS, 7, None)
SESSION = Session(tokens={LISTEN_KEY: "abc"})
MARKET = [Topic(kind, BTC) for kind in TopicKind if not kind.private]
OWN = [Topic(kind) for kind in TopicKind if kind.private]
EVENT_NS = (NOW_MS + 5) * MS
FILL = Fill(
    trade_id=TradeId("698759"),
    order_id=VenueOrderId("22542179"),
    client_order_id=ClientOrderId("my1"),
    contract_id=BTC,
    side=Side.BUY,
    price=Decimal("90000.0"),
    size=Decimal("0.004"),
    fee=Decimal("0.072"),
    fee_asset="USDT",
    liquidity=Liquidity.MAKER,
    venue_ns=(NOW_MS + 3) * MS,
)
ORDER = OrderInfo(
    order_id=VenueOrderId("22542179"),
    client_order_id=ClientOrderId("my1"),
    contract_id=BTC,
    side=Side.BUY,
    size=Decimal("0.010"),
    price=Decimal("90000.0"),
    status=OrderStatus.PARTIALLY_FILLED,
    filled_size=Decimal("0.004"),
    average_price=Decimal("90000.0"),
    updated_ns=EVENT_NS,
)
SET_OFF = OrderInfo(
    order_id=VenueOrderId("22542180"),
    client_order_id=ClientOrderId("a1"),
    contract_id=BTC,
    side=Side.SELL,
    size=Decimal("0.010"),
    price=None,
    status=OrderStatus.OPEN,
    order_type=OrderType.STOP_MARKET,
    reduce_only=True,
    updated_ns=EVENT_NS,
)


# Asking -------------------------------------------------------------------------------------------


def test_each_class_of_traffic_has_its_root() -> None:
    public, market, private = STREAM.connections([*MARKET, *OWN], SESSION, NOW_MS)
    assert (public.name, public.service, public.path) == ("public", "ws_public", "/ws")
    assert [topic.kind for topic in public.topics] == [TopicKind.BOOK, TopicKind.BEST]
    assert (market.name, market.service, market.path) == ("market", "ws_market", "/ws")
    assert [topic.kind for topic in market.topics] == [
        TopicKind.TRADES, TopicKind.FUNDING, TopicKind.LIQUIDATIONS,
    ]  # fmt: skip
    assert (private.service, private.path) == ("ws_private", "/ws?listenKey=abc")
    assert private.topics == tuple(OWN)
    assert "abc" not in repr(private)


def test_each_connection_asks_for_its_own_share() -> None:
    asked = {
        spec.name: [
            stream
            for frame in STREAM.subscribe(spec.topics, CONTEXT)
            for stream in msgspec.json.decode(frame)["params"]
        ]
        for spec in STREAM.connections([*MARKET, *OWN], SESSION, NOW_MS)
    }
    assert asked == {
        "public": ["btcusdt@depth@100ms", "btcusdt@bookTicker"],
        "market": ["btcusdt@aggTrade", "btcusdt@markPrice@1s", "btcusdt@forceOrder"],
        "private": [],
    }


def test_more_streams_than_a_connection_takes_go_over_another_of_the_same_root() -> None:
    topics = [Topic(TopicKind.TRADES, ContractId(f"A{number}USDT")) for number in range(250)]
    specs = STREAM.connections(topics, None, NOW_MS)
    assert [(spec.name, spec.service) for spec in specs] == [
        ("market", "ws_market"), ("market-2", "ws_market"),
    ]  # fmt: skip


def test_without_a_listen_key_the_account_is_not_heard() -> None:
    assert STREAM.connections(OWN, None, NOW_MS) == []


# Markets ------------------------------------------------------------------------------------------


def test_a_delta_names_the_update_before_it() -> None:
    at_ns = (NOW_MS + 128) * MS
    assert decoded("ws_depth") == (
        BookDelta(BTC, [(90000.1, 0.0)], [(90000.2, 1.5)], 157, 160, 149, at_ns, LOCAL_NS),
    )


def test_the_best_prices_are_read() -> None:
    at_ns = (NOW_MS + 128) * MS
    assert decoded("ws_book_ticker") == (
        BestBidOffer(BTC, 90000.1, 1.2, 90000.2, 0.8, at_ns, LOCAL_NS, 400900217),
    )


def test_a_trade_is_of_who_did_not_rest() -> None:
    at_ns = (NOW_MS + 120) * MS
    assert decoded("ws_agg_trade") == (
        PublicTrade(BTC, 90000.1, 0.3, Side.SELL, at_ns, LOCAL_NS, "5933014"),
    )


def test_funding_is_told_for_the_interval_of_the_market() -> None:
    (told,) = decoded("ws_mark_price")
    assert isinstance(told, FundingUpdate)
    assert (told.rate, told.interval_hours) == (Decimal("0.00010000"), Decimal(8))
    (told,) = decoded("ws_mark_price", s="LPTUSDT")
    assert isinstance(told, FundingUpdate)
    assert told.interval_hours == 4


@pytest.mark.parametrize("changes", [{}, {"st": 1}])
def test_a_strangers_liquidation_is_told(changes: dict[str, object]) -> None:
    frame = {name: each for name, each in parsed("ws_force_order").items() if name != "st"}
    assert decode(msgspec.json.encode(frame | changes)) == (
        LiquidationEvent(
            BTC, Symbol("BTC"), Side.SELL, Decimal("0.014"), Decimal(89050), NOW_MS * MS,
            ours=False,
        ),
    )  # fmt: skip


def test_liquidations_of_coin_margined_markets_are_not_ours_to_tell() -> None:
    assert decoded("ws_force_order", st=2) == ()


# The account --------------------------------------------------------------------------------------


def test_a_trade_is_told_before_the_order_that_it_changed() -> None:
    assert decoded("ws_order_trade") == [FILL, ORDER]


@pytest.mark.parametrize(
    ("er", "reason"),
    [
        ("1", Reason.SELF_TRADE), ("4", Reason.REDUCE_ONLY_REJECTED), ("5", Reason.LIQUIDATED),
        ("7", Reason.MARKET_UNAVAILABLE), ("10", Reason.NOT_FILLED_IN_FULL),
        ("11", Reason.POST_ONLY_WOULD_CROSS),
        # What is not told is what the dialect makes of the time in force.
        ("0", Reason.POST_ONLY_WOULD_CROSS), (5, Reason.POST_ONLY_WOULD_CROSS),
    ],
)  # fmt: skip
def test_an_order_that_expired_says_why(er: object, reason: Reason) -> None:
    (told,) = inner("ws_order_trade", x="EXPIRED", X="EXPIRED", l="0", L="0", t=0, z="0", er=er)
    assert isinstance(told, OrderInfo)
    assert (told.status, told.reason) == (OrderStatus.EXPIRED, reason)


def test_a_remainder_that_expired_says_why_as_well() -> None:
    (told,) = inner("ws_order_trade", x="EXPIRED", X="EXPIRED", l="0", L="0", t=0, er="2")
    assert isinstance(told, OrderInfo)
    assert (told.filled_size, told.reason) == (Decimal("0.004"), Reason.NO_LIQUIDITY)


def test_a_change_in_place_keeps_the_state() -> None:
    (told,) = inner("ws_order_trade", x="AMENDMENT", q="0.020", l="0", L="0", t=0)
    assert told == replace(ORDER, size=Decimal("0.020"))


def test_positions_and_balances_are_told_as_of_the_event() -> None:
    assert decoded("ws_account") == [
        BalanceUpdate("USDT", Decimal("1000.1"), None, EVENT_NS),
        PositionUpdate(BTC, Decimal("0.010"), Decimal(90000), EVENT_NS),
    ]


def test_in_hedge_mode_no_row_of_a_market_tells_its_net_position() -> None:
    data = parsed("ws_account")["a"]
    (row,) = data["P"]
    sides = [{**row, "pa": "0"}, {**row, "ps": "LONG"}, {**row, "ps": "SHORT", "pa": "-1"}]
    other = {**row, "s": "ETHUSDT"}
    told = decoded("ws_account", a={**data, "P": [*sides, other]})
    assert [type(each) for each in told] == [BalanceUpdate, PositionUpdate]
    assert getattr(told[1], "contract_id", "") == "ETHUSDT"


def test_a_position_of_an_unknown_side_is_unreadable() -> None:
    data = parsed("ws_account")["a"]
    told = decoded("ws_account", a={"P": [{**data["P"][0], "ps": "LEFT"}, {"s": 7}]})
    assert [type(each) for each in told] == [Unreadable, Unreadable]


def test_a_stop_that_was_set_off_goes_by_the_number_of_what_it_became() -> None:
    assert decoded("ws_algo") == [SET_OFF]
    frame = parsed("ws_algo")
    frame["ao"] = frame.pop("o")
    assert decode(msgspec.json.encode(frame)) == [SET_OFF]


@pytest.mark.parametrize("word", ["NEW", "TRIGGERING"])
def test_a_stop_that_waits_has_a_number_of_its_own(word: str) -> None:
    (told,) = inner("ws_algo", X=word, ai="", act="0", ap="0.00000", aq="0.00000")
    assert told == replace(SET_OFF, order_id=VenueOrderId("algo-2146760"))


@pytest.mark.parametrize(
    ("word", "status", "reason"),
    [
        ("CANCELED", OrderStatus.CANCELED, None),
        ("EXPIRED", OrderStatus.EXPIRED, None),
        ("REJECTED", OrderStatus.REJECTED, Reason.OTHER),
    ],
)
def test_a_stop_may_end_without_an_order(
    word: str, status: OrderStatus, reason: Reason | None
) -> None:
    (told,) = inner("ws_algo", X=word, ai="", rm="Margin is insufficient.")
    assert isinstance(told, OrderInfo)
    assert (told.status, told.reason) == (status, reason)


def test_what_a_finished_stop_came_to_is_left_to_its_order() -> None:
    assert inner("ws_algo", X="FINISHED") == [SET_OFF]


@pytest.mark.parametrize("field", ["caid", "aid", "o", "s", "S", "q", "X", "p", "R"])
def test_no_waiting_order_comes_of_a_missing_fact(field: str) -> None:
    frame = parsed("ws_algo")
    del frame["o"][field]
    (told,) = decode(msgspec.json.encode(frame))
    assert isinstance(told, Unreadable)
    assert told.ids


def test_a_fill_without_its_fee_waits_for_the_one_that_has_it() -> None:
    assert decoded("ws_trade_lite") == ()


def test_a_key_that_expired_ends_the_connection() -> None:
    (refused,) = decoded("ws_listen_key_expired")
    assert isinstance(refused, LoginRefused)


def test_a_server_that_closes_says_so() -> None:
    assert decode(b'{"e":"serverShutdown","E":1795200000000}') == (ServerClosing(),)


@pytest.mark.parametrize(
    "frame",
    [b'{"result":null,"id":1}', b'{"e":"MARGIN_CALL","E":1}', b'{"e":"ACCOUNT_CONFIG_UPDATE"}'],
)
def test_frames_of_no_interest_give_no_event(frame: bytes) -> None:
    assert decode(frame) == ()


def test_a_refused_subscription_is_told() -> None:
    assert decode(b'{"code":2,"msg":"Invalid request"}') == (
        SubscribeRefused("2", "Invalid request"),
    )
