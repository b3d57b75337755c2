from __future__ import annotations

from exchange_clients.base_models import NS
from tests.support.quiet_markets import passes
from tests.venue_simulators.backpack.backpack_stage import (
    SOL,
    Caller,
    market,
    plain_text,
    refusal,
    row,
    rows,
    stage,
)
from venue_simulators.backpack.habits import Habits
from venue_simulators.ed25519.signatures import KEY_PAIRS

PLACE = "/api/v1/order"


def test_order_is_cancelled_by_its_id() -> None:
    caller = Caller(stage())
    order_id = row(caller.place())["id"]
    answer = row(caller.cancel(orderId=order_id))
    assert (answer["id"], answer["status"]) == (order_id, "Cancelled")


def test_order_is_cancelled_by_its_client_id_as_a_number() -> None:
    caller = Caller(stage())
    caller.place(clientId=0)
    assert row(caller.cancel(clientId=0))["status"] == "Cancelled"
    assert plain_text(caller.cancel(clientId="0"))[0] == 400


def test_cancel_names_exactly_one_order() -> None:
    caller = Caller(stage())
    order_id = row(caller.place(clientId=5))["id"]
    assert refusal(caller.cancel(orderId=order_id, clientId=5))[1] == "INVALID_CLIENT_REQUEST"
    assert refusal(caller.cancel())[1] == "INVALID_CLIENT_REQUEST"


def test_order_that_is_gone_is_not_found() -> None:
    caller = Caller(stage())
    order_id = row(caller.place(**market("Bid", "1.00")))["id"]
    gone = (404, "RESOURCE_NOT_FOUND", "Not Found")
    assert refusal(caller.cancel(orderId=order_id)) == gone
    assert refusal(caller.cancel(clientId=99)) == gone
    query = caller.signed_get(PLACE, "orderQuery", symbol=SOL, orderId=order_id)
    assert refusal(query) == gone


def test_order_of_another_account_is_not_found() -> None:
    simulator = stage(accounts=("main", "second"))
    order_id = row(Caller(simulator).place())["id"]
    other = Caller(simulator, KEY_PAIRS[1])
    assert refusal(other.cancel(orderId=order_id))[1] == "RESOURCE_NOT_FOUND"


def test_live_order_is_read_by_either_name() -> None:
    caller = Caller(stage())
    placed = row(caller.place(clientId=8))
    by_id = caller.signed_get(PLACE, "orderQuery", symbol=SOL, orderId=placed["id"])
    by_client_id = caller.signed_get(PLACE, "orderQuery", symbol=SOL, clientId=8)
    assert row(by_id) == row(by_client_id) == placed


def test_of_a_client_id_used_twice_the_newer_order_is_meant() -> None:
    caller = Caller(stage())
    caller.place(clientId=8, price="170.00")
    caller.place(clientId=8, price="171.00")
    found = row(caller.signed_get(PLACE, "orderQuery", symbol=SOL, clientId=8))
    assert found["price"] == "171.00"


def test_open_orders_are_listed_oldest_first() -> None:
    caller = Caller(stage())
    ids = [row(caller.place(clientId=number))["id"] for number in (1, 2, 3)]
    query = caller.signed_get("/api/v1/orders", "orderQueryAll", symbol=SOL, marketType="PERP")
    assert [one["id"] for one in rows(query)] == ids
    assert rows(caller.signed_get("/api/v1/orders", "orderQueryAll", marketType="SPOT")) == []


def test_cancel_all_lists_what_it_cancelled() -> None:
    caller = Caller(stage())
    ids = [row(caller.place(clientId=number))["id"] for number in (1, 2)]
    path, body = "/api/v1/orders", {"symbol": SOL}
    cancelled = rows(caller.send("DELETE", path, "orderCancelAll", body))
    assert [(one["id"], one["status"]) for one in cancelled] == [
        (order_id, "Cancelled") for order_id in ids
    ]
    assert rows(caller.send("DELETE", path, "orderCancelAll", body)) == []


def test_cancel_all_takes_one_kind_of_orders() -> None:
    caller = Caller(stage())
    caller.place()
    caller.place(quantity=None, price="190.00", triggerPrice="189.00", triggerQuantity="1.00")
    body = {"symbol": SOL, "orderType": "ConditionalOrder"}
    cancelled = rows(caller.send("DELETE", "/api/v1/orders", "orderCancelAll", body))
    assert [one["triggerPrice"] for one in cancelled] == ["189.00"]
    left = rows(caller.signed_get("/api/v1/orders", "orderQueryAll"))
    assert [one["triggerPrice"] for one in left] == [None]


def test_cancellation_may_be_accepted_first_and_carried_out_later() -> None:
    caller = Caller(stage(habits=Habits(cancel_delay_ns=NS)))
    order_id = row(caller.place())["id"]
    answer = caller.cancel(orderId=order_id)
    assert (answer.status, answer.body) == (202, b"")
    assert len(rows(caller.signed_get("/api/v1/orders", "orderQueryAll"))) == 1
    assert caller.simulator.next_ns() <= caller.simulator.world.now_ns + NS
    passes(caller.simulator, 1)
    assert rows(caller.signed_get("/api/v1/orders", "orderQueryAll")) == []


def test_order_that_fills_before_its_late_cancellation_stays_filled() -> None:
    caller = Caller(stage(habits=Habits(cancel_delay_ns=NS), accounts=("main", "second")))
    caller.place(price="180.00")
    body = {"symbol": SOL}
    answer = caller.send("DELETE", "/api/v1/orders", "orderCancelAll", body)
    assert answer.status == 202
    Caller(caller.simulator, KEY_PAIRS[1]).place(**market("Ask", "1.00"))
    passes(caller.simulator, 1)
    (past,) = rows(caller.signed_get("/wapi/v1/history/orders", "orderHistoryQueryAll"))
    assert past["status"] == "Filled"
