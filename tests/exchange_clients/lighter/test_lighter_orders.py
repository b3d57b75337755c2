"""How orders are placed, changed and cancelled on Lighter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import msgspec
import pytest

from exchange_clients.base_models import (
    ContractId,
    NewOrder,
    OrderStatus,
    OrderType,
    Side,
    TimeInForce,
)
from exchange_clients.errors import (
    InvalidOrder,
    UnsupportedFeature,
)
from exchange_clients.lighter.client.managers.order_manager import LighterOrders
from exchange_clients.shared.flow import Response, drive
from tests.exchange_clients.lighter.lighter_samples import (
    ACCOUNT,
    ETH,
    OURS,
    RESTING,
    answer,
    sent,
    table,
)

TABLE = table()
ORDERS = LighterOrders(TABLE, ACCOUNT)
ORDER = NewOrder(
    OURS, ETH, Side.SELL, Decimal("0.1336"), Decimal("2064.48"), time_in_force=TimeInForce.GTX
)


def test_an_order_is_sent_once_in_whole_numbers_and_comes_back_pending() -> None:
    (request,), info = drive(ORDERS.place(ORDER), [answer("http_post_send_tx")])
    assert sent(request) == (
        14,
        {
            "MarketIndex": 0, "ClientOrderIndex": 1732000000001, "BaseAmount": 1336,
            "Price": 206448, "IsAsk": 1, "Type": 0, "TimeInForce": 2, "ReduceOnly": 0,
            "TriggerPrice": 0, "OrderExpiry": -28 * 86_400_000,
        },
        None,
    )  # fmt: skip
    assert (info.status, info.order_id, info.client_order_id) == (OrderStatus.PENDING, "", OURS)
    assert not request.urgent


AT_NINE = {"trigger_price": Decimal(9)}


@pytest.mark.parametrize(
    ("changes", "kind", "time_in_force", "rests", "trigger"),
    [
        ({"order_type": OrderType.MARKET}, 1, 0, False, 0),
        ({"time_in_force": TimeInForce.IOC}, 0, 0, False, 0),
        ({"time_in_force": TimeInForce.GTC}, 0, 1, True, 0),
        ({"order_type": OrderType.STOP_MARKET, **AT_NINE}, 2, 0, True, 900),
        ({"order_type": OrderType.STOP, **AT_NINE}, 3, 2, True, 900),
        ({"order_type": OrderType.TAKE_PROFIT_MARKET, **AT_NINE}, 4, 0, True, 900),
        ({"order_type": OrderType.TAKE_PROFIT, **AT_NINE}, 5, 2, True, 900),
    ],
)
def test_only_what_may_rest_has_an_expiry(
    changes: Mapping[str, object], kind: int, time_in_force: int, rests: bool, trigger: int
) -> None:
    order = replace(ORDER, **changes)  # type: ignore[arg-type]  # fields by name
    _, fields, _ = sent(next(ORDERS.place(order)))
    assert (fields["Type"], fields["TimeInForce"]) == (kind, time_in_force)
    assert (fields["OrderExpiry"] != 0, fields["TriggerPrice"]) == (rests, trigger)


def test_a_reduce_only_order_may_use_the_reserve() -> None:
    request = next(ORDERS.place(replace(ORDER, reduce_only=True)))
    assert (request.urgent, sent(request)[1]["ReduceOnly"]) == (True, 1)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"time_in_force": TimeInForce.FOK}, "fill or kill"),
        ({"order_type": OrderType.TRAILING_STOP}, "trailing stop"),
    ],
)
def test_what_the_venue_does_not_have_is_refused(changes: Mapping[str, object], what: str) -> None:
    order = replace(ORDER, **changes)  # type: ignore[arg-type]  # fields by name
    with pytest.raises(UnsupportedFeature, match=f"lighter does not support {what}"):
        next(ORDERS.place(order))


@pytest.mark.parametrize(
    "changes",
    [{"price": Decimal("2064.481")}, {"size": Decimal("0.00001")}, {"price": Decimal(2**32)}],
)
def test_a_number_that_does_not_fit_is_refused_and_not_rounded(
    changes: Mapping[str, Decimal],
) -> None:
    with pytest.raises(InvalidOrder, match=r"does not fit|more than"):
        next(ORDERS.place(replace(ORDER, **changes)))  # type: ignore[arg-type]  # fields by name


def test_an_answer_without_a_transaction_is_no_receipt() -> None:
    with pytest.raises(msgspec.ValidationError):
        drive(ORDERS.place(ORDER), [Response(200, b'{"code":200}')])


def test_a_cancel_names_our_id_or_that_of_a_foreign_order() -> None:
    (request,), info = drive(ORDERS.cancel(RESTING), [answer("http_post_send_tx")])
    assert sent(request) == (15, {"MarketIndex": 0, "Index": 1732000000001}, None)
    assert (request.urgent, info) == (True, RESTING)
    foreign = next(ORDERS.cancel(replace(RESTING, client_order_id=None)))
    assert sent(foreign)[1]["Index"] == 281476929510117


def test_a_change_keeps_what_it_does_not_name() -> None:
    (request,), _ = drive(
        ORDERS.amend(RESTING, price=Decimal("2070"), size=None), [answer("http_post_send_tx")]
    )
    assert sent(request) == (
        17,
        {
            "MarketIndex": 0, "Index": 1732000000001, "BaseAmount": 1336, "Price": 207000,
            "TriggerPrice": 0,
        },
        None,
    )  # fmt: skip


def test_an_order_that_waits_for_a_trigger_is_not_changed() -> None:
    stop = replace(RESTING, order_type=OrderType.STOP)
    with pytest.raises(UnsupportedFeature, match="no limit order"):
        next(ORDERS.amend(stop, price=Decimal("2070"), size=None))


@pytest.mark.parametrize(("contract_id", "market"), [(None, None), (ETH, 0)])
def test_everything_is_cancelled_at_once(contract_id: ContractId | None, market: int) -> None:
    request = next(ORDERS.cancel_all(contract_id))
    assert sent(request) == (16, {"TimeInForce": 0, "Time": 0}, market)
    assert request.urgent


@pytest.mark.parametrize(
    ("seconds", "fields"),
    [
        (0, {"TimeInForce": 2, "Time": 0}),
        (1, {"TimeInForce": 1, "Time": -310_000}),
        (600, {"TimeInForce": 1, "Time": -600_000}),
        (10**9, {"TimeInForce": 1, "Time": 10_000 - 15 * 86_400_000}),
    ],
)
def test_the_dead_mans_switch_keeps_to_what_the_venue_allows(
    seconds: float, fields: Mapping[str, int]
) -> None:
    assert sent(next(ORDERS.arm_dead_man(seconds))) == (16, fields, None)
