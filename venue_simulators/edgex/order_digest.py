"""What the signer's key signs: orders and the choice of a margin mode, as typed data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256

from venue_simulators.evm.signatures import signed_by
from venue_simulators.evm.typed_data import StructType, Value, signed_digest, struct_hash
from venue_simulators.options import SignatureDepth

SIGNATURE_DIGITS = 130
"""65 bytes in hexadecimal: r, s and v (27 or 28); the documents' 128 are the old system's."""

_DOMAIN = StructType(
    "EIP712Domain", "string name,string version,uint256 chainId,address verifyingContract"
)
_BASE = StructType(
    "OrderBase", "uint256 nonce,address signer,uint64 accountId,uint256 expirationTimestamp"
)
_ORDER = StructType(
    "LimitOrderParams",
    "OrderBase base,int256 amountSynthetic,int256 amountCollateral,uint256 amountFee,"
    "uint64 assetIdSynthetic,uint64 assetIdCollateral,bool isBuyingSynthetic,"
    "bytes32 parentOrderHash,uint256 subOrderIndex",
    (_BASE,),
)
_MARGIN = StructType(
    "SetMarginPreferenceParams",
    "uint64 accountId,uint64 assetId,uint8 marginMode,uint256 nonce,address signer",
)


@dataclass(frozen=True, slots=True)
class Domain:
    """For which chain and contract a signature holds."""

    chain_id: int
    contract_address: str


@dataclass(frozen=True, slots=True)
class SignedBy:
    """In whose name, and under which number, something is signed."""

    account_id: int
    signer: str
    nonce: int


@dataclass(frozen=True, slots=True)
class SignedOrder:
    """The integers of an order; amounts in the resolutions of their assets."""

    synthetic: int
    collateral: int
    fee: int
    contract_id: int
    collateral_id: int
    buys: bool
    expires_s: int


def nonce_of(client_order_id: str) -> int:
    """Return the number that belongs to a client's name of an order."""
    return int(sha256(client_order_id.encode()).hexdigest()[:8], 16)


def order_digest(order: SignedOrder, by: SignedBy, domain: Domain) -> bytes:
    """Return the 32 bytes that the signature of an order covers.

    Raises:
        ValueError: a number does not fit the type it is signed as.
    """
    values: Mapping[str, Value] = {
        "base": {
            "nonce": by.nonce,
            "signer": by.signer,
            "accountId": by.account_id,
            "expirationTimestamp": order.expires_s,
        },
        "amountSynthetic": order.synthetic,
        "amountCollateral": order.collateral,
        "amountFee": order.fee,
        "assetIdSynthetic": order.contract_id,
        "assetIdCollateral": order.collateral_id,
        "isBuyingSynthetic": order.buys,
        "parentOrderHash": bytes(32),
        "subOrderIndex": 0,
    }
    return signed_digest(_separator(domain), _ORDER, values)


def margin_digest(contract_id: int, mode: int, by: SignedBy, domain: Domain) -> bytes:
    """Return the 32 bytes that the signature of a margin mode covers.

    Raises:
        ValueError: a number does not fit the type it is signed as.
    """
    values: Mapping[str, Value] = {
        "accountId": by.account_id,
        "assetId": contract_id,
        "marginMode": mode,
        "nonce": by.nonce,
        "signer": by.signer,
    }
    return signed_digest(_separator(domain), _MARGIN, values)


def covers(signature: str, signer: str, digest: bytes, depth: SignatureDepth) -> bool:
    """Say whether a signature in hexadecimal, without 0x, is the signer's over a digest."""
    try:
        raw = bytes.fromhex(signature)
    except ValueError:
        return False
    if len(signature) != SIGNATURE_DIGITS or len(raw) * 2 != SIGNATURE_DIGITS:
        return False
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:64], "big")
    return signed_by(signer, digest, (raw[64], r, s), depth)


@cache
def _separator(domain: Domain) -> bytes:
    values: Mapping[str, Value] = {
        "name": "EdgeX",
        "version": "1",
        "chainId": domain.chain_id,
        "verifyingContract": domain.contract_address,
    }
    return struct_hash(_DOMAIN, values)
