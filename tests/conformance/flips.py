"""A venue that means something else by one field: what a case must not fail to notice.

A flip changes one field wherever one kind of message holds it: its name, its sign, its scale, or
its word. A field whose flip no case notices is a field that the client could misread unnoticed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from exchange_clients.errors import ExchangeError
from tests.conformance.altered import FRAME, Change, Json
from tests.conformance.cases import CASES
from tests.conformance.rig import play
from tests.conformance.venues import Conforming

COMPLAINTS = ("event=unreadable", "event=malformed_frame", "event=snapshot_")
"""How log lines begin by which a client says that it cannot read what it was told."""
LEVEL = 2
"""A list of so many texts is a price and a size, whose places are fields of their own."""


class Flip(StrEnum):
    """How a field is changed."""

    RENAMED = "renamed"
    SCALED = "ten times as large"
    NEGATED = "of the other sign"
    OTHER = "another word"
    """A word that the same field may hold, or one that it never does."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of one kind of message."""

    kind: str
    """The path of a request, or the stream of a frame."""
    leaf: str
    """Its name; of a level's price ``b[0]``."""


def kind_of(place: str, message: Json) -> str:
    """Return what kind of message this is."""
    if place != FRAME or not isinstance(message, dict):
        return place
    if "stream" not in message and isinstance(message.get("e"), str):
        return f"{FRAME} {message['e']}"
    params = message.get("params")
    channel = params.get("channel") if isinstance(params, dict) else None
    name = str(message.get("stream") or channel or message.get("type"))
    words = name.split(".")
    # Backpack names the market in the stream: ``depth.BTC_USDC_PERP``.
    return f"{FRAME} {'.'.join(word for word in words if '_' not in word or '/' in word)}"


def flipped(field: Field, flip: Flip, words: Mapping[str, str]) -> Change:
    """Return what changes a field in every message of its kind.

    Args:
        field: Which.
        flip: How.
        words: For each word that the field may hold another; any other word is lengthened.
    """

    def change(place: str, message: Json) -> Json:
        if kind_of(place, message) != field.kind:
            return message
        return _walk(message, "", field.leaf, lambda value: _value(value, flip, words), flip)

    return change


def _walk(message: Json, name: str, leaf: str, turn: Callable[[Json], Json], flip: Flip) -> Json:
    if isinstance(message, dict):
        return {
            f"{key}Renamed" if key == leaf and flip is Flip.RENAMED else key: _walk(
                value, key, leaf, turn, flip
            )
            for key, value in message.items()
        }
    if isinstance(message, list):
        pair = len(message) == LEVEL and all(isinstance(each, str) for each in message)
        return [
            _walk(each, f"{name}[{index}]" if pair else name, leaf, turn, flip)
            for index, each in enumerate(message)
        ]
    return turn(message) if name == leaf else message


def _value(value: Json, flip: Flip, words: Mapping[str, str]) -> Json:
    if isinstance(value, bool):
        return not value if flip is Flip.OTHER else value
    if isinstance(value, int | float):
        return {Flip.SCALED: value * 10, Flip.NEGATED: -value}.get(flip, value)
    return _text(value, flip, words) if isinstance(value, str) else value


def _text(value: str, flip: Flip, words: Mapping[str, str]) -> str:
    if flip is Flip.OTHER:
        return words.get(value, f"{value}x")
    if flip is Flip.RENAMED or not _is_number(value):
        return value
    if flip is Flip.NEGATED:
        return value[1:] if value.startswith("-") else f"-{value}"
    whole, point, fraction = value.partition(".")
    return f"{whole}{fraction[:1] or '0'}{point}{fraction[1:] or ('0' if point else '')}"


def _is_number(value: str) -> bool:
    return value.removeprefix("-").replace(".", "", 1).isdigit()


class _Complaints(logging.Handler):
    """Notes whether the client said that it could not read something."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.heard = False

    def emit(self, record: logging.LogRecord) -> None:
        self.heard = self.heard or record.getMessage().startswith(COMPLAINTS)


def noticed(facts: Conforming, change: Change, guards: Sequence[str]) -> bool:
    """Tell whether a case goes red, or the client itself says that it cannot read what it got."""
    complaints = _Complaints()
    logger = logging.getLogger("exchange_clients")
    logger.addHandler(complaints)
    try:
        for name in guards:
            play(facts, CASES[name], change)
            if complaints.heard:
                return True
    except (AssertionError, ExchangeError, ValueError, LookupError):
        return True
    finally:
        logger.removeHandler(complaints)
    return False
