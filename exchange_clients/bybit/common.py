"""Bybit's hosts, names and words. Every answer is an envelope whose ``retCode`` 0 is a success."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from string import ascii_lowercase, digits
from types import MappingProxyType

from exchange_clients.base_models import (
    ClientIdSpace,
    OrderStatus,
    OrderType,
    PositionSide,
    Reason,
    Side,
    Symbol,
    TimeInForce,
)
from exchange_clients.errors import VenueRejected
from exchange_clients.shared.credentials import CredentialField, key_and_secret
from exchange_clients.shared.encoding import present
from exchange_clients.shared.flow import Method, Request
from exchange_clients.shared.limits import Bucket, BucketScope, RateLimits, alike, told_by_size
from exchange_clients.shared.symbols import split_multiplier, strip_quote
from exchange_clients.shared.venue import Environment

NAME, DEMO = "bybit", "demo"
REST, WS_PUBLIC, WS_PRIVATE, WS_TRADE = "rest", "ws_public", "ws_private", "ws_trade"
CATEGORY = MappingProxyType({"category": "linear"})
SETTLED_IN = ("USDT", "USDC")
"""Perpetuals of either coin are one account's; positions and orders are listed coin by coin."""


FIELDS = key_and_secret("BYBIT")
"""A key of one family is of no use in another's environment."""


def _environment(
    name: str, rest: str, public: str, private: str, fields: Sequence[CredentialField] = ()
) -> Environment:
    return Environment(
        name,
        {
            REST: f"https://{rest}",
            WS_PUBLIC: f"wss://{public}/v5/public/linear",
            WS_PRIVATE: f"wss://{private}/v5/private",
            WS_TRADE: f"wss://{private}/v5/trade",
        },
        {},
        fields,
    )


_MAINNET, _TESTNET = "stream.bybit.com", "stream-testnet.bybit.com"
ENVIRONMENTS = MappingProxyType(
    {
        "prod": _environment("prod", "api.bybit.com", _MAINNET, _MAINNET),
        "testnet": _environment(
            "testnet", "api-testnet.bybit.com", _TESTNET, _TESTNET, key_and_secret("BYBIT_TESTNET")
        ),
        # The market of the mainnet, with money of its own, and without orders over a socket.
        DEMO: _environment(
            DEMO,
            "api-demo.bybit.com",
            _MAINNET,
            "stream-demo.bybit.com",
            key_and_secret("BYBIT_DEMO"),
        ),
    }
)
ID_SPACE = ClientIdSpace(length=36, alphabet=digits + ascii_lowercase)

_SECOND = 1.0
_SCOPES = MappingProxyType(
    {
        "create": 10,
        "cancel": 10,
        "cancel_all": 10,
        "amend": 10,
        "setting": 10,
        "orders": 50,
        "account": 50,
        "log": 25,
        "fees": 5,
    }
)
BATCH_MAX = 10
"""Orders in a batch: a second's budget. The venue reads twenty, and then fails those beyond it."""
_BATCHES = ("create_batch", "cancel_batch")
_BUCKETS = (  # of an account without VIP level
    Bucket("address", 600, 5.0, BucketScope.IP),
    Bucket("connect", 500, 300.0, BucketScope.IP),
    *alike(_SECOND, _SCOPES, BucketScope.ACCOUNT),
    *alike(_SECOND, dict.fromkeys(_BATCHES, BATCH_MAX), BucketScope.ACCOUNT),
)
LIMITS = RateLimits(
    buckets=_BUCKETS,
    costs=MappingProxyType(
        {
            "": {"address": 1},
            "connect": {"connect": 1},
            **{name: {"address": 1, name: 1} for name in _SCOPES},
            **{
                f"{name}/{count}": {"address": 1, name: count}
                for name in _BATCHES
                for count in range(1, BATCH_MAX + 1)
            },
        }
    ),
    used=told_by_size(_BUCKETS, "x-bapi-limit", "x-bapi-limit-status"),
)

# Words --------------------------------------------------------------------------------------------

SIDE = MappingProxyType({"Buy": Side.BUY, "Sell": Side.SELL})
SIDE_WORD = MappingProxyType({side: word for word, side in SIDE.items()})
TIME_IN_FORCE = MappingProxyType(
    {
        TimeInForce.GTC: "GTC",
        TimeInForce.IOC: "IOC",
        TimeInForce.FOK: "FOK",
        TimeInForce.GTX: "PostOnly",
    }
)
STATUS = MappingProxyType(
    {
        "Created": OrderStatus.PENDING,
        "New": OrderStatus.OPEN,
        "Active": OrderStatus.OPEN,
        "Untriggered": OrderStatus.OPEN,
        "Triggered": OrderStatus.OPEN,
        "PartiallyFilled": OrderStatus.PARTIALLY_FILLED,
        "Filled": OrderStatus.FILLED,
        "Cancelled": OrderStatus.CANCELED,
        "PartiallyFilledCanceled": OrderStatus.CANCELED,
        "Deactivated": OrderStatus.CANCELED,
        "Rejected": OrderStatus.REJECTED,
    }
)
ENDS = MappingProxyType(
    {
        "EC_PostOnlyWillTakeLiquidity": (OrderStatus.REJECTED, Reason.POST_ONLY_WOULD_CROSS),
        "EC_NoImmediateQtyToFill": (OrderStatus.EXPIRED, Reason.NO_LIQUIDITY),
        "EC_CancelForNoFullFill": (OrderStatus.EXPIRED, Reason.NOT_FILLED_IN_FULL),
        "EC_ReachMarketPriceLimit": (OrderStatus.EXPIRED, Reason.NO_LIQUIDITY),
    }
)
"""What a cancelled order came to, where its ``rejectReason`` says more than that."""
CANCELED_BY = MappingProxyType(
    {
        "CancelByUser": Reason.USER_CANCELED,
        "CancelByReduceOnly": Reason.REDUCE_ONLY_REJECTED,
        "CancelByPrepareLiq": Reason.LIQUIDATED,
        "CancelAllBeforeLiq": Reason.LIQUIDATED,
        "CancelByPrepareAdl": Reason.LIQUIDATED,
        "CancelAllBeforeAdl": Reason.LIQUIDATED,
        "CancelBySmp": Reason.SELF_TRADE,
        "CancelBySettle": Reason.MARKET_UNAVAILABLE,
    }
)
"""By ``cancelType``; any other word is OTHER."""
TAKE_PROFITS = (OrderType.TAKE_PROFIT, OrderType.TAKE_PROFIT_MARKET)
TRIGGERED_BY = "MarkPrice"
"""What every trigger of ours waits for; the venue's own choice would be the last price."""
RISES, FALLS = 1, 2
"""``triggerDirection``: towards which side the price must go."""
POSITION_INDEX = MappingProxyType({None: 0, PositionSide.LONG: 1, PositionSide.SHORT: 2})
POSITION_SIDE = MappingProxyType({index: side for side, index in POSITION_INDEX.items()})

# Requests -----------------------------------------------------------------------------------------


def ask(
    path: str,
    scope: str,
    *answers: type[VenueRejected],
    private: bool = True,
    **params: object,
) -> Request:
    """Return a query of linear contracts; parameters that are None are left out."""
    return Request(
        Method.GET,
        f"/v5/{path}",
        {**CATEGORY, **params},
        service=REST,
        scope=scope,
        private=private,
        answers=answers,
    )


ENTRIES = MappingProxyType(
    {
        f"order/{verb}": f"order.{verb}"
        for verb in ("create", "amend", "cancel", "create-batch", "cancel-batch")
    }
)
"""What the order socket calls what it takes."""


def tell(
    path: str,
    scope: str,
    body: Mapping[str, object],
    *answers: type[VenueRejected],
    repeatable: bool = True,
    urgent: bool = False,
) -> Request:
    """Return a request that acts; what is None is left out of its body."""
    return Request(
        Method.POST,
        f"/v5/{path}",
        body={**CATEGORY, **present(body)},
        service=REST,
        scope=scope,
        private=True,
        repeatable=repeatable,
        urgent=urgent,
        entry=ENTRIES.get(path, ""),
        answers=answers,
    )


# Symbols ------------------------------------------------------------------------------------------

_THOUSANDS = MappingProxyType(
    {
        **{token: f"1000{token}" for token in ("BONK", "FLOKI", "PEPE", "XEC", "LUNC", "RATS")},
        **{token: f"10000{token}" for token in ("SATS", "LADYS")},
        "SHIB": "SHIB1000",
    }
)
"""Tokens traded by the thousand: for spelling without a table of markets, which knows better."""
_NUMBER_BEHIND = re.compile(r"([A-Z]+)(10{3,})")


def listed_base(base: str) -> str:
    """Return a base with its number before the name: ``"SHIB1000" -> "1000SHIB"``."""
    return _NUMBER_BEHIND.sub(r"\2\1", base)


def normalize_symbol(dex_symbol: str) -> Symbol:
    """Return the plain symbol: ``"1000PEPEUSDT" -> "PEPE"``, ``"BTCPERP" -> "BTC"``."""
    base = strip_quote(dex_symbol.upper(), ("USDT", "PERP", "USDC"))
    return split_multiplier(listed_base(base))[0]


def get_bybit_symbol_format(symbol: str) -> str:
    """Return Bybit's name of a plain symbol: ``"BTC" -> "BTCUSDT"``."""
    plain = symbol.upper()
    return f"{_THOUSANDS.get(plain, plain)}USDT"
