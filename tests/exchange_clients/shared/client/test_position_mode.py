from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from exchange_clients.base_models import (
    ClientOrderId,
    ContractId,
    ExchangePositionSnapshot,
    NewOrder,
    PositionSide,
    Side,
    Symbol,
)
from exchange_clients.errors import InvalidOrder
from exchange_clients.shared.client.position_mode import net_positions, with_position_side

D = Decimal
BTC = ContractId("BTC-PERP")
LONG, SHORT = PositionSide.LONG, PositionSide.SHORT


def order(side: Side, *, reduces: bool = False, held: PositionSide | None = None) -> NewOrder:
    return NewOrder(
        ClientOrderId("1"), BTC, side, D(1), D(100), reduce_only=reduces, position_side=held
    )


def leg(quantity: str, side: PositionSide | None, **told: Any) -> ExchangePositionSnapshot:
    return ExchangePositionSnapshot(Symbol("BTC"), BTC, D(quantity), position_side=side, **told)


@pytest.mark.parametrize(
    ("side", "reduces", "held"),
    [
        (Side.BUY, False, LONG),
        (Side.SELL, False, SHORT),
        (Side.SELL, True, LONG),
        (Side.BUY, True, SHORT),
    ],
)
def test_what_reduces_changes_the_other_side_and_what_opens_its_own(
    side: Side, reduces: bool, held: PositionSide
) -> None:
    wanted = order(side, reduces=reduces)
    assert with_position_side(wanted, True, "toy") == replace(wanted, position_side=held)


def test_a_side_that_was_named_is_kept() -> None:
    wanted = order(Side.SELL, held=LONG)
    assert with_position_side(wanted, True, "toy") is wanted


def test_what_cannot_reduce_the_named_side_is_refused() -> None:
    with pytest.raises(InvalidOrder, match="position_side short: a sell cannot reduce it"):
        with_position_side(order(Side.SELL, reduces=True, held=SHORT), True, "toy")


def test_one_way_mode_knows_no_sides() -> None:
    plain = order(Side.BUY)
    assert with_position_side(plain, False, "toy") is plain
    with pytest.raises(InvalidOrder, match=r"position_side long is given, and .* on toy is in"):
        with_position_side(order(Side.BUY, held=LONG), False, "toy")


def test_a_position_without_sides_is_itself() -> None:
    row = leg("1", None)
    assert net_positions([row]) == {BTC: row}


def test_a_single_side_is_the_whole_and_its_only_leg() -> None:
    row = leg("-2", SHORT, entry_price=D(90))
    (net,) = net_positions([row]).values()
    assert net == replace(row, position_side=None, legs=(row,))


def test_two_sides_are_netted_and_kept() -> None:
    long = leg("3", LONG, entry_price=D(90), unrealized_pnl=D(5), leverage=D(10), mark_price=D(92))
    short = leg("-1", SHORT, entry_price=D(95), unrealized_pnl=D(-2), leverage=D(10))
    (net,) = net_positions([long, short]).values()
    assert net == ExchangePositionSnapshot(
        Symbol("BTC"),
        BTC,
        D(2),
        mark_price=D(92),
        unrealized_pnl=D(3),
        leverage=D(10),
        legs=(long, short),
    )
