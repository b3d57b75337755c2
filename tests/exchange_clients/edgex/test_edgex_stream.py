"""edgeX's subscriptions and frames."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import msgspec
import pytest

from exchange_clients.base_models import (
    ContractId,
    Fill,
    LiquidationEvent,
    OrderInfo,
    Side,
    Symbol,
)
from exchange_clients.edgex.websocket.message_handler import CHANNELS_MAX, EdgexStream
from exchange_clients.events import (
    AnswerFrame,
    BalanceUpdate,
    BestBidOffer,
    BookDelta,
    BookSnapshot,
    Event,
    FundingPayment,
    FundingUpdate,
    LoginRefused,
    PositionUpdate,
    PrivateSequence,
    PublicTrade,
    SubscribeAck,
    SubscribeRefused,
    Unreadable,
)
from exchange_clients.shared.stream import (
    ConnectionInfo,
    FrameKind,
    SubscribeContext,
    Topic,
    TopicKind,
)
from tests.exchange_clients.edgex.edgex_samples import (
    ACCOUNT,
    BTC,
    FILL,
    MARKET,
    OURS,
    PEPE,
    PRIVATE,
    RESTING,
    sample,
    signer,
    table,
)

STREAM = EdgexStream(table(), signer())
CONTEXT = SubscribeContext(now_ms=0, request_id=5, session=None)
BOOK = Topic(TopicKind.BOOK, BTC)
OWN_FILL = replace(FILL, client_order_id=OURS)
SHORT = PositionUpdate(BTC, Decimal("-0.010"), Decimal("79031.2"), 1790000000900000000)
FUNDS = BalanceUpdate("USDC", Decimal(1000), None, 1790000000950000000)


def decode(frame: bytes, connection: ConnectionInfo = MARKET) -> list[Event]:
    """Return what a frame tells; where it stands among the account's is told by ``numbered``."""
    told = STREAM.decode(frame, FrameKind.TEXT, connection)
    return [each for each in told if not isinstance(each, PrivateSequence)]


def numbered(frame: bytes) -> list[PrivateSequence]:
    told = STREAM.decode(frame, FrameKind.TEXT, PRIVATE)
    return [each for each in told if isinstance(each, PrivateSequence)]


def account_frame(name: str, group: str, **changed: object) -> bytes:
    """Return a frame with other fields in the first row of a group."""
    frame = msgspec.json.decode(sample(name))
    frame["content"]["data"][group][0] |= changed
    return msgspec.json.encode(frame)


# Connections --------------------------------------------------------------------------------------


def test_markets_and_the_account_have_a_socket_each() -> None:
    orders, balances = Topic(TopicKind.ORDERS), Topic(TopicKind.BALANCES)
    liquidations = Topic(TopicKind.LIQUIDATIONS)
    market, private = STREAM.connections([BOOK, orders, liquidations, balances], None, 1790)
    assert (market.service, market.path) == ("ws_public", "/api/v1/public/ws")
    assert (market.topics, dict(market.headers)) == ((BOOK,), {})
    assert (private.name, private.service, private.topics) == (
        "private",
        "ws_private",
        (orders, balances),
    )
    assert private.path == f"/api/v1/private/ws?accountId={ACCOUNT}&timestamp=1790"
    assert private.headers["X-edgeX-Timestamp"] == "1790"
    assert market.ping.text == '{"type":"ping","time":"1790"}'
    assert "the-key" not in repr(private)


def test_each_opening_is_signed_anew_and_named_the_same() -> None:
    first, second = (STREAM.connections([Topic(TopicKind.FILLS)], None, at)[0] for at in (1, 2))
    assert (first.name, first.topics) == (second.name, second.topics)
    assert first.headers["X-edgeX-Signature"] != second.headers["X-edgeX-Signature"]


def test_many_channels_take_several_sockets() -> None:
    topics = [Topic(TopicKind.BOOK, ContractId(str(each))) for each in range(CHANNELS_MAX + 1)]
    specs = STREAM.connections(topics, None, 0)
    assert [(each.name, len(each.topics)) for each in specs] == [("market", 50), ("market-2", 1)]


def test_without_an_account_there_is_no_private_socket() -> None:
    public = EdgexStream(table(), None)
    assert public.connections([Topic(TopicKind.ORDERS)], None, 0) == []


def test_channels_are_asked_for_one_a_frame_and_that_of_all_markets_once() -> None:
    topics = [
        BOOK,
        Topic(TopicKind.TRADES, BTC),
        Topic(TopicKind.FUNDING, BTC),
        Topic(TopicKind.BEST, BTC),
        Topic(TopicKind.BEST, PEPE),
    ]
    frames = [msgspec.json.decode(each) for each in STREAM.subscribe(topics, CONTEXT)]
    assert frames == [
        {"type": "subscribe", "channel": "depth.30000001.200"},
        {"type": "subscribe", "channel": "trades.30000001"},
        {"type": "subscribe", "channel": "fundingRate.30000001"},
        {"type": "subscribe", "channel": "bookTicker.all.1s"},
    ]
    ended = [
        msgspec.json.decode(each) for each in STREAM.unsubscribe([*topics[-2:], BOOK], CONTEXT)
    ]
    assert ended == [{"type": "unsubscribe", "channel": "depth.30000001.200"}]


def test_the_account_is_not_asked_for_and_its_greeting_is_the_acceptance() -> None:
    told = [kind for kind in TopicKind if kind.private and kind is not TopicKind.VOIDED]
    own = [Topic(kind) for kind in told]
    greeting = b'{"sid":"a","type":"connected","time":1790000000000}'
    assert list(STREAM.subscribe(own, CONTEXT)) == []
    assert decode(greeting, PRIVATE) == [SubscribeAck(each.name) for each in own]
    assert decode(greeting) == []


def test_a_ping_is_answered_with_its_own_time() -> None:
    assert decode(b'{"type":"ping","time":"1789136310001"}') == [
        AnswerFrame('{"type":"pong","time":"1789136310001"}')
    ]


def test_a_refusal_is_told() -> None:
    assert decode(sample("ws_error")) == [
        SubscribeRefused("INVALID_CONTRACT_ID", "invalid contractId:1")
    ]
    frame = b'{"type":"error","content":{"code":"AUTHENTICATION_FAILED","msg":"no"}}'
    assert decode(frame, PRIVATE) == [LoginRefused("AUTHENTICATION_FAILED", "no")]


@pytest.mark.parametrize(
    "frame",
    [
        b'{"type":"pong","time":"1"}',
        b'{"type":"subscribed","channel":"depth.30000001.200","request":"{}"}',
        b'{"type":"assets-event","content":{"event":"X"}}',
        b'{"type":"quote-event","channel":"metadata","content":{"channel":"metadata","data":[]}}',
    ],
)
def test_frames_of_no_interest_are_passed_over(frame: bytes) -> None:
    assert decode(frame) == []


# Prices -------------------------------------------------------------------------------------------


def test_a_book_begins_with_a_snapshot_and_goes_on_where_it_ended() -> None:
    assert decode(sample("ws_depth_snapshot")) == [
        BookSnapshot(BTC, [(79031.2, 0.72)], [(79031.4, 0.5)], 1797029347, None, 99)
    ]
    assert decode(sample("ws_depth_changed")) == [
        BookDelta(BTC, [], [(79031.4, 0.0)], 1797029347, 1797029350, 1797029347, None, 99)
    ]


def test_levels_may_be_pairs_and_versions_numbers() -> None:
    documented = sample("ws_depth_changed").replace(
        b'"asks": [\n     {\n      "price": "79031.4",\n      "size": "0.000"\n     }\n    ]',
        b'"asks": [["79031.4", "0.000"]]',
    )
    numbers = documented.replace(b'"1797029347"', b"1797029347").replace(b'"30000001"', b"30000001")
    assert b"[[" in documented
    assert decode(documented) == decode(numbers) == decode(sample("ws_depth_changed"))


@pytest.mark.parametrize("word", ["snapshot", "Snapshot"])
def test_the_letter_case_of_a_snapshot_is_of_no_importance(word: str) -> None:
    frame = sample("ws_depth_snapshot").replace(b'"SNAPSHOT"', f'"{word}"'.encode())
    assert decode(frame) == decode(sample("ws_depth_snapshot"))


def test_best_prices_are_told_of_markets_that_have_both_sides() -> None:
    assert decode(sample("ws_book_ticker")) == [
        BestBidOffer(BTC, 79031.2, 0.72, 79031.4, 0.5, 1790000000500000000, 99)
    ]


def test_a_trade_is_told_once_it_is_new() -> None:
    assert decode(sample("ws_trades")) == [
        PublicTrade(BTC, 79031.2, 0.005, Side.SELL, 1790000000600000000, 99, "3322")
    ]
    assert decode(sample("ws_trades").replace(b'"changed"', b'"Snapshot"')) == []


def test_funding_is_the_rate_to_come() -> None:
    assert decode(sample("ws_funding_rate")) == [
        FundingUpdate(
            contract_id=BTC,
            symbol=Symbol("BTC"),
            rate=Decimal("-0.00012293"),
            interval_hours=Decimal(4),
            next_funding_ns=1790006400000000000,
            mark_price=Decimal("79031.4"),
            venue_ns=1789999980000000000,
        )
    ]
    unlisted = sample("ws_funding_rate").replace(b'"contractId": "30000001"', b'"contractId": "3"')
    assert decode(unlisted) == []


# The account --------------------------------------------------------------------------------------


def test_the_first_frame_tells_everything_that_is_open() -> None:
    assert decode(sample("ws_account_snapshot"), PRIVATE) == [RESTING, SHORT, FUNDS]


def test_each_event_tells_where_it_stands_and_the_first_begins_the_count() -> None:
    first, then = (
        msgspec.json.decode(sample(name))["content"]["version"]
        for name in ("ws_account_snapshot", "ws_order_update")
    )
    assert numbered(sample("ws_account_snapshot")) == [PrivateSequence("", int(first), None)]
    assert numbered(sample("ws_order_update")) == [PrivateSequence("", int(then), int(then) - 1)]


def test_a_fill_takes_from_its_order_what_it_leaves_out() -> None:
    assert decode(sample("ws_order_update"), PRIVATE) == [OWN_FILL, RESTING]


def test_the_documents_spelling_reads_the_same() -> None:
    total = replace(FUNDS, total=Decimal(1000))
    assert decode(sample("ws_order_update_documented"), PRIVATE) == [OWN_FILL, RESTING, total]


def test_rests_words_count_where_a_row_has_both() -> None:
    both = account_frame("ws_order_update", "orderFillTransaction", size="9", price="1", fee="7")
    assert decode(both, PRIVATE) == [OWN_FILL, RESTING]


def test_a_fill_that_nothing_completes_names_its_order() -> None:
    frame = account_frame("ws_order_update", "order", id="5")
    (unreadable, order) = decode(frame, PRIVATE)
    assert isinstance(unreadable, Unreadable)
    assert unreadable.ids == (RESTING.order_id,)
    assert isinstance(order, OrderInfo)


def test_every_order_of_a_frame_is_read() -> None:
    frame = msgspec.json.decode(sample("ws_order_update"))
    rows = frame["content"]["data"]["order"]
    rows.append(rows[0] | {"id": "6", "clientOrderId": "demo-2"})
    told = decode(msgspec.json.encode(frame), PRIVATE)
    assert [each.client_order_id for each in told if isinstance(each, OrderInfo)] == [
        "demo-1",
        "demo-2",
    ]


def test_a_liquidation_of_ours_is_told_beside_its_fill() -> None:
    frame = account_frame("ws_order_update", "orderFillTransaction", isLiquidate=True)
    fill, liquidation, _ = decode(frame, PRIVATE)
    assert isinstance(fill, Fill)
    assert liquidation == LiquidationEvent(
        BTC, Symbol("BTC"), fill.side, fill.size, fill.price, fill.venue_ns, ours=True
    )


def test_a_position_that_was_closed_is_told_as_none() -> None:
    frame = account_frame("ws_account_snapshot", "position", openSize="0", openValue="0")
    told = decode(frame, PRIVATE)
    assert PositionUpdate(BTC, Decimal(0), None, 1790000000900000000) in told


def test_a_settlement_is_told_and_trades_of_the_position_are_not() -> None:
    (payment,) = decode(sample("ws_funding_settlement"), PRIVATE)
    assert isinstance(payment, FundingPayment)
    assert (payment.amount, payment.venue_ns) == (Decimal("-0.039515"), 1789992000000000000)


def test_what_a_buy_deducts_is_no_balance() -> None:
    frame = account_frame("ws_account_snapshot", "collateral", legacyAmount=None)
    assert not any(isinstance(each, BalanceUpdate) for each in decode(frame, PRIVATE))


def test_a_group_that_is_null_or_missing_is_empty() -> None:
    frame = msgspec.json.decode(sample("ws_account_snapshot"))
    frame["content"]["data"] = {"order": None, "account": {}}
    assert decode(msgspec.json.encode(frame), PRIVATE) == []
