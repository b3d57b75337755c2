"""How the paper venue spells a market, and how other venues' spellings are read.

The contracts of a recording keep the names they were recorded under.
"""

from __future__ import annotations

import re

from exchange_clients.base_models import Symbol

VENUE = "paper"

_QUOTE = re.compile(r"(?<=.)(USDT|USDC|USD)$")


def normalize_symbol(venue_symbol: str) -> Symbol:
    """Return the plain symbol of a contract's name.

    >>> normalize_symbol("BTC-USD-PERP"), normalize_symbol("ethusdt"), normalize_symbol("BTC")
    ('BTC', 'ETH', 'BTC')
    """
    base = re.split(r"[-_/:]", venue_symbol.strip().upper(), maxsplit=1)[0]
    return Symbol(_QUOTE.sub("", base))


def get_paper_symbol_format(symbol: str) -> str:
    """Return the paper venue's name of a plain symbol: ``"btc" -> "BTC-PERP"``."""
    return f"{normalize_symbol(symbol)}-PERP"
