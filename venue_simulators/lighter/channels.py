"""The names of the streams: ``order_book/0`` as it is asked for, ``order_book:0`` as it is told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from venue_simulators.lighter.errors import Code, Refusal

ALL_MARKETS = "all"
_LENGTH_MAX = 80


class Scope(Enum):
    """What the numbers after a channel's name are."""

    NONE = ()
    MARKET = ("market",)
    MARKET_OR_ALL = ("market or all",)
    ACCOUNT = ("account",)
    MARKET_AND_ACCOUNT = ("market", "account")


_SCOPES = {
    "order_book": Scope.MARKET,
    "ticker": Scope.MARKET,
    "market_stats": Scope.MARKET_OR_ALL,
    "trade": Scope.MARKET,
    "height": Scope.NONE,
    "account_all": Scope.ACCOUNT,
    "account_market": Scope.MARKET_AND_ACCOUNT,
    "account_orders": Scope.MARKET_AND_ACCOUNT,
    "account_all_orders": Scope.ACCOUNT,
    "account_all_trades": Scope.ACCOUNT,
    "account_all_positions": Scope.ACCOUNT,
    "account_all_assets": Scope.ACCOUNT,
    "user_stats": Scope.ACCOUNT,
    "account_tx": Scope.ACCOUNT,
    "notification": Scope.ACCOUNT,
}


@dataclass(frozen=True, slots=True)
class Channel:
    """One stream; ``market`` and ``account`` are None where it has none, or tells of all."""

    name: str
    market: int | None = None
    account: int | None = None

    @property
    def label(self) -> str:
        """The stream as frames name it; of ``account_orders`` the account is not said."""
        parts = [self.name]
        if self.market is not None:
            parts.append(str(self.market))
        elif self.name == "market_stats":
            parts.append(ALL_MARKETS)
        if self.account is not None and self.name != "account_orders":
            parts.append(str(self.account))
        return ":".join(parts)

    @property
    def private(self) -> bool:
        """Whether a token is needed."""
        return self.account is not None


def read_channel(text: object) -> Channel:
    """Return the channel of a request.

    Raises:
        Refusal: there is none of that name.
    """
    if not isinstance(text, str) or len(text) > _LENGTH_MAX:
        raise Refusal(Code.INVALID_CHANNEL)
    name, *rest = text.split("/")
    scope = _SCOPES.get(name)
    if scope is None or len(rest) != len(scope.value):
        raise Refusal(Code.INVALID_CHANNEL)
    if scope is Scope.MARKET_OR_ALL and rest == [ALL_MARKETS]:
        return Channel(name)
    if not all(part.isdecimal() and part.isascii() for part in rest):
        raise Refusal(Code.INVALID_CHANNEL)
    numbers = [int(part) for part in rest]
    if scope is Scope.MARKET_AND_ACCOUNT:
        return Channel(name, numbers[0], numbers[1])
    if scope is Scope.ACCOUNT:
        return Channel(name, account=numbers[0])
    return Channel(name, market=numbers[0] if numbers else None)
