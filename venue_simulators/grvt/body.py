"""A request's JSON object, read field by field; whatever does not fit is malformed (1003)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from venue_simulators.grvt.errors import MALFORMED, GrvtError
from venue_simulators.wire import HttpRequest

DIGITS_MAX = 20
NUMBER_BEYOND = Decimal(10) ** DIGITS_MAX


def parse_request(request: HttpRequest) -> Body:
    """Return the body of a request; without one, or its content type, GRVT answers 1003."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.method != "POST" or kind != "application/json":
        raise GrvtError(MALFORMED)
    return Body(parse_object(request.body))


def parse_object(raw: str | bytes) -> Mapping[str, Any]:
    """Return a JSON object."""
    try:
        value = json.loads(raw)
    except ValueError:
        raise GrvtError(MALFORMED) from None
    if not isinstance(value, dict):
        raise GrvtError(MALFORMED)
    return value


class Body:
    """One object of a request. Numbers may come as JSON numbers or as strings of them."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self.fields = fields

    def has(self, name: str) -> bool:
        """Say whether a field was given and says something."""
        return self.fields.get(name) not in (None, "")

    def text(self, name: str, default: str | None = None) -> str:
        """Return a string, which must be given where there is no default."""
        value = self.fields.get(name, default)
        if isinstance(value, str):
            return value
        raise GrvtError(MALFORMED, f"{name} must be a string")

    def integer(self, name: str, default: int | None = None) -> int:
        """Return a whole number."""
        if not self.has(name) and default is not None:
            return default
        value = self.fields.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if isinstance(value, str) and is_whole(value.removeprefix("-")):
            return int(value)
        raise GrvtError(MALFORMED, f"{name} must be a whole number")

    def decimal(self, name: str, default: Decimal | None = None) -> Decimal:
        """Return an exact number, which GRVT takes as a string."""
        if not self.has(name) and default is not None:
            return default
        value = self.fields.get(name)
        try:
            number = Decimal(value) if isinstance(value, str) else None
        except InvalidOperation:
            number = None
        if number is None or not _is_sane(number):
            raise GrvtError(MALFORMED, f"{name} must be a decimal string")
        return number

    def truth(self, name: str) -> bool:
        """Return a boolean; what is not given is false."""
        value = self.fields.get(name, False)
        if isinstance(value, bool):
            return value
        raise GrvtError(MALFORMED, f"{name} must be a boolean")

    def texts(self, name: str) -> Sequence[str]:
        """Return a list of strings; what is not given is empty."""
        value = self.fields.get(name) or []
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            return value
        raise GrvtError(MALFORMED, f"{name} must be a list of strings")

    def part(self, name: str) -> Body:
        """Return an object within this one."""
        value = self.fields.get(name)
        if isinstance(value, dict):
            return Body(value)
        raise GrvtError(MALFORMED, f"{name} must be an object")

    def parts(self, name: str) -> Sequence[Body]:
        """Return a list of objects; what is not given is empty."""
        value = self.fields.get(name) or []
        if isinstance(value, list) and all(isinstance(each, dict) for each in value):
            return [Body(each) for each in value]
        raise GrvtError(MALFORMED, f"{name} must be a list of objects")


def is_whole(text: str) -> bool:
    """Say whether a text is an unsigned number of at most 64 bits, or not much more."""
    return text.isascii() and text.isdecimal() and len(text) <= DIGITS_MAX


def _is_sane(number: Decimal) -> bool:
    if not number.is_finite() or abs(number) >= NUMBER_BEYOND:
        return False
    return number == 0 or abs(number) >= 1 / NUMBER_BEYOND
