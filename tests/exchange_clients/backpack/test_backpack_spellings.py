from __future__ import annotations

from decimal import Decimal

import pytest

from exchange_clients.backpack import common, get_backpack_symbol_format, normalize_symbol
from exchange_clients.backpack.client.core import VENUE
from exchange_clients.backpack.client.utils.converters import instant_ns
from exchange_clients.backpack.client.utils.errors import MEANINGS
from exchange_clients.base_models import OrderStatus, Reason, Side
from exchange_clients.errors import MissingCredentialsError
from exchange_clients.shared.credentials import read_credentials
from tests.exchange_clients.backpack.backpack_samples import TABLE


@pytest.mark.parametrize(
    ("symbol", "contract"),
    [
        ("BTC", "BTC_USDC_PERP"),
        ("PEPE", "kPEPE_USDC_PERP"),
        ("AAPL.US", "AAPL.US_USDC_PERP"),
        ("1INCH", "1INCH_USDC_PERP"),
    ],
)
def test_symbols_and_contracts_spell_each_other(symbol: str, contract: str) -> None:
    assert normalize_symbol(contract) == symbol
    assert get_backpack_symbol_format(symbol) == contract
    assert get_backpack_symbol_format(contract) == contract


def test_the_table_knows_tokens_by_the_thousand() -> None:
    market = TABLE.of_symbol("PEPE").market
    assert (market.contract_id, market.multiplier) == ("kPEPE_USDC_PERP", Decimal(1000))
    assert (market.step, market.min_size) == (Decimal(100), Decimal(100))


@pytest.mark.parametrize("word", ["Bid", "Ask"])
def test_sides_go_there_and_back(word: str) -> None:
    assert common.SIDE_WORD[common.SIDE[word]] == word
    assert set(common.SIDE.values()) == set(Side)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("New", OrderStatus.OPEN),
        ("PartiallyFilled", OrderStatus.PARTIALLY_FILLED),
        ("Filled", OrderStatus.FILLED),
        ("Cancelled", OrderStatus.CANCELED),
        ("Expired", OrderStatus.EXPIRED),
        ("TriggerPending", OrderStatus.OPEN),
        ("Triggered", OrderStatus.OPEN),
        ("TriggerFailed", OrderStatus.REJECTED),
    ],
)
def test_each_state_has_its_status(word: str, status: OrderStatus) -> None:
    assert common.STATUS[word] is status
    assert len(common.STATUS) == 8


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("PostOnlyTaker", Reason.POST_ONLY_WOULD_CROSS),
        ("InsufficientMargin", Reason.INSUFFICIENT_MARGIN),
        ("InsufficientFunds", Reason.INSUFFICIENT_MARGIN),
        ("ReduceOnlyNotReduced", Reason.REDUCE_ONLY_REJECTED),
        ("StopWithoutPosition", Reason.REDUCE_ONLY_REJECTED),
        ("FillOrKill", Reason.NOT_FILLED_IN_FULL),
        ("ImmediateOrCancel", Reason.NOT_FILLED_IN_FULL),
        ("SelfTradePrevention", Reason.SELF_TRADE),
        ("PRICE_BAND", Reason.INVALID_ORDER),
        ("Unknown", Reason.OTHER),
        (None, None),
    ],
)
def test_each_expiry_has_its_reason(word: str | None, reason: Reason | None) -> None:
    assert common.expiry_reason(word) is reason


@pytest.mark.parametrize("word", ["PriceOutOfBounds", "PRICE_OUT_OF_BOUNDS", "priceoutofbounds"])
def test_expiries_read_the_same_however_they_are_written(word: str) -> None:
    assert common.expiry_reason(word) is Reason.INVALID_ORDER


def test_every_code_of_the_venue_has_a_meaning() -> None:
    assert set(MEANINGS) == {
        "INVALID_CLIENT_REQUEST", "INVALID_SIGNATURE", "UNAUTHORIZED", "FORBIDDEN", "INVALID_ORDER",
        "INSUFFICIENT_FUNDS", "INSUFFICIENT_MARGIN", "MAX_LEVERAGE_REACHED", "INVALID_PRICE",
        "INVALID_QUANTITY", "INVALID_RANGE", "INVALID_SYMBOL", "INVALID_MARKET", "ORDER_LIMIT",
        "POSITION_LIMIT", "ACCOUNT_LIQUIDATING", "ACCOUNT_DEACTIVATED", "TRADING_PAUSED",
        "MAINTENANCE", "PRECONDITION_FAILED", "RESOURCE_NOT_FOUND", "TOO_MANY_REQUESTS", "TIMEOUT",
        "SERVER_ERROR",
    }  # fmt: skip


@pytest.mark.parametrize(
    "written",
    ["2026-11-20T17:39:00.092", 1795196340092, 1795196340092000, 1795196340092000000],
)
def test_instants_read_the_same_however_they_are_written(written: int | str) -> None:
    assert instant_ns(written) == 1795196340_092000000


def test_instants_keep_their_microseconds() -> None:
    assert instant_ns(1795200000174705) == 1795200000_174705000


def test_keys_that_are_not_32_bytes_are_told_by_name_alone() -> None:
    variables = {"BACKPACK_PUBLIC_KEY": "A" * 43 + "=", "BACKPACK_SECRET_KEY": "hunter2"}
    with pytest.raises(MissingCredentialsError, match="BACKPACK_SECRET_KEY") as caught:
        read_credentials(VENUE.name, VENUE.fields, variables)
    assert "hunter2" not in str(caught.value)
    assert "PUBLIC" not in str(caught.value)
