"""Lighter's integers: decimals of the market's list, and nothing else, scale prices and sizes."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exchange_clients.errors import InvalidOrder
from exchange_clients.lighter.client.core import VENUE
from exchange_clients.lighter.client.utils.converters import Scale, scaled


def test_prices_and_sizes_are_scaled_by_the_markets_own_decimals() -> None:
    fine = Scale(price_decimals=5, size_decimals=8)
    assert fine.size(Decimal("0.00273")) == 273_000
    assert scaled(Decimal(62_000), 5, bits=64) == 6_200_000_000
    with pytest.raises(InvalidOrder):
        fine.price(Decimal(62_000))  # the venue's field has 32 bits
    coarse = Scale(price_decimals=1, size_decimals=5)
    assert coarse.size(Decimal("0.00273")) == 273
    assert coarse.price(Decimal("62004.9")) == 620_049


def test_the_hosts_and_the_account_are_the_venues() -> None:
    prod, testnet = VENUE.environments["prod"], VENUE.environments["testnet"]
    assert prod.urls["rest"] == "https://mainnet.zklighter.elliot.ai"
    assert testnet.urls["rest"] == "https://testnet.zklighter.elliot.ai"
    assert (prod.constants["chain_id"], testnet.constants["chain_id"]) == ("304", "300")
    named = {field.name: field.variable for field in VENUE.fields}
    assert named == {
        "private_key": "API_KEY_PRIVATE_KEY",
        "account_index": "LIGHTER_ACCOUNT_INDEX",
        "api_key_index": "LIGHTER_API_KEY_INDEX",
    }
