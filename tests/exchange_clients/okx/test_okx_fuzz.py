"""Frames and rows that were changed field by field never become values that were not sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pytest

from exchange_clients.base_models import Fill, OrderInfo
from exchange_clients.events import BookDelta, BookSnapshot, Event, PositionUpdate, Unreadable
from exchange_clients.okx.client.managers.account_manager import OkxAccount
from exchange_clients.okx.client.managers.order_manager import OkxOrders
from exchange_clients.okx.client.managers.position_manager import OkxPositions
from exchange_clients.shared.flow import Flow, drive
from tests.exchange_clients.okx.okx_samples import BTC, TABLE, decode, parsed, row_of, said, sample
from tests.support.fuzzing import RETYPED, WRONG, changed, read_or_refused

NAMES = ("ordId", "clOrdId", "algoId", "algoClOrdId", "fillFeeCcy", "feeCcy", "ordType", "tradeId")
"""Any text is a name, or another kind of order."""
ORDER = "instId ordId clOrdId px sz ordType side accFillSz avgPx state reduceOnly cTime uTime"
FILLED = "instId ordId clOrdId side fillPx fillSz fillFee fillFeeCcy fillTime execType tradeId"
ALGO = "instId algoId algoClOrdId ordType side sz state cTime uTime"
FRAMES = ("ws_orders", "ws_orders_algo", "ws_positions", "ws_account", "ws_books_snapshot",
          "ws_books_update", "ws_bbo_tbt", "ws_trades", "ws_funding_rate")  # fmt: skip


def events_of(frame: bytes) -> list[Event]:
    """Return what can be read of a frame."""
    return read_or_refused(lambda: decode(frame))


def told_of(frame: str, field: str, value: object, kind: type) -> list[object]:
    """Return the values of a kind that a frame with one wrong field tells."""
    whole = parsed(frame)
    whole["data"] = [changed(whole["data"][0], field, value)]
    return [each for each in events_of(msgspec.json.encode(whole)) if isinstance(each, kind)]


@pytest.mark.parametrize(
    ("frame", "kind", "field"),
    [
        *(("ws_orders", OrderInfo, field) for field in ORDER.split()),
        *(("ws_orders", Fill, field) for field in FILLED.split()),
        *(("ws_orders_algo", OrderInfo, field) for field in ALGO.split()),
        *(("ws_positions", PositionUpdate, field) for field in ("instId", "posSide", "pos")),
    ],
)
def test_nothing_of_an_account_comes_of_a_wrong_fact(frame: str, kind: type, field: str) -> None:
    assert told_of(frame, field, parsed(frame)["data"][0][field], kind)
    for value in WRONG:
        if (field in NAMES and isinstance(value, str)) or value == "":
            continue
        assert not told_of(frame, field, value, kind), value


@pytest.mark.parametrize("field", ["px", "sz", "accFillSz"])
def test_an_empty_number_of_an_order_is_not_zero(field: str) -> None:
    assert not told_of("ws_orders", field, "", OrderInfo)


@pytest.mark.parametrize(
    ("sample_name", "facts", "before", "after", "flow"),
    [
        ("http_get_order", ORDER, 0, 2, lambda: OkxOrders(TABLE).active(BTC)),
        ("http_get_order_algo", ALGO, 1, 1, lambda: OkxOrders(TABLE).active(BTC)),
        (
            "http_get_fills",
            "instId tradeId billId ordId clOrdId side fillPx fillSz execType ts fee feeCcy",
            0, 1, lambda: OkxOrders(TABLE).fills(BTC, 0, 1 << 62),
        ),
        ("http_get_positions", "instId posSide pos", 0, 0, lambda: OkxPositions(TABLE).all()),
        (
            "http_get_bills", "billId instId ccy balChg ts",
            0, 1, lambda: OkxAccount(TABLE).payments(BTC, 0, 1 << 62),
        ),
    ],
)  # fmt: skip
def test_no_row_comes_of_a_missing_or_retyped_fact(
    sample_name: str, facts: str, before: int, after: int, flow: Callable[[], Flow[Any]]
) -> None:
    row = row_of(sample_name)
    assert _readable(flow(), row, before, after)
    for fact in facts.split():
        for value in RETYPED:
            assert not _readable(flow(), changed(row, fact, value), before, after), (fact, value)


@pytest.mark.parametrize("frame", FRAMES)
def test_numbers_that_do_not_exist_are_in_no_event(frame: str) -> None:
    for field, value in parsed(frame)["data"][0].items():
        if field in NAMES or not isinstance(value, str):
            continue
        for word in ("NaN", "Infinity", "-Infinity", "1e400"):
            read = [each for each in _with(frame, field, word) if not isinstance(each, Unreadable)]
            assert not re.search(r"\b(nan|inf|infinity)\b", repr(read).lower()), (field, word)


LEVELS: tuple[object, ...] = (["0", "1", "0", "1"], ["-1", "1", "0", "1"], ["nan", "1", "0", "1"],
          ["1", "-1", "0", "1"], ["1"], [], None, {})  # fmt: skip


@pytest.mark.parametrize("side", ["bids", "asks"])
@pytest.mark.parametrize("level", LEVELS)
def test_a_level_that_is_none_makes_no_book(side: str, level: object) -> None:
    whole = parsed("ws_books_snapshot")
    whole["data"][0][side] = [level]
    events = events_of(msgspec.json.encode(whole))
    assert not [each for each in events if isinstance(each, BookSnapshot | BookDelta)]


def _with(frame: str, field: str, value: object) -> Sequence[Event]:
    whole = parsed(frame)
    whole["data"][0][field] = value
    return events_of(msgspec.json.encode(whole))


def _readable(flow: Flow[Any], row: dict[str, Any], before: int, after: int) -> list[object]:
    answers = [*[said()] * before, said(row), *[said()] * after]
    rows = read_or_refused(lambda: drive(flow, answers)[1])
    return [each for each in rows if not isinstance(each, Unreadable)]


def test_the_samples_themselves_are_read() -> None:
    kinds = [type(event) for frame in FRAMES for event in decode(sample(frame))]
    assert Unreadable not in kinds
    assert len(kinds) >= len(FRAMES)
