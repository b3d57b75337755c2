"""The texts that requests are signed as."""

from __future__ import annotations

from collections.abc import Mapping

from venue_simulators.edgex.fields import Json


def query_text(parameters: Mapping[str, str]) -> str:
    """Return the text of a query: sorted, decoded, without what is empty.

    >>> query_text({"size": "200", "accountId": "5", "offsetData": ""})
    'accountId=5&size=200'
    """
    given = sorted((name, value) for name, value in parameters.items() if value)
    return "&".join(f"{name}={value}" for name, value in given)


def body_text(value: Json) -> str:
    """Return the text of a body: objects and lists are folded into one line, null is empty.

    >>> body_text({"b": True, "a": None, "c": ["x", "y"], "d": {"z": "1", "a": "q"}, "e": []})
    'a=&b=true&c=x&y&d=a=q&z=1&e='
    """
    if isinstance(value, dict):
        return "&".join(f"{name}={body_text(value[name])}" for name in sorted(value))
    if isinstance(value, list):
        return "&".join(map(body_text, value))
    if isinstance(value, bool):
        return "true" if value else "false"
    return value or ""
