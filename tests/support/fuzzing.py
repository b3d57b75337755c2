"""Messages that were changed field by field, and what words make of them.

A message without a fact, or with one of another type, is refused or read as another message; it
never becomes a value that was not sent.
"""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from hypothesis import strategies as st

from exchange_clients.errors import ExchangeError
from exchange_clients.shared.transport.outcome import UNREADABLE

T = TypeVar("T")
GONE = object()
"""Stands for a field that is left out."""
TEXTS = ("NaN", "garbage", "1e5", "-", "")
WRONG: tuple[object, ...] = (GONE, None, True, 7, -1.5, [], {}, *TEXTS)
"""What a field is given; some of it is right for some fields."""
RETYPED: tuple[object, ...] = (GONE, None, True, [], {}, -1.5)
"""What no fact can be, unless it is a flag."""
LEVELS: tuple[object, ...] = (
    ["NaN", "1"], ["1", "NaN"], ["inf", "1"], ["1", "inf"], ["-1", "1"], ["1", "-1"], ["0", "1"],
    [None, "1"], ["1", None], [True, "1"], ["1"], ["1", "1", "1"], [], {}, "1", None,
)  # fmt: skip
"""What is no level of a book that is written as pairs of texts."""


def wrong(field: str, plausible: Mapping[str, tuple[object, ...]]) -> list[object]:
    """Return what a field cannot be.

    Args:
        field: Its name.
        plausible: Values by field that make another message, and not an unreadable one.
    """
    fine = [(type(each), each) for each in plausible.get(field, ())]
    return [each for each in WRONG if each is GONE or (type(each), each) not in fine]


# Any: messages are JSON of any shape.
def changed(message: Mapping[str, Any], field: str, value: object) -> dict[str, Any]:
    """Return a copy of a message with one field replaced or left out."""
    copied = copy.deepcopy(dict(message))
    copied.pop(field)
    return copied if value is GONE else {**copied, field: value}


def read_or_refused(read: Callable[[], Iterable[T]]) -> list[T]:
    """Return what is read; nothing where it is refused as a whole, as words may."""
    with contextlib.suppress(*UNREADABLE, ExchangeError):
        return list(read())
    return []


def objects_in(message: object) -> Iterator[dict[str, Any]]:
    """Yield every object of a message, itself first."""
    if isinstance(message, dict):
        yield message
    inside = message.values() if isinstance(message, dict) else message
    if isinstance(message, dict | list):
        for each in inside:  # type: ignore[attr-defined]  # one of the two, as was just asked
            yield from objects_in(each)


def json_of_names(names: Iterable[str]) -> st.SearchStrategy[Any]:
    """Return JSON of any shape whose objects have fields of these names."""
    return st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(sorted(names)), inner, max_size=4)
        ),
        max_leaves=8,
    )
