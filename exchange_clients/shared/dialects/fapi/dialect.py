"""What differs between the venues that speak the dialect, and how each is asked.

Endpoints are called by one name here, whatever path and version a venue gives them. Parameters are
always the request's ``params``: where they travel, query or body, is the signer's affair.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType

from exchange_clients.base_models import OrderStatus, OrderType, PositionSide, Side, Symbol
from exchange_clients.shared.dialects.fapi.errors import FapiErrors
from exchange_clients.shared.flow import Method, Request
from exchange_clients.shared.symbols import split_multiplier, strip_quote

DEPTHS = (5, 10, 20, 50, 100, 500, 1000)
"""How deep a book may be asked for; the scope ``depth500`` says what that costs."""

SIDE = MappingProxyType({"BUY": Side.BUY, "SELL": Side.SELL})
SIDE_WORD = MappingProxyType({side: word for word, side in SIDE.items()})
STATUS = MappingProxyType(
    {
        "NEW": OrderStatus.OPEN,
        "PARTIALLY_FILLED": OrderStatus.PARTIALLY_FILLED,
        "FILLED": OrderStatus.FILLED,
        "CANCELED": OrderStatus.CANCELED,
        "REJECTED": OrderStatus.REJECTED,
        "EXPIRED": OrderStatus.EXPIRED,
        "EXPIRED_IN_MATCH": OrderStatus.EXPIRED,
        # Orders by which the venue itself closes a position.
        "NEW_INSURANCE": OrderStatus.FILLED,
        "NEW_ADL": OrderStatus.FILLED,
    }
)
ORDER_TYPE = MappingProxyType(
    {
        "LIMIT": OrderType.LIMIT,
        "MARKET": OrderType.MARKET,
        "STOP": OrderType.STOP,
        "STOP_MARKET": OrderType.STOP_MARKET,
        "TAKE_PROFIT": OrderType.TAKE_PROFIT,
        "TAKE_PROFIT_MARKET": OrderType.TAKE_PROFIT_MARKET,
        "TRAILING_STOP_MARKET": OrderType.TRAILING_STOP,
        "LIQUIDATION": OrderType.MARKET,
    }
)
ORDER_TYPE_WORD = MappingProxyType(
    {kind: word for word, kind in ORDER_TYPE.items() if word != "LIQUIDATION"}
)
POSITION_SIDE = MappingProxyType(
    {"BOTH": None, "LONG": PositionSide.LONG, "SHORT": PositionSide.SHORT}
)
"""Of a position; none where the account is in one-way mode."""


@dataclass(frozen=True, slots=True)
class Fapi:
    """One venue that speaks the dialect."""

    name: str
    root: str
    """Where every endpoint lies that ``paths`` does not list: ``"/fapi/v3"``."""
    paths: Mapping[str, str]
    errors: FapiErrors
    quotes: tuple[str, ...]
    """The currencies that contracts are quoted in; those of the first have the plain symbols."""
    thousands: frozenset[str]
    """Tokens traded by the thousand: for spelling without the list of markets, which knows it."""
    maker_fee: Decimal
    taker_fee: Decimal
    """What is assumed until the account's own fees are asked for."""
    max_leverage: Decimal
    """What is assumed of every market: brackets are told to accounts alone."""
    amend_tells_side: bool = False
    """Whether a change in place must repeat the order's side."""
    entries: Mapping[tuple[Method, str], str] = field(default_factory=dict)
    """What an order socket calls the requests that it takes; none where there is no such socket."""

    def ask(self, name: str, params: Mapping[str, object], scope: str = "") -> Request:
        """Return a public question; its scope is its name where none is given."""
        return Request(Method.GET, self.path(name), params, scope=scope or name)

    def ask_privately(
        self,
        name: str,
        params: Mapping[str, object],
        method: Method = Method.GET,
        *,
        urgent: bool = False,
        scope: str = "",
    ) -> Request:
        """Return an account's request that may be repeated."""
        return Request(
            method,
            self.path(name),
            params,
            scope=scope or name,
            private=True,
            urgent=urgent,
            entry=self.entries.get((method, name), ""),
        )

    def path(self, name: str) -> str:
        """Return where an endpoint lies: ``"depth" -> "/fapi/v3/depth"``."""
        return self.paths.get(name) or f"{self.root}/{name}"

    def normalize_symbol(self, contract: str) -> Symbol:
        """Return the plain symbol of a contract: ``"1000PEPEUSDT" -> "PEPE"``."""
        return split_multiplier(strip_quote(contract.upper(), self.quotes))[0]

    def symbol_format(self, symbol: str) -> str:
        """Return the usual contract of a plain symbol: ``"PEPE" -> "1000PEPEUSDT"``."""
        plain = symbol.upper()
        return f"{'1000' if plain in self.thousands else ''}{plain}{self.quotes[0]}"
