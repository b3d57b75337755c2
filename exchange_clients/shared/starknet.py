"""Signatures of Stark keys over SNIP-12 messages, revision 0: Pedersen hashes on the Stark curve.

A message is ``chain("StarkNet Message", domain, account, struct)``, a struct ``chain(type, ...)``
of its fields, where ``chain(a, b)`` folds ``h(h(0, a), b)`` and then the count of what it folded.
The domain, the account and the heads of the structs never change: they are folded once.

Words are numbers here: text is its bytes, big-endian, except that digits are the number they spell.
Libraries are imported when they are first needed, since whoever only reads prices has neither.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from string import hexdigits

from exchange_clients.errors import InvalidOrder
from exchange_clients.shared.native_library import installed

LETTERS_MAX = 31
"""Of a text that is hashed as one number."""
FELT_DIGITS_MAX = 64


@dataclass(frozen=True, slots=True)
class StarkCurve:
    """What a library does on the curve."""

    pedersen: Callable[[int, int], int]
    sign: Callable[[int, int], tuple[int, int]]
    """Takes the private key and the hash."""
    public_key: Callable[[int], int]
    slow: bool


def stark_curve() -> StarkCurve:
    """Return the fastest library that is installed.

    Both hash alike. Their signatures differ, for each derives another k, and verify alike.
    """
    if installed("fast_stark_crypto"):
        import fast_stark_crypto as fast  # noqa: PLC0415  # who reads prices signs nothing

        return StarkCurve(fast.pedersen_hash, fast.sign, fast.get_public_key, slow=False)
    from crypto_cpp_py import cpp_bindings as cpp  # noqa: PLC0415  # is seldom the one installed

    return StarkCurve(
        cpp.cpp_hash,
        lambda key, digest: cpp.cpp_sign(digest, key),
        cpp.cpp_get_public_key,
        slow=True,
    )


def felt(text: str) -> int:
    """Return a short text as the number that is hashed: ``"LIMIT"``.

    Raises:
        InvalidOrder: it is longer than can be hashed.
    """
    if len(text) > LETTERS_MAX:
        raise InvalidOrder(f"{text!r} is longer than the {LETTERS_MAX} letters that can be signed")
    return int.from_bytes(text.encode("ascii"), "big")


def complain_of_felt(value: str) -> str | None:
    """Say what is wrong with the form of an address or of a key, without quoting it."""
    number = value.lower().removeprefix("0x")
    well_formed = 0 < len(number) <= FELT_DIGITS_MAX and not set(number) - set(hexdigits)
    return None if well_formed else f"must be 0x and up to {FELT_DIGITS_MAX} hexadecimal digits"


class StarkMessages:
    """Hashes one account's messages under one domain.

    Args:
        pedersen: The hash of two numbers.
        account: Whose messages.
        domain: The hash of the domain's type, then its fields: a name, a chain, a version.
    """

    def __init__(
        self, pedersen: Callable[[int, int], int], account: int, domain: Sequence[int]
    ) -> None:
        self._pedersen = pedersen
        type_hash, *fields = domain
        hashed = self._chain(self.head(type_hash), 1, *fields)
        self._prefix = pedersen(pedersen(self.head(felt("StarkNet Message")), hashed), account)

    def head(self, type_hash: int) -> int:
        """Return how the hash of a struct of that type begins."""
        return self._pedersen(0, type_hash)

    def digest(self, head: int, *fields: int) -> int:
        """Return what is signed of a struct with these fields."""
        struct = self._chain(head, 1, *fields)
        return self._chain(self._prefix, 3, struct)

    def _chain(self, folded: int, count: int, *values: int) -> int:
        """Fold values onto what was folded of ``count`` others, and then the count of them all."""
        for value in values:
            folded = self._pedersen(folded, value)
        return self._pedersen(folded, count + len(values))
