from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from exchange_clients.unified import (
    CancelResult,
    OrderRequest,
    OrderSide,
    OrderStatus,
    OrderType,
)
from exchange_clients.unified_models import ExchangeConfig, ExchangeType

D = Decimal


def request(**told: Any) -> OrderRequest:
    usual = {"symbol": "BTCUSDT", "side": "BUY", "order_type": "MARKET", "quantity": "1"}
    return OrderRequest(**{**usual, **told})


def test_a_symbol_is_upper_cased_and_numbers_are_read_as_they_are_written() -> None:
    made = request(symbol=" btcusdt ", order_type="LIMIT", quantity=0.1, price="50000.5")
    assert (made.symbol, made.side, made.order_type) == ("BTCUSDT", OrderSide.BUY, OrderType.LIMIT)
    assert (made.quantity, made.price) == (D("0.1"), D("50000.5"))


@pytest.mark.parametrize(
    ("told", "named"),
    [
        ({"quantity": 0}, "quantity"),
        ({"quantity": "-1"}, "quantity"),
        ({"quantity": "NaN"}, "quantity"),
        ({"symbol": "  "}, "symbol"),
        ({"leverage": 0}, "leverage"),
        ({"leverage": 126}, "leverage"),
        ({"price": 0}, "price"),
        ({"trailing_stop_pct": 100}, "trailing_stop_pct"),
        ({"side": "LONG"}, "side"),
        ({"qty": 1}, "qty"),
        ({"order_type": "LIMIT"}, "price is missing: a LIMIT order"),
        ({"order_type": "STOP", "price": 1}, "stop_price is missing"),
        ({"order_type": "STOP_MARKET"}, "stop_price is missing"),
        ({"order_type": "TAKE_PROFIT", "stop_price": 1}, "price is missing"),
        ({"order_type": "TAKE_PROFIT_MARKET"}, "stop_price is missing"),
        ({"order_type": "TRAILING_STOP"}, "trailing_stop_pct is missing"),
    ],
)
def test_what_no_order_can_have_is_refused_by_name(told: dict[str, Any], named: str) -> None:
    with pytest.raises(ValidationError, match=named):
        request(**told)


@pytest.mark.parametrize("leverage", [1, 125])
def test_leverage_has_both_its_bounds(leverage: int) -> None:
    assert request(leverage=leverage).leverage == leverage


def test_a_request_does_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        request().quantity = D(2)


def test_a_value_that_is_trusted_is_the_one_that_was_checked() -> None:
    told: dict[str, Any] = {
        "order_id": "1", "symbol": "BTC", "success": True, "status": OrderStatus.FILLED,
        "filled_quantity": D(1), "exchange": "okx", "reason": None, "error_message": None,
        "outcome_known": True,
    }  # fmt: skip
    checked, trusted = CancelResult(**told), CancelResult.trusted(told)
    assert (trusted, repr(trusted)) == (checked, repr(checked))
    assert trusted.model_dump() == checked.model_dump()


def test_a_configuration_hides_its_secrets() -> None:
    given: dict[str, Any] = {"api_key": "k1", "api_secret": "s1", "passphrase": "p1"}
    config = ExchangeConfig(exchange=ExchangeType.OKX, **given)
    assert ExchangeConfig.model_validate({"exchange": "OKX"}).exchange is ExchangeType.OKX
    assert not any(secret in f"{config!r}{config}" for secret in ("k1", "s1", "p1"))


def test_clients_are_used_without_pydantic() -> None:
    program = (
        "import sys, exchange_clients.factory as f\n"
        "f.ExchangeFactory.client_class('bybit')\n"
        "print('pydantic' in sys.modules, 'exchange_clients.unified' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == ["False", "False"]
