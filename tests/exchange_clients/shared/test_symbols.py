"""Plain symbols out of listed names, and back."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_models import ContractId, Symbol
from exchange_clients.shared.symbols import (
    did_you_mean,
    named_by_contract,
    near_names,
    split_multiplier,
    strip_quote,
    symbol_table,
)

QUOTES = ("USD", "USDT", "USDC")


@pytest.mark.parametrize(
    ("base", "symbol", "multiplier"),
    [
        ("BTC", "BTC", 1),
        ("1000PEPE", "PEPE", 1000),
        ("kPEPE", "PEPE", 1000),
        ("1000FLOKI", "FLOKI", 1000),
        ("10000SATS", "SATS", 10_000),
        ("1000000MOG", "MOG", 1_000_000),
        ("1MBABYDOGE", "BABYDOGE", 1_000_000),
        ("1000X", "X", 1000),
        ("1INCH", "1INCH", 1),
        ("2Z", "2Z", 1),
        ("0G", "0G", 1),
        ("1MT", "1MT", 1),
        ("1000", "1000", 1),
        ("100X", "100X", 1),
        ("1001CATS", "1001CATS", 1),
        ("KAVA", "KAVA", 1),
        ("btc", "BTC", 1),
    ],
)
def test_only_a_power_of_ten_before_a_name_is_a_multiplier(
    base: str, symbol: str, multiplier: int
) -> None:
    """F11."""
    assert split_multiplier(base) == (symbol, Decimal(multiplier))


@pytest.mark.parametrize(
    ("contract", "base"),
    [
        ("1000FLOKIUSDT", "1000FLOKI"),
        ("BTC-USD", "BTC"),
        ("BTC_USDC", "BTC"),
        ("USDT", "USDT"),
        ("2ZUSDT", "2Z"),
    ],
)
def test_the_quote_is_stripped_before_the_multiplier_is_read(contract: str, base: str) -> None:
    assert strip_quote(contract, QUOTES) == base


def test_every_contract_of_a_list_round_trips() -> None:
    """F11."""
    names = ["1INCHUSDT", "2ZUSDT", "0GUSDT", "1000PEPEUSDT", "kBONKUSDT", "1000FLOKIUSDT"]
    bases = {ContractId(name): strip_quote(name, QUOTES) for name in names}
    table = symbol_table(bases)
    assert list(table) == ["1INCH", "2Z", "0G", "PEPE", "BONK", "FLOKI"]
    assert [contract_id for contract_id, _ in table.values()] == names
    assert table[Symbol("FLOKI")] == ("1000FLOKIUSDT", Decimal(1000))


def test_the_plain_symbol_is_the_token_alone_where_both_are_listed() -> None:
    table = symbol_table({ContractId("a"): "1000PEPE", ContractId("b"): "PEPE"})
    assert table == {"PEPE": ("b", Decimal(1)), "1000PEPE": ("a", Decimal(1000))}


@settings(deadline=None, derandomize=True, max_examples=200)
@given(
    st.dictionaries(
        st.from_regex(r"[A-Z]{1,4}", fullmatch=True),
        st.sampled_from(["", "1000", "10000", "k"]),
        max_size=8,
    )
)
def test_no_contract_is_lost_or_named_twice(listed: dict[str, str]) -> None:
    bases = {
        ContractId(f"{prefix}{name}-PERP"): f"{prefix}{name}" for name, prefix in listed.items()
    }
    table = symbol_table(bases)
    assert sorted(contract_id for contract_id, _ in table.values()) == sorted(bases)
    for symbol, (contract_id, multiplier) in table.items():
        assert split_multiplier(bases[contract_id]) == (symbol, multiplier)


def test_near_names_are_suggested_best_first() -> None:
    known = ["BTC", "ETH", "SOL", "BTCDOM", "ethfi"]
    assert near_names("btc", known) == ["BTC", "BTCDOM"]
    assert near_names("ETHF", known)[0] == "ethfi"
    assert did_you_mean("BTCC", known).startswith("; did you mean BTC")
    assert did_you_mean("XYZ", known) == ""
    assert did_you_mean("", known) == ""


def test_each_contract_is_told_its_symbol_and_how_many_tokens_it_is_of() -> None:
    bases = {ContractId("1000PEPE-PERP"): "1000PEPE", ContractId("BTC-PERP"): "BTC"}
    assert named_by_contract(bases) == {
        "BTC-PERP": ("BTC", Decimal(1)),
        "1000PEPE-PERP": ("PEPE", Decimal(1000)),
    }
