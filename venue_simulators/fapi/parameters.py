"""The parameters of a request, read strictly: each once, each in the form that is documented."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from urllib.parse import parse_qsl

from venue_simulators.fapi.errors import (
    DUPLICATE_PARAMETERS,
    EMPTY_PARAMETER,
    ILLEGAL_CHARACTERS,
    INVALID_PARAMETER,
    FapiError,
    invalid,
    missing,
)

_DECIMAL = r"^([0-9]{1,20})(\.[0-9]{1,20})?$"
_WHOLE = r"^[0-9]{1,20}$"


class Parameters:
    """Names and values, percent-decoded."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def has(self, name: str) -> bool:
        """Say whether a parameter was sent."""
        return name in self._values

    def replaced(self, name: str, value: str) -> Parameters:
        """Return these parameters with another value of one."""
        return Parameters({**self._values, name: value})

    def text(self, name: str) -> str | None:
        """Return a value, None where it was not sent."""
        value = self._values.get(name)
        if value == "":
            raise FapiError(EMPTY_PARAMETER, f"Parameter '{name}' was empty.")
        return value

    def required(self, name: str) -> str:
        """Return a value that must be there."""
        value = self._values.get(name)
        if not value:
            raise missing(name)
        return value

    def decimal(self, name: str) -> Decimal | None:
        """Return a number without sign and exponent."""
        value = self._matching(name, _DECIMAL)
        return None if value is None else Decimal(value)

    def whole(self, name: str, lowest: int = 0, highest: int = 10**19) -> int | None:
        """Return a whole number from ``lowest`` to ``highest``."""
        value = self._matching(name, _WHOLE)
        if value is None:
            return None
        if not lowest <= int(value) <= highest:
            raise invalid(name)
        return int(value)

    def flag(self, name: str) -> bool | None:
        """Return the truth of ``true`` or ``false``, in small letters."""
        value = self.choice(name, ("true", "false"))
        return None if value is None else value == "true"

    def choice(self, name: str, words: Sequence[str], code: int = INVALID_PARAMETER) -> str | None:
        """Return one of some words; any other is refused with ``code``."""
        value = self.text(name)
        if value is None or value in words:
            return value
        raise invalid(name) if code == INVALID_PARAMETER else FapiError(code)

    def listed(self, name: str, most: int) -> list[object] | None:
        """Return a JSON list of one to ``most`` items.

        The venues' own samples write orders in single quotes, so these are read too.
        """
        text = self.text(name)
        if text is None:
            return None
        rows = _parsed(text)
        if rows is None:
            rows = _parsed(text.replace("'", '"'))
        if not isinstance(rows, list) or not 1 <= len(rows) <= most:
            raise invalid(name)
        return rows

    def _matching(self, name: str, pattern: str) -> str | None:
        value = self.text(name)
        if value is not None and re.match(pattern, value, re.ASCII) is None:
            raise FapiError(
                ILLEGAL_CHARACTERS,
                f"Illegal characters found in parameter '{name}'; legal range is '{pattern}'.",
            )
        return value


def read_pairs(text: str) -> Parameters:
    """Return the parameters of a query or form body.

    Raises:
        FapiError: a name was sent twice.
    """
    values: dict[str, str] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        if name in values:
            raise FapiError(DUPLICATE_PARAMETERS)
        values[name] = value
    return Parameters(values)


def read_item(row: object) -> Parameters:
    """Return the parameters of one order of a batch: texts, or plain JSON numbers and truths."""
    if not isinstance(row, dict):
        raise invalid("batchOrders")
    values: dict[str, str] = {}
    for name, value in row.items():
        if isinstance(value, bool):
            values[name] = "true" if value else "false"
        elif isinstance(value, str | int | Decimal):
            values[name] = str(value)
        else:
            raise invalid(name)
    return Parameters(values)


def _parsed(text: str) -> object:
    try:
        return json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError):
        return None
