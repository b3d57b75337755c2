"""Reading what a REST request asks for."""

from __future__ import annotations

from collections.abc import Sequence
from email.parser import BytesParser
from email.policy import HTTP
from urllib.parse import parse_qsl

from venue_simulators.lighter.errors import Code, Refusal
from venue_simulators.wire import HttpRequest

API = "/api/v1/"


class Parameters:
    """Query and form fields of one request."""

    def __init__(self, request: HttpRequest) -> None:
        self._values = request.params
        if request.method == "POST":
            self._values |= _form(request)

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text; without a default it is required."""
        value = self._values.get(name, default)
        if value is None:
            raise Refusal(Code.INVALID_PARAMETER, f"{name} is required")
        return value

    def number(self, name: str, default: int | None = None) -> int:
        """Return an integer; without a default it is required."""
        text = self._values.get(name)
        if text is None or text == "":
            if default is None:
                raise Refusal(Code.INVALID_PARAMETER, f"{name} is required")
            return default
        try:
            return int(text)
        except ValueError:
            raise Refusal(Code.INVALID_PARAMETER, name) from None

    def within(self, name: str, least: int, most: int, default: int | None = None) -> int:
        """Return an integer of a range."""
        value = self.number(name, default)
        if not least <= value <= most:
            raise Refusal(Code.INVALID_PARAMETER, name)
        return value

    def numbers(self, name: str) -> list[int]:
        """Return integers separated by commas."""
        try:
            return [int(part) for part in self.text(name).split(",")]
        except ValueError:
            raise Refusal(Code.INVALID_PARAMETER, name) from None


def _form(request: HttpRequest) -> dict[str, str]:
    """Return the fields of a form, in either of the two ways in which forms travel."""
    content_type = request.headers.get("content-type", "")
    if not content_type.startswith("multipart/form-data"):
        return dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
    head = f"content-type: {content_type}\r\n\r\n".encode("latin-1", "replace")
    message = BytesParser(policy=HTTP).parsebytes(head + request.body)
    fields = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        value = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(value, bytes):
            fields[name] = value.decode("utf-8", "replace")
    return fields


def token_of(request: HttpRequest, parameters: Parameters) -> str:
    """Return the auth token of a request, empty where there is none."""
    return request.headers.get("authorization") or parameters.text("auth", "")


def page(
    rows: Sequence[dict[str, object]], cursor: str, limit: int
) -> tuple[Sequence[dict[str, object]], str]:
    """Return a page and the cursor of the next, which is empty after the last.

    A cursor is the number of rows before its page, written so that nobody computes with it.
    """
    try:
        start = int(cursor.removeprefix("c"), 36) if cursor else 0
    except ValueError:
        raise Refusal(Code.INVALID_PARAMETER, "cursor") from None
    end = start + limit
    return rows[start:end], f"c{_base36(end)}" if end < len(rows) else ""


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits or "0"
