"""Random orders that both sides sign: drawn from a seed, written as JSON for the other side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import ClientOrderId, Market, NewOrder, OrderType, Side
from exchange_clients.shared.clock import Rng
from exchange_clients.shared.venue import Venue
from exchange_clients.words import TimeInForce
from judges.steps import Json

STEPS_MAX = 10_000_000
"""Prices and sizes are up to so many ticks and steps: beyond what a double holds is not needed."""
KEPT_BY_ALL: tuple[TimeInForce, ...] = (TimeInForce.GTC, TimeInForce.GTX, TimeInForce.IOC)
FILL_OR_KILL_VENUES = ("backpack", "binance", "bybit", "edgex", "grvt", "okx")
IDS_BELOW = 1 << 32
"""Client order ids that every venue takes; zero means "none" to more than one of them."""
EXPIRES_IN_NS = 29 * 86_400 * 10**9
"""How long our signatures live where the venue wants an end to be signed."""


@dataclass(frozen=True, slots=True)
class SampleOrder:
    """An order with what else its signature depends on."""

    order: NewOrder
    nonce: int
    """A number of 32 bits, random or in sequence: signed as either."""
    now_ms: int

    def words(self) -> Json:
        """Return it as JSON, in words of no venue; numbers as plain decimal text."""
        order = self.order
        return {
            "contract_id": order.contract_id,
            "side": order.side.value,
            "kind": "market" if order.order_type is OrderType.MARKET else "limit",
            "size": format(order.size, "f"),
            "price": None if order.price is None else format(order.price, "f"),
            "time_in_force": "GTC" if order.post_only else order.time_in_force.upper(),
            "post_only": order.post_only,
            "reduce_only": order.reduce_only,
            "client_order_id": order.client_order_id,
            "nonce": self.nonce,
            "expires_ns": self.now_ms * 1_000_000 + EXPIRES_IN_NS,
        }


def random_orders(
    venue: Venue, markets: Sequence[Market], count: int, seed: int, now_ms: int
) -> list[SampleOrder]:
    """Return ``count`` orders of all kinds that the venue has, equal for equal arguments.

    Args:
        venue: Its words say whether a market order names a price.
        markets: Which to trade, each as likely.
        count: How many.
        seed: What to draw from.
        now_ms: When the first is signed; each later one a millisecond after the one before it.
    """
    rng = Rng(seed, f"orders of {venue.name}")
    return [
        SampleOrder(_order(rng, venue, markets), rng.getrandbits(32), now_ms + place)
        for place in range(count)
    ]


def _order(rng: Rng, venue: Venue, markets: Sequence[Market]) -> NewOrder:
    market = markets[rng.randint(0, len(markets) - 1)]
    kept = KEPT_BY_ALL
    if venue.name in FILL_OR_KILL_VENUES:
        kept = (*kept, TimeInForce.FOK)
    limit = rng.random() < 0.8
    price = market.tick * _steps(rng)
    return NewOrder(
        client_order_id=ClientOrderId(str(rng.randint(1, IDS_BELOW - 1))),
        contract_id=market.contract_id,
        side=Side.BUY if rng.random() < 0.5 else Side.SELL,
        size=market.step * _steps(rng),
        price=price if limit or venue.bounded_market_orders else None,
        order_type=OrderType.LIMIT if limit else OrderType.MARKET,
        time_in_force=kept[rng.randint(0, len(kept) - 1)] if limit else TimeInForce.IOC,
        reduce_only=rng.random() < 0.3,
    )


def _steps(rng: Rng) -> Decimal:
    """Return a number of ticks or steps, small ones as often as large ones."""
    digits = rng.randint(1, len(str(STEPS_MAX)) - 1)
    return Decimal(rng.randint(1, 10**digits))
