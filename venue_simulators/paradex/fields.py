"""The parameters of a request, read strictly: amounts are strings of plain digits."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from venue_simulators.paradex.errors import BINDING, PARAMETER, VALIDATION, Refusal

_DECIMAL = re.compile(r"[0-9]{1,18}(\.[0-9]{1,18})?")
_WHOLE = re.compile(r"[0-9]{1,18}")


class Fields:
    """Named values of one body or query; each reader answers None for what was not sent.

    Args:
        values: JSON of any shape, so its type is left open.
        query: Whether they came in the query, where everything is text.
    """

    def __init__(self, values: Mapping[str, Any], *, query: bool = False) -> None:
        self.values = values
        self._code = PARAMETER if query else VALIDATION
        self._query = query

    def text(self, name: str) -> str | None:
        """Return a text; an empty one counts as not sent."""
        value = self.values.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            raise self.fault(name, "must be a string")
        return value

    def required(self, name: str) -> str:
        """Return a text that must be there."""
        value = self.text(name)
        if value is None:
            raise self.fault(name, "is required")
        return value

    def choice(self, name: str, words: Sequence[str], default: str | None = None) -> str:
        """Return one of some words, in exactly their letters."""
        value = self.text(name) or default
        if value is None:
            raise self.fault(name, "is required")
        if value not in words:
            raise self.fault(name, f"must be one of {', '.join(words)}")
        return value

    def decimal(self, name: str) -> Decimal | None:
        """Return a number that is sent as a text in plain digits."""
        value = self.text(name)
        if value is None:
            return None
        if _DECIMAL.fullmatch(value) is None:
            raise self.fault(name, "must be a decimal")
        return Decimal(value)

    def whole(self, name: str) -> int | None:
        """Return a whole number from zero up: a JSON number in a body, digits in a query."""
        value = self.values.get(name)
        if value is None or value == "":
            return None
        if self._query and isinstance(value, str) and _WHOLE.fullmatch(value):
            return int(value)
        if self._query or isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise self.fault(name, "must be a whole number")
        return value

    def texts(self, name: str) -> list[str]:
        """Return a list of texts, empty where it was not sent."""
        value = self.values.get(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise self.fault(name, "must be a list of strings")
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        """Return a truth value."""
        value = self.values.get(name, default)
        if not isinstance(value, bool):
            raise self.fault(name, "must be true or false")
        return value

    def fault(self, name: str, why: str) -> Refusal:
        """Return the refusal of a value that cannot be read."""
        return Refusal(self._code, f"{name} {why}")


def read_object(body: bytes) -> Fields:
    """Return the fields of a body that is one JSON object."""
    return _fields(parsed(body))


def read_list(body: bytes) -> list[Fields]:
    """Return the fields of each object of a body that is a bare JSON list."""
    rows = parsed(body)
    if not isinstance(rows, list):
        raise Refusal(BINDING, "the body must be an array")
    return [_fields(row) for row in rows]


def parsed(body: bytes | str) -> object:
    """Return the JSON of a body."""
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError):
        raise Refusal(BINDING, "the body is not JSON") from None
    return value


def _fields(row: object) -> Fields:
    if not isinstance(row, dict):
        raise Refusal(BINDING, "the body must be an object")
    return Fields(row)
