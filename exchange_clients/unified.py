"""The unified view: every exchange behind one small interface, in the words of the large ones.

    request = OrderRequest(symbol="BTCUSDT", side="BUY", order_type="LIMIT", quantity="0.5",
                           price="50000", leverage=10)
    async with get_exchange_client(ExchangeConfig(exchange="binance")) as exchange:
        result = await exchange.place_order(request)
        print(f"Order {result.order_id}: {result.status} on {result.exchange}")

It needs pydantic (``pip install 'exchange-clients[unified]'``); the clients underneath do not.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Protocol, runtime_checkable

from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.factory import ExchangeFactory
from exchange_clients.shared.clock import Clock
from exchange_clients.unified_adapter import ClientAdapter
from exchange_clients.unified_models import (
    Balance,
    CancelResult,
    Kline,
    OrderRequest,
    OrderResult,
    OrderSide,
    OrderStatus,
    OrderType,
    Position,
    PositionSide,
    TimeInForce,
)
from exchange_clients.unified_words import ExchangeAPIError, UnsupportedField

__all__ = [
    "AsterAdapter",
    "BackpackAdapter",
    "Balance",
    "BinanceAdapter",
    "BybitAdapter",
    "CancelResult",
    "ClientAdapter",
    "EdgexAdapter",
    "ExchangeAPIError",
    "GrvtAdapter",
    "IExchangeClient",
    "Kline",
    "LighterAdapter",
    "OkxAdapter",
    "OrderRequest",
    "OrderResult",
    "OrderSide",
    "OrderStatus",
    "OrderType",
    "PaperAdapter",
    "ParadexAdapter",
    "Position",
    "PositionSide",
    "TimeInForce",
    "UnsupportedField",
]


@runtime_checkable
class IExchangeClient(Protocol):
    """What is asked of any exchange."""

    async def place_order(self, request: OrderRequest) -> OrderResult:
        """Place an order with all that it says."""

    async def cancel_order(self, symbol: str, order_id: str) -> CancelResult:
        """Cancel an order by either id."""

    async def get_open_positions(self, symbol: str | None = None) -> list[Position]:
        """Return open positions, of one market or of all; never one of zero."""

    async def get_balances(self, asset: str | None = None) -> list[Balance]:
        """Return what the account holds; never a balance of zero."""

    async def get_klines(
        self,
        symbol: str,
        interval: str,
        limit: int = 500,
        start_time: datetime | None = None,
        end_time: datetime | None = None,
    ) -> list[Kline]:
        """Return candles that begin in [start, end), oldest first."""

    async def get_order_status(self, symbol: str, order_id: str) -> OrderResult:
        """Return an order by either id as it is now."""

    async def set_leverage(self, symbol: str, leverage: int) -> bool:
        """Set the leverage of a market and tell whether the exchange shows it."""

    async def close_position(self, symbol: str) -> list[OrderResult]:
        """Close a position at the market's price; one order for each side that is held."""

    def get_exchange_name(self) -> str:
        """Return the exchange's name as users type it."""


class ExchangeAdapter(ClientAdapter):
    """An adapter that makes its own client, where none is given; an exchange's says which.

    The classes below are spelt out, alike as they are: users import them by name, and editors and
    type checkers know no other way to tell them.

    Args:
        client: The library's client.
        dry_run: Check everything and send nothing that changes anything.
        clock: Time; the machine's by default.
        settings: What the client is made of: credentials, ``environment``, ``journal``.
    """

    EXCHANGE: ClassVar[str]

    # Any: settings of several types, each checked by the client that takes them.
    def __init__(
        self,
        client: BaseExchangeClient | None = None,
        *,
        dry_run: bool = False,
        clock: Clock | None = None,
        **settings: Any,
    ) -> None:
        made = client or ExchangeFactory.create_exchange(self.EXCHANGE, settings)
        super().__init__(made, dry_run=dry_run, clock=clock)


class AsterAdapter(ExchangeAdapter):
    """Aster."""

    EXCHANGE = "aster"


class BackpackAdapter(ExchangeAdapter):
    """Backpack."""

    EXCHANGE = "backpack"


class BinanceAdapter(ExchangeAdapter):
    """Binance."""

    EXCHANGE = "binance"


class BybitAdapter(ExchangeAdapter):
    """Bybit."""

    EXCHANGE = "bybit"


class EdgexAdapter(ExchangeAdapter):
    """edgeX."""

    EXCHANGE = "edgex"


class GrvtAdapter(ExchangeAdapter):
    """GRVT."""

    EXCHANGE = "grvt"


class LighterAdapter(ExchangeAdapter):
    """Lighter."""

    EXCHANGE = "lighter"


class OkxAdapter(ExchangeAdapter):
    """OKX."""

    EXCHANGE = "okx"


class PaperAdapter(ExchangeAdapter):
    """The embedded paper venue."""

    EXCHANGE = "paper"


class ParadexAdapter(ExchangeAdapter):
    """Paradex."""

    EXCHANGE = "paradex"
