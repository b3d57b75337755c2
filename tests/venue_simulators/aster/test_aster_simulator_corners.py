"""Paths that are seldom taken, and what is missing from a request."""

import json

import pytest

from tests.support.quiet_markets import passes
from tests.venue_simulators.aster.aster_stage import Trader, Wire, fall, move, public, stage
from tests.venue_simulators.fapi.fapi_stage import BTC, SOL, at_market, refusal, row, rows
from venue_simulators.fapi import account_book
from venue_simulators.fapi.trading import AMENDMENTS_MAX


@pytest.mark.parametrize(
    ("method", "name", "params", "code"),
    [
        ("POST", "batchOrders", {}, -1102),
        ("POST", "marginType", {"symbol": SOL}, -1102),
        ("POST", "countdownCancelAll", {"symbol": SOL}, -1102),
        ("POST", "positionSide/dual", {}, -1102),
        ("POST", "multiAssetsMargin", {"multiAssetsMargin": "1"}, -1130),
        ("GET", "forceOrders", {"symbol": "NO"}, -1121),
        ("GET", "income", {"incomeType": "TIPS"}, -1130),
        ("GET", "openOrder", {"symbol": SOL}, -1102),
    ],
)
def test_what_a_request_lacks_or_misspells_is_named(
    method: str, name: str, params: dict[str, object], code: int
) -> None:
    assert refusal(Trader(stage()).ask(method, name, **params)) == (400, code)


def test_an_open_order_is_found_until_it_has_ended() -> None:
    trader = Trader(stage())
    row(trader.place(newClientOrderId="a"))
    names = {"symbol": SOL, "origClientOrderId": "a"}
    assert row(trader.ask("GET", "openOrder", **names))["status"] == "NEW"
    row(trader.cancel(origClientOrderId="a"))
    assert refusal(trader.ask("GET", "openOrder", **names)) == (400, -2013)
    change = {**names, "quantity": "2", "price": "177.00"}
    assert refusal(trader.ask("PUT", "order", **change)) == (400, -2013)


def test_an_order_is_amended_ten_thousand_times_and_no_more() -> None:
    trader = Trader(stage())
    row(trader.place(newClientOrderId="a"))
    (record,) = trader.simulator.books["main"].open(SOL)
    record.amendments = AMENDMENTS_MAX - 1
    for size, status in (("2", 200), ("3", 400)):
        names = {"symbol": SOL, "origClientOrderId": "a"}
        answer = trader.ask("PUT", "order", **names, quantity=size, price="178.00")
        assert answer.status == status
    assert json.loads(answer.body)["code"] == -5026


def test_numbers_of_a_list_may_be_written_as_texts() -> None:
    trader = Trader(stage())
    number = row(trader.place())["orderId"]
    asked = {"symbol": SOL, "orderIdList": json.dumps([str(number)])}
    (answered,) = rows(trader.ask("DELETE", "batchOrders", **asked))
    assert answered["status"] == "CANCELED"


def test_the_rank_of_positions_is_told_for_each_market() -> None:
    trader = Trader(stage())
    assert rows(trader.ask("GET", "adlQuantile")) == [
        {"symbol": name, "adlQuantile": {"LONG": 0, "SHORT": 0, "BOTH": 0}} for name in (BTC, SOL)
    ]


def test_the_oldest_ended_orders_are_forgotten_beyond_a_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(account_book, "HISTORY_MAX", 3)
    trader = Trader(stage())
    row(trader.place(newClientOrderId="open"))
    for number in range(4):
        row(trader.place(**at_market("BUY", "0.1", newClientOrderId=f"m{number}")))
    known = rows(trader.ask("GET", "allOrders", symbol=SOL))
    assert [one["clientOrderId"] for one in known] == ["open", "m2", "m3"]
    assert refusal(trader.order(origClientOrderId="m0")) == (400, -2013)


def test_candles_of_mark_and_index_have_prices_alone() -> None:
    venue = stage()
    for name, subject in (("markPriceKlines", "symbol"), ("indexPriceKlines", "pair")):
        asked = {subject: SOL, "interval": "1m", "limit": 1}
        ((candle),) = json.loads(public(venue, name, **asked).body)
        assert [candle[place] for place in (5, 7, 9, 10)] == ["0"] * 4
        assert float(candle[1]) > 0


def test_an_index_is_made_of_its_parts() -> None:
    index = row(public(stage(), "indexreferences", symbol=SOL))
    (part,) = index["references"]
    assert (index["price"], part["price"], part["weight"]) == (
        "179.98000000",
        "179.98000000",
        "1.00000000",
    )


def test_a_line_that_has_been_cut_off_is_not_listened_to() -> None:
    venue = stage()
    wire = Wire(venue)
    venue.on_close(wire)
    wire.subscribe("solusdt@depth")
    venue.on_close(wire)
    assert wire.frames == []


def test_a_stream_that_nobody_hears_any_more_starts_anew() -> None:
    venue = stage(move(1, 2, [(179.98, 10.0)], []), move(3, 3, [(179.98, 11.0)], []))
    keeper, wire = Wire(venue, "/ws/!ticker@arr"), Wire(venue, "/ws/solusdt@depth", number=2)
    passes(venue, 2)
    (first,) = wire.take("depthUpdate")
    wire.subscribe("solusdt@depth", method="UNSUBSCRIBE")
    passes(venue, 2)
    wire.subscribe("solusdt@depth")
    passes(venue, 2)
    assert wire.take("depthUpdate") == []
    assert first["b"] == [["179.98", "10.00"]]
    assert len(keeper.take("24hrTicker")) == 6


def test_streams_of_unlisted_symbols_never_speak() -> None:
    venue = stage(fall())
    wire = Wire(venue, "/ws/nousdt@depth@100ms/nousdt@ticker/nousdt@kline_1m")
    passes(venue, 3)
    assert wire.frames == []
