"""Backpack's addresses, spellings and limits, as tables. Every contract is settled in USDC."""

from __future__ import annotations

from types import MappingProxyType

from exchange_clients.base_models import ClientIdSpace, OrderStatus, OrderType, Reason, Side, Symbol
from exchange_clients.shared.credentials import CredentialField
from exchange_clients.shared.limits import Bucket, BucketScope, RateLimits
from exchange_clients.shared.symbols import split_multiplier
from exchange_clients.shared.venue import Environment

NAME = "backpack"
QUOTE = "USDC"
SUFFIX = f"_{QUOTE}_PERP"

_URLS = MappingProxyType(
    {"rest": "https://api.backpack.exchange", "ws": "wss://ws.backpack.exchange"}
)
ENVIRONMENTS = MappingProxyType({"prod": Environment("prod", _URLS, {})})  # there is no testnet

HISTORY = "history"
"""Scope of candles and trades, of which the venue allows few."""
LIMITS = RateLimits(
    (
        Bucket("requests", 2000, 60, BucketScope.ACCOUNT),
        Bucket("history", 30, 60, BucketScope.ACCOUNT),
    ),
    MappingProxyType({"": {"requests": 1}, HISTORY: {"requests": 1, "history": 1}}),
)
ID_SPACE = ClientIdSpace(length=10, alphabet="0123456789", bits=32)

# Words --------------------------------------------------------------------------------------------

SIDE = MappingProxyType({"Bid": Side.BUY, "Ask": Side.SELL})
SIDE_WORD = MappingProxyType({side: word for word, side in SIDE.items()})
STATUS = MappingProxyType(
    {
        "New": OrderStatus.OPEN,
        "PartiallyFilled": OrderStatus.PARTIALLY_FILLED,
        "Filled": OrderStatus.FILLED,
        "Cancelled": OrderStatus.CANCELED,
        "Expired": OrderStatus.EXPIRED,
        # An armed order is accepted and can be cancelled: it is open, though not in the book.
        "TriggerPending": OrderStatus.OPEN,
        "Triggered": OrderStatus.OPEN,
        "TriggerFailed": OrderStatus.REJECTED,
    }
)
ORDER_TYPE = MappingProxyType(
    {
        ("limit", False): OrderType.LIMIT,
        ("market", False): OrderType.MARKET,
        # The venue has one kind of trigger: stops and take-profits read back the same.
        ("limit", True): OrderType.STOP,
        ("market", True): OrderType.STOP_MARKET,
    }
)
"""By the word in lower case (streams write capitals) and whether there is a trigger price."""
EXPIRY_REASON = MappingProxyType(
    {
        word: reason
        for reason, words in (
            (Reason.INSUFFICIENT_MARGIN, "insufficientfunds insufficientmargin negativeequity"),
            (Reason.INVALID_ORDER, "invalidprice invalidquantity priceband priceoutofbounds"),
            (Reason.LIQUIDATED, "liquidation"),
            (Reason.MARKET_UNAVAILABLE, "postonlymode"),
            (Reason.NO_LIQUIDITY, "insufficientliquidity priceimpact slippagetoleranceexceeded"),
            (Reason.NOT_FILLED_IN_FULL, "fillorkill immediateorcancel"),
            (Reason.POST_ONLY_WOULD_CROSS, "postonlytaker"),
            (Reason.REDUCE_ONLY_REJECTED, "reduceonlynotreduced stopwithoutposition"),
            (Reason.SELF_TRADE, "selftradeprevention"),
        )
        for word in words.split()
    }
)


def expiry_reason(word: str | None) -> Reason | None:
    """Return why an order ended: ``"PostOnlyTaker"``; OTHER for a word that is not listed."""
    # REST writes PascalCase, streams perhaps PRICE_BAND (unconfirmed): both read the same.
    return EXPIRY_REASON.get(word.replace("_", "").lower(), Reason.OTHER) if word else None


# Symbols ------------------------------------------------------------------------------------------

_THOUSANDS = frozenset({"BONK", "PEPE", "SHIB"})
"""Tokens traded by the thousand: for spelling without a table of markets, which knows better."""


def normalize_symbol(contract: str) -> Symbol:
    """Return the plain symbol of a contract: ``"kPEPE_USDC_PERP" -> "PEPE"``."""
    return split_multiplier(contract.partition("_")[0])[0]


def get_backpack_symbol_format(symbol: str) -> str:
    """Return the contract of a symbol: ``"PEPE" -> "kPEPE_USDC_PERP"``; letter case matters."""
    base = symbol.partition("_")[0]
    plain, multiplier = split_multiplier(base)
    if multiplier == 1:
        base = f"k{plain}" if plain in _THOUSANDS else plain
    return base + SUFFIX


# Credentials --------------------------------------------------------------------------------------

_BASE64 = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")


def _complain(value: str) -> str | None:
    well_formed = len(value) == 44 and value[-1] == "=" and frozenset(value[:-1]) <= _BASE64
    return None if well_formed else "not 32 bytes in base64"


CREDENTIALS = (
    CredentialField("public_key", "BACKPACK_PUBLIC_KEY", secret=False, complain=_complain),
    CredentialField("secret_key", "BACKPACK_SECRET_KEY", complain=_complain),
)
