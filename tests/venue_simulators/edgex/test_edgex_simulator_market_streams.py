"""Public channels: the state first, then changes, numbered where the venue numbers them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exchange_clients.words import Side
from tests.support.quiet_markets import passes
from tests.venue_simulators.edgex.edgex_stage import (
    BTC,
    SOL,
    Trader,
    Wire,
    Words,
    move,
    printed,
    public,
    quick,
    read,
    stage,
)
from venue_simulators.edgex.simulator import build
from venue_simulators.options import SignatureDepth, SimulatorOptions

DEPTH = f"depth.{SOL}.15"


def test_a_connection_is_greeted() -> None:
    (greeting,) = Wire(stage()).take()
    assert greeting["type"] == "connected"
    assert greeting["sid"]


def test_a_subscription_is_acknowledged_and_begins_with_the_state() -> None:
    acknowledged, state = Wire(stage()).subscribe(DEPTH)
    assert acknowledged == {"type": "subscribed", "channel": DEPTH, "request": "{}"}
    assert (state["type"], state["channel"]) == ("quote-event", DEPTH)
    assert state["content"]["dataType"] == "Snapshot"
    (book,) = state["content"]["data"]
    assert (book["depthType"], book["level"]) == ("SNAPSHOT", 15)


def test_the_state_may_come_before_the_acknowledgement() -> None:
    wire = Wire(stage(terms=quick(snapshot_before_ack=True)))
    assert [frame["type"] for frame in wire.subscribe(DEPTH)] == ["quote-event", "subscribed"]


@pytest.mark.parametrize(
    ("channel", "code", "message"),
    [
        ("depth.7.15", "INVALID_CONTRACT_ID", "invalid contractId:7"),
        (f"depth.{SOL}.20", "GATEWAY_UNRECOGNIZED_MESSAGE", f"invalid channel:depth.{SOL}.20"),
        ("bookTicker.all", "GATEWAY_UNRECOGNIZED_MESSAGE", "invalid channel:bookTicker.all"),
        ("depth", "GATEWAY_UNRECOGNIZED_MESSAGE", "invalid channel:depth"),
        (f"kline.MARK_PRICE.{SOL}.DAY_1", "GATEWAY_UNRECOGNIZED_MESSAGE", None),
        (f"kline.LAST_PRICE.{SOL}.DAY_2", "GATEWAY_UNRECOGNIZED_MESSAGE", None),
        ("", "GATEWAY_UNRECOGNIZED_MESSAGE", "invalid channel:"),
    ],
)
def test_a_channel_that_there_is_not_is_an_error_without_its_name(
    channel: str, code: str, message: str | None
) -> None:
    (error,) = Wire(stage()).subscribe(channel)
    assert list(error) == ["type", "content"]
    assert error["content"]["code"] == code
    assert message in (None, error["content"]["msg"])


@pytest.mark.parametrize("frame", ["", "{", "[]", "17", '{"type":"login"}', '{"type":"subscribe"}'])
def test_a_frame_that_says_nothing_is_an_error(frame: str) -> None:
    wire = Wire(stage())
    wire.take()
    wire.simulator.on_frame(wire, frame)
    (error,) = wire.take()
    assert error["content"]["code"] == "GATEWAY_UNRECOGNIZED_MESSAGE"


def test_what_was_left_is_heard_no_more_and_can_be_joined_again() -> None:
    wire = Wire(stage(move(1, 2, [(149.97, 5.0)], []), move(2, 3, [(149.96, 5.0)], [])))
    wire.subscribe(DEPTH)
    wire.say(type="unsubscribe", channel=DEPTH)
    assert wire.take() == [{"type": "unsubscribed", "channel": DEPTH, "request": "{}"}]
    passes(wire.simulator, 1.5)
    assert wire.take() == []
    _, state = wire.subscribe(DEPTH)
    assert {"price": "149.97", "size": "5.0"} in state["content"]["data"][0]["bids"]
    passes(wire.simulator, 1)
    assert len(wire.changes()) == 1


# Books --------------------------------------------------------------------------------------------


def test_a_change_begins_where_the_one_before_ended_and_zeros_have_decimals() -> None:
    wire = Wire(
        stage(
            move(1, 2, [(149.99, 0.0)], []),
            move(2, 3, [], [(150.01, 7.0)]),
        )
    )
    _, state = wire.subscribe(DEPTH)
    passes(wire.simulator, 3)
    books = [state["content"]["data"][0], *(each["data"][0] for each in wire.changes())]
    assert [book["startVersion"] for book in books[1:]] == [
        book["endVersion"] for book in books[:-1]
    ]
    assert books[1]["bids"] == [{"price": "149.99", "size": "0.0"}]
    assert books[2]["asks"] == [{"price": "150.01", "size": "7.0"}]
    assert {book["depthType"] for book in books[1:]} == {"CHANGED"}


def test_changes_are_marked_in_lower_case_where_the_documents_have_a_capital() -> None:
    for documented, word in ((False, "changed"), (True, "Changed")):
        terms = quick(documents_spelling=documented)
        wire = Wire(stage(move(1, 2, [(149.99, 0.0)], []), terms=terms))
        wire.subscribe(DEPTH)
        passes(wire.simulator, 2)
        (change,) = wire.changes()
        assert change["dataType"] == word


def test_the_documents_have_levels_as_pairs() -> None:
    wire = Wire(stage(terms=quick(documents_spelling=True)))
    _, state = wire.subscribe(DEPTH)
    assert state["content"]["data"][0]["bids"][0] == ["149.99", "40.0"]


def applied(book: dict[str, Decimal], levels: list[Words]) -> None:
    for level in levels:
        size = Decimal(level["size"])
        if size:
            book[level["price"]] = size
        else:
            book.pop(level["price"], None)


@pytest.mark.parametrize("level", [15, 200])
def test_a_book_kept_by_changes_is_the_book_of_rest(level: int) -> None:
    options = SimulatorOptions(symbols=("SOL",), signatures=SignatureDepth.DIGEST)
    venue = build(options, quick())
    wire = Wire(venue)
    name = f"depth.{SOL}.{level}"
    _, state = wire.subscribe(name)
    (first,) = state["content"]["data"]
    sides: dict[str, dict[str, Decimal]] = {"asks": {}, "bids": {}}
    for side, book in sides.items():
        applied(book, first[side])
    passes(venue, 30)
    last = first
    for content in wire.changes():
        (change,) = content["data"]
        assert change["startVersion"] == last["endVersion"]
        for side, book in sides.items():
            applied(book, change[side])
        last = change
    (whole,) = read(public(venue, "quote/getDepth", contractId=SOL, level=str(level)))
    assert whole["endVersion"] == last["endVersion"]
    for side, book in sides.items():
        expected = {row["price"]: Decimal(row["size"]) for row in whole[side]}
        assert (book, len(book) <= level) == (expected, True)


def test_a_change_beyond_the_window_comes_without_levels() -> None:
    deep = [(149.0 - n / 100, 1.0) for n in range(20)]
    wire = Wire(stage(move(1, 2, deep, []), move(2, 3, [(148.0, 1.0)], [])))
    passes(wire.simulator, 1.5)
    wire.subscribe(DEPTH)
    passes(wire.simulator, 1)
    (content,) = wire.changes()
    (change,) = content["data"]
    assert change["asks"] == change["bids"] == []
    assert int(change["endVersion"]) == int(change["startVersion"]) + 1


def test_own_orders_stand_in_the_book() -> None:
    trader = Trader(stage())
    wire = Wire(trader.simulator)
    wire.subscribe(DEPTH)
    trader.placed(price="150.00", size="2")
    (content,) = wire.changes()
    assert content["data"][0]["bids"] == [{"price": "150.00", "size": "2.0"}]


# Tickers ------------------------------------------------------------------------------------------


def test_a_ticker_has_what_rest_lacks() -> None:
    venue = stage()
    _, state = Wire(venue).subscribe(f"ticker.{SOL}")
    (row,) = state["content"]["data"]
    (rest,) = read(public(venue, "quote/getTicker", contractId=SOL))
    assert row == rest | {
        "bestBidPrice": "149.99",
        "bestAskPrice": "150.01",
        "marketOpen": True,
    }


def test_the_documents_ticker_has_other_fields() -> None:
    _, state = Wire(stage(terms=quick(documents_spelling=True))).subscribe(f"ticker.{SOL}")
    (row,) = state["content"]["data"]
    assert {"price", "open24h", "volume24h"} <= set(row)
    assert "bestBidPrice" not in row


def test_all_tickers_change_by_contract_and_field() -> None:
    wire = Wire(stage(move(1.2, 2, [(149.99, 0.0), (149.98, 0.0)], [])))
    _, state = wire.subscribe("ticker.all.1s")
    assert {row["contractId"] for row in state["content"]["data"]} == {BTC, SOL}
    passes(wire.simulator, 3)
    (change,) = wire.changes()
    (row,) = change["data"]
    assert row == {"contractId": SOL, "contractName": "SOLUSDC", "bestBidPrice": ""}


def test_a_closed_market_shows_in_its_ticker() -> None:
    wire = Wire(stage())
    wire.subscribe(f"ticker.{SOL}")
    wire.simulator.world.set_tradable(SOL, False)
    passes(wire.simulator, 1)
    (change,) = wire.changes()
    assert change["data"][0]["marketOpen"] is False


def test_best_prices_of_all_come_once_a_second_with_a_time() -> None:
    wire = Wire(stage(move(1.2, 2, [(149.99, 0.0), (149.98, 0.0)], [])))
    _, state = wire.subscribe("bookTicker.all.1s")
    first = {row["contractId"]: row for row in state["content"]["data"]}
    assert first[BTC]["bestAskSize"] == "2.000"
    assert first[SOL] == {
        "contractId": SOL,
        "contractName": "SOLUSDC",
        "time": "1795200000100",
        "bestBidPrice": "149.99",
        "bestBidSize": "40.0",
        "bestAskPrice": "150.01",
        "bestAskSize": "40.0",
    }
    passes(wire.simulator, 3)
    (change,) = wire.changes()
    (row,) = change["data"]
    assert (row["bestBidPrice"], row["bestBidSize"], row["time"]) == ("0", "0", "1795200002000")


def test_the_best_prices_of_one_contract_are_told_once_and_never_again() -> None:
    wire = Wire(stage(move(1, 2, [(149.99, 0.0)], [])))
    _, state = wire.subscribe(f"bookTicker.{SOL}")
    assert state["content"]["data"][0]["bestBidPrice"] == "149.99"
    passes(wire.simulator, 20)
    assert wire.changes() == []


# Trades, candles, rates ---------------------------------------------------------------------------


def test_a_trade_is_told_by_who_was_the_maker() -> None:
    wire = Wire(stage(printed(1, 150.0, 2, Side.SELL), printed(2, 150.0, 3, Side.BUY)))
    _, state = wire.subscribe(f"trades.{SOL}")
    assert state["content"]["data"] == []
    passes(wire.simulator, 3)
    sold, bought = (content["data"][0] for content in wire.changes())
    assert (sold["size"], sold["value"], sold["isBuyerMaker"]) == ("2", "300", True)
    assert (bought["isBuyerMaker"], bought["time"]) == (False, "1795200002000")
    assert int(bought["ticketId"]) == int(sold["ticketId"]) + 1
    _, again = Wire(wire.simulator, number=2).subscribe(f"trades.{SOL}")[-2:]
    assert again["content"]["data"] == [bought, sold]


def test_the_documents_trades_have_a_side() -> None:
    venue = stage(printed(0.05, 150.0, 2, Side.SELL), terms=quick(documents_spelling=True))
    _, state = Wire(venue).subscribe(f"trades.{SOL}")
    (trade,) = state["content"]["data"]
    assert trade["side"] == "SELL"
    assert "tradeId" in trade
    assert "ticketId" not in trade


def test_a_candle_changes_with_trades_once_a_second_at_most() -> None:
    wire = Wire(stage(*(printed(1 + n / 10, 150.0, 1, Side.BUY) for n in range(5))))
    _, state = wire.subscribe(f"kline.LAST_PRICE.{SOL}.MINUTE_1")
    (candle,) = state["content"]["data"]
    passes(wire.simulator, 5)
    changes = wire.changes()
    assert [content["data"][0]["trades"] for content in changes] == ["1", "5"]
    assert changes[-1]["data"][0]["klineTime"] == candle["klineTime"]


def test_rates_are_told_every_minute() -> None:
    venue = stage()
    wire = Wire(venue)
    _, state = wire.subscribe("fundingRate.all")
    assert [row["contractId"] for row in state["content"]["data"]] == [BTC, SOL]
    passes(venue, 60)
    (change,) = wire.changes()
    rest = read(public(venue, "funding/getLatestFundingRate", contractId=f"{BTC},{SOL}"))
    assert change["data"] == rest
    _, alone = wire.subscribe(f"fundingRate.{SOL}")
    assert alone["content"]["data"] == [rest[1]]


def test_the_metadata_is_told_once() -> None:
    venue = stage()
    _, state = Wire(venue).subscribe("metadata")
    assert state["content"]["data"] == [read(public(venue, "meta/getMetaData"))]


def test_two_listeners_hear_the_same_and_one_may_leave() -> None:
    venue = stage(move(1, 2, [(149.97, 5.0)], []), move(2, 3, [(149.96, 5.0)], []))
    one, two = Wire(venue, number=1), Wire(venue, number=2)
    for wire in (one, two):
        wire.subscribe(DEPTH)
    passes(venue, 1.5)
    assert one.changes() == two.changes()
    venue.on_close(one)
    passes(venue, 1)
    assert (len(one.changes()), len(two.changes())) == (0, 1)
