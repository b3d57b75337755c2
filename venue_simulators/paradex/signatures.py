"""Whether a signature is the Stark key's, over what the request says (SNIP-12, revision 0).

Every message is a Pedersen chain of the prefix, the domain, the account and the struct. A text of
digits or of ``0x`` and digits is the number it spells; any other text is the number of its ASCII
bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha512

import fast_stark_crypto

from venue_simulators.options import SignatureDepth

CURVE_ORDER = 0x0800000000000010FFFFFFFFFFFFFFFFB781126DCAE7B2321E66A241ADC64D2F
R_LIMIT = 1 << 251
"""The curve's signatures keep r below it; the library knows no other numbers."""
TAG_PREFIX = b"simulated signature"
SHORT_TEXT_MAX = 31

_DOMAIN = 0x98D1932052FC5137543DE5ED85B7A88555A4CD1FF5D5BFEDB62ED9B9A1F0DB
_ORDER = 0xA56D5225B97B257C15AE2CB1CC0EA605381A886CD75463DB45FD2EF9FBC255
_MODIFY = 0x201789BB587C17B251FD38DAF43B14807010EA721C2929A8C2FC33BF15C2E2C
_REQUEST = 0x186CDEF6B179923C411C13C11B8A825F12BF34203BDDA0A984DA9D6F2313C2
_CONSTANT = 0xE84BBCB68E0F7C73A9058BA82B6DA9C1FFDC502EFCF034E78B0C003C22ECC9

Felt = int | str


def felt(value: Felt) -> int:
    """Return a value as the number that is hashed.

    Raises:
        ValueError: the text is too long, or not ASCII.
    """
    if isinstance(value, int):
        return value
    if value.isascii() and value.isdigit():
        return int(value)
    if value.startswith("0x"):
        return int(value, 16)
    if len(value) > SHORT_TEXT_MAX or not value.isascii():
        raise ValueError(f"{value!r} does not fit into {SHORT_TEXT_MAX} ASCII bytes")
    return int.from_bytes(value.encode(), "big")


def chain(values: Sequence[Felt]) -> int:
    """Return the Pedersen hash of a sequence: folded from zero, then closed with its length."""
    hashed = 0
    for value in values:
        hashed = fast_stark_crypto.pedersen_hash(hashed, felt(value))
    return fast_stark_crypto.pedersen_hash(hashed, len(values))


def order_hash(chain_id: str, account: int, fields: Sequence[Felt]) -> int:
    """Return what an order's signature covers.

    Args:
        chain_id: The chain's name.
        account: The account's address.
        fields: Timestamp (ms), market, side (1 buys, 2 sells), type, size and price times 10**8.
    """
    return _message_hash(chain_id, account, chain([_ORDER, *fields]))


def modify_hash(chain_id: str, account: int, fields: Sequence[Felt]) -> int:
    """Return what a change's signature covers: the fields of an order, then the order's id."""
    return _message_hash(chain_id, account, chain([_MODIFY, *fields]))


def request_hash(chain_id: str, account: int, timestamp_s: int, expiration_s: int) -> int:
    """Return what the signature of a login covers."""
    fields: list[Felt] = [_REQUEST, "POST", "/v1/auth", "", timestamp_s, expiration_s]
    return _message_hash(chain_id, account, chain(fields))


def onboarding_hash(chain_id: str, account: int) -> int:
    """Return what the signature of an onboarding covers."""
    return _message_hash(chain_id, account, chain([_CONSTANT, "Onboarding"]))


def public_key_of(private_key: int) -> int:
    """Return the x coordinate that is the public key."""
    return fast_stark_crypto.get_public_key(private_key)


def tag(digest: int) -> tuple[int, int]:
    """Return r and s of the stand-in for a signature of a digest."""
    whole = sha512(TAG_PREFIX + digest.to_bytes(32, "big")).digest()
    return int.from_bytes(whole[:32], "big"), int.from_bytes(whole[32:], "big")


def signed_by(
    public_key: int, digest: int, signature: tuple[int, int], depth: SignatureDepth
) -> bool:
    """Say whether r and s over a digest are those of a public key."""
    if depth is SignatureDepth.DIGEST:
        return signature == tag(digest)
    r, s = signature
    # The library ends the thread over numbers that can be no signature.
    if not (0 < r < R_LIMIT and 0 < s < CURVE_ORDER):
        return False
    return fast_stark_crypto.verify(public_key, digest, r, s)


@lru_cache(maxsize=8)
def _domain_hash(chain_id: str) -> int:
    return chain([_DOMAIN, "Paradex", chain_id, 1])


@lru_cache(maxsize=256)
def _prefix(chain_id: str, account: int) -> int:
    hashed = 0
    for value in ("StarkNet Message", _domain_hash(chain_id), account):
        hashed = fast_stark_crypto.pedersen_hash(hashed, felt(value))
    return hashed


def _message_hash(chain_id: str, account: int, struct_hash: int) -> int:
    hashed = fast_stark_crypto.pedersen_hash(_prefix(chain_id, account), struct_hash)
    return fast_stark_crypto.pedersen_hash(hashed, 4)
