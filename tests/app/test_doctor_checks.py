"""What the doctor says of each misconfiguration, and how to mend it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from app.doctor_checks import Intent, LegFacts, Level, Quote, findings_between, findings_of
from exchange_clients.base_models import ContractId, ExchangePositionSnapshot, Market, Symbol

BTC, PERP = Symbol("BTC"), ContractId("BTC-PERP")
MARKET = Market(BTC, PERP, Decimal("0.1"), Decimal("0.001"), min_notional=Decimal(50))
SOUND = LegFacts(
    "one",
    offset_ms=3.0,
    market=MARKET,
    hedged=False,
    leverage=Decimal(5),
    max_leverage=Decimal(20),
    fees=(Decimal("0.0002"), Decimal("0.0005")),
    available=Decimal(1_000),
    equity=Decimal(1_000),
    positions=(),
    open_orders=0,
    funding_hours=Decimal(8),
    quote=Quote(Decimal(60_000), Decimal("60000.1"), 0.2),
    withdraws=False,
    budget_left={"address": 0.9, "key": 0.25},
    isolated=False,
)
INTENT = Intent(BTC, Decimal(1_000), Decimal(5))


def held(symbol: str, quantity: int, liquidation: int | None) -> ExchangePositionSnapshot:
    return ExchangePositionSnapshot(
        Symbol(symbol),
        ContractId(symbol),
        Decimal(quantity),
        mark_price=Decimal(100),
        liquidation_price=None if liquidation is None else Decimal(liquidation),
    )


def quote(bid: str, ask: str, age_s: float = 0.2) -> Quote:
    return Quote(Decimal(bid), Decimal(ask), age_s)


D = Decimal
MISCONFIGURED: list[tuple[dict[str, Any], str, Level, str]] = [
    ({"credentials": "KEY (not set)"}, "credentials", Level.FAIL, "set the variables"),
    ({"credentials": "KEY (placeholder)"}, "credentials", Level.FAIL, "add_account"),
    ({"login": "401", "refused": True}, "login", Level.FAIL, "make a new key"),
    ({"login": "no answer in time"}, "login", Level.FAIL, "status page"),
    ({"offset_ms": 1001.0}, "clock", Level.FAIL, "chrony"),
    ({"offset_ms": -5000.0}, "clock", Level.FAIL, "chrony"),
    ({"offset_ms": 251.0}, "clock", Level.WARN, "chrony"),
    ({"offset_ms": None}, "clock", Level.UNKNOWN, ""),
    ({"withdraws": True}, "permissions", Level.WARN, "without withdrawal"),
    ({"withdraws": None}, "permissions", Level.UNKNOWN, "page of keys"),
    ({"rate_limited": "429"}, "rate budget", Level.FAIL, "wait"),
    ({"budget_left": {"address": 0.24, "key": 0.9}}, "rate budget", Level.WARN, "stop what else"),
    ({"budget_left": {}}, "rate budget", Level.OK, ""),
    ({"market": None}, "market", Level.FAIL, "--symbol"),
    ({"market": replace(MARKET, min_notional=D(1_001))}, "minimum size", Level.FAIL, "--notional"),
    ({"market": replace(MARKET, min_size=D("0.02"))}, "minimum size", Level.FAIL, "--notional"),
    ({"market": replace(MARKET, step=D(1))}, "minimum size", Level.FAIL, "--notional"),
    ({"hedged": True}, "position mode", Level.WARN, "one-way"),
    ({"hedged": None}, "position mode", Level.UNKNOWN, ""),
    ({"leverage": D(50), "max_leverage": D(100)}, "leverage", Level.WARN, "set it to 5"),
    ({"max_leverage": D(3)}, "leverage", Level.FAIL, "lower --leverage to 3"),
    ({"leverage": None}, "leverage", Level.UNKNOWN, ""),
    ({"fees": (D(0), D("0.002"))}, "fees", Level.WARN, "fee tier"),
    ({"fees": (D("0.0006"), D("0.0005"))}, "fees", Level.WARN, "fee tier"),
    ({"fees": None}, "fees", Level.UNKNOWN, ""),
    ({"available": D(0)}, "free margin", Level.FAIL, "deposit"),
    ({"available": D(-5)}, "free margin", Level.FAIL, "deposit"),
    ({"available": D(209)}, "free margin", Level.FAIL, "210.00 USD are needed"),
    ({"available": D(419)}, "free margin", Level.WARN, "deposit more"),
    ({"available": None}, "free margin", Level.UNKNOWN, ""),
    ({"positions": (held("BTC", 1, None),)}, "positions", Level.WARN, "close it"),
    ({"positions": (held("ETH", 1, 96),)}, "positions", Level.FAIL, "reduce it"),
    ({"positions": (held("ETH", -1, 104),)}, "positions", Level.FAIL, "reduce it"),
    ({"positions": None}, "positions", Level.UNKNOWN, ""),
    ({"open_orders": 2}, "open orders", Level.WARN, "cancel them"),
    ({"open_orders": None}, "open orders", Level.UNKNOWN, ""),
    ({"funding_hours": None}, "funding interval", Level.UNKNOWN, ""),
    ({"quote": None}, "stream", Level.FAIL, "network"),
    ({"quote": quote("60000", "60001", 6.0)}, "stream", Level.WARN, "network"),
    ({"quote": quote("60000", "60400")}, "stream", Level.WARN, "traded more"),
]


@pytest.mark.parametrize(("change", "check", "level", "fix"), MISCONFIGURED)
def test_each_misconfiguration_has_its_row_its_level_and_its_fix(
    change: dict[str, Any], check: str, level: Level, fix: str
) -> None:
    rows = [each for each in findings_of(replace(SOUND, **change), INTENT) if each.check == check]
    assert [each.level for each in rows] == [level]
    assert fix in rows[0].fix


def test_a_sound_leg_passes_every_check_and_needs_no_fix() -> None:
    found = findings_of(SOUND, INTENT)
    assert {each.level for each in found} == {Level.OK}
    assert [each.fix for each in found] == [""] * len(found)
    assert len({each.check for each in found}) == 17


def test_what_was_not_said_is_not_judged() -> None:
    small = replace(SOUND, available=Decimal(1), leverage=Decimal(50), max_leverage=None)
    assert {each.level for each in findings_of(small, Intent(BTC))} == {Level.OK}


def test_what_could_not_be_read_says_why() -> None:
    leg = replace(SOUND, fees=None, troubles={"fees": "maintenance"})
    assert [each.found for each in findings_of(leg, INTENT) if each.check == "fees"] == [
        "maintenance"
    ]


def test_legs_whose_prices_or_intervals_differ_are_told_together() -> None:
    other = replace(SOUND, venue="two", funding_hours=Decimal(1), quote=quote("60700", "60700.1"))
    found = {each.check: each for each in findings_between([SOUND, other])}
    assert found["prices"].level is Level.FAIL
    assert found["funding interval"].level is Level.WARN
    assert "one 8 h, two 1 h" in found["funding interval"].found
    alike = findings_between([SOUND, replace(SOUND, venue="two")])
    assert [each.level for each in alike] == [Level.OK]
    assert findings_between([SOUND]) == []
