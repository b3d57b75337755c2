from __future__ import annotations

from decimal import Decimal

import pytest

from exchange_clients.base_models import Candle
from exchange_clients.errors import ClientConfigError
from exchange_clients.shared.flow import Method, Request, Response, drive
from exchange_clients.shared.price_rows import (
    candles_by_spans,
    candles_within,
    known_interval,
    spans,
)

PRICES = (Decimal(1), Decimal(2), Decimal(1), Decimal(2))


def candle(start_ns: int, volume: int = 1) -> Candle:
    return Candle(start_ns, *PRICES, Decimal(volume))


def test_an_interval_that_is_not_known_is_refused_with_those_that_are() -> None:
    assert known_interval({"1m": 60, "1h": 3600}, "1h") == 3600
    with pytest.raises(ClientConfigError, match="interval '7m' is not known; use one of 1m, 1h"):
        known_interval({"1m": 60, "1h": 3600}, "7m")


def test_spans_meet_and_the_last_ends_with_the_whole() -> None:
    assert list(spans(5, 30, 10)) == [(5, 15), (15, 25), (25, 30)]
    assert list(spans(5, 5, 10)) == []


def test_candles_are_told_once_and_in_order_and_within_the_span() -> None:
    told = [candle(30), candle(20), candle(10), candle(20, volume=2), candle(9)]
    assert candles_within(told, 10, 30) == [candle(10), candle(20, volume=2)]


def test_a_long_span_of_candles_is_asked_for_in_parts_and_told_once() -> None:
    flow = candles_by_spans(
        0,
        25,
        10,
        lambda at_ns, until_ns: Request(Method.GET, "/", {"from": at_ns, "until": until_ns}),
        lambda body: [candle(int(body)), candle(0)],
    )
    requests, candles = drive(
        flow, [Response(200, b"9"), Response(200, b"19"), Response(200, b"30")]
    )
    assert [each.params["until"] for each in requests] == [10, 20, 25]
    assert candles == [candle(0), candle(9), candle(19)]
