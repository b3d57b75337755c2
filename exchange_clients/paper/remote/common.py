"""Addresses, spellings and limits of the served paper venue, as tables."""

from __future__ import annotations

import string
from types import MappingProxyType

from exchange_clients.base_models import ClientIdSpace, Symbol
from exchange_clients.paper.common import VENUE, get_paper_symbol_format
from exchange_clients.paper.common import normalize_symbol as plain_name
from exchange_clients.shared.credentials import CredentialField
from exchange_clients.shared.limits import Bucket, BucketScope, RateLimits
from exchange_clients.shared.symbols import split_multiplier
from exchange_clients.shared.venue import Environment

NAME = VENUE
_URLS = MappingProxyType({"rest": "https://rest.paper.invalid", "ws": "wss://ws.paper.invalid"})
"""Nobody is there: it is served wherever the variables say."""
ENVIRONMENTS = MappingProxyType({"prod": Environment("prod", _URLS, {})})
CREDENTIALS = (
    CredentialField("api_key", "PAPER_API_KEY", secret=False),
    CredentialField("api_secret", "PAPER_API_SECRET"),
)
ID_SPACE = ClientIdSpace(length=36, alphabet=string.digits + string.ascii_lowercase)
LIMITS = RateLimits(
    (Bucket("requests", 1000, 10, BucketScope.KEY),), MappingProxyType({"": {"requests": 1}})
)
SIGNED_FOR_S = 10.0
"""A placement is refused where its timestamp is 5 s off, either way; then it will never arrive."""

_THOUSANDS = frozenset({"PEPE"})
"""Tokens traded by the thousand: for spelling without a table of markets, which knows better."""


def normalize_symbol(contract: str) -> Symbol:
    """Return the plain symbol of a contract: ``"1000PEPE-PERP" -> "PEPE"``."""
    return split_multiplier(plain_name(contract))[0]


def symbol_format(symbol: str) -> str:
    """Return the usual name of a symbol's contract: ``"PEPE" -> "1000PEPE-PERP"``."""
    base = normalize_symbol(symbol)
    return get_paper_symbol_format(f"1000{base}" if base in _THOUSANDS else base)
