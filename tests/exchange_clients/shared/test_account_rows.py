"""Brackets of leverage come to what a market allows."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exchange_clients.base_models import LeverageBracket, LeverageInfo
from exchange_clients.errors import MalformedPayload
from exchange_clients.shared.account_rows import leverage_of

SMALL = LeverageBracket(Decimal(100), Decimal(50), Decimal("0.01"))
LARGE = LeverageBracket(None, Decimal(10), Decimal("0.05"))


def test_brackets_are_told_smallest_first_and_one_without_limit_is_the_largest() -> None:
    whole = LeverageInfo(Decimal(50), None, Decimal("0.02"), (SMALL, LARGE))
    assert leverage_of([LARGE, SMALL], "BTC") == whole


def test_a_market_without_brackets_is_named() -> None:
    with pytest.raises(MalformedPayload, match="no readable bracket of BTC"):
        leverage_of([], "BTC")
