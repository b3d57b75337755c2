"""What holds whatever is traded: the wire's books are the world's."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.quiet_markets import passes
from tests.venue_simulators.paradex.paradex_stage import SOL, Trader, move, stage

ROUNDED = Decimal("0.001")
"""USD by which the engine's rounding of profits may differ over all fills of a story."""
KINDS = ("LIMIT", "MARKET")
ORDERS = st.lists(
    st.fixed_dictionaries(
        {
            "side": st.sampled_from(["BUY", "SELL"]),
            "kind": st.sampled_from(KINDS),
            "size": st.integers(1, 600),
            "ticks": st.integers(-20, 20),
            "instruction": st.sampled_from(["GTC", "IOC", "POST_ONLY"]),
            "reduce_only": st.booleans(),
            "wait_s": st.sampled_from([0, 1, 90]),
        }
    ),
    min_size=1,
    max_size=8,
)
SCRIPT = [
    move(60, 2, [(149.99, 100.0), (149.95, 300.0)], [(150.01, 300.0)]),
    move(150, 3, [(149.99, 0.0), (149.9, 900.0)], [(150.01, 0.0), (149.96, 500.0)]),
    move(240, 4, [(149.9, 0.0), (150.2, 800.0)], [(149.96, 0.0), (150.02, 0.0), (150.3, 800.0)]),
]


def wanted(drawn: dict[str, Any]) -> dict[str, Any]:
    """Return an order's fields as a request holds them."""
    limit = drawn["kind"] == "LIMIT"
    return {
        "side": drawn["side"],
        "type": drawn["kind"],
        "size": str(drawn["size"]),
        "price": str(Decimal(150) + Decimal(drawn["ticks"]) / 100) if limit else "0",
        "instruction": drawn["instruction"] if limit else "IOC",
        "flags": ["REDUCE_ONLY"] if drawn["reduce_only"] else [],
    }


def total(rows: list[dict[str, Any]], name: str) -> Decimal:
    return sum((Decimal(row[name]) for row in rows), Decimal(0))


@settings(deadline=None, derandomize=True, max_examples=25)
@given(orders=ORDERS)
def test_fills_orders_positions_and_money_agree(orders: list[dict[str, Any]]) -> None:
    simulator = stage(*SCRIPT, balance="100000")
    trader = Trader(simulator)
    for drawn in orders:
        trader.ask("POST", "orders", "", trader.order(**wanted(drawn)))
        passes(simulator, drawn["wait_s"] + 0.05)
        trader.log_in()
    history = trader.get("orders-history", "page_size=5000")["results"]
    sides = {row["id"]: 1 if row["side"] == "BUY" else -1 for row in history}
    fills = trader.get("fills", "page_size=5000")["results"]
    assert_orders_tell_their_fills(history, fills)
    held = sum((sides[row["order_id"]] * Decimal(row["size"]) for row in fills), Decimal(0))
    positions = trader.get("positions")["results"]
    assert total(positions, "size") == held
    funds, account = simulator.world.funds("main"), trader.get("account")
    assert abs(Decimal(account["account_value"]) - funds.equity) < Decimal("1e-11")
    moved = -total(fills, "fee") + total(fills, "realized_pnl") + total(fills, "realized_funding")
    change = Decimal(account["total_collateral"]) - 100_000
    assert abs(change - moved) < ROUNDED
    unrealised = total(positions, "unrealized_pnl")
    assert abs(funds.equity - 100_000 - moved - unrealised) < ROUNDED


def assert_orders_tell_their_fills(
    history: list[dict[str, Any]], fills: list[dict[str, Any]]
) -> None:
    for order in history:
        own = [row for row in fills if row["order_id"] == order["id"]]
        filled = Decimal(order["size"]) - Decimal(order["remaining_size"])
        assert total(own, "size") == filled
        if filled:
            value = sum((Decimal(row["size"]) * Decimal(row["price"]) for row in own), Decimal(0))
            assert abs(Decimal(order["avg_fill_price"]) - value / filled) < Decimal("1e-6")
        whole = order["remaining_size"] == "0"
        assert (order["status"], whole) != ("OPEN", True)
        assert order["status"] == "CLOSED" or not order["cancel_reason"]


@settings(deadline=None, derandomize=True, max_examples=15)
@given(orders=ORDERS)
def test_payments_are_the_size_times_the_index_between_two_fills(
    orders: list[dict[str, Any]],
) -> None:
    simulator = stage(*SCRIPT, balance="100000")
    trader = Trader(simulator)
    for drawn in orders:
        trader.ask("POST", "orders", "", trader.order(**wanted(drawn)))
        passes(simulator, drawn["wait_s"] + 0.05)
        trader.log_in()
    history = trader.get("orders-history", "page_size=5000")["results"]
    sides = {row["id"]: 1 if row["side"] == "BUY" else -1 for row in history}
    payments = trader.get("funding/payments", f"market={SOL}&page_size=5000")["results"]
    by_fill = {row["fill_id"]: row for row in payments}
    held, index = Decimal(0), Decimal(1000)
    for fill in reversed(trader.get("fills", "page_size=5000")["results"]):
        paid = by_fill.get(fill["id"])
        if paid is not None:
            expected = -held * (Decimal(paid["index"]) - index)
            assert abs(Decimal(paid["payment"]) - expected) < Decimal("1e-6")
            index = Decimal(paid["index"])
        held += sides[fill["order_id"]] * Decimal(fill["size"])
        if held == 0 or paid is None:
            index = index_at(trader, fill["created_at"])


def index_at(trader: Trader, at_ms: int) -> Decimal:
    """Return the funding index that stood at an instant."""
    rows = trader.get("funding/data", f"market={SOL}&end_at={at_ms}&page_size=1")["results"]
    return max(Decimal(rows[0]["funding_index"]), Decimal(1000))
