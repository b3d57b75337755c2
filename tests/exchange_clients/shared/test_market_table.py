"""What is known of a market outlives its place in the venue's list."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exchange_clients.base_models import ContractId, Market, Symbol
from exchange_clients.errors import ClientConfigError
from exchange_clients.shared.market_table import Listing, MarketTable

BTC, ETH = Symbol("BTC"), Symbol("ETH")


def listing(symbol: Symbol, tick: str = "1") -> Listing:
    size = Decimal("0.001")
    contract_id = ContractId(f"{symbol}-PERP")
    return Listing(Market(symbol, contract_id, tick=Decimal(tick), step=size, min_size=size))


def test_a_market_that_is_listed_no_more_is_known_and_not_tradable() -> None:
    table = MarketTable([listing(BTC), listing(ETH)]).followed_by([listing(ETH, "2")])
    assert not table.of_symbol(BTC).tradable
    assert table.of_symbol(BTC).market == listing(BTC).market
    assert table.of_symbol(ETH) == listing(ETH, "2")


def test_a_market_that_is_listed_again_is_tradable_again() -> None:
    table = MarketTable([listing(BTC)])
    assert list(table.followed_by([]).followed_by([listing(BTC)])) == list(table)


def test_what_never_was_listed_is_unknown() -> None:
    with pytest.raises(ClientConfigError, match="symbol ETH is not listed"):
        MarketTable([listing(BTC)]).of_symbol(ETH)


def test_a_detail_is_what_the_list_put_there_and_of_that_kind() -> None:
    told = Listing(listing(BTC).market, details={"unit": Decimal(10)})
    assert told.detail("unit", Decimal) == 10
    with pytest.raises(AssertionError, match="unit of BTC-PERP is Decimal"):
        told.detail("unit", int)
    assert MarketTable([told]).symbol_of(ContractId("BTC-PERP")) == BTC
