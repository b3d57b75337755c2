"""Plain symbols out of listed names: ``"1000PEPE" -> ("PEPE", 1000)``, and near names for errors.

Venues list cheap tokens by the thousand, and some tokens have names that begin with a digit. A
number is a multiplier only when it is a power of ten from a thousand up, or one of the short forms
``k`` and ``1M`` before a name; ``1INCH``, ``2Z`` and ``0G`` are names.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal

from exchange_clients.base_models import ONE, ContractId, Symbol

_NUMBER = re.compile(r"(10{3,})(?=[A-Za-z])(.+)")
_THOUSAND = re.compile(r"(k)([A-Z][A-Z0-9]*)")
# Four letters at least: a short name such as 1MT may be a name of its own.
_MILLION = re.compile(r"(1M)([A-Z]{4}[A-Z0-9]*)")
_SHORT_FORMS = {"k": Decimal(1000), "1M": Decimal(1_000_000)}

SUGGESTIONS_MAX = 3


def split_multiplier(base: str) -> tuple[Symbol, Decimal]:
    """Return (symbol, tokens in one unit) of a base asset as a venue lists it.

    Give the listed base, not the contract: ``1000FLOKIUSDT`` has the base ``1000FLOKI``.

    >>> split_multiplier("kPEPE")
    ('PEPE', Decimal('1000'))
    """
    for pattern in (_NUMBER, _THOUSAND, _MILLION):
        match = pattern.fullmatch(base)
        if match is not None:
            prefix, name = match.groups()
            return Symbol(name.upper()), _SHORT_FORMS.get(prefix) or Decimal(prefix)
    return Symbol(base.upper()), ONE


def strip_quote(name: str, quotes: Iterable[str]) -> str:
    """Return the base of a contract whose name ends in its quote: ``1000FLOKIUSDT``.

    The longest quote that fits is taken, and never the whole name.
    """
    for quote in sorted(quotes, key=len, reverse=True):
        base = name.removesuffix(quote).rstrip("-_/")
        if base and base != name:
            return base
    return name


def symbol_table(bases: Mapping[ContractId, str]) -> dict[Symbol, tuple[ContractId, Decimal]]:
    """Return (contract, multiplier) by plain symbol, for the listed base of each contract.

    Where a venue lists a token both alone and by the thousand, the plain symbol means the token
    alone and the other keeps its listed name. Each contract has exactly one symbol.
    """
    table: dict[Symbol, tuple[ContractId, Decimal]] = {}
    for base, contract_id in _plain_first(bases):
        symbol, multiplier = split_multiplier(base)
        if symbol in table:
            symbol = Symbol(base)
        assert symbol not in table, f"{contract_id} and {table[symbol][0]} are both {base}"
        table[symbol] = (contract_id, multiplier)
    return table


def named_by_contract(bases: Mapping[ContractId, str]) -> dict[ContractId, tuple[Symbol, Decimal]]:
    """Return (plain symbol, multiplier) of each contract, by ``symbol_table``."""
    named = symbol_table(bases).items()
    return {contract_id: (symbol, multiplier) for symbol, (contract_id, multiplier) in named}


def near_names(name: str, known: Iterable[str]) -> list[str]:
    """Return the known names most like ``name``, best first, in any letter case."""
    by_folded = {each.casefold(): each for each in known}
    folded = name.casefold()
    inside = [each for each in by_folded if folded and (folded in each or each in folded)]
    close = difflib.get_close_matches(folded, by_folded, n=SUGGESTIONS_MAX, cutoff=0.5)
    found = dict.fromkeys([*close, *sorted(inside, key=len)])
    return [by_folded[each] for each in found][:SUGGESTIONS_MAX]


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return how an error ends: ``"; did you mean BTC or BTCDOM?"``, empty without a near name."""
    names = near_names(name, known)
    return f"; did you mean {' or '.join(names)}?" if names else ""


def _plain_first(bases: Mapping[ContractId, str]) -> list[tuple[str, ContractId]]:
    """Return (base, contract) with the smallest multiplier first, otherwise as listed."""
    listed = [(base, contract_id) for contract_id, base in bases.items()]
    return sorted(listed, key=lambda pair: split_multiplier(pair[0])[1])
