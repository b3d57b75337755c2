"""GRVT's hosts, names and words. Every call is a POST with a JSON body; instants are ns as text."""

from __future__ import annotations

from decimal import Decimal
from string import digits
from types import MappingProxyType

from exchange_clients.base_models import ClientIdSpace, ContractId, Reason, Symbol
from exchange_clients.shared.credentials import CredentialField
from exchange_clients.shared.ethereum import complain_of_key
from exchange_clients.shared.flow import Method, Request
from exchange_clients.shared.limits import Bucket, BucketScope, RateLimits
from exchange_clients.shared.venue import Environment

NAME = "grvt"
AUTH, TRADES, MARKET_DATA = "auth", "trades", "market_data"
TRADES_WS, MARKET_DATA_WS = "trades_ws", "market_data_ws"

ENVIRONMENTS = MappingProxyType(
    {
        name: Environment(
            name,
            {
                AUTH: f"https://edge.{domain}",
                TRADES: f"https://trades.{domain}",
                MARKET_DATA: f"https://market-data.{domain}",
                TRADES_WS: f"wss://trades.{domain}/ws/full",
                MARKET_DATA_WS: f"wss://market-data.{domain}/ws/full",
            },
            {"chain_id": chain_id},
        )
        for name, domain, chain_id in (
            ("prod", "grvt.io", "325"),
            ("testnet", "testnet.grvt.io", "326"),
        )
    }
)


FIELDS = (
    CredentialField(
        "trading_account_id",
        "GRVT_TRADING_ACCOUNT_ID",
        secret=False,
        complain=lambda value: None if value.isdigit() else "must be a number",
    ),
    CredentialField("private_key", "GRVT_PRIVATE_KEY", complain=complain_of_key),
    CredentialField("api_key", "GRVT_API_KEY"),
)

# GRVT asks API users to name orders in the upper half of 64 bits: ours are counted from its middle.
ID_SPACE = ClientIdSpace(length=19, alphabet=digits, bits=63)
ID_BASE = 1 << 63

_SECOND = 1.0
LIMITS = RateLimits(  # per second, as another client's cost table implies (unconfirmed)
    buckets=(
        Bucket("create", 20, _SECOND, BucketScope.ACCOUNT),
        Bucket("cancel_all", 2, _SECOND, BucketScope.ACCOUNT),
        Bucket("query", 5, _SECOND, BucketScope.ACCOUNT),
        Bucket("account", 5, 2.0, BucketScope.ACCOUNT),
        Bucket("login", 1, _SECOND, BucketScope.ACCOUNT, reserve=0),
        Bucket("prices", 25, _SECOND),
        Bucket("market", 8, _SECOND),
    ),
    costs={
        "": {"query": 1},
        **{
            name: {name: 1}
            for name in ("create", "cancel_all", "query", "account", "login", "prices", "market")
        },
    },
)

# Thousand-token markets carry a K; other bases begin with K as well (KAITO), so they are listed.
_THOUSANDS = MappingProxyType({"KPEPE": "PEPE", "KSHIB": "SHIB", "KBONK": "BONK"})
_LISTED = MappingProxyType({symbol: base for base, symbol in _THOUSANDS.items()})
QUOTE = "USDT"
PERPETUAL = "PERPETUAL"


def symbol_of_base(base: str) -> tuple[Symbol, Decimal]:
    """Return (symbol, tokens in one unit): ``"KPEPE" -> ("PEPE", 1000)``, ``"KAS"`` as it is."""
    if base in _THOUSANDS:
        return Symbol(_THOUSANDS[base]), Decimal(1000)
    return Symbol(base), Decimal(1)


def normalize_symbol(dex_symbol: str) -> Symbol:
    """Return the plain symbol: ``"KPEPE_USDT_Perp" -> "PEPE"``."""
    return symbol_of_base(dex_symbol.partition("_")[0])[0]


def get_grvt_symbol_format(symbol: str) -> str:
    """Return GRVT's name of a plain symbol: ``"BTC" -> "BTC_USDT_Perp"``."""
    plain = symbol.upper()
    return f"{_LISTED.get(plain, plain)}_{QUOTE}_Perp"


def market_filter(contract_id: ContractId) -> dict[str, object]:
    """Return the body fields by which lists are narrowed to one market's base and quote."""
    base, quote, _ = contract_id.split("_")
    return {"kind": [PERPETUAL], "base": [base], "quote": [quote]}


def call(
    service: str,
    name: str,
    body: object,
    scope: str,
    *,
    private: bool = False,
    urgent: bool = False,
) -> Request:
    """Return a request that may be repeated: everything at GRVT but the creation of orders."""
    return Request(
        Method.POST,
        f"/full/v1/{name}",
        body=body,
        service=service,
        scope=scope,
        private=private,
        urgent=urgent,
    )


REASONS = MappingProxyType(
    {
        "FAIL_POST_ONLY": Reason.POST_ONLY_WOULD_CROSS,
        "FAIL_REDUCE_ONLY": Reason.REDUCE_ONLY_REJECTED,
        "REDUCE_ONLY_LIMIT": Reason.REDUCE_ONLY_REJECTED,
        "BELOW_MARGIN": Reason.INSUFFICIENT_MARGIN,
        "BELOW_MARGIN_WITH_PENALTY_DEVIATION": Reason.INSUFFICIENT_MARGIN,
        "INSUFFICIENT_BALANCE": Reason.INSUFFICIENT_MARGIN,
        "EXCEED_MAX_POSITION_SIZE": Reason.INSUFFICIENT_MARGIN,
        "SELF_TRADE_PROTECTION": Reason.SELF_TRADE,
        "SELF_MATCHED_SUBACCOUNT": Reason.SELF_TRADE,
        "OVERLAPPING_CLIENT_ORDER_ID": Reason.DUPLICATE_CLIENT_ORDER_ID,
        "INSTRUMENT_DEACTIVATED": Reason.MARKET_UNAVAILABLE,
        "INSTRUMENT_INVALID": Reason.MARKET_UNAVAILABLE,
        "SYSTEM_FAILOVER": Reason.MARKET_UNAVAILABLE,
        "LIQUIDATION": Reason.LIQUIDATED,
        "FOK_CANCEL": Reason.NOT_FILLED_IN_FULL,
        "IOC_CANCEL": Reason.NO_LIQUIDITY,
        "MARKET_CANCEL": Reason.NO_LIQUIDITY,
        "CLIENT_CANCEL": Reason.USER_CANCELED,
        "CLIENT_BULK_CANCEL": Reason.USER_CANCELED,
        "CLIENT_SESSION_END": Reason.USER_CANCELED,
        "CLIENT_REPLACE": Reason.USER_CANCELED,
        "CLIENT_CANCEL_ON_DISCONNECT_TRIGGERED": Reason.USER_CANCELED,
        "UNAUTHORISED": Reason.AUTHENTICATION_FAILED,
        "SESSION_KEY_EXPIRED": Reason.AUTHENTICATION_FAILED,
        "EXCEED_MAX_SIGNATURE_EXPIRATION": Reason.INVALID_ORDER,
        "MARKET_ORDER_WITH_LIMIT_PRICE": Reason.INVALID_ORDER,
    }
)
"""What an order's ``reject_reason`` means; UNSPECIFIED is none, any other word is OTHER."""
