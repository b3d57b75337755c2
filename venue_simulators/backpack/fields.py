"""The parameters of a request, read strictly, whether they came in the query or in the body.

Numbers of a body keep the digits they were sent with, because these are what was signed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias

from venue_simulators.backpack.errors import Refusal, unparsable_parameter, unparsable_payload

_DECIMAL = re.compile(r"[0-9]{1,18}(\.[0-9]{1,18})?")
"""So many digits that the venue's arithmetic stays exact."""
_WHOLE = re.compile(r"[0-9]{1,19}")
UINT32_MAX = 2**32 - 1


class Number(str):
    """A JSON number in the digits it was sent with."""

    __slots__ = ()


Value: TypeAlias = str | Number | bool | None


class Fields:
    """Named values of one request; each reader answers None for what was not sent."""

    def __init__(self, values: Mapping[str, Value], *, query: bool = False) -> None:
        self._values = values
        self._query = query

    @property
    def pairs(self) -> Sequence[tuple[str, str]]:
        """Return what a signature covers: the values as sent, sorted by name.

        A null has no text, so it cannot have been signed; it is written in a way nobody signs.
        """
        return [(name, _signed_text(value)) for name, value in sorted(self._values.items())]

    def has(self, name: str) -> bool:
        """Say whether a value was sent."""
        return self._values.get(name) is not None

    def text(self, name: str) -> str | None:
        """Return a text."""
        value = self._values.get(name)
        if value is None:
            return None
        if not isinstance(value, str) or isinstance(value, Number):
            raise self.fault(name, "expected a string")
        return value

    def required(self, name: str) -> str:
        """Return a text that must be there."""
        value = self.text(name)
        if value is None:
            raise self.fault(name, "missing field")
        return value

    def decimal(self, name: str) -> Decimal | None:
        """Return a number that is sent as a text in plain digits, without sign or exponent."""
        value = self.text(name)
        if value is None:
            return None
        if _DECIMAL.fullmatch(value) is None:
            raise self.fault(name, "invalid decimal")
        return Decimal(value)

    def whole(self, name: str, maximum: int = UINT32_MAX) -> int | None:
        """Return a whole number from 0 to ``maximum``; in a body it is a JSON number."""
        value = self._values.get(name)
        if value is None:
            return None
        if not (isinstance(value, Number) or (self._query and isinstance(value, str))):
            raise self.fault(name, "expected an integer")
        if _WHOLE.fullmatch(value) is None or int(value) > maximum:
            raise self.fault(name, f"expected an integer from 0 to {maximum}")
        return int(value)

    def flag(self, name: str) -> bool | None:
        """Return a truth value; in a query it is the word ``true`` or ``false``."""
        value = self._values.get(name)
        if self._query and value in ("true", "false"):
            return value == "true"
        if value is not None and not isinstance(value, bool):
            raise self.fault(name, "expected a boolean")
        return value

    def choice(self, name: str, words: Sequence[str]) -> str | None:
        """Return one of some words, in exactly their letters."""
        value = self.text(name)
        if value is not None and value not in words:
            raise self.fault(name, f"unknown variant, expected one of {', '.join(words)}")
        return value

    def fault(self, name: str, why: str) -> Refusal:
        """Return the refusal of a value that cannot be read."""
        if self._query:
            return unparsable_parameter(name, why)
        return unparsable_payload(f"`{name}`: {why}")


NO_FIELDS = Fields({})


def read_object(body: bytes) -> Fields:
    """Return the fields of a body that is one JSON object."""
    return _fields(_parsed(body))


def read_list(body: bytes) -> Sequence[Fields]:
    """Return the fields of each object of a body that is a JSON list."""
    rows = _parsed(body)
    if not isinstance(rows, list):
        raise unparsable_payload("expected a sequence")
    return [_fields(row) for row in rows]


def _parsed(body: bytes) -> object:
    try:
        return json.loads(body, parse_int=Number, parse_float=Number)
    except (ValueError, RecursionError) as error:
        raise unparsable_payload(str(error)) from None


def _fields(row: object) -> Fields:
    if not isinstance(row, dict):
        raise unparsable_payload("expected a map")
    for name, value in row.items():
        if isinstance(value, list | dict):
            raise unparsable_payload(f"`{name}`: expected a single value")
    return Fields(row)


def _signed_text(value: Value) -> str:
    if value is None:
        return "\0null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
