"""Chance as a function of a name: the same name gives the same draw, on every Python and platform.

A draw is a hash and not the next of a running stream, so that one more draw moves no other.
"""

from __future__ import annotations

from hashlib import blake2b

_BITS = 53
"""As many as a float holds exactly."""
_SCALE = 1 << _BITS


def fraction(*name: object) -> float:
    """Return the uniform number in [0, 1) that belongs to a name.

    >>> fraction(1, "volume", 17) == fraction(1, "volume", 17)
    True
    """
    return fraction_of("/".join(map(str, name)))


def fraction_of(name: str) -> float:
    """Return the number of a name whose parts are joined already, which is half of the work."""
    digest = blake2b(name.encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "little") >> (64 - _BITS)) / _SCALE


def wander(at_ns: int, period_ns: int, *name: object) -> float:
    """Return where a quantity of a name stands between -1 and 1 that moves around zero.

    It has a level at each multiple of the period, and goes straight from one to the next.

    >>> wander(7, 10, "premium") == 0.3 * wander(0, 10, "premium") + 0.7 * wander(10, 10, "premium")
    True
    """
    number, within_ns = divmod(at_ns, period_ns)
    now, then = (2 * fraction(*name, period_ns, each) - 1 for each in (number, number + 1))
    share = within_ns / period_ns
    return (1 - share) * now + share * then


class Dice:
    """The numbers of one name in order, where a draw has no name of its own."""

    def __init__(self, seed: int, name: str) -> None:
        self._seed = seed
        self._name = name
        self._drawn = 0

    def roll(self) -> float:
        """Return the next uniform number in [0, 1)."""
        self._drawn += 1
        return fraction(self._seed, self._name, self._drawn)
