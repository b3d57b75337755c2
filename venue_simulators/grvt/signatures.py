"""What GRVT's signatures cover: the digests of orders and of position configurations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from venue_simulators.evm.typed_data import StructType, Value, signed_digest, struct_hash

TIME_IN_FORCE_CODES = {
    "GOOD_TILL_TIME": 1,
    "ALL_OR_NONE": 2,
    "IMMEDIATE_OR_CANCEL": 3,
    "FILL_OR_KILL": 4,
    "RETAIL_PRICE_IMPROVEMENT": 5,
}
MARGIN_TYPE_CODES = {"ISOLATED": 1, "CROSS": 2}
LEVERAGE_SCALE = 1_000_000
"""Of the leverage within a signed position configuration."""

_DOMAIN = StructType("EIP712Domain", "string name,string version,uint256 chainId")
_LEG = StructType(
    "OrderLeg", "uint256 assetID,uint64 contractSize,uint64 limitPrice,bool isBuyingContract"
)
_ORDER_HEAD = (
    "uint64 subAccountID,bool isMarket,uint8 timeInForce,bool postOnly,bool reduceOnly,"
    "OrderLeg[] legs,"
)
_ORDER_TAIL = "uint32 nonce,int64 expiration"
_ORDER = StructType("Order", _ORDER_HEAD + _ORDER_TAIL, (_LEG,))
_ORDER_WITH_FEE = StructType(
    "OrderWithBuilderFee",
    f"{_ORDER_HEAD}address builder,uint32 builderFee,{_ORDER_TAIL}",
    (_LEG,),
)
_POSITION_CONFIG = StructType(
    "SetSubAccountPositionMarginConfig",
    f"uint64 subAccountID,uint256 asset,uint8 marginType,int32 leverage,{_ORDER_TAIL}",
)


@dataclass(frozen=True, slots=True)
class SignedLeg:
    """One leg in the integers that are signed."""

    asset_id: int
    size_units: int
    """Size times ten to the instrument's base decimals."""
    price_units: int
    """Price times 10**9; zero of a market order."""
    buys: bool


@dataclass(frozen=True, slots=True)
class SignedOrder:
    """What of an order is signed, nonce and expiration (epoch ns) aside."""

    sub_account_id: int
    market: bool
    time_in_force: str
    post_only: bool
    reduce_only: bool
    legs: Sequence[SignedLeg]
    builder: str = ""
    """The address that is paid a fee; without one the plain type is signed."""
    builder_fee_units: int = 0
    """Percent times 10**4."""


@dataclass(frozen=True, slots=True)
class Validity:
    """For which chain, once and until when a signature holds."""

    chain_id: int
    nonce: int
    expiration_ns: int


def order_digest(order: SignedOrder, validity: Validity) -> bytes:
    """Return the 32 bytes that the signature of an order covers.

    Raises:
        ValueError: a number does not fit the type it is signed as.
    """
    values: dict[str, Value] = {
        "subAccountID": order.sub_account_id,
        "isMarket": order.market,
        "timeInForce": TIME_IN_FORCE_CODES[order.time_in_force],
        "postOnly": order.post_only,
        "reduceOnly": order.reduce_only,
        "legs": [_leg_values(leg) for leg in order.legs],
    }
    if not order.builder:
        return _digest(_ORDER, values, validity)
    fee: dict[str, Value] = {"builder": order.builder, "builderFee": order.builder_fee_units}
    return _digest(_ORDER_WITH_FEE, values | fee, validity)


def position_config_digest(
    sub_account_id: int, asset_id: int, margin_type: str, leverage_units: int, validity: Validity
) -> bytes:
    """Return the 32 bytes that the signature of ``set_position_config`` covers.

    Raises:
        ValueError: a number does not fit the type it is signed as.
    """
    values: dict[str, Value] = {
        "subAccountID": sub_account_id,
        "asset": asset_id,
        "marginType": MARGIN_TYPE_CODES[margin_type],
        "leverage": leverage_units,
    }
    return _digest(_POSITION_CONFIG, values, validity)


@cache
def domain_separator(chain_id: int) -> bytes:
    """Return the hash of GRVT's signing domain, which names no contract."""
    values: Mapping[str, Value] = {"name": "GRVT Exchange", "version": "0", "chainId": chain_id}
    return struct_hash(_DOMAIN, values)


def _digest(struct: StructType, values: Mapping[str, Value], validity: Validity) -> bytes:
    tail: Mapping[str, Value] = {"nonce": validity.nonce, "expiration": validity.expiration_ns}
    return signed_digest(domain_separator(validity.chain_id), struct, {**values, **tail})


def _leg_values(leg: SignedLeg) -> Mapping[str, Value]:
    return {
        "assetID": leg.asset_id,
        "contractSize": leg.size_units,
        "limitPrice": leg.price_units,
        "isBuyingContract": leg.buys,
    }
