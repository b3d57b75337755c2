"""How single values are read from the text users write: times, speeds, lists, names.

Each reader is pure; a ``ValueError`` says what is allowed.
"""

from __future__ import annotations

import os.path
import re
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path

from database.labels import LABEL, LABEL_WORDS

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
DURATION_ALLOWED = "a number with s, m, h or d, such as 90s, 30m or 2h, of at most 3650d"
DURATION_MAX_S = 3650 * 86400
SPEED_ALLOWED = "1 for real time, a number from 0.001 to 1000000, or max"
TICKER_ALLOWED = "a market's symbol in letters, digits and . _ - /, such as BTC"
VENUE_ALLOWED = "venues by name, separated by commas; a label names an account: lighter:one"
POSITIONS_ALLOWED = "positions as venue:symbol, separated by commas, such as lighter:BTC"
AMOUNT_MAX = Decimal(10) ** 15
AMOUNT_MIN = Decimal(10) ** -15
"""Beyond these a number is a slip of the keyboard: no market has such prices or sizes."""

_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([smhd])", re.ASCII)
_TICKER = re.compile(r"[A-Z0-9][A-Z0-9._/-]{0,29}", re.ASCII)
_VENUE = re.compile(r"[a-z][a-z0-9_]*(?::[a-z0-9][a-z0-9_-]*)?", re.ASCII)


def finite(text: str) -> Decimal:
    """Read a number of a size that something in a market can have; zero and below included.

    Raises:
        ValueError: it is not a number, not finite, or absurdly large or small.
    """
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise ValueError("a number such as 0.5") from error
    if not number.is_finite():
        raise ValueError("a finite number such as 0.5")
    if number and not AMOUNT_MIN <= abs(number) <= AMOUNT_MAX:
        raise ValueError("a number of a sensible size, between 1e-15 and 1e15")
    return number


def duration(text: str) -> timedelta:
    """Read a length of market time.

    >>> duration("90s")
    datetime.timedelta(seconds=90)
    """
    match = _DURATION.fullmatch(text.strip().lower())
    if match is None:
        raise ValueError(DURATION_ALLOWED)
    seconds = Decimal(match[1]) * SECONDS[match[2]]
    if not Decimal("0.001") <= seconds <= DURATION_MAX_S:
        raise ValueError(DURATION_ALLOWED)
    return timedelta(seconds=float(seconds))


def speed(text: str) -> float | None:
    """Read market seconds per real second; None is ``max``: as fast as it can be computed."""
    if text.strip().lower() == "max":
        return None
    try:
        number = finite(text)
    except ValueError as error:
        raise ValueError(SPEED_ALLOWED) from error
    if not Decimal("0.001") <= number <= 1_000_000:
        raise ValueError(SPEED_ALLOWED)
    return float(number)


def ticker(text: str) -> str:
    """Read a symbol in any letter case."""
    symbol = text.strip().upper()
    if not _TICKER.fullmatch(symbol):
        raise ValueError(TICKER_ALLOWED)
    return symbol


def symbols(value: str | Sequence[str]) -> tuple[str, ...]:
    """Read symbols in any letter case; one that is named twice counts once."""
    return tuple(dict.fromkeys(ticker(word) for word in words(value)))


def label(text: str) -> str:
    """Read a name that may become part of a file's name."""
    if not LABEL.fullmatch(text):
        raise ValueError(LABEL_WORDS)
    return text


def venues(value: str | Sequence[str]) -> tuple[str, ...]:
    """Read venue names in any letter case; each may be named once."""
    names = tuple(name.lower() for name in words(value))
    if not names or not all(_VENUE.fullmatch(name) for name in names):
        raise ValueError(VENUE_ALLOWED)
    twice = [name for index, name in enumerate(names) if name in names[:index]]
    if twice:
        raise ValueError(f"each venue once; two accounts of one are {twice[0]}:one,{twice[0]}:two")
    return names


def positions(value: str | Sequence[str]) -> tuple[str, ...]:
    """Read positions as ``venue:symbol``, in any letter case."""
    named = []
    for word in words(value):
        venue, colon, symbol = word.rpartition(":")
        if not colon or not _VENUE.fullmatch(venue.lower()):
            raise ValueError(POSITIONS_ALLOWED)
        named.append(f"{venue.lower()}:{ticker(symbol)}")
    return tuple(dict.fromkeys(named))


def existing_files(value: str | Sequence[str]) -> tuple[Path, ...]:
    """Read paths of files that are there and can be opened.

    ``os.path`` answers False where ``Path`` raises: a name that is too long is no file either.
    """
    paths = tuple(Path(word) for word in words(value))
    for path in paths:
        if not os.path.exists(path):
            raise ValueError(f"files that exist; there is no {path}")
        if not os.path.isfile(path):
            raise ValueError(f"files; {path} is none")
        _check_readable(path)
    return paths


def report_files(value: str | Sequence[str]) -> tuple[Path, ...]:
    """Read paths to write, whose endings name the format and whose folders are there."""
    paths = tuple(Path(word) for word in words(value))
    for path in paths:
        if path.suffix.lower() not in (".json", ".html"):
            raise ValueError("a file ending in .json or .html")
        if os.path.isdir(path) or not os.path.isdir(path.parent):
            raise ValueError(f"a file in a folder that exists; {path.parent} does not")
    return paths


def words(value: str | Sequence[str]) -> tuple[str, ...]:
    """Split at commas, in each item of a list too; blanks around words and empty words go."""
    items = [value] if isinstance(value, str) else value
    return tuple(word.strip() for item in items for word in item.split(",") if word.strip())


def _check_readable(path: Path) -> None:
    try:
        with path.open("rb"):
            pass
    except OSError as error:
        raise ValueError(f"files that can be read; {path}: {error.strerror}") from error
