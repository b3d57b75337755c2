"""How values become JSON: money as text in full, instants as ISO UTC, keys in a fixed order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path

import msgspec

from exchange_clients.shared.clock import to_iso
from reporting.numbers import plain

INSTANT = "_ns"
"""A struct's field of this ending is an instant: ``at_ns`` is written as ``at``."""


def encode(value: object, *, indent: int = 1) -> bytes:
    """Return ``value`` as a JSON document; equal values give equal bytes."""
    raw = msgspec.json.encode(json_values(value))
    return (msgspec.json.format(raw, indent=indent) if indent else raw) + b"\n"


def json_values(value: object) -> object:
    """Return ``value`` with nothing but what JSON knows.

    Raises:
        TypeError: something has no form in JSON; names the value and its type.
    """
    if isinstance(value, Enum):
        return json_values(value.value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, msgspec.Struct):
        return fields_of(value)
    return _container(value)


def fields_of(value: msgspec.Struct) -> dict[str, object]:
    """Return the fields of a struct as JSON values, in their order."""
    return dict(_field(name, getattr(value, name)) for name in value.__struct_fields__)


def _field(name: str, value: object) -> tuple[str, object]:
    if name.endswith(INSTANT) and (value is None or isinstance(value, int)):
        return name.removesuffix(INSTANT), None if value is None else to_iso(value)
    return name, json_values(value)


def _container(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(json_values(key)): json_values(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [json_values(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{value!r} of type {type(value).__name__} has no form in JSON")
