"""Aster's addresses, names and limits: what it says otherwise than the dialect's other speakers.

There are two generations of the interface, alike but for paths and signatures: v3 for wallets, and
v1 for API keys that were made before 25 March 2026, when the venue stopped making them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from string import ascii_lowercase, digits
from types import MappingProxyType

from exchange_clients.base_models import ClientIdSpace
from exchange_clients.shared.credentials import CredentialField
from exchange_clients.shared.dialects.fapi.dialect import Fapi
from exchange_clients.shared.dialects.fapi.errors import MEANINGS, FapiErrors
from exchange_clients.shared.ethereum import complain_of_key
from exchange_clients.shared.limits import Bucket, BucketScope, RateLimits
from exchange_clients.shared.venue import Environment

ENVIRONMENTS = MappingProxyType(
    {
        name: Environment(
            name,
            {"rest": f"https://fapi.{domain}", "ws": f"wss://fstream.{domain}"},
            {"chain_id": chain_id},
        )
        for name, domain, chain_id in (
            ("prod", "asterdex.com", "1666"),
            ("testnet", "asterdex-testnet.com", "714"),
        )
    }
)

V3 = Fapi(
    name="aster",
    root="/fapi/v3",
    paths=MappingProxyType(
        {
            "account": "/fapi/v3/accountWithJoinMargin",
            "leverage_now": "/fapi/v3/positionRisk",
            "rights": "/fapi/v3/accountWithJoinMargin",
            # It stands in no document of the venue's, and is the only source of open interest.
            "openInterest": "/fapi/v1/openInterest",
        }
    ),
    errors=FapiErrors(MEANINGS),
    quotes=("USDT", "USD1"),
    thousands=frozenset({"BONK", "CHEEMS", "FLOKI", "LUNC", "PEPE", "SHIB"}),
    maker_fee=Decimal("0.0001"),
    taker_fee=Decimal("0.00035"),
    max_leverage=Decimal(125),
)
V1 = replace(
    V3,
    root="/fapi/v1",
    paths=MappingProxyType(
        {
            "account": "/fapi/v4/account",
            "rights": "/fapi/v4/account",
            "leverage_now": "/fapi/v2/positionRisk",
            "positionRisk": "/fapi/v2/positionRisk",
        }
    ),
)

ID_SPACE = ClientIdSpace(length=36, alphabet=digits + ascii_lowercase)

WEIGHT, MINUTE, TEN_SECONDS = "weight", "orders_1m", "orders_10s"
_USED = MappingProxyType({"x-mbx-used-weight-1m": WEIGHT, "x-mbx-order-count-1m": MINUTE})


def _used(headers: Mapping[str, str]) -> Mapping[str, float]:
    """Return what the venue counts; a refusal may leave it out."""
    return {
        bucket: float(headers[name])
        for name, bucket in _USED.items()
        if headers.get(name, "").isdecimal()
    }


_WEIGHTS = MappingProxyType(
    {
        "cancel": 1, "depth5": 2, "depth10": 2, "depth20": 2, "depth50": 2, "depth100": 5,
        "depth500": 10, "depth1000": 20, "klines": 10, "ticker/24hr/all": 40, "userTrades": 5,
        "openOrders/all": 40, "positionRisk": 5, "leverage_now": 5, "account": 5, "income": 30,
        "commissionRate": 20, "countdownCancelAll": 10,
        "mode": 30, "rights": 5,
    }
)  # fmt: skip
LIMITS = RateLimits(
    buckets=(
        Bucket(WEIGHT, 2400, 60),
        Bucket(MINUTE, 1200, 60, BucketScope.ACCOUNT),
        Bucket(TEN_SECONDS, 300, 10, BucketScope.ACCOUNT),
    ),
    costs=MappingProxyType(
        {
            "": {WEIGHT: 1},
            "place": {WEIGHT: 1, MINUTE: 1, TEN_SECONDS: 1},
            "place_many": {WEIGHT: 5, MINUTE: 5, TEN_SECONDS: 5},
            **{scope: {WEIGHT: weight} for scope, weight in _WEIGHTS.items()},
        }
    ),
    used=_used,
)


# Credentials --------------------------------------------------------------------------------------

_HEX = frozenset("0123456789abcdef")


def _complain_of_address(value: str) -> str | None:
    well_formed = value.startswith("0x") and len(value) == 42 and set(value[2:].lower()) <= _HEX
    return None if well_formed else "must be 0x and 40 hexadecimal digits"


FIELDS = (
    CredentialField(
        "user_address", "ASTER_USER_ADDRESS", secret=False, complain=_complain_of_address
    ),
    CredentialField(
        "signer_address", "ASTER_SIGNER_ADDRESS", secret=False, complain=_complain_of_address
    ),
    CredentialField("signer_private_key", "ASTER_SIGNER_PRIVATE_KEY", complain=complain_of_key),
)
"""A wallet, and an agent of it that signs; both are made on the venue's page of API wallets."""
LEGACY_FIELDS = (
    CredentialField("api_key", "ASTER_API_KEY", secret=False),
    CredentialField("secret_key", "ASTER_SECRET_KEY"),
)
"""What users of v1 have already."""
