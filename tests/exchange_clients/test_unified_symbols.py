from __future__ import annotations

from decimal import Decimal

import pytest

from exchange_clients.base_models import ContractId, Market, Symbol
from exchange_clients.unified_symbols import base_of, means, spellings, unit_name

D = Decimal


def market(symbol: str, multiplier: int = 1, contract_id: str = "?") -> Market:
    return Market(
        Symbol(symbol), ContractId(contract_id), D("0.1"), D("0.1"), multiplier=D(multiplier)
    )


@pytest.mark.parametrize(
    ("symbol", "base"),
    [
        ("BTC", "BTC"),
        ("BTCUSDT", "BTC"),
        ("BTC-USDT-SWAP", "BTC"),
        ("BTC_USDC_PERP", "BTC"),
        ("BTC-USD-PERP", "BTC"),
        ("1INCHUSDT", "1INCH"),
        ("1000FLOKIUSDT", "1000FLOKI"),
        ("USDT", "USDT"),
    ],
)
def test_a_base_is_what_stands_before_its_quote(symbol: str, base: str) -> None:
    assert base_of(symbol) == base


@pytest.mark.parametrize(
    ("symbol", "listed"),
    [
        ("BTCUSDT", market("BTC")),
        ("1INCHUSDT", market("1INCH")),
        ("2ZUSDT", market("2Z")),
        ("0G", market("0G")),
        ("1000PEPEUSDT", market("PEPE", 1000)),
        ("KPEPE", market("PEPE", 1000)),
        ("1000FLOKIUSDT", market("1000FLOKI", 1000)),
        ("KAVAUSDT", market("KAVA")),
        ("PEPEUSDT", market("PEPE")),
        ("1000XUSDT", market("1000X")),
    ],
)
def test_a_symbol_means_a_market_of_its_unit(symbol: str, listed: Market) -> None:
    assert means(symbol, listed)
    assert any(name in (listed.symbol, base_of(symbol)) for name in spellings(symbol))


@pytest.mark.parametrize(
    ("symbol", "listed"),
    [
        ("PEPEUSDT", market("PEPE", 1000)),
        ("1000PEPEUSDT", market("PEPE")),
        ("KAVAUSDT", market("AVA")),
        ("KPEPE", market("PEPE")),
        ("BTCUSDT", market("ETH")),
    ],
)
def test_a_symbol_never_means_a_market_of_another_unit(symbol: str, listed: Market) -> None:
    assert not means(symbol, listed)


def test_a_market_is_named_with_its_unit() -> None:
    assert unit_name(market("BTC")) == "BTC"
    assert unit_name(market("PEPE", 1000)) == "1000PEPE"
    assert unit_name(market("1000PEPE", 1000)) == "1000PEPE"
    assert unit_name(market("MOG", 1_000_000)) == "1000000MOG"
