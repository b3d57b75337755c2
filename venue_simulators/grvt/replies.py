"""Answers of the REST hosts: JSON without blanks, most of it under ``result``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from venue_simulators.wire import HttpResponse


def reply(words: Any, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """Return a successful answer; ``words`` is any JSON value, so its type is left open."""
    return HttpResponse(200, encoded(words).encode(), headers or {})


def encoded(words: Any) -> str:
    """Return any JSON value as text."""
    return json.dumps(words, separators=(",", ":"))
