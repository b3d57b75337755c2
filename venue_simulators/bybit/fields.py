"""The parameters of a request, read strictly, whether they came in the query or in the body.

A number of meaning is a text; counts and flags of a body are JSON numbers and truth values. An
empty text counts as nothing sent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

from venue_simulators.bybit.errors import Refusal, invalid

_DECIMAL = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?")
"""So many digits that arithmetic stays exact; no exponent, which is where floats show."""
_WHOLE = re.compile(r"[0-9]{1,19}")


class Fields:
    """Named values of one request; each reader answers None for what was not sent."""

    def __init__(self, values: Mapping[str, object], *, query: bool = False) -> None:
        self.values = values
        self._query = query

    def has(self, name: str) -> bool:
        """Say whether a value was sent."""
        return self.values.get(name) not in (None, "")

    def text(self, name: str) -> str | None:
        """Return a text."""
        value = self.values.get(name)
        if value in (None, ""):
            return None
        if not isinstance(value, str):
            raise invalid(f"{name} must be a string")
        return value

    def required(self, name: str) -> str:
        """Return a text that must be there."""
        value = self.text(name)
        if value is None:
            raise invalid(f"{name} is required")
        return value

    def decimal(self, name: str) -> Decimal | None:
        """Return a number that is sent as a text in plain digits."""
        value = self.text(name)
        if value is None:
            return None
        if _DECIMAL.fullmatch(value) is None:
            raise invalid(f"{name} invalid")
        return Decimal(value)

    def price(self, name: str) -> Decimal | None:
        """Return a price; zero says that there is none."""
        value = self.decimal(name)
        if value is not None and value < 0:
            raise invalid(f"{name} invalid")
        return value or None

    def whole(self, name: str) -> int | None:
        """Return a whole number that is not negative; in a body it is a JSON number."""
        value = self.values.get(name)
        if value in (None, ""):
            return None
        if self._query and isinstance(value, str) and _WHOLE.fullmatch(value):
            return int(value)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise invalid(f"{name} must be an integer")
        return value

    def within(self, name: str, default: int, maximum: int) -> int:
        """Return a page size from 1 to ``maximum``."""
        value = self.whole(name)
        if value is None:
            return default
        if not 1 <= value <= maximum:
            raise invalid(f"{name} must be between 1 and {maximum}")
        return value

    def flag(self, name: str) -> bool:
        """Return a truth value, False where none was sent."""
        value = self.values.get(name)
        if value in (None, ""):
            return False
        if not isinstance(value, bool):
            raise invalid(f"{name} must be a boolean")
        return value

    def choice(self, name: str, words: Sequence[str]) -> str | None:
        """Return one of some words, in exactly their letters."""
        value = self.text(name)
        if value is not None and value not in words:
            raise invalid(f"{name} invalid")
        return value

    def required_choice(self, name: str, words: Sequence[str]) -> str:
        """Return one of some words, which must be there."""
        self.required(name)
        return self.choice(name, words) or ""


def read_object(body: bytes) -> Fields:
    """Return the fields of a body that is one JSON object."""
    try:
        values = json.loads(body)
    except (ValueError, RecursionError):
        raise invalid("the body is not JSON") from None
    return fields_of(values)


def fields_of(values: object) -> Fields:
    """Return the fields of one JSON object."""
    if not isinstance(values, dict):
        raise invalid("an object is expected")
    return Fields(values)


def check_linear(fields: Fields) -> None:
    """Refuse every category but the one that is simulated."""
    if fields.required("category") != "linear":
        raise Refusal(10001, "Illegal category")
