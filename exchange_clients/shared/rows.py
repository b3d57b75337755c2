"""Reading a list row by row, so that one row that cannot be read does not hide the others.

Words do not catch; this does it for them. It is pure: what cannot be read becomes a value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import msgspec

from exchange_clients.base_models import ContractId
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


def understood(body: bytes, decoder: msgspec.json.Decoder[R]) -> R | None:
    """Return what a whole answer says, None where it cannot be read so."""
    try:
        return decoder.decode(body)
    except msgspec.MsgspecError:
        return None


def readable(rows: Iterable[T | Unreadable], what: str = "a row") -> list[T]:
    """Return rows of a list in which each counts.

    Args:
        rows: The list.
        what: Names a row in the error: ``"a funding payment"``.

    Raises:
        MalformedPayload: one cannot be read.
    """
    found: list[T] = []
    for row in rows:
        if isinstance(row, Unreadable):
            named = f" ({', '.join(row.ids)})" if row.ids else ""
            raise MalformedPayload(f"{what} cannot be read{named}: {row.reason}")
        found.append(row)
    return found


def flattened(rows: Iterable[Sequence[T] | Unreadable]) -> list[T | Unreadable]:
    """Return what rows came to that make any number of values each; the unreadable in place."""
    return [one for row in rows for one in ((row,) if isinstance(row, Unreadable) else row)]


def told_apart(rows: Iterable[T | Unreadable]) -> tuple[list[T], list[Unreadable]]:
    """Return what could be read, and what could not."""
    listed = list(rows)
    return (
        [row for row in listed if not isinstance(row, Unreadable)],
        [row for row in listed if isinstance(row, Unreadable)],
    )


def by_contract(
    rows: Iterable[T | Unreadable], contract_of: Callable[[T], ContractId]
) -> dict[ContractId, T | Unreadable]:
    """Return rows by their contracts, which those that cannot be read tell by their one id."""
    return told_once(
        (ContractId("".join(row.ids)) if isinstance(row, Unreadable) else contract_of(row), row)
        for row in rows
    )


def told_once(
    rows: Iterable[tuple[ContractId, T | Unreadable]],
) -> dict[ContractId, T | Unreadable]:
    """Return rows by contract; of one that is told twice nobody knows which row is true."""
    found: dict[ContractId, T | Unreadable] = {}
    for contract_id, row in rows:
        twice = contract_id in found
        found[contract_id] = Unreadable((contract_id,), "told more than once") if twice else row
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
