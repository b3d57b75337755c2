"""Names for our orders: unique over restarts and within what a venue accepts.

An id is an instance tag followed by a number from the journal's durable counter. The tag keeps two
instances on one account apart; whose an order is, is decided by the journal, never by the tag.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from exchange_clients.base_models import ClientIdSpace, ClientOrderId
from exchange_clients.errors import ClientConfigError, InvalidOrder

NUMBERS_MIN = 1 << 20
"""Fewer ids than this would run out within a year of busy trading."""
BLOCK_LETTERS = 2
"""How many letters at an id's end are spelt before they are needed: all others rarely change."""
TAG_SHARE = 4
"""One quarter of the space's bits or characters carries the tag."""


class ClientOrderIds:
    """The mint of one instance on one venue.

    Args:
        space: What the venue accepts.
        tag: Names the instance, any text; it is hashed into the space.
        next_number: The journal's ``next_order_number``.

    Raises:
        ClientConfigError: the space is too small to stay unique.
    """

    def __init__(self, space: ClientIdSpace, tag: str, next_number: Callable[[], int]) -> None:
        self._next_number = next_number
        self._alphabet = space.alphabet
        digest = int.from_bytes(hashlib.blake2b(tag.encode(), digest_size=8).digest(), "big")
        if space.bits is not None:
            number_bits = space.bits - space.bits // TAG_SHARE
            self._numbers = 1 << number_bits
            self._prefix = digest % (1 << (space.bits - number_bits)) * self._numbers
            self._width = None
        else:
            base = len(space.alphabet)
            tag_length = space.length // TAG_SHARE
            self._width = min(space.length - tag_length, _width_of(base))
            self._numbers = base**self._width
            self._prefix = digest % base**tag_length
            self._tag = self._spell(self._prefix, tag_length)
            self._block = base**BLOCK_LETTERS
            self._blocks = [self._spell(number, BLOCK_LETTERS) for number in range(self._block)]
            self._turn = -1
        if self._numbers < NUMBERS_MIN:
            raise ClientConfigError(
                f"client order id space {space} holds only {self._numbers} numbers beside the "
                f"tag; at least {NUMBERS_MIN} are needed"
            )

    def mint(self) -> ClientOrderId:
        """Return an id that was never minted before."""
        number = self._next_number()
        if number >= self._numbers:
            raise ClientConfigError(
                f"order number {number} does not fit the venue's id space of {self._numbers}; "
                "start with a new journal and another instance tag"
            )
        if self._width is None:
            return ClientOrderId(str(self._prefix + number))
        turn, at = divmod(number, self._block)
        if turn != self._turn:
            self._turn = turn
            self._head = self._tag + self._spell(turn, self._width - BLOCK_LETTERS)
        return ClientOrderId(self._head + self._blocks[at])

    def _spell(self, number: int, width: int) -> str:
        base = len(self._alphabet)
        letters = []
        for _ in range(width):
            number, digit = divmod(number, base)
            letters.append(self._alphabet[digit])
        return "".join(reversed(letters))


def check_client_order_id(name: ClientOrderId, space: ClientIdSpace, venue: str) -> None:
    """Check an id that a user chose.

    Raises:
        InvalidOrder: the venue would not take it.
    """
    if space.bits is not None:
        fits = name.isascii() and name.isdigit() and 0 < int(name) < 1 << space.bits
        allowed = f"a number from 1 below 2**{space.bits}"
    else:
        fits = len(name) <= space.length and not set(name) - set(space.alphabet)
        allowed = f"at most {space.length} characters of {space.alphabet}"
    if not fits:
        raise InvalidOrder(f"client_order_id {name!r} is unsupported on {venue}: use {allowed}")


def _width_of(base: int) -> int:
    """Return how many letters of an alphabet hold 2**40 numbers, more than will ever be used."""
    width = 1
    while base**width < 1 << 40:
        width += 1
    return width
