"""``runbot.py doctor`` on simulated venues, sound and misconfigured."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

import runbot
from app.doctor_checks import Intent, Level, findings_of
from app.doctor_reading import LegDesk, read_leg
from exchange_clients.base_models import Symbol
from exchange_clients.shared.clock import SystemClock
from venue_simulators.catalogue import start
from venue_simulators.options import SimulatorOptions

BTC = Symbol("BTC")


@pytest.fixture(autouse=True)
def a_clean_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def levels(
    options: SimulatorOptions,
    intent: Intent,
    change: Callable[[dict[str, str]], dict[str, str]] = lambda variables: variables,
) -> dict[str, Level]:
    """Return what is found of a simulated Backpack, by check."""

    async def main() -> dict[str, Level]:
        async with start("backpack", options) as server:
            desk = LegDesk("backpack", "simulator", change(server.environment()))
            facts = await read_leg(desk, intent, SystemClock())
        return {each.check: each.level for each in findings_of(facts, intent)}

    return asyncio.run(main())


def test_sound_venues_end_with_zero_and_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    line = "doctor --exchanges lighter,backpack --environment simulator --notional 100"
    assert runbot.main(line.split(), {}) == 0
    told = capsys.readouterr().out
    for check in ("clock", "minimum size", "free margin", "funding interval", "stream", "prices"):
        assert f" {check} " in told
    assert " 0 fail" in told


def test_keys_that_are_absent_or_wrong_fail_and_are_not_shown() -> None:
    options = SimulatorOptions(symbols=("BTC",))
    absent = levels(options, Intent(BTC), lambda told: {**told, "BACKPACK_SECRET_KEY": ""})
    assert absent == {"credentials": Level.FAIL}
    other = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
    wrong = levels(options, Intent(BTC), lambda told: {**told, "BACKPACK_SECRET_KEY": other})
    assert wrong == {"credentials": Level.OK, "login": Level.FAIL}


def test_a_poor_account_a_strange_market_and_a_small_order_fail() -> None:
    poor = SimulatorOptions(symbols=("BTC",), balance=Decimal(10))
    assert levels(poor, Intent(BTC, Decimal(1_000)))["free margin"] is Level.FAIL
    rich = replace(poor, balance=Decimal(10_000))
    assert levels(rich, Intent(Symbol("DOGE")))["market"] is Level.FAIL
    small = levels(rich, Intent(BTC, Decimal("0.01"), Decimal(1_000)))
    assert small["minimum size"] is Level.FAIL
    assert small["leverage"] is Level.FAIL


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", "--exchanges is not given"),
        ("--exchanges lihgter", "did you mean lighter?"),
        ("--exchanges lighter --symbol B*C", "--symbol: not allowed"),
        ("--exchanges lighter --notional 0", "--notional: 0 is not allowed"),
        ("--exchanges lighter --leverage x", "--leverage: not allowed"),
        ("--exchanges lighter --account dsek", "account 'dsek' at lighter is not known"),
    ],
)
def test_a_wrong_line_is_told_before_anything_is_asked(
    line: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert runbot.main(["doctor", *line.split()], {}) == 2
    assert message in capsys.readouterr().err
