"""The parameters of a request, read strictly, whether they came in the query or in the body.

Everything is text, lists apart: a query has them as texts with commas, a body as lists. Numbers of
a body that are not texts keep the digits they were sent with, because these were signed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Generic, TypeAlias, TypeVar

from venue_simulators.edgex.errors import EdgexError, invalid, required

_DECIMAL = re.compile(r"[0-9]{1,18}(\.[0-9]{1,18})?")
"""Neither a sign nor an exponent."""
_WHOLE = re.compile(r"[0-9]{1,19}")

_T = TypeVar("_T")

Json: TypeAlias = "bool | str | list[Json] | dict[str, Json] | None"


class Number(str):
    """A JSON number in the digits it was sent with."""

    __slots__ = ()


class Allowed(Generic[_T]):
    """What a filter lets pass: a few values, or all where none is named."""

    def __init__(self, values: Sequence[_T]) -> None:
        self._values = values

    def __contains__(self, value: _T) -> bool:
        """Say whether a value passes."""
        return not self._values or value in self._values


class Fields:
    """Named values of one request; what is null, empty or missing was not given."""

    def __init__(self, values: Mapping[str, Json]) -> None:
        self.values = values

    def has(self, name: str) -> bool:
        """Say whether a value was given."""
        return self.values.get(name) not in (None, "", [])

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text, which must be given where there is no default."""
        if not self.has(name):
            if default is None:
                raise required(name)
            return default
        value = self.values[name]
        if not isinstance(value, str) or isinstance(value, Number):
            raise invalid(name, value)
        return value

    def choice(self, name: str, words: Sequence[str], default: str | None = None) -> str:
        """Return one of some words, in exactly their letters."""
        word = self.text(name, default)
        if word not in words and word != default:
            raise invalid(name, word)
        return word

    def decimal(self, name: str, default: str | None = None) -> Decimal:
        """Return a number, written as plain digits."""
        text = self.text(name, default)
        if not (text.isascii() and _DECIMAL.fullmatch(text)):
            raise invalid(name, text)
        return Decimal(text)

    def whole(self, name: str, default: str | None = None) -> int:
        """Return a whole number, from 0 to what 64 bits hold."""
        text = self.text(name, default)
        if not (text.isascii() and _WHOLE.fullmatch(text)) or int(text) >= 1 << 63:
            raise invalid(name, text)
        return int(text)

    def digits(self, name: str) -> int:
        """Return a whole number that may come as a number or as a text."""
        value = self.values.get(name)
        return Fields({name: str(value) if isinstance(value, str) else value}).whole(name)

    def truth(self, name: str) -> bool:
        """Return a truth; what is not given is false, and a query has it as a word."""
        value = self.values.get(name)
        if value is None or isinstance(value, bool):
            return bool(value)
        if isinstance(value, str) and value in ("true", "false"):
            return value == "true"
        raise invalid(name, value)

    def texts(self, name: str) -> list[str]:
        """Return a list of texts; what is not given is empty."""
        value = self.values.get(name)
        if not self.has(name):
            return []
        parts = value.split(",") if isinstance(value, str) else value
        if not isinstance(parts, list):
            raise invalid(name, value)
        found = [part for part in parts if isinstance(part, str) and not isinstance(part, Number)]
        if len(found) != len(parts):
            raise invalid(name, value)
        return found

    def truths(self, name: str) -> list[bool]:
        """Return a list of truths; what is not given is empty."""
        value = self.values.get(name)
        if isinstance(value, list) and all(isinstance(part, bool) for part in value):
            return [part is True for part in value]
        words = self.texts(name)
        if any(word not in ("true", "false") for word in words):
            raise invalid(name, value)
        return [word == "true" for word in words]

    def allowed(self, name: str) -> Allowed[str]:
        """Return what a filter of texts lets pass."""
        return Allowed(self.texts(name))

    def allowed_truths(self, name: str) -> Allowed[bool]:
        """Return what a filter of truths lets pass."""
        return Allowed(self.truths(name))

    def span(self) -> range:
        """Return the milliseconds within which rows must have been created."""
        start = self.whole("filterStartCreatedTimeInclusive", "0")
        end = self.whole("filterEndCreatedTimeExclusive", "0")
        return range(start, end or 1 << 63)


def read_object(body: bytes) -> dict[str, Json]:
    """Return the JSON object of a body."""
    try:
        value = json.loads(body or b"{}", parse_int=Number, parse_float=Number)
    except (ValueError, RecursionError):
        raise EdgexError("GATEWAY_PARAM_INVALID", "body is no JSON", status=400) from None
    if not isinstance(value, dict):
        raise EdgexError("GATEWAY_PARAM_INVALID", "body is no object", status=400)
    return value
