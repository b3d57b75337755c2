"""Turns parameter values as people write them into the types that strategies use."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from strategies.parameter import ParameterError, StrategyParameter

if TYPE_CHECKING:
    from strategies.base_strategy import BaseStrategy

_TRUE = ("true", "yes", "on", "1")
_FALSE = ("false", "no", "off", "0")


def parse_parameters(strategy_cls: type[BaseStrategy], raw: Mapping[str, object]) -> dict[str, Any]:
    """Convert every value by its parameter's kind, and fill in defaults.

    A value of None counts as not given.

    Raises:
        ParameterError: a name is unknown, a value is wrong, or a required one is missing.
    """
    declared = {parameter.name: parameter for parameter in strategy_cls.get_required_parameters()}
    for name in raw:
        if name not in declared:
            strategy = strategy_cls.get_strategy_name()
            raise ParameterError(name, f"is not a parameter of {strategy}{nearest(name, declared)}")
    values: dict[str, Any] = {}
    for name, parameter in declared.items():
        value = raw.get(name)
        if value is not None:
            values[name] = parse_value(parameter, value)
        elif parameter.required:
            raise ParameterError(name, f"is missing; give {parameter.help}")
        else:
            values[name] = parameter.default
    return values


def parse_value(parameter: StrategyParameter, value: object) -> Any:
    """Convert one value.

    Raises:
        ParameterError: it is not of the kind, or out of bounds.
    """
    if isinstance(parameter.kind, tuple):
        return _word(parameter, value, parameter.kind)
    if parameter.kind is bool:
        return _flag(parameter, value)
    if parameter.kind is str:
        return str(value)
    number = _number(parameter, value)
    _check_bounds(parameter, number)
    if parameter.kind is int and number != number.to_integral_value():
        raise ParameterError(parameter.name, f"{value} is not a whole number")
    return parameter.kind(number)


def nearest(name: str, known: Iterable[str]) -> str:
    """Return ``"; did you mean X?"``, or nothing when no name is near."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _word(parameter: StrategyParameter, value: object, words: tuple[str, ...]) -> str:
    word = str(value).strip().lower()
    if word not in words:
        allowed = " or ".join((", ".join(words[:-1]), words[-1]) if words[1:] else words)
        hint = nearest(word, words)
        raise ParameterError(parameter.name, f"{str(value)!r} is not {allowed}{hint}")
    return word


def _flag(parameter: StrategyParameter, value: object) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word not in _TRUE + _FALSE:
        raise ParameterError(parameter.name, f"{str(value)!r} is not true or false")
    return word in _TRUE


def _number(parameter: StrategyParameter, value: object) -> Decimal:
    """Read a number by its text, so that 0.1 from a file is exactly 0.1."""
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        number = Decimal("nan")
    if isinstance(value, bool) or not number.is_finite():
        unit = f" of {parameter.unit}" if parameter.unit else ""
        raise ParameterError(parameter.name, f"{str(value)!r} is not a number{unit}")
    return number


def _check_bounds(parameter: StrategyParameter, number: Decimal) -> None:
    minimum = parameter.minimum
    if minimum is None:
        return
    if number < minimum or (parameter.exclusive and number == minimum):
        bound = "above" if parameter.exclusive else "at least"
        raise ParameterError(parameter.name, f"{number} must be {bound} {minimum}")
