"""A3: symbols that are routed, and one order as users of the unified view place it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from exchange_clients.routing import (
    get_current_symbol_mapping,
    resolve_exchange_for_symbol,
    set_symbol_exchange_mapping,
)
from exchange_clients.unified import BinanceAdapter, OrderRequest, OrderSide, OrderType
from tests.conformance.altered import FRAME, Json
from tests.conformance.rig import Rig, Setting, play, setting
from tests.conformance.venues import VENUES, Deed

BINANCE = next(facts for facts in VENUES if facts.name == "binance")
REQUEST = OrderRequest(
    symbol="BTCUSDT",
    side=OrderSide.BUY,
    order_type=OrderType.LIMIT,
    quantity=Decimal("0.5"),
    price=Decimal(50_000),
    leverage=10,
)


@pytest.fixture(autouse=True)
def _unmapped() -> Iterator[None]:
    before = get_current_symbol_mapping()
    yield
    set_symbol_exchange_mapping(before)


def as_recorded(place: str, message: Json) -> Json:
    """Let the answer to the order be one that was filled at once."""
    if place == FRAME or not isinstance(message, dict) or "clientOrderId" not in message:
        return message
    filled = {"orderId": 12345, "status": "FILLED", "executedQty": "0.500", "avgPrice": "50000.00"}
    return {**message, **filled}


def test_a_mapped_symbol_leaves_and_any_other_stays() -> None:
    set_symbol_exchange_mapping({"SOLUSDT": "bybit"})
    assert resolve_exchange_for_symbol("SOLUSDT") == "bybit"
    assert resolve_exchange_for_symbol("BTCUSDT") == "binance"


def test_leverage_is_set_then_the_order_is_placed_and_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    @setting(Setting(balance=Decimal(100_000)))
    async def scene(rig: Rig) -> None:
        rig.altered.change = as_recorded
        exchange = BinanceAdapter(rig.client, clock=rig.clock)
        result = await exchange.place_order(REQUEST)
        print(f"Order {result.order_id}: {result.status} on {result.exchange}")  # noqa: T201  # as users do
        rig.altered.change = None

    rig = play(BINANCE, scene)
    assert capsys.readouterr().out == "Order 12345: FILLED on binance\n"
    sent = [
        each for each in rig.venue.log.matching("POST") if each.path.endswith(("leverage", "order"))
    ]
    assert [each.path.rpartition("/")[2] for each in sent] == ["leverage", "order"]
    words = f"{sent[1].query}{sent[1].text}"
    assert all(word in words for word in ("quantity=0.5", "price=50000", "side=BUY"))
    assert "leverage=10" in f"{sent[0].query}{sent[0].text}"


def test_a_dry_run_of_it_sends_nothing() -> None:
    async def scene(rig: Rig) -> None:
        exchange = BinanceAdapter(rig.client, dry_run=True, clock=rig.clock)
        assert (await exchange.place_order(REQUEST)).status == "PENDING"

    rig = play(BINANCE, scene)
    assert rig.requests(Deed.CREATE) == []
    assert not [each for each in rig.venue.log.matching("POST") if "leverage" in each.path]
