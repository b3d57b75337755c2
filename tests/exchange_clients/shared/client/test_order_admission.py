from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from exchange_clients.base_models import (
    ClientIdSpace,
    ClientOrderId,
    ContractId,
    Feature,
    NewOrder,
    OrderType,
    PositionSide,
    Side,
    TimeInForce,
)
from exchange_clients.errors import InvalidOrder, UnsupportedFeature
from exchange_clients.shared.client.client_order_ids import check_client_order_id
from exchange_clients.shared.client.order_admission import (
    TimesInForce,
    check_features,
    check_fields,
)

D = Decimal
ALL = TimesInForce()


def order(kind: OrderType = OrderType.LIMIT, **told: Any) -> NewOrder:
    said: dict[str, Any] = {"price": D(100) if kind is OrderType.LIMIT else None, **told}
    return NewOrder(ClientOrderId("1"), ContractId("BTC"), Side.BUY, D(1), order_type=kind, **said)


def passes(wanted: NewOrder) -> bool:
    check_fields(wanted, "toy")
    return True


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (OrderType.LIMIT, {}),
        (OrderType.MARKET, {}),
        (OrderType.STOP, {"price": D(1), "trigger_price": D(1)}),
        (OrderType.TAKE_PROFIT_MARKET, {"trigger_price": D(1)}),
        (OrderType.TRAILING_STOP, {"trailing_fraction": D("0.01")}),
        (OrderType.TRAILING_STOP, {"trailing_fraction": D("0.01"), "trigger_price": D(1)}),
    ],
)
def test_an_order_has_what_its_type_needs(kind: OrderType, told: dict[str, Decimal]) -> None:
    assert passes(order(kind, **told))


@pytest.mark.parametrize(
    ("kind", "told", "missing"),
    [
        (OrderType.LIMIT, {"price": None}, "price"),
        (OrderType.STOP, {"trigger_price": D(1)}, "price"),
        (OrderType.STOP_MARKET, {}, "trigger_price"),
        (OrderType.TRAILING_STOP, {}, "trailing_fraction"),
    ],
)
def test_what_is_missing_is_named(kind: OrderType, told: dict[str, Any], missing: str) -> None:
    with pytest.raises(InvalidOrder, match=f"^{missing} is missing: a {kind.value} order"):
        check_fields(order(kind, **told), "toy")


@pytest.mark.parametrize(
    ("kind", "told", "idle"),
    [
        (OrderType.MARKET, {"price": D(1)}, "price"),
        (OrderType.LIMIT, {"trigger_price": D(1)}, "trigger price"),
        (OrderType.LIMIT, {"trailing_fraction": D("0.1")}, "trailing fraction"),
    ],
)
def test_a_field_without_effect_is_refused(
    kind: OrderType, told: dict[str, Any], idle: str
) -> None:
    with pytest.raises(UnsupportedFeature, match=f"toy does not support {idle} of a"):
        check_fields(order(kind, **told), "toy")


@pytest.mark.parametrize(
    ("wanted", "feature"),
    [
        (order(OrderType.STOP_MARKET, trigger_price=D(1)), Feature.CONDITIONAL_ORDERS),
        (order(OrderType.TRAILING_STOP, trailing_fraction=D("0.1")), Feature.TRAILING_STOP),
        (order(take_profit_price=D(110)), Feature.ATTACHED_EXITS),
        (order(stop_loss_price=D(90)), Feature.ATTACHED_EXITS),
        (order(position_side=PositionSide.LONG), Feature.HEDGE_MODE),
    ],
)
def test_a_venue_must_have_what_an_order_asks_for(wanted: NewOrder, feature: Feature) -> None:
    asked: list[Feature] = []

    def supports(each: Feature) -> bool:
        asked.append(each)
        return True

    check_features(wanted, supports, ALL, "toy")
    assert asked == [feature]
    with pytest.raises(UnsupportedFeature, match=feature.value.replace("_", " ")):
        check_features(wanted, lambda _: False, ALL, "toy")


def test_a_plain_order_asks_for_nothing() -> None:
    def refuse(feature: Feature) -> bool:
        raise AssertionError(feature)

    check_features(order(), refuse, ALL, "toy")
    with pytest.raises(UnsupportedFeature, match="time in force fok of a limit order"):
        check_features(
            order(time_in_force=TimeInForce.FOK), refuse, TimesInForce(frozenset()), "toy"
        )


def test_an_order_that_waits_has_the_times_in_force_that_its_venue_keeps_for_it() -> None:
    gtc, ioc, fok = TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK
    known = TimesInForce(frozenset({gtc, ioc}), frozenset({gtc, fok})).known
    assert known(OrderType.LIMIT) == {gtc, ioc}
    assert known(OrderType.STOP) == known(OrderType.TAKE_PROFIT) == {gtc}
    assert known(OrderType.STOP_MARKET) == known(OrderType.TRAILING_STOP) == {gtc, ioc}


@pytest.mark.parametrize(
    ("name", "fits"),
    [("1", True), ("4294967295", True), ("4294967296", False), ("0", False), ("-1", False),
     ("abc", False), ("٣", False)],
)  # fmt: skip
def test_a_number_stays_below_its_bits(name: str, fits: bool) -> None:
    space = ClientIdSpace(10, "0123456789", bits=32)
    if fits:
        check_client_order_id(ClientOrderId(name), space, "toy")
        return
    with pytest.raises(InvalidOrder, match=r"is unsupported on toy: use a number from 1 below"):
        check_client_order_id(ClientOrderId(name), space, "toy")


def test_a_name_keeps_to_length_and_alphabet() -> None:
    space = ClientIdSpace(4, "abc")
    check_client_order_id(ClientOrderId("abca"), space, "toy")
    for name in ("abcab", "xyz"):
        with pytest.raises(InvalidOrder, match="use at most 4 characters of abc"):
            check_client_order_id(ClientOrderId(name), space, "toy")
