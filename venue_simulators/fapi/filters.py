"""What prices and sizes of one market must meet, and how ``exchangeInfo`` lists it.

The dialect's documents say twice that precisions are no increments: a price may have
``price_precision`` decimals and must stand on the tick all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import Market, Side
from venue_simulators.fapi.errors import TOO_PRECISE, FapiError
from venue_simulators.fapi.wording import Row, decimals, plain


@dataclass(frozen=True, slots=True)
class Filters:
    """The limits of one market."""

    market: Market
    min_price: Decimal
    max_price: Decimal
    max_size: Decimal
    max_market_size: Decimal
    price_precision: int
    multiplier_up: Decimal
    """How far above the mark a buy may be priced, as a factor."""
    multiplier_down: Decimal
    market_bound: Decimal
    """How far from the best price a market order may trade, as a fraction."""
    max_orders: int = 200
    max_conditional: int | None = 10
    """Of one account in this market; None where the venue lists no such filter."""

    def check_price(self, price: Decimal) -> None:
        """Refuse a price outside its range or off the tick."""
        if decimals(price) > self.price_precision:
            raise FapiError(TOO_PRECISE)
        if price < self.min_price:
            raise FapiError(-4013)
        if price > self.max_price:
            raise FapiError(-4016, "Price greater than max price.")
        if (price - self.min_price) % self.market.tick:
            raise FapiError(-4014)

    def check_size(self, size: Decimal, *, market_order: bool) -> None:
        """Refuse a size outside its range or off the step."""
        if size <= 0:
            raise FapiError(-4003)
        if decimals(size) > decimals(self.market.step):
            raise FapiError(TOO_PRECISE)
        if size < self.market.min_size:
            raise FapiError(-4004)
        if size > (self.max_market_size if market_order else self.max_size):
            raise FapiError(-4005)
        if (size - self.market.min_size) % self.market.step:
            raise FapiError(-4023)

    def check_distance(self, price: Decimal, side: Side, mark: Decimal) -> None:
        """Refuse a price that pays too much, measured at the mark."""
        if side is Side.BUY and price > mark * self.multiplier_up:
            raise FapiError(-4016)
        if side is Side.SELL and price < mark * self.multiplier_down:
            raise FapiError(-4024)

    def check_notional(self, notional: Decimal) -> None:
        """Refuse an order that is worth too little."""
        if notional < self.market.min_notional:
            raise FapiError(-4164)

    def rows(self) -> list[Row]:
        """Return the filters as ``exchangeInfo`` lists them."""
        market = self.market
        rows: list[Row] = [
            {
                "filterType": "PRICE_FILTER",
                "minPrice": plain(self.min_price),
                "maxPrice": plain(self.max_price),
                "tickSize": plain(market.tick),
            },
            self._size_row("LOT_SIZE", self.max_size),
            self._size_row("MARKET_LOT_SIZE", self.max_market_size),
            {"filterType": "MAX_NUM_ORDERS", "limit": self.max_orders},
            {"filterType": "MIN_NOTIONAL", "notional": plain(market.min_notional)},
            {
                "filterType": "PERCENT_PRICE",
                "multiplierUp": format(self.multiplier_up, ".4f"),
                "multiplierDown": format(self.multiplier_down, ".4f"),
                "multiplierDecimal": "4",
            },
        ]
        if self.max_conditional is not None:
            limit = {"filterType": "MAX_NUM_ALGO_ORDERS", "limit": self.max_conditional}
            rows.insert(4, limit)
        return rows

    def _size_row(self, name: str, largest: Decimal) -> Row:
        return {
            "filterType": name,
            "minQty": plain(self.market.min_size),
            "maxQty": plain(largest),
            "stepSize": plain(self.market.step),
        }
