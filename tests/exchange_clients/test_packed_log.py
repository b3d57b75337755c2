"""A packed log gives back exactly what it was given, in order, and drops only beyond its bound."""

from __future__ import annotations

from decimal import Decimal

from exchange_clients.base_models import (
    ClientOrderId,
    ContractId,
    Fill,
    Liquidity,
    Side,
    TradeId,
    VenueOrderId,
)
from exchange_clients.packed_log import BLOCK_ROWS, PackedLog


def a_fill(number: int) -> Fill:
    return Fill(
        TradeId(f"t{number}"),
        VenueOrderId(str(number)),
        ClientOrderId(f"c{number}") if number % 2 else None,
        ContractId("BTC-PERP"),
        Side.BUY if number % 3 else Side.SELL,
        Decimal("62000.10"),
        Decimal("0.010"),
        Decimal("-0.0001240"),
        "USD",
        Liquidity.MAKER,
        1_700_000_000_000_000_000 + number,
    )


def test_rows_come_back_exactly_and_in_order() -> None:
    rows = [a_fill(number) for number in range(2 * BLOCK_ROWS + 10)]
    log = PackedLog(Fill)
    for row in rows:
        log.append(row)
    assert len(log) == len(rows)
    assert list(log) == rows
    assert str(next(iter(log)).size) == "0.010", "also the zeros of a Decimal"
    assert log.packed_bytes / (2 * BLOCK_ROWS) < 60


def test_beyond_its_bound_the_oldest_block_is_dropped_and_counted() -> None:
    log = PackedLog(Fill, rows_max=BLOCK_ROWS)
    for number in range(2 * BLOCK_ROWS + 1):
        log.append(a_fill(number))
    assert log.dropped == BLOCK_ROWS
    assert next(row.trade_id for row in log) == f"t{BLOCK_ROWS}"
