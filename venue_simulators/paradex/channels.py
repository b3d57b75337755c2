"""The names of channels, and what they ask for.

``order_book.ETH-USD-PERP.snapshot@15@100ms@0_1`` is the book of 15 levels, ten times a second, in
steps of 0.1. The ``deltas`` channels take no parameters, whatever older documents say.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from venue_simulators.paradex.terms import MS

INVALID_REQUEST, INVALID_PARAMS = -32600, -32602
BOOK_DEPTH = 15
_SNAPSHOT_RATES: Mapping[str, tuple[int, ...]] = {
    "snapshot": (50, 100),
    "interactive": (100, 200, 400),
}
_RATE = re.compile(r"([0-9]{1,4})ms")
_TICK = re.compile(r"[0-9]{1,6}(_[0-9]{1,8})?")


class Kind(StrEnum):
    """What a channel speaks of, by its first word."""

    BBO = "bbo"
    BOOK = "order_book"
    TRADES = "trades"
    MARKETS = "markets"
    SUMMARY = "markets_summary"
    FUNDING = "funding_data"
    COMPARISON = "funding_rate_comparison"
    ORDERS = "orders"
    FILLS = "fills"
    POSITIONS = "positions"
    ACCOUNT = "account"
    BALANCES = "balance_events"
    PAYMENTS = "funding_payments"
    TRANSACTION = "transaction"
    TRANSFERS = "transfers"
    BUSTS = "tradebusts"
    PROTECTION = "mmp"


_OF_MARKET = (Kind.BBO, Kind.PAYMENTS)
_OF_MARKET_OR_ALL = (Kind.TRADES, Kind.ORDERS, Kind.FILLS)
_BARE_OR_MARKET = (Kind.MARKETS, Kind.SUMMARY, Kind.FUNDING)
_PUBLIC = (
    Kind.BBO,
    Kind.BOOK,
    Kind.TRADES,
    Kind.MARKETS,
    Kind.SUMMARY,
    Kind.FUNDING,
    Kind.COMPARISON,
)


class ChannelRefused(Exception):
    """A channel that cannot be had; ``data`` says why."""

    def __init__(self, code: int, data: str) -> None:
        super().__init__(data)
        self.code = code
        self.data = data


@dataclass(frozen=True, slots=True)
class Topic:
    """A channel that there is."""

    channel: str
    kind: Kind
    market: str = ""
    """Empty for all."""
    deltas: bool = False
    rate_ns: int = 0
    tick: Decimal | None = None

    @property
    def private(self) -> bool:
        """Whether it is about an account."""
        return self.kind not in _PUBLIC


def parse(channel: str, markets: Container[str]) -> Topic:
    """Return the topic of a channel.

    Raises:
        ChannelRefused: there is no such channel.
    """
    word, _, rest = channel.partition(".")
    if word not in list(Kind):
        raise ChannelRefused(INVALID_PARAMS, f"unknown channel: {word}")
    kind = Kind(word)
    if kind is Kind.BOOK:
        return _book(channel, rest, markets)
    if kind is Kind.COMPARISON:
        return Topic(channel, kind, rate_ns=_comparison_rate_ns(rest))
    if kind in _OF_MARKET:
        return Topic(channel, kind, _market(rest, markets))
    if kind in _OF_MARKET_OR_ALL:
        return Topic(channel, kind, "" if rest == "ALL" else _market(rest, markets))
    if kind in _BARE_OR_MARKET:
        everything = not rest or (kind is Kind.SUMMARY and rest == "ALL")
        return Topic(channel, kind, "" if everything else _market(rest, markets))
    if rest:
        raise ChannelRefused(INVALID_PARAMS, f"no parameters expected for {word} topic.")
    return Topic(channel, kind)


def _market(name: str, markets: Container[str]) -> str:
    if name not in markets:
        raise ChannelRefused(INVALID_PARAMS, f"invalid market: {name}")
    return name


def _book(channel: str, rest: str, markets: Container[str]) -> Topic:
    name, _, feed = rest.partition(".")
    market = _market(name, markets)
    style, *params = feed.split("@")
    if style in ("deltas", "interactive_deltas"):
        if params:
            raise ChannelRefused(INVALID_REQUEST, f"no parameters expected for {style} topic.")
        return Topic(channel, Kind.BOOK, market, deltas=True)
    rates = _SNAPSHOT_RATES.get(style)
    if rates is None or len(params) not in (2, 3) or params[0] != str(BOOK_DEPTH):
        raise ChannelRefused(INVALID_PARAMS, f"invalid order_book topic: {feed}")
    tick = _tick(params[2]) if len(params) == 3 else None
    return Topic(channel, Kind.BOOK, market, rate_ns=_rate_ns(params[1], rates), tick=tick)


def _rate_ns(text: str, allowed_ms: tuple[int, ...]) -> int:
    match = _RATE.fullmatch(text)
    if match is None or int(match[1]) not in allowed_ms:
        raise ChannelRefused(INVALID_PARAMS, f"invalid refresh rate: {text}")
    return int(match[1]) * MS


def _tick(text: str) -> Decimal:
    tick = Decimal(text.replace("_", ".")) if _TICK.fullmatch(text) else Decimal(0)
    if not tick:
        raise ChannelRefused(INVALID_PARAMS, f"invalid price tick: {text}")
    return tick


def _comparison_rate_ns(rest: str) -> int:
    everything, _, rate = rest.partition("@")
    if everything != "ALL":
        raise ChannelRefused(INVALID_PARAMS, f"invalid funding_rate_comparison topic: {rest}")
    return _rate_ns(rate, (500, 1000))
