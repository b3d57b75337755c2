"""edgeX's hosts, names and words, of its second system; the first one is closed to trading.

Every number is text on the wire, every instant milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from string import digits
from types import MappingProxyType

from exchange_clients.base_models import (
    ClientIdSpace,
    OrderType,
    Reason,
    Symbol,
    TimeInForce,
)
from exchange_clients.shared.credentials import CredentialField
from exchange_clients.shared.ethereum import complain_of_key
from exchange_clients.shared.flow import Method, Request
from exchange_clients.shared.limits import Bucket, BucketScope, RateLimits
from exchange_clients.shared.symbols import split_multiplier, strip_quote
from exchange_clients.shared.venue import Environment

NAME = "edgex"
REST, WS_PUBLIC, WS_PRIVATE = "rest", "ws_public", "ws_private"
PUBLIC_PATH, PRIVATE_PATH = "/api/v1/public/ws", "/api/v1/private/ws"
"""Of the sockets; they stayed at v1."""

ENVIRONMENTS = MappingProxyType(
    {
        # The testnet's host asks for a login of the venue's staff: nobody else can use it.
        "prod": Environment(
            "prod",
            {
                REST: "https://edgex-prod-v2.edgex.exchange",
                WS_PUBLIC: "wss://edgex-quote-prod-v2.edgex.exchange",
                WS_PRIVATE: "wss://edgex-quote-prod-v2.edgex.exchange",
            },
            {},
        )
    }
)

FIELDS = (
    CredentialField(
        "account_id",
        "EDGEX_ACCOUNT_ID",
        secret=False,
        complain=lambda value: None if value.isdecimal() else "must be a number",
    ),
    CredentialField("api_key", "EDGEX_API_KEY"),
    CredentialField("api_secret", "EDGEX_API_SECRET"),
    CredentialField("api_passphrase", "EDGEX_API_PASSPHRASE"),
    CredentialField("signer_private_key", "EDGEX_SIGNER_PRIVATE_KEY", complain=complain_of_key),
)

# Which characters are allowed is not published; another client trades with these and a hyphen.
ID_SPACE = ClientIdSpace(length=24, alphabet=digits + "abcdefghijklmnopqrstuvwxyz")

PUBLIC, QUERY, ORDER = "public", "query", "order"
_WINDOW_S = 10.0
LIMITS = RateLimits(  # no numbers are published: two calls a second is what others were served
    buckets=(
        Bucket(PUBLIC, 20, _WINDOW_S),
        Bucket(QUERY, 20, _WINDOW_S, BucketScope.ACCOUNT),
        Bucket(ORDER, 20, _WINDOW_S, BucketScope.ACCOUNT),
    ),
    costs={"": {PUBLIC: 1}, QUERY: {QUERY: 1}, ORDER: {ORDER: 1}},
)

# Symbols ------------------------------------------------------------------------------------------

QUOTE = "USDC"
QUOTE_COIN = "1000"
"""The id of USDC in balances."""
_THOUSANDS = frozenset({"PEPE"})
"""Tokens listed by the thousand: for spelling without a table of markets, which knows better."""


def normalize_symbol(dex_symbol: str) -> Symbol:
    """Return the plain symbol: ``"1000PEPEUSDC" -> "PEPE"``."""
    return split_multiplier(strip_quote(dex_symbol, (QUOTE,)))[0]


def get_edgex_symbol_format(symbol: str) -> str:
    """Return edgeX's name of a plain symbol: ``"PEPE" -> "1000PEPEUSDC"``."""
    base = strip_quote(symbol, (QUOTE,))
    plain, _ = split_multiplier(base)
    return f"1000{plain}{QUOTE}" if plain in _THOUSANDS else f"{base.upper()}{QUOTE}"


# Words --------------------------------------------------------------------------------------------

TIME_IN_FORCE = MappingProxyType(
    {
        TimeInForce.GTC: "GOOD_TIL_CANCEL",
        TimeInForce.GTX: "POST_ONLY",
        TimeInForce.IOC: "IMMEDIATE_OR_CANCEL",
        TimeInForce.FOK: "FILL_OR_KILL",
    }
)
MARKET_BOUND = Decimal("0.03")
"""How far from the best price, or from its trigger, an order at market may trade, as a fraction."""
ORDER_TYPE = MappingProxyType(
    {
        "LIMIT": OrderType.LIMIT,
        "MARKET": OrderType.MARKET,
        "STOP_LIMIT": OrderType.STOP,
        "STOP_MARKET": OrderType.STOP_MARKET,
        "TAKE_PROFIT_LIMIT": OrderType.TAKE_PROFIT,
        "TAKE_PROFIT_MARKET": OrderType.TAKE_PROFIT_MARKET,
    }
)
TYPE_WORD = MappingProxyType({kind: word for word, kind in ORDER_TYPE.items()})

COULD_NOT_FILL = "COULD_NOT_FILL"
REASONS = MappingProxyType(
    {
        "USER_CANCELED": Reason.USER_CANCELED,
        "ADMIN_CANCELED": Reason.OTHER,
        "LIQUIDATE_CANCELED": Reason.LIQUIDATED,
        "REDUCE_ONLY_CANCELED": Reason.REDUCE_ONLY_REJECTED,
        "MARGIN_NOT_ENOUGH": Reason.INSUFFICIENT_MARGIN,
        "INTERNAL_FAILED": Reason.OTHER,
        "SYSTEM_LIMIT_EVICTED": Reason.OTHER,
    }
)
"""What a canceled order's ``cancelReason`` means; COULD_NOT_FILL depends on the time in force."""
UNFILLED = MappingProxyType(
    {
        "POST_ONLY": Reason.POST_ONLY_WOULD_CROSS,
        "FILL_OR_KILL": Reason.NOT_FILLED_IN_FULL,
        "IMMEDIATE_OR_CANCEL": Reason.NO_LIQUIDITY,
    }
)
REFUSALS = (
    COULD_NOT_FILL,
    "REDUCE_ONLY_CANCELED",
    "MARGIN_NOT_ENOUGH",
    "INTERNAL_FAILED",
    "SYSTEM_LIMIT_EVICTED",
)
"""How an order that never traded was refused, after it was acknowledged."""
EXPIRED = "EXPIRE_CANCELED"

# Requests -----------------------------------------------------------------------------------------


def public(name: str, **params: object) -> Request:
    """Return a question that anybody may ask: ``"quote/getDepth"``."""
    return Request(Method.GET, f"/api/v2/public/{name}", params, scope=PUBLIC)


def query(name: str, account_id: str, params: Mapping[str, object]) -> Request:
    """Return a question about an account; what is empty is left out."""
    told = {key: value for key, value in params.items() if value not in (None, "")}
    return Request(
        Method.GET,
        f"/api/v2/private/{name}",
        {"accountId": account_id, **told},
        scope=QUERY,
        private=True,
    )


def deed(name: str, account_id: str, *, urgent: bool = False, **body: object) -> Request:
    """Return a change of an account that may be repeated: all but the creation of orders."""
    return Request(
        Method.POST,
        f"/api/v2/private/{name}",
        body={"accountId": account_id, **body},
        scope=ORDER,
        private=True,
        urgent=urgent,
    )
