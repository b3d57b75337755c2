"""The sheet that is printed before a grid starts."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from strategies.base_strategy import SheetRow
from strategies.factory import StrategyFactory, parse_parameters
from strategies.implementations.grid.parameters import CycleSettings, cycle_settings
from strategies.implementations.grid.sheet import Sheet, cycle_sheet, grid_sheet
from tests.strategies.grid_driver import a_grid, a_market

D = Decimal


def settings_of(**parameters: object) -> CycleSettings:
    values = {"take_profit": "0.1", "quantity": "0.01", "max_orders": 10, **parameters}
    return cycle_settings(parse_parameters(StrategyFactory.strategy_class("grid"), values))


def sheet_of(
    order_limit: int | None = None,
    maker: str = "0.0002",
    taker: str = "0.0005",
    **parameters: object,
) -> Sheet:
    market = replace(a_market(), maker_fee=D(maker), taker_fee=D(taker))
    quote = (D("1999.9"), D("2000.0"))
    return cycle_sheet(settings_of(**parameters), market, *quote, order_limit=order_limit)


def row(sheet: Sheet, label: str) -> SheetRow:
    return next(row for row in sheet.rows if row.label == label)


def test_profit_is_net_of_both_fees() -> None:
    # Bought at 1999.8, sold at 2001.8: 0.02 gross, 0.00399960 + 0.00400360 of fees.
    profit = row(sheet_of(), "net profit per cycle")
    assert profit.value == "0.0120 USD"
    assert not profit.warning


def test_take_profit_below_the_fees_is_warned_of() -> None:
    profit = row(sheet_of(take_profit="0.02"), "net profit per cycle")
    assert profit.warning
    assert "must exceed 0.0400 %" in profit.note


def test_margin_and_liquidation_are_those_of_the_full_depth() -> None:
    sheet = sheet_of(target_leverage=10)
    assert row(sheet, "margin at full depth").value == "20.00 USD"
    # 1999.8 * 0.9 / 0.995
    assert row(sheet, "liquidation at full depth").value == "1808.9"


def test_liquidation_of_a_short_is_above() -> None:
    sheet = sheet_of(target_leverage=10, direction="sell")
    # 2000.1 * 1.1 / 1.005
    assert row(sheet, "liquidation at full depth").value == "2189.2"


def test_stop_beyond_the_liquidation_price_is_warned_of() -> None:
    sheet = sheet_of(target_leverage=10, stop_price="1700")
    assert row(sheet, "liquidation at full depth").warning


def test_order_count_is_held_against_the_limit_of_the_venue() -> None:
    assert row(sheet_of(order_limit=40), "open orders at most").warning
    assert not row(sheet_of(order_limit=41), "open orders at most").warning
    assert not row(sheet_of(), "open orders at most").warning


def test_what_stays_open_is_said() -> None:
    assert row(sheet_of(), "left open at exit").value == "the closes"
    assert row(sheet_of(exit_open_orders="cancel"), "left open at exit").warning


def test_unlevered_long_has_no_liquidation_price() -> None:
    assert row(sheet_of(), "liquidation at full depth").value == "none"


def test_range_shows_its_narrowest_cell_after_fees() -> None:
    market = replace(a_market(), maker_fee=D("0.0002"))
    raw = {
        "grid_kind": "fixed_range",
        "lower_price": "1900",
        "upper_price": "2100",
        "levels": 5,
        "quantity": "0.01",
        "target_leverage": 10,
    }
    values = parse_parameters(StrategyFactory.strategy_class("grid"), raw)
    sheet = grid_sheet(values, market, D("1999.9"), D("2000.0"), order_limit=3)
    # 50 * 0.01 less fees on 2100 and 2050.
    assert row(sheet, "net profit per cell").value == "0.4917 USD"
    # 0.01 * (1900 + 1950 + 2000 + 2050) / 10
    assert row(sheet, "margin at full depth").value == "7.90 USD"
    assert row(sheet, "open orders at most").warning
    assert row(sheet, "range").note == "4 cells of 2.439 % to 2.632 %"


def test_either_kind_is_recognised_from_its_parameters() -> None:
    raw = {"take_profit": "0.1", "quantity": "0.01"}
    values = parse_parameters(StrategyFactory.strategy_class("grid"), raw)
    sheet = grid_sheet(values, a_market(), D("1999.9"), D("2000.0"))
    assert tuple(a_grid(raw).sheet(D("1999.9"), D("2000.0"))) == sheet.rows
    assert row(sheet, "first entry").value == "buy 0.01 BTC at 1999.8 (20.00 USD)"
