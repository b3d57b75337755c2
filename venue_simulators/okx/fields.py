"""The parameters of a request, read strictly, whether they came in the query, a body or a frame.

A text without a character means the same as a parameter that was not sent: the official SDK sends
every parameter that it has. Numbers are texts or JSON's, and so are truth values.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

from venue_simulators.okx.errors import OkxError, parameter_empty, parameter_error

_DECIMAL = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")
_WHOLE = re.compile(r"[0-9]{1,19}")


class Fields:
    """Named values of one request; each reader answers None for what was not sent."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = values

    def has(self, name: str) -> bool:
        """Say whether a value was sent."""
        return self._values.get(name) not in (None, "")

    def text(self, name: str) -> str | None:
        """Return a text."""
        value = self._values.get(name)
        if value in (None, ""):
            return None
        if not isinstance(value, str):
            raise parameter_error(name)
        return value

    def required(self, name: str) -> str:
        """Return a text that must be there."""
        value = self.text(name)
        if value is None:
            raise parameter_empty(name)
        return value

    def decimal(self, name: str) -> Decimal | None:
        """Return a number in plain digits, as a text or as a JSON number."""
        value = self._values.get(name)
        text = str(value) if _is_number(value) else self.text(name)
        if text is None:
            return None
        if _DECIMAL.fullmatch(text) is None:
            raise parameter_error(name)
        return Decimal(text)

    def positive(self, name: str) -> Decimal | None:
        """Return a number above zero."""
        value = self.decimal(name)
        if value is not None and value <= 0:
            raise parameter_error(name)
        return value

    def whole(self, name: str) -> int | None:
        """Return a whole number in digits, as a text or as a JSON number."""
        value = self._values.get(name)
        if _is_number(value):
            value = str(value)
        if value in (None, ""):
            return None
        if not isinstance(value, str) or _WHOLE.fullmatch(value) is None:
            raise parameter_error(name)
        return int(value)

    def flag(self, name: str) -> bool:
        """Return a truth value, False where none was sent."""
        value = self._values.get(name)
        if value in (None, ""):
            return False
        if isinstance(value, bool):
            return value
        if value in ("true", "false"):
            return value == "true"
        raise parameter_error(name)

    def choice(self, name: str, words: Sequence[str]) -> str | None:
        """Return one of some words, in exactly their letters."""
        value = self.text(name)
        if value is not None and value not in words:
            raise parameter_error(name)
        return value

    def required_choice(self, name: str, words: Sequence[str]) -> str:
        """Return one of some words, which must be there."""
        self.required(name)
        word = self.choice(name, words)
        assert word is not None, "it has just been read"
        return word

    def objects(self, name: str) -> Sequence[Fields]:
        """Return a list of objects, empty where none was sent."""
        value = self._values.get(name)
        if value in (None, ""):
            return ()
        return objects_of(value, name)


def _is_number(value: object) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def read_body(body: bytes) -> object:
    """Return the JSON of a body.

    Raises:
        OkxError: there is none, or it is not JSON.
    """
    if not body:
        raise OkxError("50000", "Body for POST request can not be empty.")
    try:
        return json.loads(body, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise OkxError("50002", "JSON syntax error") from None


def object_of(value: object) -> Fields:
    """Return the fields of a JSON object."""
    if not isinstance(value, dict):
        raise OkxError("50002", "JSON syntax error")
    return Fields(value)


def objects_of(value: object, name: str = "args") -> Sequence[Fields]:
    """Return the fields of each object of a JSON list."""
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise parameter_error(name)
    return [Fields(row) for row in value]
