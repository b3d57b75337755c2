"""Take profit and stop loss that come with an order, read strictly."""

from __future__ import annotations

from decimal import Decimal

from venue_simulators.okx.errors import parameter_error
from venue_simulators.okx.fields import Fields
from venue_simulators.okx.orders import Exit

PRICE_TYPES = ("last", "index", "mark")
MARKET_PX = Decimal(-1)
"""Where an order price stands, it means the market."""


def read_exits(fields: Fields) -> tuple[Exit, ...]:
    """Return the exits of an order; the venue takes at most one pair here."""
    rows = fields.objects("attachAlgoOrds")
    if len(rows) > 1:
        raise parameter_error("attachAlgoOrds")
    return tuple(_read(row) for row in rows)


def _read(row: Fields) -> Exit:
    found = Exit(
        row.text("attachAlgoClOrdId") or "",
        row.positive("tpTriggerPx"),
        order_price(row, "tpOrdPx"),
        row.positive("slTriggerPx"),
        order_price(row, "slOrdPx"),
        row.choice("tpTriggerPxType", PRICE_TYPES) or "last",
        row.choice("slTriggerPxType", PRICE_TYPES) or "last",
    )
    for trigger, price in ((found.take_px, found.take_ord_px), (found.stop_px, found.stop_ord_px)):
        if (trigger is None) is not (price is None):
            raise parameter_error("attachAlgoOrds")
    if found.take_px is None and found.stop_px is None:
        raise parameter_error("attachAlgoOrds")
    return found


def order_price(row: Fields, name: str) -> Decimal | None:
    """Return the price of an order to come: above zero, or -1 for the market."""
    price = row.decimal(name)
    if price is not None and price != MARKET_PX and price <= 0:
        raise parameter_error(name)
    return price
