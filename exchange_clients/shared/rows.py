"""Reading a list row by row, so that one row that cannot be read does not hide the others.

Words do not catch; this does it for them. It is pure: what cannot be read becomes a value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import msgspec

from exchange_clients.errors import MalformedPayload
from exchange_clients.events import Unreadable

T = TypeVar("T")
R = TypeVar("R")

UNREADABLE = (
    MalformedPayload,
    msgspec.MsgspecError,
    ArithmeticError,
    LookupError,
    TypeError,
    ValueError,
)
"""What reading a row may raise where the row is to blame: a missing, retyped or unknown word."""


_DECODERS: dict[type, msgspec.json.Decoder[Any]] = {}
"""One for each type of row: making one takes longer than reading a row with it."""


def as_is(row: R) -> R:
    """Read a row whose wire form is the value already."""
    return row


def read_rows(
    rows: Iterable[msgspec.Raw], row_type: type[R], read: Callable[[R], T], ids: Sequence[str] = ()
) -> list[T | Unreadable]:
    """Return each row as ``read`` makes it of its wire struct, or as ``Unreadable``.

    Args:
        rows: The list, decoded as ``list[msgspec.Raw]``.
        row_type: The wire struct of one row.
        read: Turns a wire struct into a value; may raise any of ``UNREADABLE``; or ``as_is``.
        ids: The row's fields that name an order, as the venue spells them: ``("id", "clientId")``.
    """
    decoder = _DECODERS.get(row_type)
    if decoder is None:
        decoder = _DECODERS[row_type] = msgspec.json.Decoder(row_type)
    return [_read(row, decoder, read, ids) for row in rows]


def readable(rows: Iterable[T | Unreadable]) -> list[T]:
    """Return rows of a list in which each counts.

    Raises:
        MalformedPayload: one cannot be read.
    """
    found: list[T] = []
    for row in rows:
        if isinstance(row, Unreadable):
            raise MalformedPayload(f"a row {row.ids} cannot be read: {row.reason}")
        found.append(row)
    return found


def _read(
    row: msgspec.Raw,
    decoder: msgspec.json.Decoder[R],
    read: Callable[[R], T],
    ids: Sequence[str],
) -> T | Unreadable:
    try:
        return read(decoder.decode(row))
    except UNREADABLE as error:
        return Unreadable(_ids_of(row, ids), f"{type(error).__name__}: {error}")


def _ids_of(row: msgspec.Raw, ids: Sequence[str]) -> tuple[str, ...]:
    try:
        fields = msgspec.json.decode(row)
    except msgspec.MsgspecError:
        return ()
    if not isinstance(fields, dict):
        return ()
    named = (fields.get(each) for each in ids)
    return tuple(str(each) for each in named if isinstance(each, str | int))
