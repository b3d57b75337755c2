"""OKX's hosts, names and words. Sizes on the wire are contracts; ours are base units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from string import ascii_lowercase, digits
from types import MappingProxyType

from exchange_clients.base_models import (
    ClientIdSpace,
    ContractId,
    OrderStatus,
    PositionSide,
    Reason,
    Side,
    Symbol,
    TimeInForce,
)
from exchange_clients.errors import VenueRejected
from exchange_clients.shared.credentials import CredentialField, key_and_secret
from exchange_clients.shared.decimal_grid import UnitOfSize, unit_of_size
from exchange_clients.shared.flow import Method, Request
from exchange_clients.shared.limits import Bucket, BucketScope, RateLimits, alike
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.venue import Environment

NAME = "okx"
REST, WS_PUBLIC, WS_PRIVATE, WS_BUSINESS = "rest", "ws_public", "ws_private", "ws_business"
SWAP, CROSS, PLAIN_QUOTE = "SWAP", "cross", "USDT"
SIMULATED = "simulated"
"""Constant of an environment: ``"1"`` where the money is not real."""


def _key(family: str) -> Sequence[CredentialField]:
    """Return what a key of one site is; none is known to another's hosts."""
    return (
        *key_and_secret(family),
        CredentialField("passphrase", f"{family}_API_PASSPHRASE"),
    )


FIELDS = _key("OKX")


def _environment(
    name: str, rest: str, sockets: str, simulated: str, fields: Sequence[CredentialField] = ()
) -> Environment:
    urls = {
        f"ws_{path}": f"wss://{sockets}/ws/v5/{path}" for path in ("public", "private", "business")
    }
    return Environment(name, {REST: f"https://{rest}", **urls}, {SIMULATED: simulated}, fields)


_EEA, _US = _key("OKX_EEA"), _key("OKX_US")
ENVIRONMENTS = MappingProxyType(
    {
        # Port 443: the venue refuses 8443, which older documents name.
        "prod": _environment("prod", "openapi.okx.com", "ws.okx.com", "0"),
        "demo": _environment("demo", "openapi.okx.com", "wspap.okx.com", "1"),
        "eea": _environment("eea", "eea.okx.com", "wseea.okx.com", "0", _EEA),
        "eea-demo": _environment("eea-demo", "eea.okx.com", "wseeapap.okx.com", "1", _EEA),
        "us": _environment("us", "us.okx.com", "wsus.okx.com", "0", _US),
        "us-demo": _environment("us-demo", "us.okx.com", "wsuspap.okx.com", "1", _US),
    }
)
ID_SPACE = ClientIdSpace(length=32, alphabet=digits + ascii_lowercase)

_TWO_SECONDS = 2.0
_OF_ACCOUNT = MappingProxyType(
    {"pending": 60, "history": 40, "algo": 20, "account": 10, "setting": 20, "slow": 5, "switch": 2}
)
_OF_INSTRUMENT = MappingProxyType({"create": 60, "cancel": 60, "amend": 60, "order": 60})
_OF_ADDRESS = MappingProxyType({"public": 20, "book": 40, "trades": 100, "slow_public": 10})
LIMITS = RateLimits(
    buckets=(
        *alike(_TWO_SECONDS, _OF_ACCOUNT, BucketScope.ACCOUNT),
        *alike(_TWO_SECONDS, _OF_INSTRUMENT, BucketScope.INSTRUMENT),
        *alike(_TWO_SECONDS, _OF_ADDRESS, BucketScope.IP),
        Bucket("account_orders", 1000, _TWO_SECONDS, BucketScope.ACCOUNT),
        Bucket("connect", 3, 1.0, BucketScope.IP),
    ),
    costs=MappingProxyType(
        {
            "": {"public": 1},
            **{
                name: {name: 1} for name in (*_OF_ACCOUNT, *_OF_INSTRUMENT, *_OF_ADDRESS, "connect")
            },
            **{name: {name: 1, "account_orders": 1} for name in ("create", "amend")},
        }
    ),
)
"""The venue counts each path by itself; ours of one bucket are counted together."""

# Words --------------------------------------------------------------------------------------------

SIDE = MappingProxyType({"buy": Side.BUY, "sell": Side.SELL})
SIDE_WORD = MappingProxyType({side: word for word, side in SIDE.items()})
ORDER_WORD = MappingProxyType(
    {
        TimeInForce.GTC: "limit",
        TimeInForce.IOC: "ioc",
        TimeInForce.FOK: "fok",
        TimeInForce.GTX: "post_only",
    }
)
STATUS = MappingProxyType(
    {
        "live": OrderStatus.OPEN,
        "partially_filled": OrderStatus.PARTIALLY_FILLED,
        "filled": OrderStatus.FILLED,
        "canceled": OrderStatus.CANCELED,
        "mmp_canceled": OrderStatus.CANCELED,
    }
)
ALGO_STATUS = MappingProxyType(
    {
        "live": OrderStatus.OPEN,
        "pause": OrderStatus.OPEN,
        # It has set off an order, which tells of itself from then on.
        "effective": OrderStatus.OPEN,
        "partially_effective": OrderStatus.OPEN,
        "order_placed": OrderStatus.OPEN,
        "canceled": OrderStatus.CANCELED,
        "order_failed": OrderStatus.REJECTED,
        "partially_failed": OrderStatus.REJECTED,
    }
)
ENDS = MappingProxyType(
    {
        "31": (OrderStatus.REJECTED, Reason.POST_ONLY_WOULD_CROSS),
        "13": (OrderStatus.EXPIRED, Reason.NOT_FILLED_IN_FULL),
        "14": (OrderStatus.EXPIRED, Reason.NO_LIQUIDITY),
        "15": (OrderStatus.EXPIRED, Reason.NO_LIQUIDITY),
        "27": (OrderStatus.EXPIRED, Reason.NO_LIQUIDITY),
        "33": (OrderStatus.EXPIRED, Reason.NO_LIQUIDITY),
        "1": (OrderStatus.CANCELED, Reason.USER_CANCELED),
        "20": (OrderStatus.CANCELED, Reason.USER_CANCELED),
        "2": (OrderStatus.CANCELED, Reason.REDUCE_ONLY_REJECTED),
        "17": (OrderStatus.CANCELED, Reason.REDUCE_ONLY_REJECTED),
        "22": (OrderStatus.CANCELED, Reason.REDUCE_ONLY_REJECTED),
        "23": (OrderStatus.CANCELED, Reason.REDUCE_ONLY_REJECTED),
        "3": (OrderStatus.CANCELED, Reason.LIQUIDATED),
        "6": (OrderStatus.CANCELED, Reason.LIQUIDATED),
        "9": (OrderStatus.CANCELED, Reason.INSUFFICIENT_MARGIN),
        "7": (OrderStatus.CANCELED, Reason.MARKET_UNAVAILABLE),
        "32": (OrderStatus.CANCELED, Reason.SELF_TRADE),
    }
)
"""What a cancelled order came to, by ``cancelSource``; any other is CANCELED for OTHER."""
POSITION_WORD = MappingProxyType(
    {None: "net", PositionSide.LONG: "long", PositionSide.SHORT: "short"}
)
POSITION_SIDE = MappingProxyType({word: side for side, word in POSITION_WORD.items()})

# Requests -----------------------------------------------------------------------------------------


def ask(
    path: str,
    scope: str,
    *answers: type[VenueRejected],
    private: bool = True,
    instrument: str = "",
    **params: object,
) -> Request:
    """Return a query; parameters that are None are left out."""
    return Request(
        Method.GET,
        f"/api/v5/{path}",
        params,
        service=REST,
        scope=scope,
        instrument=instrument,
        private=private,
        answers=answers,
    )


ENTRIES = MappingProxyType(
    {
        "trade/order": "order",
        "trade/cancel-order": "cancel-order",
        "trade/amend-order": "amend-order",
    }
)
"""What the order socket calls what it takes."""


def tell(
    path: str,
    scope: str,
    body: Mapping[str, object] | list[dict[str, object]],
    *,
    instrument: str = "",
    repeatable: bool = True,
    urgent: bool = False,
) -> Request:
    """Return a request that acts."""
    return Request(
        Method.POST,
        f"/api/v5/{path}",
        body=body,
        service=REST,
        scope=scope,
        instrument=instrument,
        private=True,
        repeatable=repeatable,
        urgent=urgent,
        entry=ENTRIES.get(path, ""),
    )


# Symbols ------------------------------------------------------------------------------------------


def normalize_symbol(dex_symbol: str) -> Symbol:
    """Return the plain symbol: ``"BTC-USDT-SWAP" -> "BTC"``, ``"BTC-USDC-SWAP" -> "BTC-USDC"``.

    No token is listed by the thousand.
    """
    return Symbol(dex_symbol.upper().removesuffix(f"-{SWAP}").removesuffix(f"-{PLAIN_QUOTE}"))


def get_okx_symbol_format(symbol: str) -> str:
    """Return OKX's name of a symbol: ``"BTC" -> "BTC-USDT-SWAP"``; one with a quote keeps it."""
    base, _, quote = symbol.upper().partition("-")
    return f"{base}-{quote or PLAIN_QUOTE}-{SWAP}"


def family_of(contract_id: ContractId) -> str:
    """Return the instrument family: ``"BTC-USDT-SWAP" -> "BTC-USDT"``."""
    return contract_id.removesuffix(f"-{SWAP}")


def contract_size(table: MarketTable, contract_id: ContractId) -> Decimal:
    """Return the base units of one contract."""
    return table.of_contract(contract_id).detail("contract_size", Decimal)


def contract_unit(table: MarketTable, contract_id: ContractId) -> UnitOfSize:
    """Return how sizes of a market become base units."""
    return unit_of_size(
        contract_size(table, contract_id), table.of_contract(contract_id).market.step
    )
