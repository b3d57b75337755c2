"""Lighter's hosts, names and words. Markets are integers, and so are prices and sizes."""

from __future__ import annotations

import re
from decimal import Decimal
from string import digits
from types import MappingProxyType

from exchange_clients.base_models import ClientIdSpace, OrderStatus, Reason, Symbol
from exchange_clients.errors import VenueRejected
from exchange_clients.shared.credentials import CredentialField
from exchange_clients.shared.flow import Method, Request
from exchange_clients.shared.limits import Bucket, BucketScope, RateLimits
from exchange_clients.shared.venue import Environment

NAME = "lighter"
REST, WS = "rest", "ws"
API = "/api/v1"
STREAM_PATH = "/stream"

ENVIRONMENTS = MappingProxyType(
    {
        name: Environment(
            name,
            {REST: f"https://{host}", WS: f"wss://{host}"},
            {"chain_id": chain_id},
        )
        for name, host, chain_id in (
            ("prod", "mainnet.zklighter.elliot.ai", "304"),
            ("testnet", "testnet.zklighter.elliot.ai", "300"),
        )
    }
)


def _number(value: str) -> str | None:
    return None if value.isdigit() else "must be a number"


def _key(value: str) -> str | None:
    well_formed = re.fullmatch(r"(0x)?[0-9a-fA-F]{80}", value)
    return None if well_formed else "must be 80 hexadecimal digits, with or without 0x"


FIELDS = (
    CredentialField("private_key", "API_KEY_PRIVATE_KEY", complain=_key),
    CredentialField("account_index", "LIGHTER_ACCOUNT_INDEX", secret=False, complain=_number),
    CredentialField("api_key_index", "LIGHTER_API_KEY_INDEX", secret=False, complain=_number),
)
ID_SPACE = ClientIdSpace(length=15, alphabet=digits, bits=48)

_MINUTE = 60.0
_PUBLIC = Bucket("public", 60, _MINUTE, BucketScope.IP)
_CONNECTIONS = Bucket("connect", 80, _MINUTE)
"""Of an address; a newer page says 255."""
_SCOPES = ("", "trades", "nonce", "order", "leverage")


def _weighted(weight: int, transactions: int) -> RateLimits:
    """Return the limits of a tier whose requests have weights."""
    return RateLimits(
        buckets=(
            Bucket("weight", weight, _MINUTE, BucketScope.ACCOUNT),
            Bucket("transactions", transactions, _MINUTE, BucketScope.ACCOUNT),
            Bucket("leverage", 40, _MINUTE, BucketScope.ACCOUNT, reserve=0),
            _PUBLIC,
            _CONNECTIONS,
        ),
        costs=MappingProxyType(
            {
                "": {"weight": 300},
                "public": {"public": 1},
                "connect": {"connect": 1},
                "trades": {"weight": 600},
                "nonce": {"weight": 6},
                "order": {"weight": 6, "transactions": 1},
                "leverage": {"weight": 6, "leverage": 1},
            }
        ),
    )


# Queries without a token are counted by address, as strictly as a standard account's (unconfirmed).
LIMITS = _weighted(24_000, 4_000)
_PREMIUM = 1
LIMITS_OF_TYPE = MappingProxyType(
    {_PREMIUM: LIMITS, 2: _weighted(120_000, 8_000), 3: _weighted(240_000, 60)}
)
"""By ``account_type``; more staked tokens allow a premium account more than this."""
STANDARD_LIMITS = RateLimits(
    buckets=(Bucket("requests", 60, _MINUTE, BucketScope.ACCOUNT), _PUBLIC, _CONNECTIONS),
    costs=MappingProxyType(
        {
            "public": {"public": 1},
            "connect": {"connect": 1},
            **{each: {"requests": 1} for each in _SCOPES},
        }
    ),
)
"""Whatever it asks or sends counts as one; a type that is not known is taken for this one."""

# What a live subscription does when its token expires is not documented: a private connection is
# replaced before, whenever in its token's life it was opened. The venue refuses more than 8 hours.
TOKEN_LIFE_S, TOKEN_RENEWAL_S, CONNECTION_LIFE_S = 7 * 3600, 3 * 3600, 3 * 3600
# Listed by the thousand, as far as is known; the list of markets says it of all.
THOUSANDS = ("PEPE", "SHIB", "BONK", "FLOKI", "TOSHI")
PERCENT = Decimal(100)
HOUR_NS = 3_600 * 10**9


def split_symbol(listed: str) -> tuple[Symbol, Decimal]:
    """Return (symbol, tokens in one unit): ``"1000PEPE" -> ("PEPE", 1000)``.

    Only a thousand before a letter is a multiplier; other digits belong to names.
    """
    thousand = re.fullmatch(r"1000(?=[A-Z])(.+)", listed)
    return (Symbol(thousand[1]), Decimal(1000)) if thousand else (Symbol(listed), Decimal(1))


def normalize_symbol(dex_symbol: str) -> Symbol:
    """Return the plain symbol: ``"1000PEPE" -> "PEPE"``, ``"ETH/USDC" -> "ETH"``."""
    return split_symbol(dex_symbol.partition("/")[0].upper())[0]


def ask(name: str, scope: str = "public", **params: object) -> Request:
    """Return a query that anybody may make."""
    return Request(Method.GET, f"{API}/{name}", params, scope=scope)


def ask_own(name: str, *answers: type[VenueRejected], scope: str = "", **params: object) -> Request:
    """Return a query that goes with the account's token, and counts among the account's."""
    return Request(Method.GET, f"{API}/{name}", params, scope=scope, private=True, answers=answers)


def send(transaction: object, scope: str = "order", *, urgent: bool = False) -> Request:
    """Return a transaction to be signed and sent, once."""
    return Request(
        Method.POST,
        f"{API}/sendTx",
        scope=scope,
        private=True,
        intent=transaction,
        repeatable=False,
        urgent=urgent,
    )


def get_lighter_symbol_format(symbol: str) -> str:
    """Return Lighter's name of a plain symbol: ``"PEPE" -> "1000PEPE"``; markets have numbers."""
    return f"1000{symbol}" if symbol in THOUSANDS else symbol


STATUS = MappingProxyType(
    {
        "in-progress": OrderStatus.PENDING,
        # It waits for its trigger: accepted, and it can be cancelled, though it is in no book.
        "pending": OrderStatus.OPEN,
        "open": OrderStatus.OPEN,
        "filled": OrderStatus.FILLED,
        "canceled": OrderStatus.CANCELED,
        "canceled-post-only": OrderStatus.REJECTED,
        "canceled-margin-not-allowed": OrderStatus.REJECTED,
        "canceled-position-not-allowed": OrderStatus.REJECTED,
        "canceled-invalid-balance": OrderStatus.REJECTED,
        "canceled-reduce-only": OrderStatus.CANCELED,
        "canceled-too-much-slippage": OrderStatus.CANCELED,
        "canceled-not-enough-liquidity": OrderStatus.CANCELED,
        "canceled-self-trade": OrderStatus.CANCELED,
        "canceled-oco": OrderStatus.CANCELED,
        "canceled-child": OrderStatus.CANCELED,
        "canceled-liquidation": OrderStatus.CANCELED,
        "canceled-expired": OrderStatus.EXPIRED,
    }
)
REASON = MappingProxyType(
    {
        "canceled": Reason.USER_CANCELED,
        "canceled-post-only": Reason.POST_ONLY_WOULD_CROSS,
        "canceled-margin-not-allowed": Reason.INSUFFICIENT_MARGIN,
        "canceled-invalid-balance": Reason.INSUFFICIENT_MARGIN,
        "canceled-position-not-allowed": Reason.INVALID_ORDER,
        "canceled-reduce-only": Reason.REDUCE_ONLY_REJECTED,
        "canceled-too-much-slippage": Reason.NO_LIQUIDITY,
        "canceled-not-enough-liquidity": Reason.NO_LIQUIDITY,
        "canceled-self-trade": Reason.SELF_TRADE,
        "canceled-liquidation": Reason.LIQUIDATED,
        "canceled-oco": Reason.OTHER,
        "canceled-child": Reason.OTHER,
    }
)
