"""From a symbol as people of many exchanges write it to the contract that it means.

Sizes follow the name: one unit of ``1000PEPEUSDT`` is a thousand tokens. A contract whose unit is
another size than the symbol says is none of its readings, so that no order is a thousand times too
large.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from exchange_clients.base_models import ONE, Market, Symbol
from exchange_clients.shared.symbols import split_multiplier, strip_quote

KINDS = ("PERP", "SWAP")
QUOTES = ("USDT", "USDC", "USD")


def base_of(symbol: str) -> str:
    """Return the base of a symbol: ``"BTC-USDT-SWAP"`` and ``"BTCUSDT"`` have ``"BTC"``."""
    return strip_quote(strip_quote(symbol, KINDS), QUOTES)


def spellings(symbol: str) -> Iterator[str]:
    """Return the names under which an exchange may list a symbol, the likeliest first."""
    base = base_of(symbol)
    plain = [name for name, _ in _readings(base)]
    yield from dict.fromkeys([symbol, base, *plain])


def means(symbol: str, market: Market) -> bool:
    """Whether a symbol names a market, in the market's own unit."""
    base = base_of(symbol)
    if symbol == market.contract_id.upper() and market.multiplier == ONE:
        return True
    return any(
        (market.multiplier == multiplier and market.symbol in (name, base))
        or (market.multiplier == ONE and market.symbol == base)
        for name, multiplier in _readings(base)
    )


def unit_name(market: Market) -> str:
    """Return the name of a market that says the size of its unit: ``"1000PEPE"``, ``"BTC"``."""
    if market.multiplier == ONE or split_multiplier(market.symbol)[1] != ONE:
        return market.symbol
    return f"{market.multiplier.normalize():f}{market.symbol}"


def _readings(base: str) -> Iterator[tuple[Symbol, Decimal]]:
    yield split_multiplier(base)
    # In capitals a thousand looks like a letter of the name: KPEPE is kPEPE, KAVA is none.
    if base.startswith("K"):
        yield split_multiplier(f"k{base[1:]}")
