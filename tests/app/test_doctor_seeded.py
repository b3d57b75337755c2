"""The doctor on venues that are set up wrongly: its table names what is wrong, and no sound row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from app.doctor_checks import Intent, LegFacts, Level, findings_between, findings_of
from app.doctor_reading import LegReader
from exchange_clients.base_models import Side, Symbol
from tests.conformance.rig import ACCOUNT, ASK, BID, BTC, SIZE, Rig, Setting, play, setting
from tests.conformance.venues import VENUES, Channel, Conforming, Deed
from venue_simulators.world import Wanted

D = Decimal
FACTS: Mapping[str, Conforming] = {each.name: each for each in VENUES}
USUAL = Intent(BTC, D(500), D(3))

Seed = Callable[[Rig], object]


def book(rig: Rig) -> Any:  # each venue's own type
    """Return the simulator's book of the account."""
    simulator: Any = rig.altered.inner
    return simulator.books[ACCOUNT]


def away(rig: Rig, seconds: float) -> None:
    """Let the venue answer nothing."""
    rig.plan.always("rq.drop", seconds=seconds)
    rig.plan.always("ws.cut")


def hold(rig: Rig, size: Decimal) -> None:
    """Let the user hold a position."""
    rig.at_the_venue(lambda world: world.place(ACCOUNT, Wanted(rig.btc, Side.BUY, size, ASK)))


def rest(rig: Rig) -> None:
    """Let an order of the user rest."""
    wanted = Wanted(rig.btc, Side.BUY, SIZE, BID - 1000)
    rig.at_the_venue(lambda world: world.place(ACCOUNT, wanted))


def halt(rig: Rig) -> None:
    """Let the market be halted."""
    rig.world.set_tradable(rig.btc, False)


def crowd(rig: Rig) -> None:
    """Let somebody else at our address use most of what it may ask."""
    simulator: Any = rig.altered.inner
    simulator._limits.weigh(1_750, rig.world.now_ns)


def hedge(rig: Rig) -> None:
    """Set the account to hedge mode."""
    own = book(rig)
    if hasattr(own, "dual_side"):
        own.dual_side = True
    else:
        own.long_short = True


def isolate(rig: Rig) -> None:
    """Set the market to isolated margin."""
    own = book(rig)
    if hasattr(own, "margin_types"):
        own.margin_types[rig.btc] = "ISOLATED"
    else:
        own.isolated[rig.btc] = True


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing that is wrong, and what is to be said of it."""

    venue: str
    check: str
    level: Level
    found: str
    """Part of it."""
    seed: Seed = lambda rig: None
    intent: Intent = USUAL
    chosen: Setting = field(default_factory=lambda: Setting(connects=False))


def poor(balance: str) -> Setting:
    """Return an account with so much."""
    return Setting(connects=False, balance=D(balance))


WRONG = [
    Wrong("okx", "permissions", Level.FAIL, "may not trade", lambda rig: book(rig).rights.pop()),
    Wrong("binance", "permissions", Level.FAIL, "may not trade",
          lambda rig: setattr(book(rig), "trades", False)),
    Wrong("aster", "permissions", Level.FAIL, "may not trade",
          lambda rig: setattr(book(rig), "trades", False)),
    Wrong("okx", "permissions", Level.WARN, "may withdraw",
          lambda rig: book(rig).rights.append("withdraw")),
    Wrong("lighter", "permissions", Level.UNKNOWN, "not told"),
    Wrong("binance", "rate budget", Level.WARN, "or more of each limit is free", crowd),
    Wrong("okx", "position mode", Level.WARN, "hedge mode", hedge),
    Wrong("binance", "position mode", Level.WARN, "hedge mode", hedge),
    Wrong("aster", "position mode", Level.WARN, "hedge mode", hedge),
    Wrong("binance", "margin mode", Level.WARN, "isolated", isolate),
    Wrong("aster", "margin mode", Level.WARN, "isolated", isolate),
    Wrong("paradex", "margin mode", Level.WARN, "isolated", isolate),
    Wrong("bybit", "leverage", Level.WARN, "set to", lambda rig: rig.at_the_venue(
          lambda world: world.set_leverage(ACCOUNT, rig.btc, D(1)))),
    Wrong("okx", "leverage", Level.FAIL, "at most", intent=Intent(BTC, D(500), D(1000))),
    Wrong("grvt", "clock", Level.FAIL, "+3000 ms",
          lambda rig: rig.plan.always("clk.skew", seconds=3.0)),
    Wrong("okx", "clock", Level.WARN, "+6",
          lambda rig: rig.plan.always("clk.skew", seconds=0.6)),
    Wrong("edgex", "free margin", Level.FAIL, "0.00 USD", chosen=poor("0")),
    Wrong("lighter", "free margin", Level.FAIL, "20.00 USD", chosen=poor("20")),
    Wrong("backpack", "free margin", Level.WARN, "300.00 USD", chosen=poor("300")),
    Wrong("paradex", "minimum size", Level.FAIL, "USD", intent=Intent(BTC, D("0.5"))),
    Wrong("grvt", "market", Level.FAIL, "DOGE", intent=Intent(Symbol("DOGE"))),
    Wrong("backpack", "market", Level.FAIL, "takes no orders", halt),
    Wrong("binance", "market", Level.FAIL, "takes no orders", halt),
    Wrong("lighter", "positions", Level.WARN, "is open", lambda rig: hold(rig, SIZE)),
    Wrong("binance", "positions", Level.FAIL, "near its liquidation",
          lambda rig: hold(rig, D("0.05")), chosen=poor("265")),
    Wrong("edgex", "open orders", Level.WARN, "1 in this market", rest),
    Wrong("grvt", "stream", Level.FAIL, "no sound book",
          lambda rig: rig.disturb("ws.mute", Channel.BOOK)),
    Wrong("grvt", "stream", Level.WARN, "spread", lambda rig: rig.set_book(
          [(BID - 600, D(5))], [(ASK + 600, D(5))])),
    Wrong("bybit", "login", Level.FAIL, "", lambda rig: away(rig, 3.0)),
    Wrong("aster", "login", Level.FAIL, "", lambda rig: rig.plan.always("v.maintenance")),
    Wrong("okx", "login", Level.FAIL, "", lambda rig: rig.refuse_the_account(Deed.BALANCE, 99)),
    Wrong("binance", "fees", Level.UNKNOWN, "", lambda rig: rig.plan.always(
          "rp.status", path="*commissionRate", status=503)),
    Wrong("backpack", "open orders", Level.UNKNOWN, "",
          lambda rig: rig.befall("rp.status", Deed.ACTIVE, None, status=503)),
    Wrong("lighter", "dead-man switch", Level.OK, "there is one"),
    Wrong("edgex", "dead-man switch", Level.OK, "none"),
]  # fmt: skip


def looked_at(wrong: Wrong) -> LegFacts:
    """Return what the doctor learns of a venue that was set up wrongly."""
    told: list[LegFacts] = []

    async def look(rig: Rig) -> None:
        wrong.seed(rig)
        reader = LegReader(rig.client, rig.link, rig.clock, LegFacts(wrong.venue))
        told.append(await reader.read(wrong.intent))

    play(FACTS[wrong.venue], setting(wrong.chosen)(look))
    return told[0]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: f"{wrong.venue}-{wrong.check}")
def test_what_is_wrong_is_named(wrong: Wrong) -> None:
    findings = findings_of(looked_at(wrong), wrong.intent)
    (row,) = [each for each in findings if each.check == wrong.check]
    assert row.level is wrong.level, row
    assert wrong.found in row.found, row
    assert row.fix or row.level in (Level.OK, Level.UNKNOWN), "a failure without a way out"


def test_an_account_that_is_set_up_well_fails_nowhere() -> None:
    for venue in ("okx", "binance", "paradex"):
        facts = looked_at(Wrong(venue, "", Level.OK, ""))
        levels = {each.check: each.level for each in findings_of(facts, USUAL)}
        assert Level.FAIL not in levels.values(), (venue, levels)
        assert levels["rate budget"] is Level.OK, venue


def test_legs_that_do_not_fit_together_are_named() -> None:
    one = looked_at(Wrong("okx", "", Level.OK, ""))
    far = looked_at(
        Wrong("paradex", "", Level.OK, "", lambda rig: rig.set_book(
            [(BID * 2, D(5))], [(ASK * 2, D(5))]))
    )  # fmt: skip
    told = {each.check: each.level for each in findings_between([one, far])}
    assert told["prices"] is Level.FAIL
    hours = [each.funding_hours for each in (one, far)]
    assert ("funding interval" in told) is (hours[0] != hours[1])
