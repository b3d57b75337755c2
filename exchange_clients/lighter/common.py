"""Lighter's hosts, names and words. Markets are integers, and so are prices and sizes."""

from __future__ import annotations

import re
from decimal import Decimal
from string import digits
from types import MappingProxyType

from exchange_clients.base_models import ClientIdSpace, OrderStatus, Reason, Symbol
from exchange_clients.shared.credentials import CredentialField
from exchange_clients.shared.limits import Bucket, BucketScope, RateLimits
from exchange_clients.shared.symbols import split_multiplier
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

# What a premium account has; a standard one is refused earlier and waits as the refusal says.
LIMITS = RateLimits(
    buckets=(
        Bucket("weight", 24_000, 60.0, BucketScope.ACCOUNT),
        Bucket("transactions", 4_000, 60.0, BucketScope.ACCOUNT),
        Bucket("leverage", 40, 60.0, BucketScope.ACCOUNT, reserve=0),
    ),
    costs={
        "": {"weight": 300},
        "trades": {"weight": 600},
        "history": {"weight": 100},
        "nonce": {"weight": 6},
        "order": {"weight": 6, "transactions": 1},
        "leverage": {"weight": 6, "leverage": 1},
    },
)

# Multiplier markets are listed by the thousand; only these names lose the number.
THOUSANDS = ("PEPE", "SHIB", "BONK", "FLOKI", "TOSHI")
PERCENT = Decimal(100)
HOUR_NS = 3_600 * 10**9


def normalize_symbol(dex_symbol: str) -> Symbol:
    """Return the plain symbol: ``"1000PEPE" -> "PEPE"``, ``"ETH/USDC" -> "ETH"``."""
    return split_multiplier(dex_symbol.partition("/")[0])[0]


def get_lighter_symbol_format(symbol: str) -> str:
    """Return Lighter's name of a plain symbol: ``"PEPE" -> "1000PEPE"``; markets have numbers."""
    return f"1000{symbol}" if symbol in THOUSANDS else symbol


STATUS = MappingProxyType(
    {
        "in-progress": OrderStatus.PENDING,
        "pending": OrderStatus.PENDING,
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
