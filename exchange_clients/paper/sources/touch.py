"""A touch one tick wide, for markets that were recorded without their best prices.

What traded is known, what rested beside it is not: the price stands on the side that it must have
come from, and the other side one tick away. So nothing is quoted better than what traded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from exchange_clients.base_models import Market, Side
from exchange_clients.events import BestBidOffer, PublicTrade
from exchange_clients.paper.sources.base import SourceEvent
from exchange_clients.shared.decimal_grid import DecimalGrid

MADE_OF_TRADES = (
    "best prices are made from the trades: after a sale the bid, after a purchase the ask stands "
    "at the traded price, the other side one tick away, both in the size of that trade"
)


class OneTickTouch:
    """Best bid and ask around a price on the grid of ``tick``."""

    __slots__ = ("_grid",)

    def __init__(self, tick: Decimal) -> None:
        self._grid = DecimalGrid(tick)

    def around(self, price: float, *, as_bid: bool) -> tuple[float, float]:
        """Return bid and ask, one of which is ``price``.

        A price of one tick is the bid in any case, for a bid of zero would be none.
        """
        scale, tick_units = self._grid.scale, self._grid.units
        units = round(price * scale)
        if as_bid or units <= tick_units:
            return price, (units + tick_units) / scale
        return (units - tick_units) / scale, price


def with_touch(events: Iterable[SourceEvent], market: Market) -> Iterator[SourceEvent]:
    """Yield the events, and after each trade the touch that it is taken to leave.

    The trade comes first: what rests is met by what happened before it is met by what is assumed.
    """
    touch = OneTickTouch(market.tick)
    for event in events:
        yield event
        if isinstance(event, PublicTrade):
            bid, ask = touch.around(event.price, as_bid=event.aggressor is Side.SELL)
            yield BestBidOffer(
                event.contract_id,
                bid,
                event.size,
                ask,
                event.size,
                event.venue_ns,
                event.local_ns,
            )
