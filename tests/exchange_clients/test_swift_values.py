"""A value that is made swiftly is the one that ``dataclass`` would make."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Mapping
from dataclasses import FrozenInstanceError, dataclass, field, replace
from inspect import signature

import pytest

from exchange_clients.swift_values import swiftly_made


@dataclass(frozen=True, slots=True)
class Usual:
    """A value with fields of each kind."""

    name: str
    size: int
    price: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@swiftly_made
@dataclass(frozen=True, slots=True)
class Swift:
    """The same, made swiftly."""

    name: str
    size: int
    price: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def test_it_takes_and_tells_what_the_usual_value_does() -> None:
    for given, named in (
        (("a", 1), {}),
        (("a",), {"size": 2, "price": 3}),
        ((), {"name": "b", "size": 1}),
    ):
        usual, swift = Usual(*given, **named), Swift(*given, **named)
        assert repr(swift) == repr(usual).replace("Usual", "Swift")
        assert swift == Swift(*given, **named)
    assert list(signature(Swift).parameters) == list(signature(Usual).parameters)


def test_what_is_left_out_or_unknown_is_an_error() -> None:
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'size'"):
        Swift("a")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="unexpected keyword argument 'sise'"):
        Swift("a", sise=1)  # type: ignore[call-arg]


def test_each_has_a_default_of_its_own() -> None:
    assert Swift("a", 1).headers == {}
    assert Swift("a", 1).headers is not Swift("a", 1).headers


def test_it_is_frozen_replaced_and_copied_as_ever() -> None:
    swift = Swift("a", 1, headers={"b": "c"})
    with pytest.raises(FrozenInstanceError):
        swift.size = 2  # type: ignore[misc]
    assert replace(swift, size=2) == Swift("a", 2, headers={"b": "c"})
    assert pickle.loads(pickle.dumps(swift)) == copy.deepcopy(swift) == swift
