"""Symbols lead to contracts and back on each venue's own table, whatever they are called.

F11: names that begin with digits, and tokens listed by the thousand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
import pytest

from exchange_clients.base_models import ONE, Symbol
from exchange_clients.shared.flow import Response, drive
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.symbols import split_multiplier, strip_quote
from exchange_clients.shared.venue import Venue

DATA = Path(__file__).parents[1] / "data"
NAMES = ("1INCH", "2Z", "0G", "KAITO", "KAS")
"""Names of their own, however they begin."""
BASES = (*NAMES, "1000PEPE", "kPEPE", "KPEPE", "1000FLOKI", "BTC", "10SET", "1MT")


@dataclass(frozen=True, slots=True)
class Listed:
    """How a venue lists a base, and how it spells a thousand PEPE."""

    sample: str
    rows: Callable[[Any], list[dict[str, Any]]]
    row: Callable[[dict[str, Any], str, int], dict[str, Any]]
    contract: Callable[[str, int], str]
    thousand: str
    more: tuple[bytes, ...] = ()
    """What else the venue is asked for its list, and answers."""


VENUES: Mapping[str, Listed] = {
    "aster": Listed(
        "http_get_exchange_info",
        lambda answer: answer["symbols"],
        lambda row, base, _: {**row, "symbol": f"{base}USDT", "baseAsset": base},
        lambda base, _: f"{base}USDT",
        "1000PEPE",
        more=(b"[]",),
    ),
    "backpack": Listed(
        "http_get_markets",
        lambda answer: answer,
        lambda row, base, _: {**row, "symbol": f"{base}_USDC_PERP", "baseSymbol": base},
        lambda base, _: f"{base}_USDC_PERP",
        "kPEPE",
    ),
    "edgex": Listed(
        "http_get_meta_data",
        lambda answer: answer["data"]["contractList"],
        lambda row, base, number: {
            **row,
            "contractId": str(number),
            "contractName": f"{base}USDC",
            "baseCoinId": "9",  # not in the list of coins, so that the name tells it
        },
        lambda _, number: str(number),
        "1000PEPE",
    ),
    "grvt": Listed(
        "http_post_all_instruments",
        lambda answer: answer["result"],
        lambda row, base, _: {**row, "instrument": f"{base}_USDT_Perp", "base": base},
        lambda base, _: f"{base}_USDT_Perp",
        "KPEPE",
    ),
    "lighter": Listed(
        "http_get_order_book_details",
        lambda answer: answer["order_book_details"],
        lambda row, base, number: {**row, "symbol": base, "market_id": number},
        lambda _, number: str(number),
        "1000PEPE",
    ),
    "paradex": Listed(
        "http_get_markets",
        lambda answer: answer["results"],
        lambda row, base, _: {**row, "symbol": f"{base}-USD-PERP", "base_currency": base},
        lambda base, _: f"{base}-USD-PERP",
        "kPEPE",
    ),
}


def words(name: str) -> Venue:
    record: Venue = import_module(f"exchange_clients.{name}.client.core").VENUE
    return record


def table(name: str, bases: tuple[str, ...]) -> MarketTable:
    """Return the venue's table of these bases, read by its own words from its own answer."""
    listed = VENUES[name]
    answer = msgspec.json.decode((DATA / name / f"{listed.sample}.json").read_bytes())
    rows = listed.rows(answer)
    first = rows[0]
    rows[:] = [listed.row(first, base, number) for number, base in enumerate(bases)]
    bodies = (msgspec.json.encode(answer), *listed.more)
    _, listings = drive(words(name).markets.list(), [Response(200, body) for body in bodies])
    return MarketTable(listings)


@pytest.mark.parametrize("name", VENUES)
@pytest.mark.parametrize("base", BASES)
def test_a_listed_market_is_found_by_its_symbol_and_by_its_contract(name: str, base: str) -> None:
    (listing,) = table(name, (base,))
    market = listing.market
    assert market.contract_id == VENUES[name].contract(base, 0)
    assert table(name, (base,)).of_symbol(market.symbol).market == market
    assert table(name, (base,)).of_contract(market.contract_id).market == market


@pytest.mark.parametrize("name", VENUES)
@pytest.mark.parametrize("base", NAMES)
def test_digits_and_letters_of_a_name_are_no_multiplier(name: str, base: str) -> None:
    (listing,) = table(name, (base,))
    assert (listing.market.symbol, listing.market.multiplier) == (Symbol(base), ONE)
    assert words(name).normalize_symbol(words(name).symbol_format(base)) == base


@pytest.mark.parametrize("name", VENUES)
def test_a_thousand_tokens_are_known_by_the_venues_own_spelling(name: str) -> None:
    spelling = VENUES[name].thousand
    (listing,) = table(name, (spelling,))
    assert (listing.market.symbol, listing.market.multiplier) == (Symbol("PEPE"), Decimal(1000))
    assert words(name).normalize_symbol(words(name).symbol_format("PEPE")) == "PEPE"
    assert spelling in words(name).symbol_format("PEPE")


@pytest.mark.parametrize("name", VENUES)
def test_every_contract_of_a_long_list_has_a_symbol_of_its_own(name: str) -> None:
    bases = tuple(each for each in BASES if each not in {"1000PEPE", "kPEPE", "KPEPE"})
    listed = table(name, (*bases, VENUES[name].thousand))
    symbols = [each.market.symbol for each in listed]
    assert len(symbols) == len(set(symbols)) == len(bases) + 1
    found = {each: listed.of_symbol(each).market.contract_id for each in symbols}
    assert list(found.values()) == [each.market.contract_id for each in listed]


def test_a_contract_that_ends_in_its_quote_is_read_as_well() -> None:
    base = strip_quote("1000FLOKIUSDT", ["USDT"])
    assert split_multiplier(base) == (Symbol("FLOKI"), Decimal(1000))
