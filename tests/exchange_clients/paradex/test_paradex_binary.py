"""Paradex's binary frames say what its JSON says, whatever newer versions append."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exchange_clients.base_models import (
    Fill,
    LiquidationEvent,
    OrderInfo,
    OrderStatus,
    Side,
    Symbol,
)
from exchange_clients.errors import MalformedPayload
from exchange_clients.events import (
    BalanceUpdate,
    BestBidOffer,
    BookDelta,
    BookSnapshot,
    Event,
    FundingUpdate,
    PositionUpdate,
    PublicTrade,
    Unreadable,
)
from exchange_clients.shared.stream import FrameKind
from tests.exchange_clients.paradex.paradex_samples import (
    BTC,
    MS,
    NONE,
    book_frame,
    decode,
    fill_frame,
    frame,
    levels,
    order_frame,
    position_frame,
    scaled,
)
from tests.exchange_clients.paradex.test_paradex_orders import FILL, PENDING

D = Decimal
STAMP_NS = 1_795_200_000_123_456_000
BIDS, ASKS = levels((90000, 1.5), (89999.9, 3.25)), levels((90000.1, 0.7))
TRADE, BEST, FUNDING, ACCOUNT = "<qqqBqqqB", "<qqqqqq", "<qqqqqqqh", "<qqqqqqqqq32sqB"


def binary(data: bytes) -> list[Event]:
    return decode(data, FrameKind.BINARY)


def test_a_book_begins_whole_and_each_frame_names_the_one_before() -> None:
    assert binary(book_frame(0, 7, BIDS, ASKS)) == [
        BookSnapshot(BTC, [(90000.0, 1.5), (89999.9, 3.25)], [(90000.1, 0.7)], 7, STAMP_NS, 99)
    ]
    assert binary(book_frame(1, 8, levels((90000, 0)), levels())) == [
        BookDelta(BTC, [(90000.0, 0.0)], [], 8, 8, 7, STAMP_NS, 99)
    ]


def test_a_frame_without_levels_still_counts() -> None:
    assert binary(book_frame(1, 9, levels(), levels())) == [
        BookDelta(BTC, [], [], 9, 9, 8, STAMP_NS, 99)
    ]


def test_what_newer_versions_append_is_skipped() -> None:
    plain = binary(book_frame(0, 7, BIDS, ASKS))
    wide = levels((90000, 1.5), (89999.9, 3.25), appended=b"\7" * 8)
    assert binary(book_frame(0, 7, wide, ASKS, extra=b"\1" * 24)) == plain


def test_prices_are_the_doubles_nearest_to_their_decimals() -> None:
    (book,) = binary(book_frame(0, 1, levels((0.00000001, 0.1)), levels((0.3, 123456.78901234))))
    assert isinstance(book, BookSnapshot)
    assert (book.bids, book.asks) == ([(1e-08, 0.1)], [(0.3, 123456.78901234)])


def test_best_prices_are_read_and_a_book_with_one_side_has_none() -> None:
    fields = (1_795_200_000_123_456, 9, scaled(90000), scaled(1.5), scaled(90000.1), scaled(0.7))
    assert binary(frame(2, BEST, *fields, texts=(BTC,))) == [
        BestBidOffer(BTC, 90000.0, 1.5, 90000.1, 0.7, STAMP_NS, 99, 9)
    ]
    assert binary(frame(2, BEST, *fields[:4], NONE, NONE, texts=(BTC,))) == []


def trade_frame(
    *, kind: int = 1, names: tuple[str, ...] = (BTC, "1795-12"), side: int = 2
) -> bytes:
    return frame(
        1, TRADE, 5, 6, -77, side, scaled(90000), scaled(0.01), 1_795_200_000_200_000, kind,
        texts=names, version=len(names),
    )  # fmt: skip


def test_a_trade_is_named_by_its_text_where_there_is_one() -> None:
    trade = PublicTrade(BTC, 90000.0, 0.01, Side.SELL, 1_795_200_000_200 * MS, 99, "1795-12")
    assert binary(trade_frame()) == [trade]
    (old,) = binary(trade_frame(names=(BTC,)))
    assert isinstance(old, PublicTrade)
    assert old.trade_id == "-77"


def test_a_liquidation_of_others_is_told_beside_its_trade() -> None:
    trade, liquidation = binary(trade_frame(kind=2))
    assert isinstance(trade, PublicTrade)
    assert liquidation == LiquidationEvent(
        BTC, Symbol("BTC"), Side.SELL, D("0.01"), D(90000), 1_795_200_000_200 * MS, ours=False
    )


@pytest.mark.parametrize(("hours", "interval"), [(4, 4), (0, 8)])
def test_a_rate_is_of_its_own_period_or_of_the_markets(hours: int, interval: int) -> None:
    data = frame(
        5, FUNDING, 1, 2, scaled("-0.0001"), scaled(109), 1_795_219_200_000_000, scaled(-9), NONE,
        hours, texts=(BTC,), extra=b"\0" * 8,
    )  # fmt: skip
    assert binary(data) == [
        FundingUpdate(
            BTC, Symbol("BTC"), D("-0.0001"), D(interval), None, None, 1_795_219_200_000 * MS
        )
    ]


def test_an_order_reads_as_in_json() -> None:
    assert binary(order_frame()) == [PENDING]
    (order,) = binary(order_frame(status=3, flags=1, side=2))
    assert isinstance(order, OrderInfo)
    assert (order.status, order.reduce_only, order.side) == (OrderStatus.OPEN, True, Side.SELL)


def test_a_fill_reads_as_in_json_and_a_liquidation_of_ours_is_told() -> None:
    assert binary(fill_frame()) == [FILL]
    fill, liquidation = binary(fill_frame(kind=2))
    assert isinstance(fill, Fill)
    assert isinstance(liquidation, LiquidationEvent)
    assert liquidation.ours


def test_a_position_gets_its_sign_from_its_side() -> None:
    short = PositionUpdate(BTC, D("-0.01"), D("90000.1"), 1_795_200_000_900 * MS)
    assert binary(position_frame()) == [short]
    (long,) = binary(position_frame(side=1))
    assert isinstance(long, PositionUpdate)
    assert long.quantity == D("0.01")
    (closed,) = binary(position_frame(size="0", status=3))
    assert isinstance(closed, PositionUpdate)
    assert closed.quantity == 0


def test_the_money_is_read_though_some_of_it_is_not_told() -> None:
    data = frame(
        23, ACCOUNT, 1, 2, scaled(1000), scaled("900.5"), 0, 0, scaled("998.75"), NONE,
        1_795_200_000_950_000, b"\1" * 32, 0, 1, texts=("USDC",), extra=b"\0" * 8,
    )  # fmt: skip
    assert binary(data) == [BalanceUpdate("USDC", D("998.75"), D("900.5"), 1_795_200_000_950 * MS)]


@pytest.mark.parametrize("changed", [{"status": 254}, {"status": 0}, {"side": 254}, {"kind": 9}])
def test_a_word_that_this_version_cannot_express_makes_the_order_unknown(
    changed: dict[str, int],
) -> None:
    (event,) = binary(order_frame(**changed))
    assert isinstance(event, Unreadable)
    assert "abc1" in event.ids


def test_heartbeats_and_unknown_templates_are_passed_over() -> None:
    assert binary(frame(40, "<qq", 1, 2)) == []
    assert binary(frame(4, "<27q", *range(27), texts=(BTC,))) == []
    assert binary(frame(99, "<q", 1)) == []


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\0" * 7, frame(40, "<qq", 1, 2, schema=2), frame(40, "<qq", 1, 2)[:-1],
        frame(3, "<qqB", 1, 2, 1, texts=(BTC,)), book_frame(2, 7, BIDS, ASKS),
        book_frame(0, 7, BIDS, ASKS)[:-1], book_frame(0, 7, levels((0, 1)), ASKS),
        book_frame(0, 7, levels((1, -1)), ASKS), book_frame(0, 7, BIDS[:-1], b""),
        trade_frame(names=("",)),
    ],
)  # fmt: skip
def test_a_frame_that_is_not_whole_or_cannot_be_is_refused(data: bytes) -> None:
    with pytest.raises((MalformedPayload, ValueError)):
        binary(data)
