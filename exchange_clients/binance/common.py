"""Binance's addresses, names and limits: what it says otherwise than the dialect's other speakers.

Orders that wait for a trigger are no orders here until it fires: they have an endpoint, a list and
numbers of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from string import ascii_lowercase, digits
from types import MappingProxyType

from exchange_clients.base_models import (
    ClientIdSpace,
    OrderStatus,
    Reason,
)
from exchange_clients.binance.client.utils.errors import BINANCE_MEANINGS, BinanceErrors
from exchange_clients.shared.credentials import CredentialField, complain_of_name
from exchange_clients.shared.dialects.fapi.dialect import Fapi
from exchange_clients.shared.flow import Method
from exchange_clients.shared.limits import Bucket, BucketScope, RateLimits
from exchange_clients.shared.venue import Environment

# Credentials --------------------------------------------------------------------------------------

PEM = "-----BEGIN"
PEM_MAX = 200
"""A private key of Ed25519 has 119 characters, and one of RSA above a thousand."""


def _complain_of_secret(value: str) -> str | None:
    long = value.startswith(PEM) and len(value) > PEM_MAX
    return "is an RSA key: make one of HMAC or Ed25519 on the venue's page" if long else None


def _fields(prefix: str) -> tuple[CredentialField, ...]:
    """Return a key; its secret is that of HMAC, or a private key of Ed25519 in PEM."""
    return (
        CredentialField("api_key", f"{prefix}_API_KEY", secret=False, complain=complain_of_name),
        CredentialField("api_secret", f"{prefix}_API_SECRET", complain=_complain_of_secret),
    )


FIELDS = _fields("BINANCE")

# Addresses ----------------------------------------------------------------------------------------

WS_API = "ws_api"
"""The service of the order socket."""
_TRIAL_STREAMS = "fstream.binancefuture.com"


def _environment(
    name: str, rest: str, streams: str, calls: str, fields: Sequence[CredentialField] = ()
) -> Environment:
    """Return an environment; its streams have a root for each class of traffic."""
    roots = {f"ws_{root}": f"wss://{streams}/{root}" for root in ("public", "market", "private")}
    urls = {"rest": f"https://{rest}", **roots, WS_API: f"wss://{calls}/ws-fapi/v1"}
    return Environment(name, urls, {}, fields)


ENVIRONMENTS = MappingProxyType(
    {
        "prod": _environment(
            "prod", "fapi.binance.com", "fstream.binance.com", "ws-fapi.binance.com"
        ),
        "demo": _environment(
            "demo",
            "demo-fapi.binance.com",
            _TRIAL_STREAMS,
            "testnet.binancefuture.com",
            _fields("BINANCE_DEMO"),
        ),
        "testnet": _environment(
            "testnet",
            "testnet.binancefuture.com",
            _TRIAL_STREAMS,
            "testnet.binancefuture.com",
            _fields("BINANCE_FUTURES_TESTNET"),
        ),
    }
)

# Words --------------------------------------------------------------------------------------------

DIALECT = Fapi(
    name="binance",
    root="/fapi/v1",
    paths=MappingProxyType(
        {
            "account": "/fapi/v3/account",
            "positionRisk": "/fapi/v3/positionRisk",
            "leverage_now": "/fapi/v1/symbolConfig",
            "rights": "/fapi/v1/accountConfig",
        }
    ),
    errors=BinanceErrors(BINANCE_MEANINGS),
    quotes=("USDT", "USDC"),
    thousands=frozenset(
        {"BONK", "CAT", "CHEEMS", "FLOKI", "LUNC", "PEPE", "RATS", "SATS", "SHIB", "WHY", "XEC"}
    ),
    maker_fee=Decimal("0.0002"),
    taker_fee=Decimal("0.0005"),
    max_leverage=Decimal(125),
    amend_tells_side=True,
    entries=MappingProxyType(
        {
            (Method.POST, "order"): "order.place",
            (Method.PUT, "order"): "order.modify",
            (Method.DELETE, "order"): "order.cancel",
            (Method.POST, "algoOrder"): "algoOrder.place",
            (Method.DELETE, "algoOrder"): "algoOrder.cancel",
        }
    ),
)
ID_SPACE = ClientIdSpace(length=36, alphabet=digits + ascii_lowercase)

ALGO = "algo-"
"""How our name of a waiting order begins: the venue counts them apart from orders."""
ALGO_STATUS = MappingProxyType(
    {
        "NEW": OrderStatus.OPEN,
        "TRIGGERING": OrderStatus.OPEN,
        # What became of it then is told by the order that it set off.
        "TRIGGERED": OrderStatus.OPEN,
        "FINISHED": OrderStatus.OPEN,
        "CANCELED": OrderStatus.CANCELED,
        "EXPIRED": OrderStatus.EXPIRED,
        "REJECTED": OrderStatus.REJECTED,
    }
)
EXPIRY_REASON = MappingProxyType(
    {
        "1": Reason.SELF_TRADE,
        "2": Reason.NO_LIQUIDITY,
        "3": Reason.SELF_TRADE,
        "4": Reason.REDUCE_ONLY_REJECTED,
        "5": Reason.LIQUIDATED,
        "7": Reason.MARKET_UNAVAILABLE,
        "9": Reason.NO_LIQUIDITY,
        "10": Reason.NOT_FILLED_IN_FULL,
        "11": Reason.POST_ONLY_WOULD_CROSS,
    }
)
"""Why an order expired, as streams alone tell it."""

# Limits -------------------------------------------------------------------------------------------

WEIGHT, MINUTE, TEN_SECONDS, FUNDING = "weight", "orders_1m", "orders_10s", "funding"
_USED = MappingProxyType(
    {
        "x-mbx-used-weight-1m": WEIGHT,
        "x-mbx-order-count-1m": MINUTE,
        "x-mbx-order-count-10s": TEN_SECONDS,
    }
)


def _used(headers: Mapping[str, str]) -> Mapping[str, float]:
    """Return what the venue counts; an answer tells of the buckets that it took from."""
    return {
        bucket: float(headers[name])
        for name, bucket in _USED.items()
        if headers.get(name, "").isdecimal()
    }


_WEIGHTS = MappingProxyType(
    {
        "depth5": 2, "depth10": 2, "depth20": 2, "depth50": 2, "depth100": 5, "depth500": 10,
        "depth1000": 20, "trades": 5, "klines": 10, "premiumIndex/all": 10, "ticker/24hr/all": 40,
        "openOrders/all": 40, "userTrades": 5, "positionRisk": 5, "leverage_now": 5, "account": 5,
        "income": 30, "commissionRate": 20, "countdownCancelAll": 10, "mode": 30,
        "rights": 5,
    }
)  # fmt: skip
LIMITS = RateLimits(
    buckets=(
        Bucket(WEIGHT, 2400, 60),
        Bucket(MINUTE, 1200, 60, BucketScope.ACCOUNT),
        Bucket(TEN_SECONDS, 300, 10, BucketScope.ACCOUNT),
        Bucket(FUNDING, 500, 300),
        Bucket("connect", 300, 300),
    ),
    costs=MappingProxyType(
        {
            "": {WEIGHT: 1},
            "place": {MINUTE: 1, TEN_SECONDS: 1},
            "place_many": {WEIGHT: 5, MINUTE: 1, TEN_SECONDS: 5},
            "connect": {"connect": 1},
            "fundingInfo": {FUNDING: 1},
            "fundingRate": {FUNDING: 1},
            **{scope: {WEIGHT: weight} for scope, weight in _WEIGHTS.items()},
        }
    ),
    used=_used,
)
