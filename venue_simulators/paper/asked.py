"""What can be asked, as it is written: queries, bodies and frames of clients.

What is missing, misspelt or not known is refused; nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Literal, TypeVar

import msgspec

from exchange_clients.base_models import ContractId, OrderType, Side, TimeInForce, VenueOrderId
from venue_simulators.paper.refusals import bad_request
from venue_simulators.world import Wanted

LEVELS_MAX = 1_000
TRADES_MAX = 1_000
PAGE = 100
PAGE_MAX = 1_000

Amount = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,18}(\.[0-9]{1,18})?$")]
"""So many digits that the venue's arithmetic stays exact."""
Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{1,36}$")]
"""A client order id."""
Instant = Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)]
Limit = Annotated[int, msgspec.Meta(ge=1, le=PAGE_MAX)]

A = TypeVar("A", bound=msgspec.Struct)


class Asked(msgspec.Struct, forbid_unknown_fields=True):
    """Nothing beside the path."""


class OfMarket(Asked):
    """One market."""

    market: ContractId


class MaybeMarket(Asked):
    """One market, or all."""

    market: ContractId | None = None


class Book(OfMarket):
    """A book, so deep."""

    levels: Annotated[int, msgspec.Meta(ge=1, le=LEVELS_MAX)] = LEVELS_MAX


class Trades(OfMarket):
    """The latest trades."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=TRADES_MAX)] = 100


class Span(OfMarket):
    """What happened in [start, end), page by page."""

    start: Instant = 0
    end: Instant = (1 << 63) - 1
    cursor: Instant = 0
    limit: Limit = PAGE


class Candles(OfMarket):
    """Candles that begin in [start, end), from the beginning."""

    interval: str
    start: Instant
    end: Instant


class OpenOrders(MaybeMarket):
    """Open orders, page by page."""

    cursor: Instant = 0
    limit: Limit = PAGE


class OneOrder(Asked):
    """An order by exactly one of its names."""

    order_id: VenueOrderId | None = None
    client_order_id: str | None = None


class Place(Asked):
    """An order."""

    client_order_id: Name
    market: ContractId
    side: Side
    size: Amount
    order_type: OrderType = OrderType.LIMIT
    time_in_force: TimeInForce = TimeInForce.GTC
    price: Amount | None = None
    trigger_price: Amount | None = None
    trailing_fraction: Amount | None = None
    reduce_only: bool = False

    def wanted(self) -> Wanted:
        """Return the order as the world takes it; its tag is the client's name of it."""
        return Wanted(
            self.market,
            self.side,
            Decimal(self.size),
            decimal(self.price),
            self.order_type,
            self.time_in_force,
            self.reduce_only,
            decimal(self.trigger_price),
            decimal(self.trailing_fraction),
            self.client_order_id,
        )


class Amend(OneOrder):
    """A change of price or total size."""

    price: Amount | None = None
    size: Amount | None = None


class SetLeverage(OfMarket):
    """The leverage of a market."""

    leverage: Amount


class Message(Asked):
    """A frame of a client; private topics need the last three."""

    op: Literal["subscribe", "unsubscribe"]
    topics: Annotated[list[str], msgspec.Meta(min_length=1, max_length=100)]
    key: str = ""
    timestamp: str = ""
    signature: str = ""


def decimal(amount: str | None) -> Decimal | None:
    """Return a number that was sent."""
    return None if amount is None else Decimal(amount)


def read_query(params: Mapping[str, str], kind: type[A]) -> A:
    """Read a query.

    Raises:
        Refusal: it is not as it must be.
    """
    try:
        return msgspec.convert(dict(params), kind, strict=False)
    except msgspec.ValidationError as error:
        raise bad_request(str(error)) from None


def read_body(body: bytes, kind: type[A]) -> A:
    """Read a body or a frame.

    Raises:
        Refusal: it is not as it must be.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise bad_request(str(error)) from None
