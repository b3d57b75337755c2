"""Paradex's hosts, names and words: perpetuals named ``BTC-USD-PERP``, instants in ms or us."""

from __future__ import annotations

from decimal import Decimal
from string import ascii_lowercase, digits
from types import MappingProxyType

from exchange_clients.base_models import (
    ONE,
    ClientIdSpace,
    OrderType,
    Reason,
    Side,
    Symbol,
)
from exchange_clients.errors import ExchangeError
from exchange_clients.shared.credentials import CredentialField
from exchange_clients.shared.flow import Method, Request
from exchange_clients.shared.limits import Bucket, BucketScope, RateLimits, told_by_size
from exchange_clients.shared.starknet import complain_of_felt
from exchange_clients.shared.venue import Environment

NAME = "paradex"
REST, WS, WS_PUBLIC = "rest", "ws", "ws_public"
US = 1_000
"""Nanoseconds in a microsecond, in which binary frames tell time."""

ENVIRONMENTS = MappingProxyType(
    {
        name: Environment(
            name,
            {
                REST: f"https://api.{name}.paradex.trade",
                WS: f"wss://ws.api.{name}.paradex.trade/v1",
                WS_PUBLIC: f"wss://ws-public.api.{name}.paradex.trade/v1",
            },
            {"chain_id": chain_id},
        )
        for name, chain_id in (
            ("prod", "PRIVATE_SN_PARACLEAR_MAINNET"),
            ("testnet", "PRIVATE_SN_POTC_SEPOLIA"),
        )
    }
)


FIELDS = (
    CredentialField("l2_address", "PARADEX_L2_ADDRESS", secret=False, complain=complain_of_felt),
    CredentialField("l2_private_key", "PARADEX_L2_PRIVATE_KEY", complain=complain_of_felt),
)
"""The account, and its own key or that of a subkey of it."""

ID_SPACE = ClientIdSpace(length=20, alphabet=digits + ascii_lowercase)
"""The venue takes 64 characters of any kind; short ones travel faster."""

PRIVATE, ORDER, AUTH = "private", "order", "auth"
_BUCKETS = (
    Bucket("public", 1500, 60.0),
    Bucket("auth", 600, 60.0),
    Bucket("order_second", 800, 1.0, BucketScope.ACCOUNT),
    Bucket("order_minute", 17_250, 60.0, BucketScope.ACCOUNT),
    Bucket("private_second", 120, 1.0, BucketScope.ACCOUNT),
    Bucket("private_minute", 600, 60.0, BucketScope.ACCOUNT),
    Bucket("private_address", 1500, 60.0),
    Bucket("connect_second", 20, 1.0),
    Bucket("connect_minute", 600, 60.0),
)


LIMITS = RateLimits(
    buckets=_BUCKETS,
    costs={
        "": {"public": 1},
        AUTH: {"auth": 1},
        ORDER: {"order_second": 1, "order_minute": 1},
        "connect": {"connect_second": 1, "connect_minute": 1},
        PRIVATE: {"private_second": 1, "private_minute": 1, "private_address": 1},
    },
    used=told_by_size(_BUCKETS, "x-ratelimit-limit", "x-ratelimit-remaining"),
)
"""A batch counts once."""

# Words --------------------------------------------------------------------------------------------

SIDE = MappingProxyType({"BUY": Side.BUY, "SELL": Side.SELL})
SIDE_WORD = MappingProxyType({side: word for word, side in SIDE.items()})
ORDER_TYPE = MappingProxyType(
    {
        "LIMIT": OrderType.LIMIT,
        "MARKET": OrderType.MARKET,
        "STOP_LIMIT": OrderType.STOP,
        "STOP_MARKET": OrderType.STOP_MARKET,
        "TAKE_PROFIT_LIMIT": OrderType.TAKE_PROFIT,
        "TAKE_PROFIT_MARKET": OrderType.TAKE_PROFIT_MARKET,
        "STOP_LOSS_LIMIT": OrderType.STOP,
        "STOP_LOSS_MARKET": OrderType.STOP_MARKET,
    }
)
"""In the order in which binary frames number them."""
REASONS = (
    ("POST_ONLY", Reason.POST_ONLY_WOULD_CROSS, True),
    ("REDUCE_ONLY", Reason.REDUCE_ONLY_REJECTED, True),
    ("LIQUIDAT", Reason.LIQUIDATED, False),
    ("MARGIN", Reason.INSUFFICIENT_MARGIN, True),
    ("POSITION_LIMIT", Reason.INSUFFICIENT_MARGIN, True),
    ("BELOW_MIN", Reason.BELOW_MINIMUM, True),
    ("BAND", Reason.INVALID_ORDER, True),
    ("MMP", Reason.OTHER, True),
    ("USER", Reason.USER_CANCELED, False),
    ("SELF", Reason.SELF_TRADE, False),
    ("STP", Reason.SELF_TRADE, False),
    ("IOC", Reason.NO_LIQUIDITY, False),
    ("LIQUIDITY", Reason.NO_LIQUIDITY, False),
    ("", Reason.OTHER, False),
)
"""What a ``cancel_reason`` means by a part of it, and whether it refuses an order that has not
traded. The venue publishes no list of them (unconfirmed); the first that fits counts."""

# Symbols ------------------------------------------------------------------------------------------

SUFFIX = "-USD-PERP"
_THOUSAND = Decimal(1000)
# A small k stands before tokens listed by the thousand. They are listed, never guessed.
_THOUSANDS = MappingProxyType({f"k{name}": name for name in ("PEPE", "SHIB", "BONK", "FLOKI")})
_LISTED = MappingProxyType({symbol: base for base, symbol in _THOUSANDS.items()})


def symbol_of_base(base: str) -> tuple[Symbol, Decimal]:
    """Return (symbol, tokens in one unit): ``"kPEPE" -> ("PEPE", 1000)``, ``"KAITO"`` as it is."""
    if base in _THOUSANDS:
        return Symbol(_THOUSANDS[base]), _THOUSAND
    return Symbol(base), ONE


def normalize_symbol(dex_symbol: str) -> Symbol:
    """Return the plain symbol: ``"kPEPE-USD-PERP" -> "PEPE"``."""
    return symbol_of_base(dex_symbol.partition("-")[0])[0]


def get_paradex_symbol_format(symbol: str) -> str:
    """Return Paradex's name of a plain symbol: ``"BTC" -> "BTC-USD-PERP"``; letter case counts."""
    plain = symbol if symbol[1:].isupper() else symbol.upper()
    return f"{_LISTED.get(plain, plain)}{SUFFIX}"


# Requests -----------------------------------------------------------------------------------------


def get(
    path: str, *answers: type[ExchangeError], private: bool = False, **params: object
) -> Request:
    """Return a question; ``answers`` are the errors that answer it."""
    scope = PRIVATE if private else ""
    return Request(Method.GET, f"/v1/{path}", params, scope=scope, private=private, answers=answers)
