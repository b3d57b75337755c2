"""The past as it can be read: by pages, and later than the streams have told of it.

Every history lists the newest rows first unless ``sortDirection`` asks for the oldest. A row can
be read ``visibility_ns`` after it came about, because the venue's reads lag behind its writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import TypeVar

from venue_simulators.backpack.account_book import FillRecord, Settlement
from venue_simulators.backpack.account_words import USER_ID, closed_row, money
from venue_simulators.backpack.calls import Call
from venue_simulators.backpack.errors import unparsable_parameter
from venue_simulators.backpack.fields import Fields
from venue_simulators.backpack.orders import USER, OrderRecord, history_row
from venue_simulators.backpack.positions import PositionRecord
from venue_simulators.backpack.public import MARKET_TYPES, OFFSET_MAX
from venue_simulators.backpack.wording import MS_NS, SIDE_WORDS, answer, iso, plain
from venue_simulators.wire import HttpResponse
from venue_simulators.world import World

LIMIT_DEFAULT = 100
LIMIT_MAX = 1000
FILL_TYPES = (
    "User",
    "BookLiquidation",
    "Adl",
    "Backstop",
    "Liquidation",
    "AllLiquidation",
    "CollateralConversion",
    "CollateralConversionAndSpotLiquidation",
)
_LIQUIDATIONS = ("BookLiquidation", "Liquidation", "AllLiquidation")
SOURCES = (
    "FundingPayment",
    "RealizePnl",
    "TradingFees",
    "TradingFeesSystem",
    "BackstopLiquidation",
)
_Row = TypeVar("_Row")


class HistoryDesk:
    """Each method is one endpoint."""

    def __init__(self, world: World, visibility_ns: int) -> None:
        self._world = world
        self._visibility_ns = visibility_ns

    def orders(self, call: Call) -> HttpResponse:
        """Answer with orders that have ended."""
        order_id, symbol = call.query.text("orderId"), call.query.text("symbol")
        rows = [
            one
            for one in self._seen(call.book.ended, _ended_ns)
            if order_id in (None, one.info.order_id) and symbol in (None, one.asked.symbol)
        ]
        return answer([history_row(one) for one in _page(call.query, rows)])

    def fills(self, call: Call) -> HttpResponse:
        """Answer with fills: the venue's own closing of positions too, unless one kind is asked."""
        query = call.query
        order_id, symbol = query.text("orderId"), query.text("symbol")
        kind = query.choice("fillType", FILL_TYPES)
        from_ms = query.whole("from", OFFSET_MAX * OFFSET_MAX)
        to_ms = query.whole("to", OFFSET_MAX * OFFSET_MAX)
        rows = [
            one
            for one in self._seen(call.book.fills, _filled_ns)
            if order_id in (None, one.fill.order_id)
            and symbol in (None, one.fill.contract_id)
            and _is_kind(one, kind)
            and (from_ms is None or one.fill.venue_ns // MS_NS >= from_ms)
            and (to_ms is None or one.fill.venue_ns // MS_NS <= to_ms)
        ]
        if query.has("strategyId"):
            rows = []
        return answer([fill_row(one) for one in _page(query, rows)])

    def funding(self, call: Call) -> HttpResponse:
        """Answer with funding payments: negative was paid."""
        symbol = call.query.text("symbol")
        rows = [
            {
                "symbol": one.contract_id,
                "quantity": plain(one.amount),
                "fundingRate": plain(told(one.rate)),
                "intervalEndTimestamp": iso(one.venue_ns),
                "userId": USER_ID,
                "subaccountId": 0,
            }
            for one in self._seen(call.book.payments, lambda one: one.venue_ns)
            if symbol in (None, one.contract_id) and self._world.listed(one.venue_ns)
        ]
        return answer(_page(call.query, rows))

    def settlements(self, call: Call) -> HttpResponse:
        """Answer with every movement of money."""
        source = call.query.choice("source", SOURCES)
        rows = [
            _settlement_row(one)
            for one in self._seen(call.book.settlements, lambda one: one.at_ns)
            if source in (None, one.source)
        ]
        return answer(_page(call.query, rows))

    def positions(self, call: Call) -> HttpResponse:
        """Answer with positions, open and closed."""
        symbol = call.query.text("symbol")
        state = call.query.choice("state", ("Open", "Closed"))
        log = call.book.positions
        known = [
            *self._seen(log.closed, _closed_ns),
            *self._seen(log.open.values(), lambda one: one.opened_ns),
        ]
        rows = [closed_row(one) for one in known if symbol in (None, one.symbol)]
        return answer(_page(call.query, [one for one in rows if state in (None, one["state"])]))

    def _seen(self, rows: Iterable[_Row], at_ns: Callable[[_Row], int]) -> list[_Row]:
        """Return the rows, oldest first, that reads can see by now."""
        until_ns = self._world.now_ns - self._visibility_ns
        return [row for row in rows if at_ns(row) <= until_ns]


def fill_row(record: FillRecord) -> dict[str, object]:
    """Return a fill; here, and only here, the client id is a text."""
    fill = record.fill
    return {
        "tradeId": int(fill.trade_id),
        "orderId": fill.order_id,
        "clientId": None if record.client_id is None else str(record.client_id),
        "symbol": fill.contract_id,
        "side": SIDE_WORDS[fill.side],
        "price": plain(fill.price),
        "quantity": plain(fill.size),
        "fee": plain(fill.fee),
        "feeSymbol": "USDC",
        "isMaker": fill.liquidity.value == "maker",
        "systemOrderType": None if record.origin == USER else "LiquidatePositionOnBook",
        "timestamp": iso(fill.venue_ns),
    }


def _settlement_row(row: Settlement) -> dict[str, object]:
    return {
        "quantity": money(row.quantity),
        "source": row.source,
        "timestamp": iso(row.at_ns),
        "positionId": row.position_id,
        "engineSequence": row.number,
    }


def _is_kind(record: FillRecord, kind: str | None) -> bool:
    if kind is None:
        return True
    return kind == "User" if record.origin == USER else kind in _LIQUIDATIONS


def _page(query: Fields, rows: Sequence[_Row]) -> Sequence[_Row]:
    """Return the page that a query asks for, of rows that stand oldest first."""
    query.choice("marketType", MARKET_TYPES)
    limit = query.whole("limit", OFFSET_MAX)
    offset = query.whole("offset", OFFSET_MAX) or 0
    if limit is not None and not 1 <= limit <= LIMIT_MAX:
        raise unparsable_parameter("limit", f"must be between 1 and {LIMIT_MAX}")
    descending = query.choice("sortDirection", ("Asc", "Desc")) != "Asc"
    ordered = rows[::-1] if descending else rows
    return ordered[offset : offset + (LIMIT_DEFAULT if limit is None else limit)]


def _ended_ns(record: OrderRecord) -> int:
    assert record.info.updated_ns is not None, "an order that ended was told of"
    return record.info.updated_ns


def _filled_ns(record: FillRecord) -> int:
    return record.fill.venue_ns


def _closed_ns(record: PositionRecord) -> int:
    assert record.closed_ns is not None, "the position has closed"
    return record.closed_ns


def told(rate: Decimal | None) -> Decimal:
    """Return a payment's rate, which the world always tells."""
    assert rate is not None, "the world knows the rate that it charges"
    return rate
