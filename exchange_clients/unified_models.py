"""The values of the unified view: what is asked of an exchange, and what it came to.

All are frozen and checked when they are made. Money is ``Decimal``; a number that is given in
another form is read as it is written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    model_validator,
)

from exchange_clients.base_client import BaseExchangeClient

LEVERAGE_MAX = 125


class OrderSide(StrEnum):
    """Which way an order trades; of a position BUY is long."""

    BUY = "BUY"
    SELL = "SELL"


class OrderType(StrEnum):
    """STOP and TAKE_PROFIT become a limit order once triggered, the others a market order."""

    MARKET = "MARKET"
    LIMIT = "LIMIT"
    STOP = "STOP"
    STOP_MARKET = "STOP_MARKET"
    TAKE_PROFIT = "TAKE_PROFIT"
    TAKE_PROFIT_MARKET = "TAKE_PROFIT_MARKET"
    TRAILING_STOP = "TRAILING_STOP"


class OrderStatus(StrEnum):
    """The life of an order; PENDING is on its way, or not known yet."""

    PENDING = "PENDING"
    OPEN = "OPEN"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"


class TimeInForce(StrEnum):
    """How long an order may rest; GTX is post-only."""

    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"
    GTX = "GTX"


class PositionSide(StrEnum):
    """Which position of a market: BOTH in one-way mode, else one of two."""

    BOTH = "BOTH"
    LONG = "LONG"
    SHORT = "SHORT"


SymbolName = Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, min_length=1)]
Positive = Annotated[Decimal, Field(gt=0, allow_inf_nan=False)]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def trusted(cls, fields: dict[str, Any]) -> Self:  # as many types as there are fields
        """Return a value of fields that are right already, every one of them given.

        It is what ``model_construct`` does, without its loops over defaults and aliases: a fifth
        of its time, which each order takes.
        """
        made = cls.__new__(cls)
        assign = object.__setattr__
        assign(made, "__dict__", fields)
        assign(made, "__pydantic_fields_set__", set(fields))
        assign(made, "__pydantic_extra__", None)
        assign(made, "__pydantic_private__", None)
        return made


_NEEDS: dict[OrderType, tuple[str, ...]] = {
    OrderType.LIMIT: ("price",),
    OrderType.STOP: ("price", "stop_price"),
    OrderType.STOP_MARKET: ("stop_price",),
    OrderType.TAKE_PROFIT: ("price", "stop_price"),
    OrderType.TAKE_PROFIT_MARKET: ("stop_price",),
    OrderType.TRAILING_STOP: ("trailing_stop_pct",),
}


class OrderRequest(_Value):
    """An order as wanted. Whatever is set reaches the exchange, or is refused by name."""

    symbol: SymbolName
    """``"BTCUSDT"``, ``"BTC"``, or as the exchange spells it; upper-cased."""
    side: OrderSide
    order_type: OrderType
    quantity: Positive
    """Base units, of the size that the symbol names: one of 1000PEPEUSDT is 1000 PEPE."""
    price: Positive | None = None
    stop_price: Positive | None = None
    """What sets a conditional order off; from where a trailing stop begins to trail."""
    time_in_force: TimeInForce | None = None
    reduce_only: bool = False
    position_side: PositionSide | None = None
    client_order_id: Annotated[str, StringConstraints(min_length=1)] | None = None
    leverage: Annotated[int, Field(ge=1, le=LEVERAGE_MAX)] | None = None
    """Set before the order is placed."""
    take_profit_price: Positive | None = None
    stop_loss_price: Positive | None = None
    """Exits that come with the order."""
    trailing_stop_pct: Annotated[Decimal, Field(gt=0, lt=100)] | None = None
    """Callback of a trailing stop: 1 is 1 %."""

    @model_validator(mode="after")
    def _has_what_its_type_needs(self) -> OrderRequest:
        for name in _NEEDS.get(self.order_type, ()):
            if getattr(self, name) is None:
                raise ValueError(f"{name} is missing: a {self.order_type} order needs one")
        return self


class OrderResult(_Value):
    """An order as the exchange has it.

    ``outcome_known`` False means that the answer was lost: ask ``get_order_status``, and do not
    place it again.
    """

    order_id: str
    """Empty while the exchange has not named it."""
    client_order_id: str | None
    symbol: str
    side: OrderSide
    order_type: OrderType
    quantity: Decimal
    filled_quantity: Decimal
    price: Decimal | None
    average_price: Decimal | None
    status: OrderStatus
    timestamp: datetime
    exchange: str
    reason: str | None = None
    """Why it was refused or ended: ``"insufficient_margin"``."""
    error_message: str | None = None
    outcome_known: bool = True
    raw_response: Any = None  # what the client underneath has said, in its own words


class CancelResult(_Value):
    """What a cancel came to, with what had been filled before it."""

    order_id: str
    symbol: str
    success: bool
    status: OrderStatus
    filled_quantity: Decimal
    exchange: str
    reason: str | None = None
    error_message: str | None = None
    outcome_known: bool = True


class Position(_Value):
    """One open position; what the exchange does not tell is None."""

    symbol: str
    side: OrderSide
    quantity: Positive
    entry_price: Decimal | None
    mark_price: Decimal | None
    liquidation_price: Decimal | None
    unrealized_pnl: Decimal | None
    realized_pnl: Decimal | None
    leverage: Decimal | None
    margin: Decimal | None
    take_profit: Decimal | None
    stop_loss: Decimal | None
    exchange: str
    position_side: PositionSide

    @property
    def signed_quantity(self) -> Decimal:
        """The quantity, below zero for a short."""
        return self.quantity if self.side is OrderSide.BUY else -self.quantity


class Balance(_Value):
    """What an account holds of an asset; accounts are told in USD."""

    asset: str
    total: Decimal
    """With unrealised profit."""
    available: Decimal
    """For new orders."""
    exchange: str


class ExchangeType(StrEnum):
    """The exchanges there are, as users type them; any letter case is read."""

    BINANCE = "binance"
    BYBIT = "bybit"
    OKX = "okx"
    ASTER = "aster"
    BACKPACK = "backpack"
    EDGEX = "edgex"
    GRVT = "grvt"
    LIGHTER = "lighter"
    PARADEX = "paradex"
    PAPER = "paper"


class ExchangeConfig(BaseModel):
    """Which exchange, as whom and where. What is not given is read from the environment."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    exchange: Annotated[ExchangeType, BeforeValidator(lambda word: str(word).strip().lower())]
    api_key: SecretStr | None = None
    api_secret: SecretStr | None = None
    passphrase: SecretStr | None = None
    credentials: Mapping[str, SecretStr] = Field(default_factory=dict)
    """What an exchange asks for by other names: ``{"private_key": "0x..."}``."""
    testnet: bool = False
    settings: Mapping[str, Any] = Field(default_factory=dict)  # each checked by the client
    """Of the client: ``environment``, ``journal``."""
    client: BaseExchangeClient | None = None
    """A client that is there already; nothing else is needed then."""
    wrapper: Callable[[BaseExchangeClient], Any] | None = None  # whatever IExchangeClient it makes
    """Makes the unified client out of the library's; the exchange's adapter by default."""
    dry_run: bool = False
    """Check everything and send nothing that changes anything."""


class Kline(_Value):
    """One candle; the volume is in base units."""

    symbol: str
    interval: str
    open_time: datetime
    close_time: datetime
    """When the next one begins."""
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    exchange: str
