"""The elliptic curve of Lighter's keys: ECgFp5, over the degree-five extension of Goldilocks.

Field elements are five integers, lowest power first, modulo z^5 - 3. Points are (X, Z, U, T); the
encoding is T/U, which is unlike for unlike points. One complete formula adds and doubles.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TypeAlias

from venue_simulators.lighter.poseidon import PRIME

Element: TypeAlias = tuple[int, int, int, int, int]
Point: TypeAlias = tuple[Element, Element, Element, Element]

ORDER = 0x7FFFFFFD800000077FFFFFF1000000167FFFFFE6CFB80639E8885C39D724A09CE80FD996948BFFE1
ZERO: Element = (0, 0, 0, 0, 0)
ONE: Element = (1, 0, 0, 0, 0)
NEUTRAL: Point = (ZERO, ONE, ZERO, ONE)
GENERATOR: Point = (
    (
        12883135586176881569,
        4356519642755055268,
        5248930565894896907,
        2165973894480315022,
        2448410071095648785,
    ),
    ONE,
    ONE,
    (4, 0, 0, 0, 0),
)

_B = 263
"""The curve's constant is 263 z."""
_ROOT = pow(3, (PRIME - 1) // 5, PRIME)
"""What raising z to the power of the prime multiplies it by."""
_WINDOW_BITS = 4
_WINDOWS = 80
_TABLES_MAX = 64
"""Points whose multiples are remembered: the generator and the registered keys."""


class NotOnCurve(Exception):
    """Bytes that are said to be a point are none."""


# The field ----------------------------------------------------------------------------------------


def add_elements(a: Element, b: Element) -> Element:
    """Return a + b, not reduced: the next product does it."""
    return (a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3], a[4] + b[4])


def subtract(a: Element, b: Element) -> Element:
    """Return a - b, not reduced; members may be negative."""
    return (a[0] - b[0], a[1] - b[1], a[2] - b[2], a[3] - b[3], a[4] - b[4])


def multiply(a: Element, b: Element) -> Element:
    """Return a * b, reduced."""
    a0, a1, a2, a3, a4 = a
    b0, b1, b2, b3, b4 = b
    return (
        (a0 * b0 + 3 * (a1 * b4 + a2 * b3 + a3 * b2 + a4 * b1)) % PRIME,
        (a0 * b1 + a1 * b0 + 3 * (a2 * b4 + a3 * b3 + a4 * b2)) % PRIME,
        (a0 * b2 + a1 * b1 + a2 * b0 + 3 * (a3 * b4 + a4 * b3)) % PRIME,
        (a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0 + 3 * a4 * b4) % PRIME,
        (a0 * b4 + a1 * b3 + a2 * b2 + a3 * b1 + a4 * b0) % PRIME,
    )


def scale(a: Element, factor: int) -> Element:
    """Return a times a number, reduced."""
    return (
        a[0] * factor % PRIME,
        a[1] * factor % PRIME,
        a[2] * factor % PRIME,
        a[3] * factor % PRIME,
        a[4] * factor % PRIME,
    )


def by_b(a: Element) -> Element:
    """Return a times the curve's constant, not reduced."""
    return (789 * a[4], _B * a[0], _B * a[1], _B * a[2], _B * a[3])


def power(a: Element, exponent: int) -> Element:
    """Return a raised to a non-negative exponent."""
    result = ONE
    for bit in bin(exponent)[2:]:
        result = multiply(result, result)
        if bit == "1":
            result = multiply(result, a)
    return result


def frobenius(a: Element, times: int) -> Element:
    """Return a raised to the ``times``-th power of the prime: a permutation that is cheap."""
    root = pow(_ROOT, times, PRIME)
    factor, result = 1, []
    for member in a:
        result.append(member * factor % PRIME)
        factor = factor * root % PRIME
    return (result[0], result[1], result[2], result[3], result[4])


def invert(a: Element) -> Element:
    """Return 1 / a, and zero for zero: by the norm, which is a plain number."""
    others = _conjugates(a)
    norm = multiply(a, others)[0]
    return scale(others, pow(norm, -1, PRIME)) if norm else ZERO


def is_square(a: Element) -> bool:
    """Say whether a has a square root; zero has."""
    norm = multiply(a, _conjugates(a))[0]
    return pow(norm, (PRIME - 1) // 2, PRIME) in (0, 1)


def square_root(a: Element) -> Element | None:
    """Return a square root, or None when there is none.

    a^(1+p+..+p^4) is the norm, a plain number with a plain root; half of one more is an exponent
    that powers of the prime make cheap.
    """
    norm = multiply(a, _conjugates(a))[0]
    if pow(norm, (PRIME - 1) // 2, PRIME) not in (0, 1):
        return None
    if not norm:
        return ZERO
    half = power(a, (PRIME + 1) // 2)
    raised = multiply(a, multiply(frobenius(half, 1), frobenius(half, 3)))
    return scale(raised, pow(_plain_root(norm), -1, PRIME))


def _conjugates(a: Element) -> Element:
    """Return the product of the four other conjugates of a."""
    first = multiply(frobenius(a, 1), frobenius(a, 2))
    return multiply(first, frobenius(first, 2))


def _plain_root(number: int) -> int:
    """Return a square root of a plain square, after Tonelli and Shanks."""
    odd = 2**32 - 1
    generator, bits = pow(7, odd, PRIME), 32
    root, rest = pow(number, (odd + 1) // 2, PRIME), pow(number, odd, PRIME)
    while rest != 1:
        height, probe = 0, rest
        while probe != 1:
            probe, height = probe * probe % PRIME, height + 1
        step = pow(generator, 1 << (bits - height - 1), PRIME)
        root, generator, bits = root * step % PRIME, step * step % PRIME, height
        rest = rest * generator % PRIME
    return root


# Points -------------------------------------------------------------------------------------------


def add(first: Point, second: Point) -> Point:
    """Return the sum of two points, equal ones included."""
    x1, z1, u1, t1 = first
    x2, z2, u2, t2 = second
    xx, zz = multiply(x1, x2), multiply(z1, z2)
    uu, tt = multiply(u1, u2), multiply(t1, t2)
    xz = subtract(multiply(add_elements(x1, z1), add_elements(x2, z2)), add_elements(xx, zz))
    ut = subtract(multiply(add_elements(u1, t1), add_elements(u2, t2)), add_elements(uu, tt))
    bzz = by_b(zz)
    seven = add_elements(xx, bzz)
    eight = multiply(tt, seven)
    doubled = add_elements(by_b(xz), seven)
    nine = multiply(uu, add_elements(doubled, doubled))
    ten = multiply(add_elements(tt, add_elements(uu, uu)), add_elements(xz, seven))
    return (
        by_b(subtract(ten, eight)),
        subtract(eight, nine),
        multiply(ut, subtract(bzz, xx)),
        add_elements(eight, nine),
    )


def multiples(point: Point, scalar: int) -> Point:
    """Return ``scalar`` times a point, from a table that is made at its first use.

    The table holds each digit's multiple at each place, so that no doubling is left to do.
    """
    result = NEUTRAL
    for row in _table(point):
        digit = scalar & 15
        if digit:
            result = add(result, row[digit - 1])
        scalar >>= _WINDOW_BITS
    return result


def encode(point: Point) -> bytes:
    """Return the forty bytes of a point."""
    ratio = multiply(point[3], invert(point[2]))
    return b"".join(member.to_bytes(8, "little") for member in ratio)


def decode(data: bytes) -> Point:
    """Return the point of forty bytes.

    Raises:
        NotOnCurve: there is none.
    """
    if len(data) != 40:
        raise NotOnCurve(f"a point has 40 bytes, got {len(data)}")
    w = tuple(int.from_bytes(data[start : start + 8], "little") for start in range(0, 40, 8))
    if any(member >= PRIME for member in w):
        raise NotOnCurve("a member is not below the prime")
    ratio: Element = (w[0], w[1], w[2], w[3], w[4])
    if ratio == ZERO:
        return NEUTRAL
    e = subtract(multiply(ratio, ratio), (2, 0, 0, 0, 0))
    root = square_root(subtract(multiply(e, e), scale(by_b(ONE), 4)))
    if root is None:
        raise NotOnCurve("no point has this encoding")
    half = (PRIME + 1) // 2
    x = scale(add_elements(e, root), half)
    if is_square(x):
        x = scale(subtract(e, root), half)
    return (x, ONE, ONE, ratio)


@lru_cache(maxsize=_TABLES_MAX)
def _table(point: Point) -> tuple[tuple[Point, ...], ...]:
    rows: list[tuple[Point, ...]] = []
    for _ in range(_WINDOWS):
        row = [point]
        while len(row) < 15:
            row.append(add(row[-1], point))
        rows.append(tuple(row))
        point = add(row[-1], point)
    return tuple(rows)
