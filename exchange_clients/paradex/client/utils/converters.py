"""Paradex's wire structs that REST and streams share, and what they mean.

Money is decimal text; where there is none, the text is empty. Instants are milliseconds. Frames in
binary are spelt out to the same rows, so that an order reads alike wherever it was told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Annotated

import msgspec

from exchange_clients.base_models import (
    ZERO,
    ClientOrderId,
    ContractId,
    ExchangePositionSnapshot,
    Fill,
    Liquidity,
    OrderInfo,
    OrderStatus,
    Reason,
    TradeId,
    VenueOrderId,
)
from exchange_clients.errors import MalformedPayload
from exchange_clients.events import VoidedFill
from exchange_clients.paradex.common import ORDER_TYPE, REASONS, SIDE, SUFFIX, normalize_symbol
from exchange_clients.shared.amounts import Amount, Optional, Positive
from exchange_clients.shared.flow import Flow, Request
from exchange_clients.shared.instants import MS
from exchange_clients.shared.paging import every_page

PAGE = 1000
Name = Annotated[str, msgspec.Meta(min_length=1)]
Instant = Annotated[int, msgspec.Meta(gt=0)]
ORDER_IDS = ("id", "client_id")
FILL_IDS = ("order_id", "client_id")


class Rows(msgspec.Struct, rename={"listed": "results", "cursor": "next"}):
    """One page of a list, which is documented to be null where it has no rows."""

    listed: list[msgspec.Raw] | None
    cursor: str | None = None

    @property
    def rows(self) -> Sequence[msgspec.Raw]:
        """In the venue's order."""
        return self.listed or ()


class Order(msgspec.Struct):
    """An order in any answer and in the stream."""

    id: Name
    market: Name
    side: str
    type: str
    size: Amount
    remaining_size: Amount
    status: str
    created_at: Instant
    last_updated_at: Instant
    price: Optional
    avg_fill_price: Optional | None = None
    cancel_reason: str | None = None
    client_id: str | None = None
    flags: list[str] | None = None

    def info(self) -> OrderInfo:
        """Return what it says."""
        size, kind = Decimal(self.size), ORDER_TYPE[self.type]
        filled = size - Decimal(self.remaining_size)
        average = Decimal(self.avg_fill_price or 0) or None
        if not ZERO <= filled <= size:
            raise MalformedPayload(f"order {self.id} remains with {self.remaining_size} of {size}")
        status, reason = fate(self.status, size, filled, average, self.cancel_reason or "")
        price = Decimal(self.price or 0)
        return OrderInfo(
            order_id=VenueOrderId(self.id),
            client_order_id=ClientOrderId(self.client_id) if self.client_id else None,
            contract_id=ContractId(self.market),
            side=SIDE[self.side],
            size=size,
            price=(price or None) if kind.priced else None,
            status=status,
            filled_size=filled,
            average_price=average,
            order_type=kind,
            reduce_only="REDUCE_ONLY" in (self.flags or ()),
            reason=reason,
            created_ns=self.created_at * MS,
            updated_ns=self.last_updated_at * MS,
        )


class OwnFill(msgspec.Struct):
    """A trade of ours. ``side`` is documented as the taker's: of a maker's, its order's counts."""

    id: Name
    order_id: Name
    market: Name
    side: str
    liquidity: str
    price: Positive
    size: Positive
    fee: Amount
    created_at: Instant
    fill_type: str
    client_id: str | None = None
    fee_currency: str = "USDC"

    def fill(self) -> Fill:
        """Return what it says; a fee above zero was paid."""
        return Fill(
            trade_id=TradeId(self.id),
            order_id=VenueOrderId(self.order_id),
            client_order_id=ClientOrderId(self.client_id) if self.client_id else None,
            contract_id=ContractId(self.market),
            side=SIDE[self.side],
            price=Decimal(self.price),
            size=Decimal(self.size),
            fee=Decimal(self.fee),
            fee_asset=self.fee_currency or "USDC",
            liquidity=Liquidity(self.liquidity.lower()),
            venue_ns=self.created_at * MS,
        )


class Bust(msgspec.Struct):
    """That a fill did not settle on the chain, and is undone; it names neither market nor order."""

    busted_fill_id: Name
    created_at: Instant

    def event(self) -> VoidedFill:
        """Return what it says."""
        return VoidedFill(TradeId(self.busted_fill_id), self.created_at * MS)


class Position(msgspec.Struct):
    """A position, which stays listed once it is closed."""

    market: Name
    side: str
    size: Amount
    """Signed in JSON, absolute in binary frames: ``side`` tells in both."""
    status: str
    last_updated_at: Instant
    average_entry_price: Optional
    unrealized_pnl: Optional
    """Funding that has accrued is a part of it."""
    liquidation_price: Optional | None = None
    leverage: Optional | None = None

    @property
    def quantity(self) -> Decimal:
        """The signed size; zero once closed.

        Raises:
            MalformedPayload: size and side contradict each other, or a word is not the venue's.
        """
        size = Decimal(self.size)
        if self.status == "CLOSED":
            return ZERO
        if self.status != "OPEN" or self.side not in ("LONG", "SHORT"):
            raise MalformedPayload(f"position {self.market} is {self.status!r}, {self.side!r}")
        if size < 0 and self.side == "LONG":
            raise MalformedPayload(f"position {self.market} is long and has the size {self.size}")
        return -abs(size) if self.side == "SHORT" else size

    def snapshot(self) -> ExchangePositionSnapshot:
        """Return what it says; neither mark price nor settled funding is told."""
        return ExchangePositionSnapshot(
            symbol=normalize_symbol(self.market),
            contract_id=ContractId(self.market),
            quantity=self.quantity,
            entry_price=Decimal(self.average_entry_price or 0) or None,
            unrealized_pnl=Decimal(self.unrealized_pnl) if self.unrealized_pnl else None,
            leverage=Decimal(self.leverage or 0) or None,
            liquidation_price=Decimal(self.liquidation_price or 0) or None,
        )


def fate(
    word: str, size: Decimal, filled: Decimal, average: Decimal | None, cancel_reason: str
) -> tuple[OrderStatus, Reason | None]:
    """Return where an order stands, and why it ended unfilled.

    NEW is queued for the risk check and may yet be refused; an order that waits for its trigger has
    passed it and can be cancelled: it is open, though not in the book.

    Raises:
        MalformedPayload: the word is not the venue's, or contradicts the sizes.
    """
    if word == "NEW":
        return OrderStatus.PENDING, None
    if word in ("OPEN", "UNTRIGGERED"):
        return (OrderStatus.PARTIALLY_FILLED if filled else OrderStatus.OPEN), None
    if word != "CLOSED":
        raise MalformedPayload(f"order status {word!r} is not known")
    if filled == size:
        if average is None:
            raise MalformedPayload("a closed order remains with nothing and traded at no price")
        return OrderStatus.FILLED, None  # whatever reason is told as well
    reason, refusal = next(
        (reason, refusal) for part, reason, refusal in REASONS if part in cancel_reason.upper()
    )
    refused = refusal and not filled
    return (OrderStatus.REJECTED if refused else OrderStatus.CANCELED), reason


def perpetual(market: str) -> bool:
    """Say whether a name is a perpetual's; options and spot stand in the same lists."""
    return market.endswith(SUFFIX)


def pages(
    request: Request, enough: Callable[[Sequence[msgspec.Raw]], bool] = lambda rows: False
) -> Flow[list[msgspec.Raw]]:
    """Return the rows of every page, or of as many as are enough, as the venue orders them."""
    return every_page(
        lambda cursor: replace(request, params={**request.params, "cursor": cursor}),
        read_page,
        enough,
    )


read_page = msgspec.json.Decoder(Rows).decode
