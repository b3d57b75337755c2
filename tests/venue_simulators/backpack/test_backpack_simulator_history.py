from __future__ import annotations

import pytest

from tests.support.quiet_markets import passes
from tests.venue_simulators.backpack.backpack_stage import (
    SOL,
    START_MS,
    Caller,
    market,
    move,
    plain_text,
    row,
    rows,
    stage,
)
from venue_simulators.backpack.habits import Habits

FILLS = "/wapi/v1/history/fills"
ORDERS = "/wapi/v1/history/orders"


def fills(caller: Caller, **params: object) -> list[dict[str, object]]:
    return rows(caller.signed_get(FILLS, "fillHistoryQueryAll", **params))


def orders(caller: Caller, **params: object) -> list[dict[str, object]]:
    return rows(caller.signed_get(ORDERS, "orderHistoryQueryAll", **params))


def traded(times: int, visibility_ns: int = 0) -> Caller:
    """Return a caller who has bought 1 SOL that many times, a second apart."""
    caller = Caller(stage(habits=Habits(visibility_ns=visibility_ns)))
    for number in range(times):
        caller.place(**market("Bid", "1.00", clientId=number))
        passes(caller.simulator, 1)
    return caller


def test_fill_names_its_client_id_as_a_text() -> None:
    caller = traded(1)
    (one,) = fills(caller)
    (order,) = orders(caller)
    assert one == {
        "tradeId": one["tradeId"],
        "orderId": order["id"],
        "clientId": "0",
        "symbol": SOL,
        "side": "Bid",
        "price": "180.01",
        "quantity": "1",
        "fee": "0.090005",
        "feeSymbol": "USDC",
        "isMaker": False,
        "systemOrderType": None,
        "timestamp": "2026-11-20T20:00:00.100",
    }
    assert isinstance(one["tradeId"], int)
    assert order["clientId"] == 0


def test_fill_without_a_client_id_has_none() -> None:
    caller = Caller(stage())
    caller.place(**market("Bid", "1.00"))
    assert fills(caller)[0]["clientId"] is None


def test_order_history_tells_time_in_words_and_why_an_order_ended() -> None:
    (order,) = orders(traded(1))
    assert order["createdAt"] == "2026-11-20T20:00:00.100"
    assert order["expiryReason"] is None
    assert order["status"] == "Filled"


def test_order_that_still_rests_is_not_in_the_history() -> None:
    caller = Caller(stage())
    order_id = row(caller.place())["id"]
    assert orders(caller) == []
    caller.cancel(orderId=order_id)
    assert [one["status"] for one in orders(caller)] == ["Cancelled"]


def test_newest_rows_come_first_unless_the_oldest_are_asked_for() -> None:
    caller = traded(3)
    assert [one["clientId"] for one in fills(caller)] == ["2", "1", "0"]
    assert [one["clientId"] for one in fills(caller, sortDirection="Asc")] == ["0", "1", "2"]
    assert [one["clientId"] for one in orders(caller, sortDirection="Desc")] == [2, 1, 0]


def test_pages_join_without_overlap() -> None:
    caller = traded(5)
    first = fills(caller, limit=2)
    second = fills(caller, limit=2, offset=2)
    third = fills(caller, limit=2, offset=4)
    assert [one["clientId"] for one in first + second + third] == ["4", "3", "2", "1", "0"]
    assert fills(caller, limit=2, offset=5) == []


def test_a_hundred_rows_are_the_default_page() -> None:
    caller = Caller(stage())
    for _ in range(104):
        caller.place(**market("Bid", "0.01"))
    assert len(fills(caller)) == 100
    assert len(fills(caller, limit=1000)) == 104


@pytest.mark.parametrize("limit", ["0", "1001", "-1", "ten"])
def test_page_of_another_size_is_refused_in_plain_text(limit: str) -> None:
    answer = Caller(stage()).signed_get(FILLS, "fillHistoryQueryAll", limit=limit)
    status, text = plain_text(answer)
    assert status == 400
    assert text.startswith("failed to parse parameter `limit`")


def test_fills_are_filtered_by_order_symbol_and_time() -> None:
    caller = traded(3)
    newest = fills(caller)[0]
    assert fills(caller, orderId=newest["orderId"]) == [newest]
    assert fills(caller, symbol="ETH_USDC_PERP") == []
    from_ms = START_MS + 1100
    assert [one["clientId"] for one in fills(caller, **{"from": from_ms})] == ["2", "1"]
    assert [one["clientId"] for one in fills(caller, to=from_ms)] == ["1", "0"]


def test_orders_are_filtered_by_id() -> None:
    caller = traded(2)
    newest = orders(caller)[0]
    assert orders(caller, orderId=newest["id"]) == [newest]


def test_rows_are_read_only_after_the_venues_delay() -> None:
    caller = traded(1, visibility_ns=2_000_000_000)
    assert fills(caller) == []
    assert orders(caller) == []
    passes(caller.simulator, 0.999)
    assert fills(caller) == []
    passes(caller.simulator, 0.001)
    assert len(fills(caller)) == len(orders(caller)) == 1


def test_liquidation_is_among_the_fills_unless_own_orders_are_asked_for() -> None:
    fall = move(
        1,
        2,
        [(179.98, 0.0), (179.99, 0.0), (149.99, 40.0)],
        [(180.01, 0.0), (180.02, 0.0), (150.01, 40.0)],
    )
    caller = Caller(stage(fall, balance="300"))
    caller.place(**market("Bid", "10.00"))
    passes(caller.simulator, 2)
    assert [one["systemOrderType"] for one in fills(caller)] == ["LiquidatePositionOnBook", None]
    assert [one["side"] for one in fills(caller, fillType="User")] == ["Bid"]
    assert [one["side"] for one in fills(caller, fillType="BookLiquidation")] == ["Ask"]
    assert fills(caller, fillType="Adl") == []


def test_settlements_tell_fees_and_profit_by_source() -> None:
    caller = traded(1)
    caller.place(**market("Ask", "1.00"))
    path, name = "/wapi/v1/history/settlement", "settlementHistoryQueryAll"
    found = rows(caller.signed_get(path, name))
    assert [(one["source"], one["quantity"]) for one in found] == [
        ("RealizePnl", "-0.02"),
        ("TradingFees", "-0.089995"),
        ("TradingFees", "-0.090005"),
    ]
    assert set(found[0]) == {"quantity", "source", "timestamp", "positionId", "engineSequence"}
    assert len(rows(caller.signed_get(path, name, source="RealizePnl"))) == 1


def test_closed_position_tells_its_fees_and_profit() -> None:
    caller = traded(1)
    caller.place(**market("Ask", "1.00"))
    caller.place(**market("Bid", "3.00"))
    path, name = "/wapi/v1/history/position", "positionHistoryQueryAll"
    (closed,) = rows(caller.signed_get(path, name, state="Closed"))
    assert (closed["fees"], closed["cumulativePnlRealized"]) == ("0.18", "-0.02")
    assert closed["openedAt"] == "2026-11-20T20:00:00.100"
    assert closed["closedAt"] == "2026-11-20T20:00:01.100"
    (running,) = rows(caller.signed_get(path, name, state="Open"))
    assert (running["closedAt"], running["netQuantity"]) == (None, "3")
    assert rows(caller.signed_get(path, name)) == [running, closed]
