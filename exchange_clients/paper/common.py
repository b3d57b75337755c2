"""How the paper venue spells a market, and how other venues' spellings are read.

The contracts of a recording keep the names they were recorded under.
"""

from __future__ import annotations

import re

from exchange_clients.base_models import Symbol

VENUE = "paper"

_SEPARATED = re.compile(r"[-_/:](PERP|SWAP|USD|USDT|USDC|USD1|FUTURES)\b.*$")
_JOINED = re.compile(r"(?<=.)(USDT|USDC|USD)(PERP)?$")


def normalize_symbol(venue_symbol: str) -> Symbol:
    """Return the plain symbol of a contract's name.

    >>> normalize_symbol("BTC-USD-PERP"), normalize_symbol("ethusdt"), normalize_symbol("BTC")
    ('BTC', 'ETH', 'BTC')
    """
    text = venue_symbol.strip().upper()
    separated = _SEPARATED.sub("", text)
    return Symbol(separated if separated != text else _JOINED.sub("", text))


def get_paper_symbol_format(symbol: str) -> str:
    """Return the paper venue's name of a plain symbol: ``"btc" -> "BTC-PERP"``."""
    return f"{normalize_symbol(symbol)}-PERP"
