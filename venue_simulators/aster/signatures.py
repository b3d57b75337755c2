"""What is signed on Aster: one text, the parameters as they are sent, within EIP-712's wrapping."""

from __future__ import annotations

from functools import cache

from venue_simulators.evm.signatures import signed_by
from venue_simulators.evm.typed_data import StructType, signed_digest, struct_hash
from venue_simulators.options import SignatureDepth

MAINNET_CHAIN = 1666
SIGNATURE_BYTES = 65
_NO_CONTRACT = "0x" + "00" * 20
_DOMAIN = StructType(
    "EIP712Domain", "string name,string version,uint256 chainId,address verifyingContract"
)
_MESSAGE = StructType("Message", "string msg")


@cache
def domain_separator(chain_id: int) -> bytes:
    """Return the hash of Aster's signing domain on a chain."""
    return struct_hash(
        _DOMAIN,
        {
            "name": "AsterSignTransaction",
            "version": "1",
            "chainId": chain_id,
            "verifyingContract": _NO_CONTRACT,
        },
    )


def message_digest(text: str, chain_id: int) -> bytes:
    """Return the 32 bytes that a signature of ``text`` covers."""
    return signed_digest(domain_separator(chain_id), _MESSAGE, {"msg": text})


def decoded(signature: str) -> bytes | None:
    """Return the 65 bytes of a signature in hexadecimal, None where it is not one."""
    if not signature.startswith("0x"):
        return None
    try:
        raw = bytes.fromhex(signature[2:])
    except ValueError:
        return None
    return raw if len(raw) == SIGNATURE_BYTES else None


def verified(
    depth: SignatureDepth, address: str, text: str, signature: bytes, chain_id: int
) -> bool:
    """Say whether ``signature``, r, s and v, is the address's over exactly ``text``."""
    vrs = (
        signature[64],
        int.from_bytes(signature[:32], "big"),
        int.from_bytes(signature[32:64], "big"),
    )
    return signed_by(address, message_digest(text, chain_id), vrs, depth)
