from __future__ import annotations

import pytest

from tests.support.quiet_markets import passes
from tests.venue_simulators.backpack.backpack_stage import (
    START_MS,
    Caller,
    market,
    move,
    plain_text,
    refusal,
    row,
    rows,
    stage,
)

PLACE = "/api/v1/order"


def stop(**changes: object) -> dict[str, object]:
    order = {"triggerPrice": "178.00", "triggerQuantity": "2.00", "reduceOnly": True, **changes}
    return market("Ask", None) | order


def test_trigger_order_waits_with_its_size_in_the_trigger() -> None:
    caller = Caller(stage())
    caller.place(**market("Bid", "2.00"))
    answer = row(caller.place(**stop()))
    assert answer["status"] == "TriggerPending"
    assert answer["quantity"] is None
    assert (answer["triggerPrice"], answer["triggerQuantity"]) == ("178.00", "2.00")
    account = row(caller.signed_get("/api/v1/account", "accountQuery"))
    assert (account["limitOrders"], account["triggerOrders"]) == (0, 1)
    assert row(caller.cancel(orderId=answer["id"]))["status"] == "Cancelled"


def falling_market() -> Caller:
    """Return a caller on a market that falls to 177 after one second."""
    fall = move(
        1,
        2,
        [(179.98, 0.0), (179.99, 0.0), (176.99, 40.0)],
        [(180.01, 0.0), (180.02, 0.0), (177.01, 40.0)],
    )
    return Caller(stage(fall))


def test_stop_fires_when_the_mark_falls_to_it() -> None:
    caller = falling_market()
    caller.place(**market("Bid", "2.00"))
    caller.place(**stop())
    passes(caller.simulator, 2)
    (ended, _) = rows(caller.signed_get("/wapi/v1/history/orders", "orderHistoryQueryAll"))
    assert (ended["status"], ended["executedQuantity"]) == ("Filled", "2")
    assert ended["triggeredAt"] == START_MS + 1000
    assert ended["quantity"] == "2"


def test_percentage_of_a_trigger_is_of_the_position() -> None:
    caller = falling_market()
    caller.place(**market("Bid", "2.00"))
    assert row(caller.place(**stop(triggerQuantity="80%")))["triggerQuantity"] == "80%"
    passes(caller.simulator, 2)
    assert rows(caller.signed_get("/api/v1/position", "positionQuery"))[0]["netQuantity"] == "0.4"


def test_stop_that_finds_no_position_fails() -> None:
    caller = falling_market()
    caller.place(**market("Bid", "2.00"))
    caller.place(**stop())
    caller.place(**market("Ask", "2.00"))
    passes(caller.simulator, 2)
    past = rows(caller.signed_get("/wapi/v1/history/orders", "orderHistoryQueryAll"))
    assert (past[0]["status"], past[0]["expiryReason"]) == ("TriggerFailed", "StopWithoutPosition")


def test_an_attached_exit_waits_from_the_fill_on_and_closes_what_was_opened() -> None:
    caller = falling_market()
    trigger = stop()["triggerPrice"]
    exits = {"stopLossTriggerPrice": trigger, "stopLossTriggerBy": "MarkPrice"}
    caller.place(**market("Bid", "2.00"), **exits, takeProfitTriggerPrice="900.00")
    waiting = rows(caller.signed_get("/api/v1/orders", "orderQueryAll"))
    assert [(each["side"], each["triggerPrice"], each["triggerQuantity"]) for each in waiting] == [
        ("Ask", "900.00", "2.00"),
        ("Ask", trigger, "2.00"),
    ]
    passes(caller.simulator, 2)
    assert rows(caller.signed_get("/api/v1/position", "positionQuery")) == []


def test_an_attached_exit_without_its_trigger_is_refused() -> None:
    answer = plain_text(Caller(stage()).place(takeProfitLimitPrice="190.00"))
    assert answer == (400, "parse request payload error: `takeProfitTriggerPrice`: missing field")


@pytest.mark.parametrize("size", ["half", "-1", "80%%"])
def test_trigger_size_is_a_number_or_a_percentage(size: str) -> None:
    assert plain_text(Caller(stage()).place(**stop(triggerQuantity=size)))[0] == 400


def test_percentage_without_a_position_is_refused() -> None:
    answer = Caller(stage()).place(**stop(triggerQuantity="50%"))
    assert refusal(answer)[1] == "INVALID_QUANTITY"


def test_take_profit_of_a_short_fires_when_the_mark_falls() -> None:
    caller = falling_market()
    caller.place(**market("Ask", "2.00"))
    caller.place(**stop(side="Bid"))
    passes(caller.simulator, 2)
    assert rows(caller.signed_get("/api/v1/position", "positionQuery")) == []
