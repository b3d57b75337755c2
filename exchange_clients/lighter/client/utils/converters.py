"""Lighter's wire structs that REST and streams share, and what they mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Protocol, TypeVar

import msgspec

from exchange_clients.base_models import (
    ClientOrderId,
    ContractId,
    ExchangePositionSnapshot,
    Fill,
    Liquidity,
    OrderInfo,
    OrderStatus,
    OrderType,
    Reason,
    Side,
    TradeId,
    VenueOrderId,
)
from exchange_clients.errors import InvalidOrder, MalformedPayload
from exchange_clients.events import Unreadable
from exchange_clients.lighter.common import PERCENT, REASON, STATUS, normalize_symbol
from exchange_clients.shared.amounts import Amount, Positive, Unsigned, in_units
from exchange_clients.shared.flow import Flow, Request
from exchange_clients.shared.market_table import Listing

FEE_UNIT = Decimal("0.000001")
ORDER_IDS = ("order_id", "client_order_index")
PRICE_BITS, SIZE_BITS = 32, 48
ENDED = "canceled"
PAGES_MAX = 1000
TYPE_OF = MappingProxyType(
    {
        "limit": OrderType.LIMIT,
        "market": OrderType.MARKET,
        "stop-loss": OrderType.STOP_MARKET,
        "stop-loss-limit": OrderType.STOP,
        "take-profit": OrderType.TAKE_PROFIT_MARKET,
        "take-profit-limit": OrderType.TAKE_PROFIT,
        "twap": OrderType.MARKET,
        "twap-sub": OrderType.MARKET,
        "liquidation": OrderType.MARKET,
    }
)


def instant_ns(stamp: int) -> int:
    """Return ns of an instant that comes in seconds, ms or us, told apart by its size."""
    for scale in (10**9, 10**6, 10**3):
        if 0 < stamp * scale < 10**19:
            return stamp * scale
    raise MalformedPayload(f"timestamp {stamp} is of no unit that is known")


def scaled(value: Decimal, decimals: int, bits: int) -> int:
    """Return a price or size as Lighter's integer.

    Raises:
        InvalidOrder: it has more decimals than the market, or more bits than the venue, allows.
    """
    units = in_units(value, decimals)
    if not 0 <= units < 2**bits:
        raise InvalidOrder(f"{value} does not fit {bits} bits at {decimals} decimals")
    return units


@dataclass(frozen=True, slots=True)
class Scale:
    """How a market's numbers are scaled: by how many decimals."""

    price_decimals: int
    size_decimals: int

    @classmethod
    def of(cls, listing: Listing) -> Scale:
        """Return what the list of markets says."""
        return cls(listing.detail("price_decimals", int), listing.detail("size_decimals", int))

    def price(self, price: Decimal) -> int:
        """Return a price as the venue's integer."""
        return scaled(price, self.price_decimals, PRICE_BITS)

    def size(self, size: Decimal) -> int:
        """Return a size as the venue's integer."""
        return scaled(size, self.size_decimals, SIZE_BITS)


class Order(msgspec.Struct):
    """An order in any answer and in the streams.

    A cancelled row shows a remaining size of zero and sometimes no side, so that what was filled is
    read from ``filled_base_amount`` and the side from ``is_ask``. Ids beyond 53 bits come as text.
    """

    order_id: str
    client_order_index: int
    market_index: int
    initial_base_amount: Unsigned
    price: Unsigned
    filled_base_amount: Unsigned
    filled_quote_amount: Unsigned
    is_ask: bool
    type: str
    status: str
    reduce_only: bool
    timestamp: int = 0
    created_at: int = 0
    updated_at: int = 0
    transaction_time: int = 0

    def info(self) -> OrderInfo:
        """Return what it says."""
        filled = Decimal(self.filled_base_amount)
        kind = TYPE_OF.get(self.type)
        if kind is None:
            raise MalformedPayload(f"order type {self.type!r} is not known")
        at = self.transaction_time or self.updated_at or self.timestamp
        created = self.created_at or self.timestamp
        market = not kind.priced
        return OrderInfo(
            order_id=VenueOrderId(self.order_id),
            client_order_id=our_id(self.client_order_index),
            contract_id=ContractId(str(self.market_index)),
            side=Side.SELL if self.is_ask else Side.BUY,
            size=Decimal(self.initial_base_amount),
            price=None if market else Decimal(self.price),
            status=status_of(self.status, filled),
            filled_size=filled,
            average_price=Decimal(self.filled_quote_amount) / filled if filled else None,
            order_type=kind,
            reduce_only=self.reduce_only,
            reason=reason_of(self.status),
            created_ns=instant_ns(created) if created else None,
            updated_ns=instant_ns(at) if at else None,
        )


class Trade(msgspec.Struct):
    """A trade: of the market, or of ours where one of its accounts is ours."""

    trade_id: int
    market_id: int
    size: Positive
    price: Positive
    ask_id: int
    bid_id: int
    ask_account_id: int
    bid_account_id: int
    is_maker_ask: bool
    timestamp: int
    usd_amount: Unsigned
    ask_client_id: int = 0
    bid_client_id: int = 0
    taker_fee: int = 0
    maker_fee: int = 0
    type: str = "trade"

    def fill(self, account: int) -> Fill:
        """Return our side of it; fees come in millionths of the notional.

        Raises:
            MalformedPayload: it is not ours.
        """
        if account not in (self.ask_account_id, self.bid_account_id):
            raise MalformedPayload(f"trade {self.trade_id} is of other accounts")
        selling = self.ask_account_id == account
        maker = self.is_maker_ask is selling
        fee = self.maker_fee if maker else self.taker_fee
        return Fill(
            trade_id=TradeId(str(self.trade_id)),
            order_id=VenueOrderId(str(self.ask_id if selling else self.bid_id)),
            client_order_id=our_id(self.ask_client_id if selling else self.bid_client_id),
            contract_id=ContractId(str(self.market_id)),
            side=Side.SELL if selling else Side.BUY,
            price=Decimal(self.price),
            size=Decimal(self.size),
            fee=Decimal(self.usd_amount) * fee * FEE_UNIT,
            fee_asset="USDC",
            liquidity=Liquidity.MAKER if maker else Liquidity.TAKER,
            venue_ns=instant_ns(self.timestamp),
        )


class Position(msgspec.Struct):
    """A position; the size is unsigned, and markets without one have a row too."""

    market_id: int
    symbol: str
    sign: int
    position: Unsigned
    avg_entry_price: Unsigned
    unrealized_pnl: Amount
    initial_margin_fraction: Unsigned
    liquidation_price: str = ""
    total_funding_paid_out: str = ""
    margin_mode: int | None = None

    @property
    def quantity(self) -> Decimal:
        """The signed size."""
        size = Decimal(self.position)
        if size and self.sign not in (1, -1):
            raise MalformedPayload(f"sign {self.sign} of market {self.market_id}")
        return self.sign * size

    @property
    def leverage(self) -> Decimal | None:
        """100 / percent; a value below one was seen as a fraction in streams (unconfirmed).

        None where the fraction is zero: nothing was ever set.
        """
        percent = Decimal(self.initial_margin_fraction)
        return (PERCENT if percent >= 1 else Decimal(1)) / percent if percent else None

    def snapshot(self) -> ExchangePositionSnapshot:
        """Return what it says."""
        paid = self.total_funding_paid_out
        return ExchangePositionSnapshot(
            symbol=normalize_symbol(self.symbol),
            contract_id=ContractId(str(self.market_id)),
            quantity=self.quantity,
            entry_price=Decimal(self.avg_entry_price) or None,
            unrealized_pnl=Decimal(self.unrealized_pnl),
            cumulative_funding=-Decimal(paid) if paid else None,  # it counts what was paid
            leverage=self.leverage,
            liquidation_price=Decimal(self.liquidation_price or 0) or None,
            metadata={"margin_mode": self.margin_mode},
        )


def our_id(index: int) -> ClientOrderId | None:
    """Return a client order id; 0 means none."""
    return ClientOrderId(str(index)) if index else None


def status_of(word: str, filled: Decimal) -> OrderStatus:
    """Return an order's status; whatever a cancel is called, it is an end.

    Raises:
        MalformedPayload: the word is not one of the venue's.
    """
    status = STATUS.get(word) or (OrderStatus.CANCELED if word.startswith(ENDED) else None)
    if status is None:
        raise MalformedPayload(f"order status {word!r} is not known")
    return OrderStatus.PARTIALLY_FILLED if status is OrderStatus.OPEN and filled else status


def reason_of(word: str) -> Reason | None:
    """Return why an order ended; a cancel of a kind that is not known is OTHER."""
    unknown = Reason.OTHER if word.startswith(ENDED) and word not in STATUS else None
    return REASON.get(word, unknown)


class Page(msgspec.Struct, kw_only=True):
    """One page of a history; the list's own page says under which name the rows come."""

    rows: list[msgspec.Raw]
    next_cursor: str | None = None


class _Dated(Protocol):
    @property
    def venue_ns(self) -> int: ...


D = TypeVar("D", bound=_Dated)


def read_back(
    ask: Callable[[str | None], Request],
    page_type: type[Page],
    read: Callable[[list[msgspec.Raw]], list[D | Unreadable]],
    since_ns: int,
) -> Flow[list[D | Unreadable]]:
    """Return the rows of a history, to its last page or, newest first, to the first before since.

    Raises:
        MalformedPayload: the list has no end.
    """
    found: list[D | Unreadable] = []
    cursor: str | None = None
    for _ in range(PAGES_MAX):
        answer = yield ask(cursor)
        page = msgspec.json.decode(answer.body, type=page_type)
        rows = read(page.rows)
        found += rows
        cursor = page.next_cursor or None
        times = [row.venue_ns for row in rows if not isinstance(row, Unreadable)]
        if cursor is None or (times and times[0] > times[-1] and times[-1] < since_ns):
            return found
    raise MalformedPayload(f"a list did not end after {PAGES_MAX} pages")
